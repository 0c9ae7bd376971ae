//! A run over an archive: the same bytes whoever ran it, however often it was killed; what is broken is named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use super::{output, program, stderr, stdout};

/// The same for all runs of these tests.
const NOW: &str = "2026-11-23T00:00:00Z";

fn sown(articles: &str, shards: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let words = ["archive", "sow", "in", "--articles", articles, "--shards", shards];
    let done = output(folder.path(), &words);
    assert!(done.status.success(), "{}", stderr(&done));
    folder
}

fn words(run: &str) -> [&str; 10] {
    ["archive", "run", "in", "--run", run, "--no-packs", "--now", NOW, "--jobs", "2"]
}

/// Every file of a run with its bytes.
fn files(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut out, mut folders) = (BTreeMap::new(), vec![run.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                out.insert(path.strip_prefix(run).unwrap().to_owned(), bytes);
            }
        }
    }
    out
}

/// The two hold the same files with the same bytes.
fn check_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    for name in one.keys().chain(other.keys()) {
        assert!(one.get(name) == other.get(name), "{} differs", name.display());
    }
}

/// The processes that a process has begun.
fn children(of: u32) -> Vec<String> {
    let path = format!("/proc/{of}/task");
    let Ok(threads) = std::fs::read_dir(path) else { return Vec::new() };
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok())
        .flat_map(|pids| pids.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn kill(pid: &str) {
    // It may have ended by itself.
    drop(std::process::Command::new("kill").args(["-9", pid]).stderr(Stdio::null()).status());
}

/// Runs to the end, killing workers all the while, and three times the run itself; gives how many workers died.
fn run_with_kills(folder: &Path, run: &str) -> u32 {
    let (mut killed, mut ended) = (0, 0);
    loop {
        let mut child: Child = program(folder)
            .args(words(run))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for turn in 1.. {
            std::thread::sleep(Duration::from_millis(60));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return killed;
            }
            if turn % 4 == 0
                && killed < 12
                && let Some(pid) = children(child.id()).first()
            {
                kill(pid);
                killed += 1;
            }
            if turn % 15 == 0 && ended < 3 {
                let workers = children(child.id());
                child.kill().unwrap();
                child.wait().unwrap();
                // Half of them live on, beside those of the next run.
                workers.iter().step_by(2).for_each(|pid| kill(pid));
                ended += 1;
                break;
            }
        }
    }
}

#[test]
fn workers_that_are_killed_change_nothing() {
    let folder = sown("120", "5");
    let at = |name: &str| folder.path().join(name);
    let done = output(folder.path(), &words("calm"));
    assert!(done.status.success(), "{}", stderr(&done));
    let killed = run_with_kills(folder.path(), "wild");
    assert!(killed >= 3, "{killed} workers were killed: too few to show anything");
    check_same(&at("calm"), &at("wild"));
    let proof = output(folder.path(), &["archive", "verify", "wild", "--archive", "in"]);
    assert!(proof.status.success(), "{}", stdout(&proof));
    assert!(stdout(&proof).contains("read: 5 accounts, 120 rows in = 120 out + 0 refused"));
}

#[test]
fn a_broken_shard_is_named_and_the_others_go_on() {
    let folder = sown("40", "4");
    let at = |name: &str| folder.path().join(name);
    assert!(output(folder.path(), &words("whole")).status.success());
    let shard = at("in/shard-00002.parquet");
    let bytes = std::fs::read(&shard).unwrap();
    std::fs::write(&shard, &bytes[..bytes.len() / 2]).unwrap();
    let done = output(folder.path(), &words("run"));
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("in/shard-00002.parquet failed"), "{}", stderr(&done));
    assert!(stderr(&done).contains("read: 4 tasks, 30 rows"), "{}", stderr(&done));
    let proof = output(folder.path(), &["archive", "verify", "run", "--archive", "in"]);
    assert_eq!(proof.status.code(), Some(1));
    assert!(stdout(&proof).contains("shard-00002.parquet was not read"), "{}", stdout(&proof));
    // Fetched again, it is as if nothing had been.
    std::fs::write(&shard, &bytes).unwrap();
    assert!(output(folder.path(), &words("run")).status.success());
    check_same(&at("whole"), &at("run"));
    // What is damaged afterwards is found, and said where it is read.
    let part = files(&at("run")).into_keys().find(|name| name.starts_with("read")).unwrap();
    let mut bytes = std::fs::read(at("run").join(&part)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(at("run").join(&part), bytes).unwrap();
    let proof = output(folder.path(), &["archive", "verify", "run"]);
    assert_eq!(proof.status.code(), Some(1));
    assert!(stdout(&proof).contains(part.to_str().unwrap()), "{}", stdout(&proof));
    // Another program, or other packs, do not mix with it.
    let other = ["archive", "run", "in", "--run", "run", "--offline"];
    std::fs::create_dir_all(at("packs/other-1.0")).unwrap();
    let done = output(folder.path(), &other);
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("E091"), "{}", stderr(&done));
}
