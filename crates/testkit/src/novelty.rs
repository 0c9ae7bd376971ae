//! Measures told news against the gold of a day: is what is told new, and is what is new told?
//!
//! What is scored are the lines `{"update": {…}}` that `uptospeed stories --jsonl --updates` prints for the lines of
//! [`Day::jsonl`]. Only stories with marked facts count (those with a `story` fact).
//!
//! - An update is right when one of its evidence spans overlaps the passage of a fact of the same article and of a fitting
//!   kind. One fact makes only one update of a kind right: the second is told twice.
//! - A fact is found when an update is right by it. Facts of the article that opens its story need not be told one by one:
//!   they are found with the story, and told beside it they are right. Facts marked `maybe` are right when told and not
//!   missed when not.
//! - A statement is the passage of one speaker in one paragraph: evidence elsewhere in the paragraph is right too, and a
//!   second sentence of it counts neither as right nor as wrong. Nor does a detail of the article that opens the story.
//! - An update whose evidence overlaps only a new fact of another kind ("the police said" around a new toll) tells nothing
//!   old: it counts neither as right nor as wrong.
//! - `new_outlet` updates tell nothing of the events; they are not counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use crate::day::{Day, NewFact, NewKind};

/// An update as the contract prints it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Told {
    /// The article that brings it.
    pub article: String,
    /// The contract's word: `new_story`, `figure_changed` …
    pub kind: String,
    /// One line for a person.
    #[serde(default)]
    pub text: String,
    /// Where it stands.
    #[serde(default)]
    pub evidence: Vec<Passage>,
}

/// A stretch of an article's text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Passage {
    /// The article; the update's own where it is not given.
    #[serde(default)]
    pub article: Option<String>,
    /// First code point.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// How well the news was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Updates that are right.
    pub right: usize,
    /// Updates that tell nothing new, each with its article.
    pub wrong: Vec<(String, Told)>,
    /// Updates that tell a new fact of another kind.
    pub beside: usize,
    /// Facts that were told.
    pub found: usize,
    /// Facts that were not, each with its article.
    pub missed: Vec<(String, NewFact)>,
    /// Right and wrong updates, found and missed facts by story.
    pub stories: BTreeMap<String, [usize; 4]>,
}

impl Score {
    /// Returns the share of the updates that are right; 1 where there is none.
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong.len())
    }

    /// Returns the share of the facts that were told; 1 where there is none.
    pub fn recall(&self) -> f64 {
        share(self.found, self.found + self.missed.len())
    }

    /// Returns the changes of figures that were not told.
    pub fn missed_figures(&self) -> Vec<&(String, NewFact)> {
        self.missed.iter().filter(|(_, fact)| fact.kind == NewKind::Figure).collect()
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (story, [right, wrong, found, missed]) in &self.stories {
            let (told, facts) = (right + wrong, found + missed);
            writeln!(
                f,
                "{story:24} updates right {right:3} of {told:3}   facts found {found:3} of {facts:3}"
            )?;
        }
        writeln!(
            f,
            "update precision {:.3} ({} of {})   recall {:.3} ({} of {})   figure changes missed {}",
            self.precision(),
            self.right,
            self.right + self.wrong.len(),
            self.recall(),
            self.found,
            self.found + self.missed.len(),
            self.missed_figures().len()
        )
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Reads the `{"update": {…}}` lines of the program's output; other lines are passed over.
///
/// # Errors
///
/// The number of the first line that is not JSON or whose update is not one, with what is wrong.
pub fn told(output: &str) -> Result<Vec<Told>, String> {
    #[derive(Deserialize)]
    struct Line {
        update: Option<Told>,
    }
    let mut all = Vec::new();
    for (place, line) in output.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", place + 1))?;
        all.extend(line.update);
    }
    Ok(all)
}

/// Scores what was told against the gold of the day.
pub fn score(day: &Day, told: &[Told]) -> Score {
    let versions = day.versions();
    let marked: BTreeSet<&str> = versions
        .iter()
        .filter(|(.., version)| version.new.iter().any(|fact| fact.kind == NewKind::Story))
        .map(|(article, ..)| article.story.as_str())
        .collect();
    let mut score = Score::default();
    for (article, place, version) in versions {
        if !marked.contains(article.story.as_str()) {
            continue;
        }
        let id = crate::day::version_id(article, place);
        let text: Vec<char> = version.text().chars().collect();
        let passages: Vec<_> =
            version.new.iter().map(|fact| (fact, find(&text, &fact.evidence))).collect();
        let opens = version.new.iter().any(|fact| fact.kind == NewKind::Story);
        let counts = score.stories.entry(article.story.clone()).or_default();
        let mut used = BTreeSet::new();
        let mut opened = false;
        for update in told.iter().filter(|told| told.article == id && told.kind != "new_outlet") {
            let overlaps = |(start, end): (usize, usize)| {
                update.evidence.iter().any(|told| {
                    told.article.as_ref().is_none_or(|article| *article == id)
                        && told.start < end
                        && start < told.end
                })
            };
            let says = |fact: &NewFact, place: &Option<Place>| {
                let whole = update.kind == "new_story" && fact.kind == NewKind::Story;
                let statement = fact.kind == NewKind::Statement && update.kind == "new_statement";
                let stands = |place: &Place| {
                    overlaps(place.passage) || (statement && overlaps(place.paragraph))
                };
                whole || place.as_ref().is_some_and(stands)
            };
            let unused =
                |fact: &NewFact| !used.contains(&(update.kind.as_str(), fact.evidence.as_str()));
            // The fact of these very words first, else one of the same paragraph.
            let mut fitting: Vec<_> = passages
                .iter()
                .filter(|(fact, place)| fits(&update.kind, fact.kind) && says(fact, place))
                .collect();
            fitting.sort_by_key(|(_, place)| {
                !place.as_ref().is_some_and(|place| overlaps(place.passage))
            });
            if let Some((fact, _)) = fitting.iter().find(|(fact, _)| unused(fact)) {
                used.insert((update.kind.as_str(), fact.evidence.as_str()));
                opened |= fact.kind == NewKind::Story;
                score.right += 1;
                counts[0] += 1;
                continue;
            }
            let again = fitting
                .iter()
                .any(|(_, place)| place.as_ref().is_some_and(|place| overlaps(place.passage)));
            let other = passages
                .iter()
                .any(|(fact, place)| !fits(&update.kind, fact.kind) && says(fact, place));
            let neutral = opens || (!fitting.is_empty() && !again) || (other && fitting.is_empty());
            if neutral && update.kind != "new_story" && !again {
                score.beside += 1;
            } else {
                score.wrong.push((id.clone(), update.clone()));
                counts[1] += 1;
            }
        }
        for (fact, _) in &passages {
            let direct = used.iter().any(|(_, evidence)| *evidence == fact.evidence);
            if direct || (opens && opened) {
                if !fact.optional {
                    score.found += 1;
                    counts[2] += 1;
                }
            } else if !fact.optional {
                score.missed.push((id.clone(), (*fact).clone()));
                counts[3] += 1;
            }
        }
    }
    score
}

