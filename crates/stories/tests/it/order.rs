//! The order of arrival does not change the final figures.

use jiff::Timestamp;
use proptest::prelude::*;
use reading::CasualtyKind;
use stories::{Options, Shelf};

use crate::told::Told;

/// What five outlets print of one event over a morning: outlet, hour, killed, injured.
const PRINTED: [(&str, i64, u64, u64); 9] = [
    ("Harbour Post", 6, 3, 20),
    ("Vell Gazette", 6, 3, 20),
    ("Morning Line", 7, 5, 25),
    ("Harbour Post", 8, 6, 25),
    ("Ostrand Echo", 8, 9, 31),
    ("Vell Gazette", 9, 8, 30),
    ("Morning Line", 9, 9, 30),
    ("Lantern", 10, 9, 34),
    ("Harbour Post", 10, 10, 34),
];

fn printed() -> Vec<Told> {
    let leads = [
        "A gas explosion in a bakery in Ostrand killed {k} people and injured {i} on Tuesday, the fire service said.",
        "{k} people were killed and {i} injured when a bakery in Ostrand exploded on Tuesday.",
        "The explosion at the bakery in Ostrand on Tuesday killed {k} people; {i} people were injured.",
    ];
    PRINTED
        .iter()
        .enumerate()
        .map(|(n, (outlet, hour, killed, injured))| {
            let lead = leads[n % 3].replace("{k}", &killed.to_string()).replace("{i}", &injured.to_string());
            let text = format!("{lead}\nThe bakery stood on the market square of Ostrand. Windows broke in the whole street, and the oven was found in the river.");
            Told::plain(n as i64 + 1, outlet, 1_790_035_200 + hour * 3600 + n as i64, "Bakery explosion in Ostrand", &text)
        })
        .collect()
}

/// The figures that a reader sees in the end.
fn final_figures(order: &[usize]) -> Vec<Option<String>> {
    let (all, mut shelf) = (printed(), Shelf::new(Options::default()));
    let now = Timestamp::from_second(1_790_035_200 + 11 * 3600).unwrap_or(Timestamp::MAX);
    let mut story = None;
    for i in order {
        story = Some(all[*i].arrive_at(&mut shelf, now).story);
    }
    let story = story.and_then(|id| shelf.story(id));
    [CasualtyKind::Killed, CasualtyKind::Injured]
        .iter()
        .map(|kind| {
            story
                .and_then(|s| s.range(*kind, now))
                .map(|r| format!("{}–{} by {}", r.low, r.high, r.outlets))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_does_not_change_the_final_figures(order in Just((0..PRINTED.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let straight: Vec<usize> = (0..PRINTED.len()).collect();
        let expected = final_figures(&straight);
        prop_assert!(expected.iter().all(Option::is_some));
        prop_assert_eq!(final_figures(&order), expected);
    }
}
