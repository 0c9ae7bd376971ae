//! The outbox: what was promised, what is on its way, what became of it.
//!
//! A row is committed as `sending` BEFORE the socket is written, and leaves that state by one further transaction. What is
//! decided (which state follows from which answer) is the delivery crate's; here it is only kept.

mod due;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sql::{Connection, FromSql, Optional, Row, ToSql, Value, params};
use jiff::Timestamp;
use stories::{StoryId, Update};

use crate::readers::Destination;
use crate::store::Area;
use crate::{Error, Result, Store, millis, timestamp};

/// How many rows of one destination are looked at for the next that may go.
const LOOK_AHEAD: u32 = 200;

/// Destinations for which something waits that may go now. Found by the index of what waits: destinations for which nothing waits
/// cost nothing, however many there are.
const WAITING: &str =
    "SELECT t.id, t.name, t.kind, t.address, t.topic, t.settings
     FROM (SELECT destination FROM delivery INDEXED BY delivery_pending
           WHERE state = 'pending' AND due_at <= ?1 AND action <> 'item' GROUP BY destination) d
     CROSS JOIN destination t ON t.id = d.destination
     WHERE t.paused IS NULL
       AND t.kind NOT IN (SELECT scope FROM pace WHERE next_at > ?1)
       AND NOT EXISTS (SELECT 1 FROM delivery o JOIN destination u ON u.id = o.destination
           WHERE o.state IN ('sending', 'unknown') AND u.kind = t.kind AND u.address = t.address)
       AND NOT EXISTS (SELECT 1 FROM pace p WHERE p.scope = t.kind || ' ' || t.address AND p.next_at > ?1)";

/// What a row does at its destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Sends the story's post, or edits it where it was sent before.
    #[default]
    Post,
    /// Answers the story's post: it makes a sound.
    Reply,
    /// Waits to be folded into a digest.
    Item,
    /// A digest.
    Digest,
    /// The bot's own answer.
    Answer,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// To be sent.
    #[default]
    Pending,
    /// On its way: written before the socket is.
    Sending,
    /// The destination said that it has it.
    Sent,
    /// Another row tells it, or the post reads the same.
    Folded,
    /// The destination will not have it; for a person.
    Refused,
    /// Nobody knows whether it arrived; to be read back.
    Unknown,
    /// Nobody knows and it cannot be read back; for a person.
    Held,
}

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ }) => {
        impl $type {
            /// The word in the store and in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl FromSql for $type {
            fn of(value: Value<'_>) -> Option<Self> {
                match value { $(Value::Text($word) => Some(Self::$variant),)+ _ => None }
            }
        }
        impl ToSql for $type {
            fn value(&self) -> Value<'_> {
                Value::Text(self.as_str())
            }
        }
    };
}
words!(Action { Post = "post", Reply = "reply", Item = "item", Digest = "digest", Answer = "answer" });
words!(DeliveryState {
    Pending = "pending",
    Sending = "sending",
    Sent = "sent",
    Folded = "folded",
    Refused = "refused",
    Unknown = "unknown",
    Held = "held"
});

/// A change of a post, to be written with the update that causes it.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Where to.
    pub destination: i64,
    /// What it is about: `story:27k2`, `reply:27k2`, `digest:2026-11-05T18`.
    pub what: String,
    /// The story's counter.
    pub step: u32,
    /// What it does there.
    pub action: Action,
    /// What to send: JSON of the delivery crate's card, shared by all destinations that get the same.
    pub card: Arc<str>,
    /// Hash of what a reader would see.
    pub content_key: [u8; 16],
    /// Not before.
    pub due_at: Timestamp,
    /// When it was decided.
    pub created_at: Timestamp,
    /// Which follow asked for it.
    pub follow: Option<i64>,
}

/// A row that is on its way, with what its sender needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The row.
    pub id: i64,
    /// Where to.
    pub destination: Destination,
    /// What it is about.
    pub what: String,
    /// The story's counter.
    pub step: u32,
    /// What it does there.
    pub action: Action,
    /// What to send: JSON of the delivery crate's card.
    pub card: String,
    /// Hash of what a reader would see.
    pub content_key: [u8; 16],
    /// Attempts before this one.
    pub tries: u32,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// The message that it edits; `None`: it sends a new one.
    pub edits: Option<String>,
    /// The message that a reply answers.
    pub answers: Option<String>,
    /// The highest message id known in the chat when it was claimed.
    pub mark: Option<i64>,
}

