//! The links of a page: feeds that it names, articles that it leads to. For finding a feed, and for pages that have none.
//!
//! A scan over tags, not a parse: it takes what it finds in bytes of any quality and never fails.

use std::collections::HashSet;

use crate::url::{host, join};

/// Links taken from one page.
const LINKS_MAX: usize = 5_000;

/// Bytes of one tag that are looked at.
const TAG_BYTES_MAX: usize = 16 << 10;

/// What a page leads to; every address is absolute, http or https, and stands once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Feeds in `<link rel="alternate">`, in the page's order, with their titles.
    pub feeds: Vec<(String, Option<String>)>,
    /// `<a href>` with the words that a reader sees, in the page's order.
    pub anchors: Vec<(String, String)>,
    /// The page's title.
    pub title: Option<String>,
}

/// Reads the links of a page. `url` is where it was read.
pub fn read(html: &[u8], url: &str) -> Links {
    let text = String::from_utf8_lossy(html);
    let mut base = url.to_owned();
    let mut links = Links::default();
    let mut seen = HashSet::new();
    let mut open: Option<(String, String)> = None;
    let mut in_title = false;
    let mut skip_to: Option<&str> = None;
    let mut rest = text.as_ref();
    while let Some((before, after)) = rest.split_once('<') {
        if skip_to.is_none() {
            if let Some((_, words)) = &mut open {
                push_words(words, before);
            }
            if in_title {
                push_words(links.title.get_or_insert_default(), before);
            }
        }
        let Some((tag, next)) = split_tag(after) else { break };
        rest = next;
        if let Some(end) = skip_to {
            if tag.get(..end.len()).is_some_and(|t| t.eq_ignore_ascii_case(end)) {
                skip_to = None;
            }
            continue;
        }
        let name_end = tag
            .find(|c: char| c.is_whitespace() || (c == '/' && !tag.starts_with('/')))
            .unwrap_or(tag.len());
        let name = tag.get(..name_end).unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "script" => skip_to = Some("/script"),
            "style" => skip_to = Some("/style"),
            "base" => {
                if let Some(to) = attribute(tag, "href").and_then(|href| join(Some(url), &href)) {
                    base = to;
                }
            }
            "title" => in_title = links.title.is_none(),
            "/title" => in_title = false,
            "link" => {
                let rel = attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
                let media = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
                let is_feed = ["rss", "atom", "feed+json"].iter().any(|kind| media.contains(kind))
                    || (media.contains("json") && rel.contains("feed"));
                if is_feed
                    && rel
                        .split_ascii_whitespace()
                        .any(|word| word == "alternate" || word == "feed")
                    && let Some(to) =
                        attribute(tag, "href").and_then(|href| join(Some(&base), &href))
                    && !links.feeds.iter().any(|(known, _)| *known == to)
                    && links.feeds.len() < LINKS_MAX
                {
                    links.feeds.push((to, attribute(tag, "title")));
                }
            }
            "a" => {
                close(&mut links, &mut seen, open.take());
                open = attribute(tag, "href")
                    .and_then(|href| join(Some(&base), &href))
                    .map(|to| (to, String::new()));
            }
            "/a" => close(&mut links, &mut seen, open.take()),
            _ => {}
        }
        if links.anchors.len() >= LINKS_MAX {
            break;
        }
    }
    close(&mut links, &mut seen, open);
    links.title = links.title.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    links
}

/// Links of a front page or a section's page that look like articles of the same site, with their headlines.
///
/// An article's address is longer than a section's, and its link has a headline's length. A page shows most articles twice,
/// as a picture and as a headline: the headline counts.
pub fn articles(html: &[u8], url: &str) -> Vec<(String, String)> {
    let links = read(html, url);
    let site = host(url);
    let mut out: Vec<(String, String)> = Vec::new();
    for (to, words) in links.anchors {
        if host(&to) == site && looks_like_article(&to, &words) {
            out.push((to, words));
        }
    }
    out
}

fn looks_like_article(url: &str, words: &str) -> bool {
    let Ok(url) = ::url::Url::parse(url) else { return false };
    let path = url.path().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let lower = path.to_ascii_lowercase();
    let furniture = [
        "/tag/",
        "/tags/",
        "/author/",
        "/topic/",
        "/category/",
        "/search",
        "/login",
        "/about",
        "/privacy",
        "/contact",
    ];
    if furniture.iter().any(|part| lower.contains(part)) {
        return false;
    }
    let digits = path.bytes().filter(u8::is_ascii_digit).count();
    let hyphens = last.bytes().filter(|b| matches!(b, b'-' | b'_')).count();
    let headline = words.split_whitespace().count() >= 4 || words.chars().count() >= 24;
    headline && (digits >= 4 || hyphens >= 2 || is_page(last))
}

