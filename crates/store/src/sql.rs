//! The narrow layer under every function of the store: statements, parameters and rows, the same over both engines.
//!
//! Statements are written once, in SQLite's words. `crate::postgres` translates their form when it prepares them (once for each
//! connection), and its first migration teaches the server the few functions that it lacks.

mod many;

pub(crate) use many::{bodies, parts};

use crate::postgres::{self, Held};
use crate::{Error, Result};

/// A value on its way in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value<'a> {
    Null,
    /// Whole numbers, times in milliseconds, and truth as 0 and 1.
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The text; `None` for NULL.
    pub(crate) fn text_or_null(self) -> Result<Option<&'a str>> {
        match self {
            Self::Text(text) => Ok(Some(text)),
            Self::Null => Ok(None),
            _ => Err(Error::Column("text")),
        }
    }

    /// The bytes; `None` for NULL.
    pub(crate) fn bytes_or_null(self) -> Result<Option<&'a [u8]>> {
        match self {
            Self::Bytes(bytes) => Ok(Some(bytes)),
            Self::Null => Ok(None),
            _ => Err(Error::Column("bytes")),
        }
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef;
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What can be given to a statement.
pub(crate) trait ToSql {
    fn value(&self) -> Value<'_>;
}

macro_rules! numbers {
    ($($type:ty),+) => { $(
        impl ToSql for $type {
            fn value(&self) -> Value<'_> {
                Value::Int(i64::from(*self))
            }
        }
    )+ };
}
numbers!(i64, u32, bool);

macro_rules! texts {
    ($($type:ty => $value:ident),+) => { $(
        impl ToSql for $type {
            fn value(&self) -> Value<'_> {
                Value::$value(self)
            }
        }
    )+ };
}
texts!(str => Text, String => Text, [u8] => Bytes, Vec<u8> => Bytes, [u8; 16] => Bytes);

impl<T: ToSql + ?Sized> ToSql for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: ToSql> ToSql for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToSql::value)
    }
}

/// What a column can be read as.
pub(crate) trait FromSql: Sized {
    fn of(value: Value<'_>) -> Option<Self>;
}

impl FromSql for i64 {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Int(n) = value { Some(n) } else { None }
    }
}

impl FromSql for u32 {
    fn of(value: Value<'_>) -> Option<Self> {
        Self::try_from(i64::of(value)?).ok()
    }
}

impl FromSql for bool {
    fn of(value: Value<'_>) -> Option<Self> {
        Some(i64::of(value)? != 0)
    }
}

impl FromSql for String {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.to_owned()) } else { None }
    }
}

impl FromSql for Vec<u8> {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes.to_owned()) } else { None }
    }
}

impl FromSql for [u8; 16] {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Bytes(bytes) = value { bytes.try_into().ok() } else { None }
    }
}

impl<T: FromSql> FromSql for Option<T> {
    fn of(value: Value<'_>) -> Option<Self> {
        if value == Value::Null { Some(None) } else { T::of(value).map(Some) }
    }
}

/// The parameters of a statement, in order.
pub(crate) trait Params {
    fn values(&self) -> impl Iterator<Item = Value<'_>>;
}

impl Params for &[&dyn ToSql] {
    fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.iter().map(|one| one.value())
    }
}

impl Params for &[Value<'_>] {
    fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.iter().copied()
    }
}

impl Params for [i64; 0] {
    fn values(&self) -> impl Iterator<Item = Value<'_>> {
        std::iter::empty()
    }
}

macro_rules! arrays {
    ($($n:literal),+) => { $(
        impl<T: ToSql> Params for [T; $n] {
            fn values(&self) -> impl Iterator<Item = Value<'_>> {
                self.iter().map(ToSql::value)
            }
        }
    )+ };
}
arrays!(1, 2, 3, 4);

/// The parameters of a statement, of whatever types.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::sql::ToSql),*] as &[&dyn $crate::sql::ToSql]
    };
}
pub(crate) use params;

/// Turns the lack of a row into `None`.
pub(crate) trait Optional<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> Optional<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What statements run on: a connection, or the transaction that is open on it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c Held),
}

