//! The language engine beside spaCy in one run.
//!
//! All rates are by processor time, and the two programs take turns, so that what else the machine does counts little. What
//! counts is the ratio. Texts: `--texts FILE.jsonl` ({text} a line), else real news of the gold data (`UPTOSPEED_GOLD`, else
//! `../shared`), else none: then nothing can be measured, for a handful of texts would fit in every cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::root;

/// Rounds in which the programs take turns; the best one of each counts, being the least disturbed.
const ROUNDS: usize = 5;

/// Texts for spaCy, which is slow, and for the engine; shorter ones are no articles.
const SPACY_TEXTS: usize = 40;
const TEXTS: usize = 150;
const TEXT_BYTES_MIN: usize = 400;

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let target = target();
    let scratch = target.join("language-bench");
    fs::create_dir_all(&scratch)?;
    let python = spacy(&scratch)?;
    let given = args.iter().position(|a| *a == "--texts").and_then(|at| args.get(at + 1));
    let all = texts(given.copied(), TEXTS)?;
    let few = all.get(..SPACY_TEXTS).unwrap_or(&all);
    let (files, sentences) = (scratch.join("documents.jsonl"), scratch.join("sentences.jsonl"));
    let few_file = scratch.join("few.jsonl");
    write(&files, &all)?;
    write(&few_file, few)?;
    let pack = pack("en-3.8.0", "config.cfg")?;
    let encoder = pack_folder("m3-0.2.1", "weights.npz");
    crate::run("cargo", &["build", "--release", "--quiet", "--package", "language", "--examples"])?;
    let ours = Program { file: target.join("release/examples/measure"), fast: false };
    let fast = Program { file: ours.file.clone(), fast: true };

    println!("machine: {}", cpu());
    let start: Vec<f64> =
        (0..5).map(|_| ours.number(&["start", &pack], "seconds")).collect::<Result<_>>()?;
    let start = start.into_iter().fold(f64::MAX, f64::min);
    let memory = ours.json(&["memory", &pack, &path(&few_file)])?;
    let resident = number(&memory, "resident_kib")? / 1024.0;
    floor("start, ms of processor time (at most 50)", start * 1e3, start <= 0.05);
    floor(
        &format!("resident after {} tokens, MiB (at most 64)", memory["tokens"]),
        resident,
        resident <= 64.0,
    );
    if let Ok(memory) = fast.json(&["memory", &pack, &path(&few_file)]) {
        let resident = number(&memory, "resident_kib")? / 1024.0;
        floor("the same with 16-bit numbers (at most 64)", resident, resident <= 64.0);
    }
    for (name, what, file) in
        [("whole documents", "documents", &files), ("single sentences", "sentences", &sentences)]
    {
        let (mut best, mut best_fast, mut best_spacy) = (0.0_f64, None::<f64>, 0.0_f64);
        for _ in 0..ROUNDS {
            let kept = if what == "documents" { path(&sentences) } else { String::new() };
            // its rate is the same on a part of the texts
            let part = if what == "documents" { &few_file } else { file };
            best_spacy = best_spacy.max(spacy_rate(&python, &pack, part, &kept)?);
            best = best.max(ours.rate(&[what, &pack, &path(file)])?);
            if let Ok(rate) = fast.rate(&[what, &pack, &path(file)]) {
                best_fast = Some(best_fast.unwrap_or(0.0).max(rate));
            }
        }
        println!("{name}: spaCy {best_spacy:.0} tokens/s");
        floor(&format!("{name}, tokens/s"), best, true);
        floor(
            &format!("{name}, times spaCy (at least 10)"),
            best / best_spacy,
            best >= 10.0 * best_spacy,
        );
        if let Some(rate) = best_fast {
            let (wanted, is_met) = match what {
                "documents" => (" (goal 100000)", rate >= 1e5),
                _ => ("", true),
            };
            floor(&format!("{name}, 16-bit numbers, tokens/s{wanted}"), rate, is_met);
            floor(&format!("{name}, 16-bit numbers, times spaCy"), rate / best_spacy, true);
        } else {
            println!("{name}: this processor has no AVX-512 VNNI");
        }
    }
    labels(&ours, &pack, &files)?;
    cores(&ours, &pack, &files)?;
    if let Some(folder) = encoder {
        let heads: Vec<String> =
            all.iter().flat_map(|text| headline(text)).cycle().take(3000).collect();
        let file = scratch.join("headlines.jsonl");
        write(&file, &heads)?;
        let mut best = 0.0_f64;
        for _ in 0..ROUNDS {
            let found = ours.json(&["encode", &folder, &path(&file)])?;
            best = best.max(number(&found, "texts")? / number(&found, "seconds")?);
        }
        floor("encoder, headlines/s (at least 1500)", best, best >= 1500.0);
    }
    peak(&ours)
}

