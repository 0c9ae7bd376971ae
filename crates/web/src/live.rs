//! Server-sent events: a page hears that there is something new, and fetches it as it would be fetched without a script.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::Site;

/// Readers with an open stream; one more is told to come back later.
const READERS_MAX: usize = 2_000;

/// How often the rows are looked at for each reader.
const LOOK: Duration = Duration::from_millis(700);

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

/// What changes when anything that a page shows changes.
fn version(site: &Site) -> String {
    let rows = site.store.version().unwrap_or(0);
    let posts = site.preview.as_ref().map_or(0, |p| p.version());
    format!("{rows}.{posts}")
}

pub(crate) async fn stream(State(site): State<Site>) -> Response {
    if READERS.fetch_add(1, Ordering::Relaxed) >= READERS_MAX {
        READERS.fetch_sub(1, Ordering::Relaxed);
        return (StatusCode::SERVICE_UNAVAILABLE, "too many open pages; this one works without\n")
            .into_response();
    }
    let start = (site, Seat, String::new());
    let events = stream::unfold(start, |(site, seat, last)| async move {
        loop {
            let now = version(&site);
            if now != last {
                let event = Event::default().event("version").data(&now);
                return Some((Ok::<_, Infallible>(event), (site, seat, now)));
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response()
}
