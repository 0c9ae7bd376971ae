//! Archives of every kind: all articles once, broken ones counted, and a run that goes on where another stopped.

use std::fs;
use std::io::Write as _;

use intake::archive::{Progress, read};

use crate::site::page;

fn record(n: usize, status: u16, body: &str) -> Vec<u8> {
    let block =
        format!("HTTP/1.1 {status} -\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}");
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://harbour.example/news/bridge-{n}.html\r\nWARC-Date: 2026-11-05T06:00:0{}Z\r\nContent-Length: {}\r\n\r\n",
        n % 10,
        block.len()
    );
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(format!("{head}{block}\r\n\r\n").as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The titles of the articles, what is broken as "broken" and what has no text as "nothing".
fn titles(path: &std::path::Path, progress: &mut Progress, most: usize) -> Vec<String> {
    let mut out = Vec::new();
    read(path, progress, |archived, _| {
        out.push(match archived.article() {
            Ok(Some(article)) => article.title.unwrap_or_default(),
            Ok(None) => "nothing".to_owned(),
            Err(_) => "broken".to_owned(),
        });
        out.len() < most
    })
    .unwrap();
    out
}

#[test]
fn every_kind_of_archive_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut warc = Vec::new();
    for n in 0..6 {
        let mut bytes = record(n, if n == 4 { 404 } else { 200 }, &page(n, 0));
        if n == 2 {
            bytes.truncate(bytes.len() / 2);
        }
        warc.extend(bytes);
    }
    fs::write(folder.path().join("a.warc.gz"), warc).unwrap();
    let lines = format!(
        "{}\nnot JSON\n\n{}\n",
        serde_json::json!({"id": "x", "title": "Line one", "text": "A tram left the rails in Karsk.", "published": "2026-11-05T07:00:00+01:00"}),
        serde_json::json!({"id": "y", "html": page(9, 0)})
    );
    fs::write(folder.path().join("b.jsonl"), &lines).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(lines.as_bytes()).unwrap();
    fs::write(folder.path().join("c.jsonl.gz"), packed.finish().unwrap()).unwrap();
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::write(folder.path().join("pages/1.html"), page(7, 0)).unwrap();
    fs::write(folder.path().join("pages/2.html"), "<html><body></body></html>").unwrap();
    let other = folder.path().join("pages/readme.txt");
    fs::write(&other, "no page").unwrap();
    assert!(read(&other, &mut Progress::default(), |_, _| true).is_err());

    let mut progress = Progress::default();
    let all = titles(folder.path(), &mut progress, usize::MAX);
    let bridge = |n: usize| format!("Council meets on bridge {n}");
    let mut expected = vec![bridge(0), bridge(1), bridge(3), bridge(5)];
    for _packing in 0..2 {
        expected.extend(["Line one".to_owned(), "broken".to_owned(), bridge(9)]);
    }
    expected.extend([bridge(7), "nothing".to_owned()]);
    assert_eq!(all, expected);
    assert_eq!((progress.pages, progress.other, progress.skipped), (12, 1, 1), "{progress:?}");
    assert!(progress.last_skipped.unwrap().contains("a.warc.gz at "));

    // Stopped after each article in turn, the rest is read by the next run.
    for stop in 1..all.len() {
        let mut progress = Progress::default();
        let mut found = titles(folder.path(), &mut progress, stop);
        assert_eq!(found.len(), stop);
        let mut again = progress.clone();
        found.extend(titles(folder.path(), &mut again, usize::MAX));
        assert_eq!(found, all, "stopped after {stop}");
    }
}

#[test]
fn a_packed_file_that_breaks_off_gives_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let line =
        |n: usize| serde_json::json!({"title": n.to_string(), "html": page(n, 0)}).to_string();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for n in 0..50 {
        packed.write_all(format!("{}\n", line(n)).as_bytes()).unwrap();
    }
    let mut bytes = packed.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let file = folder.path().join("half.jsonl.gz");
    fs::write(&file, bytes).unwrap();
    let mut progress = Progress::default();
    let found = titles(&file, &mut progress, usize::MAX);
    let good: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    assert!(found.len() > 5 && good.starts_with(&found), "{found:?}");
    assert_eq!(progress.skipped, 1);
}
