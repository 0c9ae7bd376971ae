//! Vectors of tokens in their context: hashed features, a mixing layer, and window layers with residuals.
//!
//! # Source
//!
//! spaCy 3.8, `MultiHashEmbed` and `MaxoutWindowEncoder` (<https://spacy.io/api/architectures>), as described for this
//! project in the recipe of the language engine.

use std::sync::RwLock;

use rustc_hash::FxHashMap;

use crate::kernels::{
    Buffer, Floats, Job, LANES, Level, Norm, PIECES_MAX, Packed, Window, maxout_norm, product,
    window_norm,
};
use crate::lexeme::Lexeme;
use crate::pack::{
    Error, Reader, Writer,
    model::{Array, Model, Node},
    msgpack::Value,
};

mod cache;
use cache::Cache;

/// What the networks see of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    pub(crate) lexeme: Lexeme,
    /// Whether one blank follows.
    pub(crate) space_after: bool,
}

/// A feature that is looked up by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Norm,
    Prefix,
    Suffix,
    Shape,
    Spacy,
    IsSpace,
}

impl Feature {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "NORM" => Self::Norm,
            "PREFIX" => Self::Prefix,
            "SUFFIX" => Self::Suffix,
            "SHAPE" => Self::Shape,
            "SPACY" => Self::Spacy,
            "IS_SPACE" => Self::IsSpace,
            _ => return None,
        })
    }

    const ALL: [Self; 6] =
        [Self::Norm, Self::Prefix, Self::Suffix, Self::Shape, Self::Spacy, Self::IsSpace];

    fn number(self, features: &Features) -> u64 {
        match self {
            Self::Norm => features.lexeme.norm,
            Self::Prefix => features.lexeme.prefix,
            Self::Suffix => features.lexeme.suffix,
            Self::Shape => features.lexeme.shape,
            Self::Spacy => u64::from(features.space_after),
            Self::IsSpace => u64::from(features.lexeme.is_space),
        }
    }
}

/// Features that a network may have.
pub(crate) const FEATURES_MAX: usize = 8;

/// The numbers of a token's features, unused places zero.
pub(crate) type Key = [u64; FEATURES_MAX];

/// A table of vectors that is looked up by four hashes of a feature.
#[derive(Debug)]
struct Table {
    feature: Feature,
    seed: u64,
    rows: usize,
    vectors: Floats,
}

/// A maxout layer with its norm.
#[derive(Debug)]
struct Layer {
    matrix: Packed,
    gain: Floats,
    shift: Floats,
}

impl Layer {
    fn norm(&self) -> Norm<'_> {
        // thinc adds the same epsilon
        Norm { gain: &self.gain, shift: &self.shift, epsilon: 1e-8 }
    }
}

/// A network that gives tokens their vectors.
#[derive(Debug)]
pub(crate) struct Tok2Vec {
    /// Length of a vector.
    pub(crate) width: usize,
    tables: Vec<Table>,
    mix: Layer,
    windows: Vec<Layer>,
    /// The first window layer's matrix cut in three (row before, row itself, row after): its products depend on one token
    /// each, so they are computed once for a word form.
    first: Packed,
    cache: RwLock<Cache>,
}

/// Vectors of the tokens of several documents; the row of a token is its document's first row and its index.
#[derive(Debug, Default)]
pub(crate) struct Vectors {
    pub(crate) width: usize,
    pub(crate) rows: Buffer,
    /// Row of each document's first token.
    pub(crate) first_rows: Vec<u32>,
}

impl Vectors {
    /// The rows of all tokens of documents of the given lengths.
    pub(crate) fn rows_of<'a>(&'a self, lens: &'a [usize]) -> impl Iterator<Item = u32> + 'a {
        self.first_rows.iter().zip(lens).flat_map(|(first, len)| *first..*first + *len as u32)
    }
}

