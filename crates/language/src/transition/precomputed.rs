//! What tokens add to the states that look at them, computed a little ahead of the state that needs it.

use rustc_hash::FxHashMap;

use super::Scorer;
use crate::kernels::{Buffer, Job, Level, half_product, product, short_product};
use crate::tok2vec::Vectors;

/// Tokens that are computed at once.
const BLOCK: usize = 32;

/// Tokens whose numbers are kept: of those of a whole batch most would be written to far memory and read from there again.
const KEPT: usize = 4 * BLOCK;

/// Older tokens that are computed again and kept; few sentences are so long that a state looks at one.
const OLD_MAX: usize = 64;

/// What each token of a batch adds to a state's hidden layer, by feature. Tokens are counted over the whole batch.
#[derive(Debug)]
pub(crate) struct Precomputed<'a> {
    scorer: &'a Scorer,
    level: Level,
    vectors: &'a Vectors,
    /// The row of each token.
    rows: Vec<u32>,
    /// The numbers of the token `t` stand in the row `t % KEPT`.
    numbers: Buffer,
    /// Tokens that have been computed.
    done: usize,
    old: FxHashMap<u32, Buffer>,
}

impl<'a> Precomputed<'a> {
    pub(super) fn new(
        scorer: &'a Scorer,
        level: Level,
        vectors: &'a Vectors,
        lens: &[usize],
    ) -> Self {
        let rows: Vec<u32> = vectors.rows_of(lens).collect();
        let numbers = Buffer::new(KEPT.min(rows.len()) * scorer.token_len());
        Self { scorer, level, vectors, rows, numbers, done: 0, old: FxHashMap::default() }
    }

    /// Sees to it that the numbers of these tokens are there.
    pub(super) fn reach(&mut self, tokens: impl Iterator<Item = u32> + Clone) {
        let last = tokens.clone().max().map_or(0, |token| token as usize);
        while self.done <= last && self.done < self.rows.len() {
            let end = (self.done + BLOCK).min(self.rows.len());
            let mut numbers = std::mem::take(&mut self.numbers);
            let stride = self.scorer.token_len();
            let to = numbers.get_mut(self.done % KEPT * stride..).unwrap_or_default();
            self.compute(self.done, end, to);
            self.numbers = numbers;
            self.done = end;
        }
        if self.done > KEPT {
            self.recompute(tokens);
        }
    }

    /// Computes tokens that are kept no more.
    fn recompute(&mut self, tokens: impl Iterator<Item = u32>) {
        if self.old.len() > OLD_MAX {
            self.old.clear();
        }
        for token in tokens.filter(|token| (*token as usize) < self.done - KEPT) {
            if !self.old.contains_key(&token) {
                let mut numbers = Buffer::new(self.scorer.token_len());
                self.compute(token as usize, token as usize + 1, &mut numbers);
                self.old.insert(token, numbers);
            }
        }
    }

    /// The numbers of a token and a feature, which are `width` many.
    #[inline]
    pub(super) fn get(&self, token: u32, feature: usize, width: usize) -> Option<&[f32]> {
        let numbers = if token as usize + KEPT < self.done {
            &**self.old.get(&token)?
        } else {
            let at = token as usize % KEPT * self.scorer.token_len();
            self.numbers.get(at..)?
        };
        numbers.get(feature * width..(feature + 1) * width)
    }

    fn compute(&self, first: usize, end: usize, to: &mut [f32]) {
        let (scorer, width) = (self.scorer, self.vectors.width);
        let (low_width, short) = (scorer.lower.outputs, scorer.short.as_ref());
        let mut dense = Buffer::new((end - first) * width);
        let rows = self.rows.get(first..end).unwrap_or(&[]);
        for (to, row) in dense.chunks_exact_mut(width.max(1)).zip(rows) {
            let at = *row as usize * width;
            for (to, from) in to.iter_mut().zip(self.vectors.rows.get(at..).unwrap_or(&[])) {
                *to = *from;
            }
        }
        let rows: Vec<u32> = (0..(end - first) as u32).collect();
        let mut low = Buffer::new(rows.len() * low_width);
        let mut job = Job {
            input: &dense,
            input_stride: width,
            output: &mut low,
            output_stride: low_width,
            output_start: 0,
            rows: &rows,
        };
        match short {
            Some(short) => short_product(self.level, &short.lower, &mut job),
            None => product(self.level, &scorer.lower, &mut job),
        }
        let mut job = Job {
            input: &low,
            input_stride: low_width,
            output: to,
            output_stride: scorer.token_len(),
            output_start: 0,
            rows: &rows,
        };
        match short {
            Some(short) => half_product(self.level, &short.features, &mut job),
            None => product(self.level, &scorer.features, &mut job),
        }
    }
}
