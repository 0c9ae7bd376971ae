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

fn titles(path: &std::path::Path, progress: &mut Progress, most: usize) -> Vec<String> {
    let mut out = Vec::new();
    read(path, progress, |archived, _| {
        out.push(archived.article.title.clone().unwrap_or_default());
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
    fs::write(folder.path().join("b.jsonl"), lines).unwrap();
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::write(folder.path().join("pages/1.html"), page(7, 0)).unwrap();
    fs::write(folder.path().join("pages/2.html"), "<html><body></body></html>").unwrap();
    fs::write(folder.path().join("pages/readme.txt"), "no page").unwrap();

    let mut progress = Progress::default();
    let all = titles(folder.path(), &mut progress, usize::MAX);
    let bridge = |n: usize| format!("Council meets on bridge {n}");
    assert_eq!(
        all,
        [bridge(0), bridge(1), bridge(3), bridge(5), "Line one".to_owned(), bridge(9), bridge(7)]
    );
    assert_eq!(
        (progress.articles, progress.without_text, progress.skipped),
        (7, 2, 2),
        "{progress:?}"
    );
    assert!(progress.last_skipped.unwrap().contains("b.jsonl at "));

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