impl Tok2Vec {
    /// Takes the network's layers out of a model file (which may hold others as well).
    pub(crate) fn from_model(model: &Model<'_>) -> Result<Self, Error> {
        if !model.layers(|n| n == "static_vectors").is_empty() {
            return Err(model.unsupported(
                "the network reads static word vectors, which are not supported yet",
            ));
        }
        let extract = model.layer("extract_features")?;
        let columns = model.attribute(extract, "columns")?;
        let columns: Vec<&str> =
            columns.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let hashes = model.layers(|n| n == "hashembed");
        if columns.len() != hashes.len() || columns.is_empty() || columns.len() > FEATURES_MAX {
            return Err(model.broken(format!(
                "{} features for {} tables",
                columns.len(),
                hashes.len()
            )));
        }
        let mut tables = Vec::new();
        for node in hashes {
            let number = |name| {
                let value = model.attribute(node, name)?.as_u64();
                value.ok_or_else(|| {
                    model.broken(format!("attribute {name} of a table is no number"))
                })
            };
            let column =
                usize::try_from(number("column")?).ok().and_then(|c| columns.get(c).copied());
            let column = column.ok_or_else(|| model.broken("a table of no feature"))?;
            let feature = Feature::of(column).ok_or_else(|| {
                model.unsupported(format!("the feature {column} is not known here"))
            })?;
            let vectors = model.array(node, "E", 2)?;
            let rows = vectors.shape.first().copied().unwrap_or(0);
            let vectors = Floats::from_fn(vectors.len(), |i| vectors.at(i));
            tables.push(Table { feature, seed: number("seed")?, rows, vectors });
        }
        let layers = model.layers(|n| n == "maxout");
        let norms = model.layers(|n| n == "layernorm");
        if layers.len() != norms.len() || layers.len() < 2 {
            return Err(model.unsupported("the network has no window layers"));
        }
        for node in model.layers(|n| n == "expand_window") {
            if model.attribute(node, "window_size")?.as_u64() != Some(1) {
                return Err(model
                    .unsupported("windows wider than one token to each side are not known here"));
            }
        }
        let mut layers = layers.into_iter().zip(norms);
        let Some((mix, mix_norm)) = layers.next() else { return Err(model.broken("no layers")) };
        let mix = read_layer(model, mix, mix_norm)?;
        let width = mix.gain.len();
        let (mut windows, mut first) = (Vec::new(), None);
        for (node, norm) in layers {
            let layer = read_layer(model, node, norm)?;
            if layer.gain.len() != width || layer.matrix.inputs != 3 * width {
                return Err(model.broken("the window layers do not fit each other"));
            }
            if first.is_none() {
                first = Some(split_window(&model.array(node, "W", 3)?, &layer.matrix, width));
            }
            windows.push(layer);
        }
        let sound = tables.iter().all(|t| t.rows > 0 && t.vectors.len() == t.rows * width)
            && mix.matrix.inputs == width * tables.len();
        let Some(first) = first.filter(|_| sound) else {
            return Err(model.broken("the tables and layers do not fit each other"));
        };
        Ok(Self { width, tables, mix, windows, first, cache: RwLock::default() })
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        to.value(&(self.width, self.tables.len(), self.windows.len()));
        for table in &self.tables {
            to.value(&(table.feature as usize, table.seed, table.rows));
            to.column(&table.vectors);
        }
        for layer in std::iter::once(&self.mix).chain(&self.windows) {
            to.packed(&layer.matrix);
            to.column(&layer.gain);
            to.column(&layer.shift);
        }
        to.packed(&self.first);
    }

    pub(crate) fn open(from: &mut Reader) -> Result<Self, Error> {
        let (width, table_count, window_count): (usize, usize, usize) = from.value()?;
        let mut tables = Vec::new();
        for _ in 0..table_count.min(FEATURES_MAX) {
            let (feature, seed, rows): (usize, u64, usize) = from.value()?;
            let vectors: Floats = from.column()?;
            let feature = Feature::ALL.get(feature).copied();
            let sound = rows > 0 && rows.checked_mul(width) == Some(vectors.len());
            let Some(feature) = feature.filter(|_| sound) else {
                return Err(from.broken("has a table of another size"));
            };
            tables.push(Table { feature, seed, rows, vectors });
        }
        let layer = |from: &mut Reader| {
            let layer =
                Layer { matrix: from.packed()?, gain: from.column()?, shift: from.column()? };
            let sound = layer.gain.len() == width && layer.shift.len() == width;
            if sound { Ok(layer) } else { Err(from.broken("has a layer of another size")) }
        };
        let mix = layer(from)?;
        let mut windows = Vec::new();
        for _ in 0..window_count {
            windows.push(layer(from)?);
        }
        let first = from.packed()?;
        let sound = width > 0
            && mix.matrix.inputs == width * tables.len()
            && !windows.is_empty()
            && windows.iter().all(|w| w.matrix.inputs == 3 * width)
            && windows.first().is_some_and(|w| first.outputs == 3 * w.matrix.outputs);
        if !sound {
            return Err(from.broken("has layers that do not fit each other"));
        }
        Ok(Self { width, tables, mix, windows, first, cache: RwLock::default() })
    }

