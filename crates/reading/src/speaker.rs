//! Who speaks: one registry per article; names split from descriptions, surnames and pronouns resolved.
//!
//! Needs the statements in tokens and the people of the article; adds [`crate::Reading::speakers`]. Two people of one
//! surname are two speakers that name each other in `conflicts_with`.

use rustc_hash::FxHashMap;

use crate::{
    Speaker, SpeakerKind,
    cue::kind,
    entity::{self, Gender, Person, Run},
    statement::{
        Found,
        words::{Sentence, Shape, Words},
    },
};

/// Most people of one surname that a speaker is told from.
const CONFLICTS_MAX: usize = 20;

/// A source taken apart.
#[derive(Debug, Default)]
struct Named {
    name: Option<String>,
    /// Index into the article's people.
    person: Option<usize>,
    description: Option<String>,
    kind: Option<SpeakerKind>,
}

/// How many sentences before somebody called by their age alone their name may stand.
const AGE_SENTENCES_MAX: usize = 2;

/// The speakers of one article.
pub(crate) struct Registry<'w, 'a> {
    words: &'w Words<'a>,
    people: Vec<Person>,
    speakers: Vec<Speaker>,
    /// Index into `people` by speaker, where it is one.
    persons: Vec<Option<usize>>,
    by_source: FxHashMap<(usize, usize), Option<u32>>,
    /// Speakers that are no people of the article, by lower-cased name.
    by_name: FxHashMap<(String, SpeakerKind), u32>,
}

impl<'w, 'a> Registry<'w, 'a> {
    /// Knows the people of the article and no speakers yet.
    pub(crate) fn new(words: &'w Words<'a>, people: Vec<Person>) -> Self {
        Self {
            words,
            people,
            speakers: Vec::new(),
            persons: Vec::new(),
            by_source: FxHashMap::default(),
            by_name: FxHashMap::default(),
        }
    }

    /// Gives every statement its speaker.
    pub(crate) fn resolve(&mut self, found: &[Found]) -> Vec<Option<u32>> {
        let mut who = Vec::with_capacity(found.len());
        for one in found {
            let speaker = one.source.and_then(|source| self.speaker(source, &who));
            who.push(speaker);
        }
        who
    }

    /// Gives a statement inside a quotation its speaker; `outer` says "I" and "we" there.
    pub(crate) fn resolve_nested(
        &mut self,
        inner: &'w Words<'a>,
        found: &Found,
        outer: Option<u32>,
    ) -> Option<u32> {
        let (start, end) = found.source?;
        if end == start + 1 && inner.is(start, kind::PRONOUN) {
            return outer.filter(|_| inner.is(start, kind::FIRST_PERSON));
        }
        let whole = std::mem::replace(&mut self.words, inner);
        let speaker = self.named((start, end), &[], 1);
        self.words = whole;
        speaker
    }

    /// The speakers, with those of one surname pointing at each other.
    pub(crate) fn finish(mut self) -> Vec<Speaker> {
        self.flag_conflicts();
        self.speakers
    }

    fn speaker(&mut self, source: (usize, usize), who: &[Option<u32>]) -> Option<u32> {
        if let Some(known) = self.by_source.get(&source) {
            return *known;
        }
        let speaker = self.named(source, who, 0);
        self.by_source.insert(source, speaker);
        speaker
    }

    fn named(
        &mut self,
        (start, end): (usize, usize),
        who: &[Option<u32>],
        depth: u32,
    ) -> Option<u32> {
        let words = self.words;
        if end == start + 1
            && words.is(start, kind::PRONOUN | kind::RELATIVE)
            && !words.is_capital(start + 1)
        {
            return self.pronoun(start, who, depth);
        }
        if end == start + 1 && matches!(words.word(start), "Q" | "A") {
            // a transcript's letters name nobody
            return None;
        }
        let named = self.take_apart(start, end);
        if let Some(person) = named.person {
            return Some(self.person(person, named.description));
        }
        let (name, of) = (named.name?, named.kind?);
        let key = (name.to_lowercase(), of);
        if let Some(speaker) =
            self.by_name.get(&key).and_then(|id| self.speakers.get_mut(*id as usize - 1))
        {
            if speaker.description.is_none() {
                speaker.description = named.description;
            }
            return Some(speaker.id);
        }
        let id = self.add(name, of, named.description, None);
        self.by_name.insert(key, id);
        Some(id)
    }

