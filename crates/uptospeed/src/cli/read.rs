//! `uptospeed read`: who says what, what happened, where, when, to how many.

mod layout;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use article::{Article, Moment};
use reading::{Habits, Place};
use serde_json::{Value, json};

use super::input;
use crate::problem::{Code, Problem};
use crate::reader::Reader;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, web addresses, or - for standard input
    #[arg(value_name = "FILE|URL", default_value = "-")]
    inputs: Vec<String>,
    /// When it was published; dates in the text are resolved against it
    #[arg(long, value_name = "TIME", value_parser = input::moment)]
    published: Option<Moment>,
    /// The article's address
    #[arg(long)]
    url: Option<String>,
    /// The outlet that published it
    #[arg(long)]
    outlet: Option<String>,
    /// Its language (BCP 47), where the text is too short to tell
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// One JSON object for each article
    #[arg(long)]
    json: bool,
    /// One article a line in, one {article, reading} a line out
    #[arg(long)]
    jsonl: bool,
    /// Do not use what an outlet's other lines are about to resolve places
    #[arg(long)]
    no_habits: bool,
    /// Use no pack: Unicode segmentation and rules only
    #[arg(long)]
    no_packs: bool,
    /// Never use the network, not even to install a pack
    #[arg(long)]
    offline: bool,
    /// Show the text with numbered sentences
    #[arg(long)]
    text: bool,
    /// Show also what is left out of the short form
    #[arg(long)]
    all: bool,
    /// Show the rule or doubt behind each line, with its span
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    if !args.no_packs && !args.offline {
        crate::packs::install_missing(&context.packs, &crate::packs::FOR_READING);
    }
    let reader = context.reader(!args.no_packs);
    if args.jsonl {
        return lines(&reader, args);
    }
    let mut status = ExitCode::SUCCESS;
    for (n, name) in args.inputs.iter().enumerate() {
        let started = Instant::now();
        match one(context, &reader, args, name) {
            Ok((article, doc, reading)) => {
                if args.json {
                    super::say(&answer(&article, &reading, None).to_string())?;
                } else {
                    if n > 0 {
                        super::say("")?;
                    }
                    let options = layout::Options {
                        colour: super::colour(),
                        all: args.all,
                        text: args.text,
                        explain: args.explain,
                    };
                    super::say(
                        layout::page(&article, &doc, &reading, started.elapsed(), options)
                            .trim_end(),
                    )?;
                }
            }
            Err(error) => {
                // One bad input does not stop the others.
                crate::problem::report(&error);
                status = ExitCode::from(2);
            }
        }
    }
    Ok(status)
}

fn one(
    context: &super::Context,
    reader: &Reader,
    args: &Args,
    name: &str,
) -> Result<(Article, language::Doc, reading::Reading)> {
    let mut article = load(context, args, name)?;
    article.published = args.published.or(article.published);
    article.url = args.url.clone().or(article.url);
    article.outlet = args.outlet.clone().or(article.outlet);
    article.language = args.language.clone().or(article.language);
    if article.text.trim().is_empty() {
        let help =
            "a page that is built by a script has no text of its own; give the article as text";
        return Err(Problem::new(Code::Empty, format!("{name} holds no article text"))
            .help(help)
            .into());
    }
    let (doc, reading) = reader.read(&mut article, None);
    Ok((article, doc, reading))
}

fn load(context: &super::Context, args: &Args, name: &str) -> Result<Article> {
    if input::is_address(name) {
        return super::article::fetch(context, name);
    }
    let bytes = input::bytes(name)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(Code::Empty, format!("{name} is empty")).into());
    }
    if input::is_html(&bytes) {
        let hint = article::page::PageHint {
            url: args.url.clone(),
            outlet: args.outlet.clone(),
            ..article::page::PageHint::default()
        };
        return Ok(article::page::read(&bytes, &hint).article);
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Problem::new(Code::ReadFile, format!("{name} is no UTF-8 text: byte {at} is wrong"))
            .help("save it as UTF-8, or give the page's HTML, which says its own charset")
    })?;
    Ok(article::plain::article(text))
}

fn lines(reader: &Reader, args: &Args) -> Result<ExitCode> {
    let name = args.inputs.first().map_or("-", String::as_str);
    let bytes = if args.no_habits { None } else { habits_input(name)? };
    let (habits, named) = match &bytes {
        Some(bytes) => habits(reader, bytes),
        None => Default::default(),
    };
    let read = |n: usize, line: &Value| {
        let mut article = input::article_of(line)?;
        // An article is never read by what itself is about.
        let others = article.outlet.as_ref().and_then(|o| habits.get(o)).map(|all| {
            let mut others = all.clone();
            others.remove(named.get(&n).map_or(&[], Vec::as_slice), reader.gazetteer());
            others
        });
        let (_, reading) = reader.read(&mut article, others.as_ref());
        Ok(answer(&article, &reading, line.get("id")).to_string())
    };
    let bad = match &bytes {
        Some(bytes) => input::each_line_of(&mut bytes.as_slice(), name, read, |_| {})?,
        None => input::each_line(name, |line| read(0, line), |_| {})?,
    };
    Ok(ExitCode::from(if bad > 0 { 2 } else { 0 }))
}

/// Largest input that is read twice, for what each outlet's lines are about, in bytes; a larger one is read once.
const HABITS_BYTES_MAX: u64 = 256 << 20;

/// The whole input, where it is a file or a pipe that fits.
fn habits_input(name: &str) -> Result<Option<Vec<u8>>> {
    use std::io::Read;
    if name == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(Some(bytes));
    }
    match std::fs::metadata(name) {
        Ok(file) if file.len() <= HABITS_BYTES_MAX => Ok(Some(std::fs::read(name)?)),
        _ => Ok(None),
    }
}

/// What each outlet's lines are about, and the places of each line that names an outlet.
fn habits(
    reader: &Reader,
    bytes: &[u8],
) -> (BTreeMap<String, Habits>, BTreeMap<usize, Vec<Place>>) {
    use rayon::prelude::*;
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let named: BTreeMap<usize, (String, Vec<Place>)> = lines
        .par_iter()
        .enumerate()
        .filter_map(|(n, line)| {
            let value: Value = serde_json::from_slice(line).ok()?;
            let outlet = value.get("outlet")?.as_str()?.to_owned();
            let mut article = input::article_of(&value).ok()?;
            // A panic is told where the line is read for good.
            let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                reader.read(&mut article, None)
            }));
            Some((n, (outlet, read.ok()?.1.places)))
        })
        .collect();
    let mut habits: BTreeMap<String, Habits> = BTreeMap::new();
    for (outlet, places) in named.values() {
        habits.entry(outlet.clone()).or_default().add(places, reader.gazetteer());
    }
    (habits, named.into_iter().map(|(n, (_, places))| (n, places)).collect())
}

/// The contract's `{article, reading}`; `id` as it was given, whatever its JSON type.
pub(super) fn answer(article: &Article, reading: &reading::Reading, id: Option<&Value>) -> Value {
    let mut printed = reading::contract::article_json(article);
    if let (Some(id), Some(object)) = (id, printed.as_object_mut()) {
        object.insert("id".to_owned(), id.clone());
    }
    json!({"article": printed, "reading": reading::contract::reading_json(article, reading)})
}
