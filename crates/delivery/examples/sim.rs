//! `cargo xtask sim [WORLDS] [SENDS] [SEED]`: the real courier in worlds where everything goes wrong.
//!
//! Each world is decided by its seed; a fresh one is printed, so that a failure replays.

use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[expect(clippy::disallowed_methods, reason = "a fresh seed comes from the clock and is printed")]
fn fresh() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| d.as_secs())
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> ExitCode {
    let args: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let worlds = args.first().copied().unwrap_or(20).max(1);
    let sends = args.get(1).copied().unwrap_or(1_000);
    let fixed = args.get(2).copied();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let started = Instant::now();
    let mut all = delivery::sim::SimReport::default();
    for n in 0..worlds {
        // The first worlds are the same in every run, the last one never was before.
        let seed = fixed.unwrap_or(if n + 1 == worlds { fresh() } else { n });
        let Ok(folder) = tempfile::tempdir() else { return ExitCode::FAILURE };
        match runtime.block_on(delivery::sim::run(seed, sends, folder.path())) {
            Ok(report) if report.is_good() => all.add(&report),
            Ok(report) => {
                println!("{report}");
                for failure in &report.failures {
                    println!("  {failure}");
                }
                println!("again: cargo xtask sim 1 {sends} {seed}");
                return ExitCode::FAILURE;
            }
            Err(error) => {
                println!("seed {seed}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{worlds} worlds in {:.1} s, {all}", started.elapsed().as_secs_f64());
    ExitCode::SUCCESS
}
