//! How fast: criterion's benches per stage, pages and the language engine beside their peers, and the whole way.

use std::time::Instant;

use anyhow::Result;

use crate::{program, root};

pub(crate) fn run_one(name: &str) -> Result<()> {
    crate::run("cargo", &["bench", "--package", name])
}

mod article;
pub(crate) mod language;

pub(crate) fn run(args: &[&str]) -> Result<()> {
    match args.first().copied() {
        Some("whole") => whole(),
        Some("article") => article::run(),
        Some("language") => language::run(args),
        Some("intake") => intake(),
        Some(name) => run_one(name),
        None => {
            for entry in std::fs::read_dir(root().join("crates"))? {
                let path = entry?.path();
                if path.join("benches").is_dir()
                    && let Some(name) = path.file_name().and_then(|n| n.to_str())
                {
                    run_one(name)?;
                }
            }
            whole()
        }
    }
}

/// A thousand feeds for two minutes: intake alone, then the whole program; the ten-minute form is `SECONDS` of the example.
fn intake() -> Result<()> {
    let program = program()?;
    let program = program.to_string_lossy();
    let example = ["run", "--release", "--package", "intake", "--example", "thousand", "--", "120"];
    crate::run("cargo", &example)?;
    crate::run("cargo", &[example.as_slice(), &[program.as_ref()]].concat())
}

/// The bundled day through the real pipeline, three times; wall clock of the whole process.
fn whole() -> Result<()> {
    let program = program()?;
    for n in 1..=3 {
        let started = Instant::now();
        let status = std::process::Command::new(&program).args(["try", "--once"]).output()?;
        println!("whole way, run {n}: {:.2} s, {}", started.elapsed().as_secs_f64(), status.status);
    }
    Ok(())
}
