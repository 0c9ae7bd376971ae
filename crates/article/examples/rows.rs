//! Prints the block model's training rows of a folder with gold.jsonl and html/, one block a line.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for training")]

use std::io::{BufRead, Read, Write};

use article::page;

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn main() {
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::new(out.lock());
    for folder in std::env::args().skip(1) {
        let gold = std::fs::File::open(format!("{folder}/gold.jsonl")).unwrap();
        for line in std::io::BufReader::new(gold).lines() {
            let item: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            let id = item["id"].as_str().unwrap();
            let bytes = std::fs::read(format!("{folder}/html/{id}.html.gz")).unwrap();
            let mut html = Vec::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut html).unwrap();
            let hint = page::PageHint {
                url: item["url"].as_str().map(str::to_owned),
                ..page::PageHint::default()
            };
            let phrases = |key: &str| -> Vec<String> {
                let list = item[key].as_array().cloned().unwrap_or_default();
                list.iter().map(|p| fold(p.as_str().unwrap_or(""))).collect()
            };
            let (with, without) = (phrases("with"), phrases("without"));
            let rows = page::training_rows(&html, &hint, item["text"].as_str().unwrap_or(""));
            for (mut share, chars, features, text) in rows {
                // a set of phrases labels only the blocks that hold one
                if !with.is_empty() {
                    if with.iter().any(|p| text.contains(p)) {
                        share = 1.0;
                    } else if without.iter().any(|p| text.contains(p)) {
                        share = 0.0;
                    } else {
                        share = -1.0;
                    }
                }
                let row = serde_json::json!({"page": format!("{folder}/{id}"), "share": share, "chars": chars, "f": features, "text": text.chars().take(160).collect::<String>()});
                writeln!(out, "{row}").unwrap();
            }
        }
    }
}
