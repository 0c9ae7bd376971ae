//! What is kept: every listing, article, reading, story, update and delivery, in one SQLite file or on a PostgreSQL server.
//!
//! The stages commit their effects, the acknowledgement of their input and the rows of the next stage in ONE transaction;
//! [`Store`] has one function for each such step. It decides nothing and knows no network.
//!
//! Guarantees: what a function returned as done is on the disk (`synchronous=FULL`; a server's `synchronous_commit`); one writer at
//! a time, on a server one for each area of the store.

mod articles;
mod backup;
mod edits;
mod error;
mod gaps;
mod hosts;
mod items;
mod listings;
mod migrate;
mod news;
mod outbox;
mod pages;
mod people;
mod postgres;
mod readers;
mod readings;
mod seen;
mod shard;
mod shelved;
mod sql;
mod sqlite;
mod store;
mod stories;
mod told;
mod websub;
mod words;

pub use articles::*;
pub use backup::{Contents, verify_copy};
pub use edits::EditRow;
pub use error::{Error, chain};
pub use gaps::*;
pub use hosts::*;
pub use items::*;
pub use listings::*;
pub use migrate::{Copied, copied_columns};
pub use news::*;
pub use outbox::*;
pub use pages::{ArticleText, Hit, Search};
pub use people::*;
pub use readers::*;
pub use seen::Seen;
pub use shard::{Lease, Shard, ShardRow};
pub use store::{Store, is_url};
pub use stories::Arrived;
pub use told::{Telling, post_name, reply_name};
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
