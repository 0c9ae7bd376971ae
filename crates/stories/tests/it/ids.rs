//! A reader has seen the ids: they stay what they were.

use std::collections::{BTreeMap, BTreeSet};

use stories::{ArticleId, Options, Shelf, StoryId};
use testkit::day::Day;
use testkit::seed::{Synthetic, SyntheticConfig};

use crate::told::{Told, versions};

/// The most articles of a thousand that may stand in another story than the one in which they were shown first.
const MOVED_MAX: usize = 5;

#[expect(clippy::print_stdout, reason = "how many it is, with --nocapture")]
fn check(news: &[Told], name: &str) {
    let mut shelf = Shelf::new(Options::default());
    let mut shown: BTreeMap<ArticleId, StoryId> = BTreeMap::new();
    let mut given: BTreeSet<StoryId> = BTreeSet::new();
    for told in news {
        let arrival = told.arrive(&mut shelf);
        if arrival.opened {
            assert!(given.insert(arrival.story), "{name}: {} is given out twice", arrival.story);
        }
        given.extend(arrival.changed.iter().map(|story| story.id));
        shown.entry(told.id).or_insert(arrival.story);
    }
    let now: BTreeMap<ArticleId, StoryId> = shelf
        .stories()
        .flat_map(|story| story.members.iter().map(|m| (m.article, story.id)))
        .collect();
    let moved = shown.iter().filter(|(article, story)| now.get(article) != Some(story)).count();
    println!("{name}: {moved} of {} articles stand in another story than first shown", shown.len());
    assert!(moved * 1_000 <= shown.len() * MOVED_MAX, "{name}: {moved} of {}", shown.len());
    for (article, story) in &shown {
        let leads = shelf.story(*story);
        assert!(leads.is_some(), "{name}: {story} of article {} leads nowhere", article.0);
    }
}

#[test]
fn at_most_one_article_in_two_hundred_ever_changes_its_story() {
    check(&versions(&Day::bundled().unwrap()), "the bundled day");
    let config = SyntheticConfig { live_stories: 80, ..SyntheticConfig::default() };
    let news = Synthetic::new(config).map(|made| {
        let id = i64::try_from(made.id).unwrap_or(0) + 1;
        let outlet = format!("outlet {}", made.outlet);
        Told::plain(id, &outlet, made.published_secs, &made.title, &made.text)
    });
    check(&news.take(400).collect::<Vec<_>>(), "synthetic news");
}
