//! Vectors of tokens in their context: hashed features, a mixing layer, and window layers with residuals.
//!
//! # Source
//!
//! spaCy 3.8, `MultiHashEmbed` and `MaxoutWindowEncoder` (<https://spacy.io/api/architectures>), as described for this
//! project in the recipe of the language engine.

use std::sync::RwLock;

use crate::kernels::{
    Buffer, Floats, Job, LANES, Level, Norm, PIECES_MAX, Packed, Pairs, Short, product_by,
    short_pairs, window_pairs,
};
use crate::lexeme::Lexeme;
use crate::pack::{
    Error, Reader, Writer,
    model::{Array, Model, Node},
    msgpack::Value,
};

mod cache;
mod forms;
mod statics;
use cache::Cache;
use statics::Statics;
pub(crate) use statics::WordVectors;

/// What the networks see of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    pub(crate) lexeme: Lexeme,
    /// Whether one blank follows.
    pub(crate) space_after: bool,
}

/// A feature that is looked up by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// Tables that a network may have.
const TABLES_MAX: usize = 7;

/// Memory for what is known of word forms: of a network of usual width 1,360 of them; in 16-bit numbers, for which other
/// weights need not be in memory, 3,970.
const FORMS_BYTES_MAX: usize = 5 << 20;
const SHORT_BYTES_MAX: usize = 8 << 20;

/// What tells word forms apart: all features of a token follow from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    orth: u64,
    /// Tokenizer exceptions may give one word several norms.
    norm: u64,
    space_after: bool,
}

/// A table of vectors that is looked up by four hashes of a feature.
#[derive(Debug)]
struct Table {
    feature: Feature,
    seed: u64,
    rows: usize,
    vectors: Floats,
    /// The part of the mixing layer's matrix that this feature is multiplied with.
    part: Packed,
    /// The same in 16-bit numbers, where the engine was told to use it.
    part_short: Option<Short>,
}

