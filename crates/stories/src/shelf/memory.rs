//! What the shelf keeps in memory, what that weighs, and what it forgets.

use std::sync::Arc;

use jiff::Timestamp;

use super::Shelf;
use crate::cluster::Kept;
use crate::features::Features;
use crate::novelty::Anchored;
use crate::{ArticleId, StoryId};

/// The part of the memory that counting terms may take: one in so many.
pub(super) const FREQUENCIES_SHARE: u64 = 4;
/// What an article takes in memory beside its features, and a story beside its profile; bytes, measured.
const ARTICLE_BYTES: u64 = 800;
const STORY_BYTES: u64 = 2_000;
/// What a statement takes with what it is compared by, and a figure.
const STATEMENT_BYTES: u64 = 1_500;
const FIGURE_BYTES: u64 = 160;

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
        let (mut stands, mut gone) = (false, None);
        if let Some(live) = self.live.get_mut(&story) {
            let before = live.profile.times.1;
            if !copy {
                let (keys, replaced) = live.profile.add(id, &features);
                self.index.insert(&keys, story);
                (stands, gone) = (true, replaced);
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
            + story.figures.len() as u64 * FIGURE_BYTES;
        self.weight = (self.weight + now).saturating_sub(std::mem::replace(&mut live.weight, now));
    }

    /// Forgets the stories that have been quiet for too long, and the quietest where there are too many: a few at a time, so
    /// that no single arrival is slow.
    pub(super) fn forget_quiet(&mut self, now: Timestamp, just_now: StoryId) {
        for _ in 0..4 {
            if !self.forget_one(now, Some(just_now)) {
                return;
            }
        }
    }

    /// Forgets what is too much after a restart.
    pub fn settle_restored(&mut self, now: Timestamp) {
        while self.forget_one(now, None) {}
    }

    /// Forgets the story that has been quiet longest, where it is to be; says whether it was.
    fn forget_one(&mut self, now: Timestamp, except: Option<StoryId>) -> bool {
        let oldest_kept =
            now.as_second().saturating_sub(i64::from(self.options.quiet_days_max) * 86_400);
        let Some(&(age, id)) = self.ages.first() else { return false };
        let too_many = self.live.len() > self.options.stories_max as usize
            || self.weight() > self.options.bytes_max;
        if except == Some(id) || !(too_many || age < oldest_kept) {
            return false;
        }
        self.ages.remove(&(age, id));
        self.forget(id);
        true
    }

    /// Takes a story and its articles out of memory.
    fn forget(&mut self, id: StoryId) {
        if let Some(live) = self.live.remove(&id) {
            self.index.remove(&live.profile, id);
            self.weight = self.weight.saturating_sub(live.weight);
        }
        let Some(story) = self.stories.remove(&id) else { return };
        for member in &story.members {
            if let Some(kept) = self.take(member.article) {
                self.copies.remove(member.article, &kept.features);
            }
        }
    }
}
