//! Looks at what the crate does: `look identify FILE.jsonl FIELD_TEXT FIELD_LANG`, `look segment LANG < TEXT`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example for developers")]
use std::io::Read;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args[0].as_str() {
        "identify" => {
            let (mut n, mut ok) = (0, 0);
            for line in std::fs::read_to_string(&args[1]).unwrap().lines() {
                let v: serde_json::Value = serde_json::from_str(line).unwrap();
                let pairs: Vec<(String, String)> = if args[2] == "pair" {
                    ["a", "b"]
                        .iter()
                        .filter_map(|k| {
                            Some((
                                v[k]["title"].as_str()?.to_string(),
                                v[k]["language"].as_str()?.to_string(),
                            ))
                        })
                        .collect()
                } else {
                    vec![(
                        v[&args[2]].as_str().unwrap_or("").to_string(),
                        v[&args[3]].as_str().unwrap_or(&args[3]).to_string(),
                    )]
                };
                for (text, lang) in pairs {
                    n += 1;
                    let got = language::identify(&text, None);
                    if got.as_str() == lang {
                        ok += 1;
                    } else {
                        println!("{lang} {got} {}", text.chars().take(120).collect::<String>());
                    }
                }
            }
            println!("{ok} of {n}");
        }
        "parse" => {
            let engine =
                language::Engine::load(std::path::Path::new(&std::env::var("PACK").unwrap()))
                    .unwrap();
            let mut input = String::new();
            std::io::stdin().read_to_string(&mut input).unwrap();
            for line in input.lines() {
                let v: serde_json::Value = serde_json::from_str(line).unwrap();
                let mut out =
                    language::contract::parse_json(&engine.parse(v["text"].as_str().unwrap()));
                out["id"] = v["id"].clone();
                println!("{out}");
            }
        }
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).unwrap();
            let doc = language::segment(&text, language::Lang::parse(&args[1]).unwrap());
            for s in doc.sentences() {
                println!("{}", doc.text_of_range(*s));
            }
        }
    }
}
