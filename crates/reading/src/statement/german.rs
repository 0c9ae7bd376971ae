//! What German asks for beyond the common rules: the subject on either side of the verb, the perfect at the end of its clause,
//! "wie die Polizei mitteilte", and reported speech that goes on in the subjunctive without anybody being named.

use super::{
    Found,
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::cue::{form, frame, kind};

/// How far a perfect's auxiliary may stand before its participle, in tokens.
const PERFECT_TOKENS_MAX: usize = 30;

impl Words<'_> {
    /// The subject of a German verb; `Err` where there is surely none before it.
    pub(super) fn german_subject(
        &self,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
    ) -> Option<(usize, usize)> {
        if verb.sense.form & form::PARTICIPLE != 0 {
            let from = verb.at.saturating_sub(PERFECT_TOKENS_MAX).max(floor);
            let auxiliary = (from..verb.at)
                .rev()
                .take_while(|i| !matches!(self.mark(*i), Some(',' | ':' | ';')))
                .find(|i| self.is(*i, kind::AUXILIARY));
            if let Some(auxiliary) = auxiliary {
                if !matches!(
                    self.low(auxiliary),
                    "hat" | "haben" | "hatte" | "hatten" | "habe" | "hätte" | "hätten"
                ) {
                    return None;
                }
                let before = self
                    .subject_before(s, floor, auxiliary)
                    .filter(|subject| self.is_nominative(*subject));
                return before.or_else(|| {
                    let (start, end) = self.subject_after(s, auxiliary + 1)?;
                    (start < verb.start).then_some((start, end.min(verb.start)))
                });
            }
        }
        self.subject_before(s, floor, verb.start).filter(|subject| self.is_nominative(*subject))
    }

    /// Not "dem Minister", "am Montag": a phrase that may be a subject.
    fn is_nominative(&self, (start, _): (usize, usize)) -> bool {
        !matches!(
            self.low(start),
            "dem"
                | "den"
                | "einem"
                | "einen"
                | "ihm"
                | "ihnen"
                | "diesem"
                | "diesen"
                | "seinem"
                | "seinen"
                | "ihrem"
                | "des"
                | "eines"
                | "zur"
                | "zum"
        ) && !self.is(start, kind::PREPOSITION)
    }

    /// "Wie die Polizei mitteilte, …", "…, wie die Polizei mitteilte", "как сообщил мэр".
    pub(super) fn as_somebody_said(
        &self,
        n: usize,
        s: &Sentence,
        floor: usize,
        at: usize,
    ) -> Option<(Found, usize)> {
        let at_start = at == s.start;
        if !matches!(self.low(at), "wie" | "как" | "comme")
            || !(at_start || self.is_mark(at - 1, ',') || self.is_mark(at - 1, '—'))
        {
            return None;
        }
        let end = self.sentence_end(s);
        let limit = end.min(at + 26);
        let (verb, subject, close) = if self.lexicon.lang == "de" {
            let verb = (at + 1..limit).find_map(|i| {
                let verb = self.verb(s, i)?;
                let closes = i + 1 >= end
                    || matches!(self.mark(i + 1), Some(',' | ':'))
                    || self.quotation(i + 1).is_some()
                    || matches!(self.low(i + 1), "hat" | "hatte" | "haben" | "hatten");
                (closes && verb.has(frame::THAT | frame::QUOTE) && !verb.passive).then_some(verb)
            })?;
            let (start, stop) = self.subject_after(s, at + 1)?;
            let mut close = verb.at + 1;
            if self.is(close, kind::AUXILIARY) {
                close += 1;
            }
            (verb, (start, stop.min(verb.at)), close)
        } else {
            let verb = self.verb(s, at + 1).filter(|v| v.has(frame::THAT | frame::QUOTE))?;
            let subject = self.subject_after(s, at + 2)?;
            let close = (subject.1..end).find(|i| self.is_mark(*i, ',')).unwrap_or(end);
            (verb, subject, close)
        };
        if subject.0 >= subject.1 {
            return None;
        }
        let mut content = Vec::new();
        let mut left = at;
        while left > floor && self.mark(left - 1).is_some() {
            left -= 1;
        }
        if left > floor {
            content.push((floor, left));
        }
        let mut rest = close;
        while rest < end && matches!(self.mark(rest), Some(',' | ':' | '—')) {
            rest += 1;
        }
        if rest < end && rest > close {
            content.push((rest, end));
        }
        let one = Found {
            content,
            cue: vec![(verb.at, verb.at + 1)],
            source: Some(subject),
            sentence: n,
            ..Found::default()
        };
        (!one.content.is_empty()).then_some((one, end))
    }

    /// Whether a sentence without a cue is in the subjunctive of reported speech; `sure` where its form leaves no doubt.
    pub(super) fn reported_by_mood(&self, s: &Sentence, close_by: bool) -> bool {
        if self.lexicon.lang != "de" {
            return false;
        }
        let end = self.sentence_end(s);
        // the main clause decides: up to the first comma, or behind it after "Wenn …,"
        let mut from = s.start;
        let comma = |from: usize| (from + 1..end).find(|i| self.is_mark(*i, ',')).unwrap_or(end);
        let mut to = comma(from);
        if self.is(from, kind::SUBORDINATOR | kind::COMPLEMENTIZER) && to < end {
            from = to + 1;
            to = comma(from);
        }
        for i in from..to.min(from + 24) {
            let low = self.low(i);
            if matches!(low, "ich" | "wir") {
                return false;
            }
            let sure = self.is(i, kind::SUBJUNCTIVE);
            if sure && self.toks.get(i).is_some_and(|t| t.shape == Shape::Lower) {
                return true;
            }
            let maybe = self.is(i, kind::SUBJUNCTIVE_WEAK);
            if maybe && close_by {
                return true;
            }
            // the finite verb of the main clause decides
            if self.is(i, kind::AUXILIARY) && !maybe {
                return false;
            }
        }
        false
    }
}
