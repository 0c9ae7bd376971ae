//! `uptospeed export`: what was read, as tables for other programs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;

use crate::export::{self, Cell, Form, Table, Writer};
use crate::problem::of_store;

/// Articles that are held at once.
const BATCH: u32 = 500;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What is exported
    #[arg(long, value_enum, default_value = "statements")]
    what: What,
    /// The form of the file
    #[arg(long = "to", value_enum, default_value = "jsonl")]
    form: Form,
    /// Columns of events: our own, or those of a known data set (docs/export.md says what each can hold)
    #[arg(long, value_enum, default_value = "plain")]
    layout: Layout,
    /// Where to; standard output where none is given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Readings,
    Statements,
    Events,
    Stories,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    Plain,
    Polecat,
    Acled,
    Gtd,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    if args.layout != Layout::Plain && args.what != What::Events {
        anyhow::bail!("--layout is for events: add --what events");
    }
    let store = context.store()?;
    let (rows, of) = match args.what {
        What::Stories => (stories(&store, args)?, "stories"),
        What::Readings => (articles(&store, args, &export::readings())?, "readings"),
        What::Statements => (articles(&store, args, &export::statements())?, "statements"),
        What::Events => {
            let table = match args.layout {
                Layout::Plain => export::events(),
                Layout::Polecat => export::polecat(),
                Layout::Acled => export::acled(),
                Layout::Gtd => export::gtd(),
            };
            (articles(&store, args, &table)?, "events")
        }
    };
    super::note(&format!("{rows} rows of {of} written"));
    Ok(ExitCode::SUCCESS)
}

fn articles(store: &store::Store, args: &Args, table: &Table) -> Result<usize> {
    let mut out = Writer::open(args.form, table.columns, args.output.as_deref())?;
    let (mut after, mut count) = (0, 0);
    loop {
        let batch = store.readings_after(after, BATCH).map_err(|e| of_store(&e))?;
        let Some((last, _)) = batch.last() else { break };
        after = last.article_id.0;
        for (revision, reading) in &batch {
            for row in (table.rows)(revision, reading) {
                count += write(&mut out, row)?;
            }
        }
    }
    out.close()?;
    Ok(count)
}

fn stories(store: &store::Store, args: &Args) -> Result<usize> {
    let (columns, row) = export::stories();
    let mut out = Writer::open(args.form, columns, args.output.as_deref())?;
    let mut count = 0;
    let all = store.stories_since(Timestamp::MIN, u32::MAX).map_err(|e| of_store(&e))?;
    for story in &all {
        count += write(&mut out, row(story))?;
    }
    out.close()?;
    Ok(count)
}

fn write(out: &mut Writer, row: Vec<Cell>) -> Result<usize> {
    out.row(row)?;
    Ok(1)
}
