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
