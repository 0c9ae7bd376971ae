//! An article's way through the store: fetched, read, told, with readings ready; on a file, and on a server where
//! `UPTOSPEED_TEST_POSTGRES` names one (in the schema `bench`, which is made anew).
//!
//! `cargo bench -p store [-- ARTICLES]` prints articles a second by the clock, and the seconds of this process's own work.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its figures")]

use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use article::feed::Entry;
use article::{Article, Span};
use jiff::Timestamp;
use reading::{Entity, Reading};
use store::{Action, Arrived, FetchedPage, NewDelivery, Polled, Store};
use stories::{Arrival, Member, Story, StoryId, Update, UpdateKind};

/// Articles committed together, as the program does it under load.
const BATCH: usize = 50;

/// Words of the language of the texts.
const WORDS: f64 = 30_000.0;

/// Batches that wait between two stages.
const WAITING: usize = 4;

/// Articles of one story, on the average of a busy day.
const OF_ONE_STORY: usize = 4;

fn at(n: usize) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + n as i64).unwrap()
}

/// A text of the usual length, about 3 KB: some words are in every text and most are rare, as in a language.
fn article(n: usize) -> Article {
    let mut chance = n as u64 + 1;
    let mut text = String::new();
    for word in 0..480 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // As likely as 1 divided by its place in the list.
        let place = WORDS.powf((chance >> 11) as f64 / (1u64 << 53) as f64) as usize;
        push_word(&mut text, place);
        text.push_str(if word % 15 == 14 { ". " } else { " " });
    }
    Article {
        title: Some(format!("Title {n}")),
        outlet: Some("Ledger".into()),
        text,
        ..Article::default()
    }
}

fn push_word(text: &mut String, mut place: usize) {
    let syllables = ["ka", "lor", "ven", "tis", "mur", "dal", "fen", "gri"];
    while place > 0 {
        text.push_str(syllables[place % syllables.len()]);
        place /= syllables.len();
    }
}

/// A reading whose row has the usual length, about 8.5 KB.
fn reading() -> Reading {
    let entity = |n: u32| Entity {
        span: Span { start: n * 20, end: n * 20 + 12 },
        label: "PERSON".into(),
        name: format!("Name of person {n}"),
        id: n,
    };
    let sentences = (0..30).map(|n| Span { start: n * 90, end: n * 90 + 89 }).collect();
    Reading {
        language: "en".into(),
        sentences,
        entities: (0..75).map(entity).collect(),
        ..Reading::default()
    }
}

fn arrival(n: usize, article: stories::ArticleId) -> Arrival {
    let id = StoryId(1 + (n / OF_ONE_STORY) as i64);
    let step = (n % OF_ONE_STORY) as u32 + 1;
    let member = Member {
        article,
        outlet: "Ledger".into(),
        language: "en".into(),
        at: at(n),
        copy_of: None,
    };
    let update = Update {
        story: id,
        revision: step,
        follows_revision: step - 1,
        at: at(n),
        article,
        outlet: "Ledger".into(),
        kind: UpdateKind::NewOutlet,
        text: "What is new in it, in a sentence of the usual length for that.".into(),
        language: "en".into(),
        evidence: Vec::new(),
        figure: None,
        statement: None,
        importance: 0.5,
    };
    let story = Story {
        id,
        title: format!("Title {n}"),
        last: at(n),
        revision: step,
        members: vec![member; step as usize],
        ..Story::default()
    };
    Arrival {
        story: id,
        opened: step == 1,
        why: vec!["words in common".into()],
        changed: vec![story],
        updates: vec![update],
        features: vec![7; 4000],
        ..Arrival::default()
    }
}

/// What one stage does with a batch of articles.
type Stage<'a> = dyn Fn(&Store, Range<usize>) + Sync + 'a;

