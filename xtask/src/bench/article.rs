//! Pages and feeds beside their peers in one run: trafilatura and resiliparse, feedparser.
//!
//! All rates are by processor time, and the programs take turns, so that what else the machine does counts little. What counts
//! is the ratio. Pages and feeds: the gold data (`UPTOSPEED_GOLD`, else `../shared`), else none can be measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::language::{path, target};
use crate::root;

/// Rounds in which the programs take turns; the best one of each counts, being the least disturbed.
const ROUNDS: usize = 3;

/// Pages of each set: trafilatura reads twenty a second.
const PAGES: usize = 60;
const FEEDS: usize = 1200;

pub(crate) fn run() -> Result<()> {
    let scratch = target().join("article-bench");
    fs::create_dir_all(&scratch)?;
    let python = peers(&scratch)?;
    let gold =
        std::env::var_os("UPTOSPEED_GOLD").map_or_else(|| root().join("../shared"), PathBuf::from);
    crate::run("cargo", &["build", "--release", "--quiet", "--package", "article", "--examples"])?;
    let ours = target().join("release/examples/speed");
    for set in ["fundus", "aeb", "trafilatura"] {
        let list = scratch.join(format!("{set}.list"));
        listed(&gold.join("data/articles").join(set).join("html"), PAGES, &list)?;
        let rates =
            Rates::measure(&ours, "pages", &python, &["trafilatura", "resiliparse"], &list)?;
        println!(
            "{set}, {} pages of {} KiB: slowest {:.0} ms",
            rates.files, rates.kib, rates.slowest
        );
        rates.print("trafilatura", 10.0);
        rates.print("resiliparse", 0.6);
    }
    let list = scratch.join("feeds.list");
    listed(&gold.join("data/feeds/feedparser"), FEEDS, &list)?;
    let rates = Rates::measure(&ours, "feeds", &python, &["feedparser"], &list)?;
    println!("{} feeds of {} KiB", rates.files, rates.kib);
    rates.print("feedparser", 40.0);
    Ok(())
}

/// Files a second of processor time.
struct Rates {
    files: u64,
    kib: u64,
    slowest: f64,
    ours: f64,
    peers: Vec<(String, f64)>,
}

impl Rates {
    fn measure(
        ours: &Path,
        what: &str,
        python: &Path,
        peers: &[&str],
        list: &Path,
    ) -> Result<Self> {
        let script = path(&root().join("crates/article/peers/speed.py"));
        let list = path(list);
        let mut out = Self { files: 0, kib: 0, slowest: f64::MAX, ours: 0.0, peers: Vec::new() };
        out.peers = peers.iter().map(|peer| ((*peer).to_owned(), 0.0)).collect();
        for _ in 0..ROUNDS {
            for (peer, best) in &mut out.peers {
                *best = best.max(rate(&measured(python, &[&script, peer, &list])?)?);
            }
            let found = measured(ours, &[what, &list])?;
            out.ours = out.ours.max(rate(&found)?);
            out.slowest = out.slowest.min(number(&found, "slowest_ms")?);
            out.files = found["files"].as_u64().unwrap_or(0);
            out.kib = found["bytes"].as_u64().unwrap_or(0) / 1024;
        }
        Ok(out)
    }

    fn print(&self, peer: &str, at_least: f64) {
        let rate = self.peers.iter().find(|(name, _)| name == peer).map_or(0.0, |(_, rate)| *rate);
        let times = self.ours / rate;
        println!(
            "  {:>8.0} a second, {peer} {rate:.1}: {times:.1} times (at least {at_least}){}",
            self.ours,
            if times >= at_least { "" } else { "  MISSED" }
        );
    }
}

fn measured(program: &Path, args: &[&str]) -> Result<Value> {
    let out = Command::new("taskset").args(["-c", "0"]).arg(program).args(args).output()?;
    if !out.status.success() {
        bail!("{} {}: {}", program.display(), args.join(" "), String::from_utf8_lossy(&out.stderr));
    }
    Ok(serde_json::from_slice(&out.stdout)?)
}

fn rate(found: &Value) -> Result<f64> {
    Ok(number(found, "files")? / number(found, "seconds")?)
}

fn number(found: &Value, name: &str) -> Result<f64> {
    found.get(name).and_then(Value::as_f64).with_context(|| format!("no {name} was measured"))
}

/// Writes the names of so many files of a folder, spread over all of it.
fn listed(folder: &Path, count: usize, list: &Path) -> Result<()> {
    let mut files = Vec::new();
    gather(folder, &mut files)
        .with_context(|| format!("{}: the gold data is not here", folder.display()))?;
    files.sort();
    let step = files.len().div_ceil(count).max(1);
    let names: Vec<String> = files.iter().step_by(step).map(|f| path(f)).collect();
    Ok(fs::write(list, names.join("\n"))?)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "gz" || e == "xml") {
            files.push(path);
        }
    }
    Ok(())
}

/// The peers in a scratch environment, fetched with pip the first time; gives its Python.
fn peers(scratch: &Path) -> Result<PathBuf> {
    let environment = scratch.join("peers");
    let python = environment.join("bin/python");
    let imports = ["-c", "import trafilatura, resiliparse, feedparser"];
    let works = Command::new(&python).args(imports).output();
    if !works.is_ok_and(|out| out.status.success()) {
        crate::run("python3", &["-m", "venv", &path(&environment)])?;
        // trafilatura's own dependency needs a part of lxml that lxml gave away
        let packages =
            ["trafilatura==2.3.*", "resiliparse==2.0.*", "feedparser==6.0.*", "lxml_html_clean"];
        let pip = [["-m", "pip", "install", "--quiet"].as_slice(), &packages].concat();
        crate::run(&path(&python), &pip)?;
    }
    Ok(python)
}