/// A maxout layer with its norm.
#[derive(Debug)]
struct Layer {
    matrix: Packed,
    gain: Floats,
    shift: Floats,
    /// The matrix in 16-bit numbers, where the engine was told to use it.
    short: Option<Short>,
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
    statics: Option<Statics>,
    /// Only the bias and the norm.
    mix: Layer,
    /// Of the first only the bias and the norm are there; the others take rows in pairs.
    windows: Vec<Layer>,
    /// The first window layer's matrix cut in three (row before, row itself, row after): its products depend on one token
    /// each, so they are computed once for a word form.
    first: Packed,
    first_short: Option<Short>,
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
    ///
    /// `words` are the pack's static word vectors, which some networks read.
    pub(crate) fn from_model(
        model: &Model<'_>,
        words: Option<&WordVectors>,
    ) -> Result<Self, Error> {
        let extract = model.layer("extract_features")?;
        let columns = model.attribute(extract, "columns")?;
        let columns: Vec<&str> =
            columns.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let hashes = model.layers(|n| n == "hashembed");
        if columns.len() != hashes.len() || columns.is_empty() || columns.len() > TABLES_MAX {
            return Err(model.broken(format!(
                "{} features for {} tables",
                columns.len(),
                hashes.len()
            )));
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
        let mix_weights = model.array(mix, "W", 3)?;
        let mix = read_layer(model, mix, mix_norm)?;
        let (width, pieces) = (mix.gain.len(), mix.matrix.panel_vectors);
        let mix_inputs = mix_weights.shape.get(2).copied().unwrap_or(0);
        // the part of the mixing layer's matrix that one feature is multiplied with
        let mix_part = |part: usize| {
            let weight = |output: usize, piece: usize, input: usize| {
                mix_weights.at((output * pieces + piece) * mix_inputs + part * width + input)
            };
            Packed::maxout(width, width, pieces, weight, |_, _| 0.0)
        };
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
            if tables.iter().any(|table: &Table| table.feature == feature) {
                return Err(model.unsupported(format!("two tables for the feature {column}")));
            }
            let vectors = model.array(node, "E", 2)?;
            let [rows, columns] = vectors.shape[..] else {
                return Err(model.broken("a table of another shape"));
            };
            if rows == 0 || columns != width {
                return Err(model.broken("the tables and layers do not fit each other"));
            }
            let vectors = Floats::from_fn(vectors.len(), |i| vectors.at(i));
            let part = mix_part(tables.len());
            tables.push(Table {
                feature,
                seed: number("seed")?,
                rows,
                vectors,
                part,
                part_short: None,
            });
        }
        let statics = Statics::from_model(model, words, mix_part(tables.len()))?;
        if mix_inputs != width * (tables.len() + usize::from(statics.is_some())) {
            return Err(model.broken("the tables and layers do not fit each other"));
        }
        let (mut windows, mut first) = (Vec::new(), None);
        for (node, norm) in layers {
            let mut layer = read_layer(model, node, norm)?;
            let (weights, pieces) = (model.array(node, "W", 3)?, layer.matrix.panel_vectors);
            if layer.gain.len() != width || weights.shape.get(2) != Some(&(3 * width)) {
                return Err(model.broken("the window layers do not fit each other"));
            }
            if first.is_none() {
                first = Some(split_window(&weights, &layer.matrix, width));
            } else {
                let bias = model.array(node, "b", 2)?;
                let weight = |o, p, i| weights.at((o * pieces + p) * 3 * width + i);
                let bias = |o, p| bias.at(o * pieces + p);
                layer.matrix = Packed::pairs(width, width, pieces, weight, bias);
            }
            windows.push(layer);
        }
        let first = first.ok_or_else(|| model.broken("no window layers"))?;
        let cache = RwLock::default();
        let mut net =
            Self { width, tables, statics, mix, windows, first, first_short: None, cache };
        net.forget();
        Ok(net)
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let has_statics = self.statics.is_some();
        to.value(&(self.width, self.tables.len(), self.windows.len(), has_statics));
        for table in &self.tables {
            to.value(&(table.feature as usize, table.seed, table.rows));
            to.column(&table.vectors);
            to.packed(&table.part);
        }
        for layer in std::iter::once(&self.mix).chain(&self.windows) {
            to.packed(&layer.matrix);
            to.column(&layer.gain);
            to.column(&layer.shift);
        }
        to.packed(&self.first);
        if let Some(statics) = &self.statics {
            statics.save(to);
        }
    }

    pub(crate) fn open(from: &mut Reader) -> Result<Self, Error> {
        let (width, table_count, window_count, has_statics): (usize, usize, usize, bool) =
            from.value()?;
        let mut tables = Vec::new();
        for _ in 0..table_count.min(TABLES_MAX) {
            let (feature, seed, rows): (usize, u64, usize) = from.value()?;
            let (vectors, part): (Floats, Packed) = (from.column()?, from.packed()?);
            let feature = Feature::ALL.get(feature).copied();
            let feature = feature
                .filter(|f| tables.iter().all(|table: &Table| table.feature != *f))
                .ok_or_else(|| from.broken("has a table of no feature"))?;
            tables.push(Table { feature, seed, rows, vectors, part, part_short: None });
        }
        let layer = |from: &mut Reader| {
            let (matrix, gain, shift) = (from.packed()?, from.column()?, from.column()?);
            let layer = Layer { matrix, gain, shift, short: None };
            let sound = layer.gain.len() == width && layer.shift.len() == width;
            if sound { Ok(layer) } else { Err(from.broken("has a layer of another size")) }
        };
        let mix = layer(from)?;
        let mut windows = Vec::new();
        for _ in 0..window_count {
            windows.push(layer(from)?);
        }
        let first = from.packed()?;
        let statics = if has_statics { Some(Statics::open(from, width)?) } else { None };
        let outputs = mix.matrix.outputs;
        let mut parts = tables.iter().map(|t| &t.part).chain(statics.iter().map(|s| &s.part));
        let sound = width > 0
            && tables
                .iter()
                .all(|t| t.rows > 0 && t.rows.checked_mul(width) == Some(t.vectors.len()))
            && parts.all(|part| part.inputs == width && part.outputs == outputs)
            && !windows.is_empty()
            && windows.iter().skip(1).all(|w| w.matrix.inputs == 4 * width)
            && windows.first().is_some_and(|w| first.outputs == 3 * w.matrix.outputs);
        if !sound {
            return Err(from.broken("has layers that do not fit each other"));
        }
        let cache = RwLock::default();
        let mut net =
            Self { width, tables, statics, mix, windows, first, first_short: None, cache };
        net.forget();
        Ok(net)
    }

