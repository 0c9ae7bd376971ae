//! Numbers in figures and in words, in five languages: "1,300", "1 300", "dreiundzwanzig", "quatre-vingt-dix", "dozens".

use std::sync::LazyLock;

use language::Lang;
use rustc_hash::FxHashMap;

use crate::{
    Qualifier,
    words::{Kind, Words},
};

/// What a number expression says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// That many.
    Exact(u64),
    /// About that many by the word itself: "a dozen", "une vingtaine".
    About(u64),
    /// People without a number: "dozens".
    Vague(Qualifier),
    /// "no" before a noun.
    No,
    /// "nobody": the number and the people in one.
    Nobody,
    /// An article or "another": one, where a person follows.
    Article,
}

/// A number expression in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) amount: Amount,
    /// The word after it.
    pub(crate) end: usize,
    /// It is written in figures.
    pub(crate) figures: bool,
    /// It has a decimal part ("4.5"): a measure, never people, unless a scale follows.
    pub(crate) fraction: bool,
}

#[derive(Clone, Copy, Debug)]
enum Class {
    Unit(u64),
    Tens(u64),
    Fixed(u64),
    Hundred,
    Scale(u64),
    Twelve(u64),
    About(u64),
    Couple,
    Vague(Qualifier),
    No,
    Nobody,
    One,
    Ordinal(u64),
}

type Table = FxHashMap<&'static str, Class>;

fn table(source: &'static str) -> Table {
    source.lines().filter(|l| !l.starts_with('#')).filter_map(entry).collect()
}

fn entry(line: &'static str) -> Option<(&'static str, Class)> {
    let mut parts = line.split(' ');
    let (word, class, value) = (parts.next()?, parts.next()?, parts.next()?);
    let number = || value.parse::<u64>().ok();
    let class = match class {
        "unit" => Class::Unit(number()?),
        "tens" => Class::Tens(number()?),
        "fixed" => Class::Fixed(number()?),
        "hundred" => Class::Hundred,
        "scale" | "scale-or-vague" => Class::Scale(number()?),
        "twelve" => Class::Twelve(number()?),
        "about" => Class::About(number()?),
        "couple" => Class::Couple,
        "vague" => Class::Vague(match value {
            "dozens" => Qualifier::Dozens,
            "hundreds" => Qualifier::Hundreds,
            "thousands" => Qualifier::Thousands,
            _ => Qualifier::Several,
        }),
        "none" => Class::No,
        "nobody" => Class::Nobody,
        "one" => Class::One,
        "ordinal" => Class::Ordinal(number()?),
        _ => return None,
    };
    Some((word, class))
}

static EN: LazyLock<Table> = LazyLock::new(|| table(include_str!("../data/en/numbers.txt")));
static DE: LazyLock<Table> = LazyLock::new(|| table(include_str!("../data/de/numbers.txt")));
static FR: LazyLock<Table> = LazyLock::new(|| table(include_str!("../data/fr/numbers.txt")));
static RU: LazyLock<Table> = LazyLock::new(|| table(include_str!("../data/ru/numbers.txt")));
static ES: LazyLock<Table> = LazyLock::new(|| table(include_str!("../data/es/numbers.txt")));
static NONE: LazyLock<Table> = LazyLock::new(Table::default);

fn table_of(lang: Lang) -> &'static Table {
    match lang {
        Lang::EN => &EN,
        Lang::DE => &DE,
        Lang::FR => &FR,
        Lang::RU => &RU,
        Lang::ES => &ES,
        _ => &NONE,
    }
}

/// The whole numbers that a short text gives, in figures or in words, in order; "dozens" gives none.
pub fn numbers(text: &str, lang: Lang) -> Vec<u64> {
    let words = Words::of_text(text, lang);
    let mut out = Vec::new();
    let mut i = 0;
    while i < words.len() {
        let Some(number) = at(&words, i) else {
            i += 1;
            continue;
        };
        if let Amount::Exact(n) | Amount::About(n) = number.amount
            && !number.fraction
        {
            out.push(n);
        }
        i = number.end.max(i + 1);
    }
    out
}

