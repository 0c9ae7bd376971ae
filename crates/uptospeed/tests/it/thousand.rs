//! The real program with a short life on loopback, killed with SIGKILL a thousand times: reading, telling and sending.
//!
//! Each life begins 200 s later by the program's clock, so that what was in doubt in one life is read back in the next; the kills
//! and everything else are real. `UPTOSPEED_KILLS` says how many; `UPTOSPEED_PROGRAM` names a program built for speed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use store::Store;
use testkit::fakebot::{ChatConfig, FakeBot, FakeBotConfig};
use testkit::fakeweb::{FakeWeb, FakeWebConfig};

/// Channels that follow everything.
const CHANNELS: i64 = 6;

/// The operator's log chat.
const LOG: i64 = -1_001_000_000_900;

/// Seconds by which a life's clock is ahead of the one before: longer than a send in doubt rests.
const LIFE_SECS: u64 = 200;

/// Items of the feed. Nothing is published while all but one of them are not told yet: on a busy machine a dozen lives in a row can end
/// before their first poll, and what leaves a feed unseen is the feed's loss and not the program's; or before their first telling, and
/// what is told at once then is told in a digest.
const FEED_ITEMS: usize = 12;

/// Posts that wait for each channel, over which no article is published: with the feed's eleven on top there are fewer than 21, from
/// which on they would be told in a digest, which is right and is not what is counted here.
const WAITING_MAX: i64 = 4;

/// After so many kills a life is left alone: how long it takes says where the next kills fall, however busy the machine is.
const MEASURE_EVERY: u32 = 50;

fn channel(n: i64) -> i64 {
    -1_001_000_000_000 - n
}

struct World {
    served: tempfile::TempDir,
    home: tempfile::TempDir,
    program: String,
    articles: usize,
    feed: Vec<String>,
    lives: u64,
    chance: u64,
}

impl World {
    /// An article of an event of its own, and the feed that names the last few.
    fn publish(&mut self, at: Timestamp) {
        self.articles += 1;
        let n = self.articles;
        // Words of nobody's language, so that each article is a story of its own and its post is a send, not an edit.
        let mut words = Vec::new();
        for _ in 0..40 {
            words.push(self.word());
        }
        let w = |at: usize| words.get(at).map_or("", String::as_str);
        let title = format!("{} {} {} {}", w(0), w(1), w(2), w(3));
        let body: Vec<String> =
            words.chunks(5).map(|five| format!("<p>{} in {}.</p>", five.join(" "), w(2))).collect();
        let page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><meta property=\"og:site_name\" content=\"Harbour Ledger\">\
             <meta property=\"article:published_time\" content=\"{at}\"></head><body><article><h1>{title}</h1>{}</article></body></html>",
            body.concat()
        );
        let name = format!("{n}.html");
        std::fs::write(self.served.path().join(&name), page).unwrap();
        self.feed.insert(
            0,
            format!("<item><title>{title}</title><link>/{name}</link><guid>{name}</guid></item>"),
        );
        self.feed.truncate(FEED_ITEMS);
        let mut feed = String::from(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Harbour Ledger</title>",
        );
        self.feed.iter().for_each(|item| feed.push_str(item));
        feed.push_str("</channel></rss>");
        // A feed is replaced whole, as an outlet does it.
        let part = self.served.path().join("feed.part");
        std::fs::write(&part, feed).unwrap();
        std::fs::rename(&part, self.served.path().join("feed.xml")).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("UPTOSPEED_PACKS", self.home.path().join("packs"))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// How far the clock of the current life is ahead, seconds.
    fn ahead(&self) -> u64 {
        self.lives * LIFE_SECS
    }

    fn start(&mut self, bot: &FakeBot) -> Child {
        self.lives += 1;
        bot.set_now(now().as_second() + self.ahead() as i64);
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.home.path().join("log"))
            .unwrap();
        self.command()
            .args(["run", "--no-web", "--no-install", "--take-over", "--ahead"])
            .arg(self.ahead().to_string())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// A word of three syllables.
    fn word(&mut self) -> String {
        let syllables = [
            "ka", "lor", "ven", "tis", "mur", "dal", "fen", "gri", "hol", "jas", "nem", "pol",
            "rud", "sig", "tam", "wex",
        ];
        let word: String =
            (0..3).map(|_| syllables[(self.random() >> 20) as usize % syllables.len()]).collect();
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    fn random(&mut self) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance
    }
}

#[expect(clippy::disallowed_methods, reason = "the program under test runs on the machine's clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Whether everything that was published is read and told.
fn all_told(world: &World, store: &Store) -> bool {
    let (unread, untold) = store.revisions_waiting().unwrap();
    store.article_count().unwrap() as usize == world.articles && unread + untold == 0
}

/// Whether besides everything that was promised has come to its end.
fn all_delivered(world: &World, store: &Store) -> bool {
    let outbox = store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap();
    all_told(world, store) && outbox.pending + outbox.uncertain == 0
}

/// Lets a life run until `done`; gives how long that took.
fn run_until(
    world: &mut World,
    bot: &FakeBot,
    store: &Store,
    within: Duration,
    done: fn(&World, &Store) -> bool,
) -> Duration {
    let began = Instant::now();
    let mut child = world.start(bot);
    while !done(world, store) {
        std::thread::sleep(Duration::from_millis(10));
        if began.elapsed() > within {
            child.kill().unwrap();
            child.wait().unwrap();
            let log = std::fs::read_to_string(world.home.path().join("log")).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            panic!(
                "{} of {} articles, {:?} to be read and told, {:?}, {:?}\n{}",
                store.article_count().unwrap(),
                world.articles,
                store.revisions_waiting().unwrap(),
                store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap(),
                store.listings().unwrap(),
                tail.join("\n")
            );
        }
    }
    let took = began.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    took
}

