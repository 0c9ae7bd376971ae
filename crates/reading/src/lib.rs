//! An article and its document in, a [`Reading`] out: who said what, what happened, where, when, with how many
//! killed and injured, and what is only background.
//!
//! Pure: whoever calls hands over mapped bytes (`Gazetteer`), never a path. It knows nothing of other articles.
//! Every claim carries the [`Span`] of [`Article::text`] that says it; what the text does not say is `None`.
//!
//! The steps of [`read`] stand in order in that one function; each is a file of its own.

mod types;

pub use article::{Article, Span};
pub use types::*;

use language::Doc;

/// What the reading may use besides the text. All optional: without it the reading says less, never wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Knowledge<'a> {
    /// Reserved for the gazetteer and the outlet's habits.
    pub marker: std::marker::PhantomData<&'a ()>,
}

/// Reads one article.
///
/// `doc` is the document of exactly `article.text`.
pub fn read(article: &Article, doc: &Doc, knowledge: Knowledge<'_>) -> Reading {
    let _ = (article, doc, knowledge);
    Reading::default()
}
