//! The names of an article as entities: one type and one id a thing.
//!
//! With a pack the engine's entities are corrected per document: it sees one sentence at a time and calls a man a place in
//! one of them; the document knows his forename. Without a pack only what the shape of a name tells is given.

use article::{Article, Span};
use rustc_hash::FxHashMap;

use super::{Person, run_at, same_person, surname};
use crate::{Entity, cue::kind, statement::words::Words};

/// What a full name with a known forename or a title weighs against one opinion of the engine.
const FULL_NAME_WEIGHT: u32 = 3;

/// Finds the names of people, organisations and places, in order.
pub(crate) fn find(words: &Words<'_>, article: &Article, people: &[Person]) -> Vec<Entity> {
    let mut entities =
        if words.doc.linguistics().is_some() { tagged(words) } else { shaped(words) };
    correct(&mut entities, words, article, people);
    name(&mut entities, words, people);
    entities
}

/// The engine's entities, in the labels of OntoNotes.
fn tagged(words: &Words<'_>) -> Vec<Entity> {
    let mut out = Vec::new();
    for entity in words.doc.entities() {
        let bytes = words.doc.bytes_of(entity.range);
        let mut span = Span::new(bytes.start, bytes.end);
        for possessive in ["'s", "’s"] {
            if span.of(words.text).ends_with(possessive) {
                span.end -= possessive.len() as u32;
            }
        }
        let label = match entity.label {
            "PER" => "PERSON",
            other => other,
        };
        out.push(Entity { span, label: label.to_owned(), name: String::new(), id: 0 });
    }
    out
}

/// Names by their shape alone: people, and organisations that say what they are.
fn shaped(words: &Words<'_>) -> Vec<Entity> {
    let mut out = Vec::new();
    for s in &words.sentences {
        let mut i = s.start;
        while i < s.end {
            let Some(run) = run_at(words, s, i) else {
                i += 1;
                continue;
            };
            i = run.end;
            let full = run.end - run.name >= 2;
            let given = words.is(run.name, kind::NAME) || run.name > run.start;
            let house = (run.name..run.end).any(|i| words.is(i, kind::ORGANIZATION | kind::OUTLET));
            let label = match (run.person && full && given, house && full && !run.person) {
                (true, _) => "PERSON",
                (_, true) => "ORG",
                _ => continue,
            };
            if let Some(span) = words.span(run.name, run.end) {
                out.push(Entity { span, label: label.to_owned(), name: String::new(), id: 0 });
            }
        }
    }
    out
}

/// Whether a label is one that sentences mix up.
fn is_mixed_up(label: &str) -> bool {
    matches!(
        label,
        "PERSON" | "ORG" | "GPE" | "LOC" | "NORP" | "FAC" | "PRODUCT" | "WORK_OF_ART" | "MISC"
    )
}

/// Gives every surface form the type that most of its mentions have, and a surname the type of its full name.
fn correct(entities: &mut [Entity], words: &Words<'_>, article: &Article, people: &[Person]) {
    let text = words.text;
    let mut votes: FxHashMap<&str, Vec<(String, u32)>> = FxHashMap::default();
    for entity in entities.iter().filter(|e| is_mixed_up(&e.label)) {
        add(votes.entry(bare(entity.span.of(text))).or_default(), &entity.label, 1);
    }
    let sure = |p: &&Person| {
        !p.office.is_empty()
            || p.forename().is_some_and(|f| {
                words.lexicon.get(&f.to_lowercase()).is_some_and(|e| e.kinds & kind::NAME != 0)
            })
    };
    let surnames: rustc_hash::FxHashSet<&str> =
        people.iter().filter(sure).map(Person::surname).collect();
    for entity in entities.iter_mut().filter(|e| is_mixed_up(&e.label)) {
        let form = bare(entity.span.of(text));
        if article.outlet.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(form)) {
            "ORG".clone_into(&mut entity.label);
            continue;
        }
        let mut all = votes.get(form).cloned().unwrap_or_default();
        let full = people.iter().filter(sure).any(|p| p.name == form);
        if full || surnames.contains(form) {
            add(&mut all, "PERSON", FULL_NAME_WEIGHT);
        }
        // the first of the strongest: the order of the text decides a tie
        let best = all.iter().rev().max_by_key(|(_, weight)| *weight);
        if let Some((label, _)) = best {
            label.clone_into(&mut entity.label);
        }
    }
}

