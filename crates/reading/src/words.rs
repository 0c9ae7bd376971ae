//! The text as plain words, the same with and without a pack: what the steps for times, places, figures and events
//! read.
//!
//! Cheaper and steadier than the engine's tokens: letters, figures and single marks are words of their own, and each
//! knows its lower-case form. Sentences come from the document, joined again where an abbreviation had cut them.

use article::{Article, BlockKind, Span};
use language::{Doc, Lang};

/// A word, a run of figures or one mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) span: Span,
    lower: (u32, u32),
    pub(crate) kind: Kind,
    /// Nothing stands between it and the word before.
    pub(crate) glued: bool,
    /// Begins with a capital.
    pub(crate) capital: bool,
    /// All letters are capitals, at least two.
    pub(crate) upper: bool,
}

/// What a word is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Letters,
    Figures,
    Mark,
}

/// A sentence as a range of words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sentence {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Index of its first part among the document's sentences.
    pub(crate) index: u32,
    /// What the block it stands in is.
    pub(crate) block: BlockKind,
}

/// The words of one text with its sentences.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
    pub(crate) lang: Lang,
    items: Vec<Word>,
    lowered: String,
    pub(crate) sentences: Vec<Sentence>,
    /// The text is all capitals, as old wires are: capitals tell nothing.
    pub(crate) shouting: bool,
}

impl<'a> Words<'a> {
    /// Reads the document's text once: the article's, or its copy in mixed case, with the same spans.
    pub(crate) fn new(article: &Article, doc: &'a Doc) -> Self {
        let mut words = Self::of_text(doc.text(), doc.lang());
        words.sentences = sentences(&words, article, doc);
        words
    }

    /// The words of a bare text, as one sentence.
    pub(crate) fn of_text(text: &'a str, lang: Lang) -> Self {
        let mut cutter = Cutter {
            text,
            items: Vec::with_capacity(text.len() / 5),
            lowered: String::with_capacity(text.len()),
        };
        cutter.cut();
        let (items, lowered) = (cutter.items, cutter.lowered);
        let letters = items.iter().filter(|w| w.kind == Kind::Letters && w.span.len() > 3);
        let (all, upper) =
            letters.fold((0, 0), |(all, upper), w| (all + 1, upper + usize::from(w.upper)));
        let shouting = all >= 4 && upper * 10 >= all * 8;
        let end = items.len();
        let sentences = vec![Sentence { start: 0, end, index: 0, block: BlockKind::Paragraph }];
        Self { text, lang, items, lowered, sentences, shouting }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn get(&self, i: usize) -> Option<&Word> {
        self.items.get(i)
    }

    /// The lower-case form; empty past the end. Curly apostrophes are straight in it.
    pub(crate) fn lower(&self, i: usize) -> &str {
        let Some(word) = self.items.get(i) else { return "" };
        self.lowered.get(word.lower.0 as usize..word.lower.1 as usize).unwrap_or("")
    }

    /// The characters as they stand.
    pub(crate) fn raw(&self, i: usize) -> &'a str {
        self.items.get(i).map_or("", |w| w.span.of(self.text))
    }

    pub(crate) fn kind(&self, i: usize) -> Option<Kind> {
        self.items.get(i).map(|w| w.kind)
    }

    /// Whether the word is written with a capital where that says something.
    pub(crate) fn capital(&self, i: usize) -> bool {
        !self.shouting && self.items.get(i).is_some_and(|w| w.capital)
    }

    pub(crate) fn glued(&self, i: usize) -> bool {
        self.items.get(i).is_some_and(|w| w.glued)
    }