/// Reads the number that begins at the word `i`.
pub(crate) fn at(words: &Words<'_>, i: usize) -> Option<Number> {
    match words.kind(i)? {
        Kind::Figures => figures(words, i),
        Kind::Letters => in_words(words, i),
        Kind::Mark => None,
    }
}

/// The value of an ordinal word.
pub(crate) fn ordinal(words: &Words<'_>, i: usize) -> Option<u64> {
    match table_of(words.lang).get(words.lower(i)) {
        Some(Class::Ordinal(n)) => Some(*n),
        _ => None,
    }
}

fn figures(words: &Words<'_>, i: usize) -> Option<Number> {
    let mut value: u64 = words.raw(i).parse().ok()?;
    let mut end = i + 1;
    let first = words.raw(i).len();
    let mut fraction = None;
    if first <= 3 {
        // thousands in groups: the mark must be the same between all groups
        let mark = words.raw(end);
        let spaced =
            matches!(words.lang, Lang::FR | Lang::RU | Lang::ES | Lang::DE | Lang::UNKNOWN);
        if matches!(mark, "," | "." | "'" | "’") && words.glued(end) {
            while words.raw(end) == mark
                && words.glued(end)
                && words.glued(end + 1)
                && is_group(words, end + 1)
            {
                value = value.checked_mul(1000)?.checked_add(words.raw(end + 1).parse().ok()?)?;
                end += 2;
            }
        } else if spaced {
            while is_group(words, end) && !words.glued(end) && !words.breaks_before(end) {
                value = value.checked_mul(1000)?.checked_add(words.raw(end).parse().ok()?)?;
                end += 1;
            }
        }
    }
    if matches!(words.raw(end), "." | ",")
        && words.glued(end)
        && words.glued(end + 1)
        && words.kind(end + 1) == Some(Kind::Figures)
    {
        let part = words.raw(end + 1);
        if part.len() <= 3 && words.raw(end + 2) != "." {
            fraction = Some((part.parse::<u64>().ok()?, part.len() as u32));
            end += 2;
        }
    }
    let mut amount = Amount::Exact(value);
    let scale_at = end + usize::from(words.raw(end) == "-" && words.glued(end));
    let mut scaled = false;
    if let Some(Class::Scale(scale)) = table_of(words.lang).get(words.lower(scale_at)) {
        let part = fraction.map_or(Some(0), |(f, digits)| {
            Some(f.checked_mul(*scale)? / 10u64.checked_pow(digits)?)
        })?;
        amount = Amount::Exact(value.checked_mul(*scale)?.checked_add(part)?);
        end = scale_at + 1;
        scaled = true;
    }
    Some(Number { amount, end, figures: true, fraction: fraction.is_some() && !scaled })
}

fn is_group(words: &Words<'_>, i: usize) -> bool {
    words.kind(i) == Some(Kind::Figures) && words.raw(i).len() == 3
}

/// Words that may stand between the parts of a number.
fn joins(lang: Lang, word: &str) -> bool {
    matches!((lang, word), (Lang::EN, "and") | (Lang::FR, "et") | (Lang::ES, "y"))
}

