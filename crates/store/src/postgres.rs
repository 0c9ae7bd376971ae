//! The PostgreSQL server (15 or later): reached, checked, migrated; many writers, kept apart where it matters by [`Area`].
//!
//! Callers wait for their answer on their own thread, as they do for SQLite; one thread of our own talks to the server. Where the
//! server goes away the call returns [`Error::Away`], its transaction never happened, and a later call connects again.

mod error;
mod held;
mod translate;
mod wait;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};

pub(crate) use error::of_server;
use held::Mark;
pub(crate) use held::{Held, Statement, storable, value};

use crate::sql::{Connection, Optional};
use crate::store::Area;
use crate::{Error, Result};

/// Every migration with the schema that it leads to, in order. Never edited after a release, only added; from 9 on with a file of
/// SQLite's of the same number.
const MIGRATIONS: &[(i64, &str)] = &[
    (8, include_str!("../migrations/postgres/0008_whole_store.sql")),
    (9, include_str!("../migrations/postgres/0009_shard.sql")),
];

/// Connections in use at a time; one that asks for more waits. A server allows 100 if nobody changed it.
const CONNECTIONS_MAX: usize = 16;

/// How long a connection may take to come about.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// How long the server may leave bytes of ours unacknowledged before the connection counts as cut.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// The pause after a first failure to connect; it doubles to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(100);

/// The longest pause between two tries to connect.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How long is asked what became of a commit whose answer was lost.
const FATE_WAIT: Duration = Duration::from_secs(60);

/// What every connection is set to: who waits longer for a row than another process's lock may last is told so, and a process that
/// stands still in the middle of a transaction loses it.
///
/// Statements are written for an engine that joins by looking up keys. A server that plans for a table while it is small, and keeps
/// the plan, would read all of it for each batch once it is large. Texts are packed by the quicker of two ways where the server has it.
const SESSION: &str = "SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = '10s'; SET statement_timeout = '120s';
    SET client_min_messages = warning; SET jit = off;
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET random_page_cost = 1.1;
    SELECT set_config(name, 'lz4', false) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)";

/// A server's database with its connections.
#[derive(Debug)]
pub(crate) struct Postgres {
    config: Config,
    idle: Mutex<Vec<Held>>,
    in_use: Mutex<usize>,
    freed: Condvar,
    trouble: Mutex<Option<Trouble>>,
    unsynced: AtomicBool,
}

/// Since when, and how long, nobody tries to connect.
#[derive(Debug)]
struct Trouble {
    until: Instant,
    pause: Duration,
    why: String,
}

impl Postgres {
    /// Connects, checks the server and brings its schema to the newest.
    pub(crate) fn open(url: &str) -> Result<Self> {
        let mut config = Config::from_str(url).map_err(|error| Error::Url(error::words(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(Error::Url("it names no host".to_owned()));
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(Error::Url(
                "sslmode=require is not supported: lead the connection through a tunnel or a local socket".to_owned(),
            ));
        }
        config
            .application_name("uptospeed")
            .connect_timeout(CONNECT_WAIT)
            .tcp_user_timeout(SILENCE_MAX)
            .keepalives_idle(SILENCE_MAX);
        let postgres = Self {
            config,
            idle: Mutex::default(),
            in_use: Mutex::default(),
            freed: Condvar::new(),
            trouble: Mutex::default(),
            unsynced: AtomicBool::new(false),
        };
        postgres.migrate()?;
        Ok(postgres)
    }

    /// Does not wait for the server's disk from now on.
    pub(crate) fn stop_waiting_for_the_disk(&self) {
        self.unsynced.store(true, Ordering::Relaxed);
        locked(&self.idle).clear();
    }

    /// The server and database, without the password.
    pub(crate) fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        format!("postgres://{host}:{port}/{database}")
    }

    fn migrate(&self) -> Result<()> {
        let place = || PathBuf::from(self.place());
        let held = self.connect()?;
        let encoding = held.ask("SHOW server_encoding")?;
        if encoding.as_deref() != Some("UTF8") {
            return Err(Error::Refused(format!(
                "the database's encoding is {}; make one with ENCODING 'UTF8'",
                encoding.unwrap_or_default()
            )));
        }
        if held.ask("SELECT current_schema()::text")?.is_none() {
            return Err(Error::Refused("the schema of search_path is not there".to_owned()));
        }
        held.begin(Area::Schema)?;
        held.batch("CREATE TABLE IF NOT EXISTS uptospeed_schema (version BIGINT NOT NULL)")?;
        let found: Option<i64> = Connection::Postgres(&held)
            .prepare_cached("SELECT max(version) FROM uptospeed_schema")?
            .query_row([], |r| r.get(0))
            .optional()?
            .flatten();
        let found = found.unwrap_or(0);
        let known = MIGRATIONS.iter().map(|(n, _)| *n).max().unwrap_or(0);
        if found > known {
            return Err(Error::Newer { path: place(), found, known });
        }
        for (to, migration) in MIGRATIONS.iter().filter(|(to, _)| *to > found) {
            held.batch(migration)?;
            held.batch(&format!(
                "DELETE FROM uptospeed_schema; INSERT INTO uptospeed_schema VALUES ({to})"
            ))?;
        }
        held.batch("DELETE FROM written WHERE at < now() - interval '1 day'")?;
        held.commit()?;
        // Statements that were prepared before the tables came are not kept.
        drop(held);
        Ok(())
    }

    /// Connects and sets the session, unless that failed a moment ago.
    fn connect(&self) -> Result<Held> {
        {
            let trouble = locked(&self.trouble);
            if let Some(trouble) = trouble.as_ref()
                && Instant::now() < trouble.until
            {
                return Err(Error::Away(trouble.why.clone()));
            }
        }
        match self.try_to_connect() {
            Ok(held) => {
                *locked(&self.trouble) = None;
                Ok(held)
            }
            Err(error) => {
                if let Error::Away(why) = &error {
                    let mut trouble = locked(&self.trouble);
                    let pause =
                        trouble.as_ref().map_or(PAUSE_MIN, |t| (t.pause * 2).min(PAUSE_MAX));
                    let until = Instant::now() + pause;
                    *trouble = Some(Trouble { until, pause, why: why.clone() });
                }
                Err(error)
            }
        }
    }

    fn try_to_connect(&self) -> Result<Held> {
        let config = self.config.clone();
        let runtime = wait::runtime()?;
        let connecting = runtime.spawn(async move {
            let (client, connection) = config.connect(NoTls).await?;
            // Its errors are those of the statements that were under way.
            tokio::spawn(connection);
            Ok(client)
        });
        let client = match wait::block_on(connecting, CONNECT_WAIT + SILENCE_MAX) {
            Some(Ok(client)) => client.map_err(|error| of_server(&error, &self.place()))?,
            Some(Err(_)) => return Err(Error::Panicked),
            None => return Err(Error::Away(format!("{} does not answer", self.place()))),
        };
        let held = Held::new(client)?;
        held.batch(SESSION)?;
        if self.unsynced.load(Ordering::Relaxed) {
            held.batch("SET synchronous_commit = off")?;
        }
        Ok(held)
    }

    /// A connection that nobody else has, from those that are open or a new one.
    fn take(&self) -> Result<Lent<'_>> {
        let mut in_use = locked(&self.in_use);
        while *in_use >= CONNECTIONS_MAX {
            in_use = self.freed.wait(in_use).unwrap_or_else(PoisonError::into_inner);
        }
        *in_use += 1;
        drop(in_use);
        let mut lent = Lent { postgres: self, held: None };
        let idle = std::iter::from_fn(|| locked(&self.idle).pop()).find(|held| !held.is_broken());
        lent.held = Some(match idle {
            Some(held) => held,
            None => self.connect()?,
        });
        Ok(lent)
    }

