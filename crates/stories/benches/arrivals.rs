//! Articles per second on one core, features ready: `cargo bench -p stories`, with 1,000 and with 30,000 live stories.
//!
//! Synthetic news of `testkit::seed` (a Zipf of outlets, 15 % copies); the preparation of features is timed apart.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::time::{Duration, Instant};

use article::Article;
use jiff::Timestamp;
use language::{Doc, Lang};
use reading::Reading;
use stories::{Arriving, ArticleId, Options, Prepared, Shelf, prepare};
use testkit::seed::{Synthetic, SyntheticConfig};

/// Articles that are timed after the shelf has filled.
const TIMED: usize = 5_000;

struct Ready {
    id: ArticleId,
    outlet: String,
    at: Timestamp,
    article: Article,
    doc: Doc,
    reading: Reading,
    story: u64,
}

fn main() {
    println!("| live stories | features/s | arrivals/s | median | p99 | worst | live after |");
    println!("|---|---|---|---|---|---|---|");
    for live in [1_000_u32, 30_000] {
        row(live);
    }
}

fn row(live: u32) {
    let config = SyntheticConfig { live_stories: live, ..SyntheticConfig::default() };
    let fill = live as usize * 2;
    let articles = Synthetic::new(config).take(fill + TIMED).map(|a| {
        let article = Article { title: Some(a.title), ..article::plain::article(a.text) };
        let lang = Lang::parse(a.language).unwrap_or_default();
        Ready {
            id: ArticleId(i64::try_from(a.id).unwrap_or(0)),
            outlet: format!("outlet {}", a.outlet),
            at: Timestamp::from_second(a.published_secs).unwrap_or(Timestamp::UNIX_EPOCH),
            doc: language::segment(&article.text, lang),
            reading: Reading { language: a.language.to_owned(), ..Reading::default() },
            article,
            story: a.story,
        }
    });
    let mut shelf = Shelf::new(Options { stories_max: live, ..Options::default() });
    let (mut features, mut arrivals) = (Duration::ZERO, Vec::with_capacity(TIMED));
    for (i, ready) in articles.enumerate() {
        let arriving = arriving(&ready);
        let start = Instant::now();
        let prepared: Prepared = prepare(&arriving);
        let made = Instant::now();
        let arrival = shelf.arrive_prepared(arriving, prepared, ready.at);
        let done = Instant::now();
        std::hint::black_box((arrival, ready.story));
        if i >= fill {
            features += made - start;
            arrivals.push(done - made);
        }
    }
    let whole: Duration = arrivals.iter().sum();
    arrivals.sort_unstable();
    let at = |share: usize| arrivals.get(arrivals.len() * share / 100).copied().unwrap_or_default();
    println!(
        "| {live} | {:.0} | {:.0} | {:?} | {:?} | {:?} | {} |",
        TIMED as f64 / features.as_secs_f64(),
        TIMED as f64 / whole.as_secs_f64(),
        at(50),
        at(99),
        arrivals.last().copied().unwrap_or_default(),
        shelf.stories().count()
    );
}

fn arriving(ready: &Ready) -> Arriving<'_> {
    Arriving {
        id: ready.id,
        outlet: &ready.outlet,
        article: &ready.article,
        doc: &ready.doc,
        reading: &ready.reading,
        at: ready.at,
        vector: None,
    }
}
