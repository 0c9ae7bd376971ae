//! The arithmetic of the networks: products of packed matrices, maxout with layer norm, scores of parser states.
//!
//! One body of code, written over vectors of 16 numbers ([`lanes::Lanes`]), is compiled for AVX-512, for AVX2 with FMA and
//! for any machine; which one runs is decided once, by what the processor has.

mod buffer;
mod column;
mod gather;
mod lanes;
mod packed;
mod pairs;
mod peak;
mod short;
mod tiles;

pub(crate) use buffer::Buffer;
pub(crate) use column::{ALIGNMENT, Column, Floats, Plain};
pub(crate) use gather::{SUMMED, prefetch, row_sums};
pub(crate) use packed::Packed;
pub(crate) use pairs::{Pairs, window_pairs};
pub(crate) use peak::peak;
pub(crate) use short::{
    Short, half_known_norm, half_product, half_state_scores, halves_of, short_pairs, short_product,
};
pub(crate) use tiles::{
    Job, Known, Norm, PIECES_MAX, StateSum, known_norm, product, product_by, state_scores,
};

/// How many numbers a vector holds; widths of networks are multiples of it.
pub(crate) const LANES: usize = 16;

/// What the processor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Level {
    /// The best level of this machine.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// Every level that this machine can run, for tests.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Self::Avx2);
            }
            if is_x86_feature_detected!("avx512f") {
                all.push(Self::Avx512);
            }
        }
        all
    }
}

/// Small numbers without a pattern.
#[cfg(test)]
fn number(i: usize) -> f32 {
    ((i as u32).wrapping_mul(2_654_435_761) >> 16) as f32 / 65536.0 - 0.5
}
