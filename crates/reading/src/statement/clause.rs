//! Subjects and the limits of what is said, by the order of words; where the document has a parse, by the parse.

use language::Lang;

use super::words::{Sentence, Shape, Words};
use crate::cue::{Cue, Sense, form, frame, kind};

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
    pub(super) fn lang(&self) -> &'static str {
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

    /// A form of "be", or of the auxiliary of the passive.
    pub(super) fn is_be(&self, i: usize) -> bool {
        self.is(i, kind::BE)
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
        // "forderte … auf": the verb with its prefix, where that stands, and not the one without
        let prefixed = senses.iter().find(|sense| self.particle(s, i, sense).flatten().is_some());
        let plain = || senses.iter().find(|sense| sense.particle.is_none());
        let sense = prefixed.or_else(plain)?;
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
                    "ru" => {
                        let ends =
                            ["ла", "ло", "ли", "сь", "ся", "ет", "ют", "ут", "ит", "ят", "ат", "л"];
                        low == "нет" || ends.iter().any(|e| low.ends_with(e))
                    }
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

    /// The language of the text.
    pub(super) fn is_lang(&self, lang: Lang) -> bool {
        self.lexicon.lang == lang.as_str()
    }
}
