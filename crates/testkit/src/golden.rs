//! Golden files: a text and what is expected of it, in Markdown that a journalist could review.
//!
//! ````text
//! # Figures in English
//!
//! ## at least, before a spelled-out number
//! The bound is the outlet's word, never ours.
//!
//! ```text
//! published: 2026-11-05T17:05:00+01:00
//! language: en
//!
//! At least eleven people were killed on Thursday.
//! ```
//!
//! ```reading
//! killed min 11 best 11 at_least
//! ```
//! ````
//!
//! A case is a heading of any level with an input block below it. The input is the first fenced block whose name is not the
//! expected one's (`text`, `html`, `xml` …). It may open with header lines (`key: value`, keys of lower-case letters, `_`
//! and `-`), closed by an empty line. Further blocks are at hand as [`Case::block`]. A heading that ends with "(wrong)"
//! asserts today's wrong answer.
//!
//! `UPDATE_GOLDEN=1` writes what the code gives today into the files; a person reviews the difference.
//! `GOLDEN=WORDS` runs only the cases whose heading or file name contains the words.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// One case of a golden file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The file that holds it.
    pub file: PathBuf,
    /// The line of its heading, from 1.
    pub line: usize,
    /// Its heading, without the marks.
    pub heading: String,
    /// Why it is there: the prose between the heading and the first block.
    pub why: String,
    /// The name of its input block: `text`, `html` …
    pub kind: String,
    /// The header lines of the input, in order.
    pub headers: Vec<(String, String)>,
    /// The input without its header lines.
    pub text: String,
    /// All blocks in order, the input and the expected one included: name, content as it stands.
    pub blocks: Vec<(String, String)>,
}

impl Case {
    /// Returns the value of a header line of the input.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the content of the first block with this name, header lines included.
    pub fn block(&self, name: &str) -> Option<&str> {
        self.blocks.iter().find(|(key, _)| key == name).map(|(_, content)| content.as_str())
    }

    /// Tells whether the heading says that today's answer is wrong.
    pub fn wrong(&self) -> bool {
        self.heading.ends_with("(wrong)")
    }
}

/// Runs every case of every `.md` file below `dir` and compares what `run` gives with the block named `block`.
///
/// Line ends at the end of both sides do not count.
///
/// # Panics
///
/// When a case differs or lacks its block, when a file cannot be read or written, and when there is no case at all (a
/// test that cannot fail is none).
pub fn check_dir(dir: impl AsRef<Path>, block: &str, run: impl Fn(&Case) -> String) {
    let dir = dir.as_ref();
    let mut files = Vec::new();
    markdown_files(dir, &mut files);
    files.sort();
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value != "0");
    let only = std::env::var("GOLDEN").unwrap_or_default();
    let mut cases = 0_usize;
    let mut failed = String::new();
    let mut failures = 0_usize;
    for file in &files {
        let source = read(file);
        let mut changed = Vec::new();
        for parsed in parse(file, &source, block) {
            let case = &parsed.case;
            if !case.heading.contains(&only) && !file.to_string_lossy().contains(&only) {
                continue;
            }
            cases += 1;
            let given = run(case);
            let expected = case.block(block);
            if expected.is_some_and(|expected| expected.trim_end() == given.trim_end()) {
                continue;
            }
            if update {
                changed.push((parsed.expected, given));
                continue;
            }
            failures += 1;
            let place = format!("{}:{}", file.display(), case.line);
            let _ignored = match expected {
                None => writeln!(failed, "{place}: {}: no ```{block} block", case.heading),
                Some(expected) => {
                    let difference = difference(expected, &given);
                    writeln!(failed, "{place}: {}\n{difference}", case.heading)
                }
            };
        }
        if !changed.is_empty() {
            let rewritten = rewrite(&source, block, &changed);
            if let Err(error) = std::fs::write(file, rewritten) {
                panic!("cannot write {}: {error}", file.display());
            }
        }
    }
    assert!(cases > 0, "no golden case below {} (GOLDEN={only:?})", dir.display());
    assert!(
        failures == 0,
        "{failures} of {cases} golden cases differ (UPDATE_GOLDEN=1 rewrites them):\n\n{failed}"
    );
}

