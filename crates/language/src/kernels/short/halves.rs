//! Layers whose products are known as numbers of 16 bits with a point (IEEE 754 binary16), two in the place of one.
//!
//! Such products take half the memory, and half the time to fetch.

use super::{Short, is_there};
use crate::kernels::{Floats, Known, LANES, Level, Norm, Packed, StateSum};

/// Does what [`crate::kernels::known_norm`] does with products that [`super::half_product`] wrote.
pub(crate) fn half_known_norm(
    level: Level,
    matrix: &Packed,
    norm: Norm<'_>,
    known: Known<'_>,
    output: &mut [f32],
) {
    if !(is_there(level) && known.fits(matrix, norm, output, 2)) {
        debug_assert!(false, "products of wrong sizes");
        return;
    }
    // SAFETY: the instructions are there, the sizes were checked
    #[cfg(target_arch = "x86_64")]
    unsafe {
        avx512::known_row(matrix, norm, known, output);
    }
}

/// Does what [`crate::kernels::state_scores`] does, nearly, with rows that [`super::half_product`] wrote.
pub(crate) fn half_state_scores(
    level: Level,
    sum: &StateSum<'_>,
    upper: &Short,
    hidden: &mut [f32],
    scores: &mut [f32],
) {
    let sound = is_there(level)
        && upper.inputs == hidden.len()
        && (1..=8).contains(&upper.panel_vectors)
        && scores.len() == upper.outputs
        && sum.fits(hidden, 2);
    if !sound {
        debug_assert!(false, "a state of wrong sizes");
        return;
    }
    // SAFETY: the instructions are there, the sizes were checked
    #[cfg(target_arch = "x86_64")]
    unsafe {
        avx512::state(sum, upper, hidden, scores);
    }
}

