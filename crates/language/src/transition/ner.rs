//! The entity recogniser: one action a token (begin, in, last, unit, out).
//!
//! # Source
//!
//! spaCy 3.8, `EntityRecognizer`, <https://spacy.io/api/entityrecognizer>.

use super::{Precomputed, Scorer, best_valid};
use crate::doc::Range;
use crate::kernels::Level;

const BEGIN: u8 = 1;
const IN: u8 = 2;
const LAST: u8 = 3;
const UNIT: u8 = 4;
const OUT: u8 = 5;

/// Features of a state.
pub(crate) const FEATURES: usize = 3;

/// Finds the entities of one document: their tokens and the class whose label they have.
pub(crate) fn recognise(
    scorer: &Scorer,
    level: Level,
    known: &mut Precomputed<'_>,
    first: u32,
    sentence_starts: &[bool],
    is_space: &[bool],
) -> Vec<(Range, u32)> {
    let len = is_space.len();
    let mut scratch = scorer.scratch();
    let mut found = Vec::new();
    let mut open: Option<(u32, usize)> = None;
    for (i, space) in is_space.iter().enumerate() {
        let token = i as u32;
        let features = [Some(token), open.map(|(start, _)| start), open.map(|_| token - 1)];
        let scores = scorer.score(level, known, first, features, &mut scratch);
        let goes_on = len - i >= 2 && !sentence_starts.get(i + 1).is_some_and(|s| *s);
        let label = open.and_then(|(_, class)| scorer.moves.get(class)).map(|m| &m.label);
        let is_valid = |_: usize, m: &super::Move| match m.action {
            BEGIN => open.is_none() && goes_on && !space && !m.label.is_empty(),
            IN => label == Some(&m.label) && goes_on,
            LAST => label == Some(&m.label),
            UNIT => open.is_none() && !space && !m.label.is_empty(),
            OUT => open.is_none(),
            _ => false,
        };
        let Some(class) = best_valid(&scorer.moves, scores, is_valid) else { continue };
        match (scorer.moves.get(class).map(|m| m.action), open) {
            (Some(BEGIN), _) => open = Some((token, class)),
            (Some(LAST), Some((start, _))) => {
                found.push((Range { start, end: token + 1 }, class as u32));
                open = None;
            }
            (Some(UNIT), _) => found.push((Range { start: token, end: token + 1 }, class as u32)),
            _ => {}
        }
    }
    found
}
