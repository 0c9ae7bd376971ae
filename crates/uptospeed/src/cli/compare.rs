//! `uptospeed compare`: do two articles tell the same story.

use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use stories::{Arriving, ArticleId};

use super::input;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One {id, a: {article}, b: {article}} a line, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    input: String,
    /// Lines of JSON in and out (the only form there is)
    #[arg(long)]
    jsonl: bool,
    /// Use no pack
    #[arg(long)]
    no_packs: bool,
    /// Print the numbers that the decision weighs, for fitting the weights
    #[arg(long, hide = true)]
    describe: bool,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let reader = context.reader(!args.no_packs);
    let bad = input::each_line(
        &args.input,
        |line| {
            let side = |name: &str| {
                let value = line
                    .get(name)
                    .filter(|v| v.is_object())
                    .ok_or(format!("has no article \"{name}\""))?;
                let mut article = input::article_of(value).map_err(|e| format!("{name}: {e}"))?;
                let (_, reading) = reader.read(&mut article, None);
                let vector = reader.vector(&article);
                Ok::<_, String>((article, reading, vector))
            };
            let (a, b) = (side("a")?, side("b")?);
            let id = line.get("id").cloned().unwrap_or(Value::Null);
            let (a, b) = (arriving(1, &a), arriving(2, &b));
            let encode = |texts: &[&str]| reader.vectors(texts);
            if args.describe {
                let (first, close, same_language) = stories::description(&a, &b, &encode);
                return Ok(json!({"id": id, "first": first, "close": close, "same_language": same_language}).to_string());
            }
            let compared = stories::compare_closely(&a, &b, &encode);
            Ok(json!({"id": id, "score": compared.score, "same": compared.same, "copy": compared.copy}).to_string())
        },
        |_| {},
    )?;
    Ok(ExitCode::from(if bad > 0 { 2 } else { 0 }))
}

type Read = (article::Article, reading::Reading, Option<Vec<f32>>);

fn arriving(id: i64, (article, reading, vector): &Read) -> Arriving<'_> {
    Arriving {
        id: ArticleId(id),
        outlet: article.outlet.as_deref().unwrap_or(""),
        article,
        reading,
        at: article.published.map_or(Timestamp::UNIX_EPOCH, |m| m.at),
        vector: vector.as_deref(),
    }
}
