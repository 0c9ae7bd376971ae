//! Two articles side by side: do they tell the same story, is one a copy of the other.

use serde::{Deserialize, Serialize};

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
    let (a, b) = (features(a), features(b));
    let copy = cluster::copies(&a, &b);
    let asking = Asking::new(View::from(&a));
    let score = similarity::likely(&asking, &View::from(&b), a.lang == b.lang);
    let score = if copy { score.max(0.99) } else { score };
    Comparison { score, same: score >= SAME_MIN, copy }
}

/// The numbers that [`compare`] weighs, and whether the languages are the same: for fitting the weights.
#[doc(hidden)]
pub fn description(a: &Arriving<'_>, b: &Arriving<'_>) -> (Vec<f32>, bool) {
    let (a, b) = (features(a), features(b));
    let asking = Asking::new(View::from(&a));
    let description = similarity::describe(&asking, &View::from(&b), &similarity::EVERYTHING);
    (description.to_vec(), a.lang == b.lang)
}

/// An article's features without knowledge of other articles.
fn features(arriving: &Arriving<'_>) -> Features {
    Raw::new(arriving).weigh(&Frequencies::default()).0
}
