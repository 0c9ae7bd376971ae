//! Where articles come from on the command line: files, addresses, standard input, JSONL.

use std::io::{BufRead, Read, Write};

use anyhow::Result;
use article::Moment;
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::problem::{Code, Problem, of_file};

pub(crate) use article::line::article as article_of;

/// The largest file, page or line that is read, in bytes.
pub(crate) const INPUT_BYTES_MAX: u64 = 64 << 20;

/// Lines that are worked on at once; bounds the memory.
const LINES_AT_ONCE: usize = 512;

/// Reads a file or standard input whole.
pub(crate) fn bytes(name: &str) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let read = if name == "-" {
        std::io::stdin().lock().take(INPUT_BYTES_MAX + 1).read_to_end(&mut out)
    } else {
        std::fs::File::open(name).and_then(|f| f.take(INPUT_BYTES_MAX + 1).read_to_end(&mut out))
    };
    read.map_err(|e| of_file(name, &e))?;
    if out.len() as u64 > INPUT_BYTES_MAX {
        let problem =
            Problem::new(Code::ReadFile, format!("{name} is over {} MiB", INPUT_BYTES_MAX >> 20));
        return Err(problem.help("cut it, or give its articles as JSONL").into());
    }
    Ok(out)
}

/// Whether an argument is a web address.
pub(crate) fn is_address(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

/// Whether bytes are HTML rather than text.
pub(crate) fn is_html(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with("<!doctype html")
        || head.starts_with("<html")
        || head.contains("<body")
        || head.contains("<head")
}

/// Reads a time option.
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    Moment::rfc3339(text)
        .ok_or_else(|| format!("\"{text}\" is not a time like 2026-11-05T17:05:00+01:00"))
}

/// Works on JSONL line by line, several at once, and prints the answers in the order of the lines. A line that cannot be
/// read stands in the output as `{"id", "error"}` and is named on stderr; returns how many such lines there were.
pub(crate) fn each_line(
    name: &str,
    work: impl Fn(&Value) -> Result<String, String> + Sync,
    after: impl FnMut(&[Result<Value, String>]),
) -> Result<usize> {
    let mut reader: Box<dyn BufRead> = if name == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::io::BufReader::new(std::fs::File::open(name).map_err(|e| of_file(name, &e))?))
    };
    each_line_of(&mut reader, name, |_, line| work(line), after)
}

/// The same over any reader; the work is told the line's number, from 0.
pub(crate) fn each_line_of(
    reader: &mut dyn BufRead,
    name: &str,
    work: impl Fn(usize, &Value) -> Result<String, String> + Sync,
    mut after: impl FnMut(&[Result<Value, String>]),
) -> Result<usize> {
    let shown = if name == "-" { "standard input" } else { name };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut line_number, mut bad) = (0usize, 0usize);
    loop {
        let lines = next_lines(reader, shown)?;
        if lines.is_empty() {
            break;
        }
        let parsed: Vec<Result<Value, String>> =
            lines.par_iter().map(|line| parse_line(line)).collect();
        let answers: Vec<(Result<String, String>, Option<Value>)> = parsed
            .par_iter()
            .enumerate()
            .map(|(n, line)| match line {
                Ok(Value::Null) => (Ok(String::new()), None),
                Ok(value) => {
                    let id = value.get("id").cloned();
                    // A panic is a bug; it costs this line and no other.
                    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        work(line_number + n, value)
                    }));
                    (
                        done.unwrap_or_else(|_| {
                            Err("could not be read: a fault of ours, please report it".into())
                        }),
                        id,
                    )
                }
                Err(error) => (Err(error.clone()), None),
            })
            .collect();
        for (answer, id) in answers {
            line_number += 1;
            let text = match answer {
                Ok(text) if text.is_empty() => continue,
                Ok(text) => text,
                Err(error) => {
                    bad += 1;
                    let problem = Problem::new(Code::BadLine, error);
                    super::note(&format!("{shown}:{line_number}: {problem}"));
                    let id = id.unwrap_or_else(|| json!(format!("line {line_number}")));
                    json!({"id": id, "error": problem.line()}).to_string()
                }
            };
            super::quiet_pipe(out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")))?;
        }
        super::quiet_pipe(out.flush())?;
        after(&parsed);
    }
    if bad > 0 {
        super::note(&format!(
            "  help: {bad} of {line_number} lines stand in the output as {{\"id\", \"error\"}}; the others were read"
        ));
    }
    Ok(bad)
}

fn next_lines(reader: &mut dyn BufRead, shown: &str) -> Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    while lines.len() < LINES_AT_ONCE {
        let mut line = Vec::new();
        let read = reader.take(INPUT_BYTES_MAX).read_until(b'\n', &mut line);
        if read.map_err(|e| of_file(shown, &e))? == 0 {
            break;
        }
        lines.push(line);
    }
    Ok(lines)
}

fn parse_line(line: &[u8]) -> Result<Value, String> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null); // an empty line holds nothing that could be lost
    }
    if line.len() as u64 >= INPUT_BYTES_MAX {
        return Err(format!("is over {} MiB", INPUT_BYTES_MAX >> 20));
    }
    let value: Value = serde_json::from_slice(line).map_err(|e| format!("is no JSON: {e}"))?;
    if value.is_object() { Ok(value) } else { Err("is no JSON object".to_owned()) }
}
