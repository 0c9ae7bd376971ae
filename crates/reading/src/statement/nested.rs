//! What somebody quotes while being quoted: "“The board told us: ‘Wait until spring,’” Nadia Olin said".
//!
//! One level deep and only where the inner words stand in marks of their own, with a cue and a speaker beside them: what
//! people retell without marks belongs to what they say themselves.

use super::{Found, words::Words};
use crate::cue::frame;

/// A statement inside a quotation of another.
pub(super) struct Nested<'a> {
    /// Index of the outer statement among those found.
    pub(super) outer: usize,
    /// The quotation's inside, cut anew.
    pub(super) words: Words<'a>,
    pub(super) found: Vec<Found>,
}

/// Reads the quotations of what was found once more, from the inside.
///
/// # Limits
///
/// Every quotation is read at most once more, so that the cost stays linear in the text.
pub(super) fn find<'a>(words: &Words<'a>, found: &[Found]) -> Vec<Nested<'a>> {
    let mut all = Vec::new();
    for (outer, one) in found.iter().enumerate() {
        for i in one.content.iter().flat_map(|(start, end)| *start..*end) {
            let Some(inner) = words.quotation(i).and_then(|q| words.cut_within(q)) else {
                continue;
            };
            let mut nested = super::find(&inner);
            nested.retain(|n| {
                let quoted = |i: usize| inner.quotation(i).is_some_and(|q| q.words >= 2);
                let speech = n.content.iter().any(|(a, b)| quoted(*a) || quoted(b - 1));
                let says = n.cue.first().is_some_and(|(at, _)| brings_quotations(&inner, *at));
                speech && says && n.source.is_some() && !n.floating
            });
            if !nested.is_empty() {
                all.push(Nested { outer, words: inner, found: nested });
            }
        }
    }
    all
}

fn brings_quotations(words: &Words<'_>, at: usize) -> bool {
    words
        .senses(at)
        .iter()
        .filter_map(|sense| words.cue(sense))
        .any(|cue| cue.frames & frame::QUOTE != 0 && cue.frames & (frame::WEAK | frame::NOUN) == 0)
}
