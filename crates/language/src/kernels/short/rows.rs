//! Products of single rows in 16-bit numbers.

use super::{Short, is_there};
use crate::kernels::{Buffer, Job, LANES, Level};

/// Most inputs for which no sum can overflow: 2047 * 2047 * 480 is below 2^31.
const INPUTS_MAX: usize = 480;

/// Rows that go through one panel before the next: they and the panel stay in the processor's nearest cache.
const ROWS_AT_ONCE: usize = 64;

/// Does what [`crate::kernels::product`] does, nearly.
pub(crate) fn short_product(level: Level, matrix: &Short, job: &mut Job<'_>) {
    run(level, matrix, job, false);
}

/// The same, but writes numbers of 16 bits, two in the place of one; the job's places are those of whole numbers.
pub(crate) fn half_product(level: Level, matrix: &Short, job: &mut Job<'_>) {
    run(level, matrix, job, true);
}

fn run(level: Level, matrix: &Short, job: &mut Job<'_>, halves: bool) {
    let places = if halves { matrix.outputs / 2 } else { matrix.outputs };
    let sound = is_there(level)
        && matrix.inputs <= INPUTS_MAX
        && matrix.inputs.is_multiple_of(LANES)
        && (1..=4).contains(&matrix.panel_vectors)
        && job.fits(matrix.inputs, places);
    if !sound {
        debug_assert!(false, "a product of wrong sizes");
        return;
    }
    // the rows, in half as many places, and their scales
    let mut scratch = Buffer::new(ROWS_AT_ONCE * (matrix.inputs / 2 + 1));
    // SAFETY: the instructions are there, the sizes were checked
    #[cfg(target_arch = "x86_64")]
    unsafe {
        vnni::run(matrix, job, halves, &mut scratch);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _unused = (&mut scratch, halves);
}

#[cfg(target_arch = "x86_64")]
mod vnni {
    #![expect(
        clippy::inline_always,
        reason = "the body must be inlined into the #[target_feature] function"
    )]
    use std::arch::x86_64::{
        _MM_FROUND_TO_NEAREST_INT, _mm256_storeu_si256, _mm512_cvtepi32_ps, _mm512_cvtps_ph,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_si512,
        _mm512_storeu_ps,
    };

    use super::super::vnni::{Blocks, round, tile, walk};
    use super::{Job, LANES, ROWS_AT_ONCE, Short};

    /// One panel of the matrix, and the rows that go through it.
    struct Panel<'a> {
        numbers: *const i32,
        /// Scale and bias of its columns.
        columns: (*const f32, *const f32),
        /// Places of a row: two numbers stand in one.
        places: usize,
        /// Columns before it.
        first_column: usize,
        rows: &'a [u32],
        /// The rows rounded, and their scales.
        input: (*const i32, *const f32),
        /// Where row 0 goes, and how far from it row 1.
        output: (*mut f32, usize),
        halves: bool,
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn run(matrix: &Short, job: &mut Job<'_>, halves: bool, scratch: &mut [f32]) {
        let places = matrix.inputs / 2;
        let (shorts, scales) = scratch.split_at_mut(ROWS_AT_ONCE * places);
        for rows in job.rows.chunks(ROWS_AT_ONCE) {
            for ((row, to), scale) in
                rows.iter().zip(shorts.chunks_exact_mut(places)).zip(&mut *scales)
            {
                let at = *row as usize * job.input_stride;
                let numbers = job.input.get(at..at + matrix.inputs).unwrap_or(&[]);
                // SAFETY: the caller's: the row lies in the input, and as many numbers fit
                *scale = unsafe { round(numbers.as_ptr(), numbers.len(), to.as_mut_ptr().cast()) };
            }
            let mut first_column = 0;
            while first_column < matrix.outputs {
                // SAFETY: the caller's: every pointer stays in the slices whose sizes were checked
                unsafe {
                    let panel = Panel {
                        numbers: matrix.numbers().add(first_column * places),
                        columns: (
                            matrix.scale.as_ptr().add(first_column),
                            matrix.bias.as_ptr().add(first_column),
                        ),
                        places,
                        first_column,
                        rows,
                        input: (shorts.as_ptr().cast(), scales.as_ptr()),
                        output: (job.output.as_mut_ptr().add(job.output_start), job.output_stride),
                        halves,
                    };
                    let width = matrix.panel_vectors.min((matrix.outputs - first_column) / LANES);
                    walk(&panel, width, rows.len());
                    first_column += width * LANES;
                }
            }
        }
    }

    impl Blocks for Panel<'_> {
        #[inline(always)]
        unsafe fn block<const M: usize, const V: usize>(&self, first: usize) {
            // SAFETY: the caller's
            unsafe {
                let input = std::array::from_fn(|m| self.input.0.add((first + m) * self.places));
                let begin = [[_mm512_setzero_si512(); V]; M];
                let sums = tile::<M, V>(input, self.numbers, self.places, begin);
                let mut rows = [0; M];
                for (row, from) in rows.iter_mut().zip(self.rows.get(first..).unwrap_or(&[])) {
                    *row = *from as usize;
                }
                for (m, (sums, row)) in sums.into_iter().zip(rows).enumerate() {
                    let to = self.output.0.add(row * self.output.1);
                    let of_row = _mm512_set1_ps(*self.input.1.add(first + m));
                    for (v, sum) in sums.into_iter().enumerate() {
                        let scale = _mm512_loadu_ps(self.columns.0.add(v * LANES));
                        let bias = _mm512_loadu_ps(self.columns.1.add(v * LANES));
                        let scale = _mm512_mul_ps(of_row, scale);
                        let number = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, bias);
                        let column = self.first_column + v * LANES;
                        if self.halves {
                            let half = _mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(number);
                            _mm256_storeu_si256(to.cast::<u16>().add(column).cast(), half);
                        } else {
                            _mm512_storeu_ps(to.add(column), number);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Packed, number, product_by};

    #[test]
    fn short_products_are_nearly_the_same() {
        for (inputs, outputs, rows) in [(96, 864, 29), (64, 1024, 70), (32, 50, 1), (16, 16, 8)] {
            let matrix = Packed::new(inputs, outputs, 3, |o, i| number(o * inputs + i), number);
            let level = Level::detect();
            let Some(short) = Short::new(level, &matrix) else { return };
            let input: Vec<f32> = (0..rows * inputs).map(|i| number(i * 3 + 1) * 8.0).collect();
            let list: Vec<u32> = (0..rows as u32).collect();
            let mut outputs = [(); 2].map(|()| vec![0.0; rows * matrix.outputs + 5]);
            for (output, short) in outputs.iter_mut().zip([None, Some(&short)]) {
                let mut job = Job {
                    input: &input,
                    input_stride: inputs,
                    output,
                    output_stride: matrix.outputs,
                    output_start: 5,
                    rows: &list,
                };
                product_by(level, &matrix, short, &mut job);
            }
            for (a, b) in outputs[0].iter().zip(&outputs[1]) {
                assert!((a - b).abs() < 0.02, "{inputs} x {}: {a} {b}", matrix.outputs);
            }
        }
    }
}
