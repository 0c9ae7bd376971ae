//! Listings: what is polled, and what each poll brought.

use crate::sql::{Connection, Optional, Row, Value, params, parts};
use article::feed::Entry;
use jiff::Timestamp;

use crate::store::Area;
use crate::{Error, Result, Store, authority, key, millis, timestamp};

/// A listing's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its id.
    pub id: i64,
    /// Where it is polled.
    pub url: String,
    /// Whose it is, where known.
    pub outlet: Option<String>,
    /// BCP 47, as the feed says.
    pub language: Option<String>,
    /// Not polled for now.
    pub paused: bool,
    /// Validator of the last good answer.
    pub etag: Option<String>,
    /// Validator of the last good answer.
    pub last_modified: Option<String>,
    /// When it is polled next.
    pub next_poll_at: Timestamp,
    /// When it was polled last.
    pub polled_at: Option<Timestamp>,
    /// The last good answer, 304 included.
    pub answered_at: Option<Timestamp>,
    /// The last answer with something new.
    pub changed_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// What went wrong last, for a person.
    pub error: Option<String>,
    /// How many items were seen there; not counted (0) for listings that are due.
    pub items: u32,
    /// What it is.
    pub kind: ListingKind,
    /// How often something new comes, as measured, seconds.
    pub rhythm_secs: Option<u32>,
    /// Hash of the last good answer's bytes.
    pub body_key: Option<[u8; 16]>,
    /// What the last good answer listed.
    pub chain: Chain,
    /// From here on nothing is missing, as far as the listing can prove it.
    pub complete_since: Option<Timestamp>,
    /// The WebSub hub that it names, and the address under which the hub knows it.
    pub hub: Option<(String, String)>,
}

/// What a listing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListingKind {
    /// A feed or a sitemap, whichever its bytes are.
    #[default]
    Auto,
    /// A page with links to articles, watched.
    Page,
}

impl ListingKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Page => "page",
        }
    }
}

/// The keys of what a poll listed, in the listing's order. Two polls that share none prove nothing about the time between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain(pub Vec<[u8; 16]>);

/// Entries of one poll that are kept for the proof.
const CHAIN_MAX: usize = 2000;

impl Chain {
    fn bytes(&self) -> Vec<u8> {
        self.0.iter().take(CHAIN_MAX).flatten().copied().collect()
    }

    fn read(bytes: &[u8]) -> Self {
        Self(bytes.chunks_exact(16).filter_map(|part| part.try_into().ok()).collect())
    }
}

/// The key of an article's address: equal for addresses that differ in tracking parameters only.
pub fn url_key(url: &str) -> [u8; 16] {
    match article::url::canonical(url) {
        Some(canonical) => key(&[&canonical]),
        None => key(&[url]),
    }
}

/// What a poll brought, to be committed with its items.
#[derive(Clone, Debug, Default)]
pub struct Polled {
    /// New validators; `None` where the answer had none.
    pub etag: Option<String>,
    /// See `etag`.
    pub last_modified: Option<String>,
    /// Where the listing moved for good.
    pub moved_to: Option<String>,
    /// What the feed calls its outlet.
    pub outlet: Option<String>,
    /// The feed's language.
    pub language: Option<String>,
    /// 304: validators and items stay.
    pub unchanged: bool,
    /// Its entries with their absolute addresses.
    pub entries: Vec<(String, Entry)>,
    /// Entries that are noted as known and not fetched, each with the reason.
    pub known: Vec<(String, Entry, String)>,
    /// Hash of the answer's bytes.
    pub body_key: Option<[u8; 16]>,
    /// How often something new comes; `None`: as before.
    pub rhythm_secs: Option<u32>,
    /// What the answer listed; `None`: as before (304, equal bytes, empty).
    pub chain: Option<Chain>,
    /// The poll does not overlap with the one before: since when nothing is known.
    pub gap_since: Option<Timestamp>,
    /// The WebSub hub and the address under which it knows the listing.
    pub hub: Option<(String, String)>,
}

