//! The people an article names, found by the shape of names: what "he", "Orlov" and "the minister" stand for.
//!
//! Needs the text cut into words; with a pack its entities correct the shapes (see [`people`]). It never reads inside
//! quotations: whoever is named only there does not speak.

pub(crate) mod mention;

use crate::{
    cue::kind,
    statement::words::{Sentence, Shape, Words},
};

/// Usual gender of a name or title, for "he" and "she" only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gender {
    He,
    She,
    #[default]
    Unknown,
}

/// A person of the article.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The fullest name.
    pub(crate) name: String,
    pub(crate) gender: Gender,
    /// "director of …": as the text has it, each once.
    pub(crate) descriptions: Vec<String>,
    /// Lower-cased words of the titles and descriptions.
    pub(crate) office: Vec<String>,
    /// First tokens of the mentions, in order.
    pub(crate) mentions: Vec<usize>,
    /// Mentions by surname or forename alone, until they are sorted in.
    short: Vec<usize>,
}

impl Person {
    /// A person known by the name alone.
    pub(crate) fn named(name: String, mention: usize) -> Self {
        Self {
            name,
            gender: Gender::Unknown,
            descriptions: Vec::new(),
            office: Vec::new(),
            mentions: vec![mention],
            short: Vec::new(),
        }
    }

    pub(crate) fn surname(&self) -> &str {
        surname(&self.name)
    }

    pub(crate) fn forename(&self) -> Option<&str> {
        self.name.split_whitespace().next().filter(|first| first.len() < self.name.len())
    }
}

/// The word of a name that it is shortened to.
pub(crate) fn surname(name: &str) -> &str {
    let mut words = name.split_whitespace().rev();
    let suffix = |w: &&str| matches!(w.trim_end_matches('.'), "Jr" | "Sr" | "II" | "III" | "IV");
    let last = words.find(|w| !suffix(w)).unwrap_or(name);
    last.trim_end_matches(',')
}

/// Most people that are told apart in one article; further names are read as names and not remembered.
const PEOPLE_MAX: usize = 400;

/// A run of capitals that may be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// First token, with titles and offices.
    pub(crate) start: usize,
    /// First token of the name itself.
    pub(crate) name: usize,
    pub(crate) end: usize,
    /// Reads like a person's name.
    pub(crate) person: bool,
}

/// Finds the people that the article names outside quotations, in the order of their first mention.
pub(crate) fn people(words: &Words<'_>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let mut short: Vec<(usize, usize)> = Vec::new();
    for s in &words.sentences {
        let mut i = s.start;
        while i < s.end {
            let Some(run) = run_at(words, s, i) else {
                i += 1;
                continue;
            };
            i = run.end;
            if !run.person {
                continue;
            }
            if run.end - run.name < 2 {
                short.push((run.start, run.name));
                continue;
            }
            note(words, s, &run, &mut people);
        }
        // "The sisters Mina and Talia Roth": the forename before "and" has the same surname
        shared_surnames(words, s, &mut people);
    }
    for (start, name) in short {
        let low = words.word(name);
        let known = people.iter_mut().filter(|p| p.surname() == low || p.forename() == Some(low));
        if let Some(person) = known.min_by_key(|p| distance(p, name)) {
            person.short.push(start);
            if person.gender == Gender::Unknown {
                person.gender = gender_of(words, start, name);
            }
            for title in start..name {
                person.office.push(words.low(title).to_owned());
            }
        }
    }
    for person in &mut people {
        person.mentions.append(&mut person.short);
        person.mentions.sort_unstable();
    }
    people
}

fn distance(person: &Person, at: usize) -> usize {
    let before = person.mentions.partition_point(|m| *m <= at);
    before
        .checked_sub(1)
        .and_then(|i| person.mentions.get(i))
        .map_or(usize::MAX / 2 - at.min(1_000_000), |m| at - m)
}

