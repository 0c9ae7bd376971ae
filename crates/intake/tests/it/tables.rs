//! Parquet files as archives: every row once, broken row groups counted, a run that goes on where another stopped.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use intake::archive::{Progress, read};
use parquet::basic::{Compression, GzipLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::site::page;

const GROUPS: usize = 4;
const ROWS: usize = 5;

/// A table of so many groups and rows; every third row has a text instead of a page, the last of a group has neither.
fn write(path: &Path, compression: Compression) {
    let schema = "message news {
        optional binary requested_url (UTF8); optional int64 published_at (TIMESTAMP_MILLIS); optional binary title (UTF8);
        optional binary plain_text (UTF8); optional binary html; optional int64 words;
    }";
    let properties = WriterProperties::builder().set_compression(compression).build();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut out =
        SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties))
            .unwrap();
    for group in 0..GROUPS {
        let mut rows = out.next_row_group().unwrap();
        let numbers: Vec<usize> = (0..ROWS).map(|row| group * ROWS + row).collect();
        let texts = |value: &dyn Fn(usize) -> Option<Vec<u8>>| {
            let levels: Vec<i16> = numbers.iter().map(|n| i16::from(value(*n).is_some())).collect();
            let values: Vec<ByteArray> =
                numbers.iter().filter_map(|n| value(*n)).map(ByteArray::from).collect();
            (values, levels)
        };
        let is_empty = |n: usize| n % ROWS == ROWS - 1;
        let url =
            |n: usize| Some(format!("https://harbour.example/news/bridge-{n}.html").into_bytes());
        let title = |n: usize| n.is_multiple_of(3).then(|| format!("Row {n}").into_bytes());
        let text = |n: usize| {
            (n.is_multiple_of(3) && !is_empty(n)).then(|| {
                b"A tram left the rails in Karsk. Nine people were hurt, said the mayor.".to_vec()
            })
        };
        let html = |n: usize| match n {
            _ if n.is_multiple_of(3) || is_empty(n) => None,
            // In another charset than ours.
            1 => {
                Some(page(n, 0).replace("utf-8", "windows-1252").chars().map(|c| c as u8).collect())
            }
            _ => Some(page(n, 0).into_bytes()),
        };
        for column in 0..6 {
            let mut writer = rows.next_column().unwrap().unwrap();
            if column == 1 || column == 5 {
                let values: Vec<i64> =
                    numbers.iter().map(|n| 1_762_300_800_000 + *n as i64 * 60_000).collect();
                writer.typed::<Int64Type>().write_batch(&values, Some(&[1; ROWS]), None).unwrap();
            } else {
                let (values, levels) = match column {
                    0 => texts(&url),
                    2 => texts(&title),
                    3 => texts(&text),
                    _ => texts(&html),
                };
                writer.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
            }
            writer.close().unwrap();
        }
        rows.close().unwrap();
    }
    out.close().unwrap();
}

/// What each row gives: its title, when it was published, or "broken".
fn rows(path: &Path, progress: &mut Progress, most: usize) -> Vec<String> {
    let mut out = Vec::new();
    read(path, progress, |archived, _| {
        out.push(match archived.article() {
            Ok(Some(article)) => format!(
                "{} {} {}",
                article.url.as_deref().unwrap_or("-"),
                article.title.as_deref().unwrap_or("-"),
                article.published.map(|at| at.to_string()).unwrap_or_default()
            ),
            Ok(None) => "nothing".to_owned(),
            Err(_) => "broken".to_owned(),
        });
        out.len() < most
    })
    .unwrap();
    out
}

#[test]
fn every_row_is_read_once_wherever_a_run_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for (name, compression) in [
        ("plain.parquet", Compression::UNCOMPRESSED),
        ("snappy.parquet", Compression::SNAPPY),
        ("gzip.parquet", Compression::GZIP(GzipLevel::default())),
    ] {
        let file = folder.path().join(name);
        write(&file, compression);
        let mut progress = Progress::default();
        let all = rows(&file, &mut progress, usize::MAX);
        assert_eq!(all.len(), GROUPS * ROWS, "{name}");
        assert_eq!((progress.pages, progress.skipped), ((GROUPS * ROWS) as u64, 0), "{progress:?}");
        assert_eq!(all[0], "https://harbour.example/news/bridge-0.html Row 0 2025-11-05T00:00:00Z");
        assert!(all[1].contains("bridge-1.html Council meets on bridge 1"), "{}", all[1]);
        assert!(all[2].ends_with("2025-11-05T00:02:00Z"), "the column's word: {}", all[2]);
        assert_eq!(all[4], "broken", "neither a text nor a page");
        for stop in 1..all.len() {
            let mut progress = Progress::default();
            let mut found = rows(&file, &mut progress, stop);
            assert_eq!(found.len(), stop);
            found.extend(rows(&file, &mut progress, usize::MAX));
            assert_eq!(found, all, "{name} stopped after {stop}");
        }
    }
}

#[test]
fn a_broken_row_group_costs_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    write(&file, Compression::SNAPPY);
    let whole = rows(&file, &mut Progress::default(), usize::MAX);
    let table = SerializedFileReader::new(File::open(&file).unwrap()).unwrap();
    // The pages' column of the second group.
    let (start, length) = table.metadata().row_group(1).column(4).byte_range();
    let mut bytes = fs::read(&file).unwrap();
    bytes[start as usize..(start + length) as usize].fill(0xff);
    fs::write(&file, bytes).unwrap();
    let mut progress = Progress::default();
    let found = rows(&file, &mut progress, usize::MAX);
    assert_eq!(found, [&whole[..ROWS], &whole[2 * ROWS..]].concat());
    assert_eq!(progress.skipped, 1);
    assert!(progress.last_skipped.unwrap().contains("row group 1"));

    // What is no table at all, and a table of something else.
    fs::write(&file, b"PAR1 and then nothing of it PAR1").unwrap();
    let mut progress = Progress::default();
    assert!(rows(&file, &mut progress, usize::MAX).is_empty());
    assert_eq!(progress.skipped, 1);
}

#[test]
fn no_broken_byte_ends_the_run_or_doubles_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    write(&file, Compression::SNAPPY);
    let whole = fs::read(&file).unwrap();
    let mut drawn = 7_u64;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Half of them in the footer, where the lengths and the types stand.
            let span = if drawn & 1 == 0 { bytes.len() } else { 3000.min(bytes.len()) };
            let at = bytes.len() - 1 - (drawn >> 33) as usize % span;
            bytes[at] = (drawn >> 8) as u8;
        }
        fs::write(&file, &bytes).unwrap();
        let mut progress = Progress::default();
        let mut places = Vec::new();
        read(&file, &mut progress, |archived, _| {
            places.push(archived.place.clone());
            places.len() < 10_000
        })
        .unwrap();
        assert_eq!(places.len() as u64, progress.pages);
        let count = places.len();
        places.dedup();
        assert_eq!(places.len(), count, "a row twice");
    }
}
