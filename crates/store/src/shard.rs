//! Shards: parts of the work that one process at a time has charge of, with what it remembers about them.
//!
//! Whoever takes a shard gets a [`Lease`] and an epoch that nobody had before. The lease ends by the store's clock and is kept
//! alive by its owner; the epoch is the fence: every writing transaction of a [`Store::fenced`] store looks for it, in the
//! transaction itself, and whoever has lost the shard gets [`Error::Fenced`] and has written nothing. So an owner that stood still
//! (a paused machine, a cut network) and wakes cannot write over what the next one did, however long it slept.

use std::time::Duration;

use jiff::SignedDuration;

use crate::sql::{Connection, Optional, params};
use crate::store::Area;
use crate::{Error, Result, Store};

/// A part of the work that has one owner at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shard {
    /// Polling and fetching: the pace at which hosts are asked is remembered.
    Intake,
    /// The shelf of live stories.
    Stories,
    /// The courier.
    Deliver,
}

impl Shard {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Stories => "stories",
            Self::Deliver => "deliver",
        }
    }
}

/// A shard that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which.
    pub shard: Shard,
    /// By whom.
    pub owner: String,
    /// Higher than that of everybody who had it before.
    pub epoch: i64,
}

/// A shard's row, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardRow {
    /// Which.
    pub id: String,
    /// Who took it last.
    pub owner: String,
    /// How often it was taken.
    pub epoch: i64,
    /// How long its lease lasts yet, by the store's clock; negative: it ended.
    pub left: SignedDuration,
}

/// The store's own clock, in milliseconds: the server's, which is one for all its machines.
pub(crate) fn clock(conn: Connection<'_>) -> &'static str {
    conn.either(
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    )
}

impl Store {
    /// Takes a shard for so long, where nobody has it; `by_force` where somebody may have it too.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn take_shard(
        &self,
        shard: Shard,
        owner: &str,
        length: Duration,
        by_force: bool,
    ) -> Result<Option<Lease>> {
        let id = shard.as_str();
        // Most that ask find it taken: that costs no commit.
        if !by_force && self.read(|conn| is_taken(conn, id))? {
            return Ok(None);
        }
        let epoch = self.write(Area::Free, |tx| {
            tx.prepare_cached(
                "INSERT INTO shard VALUES (?1, '', 0, 0) ON CONFLICT (id) DO NOTHING",
            )?
            .run([id])?;
            // An owner's transaction that is under way keeps the row. Waiting for it would keep the caller from its other leases.
            let lock = tx.either("", "FOR UPDATE SKIP LOCKED");
            let free: Option<i64> = tx
                .prepare_cached(&format!(
                    "SELECT epoch FROM shard WHERE id = ?1 AND (lease_until <= {} OR ?2 <> 0) {lock}",
                    clock(tx)
                ))?
                .query_row(params![id, i64::from(by_force)], |r| r.get(0))
                .optional()?;
            let Some(last) = free else { return Ok(None) };
            tx.prepare_cached(&format!(
                "UPDATE shard SET owner = ?2, epoch = ?3, lease_until = {} + ?4 WHERE id = ?1",
                clock(tx)
            ))?
            .run(params![id, owner, last + 1, whole_millis(length)])?;
            Ok(Some(last + 1))
        })?;
        Ok(epoch.map(|epoch| Lease { shard, owner: owner.to_owned(), epoch }))
    }

    /// Keeps a shard for so long from now on; says whether it is still the caller's. A lease that ended is good again where nobody
    /// took the shard meanwhile.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn keep_shard(&self, lease: &Lease, length: Duration) -> Result<bool> {
        self.write(Area::Free, |tx| {
            let kept = tx
                .prepare_cached(&format!(
                    "UPDATE shard SET lease_until = {} + ?3 WHERE id = ?1 AND epoch = ?2",
                    clock(tx)
                ))?
                .execute(params![lease.shard.as_str(), lease.epoch, whole_millis(length)])?;
            Ok(kept > 0)
        })
    }

    /// Gives a shard up, so that another process may take it at once.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn leave_shard(&self, lease: &Lease) -> Result<()> {
        self.write(Area::Free, |tx| {
            tx.prepare_cached("UPDATE shard SET lease_until = 0 WHERE id = ?1 AND epoch = ?2")?
                .run(params![lease.shard.as_str(), lease.epoch])
        })
    }

    /// All shards that were ever taken, by name.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn shards(&self) -> Result<Vec<ShardRow>> {
        self.read(|conn| {
            conn.prepare_cached(&format!(
                "SELECT id, owner, epoch, lease_until - {} FROM shard ORDER BY id",
                clock(conn)
            ))?
            .query_map([], |r| {
                Ok(ShardRow {
                    id: r.get(0)?,
                    owner: r.get(1)?,
                    epoch: r.get(2)?,
                    left: SignedDuration::from_millis(r.get(3)?),
                })
            })
        })
    }
}

fn is_taken(conn: Connection<'_>, id: &str) -> Result<bool> {
    conn.prepare_cached(&format!(
        "SELECT EXISTS (SELECT 1 FROM shard WHERE id = ?1 AND lease_until > {})",
        clock(conn)
    ))?
    .query_row([id], |r| r.get(0))
}

/// The fence: [`Error::Fenced`] unless the shard is still the lease's. On a server it cannot be taken before this transaction is over.
pub(crate) fn hold(tx: Connection<'_>, lease: &Lease) -> Result<()> {
    // Keeping the lease alive changes no key and does not wait for this lock; taking the shard over does.
    let lock = tx.either("", "FOR KEY SHARE");
    tx.prepare_cached(&format!("SELECT 1 FROM shard WHERE id = ?1 AND epoch = ?2 {lock}"))?
        .query_row(params![lease.shard.as_str(), lease.epoch], |_| Ok(()))
        .optional()?
        .ok_or(Error::Fenced)
}

pub(crate) fn whole_millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4)
}
