//! Tables of what was read, for other programs: `uptospeed export`.
//!
//! A [`Table`] has named, typed columns; what a row says stands in the files beside this one, one a subject or layout,
//! and the three forms of a file in `write`. A cell is empty where the text does not say.

mod events;
mod layouts;
mod statements;
mod stories;
mod write;

pub(crate) use events::events;
pub(crate) use layouts::{acled, gtd, polecat};
pub(crate) use statements::{readings, statements};
pub(crate) use stories::stories;
pub(crate) use write::{Form, Writer};

use ::stories::ArticleId;
use reading::{Event, Reading};
use store::Revision;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Number,
    Truth,
    /// Opaque to everybody but this program.
    Bytes,
}

/// One value of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Cell {
    #[default]
    Empty,
    Text(String),
    Integer(i64),
    Number(f64),
    Truth(bool),
    Bytes(Vec<u8>),
}

/// A name and a kind a column, in order.
pub(crate) type Columns = &'static [(&'static str, Kind)];

/// What an export makes of one article; each row has as many cells as there are columns.
pub(crate) struct Table {
    pub(crate) columns: Columns,
    pub(crate) rows: fn(&Revision, &Reading) -> Vec<Vec<Cell>>,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Self::Empty, Self::Integer)
    }
}

impl From<ArticleId> for Cell {
    fn from(id: ArticleId) -> Self {
        Self::Integer(id.0)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Several values in one cell, as the codebooks of event data write them.
pub(crate) fn joined<'a>(values: impl IntoIterator<Item = &'a str>) -> Cell {
    Cell::from(values.into_iter().collect::<Vec<_>>().join(";"))
}

/// The instant, RFC 3339 in UTC.
fn instant(at: jiff::Timestamp) -> Cell {
    Cell::Text(format!("{at:.0}"))
}

/// The sentence that an event stands in.
fn sentence<'a>(revision: &'a Revision, reading: &Reading, index: u32) -> &'a str {
    let span = reading.sentences.get(index as usize).copied();
    span.map_or("", |s| s.of(&revision.article.text))
}

/// Whether the article reports the event as having happened, in its own time.
fn is_reported(event: &Event) -> bool {
    event.realis == reading::Realis::Actual && !event.background
}

/// The day of an event where the text fixes one: `2026-11-05`.
fn day_of(event: &Event) -> Option<jiff::civil::Date> {
    event.time.as_ref()?.value.get(..10)?.parse().ok()
}

/// How many were befallen: the lowest number that the text is sure of.
fn toll(event: &Event, kind: reading::CasualtyKind) -> Option<u64> {
    let replaced: Vec<u32> = event.casualties.iter().filter_map(|c| c.supersedes).collect();
    event
        .casualties
        .iter()
        .enumerate()
        .filter(|(n, c)| c.kind == kind && !c.part && !replaced.contains(&(*n as u32)))
        .find_map(|(_, c)| c.best.or(c.min))
}
