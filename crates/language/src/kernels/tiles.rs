//! The kernels.
#![expect(unsafe_code, reason = "SIMD kernels")]
#![expect(
    clippy::inline_always,
    reason = "the one body must be inlined into each level's #[target_feature] function"
)]

use super::gather::RowSums;
use super::lanes::{Lanes, Portable};
use super::{LANES, Level, Packed, Short, short_product};

/// Gain and shift of a layer norm, as wide as the layer's output.
#[derive(Clone, Copy)]
pub(crate) struct Norm<'a> {
    pub(crate) gain: &'a [f32],
    pub(crate) shift: &'a [f32],
    pub(crate) epsilon: f32,
}

/// Where the rows of a product are read and written: row `r` is read from `input[r * input_stride..]` and written to
/// `output[r * output_stride + output_start..]`.
pub(crate) struct Job<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) input_stride: usize,
    pub(crate) output: &'a mut [f32],
    pub(crate) output_stride: usize,
    pub(crate) output_start: usize,
    pub(crate) rows: &'a [u32],
}

impl Job<'_> {
    /// Whether all rows lie in their slices.
    pub(super) fn fits(&self, inputs: usize, outputs: usize) -> bool {
        let Some(last) = self.rows.iter().max().map(|r| *r as usize) else { return true };
        last * self.input_stride + inputs <= self.input.len()
            && last * self.output_stride + self.output_start + outputs <= self.output.len()
    }
}

/// A row of a layer whose products are known beforehand.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) parts: &'a [&'a [f32]],
    /// What is added to the result; empty: nothing.
    pub(crate) residual: &'a [f32],
}

impl Known<'_> {
    /// Whether layer and result are as wide as its parts, of which each place holds so many numbers.
    pub(super) fn fits(
        &self,
        matrix: &Packed,
        norm: Norm<'_>,
        output: &[f32],
        in_place: usize,
    ) -> bool {
        let width = norm.gain.len();
        matrix.is_sound()
            && width * matrix.panel_vectors == matrix.outputs
            && norm.shift.len() == width
            && self.parts.iter().all(|p| in_place * p.len() == matrix.outputs)
            && (self.residual.is_empty() || self.residual.len() == width)
            && output.len() == width
    }
}

/// What the hidden layer of a parser state is summed from.
pub(crate) struct StateSum<'a> {
    /// Rows of `hidden * pieces` numbers, all of one piece first.
    pub(crate) rows: &'a [&'a [f32]],
    pub(crate) bias: &'a [f32],
    pub(crate) pieces: usize,
}

impl StateSum<'_> {
    /// Whether the hidden layer is as wide as its rows, of which each place holds so many numbers.
    pub(super) fn fits(&self, hidden: &[f32], in_place: usize) -> bool {
        let width = hidden.len() * self.pieces;
        self.bias.len() == width && self.rows.iter().all(|r| in_place * r.len() == width)
    }
}

