//! What the shelf keeps in memory, what that weighs, and what it forgets.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Live, Shelf};
use crate::cluster::Kept;
use crate::features::Features;
use crate::novelty::Anchored;
use crate::terms::Key;
use crate::{ArticleId, StoryId};

/// The part of the memory that counting terms may take: one in so many.
pub(super) const FREQUENCIES_SHARE: u64 = 4;
/// What an article takes in memory beside its features, and a story beside its profile; bytes, measured.
const ARTICLE_BYTES: u64 = 800;
const STORY_BYTES: u64 = 2_000;
/// What a statement takes, what it is compared by where that was read, and a figure.
const STATEMENT_BYTES: u64 = 450;
const SAID_BYTES: u64 = 1_050;
const FIGURE_BYTES: u64 = 160;
/// How many stories are forgotten at one arrival, at most.
const FORGOTTEN_AT_ONCE: usize = 4;

impl Shelf {
    /// What the stories and articles take in memory, as they are counted against [`crate::Options::bytes_max`].
    ///
    /// # Units
    ///
    /// Bytes, about.
    pub fn weight(&self) -> u64 {
        self.weight + self.frequencies.bytes()
    }

    /// Keeps an article's features and lets its story be found by them; a copy adds nothing to what its story looks like.
    pub(super) fn keep(
        &mut self,
        id: ArticleId,
        story: StoryId,
        features: Arc<Features>,
        copy: bool,
        (anchored, happened): (Anchored, Arc<[u16]>),
    ) {
        self.frequencies.count(features.keys());
        self.copies.insert(id, &features);
        self.homes.remove(&id);
        let keys = self.shelve(id, story, features, copy, (anchored, happened));
        self.index.insert(&keys, story);
    }

    /// Holds an article's features for its story; gives the keys that newly stand for the story.
    pub(super) fn shelve(
        &mut self,
        id: ArticleId,
        story: StoryId,
        features: Arc<Features>,
        copy: bool,
        (anchored, happened): (Anchored, Arc<[u16]>),
    ) -> Vec<Key> {
        let (mut keys, mut stands, mut gone) = (Vec::new(), false, None);
        if let Some(live) = self.live.get_mut(&story) {
            let before = live.profile.times.1;
            if !copy {
                (keys, gone) = live.profile.add(id, &features);
                stands = true;
            }
            live.profile.times.1 = live.profile.times.1.max(features.at);
            let after = live.profile.times.1;
            if after != before {
                self.ages.remove(&(before, story));
                self.ages.insert((after, story));
            }
        }
        self.put(id, Kept { story, features, stands, anchored, happened });
        if let Some(gone) = gone {
            self.slim(gone);
        }
        self.weigh(story);
        keys
    }

    /// Puts an article's features where they are found; of one that does not stand for its story, what copies are known by.
    pub(super) fn put(&mut self, id: ArticleId, mut kept: Kept) {
        if !kept.stands {
            kept.features = Arc::new(kept.features.slim());
        }
        self.weight += ARTICLE_BYTES + kept.features.weight() as u64;
        self.articles.insert(id, kept);
    }

    /// Takes an article out; gives what was kept of it.
    pub(super) fn take(&mut self, id: ArticleId) -> Option<Kept> {
        let kept = self.articles.remove(&id)?;
        self.weight = self.weight.saturating_sub(ARTICLE_BYTES + kept.features.weight() as u64);
        Some(kept)
    }

    /// Keeps less of an article that no longer stands for its story.
    pub(super) fn slim(&mut self, id: ArticleId) {
        if let Some(kept) = self.take(id) {
            self.put(id, Kept { stands: false, ..kept });
        }
    }

    /// Counts anew what a story takes in memory.
    pub(super) fn weigh(&mut self, id: StoryId) {
        let Some((story, live)) = self.stories.get(&id).zip(self.live.get_mut(&id)) else { return };
        let now = STORY_BYTES
            + live.profile.weight() as u64
            + story.statements.len() as u64 * STATEMENT_BYTES
            + live.said.len() as u64 * SAID_BYTES
            + story.figures.len() as u64 * FIGURE_BYTES;
        self.weight = (self.weight + now).saturating_sub(std::mem::replace(&mut live.weight, now));
    }

    /// Forgets the stories that have been quiet for too long, and the quietest where there are too many: a few at a time, so
    /// that no single arrival is slow. Where there are rows, [`Shelf::rest`] does it.
    pub(super) fn forget_quiet(&mut self, now: Timestamp, just_now: StoryId) {
        if self.quiet.has_rows() {
            return;
        }
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.quietest(now, self.holds_too_many()) {
                Some(id) if id != just_now => self.forget(id),
                _ => return,
            }
        }
    }

    /// Forgets what is too much after a restart.
    pub fn settle_restored(&mut self, now: Timestamp) {
        if self.quiet.has_rows() {
            return self.rest(now);
        }
        loop {
            let Some(id) = self.quietest(now, self.holds_too_many()) else { return };
            self.forget(id);
        }
    }

    fn holds_too_many(&self) -> bool {
        self.live.len() > self.options.stories_max as usize
            || self.weight() > self.options.bytes_max
    }

    /// The story that has been quiet longest, where that is too long, or where one has to go.
    pub(super) fn quietest(&self, now: Timestamp, one_has_to_go: bool) -> Option<StoryId> {
        let oldest_kept =
            now.as_second().saturating_sub(i64::from(self.options.quiet_days_max) * 86_400);
        let &(age, id) = self.ages.first()?;
        (one_has_to_go || age < oldest_kept).then_some(id)
    }

    /// Takes a story out of memory and its articles, so that nothing leads to them.
    pub(super) fn forget(&mut self, id: StoryId) {
        self.let_go(id);
        let Some(story) = self.stories.remove(&id) else { return };
        for member in &story.members {
            self.homes.remove(&member.article);
            if let Some(kept) = self.take(member.article) {
                self.copies.remove(member.article, &kept.features);
            }
        }
    }

    /// Takes out what a story is compared and looked up by; its row and its articles stay.
    pub(super) fn let_go(&mut self, id: StoryId) -> Option<Live> {
        let live = self.live.remove(&id)?;
        self.weight = self.weight.saturating_sub(live.weight);
        self.index.remove(&live.profile, id);
        self.ages.remove(&(live.profile.times.1, id));
        self.quiet.untouched(&live, id);
        Some(live)
    }
}
