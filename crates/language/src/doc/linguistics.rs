//! What only a pack can say of the tokens: tags, lemmas, the tree, entities and noun chunks.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Doc, Range};

/// A name's place in [`Names`].
pub(crate) type Name = u32;

/// Stands for "nothing": an empty string in every column.
pub(crate) const NO_NAME: Name = 0;

/// The names that an engine can give (tags, parts of speech, labels), each stored once.
#[derive(Default)]
pub struct Names(Vec<Box<str>>);

impl Names {
    /// The name; empty where there is none.
    pub(crate) fn get(&self, name: Name) -> &str {
        self.0.get(name as usize).map_or("", |s| s)
    }

    /// All names in order.
    pub(crate) fn all(&self) -> &[Box<str>] {
        &self.0
    }

    /// Restores lifted arcs; the labels' names must all be in the table.
    pub(crate) fn deprojectivise(&self, heads: &mut [u32], labels: &mut [Name], is_space: &[bool]) {
        if !labels.iter().any(|name| self.get(*name).contains("||")) {
            return;
        }
        let mut texts: Vec<&str> = labels.iter().map(|name| self.get(*name)).collect();
        crate::transition::tree::deprojectivise(heads, &mut texts, is_space);
        for (name, text) in labels.iter_mut().zip(texts) {
            if self.get(*name) != text {
                // rare: a few tokens in a thousand
                *name = self.0.iter().position(|n| **n == *text).unwrap_or(0) as Name;
            }
        }
    }
}

/// Collects names; the first is the empty one.
#[derive(Debug, Default)]
pub(crate) struct NamesBuilder {
    known: FxHashMap<Box<str>, Name>,
    list: Vec<Box<str>>,
}

impl NamesBuilder {
    /// The place of a name, which is added if it is new.
    pub(crate) fn add(&mut self, name: &str) -> Name {
        if self.list.is_empty() {
            self.list.push("".into());
            self.known.insert("".into(), NO_NAME);
        }
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let place = self.list.len() as Name;
        self.list.push(name.into());
        self.known.insert(name.into(), place);
        place
    }

    pub(crate) fn finish(self) -> Names {
        Names(self.list)
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Names({})", self.0.len())
    }
}

/// The columns as an engine fills them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) tag: Vec<Name>,
    pub(crate) pos: Vec<Name>,
    pub(crate) morph: Vec<Name>,
    pub(crate) dep: Vec<Name>,
    pub(crate) head: Vec<u32>,
    /// End of each lemma in `lemma_text`; it starts where the one before ends.
    pub(crate) lemma_end: Vec<u32>,
    pub(crate) lemma_text: String,
    pub(crate) entities: Vec<(Range, Name)>,
    pub(crate) noun_chunks: Vec<(Range, u32)>,
}

/// What a pack says of the tokens of one document; asked through the methods of [`Doc`].
#[derive(Clone, Debug, Default)]
pub struct Linguistics {
    pub(crate) names: Arc<Names>,
    pub(crate) columns: Columns,
}

impl Linguistics {
    fn name(&self, column: &[Name], i: usize) -> Option<&str> {
        column.get(i).map(|name| self.names.get(*name))
    }
}

/// A named entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entity<'a> {
    /// Its tokens.
    pub range: Range,
    /// Its label: `PERSON`, `GPE`, `ORG` … in English packs, `PER`, `LOC` … in others.
    pub label: &'a str,
}

/// A base noun phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NounChunk {
    /// Its tokens.
    pub range: Range,
    /// Its head noun.
    pub root: usize,
}

/// Answers of the pack: `None` without a pack and past the end; an empty string where the pack says nothing.
impl Doc {
    /// The fine-grained tag of token `i` (`VBD`).
    pub fn tag(&self, i: usize) -> Option<&str> {
        let l = self.linguistics.as_ref()?;
        l.name(&l.columns.tag, i)
    }

    /// The universal part of speech of token `i` (`VERB`).
    pub fn pos(&self, i: usize) -> Option<&str> {
        let l = self.linguistics.as_ref()?;
        l.name(&l.columns.pos, i)
    }