/// Selects listings; `items` says how their items are counted.
fn listings_where(items: &str, rest: &str) -> String {
    format!(
        "SELECT l.id, l.url, l.outlet, l.language, l.paused, l.etag, l.last_modified, l.next_poll_at, l.polled_at,
  l.answered_at, l.changed_at, l.failures, l.error, {items},
  l.kind, l.rhythm_secs, l.body_key, l.chain, l.complete_since, l.hub, l.topic FROM listing l {rest}"
    )
}

/// Counts every item of a listing: for people, who look at few listings and seldom.
const COUNTED: &str = "(SELECT count(*) FROM item i WHERE i.listing = l.id)";

/// The loop asks many times a second and needs no count.
const UNCOUNTED: &str = "0";

fn listing(row: &Row<'_>) -> Result<Listing> {
    let time =
        |i: usize| -> Result<Option<Timestamp>> { Ok(row.get::<Option<i64>>(i)?.map(timestamp)) };
    Ok(Listing {
        id: row.get(0)?,
        url: row.get(1)?,
        outlet: row.get(2)?,
        language: row.get(3)?,
        paused: row.get(4)?,
        etag: row.get(5)?,
        last_modified: row.get(6)?,
        next_poll_at: timestamp(row.get(7)?),
        polled_at: time(8)?,
        answered_at: time(9)?,
        changed_at: time(10)?,
        failures: row.get(11)?,
        error: row.get(12)?,
        items: row.get(13)?,
        kind: if row.text(14)? == "page" { ListingKind::Page } else { ListingKind::Auto },
        rhythm_secs: row.get(15)?,
        body_key: row.get(16)?,
        chain: Chain::read(row.value(17)?.bytes_or_null()?.unwrap_or_default()),
        complete_since: time(18)?,
        hub: row.get::<Option<String>>(19)?.zip(row.get(20)?),
    })
}