    /// Runs one writing transaction with its area to itself.
    pub(crate) fn write<T>(
        &self,
        area: Area,
        run: impl FnOnce(Connection<'_>) -> Result<T>,
    ) -> Result<T> {
        let lent = self.take()?;
        let held = lent.held()?;
        let mark = held.begin(area)?;
        let out = match run(Connection::Postgres(held)) {
            Ok(out) => out,
            Err(error) => {
                held.roll_back();
                return Err(error);
            }
        };
        match held.commit() {
            Ok(()) => Ok(out),
            Err(Error::Away(why)) => {
                drop(lent);
                if mark.is_some_and(|mark| self.was_committed(&mark)) {
                    Ok(out)
                } else {
                    Err(Error::Away(why))
                }
            }
            Err(error) => Err(error),
        }
    }

    /// What became of a transaction whose commit was under way when the connection broke: its mark is there or not.
    fn was_committed(&self, mark: &Mark) -> bool {
        let deadline = Instant::now() + FATE_WAIT;
        while Instant::now() < deadline {
            match self.take().and_then(|lent| mark.is_there(lent.held()?)) {
                Ok(there) => return there,
                Err(Error::Away(_) | Error::Busy) => std::thread::sleep(PAUSE_MIN),
                Err(_) => break,
            }
        }
        tracing::warn!("what became of a transaction is not known: the server is away");
        false
    }

    /// Runs a read; each statement sees what was committed before it began.
    pub(crate) fn read<T>(&self, run: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        let lent = self.take()?;
        run(Connection::Postgres(lent.held()?))
    }

    /// Runs a read that sees all its rows as they stood at one moment.
    pub(crate) fn read_at_once<T>(
        &self,
        run: impl FnOnce(Connection<'_>) -> Result<T>,
    ) -> Result<T> {
        let lent = self.take()?;
        let held = lent.held()?;
        held.begin_reading()?;
        let out = run(Connection::Postgres(held));
        held.roll_back();
        out
    }
}

/// A connection while somebody has it; it goes back by itself, unless it broke or was left in the middle of a transaction.
struct Lent<'p> {
    postgres: &'p Postgres,
    held: Option<Held>,
}

impl Lent<'_> {
    fn held(&self) -> Result<&Held> {
        self.held.as_ref().ok_or(Error::Panicked)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(held) = self.held.take()
            && !held.is_broken()
            && !held.in_transaction()
        {
            locked(&self.postgres.idle).push(held);
        }
        *locked(&self.postgres.in_use) -= 1;
        self.postgres.freed.notify_one();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
