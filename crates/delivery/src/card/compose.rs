//! From a story and its updates to cards, in the manner of `look/telegram.txt`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use reading::{CasualtyKind, StatementKind};
use stories::{ArticleId, Story, Update, UpdateKind};

use super::{Card, CardKind, LINES_MAX, Line, Quote, Toll};
use crate::follow::is_official;

/// How much a toll has to grow for a reply, as a fraction: a quarter.
const GROWTH: (u64, u64) = (5, 4);

/// Quotes of a post.
const QUOTES_MAX: usize = 3;

/// The longest quote that a post shows, characters.
const QUOTE_CHARS_MAX: usize = 400;

/// What composing needs besides the story.
#[derive(Clone, Copy)]
pub struct Composing<'a> {
    /// The story as it stands now.
    pub story: &'a Story,
    /// What is new, in order.
    pub updates: &'a [Update],
    /// What was new before, newest first.
    pub earlier: &'a [Update],
    /// Where an article is read at its outlet.
    pub article_url: &'a dyn Fn(ArticleId) -> Option<String>,
    /// Where our pages are, if readers can reach them.
    pub base_url: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

impl std::fmt::Debug for Composing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Composing")
            .field("story", &self.story.id)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl Composing<'_> {
    fn story_url(&self) -> Option<String> {
        let base = self.base_url?.trim_end_matches('/');
        Some(format!("{base}/s/{}", self.story.id))
    }

    /// The sentence that an update points at: on our page where readers reach it, else the article at its outlet.
    fn line_url(&self, update: &Update) -> Option<String> {
        match self.story_url() {
            Some(url) => Some(format!("{url}#u{}", update.revision)),
            None => (self.article_url)(update.article),
        }
    }
}

/// The story's post as it has to read now.
pub(crate) fn compose_post(c: &Composing<'_>) -> Card {
    let story = c.story;
    let outlets: BTreeSet<&str> = story.members.iter().map(|m| m.outlet.as_str()).collect();
    let all: Vec<&Update> = c.updates.iter().rev().chain(c.earlier).collect();
    Card {
        kind: CardKind::Post,
        story: Some(story.id),
        step: story.revision,
        title: story.title.clone(),
        language: story.title_language.clone(),
        figures: story.figure_line(c.now).unwrap_or_default(),
        lines: lines(c, &all),
        quotes: quotes(story),
        outlets: u32::try_from(outlets.len()).unwrap_or(u32::MAX),
        languages: story.languages.clone(),
        url: c.story_url(),
        ..Card::default()
    }
}

/// The newest lines, newest first: one for each article and kind of news, so that one long article does not fill the post.
fn lines(c: &Composing<'_>, updates: &[&Update]) -> Vec<Line> {
    let mut out: Vec<(ArticleId, bool, Line)> = Vec::new();
    for update in updates {
        let text = update.text.trim();
        let is_news = !matches!(update.kind, UpdateKind::NewOutlet);
        let repeats_title = text.is_empty() || text == c.story.title.trim();
        if !is_news || repeats_title || overtaken(c.story, update) {
            continue;
        }
        let is_figure = update.figure.is_some() && update.kind != UpdateKind::Correction;
        let same = out
            .iter_mut()
            .find(|(article, figure, _)| *article == update.article && is_figure && *figure);
        if let Some((_, _, line)) = same {
            // "At least 11 dead, was 9; about 40 injured": one article's figures are one line. They come newest first.
            line.text = format!("{text}; {}", uncapital(&line.text));
            continue;
        }
        if out.len() >= LINES_MAX {
            break;
        }
        out.push((update.article, is_figure, line(c, update)));
    }
    out.into_iter().map(|(_, _, line)| line).collect()
}

/// Whether the outlet took back what this update told: its line is then the correction.
fn overtaken(story: &Story, update: &Update) -> bool {
    let Some(change) = &update.figure else { return false };
    update.kind != UpdateKind::Correction
        && story.figures.iter().any(|f| {
            f.withdrawn
                && f.article == update.article
                && f.kind == change.kind
                && (f.best, f.min, f.max) == (change.to.best, change.to.min, change.to.max)
        })
}

fn line(c: &Composing<'_>, update: &Update) -> Line {
    let (was, text) = match (update.kind, update.text.split_once(" → ")) {
        (UpdateKind::Correction, Some((before, after))) => {
            let before = before.split_once(": ").map_or(before, |(_, b)| b);
            (Some(before.to_owned()), after.to_owned())
        }
        _ => (None, update.text.trim().to_owned()),
    };
    Line {
        at: update.at,
        was,
        text,
        outlet: update.outlet.clone(),
        url: c.line_url(update),
        note: note(c.story, update),
    }
}

