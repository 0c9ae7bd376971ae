//! Rules that set attributes of tokens by what the components before found.
//!
//! # Source
//!
//! spaCy 3.8, `AttributeRuler`, <https://spacy.io/api/attributeruler>: all patterns are matched on the attributes as they were
//! before; what they set is then put in by the number of the pattern, so that later patterns win.

use std::path::Path;

use fancy_regex::Regex;
use rustc_hash::FxHashMap;

use crate::doc::{NO_NAME, Name, NamesBuilder};
use crate::kernels;
use crate::pack::{Error, Reader, Writer, msgpack::Value};

/// An attribute that has a name for its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Tag,
    Pos,
    Dep,
}

/// What one token of a pattern asks.
#[derive(Debug)]
enum Test {
    /// The name is one of these, or none of them.
    Named {
        column: Column,
        names: Vec<Name>,
        within: bool,
    },
    /// The text, in lower case if so asked, is one of these, or none of them.
    Text {
        lower: bool,
        words: Vec<Box<str>>,
        within: bool,
    },
    Regex {
        lower: bool,
        regex: Box<Regex>,
    },
    Space(bool),
}

/// What a pattern sets.
#[derive(Clone, Copy, Debug, Default)]
struct Attributes {
    tag: Option<Name>,
    pos: Option<Name>,
    morph: Option<Name>,
    lemma: Option<Name>,
    dep: Option<Name>,
}

#[derive(Debug)]
struct Pattern {
    /// The number of the rule; several patterns may set the same.
    rule: u32,
    tokens: Vec<Vec<Test>>,
}

#[derive(Debug)]
struct Rule {
    attributes: Attributes,
    /// The token of the match that is set; negative: from the end.
    index: i64,
}

/// The rules, with the patterns found by what their first token asks.
#[derive(Debug, Default)]
pub(crate) struct Ruler {
    rules: Vec<Rule>,
    patterns: Vec<Pattern>,
    by_lower: FxHashMap<Box<str>, Vec<u32>>,
    /// For each column, by the name's number.
    by_name: [Vec<Vec<u32>>; 3],
    for_space: Vec<u32>,
    for_all: Vec<u32>,
    /// The file, from which a compiled pack makes the rules again.
    source: Vec<u8>,
}

/// The columns that rules read and set.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) lower: &'a [&'a str],
    pub(crate) text: &'a [&'a str],
    pub(crate) is_space: &'a [bool],
    pub(crate) tag: &'a mut [Name],
    pub(crate) pos: &'a mut [Name],
    pub(crate) morph: &'a mut [Name],
    pub(crate) dep: &'a mut [Name],
    pub(crate) lemma: &'a mut [Name],
}

impl Target<'_> {
    fn name(&self, column: Column, i: usize) -> Name {
        let column: &[Name] = match column {
            Column::Tag => self.tag,
            Column::Pos => self.pos,
            Column::Dep => self.dep,
        };
        column.get(i).copied().unwrap_or(NO_NAME)
    }
}

impl Test {
    fn holds(&self, target: &Target<'_>, i: usize) -> bool {
        let text = |lower: bool| {
            let column = if lower { target.lower } else { target.text };
            column.get(i).copied().unwrap_or("")
        };
        match self {
            Self::Named { column, names, within } => {
                names.contains(&target.name(*column, i)) == *within
            }
            Self::Text { lower, words, within } => {
                words.iter().any(|w| **w == *text(*lower)) == *within
            }
            Self::Regex { lower, regex } => regex.is_match(text(*lower)).unwrap_or(false),
            Self::Space(wanted) => target.is_space.get(i) == Some(wanted),
        }
    }
}