    /// The bytes from the first to before the last word.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        match (self.items.get(start), end.checked_sub(1).and_then(|e| self.items.get(e))) {
            (Some(a), Some(b)) if end > start => Span { start: a.span.start, end: b.span.end },
            _ => Span::default(),
        }
    }

    /// Whether a line break or more stands before the word.
    pub(crate) fn breaks_before(&self, i: usize) -> bool {
        let (Some(before), Some(word)) =
            (i.checked_sub(1).and_then(|b| self.items.get(b)), self.items.get(i))
        else {
            return true;
        };
        !word.glued
            && Span { start: before.span.end, end: word.span.start }.of(self.text).contains('\n')
    }

    /// The first word that ends after the byte `at`.
    pub(crate) fn at(&self, at: u32) -> usize {
        self.items.partition_point(|w| w.span.end <= at)
    }

    /// The range of words that a span covers.
    pub(crate) fn range(&self, span: Span) -> std::ops::Range<usize> {
        let start = self.at(span.start);
        start..self.items.partition_point(|w| w.span.start < span.end).max(start)
    }
}

struct Cutter<'a> {
    text: &'a str,
    items: Vec<Word>,
    lowered: String,
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '`')
}

/// Letters, and marks that belong to the letter before.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}')
}

impl Cutter<'_> {
    fn cut(&mut self) {
        let text = self.text;
        let mut at = 0;
        let mut end_before = usize::MAX;
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            if c.is_whitespace() || c == '\u{feff}' {
                at += c.len_utf8();
                continue;
            }
            let (end, kind) = if is_letter(c) {
                (self.letters(at), Kind::Letters)
            } else if c.is_ascii_digit() {
                (at + run(text, at, |c| c.is_ascii_digit()), Kind::Figures)
            } else if is_apostrophe(c)
                && at == end_before
                && self.items.last().is_some_and(|w| w.kind == Kind::Letters)
            {
                // "'s", "'t": the tail of the word before
                let tail = run(text, at + c.len_utf8(), is_letter);
                (at + c.len_utf8() + tail, if tail > 0 { Kind::Letters } else { Kind::Mark })
            } else {
                (at + c.len_utf8(), Kind::Mark)
            };
            self.push(at, end, kind, at == end_before);
            at = end;
            end_before = end;
        }
    }

    /// The end of a word of letters: "U.S." is one, "l'" in "l'attaque" is one, "Trump's" stops before "'s".
    fn letters(&self, at: usize) -> usize {
        let text = self.text;
        let first = run(text, at, is_letter);
        let mut end = at + first;
        let rest = text.get(end..).unwrap_or("");
        if rest.starts_with('.') && text.get(at..end).is_some_and(|w| w.chars().count() == 1) {
            // initials: at least two letters, each with its full stop
            let mut stops = 0;
            let mut scan = at;
            while let Some(c) = text.get(scan..).and_then(|r| r.chars().next()) {
                let next = scan + c.len_utf8();
                if !is_letter(c) || !text.get(next..).is_some_and(|r| r.starts_with('.')) {
                    break;
                }
                stops += 1;
                scan = next + 1;
            }
            let open =
                text.get(scan..).and_then(|r| r.chars().next()).is_none_or(|c| !is_letter(c));
            if stops >= 2 && open {
                return scan;
            }
        }
        let mut chars = rest.chars();
        if chars.next().is_some_and(is_apostrophe) && chars.next().is_some_and(is_letter) {
            let word = text.get(at..end).unwrap_or("").to_lowercase();
            if word == "aujourd" {
                end += rest.chars().next().map_or(0, char::len_utf8);
                return end + run(text, end, is_letter);
            }
            if word.chars().count() == 1
                || matches!(
                    word.as_str(),
                    "qu" | "jusqu" | "lorsqu" | "puisqu" | "dell" | "all" | "nell"
                )
            {
                return end + rest.chars().next().map_or(0, char::len_utf8);
            }
        }
        end
    }

    fn push(&mut self, start: usize, end: usize, kind: Kind, glued: bool) {
        let raw = self.text.get(start..end).unwrap_or("");
        let from = self.lowered.len() as u32;
        if raw.is_ascii() {
            self.lowered.push_str(raw);
            let at = from as usize;
            if let Some(tail) = self.lowered.get_mut(at..) {
                tail.make_ascii_lowercase();
            }
        } else {
            for c in raw.chars() {
                match c {
                    c if is_apostrophe(c) => self.lowered.push('\''),
                    'ё' | 'Ё' => self.lowered.push('е'),
                    c => self.lowered.extend(c.to_lowercase()),
                }
            }
        }
        let mut letters = raw.chars().filter(|c| c.is_alphabetic());
        let capital = raw.chars().next().is_some_and(char::is_uppercase);
        let upper =
            kind == Kind::Letters && capital && raw.len() > 1 && letters.all(char::is_uppercase);
        let lower = (from, self.lowered.len() as u32);
        self.items.push(Word { span: Span::new(start, end), lower, kind, glued, capital, upper });
    }
}