    fn key(&self, features: &Features) -> Key {
        let mut key = Key::default();
        for (to, table) in key.iter_mut().zip(&self.tables) {
            *to = table.feature.number(features);
        }
        key
    }

    /// Computes the vectors of documents.
    pub(crate) fn run(&self, level: Level, documents: &[&[Features]]) -> Vectors {
        let width = self.width;
        let pads = self.windows.len();
        // one guard row at each end, `pads` empty rows before, between and after documents: so many that none sees another
        let mut first_rows = Vec::with_capacity(documents.len());
        let mut rows = 1 + pads;
        for document in documents {
            first_rows.push(rows as u32);
            rows += document.len() + pads;
        }
        rows += 1;
        let products = self.products(level, documents);
        let mut from = Buffer::new(rows * width);
        let mut to = Buffer::new(rows * width);
        let mut done = 0;
        for (document, first) in documents.iter().zip(&first_rows) {
            let entries = products.of_token.get(done..done + document.len()).unwrap_or(&[]);
            done += document.len();
            self.first_window(level, &products, entries, *first as usize, &mut from);
        }
        let mut list = Vec::with_capacity(rows);
        for (depth, layer) in self.windows.iter().enumerate().skip(1) {
            // the rows outside a document that the layers above will look at
            let reach = (pads - 1 - depth) as u32;
            list.clear();
            for (document, first) in documents.iter().zip(&first_rows) {
                // the window of a row starts one row before it, and the row is written one row behind that start
                let start = first - 1;
                list.extend(start - reach..start + document.len() as u32 + reach);
            }
            let mut job = Job {
                input: &from,
                input_stride: width,
                output: &mut to,
                output_stride: width,
                output_start: width,
                rows: &list,
            };
            maxout_norm(level, &layer.matrix, layer.norm(), &from, &mut job);
            std::mem::swap(&mut from, &mut to);
        }
        Vectors { width, rows: from, first_rows }
    }

    /// Computes the first window layer of one document from the known products.
    fn first_window(
        &self,
        level: Level,
        products: &Products,
        entries: &[u32],
        first_row: usize,
        to: &mut [f32],
    ) {
        let (width, Some(layer)) = (self.width, self.windows.first()) else { return };
        let outputs = layer.matrix.outputs;
        let reach = self.windows.len() - 1;
        // index 0 stands `reach + 1` places before the first token
        let entry = |at: usize| {
            let token = at.checked_sub(reach + 1).and_then(|i| entries.get(i));
            products.entry(token.copied())
        };
        let part = |entry: usize, which: usize| {
            let start = width + which * outputs;
            products.numbers.get(entry + start..entry + start + outputs).unwrap_or(&[])
        };
        for at in 1..=entries.len() + 2 * reach {
            let (before, own, after) = (entry(at - 1), entry(at), entry(at + 1));
            let window = Window {
                parts: [part(before, 0), part(own, 1), part(after, 2)],
                residual: products.numbers.get(own..own + width).unwrap_or(&[]),
            };
            let row = first_row + at - reach - 1;
            if let Some(output) = to.get_mut(row * width..(row + 1) * width) {
                window_norm(level, &layer.matrix, layer.norm(), window, output);
            }
        }
    }

    /// Numbers that are kept for a word form: its mixed vector and its three products with the first window.
    fn entry_len(&self) -> usize {
        self.width + self.first.outputs
    }

    /// Collects what is known of the word forms of the documents, and computes what is not.
    fn products(&self, level: Level, documents: &[&[Features]]) -> Products {
        let len = self.entry_len();
        let mut products = Products { len, numbers: vec![0.0; len], of_token: Vec::new() };
        let mut places: FxHashMap<Key, u32> = FxHashMap::default();
        let mut missing: Vec<Key> = Vec::new();
        if let Ok(cache) = self.cache.read() {
            for features in documents.iter().copied().flatten() {
                let key = self.key(features);
                let next = places.len() as u32 + 1;
                let place = *places.entry(key).or_insert(next);
                products.of_token.push(place);
                if place == next {
                    if let Some(known) = cache.get(&key) {
                        products.numbers.extend_from_slice(known);
                    } else {
                        products.numbers.resize(products.numbers.len() + len, 0.0);
                        missing.push(key);
                    }
                }
            }
        }
        if missing.is_empty() {
            return products;
        }
        let computed = self.compute(level, &missing);
        for (key, numbers) in missing.iter().zip(computed.chunks_exact(len)) {
            let at = places.get(key).map_or(0, |p| *p as usize) * len;
            if let Some(to) = products.numbers.get_mut(at..at + len) {
                to.copy_from_slice(numbers);
            }
        }
        if let Ok(mut cache) = self.cache.write() {
            for (key, numbers) in missing.into_iter().zip(computed.chunks_exact(len)) {
                cache.insert(key, numbers);
            }
        }
        products
    }