impl Ruler {
    /// Reads a pack's patterns.
    pub(crate) fn read(file: &Path, bytes: &[u8], names: &mut NamesBuilder) -> Result<Self, Error> {
        let broken = |what: &str| Error::broken(file, what.to_owned());
        let value = Value::read(bytes).map_err(|what| Error::broken(file, what))?;
        let mut ruler = Self::default();
        for rule in value.as_array().ok_or_else(|| broken("the rules are no list"))? {
            let attributes = rule
                .get("attrs")
                .and_then(Value::as_map)
                .ok_or_else(|| broken("a rule that sets nothing"))?;
            let attributes = read_attributes(file, attributes, names)?;
            let index = rule.get("index").and_then(Value::as_i64).unwrap_or(0);
            let number = ruler.rules.len() as u32;
            ruler.rules.push(Rule { attributes, index });
            let patterns = rule.get("patterns").and_then(Value::as_array);
            for pattern in patterns.ok_or_else(|| broken("a rule without patterns"))? {
                let tokens = pattern
                    .as_array()
                    .filter(|t| !t.is_empty())
                    .ok_or_else(|| broken("an empty pattern"))?;
                let tokens =
                    tokens.iter().map(|t| read_token(file, t, names)).collect::<Result<_, _>>()?;
                ruler.patterns.push(Pattern { rule: number, tokens });
            }
        }
        ruler.index();
        ruler.source = bytes.to_vec();
        Ok(ruler)
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        to.column(&self.source);
    }

    pub(crate) fn open(from: &mut Reader, names: &mut NamesBuilder) -> Result<Self, Error> {
        let bytes: kernels::Column<u8> = from.column()?;
        Self::read(Path::new("attribute_ruler/patterns"), &bytes, names)
    }

    /// Files every pattern under the rarest thing that its first token asks.
    fn index(&mut self) {
        for (i, pattern) in self.patterns.iter().enumerate() {
            let i = i as u32;
            let first = pattern.tokens.first().map_or(&[][..], Vec::as_slice);
            let words = first.iter().find_map(|t| match t {
                Test::Text { lower: true, words, within: true } => Some(words),
                _ => None,
            });
            let named = first.iter().find_map(|t| match t {
                Test::Named { column, names, within: true } => Some((*column, names)),
                _ => None,
            });
            if let Some(words) = words {
                for word in words {
                    self.by_lower.entry(word.clone()).or_default().push(i);
                }
            } else if let Some((column, names)) = named {
                for name in names {
                    let Some(of_column) = self.by_name.get_mut(column as usize) else { continue };
                    let at = *name as usize;
                    if of_column.len() <= at {
                        of_column.resize_with(at + 1, Vec::new);
                    }
                    if let Some(filed) = of_column.get_mut(at) {
                        filed.push(i);
                    }
                }
            } else if first.iter().any(|t| matches!(t, Test::Space(true))) {
                self.for_space.push(i);
            } else {
                self.for_all.push(i);
            }
        }
    }

    /// Applies the rules to a document.
    pub(crate) fn apply(&self, target: &mut Target<'_>) {
        let mut matches: Vec<(u32, u32, u32)> = Vec::new();
        for i in 0..target.lower.len() {
            let mut try_all = |list: &[u32]| {
                for pattern in list.iter().filter_map(|p| self.patterns.get(*p as usize)) {
                    if Self::matches(pattern, target, i) {
                        matches.push((pattern.rule, i as u32, (i + pattern.tokens.len()) as u32));
                    }
                }
            };
            try_all(
                target.lower.get(i).and_then(|w| self.by_lower.get(*w)).map_or(&[], Vec::as_slice),
            );
            for column in [Column::Tag, Column::Pos, Column::Dep] {
                let of_column = self.by_name.get(column as usize);
                let filed = of_column.and_then(|c| c.get(target.name(column, i) as usize));
                try_all(filed.map_or(&[], Vec::as_slice));
            }
            if target.is_space.get(i) == Some(&true) {
                try_all(&self.for_space);
            }
            try_all(&self.for_all);
        }
        matches.sort_unstable();
        for (rule, start, end) in matches {
            let Some(rule) = self.rules.get(rule as usize) else { continue };
            let from = if rule.index < 0 { end } else { start };
            let Ok(at) = usize::try_from(i64::from(from) + rule.index) else { continue };
            let set = |column: &mut [Name], value: Option<Name>| {
                if let (Some(to), Some(value)) = (column.get_mut(at), value) {
                    *to = value;
                }
            };
            let new = rule.attributes;
            set(target.tag, new.tag);
            set(target.pos, new.pos);
            set(target.morph, new.morph);
            set(target.dep, new.dep);
            set(target.lemma, new.lemma);
        }
    }

