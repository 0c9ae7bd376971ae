//! Readings in, [`Update`]s out: copies folded, articles joined into stories, what is new told from what is known.
//!
//! Pure: no files, no network, no clock; `now` is an argument. Memory is a cache: [`Shelf`] is rebuilt from the rows that
//! [`Arrival`] hands out, and the state after a restart is the state before it.

mod account;
mod close;
mod cluster;
mod compare;
pub mod contract;
mod duplicate;
mod edit;
mod features;
mod ledger;
mod line;
mod lookup;
mod names;
mod novelty;
mod profile;
mod repair;
mod said;
mod share;
mod shelf;
mod similarity;
mod sparse;
pub mod stream;
mod terms;
mod types;

pub use close::Encode;
pub use compare::{Comparison, compare, compare_closely, description};
pub use edit::{ByHand, Edit, Edited, TITLE_CHARS_MAX, edit_alone};
pub use features::vector_text;
pub use ledger::{FigureRange, RANGE_AGE_MAX, range_words};
pub use shelf::{Options, Prepared, Rows, Shelf, StoryRows, prepare};
pub use types::*;
