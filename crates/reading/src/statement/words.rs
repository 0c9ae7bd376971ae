//! The text cut for reading speech: words with what the lexicon knows of them, each outermost quotation one token, and
//! sentences that do not end inside a quotation or before "said X".
//!
//! The document's own sentences answer another question (where a reader would set a full stop); here a quotation of
//! three sentences is one thing that somebody said.

use article::{Article, Block, BlockKind, Span};
use language::Doc;

use crate::{
    cue::{Cue, Entry, Lexicon, Sense, form, frame, kind},
    quotation::{self, Quotation},
};

/// Longest sentence, in tokens; a longer one is cut there. Quotations are one token each, so that no written sentence
/// comes near it; it keeps the cost of a text of nothing but "said" linear.
const SENTENCE_TOKENS_MAX: usize = 160;

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// "word"
    Lower,
    /// "Word", "McKinley"
    Title,
    /// "NATO", "U.S."
    Upper,
    /// "14", "2,000"
    Number,
    /// A whole quotation: index into [`Words::quotations`].
    Quote(u32),
    /// Anything else.
    Mark(char),
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tok {
    pub(crate) span: Span,
    pub(crate) shape: Shape,
    pub(crate) kinds: u64,
    pub(crate) entry: Option<&'static Entry>,
    /// Tokens of the longer expression that begins here; 1 for a word of its own.
    pub(crate) phrase: u8,
    low: (u32, u32),
}

impl Tok {
    pub(crate) fn is(&self, kinds: u64) -> bool {
        self.kinds & kinds != 0
    }

    pub(crate) fn mark(&self) -> Option<char> {
        match self.shape {
            Shape::Mark(c) => Some(c),
            _ => None,
        }
    }

    pub(crate) fn quote(&self) -> Option<usize> {
        match self.shape {
            Shape::Quote(q) => Some(q as usize),
            _ => None,
        }
    }

    pub(crate) fn is_word(&self) -> bool {
        matches!(self.shape, Shape::Lower | Shape::Title | Shape::Upper | Shape::Number)
    }

    pub(crate) fn is_capital(&self) -> bool {
        matches!(self.shape, Shape::Title | Shape::Upper)
    }
}

/// A sentence as [`Words`] cuts it: tokens, and the paragraph it stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sentence {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) paragraph: u32,
    /// What kind of block it stands in.
    pub(crate) block: BlockKind,
}

/// The text cut for reading speech.
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
    pub(crate) lexicon: &'static Lexicon,
    pub(crate) doc: &'a Doc,
    pub(crate) toks: Vec<Tok>,
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) quotations: Vec<Quotation>,
    lowered: String,
}

impl<'a> Words<'a> {
    /// Cuts an article's text.
    pub(crate) fn cut(article: &'a Article, doc: &'a Doc) -> Self {
        let text = article.text.as_str();
        let lexicon = Lexicon::of(doc.lang());
        let recover = |rest: &str| speech_end(lexicon, rest);
        let quotations = quotation::find(text, lexicon.lang, &recover);
        let mut words = Self {
            text,
            lexicon,
            doc,
            toks: Vec::with_capacity(text.len() / 5),
            sentences: Vec::new(),
            quotations,
            lowered: String::with_capacity(text.len()),
        };
        words.cut_lines(0, text, &article.blocks);
        words
    }

    /// Cuts what stands inside a quotation, so that who speaks there can be read; `None` where nothing is quoted in it.
    pub(crate) fn cut_within(&self, quotation: &Quotation) -> Option<Self> {
        let inner = quotation.inner.of(self.text);
        let lexicon = self.lexicon;
        let recover = |rest: &str| speech_end(lexicon, rest);
        let base = quotation.inner.start;
        let mut quotations = quotation::find(inner, lexicon.lang, &recover);
        // a mark without its partner quotes nothing here: the apostrophe of "'tis"
        quotations.retain(|q| !q.recovered && !q.dash && q.words > 0);
        if quotations.is_empty() {
            return None;
        }
        for q in &mut quotations {
            q.span = Span { start: q.span.start + base, end: q.span.end + base };
            q.inner = Span { start: q.inner.start + base, end: q.inner.end + base };
        }
        let mut words = Self {
            text: self.text,
            lexicon,
            doc: self.doc,
            toks: Vec::with_capacity(inner.len() / 5),
            sentences: Vec::new(),
            quotations,
            lowered: String::with_capacity(inner.len()),
        };
        words.cut_lines(base as usize, inner, &[]);
        Some(words)
    }

