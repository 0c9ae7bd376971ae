//! Who said what, and the whole reading as one cell.

use reading::{Reading, Span};
use store::Revision;

use super::{Cell, Kind, Table, instant, joined};

/// One row a statement.
pub(crate) fn statements() -> Table {
    use Kind::{Integer, Text, Truth};
    Table {
        columns: &[
            ("article", Integer),
            ("url", Text),
            ("outlet", Text),
            ("language", Text),
            ("published", Text),
            ("speaker", Text),
            ("speaker_kind", Text),
            ("description", Text),
            ("type", Text),
            ("content", Text),
            ("start", Integer),
            ("end", Integer),
            ("cue", Text),
            ("source", Text),
            ("medium", Text),
            ("medium_outlet", Text),
            ("addressee", Text),
            ("negated", Truth),
        ],
        rows: statement_rows,
    }
}

fn statement_rows(revision: &Revision, reading: &Reading) -> Vec<Vec<Cell>> {
    let text = revision.article.text.as_str();
    let words = |spans: &[Span]| joined_spans(spans, text);
    let index = article::CharIndex::new(text);
    reading
        .statements
        .iter()
        .map(|s| {
            let speaker = s.speaker.and_then(|id| reading.speakers.iter().find(|k| k.id == id));
            let (start, end) = match (s.content.first(), s.content.last()) {
                (Some(first), Some(last)) => index.span(Span { start: first.start, end: last.end }),
                _ => (0, 0),
            };
            vec![
                revision.article_id.into(),
                revision.article.url.as_deref().into(),
                revision.outlet.as_str().into(),
                revision.article.language.as_deref().into(),
                instant(revision.at),
                speaker.map(|k| k.name.as_str()).into(),
                speaker.map(|k| word(&k.kind)).into(),
                speaker.and_then(|k| k.description.as_deref()).into(),
                word(&s.kind).into(),
                words(&s.content),
                Cell::Integer(start as i64),
                Cell::Integer(end as i64),
                words(&s.cue),
                words(&s.source),
                s.medium.as_ref().map(|m| m.span.of(text)).into(),
                s.medium.as_ref().and_then(|m| m.outlet.as_deref()).into(),
                s.addressee.map(|a| a.of(text)).into(),
                s.negated.into(),
            ]
        })
        .collect()
}

/// One row an article, its reading as the contract's JSON.
pub(crate) fn readings() -> Table {
    use Kind::{Integer, Text};
    Table {
        columns: &[
            ("article", Integer),
            ("url", Text),
            ("outlet", Text),
            ("language", Text),
            ("published", Text),
            ("title", Text),
            ("text", Text),
            ("reading", Text),
        ],
        rows: |revision, reading| {
            vec![vec![
                revision.article_id.into(),
                revision.article.url.as_deref().into(),
                revision.outlet.as_str().into(),
                revision.article.language.as_deref().into(),
                instant(revision.at),
                revision.article.title.as_deref().into(),
                revision.article.text.as_str().into(),
                reading::contract::reading_json(&revision.article, reading).to_string().into(),
            ]]
        },
    }
}

fn joined_spans(spans: &[Span], text: &str) -> Cell {
    joined(spans.iter().map(|s| s.of(text)))
}

/// The contract's word for a value of a list: `direct`, `person`.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
