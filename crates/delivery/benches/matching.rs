//! A million follows: how long until those that want an update are found; and one update to 100,000 destinations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use delivery::follow::parse;
use delivery::wire::{Answer, Request, Response};
use delivery::{
    Courier, CourierSettings, Followed, Matcher, Planning, Reader, Telegram, Wire, plan,
};
use jiff::{SignedDuration, Timestamp};
use stories::{ArticleId, Member, Story, StoryId, StoryPlace, Update, UpdateKind};

/// Words of the world, by Zipf's law.
const WORDS: u64 = 60_000;

/// The commonest of them make up 56 of 100 words of a text, as function words do.
const COMMON: u64 = 500;

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A word: the n-th with a chance of about 1/n.
    fn word(&mut self) -> String {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        Self::named((WORDS as f64).powf(unit) as u64)
    }

    /// A word that somebody follows: any but the commonest, as nobody follows "the" or "said". Who followed one of those would
    /// get half of all news, and the cost of that is the cost of what is found.
    fn followed(&mut self) -> String {
        let rank = COMMON + self.next() % (WORDS - COMMON);
        Self::named(rank)
    }

    fn named(rank: u64) -> String {
        let mut name = String::from("w");
        let mut rest = rank * 7_919 + 17;
        while rest > 0 {
            name.push(char::from(b"bcdfghjklmnpqrtvwxz"[(rest % 19) as usize]));
            name.push(char::from(b"aiou"[(rest / 19 % 4) as usize]));
            rest /= 76;
        }
        name
    }
}

fn story(chance: &mut Chance, words: usize) -> (Story, Vec<Update>, String) {
    let text: Vec<String> = (0..words).map(|_| chance.word()).collect();
    let title = text.iter().take(9).cloned().collect::<Vec<_>>().join(" ");
    let country = ["DEU", "RUS", "FRA", "USA"][(chance.next() % 4) as usize];
    let story = Story {
        id: StoryId(1),
        title: title.clone(),
        members: (0..3)
            .map(|n| Member {
                article: ArticleId(n),
                outlet: format!("Outlet {n}"),
                language: "en".to_owned(),
                at: Timestamp::UNIX_EPOCH,
                copy_of: None,
            })
            .collect(),
        independent_texts: 3,
        places: vec![StoryPlace {
            name: chance.word(),
            latitude: None,
            longitude: None,
            country: Some(country.to_owned()),
            articles: 1,
        }],
        revision: 1,
        ..Story::default()
    };
    let update = Update {
        story: story.id,
        revision: 1,
        follows_revision: 0,
        at: Timestamp::UNIX_EPOCH,
        article: ArticleId(0),
        outlet: "Outlet 0".to_owned(),
        kind: UpdateKind::NewStory,
        text: text.iter().skip(9).take(20).cloned().collect::<Vec<_>>().join(" "),
        language: "en".to_owned(),
        evidence: Vec::new(),
        figure: None,
        statement: None,
        importance: 0.5,
    };
    (story, vec![update], text.join(" "))
}

