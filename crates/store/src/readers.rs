//! Destinations, follows, the people who talk with the bot.

use crate::sql::{Connection, Optional, Row, params};
use jiff::Timestamp;
use stories::StoryId;

use crate::store::Area;
use crate::{NewDelivery, Result, Store, millis, timestamp};

/// Where news is brought to: a chat, an address, a hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// Its row.
    pub id: i64,
    /// As people call it.
    pub name: String,
    /// `telegram`, `webhook`, `email` …
    pub kind: String,
    /// Chat id or @name, address, hook.
    pub address: String,
    /// Forum topic; empty for none.
    pub topic: String,
    /// Digest, quiet hours, zone, what to do when uncertain: JSON of the delivery crate.
    pub settings: String,
    /// Why nothing is sent there now.
    pub paused: Option<String>,
}

/// A follow as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowRow {
    /// Its row.
    pub id: i64,
    /// Where to.
    pub destination: i64,
    /// As a person wrote it.
    pub sentence: String,
    /// Since when.
    pub added_at: Timestamp,
    /// Kept, but silent.
    pub muted: bool,
}

/// What a message of ours was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRow {
    /// What it is about.
    pub what: String,
    /// When it was sent or last edited.
    pub at: Timestamp,
    /// Its card.
    pub card: String,
    /// The follow that asked for it.
    pub sentence: Option<String>,
}

/// An entry of an outgoing feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRow {
    /// What it is about.
    pub what: String,
    /// The story's counter.
    pub step: u32,
    /// When it was told.
    pub at: Timestamp,
    /// Its card.
    pub card: String,
}

/// A destination with what went there, for pages.
#[derive(Clone, Debug)]
pub struct DestinationCounts {
    /// The destination.
    pub destination: Destination,
    /// Rows sent since the given time.
    pub sent: u64,
    /// Rows waiting.
    pub pending: u64,
    /// Rows in doubt.
    pub uncertain: u64,
    /// Rows refused for good.
    pub refused: u64,
    /// Follows.
    pub follows: u64,
}

pub(crate) fn destination_of(row: &Row<'_>) -> Result<Destination> {
    Ok(Destination {
        id: row.get(0)?,
        name: row.get(1)?,
        kind: row.get(2)?,
        address: row.get(3)?,
        topic: row.get(4)?,
        settings: row.get(5)?,
        paused: row.get(6)?,
    })
}

const DESTINATION: &str =
    "SELECT id, name, kind, address, topic, settings, paused FROM destination";

