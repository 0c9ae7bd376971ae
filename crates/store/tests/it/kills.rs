//! Writers that are killed with -9 at any moment, connections that are cut and a server that is killed, over and over: every
//! article, reading, update and delivery is there once, and nothing that was told as committed happens again.
//!
//! A life is this test's own program, started again with [`life_of_a_writer`]: its stages run at the same time, as in the real
//! program, and it says on its output what it committed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reading::Reading;
use store::{Arrived, DeliveryState, Error, FetchedPage, Polled, Store, Verdict};
use stories::{Arrival, Member, Story, StoryId, Update, UpdateKind};

use crate::crash::Server;
use crate::{article, at, delivery, entry};

/// How many lives are ended by a kill: 60 where the variable does not say otherwise.
const KILLS: &str = "UPTOSPEED_KILLS";

/// The store of a life, and the file that stands for the chats.
const STORE: &str = "UPTOSPEED_KILLS_STORE";
const CHATS: &str = "UPTOSPEED_KILLS_CHATS";

/// From which the moments of the kills come: 1 where the variable does not say otherwise.
const SEED: &str = "UPTOSPEED_KILLS_SEED";

/// Says to a life that it takes nothing new, finishes what waits, and ends by itself.
const FINISH: &str = "UPTOSPEED_KILLS_FINISH";

/// In every so many lives the connections are cut as well.
const CUT_EVERY: u64 = 12;

/// In every so many lives the server is killed and started as well.
const SERVER_EVERY: u64 = 40;

/// Rows of one step.
const STEP: u32 = 5;

/// Articles of one story.
const OF_ONE_STORY: i64 = 4;

/// Items that may wait to be fetched.
const WAITING_MAX: u32 = 40;

/// How long a life may take to say that it lives, or that it is through.
const LIFE_MAX: Duration = Duration::from_secs(120);

fn url(n: i64) -> String {
    format!("https://a.example/{n:08}")
}

/// The number of an article, which stands at the end of its text.
fn number(text: &str) -> i64 {
    text.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap()
}

#[expect(clippy::print_stdout, reason = "what the test reads")]
fn say(what: &str, n: i64) {
    println!("kept {what} {n}");
}

#[test]
#[ignore = "one life of the test of kills, which starts it"]
fn life_of_a_writer() {
    let Ok(url) = std::env::var(STORE) else { return };
    let chats = std::env::var(CHATS).unwrap();
    let finish = std::env::var_os(FINISH).is_some();
    let store = Store::open(Path::new(&url)).unwrap();
    recover(&store, &chats);
    say("life", 0);
    let listing = || if finish { Ok(false) } else { list(&store) };
    let (fetching, reading) = (|| fetch(&store), || read(&store));
    let (telling, sending) = (|| tell(&store), || send(&store, &chats));
    let steps: [&(dyn Fn() -> store::Result<bool> + Sync); 5] =
        [&listing, &fetching, &reading, &telling, &sending];
    std::thread::scope(|scope| {
        for step in steps {
            let store = &store;
            scope.spawn(move || {
                loop {
                    match step() {
                        Ok(true) => {}
                        Ok(false) if finish && is_through(store) => return,
                        Ok(false) => std::thread::sleep(Duration::from_millis(2)),
                        Err(Error::Away(_) | Error::Busy) => {
                            std::thread::sleep(Duration::from_millis(10));
                        }
                        Err(error) => die(&error),
                    }
                }
            });
        }
    });
    say("end", 0);
}

/// An error that is none of a server that is away: the test is told of it.
#[expect(clippy::print_stdout, clippy::exit, reason = "one thread ends all of the life")]
fn die(error: &Error) -> ! {
    println!("broken {}", store::chain(error));
    std::process::exit(1)
}

fn is_through(store: &Store) -> bool {
    store.items_waiting().is_ok_and(|(n, _)| n == 0)
        && store.revisions_waiting().is_ok_and(|waiting| waiting == (0, 0))
        && store.next_delivery_at().is_ok_and(|at| at.is_none())
}

