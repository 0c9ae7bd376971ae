//! Input that wants to break the reader: saved inputs of the fuzz targets, mutations, and the shapes that cost time.
#![expect(
    clippy::disallowed_methods,
    reason = "a test reads its saved inputs and how many cases are wanted"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use article::probe;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 6] = [
    ("feed", probe::feed),
    ("page", probe::page),
    ("plain", probe::plain),
    ("date", probe::date),
    ("url", probe::url),
    ("links", probe::links),
];

/// The longest that one input may take, in a debug build on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(20);

fn run(name: &str, target: Target, input: &[u8]) {
    let start = Instant::now();
    target(input);
    assert!(start.elapsed() < TIME_MAX, "{name}: {:?} for {} bytes", start.elapsed(), input.len());
}

#[test]
fn saved_inputs_are_read_without_a_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let mut seen = 0;
    for (name, target) in TARGETS {
        let Ok(files) = std::fs::read_dir(folder.join(name)) else { continue };
        for file in files.flatten() {
            run(name, target, &std::fs::read(file.path()).unwrap_or_default());
            seen += 1;
        }
    }
    assert!(seen >= 8, "the saved inputs are gone: {seen}");
}

/// A small generator of our own: the same cases on every machine. `UPTOSPEED_FUZZ_CASES` runs more.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

#[test]
fn mutated_inputs_are_read_without_a_panic() {
    const PIECES: [&[u8]; 24] = [
        b"<",
        b">",
        b"</",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"&",
        b"&#",
        b"&#x110000;",
        b"\"",
        b"'",
        b"<p>",
        b"<div>",
        b"<script>",
        b"<table><tr><td>",
        b"\xff",
        b"\xe2\x80",
        b"\0",
        b"<item>",
        b"<title>",
        b"://",
        b"2026-11-05T",
        b"\xf0\x9f\x99\x82",
    ];
    let cases =
        std::env::var("UPTOSPEED_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    for (name, target) in TARGETS {
        let mut seeds: Vec<Vec<u8>> = std::fs::read_dir(folder.join(name))
            .map(|files| files.flatten().filter_map(|f| std::fs::read(f.path()).ok()).collect())
            .unwrap_or_default();
        seeds.sort();
        seeds.push(b"x".to_vec());
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..cases {
            let mut input = seeds.get(random.below(seeds.len())).cloned().unwrap_or_default();
            for _ in 0..=random.below(6) {
                let at = random.below(input.len() + 1);
                match random.below(4) {
                    0 => {
                        let to = (at + random.below(40)).min(input.len());
                        input.drain(at..to);
                    }
                    1 => {
                        let piece = PIECES.get(random.below(PIECES.len())).copied().unwrap_or(b"<");
                        input.splice(at..at, piece.iter().copied());
                    }
                    2 => {
                        if let Some(byte) = input.get_mut(at) {
                            *byte ^= 1 << random.below(8);
                        }
                    }
                    _ => {
                        let other =
                            seeds.get(random.below(seeds.len())).cloned().unwrap_or_default();
                        let from = random.below(other.len() + 1);
                        let to = (from + random.below(60)).min(other.len());
                        input.splice(
                            at..at,
                            other.get(from..to).unwrap_or_default().iter().copied(),
                        );
                    }
                }
            }
            run(name, target, &input);
        }
    }
}

#[test]
fn shapes_that_cost_time_stay_cheap() {
    let many = |piece: &str, n: usize| piece.repeat(n);
    for shape in [
        many("<div>", 15_000),
        many("<a b=", 15_000),
        many("<a b='", 15_000),
        many("<!--", 15_000),
        many("<![CDATA[", 10_000),
        many("<a", 25_000),
        many("&amp", 15_000),
        many("</p>", 15_000),
        many("<b><i>", 10_000),
        many("<table><tr><td>", 5_000),
        many("<script>", 7_000),
        many("<item><title>x", 5_000),
        format!("<rss><channel>{}", many("<item xmlns:a='b'>", 5_000)),
        format!("<h1>x</h1>{}", many("<time>5 May 2026</time>", 2_000)),
        format!("<meta name=author content=\"{}\">", many("a,", 25_000)),
        format!("<script type='application/ld+json'>{}</script>", many("[", 25_000)),
        many("<h1>a headline that never ends ", 5_000),
        many("(", 25_000),
    ] {
        run("page", probe::page, shape.as_bytes());
        run("feed", probe::feed, shape.as_bytes());
        run("links", probe::links, shape.as_bytes());
    }
}
