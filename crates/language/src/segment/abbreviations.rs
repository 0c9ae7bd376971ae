//! Abbreviations, by what may follow them; the lists are in `data/LANGUAGE/abbreviations.txt`.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::Lang;

/// What an abbreviation says of the sentence's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name follows; no sentence ends here.
    Title,
    /// A figure follows; else a sentence may end here.
    Number,
    /// The sentence goes on.
    Inner,
    /// A sentence may end here.
    Ends,
}

/// The abbreviations of one language, looked up without regard to case.
pub(super) struct Abbreviations {
    own: Option<&'static FxHashMap<String, Kind>>,
    english: &'static FxHashMap<String, Kind>,
}

impl Abbreviations {
    /// What the word before a full stop is; `word` may hold inner stops ("U.S").
    pub(super) fn get(&self, word: &str) -> Option<Kind> {
        let lower = word.to_lowercase();
        // the English ones serve everywhere where they look like none of the language's words (Dr, Mr, U.S, Inc)
        let foreign = || self.english.get(&lower).filter(|_| self.own.is_none() || is_plain(word));
        self.own.and_then(|own| own.get(&lower)).or_else(foreign).copied()
    }
}

/// Abbreviations that look alike in every language: with inner stops, or without a vowel.
fn is_plain(word: &str) -> bool {
    word.contains('.') || !word.contains(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U'])
}

const LISTS: &[(&str, &str)] = &[
    ("en", include_str!("../../data/en/abbreviations.txt")),
    ("de", include_str!("../../data/de/abbreviations.txt")),
    ("fr", include_str!("../../data/fr/abbreviations.txt")),
    ("es", include_str!("../../data/es/abbreviations.txt")),
    ("pt", include_str!("../../data/pt/abbreviations.txt")),
    ("it", include_str!("../../data/it/abbreviations.txt")),
    ("nl", include_str!("../../data/nl/abbreviations.txt")),
    ("ru", include_str!("../../data/ru/abbreviations.txt")),
    ("uk", include_str!("../../data/uk/abbreviations.txt")),
    ("pl", include_str!("../../data/pl/abbreviations.txt")),
];

/// The list that serves a language: its own, or the one of the neighbour whose abbreviations are nearest.
pub(super) fn of(lang: Lang) -> Abbreviations {
    static EMPTY: OnceLock<FxHashMap<String, Kind>> = OnceLock::new();
    let nearest = match lang.as_str() {
        "be" | "bg" | "kk" | "mk" | "sr" => "ru",
        "ca" | "gl" => "es",
        "cs" | "sk" => "pl",
        "af" => "nl",
        "da" | "nb" | "nn" | "sv" | "fi" | "et" | "hu" => "de",
        other => other,
    };
    let tables = tables();
    let of = |tag: &str| tables.iter().find(|(t, _)| *t == tag).map(|(_, table)| table);
    Abbreviations {
        own: of(nearest).filter(|_| nearest != "en"),
        english: of("en").unwrap_or_else(|| EMPTY.get_or_init(FxHashMap::default)),
    }
}

fn tables() -> &'static [(&'static str, FxHashMap<String, Kind>)] {
    static TABLES: OnceLock<Vec<(&'static str, FxHashMap<String, Kind>)>> = OnceLock::new();
    TABLES.get_or_init(|| LISTS.iter().map(|(tag, list)| (*tag, read(list))).collect())
}

fn read(list: &str) -> FxHashMap<String, Kind> {
    let mut table = FxHashMap::default();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let Some((kind, words)) = line.split_once(':') else { continue };
        let kind = match kind {
            "title" => Kind::Title,
            "number" => Kind::Number,
            "inner" => Kind::Inner,
            _ => Kind::Ends,
        };
        for word in words.split_whitespace() {
            table.insert(word.to_lowercase(), kind);
        }
    }
    table
}
