//! The courier: takes rows from the outbox, sends them, writes what became of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, FuturesUnordered};
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use store::{Action, Claimed, DeliveryState, Store, Verdict, chat_scope};
use tracing::{error, info, warn};

use crate::card::Card;
use crate::outbox::{self, Found, Outcome, add};
use crate::settings::Defaults;
use crate::telegram::{self, Fallback, Heard, Reach, Telegram};
use crate::wire::{ANSWER_MAX, Wire, WireError};
use crate::{Error, Result, destinations, digest};

/// Requests under way at a time.
const IN_FLIGHT_MAX: usize = 32;

/// Messages that are looked for at a time.
const LOOKS_AT_A_TIME: usize = 8;

/// New posts waiting for one destination beyond which they are told in one digest.
const FLOOD_MAX: u32 = 20;

/// Rows sent in one call of [`Courier::run_once`], at most: the caller's loop has other things to do.
const SENDS_A_RUN_MAX: u32 = 2_000;

/// From so many destinations on folding is asked for at intervals.
const MANY_DESTINATIONS: i64 = 10_000;

/// These intervals: digests and floods of so many destinations may be that late.
const FOLD_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// How the courier reaches readers.
#[derive(Clone)]
pub struct CourierSettings {
    /// The bot; `None`: Telegram's rows wait.
    pub telegram: Option<Telegram>,
    /// The mail server; `None`: mail waits.
    pub mail: Option<crate::email::Mail>,
    /// Where our pages are, if readers can reach them.
    pub base_url: Option<String>,
    /// Where folder destinations are, if there is a place for them.
    pub folders: Option<std::path::PathBuf>,
    /// What holds for every destination that says nothing of its own.
    pub defaults: Defaults,
    /// New posts waiting for one destination beyond which they are told in one digest.
    pub flood_max: u32,
    /// The clock by which a doubt is left alone before it is read back; `None`: the hour that a run is given.
    pub steady: Option<SteadyClock>,
    /// Says whether somebody else may be sending by now, in which case nothing more is sent here; asked right before each request.
    pub may_send: Option<MaySend>,
    /// Stops the courier at a named point, for tests: what a kill at that point leaves behind.
    pub stops: Option<Stops>,
}

impl Default for CourierSettings {
    fn default() -> Self {
        Self {
            telegram: None,
            mail: None,
            base_url: None,
            folders: None,
            defaults: Defaults::default(),
            flood_max: FLOOD_MAX,
            steady: None,
            may_send: None,
            stops: None,
        }
    }
}

impl fmt::Debug for CourierSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CourierSettings").field("telegram", &self.telegram).finish_non_exhaustive()
    }
}

/// Says at a named point whether to stop there.
pub type Stops = Arc<dyn Fn(&'static str) -> bool + Send + Sync>;

/// Says whether this process is still the one that sends.
pub type MaySend = Arc<dyn Fn() -> bool + Send + Sync>;

/// A clock that nobody sets: the time since a beginning of its own.
///
/// The wall clock leaps (a battery, a virtual machine that slept, a wrong time server), and a message that is still on its way
/// would be looked for too early, not found, and sent again.
pub type SteadyClock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// New messages.
    pub sent: u32,
    /// Edits.
    pub edited: u32,
    /// Replies (they count as sent, too).
    pub replied: u32,
    /// Put off: the destination asked to wait, or nothing left this machine.
    pub put_off: u32,
    /// Refused for good.
    pub refused: u32,
    /// Fate unknown now.
    pub unknown: u32,
    /// Read back: it was there.
    pub found: u32,
    /// Read back: it was not there and goes again.
    pub lost: u32,
    /// Waiting for a person now.
    pub held: u32,
    /// When there is something to do next; `None`: nothing waits.
    pub next_at: Option<Timestamp>,
}

/// Takes rows from the outbox, sends them, writes what became of them.
///
/// One at a time for each chat; a row is committed as `sending` before its socket is written. Kill it anywhere: call
/// [`Courier::recover`] at the next start and nothing is lost or sent twice.
pub struct Courier {
    store: Arc<Store>,
    wire: Arc<dyn Wire>,
    settings: CourierSettings,
    /// The last run ended with the store's error: rows may stand as on their way that nothing carries.
    stranded: AtomicBool,
    /// Rows came into doubt for which nobody has looked yet.
    doubted: AtomicBool,
    /// When it was last asked what is to be folded, where there are many destinations.
    folded_at: Mutex<Timestamp>,
    doubts: Mutex<Doubts>,
}

