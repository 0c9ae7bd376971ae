//! The words that tell a place from another name, from `data/LANG/places.txt`.

use std::sync::LazyLock;

use language::Lang;
use rustc_hash::FxHashMap;

/// What a word does beside a name; a word may do several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Class {
    /// Places stand behind it: "in", "toward".
    Locative = 1,
    /// Hardly anything but a place stands behind it: "in", "near".
    StandsIn = 1 << 1,
    /// Turns the name that follows: "northern", "downtown".
    Direction = 1 << 2,
    /// Makes a party of the name that follows: "with", "against".
    Party = 1 << 3,
    /// Makes an actor of the name before it: "said", "agreed".
    Acts = 1 << 4,
    /// A word behind a name that is no noun, so that the name does not modify it: "where", "after".
    NoNoun = 1 << 5,
    /// Makes the name another's: "Times" of "Los Angeles Times".
    OtherHead = 1 << 6,
    /// A body that is where its name says: "Police" of "Karsk Police".
    Body = 1 << 7,
    /// A place's name that is a surname as well: "Jordan".
    Surname = 1 << 8,
    /// A place's name that is a forename as well: "Paris".
    Forename = 1 << 9,
    /// A capital before a place that does not make it a surname: "President", "Monday".
    BeforePlace = 1 << 10,
    /// A capital behind a place that does not make it a forename: "River".
    BehindPlace = 1 << 11,
    /// "the village of" what no gazetteer knows.
    Settlement = 1 << 12,
    /// No place where it stands alone, whatever village is called so: "Street", "Most".
    NoPlace = 1 << 13,
    /// What a name that ends with it is: "Center", "Street".
    Facility = 1 << 14,
}

/// The lists of one language.
#[derive(Debug, Default)]
pub(super) struct Lists {
    words: FxHashMap<&'static str, u32>,
    noun_endings: Vec<&'static str>,
}

impl Lists {
    /// The lists of a language; those of English where it has none.
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::DE => &DE,
            Lang::FR => &FR,
            Lang::ES => &ES,
            Lang::RU => &RU,
            _ => &EN,
        }
    }

    /// Whether a lower-case word is of the class.
    pub(super) fn is(&self, word: &str, class: Class) -> bool {
        self.words.get(word).is_some_and(|classes| classes & class as u32 != 0)
    }

    /// Whether a word ends as common nouns do, in a language that writes them with a capital.
    pub(super) fn ends_as_noun(&self, word: &str) -> bool {
        word.len() > 4 && self.noun_endings.iter().any(|e| word.ends_with(e))
    }

    fn read(text: &'static str) -> Self {
        let mut lists = Self::default();
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let Some((class, words)) = line.split_once(": ") else { continue };
            if class == "noun_ending" {
                lists.noun_endings.extend(words.split(' '));
                continue;
            }
            let Some(class) = class_of(class) else { continue };
            for word in words.split(' ') {
                *lists.words.entry(word).or_default() |= class as u32;
            }
        }
        lists
    }
}

fn class_of(name: &str) -> Option<Class> {
    Some(match name {
        "locative" => Class::Locative,
        "stands_in" => Class::StandsIn,
        "direction" => Class::Direction,
        "party" => Class::Party,
        "acts" => Class::Acts,
        "no_noun" => Class::NoNoun,
        "other_head" => Class::OtherHead,
        "body" => Class::Body,
        "surname" => Class::Surname,
        "forename" => Class::Forename,
        "before_place" => Class::BeforePlace,
        "behind_place" => Class::BehindPlace,
        "settlement" => Class::Settlement,
        "no_place" => Class::NoPlace,
        "facility" => Class::Facility,
        _ => return None,
    })
}

const EN_TEXT: &str = include_str!("../../data/en/places.txt");
const DE_TEXT: &str = include_str!("../../data/de/places.txt");
const FR_TEXT: &str = include_str!("../../data/fr/places.txt");
const ES_TEXT: &str = include_str!("../../data/es/places.txt");
const RU_TEXT: &str = include_str!("../../data/ru/places.txt");

static EN: LazyLock<Lists> = LazyLock::new(|| Lists::read(EN_TEXT));
static DE: LazyLock<Lists> = LazyLock::new(|| Lists::read(DE_TEXT));
static FR: LazyLock<Lists> = LazyLock::new(|| Lists::read(FR_TEXT));
static ES: LazyLock<Lists> = LazyLock::new(|| Lists::read(ES_TEXT));
static RU: LazyLock<Lists> = LazyLock::new(|| Lists::read(RU_TEXT));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_class_that_is_known() {
        for text in [EN_TEXT, DE_TEXT, FR_TEXT, ES_TEXT, RU_TEXT] {
            assert!(text.lines().count() > 2);
            for line in text.lines().filter(|l| !l.starts_with('#')) {
                let class = line.split_once(": ").map(|(class, _)| class);
                assert!(
                    class.is_some_and(|c| c == "noun_ending" || class_of(c).is_some()),
                    "{line}"
                );
            }
        }
    }
}
