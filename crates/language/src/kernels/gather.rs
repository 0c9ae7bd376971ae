//! Sums of rows of a table.
#![expect(unsafe_code, reason = "SIMD kernels")]
#![expect(
    clippy::inline_always,
    reason = "the one body must be inlined into each level's #[target_feature] function"
)]

use super::lanes::Lanes;
use super::tiles::{Call, run_on};
use super::{LANES, Level};

/// Rows that are added up for one result.
pub(crate) const SUMMED: usize = 4;

/// Rows of a table, four for each result.
pub(super) struct RowSums<'a> {
    table: &'a [f32],
    width: usize,
    rows: &'a [[u32; SUMMED]],
}

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
    if sound {
        run_on(level, Call::Sums(&RowSums { table, width, rows }, output));
    } else {
        debug_assert!(false, "rows of wrong sizes");
    }
}

impl RowSums<'_> {
    /// Writes the sums.
    ///
    /// # Safety
    ///
    /// The level's instructions must be there, the rows lie in the table, and `width` be a multiple of `LANES`.
    #[inline(always)]
    pub(super) unsafe fn write<L: Lanes>(&self, output: &mut [f32]) {
        for (four, to) in self.rows.iter().zip(output.chunks_exact_mut(self.width.max(1))) {
            for at in (0..self.width).step_by(LANES) {
                // SAFETY: the caller's
                unsafe {
                    let mut sum = L::splat(0.0);
                    for row in four {
                        let from = *row as usize * self.width + at;
                        sum = sum.add(L::load(self.table.as_ptr().add(from)));
                    }
                    sum.store(to.as_mut_ptr().add(at));
                }
            }
        }
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
