//! Window layers two rows at a time, with two thirds of the multiplications.
//!
//! A window of three rows is a filter of length three over the rows, so two neighbouring results share inputs: of the rows
//! a, b, c, d that they look at, four products (of a - c, b + c, c - b and b - d) give what six would. The results differ
//! from the plain order of sums as much as any two orders of sums do.
//!
//! # Source
//!
//! S. Winograd, Arithmetic Complexity of Computations, 1980, the algorithm F(2, 3); A. Lavin and S. Gray, Fast Algorithms
//! for Convolutional Neural Networks, 2016, <https://arxiv.org/abs/1509.09308>.
#![expect(unsafe_code, reason = "SIMD kernels")]
#![expect(
    clippy::inline_always,
    reason = "the one body must be inlined into each level's #[target_feature] function"
)]

use super::lanes::{Lanes, Portable};
use super::tiles::{PIECES_MAX, norm_pairs, start, tile};
use super::{Buffer, LANES, Level, Norm, Packed};

/// Combinations of rows (and of weights) that one pair needs.
pub(super) const PARTS: usize = 4;

/// Rows of one width: a pair `r` stands for the rows r and r + 1, which are made of the rows r - 1 to r + 2 and to which
/// their own old values are added.
pub(crate) struct Pairs<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) output: &'a mut [f32],
    pub(crate) first_rows: &'a [u32],
}

impl Pairs<'_> {
    /// Whether all rows lie in their slices.
    pub(super) fn fits(&self, width: usize) -> bool {
        let (least, most) = (self.first_rows.iter().min(), self.first_rows.iter().max());
        let (Some(least), Some(most)) = (least, most) else { return true };
        let rows = self.input.len().min(self.output.len()) / width.max(1);
        *least >= 1 && *most as usize + 3 <= rows
    }
}

impl Packed {
    /// Packs a maxout layer over a window of three rows for [`window_pairs`]; `weight` is asked by output, piece and input,
    /// as for [`Packed::maxout`].
    pub(crate) fn pairs(
        width: usize,
        outputs: usize,
        pieces: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
        bias: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let part = |output, piece, input: usize| {
            let own = |row: usize| f64::from(weight(output, piece, row * width + input % width));
            let (before, this, after) = (own(0), own(1), own(2));
            let number = match input / width {
                0 => f64::midpoint(before + this, after),
                1 => f64::midpoint(before - this, after),
                2 => before,
                _ => -after,
            };
            number as f32
        };
        Self::maxout(PARTS * width, outputs, pieces, part, bias)
    }
}

