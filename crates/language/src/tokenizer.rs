//! spaCy's tokenizer: runs between blanks, taken apart by prefixes, suffixes, infixes and a table of exceptions.
//!
//! # Source
//!
//! spaCy 3.8, <https://spacy.io/usage/linguistic-features#how-tokenizer-works>.

use std::path::Path;
use std::sync::RwLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::doc::is_python_space;
use crate::lexeme::{Lexeme, Norms};
use crate::pack::{Error, Reader, Writer, msgpack::Value};
use crate::strings;

mod patterns;
mod runs;
use patterns::Patterns;
use runs::Runs;

/// The number of the attribute ORTH in exceptions, and of NORM.
const ORTH: u64 = 65;
const NORM: u64 = 67;

/// A token: its bytes in the text and what the networks see of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawToken {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) space_after: bool,
    pub(crate) lexeme: Lexeme,
}

/// A part of a run: how many bytes, and its features.
#[derive(Clone, Copy, Debug)]
struct Piece {
    len: u32,
    lexeme: Lexeme,
}

/// A token of an exception.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
struct Part {
    orth: Box<str>,
    norm: Option<Box<str>>,
}

/// The rules of one language.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    patterns: Patterns,
    exceptions: FxHashMap<Box<str>, Box<[Part]>>,
    /// Exceptions that the patterns would take apart: their tokens without exceptions, to be found and replaced afterwards.
    phrases: FxHashMap<Vec<Box<str>>, Box<str>>,
    /// The numbers of the phrases' first words.
    phrase_starts: FxHashSet<u64>,
    phrase_tokens_max: usize,
    norms: Norms,
    cache: RwLock<Runs>,
}

impl Tokenizer {
    /// Reads a pack's tokenizer file.
    pub(crate) fn read(file: &Path, bytes: &[u8], norms: Norms) -> Result<Self, Error> {
        let value = Value::read(bytes).map_err(|what| Error::broken(file, what))?;
        let patterns = Patterns::read(file, &value)?;
        let table = value.get("exceptions").and_then(Value::as_map);
        let table = table.ok_or_else(|| Error::broken(file, "no table of exceptions"))?;
        let mut exceptions = FxHashMap::default();
        for (text, parts) in table {
            let (text, parts) = read_exception(text, parts)
                .ok_or_else(|| Error::broken(file, "an exception that does not spell its text"))?;
            exceptions.insert(text, parts);
        }
        let mut tokenizer = Self {
            patterns,
            exceptions,
            phrases: FxHashMap::default(),
            phrase_starts: FxHashSet::default(),
            phrase_tokens_max: 1,
            norms,
            cache: RwLock::default(),
        };
        tokenizer.find_phrases();
        Ok(tokenizer)
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        to.value(&self.patterns.sources());
        let mut exceptions: Vec<_> = self.exceptions.iter().collect();
        exceptions.sort();
        to.value(&exceptions);
        let mut phrases: Vec<_> = self.phrases.iter().collect();
        phrases.sort();
        to.value(&phrases);
        let mut norms: Vec<_> = self.norms.iter().collect();
        norms.sort();
        to.value(&norms);
    }

    pub(crate) fn open(from: &mut Reader) -> Result<Self, Error> {
        let patterns = Patterns::from_sources(from.value()?);
        let exceptions: Vec<(Box<str>, Box<[Part]>)> = from.value()?;
        let phrases: Vec<(Vec<Box<str>>, Box<str>)> = from.value()?;
        let norms: Vec<(u64, Box<str>)> = from.value()?;
        let spells = |(text, parts): &(Box<str>, Box<[Part]>)| {
            parts.iter().all(|p| !p.orth.is_empty())
                && parts.iter().map(|p| p.orth.len()).sum::<usize>() == text.len()
        };
        if !exceptions.iter().all(spells) {
            return Err(from.broken("has an exception that does not spell its text"));
        }
        let mut tokenizer = Self {
            patterns,
            exceptions: exceptions.into_iter().collect(),
            phrases: FxHashMap::default(),
            phrase_starts: FxHashSet::default(),
            phrase_tokens_max: 1,
            norms: norms.into_iter().collect(),
            cache: RwLock::default(),
        };
        tokenizer.set_phrases(phrases.into_iter().collect());
        Ok(tokenizer)
    }

    /// Cuts a text into tokens that, with the blanks after them, are the text.
    ///
    /// # Limits
    ///
    /// Texts below 4 GiB; of longer ones the rest is left out.
    pub(crate) fn tokens(&self, text: &str) -> Vec<RawToken> {
        let tokens = self.runs(text, true);
        self.replace_phrases(text, tokens)
    }

