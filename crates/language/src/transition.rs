//! What the parser and the entity recogniser share: scoring the actions of a state.

use serde_json::Value as Json;

use crate::kernels::{
    Floats, LANES, Level, Packed, Short, StateSum, half_state_scores, halves_of, state_scores,
};
use crate::pack::{
    Error, Reader, Writer,
    model::{Array, Model},
    msgpack::Value,
};
use crate::tok2vec::Vectors;

pub(crate) mod ner;
pub(crate) mod parser;
mod precomputed;
pub(crate) mod tree;
pub(crate) use precomputed::Precomputed;

/// One action with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) action: u8,
    pub(crate) label: Box<str>,
}

/// The network that scores the actions of a state.
#[derive(Debug)]
pub(crate) struct Scorer {
    /// Token vector to hidden width.
    lower: Packed,
    /// Hidden vector to one row for each feature of a state.
    features: Packed,
    /// The two above in 16-bit numbers, where the engine was told to use them.
    short: Option<Quick>,
    feature_count: usize,
    /// What a missing feature adds.
    pad: Floats,
    bias: Floats,
    hidden: usize,
    pieces: usize,
    upper: Packed,
    pub(crate) moves: Vec<Move>,
}

/// The large layers of a scorer in 16-bit numbers.
#[derive(Debug)]
struct Quick {
    lower: Short,
    features: Short,
    upper: Short,
    /// Two numbers in the place of one.
    pad: Floats,
}

impl Scorer {
    /// Takes the layers out of a component's model file and its actions out of its moves file.
    pub(crate) fn from_model(
        model: &Model<'_>,
        width: usize,
        moves: Vec<Move>,
        has_upper: bool,
    ) -> Result<Self, Error> {
        if !has_upper {
            return Err(
                model.unsupported("a transition model without an upper layer is not known here")
            );
        }
        let linear = model.layers(|n| n == "linear");
        let [upper, lower] = linear[..] else {
            return Err(model.unsupported("a transition model of other layers"));
        };
        let affine = model.layer("precomputable_affine")?;
        let (w, b, pad) = (
            model.array(affine, "W", 4)?,
            model.array(affine, "b", 2)?,
            model.array(affine, "pad", 4)?,
        );
        let [feature_count, hidden, pieces, inputs] = w.shape[..] else {
            return Err(model.broken("another shape"));
        };
        let (lower_w, lower_b) = (model.array(lower, "W", 2)?, model.array(lower, "b", 1)?);
        let (upper_w, upper_b) = (model.array(upper, "W", 2)?, model.array(upper, "b", 1)?);
        let fits = b.shape == [hidden, pieces]
            && pad.shape == [1, feature_count, hidden, pieces]
            && lower_w.shape == [inputs, width]
            && lower_b.shape == [inputs]
            && upper_w.shape == [moves.len(), hidden]
            && upper_b.shape == [moves.len()];
        if !fits {
            let what = format!(
                "the layers do not fit each other, or there are not {} actions",
                moves.len()
            );
            return Err(model.broken(what));
        }
        if !hidden.is_multiple_of(LANES) || !inputs.is_multiple_of(LANES) {
            return Err(model.unsupported(format!(
                "a hidden layer of {hidden} is not known here (16, 32, 48 …)"
            )));
        }
        // pieces apart instead of side by side: all of piece 0, then all of piece 1
        let apart = |at: usize| {
            let (row, inside) = (at / (hidden * pieces), at % (hidden * pieces));
            (row * hidden + inside % hidden) * pieces + inside / hidden
        };
        let from = |array: &Array<'_>| Floats::from_fn(array.len(), |at| array.at(apart(at)));
        let outputs = feature_count * hidden * pieces;
        Ok(Self {
            lower: Packed::new(
                width,
                inputs,
                3,
                |o, i| lower_w.at(o * width + i),
                |o| lower_b.at(o),
            ),
            features: Packed::new(inputs, outputs, 3, |o, i| w.at(apart(o) * inputs + i), |_| 0.0),
            short: None,
            feature_count,
            pad: from(&pad),
            bias: from(&b),
            hidden,
            pieces,
            upper: Packed::new(
                hidden,
                moves.len(),
                8,
                |o, i| upper_w.at(o * hidden + i),
                |o| upper_b.at(o),
            ),
            moves,
        })
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let moves: Vec<(u8, &str)> = self.moves.iter().map(|m| (m.action, &*m.label)).collect();
        to.value(&(self.feature_count, self.hidden, self.pieces, moves));
        to.column(&self.pad);
        to.column(&self.bias);
        for matrix in [&self.lower, &self.features, &self.upper] {
            to.packed(matrix);
        }
    }

    pub(crate) fn open(from: &mut Reader) -> Result<Self, Error> {
        let (feature_count, hidden, pieces, moves): (usize, usize, usize, Vec<(u8, Box<str>)>) =
            from.value()?;
        let moves = moves.into_iter().map(|(action, label)| Move { action, label }).collect();
        let (pad, bias): (Floats, Floats) = (from.column()?, from.column()?);
        let (lower, features, upper) = (from.packed()?, from.packed()?, from.packed()?);
        let row = hidden.checked_mul(pieces).unwrap_or(0);
        let sound = row > 0
            && hidden.is_multiple_of(LANES)
            && bias.len() == row
            && row.checked_mul(feature_count) == Some(pad.len())
            && features.outputs == pad.len()
            && features.inputs == lower.outputs
            && upper.inputs == hidden;
        if !sound {
            return Err(from.broken("has layers that do not fit each other"));
        }
        let short = None;
        Ok(Self { lower, features, short, feature_count, pad, bias, hidden, pieces, upper, moves })
    }

