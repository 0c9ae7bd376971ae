//! The words that bring speech, by language: cue verbs with what may follow them, and the small words around them.
//!
//! The lists are data files (`data/LANG/cues.txt`, `data/LANG/speech.txt`, `data/names.txt`) that a person can edit;
//! this file says how their lines are read and inflects the regular verbs.

use std::sync::OnceLock;

use language::Lang;
use rustc_hash::FxHashMap;

/// What may stand around a cue verb; the letters are those of the data files.
pub(crate) mod frame {
    pub(crate) const QUOTE: u16 = 1;
    pub(crate) const THAT: u16 = 1 << 1;
    pub(crate) const CLAUSE: u16 = 1 << 2;
    pub(crate) const INFINITIVE: u16 = 1 << 3;
    pub(crate) const NOUN: u16 = 1 << 4;
    pub(crate) const OBJECT: u16 = 1 << 5;
    pub(crate) const GERUND: u16 = 1 << 6;
    pub(crate) const AS: u16 = 1 << 7;
    pub(crate) const AFTER: u16 = 1 << 8;
    pub(crate) const WEAK: u16 = 1 << 9;
}

/// What kind of word a word is; a word may be several.
pub(crate) mod kind {
    macro_rules! kinds {
        ($($name:ident = $bit:literal, $section:literal;)*) => {
            $(pub(crate) const $name: u64 = 1 << $bit;)*
            /// The bit of a section of `speech.txt`.
            pub(crate) fn of_section(section: &str) -> u64 {
                match section {
                    $($section => $name,)*
                    _ => 0,
                }
            }
        };
    }
    kinds! {
        DETERMINER = 0, "determiner";
        POSSESSIVE = 1, "possessive";
        HE = 2, "pronoun.m";
        SHE = 3, "pronoun.f";
        IT = 4, "pronoun.n";
        THEY = 5, "pronoun.plural";
        FIRST_PERSON = 6, "pronoun.first";
        OTHER_PRONOUN = 7, "pronoun.other";
        AUXILIARY = 8, "auxiliary";
        MODAL = 9, "modal";
        NEGATION = 10, "negation";
        PREPOSITION = 11, "preposition";
        SUBORDINATOR = 12, "subordinator";
        COORDINATOR = 13, "coordinator";
        COMPLEMENTIZER = 14, "complementizer";
        RELATIVE = 15, "relative";
        ADVERB = 16, "adverb";
        TIME = 17, "time";
        TITLE_M = 18, "title.m";
        TITLE_F = 19, "title.f";
        TITLE_ANY = 20, "title";
        ROLE = 21, "role";
        GROUP = 22, "group";
        ORGANIZATION = 23, "organization";
        OUTLET = 24, "outlet";
        INTERVIEW = 25, "medium.interview";
        WRITTEN = 26, "medium.statement";
        POST = 27, "medium.post";
        SPEECH = 28, "medium.speech";
        BOOK = 29, "medium.book";
        ANONYMOUS = 30, "anonymous";
        ACCORDING = 31, "according";
        ACCORDING_AFTER = 32, "according_after";
        PROMOTION = 33, "promotion";
        NAME_M = 34, "m";
        NAME_F = 35, "f";
        SO = 36, "so_cue";
        ROLE_SUFFIX = 37, "role_suffix";
        ORGANIZATION_SUFFIX = 38, "organization_suffix";
        ABBREVIATION = 39, "abbreviation";
        SPEECH_NOUN = 40, "noun";
        STANCE_NOUN = 41, "noun.stance";
        STANCE = 42, "adjective";
        LIGHT = 43, "verb.light";
        THING = 44, "thing";
        CLITIC = 45, "pronoun.clitic";
        SUBJUNCTIVE = 46, "subjunctive";
        SUBJUNCTIVE_WEAK = 47, "subjunctive.weak";
        DATIVE = 48, "dative";
        CLAUSE_OPENER = 49, "clause_opener";
        BE = 50, "be";
    }
    pub(crate) const PRONOUN: u64 = HE | SHE | IT | THEY | FIRST_PERSON | OTHER_PRONOUN;
    pub(crate) const TITLE: u64 = TITLE_M | TITLE_F | TITLE_ANY;
    pub(crate) const NAME: u64 = NAME_M | NAME_F;
    pub(crate) const MEDIUM: u64 = INTERVIEW | WRITTEN | POST | SPEECH | BOOK;
}

