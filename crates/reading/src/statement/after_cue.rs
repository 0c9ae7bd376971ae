//! What stands after a cue: the object that is told, the clause, the thing wanted or praised.

use super::{
    PARSE_TOKENS_MAX, Right,
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::cue::{frame, kind};

impl Words<'_> {
    /// To whom: the noun phrase after "told".
    pub(super) fn object_after(&self, s: &Sentence, from: usize) -> Option<(usize, usize)> {
        let end = self.sentence_end(s).min(from + 14);
        let mut i = from;
        while i < end && self.is(i, kind::ADVERB) && !self.is(i, kind::DETERMINER) {
            i += 1;
        }
        let first = i;
        let tok = self.toks.get(first).filter(|_| first < end)?;
        if tok.is(kind::PRONOUN) && !tok.is(kind::DETERMINER) {
            return (!tok.is(kind::RELATIVE) && !tok.is(kind::COMPLEMENTIZER))
                .then_some((first, first + 1));
        }
        while i < end {
            let tok = self.toks.get(i)?;
            let own = matches!(self.low(i), "of" | "'s" | "and" | "de" | "du" | "des");
            let stop = matches!(tok.shape, Shape::Mark(c) if !matches!(c, '-' | '/' | '\'' | '’'))
                || tok.quote().is_some()
                || tok.is(kind::COMPLEMENTIZER | kind::TIME | kind::AUXILIARY) && !own
                || tok.is(kind::PREPOSITION | kind::SUBORDINATOR | kind::COORDINATOR) && !own
                || self.low(i) == "to"
                || i > first
                    && tok.is(kind::DETERMINER | kind::PRONOUN)
                    && !self.is(i - 1, kind::PREPOSITION)
                    && !own
                || i > first && self.is_capital(first) && tok.shape == Shape::Lower && !own;
            if stop {
                break;
            }
            i += 1;
        }
        (i > first).then_some((first, i))
    }

    /// What is said after a cue, looked for from token `from` on.
    pub(super) fn right(&self, s: &Sentence, verb: &Verb, from: usize) -> Option<Right> {
        let end = self.sentence_end(s);
        let mut i = from;
        let mut object = None;
        if verb.has(frame::OBJECT) {
            object = self.object_after(s, i);
            if let Some((first, after)) = object {
                // "told The Post and Courier newspaper on Saturday that …"
                if verb.has(frame::THAT) && self.is_lang(language::Lang::EN) {
                    let that = (after..end.min(after + 12))
                        .take_while(|i| {
                            self.mark(*i).is_none()
                                && self.quotation(*i).is_none()
                                && !self.is(*i, kind::AUXILIARY)
                        })
                        .find(|i| self.low(*i) == "that");
                    if let Some(that) = that {
                        return self.right_after(s, verb, that, end, object);
                    }
                }
                let next = self.low(after);
                let to_follows = next == "to" && verb.has(frame::INFINITIVE);
                let of_follows = verb.cue.prepositions.contains(&next);
                if verb.has(frame::NOUN) && !to_follows && of_follows {
                    // "accused X of Y", "blamed X for Y": the whole is the content
                    return Some(Right {
                        start: first,
                        end: self.phrase_end(s, after),
                        object: None,
                        tail: None,
                        sure: false,
                    });
                }
                // "want longer seasons, but …": the object is what is wanted
                let wanted = verb.has(frame::NOUN)
                    && (self.is_mark(after, ',') && self.is(after + 1, kind::COORDINATOR)
                        || after >= end && !verb.has(frame::QUOTE));
                if wanted {
                    return self.right_after(s, verb, i, end, None);
                }
                let said = to_follows
                    || self.is(after, kind::COMPLEMENTIZER)
                    || matches!(self.mark(after), Some(',' | ':'))
                    || self.quotation(after).is_some()
                    || self.is(
                        after,
                        kind::TIME
                            | kind::PREPOSITION
                            | kind::DETERMINER
                            | kind::PRONOUN
                            | kind::ADVERB,
                    )
                    || after >= end;
                if said || !verb.has(frame::CLAUSE | frame::NOUN) {
                    i = after;
                } else {
                    object = None;
                }
            }
        }
        self.right_after(s, verb, i, end, object)
    }

    pub(super) fn right_after(
        &self,
        s: &Sentence,
        verb: &Verb,
        from: usize,
        end: usize,
        object: Option<(usize, usize)>,
    ) -> Option<Right> {
        let mut i = from;
        let clause = |start: usize, sure: bool| {
            let mut stop = self.clause_end(s, start);
            if let Some(parsed) = self.parsed_end(verb, start) {
                let boundary = self.mark(parsed).is_some()
                    || self.is(parsed, kind::COORDINATOR | kind::SUBORDINATOR);
                if parsed < stop && boundary || self.is_mark(stop, '—') && parsed > stop {
                    stop = parsed.min(end);
                }
            }
            while stop > start && matches!(self.mark(stop - 1), Some(',' | ';' | '—')) {
                stop -= 1;
            }
            (start < stop).then_some(Right { start, end: stop, object, tail: None, sure })
        };
        let phrase = |start: usize, tail: Option<(usize, usize)>| {
            let stop = self.parsed_end(verb, start).unwrap_or_else(|| self.phrase_end(s, start));
            let stop = self.before_medium(start, stop.min(end));
            if self.is_lang(language::Lang::DE) {
                // a thing praised or refused is no speech; what was called "…" is
                let first = (start..stop).find(|i| self.quotation(*i).is_some())?;
                let last = (first..stop).rev().find(|i| self.quotation(*i).is_some())?;
                return Some(Right { start: first, end: last + 1, object, tail, sure: true });
            }
            (start < stop).then_some(Right { start, end: stop, object, tail, sure: false })
        };
        let particle = self.particle(s, verb.at, &verb.sense).flatten();
        let english = self.is_lang(language::Lang::EN);
        let mut steps = 0;
        while i < end && steps < 24 {
            steps += 1;
            let tok = self.toks.get(i)?;
            if Some(i) == particle {
                i += 1;
                continue;
            }
            if tok.quote().is_some() {
                let quoted = self.is_speech(i)
                    || i + 1 >= end
                    || verb.has(frame::CLAUSE | frame::THAT | frame::NOUN);
                return if verb.has(frame::QUOTE | frame::CLAUSE | frame::NOUN) && quoted {
                    clause(i, true)
                } else {
                    None
                };
            }
            if tok.mark() == Some(':') {
                return if verb.has(frame::QUOTE | frame::THAT) {
                    clause(i + 1, true)
                } else {
                    None
                };
            }
            if tok.mark() == Some(',') {
                let next = i + 1;
                if self.quotation(next).is_some() && verb.has(frame::QUOTE | frame::THAT) {
                    return clause(next, true);
                }
                if self.is(next, kind::COMPLEMENTIZER)
                    && verb.has(frame::THAT)
                    && !(self.is_lang(language::Lang::EN) && self.low(next) != "that")
                {
                    return clause(next, true);
                }
                if self.comma_clause(s, verb, next) {
                    return clause(next, true);
                }
                // "said at a stop in Ash Creek, Ohio, that"
                let place = (next..(next + 5).min(end))
                    .find(|j| !self.is_capital(*j))
                    .filter(|j| *j > next && self.is_mark(*j, ',') && self.low(j + 1) == "that");
                if let Some(place) = place {
                    i = place + 1;
                    continue;
                }
                // "said, in a statement, that"
                let closing = (next..(next + 10).min(end)).find(|j| self.is_mark(*j, ','));
                if let Some(closing) = closing
                    && self.is(next, kind::PREPOSITION | kind::ADVERB)
                    && (self.is(closing + 1, kind::COMPLEMENTIZER)
                        || self.quotation(closing + 1).is_some())
                {
                    i = closing + 1;
                    continue;
                }
                return None;
            }
            if tok.mark().is_some() && !matches!(tok.mark(), Some('[' | '(')) {
                return None;
            }
            if tok.is(kind::COMPLEMENTIZER)
                && verb.has(frame::THAT)
                && !(tok.is(kind::RELATIVE) && self.low(i) != "that" && verb.has(frame::WEAK))
            {
                return clause(i, true);
            }
            if self.low(i) == "to"
                && verb.has(frame::INFINITIVE)
                && self.is_lang(language::Lang::EN)
            {
                return phrase(i, None);
            }
            if self.low(i) == "as" && verb.has(frame::AS) {
                return phrase(i + 1, None);
            }
            if verb.cue.prepositions.iter().any(|p| *p == self.low(i)) {
                let tail = Some((i, i + 1));
                if matches!(self.low(i), "out" | "off" | "up") {
                    i += 1;
                    continue;
                }
                return phrase(i + 1, tail);
            }
            // "wrote to the board: …", "said to her that …"
            if english
                && self.low(i) == "to"
                && object.is_none()
                && self.tag(i + 1).is_none_or(|tag| tag != "VB")
                && let Some((first, after)) = self.object_after(s, i + 1)
                && (self.is_mark(after, ':')
                    || self.quotation(after).is_some()
                    || self.low(after) == "that")
            {
                return self.right_after(s, verb, after, end, Some((first, after)));
            }
            // "half said so"
            if self.low(i) == "so"
                && english
                && verb.has(frame::CLAUSE)
                && (i + 1 >= end || self.mark(i + 1).is_some() || self.is(i + 1, kind::PREPOSITION))
            {
                return Some(Right { start: i, end: i + 1, object, tail: None, sure: false });
            }
            if tok.is(kind::TIME) && self.low(i + 1) != "'s"
                || tok.is(kind::ADVERB)
                    && !tok.is(kind::DETERMINER | kind::COMPLEMENTIZER | kind::PRONOUN)
                || self.is_lang(language::Lang::EN)
                    && tok.shape == Shape::Lower
                    && self.low(i).ends_with("ly")
                    && self.low(i).len() > 4
            {
                i += 1;
                continue;
            }
            if tok.is(kind::PREPOSITION) && !self.counts(i) && !tok.is(kind::PRONOUN) {
                let next = self.after_prepositional(s, i, end, verb)?;
                i = next;
                continue;
            }
            if verb.has(frame::GERUND) && self.low(i).ends_with("ing") {
                return phrase(i, None);
            }
            if !(english || verb.has(frame::NOUN) && i == from)
                && verb.has(frame::THAT | frame::QUOTE)
                && tok.is_word()
                && i < from + 16
            {
                // "teilte der Presse am Montag mit, dass": what is said begins at the comma or the colon
                i += 1;
                continue;
            }
            if !self.opens_phrase(i) {
                return None;
            }
            if verb.has(frame::CLAUSE)
                && self.is_lang(language::Lang::EN)
                && self.has_finite(i + 1, end)
            {
                return clause(i, false);
            }
            if verb.has(frame::NOUN) && i == from {
                return phrase(i, None);
            }
            return None;
        }
        None
    }

    /// German and Russian put a comma before a clause without "that": "Er sagte, er komme".
    pub(super) fn comma_clause(&self, s: &Sentence, verb: &Verb, next: usize) -> bool {
        let lang = self.lexicon.lang;
        if !matches!(lang, "de" | "ru") || !verb.has(frame::CLAUSE) || next >= s.end {
            return false;
        }
        if self.is(next, kind::COORDINATOR)
            || lang == "ru" && self.is(next, kind::RELATIVE | kind::SUBORDINATOR)
        {
            return false;
        }
        if lang == "de" && self.is(next, kind::RELATIVE) && !self.is_capital(next + 1) {
            // "…, der gestern kam": a relative clause ends in its verb
            return self.is(next + 1, kind::AUXILIARY) || self.is_capital(next + 2);
        }
        lang == "de" && s.end - next >= 3 || self.has_finite(next, s.end)
    }

    /// Steps over "in an interview with Sputnik", "on Monday"; answers where the reading goes on.
    pub(super) fn after_prepositional(
        &self,
        _s: &Sentence,
        from: usize,
        end: usize,
        verb: &Verb,
    ) -> Option<usize> {
        let limit = end.min(from + 18);
        let mut i = from + 1;
        while i < limit {
            let tok = self.toks.get(i)?;
            if tok.quote().is_some() || matches!(tok.mark(), Some(',' | ':')) {
                return Some(i);
            }
            if tok.is(kind::COMPLEMENTIZER)
                && matches!(self.low(i), "that" | "que" | "qu'" | "che")
                && verb.has(frame::THAT)
            {
                return Some(i);
            }
            if self.is_lang(language::Lang::EN) && verb.has(frame::CLAUSE) && i > from + 1 {
                let subject =
                    tok.is(kind::HE | kind::SHE | kind::THEY | kind::FIRST_PERSON | kind::IT)
                        && !tok.is(kind::POSSESSIVE | kind::DETERMINER)
                        || self.low(i) == "there";
                let fresh = tok.is(kind::DETERMINER)
                    && !self.is(i - 1, kind::PREPOSITION | kind::COORDINATOR);
                let after_time = self.is(i - 1, kind::TIME)
                    && (tok.is_capital()
                        || tok.shape == Shape::Lower
                            && !tok.is(kind::PREPOSITION
                                | kind::AUXILIARY
                                | kind::COORDINATOR
                                | kind::ADVERB));
                if subject || (fresh || after_time) && self.has_finite(i + 1, end) {
                    return Some(i);
                }
            }
            i += 1;
        }
        None
    }

    /// Where the parse has the object or the clause of a cue verb end that begins at `start`.
    pub(super) fn parsed_end(&self, verb: &Verb, start: usize) -> Option<usize> {
        self.doc.linguistics()?;
        let at = self.doc.token_at(self.toks.get(verb.at)?.span.start as usize);
        let sentence = self.doc.sentences().get(self.doc.sentence_of(at))?;
        if sentence.len() > PARSE_TOKENS_MAX || !self.is_lang(language::Lang::EN) {
            return None;
        }
        let own = |child: usize| -> bool {
            let preposition = || {
                let low = self.low(self.tok_of(child));
                low == "as" && verb.has(frame::AS)
                    || verb.cue.prepositions.iter().any(|p| *p == low)
                    // "criticised him for leaving", "shows her with a small lead"
                    || verb.has(frame::NOUN) && matches!(low, "for" | "with" | "over" | "of")
            };
            match self.doc.dep(child) {
                Some("dobj" | "ccomp" | "xcomp" | "oprd" | "attr" | "acomp") => true,
                Some("prep") => preposition(),
                _ => false,
            }
        };
        let end = self
            .doc
            .children(at)
            .filter(|child| own(*child))
            .map(|child| self.tok_of(self.doc.subtree_range(child).end as usize - 1) + 1)
            .max()?;
        let mut end = end;
        while end > start && self.mark(end - 1).is_some_and(|c| c != ')' && c != ']') {
            end -= 1;
        }
        (end > start).then_some(end)
    }

    /// Cuts "… in a statement on Thursday" off what is asked for or praised.
    pub(super) fn before_medium(&self, start: usize, end: usize) -> usize {
        (start + 1..end)
            .find(|i| {
                matches!(self.low(*i), "in" | "on" | "during" | "at")
                    && self.is(i + 1, kind::DETERMINER | kind::POST)
                    && (i + 1..end.min(i + 4)).any(|j| self.is(j, kind::MEDIUM))
            })
            .unwrap_or(end)
    }

    /// Where what is said ends at the latest when its verb stands in a relative clause: "those who want to stay said …".
    pub(super) fn end_in_relative_clause(&self, verb: &Verb, start: usize, end: usize) -> usize {
        let by_parse = || {
            self.doc.linguistics()?;
            let at = self.doc.token_at(self.toks.get(verb.at)?.span.start as usize);
            let opening = verb.is_ing()
                && self.sentence_of(verb.at).and_then(|n| self.sentences.get(n))?.start == verb.at;
            if !matches!(self.doc.dep(at), Some("relcl" | "acl")) && !opening {
                return None;
            }
            let range = self.doc.subtree_range(at);
            Some(self.tok_of(range.end as usize - 1) + 1)
        };
        by_parse().filter(|limit| *limit > start).map_or(end, |limit| end.min(limit))
    }

    /// "what she called for", "which he said had harmed the town": what is said of the thing that the pronoun stands for.
    pub(super) fn said_of_relative(
        &self,
        s: &Sentence,
        verb: &Verb,
        subject: (usize, usize),
    ) -> Option<Vec<(usize, usize)>> {
        if !self.is_lang(language::Lang::EN)
            || !verb.has(frame::CLAUSE)
            || verb.has(frame::WEAK)
            || verb.is_ing()
            || verb.infinitive
        {
            return None;
        }
        let relative = subject.0.checked_sub(1).filter(|i| *i >= s.start)?;
        if !matches!(self.low(relative), "which" | "that" | "what" | "who") {
            return None;
        }
        let next = verb.at + 1;
        let finite = match self.tag(next) {
            Some(tag) => matches!(tag, "VBD" | "VBZ" | "VBP" | "MD"),
            None => self.is(next, kind::AUXILIARY),
        };
        let mut end = self.clause_end(s, next);
        if let Some(comma) = (next + 1..end).find(|i| self.is_mark(*i, ',')) {
            end = comma;
        }
        (finite && next < end).then(|| vec![(relative, relative + 1), (next, end)])
    }
}