    /// Cuts the lines of a stretch that begins at byte `base` of the text.
    fn cut_lines(&mut self, base: usize, stretch: &str, blocks: &[Block]) {
        let mut quote = 0;
        let mut offset = base;
        let mut paragraph = 0;
        let mut blocks = blocks.iter().peekable();
        for line in stretch.split_inclusive('\n') {
            let (start, end) = (offset, offset + line.len());
            offset = end;
            if line.trim().is_empty() {
                continue;
            }
            let first = self.toks.len();
            self.cut_line(start, end, &mut quote);
            while blocks.peek().is_some_and(|b| (b.span.end as usize) <= start) {
                blocks.next();
            }
            let block = blocks.peek().map_or(BlockKind::Paragraph, |b: &&Block| b.kind);
            self.join_phrases(first);
            self.cut_sentences(first, paragraph, block);
            paragraph += 1;
        }
    }

    /// The index of the sentence that holds a token.
    pub(crate) fn sentence_of(&self, token: usize) -> Option<usize> {
        self.sentences.partition_point(|s| s.start <= token).checked_sub(1)
    }

    /// The lower-cased characters of a token.
    pub(crate) fn low(&self, i: usize) -> &str {
        #[cfg(test)]
        steps::count();
        self.toks
            .get(i)
            .map_or("", |t| self.lowered.get(t.low.0 as usize..t.low.1 as usize).unwrap_or(""))
    }

