//! Quotations that no cue took: given to whoever stands beside them, or left to what was said before.

use super::{
    Found,
    words::{Sentence, Words},
};
use crate::cue::kind;

impl Words<'_> {
    /// Gives the quotations that no cue took to whoever stands beside them, or leaves them to what was said before.
    pub(super) fn read_leftover_quotes(
        &self,
        n: usize,
        s: &Sentence,
        taken: &[(usize, usize)],
        found: &mut Vec<Found>,
    ) {
        let mut i = s.start;
        while i < s.end {
            let here = i;
            i += 1;
            if !self.is_speech(here) || taken.iter().any(|(a, b)| (*a..*b).contains(&here)) {
                continue;
            }
            let mut stop = here + 1;
            while stop < s.end && self.is_speech(stop) {
                stop += 1;
            }
            i = stop;
            let alone = (s.start..s.end).all(|j| {
                self.quotation(j).is_some()
                    || self.mark(j).is_some()
                    || self.is(j, kind::COORDINATOR | kind::ADVERB)
            });
            if alone {
                found.push(Found {
                    content: vec![(here, stop)],
                    sentence: n,
                    floating: true,
                    ..Found::default()
                });
                continue;
            }
            if let Some(one) = self.beside(n, s, here, stop) {
                found.push(one);
            }
        }
    }

    /// Whether a quotation is written like a title: a capital on every longer word, and more than one.
    pub(super) fn is_work_title(&self, quote: usize) -> bool {
        let Some(q) = self.quotation(quote) else {
            return false;
        };
        let long = || q.inner.of(self.text).split_whitespace().filter(|w| w.chars().count() > 3);
        let capital = |w: &&str| {
            w.chars()
                .find(|c| c.is_alphanumeric())
                .is_some_and(|c| c.is_uppercase() || c.is_numeric())
        };
        self.is_lang(language::Lang::EN) && long().count() >= 2 && long().all(|w| capital(&w))
    }

    /// A quotation whose sentence has no cue that we know: "“…,” Foullong shrugs".
    pub(super) fn beside(
        &self,
        n: usize,
        s: &Sentence,
        quote: usize,
        after: usize,
    ) -> Option<Found> {
        let q = self.quotation(quote)?;
        let last = self.quotation(after - 1).map_or(' ', |q| q.last);
        let speech_before = quote > s.start && matches!(self.mark(quote - 1), Some(':' | ','));
        let speech_after = matches!(last, ',' | '?' | '!') || self.is_mark(after, ',');
        // "“Not again,” groaned X": a short one needs its comma and a verb right beside
        let short = q.words < 4
            && !(q.words >= 2
                && last == ','
                && !speech_before
                && self.low(after).ends_with("ed")
                && self.is_lang(language::Lang::EN));
        if short || q.words < 8 && self.is_work_title(quote) || !(speech_before || speech_after) {
            return None;
        }
        let (from, to) =
            if speech_before { (s.start, quote - 1) } else { (after, self.sentence_end(s)) };
        let pronoun_or_name = (from..to).find(|i| {
            self.is(*i, kind::HE | kind::SHE | kind::THEY) && !self.is(*i, kind::DETERMINER)
                || self.is_capital(*i)
                    // German: a noun after "mit den" is no speaker
                    && !(self.is_lang(language::Lang::DE)
                        && (i.saturating_sub(2).max(from)..*i).any(|j| self.is(j, kind::PREPOSITION)))
                    && !self.is(
                        *i,
                        kind::DETERMINER
                            | kind::PREPOSITION
                            | kind::ADVERB
                            | kind::TIME
                            | kind::SUBORDINATOR
                            | kind::COORDINATOR
                            | kind::AUXILIARY,
                    )
                || self.is(*i, kind::GROUP | kind::ROLE)
        })?;
        let mut end = pronoun_or_name + 1;
        while end < to && self.is_capital(end) && self.is_capital(pronoun_or_name) {
            end += 1;
        }
        let mut start = pronoun_or_name;
        while start > from && self.is(start - 1, kind::DETERMINER | kind::TITLE | kind::ROLE) {
            start -= 1;
        }
        // a verb right beside is the cue
        let cue = (end < to && self.has_finite(end, end + 1)).then_some((end, end + 1));
        Some(Found {
            content: vec![(quote, after)],
            cue: cue.into_iter().collect(),
            source: Some((start, end)),
            sentence: n,
            ..Found::default()
        })
    }
}