/// Takes pairs of rows through a window layer packed by [`Packed::pairs`]: maxout, norm, and the old row added.
///
/// Does nothing when rows or matrix are not of the sizes that they say.
pub(crate) fn window_pairs(level: Level, matrix: &Packed, norm: Norm<'_>, job: &mut Pairs<'_>) {
    let width = norm.gain.len();
    let sound = matrix.is_sound()
        && width.is_multiple_of(LANES)
        && width * PARTS == matrix.inputs
        && matrix.panel_vectors <= PIECES_MAX
        && width * matrix.panel_vectors == matrix.outputs
        && norm.shift.len() == width
        && job.fits(width);
    if !sound {
        debug_assert!(false, "a window layer of wrong sizes");
        return;
    }
    let mut scratch = Buffer::new(PAIRS_AT_ONCE * (matrix.inputs + SUMS_MAX));
    match level {
        // SAFETY: the level was detected on this machine; the sizes were checked
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { run_avx512(matrix, norm, job, &mut scratch) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { run_avx2(matrix, norm, job, &mut scratch) },
        // SAFETY: the sizes were checked
        Level::Portable => unsafe { run::<Portable>(matrix, norm, job, &mut scratch) },
    }
}

/// Pairs that go through one part of a panel before the next: they and the part stay in the processor's nearest cache.
pub(super) const PAIRS_AT_ONCE: usize = 24;

/// Sums of one pair that are put by between the parts of a panel.
const SUMS_MAX: usize = 2 * PIECES_MAX * LANES;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(matrix: &Packed, norm: Norm<'_>, job: &mut Pairs<'_>, scratch: &mut [f32]) {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx512>(matrix, norm, job, scratch) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(matrix: &Packed, norm: Norm<'_>, job: &mut Pairs<'_>, scratch: &mut [f32]) {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx2>(matrix, norm, job, scratch) }
}

#[inline(always)]
unsafe fn run<L: Lanes>(matrix: &Packed, norm: Norm<'_>, job: &mut Pairs<'_>, scratch: &mut [f32]) {
    let width = norm.gain.len();
    let (combined, sums) = scratch.split_at_mut(PAIRS_AT_ONCE * matrix.inputs);
    for pairs in job.first_rows.chunks(PAIRS_AT_ONCE) {
        // SAFETY: the caller's: every pointer below stays in the slices whose sizes were checked
        unsafe {
            for (pair, to) in pairs.iter().zip(combined.chunks_exact_mut(matrix.inputs)) {
                let row = job.input.as_ptr().add((*pair as usize - 1) * width);
                combine::<L>(row, width, to.as_mut_ptr());
            }
            let stride = matrix.panel_vectors * LANES;
            for group in 0..width / LANES {
                let numbers = matrix.panels.as_ptr().add(group * stride * matrix.inputs);
                let bias = matrix.bias.as_ptr().add(group * stride);
                let mut output = [std::ptr::null_mut(); PAIRS_AT_ONCE];
                for (to, pair) in output.iter_mut().zip(pairs) {
                    *to = job.output.as_mut_ptr().add(*pair as usize * width + group * LANES);
                }
                let output = output.get(..pairs.len()).unwrap_or(&[]);
                for part in 0..PARTS {
                    let panel = Part {
                        which: part,
                        width,
                        bias,
                        numbers: numbers.add(part * width * stride),
                        combined: combined.as_ptr().add(part * width),
                        sums: sums.as_mut_ptr(),
                    };
                    match matrix.panel_vectors {
                        1 => over_part::<L, 1>(&panel, output),
                        2 => over_part::<L, 2>(&panel, output),
                        3 => over_part::<L, 3>(&panel, output),
                        _ => over_part::<L, 4>(&panel, output),
                    }
                }
            }
            norm_pairs::<L>(norm, pairs, job.input.as_ptr(), job.output.as_mut_ptr());
        }
    }
}

/// One part of a panel: the rows of the matrix that one combination is multiplied with.
struct Part {
    which: usize,
    /// Width of the rows.
    width: usize,
    bias: *const f32,
    numbers: *const f32,
    /// This part of the first pair's combined rows.
    combined: *const f32,
    /// Room for the sums of each pair: of its first row, then of its second.
    sums: *mut f32,
}

/// Takes the pairs in blocks as high as the registers allow; outputs are where their first rows go.
#[inline(always)]
unsafe fn over_part<L: Lanes, const V: usize>(part: &Part, output: &[*mut f32]) {
    let mut rest = output;
    let mut first = 0;
    // SAFETY: the caller's
    unsafe {
        if L::ROWS == 8 {
            while let Some((block, more)) = rest.split_first_chunk::<8>() {
                block_of_pairs::<L, 8, V>(part, first, *block);
                (rest, first) = (more, first + 8);
            }
            if let Some((block, more)) = rest.split_first_chunk::<4>() {
                block_of_pairs::<L, 4, V>(part, first, *block);
                (rest, first) = (more, first + 4);
            }
        }
        if L::ROWS >= 2 {
            while let Some((block, more)) = rest.split_first_chunk::<2>() {
                block_of_pairs::<L, 2, V>(part, first, *block);
                (rest, first) = (more, first + 2);
            }
        }
        for one in rest {
            block_of_pairs::<L, 1, V>(part, first, [*one]);
            first += 1;
        }
    }
}

/// Writes the four combinations of the rows of a pair.
#[inline(always)]
pub(super) unsafe fn combine<L: Lanes>(input: *const f32, width: usize, to: *mut f32) {
    // SAFETY: the caller's: four rows lie at `input`, four at `to`
    unsafe {
        for at in (0..width).step_by(LANES) {
            let row = |i: usize| L::load(input.add(i * width + at));
            let (a, b, c, d) = (row(0), row(1), row(2), row(3));
            b.add(c).store(to.add(at));
            c.sub(b).store(to.add(width + at));
            a.sub(c).store(to.add(2 * width + at));
            b.sub(d).store(to.add(3 * width + at));
        }
    }
}

#[inline(always)]
unsafe fn block_of_pairs<L: Lanes, const M: usize, const V: usize>(
    part: &Part,
    first: usize,
    output: [*mut f32; M],
) {
    // SAFETY: the caller's
    unsafe {
        let (width, stride) = (part.width, V * LANES);
        let input: [_; M] = std::array::from_fn(|m| part.combined.add((first + m) * PARTS * width));
        let upper: [_; M] = std::array::from_fn(|m| part.sums.add((first + m) * 2 * stride));
        let lower = upper.map(|s| s.add(stride));
        let load = |from: [*mut f32; M]| from.map(|s| start::<L, V>(s.cast_const()));
        let begin = match part.which {
            0 => [start::<L, V>(part.bias); M],
            1 => [[L::splat(0.0); V]; M],
            2 => load(upper),
            _ => load(lower),
        };
        let sums = tile::<L, M, V>(input, part.numbers, stride, width, begin);
        match part.which {
            0 => {
                for (sums, to) in sums.into_iter().zip(upper) {
                    for (v, sum) in sums.into_iter().enumerate() {
                        sum.store(to.add(v * LANES));
                    }
                }
            }
            // the sums of the first row have the second combination added, those of the second row have it taken away
            1 => {
                for ((sums, upper), lower) in sums.into_iter().zip(upper).zip(lower) {
                    for (v, apart) in sums.into_iter().enumerate() {
                        let both = L::load(upper.add(v * LANES));
                        both.add(apart).store(upper.add(v * LANES));
                        both.sub(apart).store(lower.add(v * LANES));
                    }
                }
            }
            2 => store_best(sums, output),
            _ => store_best(sums, output.map(|o| o.add(width))),
        }
    }
}

/// Stores the best of the pieces.
#[inline(always)]
unsafe fn store_best<L: Lanes, const M: usize, const V: usize>(
    sums: [[L; V]; M],
    output: [*mut f32; M],
) {
    // SAFETY: the caller's
    unsafe {
        for (row, to) in sums.into_iter().zip(output) {
            let mut best = row[0];
            for piece in row.into_iter().skip(1) {
                best = best.max(piece);
            }
            best.store(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::number;
    use super::*;

    #[test]
    fn pairs_are_what_single_rows_are() {
        for (width, pieces, pairs) in [(96, 3, 29), (16, 2, 3), (32, 4, 1), (48, 1, 6)] {
            let weight =
                |o: usize, p: usize, k: usize| number((o * pieces + p) * 3 * width + k) / 4.0;
            let bias = |o: usize, p: usize| number(o * pieces + p + 99);
            let paired = Packed::pairs(width, width, pieces, weight, bias);
            let gain: Vec<f32> = (0..width).map(|i| 1.0 + number(i)).collect();
            let shift: Vec<f32> = (0..width).map(|i| number(i + 7)).collect();
            let norm = Norm { gain: &gain, shift: &shift, epsilon: 1e-8 };
            let rows = 2 * pairs + 2;
            let x: Vec<f32> = (0..rows * width).map(|i| number(i * 3 + 1) * 4.0).collect();
            let first_rows: Vec<u32> = (0..pairs as u32).map(|p| 1 + 2 * p).collect();
            // the layer as in the books
            let mut expected = vec![0.0; rows * width];
            for row in 1..rows - 1 {
                let window = &x[(row - 1) * width..(row + 2) * width];
                let sum = |o: usize, p: usize| {
                    bias(o, p) + (0..3 * width).map(|k| weight(o, p, k) * window[k]).sum::<f32>()
                };
                let best = |o: usize| (0..pieces).map(|p| sum(o, p)).fold(f32::MIN, f32::max);
                let best: Vec<f32> = (0..width).map(best).collect();
                let mean = best.iter().sum::<f32>() / width as f32;
                let var = best.iter().map(|b| (b - mean).powi(2)).sum::<f32>() / width as f32;
                for (o, b) in best.iter().enumerate() {
                    expected[row * width + o] =
                        (b - mean) / (var + 1e-8).sqrt() * gain[o] + shift[o] + window[width + o];
                }
            }
            for level in Level::all() {
                let mut got = vec![0.0; rows * width];
                let mut job = Pairs { input: &x, output: &mut got, first_rows: &first_rows };
                window_pairs(level, &paired, norm, &mut job);
                for (a, b) in got.iter().zip(&expected) {
                    assert!((a - b).abs() < 1e-3, "{level:?} width {width}: {a} {b}");
                }
            }
        }
    }
}
