//! Who said what, in words per CPU-second on one core: `cargo bench -p reading [-- FOLDER]`.
//!
//! Reads the bundled day, or the `.txt` files of a folder. Three rows: a plain scan of the bytes (the limit), statements
//! alone with the engine's documents ready in memory, and the whole way from text to statements. Packs are not fetched:
//! without them the same three rows, read by the order of words. The best of several rounds counts, by the CPU clock of
//! this thread, so that a busy machine says the same.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::disallowed_methods, reason = "a bench looks for packs and texts on this machine")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use article::Article;
use language::{Doc, Engines, identify};

/// Rounds over all texts.
const ROUNDS: usize = 5;

/// Scans that are timed together.
const SCANS: u32 = 1_000;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let texts = match &folder {
        Some(folder) => of_folder(Path::new(folder)),
        None => of_the_day(),
    };
    let engines = Engines::load(&packs());
    let articles: Vec<Article> = texts.into_iter().map(article::plain::article).collect();
    let words: usize = articles.iter().map(|a| a.text.split_whitespace().count()).sum();
    let docs: Vec<Doc> = articles.iter().map(|a| doc(&engines, a)).collect();
    let parsed = docs.iter().filter(|doc| doc.linguistics().is_some()).count();
    let mut found = 0;
    // one scan is shorter than a tick of the CPU clock
    let scan = best(|| {
        for _ in 0..SCANS {
            let blanks = |a: &Article| black_box(&a.text).bytes().filter(|b| *b == b' ').count();
            black_box(articles.iter().map(blanks).sum::<usize>());
        }
    }) / SCANS;
    let alone = best(|| {
        let read = |(a, d): (&Article, &Doc)| reading::read_statements(a, d).statements.len();
        found = articles.iter().zip(&docs).map(read).sum();
    });
    let whole = best(|| {
        for a in &articles {
            black_box(reading::read_statements(a, &doc(&engines, a)));
        }
    });
    println!("{} texts, {words} words, {parsed} parsed, {found} statements", articles.len());
    println!("| stage | words per CPU-second |");
    println!("|---|---|");
    for (stage, time) in [
        ("scan of the bytes", scan),
        ("statements, documents ready", alone),
        ("text to statements", whole),
    ] {
        println!("| {stage} | {:.0} |", words as f64 / time.as_secs_f64());
    }
}

fn doc(engines: &Engines, article: &Article) -> Doc {
    engines.doc(&article.text, identify(&article.text, None))
}

/// The shortest CPU time of several rounds.
fn best(mut round: impl FnMut()) -> Duration {
    let one = |round: &mut dyn FnMut()| {
        let (started, cpu) = (Instant::now(), cpu_time());
        round();
        cpu_time()
            .zip(cpu)
            .map_or_else(|| started.elapsed(), |(after, before)| after.saturating_sub(before))
    };
    (0..ROUNDS).map(|_| one(&mut round)).min().unwrap_or_default().max(Duration::from_nanos(1))
}

/// The CPU time of this thread; `None` where the system does not tell.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split_whitespace().next()?.parse().ok()?))
}

fn of_the_day() -> Vec<String> {
    let Ok(day) = testkit::day::Day::bundled() else {
        return Vec::new();
    };
    day.versions().iter().map(|(.., version)| version.text()).collect()
}

fn of_folder(folder: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

fn packs() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = || set("HOME").unwrap_or_default().join(".cache");
    set("UPTOSPEED_PACKS")
        .unwrap_or_else(|| set("XDG_CACHE_HOME").unwrap_or_else(home).join("uptospeed/packs"))
}
