//! One connection: its prepared statements, its transaction, and what was sent without waiting for the answer.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, WrongType, to_sql_checked};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::translate::{for_many, translate};
use super::{of_server, wait};
use crate::sql::Value;
use crate::store::Area;
use crate::{Error, Result};

/// The longest wait for an answer: longer than the server lets a statement take.
const ANSWER_WAIT: Duration = Duration::from_secs(150);

/// Statements kept prepared on a connection; there are about 200 in the program.
const PREPARED_MAX: usize = 500;

/// Answers that are left on the way before they are collected.
const LATER_MAX: usize = 256;

type Answer<T> = std::result::Result<T, tokio_postgres::Error>;
type Later = Pin<Box<dyn Future<Output = Answer<u64>> + Send>>;

/// What a transaction leaves in the table `written`, first of all: its row stays locked until it is over, and tells then whether it
/// was committed, also after a crash of the server or on the server that took its place.
#[derive(Debug)]
pub(super) struct Mark {
    session: String,
    n: u64,
}

impl Mark {
    fn leave(&self) -> String {
        format!(
            "INSERT INTO written (session, n) VALUES ('{}', {}) ON CONFLICT (session) DO UPDATE SET n = excluded.n, at = now()",
            self.session, self.n
        )
    }

    /// Whether the transaction was committed; waits until it is over.
    pub(super) fn is_there(&self, held: &Held) -> Result<bool> {
        let last = held.ask(&format!(
            "INSERT INTO written (session, n) VALUES ('{}', 0) ON CONFLICT (session) DO UPDATE SET n = written.n RETURNING n::text",
            self.session
        ))?;
        Ok(last == Some(self.n.to_string()))
    }
}

/// A connection that one thread has at a time.
pub(crate) struct Held {
    client: Arc<Client>,
    /// What the server calls this connection, and how many transactions it had: see [`Mark`].
    session: String,
    written: Cell<u64>,
    prepared: RefCell<HashMap<String, tokio_postgres::Statement>>,
    /// The same in the form for many rows.
    prepared_many: RefCell<HashMap<String, tokio_postgres::Statement>>,
    later: RefCell<Vec<Later>>,
    /// A transaction is open.
    open: Cell<bool>,
    /// A statement of the open transaction failed: it can only be rolled back.
    failed: Cell<bool>,
    /// An answer did not come: nothing more is sent here.
    broken: Cell<bool>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

impl Held {
    pub(super) fn new(client: Client) -> Result<Self> {
        let mut held = Self {
            client: Arc::new(client),
            session: String::new(),
            written: Cell::new(0),
            prepared: RefCell::default(),
            prepared_many: RefCell::default(),
            later: RefCell::default(),
            open: Cell::new(false),
            failed: Cell::new(false),
            broken: Cell::new(false),
        };
        held.session = held.ask("SELECT gen_random_uuid()::text")?.ok_or(Error::Panicked)?;
        Ok(held)
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.get() || self.client.is_closed()
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.open.get()
    }

    fn wait<T>(&self, answer: impl Future<Output = Answer<T>>) -> Result<T> {
        match wait::block_on(answer, ANSWER_WAIT) {
            Some(Ok(out)) => Ok(out),
            Some(Err(error)) => {
                self.failed.set(true);
                Err(of_server(&error, ""))
            }
            None => {
                self.broken.set(true);
                Err(Error::Away("it does not answer".to_owned()))
            }
        }
    }

    /// Runs statements without parameters, as they stand.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        self.wait(self.client.batch_execute(sql))
    }

