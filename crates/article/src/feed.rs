//! Listings: RSS, Atom, RDF, JSON Feed, sitemaps, OPML.

use serde::{Deserialize, Serialize};

use crate::{Doubt, Moment};

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

/// Reads a listing of any format from its bytes. Never fails: what cannot be read is a doubt and an empty listing.
pub fn read(bytes: &[u8], hint: &FeedHint) -> Feed {
    let _ = (bytes, hint);
    Feed::default()
}
