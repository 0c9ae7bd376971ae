//! `uptospeed source`: what is read.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use article::feed::FeedHint;
use clap::Subcommand;
use jiff::Timestamp;
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
        /// Watch the page itself, for sites without a feed: its links to articles
        #[arg(long, conflicts_with = "unseen")]
        watch: bool,
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
        Action::Add { urls, outlet, unseen, watch } => {
            let how = match (unseen, watch) {
                (true, _) => How::Unseen,
                (false, true) => How::Watched,
                (false, false) => How::Discovered,
            };
            for url in urls {
                add(context, &store, url, outlet.as_deref(), how)?;
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

/// How an address becomes a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Discovered,
    Unseen,
    Watched,
}

fn add(
    context: &super::Context,
    store: &store::Store,
    url: &str,
    outlet: Option<&str>,
    how: How,
) -> Result<()> {
    let now = Clock::System.now();
    let not_found = |error: intake::NotFound| {
        let help = match &error {
            intake::NotFound::None { .. } => {
                "give the address of its feed, or --watch to follow the links of this page"
            }
            intake::NotFound::NoLinks { .. } => {
                "give the page that lists the articles, or the address of a feed"
            }
            intake::NotFound::Page(_) => {
                "look at the address in a browser; --unseen adds it as it is"
            }
        };
        Problem::new(Code::NotAFeed, error.to_string()).help(help)
    };
    let found = match how {
        How::Unseen => vec![(url.to_owned(), None, "reads")],
        How::Watched => {
            let door = context.door()?;
            let found = super::run::block_on(intake::watch(&door, url))?.map_err(not_found)?;
            vec![(found.url, found.outlet, "watches")]
        }
        How::Discovered => {
            let door = context.door()?;
            let found = super::run::block_on(intake::discover(&door, url))?.map_err(not_found)?;
            found.into_iter().map(|f| (f.url, f.outlet, "reads")).collect()
        }
    };
    for (feed, name, does) in found {
        let name = outlet.map(str::to_owned).or(name);
        let new = store.add_listing(&feed, name.as_deref(), now).map_err(|e| of_store(&e))?;
        if how == How::Watched {
            store.set_listing_kind(&feed, store::ListingKind::Page).map_err(|e| of_store(&e))?;
        }
        let name = name.map(|n| format!(" ({n})")).unwrap_or_default();
        super::say(&if new {
            format!("{does} {feed}{name}")
        } else {
            format!("{does} {feed} already")
        })?;
    }
    Ok(())
}

/// Gaps of one source that are shown; the newest.
const GAPS_SHOWN: usize = 5;

fn list(store: &store::Store, as_json: bool) -> Result<()> {
    let listings = store.listings().map_err(|e| of_store(&e))?;
    if listings.is_empty() && !as_json {
        return super::say("No sources yet. Next: uptospeed source add https://a-paper.example/");
    }
    for l in listings {
        let gaps = store.gaps(Some(l.id)).map_err(|e| of_store(&e))?;
        let hub = store.subscription(l.id).map_err(|e| of_store(&e))?;
        if as_json {
            super::say(&as_object(&l, &gaps, hub.as_ref()).to_string())?;
            continue;
        }
        super::say(&in_words(&l, &gaps, hub.as_ref()).join("\n")).context("cannot print")?;
    }
    Ok(())
}

/// A source for a person: who, where, how it went, what is known to be complete.
fn in_words(
    l: &store::Listing,
    gaps: &[store::Gap],
    hub: Option<&store::Subscription>,
) -> Vec<String> {
    let mut lines = vec![
        format!("  {}", l.outlet.as_deref().unwrap_or("(no name yet)")),
        format!("    {}", l.url),
        format!("    {}", state(l)),
    ];
    if l.answered_at.is_some() {
        let shown = gaps.get(..GAPS_SHOWN.min(gaps.len())).unwrap_or_default();
        lines.extend(intake::completeness(l, shown).iter().map(|line| format!("    {line}")));
        if let Some(more) = gaps.len().checked_sub(GAPS_SHOWN + 1) {
            lines.push(format!("    and {} older gaps", more + 1));
        }
    }
    lines.extend(hub.and_then(of_hub).map(|line| format!("    {line}")));
    lines
}

fn as_object(
    l: &store::Listing,
    gaps: &[store::Gap],
    hub: Option<&store::Subscription>,
) -> serde_json::Value {
    let time = |t: Option<Timestamp>| t.map(|t| t.to_string());
    let gaps: Vec<serde_json::Value> = gaps
        .iter()
        .map(|gap| {
            let state = match gap.state {
                store::GapState::Open => "open",
                store::GapState::Filled => "filled",
                store::GapState::Lost => "lost",
            };
            json!({"from": gap.from_at.to_string(), "to": gap.to_at.to_string(), "state": state,
                "found": gap.found, "recovered": gap.recovered, "way": gap.way})
        })
        .collect();
    let kind = match l.kind {
        store::ListingKind::Auto => "listing",
        store::ListingKind::Page => "page",
    };
    json!({"url": l.url, "kind": kind, "outlet": l.outlet, "language": l.language, "paused": l.paused, "items": l.items,
        "polled": time(l.polled_at), "answered": time(l.answered_at), "next": l.next_poll_at.to_string(),
        "failures": l.failures, "error": l.error, "complete_since": time(l.complete_since), "gaps": gaps,
        "hub_until": time(hub.filter(|h| h.state == store::SubscriptionState::Active).and_then(|h| h.lease_at))})
}

/// A time as it is shown.
fn when(at: Timestamp) -> String {
    at.strftime("%-d %b %H:%M UTC").to_string()
}

/// How it went last, and what comes next.
fn state(l: &store::Listing) -> String {
    let next = when(l.next_poll_at);
    match (&l.error, l.paused, l.answered_at) {
        (Some(error), true, _) => {
            format!("stopped: {error}; `source add` it again where that is mended")
        }
        (None, true, _) => "stopped".to_owned(),
        (Some(error), false, last) => {
            let last = last.map_or("it never answered well".to_owned(), |at| {
                format!("last good answer {}", when(at))
            });
            let times =
                if l.failures == 1 { "once".to_owned() } else { format!("{} times", l.failures) };
            format!("failed {times}: {error}\n    {last}; asked again {next}")
        }
        (None, false, Some(at)) => {
            let what = if l.kind == store::ListingKind::Page { "watched page, " } else { "" };
            format!("{what}answered {}, {} items so far; asked again {next}", when(at), l.items)
        }
        (None, false, None) => "not asked yet".to_owned(),
    }
}

/// What a hub does for a source.
fn of_hub(hub: &store::Subscription) -> Option<String> {
    match (hub.state, hub.lease_at, &hub.note) {
        (store::SubscriptionState::Active, Some(until), _) => {
            Some(format!("its hub tells us of news at once, until {}", when(until)))
        }
        (_, _, Some(note)) => Some(format!("its hub does not help: {note}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_793_858_400 + secs).unwrap()
    }

    #[test]
    fn what_became_of_a_source_is_said_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let store = store::Store::open(&folder.path().join("store.db")).unwrap();
        let url = "https://a.example/feed";
        let add = || store.add_listing(url, Some("Harbour Gazette"), at(0)).unwrap();
        let check = |expected: &str| {
            let l = store.listings().unwrap().remove(0);
            let gaps = store.gaps(Some(l.id)).unwrap();
            let hub = store.subscription(l.id).unwrap();
            let words = in_words(&l, &gaps, hub.as_ref()).join("\n");
            assert!(words.contains(expected), "{words}");
        };
        assert!(add());
        check("not asked yet");
        let good = store::Polled::default();
        store.record_poll(1, &good, at(60), at(360)).unwrap();
        check(
            "answered 5 Nov 06:01 UTC, 0 items so far; asked again 5 Nov 06:06 UTC\n    complete since 5 Nov 2026 06:01 UTC",
        );
        store
            .record_poll_failure(
                1,
                "https://a.example/feed answered 500 (its server fails)",
                at(360),
                at(720),
                false,
            )
            .unwrap();
        check(
            "failed once: https://a.example/feed answered 500 (its server fails)\n    last good answer 5 Nov 06:01 UTC; asked again 5 Nov 06:12 UTC",
        );
        let gap = store::Polled { gap_since: Some(at(60)), ..store::Polled::default() };
        store.record_poll(1, &gap, at(3660), at(4000)).unwrap();
        check("gap of about 60 min before 5 Nov 2026 07:01 UTC: being filled");
        let moved = store::Polled {
            moved_to: Some("https://a.example/new".to_owned()),
            ..store::Polled::default()
        };
        store.record_poll(1, &moved, at(4000), at(4300)).unwrap();
        check("https://a.example/new\n    answered");
        store
            .record_poll_failure(
                1,
                "https://a.example/new answered 410 (gone for good)",
                at(4300),
                at(4600),
                true,
            )
            .unwrap();
        check(
            "stopped: https://a.example/new answered 410 (gone for good); `source add` it again where that is mended",
        );
        // Named again, it is asked again; and a listing that moves to it is stopped.
        assert!(store.add_listing("https://a.example/new", None, at(5000)).unwrap());
        check("answered");
        assert!(add(), "the old address is free again");
        store.record_poll(2, &moved, at(5000), at(5300)).unwrap();
        let second = store.listings().unwrap().remove(1);
        assert_eq!(
            second.error.as_deref(),
            Some("it moved to https://a.example/new, which is read already")
        );
        assert!(second.paused);
    }
}