    /// Makes the layers in 16-bit numbers as well, or forgets them; tells whether this processor can use them.
    pub(crate) fn set_short(&mut self, level: Level, on: bool) -> bool {
        let quick = || {
            Some(Quick {
                lower: Short::new(level, &self.lower)?,
                features: Short::new(level, &self.features)?,
                upper: Short::new(level, &self.upper)?,
                pad: halves_of(level, &self.pad)?,
            })
        };
        self.short = if on { quick() } else { None };
        self.short.is_some() == on
    }

    /// Places of the numbers that are kept of a token: of 16-bit numbers each holds two.
    fn token_len(&self) -> usize {
        self.features.outputs / if self.short.is_some() { 2 } else { 1 }
    }

    /// How many features a state has.
    pub(crate) fn feature_count(&self) -> usize {
        self.feature_count
    }

    /// What tokens of documents of the given lengths add to states.
    pub(crate) fn precompute<'a>(
        &'a self,
        level: Level,
        vectors: &'a Vectors,
        lens: &[usize],
    ) -> Precomputed<'a> {
        Precomputed::new(self, level, vectors, lens)
    }

    /// A reusable place for scores.
    pub(crate) fn scratch(&self) -> Scratch {
        Scratch { hidden: vec![0.0; self.hidden], scores: vec![0.0; self.upper.outputs] }
    }

    /// Scores all actions of a state; a feature is a token of the document, whose first one is the batch's
    /// token `first`, or missing.
    pub(crate) fn score<'a, const F: usize>(
        &self,
        level: Level,
        known: &mut Precomputed<'_>,
        first: u32,
        features: [Option<u32>; F],
        scratch: &'a mut Scratch,
    ) -> &'a [f32] {
        let quick = self.short.as_ref();
        let (pad, halves) = quick.map_or((&self.pad, 1), |quick| (&quick.pad, 2));
        let width = self.hidden * self.pieces / halves;
        known.reach(features.iter().flatten().map(|token| first + token));
        let mut rows: [&[f32]; F] = [&[]; F];
        for (f, (row, feature)) in rows.iter_mut().zip(features).enumerate() {
            let found = match feature {
                Some(token) => known.get(first + token, f, width),
                None => pad.get(f * width..(f + 1) * width),
            };
            *row = found.unwrap_or(&[]);
        }
        let sum = StateSum { rows: &rows, bias: &self.bias, pieces: self.pieces };
        let (hidden, scores) = (&mut scratch.hidden, &mut scratch.scores);
        match quick {
            Some(quick) => half_state_scores(level, &sum, &quick.upper, hidden, scores),
            None => state_scores(level, &sum, &self.upper, hidden, scores),
        }
        scratch.scores.get(..self.moves.len()).unwrap_or(&[])
    }
}

/// Where scores are computed.
#[derive(Debug)]
pub(crate) struct Scratch {
    hidden: Vec<f32>,
    scores: Vec<f32>,
}

/// The best of the classes for which `is_valid` holds, by action; the first of equals.
pub(crate) fn best_valid(
    moves: &[Move],
    scores: &[f32],
    is_valid: impl Fn(usize, &Move) -> bool,
) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (i, (one, score)) in moves.iter().zip(scores).enumerate() {
        if best.is_none_or(|(_, b)| *score > b) && is_valid(i, one) {
            best = Some((i, *score));
        }
    }
    best.map(|(i, _)| i)
}

/// Reads a moves file: a msgpack map whose `moves` is JSON, `{action: {label: frequency}}`.
///
/// Classes are ordered by action, then by falling frequency, then by label from z to a; labels of negative frequency (added
/// after training) come after all others of their action.
pub(crate) fn read_moves(file: &std::path::Path, bytes: &[u8]) -> Result<Vec<Move>, Error> {
    let broken = |what: &str| Error::broken(file, what.to_owned());
    let value = Value::read(bytes).map_err(|what| Error::broken(file, what))?;
    let text = value.get("moves").and_then(Value::as_str).ok_or_else(|| broken("no moves"))?;
    let json: Json =
        serde_json::from_str(text).map_err(|_no_json| broken("the moves are no JSON"))?;
    let actions = json.as_object().ok_or_else(|| broken("the moves are no table"))?;
    let mut all: Vec<(u8, i64, &str)> = Vec::new();
    for (action, labels) in actions {
        let action = action.parse().map_err(|_no_number| broken("an action without a number"))?;
        for (label, frequency) in labels.as_object().into_iter().flatten() {
            let frequency =
                frequency.as_i64().ok_or_else(|| broken("a label without a frequency"))?;
            all.push((action, frequency, label));
        }
    }
    all.sort_by(|a, b| {
        (a.1 < 0).cmp(&(b.1 < 0)).then(a.0.cmp(&b.0)).then(b.1.cmp(&a.1)).then(b.2.cmp(a.2))
    });
    Ok(all.into_iter().map(|(action, _, label)| Move { action, label: label.into() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_ordered_as_in_training() {
        let json = br#"{"0":{"":9},"2":{"nsubj":5,"det":7,"aux":7},"1":{"":3}}"#;
        let mut bytes = b"\x81\xa5moves\xd9".to_vec();
        bytes.push(json.len() as u8);
        bytes.extend(json);
        let moves = read_moves(std::path::Path::new("moves"), &bytes).unwrap_or_default();
        let list: Vec<String> = moves.iter().map(|m| format!("{}{}", m.action, m.label)).collect();
        assert_eq!(list, ["0", "1", "2det", "2aux", "2nsubj"]);
    }
}
