//! Which word of a text in capitals is a name, which an acronym, and which a word like others.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::CaseKnowledge;
use crate::{
    cue::{self, kind},
    gazetteer::{self, Candidate, Form, PlaceKind, normal},
    words::{Kind, Words},
};

/// A town of so many people is meant by its name, though word lists know the name as well.
const TOWN_PEOPLE_MIN: u32 = 300_000;

/// Most words of one place's name.
const PLACE_WORDS_MAX: usize = 4;

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Small,
    Capital,
    /// As it stands.
    Upper,
}

/// A class of `data/en/case.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Upper,
    Name,
    Lower,
    Region,
}

static CLASSES: LazyLock<FxHashMap<&'static str, Class>> = LazyLock::new(|| {
    let mut out = FxHashMap::default();
    for line in include_str!("../../data/en/case.txt").lines().filter(|l| !l.starts_with('#')) {
        let Some((class, words)) = line.split_once(": ") else { continue };
        let class = match class {
            "upper" => Class::Upper,
            "name" => Class::Name,
            "lower" => Class::Lower,
            "region" => Class::Region,
            _ => continue,
        };
        out.extend(words.split(' ').map(|word| (word, class)));
    }
    out
});

/// Decides the shape of every word of one passage.
pub(super) struct Shaper<'a> {
    words: Words<'a>,
    lexicon: &'static cue::Lexicon,
    knowledge: CaseKnowledge<'a>,
    shapes: Vec<Shape>,
}

impl<'a> Shaper<'a> {
    pub(super) fn new(words: Words<'a>, knowledge: CaseKnowledge<'a>) -> Self {
        let shapes = vec![Shape::Small; words.len()];
        let lexicon = cue::Lexicon::of(words.lang);
        let mut shaper = Self { words, lexicon, knowledge, shapes };
        shaper.each_alone();
        shaper.acronyms();
        shaper.places();
        shaper.persons();
        shaper.sentences();
        shaper
    }

    /// Appends the text in its new shape.
    pub(super) fn write(&self, text: &str, out: &mut String) {
        let mut at = 0;
        for (i, shape) in self.shapes.iter().enumerate() {
            let Some(word) = self.words.get(i).filter(|w| w.kind == Kind::Letters) else {
                continue;
            };
            let (start, end) = (word.span.start as usize, word.span.end as usize);
            out.push_str(text.get(at..start).unwrap_or(""));
            at = end;
            let raw = text.get(start..end).unwrap_or("");
            for (nth, c) in raw.chars().enumerate() {
                let stays = *shape == Shape::Upper || *shape == Shape::Capital && nth == 0;
                if stays { out.push(c) } else { push_small(c, out) }
            }
        }
        out.push_str(text.get(at..).unwrap_or(""));
    }

    fn kinds(&self, i: usize) -> u64 {
        self.lexicon.get(self.words.lower(i)).map_or(0, |e| e.kinds)
    }

    fn class(&self, i: usize) -> Option<Class> {
        CLASSES.get(self.words.lower(i)).copied()
    }

    fn is_letters(&self, i: usize) -> bool {
        self.words.kind(i) == Some(Kind::Letters)
    }

    fn set(&mut self, i: usize, to: Shape) {
        if let Some(shape) = self.shapes.get_mut(i) {
            *shape = to;
        }
    }

    fn is(&self, i: usize, shape: Shape) -> bool {
        self.shapes.get(i) == Some(&shape)
    }

    /// Articles, prepositions, auxiliaries, verbs of speaking: never a part of a name without its neighbours.
    fn is_closed(&self, i: usize) -> bool {
        let open =
            kind::NAME | kind::TITLE | kind::ROLE | kind::ORGANIZATION | kind::OUTLET | kind::TIME;
        self.class(i) == Some(Class::Lower)
            || self
                .lexicon
                .get(self.words.lower(i))
                .is_some_and(|e| e.kinds & !open != 0 || !e.senses.is_empty())
    }

    fn is_common(&self, i: usize) -> bool {
        let word = self.words.lower(i);
        self.is_closed(i)
            || self.kinds(i) & !kind::NAME != 0
            || (self.knowledge.is_common)(word).unwrap_or(true)
            || crate::casualty::counts_people(self.words.lang, word).is_some()
            || ends_as_common(word)
    }

