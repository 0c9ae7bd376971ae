//! When the outbox has something to do next: asked at every turn of the loop, so it looks at no more rows than it must.

use std::collections::HashSet;

use crate::sql::{Connection, params};
use jiff::Timestamp;

use crate::{Result, Store, millis, timestamp};

/// Chats by kind and address.
type Chats = HashSet<(String, String)>;

impl Store {
    /// When the outbox next has something to do; `None` where nothing waits. A destination that is paused has nothing to do.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn next_delivery_at(&self) -> Result<Option<Timestamp>> {
        self.next_delivery_by(Timestamp::UNIX_EPOCH)
    }

    /// When the outbox next has something to do, as [`Store::next_delivery_at`]; any time that is not after `now` where there is
    /// something already. With 100,000 rows waiting that one is found at once.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn next_delivery_by(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.read(|conn| {
            let unknown = next_read_back(conn)?;
            if unknown.is_some_and(|at| at <= millis(now)) {
                return Ok(unknown.map(timestamp));
            }
            let pending = next_pending(conn, millis(now))?;
            Ok(pending.into_iter().chain(unknown).min().map(timestamp))
        })
    }

    /// The highest destination there ever was: about how many there are, without counting them.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn last_destination(&self) -> Result<i64> {
        self.read(|conn| {
            conn.prepare_cached("SELECT coalesce(max(id), 0) FROM destination")?
                .query_row([], |r| r.get(0))
        })
    }
}

/// When the next row in doubt is read back.
fn next_read_back(conn: Connection<'_>) -> Result<Option<i64>> {
    conn
        .prepare_cached(
            "SELECT min(max(d.due_at, coalesce((SELECT max(p.next_at) FROM pace p
                                                WHERE p.scope IN (t.kind, t.kind || ' ' || t.address)), 0)))
             FROM delivery d INDEXED BY delivery_flight JOIN destination t ON t.id = d.destination
             WHERE d.state IN ('sending', 'unknown') AND d.state = 'unknown'",
        )?
        .query_row([], |r| r.get(0))
}

/// When the next pending row may go: one step of the index for each destination, until no other can be sooner.
fn next_pending(conn: Connection<'_>, now: i64) -> Result<Option<i64>> {
    let busy = in_flight(conn)?;
    let held: HashSet<i64> = conn
        .prepare_cached(
            "SELECT DISTINCT destination FROM delivery INDEXED BY delivery_odd
             WHERE state IN ('refused', 'held') AND state = 'held'",
        )?
        .query_map([], |r| r.get(0))?;
    // While a whole kind rests, nothing of it can be sooner than the end of that.
    let soonest = now.max(rest_of_all_kinds(conn)?);
    let mut query = conn.prepare_cached(
        "SELECT d.destination, d.due, t.kind, t.address,
                coalesce((SELECT max(p.next_at) FROM pace p WHERE p.scope IN (t.kind, t.kind || ' ' || t.address)), 0)
         FROM (SELECT destination, min(due_at) AS due FROM delivery INDEXED BY delivery_pending
               WHERE state = 'pending' GROUP BY destination) d
         CROSS JOIN destination t ON t.id = d.destination WHERE t.paused IS NULL",
    )?;
    let mut rows = query.query([])?;
    let mut next: Option<i64> = None;
    while let Some(row) = rows.next()? {
        let destination: i64 = row.get(0)?;
        if !busy.is_empty() && busy.contains(&(row.get(2)?, row.get(3)?)) {
            continue;
        }
        let due = if held.contains(&destination) {
            due_beside_held(conn, destination)?
        } else {
            Some(row.get(1)?)
        };
        let Some(due) = due else { continue };
        let at = due.max(row.get(4)?);
        next = Some(next.map_or(at, |next| next.min(at)));
        if next.is_some_and(|next| next <= soonest) {
            break;
        }
    }
    Ok(next)
}

/// Chats with a row on its way or in doubt: nothing else goes there.
fn in_flight(conn: Connection<'_>) -> Result<Chats> {
    conn
        .prepare_cached(
            "SELECT t.kind, t.address FROM delivery d INDEXED BY delivery_flight JOIN destination t ON t.id = d.destination
             WHERE d.state IN ('sending', 'unknown')",
        )?
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
}

/// Until when every kind of destination rests; 0 where one does not.
pub(super) fn rest_of_all_kinds(conn: Connection<'_>) -> Result<i64> {
    // One step of the index a kind: the number of destinations does not count.
    conn
        .prepare_cached(
            "WITH RECURSIVE k (kind) AS (
               SELECT min(kind) FROM destination
               UNION ALL SELECT (SELECT min(kind) FROM destination WHERE kind > k.kind) FROM k WHERE k.kind IS NOT NULL)
             SELECT coalesce(min(coalesce((SELECT next_at FROM pace WHERE scope = k.kind), 0)), 0)
             FROM k WHERE k.kind IS NOT NULL",
        )?
        .query_row([], |r| r.get(0))
}

/// When the first row of a destination is due that is not about a story of which a row is held.
fn due_beside_held(conn: Connection<'_>, destination: i64) -> Result<Option<i64>> {
    conn
        .prepare_cached(
            "SELECT min(d.due_at) FROM delivery d INDEXED BY delivery_pending
             WHERE d.state = 'pending' AND d.destination = ?1
               AND NOT EXISTS (SELECT 1 FROM delivery h WHERE h.destination = d.destination
                               AND h.state = 'held' AND h.what = replace(d.what, 'reply:', 'story:'))",
        )?
        .query_row(params![destination], |r| r.get(0))
}
