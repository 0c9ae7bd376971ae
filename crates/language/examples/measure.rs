//! One measurement for `cargo xtask bench language`, in seconds of processor time unless it says otherwise:
//! `measure WHAT FOLDER [TEXTS.jsonl]`, with WHAT one of documents, sentences, cores, labels, memory, encode, start, peak; FAST=1 for the
//! low-precision path. Prints one JSON object.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example for developers, which takes the time"
)]

use std::error::Error;
use std::fs::read_to_string;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use language::{Doc, Encoder, Engine, bench};
use serde_json::{Value, json};

/// Seconds that each thread of this process has run.
fn threads() -> Vec<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().filter_map(Result::ok);
    tasks
        .filter_map(|task| read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<f64>().ok())
        .map(|nanoseconds| nanoseconds / 1e9)
        .collect()
}

fn seconds() -> f64 {
    threads().iter().sum()
}

/// A line of /proc/self/status, in KiB.
fn status(name: &str) -> Option<u64> {
    let text = read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

fn texts(file: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let all = read_to_string(file)?;
    let text = |line: &str| -> Option<String> {
        Some(serde_json::from_str::<Value>(line).ok()?.get("text")?.as_str()?.to_owned())
    };
    Ok(all.lines().filter_map(text).collect())
}

fn engine(folder: &str) -> Result<Engine, Box<dyn Error>> {
    let mut engine = Engine::load(Path::new(folder))?;
    if std::env::var_os("FAST").is_some() && !engine.set_fast(true) {
        return Err("this processor has no AVX-512 VNNI".into());
    }
    Ok(engine)
}

fn tokens(docs: &[Doc]) -> usize {
    docs.iter().map(Doc::len).sum()
}

/// How far the labels of the same texts agree, in per cent: all labels of a token, its tag, its head, and the F1 of
/// entities.
fn labels(exact: &[Doc], fast: &[Doc]) -> Value {
    let (mut count, mut all, mut tags, mut heads) = (0, 0, 0, 0);
    let (mut entities, mut entities_alike) = (0, 0);
    for (a, b) in exact.iter().zip(fast) {
        let entity = |doc: &Doc, i| doc.entity_of(i).map(|e| (e.range, e.label.to_owned()));
        let starts = |doc: &Doc, i: usize| {
            doc.sentences().get(doc.sentence_of(i)).is_some_and(|s| s.start as usize == i)
        };
        for i in 0..a.len() {
            let (tag, head) = (a.tag(i) == b.tag(i), a.head(i) == b.head(i));
            let others = a.pos(i) == b.pos(i)
                && a.morph(i) == b.morph(i)
                && a.dep(i) == b.dep(i)
                && a.lemma(i) == b.lemma(i)
                && starts(a, i) == starts(b, i)
                && entity(a, i) == entity(b, i);
            count += 1;
            tags += usize::from(tag);
            heads += usize::from(head);
            all += usize::from(tag && head && others);
        }
        let of =
            |doc: &Doc| doc.entities().map(|e| (e.range, e.label.to_owned())).collect::<Vec<_>>();
        let (of_a, of_b) = (of(a), of(b));
        entities += of_a.len() + of_b.len();
        entities_alike += 2 * of_a.iter().filter(|entity| of_b.contains(entity)).count();
    }
    let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
    json!({
        "tokens": count,
        "all": share(all, count),
        "tag": share(tags, count),
        "head": share(heads, count),
        "entities": share(entities_alike, entities),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let arg = |n: usize| args.get(n).map(String::as_str).ok_or("too few arguments");
    let found = match arg(0)? {
        "documents" | "sentences" => {
            let (engine, texts) = (engine(arg(1)?)?, texts(arg(2)?)?);
            let all: Vec<&str> = texts.iter().map(String::as_str).collect();
            // the first texts are only to wake everything up
            let (warm, all) = all.split_at(all.len() / 10);
            let _warm = engine.parse_all(warm);
            let started = seconds();
            let count: usize = if arg(0)? == "documents" {
                all.iter().map(|text| engine.parse(text).len()).sum()
            } else {
                tokens(&engine.parse_all(all))
            };
            let spent = seconds() - started;
            json!({"tokens": count, "seconds": spent})
        }
        "cores" => {
            let (engine, texts) = (engine(arg(1)?)?, texts(arg(2)?)?);
            let all: Vec<&str> = texts.iter().map(String::as_str).collect();
            let (warm, all) = all.split_at(all.len() / 10);
            let _warm = engine.docs(warm);
            let (before, clock) = (threads(), Instant::now());
            let count = tokens(&engine.docs(all));
            let (wall, after) = (clock.elapsed().as_secs_f64(), threads());
            let of_thread = after.iter().zip(&before).map(|(a, b)| a - b);
            let longest = of_thread.clone().fold(0.0, f64::max);
            json!({"tokens": count, "wall": wall, "seconds": of_thread.sum::<f64>(), "longest": longest})
        }
        "labels" => {
            let mut exact = Engine::load(Path::new(arg(1)?))?;
            let texts = texts(arg(2)?)?;
            let before: Vec<Doc> = texts.iter().map(|text| exact.parse(text)).collect();
            if !exact.set_fast(true) {
                return Err("this processor has no AVX-512 VNNI".into());
            }
            labels(&before, &texts.iter().map(|text| exact.parse(text)).collect::<Vec<_>>())
        }
        "memory" => {
            // as the program reads: article by article, paragraph by paragraph; the texts themselves are not counted
            let engine = engine(arg(1)?)?;
            let (file, mut count) = (std::fs::File::open(arg(2)?)?, 0);
            for line in std::io::BufReader::new(file).lines() {
                let value: Value = serde_json::from_str(&line?)?;
                count += engine.doc(value.get("text").and_then(Value::as_str).unwrap_or("")).len();
            }
            json!({"tokens": count, "resident_kib": status("VmRSS"), "peak_kib": status("VmHWM")})
        }
        "encode" => {
            let (encoder, texts) = (Encoder::load(Path::new(arg(1)?))?, texts(arg(2)?)?);
            let all: Vec<&str> = texts.iter().map(String::as_str).collect();
            let _warm = encoder.encode(all.get(..50).unwrap_or(&all));
            let started = seconds();
            let count = encoder.encode(&all).len();
            json!({"texts": count, "seconds": seconds() - started})
        }
        "start" => {
            let (clock, started) = (Instant::now(), seconds());
            let engine = Engine::load(Path::new(arg(1)?))?;
            let (wall, spent) = (clock.elapsed().as_secs_f64(), seconds() - started);
            json!({"pack": engine.name(), "wall": wall, "seconds": spent, "resident_kib": status("VmRSS")})
        }
        "peak" => {
            let rate = |run: &dyn Fn() -> Option<(u64, u64)>| {
                let started = seconds();
                let done = run();
                let spent = seconds() - started;
                done.map(|(done, plain)| (done as f64 / spent / 1e9, plain as f64 / spent / 1e9))
            };
            let peak = rate(&|| Some((bench::peak(10_000_000), 0))).map(|r| r.0);
            let (exact, short) =
                (rate(&|| bench::windows(200, false)), rate(&|| bench::windows(400, true)));
            json!({"peak": peak, "windows": exact, "short": short})
        }
        other => return Err(format!("cannot measure {other}").into()),
    };
    println!("{found}");
    Ok(())
}
