//! Prints the block model's training rows: reads one page a line, `{page, url?, html, text?, with?, without?}`, and prints
//! one block a line with its features and whether it belongs to the text.

use std::io::{BufRead, Write};

use article::page;
use serde_json::Value;

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let item: Value = serde_json::from_str(&line?)?;
        let field = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or("");
        let phrases = |key: &str| -> Vec<String> {
            let list = item.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            list.iter().map(|p| fold(p.as_str().unwrap_or(""))).collect()
        };
        let (with, without) = (phrases("with"), phrases("without"));
        let hint =
            page::PageHint { url: Some(field("url").to_owned()), ..page::PageHint::default() };
        let rows = page::training_rows(field("html").as_bytes(), &hint, field("text"));
        for (mut share, chars, features, text) in rows {
            // a set of phrases labels only the blocks that hold one
            if !with.is_empty() {
                share = if with.iter().any(|p| text.contains(p)) {
                    1.0
                } else if without.iter().any(|p| text.contains(p)) {
                    0.0
                } else {
                    -1.0
                };
            }
            let row = serde_json::json!({"page": field("page"), "share": share, "chars": chars, "f": features});
            writeln!(out, "{row}")?;
        }
    }
    Ok(())
}