    /// The first column of the only row, as text.
    pub(super) fn ask(&self, sql: &str) -> Result<Option<String>> {
        let answers = self.wait(self.client.simple_query(sql))?;
        // Of several statements the last that has rows counts.
        Ok(answers.iter().rev().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Begins a transaction with an area's lock. Returns the mark that it leaves, by which is asked later what became of it.
    pub(super) fn begin(&self, area: Area) -> Result<Option<Mark>> {
        self.failed.set(false);
        self.open.set(true);
        let lock = match area {
            Area::Free => String::new(),
            // All of them: what a process that was killed has still under way there is over before another one reads anything.
            Area::Schema => (1..=Area::Schema as i32)
                .map(|n| format!("SELECT pg_advisory_xact_lock(hashtext(current_schema()), {n}); "))
                .collect(),
            // Stores of other schemas are others; a second number that is the same only makes them wait.
            area => {
                format!(
                    "SELECT pg_advisory_xact_lock(hashtext(current_schema()), {}); ",
                    area as i32
                )
            }
        };
        // The schema's own may find no table yet, and whoever copies a store looks at the outcome.
        let mark = (area != Area::Schema).then(|| {
            self.written.set(self.written.get() + 1);
            Mark { session: self.session.clone(), n: self.written.get() }
        });
        let leave = mark.as_ref().map_or_else(String::new, Mark::leave);
        let begun = self.batch(&format!("BEGIN; {lock}{leave}"));
        if begun.is_err() {
            self.roll_back();
        }
        begun.map(|()| mark)
    }

    /// Begins a transaction that writes nothing and sees its rows as they stand now.
    pub(super) fn begin_reading(&self) -> Result<()> {
        self.failed.set(false);
        self.open.set(true);
        // A copy of the whole store stands still while the other side is looked through.
        self.batch(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0",
        )
    }

    /// Commits: [`Error::Away`] where the answer did not come, so that the caller has to ask what became of it.
    pub(super) fn commit(&self) -> Result<()> {
        if self.failed.get() {
            // A caller that went on after an error: nothing of it may stay.
            self.roll_back();
            return Err(Error::Panicked);
        }
        // Sent behind the statements whose answers are still on their way: where one failed, the server rolls back.
        let done = self.batch("COMMIT");
        let earlier = self.collect();
        if !self.is_broken() {
            self.open.set(false);
        }
        earlier.and(done)
    }

    /// Undoes what was done since the beginning; a connection on which that fails is not used again.
    pub(super) fn roll_back(&self) {
        self.later.borrow_mut().clear();
        if !self.is_broken() && self.batch("ROLLBACK").is_ok() {
            self.open.set(false);
        } else {
            self.broken.set(true);
        }
    }

    /// The answers that nobody has waited for yet.
    fn collect(&self) -> Result<()> {
        let later = std::mem::take(&mut *self.later.borrow_mut());
        let mut first = Ok(());
        for answer in later {
            let answer = self.wait(answer).map(drop);
            first = first.and(answer);
        }
        first
    }

    /// Runs statements without parameters behind those that are still on their way.
    pub(crate) fn settled(&self, sql: &str) -> Result<()> {
        self.collect()?;
        self.batch(sql)
    }

    /// A statement that is prepared for this once.
    pub(crate) fn prepare_once(&self, sql: &str) -> Result<Statement<'_>> {
        self.collect()?;
        Ok(Statement { held: self, prepared: self.wait(self.client.prepare(&translate(sql)))? })
    }

    /// A prepared statement, translated on the first time.
    pub(crate) fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        if let Some(known) = self.prepared.borrow().get(sql) {
            return Ok(Statement { held: self, prepared: known.clone() });
        }
        let prepared = self.ask_for(&translate(sql))?;
        keep(&self.prepared, sql, &prepared);
        Ok(Statement { held: self, prepared })
    }

    /// A prepared statement in the form for many rows. What types its parameters have, the server says of the form for one.
    pub(crate) fn prepare_many(&self, sql: &str) -> Result<Statement<'_>> {
        if let Some(known) = self.prepared_many.borrow().get(sql) {
            return Ok(Statement { held: self, prepared: known.clone() });
        }
        let for_one = translate(sql);
        let types = self.ask_for(&for_one)?;
        let types: Vec<&str> = types.params().iter().map(Type::name).collect();
        let prepared = match for_many(&for_one, &types) {
            Some(for_many) => self.ask_for(&for_many)?,
            None => return Err(Error::Refused(format!("{sql} is not for many rows"))),
        };
        keep(&self.prepared_many, sql, &prepared);
        Ok(Statement { held: self, prepared })
    }

    /// Has the server prepare a statement.
    fn ask_for(&self, sql: &str) -> Result<tokio_postgres::Statement> {
        self.collect()?;
        self.wait(self.client.prepare(sql)).inspect_err(|_error| {
            tracing::debug!(sql, "a statement cannot be prepared");
        })
    }
}

/// Keeps a prepared statement, all others forgotten where they are too many.
fn keep(
    all: &RefCell<HashMap<String, tokio_postgres::Statement>>,
    sql: &str,
    prepared: &tokio_postgres::Statement,
) {
    let mut all = all.borrow_mut();
    if all.len() >= PREPARED_MAX {
        all.clear();
    }
    all.insert(sql.to_owned(), prepared.clone());
}

/// A prepared statement of a connection.
pub(crate) struct Statement<'c> {
    held: &'c Held,
    prepared: tokio_postgres::Statement,
}

impl std::fmt::Debug for Statement<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Statement")
    }
}