impl Store {
    /// All destinations.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn destinations(&self) -> Result<Vec<Destination>> {
        self.read(|conn| {
            conn.prepare_cached(&format!("{DESTINATION} ORDER BY id"))?
                .query_map([], destination_of)
        })
    }

    /// A destination by its row.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn destination(&self, id: i64) -> Result<Option<Destination>> {
        self.read(|conn| {
            conn.prepare_cached(&format!("{DESTINATION} WHERE id = ?1"))?
                .query_row([id], destination_of)
                .optional()
        })
    }

    /// All destinations with what went there since a time.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn destination_counts(&self, since: Timestamp) -> Result<Vec<DestinationCounts>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT t.id, t.name, t.kind, t.address, t.topic, t.settings, t.paused,
                   count(d.id) FILTER (WHERE d.state = 'sent' AND d.created_at >= ?1),
                   count(d.id) FILTER (WHERE d.state IN ('pending', 'sending')),
                   count(d.id) FILTER (WHERE d.state IN ('unknown', 'held')),
                   count(d.id) FILTER (WHERE d.state = 'refused'),
                   (SELECT count(*) FROM follow f WHERE f.destination = t.id)
                 FROM destination t LEFT JOIN delivery d ON d.destination = t.id GROUP BY t.id ORDER BY t.id",
            )?;
            query
                .query_map([millis(since)], |r| {
                    Ok(DestinationCounts {
                        destination: destination_of(r)?,
                        sent: r.get::<i64>(7)? as u64,
                        pending: r.get::<i64>(8)? as u64,
                        uncertain: r.get::<i64>(9)? as u64,
                        refused: r.get::<i64>(10)? as u64,
                        follows: r.get::<i64>(11)? as u64,
                    })
                })
        })
    }

    /// The destination of this kind, address and topic; made where there is none.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn ensure_destination(
        &self,
        kind: &str,
        address: &str,
        topic: &str,
    ) -> Result<Destination> {
        self.write(Area::People, |tx| {
            let find = |tx: Connection<'_>| {
                tx.prepare_cached(&format!("{DESTINATION} WHERE kind = ?1 AND address = ?2 AND topic = ?3"))?
                    .query_row([kind, address, topic], destination_of)
                    .optional()
            };
            if let Some(found) = find(tx)? {
                return Ok(found);
            }
            let name =
                if topic.is_empty() { address.to_owned() } else { format!("{address}, topic {topic}") };
            let id: i64 = tx.prepare_cached(
                "INSERT INTO destination (name, kind, address, topic)
                 VALUES (iif(EXISTS (SELECT 1 FROM destination WHERE name = ?1), ?2 || ' ' || ?1, ?1), ?2, ?3, ?4) RETURNING id",
            )?
            .query_row([name.as_str(), kind, address, topic], |r| r.get(0))?;
            tx
                .prepare_cached(&format!("{DESTINATION} WHERE id = ?1"))?
                .query_row([id], destination_of)
        })
    }

    /// Makes many destinations of one kind at once; those that are there stay.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn add_destinations(&self, kind: &str, addresses: &[String]) -> Result<()> {
        self.write(Area::People, |tx| {
            for address in addresses {
                tx.prepare_cached(
                    "INSERT INTO destination (name, kind, address) VALUES (?2, ?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .run([kind, address.as_str()])?;
            }
            Ok(())
        })
    }

    /// Keeps a destination's settings.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_destination_settings(&self, id: i64, settings: &str) -> Result<()> {
        self.write(Area::People, |tx| {
            tx.prepare_cached("UPDATE destination SET settings = ?2 WHERE id = ?1")?
                .run(params![id, settings])?;
            Ok(())
        })
    }

    /// Stops sending to a destination (with the reason), or goes on (`None`).
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn pause_destination(&self, id: i64, why: Option<&str>) -> Result<()> {
        self.write(Area::People, |tx| {
            tx.prepare_cached("UPDATE destination SET paused = ?2 WHERE id = ?1")?
                .run(params![id, why])?;
            Ok(())
        })
    }

    /// All follows.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn follows(&self) -> Result<Vec<FollowRow>> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT id, destination, sentence, added_at, muted FROM follow ORDER BY id",
            )?
            .query_map([], |r| {
                Ok(FollowRow {
                    id: r.get(0)?,
                    destination: r.get(1)?,
                    sentence: r.get(2)?,
                    added_at: timestamp(r.get(3)?),
                    muted: r.get(4)?,
                })
            })
        })
    }

    /// Adds a follow; the same sentence for the same destination is one. Returns its row.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn add_follow(&self, destination: i64, sentence: &str, now: Timestamp) -> Result<i64> {
        self.write(Area::People, |tx| {
            tx.prepare_cached(
                "INSERT INTO follow (destination, sentence, added_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (destination, sentence) DO UPDATE SET muted = 0 RETURNING id",
            )?
            .query_row(params![destination, sentence, millis(now)], |r| r.get(0))
        })
    }

    /// Removes a follow. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_follow(&self, id: i64) -> Result<bool> {
        self.write(Area::People, |tx| {
            Ok(tx.prepare_cached("DELETE FROM follow WHERE id = ?1")?.execute([id])? > 0)
        })
    }

    /// Keeps a follow silent, or lets it speak again.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn mute_follow(&self, id: i64, muted: bool) -> Result<()> {
        self.write(Area::People, |tx| {
            tx.prepare_cached("UPDATE follow SET muted = ?2 WHERE id = ?1")?
                .run(params![id, muted])?;
            Ok(())
        })
    }

    /// Tells a destination nothing more of a story, or again.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn mute_story(&self, destination: i64, story: StoryId, muted: bool) -> Result<()> {
        self.write(Area::People, |tx| {
            let query = if muted {
                "INSERT INTO mute VALUES (?1, ?2) ON CONFLICT DO NOTHING"
            } else {
                "DELETE FROM mute WHERE destination = ?1 AND story = ?2"
            };
            tx.prepare_cached(query)?.run(params![destination, story.0])?;
            Ok(())
        })
    }

    /// What the bot knows of a chat: the name and where the conversation stands (JSON of the delivery crate).
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn reader(&self, chat: &str) -> Result<Option<(String, String)>> {
        self.read(|conn| {
            conn.prepare_cached("SELECT name, state FROM reader WHERE chat = ?1")?
                .query_row([chat], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()
        })
    }

    /// Commits a turn of a conversation: where it stands, the bot's answers, and that the update was handled.
    ///
    /// # Errors
    ///
    /// Those of the store; the turn then did not happen and the update comes again.
    pub fn record_turn(
        &self,
        chat: &str,
        name: &str,
        state: Option<&str>,
        answers: &[NewDelivery],
        offset: i64,
        now: Timestamp,
    ) -> Result<()> {
        self.write(Area::People, |tx| {
            if let Some(state) = state {
                tx.prepare_cached(
                    "INSERT INTO reader (chat, name, state, since) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (chat) DO UPDATE SET name = excluded.name, state = excluded.state",
                )?
                .run(params![chat, name, state, millis(now)])?;
            }
            crate::outbox::enqueue(tx, answers)?;
            tx.prepare_cached(
                "INSERT INTO meta VALUES ('telegram.offset', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            )?
            .run([offset.to_string()])?;
            tx.prepare_cached(
                "INSERT INTO meta VALUES ('telegram.heard_at', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            )?
            .run([now.to_string()])?;
            Ok(())
        })
    }

    /// What was sent as a message: what it is about, when, its card, and the follow that asked for it.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn delivery_of_message(&self, destination: i64, message: &str) -> Result<Option<SentRow>> {
        self.read(|conn| {
            // An edited post has many rows with this message: the newest says what the reader sees.
            conn
                .prepare_cached(
                    "SELECT d.what, d.done_at, c.body, f.sentence FROM delivery d JOIN card c ON c.id = d.card
                     LEFT JOIN follow f ON f.id = d.follow
                     WHERE d.destination = ?1 AND d.message IN (?2, 'rich:' || ?2) AND d.state = 'sent' ORDER BY d.id DESC LIMIT 1",
                )?
                .query_row(params![destination, message], |r| {
                    Ok(SentRow {
                        what: r.get(0)?,
                        at: timestamp(r.get::<Option<i64>>(1)?.unwrap_or(0)),
                        card: r.get(2)?,
                        sentence: r.get(3)?,
                    })
                })
                .optional()
        })
    }

    /// What a destination was told, newest first: the last step of each thing.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn feed_rows(&self, destination: i64, most: u32) -> Result<Vec<FeedRow>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT d.what, d.step, coalesce(d.done_at, d.created_at), c.body FROM delivery d JOIN card c ON c.id = d.card
                 WHERE d.destination = ?1 AND d.state = 'sent'
                   AND NOT EXISTS (SELECT 1 FROM delivery l WHERE l.destination = d.destination AND l.what = d.what
                                   AND l.state = 'sent' AND l.step > d.step AND l.action = 'post')
                 ORDER BY d.id DESC LIMIT ?2",
            )?;
            query
                .query_map(params![destination, most], |r| {
                    Ok(FeedRow {
                        what: r.get(0)?,
                        step: r.get(1)?,
                        at: timestamp(r.get(2)?),
                        card: r.get(3)?,
                    })
                })
        })
    }

    /// Forgets a person: conversation, follows, destination's waiting rows. Returns how many follows there were.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn forget_reader(&self, chat: &str, destination: i64, now: Timestamp) -> Result<usize> {
        // With the outbox to itself: what a courier is about to claim would else be sent all the same.
        self.write(Area::Outbox, |tx| {
            tx.prepare_cached("DELETE FROM reader WHERE chat = ?1")?.run([chat])?;
            tx.prepare_cached("DELETE FROM mute WHERE destination = ?1")?.run([destination])?;
            tx.prepare_cached(
                "UPDATE delivery SET state = 'folded', error = 'the reader left', done_at = ?2
                 WHERE destination = ?1 AND state = 'pending' AND action <> 'answer'",
            )?
            .run(params![destination, millis(now)])?;
            tx.prepare_cached("DELETE FROM follow WHERE destination = ?1")?.execute([destination])
        })
    }

    /// Keeps a one-time link by the hash of its token.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn invite(&self, token: &str, rights: &str, expires_at: Timestamp) -> Result<()> {
        self.write(Area::People, |tx| {
            tx.prepare_cached(
                "INSERT INTO invitation (token_key, rights, expires_at) VALUES (?1, ?2, ?3)",
            )?
            .run(params![
                crate::key(&["invitation", token]),
                rights,
                millis(expires_at)
            ])?;
            Ok(())
        })
    }

    /// Uses a one-time link. Returns its rights, or `None` where it does not exist, is used or is too old.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn redeem(&self, token: &str, chat: &str, now: Timestamp) -> Result<Option<String>> {
        self.write(Area::People, |tx| {
            tx
                .prepare_cached(
                    "UPDATE invitation SET used_by = ?2 WHERE token_key = ?1 AND used_by IS NULL AND expires_at > ?3 RETURNING rights",
                )?
                .query_row(params![crate::key(&["invitation", token]), chat, millis(now)], |r| r.get(0))
                .optional()
        })
    }
}