    /// What a word is by itself.
    fn each_alone(&mut self) {
        for i in 0..self.words.len() {
            let (raw, lower) = (self.words.raw(i), self.words.lower(i));
            if !self.is_letters(i) {
                continue;
            }
            let single = raw.chars().count() == 1;
            let beside_mark =
                |k: usize| matches!(self.words.raw(k), "-" | "." | "/") && self.words.glued(k);
            let shape = if raw.contains('.') || lower == "i" {
                Shape::Upper
            } else if lower.starts_with('\'') {
                Shape::Small
            } else if single {
                // an initial, "C-4", "M-16"; "a" and "y" are words
                if beside_mark(i + 1) { Shape::Upper } else { Shape::Small }
            } else {
                match self.class(i) {
                    Some(Class::Upper) => Shape::Upper,
                    Some(Class::Name) => Shape::Capital,
                    Some(Class::Lower) => Shape::Small,
                    _ if self.is_common(i) => Shape::Small,
                    _ if !lower.contains(['a', 'e', 'i', 'o', 'u', 'y']) && lower.is_ascii() => {
                        Shape::Upper
                    }
                    _ => Shape::Capital,
                }
            };
            self.set(i, shape);
        }
    }

    /// "NATIONAL LIBERATION FRONT [NLF]": the short form stays in capitals, wherever it stands; the long one is a name.
    fn acronyms(&mut self) {
        let mut short: FxHashSet<String> = FxHashSet::default();
        for i in 1..self.words.len() {
            let inside = matches!(self.words.raw(i - 1), "[" | "(")
                && matches!(self.words.raw(i + 1), "]" | ")");
            let word = self.words.lower(i);
            if !inside || !self.is_letters(i) || !(2..=8).contains(&word.len()) || self.is_closed(i)
            {
                continue;
            }
            let named = self.spelt_out(i, word);
            if named.is_none() && (self.is_common(i) || self.kinds(i) != 0) {
                continue;
            }
            short.insert(word.to_owned());
            for k in named.into_iter().flatten() {
                if self.is_letters(k) && self.words.lower(k).chars().count() > 3 {
                    self.set(k, Shape::Capital);
                }
            }
        }
        for i in 0..self.words.len() {
            if short.contains(self.words.lower(i)) {
                self.set(i, Shape::Upper);
            }
        }
    }

    /// The words before a bracket whose first letters make the short form inside, some small words left out.
    fn spelt_out(&self, bracketed: usize, short: &str) -> Option<std::ops::Range<usize>> {
        let end = bracketed - 1;
        let mut letters = short.chars().rev().peekable();
        let mut k = end;
        while letters.peek().is_some() {
            k = k.checked_sub(1)?;
            if end - k > 2 * short.len() || !self.is_letters(k) {
                return None;
            }
            if self.words.lower(k).chars().next() == letters.peek().copied() {
                letters.next();
            } else if !self.is_closed(k) {
                return None;
            }
        }
        Some(k..end)
    }

    fn places(&mut self) {
        let mut i = 0;
        while i < self.words.len() {
            let end = if self.is_letters(i) { self.place_at(i) } else { None };
            let Some(end) = end else {
                i += 1;
                continue;
            };
            for k in i..end {
                if self.is_letters(k)
                    && !self.is(k, Shape::Upper)
                    && !(k > i && self.is_closed(k) && k + 1 < end)
                {
                    self.set(k, Shape::Capital);
                }
            }
            i = end;
        }
    }

    /// Where the longest name of a place ends that begins here and is meant as one.
    fn place_at(&self, i: usize) -> Option<usize> {
        let (words, pack) = (&self.words, self.knowledge.gazetteer);
        let mut key = String::new();
        normal::push_word(&mut key, words.lower(i));
        let longer = gazetteer::begins(pack, &key);
        let mut best = None;
        let mut end = i + 1;
        loop {
            let found = gazetteer::find(pack, &key, words.lang);
            if self.is_meant(i, end, &found) {
                best = Some(end);
            }
            if !longer || end - i >= PLACE_WORDS_MAX || !self.is_letters(end) {
                return best;
            }
            key.push(' ');
            normal::push_word(&mut key, words.lower(end));
            end += 1;
        }
    }