    /// The morphology of token `i` (`Number=Sing|Person=3`).
    pub fn morph(&self, i: usize) -> Option<&str> {
        let l = self.linguistics.as_ref()?;
        l.name(&l.columns.morph, i)
    }

    /// The dependency label of token `i` (`nsubj`); `ROOT` for a root.
    pub fn dep(&self, i: usize) -> Option<&str> {
        let l = self.linguistics.as_ref()?;
        l.name(&l.columns.dep, i)
    }

    /// The lemma of token `i`.
    pub fn lemma(&self, i: usize) -> Option<&str> {
        let c = &self.linguistics.as_ref()?.columns;
        let end = *c.lemma_end.get(i)? as usize;
        let start = i.checked_sub(1).and_then(|p| c.lemma_end.get(p)).map_or(0, |e| *e as usize);
        c.lemma_text.get(start..end)
    }

    /// The head of token `i`; a root is its own head.
    pub fn head(&self, i: usize) -> Option<usize> {
        self.linguistics.as_ref()?.columns.head.get(i).map(|h| *h as usize)
    }

    /// The named entities in order.
    pub fn entities(&self) -> impl Iterator<Item = Entity<'_>> {
        self.linguistics.iter().flat_map(|l| {
            let of = |(range, label): &(Range, Name)| Entity {
                range: *range,
                label: l.names.get(*label),
            };
            l.columns.entities.iter().map(of)
        })
    }

    /// The named entity that token `i` belongs to.
    pub fn entity_of(&self, i: usize) -> Option<Entity<'_>> {
        let l = self.linguistics.as_ref()?;
        let at = l.columns.entities.partition_point(|(r, _)| r.end as usize <= i);
        let (range, label) = *l.columns.entities.get(at)?;
        range.contains(i).then(|| Entity { range, label: l.names.get(label) })
    }

    /// The base noun phrases in order.
    pub fn noun_chunks(&self) -> impl Iterator<Item = NounChunk> + '_ {
        let chunks = self.linguistics.as_ref().map_or(&[][..], |l| &l.columns.noun_chunks);
        chunks.iter().map(|(range, root)| NounChunk { range: *range, root: *root as usize })
    }

    /// The tokens that hang on token `i`, left to right.
    pub fn children(&self, i: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.range_of_sentence(i).filter(move |j| *j != i && self.head(*j) == Some(i))
    }

    /// The children of token `i` whose label is `dep`.
    pub fn children_by<'a>(
        &'a self,
        i: usize,
        dep: &'a str,
    ) -> impl DoubleEndedIterator<Item = usize> + 'a {
        self.children(i).filter(move |j| self.dep(*j) == Some(dep))
    }

    /// The heads above token `i`, nearest first, up to the root.
    pub fn ancestors(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        // a tree has no path longer than its tokens; the bound keeps a broken one from running for ever
        let up = move |at: &usize| self.head(*at).filter(|h| h != at);
        std::iter::successors(up(&i), up).take(self.len())
    }

    /// The tokens at or below token `i`, left to right.
    pub fn subtree(&self, i: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.range_of_sentence(i).filter(move |j| {
            *j == i || self.head(i).is_some() && self.ancestors(*j).any(|a| a == i)
        })
    }

    /// The range from the first to the last token at or below token `i`.
    pub fn subtree_range(&self, i: usize) -> Range {
        let mut all = self.subtree(i);
        let start = all.next().unwrap_or(i);
        let end = all.next_back().unwrap_or(start) + 1;
        Range { start: start as u32, end: end as u32 }
    }

    /// The roots of a sentence (as a rule one).
    pub fn roots(&self, sentence: Range) -> impl Iterator<Item = usize> + '_ {
        sentence.indices().filter(|i| self.head(*i) == Some(*i))
    }

    fn range_of_sentence(&self, i: usize) -> std::ops::Range<usize> {
        self.sentences().get(self.sentence_of(i)).map_or(0..0, |s| s.indices())
    }
}
