//! The program from outside: its commands, its answers to bad input, and being killed.
#![expect(clippy::unwrap_used, reason = "tests")]

mod archive;
mod backup;
mod bot;
mod commands;
mod export;
mod kill;
mod replay;
mod several;
mod thousand;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A command of the program in a folder of its own, without packs and without the user's settings.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uptospeed"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("UPTOSPEED_PACKS", folder.join("packs"))
        .stdin(Stdio::null());
    command
}

/// The store of a test of the whole program: a file in its folder, or the empty one that `UPTOSPEED_TEST_STORE` names
/// (`scripts/postgres.sh fresh NAME` makes one and prints its URL). With the lines of uptospeed.toml that say so.
fn store_of(home: &Path) -> (std::path::PathBuf, String) {
    match std::env::var("UPTOSPEED_TEST_STORE") {
        Ok(url) => (url.clone().into(), format!("[store]\nfile = \"{url}\"\n")),
        Err(_) => (home.join("uptospeed.db"), String::new()),
    }
}

fn output(folder: &Path, args: &[&str]) -> Output {
    program(folder).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
