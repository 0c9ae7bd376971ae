//! Products of single rows in 16-bit numbers.

use super::{Short, is_there};
use crate::kernels::{Buffer, Job, LANES, Level};

/// Most inputs for which no sum can overflow: 2047 * 2047 * 480 is below 2^31.
const INPUTS_MAX: usize = 480;

/// Rows that go through one panel before the next: they and the panel stay in the processor's nearest cache.
const ROWS_AT_ONCE: usize = 64;

/// Does what [`crate::kernels::product`] does, nearly.
pub(crate) fn short_product(level: Level, matrix: &Short, job: &mut Job<'_>) {
    let sound = is_there(level)
        && matrix.inputs <= INPUTS_MAX
        && matrix.inputs.is_multiple_of(LANES)
        && (1..=3).contains(&matrix.panel_vectors)
        && job.fits(matrix.inputs, matrix.outputs);
    if !sound {
        debug_assert!(false, "a product of wrong sizes");
        return;
    }
    // the rows, in half as many places, and their scales
    let mut scratch = Buffer::new(ROWS_AT_ONCE * (matrix.inputs / 2 + 1));
    // SAFETY: the instructions are there, the sizes were checked
    #[cfg(target_arch = "x86_64")]
    unsafe {
        vnni::run(matrix, job, &mut scratch);
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
        _mm512_cvtepi32_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mul_ps, _mm512_set1_ps,
        _mm512_setzero_si512, _mm512_storeu_ps,
    };

    use super::super::vnni::{round, tile};
    use super::{Job, LANES, ROWS_AT_ONCE, Short};

    /// One panel of the matrix.
    struct Panel {
        numbers: *const i32,
        /// Scale and bias of its columns.
        columns: (*const f32, *const f32),
        /// Places of a row: two numbers stand in one.
        places: usize,
        /// Columns before it.
        first_column: usize,
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn run(matrix: &Short, job: &mut Job<'_>, scratch: &mut [f32]) {
        let places = matrix.inputs / 2;
        let (shorts, scales) = scratch.split_at_mut(ROWS_AT_ONCE * places);
        for rows in job.rows.chunks(ROWS_AT_ONCE) {
            for ((row, to), scale) in
                rows.iter().zip(shorts.chunks_exact_mut(places)).zip(&mut *scales)
            {
                let at = *row as usize * job.input_stride;
                let numbers = job.input.get(at..at + matrix.inputs).unwrap_or(&[]);
                // SAFETY: the caller's: the row lies in the input, and as many numbers fit
                *scale = unsafe { round(numbers, to.as_mut_ptr().cast()) };
            }
            let (shorts, scales) = (shorts.as_ptr().cast::<i32>(), scales.as_ptr());
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
                    };
                    let width = matrix.panel_vectors.min((matrix.outputs - first_column) / LANES);
                    match width {
                        1 => over_panel::<1>(&panel, job, rows, shorts, scales),
                        2 => over_panel::<2>(&panel, job, rows, shorts, scales),
                        _ => over_panel::<3>(&panel, job, rows, shorts, scales),
                    }
                    first_column += width * LANES;
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn over_panel<const V: usize>(
        panel: &Panel,
        job: &mut Job<'_>,
        mut rows: &[u32],
        mut shorts: *const i32,
        mut scales: *const f32,
    ) {
        // SAFETY: the caller's
        unsafe {
            while let Some((block, rest)) = rows.split_first_chunk::<8>() {
                block_of_rows::<8, V>(panel, job, *block, shorts, scales);
                (rows, shorts, scales) = (rest, shorts.add(8 * panel.places), scales.add(8));
            }
            while let Some((block, rest)) = rows.split_first_chunk::<2>() {
                block_of_rows::<2, V>(panel, job, *block, shorts, scales);
                (rows, shorts, scales) = (rest, shorts.add(2 * panel.places), scales.add(2));
            }
            for row in rows {
                block_of_rows::<1, V>(panel, job, [*row], shorts, scales);
            }
        }
    }

    #[inline(always)]
    unsafe fn block_of_rows<const M: usize, const V: usize>(
        panel: &Panel,
        job: &mut Job<'_>,
        rows: [u32; M],
        shorts: *const i32,
        scales: *const f32,
    ) {
        // SAFETY: the caller's
        unsafe {
            let input: [_; M] = std::array::from_fn(|m| shorts.add(m * panel.places));
            let begin = [[_mm512_setzero_si512(); V]; M];
            let sums = tile::<M, V>(input, panel.numbers, panel.places, begin);
            for (m, (sums, row)) in sums.into_iter().zip(rows).enumerate() {
                let start = job.output_start + panel.first_column;
                let to = job.output.as_mut_ptr().add(row as usize * job.output_stride + start);
                let of_row = _mm512_set1_ps(*scales.add(m));
                for (v, sum) in sums.into_iter().enumerate() {
                    let scale = _mm512_loadu_ps(panel.columns.0.add(v * LANES));
                    let bias = _mm512_loadu_ps(panel.columns.1.add(v * LANES));
                    let scale = _mm512_mul_ps(of_row, scale);
                    let number = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, bias);
                    _mm512_storeu_ps(to.add(v * LANES), number);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Packed, product_by};

    #[test]
    fn short_products_are_nearly_the_same() {
        let number = |i: usize| {
            // small numbers without a pattern
            ((i as u32).wrapping_mul(2_654_435_761) >> 16) as f32 / 65536.0 - 0.5
        };
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
