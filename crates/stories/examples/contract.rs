//! Speaks `stories --jsonl -` and `compare --jsonl -` of the JSON contract, for the scorers:
//! `contract [--packs FOLDER] stories|compare --jsonl [--final] [--updates] [--describe] -`.
//! Of the packs it uses the sentence encoder.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

use std::io::{BufRead, Write};
use std::path::Path;

use article::Article;
use jiff::Timestamp;
use language::Engines;
use serde_json::{Value, json};
use stories::stream::{Line, Show};
use stories::{Arriving, ArticleId, Options};

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut engines = Engines::default();
    if arguments.first().is_some_and(|a| a == "--packs") {
        engines = Engines::load(Path::new(arguments.get(1).map_or("", String::as_str)));
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
        for line in lines.iter().map(|l| read(l, &engines)) {
            print(json!({"id": line.id, "reading": line.reading}));
        }
    } else if has("compare") {
        let encode = |texts: &[&str]| vectors(&engines, texts);
        for line in &lines {
            let (a, b) = (read(&line["a"], &engines), read(&line["b"], &engines));
            if has("--describe") {
                let (first, close, same_language) =
                    stories::description(&arriving(&a, 1), &arriving(&b, 2), &encode);
                print(
                    json!({"id": line["id"], "first": first, "close": close, "same_language": same_language}),
                );
                continue;
            }
            let c = stories::compare_closely(&arriving(&a, 1), &arriving(&b, 2), &encode);
            print(json!({"id": line["id"], "score": c.score, "same": c.same, "copy": c.copy}));
        }
    } else {
        let lines: Vec<Line> = lines.iter().map(|l| read(l, &engines)).collect();
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

fn read(value: &Value, engines: &Engines) -> Line {
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
    Line {
        id: string("id").unwrap_or_default(),
        outlet: string("outlet").unwrap_or_default(),
        published,
        vector: vectors(engines, &[&stories::vector_text(&article)]).and_then(|mut v| v.pop()),
        article,
        reading,
    }
}

fn vectors(engines: &Engines, texts: &[&str]) -> Option<Vec<Vec<f32>>> {
    let vectors = engines.encode(texts)?;
    Some(vectors.into_iter().map(|v| v.to_vec()).collect())
}
