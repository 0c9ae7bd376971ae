//! Toponyms and what they mean: found by name, told apart by the company they keep.
//!
//! Found first, resolved later: [`find`] takes every name that may be a place, `resolve` chooses one meaning for all
//! mentions of a name together. A name that stands where places stand ("in Karsk") and is in no gazetteer is kept
//! without coordinates.

mod find;
mod fits;
mod lists;
mod resolve;

use crate::{
    Entity, Gazetteer, Habits, Place, PlaceRole, TimeExpression,
    gazetteer::{Candidate, Form},
    words::{Kind, Words},
};
use lists::{Class, Lists};

/// A name in the text that may be a place.
#[derive(Clone, Debug)]
struct Mention {
    start: usize,
    end: usize,
    /// The normal form of the name: mentions of one key mean one place.
    key: String,
    candidates: Vec<Candidate>,
    role: PlaceRole,
    /// "X, Y": the mention that follows behind a comma and may hold this one.
    within: Option<usize>,
}

/// What is known of the text when places are looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) words: &'a Words<'a>,
    /// The names that the engine found, in order.
    pub(crate) entities: &'a [Entity],
    /// Whether the engine looked for names at all.
    pub(crate) tagged: bool,
    pub(crate) times: &'a [TimeExpression],
    pub(crate) pack: Option<&'a Gazetteer>,
}

/// Finds and resolves the places of a text, in order.
pub(crate) fn read(given: Given<'_>, habits: Option<&Habits>) -> Vec<Place> {
    let mentions = find::find(&given);
    let chosen = resolve::resolve(&mentions, habits);
    mentions
        .iter()
        .zip(chosen)
        .map(|(mention, chosen)| {
            let span = given.words.span(mention.start, mention.end);
            match chosen.and_then(|c| mention.candidates.get(c)) {
                Some(c) => Place {
                    span,
                    name: c.name.to_string(),
                    latitude: Some(round(c.latitude)),
                    longitude: Some(round(c.longitude)),
                    country: c.country_text(),
                    geonames: c.id,
                    role: mention.role,
                },
                None => Place {
                    span,
                    name: span.of(given.words.text).to_owned(),
                    latitude: None,
                    longitude: None,
                    country: None,
                    geonames: None,
                    role: mention.role,
                },
            }
        })
        .collect()
}

/// Five decimals, as GeoNames has them: a metre.
fn round(degrees: f32) -> f64 {
    (f64::from(degrees) * 1e5).round() / 1e5
}

/// How the name is used, by the words around it.
fn role(words: &Words<'_>, start: usize, end: usize, candidates: &[Candidate]) -> PlaceRole {
    if candidates.first().is_some_and(|c| c.form == Form::Adjective) {
        return PlaceRole::Modifier;
    }
    let lists = Lists::of(words.lang);
    let mut before = word_before(words, start);
    if lists.is(before, Class::Direction) {
        before = start.checked_sub(2).map_or("", |b| words.lower(b));
    }
    if lists.is(before, Class::Locative) && !lists.is(before, Class::Party) {
        return PlaceRole::Literal;
    }
    if words.raw(end) == "-" && words.glued(end) || (before == "-" && words.glued(start)) {
        return PlaceRole::Modifier;
    }
    let after = words.lower(end);
    if lists.is(before, Class::Party) || lists.is(after, Class::Acts) {
        return PlaceRole::Metonymic;
    }
    let noun = words.lang == language::Lang::EN
        && words.kind(end) == Some(Kind::Letters)
        && !words.capital(end)
        && !after.starts_with('\'')
        && !lists.is(after, Class::NoNoun);
    if noun { PlaceRole::Modifier } else { PlaceRole::Literal }
}

/// Whether the word before says that a place follows: "in", "eastern".
fn stands_in(words: &Words<'_>, i: usize) -> bool {
    let lists = Lists::of(words.lang);
    let before = word_before(words, i);
    lists.is(before, Class::StandsIn)
        || lists.is(before, Class::Direction) && before != "the" && !words.capital(i - 1)
}

/// The lower-case word before; empty at the beginning of the text.
fn word_before<'a>(words: &'a Words<'_>, i: usize) -> &'a str {
    i.checked_sub(1).map_or("", |b| words.lower(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;
    use language::Lang;

    fn check(lang: Lang, text: &str, expected: &[(&str, &str)]) {
        let words = Words::of_text(text, lang);
        let times = time::read(&words, None);
        let given =
            Given { words: &words, entities: &[], tagged: false, times: &times, pack: None };
        let got = read(given, None);
        let got: Vec<(&str, String)> = got
            .iter()
            .map(|p| {
                (p.span.of(text), p.geonames.map_or_else(|| "-".to_owned(), |_| p.name.clone()))
            })
            .collect();
        let got: Vec<(&str, &str)> = got.iter().map(|(a, b)| (*a, b.as_str())).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn names_and_adjectives() {
        check(
            Lang::EN,
            "The US-Russian group met in St. Petersburg and in Karsk.",
            &[
                ("US", "United States"),
                ("Russian", "Russia"),
                ("St. Petersburg", "Saint Petersburg"),
                ("Karsk", "-"),
            ],
        );
        check(Lang::EN, "He told us that Michael Jordan was in Jordan.", &[("Jordan", "Jordan")]);
        check(
            Lang::EN,
            "It was on the World Trade Center in New York City and the Pentagon.",
            &[
                ("World Trade Center", "World Trade Center"),
                ("New York City", "New York City"),
                ("Pentagon", "Pentagon"),
            ],
        );
        check(
            Lang::DE,
            "Der russische Präsident sprach in Moskau über die USA.",
            &[("russische", "Russia"), ("Moskau", "Moscow"), ("USA", "United States")],
        );
        check(
            Lang::RU,
            "Российские военные вышли из Москвы в Германию.",
            &[("Российские", "Russia"), ("Москвы", "Moscow"), ("Германию", "Germany")],
        );
        check(
            Lang::FR,
            "Le président français est à Londres.",
            &[("français", "France"), ("Londres", "London")],
        );
    }
}
