//! The SQLite file: opened, checked, migrated; one writer, several readers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{OpenFlags, Transaction, TransactionBehavior};

use crate::sql::Connection;
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
    include_str!("../migrations/sqlite/0009_shard.sql"),
];

/// How long a statement waits for another process's lock.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// Idle readers kept open.
const READERS_MAX: usize = 8;

/// Pages that a connection keeps, KiB: the one that writes, and each of those that read, of which there are several.
const WRITER_CACHE_KIB: u32 = 16_000;
const READER_CACHE_KIB: u32 = 4_000;

/// The file with its connections.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Mutex<rusqlite::Connection>,
    readers: Mutex<Vec<rusqlite::Connection>>,
    /// Reads nothing but whether anything was committed: that is known only to one and the same connection.
    watcher: Mutex<Option<rusqlite::Connection>>,
}

impl Sqlite {
    /// Opens the file, makes it where there is none, and brings it to the newest schema.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let writer =
            connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let sqlite = Self {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            watcher: Mutex::new(None),
        };
        sqlite.migrate()?;
        Ok(sqlite)
    }

    pub(crate) fn stop_waiting_for_the_disk(&self) -> Result<()> {
        Ok(self.writer().pragma_update(None, "synchronous", "OFF")?)
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

    /// Runs one writing transaction; there is one writer.
    pub(crate) fn write<T>(&self, run: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        let conn = self.writer();
        let tx = Transaction::new_unchecked(&conn, TransactionBehavior::Immediate)?;
        let out = run(Connection::Sqlite(&tx))?;
        tx.commit()?;
        Ok(out)
    }

    /// Runs a read on a connection of its own; it sees what was committed before it began.
    pub(crate) fn read<T>(&self, run: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let out = run(Connection::Sqlite(&conn));
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX {
            readers.push(conn);
        }
        out
    }

    /// Runs a read that sees all its rows as they stood at one moment.
    pub(crate) fn read_at_once<T>(
        &self,
        run: impl FnOnce(Connection<'_>) -> Result<T>,
    ) -> Result<T> {
        self.read(|conn| {
            let Connection::Sqlite(file) = conn else { return run(conn) };
            let _snapshot = file.unchecked_transaction()?;
            run(conn)
        })
    }

    /// A number that another commit changes, read on the one connection that watches for commits.
    pub(crate) fn commit_mark(&self) -> Result<i64> {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        if watcher.is_none() {
            *watcher = Some(connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?);
        }
        match watcher.as_ref() {
            Some(conn) => Ok(conn.pragma_query_value(None, "data_version", |r| r.get(0))?),
            None => Err(Error::Panicked),
        }
    }

    pub(crate) fn limit_pages_for_tests(&self, pages: Option<u32>) {
        let conn = self.writer();
        // A refused pragma shows in the test that relies on it.
        drop(conn.pragma_update(None, "max_page_count", pages.unwrap_or(u32::MAX - 1)));
    }

    pub(crate) fn limit_pages(&self, limited: bool) -> Result<()> {
        let conn = self.writer();
        let tx = Transaction::new_unchecked(&conn, TransactionBehavior::Immediate)?;
        let pages: i64 = tx.pragma_query_value(None, "page_count", |r| r.get(0))?;
        let most = if limited { pages } else { 1_073_741_823 };
        tx.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))?;
        // Small changes fit into pages that are there already; on a full disk they do not fit into the log either. So every
        // change of a row is made to need room.
        tx.execute_batch(if limited {
            "CREATE TEMP TRIGGER IF NOT EXISTS full BEFORE UPDATE ON main.delivery
             BEGIN INSERT INTO meta VALUES ('full', hex(zeroblob(200000))); END"
        } else {
            "DROP TRIGGER IF EXISTS temp.full"
        })?;
        Ok(tx.commit()?)
    }

    fn writer(&self) -> MutexGuard<'_, rusqlite::Connection> {
        // A panic inside a transaction rolled it back: the connection is as good as before.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<rusqlite::Connection> {
    let open = || -> rusqlite::Result<rusqlite::Connection> {
        let conn =
            rusqlite::Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.busy_timeout(BUSY_WAIT)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        let cache = if flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
            WRITER_CACHE_KIB
        } else {
            READER_CACHE_KIB
        };
        conn.pragma_update(None, "cache_size", -i64::from(cache))?;
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
