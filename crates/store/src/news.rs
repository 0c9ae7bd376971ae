//! Reads for pages that are kept until something changes: what changed, and only that.

use std::collections::BTreeMap;

use crate::sql::{Optional, params};
use jiff::Timestamp;
use stories::{ArticleId, Story, StoryId, StoryPlace, Update};

use crate::{Error, Result, Store, millis, timestamp};

/// How the listings stand, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListingsNow {
    /// Listings that are read.
    pub all: u32,
    /// Those whose last read was good.
    pub answering: u32,
    /// When one last answered.
    pub answered_at: Option<Timestamp>,
}

/// A story as short as a list of many needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// Its id.
    pub id: StoryId,
    /// When it last had news.
    pub last: Timestamp,
    /// Its counter.
    pub revision: u32,
}

/// What a map shows of a story.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct StoryPlaces {
    /// Its id.
    pub id: StoryId,
    /// The story that it was merged into.
    pub merged_into: Option<StoryId>,
    /// Its headline.
    pub title: String,
    /// The headline's language, BCP 47.
    pub title_language: String,
    /// Texts that are no copies of another.
    pub independent_texts: u32,
    /// Where it happens, most told first.
    pub places: Vec<StoryPlace>,
}

impl Store {
    /// A number that rises with every change of any story.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn news_version(&self) -> Result<i64> {
        self.read(|conn| {
            conn.prepare_cached("SELECT coalesce(max(n), 0) FROM story_change")?
                .query_row([], |r| r.get(0))
        })
    }

    /// That number as it was when one story last changed; 0 where there is none.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn story_version(&self, id: StoryId) -> Result<i64> {
        self.read(|conn| {
            conn.prepare_cached("SELECT coalesce(max(n), 0) FROM story_change WHERE story = ?1")?
                .query_row([id.0], |r| r.get(0))
        })
    }

    /// A story's counter, without reading the story; `None` where there is none of that id.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn story_revision(&self, id: StoryId) -> Result<Option<u32>> {
        self.read(|conn| {
            conn.prepare_cached("SELECT revision FROM story WHERE id = ?1")?
                .query_row([id.0], |r| r.get(0))
                .optional()
        })
    }

    /// Stories that changed after a version, with the version of each; for version 0 the newest `most` since a time.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn stories_changed<T>(
        &self,
        after: i64,
        since: Timestamp,
        most: u32,
        mut make: impl FnMut(i64, Story) -> T,
    ) -> Result<Vec<T>> {
        let all = "SELECT c.n, s.body FROM story s JOIN story_change c ON c.story = s.id
                   WHERE ?1 = 0 AND s.last >= ?2 ORDER BY s.last DESC, s.id LIMIT ?3";
        let some = "SELECT c.n, s.body FROM story_change c JOIN story s ON s.id = c.story
                    WHERE c.n > ?1 AND s.last >= ?2 ORDER BY c.n LIMIT ?3";
        self.read(|conn| {
            let mut query = conn.prepare_cached(if after == 0 { all } else { some })?;
            let mut rows = query.query(params![after, millis(since), most])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let body = row.text(1)?;
                let story = serde_json::from_str(body).map_err(|e| Error::Row("story", e))?;
                out.push(make(row.get(0)?, story));
            }
            Ok(out)
        })
    }

    /// The newest updates of a story that say something in words, at most `most`.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn updates_told(&self, story: StoryId, most: usize) -> Result<Vec<Update>> {
        Ok(self.updates_told_of(&[story], most)?.remove(&story).unwrap_or_default())
    }

    /// The same for several stories, as the rows stood at one moment; only rows that are given back are read.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn updates_told_of(
        &self,
        stories: &[StoryId],
        most: usize,
    ) -> Result<BTreeMap<StoryId, Vec<Update>>> {
        self.read_at_once(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT body FROM story_update WHERE story = ?1 ORDER BY revision DESC",
            )?;
            let mut all = BTreeMap::new();
            for story in stories {
                let mut rows = query.query([story.0])?;
                let mut out: Vec<Update> = Vec::new();
                while out.len() < most
                    && let Some(row) = rows.next()?
                {
                    let body = row.text(0)?;
                    let update: Update =
                        serde_json::from_str(body).map_err(|e| Error::Row("story_update", e))?;
                    if !update.text.is_empty() {
                        out.push(update);
                    }
                }
                all.insert(*story, out);
            }
            Ok(all)
        })
    }

    /// Stories with something new since a time, newest first, as short as a list needs them; those that were merged into
    /// another are left out.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn story_lines(&self, since: Timestamp, most: u32) -> Result<Vec<StoryLine>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT id, last, revision FROM story
                 WHERE last >= ?1 AND json_extract(body, '$.merged_into') IS NULL ORDER BY last DESC, id LIMIT ?2",
            )?;
            query
                .query_map(params![millis(since), most], |r| {
                    Ok(StoryLine {
                        id: StoryId(r.get(0)?),
                        last: timestamp(r.get(1)?),
                        revision: r.get(2)?,
                    })
                })
        })
    }

    /// Headlines of articles, from their newest revisions.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn titles(&self, ids: &[ArticleId]) -> Result<BTreeMap<ArticleId, String>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT title FROM revision WHERE article = ?1 ORDER BY id DESC LIMIT 1",
            )?;
            let mut out = BTreeMap::new();
            for id in ids {
                let mut rows = query.query([id.0])?;
                if let Some(row) = rows.next()? {
                    out.insert(*id, row.get(0)?);
                }
            }
            Ok(out)
        })
    }

    /// The places of stories with something new after one time, up to and with another, the newest `most`.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn places_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        most: u32,
    ) -> Result<Vec<StoryPlaces>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT s.body FROM (SELECT story, max(at) AS at FROM story_update WHERE at > ?1 AND at <= ?2
                                     GROUP BY story ORDER BY max(at) DESC, story LIMIT ?3) u
                 JOIN story s ON s.id = u.story ORDER BY u.at DESC, s.id",
            )?;
            let mut rows = query.query(params![millis(from), millis(to), most])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let body = row.text(0)?;
                let story: StoryPlaces =
                    serde_json::from_str(body).map_err(|e| Error::Row("story", e))?;
                if story.merged_into.is_none() && !story.places.is_empty() {
                    out.push(story);
                }
            }
            Ok(out)
        })
    }

    /// Stories that happen at a place of this name, whatever language it is printed in, newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    ///
    /// # Limits
    ///
    /// Looks at the newest 5,000 stories.
    pub fn stories_at(&self, place: &str, most: u32) -> Result<Vec<Story>> {
        let named = serde_json::to_string(place).map_err(|e| Error::Row("story", e))?;
        self.read(|conn| {
            // A name in the row of another kind is found too; who asks looks at the places.
            let mut query = conn.prepare_cached(
                "SELECT body FROM (SELECT id, last, body FROM story ORDER BY last DESC LIMIT 5000) newest
                 WHERE instr(body, ?1) > 0 ORDER BY last DESC, id LIMIT ?2",
            )?;
            let mut rows = query.query(params![format!("\"name\":{named}"), most])?;
            let mut out: Vec<Story> = Vec::new();
            while let Some(row) = rows.next()? {
                let body = row.text(0)?;
                let story: Story =
                    serde_json::from_str(body).map_err(|e| Error::Row("story", e))?;
                let there = story.places.iter().any(|p| p.name == place);
                if there && story.merged_into.is_none() {
                    out.push(story);
                }
            }
            Ok(out)
        })
    }

    /// How the listings stand.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn listings_now(&self) -> Result<ListingsNow> {
        self.read(|conn| {
            conn
                .prepare_cached(
                    "SELECT count(*), count(*) FILTER (WHERE error IS NULL AND answered_at IS NOT NULL), max(answered_at) FROM listing",
                )?
                .query_row([], |r| {
                    Ok(ListingsNow {
                        all: r.get(0)?,
                        answering: r.get(1)?,
                        answered_at: r.get::<Option<i64>>(2)?.map(timestamp),
                    })
                })
        })
    }
}
