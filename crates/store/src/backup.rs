//! A copy of the file while it is written to, and the proof that a copy is whole.

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use crate::sql::Connection;
use crate::{Error, Result, Store};

/// What a copy holds, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Migrations that ran on it.
    pub schema: i64,
    /// Each table with its rows, by name.
    pub rows: Vec<(String, u64)>,
}

impl Store {
    /// Writes the store as it stands at this moment into a new file; whoever writes meanwhile goes on writing.
    ///
    /// The file is whole when this returns, but not yet on the disk: the caller syncs and renames it.
    ///
    /// # Errors
    ///
    /// The file is there already or cannot be written; a server is copied by its own tools, or by [`Store::copy_from`].
    ///
    /// # Source
    ///
    /// SQLite, "VACUUM INTO": a consistent snapshot by one reading transaction, without what was deleted.
    pub fn back_up(&self, to: &Path) -> Result<()> {
        self.read(|conn| match conn {
            Connection::Sqlite(file) => {
                file.execute("VACUUM INTO ?1", [to.display().to_string()])?;
                Ok(())
            }
            Connection::Postgres(_) => Err(Error::Corrupt(
                PathBuf::from(self.place()),
                "a server is backed up by pg_dump or by `uptospeed migrate --to FILE`".to_owned(),
            )),
        })
    }
}

/// Looks through a whole copy, page by page and row by row, without changing it.
///
/// # Errors
///
/// [`Error::Corrupt`] with what is wrong in SQLite's words.
pub fn verify_copy(path: &Path) -> Result<Contents> {
    let corrupt = |why: String| Error::Corrupt(path.to_owned(), why);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let look = || -> rusqlite::Result<(Vec<String>, Contents)> {
        let conn = rusqlite::Connection::open_with_flags(path, flags)?;
        let mut wrong: Vec<String> = Vec::new();
        for question in ["PRAGMA integrity_check(5)", "PRAGMA foreign_key_check"] {
            let mut query = conn.prepare(question)?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let said: String = row.get(0)?;
                if said != "ok" {
                    wrong.push(said);
                }
            }
        }
        let schema = conn.pragma_query_value(None, "user_version", |r| r.get(0))?;
        let mut names = conn.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )?;
        let names: Vec<String> =
            names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut rows = Vec::with_capacity(names.len());
        for name in names {
            let count = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
            let count: i64 = conn.query_row(&count, [], |row| row.get(0))?;
            rows.push((name, count.unsigned_abs()));
        }
        Ok((wrong, Contents { schema, rows }))
    };
    let (wrong, contents) = look().map_err(|e| corrupt(e.to_string()))?;
    match wrong.first() {
        None => Ok(contents),
        Some(first) => Err(corrupt(first.clone())),
    }
}
