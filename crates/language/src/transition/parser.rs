//! The dependency parser: arc-eager, greedy, able to take a wrong arc back.
//!
//! # Source
//!
//! spaCy 3.8, `DependencyParser` (<https://spacy.io/api/dependencyparser>); M. Honnibal and M. Johnson, An Improved
//! Non-monotonic Transition System for Dependency Parsing, 2015, <https://aclanthology.org/D15-1162/>.

use super::{Precomputed, Scorer, best_valid};
use crate::kernels::Level;

/// The actions' numbers in the moves file.
const SHIFT: u8 = 0;
const REDUCE: u8 = 1;
const LEFT: u8 = 2;
const RIGHT: u8 = 3;
const BREAK: u8 = 4;

/// Features of a state.
pub(crate) const FEATURES: usize = 8;

/// The arcs of a document as the parser leaves them.
#[derive(Debug, Default)]
pub(crate) struct Arcs {
    /// Head of each token; a token without an arc is its own.
    pub(crate) heads: Vec<u32>,
    /// The class whose label the arc has; `None` for a root.
    pub(crate) labels: Vec<Option<u32>>,
}

/// Children of each token on one side, the one whose arc was made last first: links in one list for all tokens.
#[derive(Debug)]
struct Children {
    /// The newest link of each token, counted from one; 0: no child.
    newest: Vec<u32>,
    /// A child, and the link before it.
    links: Vec<(u32, u32)>,
}

impl Children {
    fn new(len: usize) -> Self {
        Self { newest: vec![0; len], links: Vec::with_capacity(len) }
    }

    fn link(&self, at: u32) -> Option<(u32, u32)> {
        (at as usize).checked_sub(1).and_then(|at| self.links.get(at)).copied()
    }

    fn newest_link(&self, of: u32) -> Option<(u32, u32)> {
        self.newest.get(of as usize).and_then(|at| self.link(*at))
    }

    fn last(&self, of: Option<u32>) -> Option<u32> {
        self.newest_link(of?).map(|(child, _)| child)
    }

    fn push(&mut self, of: u32, child: u32) {
        if let Some(newest) = self.newest.get_mut(of as usize) {
            self.links.push((child, *newest));
            *newest = self.links.len() as u32;
        }
    }

    /// Takes the last child away.
    fn pop(&mut self, of: u32) {
        let before = self.newest_link(of).map_or(0, |(_, before)| before);
        if let Some(newest) = self.newest.get_mut(of as usize) {
            *newest = before;
        }
    }

    /// The children of a token, newest first.
    fn of(&self, token: u32) -> impl Iterator<Item = u32> + '_ {
        let next = |(_, before): &(u32, u32)| self.link(*before);
        std::iter::successors(self.newest_link(token), next).map(|(child, _)| child)
    }
}

struct State {
    len: u32,
    stack: Vec<u32>,
    /// Tokens that were put back, the top is the next one.
    put_back: Vec<u32>,
    next: u32,
    heads: Vec<Option<u32>>,
    labels: Vec<u32>,
    left: Children,
    right: Children,
    unshiftable: Vec<bool>,
    starts: Vec<bool>,
}

impl State {
    fn new(len: usize) -> Self {
        Self {
            len: len as u32,
            stack: Vec::with_capacity(16),
            put_back: Vec::new(),
            next: 0,
            heads: vec![None; len],
            labels: vec![0; len],
            left: Children::new(len),
            right: Children::new(len),
            unshiftable: vec![false; len],
            starts: vec![false; len],
        }
    }

    fn buffer_len(&self) -> usize {
        (self.len - self.next) as usize + self.put_back.len()
    }

    fn buffer(&self, i: usize) -> Option<u32> {
        if let Some(at) = self.put_back.len().checked_sub(i + 1) {
            return self.put_back.get(at).copied();
        }
        let at = self.next + (i - self.put_back.len()) as u32;
        (at < self.len).then_some(at)
    }

    fn stack(&self, i: usize) -> Option<u32> {
        self.stack.len().checked_sub(i + 1).and_then(|at| self.stack.get(at)).copied()
    }

    fn features(&self) -> [Option<u32>; FEATURES] {
        let (b0, s0) = (self.buffer(0), self.stack(0));
        [
            b0,
            self.buffer(1),
            s0,
            self.stack(1),
            self.stack(2),
            self.left.last(b0),
            self.left.last(s0),
            self.right.last(s0),
        ]
    }

