//! Which story an article belongs to: candidates, a comparison in full, and the decision to join one or to begin one.

use crate::features::Features;
use crate::lookup::{self, Lookup};
use crate::novelty::Anchored;
use crate::profile::Profile;
use crate::repair::MERGE_ARTICLE_MIN;
use crate::shelf::Live;
use crate::similarity::{self, Asking, View};
use crate::{ArticleId, StoryId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// How many numbers the decision to join rests on.
pub(crate) const JOIN_WIDTH: usize = 12;

/// A text of fewer words is a headline.
const HEADLINE_WORDS: u32 = 15;
/// Stories whose vectors a headline is compared with, of which so many nearest are looked at if they are so near.
const RECENT_MAX: usize = 600;
const NEAREST_MAX: usize = 5;
const NEAR_MIN: f32 = 0.4;
/// From this probability on an article joins a story.
pub(crate) const JOIN_MIN: f32 = 0.5;

/// A story that an article may belong to.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub story: StoryId,
    /// What the decision rests on.
    pub description: [f32; JOIN_WIDTH],
    /// The probability that the article belongs to it.
    pub probability: f32,
    /// Told in the article's language before.
    pub same_language: bool,
}

/// An article that is kept for comparison.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub story: StoryId,
    pub features: Arc<Features>,
    /// It stands for its story: all of its features are there, else those of [`Features::slim`].
    pub stands: bool,
    /// Of the event whose toll it gave.
    pub anchored: Anchored,
    /// What happened by it, as [`crate::terms::developments`] counts.
    pub happened: Arc<[u16]>,
}

/// Learnt weights of the decision to join, for stories told in the article's language.
///
/// # Source
///
/// Logistic regression on the decisions that come up while the development sets stream through.
pub(crate) const JOIN: [f32; JOIN_WIDTH] =
    [1.85, 1.194, 0.0, 0.927, 0.869, 0.0, 0.0, 0.0, -1.254, 1.144, 0.568, -0.592];

/// How many of the stories told last an article is to be compared with by its vector alone: none but for a headline.
pub(crate) fn recent_max(features: &Features) -> usize {
    if features.words < HEADLINE_WORDS && features.vector.is_some() { RECENT_MAX } else { 0 }
}

/// The stories an article may belong to, most probable first, of those `found` by its terms and the `recent` ones whose vectors
/// are near; without `all` those are left out that can neither be the most probable one nor probable enough to be merged with it.
pub(crate) fn candidates(
    features: &Features,
    mut found: Vec<StoryId>,
    recent: &[StoryId],
    live: &FxHashMap<StoryId, Live>,
    articles: &FxHashMap<ArticleId, Kept>,
    all: bool,
) -> Vec<Candidate> {
    let mut out: Vec<Candidate> = Vec::new();
    let near = nearest(features, live, recent)
        .into_iter()
        .filter(|s| !found.contains(s))
        .collect::<Vec<_>>();
    found.extend(near);
    let asking = Asking::new(View::from(features));
    let mut best = 0.0_f32;
    for story in found {
        let least = if all { 0.0 } else { best.min(MERGE_ARTICLE_MIN) };
        let compared = live
            .get(&story)
            .and_then(|live| compare(features, &asking, story, &live.profile, articles, least));
        if let Some(candidate) = compared {
            best = best.max(candidate.probability);
            out.push(candidate);
        }
    }
    out.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.story.cmp(&b.story)));
    out
}

/// The stories told last whose vectors are nearest to a headline's: two headlines of one event may share no word.
fn nearest(
    features: &Features,
    live: &FxHashMap<StoryId, Live>,
    recent: &[StoryId],
) -> Vec<StoryId> {
    let Some(vector) = &features.vector else { return Vec::new() };
    let mut near: Vec<(f32, StoryId)> = recent
        .iter()
        .filter_map(|&story| {
            let cosine = live.get(&story)?.profile.view(&features.lang).0.vector?.cosine(vector);
            (cosine >= NEAR_MIN).then_some((cosine, story))
        })
        .collect();
    near.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    near.into_iter().take(NEAREST_MAX).map(|(_, story)| story).collect()
}

