//! What a reader narrows Now to: a country, a language, the last hours. It stands in the address, so that it can be kept and sent on.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Spans that can be chosen, hours.
const SPANS: [u32; 4] = [3, 6, 12, 24];

/// Countries, and languages, that can be chosen: those with the most stories.
const CHOICES_MAX: usize = 40;

/// As the address says it; what is not understood narrows nothing.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    country: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    since: String,
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Filter {
    /// ISO 3166-1 alpha-3.
    country: Option<String>,
    /// BCP 47, the language alone.
    lang: Option<String>,
    /// Hours in which there was news.
    since: Option<u32>,
}

/// What of a story is looked at.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) countries: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) last: Timestamp,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) name: String,
    pub(crate) chosen: bool,
}

/// Something that narrows the page, and the page without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Narrowed {
    pub(crate) words: String,
    pub(crate) without: String,
}

impl From<Asked> for Filter {
    fn from(asked: Asked) -> Self {
        let letters = |text: &str, most: usize| {
            (2..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic())
        };
        Self {
            country: Some(asked.country.to_ascii_uppercase()).filter(|c| letters(c, 3)),
            lang: Some(asked.lang.to_ascii_lowercase()).filter(|l| letters(l, 3)),
            since: asked.since.parse().ok().filter(|hours| SPANS.contains(hours)),
        }
    }
}

impl Filter {
    /// Whether a story is shown.
    pub(crate) fn takes(&self, marks: &Marks, now: Timestamp) -> bool {
        let has = |all: &[String], one: &Option<String>| {
            one.as_ref().is_none_or(|one| all.iter().any(|a| a == one))
        };
        has(&marks.countries, &self.country)
            && has(&marks.languages, &self.lang)
            && self.since.is_none_or(|hours| {
                now.duration_since(marks.last) <= SignedDuration::from_hours(i64::from(hours))
            })
    }

    /// Nothing is left out.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The page's address; also what it is kept under.
    pub(crate) fn address(&self) -> String {
        let since = self.since.map(|hours| hours.to_string());
        let parts = [("country", &self.country), ("lang", &self.lang), ("since", &since)];
        let parts: Vec<String> =
            parts.iter().filter_map(|(n, v)| Some(format!("{n}={}", v.as_ref()?))).collect();
        if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
    }

    /// The filters with one thing less, and that thing in words.
    pub(crate) fn wider(&self) -> Vec<(String, Self)> {
        let mut out = Vec::new();
        if let Some(code) = &self.country {
            out.push((country_name(code).to_owned(), Self { country: None, ..self.clone() }));
        }
        if let Some(lang) = &self.lang {
            out.push((format!("in “{lang}”"), Self { lang: None, ..self.clone() }));
        }
        if let Some(hours) = self.since {
            out.push((span_words(hours), Self { since: None, ..self.clone() }));
        }
        out
    }

    /// What narrows the page, each with the address of the page without it.
    pub(crate) fn narrowed(&self) -> Vec<Narrowed> {
        let wider = self.wider().into_iter();
        wider.map(|(words, without)| Narrowed { words, without: without.address() }).collect()
    }

    /// In one line, for who is told what is shown.
    pub(crate) fn words(&self) -> String {
        let parts: Vec<String> = self.wider().into_iter().map(|(words, _)| words).collect();
        if parts.is_empty() { "All stories of two days".to_owned() } else { parts.join(", ") }
    }

