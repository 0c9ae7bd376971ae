//! The language engine and spaCy itself, field by field.
//!
//! Texts: `--texts FILE.jsonl` ({text} a line), else real news of the gold data. Small pipelines made by spaCy (edit trees, static
//! vectors, lookup tables, older networks) are compared as well.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::bench::language::{pack_folder, path, spacy, target, texts, write};
use crate::root;

/// Texts of real news.
const TEXTS: usize = 150;

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let scratch = target().join("language-bench");
    fs::create_dir_all(&scratch)?;
    let python = spacy(&scratch)?;
    crate::run("cargo", &["build", "--release", "--quiet", "--package", "language", "--examples"])?;
    let look = target().join("release/examples/look");
    let given = args.iter().position(|a| *a == "--texts").and_then(|at| args.get(at + 1));
    let news = scratch.join("parity.jsonl");
    write(&news, &texts(given.copied(), TEXTS)?)?;
    let made = scratch.join("made");
    let script = |name: &str| path(&root().join("crates/language/parity").join(name));
    crate::run(&path(&python), &[&script("make_packs.py"), &path(&made)])?;
    let installed = ["en-3.8.0", "fr-3.8.0"].map(|name| pack_folder(name, "config.cfg"));
    let made_packs = ["trees", "vectors", "lookup", "embedded", "small"];
    let made_packs =
        made_packs.map(|name| (path(&made.join(name)), made.join(format!("{name}.jsonl"))));
    let all = installed.into_iter().flatten().map(|pack| (pack, news.clone())).chain(made_packs);
    let mut different = Vec::new();
    for (pack, texts) in all {
        println!("== {pack}");
        let program = format!("env PACK='{pack}' '{}' parse", look.display());
        let status = Command::new(&python)
            .args([&script("compare.py"), "--pack", &pack, "--program", &program, &path(&texts)])
            .status()?;
        if !status.success() {
            different.push(pack);
        }
    }
    if !different.is_empty() {
        bail!("not everywhere as spaCy: {}", different.join(", "));
    }
    Ok(())
}
