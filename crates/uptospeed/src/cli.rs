//! The commands: what each takes. What each does is in the file of its name.

mod account;
mod archive;
mod article;
mod backup;
mod compare;
mod docs;
mod doctor;
mod export;
mod feed;
mod follow;
mod init;
mod input;
mod migrate;
mod outbox;
mod packs;
mod parse;
mod read;
mod run;
mod show;
mod source;
mod stories;
mod try_day;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Follow stories, not feeds: reads the news as it is published and tells what is new, once.
#[derive(Debug, Parser)]
#[command(name = "uptospeed", version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    /// The configuration [default: uptospeed.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where packs are kept [default: UPTOSPEED_PACKS, else the user's cache]
    #[arg(long, global = true, value_name = "FOLDER", hide_short_help = true)]
    packs: Option<PathBuf>,
    /// Where everything is kept: a file, or postgres://user@host/name [default: store.file of the configuration]
    #[arg(long, global = true, value_name = "FILE or URL", hide_short_help = true)]
    store: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Replay a bundled day: stories in the browser, and the channel beside them
    Try(try_day::Args),
    /// Read articles: who says what, what happened, where, when, to how many
    Read(read::Args),
    /// Print the clean article of a page as JSON
    Article(article::Args),
    /// Print what a feed, sitemap or OPML file holds as JSON
    Feed(feed::Args),
    /// Read the articles of a web archive, a folder of pages or a file of lines; goes on where it stopped
    Archive(archive::Args),
    /// Print tokens, tags and parse: what the language engine sees
    Parse(parse::Args),
    /// Join articles into stories, as they arrive
    Stories(stories::Args),
    /// Tell whether two articles tell the same story
    Compare(compare::Args),
    /// Write uptospeed.toml and say what to do next
    Init(init::Args),
    /// Read, follow and deliver, until stopped
    Run(run::Args),
    /// What is read: add, list, remove, import, export
    Source(source::Args),
    /// Who is told what: add, list, preview, remove
    Follow(follow::Args),
    /// Who may look at the page: make a one-time link, list, remove
    Account(account::Args),
    /// What was sent and what waits: list, hold, release, resend
    #[command(visible_alias = "deliveries")]
    Outbox(outbox::Args),
    /// Say why an article is in its story
    Why(show::WhyArgs),
    /// Say what is new in a story, update by update
    Diff(show::DiffArgs),
    /// Write readings, statements, events or stories as CSV, JSON lines or Parquet
    Export(export::Args),
    /// Copy a store into an empty one: from a file to a PostgreSQL server, or back
    Migrate(migrate::Args),
    /// Copy the store while the program runs, and see that the copy is whole
    Backup(backup::BackupArgs),
    /// Put a copy of the store back, or only see that it is whole
    Restore(backup::RestoreArgs),
    /// Look for what is wrong and say what to do
    Doctor(doctor::Args),
    /// Data that makes reading better: install, list, verify
    Packs(packs::Args),
    /// Write docs/errors.md or docs/settings.md
    #[command(hide = true)]
    Docs(docs::Args),
}

/// What every command is given.
#[derive(Debug)]
struct Context {
    config: crate::config::Config,
    packs: PathBuf,
}

impl Context {
    /// What reads texts, with packs or without.
    fn reader(&self, with_packs: bool) -> std::sync::Arc<crate::reader::Reader> {
        let packs = with_packs.then_some(self.packs.as_path());
        crate::reader::shared(packs, self.config.reading_fast)
    }
}

/// Parses the command line and runs the command.
pub(crate) fn run() -> Result<ExitCode> {
    let cli = Cli::parse();
    let mut config = crate::config::Config::load(cli.config.as_deref())?;
    if let Some(store) = cli.store {
        config.store = store;
    }
    let packs = cli.packs.unwrap_or_else(crate::packs::folder);
    let context = Context { config, packs };
    match cli.command {
        Command::Try(args) => try_day::run(&context, &args),
        Command::Read(args) => read::run(&context, &args),
        Command::Article(args) => article::run(&context, &args),
        Command::Feed(args) => feed::run(&context, &args),
        Command::Archive(args) => archive::run(&context, &args),
        Command::Parse(args) => parse::run(&context, &args),
        Command::Stories(args) => stories::run(&context, &args),
        Command::Compare(args) => compare::run(&context, &args),
        Command::Init(args) => init::run(&context, &args),
        Command::Run(args) => run::run(&context, &args),
        Command::Source(args) => source::run(&context, &args),
        Command::Follow(args) => follow::run(&context, &args),
        Command::Account(args) => account::run(&context, &args),
        Command::Outbox(args) => outbox::run(&context, &args),
        Command::Why(args) => show::why(&context, &args),
        Command::Diff(args) => show::diff(&context, &args),
        Command::Export(args) => export::run(&context, &args),
        Command::Migrate(args) => migrate::run(&context, &args),
        Command::Backup(args) => backup::backup(&context, &args),
        Command::Restore(args) => backup::restore(&context, &args),
        Command::Doctor(args) => doctor::run(&context, &args),
        Command::Packs(args) => packs::run(&context, &args),
        Command::Docs(args) => docs::run(&args),
    }
}

impl Context {
    /// Opens the store of the configuration.
    fn store(&self) -> Result<std::sync::Arc<store::Store>> {
        Ok(std::sync::Arc::new(open_store(&self.config.store)?))
    }

    /// Opens the door to the network.
    fn door(&self) -> Result<net::Door> {
        self.config.door()
    }
}

/// Opens a store, or says in words why it cannot be.
fn open_store(place: &std::path::Path) -> Result<store::Store> {
    Ok(store::Store::open(place).map_err(|e| crate::problem::of_store(&e))?)
}

/// Prints a result line. A reader that went away (`| head`) ends the program quietly.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    quiet_pipe(out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")))
}

/// Prints a note beside the result, on stderr.
pub(crate) fn note(text: &str) {
    // Where stderr is closed there is nobody to tell.
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Turns "the reader went away" into a clean end.
fn quiet_pipe(result: std::io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            #[expect(clippy::exit, reason = "nobody reads the result any more")]
            std::process::exit(0)
        }
        other => Ok(other?),
    }
}

/// Whether stdout is looked at by a person who wants colour.
pub(crate) fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
