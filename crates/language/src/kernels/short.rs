//! Layers in 16-bit numbers, for processors that add up products of such numbers (AVX-512 VNNI).
//!
//! Each pair of rows and each column of weights has a scale of its own. Numbers have 11 bits and a sign: the sums of 288
//! products of two such numbers fit in 32 bits, whatever the numbers are. Labels hardly change, but they may: the engine
//! uses this path only when it is told to.
#![expect(unsafe_code, reason = "SIMD kernels")]

use super::pairs::{PAIRS_AT_ONCE, PARTS};
use super::{Buffer, Column, Floats, LANES, Level, Norm, PIECES_MAX, Packed, Pairs};

mod halves;
mod rows;
pub(crate) use halves::{half_known_norm, half_state_scores, halves_of};
pub(crate) use rows::{half_product, short_product};

/// The greatest number: 2047 * 2047 * 3 * 160 is below 2^31.
const NUMBER_MAX: f32 = 2047.0;

/// Widest rows for which no sum can overflow.
const WIDTH_MAX: usize = 160;

/// A packed matrix in 16-bit numbers: two inputs side by side where the other has one.
#[derive(Debug)]
pub(crate) struct Short {
    inputs: usize,
    outputs: usize,
    panel_vectors: usize,
    /// Two inputs in each number.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "no other machine has it"))]
    panels: Column<u32>,
    /// What a column's sums are multiplied with.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "no other machine has it"))]
    scale: Floats,
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "no other machine has it"))]
    bias: Floats,
}

impl Short {
    /// Rounds a matrix; `None` where this machine has no instructions for it.
    pub(crate) fn new(level: Level, matrix: &Packed) -> Option<Self> {
        let fits = matrix.inputs.is_multiple_of(LANES) && matrix.inputs <= PARTS * WIDTH_MAX;
        if !is_there(level) || !fits || !matrix.is_sound() || matrix.inputs == 0 {
            return None;
        }
        let (mut panels, mut scale) = (Vec::new(), Vec::new());
        for panel in matrix.panels.chunks(matrix.panel_vectors * LANES * matrix.inputs) {
            let columns = panel.len() / matrix.inputs;
            let mut most = vec![f32::MIN_POSITIVE; columns];
            for row in panel.chunks_exact(columns) {
                for (most, number) in most.iter_mut().zip(row) {
                    *most = most.max(number.abs());
                }
            }
            for two in panel.chunks_exact(2 * columns) {
                let (first, second) = two.split_at(columns);
                for ((a, b), most) in first.iter().zip(second).zip(&most) {
                    let round = |x: f32| (x / most * NUMBER_MAX).round() as i32;
                    panels.push((round(*a) & 0xffff | round(*b) << 16).cast_unsigned());
                }
            }
            scale.extend(most.iter().map(|most| most / NUMBER_MAX));
        }
        matrix.panels.put_aside();
        Some(Self {
            inputs: matrix.inputs,
            outputs: matrix.outputs,
            panel_vectors: matrix.panel_vectors,
            panels: Column::from(&panels[..]),
            scale: Floats::from(&scale[..]),
            bias: Floats::from(&matrix.bias[..]),
        })
    }

    #[cfg(target_arch = "x86_64")]
    fn numbers(&self) -> *const i32 {
        self.panels.as_ptr().cast()
    }
}

/// Whether this machine adds up products of 16-bit numbers.
fn is_there(level: Level) -> bool {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => {
            is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512bw")
        }
        _ => false,
    }
}

