//! What an article says that its story did not know.

use article::{Article, Span};
use jiff::Timestamp;
use reading::{Casualty, CasualtyKind, Event, Qualifier, Reading, Realis, StatementKind};
use serde::{Deserialize, Serialize};

use crate::features::{day_of, place_keys};
use crate::terms::{self, Key};
use crate::{Arriving, Bounds, Figure, Story};

/// A figure that an article gives of its story.
#[derive(Clone, Debug)]
pub(crate) struct Toll {
    pub kind: CasualtyKind,
    pub bounds: Bounds,
    pub sentence: Span,
    pub words: Span,
}

/// Where and when a story's toll is told of; grows with its articles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anchor {
    /// Places of the events whose tolls were taken, with how often.
    pub places: Vec<(Key, u32)>,
    /// The days of these events.
    pub days: Vec<(i32, u32)>,
}

/// Raises the count of an item; a list stays short.
fn add<T: PartialEq>(list: &mut Vec<(T, u32)>, item: T, by: u32) {
    if let Some((_, count)) = list.iter_mut().find(|(have, _)| *have == item) {
        *count += by;
    } else if list.len() < 32 {
        list.push((item, by));
    }
}

/// Place and day of the event whose toll an article gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Anchored {
    pub place: Option<Key>,
    pub day: Option<i32>,
}

impl Anchored {
    fn of(event: &Event, lang: &str) -> Self {
        Self {
            place: event.place.as_ref().and_then(|p| place_keys(&p.place, lang).0),
            day: event.time.as_ref().and_then(|t| day_of(&t.value)),
        }
    }
}

impl Anchor {
    /// Counts an event whose toll was taken.
    pub(crate) fn count(&mut self, anchored: &Anchored) {
        if let Some(place) = anchored.place {
            add(&mut self.places, place, 1);
        }
        if let Some(day) = anchored.day {
            add(&mut self.days, day, 1);
        }
    }

    /// How well an event fits: more is better, below zero it is another one.
    fn fit(&self, event: &Event, lang: &str) -> i32 {
        let mut fit = 0;
        if let Some(key) = event.place.as_ref().and_then(|p| place_keys(&p.place, lang).0) {
            if self.places.iter().any(|(k, _)| *k == key) {
                fit += 2;
            } else if !self.places.is_empty() {
                fit -= 1;
            }
        }
        if let Some(day) = event.time.as_ref().and_then(|t| day_of(&t.value)) {
            if self.days.iter().any(|(d, _)| d.abs_diff(day) <= 1) {
                fit += 1;
            } else if !self.days.is_empty() {
                fit -= 3;
            }
        }
        fit
    }
}

/// The figures of the story's own event that an article gives: one of each kind, the first that is not replaced by a later one.
///
/// Background, other places, other days, parts of a larger figure and what has not happened are left out.
pub(crate) fn tolls(
    title: &str,
    reading: &Reading,
    anchor: &Anchor,
    published: Timestamp,
) -> (Vec<Toll>, Anchored) {
    let lang = reading.language.as_str();
    let today = i32::try_from(published.as_second().div_euclid(86_400)).unwrap_or(0);
    let own: Vec<&Event> = reading
        .events
        .iter()
        .filter(|e| {
            !e.background && e.realis == Realis::Actual && e.casualties.iter().any(|c| !c.part)
        })
        .filter(|e| {
            e.time.as_ref().and_then(|t| day_of(&t.value)).is_none_or(|day| {
                (-20..=2).contains(&(day - today)) || anchor.days.iter().any(|(d, _)| *d == day)
            })
        })
        .collect();
    let Some(best) = own.iter().map(|e| anchor.fit(e, lang)).max() else {
        return Default::default();
    };
    // the events of the best fit, and of them those of the place told first
    let mut fitting = own.iter().filter(|e| anchor.fit(e, lang) == best);
    let Some(first) = fitting.next() else { return Default::default() };
    let place = |e: &Event| e.place.as_ref().and_then(|p| place_keys(&p.place, lang).0);
    let main = place(first);
    let numbers: Vec<u64> = terms::words(title)
        .iter()
        .filter_map(|w| terms::number(w.text))
        .map(|n| n as u64)
        .collect();
    let in_title = |t: &Toll| t.bounds.best.or(t.bounds.min).is_some_and(|n| numbers.contains(&n));
    let mut out: Vec<Toll> = Vec::new();
    let mut anchored: Option<Anchored> = None;
    for event in own.iter().filter(|e| anchor.fit(e, lang) >= best.min(0)) {
        let other_place = matches!((main, place(event)), (Some(a), Some(b)) if a != b);
        if other_place && anchor.fit(event, lang) < best.max(1) {
            continue;
        }
        anchored.get_or_insert_with(|| Anchored::of(event, lang));
        for (i, casualty) in event.casualties.iter().enumerate() {
            let replaced = event.casualties.iter().any(|c| c.supersedes == Some(i as u32));
            if casualty.part || replaced {
                continue;
            }
            let toll = Toll {
                kind: casualty.kind,
                bounds: bounds(casualty),
                sentence: sentence_of(reading, casualty.span),
                words: casualty.span,
            };
            match out.iter_mut().find(|t| t.kind == casualty.kind) {
                // a number beats a word, the headline's number and a replacing figure beat the first
                Some(kept)
                    if (vague(&kept.bounds) && !vague(&toll.bounds))
                        || casualty.supersedes.is_some()
                        || (in_title(&toll) && !in_title(kept)) =>
                {
                    *kept = toll;
                }
                Some(_) => {}
                None => out.push(toll),
            }
        }
    }
    (out, anchored.unwrap_or_default())
}