    fn add(
        &mut self,
        name: String,
        of: SpeakerKind,
        description: Option<String>,
        person: Option<usize>,
    ) -> u32 {
        let id = self.speakers.len() as u32 + 1;
        self.speakers.push(Speaker { id, name, kind: of, description, conflicts_with: Vec::new() });
        self.persons.push(person);
        id
    }

    fn person(&mut self, index: usize, description: Option<String>) -> u32 {
        let known = self.persons.iter().position(|p| *p == Some(index));
        let fallback = self
            .people
            .get(index)
            .filter(|p| !p.descriptions.is_empty())
            .map(|p| p.descriptions.join("; "));
        if let Some(speaker) = known.and_then(|i| self.speakers.get_mut(i)) {
            if speaker.description.is_none() {
                speaker.description = description.or(fallback);
            }
            return speaker.id;
        }
        let name = self.people.get(index).map(|p| p.name.clone()).unwrap_or_default();
        self.add(name, SpeakerKind::Person, description.or(fallback), Some(index))
    }

    /// The person of the article that a name means: the same name, else the nearest before with that surname.
    fn find_person(&self, name: &str, at: usize) -> Option<usize> {
        if let Some(index) = self.people.iter().position(|p| entity::same_person(&p.name, name)) {
            return Some(index);
        }
        if name.contains(' ') {
            // "Kovač" known, "Minister Kovač" met
            return None;
        }
        let fits = |p: &Person| p.surname() == name || p.forename() == Some(name);
        let last_before = |p: &Person| p.mentions.iter().rev().find(|m| **m < at).copied();
        let before = self
            .people
            .iter()
            .enumerate()
            .filter(|(_, p)| fits(p))
            .filter_map(|(i, p)| Some((last_before(p)?, i)));
        before.max().map(|(_, i)| i).or_else(|| self.people.iter().position(fits))
    }

    /// Splits the words of a source into name and description.
    fn take_apart(&mut self, start: usize, end: usize) -> Named {
        let words = self.words;
        let Some(sentence) = words.sentence_of(start).and_then(|n| words.sentences.get(n)).copied()
        else {
            return Named::default();
        };
        let parts = segments(words, start, end);
        let Some((part, run)) = self.choose_name(&sentence, &parts) else {
            return self.unnamed(start, end, &parts);
        };
        let (a, b) = parts.get(part).copied().unwrap_or((start, end));
        let article_before = (a..run.start).any(|i| words.is(i, kind::DETERMINER));
        let raw = words.span(run.name, run.end).map_or("", |s| s.of(words.text));
        let name = entity::tidy(words, &run, raw);
        let description = self.description(&parts, part, &run, (a, b));
        let known = self.find_person(&name, start);
        let plural = words.is(run.end, kind::GROUP);
        if run.person && !plural && (known.is_some() || self.reads_as_person(&run, article_before))
        {
            let person = known.unwrap_or_else(|| {
                self.people.push(Person::named(name.clone(), start));
                self.people.len() - 1
            });
            // "the senator" again: a second description of a known person adds nothing
            return Named {
                name: Some(name),
                person: Some(person),
                description,
                kind: Some(SpeakerKind::Person),
            };
        }
        let whole = words.span(run.start.min(run.name), run.end).map_or("", |s| s.of(words.text));
        let name = whole.split_whitespace().collect::<Vec<_>>().join(" ");
        Named { name: Some(name), person: None, description, kind: Some(SpeakerKind::Organization) }
    }

    /// The part of a source that holds the name, and the name: the first part, or a later one that is nothing but a name.
    fn choose_name(&self, sentence: &Sentence, parts: &[(usize, usize)]) -> Option<(usize, Run)> {
        let words = self.words;
        if let Some(named) = self.name_after_office(sentence, parts) {
            return Some(named);
        }
        let mut choice: Option<(usize, Run)> = None;
        for (n, (a, b)) in parts.iter().enumerate() {
            let run = last_run(words, sentence, (*a, *b));
            let Some(run) = run.filter(|r| r.name < r.end && !is_common(words, sentence, r)) else {
                continue;
            };
            let single = run.end - run.name == 1 && n > 0 && !self.is_known(words.word(run.name));
            if run.person
                && !single
                && (n == 0 || run.start == *a || words.is(*a, kind::ROLE | kind::TITLE))
            {
                choice = Some((n, run));
                break;
            }
            if choice.is_none() && n == 0 {
                choice = Some((n, run));
            }
        }
        choice
    }