/// Does what [`super::window_pairs`] does, nearly.
pub(crate) fn short_pairs(level: Level, matrix: &Short, norm: Norm<'_>, job: &mut Pairs<'_>) {
    let width = norm.gain.len();
    let sound = is_there(level)
        && width.is_multiple_of(LANES)
        && width * PARTS == matrix.inputs
        && (1..=4).contains(&matrix.panel_vectors)
        && width * matrix.panel_vectors == matrix.outputs
        && norm.shift.len() == width
        && job.fits(width);
    if !sound {
        debug_assert!(false, "a window layer of wrong sizes");
        return;
    }
    // combined rows of one pair; those of all in half as many places; sums; scales
    let of_pair = matrix.inputs / 2 + 2 * PIECES_MAX * LANES + 1;
    let mut scratch = Buffer::new(matrix.inputs + PAIRS_AT_ONCE * of_pair);
    // SAFETY: the instructions are there, the sizes were checked
    #[cfg(target_arch = "x86_64")]
    unsafe {
        vnni::run(matrix, norm, job, &mut scratch);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _unused = &mut scratch;
}

#[cfg(target_arch = "x86_64")]
mod vnni {
    #![expect(
        clippy::inline_always,
        reason = "the body must be inlined into the #[target_feature] function"
    )]
    use std::arch::x86_64::{
        __m512, __m512i, _mm256_storeu_si256, _mm512_abs_ps, _mm512_add_epi32, _mm512_cvtepi32_ps,
        _mm512_cvtps_epi32, _mm512_cvtsepi32_epi16, _mm512_dpwssd_epi32, _mm512_fmadd_ps,
        _mm512_loadu_ps, _mm512_loadu_si512, _mm512_max_ps, _mm512_mul_ps, _mm512_reduce_max_ps,
        _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
        _mm512_storeu_ps, _mm512_storeu_si512, _mm512_sub_epi32,
    };

    use super::super::lanes::Avx512;
    use super::super::pairs::combine;
    use super::super::tiles::norm_pairs;
    use super::{LANES, NUMBER_MAX, Norm, PAIRS_AT_ONCE, PARTS, Pairs, Short};

    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn run(
        matrix: &Short,
        norm: Norm<'_>,
        job: &mut Pairs<'_>,
        scratch: &mut [f32],
    ) {
        let (width, half) = (norm.gain.len(), norm.gain.len() / 2);
        let (combined, rest) = scratch.split_at_mut(matrix.inputs);
        let (shorts, rest) = rest.split_at_mut(PAIRS_AT_ONCE * matrix.inputs / 2);
        let (scales, sums) = rest.split_at_mut(PAIRS_AT_ONCE);
        for pairs in job.first_rows.chunks(PAIRS_AT_ONCE) {
            // SAFETY: the caller's: every pointer below stays in the slices whose sizes were checked
            unsafe {
                let to = shorts.chunks_exact_mut(matrix.inputs / 2).zip(scales.iter_mut());
                for (pair, (to, scale)) in pairs.iter().zip(to) {
                    let row = job.input.as_ptr().add((*pair as usize - 1) * width);
                    combine::<Avx512>(row, width, combined.as_mut_ptr());
                    *scale = round(combined.as_ptr(), combined.len(), to.as_mut_ptr().cast());
                }
                let stride = matrix.panel_vectors * LANES;
                for group in 0..width / LANES {
                    let numbers = matrix.numbers().add(group * stride * matrix.inputs / 2);
                    let mut output = [std::ptr::null_mut(); PAIRS_AT_ONCE];
                    for (to, pair) in output.iter_mut().zip(pairs) {
                        *to = job.output.as_mut_ptr().add(*pair as usize * width + group * LANES);
                    }
                    let output = output.get(..pairs.len()).unwrap_or(&[]);
                    for part in 0..PARTS {
                        let panel = Part {
                            which: part,
                            half,
                            numbers: numbers.add(part * half * stride),
                            combined: shorts.as_ptr().cast::<i32>().add(part * half),
                            scales: scales.as_ptr(),
                            columns: (
                                matrix.scale.as_ptr().add(group * stride),
                                matrix.bias.as_ptr().add(group * stride),
                            ),
                            sums: sums.as_mut_ptr().cast(),
                            output,
                        };
                        walk(&panel, matrix.panel_vectors, output.len());
                    }
                }
                norm_pairs::<Avx512>(norm, pairs, job.input.as_ptr(), job.output.as_mut_ptr());
            }
        }
    }

    /// One part of a panel: the rows of the matrix that one combination is multiplied with.
    struct Part<'a> {
        which: usize,
        /// Half the width of the rows: two numbers stand in one place.
        half: usize,
        numbers: *const i32,
        /// This part of the first pair's combined rows.
        combined: *const i32,
        /// Of each pair.
        scales: *const f32,
        /// Scale and bias of the columns.
        columns: (*const f32, *const f32),
        /// Room for the sums of each pair: of its first row, then of its second.
        sums: *mut i32,
        /// Where the first rows of the pairs go.
        output: &'a [*mut f32],
    }

    /// Work on many rows that share one panel of weights.
    pub(super) trait Blocks {
        /// Works on `M` rows (or pairs of them) from the one numbered `first`, with a panel of `V` vectors.
        ///
        /// # Safety
        ///
        /// There must be so many, and the panel so wide.
        unsafe fn block<const M: usize, const V: usize>(&self, first: usize);
    }

    /// Takes `count` rows in blocks as high as the registers allow.
    #[inline(always)]
    pub(super) unsafe fn walk(work: &impl Blocks, vectors: usize, count: usize) {
        // SAFETY: the caller's
        unsafe {
            match vectors {
                1 => walk_in::<1>(work, count),
                2 => walk_in::<2>(work, count),
                3 => walk_in::<3>(work, count),
                _ => walk_in::<4>(work, count),
            }
        }
    }

    #[inline(always)]
    unsafe fn walk_in<const V: usize>(work: &impl Blocks, count: usize) {
        let mut first = 0;
        // SAFETY: the caller's
        unsafe {
            while count - first >= 8 {
                work.block::<8, V>(first);
                first += 8;
            }
            if count - first >= 4 {
                work.block::<4, V>(first);
                first += 4;
            }
            if count - first >= 2 {
                work.block::<2, V>(first);
                first += 2;
            }
            if count > first {
                work.block::<1, V>(first);
            }
        }
    }

    impl Part<'_> {
        #[inline(always)]
        fn output_of<const M: usize>(&self, first: usize) -> [*mut f32; M] {
            std::array::from_fn(|m| {
                self.output.get(first + m).copied().unwrap_or(std::ptr::null_mut())
            })
        }
    }

    impl Blocks for Part<'_> {
        #[inline(always)]
        unsafe fn block<const M: usize, const V: usize>(&self, first: usize) {
            // SAFETY: the caller's
            unsafe {
                let (half, stride) = (self.half, V * LANES);
                let input: [_; M] =
                    std::array::from_fn(|m| self.combined.add((first + m) * PARTS * half));
                let upper: [_; M] =
                    std::array::from_fn(|m| self.sums.add((first + m) * 2 * stride));
                let lower = upper.map(|s| s.add(stride));
                let mut begin = [[_mm512_setzero_si512(); V]; M];
                if self.which >= 2 {
                    for (row, from) in
                        begin.iter_mut().zip(if self.which == 2 { upper } else { lower })
                    {
                        for (v, sum) in row.iter_mut().enumerate() {
                            *sum = _mm512_loadu_si512(from.add(v * LANES).cast());
                        }
                    }
                }
                let sums = tile::<M, V>(input, self.numbers, half, begin);
                match self.which {
                    0 => {
                        for (sums, to) in sums.into_iter().zip(upper) {
                            for (v, sum) in sums.into_iter().enumerate() {
                                _mm512_storeu_si512(to.add(v * LANES).cast(), sum);
                            }
                        }
                    }
                    1 => {
                        for ((sums, upper), lower) in sums.into_iter().zip(upper).zip(lower) {
                            for (v, apart) in sums.into_iter().enumerate() {
                                let (upper, lower) = (upper.add(v * LANES), lower.add(v * LANES));
                                let both = _mm512_loadu_si512(upper.cast_const().cast());
                                _mm512_storeu_si512(upper.cast(), _mm512_add_epi32(both, apart));
                                _mm512_storeu_si512(lower.cast(), _mm512_sub_epi32(both, apart));
                            }
                        }
                    }
                    which => {
                        let scales: [_; M] = std::array::from_fn(|m| *self.scales.add(first + m));
                        let below = if which == 2 { 0 } else { 2 * half };
                        store_best(
                            sums,
                            self.columns,
                            scales,
                            self.output_of::<M>(first).map(|o| o.add(below)),
                        );
                    }
                }
            }
        }
    }

    /// Rounds numbers to the range of the greatest; gives what they are to be multiplied with.
    #[inline(always)]
    pub(super) unsafe fn round(numbers: *const f32, len: usize, to: *mut i16) -> f32 {
        // SAFETY: the caller's: as many numbers fit at `to`, which may be the place of the numbers themselves
        unsafe {
            // four at once, for each waits for the one before it
            let mut four = [_mm512_setzero_ps(); 4];
            let whole = len / (4 * LANES) * (4 * LANES);
            for at in (0..whole).step_by(4 * LANES) {
                for (i, most) in four.iter_mut().enumerate() {
                    let x = _mm512_loadu_ps(numbers.add(at + i * LANES));
                    *most = _mm512_max_ps(*most, _mm512_abs_ps(x));
                }
            }
            for at in (whole..len).step_by(LANES) {
                let x = _mm512_loadu_ps(numbers.add(at));
                four[0] = _mm512_max_ps(four[0], _mm512_abs_ps(x));
            }
            let most =
                _mm512_max_ps(_mm512_max_ps(four[0], four[1]), _mm512_max_ps(four[2], four[3]));
            let scale = _mm512_reduce_max_ps(most).max(f32::MIN_POSITIVE) / NUMBER_MAX;
            let factor = _mm512_set1_ps(1.0 / scale);
            for at in (0..len).step_by(LANES) {
                let x = _mm512_mul_ps(_mm512_loadu_ps(numbers.add(at)), factor);
                let short = _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(x));
                _mm256_storeu_si256(to.add(at).cast(), short);
            }
            scale
        }
    }

    /// sums + input · panel, with the sums in registers.
    #[inline(always)]
    pub(super) unsafe fn tile<const M: usize, const V: usize>(
        input: [*const i32; M],
        mut panel: *const i32,
        inputs: usize,
        mut sums: [[__m512i; V]; M],
    ) -> [[__m512i; V]; M] {
        // SAFETY: the caller's
        unsafe {
            for k in 0..inputs {
                let mut weights = [_mm512_setzero_si512(); V];
                for (v, w) in weights.iter_mut().enumerate() {
                    *w = _mm512_loadu_si512(panel.add(v * LANES).cast());
                }
                for (row, from) in sums.iter_mut().zip(input) {
                    let two = _mm512_set1_epi32(*from.add(k));
                    for (sum, weight) in row.iter_mut().zip(weights) {
                        *sum = _mm512_dpwssd_epi32(*sum, two, weight);
                    }
                }
                panel = panel.add(V * LANES);
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn store_best<const M: usize, const V: usize>(
        sums: [[__m512i; V]; M],
        (scale, bias): (*const f32, *const f32),
        scales: [f32; M],
        output: [*mut f32; M],
    ) {
        // SAFETY: the caller's
        unsafe {
            for ((row, to), of_row) in sums.into_iter().zip(output).zip(scales) {
                let of_row = _mm512_set1_ps(of_row);
                let value = |v: usize, sum: __m512i| -> __m512 {
                    let scale = _mm512_mul_ps(of_row, _mm512_loadu_ps(scale.add(v * LANES)));
                    let bias = _mm512_loadu_ps(bias.add(v * LANES));
                    _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, bias)
                };
                let mut best = value(0, row[0]);
                for (v, sum) in row.into_iter().enumerate().skip(1) {
                    best = _mm512_max_ps(best, value(v, sum));
                }
                _mm512_storeu_ps(to, best);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{number, window_pairs};

    #[test]
    fn short_numbers_give_nearly_the_same_rows() {
        for (width, pieces, pairs) in [(96, 3, 15), (32, 2, 3), (64, 4, 1)] {
            let weight = |o: usize, p: usize, k: usize| number((o * pieces + p) * 3 * width + k);
            let matrix = Packed::pairs(width, width, pieces, weight, |o, p| number(o + p));
            let Some(short) = Short::new(Level::detect(), &matrix) else { return };
            let gain = vec![1.0; width];
            let shift = vec![0.0; width];
            let norm = Norm { gain: &gain, shift: &shift, epsilon: 1e-8 };
            let rows = 2 * pairs + 2;
            let x: Vec<f32> = (0..rows * width).map(|i| number(i * 3 + 1) * 8.0).collect();
            let list: Vec<u32> = (0..pairs as u32).map(|p| 1 + 2 * p).collect();
            let (mut exact, mut got) = (vec![0.0; rows * width], vec![0.0; rows * width]);
            let level = Level::detect();
            let mut job = Pairs { input: &x, output: &mut exact, first_rows: &list };
            window_pairs(level, &matrix, norm, &mut job);
            let mut job = Pairs { input: &x, output: &mut got, first_rows: &list };
            short_pairs(level, &short, norm, &mut job);
            for (a, b) in got.iter().zip(&exact) {
                assert!((a - b).abs() < 0.02, "width {width}: {a} {b}");
            }
        }
    }
}
