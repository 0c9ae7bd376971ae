//! What a second article brings to a story: small cases of our own, told with other words than the days.

use article::Article;
use jiff::Timestamp;
use stories::{Options, Shelf, UpdateKind};

use crate::told::Told;

/// An article of an outlet in a language, so many hours after the first.
fn told(id: i64, lang: &str, hours: i64, title: &str, text: &str) -> Told {
    let at = Timestamp::from_second(1_790_000_000 + hours * 3_600).unwrap_or(Timestamp::UNIX_EPOCH);
    let article = Article {
        title: Some(title.to_owned()),
        language: Some(lang.to_owned()),
        published: article::date::parse(&at.to_string()),
        ..article::plain::article(text.to_owned())
    };
    Told::new(id, &format!("outlet {id}"), lang, at, article)
}

/// Lets two articles of one story arrive and compares the second's updates, without "also told by", with what is expected:
/// the kind, and words of the sentence that it points at.
fn check(first: (&str, &str, &str), second: (&str, &str, &str), expected: &[(UpdateKind, &str)]) {
    let mut shelf = Shelf::new(Options::default());
    let first = told(1, first.0, 0, first.1, first.2);
    let second = told(2, second.0, 2, second.1, second.2);
    let story = first.arrive(&mut shelf).story;
    let arrival = second.arrive(&mut shelf);
    assert_eq!(arrival.story, story, "one story: {:?}", arrival.why);
    let updates: Vec<_> =
        arrival.updates.iter().filter(|u| u.kind != UpdateKind::NewOutlet).collect();
    let found: Vec<(UpdateKind, String)> = updates
        .iter()
        .map(|u| {
            let spans = u.evidence.iter().map(|e| e.span.of(&second.article.text));
            (u.kind, spans.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let fits = found.len() == expected.len()
        && found.iter().zip(expected).all(|(f, e)| f.0 == e.0 && f.1.contains(e.1));
    assert!(fits, "{found:#?}");
}

const MILL: (&str, &str, &str) = (
    "en",
    "Fire at Tarnow paper mill kills four",
    "A fire at the Tarnow paper mill killed four people and injured 38 on Tuesday, the fire service said. \
     The fire broke out in the drying hall of the Tarnow mill before dawn.",
);

#[test]
fn an_event_is_told_beside_a_toll_that_is_known() {
    check(
        MILL,
        (
            "en",
            "Tarnow paper mill fire is under control",
            "The fire at the Tarnow paper mill that killed four people and injured 38 was brought under control on \
             Tuesday evening, the fire service said. The fire had broken out in the drying hall of the mill.",
        ),
        &[(UpdateKind::NewEvent, "under control")],
    );
}

#[test]
fn what_is_half_done_or_denied_is_no_event() {
    check(
        MILL,
        (
            "en",
            "Crews still fight Tarnow paper mill fire",
            "The fire at the Tarnow paper mill that killed four people is not under control, the fire service said. \
             Half of the drying hall of the Tarnow mill has been brought under control.",
        ),
        &[],
    );
}

#[test]
fn a_known_figure_said_loosely_is_no_news_and_a_new_one_is() {
    check(
        MILL,
        (
            "en",
            "Tarnow paper mill fire: families wait",
            "The fire at the Tarnow paper mill killed at least four people and injured about 40 on Tuesday. \
             Families waited at the gate of the Tarnow mill.",
        ),
        &[],
    );
    check(
        MILL,
        (
            "en",
            "Fifth death after Tarnow paper mill fire",
            "The fire at the Tarnow paper mill killed five people and injured 38, the fire service said on Tuesday. \
             Families waited at the gate of the Tarnow mill.",
        ),
        &[(UpdateKind::FigureChanged, "killed five")],
    );
}

#[test]
fn how_many_come_from_one_country_is_news_of_its_own_once() {
    check(
        MILL,
        (
            "en",
            "Two Danes among injured of Tarnow paper mill fire",
            "The fire at the Tarnow paper mill killed four people and injured 38 on Tuesday. \
             Among the injured are two Danes, both fitters at the mill.",
        ),
        &[(UpdateKind::FigureChanged, "two Danes")],
    );
}

#[test]
fn how_many_are_ill_is_told_for_every_number() {
    let first = (
        "de",
        "Salmonellen in Eiern aus Hollerbach: zwölf Erkrankte",
        "Nach dem Verzehr von Eiern vom Hof Hollerbach sind zwölf Menschen an Salmonellen erkrankt. \
         Der Hof Hollerbach hat die Eier am Montag zurückgerufen.",
    );
    let second = (
        "de",
        "Salmonellen in Eiern aus Hollerbach: Zahl der Fälle steigt",
        "An den Salmonellen in Eiern vom Hof Hollerbach sind inzwischen 31 Menschen erkrankt. \
         Der Hof Hollerbach hatte die Eier am Montag zurückgerufen.",
    );
    check(first, second, &[(UpdateKind::NewEvent, "31 Menschen")]);
    check(second, (first.0, second.1, second.2), &[]);
}

#[test]
fn a_statement_about_an_older_time_is_made_today() {
    check(
        MILL,
        (
            "en",
            "Tarnow paper mill was inspected, says owner",
            "The fire at the Tarnow paper mill killed four people and injured 38 on Tuesday. \
             The owner of the mill, Greta Lindholm, said that the sprinklers of the drying hall had been tested in February.",
        ),
        &[(UpdateKind::NewStatement, "sprinklers")],
    );
}

#[test]
fn one_passage_of_one_speaker_is_one_update_with_all_its_sentences() {
    check(
        MILL,
        (
            "en",
            "Tarnow paper mill owner promises help",
            "The fire at the Tarnow paper mill killed four people and injured 38 on Tuesday. \
             \"We will pay every wage until the mill runs again,\" said the owner, Greta Lindholm. \
             \"Nobody loses the company flat because of this night,\" she said.",
        ),
        &[(UpdateKind::NewStatement, "every wage")],
    );
}
