//! One shard of an archive: its articles read, one Parquet file a language and month.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use article::Article;
use intake::archive::{self, Archived, Progress};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use language::Lang;
use rayon::prelude::*;
use reading::Reading;
use stories::Arriving;

use super::manifest::{self, Coming};
use super::{Manifest, NO_MONTH, Rejected, Run, contained, part};
use crate::export::Cell;
use crate::problem::{Code, Problem};
use crate::reader::Reader;

/// Pages that are worked on at once.
const BATCH_PAGES: usize = 256;

/// Bytes of pages that are held at once.
const BATCH_BYTES_MAX: usize = 64 << 20;

/// What a cluster needs of an article beside its text and its features; opaque to everybody else.
pub(super) type Kept = (Article, Reading);

/// An article as a row of a part.
struct Row {
    at: Option<i64>,
    id: String,
    language: String,
    month: String,
    article: Article,
    reading: String,
    kept: Vec<u8>,
    features: Vec<u8>,
}

/// What became of a shard.
#[derive(Debug)]
pub(crate) struct Done {
    /// It was done before.
    pub(crate) before: bool,
    pub(crate) manifest: Manifest,
}

/// Reads a shard into its parts, unless that is done.
///
/// # Errors
///
/// The shard cannot be read at all, or the run's folder cannot be written.
pub(crate) fn read(run: &Run, shard: &Path, reader: &Reader) -> Result<Done> {
    let name = shard.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = shard.display().to_string();
    let sha256 =
        crate::packs::sha256(shard).map_err(|e| Problem::new(Code::ReadFile, format!("{e:#}")))?;
    let key = run.key(["read", &sha256]);
    if let Some(manifest) = run.manifest("read", &key).filter(|m| m.stands(run, &key)) {
        return Ok(Done { before: true, manifest });
    }
    let mut taken = Taken::new(run, shard);
    let mut progress = Progress::default();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    archive::read(shard, &mut progress, |found, progress| {
        taken.refused(progress.offset, progress);
        bytes += found.bytes();
        batch.push(found);
        if batch.len() >= BATCH_PAGES || bytes >= BATCH_BYTES_MAX {
            bytes = 0;
            taken.read(&std::mem::take(&mut batch), reader);
        }
        true
    })
    .map_err(|e| Problem::new(Code::ReadFile, format!("{shown}: {e}")))?;
    taken.read(&batch, reader);
    // The offset has gone on behind the file.
    taken.refused(taken.table_rows.unwrap_or(0), &progress);
    if progress.pages == 0 && progress.skipped > 0 {
        let why = progress.last_skipped.unwrap_or_default();
        return Err(Problem::new(Code::ReadFile, format!("no article could be read: {why}"))
            .help("fetch the shard again; the others are read without it")
            .into());
    }
    let mut manifest = Manifest {
        stage: "read".to_owned(),
        key: key.clone(),
        inputs: vec![manifest::Read { file: name, sha256: Some(sha256) }],
        rows_in: taken.table_rows.unwrap_or(progress.pages + progress.other + taken.skipped),
        ..Manifest::default()
    };
    if progress.other > 0 {
        let why = "a record of another kind: an error, a picture".to_owned();
        taken.rejected.push(Rejected { rows: progress.other, why });
    }
    manifest.rejected = taken.rejected;
    for ((language, month), rows) in taken.rows {
        manifest.rows_out += rows.len() as u64;
        let folder = format!("read/lang={language}/month={month}");
        manifest.outputs.extend(write(run, format!("{folder}/part-{key}.parquet"), rows)?);
    }
    run.keep_manifest(&key, &manifest)?;
    Ok(Done { before: false, manifest })
}

/// What was taken from a shard so far.
struct Taken {
    rows: BTreeMap<(String, String), Vec<Row>>,
    rejected: Vec<Rejected>,
    /// Rows that the archive's reader passed over.
    skipped: u64,
    /// Of a Parquet file: the rows that it says it has.
    table_rows: Option<u64>,
    /// What a time of publication is held against.
    now: Timestamp,
    /// How places in the shard are named, before the shard's own name.
    folder: String,
}

impl Taken {
    fn new(run: &Run, shard: &Path) -> Self {
        let is_table = shard.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
        let rows = is_table.then(|| part::summary(shard, "").ok()).flatten();
        let folder = shard.parent().map(|p| p.display().to_string()).unwrap_or_default();
        Self {
            rows: BTreeMap::new(),
            rejected: Vec::new(),
            skipped: 0,
            table_rows: rows.map(|(rows, _)| rows),
            now: run.terms.now,
            folder,
        }
    }

