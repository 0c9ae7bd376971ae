//! WebSub subscriptions: which hub tells us of which listing, and until when.

use crate::sql::{Optional, Row, params};
use jiff::Timestamp;

use crate::store::Area;
use crate::{Result, Store, millis, timestamp};

/// A subscription's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Of which listing.
    pub listing: i64,
    /// The hub.
    pub hub: String,
    /// The address under which the hub knows the listing.
    pub topic: String,
    /// Known to the hub and to us: it signs what it sends, and is part of the address that it calls.
    pub secret: String,
    /// How it stands.
    pub state: SubscriptionState,
    /// When the lease ends.
    pub lease_at: Option<Timestamp>,
    /// When to ask (again).
    pub ask_at: Timestamp,
    /// When the hub last sent something.
    pub heard_at: Option<Timestamp>,
    /// For a person.
    pub note: Option<String>,
}

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Asked for; the hub has not confirmed it.
    Asked,
    /// Confirmed.
    Active,
    /// Refused by the hub.
    Denied,
}

impl SubscriptionState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Denied => "denied",
        }
    }
}

const SUBSCRIPTION: &str =
    "SELECT listing, hub, topic, secret, state, lease_at, ask_at, heard_at, note FROM websub";

fn subscription(row: &Row<'_>) -> Result<Subscription> {
    Ok(Subscription {
        listing: row.get(0)?,
        hub: row.get(1)?,
        topic: row.get(2)?,
        secret: row.get(3)?,
        state: match row.text(4)? {
            "active" => SubscriptionState::Active,
            "denied" => SubscriptionState::Denied,
            _ => SubscriptionState::Asked,
        },
        lease_at: row.get::<Option<i64>>(5)?.map(timestamp),
        ask_at: timestamp(row.get(6)?),
        heard_at: row.get::<Option<i64>>(7)?.map(timestamp),
        note: row.get(8)?,
    })
}

impl Store {
    /// A listing's subscription.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn subscription(&self, listing: i64) -> Result<Option<Subscription>> {
        self.read(|conn| {
            conn.prepare_cached(&format!("{SUBSCRIPTION} WHERE listing = ?1"))?
                .query_row([listing], subscription)
                .optional()
        })
    }

    /// Keeps a subscription.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn record_subscription(&self, row: &Subscription) -> Result<()> {
        self.write(Area::Free, |tx| {
            tx.prepare_cached(
                "INSERT INTO websub (listing, hub, topic, secret, state, lease_at, ask_at, heard_at, note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (listing) DO UPDATE SET hub = excluded.hub, topic = excluded.topic, secret = excluded.secret,
                   state = excluded.state, lease_at = excluded.lease_at, ask_at = excluded.ask_at,
                   heard_at = excluded.heard_at, note = excluded.note",
            )?
            .run(params![
                row.listing,
                row.hub,
                row.topic,
                row.secret,
                row.state.as_str(),
                row.lease_at.map(millis),
                millis(row.ask_at),
                row.heard_at.map(millis),
                row.note
            ])?;
            Ok(())
        })
    }

    /// Listings that name a hub and whose subscription is to be asked for now: those without one, and those whose time has
    /// come. At most `most`.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn listings_to_subscribe(&self, now: Timestamp, most: u32) -> Result<Vec<i64>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT l.id FROM listing l LEFT JOIN websub w ON w.listing = l.id
                 WHERE l.hub IS NOT NULL AND l.paused = 0
                   AND (w.listing IS NULL OR w.ask_at <= ?1 OR w.hub <> l.hub OR w.topic <> l.topic)
                 ORDER BY l.id LIMIT ?2",
            )?;
            query.query_map(params![millis(now), most], |r| r.get(0))
        })
    }
}
