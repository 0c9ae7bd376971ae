//! What is left to the rows is found as if it were held: the same stories, the same updates.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use proptest::prelude::*;
use stories::{Arrival, ArticleId, Options, Rows, Shelf, Story, StoryId, StoryRows};
use testkit::day::Day;
use testkit::seed::{Synthetic, SyntheticConfig};

use crate::told::{Told, versions};

/// Rows as a store keeps them.
#[derive(Debug, Default)]
struct Table {
    stories: BTreeMap<StoryId, Story>,
    /// Features by article, with the number of the first arrival.
    articles: BTreeMap<ArticleId, (usize, StoryId, Vec<u8>)>,
    /// How many stories were read back.
    read: usize,
}

impl Table {
    fn keep(&mut self, article: ArticleId, arrival: &Arrival) {
        self.stories.extend(arrival.changed.iter().map(|s| (s.id, s.clone())));
        let nth = self.articles.len();
        let nth = self.articles.get(&article).map_or(nth, |(nth, ..)| *nth);
        self.articles.insert(article, (nth, arrival.story, arrival.features.clone()));
    }
}

#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Table>>);

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows for Shared {
    fn read(&mut self, ids: &[StoryId]) -> Vec<StoryRows> {
        let mut table = self.table();
        table.read += ids.len();
        let read = |id: &StoryId| {
            let story = table.stories.get(id)?.clone();
            let rows = story.members.iter();
            let mut rows: Vec<_> =
                rows.filter_map(|m| Some((m.article, table.articles.get(&m.article)?))).collect();
            rows.sort_by_key(|(_, (nth, ..))| *nth);
            let articles = rows.into_iter().map(|(id, row)| (id, row.2.clone())).collect();
            Some(StoryRows { story, articles })
        };
        ids.iter().filter_map(read).collect()
    }
}

/// A shelf over a table of its own that holds so many stories at most between two commits.
struct Kept {
    shelf: Shelf,
    table: Shared,
    held_max: u32,
}

impl Kept {
    fn new(held_max: u32) -> Self {
        let table = Shared::default();
        Self { shelf: over(&table, held_max), table, held_max }
    }

    /// Articles arrive and are committed together; gives what is told of each.
    fn arrive(&mut self, together: &[Told]) -> Vec<Arrival> {
        let arrivals: Vec<Arrival> =
            together.iter().map(|told| told.arrive(&mut self.shelf)).collect();
        let mut table = self.table.table();
        for (told, arrival) in together.iter().zip(&arrivals) {
            table.keep(told.id, arrival);
        }
        drop(table);
        if let Some(last) = together.last() {
            self.shelf.rest(last.at);
        }
        assert!(self.shelf.held_stories() <= self.held_max as usize);
        arrivals
    }

    /// The shelf of the next start.
    fn restart(&mut self, now: Timestamp) {
        self.shelf = over(&self.table, self.held_max);
        let table = self.table.table();
        for story in table.stories.values() {
            self.shelf.restore_story(story.clone());
        }
        let mut rows: Vec<_> = table.articles.iter().collect();
        rows.sort_by_key(|(_, (nth, ..))| *nth);
        for (article, (_, story, features)) in rows {
            self.shelf.restore_article(*article, *story, features);
        }
        drop(table);
        self.shelf.settle_restored(now);
    }

    fn read(&self) -> usize {
        self.table.table().read
    }
}

fn over(table: &Shared, held_max: u32) -> Shelf {
    let options = Options { stories_max: held_max, ..Options::default() };
    Shelf::over(options, Box::new(table.clone()))
}

/// What of an arrival others see; the story that came nearest is told with it but decides nothing.
fn seen(arrival: &Arrival) -> impl PartialEq + std::fmt::Debug {
    (
        arrival.story,
        arrival.opened,
        arrival.copy_of,
        arrival.updates.clone(),
        arrival.changed.clone(),
    )
}

fn same(few: &mut Kept, all: &mut Kept, together: &[Told]) {
    let (a, b) = (few.arrive(together), all.arrive(together));
    for ((a, b), told) in a.iter().zip(&b).zip(together) {
        assert_eq!(seen(a), seen(b), "{}", told.name);
        assert_eq!(a.why, b.why, "{}", told.name);
        assert_eq!(a.features, b.features, "{}", told.name);
    }
}

fn synthetic(seed: u64, live_stories: u32) -> impl Iterator<Item = Told> {
    let config = SyntheticConfig { seed, live_stories, ..SyntheticConfig::default() };
    Synthetic::new(config).map(|made| {
        let id = i64::try_from(made.id).unwrap_or(0) + 1;
        let outlet = format!("outlet {}", made.outlet);
        Told::plain(id, &outlet, made.published_secs, &made.title, &made.text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn an_arrival_does_the_same_however_few_stories_are_held(
        seed in any::<u64>(),
        held_max in 0_u32..12,
        together in 1_usize..9,
    ) {
        let (mut few, mut all) = (Kept::new(held_max), Kept::new(u32::MAX));
        let news: Vec<Told> = synthetic(seed, 40).take(120).collect();
        for batch in news.chunks(together) {
            same(&mut few, &mut all, batch);
        }
        prop_assert_eq!(few.shelf.live_stories(), all.shelf.live_stories());
        prop_assert!(few.read() > 40, "{}", few.read());
    }
}

#[test]
fn nothing_is_forgotten_where_few_are_held() {
    let mut kept = Kept::new(3);
    let news: Vec<Told> = synthetic(7, 80).take(200).collect();
    for batch in news.chunks(5) {
        kept.arrive(batch);
    }
    let stories = kept.table.table().stories.len();
    assert_eq!(kept.shelf.live_stories(), stories);
    // one of them is told of again: the text of one long left to the rows is a copy of it
    let first = &news[0];
    let mut again = Told::plain(9_000, "an outlet that prints it again", 0, "", "");
    (again.article, again.at) = (first.article.clone(), first.at);
    let arrival = &kept.arrive(&[again])[0];
    assert_eq!(arrival.copy_of, Some(first.id));
}

#[test]
fn a_day_with_new_versions_and_repairs_is_told_the_same() {
    let day = Day::bundled().unwrap();
    let told = versions(&day);
    let (mut few, mut all) = (Kept::new(1), Kept::new(u32::MAX));
    for batch in told.chunks(3) {
        same(&mut few, &mut all, batch);
    }
    assert!(few.read() > 20);
}

#[test]
fn a_restart_holds_nothing_and_changes_nothing() {
    let (mut few, mut all) = (Kept::new(4), Kept::new(u32::MAX));
    let news: Vec<Told> = synthetic(3, 40).take(160).collect();
    let (before, after) = news.split_at(100);
    for batch in before.chunks(8) {
        same(&mut few, &mut all, batch);
    }
    few.restart(before.last().map_or(Timestamp::UNIX_EPOCH, |told| told.at));
    assert_eq!(few.shelf.held_stories(), 0);
    assert_eq!(few.shelf.live_stories(), all.shelf.live_stories());
    for batch in after.chunks(8) {
        same(&mut few, &mut all, batch);
    }
}

#[test]
fn what_is_left_to_the_rows_weighs_little() {
    let mut few = Kept::new(0);
    let news: Vec<Told> = synthetic(5, 60).take(180).collect();
    for batch in news.chunks(32) {
        few.arrive(batch);
    }
    let mut held = Kept::new(u32::MAX);
    for batch in news.chunks(32) {
        held.arrive(batch);
    }
    let (few, held) = (few.shelf.weight(), held.shelf.weight());
    assert!(few * 3 < held, "{few} of {held}");
}