    /// Notes what the archive's reader has passed over since it was looked at last.
    fn refused(&mut self, rows: u64, progress: &Progress) {
        // Of a table rows are counted, also those of a group that could not be read.
        let so_far = match self.table_rows {
            Some(_) => rows.saturating_sub(progress.pages),
            None => progress.skipped,
        };
        if so_far > self.skipped {
            let why = progress.last_skipped.as_deref().unwrap_or("passed over");
            let why = self.without_folder(why);
            self.rejected.push(Rejected { rows: so_far - self.skipped, why });
            self.skipped = so_far;
        }
    }

    /// The same words wherever the archive stands.
    fn without_folder(&self, why: &str) -> String {
        why.strip_prefix(&self.folder).unwrap_or(why).trim_start_matches('/').to_owned()
    }

    /// Reads a batch on all cores.
    fn read(&mut self, batch: &[Archived], reader: &Reader) {
        let now = self.now;
        let rows: Vec<Result<Row, String>> = batch
            .par_iter()
            .map(|found| contained(|| row(found, reader, now)).unwrap_or_else(Err))
            .collect();
        for (found, row) in batch.iter().zip(rows) {
            match row {
                Ok(row) => {
                    let place = (row.language.clone(), row.month.clone());
                    self.rows.entry(place).or_default().push(row);
                }
                Err(why) => {
                    let why = format!("{}: {why}", self.without_folder(&found.place));
                    self.rejected.push(Rejected { rows: 1, why });
                }
            }
        }
    }
}

/// Reads one article.
fn row(found: &Archived, reader: &Reader, now: Timestamp) -> Result<Row, String> {
    let mut article = found.article()?.ok_or("holds no text")?;
    let place = found.place.rsplit('/').next().unwrap_or_default();
    let id = article.url.clone().or_else(|| article.id.clone());
    let id = id.unwrap_or_else(|| place.to_owned());
    if article.id.is_none() {
        article.id = Some(id.clone());
    }
    let (_, reading) = reader.read(&mut article, None);
    let vector = reader.vector(&article);
    let at = article.published.map(|m| m.at).filter(|at| is_sane(*at, now));
    let arriving = Arriving {
        id: stories::ArticleId(0),
        outlet: article.outlet.as_deref().unwrap_or_default(),
        article: &article,
        reading: &reading,
        at: at.unwrap_or(now),
        vector: vector.as_deref(),
    };
    let features = rmp_serde::to_vec(&stories::prepare(&arriving)).map_err(|e| e.to_string())?;
    let said = reading::contract::reading_json(&article, &reading).to_string();
    let lang = Lang::parse(&reading.language)
        .or_else(|| article.language.as_deref().and_then(Lang::parse));
    // The text is a column of its own.
    let text = std::mem::take(&mut article.text);
    let kept = rmp_serde::to_vec(&(&article, &reading)).map_err(|e| e.to_string())?;
    article.text = text;
    Ok(Row {
        at: at.map(Timestamp::as_second),
        id,
        language: lang.map_or_else(|| "und".to_owned(), |lang| lang.to_string()),
        month: at.map_or_else(|| NO_MONTH.to_owned(), month),
        article,
        reading: said,
        kept,
        features,
    })
}

/// A time of publication that can be true: after the web began, and not after the run.
fn is_sane(at: Timestamp, now: Timestamp) -> bool {
    const FIRST: Timestamp = Timestamp::constant(662_688_000, 0); // 1991
    at >= FIRST && at.as_second() <= now.as_second().saturating_add(3_600)
}

/// The month of a time, in UTC: `2026-11`.
pub(super) fn month(at: Timestamp) -> String {
    let day = at.to_zoned(TimeZone::UTC).date();
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Writes the rows of one language and month, in the order of their times.
fn write(run: &Run, name: String, mut rows: Vec<Row>) -> Result<Option<manifest::Written>> {
    rows.sort_by(|a, b| {
        let key = |row: &Row| row.at.unwrap_or(i64::MAX);
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    });
    let mut out = Coming::begin(run, name, part::READ)?;
    for row in rows {
        let article = row.article;
        out.row(vec![
            row.at.map_or(Cell::Empty, Cell::Integer),
            row.id.into(),
            article.url.into(),
            article.outlet.into(),
            article.published.map(|m| m.to_string()).into(),
            article.language.into(),
            article.title.into(),
            article.text.into(),
            row.reading.into(),
            Cell::Bytes(row.kept),
            Cell::Bytes(row.features),
        ])?;
    }
    out.put(run)
}
