//! The document: tokens as columns, spans and tokens as views of it.

use std::sync::Arc;

use crate::Lang;

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

/// What only a pack can say of the tokens; one entry a token in each column.
///
/// Columns hold strings interned by the engine as `Arc<str>`; equal values share one allocation.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names are spaCy's and Universal Dependencies'")]
pub struct Linguistics {
    pub tag: Vec<Arc<str>>,
    pub pos: Vec<Arc<str>>,
    pub morph: Vec<Arc<str>>,
    pub lemma: Vec<Arc<str>>,
    /// Index of the head; a root is its own head.
    pub head: Vec<u32>,
    pub dep: Vec<Arc<str>>,
    /// Named entities in order: tokens and label (`PERSON`, `GPE`, `ORG` …).
    pub entities: Vec<(Range, Arc<str>)>,
    /// Base noun phrases in order: tokens and root.
    pub noun_chunks: Vec<(Range, u32)>,
}

/// A text with its tokens and sentences. Tokens are stored as columns; nothing is stored per token but numbers.
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
        let token = self.token_at(at) as u32;
        self.sentences.partition_point(|s| s.end <= token)
    }

    /// What the pack says, where one was used.
    pub fn linguistics(&self) -> Option<&Linguistics> {
        self.linguistics.as_ref()
    }
}