/// Which form of its verb a word is.
pub(crate) mod form {
    /// "say"
    pub(crate) const BASE: u8 = 1;
    /// "says"
    pub(crate) const PRESENT: u8 = 1 << 1;
    /// "said"
    pub(crate) const PAST: u8 = 1 << 2;
    /// "(has) said"
    pub(crate) const PARTICIPLE: u8 = 1 << 3;
    /// "saying"
    pub(crate) const ING: u8 = 1 << 4;
    pub(crate) const FINITE: u8 = BASE | PRESENT | PAST;
}

/// A verb that brings speech.
#[derive(Debug)]
pub(crate) struct Cue {
    /// "say"
    pub(crate) lemma: &'static str,
    /// Bits of [`frame`].
    pub(crate) frames: u16,
    /// Prepositions that may bring what is spoken of: "called *for*".
    pub(crate) prepositions: Vec<&'static str>,
}

/// A word form as a form of a cue verb.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sense {
    /// Index into [`Lexicon::cues`].
    pub(crate) cue: u16,
    /// Bits of [`form`].
    pub(crate) form: u8,
    /// The separable prefix that must stand later in the clause: "teilte … *mit*".
    pub(crate) particle: Option<&'static str>,
}

/// All that is known of one word form.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// Bits of [`kind`].
    pub(crate) kinds: u64,
    /// The cue verbs that it may be a form of.
    pub(crate) senses: Vec<Sense>,
    /// Longer expressions that begin with it: the further words, and the kinds of the whole.
    pub(crate) phrases: Vec<(Vec<&'static str>, u64)>,
}

/// The words of one language.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Two letters; empty for a language without lists of its own.
    pub(crate) lang: &'static str,
    pub(crate) cues: Vec<Cue>,
    pub(crate) words: FxHashMap<String, Entry>,
    /// Ends of words that name a role or an organisation ("…minister", "…ministerium").
    pub(crate) suffixes: Vec<(&'static str, u64)>,
}

