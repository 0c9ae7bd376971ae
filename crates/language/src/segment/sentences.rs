//! Where sentences end in a line of words.

use std::ops::Range;

use super::abbreviations::{Abbreviations, Kind};
use crate::{Lang, identify::is_function_word};

/// Decides for every word whether it ends a sentence, and joins full stops to their abbreviations.
pub(super) fn cut(
    line: &str,
    words: &[Range<usize>],
    lang: Lang,
    abbreviations: &Abbreviations,
) -> (Vec<Range<usize>>, Vec<bool>) {
    let mut cutter = Cutter { line, lang, abbreviations, out: Vec::new(), ends: Vec::new() };
    let mut i = 0;
    while let Some(word) = words.get(i) {
        i = match cutter.text(word) {
            "." => cutter.full_stop(words, i),
            w if is_hard_end(w) => cutter.hard_end(words, i),
            _ => {
                cutter.push(word.clone(), false);
                i + 1
            }
        };
    }
    (cutter.out, cutter.ends)
}

struct Cutter<'a> {
    line: &'a str,
    lang: Lang,
    abbreviations: &'a Abbreviations,
    out: Vec<Range<usize>>,
    ends: Vec<bool>,
}

impl<'a> Cutter<'a> {
    fn text(&self, word: &Range<usize>) -> &'a str {
        self.line.get(word.clone()).unwrap_or("")
    }

    fn push(&mut self, word: Range<usize>, ends: bool) {
        self.out.push(word);
        self.ends.push(ends);
    }

    /// Handles the full stop at `i` (with those that follow it at once); gives the index after what it took.
    fn full_stop(&mut self, words: &[Range<usize>], i: usize) -> usize {
        let Some(stop) = words.get(i) else { return i + 1 };
        let mut end = stop.end;
        let mut next = i + 1;
        while let Some(w) = words.get(next).filter(|w| w.start == end && self.text(w) == ".") {
            end = w.end;
            next += 1;
        }
        if next > i + 1 {
            // an ellipsis ends a sentence when a capital follows
            let (after, closed) = self.closers(words, next, end);
            let ends =
                self.starts_sentence(words, after, closed) && !self.glued(words, after, closed);
            return self.finish(words, stop.start..end, next, after, ends);
        }
        let before = self.out.last().filter(|w| w.end == stop.start).cloned();
        let (after, closed) = self.closers(words, next, end);
        if self.glued(words, after, closed) {
            // "U.S.-led", "example.com": no end; the stop belongs to an abbreviation before it
            let kind = before.as_ref().and_then(|b| self.kind(b, words.get(after)));
            return self.join_or_push(kind.is_some(), stop.clone(), next);
        }
        let kind = before.as_ref().and_then(|b| self.kind(b, words.get(after)));
        let (join, ends) = match kind {
            None => (false, self.starts_sentence(words, after, closed)),
            Some(Kind::Title | Kind::Inner) => (true, after >= words.len()),
            Some(Kind::Number) => {
                let figure = words.get(after).is_some_and(|w| self.text(w).starts_with(is_figure));
                (figure, !figure && self.starts_sentence(words, after, closed))
            }
            Some(Kind::Ends) => (true, closed || self.starts_plainly(words, after)),
        };
        // at the very end of the line the stop is the sentence's, unless the word is written with inner stops
        let inner = before.as_ref().is_some_and(|b| self.text(b).contains('.'));
        if join && (after < words.len() || inner) {
            if let Some(last) = self.out.last_mut() {
                last.end = end;
            }
            if after > next {
                return self.finish(words, 0..0, next, after, ends);
            }
            if let Some(last) = self.ends.last_mut() {
                *last = ends;
            }
            return next;
        }
        self.finish(words, stop.start..end, next, after, ends)
    }

    /// Joins a stop to the word before it, or keeps it as a word of its own.
    fn join_or_push(&mut self, join: bool, stop: Range<usize>, next: usize) -> usize {
        match self.out.last_mut().filter(|_| join) {
            Some(last) => last.end = stop.end,
            None => self.push(stop, false),
        }
        next
    }

    /// Handles `!`, `?`, `。` and their like at `i`, with those that follow at once.
    fn hard_end(&mut self, words: &[Range<usize>], i: usize) -> usize {
        let Some(mark) = words.get(i) else { return i + 1 };
        let mut end = mark.end;
        let mut next = i + 1;
        while let Some(w) = words.get(next).filter(|w| w.start == end && is_hard_end(self.text(w)))
        {
            end = w.end;
            next += 1;
        }
        let (after, closed) = self.closers(words, next, end);
        let wide = self.text(mark).starts_with(is_wide_end);
        let ends = if wide {
            !(closed && self.quotes_on(words, after))
        } else if self.text(mark) == "…" {
            self.starts_sentence(words, after, closed) && !self.glued(words, after, closed)
        } else {
            self.starts_sentence(words, after, closed)
                && (closed || !self.glued(words, after, closed))
        };
        for w in words.get(i..next).unwrap_or(&[]) {
            self.push(w.clone(), false);
        }
        self.finish(words, 0..0, next, after, ends)
    }

    /// Pushes the mark (if not empty) and the closing marks up to `after`; the last one ends the sentence if `ends`.
    fn finish(
        &mut self,
        words: &[Range<usize>],
        mark: Range<usize>,
        next: usize,
        after: usize,
        ends: bool,
    ) -> usize {
        if !mark.is_empty() {
            self.push(mark, false);
        }
        for w in words.get(next..after).unwrap_or(&[]) {
            self.push(w.clone(), false);
        }
        if let Some(last) = self.ends.last_mut() {
            *last = ends;
        }
        after
    }

    /// The index after the closing quotes and brackets that follow `end` at once, and whether there are any.
    fn closers(&self, words: &[Range<usize>], mut next: usize, mut end: usize) -> (usize, bool) {
        let from = next;
        while let Some(w) = words.get(next).filter(|w| w.start == end) {
            let text = self.text(w);
            // a straight quote closes when no word follows it at once
            let straight = matches!(text, "\"" | "'");
            let opens = straight
                && words.get(next + 1).is_some_and(|n| {
                    n.start == w.end && self.text(n).starts_with(char::is_alphanumeric)
                });
            if opens || !(straight || text.chars().all(is_closer)) {
                break;
            }
            end = w.end;
            next += 1;
        }
        (next, next > from)
    }

    /// Whether the next word follows without a blank.
    fn glued(&self, words: &[Range<usize>], after: usize, closed: bool) -> bool {
        let Some(next) = words.get(after) else { return false };
        let before = self.line.get(..next.start).and_then(|s| s.chars().next_back());
        before.is_some_and(|c| !c.is_whitespace())
            && (!closed || self.text(next).starts_with([',', ';', ':', '.']))
    }

    /// Whether what stands at `after` can start a sentence: not a small letter, not a comma.
    fn starts_sentence(&self, words: &[Range<usize>], after: usize, closed: bool) -> bool {
        let Some(first) = words.get(after) else { return true };
        if self.text(first).starts_with([',', ';', ':', ')', ']']) {
            return false;
        }
        let mut dashed = false;
        for word in words.get(after..).unwrap_or(&[]).iter().take(4) {
            let text = self.text(word);
            match text.chars().next() {
                Some(c) if c.is_lowercase() => return false,
                Some(c) if c.is_alphanumeric() => {
                    // «…!» — Said: after a quotation and a dash a name goes on with the sentence
                    return !(dashed && closed);
                }
                Some('-' | '–' | '—') => dashed = true,
                _ => {}
            }
        }
        true
    }

    /// Whether a new sentence starts at `after` beyond doubt: a capitalised small word ("The", "On") or an opening quote.
    fn starts_plainly(&self, words: &[Range<usize>], after: usize) -> bool {
        let Some(word) = words.get(after) else { return true };
        let text = self.text(word);
        if text.starts_with(['“', '«', '„', '¿', '¡', '•', '–', '—']) {
            return self.starts_sentence(words, after, false);
        }
        let capital = text.chars().next().is_some_and(char::is_uppercase);
        if !capital {
            return false;
        }
        // where the outlet's language has no list of small words, a longer capitalised word must do
        is_function_word(&text.to_lowercase(), self.lang)
            || matches!(self.lang.as_str(), "ru" | "uk" | "pl") && text.chars().count() > 3
    }

    /// What the word before a full stop is.
    fn kind(&self, before: &Range<usize>, next: Option<&Range<usize>>) -> Option<Kind> {
        let text = self.text(before);
        let next = next.map_or("", |n| self.text(n));
        let mut chars = text.chars();
        let (first, second) = (chars.next()?, chars.next());
        if second.is_none() && first.is_alphabetic() && first.is_uppercase() {
            // an initial; but "Vitamin C. The" and "I. Then" end
            let ends =
                is_function_word(&next.to_lowercase(), self.lang) && next.chars().count() > 1;
            return Some(if ends { Kind::Ends } else { Kind::Title });
        }
        if let Some(kind) = self.abbreviations.get(text) {
            // after a figure it is a unit: "в 2017 г." beside "г. Тверь"
            let figure = self.out.len().checked_sub(2).and_then(|i| self.out.get(i));
            let figure = figure.is_some_and(|w| self.text(w).ends_with(is_figure));
            return Some(if kind == Kind::Title && figure { Kind::Ends } else { kind });
        }
        if second.is_none() && first.is_lowercase() && next.chars().count() == 1 {
            return Some(Kind::Inner);
        }
        if is_acronym(text) {
            return Some(Kind::Ends);
        }
        if first.is_ascii_digit() && text.len() <= 2 && self.writes_ordinals() {
            let goes_on = next.starts_with(char::is_alphabetic)
                && !is_function_word(&next.to_lowercase(), self.lang);
            return goes_on.then_some(Kind::Inner);
        }
        None
    }

    /// Whether the language writes ordinals with a full stop ("3. April").
    fn writes_ordinals(&self) -> bool {
        matches!(
            self.lang.as_str(),
            "de" | "da"
                | "nb"
                | "nn"
                | "fi"
                | "et"
                | "hu"
                | "cs"
                | "sk"
                | "sl"
                | "hr"
                | "sr"
                | "tr"
                | "pl"
                | "lv"
                | "is"
        )
    }

    /// Japanese quotes and goes on: 「…。」と述べた.
    fn quotes_on(&self, words: &[Range<usize>], after: usize) -> bool {
        let next = words.get(after).map_or("", |w| self.text(w));
        self.lang == Lang::JA
            && ["と", "って", "など", "の", "という"].iter().any(|p| next.starts_with(p))
    }
}

/// Letters with stops between them: "U.S", "e.V".
fn is_acronym(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| (1..=2).contains(&part.chars().count()))
        && word.chars().next().is_some_and(char::is_alphabetic)
        && !word.contains(|c: char| c.is_ascii_digit())
}

fn is_figure(c: char) -> bool {
    c.is_numeric() || matches!(c, '§' | '#')
}

fn is_wide_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡' | '︒')
}

fn is_hard_end(word: &str) -> bool {
    !word.is_empty()
        && word.chars().all(|c| {
            is_wide_end(c)
                || matches!(
                    c,
                    '!' | '?'
                        | '…'
                        | '‼'
                        | '⁇'
                        | '⁈'
                        | '⁉'
                        | '؟'
                        | '۔'
                        | '।'
                        | '॥'
                        | '።'
                        | '។'
                        | '៕'
                        | '။'
                        | '։'
                )
        })
}

fn is_closer(c: char) -> bool {
    matches!(
        c,
        '”' | '’'
            | '»'
            | '«'
            | '“'
            | '›'
            | ')'
            | ']'
            | '}'
            | '」'
            | '』'
            | '）'
            | '】'
            | '》'
            | '〉'
            | '＂'
            | '″'
    )
}
