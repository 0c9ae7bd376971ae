//! A year of invented outlets read, clustered and linked in several ways: every way must write the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::load::target;

/// What every run holds times of publication against.
const NOW: &str = "2026-11-23T00:00:00Z";

/// The Ray that is measured with.
const RAY: &str = "ray==2.49.2";

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let value = |name: &str, usual: &str| {
        let at = args.iter().position(|a| *a == name);
        at.and_then(|at| args.get(at + 1)).map_or_else(|| usual.to_owned(), |v| (*v).to_owned())
    };
    let (articles, shards) = (value("--articles", "20000"), value("--shards", "40"));
    let every: u64 = value("--kill-every", "3").parse().context("--kill-every takes seconds")?;
    let program = crate::given_program(args)?;
    let folder = target().join("archive");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let made = Command::new(&program)
        .args(["archive", "sow", "in", "--articles", &articles, "--shards", &shards])
        .current_dir(&folder)
        .status()?;
    ensure!(made.success(), "the shards could not be written");
    let mut ways: Vec<(&str, Vec<String>, bool)> =
        vec![("local", Vec::new(), false), ("local-killed", Vec::new(), true)];
    if args.contains(&"--ray") {
        let on = vec!["--on".to_owned(), "ray".to_owned(), "--python".to_owned(), ray()?];
        ways.push(("ray", on.clone(), false));
        ways.push(("ray-killed", on, true));
    }
    let mut first: Option<BTreeMap<PathBuf, Vec<u8>>> = None;
    for (way, options, kills) in &ways {
        println!("== {way}: {articles} articles in {shards} shards");
        let begun = Instant::now();
        let killed = one(&program, &folder, way, options, kills.then_some(every))?;
        println!("{way}: {:.0} s, {killed} workers killed", begun.elapsed().as_secs_f64());
        if *kills {
            ensure!(killed > 0, "{way}: no worker was killed; a smaller --kill-every is needed");
        }
        let proof = Command::new(&program)
            .args(["archive", "verify", way, "--archive", "in"])
            .current_dir(&folder)
            .status()?;
        ensure!(proof.success(), "{way}: the run is not proved");
        let files = files(&folder.join(way))?;
        match &first {
            None => first = Some(files),
            Some(first) => same(first, &files, way)?,
        }
        println!("{way}: {} files, the same bytes", first.as_ref().map_or(0, BTreeMap::len));
    }
    println!("archive: {} ways, the same bytes", ways.len());
    Ok(())
}

/// Runs the whole to its end; with kills, a worker every so many seconds.
fn one(
    program: &Path,
    folder: &Path,
    way: &str,
    options: &[String],
    kill_every: Option<u64>,
) -> Result<u32> {
    let mut child = Command::new(program)
        .args(["archive", "run", "in", "--run", way, "--no-packs", "--now", NOW])
        .args(options)
        .current_dir(folder)
        .stdin(Stdio::null())
        .spawn()?;
    let (mut killed, mut last) = (0, Instant::now());
    loop {
        std::thread::sleep(Duration::from_millis(50));
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "{way} ended with {status}");
            return Ok(killed);
        }
        if kill_every.is_some_and(|every| last.elapsed() >= Duration::from_secs(every)) {
            killed += u32::from(kill_one(&child, killed)?);
            last = Instant::now();
        }
    }
}

/// Kills one of the processes below a run: a command of ours, or every third time the worker of Ray's that waits for it.
fn kill_one(run: &Child, so_far: u32) -> Result<bool> {
    let parents = parents()?;
    let is_below = |mut pid: u32| {
        for _ in 0..64 {
            match parents.get(&pid) {
                Some(parent) if *parent == run.id() => return true,
                Some(parent) => pid = *parent,
                None => return false,
            }
        }
        false
    };
    let line = |pid: u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let works = |pid: &u32| {
        let line = String::from_utf8_lossy(&line(*pid)).replace('\0', " ");
        line.contains(" archive read ")
            || line.contains(" archive cluster ")
            || line.contains(" archive link ")
    };
    let Some(pid) = parents.keys().copied().filter(|pid| is_below(*pid)).find(works) else {
        return Ok(false);
    };
    let above = parents.get(&pid).copied().unwrap_or(pid);
    let pid = if so_far % 3 == 2 && above != run.id() { above } else { pid };
    Ok(Command::new("kill").args(["-9", &pid.to_string()]).status()?.success())
}

/// Every process with the one that began it.
fn parents() -> Result<BTreeMap<u32, u32>> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Ok(pid) = name.to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        out.extend(parent.map(|parent: u32| (pid, parent)));
    }
    Ok(out)
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let (mut out, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                out.insert(path.strip_prefix(folder)?.to_owned(), std::fs::read(&path)?);
            }
        }
    }
    Ok(out)
}

fn same(
    one: &BTreeMap<PathBuf, Vec<u8>>,
    other: &BTreeMap<PathBuf, Vec<u8>>,
    way: &str,
) -> Result<()> {
    for name in one.keys().chain(other.keys()) {
        if one.get(name) != other.get(name) {
            bail!("{way}: {} is not what it was in the first run", name.display());
        }
    }
    Ok(())
}

/// A Python with Ray, in target/.
fn ray() -> Result<String> {
    let folder = target().join("ray");
    let python = folder.join("bin/python");
    if !folder.join("bin/ray").exists() {
        let path = folder.display().to_string();
        crate::run("python3", &["-m", "venv", &path])?;
        let python = python.display().to_string();
        crate::run(&python, &["-m", "pip", "install", "--quiet", RAY])?;
    }
    Ok(python.display().to_string())
}
