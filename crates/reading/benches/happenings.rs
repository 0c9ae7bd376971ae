//! When, where and what happened, in words per CPU-second on one core, and what the gazetteer costs:
//! `cargo xtask bench reading`, or `cargo bench -p reading --bench happenings [-- FOLDER]`.
//!
//! Reads the bundled day, or the `.txt` files of a folder. The engine's documents are ready in memory, so that a row is
//! the stage alone. The gazetteer is the pack's compiled file, mapped as the program maps it; its resident part is what
//! the kernel says of that mapping after all texts were read. The best of several rounds counts, by the CPU clock of this
//! thread.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::disallowed_methods, reason = "a bench looks for packs and texts on this machine")]

#[path = "shared/measure.rs"]
mod measure;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use article::Article;
use language::{Doc, Engines, identify};
use measure::{ROUNDS, cpu_time, packs, texts};
use reading::{Gazetteer, Knowledge};

/// Passes over all texts in a round: one pass is near a tick of the CPU clock.
const PASSES: u32 = 10;

fn main() {
    let engines = Engines::load(&packs());
    let articles: Vec<Article> = texts().into_iter().map(article::plain::article).collect();
    let words: usize = articles.iter().map(|a| a.text.split_whitespace().count()).sum();
    let docs: Vec<Doc> =
        articles.iter().map(|a| engines.doc(&a.text, identify(&a.text, None))).collect();
    let file = find(&packs(), "places.bin", 3);
    let mut start = Duration::MAX;
    let mut gazetteer = None;
    if let Some(file) = &file {
        for _ in 0..ROUNDS {
            let before = cpu_time();
            gazetteer = map(file).and_then(|map| Gazetteer::new(Arc::new(map)).ok());
            start = start.min(since(before));
        }
    }
    let knowledge = Knowledge { gazetteer: gazetteer.as_ref(), habits: None };
    let first = cpu_time();
    if let (Some(a), Some(d)) = (articles.first(), docs.first()) {
        black_box(reading::read(a, d, knowledge));
    }
    let first = since(first);
    let (mut times_found, mut places_found, mut events_found) = (0, 0, 0);
    let pairs = || articles.iter().zip(&docs);
    let times = best(|| {
        times_found = pairs().map(|(a, d)| reading::read_times(a, d).len()).sum();
    });
    let known: Vec<_> = pairs().map(|(a, d)| reading::read_times(a, d)).collect();
    let places = best(|| {
        let read = |((a, d), t): ((&Article, &Doc), &Vec<_>)| {
            reading::read_places(a, d, t, knowledge).len()
        };
        places_found = pairs().zip(&known).map(read).sum();
    });
    let whole = best(|| {
        events_found = pairs().map(|(a, d)| reading::read(a, d, knowledge).events.len()).sum();
    });
    println!("{} texts, {words} words", articles.len());
    println!("found: {times_found} times, {places_found} places, {events_found} events");
    println!("| stage, documents ready | words per CPU-second | asked |");
    println!("|---|---|---|");
    for (stage, time, asked) in [
        ("times", times, "1,000,000"),
        ("places", places, "300,000"),
        ("the whole reading", whole, "-"),
    ] {
        println!("| {stage} | {:.0} | {asked} |", words as f64 / time.as_secs_f64());
    }
    let Some(file) = file else {
        println!("no places pack is installed: places were read with our own table");
        return;
    };
    let (size, resident) = mapped_kib(&file);
    println!("| gazetteer | now | asked |");
    println!("|---|---|---|");
    println!("| mapped, MiB | {:.1} | 64 |", size as f64 / 1024.0);
    println!("| resident after all texts, MiB | {:.1} | 64 |", resident as f64 / 1024.0);
    println!("| open, ms of CPU | {:.2} | 50 |", start.as_secs_f64() * 1e3);
    println!(
        "| open and first article (word lists are built), ms | {:.1} | - |",
        (start + first).as_secs_f64() * 1e3
    );
}

/// The shortest CPU time of one pass.
fn best(mut pass: impl FnMut()) -> Duration {
    let shortest = measure::best(|| (0..PASSES).for_each(|_| pass())) / PASSES;
    shortest.max(Duration::from_nanos(1))
}

fn since(before: Option<Duration>) -> Duration {
    cpu_time().zip(before).map(|(after, before)| after.saturating_sub(before)).unwrap_or_default()
}

fn map(file: &Path) -> Option<memmap2::Mmap> {
    let file = std::fs::File::open(file).ok()?;
    // SAFETY: the pack is written once and replaced by renaming, never changed in place
    #[expect(unsafe_code, reason = "mapping a pack, as the program does")]
    unsafe {
        memmap2::Mmap::map(&file).ok()
    }
}

/// Size and resident part of all mappings of a file, in KiB, as the kernel says.
fn mapped_kib(file: &Path) -> (u64, u64) {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let (mut size, mut resident, mut inside) = (0, 0, false);
    for line in maps.lines() {
        let number =
            || line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        if line.contains('-') && !line.ends_with("kB") && line.contains("r--") {
            inside = line.ends_with(&*file.to_string_lossy());
        } else if inside && line.starts_with("Size:") {
            size += number();
        } else if inside && line.starts_with("Rss:") {
            resident += number();
        }
    }
    (size, resident)
}

/// A file of that name under a folder.
fn find(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    let file = folder.join(name);
    if file.is_file() {
        return Some(file);
    }
    let deeper = depth.checked_sub(1)?;
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.map(|e| e.path()).filter(|p| p.is_dir()).find_map(|p| find(&p, name, deeper))
}
