//! Who runs the commands: processes on this machine, or Ray over many.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::json;

use crate::problem::{Code, Problem};

/// How often a command that was killed is begun again. One that ends by itself is not: it would end in the same way.
const ATTEMPTS_MAX: u32 = 20;

/// What hands commands to Ray.
const DRIVER: &str = include_str!("ray_driver.py");

/// One command of this program.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// For a person.
    pub(crate) name: String,
    pub(crate) words: Vec<String>,
}

/// Who runs commands.
#[derive(Debug)]
pub(crate) enum Pool {
    /// So many processes at once, each with so many threads.
    Local { program: PathBuf, jobs: usize, threads: usize },
    /// A process that speaks to Ray.
    Ray { program: PathBuf, driver: Driver },
}

/// The process that speaks to Ray; it ends with its input.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    said: BufReader<ChildStdout>,
}

/// What Ray says of a command.
#[derive(Deserialize)]
struct Answer {
    task: usize,
    #[serde(default)]
    failed: Option<String>,
}

impl Pool {
    /// Processes on this machine; each uses its share of the cores.
    pub(crate) fn local(jobs: Option<usize>) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = jobs.unwrap_or(cores).max(1);
        Ok(Self::Local { program: std::env::current_exe()?, jobs, threads: (cores / jobs).max(1) })
    }

    /// Ray: the cluster that RAY_ADDRESS names, else one that is begun on this machine.
    ///
    /// # Errors
    ///
    /// There is no Python with Ray.
    pub(crate) fn ray(python: &str, jobs: Option<usize>) -> Result<Self> {
        let help = "pip install \"ray>=2.40\", and name that Python: --python FILE";
        let problem =
            |why: String| Problem::new(Code::Run, format!("Ray does not start: {why}")).help(help);
        let mut child = Command::new(python)
            .args(["-u", "-c", DRIVER])
            .arg(jobs.unwrap_or(0).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| problem(format!("{python}: {e}")))?;
        let out = child.stdout.take().context("no output")?;
        let mut said = BufReader::new(out);
        let mut first = String::new();
        said.read_line(&mut first)?;
        if first.trim() != "ready" {
            drop(child.kill());
            child.wait()?;
            return Err(
                problem(if first.is_empty() { format!("{python} ended") } else { first }).into()
            );
        }
        Ok(Self::Ray { program: std::env::current_exe()?, driver: Driver { child, said } })
    }

    /// Whether the commands are children of this process.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self, Self::Local { .. })
    }

    /// Runs all commands to their ends and gives those that failed, each with its words.
    pub(crate) fn run(&mut self, tasks: &[Task]) -> Result<Vec<(String, String)>> {
        match self {
            Self::Local { program, jobs, threads } => Ok(local(program, *jobs, *threads, tasks)),
            Self::Ray { program, driver } => driver.run(program, tasks),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Without input it ends by itself, and Ray with it.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn local(program: &PathBuf, jobs: usize, threads: usize, tasks: &[Task]) -> Vec<(String, String)> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(tasks.len()) {
            scope.spawn(|| {
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut command = Command::new(program);
                    command.args(&task.words).env("RAYON_NUM_THREADS", threads.to_string());
                    if let Err(why) = to_its_end(&mut command)
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.push((task.name.clone(), why));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.sort();
    failed
}

/// Runs a command until it ends by itself.
fn to_its_end(command: &mut Command) -> Result<(), String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut last = String::new();
    for _ in 0..ATTEMPTS_MAX {
        let Output { status, stderr, .. } = command.output().map_err(|e| e.to_string())?;
        if status.success() {
            return Ok(());
        }
        last = format!("{status}\n{}", String::from_utf8_lossy(&stderr));
        if status.code().is_some() {
            return Err(String::from_utf8_lossy(&stderr).trim().to_owned());
        }
    }
    Err(format!("killed {ATTEMPTS_MAX} times, last: {}", last.trim()))
}

impl Driver {
    fn run(&mut self, program: &std::path::Path, tasks: &[Task]) -> Result<Vec<(String, String)>> {
        let gone = "Ray's driver is gone; what is done stays done: run the same command again";
        let stdin = self.child.stdin.as_mut().context(gone)?;
        for (number, task) in tasks.iter().enumerate() {
            let mut words = vec![program.display().to_string()];
            words.extend(task.words.iter().cloned());
            writeln!(stdin, "{}", json!({"task": number, "words": words})).context(gone)?;
        }
        stdin.flush().context(gone)?;
        let mut failed = Vec::new();
        for _ in tasks {
            let mut line = String::new();
            anyhow::ensure!(self.said.read_line(&mut line)? > 0, gone);
            let answer: Answer = serde_json::from_str(&line).context(gone)?;
            if let (Some(why), Some(task)) = (answer.failed, tasks.get(answer.task)) {
                failed.push((task.name.clone(), why));
            }
        }
        failed.sort();
        Ok(failed)
    }
}
