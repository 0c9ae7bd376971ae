//! Items: what listings showed and is to be fetched.

use std::collections::BTreeMap;

use crate::sql::{Connection, Row, Value, params, parts};
use article::Article;
use article::feed::Entry;
use jiff::Timestamp;

use crate::articles::{ArticleRow, put_articles};
use crate::hosts::put_furniture;
use crate::store::Area;
use crate::{Error, Result, Store, millis, timestamp};

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
    /// The host by which pace is kept: [`authority`] of the page.
    pub host: String,
    /// Validators of the page at the last look; none at the first.
    pub etag: Option<String>,
    /// See `etag`.
    pub last_modified: Option<String>,
    /// How many second looks there were.
    pub looks: u32,
    /// This is a second look at an article that is known.
    pub again: bool,
}

/// The host of an address in lower case, with the port where it is not the usual one.
pub fn authority(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let usual = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    host.strip_suffix(usual).map_or_else(|| host.clone(), str::to_owned)
}

const ITEM: &str = "SELECT i.id, i.url, i.entry, l.outlet, l.language, i.tries, i.seen_at, i.host, i.etag, i.last_modified,
  i.looks, i.state = 'done' FROM item i JOIN listing l ON l.id = i.listing";

fn due_item(row: &Row<'_>) -> Result<DueItem> {
    Ok(DueItem {
        id: row.get(0)?,
        url: row.get(1)?,
        entry: serde_json::from_str(row.text(2)?).map_err(|e| Error::Row("item", e))?,
        outlet: row.get(3)?,
        language: row.get(4)?,
        tries: row.get(5)?,
        seen_at: timestamp(row.get(6)?),
        host: row.get(7)?,
        etag: row.get(8)?,
        last_modified: row.get(9)?,
        looks: row.get(10)?,
        again: row.get(11)?,
    })
}

/// A page that was read, to be committed.
#[derive(Clone, Copy, Debug)]
pub struct FetchedPage<'a> {
    /// The address by which it is one article for ever.
    pub url: &'a str,
    /// The article.
    pub article: &'a Article,
    /// `ETag` and `Last-Modified` of the page.
    pub validators: (Option<&'a str>, Option<&'a str>),
    /// When to look at it again; `None`: never.
    pub look: Option<Timestamp>,
    /// What the pages of a host repeat, where this page taught something.
    pub furniture: Option<(&'a str, &'a [u8])>,
}

fn put_look(
    tx: Connection<'_>,
    item: i64,
    validators: (Option<&str>, Option<&str>),
    next: Option<Timestamp>,
    was_second: bool,
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE item SET etag = ?2, last_modified = ?3, look_at = ?4, looks = looks + ?5 WHERE id = ?1",
    )?
    .run(params![item, validators.0, validators.1, next.map(millis), was_second])?;
    Ok(())
}