/// Adds a mention of a full name.
fn note(words: &Words<'_>, s: &Sentence, run: &Run, people: &mut Vec<Person>) {
    let Some(span) = words.span(run.name, run.end) else {
        return;
    };
    let name = tidy(words, run, span.of(words.text));
    let gender = match gender_of(words, run.start, run.name) {
        Gender::Unknown => gender_of_name(words, run.name),
        known => known,
    };
    let (descriptions, office) = describe(words, s, run);
    let known = people.iter().position(|p| same_person(&p.name, &name));
    if known.is_none() && people.len() >= PEOPLE_MAX {
        return;
    }
    let index = known.unwrap_or_else(|| {
        people.push(Person {
            name: name.clone(),
            gender,
            descriptions: Vec::new(),
            office: Vec::new(),
            mentions: Vec::new(),
            short: Vec::new(),
        });
        people.len() - 1
    });
    let Some(person) = people.get_mut(index) else {
        return;
    };
    person.mentions.push(run.start);
    if person.gender == Gender::Unknown {
        person.gender = gender;
    }
    for description in descriptions {
        if !person.descriptions.contains(&description) {
            person.descriptions.push(description);
        }
    }
    person.office.extend(office);
}

/// A name without a nickname in quotation marks between its parts.
pub(crate) fn tidy(words: &Words<'_>, run: &Run, text: &str) -> String {
    if (run.name..run.end).all(|i| words.quotation(i).is_none()) {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    (run.name..run.end)
        .filter(|i| words.quotation(*i).is_none())
        .map(|i| words.word(i))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The same first and last word: "Paul D. Ryan" and "Paul Ryan".
pub(crate) fn same_person(one: &str, other: &str) -> bool {
    one == other || {
        let first = |name: &str| name.split_whitespace().next().map(str::to_owned);
        surname(one) == surname(other) && first(one) == first(other)
    }
}

/// "Mina and Talia Roth": notes Mina Roth.
fn shared_surnames(words: &Words<'_>, s: &Sentence, people: &mut Vec<Person>) {
    for i in s.start + 1..s.end.saturating_sub(2) {
        let and = matches!(words.low(i), "and" | "und" | "et" | "y" | "и" | "e");
        let given = |j: usize| words.is_capital(j) && words.is(j, kind::NAME);
        if !(and && given(i - 1) && given(i + 1) && words.is_capital(i + 2))
            || i >= 2 && words.is_capital(i - 2)
        {
            continue;
        }
        let name = format!("{} {}", words.word(i - 1), words.word(i + 2));
        if people.len() >= PEOPLE_MAX || people.iter().any(|p| p.name == name) {
            continue;
        }
        let gender = gender_of_name(words, i - 1);
        people.push(Person {
            name,
            gender,
            descriptions: Vec::new(),
            office: Vec::new(),
            mentions: vec![i - 1],
            short: Vec::new(),
        });
    }
}

/// The run of capitals that begins at `i`; `None` where none does.
pub(crate) fn run_at(words: &Words<'_>, s: &Sentence, i: usize) -> Option<Run> {
    if !words.is_capital(i) || !opens_name(words, s, i) {
        return None;
    }
    let mut end = i + 1;
    while end < s.end && end < i + 9 {
        if words.is_capital(end) && !words.is(end, kind::TIME) {
            end += 1;
            continue;
        }
        let particle = matches!(
            words.low(end),
            "de" | "del"
                | "della"
                | "der"
                | "den"
                | "di"
                | "da"
                | "do"
                | "dos"
                | "du"
                | "la"
                | "le"
                | "van"
                | "von"
                | "vom"
                | "zu"
                | "bin"
                | "ibn"
                | "al"
                | "el"
                | "ten"
                | "ter"
                | "y"
                | "af"
                | "av"
        );
        let nickname = words.quotation(end).is_some_and(|q| q.words <= 3);
        if (particle || nickname)
            && (words.is_capital(end + 1)
                || particle && words.is_capital(end + 2) && !words.is_capital(end))
            && end + 1 < s.end
        {
            // in French and Spanish "de" joins offices as well: only between capitals of a name
            if particle && !joins_name(words, i, end) {
                break;
            }
            end += 1;
            continue;
        }
        break;
    }
    Some(classify(words, s, i, end))
}

/// Whether a particle after the run that began at `start` may be part of a surname.
fn joins_name(words: &Words<'_>, start: usize, at: usize) -> bool {
    let last = at - 1;
    if words.is(last, kind::TITLE | kind::ROLE | kind::ORGANIZATION) || words.lexicon.lang == "ru" {
        return false;
    }
    match words.low(at) {
        "von" | "van" | "bin" | "ibn" | "ten" | "ter" | "af" | "av" | "del" | "dos" | "al" => true,
        _ => words.is(start, kind::NAME) || words.is(last, kind::NAME),
    }
}

/// Whether a capital may begin a name: not the first word of a sentence when that is a small word.
fn opens_name(words: &Words<'_>, s: &Sentence, i: usize) -> bool {
    let Some(tok) = words.toks.get(i) else {
        return false;
    };
    if tok.is(kind::TIME) && !tok.is(kind::NAME) {
        return false;
    }
    let small = kind::DETERMINER
        | kind::PREPOSITION
        | kind::PRONOUN
        | kind::AUXILIARY
        | kind::COORDINATOR
        | kind::SUBORDINATOR
        | kind::ADVERB
        | kind::NEGATION
        | kind::COMPLEMENTIZER;
    let _ = s;
    !tok.is(small)
        || tok.is(kind::NAME) && words.is_capital(i + 1)
        || tok.shape == Shape::Upper
            && tok.span.len() > 1
            && !tok.is(kind::DETERMINER | kind::PRONOUN | kind::PREPOSITION)
}

fn classify(words: &Words<'_>, s: &Sentence, start: usize, end: usize) -> Run {
    let mut name = start;
    let mut titled = false;
    // "President", "Gov.", "Economist", "Ministerpräsident": before the name
    while name + 1 < end && words.is(name, kind::TITLE | kind::ROLE) && !words.is(name, kind::NAME)
    {
        titled = true;
        name += 1;
    }
    // "Sculptor Ada Moll", German nouns: the name begins with a given name where one is known
    if !titled
        && (words.lexicon.lang == "de"
            || end - name == 3 && words.is(name + 1, kind::NAME) && !words.is(name, kind::NAME))
    {
        let given = (name..end).find(|i| words.is(*i, kind::NAME));
        if let Some(given) = given.filter(|g| g + 1 < end) {
            titled |= given > name;
            name = given;
        }
    }
    // "die Läuferin Ina Kolb": an article, an office and a name, none of them known
    let article = start > s.start && words.is(start - 1, kind::DETERMINER);
    if words.lexicon.lang == "de"
        && !titled
        && article
        && end - name == 3
        && !words.is(name, kind::NAME | kind::ORGANIZATION)
        && !words.is(end - 1, kind::ORGANIZATION)
    {
        titled = true;
        name += 1;
    }
    let length = end - name;
    let organization = (name..end).any(|i| {
        words.is(i, kind::ORGANIZATION)
            && !(words.is(i, kind::NAME)
                || i + 1 == end && words.is(name, kind::NAME) && length >= 2)
    }) || length == 1
        && words.toks.get(name).is_some_and(|t| t.shape == Shape::Upper);
    let after_article = start > s.start
        && words.is(start - 1, kind::DETERMINER)
        && !words.is(start - 1, kind::POSSESSIVE);
    let given = words.is(name, kind::NAME);
    let small = matches!(words.lexicon.lang, "de");
    let person = !organization
        && (titled && length >= 1
            || given
            || length == 1
            || (2..=4).contains(&length) && !after_article && !small);
    Run { start, name, end, person }
}

fn gender_of(words: &Words<'_>, start: usize, name: usize) -> Gender {
    // "her leading man, Piotr Sowa": up to three words before tell as well
    for i in start.saturating_sub(3)..name {
        if i < start && words.is_capital(i) {
            continue;
        }
        if words.is(i, kind::TITLE_M) || words.low(i) == "man" {
            return Gender::He;
        }
        if words.is(i, kind::TITLE_F) || words.low(i) == "woman" {
            return Gender::She;
        }
    }
    Gender::Unknown
}

fn gender_of_name(words: &Words<'_>, i: usize) -> Gender {
    match (words.is(i, kind::NAME_M), words.is(i, kind::NAME_F)) {
        (true, false) => Gender::He,
        (false, true) => Gender::She,
        (true, true) => Gender::Unknown,
        _ => {
            let low = words.low(i);
            if low.ends_with('a') || low.ends_with('а') || low.ends_with('я') {
                Gender::She
            } else {
                Gender::Unknown
            }
        }
    }
}

/// What stands beside a name: office before it, apposition after it.
fn describe(words: &Words<'_>, s: &Sentence, run: &Run) -> (Vec<String>, Vec<String>) {
    let mut descriptions = Vec::new();
    let mut office: Vec<String> = Vec::new();
    let mut start = run.start;
    while start > s.start
        && words.toks.get(start - 1).is_some_and(|t| {
            (t.shape == Shape::Lower || t.is_capital())
                && !t.is(kind::PREPOSITION
                    | kind::AUXILIARY
                    | kind::COORDINATOR
                    | kind::COMPLEMENTIZER
                    | kind::PRONOUN
                    | kind::ADVERB
                    | kind::TIME
                    | kind::SUBORDINATOR)
        })
        && run.start - start < 5
    {
        start -= 1;
    }
    let before = (start..run.name).any(|i| words.is(i, kind::ROLE | kind::TITLE));
    if before {
        let mut first = start;
        while first < run.name && words.is(first, kind::DETERMINER) {
            first += 1;
        }
        push_description(words, first, run.name, &mut descriptions, &mut office);
    }
    // "her leading man, Piotr Sowa"; "director of the institute, Alexander Orlov"
    if run.start > s.start + 1 && words.is_mark(run.start - 1, ',') {
        let from = run.start.saturating_sub(14).max(s.start);
        let opening = (from..run.start - 1)
            .rev()
            .find(|i| words.mark(*i).is_some() || words.quotation(*i).is_some())
            .map_or(from, |i| i + 1);
        let role = (opening..run.start - 1).find(|i| words.is(*i, kind::ROLE | kind::TITLE));
        if let Some(role) = role {
            for i in role..run.start - 1 {
                office.push(words.low(i).to_owned());
            }
        }
    }
    if words.is_mark(run.end, ',') && run.end + 1 < s.end {
        let first = run.end + 1;
        let closes = (first..s.end.min(first + 22)).find(|i| {
            matches!(words.mark(*i), Some(',' | '.' | ';' | ':')) || words.quotation(*i).is_some()
        });
        let opens = words.is(first, kind::DETERMINER | kind::ROLE)
            || words.toks.get(first).is_some_and(|t| t.shape == Shape::Lower && t.is(kind::TITLE))
            || words.low(first) == "former";
        if let Some(closes) = closes.filter(|c| opens && *c > first && !words.has_finite(first, *c))
        {
            push_description(words, first, closes, &mut descriptions, &mut office);
        }
    }
    (descriptions, office)
}

fn push_description(
    words: &Words<'_>,
    start: usize,
    end: usize,
    descriptions: &mut Vec<String>,
    office: &mut Vec<String>,
) {
    let Some(span) = words.span(start, end) else {
        return;
    };
    let text = span.of(words.text).trim();
    let courtesy = end == start + 1
        && matches!(
            words.low(start).trim_end_matches('.'),
            "mr" | "mrs"
                | "ms"
                | "miss"
                | "herr"
                | "frau"
                | "m"
                | "mme"
                | "mlle"
                | "sr"
                | "sra"
                | "monsieur"
                | "madame"
                | "señor"
                | "señora"
        );
    if !text.is_empty() && !courtesy {
        descriptions.push(text.to_owned());
    }
    for i in start..end {
        office.push(words.low(i).to_owned());
    }
}
