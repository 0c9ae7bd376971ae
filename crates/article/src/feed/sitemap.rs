//! Sitemaps: plain, news extension, indexes, lists of addresses.

use super::tree::{NodeId, Space, Tree};
use super::{Entry, Feed};
use crate::{date, markup};

/// The most entries of one listing; twice the protocol's limit.
pub(super) const ENTRIES_MAX: usize = 100_000;

/// Reads `<urlset>` and `<sitemapindex>`.
pub(super) fn read(tree: &Tree<'_>, root: NodeId, feed: &mut Feed) {
    let index = tree.node(root).is_some_and(|n| n.name.eq_ignore_ascii_case("sitemapindex"));
    let format = if index { "sitemap-index" } else { "sitemap" };
    format.clone_into(&mut feed.format);
    for (id, node) in tree.elements(root) {
        if !matches!(node.name.to_ascii_lowercase().as_str(), "url" | "sitemap") {
            continue;
        }
        if feed.entries.len() == ENTRIES_MAX {
            feed.doubt("feed.too-many-entries", "only the first 100,000 entries were read");
            break;
        }
        let mut entry = Entry::default();
        for (child, node) in tree.elements(id) {
            let text = || Some(markup::fold(&tree.text(child))).filter(|t| !t.is_empty());
            match (node.space, node.name.to_ascii_lowercase().as_str()) {
                (Space::Plain | Space::Atom, "loc") => entry.link = text(),
                (_, "lastmod") => entry.updated = text().and_then(|t| date::parse(&t)),
                (Space::News, "news") => news(tree, child, &mut entry),
                _ => {}
            }
        }
        entry.id.clone_from(&entry.link);
        if entry.link.is_some() {
            feed.entries.push(entry);
        } else {
            feed.doubt("feed.entry-without-link", "an entry of the sitemap names no address");
        }
    }
}

/// The `<news:news>` of an entry.
fn news(tree: &Tree<'_>, id: NodeId, entry: &mut Entry) {
    for (child, node) in tree.elements(id) {
        let text = || Some(markup::fold(&tree.text(child))).filter(|t| !t.is_empty());
        match node.name.to_ascii_lowercase().as_str() {
            "title" => entry.title = text(),
            "publication_date" => entry.published = text().and_then(|t| date::parse(&t)),
            "keywords" => {
                let words = text().unwrap_or_default();
                entry.categories = words
                    .split(',')
                    .map(|w| w.trim().to_owned())
                    .filter(|w| !w.is_empty())
                    .collect();
            }
            "publication" => {
                for (inner, node) in tree.elements(child) {
                    let text = Some(markup::fold(&tree.text(inner))).filter(|t| !t.is_empty());
                    match node.name.to_ascii_lowercase().as_str() {
                        "name" => entry.outlet = text,
                        "language" => entry.language = text,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Reads a list of addresses, one a line; leaves the format empty where the text is no such list.
pub(super) fn read_text(text: &str, feed: &mut Feed) {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let is_address = |l: &str| {
        (l.starts_with("http://") || l.starts_with("https://")) && !l.contains(char::is_whitespace)
    };
    let Some(first) = lines.next().filter(|l| is_address(l)) else { return };
    "sitemap".clone_into(&mut feed.format);
    let mut odd = 0_usize;
    for line in std::iter::once(first).chain(lines) {
        if feed.entries.len() == ENTRIES_MAX {
            feed.doubt("feed.too-many-entries", "only the first 100,000 entries were read");
            break;
        }
        if is_address(line) {
            let link = Some(line.to_owned());
            feed.entries.push(Entry { id: link.clone(), link, ..Entry::default() });
        } else {
            odd += 1;
        }
    }
    if odd > 0 {
        feed.doubt("feed.odd-lines", "lines of the list that are no addresses were passed over");
    }
}
