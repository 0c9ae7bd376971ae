//! The courier in a world where everything goes wrong, in virtual time: the real courier, the real store, the strict fake.
//!
//! One number decides everything: which answers are lost, which requests, which servers answer 5xx, which chats ask to wait for
//! hours, who throws the bot out, when the program is killed and when its clock jumps. A failure replays from its seed.
//!
//! The operator of this world answers what is held, by what really arrived, as a person would who looks into the channel.

mod line;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{Action, DeliveryState, NewDelivery, Ruling, Store};
use testkit::fakebot::{Chance, ChatConfig, ChatKind, Chats, FakeBotConfig, Faults, Rates};

use crate::card::{Card, Line, marker};
use crate::{Courier, CourierSettings, Error, Pace, Secret, Settings, Telegram};
use line::FakeWire;

/// Channels and supergroups of the world: each can be read back.
const CHANNELS: i64 = 12;

/// People of the world: none can be read back.
const PEOPLE: i64 = 4;

/// Small groups of the world: none can be read back, and some become supergroups.
const GROUPS: i64 = 4;

/// The operator's log chat.
const LOG: i64 = 99;

/// Steps that a story has at most.
const STEPS_MAX: u32 = 8;

/// Rows of a round.
const ROUND: u64 = 24;

/// What a simulation found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimReport {
    /// The number that decided everything.
    pub seed: u64,
    /// Promises made: rows of the outbox.
    pub promised: u64,
    /// Requests that the fake had.
    pub requests: u64,
    /// New messages.
    pub sent: u64,
    /// Edits.
    pub edited: u64,
    /// Rows that another row tells.
    pub folded: u64,
    /// Promises that were not kept: must be 0.
    pub lost: u64,
    /// Messages that stand twice: must be 0.
    pub doubled: u64,
    /// Posts that do not read as their last step says: must be 0.
    pub stale: u64,
    /// Sends whose answer never came.
    pub uncertain: u64,
    /// Of these, held for the operator.
    pub held: u64,
    /// Requests that lasted longer than their answer was waited for.
    pub slow: u64,
    /// Groups that became supergroups.
    pub moves: u64,
    /// Times the program was killed.
    pub kills: u64,
    /// Times a full disk stopped it.
    pub full_disks: u64,
    /// Times the clock jumped.
    pub jumps: u64,
    /// What went wrong, for a person.
    pub failures: Vec<String>,
}

impl SimReport {
    /// Whether every promise was kept exactly once.
    pub fn is_good(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.stale == 0 && self.failures.is_empty()
    }

    /// Adds another world's figures; the seed stays that of the first.
    pub fn add(&mut self, other: &Self) {
        self.promised += other.promised;
        self.requests += other.requests;
        self.sent += other.sent;
        self.edited += other.edited;
        self.folded += other.folded;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.stale += other.stale;
        self.uncertain += other.uncertain;
        self.held += other.held;
        self.slow += other.slow;
        self.moves += other.moves;
        self.kills += other.kills;
        self.full_disks += other.full_disks;
        self.jumps += other.jumps;
        self.failures.extend(other.failures.iter().cloned());
    }
}

impl fmt::Display for SimReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed {}: {} promised, {} requests, {} sent, {} edited, {} folded; lost {}, doubled {}, stale {}; {} uncertain, {} held; {} slow requests, {} groups moved, {} kills, {} full disks, {} clock jumps",
            self.seed,
            self.promised,
            self.requests,
            self.sent,
            self.edited,
            self.folded,
            self.lost,
            self.doubled,
            self.stale,
            self.uncertain,
            self.held,
            self.slow,
            self.moves,
            self.kills,
            self.full_disks,
            self.jumps
        )?;
        for failure in &self.failures {
            write!(f, "\n  {failure}")?;
        }
        Ok(())
    }
}

/// At which of its steps the program is killed, and at which the disk is full; both from 1.
#[derive(Default)]
struct Stop {
    passed: u64,
    kill_at: Option<u64>,
    full_at: Option<u64>,
}

/// Sends about `sends` promises through a world of faults, with its store in `folder`.
///
/// # Errors
///
/// Only those of the store outside the faults of this world.
pub async fn run(seed: u64, sends: u64, folder: &Path) -> crate::Result<SimReport> {
    let mut world = World::new(seed, folder)?;
    while world.report.promised < sends {
        world.promise()?;
        for _ in 0..4 {
            world.round().await?;
        }
    }
    // What waits goes through the same faults; only the last doubts are settled in peace.
    for _ in 0..2_000 {
        let Some(next) = world.store.next_delivery_at()? else { break };
        // Nothing happens before that: hours of waiting are one step.
        // A clock that is a day slow gets there a day later.
        let by_the_clock = crate::outbox::add(next, SignedDuration::from_secs(-world.jump_secs));
        world.now = world.now.max(by_the_clock);
        world.round().await?;
        world.answer_held()?;
    }
    world.settle().await?;
    world.judge()?;
    Ok(world.report)
}

