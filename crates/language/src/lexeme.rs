//! What the networks see of a word: the numbers of its norm, prefix, suffix and shape.

use std::sync::OnceLock;

use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};
use rustc_hash::FxHashMap;

use crate::doc::is_python_space;
use crate::strings;

/// The features of a word form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lexeme {
    /// The word itself.
    pub(crate) orth: u64,
    pub(crate) norm: u64,
    pub(crate) prefix: u64,
    pub(crate) suffix: u64,
    pub(crate) shape: u64,
    pub(crate) is_space: bool,
}

/// Norms that a pack's `lexeme_norm` table gives, by the number of the word.
pub(crate) type Norms = FxHashMap<u64, Box<str>>;

/// From this length on, in characters, a word has the shape "LONG".
const LONG_CHARS: usize = 100;

impl Lexeme {
    /// Derives the features; `exception` is the norm that a tokenizer exception gives the word.
    pub(crate) fn new(word: &str, exception: Option<&str>, norms: &Norms) -> Self {
        let orth = strings::id(word);
        let norm = exception
            .or_else(|| norms.get(&orth).map(|n| &**n))
            .or_else(|| base_norms().get(word).copied());
        let norm = norm.map_or_else(|| strings::id(&word.to_lowercase()), strings::id);
        let prefix = word.chars().next().map_or(0, char::len_utf8);
        let suffix = word.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
        Self {
            orth,
            norm,
            prefix: strings::id(word.get(..prefix).unwrap_or("")),
            suffix: strings::id(word.get(suffix..).unwrap_or("")),
            shape: strings::id(&shape(word)),
            is_space: !word.is_empty() && word.chars().all(is_python_space),
        }
    }
}

/// "Xxxx" for "Orlov", "dddd" for "2017": letters, digits and case, with runs cut at four.
fn shape(word: &str) -> String {
    if word.chars().count() >= LONG_CHARS {
        return "LONG".to_owned();
    }
    let mut shape = String::with_capacity(word.len());
    let mut last = '\0';
    let mut run = 0;
    for c in word.chars() {
        let class = if is_letter(c) {
            if c.is_uppercase() { 'X' } else { 'x' }
        } else if is_digit(c) {
            'd'
        } else {
            c
        };
        run = if class == last { run + 1 } else { 0 };
        last = class;
        if run < 4 {
            shape.push(class);
        }
    }
    shape
}

/// Python's `str.isalpha` for one character: general category L.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii() && GeneralCategoryGroup::Letter.contains(category(c))
}

/// Python's `str.isdigit` for one character: decimal digits, and the ones that are written raised, lowered or in rings.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
        || !c.is_ascii()
            && (category(c) == GeneralCategory::DecimalNumber
                || matches!(c as u32,
                    0x00b2 | 0x00b3 | 0x00b9 | 0x1369..=0x1371 | 0x19da | 0x2070 | 0x2074..=0x2079 | 0x2080..=0x2089
                    | 0x2460..=0x2468 | 0x2474..=0x247c | 0x2488..=0x2490 | 0x24ea | 0x24f5..=0x24fd | 0x24ff
                    | 0x2776..=0x277e | 0x2780..=0x2788 | 0x278a..=0x2792 | 0x10a40..=0x10a43 | 0x10e60..=0x10e68
                    | 0x11052..=0x1105a | 0x1f100..=0x1f10a))
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn base_norms() -> &'static FxHashMap<&'static str, &'static str> {
    static NORMS: OnceLock<FxHashMap<&'static str, &'static str>> = OnceLock::new();
    NORMS.get_or_init(|| {
        include_str!("../data/spacy/base_norms.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(' '))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let check = |word: &str, expected: &str| assert_eq!(shape(word), expected);
        check("Orlov", "Xxxxx");
        check("St.", "Xx.");
        check("2017-04", "dddd-dd");
        check("ещё", "xxx");
        check("m²", "xd");
        check("a\u{301}", "x\u{301}");
        check(&"x".repeat(100), "LONG");
    }

    #[test]
    fn norms_come_from_the_exception_then_the_table_then_the_case() {
        let norms: Norms = [(strings::id("Gov"), "government".into())].into_iter().collect();
        let norm = |word, exception| Lexeme::new(word, exception, &norms).norm;
        assert_eq!(norm("ca", Some("can")), strings::id("can"));
        assert_eq!(norm("Gov", None), strings::id("government"));
        assert_eq!(norm("”", None), strings::id("\""));
        assert_eq!(norm("Paris", None), strings::id("paris"));
    }
}
