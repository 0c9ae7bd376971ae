//! Archives as articles: WARC files, folders of HTML files, JSON lines. One after the other, what is broken counted and passed
//! over, and a place to go on from.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use article::page::{self, PageHint};
use article::{Article, Moment, plain};
use jiff::Timestamp;
use serde_json::Value;

use crate::warc::Warc;

/// Bytes of one HTML file or one JSON line that are read.
const PAGE_BYTES_MAX: u64 = 32 << 20;

/// What an archive gives.
#[derive(Clone, Debug)]
pub struct Archived {
    /// The article.
    pub article: Article,
    /// When it was fetched or written, as far as the archive says.
    pub seen_at: Option<Timestamp>,
}

/// How far the reading of an archive has come, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The file that is being read, by its number in the order of names.
    pub file: usize,
    /// Where to go on in it, bytes.
    pub offset: u64,
    /// What stands there was given out already.
    pub given: bool,
    /// Articles given out.
    pub articles: u64,
    /// Records and files that hold no article: errors, pictures, pages without a text.
    pub without_text: u64,
    /// Broken ones that were passed over.
    pub skipped: u64,
    /// Why the last one was, for a person.
    pub last_skipped: Option<String>,
}

impl Progress {
    fn skip(&mut self, why: String) {
        self.skipped += 1;
        self.last_skipped = Some(why);
    }
}

/// Reads an archive from where `progress` stands. `take` gets each article with the progress after it, which may be kept to go
/// on from; it says `false` to stop. A folder is read in the order of its names.
///
/// # Errors
///
/// Where the archive itself cannot be opened or listed. What is broken inside is counted.
pub fn read(
    path: &Path,
    progress: &mut Progress,
    mut take: impl FnMut(Archived, &Progress) -> bool,
) -> io::Result<()> {
    let files = files(path)?;
    while let Some(file) = files.get(progress.file) {
        let goes_on = match kind(file) {
            Kind::Warc => read_warc(file, progress, &mut take)?,
            Kind::Lines => read_lines(file, progress, &mut take)?,
            Kind::Page => read_page(file, progress, &mut take),
            Kind::Other => true,
        };
        if !goes_on {
            return Ok(());
        }
        progress.file += 1;
        progress.offset = 0;
        progress.given = false;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Warc,
    Lines,
    Page,
    Other,
}

fn kind(path: &Path) -> Kind {
    let name =
        path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let bare = name.strip_suffix(".gz").unwrap_or(&name);
    match bare.rsplit_once('.').map(|(_, end)| end) {
        Some("warc") => Kind::Warc,
        Some("jsonl" | "ndjson") => Kind::Lines,
        Some("html" | "htm") => Kind::Page,
        _ => Kind::Other,
    }
}

/// The files of an archive in the order of their names, folders in folders included; links are not followed.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut out = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                out.push(entry.path());
            }
        }
    }
    out.sort();
    Ok(out)
}

fn read_warc(
    path: &Path,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(progress.offset))?;
    // The record at which an earlier run stopped was given out by it.
    let mut known = progress.given;
    for record in Warc::new(BufReader::with_capacity(256 << 10, file), progress.offset)? {
        let record = match record {
            Ok(record) => record,
            Err(skipped) => {
                progress.skip(format!("{} at {}: {}", path.display(), skipped.offset, skipped.why));
                continue;
            }
        };
        if std::mem::take(&mut known) {
            continue;
        }
        let media = record.content_type.as_deref().unwrap_or("text/html").to_ascii_lowercase();
        let is_page =
            record.status == 200 && (media.contains("html") || media.contains("text/plain"));
        progress.offset = record.offset;
        progress.given = true;
        if !is_page {
            progress.without_text += 1;
            continue;
        }
        let hint = PageHint {
            url: Some(record.url.clone()),
            content_type: record.content_type,
            outlet: None,
        };
        let mut article = page::read(&record.body, &hint).article;
        article.url = article.url.or(Some(record.url));
        if !give(article, record.at, progress, take) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read_page(
    path: &Path,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> bool {
    // An earlier run stopped after giving it out.
    if std::mem::replace(&mut progress.given, true) {
        return true;
    }
    let bytes = match read_file(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            progress.skip(format!("{}: {error}", path.display()));
            return true;
        }
    };
    let article = page::read(&bytes, &PageHint::default()).article;
    let seen_at = fs::metadata(path)
        .and_then(|m| m.modified())
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok());
    give(article, seen_at, progress, take)
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(PAGE_BYTES_MAX).read_to_end(&mut bytes)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let limits = net::Limits { body_bytes_max: PAGE_BYTES_MAX, ..net::Limits::default() };
        return net::unpack("gzip", &bytes, &limits)
            .map_err(|kind| io::Error::other(kind.to_string()));
    }
    Ok(bytes)
}

/// Reads lines of the form that `uptospeed read --jsonl` reads.
fn read_lines(
    path: &Path,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(progress.offset))?;
    let mut reader = BufReader::with_capacity(256 << 10, file);
    loop {
        let mut line = Vec::new();
        let n = reader.by_ref().take(PAGE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if n == 0 {
            return Ok(true);
        }
        progress.offset += n as u64;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Value>(&line) {
            Ok(value) => {
                if !give(of_line(&value), None, progress, take) {
                    return Ok(false);
                }
            }
            Err(error) => {
                let at = progress.offset - n as u64;
                progress.skip(format!("{} at {at}: {error}", path.display()));
            }
        }
    }
}

fn of_line(value: &Value) -> Article {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut article = match (text("text"), text("html")) {
        (Some(text), _) => plain::article(text),
        (None, Some(html)) => {
            let content_type = Some("text/html; charset=utf-8".to_owned());
            page::read(
                html.as_bytes(),
                &PageHint { url: text("url"), content_type, outlet: text("outlet") },
            )
            .article
        }
        (None, None) => Article::default(),
    };
    article.id = text("id").or(article.id);
    article.url = text("url").or(article.url);
    article.outlet = text("outlet").or(article.outlet);
    article.title = text("title").or(article.title);
    article.language = text("language").or(article.language);
    article.published = text("published").and_then(|at| Moment::rfc3339(&at)).or(article.published);
    article
}

fn give(
    article: Article,
    seen_at: Option<Timestamp>,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> bool {
    if article.text.trim().is_empty() {
        progress.without_text += 1;
        return true;
    }
    progress.articles += 1;
    take(Archived { article, seen_at }, progress)
}
