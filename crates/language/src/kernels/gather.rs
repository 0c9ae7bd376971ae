//! Sums of rows of a table.
#![expect(unsafe_code, reason = "SIMD kernels")]
#![expect(
    clippy::inline_always,
    reason = "the one body must be inlined into each level's #[target_feature] function"
)]

use super::lanes::{Lanes, Portable};
use super::{LANES, Level};

/// Rows that are added up for one result.
pub(crate) const SUMMED: usize = 4;

/// Writes, for each four of `rows`, the sum of these rows of a table of rows that are `width` wide.
///
/// Does nothing when there are no such rows, or `output` has another size.
pub(crate) fn row_sums(
    level: Level,
    table: &[f32],
    width: usize,
    rows: &[[u32; SUMMED]],
    output: &mut [f32],
) {
    let most = rows.iter().flatten().max().map_or(0, |row| *row as usize + 1);
    let sound = width.is_multiple_of(LANES)
        && output.len() == rows.len() * width
        && most.checked_mul(width).is_some_and(|len| len <= table.len());
    if !sound {
        debug_assert!(false, "rows of wrong sizes");
        return;
    }
    match level {
        // SAFETY: the level was detected on this machine; the sizes were checked
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { run_avx512(table, width, rows, output) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { run_avx2(table, width, rows, output) },
        // SAFETY: the sizes were checked
        Level::Portable => unsafe { run::<Portable>(table, width, rows, output) },
    }
}

/// Asks the processor to fetch numbers that will be needed soon.
pub(crate) fn prefetch(numbers: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks(LANES) {
        // SAFETY: every processor of this kind has the instruction, which changes nothing
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(
                line.as_ptr().cast(),
            );
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _unused = numbers;
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(table: &[f32], width: usize, rows: &[[u32; SUMMED]], output: &mut [f32]) {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx512>(table, width, rows, output) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(table: &[f32], width: usize, rows: &[[u32; SUMMED]], output: &mut [f32]) {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx2>(table, width, rows, output) }
}

#[inline(always)]
unsafe fn run<L: Lanes>(table: &[f32], width: usize, rows: &[[u32; SUMMED]], output: &mut [f32]) {
    for (four, to) in rows.iter().zip(output.chunks_exact_mut(width.max(1))) {
        for at in (0..width).step_by(LANES) {
            // SAFETY: the caller's: the rows lie in the table, and `width` is a multiple of LANES
            unsafe {
                let mut sum = L::splat(0.0);
                for row in four {
                    sum = sum.add(L::load(table.as_ptr().add(*row as usize * width + at)));
                }
                sum.store(to.as_mut_ptr().add(at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_sums_alike() {
        let width = 32;
        let table: Vec<f32> = (0..5 * width).map(|i| i as f32).collect();
        let rows = [[0, 1, 2, 3], [4, 4, 0, 4]];
        let expected: Vec<f32> = rows
            .iter()
            .flat_map(|four| {
                let sum = |at| four.iter().map(|row| (*row as usize * width + at) as f32).sum();
                (0..width).map(sum).collect::<Vec<f32>>()
            })
            .collect();
        for level in Level::all() {
            let mut got = vec![0.0; rows.len() * width];
            row_sums(level, &table, width, &rows, &mut got);
            assert_eq!(got, expected, "{level:?}");
        }
    }
}
