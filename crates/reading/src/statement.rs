//! Who said what: finds statements and the words of their speakers.
//!
//! Needs the article's text and its document (a parse where there is a pack); adds [`crate::Reading::entities`],
//! [`crate::Reading::statements`] and [`crate::Reading::speakers`].
//!
//! Every sentence is read with its outermost quotations as single tokens, so that direct, mixed and indirect speech take
//! the same few forms: subject, cue, what is said; what is said, subject, cue ("…, X said"); what is said, cue, subject
//! ("…, said X"); and an attribution inside what is said ("Cash, shopkeepers argue, is all …").
//!
//! # Known misses
//!
//! Statements inside statements are taken apart only where both stand in quotation marks.
//!
//! # Source
//!
//! Pareti, *Attribution: A Computational Approach*, 2015: content, cue and source as the parts of an attribution.

mod addressee;
mod clause;
mod gather;
mod german;
mod medium;
mod nested;
mod stance;
pub(crate) mod words;

use article::{Article, BlockKind, Span};
use language::Doc;

use self::{
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::{
    Reading, Statement, StatementKind,
    cue::{frame, kind},
    entity, speaker,
};

/// Fewest paragraphs "Name: …" that make a text a transcript.
const TRANSCRIPT_PARAGRAPHS_MIN: usize = 3;

/// How far below a headline the name is looked for that stands before its colon, in tokens.
const HEADLINE_NAME_TOKENS: usize = 300;

/// Longest sentence whose parse is asked, in tokens.
const PARSE_TOKENS_MAX: usize = 200;

/// A statement in tokens.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that a step asks for"
)]
pub(crate) struct Found {
    pub(crate) content: Vec<(usize, usize)>,
    pub(crate) cue: Vec<(usize, usize)>,
    pub(crate) source: Option<(usize, usize)>,
    /// To whom.
    pub(crate) object: Option<(usize, usize)>,
    /// Index into [`Words::sentences`].
    pub(crate) sentence: usize,
    pub(crate) negated: bool,
    /// Nobody is named beside it: it goes on from what was said before.
    pub(crate) floating: bool,
    /// A transcript's line: direct without marks.
    pub(crate) transcript: bool,
    /// Reported speech by the mood of its verb alone.
    pub(crate) by_mood: bool,
    /// "is expected to": the text names nobody, and nobody is to be looked for.
    pub(crate) anonymous: bool,
}

/// Makes a statement of what is said, who says it and what stood after the cue.
type Make<'a> = dyn Fn(Vec<(usize, usize)>, Option<(usize, usize)>, Option<&Right>) -> Found + 'a;

/// What stands after a cue.
#[derive(Clone, Copy, Debug)]
struct Right {
    start: usize,
    end: usize,
    object: Option<(usize, usize)>,
    /// A preposition or a colon's worth of words that belong to the cue.
    tail: Option<(usize, usize)>,
    /// "that", a colon, a quotation: surely what is said.
    sure: bool,
}

/// Adds statements and speakers to the reading.
pub(crate) fn read(article: &Article, doc: &Doc, reading: &mut Reading) {
    let words = Words::cut(article, doc);
    let mut found = find(&words);
    gather::join(&words, &mut found);
    found.retain(|one| one.content.iter().any(|(a, b)| words.span(*a, *b).is_some()));
    let people = entity::people(&words);
    reading.entities = entity::mention::find(&words, article, &people);
    let nested = nested::find(&words, &found);
    let mut registry = speaker::Registry::new(&words, people);
    let who = registry.resolve(&found);
    reading.statements = found
        .iter()
        .zip(&who)
        .map(|(one, speaker)| statement(&words, article, one, *speaker, None))
        .collect();
    for inner in &nested {
        let outer = who.get(inner.outer).copied().flatten();
        for one in &inner.found {
            // "he said ‘…’" inside a quotation: the text does not say whom they mean
            let Some(speaker) = registry.resolve_nested(&inner.words, one, outer) else {
                continue;
            };
            let outer = Some(inner.outer as u32);
            let nested = statement(&inner.words, article, one, Some(speaker), outer);
            reading.statements.push(nested);
        }
    }
    reading.speakers = registry.finish();
}

/// A statement in tokens as one in spans.
fn statement(
    words: &Words<'_>,
    article: &Article,
    found: &Found,
    speaker: Option<u32>,
    nested_in: Option<u32>,
) -> Statement {
    let spans = |ranges: &[(usize, usize)]| -> Vec<Span> {
        ranges.iter().filter_map(|(a, b)| words.span(*a, *b)).collect()
    };
    let content = spans(&found.content);
    Statement {
        kind: if found.transcript {
            StatementKind::Direct
        } else {
            near_text_kind(words, &content)
        },
        content,
        cue: spans(&found.cue),
        source: found.source.and_then(|(a, b)| words.span(a, b)).into_iter().collect(),
        speaker,
        medium: medium::find(words, article, found),
        addressee: found.object.and_then(|(a, b)| words.span(a, b)),
        negated: found.negated,
        nested_in,
    }
}

