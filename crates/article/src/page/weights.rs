//! The weights of the block model. Trained over general features only; see docs/articles.md for how and on what.

/// First pass: a block by itself.
#[rustfmt::skip]
pub(super) const FIRST: [f32; 44] = [
    -2.5, 1.5, 1.0, 0.5, -2.0, -1.0, 1.0, 1.0, -0.5, -3.0, -0.5, -1.0, 0.3, -0.5, 1.5, 0.5, -2.5, -1.5, -2.0, -3.0,
    -1.5, -2.0, -2.0, -1.5, -1.5, -1.5, -2.0, -2.0, -1.5, 1.0, -0.5, -3.0, 3.0, -2.0, 1.0, -2.0, 1.5, -3.0, -1.5, -1.0,
    -3.0, -1.0, 0.0, -1.0,
];

/// Second pass: the same features.
#[rustfmt::skip]
pub(super) const SECOND: [f32; 44] = [
    -3.5, 1.0, 0.5, 0.3, -2.0, -1.0, 1.0, 0.7, 0.5, -3.0, -0.2, -0.5, 0.3, -0.5, 1.0, 0.5, -2.5, -1.5, -2.0, -3.0,
    -1.5, -2.0, -2.0, -1.5, -1.5, -1.5, -2.0, -2.0, -1.5, 1.0, -0.5, -3.0, 3.0, -2.0, 1.0, -2.0, 0.5, -3.0, -1.5, -1.0,
    -3.0, -1.0, 0.0, -1.0,
];

/// Second pass: what stands around the block.
#[rustfmt::skip]
pub(super) const CONTEXT: [f32; 8] = [1.0, 0.5, 1.0, 0.5, 1.5, 0.5, 1.0, -0.5];