/// What became of a row, to be written in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The row.
    pub delivery: i64,
    /// Its state from now on.
    pub state: DeliveryState,
    /// Why, for a person.
    pub error: Option<String>,
    /// When a pending row is tried again, or an unknown one read back.
    pub due_at: Option<Timestamp>,
    /// The destination's id of what was sent.
    pub message: Option<String>,
    /// Scopes that have to wait, until when and why.
    pub wait: Vec<(String, Timestamp, Option<String>)>,
    /// The destination gets nothing until a person or the destination itself says so: why.
    pub pause: Option<String>,
    /// The chat's new address.
    pub moved_to: Option<String>,
    /// The post cannot be edited any more: why.
    pub gone: Option<String>,
    /// What is learnt of a send whose fate was not known: `arrived`, `lost`, `resent`, `held`; or that it is not (`open`).
    pub uncertain: Option<&'static str>,
}

/// What a story's readers were told so far: what planning the next step needs.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Its earlier updates, newest first.
    pub updates: Vec<Update>,
    /// Destinations that were promised its post (row ids), sorted.
    pub promised: Vec<i64>,
    /// Destinations that have its post, sorted.
    pub posted: Vec<i64>,
    /// The step that the post of each of them shows, in the same order.
    pub shown: Vec<u32>,
    /// Replies so far, oldest first: destination, when, card.
    pub replies: Vec<(i64, Timestamp, String)>,
    /// Destinations that do not want to hear of it, sorted.
    pub muted: Vec<i64>,
}

/// A row that may be told in a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foldable {
    /// The row.
    pub id: i64,
    /// What it is about.
    pub what: String,
    /// The story's counter.
    pub step: u32,
    /// Its card.
    pub card: String,
    /// When it was decided.
    pub created_at: Timestamp,
}

/// A row of the outbox as pages and `outbox list` show it.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// Its id.
    pub id: i64,
    /// Where to, by name.
    pub destination: String,
    /// The destination's kind.
    pub kind: String,
    /// What it is about.
    pub what: String,
    /// The story, where it is about one.
    pub story: Option<StoryId>,
    /// The story's headline.
    pub title: Option<String>,
    /// The story's counter.
    pub step: u32,
    /// What it does there.
    pub action: Action,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why, for a person.
    pub error: Option<String>,
    /// The destination's own id.
    pub message: Option<String>,
    /// Whether it edited a message that was there.
    pub edited: bool,
    /// Attempts.
    pub tries: u32,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// The outbox in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Rows sent since the given time.
    pub sent: u64,
    /// Of these, edits.
    pub edited: u64,
    /// Of these, replies.
    pub replied: u64,
    /// Rows that needed no sending since the given time.
    pub folded: u64,
    /// Waiting.
    pub pending: u64,
    /// When the oldest waiting row was decided.
    pub oldest_pending: Option<Timestamp>,
    /// Not certain: being read back, or waiting for a person.
    pub uncertain: u64,
    /// Refused for good.
    pub refused: u64,
    /// Destinations that get nothing now.
    pub paused: u64,
    /// Sends whose answer never came, ever.
    pub uncertain_total: u64,
    /// Of these, sent again because the operator chose so: each may be a double.
    pub resent_total: u64,
}

/// What a person says about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Leave it until further notice.
    Hold,
    /// Go on with it.
    Release,
    /// It arrived; it is not sent again.
    Arrived,
    /// It did not arrive, or shall go once more: send it.
    Resend,
}

/// Writes outbox rows inside the transaction of their cause; a row that is there stays as it is.
pub(crate) fn enqueue<'d>(
    tx: Connection<'_>,
    deliveries: impl IntoIterator<Item = &'d NewDelivery>,
) -> Result<()> {
    let deliveries: Vec<&NewDelivery> = deliveries.into_iter().collect();
    let cards = put_cards(tx, deliveries.iter().map(|d| &d.card))?;
    let rows: Vec<_> = deliveries
        .iter()
        .zip(&cards)
        .map(|(d, card)| {
            [
                Value::Int(d.destination),
                Value::Text(&d.what),
                Value::Int(i64::from(d.step)),
                d.action.value(),
                Value::Int(*card),
                Value::Bytes(&d.content_key),
                Value::Int(millis(d.due_at)),
                Value::Int(millis(d.created_at)),
                d.follow.map_or(Value::Null, Value::Int),
            ]
        })
        .collect();
    tx.run_many(
        "INSERT INTO delivery (destination, what, step, action, card, content_key, due_at, created_at, follow)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (destination, what, step) DO NOTHING",
        &rows,
    )
}