/// Direct where nearly all words stand in quotation marks, indirect where nearly none do.
fn near_text_kind(words: &Words<'_>, content: &[Span]) -> StatementKind {
    let (mut inside, mut all) = (0, 0);
    for span in content {
        all += crate::quotation::count_words(span.of(words.text));
        let from = words.quotations.partition_point(|q| q.span.end <= span.start);
        for q in words
            .quotations
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .take_while(|q| q.span.start < span.end)
        {
            let shared =
                Span { start: q.span.start.max(span.start), end: q.span.end.min(span.end) };
            inside += crate::quotation::count_words(shared.of(words.text));
        }
    }
    if inside * 20 >= all * 19 && all > 0 {
        StatementKind::Direct
    } else if inside * 20 <= all {
        StatementKind::Indirect
    } else {
        StatementKind::Mixed
    }
}

/// Finds the statements of every sentence.
fn find(words: &Words<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let transcript = words.is_transcript();
    let mut taken_paragraph = None;
    for (n, s) in words.sentences.iter().enumerate() {
        if taken_paragraph == Some(s.paragraph) {
            continue;
        }
        if let Some(one) = words.answer(n, s, transcript) {
            taken_paragraph = Some(s.paragraph);
            found.push(one);
            continue;
        }
        if matches!(s.block, BlockKind::Promotion | BlockKind::Heading | BlockKind::Dateline)
            || words.is_promotion(s)
        {
            continue;
        }
        let before = found.len();
        if let Some(one) = words.block_after_colon(n, s, found.last()) {
            taken_paragraph = Some(s.paragraph);
            found.push(one);
            continue;
        }
        words.read_sentence(n, s, &mut found);
        if found.len() == before {
            words.read_without_cue(n, s, &mut found);
        }
        if found.len() == before {
            words.read_by_mood(n, s, &mut found);
        }
        let taken: Vec<(usize, usize)> =
            found.iter().skip(before).flat_map(|f: &Found| f.content.clone()).collect();
        words.read_leftover_quotes(n, s, &taken, &mut found);
    }
    found
}

