//! Listings: RSS, Atom, RDF, JSON Feed, sitemaps, OPML.

mod json;
mod opml;
mod people;
mod sitemap;
mod tree;
mod xml;

use std::io::Read;

use serde::{Deserialize, Serialize};

pub use opml::write as opml_write;

use crate::{Doubt, Moment, charset};

/// What is known of a listing besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct FeedHint {
    /// Where it was fetched, after redirects: relative links are resolved against it.
    pub url: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
}

/// A listing, read. Field names are those of the JSON contract of `uptospeed feed`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// `rss20`, `rss10`, `rss09`, `atom10`, `atom03`, `json`, `sitemap`, `sitemap-index`, `opml`, or empty: none of them.
    pub format: String,
    /// About the listing itself.
    pub feed: About,
    /// Its items, in the order in which they stand.
    pub entries: Vec<Entry>,
    /// What was odd.
    pub doubts: Vec<Doubt>,
}

/// What a listing says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's, which explains them")]
pub struct About {
    pub id: Option<String>,
    pub title: Option<String>,
    pub subtitle: Option<String>,
    pub description: Option<String>,
    pub info: Option<String>,
    pub link: Option<String>,
    pub language: Option<String>,
    pub rights: Option<String>,
    pub published: Option<Moment>,
    pub updated: Option<Moment>,
    pub authors: Vec<Author>,
    pub categories: Vec<String>,
    /// The WebSub hub, where one is named.
    pub hub: Option<String>,
    /// The listing's own address, as it names it.
    pub self_link: Option<String>,
    /// The next page of a paged listing (RFC 5005).
    pub next: Option<String>,
}

/// One item of a listing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's, which explains them")]
pub struct Entry {
    pub id: Option<String>,
    pub link: Option<String>,
    pub title: Option<String>,
    pub subtitle: Option<String>,
    pub summary: Option<String>,
    pub content: Option<String>,
    pub content_language: Option<String>,
    pub published: Option<Moment>,
    pub updated: Option<Moment>,
    pub created: Option<Moment>,
    pub authors: Vec<Author>,
    pub categories: Vec<String>,
    pub enclosures: Vec<Enclosure>,
    pub rights: Option<String>,
    pub language: Option<String>,
    pub outlet: Option<String>,
}

/// Who wrote it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's, which explains them")]
pub struct Author {
    pub name: Option<String>,
    pub email: Option<String>,
    pub url: Option<String>,
}

/// A file that an item names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's, which explains them")]
pub struct Enclosure {
    pub url: Option<String>,
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    pub length: Option<u64>,
}

/// The most bytes of one listing that are read, after unpacking: the sitemap protocol's own limit.
const BYTES_MAX: usize = 50 << 20;

/// Reads a listing of any format from its bytes. Never fails: what cannot be read is a doubt and an empty listing.
///
/// # Limits
///
/// 50 MiB after unpacking, 100,000 entries, 3,000,000 nodes, 256 levels; what is beyond is left out, with a doubt.
pub fn read(bytes: &[u8], hint: &FeedHint) -> Feed {
    let mut feed = Feed::default();
    let unpacked = unpack(bytes, &mut feed.doubts);
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    let bytes = if bytes.len() > BYTES_MAX {
        feed.doubt("feed.too-large", "the listing is over 50 MiB; only its start was read");
        bytes.get(..BYTES_MAX).unwrap_or_default()
    } else {
        bytes
    };
    let text = charset::decode(bytes, hint.content_type.as_deref(), &mut feed.doubts);
    let text = text.trim_start_matches(['\u{feff}', '\0']).trim_start();
    if text.starts_with('{') {
        json::read(text, hint, &mut feed);
    } else if text.starts_with('<') || text.contains("<rss") || text.contains("<feed") {
        xml::read(text, hint, &mut feed);
    } else {
        sitemap::read_text(text, &mut feed);
    }
    if feed.format.is_empty() {
        feed.doubt(
            "feed.unknown-format",
            "no RSS, Atom, JSON Feed, sitemap or OPML was found in it",
        );
    }
    feed
}

/// Unpacks gzip, which sitemaps come in.
fn unpack(bytes: &[u8], doubts: &mut Vec<Doubt>) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut out = Vec::new();
    let limit = BYTES_MAX as u64 + 1;
    if flate2::read::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut out).is_err() {
        doubts.push(Doubt {
            code: "feed.broken-gzip".to_owned(),
            message: "the packed listing breaks off; what could be unpacked was read".to_owned(),
        });
    }
    Some(out)
}

impl Feed {
    fn doubt(&mut self, code: &str, message: &str) {
        self.doubts.push(Doubt { code: code.to_owned(), message: message.to_owned() });
    }
}