/// The stages, each on a thread of its own as in the program: one works while the next commits what the one before it made.
fn go(name: &str, place: &Path, count: usize) {
    let store = Store::open(place).unwrap();
    store.add_destinations("telegram", &["@desk".to_owned()]).unwrap();
    store.add_listing("https://a.example/feed", None, at(0)).unwrap();
    let (began, worked) = (Instant::now(), cpu_secs());
    let stages: [&Stage<'_>; 4] = [&list, &fetch, &read, &|store, range| tell(store, range, count)];
    let busy: Vec<Mutex<f64>> = stages.iter().map(|_| Mutex::new(0.0)).collect();
    std::thread::scope(|scope| {
        let (start, mut batches) = sync_channel(WAITING);
        for (stage, busy) in stages.iter().zip(&busy) {
            let (done, next) = sync_channel(WAITING);
            let todo = std::mem::replace(&mut batches, next);
            let store = &store;
            scope.spawn(move || {
                for range in todo {
                    let began = Instant::now();
                    stage(store, Range::clone(&range));
                    *busy.lock().unwrap() += began.elapsed().as_secs_f64();
                    done.send(range).unwrap();
                }
            });
        }
        scope.spawn(move || batches.iter().for_each(drop));
        for first in (0..count).step_by(BATCH) {
            start.send(first..(first + BATCH).min(count)).unwrap();
        }
    });
    let took = began.elapsed().as_secs_f64();
    assert_eq!(store.article_count().unwrap() as usize, count);
    assert_eq!(store.revisions_waiting().unwrap(), (0, 0));
    let busy: Vec<f64> = busy.iter().map(|busy| *busy.lock().unwrap()).collect();
    println!(
        "{name:<11} {count} articles, {:.0} a second by the clock; {:.2} ms of this process's own work each; listed {:.1} s, fetched {:.1} s, read {:.1} s, told {:.1} s",
        count as f64 / took,
        (cpu_secs() - worked) * 1000.0 / count as f64,
        busy[0],
        busy[1],
        busy[2],
        busy[3],
    );
}

fn list(store: &Store, range: Range<usize>) {
    let now = at(range.start);
    let entries = range.map(|n| {
        (
            format!("https://a.example/{n}"),
            Entry { title: Some(format!("Title {n}")), ..Entry::default() },
        )
    });
    let polled = Polled { entries: entries.collect(), ..Polled::default() };
    store.record_poll(1, &polled, now, now).unwrap();
}

fn fetch(store: &Store, range: Range<usize>) {
    let now = at(range.start);
    let items = store.due_items(at(range.end), range.len() as u32).unwrap();
    let articles: Vec<Article> = range.map(article).collect();
    let pages: Vec<_> = items
        .iter()
        .zip(&articles)
        .map(|(item, article)| {
            let page = FetchedPage {
                url: &item.url,
                article,
                validators: (None, None),
                look: None,
                furniture: None,
            };
            (item, page, now)
        })
        .collect();
    store.record_all_fetched(&pages).unwrap();
}

fn read(store: &Store, range: Range<usize>) {
    let unread = store.unread(range.len() as u32).unwrap();
    let readings: Vec<_> = unread.iter().map(|r| (r.id, reading())).collect();
    store.record_readings("bench", &readings).unwrap();
}

fn tell(store: &Store, range: Range<usize>, count: usize) {
    let untold = store.untold(range.len() as u32).unwrap();
    let arrivals: Vec<_> =
        untold.iter().zip(range).map(|((r, _), n)| arrival(n, r.article_id)).collect();
    let all: Vec<Arrived<'_>> = untold
        .iter()
        .zip(&arrivals)
        .map(|((revision, _), arrival)| Arrived::of(revision, arrival))
        .collect();
    store
        .record_arrivals(&all, |n, telling| {
            let arrival = all[n].arrival;
            telling.told(arrival.story)?;
            Ok(vec![NewDelivery {
                destination: 1,
                what: format!("story:{}", arrival.story),
                step: arrival.updates[0].revision,
                action: Action::Post,
                card: format!(
                    "{{\"title\": \"A card of the usual kind\", \"n\": {}}}",
                    arrival.updates[0].article.0
                )
                .into(),
                content_key: [1; 16],
                due_at: at(count),
                created_at: at(count),
                follow: None,
            }])
        })
        .unwrap();
}

/// Seconds of work of all threads of this process so far, as Linux counts them.
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |n: usize| fields.get(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let count = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(5_000);
    let folder = tempfile::tempdir().unwrap();
    go("SQLite", &folder.path().join("s.db"), count);
    let Ok(url) = std::env::var("UPTOSPEED_TEST_POSTGRES") else {
        println!(
            "PostgreSQL  NOT measured: UPTOSPEED_TEST_POSTGRES=$(scripts/postgres.sh) names a server"
        );
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
            .batch_execute("SET client_min_messages = warning; DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench")
            .await
            .unwrap();
    });
    go("PostgreSQL", Path::new(&format!("{url}?options=-csearch_path%3Dbench")), count);
}
