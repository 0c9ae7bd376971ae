//! Words of one line.

use std::ops::Range;
use std::sync::OnceLock;

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};
use unicode_segmentation::UnicodeSegmentation;

use crate::Lang;

/// Words (and marks) of a line in order, as ranges of bytes; white space is left out.
pub(super) fn words(line: &str, lang: Lang) -> Vec<Range<usize>> {
    let mut words = Vec::with_capacity(line.len() / 5);
    let mut at = 0;
    while let Some(rest) = line.get(at..).filter(|r| !r.is_empty()) {
        let without_blanks = rest.chars().next().is_some_and(needs_dictionary);
        let run = rest.find(|c| needs_dictionary(c) != without_blanks).unwrap_or(rest.len());
        let run = rest.get(..run).unwrap_or(rest);
        if without_blanks {
            let mut from = 0;
            for to in dictionary().segment_str(run).filter(|to| *to > 0) {
                words.push(at + from..at + to);
                from = to;
            }
        } else {
            for (offset, word) in run.split_word_bound_indices() {
                push_word(word, at + offset, lang, &mut words);
            }
        }
        at += run.len();
    }
    words
}

/// Scripts whose words no blank divides: Han, kana, Thai, Lao, Burmese, Khmer.
fn needs_dictionary(c: char) -> bool {
    matches!(c as u32,
        0x0e01..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff
        | 0x3005..=0x3007 | 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

fn dictionary() -> &'static WordSegmenterBorrowed<'static> {
    static DICTIONARY: OnceLock<WordSegmenterBorrowed<'static>> = OnceLock::new();
    DICTIONARY.get_or_init(|| WordSegmenter::new_auto(WordBreakInvariantOptions::default()))
}

fn push_word(word: &str, at: usize, lang: Lang, words: &mut Vec<Range<usize>>) {
    // a mark may bring white space with it (a combining mark on a blank); what is left must be more than white space
    let lead = word.len() - word.trim_start_matches(crate::doc::is_python_space).len();
    let trimmed = word.trim_matches(crate::doc::is_python_space);
    if trimmed.is_empty() {
        return;
    }
    let (start, end) = (at + lead, at + lead + trimmed.len());
    match cut_apostrophe(trimmed, lang) {
        Some(cut) if cut > 0 && cut < trimmed.len() => {
            words.push(start..start + cut);
            words.push(start + cut..end);
        }
        _ => words.push(start..end),
    }
}

/// Where an apostrophe parts a word: after the elided article in Romance languages, before the English possessive.
fn cut_apostrophe(word: &str, lang: Lang) -> Option<usize> {
    let at = word.find(['\'', '’'])?;
    let mark = word.get(at..)?.chars().next()?.len_utf8();
    let (before, after) = (word.get(..at)?, word.get(at + mark..)?);
    match lang.as_str() {
        "fr" | "it" | "ca" => {
            let whole = before.eq_ignore_ascii_case("aujourd") || before.chars().count() > 8;
            (!whole && !after.is_empty()).then_some(at + mark)
        }
        "en" => {
            let last = word.rfind(['\'', '’'])?;
            let tail = word.get(last..)?;
            tail.trim_start_matches(['\'', '’']).eq_ignore_ascii_case("s").then_some(last)
        }
        _ => None,
    }
}
