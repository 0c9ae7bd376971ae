//! The live stories: where an arriving article belongs.

use jiff::Timestamp;

use crate::{Arrival, Arriving, ArticleId, Story, StoryId};

/// What the operator may set.
#[derive(Clone, Debug, Default)]
pub struct Options {}

/// The live stories, in memory; a cache of rows.
#[derive(Debug, Default)]
pub struct Shelf {
    stories: std::collections::BTreeMap<StoryId, Story>,
}

impl Shelf {
    /// An empty shelf.
    pub fn new(options: Options) -> Self {
        let _ = options;
        Self::default()
    }

    /// Puts a kept story back after a restart.
    pub fn restore_story(&mut self, story: Story) {
        self.stories.insert(story.id, story);
    }

    /// Puts a kept article's features back after a restart, in the order of arrival, after its story.
    pub fn restore_article(&mut self, id: ArticleId, story: StoryId, features: &[u8]) {
        let _ = (id, story, features);
    }

    /// Takes an article in: which story it belongs to and what in it is new.
    pub fn arrive(&mut self, arriving: Arriving<'_>, now: Timestamp) -> Arrival {
        let _ = (arriving, now);
        Arrival::default()
    }

    /// A live story.
    pub fn story(&self, id: StoryId) -> Option<&Story> {
        self.stories.get(&id)
    }
}
