//! The whole way as one explicit loop: each turn takes what has come back, commits it, and starts what there is room for.
//!
//! ```text
//! listing due → poll → item due → fetch → revision unread → read → revision read → tell → outbox → deliver
//! ```
//!
//! Every arrow is a row with a state; what is in memory is only what is under way. A step commits its effects, the end of
//! its input's state and the rows of the next step in one transaction, so that a process killed at any moment goes on where
//! it was. Nothing upstream is started while downstream is over its bound.
//!
//! Of the stages only those run of which this process has charge ([`Owner`]); what they remember is made anew from the rows after
//! each take-over.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use store::{Shard, Store};
use stories::{Arriving, Shelf};
use tokio::sync::mpsc;
use tracing::{debug, error, info, warn};

use crate::clock::Clock;
use crate::owner::{Charge, Owner};
use crate::reader::{MODEL, Reader};
use crate::shelved;

/// Polls under way at once.
const POLLS_AT_ONCE: usize = 16;
/// Revisions read in one batch and committed together.
const READ_BATCH: u32 = 64;
/// Revisions told in one batch.
const TELL_BATCH: u32 = 64;
/// Revisions told in one transaction: a disk needs milliseconds for each, and nothing else writes while it lasts.
const TOLD_TOGETHER: usize = 32;
/// Waiting revisions over which nothing more is fetched.
const BACKLOG_MAX: u32 = 2_000;
/// Waiting items over which nothing more is polled.
const ITEMS_MAX: u32 = 20_000;
/// How long their number is taken as known.
const COUNTED_FOR: Duration = Duration::from_millis(500);
/// How long a reader has what it claimed to itself, where there are several.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// Changes by hand made in one turn.
const EDIT_BATCH: u32 = 16;

/// How long the loop sleeps when nothing happens.
const IDLE: Duration = Duration::from_millis(500);
/// How long answers are gathered before the next step.
const GATHER: Duration = Duration::from_millis(10);
/// How long it waits before it touches a store that failed (full disk, locked by another process).
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// What comes back from work that was started.
enum Input {
    Polled(i64, Result<u32, store::Error>),
    Fetched(i64, Result<bool, store::Error>),
    Read(Result<u32, store::Error>),
    Told(Result<(Box<Teller>, Told), store::Error>),
    Delivered(Result<delivery::Report, delivery::Error>),
}

/// What was done since the start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) polls: u64,
    pub(crate) articles: u64,
    pub(crate) read: u64,
    pub(crate) told: u64,
    pub(crate) copies: u64,
    pub(crate) updates: u64,
    pub(crate) sent: u64,
    pub(crate) edited: u64,
}

/// What telling a batch did.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    revisions: u32,
    copies: u32,
    updates: u32,
}

impl Told {
    fn add(&mut self, arrivals: &[stories::Arrival]) {
        for arrival in arrivals {
            self.revisions += 1;
            self.copies += u32::from(arrival.copy_of.is_some());
            self.updates += arrival.updates.len() as u32;
        }
    }
}

/// Makes the intake of whoever has charge of it now.
pub(crate) type MakeIntake = Box<dyn Fn(&Charge) -> Result<intake::Intake, store::Error> + Send>;

/// Makes the courier of whoever has charge of deliveries now.
pub(crate) type MakeCourier = Arc<dyn Fn(&Charge) -> delivery::Courier + Send + Sync>;

/// What the loop is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) owner: Arc<Owner>,
    pub(crate) intake: MakeIntake,
    pub(crate) reader: Arc<Reader>,
    pub(crate) courier: MakeCourier,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
}

/// What the operator sets of the loop.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) live_days: u32,
    pub(crate) memory_mib: u32,
    pub(crate) languages: Vec<String>,
    pub(crate) page_url: String,
    pub(crate) defaults: delivery::Defaults,
}

