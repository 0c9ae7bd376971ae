//! Archives as articles: WARC files, folders of HTML files, JSON lines, Parquet. One after the other, what is broken counted and passed
//! over, and a place to go on from.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use article::Article;
use article::page::{self, PageHint};
use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;

use crate::warc::Warc;

mod table;

/// Bytes of one HTML file or one JSON line that are read.
const PAGE_BYTES_MAX: u64 = 32 << 20;

/// What stands in an archive: bytes that may hold an article, not yet read, so that many threads may.
#[derive(Clone, Debug)]
pub struct Archived {
    /// Where it stands, for a person.
    pub place: String,
    /// When it was fetched or written, as far as the archive says.
    pub seen_at: Option<Timestamp>,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Page(Vec<u8>, PageHint),
    Line(Vec<u8>),
}

impl Archived {
    /// Reads the article; `None` where there is no text.
    ///
    /// # Errors
    ///
    /// What is wrong with a line of JSON, for a person. A page is never wrong.
    pub fn article(&self) -> Result<Option<Article>, String> {
        let article = match &self.form {
            Form::Page(bytes, hint) => {
                let mut article = page::read(bytes, hint).article;
                article.url = article.url.or_else(|| hint.url.clone());
                article
            }
            Form::Line(line) => {
                let value = serde_json::from_slice(line).map_err(|e| format!("is no JSON: {e}"))?;
                article::line::article(&value)?
            }
        };
        Ok(Some(article).filter(|article| !article.text.trim().is_empty()))
    }

    /// How many bytes it holds in memory.
    pub fn bytes(&self) -> usize {
        match &self.form {
            Form::Page(bytes, _) | Form::Line(bytes) => bytes.len(),
        }
    }
}

/// How far the reading of an archive has come, and what was passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The file that is being read, by its number in the order of names.
    pub file: usize,
    /// Where to go on in it, bytes; of a packed file of lines, unpacked bytes; of a Parquet file, rows.
    pub offset: u64,
    /// What stands there was given out already.
    pub given: bool,
    /// What was given out.
    pub pages: u64,
    /// Records that hold no page: errors, pictures.
    pub other: u64,
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

/// Reads an archive from where `progress` stands. `take` gets each page with the progress after it, which may be kept to go on
/// from; it says `false` to stop. A folder is read in the order of its names.
///
/// # Errors
///
/// Where the archive itself cannot be opened or listed, or is of no kind that is read. What is broken inside is counted.
pub fn read(
    path: &Path,
    progress: &mut Progress,
    mut take: impl FnMut(Archived, &Progress) -> bool,
) -> io::Result<()> {
    let files = files(path)?;
    if let [file] = files.as_slice()
        && file == path
        && kind(file) == Kind::Other
    {
        let why = "by its name it is neither .warc, .jsonl nor .html (each also .gz), nor .parquet";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    while let Some(file) = files.get(progress.file) {
        let goes_on = match kind(file) {
            Kind::Warc => read_warc(file, progress, &mut take)?,
            Kind::Lines => read_lines(file, progress, &mut take)?,
            Kind::Page => read_page(file, progress, &mut take),
            Kind::Table => table::read(file, progress, &mut take)?,
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

/// The files of an archive that are read, in the order of their names.
///
/// # Errors
///
/// The archive cannot be listed.
pub fn shards(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = files(path)?;
    files.retain(|file| kind(file) != Kind::Other);
    Ok(files)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Warc,
    Lines,
    Page,
    Table,
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
        Some("parquet") => Kind::Table,
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

/// Opens a file at an offset.
fn open_at(path: &Path, offset: u64) -> io::Result<BufReader<File>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    Ok(BufReader::with_capacity(256 << 10, file))
}

fn read_warc(
    path: &Path,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> io::Result<bool> {
    // The record at which an earlier run stopped was given out by it.
    let mut known = progress.given;
    for record in Warc::new(open_at(path, progress.offset)?, progress.offset)? {
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
            progress.other += 1;
            continue;
        }
        let hint =
            PageHint { url: Some(record.url), content_type: record.content_type, outlet: None };
        let found = Archived {
            place: format!("{} at {}", path.display(), record.offset),
            seen_at: record.at,
            form: Form::Page(record.body, hint),
        };
        if !give(found, progress, take) {
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
    let seen_at = fs::metadata(path)
        .and_then(|m| m.modified())
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok());
    let form = Form::Page(bytes, PageHint::default());
    give(Archived { place: path.display().to_string(), seen_at, form }, progress, take)
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
    let mut plain = open_at(path, 0)?;
    let mut reader: Box<dyn BufRead> = if plain.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        // Packed bytes cannot be entered in the middle: what an earlier run read is unpacked again and passed over.
        let mut unpacked = BufReader::new(MultiGzDecoder::new(plain));
        io::copy(&mut (&mut unpacked).take(progress.offset), &mut io::sink())?;
        Box::new(unpacked)
    } else {
        Box::new(open_at(path, progress.offset)?)
    };
    loop {
        let mut line = Vec::new();
        let n = match reader.by_ref().take(PAGE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) => return Ok(true),
            Ok(n) => n,
            // A packed file that breaks off: what came before it counts.
            Err(error) => {
                progress.skip(format!("{} at {}: {error}", path.display(), progress.offset));
                return Ok(true);
            }
        };
        let place = format!("{} at {}", path.display(), progress.offset);
        progress.offset += n as u64;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if !give(Archived { place, seen_at: None, form: Form::Line(line) }, progress, take) {
            return Ok(false);
        }
    }
}

fn give(
    found: Archived,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> bool {
    progress.pages += 1;
    take(found, progress)
}
