//! A stretch of a text: what every claim about a text carries.

use serde::{Deserialize, Serialize};

/// A stretch of a text, start inclusive, end exclusive.
///
/// # Units
///
/// Bytes of UTF-8 in [`crate::Article::text`], always on character boundaries. The JSON contract speaks of Unicode code
/// points: [`CharIndex`] translates at the border and nowhere else.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// Makes a span from byte offsets; texts are below 4 GiB by the limits of whoever made them.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end.saturating_sub(self.start)) as usize
    }

    /// Whether nothing lies in it.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The text it covers; empty where the span does not lie on character boundaries of `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }

    /// Whether two spans share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the byte `at` lies inside.
    pub fn holds(self, at: usize) -> bool {
        (self.start as usize) <= at && at < self.end as usize
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The span without white space at its ends.
    #[must_use]
    pub fn trim(self, text: &str) -> Self {
        let inner = self.of(text);
        let front = inner.len() - inner.trim_start().len();
        let back = inner.len() - inner.trim_end().len();
        if front == inner.len() {
            return Self { start: self.start, end: self.start };
        }
        Self::new(self.start as usize + front, self.end as usize - back)
    }
}

/// Translates byte offsets of one text into code points, in constant time.
#[derive(Debug)]
pub struct CharIndex<'a> {
    text: &'a str,
    /// Code points before each block of 64 bytes; empty for an ASCII text, where nothing needs translating.
    before: Vec<u32>,
}

const BLOCK: usize = 64;

impl<'a> CharIndex<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> Self {
        let mut before = Vec::new();
        if !text.is_ascii() {
            before.reserve(text.len() / BLOCK + 1);
            let mut chars = 0u32;
            for block in text.as_bytes().chunks(BLOCK) {
                before.push(chars);
                chars +=
                    u32::try_from(block.iter().filter(|b| starts_char(**b)).count()).unwrap_or(0);
            }
        }
        Self { text, before }
    }

    /// The number of code points before the byte `at`.
    pub fn chars(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        if self.before.is_empty() {
            return at;
        }
        let block = (at / BLOCK).min(self.before.len() - 1);
        let from = block * BLOCK;
        let rest = self.text.as_bytes().get(from..at).unwrap_or(&[]);
        self.before.get(block).map_or(0, |c| *c as usize)
            + rest.iter().filter(|b| starts_char(**b)).count()
    }

    /// Start and end of a span in code points.
    pub fn span(&self, span: Span) -> (usize, usize) {
        (self.chars(span.start as usize), self.chars(span.end as usize))
    }
}

fn starts_char(byte: u8) -> bool {
    (byte & 0xC0) != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn char_index_counts_code_points_at_every_boundary() {
        for text in ["", "plain", "Пётр сказал: «да» 🙂 и ушёл.", &"é…x".repeat(100)]
        {
            let index = CharIndex::new(text);
            for (chars, (bytes, _)) in text.char_indices().enumerate() {
                assert_eq!(index.chars(bytes), chars, "{text:?} at {bytes}");
            }
            assert_eq!(index.chars(text.len()), text.chars().count());
        }
    }

    #[test]
    fn a_span_that_cuts_a_character_gives_nothing() {
        assert_eq!(Span::new(0, 1).of("é"), "");
        assert_eq!(Span::new(1, 9).trim("a  b  c  d").of("a  b  c  d"), "b  c");
    }
}
