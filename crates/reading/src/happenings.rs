//! What happened: the steps for times, places, figures, background and events, in the order of what they need.

use article::{Article, Moment, Span};
use language::Doc;
use rustc_hash::FxHashMap;

use crate::{
    Entity, Knowledge, Place, Reading, TimeExpression, background, casualty, event, place, time,
    words::Words,
};

/// Adds times, places, events and background to a reading that has its sentences, names and statements.
pub(crate) fn add(article: &Article, doc: &Doc, knowledge: Knowledge<'_>, reading: &mut Reading) {
    let words = Words::new(article, doc);
    let now = article.published.map(Moment::day);
    reading.times = time::read(&words, article.published);
    let tagged = doc.linguistics().is_some();
    if tagged && reading.entities.is_empty() {
        reading.entities = entities(doc);
    }
    let given = place::Given {
        words: &words,
        entities: &reading.entities,
        tagged,
        times: &reading.times,
        pack: knowledge.gazetteer,
    };
    reading.places = place::read(given, knowledge.habits);
    let places: Vec<Span> = reading.places.iter().map(|p| p.span).collect();
    let figures = casualty::read(&words, &reading.times, &places);
    let recalled = background::find(&words, &reading.times, now);
    reading.background = words
        .sentences
        .iter()
        .zip(&recalled)
        .filter(|(_, recalled)| **recalled)
        .map(|(s, _)| s.index)
        .collect();
    let found = event::Found {
        times: &reading.times,
        places: &reading.places,
        statements: &reading.statements,
        background: &recalled,
        now,
    };
    reading.events = event::read(&words, found, figures);
}

/// The places alone, as [`add`] finds them in a reading without names of its own.
pub(crate) fn places(
    words: &Words<'_>,
    doc: &Doc,
    times: &[TimeExpression],
    knowledge: Knowledge<'_>,
) -> Vec<Place> {
    let tagged = doc.linguistics().is_some();
    let entities = if tagged { entities(doc) } else { Vec::new() };
    let pack = knowledge.gazetteer;
    place::read(place::Given { words, entities: &entities, tagged, times, pack }, knowledge.habits)
}

/// The names that the engine tagged; a name that is part of a fuller one before it is the same thing.
fn entities(doc: &Doc) -> Vec<Entity> {
    let mut out: Vec<Entity> = Vec::new();
    // the first entity with a label and a last word: what a shorter name behind it may stand for
    let mut firsts: FxHashMap<(String, String), usize> = FxHashMap::default();
    let mut ids = 0;
    for entity in doc.entities() {
        let bytes = doc.bytes_of(entity.range);
        let text = doc.text_of_range(entity.range).trim();
        let text = text.strip_prefix("the ").or_else(|| text.strip_prefix("The ")).unwrap_or(text);
        let last = text.split_whitespace().next_back().unwrap_or(text);
        let first = *firsts.entry((entity.label.to_owned(), last.to_owned())).or_insert(out.len());
        let (name, id) = match out.get(first).filter(|known| is_short_for(text, &known.name)) {
            Some(known) => (known.name.clone(), known.id),
            None => {
                ids += 1;
                (text.to_owned(), ids)
            }
        };
        out.push(Entity {
            span: Span::new(bytes.start, bytes.end),
            label: entity.label.to_owned(),
            name,
            id,
        });
    }
    out
}

/// Whether a name is the other or its last words ("Orlov" of "Alexander Orlov").
fn is_short_for(short: &str, long: &str) -> bool {
    short == long
        || long.strip_suffix(short).is_some_and(|front| front.ends_with(' ')) && !short.is_empty()
}
