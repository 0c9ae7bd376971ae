//! For whoever runs it: deliveries and sources.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use store::{Action, DeliveryRow, DeliveryState, OutboxCounts};

use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows, words};

/// Rows of the outbox on the page.
const ROWS_MAX: u32 = 120;

#[derive(Template)]
#[template(path = "deliveries.html")]
struct Deliveries {
    frame: Frame,
    counts: OutboxCounts,
    odd: Vec<Row>,
    destinations: Vec<Destination>,
    rows: Vec<Row>,
}

struct Destination {
    name: String,
    kind: String,
    sent: u64,
    pending: u64,
    paused: Option<String>,
}

struct Row {
    id: i64,
    time: String,
    what: String,
    story: Option<String>,
    step: u32,
    destination: String,
    action: &'static str,
    state: &'static str,
    class: &'static str,
    error: String,
    message: String,
    low: bool,
}

pub(crate) async fn deliveries(State(site): State<Site>) -> Result<Response, Trouble> {
    from_rows(move || {
        let now = (site.now)();
        let since =
            now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::UNIX_EPOCH);
        let destinations = site.store.destination_counts(since)?.into_iter().map(|c| Destination {
            name: c.destination.name,
            kind: c.destination.kind,
            sent: c.sent,
            pending: c.pending,
            paused: c.destination.paused,
        });
        html(&Deliveries {
            frame: Frame::new(&site, "deliveries"),
            counts: site.store.outbox_counts(since)?,
            odd: site.store.odd_deliveries(20)?.iter().map(|d| row(d, &site, now)).collect(),
            destinations: destinations.collect(),
            rows: site.store.deliveries(ROWS_MAX)?.iter().map(|d| row(d, &site, now)).collect(),
        })
    })
    .await
}

/// A state in words, and the class that colours them.
pub(crate) fn state_words(state: DeliveryState) -> (&'static str, &'static str) {
    match state {
        DeliveryState::Pending => ("waiting", ""),
        DeliveryState::Sending => ("on its way", ""),
        DeliveryState::Sent => ("delivered", "ok"),
        DeliveryState::Folded => ("not needed", ""),
        DeliveryState::Refused => ("refused", "bad"),
        DeliveryState::Unknown => ("being looked up", "new"),
        DeliveryState::Held => ("not certain", "bad"),
    }
}

fn row(d: &DeliveryRow, site: &Site, now: Timestamp) -> Row {
    let (state, class) = state_words(d.state);
    Row {
        id: d.id,
        time: words::time(d.done_at.unwrap_or(d.created_at), now, &site.zone),
        what: d.title.clone().unwrap_or_else(|| d.what.clone()),
        story: d.story.map(|s| s.to_string()),
        step: d.step,
        destination: d.destination.clone(),
        action: match d.action {
            Action::Post if d.edited => "edit",
            other => other.as_str(),
        },
        state,
        class,
        error: d.error.clone().unwrap_or_default(),
        message: d.message.clone().unwrap_or_default(),
        low: d.state == DeliveryState::Folded,
    }
}

#[derive(Template)]
#[template(path = "sources.html")]
struct Sources {
    frame: Frame,
    words: String,
    rows: Vec<Outlet>,
    aside: Vec<(String, String)>,
}

struct Outlet {
    name: String,
    lang: String,
    class: &'static str,
    proof: String,
    error: String,
    items: u32,
    last: String,
    next: String,
}

pub(crate) async fn sources(State(site): State<Site>) -> Result<Response, Trouble> {
    from_rows(move || {
        let now = (site.now)();
        let time = |at: Timestamp| words::time(at, now, &site.zone);
        let listings = site.store.listings()?;
        let complete =
            listings.iter().filter(|l| l.complete_since.is_some() && l.error.is_none()).count();
        let rows = listings.iter().map(|l| {
            let (class, proof) = match (&l.error, l.paused, l.complete_since) {
                (Some(_), true, _) => ("bad", "Stopped".to_owned()),
                (Some(_), false, _) => ("bad", format!("Failed {} times", l.failures)),
                (None, _, Some(at)) => ("ok", format!("Complete since {}", time(at))),
                (None, _, None) if l.answered_at.is_some() => ("", "Not yet proven".to_owned()),
                (None, ..) => ("", "Not yet read".to_owned()),
            };
            Outlet {
                name: l.outlet.clone().unwrap_or_else(|| l.url.clone()),
                lang: l.language.clone().unwrap_or_default(),
                class,
                proof,
                error: l.error.clone().unwrap_or_default(),
                items: l.items,
                last: l.answered_at.map(time).unwrap_or_default(),
                next: if l.paused { String::new() } else { time(l.next_poll_at) },
            }
        });
        html(&Sources {
            frame: Frame::new(&site, "sources"),
            words: format!(
                "{complete} of {} proven complete.",
                words::count(listings.len(), "outlet")
            ),
            rows: rows.collect(),
            aside: site.store.set_aside(30)?,
        })
    })
    .await
}

/// Whether rows can be read: what a load balancer asks.
pub(crate) async fn ready(State(site): State<Site>) -> Result<&'static str, Trouble> {
    from_rows(move || {
        site.store.version()?;
        Ok("ready\n")
    })
    .await
}

/// Figures for Prometheus.
pub(crate) async fn metrics(State(site): State<Site>) -> Result<Response, Trouble> {
    from_rows(move || {
        let counts = site.store.outbox_counts(Timestamp::UNIX_EPOCH)?;
        let listings = site.store.listings()?;
        let failing = listings.iter().filter(|l| l.error.is_some()).count() as u64;
        let (unread, untold) = site.store.revisions_waiting()?;
        let (items, _) = site.store.items_waiting()?;
        let last = listings.iter().filter_map(|l| l.answered_at).max();
        let rows: [(&str, &str, &str, u64); 14] = [
            ("articles", "gauge", "Articles in the store", u64::from(site.store.article_count()?)),
            ("items_waiting", "gauge", "Entries whose page is to be fetched", u64::from(items)),
            ("revisions_unread", "gauge", "Texts that wait to be read", u64::from(unread)),
            ("revisions_untold", "gauge", "Readings that wait to be told", u64::from(untold)),
            ("listings", "gauge", "Listings that are read", listings.len() as u64),
            ("listings_failing", "gauge", "Listings whose last read failed", failing),
            ("listing_answered_timestamp_seconds", "gauge", "When a listing last answered", last.map_or(0, |at| at.as_second().unsigned_abs())),
            ("deliveries_sent_total", "counter", "Deliveries done, edits included", counts.sent),
            ("deliveries_edited_total", "counter", "Deliveries that edited a post", counts.edited),
            ("deliveries_pending", "gauge", "Deliveries that wait", counts.pending),
            ("deliveries_uncertain", "gauge", "Deliveries whose fate is not known", counts.uncertain),
            ("deliveries_refused_total", "counter", "Deliveries refused for good", counts.refused),
            ("deliveries_resent_total", "counter", "Deliveries sent again by a person", counts.resent_total),
            ("live_readers", "gauge", "Open live pages", crate::live::readers() as u64),
        ];
        let mut out = String::new();
        for (name, kind, help, value) in rows {
            out.push_str(&format!(
                "# HELP uptospeed_{name} {help}.\n# TYPE uptospeed_{name} {kind}\nuptospeed_{name} {value}\n"
            ));
        }
        Ok(([(axum::http::header::CONTENT_TYPE, "text/plain; version=0.0.4")], out).into_response())
    })
    .await
}
