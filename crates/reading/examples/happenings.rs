//! Reads the contract's JSONL on standard input and prints readings; a stand-in until the program does it.
//! `PLACES` names a compiled places pack, `UPTOSPEED_PACKS` a folder of language packs, `HABITS=1` learns from each outlet's other lines.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a tool for measuring"
)]

use std::{collections::HashMap, io::BufRead, sync::Arc};

fn main() {
    let pack = std::env::var("PLACES").ok().map(|p| std::fs::read(p).unwrap());
    let gazetteer = pack.map(|bytes| reading::Gazetteer::new(Arc::new(bytes)).unwrap());
    let engines = std::env::var_os("UPTOSPEED_PACKS")
        .map(|f| language::Engines::load(std::path::Path::new(&f)));
    let mut all = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let text = |key: &str| line.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        let mut article = article::plain::article(text("text").unwrap_or_default());
        article.id = text("id");
        article.outlet = text("outlet");
        article.published = text("published").and_then(|t| article::Moment::rfc3339(&t));
        let lang = text("language").and_then(|l| language::Lang::parse(&l)).unwrap_or_default();
        let doc = engines
            .as_ref()
            .map_or_else(|| language::segment(&article.text, lang), |e| e.doc(&article.text, lang));
        all.push((article, doc));
    }
    let knowledge = reading::Knowledge { gazetteer: gazetteer.as_ref(), habits: None };
    let mut readings: Vec<reading::Reading> =
        all.iter().map(|(a, d)| reading::read(a, d, knowledge)).collect();
    if std::env::var_os("HABITS").is_some() {
        let mut habits: HashMap<String, reading::Habits> = HashMap::new();
        for ((a, _), r) in all.iter().zip(&readings) {
            if let Some(outlet) = &a.outlet {
                habits.entry(outlet.clone()).or_default().add(&r.places, gazetteer.as_ref());
            }
        }
        for ((a, d), r) in all.iter().zip(&mut readings) {
            if let Some(habits) = a.outlet.as_ref().and_then(|o| habits.get_mut(o)) {
                let first = r.places.clone();
                habits.remove(&first, gazetteer.as_ref());
                *r = reading::read(a, d, reading::Knowledge { habits: Some(habits), ..knowledge });
                habits.add(&first, gazetteer.as_ref());
            }
        }
    }
    for ((a, _), r) in all.iter().zip(&readings) {
        let out = serde_json::json!({"article": reading::contract::article_json(a), "reading": reading::contract::reading_json(a, r)});
        println!("{out}");
    }
}
