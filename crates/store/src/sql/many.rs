//! One statement for many rows: a file runs it for each of them, a server is sent all of them at once.

use std::collections::HashSet;
use std::hash::Hash;

use serde::Serialize;

use super::{Connection, Row, Value};
use crate::{Error, Result};

/// Rows that a server is sent at once.
const ROWS_AT_ONCE: usize = 500;

impl Connection<'_> {
    /// Runs a statement for each row; returns how many rows of the table it changed altogether.
    ///
    /// # Limits
    ///
    /// A server takes an `INSERT … VALUES (…)` whose parameters stand inside of the parentheses, an `UPDATE … WHERE …` or a
    /// `SELECT`. It sees the table as it was before, so no two rows may change the same one of the table: see [`parts`].
    pub(crate) fn execute_many<const N: usize>(
        self,
        sql: &str,
        rows: &[[Value<'_>; N]],
    ) -> Result<usize> {
        let mut changed = 0;
        match self {
            Self::Sqlite(_) => {
                let mut query = self.prepare_cached(sql)?;
                for row in rows {
                    changed += query.execute(row.as_slice())?;
                }
            }
            Self::Postgres(held) => {
                for part in rows.chunks(ROWS_AT_ONCE) {
                    changed += held.prepare_many(sql)?.execute_many(part)?;
                }
            }
        }
        Ok(changed)
    }

    /// Runs a statement for each row where nobody asks how many rows it changes: [`super::Statement::run`] for many.
    ///
    /// # Limits
    ///
    /// Those of [`Connection::execute_many`].
    pub(crate) fn run_many<const N: usize>(self, sql: &str, rows: &[[Value<'_>; N]]) -> Result<()> {
        match self {
            Self::Sqlite(_) => {
                let mut query = self.prepare_cached(sql)?;
                rows.iter().try_for_each(|row| query.run(row.as_slice()))
            }
            Self::Postgres(held) => {
                let mut parts = rows.chunks(ROWS_AT_ONCE);
                parts.try_for_each(|part| held.prepare_many(sql)?.run_many(part))
            }
        }
    }

    /// All rows that a statement gives for each of those given, in their order, each read by `read`.
    ///
    /// # Limits
    ///
    /// Those of [`Connection::execute_many`].
    pub(crate) fn query_many<T, const N: usize>(
        self,
        sql: &str,
        rows: &[[Value<'_>; N]],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut out = Vec::new();
        match self {
            Self::Sqlite(_) => {
                let mut query = self.prepare_cached(sql)?;
                for row in rows {
                    let mut found = query.query(row.as_slice())?;
                    while let Some(row) = found.next()? {
                        out.push(read(&row)?);
                    }
                }
            }
            Self::Postgres(held) => {
                for part in rows.chunks(ROWS_AT_ONCE) {
                    for row in &held.prepare_many(sql)?.query_many(part)? {
                        out.push(read(&Row::Postgres(row))?);
                    }
                }
            }
        }
        Ok(out)
    }
}

/// Splits rows, in their order, so that no key comes twice in a part: what one part wrote, the next one finds.
pub(crate) fn parts<T, K: Eq + Hash>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<&[T]> {
    let mut out = Vec::new();
    let (mut seen, mut begin) = (HashSet::new(), 0);
    for (n, row) in rows.iter().enumerate() {
        if !seen.insert(key(row)) {
            out.extend(rows.get(begin..n));
            seen.clear();
            seen.insert(key(row));
            begin = n;
        }
    }
    out.extend(rows.get(begin..).filter(|rest| !rest.is_empty()));
    out
}

/// What goes into the JSON column of each of some rows of a table.
pub(crate) fn bodies<T: Serialize>(
    table: &'static str,
    rows: impl IntoIterator<Item = T>,
) -> Result<Vec<String>> {
    let body = |row: T| serde_json::to_string(&row).map_err(|e| Error::Row(table, e));
    rows.into_iter().map(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_comes_twice_in_a_part() {
        let check = |rows: &[u32], expected: &[&[u32]]| assert_eq!(parts(rows, |n| *n), expected);
        check(&[], &[]);
        check(&[1, 2, 3], &[&[1, 2, 3]]);
        check(&[1, 2, 1, 2, 2, 3], &[&[1, 2], &[1, 2], &[2, 3]]);
    }
}
