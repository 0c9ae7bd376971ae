//! Sparse vectors of hashed terms.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::terms::Key;

/// Terms with their weights, sorted by term.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sparse(Box<[(Key, f32)]>);

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
            terms.select_nth_unstable_by(max, |a, b| heavier(*a, *b));
            terms.truncate(max);
            terms.sort_unstable_by_key(|(key, _)| *key);
        }
        let length = terms.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        if length > 0.0 {
            for (_, weight) in &mut terms {
                *weight /= length;
            }
        }
        // a box has no room to spare: vectors are kept for long
        Self(terms.into_boxed_slice())
    }

    /// What it takes in memory beside itself, bytes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }

    /// The terms in order.
    pub(crate) fn terms(&self) -> &[(Key, f32)] {
        &self.0
    }

    /// The `n` heaviest terms, heaviest first.
    pub(crate) fn heaviest(&self, n: usize) -> Vec<(Key, f32)> {
        let mut out = self.0.to_vec();
        if out.len() > n {
            out.select_nth_unstable_by(n, |a, b| heavier(*a, *b));
            out.truncate(n);
        }
        out.sort_unstable_by(|a, b| heavier(*a, *b));
        out
    }

    /// The cosine of two vectors of length one, without preparing one of them.
    #[cfg(test)]
    fn cosine(&self, other: &Self) -> f32 {
        let mut sum = 0.0;
        self.meet(other, |a, b| sum += a * b);
        sum.min(1.0)
    }

    /// The share of this vector's weight whose terms the other one has too.
    pub(crate) fn covered_by(&self, other: &Self) -> f32 {
        let whole = self.weight_squared();
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
        let mut rest = &*long.0;
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

    /// The sum of the squared weights.
    fn weight_squared(&self) -> f32 {
        self.0.iter().map(|(_, w)| w * w).sum()
    }

    /// Adds another vector, with a factor, and scales again to length one; keeps the `max` heaviest.
    pub(crate) fn add(&mut self, other: &Self, own: f32, factor: f32, max: usize) {
        let mut out = Vec::with_capacity(self.0.len() + other.0.len());
        let mut theirs = other.0.iter().map(|(k, w)| (*k, w * factor)).peekable();
        for (key, weight) in &self.0 {
            out.extend(std::iter::from_fn(|| theirs.next_if(|(k, _)| k < key)));
            let shared = theirs.next_if(|(k, _)| k == key).map_or(0.0, |(_, w)| w);
            out.push((*key, weight * own + shared));
        }
        out.extend(theirs);
        *self = Self::unit(out, max);
    }
}

/// The heavier term first; of equals the one with the smaller key.
fn heavier(a: (Key, f32), b: (Key, f32)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// A vector that is compared with many others: its terms are looked up instead of searched for.
///
/// The other one's terms are gone through in order, so that every sum is that of the plain cosine, to the last bit.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    terms: &'a [(Key, f32)],
    /// Open addressing by the lowest bits of the key: places in `terms`, from one; zero is empty. At most a quarter is full.
    slots: Vec<u16>,
    mask: usize,
}

impl<'a> Probe<'a> {
    /// Prepares a vector.
    ///
    /// # Limits
    ///
    /// Of a vector with more than 65,534 terms the first ones count; vectors have a few hundred.
    pub(crate) fn new(vector: &'a Sparse) -> Self {
        let size = (vector.0.len().min(usize::from(u16::MAX)) * 4).next_power_of_two().max(8);
        let (mut slots, mask) = (vec![0_u16; size], size - 1);
        for (place, (key, _)) in (1_u16..u16::MAX).zip(&vector.0) {
            let mut at = *key as usize & mask;
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & mask;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = place;
            }
        }
        Self { terms: &vector.0, slots, mask }
    }

    /// The weight of a term, where the vector has it.
    fn find(&self, key: Key) -> Option<f32> {
        let mut at = key as usize & self.mask;
        loop {
            let place = usize::from(*self.slots.get(at)?);
            let (found, weight) = self.terms.get(place.checked_sub(1)?)?;
            if *found == key {
                return Some(*weight);
            }
            at = (at + 1) & self.mask;
        }
    }

    /// The cosine of two vectors of length one.
    pub(crate) fn cosine(&self, other: &Sparse) -> f32 {
        let mut sum = 0.0;
        for (key, theirs) in &other.0 {
            if let Some(ours) = self.find(*key) {
                sum += ours * theirs;
            }
        }
        sum.min(1.0)
    }

    /// The share of another vector's weight whose terms this one has too.
    pub(crate) fn covers(&self, other: &Sparse) -> f32 {
        let whole = other.weight_squared();
        if whole <= 0.0 {
            return 0.0;
        }
        let shared: f32 = other
            .0
            .iter()
            .filter(|(key, _)| self.find(*key).is_some())
            .map(|(_, weight)| weight * weight)
            .sum();
        shared / whole
    }
}