fn close(links: &mut Links, seen: &mut HashSet<String>, open: Option<(String, String)>) {
    let Some((to, words)) = open else { return };
    let words = words.trim().to_owned();
    if seen.insert(to.clone()) {
        links.anchors.push((to, words));
    } else if let Some((_, known)) = links.anchors.iter_mut().find(|(known, _)| *known == to)
        && words.len() > known.len()
    {
        *known = words;
    }
}

/// Splits after `<` at the `>` that ends the tag; a `>` inside quotes does not end it.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    if let Some(comment) = text.strip_prefix("!--") {
        let end = comment.find("-->").unwrap_or(comment.len());
        return Some((
            "!--",
            comment.get(end..).and_then(|t| t.strip_prefix("-->")).unwrap_or_default(),
        ));
    }
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            // An attribute without an end does not swallow the page.
            _ if at > TAG_BYTES_MAX => break,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '>') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    let at = text.find('>')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The value of a tag's attribute, references replaced.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag.split_once(char::is_whitespace)?.1;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
        let (key, after) = (rest.get(..end)?, rest.get(end..)?.trim_start());
        let Some(after) = after.strip_prefix('=') else {
            // No value; a lone character that names nothing is stepped over.
            rest = if end == 0 { rest.get(rest.chars().next()?.len_utf8()..)? } else { after };
            continue;
        };
        let after = after.trim_start();
        let (value, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                after.get(1..)?.split_once(quote).unwrap_or((after.get(1..)?, ""))
            }
            _ => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(references(value.trim()));
        }
        rest = next;
    }
}

fn references(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&#x2F;", "/")
        .replace("&#47;", "/")
        .replace("&#38;", "&")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn push_words(to: &mut String, text: &str) {
    for word in references(text).split_whitespace() {
        if to.len() > 500 {
            return;
        }
        if !to.is_empty() {
            to.push(' ');
        }
        to.push_str(word);
    }
}

/// A file name of a page.
fn is_page(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| {
        end.eq_ignore_ascii_case("html") || end.eq_ignore_ascii_case("shtml")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRONT: &str = r#"<!doctype html><html><head><title>The Karsk Herald</title>
<link rel="stylesheet" href="/s.css"><link rel='alternate' type='application/rss+xml' title='News' href='/rss?a=1&amp;b=2'>
<LINK REL=alternate TYPE=application/atom+xml HREF=https://other.example/atom.xml />
<script>var a = "<a href='/2026/11/22/not-a-link-at-all.html'>Not a link but a script here</a>";</script></head>
<body><nav><a href="/politics/">Politics</a> <a href="javascript:alert(1)">x</a></nav>
<a href="/2026/11/22/tram-leaves-rails"><img src=a.jpg alt="a > b"></a>
<h2><a class="h" href="/2026/11/22/tram-leaves-rails#comments">Comments</a>
<a href="/2026/11/22/tram-leaves-rails">Tram leaves the rails in Karsk, eleven hurt</a></h2>
<!-- <a href="/2026/11/22/hidden-from-all-readers">Hidden from all of the readers</a> -->
<a href="https://elsewhere.example/2026/11/22/another-tale">Another tale that is told elsewhere</a>
<a href="/tag/trams-and-rails-2026">All the news about trams and rails</a>"#;

    #[test]
    fn a_front_page_names_feeds_and_articles() {
        let url = "https://karsk.example/";
        let links = read(FRONT.as_bytes(), url);
        assert_eq!(links.title.as_deref(), Some("The Karsk Herald"));
        assert_eq!(
            links.feeds,
            [
                ("https://karsk.example/rss?a=1&b=2".to_owned(), Some("News".to_owned())),
                ("https://other.example/atom.xml".to_owned(), None)
            ]
        );
        assert_eq!(
            articles(FRONT.as_bytes(), url),
            [(
                "https://karsk.example/2026/11/22/tram-leaves-rails".to_owned(),
                "Tram leaves the rails in Karsk, eleven hurt".to_owned()
            )]
        );
    }

    #[test]
    fn broken_pages_have_the_links_that_can_be_found() {
        for (html, wanted) in [
            ("<a href=/a>b", 1),
            ("<a href=\"/a>b</a><a href='/c'>d</a>", 2),
            ("<a href=\"/a\" title=\"unclosed>b</a>", 1),
            ("<a =x / href='/a'>b</a>", 1),
            ("<a", 0),
            ("<", 0),
            ("<!-- <a href=/a>", 0),
            ("<a href>b</a>", 0),
            ("<a href='data:text/html,x'>b</a>", 0),
        ] {
            assert_eq!(read(html.as_bytes(), "https://a.example/").anchors.len(), wanted, "{html}");
        }
    }
}
