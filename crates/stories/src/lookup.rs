//! Where to look things up by keys: of very many things in little memory.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::terms::Key;

/// Buckets by the upper half of a key, which is a hash: they fill evenly, and none is ever moved.
const BUCKETS: usize = 1 << 16;

/// A key that leads to a place: the lower half of the key, then the place's halves; ordered by key and place.
type Entry = [u16; 3];

/// What an entry takes in memory, bytes, about: a bucket has room for an eighth more.
pub(crate) const ENTRY_BYTES: usize = 7;

/// Keys to things: six bytes for each key of each thing, and searched without hashing the things.
#[derive(Debug)]
pub(crate) struct Lookup<T> {
    buckets: Vec<Vec<Entry>>,
    /// Things by their places; a place that is free is used again.
    things: Vec<T>,
    places: FxHashMap<T, u32>,
    free_places: Vec<u32>,
    /// What each place was found worth; all zero between two searches.
    worth: Vec<f32>,
}

impl<T> Default for Lookup<T> {
    fn default() -> Self {
        Self {
            buckets: std::iter::repeat_with(Vec::new).take(BUCKETS).collect(),
            things: Vec::new(),
            places: FxHashMap::default(),
            free_places: Vec::new(),
            worth: Vec::new(),
        }
    }
}

/// The bucket of a key.
fn bucket_of(key: Key) -> usize {
    (key >> 16) as usize
}

/// A key that leads to a place, as it stands in its bucket.
fn entry(key: Key, place: u32) -> Entry {
    // halves: what is cut off stands in the bucket's number, and in the other half
    [key as u16, (place >> 16) as u16, place as u16]
}

/// The entries of a key.
fn entries(bucket: &[Entry], key: Key) -> &[Entry] {
    let tag = key as u16;
    let from = bucket.partition_point(|entry| entry[0] < tag);
    let rest = bucket.get(from..).unwrap_or(&[]);
    rest.get(..rest.partition_point(|entry| entry[0] == tag)).unwrap_or(&[])
}

impl<T: Copy + Ord + Hash> Lookup<T> {
    /// Lets keys lead to a thing; to no more than `most` things each. Gives how many of them newly do.
    pub(crate) fn insert(
        &mut self,
        keys: impl Iterator<Item = Key>,
        thing: T,
        most: usize,
    ) -> usize {
        let Some(place) = self.place(thing) else { return 0 };
        let mut new = 0;
        for key in keys {
            let Some(bucket) = self.buckets.get_mut(bucket_of(key)) else { continue };
            let entry = entry(key, place);
            let Err(at) = bucket.binary_search(&entry) else { continue };
            if entries(bucket, key).len() >= most {
                continue;
            }
            if bucket.len() == bucket.capacity() {
                bucket.reserve_exact((bucket.len() / 8).max(4));
            }
            bucket.insert(at, entry);
            new += 1;
        }
        new
    }

    /// The place of a thing, a new one where it has none; `None` where there is no more room.
    fn place(&mut self, thing: T) -> Option<u32> {
        if let Some(place) = self.places.get(&thing) {
            return Some(*place);
        }
        let place = match self.free_places.pop() {
            Some(place) => place,
            None => u32::try_from(self.things.len()).ok()?,
        };
        if let Some(slot) = self.things.get_mut(place as usize) {
            *slot = thing;
        } else {
            self.things.push(thing);
            self.worth.push(0.0);
        }
        self.places.insert(thing, place);
        Some(place)
    }

    /// Lets keys no longer lead to a thing, which is forgotten; they must be all that did.
    pub(crate) fn remove(&mut self, keys: impl Iterator<Item = Key>, thing: T) {
        let Some(place) = self.places.remove(&thing) else { return };
        for key in keys {
            let Some(bucket) = self.buckets.get_mut(bucket_of(key)) else { continue };
            let Ok(at) = bucket.binary_search(&entry(key, place)) else { continue };
            bucket.remove(at);
            if bucket.capacity() > bucket.len() * 2 + 8 {
                bucket.shrink_to(bucket.len() + bucket.len() / 8);
            }
        }
        self.free_places.push(place);
    }

    /// Things that keys lead to, with the sum of what each key is worth by how many it leads to; in no order. Things that are
    /// worth nothing are not among them.
    pub(crate) fn search(
        &mut self,
        keys: impl Iterator<Item = Key>,
        mut worth: impl FnMut(usize, usize) -> f32,
    ) -> Vec<(T, f32)> {
        let mut found: Vec<u32> = Vec::new();
        for (nth, key) in keys.enumerate() {
            let Some(bucket) = self.buckets.get(bucket_of(key)) else { continue };
            let entries = entries(bucket, key);
            let worth = worth(nth, entries.len());
            if worth <= 0.0 {
                continue;
            }
            for [_, high, low] in entries {
                let place = u32::from(*high) << 16 | u32::from(*low);
                if let Some(sum) = self.worth.get_mut(place as usize) {
                    if *sum == 0.0 {
                        found.push(place);
                    }
                    *sum += worth;
                }
            }
        }
        let mut out = Vec::with_capacity(found.len());
        for place in found {
            let sum = self.worth.get_mut(place as usize).map(std::mem::take).unwrap_or_default();
            out.extend(self.things.get(place as usize).map(|thing| (*thing, sum)));
        }
        out
    }
}

/// The `most` things worth most, best first; of equals the smaller.
pub(crate) fn best<T: Copy + Ord>(mut found: Vec<(T, f32)>, most: usize) -> Vec<T> {
    let order = |a: &(T, f32), b: &(T, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if found.len() > most {
        found.select_nth_unstable_by(most, order);
        found.truncate(most);
    }
    found.sort_unstable_by(order);
    found.into_iter().map(|(thing, _)| thing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lookup: &mut Lookup<char>, keys: &[Key], expected: &str) {
        let found = lookup.search(keys.iter().copied(), |_, many| 1.0 / many as f32);
        assert_eq!(best(found, 2).into_iter().collect::<String>(), expected, "{keys:?}");
    }

    #[test]
    fn what_shares_most_is_found_first_and_what_is_forgotten_is_not() {
        let mut lookup = Lookup::default();
        assert_eq!(lookup.insert([1, 2, 2].into_iter(), 'a', 2), 2);
        for (keys, thing) in [([1, 2, 3], 'a'), ([2, 3, 4], 'b'), ([3, 5, 6], 'c')] {
            lookup.insert(keys.into_iter(), thing, 2);
        }
        check(&mut lookup, &[4, 3, 2], "ba");
        check(&mut lookup, &[3], "ab");
        check(&mut lookup, &[7], "");
        lookup.remove([2, 3, 4].into_iter(), 'b');
        check(&mut lookup, &[4, 3, 2], "a");
        lookup.insert([2, 7].into_iter(), 'd', 2);
        check(&mut lookup, &[2, 7], "da");
        for (keys, thing) in [([1, 2, 3], 'a'), ([3, 5, 6], 'c'), ([2, 7, 7], 'd')] {
            lookup.remove(keys.into_iter(), thing);
        }
        assert!(lookup.buckets.iter().all(Vec::is_empty) && lookup.places.is_empty());
        check(&mut lookup, &[1, 2, 3, 4, 5, 6, 7], "");
    }
}
