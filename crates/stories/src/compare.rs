//! Two articles side by side: do they tell the same story, is one a copy of the other.

use serde::{Deserialize, Serialize};

use crate::close::{self, Encode, Look};
use crate::features::{Features, Raw};
use crate::similarity::{self, Asking, View};
use crate::sparse::Frequencies;
use crate::{Arriving, cluster};

/// From this score on two articles are said to tell the same story: the weights are fitted to people's grades, of which the
/// middle ("somewhat similar") lies here.
const SAME_MIN: f32 = 0.4;

/// What a comparison of two articles says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How likely the two tell the same story, 0 to 1.
    pub score: f32,
    /// They do, at the program's own threshold.
    pub same: bool,
    /// One is a copy of the other.
    pub copy: bool,
}

/// Compares two articles that nothing else is known of.
///
/// # Example
///
/// ```
/// use jiff::Timestamp;
/// use stories::{Arriving, ArticleId, compare};
///
/// let tell = |title: &str| article::Article { title: Some(title.into()), text: title.into(), ..Default::default() };
/// let (a, b) = (tell("Ferry aground off Karsk island"), tell("Karsk island: ferry runs aground"));
/// let reading = reading::Reading { language: "en".into(), ..Default::default() };
/// let arriving = |article, id| Arriving {
///     id: ArticleId(id), outlet: "x", article, reading: &reading, at: Timestamp::UNIX_EPOCH, vector: None,
/// };
/// assert!(compare(&arriving(&a, 1), &arriving(&b, 2)).score > 0.3);
/// ```
pub fn compare(a: &Arriving<'_>, b: &Arriving<'_>) -> Comparison {
    first(&features(a), &features(b))
}

/// Compares two articles as [`compare`] does, and then looks closer: at vectors that `encode` makes of their headlines and
/// texts, at their words one by one where they are in two languages, and at the days that they name.
///
/// It takes some five times as long as making the articles' own vectors; without an encoder it is [`compare`].
pub fn compare_closely(a: &Arriving<'_>, b: &Arriving<'_>, encode: Encode<'_>) -> Comparison {
    let (x, y) = (features(a), features(b));
    let comparison = first(&x, &y);
    let same_language = x.lang == y.lang;
    match looks(a, b, same_language, encode) {
        Some((a, b)) if !comparison.copy => {
            let score = close::likely(&close::describe(&a, &b, comparison.score), same_language);
            Comparison { score, same: score >= SAME_MIN, copy: false }
        }
        _ => comparison,
    }
}

/// The numbers that [`compare`] weighs, those that [`compare_closely`] weighs with an encoder, and whether the languages are
/// the same: for fitting the weights.
#[doc(hidden)]
pub fn description(
    a: &Arriving<'_>,
    b: &Arriving<'_>,
    encode: Encode<'_>,
) -> (Vec<f32>, Vec<f32>, bool) {
    let (x, y) = (features(a), features(b));
    let asking = Asking::new(View::from(&x));
    let wide = similarity::describe(&asking, &View::from(&y), &similarity::EVERYTHING);
    let score = first(&x, &y).score;
    let same_language = x.lang == y.lang;
    let close = looks(a, b, same_language, encode);
    let close = close.map(|(a, b)| close::describe(&a, &b, score).to_vec());
    (wide.to_vec(), close.unwrap_or_default(), same_language)
}

/// The decision by what an arrival knows.
fn first(a: &Features, b: &Features) -> Comparison {
    let copy = cluster::copies(a, b);
    let asking = Asking::new(View::from(a));
    let score = similarity::likely(&asking, &View::from(b), a.lang == b.lang);
    let score = if copy { score.max(0.99) } else { score };
    Comparison { score, same: score >= SAME_MIN, copy }
}

/// A closer look at both sides.
fn looks(
    a: &Arriving<'_>,
    b: &Arriving<'_>,
    same_language: bool,
    encode: Encode<'_>,
) -> Option<(Look, Look)> {
    Some((Look::new(a, !same_language, encode)?, Look::new(b, !same_language, encode)?))
}

/// An article's features without knowledge of other articles.
fn features(arriving: &Arriving<'_>) -> Features {
    Raw::new(arriving).weigh(&Frequencies::default()).0
}
