//! All articles of one language, in the order of their times, joined into stories: month after month, by the shelf of the
//! live program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use anyhow::Result;
use article::Article;
use jiff::Timestamp;
use stories::contract::{Articles, update_json};
use stories::{Arrival, Arriving, ArticleId, Options, Prepared, Story, StoryId};

use super::manifest::{self, Coming};
use super::merge::{Merge, Sorted};
use super::shard::Kept;
use super::state::State;
use super::{Manifest, Rejected, Run, contained, part};
use crate::export::{Cell, Columns, Kind};

/// What is read of an article, in the order of [`part::READ`].
const WANTED: &[&str] = &["at", "id", "url", "outlet", "text", "kept", "features"];

/// Stories that were told of in a month, as they stood at its end; in the month in which it began also what it is linked by.
pub(super) const STORIES: Columns = &[
    ("at", Kind::Integer),
    ("id", Kind::Text),
    ("language", Kind::Text),
    ("story", Kind::Integer),
    ("merged_into", Kind::Integer),
    ("title", Kind::Text),
    ("outlet", Kind::Text),
    ("first", Kind::Text),
    ("last", Kind::Text),
    ("articles", Kind::Integer),
    ("independent_texts", Kind::Integer),
    ("outlets", Kind::Integer),
    ("figures", Kind::Text),
    ("places", Kind::Text),
    ("kept", Kind::Bytes),
];

/// What became of a month.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) month: String,
    /// It was done before.
    pub(crate) before: bool,
    pub(crate) manifest: Manifest,
}

/// Joins the articles of a language, unless that is done; `done` is told of each month.
///
/// # Errors
///
/// A part is damaged, or the run's folder cannot be written. What is done stays done.
pub(crate) fn cluster(
    run: &Run,
    language: &str,
    mut done: impl FnMut(Done) -> Result<()>,
) -> Result<()> {
    let (mut months, mut before) = (Vec::new(), String::new());
    for month in run.partitions(&format!("read/lang={language}"), "month")? {
        let parts = run.parts(&format!("read/lang={language}/month={month}"))?;
        if parts.is_empty() {
            continue;
        }
        let key = run.key(["cluster", &before].into_iter().chain(parts.iter().map(String::as_str)));
        before.clone_from(&key);
        months.push(Month { run, language, name: month, key, parts });
    }
    let standing = months.iter().take_while(|month| month.standing().is_some()).count();
    let shelf = |n: usize| months.get(n).map(Month::shelf).filter(|shelf| run.file(shelf).exists());
    // Where a shelf is gone, an earlier month has changed after later ones were done: from the beginning.
    let from =
        if standing == months.len() || standing.checked_sub(1).is_none_or(|n| shelf(n).is_some()) {
            standing
        } else {
            0
        };
    let mut kept = from.checked_sub(1).and_then(shelf);
    for (n, month) in months.iter().enumerate() {
        let standing = month.standing().filter(|_| n < from);
        let was_there = standing.is_some();
        let manifest = match standing {
            Some(manifest) => manifest,
            None => {
                let manifest = month.cluster(kept.as_deref())?;
                run.keep_manifest(&month.task(), &manifest)?;
                if let Some(old) = kept.replace(month.shelf()) {
                    manifest::remove(&run.file(&old))?;
                }
                manifest
            }
        };
        done(Done { month: month.name.clone(), before: was_there, manifest })?;
    }
    // Shelves of other inputs: what an earlier try left.
    let folder = format!("shelf/lang={language}");
    for name in super::names_in(&run.file(&folder))? {
        let place = format!("{folder}/{name}");
        if !name.starts_with('.') && Some(&place) != kept.as_ref() {
            manifest::remove(&run.file(&place))?;
        }
    }
    Ok(())
}

/// One month's work.
struct Month<'a> {
    run: &'a Run,
    language: &'a str,
    name: String,
    key: String,
    parts: Vec<String>,
}

/// What stops a month.
enum Stop {
    /// This article cannot be joined: the month is done again without it.
    At(String),
    Error(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Error(error)
    }
}

