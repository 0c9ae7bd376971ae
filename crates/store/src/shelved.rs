//! What the shelf of live stories reads back: all of it at a start, single stories when an article asks for them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use stories::{ArticleId, Story, StoryId, StoryRows};

use crate::sql::{Connection, Value, params};
use crate::{Error, Result, Store, millis};

impl Store {
    /// Stories with something new since a time, by id, from the one after `after` on; those merged away are among them.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn live_stories(&self, since: Timestamp, after: StoryId, most: u32) -> Result<Vec<Story>> {
        self.read(|conn| {
            // The sign keeps the engine from sorting all of them anew for each page.
            let mut query = conn.prepare_cached(
                "SELECT body FROM story WHERE id > ?2 AND +last >= ?1 ORDER BY id LIMIT ?3",
            )?;
            query.query_map(params![millis(since), after.0, most], |r| story(r.text(0)?))
        })
    }

    /// The articles of live stories in the order of arrival, each with its story at that time.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn shelved_since(&self, since: Timestamp) -> Result<Vec<(ArticleId, StoryId)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT article, story FROM story_article
                 WHERE story IN (SELECT id FROM story WHERE last >= ?1) ORDER BY arrived",
            )?;
            query.query_map([millis(since)], |r| Ok((ArticleId(r.get(0)?), StoryId(r.get(1)?))))
        })
    }

    /// What the shelf kept of articles, in the order of their arrival.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn features(&self, articles: &[ArticleId]) -> Result<Vec<(ArticleId, Vec<u8>)>> {
        let mut rows = self.read(|conn| features(conn, articles.iter().copied()))?;
        rows.sort_unstable_by_key(|(arrived, ..)| *arrived);
        Ok(rows.into_iter().map(|(_, article, features)| (article, features)).collect())
    }

    /// Stories with what the shelf kept of their articles; those that are not there are left out.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn story_rows(&self, ids: &[StoryId]) -> Result<Vec<StoryRows>> {
        let ids = ids.iter().map(|id| id.0);
        self.read(|conn| {
            let stories =
                conn.query_many("SELECT body FROM story WHERE id = ?1", &rows_of(ids), |r| {
                    story(r.text(0)?)
                })?;
            let members = stories.iter().flat_map(|s| &s.members).map(|m| m.article);
            let mut kept: BTreeMap<ArticleId, (i64, Vec<u8>)> = features(conn, members)?
                .into_iter()
                .map(|(arrived, article, features)| (article, (arrived, features)))
                .collect();
            let with_articles = |story: Story| {
                let members = story.members.iter();
                let mut rows: Vec<(i64, ArticleId, Vec<u8>)> = members
                    .filter_map(|m| kept.remove_entry(&m.article))
                    .map(|(article, (arrived, features))| (arrived, article, features))
                    .collect();
                rows.sort_unstable_by_key(|(arrived, ..)| *arrived);
                let articles = rows.into_iter().map(|(_, id, features)| (id, features)).collect();
                StoryRows { story, articles }
            };
            Ok(stories.into_iter().map(with_articles).collect())
        })
    }
}

/// What the shelf kept of articles, each with its place in the order of arrival.
fn features(
    conn: Connection<'_>,
    articles: impl Iterator<Item = ArticleId>,
) -> Result<Vec<(i64, ArticleId, Vec<u8>)>> {
    conn.query_many(
        "SELECT arrived, article, features FROM story_article WHERE article = ?1",
        &rows_of(articles.map(|id| id.0)),
        |r| Ok((r.get(0)?, ArticleId(r.get(1)?), r.get(2)?)),
    )
}

fn rows_of(ids: impl Iterator<Item = i64>) -> Vec<[Value<'static>; 1]> {
    ids.map(|id| [Value::Int(id)]).collect()
}

fn story(body: &str) -> Result<Story> {
    serde_json::from_str(body).map_err(|e| Error::Row("story", e))
}
