//! Stories, their articles and updates.

use std::collections::BTreeMap;

use crate::sql::{Connection, Optional, Value, bodies, params, parts};
use jiff::Timestamp;
use stories::{Arrival, ArticleId, Story, StoryId, Update};

use crate::store::Area;
use crate::told::Telling;
use crate::{Error, NewDelivery, Result, Revision, Store, millis};

/// What an article's arrival did, on its way into the rows.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// The revision that is told by it.
    pub revision: i64,
    /// The article that arrived.
    pub article: ArticleId,
    /// When.
    pub at: Timestamp,
    /// What it did.
    pub arrival: &'a Arrival,
}

impl<'a> Arrived<'a> {
    /// What the arrival of a revision did.
    pub fn of(revision: &Revision, arrival: &'a Arrival) -> Self {
        Self { revision: revision.id, article: revision.article_id, at: revision.at, arrival }
    }
}

impl Store {
    /// Commits what one article's arrival did, as [`Store::record_arrivals`] does, with the outbox rows that it causes.
    ///
    /// # Errors
    ///
    /// Those of the store; nothing is then written.
    pub fn record_arrival(
        &self,
        revision: i64,
        article: ArticleId,
        at: Timestamp,
        arrival: &Arrival,
        deliveries: &[NewDelivery],
    ) -> Result<()> {
        let arrived = Arrived { revision, article, at, arrival };
        self.record_arrivals(&[arrived], |_, _| Ok(deliveries.to_vec()))
    }

    /// Commits what several arrivals did, in their order: the stories that changed, each article's place in its story, the
    /// updates, the outbox rows that they cause, and that the revisions are told; all in one transaction.
    ///
    /// `plan` says which outbox rows the arrival of an index causes; what it asks of a story includes what the arrivals before
    /// it wrote. It is asked in order.
    ///
    /// # Errors
    ///
    /// Those of the store and of `plan`; nothing is then written.
    pub fn record_arrivals(
        &self,
        all: &[Arrived<'_>],
        mut plan: impl FnMut(usize, &Telling<'_>) -> Result<Vec<NewDelivery>>,
    ) -> Result<()> {
        self.write(Area::Stories, |tx| {
            let mut telling = Telling::new(tx, all);
            for (n, arrived) in all.iter().enumerate() {
                let deliveries = plan(n, &telling)?;
                telling.plan(arrived.arrival, deliveries);
            }
            // A story is written once, as it stands in the end, and then after the rows that refer to it.
            tx.defer_foreign_keys()?;
            put_arrived(tx, all)?;
            crate::outbox::enqueue(tx, telling.into_planned().iter().flatten())?;
            let changed = all.iter().flat_map(|arrived| &arrived.arrival.changed);
            let changed: BTreeMap<StoryId, &Story> = changed.map(|s| (s.id, s)).collect();
            put_stories(tx, changed.into_values())
        })
    }

    /// A story, by its id or by one that leads to it.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn story(&self, id: StoryId) -> Result<Option<Story>> {
        self.read(|conn| {
            let mut id = id;
            // A story is merged away at most a few times; a ring cannot be written, but is not followed either.
            for _ in 0..16 {
                let body: Option<String> = conn
                    .prepare_cached("SELECT body FROM story WHERE id = ?1")?
                    .query_row([id.0], |r| r.get(0))
                    .optional()?;
                let Some(body) = body else { return Ok(None) };
                let story: Story =
                    serde_json::from_str(&body).map_err(|e| Error::Row("story", e))?;
                match story.merged_into {
                    Some(next) => id = next,
                    None => return Ok(Some(story)),
                }
            }
            Ok(None)
        })
    }

    /// Stories with something new since a time, newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn stories_since(&self, since: Timestamp, most: u32) -> Result<Vec<Story>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT body FROM story WHERE last >= ?1 ORDER BY last DESC, id LIMIT ?2",
            )?;
            let mut rows = query.query(params![millis(since), most])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let body: String = row.get(0)?;
                out.push(serde_json::from_str(&body).map_err(|e| Error::Row("story", e))?);
            }
            Ok(out)
        })
    }

    /// The highest story id ever given out.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn last_story_id(&self) -> Result<StoryId> {
        self.read(|conn| {
            Ok(StoryId(
                conn.prepare_cached("SELECT coalesce(max(id), 0) FROM story")?
                    .query_row([], |r| r.get(0))?,
            ))
        })
    }

    /// A story's updates, newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn updates(&self, story: StoryId) -> Result<Vec<Update>> {
        self.updates_where("story = ?1 ORDER BY revision DESC", story.0)
    }

    /// All updates since a time, newest first, at most 10,000.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn updates_since(&self, since: Timestamp) -> Result<Vec<Update>> {
        self.updates_where(
            "at >= ?1 ORDER BY at DESC, story, revision DESC LIMIT 10000",
            millis(since),
        )
    }

    fn updates_where(&self, condition: &str, value: i64) -> Result<Vec<Update>> {
        self.read(|conn| {
            let mut query =
                conn.prepare_cached(&format!("SELECT body FROM story_update WHERE {condition}"))?;
            let mut rows = query.query([value])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let body: String = row.get(0)?;
                out.push(serde_json::from_str(&body).map_err(|e| Error::Row("story_update", e))?);
            }
            Ok(out)
        })
    }

    /// The story of an article and why it is there.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn story_of(&self, article: ArticleId) -> Result<Option<(StoryId, Vec<String>)>> {
        self.read(|conn| {
            let row: Option<(i64, String)> = conn
                .prepare_cached("SELECT story, why FROM story_article WHERE article = ?1")?
                .query_row([article.0], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()?;
            let Some((story, why)) = row else { return Ok(None) };
            Ok(Some((
                StoryId(story),
                serde_json::from_str(&why).map_err(|e| Error::Row("story_article", e))?,
            )))
        })
    }
}

