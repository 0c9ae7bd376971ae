//! What can go wrong with the store, by what a caller does about it.

use std::fmt;
use std::path::PathBuf;

/// Why the store could not do what it was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The disk is full: nothing was written and nothing is lost; try again when there is space.
    Full,
    /// Another process holds the file: try again.
    Busy,
    /// The file is no store, or is damaged.
    Corrupt(PathBuf, String),
    /// The file was written by a newer version of the program.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// The file cannot be opened.
    Open(PathBuf, rusqlite::Error),
    /// Another process has taken over what this one had charge of: nothing was written.
    Fenced,
    /// A step of the program failed by a fault of its own; its transaction was not committed.
    Panicked,
    /// A row holds what this program cannot read.
    Row(&'static str, serde_json::Error),
    /// There is no such row, where there must be one.
    NoRow,
    /// A column is not what this program expects there.
    Column(&'static str),
    /// The place is no URL of a PostgreSQL server.
    Url(String),
    /// The server does not let us in, or lacks what is needed: for a person.
    Refused(String),
    /// The server cannot be reached or went away: nothing that was told as done is lost; try again.
    Away(String),
    /// Anything else that SQLite reports.
    Sqlite(rusqlite::Error),
    /// Anything else that PostgreSQL reports.
    Postgres(tokio_postgres::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => {
                f.write_str("the disk is full: nothing was lost, free some space and it goes on")
            }
            Self::Busy => f.write_str("another process is writing to the store"),
            Self::Corrupt(path, what) => {
                write!(f, "{} is damaged or no store of ours: {what}", path.display())
            }
            Self::Newer { path, found, known } => write!(
                f,
                "{} was written by a newer uptospeed (schema {found}, this program knows {known}); use that one",
                path.display()
            ),
            Self::Open(path, _) => write!(f, "cannot open the store {}", path.display()),
            Self::Fenced => f.write_str(
                "another process has taken this part of the work over; nothing was written",
            ),
            Self::Panicked => f.write_str(
                "a step failed by a fault of ours, please report it; nothing was written",
            ),
            Self::Row(table, _) => write!(f, "a row of {table} cannot be read"),
            Self::NoRow => f.write_str("a row that the store should have is not there"),
            Self::Column(kind) => write!(f, "a column of the store is no {kind}"),
            Self::Url(why) => write!(
                f,
                "the store's address is not of the form postgres://user:password@host:port/database: {why}"
            ),
            Self::Refused(why) => write!(f, "PostgreSQL refused: {why}"),
            Self::Away(why) => {
                write!(
                    f,
                    "PostgreSQL cannot be reached, nothing is lost and it is tried again: {why}"
                )
            }
            Self::Sqlite(_) | Self::Postgres(_) => f.write_str("the store failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open(_, error) | Self::Sqlite(error) => Some(error),
            Self::Postgres(error) => Some(error),
            Self::Row(_, error) => Some(error),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Sqlite(error),
        }
    }
}

/// An error and its causes in one line, each said once.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
