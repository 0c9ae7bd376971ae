//! How likely two articles, or an article and a story, tell of the same.

use crate::features::{Features, Happening, Quantised};
use crate::sparse::Sparse;

/// How many numbers describe a pair.
pub(crate) const WIDTH: usize = 18;

/// One side of a comparison: an article, or what a story's articles have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub title: &'a Sparse,
    pub all: &'a Sparse,
    pub names: &'a Sparse,
    pub numbers: &'a Sparse,
    pub concepts: &'a Sparse,
    pub places: &'a Sparse,
    pub happenings: &'a [Happening],
    pub vector: Option<&'a Quantised>,
    /// First and last time, seconds since 1970.
    pub times: (i64, i64),
    /// Nothing but headlines.
    pub headline_only: bool,
}

impl<'a> From<&'a Features> for View<'a> {
    fn from(f: &'a Features) -> Self {
        Self {
            title: &f.title,
            all: &f.all,
            names: &f.names,
            numbers: &f.numbers,
            concepts: &f.concepts,
            places: &f.places,
            happenings: &f.happenings,
            vector: f.vector.as_ref(),
            times: (f.at, f.at),
            headline_only: f.words < 15,
        }
    }
}

/// Describes a pair by numbers between 0 and 1.
pub(crate) fn describe(a: &View<'_>, b: &View<'_>) -> [f32; WIDTH] {
    let cover = (a.title.covered_by(b.all), b.title.covered_by(a.all));
    let apart =
        (a.times.0.saturating_sub(b.times.1)).max(b.times.0.saturating_sub(a.times.1)).max(0);
    let days = apart as f32 / 86_400.0;
    let happened = compare_happenings(a, b);
    let vector = match (a.vector, b.vector) {
        (Some(a), Some(b)) => Some(a.cosine(b).max(0.0)),
        _ => None,
    };
    let flag = |b: bool| if b { 1.0 } else { 0.0 };
    let headlines = flag(a.headline_only || b.headline_only);
    let all = a.all.cosine(b.all).max(0.0).sqrt();
    [
        1.0,
        all,
        a.title.cosine(b.title).max(0.0).sqrt(),
        cover.0.max(cover.1),
        cover.0.min(cover.1),
        a.names.cosine(b.names).max(0.0).sqrt(),
        a.numbers.cosine(b.numbers).max(0.0).sqrt(),
        vector.unwrap_or(0.0),
        flag(vector.is_none()),
        (-days / 3.0).exp(),
        flag(happened.place == Some(true)),
        flag(happened.place == Some(false)),
        flag(happened.day == Some(false)),
        headlines,
        a.places.cosine(b.places).max(0.0).sqrt(),
        a.concepts.cosine(b.concepts).max(0.0).sqrt(),
        headlines * all,
        vector.map_or(0.0, |v| (v - 0.5).max(0.0) * 2.0),
    ]
}

/// Whether tolls are told of one place and one time: `None` where either side does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Happened {
    pub place: Option<bool>,
    pub day: Option<bool>,
}

/// Compares the events with a toll of two sides.
///
/// Places differ only where neither side names the other's place at all: one article says the town, another the square.
fn compare_happenings(a: &View<'_>, b: &View<'_>) -> Happened {
    let mut out = Happened::default();
    let tolls = |side: &[Happening]| side.iter().filter(|h| h.toll).cloned().collect::<Vec<_>>();
    let (ours, theirs) = (tolls(a.happenings), tolls(b.happenings));
    for x in &ours {
        for y in &theirs {
            let place = match (x.place, y.place) {
                (Some(p), Some(q)) => Some(p == q || mentions(a, y) || mentions(b, x)),
                _ => None,
            };
            out.place = better(out.place, place);
            let day = match (x.day, y.day) {
                (Some(p), Some(q)) => Some(p.abs_diff(q) <= 2),
                _ => None,
            };
            out.day = better(out.day, day);
        }
    }
    out
}

/// Whether a side names the place of an event.
fn mentions(side: &View<'_>, event: &Happening) -> bool {
    event.name.is_some_and(|key| side.names.weight(key) > 0.0)
        || event
            .place
            .is_some_and(|key| side.places.weight(key) > 0.0 || side.names.weight(key) > 0.0)
}

/// One agreement outweighs any number of differences.
fn better(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a || b),
        (a, b) => a.or(b),
    }
}

/// Weights of one kind of pair.
pub(crate) type Weights = [f32; WIDTH];

/// The probability that a weighted description means the same story.
pub(crate) fn probability(description: &[f32; WIDTH], weights: &Weights) -> f32 {
    let sum: f32 = description.iter().zip(weights).map(|(d, w)| d * w).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// Learnt weights: logistic regression over the labelled pairs of the development sets.
///
/// # Source
///
/// Fitted on pairs of giveme5w1h, SemEval-2022 task 8, tgcontest and nyan (development halves), each set with equal weight,
/// every pair once with and once without its vector.
pub(crate) const SAME_LANGUAGE: Weights =
    [-4.6, 7.0, 1.5, 1.5, 1.0, 1.2, 0.8, 1.0, 0.4, 0.6, 0.4, -1.5, -1.0, 0.0, 0.3, 0.4, 0.0, 1.5];
/// The same for pairs of two languages, where words cannot be compared.
pub(crate) const CROSS_LANGUAGE: Weights =
    [-4.2, 0.0, 0.0, 0.0, 0.0, 4.5, 1.5, 2.0, 0.8, 0.6, 0.8, -1.5, -1.0, 0.0, 1.0, 2.5, 0.0, 2.5];

/// The weights for a pair.
pub(crate) fn weights(same_language: bool) -> &'static Weights {
    if same_language { &SAME_LANGUAGE } else { &CROSS_LANGUAGE }
}
