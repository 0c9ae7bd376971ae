//! Joins what belongs together: quotations over several paragraphs, quotations after "X said:", quotations that go on
//! after the full stop.

use super::{Found, words::Words};
use crate::cue::{frame, kind};

/// A range of tokens.
type Tokens = (usize, usize);

/// Longest quotation that may stand in a paragraph of its own without an end mark and still be no heading, in words.
const HEADING_WORDS_MAX: u32 = 12;

/// Gives floating quotations their speaker, or drops them.
pub(super) fn join(words: &Words<'_>, found: &mut Vec<Found>) {
    let mut joined: Vec<Found> = Vec::with_capacity(found.len());
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for mut one in std::mem::take(found) {
        if !one.floating {
            if !waiting.is_empty() {
                // “One. / “Two,” said X: the paragraphs before belong to X
                if opens_with_quotation(words, &one) {
                    one.content.splice(0..0, waiting.drain(..));
                }
                waiting.clear();
            }
            joined.push(one);
            continue;
        }
        let paragraph = words.paragraph_of(one.sentence);
        let first = one.content.first().copied().unwrap_or_default();
        if words.quotation(first.1.saturating_sub(1)).is_some_and(|q| q.continues) {
            let goes_on_from_attributed =
                joined.last().is_some_and(|last| words.continues_into(last, first.0));
            if !goes_on_from_attributed {
                waiting.extend(one.content);
                continue;
            }
        }
        if !waiting.is_empty() {
            // the last of several paragraphs, and nobody named
            one.content.splice(0..0, waiting.drain(..));
        }
        let same = joined.iter_mut().rev().take(3).find(|last| {
            words.paragraph_of(last.sentence) == paragraph
                && last.content.last().is_some_and(|c| words.quotes_in(*c))
                || words.continues_into(last, first.0)
        });
        if let Some(last) = same {
            last.content.append(&mut one.content);
            last.sentence = one.sentence;
            continue;
        }
        if words.introduced(&one).is_none() && words.is_heading(&one) {
            continue;
        }
        if let Some((source, cue)) = words.introduced(&one) {
            one.source = Some(source);
            one.cue.extend(cue);
            one.floating = false;
            joined.push(one);
        } else if let Some(last) = joined.last() {
            one.source = last.source;
            joined.push(one);
        }
    }
    *found = joined;
}

fn opens_with_quotation(words: &Words<'_>, one: &Found) -> bool {
    one.content.first().is_some_and(|(start, _)| words.quotation(*start).is_some())
}

impl Words<'_> {
    pub(super) fn paragraph_of(&self, sentence: usize) -> u32 {
        self.sentences.get(sentence).map_or(u32::MAX, |s| s.paragraph)
    }

    fn quotes_in(&self, (start, end): (usize, usize)) -> bool {
        (start..end).any(|i| self.is_speech(i))
    }

    /// Whether a statement's last quotation has no closing mark since the one that begins at `next` goes on with it.
    fn continues_into(&self, last: &Found, next: usize) -> bool {
        last.content.last().is_some_and(|(_, end)| {
            self.quotation(end.saturating_sub(1)).is_some_and(|q| q.continues) && next >= *end
        })
    }

    /// A quotation alone in its paragraph, short and without an end mark: a heading.
    fn is_heading(&self, one: &Found) -> bool {
        let Some(s) = self.sentences.get(one.sentence) else {
            return true;
        };
        let alone = one.content.first().is_some_and(|c| c.0 == s.start && c.1 == s.end);
        // in a text that quotes with double marks, single ones around a whole short paragraph set a heading
        let double = || self.quotations.iter().take(8).filter(|q| !q.single).count() >= 2;
        alone
            && self.quotation(s.start).is_some_and(|q| {
                q.words <= HEADING_WORDS_MAX
                    && (!matches!(q.last, '.' | '!' | '?' | '…' | ',')
                        || q.single && q.words <= 6 && double())
            })
    }

    /// "The governor added:" closes the paragraph before: subject and cue.
    fn introduced(&self, one: &Found) -> Option<(Tokens, Option<Tokens>)> {
        let at = one.sentence.checked_sub(1)?;
        let s = self.sentences.get(at)?;
        if !self.is_mark(s.end.checked_sub(1)?, ':') {
            return None;
        }
        for i in s.start..s.end {
            if let Some(verb) = self.verb(s, i)
                && verb.has(frame::QUOTE)
                && let Some(subject) = self.subject_before(s, s.start, verb.start)
            {
                return Some((subject, Some((i, i + 1))));
            }
        }
        let person = (s.start..s.end).find(|i| {
            self.is_capital(*i)
                && !self.is(*i, kind::DETERMINER | kind::PREPOSITION | kind::ADVERB | kind::TIME)
        })?;
        let end = (person..s.end).find(|i| !self.is_capital(*i)).unwrap_or(s.end);
        Some(((person, end), None))
    }
}
