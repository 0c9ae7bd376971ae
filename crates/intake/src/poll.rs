//! One listing, asked once: conditional, typed, and committed with its items in one transaction.

use std::collections::HashSet;
use std::time::Duration;

use article::feed::{self, Entry, Feed, FeedHint};
use article::links;
use jiff::{SignedDuration, Timestamp};
use net::{Door, Request, Response};
use store::{Chain, Filling, Listing, ListingKind, Store};

use crate::chain::{self, Link};
use crate::rhythm::{self, History};
use crate::run::NEW_GAP;
use crate::{Failure, Settings};

/// What we read, best first: hosts that negotiate send a feed where they have one.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

/// Parts of a sitemap index that one poll reads: the newest ones.
const INDEX_PARTS_MAX: usize = 3;

/// Entries of one poll that are taken: a sitemap has at most 50,000 (sitemaps.org).
const ENTRIES_MAX: usize = 50_000;

/// What a poll brought, before it is committed.
#[derive(Clone, Debug)]
pub struct PollResult {
    /// The answer, read; or why there is none.
    pub outcome: Result<Polled, Failure>,
    /// When to ask again.
    pub next: Timestamp,
}

/// A good answer, read.
#[derive(Clone, Debug, Default)]
pub struct Polled {
    /// For the store.
    pub row: store::Polled,
    /// What was odd about the listing, for `source test`.
    pub doubts: Vec<article::Doubt>,
    /// The listing's next page (RFC 5005), where it has pages.
    pub next_page: Option<String>,
    /// The format that it turned out to be.
    pub format: String,
    /// What was found for gaps, this poll's own and earlier ones.
    pub fillings: Vec<Filling>,
}

/// What a commit did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Items that are due because of it.
    pub due: u32,
    /// The poll does not overlap with the one before.
    pub gap: bool,
    /// The poll failed.
    pub failed: bool,
}

/// Asks for a listing and reads it, with the usual settings. Nothing is written; [`commit_poll`] does that.
pub async fn poll(door: &Door, listing: &Listing, now: Timestamp) -> PollResult {
    poll_with(door, &Settings::default(), listing, now).await
}

/// Asks for a listing and reads it. Nothing is written; [`commit_poll`] does that.
pub async fn poll_with(
    door: &Door,
    settings: &Settings,
    listing: &Listing,
    now: Timestamp,
) -> PollResult {
    let request = Request {
        url: listing.url.clone(),
        etag: listing.etag.clone(),
        last_modified: listing.last_modified.clone(),
        accept: Some(ACCEPT.to_owned()),
        limits: None,
    };
    let history = History { rhythm_secs: listing.rhythm_secs, changed_at: listing.changed_at };
    let good = |polled: Polled, fresh_for: Option<Duration>| {
        let rhythm_secs = polled.row.rhythm_secs.or(history.rhythm_secs);
        // The first answer of all is as good as one with something new.
        let changed_at = if polled.row.entries.is_empty() { history.changed_at } else { Some(now) };
        let history = History { rhythm_secs, changed_at: changed_at.or(Some(now)) };
        let next = rhythm::after_answer(settings, listing.id, history, fresh_for, now);
        PollResult { outcome: Ok(polled), next }
    };
    let bad = |failure: Failure| {
        let next = rhythm::after_failure(
            settings,
            listing.id,
            listing.failures,
            failure.retry_after(),
            now,
        );
        PollResult { outcome: Err(failure), next }
    };
    let response = match door.get(request).await {
        Ok(response) => response,
        Err(error) => return bad(Failure::Net(error)),
    };
    let fresh_for = response.headers.fresh_for;
    match response.status {
        200 | 203 | 226 => {}
        304 if listing.etag.is_some() || listing.last_modified.is_some() => {
            let row = store::Polled { unchanged: true, ..store::Polled::default() };
            return good(Polled { row, ..Polled::default() }, fresh_for);
        }
        _ => return bad(Failure::of_status(&response, now)),
    }
    let body_key = store::key(&[&String::from_utf8_lossy(&response.body)]);
    if listing.body_key == Some(body_key) {
        // The host does not know validators, or they changed alone: they are replaced on every 200 all the same.
        let row = with_validators(store::Polled::default(), &response);
        return good(Polled { row, ..Polled::default() }, fresh_for);
    }
    match read(door, settings, listing, &response, now).await {
        Ok(mut polled) => {
            polled.row.body_key = Some(body_key);
            good(polled, fresh_for)
        }
        Err(failure) => bad(failure),
    }
}

