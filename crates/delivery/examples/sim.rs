//! The courier through worlds of faults, seed by seed: `sim [delivery] [--seed N] [--seeds K] [--sends N]`.
//!
//! Each world is one thread's, decided by its seed alone: a failure replays with `--seed`.

use std::time::Instant;

use delivery::sim::{SimReport, run};

/// Promises of one world; more seeds rather than longer worlds, so that a failure is short.
const WORLD: u64 = 5_000;

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people; a fresh seed comes from the clock"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = args.iter().position(|a| a == name)?;
        args.get(at + 1)?.replace('_', "").parse::<u64>().ok()
    };
    let fresh =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() % 1_000_000;
    let first = number("--seed").unwrap_or(fresh);
    let sends = number("--sends").unwrap_or(WORLD);
    let worlds = number("--seeds").unwrap_or(sends.div_ceil(WORLD));
    let started = Instant::now();
    let next = std::sync::atomic::AtomicU64::new(0);
    let all = std::sync::Mutex::new(SimReport { seed: first, ..SimReport::default() });
    let work = || -> Result<(), String> {
        loop {
            let world = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if world >= worlds {
                return Ok(());
            }
            let folder =
                std::env::temp_dir().join(format!("uptospeed-sim-{}-{world}", std::process::id()));
            std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
            let seed = first + world;
            let runtime =
                tokio::runtime::Builder::new_current_thread().build().map_err(|e| e.to_string())?;
            let report = runtime
                .block_on(run(seed, sends.div_ceil(worlds), &folder))
                .map_err(|e| format!("seed {seed}: {e}"));
            std::fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
            let report = report?;
            if !report.is_good() {
                println!(
                    "FAILED, replay with --seed {seed} --seeds 1 --sends {}\n{report}",
                    sends.div_ceil(worlds)
                );
            }
            all.lock().map_err(|e| e.to_string())?.add(&report);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let ended: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|_| Err("a world panicked".to_owned())))
            .collect()
    });
    ended.into_iter().collect::<Result<(), String>>()?;
    let all = all.into_inner().map_err(|e| e.to_string())?;
    println!("{worlds} worlds in {:.1} s\n{all}", started.elapsed().as_secs_f64());
    if all.is_good() { Ok(()) } else { Err("promises were broken".into()) }
}
