//! Server-sent events: a page hears that there is something new, and fetches it as it would be fetched without a script.
//!
//! One task looks at the rows for all readers, and only while there are any.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::watch;

use crate::{Site, Trouble, from_rows};

/// Readers with an open stream; one more is told to come back later.
const READERS_MAX: usize = 2_000;

/// How often the rows are looked at.
const LOOK: Duration = Duration::from_millis(700);

/// How often an operator's page hears of changes at the most: almost every second brings one.
const OPERATOR: Duration = Duration::from_secs(3);

static READERS: AtomicUsize = AtomicUsize::new(0);

/// Open streams.
pub(crate) fn readers() -> usize {
    READERS.load(Ordering::Relaxed)
}

struct Seat;

impl Drop for Seat {
    fn drop(&mut self) {
        READERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What changes when anything changes that a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Heard {
    commit: i64,
    news: i64,
    posts: u64,
}

impl Heard {
    fn now(site: &Site) -> Result<Self, store::Error> {
        Ok(Self {
            commit: site.store.commit_mark()?,
            news: site.store.news_version()?,
            posts: site.preview.as_ref().map_or(0, |p| p.version()),
        })
    }

    fn words(&self, rows: bool) -> String {
        if rows { self.commit.to_string() } else { format!("{}.{}", self.news, self.posts) }
    }
}

/// Where all streams of a site hear.
#[derive(Debug, Default)]
pub(crate) struct Live {
    heard: watch::Sender<Heard>,
    /// Whether somebody looks at the rows.
    watched: Mutex<bool>,
}

impl Live {
    /// Takes part; the first reader sets the looking going.
    fn hear(self: &Arc<Self>, site: &Site) -> watch::Receiver<Heard> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.heard.subscribe();
        if !*watched {
            *watched = true;
            tokio::spawn(self.clone().look(site.clone()));
        }
        receiver
    }

    /// Looks at the rows until nobody listens any more.
    async fn look(self: Arc<Self>, site: Site) {
        loop {
            tokio::time::sleep(LOOK).await;
            {
                let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
                if self.heard.receiver_count() == 0 {
                    *watched = false;
                    return;
                }
            }
            let looked = site.clone();
            // A store that does not answer is looked at again; pages say what is wrong.
            if let Ok(now) = from_rows(move || Ok(Heard::now(&looked)?)).await {
                self.heard.send_if_modified(|last| {
                    let changed = *last != now;
                    *last = now;
                    changed
                });
            }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// `rows`: every change, for an operator's pages; else only what stories bring.
    #[serde(default)]
    what: String,
}

pub(crate) async fn stream(
    State(site): State<Site>,
    Extension(live): Extension<Arc<Live>>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    if READERS.fetch_add(1, Ordering::Relaxed) >= READERS_MAX {
        READERS.fetch_sub(1, Ordering::Relaxed);
        let full = "too many open pages; this one works without\n";
        return Ok((StatusCode::SERVICE_UNAVAILABLE, full).into_response());
    }
    let seat = Seat;
    let receiver = live.hear(&site);
    let start = from_rows(move || Ok(Heard::now(&site)?)).await?;
    let rows = asked.what == "rows";
    let event = |words: &str| Ok::<_, Infallible>(Event::default().event("version").data(words));
    let first = Some(start.words(rows));
    let state = (receiver, seat, first, String::new());
    let events = stream::unfold(state, move |(mut receiver, seat, first, last)| async move {
        if let Some(first) = first {
            return Some((event(&first), (receiver, seat, None, first)));
        }
        loop {
            receiver.changed().await.ok()?;
            if rows {
                tokio::time::sleep(OPERATOR).await;
            }
            let now = receiver.borrow_and_update().words(rows);
            if now != last {
                return Some((event(&now), (receiver, seat, None, now)));
            }
        }
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(20));
    Ok(Sse::new(events).keep_alive(alive).into_response())
}