/// What was on its way when the life before ended is looked up in the chats, as the courier reads it back.
fn recover(store: &Store, chats: &str) {
    store.recover_deliveries(at(0), at(0)).unwrap();
    let there = std::fs::read_to_string(chats).unwrap_or_default();
    let there: BTreeSet<&str> = there.lines().collect();
    let unknown = store.unknown_deliveries(at(1), 1_000).unwrap();
    let verdicts: Vec<Verdict> = unknown
        .iter()
        .map(|row| {
            let arrived = there.contains(row.what.as_str());
            Verdict {
                delivery: row.id,
                state: if arrived { DeliveryState::Sent } else { DeliveryState::Pending },
                message: arrived.then(|| row.id.to_string()),
                due_at: Some(at(0)),
                ..Verdict::default()
            }
        })
        .collect();
    store.record_verdicts(&verdicts, at(1)).unwrap();
}

/// A poll: the listing shows the next articles, as many as there is room for.
fn list(store: &Store) -> store::Result<bool> {
    if store.items_waiting()?.0 >= WAITING_MAX {
        return Ok(false);
    }
    let first = i64::from(store.listing(1)?.map_or(0, |listing| listing.items));
    let entries = (first..first + i64::from(STEP)).map(|n| entry(&url(n), "A title")).collect();
    store.record_poll(1, &Polled { entries, ..Polled::default() }, at(0), at(0))?;
    say("poll", first);
    Ok(true)
}

fn fetch(store: &Store) -> store::Result<bool> {
    let items = store.due_items(at(0), STEP)?;
    let numbers: Vec<i64> = items.iter().map(|item| number(&item.url.replace('/', " "))).collect();
    let articles: Vec<_> = numbers
        .iter()
        .map(|n| article(&format!("The ferry sails again, says notice {n}")))
        .collect();
    let pages: Vec<_> = items
        .iter()
        .zip(&articles)
        .map(|(item, article)| {
            let (url, validators) = (item.url.as_str(), (None, None));
            (item, FetchedPage { url, article, validators, look: None, furniture: None }, at(0))
        })
        .collect();
    let new = store.record_all_fetched(&pages)?;
    for (n, revision) in numbers.iter().zip(new) {
        // An article that was there already would be one that came twice.
        say(if revision.is_some() { "article" } else { "article-again" }, *n);
    }
    Ok(!items.is_empty())
}

fn read(store: &Store) -> store::Result<bool> {
    let unread = store.unread(STEP)?;
    let readings: Vec<_> = unread.iter().map(|r| (r.id, Reading::default())).collect();
    if !readings.is_empty() {
        store.record_readings("kills", &readings)?;
    }
    for revision in &unread {
        say("reading", number(&revision.article.text));
    }
    Ok(!unread.is_empty())
}

fn arrival(n: i64, of: &store::Revision) -> Arrival {
    let id = StoryId(1 + n / OF_ONE_STORY);
    let revision = (n % OF_ONE_STORY) as u32 + 1;
    let member = Member {
        article: of.article_id,
        outlet: "Ledger".into(),
        language: "en".into(),
        at: at(0),
        copy_of: None,
    };
    let update = Update {
        story: id,
        revision,
        follows_revision: revision - 1,
        at: at(0),
        article: of.article_id,
        outlet: "Ledger".into(),
        kind: UpdateKind::NewOutlet,
        text: "The ferry sails again.".into(),
        language: "en".into(),
        evidence: Vec::new(),
        figure: None,
        statement: None,
        importance: 0.5,
    };
    let story = Story { id, last: at(0), revision, members: vec![member], ..Story::default() };
    Arrival { story: id, changed: vec![story], updates: vec![update], ..Arrival::default() }
}

fn tell(store: &Store) -> store::Result<bool> {
    let untold = store.untold(STEP)?;
    let numbers: Vec<i64> = untold.iter().map(|(r, _)| number(&r.article.text)).collect();
    let arrivals: Vec<Arrival> =
        untold.iter().zip(&numbers).map(|((r, _), n)| arrival(*n, r)).collect();
    let all: Vec<Arrived<'_>> =
        untold.iter().zip(&arrivals).map(|((r, _), arrival)| Arrived::of(r, arrival)).collect();
    if all.is_empty() {
        return Ok(false);
    }
    store.record_arrivals(&all, |i, telling| {
        telling.told(arrivals[i].story)?;
        let what = format!("story:{}", numbers[i]);
        Ok(vec![delivery(1 + numbers[i] % 4, what)])
    })?;
    for n in &numbers {
        say("telling", *n);
    }
    Ok(true)
}

