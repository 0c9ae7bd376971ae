//! A store copied into another, of whichever engine: every row of every table, proved by counts and checksums.

use sha2::{Digest, Sha256};

use crate::postgres::storable;
use crate::sql::{Connection, Row, Value};
use crate::store::Area;
use crate::words;
use crate::{Error, Result, Store};

/// All tables with all their columns, each after those that it refers to; the first column gives the order of copying. What is
/// searched for is made anew.
const TABLES: &[(&str, &str)] = &[
    ("meta", "key, value"),
    (
        "listing",
        "id, url, outlet, language, added_at, paused, etag, last_modified, next_poll_at, polled_at, answered_at, changed_at, failures, \
         error, kind, rhythm_secs, body_key, chain, complete_since, hub, topic",
    ),
    (
        "item",
        "id, url_key, url, listing, entry, entry_key, seen_at, state, try_at, tries, error, host, gap, etag, last_modified, looks, look_at",
    ),
    ("article", "id, url_key, url, outlet, seen_at"),
    (
        REVISION,
        "id, article, content_key, seen_at, published, title, body, state, error, claimed_until",
    ),
    ("reading", "revision, model, body"),
    ("story", "id, last, revision, body"),
    ("story_article", "article, story, arrived, at, copy_of, why, features"),
    ("story_update", "story, revision, at, body"),
    (STORY_CHANGE, "story, n"),
    ("destination", "id, name, kind, address, topic, settings, paused"),
    ("follow", "id, destination, sentence, added_at, muted"),
    ("mute", "destination, story"),
    ("card", "id, key, body"),
    (
        "delivery",
        "id, destination, what, step, action, card, content_key, state, due_at, created_at, claimed_at, done_at, tries, error, follow, \
         message, mark, edits, folded_into",
    ),
    ("post", "destination, what, message, content_key, step, sent_at, gone"),
    ("pace", "scope, next_at, mark, reason"),
    ("uncertain", "delivery, at, outcome"),
    ("reader", "chat, name, state, since"),
    ("gap", "id, listing, from_at, to_at, state, way, tries, try_at, note"),
    ("host", "host, next_at, robots, robots_rule, robots_at, furniture"),
    ("websub", "listing, hub, topic, secret, state, lease_at, ask_at, heard_at, note"),
    ("person", "id, name, role, password, added_at, issuer, subject"),
    ("invitation", "token_key, rights, expires_at, used_by, person"),
    ("proof", "token_key, id, person, kind, name, scope, made_at, expires_at"),
    ("seen", "person, story, revision, read, starred"),
    ("edit", "id, at, person, story, what, before, undoes, done_at, error"),
    ("guest", "email, role, expires_at"),
    // A name is no number that a server counts on from: so it does not stand first.
    ("shard", "owner, id, epoch, lease_until"),
];

const REVISION: &str = "revision";
const STORY_CHANGE: &str = "story_change";

/// Rows that a server sends at a time.
const ROWS_AT_ONCE: u32 = 500;

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: &'static str,
    /// Its rows, the same on both sides.
    pub rows: u64,
    /// The sum of the hashes of its rows, the same on both sides.
    pub checksum: u128,
    /// Texts with U+0000, which PostgreSQL cannot keep: U+FFFD stands there now.
    pub changed: u64,
}

/// What a table holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    checksum: u128,
}

impl Store {
    /// Copies everything from another store into this one, which must be empty, in one transaction: all of it is there afterwards, or
    /// nothing. Each table is read again at the end and compared; `copied` is told of each.
    ///
    /// The other store is read as it stands when this begins: nobody should write to it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where this store is not empty, or a table is not the same afterwards; those of the store.
    pub fn copy_from(&self, other: &Self, mut copied: impl FnMut(&Copied)) -> Result<()> {
        other.read_at_once(|from| {
            self.write(Area::Schema, |to| {
                to.defer_foreign_keys()?;
                for (table, _) in TABLES {
                    let there = to
                        .prepare_cached(&format!("SELECT count(*) FROM {table}"))?
                        .query_row([], |r| r.get::<i64>(0))?;
                    if there > 0 {
                        return Err(Error::Refused(format!(
                            "{} is not empty: its table {table} has {there} rows",
                            self.place()
                        )));
                    }
                }
                for (table, columns) in TABLES {
                    let (given, changed) = copy(from, to, table, columns)?;
                    let kept = sum(to, table, columns)?;
                    if given != kept {
                        return Err(Error::Refused(format!(
                            "{table} is not the same after copying: {} rows of {}; nothing was written",
                            kept.rows, given.rows
                        )));
                    }
                    copied(&Copied { table, rows: kept.rows, checksum: kept.checksum, changed });
                }
                continue_ids(to)
            })
        })
    }
}

