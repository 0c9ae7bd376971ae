//! Reads articles as JSONL and prints readings: `read --jsonl -` of the contract, until the program does it.
#![expect(clippy::print_stdout, reason = "an example that prints")]

use std::io::Read as _;

use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    #[expect(clippy::disallowed_methods, reason = "an example is a program and may look around")]
    let folder = std::env::var_os("UPTOSPEED_PACKS").map(std::path::PathBuf::from);
    let engines = folder.map(|f| language::Engines::load(&f));
    for line in input.lines().filter(|l| !l.trim().is_empty()) {
        let given: Value = serde_json::from_str(line)?;
        let text = given["text"].as_str().unwrap_or("").to_owned();
        let mut article = article::plain::article(text);
        article.id = given["id"].as_str().map(str::to_owned);
        article.outlet = given["outlet"].as_str().map(str::to_owned);
        article.published = given["published"].as_str().and_then(article::Moment::rfc3339);
        let prior = given["language"].as_str().and_then(language::Lang::parse);
        let lang = language::identify(&article.text, prior);
        let doc = match &engines {
            Some(engines) => engines.doc(&article.text, lang),
            None => language::segment(&article.text, lang),
        };
        let reading = reading::read(&article, &doc, reading::Knowledge::default());
        let printed = json!({
            "article": reading::contract::article_json(&article),
            "reading": reading::contract::reading_json(&article, &reading),
        });
        println!("{printed}");
    }
    Ok(())
}
