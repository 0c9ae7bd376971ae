//! `uptospeed source`: what is read.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use article::feed::FeedHint;
use clap::Subcommand;
use serde_json::json;

use crate::clock::Clock;
use crate::problem::{Code, Problem, of_store};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add feeds, sitemaps, or pages that name their feeds
    Add {
        /// Web addresses
        #[arg(required = true, value_name = "URL")]
        urls: Vec<String>,
        /// The outlet's name [default: what the feed says]
        #[arg(long)]
        outlet: Option<String>,
        /// Add the address as it is, without looking at it now
        #[arg(long)]
        unseen: bool,
    },
    /// Show what is read, and how it went last
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Stop reading a feed; its articles stay
    Remove {
        /// The feed's address, as `list` shows it
        #[arg(value_name = "URL")]
        url: String,
    },
    /// Add every feed of an OPML file
    Import {
        /// An OPML file, or - for standard input
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// Print all feeds as OPML
    Export,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let store = context.store()?;
    let now = Clock::System.now();
    match &args.action {
        Action::Add { urls, outlet, unseen } => {
            for url in urls {
                add(context, &store, url, outlet.as_deref(), *unseen)?;
            }
        }
        Action::List { json } => list(&store, *json)?,
        Action::Remove { url } => {
            if !store.remove_listing(url).map_err(|e| of_store(&e))? {
                return Err(Problem::new(Code::Unknown, format!("{url} is not among the sources"))
                    .help("`uptospeed source list` shows them")
                    .into());
            }
            super::say(&format!("no longer reads {url}; its articles stay"))?;
        }
        Action::Import { file } => {
            let bytes = super::input::bytes(file)?;
            let feed = article::feed::read(&bytes, &FeedHint::default());
            if feed.format != "opml" {
                return Err(Problem::new(Code::NotAFeed, format!("{file} is no OPML file"))
                    .help("feed readers export one under \"export\" or \"backup\"")
                    .into());
            }
            let mut added = 0;
            let mut known = 0;
            for entry in &feed.entries {
                let Some(url) = &entry.link else { continue };
                let outlet = entry.title.as_deref();
                if store.add_listing(url, outlet, now).map_err(|e| of_store(&e))? {
                    added += 1;
                } else {
                    known += 1;
                }
            }
            super::say(&format!("added {added} feeds, {known} were there already"))?;
        }
        Action::Export => {
            let listings = store.listings().map_err(|e| of_store(&e))?;
            let rows: Vec<article::feed::Entry> = listings
                .into_iter()
                .map(|l| article::feed::Entry {
                    title: l.outlet,
                    link: Some(l.url),
                    ..Default::default()
                })
                .collect();
            super::say(article::feed::opml_write("Sources of uptospeed", &rows).trim_end())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add(
    context: &super::Context,
    store: &store::Store,
    url: &str,
    outlet: Option<&str>,
    unseen: bool,
) -> Result<()> {
    let now = Clock::System.now();
    let found = if unseen {
        vec![(url.to_owned(), outlet.map(str::to_owned))]
    } else {
        let door = context.door()?;
        let found = super::run::block_on(intake::discover(&door, url))?.map_err(|error| {
            Problem::new(Code::NotAFeed, error.to_string())
                .help("give the address of its feed; --unseen adds it as it is")
        })?;
        found.into_iter().map(|f| (f.url, outlet.map(str::to_owned).or(f.outlet))).collect()
    };
    for (feed, name) in found {
        let new = store.add_listing(&feed, name.as_deref(), now).map_err(|e| of_store(&e))?;
        let name = name.map(|n| format!(" ({n})")).unwrap_or_default();
        super::say(&if new {
            format!("reads {feed}{name}")
        } else {
            format!("reads {feed} already")
        })?;
    }
    Ok(())
}

fn list(store: &store::Store, as_json: bool) -> Result<()> {
    let listings = store.listings().map_err(|e| of_store(&e))?;
    if as_json {
        for l in listings {
            let time = |t: Option<jiff::Timestamp>| t.map(|t| t.to_string());
            super::say(
                &json!({"url": l.url, "outlet": l.outlet, "language": l.language, "paused": l.paused, "items": l.items,
                    "polled": time(l.polled_at), "answered": time(l.answered_at), "next": l.next_poll_at.to_string(),
                    "failures": l.failures, "error": l.error})
                .to_string(),
            )?;
        }
        return Ok(());
    }
    if listings.is_empty() {
        return super::say("No sources yet. Next: uptospeed source add https://a-paper.example/");
    }
    for l in listings {
        let when = |t: Option<jiff::Timestamp>| {
            t.and_then(|t| {
                jiff::fmt::strtime::format("%-d %b %H:%M", &t.to_zoned(jiff::tz::TimeZone::UTC))
                    .ok()
            })
        };
        let state = match (&l.error, l.paused, when(l.answered_at)) {
            (Some(error), true, _) => format!("stopped: {error}"),
            (Some(error), false, _) => format!("failing ({} times): {error}", l.failures),
            (None, _, Some(at)) => format!("answered {at} UTC, {} items", l.items),
            (None, _, None) => "not yet polled".to_owned(),
        };
        super::say(&format!(
            "  {}\n    {}\n    {state}",
            l.outlet.as_deref().unwrap_or("(no name yet)"),
            l.url
        ))
        .context("cannot print")?;
    }
    Ok(())
}
