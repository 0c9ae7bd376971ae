//! Runs between blanks that were met before, with their tokens. News repeats its words: most runs are found here.

use rustc_hash::FxHashMap;

use super::Piece;

/// Runs in one of the two generations.
const RUNS_MAX: usize = 8_000;

/// Longer runs are not remembered.
const RUN_BYTES_MAX: usize = 64;

/// A bounded table in two generations: when the young one is full it becomes the old one, and the old one is forgotten.
#[derive(Debug, Default)]
pub(super) struct Runs {
    young: FxHashMap<Box<str>, Box<[Piece]>>,
    old: FxHashMap<Box<str>, Box<[Piece]>>,
}

impl Runs {
    /// The tokens of a run.
    #[inline]
    pub(super) fn get(&self, run: &str) -> Option<&[Piece]> {
        self.young.get(run).or_else(|| self.old.get(run)).map(|pieces| &**pieces)
    }

    pub(super) fn insert(&mut self, run: Box<str>, pieces: Box<[Piece]>) {
        if run.len() > RUN_BYTES_MAX {
            return;
        }
        if self.young.len() >= RUNS_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(run, pieces);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_runs_are_kept() {
        let mut runs = Runs::default();
        for i in 0..RUNS_MAX * 3 {
            runs.insert(i.to_string().into(), Box::default());
        }
        runs.insert("x".repeat(RUN_BYTES_MAX + 1).into(), Box::default());
        let check = |run: usize, expected| {
            assert_eq!(runs.get(&run.to_string()).is_some(), expected, "{run}");
        };
        check(0, false);
        check(RUNS_MAX, true);
        check(RUNS_MAX * 3 - 1, true);
        assert_eq!(runs.young.len() + runs.old.len(), RUNS_MAX * 2);
    }
}
