//! Rows of the parts of a run, read back in their order: only the columns that are asked for.

use std::fs::File;
use std::path::Path;

use anyhow::Result;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

use crate::export::{Columns, Kind};
use crate::problem::{Code, Problem};

/// Rows of a column that are decoded at a time.
const ROWS_AT_ONCE: usize = 64;

/// Articles as they were read; sorted by `at` and `id`.
pub(super) const READ: Columns = &[
    ("at", Kind::Integer),
    ("id", Kind::Text),
    ("url", Kind::Text),
    ("outlet", Kind::Text),
    ("published", Kind::Text),
    ("language", Kind::Text),
    ("title", Kind::Text),
    ("text", Kind::Text),
    ("reading", Kind::Text),
    ("kept", Kind::Bytes),
    ("features", Kind::Bytes),
];

/// Where each article belongs, in the order of arrival.
pub(super) const ARTICLES: Columns = &[
    ("at", Kind::Integer),
    ("id", Kind::Text),
    ("article", Kind::Integer),
    ("url", Kind::Text),
    ("outlet", Kind::Text),
    ("story", Kind::Integer),
    ("opened", Kind::Truth),
    ("copy_of", Kind::Integer),
    ("why", Kind::Text),
];

/// What is new in stories, in the order of arrival.
pub(super) const UPDATES: Columns = &[
    ("at", Kind::Integer),
    ("story", Kind::Integer),
    ("revision", Kind::Integer),
    ("article", Kind::Integer),
    ("kind", Kind::Text),
    ("text", Kind::Text),
    ("importance", Kind::Number),
    ("update", Kind::Text),
];

/// Stories across languages.
pub(super) const LINKS: Columns = &[
    ("at", Kind::Integer),
    ("id", Kind::Text),
    ("language", Kind::Text),
    ("story", Kind::Integer),
    ("group", Kind::Text),
];

/// The rows of a part, one after the other.
pub(super) struct Rows {
    rows: RowIter<'static>,
    name: String,
}

fn broken(name: &str, why: &str) -> anyhow::Error {
    Problem::new(Code::Run, format!("{name} is damaged: {why}"))
        .help("delete it and run the same command again: what is missing is made anew")
        .into()
}

/// Opens a part, guarded against what its reader asserts.
fn opened(path: &Path, name: &str) -> Result<SerializedFileReader<File>> {
    let file = File::open(path).map_err(|e| broken(name, &e.to_string()))?;
    super::contained(|| SerializedFileReader::new(file))
        .map_err(|why| broken(name, &why))?
        .map_err(|e| broken(name, &e.to_string()))
}

impl Rows {
    /// Opens a part; `wanted` stand in the order in which the file has them.
    pub(super) fn open(path: &Path, name: &str, wanted: &[&str]) -> Result<Self> {
        let reader = opened(path, name)?;
        let root = reader.metadata().file_metadata().schema().clone();
        let fields: Vec<_> = wanted
            .iter()
            .map(|want| root.get_fields().iter().find(|f| f.name() == *want).cloned())
            .collect::<Option<_>>()
            .ok_or_else(|| broken(name, "a column is missing"))?;
        let chosen = Type::group_type_builder(root.name()).with_fields(fields).build()?;
        let rows = RowIter::from_file_into(Box::new(reader))
            .with_batch_size(ROWS_AT_ONCE)
            .project(Some(chosen))?;
        Ok(Self { rows, name: name.to_owned() })
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Field>>> {
        let row = super::contained(|| self.rows.next())
            .and_then(|row| row.transpose().map_err(|e| e.to_string()))
            .map_err(|why| broken(&self.name, &why))?;
        Ok(row.map(|row| row.into_columns().into_iter().map(|(_, field)| field).collect()))
    }
}

/// How many rows a Parquet file says that it has, and the lowest `at` among them, where it has that column.
pub(super) fn summary(path: &Path, name: &str) -> Result<(u64, Option<i64>)> {
    let reader = opened(path, name)?;
    let metadata = reader.metadata();
    let rows = u64::try_from(metadata.file_metadata().num_rows())
        .map_err(|e| broken(name, &format!("its number of rows: {e}")))?;
    let first = metadata.row_groups().iter().filter_map(|group| {
        let column = group.columns().iter().find(|c| c.column_path().string() == "at")?;
        match column.statistics()? {
            Statistics::Int64(of) => of.min_opt().copied(),
            _ => None,
        }
    });
    Ok((rows, first.min()))
}

/// A row's field as text; empty where there is none.
pub(super) fn text(row: &mut [Field], at: usize) -> String {
    match row.get_mut(at) {
        Some(Field::Str(text)) => std::mem::take(text),
        _ => String::new(),
    }
}

/// A row's field as a number.
pub(super) fn integer(row: &[Field], at: usize) -> Option<i64> {
    match row.get(at) {
        Some(Field::Long(n)) => Some(*n),
        _ => None,
    }
}

/// A row's field as bytes; empty where there are none.
pub(super) fn bytes(row: &[Field], at: usize) -> Vec<u8> {
    match row.get(at) {
        Some(Field::Bytes(bytes)) => bytes.data().to_vec(),
        _ => Vec::new(),
    }
}
