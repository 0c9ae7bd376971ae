//! Articles a second on one core, what live stories weigh, and the whole way from a page: `cargo xtask bench stories`.
//!
//! Synthetic news of `testkit::seed` (a Zipf of outlets, 15 % copies). Rates are by the CPU clock of this thread, so that what
//! else the machine does counts little; single arrivals are timed by the wall, whose worst is the machine's as much as ours.
//! Memory is that of a process which restored the stories from their rows, as after a restart.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench looks for packs and starts itself again, on this machine"
)]

#[expect(dead_code, reason = "the other benches use the rest")]
#[path = "../../reading/benches/shared/measure.rs"]
mod measure;
#[path = "shared/table.rs"]
mod table;
#[path = "shared/weight.rs"]
mod weight;
#[path = "shared/whole.rs"]
mod whole;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use article::Article;
use jiff::Timestamp;
use language::DIMENSIONS;
use measure::cpu_time;
use reading::Reading;
use stories::{Arrival, Arriving, ArticleId, Options, Prepared, Shelf, prepare};
use table::{Shared, Table};
use testkit::seed::{Chance, Synthetic, SyntheticArticle, SyntheticConfig};

/// Articles that are timed after the shelf has filled, and in how many rounds; the best round counts.
const TIMED: usize = 5_000;
const ROUNDS: usize = 5;
/// Articles that are committed together, as the program does it.
const TOGETHER: usize = 32;

/// An article with its features' makings.
struct Ready {
    id: ArticleId,
    outlet: String,
    at: Timestamp,
    article: Article,
    reading: Reading,
    vector: Option<Vec<f32>>,
}

impl Ready {
    fn new(made: SyntheticArticle, vectors: bool) -> Self {
        let article = Article { title: Some(made.title), ..article::plain::article(made.text) };
        Self {
            id: ArticleId(i64::try_from(made.id).unwrap_or(0)),
            outlet: format!("outlet {}", made.outlet),
            at: Timestamp::from_second(made.published_secs).unwrap_or(Timestamp::UNIX_EPOCH),
            reading: Reading { language: made.language.to_owned(), ..Reading::default() },
            article,
            vector: vectors.then(|| vector(made.story, made.id)),
        }
    }

    fn arriving(&self) -> Arriving<'_> {
        Arriving {
            id: self.id,
            outlet: &self.outlet,
            article: &self.article,
            reading: &self.reading,
            at: self.at,
            vector: self.vector.as_deref(),
        }
    }

    fn arrive(&self, shelf: &mut Shelf, prepared: Prepared) -> Arrival {
        shelf.arrive_prepared(self.arriving(), prepared, self.at)
    }
}

/// A direction that the articles of a story share, and a smaller one of the article's own.
fn vector(story: u64, article: u64) -> Vec<f32> {
    let (mut shared, mut own) = (Chance(story), Chance(!article));
    (0..DIMENSIONS).map(|_| (shared.unit() - 0.5 + 0.4 * (own.unit() - 0.5)) as f32).collect()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if let [how @ ("held" | "left"), vectors, file] =
        args.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
    {
        return weight::restore(*how == "left", *vectors == "with", file);
    }
    match args.first().map(String::as_str) {
        Some("memory") => return weight::print(),
        Some("whole") => return whole::print(),
        Some(live) => {
            let asked = |_| println!("`memory`, `whole`, or how many live stories?");
            return live.parse().map_or_else(asked, |live| row(live, false, None));
        }
        None => {}
    }
    println!(
        "| live stories | held | vectors | features/s | arrivals/s | median | p99 | worst | live after |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (live, vectors) in [(1_000_u32, false), (30_000, false), (30_000, true)] {
        row(live, vectors, None);
    }
    row(30_000, true, Some(3_000));
    weight::print();
    whole::print();
}

/// Times arrivals at so many live stories: all of them held in full, or `held` at most between two commits.
fn row(live: u32, vectors: bool, held: Option<u32>) {
    let file = table::name("arrivals");
    let rows = Table::create(&file).map(|rows| Shared(Arc::new(Mutex::new(rows))));
    let Ok(rows) = rows else { return println!("no file for rows in {}", file.display()) };
    let config = SyntheticConfig { live_stories: live, ..SyntheticConfig::default() };
    let mut articles = Synthetic::new(config).map(|made| Ready::new(made, vectors));
    let mut shelf = match held {
        None => Shelf::new(Options { stories_max: live, ..Options::default() }),
        Some(held) => {
            let options = Options { stories_max: held, ..Options::default() };
            Shelf::over(options, Box::new(rows.clone()))
        }
    };
    let rows = held.map(|_| rows);
    for _ in 0..live as usize * 2 / TOGETHER {
        let together: Vec<Ready> = articles.by_ref().take(TOGETHER).collect();
        let arrive = |ready: &Ready| ready.arrive(&mut shelf, prepare(&ready.arriving()));
        let arrivals: Vec<Arrival> = together.iter().map(arrive).collect();
        commit(&mut shelf, rows.as_ref(), &together, &arrivals);
    }
    let (mut features, mut whole) = (Duration::MAX, Duration::MAX);
    let mut single: Vec<Duration> = Vec::with_capacity(TIMED);
    for _ in 0..ROUNDS {
        let batch: Vec<Ready> = articles.by_ref().take(TIMED / ROUNDS).collect();
        let before = cpu_time();
        let prepared: Vec<Prepared> = batch.iter().map(|r| prepare(&r.arriving())).collect();
        let between = cpu_time();
        let mut prepared = prepared.into_iter();
        for together in batch.chunks(TOGETHER) {
            let mut arrivals = Vec::with_capacity(TOGETHER);
            for (ready, prepared) in together.iter().zip(prepared.by_ref()) {
                let start = Instant::now();
                arrivals.push(ready.arrive(&mut shelf, prepared));
                single.push(start.elapsed());
            }
            commit(&mut shelf, rows.as_ref(), together, &arrivals);
        }
        features = features.min(measure_between(before, between));
        whole = whole.min(measure_between(between, cpu_time()));
    }
    single.sort_unstable();
    let at = |share: usize| single.get(single.len() * share / 100).copied().unwrap_or_default();
    let rate = |time: Duration| (TIMED / ROUNDS) as f64 / time.as_secs_f64().max(1e-9);
    println!(
        "| {live} | {} | {} | {:.0} | {:.0} | {:?} | {:?} | {:?} | {} |",
        held.map_or_else(|| "all".to_owned(), |held| held.to_string()),
        if vectors { "yes" } else { "no" },
        rate(features),
        rate(whole),
        at(50),
        at(99),
        single.last().copied().unwrap_or_default(),
        shelf.live_stories()
    );
    Table::remove(&file);
}

/// Keeps what came of articles, where there are rows, and lets the shelf rest.
fn commit(shelf: &mut Shelf, rows: Option<&Shared>, together: &[Ready], arrivals: &[Arrival]) {
    let (Some(rows), Some(last)) = (rows, together.last()) else { return };
    for (ready, arrival) in together.iter().zip(arrivals) {
        rows.keep(ready.id, arrival);
    }
    shelf.rest(last.at);
}

fn measure_between(before: Option<Duration>, after: Option<Duration>) -> Duration {
    after.zip(before).map_or(Duration::MAX, |(after, before)| after.saturating_sub(before))
}
