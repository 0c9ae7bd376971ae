//! A thousand feeds on loopback: articles a second into the store, processor time and memory.

use anyhow::{Context as _, Result};

use crate::program;

/// Minutes of a run where none are named.
const MINUTES: u64 = 1;

/// Intake alone, then the whole program without packs, each for as many minutes: `--minutes N`; `--alone` leaves the second out.
pub(super) fn run(args: &[&str]) -> Result<()> {
    let minutes = args.iter().position(|arg| *arg == "--minutes").and_then(|at| args.get(at + 1));
    let minutes: u64 = minutes.map_or(Ok(MINUTES), |n| n.parse()).context("--minutes N")?;
    let seconds = (minutes * 60).to_string();
    let mut example = vec!["run", "--release", "--package", "intake", "--example", "thousand"];
    example.extend(["--", &seconds]);
    println!("intake alone, {minutes} min");
    crate::run("cargo", &example)?;
    if !args.contains(&"--alone") {
        let program = program()?;
        let program = program.to_string_lossy();
        example.push(&program);
        println!("the whole program without packs, {minutes} min");
        crate::run("cargo", &example)?;
    }
    Ok(())
}
