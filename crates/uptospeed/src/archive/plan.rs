//! What a run consists of: one command a shard, then one a language, then one.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use super::pool::{Pool, Task};
use super::{Run, verify};
use crate::problem::{Code, Problem};

/// How a run is made.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// The archive: a file, or a folder of shards.
    pub(crate) archive: &'a Path,
    pub(crate) run: &'a Run,
    /// What every command that reads is given behind its own words.
    pub(crate) options: Vec<String>,
}

/// What became of a stage.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) tasks: usize,
    /// Tasks that failed, each with its words.
    pub(crate) failed: Vec<(String, String)>,
    pub(crate) rows: u64,
    pub(crate) rejected: u64,
    pub(crate) seconds: f64,
    /// Of all its processes, where they are this machine's.
    pub(crate) cpu_seconds: Option<f64>,
}

impl Plan<'_> {
    /// Runs all stages; `told` hears of each when it is over.
    ///
    /// # Errors
    ///
    /// The archive cannot be listed, or nothing can be started. A task that fails is no error here.
    pub(crate) fn run(&self, pool: &mut Pool, mut told: impl FnMut(&Stage)) -> Result<Vec<Stage>> {
        let mut stages = Vec::new();
        for name in ["read", "cluster", "link"] {
            let tasks = self.tasks(name)?;
            let (begun, cpu) = (Instant::now(), children_cpu_seconds());
            let failed = pool.run(&tasks)?;
            let seconds = begun.elapsed().as_secs_f64();
            let cpu_seconds = children_cpu_seconds().zip(cpu).map(|(after, before)| after - before);
            let manifests = self.run.manifests(name)?;
            let stage = Stage {
                name,
                tasks: tasks.len(),
                failed,
                rows: manifests.iter().map(|(_, m)| m.rows_out).sum(),
                rejected: manifests.iter().map(|(_, m)| m.rows_rejected()).sum(),
                seconds,
                cpu_seconds: cpu_seconds.filter(|_| pool.is_local()),
            };
            told(&stage);
            stages.push(stage);
        }
        if stages.iter().all(|stage| stage.failed.is_empty()) {
            verify::remove_left_overs(self.run)?;
        }
        Ok(stages)
    }

    fn tasks(&self, stage: &str) -> Result<Vec<Task>> {
        let task = |name: String, words: &[&str]| {
            let mut words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            if stage == "read" {
                words.extend(self.options.iter().cloned());
            }
            Task { name, words }
        };
        let run = self.run.root().display().to_string();
        Ok(match stage {
            "read" => self
                .shards()?
                .iter()
                .map(|shard| shard.display().to_string())
                .map(|shard| task(shard.clone(), &["archive", "read", &shard, "--run", &run]))
                .collect(),
            "cluster" => self
                .run
                .languages()?
                .into_iter()
                .map(|lang| task(lang.clone(), &["archive", "cluster", &run, "--lang", &lang]))
                .collect(),
            _ => vec![task("stories".to_owned(), &["archive", "link", &run])],
        })
    }

    /// The files of the archive, the largest first: a large one that comes last is waited for.
    fn shards(&self) -> Result<Vec<PathBuf>> {
        let shown = self.archive.display().to_string();
        let files = intake::archive::shards(self.archive)
            .map_err(|e| crate::problem::of_file(&shown, &e))?;
        if files.is_empty() {
            let problem = format!("{shown} holds no file that is read");
            return Err(Problem::new(Code::Empty, problem)
                .help("shards are .parquet, .warc, .jsonl or .html, the last three also .gz")
                .into());
        }
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |m| m.len());
        let mut files: Vec<(u64, PathBuf)> = files.into_iter().map(|f| (size(&f), f)).collect();
        files.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }
}

/// Processor time of the children that have ended, seconds.
///
/// # Source
///
/// proc(5), `/proc/PID/stat`, fields 16 and 17; a hundred ticks a second is what Linux says to all programs.
fn children_cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold spaces.
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: u64 =
        rest.split_whitespace().skip(13).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    Some(ticks as f64 / 100.0)
}
