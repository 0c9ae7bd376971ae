//! What one host repeats on page after page: learnt from its earlier pages, left out of the next.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Page;
use super::body::text_hash;

/// The most lines that are remembered of one host.
const LINES_MAX: usize = 4_000;
/// After so many pages every count is halved: sites are rebuilt.
const PAGES_MAX: u32 = 400;
/// A line is furniture from this many pages on.
const SEEN_MIN: u32 = 3;
/// A longer line reads like an article: every report of a running story repeats what happened before.
const SHORT_WORDS_MAX: usize = 12;
/// Such a line is furniture from this many pages on, if it stands on half of them.
const LONG_SEEN_MIN: u32 = 8;

/// The lines that a host repeats, with the pages on which each was seen.
///
/// One per host, kept by whoever reads the stream: [`Furniture::learn`] from every page that was read, then
/// [`super::read_known`] for the next. An article that is read again counts again, so learn from new addresses only.
///
/// # Limits
///
/// 4,000 lines; those seen least are forgotten first.
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
        let mut least = 1;
        while self.lines.len() > LINES_MAX {
            self.lines.retain(|_, seen| *seen > least);
            least += 1;
        }
    }

    /// Packs it for keeping: twelve bytes a line, the same bytes for the same lines.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut lines: Vec<(u64, u32)> = self.lines.iter().map(|(line, n)| (*line, *n)).collect();
        lines.sort_unstable();
        let mut out = self.pages.to_le_bytes().to_vec();
        for (line, seen) in lines {
            out.extend_from_slice(&line.to_le_bytes());
            out.extend_from_slice(&seen.to_le_bytes());
        }
        out
    }

    /// Unpacks what [`Furniture::to_bytes`] packed; of other bytes it takes what there is.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let Some((pages, rest)) = bytes.split_first_chunk::<4>() else { return Self::default() };
        let line = |part: &[u8]| {
            let (line, seen) = part.split_first_chunk::<8>()?;
            Some((u64::from_le_bytes(*line), u32::from_le_bytes(seen.try_into().ok()?)))
        };
        let lines = rest.chunks_exact(12).filter_map(line).collect();
        Self { pages: u32::from_le_bytes(*pages), lines }
    }

    /// How many pages it has learnt from.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Whether a line of an article's text is one that the host is known to repeat.
    pub fn is_repeated(&self, line: &str) -> bool {
        self.holds(text_hash(line), line)
    }

    /// Whether a line stood on several earlier pages and on a tenth of them; a long one on many and on half of them.
    pub(super) fn holds(&self, line: u64, text: &str) -> bool {
        let long = text.split_whitespace().nth(SHORT_WORDS_MAX).is_some();
        let (least, share) = if long { (LONG_SEEN_MIN, 2) } else { (SEEN_MIN, 10) };
        self.lines.get(&line).is_some_and(|seen| *seen >= least && *seen * share >= self.pages)
    }
}
