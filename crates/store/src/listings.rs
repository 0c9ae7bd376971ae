//! Listings and their items: what is polled, what was seen there, what is to be fetched.

use article::feed::Entry;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Error, Result, Store, key, millis, timestamp};

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
    /// How many items were seen there.
    pub items: u32,
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
    /// 304 or equal bytes: validators and items stay.
    pub unchanged: bool,
    /// Its entries with their absolute addresses.
    pub entries: Vec<(String, Entry)>,
}

/// An item to be fetched.
#[derive(Clone, Debug)]
pub struct DueItem {
    /// Its id.
    pub id: i64,
    /// The page.
    pub url: String,
    /// What the listing says of it.
    pub entry: Entry,
    /// Its listing's outlet.
    pub outlet: Option<String>,
    /// Its listing's language.
    pub language: Option<String>,
    /// How often it failed.
    pub tries: u32,
    /// When it was first seen.
    pub seen_at: Timestamp,
}

const LISTING: &str = "SELECT l.id, l.url, l.outlet, l.language, l.paused, l.etag, l.last_modified, l.next_poll_at, l.polled_at,
  l.answered_at, l.changed_at, l.failures, l.error, (SELECT count(*) FROM item i WHERE i.listing = l.id) FROM listing l";

fn listing(row: &Row<'_>) -> rusqlite::Result<Listing> {
    let time = |i: usize| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(i)?.map(timestamp))
    };
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
    })
}

impl Store {
    /// Adds a listing, due at once; says whether it is new.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn add_listing(&self, url: &str, outlet: Option<&str>, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let added = tx
                .prepare_cached(
                    "INSERT INTO listing (url, outlet, added_at, next_poll_at) VALUES (?1, ?2, ?3, ?3)
                     ON CONFLICT (url) DO NOTHING",
                )?
                .execute(params![url, outlet, millis(now)])?;
            Ok(added > 0)
        })
    }

    /// Stops polling a listing and forgets its items that were not fetched; articles stay. Says whether there was one.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_listing(&self, url: &str) -> Result<bool> {
        self.write(|tx| {
            let id: Option<i64> = tx
                .query_row("SELECT id FROM listing WHERE url = ?1", [url], |r| r.get(0))
                .optional()?;
            let Some(id) = id else { return Ok(false) };
            tx.execute("DELETE FROM item WHERE listing = ?1", [id])?;
            tx.execute("DELETE FROM listing WHERE id = ?1", [id])?;
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
            let mut query = conn.prepare_cached(&format!("{LISTING} ORDER BY l.id"))?;
            Ok(query.query_map([], listing)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The listings to be polled now, longest due first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_listings(&self, now: Timestamp, most: u32) -> Result<Vec<Listing>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!(
                "{LISTING} WHERE l.paused = 0 AND l.next_poll_at <= ?1 ORDER BY l.next_poll_at LIMIT ?2"
            ))?;
            Ok(query.query_map(params![millis(now), most], listing)?.collect::<rusqlite::Result<_>>()?)
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
        let mut rows = Vec::with_capacity(polled.entries.len());
        for (url, entry) in &polled.entries {
            let canonical = article::url::canonical(url).unwrap_or_else(|| url.clone());
            let body = serde_json::to_string(entry).map_err(|e| Error::Row("item", e))?;
            rows.push((key(&[&canonical]), url, key(&[&body]), body));
        }
        self.write(|tx| {
            let mut due = 0;
            if !polled.unchanged {
                let mut upsert = tx.prepare_cached(
                    "INSERT INTO item (url_key, url, listing, entry, entry_key, seen_at, try_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
                     ON CONFLICT (url_key) DO UPDATE SET entry = excluded.entry, entry_key = excluded.entry_key, state = 'due',
                       try_at = excluded.try_at, tries = 0, error = NULL
                     WHERE item.entry_key <> excluded.entry_key AND item.listing = excluded.listing",
                )?;
                for (url_key, url, entry_key, body) in &rows {
                    due += upsert.execute(params![url_key, url, listing, body, entry_key, millis(now)])? as u32;
                }
            }
            tx.prepare_cached(
                "UPDATE listing SET polled_at = ?2, answered_at = ?2, next_poll_at = ?3, failures = 0, error = NULL,
                   changed_at = CASE WHEN ?4 > 0 THEN ?2 ELSE changed_at END,
                   outlet = coalesce(outlet, ?5), language = coalesce(?6, language),
                   etag = CASE WHEN ?7 THEN etag ELSE ?8 END, last_modified = CASE WHEN ?7 THEN last_modified ELSE ?9 END
                 WHERE id = ?1",
            )?
            .execute(params![
                listing,
                millis(now),
                millis(next),
                due,
                polled.outlet,
                polled.language,
                polled.unchanged,
                polled.etag,
                polled.last_modified
            ])?;
            if let Some(to) = &polled.moved_to {
                // Where the new address is a listing already, the old one stays as it is.
                tx.execute("UPDATE OR IGNORE listing SET url = ?2 WHERE id = ?1", params![listing, to])?;
            }
            Ok(due)
        })
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
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE listing SET polled_at = ?2, next_poll_at = ?3, failures = failures + 1, error = ?4, paused = ?5 WHERE id = ?1",
            )?
            .execute(params![listing, millis(now), millis(next), error, pause])?;
            Ok(())
        })
    }

    /// The items to be fetched now, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_items(&self, now: Timestamp, most: u32) -> Result<Vec<DueItem>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT i.id, i.url, i.entry, l.outlet, l.language, i.tries, i.seen_at FROM item i JOIN listing l ON l.id = i.listing
                 WHERE i.state = 'due' AND i.try_at <= ?1 ORDER BY i.try_at, i.id LIMIT ?2",
            )?;
            let mut rows = query.query(params![millis(now), most])?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                let entry: String = row.get(2)?;
                items.push(DueItem {
                    id: row.get(0)?,
                    url: row.get(1)?,
                    entry: serde_json::from_str(&entry).map_err(|e| Error::Row("item", e))?,
                    outlet: row.get(3)?,
                    language: row.get(4)?,
                    tries: row.get(5)?,
                    seen_at: timestamp(row.get(6)?),
                });
            }
            Ok(items)
        })
    }

    /// Commits that an item could not be fetched: tried again at `retry`, or set aside where that is `None`.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_item_failure(
        &self,
        item: i64,
        error: &str,
        retry: Option<Timestamp>,
    ) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE item SET state = CASE WHEN ?3 IS NULL THEN 'aside' ELSE 'due' END, try_at = coalesce(?3, try_at),
                   tries = tries + 1, error = ?2 WHERE id = ?1",
            )?
            .execute(params![item, error, retry.map(millis)])?;
            Ok(())
        })
    }

    /// How many items wait to be fetched, and when the next one is due.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn items_waiting(&self) -> Result<(u32, Option<Timestamp>)> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT count(*), min(try_at) FROM item WHERE state = 'due'")?
                .query_row([], |r| Ok((r.get(0)?, r.get::<_, Option<i64>>(1)?.map(timestamp))))?)
        })
    }

    /// What was set aside, newest first: address or title, and why.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_aside(&self, most: u32) -> Result<Vec<(String, String)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT url, coalesce(error, '') FROM item WHERE state = 'aside'
                 UNION ALL SELECT a.url, coalesce(r.error, '') FROM revision r JOIN article a ON a.id = r.article WHERE r.state = 'aside'
                 LIMIT ?1",
            )?;
            Ok(query.query_map([most], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
        })
    }
}
