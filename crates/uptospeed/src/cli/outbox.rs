//! `uptospeed outbox`: what was sent and what waits.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;
use store::Ruling;

use crate::clock::Clock;
use crate::problem::{Code, Problem, of_store};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the newest deliveries, and those that need you
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// How many
        #[arg(long, default_value_t = 30)]
        most: u32,
    },
    /// Leave a delivery until further notice
    Hold {
        /// Its number
        id: i64,
    },
    /// Go on with a delivery that was held
    Release {
        /// Its number
        id: i64,
    },
    /// Say that an uncertain delivery arrived
    Arrived {
        /// Its number
        id: i64,
    },
    /// Show a destination, let it go on after a pause, or change what is done there
    To {
        /// Its name, as `follow list` shows it: @channel
        name: String,
        /// Go on after a pause: the bot was let in again, the mailbox exists
        #[arg(long)]
        again: bool,
        /// When nobody knows whether a message arrived: "hold" asks you, "resend" may double it
        #[arg(long, value_name = "hold|resend")]
        on_uncertain: Option<String>,
        /// When a forum topic is gone: "pause", or "general" for the General topic
        #[arg(long, value_name = "pause|general")]
        on_lost_topic: Option<String>,
        /// Time zone of its hours, as in the IANA list: Europe/Berlin
        #[arg(long)]
        zone: Option<String>,
        /// Telegram's Rich Messages for new posts: "on" or "off"
        #[arg(long, value_name = "on|off")]
        rich: Option<String>,
    },
    /// Send a delivery again: where it had arrived after all, it is then there twice
    Resend {
        /// Its number
        id: i64,
    },
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let store = context.store()?;
    let now = Clock::System.now();
    match args.action.as_ref().unwrap_or(&Action::List { json: false, most: 30 }) {
        Action::List { json, most } => list(&store, *json, *most)?,
        Action::Hold { id } => rule(&store, *id, Ruling::Hold, now, "is held")?,
        Action::Release { id } => rule(&store, *id, Ruling::Release, now, "goes on")?,
        Action::Arrived { id } => rule(&store, *id, Ruling::Arrived, now, "counts as arrived")?,
        Action::Resend { id } => rule(&store, *id, Ruling::Resend, now, "is sent again")?,
        Action::To { name, again, on_uncertain, on_lost_topic, zone, rich } => {
            let changes = Changes {
                again: *again,
                on_uncertain: on_uncertain.as_deref(),
                on_lost_topic: on_lost_topic.as_deref(),
                zone: zone.as_deref(),
                rich: rich.as_deref(),
            };
            to(&store, name, &changes)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rule(store: &store::Store, id: i64, ruling: Ruling, now: Timestamp, words: &str) -> Result<()> {
    if store.rule(id, ruling, now).map_err(|e| of_store(&e))? {
        return super::say(&format!("delivery {id} {words}"));
    }
    Err(Problem::new(Code::Unknown, format!("delivery {id} is not there, or is past that"))
        .help("`uptospeed outbox list` shows what may be done with each")
        .into())
}

/// What a person changes of a destination.
struct Changes<'a> {
    again: bool,
    on_uncertain: Option<&'a str>,
    on_lost_topic: Option<&'a str>,
    zone: Option<&'a str>,
    rich: Option<&'a str>,
}

fn to(store: &store::Store, name: &str, changes: &Changes<'_>) -> Result<()> {
    use delivery::{OnLostTopic, OnUncertain, Settings};
    let all = store.destinations().map_err(|e| of_store(&e))?;
    let Some(found) = all.into_iter().find(|d| d.name == name || d.address == name) else {
        return Err(Problem::new(Code::Unknown, format!("there is no destination {name}"))
            .help("`uptospeed follow list` shows them")
            .into());
    };
    let wrong =
        |option: &str, words: &str| Problem::new(Code::Follow, format!("{option} is {words}"));
    let mut settings = Settings::read(&found.settings);
    match changes.on_uncertain {
        None => {}
        Some("hold") => settings.on_uncertain = OnUncertain::Hold,
        Some("resend") => settings.on_uncertain = OnUncertain::Resend,
        Some(_) => return Err(wrong("--on-uncertain", "\"hold\" or \"resend\"").into()),
    }
    match changes.on_lost_topic {
        None => {}
        Some("pause") => settings.on_lost_topic = OnLostTopic::Pause,
        Some("general") => settings.on_lost_topic = OnLostTopic::General,
        Some(_) => return Err(wrong("--on-lost-topic", "\"pause\" or \"general\"").into()),
    }
    if let Some(zone) = changes.zone {
        if jiff::tz::TimeZone::get(zone).is_err() {
            return Err(wrong("--zone", "a name of the IANA list, such as Europe/Berlin").into());
        }
        settings.zone = Some(zone.to_owned());
    }
    match changes.rich {
        None => {}
        Some("on") if found.kind == "telegram" => settings.rich = true,
        Some("off") => settings.rich = false,
        Some(_) => return Err(wrong("--rich", "\"on\" or \"off\", and for Telegram only").into()),
    }
    store.set_destination_settings(found.id, &settings.write()).map_err(|e| of_store(&e))?;
    if changes.again {
        store.pause_destination(found.id, None).map_err(|e| of_store(&e))?;
    }
    let paused = if changes.again { None } else { found.paused };
    super::say(&format!("{} ({})", found.name, found.kind))?;
    if let Some(why) = &paused {
        super::say(&format!("  paused: {why}"))?;
        super::say(&format!(
            "  Next: mend it there, then uptospeed outbox to {} --again",
            found.name
        ))?;
    }
    let hours = settings.schedule().to_string();
    super::say(&format!("  hours: {}", if hours.is_empty() { "none of its own" } else { &hours }))?;
    if settings.rich {
        super::say("  new posts: Rich Messages")?;
    }
    let uncertain = match settings.on_uncertain {
        OnUncertain::Hold => "you are asked",
        OnUncertain::Resend => "it is sent again, and may be there twice",
    };
    super::say(&format!("  when nobody knows whether a message arrived: {uncertain}"))
}

fn list(store: &store::Store, as_json: bool, most: u32) -> Result<()> {
    let odd = store.odd_deliveries(most).map_err(|e| of_store(&e))?;
    let rows = store.deliveries(most).map_err(|e| of_store(&e))?;
    if as_json {
        for row in rows {
            let line = json!({"id": row.id, "destination": row.destination, "what": row.what, "step": row.step,
                "state": row.state.as_str(), "action": row.action.as_str(), "message": row.message, "tries": row.tries,
                "created": row.created_at.to_string(), "due": row.due_at.to_string(),
                "done": row.done_at.map(|t| t.to_string()), "error": row.error});
            super::say(&line.to_string())?;
        }
        return Ok(());
    }
    if rows.is_empty() {
        return super::say("Nothing was sent yet and nothing waits.");
    }
    if !odd.is_empty() {
        super::say("NEEDS YOU")?;
        for row in &odd {
            super::say(&line(row))?;
            super::say("          uptospeed outbox arrived ID   or   uptospeed outbox resend ID")?;
        }
        super::say("")?;
    }
    super::say("NEWEST")?;
    for row in &rows {
        super::say(&line(row))?;
    }
    Ok(())
}

fn line(row: &store::DeliveryRow) -> String {
    let at = row.done_at.unwrap_or(row.created_at).to_zoned(jiff::tz::TimeZone::UTC);
    let at = jiff::fmt::strtime::format("%d %b %H:%M:%S", &at).unwrap_or_default();
    let what = row.title.as_deref().unwrap_or(&row.what);
    let error = row.error.as_deref().map(|e| format!(": {e}")).unwrap_or_default();
    let verb = match (row.state, row.edited) {
        (store::DeliveryState::Sent, true) => "edited",
        (state, _) => state.as_str(),
    };
    format!(
        "  {:>6}  {at}  {:<9}{:<18}{what} (r{}){error}",
        row.id, verb, row.destination, row.step
    )
}
