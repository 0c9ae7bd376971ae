//! Texts to pieces of words: SentencePiece's normaliser and its unigram model.
//!
//! # Source
//!
//! T. Kudo and J. Richardson, SentencePiece, 2018, <https://aclanthology.org/D18-2012/>; the file is the older layout of
//! `sentencepiece_model.proto`. The normaliser's table is a double array of darts-clone.

use std::path::Path;

use fst::raw::Fst;

use crate::kernels::Column;
use crate::pack::{Error, Reader, Writer};

/// The piece for what no piece covers.
const UNKNOWN: u32 = 0;
const BEGIN: u32 = 1;
const END: u32 = 2;

/// Stands for a blank.
const BLANK: &[u8] = "\u{2581}".as_bytes();

/// The tokenizer of the encoder.
pub(super) struct Pieces {
    /// Piece to its id.
    automaton: Fst<Bytes>,
    scores: Column<f32>,
    unknown_score: f32,
    /// Units of the double array, and the replacements that it points into.
    units: Column<u32>,
    replacements: Column<u8>,
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pieces({})", self.len())
    }
}

/// Bytes for the automaton of pieces.
#[derive(Debug)]
struct Bytes(Column<u8>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Pieces {
    /// Reads a model file.
    pub(super) fn read(file: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let broken = |what: &str| Error::broken(file, what.to_owned());
        let fields =
            |bytes| fields(bytes).ok_or_else(|| broken("is cut short or no model of pieces"));
        let mut pieces: Vec<(&[u8], u64)> = Vec::new();
        let mut scores = Vec::new();
        let mut charsmap: &[u8] = &[];
        for (number, value) in fields(bytes)? {
            let parts = match number {
                1 | 3 => fields(value)?,
                _ => continue,
            };
            let part = |wanted: u64| parts.iter().find(|(n, _)| *n == wanted).map(|(_, v)| *v);
            if number == 3 {
                charsmap = part(2).unwrap_or(charsmap);
                continue;
            }
            let text = part(1).ok_or_else(|| broken("a piece without a text"))?;
            let score =
                part(2).and_then(|b| b.first_chunk::<4>()).map_or(0.0, |b| f32::from_le_bytes(*b));
            pieces.push((text, scores.len() as u64));
            scores.push(score);
        }
        pieces.sort_unstable();
        pieces.dedup_by_key(|(text, _)| *text);
        let automaton = Fst::from_iter_map(pieces)
            .map_err(|_unsorted| broken("the pieces cannot be sorted"))?;
        let size = charsmap.first_chunk::<4>().map_or(0, |b| u32::from_le_bytes(*b) as usize);
        let units = charsmap.get(4..4 + size).ok_or_else(|| broken("no table of characters"))?;
        let units: Vec<u32> =
            units.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
        let (automaton, replacements) = (
            Column::from(automaton.as_bytes()),
            Column::from(charsmap.get(4 + size..).unwrap_or(&[])),
        );
        Self::new(automaton, Column::from(&scores[..]), Column::from(&units[..]), replacements)
            .ok_or_else(|| broken("the pieces are not usable"))
    }

    fn new(
        automaton: Column<u8>,
        scores: Column<f32>,
        units: Column<u32>,
        replacements: Column<u8>,
    ) -> Option<Self> {
        let lowest = scores.iter().copied().fold(f32::INFINITY, f32::min);
        let automaton = Fst::new(Bytes(automaton)).ok()?;
        (!scores.is_empty()).then_some(Self {
            automaton,
            scores,
            unknown_score: lowest - 10.0,
            units,
            replacements,
        })
    }

    pub(super) fn save(&self, to: &mut Writer) {
        to.column(self.automaton.as_inner().as_ref());
        to.column(&self.scores);
        to.column(&self.units);
        to.column(&self.replacements);
    }

    pub(super) fn open(from: &mut Reader) -> Result<Self, Error> {
        let (automaton, scores, units, replacements) =
            (from.column()?, from.column()?, from.column()?, from.column()?);
        Self::new(automaton, scores, units, replacements)
            .ok_or_else(|| from.broken("has no usable pieces"))
    }

    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.scores.len()
    }

    /// The pieces of a text between the marks for begin and end.
    pub(super) fn ids(&self, text: &str) -> Vec<u32> {
        let normal = self.normalise(text);
        let mut ids = vec![BEGIN];
        if normal.is_empty() {
            ids.push(UNKNOWN);
        } else {
            self.best_path(&normal, &mut ids);
        }
        ids.push(END);
        ids
    }

    /// The longest entry of the table at the start of `bytes`: what replaces it, and how many bytes it takes. Where there is
    /// none, one character as it is.
    fn replace<'a>(&'a self, bytes: &'a [u8]) -> (&'a [u8], usize) {
        let offset = |unit: u32| ((unit >> 10) << ((unit & 0x200) >> 6)) as usize;
        let unit = |at: usize| self.units.get(at).copied();
        let mut found = None;
        let mut node = unit(0).map_or(0, offset);
        for (i, byte) in bytes.iter().enumerate() {
            node ^= usize::from(*byte);
            let Some(here) = unit(node).filter(|u| u & 0x8000_00ff == u32::from(*byte)) else {
                break;
            };
            node ^= offset(here);
            if here & 0x100 != 0 {
                found = unit(node).map(|u| ((u & 0x7fff_ffff) as usize, i + 1));
            }
        }
        let replacement = found.and_then(|(at, len)| {
            let from = self.replacements.get(at..)?;
            let end = from.iter().position(|b| *b == 0)?;
            Some((from.get(..end)?, len))
        });
        replacement.unwrap_or_else(|| {
            let len = char_len(bytes.first().copied().unwrap_or(0)).min(bytes.len());
            (bytes.get(..len).unwrap_or(bytes), len)
        })
    }

    fn normalise(&self, text: &str) -> Vec<u8> {
        let mut rest = text.as_bytes();
        let mut out = Vec::with_capacity(rest.len() + 3);
        // blanks at the start are dropped, as is every blank behind another one
        let mut after_blank = true;
        while !rest.is_empty() {
            let (mut piece, taken) = self.replace(rest);
            rest = rest.get(taken.max(1)..).unwrap_or(&[]);
            while after_blank && piece.first() == Some(&b' ') {
                piece = piece.get(1..).unwrap_or(&[]);
            }
            let Some(last) = piece.last() else { continue };
            after_blank = *last == b' ';
            if out.is_empty() {
                out.extend_from_slice(BLANK);
            }
            for byte in piece {
                if *byte == b' ' {
                    out.extend_from_slice(BLANK);
                } else {
                    out.push(*byte);
                }
            }
        }
        while out.ends_with(BLANK) {
            out.truncate(out.len() - BLANK.len());
        }
        out
    }

    /// The pieces of the highest sum of scores; of equal ones, the first found.
    fn best_path(&self, text: &[u8], ids: &mut Vec<u32>) {
        let mut best = vec![(f32::NEG_INFINITY, 0_usize, UNKNOWN); text.len() + 1];
        if let Some(first) = best.first_mut() {
            first.0 = 0.0;
        }
        let offer = |best: &mut [(f32, usize, u32)], at: usize, new: (f32, usize, u32)| {
            if let Some(known) = best.get_mut(at)
                && new.0 > known.0
            {
                *known = new;
            }
        };
        let mut i = 0;
        while i < text.len() {
            let one = char_len(text.get(i).copied().unwrap_or(0)).min(text.len() - i);
            let from = best.get(i).map_or(f32::NEG_INFINITY, |b| b.0);
            let mut covered = false;
            let mut node = self.automaton.root();
            let mut output = fst::raw::Output::zero();
            for (taken, byte) in text.get(i..).unwrap_or(&[]).iter().enumerate() {
                let Some(step) = node.find_input(*byte) else { break };
                let transition = node.transition(step);
                output = output.cat(transition.out);
                node = self.automaton.node(transition.addr);
                if node.is_final() {
                    let id = output.cat(node.final_output()).value() as u32;
                    let score = self.scores.get(id as usize).copied().unwrap_or(f32::NEG_INFINITY);
                    offer(&mut best, i + taken + 1, (from + score, i, id));
                    covered |= taken + 1 == one;
                }
            }
            if !covered {
                offer(&mut best, i + one, (from + self.unknown_score, i, UNKNOWN));
            }
            i += one;
        }
        let start = ids.len();
        let mut at = text.len();
        while at > 0 {
            let Some((_, from, id)) = best.get(at).copied().filter(|b| b.1 < at) else { break };
            ids.push(id);
            at = from;
        }
        ids.get_mut(start..).unwrap_or_default().reverse();
    }
}

/// Bytes of the character that starts with this byte.
fn char_len(first: u8) -> usize {
    match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
        _ => 1,
    }
}

/// The fields of a protobuf message with their bytes; `None` where it is cut short.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let len = match tag & 7 {
            0 => {
                let before = bytes;
                varint(&mut bytes)?;
                found.push((tag >> 3, before.get(..before.len() - bytes.len())?));
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut bytes)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (value, rest) = bytes.split_at_checked(len)?;
        found.push((tag >> 3, value));
        bytes = rest;
    }
    Some(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