/// Tells whether an update of this kind can tell a fact of that kind.
fn fits(told: &str, fact: NewKind) -> bool {
    match told {
        "new_story" => fact == NewKind::Story,
        "new_event" => matches!(fact, NewKind::Event | NewKind::Story),
        "figure_changed" => matches!(fact, NewKind::Figure | NewKind::Correction),
        "new_statement" => fact == NewKind::Statement,
        "correction" => fact == NewKind::Correction,
        _ => false,
    }
}

/// Where a passage stands, in code points.
#[derive(Clone, Copy, Debug)]
struct Place {
    passage: (usize, usize),
    paragraph: (usize, usize),
}

fn find(text: &[char], words: &str) -> Option<Place> {
    let words: Vec<char> = words.chars().collect();
    let start = text.windows(words.len().max(1)).position(|window| window == words)?;
    let end = start + words.len();
    let first = text.get(..start)?.iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
    let last = text.get(end..)?.iter().position(|c| *c == '\n').map_or(text.len(), |at| end + at);
    Some(Place { passage: (start, end), paragraph: (first, last) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every fact that must be told, once and in its own words.
    fn perfect(day: &Day) -> Vec<Told> {
        let mut all = Vec::new();
        for (article, place, version) in day.versions() {
            let text: Vec<char> = version.text().chars().collect();
            for fact in version.new.iter().filter(|fact| !fact.optional) {
                let kind = match fact.kind {
                    NewKind::Story => "new_story",
                    NewKind::Event => "new_event",
                    NewKind::Figure => "figure_changed",
                    NewKind::Statement => "new_statement",
                    NewKind::Correction => "correction",
                };
                let evidence = find(&text, &fact.evidence).map(|place| place.passage);
                let evidence = evidence.map(|(start, end)| Passage { article: None, start, end });
                all.push(Told {
                    article: crate::day::version_id(article, place),
                    kind: kind.to_owned(),
                    text: String::new(),
                    evidence: evidence.into_iter().collect(),
                });
            }
        }
        all
    }

    fn check(change: impl Fn(&mut Vec<Told>), expected: (usize, usize, usize)) {
        let Ok(day) = Day::bundled() else { panic!("the day is broken") };
        let mut told = perfect(&day);
        let all = score(&day, &told);
        assert_eq!((all.wrong.len(), all.missed.len()), (0, 0), "{all:?}");
        change(&mut told);
        let score = score(&day, &told);
        let lost = all.right - score.right.min(all.right);
        assert_eq!((lost, score.wrong.len(), score.missed.len()), expected);
    }

    #[test]
    fn told_news_is_scored() {
        check(|_| {}, (0, 0, 0));
        // Told twice.
        check(|told| told.extend(told.last().cloned()), (0, 1, 0));
        // Not told.
        check(|told| drop(told.pop()), (1, 0, 1));
        // Another sentence.
        let elsewhere = |told: &mut Vec<Told>| {
            for passage in told.last_mut().into_iter().flat_map(|last| &mut last.evidence) {
                (passage.start, passage.end) = (0, 1);
            }
        };
        check(elsewhere, (1, 1, 1));
        // An outlet more is no news.
        let outlet = Told {
            article: "cc-01".to_owned(),
            kind: "new_outlet".to_owned(),
            text: String::new(),
            evidence: Vec::new(),
        };
        check(|told| told.push(outlet.clone()), (0, 0, 0));
        // A copy has nothing new.
        check(|told| told.push(Told { kind: "new_event".to_owned(), ..outlet.clone() }), (0, 1, 0));
    }

    #[test]
    fn lines_are_read() {
        let output = "{\"id\": \"a\", \"story\": \"1\"}\n{\"update\": {\"article\": \"a\", \"kind\": \"new_story\", \
            \"evidence\": [{\"article\": \"a\", \"start\": 0, \"end\": 3}], \"importance\": 0.5}}\n";
        assert_eq!(told(output).map(|told| told.len()), Ok(1));
        assert!(told("{\"id\": 1}\nno").is_err_and(|error| error.starts_with("line 2: ")));
    }
}
