//! Reads the contract's JSONL on standard input and prints readings; a stand-in until the program does it.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for measuring")]

use std::io::BufRead;

fn main() {
    let pack = std::env::var("PLACES").ok().map(|p| std::fs::read(p).unwrap());
    let gazetteer = pack.map(|bytes| reading::Gazetteer::new(std::sync::Arc::new(bytes)).unwrap());
    for line in std::io::stdin().lock().lines() {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let text = |key: &str| line.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        let mut article = article::plain::article(text("text").unwrap_or_default());
        article.id = text("id");
        article.outlet = text("outlet");
        article.published = text("published").and_then(|t| article::Moment::rfc3339(&t));
        let lang = text("language").and_then(|l| language::Lang::parse(&l)).unwrap_or_default();
        let doc = language::segment(&article.text, lang);
        let knowledge = reading::Knowledge { gazetteer: gazetteer.as_ref(), habits: None };
        let reading = reading::read(&article, &doc, knowledge);
        let out = serde_json::json!({"article": reading::contract::article_json(&article), "reading": reading::contract::reading_json(&article, &reading)});
        println!("{out}");
    }
}