    /// Makes the matrices in 16-bit numbers as well, or forgets them; tells whether this processor can use them.
    pub(crate) fn set_short(&mut self, level: Level, on: bool) -> bool {
        let short = |matrix: &Packed| if on { Short::new(level, matrix) } else { None };
        for table in &mut self.tables {
            table.part_short = short(&table.part);
        }
        self.first_short = short(&self.first);
        for layer in self.windows.iter_mut().skip(1) {
            layer.short = short(&layer.matrix);
        }
        self.forget();
        self.first_short.is_some() == on
            && self.windows.iter().skip(1).all(|layer| layer.short.is_some() == on)
    }

    /// Forgets what is known of word forms.
    fn forget(&mut self) {
        let bytes = if self.first_short.is_some() { SHORT_BYTES_MAX } else { FORMS_BYTES_MAX };
        self.cache = RwLock::new(Cache::new(bytes, self.entry_len()));
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
        let mut from = Buffer::new(rows * width);
        let mut to = Buffer::new(rows * width);
        self.first_window(level, documents, &first_rows, &mut from);
        let mut pairs = Vec::with_capacity(rows / 2 + 1);
        for (depth, layer) in self.windows.iter().enumerate().skip(1) {
            // the rows outside a document that the layers above will look at
            let reach = (pads - 1 - depth) as u32;
            pairs.clear();
            for (document, first) in documents.iter().zip(&first_rows) {
                // where the number of rows is odd, one more is computed, which nobody looks at
                let rows = first - reach..first + document.len() as u32 + reach;
                pairs.extend(rows.step_by(2));
            }
            let mut job = Pairs { input: &from, output: &mut to, first_rows: &pairs };
            match &layer.short {
                Some(short) => short_pairs(level, short, layer.norm(), &mut job),
                None => window_pairs(level, &layer.matrix, layer.norm(), &mut job),
            }
            std::mem::swap(&mut from, &mut to);
        }
        Vectors { width, rows: from, first_rows }
    }
}

fn read_layer(model: &Model<'_>, layer: &Node<'_>, norm: &Node<'_>) -> Result<Layer, Error> {
    let (w, b) = (model.array(layer, "W", 3)?, model.array(layer, "b", 2)?);
    let (gain, shift) = (model.array(norm, "G", 1)?, model.array(norm, "b", 1)?);
    let [outputs, pieces, _] = w.shape[..] else {
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
    Ok(Layer {
        matrix: Packed::maxout_bias(outputs, pieces, |o, p| b.at(o * pieces + p)),
        gain: Floats::from_fn(outputs, |i| gain.at(i)),
        shift: Floats::from_fn(outputs, |i| shift.at(i)),
        short: None,
    })
}

/// Multiplies rows of numbers, one after the other.
fn multiplied(level: Level, numbers: &[f32], matrix: &Packed, short: Option<&Short>) -> Buffer {
    let (inputs, outputs) = (matrix.inputs.max(1), matrix.outputs);
    let rows: Vec<u32> = (0..(numbers.len() / inputs) as u32).collect();
    let mut output = Buffer::new(rows.len() * outputs);
    let mut job = Job {
        input: numbers,
        input_stride: inputs,
        output: &mut output,
        output_stride: outputs,
        output_start: 0,
        rows: &rows,
    };
    product_by(level, matrix, short, &mut job);
    output
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
