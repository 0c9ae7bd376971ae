//! What is said without marks and without a cue: transcripts, headlines that name their source, block quotations.

use super::{
    Found,
    words::{Sentence, Shape, Words},
};
use crate::cue::{frame, kind};

/// Fewest paragraphs "Name: …" that make a text a transcript.
const TRANSCRIPT_PARAGRAPHS_MIN: usize = 3;

/// How far below a headline the name is looked for that stands before its colon, in tokens.
const HEADLINE_NAME_TOKENS: usize = 300;

impl Words<'_> {
    /// Whether the text is a transcript: three or more paragraphs that begin "Name:" or "Q:".
    pub(super) fn is_transcript(&self) -> bool {
        let speakers = self
            .sentences
            .iter()
            .enumerate()
            .filter(|(n, s)| self.begins_paragraph(*n) && self.colon_of_speaker(s).is_some());
        speakers.take(TRANSCRIPT_PARAGRAPHS_MIN).count() == TRANSCRIPT_PARAGRAPHS_MIN
    }

    pub(super) fn begins_paragraph(&self, n: usize) -> bool {
        let paragraph = |n: usize| self.sentences.get(n).map(|s| s.paragraph);
        n.checked_sub(1).is_none_or(|before| paragraph(before) != paragraph(n))
    }

    /// The colon after "Q", "A", "SMITH" or a name at the start of a paragraph.
    pub(super) fn colon_of_speaker(&self, s: &Sentence) -> Option<usize> {
        let colon = (s.start + 1..s.end.min(s.start + 6)).find(|i| self.is_mark(*i, ':'))?;
        let source = (s.start, colon);
        let letter = colon == s.start + 1 && matches!(self.word(s.start), "Q" | "A");
        let capitals = (s.start..colon).all(|i| {
            self.toks.get(i).is_some_and(|t| t.shape == Shape::Upper && !t.is(kind::TIME))
        }) && self.word(s.start).len() > 2;
        let named = self.speaks_like_a_name(source) && self.holds_person(source);
        (colon + 1 < s.end && (letter || capitals || named)).then_some(colon)
    }

    /// "Q: …", "SMITH: …": in a transcript the whole paragraph is what is said.
    pub(super) fn answer(&self, n: usize, s: &Sentence, transcript: bool) -> Option<Found> {
        if !transcript || !self.begins_paragraph(n) {
            return None;
        }
        let colon = self.colon_of_speaker(s)?;
        Some(Found {
            content: vec![(colon + 1, self.paragraph_end(n))],
            source: Some((s.start, colon)),
            sentence: n,
            transcript: true,
            ..Found::default()
        })
    }

    /// One past the last token of a sentence's paragraph.
    pub(super) fn paragraph_end(&self, n: usize) -> usize {
        let Some(s) = self.sentences.get(n) else {
            return 0;
        };
        let after = self.sentences.partition_point(|other| other.paragraph <= s.paragraph);
        self.sentences.get(after - 1).map_or(s.end, |last| last.end)
    }

    /// "The governor added:" and a paragraph without quotation marks: a block quotation.
    pub(super) fn block_after_colon(
        &self,
        n: usize,
        s: &Sentence,
        last: Option<&Found>,
    ) -> Option<Found> {
        let before = n.checked_sub(1)?;
        if !self.begins_paragraph(n) || last.is_some_and(|last| last.sentence == before) {
            return None;
        }
        let intro = self.sentences.get(before)?;
        let end = self.paragraph_end(n);
        let plain = !self.is_mark(s.start, '—')
            && !self.is_mark(s.start, '•')
            && !(s.start..end).any(|i| self.is_speech(i));
        if !plain || !self.is_mark(intro.end.checked_sub(1)?, ':') {
            return None;
        }
        // nothing but small words stands between the cue and the colon
        let (cue, verb) = (intro.start..intro.end).rev().take(12).find_map(|i| {
            let verb = self.verb(intro, i)?;
            (verb.has(frame::QUOTE) && !verb.has(frame::WEAK) && !verb.is_ing())
                .then_some((i, verb))
        })?;
        if verb.passive || verb.hypothetical || verb.infinitive {
            return None;
        }
        let source = self.subject_of(intro, intro.start, &verb)?;
        self.may_speak(source).then(|| Found {
            content: vec![(s.start, end)],
            cue: vec![(cue, cue + 1)],
            source: Some(source),
            sentence: n,
            transcript: true,
            ..Found::default()
        })
    }

    /// "Referee Olav Strand: “…”", "“…” — Ambassador Ilic", "Minister Kovač: They are enough."
    pub(super) fn read_without_cue(&self, n: usize, s: &Sentence, found: &mut Vec<Found>) {
        let end = self.sentence_end(s);
        let first_of_paragraph =
            n == 0 || self.sentences.get(n - 1).is_some_and(|p| p.paragraph != s.paragraph);
        let colon = (s.start + 1..end.min(s.start + 16)).find(|i| self.is_mark(*i, ':'));
        if let Some(colon) = colon {
            let source = (s.start, colon);
            let next = colon + 1;
            let named = self.speaks_like_a_name(source)
                || n == 0 && colon <= s.start + 2 && self.is(s.start, kind::GROUP | kind::WRITTEN);
            let quoted = self.quotation(next).is_some() && self.is_speech(next);
            if named
                && next < end
                && (quoted
                    || first_of_paragraph && self.is_capital(next) && self.holds_person(source)
                    || n == 0 && self.heads_the_text(s, source))
            {
                let stop = if quoted { end } else { s.end };
                let stop = if self.mark(stop - 1) == Some('.') && quoted { stop - 1 } else { stop };
                let content = vec![(next, stop.max(next + 1))];
                found.push(Found {
                    content,
                    source: Some(source),
                    sentence: n,
                    transcript: !quoted,
                    ..Found::default()
                });
                return;
            }
        }
        if self.quotation(s.start).is_some()
            && self.is_speech(s.start)
            && self.is_mark(s.start + 1, '—')
            && s.start + 2 < end
        {
            let source = (s.start + 2, end);
            if self.speaks_like_a_name(source) {
                found.push(Found {
                    content: vec![(s.start, s.start + 1)],
                    source: Some(source),
                    sentence: n,
                    ..Found::default()
                });
            }
        }
    }

    /// "Olin: The quay will close", "Poll: Two in three want it": a headline that gives its source first.
    ///
    /// A lone name is met again further down; a subject of several words is no source.
    pub(super) fn heads_the_text(&self, s: &Sentence, (start, end): (usize, usize)) -> bool {
        if end - start > 2 || s.end - end < 5 || !self.has_finite(end + 1, s.end) {
            return false;
        }
        let word = self.low(end - 1);
        self.is(start, kind::GROUP | kind::WRITTEN)
            || (s.end..self.toks.len().min(s.end + HEADLINE_NAME_TOKENS))
                .any(|i| self.is_capital(i) && self.low(i) == word)
                && !self.is(end - 1, kind::OUTLET | kind::ORGANIZATION)
    }

    /// Whether a stretch is a name or an office and nothing else.
    pub(super) fn speaks_like_a_name(&self, (start, end): (usize, usize)) -> bool {
        start < end
            && !self.has_finite(start, end)
            && self.is_capital(start)
            && (start..end)
                .any(|i| self.is_capital(i) && !self.is(i, kind::TIME | kind::DETERMINER))
            && self.may_speak((start, end))
    }

    /// Whether a stretch names a person: a given name, a title or two capitals in a row.
    pub(super) fn holds_person(&self, (start, end): (usize, usize)) -> bool {
        (start..end).any(|i| self.is(i, kind::TITLE | kind::NAME) && self.is_capital(i))
            && self.holds_name(start, end)
    }
}
