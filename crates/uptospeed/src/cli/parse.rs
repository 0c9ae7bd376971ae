//! `uptospeed parse`: what the language engine sees.

use std::process::ExitCode;

use anyhow::Result;
use language::{Engines, Lang};
use serde_json::Value;

use super::input;
use crate::problem::{Code, Problem};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A text file, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    input: String,
    /// One {id, text, language?} a line
    #[arg(long)]
    jsonl: bool,
    /// JSON also where a person looks, who is shown a tree
    #[arg(long)]
    json: bool,
    /// The text's language (BCP 47), where it is too short to tell
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Never use the network, not even to install a pack
    #[arg(long)]
    offline: bool,
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    if !args.offline {
        crate::packs::install_missing(&context.packs, &["en"]);
    }
    let mut engines = Engines::load(&context.packs);
    if context.config.reading_fast {
        engines.set_fast(true);
    }
    let prior = args.language.as_deref().and_then(Lang::parse);
    let doc =
        |text: &str, prior: Option<Lang>| engines.parse(text, language::identify(text, prior));
    if args.jsonl {
        let bad = input::each_line(
            &args.input,
            |line| {
                let text = line.get("text").and_then(Value::as_str).ok_or("has no \"text\"")?;
                let said = line.get("language").and_then(Value::as_str).and_then(Lang::parse);
                let mut printed = language::contract::parse_json(&doc(text, said.or(prior)));
                if let (Some(out), Some(id)) = (printed.as_object_mut(), line.get("id")) {
                    out.insert("id".to_owned(), id.clone());
                }
                Ok(printed.to_string())
            },
            |_| {},
        )?;
        return Ok(ExitCode::from(if bad > 0 { 2 } else { 0 }));
    }
    let bytes = input::bytes(&args.input)?;
    let text = String::from_utf8(bytes).map_err(|e| {
        Problem::new(Code::ReadFile, format!("{} is no UTF-8 text: {e}", args.input))
    })?;
    let doc = doc(&text, prior);
    if args.json || !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        super::say(&language::contract::parse_json(&doc).to_string())?;
    } else {
        super::say(language::contract::draw(&doc).trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}
