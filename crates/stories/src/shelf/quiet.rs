//! Quiet stories: still live, found as all others are, but left to the rows until an article asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::{Live, Row, Shelf};
use crate::features::Features;
use crate::lookup::ENTRY_BYTES;
use crate::{ArticleId, Options, Story, StoryId};

/// What a quiet story takes in memory, and each of its articles, beside the entries that lead to them; bytes, measured.
const QUIET_STORY_BYTES: u32 = 130;
const QUIET_ARTICLE_BYTES: u32 = 62;
/// One part in so many of the memory is for stories held in full, however many quiet ones there are.
const HELD_SHARE: u64 = 4;
/// How many stories are forgotten at one rest for their age, at most.
const FORGOTTEN_AT_REST: usize = 256;

/// Where the shelf reads back what it does not hold: the rows that arrivals handed out.
pub trait Rows: Debug + Send {
    /// Stories with the rows of their articles, in any order; what is not there, or cannot be read, is left out.
    fn read(&mut self, ids: &[StoryId]) -> Vec<StoryRows>;
}

/// A story as it was kept.
#[derive(Clone, Debug, Default)]
pub struct StoryRows {
    /// The story.
    pub story: Story,
    /// Its members with what [`crate::Arrival::features`] gave of each, in the order of their first arrival.
    pub articles: Vec<(ArticleId, Vec<u8>)>,
}

/// What is kept in memory of a story that is left to the rows, beside what leads to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    /// Its last article, seconds since 1970.
    last: i64,
    /// What it was counted for in the shelf's weight.
    weight: u32,
    /// How many keys lead to it.
    keys: u16,
}

/// The quiet stories of a shelf.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    rows: Option<Box<dyn Rows>>,
    pub(super) stories: FxHashMap<StoryId, Left>,
    /// What they take in memory; part of the shelf's weight.
    weight: u64,
    /// The stories held in full by when they were asked for: last, or before that; it is put right when they come to the front.
    touched: BTreeSet<(u64, StoryId)>,
    /// How often stories were asked for so far.
    tick: u64,
    /// Stories put together, parted or told anew by a later revision since the last rest: not yet what their rows give.
    changed: BTreeSet<StoryId>,
}

impl Quiet {
    /// Whether anything can be left to rows.
    pub(super) fn has_rows(&self) -> bool {
        self.rows.is_some()
    }

    /// Remembers that a story is no longer what its articles made of it one after the other.
    pub(super) fn changed(&mut self, id: StoryId) {
        if self.has_rows() {
            self.changed.insert(id);
        }
    }

    /// Forgets when a story was asked for.
    pub(super) fn untouched(&mut self, live: &Live, id: StoryId) {
        self.touched.remove(&(live.queued, id));
    }
}

impl Shelf {
    /// An empty shelf that reads back from rows what it does not hold, so that no live story is forgotten for lack of memory.
    ///
    /// What comes of an arrival is what would come of it were all stories held. [`Shelf::rest`] is to be called now and then.
    pub fn over(options: Options, rows: Box<dyn Rows>) -> Self {
        let mut shelf = Self::new(options);
        shelf.quiet.rows = Some(rows);
        shelf
    }

    /// How many stories an article may still join.
    pub fn live_stories(&self) -> usize {
        self.live.len() + self.quiet.stories.len()
    }

    /// How many of them are held in full.
    pub fn held_stories(&self) -> usize {
        self.live.len()
    }

    /// Leaves stories to the rows that were not asked for since long, as many as are too many, and forgets those that have been
    /// quiet for too long.
    ///
    /// To be called when the rows have everything that arrivals handed out, and only then: after each commit.
    pub fn rest(&mut self, now: Timestamp) {
        for id in std::mem::take(&mut self.quiet.changed) {
            self.renew(id);
        }
        for _ in 0..FORGOTTEN_AT_REST {
            let Some(id) = self.quietest(now, false) else { break };
            self.warm(&[id]);
            self.forget(id);
            // its rows are gone: what led to it leads nowhere
            if let Some(left) = self.take_left(id) {
                self.ages.remove(&(left.last, id));
            }
        }
        while self.holds_too_much() {
            let Some(id) = self.untouched_longest() else { break };
            self.leave(id);
        }
    }

    fn holds_too_much(&self) -> bool {
        let held = self.weight.saturating_sub(self.quiet.weight);
        self.live.len() > self.options.stories_max as usize
            || self.weight() > self.options.bytes_max && held > self.options.bytes_max / HELD_SHARE
    }

    /// Remembers that a story was asked for.
    pub(super) fn touch(&mut self, id: StoryId) {
        if !self.quiet.has_rows() {
            return;
        }
        self.quiet.tick += 1;
        if let Some(live) = self.live.get_mut(&id) {
            live.touched = self.quiet.tick;
            if live.queued == 0 {
                live.queued = live.touched;
                self.quiet.touched.insert((live.queued, id));
            }
        }
    }

    /// The story held in full that was asked for longest ago.
    fn untouched_longest(&mut self) -> Option<StoryId> {
        loop {
            let (queued, id) = self.quiet.touched.pop_first()?;
            let Some(live) = self.live.get_mut(&id) else { continue };
            if live.touched == queued {
                return Some(id);
            }
            live.queued = live.touched;
            self.quiet.touched.insert((live.queued, id));
        }
    }

    /// Whether an id is a story's.
    pub(crate) fn is_taken(&self, id: StoryId) -> bool {
        self.stories.contains_key(&id) || self.quiet.stories.contains_key(&id)
    }

