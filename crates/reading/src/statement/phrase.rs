//! Noun phrases by the order of words: the subject before or after a verb, with its appositions.

use super::words::{Sentence, Shape, Words};
use crate::cue::{form, kind};

/// Longest subject that the order of words is followed through, in tokens.
const SUBJECT_TOKENS_MAX: usize = 40;

impl Words<'_> {
    /// The subject that ends right before `end`, not reaching back over `floor`.
    pub(super) fn subject_before(
        &self,
        s: &Sentence,
        floor: usize,
        end: usize,
    ) -> Option<(usize, usize)> {
        let last = end.checked_sub(1).filter(|l| *l >= floor)?;
        let tok = self.toks.get(last)?;
        if tok.is(kind::PRONOUN) && !tok.is(kind::ADVERB) {
            // "both", "many", "one of them" may close a longer phrase; the pronoun itself is enough
            return Some((last, end));
        }
        if self.lang() != "en" && tok.is(kind::RELATIVE) {
            return Some((last, end));
        }
        if tok.mark() == Some(',') {
            return self.subject_with_apposition(s, floor, last);
        }
        if matches!(tok.mark(), Some('—')) {
            // "Democrats — and some Republicans — say"
            let first = (floor.max(last.saturating_sub(SUBJECT_TOKENS_MAX))..last)
                .rev()
                .find(|i| self.is_mark(*i, '—'))?;
            let start = self.phrase_before(s, floor, first)?;
            return (start < first).then_some((start, last));
        }
        let start = self.phrase_before(s, floor, end)?;
        (start < end).then_some((start, end))
    }

    /// "A, B," before the verb: an apposition, or an insertion.
    pub(super) fn subject_with_apposition(
        &self,
        s: &Sentence,
        floor: usize,
        comma: usize,
    ) -> Option<(usize, usize)> {
        let from = floor.max(comma.saturating_sub(SUBJECT_TOKENS_MAX));
        let first = (from..comma)
            .rev()
            .find(|i| self.is_mark(*i, ',') || self.quotation(*i).is_some() && self.is_speech(*i));
        let first = first.filter(|i| self.is_mark(*i, ','))?;
        let mut head_end = first;
        let mut segment_start = first + 1;
        let mut start = self.phrase_before(s, floor, head_end)?;
        // "Smith, 42, a farmer, said"; "Rita Smith, mayor of Springfield, Ohio, said"
        for _ in 0..3 {
            let head_is_small = head_end - start <= 2
                && self.toks.get(start).is_some_and(|t| t.shape == Shape::Number)
                || self.toks.get(start).is_some_and(|t| t.shape == Shape::Lower)
                    && !self.holds_name(segment_start, comma)
                    && !self.is(start, kind::DETERMINER);
            let earlier = start.checked_sub(1).filter(|c| *c > floor && self.is_mark(*c, ','));
            // "Gerda Wolff, a former head of the board, whose family …, said": the name stands before both
            let described = self.is(start, kind::DETERMINER)
                && self.is(segment_start, kind::RELATIVE)
                && earlier.is_some_and(|c| self.is_capital(c - 1));
            let Some(earlier) = earlier.filter(|_| head_is_small || described) else {
                break;
            };
            let Some(next) = self.phrase_before(s, floor, earlier) else {
                break;
            };
            // once the name is reached, the first description opens the apposition
            segment_start = earlier + 1;
            head_end = earlier;
            start = next;
        }
        if start >= head_end {
            return None;
        }
        let adjunct = self
            .is(segment_start, kind::PREPOSITION | kind::ADVERB | kind::SUBORDINATOR | kind::TIME)
            && !self.is(segment_start, kind::RELATIVE)
            || self.low(segment_start).ends_with("ing") && self.lang() == "en";
        Some((start, if adjunct { head_end } else { comma }))
    }

    /// Whether two capitals stand together in a stretch.
    pub(super) fn holds_name(&self, start: usize, end: usize) -> bool {
        (start..end.saturating_sub(1))
            .any(|i| self.is_capital(i) && self.is_capital(i + 1) && !self.is(i, kind::TIME))
    }

    /// Walks back through a noun phrase without a comma that ends before `end`; returns its first token.
    pub(crate) fn phrase_before(&self, s: &Sentence, floor: usize, end: usize) -> Option<usize> {
        let low_limit = floor.max(s.start).max(end.saturating_sub(SUBJECT_TOKENS_MAX));
        let mut start = end;
        let mut bracket = 0_u32;
        while start > low_limit {
            let j = start - 1;
            let tok = self.toks.get(j)?;
            match tok.shape {
                Shape::Mark(')' | ']') => bracket += 1,
                Shape::Mark('(' | '[') => {
                    if bracket == 0 {
                        break;
                    }
                    bracket -= 1;
                }
                Shape::Mark('-' | '/' | '\'' | '’' | '%' | '&') => {}
                Shape::Mark(_) if bracket == 0 => break,
                Shape::Quote(_) if self.is_speech(j) => break,
                _ => {}
            }
            if bracket == 0 && self.breaks_phrase(s, j, end) {
                break;
            }
            start = j;
        }
        // what introduces the clause is no part of its subject
        start = self.strip_front(start, end);
        (start < end).then_some(start)
    }

    /// Whether a noun phrase that ends at `end` cannot reach back over the word `j`.
    pub(super) fn breaks_phrase(&self, s: &Sentence, j: usize, end: usize) -> bool {
        let Some(tok) = self.toks.get(j) else {
            return true;
        };
        if tok.is(kind::AUXILIARY) && self.low(j) != "'s" {
            return true;
        }
        if tok.is(kind::COORDINATOR) {
            // "Trump and Putin", "police and witnesses"
            let joins = matches!(self.low(j), "and" | "und" | "et" | "y" | "и" | "&");
            let both_capital = self.is_capital(j.saturating_sub(1)) && self.is_capital(j + 1);
            let short_right = end - j <= 4
                && self.is(end - 1, kind::GROUP)
                && self.is(j.saturating_sub(1), kind::GROUP | kind::ORGANIZATION);
            return !(joins && j > s.start && (both_capital || short_right));
        }
        if self.lang() == "en" && self.is(j, kind::CLAUSE_OPENER) {
            return !(self.low(j) == "to"
                && self.is_capital(j + 1)
                && j > s.start
                && self.is(j - 1, kind::ROLE | kind::TITLE));
        }
        if tok.is(kind::SUBORDINATOR | kind::COMPLEMENTIZER)
            && !tok.is(kind::DETERMINER | kind::PREPOSITION)
        {
            return true;
        }
        // a pronoun is a phrase of its own: "he" before "Smith said" ends another clause
        if tok.is(kind::HE | kind::SHE | kind::THEY | kind::FIRST_PERSON | kind::IT)
            && !tok.is(kind::POSSESSIVE | kind::DETERMINER)
        {
            return true;
        }
        // a finite cue verb before the subject
        let says =
            self.senses(j).iter().any(|s| s.form & form::FINITE != 0 && s.form & form::BASE == 0);
        says && tok.shape == Shape::Lower
            && !self
                .is(j.saturating_sub(1), kind::DETERMINER | kind::POSSESSIVE | kind::PREPOSITION)
            && self.tag(j).is_none_or(|t| t.starts_with("VB"))
            || self.tag(j).is_some_and(|t| matches!(t, "VBD" | "VBZ" | "VBP" | "MD"))
    }

    /// Drops "But", "On Monday", "However" from the front of a phrase.
    pub(super) fn strip_front(&self, mut start: usize, end: usize) -> usize {
        while start < end {
            let Some(tok) = self.toks.get(start) else {
                break;
            };
            let alone = tok.is(kind::COORDINATOR | kind::NEGATION) && !tok.is(kind::DETERMINER)
                || tok.is(kind::ADVERB | kind::TIME | kind::SUBORDINATOR)
                    && !tok.is(kind::DETERMINER | kind::OTHER_PRONOUN | kind::PREPOSITION)
                || matches!(tok.shape, Shape::Mark(_));
            if alone && !(tok.is(kind::NEGATION) && self.is(start, kind::DETERMINER)) {
                start += 1;
                continue;
            }
            if tok.is(kind::PREPOSITION) && self.low(start) != "of" {
                let next = self.after_opening_phrase(start, end);
                if next > start {
                    start = next;
                    continue;
                }
            }
            break;
        }
        start
    }

    /// "On Monday Smith", "In an interview the minister": where the subject begins after the opening phrase.
    pub(super) fn after_opening_phrase(&self, start: usize, end: usize) -> usize {
        // the run of capitals that closes the phrase, with the words of office before it
        let mut run = end;
        while run > start
            && (self.is_capital(run - 1) || self.low(run - 1) == "'s")
            && !self.is(run - 1, kind::TIME)
        {
            run -= 1;
        }
        if run < end
            && run > start + 1
            && !self.is(run - 1, kind::PREPOSITION)
            && !self.is(run - 1, kind::DETERMINER)
        {
            while run > start + 1 && self.is(run - 1, kind::ROLE | kind::TITLE | kind::ORGANIZATION)
            {
                run -= 1;
            }
            return run;
        }
        let determiner = (start + 2..end).rev().find(|i| {
            self.is(*i, kind::DETERMINER) && !self.is(i - 1, kind::PREPOSITION)
                || self.is(*i, kind::GROUP) && *i + 1 == end
        });
        determiner.unwrap_or(end)
    }

    /// The subject after an inverted verb: "said X, a mother of three".
    pub(super) fn subject_after(&self, s: &Sentence, from: usize) -> Option<(usize, usize)> {
        let end = self.sentence_end(s).min(from + SUBJECT_TOKENS_MAX);
        let mut i = from;
        // reflexives and the person told stand between verb and subject in Romance and Slavic languages
        while i < end
            && (self.is(i, kind::ADVERB) && !self.is(i, kind::DETERMINER | kind::PRONOUN)
                || self.lang() == "de" && self.is_time_of_day(i))
        {
            i += 1;
        }
        let first = i;
        let english_that = self.lang() == "en" && self.low(first) == "that";
        if first >= end
            || self.is(first, kind::COMPLEMENTIZER)
                && (english_that || !self.is(first, kind::DETERMINER))
        {
            return None;
        }
        if self.lang() == "ru"
            && matches!(self.low(first), "в" | "во")
            && from > 0
            && self.low(from - 1).ends_with("ли")
        {
            // "сообщили в администрации": the house speaks
            let stop = (first + 1..end)
                .find(|i| self.mark(*i).is_some() || self.is(*i, kind::PREPOSITION | kind::TIME))
                .unwrap_or(end);
            return (stop > first + 1).then_some((first + 1, stop));
        }
        if self.is(first, kind::HE | kind::SHE | kind::THEY | kind::FIRST_PERSON | kind::IT)
            && !self.is(first, kind::DETERMINER)
        {
            return Some((first, first + 1));
        }
        let mut bracket = 0_i32;
        let mut clause = false;
        let mut apposition = false;
        while i < end {
            let tok = self.toks.get(i)?;
            match tok.shape {
                Shape::Mark('(' | '[') => bracket += 1,
                Shape::Mark(')' | ']') => bracket -= 1,
                Shape::Mark('-' | '/' | '\'' | '’' | '&') => {}
                Shape::Mark(',') if bracket <= 0 => {
                    if clause || !self.apposition_follows(s, first, i) {
                        break;
                    }
                    // "…, who did not want his name published": all of it
                    clause = self.is(i + 1, kind::RELATIVE) && !self.is(i + 1, kind::DETERMINER);
                    apposition = true;
                }
                Shape::Mark(_) if bracket <= 0 => break,
                Shape::Quote(_) if self.is_speech(i) => break,
                // "an officer who did not want his name published"
                _ if bracket <= 0
                    && !clause
                    && i > first
                    && self.lang() == "en"
                    && self.low(i) == "who" =>
                {
                    clause = true;
                }
                _ if bracket > 0 || clause => {}
                _ => {
                    if self.ends_subject_after(first, i, apposition) {
                        break;
                    }
                }
            }
            i += 1;
        }
        if self.lang() != "en"
            && let Some(dative) = self.dative_within(first, i)
        {
            // "dijo la ingeniera al diario El Faro": whom she told is no part of her
            i = dative;
        }
        while i > first && self.mark(i - 1).is_some_and(|c| c != ')') {
            i -= 1;
        }
        (i > first).then_some((first, i))
    }

    /// Whether the word at `i` no longer belongs to a subject that began at `first` after its verb.
    fn ends_subject_after(&self, first: usize, i: usize, apposition: bool) -> bool {
        let Some(tok) = self.toks.get(i) else {
            return true;
        };
        tok.is(kind::TIME)
            || matches!(self.low(i), "que" | "qu'" | "che")
            || tok.is(kind::SUBORDINATOR) && !tok.is(kind::DETERMINER | kind::PREPOSITION)
            || tok.is(kind::ADVERB)
                && !tok.is(kind::DETERMINER | kind::PREPOSITION | kind::PRONOUN)
                && self.lang() != "en"
            || tok.is(kind::ADVERB)
                && self.lang() == "en"
                && tok.shape == Shape::Lower
                && !tok.is(kind::DETERMINER | kind::RELATIVE | kind::PRONOUN)
                && i > first
            || tok.is(kind::COMPLEMENTIZER) && !tok.is(kind::DETERMINER | kind::RELATIVE)
            || tok.is(kind::PREPOSITION)
                && i > first
                && if apposition {
                    self.medium_within(i, i + 6)
                } else {
                    self.adjunct_follows(first, i)
                }
            || tok.is(kind::COORDINATOR) && !self.is_capital(i + 1)
    }

    /// German: "Montag", "Montagmorgen", "Freitagabend".
    pub(super) fn is_time_of_day(&self, i: usize) -> bool {
        self.is(i, kind::TIME)
            || ["morgen", "abend", "nachmittag", "vormittag", "nacht"]
                .iter()
                .any(|end| self.low(i).len() > end.len() + 2 && self.low(i).ends_with(end))
    }

    /// Whether the preposition at `i` begins where or when something was said, not whose office it is.
    pub(super) fn adjunct_follows(&self, first: usize, i: usize) -> bool {
        let low = self.low(i);
        let own = matches!(
            low,
            "of" | "from"
                | "for"
                | "at"
                | "with"
                | "de"
                | "du"
                | "des"
                | "d'"
                | "del"
                | "von"
                | "vom"
                | "der"
                | "aus"
                | "di"
                | "della"
                | "dell'"
                | "по"
                | "из"
                | "à"
                | "al"
        );
        if own && !self.medium_within(i, i + 6) {
            return false;
        }
        if self.lang() == "de" {
            return !self.is(i - 1, kind::ROLE | kind::TITLE) || self.medium_within(i, i + 6);
        }
        // "minister in charge", "Vorsitzender im Rat": an office before the name may hold one
        let named = (first..i)
            .any(|j| self.is_capital(j) && !self.is(j, kind::DETERMINER | kind::TITLE))
            && self.lang() != "de";
        named || self.lang() == "en" || self.medium_within(i, i + 6)
    }

    pub(super) fn medium_within(&self, start: usize, end: usize) -> bool {
        (start..end)
            .take_while(|i| !matches!(self.mark(*i), Some(',' | '.')))
            .any(|i| self.is(i, kind::MEDIUM))
    }

    /// Whether "…, a mother of three" goes on after this comma.
    pub(super) fn apposition_follows(&self, s: &Sentence, first: usize, comma: usize) -> bool {
        let i = comma + 1;
        let Some(tok) = self.toks.get(i).filter(|_| i < s.end) else {
            return false;
        };
        let relative = tok.is(kind::RELATIVE) && self.low(i) != "that" && self.lang() != "de";
        let number = tok.shape == Shape::Number;
        let office = tok.shape == Shape::Lower
            && tok.is(kind::ROLE | kind::TITLE | kind::ORGANIZATION | kind::OUTLET);
        let article = tok.is(kind::DETERMINER)
            && !tok.is(kind::RELATIVE | kind::OTHER_PRONOUN | kind::COMPLEMENTIZER)
            || self.lang() == "de"
                && tok.is(kind::DETERMINER)
                && !self.has_finite(i + 1, (i + 8).min(s.end));
        let article = article && !self.opens_french_clause(s, i);
        // "said the deputy, Ioana Petrulea"
        let name = tok.is_capital()
            && self.toks.get(first).is_some_and(|t| t.shape == Shape::Lower)
            && !self.holds_name(first, comma)
            && self.lang() != "de";
        let name = name
            || self.lang() == "de"
                && tok.is_capital()
                && self.is_capital(i + 1)
                && !self.is_capital(i + 2)
                && self.is(first, kind::DETERMINER | kind::ROLE)
                && !self.holds_name(first, comma)
                && (i + 2 >= self.sentence_end(s) || self.is_mark(i + 2, ','));
        // "said the transport minister of Northshire, Ioana Petrulea": the place of the office is no name of hers
        let name = name
            || self.lang() == "en"
                && tok.is_capital()
                && self.is_office_of_a_place(first, comma)
                && crate::entity::run_at(self, s, i)
                    .is_some_and(|run| run.person && run.end - run.name >= 2);
        let past = self.lang() == "en"
            && tok.shape == Shape::Lower
            && (self.low(i) == "former"
                || self.low(i) == "chief"
                || self.low(i) == "senior"
                || self.low(i) == "co-author");
        relative || number || office || article || name || past
    }

    /// French: "la digue aurait cédé" behind a comma goes on with what is said; "la maire du village" is somebody.
    fn opens_french_clause(&self, s: &Sentence, from: usize) -> bool {
        let stop = (from..s.end).find(|i| self.mark(*i).is_some()).unwrap_or(s.end);
        let ends = ["ait", "aient", "era", "eront", "ira", "iront"];
        self.lang() == "fr"
            && (from + 1..stop).any(|i| {
                let low = self.low(i);
                self.is(i, kind::AUXILIARY)
                    || low.len() > 4 && ends.iter().any(|end| low.ends_with(end))
            })
    }

    /// "the mayor of Alden", "the minister for Northshire": an office, a preposition and a name.
    fn is_office_of_a_place(&self, first: usize, comma: usize) -> bool {
        let of = (first + 1..comma).find(|i| matches!(self.low(*i), "of" | "for" | "in" | "at"));
        of.is_some_and(|of| {
            (first..of).any(|i| self.is(i, kind::ROLE | kind::TITLE)) && !self.holds_name(first, of)
        })
    }

    /// Whether the words at `i` may open a clause or a noun phrase.
    pub(super) fn opens_phrase(&self, i: usize) -> bool {
        let Some(tok) = self.toks.get(i) else {
            return false;
        };
        if tok.quote().is_some() {
            return true;
        }
        if !tok.is_word() {
            return tok.mark() == Some('[') || tok.mark() == Some('(');
        }
        if tok.is(kind::PREPOSITION) && self.counts(i) {
            return true;
        }
        let closed = tok.is(kind::PREPOSITION | kind::COORDINATOR | kind::AUXILIARY | kind::TIME)
            && !tok.is(kind::DETERMINER | kind::PRONOUN)
            || tok.is(kind::SUBORDINATOR) && !tok.is(kind::COMPLEMENTIZER);
        !closed || tok.is(kind::TIME) && self.low(i + 1) == "'s"
    }

    /// "at least ten", "about 50", "more than 300".
    pub(super) fn counts(&self, i: usize) -> bool {
        matches!(
            self.low(i),
            "at" | "about"
                | "around"
                | "up"
                | "under"
                | "over"
                | "more"
                | "fewer"
                | "less"
                | "nearly"
        ) && (1..4).any(|n| {
            self.toks.get(i + n).is_some_and(|t| {
                t.shape == Shape::Number
                    || matches!(
                        self.low(i + n),
                        "least" | "most" | "dozens" | "hundreds" | "half" | "than"
                    )
            })
        })
    }
}