    /// The countries to choose from.
    pub(crate) fn countries<'m>(&self, marks: impl Iterator<Item = &'m Marks>) -> Vec<Choice> {
        let counted = counted(marks.flat_map(|m| &m.countries), self.country.as_deref());
        let mut out: Vec<Choice> = counted
            .into_iter()
            .map(|(code, count)| Choice {
                name: format!("{} ({count})", country_name(&code)),
                chosen: self.country.as_deref() == Some(&code),
                value: code,
            })
            .collect();
        out.sort_by(|a, b| a.name.cmp(&b.name));
        out
    }

    /// The languages to choose from.
    pub(crate) fn languages<'m>(&self, marks: impl Iterator<Item = &'m Marks>) -> Vec<Choice> {
        let counted = counted(marks.flat_map(|m| &m.languages), self.lang.as_deref());
        counted
            .into_iter()
            .map(|(code, count)| Choice {
                name: format!("{code} ({count})"),
                chosen: self.lang.as_deref() == Some(&code),
                value: code,
            })
            .collect()
    }

    /// The spans to choose from.
    pub(crate) fn spans(&self) -> Vec<Choice> {
        SPANS
            .into_iter()
            .map(|hours| Choice {
                value: hours.to_string(),
                name: span_words(hours),
                chosen: self.since == Some(hours),
            })
            .collect()
    }
}

/// The most frequent, and always the one that is chosen.
fn counted<'m>(
    all: impl Iterator<Item = &'m String>,
    chosen: Option<&str>,
) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    let mut out: Vec<(&str, usize)> = counts.into_iter().collect();
    out.sort_by_key(|(value, count)| (chosen != Some(*value), std::cmp::Reverse(*count)));
    out.truncate(CHOICES_MAX);
    if let Some(chosen) = chosen.filter(|c| out.first().is_none_or(|(first, _)| first != c)) {
        out.insert(0, (chosen, 0));
    }
    out.into_iter().map(|(value, count)| (value.to_owned(), count)).collect()
}

fn span_words(hours: u32) -> String {
    format!("news in the last {hours} hours")
}

/// A country's name, or its code where there is none.
pub(crate) fn country_name(code: &str) -> &str {
    reading::country_name(code).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(country: &str, lang: &str, since: &str) -> Filter {
        let (country, lang, since) = (country.to_owned(), lang.to_owned(), since.to_owned());
        Filter::from(Asked { country, lang, since })
    }

    #[test]
    fn an_address_is_read_and_written() {
        let check = |country: &str, lang: &str, since: &str, expected: &str| {
            assert_eq!(filter(country, lang, since).address(), expected);
        };
        check("", "", "", "/");
        check("rus", "RU", "6", "/?country=RUS&lang=ru&since=6");
        check("", "", "24", "/?since=24");
        check("\"><b>", "../", "7", "/");
        check("RUSS", "russian", "-6", "/");
    }

    #[test]
    fn a_story_is_taken_or_not() {
        let now = Timestamp::from_second(100_000).unwrap();
        let marks = Marks {
            countries: vec!["RUS".to_owned(), "GBR".to_owned()],
            languages: vec!["en".to_owned()],
            last: Timestamp::from_second(100_000 - 4 * 3_600).unwrap(),
        };
        let check = |country: &str, lang: &str, since: &str, expected: bool| {
            assert_eq!(filter(country, lang, since).takes(&marks, now), expected);
        };
        check("", "", "", true);
        check("GBR", "en", "6", true);
        check("FRA", "", "", false);
        check("", "fr", "", false);
        check("", "", "3", false);
    }

    #[test]
    fn each_thing_is_taken_away_alone() {
        let narrowed = filter("RUS", "", "6").narrowed();
        let got: Vec<_> = narrowed.iter().map(|n| (n.words.as_str(), n.without.as_str())).collect();
        assert_eq!(got, [("Russia", "/?since=6"), ("news in the last 6 hours", "/?country=RUS")]);
        assert_eq!(country_name("XQZ"), "XQZ");
    }

    #[test]
    fn what_is_chosen_can_be_seen_to_be() {
        let marks = Marks { countries: vec!["RUS".to_owned()], ..Marks::default() };
        let choices = filter("FRA", "", "").countries([&marks].into_iter());
        let got: Vec<_> = choices.iter().map(|c| (c.name.as_str(), c.chosen)).collect();
        assert_eq!(got, [("France (0)", true), ("Russia (1)", false)]);
    }
}
