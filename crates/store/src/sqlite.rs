//! The SQLite file: opened, checked, migrated; one writer, several readers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use crate::{Error, Result};

/// Every migration, in order; `user_version` counts those that ran. Never edited after a release, only added.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/sqlite/0001_whole_way.sql"),
    include_str!("../migrations/sqlite/0002_delivery.sql"),
    include_str!("../migrations/sqlite/0003_intake.sql"),
    include_str!("../migrations/sqlite/0004_search.sql"),
    include_str!("../migrations/sqlite/0005_furniture.sql"),
    include_str!("../migrations/sqlite/0006_people.sql"),
    include_str!("../migrations/sqlite/0007_story_change.sql"),
    include_str!("../migrations/sqlite/0008_subject.sql"),
];

/// How long a statement waits for another process's lock.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// Idle readers kept open.
const READERS_MAX: usize = 8;

/// The store: what is kept, in one file. Shared between threads by reference.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    /// Reads nothing but whether anything was committed: that is known only to one and the same connection.
    watcher: Mutex<Option<Connection>>,
}

impl Store {
    /// Opens the file, makes it where there is none, checks it and brings it to the newest schema.
    ///
    /// # Errors
    ///
    /// [`Error::Open`], [`Error::Corrupt`], [`Error::Newer`]; the file is then untouched.
    pub fn open(path: &Path) -> Result<Self> {
        let writer =
            connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let store = Self {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            watcher: Mutex::new(None),
        };
        store.migrate()?;
        Ok(store)
    }

    /// Opens a store that does not wait for the disk: for simulations of a million steps, never for news.
    ///
    /// # Errors
    ///
    /// Those of [`Store::open`].
    pub fn open_unsynced(path: &Path) -> Result<Self> {
        let store = Self::open(path)?;
        store.writer().pragma_update(None, "synchronous", "OFF")?;
        Ok(store)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn migrate(&self) -> Result<()> {
        let mut conn = self.writer();
        let found: i64 = conn.pragma_query_value(None, "user_version", |r| r.get(0))?;
        let known = MIGRATIONS.len() as i64;
        if found > known {
            return Err(Error::Newer { path: self.path.clone(), found, known });
        }
        for (n, migration) in MIGRATIONS.iter().enumerate().skip(found as usize) {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            tx.execute_batch(migration)?;
            tx.pragma_update(None, "user_version", n as i64 + 1)?;
            tx.commit()?;
        }
        Ok(())
    }

    /// Looks through the whole file for damage: 4 s for 600 MB, measured on two cores.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] with SQLite's own words.
    pub fn check(&self) -> Result<()> {
        let found: String =
            self.read(|conn| Ok(conn.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?))?;
        if found == "ok" { Ok(()) } else { Err(Error::Corrupt(self.path.clone(), found)) }
    }

    /// Runs one writing transaction: all of it is on the disk afterwards, or nothing.
    pub(crate) fn write<T>(&self, run: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut conn = self.writer();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = run(&tx)?;
        tx.commit()?;
        Ok(out)
    }

    /// Runs a read on a connection of its own; it sees what was committed before it began.
    pub(crate) fn read<T>(&self, run: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let out = run(&conn);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX {
            readers.push(conn);
        }
        out
    }

    /// Runs a read on the one connection that watches for commits.
    pub(crate) fn watch<T>(&self, run: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        if watcher.is_none() {
            *watcher = Some(connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?);
        }
        match watcher.as_ref() {
            Some(conn) => run(conn),
            None => Err(Error::Panicked),
        }
    }

    /// A value that the program keeps for itself (the bot's update offset, a clean-stop mark).
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
                .query_row([key], |r| r.get(0))
                .optional()?)
        })
    }

    /// Keeps a value for the program itself.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?
                .execute([key, value])?;
            Ok(())
        })
    }

    /// Makes the file full at a number of pages, as a full disk would; `None` gives the space back.
    #[doc(hidden)]
    pub fn limit_pages_for_tests(&self, pages: Option<u32>) {
        let conn = self.writer();
        // A refused pragma shows in the test that relies on it.
        drop(conn.pragma_update(None, "max_page_count", pages.unwrap_or(u32::MAX - 1)));
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic inside a transaction rolled it back: the connection is as good as before.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.busy_timeout(BUSY_WAIT)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "cache_size", -16_000)?;
        conn.set_prepared_statement_cache_capacity(128);
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(conn)
    };
    open().map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            Error::Corrupt(path.to_owned(), error.to_string())
        }
        Some(rusqlite::ErrorCode::DiskFull) => Error::Full,
        _ => Error::Open(path.to_owned(), error),
    })
}
