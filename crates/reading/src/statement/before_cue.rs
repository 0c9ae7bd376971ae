//! What stands before a cue: "…, X said", "“…,” said X", and attributions inside what is said.

use super::{
    Found, Make,
    clause::Verb,
    words::{self, Sentence, Words},
};
use crate::cue::{frame, kind};

impl Words<'_> {
    /// What is said before an attribution that begins at `end`.
    ///
    /// `after` is where the attribution ends.
    pub(super) fn left(
        &self,
        s: &Sentence,
        floor: usize,
        end: usize,
        verb: &Verb,
        after: usize,
    ) -> Option<(usize, usize)> {
        if !verb.has(frame::AFTER | frame::QUOTE) {
            return None;
        }
        let mut stop = end;
        while stop > floor && matches!(self.mark(stop - 1), Some(',' | '—' | '!' | '?')) {
            stop -= 1;
        }
        let quoted = stop > floor && self.quotation(stop - 1).is_some();
        if stop == end && !quoted {
            return None;
        }
        let mut start = floor;
        while start < stop
            && (matches!(self.mark(start), Some(',' | ';' | '—' | ':' | ')'))
                || self.is(start, kind::COORDINATOR) && self.quotation(start + 1).is_some())
        {
            start += 1;
        }
        if start >= stop {
            return None;
        }
        if quoted {
            let speech = self.is_speech(stop - 1) || stop < end;
            return speech.then_some((start, stop));
        }
        if !verb.has(frame::AFTER) || verb.has(frame::WEAK) {
            return None;
        }
        // a bare "On Monday," or "However," is not said by anybody
        let inserted = self.attribution_is_inserted(s, after);
        let small = kind::PREPOSITION | kind::ADVERB | kind::SUBORDINATOR | kind::TIME;
        let clause = self.low(start) == "however" && self.has_finite(start + 1, stop);
        let adjunct = self.is(start, small)
            && !self.is(start, kind::DETERMINER)
            && !self.counts(start)
            && !clause
            || self.low(start).ends_with("ing") && self.is_lang(language::Lang::EN);
        if adjunct
            && !inserted
            && !(start..stop).any(|i| self.is_mark(i, ',') && self.has_finite(i, stop))
        {
            return None;
        }
        let words_min = if self.is_lang(language::Lang::RU) { 3 } else { 4 };
        let long = stop - start >= words_min && self.has_finite(start, stop);
        (long || inserted).then_some((start, stop))
    }

    /// "Cash, shopkeepers argue, is all that …": a comma and a finite verb follow the cue.
    pub(super) fn attribution_is_inserted(&self, s: &Sentence, after: usize) -> bool {
        self.is_mark(after, ',') && {
            let next = after + 1;
            let goes_on = !self.low(next).ends_with("ing")
                && !self.is(next, kind::COORDINATOR | kind::RELATIVE | kind::ACCORDING)
                && self.quotation(next).is_none();
            goes_on && self.has_finite(next, s.end)
        }
    }

    /// What stands after "…, X said": where the attribution ends, and what else is said after it.
    pub(super) fn after_attribution(
        &self,
        s: &Sentence,
        from: usize,
        left: (usize, usize),
    ) -> (usize, Option<(usize, usize)>) {
        let end = self.sentence_end(s);
        let only_quotes =
            (left.0..left.1).all(|i| self.quotation(i).is_some() || self.mark(i).is_some());
        let mut i = from;
        while i < end {
            if self.quotation(i).is_some() && self.is_speech(i) {
                return (i, Some((i, self.clause_end(s, i))));
            }
            if matches!(self.mark(i), Some(',' | '—')) {
                let next = i + 1;
                if self.quotation(next).is_some() && (self.is_speech(next) || next + 1 >= end) {
                    return (next, Some((next, self.clause_end(s, next))));
                }
                if i == from && !only_quotes && next < end {
                    let ing = self.low(next).ends_with("ing") || self.low(next) == "citing";
                    // "The museum, he said, celebrated …": what stands before has no verb of its own
                    let fragment = !self.has_finite(left.0, left.1) && self.has_finite(next, end);
                    let another = !fragment
                        && (self.clause_end(s, i.max(1)) == i || self.verb(s, next).is_some());
                    if !ing && !another && !self.is(next, kind::RELATIVE | kind::ACCORDING) {
                        return (next, Some((next, self.clause_end(s, next))));
                    }
                }
            }
            if self.verb(s, i).is_some_and(|v| v.is_ing() && v.has(frame::THAT | frame::QUOTE))
                || self.is(i, kind::COORDINATOR)
            {
                return (i, None);
            }
            i += 1;
        }
        (end, None)
    }

    /// "“…,” said X, a mother of three": what is said stands before the verb, the subject after it.
    pub(super) fn inverted(
        &self,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
        particle: Option<usize>,
        make: &Make<'_>,
    ) -> Option<(Found, usize)> {
        if !verb.has(frame::QUOTE | frame::AFTER)
            || verb.is_ing()
            || verb.infinitive
            || verb.start == s.start
        {
            return None;
        }
        if self.is_lang(language::Lang::EN)
            && (verb.start..verb.at).any(|i| self.is(i, kind::AUXILIARY))
        {
            return None;
        }
        let mut before = verb.start - 1;
        // French: "a déclaré": the auxiliary is part of the verb group already; Russian: «…», — сказал
        while before > floor && matches!(self.mark(before), Some('—' | ',')) {
            before -= 1;
        }
        let separated = before + 1 < verb.start;
        let quoted = self.quotation(before).is_some()
            && (self.is_speech(before) || separated)
            && !self.is_title_in_subject(floor, before);
        if before < floor
            || !(quoted || separated && verb.has(frame::AFTER) && !verb.has(frame::OBJECT))
        {
            return None;
        }
        if !quoted && self.has_its_subject_before(s, floor, before, verb) {
            return None;
        }
        // "a-t-elle ajouté": the pronoun stands between auxiliary and participle
        let clitic = verb.at.checked_sub(1).filter(|c| {
            self.lexicon.lang == "fr"
                && self.is(*c, kind::PRONOUN)
                && *c > floor
                && self.is(*c - 1, kind::AUXILIARY)
        });
        let subject = match clitic {
            Some(clitic) => (clitic, clitic + 1),
            None => self.subject_after(s, verb.at + 1)?,
        };
        let left =
            self.left(s, floor, verb.start.min(subject.0), verb, subject.1.max(verb.at + 1))?;
        let subject = particle
            .filter(|p| (subject.0..subject.1).contains(p))
            .map_or(subject, |p| (subject.0, p));
        if subject.0 >= subject.1 || !self.may_speak(subject) {
            return None;
        }
        if !quoted && !self.inverts_without_marks(s, verb, subject, left) {
            return None;
        }
        let mut content = vec![left];
        let (tail_end, rest) = self.after_attribution(s, subject.1.max(verb.at + 1), left);
        content.extend(rest);
        let next = content.last().map_or(tail_end, |(_, end)| tail_end.max(*end));
        Some((make(content, Some(subject), None), next))
    }

    /// A title or a nickname inside the subject is no speech: "Washington, star of “Scandal,” thanked …".
    fn is_title_in_subject(&self, floor: usize, quote: usize) -> bool {
        let word = |i: &usize| self.toks.get(*i).is_some_and(words::Tok::is_word);
        self.is_lang(language::Lang::EN)
            && self.quotation(quote).is_some_and(|q| q.words < 4)
            && (floor..quote).filter(word).count() >= 3
    }

    /// Whether the words before a verb, with no quotation right there, are its subject and not what is said.
    fn has_its_subject_before(
        &self,
        s: &Sentence,
        floor: usize,
        before: usize,
        verb: &Verb,
    ) -> bool {
        // "Olin, who has led the port for ten years, said the quay …"
        let parsed = self.parsed_subject(s, verb.at);
        parsed.is_some_and(|(start, _)| start < verb.start)
            || self.opens_with_a_name(floor, before)
            // "“…,” Smith, 42, said": the words after the quotation are the subject
            || (floor..before).any(|i| self.is_speech(i))
    }

    /// "The quay will close, said the mayor": nothing finite may follow the subject, and it must look like somebody.
    fn inverts_without_marks(
        &self,
        s: &Sentence,
        verb: &Verb,
        subject: (usize, usize),
        left: (usize, usize),
    ) -> bool {
        let end = self.sentence_end(s);
        let comma =
            (subject.1.max(verb.at + 1)..end).find(|i| self.is_mark(*i, ',')).unwrap_or(end);
        let somebody = kind::DETERMINER
            | kind::PRONOUN
            | kind::GROUP
            | kind::ROLE
            | kind::TITLE
            | kind::ORGANIZATION;
        self.quotation(subject.1).is_none()
            && !self.has_finite(subject.1, comma)
            && (self.has_finite(left.0, left.1) || self.attribution_is_inserted(s, subject.1))
            && (self.is_capital(subject.0) || self.is(subject.0, somebody))
    }

    /// "Olin, who runs the port, said the quay …": a name and what is said of it, no clause.
    pub(super) fn opens_with_a_name(&self, start: usize, end: usize) -> bool {
        let comma = (start..end).find(|i| self.is_mark(*i, ','));
        comma.is_some_and(|comma| {
            comma > start
                && self.is_lang(language::Lang::EN)
                && !self.has_finite(start, comma)
                && (start..comma)
                    .all(|i| self.is_capital(i) || self.is(i, kind::TITLE | kind::ROLE))
                && self.is(comma + 1, kind::RELATIVE | kind::DETERMINER | kind::ROLE | kind::TITLE)
        })
    }

    /// Where the attribution begins that closes a sentence without quotations and holds all of it: "…, officials said".
    pub(super) fn closing_attribution(&self, s: &Sentence) -> Option<usize> {
        if !self.is_lang(language::Lang::EN) || (s.start..s.end).any(|i| self.is_speech(i)) {
            return None;
        }
        let end = self.sentence_end(s);
        for i in (s.start + 5..end).rev().take(24) {
            if self.is(i, kind::ACCORDING)
                && self.is_mark(i - 1, ',')
                && !(i + 1..end).any(|j| self.is_mark(j, ',') && self.has_finite(j, end))
            {
                return Some(i);
            }
            if self.is(i, kind::COMPLEMENTIZER) && !self.is(i, kind::RELATIVE) {
                return None;
            }
            let Some(verb) = self.verb(s, i) else {
                continue;
            };
            if !verb.has(frame::AFTER)
                || verb.has(frame::WEAK)
                || verb.is_ing()
                || verb.infinitive
                || verb.passive
                || verb.hypothetical
            {
                continue;
            }
            let mut tail = i + 1;
            if verb.has(frame::OBJECT)
                && let Some((_, after)) = self.object_after(s, tail)
            {
                tail = after;
            }
            let closes = tail >= end
                || self.is(tail, kind::TIME)
                || self.is_mark(tail, ',') && self.low(tail + 1).ends_with("ing")
                || self.is(tail, kind::PREPOSITION) && self.right(s, &verb, tail).is_none();
            let subject = self.subject_before(s, s.start, verb.start)?;
            return (closes
                && subject.0 > s.start + 3
                && self.is_mark(subject.0 - 1, ',')
                && self.left(s, s.start, subject.0, &verb, verb.at + 1).is_some())
            .then_some(verb.start);
        }
        None
    }

    /// Where an attribution begins that stands between commas inside what is said and only weak cues stand before it:
    /// "To know the town, the guide said, one must walk it".
    pub(super) fn inserted_attribution(&self, s: &Sentence) -> Option<usize> {
        if !self.is_lang(language::Lang::EN) {
            return None;
        }
        let end = self.sentence_end(s);
        for i in s.start + 1..end {
            if self.is_speech(i) {
                return None;
            }
            let Some(verb) = self.verb(s, i) else {
                continue;
            };
            let strong = verb.has(frame::AFTER)
                && verb.has(frame::QUOTE)
                && !verb.has(frame::WEAK)
                && !verb.passive
                && !verb.hypothetical
                && !verb.infinitive
                && !verb.is_ing();
            if !strong {
                continue;
            }
            let subject = self.subject_before(s, s.start, verb.start)?;
            let inserted = subject.0 > s.start + 1
                && self.is_mark(subject.0 - 1, ',')
                && self.attribution_is_inserted(s, i + 1)
                && self.left(s, s.start, subject.0, &verb, i + 1).is_some();
            return inserted.then_some(verb.start);
        }
        None
    }
}
