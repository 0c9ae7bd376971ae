//! What is known of word forms, for the commonest and latest of them.

use std::sync::atomic::{AtomicU8, Ordering};

use rustc_hash::FxHashMap;

use super::{Feature, Key};
use crate::kernels::Buffer;

/// A bounded table of word forms and their numbers. When it is full, a hand goes round and takes the place of the next form
/// that was not asked for lately: what is asked for often stays, what was met once goes.
#[derive(Debug, Default)]
pub(super) struct Cache {
    places: FxHashMap<Key, u32>,
    slots: Vec<Slot>,
    /// The forms' numbers, `len` for each slot.
    numbers: Buffer,
    len: usize,
    /// How many forms there is room for.
    room: usize,
    hand: usize,
    /// What values of features add to the mixing layer, for the first values of features that have few.
    values: FxHashMap<(Feature, u64), Box<[f32]>>,
}

/// A form, and how often it was asked for since the hand last passed.
#[derive(Debug)]
struct Slot {
    key: Key,
    used: AtomicU8,
}

/// Rounds of the hand that a form stays without being asked for.
const USED_MAX: u8 = 3;

/// Values of features that are kept: 1,000 are about 1.1 MiB for a network of usual width.
const VALUES_MAX: usize = 1000;

impl Cache {
    /// A table of that many bytes of numbers, `len` for each form.
    pub(super) fn new(bytes: usize, len: usize) -> Self {
        let room = (bytes / size_of::<f32>() / len.max(1)).max(1);
        Self { len, room, ..Self::default() }
    }

    #[inline]
    pub(super) fn get(&self, key: &Key) -> Option<&[f32]> {
        let at = *self.places.get(key)? as usize;
        let used = &self.slots.get(at)?.used;
        // threads may lose each other's counts, which does no harm
        let count = used.load(Ordering::Relaxed);
        if count < USED_MAX {
            used.store(count + 1, Ordering::Relaxed);
        }
        self.numbers.get(at * self.len..(at + 1) * self.len)
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
        if numbers.len() != self.len || self.places.contains_key(&key) {
            return;
        }
        if self.numbers.is_empty() {
            self.numbers = Buffer::new(self.room * self.len);
        }
        let slot = Slot { key, used: AtomicU8::new(0) };
        let at = if self.slots.len() < self.room {
            self.slots.push(slot);
            self.slots.len() - 1
        } else {
            let at = self.free_slot();
            if let Some(old) = self.slots.get_mut(at) {
                self.places.remove(&old.key);
                *old = slot;
            }
            at
        };
        self.places.insert(key, at as u32);
        if let Some(to) = self.numbers.get_mut(at * self.len..(at + 1) * self.len) {
            to.copy_from_slice(numbers);
        }
    }

    /// Moves the hand on to a form that was not asked for lately.
    fn free_slot(&mut self) -> usize {
        loop {
            let at = self.hand;
            self.hand = (at + 1) % self.slots.len().max(1);
            match self.slots.get_mut(at).map(|slot| slot.used.get_mut()) {
                Some(used) if *used > 0 => *used -= 1,
                _ => return at,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays() {
        let key = |i: usize| Key { orth: i as u64, ..Key::default() };
        let mut cache = Cache::new(10 * 2 * size_of::<f32>(), 2);
        for i in 0..100 {
            cache.insert(key(i), &[i as f32, 1.0]);
            assert_eq!(cache.get(&key(0)), Some(&[0.0, 1.0][..]), "after {i}");
        }
        let kept: Vec<usize> = (0..100).filter(|i| cache.get(&key(*i)).is_some()).collect();
        assert_eq!((kept.len(), cache.places.len()), (10, 10));
        assert!(kept.iter().all(|i| cache.get(&key(*i)) == Some(&[*i as f32, 1.0][..])));
        cache.insert(key(200), &[1.0]);
        assert_eq!(cache.get(&key(200)), None, "of another length");
    }
}
