//! How fast: criterion's benches per stage, pages and the language engine beside their peers, and the whole way.

use std::time::Instant;

use anyhow::Result;

use crate::{program, root};

pub(crate) fn run_one(name: &str) -> Result<()> {
    crate::run("cargo", &["bench", "--package", name])
}

mod article;
mod intake;
pub(crate) mod language;

pub(crate) fn run(args: &[&str]) -> Result<()> {
    match args.first().copied() {
        Some("whole") => whole(),
        Some("article") => article::run(),
        Some("language") => language::run(args),
        Some("intake") => intake::run(args),
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
