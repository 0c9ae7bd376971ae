//! What people have seen of stories, and what they keep for later.

use crate::sql::{Optional, params};
use stories::StoryId;

use crate::store::Area;
use crate::{Result, Store};

/// How a person stands to a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The story's counter when its page was last looked at; 0: never.
    pub revision: u32,
    /// The counter up to which it counts as read in a feed reader.
    pub read: u32,
    /// Kept for later.
    pub starred: bool,
}

impl Store {
    /// How a person stands to stories: those that were looked at or marked.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn seen(&self, person: i64, stories: &[StoryId]) -> Result<Vec<(StoryId, Seen)>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT revision, read, starred FROM seen WHERE person = ?1 AND story = ?2",
            )?;
            let mut out = Vec::new();
            for story in stories {
                let one = rows
                    .query_row(params![person, story.0], |r| {
                        Ok(Seen { revision: r.get(0)?, read: r.get(1)?, starred: r.get(2)? })
                    })
                    .optional()?;
                out.extend(one.map(|seen| (*story, seen)));
            }
            Ok(out)
        })
    }

    /// Stories that a person keeps for later, newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn starred(&self, person: i64, most: u32) -> Result<Vec<StoryId>> {
        self.read(|conn| {
            conn
                .prepare_cached(
                    "SELECT story FROM seen WHERE person = ?1 AND starred = 1 ORDER BY story DESC LIMIT ?2",
                )?
                .query_map(params![person, most], |r| Ok(StoryId(r.get(0)?)))
        })
    }

    /// Keeps how a person stands to a story.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_seen(&self, person: i64, rows: &[(StoryId, Seen)]) -> Result<()> {
        self.write(Area::Free, |tx| {
            let mut keep = tx.prepare_cached(
                "INSERT INTO seen (person, story, revision, read, starred) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (person, story) DO UPDATE SET revision = excluded.revision, read = excluded.read, starred = excluded.starred",
            )?;
            for (story, seen) in rows {
                keep.execute(params![
                    person,
                    story.0,
                    seen.revision,
                    seen.read,
                    seen.starred
                ])?;
            }
            Ok(())
        })
    }
}
