//! Golden files of what happened: times, places, events with their figures, background; and properties of any text.

use std::fmt::Write as _;

use language::Lang;
use proptest::prelude::*;
use reading::{Casualty, Event, Knowledge, Reading};

fn read(text: &str, lang: &str, published: Option<&str>) -> Reading {
    let mut article = article::plain::article(text.to_owned());
    article.published = published.and_then(article::Moment::rfc3339);
    let lang = Lang::parse(lang).unwrap_or(Lang::UNKNOWN);
    let knowledge = reading::CaseKnowledge { gazetteer: None, is_common: &|_| None };
    let copy = reading::copy_to_read(text, lang, knowledge);
    let doc = language::segment(copy.as_deref().unwrap_or(text), lang);
    reading::read(&article, &doc, Knowledge::default())
}

#[test]
fn happenings_are_as_the_golden_files_have_them() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/happenings");
    testkit::golden::check_dir(dir, "reading", |case| {
        let published = case.header("published").unwrap_or("2026-11-05T17:05:00Z");
        print(
            &read(&case.text, case.header("language").unwrap_or("en"), Some(published)),
            &case.text,
        )
    });
}

/// Times, places and events, a line each; figures below their event.
fn print(reading: &Reading, text: &str) -> String {
    let mut out = String::new();
    for time in &reading.times {
        let _infallible = writeln!(
            out,
            "time · {} · {:?} {}",
            time.span.of(text),
            time.kind,
            time.value.as_deref().unwrap_or("?")
        );
    }
    for place in &reading.places {
        let known =
            place.geonames.or(place.latitude.map(|_| 0)).map_or("unknown", |_| place.name.as_str());
        let _infallible = writeln!(
            out,
            "place · {} · {known} {} {:?}",
            place.span.of(text),
            place.country.as_deref().unwrap_or("-"),
            place.role
        );
    }
    for event in &reading.events {
        let _infallible = writeln!(out, "{}", line(event, text));
        for casualty in &event.casualties {
            let _infallible = writeln!(out, "  {}", figure(casualty, text));
        }
    }
    out
}

fn line(event: &Event, text: &str) -> String {
    let kind = event.kind_plover.as_deref().or(event.kind_other.as_deref()).unwrap_or("?");
    let mut out =
        format!("{kind}/{} · {}", event.mode.as_deref().unwrap_or("-"), event.trigger.of(text));
    let names = |parties: &[reading::Party]| {
        let name = |p: &reading::Party| {
            format!(
                "{} ({} {})",
                p.name,
                p.country.as_deref().unwrap_or("-"),
                p.sector.as_deref().unwrap_or("-")
            )
        };
        parties.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    if !event.actors.is_empty() || !event.recipients.is_empty() {
        let _infallible = write!(out, " · {} → {}", names(&event.actors), names(&event.recipients));
    }
    if let Some(time) = &event.time {
        let _infallible =
            write!(out, " · {}{}", time.value, if time.inferred { " (inferred)" } else { "" });
    }
    if let Some(place) = &event.place {
        let _infallible = write!(
            out,
            " · in {}{}",
            place.place.name,
            if place.inferred { " (inferred)" } else { "" }
        );
    }
    let _infallible =
        write!(out, " · {:?}{}", event.realis, if event.background { " background" } else { "" });
    out
}

fn figure(c: &Casualty, text: &str) -> String {
    let number = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let mut out = format!(
        "{} {} {}..{} best {} · {}",
        c.kind.as_str(),
        c.qualifier.as_str(),
        number(c.min),
        number(c.max),
        number(c.best),
        c.span.of(text)
    );
    if c.part {
        out.push_str(" · part");
    }
    if let Some(old) = c.supersedes {
        let _infallible = write!(out, " · supersedes {old}");
    }
    out
}

/// Words that the rules know, in every order.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "killed",
        "killing",
        "at",
        "least",
        "14",
        "1,300",
        "people",
        "dozens",
        "of",
        "rose",
        "from",
        "11",
        "to",
        "On",
        "Monday",
        "April",
        "3",
        ",",
        ".",
        "two",
        "years",
        "ago",
        "last",
        "week",
        "in",
        "St.",
        "Petersburg",
        "U.S.",
        "-",
        "Russian",
        "explosion",
        "attack",
        "the",
        "death",
        "toll",
        "18:30",
        "2017",
        "'s",
        "\n",
        "погибли",
        "не",
        "менее",
        "Tote",
        "verletzt",
        "morts",
        "heridos",
        "between",
        "10",
        "and",
        "12",
        "injured",
        "were",
        "(",
        ")",
        "“",
        "”",
        "99999999999999999999",
        "é",
        "🙂",
        "quatre-vingt",
        "of",
        "half",
        "a",
        "dozen",
        "Senator",
        "Ana",
        "Example",
        "de",
        "la",
        "who",
        "was",
        "shot dead",
        "including",
        "his driver",
        "KILLED",
        "[ABC]",
        "--",
        "quarter",
        "first half of",
        "19.",
        "Jahrhundert",
        "années",
        "siglo",
        "XIX",
        "1990-х",
        "полугодии",
        "alle",
        "achtziger Jahre",
        "demonstrators",
        "police",
        "demands",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Any text is read without a panic, every span lies on characters, and the same text gives the same reading.
    #[test]
    fn any_text_is_read(words in prop::collection::vec(word(), 0..60), lang in prop::sample::select(vec!["en", "de", "fr", "ru", "es", "xx"])) {
        let text = words.join(" ");
        let reading = read(&text, lang, Some("2017-04-04T06:00:00Z"));
        reading::fuzz::check_happenings(&text, &reading);
        reading::fuzz::happenings(&text);
        prop_assert_eq!(reading, read(&text, lang, Some("2017-04-04T06:00:00Z")));
    }
}
