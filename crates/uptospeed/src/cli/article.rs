//! `uptospeed article`: the clean article of a page, as JSON.

use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use article::Article;
use article::page::PageHint;
use serde_json::{Value, json};

use super::input;
use crate::problem::{Code, Problem, of_file};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Pages: files, web addresses, or - for standard input
    #[arg(value_name = "FILE|URL", default_value = "-")]
    inputs: Vec<String>,
    /// The page's address
    #[arg(long)]
    url: Option<String>,
    /// One {id, url?, html or file} a line in, one article a line out
    #[arg(long)]
    jsonl: bool,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    if args.jsonl {
        let name = args.inputs.first().map_or("-", String::as_str);
        let bad = input::each_line(name, line, |_| {})?;
        return Ok(ExitCode::from(if bad > 0 { 2 } else { 0 }));
    }
    for name in &args.inputs {
        let article = if input::is_address(name) {
            fetch(context, name)?
        } else {
            let hint = PageHint { url: args.url.clone(), ..PageHint::default() };
            article::page::read(&unpacked(input::bytes(name)?)?, &hint).article
        };
        super::say(&reading::contract::article_json(&article).to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn line(line: &Value) -> Result<String, String> {
    let text = |key: &str| line.get(key).and_then(Value::as_str);
    let html = match (text("html"), text("file")) {
        (Some(html), _) => html.as_bytes().to_vec(),
        (None, Some(file)) => {
            let bytes = input::bytes(file).map_err(|e| e.to_string())?;
            unpacked(bytes).map_err(|e| e.to_string())?
        }
        (None, None) => return Err("has neither \"html\" nor \"file\"".to_owned()),
    };
    let started = Instant::now();
    let hint = PageHint {
        url: text("url").map(str::to_owned),
        outlet: text("outlet").map(str::to_owned),
        ..PageHint::default()
    };
    let mut article = article::page::read(&html, &hint).article;
    let ms = started.elapsed().as_secs_f64() * 1000.0;
    article.url = hint.url.or(article.url);
    let mut printed = reading::contract::article_json(&article);
    if let Some(object) = printed.as_object_mut() {
        object.insert("ms".to_owned(), json!((ms * 1000.0).round() / 1000.0));
        if let Some(id) = line.get("id") {
            object.insert("id".to_owned(), id.clone());
        }
    }
    Ok(printed.to_string())
}

/// The bytes of a page, out of gzip where they are packed; capped.
fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .take(input::INPUT_BYTES_MAX)
        .read_to_end(&mut out)
        .map_err(|e| of_file("the packed page", &e))?;
    Ok(out)
}

/// Fetches a page through the one door and reads its article.
pub(super) fn fetch(context: &super::Context, url: &str) -> Result<Article> {
    let door = context.door()?;
    let answer = super::run::block_on(door.get(net::Request::new(url)))?
        .map_err(|e| Problem::new(Code::Fetch, store::chain(&e)))?;
    if !(200..300).contains(&answer.status) {
        return Err(Problem::new(Code::Fetch, format!("{url} answered {}", answer.status)).into());
    }
    let hint = PageHint {
        url: Some(answer.final_url.clone()),
        content_type: answer.headers.content_type.clone(),
        ..PageHint::default()
    };
    let page = article::page::read(&answer.body, &hint);
    if page.article.text.trim().is_empty() {
        return Err(Problem::new(Code::Empty, format!("{url} holds no article text"))
            .help(
                "a page that is built by a script has no text of its own; give the article as text",
            )
            .into());
    }
    let mut article = page.article;
    article.url = Some(url.to_owned());
    Ok(article)
}
