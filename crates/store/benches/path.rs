//! An article's way through the store: fetched, read, told, with readings ready; on a file, and on a server where
//! `UPTOSPEED_TEST_POSTGRES` names one (in the schema `bench`, which is made anew).
//!
//! `cargo bench -p store [-- ARTICLES]` prints articles a second by the clock, and the seconds of this process's own work.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its figures")]

use std::path::Path;
use std::time::Instant;

use article::feed::Entry;
use article::{Article, Span};
use jiff::Timestamp;
use reading::{Entity, Reading};
use store::{Action, Arrived, FetchedPage, NewDelivery, Polled, Store};
use stories::{Arrival, Member, Story, StoryId, Update, UpdateKind};

/// Articles committed together, as the program does it under load.
const BATCH: usize = 50;

/// Articles of one story, on the average of a busy day.
const OF_ONE_STORY: usize = 4;

fn at(n: usize) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + n as i64).unwrap()
}

/// A text of the usual length, about 3 KB, of words that differ from article to article.
fn article(n: usize) -> Article {
    let mut chance = n as u64 + 1;
    let mut text = String::new();
    for word in 0..480 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let syllables = ["ka", "lor", "ven", "tis", "mur", "dal", "fen", "gri"];
        for turn in 0..2 {
            text.push_str(syllables[(chance >> (33 + 3 * turn)) as usize % 8]);
        }
        text.push_str(if word % 15 == 14 { ". " } else { " " });
    }
    Article {
        title: Some(format!("Title {n}")),
        outlet: Some("Ledger".into()),
        text,
        ..Article::default()
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

fn go(name: &str, place: &Path, count: usize) {
    let store = Store::open(place).unwrap();
    store.add_destinations("telegram", &["@desk".to_owned()]).unwrap();
    store.add_listing("https://a.example/feed", None, at(0)).unwrap();
    let reading = reading();
    let (began, worked) = (Instant::now(), cpu_secs());
    let mut parts = [0.0; 4];
    for first in (0..count).step_by(BATCH) {
        let range = first..(first + BATCH).min(count);
        let mut part = Instant::now();
        let mut stage = |n: usize| {
            parts[n] += part.elapsed().as_secs_f64();
            part = Instant::now();
        };
        let entries = range.clone().map(|n| {
            (
                format!("https://a.example/{n}"),
                Entry { title: Some(format!("Title {n}")), ..Entry::default() },
            )
        });
        let polled = Polled { entries: entries.collect(), ..Polled::default() };
        store.record_poll(1, &polled, at(first), at(first)).unwrap();
        stage(0);
        let items = store.due_items(at(count), BATCH as u32).unwrap();
        let articles: Vec<Article> = range.clone().map(article).collect();
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
                (item, page, at(first))
            })
            .collect();
        store.record_all_fetched(&pages).unwrap();
        stage(1);
        let unread = store.unread(BATCH as u32).unwrap();
        let readings: Vec<_> = unread.iter().map(|r| (r.id, reading.clone())).collect();
        store.record_readings("bench", &readings).unwrap();
        stage(2);
        let untold = store.untold(BATCH as u32).unwrap();
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
                    card: "{\"title\": \"A card of the usual kind\"}".into(),
                    content_key: [1; 16],
                    due_at: at(count),
                    created_at: at(count),
                    follow: None,
                }])
            })
            .unwrap();
        stage(3);
    }
    let took = began.elapsed().as_secs_f64();
    assert_eq!(store.article_count().unwrap() as usize, count);
    assert_eq!(store.revisions_waiting().unwrap(), (0, 0));
    println!(
        "{name:<11} {count} articles, {:.0} a second by the clock; {:.2} ms of this process's own work each; listed {:.1} s, fetched {:.1} s, read {:.1} s, told {:.1} s",
        count as f64 / took,
        (cpu_secs() - worked) * 1000.0 / count as f64,
        parts[0],
        parts[1],
        parts[2],
        parts[3],
    );
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
