//! What happened: the steps for times, places, figures, events and background, in the order of what they need.

use article::Article;
use language::Doc;

use crate::{Event, Knowledge, Reading, casualty, place, time, words::Words};

/// Adds times, places, events and background to a reading that has its sentences, names and statements.
pub(crate) fn add(article: &Article, doc: &Doc, knowledge: Knowledge<'_>, reading: &mut Reading) {
    let words = Words::new(article, doc);
    reading.times = time::read(&words, article.published);
    reading.places = place::read(&words, &reading.entities, &reading.times, knowledge.gazetteer, knowledge.habits);
    let figures = casualty::read(&words, &reading.times);
    for figure in figures {
        let span = words.span(figure.trigger, figure.trigger_end);
        reading.events.push(Event {
            id: 1,
            kind_plover: None,
            kind_other: None,
            mode: None,
            contexts: vec![],
            cameo: None,
            trigger: span,
            mentions: vec![],
            sentence: 0,
            actors: vec![],
            recipients: vec![],
            time: None,
            place: None,
            casualties: vec![figure.casualty],
            realis: crate::Realis::Actual,
            background: false,
            speaker: None,
        });
    }
}
