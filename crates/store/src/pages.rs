//! Reads that only pages need.

use std::collections::BTreeMap;

use article::Article;
use stories::ArticleId;

use crate::{Error, Result, Store};

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

impl Store {
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
            Ok(conn
                .prepare_cached("SELECT (SELECT count(*) FROM story_update) + (SELECT count(*) FROM story_article)")?
                .query_row([], |r| r.get(0))?)
        })
    }
}
