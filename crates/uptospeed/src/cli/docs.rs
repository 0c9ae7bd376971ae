//! `uptospeed docs`: the documents that the program writes of itself, for `cargo xtask docs`.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;

use crate::config::SETTINGS;
use crate::problem::CODES;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// errors or settings
    #[arg(value_parser = ["errors", "settings"])]
    what: String,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    super::say(if args.what == "errors" { errors() } else { settings() }.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn errors() -> String {
    let mut out = String::from(
        "# Errors\nWritten by `cargo xtask docs` from `crates/uptospeed/src/problem.rs`; do not edit.\n\
         Codes never change.\nEach error says what it is about, where, and what to do.\n\n| code | what it means |\n|---|---|\n",
    );
    let mut codes: Vec<_> = CODES.iter().collect();
    codes.sort_by_key(|(code, _)| code.to_string());
    for (code, about) in codes {
        let _ = writeln!(out, "| {code} | {about} |");
    }
    out
}

fn settings() -> String {
    let mut out = String::from(
        "# Settings\nWritten by `cargo xtask docs` from `crates/uptospeed/src/config.rs`; do not edit.\n\
         They stand in `uptospeed.toml`; an environment variable overrides the file.\n\n\
         | setting | default | variable | what it does |\n|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let _ = writeln!(
            out,
            "| {} | `{}` | `{}` | {} |",
            setting.name,
            setting.default,
            setting.variable(),
            setting.about
        );
    }
    out
}
