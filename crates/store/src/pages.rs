//! Reads that only pages need.

use std::collections::BTreeMap;

use crate::sql::params;
use article::Article;
use jiff::Timestamp;
use stories::{ArticleId, Story, StoryId, Update};

use crate::words;
use crate::{Error, Result, Store, millis, timestamp};

/// What a page shows of an article beside its story.
#[derive(Clone, Debug, Default)]
pub struct ArticleText {
    /// The headline.
    pub title: String,
    /// BCP 47; empty where unknown.
    pub language: String,
    /// The newest text.
    pub text: String,
}

/// What is searched for. Empty fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Words and phrases that all occur; each also as the beginning of a longer word.
    pub words: Vec<String>,
    /// Part of the outlet's name.
    pub from: String,
    /// Part of the name of somebody who says something.
    pub who: String,
    /// Part of a place's name.
    pub place: String,
    /// The kind of an event, in the contract's words, or its beginning.
    pub kind: String,
    /// Published not before this time.
    pub since: Option<Timestamp>,
}

/// An article that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The article.
    pub article: ArticleId,
    /// Its outlet.
    pub outlet: String,
    /// Its headline.
    pub title: String,
    /// When it was published.
    pub at: Timestamp,
    /// Its story.
    pub story: Option<StoryId>,
}

/// A pattern for LIKE that finds a part of a text; nothing in it is a wildcard.
fn part(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

impl Store {
    /// Articles that have all that is searched for, best first where there are words, else newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn search(&self, search: &Search, most: u32, skip: u32) -> Result<Vec<Hit>> {
        // Filters over the reading look only at rows that the cheaper ones left.
        let named = |list: &str, n: u32| {
            format!(
                "EXISTS (SELECT 1 FROM reading g, json_each(g.body, '$.{list}') e
                         WHERE g.revision = r.id AND e.value ->> 'name' LIKE ?{n} ESCAPE '\\')"
            )
        };
        self.read(|conn| {
            let words = words::question(conn, &search.words);
            let (table, article) = words::source(conn);
            let (source, order) = if words.is_empty() {
                ("article a".to_owned(), "r.published DESC, a.id".to_owned())
            } else {
                (
                    format!("{table} JOIN article a ON a.id = {article}"),
                    format!("{}, a.id", words::order(conn)),
                )
            };
        let mut conditions = vec![
            "r.id = (SELECT max(id) FROM revision WHERE article = a.id)".to_owned(),
            "?1 = ?1".to_owned(),
            "a.outlet LIKE ?2 ESCAPE '\\' AND r.published >= ?3 AND ?4 <> '' AND ?5 <> '' AND ?6 <> ''".to_owned(),
        ];
        if !words.is_empty() {
            conditions.push(words::condition(conn).to_owned());
        }
        if !search.who.is_empty() {
            conditions.push(named("speakers", 4));
        }
        if !search.place.is_empty() {
            conditions.push(named("places", 5));
        }
        if !search.kind.is_empty() {
            conditions.push(
                "EXISTS (SELECT 1 FROM reading g, json_each(g.body, '$.events') e WHERE g.revision = r.id
                         AND (e.value ->> 'kind_plover' LIKE ?6 ESCAPE '\\' OR e.value ->> 'kind_other' LIKE ?6 ESCAPE '\\'))"
                    .to_owned(),
            );
        }
            let mut query = conn.prepare_cached(&format!(
                "SELECT a.id, a.outlet, r.title, r.published, (SELECT story FROM story_article WHERE article = a.id)
                 FROM {source} JOIN revision r ON r.article = a.id
                 WHERE {} ORDER BY {order} LIMIT ?7 OFFSET ?8",
                conditions.join(" AND ")
            ))?;
            let since = search.since.map_or(i64::MIN, millis);
            query.query_map(
                params![
                    words,
                    part(&search.from),
                    since,
                    part(&search.who),
                    part(&search.place),
                    part(&search.kind),
                    most,
                    skip
                ],
                |r| {
                    Ok(Hit {
                        article: ArticleId(r.get(0)?),
                        outlet: r.get(1)?,
                        title: r.get(2)?,
                        at: timestamp(r.get(3)?),
                        story: r.get::<Option<i64>>(4)?.map(StoryId),
                    })
                },
            )
        })
    }

    /// Live stories one of whose articles has these words in a row, newest first: for the pages of a person or a place.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn stories_with(&self, name: &str, most: u32) -> Result<Vec<Story>> {
        self.read(|conn| {
            let words = words::question(conn, &[name.to_owned()]);
            if words.is_empty() {
                return Ok(Vec::new());
            }
            let (table, article) = words::source(conn);
            let mut query = conn.prepare_cached(&format!(
                "SELECT body FROM story WHERE id IN (
                   SELECT sa.story FROM {table} JOIN story_article sa ON sa.article = {article} WHERE {})
                 ORDER BY last DESC, id LIMIT ?2",
                words::condition(conn)
            ))?;
            let mut rows = query.query(params![words, most])?;
            let mut out: Vec<Story> = Vec::new();
            while let Some(row) = rows.next()? {
                let body: String = row.get(0)?;
                let story: Story =
                    serde_json::from_str(&body).map_err(|e| Error::Row("story", e))?;
                if story.merged_into.is_none() {
                    out.push(story);
                }
            }
            Ok(out)
        })
    }

    /// Updates from one time up to and without another, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn updates_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        most: u32,
    ) -> Result<Vec<Update>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT body FROM story_update WHERE at >= ?1 AND at < ?2 ORDER BY at, story, revision LIMIT ?3",
            )?;
            let mut rows = query.query(params![millis(from), millis(to), most])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let body: String = row.get(0)?;
                out.push(serde_json::from_str(&body).map_err(|e| Error::Row("story_update", e))?);
            }
            Ok(out)
        })
    }

    /// Titles and texts of articles, newest revisions.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn texts(&self, ids: &[ArticleId]) -> Result<BTreeMap<ArticleId, ArticleText>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT body FROM revision WHERE article = ?1 ORDER BY id DESC LIMIT 1",
            )?;
            let mut out = BTreeMap::new();
            for id in ids {
                let mut rows = query.query([id.0])?;
                let Some(row) = rows.next()? else { continue };
                let body: String = row.get(0)?;
                let article: Article =
                    serde_json::from_str(&body).map_err(|e| Error::Row("revision", e))?;
                let text = ArticleText {
                    title: article.title.unwrap_or_default(),
                    language: article.language.unwrap_or_default(),
                    text: article.text,
                };
                out.insert(*id, text);
            }
            Ok(out)
        })
    }

    /// A number that changes when a story gets an update or a delivery is done.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn version(&self) -> Result<i64> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT (SELECT count(*) FROM story_update) + (SELECT count(*) FROM story_article)",
            )?
            .query_row([], |r| r.get(0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_part_is_a_wildcard() {
        assert_eq!(part("50%_"), "%50\\%\\_%");
    }
}
