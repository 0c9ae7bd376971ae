//! `uptospeed packs`: data that makes reading better.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::packs::{self, PACKS, Pack, State};
use crate::problem::{Code, Problem};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show every pack, what it brings and its licence
    List,
    /// Fetch packs, all where none is named
    Install {
        /// en, m3, places, map
        names: Vec<String>,
        /// A spaCy pipeline of your own: the folder with its config.cfg, or one above it
        #[arg(long, value_name = "FOLDER", conflicts_with = "names")]
        from: Option<PathBuf>,
    },
    /// Hash every file of the installed packs again
    Verify,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    match &args.action {
        None | Some(Action::List) => list(context),
        Some(Action::Install { from: Some(folder), .. }) => install_from(context, folder),
        Some(Action::Install { names, .. }) => install(context, names),
        Some(Action::Verify) => verify(context),
    }
}

fn list(context: &super::Context) -> Result<ExitCode> {
    super::say(&format!("Packs in {}", context.packs.display()))?;
    for pack in &PACKS {
        let state = match pack.state(&context.packs) {
            State::Installed => "installed".to_owned(),
            State::Missing => format!("{:.0} MB to fetch", pack.bytes() as f64 / 1e6),
        };
        super::say(&format!("  {:<8}{:<8}{:<16}{}", pack.name, pack.version, state, pack.about))?;
        super::say(&format!("  {:<32}{}: {}", "", pack.licence, pack.credit))?;
    }
    super::say(
        "\nWithout a pack the program works, with rules over plain segmentation and a table of world cities.",
    )?;
    Ok(ExitCode::SUCCESS)
}

fn install(context: &super::Context, names: &[String]) -> Result<ExitCode> {
    let mut wanted = Vec::new();
    for name in names {
        let known = || PACKS.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
        wanted.push(Pack::named(name).ok_or_else(|| {
            Problem::new(Code::Pack, format!("there is no pack {name}"))
                .help(format!("the packs are {}", known()))
        })?);
    }
    if wanted.is_empty() {
        wanted.extend(&PACKS);
    }
    for pack in wanted {
        packs::install(pack, &context.packs)?;
        super::say(&format!("  {:<8}{}  checked and in place", pack.name, pack.version))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn install_from(context: &super::Context, folder: &Path) -> Result<ExitCode> {
    let added = packs::install_from(folder, &context.packs)?;
    super::say(&format!(
        "  {} for texts in {}  loaded and in place: {}",
        added.name,
        added.language,
        added.place.display()
    ))?;
    for part in &added.left_out {
        super::say(&format!("  left out: {part}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(context: &super::Context) -> Result<ExitCode> {
    let mut status = ExitCode::SUCCESS;
    for pack in &PACKS {
        if pack.state(&context.packs) == State::Missing {
            super::say(&format!("  {:<8}not installed", pack.name))?;
            continue;
        }
        let wrong = packs::verify(pack, &context.packs)?;
        if wrong.is_empty() {
            super::say(&format!("  {:<8}every file is as it was installed", pack.name))?;
        } else {
            super::say(&format!("  {:<8}damaged: {}", pack.name, wrong.join(", ")))?;
            super::say(&format!(
                "          remove {} and install it again",
                pack.place(&context.packs).display()
            ))?;
            status = ExitCode::from(1);
        }
    }
    Ok(status)
}
