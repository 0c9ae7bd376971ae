//! What stands after a cue: the object that is told, the clause, the thing wanted or praised.

use super::{
    PARSE_TOKENS_MAX, Right,
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::cue::{frame, kind};

/// Most words and phrases between a cue and what is said that are stepped over.
const STEPS_MAX: usize = 24;

/// What a rule makes of the token behind a cue.
enum Step {
    /// It is passed over: the reading goes on there.
    On(usize),
    /// Here begins what is said; or surely nothing is.
    Said(Option<Right>),
}

/// The words behind a cue, while they are read.
struct After<'a, 'w> {
    words: &'a Words<'w>,
    s: &'a Sentence,
    verb: &'a Verb,
    from: usize,
    end: usize,
    object: Option<(usize, usize)>,
    /// The separable prefix of the cue, which is no part of what is said.
    particle: Option<usize>,
}

impl After<'_, '_> {
    /// A quotation, a colon, a comma.
    fn at_mark(&self, i: usize) -> Option<Step> {
        let (words, verb) = (self.words, self.verb);
        if Some(i) == self.particle {
            return Some(Step::On(i + 1));
        }
        if words.is_told_by_name(i) {
            return Some(Step::On(i + 1));
        }
        if words.quotation(i).is_some() {
            let quoted = words.is_speech(i)
                || i + 1 >= self.end
                || verb.has(frame::CLAUSE | frame::THAT | frame::NOUN);
            let fits = verb.has(frame::QUOTE | frame::CLAUSE | frame::NOUN) && quoted;
            return Some(Step::Said(if fits { self.clause(i, true) } else { None }));
        }
        match words.mark(i)? {
            ':' if verb.has(frame::QUOTE | frame::THAT) => {
                Some(Step::Said(self.clause(i + 1, true)))
            }
            ',' => Some(self.at_comma(i + 1)),
            '[' | '(' => None,
            _ => Some(Step::Said(None)),
        }
    }

    /// What the words after a comma are.
    fn at_comma(&self, next: usize) -> Step {
        let (words, verb, end) = (self.words, self.verb, self.end);
        let english = words.is_lang(language::Lang::EN);
        let that = words.is(next, kind::COMPLEMENTIZER)
            && verb.has(frame::THAT)
            && !(english && words.low(next) != "that");
        let quoted = words.quotation(next).is_some() && verb.has(frame::QUOTE | frame::THAT);
        // "bat darum, keine Bilder zu verbreiten", "forderte die Bürger auf, zu Hause zu bleiben"
        let infinitive = verb.has(frame::INFINITIVE)
            && words.is_lang(language::Lang::DE)
            && words.is_infinitive_clause(next, end);
        if quoted || that || infinitive || words.comma_clause(self.s, verb, next) {
            return Step::Said(self.clause(next, true));
        }
        // "said at a stop in Ash Creek, Ohio, that"
        let place = (next..(next + 5).min(end))
            .find(|j| !words.is_capital(*j))
            .filter(|j| *j > next && words.is_mark(*j, ',') && words.low(j + 1) == "that");
        // "said, in a statement, that"
        let inserted = || {
            let closing = (next..(next + 10).min(end)).find(|j| words.is_mark(*j, ','))?;
            let goes_on = words.is(closing + 1, kind::COMPLEMENTIZER)
                || words.quotation(closing + 1).is_some();
            (words.is(next, kind::PREPOSITION | kind::ADVERB) && goes_on).then_some(closing)
        };
        place.or_else(inserted).map_or(Step::Said(None), |comma| Step::On(comma + 1))
    }

    /// "that", "to", "as", a preposition of the cue, "to the board:".
    fn at_introducer(&self, i: usize) -> Option<Step> {
        let (words, verb) = (self.words, self.verb);
        let english = words.is_lang(language::Lang::EN);
        let tok = words.toks.get(i)?;
        let low = words.low(i);
        let doubtful = tok.is(kind::RELATIVE) && low != "that" && verb.has(frame::WEAK);
        if tok.is(kind::COMPLEMENTIZER) && verb.has(frame::THAT) && !doubtful {
            return Some(Step::Said(self.clause(i, true)));
        }
        if low == "to" && verb.has(frame::INFINITIVE) && english {
            return Some(Step::Said(self.phrase(i, None)));
        }
        if low == "as" && verb.has(frame::AS) {
            return Some(Step::Said(self.phrase(i + 1, None)));
        }
        if verb.cue.prepositions.contains(&low) {
            let adverb = matches!(low, "out" | "off" | "up");
            return Some(if adverb {
                Step::On(i + 1)
            } else {
                Step::Said(self.phrase(i + 1, Some((i, i + 1))))
            });
        }
        if !english {
            return None;
        }
        if let Some((first, after)) = self.told_to(i) {
            let object = Some((first, after));
            let said = words.right_after(self.s, verb, after, self.end, object);
            return Some(Step::Said(said));
        }
        // "half said so"
        let so = low == "so"
            && verb.has(frame::CLAUSE)
            && (i + 1 >= self.end
                || words.mark(i + 1).is_some()
                || words.is(i + 1, kind::PREPOSITION));
        let right = Right { start: i, end: i + 1, object: self.object, tail: None, sure: false };
        so.then_some(Step::Said(Some(right)))
    }

    /// "wrote to the board: …", "said to her that …": to whom.
    fn told_to(&self, i: usize) -> Option<(usize, usize)> {
        let words = self.words;
        let to = words.low(i) == "to"
            && self.object.is_none()
            && words.tag(i + 1).is_none_or(|tag| tag != "VB");
        let (first, after) = to.then(|| words.object_after(self.s, i + 1)).flatten()?;
        let said = words.is_mark(after, ':')
            || words.quotation(after).is_some()
            || words.low(after) == "that";
        said.then_some((first, after))
    }

    /// "on Monday", "repeatedly", "in an interview with the Gazette".
    fn at_filler(&self, i: usize) -> Option<Step> {
        let (words, verb) = (self.words, self.verb);
        let english = words.is_lang(language::Lang::EN);
        let tok = words.toks.get(i)?;
        let low = words.low(i);
        let adverb = tok.is(kind::ADVERB)
            && !tok.is(kind::DETERMINER | kind::COMPLEMENTIZER | kind::PRONOUN);
        let manner = english && tok.shape == Shape::Lower && low.ends_with("ly") && low.len() > 4;
        if tok.is(kind::TIME) && words.low(i + 1) != "'s" || adverb || manner {
            return Some(Step::On(i + 1));
        }
        if tok.is(kind::PREPOSITION) && !words.counts(i) && !tok.is(kind::PRONOUN) {
            let next = words.after_prepositional(i, self.end, verb);
            return Some(next.map_or(Step::Said(None), Step::On));
        }
        // "teilte der Presse am Montag mit, dass": what is said begins at the comma or the colon
        let object = verb.has(frame::NOUN) && i == self.from;
        let gerund = verb.has(frame::GERUND) && low.ends_with("ing");
        let later = !english
            && !object
            && !gerund
            && (verb.has(frame::THAT | frame::QUOTE)
                || verb.has(frame::INFINITIVE) && words.is_lang(language::Lang::DE))
            && tok.is_word()
            && i < self.from + 16;
        later.then_some(Step::On(i + 1))
    }

    /// A clause or a phrase without anything that introduces it.
    fn at_words(&self, i: usize) -> Option<Right> {
        let (words, verb) = (self.words, self.verb);
        if verb.has(frame::GERUND) && words.low(i).ends_with("ing") {
            return self.phrase(i, None);
        }
        if !words.opens_phrase(i) {
            return None;
        }
        let english = words.is_lang(language::Lang::EN);
        if verb.has(frame::CLAUSE) && english && words.has_finite(i + 1, self.end) {
            return self.clause(i, false);
        }
        (verb.has(frame::NOUN) && i == self.from).then(|| self.phrase(i, None)).flatten()
    }

    /// A clause that is said, from `start` on.
    fn clause(&self, start: usize, sure: bool) -> Option<Right> {
        let words = self.words;
        let mut stop = words.clause_end(self.s, start);
        if let Some(parsed) = words.parsed_end(self.verb, start) {
            let boundary = words.mark(parsed).is_some()
                || words.is(parsed, kind::COORDINATOR | kind::SUBORDINATOR);
            if parsed < stop && boundary || words.is_mark(stop, '—') && parsed > stop {
                stop = parsed.min(self.end);
            }
        }
        while stop > start && matches!(words.mark(stop - 1), Some(',' | ';' | '—')) {
            stop -= 1;
        }
        let right = Right { start, end: stop, object: self.object, tail: None, sure };
        (start < stop).then_some(right)
    }

    /// A thing wanted, praised or blamed, from `start` on.
    fn phrase(&self, start: usize, tail: Option<(usize, usize)>) -> Option<Right> {
        let (words, object) = (self.words, self.object);
        let stop = words.parsed_end(self.verb, start);
        let stop = stop.unwrap_or_else(|| words.phrase_end(self.s, start));
        let stop = words.before_medium(start, stop.min(self.end));
        if words.is_lang(language::Lang::DE) {
            // a thing praised or refused is no speech; what was called "…" is
            let first = (start..stop).find(|i| words.quotation(*i).is_some())?;
            let last = (first..stop).rev().find(|i| words.quotation(*i).is_some())?;
            return Some(Right { start: first, end: last + 1, object, tail, sure: true });
        }
        (start < stop).then_some(Right { start, end: stop, object, tail, sure: false })
    }
}

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
                if let Some(that) = self.that_after_object(verb, after, end) {
                    return self.right_after(s, verb, that, end, object);
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

    /// "told The Post and Courier newspaper on Saturday that …": where "that" stands.
    fn that_after_object(&self, verb: &Verb, after: usize, end: usize) -> Option<usize> {
        if !verb.has(frame::THAT) || !self.is_lang(language::Lang::EN) {
            return None;
        }
        (after..end.min(after + 12))
            .take_while(|i| {
                self.mark(*i).is_none()
                    && self.quotation(*i).is_none()
                    && !self.is(*i, kind::AUXILIARY)
            })
            .find(|i| self.low(*i) == "that")
    }

    /// What is said after a cue and its object.
    fn right_after(
        &self,
        s: &Sentence,
        verb: &Verb,
        from: usize,
        end: usize,
        object: Option<(usize, usize)>,
    ) -> Option<Right> {
        let particle = self.particle(s, verb.at, &verb.sense).flatten();
        let after = After { words: self, s, verb, from, end, object, particle };
        let mut i = from;
        for _ in 0..STEPS_MAX {
            if i >= end {
                return None;
            }
            let step = after
                .at_mark(i)
                .or_else(|| after.at_introducer(i))
                .or_else(|| after.at_filler(i))
                .unwrap_or_else(|| Step::Said(after.at_words(i)));
            match step {
                Step::On(next) => i = next,
                Step::Said(right) => return right,
            }
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

    /// German: "keine Bilder zu verbreiten", "die Fenster zuzumachen": a clause that ends in an infinitive.
    fn is_infinitive_clause(&self, from: usize, end: usize) -> bool {
        let stop = (from..end).find(|i| self.mark(*i).is_some()).unwrap_or(end);
        let Some(last) = stop.checked_sub(1).filter(|last| *last >= from) else { return false };
        let verb = self.low(last);
        let lower = self.toks.get(last).is_some_and(|t| t.shape == Shape::Lower);
        let apart = last > from && self.low(last - 1) == "zu";
        let joined = verb.rfind("zu").is_some_and(|at| at >= 2 && at + 5 < verb.len());
        lower && verb.ends_with('n') && (apart || joined)
    }

    /// Steps over "in an interview with Sputnik", "on Monday"; answers where the reading goes on.
    pub(super) fn after_prepositional(
        &self,
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
                    || verb.cue.prepositions.contains(&low)
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
    pub(super) fn end_in_relative_clause(
        &self,
        verb: &Verb,
        subject: (usize, usize),
        start: usize,
        end: usize,
    ) -> usize {
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
        let end = by_parse().filter(|limit| *limit > start).map_or(end, |limit| end.min(limit));
        let relative = self.is(subject.0, kind::RELATIVE)
            && subject.1 == subject.0 + 1
            && subject.0 > 0
            && self.is_mark(subject.0 - 1, ',');
        if !relative {
            return end;
        }
        // "The diver, who said he had seen the wreck, refused …": the clause ends at its comma
        let comma = (start + 1..end).find(|i| self.is_mark(*i, ','));
        comma.filter(|c| self.has_finite(c + 1, end)).unwrap_or(end)
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
