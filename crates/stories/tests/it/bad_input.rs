//! Wrong dates, empty titles, empty texts, the same address with another text, ten thousand at once.

use jiff::Timestamp;
use stories::{Options, Shelf};

use crate::told::Told;

#[test]
fn wrong_dates_and_empty_articles_are_taken_in() {
    let now = Timestamp::from_second(1_790_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut shelf = Shelf::new(Options::default());
    let long = "é".repeat(5_000);
    let cases = [
        (1, 0, "", ""),
        (
            2,
            0,
            "A bridge fell at Karsk",
            "A bridge fell at Karsk on Monday, the harbour office said.",
        ),
        (
            3,
            4_000_000_000,
            "",
            "A bridge fell at Karsk on Monday, the harbour office said. It was old.",
        ),
        (4, -2_147_483_647, "\u{0}\u{ffff}", "\u{202e}\u{0}"),
        (5, 1_790_000_000, long.as_str(), "日本語のニュース"),
    ];
    for (id, second, title, text) in cases {
        let told = Told::plain(id, "x", second, title, text);
        let arrival = told.arrive_at(&mut shelf, now);
        assert!(
            shelf
                .story(arrival.story)
                .is_some_and(|s| s.members.iter().any(|m| m.article == told.id && m.at == now)),
            "article {id}"
        );
        assert!(!arrival.features.is_empty());
    }
}

#[test]
fn the_same_address_with_another_text_stays_in_its_story() {
    let mut shelf = Shelf::new(Options::default());
    let first = Told::plain(
        7,
        "x",
        1_790_000_000,
        "Ferry aground",
        "A ferry ran aground off Karsk. Nobody was hurt, the coast guard said.",
    );
    let second = Told::plain(
        7,
        "x",
        1_790_000_000,
        "Museum opens",
        "A museum of clocks opened in Vell. Admission is free on Sundays.",
    );
    let (a, b) = (first.arrive(&mut shelf), second.arrive(&mut shelf));
    assert_eq!(a.story, b.story);
    assert_eq!(shelf.story(a.story).map(|s| s.members.len()), Some(1));
}

#[test]
fn ten_thousand_articles_in_one_second_are_all_kept_in_order() {
    let mut shelf = Shelf::new(Options::default());
    for id in 1..=10_000 {
        let town =
            ["Karsk", "Vell", "Ostrand", "Millow", "Tarn", "Hebbe", "Quill"][id as usize % 7];
        let told = Told::plain(
            id,
            "x",
            1_790_000_000,
            &format!("Notice {id} from {town}"),
            &format!("Notice number {id} of the council of {town}."),
        );
        told.arrive(&mut shelf);
    }
    assert_eq!(shelf.stories().map(|s| s.members.len()).sum::<usize>(), 10_000);
    assert!(shelf.stories().all(|s| s.members.is_sorted_by_key(|m| m.article)));
}
