//! The rounds: what is due, whose turn it is, and everything that is done about it.

use std::sync::{Arc, Mutex, PoisonError};

use article::page::Furniture;
use jiff::{SignedDuration, Timestamp};
use net::{Door, Request};
use store::{DueItem, Gap, GapState, Listing, RobotsRow, RobotsRule, Store, authority};

use crate::fetch::{FetchResult, Fetched, fetch_known, without_page};
use crate::look::says_the_same;
use crate::poll::{PollResult, poll_with};
use crate::robots::Robots;
use crate::together::{Done, Together};
use crate::{Failure, Pace, Settings, Ticket, commit_fetch, commit_poll};

/// A robots.txt is asked for again after this (RFC 9309 section 2.4).
const ROBOTS_HOURS: i64 = 24;

/// One that could not be had is asked for again sooner.
const ROBOTS_FAILED_HOURS: i64 = 1;

/// After this the store is asked again which items are due.
const AHEAD_MAX: SignedDuration = SignedDuration::from_secs(1);

/// After this it is where those that wait are all of hosts whose turn is later: other hosts may be free.
const AHEAD_SHORT: SignedDuration = SignedDuration::from_millis(100);

/// Pages of a host that are all learnt from.
const FURNITURE_PAGES: u32 = 16;

/// Later one page in so many is.
const FURNITURE_SAMPLE: u8 = 8;

/// The id of a gap that has no row yet.
pub(crate) const NEW_GAP: i64 = 0;

/// Under which name we look ourselves up in robots.txt.
const AGENT: &str = "uptospeed";

/// Intake with its manners: settings, pace and robots.txt. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Intake {
    door: Door,
    store: Arc<Store>,
    settings: Arc<Settings>,
    pace: Pace,
    ahead: Arc<Mutex<Ahead>>,
    together: Arc<Together>,
}

/// Items that are due and wait for their hosts' turns: to ask the store for them costs a step for each host.
#[derive(Debug, Default)]
struct Ahead {
    at: Timestamp,
    items: Vec<DueItem>,
    /// More could have been asked for than had their turn.
    short: bool,
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Listings asked.
    pub polls: u32,
    /// Of them failed.
    pub polls_failed: u32,
    /// Items that became due.
    pub due: u32,
    /// Polls that left a gap.
    pub gaps: u32,
    /// Pages asked for.
    pub fetches: u32,
    /// New revisions.
    pub revisions: u32,
    /// Things that wait for their host's turn.
    pub waiting: u32,
}

