//! What the processor can do at most: multiply-adds of numbers that are in registers already.
#![expect(unsafe_code, reason = "SIMD kernels")]
#![expect(
    clippy::inline_always,
    reason = "the one body must be inlined into each level's #[target_feature] function"
)]

use std::hint::black_box;

use super::lanes::{Lanes, Portable};
use super::{LANES, Level};

/// Vectors of sums: as many as the processor needs to be busy, and no more than it has registers.
const SUMS: usize = 12;

/// Runs `rounds` rounds; gives the number of multiply-adds.
pub(crate) fn peak(level: Level, rounds: usize) -> u64 {
    let sum = match level {
        // SAFETY: the level was detected on this machine
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { run_avx512(rounds) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { run_avx2(rounds) },
        // SAFETY: any machine has what it needs
        Level::Portable => unsafe { run::<Portable, SUMS>(rounds) },
    };
    black_box(sum);
    // where a vector is two registers there are half as many
    #[cfg(target_arch = "x86_64")]
    let sums = if level == Level::Avx2 { SUMS / 2 } else { SUMS };
    #[cfg(not(target_arch = "x86_64"))]
    let sums = SUMS;
    (rounds * sums * LANES) as u64
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(rounds: usize) -> f32 {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx512, SUMS>(rounds) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(rounds: usize) -> f32 {
    // SAFETY: the caller's
    unsafe { run::<super::lanes::Avx2, { SUMS / 2 }>(rounds) }
}

#[inline(always)]
unsafe fn run<L: Lanes, const N: usize>(rounds: usize) -> f32 {
    // SAFETY: the caller's: instructions
    unsafe {
        let (factor, term) = (L::splat(black_box(0.999)), L::splat(black_box(0.001)));
        let mut sums = [L::splat(black_box(1.0)); N];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, term);
            }
        }
        let mut all = 0.0;
        for sum in sums {
            all += sum.sum();
        }
        all
    }
}
