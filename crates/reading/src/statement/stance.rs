//! Attitudes that no verb of saying brings: "voiced concern about the dam", "made a promise to stay", "is confident that".
//!
//! Only where a verb carries the noun: "her criticism of the deal" is more often what others write about than what she says.

use super::{
    Found,
    words::{Sentence, Words},
};
use crate::cue::kind;

/// How far before the noun the verb may stand that carries it, in tokens: "voiced deep and lasting concern".
const LIGHT_VERB_TOKENS: usize = 4;

impl Words<'_> {
    /// Reads an attitude that the word at `at` holds; answers with it and where the reading goes on.
    pub(super) fn stance(
        &self,
        n: usize,
        s: &Sentence,
        floor: usize,
        at: usize,
    ) -> Option<(Found, usize)> {
        if !self.is_lang(language::Lang::EN) || !self.is(at, kind::STANCE_NOUN | kind::STANCE) {
            return None;
        }
        let source = if self.is(at, kind::STANCE_NOUN) {
            self.holder_of_noun(s, floor, at)
        } else {
            self.holder_of_adjective(s, floor, at)
        }?;
        let next = at + 1;
        let clause = self.low(next) == "that" && !self.is(next + 1, kind::AUXILIARY);
        let infinitive = self.is(at, kind::STANCE_NOUN)
            && self.low(next) == "to"
            && infinitive_follows(self, next);
        let preposition = matches!(
            self.low(next),
            "of" | "for" | "about" | "on" | "over" | "against" | "with" | "in" | "toward"
        ) || self.low(next) == "to"
            && self.is(at, kind::STANCE)
            && !infinitive_follows(self, next);
        let start = if clause || infinitive {
            next
        } else if preposition {
            next + 1
        } else {
            return None;
        };
        let end = if clause {
            self.clause_end(s, start)
        } else {
            self.parsed_complement_end(next).unwrap_or_else(|| self.phrase_end(s, start))
        };
        let end = end.min(self.sentence_end(s));
        if start >= end || !self.may_speak(source) {
            return None;
        }
        let one = Found {
            content: vec![(start, end)],
            cue: vec![(at, at + 1)],
            source: Some(source),
            sentence: n,
            ..Found::default()
        };
        Some((one, end))
    }

    /// Who "voiced", "raised" or "has" it.
    fn holder_of_noun(&self, s: &Sentence, floor: usize, at: usize) -> Option<(usize, usize)> {
        if self.tag(at).is_some_and(|tag| !tag.starts_with('N')) {
            return None;
        }
        let from = at.saturating_sub(LIGHT_VERB_TOKENS).max(floor);
        for i in (from..at).rev() {
            if self.is(i, kind::LIGHT) && self.tag(i).is_none_or(|tag| tag.starts_with('V')) {
                let mut verb = i;
                while verb > floor && self.is(verb - 1, kind::AUXILIARY | kind::ADVERB) {
                    verb -= 1;
                }
                return self.subject_before(s, floor, verb);
            }
            if self.mark(i).is_some() || self.is(i, kind::PREPOSITION | kind::COORDINATOR) {
                return None;
            }
        }
        None
    }

    /// "She is not so sure that": whoever the form of "be" belongs to.
    fn holder_of_adjective(&self, s: &Sentence, floor: usize, at: usize) -> Option<(usize, usize)> {
        let mut verb = at;
        while verb > floor
            && (self.is(verb - 1, kind::ADVERB | kind::NEGATION) || self.low(verb - 1) == "so")
        {
            verb -= 1;
        }
        let be = verb.checked_sub(1).filter(|be| *be > floor && self.is_be(*be))?;
        let mut first = be;
        while first > floor && self.is(first - 1, kind::AUXILIARY) {
            first -= 1;
        }
        let subject = self.subject_before(s, floor, first)?;
        // "it is clear that": nobody's in particular
        (!self.is(subject.0, kind::IT) || subject.1 - subject.0 > 1).then_some(subject)
    }

    /// Where the parse has the phrase or the infinitive end that begins at `start`.
    fn parsed_complement_end(&self, start: usize) -> Option<usize> {
        self.doc.linguistics()?;
        let at = self.doc.token_at(self.toks.get(start)?.span.start as usize);
        // "to resign": the head is the verb after it
        let head = if self.doc.dep(at) == Some("aux") { self.doc.head(at)? } else { at };
        let end = self.tok_of(self.doc.subtree_range(head).end as usize - 1) + 1;
        (end > start + 1).then_some(end)
    }
}

/// Whether "to" stands before a verb.
fn infinitive_follows(words: &Words<'_>, to: usize) -> bool {
    words.tag(to + 1).is_none_or(|tag| tag == "VB")
}