struct World {
    store: Arc<Store>,
    line: Arc<FakeWire>,
    /// The program that runs: it lives until it is killed.
    courier: Courier,
    stop: Arc<Mutex<Stop>>,
    chance: Chance,
    now: Timestamp,
    /// How far the program's clock is off, seconds.
    jump_secs: i64,
    destinations: Vec<store::Destination>,
    /// Per destination and story its last step.
    stories: BTreeMap<(i64, u64), u32>,
    replies: Vec<(i64, String, u32)>,
    next_story: u64,
    report: SimReport,
}

impl World {
    fn new(seed: u64, folder: &Path) -> crate::Result<Self> {
        let chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let store = Arc::new(Store::open_unsynced(&folder.join(format!("sim-{seed}.db")))?);
        let now = Timestamp::from_second(1_793_836_800).unwrap_or_default();
        let mut chats = vec![ChatConfig::private(LOG, "log")];
        let mut destinations = Vec::new();
        for n in 0..CHANNELS {
            let id = -1_001_000_000_000 - n;
            let kind = if n % 3 == 2 { ChatKind::Supergroup } else { ChatKind::Channel };
            chats.push(ChatConfig {
                kind,
                ..ChatConfig::channel(id, &format!("channel_{n}"), "Channel")
            });
            destinations.push(store.ensure_destination(
                "telegram",
                &format!("@channel_{n}"),
                "",
            )?);
        }
        for n in 0..PEOPLE {
            chats.push(ChatConfig::private(500 + n, "Reader"));
            destinations.push(store.ensure_destination("telegram", &(500 + n).to_string(), "")?);
        }
        for n in 0..GROUPS {
            let (id, kind) = (-7_001 - n, ChatKind::Group);
            chats.push(ChatConfig { id, kind, title: "Group".to_owned(), ..ChatConfig::default() });
            destinations.push(store.ensure_destination("telegram", &id.to_string(), "")?);
        }
        let rates = Rates {
            too_many: 300,
            wait_secs_max: 43_200,
            cut_after: 100,
            cut_before: 100,
            server_error: 100,
            kick: 2,
            migrate: 20,
        };
        let config = FakeBotConfig {
            chats,
            faults: Faults::none().by_chance(seed ^ 0x5151, rates),
            now_secs: now.as_second(),
            ..FakeBotConfig::default()
        };
        let mut chats = Chats::new(config);
        chats.forget_calls();
        let line = FakeWire::new(chats, Chance(seed.wrapping_add(77) | 1), now);
        let line = Arc::new(line);
        let stop = Arc::new(Mutex::new(Stop::default()));
        Ok(Self {
            courier: courier(&store, &line, &stop),
            store,
            line,
            stop,
            chance,
            now,
            jump_secs: 0,
            destinations,
            stories: BTreeMap::new(),
            replies: Vec::new(),
            next_story: 1,
            report: SimReport { seed, ..SimReport::default() },
        })
    }

    fn with<T>(&self, run: impl FnOnce(&mut Chats) -> T) -> T {
        run(&mut self.line.chats())
    }

    /// The hour as the program's clock shows it.
    fn clock(&self) -> Timestamp {
        self.now.checked_add(SignedDuration::from_secs(self.jump_secs)).unwrap_or(self.now)
    }

    /// Makes promises: new stories, further steps, replies.
    fn promise(&mut self) -> crate::Result<()> {
        let mut rows = Vec::new();
        for _ in 0..ROUND {
            let at = self.chance.below(self.destinations.len() as u64) as usize;
            let Some(destination) = self.destinations.get(at).map(|d| d.id) else { continue };
            let old = self.stories.range((destination, 0)..=(destination, u64::MAX)).rev().take(12);
            let olds: Vec<(u64, u32)> = old
                .filter(|(_, step)| **step < STEPS_MAX)
                .map(|((_, story), step)| (*story, *step))
                .take(6)
                .collect();
            let pick = self.chance.below(olds.len() as u64 * 2 + 1) as usize;
            let (story, step) = match olds.get(pick) {
                Some((story, step)) => (*story, step + 1),
                None => {
                    self.next_story += 1;
                    (self.next_story, 1)
                }
            };
            let is_reply = step > 1 && self.chance.hits(1_500);
            let what = format!(
                "{}:{}",
                if is_reply { "reply" } else { "story" },
                stories::StoryId(story.cast_signed())
            );
            let action = if is_reply { Action::Reply } else { Action::Post };
            self.stories.insert((destination, story), step);
            if is_reply {
                self.replies.push((destination, what.clone(), step));
            }
            rows.push(row(destination, what, step, action, &card(story, step), self.clock()));
        }
        self.report.promised += rows.len() as u64;
        self.store.enqueue(&rows)?;
        Ok(())
    }

