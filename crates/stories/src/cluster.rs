//! Which story an article belongs to: candidates, a comparison in full, and the decision to join one or to begin one.

use crate::features::Features;
use crate::novelty::Anchored;
use crate::profile::{CANDIDATES_MAX, Index, Profile};
use crate::shelf::Live;
use crate::similarity::{self, View};
use crate::terms::Key;
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

/// The stories an article may belong to, most probable first.
pub(crate) fn candidates(
    features: &Features,
    index: &Index,
    live: &FxHashMap<StoryId, Live>,
    articles: &FxHashMap<ArticleId, Kept>,
    recent: impl Iterator<Item = StoryId>,
) -> Vec<Candidate> {
    let mut out = Vec::new();
    let mut found = index.candidates(features, CANDIDATES_MAX);
    if features.words < HEADLINE_WORDS {
        let near = nearest(features, live, recent)
            .into_iter()
            .filter(|s| !found.contains(s))
            .collect::<Vec<_>>();
        found.extend(near);
    }
    for story in found {
        if let Some(live) = live.get(&story) {
            out.push(compare(features, story, &live.profile, articles));
        }
    }
    out.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.story.cmp(&b.story)));
    out
}

/// The stories told last whose vectors are nearest to a headline's: two headlines of one event may share no word.
fn nearest(
    features: &Features,
    live: &FxHashMap<StoryId, Live>,
    recent: impl Iterator<Item = StoryId>,
) -> Vec<StoryId> {
    let Some(vector) = &features.vector else { return Vec::new() };
    let mut near: Vec<(f32, StoryId)> = recent
        .take(RECENT_MAX)
        .filter_map(|story| {
            let cosine = live.get(&story)?.profile.view(&features.lang).0.vector?.cosine(vector);
            (cosine >= NEAR_MIN).then_some((cosine, story))
        })
        .collect();
    near.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    near.into_iter().take(NEAREST_MAX).map(|(_, story)| story).collect()
}

/// Compares an article with a story: with the whole and with its members one by one.
fn compare(
    features: &Features,
    story: StoryId,
    profile: &Profile,
    articles: &FxHashMap<ArticleId, Kept>,
) -> Candidate {
    let (view, same_language) = profile.view(&features.lang);
    let own = View::from(features);
    let whole = similarity::describe(&own, &view);
    let whole_p = similarity::probability(&whole, similarity::weights(same_language));
    let (mut best, mut sum, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut same_outlet = 0.0_f32;
    let mut nearest = f32::MAX;
    for id in &profile.witnesses {
        let Some(kept) = articles.get(id) else { continue };
        let member = &kept.features;
        if same_language && member.lang != features.lang {
            continue;
        }
        let description = similarity::describe(&own, &View::from(&**member));
        let p = similarity::probability(
            &description,
            similarity::weights(member.lang == features.lang),
        );
        best = best.max(p);
        sum += logit(p);
        count += 1.0;
        nearest = nearest.min((features.at - member.at).unsigned_abs() as f32 / 86_400.0);
        if member.outlet == features.outlet {
            same_outlet = 1.0;
        }
    }
    let mean = if count > 0.0 { sum / count } else { logit(whole_p) };
    let best = if count > 0.0 { logit(best) } else { logit(whole_p) };
    let flag = |b: bool| if b { 1.0 } else { 0.0 };
    let cross = flag(!same_language);
    let description = [
        1.0,
        logit(whole_p),
        best,
        mean,
        cross,
        (profile.texts as f32).ln(),
        same_outlet,
        (-nearest / 3.0).exp(),
        whole[13],
        whole[7],
        cross * logit(whole_p),
        whole[13] * logit(whole_p),
    ];
    let sum: f32 = description.iter().zip(&JOIN).map(|(d, w)| d * w).sum();
    let mut probability = 1.0 / (1.0 + (-sum).exp());
    // tolls of two places, or of two days, are two events whatever the words
    if whole[11] > 0.0 || whole[12] > 0.0 {
        probability *= 0.3;
    }
    Candidate { story, description, probability, same_language }
}

fn logit(p: f32) -> f32 {
    let p = p.clamp(0.0005, 0.9995);
    (p / (1.0 - p)).ln()
}

/// Anchors of texts to the articles that have them, for copies.
#[derive(Debug, Default)]
pub(crate) struct CopyIndex {
    articles: FxHashMap<Key, Vec<ArticleId>>,
}

/// An anchor that more articles have than this is furniture of a site.
const ANCHOR_MAX: usize = 24;

impl CopyIndex {
    /// Takes an article's text in.
    pub(crate) fn insert(&mut self, id: ArticleId, features: &Features) {
        for anchor in features.shingles.anchors() {
            let articles = self.articles.entry(anchor).or_default();
            if articles.len() < ANCHOR_MAX {
                articles.push(id);
            }
        }
    }

    /// Forgets an article.
    pub(crate) fn remove(&mut self, id: ArticleId, features: &Features) {
        for anchor in features.shingles.anchors() {
            if let Some(articles) = self.articles.get_mut(&anchor) {
                articles.retain(|a| *a != id);
                if articles.is_empty() {
                    self.articles.remove(&anchor);
                }
            }
        }
    }

    /// The article that shares most anchors and is a copy, if any.
    pub(crate) fn find(
        &self,
        features: &Features,
        articles: &FxHashMap<ArticleId, Kept>,
    ) -> Option<ArticleId> {
        let mut found: FxHashMap<ArticleId, u32> = FxHashMap::default();
        for anchor in features.shingles.anchors() {
            for id in self.articles.get(&anchor).into_iter().flatten() {
                *found.entry(*id).or_default() += 1;
            }
        }
        let mut found: Vec<(ArticleId, u32)> = found.into_iter().collect();
        found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        found
            .into_iter()
            .take(6)
            .map(|(id, _)| id)
            .find(|id| articles.get(id).is_some_and(|kept| copies(features, &kept.features)))
    }
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
