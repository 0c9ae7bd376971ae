//! Three machines on one PostgreSQL server, each lost in turn, over and over: nothing lost, no story split, no message doubled.
//!
//! `cargo xtask several` makes their networks and the server, and says here where they are:
//!
//! | variable | what |
//! |---|---|
//! | `UPTOSPEED_SEVERAL_STORE` | the URL of an empty store, as the machines reach it |
//! | `UPTOSPEED_SEVERAL_HOST` | where outlets and the Bot API are served; `127.0.0.1`: no networks were made, and nothing is cut off |
//! | `UPTOSPEED_SEVERAL_SECONDS` | how long machines are lost |
//! | `UPTOSPEED_PROGRAM` | a program built for speed |

mod hosts;
mod news;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hosts::{Fault, Host};
use jiff::Timestamp;
use news::{News, OUTLETS};
use store::{DeliveryState, Shard, Store};
use testkit::fakebot::{ChatConfig, FakeBot, FakeBotConfig};
use testkit::fakeweb::{FakeWeb, FakeWebConfig};

/// Channels that follow everything: more than the courier has requests under way, so that never all of them are in doubt at once.
const CHANNELS: i64 = 40;

/// The operator's log chat.
const LOG: i64 = -1_001_000_000_900;

/// A machine that is cut off or paused stays away at least so long: beyond its lease.
const AWAY: Duration = Duration::from_secs(14);

/// From one fault to the next.
const BETWEEN: Duration = Duration::from_secs(4);

/// Within this somebody else has to go on with what a lost machine had charge of.
const WITHIN: Duration = Duration::from_secs(60);

/// Posts that wait, over which no new event is opened: more than pile up while 32 channels are in doubt, or there would be nothing to
/// tell in the others.
const WAITING_MAX: u64 = 18 * CHANNELS as u64;

/// By how much the last clock is ahead: longer than a send in doubt rests.
const AHEAD_SECS: i64 = 400;

fn channel(n: i64) -> i64 {
    -1_001_000_000_000 - n
}

/// Ends the publishing, also where the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A shard that was taken over.
struct TakeOver {
    fault: Fault,
    shard: Shard,
    /// Until another machine had charge of it.
    taken: Duration,
    /// Until that one had done something.
    went_on: Duration,
}

struct World {
    store: Store,
    bot: FakeBot,
    hosts: Vec<Host>,
}

impl World {
    /// Something that only rises, when the owner of a shard does its work.
    fn done(&self, shard: Shard) -> i64 {
        match shard {
            Shard::Intake => i64::from(self.store.article_count().unwrap()),
            Shard::Stories => self.store.news_version().unwrap(),
            // Reading back is no delivery: only what stands in the channels counts.
            Shard::Deliver => self
                .bot
                .with(|chats| (0..CHANNELS).map(|n| chats.writings(channel(n))).sum::<u64>())
                as i64,
        }
    }