/// Compares an article with a story: with the whole and with its members one by one; `None` as soon as it is certain that the
/// probability is less than `least`.
fn compare(
    features: &Features,
    asking: &Asking<'_>,
    story: StoryId,
    profile: &Profile,
    articles: &FxHashMap<ArticleId, Kept>,
    least: f32,
) -> Option<Candidate> {
    let (view, same_language) = profile.view(&features.lang);
    let weights = similarity::weights(same_language);
    let whole = similarity::describe(asking, &view, weights);
    let whole_p = similarity::probability(&whole, weights);
    // tolls of two places, or of two days, are two events whatever the words
    let veto = if whole[11] > 0.0 || whole[12] > 0.0 { 0.3 } else { 1.0 };
    let flag = |b: bool| if b { 1.0 } else { 0.0 };
    let cross = flag(!same_language);
    let mut description = [
        1.0,
        logit(whole_p),
        logit(whole_p),
        logit(whole_p),
        cross,
        (profile.texts as f32).ln(),
        0.0,
        0.0,
        whole[13],
        whole[7],
        cross * logit(whole_p),
        whole[13] * logit(whole_p),
    ];
    let members: Vec<&Features> = profile
        .witnesses
        .iter()
        .filter_map(|id| Some(&*articles.get(id)?.features))
        .filter(|member| !same_language || member.lang == features.lang)
        .collect();
    let count = members.len() as f32;
    let (mut best, mut sum, mut nearest) = (0.0_f32, 0.0_f32, f32::MAX);
    for (n, member) in members.iter().enumerate() {
        let p = if profile.is(member) {
            whole_p
        } else {
            similarity::likely(asking, &View::from(*member), member.lang == features.lang)
        };
        best = best.max(p);
        sum += logit(p);
        nearest = nearest.min((features.at - member.at).unsigned_abs() as f32 / 86_400.0);
        if member.outlet == features.outlet {
            description[6] = 1.0;
        }
        description[2] = logit(best);
        description[7] = (-nearest / 3.0).exp();
        // were all that are still to come as like as can be
        description[3] = (sum + (count - n as f32 - 1.0) * LOGIT_MAX) / count;
        if joined(&description) * veto < least - ROUNDING {
            return None;
        }
    }
    if count > 0.0 {
        description[3] = sum / count;
    }
    let probability = joined(&description) * veto;
    Some(Candidate { story, description, probability, same_language })
}

/// The probability of a description, before any veto.
fn joined(description: &[f32; JOIN_WIDTH]) -> f32 {
    similarity::probability(description, &JOIN)
}

/// The most that [`logit`] gives, and more than the rounding of sums can do.
const LOGIT_MAX: f32 = 7.601;
const ROUNDING: f32 = 1e-4;
// Of what the members to come may change, only their mean counts, and it counts for the story: else no bound would be one.
const _: () = assert!(JOIN[2] == 0.0 && JOIN[3] >= 0.0 && JOIN[6] == 0.0 && JOIN[7] == 0.0);

fn logit(p: f32) -> f32 {
    let p = p.clamp(0.0005, 0.9995);
    (p / (1.0 - p)).ln()
}

/// Anchors of texts to the articles that have them, for copies.
#[derive(Debug, Default)]
pub(crate) struct CopyIndex(Lookup<ArticleId>);

/// An anchor that more articles have than this is furniture of a site.
const ANCHOR_MAX: usize = 24;
/// Articles whose texts are compared.
const LIKELY_COPIES_MAX: usize = 6;

impl CopyIndex {
    /// Takes an article's text in.
    pub(crate) fn insert(&mut self, id: ArticleId, features: &Features) {
        self.0.insert(features.shingles.anchors(), id, ANCHOR_MAX);
    }

    /// Forgets an article.
    pub(crate) fn remove(&mut self, id: ArticleId, features: &Features) {
        self.0.remove(features.shingles.anchors(), id);
    }

    /// The articles that share most anchors.
    pub(crate) fn likely(&mut self, features: &Features) -> Vec<ArticleId> {
        let found = self.0.search(features.shingles.anchors(), |_, _| 1.0);
        lookup::best(found, LIKELY_COPIES_MAX)
    }
}

/// The first of some articles that is a copy, if any.
pub(crate) fn copied(
    features: &Features,
    likely: &[ArticleId],
    articles: &FxHashMap<ArticleId, Kept>,
) -> Option<ArticleId> {
    let is_copy =
        |id: &&ArticleId| articles.get(id).is_some_and(|kept| copies(features, &kept.features));
    likely.iter().find(is_copy).copied()
}

/// Whether one article is a copy of the other: the same words, no contradicting number, told within a week.
pub(crate) fn copies(a: &Features, b: &Features) -> bool {
    a.lang == b.lang
        && a.at.abs_diff(b.at) < 10 * 86_400
        && crate::duplicate::is_copy(&a.shingles, &b.shingles, a.outlet == b.outlet)
        && same_tolls(a, b)
}

/// Whether no toll contradicts: keys of tolls that one has and the other lacks, on both sides.
fn same_tolls(a: &Features, b: &Features) -> bool {
    let toll = |f: &Features| f.happenings.iter().any(|h| h.toll);
    !(toll(a) && toll(b))
        || a.tolls == b.tolls
        || a.tolls.iter().all(|t| b.tolls.contains(t))
        || b.tolls.iter().all(|t| a.tolls.contains(t))
}
