//! `uptospeed follow`: who is told what.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::problem::{Code, Problem, of_store};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Follow something: "about metro in Russia, at least 2 outlets, to @channel, quiet 22-7"
    Add {
        /// The follow as a sentence
        #[arg(required = true, num_args = 1..)]
        sentence: Vec<String>,
    },
    /// Show all follows
    List,
    /// Show what a sentence would have brought in the past week, without switching it on
    Preview {
        /// The follow as a sentence
        #[arg(required = true, num_args = 1..)]
        sentence: Vec<String>,
    },
    /// Stop a follow
    Remove {
        /// Its number, as `list` shows it
        id: i64,
    },
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let store = context.store()?;
    let now = Clock::System.now();
    match &args.action {
        Action::Add { sentence } => add(&store, &sentence.join(" "), now)?,
        Action::Preview { sentence } => preview(&store, &sentence.join(" "), now)?,
        Action::List => list(&store)?,
        Action::Remove { id } => {
            if !store.remove_follow(*id).map_err(|e| of_store(&e))? {
                return Err(Problem::new(Code::Unknown, format!("there is no follow {id}"))
                    .help("`uptospeed follow list` shows their numbers")
                    .into());
            }
            super::say(&format!("follow {id} is no more; what was sent stays"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn parse(sentence: &str) -> Result<delivery::follow::Follow> {
    delivery::follow::parse(sentence).map_err(|error| {
        Problem::new(Code::Follow, error.to_string())
            .help("for example: \"about metro in Russia, at least 2 outlets, to @channel, digest at 8:00, quiet 22-7\"")
            .into()
    })
}

fn add(store: &store::Store, sentence: &str, now: Timestamp) -> Result<()> {
    let follow = parse(sentence)?;
    let Some(target) = &follow.target else {
        return Err(Problem::new(Code::Follow, "the sentence does not say where to")
            .help("end it with \"to @yourchannel\" or \"to -1001234567890\"")
            .into());
    };
    let destination = store
        .ensure_destination(&target.kind, &target.address, &target.topic)
        .map_err(|e| of_store(&e))?;
    let id = store.add_follow(destination.id, sentence, now).map_err(|e| of_store(&e))?;
    super::say(&format!("follow {id}, to {}: {sentence}", destination.name))?;
    super::say("  Next: uptospeed doctor (may the bot write there?), then uptospeed run")
}

fn preview(store: &store::Store, sentence: &str, now: Timestamp) -> Result<()> {
    let follow = parse(sentence)?;
    let since =
        now.checked_sub(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::UNIX_EPOCH);
    let updates = store.updates_since(since).map_err(|e| of_store(&e))?;
    let (mut stories, mut messages) = (Vec::new(), 0);
    for update in updates.iter().rev() {
        let Some(story) = store.story(update.story).map_err(|e| of_store(&e))? else { continue };
        if delivery::follow::matches(&follow, &story, update) {
            messages += 1;
            if !stories.iter().any(|s: &stories::Story| s.id == story.id) {
                stories.push(story);
            }
        }
    }
    super::say(&format!(
        "In the past 7 days that was {} stories, {messages} updates:",
        stories.len()
    ))?;
    for story in stories.iter().rev().take(20) {
        let day = jiff::fmt::strtime::format("%a", &story.last.to_zoned(jiff::tz::TimeZone::UTC))
            .unwrap_or_default();
        super::say(&format!("  {day}  {}  ({} articles)", story.title, story.members.len()))?;
    }
    Ok(())
}

fn list(store: &store::Store) -> Result<()> {
    let follows = store.follows().map_err(|e| of_store(&e))?;
    if follows.is_empty() {
        return super::say(
            "No follows yet. Next: uptospeed follow add \"everything, at least 2 outlets, to @yourchannel\"",
        );
    }
    let destinations = store.destinations().map_err(|e| of_store(&e))?;
    for follow in follows {
        let name = destinations
            .iter()
            .find(|d| d.id == follow.destination)
            .map_or("?", |d| d.name.as_str());
        let muted = if follow.muted { "  (muted)" } else { "" };
        super::say(&format!("  {:>4}  {:<20}  {}{muted}", follow.id, name, follow.sentence))?;
    }
    Ok(())
}
