//! Gaps: times in which a listing may have shown something that no poll saw, and what came of filling them.

use crate::sql::{Row, params};
use article::feed::Entry;
use jiff::Timestamp;

use crate::store::Area;
use crate::{Error, Result, Store, authority, entry_key, millis, timestamp, url_key};

/// A gap's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub listing: i64,
    /// The last good poll before.
    pub from_at: Timestamp,
    /// The poll that did not overlap with it.
    pub to_at: Timestamp,
    /// What came of it.
    pub state: GapState,
    /// How it was filled, for a person.
    pub way: Option<String>,
    /// How often that was tried.
    pub tries: u32,
    /// For a person.
    pub note: Option<String>,
    /// Items that were found for it.
    pub found: u32,
    /// Of them fetched.
    pub recovered: u32,
}

/// What came of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapState {
    /// It is tried again.
    Open,
    /// Another list reaches over it: nothing is missing.
    Filled,
    /// Nothing that can be had reaches over it.
    Lost,
}

impl GapState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Filled => "filled",
            Self::Lost => "lost",
        }
    }
}

/// What an attempt to fill a gap brought.
#[derive(Clone, Debug)]
pub struct Filling {
    /// The gap.
    pub gap: i64,
    /// What was found for it, with absolute addresses.
    pub entries: Vec<(String, Entry)>,
    /// What came of it.
    pub state: GapState,
    /// How, for a person.
    pub way: Option<String>,
    /// For a person.
    pub note: Option<String>,
    /// When to try again, where it stays open.
    pub retry: Timestamp,
}

const GAP: &str = "SELECT g.id, g.listing, g.from_at, g.to_at, g.state, g.way, g.tries, g.note,
  (SELECT count(*) FROM item i WHERE i.gap = g.id), (SELECT count(*) FROM item i WHERE i.gap = g.id AND i.state = 'done') FROM gap g";

fn gap(row: &Row<'_>) -> Result<Gap> {
    Ok(Gap {
        id: row.get(0)?,
        listing: row.get(1)?,
        from_at: timestamp(row.get(2)?),
        to_at: timestamp(row.get(3)?),
        state: match row.text(4)? {
            "filled" => GapState::Filled,
            "lost" => GapState::Lost,
            _ => GapState::Open,
        },
        way: row.get(5)?,
        tries: row.get(6)?,
        note: row.get(7)?,
        found: row.get(8)?,
        recovered: row.get(9)?,
    })
}

impl Store {
    /// A listing's gaps, newest first; of all listings for `None`. At most 1,000.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn gaps(&self, listing: Option<i64>) -> Result<Vec<Gap>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!(
                "{GAP} WHERE CAST(?1 AS BIGINT) IS NULL OR g.listing = ?1 ORDER BY g.to_at DESC, g.id DESC LIMIT 1000"
            ))?;
            query.query_map([listing], gap)
        })
    }

    /// A listing's gaps that are to be filled now, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn open_gaps(&self, listing: i64, now: Timestamp) -> Result<Vec<Gap>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!(
                "{GAP} WHERE g.listing = ?1 AND g.state = 'open' AND g.try_at <= ?2 ORDER BY g.id LIMIT 10"
            ))?;
            query.query_map(params![listing, millis(now)], gap)
        })
    }

    /// Commits an attempt to fill a gap: its items and its state in one transaction. Returns how many items are new.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_filling(&self, listing: i64, filling: &Filling, now: Timestamp) -> Result<u32> {
        let mut rows = Vec::with_capacity(filling.entries.len());
        for (url, entry) in &filling.entries {
            let body = serde_json::to_string(entry).map_err(|e| Error::Row("item", e))?;
            rows.push((url_key(url), url, entry_key(entry), body));
        }
        self.write(Area::Intake, |tx| {
            let mut added = 0;
            let mut insert = tx.prepare_cached(
                "INSERT INTO item (url_key, url, listing, entry, entry_key, seen_at, try_at, host, gap)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8) ON CONFLICT (url_key) DO NOTHING",
            )?;
            for (url_key, url, entry_key, body) in &rows {
                let host = authority(url);
                added += insert.execute(params![url_key, url, listing, body, entry_key, millis(now), host, filling.gap])?;
            }
            tx.prepare_cached(
                "UPDATE gap SET state = ?2, way = coalesce(?3, way), note = ?4, tries = tries + 1, try_at = ?5 WHERE id = ?1",
            )?
            .run(params![
                filling.gap,
                filling.state.as_str(),
                filling.way,
                filling.note,
                millis(filling.retry)
            ])?;
            if filling.state == GapState::Lost {
                // From its end on the listing is complete again, as far as it goes.
                tx.prepare_cached(
                    "UPDATE listing SET complete_since = max(coalesce(complete_since, 0), (SELECT to_at FROM gap WHERE id = ?2))
                     WHERE id = ?1",
                )?
                .execute(params![listing, filling.gap])?;
            }
            Ok(added as u32)
        })
    }
}
