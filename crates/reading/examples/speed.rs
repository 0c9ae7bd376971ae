//! Measures who-said-what alone: articles as JSONL on standard input, documents made beforehand, one core.
//!
//! Prints words per second of the step and of a plain count of the text's blanks, the limit.
#![expect(clippy::print_stdout, reason = "an example that prints")]

use std::io::Read as _;
use std::time::Instant;

use serde_json::Value;

/// Rounds over all articles; the best one counts.
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let folder = std::env::args().nth(1).map(std::path::PathBuf::from);
    let engines = folder.map(|f| language::Engines::load(&f)).unwrap_or_default();
    let mut articles = Vec::new();
    for line in input.lines().filter(|l| !l.trim().is_empty()) {
        let given: Value = serde_json::from_str(line)?;
        let article = article::plain::article(given["text"].as_str().unwrap_or("").to_owned());
        let prior = given["language"].as_str().and_then(language::Lang::parse);
        let lang = language::identify(&article.text, prior);
        let doc = engines.doc(&article.text, lang);
        articles.push((article, doc));
    }
    let words: usize = articles.iter().map(|(a, _)| a.text.split_whitespace().count()).sum();
    let mut best = f64::MAX;
    let mut scan = f64::MAX;
    let mut statements = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        statements =
            articles.iter().map(|(a, d)| reading::read_statements(a, d).statements.len()).sum();
        best = best.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let blanks: usize =
            articles.iter().map(|(a, _)| a.text.bytes().filter(|b| *b == b' ').count()).sum();
        scan = scan.min(start.elapsed().as_secs_f64() + blanks as f64 * 1e-15);
    }
    println!(
        "{words} words, {statements} statements: {:.0} words/s; scan {:.0} words/s",
        words as f64 / best,
        words as f64 / scan
    );
    Ok(())
}