    /// German: "der Leiter der Feuerwehr, Jörn Wiebold": the noun behind the article is no name, what stands alone is one.
    fn name_after_office(
        &self,
        sentence: &Sentence,
        parts: &[(usize, usize)],
    ) -> Option<(usize, Run)> {
        let words = self.words;
        let (a, _) = parts.first().copied().filter(|_| words.lexicon.lang == "de")?;
        let (b, c) = parts.get(1).copied()?;
        let run = entity::run_at(words, sentence, b)?;
        let article = words.is(a, kind::DETERMINER) && !words.is(a + 1, kind::NAME);
        let office = run.person || words.is(a + 1, kind::ROLE | kind::TITLE);
        (article && office && run.end == c && run.end - run.name >= 2)
            .then_some((1, Run { person: true, ..run }))
    }

    fn is_known(&self, surname: &str) -> bool {
        self.people.iter().any(|p| p.surname() == surname)
    }

    /// Whether a run that nobody else in the article bears is a person's name all the same.
    fn reads_as_person(&self, run: &Run, article_before: bool) -> bool {
        let words = self.words;
        let length = run.end - run.name;
        let titled = run.name > run.start
            || run.start > 0 && words.is(run.start - 1, kind::TITLE | kind::ROLE);
        length >= 2 && !article_before || titled || words.is(run.name, kind::NAME)
    }

    /// All that the source says of the person beside the name.
    fn description(
        &self,
        parts: &[(usize, usize)],
        part: usize,
        run: &Run,
        (a, b): (usize, usize),
    ) -> Option<String> {
        let words = self.words;
        let mut pieces: Vec<String> = Vec::new();
        let mut add = |start: usize, end: usize| {
            let mut first = start;
            while first < end && words.mark(first).is_some() {
                first += 1;
            }
            if let Some(span) = words.span(first, end) {
                let text = span.of(words.text).trim().trim_matches(['(', ')', ',']);
                let low = text.trim_end_matches('.').to_lowercase();
                let courtesy = is_article(&low)
                    || matches!(
                        low.as_str(),
                        "mr" | "mrs" | "ms" | "miss" | "m" | "mme" | "herr" | "frau" | "sr" | "sra"
                    );
                if !text.is_empty() && !courtesy {
                    pieces.push(text.to_owned());
                }
            }
        };
        for (n, (start, end)) in parts.iter().enumerate() {
            if n == part {
                add(a, run.name);
                add(run.end, b);
            } else if *end > *start {
                add(*start, *end);
            }
        }
        (!pieces.is_empty()).then(|| pieces.join("; "))
    }

    /// A source without a name: "the archbishop", "many experts", "the airline".
    fn unnamed(&mut self, start: usize, end: usize, parts: &[(usize, usize)]) -> Named {
        let words = self.words;
        let (a, b) = parts.first().copied().unwrap_or((start, end));
        let head_end = phrase_head_end(words, a, b);
        let mut head = head_end.saturating_sub(1).max(a);
        if words.lexicon.lang == "ru" {
            // "жители посёлка": the genitive stands behind what it belongs to
            let known = kind::GROUP | kind::ROLE | kind::TITLE | kind::ORGANIZATION;
            head = (a..head_end).find(|i| words.is(*i, known)).unwrap_or(head);
        }
        let definite = words.is(a, kind::DETERMINER)
            && !matches!(
                words.low(a),
                "a" | "an" | "one" | "some" | "many" | "ein" | "eine" | "un" | "une" | "una"
            );
        let low = words.low(head).to_owned();
        if definite
            && words.is(head, kind::ROLE | kind::TITLE)
            && let Some(person) = self.by_office(&low, start)
        {
            return Named {
                name: None,
                person: Some(person),
                description: None,
                kind: Some(SpeakerKind::Person),
            };
        }
        if definite && let Some(person) = self.by_age((a, b), start) {
            return Named {
                person: Some(person),
                kind: Some(SpeakerKind::Person),
                ..Named::default()
            };
        }
        let mut first = a;
        while first < head
            && words.is(first, kind::DETERMINER)
            && (!words.is(first, kind::OTHER_PRONOUN)
                || matches!(words.low(first), "the" | "der" | "die"))
            && is_article(words.low(first))
        {
            first += 1;
        }
        // "an officer who did not want his name published": the name is "officer"
        let name_end = (first + 1..b).find(|i| words.low(*i) == "who").unwrap_or(b);
        let name = words
            .span(first, name_end)
            .map(|s| s.of(words.text).split_whitespace().collect::<Vec<_>>().join(" "));
        let of = self.kind_of_unnamed((start, end), (a, head_end), head);
        // "The mayor" says no more of the mayor than the name does
        let all = words.span(start, end).map(|s| s.of(words.text).to_owned());
        let description = all.filter(|all| {
            name.as_ref().is_none_or(|name| {
                !all.ends_with(name.as_str())
                    || all.split_whitespace().count() > name.split_whitespace().count() + 1
            })
        });
        Named { name, person: None, description, kind: Some(of) }
    }

