//! Figures by outlet and time, statements by speaker: what a story knows, and how it is shown.

use jiff::{SignedDuration, Timestamp};
use reading::{CasualtyKind, Qualifier};

use crate::{Bounds, Figure, Story, line};

/// A figure older than this takes no part in a range.
///
/// # Source
///
/// `look/LOOK.md`, "Numbers and uncertainty".
pub const RANGE_AGE_MAX: SignedDuration = SignedDuration::from_hours(3);

/// What the outlets say of one thing at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FigureRange {
    /// The lowest number that an outlet gives.
    pub low: u64,
    /// The highest number that an outlet gives.
    pub high: u64,
    /// The outlets' own words, where all that give a figure say the same.
    pub words: Option<Bounds>,
    /// How many outlets give a figure.
    pub outlets: u32,
}

impl From<&Figure> for Bounds {
    fn from(f: &Figure) -> Self {
        Self { min: f.min, max: f.max, best: f.best, qualifier: f.qualifier }
    }
}

impl Story {
    /// What the outlets say at `now`: each outlet's last figure if at most three hours old, lowest to highest; no average, no choice.
    ///
    /// After the story's last article the clock stands still, so that a page read at night says what the last post says.
    /// Where no figure is that young, the three hours count back from the newest figure. What was withdrawn and what has no
    /// number ("dozens") takes no part.
    pub fn range(&self, kind: CasualtyKind, now: Timestamp) -> Option<FigureRange> {
        let told = self.members.iter().map(|m| m.at).max();
        let now = self.figures.iter().map(|f| f.at).max().max(told)?.min(now);
        let last = self.last_figures(kind, now);
        let newest = last.iter().map(|f| f.at).max()?;
        let young = now.duration_since(newest) <= RANGE_AGE_MAX;
        let from = if young { now } else { newest };
        let mut range: Option<FigureRange> = None;
        for figure in last.iter().filter(|f| from.duration_since(f.at) <= RANGE_AGE_MAX) {
            let (Some(low), Some(high)) = (figure.low(), figure.high()) else { continue };
            let words = Bounds::from(*figure);
            range = Some(match range {
                None => FigureRange { low, high, words: Some(words), outlets: 1 },
                Some(r) => FigureRange {
                    low: r.low.min(low),
                    high: r.high.max(high),
                    words: r.words.filter(|w| *w == words),
                    outlets: r.outlets + 1,
                },
            });
        }
        range
    }

    /// Each outlet's last figure of a kind up to `now`, without what was withdrawn and what has no number; in order of time.
    pub fn last_figures(&self, kind: CasualtyKind, now: Timestamp) -> Vec<&Figure> {
        let mut out: Vec<&Figure> = Vec::new();
        for figure in self
            .figures
            .iter()
            .filter(|f| f.kind == kind && !f.withdrawn && f.at <= now && f.low().is_some())
        {
            match out.iter_mut().find(|f| f.outlet == figure.outlet) {
                Some(kept) if (kept.at, kept.article) <= (figure.at, figure.article) => {
                    *kept = figure;
                }
                Some(_) => {}
                None => out.push(figure),
            }
        }
        out.sort_by(|a, b| a.at.cmp(&b.at).then(a.article.cmp(&b.article)));
        out
    }

    /// The line of figures under a headline: `10–14 dead · 38–41 injured · 4–5 missing`; `None` without figures.
    pub fn figure_line(&self, now: Timestamp) -> Option<String> {
        let kinds = [
            CasualtyKind::Killed,
            CasualtyKind::Injured,
            CasualtyKind::Missing,
            CasualtyKind::Kidnapped,
            CasualtyKind::Arrested,
            CasualtyKind::Displaced,
        ];
        let parts: Vec<String> = kinds
            .iter()
            .filter_map(|kind| Some(range_words(*kind, &self.range(*kind, now)?)))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" · "))
    }
}

/// A range in words: one outlet's own words stand, equal figures are one number, else lowest–highest.
pub fn range_words(kind: CasualtyKind, range: &FigureRange) -> String {
    let number = match range.words {
        Some(words) => line::number(&words),
        None if range.low == range.high => line::number(&Bounds {
            min: None,
            max: None,
            best: Some(range.low),
            qualifier: Qualifier::Exactly,
        }),
        None => format!("{}–{}", line::group(range.low), line::group(range.high)),
    };
    format!("{number} {}", line::befell(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ArticleId;
    use article::Span;

    fn figure(outlet: &str, hour: i64, n: u64, qualifier: Qualifier, withdrawn: bool) -> Figure {
        let bound = qualifier == Qualifier::AtLeast;
        Figure {
            kind: CasualtyKind::Killed,
            outlet: outlet.into(),
            article: ArticleId(hour),
            at: Timestamp::from_second(hour * 3600).unwrap(),
            min: bound.then_some(n),
            max: None,
            best: Some(n),
            qualifier,
            sentence: Span::default(),
            words: Span::default(),
            withdrawn,
        }
    }

    fn check(figures: Vec<Figure>, hour: i64, expected: Option<&str>) {
        let story = Story { figures, ..Story::default() };
        assert_eq!(
            story.figure_line(Timestamp::from_second(hour * 3600).unwrap()).as_deref(),
            expected
        );
    }

    #[test]
    fn the_range_follows_the_rule() {
        use Qualifier::{AtLeast, Exactly};
        check(vec![], 5, None);
        check(vec![figure("a", 1, 3, AtLeast, false)], 2, Some("at least 3 dead"));
        check(
            vec![figure("a", 1, 10, Exactly, false), figure("b", 2, 14, Exactly, false)],
            3,
            Some("10–14 dead"),
        );
        check(
            vec![figure("a", 1, 10, Exactly, false), figure("b", 5, 14, Exactly, false)],
            6,
            Some("14 dead"),
        );
        check(
            vec![figure("a", 1, 10, Exactly, false), figure("a", 2, 14, Exactly, false)],
            2,
            Some("14 dead"),
        );
        check(
            vec![figure("a", 1, 10, Exactly, false), figure("b", 2, 10, AtLeast, false)],
            2,
            Some("10 dead"),
        );
        check(
            vec![figure("a", 1, 16, Exactly, true), figure("b", 2, 11, Exactly, false)],
            2,
            Some("11 dead"),
        );
        // a day later what stood with the last article stands
        check(
            vec![figure("a", 1, 10, Exactly, false), figure("b", 5, 14, Exactly, false)],
            40,
            Some("14 dead"),
        );
        check(
            vec![figure("a", 3, 10, Exactly, false), figure("b", 5, 14, Exactly, false)],
            7,
            Some("10–14 dead"),
        );
    }
}