#[test]
#[ignore = "takes four minutes; .ci/run asks for it"]
#[expect(clippy::print_stderr, reason = "the figures of the run")]
fn killed_a_thousand_times_nothing_is_lost_or_doubled() {
    let kills: u32 =
        std::env::var("UPTOSPEED_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut chats = vec![ChatConfig::channel(LOG, "harbourlog", "Log")];
    chats.extend(
        (0..CHANNELS).map(|n| ChatConfig::channel(channel(n), &format!("harbour_{n}"), "Harbour")),
    );
    let config = FakeBotConfig { chats, ..FakeBotConfig::default() };
    let bot = runtime.block_on(FakeBot::start(config)).unwrap();
    bot.with(testkit::fakebot::Chats::forget_calls);
    let served = tempfile::tempdir().unwrap();
    let web = FakeWeb::start(FakeWebConfig::folder(served.path())).unwrap();
    let program = std::env::var("UPTOSPEED_PROGRAM")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_uptospeed").to_owned());
    let mut world = World {
        served,
        home: tempfile::tempdir().unwrap(),
        program,
        articles: 0,
        feed: Vec::new(),
        lives: 0,
        chance: 0x2545_F491_4F6C_DD1D,
    };
    let host = |url: &str| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (place, section) = crate::store_of(world.home.path());
    std::fs::write(
        world.home.path().join("uptospeed.toml"),
        format!(
            "{section}[log]\nlevel = \"warn\"\n[telegram]\ntoken = \"{}\"\napi = \"{}\"\nprobe_chat = \"{LOG}\"\n[intake]\npoll_secs_min = 1\npoll_secs_max = 1\n\
             host_delay_millis = 0\nallow_private = [\"{}\", \"{}\"]\n",
            bot.token(),
            bot.base_url(),
            host(bot.base_url()),
            host(web.base_url())
        ),
    )
    .unwrap();
    world.publish(now());
    let feed = format!("{}/feed.xml", web.base_url().trim_end_matches('/'));
    let mut asked = vec![vec!["source".to_owned(), "add".to_owned(), "--unseen".to_owned(), feed]];
    for n in 0..CHANNELS {
        asked.push(vec![
            "follow".to_owned(),
            "add".to_owned(),
            format!("everything, to @harbour_{n}"),
        ]);
    }
    for args in asked {
        let out = world.command().args(&args).stderr(Stdio::piped()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    let store = Store::open(&place).unwrap();
    // The first message of a chat leaves a number to look from; a person would be asked about that one.
    run_until(&mut world, &bot, &store, Duration::from_secs(60), all_delivered);
    // How long a life takes that is left alone: kills fall anywhere in it, and a little after.
    let mut lives = Vec::new();
    for _ in 0..5 {
        let at = now() + SignedDuration::from_secs(world.ahead() as i64);
        world.publish(at);
        lives.push(run_until(&mut world, &bot, &store, Duration::from_secs(60), all_delivered));
    }
    lives.sort_unstable();
    let mut life = lives[2];
    let began = Instant::now();
    let mut killed = 0;
    while killed < kills {
        let at = now() + SignedDuration::from_secs(world.ahead() as i64);
        let pending = store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap().pending as i64;
        let (unread, untold) = store.revisions_waiting().unwrap();
        let told = store.article_count().unwrap() - unread - untold;
        if pending <= WAITING_MAX * CHANNELS && world.articles - (told as usize) < FEED_ITEMS - 1 {
            world.publish(at);
        }
        if killed % MEASURE_EVERY == MEASURE_EVERY - 1 {
            let took = run_until(&mut world, &bot, &store, Duration::from_secs(60), all_told);
            life = (life + took) / 2;
        }
        let mut child = world.start(&bot);
        let until = Duration::from_micros(world.random() % (life.as_micros() as u64 * 9 / 8));
        std::thread::sleep(until);
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
    }
    let took = began.elapsed();
    for _ in 0..3 {
        // What the last kills left in doubt rests, and is read back.
        let mut child = world.start(&bot);
        std::thread::sleep(life * 2);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    run_until(&mut world, &bot, &store, Duration::from_secs(120), all_delivered);

    let outbox = store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap();
    let stories = store.stories_since(Timestamp::UNIX_EPOCH, u32::MAX).unwrap();
    let live: Vec<_> = stories.iter().filter(|s| s.merged_into.is_none()).collect();
    let members: BTreeSet<_> =
        live.iter().flat_map(|s| s.members.iter().map(|m| m.article)).collect();
    let mut expected = Vec::new();
    for to in store.destinations().unwrap() {
        expected
            .extend(live.iter().map(|s| delivery::card::marker(to.id, &store::post_name(s.id), 1)));
    }
    let lost = bot.lost(expected.iter().map(String::as_str));
    let doubled = bot.doubled();
    let mut said = String::new();
    let _infallible = write!(
        said,
        "{killed} kills in {:.0} s, a life is {} ms: {} articles, {} stories, {} messages promised, {} edits, {} told otherwise; lost {}, doubled {}, {} were in doubt and read back",
        took.as_secs_f64(),
        life.as_millis(),
        world.articles,
        live.len(),
        expected.len(),
        outbox.edited,
        outbox.folded,
        lost.len(),
        doubled.len(),
        outbox.uncertain_total
    );
    eprintln!("{said}");
    assert_eq!(members.len(), world.articles, "every article is in one story: {said}");
    assert_eq!(lost, Vec::<String>::new(), "{said}");
    assert_eq!(doubled, Vec::<String>::new(), "{said}");
    assert_eq!((outbox.refused, outbox.resent_total), (0, 0), "{said}");
    assert!(outbox.uncertain_total > 0, "kills fell on sends: {said}");
}