    /// The characters of a token.
    pub(crate) fn word(&self, i: usize) -> &'a str {
        self.toks.get(i).map_or("", |t| t.span.of(self.text))
    }

    pub(crate) fn is(&self, i: usize, kinds: u64) -> bool {
        #[cfg(test)]
        steps::count();
        self.toks.get(i).is_some_and(|t| t.is(kinds))
    }

    pub(crate) fn mark(&self, i: usize) -> Option<char> {
        #[cfg(test)]
        steps::count();
        self.toks.get(i).and_then(Tok::mark)
    }

    pub(crate) fn is_mark(&self, i: usize, mark: char) -> bool {
        self.mark(i) == Some(mark)
    }

    pub(crate) fn is_capital(&self, i: usize) -> bool {
        self.toks.get(i).is_some_and(Tok::is_capital)
    }

    /// The quotation that a token is.
    pub(crate) fn quotation(&self, i: usize) -> Option<&Quotation> {
        #[cfg(test)]
        steps::count();
        self.toks.get(i).and_then(Tok::quote).and_then(|q| self.quotations.get(q))
    }

    /// The smallest span over tokens `start..end`; `None` where there is no token.
    pub(crate) fn span(&self, start: usize, end: usize) -> Option<Span> {
        let first = self.toks.get(start)?;
        let last = self.toks.get(end.checked_sub(1)?)?;
        (start < end).then(|| first.span.cover(last.span))
    }

    /// The cue verbs that a token may be a form of.
    pub(crate) fn senses(&self, i: usize) -> &'static [Sense] {
        self.toks.get(i).and_then(|t| t.entry).map_or(&[], |entry| entry.senses.as_slice())
    }

    pub(crate) fn cue(&self, sense: &Sense) -> Option<&'static Cue> {
        self.lexicon.cues.get(usize::from(sense.cue))
    }

    /// Whether a quotation reads as something said, not as a title, a nickname or a word held at a distance.
    pub(crate) fn is_speech(&self, i: usize) -> bool {
        let Some(q) = self.quotation(i) else {
            return false;
        };
        if q.dash || q.words >= 5 {
            return true;
        }
        let comma_after = matches!(q.last, ',' | '.' | '!' | '?' | '…')
            || self.is_mark(i + 1, ',') && self.lexicon.lang != "en";
        q.words > 0 && comma_after
    }

    fn cut_line(&mut self, start: usize, end: usize, quote: &mut usize) {
        let mut at = start;
        while at < end {
            while self.quotations.get(*quote).is_some_and(|q| (q.span.end as usize) <= at) {
                *quote += 1;
            }
            if let Some(q) = self.quotations.get(*quote)
                && q.span.start as usize == at
            {
                let (span, index) = (q.span, *quote as u32);
                self.push(span, Shape::Quote(index), None);
                at = span.end as usize;
                continue;
            }
            let limit =
                self.quotations.get(*quote).map_or(end, |q| end.min(q.span.start as usize).max(at));
            let Some(rest) = self.text.get(at..limit) else {
                return;
            };
            if rest.is_empty() {
                return;
            }
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                at += blank;
                continue;
            }
            at += self.cut_token(at, rest);
        }
    }

    /// Cuts one token from the start of `rest`; returns its length in bytes.
    fn cut_token(&mut self, at: usize, rest: &str) -> usize {
        let length = word_length(rest, self.lexicon);
        if length > 0 {
            let word = rest.get(..length).unwrap_or(rest);
            self.push(Span::new(at, at + length), shape(word), Some(word));
            // "-t-il", "-elle": the hyphen of French inversion belongs to nobody
            let tail = rest.get(length..).unwrap_or("");
            if self.lexicon.lang == "fr" && tail.starts_with('-') && !tail.starts_with("--") {
                return length + if tail.starts_with("-t-") { 3 } else { 1 };
            }
            return length;
        }
        let Some(first) = rest.chars().next() else {
            return 0;
        };
        if self.lexicon.lang == "en"
            && matches!(first, '\'' | '’')
            && let Some(tail) = contraction(rest.get(first.len_utf8()..).unwrap_or(""))
        {
            let length = first.len_utf8() + tail;
            self.push(Span::new(at, at + length), Shape::Lower, rest.get(..length));
            return length;
        }
        let mut length = first.len_utf8();
        let mut mark = first;
        if first == '.' && rest.starts_with("...") {
            length = rest.len() - rest.trim_start_matches('.').len();
            mark = '…';
        } else if first == '-' {
            let dashes = rest.len() - rest.trim_start_matches('-').len();
            length = dashes;
            // "con- clusion": a hyphen that a line break left behind
            let glued = self.toks.last().is_some_and(|t| t.span.end as usize == at);
            mark = if dashes == 1 && glued { '-' } else { '—' };
        } else if matches!(first, '–' | '—' | '―') {
            mark = '—';
        } else if first == '‑' {
            mark = '-';
        }
        self.push(Span::new(at, at + length), Shape::Mark(mark), None);
        length
    }

    fn push(&mut self, span: Span, shape: Shape, word: Option<&str>) {
        let start = self.lowered.len() as u32;
        let mut kinds = 0;
        let mut entry = None;
        if let Some(word) = word {
            if word.is_ascii() {
                self.lowered.extend(word.chars().map(|c| c.to_ascii_lowercase()));
            } else {
                self.lowered.extend(
                    word.chars()
                        .map(|c| if c == '’' { '\'' } else { c })
                        .flat_map(char::to_lowercase),
                );
            }
            let low = self.lowered.get(start as usize..).unwrap_or("");
            entry = self.lexicon.get(low);
            kinds = entry.map_or(0, |e| e.kinds);
            if kinds & (kind::ROLE | kind::ORGANIZATION) == 0 {
                kinds |= self.lexicon.suffix_kinds(low);
            }
        }
        let low = (start, self.lowered.len() as u32);
        self.toks.push(Tok { span, shape, kinds, entry, phrase: 1, low });
    }

    /// Marks the longer expressions ("according to", "press conference").
    fn join_phrases(&mut self, first: usize) {
        for i in first..self.toks.len() {
            let Some(entry) = self.toks.get(i).and_then(|t| t.entry) else {
                continue;
            };
            for (rest, kinds) in &entry.phrases {
                let fits = rest.iter().enumerate().all(|(n, word)| self.low(i + 1 + n) == *word);
                if fits && let Some(tok) = self.toks.get_mut(i) {
                    tok.kinds |= kinds;
                    tok.phrase = tok.phrase.max(rest.len() as u8 + 1);
                }
            }
        }
    }

    fn cut_sentences(&mut self, first: usize, paragraph: u32, block: BlockKind) {
        let end = self.toks.len();
        let mut start = first;
        let mut i = first;
        while i < end {
            let ends = match self.toks.get(i).map(|t| t.shape) {
                Some(Shape::Mark('.' | '!' | '?' | '…' | '。' | '！' | '？')) => {
                    // a bracket or a closing mark stays with its sentence
                    while i + 1 < end
                        && matches!(
                            self.mark(i + 1),
                            Some(')' | ']' | '.' | '!' | '?' | '…' | '”' | '’')
                        )
                    {
                        i += 1;
                    }
                    self.may_begin(i + 1)
                }
                Some(Shape::Quote(_)) => self.ends_in_quote(i, end),
                // "… in the U.S. He said": an abbreviation may end a sentence as well
                Some(Shape::Upper | Shape::Lower | Shape::Title) => {
                    self.word(i).ends_with('.') && self.surely_begins(i, end)
                }
                _ => false,
            };
            i += 1;
            if ends || i == end || i - start >= SENTENCE_TOKENS_MAX {
                if start < i {
                    self.sentences.push(Sentence { start, end: i, paragraph, block });
                }
                start = i;
            }
        }
    }

    /// Whether a small word with a capital after an abbreviation begins a sentence.
    fn surely_begins(&self, abbreviation: usize, end: usize) -> bool {
        let next = abbreviation + 1;
        let small = kind::DETERMINER
            | kind::PRONOUN
            | kind::PREPOSITION
            | kind::SUBORDINATOR
            | kind::COORDINATOR
            | kind::ADVERB;
        next < end
            && self.toks.get(next).is_some_and(|t| t.shape == Shape::Title && t.is(small))
            && !self.is(abbreviation, kind::TITLE)
            && !self.is(next, kind::NAME)
            && self.word(abbreviation).len() > 2
    }

    /// Whether a sentence may begin with this token.
    fn may_begin(&self, i: usize) -> bool {
        self.toks.get(i).is_none_or(|t| {
            !matches!(t.shape, Shape::Lower | Shape::Mark(',' | ';' | ':' | '—' | ')' | '”'))
        })
    }

    fn ends_in_quote(&self, i: usize, end: usize) -> bool {
        let Some(q) = self.quotation(i) else {
            return false;
        };
        if !matches!(q.last, '.' | '!' | '?' | '…') || i + 1 >= end || !self.may_begin(i + 1) {
            return false;
        }
        if self.toks.get(i + 1).is_some_and(|t| t.quote().is_some()) {
            return true;
        }
        // “Ready?” John Smith asked. — but not: “Ready.” John Smith said that …
        let window = if q.last == '.' { 6 } else { 14 };
        !self.attribution_follows(i + 1, end.min(i + 1 + window))
    }

    /// Whether "John Smith asked", with nothing said after it, stands here.
    fn attribution_follows(&self, start: usize, end: usize) -> bool {
        for i in start..end {
            let Some(tok) = self.toks.get(i) else {
                return false;
            };
            if matches!(tok.shape, Shape::Mark('.' | '!' | '?' | '…' | ':' | ';') | Shape::Quote(_))
            {
                return false;
            }
            let says = self.senses(i).iter().any(|s| {
                s.form & form::FINITE != 0
                    && self.cue(s).is_some_and(|c| c.frames & frame::QUOTE != 0)
            });
            if says && i > start {
                let next = i + 1;
                return self.toks.get(next).is_none_or(|t| {
                    matches!(t.shape, Shape::Mark('.' | ','))
                        || t.is(kind::TIME | kind::ADVERB)
                        || t.is(kind::PREPOSITION)
                });
            }
        }
        false
    }
}

