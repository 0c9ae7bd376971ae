//! What one host repeats on page after page: learnt from its earlier pages, left out of the next.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Page;

/// The most lines that are remembered of one host.
const LINES_MAX: usize = 20_000;
/// After so many pages every count is halved: sites are rebuilt.
const PAGES_MAX: u32 = 400;
/// A line is furniture from this many pages on.
const SEEN_MIN: u32 = 3;

/// The lines that a host repeats, with the pages on which each was seen.
///
/// One per host, kept by whoever reads the stream: [`Furniture::learn`] from every page that was read, then
/// [`super::read_known`] for the next. An article that is read again counts again, so learn from new addresses only.
///
/// # Limits
///
/// 20,000 lines; lines seen once are forgotten first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Furniture {
    pages: u32,
    lines: FxHashMap<u64, u32>,
}

impl Furniture {
    /// Notes the lines of a page that was read.
    pub fn learn(&mut self, page: &Page) {
        self.pages += 1;
        for line in &page.lines {
            *self.lines.entry(*line).or_insert(0) += 1;
        }
        if self.pages > PAGES_MAX {
            self.pages /= 2;
            self.lines.retain(|_, seen| {
                *seen /= 2;
                *seen > 0
            });
        }
        if self.lines.len() > LINES_MAX {
            self.lines.retain(|_, seen| *seen > 1);
        }
        if self.lines.len() > LINES_MAX {
            self.lines.clear();
            self.pages = 0;
        }
    }

    /// How many pages it has learnt from.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Whether a line stood on several earlier pages, and on a tenth of them.
    pub(super) fn holds(&self, line: u64) -> bool {
        self.lines.get(&line).is_some_and(|seen| *seen >= SEEN_MIN && *seen * 10 >= self.pages)
    }
}
