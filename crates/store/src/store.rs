//! The store: one of two engines behind one set of functions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::postgres::Postgres;
use crate::shard::{self, Lease};
use crate::sql::{Connection, Optional};
use crate::sqlite::Sqlite;
use crate::{Error, Result};

/// The store: what is kept, in one SQLite file or on a PostgreSQL server. Shared between threads by reference.
#[derive(Debug)]
pub struct Store {
    place: PathBuf,
    engine: Arc<Engine>,
    /// Without it nothing is written any more.
    fence: Option<Lease>,
}

#[derive(Debug)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// What of the store a transaction needs for itself, so that what it reads still holds when it writes.
///
/// SQLite has one writer and gives that for nothing. A server has many: there a transaction takes its area's lock first, and holds
/// it to its end. A transaction takes one area's lock at most (the schema's takes all, in order), so no two wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Area {
    /// Nothing: unique keys decide, or the change does not depend on what it finds.
    Free = 0,
    /// Listings, their items and gaps: a poll sets rows due by what it finds.
    Intake = 1,
    /// Stories and the order of arrivals; the number of the last change rises in the order of commits.
    Stories = 2,
    /// What is claimed, and what became of it: one row of a chat is on its way at a time.
    Outbox = 3,
    /// Accounts, destinations, invitations.
    People = 4,
    /// The schema itself, and with it everything.
    Schema = 5,
}

impl Store {
    /// Opens the store, makes it where there is none, checks it and brings it to the newest schema: a file, or the schema of a
    /// PostgreSQL database where the path is a URL (`postgres://user@host/database`).
    ///
    /// # Errors
    ///
    /// [`Error::Open`], [`Error::Corrupt`], [`Error::Newer`]; for a server [`Error::Url`], [`Error::Refused`] and [`Error::Away`].
    /// What was there is then untouched.
    pub fn open(path: &Path) -> Result<Self> {
        let url = path.to_str().filter(|text| is_url(text));
        let engine = match url {
            Some(url) => Engine::Postgres(Postgres::open(url)?),
            None => Engine::Sqlite(Sqlite::open(path)?),
        };
        Ok(Self { place: path.to_owned(), engine: Arc::new(engine), fence: None })
    }

    /// The same store for the owner of a shard: each of its transactions that write looks, before anything else, whether the shard is
    /// still that owner's, and is [`Error::Fenced`] where it is not.
    #[must_use]
    pub fn fenced(&self, lease: &Lease) -> Self {
        Self {
            place: self.place.clone(),
            engine: Arc::clone(&self.engine),
            fence: Some(lease.clone()),
        }
    }

    /// Opens a store that does not wait for the disk: for simulations of a million steps, never for news.
    ///
    /// # Errors
    ///
    /// Those of [`Store::open`].
    pub fn open_unsynced(path: &Path) -> Result<Self> {
        let store = Self::open(path)?;
        match &*store.engine {
            Engine::Sqlite(sqlite) => sqlite.stop_waiting_for_the_disk()?,
            Engine::Postgres(postgres) => postgres.stop_waiting_for_the_disk(),
        }
        Ok(store)
    }

    /// The file; for a server the URL as it was given, with the password where it has one: nothing to be shown.
    pub fn path(&self) -> &Path {
        &self.place
    }

    /// Where the store is, as a person may see it: without a password.
    pub fn place(&self) -> String {
        match &*self.engine {
            Engine::Sqlite(_) => self.place.display().to_string(),
            Engine::Postgres(postgres) => postgres.place(),
        }
    }

    /// Whether the store is on a server, so that several processes may write at a time.
    pub fn is_server(&self) -> bool {
        matches!(*self.engine, Engine::Postgres(_))
    }

    /// Looks for damage: through the whole file (4 s for 600 MB, measured on two cores); a server checks its own pages and is
    /// asked for broken indexes.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] with the engine's own words.
    pub fn check(&self) -> Result<()> {
        let found: String = self.read(|conn| {
            let question = conn.either(
                "PRAGMA quick_check(1)",
                "SELECT coalesce(min('index ' || indexrelid::regclass::text || ' is not valid'), 'ok') FROM pg_index WHERE NOT indisvalid",
            );
            conn.prepare_cached(question)?.query_row([], |r| r.get(0))
        })?;
        if found == "ok" { Ok(()) } else { Err(Error::Corrupt(PathBuf::from(self.place()), found)) }
    }

    /// Runs one writing transaction, with its area to itself: all of it is on the disk afterwards, or nothing.
    pub(crate) fn write<T>(
        &self,
        area: Area,
        run: impl FnOnce(Connection<'_>) -> Result<T>,
    ) -> Result<T> {
        let run = |tx: Connection<'_>| {
            if let Some(lease) = &self.fence {
                shard::hold(tx, lease)?;
            }
            run(tx)
        };
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(run),
            Engine::Postgres(postgres) => postgres.write(area, run),
        }
    }

    /// Runs a read on a connection of its own; each statement sees what was committed before it began.
    pub(crate) fn read<T>(&self, run: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(run),
            Engine::Postgres(postgres) => postgres.read(run),
        }
    }

    /// Runs a read that sees all its rows as they stood at one moment.
    pub(crate) fn read_at_once<T>(
        &self,
        run: impl FnOnce(Connection<'_>) -> Result<T>,
    ) -> Result<T> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read_at_once(run),
            Engine::Postgres(postgres) => postgres.read_at_once(run),
        }
    }

    /// A number that is another one after any commit, by this process or another; it does not rise evenly.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn commit_mark(&self) -> Result<i64> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.commit_mark(),
            // Which transactions are at work and which are over: every commit changes that.
            Engine::Postgres(postgres) => postgres.read(|conn| {
                conn.prepare_cached("SELECT hashtextextended(pg_current_snapshot()::text, 0)")?
                    .query_row([], |r| r.get(0))
            }),
        }
    }

    /// A value that the program keeps for itself (the bot's update offset, a clean-stop mark).
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|conn| {
            conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?
                .query_row([key], |r| r.get(0))
                .optional()
        })
    }

    /// Keeps a value for the program itself.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        self.write(Area::Free, |tx| {
            tx.prepare_cached("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?
                .run([key, value])
        })
    }

    /// Makes the file full at a number of pages, as a full disk would; `None` gives the space back. A server has no such limit.
    #[doc(hidden)]
    pub fn limit_pages_for_tests(&self, pages: Option<u32>) {
        if let Engine::Sqlite(sqlite) = &*self.engine {
            sqlite.limit_pages_for_tests(pages);
        }
    }

    /// Fills the file's disk for every change of the outbox, or frees it. A server has no such limit.
    ///
    /// # Errors
    ///
    /// Those of the store.
    #[doc(hidden)]
    pub fn limit_pages(&self, limited: bool) -> Result<()> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.limit_pages(limited),
            Engine::Postgres(_) => Ok(()),
        }
    }
}

/// Whether the place of a store is a PostgreSQL server.
pub fn is_url(place: &str) -> bool {
    place.starts_with("postgres://") || place.starts_with("postgresql://")
}