/// The loop's state: what is under way.
pub(crate) struct Pipeline {
    parts: Parts,
    inputs: mpsc::Receiver<Input>,
    answers: mpsc::Sender<Input>,
    polling: HashSet<i64>,
    fetching: HashSet<i64>,
    /// When the waiting items were counted, and whether there was room for more.
    counted: Option<(Instant, bool)>,
    intake: Option<(Charge, intake::Intake)>,
    reading: bool,
    /// Others had claimed everything that was to be read.
    read_again_at: Option<Instant>,
    telling: bool,
    /// The shelf and what goes with it; away while a batch is told, and where this process has no charge of the stories.
    teller: Option<Box<Teller>>,
    delivering: bool,
    courier: Option<(Charge, Arc<delivery::Courier>)>,
    counts: Counts,
    /// Told once when the store fails, and once when it is back.
    store_failed: bool,
}

impl Pipeline {
    /// Makes the loop; the live stories are put back on the shelf as soon as it runs.
    pub(crate) fn new(parts: Parts) -> Self {
        let (answers, inputs) = mpsc::channel(256);
        Self {
            parts,
            inputs,
            answers,
            polling: HashSet::new(),
            fetching: HashSet::new(),
            counted: None,
            intake: None,
            reading: false,
            read_again_at: None,
            telling: false,
            teller: None,
            delivering: false,
            courier: None,
            counts: Counts::default(),
            store_failed: false,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// Runs until `stop` says so; what is under way is then finished and committed.
    pub(crate) async fn run(&mut self, mut stop: tokio::sync::watch::Receiver<bool>) {
        while !*stop.borrow() {
            let pause = match self.start() {
                Ok(_) => IDLE,
                Err(error) => {
                    self.store_trouble(&error);
                    STORE_PAUSE
                }
            };
            tokio::select! {
                biased;
                _ = stop.changed() => break,
                Some(input) = self.inputs.recv() => {
                    self.take(input);
                    // What comes back in the same moment is taken too: asking the store what is due costs more than an answer.
                    tokio::time::sleep(GATHER).await;
                    while let Ok(input) = self.inputs.try_recv() {
                        self.take(input);
                    }
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.finish().await;
    }

    /// Runs until nothing is due any more at the clock's time, one stage after the other: what is told never depends on
    /// which page was faster, so that a replayed day comes out the same on every machine.
    pub(crate) async fn run_until_idle(&mut self) -> Result<(), store::Error> {
        while self.start_next_stage()? > 0 {
            while self.under_way() > 0 {
                let Some(input) = self.inputs.recv().await else { return Ok(()) };
                self.take(input);
            }
        }
        Ok(())
    }

    /// Starts the first stage that has something to do, and nothing of the later ones.
    fn start_next_stage(&mut self) -> Result<usize, store::Error> {
        let now = self.parts.clock.now();
        let started = self.start_polling(now)?;
        if started > 0 {
            return Ok(started);
        }
        let started = self.start_fetching(now)?;
        if started > 0 {
            return Ok(started);
        }
        let (unread, untold) = self.parts.store.revisions_waiting()?;
        let started = self.start_reading(unread);
        if started > 0 {
            return Ok(started);
        }
        let started = self.start_telling(untold, now)?;
        if started > 0 {
            return Ok(started);
        }
        self.start_delivering(now)
    }

    async fn finish(&mut self) {
        while self.under_way() > 0 {
            match tokio::time::timeout(Duration::from_secs(20), self.inputs.recv()).await {
                Ok(Some(input)) => self.take(input),
                // What did not come back is done again after the next start.
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn under_way(&self) -> usize {
        self.polling.len()
            + self.fetching.len()
            + usize::from(self.reading)
            + usize::from(self.telling)
            + usize::from(self.delivering)
    }

    /// Starts what is due and has room; returns how much was started.
    fn start(&mut self) -> Result<usize, store::Error> {
        if !self.parts.owner.has_work() {
            return Ok(0);
        }
        let now = self.parts.clock.now();
        let (unread, untold) = self.parts.store.revisions_waiting()?;
        let mut started = self.start_delivering(now)?;
        started += self.start_telling(untold, now)?;
        started += self.start_reading(unread);
        if unread + untold < BACKLOG_MAX {
            started += self.start_fetching(now)?;
        }
        if self.parts.owner.charge(Shard::Intake).is_some() && self.has_room_for_items()? {
            started += self.start_polling(now)?;
        }
        if self.store_failed {
            self.store_failed = false;
            info!("the store works again");
        }
        Ok(started)
    }

    /// Whether so few items wait that listings may bring more. To count them takes a walk over all of them.
    fn has_room_for_items(&mut self) -> Result<bool, store::Error> {
        match self.counted {
            Some((at, has_room)) if at.elapsed() < COUNTED_FOR => Ok(has_room),
            _ => {
                let has_room = self.parts.store.items_waiting()?.0 < ITEMS_MAX;
                self.counted = Some((Instant::now(), has_room));
                Ok(has_room)
            }
        }
    }

    /// Intake, where this process has charge of it.
    fn intake(&mut self) -> Result<Option<(Charge, intake::Intake)>, store::Error> {
        let Some(charge) = self.parts.owner.charge(Shard::Intake) else {
            self.intake = None;
            return Ok(None);
        };
        if self.intake.as_ref().is_none_or(|(of, _)| of.epoch != charge.epoch) {
            let intake = (self.parts.intake)(&charge)?;
            self.intake = Some((charge, intake));
        }
        Ok(self.intake.clone())
    }

    fn start_polling(&mut self, now: Timestamp) -> Result<usize, store::Error> {
        let room = POLLS_AT_ONCE.saturating_sub(self.polling.len());
        if room == 0 {
            return Ok(0);
        }
        let Some((charge, intake)) = self.intake()? else { return Ok(0) };
        let due = intake.due_listings(now, room, |id| self.polling.contains(&id))?;
        let started = due.len();
        for (listing, ticket) in due {
            self.polling.insert(listing.id);
            let (charge, intake, answers) = (charge.clone(), intake.clone(), self.answers.clone());
            tokio::spawn(async move {
                let id = listing.id;
                let polled = intake.poll(&listing, now).await;
                drop(ticket);
                let store = charge.store.clone();
                let done = match polled {
                    Ok(result) => {
                        blocking(move || intake::commit_poll(&store, &listing, &result, now)).await
                    }
                    Err(error) => Err(error),
                };
                let done = done.inspect_err(|error| charge.hear(error));
                answer(&answers, Input::Polled(id, done.map(|d| d.due))).await;
            });
        }
        Ok(started)
    }

    fn start_fetching(&mut self, now: Timestamp) -> Result<usize, store::Error> {
        let Some((charge, intake)) = self.intake()? else { return Ok(0) };
        let most = intake.settings().under_way_max as usize;
        let room = most.saturating_sub(self.fetching.len());
        if room == 0 {
            return Ok(0);
        }
        let due = intake.due_items(now, room, |id| self.fetching.contains(&id))?;
        let started = due.len();
        for (item, ticket) in due {
            self.fetching.insert(item.id);
            let (charge, intake, answers) = (charge.clone(), intake.clone(), self.answers.clone());
            tokio::spawn(async move {
                let id = item.id;
                let fetched = intake.fetch(&item, now).await;
                drop(ticket);
                let done = match fetched {
                    Ok(result) => intake.commit(item, result, now).await,
                    Err(error) => Err(error),
                };
                let done = done.inspect_err(|error| charge.hear(error));
                answer(&answers, Input::Fetched(id, done.map(|revision| revision.is_some()))).await;
            });
        }
        Ok(started)
    }

    fn start_reading(&mut self, unread: u32) -> usize {
        let owner = &self.parts.owner;
        let rests = self.read_again_at.is_some_and(|at| Instant::now() < at);
        if self.reading || unread == 0 || rests || !owner.reads() {
            return 0;
        }
        self.reading = true;
        let is_one_of_several = owner.is_one_of_several();
        let (store, reader, answers) =
            (self.parts.store.clone(), self.parts.reader.clone(), self.answers.clone());
        tokio::spawn(async move {
            let done = blocking(move || read_batch(&store, &reader, is_one_of_several)).await;
            answer(&answers, Input::Read(done)).await;
        });
        1
    }

    /// Changes by hand that wait: they are made by whoever owns the stories, between two articles.
    fn edits_waiting(&self) -> Result<u32, store::Error> {
        Ok(self.parts.store.edits_waiting(1)?.len() as u32)
    }

    fn start_telling(&mut self, untold: u32, now: Timestamp) -> Result<usize, store::Error> {
        let Some(charge) = self.parts.owner.charge(Shard::Stories) else {
            self.teller = None;
            return Ok(0);
        };
        if self.telling {
            return Ok(0);
        }
        // What another epoch's shelf knows is not what the rows say now. It is filled at once, whether or not something waits.
        let is_known = self.teller.as_ref().is_some_and(|t| t.charge.epoch == charge.epoch);
        if is_known && untold + self.edits_waiting()? == 0 {
            return Ok(0);
        }
        let known = self.teller.take().filter(|_| is_known);
        self.telling = true;
        let (reader, answers) = (self.parts.reader.clone(), self.answers.clone());
        let settings = self.parts.settings.clone();
        tokio::spawn(async move {
            let of = charge.clone();
            let told = blocking(move || {
                let mut teller = match known {
                    Some(teller) => teller,
                    None => Box::new(Teller::from_rows(charge, &settings, now)?),
                };
                let told = teller.tell_batch(&reader, &settings, now)?;
                Ok((teller, told))
            });
            let told = told.await.inspect_err(|error| of.hear(error));
            answer(&answers, Input::Told(told)).await;
        });
        Ok(1)
    }

    fn start_delivering(&mut self, now: Timestamp) -> Result<usize, store::Error> {
        let Some(charge) = self.parts.owner.charge(Shard::Deliver) else {
            self.courier = None;
            return Ok(0);
        };
        if self.delivering {
            return Ok(0);
        }
        let known = self.courier.as_ref().filter(|(of, _)| of.epoch == charge.epoch);
        let courier = match known {
            Some((_, courier)) => {
                if self.parts.store.next_delivery_by(now)?.is_none_or(|at| at > now) {
                    return Ok(0);
                }
                courier.clone()
            }
            // What was on its way by whoever had charge before is taken care of first, whether or not something is due.
            None => Arc::new((self.parts.courier)(&charge).taking_over()),
        };
        self.courier = Some((charge.clone(), courier.clone()));
        self.delivering = true;
        let answers = self.answers.clone();
        tokio::spawn(async move {
            // On a thread of its own: it waits for the disk at every step, and the threads that wait for the network would
            // not poll meanwhile. Measured on a busy machine: lives of 200 ms delivered all that waited and never polled.
            let run = move || tokio::runtime::Handle::current().block_on(courier.run_once(now));
            let done = match tokio::task::spawn_blocking(run).await {
                Ok(done) => done,
                Err(_) => Err(delivery::Error::Store(store::Error::Panicked)),
            };
            if let Err(delivery::Error::Store(error)) = &done {
                charge.hear(error);
            }
            answer(&answers, Input::Delivered(done)).await;
        });
        Ok(1)
    }

    /// Takes one answer in. The rows are committed already; this is the memory's side.
    fn take(&mut self, input: Input) {
        if let Some(error) = failure(&input) {
            self.store_trouble(error);
        }
        match input {
            Input::Polled(id, done) => {
                self.polling.remove(&id);
                self.counts.polls += 1;
                if let Ok(new) = done
                    && new > 0
                {
                    debug!(listing = id, new, "listing polled");
                }
            }
            Input::Fetched(id, done) => {
                self.fetching.remove(&id);
                self.counts.articles += u64::from(matches!(done, Ok(true)));
            }
            Input::Read(done) => {
                self.reading = false;
                self.read_again_at = (matches!(done, Ok(0))
                    && self.parts.owner.is_one_of_several())
                .then(|| Instant::now() + IDLE);
                self.counts.read += u64::from(done.unwrap_or(0));
            }
            Input::Told(done) => {
                self.telling = false;
                // After a failure the shelf may know what the rows do not: it is made anew from them.
                if let Ok((teller, told)) = done {
                    self.counts.told += u64::from(told.revisions);
                    self.counts.copies += u64::from(told.copies);
                    self.counts.updates += u64::from(told.updates);
                    self.teller = Some(teller);
                }
            }
            Input::Delivered(done) => {
                self.delivering = false;
                // A failure was told above; its rows are still there.
                if let Ok(report) = done {
                    self.counts.sent += u64::from(report.sent);
                    self.counts.edited += u64::from(report.edited);
                    if report.held > 0 {
                        warn!(
                            held = report.held,
                            "not certain whether it arrived: `uptospeed outbox list` asks you"
                        );
                    }
                }
            }
        }
    }

    fn store_trouble(&mut self, error: &store::Error) {
        // That is told where the lease is given up, and nothing is wrong with the store.
        if !self.store_failed && !matches!(error, store::Error::Fenced) {
            let words = store::chain(error);
            error!(error = %words, "the store failed; nothing is lost, it is tried again");
            self.store_failed = true;
        }
    }
}

/// The store's failure in an answer, where there is one.
fn failure(input: &Input) -> Option<&store::Error> {
    match input {
        Input::Polled(_, Err(e))
        | Input::Fetched(_, Err(e))
        | Input::Read(Err(e))
        | Input::Told(Err(e))
        | Input::Delivered(Err(delivery::Error::Store(e))) => Some(e),
        _ => None,
    }
}

/// Runs work that blocks off the async threads; a panic in it is told like a failure of the store and costs this step only.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, store::Error> + Send + 'static,
) -> Result<T, store::Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(store::Error::Panicked),
    }
}

async fn answer(answers: &mpsc::Sender<Input>, input: Input) {
    // Where the loop has ended nobody waits for the answer; the rows hold it.
    drop(answers.send(input).await);
}

/// Reads a batch of revisions, on all cores, and commits the readings together.
fn read_batch(
    store: &Store,
    reader: &Reader,
    is_one_of_several: bool,
) -> Result<u32, store::Error> {
    use rayon::prelude::*;
    let batch = if is_one_of_several {
        store.claim_unread(READ_BATCH, READ_WITHIN)?
    } else {
        store.unread(READ_BATCH)?
    };
    let read: Vec<(i64, Option<reading::Reading>)> = batch
        .into_par_iter()
        .map(|mut revision| {
            let read = whole(|| reader.read(&mut revision.article, None).1);
            (revision.id, read)
        })
        .collect();
    let mut good = Vec::with_capacity(read.len());
    for (id, reading) in read {
        match reading {
            Some(reading) => good.push((id, reading)),
            None => {
                error!(revision = id, "an article could not be read: set aside, please report it");
                store.set_revision_aside(
                    id,
                    "reading it failed: a fault of ours, please report it",
                )?;
            }
        }
    }
    store.record_readings(MODEL, &good)?;
    Ok(good.len() as u32)
}

/// The stage that joins stories and decides what is delivered: one owner, in order.
struct Teller {
    charge: Charge,
    shelf: Shelf,
    /// The shelf reads back from rows what it does not hold; that may fail.
    failed: shelved::Failed,
    follows: Option<Follows>,
    /// Threads of its own: those that read are busy for a tenth of a second at a time, and telling would wait for them.
    threads: Option<rayon::ThreadPool>,
}

/// The follows as they were read last.
struct Follows {
    matcher: delivery::Matcher,
    read_at: Instant,
    cost: Duration,
}

impl Follows {
    /// Follows that took less than this to read are read anew for each batch.
    const CHEAP: Duration = Duration::from_millis(100);

    /// Reading a million follows takes seconds: then it is done for a twentieth of the time, and a new one counts from there.
    const SHARE: u32 = 20;

    fn read(store: &Store, settings: &Settings) -> Result<Self, store::Error> {
        let read_at = Instant::now();
        let (matcher, doubts) = delivery::Matcher::load(store, &settings.defaults)?;
        for doubt in doubts {
            warn!(doubt, "a follow is left out");
        }
        Ok(Self { matcher, read_at, cost: read_at.elapsed() })
    }

    fn are_fresh(&self) -> bool {
        self.cost > Self::CHEAP && self.read_at.elapsed() < self.cost * Self::SHARE
    }
}

impl Teller {
    /// Puts the live stories back.
    fn from_rows(
        charge: Charge,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, store::Error> {
        let options = stories::Options {
            languages: settings.languages.clone(),
            quiet_days_max: settings.live_days,
            bytes_max: u64::from(settings.memory_mib) << 20,
            ..stories::Options::default()
        };
        let live = SignedDuration::from_hours(24 * i64::from(settings.live_days));
        let since = now.checked_sub(live).unwrap_or(Timestamp::UNIX_EPOCH);
        let (shelf, failed) = shelved::fill(&charge.store, options, since, now)?;
        // Where there are none the threads that read do it.
        let threads = rayon::ThreadPoolBuilder::new().build().ok();
        Ok(Self { charge, shelf, failed, follows: None, threads })
    }

    fn tell_batch(
        &mut self,
        reader: &Reader,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Told, store::Error> {
        let store = &*self.charge.store.clone();
        let mut told = Told::default();
        let follows = match self.follows.take().filter(Follows::are_fresh) {
            Some(fresh) => fresh,
            None => Follows::read(store, settings)?,
        };
        for row in store.edits_waiting(EDIT_BATCH)? {
            self.change(store, &row, now)?;
        }
        let batch = store.untold(TELL_BATCH)?;
        for together in batch.chunks(TOLD_TOGETHER) {
            let arrivals = self.arrive(together, reader, now);
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let at = std::cell::Cell::new(arrivals.len());
            if arrivals.len() == together.len()
                && let Some(recorded) = whole(|| {
                    record(store, together, &arrivals, &at, &follows.matcher, settings, now)
                })
            {
                recorded?;
                self.shelf.rest(now);
                told.add(&arrivals);
                continue;
            }
            // Nothing of these is in the rows. The one that panicked is set aside; the others arrive anew, on a shelf that
            // knows what the rows know.
            if let Some((revision, _)) = together.get(at.get()) {
                error!(
                    revision = revision.id,
                    "an article could not be joined to a story: set aside, please report it"
                );
                store.set_revision_aside(
                    revision.id,
                    "joining it to a story failed: a fault of ours, please report it",
                )?;
            }
            *self = Self::from_rows(self.charge.clone(), settings, now)?;
            break;
        }
        self.follows = Some(follows);
        Ok(told)
    }

    /// What each article does on the shelf, up to one at which it panics.
    fn arrive(
        &mut self,
        together: &[(store::Revision, reading::Reading)],
        reader: &Reader,
        now: Timestamp,
    ) -> Vec<stories::Arrival> {
        let mut arrivals: Vec<stories::Arrival> = Vec::with_capacity(together.len());
        let prepared = prepare(together, reader, self.threads.as_ref());
        for (row, prepared) in together.iter().zip(prepared) {
            let arrive = || {
                let arriving = arriving(row, None);
                Some(self.shelf.arrive_prepared(arriving, prepared?, now))
            };
            let Some(arrival) = whole(arrive).flatten() else { break };
            // A story is written as it stands in the end; how it stood before is needed where that is told.
            for before in &mut arrivals {
                let told = &before.updates;
                before.changed.retain(|story| {
                    told.iter().any(|update| update.story == story.id)
                        || arrival.changed.iter().all(|newer| newer.id != story.id)
                });
            }
            arrivals.push(arrival);
        }
        arrivals
    }

    /// Makes a change by hand, or keeps why it cannot be made.
    fn change(
        &mut self,
        store: &Store,
        row: &store::EditRow,
        now: Timestamp,
    ) -> Result<(), store::Error> {
        let done = self.shelf.edit(row.story, &row.edit);
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let done = match done {
            Ok(done) => Ok(done),
            Err(why) => match store.story(row.story)? {
                // One that is quiet is not on the shelf; what needs it alone is done all the same.
                Some(mut story) if self.shelf.story(story.id).is_none() => {
                    match stories::edit_alone(&mut story, &row.edit) {
                        Some(Ok(undo)) => {
                            let undo = (story.id, undo);
                            Ok(stories::Edited { changed: vec![story], undo })
                        }
                        Some(Err(why)) => Err(why),
                        None => Err(why),
                    }
                }
                _ => Err(why),
            },
        };
        match done {
            Ok(done) => {
                // Where that fails the shelf is ahead of the rows: it goes with the error, and is filled again from them.
                store.record_edit(row.id, &done.changed, &done.undo, now)?;
                info!(by = ?row.person, story = %row.story, "a story was changed by hand");
            }
            Err(why) => store.refuse_edit(row.id, why)?,
        }
        Ok(())
    }
}

/// What the shelf asks of each article, made on all cores; nothing of one at which that panics.
fn prepare(
    together: &[(store::Revision, reading::Reading)],
    reader: &Reader,
    threads: Option<&rayon::ThreadPool>,
) -> Vec<Option<stories::Prepared>> {
    use rayon::prelude::*;
    let one = |row: &(store::Revision, reading::Reading)| {
        let vector = reader.vector(&row.0.article);
        stories::prepare(&arriving(row, vector.as_deref()))
    };
    let all = || together.par_iter().map(|row| whole(|| one(row))).collect();
    threads.map_or_else(all, |threads| threads.install(all))
}

/// An article as it comes to the shelf.
fn arriving<'a>(
    (revision, reading): &'a (store::Revision, reading::Reading),
    vector: Option<&'a [f32]>,
) -> Arriving<'a> {
    Arriving {
        id: revision.article_id,
        outlet: &revision.outlet,
        article: &revision.article,
        reading,
        at: revision.at,
        vector,
    }
}

/// What some work gave; nothing where it panicked, which costs one article and no more.
fn whole<T>(work: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok()
}

/// Commits what arrivals did, with the outbox rows that they cause: all of it or nothing. `at` says which one is planned.
fn record(
    store: &Store,
    together: &[(store::Revision, reading::Reading)],
    arrivals: &[stories::Arrival],
    at: &std::cell::Cell<usize>,
    follows: &delivery::Matcher,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), store::Error> {
    let rows: Vec<store::Arrived<'_>> = together
        .iter()
        .zip(arrivals)
        .map(|((revision, _), arrival)| store::Arrived::of(revision, arrival))
        .collect();
    store.record_arrivals(&rows, |n, telling| {
        at.set(n);
        let Some(((revision, _), row)) = together.get(n).zip(rows.get(n)) else {
            return Ok(Vec::new());
        };
        plan(store, telling, revision, row.arrival, follows, settings, now)
    })
}

/// The outbox rows that an arrival causes.
fn plan(
    store: &Store,
    telling: &store::Telling<'_>,
    revision: &store::Revision,
    arrival: &stories::Arrival,
    follows: &delivery::Matcher,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<store::NewDelivery>, store::Error> {
    let note = |article: &article::Article| delivery::ArticleNote {
        url: article.canonical.clone().or_else(|| article.url.clone()),
        text: format!("{}\n{}", article.title.as_deref().unwrap_or(""), article.text),
    };
    // A card links to older articles too; what cannot be read is shown without a link.
    let articles = |id: stories::ArticleId| {
        if id == revision.article_id {
            return Some(note(&revision.article));
        }
        store.article(id).ok().flatten().map(|(revision, _)| note(&revision.article))
    };
    let mut rows = Vec::new();
    for story in &arrival.changed {
        let updates: Vec<stories::Update> =
            arrival.updates.iter().filter(|u| u.story == story.id).cloned().collect();
        if updates.is_empty() || story.by_hand.muted {
            continue;
        }
        let planning = delivery::Planning {
            story,
            updates: &updates,
            told: &telling.told(story.id)?,
            articles: &articles,
            base_url: Some(&settings.page_url),
            now,
        };
        rows.extend(delivery::plan(&planning, follows));
    }
    Ok(rows)
}

impl Settings {
    /// What the loop takes from the configuration.
    pub(crate) fn of(config: &crate::config::Config) -> Self {
        Self {
            live_days: config.stories_live_days,
            memory_mib: config.stories_memory_mib,
            languages: config.stories_languages.clone(),
            page_url: config.web_url.clone(),
            defaults: config.delivery_defaults(),
        }
    }
}
