//! The shelf of live stories over the store: filled from rows at a start, and read back from them where it holds too little.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use store::Store;
use stories::{ArticleId, Options, Rows, Shelf, StoryId, StoryRows};

/// Rows that are read at once at a start.
const PAGE: u32 = 256;

/// The store as the shelf sees it.
#[derive(Debug)]
struct Behind {
    store: Arc<Store>,
    failed: Failed,
}

/// The first error of the store while the shelf read from it: what came of the arrivals since then is not to be kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failed(Arc<Mutex<Option<store::Error>>>);

impl Failed {
    /// Takes the error out.
    pub(crate) fn take(&self) -> Option<store::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: store::Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

impl Rows for Behind {
    fn read(&mut self, ids: &[StoryId]) -> Vec<StoryRows> {
        self.store.story_rows(ids).unwrap_or_else(|error| {
            self.failed.set(error);
            Vec::new()
        })
    }
}

/// A shelf of the stories with something new since a time, all of them left to their rows.
pub(crate) fn fill(
    store: &Arc<Store>,
    options: Options,
    since: Timestamp,
    now: Timestamp,
) -> Result<(Shelf, Failed), store::Error> {
    let failed = Failed::default();
    let behind = Behind { store: Arc::clone(store), failed: failed.clone() };
    let mut shelf = Shelf::over(options, Box::new(behind));
    let mut after = StoryId(i64::MIN);
    loop {
        let page = store.live_stories(since, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for story in page {
            shelf.restore_story(story);
        }
    }
    for page in store.shelved_since(since)?.chunks(PAGE as usize) {
        let articles: Vec<ArticleId> = page.iter().map(|(article, _)| *article).collect();
        let homes: BTreeMap<ArticleId, StoryId> = page.iter().copied().collect();
        for (article, features) in store.features(&articles)? {
            let story = homes.get(&article).copied().unwrap_or_default();
            shelf.restore_article(article, story, &features);
        }
    }
    shelf.settle_restored(now);
    Ok((shelf, failed))
}
