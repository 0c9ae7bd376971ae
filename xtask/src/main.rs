//! Chores in Rust, no shell: `cargo xtask tidy|eval|golden|bench|docs`.

mod archive;
mod bench;
mod docs;
mod eval;
mod load;
mod mail;
mod parity;
mod schemathesis;
mod several;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

const USAGE: &str = "cargo xtask COMMAND
  tidy              the dependency table, banned names, the budget of packages, guards that repeat
  eval [--update]   own golden sets and the scorers on the gold data, compared with eval/baseline.json
  golden            rewrite the golden files from what the program does now; read the diff before you commit it
  bench [NAME]      criterion benches (all, or of one crate) and the whole way; article, language: beside their peers [--texts FILE.jsonl]
  parity [--texts FILE.jsonl]  the language engine and spaCy, field by field, on the packs that are there
  sim [--seed N] [--seeds K] [--sends N]  seeded simulation of delivery: nothing lost, nothing doubled
  load [--seconds N] [--stories N] [--every MS]  pages under 200 requests/s on one core, and a thousand live readers
  schemathesis [--examples N]  the API against its own description, by schemathesis from PyPI
  mail              letters through a real, strict mail server, fetched from PyPI
  archive [--articles N] [--shards N] [--ray] [--kill-every S] [--program FILE]  a year of invented outlets, read, clustered and linked in several ways, also with workers killed: the same bytes
  several [--minutes N] [--program FILE]  three machines on one PostgreSQL server, killed, cut off and paused in turn: nothing lost, split or doubled (root, Linux)
  docs [--check]    write docs/errors.md and docs/settings.md from the program's tables, or see that they are fresh";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.split_first() {
        Some((&"tidy", _)) => tidy::run(),
        Some((&"eval", rest)) => eval::run(rest.contains(&"--update")),
        Some((&"golden", _)) => golden(),
        Some((&"bench", rest)) => bench::run(rest),
        Some((&"parity", rest)) => parity::run(rest),
        Some((&"sim", rest)) => sim(rest),
        Some((&"mail", _)) => mail::mail(),
        Some((&"load", rest)) => load::run(rest),
        Some((&"schemathesis", rest)) => schemathesis::run(rest),
        Some((&"archive", rest)) => archive::run(rest),
        Some((&"several", rest)) => several::run(rest),
        Some((&"docs", rest)) => docs::run(rest.contains(&"--check")),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The project's top folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Runs a command in the top folder; its failure is ours.
fn run(program: &str, args: &[&str]) -> Result<()> {
    let status = Command::new(program).args(args).current_dir(root()).status();
    let status = status.with_context(|| format!("cannot start {program}"))?;
    if !status.success() {
        bail!("{program} {} ended with {status}", args.join(" "));
    }
    Ok(())
}

/// Runs a command in the top folder and gives what it printed.
fn output(program: &str, args: &[&str]) -> Result<String> {
    let out = Command::new(program).args(args).current_dir(root()).output();
    let out = out.with_context(|| format!("cannot start {program}"))?;
    if !out.status.success() {
        bail!(
            "{program} {} ended with {}: {}",
            args.join(" "),
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Builds the program as users run it and gives its path.
fn program() -> Result<PathBuf> {
    run("cargo", &["build", "--release", "--quiet", "--package", "uptospeed"])?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release/uptospeed"))
}

/// The program that `--program FILE` names, else one built for speed.
fn given_program(args: &[&str]) -> Result<PathBuf> {
    let Some(at) = args.iter().position(|arg| *arg == "--program") else { return program() };
    let file = args.get(at + 1).context("--program names no file")?;
    std::fs::canonicalize(file).with_context(|| (*file).to_owned())
}

fn golden() -> Result<()> {
    let status = Command::new("cargo")
        .args([
            "test",
            "--quiet",
            "--package",
            "reading",
            "--package",
            "delivery",
            "--package",
            "stories",
        ])
        .env("UPDATE_GOLDEN", "1")
        .current_dir(root())
        .status()?;
    if !status.success() {
        bail!("the tests that write golden files failed");
    }
    run("git", &["--no-pager", "diff", "--stat", "--", "*.md"])
}

fn sim(args: &[&str]) -> Result<()> {
    let mut all =
        vec!["run", "--release", "--quiet", "--package", "delivery", "--example", "sim", "--"];
    all.extend(args);
    run("cargo", &all)
}
