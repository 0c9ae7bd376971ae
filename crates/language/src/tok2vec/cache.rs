//! What is known of word forms, for the commonest and latest of them.

use rustc_hash::FxHashMap;

use super::Key;

/// Word forms in one of the two generations; 1,500 forms are about 5.5 MiB for a network of usual width.
const FORMS_MAX: usize = 1500;

/// A bounded table in two generations: when the young one is full it becomes the old one, and the old one is forgotten. What
/// is asked for again in time is computed again once and lives on.
#[derive(Debug, Default)]
pub(super) struct Cache {
    young: Generation,
    old: Generation,
}

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
        let key = |i: usize| {
            let mut key = Key::default();
            key[0] = i as u64;
            key
        };
        for i in 0..FORMS_MAX * 3 {
            cache.insert(key(i), &[i as f32, 1.0]);
        }
        assert_eq!(cache.get(&key(0)), None);
        let last = FORMS_MAX * 3 - 1;
        assert_eq!(cache.get(&key(last)), Some(&[last as f32, 1.0][..]));
        assert_eq!(cache.get(&key(last - FORMS_MAX)), Some(&[(last - FORMS_MAX) as f32, 1.0][..]));
    }
}