/// Who else says so: independent texts are counted, copies of one text are named as such.
fn note(story: &Story, update: &Update) -> String {
    let copies = story.members.iter().filter(|m| m.copy_of == Some(update.article)).count();
    let others = if let Some(statement) = &update.statement {
        let found = story
            .statements
            .iter()
            .find(|s| s.article == update.article && s.text == statement.content);
        found.map_or(0, |s| s.outlets.iter().filter(|o| **o != update.outlet).count())
    } else if let Some(change) = &update.figure {
        let same: BTreeSet<&str> = story
            .figures
            .iter()
            .filter(|f| f.kind == change.kind && !f.withdrawn && f.outlet != update.outlet)
            .filter(|f| (f.min, f.max, f.best) == (change.to.min, change.to.max, change.to.best))
            .filter(|f| {
                !story.members.iter().any(|m| m.article == f.article && m.copy_of.is_some())
            })
            .map(|f| f.outlet.as_str())
            .collect();
        same.len()
    } else {
        0
    };
    match (others, copies) {
        (0, 0) => String::new(),
        (0, copies) => format!("same text in {} outlets", copies + 1),
        (others, _) => format!("and {others} more"),
    }
}

fn uncapital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The last things said word for word, newest first, one for each speaker.
fn quotes(story: &Story) -> Vec<Quote> {
    let mut out: Vec<Quote> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for said in story.statements.iter().rev() {
        let direct = matches!(said.kind, StatementKind::Direct);
        let fits = said.text.chars().count() <= QUOTE_CHARS_MAX;
        if !direct
            || !fits
            || said.speaker.trim().is_empty()
            || seen.contains(&said.speaker.as_str())
        {
            continue;
        }
        seen.push(&said.speaker);
        let description = said.description.as_deref().map(str::trim).filter(|d| !d.is_empty());
        out.push(Quote {
            speaker: description
                .map_or_else(|| said.speaker.clone(), |d| format!("{}, {d}", said.speaker)),
            text: quote_marks(&said.text, &said.language),
            language: said.language.clone(),
        });
        if out.len() == QUOTES_MAX {
            break;
        }
    }
    out
}

/// The words in quotation marks: the printed ones where there are some, else those of the language.
pub fn quote_marks(text: &str, language: &str) -> String {
    let text = text.trim();
    if text.starts_with(['"', '“', '„', '«', '»', '‘', '\'', '‹', '「']) {
        return text.to_owned();
    }
    match language.split('-').next().unwrap_or("") {
        "de" | "cs" | "bg" => format!("„{text}“"),
        "ru" | "uk" | "es" | "it" | "el" => format!("«{text}»"),
        "fr" => format!("« {text} »"),
        _ => format!("“{text}”"),
    }
}

/// The reply that this step deserves, if any, and the rule that it follows.
///
/// A reply makes a sound. It is sent when the toll has grown by a quarter and a named official says it, or when an outlet takes
/// back what this reader was told: by a reply, or by a post whose figures it stretched. `shown`: the step that the reader's post
/// shows. How many a day is the planner's.
pub(crate) fn compose_reply(
    c: &Composing<'_>,
    told: Option<Toll>,
    told_by_replies: &[Toll],
    shown: Option<u32>,
) -> Option<Card> {
    correction_reply(c, told_by_replies, shown).or_else(|| growth_reply(c, told))
}

fn correction_reply(c: &Composing<'_>, told: &[Toll], shown: Option<u32>) -> Option<Card> {
    let update = c.updates.iter().find(|u| {
        u.kind == UpdateKind::Correction
            && u.figure.as_ref().is_some_and(|f| {
                let from = f.from.and_then(|from| toll(f.kind, from.min, from.max, from.best));
                from.is_some_and(|from| {
                    told.contains(&from) || shown.is_some_and(|step| stretched(c, u, from, step))
                })
            })
    })?;
    let change = update.figure.as_ref()?;
    let corrected = line(c, update);
    let before = corrected.was.clone().unwrap_or_default();
    Some(Card {
        kind: CardKind::Reply,
        story: Some(c.story.id),
        step: c.story.revision,
        title: format!("Corrected: {}, not {before}", corrected.text),
        language: c.story.title_language.clone(),
        lines: vec![Line { text: c.story.title.clone(), was: None, ..corrected }],
        toll: toll(change.kind, change.to.min, change.to.max, change.to.best),
        why: Some(format!("{} took back a figure that an earlier message told", update.outlet)),
        ..Card::default()
    })
}

/// Whether a post at this step showed the figure that was taken back, and showed a range that is narrower without it. One figure
/// among many that changes nothing of what the reader knows is corrected in the post, without a sound.
fn stretched(c: &Composing<'_>, correction: &Update, from: Toll, shown: u32) -> bool {
    let was_told = c.earlier.iter().any(|u| {
        u.revision <= shown
            && u.outlet == correction.outlet
            && u.kind != UpdateKind::Correction
            && u.figure.as_ref().is_some_and(|f| {
                f.kind == from.kind && toll(f.kind, f.to.min, f.to.max, f.to.best) == Some(from)
            })
    });
    was_told
        && c.story
            .range(from.kind, c.now)
            .is_none_or(|range| from.high > range.high || from.low < range.low)
}