#[expect(clippy::print_stdout, clippy::expect_used, reason = "a bench")]
fn main() {
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let mut chance = Chance(88_172_645_463_325_252);
    let count = 1_000_000;
    let started = Instant::now();
    let followed: Vec<Followed> = (0..count)
        .map(|id| {
            let (a, b) = (chance.followed(), chance.followed());
            let sentence = match chance.next() % 4 {
                0 => format!("about {a}"),
                1 => format!("about {a} {b}, at least 2 outlets"),
                2 => format!("about {a} or {b} in Germany"),
                _ => format!("about {a} in Russia, with dead or injured"),
            };
            Followed {
                id,
                follow: parse(&sentence).expect("a sentence of this bench"),
                destination: id,
            }
        })
        .collect();
    println!("read {count} follows: {:.1} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    let matcher = Matcher::new(followed, BTreeMap::new());
    println!("index: {:.1} s, {} MiB resident", started.elapsed().as_secs_f64(), resident_mib());
    let mut took = Vec::new();
    let mut found = 0;
    for _ in 0..2_000 {
        let (story, updates, text) = story(&mut chance, 300);
        let started = Instant::now();
        found += matcher.find(&story, &updates, &[&text]).len();
        took.push(started.elapsed());
    }
    took.sort_unstable();
    println!(
        "match one update of 300 words: p50 {:?}, p99 {:?}, most {:?}; {} follows found for each",
        took[1_000],
        took[1_980],
        took[1_999],
        found / 2_000
    );
    drop(matcher);
    for count in [1_000, 10_000, 100_000] {
        fan_out(&mut chance, count);
    }
}

#[expect(clippy::print_stdout, clippy::expect_used, reason = "a bench")]
fn fan_out(chance: &mut Chance, count: i64) {
    let follow = parse("everything").expect("a sentence of this bench");
    let followed =
        (1..=count).map(|id| Followed { id, follow: follow.clone(), destination: id }).collect();
    let readers = (1..=count)
        .map(|id| (id, Reader { kind: "telegram".to_owned(), ..Reader::default() }))
        .collect();
    let matcher = Matcher::new(followed, readers);
    let (story, updates, _) = story(chance, 300);
    let folder = std::env::temp_dir().join(format!("uptospeed-fan-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let store = store::Store::open(&folder.join("news.db")).expect("a store");
    for id in 1..=count {
        if id % 1_000 == 1 {
            // One transaction for each destination is not what is measured here.
            let names: Vec<String> = (id..id + 1_000).map(|n| n.to_string()).collect();
            store.add_destinations("telegram", &names).expect("destinations");
        }
    }
    let told = store::Told::default();
    let planning = Planning {
        story: &story,
        updates: &updates,
        told: &told,
        articles: &|_| None,
        base_url: None,
        now: Timestamp::UNIX_EPOCH,
    };
    let started = Instant::now();
    let rows = plan(&planning, &matcher);
    let planned = started.elapsed();
    let started = Instant::now();
    store.enqueue(&rows).expect("rows");
    let written = started.elapsed();
    println!(
        "one update to {} destinations: planned in {planned:?}, written in {written:?} ({:.0} rows/s), {} MiB resident",
        rows.len(),
        rows.len() as f64 / written.as_secs_f64(),
        resident_mib()
    );
    drop(rows);
    waiting(store);
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

/// What a second of the program costs while so many rows wait: the real courier at Telegram's pace, over a wire that answers at once.
#[expect(clippy::print_stdout, clippy::expect_used, reason = "a bench")]
fn waiting(store: store::Store) {
    let store = Arc::new(store);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let settings = CourierSettings {
        telegram: Some(Telegram::new("0:bench")),
        flood_max: u32::MAX,
        ..CourierSettings::default()
    };
    let courier = Courier::new(store.clone(), Arc::new(Yes::default()), settings);
    let rows = store.outbox_counts(Timestamp::UNIX_EPOCH).expect("counts").pending;
    let (before, cpu, mut sent) = (Instant::now(), cpu_millis(), 0);
    let (mut asking, seconds, mut now) = (Duration::ZERO, 40, Timestamp::UNIX_EPOCH);
    for _ in 0..seconds {
        let asked = Instant::now();
        let next = store.next_delivery_by(now).expect("the next");
        asking += asked.elapsed();
        now = next.unwrap_or(now).max(now);
        sent += runtime.block_on(courier.run_once(now)).expect("a run").sent;
        now = now.checked_add(SignedDuration::from_secs(1)).expect("a second");
    }
    println!(
        "{rows} rows wait: {sent} sent in {seconds} runs, {:.1} ms of CPU and {:.1} ms a run, {:?} to ask whether one is due",
        (cpu_millis() - cpu) as f64 / f64::from(seconds),
        before.elapsed().as_secs_f64() * 1_000.0 / f64::from(seconds),
        asking / seconds,
    );
}

/// A Telegram that takes everything.
#[derive(Default)]
struct Yes(AtomicU64);

impl Wire for Yes {
    fn send(&self, _: Request) -> Answer<'_> {
        let id = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let body = format!("{{\"ok\":true,\"result\":{{\"message_id\":{id}}}}}").into_bytes();
        let answer = Response { status: 200, retry_after: None, body };
        Box::pin(std::future::ready(Ok(answer)))
    }
}

/// This process's time on the processor, milliseconds.
fn cpu_millis() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets: utime and stime are the 12th and 13th, in hundredths of a second (proc(5)).
    let rest = stat.rsplit(") ").next().unwrap_or_default();
    rest.split(' ').skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum::<u64>() * 10
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
