//! Rows in a file, read back one story at a time: what a store is to the shelf, without the store's own cost.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use stories::{Arrival, ArticleId, Rows, Shelf, Story, StoryId, StoryRows};

/// Where a row begins in the file, and its bytes.
type Place = (u64, u32);

/// Where all rows are.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Places {
    stories: BTreeMap<i64, Place>,
    articles: FxHashMap<i64, Place>,
    /// The articles in the order of arrival, with their stories.
    arrived: Vec<(i64, i64)>,
}

/// Rows in a file.
#[derive(Debug)]
pub(super) struct Table {
    file: File,
    end: u64,
    places: Places,
}

impl Table {
    pub(super) fn create(path: &Path) -> std::io::Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Self { file, end: 0, places: Places::default() })
    }

    /// Keeps what came of an article; a newer row of a story stands beside the older one.
    pub(super) fn keep(&mut self, article: ArticleId, arrival: &Arrival) {
        let place = self.append(&arrival.features);
        self.places.articles.insert(article.0, place);
        self.places.arrived.push((article.0, arrival.story.0));
        for story in &arrival.changed {
            let body = rmp_serde::to_vec_named(story).unwrap_or_default();
            let place = self.append(&body);
            self.places.stories.insert(story.id.0, place);
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Place {
        let place = (self.end, bytes.len() as u32);
        if self.file.write_all_at(bytes, self.end).is_ok() {
            self.end += bytes.len() as u64;
        }
        place
    }

    fn bytes(&self, (at, length): Place) -> Vec<u8> {
        let mut bytes = vec![0; length as usize];
        if self.file.read_exact_at(&mut bytes, at).is_err() {
            bytes.clear();
        }
        bytes
    }

    fn story(&self, id: i64) -> Option<Story> {
        rmp_serde::from_slice(&self.bytes(*self.places.stories.get(&id)?)).ok()
    }

    fn rows(&self, id: StoryId) -> Option<StoryRows> {
        let story = self.story(id.0)?;
        let row = |id: ArticleId| Some((id, self.bytes(*self.places.articles.get(&id.0)?)));
        let articles = story.members.iter().filter_map(|m| row(m.article)).collect();
        Some(StoryRows { story, articles })
    }

    /// Writes down where the rows are.
    pub(super) fn close(self, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let mut out = BufWriter::new(File::create(beside(path))?);
        rmp_serde::encode::write(&mut out, &self.places)?;
        Ok(out.flush()?)
    }

    pub(super) fn open(path: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let places: Places = read(&beside(path))?;
        let file = File::options().read(true).write(true).open(path)?;
        let end = file.metadata()?.len();
        Ok(Self { file, end, places })
    }

    /// Stories and articles that there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.places.stories.len(), self.places.articles.len())
    }

    /// Puts everything back on a shelf, one row at a time.
    pub(super) fn restore(&self, shelf: &mut Shelf) {
        for id in self.places.stories.keys() {
            if let Some(story) = self.story(*id) {
                shelf.restore_story(story);
            }
        }
        for (article, story) in &self.places.arrived {
            if let Some(place) = self.places.articles.get(article) {
                let features = self.bytes(*place);
                shelf.restore_article(ArticleId(*article), StoryId(*story), &features);
            }
        }
    }

    /// Takes the files away.
    pub(super) fn remove(path: &Path) {
        // nothing depends on it: they lie in the folder for temporary files
        std::fs::remove_file(path).ok();
        std::fs::remove_file(beside(path)).ok();
    }
}

/// A table that a shelf and a bench both use.
#[derive(Clone, Debug)]
pub(super) struct Shared(pub Arc<Mutex<Table>>);

impl Rows for Shared {
    fn read(&mut self, ids: &[StoryId]) -> Vec<StoryRows> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.iter().filter_map(|id| table.rows(*id)).collect()
    }
}

impl Shared {
    pub(super) fn keep(&self, article: ArticleId, arrival: &Arrival) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(article, arrival);
    }
}

/// A file's name that no other run has.
pub(super) fn name(of: &str) -> PathBuf {
    std::env::temp_dir().join(format!("uptospeed-{of}-{}", std::process::id()))
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("places")
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    BufReader::new(File::open(path)?).read_to_end(&mut bytes)?;
    Ok(rmp_serde::from_slice(&bytes)?)
}
