//! Where to look things up by keys: lists of places, most of them of one.

use std::collections::hash_map::Entry;
use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::terms::Key;

/// Marks a head that names a list rather than the only place; there are never so many places.
const LIST: u32 = 1 << 31;

/// Keys to things, small for the many keys that lead to one thing, and searched without hashing the things.
#[derive(Debug)]
pub(crate) struct Lookup<T> {
    /// The only place of a key, or its list.
    heads: FxHashMap<Key, u32>,
    lists: Vec<Vec<u32>>,
    free_lists: Vec<u32>,
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
            heads: FxHashMap::default(),
            lists: Vec::new(),
            free_lists: Vec::new(),
            things: Vec::new(),
            places: FxHashMap::default(),
            free_places: Vec::new(),
            worth: Vec::new(),
        }
    }
}

impl<T: Copy + Ord + Hash> Lookup<T> {
    /// Lets keys lead to a thing; to no more than `most` things each.
    pub(crate) fn insert(&mut self, keys: impl Iterator<Item = Key>, thing: T, most: usize) {
        let Some(place) = self.place(thing) else { return };
        for key in keys {
            match self.heads.entry(key) {
                Entry::Vacant(new) => {
                    new.insert(place);
                }
                Entry::Occupied(mut known) if *known.get() & LIST == 0 => {
                    let list = vec![*known.get(), place];
                    let at = if let Some(at) = self.free_lists.pop() {
                        if let Some(slot) = self.lists.get_mut(at as usize) {
                            *slot = list;
                        }
                        at
                    } else {
                        self.lists.push(list);
                        u32::try_from(self.lists.len() - 1).unwrap_or(0)
                    };
                    known.insert(at | LIST);
                }
                Entry::Occupied(known) => {
                    let list = self.lists.get_mut((*known.get() & !LIST) as usize);
                    if let Some(list) = list.filter(|list| list.len() < most) {
                        list.push(place);
                    }
                }
            }
        }
    }

    /// The place of a thing, a new one where it has none; `None` where there is no more room.
    fn place(&mut self, thing: T) -> Option<u32> {
        if let Some(place) = self.places.get(&thing) {
            return Some(*place);
        }
        let place = match self.free_places.pop() {
            Some(place) => place,
            None => u32::try_from(self.things.len()).ok().filter(|place| place & LIST == 0)?,
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
            let Entry::Occupied(mut known) = self.heads.entry(key) else { continue };
            let head = *known.get();
            if head == place {
                known.remove();
            } else if head & LIST != 0
                && let Some(list) = self.lists.get_mut((head & !LIST) as usize)
            {
                list.retain(|p| *p != place);
                match list.as_slice() {
                    [] => {
                        known.remove();
                    }
                    [only] => {
                        known.insert(*only);
                    }
                    _ => continue,
                }
                *list = Vec::new();
                self.free_lists.push(head & !LIST);
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
            let Some(head) = self.heads.get(&key) else { continue };
            let places = if head & LIST == 0 {
                std::slice::from_ref(head)
            } else {
                self.lists.get((head & !LIST) as usize).map_or(&[][..], Vec::as_slice)
            };
            let worth = worth(nth, places.len());
            if worth <= 0.0 {
                continue;
            }
            for place in places {
                if let Some(sum) = self.worth.get_mut(*place as usize) {
                    if *sum == 0.0 {
                        found.push(*place);
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
        assert!(lookup.heads.is_empty() && lookup.places.is_empty());
        check(&mut lookup, &[1, 2, 3, 4, 5, 6, 7], "");
    }
}
