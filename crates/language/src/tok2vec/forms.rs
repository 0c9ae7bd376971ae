//! What the networks know of word forms by themselves: their mixed vector and its products with the first window layer.

use std::sync::PoisonError;

use rustc_hash::FxHashMap;

use super::{Cache, Feature, Features, Key, Table, Tok2Vec, multiplied};
use crate::kernels::{
    Buffer, Job, Known, Level, SUMMED, half_known_norm, half_product, known_norm, prefetch,
    product, row_sums,
};

/// Where the numbers of a token's form are.
#[derive(Clone, Copy)]
enum Place<'a> {
    Known(&'a [f32]),
    /// The n-th of the forms that are not known yet.
    New(u32),
}

impl Tok2Vec {
    fn key(features: &Features, sees_space: bool) -> Key {
        let lexeme = &features.lexeme;
        Key {
            orth: lexeme.orth,
            norm: lexeme.norm,
            space_after: features.space_after && sees_space,
        }
    }

    /// Computes the first window layer of documents: what it multiplies depends on one word form each, so the products of
    /// forms that were met before are known.
    pub(super) fn first_window(
        &self,
        level: Level,
        documents: &[&[Features]],
        first_rows: &[u32],
        to: &mut [f32],
    ) {
        let sees_space = self.tables.iter().any(|table| table.feature == Feature::Spacy);
        let mut missing: Vec<Features> = Vec::new();
        let (mut computed, mut values) = (Buffer::default(), Vec::new());
        {
            // the guard is held while the numbers are used: nothing is copied
            let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
            let mut places = Vec::with_capacity(documents.iter().map(|d| d.len()).sum());
            let mut new: FxHashMap<Key, u32> = FxHashMap::default();
            for features in documents.iter().copied().flatten() {
                let key = Self::key(features, sees_space);
                places.push(match cache.get(&key) {
                    Some(numbers) => Place::Known(numbers),
                    None => Place::New(*new.entry(key).or_insert_with(|| {
                        missing.push(*features);
                        missing.len() as u32 - 1
                    })),
                });
            }
            if !missing.is_empty() {
                (computed, values) = self.compute(level, &cache, &missing);
            }
            let (mut places, none) = (places.as_slice(), Buffer::zeroed(self.entry_len()));
            for (document, first) in documents.iter().zip(first_rows) {
                let (of_document, rest) =
                    places.split_at_checked(document.len()).unwrap_or_default();
                places = rest;
                let computed = (&*computed, &*none);
                self.first_window_of(level, of_document, computed, *first as usize, to);
            }
        }
        // while others read, new forms are not waited with: they are computed again another time
        if !missing.is_empty()
            && let Ok(mut cache) = self.cache.try_write()
        {
            for (features, numbers) in missing.iter().zip(computed.chunks_exact(self.entry_len())) {
                cache.insert(Self::key(features, sees_space), numbers);
            }
            for (feature, value, products) in values {
                cache.insert_value(feature, value, products);
            }
        }
    }