/// Copies a table; returns what was given and how many texts had to be changed.
fn copy(
    from: Connection<'_>,
    to: Connection<'_>,
    table: &str,
    columns: &str,
) -> Result<(Sum, u64)> {
    if table == STORY_CHANGE {
        // The stories that came made rows of their own.
        to.prepare_cached("DELETE FROM story_change")?.run([])?;
    }
    let width = columns.split(',').count();
    let places: Vec<String> = (1..=width).map(|n| format!("?{n}")).collect();
    let mut insert = to.prepare_cached(&format!(
        "INSERT INTO {table} ({columns}) VALUES ({})",
        places.join(", ")
    ))?;
    let (mut given, mut changed) = (Sum::default(), 0);
    each_row(from, &select(table, columns), |row| {
        let values = (0..width).map(|n| row.value(n)).collect::<Result<Vec<_>>>()?;
        given.add(&values);
        changed += values.iter().filter(|value| is_changed(**value)).count() as u64;
        insert.run(values.as_slice())?;
        if table == REVISION
            && let (Value::Int(article), Value::Text(title), Value::Text(body)) =
                (values[1], values[5], values[6])
        {
            let read: article::Article =
                serde_json::from_str(body).map_err(|e| Error::Row(REVISION, e))?;
            words::put(to, &[(article, title, &read.text)])?;
        }
        Ok(())
    })?;
    Ok((given, changed))
}

fn select(table: &str, columns: &str) -> String {
    format!("SELECT {columns} FROM {table} ORDER BY 1")
}

fn sum(conn: Connection<'_>, table: &str, columns: &str) -> Result<Sum> {
    let width = columns.split(',').count();
    let mut sum = Sum::default();
    each_row(conn, &select(table, columns), |row| {
        sum.add(&(0..width).map(|n| row.value(n)).collect::<Result<Vec<_>>>()?);
        Ok(())
    })?;
    Ok(sum)
}

impl Sum {
    /// Adds a row, in whatever order it comes: the engines sort some names differently.
    fn add(&mut self, values: &[Value<'_>]) {
        let mut hash = Sha256::new();
        for value in values {
            match *value {
                Value::Null => hash.update(b"0"),
                Value::Int(n) => {
                    hash.update(b"1");
                    hash.update(n.to_le_bytes());
                }
                Value::Text(text) => {
                    let text = storable(text);
                    hash.update(b"2");
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text.as_bytes());
                }
                Value::Bytes(bytes) => {
                    hash.update(b"3");
                    hash.update((bytes.len() as u64).to_le_bytes());
                    hash.update(bytes);
                }
            }
        }
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(u128::from_le_bytes(half));
    }
}

fn is_changed(value: Value<'_>) -> bool {
    matches!(value, Value::Text(text) if storable(text) != text)
}

/// All rows of a question, without holding all of them.
fn each_row(
    conn: Connection<'_>,
    question: &str,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let Connection::Postgres(held) = conn else {
        let mut query = conn.prepare_cached(question)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            take(&row)?;
        }
        return Ok(());
    };
    held.settled(&format!("DECLARE rows NO SCROLL CURSOR FOR {question}"))?;
    loop {
        // Not kept prepared: each cursor has other columns.
        let mut fetch = held.prepare_once(&format!("FETCH {ROWS_AT_ONCE} FROM rows"))?;
        let rows = fetch.query(std::iter::empty())?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            take(&Row::Postgres(row))?;
        }
    }
    held.settled("CLOSE rows")
}

/// A server counts ids by itself: the next one comes after the highest that was copied.
fn continue_ids(conn: Connection<'_>) -> Result<()> {
    let Connection::Postgres(held) = conn else { return Ok(()) };
    for (table, columns) in TABLES {
        if columns.starts_with("id,") {
            held.settled(&format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)
                 WHERE pg_get_serial_sequence('{table}', 'id') IS NOT NULL"
            ))?;
        }
    }
    Ok(())
}

/// The tables and columns that are copied: what a test compares with the schemas.
#[doc(hidden)]
pub fn copied_columns() -> Vec<String> {
    let columns = TABLES.iter().flat_map(|(table, columns)| {
        columns.split(',').map(move |column| format!("{table}.{}", column.trim()))
    });
    let mut all: Vec<String> = columns.collect();
    all.sort();
    all
}