/// Parses the cases of one golden file; `block` is the name of the expected block.
pub fn cases(file: &Path, source: &str, block: &str) -> Vec<Case> {
    parse(file, source, block).into_iter().map(|parsed| parsed.case).collect()
}

/// Where the expected block stands in its file, in lines from 0.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// Lines between the two fences: first, one past the last.
    Lines(usize, usize),
    /// There is none; it belongs before this line.
    Missing(usize),
}

struct Parsed {
    case: Case,
    expected: Expected,
}

fn markdown_files(dir: &Path, files: &mut Vec<PathBuf>) {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => panic!("cannot list {}: {error}", dir.display()),
    };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            markdown_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

fn read(file: &Path) -> String {
    match std::fs::read_to_string(file) {
        Ok(source) => source,
        Err(error) => panic!("cannot read {}: {error}", file.display()),
    }
}

/// A fence's marks and the name behind them.
fn fence(line: &str) -> Option<(&str, &str)> {
    let marks = line.len() - line.trim_start_matches('`').len();
    if marks < 3 {
        return None;
    }
    Some((line.get(..marks)?, line.get(marks..)?.trim()))
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let marks = line.len() - rest.len();
    (1..=6).contains(&marks).then(|| rest.strip_prefix(' '))?.map(str::trim)
}

fn parse(file: &Path, source: &str, block: &str) -> Vec<Parsed> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    let mut open: Option<Parsed> = None;
    let mut at = 0;
    while let Some(&line) = lines.get(at) {
        if let Some(words) = heading(line) {
            found.extend(open.take().and_then(|parsed| close(parsed, block)));
            let case = Case {
                file: file.to_owned(),
                line: at + 1,
                heading: words.to_owned(),
                why: String::new(),
                kind: String::new(),
                headers: Vec::new(),
                text: String::new(),
                blocks: Vec::new(),
            };
            open = Some(Parsed { case, expected: Expected::Missing(at + 1) });
        } else if let Some((marks, name)) = fence(line) {
            let first = at + 1;
            let mut last = first;
            while lines.get(last).is_some_and(|line| line.trim_end() != marks) {
                last += 1;
            }
            if let Some(parsed) = &mut open {
                let content = lines.get(first..last).unwrap_or_default().join("\n");
                if name == block && !matches!(parsed.expected, Expected::Lines(..)) {
                    parsed.expected = Expected::Lines(first, last);
                } else if let Expected::Missing(before) = &mut parsed.expected {
                    *before = last + 1;
                }
                parsed.case.blocks.push((name.to_owned(), content));
            }
            at = last;
        } else if let Some(parsed) = &mut open
            && parsed.case.blocks.is_empty()
        {
            if !parsed.case.why.is_empty() {
                parsed.case.why.push(' ');
            }
            parsed.case.why.push_str(line.trim());
        }
        at += 1;
    }
    found.extend(open.and_then(|parsed| close(parsed, block)));
    found
}

/// A heading without an input is prose, not a case.
fn close(mut parsed: Parsed, block: &str) -> Option<Parsed> {
    let case = &mut parsed.case;
    let (kind, input) = case.blocks.iter().find(|(name, _)| name != block)?;
    case.kind.clone_from(kind);
    (case.headers, case.text) = split_headers(input);
    case.why = case.why.trim().to_owned();
    Some(parsed)
}

fn split_headers(input: &str) -> (Vec<(String, String)>, String) {
    let mut headers = Vec::new();
    let mut rest = input;
    while let Some((line, after)) = rest.split_once('\n') {
        if line.trim().is_empty() && !headers.is_empty() {
            return (headers, after.to_owned());
        }
        let Some((key, value)) = line.split_once(": ") else { break };
        let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c == '-';
        if key.is_empty() || !key.chars().all(plain) {
            break;
        }
        headers.push((key.to_owned(), value.trim().to_owned()));
        rest = after;
    }
    (Vec::new(), input.to_owned())
}

