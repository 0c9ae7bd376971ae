//! Destinations, follows and the outbox.

use rusqlite::{Transaction, params};

use crate::{Result, millis};
use jiff::Timestamp;

/// A change of a post, to be written with the update that causes it.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Where to.
    pub destination: i64,
    /// What it is about: `story:27k2`, `reply:27k2`, `digest:2026-11-05T18`.
    pub what: String,
    /// The story's counter.
    pub step: u32,
    /// A reply to the story's post, not the post itself.
    pub reply: bool,
    /// What to send, rendered: JSON of the delivery crate's card.
    pub card: String,
    /// Not before.
    pub due_at: Timestamp,
    /// When it was decided.
    pub created_at: Timestamp,
    /// Which follow asked for it.
    pub follow: Option<i64>,
}

/// Writes outbox rows inside the transaction of their cause; a row that is there stays as it is.
pub(crate) fn enqueue(tx: &Transaction<'_>, deliveries: &[NewDelivery]) -> Result<()> {
    for d in deliveries {
        tx.prepare_cached(
            "INSERT INTO delivery (destination, what, step, action, card, due_at, created_at, follow)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (destination, what, step) DO NOTHING",
        )?
        .execute(params![
            d.destination,
            d.what,
            d.step,
            if d.reply { "reply" } else { "post" },
            d.card,
            millis(d.due_at),
            millis(d.created_at),
            d.follow
        ])?;
    }
    Ok(())
}
