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
        /// Not for a new account: for this one, which gets a new password or another way to log in
        #[arg(long, value_name = "NAME", conflicts_with = "role")]
        r#for: Option<String>,
    },
    /// Let whoever comes from the identity provider with this verified address have an account, within 30 days
    Invite {
        /// The e-mail address
        email: String,
        /// What the account may do
        #[arg(long, value_enum, default_value = "reader")]
        role: Role,
    },
    /// Show who has an account, and who was asked in and has not come
    List,
    /// Take an account away, with its sessions and tokens; or an address that was asked in
    Remove {
        /// Its name, or the address
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
        Action::Link { role, r#for } => {
            let link = match r#for {
                None => link(&context.config, &store, role.kept(), now)?,
                Some(name) => {
                    let person = known(&store, name)?;
                    web::new_way_in(&store, &context.config.web_url, &person, now)
                        .map_err(|e| of_store(&e))?
                }
            };
            super::say(&link)?;
            super::note("  It works once, and for a day, while `uptospeed run` runs.");
        }
        Action::Invite { email, role } => {
            if !web::ask_by_email(&store, email, role.kept(), now).map_err(|e| of_store(&e))? {
                return Err(Problem::new(Code::Unknown, format!("{email} is no e-mail address"))
                    .help("write it as name@paper.example")
                    .into());
            }
            let role = role.kept();
            super::say(&format!("{email} comes in as {}", role.as_str()))?;
            if context.config.oidc_issuer.is_empty() {
                super::note("  No identity provider is set yet: oidc.issuer");
            }
        }
        Action::List => list(&store, &context.config)?,
        Action::Remove { name } => {
            if store.remove_guest(name).map_err(|e| of_store(&e))? {
                super::say(&format!("{name} is asked in no more"))?;
                return Ok(ExitCode::SUCCESS);
            }
            let person = known(&store, name)?;
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

impl Role {
    fn kept(self) -> store::Role {
        match self {
            Self::Reader => store::Role::Reader,
            Self::Editor => store::Role::Editor,
            Self::Admin => store::Role::Admin,
        }
    }
}

/// The person of that name.
fn known(store: &Store, name: &str) -> Result<store::Person> {
    Ok(store.person(name).map_err(|e| of_store(&e))?.ok_or_else(|| {
        Problem::new(Code::Unknown, format!("nobody is called {name}"))
            .help("`uptospeed account list` shows the names")
    })?)
}

fn link(config: &Config, store: &Store, role: store::Role, now: Timestamp) -> Result<String> {
    Ok(web::invitation(store, &config.web_url, role, now).map_err(|e| of_store(&e))?)
}

fn list(store: &Store, config: &Config) -> Result<()> {
    let people = store.people().map_err(|e| of_store(&e))?;
    let guests = store.guests(Clock::System.now()).map_err(|e| of_store(&e))?;
    if people.is_empty() && guests.is_empty() {
        return super::say("Nobody has an account. Next: uptospeed account link --role admin");
    }
    for person in people {
        let since = person.added_at.to_zoned(config.zone()).strftime("%Y-%m-%d").to_string();
        super::say(&format!("  {:<24}  {:<6}  since {since}", person.name, person.role.as_str()))?;
    }
    for guest in guests {
        let until = guest.expires_at.to_zoned(config.zone()).strftime("%Y-%m-%d").to_string();
        let role = guest.role.as_str();
        super::say(&format!("  {:<24}  {role:<6}  asked in until {until}", guest.email))?;
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