impl Words<'_> {
    /// The outlet about itself.
    fn is_promotion(&self, s: &Sentence) -> bool {
        self.is(s.start, kind::PROMOTION)
            && !self.is(s.start, kind::DETERMINER)
            && !(s.start..s.end).any(|i| self.quotation(i).is_some())
    }

    fn read_sentence(&self, n: usize, s: &Sentence, found: &mut Vec<Found>) {
        let mut floor = s.start;
        let mut speaker: Option<(usize, usize)> = None;
        // "…, officials said.", "To understand it, he said, one …": a cue before it lies inside what they said
        let mut i =
            self.closing_attribution(s).or_else(|| self.inserted_attribution(s)).unwrap_or(s.start);
        if let Some(after) = self.dateline_end(s) {
            floor = after;
            i = i.max(after);
        }
        while i < s.end {
            if self.quotation(i).is_some() {
                i += 1;
                continue;
            }
            let common = kind::ACCORDING | kind::ACCORDING_AFTER | kind::SO;
            let by_noun = self
                .is(i, kind::SPEECH_NOUN)
                .then(|| self.noun_of_speech(n, s, floor, i))
                .flatten()
                .or_else(|| self.stance(n, s, floor, i));
            let taken = if by_noun.is_some() {
                by_noun
            } else if self.is(i, common) {
                self.according(n, s, floor, i)
            } else {
                self.as_somebody_said(n, s, floor, i).or_else(|| {
                    self.verb(s, i).and_then(|verb| self.statement(n, s, floor, &verb, speaker))
                })
            };
            let Some((mut one, next)) = taken else {
                i += 1;
                continue;
            };
            if one.source.is_none() && !one.anonymous {
                one.source = speaker;
            }
            speaker = one.source.or(speaker);
            floor = next;
            i = next.max(i + 1);
            found.push(one);
        }
    }

    /// "expressed the hope that", "vertrat die Ansicht, dass": a noun brings what is said.
    fn noun_of_speech(
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

    /// German: the sentence after "sagte er" that goes on in the subjunctive.
    fn read_by_mood(&self, n: usize, s: &Sentence, found: &mut Vec<Found>) {
        let Some(last) = found.last_mut() else {
            return;
        };
        let apart = n - last.sentence;
        let paragraphs = s.paragraph - self.paragraph_of(last.sentence);
        if last.source.is_none()
            || apart > 4
            || paragraphs > 1
            || !self.reported_by_mood(s, apart == 1 && paragraphs == 0)
        {
            return;
        }
        let content = (s.start, self.sentence_end(s));
        if last.by_mood && apart == 1 && paragraphs == 0 {
            last.content.push(content);
            last.sentence = n;
            return;
        }
        let source = last.source;
        found.push(Found {
            content: vec![content],
            source,
            sentence: n,
            by_mood: true,
            ..Found::default()
        });
    }

    /// The token after "GULL POINT, May 3 (Coast Wire) —".
    fn dateline_end(&self, s: &Sentence) -> Option<usize> {
        let dash = (s.start + 1..s.end.min(s.start + 16)).find(|i| self.is_mark(*i, '—'))?;
        let place = self.toks.get(s.start)?;
        let agency = self.is_mark(dash - 1, ')');
        let capitals = place.shape == Shape::Upper && place.span.len() > 3;
        (capitals || agency && place.is_capital()).then_some(dash + 1)
    }

    /// Where the attribution begins that closes a sentence without quotations and holds all of it: "…, officials said".
    fn closing_attribution(&self, s: &Sentence) -> Option<usize> {
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

    /// "The quay is expected to close", "it is believed that …", "was reported by the Gazette to have …".
    fn passive(&self, n: usize, s: &Sentence, floor: usize, verb: &Verb) -> Option<(Found, usize)> {
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

    /// Where an attribution begins that stands between commas inside what is said and only weak cues stand before it:
    /// "To know the town, the guide said, one must walk it".
    fn inserted_attribution(&self, s: &Sentence) -> Option<usize> {
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

    /// Reads the statement that a verb brings; answers with it and where the reading goes on.
    fn statement(
        &self,
        n: usize,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
        speaker: Option<(usize, usize)>,
    ) -> Option<(Found, usize)> {
        if verb.passive {
            return self.passive(n, s, floor, verb);
        }
        if verb.hypothetical && verb.cue.lemma != "want" {
            return None;
        }
        // "Citing two officials, the paper said": whom it has it from, not what it says
        if verb.is_ing() && verb.at == s.start && verb.cue.lemma == "cite" {
            return None;
        }
        let particle = self.particle(s, verb.at, &verb.sense).flatten();
        let mut cue = vec![(verb.at, verb.at + 1)];
        cue.extend(particle.map(|p| (p, p + 1)));
        let make = |content: Vec<(usize, usize)>,
                    source: Option<(usize, usize)>,
                    right: Option<&Right>| Found {
            content,
            cue: cue.clone(),
            source,
            object: right
                .and_then(|r| r.object)
                .filter(|_| self.is_lang(language::Lang::EN))
                .or_else(|| self.told(s, verb, source)),
            sentence: n,
            negated: verb.negated
                || source.is_some_and(|(a, _)| {
                    self.is(a, kind::NEGATION) || matches!(self.low(a), "nobody" | "none")
                }),
            floating: false,
            transcript: false,
            by_mood: false,
            anonymous: false,
        };
        if let Some(taken) = self.inverted(s, floor, verb, particle, &make) {
            return Some(taken);
        }
        let right = self.right(s, verb, verb.at + 1);
        let subject = if verb.is_ing() {
            self.subject_of_participle(s, verb, speaker)
        } else if verb.infinitive {
            self.subject_of_infinitive(s, floor, verb)
        } else {
            self.subject_of(s, floor, verb)
        };
        let Some(subject) = subject else {
            return self.verb_before_subject(s, verb, particle, &make);
        };
        if !self.may_speak(subject) {
            return None;
        }
        let left =
            (!verb.is_ing()).then(|| self.left(s, floor, subject.0, verb, verb.at + 1)).flatten();
        let quoted_left = left
            .is_some_and(|(_, end)| self.quotation(end - 1).is_some() && self.is_speech(end - 1));
        if let Some(left) = left
            && (quoted_left && !right.is_some_and(|r| r.sure && self.quotation(r.start).is_none())
                || right.is_none())
        {
            let mut content = vec![left];
            let (tail_end, rest) = self.after_attribution(s, verb.at + 1, left);
            content.extend(rest);
            let next = content.last().map_or(tail_end, |(_, end)| tail_end.max(*end));
            let mut one = make(content, Some(subject), right.as_ref());
            if one.object.is_none() && verb.has(frame::OBJECT) {
                one.object = self.object_after(s, verb.at + 1);
            }
            return Some((one, next));
        }
        if let Some(content) = self.said_of_relative(s, verb, subject) {
            let next = content.last().map_or(verb.at + 1, |(_, end)| *end);
            return Some((make(content, Some(subject), None), next));
        }
        let right = right?;
        if verb.has(frame::WEAK) && !right.sure {
            return None;
        }
        let mut right = right;
        right.end = self.end_in_relative_clause(verb, right.start, right.end);
        if self.is(subject.0, kind::RELATIVE)
            && subject.1 == subject.0 + 1
            && subject.0 > 0
            && self.is_mark(subject.0 - 1, ',')
        {
            // "The diver, who said he had seen the wreck, refused …": the clause ends at its comma
            let comma = (right.start + 1..right.end).find(|i| self.is_mark(*i, ','));
            right.end = comma.filter(|c| self.has_finite(c + 1, right.end)).unwrap_or(right.end);
        }
        let mut one = make(vec![(right.start, right.end)], Some(subject), Some(&right));
        one.cue.extend(right.tail);
        Some((one, right.end))
    }

    /// "what she called for", "which he said had harmed the town": what is said of the thing that the pronoun stands for.
    fn said_of_relative(
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

    /// Where what is said ends at the latest when its verb stands in a relative clause: "those who want to stay said …".
    fn end_in_relative_clause(&self, verb: &Verb, start: usize, end: usize) -> usize {
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

    /// Cuts "… in a statement on Thursday" off what is asked for or praised.
    fn before_medium(&self, start: usize, end: usize) -> usize {
        (start + 1..end)
            .find(|i| {
                matches!(self.low(*i), "in" | "on" | "during" | "at")
                    && self.is(i + 1, kind::DETERMINER | kind::POST)
                    && (i + 1..end.min(i + 4)).any(|j| self.is(j, kind::MEDIUM))
            })
            .unwrap_or(end)
    }

    /// Where the parse has the object or the clause of a cue verb end that begins at `start`.
    fn parsed_end(&self, verb: &Verb, start: usize) -> Option<usize> {
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

    /// Whether a noun phrase may be somebody: not a bare time, number or place word.
    fn may_speak(&self, (start, end): (usize, usize)) -> bool {
        // "two in three", "47 percent": so many of those asked
        let share = end - start >= 2
            && (self.toks.get(start).is_some_and(|t| t.shape == Shape::Number)
                || self.is(start, kind::DETERMINER) && self.low(start + 1) == "in");
        share
            || (start..end).any(|i| {
                self.toks.get(i).is_some_and(|t| {
                    t.is_word()
                        && t.shape != Shape::Number
                        && !t.is(kind::TIME)
                        && (!t.is(kind::DETERMINER
                            | kind::PREPOSITION
                            | kind::ADVERB
                            | kind::AUXILIARY)
                            || t.is(kind::PRONOUN))
                })
            })
    }

    /// The subject of a finite verb: by the parse where there is one, else by the order of words.
    fn subject_of(&self, s: &Sentence, floor: usize, verb: &Verb) -> Option<(usize, usize)> {
        if let Some(by_parse) = self.parsed_subject(s, verb.at) {
            if by_parse.0 >= floor {
                return Some(by_parse);
            }
            // "Barr, who said he had voted, added …": the subject stands before what was read already
            if self.is_mark(verb.start - 1, ',') && floor >= verb.start.saturating_sub(1) {
                let comma = (by_parse.0..by_parse.1).find(|i| self.is_mark(*i, ','));
                return Some((by_parse.0, comma.unwrap_or(by_parse.1)));
            }
        }
        if self.is_lang(language::Lang::DE) {
            return self.german_subject(s, floor, verb);
        }
        let before = verb.start.checked_sub(1)?;
        if self.is(before, kind::COORDINATOR) && before > s.start {
            // "X apologised and blamed Y"
            return self.main_subject(s, before);
        }
        self.subject_before(s, floor, verb.start)
    }

    /// The noun phrase that the parse makes the subject of a verb.
    fn parsed_subject(&self, s: &Sentence, at: usize) -> Option<(usize, usize)> {
        self.doc.linguistics()?;
        let verb = self.doc.token_at(self.toks.get(at)?.span.start as usize);
        // a parse of what is no sentence says nothing and costs much
        let sentence = self.doc.sentences().get(self.doc.sentence_of(verb))?;
        if sentence.len() > PARSE_TOKENS_MAX {
            return None;
        }
        let mut head = verb;
        for _ in 0..3 {
            let subject = self
                .doc
                .children(head)
                .find(|c| matches!(self.doc.dep(*c), Some("nsubj" | "nsubjpass")));
            if let Some(subject) = subject {
                let range = self.doc.subtree_range(subject);
                let (a, b) =
                    (self.tok_of(range.start as usize), self.tok_of(range.end as usize - 1) + 1);
                let head_at = self.tok_of(subject);
                let (a, b) = self.trim_subject(a.max(s.start), b.min(s.end), head_at);
                return (a < b && !(a..b).contains(&at)).then_some((a, b));
            }
            match self.doc.dep(head) {
                Some("conj" | "xcomp") => head = self.doc.head(head)?,
                _ => return None,
            }
        }
        None
    }

    /// Cuts a subject of the parse at a quotation that was drawn into it.
    fn trim_subject(&self, start: usize, end: usize, head: usize) -> (usize, usize) {
        let mut a = start;
        for i in start..head.min(end) {
            if self.quotation(i).is_some() && self.is_speech(i) {
                a = i + 1;
            }
        }
        while a < end && self.mark(a).is_some_and(|c| c != '(' && c != '[') {
            a += 1;
        }
        let mut b = (head + 1..end)
            .find(|i| self.quotation(*i).is_some() && self.is_speech(*i))
            .unwrap_or(end);
        while b > a && self.mark(b - 1).is_some_and(|c| c != ')' && c != ']') {
            b -= 1;
        }
        (a, b)
    }

    /// Who does "…, arguing that": whoever the parse says, the last speaker of the sentence, or its subject.
    fn subject_of_participle(
        &self,
        s: &Sentence,
        verb: &Verb,
        speaker: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        let usual = || speaker.or_else(|| self.main_subject(s, verb.start));
        let Some(at) = self.toks.get(verb.at).filter(|_| self.doc.linguistics().is_some()) else {
            return usual();
        };
        let at = self.doc.token_at(at.span.start as usize);
        let own = self.doc.children(at).any(|c| self.doc.dep(c) == Some("nsubj"));
        if own {
            return self.parsed_subject(s, verb.at);
        }
        // "lawsuits seeking records", "after railing against it": an attitude of nobody who is named
        let says = verb.has(frame::QUOTE) && verb.has(frame::THAT);
        match self.doc.dep(at) {
            Some("acl" | "pcomp" | "amod" | "compound" | "pobj") if !says => None,
            _ => usual(),
        }
    }

    /// Who wants "to say": the subject of the verb before.
    fn subject_of_infinitive(
        &self,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
    ) -> Option<(usize, usize)> {
        if let Some(subject) = self.parsed_subject(s, verb.at) {
            return Some(subject);
        }
        if self.doc.linguistics().is_some() {
            // "a way to rebut it", "used it to claim credit": nobody has said it
            return None;
        }
        // "X went on to say", "X was quick to add"
        let from = verb.start.saturating_sub(5).max(floor);
        let verb_before = (from..verb.start).rev().find(|i| {
            self.is(*i, kind::AUXILIARY)
                || matches!(
                    self.low(*i),
                    "went"
                        | "goes"
                        | "seemed"
                        | "appeared"
                        | "continued"
                        | "used"
                        | "wants"
                        | "wanted"
                )
        })?;
        self.subject_before(s, floor, verb_before)
    }

    /// The subject of the sentence's first verb: who does "…, arguing that".
    fn main_subject(&self, s: &Sentence, before: usize) -> Option<(usize, usize)> {
        if let Some(subject) = self.parsed_main_subject(s, before) {
            return Some(subject);
        }
        let mut i = s.start;
        while i < before && (self.is(i, kind::COORDINATOR | kind::ADVERB) || self.mark(i).is_some())
        {
            i += 1;
        }
        let end = (i + 1..before)
            .find(|j| self.is(*j, kind::AUXILIARY) || self.has_finite(*j, *j + 1))?;
        let start = self.phrase_before(s, i, end)?;
        (start < end).then_some((start, end))
    }

    fn parsed_main_subject(&self, s: &Sentence, before: usize) -> Option<(usize, usize)> {
        self.doc.linguistics()?;
        let at = self.doc.token_at(self.toks.get(before)?.span.start as usize);
        let mut head = at;
        for _ in 0..4 {
            let up = self.doc.head(head)?;
            if up == head {
                return None;
            }
            head = up;
            let tok = self.tok_of(head);
            if let Some(subject) =
                self.parsed_subject(s, tok).filter(|_| tok >= s.start && tok < s.end)
            {
                return Some(subject);
            }
            // "Smith, arguing that …, left": the noun itself
            if matches!(self.doc.pos(head), Some("NOUN" | "PROPN" | "PRON")) {
                return Some((tok, tok + 1)).filter(|_| tok >= s.start && tok < s.end);
            }
        }
        None
    }

    /// "“…,” said X, a mother of three": what is said stands before the verb, the subject after it.
    fn inverted(
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
        // a title or a nickname inside the subject is no speech: "Washington, star of “Scandal,” thanked …"
        let inside_subject = self.quotation(before).is_some_and(|q| q.words < 4)
            && (floor..before)
                .filter(|i| self.toks.get(*i).is_some_and(words::Tok::is_word))
                .count()
                >= 3;
        let quoted = self.quotation(before).is_some()
            && (self.is_speech(before) || separated)
            && !(inside_subject && self.is_lang(language::Lang::EN));
        if before < floor
            || !(quoted || separated && verb.has(frame::AFTER) && !verb.has(frame::OBJECT))
        {
            return None;
        }
        let parsed = (!quoted).then(|| self.parsed_subject(s, verb.at)).flatten();
        if parsed.is_some_and(|(start, _)| start < verb.start) {
            // "Olin, who has led the port for ten years, said the quay …"
            return None;
        }
        if !quoted && self.opens_with_a_name(floor, before) {
            return None;
        }
        if !quoted && (floor..before).any(|i| self.is_speech(i)) {
            // "“…,” Smith, 42, said": the words after the quotation are the subject
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
        if !quoted {
            // "Smith, 42, said the city was …" is not inverted: nothing finite may follow the subject
            let end = self.sentence_end(s);
            let comma =
                (subject.1.max(verb.at + 1)..end).find(|i| self.is_mark(*i, ',')).unwrap_or(end);
            if self.quotation(subject.1).is_some()
                || self.has_finite(subject.1, comma)
                || !self.has_finite(left.0, left.1) && !self.attribution_is_inserted(s, subject.1)
            {
                return None;
            }
            let plausible = self.is_capital(subject.0)
                || self.is(
                    subject.0,
                    kind::DETERMINER
                        | kind::PRONOUN
                        | kind::GROUP
                        | kind::ROLE
                        | kind::TITLE
                        | kind::ORGANIZATION,
                );
            if !plausible {
                return None;
            }
        }
        let mut content = vec![left];
        let (tail_end, rest) = self.after_attribution(s, subject.1.max(verb.at + 1), left);
        content.extend(rest);
        let next = content.last().map_or(tail_end, |(_, end)| tail_end.max(*end));
        Some((make(content, Some(subject), None), next))
    }

    /// "Olin, who runs the port, said the quay …": a name and what is said of it, no clause.
    fn opens_with_a_name(&self, start: usize, end: usize) -> bool {
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

    /// "Gestern sagte der Minister, …", "Wie die Polizei mitteilte": the subject follows the verb, then what is said.
    fn verb_before_subject(
        &self,
        s: &Sentence,
        verb: &Verb,
        particle: Option<usize>,
        make: &Make<'_>,
    ) -> Option<(Found, usize)> {
        if self.is_lang(language::Lang::EN) || verb.is_ing() {
            return None;
        }
        let (start, end) = self.subject_after(s, verb.at + 1)?;
        let end = particle.filter(|p| (start..end).contains(p)).unwrap_or(end);
        if start >= end || !self.may_speak((start, end)) {
            return None;
        }
        let right = self.right(s, verb, end).filter(|right| right.sure)?;
        let one = make(vec![(right.start, right.end)], Some((start, end)), Some(&right));
        Some((one, right.end))
    }

    /// What is said before an attribution that begins at `end`.
    ///
    /// `after` is where the attribution ends.
    fn left(
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
        let adjunct = self
            .is(start, kind::PREPOSITION | kind::ADVERB | kind::SUBORDINATOR | kind::TIME)
            && !self.is(start, kind::DETERMINER)
            && !self.counts(start)
            && !(self.low(start) == "however" && self.has_finite(start + 1, stop))
            || self.low(start).ends_with("ing") && self.is_lang(language::Lang::EN);
        if adjunct
            && !inserted
            && !(start..stop).any(|i| self.is_mark(i, ',') && self.has_finite(i, stop))
        {
            return None;
        }
        let long = stop - start >= 4 && self.has_finite(start, stop);
        (long || inserted).then_some((start, stop))
    }

    /// "Cash, shopkeepers argue, is all that …": a comma and a finite verb follow the cue.
    fn attribution_is_inserted(&self, s: &Sentence, after: usize) -> bool {
        self.is_mark(after, ',') && {
            let next = after + 1;
            let goes_on = !self.low(next).ends_with("ing")
                && !self.is(next, kind::COORDINATOR | kind::RELATIVE | kind::ACCORDING)
                && self.quotation(next).is_none();
            goes_on && self.has_finite(next, s.end)
        }
    }

    /// What stands after "…, X said": where the attribution ends, and what else is said after it.
    fn after_attribution(
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

    /// To whom: the noun phrase after "told".
    fn object_after(&self, s: &Sentence, from: usize) -> Option<(usize, usize)> {
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
    fn right(&self, s: &Sentence, verb: &Verb, from: usize) -> Option<Right> {
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

    fn right_after(
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
    fn comma_clause(&self, s: &Sentence, verb: &Verb, next: usize) -> bool {
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
    fn after_prepositional(
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

    /// "According to X, …", "…, according to X", "…, so X", "Angaben von X zufolge".
    fn according(&self, n: usize, s: &Sentence, floor: usize, at: usize) -> Option<(Found, usize)> {
        let end = self.sentence_end(s);
        let tok = self.toks.get(at)?;
        let one = |content: Vec<(usize, usize)>, cue: (usize, usize), source: (usize, usize)| {
            Found { content, cue: vec![cue], source: Some(source), sentence: n, ..Found::default() }
        };
        if tok.is(kind::SO) {
            // „…“, so der Sprecher
            let quoted =
                at > floor && (self.quotation(at - 1).is_some() || self.is_mark(at - 1, ','));
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
            return (stop > floor)
                .then(|| (one(content, (at, at + 1), source), next.max(source.1)));
        }
        if tok.is(kind::ACCORDING_AFTER) && !tok.is(kind::ACCORDING) {
            // "Angaben der Polizei zufolge …": the phrase before
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
            content.retain(|(a, b)| {
                (*a..*b).any(|i| self.toks.get(i).is_some_and(words::Tok::is_word))
            });
            return (!content.is_empty()).then(|| (one(content, (at, at + 1), (start, at)), end));
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
        (!content.is_empty()).then(|| (one(content, (at, after), (after, source_end)), next))
    }

    /// Where the source of "according to" ends.
    fn according_end(&self, s: &Sentence, from: usize, end: usize) -> usize {
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
    fn apposition_after_according(&self, s: &Sentence, comma: usize, end: usize) -> bool {
        let closing = (comma + 1..end).find(|i| self.is_mark(*i, ','));
        let next = comma + 1;
        let opens =
            self.is(next, kind::RELATIVE) && self.low(next) != "that" && self.lexicon.lang != "de"
                || self.is(next, kind::ROLE | kind::TITLE)
                    && self.toks.get(next).is_some_and(|t| t.shape == Shape::Lower);
        let article =
            self.is(next, kind::DETERMINER) && closing.is_some_and(|c| !self.has_finite(next, c));
        let trailing = closing.is_none() && s.start + 1 < comma && !self.has_finite(next, end);
        opens || article || trailing
    }

    /// "Referee Olav Strand: “…”", "“…” — Ambassador Ilic", "Minister Kovač: They are enough."
    fn read_without_cue(&self, n: usize, s: &Sentence, found: &mut Vec<Found>) {
        let end = self.sentence_end(s);
        let first_of_paragraph =
            n == 0 || self.sentences.get(n - 1).is_some_and(|p| p.paragraph != s.paragraph);
        let colon = (s.start + 1..end.min(s.start + 16)).find(|i| self.is_mark(*i, ':'));
        if let Some(colon) = colon {
            let source = (s.start, colon);
            let next = colon + 1;
            let named = self.speaks_like_a_name(source)
                || n == 0 && colon <= s.start + 2 && self.is(s.start, kind::GROUP | kind::WRITTEN);
            let quoted = self.quotation(next).is_some() && self.is_speech(next);
            if named
                && next < end
                && (quoted
                    || first_of_paragraph && self.is_capital(next) && self.holds_person(source)
                    || n == 0 && self.heads_the_text(s, source))
            {
                let stop = if quoted { end } else { s.end };
                let stop = if self.mark(stop - 1) == Some('.') && quoted { stop - 1 } else { stop };
                let content = vec![(next, stop.max(next + 1))];
                found.push(Found {
                    content,
                    source: Some(source),
                    sentence: n,
                    transcript: !quoted,
                    ..Found::default()
                });
                return;
            }
        }
        if self.quotation(s.start).is_some()
            && self.is_speech(s.start)
            && self.is_mark(s.start + 1, '—')
            && s.start + 2 < end
        {
            let source = (s.start + 2, end);
            if self.speaks_like_a_name(source) {
                found.push(Found {
                    content: vec![(s.start, s.start + 1)],
                    source: Some(source),
                    sentence: n,
                    ..Found::default()
                });
            }
        }
    }

    /// Whether the text is a transcript: three or more paragraphs that begin "Name:" or "Q:".
    fn is_transcript(&self) -> bool {
        let speakers = self
            .sentences
            .iter()
            .enumerate()
            .filter(|(n, s)| self.begins_paragraph(*n) && self.colon_of_speaker(s).is_some());
        speakers.take(TRANSCRIPT_PARAGRAPHS_MIN).count() == TRANSCRIPT_PARAGRAPHS_MIN
    }

    fn begins_paragraph(&self, n: usize) -> bool {
        let paragraph = |n: usize| self.sentences.get(n).map(|s| s.paragraph);
        n.checked_sub(1).is_none_or(|before| paragraph(before) != paragraph(n))
    }

    /// The colon after "Q", "A", "SMITH" or a name at the start of a paragraph.
    fn colon_of_speaker(&self, s: &Sentence) -> Option<usize> {
        let colon = (s.start + 1..s.end.min(s.start + 6)).find(|i| self.is_mark(*i, ':'))?;
        let source = (s.start, colon);
        let letter = colon == s.start + 1 && matches!(self.word(s.start), "Q" | "A");
        let capitals = (s.start..colon).all(|i| {
            self.toks.get(i).is_some_and(|t| t.shape == Shape::Upper && !t.is(kind::TIME))
        }) && self.word(s.start).len() > 2;
        let named = self.speaks_like_a_name(source) && self.holds_person(source);
        (colon + 1 < s.end && (letter || capitals || named)).then_some(colon)
    }

    /// "Q: …", "SMITH: …": in a transcript the whole paragraph is what is said.
    fn answer(&self, n: usize, s: &Sentence, transcript: bool) -> Option<Found> {
        if !transcript || !self.begins_paragraph(n) {
            return None;
        }
        let colon = self.colon_of_speaker(s)?;
        Some(Found {
            content: vec![(colon + 1, self.paragraph_end(n))],
            source: Some((s.start, colon)),
            sentence: n,
            transcript: true,
            ..Found::default()
        })
    }

    /// One past the last token of a sentence's paragraph.
    fn paragraph_end(&self, n: usize) -> usize {
        let Some(s) = self.sentences.get(n) else {
            return 0;
        };
        let after = self.sentences.partition_point(|other| other.paragraph <= s.paragraph);
        self.sentences.get(after - 1).map_or(s.end, |last| last.end)
    }

    /// "The governor added:" and a paragraph without quotation marks: a block quotation.
    fn block_after_colon(&self, n: usize, s: &Sentence, last: Option<&Found>) -> Option<Found> {
        let before = n.checked_sub(1)?;
        if !self.begins_paragraph(n) || last.is_some_and(|last| last.sentence == before) {
            return None;
        }
        let intro = self.sentences.get(before)?;
        let end = self.paragraph_end(n);
        let plain = !self.is_mark(s.start, '—')
            && !self.is_mark(s.start, '•')
            && !(s.start..end).any(|i| self.is_speech(i));
        if !plain || !self.is_mark(intro.end.checked_sub(1)?, ':') {
            return None;
        }
        // nothing but small words stands between the cue and the colon
        let (cue, verb) = (intro.start..intro.end).rev().take(12).find_map(|i| {
            let verb = self.verb(intro, i)?;
            (verb.has(frame::QUOTE) && !verb.has(frame::WEAK) && !verb.is_ing())
                .then_some((i, verb))
        })?;
        if verb.passive || verb.hypothetical || verb.infinitive {
            return None;
        }
        let source = self.subject_of(intro, intro.start, &verb)?;
        self.may_speak(source).then(|| Found {
            content: vec![(s.start, end)],
            cue: vec![(cue, cue + 1)],
            source: Some(source),
            sentence: n,
            transcript: true,
            ..Found::default()
        })
    }

    /// Whether a stretch is a name or an office and nothing else.
    fn speaks_like_a_name(&self, (start, end): (usize, usize)) -> bool {
        start < end
            && !self.has_finite(start, end)
            && self.is_capital(start)
            && (start..end)
                .any(|i| self.is_capital(i) && !self.is(i, kind::TIME | kind::DETERMINER))
            && self.may_speak((start, end))
    }

    /// "Olin: The quay will close", "Poll: Two in three want it": a headline that gives its source first.
    ///
    /// A lone name is met again further down; a subject of several words is no source.
    fn heads_the_text(&self, s: &Sentence, (start, end): (usize, usize)) -> bool {
        if end - start > 2 || s.end - end < 5 || !self.has_finite(end + 1, s.end) {
            return false;
        }
        let word = self.low(end - 1);
        self.is(start, kind::GROUP | kind::WRITTEN)
            || (s.end..self.toks.len().min(s.end + HEADLINE_NAME_TOKENS))
                .any(|i| self.is_capital(i) && self.low(i) == word)
                && !self.is(end - 1, kind::OUTLET | kind::ORGANIZATION)
    }

    /// Whether a stretch names a person: a given name, a title or two capitals in a row.
    fn holds_person(&self, (start, end): (usize, usize)) -> bool {
        (start..end).any(|i| self.is(i, kind::TITLE | kind::NAME) && self.is_capital(i))
            && self.holds_name(start, end)
    }

    /// Gives the quotations that no cue took to whoever stands beside them, or leaves them to what was said before.
    fn read_leftover_quotes(
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
    fn is_work_title(&self, quote: usize) -> bool {
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
    fn beside(&self, n: usize, s: &Sentence, quote: usize, after: usize) -> Option<Found> {
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

#[cfg(test)]
mod tests {
    use language::Lang;

    use super::{words::steps, *};

    /// Looks at tokens that reading a text costs.
    fn looks(text: &str, lang: &str) -> u64 {
        let article = article::plain::article(text.to_owned());
        let doc = language::segment(text, Lang::parse(lang).unwrap_or_default());
        steps::take();
        let reading = crate::read_statements(&article, &doc);
        crate::fuzz::check(text, &reading);
        steps::take()
    }

    /// Four times the text costs at most six times the looks, however it is written.
    fn check(unit: &str, lang: &str, bytes: usize) {
        let cost = |bytes: usize| looks(&unit.repeat(bytes / unit.len()), lang);
        let (small, large) = (cost(bytes), cost(4 * bytes));
        let floor = 64 * bytes as u64;
        assert!(large < 6 * small.max(floor), "{unit:?} in {lang}: {small} looks, then {large}");
    }

    #[test]
    fn cost_grows_no_faster_than_the_text() {
        let units = [
            "\"",
            "“",
            "”",
            "'",
            "’ ",
            "«",
            "« ",
            "—",
            "— ",
            "„x ",
            "“a",
            "\"a ",
            "(",
            ",",
            ", ",
            "said ",
            "and said ",
            "according to ",
            "said, ",
            "A ",
            "Ann ",
            "— a, ",
            "\n\"",
            "\n— ",
            ". ",
            "wie sagte ",
            ", dass ",
            "that ",
            "“a” said ",
            "“‘a’ said B,” said ",
            "Q: a\n\n",
            "X said:\n\n",
            "which he said was ",
            "is expected to ",
            "voiced concern about ",
        ];
        for lang in ["en", "de", "fr"] {
            for unit in units {
                check(unit, lang, 4_000);
            }
        }
    }

    #[test]
    fn a_paragraph_of_marks_is_read_in_one_pass() {
        for unit in ["\"", "“", "‘", "' ", "«", "„a ", "“a” "] {
            let text = unit.repeat(1_000_000 / unit.len());
            let looks = looks(&text, "en");
            assert!(looks < 100 * text.len() as u64, "{unit:?}: {looks} looks");
        }
    }
}
