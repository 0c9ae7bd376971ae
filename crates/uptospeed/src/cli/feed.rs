//! `uptospeed feed`: what a listing holds, as JSON.

use std::process::ExitCode;

use anyhow::Result;
use article::feed::FeedHint;
use serde_json::{Value, json};

use super::input;
use crate::problem::{Code, Problem};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Feeds, sitemaps, OPML: files, web addresses, or - for standard input
    #[arg(value_name = "FILE|URL", required = true)]
    inputs: Vec<String>,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let mut status = ExitCode::SUCCESS;
    for name in &args.inputs {
        match one(context, name) {
            Ok(line) => super::say(&line)?,
            Err(error) => {
                crate::problem::report(&error);
                super::say(&json!({"input": name, "error": format!("{error:#}")}).to_string())?;
                status = ExitCode::from(2);
            }
        }
    }
    Ok(status)
}

fn one(context: &super::Context, name: &str) -> Result<String> {
    let (bytes, hint) = if input::is_address(name) {
        let door = context.door()?;
        let answer = super::run::block_on(door.get(net::Request::new(name)))?
            .map_err(|e| Problem::new(Code::Fetch, store::chain(&e)))?;
        if !(200..300).contains(&answer.status) {
            return Err(
                Problem::new(Code::Fetch, format!("{name} answered {}", answer.status)).into()
            );
        }
        let hint = FeedHint {
            url: Some(answer.final_url.clone()),
            content_type: answer.headers.content_type.clone(),
        };
        (answer.body, hint)
    } else {
        (input::bytes(name)?, FeedHint::default())
    };
    let feed = article::feed::read(&bytes, &hint);
    let mut printed = json!({"input": name});
    if let (Some(out), Ok(Value::Object(fields))) =
        (printed.as_object_mut(), serde_json::to_value(&feed))
    {
        out.extend(fields);
    }
    Ok(printed.to_string())
}