fn add(votes: &mut Vec<(String, u32)>, label: &str, weight: u32) {
    match votes.iter_mut().find(|(known, _)| known == label) {
        Some((_, sum)) => *sum += weight,
        None => votes.push((label.to_owned(), weight)),
    }
}

/// A name without its article.
fn bare(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix("the ").or_else(|| name.strip_prefix("The ")).unwrap_or(name)
}

/// Gives every mention the best name and the id of its thing.
fn name(entities: &mut [Entity], words: &Words<'_>, people: &[Person]) {
    let mut ids: FxHashMap<(bool, String), u32> = FxHashMap::default();
    for entity in entities {
        let form = bare(entity.span.of(words.text));
        let person = entity.label == "PERSON";
        let form = form.split_whitespace().collect::<Vec<_>>().join(" ");
        let full = person.then(|| {
            let exact = people.iter().find(|p| same_person(&p.name, &form));
            exact.or_else(|| {
                (!form.contains(' ')).then(|| nearest(people, &form, words, entity.span)).flatten()
            })
        });
        entity.name = full.flatten().map_or(form, |p| p.name.clone());
        let next = ids.len() as u32 + 1;
        entity.id = *ids.entry((person, entity.name.to_lowercase())).or_insert(next);
    }
}

/// The person of that surname who was named last before a mention, else the first one.
fn nearest<'p>(
    people: &'p [Person],
    form: &str,
    words: &Words<'_>,
    span: Span,
) -> Option<&'p Person> {
    let at = words.toks.partition_point(|t| t.span.end <= span.start);
    let of_name = |p: &&Person| surname(&p.name) == form;
    let before = people.iter().filter(of_name).filter_map(|p| {
        let near = p.mentions.partition_point(|m| *m <= at).checked_sub(1)?;
        Some((*p.mentions.get(near)?, p))
    });
    before
        .max_by_key(|(mention, _)| *mention)
        .map(|(_, p)| p)
        .or_else(|| people.iter().find(of_name))
}

#[cfg(test)]
mod tests {
    use language::Lang;

    use super::super::people;
    use super::*;

    fn check(text: &str, expected: &[(&str, &str, &str)]) {
        let article = article::plain::article(text.to_owned());
        let doc = language::segment(text, Lang::EN);
        let words = Words::cut(&article, &doc);
        let found = find(&words, &article, &people(&words));
        let short: Vec<(&str, &str, &str)> =
            found.iter().map(|e| (e.span.of(text), e.label.as_str(), e.name.as_str())).collect();
        assert_eq!(short, expected, "{text}");
    }

    #[test]
    fn names_are_told_by_their_shape() {
        check(
            "Judge Marta Olin met Piotr Sowa of the Varden City Council.",
            &[
                ("Marta Olin", "PERSON", "Marta Olin"),
                ("Piotr Sowa", "PERSON", "Piotr Sowa"),
                ("Varden City Council", "ORG", "Varden City Council"),
            ],
        );
    }

    #[test]
    fn a_surname_has_the_type_and_the_name_of_its_full_name() {
        let text = "Judge Marta Olin spoke. Olin left.";
        let article = article::plain::article(text.to_owned());
        let doc = language::segment(text, Lang::EN);
        let words = Words::cut(&article, &doc);
        let people = people(&words);
        let mention = |start: usize, end: usize, label: &str| Entity {
            span: Span::new(start, end),
            label: label.to_owned(),
            name: String::new(),
            id: 0,
        };
        let mut entities = vec![mention(6, 16, "PERSON"), mention(24, 28, "GPE")];
        correct(&mut entities, &words, &article, &people);
        name(&mut entities, &words, &people);
        assert!(
            entities.iter().all(|e| e.label == "PERSON" && e.name == "Marta Olin" && e.id == 1)
        );
    }
}