/// Puts cards that are not there yet; returns the row of each.
fn put_cards<'c>(
    tx: Connection<'_>,
    cards: impl Iterator<Item = &'c Arc<str>>,
) -> Result<Vec<i64>> {
    // One card goes to many destinations: what is the same text in memory needs no second look.
    let (mut keys, mut bodies): (Vec<[u8; 16]>, BTreeMap<[u8; 16], &str>) = Default::default();
    let mut last: Option<(&Arc<str>, [u8; 16])> = None;
    for card in cards {
        let key = match last {
            Some((same, key)) if Arc::ptr_eq(same, card) => key,
            _ => crate::key(&[card]),
        };
        last = Some((card, key));
        keys.push(key);
        bodies.insert(key, card);
    }
    let rows: Vec<_> =
        bodies.iter().map(|(k, body)| [Value::Bytes(k), Value::Text(body)]).collect();
    tx.run_many(
        "INSERT INTO card (key, body) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING",
        &rows,
    )?;
    let asked: Vec<_> = rows.iter().map(|[key, _]| [*key]).collect();
    let ids: BTreeMap<[u8; 16], i64> = tx
        .query_many("SELECT key, id FROM card WHERE key = ?1", &asked, |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?
        .into_iter()
        .collect();
    keys.iter().map(|key| ids.get(key).copied().ok_or(Error::NoRow)).collect()
}

/// The scope of a chat in the table of rates.
pub fn chat_scope(kind: &str, address: &str) -> String {
    format!("{kind} {address}")
}

impl Store {
    /// Writes outbox rows that no update causes (digests, the bot's answers).
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn enqueue(&self, deliveries: &[NewDelivery]) -> Result<()> {
        self.write(Area::Outbox, |tx| enqueue(tx, deliveries))
    }

    /// What a story's readers were told so far.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn told(&self, story: StoryId) -> Result<Told> {
        self.read(|conn| {
            Ok(crate::told::load(conn, &[story])?.remove(&story).unwrap_or_default().told)
        })
    }

    /// Claims rows that may go now, at most one for each chat: each is `sending` when this returns, and older steps of the same
    /// post are folded into it. Rows whose post reads the same already are folded too and not returned.
    ///
    /// # Errors
    ///
    /// Those of the store; nothing is then claimed.
    pub fn claim_deliveries(&self, now: Timestamp, most: usize) -> Result<Vec<Claimed>> {
        self.write(Area::Outbox, |tx| {
            // SQLite walks the index in this order by itself.
            let mut waiting =
                tx.prepare_cached(&format!("{WAITING}{}", tx.either("", " ORDER BY t.id")))?;
            let mut out: Vec<Claimed> = Vec::new();
            if due::rest_of_all_kinds(tx)? > millis(now) {
                return Ok(out);
            }
            let mut rows = waiting.query([millis(now)])?;
            while let Some(row) = rows.next()? {
                if out.len() >= most {
                    break;
                }
                let destination = Destination {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    kind: row.get(2)?,
                    address: row.get(3)?,
                    topic: row.get(4)?,
                    settings: row.get(5)?,
                    paused: None,
                };
                let taken = |c: &Claimed| {
                    c.destination.kind == destination.kind
                        && c.destination.address == destination.address
                };
                if !out.iter().any(taken)
                    && let Some(claimed) = claim_one(tx, &destination, now)?
                {
                    out.push(claimed);
                }
            }
            Ok(out)
        })
    }

    /// Writes what became of rows, in one transaction.
    ///
    /// # Errors
    ///
    /// Those of the store; the rows are then where they were.
    pub fn record_verdicts(&self, verdicts: &[Verdict], now: Timestamp) -> Result<()> {
        self.write(Area::Outbox, |tx| verdicts.iter().try_for_each(|v| record(tx, v, now)))
    }

    /// Marks what was on its way when the program stopped as `unknown`, to be read back from `probe_at` on. Returns how many.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn recover_deliveries(&self, now: Timestamp, probe_at: Timestamp) -> Result<usize> {
        self.write(Area::Outbox, |tx| {
            tx.prepare_cached(
                "INSERT INTO uncertain (delivery, at, outcome) SELECT id, ?1, NULL FROM delivery
                 WHERE state IN ('sending', 'unknown') AND state = 'sending' AND edits IS NULL",
            )?
            .run([millis(now)])?;
            tx.prepare_cached(
                "UPDATE delivery SET state = 'unknown', due_at = ?1,
                       error = 'the program stopped between handing it over and the answer'
                     WHERE state IN ('sending', 'unknown') AND state = 'sending'",
            )?
            .execute([millis(probe_at)])
        })
    }

    /// Rows that nobody knows about and that may be read back now, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn unknown_deliveries(&self, now: Timestamp, most: u32) -> Result<Vec<Claimed>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT d.id, d.what, d.step, d.action, c.body, d.content_key, d.tries, d.created_at, d.claimed_at, d.edits, d.mark,
                        t.id, t.name, t.kind, t.address, t.topic, t.settings, t.paused,
                        (SELECT message FROM post p WHERE p.destination = d.destination AND p.what = replace(d.what, 'reply:', 'story:'))
                 FROM delivery d INDEXED BY delivery_flight JOIN destination t ON t.id = d.destination JOIN card c ON c.id = d.card
                 WHERE d.state IN ('sending', 'unknown') AND d.state = 'unknown' AND d.due_at <= ?1
                   AND NOT EXISTS (SELECT 1 FROM pace p WHERE p.scope IN (t.kind, t.kind || ' ' || t.address) AND p.next_at > ?1)
                 ORDER BY d.id LIMIT ?2",
            )?;
            query
                .query_map(params![millis(now), most], |r| {
                    let action: Action = r.get(3)?;
                    Ok(Claimed {
                        id: r.get(0)?,
                        what: r.get(1)?,
                        step: r.get(2)?,
                        action,
                        card: r.get(4)?,
                        content_key: r.get(5)?,
                        tries: r.get(6)?,
                        created_at: timestamp(r.get(7)?),
                        claimed_at: timestamp(r.get::<Option<i64>>(8)?.unwrap_or(0)),
                        edits: r.get(9)?,
                        mark: r.get(10)?,
                        destination: Destination {
                            id: r.get(11)?,
                            name: r.get(12)?,
                            kind: r.get(13)?,
                            address: r.get(14)?,
                            topic: r.get(15)?,
                            settings: r.get(16)?,
                            paused: r.get(17)?,
                        },
                        answers: if action == Action::Reply { r.get(18)? } else { None },
                    })
                })
        })
    }

    /// Rows that wait to be folded into one message for their destination: digest items that are due, or new posts that have
    /// piled up. Oldest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn foldable(
        &self,
        destination: i64,
        action: Action,
        due_by: Timestamp,
    ) -> Result<Vec<Foldable>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT d.id, d.what, d.step, c.body, d.created_at FROM delivery d JOIN card c ON c.id = d.card
                 WHERE d.destination = ?1 AND d.state = 'pending' AND d.action = ?2 AND d.due_at <= ?3
                   AND NOT EXISTS (SELECT 1 FROM post p WHERE ?2 = 'post' AND p.destination = d.destination AND p.what = d.what)
                   AND NOT EXISTS (SELECT 1 FROM delivery o WHERE ?2 = 'post' AND o.destination = d.destination AND o.what = d.what
                                   AND o.state IN ('sending', 'unknown', 'held'))
                 ORDER BY d.id",
            )?;
            query
                .query_map(params![destination, action, millis(due_by)], |r| {
                    Ok(Foldable {
                        id: r.get(0)?,
                        what: r.get(1)?,
                        step: r.get(2)?,
                        card: r.get(3)?,
                        created_at: timestamp(r.get(4)?),
                    })
                })
        })
    }

    /// Destinations with digest items that are due, and those where more than `flood` new posts wait: id, and which of the two.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn to_fold(&self, now: Timestamp, flood: u32) -> Result<Vec<(Destination, Action)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT t.id, t.name, t.kind, t.address, t.topic, t.settings, t.paused, d.action FROM delivery d
                 JOIN destination t ON t.id = d.destination
                 WHERE d.state = 'pending' AND d.due_at <= ?1 AND d.action IN ('item', 'post')
                   AND (d.action = 'item' OR d.destination IN (
                          SELECT destination FROM delivery INDEXED BY delivery_pending
                          WHERE state = 'pending' AND due_at <= ?1 GROUP BY destination HAVING count(*) > ?2))
                   AND (d.action = 'item' OR NOT EXISTS (SELECT 1 FROM post p WHERE p.destination = d.destination AND p.what = d.what))
                 GROUP BY t.id, d.destination, d.action HAVING d.action = 'item' OR count(DISTINCT d.what) > ?2",
            )?;
            query
                .query_map(params![millis(now), flood], |r| {
                    Ok((crate::readers::destination_of(r)?, r.get(7)?))
                })
        })
    }

    /// Writes a digest (in one message or several) and marks the rows that it tells as folded into it, in one transaction.
    ///
    /// Its steps are given out here: what comes late for an hour whose digest was sent makes a further message of that hour.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn fold(&self, digest: &[NewDelivery], rows: &[i64], now: Timestamp) -> Result<()> {
        self.write(Area::Outbox, |tx| {
            let mut into: i64 = 0;
            for part in digest {
                let step: u32 = tx
                    .prepare_cached(
                        "SELECT coalesce(max(step) + 1, 0) FROM delivery WHERE destination = ?1 AND what = ?2",
                    )?
                    .query_row(params![part.destination, part.what], |r| r.get(0))?;
                enqueue(tx, &[NewDelivery { step, ..part.clone() }])?;
                into = tx
                    .prepare_cached("SELECT id FROM delivery WHERE destination = ?1 AND what = ?2 AND step = ?3")?
                    .query_row(params![part.destination, part.what, step], |r| r.get(0))?;
            }
            for row in rows {
                tx.prepare_cached(
                    "UPDATE delivery SET state = 'folded', folded_into = ?2, done_at = ?3, error = 'told in a digest'
                     WHERE id = ?1 AND state = 'pending'",
                )?
                .run(params![row, into, millis(now)])?;
            }
            Ok(())
        })
    }

    /// Gives a chat another address: the group became a supergroup.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn move_chat(&self, kind: &str, from: &str, to: &str) -> Result<()> {
        self.write(Area::Outbox, |tx| move_chat(tx, kind, from, to))
    }

    /// Does what a person says about a row. Returns whether the row was in a state where that makes sense.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn rule(&self, delivery: i64, ruling: Ruling, now: Timestamp) -> Result<bool> {
        self.write(Area::Outbox, |tx| {
            let (from, to, outcome): (&str, DeliveryState, Option<&str>) = match ruling {
                Ruling::Hold => ("'pending'", DeliveryState::Held, None),
                Ruling::Release => ("'held', 'refused'", DeliveryState::Pending, None),
                Ruling::Arrived => ("'held', 'unknown'", DeliveryState::Sent, Some("arrived")),
                Ruling::Resend => ("'held', 'unknown', 'refused'", DeliveryState::Pending, Some("resent")),
            };
            // A release of what may have arrived would be a blind second send: that is `Resend`, and counted.
            let certain = if matches!(ruling, Ruling::Release) {
                "AND NOT EXISTS (SELECT 1 FROM uncertain u WHERE u.delivery = delivery.id AND coalesce(u.outcome, 'held') = 'held')"
            } else {
                ""
            };
            let changed = tx
                .prepare_cached(&format!(
                    "UPDATE delivery SET state = ?2, due_at = min(due_at, ?3), done_at = iif(?2 = 'sent', ?3, NULL), error = NULL
                     WHERE id = ?1 AND state IN ({from}) {certain}"
                ))?
                .execute(params![delivery, to, millis(now)])?;
            if changed > 0
                && let Some(outcome) = outcome
            {
                settle_uncertain(tx, delivery, outcome)?;
            }
            if changed > 0 && ruling == Ruling::Arrived {
                // It is there, but under which number nobody said: a later step must not make a second post of it.
                tx.prepare_cached(
                    "INSERT INTO post (destination, what, message, content_key, step, sent_at, gone)
                     SELECT destination, what, '', content_key, step, ?2,
                       'it arrived, but its number is not known: it cannot be edited'
                     FROM delivery WHERE id = ?1 AND action = 'post' ON CONFLICT (destination, what) DO NOTHING",
                )?
                .execute(params![delivery, millis(now)])?;
            }
            Ok(changed > 0)
        })
    }

    /// The newest rows of the outbox.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn deliveries(&self, most: u32) -> Result<Vec<DeliveryRow>> {
        self.deliveries_where("1 = 1", most)
    }

    /// Rows of the outbox that need a person: refused, held, being read back.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn odd_deliveries(&self, most: u32) -> Result<Vec<DeliveryRow>> {
        self.deliveries_where(
            "d.id IN (SELECT id FROM delivery INDEXED BY delivery_odd WHERE state IN ('refused', 'held')
                      UNION ALL SELECT id FROM delivery INDEXED BY delivery_flight
                      WHERE state IN ('sending', 'unknown') AND state = 'unknown')",
            most,
        )
    }

    /// Everything that was sent or is to be sent about a story, newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn deliveries_of(&self, story: StoryId, most: u32) -> Result<Vec<DeliveryRow>> {
        self.deliveries_where(&format!("d.what IN ('story:{story}', 'reply:{story}')"), most)
    }

    fn deliveries_where(&self, condition: &str, most: u32) -> Result<Vec<DeliveryRow>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!(
                "SELECT d.id, t.name, t.kind, d.what, d.step, d.action, d.state, d.error, d.message, d.edits IS NOT NULL, d.tries,
                        d.created_at, d.due_at, d.done_at, c.body
                 FROM delivery d JOIN destination t ON t.id = d.destination JOIN card c ON c.id = d.card
                 WHERE {condition} ORDER BY d.id DESC LIMIT ?1"
            ))?;
            query
                .query_map([most], |r| {
                    let what: String = r.get(3)?;
                    let card: String = r.get(14)?;
                    let story = what.split_once(':').and_then(|(_, id)| id.parse().ok());
                    Ok(DeliveryRow {
                        id: r.get(0)?,
                        destination: r.get(1)?,
                        kind: r.get(2)?,
                        story,
                        title: title_of(&card),
                        what,
                        step: r.get(4)?,
                        action: r.get(5)?,
                        state: r.get(6)?,
                        error: r.get(7)?,
                        message: r.get(8)?,
                        edited: r.get(9)?,
                        tries: r.get(10)?,
                        created_at: timestamp(r.get(11)?),
                        due_at: timestamp(r.get(12)?),
                        done_at: r.get::<Option<i64>>(13)?.map(timestamp),
                    })
                })
        })
    }

    /// The outbox in figures; what was sent and folded is counted since the given time.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn outbox_counts(&self, since: Timestamp) -> Result<OutboxCounts> {
        self.read(|conn| {
            let mut counts = OutboxCounts::default();
            let mut query = conn.prepare_cached(
                "SELECT state, count(*), count(*) FILTER (WHERE edits IS NOT NULL), count(*) FILTER (WHERE action = 'reply'), min(created_at)
                 FROM delivery WHERE created_at >= ?1 OR state NOT IN ('sent', 'folded') GROUP BY state",
            )?;
            let mut rows = query.query([millis(since)])?;
            while let Some(row) = rows.next()? {
                let count: u64 = row.get::<i64>(1)? as u64;
                match row.get::<DeliveryState>(0)? {
                    DeliveryState::Sent => {
                        counts.sent = count;
                        counts.edited = row.get::<i64>(2)? as u64;
                        counts.replied = row.get::<i64>(3)? as u64;
                    }
                    DeliveryState::Folded => counts.folded = count,
                    DeliveryState::Pending | DeliveryState::Sending => {
                        counts.pending += count;
                        let oldest = timestamp(row.get(4)?);
                        counts.oldest_pending =
                            Some(counts.oldest_pending.map_or(oldest, |at| at.min(oldest)));
                    }
                    DeliveryState::Unknown | DeliveryState::Held => counts.uncertain += count,
                    DeliveryState::Refused => counts.refused = count,
                }
            }
            counts.paused = conn
                .prepare_cached("SELECT count(*) FROM destination WHERE paused IS NOT NULL")?
                .query_row([], |r| r.get::<i64>(0))? as u64;
            let (all, resent): (i64, i64) = conn
                .prepare_cached(
                    "SELECT count(*), count(*) FILTER (WHERE outcome = 'resent') FROM uncertain",
                )?
                .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            counts.uncertain_total = all as u64;
            counts.resent_total = resent as u64;
            Ok(counts)
        })
    }

    /// The scopes that wait, until when and why: for pages and `doctor`.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn paces(&self, now: Timestamp) -> Result<Vec<(String, Timestamp, Option<String>)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT scope, next_at, reason FROM pace WHERE next_at > ?1 ORDER BY scope",
            )?;
            query.query_map([millis(now)], |r| Ok((r.get(0)?, timestamp(r.get(1)?), r.get(2)?)))
        })
    }

    /// The last step that was promised to a destination about something; 0 where none was.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn last_step(&self, destination: i64, what: &str) -> Result<u32> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT coalesce(max(step), 0) FROM delivery WHERE destination = ?1 AND what = ?2",
            )?
            .query_row(params![destination, what], |r| r.get(0))
        })
    }

    /// Why a post cannot be edited any more; `None` where it can, or there is none.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn post_gone(&self, destination: i64, what: &str) -> Result<Option<String>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT gone FROM post WHERE destination = ?1 AND what = ?2")?
                .query_row(params![destination, what], |r| r.get(0))
                .optional()?
                .flatten())
        })
    }

    /// Where a post stands: the destination's own id, by destination row and what it is about.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn post(&self, destination: i64, what: &str) -> Result<Option<String>> {
        self.read(|conn| {
            conn.prepare_cached("SELECT message FROM post WHERE destination = ?1 AND what = ?2")?
                .query_row(params![destination, what], |r| r.get(0))
                .optional()
        })
    }
}