/// The bounds of a figure as the article states them.
pub(crate) fn bounds(c: &Casualty) -> Bounds {
    Bounds { min: c.min, max: c.max, best: c.best, qualifier: c.qualifier }
}

/// Whether a figure has no number.
pub(crate) fn vague(b: &Bounds) -> bool {
    b.min.or(b.max).or(b.best).is_none()
}

/// Whether two figures say the same.
pub(crate) fn same_bounds(a: &Bounds, b: &Bounds) -> bool {
    let number = |x: &Bounds| (x.min.or(x.best).or(x.max), x.max.or(x.best).or(x.min));
    let class = |q: Qualifier| match q {
        // none of the readers is told anything by "10" after "about 10"
        Qualifier::Exactly | Qualifier::About => 0,
        Qualifier::AtLeast | Qualifier::MoreThan => 1,
        Qualifier::AtMost | Qualifier::FewerThan => 2,
        Qualifier::Between => 3,
        Qualifier::None => 4,
        _ => 5,
    };
    number(a) == number(b)
        && (class(a.qualifier) == class(b.qualifier) || !vague(a))
        && (!vague(a) || a.qualifier == b.qualifier)
}

/// Whether the figure tells the reader something: no outlet has given the number before.
pub(crate) fn is_new_figure(story: &Story, kind: CasualtyKind, to: &Bounds) -> bool {
    let known = story.figures.iter().filter(|f| f.kind == kind && !f.withdrawn);
    if vague(to) && to.qualifier != Qualifier::None {
        // a word is news only before the first figure
        return known.count() == 0;
    }
    !known.map(Bounds::from).any(|b| same_bounds(&b, to) || is_rounded(to, &b))
}

/// Whether a figure only says more loosely what a known one says: "more than 5,000" and "about 5,500" after 5,400.
fn is_rounded(loose: &Bounds, known: &Bounds) -> bool {
    let (Some(loosely), Some(known)) = (loose.number(), known.min.or(known.number())) else {
        return false;
    };
    match loose.qualifier {
        Qualifier::AtLeast | Qualifier::MoreThan => loosely <= known,
        // 38 is about 40, and 5,412 about 5,400
        Qualifier::About => {
            let mut unit = 1;
            while loosely > 0 && loosely % (unit * 10) == 0 {
                unit *= 10;
            }
            let apart = loosely.abs_diff(known);
            apart <= unit / 2 && apart <= known / 10
        }
        _ => false,
    }
}

/// Whether a figure is too low to be the story's whole toll: part of it, or a step of it ("one died in hospital").
pub(crate) fn is_step(story: &Story, toll: &Toll) -> bool {
    let Some(number) = toll.bounds.best.or(toll.bounds.max).or(toll.bounds.min) else {
        return false;
    };
    let known = story.figures.iter().filter(|f| f.kind == toll.kind && !f.withdrawn);
    let low = known.filter_map(Figure::low).max().unwrap_or(0);
    toll.kind == CasualtyKind::Killed
        && low >= 4
        && number * 2 <= low
        && toll.bounds.qualifier != Qualifier::None
}

/// What to compare with: the outlet's own last figure, else the story's newest.
pub(crate) fn figure_before(
    story: &Story,
    kind: CasualtyKind,
    outlet: &str,
    at: Timestamp,
) -> Option<Bounds> {
    let of = |own: bool| {
        story
            .figures
            .iter()
            .filter(|f| {
                f.kind == kind && !f.withdrawn && f.at <= at && (!own || f.outlet == outlet)
            })
            .max_by(|a, b| a.at.cmp(&b.at).then(a.article.cmp(&b.article)))
            .map(Bounds::from)
    };
    of(true).or_else(|| of(false))
}