/// How far the 16-bit numbers give the labels of the exact path: on the texts, and on those that spaCy was compared on.
fn labels(ours: &Program, pack: &str, files: &Path) -> Result<()> {
    let parity = gold().join("data/language/parity/en.jsonl");
    for (name, file) in [("news", files), ("parity texts", &parity)] {
        if !file.is_file() {
            continue;
        }
        let Ok(found) = ours.json(&["labels", pack, &path(file)]) else { return Ok(()) };
        println!("16-bit numbers beside the exact path, {name}, {} tokens:", found["tokens"]);
        for (what, field, least) in [
            ("tokens of which every label is the same, % (at least 99.8)", "all", 99.8),
            ("entities, F1 (at least 99.9)", "entities", 99.9),
            ("heads, % (at least 99.9)", "head", 99.9),
            ("tags, % (at least 99.9)", "tag", 99.9),
        ] {
            let share = number(&found, field)?;
            println!("  {what:<64} {share:>9.3}{}", if share < least { "  MISSED" } else { "" });
        }
    }
    Ok(())
}

/// One core against two. Wall clock says it where nothing else runs; the time of the busiest thread says it anywhere.
fn cores(ours: &Program, pack: &str, files: &Path) -> Result<()> {
    let (mut wall, mut busy) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        let run = |threads: &str| -> Result<(f64, f64)> {
            let args = ["cores", pack, &path(files)];
            let found = ours.command(&args).env("RAYON_NUM_THREADS", threads).output()?;
            let found: Value = serde_json::from_slice(&found.stdout).context("measure cores")?;
            Ok((number(&found, "wall")?, number(&found, "longest")?))
        };
        let (one, two) = (run("1")?, run("2")?);
        wall = wall.max(one.0 / two.0);
        busy = busy.max(one.1 / two.1);
    }
    floor("two cores, times one core (at least 1.8), by the busiest thread", busy, busy >= 1.8);
    floor("two cores, times one core, by wall clock", wall, true);
    Ok(())
}

fn peak(ours: &Program) -> Result<()> {
    let mut best = [0.0_f64; 4];
    for _ in 0..ROUNDS {
        let found = ours.json(&["peak"])?;
        let pair = |name: &str, at: usize| found[name][at].as_f64().unwrap_or(0.0);
        let now =
            [number(&found, "peak")?, pair("windows", 0), pair("windows", 1), pair("short", 0)];
        for (best, now) in best.iter_mut().zip(now) {
            *best = best.max(now);
        }
    }
    let [peak, done, plain, short] = best;
    println!("peak of 32-bit multiply-adds: {peak:.1} G/s");
    println!("hot loop: {done:.1} G/s done, {:.0} % of the peak", 100.0 * done / peak);
    println!(
        "  which stand for {plain:.1} G/s of the plain layer, {:.0} % of the peak",
        100.0 * plain / peak
    );
    println!(
        "hot loop in 16-bit numbers: {short:.1} G/s done, {:.0} % of the 32-bit peak",
        100.0 * short / peak
    );
    Ok(())
}

/// The measuring program: exact, or with 16-bit numbers.
struct Program {
    file: PathBuf,
    fast: bool,
}

impl Program {
    /// On one core, but for the measurement of cores.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = if args.first() == Some(&"cores") {
            Command::new(&self.file)
        } else {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(&self.file);
            command
        };
        command.args(args);
        if self.fast {
            command.env("FAST", "1");
        }
        command
    }

    fn json(&self, args: &[&str]) -> Result<Value> {
        let args = if args == ["peak"] { &["peak", ""][..] } else { args };
        let out = self.command(args).output().context("cannot start the measuring program")?;
        if !out.status.success() {
            bail!("measure {}: {}", args.join(" "), String::from_utf8_lossy(&out.stderr));
        }
        Ok(serde_json::from_slice(&out.stdout)?)
    }

    fn number(&self, args: &[&str], name: &str) -> Result<f64> {
        number(&self.json(args)?, name)
    }

    fn rate(&self, args: &[&str]) -> Result<f64> {
        let found = self.json(args)?;
        Ok(number(&found, "tokens")? / number(&found, "seconds")?)
    }
}

