//! Tables from a form to one or more lemmas.

use crate::kernels::Column;
use crate::pack::{Error, Reader, Writer, msgpack::Value};
use crate::strings;

/// Lemmas by the number of the form, sorted, the lemmas in one text.
#[derive(Debug, Default)]
pub(super) struct Table {
    keys: Column<u64>,
    /// Where the lemmas of each key end in `text`.
    ends: Column<u32>,
    text: Column<u8>,
}

/// The place of a number in a sorted list of numbers that are spread evenly, as hashes are; any list gives the right answer,
/// but others take longer.
pub(super) fn place_of(sorted: &[u64], number: u64) -> Option<usize> {
    let guess = ((u128::from(number) * sorted.len() as u128) >> u64::BITS) as usize;
    // from the guess outwards in doubling steps, until the number lies between
    let (mut low, mut high, mut step) = (guess, guess, 8);
    while low > 0 && sorted.get(low).is_none_or(|found| *found > number) {
        low = low.saturating_sub(step);
        step *= 2;
    }
    step = 8;
    while sorted.get(high).is_some_and(|found| *found < number) {
        high += step;
        step *= 2;
    }
    let high = (high + 1).min(sorted.len());
    sorted.get(low..high)?.binary_search(&number).ok().map(|at| low + at)
}

/// Stands between the lemmas of one form.
const BETWEEN: char = '\u{1f}';

impl Table {
    /// Reads a map whose keys are forms or their numbers, and whose values are lemmas or lists of lemmas.
    pub(super) fn read(value: &Value<'_>) -> Option<Self> {
        let mut pairs = Vec::new();
        for (key, lemmas) in value.as_map()? {
            let key = key.as_str().map(strings::id).or_else(|| key.as_u64())?;
            let lemmas: Vec<&str> = match lemmas {
                Value::Array(list) => list.iter().map(Value::as_str).collect::<Option<_>>()?,
                one => vec![one.as_str()?],
            };
            pairs.push((key, lemmas));
        }
        Some(Self::new(pairs))
    }

    #[cfg(test)]
    pub(super) fn from_pairs<const N: usize>(pairs: [(&str, Vec<&str>); N]) -> Self {
        Self::new(pairs.into_iter().map(|(form, lemmas)| (strings::id(form), lemmas)).collect())
    }

    fn new(mut pairs: Vec<(u64, Vec<&str>)>) -> Self {
        pairs.sort_by_key(|(key, _)| *key);
        let (mut keys, mut ends, mut text) = (Vec::new(), Vec::new(), String::new());
        for (key, lemmas) in pairs {
            for (i, lemma) in lemmas.into_iter().enumerate() {
                if i > 0 {
                    text.push(BETWEEN);
                }
                text.push_str(lemma);
            }
            keys.push(key);
            ends.push(text.len() as u32);
        }
        Self {
            keys: Column::from(&keys[..]),
            ends: Column::from(&ends[..]),
            text: Column::from(text.as_bytes()),
        }
    }

    pub(super) fn save(&self, to: &mut Writer) {
        to.column(&self.keys);
        to.column(&self.ends);
        to.column(&self.text);
    }

    pub(super) fn open(from: &mut Reader) -> Result<Self, Error> {
        Ok(Self { keys: from.column()?, ends: from.column()?, text: from.column()? })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The lemmas of a form.
    pub(super) fn all(&self, form: &str) -> impl Iterator<Item = &str> {
        let found = place_of(&self.keys, strings::id(form));
        let lemmas = found.and_then(|at| {
            let start = at.checked_sub(1).and_then(|p| self.ends.get(p)).map_or(0, |e| *e as usize);
            std::str::from_utf8(self.text.get(start..*self.ends.get(at)? as usize)?).ok()
        });
        lemmas.into_iter().flat_map(|text| text.split(BETWEEN))
    }

    /// The first lemma of a form.
    pub(super) fn first(&self, form: &str) -> Option<&str> {
        self.all(form).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_where_they_are() {
        let spread: Vec<u64> = (1..500_u64).map(|i| (i * (u64::MAX / 500)) ^ i).collect();
        let crowded: Vec<u64> = (0..300).map(|i| i * 3).chain([u64::MAX - 1, u64::MAX]).collect();
        for list in [&spread[..], &crowded, &[], &[7]] {
            let near = list.iter().flat_map(|n| [n.wrapping_sub(1), *n, n.wrapping_add(1)]);
            for number in near.chain([0, u64::MAX, u64::MAX / 2]) {
                let expected = list.binary_search(&number).ok();
                assert_eq!(place_of(list, number), expected, "{number} of {}", list.len());
            }
        }
    }
}