/// How long the word at the start of a text is, in bytes; 0 where there is none.
fn word_length(rest: &str, lexicon: &Lexicon) -> usize {
    let lang = lexicon.lang;
    let mut chars = rest.char_indices().peekable();
    let mut end = 0;
    let mut digits = true;
    let mut previous = ' ';
    while let Some((at, c)) = chars.next() {
        if c.is_alphanumeric() || is_combining(c) {
            digits &= c.is_numeric();
            end = at + c.len_utf8();
            previous = c;
            continue;
        }
        if end == 0 {
            return if matches!(c, '$' | '€' | '£' | '#' | '@')
                && chars.peek().is_some_and(|(_, n)| n.is_alphanumeric())
            {
                1.max(c.len_utf8()) + word_length(rest.get(c.len_utf8()..).unwrap_or(""), lexicon)
            } else {
                0
            };
        }
        let next = chars.peek().map(|(_, n)| *n);
        let joins = match c {
            '\'' | '’' => {
                if !next.is_some_and(char::is_alphabetic) {
                    break;
                }
                let after = rest.get(at + c.len_utf8()..).unwrap_or("");
                let tail = after
                    .find(|c: char| !c.is_alphanumeric())
                    .map_or(after, |i| after.get(..i).unwrap_or(""));
                if lang == "fr" || lang == "it" {
                    // "l'", "qu'", "dell'": the article is a word of its own
                    if !matches!(rest.get(..end), Some("aujourd" | "Aujourd")) {
                        return at + c.len_utf8();
                    }
                    true
                } else {
                    lang != "en" || !matches!(tail, "s" | "S" | "re" | "ve" | "d" | "ll" | "m")
                }
            }
            '-' | '‑' => {
                let after = rest.get(at + c.len_utf8()..).unwrap_or("");
                let inverted = lang == "fr" && is_inverted_pronoun(after);
                !inverted && next.is_some_and(char::is_alphanumeric)
            }
            '.' => {
                let word = rest.get(..end).unwrap_or("");
                full_stop_joins(lexicon, word, rest.get(at + 1..).unwrap_or(""), digits)
            }
            ',' => digits && next.is_some_and(char::is_numeric),
            '&' => next.is_some_and(char::is_uppercase) && previous.is_uppercase(),
            _ => false,
        };
        if !joins {
            break;
        }
        end = at + c.len_utf8();
        previous = c;
    }
    // an apostrophe of a possessive plural or of "'s" stands alone
    end
}