/// Since when nobody knows, by [`CourierSettings::steady`].
#[derive(Debug, Default)]
struct Doubts {
    /// Of rows that were on their way when a process or a run ended: since it is known.
    stopped: Duration,
    /// Of the other rows, by number: one at most for each chat.
    rows: BTreeMap<i64, Duration>,
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Courier {
    /// A courier for a store.
    pub fn new(store: Arc<Store>, wire: Arc<dyn Wire>, settings: CourierSettings) -> Self {
        let stranded = AtomicBool::new(false);
        let stopped = settings.steady.as_ref().map_or(Duration::ZERO, |clock| clock());
        let doubts = Mutex::new(Doubts { stopped, rows: BTreeMap::new() });
        let doubted = AtomicBool::new(false);
        Self { store, wire, settings, stranded, doubted, folded_at: Mutex::default(), doubts }
    }

    /// A courier that takes over from another one, or from itself before a restart: it takes care of what was on its way then
    /// before it sends anything.
    #[must_use]
    pub fn taking_over(self) -> Self {
        self.stranded.store(true, Ordering::Relaxed);
        self
    }

    /// The store.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub(crate) fn wire(&self) -> &dyn Wire {
        &*self.wire
    }

    /// The settings.
    pub fn settings(&self) -> &CourierSettings {
        &self.settings
    }

