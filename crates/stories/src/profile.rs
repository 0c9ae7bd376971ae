//! What the articles of a story have in common, and where to look stories up.

use std::sync::{Arc, LazyLock};

use crate::features::{Features, Happening, Quantised};
use crate::lookup::{self, Lookup};
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
/// A term that leads to more stories than this says nothing; it bounds what finding candidates costs.
const POSTING_MAX: usize = 500;
/// Stories that are compared in full with an article.
const CANDIDATES_MAX: usize = 10;
/// Of what an article is found by, a story has to share so much of what the best one shares, and so much of all, to be compared.
///
/// # Source
///
/// The first cut alone leaves out 57, 49 and 37 of 100 comparisons of giveme5w1h, the bundled day and the uci headlines; of the
/// 111, 50 and 2,624 stories that were joined there it leaves out 0, 0 and 1, and the second one at .03 instead of .02 0, 0 and 5.
/// Between languages a story that is joined shares .05 of all, and all of what the best one does.
const LEAST_OF_BEST: f32 = 0.1;
const LEAST_OF_ALL: f32 = 0.02;
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
    /// The only article, as long as there is but one: most stories are never told again.
    only: Option<Arc<Features>>,
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
    /// What leads here, in order.
    keys: Vec<Key>,
    headline_only: bool,
}

impl Profile {
    /// The profile of a story that begins.
    pub(crate) fn new(at: i64) -> Self {
        Self { times: (at, at), headline_only: true, ..Self::default() }
    }

    /// Counts a text whose features are not kept any more.
    pub(crate) fn count(&mut self) {
        self.texts += 1;
    }

    /// What it takes in memory, about.
    ///
    /// # Units
    ///
    /// Bytes. Each key is counted with the entry that leads from it here.
    pub(crate) fn weight(&self) -> usize {
        let parts: usize = self.parts.iter().map(|p| 64 + p.title.bytes() + p.all.bytes()).sum();
        let fields = [&self.names, &self.numbers, &self.concepts, &self.places];
        let fields: usize = fields.into_iter().map(Sparse::bytes).sum();
        let vector = self.vector.as_ref().map_or(0, Quantised::bytes);
        size_of::<Self>()
            + parts
            + fields
            + vector
            + self.vector_sum.len() * 4
            + self.happenings.len() * size_of::<Happening>()
            + self.keys.len() * (size_of::<Key>() + lookup::ENTRY_BYTES)
    }

    /// What leads here.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// What an article in `lang` sees of the story.
    pub(crate) fn view(&self, lang: &str) -> (View<'_>, bool) {
        static NOTHING: LazyLock<Sparse> = LazyLock::new(Sparse::default);
        let nothing: &Sparse = &NOTHING;
        if let Some(only) = &self.only {
            let is_told = only.lang == lang;
            let (title, all) = if is_told { (&only.title, &only.all) } else { (nothing, nothing) };
            let view = View { title, all, times: self.times, ..View::from(&**only) };
            return (view, is_told);
        }
        let part = self.parts.iter().find(|p| p.lang == lang);
        let view = View {
            title: part.map_or(nothing, |p| &p.title),
            all: part.map_or(nothing, |p| &p.all),
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

    /// Whether it is an article's own: comparing it gives what comparing the article does.
    pub(crate) fn is(&self, article: &Features) -> bool {
        let is_only = |only: &Arc<Features>| std::ptr::eq(&raw const **only, article);
        self.only.as_ref().is_some_and(is_only) && self.times == (article.at, article.at)
    }

    /// The languages the story is told in.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        let only = self.only.iter().map(|only| only.lang.as_str());
        only.chain(self.parts.iter().map(|p| p.lang.as_str()))
    }

    /// Takes an article's features in; gives the keys that newly lead here, and the article that no longer stands for the story.
    pub(crate) fn add(
        &mut self,
        id: ArticleId,
        f: &Arc<Features>,
    ) -> (Vec<Key>, Option<ArticleId>) {
        if self.texts == 0 {
            self.only = Some(Arc::clone(f));
        } else {
            if let Some(first) = self.only.take() {
                self.mix(&first, 0);
            }
            self.mix(f, self.texts);
        }
        self.times = (self.times.0.min(f.at), self.times.1.max(f.at));
        self.texts += 1;
        self.headline_only &= f.words < 15;
        self.witnesses.push(id);
        // the first half stays, the second half moves on
        let gone = (self.witnesses.len() > WITNESSES_MAX)
            .then(|| self.witnesses.remove(WITNESSES_MAX / 2));
        let mut new = Vec::new();
        if self.keys.len() < KEYS_MAX {
            for key in lookup_keys(f) {
                if let Err(at) = self.keys.binary_search(&key.0) {
                    self.keys.insert(at, key.0);
                    new.push(key.0);
                }
            }
        }
        (new, gone)
    }

    /// Mixes an article's features into those of the `texts` before it.
    fn mix(&mut self, f: &Features, texts: u32) {
        if !self.parts.iter().any(|p| p.lang == f.lang) {
            self.parts.push(Part { lang: f.lang.clone(), ..Part::default() });
        }
        if let Some(part) = self.parts.iter_mut().find(|p| p.lang == f.lang) {
            let own = part.articles.min(12.0);
            part.title.add(&f.title, own, 1.0, FIELD_MAX);
            part.all.add(&f.all, own, 1.0, TERMS_MAX);
            part.articles += 1.0;
        }
        let own = texts.min(12) as f32;
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
pub(crate) struct Index(Lookup<StoryId>);

impl Index {
    /// Lets keys lead to a story.
    pub(crate) fn insert(&mut self, keys: &[Key], story: StoryId) {
        // past the bound the term is common: it stays known as such and leads nowhere
        self.0.insert(keys.iter().copied(), story, POSTING_MAX + 1);
    }

    /// Lets an article's keys lead to a story that is not held in full and that `known` keys led to before; gives how many do now.
    pub(crate) fn insert_of(&mut self, f: &Features, story: StoryId, known: usize) -> usize {
        if known >= KEYS_MAX {
            return known;
        }
        let keys = lookup_keys(f).into_iter().map(|(key, _)| key);
        known + self.0.insert(keys, story, POSTING_MAX + 1)
    }

    /// Forgets a story.
    pub(crate) fn remove(&mut self, profile: &Profile, story: StoryId) {
        self.0.remove(profile.keys.iter().copied(), story);
    }

    /// The stories that share most with an article, best first.
    pub(crate) fn candidates(&mut self, f: &Features) -> Vec<StoryId> {
        let keys = lookup_keys(f);
        let mut all = 0.0;
        let worth = |nth: usize, many: usize| {
            let weight = keys.get(nth).map_or(0.0, |(_, weight)| *weight);
            let worth =
                if many > POSTING_MAX { 0.0 } else { weight / (1.0 + many as f32).ln().max(0.7) };
            all += worth;
            worth
        };
        let mut found = self.0.search(keys.iter().map(|(key, _)| *key), worth);
        let best = found.iter().map(|(_, worth)| *worth).fold(0.0, f32::max);
        let least = (best * LEAST_OF_BEST).max(all * LEAST_OF_ALL);
        found.retain(|(_, worth)| *worth >= least);
        lookup::best(found, CANDIDATES_MAX)
    }
}
