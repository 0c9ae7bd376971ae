//! What is kept: one SQLite file with every listing, article, reading, story, update and delivery.
//!
//! The stages commit their effects, the acknowledgement of their input and the rows of the next stage in ONE transaction;
//! [`Store`] has one function for each such step. It decides nothing and knows no network.
//!
//! Guarantees: `synchronous=FULL`, so that what a function returned as done is on the disk; one writer at a time.

mod articles;
mod edits;
mod error;
mod gaps;
mod hosts;
mod items;
mod listings;
mod news;
mod outbox;
mod pages;
mod people;
mod readers;
mod readings;
mod seen;
mod sqlite;
mod stories;
mod websub;

pub use articles::*;
pub use edits::EditRow;
pub use error::Error;
pub use gaps::*;
pub use hosts::*;
pub use items::*;
pub use listings::*;
pub use news::*;
pub use outbox::*;
pub use pages::{ArticleText, Hit, Search};
pub use people::*;
pub use readers::*;
pub use seen::Seen;
pub use sqlite::Store;
pub use stories::{Arrived, Telling};
pub use websub::*;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The result of every function here.
pub type Result<T> = std::result::Result<T, Error>;

/// The first 16 bytes of SHA-256: the key by which things are one for ever.
pub fn key(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    out
}

pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(crate) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}