    /// Mixes the hashed vectors of word forms and multiplies them with the first window.
    fn compute(&self, level: Level, keys: &[Key]) -> Buffer {
        let (width, len) = (self.width, self.entry_len());
        let inputs = self.mix.matrix.inputs;
        let mut hashed = Buffer::zeroed(keys.len() * inputs);
        for (key, to) in keys.iter().zip(hashed.chunks_exact_mut(inputs)) {
            for ((number, table), to) in
                key.iter().zip(&self.tables).zip(to.chunks_exact_mut(width))
            {
                for hash in hashes(*number, table.seed) {
                    let row = hash as usize % table.rows;
                    let vector = table.vectors.get(row * width..(row + 1) * width).unwrap_or(&[]);
                    for (to, from) in to.iter_mut().zip(vector) {
                        *to += from;
                    }
                }
            }
        }
        let rows: Vec<u32> = (0..keys.len() as u32).collect();
        let mut mixed = Buffer::new(keys.len() * width);
        let mut job = Job {
            input: &hashed,
            input_stride: inputs,
            output: &mut mixed,
            output_stride: width,
            output_start: 0,
            rows: &rows,
        };
        maxout_norm(level, &self.mix.matrix, self.mix.norm(), &[], &mut job);
        let mut numbers = Buffer::new(keys.len() * len);
        let mut job = Job {
            input: &mixed,
            input_stride: width,
            output: &mut numbers,
            output_stride: len,
            output_start: width,
            rows: &rows,
        };
        product(level, &self.first, &mut job);
        for (to, from) in numbers.chunks_exact_mut(len).zip(mixed.chunks_exact(width)) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        numbers
    }
}

/// What is known of the word forms of some documents; the first entry is zero and stands for "no token".
struct Products {
    len: usize,
    numbers: Vec<f32>,
    /// The entry of each token, over all documents.
    of_token: Vec<u32>,
}

impl Products {
    /// Where an entry starts.
    fn entry(&self, token: Option<u32>) -> usize {
        token.map_or(0, |entry| entry as usize * self.len)
    }
}

fn read_layer(model: &Model<'_>, layer: &Node<'_>, norm: &Node<'_>) -> Result<Layer, Error> {
    let (w, b) = (model.array(layer, "W", 3)?, model.array(layer, "b", 2)?);
    let (gain, shift) = (model.array(norm, "G", 1)?, model.array(norm, "b", 1)?);
    let [outputs, pieces, inputs] = w.shape[..] else {
        return Err(model.broken("a layer of another shape"));
    };
    if b.shape != [outputs, pieces] || gain.shape != [outputs] || shift.shape != [outputs] {
        return Err(model.broken("a layer, its bias and its norm do not fit each other"));
    }
    if !outputs.is_multiple_of(LANES) || !(1..=PIECES_MAX).contains(&pieces) {
        let what = format!(
            "a layer of width {outputs} with {pieces} pieces is not known here (16, 32, 48 …; 1 to 4)"
        );
        return Err(model.unsupported(what));
    }
    let weight = |output, piece, input| w.at((output * pieces + piece) * inputs + input);
    Ok(Layer {
        matrix: Packed::maxout(inputs, outputs, pieces, weight, |o, p| b.at(o * pieces + p)),
        gain: Floats::from_fn(outputs, |i| gain.at(i)),
        shift: Floats::from_fn(outputs, |i| shift.at(i)),
    })
}

/// Cuts the first window's matrix in three: what the row before, the row itself and the row after are multiplied with.
fn split_window(w: &Array<'_>, packed: &Packed, width: usize) -> Packed {
    let (columns, pieces) = (packed.outputs, packed.panel_vectors);
    let weight = |column: usize, input: usize| {
        let (output, piece) = Packed::maxout_place(column % columns, pieces);
        w.at((output * pieces + piece) * 3 * width + column / columns * width + input)
    };
    Packed::new(width, 3 * columns, 3, weight, |_| 0.0)
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