/// Bytes of the run of characters at `at` that are `wanted`.
fn run(text: &str, at: usize, wanted: impl Fn(char) -> bool) -> usize {
    text.get(at..).map_or(0, |rest| rest.find(|c| !wanted(c)).unwrap_or(rest.len()))
}

/// The document's sentences as ranges of words, joined where only an abbreviation had cut them.
fn sentences(words: &Words<'_>, article: &Article, doc: &Doc) -> Vec<Sentence> {
    let mut out: Vec<Sentence> = Vec::with_capacity(doc.sentences().len());
    let mut at = 0;
    let mut blocks = article.blocks.iter().peekable();
    for (index, range) in doc.sentences().iter().enumerate() {
        let bytes = doc.bytes_of(*range);
        let end = words.items.partition_point(|w| (w.span.start as usize) < bytes.end);
        if end <= at {
            continue;
        }
        let start_byte = words.get(at).map_or(0, |w| w.span.start);
        while blocks.peek().is_some_and(|b| b.span.end <= start_byte) {
            blocks.next();
        }
        let block = blocks
            .peek()
            .filter(|b| b.span.start <= start_byte)
            .map_or(BlockKind::Paragraph, |b| b.kind);
        match out.last_mut() {
            Some(last) if !words.breaks_before(at) && is_cut_wrongly(words, last.end) => {
                last.end = end;
            }
            _ => out.push(Sentence { start: at, end, index: index as u32, block }),
        }
        at = end;
    }
    if at < words.len() {
        match out.last_mut() {
            Some(last) => last.end = words.len(),
            None => out.push(Sentence {
                start: 0,
                end: words.len(),
                index: 0,
                block: BlockKind::Paragraph,
            }),
        }
    }
    out
}

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 44] = [
    "st", "mr", "mrs", "ms", "dr", "gen", "col", "sen", "gov", "rep", "lt", "sgt", "capt", "maj",
    "prof", "rev", "jr", "jan", "feb", "mar", "apr", "aug", "sept", "sep", "oct", "nov", "dec",
    "no", "vs", "inc", "ft", "mt", "hon", "adm", "г", "ул", "им", "тыс", "млн", "bzw", "nr", "sr",
    "sra", "cmdr",
];

/// Whether the sentence that ends before the word `end` ends with an abbreviation or with nothing at all.
fn is_cut_wrongly(words: &Words<'_>, end: usize) -> bool {
    let Some(last) = end.checked_sub(1) else { return false };
    if words.raw(last) != "." {
        return words.kind(last) == Some(Kind::Letters)
            && words.raw(last).contains('.')
            && words.capital(end);
    }
    let before = last.saturating_sub(1);
    let word = words.lower(before);
    (ABBREVIATIONS.contains(&word) && words.kind(end).is_some_and(|k| k != Kind::Mark))
        || (words.capital(before) && words.raw(before).chars().count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let words = Words::of_text(text, Lang::EN);
        let got: Vec<&str> = (0..words.len()).map(|i| words.lower(i)).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn words_of_letters_figures_and_marks() {
        check("Trump’s call, in the U.S.", &["trump", "'s", "call", ",", "in", "the", "u.s."]);
        check("US-Russian, 1,300 dead", &["us", "-", "russian", ",", "1", ",", "300", "dead"]);
        check("l’attaque d'aujourd'hui", &["l'", "attaque", "d'", "aujourd'hui"]);
        check("ещё 14 чел.", &["еще", "14", "чел", "."]);
        check("'quoted' 1990s", &["'", "quoted", "'", "1990", "s"]);
    }
}