    /// Takes care of what was on its way when the program stopped. Call it once, at the start. Returns how many rows that were.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn recover(&self, now: Timestamp) -> Result<usize> {
        if let Some(clock) = &self.settings.steady {
            self.doubts().stopped = clock();
        }
        let rows = self.store.recover_deliveries(now, outbox::probe_after_restart(now))?;
        if rows > 0 {
            self.doubted.store(true, Ordering::Relaxed);
            info!(
                rows,
                "deliveries were on their way when the program stopped; they are read back"
            );
        }
        Ok(rows)
    }

    /// Sends everything that is due now, one at a time for each chat.
    ///
    /// # Errors
    ///
    /// Those of the store, with everything that was heard before written down; what no verdict could be written for is read back.
    pub async fn run_once(&self, now: Timestamp) -> Result<Report> {
        if self.stranded.load(Ordering::Relaxed) {
            self.recover(now)?;
            self.stranded.store(false, Ordering::Relaxed);
        }
        let ended = self.run(now).await;
        self.stranded.store(ended.is_err(), Ordering::Relaxed);
        ended
    }

    async fn run(&self, now: Timestamp) -> Result<Report> {
        let mut report = Report::default();
        self.look_early(now, &mut report).await?;
        self.fold(now)?;
        self.read_back(now, &mut report).await?;
        let mut sends = 0;
        let mut under_way = FuturesUnordered::new();
        let mut rests = Rests::default();
        // Whether asking the outbox again can bring anything: the hour stands still in a run, so what did not come at the last
        // asking comes only where a chat was freed.
        let mut may_have_more = true;
        loop {
            if may_have_more && sends < SENDS_A_RUN_MAX && under_way.len() < IN_FLIGHT_MAX {
                self.stop_at("before claim")?;
                let room = IN_FLIGHT_MAX - under_way.len();
                let claimed = self.store.claim_deliveries(now, room)?;
                self.stop_at("claimed")?;
                may_have_more = claimed.len() == room;
                for mut row in claimed {
                    self.settings.defaults.fill_in(&mut row.destination);
                    sends += 1;
                    under_way.push(async move {
                        let outcome = self.send(&row).await;
                        (row, outcome)
                    });
                }
            }
            let Some(first) = under_way.next().await else { break };
            let mut heard = vec![first];
            // What came back in the same moment is written down in the same transaction: each one waits for the disk.
            while let Some(Some(also)) = under_way.next().now_or_never() {
                heard.push(also);
            }
            self.stop_at("answered")?;
            let mut verdicts = Vec::with_capacity(heard.len());
            for (row, outcome) in heard {
                let traits = destinations::traits(&row.destination.kind);
                let mut verdict = outbox::decide(&row, outcome, traits, now);
                self.rest(&row, &mut verdict, &mut rests, now);
                // A chat that rests now gets nothing more in this run.
                may_have_more |= verdict.wait.is_empty();
                self.keep_doubt(&verdict);
                report.count(&row, &verdict);
                log(&row, &verdict);
                verdicts.push(verdict);
            }
            self.store.record_verdicts(&verdicts, now)?;
            self.stop_at("recorded")?;
        }
        self.look_early(now, &mut report).await?;
        report.next_at = self.store.next_delivery_by(now)?;
        Ok(report)
    }

    pub(crate) fn stop_at(&self, point: &'static str) -> Result<()> {
        match &self.settings.stops {
            Some(stops) if stops(point) => Err(Error::Stopped(point)),
            _ => Ok(()),
        }
    }

    async fn send(&self, row: &Claimed) -> Outcome {
        if !self.may_send() {
            return not_ours();
        }
        let card = match Card::read(&row.card) {
            Ok(card) => card,
            Err(error) => {
                return Outcome::Refused { why: format!("its card cannot be read: {error}") };
            }
        };
        if row.destination.kind == "telegram" {
            return match &self.settings.telegram {
                Some(bot) => self.send_telegram(bot, row, &card).await,
                None => Outcome::Unauthorised {
                    why: "no bot token is set; write telegram.token into the configuration"
                        .to_owned(),
                },
            };
        }
        destinations::send(self, row, &card).await
    }

    async fn send_telegram(&self, bot: &Telegram, row: &Claimed, card: &Card) -> Outcome {
        let mut fallback = Fallback::default();
        // Thrice at most: as HTML, without entities, without the topic; each only after a refusal that surely sent nothing.
        for _ in 0..4 {
            let is_rich = telegram::is_rich(row, card, fallback);
            if !self.may_send() {
                return not_ours();
            }
            let answer = self.wire.send(telegram::request(bot, row, card, fallback)).await;
            match telegram::classify(row, answer, fallback, is_rich, bot) {
                Heard::Outcome(outcome) => return outcome,
                Heard::Again(next) => fallback = next,
            }
        }
        Outcome::Refused { why: "Telegram will not have it in any form".to_owned() }
    }

    fn may_send(&self) -> bool {
        self.settings.may_send.as_ref().is_none_or(|ask| ask())
    }

    /// Lets a chat rest after a message, and all of them when several were told to wait at once.
    fn rest(&self, row: &Claimed, verdict: &mut Verdict, rests: &mut Rests, now: Timestamp) {
        if row.destination.kind != "telegram" {
            return;
        }
        let Some(bot) = &self.settings.telegram else { return };
        let scope =
            chat_scope("telegram", verdict.moved_to.as_deref().unwrap_or(&row.destination.address));
        if verdict.state == DeliveryState::Sent {
            let rest = telegram::rest(&row.destination.address, bot.pace);
            if !rest.is_zero() {
                verdict.wait.push((
                    scope,
                    add(now, SignedDuration::try_from(rest).unwrap_or_default()),
                    None,
                ));
            }
            rests.sent += 1;
            if rests.sent >= bot.pace.everywhere {
                rests.sent = 0;
                verdict.wait.push((
                    "telegram".to_owned(),
                    add(now, SignedDuration::from_secs(1)),
                    None,
                ));
            }
        } else if let Some((_, until, why)) =
            verdict.wait.iter().find(|(s, ..)| *s == scope).cloned()
        {
            // The same answer from two chats is about the bot, not about a chat.
            rests.told_to_wait.insert(row.destination.address.clone(), until);
            if rests.told_to_wait.len() >= 2 {
                let soonest = rests.told_to_wait.values().min().copied().unwrap_or(until);
                verdict.wait.push(("telegram".to_owned(), soonest, why));
            }
        }
    }

    async fn read_back(&self, now: Timestamp, report: &mut Report) -> Result<()> {
        for mut row in self.store.unknown_deliveries(now, 100)? {
            self.settings.defaults.fill_in(&mut row.destination);
            let found = self.look_for(&row).await;
            self.stop_at("read back")?;
            let verdict = self.judge(&row, found, now, report);
            self.store.record_verdicts(&[verdict], now)?;
        }
        Ok(())
    }

    /// What follows from what was found of a row in doubt.
    fn judge(&self, row: &Claimed, found: Found, now: Timestamp, report: &mut Report) -> Verdict {
        let traits = destinations::traits(&row.destination.kind);
        let verdict = outbox::read_back(row, found, traits, now);
        self.forget_doubt(&verdict);
        match (verdict.state, verdict.uncertain) {
            (DeliveryState::Sent, _) => report.found += 1,
            (DeliveryState::Held, _) => report.held += 1,
            (DeliveryState::Pending, Some("lost")) => report.lost += 1,
            _ => {}
        }
        log(row, &verdict);
        verdict
    }

    /// Looks once, near where it should be, for what came into doubt just now. What stands there is certain, and its chat goes on; of
    /// what does not nothing follows yet: it may be on its way, and [`Courier::read_back`] looks for it when it cannot be any more.
    async fn look_early(&self, now: Timestamp, report: &mut Report) -> Result<()> {
        let Some(bot) = &self.settings.telegram else { return Ok(()) };
        if !self.doubted.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let mut rows = self.store.unknown_deliveries(Timestamp::MAX, 100)?;
        rows.retain(|row| row.destination.kind == "telegram");
        let looks = rows.into_iter().map(|mut row| async move {
            self.settings.defaults.fill_in(&mut row.destination);
            let found = match Card::read(&row.card) {
                Ok(card) => telegram::read_back(&*self.wire, bot, &row, &card, Reach::Near).await,
                Err(_) => Found::Nowhere,
            };
            (row, found)
        });
        let found: Vec<_> = stream::iter(looks).buffer_unordered(LOOKS_AT_A_TIME).collect().await;
        self.stop_at("looked")?;
        let there = found.into_iter().filter(|(_, found)| matches!(found, Found::Here { .. }));
        let verdicts: Vec<Verdict> =
            there.map(|(row, found)| self.judge(&row, found, now, report)).collect();
        if !verdicts.is_empty() {
            self.store.record_verdicts(&verdicts, now)?;
        }
        Ok(())
    }

    async fn look_for(&self, row: &Claimed) -> Found {
        if let Some(after) = self.quiet_left(row.id) {
            return Found::NotNow { why: "it may still be on its way".to_owned(), after };
        }
        let is_keyed = destinations::traits(&row.destination.kind).is_idempotent;
        match (&self.settings.telegram, row.destination.kind.as_str(), Card::read(&row.card)) {
            (_, _, Err(error)) => Found::Never { why: format!("its card cannot be read: {error}") },
            _ if row.edits.is_some() || is_keyed => Found::Nowhere,
            (Some(bot), "telegram", Ok(card)) => {
                telegram::read_back(&*self.wire, bot, row, &card, Reach::Far).await
            }
            (None, "telegram", _) => Found::NotNow {
                why: "no bot token is set".to_owned(),
                after: Duration::from_mins(10),
            },
            (_, kind, _) => {
                Found::Never { why: format!("a {kind} destination cannot be read back") }
            }
        }
    }

    fn doubts(&self) -> MutexGuard<'_, Doubts> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_doubt(&self, verdict: &Verdict) {
        if verdict.state != DeliveryState::Unknown {
            return;
        }
        self.doubted.store(true, Ordering::Relaxed);
        if let Some(clock) = &self.settings.steady {
            self.doubts().rows.insert(verdict.delivery, clock());
        }
    }

    fn forget_doubt(&self, verdict: &Verdict) {
        if verdict.state != DeliveryState::Unknown {
            self.doubts().rows.remove(&verdict.delivery);
        }
    }

    /// How long a row in doubt is to be left alone yet, by the clock that nobody sets.
    fn quiet_left(&self, delivery: i64) -> Option<Duration> {
        let now = (self.settings.steady.as_ref()?)();
        let doubts = self.doubts();
        let until = match doubts.rows.get(&delivery) {
            Some(since) => *since + outbox::QUIET_BEFORE_PROBE,
            None => doubts.stopped + outbox::QUIET_BEFORE_PROBE + ANSWER_MAX,
        };
        until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Makes digests of what is due for one, and of new posts that have piled up.
    fn fold(&self, now: Timestamp) -> Result<()> {
        if self.folded_just_now(now)? {
            return Ok(());
        }
        for (to, action) in self.store.to_fold(now, self.settings.flood_max)? {
            let settings = self.settings.defaults.fill(&to.kind, &to.settings);
            let keeps =
                crate::plan::keeps_posts(&to.kind) || to.kind == "email" || to.kind == "ntfy";
            if action == Action::Post
                && (!keeps
                    || settings.every_step
                    || to.paused.is_some()
                    || matches!(to.kind.as_str(), "folder" | "feed"))
            {
                continue;
            }
            let rows = self.store.foldable(to.id, action, now)?;
            let made = digest::digest(
                &to,
                &settings.schedule(),
                action,
                &rows,
                self.settings.base_url.as_deref(),
                now,
            );
            if let Some(made) = made {
                self.stop_at("before fold")?;
                self.store.fold(&made.deliveries, &made.rows, now)?;
            }
        }
        self.empty_digests(now)
    }

    /// With very many destinations it is asked every ten seconds and not at each run what is to be folded: that costs a look at
    /// each of them, and a run sends 25 messages a second.
    fn folded_just_now(&self, now: Timestamp) -> Result<bool> {
        if self.store.last_destination()? < MANY_DESTINATIONS {
            return Ok(false);
        }
        let mut last = self.folded_at.lock().unwrap_or_else(PoisonError::into_inner);
        let just_now = (SignedDuration::ZERO..FOLD_EVERY).contains(&now.duration_since(*last));
        if !just_now {
            *last = now;
        }
        Ok(just_now)
    }

    /// Digests with nothing new, for those who asked for them.
    fn empty_digests(&self, now: Timestamp) -> Result<()> {
        for to in self.store.destinations()? {
            if !to.settings.contains("empty_digest") || to.paused.is_some() {
                continue;
            }
            let schedule = self.settings.defaults.fill(&to.kind, &to.settings).schedule();
            let Some(slot) = schedule.digest_before(now).filter(|_| schedule.empty_digest) else {
                continue;
            };
            let mark = format!("digest.{}", to.id);
            let last = self.store.meta(&mark)?.and_then(|at| at.parse::<Timestamp>().ok());
            match last {
                Some(last) if last < slot => {
                    // The row of a digest that was sent for this slot stands in the way of an empty one.
                    self.store.enqueue(&[digest::empty(&to, &schedule, slot, last, now)])?;
                    self.store.set_meta(&mark, &slot.to_string())?;
                }
                Some(_) => {}
                None => self.store.set_meta(&mark, &slot.to_string())?,
            }
        }
        Ok(())
    }

    /// Takes a channel's post that its discussion group echoed: what was in doubt is certain then. Returns whether it settled a row.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn take_echo(&self, update: &serde_json::Value, now: Timestamp) -> Result<bool> {
        let Some(echo) = telegram::echo(update) else { return Ok(false) };
        for row in self.store.unknown_deliveries(Timestamp::MAX, 1_000)? {
            let name = crate::card::marker(row.destination.id, &row.what, row.step);
            if echo.chats.contains(&row.destination.address)
                && echo.markers.contains(&name)
                && row.edits.is_none()
            {
                let found =
                    Found::Here { message: telegram::rich::kept(echo.message, echo.is_rich) };
                let verdict = outbox::read_back(
                    &row,
                    found,
                    destinations::traits(&row.destination.kind),
                    now,
                );
                self.forget_doubt(&verdict);
                self.store.record_verdicts(&[verdict], now)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[derive(Default)]
struct Rests {
    sent: u32,
    told_to_wait: BTreeMap<String, Timestamp>,
}

impl Report {
    fn count(&mut self, row: &Claimed, verdict: &Verdict) {
        match verdict.state {
            DeliveryState::Sent if row.edits.is_some() => self.edited += 1,
            DeliveryState::Sent => {
                self.sent += 1;
                self.replied += u32::from(row.action == Action::Reply);
            }
            DeliveryState::Pending => self.put_off += 1,
            DeliveryState::Refused => self.refused += 1,
            DeliveryState::Unknown => self.unknown += 1,
            DeliveryState::Held => self.held += 1,
            DeliveryState::Sending | DeliveryState::Folded => {}
        }
    }

    /// Adds another run's figures.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.edited += other.edited;
        self.replied += other.replied;
        self.put_off += other.put_off;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.found += other.found;
        self.lost += other.lost;
        self.held += other.held;
        self.next_at = other.next_at;
    }
}

fn log(row: &Claimed, verdict: &Verdict) {
    let (delivery, destination) = (row.id, row.destination.name.as_str());
    let why = verdict.error.as_deref().unwrap_or("");
    match verdict.state {
        DeliveryState::Refused | DeliveryState::Held => {
            error!(delivery, destination, why, "delivery needs a person");
        }
        DeliveryState::Unknown => {
            warn!(delivery, destination, why, "not certain whether it arrived");
        }
        _ if verdict.pause.is_some() => error!(delivery, destination, why, "destination paused"),
        DeliveryState::Pending => warn!(delivery, destination, why, "delivery put off"),
        _ => {}
    }
}

/// Nothing left this machine, since another one may send by now.
fn not_ours() -> Outcome {
    Outcome::NotSent { why: "another process may have taken over the deliveries".to_owned() }
}

/// An outcome of a request without an answer.
pub(crate) fn unanswered(error: WireError) -> Outcome {
    match error {
        WireError::NotSent(why) => Outcome::NotSent { why },
        WireError::MaybeSent(why) => Outcome::Ambiguous { why },
    }
}
