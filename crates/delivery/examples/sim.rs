//! The courier through worlds of faults, seed by seed: `sim [delivery] [--seed N] [--seeds K] [--sends N] [--minutes M]`.
//!
//! Each world is one thread's, decided by its seed alone: a failure replays with `--seed`. With `--minutes` worlds are begun until
//! that time is over.

use std::time::Instant;

use delivery::sim::{SimReport, run};

/// Promises of one world; more seeds rather than longer worlds, so that a failure is short.
const WORLD: u64 = 500;

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
    let minutes = number("--minutes");
    let worlds = number("--seeds").unwrap_or(match minutes {
        Some(_) => u64::MAX / WORLD,
        None => sends.div_ceil(WORLD),
    });
    let each = if minutes.is_some() { WORLD } else { sends.div_ceil(worlds) };
    let started = Instant::now();
    let next = std::sync::atomic::AtomicU64::new(0);
    let done = std::sync::atomic::AtomicU64::new(0);
    let all = std::sync::Mutex::new(SimReport { seed: first, ..SimReport::default() });
    let work = || -> Result<(), String> {
        loop {
            let world = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let is_over = minutes.is_some_and(|m| started.elapsed().as_secs() >= m * 60);
            if world >= worlds || is_over {
                return Ok(());
            }
            let folder =
                std::env::temp_dir().join(format!("uptospeed-sim-{}-{world}", std::process::id()));
            std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
            let seed = first + world;
            let runtime =
                tokio::runtime::Builder::new_current_thread().build().map_err(|e| e.to_string())?;
            let report =
                runtime.block_on(run(seed, each, &folder)).map_err(|e| format!("seed {seed}: {e}"));
            std::fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
            let report = report?;
            if !report.is_good() {
                println!("FAILED, replay with --seed {seed} --seeds 1 --sends {each}\n{report}");
            }
            let mut all = all.lock().map_err(|e| e.to_string())?;
            all.add(&report);
            done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
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
    let done = done.into_inner();
    println!("{done} worlds in {:.1} s\n{all}", started.elapsed().as_secs_f64());
    if all.is_good() { Ok(()) } else { Err("promises were broken".into()) }
}
