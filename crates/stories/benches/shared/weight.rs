//! What live stories weigh in memory.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::process::Command;

use stories::{ArticleId, Options, Shelf, Story, StoryId, prepare};
use testkit::seed::{Synthetic, SyntheticConfig};

use super::Ready;

/// Live stories that are weighed, and how many articles tell of each on average.
const STORIES: u32 = 3_000;
const ARTICLES_EACH: usize = 5;

/// What is kept of a story and its articles in rows.
type Rows = (Vec<Story>, Vec<(ArticleId, StoryId, Vec<u8>)>);

/// Lets articles arrive, keeps their rows in a file, and has another process restore them.
pub(super) fn print() {
    for vectors in [false, true] {
        if let Err(error) = weigh(vectors) {
            println!("memory could not be measured: {error}");
        }
    }
}

fn weigh(vectors: bool) -> Result<(), Box<dyn std::error::Error>> {
    let config = SyntheticConfig { live_stories: STORIES, ..SyntheticConfig::default() };
    let mut shelf = Shelf::new(Options::default());
    let mut articles = Vec::new();
    let mut changed = std::collections::BTreeMap::new();
    for made in Synthetic::new(config).take(STORIES as usize * ARTICLES_EACH) {
        let ready = Ready::new(made, vectors);
        let prepared = prepare(&ready.arriving());
        let arrival = ready.arrive(&mut shelf, prepared);
        articles.push((ready.id, arrival.story, arrival.features));
        changed.extend(arrival.changed.into_iter().map(|s| (s.id, s)));
    }
    let rows: Rows = (changed.into_values().collect(), articles);
    let file = std::env::temp_dir().join(format!("uptospeed-rows-{}", std::process::id()));
    rmp_serde::encode::write(&mut BufWriter::new(File::create(&file)?), &rows)?;
    let out = Command::new(std::env::current_exe()?).arg("restore").arg(&file).output();
    std::fs::remove_file(&file)?;
    let words = String::from_utf8_lossy(&out?.stdout).into_owned();
    println!("memory, {} vectors: {}", if vectors { "with" } else { "without" }, words.trim());
    Ok(())
}

/// Restores a shelf from a file of rows and says what it weighs.
pub(super) fn restore(file: &str) {
    let Ok(open) = File::open(file) else { return };
    let Ok((stories, articles)) = rmp_serde::from_read::<_, Rows>(BufReader::new(open)) else {
        println!("the rows cannot be read");
        return;
    };
    let (live, all) = (stories.len(), articles.len());
    let before = resident();
    let mut shelf = Shelf::new(Options::default());
    // what is handed over stays in this process's heap; the rows of articles are only read
    for story in &stories {
        shelf.restore_story(story.clone());
    }
    for (id, story, features) in &articles {
        shelf.restore_article(*id, *story, features);
    }
    let bytes = resident().saturating_sub(before);
    let each = bytes / live.max(1) as u64;
    println!(
        "{live} stories of {all} articles weigh {} MiB, {each} bytes a story, {} bytes an article; a million such stories {:.1} GiB; counted as {} MiB",
        bytes >> 20,
        bytes / all.max(1) as u64,
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
