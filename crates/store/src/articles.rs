//! Articles, their revisions and readings.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::sql::{Connection, Optional, Value, bodies, params, parts};
use article::Article;
use jiff::Timestamp;
use reading::Reading;
use stories::ArticleId;

use crate::shard::{clock, whole_millis};
use crate::store::Area;
use crate::words;
use crate::{Error, Result, Store, key, millis, timestamp};

/// How far in the future an outlet's date is still believed: clocks differ, announcements do not come from tomorrow.
const FUTURE_SECS_MAX: i64 = 3600;

/// How old an outlet's date may be when the article is first seen: older ones are placeholders such as 1970.
const PAST_SECS_MAX: i64 = 40 * 365 * 86_400;

/// A revision that waits for a stage.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub article_id: ArticleId,
    /// The outlet.
    pub outlet: String,
    /// When it was published, believed or else first seen.
    pub at: Timestamp,
    /// When this revision was seen.
    pub seen_at: Timestamp,
    /// The article.
    pub article: Article,
}

/// When an article was published: the outlet's word where it is believable, else when we saw it.
pub fn believed(published: Option<Timestamp>, seen: Timestamp) -> Timestamp {
    match published {
        Some(at)
            if at.as_second() <= seen.as_second() + FUTURE_SECS_MAX
                && at.as_second() >= seen.as_second() - PAST_SECS_MAX =>
        {
            at
        }
        _ => seen,
    }
}

/// What makes a revision: everything a reader sees of the article.
fn content_key(article: &Article) -> [u8; 16] {
    let title = article.title.as_deref().unwrap_or("");
    let correction = article.correction.as_deref().unwrap_or("");
    key(&[title, article.standfirst.as_deref().unwrap_or(""), &article.text, correction])
}

/// An article on its way into its rows.
pub(crate) struct ArticleRow<'a> {
    url_key: [u8; 16],
    url: &'a str,
    outlet: String,
    content_key: [u8; 16],
    title: &'a str,
    published: Timestamp,
    seen_at: Timestamp,
    text: &'a str,
    body: String,
}

impl<'a> ArticleRow<'a> {
    /// Prepares what needs no transaction.
    pub(crate) fn new(url: &'a str, article: &'a Article, now: Timestamp) -> Result<Self> {
        let outlet = article.outlet.clone().or_else(|| article::url::host(url));
        Ok(Self {
            url_key: crate::url_key(url),
            url,
            outlet: outlet.unwrap_or_default(),
            content_key: content_key(article),
            title: article.title.as_deref().unwrap_or(""),
            published: believed(article.published.map(|m| m.at), now),
            seen_at: now,
            text: &article.text,
            body: serde_json::to_string(article).map_err(|e| Error::Row("revision", e))?,
        })
    }
}

