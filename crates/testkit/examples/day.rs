//! Prints a day as lines for `uptospeed stories --jsonl`, and scores the updates that it gives back.
//!
//! ```text
//! cargo run -p testkit --example day -- jsonl [DIR] > day.jsonl
//! uptospeed stories --jsonl --updates day.jsonl | cargo run -p testkit --example day -- novelty [DIR]
//! ```
//!
//! Without a folder it is the bundled day.

use std::io::{Read as _, Write as _};

use testkit::day::Day;
use testkit::novelty;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_default();
    let day = match words.next() {
        Some(dir) => Day::from_dir(dir)?,
        None => Day::bundled()?,
    };
    let mut out = std::io::stdout().lock();
    match what.as_str() {
        "jsonl" => out.write_all(day.jsonl().as_bytes())?,
        "novelty" => {
            let mut lines = String::new();
            std::io::stdin().read_to_string(&mut lines)?;
            let score = novelty::score(&day, &novelty::told(&lines)?);
            for (article, told) in &score.wrong {
                writeln!(out, "nothing new  {article:8} {:15} {}", told.kind, told.text)?;
            }
            for (article, fact) in &score.missed {
                writeln!(
                    out,
                    "missed       {article:8} {:?} {}: {}",
                    fact.kind, fact.what, fact.evidence
                )?;
            }
            write!(out, "{score}")?;
        }
        other => return Err(format!("jsonl or novelty, not {other:?}").into()),
    }
    Ok(())
}