/// Rounds numbers, two into the place of one; `None` where this machine has no instructions for it.
pub(crate) fn halves_of(level: Level, numbers: &[f32]) -> Option<Floats> {
    if !is_there(level) || !numbers.len().is_multiple_of(2 * LANES) {
        return None;
    }
    let mut halves = vec![0.0; numbers.len() / 2];
    // SAFETY: the instructions are there, and there is room for half as many
    #[cfg(target_arch = "x86_64")]
    unsafe {
        avx512::round(numbers, &mut halves);
    }
    #[cfg(not(target_arch = "x86_64"))]
    halves.clear();
    Some(Floats::from(&halves[..]))
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    #![expect(
        clippy::inline_always,
        reason = "the body must be inlined into the #[target_feature] function"
    )]
    use std::arch::x86_64::{
        __m512, _MM_FROUND_TO_NEAREST_INT, _mm256_loadu_si256, _mm256_storeu_si256,
        _mm512_add_epi32, _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_cvtph_ps, _mm512_cvtps_ph,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_max_ps, _mm512_mul_ps, _mm512_set1_ps,
        _mm512_setzero_si512, _mm512_storeu_ps,
    };

    use super::super::vnni::{round as round_row, tile};
    use super::{Known, LANES, Norm, Packed, Short, StateSum};
    use crate::kernels::lanes::Avx512;
    use crate::kernels::tiles::norm_rows;

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn round(numbers: &[f32], to: &mut [f32]) {
        for at in (0..numbers.len()).step_by(LANES) {
            // SAFETY: the caller's
            unsafe {
                let number = _mm512_loadu_ps(numbers.as_ptr().add(at));
                let half = _mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(number);
                _mm256_storeu_si256(to.as_mut_ptr().cast::<u16>().add(at).cast(), half);
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn known_row(
        matrix: &Packed,
        norm: Norm<'_>,
        known: Known<'_>,
        output: &mut [f32],
    ) {
        // SAFETY: the caller's
        unsafe {
            if let [a, b, c] = known.parts {
                let parts = [a, b, c].map(|p| p.as_ptr());
                let pieces = matrix.panel_vectors;
                best_of(&matrix.bias, parts, pieces, [pieces * LANES, LANES], output);
            } else {
                debug_assert!(false, "a window of three rows");
            }
            let residual = Some(known.residual).filter(|r| !r.is_empty()).map(|r| [r.as_ptr()]);
            norm_rows::<Avx512, 1>(norm, [output.as_mut_ptr()], residual);
        }
    }

    /// The best pieces of the sums of rows. In the rows, sixteen numbers of the output and its pieces stand apart by the steps.
    #[inline(always)]
    unsafe fn best_of<const N: usize>(
        bias: &[f32],
        rows: [*const f32; N],
        pieces: usize,
        [step, piece_step]: [usize; 2],
        output: &mut [f32],
    ) {
        for (group, to) in output.chunks_exact_mut(LANES).enumerate() {
            // SAFETY: the caller's
            unsafe {
                // no closures: they would be functions of their own, without the instructions
                let mut best = summed(bias.as_ptr(), rows, group * step);
                for piece in 1..pieces {
                    let sum = summed(bias.as_ptr(), rows, group * step + piece * piece_step);
                    best = _mm512_max_ps(best, sum);
                }
                _mm512_storeu_ps(to.as_mut_ptr(), best);
            }
        }
    }

    /// The sum of sixteen numbers of each row and of the bias.
    #[inline(always)]
    unsafe fn summed<const N: usize>(bias: *const f32, rows: [*const f32; N], at: usize) -> __m512 {
        // SAFETY: the caller's
        unsafe {
            let mut sum = _mm512_loadu_ps(bias.add(at));
            for row in rows {
                let halves = _mm256_loadu_si256(row.cast::<u16>().add(at).cast());
                sum = _mm512_add_ps(sum, _mm512_cvtph_ps(halves));
            }
            sum
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn state(
        sum: &StateSum<'_>,
        upper: &Short,
        hidden: &mut [f32],
        scores: &mut [f32],
    ) {
        // SAFETY: the caller's
        unsafe {
            // as many rows as the entity recogniser and the parser have
            if let Ok(rows) = <&[&[f32]; 8]>::try_from(sum.rows) {
                hidden_layer(sum, rows.map(<[f32]>::as_ptr), hidden);
            } else if let Ok(rows) = <&[&[f32]; 3]>::try_from(sum.rows) {
                hidden_layer(sum, rows.map(<[f32]>::as_ptr), hidden);
            } else {
                debug_assert!(false, "a state of other features");
            }
            let row = hidden.as_mut_ptr();
            let scale = round_row(row, hidden.len(), row.cast());
            let vectors = upper.outputs / LANES;
            let mut done = 0;
            while done < vectors {
                let width = upper.panel_vectors.min(vectors - done);
                let (row, to) = (row.cast_const().cast(), &mut *scores);
                match width {
                    8 => actions::<8>(upper, row, scale, done, to),
                    7 => actions::<7>(upper, row, scale, done, to),
                    6 => actions::<6>(upper, row, scale, done, to),
                    5 => actions::<5>(upper, row, scale, done, to),
                    4 => actions::<4>(upper, row, scale, done, to),
                    3 => actions::<3>(upper, row, scale, done, to),
                    2 => actions::<2>(upper, row, scale, done, to),
                    _ => actions::<1>(upper, row, scale, done, to),
                }
                done += width;
            }
        }
    }

    /// The scores of the actions of one panel, of which `done` vectors come before it.
    #[inline(always)]
    unsafe fn actions<const V: usize>(
        upper: &Short,
        row: *const i32,
        scale: f32,
        done: usize,
        scores: &mut [f32],
    ) {
        // SAFETY: the caller's
        unsafe {
            let (places, first) = (upper.inputs / 2, done * LANES);
            let panel = upper.numbers().add(first * places);
            // two halves: each sum waits for the one before it
            let half = places / 2;
            let zero = [[_mm512_setzero_si512(); V]; 1];
            let [front] = tile::<1, V>([row], panel, half, zero);
            let [back] =
                tile::<1, V>([row.add(half)], panel.add(half * V * LANES), places - half, zero);
            for (v, (front, back)) in front.into_iter().zip(back).enumerate() {
                let at = first + v * LANES;
                let by = _mm512_mul_ps(
                    _mm512_set1_ps(scale),
                    _mm512_loadu_ps(upper.scale.as_ptr().add(at)),
                );
                let sum = _mm512_cvtepi32_ps(_mm512_add_epi32(front, back));
                let score = _mm512_fmadd_ps(sum, by, _mm512_loadu_ps(upper.bias.as_ptr().add(at)));
                _mm512_storeu_ps(scores.as_mut_ptr().add(at), score);
            }
        }
    }

    #[inline(always)]
    unsafe fn hidden_layer<const N: usize>(
        sum: &StateSum<'_>,
        rows: [*const f32; N],
        hidden: &mut [f32],
    ) {
        let width = hidden.len();
        // SAFETY: the caller's
        unsafe { best_of(sum.bias, rows, sum.pieces, [LANES, width], hidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Job, half_product, known_norm, number, product, state_scores};

    /// Products of a few rows, exactly and as halves, two in the place of one.
    fn products(level: Level, outputs: usize, rows: usize) -> Option<[Vec<f32>; 2]> {
        let inputs = 32;
        let matrix = Packed::new(inputs, outputs, 3, |o, i| number(o * inputs + i), number);
        let short = Short::new(level, &matrix)?;
        let input: Vec<f32> = (0..rows * inputs).map(|i| number(i * 3 + 1) * 8.0).collect();
        let list: Vec<u32> = (0..rows as u32).collect();
        let [mut exact, mut halves] =
            [outputs, outputs / 2].map(|stride| (stride, vec![0.0; rows * stride]));
        for (is_half, (stride, output)) in [(false, &mut exact), (true, &mut halves)] {
            let mut job = Job {
                input: &input,
                input_stride: inputs,
                output,
                output_stride: *stride,
                output_start: 0,
                rows: &list,
            };
            if is_half {
                half_product(level, &short, &mut job);
            } else {
                product(level, &matrix, &mut job);
            }
        }
        Some([exact.1, halves.1])
    }

    fn check(exact: &[f32], got: &[f32]) {
        for (a, b) in exact.iter().zip(got) {
            assert!((a - b).abs() < 0.03, "{a} {b}");
        }
    }

    #[test]
    fn halves_give_nearly_the_same_rows() {
        let (level, width, pieces) = (Level::detect(), 48, 3);
        let outputs = width * pieces;
        let Some([exact, halves]) = products(level, outputs, 3) else { return };
        let matrix = Packed::maxout_bias(width, pieces, |o, p| number(o * pieces + p));
        let (gain, shift) = (vec![1.0; width], vec![0.5; width]);
        let norm = Norm { gain: &gain, shift: &shift, epsilon: 1e-8 };
        let residual: Vec<f32> = (0..width).map(number).collect();
        let [mut expected, mut got] = [(); 2].map(|()| vec![0.0; width]);
        let parts: Vec<&[f32]> = exact.chunks(outputs).collect();
        known_norm(
            level,
            &matrix,
            norm,
            Known { parts: &parts, residual: &residual },
            &mut expected,
        );
        let parts: Vec<&[f32]> = halves.chunks(outputs / 2).collect();
        half_known_norm(
            level,
            &matrix,
            norm,
            Known { parts: &parts, residual: &residual },
            &mut got,
        );
        check(&expected, &got);
    }

    #[test]
    fn halves_give_nearly_the_same_scores() {
        let (level, hidden, pieces) = (Level::detect(), 64, 2);
        let bias: Vec<f32> = (0..hidden * pieces).map(|i| number(i + 3)).collect();
        for (features, actions) in [(8, 106), (3, 74), (8, 5), (3, 240)] {
            let Some([exact, halves]) = products(level, hidden * pieces, features) else { return };
            let upper =
                Packed::new(hidden, actions, 8, |o, k| number(o * hidden + k) / 8.0, number);
            let Some(short) = Short::new(level, &upper) else { return };
            let [mut expected, mut got] = [(); 2].map(|()| vec![0.0; upper.outputs]);
            let mut room = vec![0.0; hidden];
            let rows: Vec<&[f32]> = exact.chunks(hidden * pieces).collect();
            let sum = StateSum { rows: &rows, bias: &bias, pieces };
            state_scores(level, &sum, &upper, &mut room, &mut expected);
            let rows: Vec<&[f32]> = halves.chunks(hidden * pieces / 2).collect();
            let sum = StateSum { rows: &rows, bias: &bias, pieces };
            half_state_scores(level, &sum, &short, &mut room, &mut got);
            check(&expected, &got);
        }
    }
}
