//! A folder of Markdown files: one for each story, rewritten as it grows.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use store::{Action, Claimed};

use crate::card::{Card, Line, hour};
use crate::outbox::Outcome;
use crate::settings::Settings;

/// Writes the file of a row: into a new file first, which then takes the place of the old one.
pub(super) fn write(root: &Path, row: &Claimed, card: &Card, settings: &Settings) -> Outcome {
    let folder = root.join(safe(&row.destination.address));
    let name = match row.action {
        Action::Reply => format!("{}-{}.md", safe(&row.what), row.step),
        _ => format!("{}.md", safe(row.what.strip_prefix("story:").unwrap_or(&row.what))),
    };
    let text = markdown(card, settings);
    match put(&folder, &name, &text) {
        Ok(()) => Outcome::Delivered { message: name },
        Err(error) => Outcome::Later {
            why: format!("{} cannot be written: {error}", folder.join(&name).display()),
        },
    }
}

fn put(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let new = folder.join(format!(".{name}.new"));
    let mut file = fs::File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, folder.join(name))
}

/// A name that leaves no folder, whatever a reader wrote.
fn safe(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '-' })
        .take(100)
        .collect();
    if kept.is_empty() { "news".to_owned() } else { kept }
}

/// The card as Markdown.
pub(crate) fn markdown(card: &Card, settings: &Settings) -> String {
    let zone = settings.schedule().zone();
    let mut out = format!("# {}\n", escape(&card.title));
    if !card.figures.is_empty() {
        let _infallible = write!(out, "\n**{}**\n", escape(&card.figures));
    }
    if !card.lines.is_empty() {
        out.push('\n');
    }
    for line in &card.lines {
        let _infallible = writeln!(out, "- {} {}", hour(line.at, &zone), words(line));
    }
    for section in &card.sections {
        let _infallible = write!(out, "\n## {}\n\n", escape(&section.title));
        if !section.figures.is_empty() {
            let _infallible = writeln!(out, "**{}**\n", escape(&section.figures));
        }
        for line in &section.parts {
            let _infallible = writeln!(out, "- {}", words(line));
        }
    }
    for quote in &card.quotes {
        let _infallible =
            write!(out, "\n> {}:\n> {}\n", escape(&quote.speaker), escape(&quote.text));
    }
    for note in &card.notes {
        let _infallible = write!(out, "\n{}\n", escape(note));
    }
    if let Some(url) = &card.url {
        let _infallible = write!(out, "\n[the story](<{}>)\n", url.replace(['<', '>', '\n'], ""));
    }
    out
}

fn words(line: &Line) -> String {
    let was =
        line.was.as_ref().map(|was| format!("Corrected: ~~{}~~ ", escape(was))).unwrap_or_default();
    let outlet = escape(&line.outlet);
    let source = match &line.url {
        Some(url) => format!("[{outlet}](<{}>)", url.replace(['<', '>', '\n'], "")),
        None => outlet,
    };
    let note = if line.note.is_empty() { String::new() } else { format!(", {}", line.note) };
    format!("{was}{} ({source}{note})", escape(&line.text))
}

/// On one line, with what Markdown would read escaped.
fn escape(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().fold(String::with_capacity(line.len()), |mut out, c| {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}
