//! Quarters, halves of years, decades and centuries, as five languages write them.

use language::Lang;

use super::{
    Found, Reader,
    lexicon::{Class, Unit},
};
use crate::{
    TimeKind,
    number::{self, Amount},
    words::Kind,
};

impl Reader<'_, '_> {
    /// "third quarter of 2009", "the fourth quarter", "im ersten Halbjahr 2026", "в третьем квартале 2026 года".
    pub(super) fn ordinal_quarter(&self, start: usize, i: usize) -> Option<Found> {
        let n = number::ordinal(self.words, i)
            .or_else(|| matches!(self.lower(i), "final" | "last").then_some(4))?;
        let mut at = i + 1;
        if self.words.raw(at) == "-" {
            at += 1;
        }
        let half = self.class(at) == Some(Class::HalfYear)
            || self.words.lang == Lang::EN
                && self.lower(at) == "half"
                && self.lower(at + 1) == "of"
                && self.year(at + 2).is_some();
        if !half && self.class(at) != Some(Class::Unit(Unit::Quarter)) {
            return None;
        }
        let (letter, months, most) = if half { ('H', 6, 2) } else { ('Q', 3, 4) };
        if !(1..=most).contains(&n) {
            return None;
        }
        at += 1;
        let behind = at + usize::from(self.lower(at) == "of" || self.class(at) == Some(Class::Of));
        if let Some(year) = self.year(behind) {
            let end = behind + 1;
            let russian =
                self.words.lang == Lang::RU && self.class(end) == Some(Class::Unit(Unit::Year));
            let end = end + usize::from(russian);
            return self.found(start, end, TimeKind::Date, Some(format!("{year:04}-{letter}{n}")));
        }
        if behind > at {
            let shifted = behind + usize::from(self.lower(behind) == "the");
            if let Some(inner) = self.shifted(shifted)
                && let Some(year) = inner.value.as_deref().filter(|v| v.len() == 4)
            {
                let value = format!("{year}-{letter}{n}");
                return self.found(start, inner.end, TimeKind::Date, Some(value));
            }
        }
        let value = self.now.map(|d| {
            let running = u64::try_from((d.month() - 1) / months + 1).unwrap_or(1);
            let year = i64::from(d.year()) - i64::from(n > running);
            format!("{year:04}-{letter}{n}")
        });
        self.found(start, at, TimeKind::Date, value)
    }

    /// "les années 1990", "los años noventa", "la década de 1980", "achtziger Jahre", "1990-х годах".
    pub(super) fn named_decade(&self, i: usize) -> Option<Found> {
        if let Some(Class::Decade(value)) = self.class(i) {
            let end =
                i + 1 + usize::from(matches!(self.class(i + 1), Some(Class::Unit(Unit::Year))));
            return (end > i + 1)
                .then(|| self.found(i, end, TimeKind::Date, Some(value.into())))?;
        }
        let lang = self.words.lang;
        let russian = lang == Lang::RU && self.words.raw(i + 1) == "-" && self.lower(i + 2) == "х";
        let (at, end_after) = match self.lower(i) {
            "années" | "años" => (i + 1 + usize::from(self.lower(i + 1) == "de"), 0),
            "década" | "décennie" if self.class(i + 1) == Some(Class::Of) => {
                (i + 2 + usize::from(matches!(self.lower(i + 2), "los")), 0)
            }
            _ if russian => (i, 2),
            _ => return None,
        };
        let number = number::at(self.words, at)?;
        let Amount::Exact(n) = number.amount else { return None };
        let value = match n {
            1800..=2090 if n % 10 == 0 => format!("{}", n / 10),
            10..=90 if n % 10 == 0 => format!("19{}", n / 10),
            _ => return None,
        };
        let mut end = number.end + end_after;
        if end_after > 0 && self.class(end) == Some(Class::Unit(Unit::Year)) {
            end += 1;
        }
        self.found(i, end, TimeKind::Date, Some(value))
    }

    /// "the 19th century", "19. Jahrhundert", "XIXe siècle", "siglo XIX", "XIX веке".
    pub(super) fn century(&self, i: usize) -> Option<Found> {
        let unit = |k: usize| self.class(k) == Some(Class::Unit(Unit::Century));
        let (n, end) = match self.words.kind(i)? {
            Kind::Figures => {
                let suffix =
                    matches!(self.lower(i + 1), "." | "th" | "st" | "nd" | "rd" | "e" | "ème");
                let n: u32 = self.words.raw(i).parse().ok()?;
                (suffix && self.words.glued(i + 1) && unit(i + 2)).then_some((n, i + 3))?
            }
            Kind::Letters if unit(i) => (roman(self.lower(i + 1))?, i + 2),
            Kind::Letters if unit(i + 1) => {
                let written = self.lower(i);
                let bare = written.strip_suffix("ème").or_else(|| written.strip_suffix('e'));
                (roman(bare.unwrap_or(written))?, i + 2)
            }
            _ => return None,
        };
        let value = (1..=21).contains(&n).then(|| format!("{:02}", n - 1))?;
        self.found(i, end, TimeKind::Date, Some(value))
    }

    /// Whether what the stretch before `end` is counted from stands behind it: "deux jours après l'attaque".
    pub(super) fn counts_from_event(&self, end: usize) -> bool {
        matches!(
            (self.words.lang, self.lower(end)),
            (
                Lang::FR,
                "l'" | "le" | "la" | "les" | "un" | "une" | "son" | "sa" | "leur" | "cette" | "ce"
            ) | (Lang::ES, "de" | "del" | "que")
                | (Lang::RU, "после" | "с")
        )
    }
}

/// The number that Roman figures in small letters write.
fn roman(written: &str) -> Option<u32> {
    const LIST: [&str; 21] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv",
        "xv", "xvi", "xvii", "xviii", "xix", "xx", "xxi",
    ];
    LIST.iter().position(|r| *r == written).and_then(|at| u32::try_from(at + 1).ok())
}
