//! Static word vectors: a table from words to rows, which a network reads beside its hashed features.
//!
//! What a network does with a word's vector first is to multiply it by a matrix of its own. That product is computed when
//! the pack is compiled, and the original vectors are not needed any more.

use std::path::Path;

use super::multiplied;
use crate::kernels::{Column, Floats, Level, Packed};
use crate::pack::{Error, Reader, Writer, model::Model, msgpack::Value, npy};

/// The vectors of a pack's vocabulary.
#[derive(Debug)]
pub(crate) struct WordVectors {
    /// The number of each word and its row, by number.
    rows: Vec<(u64, u32)>,
    numbers: Vec<f32>,
    /// Length of a vector.
    width: usize,
}

impl WordVectors {
    /// Reads `vocab/vectors` and `vocab/key2row`.
    pub(crate) fn read(
        vectors_file: &Path,
        vectors: Vec<u8>,
        rows_file: &Path,
        rows: &[u8],
    ) -> Result<Self, Error> {
        let broken = |what: &str| Error::broken(vectors_file, what.to_owned());
        let array = npy::read(vectors).ok_or_else(|| broken("is no array"))?;
        let [count, width] = array.shape[..] else { return Err(broken("is no table")) };
        if array.kind != "<f4" {
            return Err(Error::unsupported(vectors_file, "does not hold 32-bit floats"));
        }
        let numbers = array.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        let value = Value::read(rows).map_err(|what| Error::broken(rows_file, what))?;
        let mut rows = Vec::new();
        for (key, row) in value.as_map().unwrap_or(&[]) {
            let row = row.as_u64().filter(|row| *row < count as u64);
            let (Some(key), Some(row)) = (key.as_u64(), row) else {
                return Err(Error::broken(rows_file, "a word has a row that is not there"));
            };
            rows.push((key, row as u32));
        }
        rows.sort_unstable();
        Ok(Self { rows, numbers: numbers.collect(), width })
    }
}

/// The vectors as one network sees them.
#[derive(Debug)]
pub(super) struct Statics {
    /// Numbers of words, rising.
    keys: Column<u64>,
    rows: Column<u32>,
    vectors: Floats,
    /// The part of the mixing layer's matrix that they are multiplied with.
    pub(super) part: Packed,
}

/// Numbers of all vectors of one network, 4 bytes each.
const NUMBERS_MAX: usize = 1 << 28;

/// Vectors that are multiplied at once.
const ROWS_MAX: usize = 256;

impl Statics {
    /// The table for a network that reads static vectors; `None` for one that does not.
    pub(super) fn from_model(
        model: &Model<'_>,
        words: Option<&WordVectors>,
        part: Packed,
    ) -> Result<Option<Self>, Error> {
        let [node] = model.layers(|n| n == "static_vectors")[..] else { return Ok(None) };
        let words = words.ok_or_else(|| {
            model.broken("the network reads static word vectors, of which the pack has none")
        })?;
        let weights = model.array(node, "W", 2)?;
        let [width, inputs] = weights.shape[..] else {
            return Err(model.broken("static vectors of another shape"));
        };
        if inputs != words.width || width != part.inputs {
            return Err(model.broken(format!(
                "the network makes {width} numbers of word vectors of {inputs}, the pack has {}",
                words.width
            )));
        }
        if words.numbers.len() / inputs.max(1) > NUMBERS_MAX / width.max(1) {
            return Err(
                model.unsupported(format!("more than {NUMBERS_MAX} numbers of word vectors"))
            );
        }
        let matrix = Packed::new(inputs, width, 3, |o, i| weights.at(o * inputs + i), |_| 0.0);
        let mut vectors = Vec::new();
        for some in words.numbers.chunks(ROWS_MAX * inputs.max(1)) {
            vectors.extend_from_slice(&multiplied(Level::detect(), some, &matrix, None));
        }
        let (keys, rows): (Vec<u64>, Vec<u32>) = words.rows.iter().copied().unzip();
        Ok(Some(Self {
            keys: Column::from(&keys[..]),
            rows: Column::from(&rows[..]),
            vectors: Column::from(&vectors[..]),
            part,
        }))
    }

    pub(super) fn save(&self, to: &mut Writer) {
        to.column(&self.keys);
        to.column(&self.rows);
        to.column(&self.vectors);
        to.packed(&self.part);
    }

    pub(super) fn open(from: &mut Reader, width: usize) -> Result<Self, Error> {
        let (keys, rows, vectors) = (from.column()?, from.column()?, from.column()?);
        let part = from.packed()?;
        if part.inputs != width {
            return Err(from.broken("has word vectors of another size"));
        }
        Ok(Self { keys, rows, vectors, part })
    }

    /// A word's vector; nothing where it has none.
    pub(super) fn vector(&self, word: u64) -> Option<&[f32]> {
        let at = self.keys.binary_search(&word).ok()?;
        let (width, row) = (self.part.inputs, *self.rows.get(at)? as usize);
        self.vectors.get(row * width..(row + 1) * width)
    }
}
