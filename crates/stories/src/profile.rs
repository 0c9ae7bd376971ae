//! What the articles of a story have in common, and where to look stories up.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::features::{Features, Happening, Quantised};
use crate::similarity::View;
use crate::sparse::Sparse;
use crate::terms::Key;
use crate::{ArticleId, StoryId};

/// Terms kept of a story's articles in one language.
const TERMS_MAX: usize = 320;
/// Terms kept of the smaller fields.
const FIELD_MAX: usize = 96;
/// Events kept of a story.
const HAPPENINGS_MAX: usize = 48;
/// How many of an article's terms lead to its story.
const KEYS_PER_ARTICLE: usize = 28;
/// How many terms lead to one story; a story that has grown is found by what it began with and by the terms most told.
const KEYS_MAX: usize = 320;
/// A term that leads to more stories than this says nothing.
const POSTING_MAX: usize = 1_500;
/// Stories that are compared in full with an article.
pub(crate) const CANDIDATES_MAX: usize = 10;
/// Members that an article is compared with, beside the whole.
pub(crate) const WITNESSES_MAX: usize = 8;

/// What a story's articles in one language have in common.
#[derive(Clone, Debug, Default)]
struct Part {
    lang: String,
    title: Sparse,
    all: Sparse,
    articles: f32,
}

/// What a story's articles have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    parts: Vec<Part>,
    names: Sparse,
    numbers: Sparse,
    concepts: Sparse,
    places: Sparse,
    happenings: Vec<Happening>,
    vector_sum: Vec<f32>,
    vector: Option<Quantised>,
    /// First and last article.
    pub times: (i64, i64),
    /// Independent texts.
    pub texts: u32,
    /// Articles to compare with one by one: the first ones and the last ones.
    pub witnesses: Vec<ArticleId>,
    keys: FxHashSet<Key>,
    headline_only: bool,
}

impl Profile {
    /// The profile of a story that begins.
    pub(crate) fn new(at: i64) -> Self {
        Self { times: (at, at), headline_only: true, ..Self::default() }
    }

    /// What an article in `lang` sees of the story.
    pub(crate) fn view(&self, lang: &str) -> (View<'_>, bool) {
        static NOTHING: std::sync::LazyLock<Sparse> = std::sync::LazyLock::new(Sparse::default);
        let part = self.parts.iter().find(|p| p.lang == lang);
        let view = View {
            title: part.map_or(&NOTHING, |p| &p.title),
            all: part.map_or(&NOTHING, |p| &p.all),
            names: &self.names,
            numbers: &self.numbers,
            concepts: &self.concepts,
            places: &self.places,
            happenings: &self.happenings,
            vector: self.vector.as_ref(),
            times: self.times,
            headline_only: self.headline_only,
        };
        (view, part.is_some())
    }

    /// The languages the story is told in.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|p| p.lang.as_str())
    }

    /// Takes an article's features in; gives the keys that newly lead here.
    pub(crate) fn add(&mut self, id: ArticleId, f: &Features) -> Vec<Key> {
        if !self.parts.iter().any(|p| p.lang == f.lang) {
            self.parts.push(Part { lang: f.lang.clone(), ..Part::default() });
        }
        if let Some(part) = self.parts.iter_mut().find(|p| p.lang == f.lang) {
            let own = part.articles.min(12.0);
            part.title.add(&f.title, own, 1.0, FIELD_MAX);
            part.all.add(&f.all, own, 1.0, TERMS_MAX);
            part.articles += 1.0;
        }
        let own = self.texts.min(12) as f32;
        self.names.add(&f.names, own, 1.0, FIELD_MAX);
        self.numbers.add(&f.numbers, own, 1.0, FIELD_MAX);
        self.concepts.add(&f.concepts, own, 1.0, FIELD_MAX);
        self.places.add(&f.places, own, 1.0, FIELD_MAX);
        for happening in &f.happenings {
            if happening.toll && self.happenings.len() < HAPPENINGS_MAX {
                self.happenings.push(happening.clone());
            }
        }
        if let Some(vector) = &f.vector {
            vector.add_to(&mut self.vector_sum);
            self.vector = Quantised::new(&self.vector_sum);
        }
        self.times = (self.times.0.min(f.at), self.times.1.max(f.at));
        self.texts += 1;
        self.headline_only &= f.words < 15;
        self.witnesses.push(id);
        if self.witnesses.len() > WITNESSES_MAX {
            // the first half stays, the second half moves on
            self.witnesses.remove(WITNESSES_MAX / 2);
        }
        let mut new = Vec::new();
        if self.keys.len() < KEYS_MAX {
            for key in lookup_keys(f) {
                if self.keys.insert(key.0) {
                    new.push(key.0);
                }
            }
        }
        new
    }
}

/// The keys that an article is looked up by, with their weights.
fn lookup_keys(f: &Features) -> Vec<(Key, f32)> {
    let mut out = f.all.heaviest(KEYS_PER_ARTICLE);
    out.extend(f.title.heaviest(8).into_iter().map(|(k, w)| (k, w * 0.5)));
    out.extend(f.names.heaviest(10).into_iter().map(|(k, w)| (k, w * 0.6)));
    out.extend(f.concepts.heaviest(6).into_iter().map(|(k, w)| (k, w * 0.3)));
    out.extend(f.places.heaviest(4).into_iter().map(|(k, w)| (k, w * 0.3)));
    out
}

/// Terms to stories.
#[derive(Debug, Default)]
pub(crate) struct Index {
    postings: FxHashMap<Key, Vec<StoryId>>,
}

impl Index {
    /// Lets keys lead to a story.
    pub(crate) fn insert(&mut self, keys: &[Key], story: StoryId) {
        for key in keys {
            let stories = self.postings.entry(*key).or_default();
            // past the bound the term is common: it stays known as such and leads nowhere
            if stories.len() <= POSTING_MAX {
                stories.push(story);
            }
        }
    }

    /// Forgets a story.
    pub(crate) fn remove(&mut self, profile: &Profile, story: StoryId) {
        let mut keys: Vec<Key> = profile.keys.iter().copied().collect();
        keys.sort_unstable();
        for key in keys {
            if let Some(stories) = self.postings.get_mut(&key) {
                stories.retain(|s| *s != story);
                if stories.is_empty() {
                    self.postings.remove(&key);
                }
            }
        }
    }

    /// The stories that share most with an article, best first.
    pub(crate) fn candidates(&self, f: &Features, max: usize) -> Vec<StoryId> {
        let mut found: FxHashMap<StoryId, f32> = FxHashMap::default();
        for (key, weight) in lookup_keys(f) {
            let Some(stories) = self.postings.get(&key) else { continue };
            if stories.len() > POSTING_MAX {
                continue;
            }
            let worth = weight / (1.0 + stories.len() as f32).ln().max(0.7);
            for story in stories {
                *found.entry(*story).or_default() += worth;
            }
        }
        let mut found: Vec<(StoryId, f32)> = found.into_iter().collect();
        let order =
            |a: &(StoryId, f32), b: &(StoryId, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > max {
            found.select_nth_unstable_by(max, order);
            found.truncate(max);
        }
        found.sort_unstable_by(order);
        found.into_iter().map(|(story, _)| story).collect()
    }
}
