//! The shelf between two months: what a task that was stopped goes on from, and every task goes on from.
//!
//! A month always begins with the shelf that was kept of the month before, also in a run that nobody stopped: so what comes
//! out does not depend on where a run was stopped.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use stories::{Arrival, ArticleId, Options, Shelf, Story, StoryId};

use super::{Run, put};

/// Bytes of one kept thing; a file that says more is damaged.
const KEPT_BYTES_MAX: u64 = 1 << 30;

/// What is known at a month's end.
pub(super) struct State {
    pub(super) shelf: Shelf,
    /// The time of the last article.
    pub(super) now: Option<Timestamp>,
    /// The articles on the shelf by their ids outside, hashed.
    known: FxHashMap<u128, i64>,
    /// Articles so far.
    articles: i64,
    /// The features of this month's articles, in the order of arrival.
    log: Log,
    /// Those of the months before, where there are any.
    before: Option<Log>,
}

/// What stands first in a file of state.
#[derive(Serialize, Deserialize)]
struct Head {
    now: Option<Timestamp>,
    articles: i64,
    known: Vec<(u128, i64)>,
    stories: u64,
}

/// What is kept of an article: its id, its story, its features.
type Row = (i64, i64, Vec<u8>);

/// Things one behind the other in a file, each after its length.
struct Log {
    file: File,
    /// Where the first one stands.
    start: u64,
}

impl Log {
    fn new() -> Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, start: 0 })
    }

    /// Goes through all rows, from the first.
    fn each(&self, mut take: impl FnMut(Row) -> Result<()>) -> Result<()> {
        (&self.file).seek(SeekFrom::Start(self.start))?;
        let mut from = BufReader::new(&self.file);
        while let Some(row) = Self::next(&mut from)? {
            take(row)?;
        }
        Ok(())
    }

    fn add<T: Serialize>(out: &mut impl Write, thing: &T) -> Result<()> {
        let bytes = rmp_serde::to_vec_named(thing)?;
        out.write_all(&(bytes.len() as u64).to_le_bytes())?;
        out.write_all(&bytes)?;
        Ok(())
    }

    /// The next thing; `None` at the end.
    fn next<T: for<'a> Deserialize<'a>>(from: &mut impl Read) -> Result<Option<T>> {
        let mut length = [0; 8];
        match from.read_exact(&mut length) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let length = u64::from_le_bytes(length);
        anyhow::ensure!(length <= KEPT_BYTES_MAX, "it says an impossible length");
        let mut bytes = Vec::new();
        from.take(length).read_to_end(&mut bytes)?;
        anyhow::ensure!(bytes.len() as u64 == length, "it breaks off");
        Ok(Some(rmp_serde::from_slice(&bytes)?))
    }
}

/// The name of an article as it is known by.
fn hashed(id: &str) -> u128 {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(id.as_bytes());
    hash.iter().take(16).fold(0, |all, byte| (all << 8) | u128::from(*byte))
}

impl State {
    /// The state before the first article.
    pub(super) fn empty(options: Options) -> Result<Self> {
        Ok(Self {
            shelf: Shelf::new(options),
            now: None,
            known: FxHashMap::default(),
            articles: 0,
            log: Log::new()?,
            before: None,
        })
    }

    /// The state that a file keeps.
    pub(super) fn load(path: &Path, options: Options) -> Result<Self> {
        let cannot = || format!("cannot go on from {}", path.display());
        Self::loaded(path, options).with_context(cannot)
    }

    fn loaded(path: &Path, options: Options) -> Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let head: Head = Log::next(&mut file)?.context("it is empty")?;
        let mut state = Self::empty(options)?;
        state.now = head.now;
        state.articles = head.articles;
        state.known.extend(head.known);
        for _ in 0..head.stories {
            state.shelf.restore_story(Log::next(&mut file)?.context("it breaks off")?);
        }
        let start = file.stream_position()?;
        while let Some((article, story, features)) = Log::next::<Row>(&mut file)? {
            state.shelf.restore_article(ArticleId(article), StoryId(story), &features);
        }
        state.before = Some(Log { file: file.into_inner(), start });
        Ok(state)
    }

    /// The number of an article: a known id is a new revision of the article that has it.
    pub(super) fn number(&mut self, id: &str) -> ArticleId {
        let next = self.articles + 1;
        let number = *self.known.entry(hashed(id)).or_insert(next);
        self.articles = self.articles.max(number);
        ArticleId(number)
    }

    /// Keeps what an arrival did.
    pub(super) fn keep(&mut self, article: ArticleId, arrival: &Arrival) -> Result<()> {
        let row: (i64, i64, &[u8]) = (article.0, arrival.story.0, &arrival.features);
        Log::add(&mut (&self.log.file), &row)
    }

    /// Writes the live stories and their articles, so that the next month can go on from them.
    pub(super) fn save(mut self, run: &Run, name: &str) -> Result<()> {
        let path = run.file(name);
        let file = super::beside(&path)?;
        let mut out = BufWriter::new(file.as_file());
        let live: Vec<&Story> = self.shelf.stories().collect();
        let mut left: FxHashMap<i64, u32> = FxHashMap::default();
        for member in live.iter().flat_map(|story| &story.members) {
            left.insert(member.article.0, 0);
        }
        self.known.retain(|_, number| left.contains_key(number));
        let mut known: Vec<(u128, i64)> = self.known.into_iter().collect();
        known.sort_unstable();
        let stories = live.len() as u64;
        Log::add(&mut out, &Head { now: self.now, articles: self.articles, known, stories })?;
        for story in live {
            Log::add(&mut out, story)?;
        }
        // Of each article that is still there, what was kept of its newest revision.
        let logs: Vec<&Log> = self.before.iter().chain([&self.log]).collect();
        for log in &logs {
            log.each(|(article, ..)| {
                left.entry(article).and_modify(|rows| *rows += 1);
                Ok(())
            })?;
        }
        for log in &logs {
            log.each(|row| {
                let Some(rows) = left.get_mut(&row.0) else { return Ok(()) };
                *rows = rows.saturating_sub(1);
                if *rows == 0 { Log::add(&mut out, &row) } else { Ok(()) }
            })?;
        }
        out.flush()?;
        drop(out);
        put(file, &path)
    }
}
