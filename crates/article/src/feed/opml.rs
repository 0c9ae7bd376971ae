//! OPML: lists of feeds, read and written.

use super::sitemap::ENTRIES_MAX;
use super::tree::{NodeId, Tree};
use super::{Entry, Feed};
use crate::{date, markup};

/// The deepest folder.
const DEPTH_MAX: usize = 32;

/// Reads `<opml>`: an entry for each feed, its folders from the outside in as categories.
pub(super) fn read(tree: &Tree<'_>, root: NodeId, feed: &mut Feed) {
    "opml".clone_into(&mut feed.format);
    for (id, node) in tree.elements(root) {
        match node.name.to_ascii_lowercase().as_str() {
            "head" => {
                for (child, node) in tree.elements(id) {
                    let text = markup::fold(&tree.text(child));
                    match node.name.to_ascii_lowercase().as_str() {
                        "title" if !text.is_empty() => feed.feed.title = Some(text),
                        "datecreated" => feed.feed.published = date::parse(&text),
                        "datemodified" => feed.feed.updated = date::parse(&text),
                        _ => {}
                    }
                }
            }
            "body" => outlines(tree, id, &mut Vec::new(), feed),
            "outline" => outline(tree, id, &mut Vec::new(), feed),
            _ => {}
        }
    }
}

fn outlines(tree: &Tree<'_>, id: NodeId, folders: &mut Vec<String>, feed: &mut Feed) {
    for (child, node) in tree.elements(id) {
        if node.name.eq_ignore_ascii_case("outline") {
            outline(tree, child, folders, feed);
        }
    }
}

fn outline(tree: &Tree<'_>, id: NodeId, folders: &mut Vec<String>, feed: &mut Feed) {
    let given = |name: &str| tree.attribute(id, name).filter(|v| !v.is_empty()).map(str::to_owned);
    let title = given("title").or_else(|| given("text"));
    let kind = given("type").unwrap_or_default().to_ascii_lowercase();
    let address =
        given("xmlUrl").or_else(|| given("url").filter(|_| kind == "rss" || kind == "atom"));
    if let Some(address) = address {
        if feed.entries.len() < ENTRIES_MAX {
            let mut categories = folders.clone();
            categories.extend(
                given("category").unwrap_or_default().split(',').map(|c| c.trim().to_owned()),
            );
            categories.retain(|c| !c.is_empty());
            feed.entries.push(Entry {
                id: Some(address.clone()),
                link: Some(address),
                title: title.clone(),
                summary: given("description"),
                language: given("language"),
                outlet: given("htmlUrl"),
                categories,
                ..Entry::default()
            });
        }
        outlines(tree, id, folders, feed);
    } else if folders.len() < DEPTH_MAX {
        folders.push(title.unwrap_or_default());
        outlines(tree, id, folders, feed);
        folders.pop();
    }
}

/// Writes the OPML 2.0 of a list of feeds: `link` is the feed's address, `outlet` its home page, the first category its
/// folder. [`super::read`] reads the same list back.
pub fn write(title: &str, entries: &[Entry]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>",
    );
    out.push_str(&escape(title));
    out.push_str("</title>\n  </head>\n  <body>\n");
    let mut folders: Vec<Option<&str>> = Vec::new();
    for entry in entries {
        let folder = entry.categories.first().map(String::as_str);
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    for folder in folders {
        let indent = if let Some(name) = folder {
            out.push_str("    <outline text=\"");
            out.push_str(&escape(name));
            out.push_str("\">\n");
            "      "
        } else {
            "    "
        };
        let inside = |e: &&Entry| e.categories.first().map(String::as_str) == folder;
        for entry in entries.iter().filter(inside) {
            let Some(link) = &entry.link else { continue };
            let name = entry.title.as_ref().unwrap_or(link);
            out.push_str(indent);
            out.push_str("<outline type=\"rss\"");
            let rest = entry.categories.get(1..).unwrap_or_default().join(",");
            for (key, value) in [
                ("text", Some(name.as_str())),
                ("title", entry.title.as_deref()),
                ("xmlUrl", Some(link.as_str())),
                ("htmlUrl", entry.outlet.as_deref()),
                ("language", entry.language.as_deref()),
                ("description", entry.summary.as_deref()),
                ("category", Some(rest.as_str()).filter(|r| !r.is_empty())),
            ] {
                if let Some(value) = value {
                    out.push(' ');
                    out.push_str(key);
                    out.push_str("=\"");
                    out.push_str(&escape(value));
                    out.push('"');
                }
            }
            out.push_str(" />\n");
        }
        if folder.is_some() {
            out.push_str("    </outline>\n");
        }
    }
    out.push_str("  </body>\n</opml>\n");
    out
}

fn escape(text: &str) -> String {
    let text: String =
        text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\n', "&#10;")
        .replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{FeedHint, read};

    #[test]
    fn a_list_of_feeds_survives_being_written_and_read() {
        let entry = |link: &str, title: &str, folder: &[&str]| Entry {
            id: Some(link.to_owned()),
            link: Some(link.to_owned()),
            title: Some(title.to_owned()),
            categories: folder.iter().map(|f| (*f).to_owned()).collect(),
            ..Entry::default()
        };
        let entries = vec![
            entry("https://a.example/rss?x=1&y=2", "A \"quoted\" <name>", &["Ostland"]),
            entry("https://c.example/atom", "Вечерний вестник", &["Ostland", "daily"]),
            entry("https://b.example/feed", "B", &[]),
        ];
        let text = write("My feeds & more", &entries);
        let back = read(text.as_bytes(), &FeedHint::default());
        assert_eq!(back.format, "opml");
        assert_eq!(back.feed.title.as_deref(), Some("My feeds & more"));
        assert_eq!(back.entries, entries);
        assert_eq!(back.doubts, vec![]);
    }
}