fn in_words(words: &Words<'_>, i: usize) -> Option<Number> {
    let table = table_of(words.lang);
    let first = class_at(words, i, table)?;
    let done = |amount, end| Some(Number { amount, end, figures: false, fraction: false });
    match first {
        Class::Ordinal(_) => return None,
        Class::About(n) => return done(Amount::About(n), i + 1),
        Class::Nobody => return done(Amount::Nobody, i + 1),
        Class::No => {
            // "no one": nobody
            if words.lang == Lang::EN && words.lower(i + 1) == "one" {
                return done(Amount::Nobody, i + 2);
            }
            return done(Amount::No, i + 1);
        }
        Class::Vague(q) => {
            let mut end = i + 1;
            let mut qualifier = q;
            // "tens of thousands", "mehrere Dutzend", "several hundred"
            let of = usize::from(matches!(words.lower(end), "of" | "de" | "d'"));
            match class_at(words, end + of, table) {
                Some(Class::Vague(larger)) => {
                    qualifier = larger;
                    end += of + 1;
                }
                Some(Class::Hundred) if of == 0 => {
                    (qualifier, end) = (Qualifier::Hundreds, end + 1);
                }
                Some(Class::Scale(_)) if of == 0 => {
                    (qualifier, end) = (Qualifier::Thousands, end + 1);
                }
                Some(Class::Twelve(_)) if of == 0 => {
                    (qualifier, end) = (Qualifier::Dozens, end + 1);
                }
                _ => {}
            }
            return done(Amount::Vague(qualifier), end);
        }
        Class::One => match class_at(words, i + 1, table) {
            Some(Class::Twelve(n) | Class::About(n)) => return done(Amount::About(n), i + 2),
            Some(Class::Couple) => return done(Amount::Exact(2), i + 2),
            Some(Class::Vague(q)) => return done(Amount::Vague(q), i + 2),
            Some(Class::Hundred | Class::Scale(_)) => {}
            _ => return done(Amount::Article, i + 1),
        },
        _ => {}
    }
    compose(words, i, table)
}

fn class_at(words: &Words<'_>, i: usize, table: &Table) -> Option<Class> {
    let word = words.lower(i);
    if word.is_empty() {
        return None;
    }
    table
        .get(word)
        .copied()
        .or_else(|| if words.lang == Lang::DE { german(word, table) } else { None })
}

/// Composes units, tens, hundreds and scales: "two hundred and thirty-one thousand".
fn compose(words: &Words<'_>, i: usize, table: &Table) -> Option<Number> {
    let (mut total, mut current, mut at) = (0u64, 0u64, i);
    // what may still be added below the last part
    let mut room = u64::MAX;
    let mut last = None;
    loop {
        let joined =
            at > i && (words.raw(at) == "-" || (joins(words.lang, words.lower(at)) && room > 9));
        let place = at + usize::from(joined);
        // "two or three", "five-day": a hyphen only joins parts of one number
        let Some(class) = class_at(words, place, table) else { break };
        let dash = joined && words.raw(at) == "-";
        match class {
            Class::One if at == i => {
                current = 1;
                room = 0;
            }
            Class::Unit(n) if (n < room && room > 1 && n > 0) || at == i => {
                if joined && !dash && current < 20 && words.lang == Lang::EN {
                    break;
                }
                current = current.checked_add(n)?;
                // "dix-sept"
                room = if words.lang == Lang::FR && n == 10 { 10 } else { 0 };
            }
            Class::One if words.lang == Lang::FR && joined && (20..=60).contains(&current) => {
                current += 1;
                room = 0;
            }
            Class::Tens(20) if words.lang == Lang::FR && last == Some(4) && current % 100 == 4 => {
                current += 76;
                room = 20;
            }
            Class::Tens(n) if n < room => {
                current = current.checked_add(n)?;
                room = if words.lang == Lang::FR && n == 60 { 20 } else { 10 };
            }
            Class::Fixed(n) if n < room => {
                current = current.checked_add(n)?;
                room = if n % 100 == 0 { 100 } else { 0 };
            }
            Class::Hundred if (1..10).contains(&current) || current == 0 => {
                current = current.max(1) * 100;
                room = 100;
            }
            Class::Scale(scale) if total == 0 || scale < 1_000_000 => {
                total = total.checked_add(current.max(1).checked_mul(scale)?)?;
                current = 0;
                room = scale;
            }
            Class::Twelve(n) if at > i && current > 0 && total == 0 => {
                return Some(Number {
                    amount: Amount::About(current.checked_mul(n)?),
                    end: place + 1,
                    figures: false,
                    fraction: false,
                });
            }
            Class::Twelve(n) if at == i => {
                return Some(Number {
                    amount: Amount::About(n),
                    end: place + 1,
                    figures: false,
                    fraction: false,
                });
            }
            Class::Couple if at == i => {
                return Some(Number {
                    amount: Amount::Exact(2),
                    end: place + 1,
                    figures: false,
                    fraction: false,
                });
            }
            _ => break,
        }
        last = match class {
            Class::Unit(n) => Some(n),
            _ => None,
        };
        at = place + 1;
    }
    (at > i).then_some(Number {
        amount: Amount::Exact(total.checked_add(current)?),
        end: at,
        figures: false,
        fraction: false,
    })
}

