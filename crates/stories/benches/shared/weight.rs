//! What live stories weigh in memory: all held in full, and left to their rows.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use stories::{Options, Shelf, prepare};
use testkit::seed::{Synthetic, SyntheticConfig};

use super::table::{self, Shared, Table};
use super::{Ready, TOGETHER};

/// Stories that are told at the same time, and articles for each of them; as some end and others begin, a story has about three.
const STORIES: u32 = 20_000;
const ARTICLES_EACH: usize = 5;
/// Articles that arrive at the restored shelf, and the memory that it may then take for stories held in full.
const ASKING: usize = 3_000;
const HELD_BYTES_MAX: u64 = 16 << 20;

/// Lets articles arrive, keeps their rows in a file, and has other processes restore them.
pub(super) fn print() {
    for vectors in [false, true] {
        if let Err(error) = weigh(vectors) {
            println!("memory could not be measured: {error}");
        }
    }
}

fn news(vectors: bool) -> impl Iterator<Item = Ready> {
    let config = SyntheticConfig { live_stories: STORIES, ..SyntheticConfig::default() };
    Synthetic::new(config).map(move |made| Ready::new(made, vectors))
}

fn weigh(vectors: bool) -> Result<(), Box<dyn std::error::Error>> {
    let file = table::name("rows");
    let mut rows = Table::create(&file)?;
    let mut shelf = Shelf::new(Options { bytes_max: u64::MAX, ..Options::default() });
    for ready in news(vectors).take(STORIES as usize * ARTICLES_EACH) {
        let prepared = prepare(&ready.arriving());
        let arrival = ready.arrive(&mut shelf, prepared);
        rows.keep(ready.id, &arrival);
    }
    rows.close(&file)?;
    let words = if vectors { "with" } else { "without" };
    for how in ["held", "left"] {
        let out = Command::new(std::env::current_exe()?).args([how, words]).arg(&file).output()?;
        println!("memory, {words} vectors, {}", String::from_utf8_lossy(&out.stdout).trim());
    }
    Table::remove(&file);
    Ok(())
}

/// Restores a shelf from a file of rows and says what it weighs; one that leaves stories to the rows also when articles came.
pub(super) fn restore(left: bool, vectors: bool, file: &str) {
    let Ok(rows) = Table::open(Path::new(file)) else {
        println!("the rows cannot be read");
        return;
    };
    let counts = rows.counts();
    if !left {
        let before = resident();
        let mut shelf = Shelf::new(Options { bytes_max: u64::MAX, ..Options::default() });
        rows.restore(&mut shelf);
        return say("all held", counts, resident().saturating_sub(before), &shelf);
    }
    let table = Shared(Arc::new(Mutex::new(rows)));
    let before = resident();
    let options = Options { bytes_max: HELD_BYTES_MAX, ..Options::default() };
    let mut shelf = Shelf::over(options, Box::new(table.clone()));
    let Ok(rows) = Table::open(Path::new(file)) else { return };
    let opened = resident().saturating_sub(before);
    rows.restore(&mut shelf);
    let weighed = resident().saturating_sub(before + opened);
    say("left to their rows", counts, weighed, &shelf);
    let more: Vec<Ready> = news(vectors).skip(counts.1).take(ASKING).collect();
    let with_news = resident();
    for together in more.chunks(TOGETHER) {
        for ready in together {
            let prepared = prepare(&ready.arriving());
            let arrival = ready.arrive(&mut shelf, prepared);
            table.keep(ready.id, &arrival);
        }
        shelf.rest(together.last().map_or(jiff::Timestamp::UNIX_EPOCH, |ready| ready.at));
    }
    let weighed = weighed + resident().saturating_sub(with_news);
    say(&format!("{} held after {ASKING} articles", shelf.held_stories()), counts, weighed, &shelf);
}

fn say(what: &str, (stories, articles): (usize, usize), bytes: u64, shelf: &Shelf) {
    let each = bytes / stories.max(1) as u64;
    println!(
        "{what}: {stories} stories of {articles} articles weigh {} MiB, {each} bytes a story; a million such stories {:.2} GiB; counted as {} MiB",
        bytes >> 20,
        each as f64 * 1e6 / f64::from(1 << 30),
        shelf.weight() >> 20
    );
}

/// Resident bytes of this process.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|n| n.parse().ok());
    kib.unwrap_or(0_u64) * 1024
}