impl<'c> Connection<'c> {
    /// Prepares a statement, or takes it from those that are prepared.
    pub(crate) fn prepare_cached(self, sql: &str) -> Result<Statement<'c>> {
        Ok(match self {
            Self::Sqlite(conn) => Statement::Sqlite(conn.prepare_cached(sql)?),
            Self::Postgres(conn) => Statement::Postgres(conn.prepare(sql)?),
        })
    }

    /// The text that this engine understands, of two.
    pub(crate) fn either(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// Lets rows refer to others that this transaction writes later.
    pub(crate) fn defer_foreign_keys(self) -> Result<()> {
        match self {
            Self::Sqlite(conn) => Ok(conn.pragma_update(None, "defer_foreign_keys", true)?),
            // Those that need it are declared so.
            Self::Postgres(_) => Ok(()),
        }
    }
}

/// A prepared statement.
pub(crate) enum Statement<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(postgres::Statement<'c>),
}

#[expect(clippy::needless_pass_by_value, reason = "an array of values is given as it is written")]
impl Statement<'_> {
    /// Runs it; returns how many rows it changed.
    pub(crate) fn execute(&mut self, params: impl Params) -> Result<usize> {
        match self {
            Self::Sqlite(query) => Ok(query.execute(rusqlite::params_from_iter(params.values()))?),
            Self::Postgres(query) => query.execute(params.values()),
        }
    }

    /// Runs it where nobody asks how many rows it changes: a server's answer is then waited for only at the next statement that
    /// needs one, and at the latest by the commit, which fails where this failed.
    pub(crate) fn run(&mut self, params: impl Params) -> Result<()> {
        match self {
            Self::Sqlite(query) => {
                query.execute(rusqlite::params_from_iter(params.values()))?;
                Ok(())
            }
            Self::Postgres(query) => query.run(params.values()),
        }
    }

    /// Its rows, one by one.
    pub(crate) fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        Ok(match self {
            Self::Sqlite(query) => {
                Rows::Sqlite(query.query(rusqlite::params_from_iter(params.values()))?)
            }
            Self::Postgres(query) => {
                Rows::Postgres { rows: query.query(params.values())?, next: 0 }
            }
        })
    }

    /// Its first row, read by `read`; [`Error::NoRow`] where there is none.
    pub(crate) fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        match self.query(params)?.next()? {
            Some(row) => read(&row),
            None => Err(Error::NoRow),
        }
    }

    /// All its rows, each read by `read`.
    pub(crate) fn query_map<T, C: FromIterator<T>>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<C> {
        let mut rows = self.query(params)?;
        std::iter::from_fn(|| match rows.next() {
            Ok(Some(row)) => Some(read(&row)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        })
        .collect()
    }
}

/// The rows of a statement.
pub(crate) enum Rows<'s> {
    Sqlite(rusqlite::Rows<'s>),
    Postgres { rows: Vec<tokio_postgres::Row>, next: usize },
}

impl Rows<'_> {
    /// The next row; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>> {
        Ok(match self {
            Self::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Self::Postgres { rows, next } => {
                *next += 1;
                rows.get(*next - 1).map(Row::Postgres)
            }
        })
    }
}

/// One row.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// A column by its place, from 0.
    pub(crate) fn get<T: FromSql>(&self, column: usize) -> Result<T> {
        T::of(self.value(column)?).ok_or(Error::Column(std::any::type_name::<T>()))
    }

    /// A column's text, as it stands in the row.
    pub(crate) fn text(&self, column: usize) -> Result<&str> {
        self.value(column)?.text_or_null()?.ok_or(Error::Column("text"))
    }

    /// A column by its place, as it stands in the row.
    pub(crate) fn value(&self, column: usize) -> Result<Value<'_>> {
        use rusqlite::types::ValueRef;
        match self {
            Self::Sqlite(row) => Ok(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Text(text) => {
                    Value::Text(std::str::from_utf8(text).ok().ok_or(Error::Column("UTF-8"))?)
                }
                ValueRef::Blob(bytes) => Value::Bytes(bytes),
                ValueRef::Real(_) => return Err(Error::Column("whole number")),
            }),
            Self::Postgres(row) => postgres::value(row, column),
        }
    }
}
