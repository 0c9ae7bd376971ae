//! The regular expressions of a tokenizer, written for Python.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use fancy_regex::{Regex, RegexBuilder};
use regex::Regex as PlainRegex;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::pack::{Error, msgpack::Value};

/// Bytes that one compiled expression may take; larger ones come from a hostile pack.
const COMPILED_BYTES_MAX: usize = 256 << 20;

/// Steps back that a match may take before it is given up as "no match".
const STEPS_MAX: usize = 100_000;

/// Prefixes, suffixes, infixes and whole tokens.
#[derive(Debug)]
pub(super) struct Patterns {
    prefix: Option<Expression>,
    suffix: Option<Expression>,
    infix: Option<Expression>,
    token: Option<Expression>,
    url: Option<Expression>,
}

/// An expression that is compiled when it is first needed.
struct Expression {
    source: Box<str>,
    compiled: OnceLock<Option<Regex>>,
    /// The same without what it looks at around a match. It finds at least as much, and much faster: before its first match
    /// (nearly everywhere: where it has none) the expression itself need not be tried.
    relaxed: OnceLock<Option<PlainRegex>>,
    /// Whether it may match in a text of nothing but letters: most words are such, and most expressions cannot.
    takes_letters: OnceLock<bool>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({} bytes)", self.source.len())
    }
}

impl Expression {
    fn new(source: &str) -> Self {
        Self {
            source: source.into(),
            compiled: OnceLock::new(),
            relaxed: OnceLock::new(),
            takes_letters: OnceLock::new(),
        }
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.source)).as_ref()
    }

    /// The first place at or after `from` where a match can start; `None` where there is none.
    fn first_place(&self, text: &str, from: usize) -> Option<usize> {
        let relaxed = self.relaxed.get_or_init(|| {
            let source = relax(&self.source, false)?;
            regex::RegexBuilder::new(&source).size_limit(COMPILED_BYTES_MAX).build().ok()
        });
        match relaxed {
            Some(regex) => regex.find_at(text, from).map(|found| found.start()),
            None => Some(from),
        }
    }

    fn find(&self, text: &str) -> Option<Range<usize>> {
        self.find_from(text, 0)
    }

    /// The first match that starts at or after `from`, a boundary of characters.
    fn find_from(&self, text: &str, from: usize) -> Option<Range<usize>> {
        if text.chars().all(is_letter) && !self.takes_letters() {
            return None;
        }
        let start = self.first_place(text, from)?;
        self.regex()?.find_from_pos(text, start).ok().flatten().map(|m| m.range())
    }
}

impl Expression {
    fn takes_letters(&self) -> bool {
        *self.takes_letters.get_or_init(|| {
            // what stands before a match is in the text, too
            let source = Some(&self.source).filter(|s| s.len() <= ANALYSED_BYTES_MAX);
            let parsed = source.and_then(|s| regex_syntax::parse(&relax(s, true)?).ok());
            parsed.is_none_or(|hir| takes_letters(&hir))
        })
    }
}

/// Longer expressions are not looked through.
const ANALYSED_BYTES_MAX: usize = 256 << 10;

/// The letters of most words that are written in Latin letters.
const LETTERS: [(char, char); 5] = [('A', 'Z'), ('a', 'z'), ('À', 'Ö'), ('Ø', 'ö'), ('ø', 'ɏ')];

fn is_letter(c: char) -> bool {
    LETTERS.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Whether a part of an expression may match nothing but letters, or nothing at all.
fn takes_letters(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).map_or(true, |text| text.chars().all(is_letter))
        }
        HirKind::Class(Class::Unicode(class)) => class.iter().any(|range| {
            let meets =
                |(first, last): &(char, char)| range.start() <= *last && range.end() >= *first;
            LETTERS.iter().any(meets)
        }),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => true,
        HirKind::Repetition(repetition) => repetition.min == 0 || takes_letters(&repetition.sub),
        HirKind::Capture(capture) => takes_letters(&capture.sub),
        HirKind::Concat(parts) => parts.iter().all(takes_letters),
        HirKind::Alternation(parts) => parts.iter().any(takes_letters),
    }
}

/// Takes the parts out of an expression that only look around; `None` where its brackets do not close. Where
/// `keeps_before`, what it wants to see before a match becomes a part of the match.
fn relax(source: &str, keeps_before: bool) -> Option<String> {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        let looks = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|start| rest.starts_with(start));
        let taken = if keeps_before && !in_class && rest.starts_with("(?<=") {
            out.push_str("(?:");
            "(?<=".len()
        } else if looks && !in_class {
            group_len(rest)?
        } else {
            let len = if c == '\\' { 1 + rest.chars().nth(1)?.len_utf8() } else { c.len_utf8() };
            match c {
                '[' => in_class = true,
                ']' => in_class = false,
                _ => {}
            }
            out.push_str(rest.get(..len)?);
            len
        };
        rest = rest.get(taken..)?;
    }
    Some(out)
}

