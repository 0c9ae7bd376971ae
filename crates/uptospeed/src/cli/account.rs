//! `uptospeed account`: who may look at the page.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use store::Store;

use crate::clock::Clock;
use crate::config::{Config, WebAccess};
use crate::problem::{Code, Problem, of_store};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a one-time link: whoever opens it within a day gets an account
    Link {
        /// What the account may do
        #[arg(long, value_enum, default_value = "reader")]
        role: Role,
    },
    /// Show who has an account
    List,
    /// Take an account away, with its sessions and tokens
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    /// Reads
    Reader,
    /// Also says who is told what, and mends stories
    Editor,
    /// Also says who may come in
    Admin,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let store = context.store()?;
    let now = Clock::System.now();
    match &args.action {
        Action::Link { role } => {
            let role = match role {
                Role::Reader => store::Role::Reader,
                Role::Editor => store::Role::Editor,
                Role::Admin => store::Role::Admin,
            };
            super::say(&link(&context.config, &store, role, now)?)?;
            super::note("  It works once, and for a day, while `uptospeed run` runs.");
        }
        Action::List => list(&store, &context.config)?,
        Action::Remove { name } => {
            let person = store.person(name).map_err(|e| of_store(&e))?.ok_or_else(|| {
                Problem::new(Code::Unknown, format!("nobody is called {name}"))
                    .help("`uptospeed account list` shows the names")
            })?;
            if !store.remove_person(person.id).map_err(|e| of_store(&e))? {
                return Err(Problem::new(Code::Unknown, format!("{name} is the last admin"))
                    .help("make another first: uptospeed account link --role admin")
                    .into());
            }
            super::say(&format!("{name} has no account any more"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn link(config: &Config, store: &Store, role: store::Role, now: Timestamp) -> Result<String> {
    Ok(web::invitation(store, &config.web_url, role, now).map_err(|e| of_store(&e))?)
}

fn list(store: &Store, config: &Config) -> Result<()> {
    let people = store.people().map_err(|e| of_store(&e))?;
    if people.is_empty() {
        return super::say("Nobody has an account. Next: uptospeed account link --role admin");
    }
    for person in people {
        let since = person.added_at.to_zoned(config.zone()).strftime("%Y-%m-%d").to_string();
        super::say(&format!("  {:<24}  {:<6}  since {since}", person.name, person.role.as_str()))?;
    }
    Ok(())
}

/// Says how to get in where nobody can: no default password, no page on which whoever comes first takes over.
pub(super) fn first_link(config: &Config, store: &Store, clock: &Clock) -> Result<()> {
    if config.web_access == WebAccess::Open || !store.people().map_err(|e| of_store(&e))?.is_empty()
    {
        return Ok(());
    }
    let link = link(config, store, store::Role::Admin, clock.now())?;
    super::note(&format!(
        "Nobody has an account on the page yet. Open this once, within a day, to make the first:\n  {link}"
    ));
    Ok(())
}
