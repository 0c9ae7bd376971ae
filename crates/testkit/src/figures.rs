//! Measures figures that were read against the gold of a day, by language.
//!
//! What is scored are the lines `{article, reading}` that `uptospeed read --jsonl` prints for the lines of
//! [`Day::jsonl`]. A casualty is right when the gold has a figure of its kind and number in the same paragraph; one figure
//! makes one casualty right. Figures marked `maybe` are right when read and not missed when not.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::day::{Day, Figure, version_id};

/// A reading, as far as figures go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The article's id.
    pub article: String,
    /// What was read.
    pub casualties: Vec<Casualty>,
}

/// A count of people hurt, as the contract prints it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Casualty {
    /// `killed`, `injured` …
    pub kind: String,
    /// First code point.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The least that the words allow.
    #[serde(default)]
    pub min: Option<u32>,
    /// The most.
    #[serde(default)]
    pub max: Option<u32>,
    /// The number itself.
    #[serde(default)]
    pub best: Option<u32>,
    /// `exactly`, `at_least` …
    pub qualifier: String,
    /// Contained in another.
    #[serde(default)]
    pub part: bool,
    /// The event is recalled.
    #[serde(default)]
    pub background: bool,
}

/// How well the figures of a language were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Casualties that the gold has.
    pub right: usize,
    /// Those of them that must be read.
    pub found: usize,
    /// Casualties that it has not: article and casualty.
    pub wrong: Vec<(String, Casualty)>,
    /// Figures that were not read: article and figure.
    pub missed: Vec<(String, Figure)>,
    /// Right ones with another qualifier, background or part than the gold's: article, figure and casualty.
    pub differing: Vec<(String, Figure, Casualty)>,
}

impl Score {
    /// Returns the share of the casualties that the gold has; 1 where there is none.
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong.len())
    }

    /// Returns the share of the figures that were read; 1 where there is none.
    pub fn recall(&self) -> f64 {
        share(self.found, self.found + self.missed.len())
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differing = |which: fn(&Figure, &Casualty) -> bool| {
            self.differing.iter().filter(|(_, gold, read)| which(gold, read)).count()
        };
        write!(
            f,
            "precision {:.3} ({} of {})   recall {:.3} ({} of {})   other qualifier {}, background {}, part {}",
            self.precision(),
            self.right,
            self.right + self.wrong.len(),
            self.recall(),
            self.found,
            self.found + self.missed.len(),
            differing(|gold, read| gold.qualifier != read.qualifier),
            differing(|gold, read| gold.background != read.background),
            differing(|gold, read| gold.part != read.part),
        )
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Reads the program's lines.
///
/// # Errors
///
/// The number of the first line that is not a reading, with what is wrong. A line `{id, error}` is passed over: its
/// figures count as missed.
pub fn read(output: &str) -> Result<Vec<Read>, String> {
    #[derive(Deserialize)]
    struct Line {
        article: Option<Named>,
        reading: Option<Events>,
    }
    #[derive(Deserialize)]
    struct Named {
        id: Option<String>,
    }
    #[derive(Deserialize)]
    struct Events {
        events: Vec<Event>,
    }
    #[derive(Deserialize)]
    struct Event {
        #[serde(default)]
        background: bool,
        #[serde(default)]
        casualties: Vec<Casualty>,
    }
    let mut all = Vec::new();
    for (place, line) in output.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", place + 1))?;
        let id = line.article.and_then(|article| article.id);
        if let Some((article, reading)) = id.zip(line.reading) {
            let casualties = reading.events.into_iter().flat_map(|event| {
                let background = event.background;
                event
                    .casualties
                    .into_iter()
                    .map(move |casualty| Casualty { background, ..casualty })
            });
            all.push(Read { article, casualties: casualties.collect() });
        }
    }
    Ok(all)
}