impl Store {
    /// Adds a listing, due at once; one that was stopped is asked again. Says whether it was not read before.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn add_listing(&self, url: &str, outlet: Option<&str>, now: Timestamp) -> Result<bool> {
        self.write(Area::Intake, |tx| {
            let added = tx
                .prepare_cached(
                    "INSERT INTO listing (url, outlet, added_at, next_poll_at) VALUES (?1, ?2, ?3, ?3)
                     ON CONFLICT (url) DO UPDATE SET paused = 0, failures = 0, error = NULL, next_poll_at = excluded.next_poll_at
                     WHERE listing.paused <> 0",
                )?
                .execute(params![url, outlet, millis(now)])?;
            Ok(added > 0)
        })
    }

    /// Says what a listing is.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_listing_kind(&self, url: &str, kind: ListingKind) -> Result<()> {
        self.write(Area::Intake, |tx| {
            tx.prepare_cached("UPDATE listing SET kind = ?2 WHERE url = ?1")?
                .run([url, kind.as_str()])
        })
    }

    /// Asks for a listing at a time, earlier or later than planned; a pause ends. For `source test` and for a hub's word.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn poll_listing_at(&self, listing: i64, at: Timestamp) -> Result<()> {
        self.write(Area::Intake, |tx| {
            tx.prepare_cached("UPDATE listing SET next_poll_at = ?2, paused = 0 WHERE id = ?1")?
                .run(params![listing, millis(at)])?;
            Ok(())
        })
    }

    /// One listing.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn listing(&self, id: i64) -> Result<Option<Listing>> {
        self.read(|conn| {
            conn.prepare_cached(&listings_where(COUNTED, "WHERE l.id = ?1"))?
                .query_row([id], listing)
                .optional()
        })
    }

    /// Stops polling a listing and forgets its items that were not fetched; articles stay. Says whether there was one.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_listing(&self, url: &str) -> Result<bool> {
        self.write(Area::Intake, |tx| {
            let id: Option<i64> = tx
                .prepare_cached("SELECT id FROM listing WHERE url = ?1")?
                .query_row([url], |r| r.get(0))
                .optional()?;
            let Some(id) = id else { return Ok(false) };
            tx.prepare_cached("DELETE FROM item WHERE listing = ?1")?.run([id])?;
            tx.prepare_cached("DELETE FROM listing WHERE id = ?1")?.run([id])?;
            Ok(true)
        })
    }

    /// All listings, in the order in which they were added.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn listings(&self) -> Result<Vec<Listing>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&listings_where(COUNTED, "ORDER BY l.id"))?;
            query.query_map([], listing)
        })
    }

    /// The listings to be polled now that are `free` (by id and address), longest due first, at most `most`.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_listings(
        &self,
        now: Timestamp,
        most: usize,
        free: impl Fn(i64, &str) -> bool,
    ) -> Result<Vec<Listing>> {
        self.read(|conn| {
            let mut due = conn.prepare_cached(
                "SELECT id, url FROM listing WHERE paused = 0 AND next_poll_at <= ?1 ORDER BY next_poll_at, id",
            )?;
            let mut one =
                conn.prepare_cached(&listings_where(UNCOUNTED, "WHERE l.id = ?1"))?;
            let mut out = Vec::new();
            let mut rows = due.query([millis(now)])?;
            while out.len() < most
                && let Some(row) = rows.next()?
            {
                let id: i64 = row.get(0)?;
                let url = row.text(1)?;
                if free(id, url) {
                    out.push(one.query_row([id], listing)?);
                }
            }
            Ok(out)
        })
    }

    /// Commits a good poll: its validators and, in the same transaction, its new and changed items. Returns how many
    /// items are due because of it.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_poll(
        &self,
        listing: i64,
        polled: &Polled,
        now: Timestamp,
        next: Timestamp,
    ) -> Result<u32> {
        let rows = rows(&polled.entries, &polled.known)?;
        self.write(Area::Intake, |tx| {
            let due = if polled.unchanged { 0 } else { put_items(tx, listing, &rows, now)? };
            if let Some(since) = polled.gap_since {
                tx.prepare_cached("INSERT INTO gap (listing, from_at, to_at, try_at) VALUES (?1, ?2, ?3, ?3)")?
                    .run(params![listing, millis(since), millis(now)])?;
            }
            let chain = polled.chain.as_ref().map(Chain::bytes);
            tx.prepare_cached(
                "UPDATE listing SET polled_at = ?2, answered_at = ?2, next_poll_at = ?3, failures = 0, error = NULL,
                   changed_at = CASE WHEN ?4 > 0 THEN ?2 ELSE changed_at END,
                   outlet = coalesce(outlet, ?5), language = coalesce(?6, language),
                   etag = CASE WHEN ?7 THEN etag ELSE ?8 END, last_modified = CASE WHEN ?7 THEN last_modified ELSE ?9 END,
                   body_key = coalesce(?10, body_key), rhythm_secs = coalesce(?11, rhythm_secs), chain = coalesce(?12, chain),
                   complete_since = coalesce(complete_since, ?2), hub = coalesce(?13, hub), topic = coalesce(?14, topic)
                 WHERE id = ?1",
            )?
            .run(params![
                listing,
                millis(now),
                millis(next),
                due,
                polled.outlet,
                polled.language,
                polled.unchanged,
                polled.etag,
                polled.last_modified,
                polled.body_key,
                polled.rhythm_secs,
                chain,
                polled.hub.as_ref().map(|(hub, _)| hub),
                polled.hub.as_ref().map(|(_, topic)| topic)
            ])?;
            if let Some(to) = &polled.moved_to {
                let moved = tx
                    .prepare_cached(
                        "UPDATE listing SET url = ?2 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM listing WHERE url = ?2 AND id <> ?1)",
                    )?
                    .execute(params![listing, to])?;
                if moved == 0 {
                    tx.prepare_cached("UPDATE listing SET paused = 1, error = ?2 WHERE id = ?1")?
                        .run(params![listing, format!("it moved to {to}, which is read already")])?;
                }
            }
            Ok(due)
        })
    }

    /// Commits what a hub sent: the items alone. The listing is polled as before, and the polls prove what is complete.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_push(
        &self,
        listing: i64,
        entries: &[(String, Entry)],
        now: Timestamp,
    ) -> Result<u32> {
        let rows = rows(entries, &[])?;
        self.write(Area::Intake, |tx| put_items(tx, listing, &rows, now))
    }

    /// Commits a poll that failed; `pause` where the outlet says that the listing is gone.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_poll_failure(
        &self,
        listing: i64,
        error: &str,
        now: Timestamp,
        next: Timestamp,
        pause: bool,
    ) -> Result<()> {
        self.write(Area::Intake, |tx| {
            tx.prepare_cached(
                "UPDATE listing SET polled_at = ?2, next_poll_at = ?3, failures = failures + 1, error = ?4, paused = ?5 WHERE id = ?1",
            )?
            .run(params![listing, millis(now), millis(next), error, pause])?;
            Ok(())
        })
    }
}

