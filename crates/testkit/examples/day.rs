//! Prints a day as lines for the program, and scores the updates and the figures that it gives back.
//!
//! ```text
//! cargo run -p testkit --example day -- jsonl [DIR] > day.jsonl
//! uptospeed stories --jsonl --updates day.jsonl | cargo run -p testkit --example day -- novelty [DIR]
//! uptospeed read --jsonl day.jsonl | cargo run -p testkit --example day -- figures [DIR]    (or statements)
//! ```
//!
//! Without a folder it is the bundled day.

use std::io::{Read as _, Write as _};

use testkit::day::Day;
use testkit::{figures, novelty, statements};

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
        "figures" => {
            let mut lines = String::new();
            std::io::stdin().read_to_string(&mut lines)?;
            for (language, score) in figures::score(&day, &figures::read(&lines)?) {
                for (article, read) in &score.wrong {
                    let number = read.best.or(read.min).or(read.max);
                    writeln!(
                        out,
                        "not there  {article:8} {} {} {number:?}",
                        read.kind, read.qualifier
                    )?;
                }
                for (article, gold) in &score.missed {
                    let (kind, number) = (&gold.kind, gold.number);
                    writeln!(out, "missed     {article:8} {kind} {number:?}: {}", gold.evidence)?;
                }
                for (article, gold, read) in &score.differing {
                    let (kind, number) = (&gold.kind, gold.number);
                    writeln!(
                        out,
                        "differs    {article:8} {kind} {number:?}: {} not {}, background {} not {}, part {} not {}",
                        gold.qualifier,
                        read.qualifier,
                        gold.background,
                        read.background,
                        gold.part,
                        read.part
                    )?;
                }
                writeln!(out, "{language}  {score}")?;
            }
        }
        "statements" => {
            let mut lines = String::new();
            std::io::stdin().read_to_string(&mut lines)?;
            for (language, score) in statements::score(&day, &statements::read(&lines)?) {
                for (article, gold, read) in &score.other_speaker {
                    let read = read.as_deref().unwrap_or("nobody");
                    writeln!(
                        out,
                        "speaker    {article:8} {} not {read}: {}",
                        gold.what, gold.evidence
                    )?;
                }
                for (article, gold) in &score.missed {
                    writeln!(out, "missed     {article:8} {}: {}", gold.what, gold.evidence)?;
                }
                writeln!(out, "{language}  {score}")?;
            }
        }
        other => return Err(format!("jsonl, novelty, figures or statements, not {other:?}").into()),
    }
    Ok(())
}
