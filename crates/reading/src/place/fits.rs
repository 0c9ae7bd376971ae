//! Whether a name of the gazetteer names a place here, and is no part of a person's or a paper's name.

use language::Lang;

use super::{Class, Given, Lists, Mention, stands_in, word_before};
use crate::{
    Entity,
    gazetteer::{Candidate, Form, PlaceKind},
    words::{Kind, Words},
};

/// A city of so many needs no context to be meant.
///
/// # Units
///
/// Inhabitants.
const KNOWN_PEOPLE: u32 = 500_000;

/// A place of fewer is met where it is said to stand, or not at all.
///
/// # Units
///
/// Inhabitants.
const PEOPLED: u32 = 1500;

/// Whether the mention is a place here; `sentence` is the first word of its sentence, `clear` knows the names that are
/// surely places elsewhere in the text.
pub(super) fn fits(
    given: &Given<'_>,
    mention: &Mention,
    sentence: usize,
    clear: &dyn Fn(&str) -> bool,
) -> bool {
    let words = given.words;
    let lists = Lists::of(words.lang);
    if mention.candidates.first().is_some_and(|c| c.form == Form::Adjective) {
        return true;
    }
    // "Washington Post", "Georgia Tech"
    let next_capital = words.get(mention.end).is_some_and(|w| w.capital && w.kind == Kind::Letters);
    let next = words.lower(mention.end);
    if next_capital && lists.is(next, Class::OtherHead) {
        return false;
    }
    if is_of_a_person(words, lists, mention, sentence) {
        return false;
    }
    // "Karsk Police": the body is where its name says, but "Cora Kelly School" is not in Kelly
    let inside = follows_name(words, lists, mention, sentence);
    let of_body = next_capital
        && !inside
        && (lists.is(next, Class::Body)
            || is_governing(mention)
                && words.lower(mention.end + 1) == "of"
                && words.capital(mention.end + 2));
    let entity = entity_over(given, mention);
    let clear = clear(&mention.key);
    if let Some(entity) = entity
        && !of_body
        && !agrees(given, mention, entity, clear)
    {
        return false;
    }
    let sure = |c: &Candidate| {
        // "First" for First District is known to those who live there
        let local = c.kind == PlaceKind::Division2 && c.form == Form::Short;
        c.kind != PlaceKind::City && !local || c.population >= KNOWN_PEOPLE || c.capital
    };
    let label = entity.map(|e| e.label.as_str());
    let label = label.filter(|_| !inside);
    if of_body
        || clear && !next_capital && !inside
        || mention.candidates.iter().any(sure)
        || matches!(label, Some("GPE" | "LOC" | "FAC"))
    {
        return true;
    }
    has_context(given, mention, sentence, label.is_some(), next_capital)
}

/// Whether the engine takes the name for a place, and the word before does not speak against it.
pub(super) fn is_clear(given: &Given<'_>, mention: &Mention) -> bool {
    !mention.candidates.is_empty()
        && mention.candidates.first().is_some_and(|c| c.form != Form::Adjective)
        && entity_over(given, mention).is_some_and(|e| {
            matches!(e.label.as_str(), "GPE" | "LOC")
                && e.span == given.words.span(mention.start, mention.end)
        })
}

/// Whether the name goes on from a capital before it: "Kelly" of "Cora Kelly School".
fn follows_name(words: &Words<'_>, lists: &Lists, mention: &Mention, sentence: usize) -> bool {
    mention.start.checked_sub(1).is_some_and(|b| {
        b > sentence
            && words.kind(b) == Some(Kind::Letters)
            && words.capital(b)
            && !words.breaks_before(mention.start)
            && !lists.is(words.lower(b), Class::Direction)
            && !lists.is(words.lower(b), Class::BeforePlace)
            && !lists.is(words.lower(b), Class::Locative)
    })
}