    fn valid(&self) -> [bool; 5] {
        let b0 = self.buffer(0).map(|b| b as usize);
        let is =
            |flags: &[bool], i: Option<usize>| i.and_then(|i| flags.get(i)).is_some_and(|f| *f);
        let waiting = self.buffer_len();
        let (starts, stacked) = (is(&self.starts, b0), !self.stack.is_empty());
        let next = self.buffer(1).map(|b| b as usize);
        let arc = stacked && waiting > 0 && !starts;
        [
            !stacked || waiting >= 2 && !starts && !is(&self.unshiftable, b0),
            stacked,
            arc,
            arc,
            waiting >= 2 && next == b0.map(|b| b + 1) && !is(&self.starts, next),
        ]
    }

    fn shift(&mut self) {
        if let Some(token) = self.put_back.pop() {
            self.stack.push(token);
        } else if self.next < self.len {
            self.stack.push(self.next);
            self.next += 1;
        }
    }

    fn add_arc(&mut self, head: u32, child: u32, class: u32) {
        if let Some(old) = self.heads.get(child as usize).copied().flatten() {
            let lists = if old > child { &mut self.left } else { &mut self.right };
            if lists.last(Some(old)) == Some(child) {
                lists.pop(old);
            }
        }
        let lists = if head > child { &mut self.left } else { &mut self.right };
        lists.push(head, child);
        if let (Some(to), Some(label)) =
            (self.heads.get_mut(child as usize), self.labels.get_mut(child as usize))
        {
            *to = Some(head);
            *label = class;
        }
    }

    fn set(flags: &mut [bool], i: Option<u32>, value: bool) {
        if let Some(flag) = i.and_then(|i| flags.get_mut(i as usize)) {
            *flag = value;
        }
    }

    fn apply(&mut self, action: u8, class: u32) {
        let (s0, b0) = (self.stack(0), self.buffer(0));
        match (action, s0, b0) {
            (SHIFT, ..) => self.shift(),
            (REDUCE, Some(s0), _) => {
                let alone = self.stack.len() == 1;
                self.stack.pop();
                if !alone && self.heads.get(s0 as usize).is_some_and(Option::is_none) {
                    // it has no head yet: back to the buffer, and never onto the stack again
                    Self::set(&mut self.unshiftable, Some(s0), true);
                    self.put_back.push(s0);
                }
            }
            (LEFT, Some(s0), Some(b0)) => {
                self.add_arc(b0, s0, class);
                Self::set(&mut self.unshiftable, Some(b0), false);
                self.stack.pop();
            }
            (RIGHT, Some(s0), Some(b0)) => {
                self.add_arc(s0, b0, class);
                self.shift();
            }
            _ => {
                let next = self.buffer(1);
                Self::set(&mut self.starts, next, true);
            }
        }
    }
}

/// Parses one document.
///
/// # Limits
///
/// At most 16 steps for each token; a sound model needs two or three.
pub(crate) fn parse(
    scorer: &Scorer,
    level: Level,
    known: &mut Precomputed<'_>,
    first: u32,
    len: usize,
) -> Arcs {
    let mut state = State::new(len);
    let mut scratch = scorer.scratch();
    for _ in 0..len * 16 {
        if state.stack.is_empty() && state.buffer_len() == 0 {
            break;
        }
        let scores = scorer.score(level, known, first, state.features(), &mut scratch);
        let valid = state.valid();
        let is_valid =
            |_: usize, m: &super::Move| valid.get(usize::from(m.action)).is_some_and(|v| *v);
        let Some(class) = best_valid(&scorer.moves, scores, is_valid) else { break };
        let action = scorer.moves.get(class).map_or(BREAK, |m| m.action);
        state.apply(action, class as u32);
    }
    // an arc that was replaced but not taken out of its list may be among them: the last head counts, as in spaCy
    let mut arcs = Arcs { heads: (0..len as u32).collect(), labels: vec![None; len] };
    for lists in [&state.left, &state.right] {
        for head in 0..len as u32 {
            for child in lists.of(head) {
                let at = child as usize;
                if let (Some(to), Some(label)) = (arcs.heads.get_mut(at), arcs.labels.get_mut(at)) {
                    *to = head;
                    *label = state.labels.get(at).copied();
                }
            }
        }
    }
    arcs
}
