//! The bodies of the fuzz targets `reading` and `happenings`, also run by a plain test over random texts.

use article::Span;
use language::Lang;

use crate::{CaseKnowledge, Event, Knowledge, Reading, copy_to_read};

/// The languages with lists of their own, and one without.
pub const LANGS: [&str; 7] = ["en", "de", "fr", "es", "ru", "it", "ja"];

/// Reads the statements of any text, in the language that its length picks.
///
/// # Panics
///
/// Where a span does not lie inside the text on character boundaries, or points at nothing that exists: that is what
/// the target looks for.
pub fn text(text: &str) {
    let lang = LANGS.get(text.len() % LANGS.len()).copied().unwrap_or("en");
    let article = article::plain::article(text.to_owned());
    let doc = language::segment(text, Lang::parse(lang).unwrap_or(Lang::UNKNOWN));
    check(text, &crate::read_statements(&article, &doc));
}

/// Reads what happened in any text, in the language that its length picks, in capitals as well as it stands.
///
/// # Panics
///
/// See [`text`].
pub fn happenings(text: &str) {
    let lang = LANGS.get(text.len() % LANGS.len()).copied().unwrap_or("en");
    for text in [text.to_owned(), text.to_uppercase()] {
        let article = article::plain::article(text);
        let text = &article.text;
        let lang = Lang::parse(lang).unwrap_or(Lang::UNKNOWN);
        let is_common =
            |word: &str| (!word.len().is_multiple_of(3)).then_some(word.len().is_multiple_of(2));
        let knowledge = CaseKnowledge { gazetteer: None, is_common: &is_common };
        let copy = copy_to_read(text, lang, knowledge);
        assert!(copy.as_ref().is_none_or(|c| c.len() == text.len()), "{text:?}");
        let doc = language::segment(copy.as_deref().unwrap_or(text), lang);
        check_happenings(text, &crate::read(&article, &doc, Knowledge::default()));
    }
}

/// Checks every span of times, places, events and figures, and what the figures say of each other.
///
/// # Panics
///
/// See [`text`].
pub fn check_happenings(text: &str, reading: &Reading) {
    let inside = |span: &Span| {
        text.get(span.start as usize..span.end as usize).is_some_and(|inner| !inner.is_empty())
    };
    let times = reading.times.iter().map(|t| &t.span);
    assert!(times.chain(reading.places.iter().map(|p| &p.span)).all(inside), "{text:?}");
    assert!(reading.times.is_sorted_by(|a, b| a.span.end <= b.span.start), "{text:?}");
    for Event { trigger, mentions, sentence, casualties, actors, recipients, .. } in &reading.events
    {
        let parties = actors.iter().chain(recipients).map(|p| &p.span);
        assert!(mentions.iter().chain([trigger]).chain(parties).all(inside), "{text:?}");
        assert!((*sentence as usize) < reading.sentences.len(), "{text:?}");
        for (n, figure) in casualties.iter().enumerate() {
            assert!(inside(&figure.span), "{figure:?} in {text:?}");
            assert!(
                figure.supersedes.is_none_or(|old| (old as usize) < n),
                "{figure:?} in {text:?}"
            );
            let ordered = figure.min.zip(figure.max).is_none_or(|(low, high)| low <= high);
            assert!(ordered, "{figure:?} in {text:?}");
        }
    }
}

/// Checks every span of the statements and every number that points at something.
///
/// # Panics
///
/// See [`text`].
pub fn check(text: &str, reading: &Reading) {
    let inside = |span: &Span| text.get(span.start as usize..span.end as usize).is_some();
    for (n, statement) in reading.statements.iter().enumerate() {
        let media = statement.medium.iter().map(|m| &m.span);
        let all = statement.content.iter().chain(&statement.cue).chain(&statement.source);
        let all = all.chain(&statement.addressee).chain(media);
        assert!(all.into_iter().all(inside), "{statement:?} in {text:?}");
        assert!(statement.content.iter().any(|s| !s.is_empty()), "{statement:?} in {text:?}");
        let known = statement.speaker.is_none_or(|id| reading.speakers.iter().any(|s| s.id == id));
        assert!(known, "{statement:?} in {text:?}");
        let outer = statement.nested_in.and_then(|outer| reading.statements.get(outer as usize));
        let held = statement.nested_in.is_none()
            || outer.is_some_and(|outer| {
                let whole =
                    |s: &Span| outer.content.iter().any(|o| o.start <= s.start && s.end <= o.end);
                outer.nested_in.is_none() && statement.content.iter().all(whole)
            });
        assert!(held, "statement {n} is not inside its outer one in {text:?}");
    }
    for speaker in &reading.speakers {
        assert!(!speaker.name.trim().is_empty(), "{speaker:?} in {text:?}");
    }
}