    /// What a speaker without a name is, by the head of the phrase and the words around it.
    fn kind_of_unnamed(
        &self,
        (start, end): (usize, usize),
        (a, head_end): (usize, usize),
        head: usize,
    ) -> SpeakerKind {
        let words = self.words;
        let low = words.low(head);
        let anonymous = (start..end).any(|i| words.is(i, kind::ANONYMOUS));
        let neither = matches!(
            words.low(a),
            "neither" | "both" | "several" | "many" | "most" | "some" | "all" | "few"
        );
        let role = words.is(head, kind::ROLE | kind::TITLE);
        let plural = words.is(head, kind::GROUP)
            || neither
            || low.ends_with('s')
                && !low.ends_with("ss")
                && words.lexicon.lang == "en"
                && !role
                && !words.is(head, kind::ORGANIZATION);
        if anonymous {
            SpeakerKind::Anonymous
        } else if words.is(head, kind::THING | kind::WRITTEN | kind::BOOK) {
            SpeakerKind::Other
        } else if plural {
            SpeakerKind::Group
        } else if words.is(head, kind::ORGANIZATION | kind::OUTLET)
            || words.is_capital(head) && !role
        {
            SpeakerKind::Organization
        } else if role || (a..head_end).any(|i| words.is(i, kind::ROLE)) {
            SpeakerKind::Person
        } else if words.is(head, kind::OTHER_PRONOUN) {
            SpeakerKind::Anonymous
        } else if low.ends_with("er")
            || low.ends_with("or")
            || low.ends_with("ist")
            || low.ends_with("man")
            || low.ends_with("woman")
            || low.ends_with("ian")
        {
            SpeakerKind::Person
        } else {
            SpeakerKind::Organization
        }
    }

    /// "The archbishop": the person nearest before whose title or description has the word.
    fn by_office(&self, office: &str, at: usize) -> Option<usize> {
        let fits =
            |p: &Person| p.office.iter().any(|o| o == office || short_title(o) == Some(office));
        self.people
            .iter()
            .enumerate()
            .filter(|(_, p)| fits(p))
            .filter_map(|(i, p)| Some((p.mentions.iter().rev().find(|m| **m < at).copied()?, i)))
            .max()
            .map(|(_, i)| i)
    }

    /// "The 22-year-old student", "die 22 Jahre alte Studentin": the one person that the sentences right before name.
    fn by_age(&self, (a, b): (usize, usize), at: usize) -> Option<usize> {
        let words = self.words;
        let text = words.span(a, b)?.of(words.text).to_lowercase();
        let (age, _) = text.match_indices(|c: char| c.is_ascii_digit()).next()?;
        let after = text.get(age..)?.trim_start_matches(|c: char| c.is_ascii_digit());
        let ages = ["-year-old", " jahre alt", "-jährige", " ans", "-летн", " años"];
        if !ages.iter().any(|mark| after.starts_with(mark)) {
            return None;
        }
        let here = words.sentence_of(at)?;
        let near = |p: &Person| {
            p.mentions.iter().any(|m| {
                *m < at && words.sentence_of(*m).is_some_and(|s| s + AGE_SENTENCES_MAX >= here)
            })
        };
        let mut named = self.people.iter().enumerate().filter(|(_, p)| near(p)).map(|(i, _)| i);
        named.next().filter(|_| named.next().is_none())
    }

