//! A page over rows that nobody reported: for load runs, for schemathesis and for pictures. Started by `cargo xtask load` and
//! `cargo xtask schemathesis`; by hand:
//!
//! ```text
//! seeded fill FILE [--stories N] [--recent N] [--big N]   fills a store: a year of stories, of which some in the last 48 hours
//! seeded serve FILE PORT [--land FILE] [--every MS]       serves it; with --every one article arrives each so many milliseconds
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example talks to the terminal and to xtask"
)]

mod rows;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rows::{NOW, Sizes};
use store::Store;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["fill", file, rest @ ..] => fill(Path::new(file), rest),
        ["serve", file, port, rest @ ..] => serve(Path::new(file), port, rest),
        _ => Err("seeded fill FILE [--stories N] [--recent N] [--big N] | serve FILE PORT [--land FILE] [--every MS]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seeded: {error}");
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;

/// The word behind an option.
fn option<'a>(args: &[&'a str], name: &str) -> Option<&'a str> {
    let at = args.iter().position(|a| *a == name)?;
    args.get(at + 1).copied()
}

fn number(args: &[&str], name: &str, usual: u32) -> Result<u32, std::num::ParseIntError> {
    option(args, name).map_or(Ok(usual), str::parse)
}

fn fill(file: &Path, args: &[&str]) -> Done {
    let usual = Sizes::default();
    let sizes = Sizes {
        stories: number(args, "--stories", usual.stories)?,
        recent: number(args, "--recent", usual.recent)?,
        big: number(args, "--big", usual.big)?,
    };
    let store = Store::open_unsynced(file)?;
    let told = rows::fill(&store, sizes)?;
    println!("{} stories, {} articles; the largest is {}", told.stories, told.articles, told.big);
    Ok(())
}

fn serve(file: &Path, port: &str, args: &[&str]) -> Done {
    let store = Arc::new(Store::open(file)?);
    let start: Timestamp = NOW.parse()?;
    let begun = Instant::now();
    let now = move || {
        SignedDuration::try_from(begun.elapsed())
            .ok()
            .and_then(|d| start.checked_add(d).ok())
            .unwrap_or(start)
    };
    if let Some(every) = option(args, "--every") {
        let (store, every) = (store.clone(), Duration::from_millis(every.parse()?));
        std::thread::spawn(move || {
            for n in 0.. {
                std::thread::sleep(every);
                if let Err(error) = rows::arrive(&store, n, now()) {
                    eprintln!("seeded: {error}");
                }
            }
        });
    }
    let land = match option(args, "--land") {
        Some(file) => Some(Arc::new(web::Land::from_bytes(&std::fs::read(file)?)?)),
        None => None,
    };
    let site = web::Site {
        store,
        zone: TimeZone::UTC,
        languages: vec!["en".to_owned()],
        base_url: format!("http://127.0.0.1:{port}"),
        now: Arc::new(now),
        access: web::Access::Open,
        follows: None,
        land,
        preview: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
        println!("listening");
        web::serve(listener, web::router(site), std::future::pending()).await
    })?;
    Ok(())
}
