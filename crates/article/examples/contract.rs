//! Speaks the contract's `feed FILE...` and `article --jsonl FILE` for the scorers, until the program does.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for the scorers")]

use std::io::{BufRead, Read, Write};
use std::time::Instant;

use article::{BlockKind, CharIndex, feed, page};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::new(out.lock());
    match args.first().map(String::as_str) {
        Some("feed") => {
            for file in args.iter().skip(1) {
                let bytes = std::fs::read(file).unwrap();
                let read = feed::read(&bytes, &feed::FeedHint::default());
                let mut value = serde_json::to_value(&read).unwrap();
                value.as_object_mut().unwrap().insert("input".into(), file.clone().into());
                writeln!(out, "{value}").unwrap();
            }
        }
        Some("article") => {
            let input: Box<dyn BufRead> = match args.get(2).map(String::as_str) {
                None | Some("-") => Box::new(std::io::stdin().lock()),
                Some(file) => Box::new(std::io::BufReader::new(std::fs::File::open(file).unwrap())),
            };
            for line in input.lines() {
                let item: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
                let file = item["file"].as_str().unwrap();
                let bytes = std::fs::read(file).unwrap();
                let mut html = Vec::new();
                flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut html).unwrap();
                let start = Instant::now();
                let hint = page::PageHint {
                    url: item["url"].as_str().map(str::to_owned),
                    ..page::PageHint::default()
                };
                let mut article = page::read(&html, &hint).article;
                let ms = start.elapsed().as_secs_f64() * 1000.0;
                article.id = item["id"].as_str().map(str::to_owned);
                let index = CharIndex::new(&article.text);
                let blocks: Vec<serde_json::Value> = article
                    .blocks
                    .iter()
                    .map(|b| {
                        let (start, end) = index.span(b.span);
                        serde_json::json!({"start": start, "end": end, "kind": BlockKind::as_str(b.kind)})
                    })
                    .collect();
                let mut value = serde_json::to_value(&article).unwrap();
                value["blocks"] = blocks.into();
                value["ms"] = ms.into();
                writeln!(out, "{value}").unwrap();
            }
        }
        _ => println!("contract feed FILE... | article --jsonl FILE"),
    }
}