    /// Exceptions that are no run by themselves, or that patterns would cut before the table is asked.
    fn find_phrases(&mut self) {
        let mut keys: Vec<&Box<str>> = self.exceptions.keys().collect();
        keys.sort();
        let mut phrases = FxHashMap::default();
        for key in keys {
            if !key.contains(' ') && !self.patterns.touches(key) {
                continue;
            }
            let tokens = self.runs(key, false);
            let words = tokens.iter().filter_map(|t| key.get(t.start as usize..t.end as usize));
            let words: Vec<Box<str>> = words.map(Box::from).collect();
            if words.len() > 1 {
                phrases.insert(words, key.clone());
            }
        }
        self.set_phrases(phrases);
    }

    fn set_phrases(&mut self, phrases: FxHashMap<Vec<Box<str>>, Box<str>>) {
        self.phrase_tokens_max = phrases.keys().map(Vec::len).max().unwrap_or(1);
        let first = |words: &Vec<Box<str>>| words.first().map(|word| strings::id(word));
        self.phrase_starts = phrases.keys().filter_map(first).collect();
        self.phrases = phrases;
    }

    /// Cuts at blanks, then each run by the rules.
    fn runs(&self, text: &str, with_exceptions: bool) -> Vec<RawToken> {
        let mut out: Vec<RawToken> = Vec::with_capacity(text.len() / 5 + 1);
        let mut new_runs = Vec::new();
        let Some(first) = text.chars().next().filter(|_| u32::try_from(text.len()).is_ok()) else {
            return out;
        };
        {
            let cache = self.cache.read().ok();
            let cache = cache.as_deref().filter(|_| with_exceptions);
            let mut emit = |out: &mut Vec<RawToken>, start: usize, end: usize| {
                let run = text.get(start..end).unwrap_or("");
                if let Some(known) = cache.and_then(|c| c.get(run)) {
                    push_pieces(out, start, known);
                    return;
                }
                let pieces = self.cut_run(run, with_exceptions);
                push_pieces(out, start, &pieces);
                if with_exceptions {
                    new_runs.push((Box::from(run), pieces.into_boxed_slice()));
                }
            };
            let mut start = 0;
            let mut in_space = is_python_space(first);
            for (at, c) in text.char_indices() {
                if is_python_space(c) == in_space {
                    continue;
                }
                if start < at {
                    emit(&mut out, start, at);
                }
                start = at;
                if c == ' ' {
                    if let Some(last) = out.last_mut() {
                        last.space_after = true;
                    }
                    start += 1;
                }
                in_space = !in_space;
            }
            if start < text.len() {
                emit(&mut out, start, text.len());
                if let Some(last) = out.last_mut() {
                    last.space_after = text.ends_with(' ') && !in_space;
                }
            }
        }
        if !new_runs.is_empty()
            && let Ok(mut cache) = self.cache.write()
        {
            for (run, pieces) in new_runs {
                cache.insert(run, pieces);
            }
        }
        out
    }

    /// Cuts one run; `with_exceptions` is false while the phrases are being made.
    fn cut_run(&self, run: &str, with_exceptions: bool) -> Vec<Piece> {
        let exception = |s: &str| if with_exceptions { self.exceptions.get(s) } else { None };
        let mut pieces = Vec::with_capacity(2);
        if let Some(parts) = exception(run) {
            self.push_parts(parts, &mut pieces);
            return pieces;
        }
        let mut rest = run;
        let mut suffixes: Vec<&str> = Vec::new();
        let mut last_len = usize::MAX;
        while !rest.is_empty() && rest.len() != last_len && exception(rest).is_none() {
            last_len = rest.len();
            let prefix = self.patterns.prefix_len(rest);
            let (before, behind) = split(rest, prefix);
            if prefix > 0 && exception(behind).is_some() {
                self.push_word(before, &mut pieces);
                rest = behind;
                break;
            }
            let suffix = self.patterns.suffix_len(behind);
            let (front, back) = split(rest, rest.len() - suffix);
            if suffix > 0 && exception(front).is_some() {
                suffixes.push(back);
                rest = front;
                break;
            }
            if prefix > 0 && suffix > 0 && prefix + suffix <= rest.len() {
                self.push_word(before, &mut pieces);
                suffixes.push(back);
                rest = split(behind, behind.len() - suffix).0;
            } else if prefix > 0 {
                self.push_word(before, &mut pieces);
                rest = behind;
            } else if suffix > 0 {
                suffixes.push(back);
                rest = front;
            }
        }
        if !rest.is_empty() {
            if let Some(parts) = exception(rest) {
                self.push_parts(parts, &mut pieces);
            } else if self.patterns.is_whole(rest) {
                self.push_word(rest, &mut pieces);
            } else {
                self.cut_infixes(rest, &mut pieces);
            }
        }
        for suffix in suffixes.into_iter().rev() {
            self.push_word(suffix, &mut pieces);
        }
        pieces
    }

