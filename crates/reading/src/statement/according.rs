//! "According to X, …", "…, so X", "Angaben von X zufolge": a preposition brings the source.

use super::{
    Found,
    words::{self, Sentence, Shape, Words},
};
use crate::cue::kind;

/// How many sentences back whose words they are may have been said, at most.
const SENTENCES_BACK_MAX: usize = 3;

/// Words of an office before a name, at most: "the director of the city's hospital for children".
const OFFICE_WORDS_MAX: usize = 10;

impl Words<'_> {
    /// "According to X, …", "…, according to X", "…, so X", "Angaben von X zufolge".
    pub(super) fn according(
        &self,
        n: usize,
        s: &Sentence,
        floor: usize,
        at: usize,
    ) -> Option<(Found, usize)> {
        let end = self.sentence_end(s);
        let tok = self.toks.get(at)?;
        if tok.is(kind::SO) {
            return self.so_says(n, s, floor, at);
        }
        if tok.is(kind::ACCORDING_AFTER) && !tok.is(kind::ACCORDING) {
            return self.according_after(n, s, floor, at);
        }
        let after = at + usize::from(tok.phrase);
        // "per year", "two per house": so much of each; "per the plan" has its source
        let rate = tok.phrase == 1
            && self.low(at) == "per"
            && !self.is(after, kind::DETERMINER)
            && !self.is_capital(after);
        if rate {
            return None;
        }
        let source_end = self.according_end(s, after, end);
        if source_end <= after || !self.may_speak((after, source_end)) {
            return None;
        }
        let mut content = Vec::new();
        let mut left_end = at;
        while left_end > floor && matches!(self.mark(left_end - 1), Some(',' | '—')) {
            left_end -= 1;
        }
        let mut left_start = floor;
        while left_start < left_end
            && (self.mark(left_start).is_some() || self.is(left_start, kind::COORDINATOR))
        {
            left_start += 1;
        }
        if left_end > left_start
            && (left_end - left_start >= 2 || self.quotation(left_start).is_some())
        {
            content.push((left_start, left_end));
        }
        let mut rest = source_end;
        while rest < end && matches!(self.mark(rest), Some(',' | '—')) {
            rest += 1;
        }
        // "…, according to X, who …": the rest is said as well unless a new clause begins
        let complete = content.first().is_some_and(|(a, b)| self.has_finite(*a, *b))
            && self.is_mark(at.saturating_sub(1), ',');
        let mut next = rest.max(source_end);
        if rest < end && !complete {
            let stop = self.clause_end(s, rest);
            content.push((rest, stop));
            next = stop;
        }
        (!content.is_empty())
            .then(|| (attributed(n, content, (at, after), (after, source_end)), next))
    }

    /// Russian: "По его словам, семьи предупреждены": the speaker goes on who spoke last, a few sentences before at most.
    pub(super) fn in_their_words(
        &self,
        n: usize,
        s: &Sentence,
        at: usize,
        last: Option<&Found>,
    ) -> Option<Found> {
        let theirs = self.is_lang(language::Lang::RU)
            && self.low(at) == "по"
            && matches!(self.low(at + 1), "его" | "ее" | "её" | "их")
            && matches!(self.low(at + 2), "словам" | "мнению" | "оценке" | "утверждению");
        let last = last.filter(|last| theirs && n <= last.sentence + SENTENCES_BACK_MAX)?;
        let (source, end) = (last.source?, self.sentence_end(s));
        let mut content = Vec::new();
        let mut left = at;
        while left > s.start && self.mark(left - 1).is_some() {
            left -= 1;
        }
        if left > s.start {
            content.push((s.start, left));
        }
        let mut rest = at + 3;
        while rest < end && self.mark(rest).is_some() {
            rest += 1;
        }
        if rest < end {
            content.push((rest, end));
        }
        (!content.is_empty()).then(|| attributed(n, content, (at, at + 3), source))
    }

    /// „…“, so der Sprecher.
    fn so_says(&self, n: usize, s: &Sentence, floor: usize, at: usize) -> Option<(Found, usize)> {
        let end = self.sentence_end(s);
        let quoted = at > floor && (self.quotation(at - 1).is_some() || self.is_mark(at - 1, ','));
        let source = self.subject_after(s, at + 1).filter(|_| quoted)?;
        if !self.is(source.0, kind::DETERMINER | kind::ROLE) && !self.is_capital(source.0)
            || self.is(at + 1, kind::SUBORDINATOR | kind::COMPLEMENTIZER)
        {
            return None;
        }
        let mut stop = at;
        while stop > floor && self.is_mark(stop - 1, ',') {
            stop -= 1;
        }
        if self.has_finite(source.1, end.min(source.1 + 2))
            && self.quotation(at - 1).is_none()
            && !self.is_mark(source.1, ',')
        {
            return None;
        }
        let left = (floor, stop);
        let (next, rest) = self.after_attribution(s, source.1, left);
        let mut content = vec![left];
        content.extend(rest);
        (stop > floor).then(|| (attributed(n, content, (at, at + 1), source), next.max(source.1)))
    }

    /// "Angaben der Polizei zufolge …": the phrase before.
    fn according_after(
        &self,
        n: usize,
        s: &Sentence,
        floor: usize,
        at: usize,
    ) -> Option<(Found, usize)> {
        let end = self.sentence_end(s);
        let start = (floor..at)
            .rev()
            .find(|i| {
                self.mark(*i).is_some()
                    || self.quotation(*i).is_some()
                    || self.is(*i, kind::AUXILIARY)
            })
            .map_or(floor, |i| i + 1);
        if start >= at {
            return None;
        }
        let mut content = Vec::new();
        if start > floor {
            content.push((floor, start));
        }
        if at + 1 < end {
            content.push((at + 1, end));
        }
        content
            .retain(|(a, b)| (*a..*b).any(|i| self.toks.get(i).is_some_and(words::Tok::is_word)));
        (!content.is_empty()).then(|| (attributed(n, content, (at, at + 1), (start, at)), end))
    }

    /// Where the source of "according to" ends.
    pub(super) fn according_end(&self, s: &Sentence, from: usize, end: usize) -> usize {
        let mut i = from;
        let de = self.lexicon.lang == "de";
        while i < end {
            let Some(tok) = self.toks.get(i) else {
                break;
            };
            match tok.shape {
                Shape::Mark(',') => {
                    if !self.apposition_after_according(s, i, end) {
                        return i;
                    }
                }
                Shape::Mark(';' | ':' | '—') => return i,
                Shape::Quote(_) if self.is_speech(i) => return i,
                _ => {
                    // a small word after a name or a noun is the verb, or begins another phrase
                    let after_noun = i > from
                        && (self.is_capital(i - 1) || self.is_mark(i - 1, ')'))
                        && tok.shape == Shape::Lower;
                    let own = tok.is(kind::DETERMINER | kind::COORDINATOR)
                        || matches!(
                            self.low(i),
                            "von"
                                | "vom"
                                | "für"
                                | "de"
                                | "van"
                                | "zu"
                                | "bei"
                                | "aus"
                                | "in"
                                | "im"
                        );
                    if de && (i > from && tok.is(kind::AUXILIARY) || after_noun && !own)
                        || de
                            && i > from + 1
                            && tok.is(kind::HE | kind::SHE | kind::IT | kind::TIME)
                    {
                        return i;
                    }
                    if tok.is(kind::RELATIVE) && !tok.is(kind::DETERMINER) && i > from + 12 {
                        return i;
                    }
                }
            }
            i += 1;
        }
        end
    }

    /// Whether the words after a comma still name the source of "according to".
    pub(super) fn apposition_after_according(
        &self,
        s: &Sentence,
        comma: usize,
        end: usize,
    ) -> bool {
        let closing = (comma + 1..end).find(|i| self.is_mark(*i, ','));
        let next = comma + 1;
        let opens =
            self.is(next, kind::RELATIVE) && self.low(next) != "that" && self.lexicon.lang != "de"
                || self.is(next, kind::ROLE | kind::TITLE)
                    && self.toks.get(next).is_some_and(|t| t.shape == Shape::Lower);
        let article =
            self.is(next, kind::DETERMINER) && closing.is_some_and(|c| !self.has_finite(next, c));
        let trailing = closing.is_none() && s.start + 1 < comma && !self.has_finite(next, end);
        opens || article || trailing || closing.is_some_and(|c| self.is_name_of_office(s, comma, c))
    }

    /// "the spokeswoman of the police, Sabine Kessler, …": nothing but a name between the commas, and none before.
    fn is_name_of_office(&self, s: &Sentence, comma: usize, closing: usize) -> bool {
        let office = (s.start..comma)
            .rev()
            .take_while(|i| self.mark(*i).is_none())
            .take(OFFICE_WORDS_MAX)
            .any(|i| self.is(i, kind::ROLE | kind::TITLE) && !self.is(i, kind::NAME));
        office
            && crate::entity::run_at(self, s, comma + 1)
                .is_some_and(|run| run.person && run.end == closing && run.end - run.name >= 2)
    }
}

/// A statement that a preposition attributes.
fn attributed(
    n: usize,
    content: Vec<(usize, usize)>,
    cue: (usize, usize),
    source: (usize, usize),
) -> Found {
    Found { content, cue: vec![cue], source: Some(source), sentence: n, ..Found::default() }
}
