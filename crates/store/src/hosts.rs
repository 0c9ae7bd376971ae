//! What is known of hosts: their robots.txt, and when they may be asked again.

use crate::sql::{Connection, Optional, params};
use jiff::Timestamp;

use crate::store::Area;
use crate::{Result, Store, millis, timestamp};

/// A host's robots.txt as it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsRow {
    /// What came of asking for it.
    pub rule: RobotsRule,
    /// Its text, where there is one.
    pub text: Option<String>,
    /// When it was read.
    pub at: Timestamp,
}

/// What came of asking for a robots.txt (RFC 9309 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RobotsRule {
    /// There is one: its text counts.
    Read,
    /// There is none: everything is allowed.
    All,
    /// The host fails: nothing is allowed for now.
    Nothing,
}

impl RobotsRule {
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::All => "all",
            Self::Nothing => "nothing",
        }
    }
}

/// Keeps what a host's pages repeat.
pub(crate) fn put_furniture(tx: Connection<'_>, host: &str, furniture: &[u8]) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO host (host, furniture) VALUES (?1, ?2)
         ON CONFLICT (host) DO UPDATE SET furniture = excluded.furniture",
    )?
    .run(params![host, furniture])?;
    Ok(())
}

impl Store {
    /// A host's robots.txt, where it was ever asked for.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn robots(&self, host: &str) -> Result<Option<RobotsRow>> {
        self.read(|conn| {
            conn
                .prepare_cached("SELECT robots_rule, robots, robots_at FROM host WHERE host = ?1 AND robots_at IS NOT NULL")?
                .query_row([host], |r| {
                    let rule = match r.value(0)?.text_or_null()? {
                        Some("read") => RobotsRule::Read,
                        Some("nothing") => RobotsRule::Nothing,
                        _ => RobotsRule::All,
                    };
                    Ok(RobotsRow { rule, text: r.get(1)?, at: timestamp(r.get(2)?) })
                })
                .optional()
        })
    }

    /// Keeps a host's robots.txt.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_robots(&self, host: &str, row: &RobotsRow) -> Result<()> {
        self.write(Area::Free, |tx| {
            tx.prepare_cached(
                "INSERT INTO host (host, robots_rule, robots, robots_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (host) DO UPDATE SET robots_rule = excluded.robots_rule, robots = excluded.robots,
                   robots_at = excluded.robots_at",
            )?
            .run(params![host, row.rule.as_str(), row.text, millis(row.at)])?;
            Ok(())
        })
    }

    /// What a host's pages repeat, packed as it was kept; empty where nothing was learnt.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn furniture(&self, host: &str) -> Result<Vec<u8>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT furniture FROM host WHERE host = ?1")?
                .query_row([host], |r| r.get::<Option<Vec<u8>>>(0))
                .optional()?
                .flatten()
                .unwrap_or_default())
        })
    }

    /// Keeps that a host asked to be left alone until a time; it survives a restart.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn hold_host(&self, host: &str, until: Timestamp) -> Result<()> {
        self.write(Area::Free, |tx| {
            tx.prepare_cached(
                "INSERT INTO host (host, next_at) VALUES (?1, ?2)
                 ON CONFLICT (host) DO UPDATE SET next_at = max(host.next_at, excluded.next_at)",
            )?
            .run(params![host, millis(until)])?;
            Ok(())
        })
    }

    /// The hosts that asked to be left alone beyond a time.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn held_hosts(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        self.read(|conn| {
            let mut query =
                conn.prepare_cached("SELECT host, next_at FROM host WHERE next_at > ?1")?;
            query.query_map([millis(now)], |r| Ok((r.get(0)?, timestamp(r.get(1)?))))
        })
    }
}
