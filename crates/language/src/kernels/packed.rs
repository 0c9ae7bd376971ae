//! Matrices laid out as the kernels read them.

use super::{Floats, LANES};

/// A matrix of `inputs` rows and `outputs` columns with a bias, cut into panels of a few vectors' width; inside a panel the
/// numbers stand in the order in which the kernel multiplies them.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) inputs: usize,
    /// Columns, filled up with zeros to a multiple of [`LANES`].
    pub(crate) outputs: usize,
    /// Vectors in a panel; the last panel may have fewer.
    pub(crate) panel_vectors: usize,
    pub(crate) panels: Floats,
    pub(crate) bias: Floats,
}

impl Packed {
    /// Packs a matrix given by its numbers.
    pub(crate) fn new(
        inputs: usize,
        outputs: usize,
        panel_vectors: usize,
        weight: impl Fn(usize, usize) -> f32,
        bias: impl Fn(usize) -> f32,
    ) -> Self {
        let padded = outputs.next_multiple_of(LANES);
        let panel = panel_vectors * LANES;
        let number = |at: usize| {
            let first = at / (panel * inputs) * panel;
            let width = panel.min(padded - first);
            let inside = at - first * inputs;
            let (input, output) = (inside / width, first + inside % width);
            if output < outputs { weight(output, input) } else { 0.0 }
        };
        Self {
            inputs,
            outputs: padded,
            panel_vectors,
            panels: Floats::from_fn(padded * inputs, number),
            bias: Floats::from_fn(padded, |o| if o < outputs { bias(o) } else { 0.0 }),
        }
    }

    /// Packs a maxout layer of three pieces: each panel holds the three pieces of 16 outputs, so that their maximum is taken
    /// in registers. `weight` and `bias` are asked by output and piece.
    pub(crate) fn maxout(
        inputs: usize,
        outputs: usize,
        pieces: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
        bias: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let place = |column| Self::maxout_place(column, pieces);
        Self::new(
            inputs,
            outputs * pieces,
            pieces,
            |column, input| {
                let (output, piece) = place(column);
                weight(output, piece, input)
            },
            |column| {
                let (output, piece) = place(column);
                bias(output, piece)
            },
        )
    }

    /// Only the bias of a maxout layer, whose products are known otherwise.
    pub(crate) fn maxout_bias(
        outputs: usize,
        pieces: usize,
        bias: impl Fn(usize, usize) -> f32,
    ) -> Self {
        Self::maxout(0, outputs, pieces, |_, _, _| 0.0, bias)
    }

    /// The output and the piece that a column of a maxout matrix belongs to.
    pub(crate) fn maxout_place(column: usize, pieces: usize) -> (usize, usize) {
        let (group, inside) = (column / (LANES * pieces), column % (LANES * pieces));
        (group * LANES + inside % LANES, inside / LANES)
    }

    /// Whether the parts have the sizes that they say, which the kernels rely on.
    pub(crate) fn is_sound(&self) -> bool {
        self.outputs.is_multiple_of(LANES)
            && (1..=8).contains(&self.panel_vectors)
            && self.inputs.checked_mul(self.outputs) == Some(self.panels.len())
            && self.bias.len() == self.outputs
    }
}
