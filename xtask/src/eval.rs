//! Quality is a number that never drops silently.
//!
//! `eval/baseline.json` lists figures with their floors. A figure is what a scorer prints with `--json` on gold data (which
//! is not ours to commit: `UPTOSPEED_GOLD`, else `../shared`), or what the program says of its own golden sets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{program, root};

/// How far a figure may lie under its floor: what the order of floating-point sums can do.
const NOISE: f64 = 0.000_5;

struct Figure {
    name: String,
    command: Vec<String>,
    /// Keys from the top of what is printed; `*` is the first key, whatever it is called.
    at: Vec<String>,
    floor: f64,
    gold: bool,
    /// A smaller figure is better.
    at_most: bool,
}

pub(crate) fn run(update: bool) -> Result<()> {
    let path = root().join("eval/baseline.json");
    let mut baseline: Value =
        serde_json::from_str(&fs::read_to_string(&path).context("eval/baseline.json")?)?;
    let program = program()?;
    let gold =
        std::env::var_os("UPTOSPEED_GOLD").map_or_else(|| root().join("../shared"), PathBuf::from);
    let has_gold = gold.join("score/common.py").is_file();
    let figures = figures(&baseline)?;
    let (mut below, mut unchecked) = (Vec::new(), 0);
    let mut found: Vec<Option<f64>> = Vec::new();
    let mut printed: Vec<(Vec<String>, Value)> = Vec::new();
    println!("{:<58} {:>9} {:>9}", "figure", "now", "floor");
    for figure in &figures {
        if figure.gold && !has_gold {
            unchecked += 1;
            found.push(None);
            continue;
        }
        let now = if let Some((_, out)) =
            printed.iter().find(|(command, _)| *command == figure.command)
        {
            measure(figure, out)
        } else {
            let out = execute(figure, &program, &gold)?;
            let now = measure(figure, &out);
            printed.push((figure.command.clone(), out));
            now
        };
        let now =
            now.with_context(|| format!("{}: nothing at {}", figure.name, figure.at.join(" > ")))?;
        found.push(Some(now));
        let bad =
            if figure.at_most { now > figure.floor + NOISE } else { now < figure.floor - NOISE };
        println!(
            "{:<58} {now:>9.4} {:>9.4}{}",
            figure.name,
            figure.floor,
            if bad { "  BELOW" } else { "" }
        );
        if bad {
            below.push(figure.name.clone());
        }
    }
    if update {
        if !has_gold {
            bail!("the baseline is written only from a run that had the gold data");
        }
        raise(&mut baseline, &found);
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&baseline)?))?;
        println!("eval/baseline.json: floors raised where the figure is better; none was lowered");
    }
    if unchecked > 0 {
        println!("gold data not found: {unchecked} floors NOT checked");
    }
    if !below.is_empty() {
        bail!("{} figures are below their floors: {}", below.len(), below.join(", "));
    }
    Ok(())
}

fn figures(baseline: &Value) -> Result<Vec<Figure>> {
    let list = baseline
        .get("figures")
        .and_then(Value::as_array)
        .context("eval/baseline.json has no \"figures\"")?;
    list.iter()
        .map(|f| {
            let text = |key: &str| f.get(key).and_then(Value::as_str).map(str::to_owned);
            let words = |key: &str| -> Result<Vec<String>> {
                let list = f.get(key).and_then(Value::as_array);
                let list = list.with_context(|| format!("a figure has no {key:?}"))?;
                Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            };
            Ok(Figure {
                name: text("name").context("a figure has no \"name\"")?,
                command: words("command")?,
                at: words("at")?,
                floor: f
                    .get("floor")
                    .and_then(Value::as_f64)
                    .context("a figure has no \"floor\"")?,
                gold: f.get("gold").and_then(Value::as_bool).unwrap_or(false),
                at_most: f.get("at_most").and_then(Value::as_bool).unwrap_or(false),
            })
        })
        .collect()
}

/// Runs a figure's command: `PROGRAM` stands for ours, `GOLD/` for the folder of gold data.
fn execute(figure: &Figure, program: &Path, gold: &Path) -> Result<Value> {
    let words: Vec<String> = figure
        .command
        .iter()
        .map(|w| {
            w.replace("PROGRAM", &program.display().to_string())
                .replace("GOLD", &gold.display().to_string())
        })
        .collect();
    let (first, rest) = words.split_first().context("a figure has an empty command")?;
    let out = Command::new(first).args(rest).current_dir(root()).output();
    let out = out.with_context(|| format!("{}: cannot start {first}", figure.name))?;
    if !out.status.success() {
        bail!(
            "{}: {} ended with {}: {}",
            figure.name,
            first,
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
    }
    serde_json::from_slice(&out.stdout)
        .with_context(|| format!("{}: {first} printed no JSON", figure.name))
}

fn measure(figure: &Figure, out: &Value) -> Option<f64> {
    let mut at = out;
    for key in &figure.at {
        at = if key == "*" { at.as_object()?.values().next()? } else { at.get(key)? };
    }
    at.as_f64()
}

/// Raises floors to what was found, cut to three places.
fn raise(baseline: &mut Value, found: &[Option<f64>]) {
    let Some(list) = baseline.get_mut("figures").and_then(Value::as_array_mut) else { return };
    for (figure, now) in list.iter_mut().zip(found) {
        let at_most = figure.get("at_most").and_then(Value::as_bool).unwrap_or(false);
        let floor = figure.get("floor").and_then(Value::as_f64).unwrap_or(0.0);
        if let Some(now) = now {
            let cut = if at_most {
                (now * 1000.0).ceil() / 1000.0
            } else {
                (now * 1000.0).floor() / 1000.0
            };
            let better = if at_most { cut < floor } else { cut > floor };
            if better && let Some(object) = figure.as_object_mut() {
                object.insert("floor".to_owned(), Value::from(cut));
            }
        }
    }
}
