//! `uptospeed migrate`: a store copied into an empty one of the other engine, and the proof that nothing is missing.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::problem::of_store;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The store that is copied; stop the program that writes to it [default: the configured one]
    #[arg(long, value_name = "FILE or URL")]
    from: Option<PathBuf>,
    /// The store that it is copied to, which is empty or not there yet
    #[arg(long, value_name = "FILE or URL")]
    to: PathBuf,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let from = args.from.as_ref().unwrap_or(&context.config.store);
    if !from.to_str().is_some_and(store::is_url) && !from.exists() {
        bail!("there is no store at {}", from.display());
    }
    let (from, to) = (super::open_store(from)?, super::open_store(&args.to)?);
    super::say(&format!("from {}\nto   {}\n", from.place(), to.place()))?;
    let mut copied = Vec::new();
    to.copy_from(&from, |table| copied.push(table.clone())).map_err(|e| of_store(&e))?;
    // Told only now: before the commit nothing was there.
    super::say(&format!("{:<14} {:>10}  checksum, the same on both sides", "table", "rows"))?;
    for table in &copied {
        super::say(&format!("{:<14} {:>10}  {:032x}", table.table, table.rows, table.checksum))?;
    }
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    super::say(&format!("\nrows copied: {rows}, and read again; nothing is missing."))?;
    let changed: u64 = copied.iter().map(|table| table.changed).sum();
    if changed > 0 {
        super::say(&format!(
            "{changed} texts held U+0000, which PostgreSQL cannot keep: U+FFFD stands there now."
        ))?;
    }
    super::say("Set store.file in uptospeed.toml to the new place; the old store is as it was.")?;
    Ok(ExitCode::SUCCESS)
}
