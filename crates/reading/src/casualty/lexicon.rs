//! The words that tell of people hurt, in five languages, from `data/LANG/{casualties,bounds,people}.txt`.

use std::sync::LazyLock;

use language::Lang;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{CasualtyKind, Qualifier, words::Words};

/// What a trigger does with the people around it; several may hold for one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) part: bool,
    pub(super) act: bool,
    pub(super) die: bool,
    pub(super) state: bool,
    pub(super) noun: bool,
    pub(super) of: bool,
    pub(super) toll: bool,
}

/// A phrase behind its first word, and what it means.
type Phrases<T> = FxHashMap<&'static str, Vec<(Vec<&'static str>, T)>>;

#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// `None`: casualties, killed and injured alike.
    triggers: Phrases<(Class, Option<CasualtyKind>)>,
    bounds: Phrases<Qualifier>,
    people: FxHashSet<&'static str>,
    things: FxHashSet<&'static str>,
}

fn kind_of(name: &str) -> Option<CasualtyKind> {
    Some(match name {
        "killed" => CasualtyKind::Killed,
        "injured" => CasualtyKind::Injured,
        "missing" => CasualtyKind::Missing,
        "kidnapped" => CasualtyKind::Kidnapped,
        "arrested" => CasualtyKind::Arrested,
        "displaced" => CasualtyKind::Displaced,
        _ => return None,
    })
}

fn qualifier_of(name: &str) -> Option<Qualifier> {
    Some(match name {
        "at_least" => Qualifier::AtLeast,
        "at_most" => Qualifier::AtMost,
        "about" => Qualifier::About,
        "more_than" => Qualifier::MoreThan,
        "fewer_than" => Qualifier::FewerThan,
        "exactly" => Qualifier::Exactly,
        _ => return None,
    })
}

fn lexicon(triggers: &'static str, bounds: &'static str, people: &'static str) -> Lexicon {
    let mut out = Lexicon::default();
    for line in triggers.lines().filter(|l| !l.starts_with('#')) {
        let mut parts = line.split(' ');
        let (Some(phrase), Some(class), Some(name)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let kind = kind_of(name);
        if kind.is_none() && name != "casualties" {
            continue;
        }
        let mut words = phrase.split('_');
        let (Some(first), rest) = (words.next(), words.collect::<Vec<_>>()) else { continue };
        let entries = out.triggers.entry(first).or_default();
        let place =
            entries.iter().position(|(r, (_, k))| *r == rest && *k == kind).unwrap_or_else(|| {
                entries.push((rest, (Class::default(), kind)));
                entries.len() - 1
            });
        let Some((_, (found, _))) = entries.get_mut(place) else { continue };
        match class {
            "part" => found.part = true,
            "act" => found.act = true,
            "die" => found.die = true,
            "state" => found.state = true,
            "noun" => found.noun = true,
            "of" => found.of = true,
            "toll" => found.toll = true,
            _ => {}
        }
    }
    for line in bounds.lines().filter(|l| !l.starts_with('#')) {
        let Some((phrase, name)) = line.split_once('=') else { continue };
        let Some(qualifier) = qualifier_of(name) else { continue };
        let mut words = phrase.split(' ');
        let Some(first) = words.next() else { continue };
        out.bounds.entry(first).or_default().push((words.collect(), qualifier));
    }
    for line in people.lines() {
        if let Some(word) = line.strip_prefix('+') {
            out.people.insert(word);
        } else if let Some(word) = line.strip_prefix('-') {
            out.things.insert(word);
        }
    }
    out
}

macro_rules! language {
    ($name:ident, $lang:literal) => {
        static $name: LazyLock<Lexicon> = LazyLock::new(|| {
            lexicon(
                include_str!(concat!("../../data/", $lang, "/casualties.txt")),
                include_str!(concat!("../../data/", $lang, "/bounds.txt")),
                include_str!(concat!("../../data/", $lang, "/people.txt")),
            )
        });
    };
}

language!(EN, "en");
language!(DE, "de");
language!(FR, "fr");
language!(RU, "ru");
language!(ES, "es");
static NONE: LazyLock<Lexicon> = LazyLock::new(Lexicon::default);

/// The longest phrase at the word `i`.
fn longest<T: Copy>(phrases: &Phrases<T>, words: &Words<'_>, i: usize) -> Vec<(usize, T)> {
    let mut out: Vec<(usize, T)> = Vec::new();
    let Some(entries) = phrases.get(words.lower(i)) else { return out };
    for (rest, value) in entries {
        let fits = rest.iter().enumerate().all(|(k, part)| words.lower(i + 1 + k) == *part);
        let end = i + 1 + rest.len();
        if fits && out.first().is_none_or(|(longest, _)| end >= *longest) {
            if out.first().is_some_and(|(longest, _)| end > *longest) {
                out.clear();
            }
            out.push((end, *value));
        }
    }
    out
}

impl Lexicon {
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::EN => &EN,
            Lang::DE => &DE,
            Lang::FR => &FR,
            Lang::RU => &RU,
            Lang::ES => &ES,
            _ => &NONE,
        }
    }

    /// The triggers that begin at the word `i`: end, class and kind.
    pub(super) fn triggers(
        &self,
        words: &Words<'_>,
        i: usize,
    ) -> Vec<(usize, (Class, Option<CasualtyKind>))> {
        longest(&self.triggers, words, i)
    }

    pub(super) fn is_trigger(&self, words: &Words<'_>, i: usize) -> bool {
        !longest(&self.triggers, words, i).is_empty()
    }

    /// A word that bounds the number behind it: its end and what it says.
    pub(super) fn bound(&self, words: &Words<'_>, i: usize) -> Option<(usize, Qualifier)> {
        longest(&self.bounds, words, i).first().copied()
    }

    /// Whether the noun counts people (`Some(true)`), never does (`Some(false)`), or cannot be told.
    pub(super) fn counts_people(&self, noun: &str) -> Option<bool> {
        if self.people.contains(noun) {
            Some(true)
        } else if self.things.contains(noun) {
            Some(false)
        } else {
            None
        }
    }
}
