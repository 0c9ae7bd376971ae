//! Readings in, [`Update`]s out: copies folded, articles joined into stories, what is new told from what is known.
//!
//! Pure: no files, no network, no clock; `now` is an argument. Memory is a cache: [`Shelf`] is rebuilt from the rows that
//! [`Arrival`] hands out, and the state after a restart is the state before it.

mod shelf;
mod types;

pub use shelf::{Options, Shelf};
pub use types::*;
