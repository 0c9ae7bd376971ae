//! Base noun phrases, by each language's own rules over the tree.
//!
//! # Source
//!
//! spaCy 3.8, `syntax_iterators` of English and French.

use crate::doc::Range;

/// What the rules look at; all columns have one entry a token.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) pos: Vec<&'a str>,
    pub(crate) dep: Vec<&'a str>,
    pub(crate) head: &'a [u32],
    /// The leftmost token below each token.
    pub(crate) left_edge: Vec<u32>,
}

impl Tree<'_> {
    fn pos(&self, i: usize) -> &str {
        self.pos.get(i).copied().unwrap_or("")
    }

    fn dep(&self, i: usize) -> &str {
        self.dep.get(i).copied().unwrap_or("")
    }

    fn head(&self, i: usize) -> usize {
        self.head.get(i).map_or(i, |h| *h as usize)
    }

    fn left(&self, i: usize) -> usize {
        self.left_edge.get(i).map_or(i, |l| *l as usize)
    }

    /// The head that a chain of conjuncts, each to the right of the one before, starts from.
    fn first_conjunct(&self, i: usize) -> usize {
        let mut at = self.head(i);
        while self.dep(at) == "conj" && self.head(at) < at {
            at = self.head(at);
        }
        at
    }

    /// The rightmost token below a token.
    fn right_edge(&self, i: usize) -> usize {
        let below = |mut j: usize| {
            // no path is longer than the text
            for _ in 0..self.head.len() {
                if j == i {
                    return true;
                }
                let head = self.head(j);
                if head == j {
                    return false;
                }
                j = head;
            }
            false
        };
        let mut end = i;
        for j in i + 1..self.head.len() {
            if below(j) {
                end = j;
            }
        }
        end
    }

    /// Steps up to the root.
    fn depth(&self, i: usize) -> usize {
        let up = |at: &usize| Some(self.head(*at)).filter(|head| head != at);
        std::iter::successors(up(&i), up).take(self.head.len()).count()
    }

    fn first_right_child(&self, i: usize) -> Option<usize> {
        (i + 1..self.head.len()).find(|j| self.head(*j) == i)
    }
}

/// The noun phrases of a document with their roots; a language without rules of its own has none.
pub(crate) fn noun_chunks(lang: &str, tree: &Tree<'_>) -> Vec<(Range, u32)> {
    let find = match lang {
        "en" => english,
        "fr" => french,
        _ => return Vec::new(),
    };
    let mut chunks = Vec::new();
    let mut last_end: Option<usize> = None;
    for i in 0..tree.head.len() {
        let nominal = matches!(tree.pos(i), "NOUN" | "PROPN" | "PRON");
        if !nominal || last_end.is_some_and(|end| tree.left(i) <= end) {
            continue;
        }
        if let Some((start, last)) = find(tree, i) {
            last_end = Some(last);
            if start <= last {
                // the root of the span, which is not always the word that made it
                let root = root_of(tree, start, last).unwrap_or(i);
                chunks.push((Range { start: start as u32, end: last as u32 + 1 }, root as u32));
            }
        }
    }
    chunks
}

/// The root of a span as spaCy has it: a root of the sentence, else of the tokens whose head lies outside the one nearest to
/// the sentence's root.
fn root_of(tree: &Tree<'_>, start: usize, last: usize) -> Option<usize> {
    if let Some(root) = (start..=last).find(|i| tree.head(*i) == *i) {
        return Some(root);
    }
    let outside = |i: &usize| !(start..=last).contains(&tree.head(*i));
    (start..=last).filter(outside).min_by_key(|i| tree.depth(*i))
}

fn english(tree: &Tree<'_>, i: usize) -> Option<(usize, usize)> {
    const ROLES: &[&str] =
        &["oprd", "nsubj", "dobj", "nsubjpass", "pcomp", "pobj", "dative", "appos", "attr", "ROOT"];
    let phrase = ROLES.contains(&tree.dep(i))
        || tree.dep(i) == "conj" && ROLES.contains(&tree.dep(tree.first_conjunct(i)));
    phrase.then(|| (tree.left(i), i))
}

fn french(tree: &Tree<'_>, i: usize) -> Option<(usize, usize)> {
    const ROLES: &[&str] = &[
        "nsubj",
        "nsubj:pass",
        "obj",
        "obl",
        "obl:agent",
        "obl:arg",
        "obl:mod",
        "nmod",
        "pcomp",
        "appos",
        "ROOT",
    ];
    const BEHIND: &[&str] = &["flat", "flat:name", "flat:foreign", "fixed", "compound"];
    let left = tree.left(i);
    if ROLES.contains(&tree.dep(i)) {
        let last = match tree.first_right_child(i) {
            Some(child) if tree.dep(child) == "amod" => tree.right_edge(child),
            Some(child) if tree.dep(child) == "det" && tree.pos(child) == "DET" => child,
            Some(child) if BEHIND.contains(&tree.dep(child)) => tree.right_edge(i),
            _ => i,
        };
        return Some((if tree.pos(left) == "ADP" { left + 1 } else { left }, last));
    }
    if tree.dep(i) == "conj" && ROLES.contains(&tree.dep(tree.first_conjunct(i))) {
        return Some((if tree.pos(left) == "CCONJ" { left + 1 } else { left }, i));
    }
    None
}