    fn pronoun(&mut self, at: usize, who: &[Option<u32>], depth: u32) -> Option<u32> {
        let words = self.words;
        let sentence = words.sentence_of(at)?;
        let s = *words.sentences.get(sentence)?;
        if words.is(at, kind::RELATIVE) && !words.is(at, kind::HE | kind::SHE) {
            // the noun phrase before "who"
            let mut end = at;
            while end > s.start && words.is_mark(end - 1, ',') {
                end -= 1;
            }
            let start = words.phrase_before(&s, s.start, end)?;
            return if start < end && depth == 0 {
                self.named((start, end), who, depth + 1)
            } else {
                None
            };
        }
        let low = words.low(at);
        let gender = match (words.is(at, kind::HE), words.is(at, kind::SHE)) {
            (true, _) => Gender::He,
            (_, true) => Gender::She,
            _ => Gender::Unknown,
        };
        let plural =
            words.is(at, kind::THEY) || low == "sie" && s.start == at && self.verb_is_plural(at);
        if plural {
            return self.last_of(who, SpeakerKind::Group);
        }
        if words.is(at, kind::IT) {
            return self.last_of(who, SpeakerKind::Organization);
        }
        if gender == Gender::Unknown {
            return None;
        }
        let (near, person) = self.nearest_person(gender, at)?;
        // whoever spoke last goes on speaking, unless somebody else was named since
        let last = who.iter().rev().flatten().next().copied();
        if let Some(last) = last
            && let Some(index) = self.persons.get(last as usize - 1).copied().flatten()
            && self
                .people
                .get(index)
                .is_some_and(|p| p.gender == gender || p.gender == Gender::Unknown)
            && near < sentence
        {
            return Some(last);
        }
        Some(self.person(person, None))
    }

    /// The last speaker of a kind.
    fn last_of(&self, who: &[Option<u32>], of: SpeakerKind) -> Option<u32> {
        let fits = |id: &&u32| self.speakers.get(**id as usize - 1).is_some_and(|s| s.kind == of);
        who.iter().rev().flatten().find(fits).copied()
    }

    /// Of the people before: those of the nearest sentence that names one, the first named there before the others.
    fn nearest_person(&self, gender: Gender, at: usize) -> Option<(usize, usize)> {
        let words = self.words;
        self.people
            .iter()
            .enumerate()
            .filter(|(_, p)| p.gender == gender || p.gender == Gender::Unknown)
            .filter_map(|(i, p)| {
                let mention = p.mentions.iter().rev().find(|m| **m < at).copied()?;
                let its = words.sentence_of(mention)?;
                let first_there = p
                    .mentions
                    .iter()
                    .copied()
                    .find(|m| words.sentences.get(its).is_some_and(|s| *m >= s.start))
                    .unwrap_or(mention);
                let sure = p.gender == gender;
                // a person whose gender the name tells outweighs one sentence of distance
                Some((its + usize::from(sure), std::cmp::Reverse(first_there), i))
            })
            .max()
            .map(|(distance, _, i)| (distance, i))
    }

    fn verb_is_plural(&self, at: usize) -> bool {
        self.words.low(at + 1).ends_with("en")
    }

    /// Two people of one surname name each other.
    fn flag_conflicts(&mut self) {
        let surnames: Vec<Option<String>> = self
            .speakers
            .iter()
            .map(|s| {
                (s.kind == SpeakerKind::Person && s.name.contains(' '))
                    .then(|| entity::surname(&s.name).to_owned())
            })
            .collect();
        let mut bearers: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for (i, surname) in surnames.iter().enumerate() {
            if let Some(surname) = surname {
                bearers.entry(surname).or_default().push(i as u32 + 1);
            }
        }
        for (speaker, surname) in self.speakers.iter_mut().zip(&surnames) {
            let all = surname.as_deref().and_then(|own| bearers.get(own));
            let others = all.into_iter().flatten().filter(|id| **id != speaker.id).copied();
            speaker.conflicts_with = others.take(CONFLICTS_MAX).collect();
        }
    }
}