/// Scores what was read against the gold of the day, by language.
pub fn score(day: &Day, read: &[Read]) -> BTreeMap<String, Score> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for (article, place, version) in day.versions() {
        let id = version_id(article, place);
        let language = day.outlet(&article.outlet).map_or("", |outlet| outlet.language.as_str());
        let score = scores.entry(language.to_owned()).or_default();
        let text = version.text();
        let mut left: Vec<&Casualty> = read
            .iter()
            .filter(|read| read.article == id)
            .flat_map(|read| &read.casualties)
            .collect();
        // What must be read has the first choice.
        let mut figures: Vec<&Figure> = version.figures.iter().collect();
        figures.sort_by_key(|figure| figure.optional);
        for figure in figures {
            let (passage, paragraph) = places(&text, &figure.evidence);
            let mut fitting: Vec<usize> = (0..left.len())
                .filter(|at| {
                    left.get(*at).is_some_and(|casualty| {
                        same(figure, casualty) && overlap(casualty, paragraph)
                    })
                })
                .collect();
            fitting.sort_by_key(|at| {
                left.get(*at).is_some_and(|casualty| !overlap(casualty, passage))
            });
            if let Some(at) = fitting.first() {
                let casualty = left.remove(*at);
                score.right += 1;
                score.found += usize::from(!figure.optional);
                let equal = (figure.qualifier == casualty.qualifier)
                    && (figure.background == casualty.background)
                    && (figure.part == casualty.part);
                if !equal && !figure.optional {
                    score.differing.push((id.clone(), figure.clone(), casualty.clone()));
                }
            } else if !figure.optional {
                score.missed.push((id.clone(), figure.clone()));
            }
        }
        score.wrong.extend(left.into_iter().map(|casualty| (id.clone(), casualty.clone())));
    }
    scores
}

fn same(figure: &Figure, casualty: &Casualty) -> bool {
    let numbers = [casualty.best, casualty.min, casualty.max];
    figure.kind == casualty.kind
        && match figure.number {
            Some(_) => numbers.contains(&figure.number),
            None => figure.qualifier == casualty.qualifier,
        }
}

fn overlap(casualty: &Casualty, (start, end): (usize, usize)) -> bool {
    casualty.start < end && start < casualty.end
}

/// The passage and its paragraph, in code points.
fn places(text: &str, words: &str) -> ((usize, usize), (usize, usize)) {
    let chars = |bytes: usize| text.get(..bytes).map_or(0, |text| text.chars().count());
    let start = text.find(words).unwrap_or_default();
    let end = start + words.len();
    let first = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let last = text.get(end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| end + at);
    ((chars(start), chars(end)), (chars(first), chars(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every figure of the day, read at its evidence.
    fn perfect(day: &Day) -> Vec<Read> {
        let versions = day.versions();
        let read = versions.iter().map(|(article, place, version)| {
            let text = version.text();
            let casualties =
                version.figures.iter().filter(|figure| !figure.optional).map(|figure| {
                    let ((start, end), _) = places(&text, &figure.evidence);
                    let number = figure.number;
                    Casualty {
                        kind: figure.kind.clone(),
                        start,
                        end,
                        min: number,
                        max: None,
                        best: number,
                        qualifier: figure.qualifier.clone(),
                        part: figure.part,
                        background: figure.background,
                    }
                });
            Read { article: version_id(article, *place), casualties: casualties.collect() }
        });
        read.collect()
    }

    /// Wrong, missed and differing figures in all languages.
    fn check(change: impl Fn(&mut Vec<Casualty>), expected: (usize, usize, usize)) {
        let Ok(day) = Day::bundled() else { panic!("the day is broken") };
        let mut all = perfect(&day);
        if let Some(first) = all.iter_mut().find(|read| read.article == "ip-01") {
            change(&mut first.casualties);
        }
        let scores = score(&day, &all);
        let sum = |count: fn(&Score) -> usize| scores.values().map(count).sum::<usize>();
        let counted = (
            sum(|score| score.wrong.len()),
            sum(|score| score.missed.len()),
            sum(|score| score.differing.len()),
        );
        assert_eq!(counted, expected);
    }

    #[test]
    fn read_figures_are_scored() {
        check(|_| {}, (0, 0, 0));
        check(|read| read.truncate(2), (0, 1, 0));
        check(|read| read.extend(read.clone().first().cloned()), (1, 0, 0));
        check(
            |read| read.iter_mut().for_each(|casualty| casualty.background = !casualty.background),
            (0, 0, 3),
        );
        check(
            |read| read.iter_mut().for_each(|casualty| casualty.kind = "missing".to_owned()),
            (3, 3, 0),
        );
    }

    #[test]
    fn lines_are_read() {
        let line = "{\"article\": {\"id\": \"a\"}, \"reading\": {\"events\": [{\"background\": true, \"casualties\": \
            [{\"kind\": \"killed\", \"start\": 1, \"end\": 2, \"min\": 3, \"max\": null, \"best\": 3, \"qualifier\": \"exactly\"}]}]}}\n\
            {\"id\": \"b\", \"error\": \"no\"}\n";
        let all = read(line);
        assert!(all.is_ok_and(
            |all| matches!(all.as_slice(), [Read { casualties, .. }] if casualties[0].background)
        ));
        assert!(read("no").is_err_and(|error| error.starts_with("line 1: ")));
    }
}