impl Intake {
    /// Starts with what the store knows about hosts that asked for patience.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn new(
        door: Door,
        store: Arc<Store>,
        settings: Settings,
        now: Timestamp,
    ) -> store::Result<Self> {
        let settings = Arc::new(settings);
        let pace = Pace::new(Arc::clone(&settings));
        for (host, until) in store.held_hosts(now)? {
            pace.hold(&host, until);
        }
        Ok(Self { door, store, settings, pace, ahead: Arc::default(), together: Arc::default() })
    }

    /// The listings that are due and whose host may be asked now, each with its leave; at most `most`. Listings for which
    /// `skip` is true (they are under way) are left out.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_listings(
        &self,
        now: Timestamp,
        most: usize,
        skip: impl Fn(i64) -> bool,
    ) -> store::Result<Vec<(Listing, Ticket)>> {
        let free = |id: i64, url: &str| !skip(id) && self.pace.is_free(&authority(url), now);
        let mut out = Vec::new();
        // Several of one host may be free before the first of them is claimed.
        for listing in self.store.due_listings(now, most.saturating_mul(4), free)? {
            if out.len() >= most {
                break;
            }
            if let Some(ticket) = self.pace.claim(&authority(&listing.url), now) {
                out.push((listing, ticket));
            }
        }
        Ok(out)
    }

    /// The items that are due (first looks before second ones) and whose host may be asked now; see
    /// [`Intake::due_listings`]. The caller asks for each of them once: it is not given out again before it is committed.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn due_items(
        &self,
        now: Timestamp,
        most: usize,
        skip: impl Fn(i64) -> bool,
    ) -> store::Result<Vec<(DueItem, Ticket)>> {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let age = now.duration_since(ahead.at);
        let waited = if ahead.short { AHEAD_SHORT } else { AHEAD_MAX };
        if ahead.items.is_empty() || age.is_negative() || age > waited {
            let per_host = self.settings.host_under_way_max.max(1);
            let rows = self.settings.under_way_max.saturating_mul(8).clamp(64, 512);
            let free = |host: &str| self.pace.is_free(host, now);
            let mut items = self.store.due_items_by_host(now, per_host, rows, free)?;
            items.extend(self.store.due_looks(now, rows)?);
            items.retain(|item| !skip(item.id));
            *ahead = Ahead { at: now, items, short: false };
        }
        let mut out = Vec::new();
        let mut rest = Vec::with_capacity(ahead.items.len());
        for item in ahead.items.drain(..) {
            let ticket = if out.len() < most { self.pace.claim(&item.host, now) } else { None };
            match ticket {
                Some(ticket) => out.push((item, ticket)),
                None => rest.push(item),
            }
        }
        ahead.items = rest;
        ahead.short = out.len() < most;
        Ok(out)
    }

    /// Asks for a listing. A host that asks for patience is left alone, with everything else of it.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn poll(&self, listing: &Listing, now: Timestamp) -> store::Result<PollResult> {
        let mut result = poll_with(&self.door, &self.settings, listing, now).await;
        match &mut result.outcome {
            Err(failure) => self.be_patient(&listing.url, failure, now)?,
            Ok(polled) => {
                let mut gaps = self.store.open_gaps(listing.id, now)?;
                // The gap that this very poll found has no row yet; the commit gives it one.
                gaps.extend(polled.row.gap_since.map(|from_at| Gap {
                    id: NEW_GAP,
                    listing: listing.id,
                    from_at,
                    to_at: now,
                    state: GapState::Open,
                    way: None,
                    tries: 0,
                    note: None,
                    found: 0,
                    recovered: 0,
                }));
                for gap in gaps {
                    let filling = self.fill(listing, &gap, polled, now).await?;
                    polled.fillings.push(filling);
                }
            }
        }
        Ok(result)
    }

    /// Asks for a page, where its host's robots.txt allows it; else the listing's words have to do.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn fetch(&self, item: &DueItem, now: Timestamp) -> store::Result<FetchResult> {
        if self.settings.obey_robots && !self.allows(&item.url, now).await? {
            return Ok(without_page(item, Failure::Robots { url: net::scrub(&item.url) }));
        }
        // A page is read without what is known of its host where the rows cannot be had; the commit will say so.
        let known =
            |host: &str| Furniture::from_bytes(&self.store.furniture(host).unwrap_or_default());
        let mut result = fetch_known(&self.door, &self.settings, item, &known, now).await;
        match &mut result {
            FetchResult::Later { failure, .. } => self.be_patient(&item.url, failure, now)?,
            FetchResult::Article(fetched) => {
                let Some((host, furniture)) = &fetched.furniture else { return Ok(result) };
                let nothing_new = item.again && self.says_the_same(fetched, host)?;
                let teaches = self.teaches(item, &fetched.url, furniture)?;
                fetched.nothing_new = nothing_new;
                fetched.furniture = fetched.furniture.take().filter(|_| teaches);
            }
            FetchResult::Unchanged { .. } | FetchResult::Aside { .. } => {}
        }
        Ok(result)
    }

    /// Commits what a fetch brought, with others that come at the same moment. Returns the new revision, or `None` where there
    /// is none, once it is on the disk.
    ///
    /// # Errors
    ///
    /// Those of the store; the item is then due again.
    pub async fn commit(
        &self,
        item: DueItem,
        result: FetchResult,
        now: Timestamp,
    ) -> store::Result<Option<i64>> {
        self.together.commit(&self.store, Done { item, result, now }).await
    }

    /// Whether a page counts among those of its host: each address once, and of a host that is known well a sample, since
    /// what is learnt is written each time.
    fn teaches(&self, item: &DueItem, url: &str, furniture: &Furniture) -> store::Result<bool> {
        let [first, ..] = store::url_key(url);
        let sampled = furniture.pages() <= FURNITURE_PAGES || first % FURNITURE_SAMPLE == 0;
        Ok(!item.again && sampled && self.store.article_at(url)?.is_none())
    }

    /// Whether the newest revision of an article says what was read now, both without what its host repeats.
    fn says_the_same(&self, fetched: &Fetched, host: &str) -> store::Result<bool> {
        let Some(id) = self.store.article_at(&fetched.url)? else { return Ok(false) };
        let Some((before, _)) = self.store.article(id)? else { return Ok(false) };
        let furniture = Furniture::from_bytes(&self.store.furniture(host)?);
        Ok(says_the_same(&before.article, &fetched.article, &furniture))
    }

    /// Leaves a host alone for as long as it asks, a restart included.
    fn be_patient(&self, url: &str, failure: &Failure, now: Timestamp) -> store::Result<()> {
        if !failure.is_busy() {
            return Ok(());
        }
        let wait =
            failure.retry_after().unwrap_or(self.settings.poll_min).min(self.settings.wait_max);
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1));
        let until = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let host = authority(url);
        self.pace.hold(&host, until);
        self.store.hold_host(&host, until)
    }

    /// Whether a page may be asked for. Reads the host's robots.txt where it was not read today.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn allows(&self, url: &str, now: Timestamp) -> store::Result<bool> {
        let Ok(parsed) = url::Url::parse(url) else { return Ok(true) };
        let robots = self.robots(url, now).await?;
        let path = match parsed.query() {
            Some(query) => format!("{}?{query}", parsed.path()),
            None => parsed.path().to_owned(),
        };
        Ok(robots.allows(&path))
    }

    /// A host's robots.txt, from the store or from the host.
    pub(crate) async fn robots(&self, url: &str, now: Timestamp) -> store::Result<Robots> {
        let host = authority(url);
        let known = self.store.robots(&host)?;
        let hours = |row: &RobotsRow| {
            if row.rule == RobotsRule::Nothing { ROBOTS_FAILED_HOURS } else { ROBOTS_HOURS }
        };
        let row = match known {
            Some(row) if now.duration_since(row.at) < SignedDuration::from_hours(hours(&row)) => {
                row
            }
            _ => {
                let row = self.ask_robots(url, now).await;
                self.store.record_robots(&host, &row)?;
                row
            }
        };
        let robots = match (row.rule, row.text) {
            (RobotsRule::Read, Some(text)) => Robots::read(text.as_bytes(), AGENT),
            (RobotsRule::Nothing, _) => Robots::closed(),
            _ => Robots::default(),
        };
        if let Some(delay) = robots.crawl_delay {
            self.pace.set_delay(
                &host,
                SignedDuration::try_from(delay).unwrap_or(SignedDuration::from_secs(600)),
            );
        }
        Ok(robots)
    }

    async fn ask_robots(&self, url: &str, now: Timestamp) -> RobotsRow {
        let Some(address) = article::url::join(Some(url), "/robots.txt") else {
            return RobotsRow { rule: RobotsRule::All, text: None, at: now };
        };
        let (rule, text) = match self.door.get(Request::new(&address)).await {
            Ok(response) => match response.status {
                200..=299 => {
                    let bytes =
                        response.body.get(..crate::robots::BYTES_MAX).unwrap_or(&response.body);
                    (RobotsRule::Read, Some(String::from_utf8_lossy(bytes).into_owned()))
                }
                // RFC 9309 sections 2.3.1.3 and 2.3.1.4; 429 is a host in trouble and no missing file.
                429 | 500..=599 => (RobotsRule::Nothing, None),
                _ => (RobotsRule::All, None),
            },
            Err(error) => {
                let missing = matches!(
                    error.kind(),
                    net::Kind::Redirects(_) | net::Kind::Circle { .. } | net::Kind::Location
                );
                (if missing { RobotsRule::All } else { RobotsRule::Nothing }, None)
            }
        };
        RobotsRow { rule, text, at: now }
    }

    /// What the operator set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn door(&self) -> &Door {
        &self.door
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// One round: asks for everything whose turn it is now, waits for the answers and commits them in a fixed order, so that
    /// the same world gives the same rows. The service's loop starts the steps one by one instead.
    ///
    /// # Errors
    ///
    /// Those of the store; what was committed before stays.
    pub async fn round(&self, now: Timestamp) -> store::Result<Round> {
        let starts = self.settings.starts_per_round as usize;
        let listings = self.due_listings(now, starts, |_| false)?;
        let items = self.due_items(now, starts.saturating_sub(listings.len()), |_| false)?;
        let mut round =
            Round { polls: listings.len() as u32, fetches: items.len() as u32, ..Round::default() };
        let mut polls = Vec::new();
        for (listing, ticket) in listings {
            let intake = self.clone();
            polls.push(tokio::spawn(async move {
                let result = intake.poll(&listing, now).await;
                drop(ticket);
                (listing, result)
            }));
        }
        let mut fetches = Vec::new();
        for (item, ticket) in items {
            let intake = self.clone();
            fetches.push(tokio::spawn(async move {
                let result = intake.fetch(&item, now).await;
                drop(ticket);
                (item, result)
            }));
        }
        for task in polls {
            // A panic is contained to its listing; it is due again in the next round.
            let Ok((listing, result)) = task.await else { continue };
            let done = commit_poll(&self.store, &listing, &result?, now)?;
            round.due += done.due;
            round.gaps += u32::from(done.gap);
            round.polls_failed += u32::from(done.failed);
        }
        for task in fetches {
            let Ok((item, result)) = task.await else { continue };
            round.revisions +=
                u32::from(commit_fetch(&self.store, &item, &result?, now)?.is_some());
        }
        Ok(round)
    }
}