    /// Which machine has charge of which shard, and since which epoch.
    fn owners(&self) -> BTreeMap<&'static str, (Option<usize>, i64)> {
        let mut out = BTreeMap::new();
        for row in self.store.shards().unwrap() {
            let id: Option<u32> = row.owner.rsplit(' ').next().and_then(|id| id.parse().ok());
            let host = self.hosts.iter().position(|host| Some(host.id()) == id);
            for shard in [Shard::Intake, Shard::Stories, Shard::Deliver] {
                if shard.as_str() == row.id {
                    out.insert(shard.as_str(), (host, row.epoch));
                }
            }
        }
        out
    }

    /// Loses the machine that has charge of a shard, waits until others go on, and brings it back.
    fn lose(&mut self, shard: Shard, fault: Fault) -> Vec<TakeOver> {
        let before = self.owners();
        let victim = before.get(shard.as_str()).and_then(|(host, _)| *host).unwrap_or(0);
        let lost: Vec<Shard> = [Shard::Intake, Shard::Stories, Shard::Deliver]
            .into_iter()
            .filter(|s| before.get(s.as_str()).is_some_and(|(host, _)| *host == Some(victim)))
            .collect();
        let began = Instant::now();
        self.hosts[victim].lose(fault);
        let mut taken: BTreeMap<Shard, (Duration, i64)> = BTreeMap::new();
        let mut out: Vec<TakeOver> = Vec::new();
        while out.len() < lost.len() {
            let now = self.owners();
            for &shard in &lost {
                if out.iter().any(|t| t.shard == shard) {
                    continue;
                }
                let done = self.done(shard);
                match taken.get(&shard) {
                    None if now[shard.as_str()].1 > before[shard.as_str()].1 => {
                        taken.insert(shard, (began.elapsed(), done));
                    }
                    Some(&(at, then)) if done > then => {
                        let went_on = began.elapsed();
                        out.push(TakeOver { fault, shard, taken: at, went_on });
                    }
                    _ => {}
                }
            }
            assert!(
                began.elapsed() < WITHIN * 2,
                "{fault:?} of {victim}: nobody goes on\n{}",
                self.logs()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        if fault != Fault::Killed {
            std::thread::sleep(AWAY.saturating_sub(began.elapsed()));
        }
        self.hosts[victim].bring_back(fault);
        out
    }

    fn logs(&self) -> String {
        let tails = self.hosts.iter().map(|host| {
            let log = host.log();
            let lines: Vec<&str> = log.lines().collect();
            lines[lines.len().saturating_sub(25)..].join("\n")
        });
        tails.collect::<Vec<_>>().join("\n--\n")
    }

    fn is_settled(&self, articles: usize) -> bool {
        let (unread, untold) = self.store.revisions_waiting().unwrap();
        let outbox = self.store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap();
        self.store.article_count().unwrap() as usize == articles
            && unread + untold == 0
            && outbox.pending + outbox.uncertain == 0
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask several`"))
}

/// The world that the machines look at, and their configuration.
fn begin(
    folder: &Path,
    runtime: &tokio::runtime::Runtime,
    host: Ipv4Addr,
) -> (FakeBot, FakeWeb, String) {
    let mut chats = vec![ChatConfig::channel(LOG, "severallog", "Log")];
    chats.extend(
        (0..CHANNELS).map(|n| ChatConfig::channel(channel(n), &format!("several_{n}"), "Several")),
    );
    let now_secs = crate::thousand::now().as_second();
    let config = FakeBotConfig { chats, now_secs, listen: Some(host), ..FakeBotConfig::default() };
    let bot = runtime.block_on(FakeBot::start(config)).unwrap();
    bot.with(testkit::fakebot::Chats::forget_calls);
    let web = FakeWeb::start(FakeWebConfig { listen: Some(host), ..FakeWebConfig::folder(folder) })
        .unwrap();
    let bare = |url: &str| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let config = format!(
        "[store]\nfile = \"{}\"\n[log]\nlevel = \"info\"\n[telegram]\ntoken = \"{}\"\napi = \"{}\"\nprobe_chat = \"{LOG}\"\n[intake]\npoll_secs_min = 1\n\
         poll_secs_max = 1\nhost_delay_millis = 0\nallow_private = [\"{}\", \"{}\"]\n",
        variable("UPTOSPEED_SEVERAL_STORE"),
        bot.token(),
        bot.base_url(),
        bare(bot.base_url()),
        bare(web.base_url())
    );
    (bot, web, config)
}

/// Adds the sources and the follows, straight into the rows.
fn follow(home: &Path, config: &str, web: &FakeWeb) {
    std::fs::write(home.join("uptospeed.toml"), config).unwrap();
    let mut asked: Vec<Vec<String>> = (0..OUTLETS)
        .map(|n| {
            ["source", "add", "--unseen"]
                .map(str::to_owned)
                .into_iter()
                .chain([format!("{}/o{n}/feed.xml", web.base_url())])
                .collect()
        })
        .collect();
    for n in 0..CHANNELS {
        asked.push(vec!["follow".into(), "add".into(), format!("everything, to @several_{n}")]);
    }
    for args in asked {
        let out = crate::program(home).args(&args).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
}

#[test]
#[ignore = "`cargo xtask several` makes what it needs and runs it"]
fn several_machines_lose_nothing_split_nothing_and_double_nothing() {
    let host: Ipv4Addr = variable("UPTOSPEED_SEVERAL_HOST").parse().unwrap();
    let has_network = !host.is_loopback();
    let lasts = Duration::from_secs(variable("UPTOSPEED_SEVERAL_SECONDS").parse().unwrap());
    let program = std::env::var("UPTOSPEED_PROGRAM")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_uptospeed").to_owned());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (served, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let news = Mutex::new(News::new(served.path()));
    let (bot, web, config) = begin(served.path(), &runtime, host);
    follow(home.path(), &config, &web);
    let store = Store::open(Path::new(&variable("UPTOSPEED_SEVERAL_STORE"))).unwrap();
    let hosts = (1..=3).map(|n| Host::start(n, &program, &config, has_network)).collect();
    let mut world = World { store, bot, hosts };
    let publisher = Store::open(Path::new(&variable("UPTOSPEED_SEVERAL_STORE"))).unwrap();
    let kinds: &[Fault] = if has_network {
        &[Fault::Killed, Fault::Cut, Fault::Paused]
    } else {
        &[Fault::Killed, Fault::Paused]
    };
    let stop = AtomicBool::new(false);
    let mut all = Vec::new();
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // What is opened is told to its end.
            while !stop.load(Ordering::SeqCst) || !news.lock().unwrap().is_told() {
                let waiting =
                    publisher.outbox_counts(Timestamp::UNIX_EPOCH).map_or(0, |o| o.pending);
                let may_open = !stop.load(Ordering::SeqCst) && waiting < WAITING_MAX;
                news.lock().unwrap().tick(may_open);
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        let _stops = Stop(&stop);
        // Every chat has a message to look from before anything is lost: of the first one of all a person would be asked.
        while (0..CHANNELS).any(|n| world.bot.chat(channel(n)).is_empty()) {
            assert!(began.elapsed() < WITHIN * 2, "nothing was sent\n{}", world.logs());
            std::thread::sleep(Duration::from_millis(100));
        }
        all = lose_in_turn(&mut world, kinds, lasts);
    });
    settle(&mut world, &news.lock().unwrap());
    let lasted = format!("{:.0} s of {kinds:?} in turn", began.elapsed().as_secs_f64());
    judge(&world, &news.lock().unwrap(), &all, &lasted);
}

/// Loses one machine after the other: each kind of fault meets the owner of each shard in turn.
#[expect(clippy::print_stderr, reason = "the figures of the run")]
fn lose_in_turn(world: &mut World, kinds: &[Fault], lasts: Duration) -> Vec<TakeOver> {
    let (began, mut turn, mut all) = (Instant::now(), 0, Vec::new());
    while began.elapsed() < lasts {
        std::thread::sleep(BETWEEN);
        world.bot.set_now(crate::thousand::now().as_second());
        let fault = kinds[turn % kinds.len()];
        let shard = [Shard::Deliver, Shard::Stories, Shard::Intake][turn / kinds.len() % 3];
        for taken in world.lose(shard, fault) {
            eprintln!(
                "{:5.0} s  {:?}: {} taken over after {:.1} s, went on after {:.1} s",
                began.elapsed().as_secs_f64(),
                taken.fault,
                taken.shard.as_str(),
                taken.taken.as_secs_f64(),
                taken.went_on.as_secs_f64()
            );
            all.push(taken);
        }
        turn += 1;
    }
    all
}

/// Ends all machines in good order and lets one finish what is in doubt.
fn settle(world: &mut World, news: &News) {
    std::thread::sleep(BETWEEN);
    for host in &mut world.hosts {
        assert!(host.end(), "a machine did not end in good order\n{}", host.log());
    }
    world.hosts[0].start_alone(&world.bot, AHEAD_SECS);
    let began = Instant::now();
    while !world.is_settled(news.gold.len()) {
        assert!(
            began.elapsed() < WITHIN * 3,
            "{} articles of {}, {:?} to be read and told, {:?}\n{}",
            world.store.article_count().unwrap(),
            news.gold.len(),
            world.store.revisions_waiting().unwrap(),
            world.store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap(),
            world.logs()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(
        world.hosts[0].end(),
        "the last machine did not end in good order\n{}",
        world.hosts[0].log()
    );
}

/// Counts what was lost, split and doubled, from the rows and from what the channels hold.
#[expect(clippy::print_stderr, reason = "the figures of the run")]
fn judge(world: &World, news: &News, all: &[TakeOver], lasted: &str) {
    let stories = world.store.stories_since(Timestamp::UNIX_EPOCH, u32::MAX).unwrap();
    let live: Vec<_> = stories.iter().filter(|story| story.merged_into.is_none()).collect();
    // The stories of each event, and the events of each story: one each, where nothing is split or mixed.
    let mut of_event: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    let (mut told, mut mixed) = (BTreeSet::new(), 0);
    for story in &live {
        let mut events = BTreeSet::new();
        for member in &story.members {
            let (revision, _) = world.store.article(member.article).unwrap().unwrap();
            let url = revision.article.url.unwrap_or_default();
            let Some((path, event)) = news.gold.iter().find(|(path, _)| url.ends_with(*path))
            else {
                continue;
            };
            events.insert(*event);
            told.insert(path.clone());
            of_event.entry(*event).or_default().insert(story.id.0);
        }
        mixed += usize::from(events.len() > 1);
    }
    let split = of_event.values().filter(|stories| stories.len() > 1).count();
    let outbox = world.store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap();
    let rows = world.store.deliveries(u32::MAX >> 1).unwrap();
    let (mut unsent, mut extra) = (0, 0);
    for (n, to) in (0..CHANNELS).zip(world.store.destinations().unwrap()) {
        let digests = rows
            .iter()
            .filter(|row| {
                row.destination == to.name
                    && row.what.starts_with("digest")
                    && row.state == DeliveryState::Sent
            })
            .count();
        let mut posts = 0;
        for story in &stories {
            let what = store::post_name(story.id);
            match world.store.post(to.id, &what).unwrap() {
                Some(_) => posts += 1,
                // Told in a digest, where many had piled up.
                None if rows.iter().any(|row| {
                    row.destination == to.name
                        && row.what == what
                        && row.state == DeliveryState::Folded
                }) => {}
                None => unsent += usize::from(story.merged_into.is_none()),
            }
        }
        let there =
            world.bot.chat(channel(n)).iter().filter(|message| message.reply_to.is_none()).count();
        extra += there.abs_diff(posts + digests);
    }
    let doubled = world.bot.doubled();
    // What a reader of one channel waits, from when a message was decided to when it is there; the last machine's clock is ahead.
    let mut waits: Vec<f64> = rows
        .iter()
        .filter(|row| row.state == DeliveryState::Sent)
        .filter_map(|row| Some((row.created_at, row.done_at?)))
        .filter(|(_, done_at)| *done_at <= crate::thousand::now())
        .map(|(created_at, done_at)| done_at.duration_since(created_at).as_secs_f64())
        .collect();
    waits.sort_unstable_by(f64::total_cmp);
    let worst = all.iter().map(|t| t.went_on).max().unwrap_or_default();
    let mut went_on: Vec<Duration> = all.iter().map(|t| t.went_on).collect();
    went_on.sort_unstable();
    let fenced: usize = world
        .hosts
        .iter()
        .map(|host| host.log().matches("another process has taken over").count())
        .sum();
    let said = format!(
        "{lasted}: {} articles of {} told, {} events in {} stories, {split} split, {mixed} mixed; {} sent, {} edits, {} in digests or told by a later step; \
         {unsent} lost, {extra} too many, {} doubled, {} were in doubt; half of all messages there {:.1} s after they were decided, the slowest after {:.0} s; {} take-overs, each went on within {:.1} s, half of \
         them within {:.1} s; {fenced} times an owner that came back found its shard taken",
        told.len(),
        news.gold.len(),
        of_event.len(),
        live.len(),
        outbox.sent,
        outbox.edited,
        outbox.folded,
        doubled.len(),
        outbox.uncertain_total,
        waits.get(waits.len() / 2).copied().unwrap_or_default(),
        waits.last().copied().unwrap_or_default(),
        all.len(),
        worst.as_secs_f64(),
        went_on.get(went_on.len() / 2).copied().unwrap_or_default().as_secs_f64(),
    );
    eprintln!("{said}");
    assert_eq!(told.len(), news.gold.len(), "every article is in a story: {said}");
    assert_eq!((split, mixed), (0, 0), "{said}");
    assert_eq!((unsent, extra), (0, 0), "{said}");
    assert_eq!(doubled, Vec::<String>::new(), "{said}");
    assert_eq!((outbox.refused, outbox.resent_total), (0, 0), "{said}");
    assert!(
        !all.is_empty() && fenced > 0,
        "machines were lost while they had charge of something: {said}"
    );
    assert!(worst < WITHIN, "{said}");
}