    /// When the program is to be killed, and the disk to be full, while it runs next.
    fn plan_stop(&mut self) {
        let kill_at = self.chance.hits(2_000).then(|| 1 + self.chance.below(20));
        let full_at = self.chance.hits(500).then(|| 1 + self.chance.below(20));
        self.set_stop(Stop { passed: 0, kill_at, full_at });
    }

    fn set_stop(&self, stop: Stop) {
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = stop;
    }

    /// Some time passes; the courier runs, is killed, starts again.
    async fn round(&mut self) -> crate::Result<()> {
        let secs = 5 + self.chance.below(120);
        self.now =
            self.now.checked_add(SignedDuration::from_secs(secs.cast_signed())).unwrap_or(self.now);
        if self.chance.hits(100) {
            // An hour or a day, forwards or backwards: a battery, a virtual machine that slept, a wrong time server.
            let jumps = [3_600, -3_600, 86_400, -86_400, 0];
            self.jump_secs = jumps.get(self.chance.below(5) as usize).copied().unwrap_or(0);
            self.report.jumps += 1;
        }
        self.line.set_now(self.now);
        if self.chance.hits(500) {
            self.reopen()?;
        }
        if self.chance.hits(20) {
            self.move_group()?;
        }
        self.plan_stop();
        let clock = self.clock();
        let ended = self.courier.run_once(clock).await;
        self.store.limit_pages(false)?;
        match ended {
            Ok(report) => self.take(&report),
            Err(Error::Stopped(_)) => {
                self.report.kills += 1;
                self.start()?;
            }
            // A full disk: what could not be written down is on its way for ever, until it is read back.
            Err(Error::Store(store::Error::Full)) => {
                self.report.full_disks += 1;
                self.start()?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The program starts again.
    fn start(&mut self) -> crate::Result<()> {
        self.courier = courier(&self.store, &self.line, &self.stop);
        self.courier.recover(self.clock())?;
        Ok(())
    }

    /// A group becomes a supergroup; half of the time the bot is told before it asks.
    fn move_group(&mut self) -> crate::Result<()> {
        let old = -7_001 - self.chance.below(GROUPS.unsigned_abs()).cast_signed();
        self.with(|c| c.migrate(old));
        if let Some(new) = self.with(|c| c.migrated_to(old))
            && self.chance.hits(5_000)
        {
            self.store.move_chat("telegram", &old.to_string(), &new.to_string())?;
        }
        Ok(())
    }

    fn take(&mut self, report: &crate::Report) {
        self.report.sent += u64::from(report.sent);
        self.report.edited += u64::from(report.edited);
        self.report.held += u64::from(report.held);
    }

    /// The owners let the bot in again and press "Try again".
    fn reopen(&mut self) -> crate::Result<()> {
        for to in self.store.destinations()? {
            if to.paused.is_some() {
                self.with(|c| c.chat_ids().into_iter().for_each(|id| c.reopen(id)));
                self.store.pause_destination(to.id, None)?;
            }
        }
        Ok(())
    }

    /// The operator looks into the channel and says of each held row whether it arrived.
    fn answer_held(&mut self) -> crate::Result<()> {
        let odd = self.store.odd_deliveries(100_000)?;
        if odd.iter().all(|row| row.state != DeliveryState::Held) {
            return Ok(());
        }
        let there = self.with(|c| c.markers());
        // A group that has moved has another name.
        let destinations = self.store.destinations()?;
        for row in odd {
            let Some(to) = destinations.iter().find(|d| d.name == row.destination) else {
                continue;
            };
            let arrived = there.contains_key(&marker(to.id, &row.what, row.step));
            if row.state == DeliveryState::Held {
                let ruling = if arrived { Ruling::Arrived } else { Ruling::Resend };
                self.store.rule(row.id, ruling, self.clock())?;
            }
        }
        Ok(())
    }

    /// No more faults; everything that waits is given the time that it asks for.
    async fn settle(&mut self) -> crate::Result<()> {
        self.with(|c| c.set_faults(Faults::none()));
        self.line.mend();
        self.set_stop(Stop::default());
        self.start()?;
        self.jump_secs = 0;
        for _ in 0..5_000 {
            self.reopen()?;
            self.answer_held()?;
            self.line.set_now(self.now);
            let report = self.courier.run_once(self.now).await?;
            self.take(&report);
            let Some(next) = report.next_at else {
                if self.store.odd_deliveries(1)?.is_empty() {
                    return Ok(());
                }
                continue;
            };
            let soon = self.now.checked_add(SignedDuration::from_secs(1)).unwrap_or(self.now);
            self.now = next.max(soon);
        }
        let odd = self.store.odd_deliveries(3)?;
        self.report.failures.push(format!("the outbox never came to rest: {odd:?}"));
        Ok(())
    }

    /// Compares what was promised with what stands in the chats.
    fn judge(&mut self) -> crate::Result<()> {
        let there = self.with(|c| c.markers());
        let texts: BTreeMap<(i64, i64), String> = self.with(|c| {
            c.chat_ids()
                .into_iter()
                .flat_map(|id| c.messages(id).into_iter().map(move |m| ((id, m.id), m.text)))
                .collect()
        });
        let posts: Vec<(i64, String, u32)> = self
            .stories
            .keys()
            .map(|(d, story)| (*d, store::post_name(stories::StoryId(story.cast_signed())), 0))
            .collect();
        for (destination, what, step) in posts.iter().chain(&self.replies) {
            match there.get(&marker(*destination, what, *step)).map(Vec::as_slice) {
                None | Some([]) => {
                    self.report.lost += 1;
                    self.report
                        .failures
                        .push(format!("lost: {what} {step} for destination {destination}"));
                }
                Some([one]) => {
                    let last = self.store.last_step(*destination, what)?;
                    let text = texts.get(one).map_or("", String::as_str);
                    let shows_it = text.contains(&format!("Step {last} of "));
                    // What an operator found in a chat without numbers stays as it is.
                    if what.starts_with("story:")
                        && !shows_it
                        && self.store.post_gone(*destination, what)?.is_none()
                    {
                        self.report.stale += 1;
                        self.report
                            .failures
                            .push(format!("stale: {what} shows another step than {last}"));
                    }
                }
                Some(many) => {
                    self.report.doubled += 1;
                    self.report
                        .failures
                        .push(format!("doubled: {what} {step} stands {} times", many.len()));
                }
            }
        }
        let counts = self.store.outbox_counts(Timestamp::UNIX_EPOCH)?;
        self.report.folded = counts.folded;
        self.report.uncertain = counts.uncertain_total;
        self.report.requests = self.line.requests.load(Ordering::Relaxed);
        self.report.slow = self.line.late.load(Ordering::Relaxed);
        self.report.moves = self.with(|c| {
            c.chat_ids().into_iter().filter(|id| c.migrated_to(*id).is_some()).count() as u64
        });
        if counts.pending + counts.uncertain + counts.refused > 0 {
            self.report.failures.push(format!("left over: {counts:?}"));
        }
        self.report.failures.truncate(20);
        Ok(())
    }
}

fn courier(store: &Arc<Store>, line: &Arc<FakeWire>, stop: &Arc<Mutex<Stop>>) -> Courier {
    let (disk, stop, now) = (store.clone(), stop.clone(), line.now.clone());
    let settings = CourierSettings {
        telegram: Some(Telegram {
            api_url: "http://fake".to_owned(),
            token: Secret::new("0:fake"),
            log_chat: Some(LOG.to_string()),
            pace: Pace::default(),
        }),
        flood_max: u32::MAX,
        base_url: Some("https://news.example".to_owned()),
        steady: Some(Arc::new(move || Duration::from_secs(now.load(Ordering::Relaxed)))),
        stops: Some(Arc::new(move |_| {
            let mut stop = stop.lock().unwrap_or_else(PoisonError::into_inner);
            stop.passed += 1;
            if stop.full_at == Some(stop.passed) {
                // From here on no page can be added: the next write that needs one fails as on a full disk.
                drop(disk.limit_pages(true));
            }
            stop.kill_at == Some(stop.passed)
        })),
        ..CourierSettings::default()
    };
    Courier::new(store.clone(), line.clone(), settings)
}

fn card(story: u64, step: u32) -> Card {
    Card {
        step,
        title: format!("Story {story}"),
        lines: vec![Line {
            text: format!("Step {step} of {story}"),
            outlet: "Ruhrpegel".to_owned(),
            ..Line::default()
        }],
        outlets: 1,
        url: Some(format!("https://news.example/s/{}", stories::StoryId(story.cast_signed()))),
        ..Card::default()
    }
}

fn row(
    destination: i64,
    what: String,
    step: u32,
    action: Action,
    card: &Card,
    now: Timestamp,
) -> NewDelivery {
    NewDelivery {
        destination,
        what,
        step,
        action,
        content_key: card.content_key(&Settings::default().schedule().zone()),
        card: Arc::from(card.write()),
        due_at: now,
        created_at: now,
        follow: None,
    }
}
