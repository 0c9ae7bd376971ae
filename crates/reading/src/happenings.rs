//! What happened: the steps for times, places, figures, background and events, in the order of what they need.

use article::{Article, Moment};
use language::Doc;

use crate::{Knowledge, Reading, background, casualty, event, place, time, words::Words};

/// Adds times, places, events and background to a reading that has its sentences, names and statements.
pub(crate) fn add(article: &Article, doc: &Doc, knowledge: Knowledge<'_>, reading: &mut Reading) {
    let words = Words::new(article, doc);
    let now = article.published.map(Moment::day);
    reading.times = time::read(&words, article.published);
    reading.places = place::read(&words, &reading.entities, &reading.times, knowledge.gazetteer, knowledge.habits);
    let figures = casualty::read(&words, &reading.times);
    let recalled = background::find(&words, &reading.times, now);
    reading.background = words.sentences.iter().zip(&recalled).filter(|(_, recalled)| **recalled).map(|(s, _)| s.index).collect();
    let found = event::Found {
        times: &reading.times,
        places: &reading.places,
        statements: &reading.statements,
        background: &recalled,
        now,
    };
    reading.events = event::read(&words, found, figures);
}