fn growth_reply(c: &Composing<'_>, told: Option<Toll>) -> Option<Card> {
    let (update, now, before) = c.updates.iter().find_map(|u| {
        let change = u
            .figure
            .as_ref()
            .filter(|f| f.kind == CasualtyKind::Killed && u.kind != UpdateKind::Correction)?;
        let now = toll(change.kind, change.to.min, change.to.max, change.to.best)?;
        let before = match told {
            Some(told) => told.high,
            None => change.from.and_then(|f| toll(change.kind, f.min, f.max, f.best))?.high,
        };
        // A quarter more, in whole numbers: 4 x now >= 5 x before.
        let grown = before > 0 && now.low.checked_mul(GROWTH.1)? >= before.checked_mul(GROWTH.0)?;
        grown.then_some((u, now, before))
    })?;
    let official = official_of(c, update)?;
    let range = c.story.range(CasualtyKind::Killed, c.now);
    let mut notes = Vec::new();
    if let Some(range) = range.filter(|r| r.outlets > 1 && (r.low, r.high) != (now.low, now.high)) {
        notes
            .push(format!("Outlets say {} to {}. The post above keeps up.", range.low, range.high));
    }
    let figures = update.text.split_once(", was").map_or(update.text.as_str(), |(now, _)| now);
    let place = c.story.places.first().map(|p| format!(" in {}", p.name)).unwrap_or_default();
    let text = match &official.words {
        Some(words) => format!("{}: {words}", official.who),
        None => format!("{}: {}", official.who, update.text),
    };
    Some(Card {
        kind: CardKind::Reply,
        story: Some(c.story.id),
        step: c.story.revision,
        title: format!("{figures}{place}"),
        language: c.story.title_language.clone(),
        lines: vec![Line {
            at: update.at,
            was: None,
            text,
            outlet: update.outlet.clone(),
            url: c.line_url(update),
            note: String::new(),
        }],
        notes,
        toll: Some(now),
        why: Some(format!(
            "the toll grew from {before} to {}, a quarter or more, and a named official said it: {}, in {}",
            now.low, official.who, update.outlet
        )),
        ..Card::default()
    })
}

struct Official {
    who: String,
    words: Option<String>,
}

/// The official who says the update's figure: a statement of the same article that holds the figure's sentence, or its words.
fn official_of(c: &Composing<'_>, update: &Update) -> Option<Official> {
    let sentences: Vec<_> =
        update.evidence.iter().filter(|e| e.article == update.article).map(|e| e.span).collect();
    let is_official_name = |name: &str, description: Option<&str>| {
        !name.trim().is_empty() && (description.is_some_and(is_official) || is_official(name))
    };
    let from_ledger = c.story.statements.iter().rev().find(|s| {
        s.article == update.article
            && sentences.iter().any(|span| {
                s.span.overlaps(*span) || near((s.span.start, s.span.end), (span.start, span.end))
            })
            && is_official_name(&s.speaker, s.description.as_deref())
    });
    if let Some(said) = from_ledger {
        let who = said
            .description
            .as_ref()
            .map_or_else(|| said.speaker.clone(), |d| format!("{}, {d}", said.speaker));
        let words = (said.kind == StatementKind::Direct && said.text.chars().count() <= 220)
            .then(|| quote_marks(&said.text, &said.language));
        return Some(Official { who, words });
    }
    // The same article tells a statement of an official as news, and its words hold the number.
    let number =
        update.figure.as_ref().and_then(|f| f.to.best.or(f.to.min)).map(|n| n.to_string())?;
    c.updates
        .iter()
        .filter(|u| u.article == update.article)
        .filter_map(|u| u.statement.as_ref())
        .find(|s| {
            is_official_name(&s.speaker, s.description.as_deref())
                && s.content.split(|c: char| !c.is_ascii_digit()).any(|d| d == number)
        })
        .map(|s| Official {
            who: s
                .description
                .as_ref()
                .map_or_else(|| s.speaker.clone(), |d| format!("{}, {d}", s.speaker)),
            words: (s.kind == StatementKind::Direct)
                .then(|| quote_marks(&s.content, &update.language)),
        })
}

/// Whether a statement stands in the sentence of a figure or right beside it ("…," said the fire chief. Nine people were killed):
/// the statement's span then touches the sentence within a few bytes of white space and quotation marks.
fn near(a: (u32, u32), b: (u32, u32)) -> bool {
    let gap = |x: (u32, u32), y: (u32, u32)| y.0.checked_sub(x.1);
    gap(a, b).or_else(|| gap(b, a)).is_some_and(|bytes| bytes <= 8)
}

fn toll(kind: CasualtyKind, min: Option<u64>, max: Option<u64>, best: Option<u64>) -> Option<Toll> {
    Some(Toll { kind, low: min.or(best).or(max)?, high: max.or(best).or(min)? })
}