    /// Holds the stories of articles.
    pub(super) fn warm_homes(&mut self, articles: &[ArticleId]) {
        if self.quiet.stories.is_empty() {
            return;
        }
        let homes: BTreeSet<StoryId> =
            articles.iter().filter_map(|id| self.homes.get(id).copied()).collect();
        self.warm(&homes.into_iter().collect::<Vec<_>>());
    }

    /// Holds stories that are left to the rows; others, and those without rows, stay as they are.
    pub(crate) fn warm(&mut self, ids: &[StoryId]) {
        for id in ids {
            self.touch(*id);
        }
        let quiet = &mut self.quiet;
        let asked: Vec<StoryId> =
            ids.iter().copied().filter(|id| quiet.stories.contains_key(id)).collect();
        let Some(rows) = quiet.rows.as_mut().filter(|_| !asked.is_empty()) else { return };
        let mut read: BTreeMap<StoryId, StoryRows> =
            rows.read(&asked).into_iter().map(|one| (one.story.id, one)).collect();
        // in the order in which they were asked for, whatever order the rows came in
        for id in asked {
            if let Some(rows) = read.remove(&id) {
                self.wake(rows);
            }
        }
    }

    /// Holds a story that was left to its rows; all that leads to it does so already.
    fn wake(&mut self, StoryRows { story, articles }: StoryRows) {
        let id = story.id;
        let Some(left) = self.take_left(id) else { return };
        self.ages.remove(&(left.last, id));
        self.hold(story);
        for (article, features) in articles {
            let Ok(row) = rmp_serde::from_slice::<Row<Features>>(&features) else { continue };
            self.homes.remove(&article);
            self.hold_article(article, id, row);
        }
        self.touch(id);
    }

    /// Takes out what is kept of a quiet story.
    fn take_left(&mut self, id: StoryId) -> Option<Left> {
        let left = self.quiet.stories.remove(&id)?;
        self.quiet.weight = self.quiet.weight.saturating_sub(u64::from(left.weight));
        self.weight = self.weight.saturating_sub(u64::from(left.weight));
        Some(left)
    }

    /// Keeps what is kept of a quiet story.
    fn put_left(&mut self, id: StoryId, left: Left) {
        self.quiet.weight += u64::from(left.weight);
        self.weight += u64::from(left.weight);
        self.quiet.stories.insert(id, left);
    }

    /// Leaves a story to its rows. What leads to it goes on leading to it.
    fn leave(&mut self, id: StoryId) {
        if let Some(live) = self.live.remove(&id) {
            self.leave_held(id, &live);
        }
    }

    fn leave_held(&mut self, id: StoryId, live: &Live) {
        let Some(story) = self.stories.remove(&id) else { return };
        self.weight = self.weight.saturating_sub(live.weight);
        self.quiet.untouched(live, id);
        let keys = live.profile.keys().len();
        let mut left = Left {
            last: live.profile.times.1,
            weight: QUIET_STORY_BYTES + entry_bytes(keys),
            keys: u16::try_from(keys).unwrap_or(u16::MAX),
        };
        for member in &story.members {
            let Some(kept) = self.take(member.article) else { continue };
            left.weight = left.weight.saturating_add(article_bytes(&kept.features));
            self.homes.insert(member.article, id);
        }
        self.put_left(id, left);
    }

    /// Makes a story what its rows give, as after a restart.
    fn renew(&mut self, id: StoryId) {
        let Some(live) = self.live.remove(&id) else { return };
        self.index.remove(&live.profile, id);
        self.leave_held(id, &live);
        self.warm(&[id]);
        if let Some(live) = self.live.get(&id) {
            self.index.insert(live.profile.keys(), id);
        }
    }

    /// Puts a kept story back after a restart, left to its row.
    pub(super) fn restore_quiet(&mut self, story: &Story) {
        let last = story.first.as_second();
        self.ages.insert((last, story.id));
        self.put_left(story.id, Left { last, weight: QUIET_STORY_BYTES, keys: 0 });
    }

    /// Lets a quiet story be found by an article, after those that arrived before it.
    pub(super) fn restore_quiet_article(
        &mut self,
        id: ArticleId,
        story: StoryId,
        row: &Row<Features>,
    ) {
        let Some(mut left) = self.take_left(story) else { return };
        let features = &row.features;
        self.frequencies.count(features.keys());
        self.copies.insert(id, features);
        self.homes.insert(id, story);
        if !row.copy {
            let known = usize::from(left.keys);
            let keys = self.index.insert_of(features, story, known);
            left.weight += entry_bytes(keys - known);
            left.keys = u16::try_from(keys).unwrap_or(u16::MAX);
        }
        left.weight = left.weight.saturating_add(article_bytes(features));
        if features.at > left.last {
            self.ages.remove(&(left.last, story));
            left.last = features.at;
            self.ages.insert((left.last, story));
        }
        self.put_left(story, left);
    }
}

/// What the entries that lead to a thing take in memory, bytes.
fn entry_bytes(entries: usize) -> u32 {
    u32::try_from(entries * ENTRY_BYTES).unwrap_or(u32::MAX)
}

/// What an article of a quiet story takes in memory, bytes.
fn article_bytes(features: &Features) -> u32 {
    QUIET_ARTICLE_BYTES.saturating_add(entry_bytes(features.shingles.anchors().count()))
}
