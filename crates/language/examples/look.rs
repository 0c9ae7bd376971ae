//! Looks at what the crate does: `look identify FILE.jsonl FIELD_TEXT FIELD_LANG`, `look segment LANG < TEXT`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "an example for developers"
)]
use std::io::Read;
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
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
            let pack = std::env::var("PACK").unwrap();
            let mut engine = language::Engine::load(std::path::Path::new(&pack)).unwrap();
            engine.set_fast(std::env::var_os("FAST").is_some());
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
        "encode" => {
            let start = cpu();
            let encoder =
                language::Encoder::load(std::path::Path::new(&std::env::var("M3").unwrap()))
                    .unwrap();
            println!("loaded: {:.1} ms", (cpu() - start) * 1e3);
            let (mut worst, mut texts) = (1.0_f32, Vec::new());
            for line in std::fs::read_to_string(&args[1]).unwrap().lines() {
                let v: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = v["text"].as_str().unwrap().to_owned();
                let got = encoder.encode(&[&text])[0];
                let cosine: f32 = v["embedding"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .zip(got)
                    .map(|(a, b)| a.as_f64().unwrap() as f32 * b)
                    .sum();
                worst = worst.min(cosine);
                texts.push(text);
            }
            println!("{} texts, lowest cosine {worst}", texts.len());
            let all: Vec<&str> = (0..20).flat_map(|_| texts.iter().map(String::as_str)).collect();
            for _ in 0..2 {
                let start = cpu();
                let n = encoder.encode(&all).len();
                println!("{n} texts, {:.0} texts/s", n as f64 / (cpu() - start));
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