/// Hands over what is claimed: a line in the file of the chats, which the kernel writes all of or nothing.
fn send(store: &Store, chats: &str) -> store::Result<bool> {
    let claimed = store.claim_deliveries(at(1), 4)?;
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(chats).unwrap();
    for row in &claimed {
        file.write_all(format!("{}\n", row.what).as_bytes()).unwrap();
    }
    let verdicts: Vec<Verdict> = claimed
        .iter()
        .map(|row| Verdict {
            delivery: row.id,
            state: DeliveryState::Sent,
            message: Some(row.id.to_string()),
            ..Verdict::default()
        })
        .collect();
    while !verdicts.is_empty() {
        match store.record_verdicts(&verdicts, at(1)) {
            Ok(()) => break,
            // It is sent: that is written once the server is back.
            Err(Error::Away(_) | Error::Busy) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => return Err(error),
        }
    }
    for row in &claimed {
        say("sending", row.id);
    }
    Ok(!claimed.is_empty())
}

/// What lives said that they kept: nothing of it may be said twice.
#[derive(Default)]
struct Kept {
    said: BTreeMap<String, BTreeSet<i64>>,
    wrong: Vec<String>,
}

impl Kept {
    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["kept", "life" | "end", _] => {}
            ["kept", what, n] => {
                let new =
                    self.said.entry((*what).to_owned()).or_default().insert(n.parse().unwrap());
                if !new || *what == "article-again" {
                    self.wrong.push(format!("{line}, a second time"));
                }
            }
            ["broken", ..] => self.wrong.push(line.to_owned()),
            // What the test program says of itself.
            _ => {}
        }
    }

    fn count(&self, what: &str) -> usize {
        self.said.get(what).map_or(0, BTreeSet::len)
    }
}

/// One life, with a thread that hears what it says.
struct Life {
    process: Child,
    heard: Arc<AtomicU64>,
    hearing: std::thread::JoinHandle<()>,
}

