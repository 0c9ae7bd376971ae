//! Rows of a Parquet file as lines of the contract: only the columns that are used are read, a row group at a time.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use article::page::PageHint;
use jiff::{SignedDuration, Timestamp, civil};
use parquet::basic::Repetition;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::reader::{ReaderIter, TreeBuilder};
use parquet::record::{Field, Row};
use parquet::schema::types::{SchemaDescriptor, Type};
use serde_json::{Map, Value};

use super::{Archived, Form, PAGE_BYTES_MAX, Progress, give};

/// Rows of a column that are decoded at a time; beside them a page of each column is held.
const ROWS_AT_ONCE: usize = 64;

/// Rows of one row group; a file that says more of one is broken.
const GROUP_ROWS_MAX: u64 = 1 << 24;

/// What a line of the contract calls a thing, and what tables of news call it; the first that is there counts.
///
/// # Source
///
/// The columns of CC-News as published on Hugging Face, of news-please, of Infini-News and of our own export.
const COLUMNS: [(&str, &[&str]); 7] = [
    ("id", &["id"]),
    ("url", &["url", "requested_url", "responded_url", "link"]),
    ("outlet", &["outlet", "publisher", "sitename", "domain", "source_domain"]),
    (
        "published",
        &["published", "published_at", "published_date", "date_publish", "publish_date", "date"],
    ),
    ("language", &["language", "lang"]),
    ("title", &["title", "headline"]),
    ("text", &["text", "plain_text", "maintext", "content", "body"]),
];

/// Names of a column of pages.
const HTML: [&str; 3] = ["html", "raw_html", "page"];

/// Reads the rows from `progress` on; `false` where `take` wants no more.
pub(super) fn read(
    path: &Path,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> io::Result<bool> {
    let file = File::open(path)?;
    let opened = guarded(|| SerializedFileReader::new(file));
    let (table, columns) = match opened.and_then(|table| Ok((chosen(&table)?, table))) {
        Ok((columns, table)) => (table, columns),
        Err(why) => {
            progress.skip(format!("{}: {why}", path.display()));
            return Ok(true);
        }
    };
    // Rows before the group that is read.
    let mut before = 0_u64;
    for number in 0..table.num_row_groups() {
        let rows = table.metadata().row_group(number).num_rows();
        let end = u64::try_from(rows).map_or(before, |rows| before.saturating_add(rows));
        let mut at = before;
        before = end;
        if progress.offset >= end && rows >= 0 {
            continue;
        }
        let read = read_group(path, &table, number, &columns, &mut at, end, progress, take);
        match read {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            // What came before the break counts; the next group stands for itself.
            Err(why) => {
                progress.skip(format!("{} row group {number}, row {at}: {why}", path.display()));
                progress.offset = end;
            }
        }
    }
    Ok(true)
}

/// Reads one row group; `at` is the number of its next row in the file.
#[expect(clippy::too_many_arguments, reason = "one loop's body, apart so that `?` ends the group")]
fn read_group(
    path: &Path,
    table: &SerializedFileReader<File>,
    number: usize,
    columns: &Type,
    at: &mut u64,
    end: u64,
    progress: &mut Progress,
    take: &mut impl FnMut(Archived, &Progress) -> bool,
) -> Result<bool, String> {
    if end - *at > GROUP_ROWS_MAX || table.metadata().row_group(number).num_rows() < 0 {
        return Err("it says an impossible number of rows".to_owned());
    }
    let group = guarded(|| table.get_row_group(number))?;
    let mut rows = guarded(|| rows_of(columns, group.as_ref()))?;
    while *at < end {
        let row = guarded(|| rows.next().transpose())?.ok_or("it ends before its rows do")?;
        *at += 1;
        if *at <= progress.offset {
            continue;
        }
        let place = format!("{} row {}", path.display(), *at - 1);
        progress.offset = *at;
        let form = match form_of(row) {
            Ok(form) => form,
            Err(why) => {
                progress.skip(format!("{place}: {why}"));
                continue;
            }
        };
        if !give(Archived { place, seen_at: None, form }, progress, take) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Calls the reader of Parquet. It asserts on some broken files; that costs the row group and no more.
fn guarded<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("its reader gave up".to_owned()),
    }
}

fn rows_of(columns: &Type, group: &dyn RowGroupReader) -> Result<ReaderIter, ParquetError> {
    let columns = Arc::new(SchemaDescriptor::new(Arc::new(columns.clone())));
    TreeBuilder::new().with_batch_size(ROWS_AT_ONCE).as_iter(columns, group)
}

/// The columns that are read of a table.
fn chosen(table: &SerializedFileReader<File>) -> Result<Type, String> {
    let root = table.metadata().file_metadata().schema_descr().root_schema();
    let plain = |name: &&str| {
        root.get_fields().iter().find(|field| {
            let of = field.get_basic_info();
            field.name() == *name
                && field.is_primitive()
                && of.has_repetition()
                && of.repetition() != Repetition::REPEATED
        })
    };
    let first = |names: &[&str]| names.iter().find_map(plain).cloned();
    let text = COLUMNS.iter().filter_map(|(_, names)| first(names));
    let fields: Vec<_> = text.chain(first(&HTML)).collect();
    if !fields.iter().any(|f| matches!(role(f.name()), Some("text" | "html"))) {
        let names: Vec<&str> = root.get_fields().iter().map(|f| f.name()).take(20).collect();
        return Err(format!("has no column \"text\" or \"html\", only {}", names.join(", ")));
    }
    let columns = Type::group_type_builder(root.name()).with_fields(fields).build();
    columns.map_err(|error| error.to_string())
}

/// What a line of the contract calls a column.
fn role(column: &str) -> Option<&'static str> {
    if HTML.contains(&column) {
        return Some("html");
    }
    COLUMNS.iter().find(|(_, names)| names.contains(&column)).map(|(role, _)| *role)
}

