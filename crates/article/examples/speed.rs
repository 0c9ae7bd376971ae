//! Processor seconds for files: `speed pages|feeds LIST`; LIST names one file a line. Metadata and blocks are read, too.
//!
//! What is read and unpacked beforehand is not counted. `cargo xtask bench article` runs it beside the peers.
#![expect(clippy::disallowed_methods, reason = "a measuring program reads its files")]

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::time::Instant;

use article::{feed, page};

/// So long the files are read again and again.
const SECONDS_MIN: f64 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, list] = args.as_slice() else { return Err("speed pages|feeds LIST".into()) };
    let names = std::fs::read_to_string(list)?;
    let files: Vec<Vec<u8>> = names.lines().map(load).collect::<Result<_, _>>()?;
    if files.is_empty() {
        return Err("the list is empty".into());
    }
    let read = |data: &[u8]| -> usize {
        if what == "feeds" {
            feed::read(data, &feed::FeedHint::default()).entries.len()
        } else {
            page::read(data, &page::PageHint::default()).article.text.len()
        }
    };
    for data in files.iter().take(3) {
        std::hint::black_box(read(data));
    }
    let start = processor_seconds()?;
    let mut slowest = f64::MAX;
    let mut rounds = 0.0;
    let mut seconds = 0.0;
    // the system counts in steps of some milliseconds
    while seconds < SECONDS_MIN {
        let mut longest = 0.0_f64;
        for data in &files {
            let started = Instant::now();
            std::hint::black_box(read(data));
            longest = longest.max(started.elapsed().as_secs_f64() * 1e3);
        }
        slowest = slowest.min(longest);
        rounds += 1.0;
        seconds = processor_seconds()? - start;
    }
    let seconds = seconds / rounds;
    let bytes: usize = files.iter().map(Vec::len).sum();
    let found = serde_json::json!({"files": files.len(), "bytes": bytes, "seconds": seconds, "slowest_ms": slowest});
    writeln!(std::io::stdout(), "{found}")?;
    Ok(())
}

fn load(name: &str) -> std::io::Result<Vec<u8>> {
    let data = std::fs::read(name)?;
    if !data.starts_with(&[0x1f, 0x8b]) {
        return Ok(data);
    }
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(data.as_slice()).read_to_end(&mut out)?;
    Ok(out)
}

/// What this process has used of the processor; it has one thread.
fn processor_seconds() -> Result<f64, Box<dyn Error>> {
    let line = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = line.split(' ').next().unwrap_or("").parse()?;
    Ok(nanoseconds / 1e9)
}