/// Puts the rows of arrivals, those of their stories and of the outbox left out.
fn put_arrived(tx: Connection<'_>, all: &[Arrived<'_>]) -> Result<()> {
    let whys = bodies("story_article", all.iter().map(|arrived| &arrived.arrival.why))?;
    let last: i64 = tx
        .prepare_cached("SELECT coalesce(max(arrived), 0) FROM story_article")?
        .query_row([], |r| r.get(0))?;
    let places: Vec<_> = all
        .iter()
        .zip(&whys)
        .zip(last + 1..)
        .map(|((arrived, why), n)| {
            let arrival = arrived.arrival;
            [
                Value::Int(arrived.article.0),
                Value::Int(arrival.story.0),
                Value::Int(n),
                Value::Int(millis(arrived.at)),
                arrival.copy_of.map_or(Value::Null, |id| Value::Int(id.0)),
                Value::Text(why),
                Value::Bytes(&arrival.features),
            ]
        })
        .collect();
    for part in parts(&places, |[article, ..]| *article) {
        tx.run_many(
            "INSERT INTO story_article (article, story, arrived, at, copy_of, why, features) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (article) DO UPDATE SET story = excluded.story, copy_of = excluded.copy_of, features = excluded.features",
            part,
        )?;
    }
    let updates: Vec<&Update> = all.iter().flat_map(|arrived| &arrived.arrival.updates).collect();
    let bodies = bodies("story_update", &updates)?;
    let rows: Vec<_> = updates
        .iter()
        .zip(&bodies)
        .map(|(update, body)| {
            let revision = Value::Int(i64::from(update.revision));
            [Value::Int(update.story.0), revision, Value::Int(millis(update.at)), Value::Text(body)]
        })
        .collect();
    tx.run_many(
        "INSERT INTO story_update (story, revision, at, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (story, revision) DO NOTHING",
        &rows,
    )?;
    let revisions: Vec<_> = all.iter().map(|arrived| [Value::Int(arrived.revision)]).collect();
    tx.run_many("UPDATE revision SET state = 'told' WHERE id = ?1", &revisions)
}

/// Puts stories as they now stand.
pub(crate) fn put_stories<'s>(
    tx: Connection<'_>,
    stories: impl Iterator<Item = &'s Story>,
) -> Result<()> {
    let stories: Vec<&Story> = stories.collect();
    let bodies = bodies("story", &stories)?;
    let rows: Vec<_> = stories
        .iter()
        .zip(&bodies)
        .map(|(story, body)| {
            let revision = Value::Int(i64::from(story.revision));
            [Value::Int(story.id.0), Value::Int(millis(story.last)), revision, Value::Text(body)]
        })
        .collect();
    parts(&rows, |[id, ..]| *id).into_iter().try_for_each(|part| {
        tx.run_many(
            "INSERT INTO story (id, last, revision, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET last = excluded.last, revision = excluded.revision, body = excluded.body",
            part,
        )
    })
}
