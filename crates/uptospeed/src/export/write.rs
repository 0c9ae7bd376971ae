//! A table as CSV (RFC 4180), JSON lines or Parquet.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::{Cell, Columns, Kind};
use crate::problem::of_file;

/// Rows of one row group in Parquet, and so what is held in memory.
const GROUP_ROWS: usize = 10_000;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    Parquet,
    Csv,
    Jsonl,
}

/// Writes rows as they come.
pub(crate) enum Writer {
    Lines { out: Box<dyn Write>, columns: Columns, form: Form },
    Parquet { out: SerializedFileWriter<File>, columns: Columns, group: Vec<Vec<Cell>> },
}

impl Writer {
    /// Opens the file, or standard output where none is named.
    ///
    /// # Errors
    ///
    /// The file cannot be written; Parquet needs a file.
    pub(crate) fn open(form: Form, columns: Columns, path: Option<&Path>) -> Result<Self> {
        if form == Form::Parquet {
            let path =
                path.ok_or_else(|| anyhow::anyhow!("Parquet needs a file: --output FILE"))?;
            let file = File::create(path).map_err(|e| of_file(&path.display().to_string(), &e))?;
            let properties =
                WriterProperties::builder().set_compression(Compression::SNAPPY).build();
            let out = SerializedFileWriter::new(file, schema(columns)?, Arc::new(properties))?;
            return Ok(Self::Parquet { out, columns, group: Vec::new() });
        }
        let mut out: Box<dyn Write> = match path {
            Some(path) => Box::new(BufWriter::new(
                File::create(path).map_err(|e| of_file(&path.display().to_string(), &e))?,
            )),
            None => Box::new(BufWriter::new(std::io::stdout().lock())),
        };
        if form == Form::Csv {
            let names: Vec<&str> = columns.iter().map(|c| c.0).collect();
            write!(out, "{}\r\n", names.join(","))?;
        }
        Ok(Self::Lines { out, columns, form })
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub(crate) fn row(&mut self, row: Vec<Cell>) -> Result<()> {
        match self {
            Self::Lines { out, form: Form::Csv, .. } => {
                let cells: Vec<String> = row.iter().map(csv).collect();
                write!(out, "{}\r\n", cells.join(","))?;
            }
            Self::Lines { out, columns, .. } => {
                let object: serde_json::Map<String, serde_json::Value> =
                    columns.iter().zip(&row).map(|(c, v)| (c.0.to_owned(), json(v))).collect();
                writeln!(out, "{}", serde_json::Value::Object(object))?;
            }
            Self::Parquet { out, columns, group } => {
                group.push(row);
                if group.len() >= GROUP_ROWS {
                    write_group(out, columns, group)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub(crate) fn close(self) -> Result<()> {
        match self {
            Self::Lines { mut out, .. } => out.flush()?,
            Self::Parquet { mut out, columns, mut group } => {
                if !group.is_empty() {
                    write_group(&mut out, columns, &mut group)?;
                }
                out.close()?;
            }
        }
        Ok(())
    }
}

/// A cell of CSV: quoted where it must be. A cell that a spreadsheet would take for a formula begins with an apostrophe
/// (OWASP, "CSV Injection").
fn csv(cell: &Cell) -> String {
    let text = match cell {
        Cell::Empty => return String::new(),
        Cell::Integer(n) => return n.to_string(),
        Cell::Number(n) => return n.to_string(),
        Cell::Truth(t) => return t.to_string(),
        Cell::Bytes(bytes) => return crate::packs::hex(bytes),
        Cell::Text(text) => text,
    };
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.clone() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn json(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Empty => serde_json::Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Integer(n) => (*n).into(),
        Cell::Number(n) => (*n).into(),
        Cell::Truth(t) => (*t).into(),
        Cell::Bytes(bytes) => crate::packs::hex(bytes).into(),
    }
}

/// All columns may be empty.
fn schema(columns: Columns) -> Result<Arc<Type>> {
    let mut fields = Vec::with_capacity(columns.len());
    for (name, kind) in columns {
        let (physical, converted) = match kind {
            Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Kind::Integer => (Physical::INT64, ConvertedType::NONE),
            Kind::Number => (Physical::DOUBLE, ConvertedType::NONE),
            Kind::Truth => (Physical::BOOLEAN, ConvertedType::NONE),
            Kind::Bytes => (Physical::BYTE_ARRAY, ConvertedType::NONE),
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_converted_type(converted)
            .build()?;
        fields.push(Arc::new(field));
    }
    Ok(Arc::new(Type::group_type_builder("uptospeed").with_fields(fields).build()?))
}

fn write_group(
    out: &mut SerializedFileWriter<File>,
    columns: Columns,
    rows: &mut Vec<Vec<Cell>>,
) -> Result<()> {
    let mut group = out.next_row_group()?;
    for (n, (_, kind)) in columns.iter().enumerate() {
        write_column(&mut group, *kind, rows.iter().map(|row| row.get(n)))?;
    }
    group.close()?;
    rows.clear();
    Ok(())
}

fn write_column<'a>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    kind: Kind,
    cells: impl Iterator<Item = Option<&'a Cell>>,
) -> Result<()> {
    let cells: Vec<&Cell> = cells.map(|c| c.unwrap_or(&Cell::Empty)).collect();
    let levels: Vec<i16> = cells.iter().map(|c| i16::from(**c != Cell::Empty)).collect();
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    match kind {
        Kind::Text | Kind::Bytes => {
            let values: Vec<ByteArray> = cells
                .iter()
                .filter_map(|c| match c {
                    Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                    Cell::Bytes(bytes) => Some(ByteArray::from(bytes.as_slice())),
                    _ => None,
                })
                .collect();
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
        Kind::Integer => {
            let values: Vec<i64> = cells
                .iter()
                .filter_map(|c| if let Cell::Integer(n) = c { Some(*n) } else { None })
                .collect();
            column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        Kind::Number => {
            let values: Vec<f64> = cells
                .iter()
                .filter_map(|c| if let Cell::Number(n) = c { Some(*n) } else { None })
                .collect();
            column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        Kind::Truth => {
            let values: Vec<bool> = cells
                .iter()
                .filter_map(|c| if let Cell::Truth(t) = c { Some(*t) } else { None })
                .collect();
            column.typed::<BoolType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    column.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_csv_are_quoted_and_never_formulas() {
        let check = |cell: Cell, expected: &str| assert_eq!(csv(&cell), expected);
        check(Cell::Empty, "");
        check("plain".into(), "plain");
        check("a, \"b\"".into(), "\"a, \"\"b\"\"\"");
        check("=1+1".into(), "'=1+1");
        check("two\nlines".into(), "\"two\nlines\"");
        check(Cell::Integer(-3), "-3");
        check(true.into(), "true");
    }
}