/// German writes the parts together: "zweihundertdreiundzwanzig".
fn german(word: &str, table: &Table) -> Option<Class> {
    let part = |w: &str| match (w, table.get(w)) {
        ("ein", _) => Some(1),
        (_, Some(Class::Unit(n) | Class::Tens(n))) => Some(*n),
        _ => None,
    };
    let below_hundred = |w: &str| {
        if w.is_empty() {
            return Some(0);
        }
        part(w).or_else(|| {
            let (unit, tens) = w.split_once("und")?;
            let (unit, tens) = (part(unit)?, part(tens)?);
            (unit < 10 && tens >= 20).then_some(unit + tens)
        })
    };
    let below_thousand = |w: &str| match w.split_once("hundert") {
        Some((left, right)) => {
            let left = if left.is_empty() { 1 } else { part(left)? };
            Some(left * 100 + below_hundred(right.strip_prefix("und").unwrap_or(right))?)
        }
        None => below_hundred(w),
    };
    if !word.contains("und") && !word.contains("hundert") && !word.contains("tausend") {
        return None;
    }
    let value = match word.split_once("tausend") {
        Some((left, right)) => {
            let left = if left.is_empty() { 1 } else { below_thousand(left)? };
            left.checked_mul(1000)? + below_thousand(right.strip_prefix("und").unwrap_or(right))?
        }
        None => below_thousand(word)?,
    };
    (value > 0).then_some(Class::Fixed(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lang: Lang, text: &str, expected: Option<Amount>) {
        let words = Words::of_text(text, lang);
        assert_eq!(at(&words, 0).map(|n| n.amount), expected, "{text:?}");
    }

    #[test]
    fn numbers_in_five_languages() {
        use Amount::{About, Article, Exact, No, Nobody, Vague};
        for (lang, text, value) in [
            (Lang::EN, "1,300 people", Exact(1300)),
            (Lang::EN, "1.2 million people", Exact(1_200_000)),
            (Lang::EN, "two hundred and thirty-one people", Exact(231)),
            (Lang::EN, "a hundred people", Exact(100)),
            (Lang::EN, "two and three others", Exact(2)),
            (Lang::EN, "a dozen people", About(12)),
            (Lang::EN, "two dozen people", About(24)),
            (Lang::EN, "a man", Article),
            (Lang::EN, "no one", Nobody),
            (Lang::EN, "no people", No),
            (Lang::EN, "tens of thousands", Vague(Qualifier::Thousands)),
            (Lang::DE, "dreiundzwanzig Menschen", Exact(23)),
            (Lang::DE, "zweihundertfünfzig Menschen", Exact(250)),
            (Lang::DE, "1.300 Menschen", Exact(1300)),
            (Lang::DE, "ein Dutzend Menschen", About(12)),
            (Lang::DE, "mehrere Dutzend Menschen", Vague(Qualifier::Dozens)),
            (Lang::FR, "quatre-vingt-dix-sept personnes", Exact(97)),
            (Lang::FR, "soixante et onze personnes", Exact(71)),
            (Lang::FR, "vingt et une personnes", Exact(21)),
            (Lang::FR, "1 300 personnes", Exact(1300)),
            (Lang::FR, "une vingtaine de personnes", About(20)),
            (Lang::RU, "двадцать три человека", Exact(23)),
            (Lang::RU, "двести пятьдесят человек", Exact(250)),
            (Lang::RU, "двое военных", Exact(2)),
            (Lang::ES, "treinta y dos personas", Exact(32)),
            (Lang::ES, "doscientas cincuenta personas", Exact(250)),
        ] {
            check(lang, text, Some(value));
        }
        check(Lang::EN, "people", None);
        check(Lang::EN, "99999999999999999999999 people", None);
    }
}
