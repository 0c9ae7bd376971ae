//! Speaks `stories --jsonl -` and `compare --jsonl -` of the JSON contract, for the scorers:
//! `contract [--vectors FILE] stories|compare --jsonl [--final] [--updates] -`.
//! FILE holds records of a FNV-1a hash of `stories::vector_text` (8 bytes) and 512 little-endian floats.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program"
)]

use std::collections::HashMap;
use std::io::{BufRead, Write};

use article::Article;
use jiff::Timestamp;
use serde_json::{Value, json};
use stories::stream::{Line, Show};
use stories::{Arriving, ArticleId, Options};

type Vectors = HashMap<u64, Vec<f32>>;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut vectors = Vectors::new();
    if arguments.first().is_some_and(|a| a == "--vectors") {
        vectors = load(arguments.get(1).map_or("", String::as_str));
        arguments.drain(..2);
    }
    if arguments.first().is_some_and(|a| a == "day") {
        // the bundled day, or a folder of its form, as lines with their gold
        let day =
            arguments.get(1).map_or_else(testkit::day::Day::bundled, testkit::day::Day::from_dir);
        match day {
            Ok(day) => print!("{}", day.jsonl()),
            Err(error) => eprintln!("{error}"),
        }
        return;
    }
    let has = |name: &str| arguments.iter().any(|a| a == name);
    let lines: Vec<Value> = std::io::stdin()
        .lock()
        .lines()
        .map_while(Result::ok)
        .filter_map(|l| serde_json::from_str(&l).ok())
        .collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut print = |value: Value| {
        if writeln!(out, "{value}").is_err() {
            eprintln!("nobody reads any more");
        }
    };
    if has("read") {
        for line in lines.iter().map(|l| read(l, &vectors)) {
            print(json!({"id": line.id, "reading": line.reading}));
        }
    } else if has("compare") {
        for line in &lines {
            let (a, b) = (read(&line["a"], &vectors), read(&line["b"], &vectors));
            if has("--describe") {
                let (numbers, same_language) =
                    stories::description(&arriving(&a, 1), &arriving(&b, 2));
                print(
                    json!({"id": line["id"], "numbers": numbers, "same_language": same_language}),
                );
                continue;
            }
            let c = stories::compare(&arriving(&a, 1), &arriving(&b, 2));
            print(json!({"id": line["id"], "score": c.score, "same": c.same, "copy": c.copy}));
        }
    } else {
        let lines: Vec<Line> = lines.iter().map(|l| read(l, &vectors)).collect();
        let clock = Timestamp::from_second(1_900_000_000).unwrap_or(Timestamp::MAX);
        let show = Show { updates: has("--updates"), last: has("--final"), trace: has("--trace") };
        stories::stream::stream(&lines, Options::default(), show, clock, print);
    }
}

fn arriving(line: &Line, id: i64) -> Arriving<'_> {
    Arriving {
        id: ArticleId(id),
        outlet: &line.outlet,
        article: &line.article,
        reading: &line.reading,
        at: line.published.unwrap_or(Timestamp::UNIX_EPOCH),
        vector: line.vector.as_deref(),
    }
}

fn read(value: &Value, vectors: &Vectors) -> Line {
    let string = |name: &str| value[name].as_str().map(str::to_owned);
    let mut article: Article = article::plain::article(string("text").unwrap_or_default());
    article.title = string("title");
    article.language = string("language");
    article.url = string("url");
    let published = string("published").and_then(|p| p.parse::<Timestamp>().ok());
    article.published = value["published"].as_str().and_then(article::date::parse);
    let prior = article.language.as_deref().and_then(language::Lang::parse);
    let doc = language::segment(&article.text, language::identify(&article.text, prior));
    let reading = reading::read(&article, &doc, reading::Knowledge::default());
    let hash = stories::vector_text(&article)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    Line {
        id: string("id").unwrap_or_default(),
        outlet: string("outlet").unwrap_or_default(),
        published,
        vector: vectors.get(&hash).cloned(),
        article,
        reading,
    }
}

fn load(path: &str) -> Vectors {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut out = Vectors::new();
    for record in bytes.chunks_exact(8 + 512 * 4) {
        let (key, values) = record.split_at(8);
        let key = u64::from_le_bytes(key.try_into().unwrap_or_default());
        out.insert(
            key,
            values
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes(b.try_into().unwrap_or_default()))
                .collect(),
        );
    }
    out
}