    /// The first window layer of one document, and of the rows around it that the layers above will look at. `computed` are
    /// the numbers of new forms, and those of no form.
    fn first_window_of(
        &self,
        level: Level,
        places: &[Place<'_>],
        (computed, none): (&[f32], &[f32]),
        first_row: usize,
        to: &mut [f32],
    ) {
        let (width, Some(layer)) = (self.width, self.windows.first()) else { return };
        let len = self.entry_len();
        let reach = self.windows.len() - 1;
        // index 0 stands `reach + 1` places before the first token
        let numbers = |at: usize| match at.checked_sub(reach + 1).and_then(|i| places.get(i)) {
            Some(Place::Known(numbers)) => *numbers,
            Some(Place::New(n)) => {
                computed.get(*n as usize * len..(*n as usize + 1) * len).unwrap_or(none)
            }
            None => none,
        };
        for at in 1..=places.len() + 2 * reach {
            let (before, own, after) = (numbers(at - 1), numbers(at), numbers(at + 1));
            prefetch(numbers(at + AHEAD));
            let known = Known {
                parts: &[self.part(before, 0), self.part(own, 1), self.part(after, 2)],
                residual: own.get(..width).unwrap_or(&[]),
            };
            let row = first_row + at - reach - 1;
            if let Some(output) = to.get_mut(row * width..(row + 1) * width) {
                if self.first_short.is_some() {
                    half_known_norm(level, &layer.matrix, layer.norm(), known, output);
                } else {
                    known_norm(level, &layer.matrix, layer.norm(), known, output);
                }
            }
        }
    }

    /// The product of a form with the first, second or third part of the first window.
    fn part<'a>(&self, numbers: &'a [f32], which: usize) -> &'a [f32] {
        let outputs = self.product_len() / 3;
        let start = self.width + which * outputs;
        numbers.get(start..start + outputs).unwrap_or(&[])
    }

    /// Numbers that are kept for a word form: its mixed vector and its three products with the first window.
    pub(super) fn entry_len(&self) -> usize {
        self.width + self.product_len()
    }

    /// Places of a form's three products: of 16-bit numbers each holds two.
    fn product_len(&self) -> usize {
        let halves = if self.first_short.is_some() { 2 } else { 1 };
        self.first.outputs / halves
    }

    /// Mixes the features of word forms and multiplies the result with the first window.
    ///
    /// The mixing layer multiplies each feature with a part of its matrix. For features that have few values these products
    /// are known soon; what is new of them is given back, too.
    fn compute(&self, level: Level, cache: &Cache, forms: &[Features]) -> (Buffer, Vec<Value>) {
        let (width, len, outputs) = (self.width, self.entry_len(), self.mix.matrix.outputs);
        let (mut products, mut values) = (Vec::new(), Vec::new());
        for table in &self.tables {
            let number = |form: &Features| table.feature.number(form);
            let known: Vec<Option<&[f32]>> =
                forms.iter().map(|form| cache.value(table.feature, number(form))).collect();
            let all = forms.iter().zip(&known);
            let new: Vec<u64> =
                all.filter(|(_, known)| known.is_none()).map(|(form, _)| number(form)).collect();
            let rows: Vec<[u32; SUMMED]> =
                new.iter().map(|number| table.rows_of(*number)).collect();
            let mut vectors = Buffer::new(new.len() * width);
            row_sums(level, &table.vectors, width, &rows, &mut vectors);
            let computed = multiplied(level, &vectors, &table.part, table.part_short.as_ref());
            // there are too many norms
            if table.feature != Feature::Norm && cache.has_room_for_values() {
                let new = new.iter().zip(computed.chunks_exact(outputs));
                values.extend(new.map(|(number, to)| (table.feature, *number, to.into())));
            }
            products.push((known, computed));
        }
        if let Some(statics) = &self.statics {
            let mut vectors = Buffer::zeroed(forms.len() * width);
            for (form, to) in forms.iter().zip(vectors.chunks_exact_mut(width)) {
                add(to, statics.vector(form.lexeme.orth).unwrap_or(&[]));
            }
            let known = vec![None; forms.len()];
            products.push((known, multiplied(level, &vectors, &statics.part, None)));
        }
        let mut products: Vec<_> = products
            .iter()
            .map(|(known, computed)| (known.iter(), computed.chunks_exact(outputs)))
            .collect();
        let mut mixed = Buffer::new(forms.len() * width);
        let mut parts: Vec<&[f32]> = Vec::new();
        for to in mixed.chunks_exact_mut(width) {
            parts.clear();
            for (known, computed) in &mut products {
                parts.extend(known.next().copied().flatten().or_else(|| computed.next()));
            }
            let known = Known { parts: &parts, residual: &[] };
            known_norm(level, &self.mix.matrix, self.mix.norm(), known, to);
        }
        let rows: Vec<u32> = (0..forms.len() as u32).collect();
        let mut numbers = Buffer::new(forms.len() * len);
        let mut job = Job {
            input: &mixed,
            input_stride: width,
            output: &mut numbers,
            output_stride: len,
            output_start: width,
            rows: &rows,
        };
        match &self.first_short {
            Some(short) => half_product(level, short, &mut job),
            None => product(level, &self.first, &mut job),
        }
        for (to, from) in numbers.chunks_exact_mut(len).zip(mixed.chunks_exact(width)) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        (numbers, values)
    }
}

/// Places before a form's numbers are used that they are fetched.
const AHEAD: usize = 4;

impl Table {
    /// The rows whose sum is the vector of a feature's value.
    fn rows_of(&self, number: u64) -> [u32; SUMMED] {
        hashes(number, self.seed).map(|hash| (hash as usize % self.rows) as u32)
    }
}

/// What a value of a feature adds to the mixing layer.
type Value = (Feature, u64, Box<[f32]>);

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// The four hashes of a feature.
///
/// # Source
///
/// Austin Appleby, MurmurHash3 x64 128 bit, public domain, as thinc's `HashEmbed` calls it on one 64-bit number.
fn hashes(number: u64, seed: u64) -> [u32; 4] {
    let mix = |mut h: u64| {
        h ^= h >> 33;
        h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
        h ^= h >> 33;
        h = h.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        h ^ h >> 33
    };
    let k = number
        .wrapping_mul(0x87c3_7b91_1142_53d5)
        .rotate_left(31)
        .wrapping_mul(0x4cf5_ad43_2745_937f);
    let mut h1 = k ^ seed ^ 8;
    let mut h2 = seed ^ 8;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = mix(h1);
    h2 = mix(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    [h1 as u32, (h1 >> 32) as u32, h2 as u32, (h2 >> 32) as u32]
}
