//! Fetched pages committed together. The disk takes milliseconds for a commit, whether it holds one page or forty: what comes
//! while one is under way waits and shares the next. Each page's rows are still all there or none.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use store::{DueItem, FetchedPage, Store};
use tokio::sync::oneshot;

use crate::fetch::{FetchResult, Fetched};

/// Pages of one commit.
const PAGES_MAX: usize = 64;

/// A fetch that is done and not yet in the rows.
pub(crate) struct Done {
    pub(crate) item: DueItem,
    pub(crate) result: FetchResult,
    pub(crate) now: Timestamp,
}

type Answer = oneshot::Sender<store::Result<Option<i64>>>;

/// What waits for the next commit.
#[derive(Default)]
pub(crate) struct Together {
    waiting: Mutex<Vec<(Done, Answer)>>,
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Together {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Together")
    }
}

impl Together {
    /// Commits a fetch, with those that wait as well. Returns the new revision once it is on the disk.
    pub(crate) async fn commit(
        &self,
        store: &Arc<Store>,
        done: Done,
    ) -> store::Result<Option<i64>> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((done, answer));
        loop {
            let turn = self.turn.lock().await;
            // The one whose turn it was may have committed this fetch too.
            if let Ok(committed) = answered.try_recv() {
                return committed;
            }
            let batch = {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let most = waiting.len().min(PAGES_MAX);
                waiting.drain(..most).collect::<Vec<_>>()
            };
            // It was taken by a turn that was broken off: the item is still due, and is fetched again.
            if batch.is_empty() {
                return Err(store::Error::Panicked);
            }
            let store = Arc::clone(store);
            let work = tokio::task::spawn_blocking(move || commit_all(&store, batch));
            if work.await.is_err() {
                return Err(store::Error::Panicked);
            }
            drop(turn);
            if let Ok(committed) = answered.try_recv() {
                return committed;
            }
        }
    }
}

/// Commits a batch and tells each waiting one what came of it.
fn commit_all(store: &Store, batch: Vec<(Done, Answer)>) {
    let (done, answers): (Vec<Done>, Vec<Answer>) = batch.into_iter().unzip();
    // Where one could not be written, each goes in by itself: one does not hold up the others.
    let mut articles = commit_articles(store, &done).unwrap_or_default().into_iter();
    for (done, answer) in done.iter().zip(answers) {
        let written = article_of(&done.result).and_then(|_| articles.next());
        let committed = match written {
            Some(revision) => Ok(revision),
            None => commit_fetch(store, &done.item, &done.result, done.now),
        };
        // Who does not wait any more has ended; the rows hold it.
        drop(answer.send(committed));
    }
}

/// An article as the store takes it.
fn page_of<'a>(fetched: &'a Fetched, furniture: Option<&'a [u8]>) -> FetchedPage<'a> {
    FetchedPage {
        url: &fetched.url,
        article: &fetched.article,
        validators: (fetched.etag.as_deref(), fetched.last_modified.as_deref()),
        look: fetched.look,
        furniture: fetched
            .furniture
            .as_ref()
            .zip(furniture)
            .map(|((host, _), bytes)| (host.as_str(), bytes)),
    }
}

/// The article that a fetch brought and that is to be written; nothing where it says what is known.
fn article_of(result: &FetchResult) -> Option<&Fetched> {
    match result {
        FetchResult::Article(fetched) if !fetched.nothing_new => Some(fetched),
        _ => None,
    }
}

/// Commits the articles among several fetches in one transaction; returns their revisions as [`commit_fetch`] does.
fn commit_articles(store: &Store, done: &[Done]) -> store::Result<Vec<Option<i64>>> {
    let articles: Vec<(&Done, &Fetched)> =
        done.iter().filter_map(|done| Some((done, article_of(&done.result)?))).collect();
    let learnt = |fetched: &Fetched| fetched.furniture.as_ref().map(|(_, known)| known.to_bytes());
    let bytes: Vec<Option<Vec<u8>>> = articles.iter().map(|(_, fetched)| learnt(fetched)).collect();
    let pages: Vec<(&DueItem, FetchedPage<'_>, Timestamp)> = articles
        .iter()
        .zip(&bytes)
        .map(|((done, fetched), bytes)| (&done.item, page_of(fetched, bytes.as_deref()), done.now))
        .collect();
    store.record_all_fetched(&pages)
}

/// Commits a fetch. Returns the new revision, or `None` where there is none.
///
/// # Errors
///
/// Those of the store.
pub fn commit_fetch(
    store: &Store,
    item: &DueItem,
    result: &FetchResult,
    now: Timestamp,
) -> store::Result<Option<i64>> {
    match result {
        FetchResult::Article(fetched) if fetched.nothing_new => {
            let validators = (fetched.etag.as_deref(), fetched.last_modified.as_deref());
            store.record_look(item.id, validators, fetched.look, item.again)?;
            Ok(None)
        }
        FetchResult::Article(fetched) => {
            let bytes = fetched.furniture.as_ref().map(|(_, known)| known.to_bytes());
            store.record_fetched(item, &page_of(fetched, bytes.as_deref()), now)
        }
        FetchResult::Unchanged { look } => {
            let validators = (item.etag.as_deref(), item.last_modified.as_deref());
            store.record_look(item.id, validators, *look, true)?;
            Ok(None)
        }
        FetchResult::Later { failure, at } if item.again => {
            let validators = (item.etag.as_deref(), item.last_modified.as_deref());
            tracing::debug!(item = item.id, %failure, "second look failed");
            store.record_look(item.id, validators, Some(*at), true)?;
            Ok(None)
        }
        FetchResult::Later { failure, at } => {
            store.record_item_failure(item.id, &failure.to_string(), Some(*at))?;
            Ok(None)
        }
        FetchResult::Aside { .. } if item.again => {
            store.record_look(item.id, (None, None), None, true)?;
            Ok(None)
        }
        FetchResult::Aside { failure } => {
            store.record_item_failure(item.id, &failure.to_string(), None)?;
            Ok(None)
        }
    }
}
