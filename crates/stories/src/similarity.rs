//! How likely two articles, or an article and a story, tell of the same.

use crate::features::{Features, Happening, Quantised};
use crate::sparse::{Probe, Sparse};

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

/// One side of many comparisons, prepared once.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    view: View<'a>,
    title: Probe<'a>,
    all: Probe<'a>,
    names: Probe<'a>,
    numbers: Probe<'a>,
    concepts: Probe<'a>,
    places: Probe<'a>,
}

impl<'a> Asking<'a> {
    /// Prepares a side.
    pub(crate) fn new(view: View<'a>) -> Self {
        Self {
            view,
            title: Probe::new(view.title),
            all: Probe::new(view.all),
            names: Probe::new(view.names),
            numbers: Probe::new(view.numbers),
            concepts: Probe::new(view.concepts),
            places: Probe::new(view.places),
        }
    }
}

/// Describes a pair by numbers between 0 and 1; those that `weights` pass over are not reckoned and stay 0.
pub(crate) fn describe(asking: &Asking<'_>, b: &View<'_>, weights: &Weights) -> [f32; WIDTH] {
    let a = &asking.view;
    let weighs = |places: &[usize]| places.iter().any(|i| weights.get(*i) != Some(&0.0));
    let root = |places: &[usize], probe: &Probe<'_>, other: &Sparse| {
        if weighs(places) { probe.cosine(other).max(0.0).sqrt() } else { 0.0 }
    };
    let cover = if weighs(&[3, 4]) {
        (a.title.covered_by(b.all), asking.all.covers(b.title))
    } else {
        (0.0, 0.0)
    };
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
    let all = root(&[1, 16], &asking.all, b.all);
    [
        1.0,
        all,
        root(&[2], &asking.title, b.title),
        cover.0.max(cover.1),
        cover.0.min(cover.1),
        root(&[5], &asking.names, b.names),
        root(&[6], &asking.numbers, b.numbers),
        vector.unwrap_or(0.0),
        flag(vector.is_none()),
        (-days / 3.0).exp(),
        flag(happened.place == Some(true)),
        flag(happened.place == Some(false)),
        flag(happened.day == Some(false)),
        headlines,
        root(&[14], &asking.places, b.places),
        root(&[15], &asking.concepts, b.concepts),
        headlines * all,
        vector.map_or(0.0, |v| (v - 0.5).max(0.0) * 2.0),
    ]
}

/// How likely a pair tells of the same, by the weights of pairs of one language or of two.
pub(crate) fn likely(asking: &Asking<'_>, b: &View<'_>, same_language: bool) -> f32 {
    let weights = weights(same_language);
    probability(&describe(asking, b, weights), weights)
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
    let mut place = Votes::default();
    let mut day = Votes::default();
    for x in a.happenings.iter().filter(|h| h.toll) {
        for y in b.happenings.iter().filter(|h| h.toll) {
            if let (Some(p), Some(q)) = (x.place, y.place) {
                place.count(p == q || mentions(a, y) || mentions(b, x));
            }
            if let (Some(p), Some(q)) = (x.days, y.days) {
                day.count(p.0 <= q.1 + 2 && q.0 <= p.1 + 2);
            }
        }
    }
    Happened { place: place.verdict(), day: day.verdict() }
}

/// How many comparisons agree.
#[derive(Clone, Copy, Debug, Default)]
struct Votes {
    agree: u32,
    all: u32,
}

impl Votes {
    fn count(&mut self, agrees: bool) {
        self.all += 1;
        self.agree += u32::from(agrees);
    }

    /// One misread date among many does not make two events one, nor one event two.
    fn verdict(self) -> Option<bool> {
        (self.all > 0).then_some(self.agree * 4 >= self.all)
    }
}

/// Whether a side names the place of an event.
fn mentions(side: &View<'_>, event: &Happening) -> bool {
    event.name.is_some_and(|key| side.names.weight(key) > 0.0)
        || event
            .place
            .is_some_and(|key| side.places.weight(key) > 0.0 || side.names.weight(key) > 0.0)
}

/// Weights of one kind of pair.
pub(crate) type Weights = [f32; WIDTH];

/// The probability that a weighted description means the same story: the logistic function of the weighted sum.
pub(crate) fn probability<const N: usize>(description: &[f32; N], weights: &[f32; N]) -> f32 {
    let sum: f32 = description.iter().zip(weights).map(|(d, w)| d * w).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// Learnt weights: logistic regression over the labelled pairs of the development sets.
///
/// # Source
///
/// Fitted on pairs of giveme5w1h, SemEval-2022 task 8, tgcontest and nyan (development halves), each set with equal weight,
/// every pair once with and once without its vector.
pub(crate) const SAME_LANGUAGE: Weights = [
    -4.508, 1.494, 1.255, 1.997, 1.181, 0.0, 0.554, 1.439, 0.591, 1.075, 0.654, -1.0, -1.5, 1.156,
    0.0, 0.1, 2.682, 0.0,
];
/// The same for pairs of two languages, where words cannot be compared.
pub(crate) const CROSS_LANGUAGE: Weights = [
    -4.562, 0.0, 0.0, 0.0, 0.0, 1.19, 1.35, 5.631, 2.222, 0.505, 0.022, -1.0, -1.5, 0.0, 0.0,
    0.941, 0.0, 1.053,
];

/// Weights that pass nothing over: for fitting.
pub(crate) const EVERYTHING: Weights = [1.0; WIDTH];

/// The weights for a pair.
pub(crate) fn weights(same_language: bool) -> &'static Weights {
    if same_language { &SAME_LANGUAGE } else { &CROSS_LANGUAGE }
}
