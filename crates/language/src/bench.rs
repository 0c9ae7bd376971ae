//! The hot loops alone, for `cargo xtask bench language`: the caller takes the time.

use crate::kernels::{
    Level, Norm, Packed, Pairs, Short, peak as run_peak, short_pairs, window_pairs,
};

/// Does nothing but multiply and add in registers; gives the number of multiply-adds.
pub fn peak(rounds: usize) -> u64 {
    run_peak(Level::detect(), rounds)
}

/// Takes rows through a window layer of usual size, as the networks do, exactly or in 16-bit numbers; gives the number of
/// multiply-adds that were done, and that the layer would take row by row. `None` where the processor has no such
/// instructions.
pub fn windows(rounds: usize, short: bool) -> Option<(u64, u64)> {
    const WIDTH: usize = 96;
    const PIECES: usize = 3;
    const PAIRS: usize = 256;
    let level = Level::detect();
    let number = |i: usize| (i % 17) as f32 / 17.0 - 0.5;
    let weight = |output, piece, input| number(output * 7 + piece * 3 + input);
    let matrix = Packed::pairs(WIDTH, WIDTH, PIECES, weight, |o, p| number(o + p));
    let short = if short { Some(Short::new(level, &matrix)?) } else { None };
    let norm = Norm { gain: &[1.0; WIDTH], shift: &[0.0; WIDTH], epsilon: 1e-8 };
    let mut input: Vec<f32> = (0..(2 * PAIRS + 2) * WIDTH).map(number).collect();
    let mut output = input.clone();
    let pairs: Vec<u32> = (0..PAIRS as u32).map(|p| 1 + 2 * p).collect();
    for _ in 0..rounds {
        let mut job = Pairs { input: &input, output: &mut output, first_rows: &pairs };
        match &short {
            Some(short) => short_pairs(level, short, norm, &mut job),
            None => window_pairs(level, &matrix, norm, &mut job),
        }
        std::mem::swap(&mut input, &mut output);
    }
    let pairs = (rounds * PAIRS) as u64;
    let products = (WIDTH * WIDTH * PIECES) as u64;
    Some((pairs * 4 * products, pairs * 6 * products))
}
