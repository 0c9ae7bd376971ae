//! An article and its document in, a [`Reading`] out: who said what, what happened, where, when, with how many
//! killed and injured, and what is only background.
//!
//! Pure: whoever calls hands over mapped bytes (`Gazetteer`), never a path. It knows nothing of other articles.
//! Every claim carries the [`Span`] of [`Article::text`] that says it; what the text does not say is `None`.
//!
//! The steps of [`read`] stand in order in that one function; each is a file of its own.

mod background;
mod case;
mod casualty;
pub mod contract;
mod cue;
mod entity;
mod event;
pub mod fuzz;
mod gazetteer;
mod happenings;
mod number;
mod place;
mod quotation;
mod reader;
mod speaker;
mod statement;
mod time;
mod types;
mod words;

pub use article::{Article, Span};
pub use case::{CaseKnowledge, copy_to_read};
pub use gazetteer::{
    Gazetteer, GazetteerError, Habits, PlaceSources, compile, country_code, country_name,
    country_of,
};
pub use number::numbers;
pub use reader::Reader;
pub use types::*;

use language::Doc;

/// What the reading may use besides the text. All optional: without it the reading says less, never wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Knowledge<'a> {
    /// The compiled places pack; without it our own table of countries and world cities.
    pub gazetteer: Option<&'a Gazetteer>,
    /// What the outlet's other articles were about.
    pub habits: Option<&'a Habits>,
}

/// Reads one article.
///
/// `doc` is the document of exactly `article.text`, or of its copy where the text is all capitals or wrapped
/// ([`copy_to_read`]). The steps stand in the order of what they need: a later step
/// may read what an earlier one has put into the reading.
pub fn read(article: &Article, doc: &Doc, knowledge: Knowledge<'_>) -> Reading {
    let mut reading = Reading { language: doc.lang().to_string(), ..Reading::default() };
    reading.sentences = doc.sentences().iter().map(|s| sentence(doc, *s)).collect();
    statement::read(article, doc, &mut reading);
    happenings::add(article, doc, knowledge, &mut reading);
    reading
}

/// Reads only names, statements and speakers: the step that [`read`] takes first.
///
/// For benches and for tools that ask nothing else.
pub fn read_statements(article: &Article, doc: &Doc) -> Reading {
    let mut reading = Reading { language: doc.lang().to_string(), ..Reading::default() };
    statement::read(article, doc, &mut reading);
    reading
}

/// Reads only the times of an article: the first step of what happened, for benches.
pub fn read_times(article: &Article, doc: &Doc) -> Vec<TimeExpression> {
    time::read(&words::Words::new(article, doc), article.published)
}

/// Reads only the places of an article, its times given: the second step of what happened, for benches.
pub fn read_places(
    article: &Article,
    doc: &Doc,
    times: &[TimeExpression],
    knowledge: Knowledge<'_>,
) -> Vec<Place> {
    happenings::places(&words::Words::new(article, doc), doc, times, knowledge)
}

/// The bytes of a sentence.
fn sentence(doc: &Doc, tokens: language::Range) -> Span {
    let bytes = doc.bytes_of(tokens);
    Span::new(bytes.start, bytes.end)
}