impl Lexicon {
    /// The lists of a language, read once; a language without lists has given names and punctuation only.
    pub(crate) fn of(lang: Lang) -> &'static Self {
        static ALL: [OnceLock<Lexicon>; 7] = [const { OnceLock::new() }; 7];
        let (slot, code, cues, words) = match lang.as_str() {
            "en" => (
                0,
                "en",
                include_str!("../data/en/cues.txt"),
                include_str!("../data/en/speech.txt"),
            ),
            "de" => (
                1,
                "de",
                include_str!("../data/de/cues.txt"),
                include_str!("../data/de/speech.txt"),
            ),
            "fr" => (
                2,
                "fr",
                include_str!("../data/fr/cues.txt"),
                include_str!("../data/fr/speech.txt"),
            ),
            "es" => (
                3,
                "es",
                include_str!("../data/es/cues.txt"),
                include_str!("../data/es/speech.txt"),
            ),
            "ru" => (
                4,
                "ru",
                include_str!("../data/ru/cues.txt"),
                include_str!("../data/ru/speech.txt"),
            ),
            "it" => (
                5,
                "it",
                include_str!("../data/it/cues.txt"),
                include_str!("../data/it/speech.txt"),
            ),
            _ => (6, "", "", ""),
        };
        ALL[slot].get_or_init(|| Self::build(code, cues, words))
    }

    /// Looks a lower-cased word up.
    pub(crate) fn get(&self, low: &str) -> Option<&Entry> {
        self.words.get(low)
    }

    /// The kinds that the end of a word tells ("Bundesaußenminister").
    pub(crate) fn suffix_kinds(&self, low: &str) -> u64 {
        self.suffixes
            .iter()
            .filter(|(suffix, _)| low.len() > suffix.len() + 1 && low.ends_with(suffix))
            .fold(0, |kinds, (_, kind)| kinds | kind)
    }

    fn build(lang: &'static str, cues: &'static str, words: &'static str) -> Self {
        let mut lexicon =
            Self { lang, cues: Vec::new(), words: FxHashMap::default(), suffixes: Vec::new() };
        lexicon.add_words(include_str!("../data/names.txt"));
        lexicon.add_words(words);
        for line in cues.lines() {
            lexicon.add_cue(line);
        }
        lexicon
    }

    fn add_words(&mut self, source: &'static str) {
        let mut kinds = 0;
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                kinds = kind::of_section(section);
                debug_assert!(kinds != 0, "no such section: {section}");
                continue;
            }
            for word in line.split_whitespace() {
                if kinds == kind::ROLE_SUFFIX {
                    self.suffixes.push((word, kind::ROLE));
                } else if kinds == kind::ORGANIZATION_SUFFIX {
                    self.suffixes.push((word, kind::ORGANIZATION));
                } else if word.contains('_') {
                    let mut parts = word.split('_');
                    let first = parts.next().unwrap_or("");
                    let rest: Vec<&'static str> = parts.collect();
                    self.words.entry(first.to_owned()).or_default().phrases.push((rest, kinds));
                } else {
                    self.words.entry(word.to_owned()).or_default().kinds |= kinds;
                }
            }
        }
    }

    fn add_cue(&mut self, line: &'static str) {
        let mut parts = line.split_whitespace();
        let Some(written) = parts.next().filter(|word| !word.starts_with('#')) else {
            return;
        };
        let frames =
            parts.next().map_or(0, |part| if part.starts_with('+') { 0 } else { frames(part) });
        let rest = || line.split_whitespace().skip(1);
        let prepositions: Vec<&'static str> = rest().filter_map(|p| p.strip_prefix('+')).collect();
        let forms: Vec<&'static str> = rest().skip(1).filter(|p| !p.starts_with('+')).collect();
        let cue = self.cues.len() as u16;
        let lemma = written;
        self.cues.push(Cue { lemma, frames, prepositions });
        let mut add = |word: &str, form: u8, particle: Option<&'static str>| {
            let senses = &mut self.words.entry(word.to_owned()).or_default().senses;
            match senses.iter_mut().find(|s| s.cue == cue && s.particle == particle) {
                Some(sense) => sense.form |= form,
                None => senses.push(Sense { cue, form, particle }),
            }
        };
        match self.lang {
            "en" => english(lemma, &forms, &mut add),
            "de" => german(lemma, &forms, &mut add),
            "fr" => romance(
                lemma,
                &forms,
                "er",
                &["e", "ent", "ait", "aient", "a", "èrent", "é", "ée"],
                &mut add,
            ),
            "es" => romance(
                lemma,
                &forms,
                "ar",
                &["a", "an", "aba", "aban", "ó", "aron", "ado", "ando"],
                &mut add,
            ),
            "it" => romance(
                lemma,
                &forms,
                "are",
                &["a", "ano", "ava", "avano", "ò", "arono", "ato", "ata"],
                &mut add,
            ),
            _ => forms.iter().for_each(|word| add(word, form::FINITE, None)),
        }
    }
}

fn frames(letters: &str) -> u16 {
    letters.chars().fold(0, |all, letter| {
        all | match letter {
            'Q' => frame::QUOTE,
            'T' | 'D' => frame::THAT,
            'Z' | 'K' => frame::CLAUSE,
            'I' => frame::INFINITIVE,
            'N' => frame::NOUN,
            'O' => frame::OBJECT,
            'G' => frame::GERUND,
            'A' => frame::AS,
            'P' => frame::AFTER,
            'W' => frame::WEAK,
            _ => 0,
        }
    })
}