/// One piece of work, so that each level needs one door only.
pub(super) enum Call<'a, 'b> {
    Product(&'a Packed, &'a mut Job<'b>),
    Known(&'a Packed, Norm<'a>, Known<'a>, &'a mut [f32]),
    State(&'a StateSum<'a>, &'a Packed, &'a mut [f32], &'a mut [f32]),
    Sums(&'a RowSums<'a>, &'a mut [f32]),
}

/// Multiplies rows by a matrix and adds its bias; output rows are `matrix.outputs` wide.
///
/// Does nothing when rows or matrix are not of the sizes that they say.
pub(crate) fn product(level: Level, matrix: &Packed, job: &mut Job<'_>) {
    if matrix.is_sound() && job.fits(matrix.inputs, matrix.outputs) {
        run_on(level, Call::Product(matrix, job));
    } else {
        debug_assert!(false, "a product of wrong sizes");
    }
}

/// Multiplies rows as [`product`] does, in 16-bit numbers where there is such a matrix.
pub(crate) fn product_by(level: Level, matrix: &Packed, short: Option<&Short>, job: &mut Job<'_>) {
    match short {
        Some(short) => short_product(level, short, job),
        None => product(level, matrix, job),
    }
}

/// Sums a row of a maxout layer (see [`Packed::maxout`]) from known products, takes the best piece and norms the row; only
/// the matrix' bias is used.
pub(crate) fn known_norm(
    level: Level,
    matrix: &Packed,
    norm: Norm<'_>,
    known: Known<'_>,
    output: &mut [f32],
) {
    if known.fits(matrix, norm, output, 1) {
        run_on(level, Call::Known(matrix, norm, known, output));
    } else {
        debug_assert!(false, "products of wrong sizes");
    }
}

/// Sums the hidden layer of a parser state, takes the best piece, and scores the actions: `hidden` and `scores` are written.
pub(crate) fn state_scores(
    level: Level,
    sum: &StateSum<'_>,
    upper: &Packed,
    hidden: &mut [f32],
    scores: &mut [f32],
) {
    let sound = upper.is_sound()
        && upper.inputs == hidden.len()
        && hidden.len().is_multiple_of(LANES)
        && scores.len() == upper.outputs
        && sum.fits(hidden, 1);
    if sound {
        run_on(level, Call::State(sum, upper, hidden, scores));
    } else {
        debug_assert!(false, "a state of wrong sizes");
    }
}

/// Pieces of a maxout layer.
pub(crate) const PIECES_MAX: usize = 4;

pub(super) fn run_on(level: Level, call: Call<'_, '_>) {
    match level {
        // SAFETY: the level was detected on this machine; the sizes were checked
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { run_avx512(call) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { run_avx2(call) },
        // SAFETY: the sizes were checked
        Level::Portable => unsafe { run::<Portable>(call) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(call: Call<'_, '_>) {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx512>(call) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(call: Call<'_, '_>) {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx2>(call) }
}

#[inline(always)]
unsafe fn run<L: Lanes>(call: Call<'_, '_>) {
    // SAFETY: the caller's: instructions and sizes
    unsafe {
        match call {
            Call::Product(matrix, job) => over_rows::<L>(matrix, job),
            Call::Known(matrix, norm, known, output) => {
                known_row::<L>(matrix, norm, known, output);
            }
            Call::State(sum, upper, hidden, scores) => state::<L>(sum, upper, hidden, scores),
            Call::Sums(sums, output) => sums.write::<L>(output),
        }
    }
}

/// Rows that go through one panel before the next: the panel stays in the processor's nearest cache.
const ROWS_AT_ONCE: usize = 64;

#[inline(always)]
unsafe fn over_rows<L: Lanes>(matrix: &Packed, job: &mut Job<'_>) {
    let vectors = matrix.outputs / LANES;
    for rows in job.rows.chunks(ROWS_AT_ONCE) {
        // SAFETY: the caller's: the panels lie one after the other
        unsafe {
            let (mut numbers, mut bias) = (matrix.panels.as_ptr(), matrix.bias.as_ptr());
            let mut done = 0;
            while done < vectors {
                let width = matrix.panel_vectors.min(vectors - done);
                let panel = Panel { numbers, bias, width, inputs: matrix.inputs, done };
                over_panel::<L>(&panel, job, rows);
                numbers = numbers.add(width * LANES * matrix.inputs);
                bias = bias.add(width * LANES);
                done += width;
            }
        }
    }
}

/// One panel of a matrix.
struct Panel {
    numbers: *const f32,
    bias: *const f32,
    /// In vectors.
    width: usize,
    inputs: usize,
    /// Vectors of outputs before it.
    done: usize,
}

/// Takes the rows in blocks as high as the registers allow.
#[inline(always)]
unsafe fn over_panel<L: Lanes>(panel: &Panel, job: &mut Job<'_>, mut rows: &[u32]) {
    // SAFETY: the caller's
    unsafe {
        if L::ROWS == 8 {
            while let Some((block, rest)) = rows.split_first_chunk::<8>() {
                block_of_rows::<L, 8>(panel, job, *block);
                rows = rest;
            }
            if let Some((block, rest)) = rows.split_first_chunk::<4>() {
                block_of_rows::<L, 4>(panel, job, *block);
                rows = rest;
            }
        }
        if L::ROWS >= 2 {
            while let Some((block, rest)) = rows.split_first_chunk::<2>() {
                block_of_rows::<L, 2>(panel, job, *block);
                rows = rest;
            }
        }
        for row in rows {
            block_of_rows::<L, 1>(panel, job, [*row]);
        }
    }
}

#[inline(always)]
unsafe fn block_of_rows<L: Lanes, const M: usize>(
    panel: &Panel,
    job: &mut Job<'_>,
    rows: [u32; M],
) {
    // SAFETY: the caller's: every pointer below stays in the slices whose sizes were checked
    unsafe {
        let input = rows.map(|r| job.input.as_ptr().add(r as usize * job.input_stride));
        let start = job.output_start + panel.done * LANES;
        let output =
            rows.map(|r| job.output.as_mut_ptr().add(r as usize * job.output_stride + start));
        match panel.width {
            1 => panel_of_block::<L, M, 1>(input, panel, output),
            2 => panel_of_block::<L, M, 2>(input, panel, output),
            3 => panel_of_block::<L, M, 3>(input, panel, output),
            // wider panels are made for single rows
            _ => wide_panel::<L, M>(input, panel, output),
        }
    }
}

/// The product of `M` rows and one panel of `V` vectors.
#[inline(always)]
unsafe fn panel_of_block<L: Lanes, const M: usize, const V: usize>(
    input: [*const f32; M],
    panel: &Panel,
    output: [*mut f32; M],
) {
    // SAFETY: the caller's
    unsafe {
        let start = [start::<L, V>(panel.bias); M];
        let sums = tile::<L, M, V>(input, panel.numbers, V * LANES, panel.inputs, start);
        for (row, to) in sums.into_iter().zip(output) {
            for (v, sum) in row.into_iter().enumerate() {
                sum.store(to.add(v * LANES));
            }
        }
    }
}

/// The same, vector by vector.
#[inline(always)]
unsafe fn wide_panel<L: Lanes, const M: usize>(
    input: [*const f32; M],
    panel: &Panel,
    output: [*mut f32; M],
) {
    // SAFETY: the caller's
    unsafe {
        for v in 0..panel.width {
            let start = [start::<L, 1>(panel.bias.add(v * LANES)); M];
            let (numbers, stride) = (panel.numbers.add(v * LANES), panel.width * LANES);
            let sums = tile::<L, M, 1>(input, numbers, stride, panel.inputs, start);
            for ([sum], to) in sums.into_iter().zip(output) {
                sum.store(to.add(v * LANES));
            }
        }
    }
}

/// Sums that begin at the bias.
#[inline(always)]
pub(super) unsafe fn start<L: Lanes, const V: usize>(bias: *const f32) -> [L; V] {
    // SAFETY: the caller's
    unsafe {
        let mut start = [L::splat(0.0); V];
        for (v, s) in start.iter_mut().enumerate() {
            *s = L::load(bias.add(v * LANES));
        }
        start
    }
}

/// `sums` + input · panel, with the sums in registers.
#[inline(always)]
pub(super) unsafe fn tile<L: Lanes, const M: usize, const V: usize>(
    input: [*const f32; M],
    mut panel: *const f32,
    panel_stride: usize,
    inputs: usize,
    mut sums: [[L; V]; M],
) -> [[L; V]; M] {
    // SAFETY: the caller's
    unsafe {
        for k in 0..inputs {
            let mut weights = [L::splat(0.0); V];
            for (v, w) in weights.iter_mut().enumerate() {
                *w = L::load(panel.add(v * LANES));
            }
            for (row, from) in sums.iter_mut().zip(input) {
                let number = L::splat(*from.add(k));
                for (sum, weight) in row.iter_mut().zip(weights) {
                    *sum = number.mul_add(weight, *sum);
                }
            }
            panel = panel.add(panel_stride);
        }
        sums
    }
}

/// Norms rows in place and adds what stands at `residuals`: several at once, for each step of one waits for the step before.
#[inline(always)]
pub(super) unsafe fn norm_rows<L: Lanes, const R: usize>(
    norm: Norm<'_>,
    rows: [*mut f32; R],
    residuals: Option<[*const f32; R]>,
) {
    // SAFETY: the caller's
    unsafe {
        let width = norm.gain.len();
        let mut sums = [L::splat(0.0); R];
        for at in (0..width).step_by(LANES) {
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = sum.add(L::load(row.add(at)));
            }
        }
        let mut means = sums;
        for mean in &mut means {
            *mean = L::splat(mean.sum() / width as f32);
        }
        let mut scales = [L::splat(0.0); R];
        for at in (0..width).step_by(LANES) {
            for ((squares, row), mean) in scales.iter_mut().zip(rows).zip(means) {
                let off = L::load(row.add(at)).sub(mean);
                *squares = off.mul_add(off, *squares);
            }
        }
        for scale in &mut scales {
            *scale = L::splat(1.0 / (scale.sum() / width as f32 + norm.epsilon).sqrt());
        }
        let zero = L::splat(0.0);
        for at in (0..width).step_by(LANES) {
            let gain = L::load(norm.gain.as_ptr().add(at));
            let shift = L::load(norm.shift.as_ptr().add(at));
            for (r, ((row, mean), scale)) in rows.into_iter().zip(means).zip(scales).enumerate() {
                let gain = gain.mul_add(scale, zero);
                let normed = L::load(row.add(at)).sub(mean).mul_add(gain, shift);
                let out = match &residuals {
                    Some(residuals) => normed.add(L::load(residuals[r].add(at))),
                    None => normed,
                };
                out.store(row.add(at));
            }
        }
    }
}

/// Norms the rows of pairs, and adds their old values: `input` and `output` are where row 0 stands.
#[inline(always)]
pub(super) unsafe fn norm_pairs<L: Lanes>(
    norm: Norm<'_>,
    pairs: &[u32],
    input: *const f32,
    output: *mut f32,
) {
    let width = norm.gain.len();
    let places = |pair: u32| [pair as usize * width, (pair as usize + 1) * width];
    // SAFETY: the caller's
    unsafe {
        for two in pairs.chunks(2) {
            if let [one, other] = two {
                let ([a, b], [c, d]) = (places(*one), places(*other));
                let rows = [output.add(a), output.add(b), output.add(c), output.add(d)];
                let old = [input.add(a), input.add(b), input.add(c), input.add(d)];
                norm_rows::<L, 4>(norm, rows, Some(old));
            } else if let [one] = two {
                let [a, b] = places(*one);
                let old = [input.add(a), input.add(b)];
                norm_rows::<L, 2>(norm, [output.add(a), output.add(b)], Some(old));
            }
        }
    }
}

#[inline(always)]
unsafe fn known_row<L: Lanes>(
    matrix: &Packed,
    norm: Norm<'_>,
    known: Known<'_>,
    output: &mut [f32],
) {
    // SAFETY: the caller's
    unsafe {
        let bias = matrix.bias.as_ptr();
        let pieces = matrix.panel_vectors;
        for group in 0..norm.gain.len() / LANES {
            let sum = |piece: usize| {
                let at = (group * pieces + piece) * LANES;
                let mut sum = L::load(bias.add(at));
                for part in known.parts {
                    sum = sum.add(L::load(part.as_ptr().add(at)));
                }
                sum
            };
            let mut best = sum(0);
            for piece in 1..pieces {
                best = best.max(sum(piece));
            }
            best.store(output.as_mut_ptr().add(group * LANES));
        }
        let residual = Some(known.residual).filter(|r| !r.is_empty()).map(|r| [r.as_ptr()]);
        norm_rows::<L, 1>(norm, [output.as_mut_ptr()], residual);
    }
}

/// The best piece of the sums of a state's rows.
#[inline(always)]
unsafe fn hidden_layer<L: Lanes>(sum: &StateSum<'_>, rows: &[*const f32], hidden: &mut [f32]) {
    let width = hidden.len();
    for at in (0..width).step_by(LANES) {
        // SAFETY: the caller's
        unsafe {
            let piece = |p: usize| {
                let at = p * width + at;
                let mut total = L::load(sum.bias.as_ptr().add(at));
                for row in rows {
                    total = total.add(L::load(row.add(at)));
                }
                total
            };
            let mut best = piece(0);
            for p in 1..sum.pieces {
                best = best.max(piece(p));
            }
            best.store(hidden.as_mut_ptr().add(at));
        }
    }
}

#[inline(always)]
unsafe fn state<L: Lanes>(
    sum: &StateSum<'_>,
    upper: &Packed,
    hidden: &mut [f32],
    scores: &mut [f32],
) {
    // SAFETY: the caller's
    unsafe {
        let width = hidden.len();
        let of = |rows: &[&[f32]], i: usize| rows.get(i).map_or(std::ptr::null(), |r| r.as_ptr());
        match sum.rows.len() {
            // as many as the entity recogniser and the parser have
            3 => {
                let rows: [_; 3] = std::array::from_fn(|i| of(sum.rows, i));
                hidden_layer::<L>(sum, &rows, hidden);
            }
            8 => {
                let rows: [_; 8] = std::array::from_fn(|i| of(sum.rows, i));
                hidden_layer::<L>(sum, &rows, hidden);
            }
            _ => {
                let rows: Vec<*const f32> = sum.rows.iter().map(|row| row.as_ptr()).collect();
                hidden_layer::<L>(sum, &rows, hidden);
            }
        }
        let vectors = upper.outputs / LANES;
        let (mut numbers, mut bias) = (upper.panels.as_ptr(), upper.bias.as_ptr());
        let (mut done, from) = (0, [hidden.as_ptr()]);
        while done < vectors {
            let v = upper.panel_vectors.min(vectors - done);
            let to = [scores.as_mut_ptr().add(done * LANES)];
            let panel = Panel { numbers, bias, width: v, inputs: width, done };
            match v {
                8 => panel_of_block::<L, 1, 8>(from, &panel, to),
                7 => panel_of_block::<L, 1, 7>(from, &panel, to),
                6 => panel_of_block::<L, 1, 6>(from, &panel, to),
                5 => panel_of_block::<L, 1, 5>(from, &panel, to),
                4 => panel_of_block::<L, 1, 4>(from, &panel, to),
                _ => wide_panel::<L, 1>(from, &panel, to),
            }
            numbers = numbers.add(v * LANES * width);
            bias = bias.add(v * LANES);
            done += v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::number;
    use super::*;

    #[test]
    fn every_level_sums_known_products_alike() {
        for (width, pieces, count) in [(96, 3, 3), (16, 2, 25), (32, 4, 1), (48, 1, 0)] {
            let matrix = Packed::maxout_bias(width, pieces, |o, p| number(o * pieces + p + 99));
            let parts: Vec<Vec<f32>> = (0..count)
                .map(|n| (0..width * pieces).map(|i| number(i * 7 + n * 31)).collect())
                .collect();
            let parts: Vec<&[f32]> = parts.iter().map(Vec::as_slice).collect();
            let gain: Vec<f32> = (0..width).map(number).collect();
            let shift: Vec<f32> = (0..width).map(|i| number(i + 7)).collect();
            let residual: Vec<f32> = (0..width).map(|i| number(i + 17)).collect();
            let sum = |column: usize| {
                matrix.bias[column] + parts.iter().map(|part| part[column]).sum::<f32>()
            };
            let mut best = vec![f32::MIN; width];
            for column in 0..width * pieces {
                let (output, _) = Packed::maxout_place(column, pieces);
                best[output] = best[output].max(sum(column));
            }
            let mean = best.iter().sum::<f32>() / width as f32;
            let var = best.iter().map(|b| (b - mean).powi(2)).sum::<f32>() / width as f32;
            for level in Level::all() {
                let mut got = vec![0.0; width];
                let norm = Norm { gain: &gain, shift: &shift, epsilon: 1e-8 };
                let known = Known { parts: &parts, residual: &residual };
                known_norm(level, &matrix, norm, known, &mut got);
                for (i, (a, b)) in got.iter().zip(&best).enumerate() {
                    let b = (b - mean) / (var + 1e-8).sqrt() * gain[i] + shift[i] + residual[i];
                    assert!((a - b).abs() < 1e-4, "{level:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn every_level_computes_the_same_products() {
        for (outputs, inputs, vectors) in [(50, 96, 3), (106, 64, 8), (256, 20, 3), (130, 7, 8)] {
            let w: Vec<f32> = (0..outputs * inputs).map(number).collect();
            let matrix = Packed::new(inputs, outputs, vectors, |o, k| w[o * inputs + k], number);
            let x: Vec<f32> = (0..13 * inputs).map(|i| number(i + 5)).collect();
            let rows: Vec<u32> = (0..13).collect();
            for level in Level::all() {
                let mut out = vec![0.0; 13 * matrix.outputs];
                let mut job = Job {
                    input: &x,
                    input_stride: inputs,
                    output: &mut out,
                    output_stride: matrix.outputs,
                    output_start: 0,
                    rows: &rows,
                };
                product(level, &matrix, &mut job);
                for (got, x) in out.chunks(matrix.outputs).zip(x.chunks(inputs)) {
                    for o in 0..outputs {
                        let b =
                            number(o) + (0..inputs).map(|k| w[o * inputs + k] * x[k]).sum::<f32>();
                        assert!((got[o] - b).abs() < 1e-4, "{level:?} {o} {} {b}", got[o]);
                    }
                }
            }
        }
    }

    #[test]
    fn every_level_scores_states_alike() {
        let (hidden, actions, pieces) = (64, 106, 2);
        let w: Vec<f32> = (0..actions * hidden).map(number).collect();
        let upper = Packed::new(hidden, actions, 8, |o, k| w[o * hidden + k], number);
        let row: Vec<Vec<f32>> =
            (0..8).map(|r| (0..hidden * pieces).map(|i| number(i * 8 + r)).collect()).collect();
        let rows: Vec<&[f32]> = row.iter().map(Vec::as_slice).collect();
        let bias: Vec<f32> = (0..hidden * pieces).map(|i| number(i + 3)).collect();
        let sum = StateSum { rows: &rows, bias: &bias, pieces };
        let total = |i: usize| bias[i] + row.iter().map(|r| r[i]).sum::<f32>();
        let h: Vec<f32> = (0..hidden).map(|i| total(i).max(total(hidden + i))).collect();
        for level in Level::all() {
            let (mut got, mut scores) = (vec![0.0; hidden], vec![0.0; upper.outputs]);
            state_scores(level, &sum, &upper, &mut got, &mut scores);
            for o in 0..actions {
                let b = number(o) + (0..hidden).map(|k| w[o * hidden + k] * h[k]).sum::<f32>();
                assert!((scores[o] - b).abs() < 1e-3, "{level:?} {o} {} {b}", scores[o]);
            }
        }
    }
}
