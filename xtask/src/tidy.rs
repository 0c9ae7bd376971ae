//! What no compiler sees: who may depend on whom, names with one meaning, how much we depend on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{output, root};

/// Which of our crates each may use (normal dependencies). The arrows go one way; see docs/style.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("article", &[]),
    ("language", &[]),
    ("reading", &["article", "language"]),
    ("stories", &["article", "language", "reading"]),
    ("store", &["article", "reading", "stories"]),
    ("net", &[]),
    ("intake", &["article", "store", "net"]),
    // testkit only behind the feature `sim`: the simulation against the strict fake
    ("delivery", &["article", "reading", "stories", "store", "net", "testkit"]),
    ("web", &["article", "reading", "stories", "store", "net"]),
    ("testkit", &[]),
    ("python", &["article", "language", "reading", "stories"]),
    (
        "uptospeed",
        &[
            "article", "language", "reading", "stories", "store", "net", "intake", "delivery",
            "web", "testkit",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that must stay free of I/O: each has a clippy.toml of its own that bans it.
const PURE: [&str; 4] = ["article", "language", "reading", "stories"];

/// Packages that nobody of us names directly (they may come in underneath).
const REFUSED: [&str; 8] = [
    "chrono",
    "time",
    "openssl",
    "native-tls",
    "async-trait",
    "serde_yaml",
    "once_cell",
    "lazy_static",
];

/// Packages in the default binary, and in Cargo.lock. Raised in a commit of its own that says what it bought.
const IN_BINARY_MAX: usize = 340;
const LOCKED_MAX: usize = 450;

/// Packages that are locked in more than one version. Only falls.
const TWICE_MAX: usize = 40;

/// Files that may hold `unsafe`: they map a pack or are SIMD kernels with a scalar twin.
const UNSAFE: &[&str] = &[
    "crates/uptospeed/src/packs.rs",
    "crates/language/src/pack/",
    "crates/reading/benches/happenings.rs",
    "crates/language/src/kernel",
    "crates/language/src/simd",
    "crates/language/src/map.rs",
];

pub(crate) fn run() -> Result<()> {
    let mut wrong = Vec::new();
    arrows(&mut wrong)?;
    names(&mut wrong)?;
    budget(&mut wrong)?;
    guards(&mut wrong)?;
    files(&mut wrong)?;
    if wrong.is_empty() {
        println!("tidy: all in order");
        return Ok(());
    }
    for line in &wrong {
        eprintln!("tidy: {line}");
    }
    bail!("{} things are not in order", wrong.len());
}

/// The dependency table against `cargo metadata`.
fn arrows(wrong: &mut Vec<String>) -> Result<()> {
    let metadata: Value = serde_json::from_str(&output(
        "cargo",
        &["metadata", "--no-deps", "--format-version", "1", "--offline"],
    )?)?;
    let empty = Vec::new();
    for package in metadata.get("packages").and_then(Value::as_array).unwrap_or(&empty) {
        let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
        let Some((_, may)) = MAY_USE.iter().find(|(n, _)| *n == name) else {
            wrong.push(format!("crate {name} is not in the dependency table of xtask/src/tidy.rs"));
            continue;
        };
        for dependency in package.get("dependencies").and_then(Value::as_array).unwrap_or(&empty) {
            let to = dependency.get("name").and_then(Value::as_str).unwrap_or_default();
            let ours = MAY_USE.iter().any(|(n, _)| *n == to);
            let normal = dependency.get("kind").is_none_or(Value::is_null);
            if ours && normal && !may.contains(&to) {
                wrong.push(format!("{name} depends on {to}, against the table"));
            }
            if REFUSED.contains(&to) {
                wrong.push(format!("{name} names {to} directly, which is refused"));
            }
            if !ours && dependency.get("req").and_then(Value::as_str) == Some("*") {
                wrong.push(format!("{name} takes any version of {to}"));
            }
        }
    }
    Ok(())
}

/// Banned type names of docs/glossary.md.
fn names(wrong: &mut Vec<String>) -> Result<()> {
    let glossary =
        fs::read_to_string(root().join("docs/glossary.md")).context("docs/glossary.md")?;
    let banned: BTreeSet<&str> = glossary
        .lines()
        .skip_while(|l| !l.starts_with("## Banned"))
        .filter_map(|l| l.strip_prefix("- `"))
        .filter_map(|l| l.split('`').next())
        .collect();
    if banned.is_empty() {
        wrong.push("docs/glossary.md has no list under \"## Banned\"".to_owned());
    }
    for path in sources()? {
        let text = fs::read_to_string(&path)?;
        for (n, line) in text.lines().enumerate() {
            let mut words = line.split_whitespace().skip_while(|w| w.starts_with("pub"));
            if matches!(words.next(), Some("struct" | "enum" | "trait" | "type")) {
                let name: String = words
                    .next()
                    .unwrap_or("")
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if banned.contains(name.as_str()) {
                    wrong.push(format!(
                        "{}:{}: the name {name} is banned by docs/glossary.md",
                        show(&path),
                        n + 1
                    ));
                }
            }
            if line.contains("// TODO") && !line.contains('#') {
                wrong.push(format!("{}:{}: a TODO needs an issue's number", show(&path), n + 1));
            }
        }
        // This file says the words it looks for.
        if path.ends_with("xtask/src/tidy.rs") {
            continue;
        }
        let may = UNSAFE.iter().any(|allowed| show(&path).starts_with(allowed));
        if text.contains("unsafe {") && !may {
            wrong.push(format!(
                "{} holds unsafe code and is not in the list of xtask/src/tidy.rs",
                show(&path)
            ));
        }
    }
    Ok(())
}

/// How many packages we stand on.
fn budget(wrong: &mut Vec<String>) -> Result<()> {
    let tree = output(
        "cargo",
        &[
            "tree",
            "--package",
            "uptospeed",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--offline",
        ],
    )?;
    let in_binary: BTreeSet<&str> = tree.lines().map(|l| l.trim_end_matches(" (*)")).collect();
    if in_binary.len() > IN_BINARY_MAX {
        wrong.push(format!(
            "{} packages in the default binary, the budget is {IN_BINARY_MAX}",
            in_binary.len()
        ));
    }
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for name in lock.lines().filter_map(|l| l.strip_prefix("name = ")) {
        *versions.entry(name).or_default() += 1;
    }
    let locked: usize = versions.values().sum();
    if locked > LOCKED_MAX {
        wrong.push(format!("{locked} packages are locked, the budget is {LOCKED_MAX}"));
    }
    let twice = versions.values().filter(|n| **n > 1).count();
    if twice > TWICE_MAX {
        wrong.push(format!(
            "{twice} packages are locked in several versions, the pin is {TWICE_MAX}"
        ));
    }
    println!(
        "tidy: {} packages in the binary, {locked} locked, {twice} in several versions",
        in_binary.len()
    );
    Ok(())
}

/// The bans of clippy.toml: those of a pure crate repeat the root's, since the nearest file wins.
fn guards(wrong: &mut Vec<String>) -> Result<()> {
    let everywhere = fs::read_to_string(root().join("clippy.toml"))?;
    let bans = |text: &str| -> BTreeSet<String> {
        text.lines().filter(|l| l.contains("path = ")).map(|l| l.trim().to_owned()).collect()
    };
    let wanted = bans(&everywhere);
    for name in PURE {
        let path = root().join("crates").join(name).join("clippy.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("crates/{name}/clippy.toml"))?;
        let has = bans(&text);
        for ban in wanted.difference(&has) {
            wrong.push(format!("crates/{name}/clippy.toml does not repeat {ban}"));
        }
        for ban in ["std::fs::", "std::net::", "std::env::"] {
            if !text.contains(ban) {
                wrong.push(format!("crates/{name}/clippy.toml does not ban {ban}"));
            }
        }
    }
    Ok(())
}

/// Every fixture has a line that says where it is from; no file is large.
fn files(wrong: &mut Vec<String>) -> Result<()> {
    let provenance = fs::read_to_string(root().join("fixtures/PROVENANCE.md"))
        .context("fixtures/PROVENANCE.md")?;
    for entry in fs::read_dir(root().join("fixtures"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "PROVENANCE.md" && !provenance.contains(&format!("`{name}")) {
            wrong.push(format!("fixtures/{name} has no line in fixtures/PROVENANCE.md"));
        }
    }
    for name in output("git", &["ls-files"])?.lines() {
        let size = fs::metadata(root().join(name)).map_or(0, |m| m.len());
        if size > 1 << 20 {
            wrong.push(format!("{name} is {} KiB; nothing over 1 MiB is committed", size >> 10));
        }
    }
    Ok(())
}

fn sources() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates"), root().join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn show(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
