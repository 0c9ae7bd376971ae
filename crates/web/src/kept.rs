//! Pages that are kept until something in them changes: a reader gets the page that the last reader got, packed already.
//!
//! A kept page is given only while it says what the rows say: no commit since it was made, or none that touches what it shows;
//! the same minute on its clock; the same posts in a replay's channel.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use stories::StoryId;

use crate::{Site, Trouble, from_rows};

/// The most that all kept pages take together, bytes.
const BYTES_MAX: usize = 32 << 20;

/// Kept pages.
const PAGES_MAX: usize = 512;

/// Pages that are made at the same time; of one page always one.
const MAKERS: usize = 8;

/// What a page shows, and so what makes it old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// All stories, and how the outlets answer.
    News,
    /// One story.
    Story(StoryId),
}

/// What the rows say of it: equal marks, equal pages.
type Mark = (i64, u64);

impl Shows {
    fn mark(self, site: &Site) -> Result<Mark, store::Error> {
        match self {
            Self::News => {
                let now = site.store.listings_now()?;
                let answered = now.answered_at.map_or(0, |at| at.as_second().div_euclid(60));
                let mut hash = DefaultHasher::new();
                (now.all, now.answering, answered).hash(&mut hash);
                Ok((site.store.news_version()?, hash.finish()))
            }
            Self::Story(id) => Ok((site.store.story_version(id)?, 0)),
        }
    }
}

/// The moment to which a page is known to be as new as the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    commit: i64,
    minute: i64,
    posts: u64,
}

impl Stamp {
    fn now(site: &Site) -> Result<Self, store::Error> {
        Ok(Self {
            commit: site.store.commit_mark()?,
            minute: (site.now)().as_second().div_euclid(60),
            posts: site.preview.as_ref().map_or(0, |p| p.version()),
        })
    }
}

/// A page as it goes out.
#[derive(Debug)]
struct Page {
    plain: Bytes,
    packed: Bytes,
    tag: String,
}

#[derive(Debug)]
struct Entry {
    stamp: Stamp,
    mark: Mark,
    page: Arc<Page>,
    /// When it was last asked for, in askings.
    used: u64,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: BTreeMap<String, Entry>,
    bytes: usize,
    askings: u64,
}

/// All kept pages of a site.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    entries: Mutex<Entries>,
    making: [tokio::sync::Mutex<()>; MAKERS],
}

