//! Subjects and the limits of what is said, by the order of words; where the document has a parse, by the parse.

use language::Lang;

use super::words::{Sentence, Shape, Words};
use crate::cue::{Cue, Sense, form, frame, kind};

/// Longest subject that the order of words is followed through, in tokens.
const SUBJECT_TOKENS_MAX: usize = 40;

/// A finite cue verb with its auxiliaries.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that a rule asks for"
)]
pub(super) struct Verb {
    pub(super) cue: &'static Cue,
    pub(super) sense: Sense,
    /// The verb itself.
    pub(super) at: usize,
    /// The first of its auxiliaries and adverbs.
    pub(super) start: usize,
    pub(super) negated: bool,
    /// "may say": nobody has said it yet.
    pub(super) hypothetical: bool,
    /// "to say"
    pub(super) infinitive: bool,
    /// "was accused"
    pub(super) passive: bool,
    /// "is arguing"
    pub(super) continuous: bool,
}

impl Verb {
    pub(super) fn has(&self, frames: u16) -> bool {
        self.cue.frames & frames != 0
    }

    /// "arguing that", without "is".
    pub(super) fn is_ing(&self) -> bool {
        self.sense.form & form::ING != 0 && self.sense.form & form::FINITE == 0 && !self.continuous
    }
}

