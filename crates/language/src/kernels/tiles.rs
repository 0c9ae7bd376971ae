//! The kernels.
#![expect(unsafe_code, reason = "SIMD kernels")]
#![expect(
    clippy::inline_always,
    reason = "the one body must be inlined into each level's #[target_feature] function"
)]

use super::lanes::{Lanes, Portable};
use super::{LANES, Level, Packed};

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
    fn fits(&self, inputs: usize, outputs: usize) -> bool {
        let Some(last) = self.rows.iter().max().map(|r| *r as usize) else { return true };
        last * self.input_stride + inputs <= self.input.len()
            && last * self.output_stride + self.output_start + outputs <= self.output.len()
    }
}

/// The parts of a window layer whose products are known beforehand: of the row before, the row itself and the row after.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    pub(crate) parts: [&'a [f32]; 3],
    /// What is added to the result.
    pub(crate) residual: &'a [f32],
}

/// What the hidden layer of a parser state is summed from.
pub(crate) struct StateSum<'a> {
    /// Rows of `hidden * pieces` numbers, all of one piece first.
    pub(crate) rows: &'a [&'a [f32]],
    pub(crate) bias: &'a [f32],
    pub(crate) pieces: usize,
}

/// One piece of work, so that each level needs one door only.
enum Call<'a, 'b> {
    Product(&'a Packed, &'a mut Job<'b>),
    MaxoutNorm(&'a Packed, Norm<'a>, &'a [f32], &'a mut Job<'b>),
    Window(&'a Packed, Norm<'a>, Window<'a>, &'a mut [f32]),
    State(&'a StateSum<'a>, &'a Packed, &'a mut [f32], &'a mut [f32]),
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

/// Multiplies rows by a maxout matrix (see [`Packed::maxout`]), takes the best piece and norms the row; adds `residual`
/// (laid out as the output; empty: nothing is added).
pub(crate) fn maxout_norm(
    level: Level,
    matrix: &Packed,
    norm: Norm<'_>,
    residual: &[f32],
    job: &mut Job<'_>,
) {
    let width = norm.gain.len();
    let sound = matrix.is_sound()
        && matrix.panel_vectors <= PIECES_MAX
        && width * matrix.panel_vectors == matrix.outputs
        && norm.shift.len() == width
        && (residual.is_empty() || residual.len() >= job.output.len());
    if sound && job.fits(matrix.inputs, width) {
        run_on(level, Call::MaxoutNorm(matrix, norm, residual, job));
    } else {
        debug_assert!(false, "a layer of wrong sizes");
    }
}

/// The same for one row of which the products are known (see [`Window`]); only the matrix' bias is used.
pub(crate) fn window_norm(
    level: Level,
    matrix: &Packed,
    norm: Norm<'_>,
    window: Window<'_>,
    output: &mut [f32],
) {
    let width = norm.gain.len();
    let sound = matrix.is_sound()
        && width * matrix.panel_vectors == matrix.outputs
        && norm.shift.len() == width
        && window.parts.iter().all(|p| p.len() == matrix.outputs)
        && window.residual.len() == width
        && output.len() == width;
    if sound {
        run_on(level, Call::Window(matrix, norm, window, output));
    } else {
        debug_assert!(false, "a window of wrong sizes");
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
    let width = hidden.len() * sum.pieces;
    let sound = upper.is_sound()
        && upper.inputs == hidden.len()
        && hidden.len().is_multiple_of(LANES)
        && scores.len() == upper.outputs
        && sum.bias.len() == width
        && sum.rows.iter().all(|r| r.len() == width);
    if sound {
        run_on(level, Call::State(sum, upper, hidden, scores));
    } else {
        debug_assert!(false, "a state of wrong sizes");
    }
}

/// Pieces of a maxout layer.
pub(crate) const PIECES_MAX: usize = 4;

fn run_on(level: Level, call: Call<'_, '_>) {
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
            Call::Product(matrix, job) => over_rows::<L>(matrix, None, &[], job),
            Call::MaxoutNorm(matrix, norm, residual, job) => {
                over_rows::<L>(matrix, Some(norm), residual, job);
            }
            Call::Window(matrix, norm, window, output) => {
                window_row::<L>(matrix, norm, window, output);
            }
            Call::State(sum, upper, hidden, scores) => state::<L>(sum, upper, hidden, scores),
        }
    }
}

/// Takes the rows in blocks as high as the registers allow.
#[inline(always)]
unsafe fn over_rows<L: Lanes>(
    matrix: &Packed,
    norm: Option<Norm<'_>>,
    residual: &[f32],
    job: &mut Job<'_>,
) {
    let mut rows = job.rows;
    // SAFETY: the caller's
    unsafe {
        if L::ROWS == 8 {
            while let Some((block, rest)) = rows.split_first_chunk::<8>() {
                block_of_rows::<L, 8>(matrix, norm, residual, job, *block);
                rows = rest;
            }
            if let Some((block, rest)) = rows.split_first_chunk::<4>() {
                block_of_rows::<L, 4>(matrix, norm, residual, job, *block);
                rows = rest;
            }
        }
        if L::ROWS >= 2 {
            while let Some((block, rest)) = rows.split_first_chunk::<2>() {
                block_of_rows::<L, 2>(matrix, norm, residual, job, *block);
                rows = rest;
            }
        }
        for row in rows {
            block_of_rows::<L, 1>(matrix, norm, residual, job, [*row]);
        }
    }
}

/// One block of rows through all panels; with a norm, maxout and norm follow.
#[inline(always)]
unsafe fn block_of_rows<L: Lanes, const M: usize>(
    matrix: &Packed,
    norm: Option<Norm<'_>>,
    residual: &[f32],
    job: &mut Job<'_>,
    rows: [u32; M],
) {
    // SAFETY: the caller's: every pointer below stays in the slices whose sizes were checked
    unsafe {
        let input = rows.map(|r| job.input.as_ptr().add(r as usize * job.input_stride));
        let output = rows.map(|r| {
            job.output.as_mut_ptr().add(r as usize * job.output_stride + job.output_start)
        });
        let vectors = matrix.outputs / LANES;
        let (mut panel, mut bias) = (matrix.panels.as_ptr(), matrix.bias.as_ptr());
        let mut done = 0;
        while done < vectors {
            let width = matrix.panel_vectors.min(vectors - done);
            let to = if norm.is_some() {
                output.map(|o| o.add(done / matrix.panel_vectors * LANES))
            } else {
                output.map(|o| o.add(done * LANES))
            };
            let (k, best) = (matrix.inputs, norm.is_some());
            match width {
                1 => panel_of_block::<L, M, 1>(input, panel, bias, k, to, best),
                2 => panel_of_block::<L, M, 2>(input, panel, bias, k, to, best),
                _ => {
                    // wider panels (they are made for single rows) go three vectors at a time by their stride
                    if width == 3 {
                        panel_of_block::<L, M, 3>(input, panel, bias, k, to, best);
                    } else {
                        wide_panel::<L, M>(input, panel, bias, k, to, width, best);
                    }
                }
            }
            panel = panel.add(width * LANES * matrix.inputs);
            bias = bias.add(width * LANES);
            done += width;
        }
        if let Some(norm) = norm {
            for (m, row) in output.into_iter().enumerate() {
                let at =
                    rows.get(m).map_or(0, |r| *r as usize) * job.output_stride + job.output_start;
                let residual = residual.get(at..);
                norm_row::<L>(norm, row, residual.filter(|r| !r.is_empty()).map(<[f32]>::as_ptr));
            }
        }
    }
}

/// The product of `M` rows and one panel of `V` vectors: all of it or the best of the `V` pieces.
#[inline(always)]
unsafe fn panel_of_block<L: Lanes, const M: usize, const V: usize>(
    input: [*const f32; M],
    panel: *const f32,
    bias: *const f32,
    inputs: usize,
    output: [*mut f32; M],
    best: bool,
) {
    // SAFETY: the caller's
    unsafe {
        let sums = tile::<L, M, V>(input, panel, V * LANES, bias, inputs);
        for (row, to) in sums.into_iter().zip(output) {
            if best {
                let mut top = row[0];
                for piece in row.into_iter().skip(1) {
                    top = top.max(piece);
                }
                top.store(to);
            } else {
                for (v, sum) in row.into_iter().enumerate() {
                    sum.store(to.add(v * LANES));
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn wide_panel<L: Lanes, const M: usize>(
    input: [*const f32; M],
    panel: *const f32,
    bias: *const f32,
    inputs: usize,
    output: [*mut f32; M],
    width: usize,
    best: bool,
) {
    // SAFETY: the caller's
    unsafe {
        for v in 0..width {
            let sums = tile::<L, M, 1>(
                input,
                panel.add(v * LANES),
                width * LANES,
                bias.add(v * LANES),
                inputs,
            );
            for m in 0..M {
                let sum = sums[m][0];
                match (best, v) {
                    (true, 0) => sum.store(output[m]),
                    (true, _) => sum.max(L::load(output[m])).store(output[m]),
                    (false, _) => sum.store(output[m].add(v * LANES)),
                }
            }
        }
    }
}

/// bias + input · panel, with the sums in registers.
#[inline(always)]
unsafe fn tile<L: Lanes, const M: usize, const V: usize>(
    input: [*const f32; M],
    mut panel: *const f32,
    panel_stride: usize,
    bias: *const f32,
    inputs: usize,
) -> [[L; V]; M] {
    // SAFETY: the caller's
    unsafe {
        let mut start = [L::splat(0.0); V];
        for (v, s) in start.iter_mut().enumerate() {
            *s = L::load(bias.add(v * LANES));
        }
        let mut sums = [start; M];
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

/// Norms a row in place and adds the residual.
#[inline(always)]
unsafe fn norm_row<L: Lanes>(norm: Norm<'_>, row: *mut f32, residual: Option<*const f32>) {
    // SAFETY: the caller's
    unsafe {
        let width = norm.gain.len();
        let mut sum = L::splat(0.0);
        for at in (0..width).step_by(LANES) {
            sum = sum.add(L::load(row.add(at)));
        }
        let mean = L::splat(sum.sum() / width as f32);
        let mut squares = L::splat(0.0);
        for at in (0..width).step_by(LANES) {
            let off = L::load(row.add(at)).sub(mean);
            squares = off.mul_add(off, squares);
        }
        let scale = L::splat(1.0 / (squares.sum() / width as f32 + norm.epsilon).sqrt());
        let zero = L::splat(0.0);
        for at in (0..width).step_by(LANES) {
            let gain = L::load(norm.gain.as_ptr().add(at)).mul_add(scale, zero);
            let normed =
                L::load(row.add(at)).sub(mean).mul_add(gain, L::load(norm.shift.as_ptr().add(at)));
            let out = match residual {
                Some(residual) => normed.add(L::load(residual.add(at))),
                None => normed,
            };
            out.store(row.add(at));
        }
    }
}

#[inline(always)]
unsafe fn window_row<L: Lanes>(
    matrix: &Packed,
    norm: Norm<'_>,
    window: Window<'_>,
    output: &mut [f32],
) {
    // SAFETY: the caller's
    unsafe {
        let [before, own, after] = window.parts.map(<[f32]>::as_ptr);
        let bias = matrix.bias.as_ptr();
        let pieces = matrix.panel_vectors;
        for group in 0..norm.gain.len() / LANES {
            let sum = |piece: usize| {
                let at = (group * pieces + piece) * LANES;
                L::load(before.add(at))
                    .add(L::load(own.add(at)))
                    .add(L::load(after.add(at)))
                    .add(L::load(bias.add(at)))
            };
            let mut best = sum(0);
            for piece in 1..pieces {
                best = best.max(sum(piece));
            }
            best.store(output.as_mut_ptr().add(group * LANES));
        }
        norm_row::<L>(norm, output.as_mut_ptr(), Some(window.residual.as_ptr()));
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
        for at in (0..width).step_by(LANES) {
            let piece = |p: usize| {
                let at = p * width + at;
                let mut total = L::load(sum.bias.as_ptr().add(at));
                for row in sum.rows {
                    total = total.add(L::load(row.as_ptr().add(at)));
                }
                total
            };
            let mut best = piece(0);
            for p in 1..sum.pieces {
                best = best.max(piece(p));
            }
            best.store(hidden.as_mut_ptr().add(at));
        }
        let vectors = upper.outputs / LANES;
        let (mut panel, mut done) = (upper.panels.as_ptr(), 0);
        while done < vectors {
            let v = upper.panel_vectors.min(vectors - done);
            let bias = upper.bias.as_ptr().add(done * LANES);
            let to = scores.as_mut_ptr().add(done * LANES);
            let from = [hidden.as_ptr()];
            match v {
                8 => panel_of_block::<L, 1, 8>(from, panel, bias, width, [to], false),
                7 => panel_of_block::<L, 1, 7>(from, panel, bias, width, [to], false),
                6 => panel_of_block::<L, 1, 6>(from, panel, bias, width, [to], false),
                5 => panel_of_block::<L, 1, 5>(from, panel, bias, width, [to], false),
                4 => panel_of_block::<L, 1, 4>(from, panel, bias, width, [to], false),
                _ => wide_panel::<L, 1>(from, panel, bias, width, [to], v, false),
            }
            panel = panel.add(v * LANES * width);
            done += v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(i: usize) -> f32 {
        // small numbers without a pattern
        ((i as u32).wrapping_mul(2_654_435_761) >> 16) as f32 / 65536.0 - 0.5
    }

    /// The layer written as in the books, to compare with.
    fn plain_maxout_norm(w: &[f32], bias: &[f32], x: &[f32], pieces: usize) -> Vec<f32> {
        let width = bias.len() / pieces;
        let sum = |o: usize| bias[o] + (0..x.len()).map(|k| w[o * x.len() + k] * x[k]).sum::<f32>();
        let best: Vec<f32> = (0..width)
            .map(|o| (0..pieces).map(|p| sum(o * pieces + p)).fold(f32::MIN, f32::max))
            .collect();
        let mean = best.iter().sum::<f32>() / width as f32;
        let var = best.iter().map(|b| (b - mean).powi(2)).sum::<f32>() / width as f32;
        best.iter()
            .enumerate()
            .map(|(i, b)| (b - mean) / (var + 1e-8).sqrt() * number(i) + number(i + 7))
            .collect()
    }

    #[test]
    fn every_level_computes_the_same_layers() {
        for (width, inputs, pieces, rows) in [(96, 288, 3, 21), (16, 48, 2, 5), (32, 33, 4, 3)] {
            let w: Vec<f32> = (0..width * pieces * inputs).map(number).collect();
            let bias: Vec<f32> = (0..width * pieces).map(|i| number(i + 99)).collect();
            let x: Vec<f32> = (0..rows * inputs).map(|i| number(i * 3 + 1)).collect();
            let matrix = Packed::maxout(
                inputs,
                width,
                pieces,
                |o, p, k| w[(o * pieces + p) * inputs + k],
                |o, p| bias[o * pieces + p],
            );
            let gain: Vec<f32> = (0..width).map(number).collect();
            let shift: Vec<f32> = (0..width).map(|i| number(i + 7)).collect();
            let rows_list: Vec<u32> = (0..rows as u32).collect();
            for level in Level::all() {
                let mut out = vec![0.0; rows * width];
                let mut job = Job {
                    input: &x,
                    input_stride: inputs,
                    output: &mut out,
                    output_stride: width,
                    output_start: 0,
                    rows: &rows_list,
                };
                let norm = Norm { gain: &gain, shift: &shift, epsilon: 1e-8 };
                maxout_norm(level, &matrix, norm, &[], &mut job);
                for (got, x) in out.chunks(width).zip(x.chunks(inputs)) {
                    for (a, b) in got.iter().zip(plain_maxout_norm(&w, &bias, x, pieces)) {
                        assert!((a - b).abs() < 1e-4, "{level:?} {a} {b}");
                    }
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
