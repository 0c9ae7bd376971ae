//! The state after a restart is the state before it.

use std::collections::BTreeMap;

use stories::{ArticleId, Options, Shelf, Story, StoryId};
use testkit::day::Day;

use crate::told::versions;

#[test]
fn a_restart_changes_nothing_that_comes_after_it() {
    let day = Day::bundled().unwrap();
    let all = versions(&day);
    for cut in [all.len() / 3, all.len() * 2 / 3] {
        let mut whole = Shelf::new(Options::default());
        let mut rows: BTreeMap<StoryId, Story> = BTreeMap::new();
        let mut articles: Vec<(ArticleId, StoryId, Vec<u8>)> = Vec::new();
        for told in all.iter().take(cut) {
            let arrival = told.arrive(&mut whole);
            rows.extend(arrival.changed.into_iter().map(|s| (s.id, s)));
            match articles.iter_mut().find(|(id, ..)| *id == told.id) {
                Some(row) => *row = (told.id, arrival.story, arrival.features),
                None => articles.push((told.id, arrival.story, arrival.features)),
            }
        }
        let mut restarted = Shelf::new(Options::default());
        for story in rows.into_values() {
            restarted.restore_story(story);
        }
        for (id, story, features) in &articles {
            restarted.restore_article(*id, *story, features);
        }
        for told in all.iter().skip(cut) {
            let (before, after) = (told.arrive(&mut whole), told.arrive(&mut restarted));
            assert_eq!(before.story, after.story, "{}", told.name);
            assert_eq!(before.updates, after.updates, "{}", told.name);
            assert_eq!(before.changed, after.changed, "{}", told.name);
        }
    }
}

#[test]
fn rows_of_another_version_are_left_out() {
    let mut shelf = Shelf::new(Options::default());
    shelf.restore_story(Story { id: StoryId(4), ..Story::default() });
    for bytes in [&b""[..], b"\xff\xff", b"{}", &[0x93; 4096]] {
        shelf.restore_article(ArticleId(1), StoryId(4), bytes);
        shelf.restore_article(ArticleId(1), StoryId(5), bytes);
    }
    assert!(shelf.story(StoryId(4)).is_some());
}
