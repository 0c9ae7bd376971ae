//! Who said what, in words per CPU-second on one core: `cargo bench -p reading [-- FOLDER]`.
//!
//! Reads the bundled day, or the `.txt` files of a folder. Three rows: a plain scan of the bytes (the limit), statements
//! alone with the engine's documents ready in memory, and the whole way from text to statements. Packs are not fetched:
//! without them the same three rows, read by the order of words. The best of several rounds counts, by the CPU clock of
//! this thread, so that a busy machine says the same.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::disallowed_methods, reason = "a bench looks for packs and texts on this machine")]

#[path = "shared/measure.rs"]
mod measure;

use std::hint::black_box;

use article::Article;
use language::{Doc, Engines, identify};
use measure::{best, packs, texts};

/// Scans that are timed together.
const SCANS: u32 = 1_000;

fn main() {
    let engines = Engines::load(&packs());
    let articles: Vec<Article> = texts().into_iter().map(article::plain::article).collect();
    let words: usize = articles.iter().map(|a| a.text.split_whitespace().count()).sum();
    let docs: Vec<Doc> = articles.iter().map(|a| doc(&engines, a)).collect();
    let parsed = docs.iter().filter(|doc| doc.linguistics().is_some()).count();
    let mut found = 0;
    // one scan is shorter than a tick of the CPU clock
    let scan = best(|| {
        for _ in 0..SCANS {
            let blanks = |a: &Article| black_box(&a.text).bytes().filter(|b| *b == b' ').count();
            black_box(articles.iter().map(blanks).sum::<usize>());
        }
    }) / SCANS;
    let alone = best(|| {
        let read = |(a, d): (&Article, &Doc)| reading::read_statements(a, d).statements.len();
        found = articles.iter().zip(&docs).map(read).sum();
    });
    let whole = best(|| {
        for a in &articles {
            black_box(reading::read_statements(a, &doc(&engines, a)));
        }
    });
    println!("{} texts, {words} words, {parsed} parsed, {found} statements", articles.len());
    println!("| stage | words per CPU-second |");
    println!("|---|---|");
    for (stage, time) in [
        ("scan of the bytes", scan),
        ("statements, documents ready", alone),
        ("text to statements", whole),
    ] {
        println!("| {stage} | {:.0} |", words as f64 / time.as_secs_f64());
    }
}

fn doc(engines: &Engines, article: &Article) -> Doc {
    engines.doc(&article.text, identify(&article.text, None))
}