/// Bytes of the group that starts the text.
fn group_len(text: &str) -> Option<usize> {
    let (mut depth, mut in_class, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn compile(source: &str) -> Option<Regex> {
    let mut builder = RegexBuilder::new(source);
    builder.delegate_size_limit(COMPILED_BYTES_MAX).backtrack_limit(STEPS_MAX);
    builder.build().ok()
}

impl Patterns {
    pub(super) fn read(file: &Path, value: &Value<'_>) -> Result<Self, Error> {
        let expression = |name: &str| match value.get(name) {
            None | Some(Value::Nil) => Ok(None),
            Some(text) => {
                let text = text
                    .as_str()
                    .ok_or_else(|| Error::broken(file, format!("{name} is no text")))?;
                Ok(Some(text).filter(|t| !t.is_empty()).map(Expression::new))
            }
        };
        let patterns = Self {
            prefix: expression("prefix_search")?,
            suffix: expression("suffix_search")?,
            infix: expression("infix_finditer")?,
            token: expression("token_match")?,
            url: expression("url_match")?,
        };
        for (name, expression) in
            [("prefix", &patterns.prefix), ("suffix", &patterns.suffix), ("infix", &patterns.infix)]
        {
            if expression.as_ref().is_some_and(|e| e.regex().is_none()) {
                return Err(Error::unsupported(
                    file,
                    format!("the {name} expression cannot be compiled"),
                ));
            }
        }
        Ok(patterns)
    }

    /// The expressions as they are written.
    pub(super) fn sources(&self) -> [Option<&str>; 5] {
        [&self.prefix, &self.suffix, &self.infix, &self.token, &self.url]
            .map(|e| e.as_ref().map(|e| &*e.source))
    }

    /// From expressions that were checked when their pack was compiled.
    pub(super) fn from_sources(sources: [Option<String>; 5]) -> Self {
        let [prefix, suffix, infix, token, url] = sources.map(|s| s.map(|s| Expression::new(&s)));
        Self { prefix, suffix, infix, token, url }
    }

    /// Bytes that the prefix at the start takes.
    pub(super) fn prefix_len(&self, text: &str) -> usize {
        find(self.prefix.as_ref(), text).map_or(0, |m| m.len())
    }

    /// Bytes that the suffix at the end takes.
    pub(super) fn suffix_len(&self, text: &str) -> usize {
        find(self.suffix.as_ref(), text).map_or(0, |m| m.len())
    }

    /// Whether the text is one token by itself: an address, or what the language's own expression says.
    pub(super) fn is_whole(&self, text: &str) -> bool {
        let anchored = |e: Option<&Expression>| find(e, text).is_some_and(|m| m.start == 0);
        anchored(self.token.as_ref()) || anchored(self.url.as_ref())
    }

    pub(super) fn infixes(&self, text: &str) -> Vec<Range<usize>> {
        let (mut all, mut from) = (Vec::new(), 0);
        while let Some(found) = self.infix.as_ref().and_then(|e| e.find_from(text, from)) {
            // an expression that matches nothing goes on a character later
            let next = text.get(found.end..).and_then(|rest| rest.chars().next());
            let step = if found.is_empty() { next.map_or(1, char::len_utf8) } else { 0 };
            from = found.end + step;
            all.push(found);
            if from > text.len() {
                break;
            }
        }
        all
    }

    /// Whether a prefix, suffix or infix is found anywhere in the text.
    pub(super) fn touches(&self, text: &str) -> bool {
        [&self.prefix, &self.suffix, &self.infix].iter().any(|e| find(e.as_ref(), text).is_some())
    }
}

fn find(expression: Option<&Expression>, text: &str) -> Option<Range<usize>> {
    expression?.find(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_those_of_the_expression_alone() {
        let check = |source: &str, text: &str, expected: &[Range<usize>]| {
            let infix = Some(Expression::new(source));
            let patterns = Patterns { prefix: None, suffix: None, infix, token: None, url: None };
            let regex = compile(source).into_iter();
            let alone: Vec<_> = regex
                .flat_map(|r| r.find_iter(text).flatten().map(|m| m.range()).collect::<Vec<_>>())
                .collect();
            assert_eq!(patterns.infixes(text), expected, "{source}");
            assert_eq!(alone, expected, "{source}");
        };
        check(r"(?<=[a-z])-(?=[a-z])", "-a-b-c- d", &[2..3, 4..5]);
        check(r"(?<=ü)\.|\.\.\.", "a.ü.b...", &[4..5, 6..9]);
        check(r"(?<!x)[,;]", "x,y,;", &[3..4, 4..5]);
        check("q", "none", &[]);
    }

    #[test]
    fn what_looks_around_is_taken_out() {
        let check = |source: &str, expected: &str| {
            assert_eq!(relax(source, false).as_deref(), Some(expected));
        };
        check(r"(?<=[a-z])\.(?=[A-Z])|x(?!(?:a|b)\)[)])y", r"\.|xy");
        check(r"(?:a|[(?=])\(?=", r"(?:a|[(?=])\(?=");
        assert_eq!(relax("(?=a", false), None);
    }

    #[test]
    fn what_cannot_match_letters_is_not_tried_on_them() {
        let check = |source: &str, expected: bool| {
            assert_eq!(Expression::new(source).takes_letters(), expected, "{source}");
        };
        check(r"(?<=[0-9])(?:km|kg)|'s$|(?<=[a-z])\.$", false);
        check(r"km|,", true);
        check(r"^(?:\(|\[)+|…", false);
        check(r"(?:[0-9])*(?=x)", true);
        check(r"(?<!x)[Ā-Ž]", true);
        check(r"(?i:é)", true);
        check("(", true);
    }
}
