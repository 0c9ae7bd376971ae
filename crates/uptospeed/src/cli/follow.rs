//! `uptospeed follow`: who is told what.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use jiff::Timestamp;

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
    /// Make a one-time link to the bot: whoever opens it within a week may talk with it
    Invite,
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
        Action::Preview { sentence } => {
            preview(&store, &sentence.join(" "), &context.config.zone(), now)?;
        }
        Action::Invite => invite(context, &store, now)?,
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
    let (id, follow) = match delivery::add_follow(store, sentence, None, now) {
        Ok(added) => added,
        Err(delivery::AddFollowError::Store(error)) => return Err(of_store(&error).into()),
        Err(delivery::AddFollowError::NoTarget) => {
            return Err(Problem::new(Code::Follow, "the sentence does not say where to")
                .help("end it with \"to @yourchannel\" or \"to -1001234567890\"")
                .into());
        }
        // It says where in the sentence, and how it is meant.
        Err(delivery::AddFollowError::Sentence(_)) => return parse(sentence).map(|_| ()),
    };
    let target = follow.target.clone().unwrap_or_default();
    super::say(&format!("follow {id}: {follow}"))?;
    let next = match target.kind.as_str() {
        "telegram" => "uptospeed doctor (may the bot write there?), then uptospeed run",
        "webhook" => {
            let all = store.destinations().map_err(|e| of_store(&e))?;
            let to = all.iter().find(|d| d.kind == target.kind && d.address == target.address);
            let secrets = to.map(|d| delivery::Settings::read(&d.settings).secrets);
            if let Some(secret) = secrets.unwrap_or_default().first() {
                super::say(&format!(
                    "  Calls are signed as Standard Webhooks has it, with {secret}"
                ))?;
            }
            "uptospeed run"
        }
        "feed" => {
            super::say(&format!(
                "  It is read at /feeds/to/{}.atom (or .rss, .json)",
                target.address
            ))?;
            "uptospeed run"
        }
        "email" => "set mail.host and mail.from in uptospeed.toml, then uptospeed run",
        _ => "uptospeed run",
    };
    super::say(&format!("  Next: {next}"))
}

fn preview(
    store: &store::Store,
    sentence: &str,
    zone: &jiff::tz::TimeZone,
    now: Timestamp,
) -> Result<()> {
    let follow = parse(sentence)?;
    let found = delivery::preview(store, &follow, now).map_err(|error| match error {
        delivery::Error::Store(error) => anyhow::Error::from(of_store(&error)),
        stopped @ delivery::Error::Stopped(_) => anyhow::Error::from(stopped),
    })?;
    let updates: u32 = found.iter().map(|story| story.revision).sum();
    let stories = if found.len() == 1 { "story" } else { "stories" };
    super::say(&format!(
        "In the past 7 days that was {} {stories}, {updates} updates:",
        found.len()
    ))?;
    for story in found.iter().take(20) {
        let day = story.last.to_zoned(zone.clone()).strftime("%a").to_string();
        let figures = story.figure_line(now).map(|line| format!(", {line}")).unwrap_or_default();
        let articles = story.members.len();
        super::say(&format!("  {day}  {}{figures}  ({articles} articles)", story.title))?;
    }
    if found.len() > 20 {
        super::say(&format!("  and {} more", found.len() - 20))?;
    }
    Ok(())
}

/// Makes a one-time link; only the hash of its token is kept.
fn invite(
    context: &super::Context,
    store: &std::sync::Arc<store::Store>,
    now: Timestamp,
) -> Result<()> {
    let settings = context.config.courier();
    let Some(telegram) = settings.telegram.clone() else {
        return Err(Problem::new(Code::Token, "there is no bot: telegram.token is not set")
            .help("`uptospeed init` says how to get one")
            .into());
    };
    let door = context.door()?;
    let name = super::run::block_on(delivery::who_am_i(&door, &telegram))?.map_err(|error| {
        Problem::new(Code::Token, error).help("ask @BotFather for /token and set it again")
    })?;
    let courier = delivery::Courier::new(store.clone(), std::sync::Arc::new(door), settings);
    let Some(link) = courier.invite(&name, now)? else {
        return Err(Problem::new(Code::Token, "the system gives no random bytes for a link").into());
    };
    super::say(&link)?;
    super::note("  It works once, and for a week. The bot answers while `uptospeed run` runs.");
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