impl Life {
    fn start(url: &str, chats: &Path, finish: bool, kept: &Arc<Mutex<Kept>>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "--nocapture", "kills::life_of_a_writer"])
            .env(STORE, url)
            .env(CHATS, chats)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if finish {
            command.env(FINISH, "1");
        }
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (heard, kept) = (Arc::new(AtomicU64::new(0)), Arc::clone(kept));
        let count = Arc::clone(&heard);
        let hearing = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().take(&line);
                count.fetch_add(u64::from(line.starts_with("kept ")), Ordering::SeqCst);
            }
        });
        Self { process, heard, hearing }
    }

    /// Waits until it said something more.
    fn says_more_than(&self, before: u64) {
        let began = Instant::now();
        while self.heard.load(Ordering::SeqCst) <= before {
            assert!(began.elapsed() < LIFE_MAX, "a life says nothing more");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until it works again, whatever was done to its server.
    fn goes_on(&self) {
        self.says_more_than(self.heard.load(Ordering::SeqCst) + 5);
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.hearing.join().unwrap();
    }

    fn end(mut self) {
        assert!(self.process.wait().unwrap().success());
        self.hearing.join().unwrap();
    }
}

/// The first column of the only row of a question past the store.
fn ask(url: &str, question: &str) -> i64 {
    let options = [url, "--tuples-only", "--no-align", "--command", question];
    let out = Command::new("psql").args(options).output().unwrap();
    assert!(out.status.success(), "{question}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().parse().unwrap()
}

/// Numbers from 0 to `below`, in an order that a seed gives.
struct Chance(u64);

impl Chance {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % below
    }
}

fn number_of(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().map_or(usual, |text| text.parse().unwrap())
}

#[test]
#[ignore = "starts a server of its own, and lives that it kills; .ci/run asks for it"]
fn lives_that_are_killed_on_a_server_lose_and_double_nothing() {
    let (kills, seed) = (number_of(KILLS, 60), number_of(SEED, 1));
    let server = Server { port: "54333" };
    server.script("remove");
    let url = server.script("start");
    let store = Store::open(Path::new(&url)).unwrap();
    let chats: Vec<String> = (0..4).map(|n| format!("@chat{n}")).collect();
    store.add_destinations("telegram", &chats).unwrap();
    store.add_listing("https://a.example/feed", None, at(0)).unwrap();
    drop(store);
    let folder = tempfile::tempdir().unwrap();
    let chats = folder.path().join("chats");
    let kept = Arc::new(Mutex::new(Kept::default()));
    let (mut chance, mut cuts, mut servers, began) = (Chance(seed), 0, 0, Instant::now());
    for turn in 1..=kills {
        let life = Life::start(&url, &chats, false, &kept);
        life.says_more_than(0);
        std::thread::sleep(Duration::from_micros(chance.below(150_000)));
        if turn % CUT_EVERY == 0 {
            cuts += cut(&url);
            life.goes_on();
        }
        if turn % SERVER_EVERY == 0 {
            server.script("kill");
            server.script("start");
            servers += 1;
            life.goes_on();
        }
        life.kill();
    }
    Life::start(&url, &chats, true, &kept).end();
    let kept = kept.lock().unwrap();
    assert!(kept.wrong.is_empty(), "seed {seed}: {:#?}", kept.wrong);
    let articles = everything_is_there_once(&url, &chats, &kept);
    #[expect(clippy::print_stderr, reason = "the figures of the run")]
    {
        eprintln!(
            "seed {seed}, {} s: {kills} kills -9 of the writer, {cuts} connections cut, {servers} kills of the server; {articles} articles, \
             each once from its listing to its chat, {} of them sent when a kill hid the answer; told as kept before the last life and \
             not again after it: {} polls, {} articles, {} readings, {} tellings, {} sends",
            began.elapsed().as_secs(),
            ask(&url, "SELECT count(*) FROM uncertain"),
            kept.count("poll"),
            kept.count("article"),
            kept.count("reading"),
            kept.count("telling"),
            kept.count("sending"),
        );
    }
}

/// Ends all connections of the life; returns how many there were.
fn cut(url: &str) -> i64 {
    let lives = "FROM pg_stat_activity WHERE application_name = 'uptospeed'";
    ask(url, &format!("SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) {lives}"))
}

/// Compares the rows and the chats with what was listed; returns how many articles there are.
fn everything_is_there_once(url: &str, chats: &Path, kept: &Kept) -> i64 {
    let items = ask(url, "SELECT count(*) FROM item");
    assert!(items > 0);
    let once = [
        "SELECT count(DISTINCT url) FROM item WHERE state = 'done'",
        "SELECT count(*) FROM article",
        "SELECT count(DISTINCT url) FROM article",
        "SELECT count(*) FROM revision WHERE state = 'told'",
        "SELECT count(*) FROM revision",
        "SELECT count(*) FROM words",
        "SELECT count(*) FROM reading",
        "SELECT count(*) FROM story_article",
        "SELECT count(*) FROM story_update",
        "SELECT count(*) FROM delivery",
        "SELECT count(DISTINCT what) FROM delivery WHERE state = 'sent'",
        "SELECT count(*) FROM post",
    ];
    for question in once {
        assert_eq!(ask(url, question), items, "{question}");
    }
    // Each update that there has to be, in the story to which it belongs.
    let updates = format!(
        "SELECT count(*) FROM generate_series(0, {items} - 1) n
         JOIN story_update u ON u.story = 1 + n / {OF_ONE_STORY} AND u.revision = n % {OF_ONE_STORY} + 1"
    );
    assert_eq!(ask(url, &updates), items, "updates");
    let sent = std::fs::read_to_string(chats).unwrap();
    let different: BTreeSet<&str> = sent.lines().collect();
    assert_eq!(sent.lines().count() as i64, items, "sent");
    assert_eq!(different.len() as i64, items, "sent twice");
    for what in ["article", "reading", "telling"] {
        let last = kept.said.get(what).and_then(|numbers| numbers.last());
        assert!(last.is_some_and(|last| *last < items), "{what}: {last:?} of {items}");
    }
    items
}