/// What makes an entry another one: what a reader sees of it. A new id, a new order of tags or a new address of a picture is
/// no news.
pub(crate) fn entry_key(entry: &Entry) -> [u8; 16] {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let updated = entry.updated.map(|at| at.at.to_string()).unwrap_or_default();
    key(&[
        &text(&entry.title),
        &text(&entry.subtitle),
        &text(&entry.summary),
        &text(&entry.content),
        &updated,
    ])
}

/// An entry on its way into a row.
struct ItemRow<'a> {
    url_key: [u8; 16],
    url: &'a str,
    entry_key: [u8; 16],
    body: String,
    host: String,
    /// Why it is only noted.
    known: Option<&'a str>,
}

fn rows<'a>(
    entries: &'a [(String, Entry)],
    known: &'a [(String, Entry, String)],
) -> Result<Vec<ItemRow<'a>>> {
    let fresh = entries.iter().map(|(url, entry)| (url, entry, None));
    let known = known.iter().map(|(url, entry, why)| (url, entry, Some(why.as_str())));
    fresh
        .chain(known)
        .map(|(url, entry, known)| {
            let body = serde_json::to_string(entry).map_err(|e| Error::Row("item", e))?;
            let (url_key, entry_key) = (url_key(url), entry_key(entry));
            Ok(ItemRow { url_key, url, entry_key, body, host: authority(url), known })
        })
        .collect()
}

/// Puts new and changed entries; returns how many items are due because of it.
fn put_items(
    tx: Connection<'_>,
    listing: i64,
    rows: &[ItemRow<'_>],
    now: Timestamp,
) -> Result<u32> {
    let (mut fresh, mut known) = (Vec::new(), Vec::new());
    for row in rows {
        let to = if row.known.is_none() { &mut fresh } else { &mut known };
        to.push([
            Value::Bytes(&row.url_key),
            Value::Text(row.url),
            Value::Int(listing),
            Value::Text(&row.body),
            Value::Bytes(&row.entry_key),
            Value::Int(millis(now)),
            Value::Text(&row.host),
            row.known.map_or(Value::Null, Value::Text),
        ]);
    }
    let upsert =
        "INSERT INTO item (url_key, url, listing, entry, entry_key, seen_at, try_at, host, state, error)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, iif(CAST(?8 AS TEXT) IS NULL, 'due', 'done'), ?8)
         ON CONFLICT (url_key) DO UPDATE SET entry = excluded.entry, entry_key = excluded.entry_key, state = 'due',
           try_at = excluded.try_at, tries = 0, error = NULL
         WHERE item.entry_key <> excluded.entry_key AND item.listing = excluded.listing AND excluded.error IS NULL";
    let mut due = 0;
    for part in parts(&fresh, |[url_key, ..]| *url_key) {
        due += tx.execute_many(upsert, part)? as u32;
    }
    for part in parts(&known, |[url_key, ..]| *url_key) {
        tx.run_many(upsert, part)?;
    }
    Ok(due)
}
