//! The language engine and spaCy itself, field by field.
//!
//! For each installed pack: sentences made out of our own fixtures (so it runs on any machine), and real news of the gold data,
//! where it is (`UPTOSPEED_GOLD`, else `../shared`), or the texts of `--texts FILE.jsonl` ({text} a line). Small pipelines made by
//! spaCy (edit trees, static vectors, lookup tables, older networks) are compared as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::bench::language::{gold, pack_folder, path, spacy, target, texts, write};
use crate::root;

/// Texts of real news, for each pack.
const TEXTS: usize = 150;

/// Texts made of our fixtures, for each pack; most are one or two sentences.
const MADE_TEXTS: &str = "2400";

/// Our packs by language.
const PACKS: [(&str, &str); 2] = [("en", "en-3.8.0"), ("fr", "fr-3.8.0")];

/// Pipelines that `make_packs.py` makes.
const MADE_PACKS: [&str; 5] = ["trees", "vectors", "lookup", "embedded", "small"];

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let scratch = target().join("language-bench");
    fs::create_dir_all(&scratch)?;
    let python = spacy(&scratch)?;
    crate::run("cargo", &["build", "--release", "--quiet", "--package", "language", "--examples"])?;
    let given = args.iter().position(|a| *a == "--texts").and_then(|at| args.get(at + 1));
    let made = scratch.join("made");
    crate::run(&path(&python), &[&script("make_packs.py"), &path(&made)])?;
    let mut different = Vec::new();
    for (lang, name) in PACKS {
        let Some(pack) = pack_folder(name, "config.cfg") else {
            println!("== {name}: NOT compared, it is not installed: uptospeed packs install");
            continue;
        };
        for texts in texts_of(lang, given.copied(), &python, &scratch)? {
            different.extend(compare(&python, &pack, &texts)?);
        }
    }
    for name in MADE_PACKS {
        let texts = made.join(format!("{name}.jsonl"));
        different.extend(compare(&python, &path(&made.join(name)), &texts)?);
    }
    if !different.is_empty() {
        bail!("not everywhere as spaCy: {}", different.join(", "));
    }
    Ok(())
}

/// Files of texts for a language: the ones that are given, else our own and, where there is gold data, real news.
fn texts_of(
    lang: &str,
    given: Option<&str>,
    python: &Path,
    scratch: &Path,
) -> Result<Vec<PathBuf>> {
    let news = scratch.join(format!("news-{lang}.jsonl"));
    if given.is_some() {
        write(&news, &texts(given, TEXTS)?)?;
        return Ok(vec![news]);
    }
    let folders = ["fixtures", "crates/reading/tests/golden"].map(|f| path(&root().join(f)));
    let out = Command::new(python)
        .args([&script("sentences.py"), lang, MADE_TEXTS])
        .args(&folders)
        .output()?;
    if !out.status.success() {
        bail!("sentences.py: {}", String::from_utf8_lossy(&out.stderr));
    }
    let own = scratch.join(format!("own-{lang}.jsonl"));
    fs::write(&own, out.stdout)?;
    let news_texts = match lang {
        "en" => texts(None, TEXTS).unwrap_or_default(),
        _ => pairs(lang),
    };
    if news_texts.is_empty() {
        println!("gold data not found: real news in {lang} NOT compared");
        return Ok(vec![own]);
    }
    write(&news, &news_texts)?;
    Ok(vec![own, news])
}

/// Real news of a language out of the pairs of the gold data; none where it is not there.
fn pairs(lang: &str) -> Vec<String> {
    let file = fs::read_to_string(gold().join("data/stories/semeval2022t8_pairs.jsonl"));
    let mut found = Vec::new();
    for line in file.unwrap_or_default().lines() {
        let pair: Value = serde_json::from_str(line).unwrap_or_default();
        for (its_lang, text) in [("lang1", "text1"), ("lang2", "text2")] {
            let text = pair.get(text).and_then(Value::as_str).unwrap_or("");
            if pair.get(its_lang).and_then(Value::as_str) == Some(lang) && !text.is_empty() {
                found.push(text.to_owned());
            }
        }
    }
    found.dedup();
    found.truncate(TEXTS);
    found
}

/// Compares a pipeline on a file of texts; gives its name where not all is the same.
fn compare(python: &Path, pack: &str, texts: &Path) -> Result<Option<String>> {
    println!("== {pack}, {}", texts.display());
    let look = target().join("release/examples/look");
    let program = format!("env PACK='{pack}' '{}' parse", look.display());
    let status = Command::new(python)
        .args([&script("compare.py"), "--pack", pack, "--program", &program, &path(texts)])
        .status()?;
    Ok((!status.success()).then(|| format!("{pack} on {}", texts.display())))
}

fn script(name: &str) -> String {
    path(&root().join("crates/language/parity").join(name))
}