/// Puts articles, and a revision of each whose text is new, each after those before it. Returns the new revisions.
pub(crate) fn put_articles(
    tx: Connection<'_>,
    rows: &[ArticleRow<'_>],
) -> Result<Vec<Option<i64>>> {
    let articles: Vec<_> = rows
        .iter()
        .map(|row| {
            let seen_at = Value::Int(millis(row.seen_at));
            [Value::Bytes(&row.url_key), Value::Text(row.url), Value::Text(&row.outlet), seen_at]
        })
        .collect();
    tx.run_many(
        "INSERT INTO article (url_key, url, outlet, seen_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (url_key) DO NOTHING",
        &articles,
    )?;
    let keys: Vec<_> = rows.iter().map(|row| [Value::Bytes(&row.url_key)]).collect();
    let ids: HashMap<[u8; 16], i64> = tx
        .query_many("SELECT url_key, id FROM article WHERE url_key = ?1", &keys, |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?
        .into_iter()
        .collect();
    let rows = rows.iter().map(|row| Ok((*ids.get(&row.url_key).ok_or(Error::NoRow)?, row)));
    let rows = rows.collect::<Result<Vec<(i64, &ArticleRow<'_>)>>>()?;
    let revisions: Vec<_> = rows
        .iter()
        .map(|(id, row)| {
            [
                Value::Int(*id),
                Value::Bytes(&row.content_key),
                Value::Int(millis(row.seen_at)),
                Value::Int(millis(row.published)),
                Value::Text(row.title),
                Value::Text(&row.body),
            ]
        })
        .collect();
    let mut new: HashMap<(i64, [u8; 16]), i64> = tx
        .query_many(
            "INSERT INTO revision (article, content_key, seen_at, published, title, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (article, content_key) DO NOTHING RETURNING article, content_key, id",
            &revisions,
            |r| Ok(((r.get(0)?, r.get(1)?), r.get(2)?)),
        )?
        .into_iter()
        .collect();
    // Of two with the same text the first brought it; the last revision of an article is the one that is searched.
    let mut searched = BTreeMap::new();
    let mut out = Vec::with_capacity(rows.len());
    for (id, row) in rows {
        let revision = new.remove(&(id, row.content_key));
        if revision.is_some() {
            searched.insert(id, (id, row.title, row.text));
        }
        out.push(revision);
    }
    words::put(tx, &searched.into_values().collect::<Vec<_>>())?;
    Ok(out)
}

impl Store {
    /// Commits a fetched page: the article, a revision where its text is new, and that the item is done, in one
    /// transaction. Returns the revision, or `None` where this text is known.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_article(
        &self,
        item: Option<i64>,
        url: &str,
        article: &Article,
        now: Timestamp,
    ) -> Result<Option<i64>> {
        let row = ArticleRow::new(url, article, now)?;
        self.write(Area::Free, |tx| {
            let new = put_articles(tx, &[row])?;
            if let Some(item) = item {
                tx.prepare_cached("UPDATE item SET state = 'done', error = NULL WHERE id = ?1")?
                    .run([item])?;
            }
            Ok(new.into_iter().flatten().next())
        })
    }

    /// Revisions that wait to be read, in the order in which they came.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn unread(&self, most: u32) -> Result<Vec<Revision>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT r.id, r.article, a.outlet, r.published, r.seen_at, r.body FROM revision r JOIN article a ON a.id = r.article
                 WHERE r.state = 'unread' ORDER BY r.id LIMIT ?1",
            )?;
            let mut rows = query.query([most])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                out.push(revision(&row)?);
            }
            Ok(out)
        })
    }

    /// Revisions that wait to be read, for the caller alone for so long: of several readers on one store each claims others. What
    /// one of them claimed and did not commit is free again afterwards.
    ///
    /// # Errors
    ///
    /// Those of the store; nothing is then claimed.
    pub fn claim_unread(&self, most: u32, length: Duration) -> Result<Vec<Revision>> {
        let mut claimed: Vec<Revision> = self.write(Area::Free, |tx| {
            let (clock, lock) = (clock(tx), tx.either("", "FOR UPDATE SKIP LOCKED"));
            tx.prepare_cached(&format!(
                "WITH free AS MATERIALIZED (
                   SELECT id FROM revision WHERE state = 'unread' AND coalesce(claimed_until, 0) <= {clock} ORDER BY id LIMIT ?1 {lock})
                 UPDATE revision SET claimed_until = {clock} + ?2 WHERE id IN (SELECT id FROM free)
                 RETURNING id, article, (SELECT a.outlet FROM article a WHERE a.id = revision.article), published, seen_at, body"
            ))?
            .query_map(params![most, whole_millis(length)], revision)
        })?;
        claimed.sort_unstable_by_key(|revision| revision.id);
        Ok(claimed)
    }

    /// Commits readings: their rows and that their revisions are read, in one transaction.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_readings(&self, model: &str, readings: &[(i64, Reading)]) -> Result<()> {
        let bodies = bodies("reading", readings.iter().map(|(_, reading)| reading))?;
        let rows: Vec<_> = readings
            .iter()
            .zip(&bodies)
            .map(|((id, _), body)| [Value::Int(*id), Value::Text(model), Value::Text(body)])
            .collect();
        let ids: Vec<_> = rows.iter().map(|[id, ..]| [*id]).collect();
        self.write(Area::Free, |tx| {
            for part in parts(&rows, |[id, ..]| *id) {
                tx.run_many(
                    "INSERT INTO reading (revision, model, body) VALUES (?1, ?2, ?3)
                     ON CONFLICT (revision, model) DO UPDATE SET body = excluded.body",
                    part,
                )?;
            }
            tx.run_many(
                "UPDATE revision SET state = 'read' WHERE id = ?1 AND state = 'unread'",
                &ids,
            )
        })
    }

    /// Sets a revision aside: its reading failed and the other articles go on.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_revision_aside(&self, id: i64, error: &str) -> Result<()> {
        self.write(Area::Free, |tx| {
            tx.prepare_cached(
                "UPDATE revision SET state = 'aside', error = ?2 WHERE id = ?1 AND state <> 'told'",
            )?
            .run(params![id, error])
        })
    }

    /// Revisions that are read and not yet told, in the order of publication and then of their addresses, with their readings.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn untold(&self, most: u32) -> Result<Vec<(Revision, Reading)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT r.id, r.article, a.outlet, r.published, r.seen_at, r.body,
                   (SELECT body FROM reading g WHERE g.revision = r.id ORDER BY model DESC LIMIT 1)
                 FROM revision r JOIN article a ON a.id = r.article WHERE r.state = 'read' ORDER BY r.published, a.url, r.id LIMIT ?1",
            )?;
            let mut rows = query.query([most])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let reading: String = row.get(6)?;
                out.push((revision(&row)?, serde_json::from_str(&reading).map_err(|e| Error::Row("reading", e))?));
            }
            Ok(out)
        })
    }

    /// An article's newest revision with its reading, where it was read.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn article(&self, id: ArticleId) -> Result<Option<(Revision, Option<Reading>)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT r.id, r.article, a.outlet, r.published, r.seen_at, r.body,
                   (SELECT body FROM reading g WHERE g.revision = r.id ORDER BY model DESC LIMIT 1)
                 FROM revision r JOIN article a ON a.id = r.article WHERE r.article = ?1 ORDER BY r.id DESC LIMIT 1",
            )?;
            let mut rows = query.query([id.0])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let reading: Option<String> = row.get(6)?;
            let reading = match reading {
                Some(body) => Some(serde_json::from_str(&body).map_err(|e| Error::Row("reading", e))?),
                None => None,
            };
            Ok(Some((revision(&row)?, reading)))
        })
    }

    /// The article that was read at this address; `None` where none was.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn article_at(&self, url: &str) -> Result<Option<ArticleId>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT id FROM article WHERE url_key = ?1")?
                .query_row([crate::url_key(url)], |r| r.get(0))
                .optional()?
                .map(ArticleId))
        })
    }

    /// All revisions of an article, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn revisions(&self, id: ArticleId) -> Result<Vec<Revision>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT r.id, r.article, a.outlet, r.published, r.seen_at, r.body FROM revision r JOIN article a ON a.id = r.article
                 WHERE r.article = ?1 ORDER BY r.id",
            )?;
            let mut rows = query.query([id.0])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                out.push(revision(&row)?);
            }
            Ok(out)
        })
    }

    /// How many revisions wait to be read and to be told.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn revisions_waiting(&self) -> Result<(u32, u32)> {
        self.read(|conn| {
            conn
                .prepare_cached(
                    "SELECT (SELECT count(*) FROM revision WHERE state = 'unread'), (SELECT count(*) FROM revision WHERE state = 'read')",
                )?
                .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))
        })
    }

    /// How many articles there are.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn article_count(&self) -> Result<u32> {
        self.read(|conn| {
            conn.prepare_cached("SELECT count(*) FROM article")?.query_row([], |r| r.get(0))
        })
    }
}

pub(crate) fn revision(row: &crate::sql::Row<'_>) -> Result<Revision> {
    let body: String = row.get(5)?;
    Ok(Revision {
        id: row.get(0)?,
        article_id: ArticleId(row.get(1)?),
        outlet: row.get(2)?,
        at: timestamp(row.get(3)?),
        seen_at: timestamp(row.get(4)?),
        article: serde_json::from_str(&body).map_err(|e| Error::Row("revision", e))?,
    })
}