fn title_of(card: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Value>(card).ok()?.get("title")?.as_str().map(str::to_owned)
}

struct Candidate {
    id: i64,
    what: String,
    step: u32,
    action: Action,
    content_key: [u8; 16],
    tries: u32,
    created_at: i64,
}

fn candidate(row: &Row<'_>) -> Result<Candidate> {
    Ok(Candidate {
        id: row.get(0)?,
        what: row.get(1)?,
        step: row.get(2)?,
        action: row.get(3)?,
        content_key: row.get(4)?,
        tries: row.get(5)?,
        created_at: row.get(6)?,
    })
}

/// The next row of a destination that may go, marked as sending.
fn claim_one(tx: Connection<'_>, to: &Destination, now: Timestamp) -> Result<Option<Claimed>> {
    let due: Vec<Candidate> = tx
        .prepare_cached(
            "SELECT id, what, step, action, content_key, tries, created_at FROM delivery
             WHERE destination = ?1 AND state = 'pending' AND due_at <= ?2 AND action <> 'item' ORDER BY id LIMIT ?3",
        )?
        .query_map(params![to.id, millis(now), LOOK_AHEAD], candidate)?;
    let mut seen: Vec<String> = Vec::new();
    for first in due {
        let story = first.what.replace("reply:", "story:");
        // One row in doubt stops what is about the same story, so that the order is kept, and nothing else.
        if seen.contains(&first.what) || waits_for_a_person(tx, to.id, &story)? {
            continue;
        }
        seen.push(first.what.clone());
        let post = post_of(tx, to.id, &story)?;
        if first.action == Action::Reply && post.is_none() && has_open_post(tx, to.id, &story)? {
            continue;
        }
        // Kinds that tell every step (webhooks) set it in their settings; all others tell where the story stands.
        let every_step = to.settings.contains("\"every_step\":true");
        let row = if first.action == Action::Post && !every_step {
            newest(tx, to.id, &first.what, now)?.unwrap_or(first)
        } else {
            first
        };
        if row.action == Action::Post && !every_step {
            fold_older(tx, to.id, &row, now)?;
            if let Some((_, key, step, gone)) = &post {
                let why = match gone {
                    Some(gone) => Some(gone.as_str()),
                    None if *key == row.content_key => Some("the post reads the same"),
                    None if *step > row.step => Some("the post shows a later state"),
                    None => None,
                };
                if let Some(why) = why {
                    tx.prepare_cached(
                        "UPDATE delivery SET state = 'folded', error = ?2, done_at = ?3 WHERE id = ?1",
                    )?
                    .run(params![row.id, why, millis(now)])?;
                    continue;
                }
            }
        }
        let mark: Option<i64> = tx
            .prepare_cached("SELECT mark FROM pace WHERE scope = ?1")?
            .query_row([chat_scope(&to.kind, &to.address)], |r| r.get(0))
            .optional()?
            .flatten();
        let message = post.filter(|(.., gone)| gone.is_none()).map(|(message, ..)| message);
        let edits = message.clone().filter(|_| row.action == Action::Post && !every_step);
        let answers = message.filter(|_| row.action == Action::Reply);
        tx.prepare_cached(
            "UPDATE delivery SET state = 'sending', claimed_at = ?2, tries = tries + 1, mark = ?3, edits = ?4 WHERE id = ?1",
        )?
        .run(params![row.id, millis(now), mark, edits])?;
        let card: String = tx
            .prepare_cached(
                "SELECT body FROM card WHERE id = (SELECT card FROM delivery WHERE id = ?1)",
            )?
            .query_row([row.id], |r| r.get(0))?;
        return Ok(Some(Claimed {
            id: row.id,
            destination: to.clone(),
            what: row.what,
            step: row.step,
            action: row.action,
            card,
            content_key: row.content_key,
            tries: row.tries,
            created_at: timestamp(row.created_at),
            claimed_at: now,
            edits,
            answers,
            mark,
        }));
    }
    Ok(None)
}