impl Statement<'_> {
    /// Runs it and waits; returns how many rows it changed.
    pub(crate) fn execute<'v>(&mut self, values: impl Iterator<Item = Value<'v>>) -> Result<usize> {
        self.execute_with(values.collect::<Vec<_>>())
    }

    /// Runs it for many rows and waits.
    pub(crate) fn execute_many<const N: usize>(
        &mut self,
        rows: &[[Value<'_>; N]],
    ) -> Result<usize> {
        self.execute_with(columns(rows, |value| value))
    }

    fn execute_with<V: ToSql + Sync>(&self, values: Vec<V>) -> Result<usize> {
        let held = self.held;
        // The question goes out before the earlier answers are waited for.
        let mut asked = Box::pin(held.client.execute_raw(&self.prepared, values));
        let at_once = wait::set_going(&mut asked);
        held.collect()?;
        let changed = match at_once {
            Some(answer) => held.wait(std::future::ready(answer))?,
            None => held.wait(asked)?,
        };
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Sends it; its answer is collected later. Outside of a transaction it is waited for.
    pub(crate) fn run<'v>(&mut self, values: impl Iterator<Item = Value<'v>>) -> Result<()> {
        self.run_with(values.map(Given::from).collect())
    }

    /// Sends it for many rows, as [`Statement::run`] does.
    pub(crate) fn run_many<const N: usize>(&mut self, rows: &[[Value<'_>; N]]) -> Result<()> {
        self.run_with(columns(rows, Given::from))
    }

    fn run_with<V: ToSql + Sync + Send + 'static>(&self, values: Vec<V>) -> Result<()> {
        if !self.held.open.get() {
            return self.execute_with(values).map(drop);
        }
        if self.held.later.borrow().len() >= LATER_MAX {
            self.held.collect()?;
        }
        let (client, prepared) = (self.held.client.clone(), self.prepared.clone());
        let mut later: Later = Box::pin(async move { client.execute_raw(&prepared, values).await });
        match wait::set_going(&mut later) {
            Some(answer) => self.held.wait(std::future::ready(answer)).map(drop),
            None => {
                self.held.later.borrow_mut().push(later);
                Ok(())
            }
        }
    }

    /// Its rows.
    pub(crate) fn query<'v>(
        &mut self,
        values: impl Iterator<Item = Value<'v>>,
    ) -> Result<Vec<tokio_postgres::Row>> {
        self.query_with(&values.collect::<Vec<_>>())
    }

    /// Its rows for many, in their order.
    pub(crate) fn query_many<const N: usize>(
        &mut self,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<tokio_postgres::Row>> {
        self.query_with(&columns(rows, |value| value))
    }

    fn query_with<V: ToSql + Sync>(&self, values: &[V]) -> Result<Vec<tokio_postgres::Row>> {
        let given: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let held = self.held;
        let mut asked = Box::pin(held.client.query(&self.prepared, &given));
        let at_once = wait::set_going(&mut asked);
        held.collect()?;
        match at_once {
            Some(answer) => held.wait(std::future::ready(answer)),
            None => held.wait(asked),
        }
    }
}

/// The values of many rows, each column by itself.
fn columns<'v, T, const N: usize>(
    rows: &[[Value<'v>; N]],
    make: impl Fn(Value<'v>) -> T,
) -> Vec<Vec<T>> {
    let column = |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|v| make(*v)).collect();
    (0..N).map(column).collect()
}

/// A column of a row.
pub(crate) fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value<'_>> {
    row.try_get(column).map_err(Error::Postgres)
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(
        kind: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Int(i64::from(i32::from_sql(kind, raw)?)),
            Type::BOOL => Self::Int(i64::from(bool::from_sql(kind, raw)?)),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(<&str>::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(
        _: &Type,
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT8
                | Type::INT4
                | Type::BOOL
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::JSON
        )
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (*self, kind) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Int(n), &Type::INT8) => out.put_i64(n),
            (Self::Int(n), &Type::INT4) => out.put_i32(i32::try_from(n)?),
            (Self::Int(n), &Type::BOOL) => out.put_u8(u8::from(n != 0)),
            (Self::Text(text), &(Type::TEXT | Type::VARCHAR)) => {
                out.put_slice(storable(text).as_bytes());
            }
            // A server's vector of words comes in the form in which it is sent: see `crate::words`.
            (Self::Bytes(bytes), &(Type::BYTEA | Type::TS_VECTOR)) => out.put_slice(bytes),
            _ => return Err(Box::new(WrongType::new::<Self>(kind.clone()))),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value that outlives its caller: it is still on its way when the caller goes on.
#[derive(Debug)]
enum Given {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<Value<'_>> for Given {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(n) => Self::Int(n),
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_owned()),
        }
    }
}

impl ToSql for Given {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let value = match self {
            Self::Null => Value::Null,
            Self::Int(n) => Value::Int(*n),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        };
        value.to_sql(kind, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A text as PostgreSQL can keep it: U+0000 stands in no text of its, nor as an escape in JSON that is looked into; U+FFFD stands
/// there instead.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if !text.contains('\0') && !text.contains("\\u0000") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let (taken, written) = match letter {
            '\0' => (1, "\u{FFFD}"),
            '\\' if rest.starts_with("\\\\") => (2, "\\\\"),
            '\\' if rest.starts_with("\\u0000") => (6, "\u{FFFD}"),
            other => {
                let (one, _) = rest.split_at(other.len_utf8());
                (one.len(), one)
            }
        };
        out.push_str(written);
        rest = rest.get(taken..).unwrap_or_default();
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_a_zero_is_kept_with_a_mark_in_its_place() {
        let check = |text: &str, expected: &str| assert_eq!(storable(text), expected);
        check("as it stands \\n é", "as it stands \\n é");
        check("a\0é\0", "a\u{FFFD}é\u{FFFD}");
        check(r#"{"a": "x\u0000y"}"#, "{\"a\": \"x\u{FFFD}y\"}");
        check(r"\\u0000 is a text about it", r"\\u0000 is a text about it");
        check(r"\\\u0000", "\\\\\u{FFFD}");
    }
}