    fn is_meant(&self, start: usize, end: usize, found: &[Candidate]) -> bool {
        let of_rank = |c: &Candidate| {
            matches!(c.kind, PlaceKind::Country | PlaceKind::Region | PlaceKind::Water)
                || c.form == Form::Adjective
                || c.capital && c.form == Form::Name
                || c.population >= TOWN_PEOPLE_MIN && c.form == Form::Name
        };
        if found.is_empty() {
            return false;
        }
        if end == start + 1 {
            return !self.is_closed(start) && (found.iter().any(of_rank) || !self.is_common(start));
        }
        let known_inside = (start..end).any(|k| !self.is_common(k));
        known_inside && !self.is_closed(start)
            || self.class(start) == Some(Class::Region)
            || found.iter().any(of_rank) && !self.is_closed(start)
    }

    /// Forenames with what follows them, and titles before a name.
    fn persons(&mut self) {
        for i in 0..self.words.len() {
            if self.kinds(i) & kind::NAME == 0 || self.class(i) == Some(Class::Lower) {
                continue;
            }
            // "will", "mark" and "bill" are names only beside one
            let common = self
                .lexicon
                .get(self.words.lower(i))
                .is_some_and(|e| e.kinds & !kind::NAME != 0 || !e.senses.is_empty());
            if common && !self.is(i + 1, Shape::Capital) {
                continue;
            }
            self.set(i, Shape::Capital);
            let next = i + 1;
            let is_name = self.is_letters(next)
                && !self.words.glued(next)
                && !self.is_closed(next)
                && self.kinds(next) & (kind::TITLE | kind::ROLE | kind::GROUP | kind::TIME) == 0
                && crate::casualty::counts_people(self.words.lang, self.words.lower(next))
                    .is_none()
                && !ends_as_common(self.words.lower(next))
                && !crate::casualty::is_trigger(&self.words, next);
            if is_name && self.is(next, Shape::Small) {
                self.set(next, Shape::Capital);
            }
        }
        for i in (0..self.words.len()).rev() {
            let name = self.is(i + 1, Shape::Capital)
                && !self.words.glued(i + 1)
                && self.class(i + 1).is_none();
            if name && self.kinds(i) & kind::TITLE != 0 && self.kinds(i + 1) & kind::TIME == 0 {
                self.set(i, Shape::Capital);
            }
        }
    }

    fn sentences(&mut self) {
        let mut start = true;
        for i in 0..self.words.len() {
            if self.is_letters(i) {
                if start && self.is(i, Shape::Small) && !self.words.lower(i).starts_with('\'') {
                    self.set(i, Shape::Capital);
                }
                start = false;
            } else if matches!(self.words.raw(i), "." | "!" | "?") && !self.words.glued(i + 1) {
                // "Gen. Molina" and "No. 5" end no sentence
                start = i
                    .checked_sub(1)
                    .is_none_or(|b| self.kinds(b) & (kind::TITLE | kind::ABBREVIATION) == 0);
            } else if self.words.raw(i) == "["
                || self.words.raw(i) == "]" && !self.is(i.saturating_sub(1), Shape::Upper)
            {
                start = true;
            } else if self.words.kind(i) == Some(Kind::Figures) {
                start = false;
            }
        }
    }
}

/// The small letter where it is as long as the capital, else the capital.
fn push_small(c: char, out: &mut String) {
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) if one.len_utf8() == c.len_utf8() => out.push(one),
        _ => out.push(c),
    }
}

/// Endings of words that are hardly ever names, for what no list knows: "narcoterrorism", "counterinsurgency".
fn ends_as_common(word: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        "ing", "tion", "tions", "ism", "ists", "ment", "ments", "ness", "ously", "ively", "ally",
        "ized", "ated", "ency", "ility", "iously",
    ];
    word.len() > 6 && ENDINGS.iter().any(|e| word.ends_with(e))
}