/// The sentence that holds a span.
pub(crate) fn sentence_of(reading: &Reading, span: Span) -> Span {
    reading
        .sentences
        .iter()
        .copied()
        .find(|s| s.start <= span.start && span.start < s.end)
        .unwrap_or(span)
}

/// Something that happened, and the sentence that says it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Happened {
    pub idea: u16,
    pub sentence: Span,
    /// It stands at the article's head.
    pub lead: bool,
}

/// Sentences of an article that are its head.
const HEAD: usize = 2;

/// What happened by an article's own words: not what it recalls, and not what somebody says in quotation marks.
pub(crate) fn happened(article: &Article, reading: &Reading) -> Vec<Happened> {
    let lang = reading.language.as_str();
    let mut out: Vec<Happened> = Vec::new();
    // What the headline names is the article's news, however far down the sentence stands that tells it.
    let title = terms::developments(article.title.as_deref().unwrap_or(""), lang);
    for (n, sentence) in reading.sentences.iter().enumerate() {
        if in_background(reading, *sentence) {
            continue;
        }
        let quoted = |s: &Span| {
            reading.statements.iter().any(|q| {
                q.kind != StatementKind::Indirect
                    && q.content.iter().any(|c| c.start < s.end && s.start < c.end)
            })
        };
        if quoted(sentence) {
            continue;
        }
        let text = sentence.of(&article.text);
        let mut ideas: Vec<u16> = Vec::new();
        for clause in text.split([',', ';', ':', '—', '–', '(', ')']) {
            ideas.extend(terms::developments(affirmed(clause, lang), lang));
        }
        ideas.retain(|idea| {
            n < HEAD || terms::is_development_anywhere(*idea) || title.contains(idea)
        });
        ideas.extend(terms::tallies(text, lang));
        for idea in ideas {
            if !out.iter().any(|h| h.idea == idea) {
                out.push(Happened { idea, sentence: *sentence, lead: n < HEAD });
            }
        }
    }
    out
}

/// What of a clause is not denied: nothing of it, or what stands before "without".
///
/// What did not happen, or not yet, is no development; a few that did are lost by this, none is invented.
fn affirmed<'a>(clause: &'a str, lang: &str) -> &'a str {
    let (denies, without): (&[&str], &str) = match lang {
        "en" => (&["not", "no", "never", "nobody"], "without"),
        "de" => (&["nicht", "kein", "keine", "keinen", "keiner", "nie", "niemand"], "ohne"),
        "fr" => (&["pas", "aucun", "aucune", "jamais"], "sans"),
        "ru" => (&["не", "нет", "никто", "ни"], "без"),
        "es" => (&["no", "ningún", "ninguna", "nunca"], "sin"),
        _ => (&[], ""),
    };
    // "half of the front was under control": not the whole thing yet
    let partly: &[&str] = match lang {
        "en" => &["half", "partly", "partially"],
        "de" => &["hälfte", "teilweise"],
        "fr" => &["moitié", "partiellement"],
        "ru" => &["половина", "половину", "частично"],
        "es" => &["mitad", "parcialmente"],
        _ => &[],
    };
    let words = terms::words(clause);
    let is_refused = |word: &str| partly.contains(&word) || denies.contains(&word);
    if words.iter().any(|w| is_refused(&w.text.to_lowercase())) {
        return "";
    }
    let without = words.iter().find(|w| w.text.to_lowercase() == without);
    without.and_then(|w| clause.get(..w.start)).unwrap_or(clause)
}

/// Whether a span lies in a sentence that recalls rather than reports.
pub(crate) fn in_background(reading: &Reading, span: Span) -> bool {
    reading
        .background
        .iter()
        .filter_map(|i| reading.sentences.get(*i as usize))
        .any(|s| s.start <= span.start && span.start < s.end)
}

/// A toll as a line of the ledger.
pub(crate) fn ledger_figure(toll: &Toll, arriving: &Arriving<'_>, at: Timestamp) -> Figure {
    Figure {
        kind: toll.kind,
        outlet: arriving.outlet.to_owned(),
        article: arriving.id,
        at,
        min: toll.bounds.min,
        max: toll.bounds.max,
        best: toll.bounds.best,
        qualifier: toll.bounds.qualifier,
        sentence: toll.sentence,
        words: toll.words,
        withdrawn: false,
    }
}