fn waits_for_a_person(tx: Connection<'_>, destination: i64, story: &str) -> Result<bool> {
    tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM delivery WHERE destination = ?1 AND what = ?2 AND state = 'held')")?
        .query_row(params![destination, story], |r| r.get(0))
}

fn has_open_post(tx: Connection<'_>, destination: i64, story: &str) -> Result<bool> {
    tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM delivery WHERE destination = ?1 AND what = ?2 AND state IN ('pending', 'sending', 'unknown', 'held'))",
        )?
        .query_row(params![destination, story], |r| r.get(0))
}

type PostRow = (String, [u8; 16], u32, Option<String>);

fn post_of(tx: Connection<'_>, destination: i64, what: &str) -> Result<Option<PostRow>> {
    tx.prepare_cached(
        "SELECT message, content_key, step, gone FROM post WHERE destination = ?1 AND what = ?2",
    )?
    .query_row(params![destination, what], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
    .optional()
}

fn newest(
    tx: Connection<'_>,
    destination: i64,
    what: &str,
    now: Timestamp,
) -> Result<Option<Candidate>> {
    tx
        .prepare_cached(
            "SELECT id, what, step, action, content_key, tries, created_at FROM delivery
             WHERE destination = ?1 AND what = ?2 AND state = 'pending' AND due_at <= ?3 ORDER BY step DESC LIMIT 1",
        )?
        .query_row(params![destination, what, millis(now)], candidate)
        .optional()
}

fn fold_older(tx: Connection<'_>, destination: i64, row: &Candidate, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE delivery SET state = 'folded', folded_into = ?4, done_at = ?5, error = 'a later step tells it'
         WHERE destination = ?1 AND what = ?2 AND state = 'pending' AND step < ?3",
    )?
    .run(params![destination, row.what, row.step, row.id, millis(now)])?;
    Ok(())
}