/// French: "-t-il", "-elle" after a verb.
fn is_inverted_pronoun(after: &str) -> bool {
    let after = after.strip_prefix("t-").unwrap_or(after);
    let tail =
        after.find(|c: char| !c.is_alphanumeric()).map_or(after, |i| after.get(..i).unwrap_or(""));
    matches!(tail, "il" | "elle" | "ils" | "elles" | "on" | "je" | "nous" | "ce")
}

/// Whether a full stop after `word` is part of it: "U.S.", "1.5", "z.B.", "Dr.", German "3. Mai".
fn full_stop_joins(lexicon: &Lexicon, word: &str, after: &str, digits: bool) -> bool {
    let mut following = after.chars();
    let next = following.next();
    if digits {
        let day = lexicon.lang == "de" && word.len() <= 2 && next == Some(' ');
        return next.is_some_and(char::is_numeric)
            || day && following.next().is_some_and(char::is_alphabetic);
    }
    let single = word.chars().nth(1).is_none();
    if next.is_some_and(char::is_alphanumeric) {
        // "U.S.", "z.B.", "savings.com"
        return single || word.contains('.') || next.is_some_and(char::is_lowercase);
    }
    single && word.chars().all(char::is_uppercase)
        || word.contains('.') && !word.ends_with("com")
        || is_abbreviation(lexicon, word)
}

