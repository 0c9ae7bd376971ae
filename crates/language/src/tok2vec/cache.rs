//! What is known of word forms, for the commonest and latest of them.

use rustc_hash::FxHashMap;

use super::{Feature, Key};

/// Word forms in one of the two generations; 600 forms are about 2.2 MiB for a network of usual width.
const FORMS_MAX: usize = 600;

/// A bounded table in two generations: when the young one is full it becomes the old one, and the old one is forgotten. What
/// is asked for again in time is computed again once and lives on.
#[derive(Debug, Default)]
pub(super) struct Cache {
    young: Generation,
    old: Generation,
    /// What values of features add to the mixing layer, for the first values of features that have few.
    values: FxHashMap<(Feature, u64), Box<[f32]>>,
}

/// Values of features that are kept: 1,000 are about 1.1 MiB for a network of usual width.
const VALUES_MAX: usize = 1000;

#[derive(Debug, Default)]
struct Generation {
    places: FxHashMap<Key, u32>,
    numbers: Vec<f32>,
    len: usize,
}

impl Generation {
    fn get(&self, key: &Key) -> Option<&[f32]> {
        let at = *self.places.get(key)? as usize * self.len;
        self.numbers.get(at..at + self.len)
    }
}

impl Cache {
    pub(super) fn get(&self, key: &Key) -> Option<&[f32]> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// What a feature's value adds to the mixing layer.
    pub(super) fn value(&self, feature: Feature, value: u64) -> Option<&[f32]> {
        self.values.get(&(feature, value)).map(|products| &**products)
    }

    pub(super) fn has_room_for_values(&self) -> bool {
        self.values.len() < VALUES_MAX
    }

    pub(super) fn insert_value(&mut self, feature: Feature, value: u64, products: Box<[f32]>) {
        if self.has_room_for_values() {
            self.values.insert((feature, value), products);
        }
    }

    pub(super) fn insert(&mut self, key: Key, numbers: &[f32]) {
        if self.young.places.contains_key(&key) {
            return;
        }
        if self.young.places.len() >= FORMS_MAX {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.places.clear();
            self.young.numbers.clear();
        }
        self.young.len = numbers.len();
        self.young.places.insert(key, self.young.places.len() as u32);
        self.young.numbers.extend_from_slice(numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_forms_are_kept() {
        let mut cache = Cache::default();
        let key = |i: usize| Key { orth: i as u64, ..Key::default() };
        for i in 0..FORMS_MAX * 3 {
            cache.insert(key(i), &[i as f32, 1.0]);
        }
        assert_eq!(cache.get(&key(0)), None);
        let last = FORMS_MAX * 3 - 1;
        assert_eq!(cache.get(&key(last)), Some(&[last as f32, 1.0][..]));
        assert_eq!(cache.get(&key(last - FORMS_MAX)), Some(&[(last - FORMS_MAX) as f32, 1.0][..]));
    }
}
