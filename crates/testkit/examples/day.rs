//! Prints a day as lines for the program, and scores the updates and the figures that it gives back.
//!
//! ```text
//! cargo run -p testkit --example day -- jsonl [DIR] > day.jsonl
//! uptospeed stories --jsonl --updates day.jsonl | cargo run -p testkit --example day -- novelty [DIR]
//! uptospeed read --jsonl day.jsonl | cargo run -p testkit --example day -- figures [DIR]    (or statements)
//! cargo run -p testkit --example day -- score PROGRAM [--no-packs] [DIR]    (what is new, in one step, as JSON)
//! ```
//!
//! Without a folder it is the bundled day.

use std::io::{Read as _, Write as _};

use testkit::day::Day;
use testkit::{figures, novelty, statements};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_default();
    if what == "score" {
        return score(words);
    }
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
        other => {
            return Err(
                format!("jsonl, novelty, figures, statements or score, not {other:?}").into()
            );
        }
    }
    Ok(())
}

/// Lets the program tell the day and prints how well it did.
fn score(words: impl Iterator<Item = String>) -> Result<(), Box<dyn std::error::Error>> {
    let (options, others): (Vec<String>, Vec<String>) = words.partition(|w| w.starts_with("--"));
    let mut others = others.into_iter();
    let program = others.next().ok_or("score needs the program")?;
    let day = match others.next() {
        Some(dir) => Day::from_dir(dir)?,
        None => Day::bundled()?,
    };
    let lines = std::env::temp_dir().join(format!("uptospeed-day-{}.jsonl", std::process::id()));
    std::fs::write(&lines, day.jsonl())?;
    let output = std::process::Command::new(&program)
        .args(["stories", "--jsonl", "--updates"])
        .args(&options)
        .arg(&lines)
        .output();
    std::fs::remove_file(&lines)?;
    let output = output.map_err(|error| format!("cannot start {program}: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let score = novelty::score(&day, &novelty::told(&String::from_utf8(output.stdout)?)?);
    let json = serde_json::json!({
        "precision": score.precision(),
        "recall": score.recall(),
        "figure_changes_missed": score.missed_figures().len(),
        "updates": score.right + score.wrong.len(),
        "facts": score.found + score.missed.len(),
    });
    writeln!(std::io::stdout(), "{json:#}")?;
    Ok(())
}