/// How long "s", "re", "ve" after an apostrophe is; `None` for anything else.
fn contraction(rest: &str) -> Option<usize> {
    let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    matches!(rest.get(..length)?, "s" | "S" | "re" | "ve" | "d" | "ll" | "m").then_some(length)
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200d}')
}

fn is_abbreviation(lexicon: &Lexicon, letters: &str) -> bool {
    if letters.len() > 10 {
        return false;
    }
    let low = format!("{}.", letters.to_lowercase());
    lexicon.get(&low).is_some_and(|e| e.kinds & (kind::ABBREVIATION | kind::TITLE) != 0)
}

fn shape(word: &str) -> Shape {
    let mut chars = word.chars().filter(|c| c.is_alphanumeric());
    let Some(first) = chars.next() else {
        return Shape::Lower;
    };
    if first.is_numeric() || word.starts_with(['$', '€', '£']) {
        return Shape::Number;
    }
    if !first.is_uppercase() {
        // "al-Assad", "el-Baradei", "d'Estaing"
        let prefixed = word.char_indices().skip(1).take(4).any(|(at, c)| {
            matches!(c, '-' | '\'' | '’')
                && word
                    .get(at + c.len_utf8()..)
                    .is_some_and(|rest| rest.starts_with(char::is_uppercase))
        });
        return if prefixed { Shape::Title } else { Shape::Lower };
    }
    let mut more = false;
    for c in chars {
        if c.is_lowercase() {
            return Shape::Title;
        }
        more = true;
    }
    if more { Shape::Upper } else { Shape::Title }
}

/// Where speech ends whose closing mark is missing: after the comma before "said X" or "X said".
fn speech_end(lexicon: &Lexicon, rest: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(comma) = rest.get(from..)?.find([',', '?', '!']).map(|at| at + from) {
        from = comma + 1;
        let tail = rest.get(from..)?;
        let tail = tail.trim_start_matches(['"', '”', '“', '»', ' ', '—', '–']);
        for (n, word) in tail.split_whitespace().take(6).enumerate() {
            let bare = word.trim_end_matches([',', '.', ':', '!', '?']);
            let low = bare.to_lowercase();
            let says = lexicon.get(&low).is_some_and(|e| {
                e.senses.iter().any(|s| {
                    s.form & form::FINITE != 0
                        && lexicon.cues.get(usize::from(s.cue)).is_some_and(|c| {
                            c.frames & frame::QUOTE != 0 && c.frames & frame::AFTER != 0
                        })
                })
            });
            if says {
                return Some(from);
            }
            // up to five words of a name before the verb, nothing else
            let name = bare.chars().next().is_some_and(char::is_uppercase)
                || n == 0
                    && lexicon.get(&low).is_some_and(|e| {
                        e.kinds & (kind::PRONOUN | kind::DETERMINER | kind::AUXILIARY) != 0
                    })
                || lexicon.get(&low).is_some_and(|e| e.kinds & (kind::ROLE | kind::TITLE) != 0);
            if !name || bare.len() != word.len() {
                break;
            }
        }
    }
    None
}

/// Counts how often rules look at a token, so that tests can hold the cost against the length of the text.
#[cfg(test)]
pub(crate) mod steps {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    /// One look at a token.
    pub(crate) fn count() {
        STEPS.set(STEPS.get() + 1);
    }

    /// The looks since the last call.
    pub(crate) fn take() -> u64 {
        STEPS.replace(0)
    }
}