fn is_article(low: &str) -> bool {
    matches!(
        low,
        "the"
            | "a"
            | "an"
            | "this"
            | "that"
            | "these"
            | "those"
            | "der"
            | "die"
            | "das"
            | "den"
            | "dem"
            | "des"
            | "ein"
            | "eine"
            | "einer"
            | "einem"
            | "le"
            | "la"
            | "les"
            | "l'"
            | "un"
            | "une"
            | "el"
            | "los"
            | "las"
            | "una"
            | "il"
            | "lo"
            | "gli"
            | "i"
    )
}

/// The office behind a short title.
fn short_title(title: &str) -> Option<&'static str> {
    Some(match title.trim_end_matches('.') {
        "gov" => "governor",
        "sen" => "senator",
        "rep" => "representative",
        "gen" => "general",
        "col" => "colonel",
        "capt" => "captain",
        "lt" => "lieutenant",
        "sgt" => "sergeant",
        "dr" => "doctor",
        "prof" => "professor",
        "rev" => "reverend",
        _ => return None,
    })
}

/// The parts of a source between commas and brackets.
fn segments(words: &Words<'_>, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut first = start;
    for i in start..end {
        if matches!(words.mark(i), Some(',' | '(' | ')' | '[' | ']' | ';' | '—')) {
            if first < i {
                parts.push((first, i));
            }
            first = i + 1;
        }
    }
    if first < end {
        parts.push((first, end));
    }
    parts
}

/// Where the head of a noun phrase ends: before "of", "who", "for".
fn phrase_head_end(words: &Words<'_>, start: usize, end: usize) -> usize {
    (start + 1..end)
        .find(|i| {
            let tok = words.toks.get(*i);
            let particle = matches!(words.low(*i), "de" | "von" | "van" | "di" | "da")
                && words.is_capital(i - 1)
                && words.is_capital(i + 1)
                && !words.is(i - 1, kind::TITLE | kind::ROLE | kind::ORGANIZATION);
            let german = words.lexicon.lang == "de"
                && words.is(*i, kind::DETERMINER)
                && matches!(words.low(*i), "der" | "des" | "den" | "dem")
                && *i > start;
            tok.is_some_and(|t| {
                (t.is(kind::PREPOSITION)
                    || t.is(kind::RELATIVE) && !words.is_capital(*i) && t.shape == Shape::Lower)
                    && !particle
            }) || german && !names_follow(words, *i, end)
        })
        .unwrap_or(end)
}

/// German: "Sprecher der Polizei Anna Kern": a genitive between office and name.
fn names_follow(words: &Words<'_>, at: usize, end: usize) -> bool {
    end >= at + 3 && words.is(end - 2, kind::NAME) && words.is_capital(end - 1)
}

/// The run of capitals that closes the head of a part of a source.
fn last_run(words: &Words<'_>, sentence: &Sentence, (a, b): (usize, usize)) -> Option<Run> {
    let head_end = phrase_head_end(words, a, b);
    let mut run = None;
    let mut i = a;
    while i < head_end {
        let Some(found) = entity::run_at(words, sentence, i) else {
            i += 1;
            continue;
        };
        let found = Run { end: found.end.min(head_end), ..found };
        i = found.end.max(i + 1);
        if words.low(found.end) != "'s" && found.end == head_end || found.end == b {
            run = Some(found);
        }
    }
    run
}

/// "Police", "Miners say": a common noun that only the start of the sentence gives its capital.
fn is_common(words: &Words<'_>, sentence: &Sentence, run: &Run) -> bool {
    const PLURALS: [&str; 10] =
        ["ers", "ors", "ists", "ians", "men", "ants", "ents", "ees", "ials", "ives"];
    let low = words.low(run.start);
    let plural = words.lexicon.lang == "en"
        && run.start == sentence.start
        && run.end == run.start + 1
        && !words.is(run.start, kind::NAME)
        && PLURALS.iter().any(|end| low.ends_with(end));
    let known =
        |i: usize| words.is(i, kind::GROUP | kind::ROLE | kind::TITLE) && !words.is(i, kind::NAME);
    plural || (run.start..run.end).all(known)
}