impl Words<'_> {
    fn lang(&self) -> &'static str {
        self.lexicon.lang
    }

    /// spaCy's tag of a token, where there is a pack.
    pub(super) fn tag(&self, i: usize) -> Option<&str> {
        let tok = self.toks.get(i)?;
        self.doc.linguistics()?;
        self.doc.tag(self.doc.token_at(tok.span.start as usize))
    }

    /// The index of our token that holds a token of the document.
    pub(super) fn tok_of(&self, doc_token: usize) -> usize {
        let at = self.doc.token(doc_token).start as u32;
        self.toks.partition_point(|t| t.span.end <= at)
    }

    pub(super) fn is_be(&self, i: usize) -> bool {
        matches!(
            self.low(i),
            "is" | "are"
                | "was"
                | "were"
                | "be"
                | "been"
                | "being"
                | "am"
                | "'s"
                | "'re"
                | "isn't"
                | "wasn't"
                | "weren't"
                | "aren't"
                | "wird"
                | "wurde"
                | "werden"
                | "wurden"
                | "worden"
                | "est"
                | "sont"
                | "été"
                | "fue"
                | "fueron"
                | "был"
                | "была"
                | "было"
                | "были"
        )
    }

    /// Reads the cue verb at `i`, with the sense that fits its place.
    pub(super) fn verb(&self, s: &Sentence, i: usize) -> Option<Verb> {
        let senses = self.senses(i);
        if senses.is_empty() {
            return None;
        }
        let mut start = i;
        let (mut negated, mut modal, mut infinitive, mut be) = (false, false, false, false);
        let mut direct = true;
        while start > s.start {
            let j = start - 1;
            let low = self.low(j);
            let tok = self.toks.get(j)?;
            if low == "to" && self.lang() == "en" {
                infinitive = true;
                start = j;
                break;
            }
            let small = tok.is(kind::AUXILIARY | kind::NEGATION)
                || tok.is(kind::ADVERB) && !tok.is(kind::TIME | kind::RELATIVE | kind::DETERMINER)
                || self.lang() == "en"
                    && low.ends_with("ly")
                    && low.len() > 4
                    && tok.shape == Shape::Lower;
            // "Beck last week said", "the mayor on Monday told"
            let timed = self.lang() == "en"
                && direct
                && j > s.start
                && (tok.is(kind::TIME) && !tok.is(kind::AUXILIARY | kind::NAME)
                    || matches!(
                        low,
                        "last" | "this" | "next" | "on" | "late" | "early" | "earlier"
                    ) && self.is(j + 1, kind::TIME));
            if timed {
                start = j;
                continue;
            }
            // "a-t-elle ajouté"
            let clitic = self.lang() == "fr"
                && j == i - 1
                && j > s.start
                && tok.is(kind::PRONOUN)
                && self.is(j - 1, kind::AUXILIARY);
            if clitic {
                start = j;
                continue;
            }
            // "El médico me dijo", "Le maire nous a dit"
            if tok.is(kind::CLITIC) && j > s.start && self.mark(j - 1).is_none() {
                start = j;
                continue;
            }
            if !small || tok.is(kind::PRONOUN) && !tok.is(kind::AUXILIARY) {
                break;
            }
            // "Smith's said" would be a possessive; "not only said"
            negated |= tok.is(kind::NEGATION) && self.low(j + 1) != "only";
            modal |= tok.is(kind::MODAL);
            if tok.is(kind::AUXILIARY) && direct {
                be = self.is_be(j);
                direct = false;
            }
            start = j;
        }
        let sense = senses
            .iter()
            .find(|sense| self.particle(s, i, sense).is_some_and(|p| p.is_none_or(|at| at > 0)))?;
        let cue = self.cue(sense)?;
        let passive = be && sense.form & form::PARTICIPLE != 0 && sense.form & form::ING == 0;
        let verb = Verb {
            cue,
            sense: *sense,
            at: i,
            start,
            negated,
            hypothetical: modal && !negated,
            infinitive,
            passive,
            continuous: be && sense.form & form::ING != 0,
        };
        self.is_verb(s, &verb, !direct || infinitive).then_some(verb)
    }

    /// Where the separable prefix of a sense stands: `Some(None)` where it needs none, `None` where it is missing.
    #[expect(clippy::option_option, reason = "no particle needed, found, missing: three answers")]
    pub(super) fn particle(&self, s: &Sentence, i: usize, sense: &Sense) -> Option<Option<usize>> {
        let Some(particle) = sense.particle else {
            return Some(None);
        };
        let end = (i + 30).min(s.end);
        for j in i + 1..end {
            if self.low(j) == particle {
                let next = self.toks.get(j + 1).filter(|_| j + 1 < s.end);
                if next.is_none_or(|t| {
                    matches!(t.shape, Shape::Mark(_) | Shape::Quote(_)) || t.is(kind::COORDINATOR)
                }) {
                    return Some(Some(j));
                }
            }
            if self.is_mark(j, ';') {
                break;
            }
        }
        None
    }

    /// Whether a word that may be a form of a cue verb is one here and no noun or adjective.
    fn is_verb(&self, s: &Sentence, verb: &Verb, helped: bool) -> bool {
        let i = verb.at;
        if let Some(tag) = self.tag(i)
            && self.lang() == "en"
        {
            // "a movement called Dawn": a participle without an auxiliary says nothing of who spoke
            let beside_quotation =
                i > s.start && (self.quotation(i - 1).is_some() || self.is_mark(i - 1, ','));
            // "Cash, traders in the old town argue, is …": taggers take the plural verb for a noun there
            let between_commas = verb.sense.form == form::BASE
                && verb.has(frame::AFTER)
                && !verb.has(frame::WEAK)
                && self.is_mark(i + 1, ',')
                && self.plural_before(s, verb.start);
            return tag.starts_with('V')
                && (tag != "VBN" || helped || beside_quotation || verb.has(frame::AFTER))
                || between_commas;
        }
        if (i > s.start || self.lang() == "de") && self.is_capital(i) && !self.is_title_case(s) {
            return false;
        }
        if self.lang() != "en" {
            return verb.sense.form & (form::FINITE | form::PARTICIPLE | form::ING) != 0
                && (verb.sense.form != form::BASE || verb.sense.form & form::FINITE != 0);
        }
        let only = verb.sense.form;
        if i == s.start {
            return only & form::ING != 0;
        }
        let p = i - 1;
        let before = verb.start.checked_sub(1).filter(|b| *b >= s.start).unwrap_or(p);
        if verb.infinitive || helped && only & (form::PARTICIPLE | form::BASE | form::ING) != 0 {
            return true;
        }
        let noun_before = self.is(before, kind::DETERMINER | kind::POSSESSIVE)
            && !self.is(before, kind::OTHER_PRONOUN)
            || self.low(before) == "'s"
            || self.toks.get(before).is_some_and(|t| t.shape == Shape::Number)
                && only & form::PRESENT != 0
            || self.is(p, kind::PREPOSITION);
        if noun_before && !(only & form::ING != 0 && self.is(p, kind::PREPOSITION)) {
            return false;
        }
        if only & form::BASE != 0 && only & form::PAST == 0 {
            // "fear", "plan", "report": a verb after a plural or a pronoun only
            let low = self.low(before);
            return self
                .is(before, kind::THEY | kind::FIRST_PERSON | kind::GROUP | kind::OTHER_PRONOUN)
                || low.ends_with('s') && !low.ends_with("ss") && !self.is(before, kind::AUXILIARY)
                || self.plural_before(s, verb.start)
                || self.toks.get(before).is_some_and(|t| t.shape == Shape::Number)
                || self.is_capital(before) && self.is(before.saturating_sub(1), kind::COORDINATOR);
        }
        true
    }

    /// "shopkeepers in the old quarter argue": the head of the phrase before is a plural.
    fn plural_before(&self, s: &Sentence, end: usize) -> bool {
        let from = end.saturating_sub(10).max(s.start);
        let Some(preposition) = (from + 1..end).find(|i| self.is(*i, kind::PREPOSITION)) else {
            return false;
        };
        let low = self.low(preposition - 1);
        let clause = (from..end).any(|i| {
            self.mark(i).is_some() && i > preposition
                || self.is(i, kind::AUXILIARY | kind::COMPLEMENTIZER)
        });
        !clause
            && (low.ends_with('s') && !low.ends_with("ss") || self.is(preposition - 1, kind::GROUP))
    }

    /// Whether most words of a sentence are written with a capital: a headline.
    pub(super) fn is_title_case(&self, s: &Sentence) -> bool {
        let (mut capitals, mut words) = (0, 0);
        for tok in self.toks.get(s.start..s.end.min(s.start + 30)).unwrap_or(&[]) {
            if tok.is_word() {
                words += 1;
                capitals += usize::from(tok.is_capital());
            }
        }
        words >= 4 && capitals * 3 >= words * 2 && self.lang() == "en"
    }

    /// The end of a sentence without its last marks.
    pub(super) fn sentence_end(&self, s: &Sentence) -> usize {
        let mut end = s.end;
        while end > s.start
            && matches!(self.mark(end - 1), Some('.' | '!' | '?' | '…' | ')' | '。'))
        {
            end -= 1;
        }
        end
    }

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
    fn subject_with_apposition(
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
    fn breaks_phrase(&self, s: &Sentence, j: usize, end: usize) -> bool {
        let Some(tok) = self.toks.get(j) else {
            return true;
        };
        if tok.is(kind::AUXILIARY) && self.low(j) != "'s" {
            return true;
        }
        if tok.is(kind::COORDINATOR) {
            // "Trump and Putin", "police and witnesses"
            let joins = self.low(j) == "and"
                || self.low(j) == "und"
                || self.low(j) == "et"
                || self.low(j) == "y"
                || self.low(j) == "и"
                || self.low(j) == "&";
            let both_capital = self.is_capital(j.saturating_sub(1)) && self.is_capital(j + 1);
            let short_right = end - j <= 4
                && self.is(end - 1, kind::GROUP)
                && self.is(j.saturating_sub(1), kind::GROUP | kind::ORGANIZATION);
            return !(joins && j > s.start && (both_capital || short_right));
        }
        if self.lang() == "en"
            && matches!(
                self.low(j),
                "that"
                    | "because"
                    | "while"
                    | "as"
                    | "when"
                    | "if"
                    | "after"
                    | "before"
                    | "whether"
                    | "although"
                    | "though"
                    | "where"
                    | "why"
                    | "how"
                    | "what"
                    | "than"
                    | "so"
                    | "since"
                    | "until"
                    | "to"
                    | "which"
            )
        {
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
    fn strip_front(&self, mut start: usize, end: usize) -> usize {
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
    fn after_opening_phrase(&self, start: usize, end: usize) -> usize {
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
                    let stop = tok.is(kind::TIME)
                        || matches!(self.low(i), "que" | "qu'" | "che")
                        || tok.is(kind::SUBORDINATOR)
                            && !tok.is(kind::DETERMINER | kind::PREPOSITION)
                        || tok.is(kind::ADVERB)
                            && !tok.is(kind::DETERMINER | kind::PREPOSITION | kind::PRONOUN)
                            && self.lang() != "en"
                        || tok.is(kind::ADVERB)
                            && self.lang() == "en"
                            && tok.shape == Shape::Lower
                            && !tok.is(kind::DETERMINER | kind::RELATIVE | kind::PRONOUN)
                            && i > first
                        || tok.is(kind::COMPLEMENTIZER)
                            && !tok.is(kind::DETERMINER | kind::RELATIVE)
                        || tok.is(kind::PREPOSITION)
                            && i > first
                            && if apposition {
                                self.medium_within(i, i + 6)
                            } else {
                                self.adjunct_follows(first, i)
                            }
                        || tok.is(kind::COORDINATOR) && !self.is_capital(i + 1);
                    if stop {
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

    /// German: "Montag", "Montagmorgen", "Freitagabend".
    fn is_time_of_day(&self, i: usize) -> bool {
        self.is(i, kind::TIME)
            || ["morgen", "abend", "nachmittag", "vormittag", "nacht"]
                .iter()
                .any(|end| self.low(i).len() > end.len() + 2 && self.low(i).ends_with(end))
    }

    /// Whether the preposition at `i` begins where or when something was said, not whose office it is.
    fn adjunct_follows(&self, first: usize, i: usize) -> bool {
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

    fn medium_within(&self, start: usize, end: usize) -> bool {
        (start..end)
            .take_while(|i| !matches!(self.mark(*i), Some(',' | '.')))
            .any(|i| self.is(i, kind::MEDIUM))
    }

    /// Whether "…, a mother of three" goes on after this comma.
    fn apposition_follows(&self, s: &Sentence, first: usize, comma: usize) -> bool {
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
        let past = self.lang() == "en"
            && tok.shape == Shape::Lower
            && (self.low(i) == "former"
                || self.low(i) == "chief"
                || self.low(i) == "senior"
                || self.low(i) == "co-author");
        relative || number || office || article || name || past
    }

    /// Whether a stretch holds a finite verb, as far as one can tell.
    pub(crate) fn has_finite(&self, start: usize, end: usize) -> bool {
        (start..end).any(|i| {
            if let Some(tag) = self.tag(i) {
                return matches!(tag, "VBD" | "VBZ" | "VBP" | "MD");
            }
            let Some(tok) = self.toks.get(i) else {
                return false;
            };
            if tok.is(kind::AUXILIARY)
                || tok.is(kind::SUBJUNCTIVE) && tok.shape == Shape::Lower
                || self.senses(i).iter().any(|s| s.form & (form::PAST | form::PRESENT) != 0)
            {
                return true;
            }
            let low = self.low(i);
            tok.shape == Shape::Lower
                && match self.lang() {
                    "en" => {
                        low.len() > 3 && low.ends_with("ed")
                            || matches!(
                                low,
                                "fell"
                                    | "rose"
                                    | "came"
                                    | "went"
                                    | "made"
                                    | "took"
                                    | "got"
                                    | "gave"
                                    | "kept"
                                    | "left"
                                    | "lost"
                                    | "won"
                                    | "met"
                                    | "led"
                                    | "ran"
                                    | "began"
                                    | "broke"
                                    | "became"
                                    | "put"
                                    | "let"
                                    | "need"
                                    | "want"
                                    | "crossed"
                            )
                            || low.ends_with('s')
                                && !low.ends_with("ss")
                                && i > start
                                && !self.is(i, kind::GROUP)
                                && low.len() > 3
                    }
                    "de" => low.ends_with('t') || low.ends_with("te") || low.ends_with("ten"),
                    "ru" => ["ла", "ло", "ли", "сь", "ся", "ет", "ют", "ут", "ит", "ят", "ат", "л"]
                        .iter()
                        .any(|e| low.ends_with(e)),
                    _ => low.len() > 2,
                }
        })
    }

    /// Where what is said ends that begins at `start`: the end of the sentence, or where another speaks up.
    pub(super) fn clause_end(&self, s: &Sentence, start: usize) -> usize {
        let end = self.limit(s, start);
        let mut i = start + 1;
        while i < end {
            if self.is_mark(i, '—') && self.another_speaks(s, i, end) {
                return i;
            }
            if self.is_mark(i, '—')
                && i > start + 2
                && !(i + 1..end).any(|j| self.is_mark(j, '—'))
                && !self.quoted_beside(i)
            {
                // "… - except that it did not": the outlet speaks again
                return i;
            }
            if self.is_mark(i, ',') && self.another_speaks(s, i, end)
                || self.is_mark(i, ';') && self.another_speaks(s, i, end)
            {
                return i;
            }
            if self.is(i, kind::COORDINATOR) && self.same_speaker_goes_on(s, i) {
                return if self.is_mark(i - 1, ',') { i - 1 } else { i };
            }
            if self.is(i, kind::ACCORDING) && self.is_mark(i - 1, ',') && self.lang() == "en" {
                return i - 1;
            }
            i += 1;
        }
        end
    }

    fn quoted_beside(&self, i: usize) -> bool {
        self.quotation(i + 1).is_some() || self.quotation(i - 1).is_some()
    }

    /// Where the clause that holds `start` must end: "While he said …, she left".
    fn limit(&self, s: &Sentence, start: usize) -> usize {
        let end = self.sentence_end(s);
        match self.opening_clause(s) {
            Some(comma) if start < comma => comma,
            _ => end,
        }
    }

    /// The comma that closes a clause with "while", "after", "if" at the start of a sentence.
    pub(super) fn opening_clause(&self, s: &Sentence) -> Option<usize> {
        if self.lang() != "en" {
            return None;
        }
        let number =
            self.toks.get(s.start)?.shape == Shape::Number || self.is(s.start, kind::DETERMINER);
        let opener = (s.start..s.start + if number { 4 } else { 2 }).find(|i| {
            matches!(
                self.low(*i),
                "while"
                    | "after"
                    | "before"
                    | "when"
                    | "as"
                    | "if"
                    | "since"
                    | "although"
                    | "though"
                    | "because"
                    | "once"
                    | "until"
                    | "whenever"
                    | "unless"
            )
        })?;
        if self.low(opener) == "as"
            && matches!(self.low(opener + 1), "for" | "of" | "per" | "a" | "the" | "well")
        {
            return None;
        }
        let end = self.sentence_end(s);
        let comma = (opener + 2..end).find(|i| {
            self.is_mark(*i, ',') && self.has_finite(opener + 1, *i) && !self.is_mark(*i - 2, ',')
        })?;
        // a quotation right after it belongs to the clause: "When she said, “No,” he left"
        (self.quotation(comma + 1).is_none() && self.has_finite(comma + 1, end)).then_some(comma)
    }

    /// ", adding that", ", but Jones said": what follows the comma is attributed anew.
    fn another_speaks(&self, s: &Sentence, comma: usize, end: usize) -> bool {
        let mut i = comma + 1;
        if self.lang() == "en" {
            let mut j = i;
            while self.is(j, kind::ADVERB | kind::COORDINATOR) && j < i + 2 {
                j += 1;
            }
            let ing = self.senses(j).iter().any(|sense| {
                sense.form & form::ING != 0
                    && self.cue(sense).is_some_and(|c| {
                        c.frames & (frame::QUOTE | frame::THAT) != 0 && c.frames & frame::WEAK == 0
                    })
            });
            if ing {
                return true;
            }
        }
        if self.is(i, kind::COORDINATOR)
            || self.low(i) == "while"
            || self.low(i) == "although"
            || self.is_mark(comma, ';')
        {
            if self.is(i, kind::COORDINATOR) || self.low(i) == "while" || self.low(i) == "although"
            {
                i += 1;
            }
            let limit = end.min(i + 7);
            for j in i + 1..limit {
                if matches!(
                    self.toks.get(j).map(|t| t.shape),
                    Some(Shape::Mark(_) | Shape::Quote(_))
                ) {
                    return false;
                }
                if let Some(verb) = self.verb(s, j) {
                    let strong = verb.has(frame::AFTER)
                        && verb.has(frame::THAT)
                        && !verb.has(frame::WEAK)
                        && !verb.hypothetical
                        && !verb.infinitive;
                    return strong && self.subject_before(s, i, verb.start).is_some();
                }
                if self.is(j, kind::COMPLEMENTIZER) {
                    return false;
                }
            }
        }
        false
    }

    /// "… and called": the same subject says something more.
    fn same_speaker_goes_on(&self, s: &Sentence, coordinator: usize) -> bool {
        if self.lang() != "en" {
            return false;
        }
        let mut i = coordinator + 1;
        while i < coordinator + 3 && self.is(i, kind::ADVERB) {
            i += 1;
        }
        let Some(verb) = self.verb(s, i) else {
            return false;
        };
        let past = verb.sense.form & form::PAST != 0 || verb.sense.form & form::PRESENT != 0;
        past && verb.start == coordinator + 1
            && !verb.has(frame::WEAK)
            && verb.has(frame::THAT | frame::QUOTE)
            && !verb.infinitive
    }

    /// Where a thing wanted, praised or blamed ends that begins at `start`.
    pub(super) fn phrase_end(&self, s: &Sentence, start: usize) -> usize {
        let end = self.limit(s, start);
        for i in start + 1..end {
            let Some(tok) = self.toks.get(i) else {
                break;
            };
            if matches!(tok.shape, Shape::Mark(';' | '—' | ':')) {
                return i;
            }
            if tok.mark() == Some(',') {
                let next = i + 1;
                let low = self.low(next);
                let goes_on = self.is(next, kind::DETERMINER | kind::RELATIVE)
                    && !self.is(next, kind::OTHER_PRONOUN)
                    || self.is_capital(next) && !self.is(next, kind::PRONOUN)
                    || self.toks.get(next).is_some_and(|t| t.shape == Shape::Number)
                    || self.is(next, kind::COORDINATOR)
                        && low != "but"
                        && !self.has_subject_soon(s, next);
                if !goes_on || low.ends_with("ing") {
                    return i;
                }
            }
            if matches!(
                self.low(i),
                "because"
                    | "although"
                    | "while"
                    | "after"
                    | "when"
                    | "saying"
                    | "arguing"
                    | "adding"
                    | "but"
                    | "unless"
                    | "whereas"
            ) && self.lang() == "en"
                && i > start + 1
            {
                return i;
            }
            if tok.is(kind::COORDINATOR) && self.same_speaker_goes_on(s, i) {
                return i;
            }
        }
        end
    }

    fn has_subject_soon(&self, s: &Sentence, i: usize) -> bool {
        (i + 1..(i + 5).min(s.end))
            .any(|j| self.is(j, kind::AUXILIARY) || self.verb(s, j).is_some())
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

    /// The language of the text.
    pub(super) fn is_lang(&self, lang: Lang) -> bool {
        self.lexicon.lang == lang.as_str()
    }
}