/// In how many articles a term has been seen, with a prior for the time before many have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frequencies {
    counts: FxHashMap<Key, u32>,
    articles: u32,
    /// Terms that are counted at once, at most; 0: any number.
    most: usize,
}

/// How many articles the prior weighs.
const PRIOR_ARTICLES: f32 = 400.0;
/// What a term takes in memory, bytes: two numbers and a byte in a table that is at most seven eighths full.
const TERM_BYTES: u64 = 14;

impl Frequencies {
    /// Counts that take at most so many bytes, about.
    pub(crate) fn within(bytes: u64) -> Self {
        let most = usize::try_from(bytes / TERM_BYTES).unwrap_or(usize::MAX).max(1);
        Self { most, ..Self::default() }
    }

    /// Counts one article's terms, each once. Where there are too many terms everything counts half from then on, and what was
    /// seen once only is forgotten.
    pub(crate) fn count(&mut self, keys: impl Iterator<Item = Key>) {
        self.articles = self.articles.saturating_add(1);
        for key in keys {
            let count = self.counts.entry(key).or_default();
            *count = count.saturating_add(1);
        }
        if self.most > 0 && self.counts.len() > self.most {
            self.articles /= 2;
            self.counts.retain(|_, count| {
                *count /= 2;
                *count > 0
            });
        }
    }

    /// Takes one article's terms out again.
    pub(crate) fn forget(&mut self, keys: impl Iterator<Item = Key>) {
        self.articles = self.articles.saturating_sub(1);
        for key in keys {
            if let Entry::Occupied(mut known) = self.counts.entry(key) {
                *known.get_mut() -= 1;
                if *known.get() == 0 {
                    known.remove();
                }
            }
        }
    }

    /// What they take in memory, bytes, about.
    pub(crate) fn bytes(&self) -> u64 {
        self.counts.len() as u64 * TERM_BYTES
    }

    /// In how many articles a term has been seen.
    pub(crate) fn seen(&self, key: Key) -> u32 {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    /// The inverse document frequency of a term that has been seen so often; `prior` is the number of articles among
    /// [`PRIOR_ARTICLES`] that are taken to have it.
    pub(crate) fn idf(&self, seen: u32, prior: f32) -> f32 {
        ((self.articles as f32 + PRIOR_ARTICLES) / (seen as f32 + prior)).max(1.0).ln()
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
        for (x, y) in [(&a, &b), (&b, &a), (&a, &a), (&a, &Sparse::default())] {
            assert_eq!(Probe::new(x).cosine(y).to_bits(), x.cosine(y).to_bits());
            assert_eq!(Probe::new(x).covers(y).to_bits(), y.covered_by(x).to_bits());
        }
    }

    #[test]
    fn what_was_seen_once_is_forgotten_where_there_is_no_more_room() {
        let mut f = Frequencies::within(3 * TERM_BYTES);
        let before = f.idf(f.seen(5), 1.0);
        f.count([5, 6].into_iter());
        assert!(f.idf(f.seen(5), 1.0) < before);
        f.count([5, 7].into_iter());
        assert_eq!((f.seen(5), f.seen(6), f.bytes()), (2, 1, 3 * TERM_BYTES));
        f.forget([5, 7].into_iter());
        assert_eq!((f.seen(5), f.seen(6), f.seen(7)), (1, 1, 0));
        f.count([5, 7, 8].into_iter());
        assert_eq!((f.seen(5), f.seen(6), f.seen(8)), (1, 0, 0));
    }
}
