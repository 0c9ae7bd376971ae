//! What is kept in memory stays within bounds, and what is kept less of is still known.

use std::collections::BTreeMap;

use stories::{ArticleId, Options, Shelf, Story, StoryId};
use testkit::seed::{Synthetic, SyntheticConfig};

use crate::told::Told;

/// Synthetic news, read.
fn news(live_stories: u32, copy_share: f64) -> impl Iterator<Item = (Told, Option<u64>)> {
    let config = SyntheticConfig { live_stories, copy_share, ..SyntheticConfig::default() };
    Synthetic::new(config).map(|made| {
        let id = i64::try_from(made.id).unwrap_or(0) + 1;
        let outlet = format!("outlet {}", made.outlet);
        (Told::plain(id, &outlet, made.published_secs, &made.title, &made.text), made.copy_of)
    })
}

#[test]
fn the_quietest_stories_are_forgotten_where_memory_is_full() {
    const BYTES_MAX: u64 = 2 << 20;
    let mut shelf = Shelf::new(Options { bytes_max: BYTES_MAX, ..Options::default() });
    for (told, _) in news(300, 0.15).take(1_200) {
        let arrival = told.arrive(&mut shelf);
        assert!(shelf.story(arrival.story).is_some(), "the story just told is there");
    }
    // four are forgotten at each arrival, each of which brings less than that
    assert!(shelf.weight() <= BYTES_MAX, "{}", shelf.weight());
    assert!(shelf.weight() > BYTES_MAX / 2 && shelf.stories().count() > 50);
}

#[test]
fn what_is_restored_weighs_what_it_weighed_and_no_more_than_allowed() {
    let mut shelf = Shelf::new(Options::default());
    let (mut rows, mut articles) = (BTreeMap::<StoryId, Story>::new(), Vec::new());
    let mut now = jiff::Timestamp::UNIX_EPOCH;
    for (told, _) in news(100, 0.15).take(500) {
        now = told.at;
        let arrival = told.arrive(&mut shelf);
        articles.push((told.id, arrival.story, arrival.features));
        rows.extend(arrival.changed.into_iter().map(|s| (s.id, s)));
    }
    let restored = |bytes_max: u64| {
        let mut shelf = Shelf::new(Options { bytes_max, ..Options::default() });
        for story in rows.values() {
            shelf.restore_story(story.clone());
        }
        for (id, story, features) in &articles {
            shelf.restore_article(*id, *story, features);
        }
        shelf.settle_restored(now);
        shelf
    };
    let whole = restored(u64::MAX);
    assert_eq!(whole.stories().count(), shelf.stories().count());
    assert!(whole.weight().abs_diff(shelf.weight()) * 50 < shelf.weight());
    let part = restored(shelf.weight() / 3);
    assert!(part.weight() <= shelf.weight() / 3 && part.stories().count() > 10);
}

#[test]
fn a_copy_of_a_text_that_no_longer_stands_for_its_story_is_found() {
    let mut shelf = Shelf::new(Options::default());
    // few stories with many texts each: all but eight of each are kept for copies alone
    let texts: Vec<Told> = news(4, 0.0).take(160).map(|(told, _)| told).collect();
    let arrivals: Vec<StoryId> = texts.iter().map(|t| t.arrive(&mut shelf).story).collect();
    for (told, story) in texts.iter().zip(arrivals) {
        let at = texts.last().map_or(told.at, |last| last.at);
        let mut copy = Told::new(0, "a paper that prints it again", "en", at, told.article.clone());
        copy.id = ArticleId(told.id.0 + 10_000);
        let arrival = copy.arrive(&mut shelf);
        assert!(arrival.copy_of.is_some(), "{:?}", told.article.title);
        assert_eq!(Some(arrival.story), shelf.story(story).map(|s| s.id));
    }
}