fn settle_uncertain(tx: Connection<'_>, delivery: i64, outcome: &str) -> Result<()> {
    tx.prepare_cached(
        "UPDATE uncertain SET outcome = ?2 WHERE delivery = ?1 AND coalesce(outcome, 'held') = 'held'",
    )?
    .run(params![delivery, outcome])?;
    Ok(())
}

/// A chat has another address from now on.
fn move_chat(tx: Connection<'_>, kind: &str, from: &str, to: &str) -> Result<()> {
    let moved = tx
        .prepare_cached(
            "UPDATE destination SET address = ?3, name = iif(name = address, ?3, name) WHERE kind = ?1 AND address = ?2
               AND NOT EXISTS (SELECT 1 FROM destination o WHERE o.kind = ?1 AND o.address = ?3 AND o.topic = destination.topic)
               AND NOT (name = address AND EXISTS (SELECT 1 FROM destination n WHERE n.name = ?3))",
        )?
        .execute(params![kind, from, to])?;
    if moved > 0 {
        // Message ids of the old group mean nothing in the new one.
        tx.prepare_cached(
            "UPDATE post SET gone = 'the group became a supergroup; its old posts cannot be edited'
             WHERE destination IN (SELECT id FROM destination WHERE kind = ?1 AND address = ?2)",
        )?
        .execute(params![kind, to])?;
        // Nor do its numbers: what is in doubt there must not be looked for, and missed, among those of the new one.
        tx.prepare_cached(
            "UPDATE delivery SET mark = NULL
             WHERE destination IN (SELECT id FROM destination WHERE kind = ?1 AND address = ?2) AND state IN ('sending', 'unknown')",
        )?
        .execute(params![kind, to])?;
    }
    Ok(())
}

