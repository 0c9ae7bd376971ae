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
        let found = self.keys.binary_search(&strings::id(form)).ok();
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
