//! Lemmas by edit trees: a class for every token, and for every class a tree that rewrites the ends of the word.
//!
//! # Source
//!
//! G. Chrupała, Towards a Machine-Learning Architecture for Lexical Functional Grammar Parsing, 2008, chapter 6.3, as
//! spaCy's `trainable_lemmatizer` applies it, <https://spacy.io/api/edittreelemmatizer>.

use std::path::Path;

use crate::pack::{Error, Reader, Writer, msgpack::Value};
use crate::strings;

/// What a lemma is where no tree fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backoff {
    Nothing,
    Word,
    Lower,
}

impl Backoff {
    const ALL: [Self; 3] = [Self::Nothing, Self::Word, Self::Lower];

    /// The attribute that a pack's configuration names.
    pub(crate) fn named(name: Option<&str>) -> Option<Self> {
        Some(match name {
            None => Self::Nothing,
            Some("orth" | "orth_" | "text") => Self::Word,
            Some("lower" | "lower_") => Self::Lower,
            Some(_) => return None,
        })
    }
}

/// A node; lengths are in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// Keeps the middle, and rewrites what stands before and after by other nodes.
    Match { before: u32, after: u32, prefix: Option<u32>, suffix: Option<u32> },
    /// Stands for one string only.
    Replace { old: Box<str>, new: Box<str> },
}

/// The number of "no tree" in the file.
const NO_TREE: u64 = u32::MAX as u64;

/// Nodes that are visited for one word; a tree that is sound has a few.
const STEPS_MAX: usize = 256;

/// The trees of a pack and which of them each class stands for.
#[derive(Debug)]
pub(crate) struct EditTrees {
    nodes: Vec<Node>,
    /// The tree of each class.
    roots: Vec<u32>,
    backoff: Backoff,
    /// How many of the best classes are tried.
    pub(crate) tries: usize,
}

impl EditTrees {
    /// Reads the trees; `words` are all strings of the pack, to which trees refer by number.
    pub(crate) fn read(
        file: &Path,
        bytes: &[u8],
        words: &[String],
        roots: Vec<u32>,
        backoff: Backoff,
        tries: usize,
    ) -> Result<Self, Error> {
        let broken = |what: &str| Error::broken(file, what.to_owned());
        let value = Value::read(bytes).map_err(|what| Error::broken(file, what))?;
        let list = value.get("trees").and_then(Value::as_array);
        let list = list.ok_or_else(|| broken("no trees"))?;
        let number = |node: &Value<'_>, name: &str| node.get(name).and_then(Value::as_u64);
        // the strings that trees name, by number
        let mut wanted: Vec<u64> = list
            .iter()
            .flat_map(|node| ["orig", "subst"].map(|name| number(node, name)))
            .flatten()
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = vec![None; wanted.len()];
        for word in words.iter().map(String::as_str).chain([""]) {
            if let Ok(at) = wanted.binary_search(&strings::id(word))
                && let Some(to) = found.get_mut(at)
            {
                *to = Some(word);
            }
        }
        let word = |node: &Value<'_>, name: &str| {
            let at = number(node, name).and_then(|id| wanted.binary_search(&id).ok());
            at.and_then(|at| found.get(at).copied().flatten()).map(Box::from)
        };
        let tree = |node: &Value<'_>, name: &str| match number(node, name)? {
            NO_TREE => Some(None),
            tree => Some(Some(u32::try_from(tree).ok().filter(|t| (*t as usize) < list.len())?)),
        };
        let length = |node: &Value<'_>, name: &str| number(node, name)?.try_into().ok();
        let mut nodes = Vec::new();
        for node in list {
            let read = if node.get("prefix_len").is_some() {
                (|| {
                    Some(Node::Match {
                        before: length(node, "prefix_len")?,
                        after: length(node, "suffix_len")?,
                        prefix: tree(node, "prefix_tree")?,
                        suffix: tree(node, "suffix_tree")?,
                    })
                })()
            } else {
                word(node, "orig")
                    .zip(word(node, "subst"))
                    .map(|(old, new)| Node::Replace { old, new })
            };
            nodes.push(read.ok_or_else(|| broken("a tree that is not whole"))?);
        }
        if roots.iter().any(|root| *root as usize >= nodes.len()) {
            return Err(broken("a class stands for a tree that is not there"));
        }
        Ok(Self { nodes, roots, backoff, tries })
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let nodes: Vec<_> = self
            .nodes
            .iter()
            .map(|node| match node {
                Node::Match { before, after, prefix, suffix } => {
                    (Some((before, after, prefix, suffix)), None)
                }
                Node::Replace { old, new } => (None, Some((old, new))),
            })
            .collect();
        to.value(&(nodes, &self.roots, self.backoff as usize, self.tries));
    }

    pub(crate) fn open(from: &mut Reader) -> Result<Self, Error> {
        type Saved = (Option<(u32, u32, Option<u32>, Option<u32>)>, Option<(Box<str>, Box<str>)>);
        let (saved, roots, backoff, tries): (Vec<Saved>, Vec<u32>, usize, usize) = from.value()?;
        let broken = || from.broken("has broken trees");
        let mut nodes = Vec::new();
        for node in saved {
            nodes.push(match node {
                (Some((before, after, prefix, suffix)), None) => {
                    Node::Match { before, after, prefix, suffix }
                }
                (None, Some((old, new))) => Node::Replace { old, new },
                _ => return Err(broken()),
            });
        }
        let backoff = Backoff::ALL.get(backoff).copied().ok_or_else(broken)?;
        Ok(Self { nodes, roots, backoff, tries })
    }

    /// How many classes there are.
    pub(crate) fn classes(&self) -> usize {
        self.roots.len()
    }

    /// The class whose tree fits the word: the best one, or one of the next best where several are tried.
    pub(crate) fn choose(&self, word: &str, scores: &[f32]) -> Option<usize> {
        let mut scores = scores.to_vec();
        for _ in 0..self.tries.min(scores.len()) {
            let best =
                scores.iter().enumerate().fold(None, |best: Option<(usize, f32)>, (i, s)| {
                    if best.is_none_or(|(_, b)| *s > b) { Some((i, *s)) } else { best }
                });
            let (class, _) = best?;
            if self.apply(class, word, &mut String::new()) {
                return Some(class);
            }
            if let Some(score) = scores.get_mut(class) {
                *score = f32::MIN;
            }
        }
        None
    }

    /// Appends the lemma that a class gives the word, or what stands for it where none does.
    pub(crate) fn push(&self, class: Option<usize>, word: &str, out: &mut String) {
        if class.is_some_and(|class| self.apply(class, word, out)) {
            return;
        }
        match self.backoff {
            Backoff::Nothing => {}
            Backoff::Word => out.push_str(word),
            Backoff::Lower => out.push_str(&word.to_lowercase()),
        }
    }

    /// Appends the rewritten word; appends nothing and is false where the tree does not fit.
    fn apply(&self, class: usize, word: &str, out: &mut String) -> bool {
        let (len, mut steps) = (out.len(), STEPS_MAX);
        let done =
            self.roots.get(class).and_then(|root| self.rewrite(*root, word, &mut steps, out));
        if done.is_none() {
            out.truncate(len);
        }
        done.is_some()
    }

    fn rewrite(&self, node: u32, part: &str, steps: &mut usize, out: &mut String) -> Option<()> {
        *steps = steps.checked_sub(1)?;
        match self.nodes.get(node as usize)? {
            Node::Match { before, after, prefix, suffix } => {
                let start = byte_of(part, *before as usize)?;
                let rest = part.get(start..)?;
                let kept = rest.chars().count().checked_sub(*after as usize)?;
                let end = start + byte_of(rest, kept)?;
                if let Some(prefix) = prefix {
                    self.rewrite(*prefix, part.get(..start)?, steps, out)?;
                }
                out.push_str(part.get(start..end)?);
                if let Some(suffix) = suffix {
                    self.rewrite(*suffix, part.get(end..)?, steps, out)?;
                }
            }
            Node::Replace { old, new } => {
                if part != &**old {
                    return None;
                }
                out.push_str(new);
            }
        }
        Some(())
    }
}

