//! Outgoing feeds: what a destination of the kind `feed` was told, as RSS 2.0, Atom or JSON Feed.
//!
//! An entry's id is its story and its step, so that a reader shows each state once. The caller serves them with the returned ETag.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use store::{FeedRow, Store};

use crate::card::{Card, Form};

/// Entries of a feed.
pub const ENTRIES_MAX: u32 = 50;

/// Which kind of feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the formats' own names")]
pub enum FeedKind {
    Rss,
    Atom,
    Json,
}

/// A feed as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `ETag`, with its quotation marks.
    pub etag: String,
    /// The feed.
    pub body: String,
}

struct Entry {
    id: String,
    title: String,
    url: Option<String>,
    html: String,
    at: Timestamp,
    language: String,
}

/// The feed of a destination.
///
/// # Errors
///
/// Those of the store.
pub fn feed(
    store: &Store,
    destination: i64,
    kind: FeedKind,
    own_url: &str,
    zone: &TimeZone,
) -> store::Result<Feed> {
    let title =
        store.destination(destination)?.map_or_else(|| "Up to speed".to_owned(), |d| d.name);
    let entries: Vec<Entry> = store
        .feed_rows(destination, ENTRIES_MAX)?
        .iter()
        .filter_map(|row| entry(row, zone))
        .collect();
    let body = match kind {
        FeedKind::Rss => rss(&title, own_url, &entries),
        FeedKind::Atom => atom(&title, own_url, &entries),
        FeedKind::Json => json_feed(&title, own_url, &entries),
    };
    let content_type = match kind {
        FeedKind::Rss => "application/rss+xml; charset=utf-8",
        FeedKind::Atom => "application/atom+xml; charset=utf-8",
        FeedKind::Json => "application/feed+json; charset=utf-8",
    };
    let mut etag = String::from("\"");
    for byte in store::key(&[&body]) {
        // Writing to a string cannot fail.
        let _infallible = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    Ok(Feed { content_type, etag, body })
}

fn entry(row: &FeedRow, zone: &TimeZone) -> Option<Entry> {
    let card = Card::read(&row.card).ok()?;
    let html = card.render(&Form { zone, marker: "" });
    let figures =
        if card.figures.is_empty() { String::new() } else { format!(" ({})", card.figures) };
    Some(Entry {
        id: format!("{}:{}", row.what, row.step),
        title: format!("{}{figures}", card.title),
        url: card.url.clone(),
        html: html.html().replace(" expandable", "").replace('\n', "<br>"),
        at: row.at,
        language: card.language,
    })
}

fn rss(title: &str, own_url: &str, entries: &[Entry]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{}</title><link>{}</link><description>{}</description>\n",
        xml(title),
        xml(own_url),
        xml(title)
    );
    for e in entries {
        let link =
            e.url.as_ref().map(|url| format!("<link>{}</link>", xml(url))).unwrap_or_default();
        let at = e.at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let _infallible = writeln!(
            out,
            "<item><title>{}</title>{link}<guid isPermaLink=\"false\">{}</guid><pubDate>{at}</pubDate><description>{}</description></item>",
            xml(&e.title),
            xml(&e.id),
            xml(&e.html)
        );
    }
    out.push_str("</channel></rss>\n");
    out
}

fn atom(title: &str, own_url: &str, entries: &[Entry]) -> String {
    let updated = entries.iter().map(|e| e.at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>{}</title><id>{}</id><link rel=\"self\" href=\"{}\"/><updated>{updated}</updated><author><name>uptospeed</name></author>\n",
        xml(title),
        xml(own_url),
        xml(own_url)
    );
    for e in entries {
        let link =
            e.url.as_ref().map(|url| format!("<link href=\"{}\"/>", xml(url))).unwrap_or_default();
        let _infallible = writeln!(
            out,
            "<entry xml:lang=\"{}\"><title>{}</title>{link}<id>{}#{}</id><updated>{}</updated><content type=\"html\">{}</content></entry>",
            xml(if e.language.is_empty() { "en" } else { &e.language }),
            xml(&e.title),
            xml(own_url),
            xml(&e.id),
            e.at,
            xml(&e.html)
        );
    }
    out.push_str("</feed>\n");
    out
}

fn json_feed(title: &str, own_url: &str, entries: &[Entry]) -> String {
    let items: Vec<serde_json::Value> = entries
        .iter()
        .map(|e| {
            json!({
                "id": e.id, "url": e.url, "title": e.title, "content_html": e.html, "date_published": e.at.to_string(), "language": e.language,
            })
        })
        .collect();
    json!({ "version": "https://jsonfeed.org/version/1.1", "title": title, "feed_url": own_url, "items": items }).to_string()
}

/// Text as XML has it; characters that XML 1.0 does not know are left out.
fn xml(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
        out
    })
}