fn with_validators(mut row: store::Polled, response: &Response) -> store::Polled {
    row.etag.clone_from(&response.headers.etag);
    row.last_modified.clone_from(&response.headers.last_modified);
    row.moved_to.clone_from(&response.permanent_url);
    row
}

/// Reads a feed off the threads that wait for the network: a large one takes milliseconds.
async fn parse(body: Vec<u8>, hint: FeedHint) -> Feed {
    tokio::task::spawn_blocking(move || feed::read(&body, &hint)).await.unwrap_or_default()
}

async fn read(
    door: &Door,
    settings: &Settings,
    listing: &Listing,
    response: &Response,
    now: Timestamp,
) -> Result<Polled, Failure> {
    let hint = FeedHint {
        url: Some(response.final_url.clone()),
        content_type: response.headers.content_type.clone(),
    };
    if listing.kind == ListingKind::Page {
        return Ok(page(listing, settings, response, now));
    }
    let mut feed = parse(response.body.clone(), hint).await;
    match feed.format.as_str() {
        "" | "opml" => return Err(Failure::not_a("a feed or sitemap", response)),
        "sitemap-index" => feed.entries = parts(door, feed.entries).await?,
        _ => {}
    }
    let mut row = with_validators(store::Polled::default(), response);
    row.outlet = feed.feed.title.as_deref().map(one_line).filter(|t| !t.is_empty());
    row.outlet = row.outlet.or_else(|| feed.entries.iter().find_map(|e| e.outlet.clone()));
    row.language.clone_from(&feed.feed.language);
    let hub = feed.feed.hub.clone().or_else(|| response.headers.hubs.first().cloned());
    let topic = feed.feed.self_link.clone().or_else(|| response.headers.self_link.clone());
    row.hub = hub
        .and_then(|hub| article::url::join(Some(&response.final_url), &hub))
        .map(|hub| (hub, topic.unwrap_or_else(|| response.final_url.clone())));
    let next_page = feed
        .feed
        .next
        .as_deref()
        .and_then(|next| article::url::join(Some(&response.final_url), next));
    let entries = addressed(feed.entries, &response.final_url);
    sort(listing, settings, entries, now, &mut row);
    Ok(Polled { row, doubts: feed.doubts, next_page, format: feed.format, fillings: Vec::new() })
}

/// Reads a page that is watched: the links on it that look like articles, without dates.
fn page(listing: &Listing, settings: &Settings, response: &Response, now: Timestamp) -> Polled {
    let mut row = with_validators(store::Polled::default(), response);
    let links = links::articles(&response.body, &response.final_url);
    let entries = links
        .into_iter()
        .map(|(url, title)| {
            (url.clone(), Entry { link: Some(url), title: Some(title), ..Entry::default() })
        })
        .collect();
    sort(listing, settings, entries, now, &mut row);
    Polled { row, format: "page".to_owned(), ..Polled::default() }
}

/// The newest parts of a sitemap index, read.
async fn parts(door: &Door, index: Vec<Entry>) -> Result<Vec<Entry>, Failure> {
    let mut parts: Vec<Entry> = index.into_iter().filter(|e| e.link.is_some()).collect();
    // Those without a date last, in their order: outlets put the newest part first or last, and date it where it matters.
    parts.sort_by_key(|e| std::cmp::Reverse(e.updated.or(e.published).map(|at| at.at)));
    let mut entries = Vec::new();
    for part in parts.iter().take(INDEX_PARTS_MAX) {
        let response = door
            .get(Request::new(part.link.as_deref().unwrap_or_default()))
            .await
            .map_err(Failure::Net)?;
        if response.status != 200 {
            return Err(Failure::of_status(&response, Timestamp::UNIX_EPOCH));
        }
        let hint = FeedHint {
            url: Some(response.final_url.clone()),
            content_type: response.headers.content_type.clone(),
        };
        entries.extend(parse(response.body, hint).await.entries);
    }
    Ok(entries)
}

