//! Articles with their readings, in the order of their ids: what an export walks through.

use reading::Reading;

use crate::sql::params;
use crate::{
    Error, Result, Store,
    articles::{Revision, revision},
};

impl Store {
    /// The newest read revision of each article after the article `after`, at most `most`, in the order of the articles' ids.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn readings_after(&self, after: i64, most: u32) -> Result<Vec<(Revision, Reading)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT r.id, r.article, a.outlet, r.published, r.seen_at, r.body,
                   (SELECT body FROM reading g WHERE g.revision = r.id ORDER BY model DESC LIMIT 1)
                 FROM article a JOIN revision r ON r.article = a.id
                 WHERE a.id > ?1
                   AND r.id = (SELECT MAX(n.id) FROM revision n JOIN reading g ON g.revision = n.id WHERE n.article = a.id)
                 ORDER BY a.id LIMIT ?2",
            )?;
            let mut rows = query.query(params![after, most])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let said: String = row.get(6)?;
                let reading =
                    serde_json::from_str(&said).map_err(|e| Error::Row("reading", e))?;
                out.push((revision(&row)?, reading));
            }
            Ok(out)
        })
    }
}