fn english(lemma: &str, forms: &[&str], add: &mut impl FnMut(&str, u8, Option<&'static str>)) {
    add(lemma, form::BASE, None);
    if let [present, past, participle, ing] = forms {
        add(present, form::PRESENT, None);
        add(past, form::PAST, None);
        add(participle, form::PARTICIPLE, None);
        add(ing, form::ING, None);
        return;
    }
    let vowel = |c: char| "aeiou".contains(c);
    let ends: Vec<char> = lemma.chars().rev().take(3).collect();
    let (stem, ed, ing) = match ends.as_slice() {
        ['e', 'i', ..] => (lemma.to_owned(), "d", None),
        ['e', ..] => (lemma.to_owned(), "d", lemma.strip_suffix('e')),
        ['y', before, ..] if !vowel(*before) => {
            (format!("{}i", lemma.strip_suffix('y').unwrap_or(lemma)), "ed", Some(lemma))
        }
        // one syllable that ends consonant, vowel, consonant doubles the last letter: "quip", "slam", "beg"
        [last, mid, first]
            if !vowel(*last)
                && !"wxy".contains(*last)
                && vowel(*mid)
                && (!vowel(*first) || lemma.contains("qu"))
                && (lemma.chars().filter(|c| vowel(*c)).count() == 1
                    || matches!(
                        lemma,
                        "admit" | "quip" | "concur" | "rebut" | "commit" | "propel" | "refer"
                    )) =>
        {
            (format!("{lemma}{last}"), "ed", None)
        }
        _ => (lemma.to_owned(), "ed", Some(lemma)),
    };
    let present = match ends.as_slice() {
        ['y', before, ..] if !vowel(*before) => format!("{stem}es"),
        ['s' | 'x' | 'z', ..] | ['h', 's' | 'c', ..] => format!("{lemma}es"),
        _ => format!("{lemma}s"),
    };
    add(&present, form::PRESENT, None);
    add(&format!("{stem}{ed}"), form::PAST | form::PARTICIPLE, None);
    add(&format!("{}ing", ing.unwrap_or(&stem)), form::ING, None);
}

fn german(
    written: &'static str,
    forms: &[&'static str],
    add: &mut impl FnMut(&str, u8, Option<&'static str>),
) {
    let (particle, verb) = written.split_once('|').map_or((None, written), |(p, v)| (Some(p), v));
    // inseparable prefixes are written with "|" only to make the stem plain
    let (particle, verb_full) = match particle {
        Some("er") => (None, format!("er{verb}")),
        _ => (particle, verb.to_owned()),
    };
    let joined = particle.map(|p| format!("{p}{verb}"));
    add(joined.as_deref().unwrap_or(&verb_full), form::BASE, None);
    if !forms.is_empty() {
        for word in forms {
            match word.split_once('_') {
                Some((word, particle)) => add(word, form::FINITE, Some(particle)),
                None => add(word, form::FINITE | form::PARTICIPLE, None),
            }
        }
        if particle.is_none() && written.ends_with('n') {
            add(written, form::FINITE, None);
        }
        return;
    }
    let stem =
        verb_full.strip_suffix("en").or_else(|| verb_full.strip_suffix('n')).unwrap_or(&verb_full);
    let linking =
        if stem.ends_with('t') || stem.ends_with('d') || stem.ends_with("gn") { "e" } else { "" };
    let finite = [
        format!("{stem}{linking}t"),
        verb_full.clone(),
        format!("{stem}{linking}te"),
        format!("{stem}{linking}ten"),
        format!("{stem}e"),
    ];
    for word in &finite {
        add(word, form::FINITE, particle);
        if let Some(p) = particle {
            add(&format!("{p}{word}"), form::FINITE, None);
        }
    }
    // participles without "ge": "erklärt", "kommentiert"
    let inseparable = ["be", "er", "ver", "ent", "zer", "ge", "wider", "hinter"];
    let plain =
        verb_full.ends_with("ieren") || inseparable.iter().any(|p| verb_full.starts_with(p));
    let ge = if plain { "" } else { "ge" };
    add(&format!("{}{ge}{stem}{linking}t", particle.unwrap_or("")), form::PARTICIPLE, None);
    if let Some(p) = particle {
        add(&format!("{p}zu{verb_full}"), form::BASE, None);
    }
}

fn romance(
    lemma: &str,
    forms: &[&str],
    ending: &str,
    endings: &[&str],
    add: &mut impl FnMut(&str, u8, Option<&'static str>),
) {
    add(lemma, form::BASE, None);
    if !forms.is_empty() {
        for word in forms {
            add(word, form::FINITE | form::PARTICIPLE, None);
        }
        return;
    }
    let Some(stem) = lemma.strip_suffix(ending) else {
        return;
    };
    for tail in endings {
        // "annoncer": annonça, "changer": mangea
        let soft = match (stem.chars().last(), tail.chars().next()) {
            (Some('c'), Some('a' | 'ò')) if ending == "er" => {
                format!("{}ç{tail}", stem.strip_suffix('c').unwrap_or(stem))
            }
            (Some('g'), Some('a')) if ending == "er" => format!("{stem}e{tail}"),
            _ => format!("{stem}{tail}"),
        };
        add(&soft, form::FINITE | form::PARTICIPLE, None);
    }
    if ending == "er" {
        let ing = match stem.chars().last() {
            Some('c') => format!("{}çant", stem.strip_suffix('c').unwrap_or(stem)),
            Some('g') => format!("{stem}eant"),
            _ => format!("{stem}ant"),
        };
        add(&ing, form::ING, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lang: Lang, word: &str, lemma: &str, form: u8) {
        let lexicon = Lexicon::of(lang);
        let found = lexicon.get(word).is_some_and(|entry| {
            entry.senses.iter().any(|s| {
                lexicon.cues.get(usize::from(s.cue)).is_some_and(|c| c.lemma == lemma)
                    && s.form & form != 0
            })
        });
        assert!(found, "{word} is no form of {lemma}");
    }

    #[test]
    fn verbs_are_inflected() {
        check(Lang::EN, "said", "say", form::PAST);
        check(Lang::EN, "quipped", "quip", form::PAST);
        check(Lang::EN, "admitting", "admit", form::ING);
        check(Lang::EN, "replies", "reply", form::PRESENT);
        check(Lang::EN, "argued", "argue", form::PARTICIPLE);
        check(Lang::EN, "explaining", "explain", form::ING);
        check(Lang::EN, "urging", "urge", form::ING);
        check(Lang::EN, "stresses", "stress", form::PRESENT);
        check(Lang::DE, "sagte", "sagen", form::PAST);
        check(Lang::DE, "teilte", "mit|teilen", form::PAST);
        check(Lang::DE, "mitgeteilt", "mit|teilen", form::PARTICIPLE);
        check(Lang::DE, "behauptete", "behaupten", form::PAST);
        check(Lang::DE, "erklärt", "erklären", form::PARTICIPLE);
        check(Lang::FR, "annonça", "annoncer", form::PAST);
        check(Lang::FR, "déclaré", "déclarer", form::PARTICIPLE);
        check(Lang::ES, "aseguró", "asegurar", form::PAST);
        check(Lang::RU, "сообщила", "сообщить", form::PAST);
    }

    #[test]
    fn every_line_of_the_data_is_read() {
        for lang in ["en", "de", "fr", "es", "ru", "it"] {
            let lexicon = Lexicon::of(Lang::parse(lang).unwrap_or_default());
            assert_eq!(lexicon.lang, lang);
            assert!(
                lexicon.cues.iter().all(|c| c.frames != 0 || !c.prepositions.is_empty()),
                "{lang}"
            );
        }
    }
}
