//! The world to bytes to articles: what is asked for, when, and how politely.
//!
//! In go the listings of a [`store::Store`], out come articles in it. [`Intake`] keeps the manners (pace of each host,
//! robots.txt, patience) and does the rounds; [`poll`] and [`fetch`] are one bare step each. Time is always an argument, so
//! that a replayed day is the same day.
//!
//! It parses nothing itself (that is `article`) and delivers nothing.

pub mod archive;
mod backfill;
mod chain;
mod discover;
mod failure;
mod fetch;
#[doc(hidden)]
pub mod fuzz;
mod look;
mod pace;
mod poll;
mod rhythm;
pub mod robots;
mod run;
mod settings;
mod together;
pub mod warc;
pub mod websub;

pub use backfill::completeness;
pub use discover::{Found, NotFound, discover, watch};
pub use failure::Failure;
pub use fetch::{FetchResult, Fetched, fetch, fetch_with};
pub use pace::{Pace, Ticket};
pub use poll::{Committed, PollResult, Polled, commit_poll, poll, poll_with};
pub use run::{Intake, Round};
pub use settings::Settings;
pub use together::commit_fetch;