fn rewrite(source: &str, block: &str, changed: &[(Expected, String)]) -> String {
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    // From the end, so that the line numbers before stay true.
    for (expected, given) in changed.iter().rev() {
        let new = given.trim_end().lines().map(str::to_owned);
        match *expected {
            Expected::Lines(first, last) => drop(lines.splice(first..last.min(lines.len()), new)),
            Expected::Missing(before) => {
                let fenced = [String::new(), format!("```{block}")].into_iter().chain(new);
                let at = before.min(lines.len());
                drop(lines.splice(at..at, fenced.chain(["```".to_owned()])));
            }
        }
    }
    lines.join("\n") + "\n"
}

/// The lines of both sides, equal ones at both ends left out but for two.
fn difference(expected: &str, given: &str) -> String {
    let old: Vec<&str> = expected.trim_end().lines().collect();
    let new: Vec<&str> = given.trim_end().lines().collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let left = old.len().min(new.len()) - head;
    let tail =
        old.iter().rev().zip(new.iter().rev()).take(left).take_while(|(a, b)| a == b).count();
    let mut out = String::new();
    let mut put = |mark: &str, lines: Option<&[&str]>| {
        for line in lines.unwrap_or_default() {
            out.push_str(mark);
            out.push_str(line);
            out.push('\n');
        }
    };
    put("    ", old.get(head.saturating_sub(2)..head));
    put("  - ", old.get(head..old.len() - tail));
    put("  + ", new.get(head..new.len() - tail));
    put("    ", old.get(old.len() - tail..(old.len() - tail + 2).min(old.len())));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# All\nProse.\n\n## one\nWhy it is\nthere.\n\n```text\nlanguage: en\n\nA # text.\n# no heading\n```\n\n\
        ```reading\nold\n```\n\n## two (wrong)\n\n````html\n<p>\n```\n</p>\n````\n";

    fn check(input: &str, expected: &[(&str, &str, &str, Option<&str>)]) {
        let found = cases(Path::new("x.md"), input, "reading");
        let found: Vec<_> = found
            .iter()
            .map(|case| {
                (
                    case.heading.as_str(),
                    case.why.as_str(),
                    case.text.as_str(),
                    case.block("reading"),
                )
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn cases_are_found() {
        check(
            FILE,
            &[
                ("one", "Why it is there.", "A # text.\n# no heading", Some("old")),
                ("two (wrong)", "", "<p>\n```\n</p>", None),
            ],
        );
        check("", &[]);
        check("## broken\n```text\nnever closed", &[("broken", "", "never closed", None)]);
        check(
            "## colon\n```text\nOfficial: ten dead\n\nMore.\n```",
            &[("colon", "", "Official: ten dead\n\nMore.", None)],
        );
    }

    #[test]
    fn headers_are_split_off() {
        let found = cases(Path::new("x.md"), FILE, "reading");
        let first = found.first().and_then(|case| case.header("language"));
        assert_eq!(first, Some("en"));
        assert!(found.last().is_some_and(Case::wrong));
    }

    #[test]
    fn rewriting_gives_what_was_given() {
        let changed: Vec<_> = parse(Path::new("x.md"), FILE, "reading")
            .into_iter()
            .zip(["new\nlines", "second"])
            .map(|(parsed, given)| (parsed.expected, given.to_owned()))
            .collect();
        let rewritten = rewrite(FILE, "reading", &changed);
        check(
            &rewritten,
            &[
                ("one", "Why it is there.", "A # text.\n# no heading", Some("new\nlines")),
                ("two (wrong)", "", "<p>\n```\n</p>", Some("second")),
            ],
        );
    }

    #[test]
    #[should_panic(expected = "1 of 1 golden cases differ")]
    fn a_difference_fails() {
        let dir = std::env::temp_dir().join(format!("golden-{}", std::process::id()));
        assert!(std::fs::create_dir_all(&dir).is_ok());
        let file = dir.join("case.md");
        assert!(std::fs::write(&file, "## one\n```text\na\n```\n```reading\nb\n```\n").is_ok());
        check_dir(&dir, "reading", |case| case.text.clone());
    }
}
