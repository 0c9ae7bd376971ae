//! `uptospeed stories`: articles joined into stories, as they arrive.

use std::process::ExitCode;

use anyhow::Result;
use rayon::prelude::*;
use serde_json::Value;
use stories::stream::{Line, Show};

use super::input;
use crate::clock::Clock;
use crate::problem::{Code, Problem};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One article a line, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    input: String,
    /// Lines of JSON in and out (the only form there is)
    #[arg(long)]
    jsonl: bool,
    /// At the end one line with all stories after repairs
    #[arg(long = "final")]
    at_end: bool,
    /// After each article the updates that it caused
    #[arg(long)]
    updates: bool,
    /// Use no pack
    #[arg(long)]
    no_packs: bool,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let reader = context.reader(!args.no_packs);
    let mut lines: Vec<(Value, article::Article)> = Vec::new();
    let mut bad = input::each_line(
        &args.input,
        |line| input::article_of(line).map(|_| String::new()),
        |batch| {
            let good = batch
                .iter()
                .flatten()
                .filter_map(|line| Some((line.get("id")?.clone(), input::article_of(line).ok()?)));
            lines.extend(good);
        },
    )?;
    let read: Vec<Line> = lines
        .into_par_iter()
        .map(|(id, mut article)| {
            let (_, reading) = reader.read(&mut article, None);
            let vector = reader.vector(&article);
            Line {
                id: id.as_str().map_or_else(|| id.to_string(), str::to_owned),
                outlet: article.outlet.clone().unwrap_or_default(),
                published: article.published.map(|m| m.at),
                article,
                reading,
                vector,
            }
        })
        .collect();
    if read.is_empty() && bad == 0 {
        super::note(&Problem::new(Code::Empty, "there is no article to join").to_string());
        bad = 1;
    }
    let show = Show { updates: args.updates, last: args.at_end, ..Show::default() };
    let mut failed = None;
    stories::stream::stream(
        &read,
        stories::Options::default(),
        show,
        Clock::System.now(),
        |line| {
            if let Err(error) = super::say(&line.to_string()) {
                failed = Some(error);
            }
        },
    );
    if let Some(error) = failed {
        return Err(error);
    }
    Ok(ExitCode::from(if bad > 0 { 2 } else { 0 }))
}
