//! Sparse vectors of hashed terms.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::terms::Key;

/// Terms with their weights, sorted by term.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sparse(Vec<(Key, f32)>);

impl Sparse {
    /// Sums the weights of equal terms and scales to length one; keeps the `max` heaviest.
    pub(crate) fn unit(mut terms: Vec<(Key, f32)>, max: usize) -> Self {
        terms.retain(|(_, w)| *w > 0.0);
        terms.sort_unstable_by_key(|(key, _)| *key);
        terms.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        if terms.len() > max {
            terms.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            terms.truncate(max);
            terms.sort_unstable_by_key(|(key, _)| *key);
        }
        let length = terms.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        if length > 0.0 {
            for (_, weight) in &mut terms {
                *weight /= length;
            }
        }
        Self(terms)
    }

    /// The terms in order.
    pub(crate) fn terms(&self) -> &[(Key, f32)] {
        &self.0
    }

    /// The `n` heaviest terms, heaviest first.
    pub(crate) fn heaviest(&self, n: usize) -> Vec<(Key, f32)> {
        let mut out = self.0.clone();
        if out.len() > n {
            out.select_nth_unstable_by(n, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            out.truncate(n);
        }
        out.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        out
    }

    /// The cosine of two vectors of length one.
    pub(crate) fn cosine(&self, other: &Self) -> f32 {
        let mut sum = 0.0;
        self.meet(other, |a, b| sum += a * b);
        sum.min(1.0)
    }

    /// The share of this vector's weight whose terms the other one has too.
    pub(crate) fn covered_by(&self, other: &Self) -> f32 {
        let whole: f32 = self.0.iter().map(|(_, w)| w * w).sum();
        if whole <= 0.0 {
            return 0.0;
        }
        let mut shared = 0.0;
        self.meet(other, |a, _| shared += a * a);
        shared / whole
    }

    /// The weight of one term.
    pub(crate) fn weight(&self, key: Key) -> f32 {
        self.0
            .binary_search_by_key(&key, |(k, _)| *k)
            .ok()
            .and_then(|i| self.0.get(i))
            .map_or(0.0, |(_, w)| *w)
    }

    /// Calls `f` with both weights of every shared term.
    fn meet(&self, other: &Self, mut f: impl FnMut(f32, f32)) {
        let (short, long) =
            if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        let swapped = self.0.len() > other.0.len();
        let mut call = |s: f32, l: f32| if swapped { f(l, s) } else { f(s, l) };
        let mut rest = long.0.as_slice();
        for (key, weight) in &short.0 {
            // both are sorted: skip ahead in steps that double, then search
            let mut step = 1;
            while step < rest.len() && rest.get(step).is_some_and(|(k, _)| k < key) {
                step *= 2;
            }
            let within = rest.get(..(step + 1).min(rest.len())).unwrap_or(rest);
            let at = within.partition_point(|(k, _)| k < key);
            rest = rest.get(at..).unwrap_or(&[]);
            match rest.first() {
                Some((k, w)) if k == key => call(*weight, *w),
                Some(_) => {}
                None => break,
            }
        }
    }

    /// Adds another vector, with a factor, and scales again to length one; keeps the `max` heaviest.
    pub(crate) fn add(&mut self, other: &Self, own: f32, factor: f32, max: usize) {
        let mut out = Vec::with_capacity(self.0.len() + other.0.len());
        out.extend(self.0.iter().map(|(k, w)| (*k, w * own)));
        out.extend(other.0.iter().map(|(k, w)| (*k, w * factor)));
        *self = Self::unit(out, max);
    }
}

/// In how many articles a term has been seen, with a prior for the time before many have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frequencies {
    counts: FxHashMap<Key, u32>,
    articles: u32,
}

/// How many articles the prior weighs.
const PRIOR_ARTICLES: f32 = 400.0;

impl Frequencies {
    /// Counts one article's terms, each once.
    pub(crate) fn count(&mut self, keys: impl Iterator<Item = Key>) {
        self.articles = self.articles.saturating_add(1);
        for key in keys {
            let count = self.counts.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Takes one article's terms out again.
    pub(crate) fn forget(&mut self, keys: impl Iterator<Item = Key>) {
        self.articles = self.articles.saturating_sub(1);
        for key in keys {
            if let Some(count) = self.counts.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&key);
                }
            }
        }
    }

    /// The inverse document frequency of a term; `prior` is the number of articles among [`PRIOR_ARTICLES`] that are taken to
    /// have it.
    pub(crate) fn idf(&self, key: Key, prior: f32) -> f32 {
        let seen = self.counts.get(&key).copied().unwrap_or(0) as f32;
        ((self.articles as f32 + PRIOR_ARTICLES) / (seen + prior)).max(1.0).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_and_coverage() {
        let a = Sparse::unit(vec![(3, 3.0), (1, 4.0)], 9);
        let b = Sparse::unit(vec![(1, 1.0), (7, 1.0), (9, 1.0), (12, 1.0), (13, 1.0)], 9);
        assert!((a.cosine(&a) - 1.0).abs() < 1e-6);
        assert!((a.cosine(&b) - b.cosine(&a)).abs() < 1e-6);
        assert!((a.covered_by(&b) - 0.64).abs() < 1e-5);
        assert!((b.covered_by(&a) - 0.2).abs() < 1e-5);
        assert_eq!(Sparse::default().cosine(&a).to_bits(), 0.0_f32.to_bits());
    }

    #[test]
    fn what_is_counted_can_be_forgotten() {
        let mut f = Frequencies::default();
        let before = f.idf(5, 1.0);
        f.count([5, 6].into_iter());
        assert!(f.idf(5, 1.0) < before);
        f.forget([5, 6].into_iter());
        assert!((f.idf(5, 1.0) - before).abs() < 1e-6);
    }
}
