//! A class for every token from its vector: the tagger, the morphologizer and the sentence recogniser.

use crate::kernels::{Buffer, Job, Level, Packed, product};
use crate::pack::{Error, Reader, Writer, model::Model};
use crate::tok2vec::Vectors;

/// A linear layer of which the best class counts.
#[derive(Debug)]
pub(crate) struct Classifier {
    matrix: Packed,
    classes: usize,
}

impl Classifier {
    /// Takes the layer out of a model file; `classes` is how many labels the component has.
    pub(crate) fn from_model(
        model: &Model<'_>,
        width: usize,
        classes: usize,
    ) -> Result<Self, Error> {
        let node = model.layer("softmax")?;
        let (w, b) = (model.array(node, "W", 2)?, model.array(node, "b", 1)?);
        if w.shape != [classes, width] || b.shape != [classes] {
            return Err(model.broken(format!(
                "the layer does not give {classes} classes from vectors of {width}"
            )));
        }
        let matrix = Packed::new(width, classes, 3, |o, i| w.at(o * width + i), |o| b.at(o));
        Ok(Self { matrix, classes })
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        to.value(&self.classes);
        to.packed(&self.matrix);
    }

    pub(crate) fn open(from: &mut Reader) -> Result<Self, Error> {
        let (classes, matrix) = (from.value()?, from.packed()?);
        Ok(Self { matrix, classes })
    }

    /// The class of every token of every document, in order.
    pub(crate) fn classes(&self, level: Level, vectors: &Vectors, lens: &[usize]) -> Vec<u32> {
        let mut classes = Vec::new();
        self.for_scores(level, vectors, lens, |scores| classes.push(best(scores)));
        classes
    }

    /// Calls `f` with the scores of all classes, for every token of every document, in order.
    pub(crate) fn for_scores(
        &self,
        level: Level,
        vectors: &Vectors,
        lens: &[usize],
        mut f: impl FnMut(&[f32]),
    ) {
        let rows: Vec<u32> = vectors.rows_of(lens).collect();
        let stride = self.matrix.outputs;
        let mut scores = Buffer::new(vectors.rows.len() / vectors.width.max(1) * stride);
        let mut job = Job {
            input: &vectors.rows,
            input_stride: vectors.width,
            output: &mut scores,
            output_stride: stride,
            output_start: 0,
            rows: &rows,
        };
        product(level, &self.matrix, &mut job);
        let of_row =
            |row: u32| scores.get(row as usize * stride..).and_then(|s| s.get(..self.classes));
        for row in rows {
            f(of_row(row).unwrap_or(&[]));
        }
    }
}

/// The index of the greatest number, the first of equals.
fn best(scores: &[f32]) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (i, score) in scores.iter().enumerate() {
        if *score > best.1 {
            best = (i as u32, *score);
        }
    }
    best.0
}
