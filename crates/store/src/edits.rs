//! What was changed by hand: asked for by a person, done by the owner of the stories, kept for ever.

use crate::sql::{Optional, Row, ToSql, params};
use jiff::Timestamp;
use stories::{Edit, Story, StoryId};

use crate::store::Area;
use crate::{Error, Result, Store, millis, timestamp};

/// A change by hand.
#[derive(Clone, Debug)]
pub struct EditRow {
    /// Its row.
    pub id: i64,
    /// When it was asked for.
    pub at: Timestamp,
    /// By whom.
    pub person: String,
    /// In which story.
    pub story: StoryId,
    /// What.
    pub edit: Edit,
    /// What takes it back, and on which story; `None`: it is not done.
    pub undo: Option<(StoryId, Edit)>,
    /// The change that it takes back.
    pub undoes: Option<i64>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// Why it could not be.
    pub error: Option<String>,
    /// It was taken back, or that was asked for.
    pub undone: bool,
}

const EDIT: &str = "SELECT id, at, person, story, what, before, undoes, done_at, error,
    EXISTS (SELECT 1 FROM edit later WHERE later.undoes = edit.id AND later.error IS NULL) FROM edit";

fn edit_of(row: &Row<'_>) -> Result<(EditRow, String, Option<String>)> {
    let (what, before): (String, Option<String>) = (row.get(4)?, row.get(5)?);
    let edit = EditRow {
        id: row.get(0)?,
        at: timestamp(row.get(1)?),
        person: row.get(2)?,
        story: StoryId(row.get(3)?),
        edit: Edit::Mute { muted: false },
        undo: None,
        undoes: row.get(6)?,
        done_at: row.get::<Option<i64>>(7)?.map(timestamp),
        error: row.get(8)?,
        undone: row.get(9)?,
    };
    Ok((edit, what, before))
}

fn read((row, what, before): (EditRow, String, Option<String>)) -> Result<EditRow> {
    let bad = |e| Error::Row("edit", e);
    let edit = serde_json::from_str(&what).map_err(bad)?;
    let undo = before.map(|text| serde_json::from_str(&text)).transpose().map_err(bad)?;
    Ok(EditRow { edit, undo, ..row })
}

impl Store {
    /// Asks for a change; whoever owns the stories does it.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn ask_edit(
        &self,
        person: &str,
        story: StoryId,
        edit: &Edit,
        undoes: Option<i64>,
        now: Timestamp,
    ) -> Result<i64> {
        let what = serde_json::to_string(edit).map_err(|e| Error::Row("edit", e))?;
        self.write(Area::Free, |tx| {
            tx
                .prepare_cached(
                    "INSERT INTO edit (at, person, story, what, undoes) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
                )?
                .query_row(params![millis(now), person, story.0, what, undoes], |r| r.get(0))
        })
    }

    /// Changes that are asked for and not done, in their order.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn edits_waiting(&self, most: u32) -> Result<Vec<EditRow>> {
        self.edits_where("done_at IS NULL AND error IS NULL ORDER BY id", &[], most)
    }

    /// Changes of a story and of what it is made of, newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn edits_of(&self, story: StoryId, most: u32) -> Result<Vec<EditRow>> {
        // A merge is asked for on the story that goes; whoever looks at the one that stays wants to see it too.
        let ways = "(story = ?1 OR CAST(json_extract(what, '$.into') AS BIGINT) = ?1 OR CAST(json_extract(before, '$[0]') AS BIGINT) = ?1) ORDER BY id DESC";
        self.edits_where(ways, params![story.0], most)
    }

    fn edits_where(&self, ways: &str, ids: &[&dyn ToSql], most: u32) -> Result<Vec<EditRow>> {
        self.read(|conn| {
            let rows: Vec<_> = conn
                .prepare_cached(&format!("{EDIT} WHERE {ways} LIMIT {most}"))?
                .query_map(ids, edit_of)?;
            rows.into_iter().map(read).collect()
        })
    }

    /// A change by its row.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn edit(&self, id: i64) -> Result<Option<EditRow>> {
        self.read(|conn| {
            conn.prepare_cached(&format!("{EDIT} WHERE id = ?1"))?
                .query_row([id], edit_of)
                .optional()?
                .map(read)
                .transpose()
        })
    }

    /// Commits a change: the stories as they now are, what takes it back, and that it is done: one transaction.
    ///
    /// # Errors
    ///
    /// Those of the store; nothing is then written.
    pub fn record_edit(
        &self,
        id: i64,
        changed: &[Story],
        undo: &(StoryId, Edit),
        now: Timestamp,
    ) -> Result<()> {
        let before = serde_json::to_string(undo).map_err(|e| Error::Row("edit", e))?;
        self.write(Area::Stories, |tx| {
            crate::stories::put_stories(tx, changed.iter())?;
            tx.prepare_cached("UPDATE edit SET done_at = ?2, before = ?3 WHERE id = ?1")?
                .run(params![id, millis(now), before])?;
            Ok(())
        })
    }

    /// Keeps why a change could not be made.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn refuse_edit(&self, id: i64, why: &str) -> Result<()> {
        self.write(Area::Free, |tx| {
            tx.prepare_cached("UPDATE edit SET error = ?2 WHERE id = ?1")?.run(params![id, why])?;
            Ok(())
        })
    }
}