/// Whether a country or a state is meant, which have departments, bureaus and offices.
fn is_governing(mention: &Mention) -> bool {
    mention.candidates.iter().any(|c| {
        matches!(c.kind, PlaceKind::Country | PlaceKind::Division1) && c.form != Form::Short
    })
}

/// The engine's name that the mention touches.
fn entity_over<'a>(given: &Given<'a>, mention: &Mention) -> Option<&'a Entity> {
    let span = given.words.span(mention.start, mention.end);
    let at = given.entities.partition_point(|e| e.span.end <= span.start);
    given.entities.get(at).filter(|e| e.span.overlaps(span))
}

/// Whether what the engine takes the words for leaves them a place.
fn agrees(given: &Given<'_>, mention: &Mention, entity: &Entity, clear: bool) -> bool {
    let words = given.words;
    let span = words.span(mention.start, mention.end);
    let has = |kind| mention.candidates.iter().any(|c| c.kind == kind);
    match entity.label.as_str() {
        // a country alone is no person, whatever the tagger says, and "in Guerrero" nobody is
        "PERSON" | "WORK_OF_ART" | "PRODUCT" | "LAW" | "LANGUAGE" | "MONEY" | "DATE" | "TIME" => {
            let placed =
                stands_in(words, mention.start) && !words.lower(mention.end).starts_with('\'');
            entity.span == span && (has(PlaceKind::Country) || placed || clear)
        }
        // the tagger takes the World Trade Center for an organisation, and the White House is one
        "ORG" => {
            entity.span == span || has(PlaceKind::Facility) && is_whole(words, mention, entity)
        }
        _ => true,
    }
}

/// Whether the entity is an article and the name: "the World Trade Center".
fn is_whole(words: &Words<'_>, mention: &Mention, entity: &Entity) -> bool {
    mention
        .start
        .checked_sub(1)
        .is_some_and(|b| words.lower(b) == "the" && entity.span == words.span(b, mention.end))
}

/// "Michael Jordan", "Jordan Peele": a single word that people are called as well, beside another name.
fn is_of_a_person(words: &Words<'_>, lists: &Lists, mention: &Mention, sentence: usize) -> bool {
    if mention.end != mention.start + 1 || words.shouting {
        return false;
    }
    let key = mention.key.as_str();
    let before = word_before(words, mention.start);
    let is_name = |i: usize| {
        words.capital(i)
            && words.kind(i) == Some(Kind::Letters)
            && !words.get(i).is_some_and(|w| w.upper)
    };
    let surname = lists.is(key, Class::Surname)
        && mention.start > sentence
        && words.lang == Lang::EN
        && is_name(mention.start - 1)
        && !lists.is(before, Class::BeforePlace);
    let forename = lists.is(key, Class::Forename)
        && is_name(mention.end)
        && !words.breaks_before(mention.end)
        && !lists.is(before, Class::Locative)
        && !lists.is(words.lower(mention.end), Class::BehindPlace);
    surname || forename
}

/// A small place needs its context: where it stands, or what is said to hold it.
fn has_context(
    given: &Given<'_>,
    mention: &Mention,
    sentence: usize,
    labelled: bool,
    next_capital: bool,
) -> bool {
    let words = given.words;
    let lists = Lists::of(words.lang);
    let before = word_before(words, mention.start);
    let placed = stands_in(words, mention.start) && !next_capital
        || !given.tagged && lists.is(before, Class::Locative);
    // "Springfield, Ohio"
    let held =
        words.raw(mention.end) == "," && words.get(mention.end + 1).is_some_and(|w| w.capital);
    // "SPRINGFIELD (AP) —"
    let dateline = mention.start == sentence
        && words.breaks_before(mention.start)
        && (matches!(words.raw(mention.end), "(" | "—" | "–")
            || words.raw(mention.end) == "-" && !words.glued(mention.end));
    let peopled = mention.candidates.iter().any(|c| c.population > PEOPLED);
    dateline || (placed || held && labelled) && peopled
}
