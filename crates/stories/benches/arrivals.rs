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
#[path = "shared/weight.rs"]
mod weight;
#[path = "shared/whole.rs"]
mod whole;

use std::time::{Duration, Instant};

use article::Article;
use jiff::Timestamp;
use language::DIMENSIONS;
use measure::cpu_time;
use reading::Reading;
use stories::{Arrival, Arriving, ArticleId, Options, Prepared, Shelf, prepare};
use testkit::seed::{Chance, Synthetic, SyntheticArticle, SyntheticConfig};

/// Articles that are timed after the shelf has filled, and in how many rounds; the best round counts.
const TIMED: usize = 5_000;
const ROUNDS: usize = 5;

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
    if let [restore, file] = args.as_slice()
        && restore == "restore"
    {
        return weight::restore(file);
    }
    match args.first().map(String::as_str) {
        Some("memory") => return weight::print(),
        Some("whole") => return whole::print(),
        Some(live) => {
            let asked = |_| println!("`memory`, `whole`, or how many live stories?");
            return live.parse().map_or_else(asked, |live| row(live, false));
        }
        None => {}
    }
    println!(
        "| live stories | vectors | features/s | arrivals/s | median | p99 | worst | live after |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (live, vectors) in [(1_000_u32, false), (30_000, false), (30_000, true)] {
        row(live, vectors);
    }
    weight::print();
    whole::print();
}

fn row(live: u32, vectors: bool) {
    let config = SyntheticConfig { live_stories: live, ..SyntheticConfig::default() };
    let mut articles = Synthetic::new(config).map(|made| Ready::new(made, vectors));
    let mut shelf = Shelf::new(Options { stories_max: live, ..Options::default() });
    for ready in articles.by_ref().take(live as usize * 2) {
        let prepared = prepare(&ready.arriving());
        ready.arrive(&mut shelf, prepared);
    }
    let (mut features, mut whole) = (Duration::MAX, Duration::MAX);
    let mut single: Vec<Duration> = Vec::with_capacity(TIMED);
    for _ in 0..ROUNDS {
        let batch: Vec<Ready> = articles.by_ref().take(TIMED / ROUNDS).collect();
        let before = cpu_time();
        let prepared: Vec<Prepared> = batch.iter().map(|r| prepare(&r.arriving())).collect();
        let between = cpu_time();
        for (ready, prepared) in batch.iter().zip(prepared) {
            let start = Instant::now();
            std::hint::black_box(ready.arrive(&mut shelf, prepared));
            single.push(start.elapsed());
        }
        features = features.min(measure_between(before, between));
        whole = whole.min(measure_between(between, cpu_time()));
    }
    single.sort_unstable();
    let at = |share: usize| single.get(single.len() * share / 100).copied().unwrap_or_default();
    let rate = |time: Duration| (TIMED / ROUNDS) as f64 / time.as_secs_f64().max(1e-9);
    println!(
        "| {live} | {} | {:.0} | {:.0} | {:?} | {:?} | {:?} | {} |",
        if vectors { "yes" } else { "no" },
        rate(features),
        rate(whole),
        at(50),
        at(99),
        single.last().copied().unwrap_or_default(),
        shelf.stories().count()
    );
}

fn measure_between(before: Option<Duration>, after: Option<Duration>) -> Duration {
    after.zip(before).map_or(Duration::MAX, |(after, before)| after.saturating_sub(before))
}
