//! Whose verb a cue is: by the parse where there is one, else by the order of words.

use super::{
    PARSE_TOKENS_MAX,
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::cue::{frame, kind};

impl Words<'_> {
    /// Whether a noun phrase may be somebody: not a bare time, number or place word.
    pub(super) fn may_speak(&self, (start, end): (usize, usize)) -> bool {
        // "two in three", "47 percent": so many of those asked
        let share = end - start >= 2
            && (self.toks.get(start).is_some_and(|t| t.shape == Shape::Number)
                || self.is(start, kind::DETERMINER) && self.low(start + 1) == "in");
        share
            || (start..end).any(|i| {
                self.toks.get(i).is_some_and(|t| {
                    t.is_word()
                        && t.shape != Shape::Number
                        && !t.is(kind::TIME)
                        && (!t.is(kind::DETERMINER
                            | kind::PREPOSITION
                            | kind::ADVERB
                            | kind::AUXILIARY)
                            || t.is(kind::PRONOUN))
                })
            })
    }

    /// The subject of a finite verb: by the parse where there is one, else by the order of words.
    pub(super) fn subject_of(
        &self,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
    ) -> Option<(usize, usize)> {
        if let Some(by_parse) = self.parsed_subject(s, verb.at) {
            if by_parse.0 >= floor {
                return Some(by_parse);
            }
            // "Barr, who said he had voted, added …": the subject stands before what was read already
            if self.is_mark(verb.start - 1, ',') && floor >= verb.start.saturating_sub(1) {
                let comma = (by_parse.0..by_parse.1).find(|i| self.is_mark(*i, ','));
                return Some((by_parse.0, comma.unwrap_or(by_parse.1)));
            }
        }
        if self.is_lang(language::Lang::DE) {
            return self.german_subject(s, floor, verb);
        }
        let before = verb.start.checked_sub(1)?;
        if self.is(before, kind::COORDINATOR) && before > s.start {
            // "X apologised and blamed Y"
            return self.main_subject(s, before);
        }
        self.subject_before(s, floor, verb.start)
    }

    /// The noun phrase that the parse makes the subject of a verb.
    pub(super) fn parsed_subject(&self, s: &Sentence, at: usize) -> Option<(usize, usize)> {
        self.doc.linguistics()?;
        let verb = self.doc.token_at(self.toks.get(at)?.span.start as usize);
        // a parse of what is no sentence says nothing and costs much
        let sentence = self.doc.sentences().get(self.doc.sentence_of(verb))?;
        if sentence.len() > PARSE_TOKENS_MAX {
            return None;
        }
        let mut head = verb;
        for _ in 0..3 {
            let subject = self
                .doc
                .children(head)
                .find(|c| matches!(self.doc.dep(*c), Some("nsubj" | "nsubjpass")));
            if let Some(subject) = subject {
                let range = self.doc.subtree_range(subject);
                let (a, b) =
                    (self.tok_of(range.start as usize), self.tok_of(range.end as usize - 1) + 1);
                let head_at = self.tok_of(subject);
                let (a, b) = self.trim_subject(a.max(s.start), b.min(s.end), head_at);
                return (a < b && !(a..b).contains(&at)).then_some((a, b));
            }
            match self.doc.dep(head) {
                Some("conj" | "xcomp") => head = self.doc.head(head)?,
                _ => return None,
            }
        }
        None
    }

    /// Cuts a subject of the parse at a quotation that was drawn into it.
    pub(super) fn trim_subject(&self, start: usize, end: usize, head: usize) -> (usize, usize) {
        let mut a = start;
        for i in start..head.min(end) {
            if self.quotation(i).is_some() && self.is_speech(i) {
                a = i + 1;
            }
        }
        while a < end && self.mark(a).is_some_and(|c| c != '(' && c != '[') {
            a += 1;
        }
        let mut b = (head + 1..end)
            .find(|i| self.quotation(*i).is_some() && self.is_speech(*i))
            .unwrap_or(end);
        while b > a && self.mark(b - 1).is_some_and(|c| c != ')' && c != ']') {
            b -= 1;
        }
        (a, b)
    }

    /// Who wants "to say": the subject of the verb before.
    pub(super) fn subject_of_infinitive(
        &self,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
    ) -> Option<(usize, usize)> {
        if let Some(subject) = self.parsed_subject(s, verb.at) {
            return Some(subject);
        }
        if self.doc.linguistics().is_some() {
            // "a way to rebut it", "used it to claim credit": nobody has said it
            return None;
        }
        // "X went on to say", "X was quick to add"
        let from = verb.start.saturating_sub(5).max(floor);
        let verb_before = (from..verb.start).rev().find(|i| {
            self.is(*i, kind::AUXILIARY)
                || matches!(
                    self.low(*i),
                    "went"
                        | "goes"
                        | "seemed"
                        | "appeared"
                        | "continued"
                        | "used"
                        | "wants"
                        | "wanted"
                )
        })?;
        self.subject_before(s, floor, verb_before)
    }

    /// Who does "…, arguing that": whoever the parse says, the last speaker of the sentence, or its subject.
    pub(super) fn subject_of_participle(
        &self,
        s: &Sentence,
        verb: &Verb,
        speaker: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        let usual = || speaker.or_else(|| self.main_subject(s, verb.start));
        let Some(at) = self.toks.get(verb.at).filter(|_| self.doc.linguistics().is_some()) else {
            return usual();
        };
        let at = self.doc.token_at(at.span.start as usize);
        let own = self.doc.children(at).any(|c| self.doc.dep(c) == Some("nsubj"));
        if own {
            return self.parsed_subject(s, verb.at);
        }
        // "lawsuits seeking records", "after railing against it": an attitude of nobody who is named
        let says = verb.has(frame::QUOTE) && verb.has(frame::THAT);
        match self.doc.dep(at) {
            Some("acl" | "pcomp" | "amod" | "compound" | "pobj") if !says => None,
            _ => usual(),
        }
    }

    /// The subject of the sentence's first verb: who does "…, arguing that".
    pub(super) fn main_subject(&self, s: &Sentence, before: usize) -> Option<(usize, usize)> {
        if let Some(subject) = self.parsed_main_subject(s, before) {
            return Some(subject);
        }
        let mut i = s.start;
        while i < before && (self.is(i, kind::COORDINATOR | kind::ADVERB) || self.mark(i).is_some())
        {
            i += 1;
        }
        let end = (i + 1..before)
            .find(|j| self.is(*j, kind::AUXILIARY) || self.has_finite(*j, *j + 1))?;
        let start = self.phrase_before(s, i, end)?;
        (start < end).then_some((start, end))
    }

    pub(super) fn parsed_main_subject(
        &self,
        s: &Sentence,
        before: usize,
    ) -> Option<(usize, usize)> {
        self.doc.linguistics()?;
        let at = self.doc.token_at(self.toks.get(before)?.span.start as usize);
        let mut head = at;
        for _ in 0..4 {
            let up = self.doc.head(head)?;
            if up == head {
                return None;
            }
            head = up;
            let tok = self.tok_of(head);
            if let Some(subject) =
                self.parsed_subject(s, tok).filter(|_| tok >= s.start && tok < s.end)
            {
                return Some(subject);
            }
            // "Smith, arguing that …, left": the noun itself
            if matches!(self.doc.pos(head), Some("NOUN" | "PROPN" | "PRON")) {
                return Some((tok, tok + 1)).filter(|_| tok >= s.start && tok < s.end);
            }
        }
        None
    }
}