impl Kept {
    /// Answers with the page of this key: the kept one where it is as new as the rows, else a new one.
    ///
    /// What a reader has of their own in a page (name, colours, what they saw last) belongs into the key.
    pub(crate) async fn answer(
        self: Arc<Self>,
        site: Site,
        headers: HeaderMap,
        key: String,
        shows: Shows,
        make: impl FnOnce(&Site) -> Result<String, Trouble> + Send + 'static,
    ) -> Result<Response, Trouble> {
        if let Some(page) = self.fresh(&key, Stamp::now(&site)?) {
            return Ok(page.answer(&headers));
        }
        let mut hash = DefaultHasher::new();
        key.hash(&mut hash);
        let maker = (hash.finish() % MAKERS as u64) as usize;
        let turn = match self.making.get(maker) {
            Some(one) => Some(one.lock().await),
            None => None,
        };
        let kept = self.clone();
        let page = from_rows(move || {
            // Taken before the rows are read: what is committed meanwhile makes the page old at once.
            let stamp = Stamp::now(&site)?;
            if let Some(page) = kept.fresh(&key, stamp) {
                return Ok(page);
            }
            let mark = shows.mark(&site)?;
            if let Some(page) = kept.still(&key, stamp, mark) {
                return Ok(page);
            }
            let page = Arc::new(Page::new(make(&site)?));
            kept.put(key, Entry { stamp, mark, page: page.clone(), used: 0 });
            Ok(page)
        })
        .await?;
        drop(turn);
        Ok(page.answer(&headers))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kept page, where nothing at all was committed since it was looked at.
    fn fresh(&self, key: &str, stamp: Stamp) -> Option<Arc<Page>> {
        let mut entries = self.entries();
        entries.askings += 1;
        let used = entries.askings;
        let entry = entries.by_key.get_mut(key).filter(|e| e.stamp == stamp)?;
        entry.used = used;
        Some(entry.page.clone())
    }

    /// The kept page, where something was committed, but nothing that it shows.
    fn still(&self, key: &str, stamp: Stamp, mark: Mark) -> Option<Arc<Page>> {
        let mut entries = self.entries();
        let same = |e: &&mut Entry| {
            e.mark == mark && (e.stamp.minute, e.stamp.posts) == (stamp.minute, stamp.posts)
        };
        let entry = entries.by_key.get_mut(key).filter(same)?;
        entry.stamp = stamp;
        Some(entry.page.clone())
    }

    fn put(&self, key: String, mut entry: Entry) {
        let mut entries = self.entries();
        entry.used = entries.askings;
        entries.bytes += entry.page.bytes();
        if let Some(old) = entries.by_key.insert(key, entry) {
            entries.bytes -= old.page.bytes();
        }
        // The page that nobody asked for longest goes first; the limits are small enough to look at all.
        while entries.by_key.len() > PAGES_MAX || entries.bytes > BYTES_MAX {
            let oldest = entries.by_key.iter().min_by_key(|(_, e)| e.used).map(|(k, _)| k.clone());
            let Some(old) = oldest.and_then(|key| entries.by_key.remove(&key)) else { break };
            entries.bytes -= old.page.bytes();
        }
    }
}

impl Page {
    fn new(body: String) -> Self {
        let tag = crate::tag::of(&body);
        let mut packer = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::new(5));
        let packed = packer.write_all(body.as_bytes()).and_then(|()| packer.finish());
        Self {
            // Packing into memory cannot fail; a page without it goes out plain.
            packed: packed.unwrap_or_default().into(),
            plain: body.into(),
            tag,
        }
    }

    fn bytes(&self) -> usize {
        self.plain.len() + self.packed.len()
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let always = [
            (header::ETAG, self.tag.as_str()),
            (header::CACHE_CONTROL, "no-cache"),
            (header::VARY, "accept-encoding, cookie"),
        ];
        if crate::tag::is_known(headers, &self.tag) {
            return (StatusCode::NOT_MODIFIED, always).into_response();
        }
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        let packs = headers.get(header::ACCEPT_ENCODING).and_then(|h| h.to_str().ok());
        let packs = packs.is_some_and(takes_gzip);
        if packs && !self.packed.is_empty() {
            let packed = [(header::CONTENT_ENCODING, "gzip")];
            return (always, html, packed, self.packed.clone()).into_response();
        }
        (always, html, self.plain.clone()).into_response()
    }
}

/// Whether an `Accept-Encoding` names gzip without refusing it.
fn takes_gzip(asked: &str) -> bool {
    asked.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("gzip")
            && !parts.any(|p| p.replace(' ', "").trim_end_matches(['0', '.']) == "q=")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_takes_gzip_gets_it() {
        let check =
            |asked: &str, expected: bool| assert_eq!(takes_gzip(asked), expected, "{asked}");
        check("gzip, deflate, br", true);
        check("br;q=1.0, gzip;q=0.8", true);
        check("gzip;q=0", false);
        check("gzip; q=0.0", false);
        check("identity", false);
        check("", false);
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let kept = Kept::default();
        let stamp = Stamp { commit: 1, minute: 1, posts: 0 };
        for n in 0..PAGES_MAX + 40 {
            let page = Arc::new(Page::new(format!("page {n} ").repeat(9_000)));
            let entry = Entry { stamp, mark: (1, 1), page, used: 0 };
            kept.put(n.to_string(), entry);
            // The first page is asked for again and again, and so it stays.
            assert!(kept.fresh("0", stamp).is_some(), "{n}");
        }
        let entries = kept.entries();
        assert!(entries.by_key.len() <= PAGES_MAX && entries.bytes <= BYTES_MAX);
        assert!(!entries.by_key.contains_key("1"));
        let sum: usize = entries.by_key.values().map(|e| e.page.bytes()).sum();
        assert_eq!(sum, entries.bytes);
    }
}
