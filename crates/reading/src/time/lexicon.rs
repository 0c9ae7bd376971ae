//! The words of time in five languages, from `data/LANG/times.txt`.

use std::sync::LazyLock;

use language::Lang;
use rustc_hash::FxHashMap;

use crate::words::{Kind, Words};

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Weekend,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
}

/// What a word of time does in an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Class {
    Month(i8),
    Weekday(i8),
    Unit(Unit),
    Part(&'static str),
    Season(&'static str),
    Day(i32),
    Tonight,
    LastNight,
    /// Spanish "mañana": tomorrow, or the morning after an article.
    Manana,
    Ref(&'static str),
    RefThe(&'static str),
    Shift(i32),
    Follow(i32),
    After(i32),
    AfterFollow(i32),
    Every,
    Set(&'static str),
    Ago,
    AgoBefore,
    Later,
    Earlier,
    LaterBefore,
    Bound,
    Point,
    Half,
    /// "Halbjahr", "semestre".
    HalfYear,
    /// "achtziger": the first three figures of its years.
    Decade(&'static str),
    Of,
    Fiscal,
    Future,
    Holiday(i8, i8),
    Clock,
    Am,
    Pm,
    Zone,
}

#[derive(Debug, Default)]
struct Lexicon {
    words: FxHashMap<&'static str, Class>,
    stems: FxHashMap<&'static str, Class>,
    phrases: FxHashMap<&'static str, Vec<(Vec<&'static str>, Class)>>,
}

fn lexicon(source: &'static str) -> Lexicon {
    let mut out = Lexicon::default();
    for line in source.lines().filter(|l| !l.starts_with('#')) {
        let mut parts = line.split(' ');
        let (Some(word), Some(class), Some(value)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let Some(class) = class_of(class, value) else { continue };
        if let Some(stem) = word.strip_suffix('*') {
            out.stems.insert(stem, class);
        } else if word.contains('_') {
            let mut parts = word.split('_');
            if let Some(first) = parts.next() {
                out.phrases.entry(first).or_default().push((parts.collect(), class));
            }
        } else {
            out.words.insert(word, class);
        }
    }
    out
}

fn class_of(class: &str, value: &'static str) -> Option<Class> {
    let number = || value.parse::<i32>().ok();
    Some(match class {
        "month" => Class::Month(value.parse().ok()?),
        "weekday" => Class::Weekday(value.parse().ok()?),
        "unit" => Class::Unit(match value {
            "s" => Unit::Second,
            "min" => Unit::Minute,
            "H" => Unit::Hour,
            "D" => Unit::Day,
            "W" => Unit::Week,
            "WE" => Unit::Weekend,
            "M" => Unit::Month,
            "Q" => Unit::Quarter,
            "Y" => Unit::Year,
            "DE" => Unit::Decade,
            "CE" => Unit::Century,
            _ => return None,
        }),
        "part" => Class::Part(value),
        "season" => Class::Season(value),
        "day" => Class::Day(number()?),
        "tonight" => Class::Tonight,
        "lastnight" => Class::LastNight,
        "manana" => Class::Manana,
        "ref" => Class::Ref(value),
        "ref-the" => Class::RefThe(value),
        "shift" => Class::Shift(number()?),
        "follow" => Class::Follow(number()?),
        "after" => Class::After(number()?),
        "after-follow" => Class::AfterFollow(number()?),
        "every" => Class::Every,
        "set" => Class::Set(value),
        "ago" => Class::Ago,
        "ago-before" => Class::AgoBefore,
        "later" => Class::Later,
        "earlier" => Class::Earlier,
        "later-before" => Class::LaterBefore,
        "bound" => Class::Bound,
        "point" => Class::Point,
        "half" => Class::Half,
        "half-year" => Class::HalfYear,
        "decade" => Class::Decade(value),
        "of" => Class::Of,
        "fiscal" => Class::Fiscal,
        "future" => Class::Future,
        "holiday" => {
            let (month, day) = value.split_once('-')?;
            Class::Holiday(month.parse().ok()?, day.parse().ok()?)
        }
        "clock" => Class::Clock,
        "am" => Class::Am,
        "pm" => Class::Pm,
        "zone" => Class::Zone,
        _ => return None,
    })
}

static EN: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/en/times.txt")));
static DE: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/de/times.txt")));
static FR: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/fr/times.txt")));
static RU: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/ru/times.txt")));
static ES: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/es/times.txt")));
static NONE: LazyLock<Lexicon> = LazyLock::new(Lexicon::default);

/// The class and the length in words of every word of the text; one look-up a word.
pub(super) fn classes(words: &Words<'_>) -> Vec<Option<(Class, u8)>> {
    let lexicon: &Lexicon = match words.lang {
        Lang::EN => &EN,
        Lang::DE => &DE,
        Lang::FR => &FR,
        Lang::RU => &RU,
        Lang::ES => &ES,
        _ => &NONE,
    };
    (0..words.len()).map(|i| class_at(lexicon, words, i)).collect()
}

fn class_at(lexicon: &Lexicon, words: &Words<'_>, i: usize) -> Option<(Class, u8)> {
    if words.kind(i) != Some(Kind::Letters) {
        return None;
    }
    let word = words.lower(i);
    if let Some(phrases) = lexicon.phrases.get(word) {
        for (rest, class) in phrases {
            if rest.iter().enumerate().all(|(k, part)| words.lower(i + 1 + k) == *part) {
                return Some((*class, u8::try_from(rest.len() + 1).unwrap_or(u8::MAX)));
            }
        }
    }
    if let Some(class) = lexicon.words.get(word) {
        return Some((*class, 1));
    }
    if lexicon.stems.is_empty() {
        return None;
    }
    let mut stem = word;
    if let Some(class) = lexicon.stems.get(stem) {
        return Some((*class, 1));
    }
    for _ in 0..4 {
        let (at, _) = stem.char_indices().next_back()?;
        stem = stem.get(..at)?;
        if let Some(class) = lexicon.stems.get(stem) {
            return Some((*class, 1));
        }
    }
    None
}
