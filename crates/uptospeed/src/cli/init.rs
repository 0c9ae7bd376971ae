//! `uptospeed init`: the configuration, and the next step.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::config::{Config, FILE};
use crate::problem::{Code, Problem};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the file instead of writing it
    #[arg(long)]
    print: bool,
    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
}

const NEXT: &str = "Wrote uptospeed.toml: every setting with its default.

Next, for a Telegram channel:
  1. Talk to @BotFather in Telegram: /newbot gives you a token that looks like 123456789:AAE...
     Keep it secret: who has it can write as your bot.
  2. Add the bot to your channel as an administrator who may post and edit messages.
  3. export UPTOSPEED_TELEGRAM_TOKEN=...        (or write it into uptospeed.toml)
  4. uptospeed source add https://your-favourite-paper.example/
  5. uptospeed follow add \"everything, at least 2 outlets, to @yourchannel\"
  6. uptospeed doctor                           says what is still missing
  7. uptospeed run                              and open the one-time link that it prints

Without a bot: steps 4 and 7 are enough to read on the page.";

pub(super) fn run(_context: &super::Context, args: &Args) -> Result<ExitCode> {
    if args.print {
        super::say(Config::template().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    if std::path::Path::new(FILE).exists() && !args.force {
        return Err(Problem::new(Code::Exists, format!("{FILE} is there already; it was not touched"))
            .help("edit it, or `uptospeed init --force` to begin anew; `uptospeed init --print` shows a fresh one")
            .into());
    }
    std::fs::write(FILE, Config::template()).with_context(|| format!("cannot write {FILE}"))?;
    super::say(NEXT)?;
    Ok(ExitCode::SUCCESS)
}
