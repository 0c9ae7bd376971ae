//! What the shelf of live stories reads back: all of it at a start, single stories when an article asks for them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use stories::{ArticleId, Story, StoryId, StoryRows};

use crate::sql::{Connection, ToSql, params};
use crate::{Error, Result, Store, millis};

/// Rows that one statement asks for by id; the last id stands for those that are too few, so that it is prepared once.
const IDS: usize = 32;
/// As many question marks, in a list.
const LIST: &str = "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, \
     ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)";

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
        let ids: Vec<i64> = articles.iter().map(|id| id.0).collect();
        let mut rows = self.read(|conn| features(conn, &ids))?;
        rows.sort_unstable_by_key(|(arrived, ..)| *arrived);
        Ok(rows.into_iter().map(|(_, article, features)| (article, features)).collect())
    }

    /// Stories with what the shelf kept of their articles; those that are not there are left out.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn story_rows(&self, ids: &[StoryId]) -> Result<Vec<StoryRows>> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.read(|conn| {
            let mut stories = Vec::new();
            by_ids(conn, &format!("SELECT body FROM story WHERE id IN {LIST}"), &ids, |r| {
                stories.push(story(r.text(0)?)?);
                Ok(())
            })?;
            let members: Vec<i64> =
                stories.iter().flat_map(|s| &s.members).map(|m| m.article.0).collect();
            let mut kept: BTreeMap<ArticleId, (i64, Vec<u8>)> = features(conn, &members)?
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
fn features(conn: Connection<'_>, articles: &[i64]) -> Result<Vec<(i64, ArticleId, Vec<u8>)>> {
    let mut out = Vec::with_capacity(articles.len());
    let query =
        format!("SELECT arrived, article, features FROM story_article WHERE article IN {LIST}");
    by_ids(conn, &query, articles, |r| {
        out.push((r.get(0)?, ArticleId(r.get(1)?), r.get(2)?));
        Ok(())
    })?;
    Ok(out)
}

/// Takes each row that a statement with [`LIST`] has for some ids.
fn by_ids(
    conn: Connection<'_>,
    sql: &str,
    ids: &[i64],
    mut take: impl FnMut(&crate::sql::Row<'_>) -> Result<()>,
) -> Result<()> {
    for some in ids.chunks(IDS) {
        let Some(last) = some.last() else { continue };
        let filled: Vec<&dyn ToSql> = some
            .iter()
            .chain(std::iter::repeat(last))
            .take(IDS)
            .map(|id| id as &dyn ToSql)
            .collect();
        let mut query = conn.prepare_cached(sql)?;
        let mut rows = query.query(filled.as_slice())?;
        while let Some(row) = rows.next()? {
            take(&row)?;
        }
    }
    Ok(())
}

fn story(body: &str) -> Result<Story> {
    serde_json::from_str(body).map_err(|e| Error::Row("story", e))
}