/// Destination, what, step, action, content key, the destination's kind and address.
type Written = (i64, String, u32, Action, [u8; 16], String, String);

fn record(tx: Connection<'_>, v: &Verdict, now: Timestamp) -> Result<()> {
    let done =
        matches!(v.state, DeliveryState::Sent | DeliveryState::Folded | DeliveryState::Refused)
            .then(|| millis(now));
    let (destination, what, step, action, content_key, kind, address): Written = tx
        .prepare_cached(
            "SELECT d.destination, d.what, d.step, d.action, d.content_key, t.kind, t.address
             FROM delivery d JOIN destination t ON t.id = d.destination WHERE d.id = ?1",
        )?
        .query_row([v.delivery], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?))
        })?;
    tx.prepare_cached(
        "UPDATE delivery SET state = ?2, error = ?3, due_at = coalesce(?4, due_at), message = coalesce(?5, message), done_at = ?6
         WHERE id = ?1",
    )?
    .run(params![v.delivery, v.state, v.error, v.due_at.map(millis), v.message, done])?;
    if let Some(message) = &v.message {
        if action == Action::Post {
            tx.prepare_cached(
                "INSERT INTO post (destination, what, message, content_key, step, sent_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (destination, what) DO UPDATE SET message = excluded.message, content_key = excluded.content_key,
                   step = excluded.step, gone = NULL WHERE excluded.step >= post.step",
            )?
            .run(params![destination, what, message, content_key, step, millis(now)])?;
        }
        // A rich message's number has a word before it.
        if let Ok(id) = message.strip_prefix("rich:").unwrap_or(message).parse::<i64>() {
            tx.prepare_cached(
                "INSERT INTO pace (scope, mark) VALUES (?1, ?2)
                 ON CONFLICT (scope) DO UPDATE SET mark = max(coalesce(pace.mark, 0), excluded.mark)",
            )?
            .run(params![chat_scope(&kind, v.moved_to.as_deref().unwrap_or(&address)), id])?;
        }
    }
    for (scope, until, reason) in &v.wait {
        tx.prepare_cached(
            "INSERT INTO pace (scope, next_at, reason) VALUES (?1, ?2, ?3)
             ON CONFLICT (scope) DO UPDATE SET reason = iif(excluded.next_at >= pace.next_at, excluded.reason, pace.reason),
               next_at = max(pace.next_at, excluded.next_at)",
        )?
        .run(params![scope, millis(*until), reason])?;
    }
    if let Some(why) = &v.pause {
        tx.prepare_cached("UPDATE destination SET paused = ?2 WHERE id = ?1")?
            .run(params![destination, why])?;
    }
    if let Some(new) = &v.moved_to {
        move_chat(tx, &kind, &address, new)?;
    }
    if let Some(why) = &v.gone {
        tx.prepare_cached("UPDATE post SET gone = ?3 WHERE destination = ?1 AND what = ?2")?
            .run(params![destination, what, why])?;
    }
    match v.uncertain {
        Some("open") => {
            tx.prepare_cached(
                "INSERT INTO uncertain (delivery, at, outcome) VALUES (?1, ?2, NULL)",
            )?
            .run(params![v.delivery, millis(now)])?;
        }
        Some(outcome) => settle_uncertain(tx, v.delivery, outcome)?,
        None => {}
    }
    Ok(())
}