    fn cut_infixes(&self, rest: &str, pieces: &mut Vec<Piece>) {
        let mut start = 0;
        for infix in self.patterns.infixes(rest) {
            if infix.start == 0 {
                continue;
            }
            for word in [start..infix.start, infix.clone()] {
                self.push_word(rest.get(word).unwrap_or(""), pieces);
            }
            start = infix.end;
        }
        self.push_word(rest.get(start..).unwrap_or(""), pieces);
    }

    fn push_word(&self, word: &str, pieces: &mut Vec<Piece>) {
        if !word.is_empty() {
            pieces.push(Piece {
                len: word.len() as u32,
                lexeme: Lexeme::new(word, None, &self.norms),
            });
        }
    }

    fn push_parts(&self, parts: &[Part], pieces: &mut Vec<Piece>) {
        pieces.extend(parts.iter().map(|part| Piece {
            len: part.orth.len() as u32,
            lexeme: Lexeme::new(&part.orth, part.norm.as_deref(), &self.norms),
        }));
    }

    /// Finds the phrases, longest first, then earliest, and puts their exceptions' tokens in their place.
    fn replace_phrases(&self, text: &str, tokens: Vec<RawToken>) -> Vec<RawToken> {
        let word = |t: &RawToken| text.get(t.start as usize..t.end as usize).unwrap_or("");
        let mut found = Vec::new();
        for (i, token) in tokens.iter().enumerate() {
            if !self.phrase_starts.contains(&token.lexeme.orth) {
                continue;
            }
            let mut words: Vec<Box<str>> = Vec::new();
            for next in tokens.get(i..).unwrap_or(&[]).iter().take(self.phrase_tokens_max) {
                words.push(word(next).into());
                if words.len() > 1 && self.phrases.contains_key(&words) {
                    found.push((words.len(), i));
                }
            }
        }
        if found.is_empty() {
            return tokens;
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut taken = vec![false; tokens.len()];
        let mut len_at = vec![0; tokens.len()];
        for (len, i) in found {
            let span = taken.get_mut(i..i + len).unwrap_or_default();
            // as in spaCy, only the ends are looked at, but all of it is marked
            if !span.first().is_some_and(|t| *t)
                && !span.last().is_some_and(|t| *t)
                && let Some(at) = len_at.get_mut(i)
            {
                *at = len;
            }
            span.fill(true);
        }
        self.put_in(text, &tokens, &len_at)
    }

    fn put_in(&self, text: &str, tokens: &[RawToken], len_at: &[usize]) -> Vec<RawToken> {
        let mut out = Vec::with_capacity(tokens.len());
        let mut i = 0;
        while let Some(token) = tokens.get(i) {
            let len = len_at.get(i).copied().unwrap_or(0);
            let last = len.checked_sub(1).and_then(|l| tokens.get(i + l));
            let phrase = last.and_then(|last| text.get(token.start as usize..last.end as usize));
            if let (Some(last), Some(parts)) = (last, phrase.and_then(|p| self.exceptions.get(p))) {
                let mut pieces = Vec::new();
                self.push_parts(parts, &mut pieces);
                push_pieces(&mut out, token.start as usize, &pieces);
                if let Some(new_last) = out.last_mut() {
                    new_last.space_after = last.space_after;
                }
                i += len;
            } else {
                out.push(*token);
                i += 1;
            }
        }
        out
    }
}

fn push_pieces(out: &mut Vec<RawToken>, start: usize, pieces: &[Piece]) {
    let mut start = start as u32;
    for piece in pieces {
        let end = start + piece.len;
        out.push(RawToken { start, end, space_after: false, lexeme: piece.lexeme });
        start = end;
    }
}

/// Both sides of a place; where it is no boundary, nothing is cut off.
fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or(("", text))
}

/// An exception and its tokens, which together must spell it.
fn read_exception(text: &Value<'_>, parts: &Value<'_>) -> Option<(Box<str>, Box<[Part]>)> {
    let text = text.as_str()?;
    let mut read = Vec::new();
    for part in parts.as_array()? {
        let orth = part.get_number(ORTH)?.as_str()?;
        let norm = part.get_number(NORM).and_then(Value::as_str);
        read.push(Part { orth: orth.into(), norm: norm.map(Box::from) });
    }
    let spelled: String = read.iter().map(|p| &*p.orth).collect();
    let sound = spelled == text && !text.is_empty() && read.iter().all(|p| !p.orth.is_empty());
    sound.then(|| (text.into(), read.into_boxed_slice()))
}
