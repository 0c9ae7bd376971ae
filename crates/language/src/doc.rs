//! The document: tokens as columns, spans and tokens as views of it.

use std::sync::Arc;

use crate::Lang;

mod linguistics;
pub(crate) use linguistics::{Columns, NO_NAME, Name, NamesBuilder};
pub use linguistics::{Entity, Linguistics, Names, NounChunk};

/// A half-open range of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// First token.
    pub start: u32,
    /// The token after the last one.
    pub end: u32,
}

impl Range {
    /// The token indices.
    pub fn indices(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many tokens.
    pub fn len(self) -> usize {
        self.indices().len()
    }

    /// Whether there is no token in it.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether the token `i` is in it.
    pub fn contains(self, i: usize) -> bool {
        self.indices().contains(&i)
    }
}

/// A view of one token: where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its index in the document.
    pub i: usize,
    /// First byte in the text.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

/// A text with its tokens and sentences. Tokens are stored as columns; nothing is stored per token but numbers.
///
/// Documents of [`crate::segment()`] and [`crate::Engines::doc`] have no tokens of white space; the ones of
/// [`crate::Engines::parse`] have, where spaCy has them.
#[derive(Clone, Debug, Default)]
pub struct Doc {
    pub(crate) text: Arc<str>,
    pub(crate) lang: Lang,
    pub(crate) starts: Vec<u32>,
    pub(crate) ends: Vec<u32>,
    pub(crate) sentences: Vec<Range>,
    pub(crate) linguistics: Option<Linguistics>,
}

impl Doc {
    /// The text, unchanged.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// How many tokens.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The token `i`; past the end an empty token at the end of the text.
    pub fn token(&self, i: usize) -> Token {
        match (self.starts.get(i), self.ends.get(i)) {
            (Some(start), Some(end)) => Token { i, start: *start as usize, end: *end as usize },
            _ => Token { i, start: self.text.len(), end: self.text.len() },
        }
    }

    /// All tokens in order.
    pub fn tokens(&self) -> impl DoubleEndedIterator<Item = Token> + ExactSizeIterator + '_ {
        (0..self.len()).map(|i| self.token(i))
    }

    /// The characters of a token.
    pub fn text_of(&self, token: Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// The characters of the token `i`; empty past the end.
    pub fn word(&self, i: usize) -> &str {
        self.text_of(self.token(i))
    }

    /// The characters of a range of tokens, with what stands between them.
    pub fn text_of_range(&self, range: Range) -> &str {
        self.text.get(self.bytes_of(range)).unwrap_or("")
    }

    /// Whether one blank follows the token `i`.
    pub fn has_space_after(&self, i: usize) -> bool {
        self.ends.get(i).is_some_and(|end| {
            let end = *end as usize;
            self.text.as_bytes().get(end) == Some(&b' ')
                && self.starts.get(i + 1).is_none_or(|next| *next as usize != end)
        })
    }

    /// Whether the token `i` is white space.
    pub fn is_space(&self, i: usize) -> bool {
        self.word(i).chars().all(is_python_space)
    }

    /// The sentences, in order, as ranges of tokens that cover all tokens.
    pub fn sentences(&self) -> &[Range] {
        &self.sentences
    }

    /// First and last byte (exclusive) of a range of tokens.
    pub fn bytes_of(&self, range: Range) -> std::ops::Range<usize> {
        if range.end <= range.start {
            let at = self.token(range.start as usize).start;
            return at..at;
        }
        self.token(range.start as usize).start..self.token(range.end as usize - 1).end
    }

    /// The index of the first token that ends after the byte `at`.
    pub fn token_at(&self, at: usize) -> usize {
        self.ends.partition_point(|end| (*end as usize) <= at)
    }

    /// The index of the sentence that holds the byte `at` (the next one where it lies between two).
    pub fn sentence_at(&self, at: usize) -> usize {
        self.sentence_of(self.token_at(at))
    }

    /// The index of the sentence that holds the token `i`.
    pub fn sentence_of(&self, i: usize) -> usize {
        self.sentences.partition_point(|s| s.end as usize <= i)
    }

    /// The tokens that touch the bytes `bytes`.
    pub fn tokens_in(&self, bytes: std::ops::Range<usize>) -> Range {
        let start = self.token_at(bytes.start);
        let end = self.starts.partition_point(|s| (*s as usize) < bytes.end).max(start);
        Range { start: start as u32, end: end as u32 }
    }

    /// What the pack says, where one was used.
    pub fn linguistics(&self) -> Option<&Linguistics> {
        self.linguistics.as_ref()
    }
}

/// White space as Python's `str.isspace` has it: Unicode's, and the four separators U+001C to U+001F.
pub(crate) fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment;

    #[test]
    fn ranges_of_bytes_become_ranges_of_tokens() {
        let doc = segment("One two. Three four.", Lang::EN);
        let range = doc.tokens_in(4..14);
        assert_eq!(doc.text_of_range(range), "two. Three");
        assert_eq!(doc.sentence_at(9), 1);
        assert!(doc.has_space_after(0));
        assert!(!doc.has_space_after(1));
    }

    #[test]
    fn nothing_is_asked_of_a_pack_that_is_not_there() {
        let doc = segment("One two.", Lang::EN);
        assert_eq!(doc.pos(0), None);
        assert_eq!(doc.entities().count(), 0);
        assert_eq!(doc.children(0).count(), 0);
    }
}