impl Month<'_> {
    fn task(&self) -> String {
        format!("lang={}.month={}", self.language, self.name)
    }

    /// The account of the month, where it is done.
    fn standing(&self) -> Option<Manifest> {
        let manifest = self.run.manifest("cluster", &self.task())?;
        manifest.stands(self.run, &self.key).then_some(manifest)
    }

    /// Where the shelf at the month's end is kept.
    fn shelf(&self) -> String {
        format!("shelf/lang={}/month={}-{}.shelf", self.language, self.name, self.key)
    }

    fn cluster(&self, kept: Option<&str>) -> Result<Manifest> {
        let mut without = BTreeSet::new();
        loop {
            let begin = match kept {
                Some(file) => State::load(&self.run.file(file), Options::default())?,
                None => State::empty(Options::default())?,
            };
            match self.attempt(begin, &without) {
                Ok(manifest) => return Ok(manifest),
                // The shelf may be half changed: from the month's beginning, without the article.
                Err(Stop::At(id)) => {
                    anyhow::ensure!(without.insert(id), "a fault of ours, please report it");
                }
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    fn part(&self, table: &str) -> String {
        format!("{}/part-{}.parquet", self.folder(table), self.key)
    }

    fn folder(&self, table: &str) -> String {
        format!("cluster/{table}/lang={}/month={}", self.language, self.name)
    }

    fn attempt(&self, mut state: State, without: &BTreeSet<String>) -> Result<Manifest, Stop> {
        let run = self.run;
        let mut manifest = Manifest::begin("cluster", self.key.clone(), &self.parts);
        let mut out = Out {
            articles: Coming::begin(run, self.part("articles"), part::ARTICLES)?,
            updates: Coming::begin(run, self.part("updates"), part::UPDATES)?,
            told: BTreeMap::new(),
            first: First::new()?,
        };
        let mut rows = Merge::new(run, &self.parts, WANTED)?;
        while let Some(row) = rows.next()? {
            manifest.rows_in += 1;
            if without.contains(&row.id) {
                let why = format!("{}: joining it to a story failed, please report it", row.id);
                manifest.rejected.push(Rejected { rows: 1, why });
                continue;
            }
            match Self::arrive(&mut state, &mut out, row)? {
                Ok(()) => manifest.rows_out += 1,
                Err(why) => manifest.rejected.push(Rejected { rows: 1, why }),
            }
        }
        let Out { articles, updates, told, mut first } = out;
        let stories = self.stories(&state, &told, &mut first)?;
        for coming in [articles, updates, stories] {
            manifest.outputs.extend(coming.put(run)?);
        }
        for table in ["articles", "updates", "stories"] {
            manifest::remove_others(run, &self.folder(table), &manifest.outputs)?;
        }
        state.save(run, &self.shelf())?;
        Ok(manifest)
    }

    /// Lets one article arrive; the inner error is why it was refused.
    fn arrive(
        state: &mut State,
        out: &mut Out,
        mut row: Sorted,
    ) -> Result<Result<(), String>, Stop> {
        let url = part::text(&mut row.fields, 2);
        let outlet = part::text(&mut row.fields, 3);
        let text = part::text(&mut row.fields, 4);
        let kept = part::bytes(&row.fields, 5);
        let features = part::bytes(&row.fields, 6);
        let (Ok((article, reading)), Some(prepared)) =
            (rmp_serde::from_slice::<Kept>(&kept), prepared(&features))
        else {
            return Ok(Err(format!("{}: its row is damaged", row.id)));
        };
        let article = Article { text, ..article };
        let at = row.at.and_then(|at| Timestamp::from_second(at).ok());
        let now = state.now.unwrap_or(Timestamp::UNIX_EPOCH).max(at.unwrap_or(Timestamp::MIN));
        state.now = Some(now);
        let id = state.number(&row.id);
        let at = at.unwrap_or(now);
        let arriving = Arriving {
            id,
            outlet: &outlet,
            article: &article,
            reading: &reading,
            at,
            vector: None,
        };
        let arrival = contained(|| state.shelf.arrive_prepared(arriving, prepared, now));
        let Ok(arrival) = arrival else { return Err(Stop::At(row.id)) };
        state.keep(id, &arrival)?;
        out.articles.row(vec![
            Cell::Integer(at.as_second()),
            row.id.into(),
            id.into(),
            url.into(),
            outlet.as_str().into(),
            Cell::Integer(arrival.story.0),
            arrival.opened.into(),
            arrival.copy_of.into(),
            arrival.why.join("; ").into(),
        ])?;
        out.updates(&arrival, &article, id)?;
        if arrival.opened {
            out.first.add(arrival.story, &outlet, &features)?;
        }
        for story in arrival.changed {
            out.told.insert(story.id, story);
        }
        Ok(Ok(()))
    }

    /// The month's stories as they stand at its end, sorted by their beginnings.
    fn stories(
        &self,
        state: &State,
        told: &BTreeMap<StoryId, Story>,
        first: &mut First,
    ) -> Result<Coming> {
        let mut out = Coming::begin(self.run, self.part("stories"), STORIES)?;
        let mut rows: Vec<&Story> = told
            .values()
            .map(|story| {
                state.shelf.story(story.id).filter(|now| now.id == story.id).unwrap_or(story)
            })
            .collect();
        rows.sort_by_key(|story| (story.first, format!("{}:{}", self.language, story.id.0)));
        for story in rows {
            let outlets: BTreeSet<&str> = story.members.iter().map(|m| m.outlet.as_str()).collect();
            let (outlet, kept) = first.take(story.id)?;
            out.row(vec![
                Cell::Integer(story.first.as_second()),
                format!("{}:{}", self.language, story.id.0).into(),
                self.language.into(),
                Cell::Integer(story.id.0),
                story.merged_into.map_or(Cell::Empty, |id| Cell::Integer(id.0)),
                story.title.as_str().into(),
                outlet.into(),
                story.first.to_string().into(),
                story.last.to_string().into(),
                Cell::Integer(story.members.len() as i64),
                story.independent_texts.into(),
                Cell::Integer(outlets.len() as i64),
                story.figure_line(story.last).into(),
                crate::export::joined(story.places.iter().map(|p| p.name.as_str())),
                if kept.is_empty() { Cell::Empty } else { Cell::Bytes(kept) },
            ])?;
        }
        Ok(out)
    }
}

/// What a month writes.
struct Out {
    articles: Coming,
    updates: Coming,
    told: BTreeMap<StoryId, Story>,
    first: First,
}

impl Out {
    fn updates(&mut self, arrival: &Arrival, article: &Article, id: ArticleId) -> Result<()> {
        let name = |id: ArticleId| id.0.to_string();
        let text = |of: ArticleId| (of == id).then_some(article.text.as_str());
        let articles = Articles { id: &name, text: &text };
        for update in &arrival.updates {
            let json = update_json(update, &articles);
            let kind = json.get("kind").and_then(|k| k.as_str()).unwrap_or_default().to_owned();
            self.updates.row(vec![
                Cell::Integer(update.at.as_second()),
                Cell::Integer(update.story.0),
                update.revision.into(),
                update.article.into(),
                kind.into(),
                update.text.as_str().into(),
                Cell::Number(f64::from(update.importance)),
                json.to_string().into(),
            ])?;
        }
        Ok(())
    }
}

/// What the first article of each story looks like, on the disk: there may be millions.
struct First {
    file: File,
    end: u64,
    places: BTreeMap<StoryId, (u64, usize, String)>,
}

impl First {
    fn new() -> Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, end: 0, places: BTreeMap::new() })
    }

    fn add(&mut self, story: StoryId, outlet: &str, kept: &[u8]) -> Result<()> {
        self.file.write_all(kept)?;
        self.places.insert(story, (self.end, kept.len(), outlet.to_owned()));
        self.end += kept.len() as u64;
        Ok(())
    }

    /// Takes out a story's first article; nothing for a story that began in another month.
    fn take(&mut self, story: StoryId) -> Result<(String, Vec<u8>)> {
        let Some((at, length, outlet)) = self.places.remove(&story) else {
            return Ok(Default::default());
        };
        let mut kept = vec![0; length];
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(&mut kept)?;
        Ok((outlet, kept))
    }
}

/// What is kept of a story's first article, read back.
pub(super) fn prepared(kept: &[u8]) -> Option<Prepared> {
    rmp_serde::from_slice(kept).ok()
}
