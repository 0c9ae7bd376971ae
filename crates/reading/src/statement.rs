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

mod according;
mod addressee;
mod after_cue;
mod before_cue;
mod clause;
mod gather;
mod german;
mod leftover;
mod medium;
mod nested;
mod phrase;
mod stance;
mod subject;
mod transcript;
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
            } else if let Some(one) = self.in_their_words(n, s, i, found.last()) {
                Some((one, s.end))
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
        let nobody = |(a, _): (usize, usize)| {
            self.is(a, kind::NEGATION) || matches!(self.low(a), "nobody" | "none")
        };
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
            negated: verb.negated || source.is_some_and(nobody),
            ..Found::default()
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
        if let Some(taken) = self.said_before(s, floor, verb, subject, right.as_ref(), &make) {
            return Some(taken);
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
        right.end = self.end_in_relative_clause(verb, subject, right.start, right.end);
        let mut one = make(vec![(right.start, right.end)], Some(subject), Some(&right));
        one.cue.extend(right.tail);
        Some((one, right.end))
    }

    /// "…, X said", "“…,” X told the court": what stands before the subject is said.
    fn said_before(
        &self,
        s: &Sentence,
        floor: usize,
        verb: &Verb,
        subject: (usize, usize),
        right: Option<&Right>,
        make: &Make<'_>,
    ) -> Option<(Found, usize)> {
        if verb.is_ing() {
            return None;
        }
        let left = self.left(s, floor, subject.0, verb, verb.at + 1)?;
        let quoted = self.quotation(left.1 - 1).is_some() && self.is_speech(left.1 - 1);
        let better = right.is_none()
            || quoted && !right.is_some_and(|r| r.sure && self.quotation(r.start).is_none());
        if !better {
            return None;
        }
        let mut content = vec![left];
        let (tail_end, rest) = self.after_attribution(s, verb.at + 1, left);
        content.extend(rest);
        let next = content.last().map_or(tail_end, |(_, end)| tail_end.max(*end));
        let mut one = make(content, Some(subject), right);
        if one.object.is_none() && verb.has(frame::OBJECT) {
            one.object = self.object_after(s, verb.at + 1);
        }
        Some((one, next))
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
}

#[cfg(test)]
mod tests {
    use language::Lang;

    use super::words::steps;

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
                check(unit, lang, 1_500);
            }
        }
    }

    #[test]
    fn a_paragraph_of_marks_is_read_in_one_pass() {
        let units =
            [("\"", 1_000_000), ("“", 100_000), ("‘", 100_000), ("«", 100_000), ("„a ", 100_000)];
        for (unit, bytes) in units {
            let text = unit.repeat(bytes / unit.len());
            let looks = looks(&text, "en");
            assert!(looks < 100 * text.len() as u64, "{unit:?}: {looks} looks");
        }
    }
}