/// A row as a line of the contract, or as a page where its bytes are in some other charset than ours.
fn form_of(row: Row) -> Result<Form, String> {
    let mut line = Map::new();
    let (mut page, mut size) = (None, 0);
    for (column, field) in row.into_columns() {
        let Some(role) = role(&column) else { continue };
        let value = match (role, field) {
            ("published", field) => moment(&field),
            (_, Field::Str(text)) => Some(text),
            ("html", Field::Bytes(bytes)) => match String::from_utf8(bytes.data().to_vec()) {
                Ok(html) => Some(html),
                Err(other) => {
                    page = Some(other.into_bytes());
                    None
                }
            },
            (_, Field::Bytes(text)) => Some(String::from_utf8_lossy(text.data()).into_owned()),
            ("id", Field::Int(n)) => Some(n.to_string()),
            ("id", Field::Long(n)) => Some(n.to_string()),
            ("id", Field::UInt(n)) => Some(n.to_string()),
            ("id", Field::ULong(n)) => Some(n.to_string()),
            _ => None,
        };
        let Some(value) = value.filter(|v| !v.trim().is_empty()) else { continue };
        size += value.len();
        line.insert(role.to_owned(), Value::String(value));
    }
    if (size + page.as_ref().map_or(0, Vec::len)) as u64 > PAGE_BYTES_MAX {
        return Err(format!("is over {} MiB", PAGE_BYTES_MAX >> 20));
    }
    if let Some(page) = page
        && !line.contains_key("text")
    {
        let said = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        let hint = PageHint { url: said("url"), content_type: None, outlet: said("outlet") };
        return Ok(Form::Page(page, hint));
    }
    serde_json::to_vec(&line).map(Form::Line).map_err(|error| error.to_string())
}

/// A column's word on when, as the contract writes it. What cannot be read is left out: the page may say it better.
fn moment(field: &Field) -> Option<String> {
    let at = match field {
        Field::Str(text) => {
            let at = article::date::parse(text)?;
            return Some(if at.day_only { at.day().to_string() } else { at.to_string() });
        }
        Field::TimestampMillis(n) => Timestamp::from_millisecond(*n),
        Field::TimestampMicros(n) => Timestamp::from_microsecond(*n),
        Field::Date(days) => {
            let epoch = civil::date(1970, 1, 1);
            let day = epoch.checked_add(SignedDuration::from_hours(24 * i64::from(*days))).ok()?;
            return Some(day.to_string());
        }
        // Without a unit: told by its size, each of the ranges holds the years 1973 to 5138.
        Field::Long(n) => match n.unsigned_abs() {
            0..100_000_000_000 => Timestamp::from_second(*n),
            100_000_000_000..100_000_000_000_000 => Timestamp::from_millisecond(*n),
            100_000_000_000_000..100_000_000_000_000_000 => Timestamp::from_microsecond(*n),
            _ => Timestamp::from_nanosecond(i128::from(*n)),
        },
        _ => return None,
    };
    Some(at.ok()?.to_string())
}