    fn matches(pattern: &Pattern, target: &Target<'_>, start: usize) -> bool {
        start + pattern.tokens.len() <= target.lower.len()
            && pattern
                .tokens
                .iter()
                .enumerate()
                .all(|(k, tests)| tests.iter().all(|t| t.holds(target, start + k)))
    }
}

fn read_attributes(
    file: &Path,
    map: &[(Value<'_>, Value<'_>)],
    names: &mut NamesBuilder,
) -> Result<Attributes, Error> {
    let mut attributes = Attributes::default();
    for (key, value) in map {
        let (key, value) = (key.as_str().unwrap_or(""), value.as_str().unwrap_or(""));
        let name =
            Some(names.add(if key == "MORPH" { crate::morph::normal(value) } else { value }));
        match key {
            "TAG" => attributes.tag = name,
            "POS" => attributes.pos = name,
            "MORPH" => attributes.morph = name,
            "LEMMA" => attributes.lemma = name,
            "DEP" => attributes.dep = name,
            _ => {
                return Err(Error::unsupported(
                    file,
                    format!("a rule sets {key:?}, which is not known here"),
                ));
            }
        }
    }
    Ok(attributes)
}

fn read_token(
    file: &Path,
    token: &Value<'_>,
    names: &mut NamesBuilder,
) -> Result<Vec<Test>, Error> {
    let mut tests = Vec::new();
    for (key, value) in
        token.as_map().ok_or_else(|| Error::broken(file, "a pattern's token is no table"))?
    {
        let key = key.as_str().unwrap_or("");
        let unknown = || {
            Error::unsupported(
                file,
                format!("a rule asks for {key:?} in a way that is not known here"),
            )
        };
        if key == "IS_SPACE" {
            let Value::Bool(wanted) = value else { return Err(unknown()) };
            tests.push(Test::Space(*wanted));
            continue;
        }
        let column = match key {
            "TAG" => Some(Column::Tag),
            "POS" => Some(Column::Pos),
            "DEP" => Some(Column::Dep),
            "LOWER" | "ORTH" | "TEXT" => None,
            _ => return Err(unknown()),
        };
        let lower = key == "LOWER";
        let checks = match value {
            Value::Map(checks) => {
                checks.iter().map(|(how, what)| (how.as_str().unwrap_or(""), what)).collect()
            }
            plain => vec![("==", plain)],
        };
        for (how, what) in checks {
            let words: Option<Vec<&str>> = match what {
                Value::Array(list) => list.iter().map(Value::as_str).collect(),
                plain => plain.as_str().map(|word| vec![word]),
            };
            let words = words.ok_or_else(unknown)?;
            let within = match how {
                "==" | "IN" => true,
                "NOT_IN" | "!=" => false,
                "REGEX" if column.is_none() => {
                    let regex =
                        words.first().and_then(|r| Regex::new(r).ok()).ok_or_else(unknown)?;
                    tests.push(Test::Regex { lower, regex: Box::new(regex) });
                    continue;
                }
                _ => return Err(unknown()),
            };
            tests.push(match column {
                Some(column) => Test::Named {
                    column,
                    names: words.iter().map(|w| names.add(w)).collect(),
                    within,
                },
                None => {
                    Test::Text { lower, words: words.into_iter().map(Box::from).collect(), within }
                }
            });
        }
    }
    Ok(tests)
}
