//! Attitudes that no verb of saying brings: "voiced concern about the dam", "made a promise to stay", "is confident that".
//!
//! Only where a verb carries the noun: "her criticism of the deal" is more often what others write about than what she says.

use super::{
    Found,
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::cue::{frame, kind};

/// How far before the noun the verb may stand that carries it, in tokens: "voiced deep and lasting concern".
const LIGHT_VERB_TOKENS: usize = 4;

impl Words<'_> {
    /// "expressed the hope that", "vertrat die Ansicht, dass": a noun brings what is said.
    pub(super) fn noun_of_speech(
        &self,
        n: usize,
        s: &Sentence,
        floor: usize,
        at: usize,
    ) -> Option<(Found, usize)> {
        let german = self.is_lang(language::Lang::DE);
        let mut next = at + 1;
        if german {
            if !self.is_mark(next, ',') {
                return None;
            }
            next += 1;
            let clause = self.is(next, kind::COMPLEMENTIZER)
                || self.reported_by_mood(&Sentence { start: next, ..*s }, false)
                    && !self.is(next, kind::RELATIVE | kind::COORDINATOR);
            if !clause {
                return None;
            }
        } else if self.low(next) != "that"
            || self.is(next + 1, kind::AUXILIARY)
            || self.low(next + 1).ends_with("ed")
        {
            return None;
        }
        let mut start = at;
        let possessive = |i: usize| self.is(i, kind::POSSESSIVE) || self.low(i) == "'s";
        while start > floor
            && at - start < 4
            && (self.toks.get(start - 1).is_some_and(|t| t.shape == Shape::Lower)
                || possessive(start - 1))
        {
            start -= 1;
            if possessive(start) || self.is(start, kind::DETERMINER | kind::PREPOSITION) {
                break;
            }
        }
        let subject = if self.is(start, kind::POSSESSIVE) && !german {
            (start, start + 1)
        } else if self.low(start) == "'s" {
            (self.phrase_before(s, floor, start)?, start)
        } else {
            let verb = (floor + 1..at).find(|i| {
                self.is(*i, kind::AUXILIARY)
                    || self.toks.get(*i).is_some_and(|t| t.shape == Shape::Lower)
                        && self.has_finite(*i - usize::from(*i > floor), *i + 1)
                        && self.has_finite(*i, *i + 1)
            })?;
            let before = self.subject_before(s, floor, verb).filter(|subject| {
                self.may_speak(*subject)
                    && !(german && self.is(subject.0, kind::PREPOSITION | kind::TIME))
            });
            match before {
                Some(before) => before,
                None if german => self.subject_after(s, verb + 1).filter(|(_, end)| *end <= at)?,
                None => return None,
            }
        };
        let end = self.clause_end(s, next);
        let one = Found {
            content: vec![(next, end)],
            cue: vec![(at, at + 1)],
            source: Some(subject),
            sentence: n,
            ..Found::default()
        };
        (next < end && self.may_speak(subject)).then_some((one, end))
    }

    /// "The quay is expected to close", "it is believed that …", "was reported by the Gazette to have …".
    pub(super) fn passive(
        &self,
        n: usize,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
    ) -> Option<(Found, usize)> {
        if !self.is_lang(language::Lang::EN)
            || verb.has(frame::WEAK)
            || verb.hypothetical
            || verb.cue.lemma == "suppose"
        {
            return None;
        }
        let end = self.sentence_end(s);
        let mut next = verb.at + 1;
        let mut source = None;
        if self.low(next) == "by" {
            let phrase = self.object_after(s, next + 1)?;
            next = phrase.1;
            source = Some(phrase);
        }
        let subject = self.subject_of(s, floor, verb)?;
        let impersonal = subject.1 == subject.0 + 1 && self.is(subject.0, kind::IT);
        let content = if impersonal && self.low(next) == "that" && verb.has(frame::THAT) {
            vec![(next, self.clause_end(s, next))]
        } else if self.low(next) == "to" && !impersonal && verb.has(frame::CLAUSE) {
            let stop = self.parsed_end(verb, next).unwrap_or_else(|| self.phrase_end(s, next));
            vec![subject, (next, stop.min(end))]
        } else {
            return None;
        };
        let next = content.last().map_or(verb.at + 1, |(_, end)| *end);
        let one = Found {
            content,
            cue: vec![(verb.at, verb.at + 1)],
            source,
            sentence: n,
            negated: verb.negated,
            anonymous: source.is_none(),
            ..Found::default()
        };
        Some((one, next))
    }

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
