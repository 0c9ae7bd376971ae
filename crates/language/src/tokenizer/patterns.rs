//! The regular expressions of a tokenizer, written for Python.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use fancy_regex::{Regex, RegexBuilder};

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
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({} bytes)", self.source.len())
    }
}

impl Expression {
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.source)).as_ref()
    }
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
                let source = text.as_str().filter(|s| !s.is_empty());
                let expression =
                    source.map(|s| Expression { source: s.into(), compiled: OnceLock::new() });
                Ok(expression)
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
        let Some(regex) = self.infix.as_ref().and_then(Expression::regex) else {
            return Vec::new();
        };
        regex.find_iter(text).map_while(Result::ok).map(|m| m.range()).collect()
    }

    /// Whether a prefix, suffix or infix is found anywhere in the text.
    pub(super) fn touches(&self, text: &str) -> bool {
        [&self.prefix, &self.suffix, &self.infix].iter().any(|e| find(e.as_ref(), text).is_some())
    }
}

fn find(expression: Option<&Expression>, text: &str) -> Option<Range<usize>> {
    let found = expression?.regex()?.find(text).ok().flatten();
    found.map(|m| m.range())
}
