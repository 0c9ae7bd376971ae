//! The whole way from a page to what is new, stage by stage, without the language engine and with it.

use std::hint::black_box;
use std::time::Duration;

use article::Article;
use article::page::PageHint;
use language::{Doc, Engines, Lang};
use reading::{Knowledge, Reading};
use stories::{Arriving, ArticleId, Options, Prepared, Shelf, prepare};
use testkit::seed::{Synthetic, SyntheticArticle, SyntheticConfig};

use super::measure::{cpu_time, packs};
use super::{Ready, measure_between};

/// Live stories, and articles that are timed.
const STORIES: u32 = 1_000;
const TIMED: usize = 400;

/// The pages that are timed, and the shelf that they come to.
pub(super) fn print() {
    println!("| stage | ms/article | articles/s of a core |");
    println!("|---|---|---|");
    for (words, engines) in [
        ("without packs", Engines::default()),
        ("with the language engine", Engines::load(&packs())),
    ] {
        if words.starts_with("with ") && engines.engines().is_empty() {
            println!("| with the language engine: no pack in {} | | |", packs().display());
            continue;
        }
        way(words, &engines);
    }
}

fn way(words: &str, engines: &Engines) {
    let config = SyntheticConfig { live_stories: STORIES, ..SyntheticConfig::default() };
    let mut news = Synthetic::new(config);
    let mut shelf = Shelf::new(Options::default());
    for made in news.by_ref().take(STORIES as usize * 2) {
        let ready = Ready::new(made, false);
        let prepared = prepare(&ready.arriving());
        ready.arrive(&mut shelf, prepared);
    }
    // the engine reads English: its share is told of English news
    let made: Vec<SyntheticArticle> = news.filter(|a| a.language == "en").take(TIMED).collect();
    let pages: Vec<String> = made.iter().map(page).collect();
    let mut sum = Duration::ZERO;
    let mut stage = |name: &str, time: Duration| {
        sum += time;
        line(&format!("{words}: {name}"), time);
    };
    let (articles, time) = timed(|| pages.iter().map(|p| read(p)).collect::<Vec<Article>>());
    stage("page", time);
    let (docs, time) = timed(|| articles.iter().map(|a| doc(a, engines)).collect::<Vec<Doc>>());
    stage("language and document", time);
    let (readings, time) = timed(|| -> Vec<Reading> {
        let read = |(a, d)| reading::read(a, d, Knowledge::default());
        articles.iter().zip(&docs).map(read).collect()
    });
    stage("reading", time);
    let arriving = |n: usize| -> Option<Arriving<'_>> {
        let made = made.get(n)?;
        Some(Arriving {
            id: ArticleId(i64::try_from(made.id).unwrap_or(0)),
            outlet: "outlet",
            article: articles.get(n)?,
            reading: readings.get(n)?,
            at: jiff::Timestamp::from_second(made.published_secs).ok()?,
            vector: None,
        })
    };
    let all: Vec<Arriving<'_>> = (0..made.len()).filter_map(arriving).collect();
    let (prepared, time) = timed(|| all.iter().map(prepare).collect::<Vec<Prepared>>());
    stage("features", time);
    let ((), time) = timed(|| {
        for (arriving, prepared) in all.iter().zip(prepared) {
            black_box(shelf.arrive_prepared(*arriving, prepared, arriving.at));
        }
    });
    stage("arrival", time);
    line(&format!("{words}: all of it"), sum);
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = cpu_time();
    let out = work();
    (out, measure_between(before, cpu_time()))
}

fn line(name: &str, time: Duration) {
    let each = time.as_secs_f64() / TIMED as f64;
    println!("| {name} | {:.3} | {:.0} |", each * 1e3, 1.0 / each.max(1e-9));
}

/// A page with the furniture that pages have.
fn page(made: &SyntheticArticle) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"{}\"><head><title>{}</title></head><body><nav><ul>",
        made.language, made.title
    );
    for section in 0..40 {
        out.push_str(&format!("<li><a href=\"/{section}\">Section {section}</a></li>"));
    }
    out.push_str(&format!("</ul></nav><main><article><h1>{}</h1>", made.title));
    for paragraph in made.text.lines() {
        out.push_str(&format!("<p>{paragraph}</p>\n"));
    }
    out.push_str("</article></main><aside><ul>");
    for other in 0..40 {
        out.push_str(&format!("<li><a href=\"/more/{other}\">Another headline {other}</a></li>"));
    }
    out.push_str("</ul></aside><footer><p>All rights reserved.</p></footer></body></html>");
    out
}

fn read(page: &str) -> Article {
    article::page::read(page.as_bytes(), &PageHint::default()).article
}

fn doc(article: &Article, engines: &Engines) -> Doc {
    let prior = article.language.as_deref().and_then(Lang::parse);
    let beginning: String = article.text.chars().take(2_000).collect();
    engines.doc(&article.text, language::identify(&beginning, prior))
}