/// Entries with an absolute address, each address once, in the listing's order.
pub(crate) fn addressed(entries: Vec<Entry>, base: &str) -> Vec<(String, Entry)> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for entry in entries.into_iter().take(ENTRIES_MAX) {
        let Some(url) = entry.link.as_deref().and_then(|link| article::url::join(Some(base), link))
        else {
            continue;
        };
        if seen.insert(store::url_key(&url)) {
            out.push((url, entry));
        }
    }
    out
}

/// When an entry says that it was published, where that can be: not in the future, not in a placeholder's year.
pub(crate) fn dated(entry: &Entry, now: Timestamp) -> Option<Timestamp> {
    let at = entry.published.or(entry.created).or(entry.updated)?.at;
    let oldest =
        now.checked_sub(SignedDuration::from_hours(40 * 365 * 24)).unwrap_or(Timestamp::MIN);
    let newest = now.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
    (oldest..=newest).contains(&at).then_some(at)
}

/// Decides what is to be fetched, what is only noted, and whether the poll reaches back to the last one.
fn sort(
    listing: &Listing,
    settings: &Settings,
    entries: Vec<(String, Entry)>,
    now: Timestamp,
    row: &mut store::Polled,
) {
    let links: Vec<Link> = entries
        .iter()
        .map(|(url, entry)| Link { key: store::url_key(url), at: dated(entry, now) })
        .collect();
    row.rhythm_secs =
        rhythm::measure(&links.iter().filter_map(|link| link.at).collect::<Vec<_>>(), now);
    let sorted = listing.kind == ListingKind::Auto;
    if !chain::overlaps(&listing.chain, &links, sorted) {
        row.gap_since = listing.answered_at;
    }
    if !links.is_empty() {
        row.chain = Some(Chain(links.iter().map(|link| link.key).collect()));
    }
    let backlog = SignedDuration::try_from(settings.backlog).unwrap_or(SignedDuration::MAX);
    let oldest = now.checked_sub(backlog).unwrap_or(Timestamp::MIN);
    for ((url, entry), link) in entries.into_iter().zip(links) {
        // On the first poll what is old is noted, so that it never counts as new; later an old date is an outlet's late
        // addition or its mistake, and is fetched.
        match link.at {
            Some(at) if at < oldest && listing.chain.0.is_empty() => {
                row.known.push((url, entry, format!("older than the listing here: of {at}")));
            }
            _ => row.entries.push((url, entry)),
        }
    }
}

/// Commits a poll: validators, items, the next poll, a gap where there is one; in one transaction.
///
/// # Errors
///
/// Those of the store; nothing is then written.
pub fn commit_poll(
    store: &Store,
    listing: &Listing,
    result: &PollResult,
    now: Timestamp,
) -> store::Result<Committed> {
    match &result.outcome {
        Ok(polled) => {
            let mut due = store.record_poll(listing.id, &polled.row, now, result.next)?;
            for filling in &polled.fillings {
                let mut filling = filling.clone();
                if filling.gap == NEW_GAP {
                    let gaps = store.open_gaps(listing.id, now)?;
                    let Some(gap) = gaps.iter().find(|gap| gap.to_at == now) else { continue };
                    filling.gap = gap.id;
                }
                due += store.record_filling(listing.id, &filling, now)?;
            }
            Ok(Committed { due, gap: polled.row.gap_since.is_some(), failed: false })
        }
        Err(failure) => {
            store.record_poll_failure(
                listing.id,
                &failure.to_string(),
                now,
                result.next,
                failure.is_gone(),
            )?;
            Ok(Committed { failed: true, ..Committed::default() })
        }
    }
}

/// A title as one line without mark-up's leftovers.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}