/// Puts fetched pages with all that goes with them. Returns the new revisions.
fn put_fetched(
    tx: Connection<'_>,
    pages: &[(&DueItem, FetchedPage<'_>, Timestamp)],
    rows: &[ArticleRow<'_>],
) -> Result<Vec<Option<i64>>> {
    let new = put_articles(tx, rows)?;
    let items: Vec<_> = pages
        .iter()
        .map(|(item, page, _)| {
            [
                Value::Int(item.id),
                page.validators.0.map_or(Value::Null, Value::Text),
                page.validators.1.map_or(Value::Null, Value::Text),
                page.look.map_or(Value::Null, |at| Value::Int(millis(at))),
                Value::Int(i64::from(item.again)),
            ]
        })
        .collect();
    for part in parts(&items, |[id, ..]| *id) {
        tx.run_many(
            "UPDATE item SET state = 'done', error = NULL, etag = ?2, last_modified = ?3, look_at = ?4, looks = looks + ?5 WHERE id = ?1",
            part,
        )?;
    }
    // Of one host the last word counts.
    let learnt: BTreeMap<&str, &[u8]> =
        pages.iter().filter_map(|(_, page, _)| page.furniture).collect();
    for (host, furniture) in learnt {
        put_furniture(tx, host, furniture)?;
    }
    Ok(new)
}

impl Store {
    /// The items to be fetched now, of those hosts that are `free` to be asked, longest waiting first; of one host at most
    /// `per_host`, so that a long queue at one does not keep the others waiting.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_items_by_host(
        &self,
        now: Timestamp,
        per_host: u32,
        most: u32,
        free: impl Fn(&str) -> bool,
    ) -> Result<Vec<DueItem>> {
        self.read(|conn| {
            // One step of the index a host: the number of hosts counts, not the length of their queues.
            let mut hosts = conn.prepare_cached(
                "WITH RECURSIVE h (host) AS (
                   SELECT min(host) FROM item WHERE state = 'due'
                   UNION ALL SELECT (SELECT min(host) FROM item WHERE state = 'due' AND host > h.host) FROM h WHERE h.host IS NOT NULL)
                 SELECT f.host, f.first FROM (
                   SELECT h.host, (SELECT min(try_at) FROM item WHERE state = 'due' AND host = h.host) AS first
                   FROM h WHERE h.host IS NOT NULL) f
                 WHERE f.first <= ?1 ORDER BY f.first, f.host",
            )?;
            let mut of_host = conn.prepare_cached(&format!(
                "{ITEM} WHERE i.state = 'due' AND i.host = ?1 AND i.try_at <= ?2 ORDER BY i.try_at, i.id LIMIT ?3"
            ))?;
            let mut items = Vec::new();
            let mut rows = hosts.query([millis(now)])?;
            while let Some(row) = rows.next()? {
                if items.len() >= most as usize {
                    break;
                }
                let host: String = row.get(0)?;
                if !free(&host) {
                    continue;
                }
                let mut of_host = of_host.query(params![host, millis(now), per_host])?;
                while let Some(row) = of_host.next()? {
                    items.push(due_item(&row)?);
                }
            }
            items.truncate(most as usize);
            Ok(items)
        })
    }

    /// Known articles that are to be looked at again now, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_looks(&self, now: Timestamp, most: u32) -> Result<Vec<DueItem>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!(
                "{ITEM} WHERE i.look_at <= ?1 AND i.state = 'done' ORDER BY i.look_at, i.id LIMIT ?2"
            ))?;
            let mut rows = query.query(params![millis(now), most])?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(due_item(&row)?);
            }
            Ok(items)
        })
    }

    /// Commits a fetched page: the article, its revision, the next look at it, what was learnt of its host, and that the
    /// item is done; in one transaction. Returns the revision, or `None` where this text is known.
    ///
    /// # Errors
    ///
    /// Those of the store; nothing is then written.
    pub fn record_fetched(
        &self,
        item: &DueItem,
        fetched: &FetchedPage<'_>,
        now: Timestamp,
    ) -> Result<Option<i64>> {
        let new = self.record_all_fetched(&[(item, *fetched, now)])?;
        Ok(new.into_iter().flatten().next())
    }

    /// Commits several fetched pages as [`Store::record_fetched`] does, all in one transaction.
    ///
    /// # Errors
    ///
    /// Those of the store; nothing is then written of any of them.
    pub fn record_all_fetched(
        &self,
        pages: &[(&DueItem, FetchedPage<'_>, Timestamp)],
    ) -> Result<Vec<Option<i64>>> {
        let rows = pages.iter().map(|(_, page, now)| ArticleRow::new(page.url, page.article, *now));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.write(Area::Free, |tx| put_fetched(tx, pages, &rows))
    }

    /// Keeps the validators of an item's page and when to look at it again; `None`: never.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_look(
        &self,
        item: i64,
        validators: (Option<&str>, Option<&str>),
        next: Option<Timestamp>,
        was_second: bool,
    ) -> Result<()> {
        self.write(Area::Free, |tx| put_look(tx, item, validators, next, was_second))
    }

    /// The items to be fetched now, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_items(&self, now: Timestamp, most: u32) -> Result<Vec<DueItem>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!(
                "{ITEM} WHERE i.state = 'due' AND i.try_at <= ?1 ORDER BY i.try_at, i.id LIMIT ?2"
            ))?;
            let mut rows = query.query(params![millis(now), most])?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(due_item(&row)?);
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
        self.write(Area::Free, |tx| {
            tx.prepare_cached(
                "UPDATE item SET state = CASE WHEN CAST(?3 AS BIGINT) IS NULL THEN 'aside' ELSE 'due' END, try_at = coalesce(?3, try_at),
                   tries = tries + 1, error = ?2 WHERE id = ?1",
            )?
            .run(params![item, error, retry.map(millis)])?;
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
            conn.prepare_cached("SELECT count(*), min(try_at) FROM item WHERE state = 'due'")?
                .query_row([], |r| Ok((r.get(0)?, r.get::<Option<i64>>(1)?.map(timestamp))))
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
            query.query_map([most], |r| Ok((r.get(0)?, r.get(1)?)))
        })
    }
}
