//! Measures whether the day's new statements were read, with their speakers, by language.
//!
//! The gold marks only statements that are new in a story, so this is recall and no precision. What is scored are the
//! lines `{article, reading}` that `uptospeed read --jsonl` prints for the lines of [`Day::jsonl`]. A statement is found
//! when a content span overlaps the marked passage; its speaker is right when the last word of the gold's name is in the
//! speaker's.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::day::{Day, NewFact, NewKind, version_id};

/// A reading, as far as statements go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The article's id.
    pub article: String,
    /// What was read, in order.
    pub statements: Vec<Statement>,
}

/// A statement that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where its content stands: first code point, one past the last.
    pub content: Vec<(usize, usize)>,
    /// The speaker's name.
    pub speaker: Option<String>,
}

/// How the statements of a language were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Read, with the right speaker.
    pub right: usize,
    /// Read with another speaker or none: article, fact, the name that was read.
    pub other_speaker: Vec<(String, NewFact, Option<String>)>,
    /// Not read: article and fact.
    pub missed: Vec<(String, NewFact)>,
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (other, missed) = (self.other_speaker.len(), self.missed.len());
        let all = self.right + other + missed;
        write!(
            f,
            "of {all} statements: {} right, {other} with another speaker, {missed} missed",
            self.right
        )
    }
}

/// Reads the program's lines.
///
/// # Errors
///
/// The number of the first line that is not a reading, with what is wrong. A line `{id, error}` is passed over.
pub fn read(output: &str) -> Result<Vec<Read>, String> {
    #[derive(Deserialize)]
    struct Line {
        article: Option<Named>,
        reading: Option<Reading>,
    }
    #[derive(Deserialize)]
    struct Named {
        id: Option<String>,
    }
    #[derive(Deserialize)]
    struct Reading {
        speakers: Vec<Speaker>,
        statements: Vec<Printed>,
    }
    #[derive(Deserialize)]
    struct Speaker {
        id: u32,
        name: String,
    }
    #[derive(Deserialize)]
    struct Printed {
        content: Vec<Span>,
        speaker: Option<u32>,
    }
    #[derive(Deserialize)]
    struct Span {
        start: usize,
        end: usize,
    }
    let mut all = Vec::new();
    for (place, line) in output.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", place + 1))?;
        let id = line.article.and_then(|article| article.id);
        let Some((article, reading)) = id.zip(line.reading) else { continue };
        let name = |id: u32| reading.speakers.iter().find(|speaker| speaker.id == id);
        let statements = reading.statements.iter().map(|statement| {
            let content = statement.content.iter().map(|span| (span.start, span.end)).collect();
            let speaker = statement.speaker.and_then(name).map(|speaker| speaker.name.clone());
            Statement { content, speaker }
        });
        all.push(Read { article, statements: statements.collect() });
    }
    Ok(all)
}

/// Scores what was read against the day's new statements, by language.
pub fn score(day: &Day, read: &[Read]) -> BTreeMap<String, Score> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for (article, place, version) in day.versions() {
        let id = version_id(article, place);
        let language = day.outlet(&article.outlet).map_or("", |outlet| outlet.language.as_str());
        let score = scores.entry(language.to_owned()).or_default();
        let text = version.text();
        for fact in
            version.new.iter().filter(|fact| fact.kind == NewKind::Statement && !fact.optional)
        {
            let start = text.find(&fact.evidence).unwrap_or_default();
            let start = text.get(..start).map_or(0, |before| before.chars().count());
            let end = start + fact.evidence.chars().count();
            let told =
                read.iter().filter(|read| read.article == id).flat_map(|read| &read.statements);
            let told: Vec<_> = told
                .filter(|told| told.content.iter().any(|(from, to)| *from < end && start < *to))
                .map(|told| &told.speaker)
                .collect();
            if told
                .iter()
                .any(|speaker| speaker.as_deref().is_some_and(|name| same(&fact.what, name)))
            {
                score.right += 1;
            } else if let Some(speaker) = told.first() {
                score.other_speaker.push((id.clone(), fact.clone(), (*speaker).clone()));
            } else {
                score.missed.push((id.clone(), fact.clone()));
            }
        }
    }
    scores
}

/// Tells whether the last word of the gold's name is in the speaker's.
fn same(gold: &str, read: &str) -> bool {
    let last = gold.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    read.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| word == last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Right, with another speaker, missed, over all languages.
    fn check(
        speaker: Option<&str>,
        whole: bool,
        expected: impl Fn(usize) -> (usize, usize, usize),
    ) {
        let Ok(day) = Day::bundled() else { panic!("the day is broken") };
        let versions = day.versions();
        let facts = |new: &[NewFact]| {
            new.iter().filter(|fact| fact.kind == NewKind::Statement && !fact.optional).count()
        };
        let all = versions.iter().map(|(.., version)| facts(&version.new)).sum();
        let read: Vec<_> = versions
            .iter()
            .map(|(article, place, version)| {
                let end = if whole { version.text().chars().count() } else { 1 };
                let said = |name| Statement { content: vec![(0, end)], speaker: Some(name) };
                let names = version.new.iter().map(|fact| fact.what.clone());
                let statements = match speaker {
                    Some(name) => vec![said(name.to_owned())],
                    None => names.map(said).collect(),
                };
                Read { article: version_id(article, *place), statements }
            })
            .collect();
        let scores = score(&day, &read);
        let sum = |count: fn(&Score) -> usize| scores.values().map(count).sum::<usize>();
        let counted = (
            sum(|score| score.right),
            sum(|score| score.other_speaker.len()),
            sum(|score| score.missed.len()),
        );
        assert_eq!(counted, expected(all));
    }

    #[test]
    fn statements_are_scored() {
        check(None, true, |all| (all, 0, 0));
        check(Some("nobody"), true, |all| (0, all, 0));
        check(None, false, |all| (0, 0, all));
        assert!(
            same("Jörn Wiebold", "fire chief Jörn Wiebold") && !same("Martin Kessler", "Kesslerin")
        );
    }
}