/// spaCy's tokens a second on one core; it writes its sentences to `sentences`, where that is given.
fn spacy_rate(python: &Path, pack: &str, texts: &Path, sentences: &str) -> Result<f64> {
    let script = root().join("crates/language/parity/speed.py");
    let out = Command::new("taskset")
        .args(["-c", "0"])
        .arg(python)
        .arg(script)
        .args([pack, &path(texts), sentences])
        .env("OMP_NUM_THREADS", "1")
        .output()?;
    if !out.status.success() {
        bail!("speed.py: {}", String::from_utf8_lossy(&out.stderr));
    }
    let found: Value = serde_json::from_slice(&out.stdout)?;
    Ok(number(&found, "tokens")? / number(&found, "seconds")?)
}

/// spaCy in a scratch environment, fetched with pip the first time; gives its Python.
pub(crate) fn spacy(scratch: &Path) -> Result<PathBuf> {
    let environment = scratch.join("spacy");
    let python = environment.join("bin/python");
    let works = Command::new(&python).args(["-c", "import spacy"]).output();
    if !works.is_ok_and(|out| out.status.success()) {
        crate::run("python3", &["-m", "venv", &path(&environment)])?;
        crate::run(&path(&python), &["-m", "pip", "install", "--quiet", "spacy==3.8.*"])?;
    }
    Ok(python)
}

/// The folder of the gold data, which may not be there.
pub(crate) fn gold() -> PathBuf {
    std::env::var_os("UPTOSPEED_GOLD").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// The first long texts of a file, which is the one of English news where none is given.
pub(crate) fn texts(given: Option<&str>, count: usize) -> Result<Vec<String>> {
    let file = given
        .map_or_else(|| gold().join("data/stories/tgcontest_20200502_en.jsonl"), PathBuf::from);
    let all = fs::read_to_string(&file)
        .with_context(|| format!("{}: give texts with --texts FILE.jsonl", file.display()))?;
    let text = |line: &str| -> Option<String> {
        Some(serde_json::from_str::<Value>(line).ok()?.get("text")?.as_str()?.to_owned())
    };
    let texts = all.lines().filter_map(text).filter(|t| t.len() > TEXT_BYTES_MIN).take(count);
    Ok(texts.collect())
}

pub(crate) fn write(file: &Path, texts: &[String]) -> Result<()> {
    let lines = texts.iter().map(|text| format!("{}\n", serde_json::json!({"text": text})));
    Ok(fs::write(file, lines.collect::<String>())?)
}

/// The first words of a text's sentences, as long as headlines are.
fn headline(text: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().take(9).collect::<Vec<_>>().join(" ");
    text.split(". ").take(20).map(words).filter(|line| line.len() > 30).collect()
}

pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder in an installed pack that holds a file of that name.
pub(crate) fn pack_folder(name: &str, file: &str) -> Option<String> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let packs = set("UPTOSPEED_PACKS").or_else(|| {
        let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
        cache.map(|cache| cache.join("uptospeed/packs"))
    })?;
    find(&packs.join(name), file, 3).map(|folder| path(&folder))
}

fn pack(name: &str, file: &str) -> Result<String> {
    pack_folder(name, file)
        .with_context(|| format!("the pack {name} is not installed: uptospeed packs install"))
}

fn find(folder: &Path, file: &str, depth: usize) -> Option<PathBuf> {
    if folder.join(file).is_file() {
        return Some(folder.to_owned());
    }
    let deeper = depth.checked_sub(1)?;
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    entries.map(|e| e.path()).filter(|p| p.is_dir()).find_map(|p| find(&p, file, deeper))
}

pub(crate) fn path(path: &Path) -> String {
    path.display().to_string()
}

fn number(found: &Value, name: &str) -> Result<f64> {
    found.get(name).and_then(Value::as_f64).with_context(|| format!("no {name} was measured"))
}

fn floor(what: &str, found: f64, is_met: bool) {
    println!("{what:<66} {found:>10.1}{}", if is_met { "" } else { "  MISSED" });
}

fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value).to_owned()
    };
    let flags = line("flags");
    let wanted = ["avx2", "avx512f", "avx512_vnni"];
    let has: Vec<&str> = flags.split(' ').filter(|flag| wanted.contains(flag)).collect();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}, {} cores, {}, load {}",
        line("model name"),
        std::thread::available_parallelism().map_or(1, usize::from),
        has.join(" "),
        load.split(' ').next().unwrap_or("")
    )
}