/// Where the n-th character starts; the end of the text for its number of characters.
fn byte_of(text: &str, n: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trees() -> EditTrees {
        let replace = |old: &str, new: &str| Node::Replace { old: old.into(), new: new.into() };
        let keep = |before, after, prefix, suffix| Node::Match { before, after, prefix, suffix };
        EditTrees {
            // "geliefert" to "liefern", "Städte" to "Stadt", a tree that holds itself
            nodes: vec![
                replace("ge", ""),
                replace("t", "n"),
                keep(2, 1, Some(0), Some(1)),
                replace("ä", "a"),
                keep(0, 1, None, Some(5)),
                replace("e", ""),
                keep(2, 3, None, Some(7)),
                keep(1, 2, Some(3), Some(4)),
                keep(0, 0, Some(8), Some(8)),
            ],
            roots: vec![2, 6, 8],
            backoff: Backoff::Lower,
            tries: 2,
        }
    }

    #[test]
    fn trees_rewrite_the_ends_of_words() {
        let check = |word: &str, scores: [f32; 3], expected: &str| {
            let (trees, mut out) = (trees(), String::new());
            let class = trees.choose(word, &scores);
            trees.push(class, word, &mut out);
            assert_eq!(out, expected, "{word}");
        };
        check("geliefert", [1.0, 0.5, 0.0], "liefern");
        // the best does not fit, the second does
        check("geliefert", [0.5, 1.0, 0.0], "liefern");
        // none of the two best fits
        check("Ähre", [0.5, 0.6, 0.0], "ähre");
        check("Ä", [0.0, 0.6, 1.0], "ä");
        check("", [1.0, 0.0, 0.0], "");
    }

    #[test]
    fn what_is_kept_is_in_characters() {
        let (trees, mut out) = (trees(), String::new());
        // "éx" goes (no tree puts it back), of the last three "ä" becomes "a", the middle stays, "e" goes
        assert!(trees.apply(1, "éxoäte", &mut out));
        assert_eq!(out, "oat");
    }
}
