//! Lemmas by rules, exceptions and tables.

use std::path::Path;

use crate::kernels::Column;
use crate::lexeme::is_letter;
use crate::morph;
use crate::pack::{Error, Reader, Writer, msgpack::Value};
use crate::strings;

mod table;
mod trees;
use table::Table;
pub(crate) use trees::{Backoff, EditTrees};

/// How a pack finds lemmas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Rules, with the checks for base forms of English.
    English,
    /// Rules as spaCy's French class has them.
    French,
    /// Rules, without a language's own class.
    Plain,
    /// A table from form to lemma.
    Lookup,
}

impl Mode {
    const ALL: [Self; 4] = [Self::English, Self::French, Self::Plain, Self::Lookup];
}

/// The tables of one part of speech.
#[derive(Debug, Default)]
struct Paradigm {
    /// The part of speech in lower case.
    pos: Box<str>,
    rules: Vec<(Box<str>, Box<str>)>,
    exceptions: Table,
    /// Known base forms, by the number of the string.
    index: Column<u64>,
}

/// Finds the lemma of a word from its part of speech and morphology.
#[derive(Debug)]
pub(crate) struct Lemmatizer {
    mode: Mode,
    paradigms: Vec<Paradigm>,
    lookup: Table,
}

impl Lemmatizer {
    /// Reads a pack's tables.
    pub(crate) fn read(file: &Path, bytes: &[u8], mode: Mode) -> Result<Self, Error> {
        let value = Value::read(bytes).map_err(|what| Error::broken(file, what))?;
        let lookup = value
            .get("lemma_lookup")
            .map(|t| Table::read(t).ok_or_else(|| Error::broken(file, "a broken lookup table")));
        let mut paradigms = Vec::new();
        for pos in [
            "adj", "adp", "adv", "aux", "cconj", "det", "intj", "noun", "num", "part", "pron",
            "propn", "punct", "sconj", "sym", "verb", "x",
        ] {
            let read = Paradigm::read(&value, pos);
            let paradigm =
                read.ok_or_else(|| Error::broken(file, format!("broken tables for {pos}")))?;
            if !paradigm.is_empty() {
                paradigms.push(paradigm);
            }
        }
        Ok(Self { mode, paradigms, lookup: lookup.transpose()?.unwrap_or_default() })
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        to.value(&(self.mode as usize, self.paradigms.len()));
        self.lookup.save(to);
        for paradigm in &self.paradigms {
            to.value(&(&paradigm.pos, &paradigm.rules));
            paradigm.exceptions.save(to);
            to.column(&paradigm.index);
        }
    }

    pub(crate) fn open(from: &mut Reader) -> Result<Self, Error> {
        let (mode, count): (usize, usize) = from.value()?;
        let mode = Mode::ALL
            .get(mode)
            .copied()
            .ok_or_else(|| from.broken("has an unknown kind of lemmas"))?;
        let lookup = Table::open(from)?;
        let mut paradigms = Vec::new();
        for _ in 0..count {
            let (pos, rules) = from.value()?;
            paradigms.push(Paradigm {
                pos,
                rules,
                exceptions: Table::open(from)?,
                index: from.column()?,
            });
        }
        Ok(Self { mode, paradigms, lookup })
    }

    /// Whether the lists of base forms know a lower-case word or what the rules make of it; `None` without such lists.
    pub(crate) fn knows(&self, word: &str) -> Option<bool> {
        let mut lists = self.paradigms.iter().filter(|p| !p.index.is_empty()).peekable();
        lists.peek()?;
        Some(lists.any(|p| p.knows(word)))
    }

    /// Appends the lemma of a word.
    pub(crate) fn push(&self, word: &str, pos: &str, features: &str, out: &mut String) {
        if self.mode == Mode::Lookup {
            out.push_str(self.lookup.first(word).unwrap_or(word));
            return;
        }
        if matches!(pos, "" | "EOL" | "SPACE")
            || self.mode == Mode::English && is_english_base(pos, features)
        {
            push_lower(word, out);
            return;
        }
        let paradigm = self.paradigms.iter().find(|p| p.pos.eq_ignore_ascii_case(pos));
        match (self.mode, paradigm) {
            (Mode::French, _) => self.push_french(word, pos, paradigm, out),
            (_, None) if pos == "PROPN" => out.push_str(word),
            (_, None) => push_lower(word, out),
            (_, Some(paradigm)) => paradigm.push(word, out),
        }
    }

    fn push_french(&self, word: &str, pos: &str, paradigm: Option<&Paradigm>, out: &mut String) {
        const RULED: &[&str] =
            &["NOUN", "VERB", "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "PRON", "PUNCT", "SCONJ"];
        if !RULED.contains(&pos) {
            out.push_str(self.lookup.first(word).unwrap_or(word));
            return;
        }
        let word = word.to_lowercase();
        let empty = Paradigm::default();
        let paradigm = paradigm.unwrap_or(&empty);
        if paradigm.is_base(&word) {
            out.push_str(&word);
        } else if let Some(form) = paradigm.exceptions.first(&word) {
            out.push_str(form);
        } else if let Some(form) = paradigm.by_rules(&word) {
            out.push_str(&form);
        } else {
            out.push_str(self.lookup.first(&word).unwrap_or(&word));
        }
    }
}

impl Paradigm {
    fn read(tables: &Value<'_>, pos: &str) -> Option<Self> {
        let id = strings::id(pos);
        let table = |name: &str| tables.get(name).and_then(|t| t.get_number(id));
        let mut rules = Vec::new();
        for rule in table("lemma_rules").map_or(Some(&[][..]), Value::as_array)? {
            let [old, new] = rule.as_array()? else { return None };
            rules.push((old.as_str()?.into(), new.as_str()?.into()));
        }
        let mut index = Vec::new();
        for word in table("lemma_index").map_or(Some(&[][..]), Value::as_array)? {
            index.push(strings::id(word.as_str()?));
        }
        index.sort_unstable();
        let exceptions = table("lemma_exc").map_or(Some(Table::default()), Table::read)?;
        Some(Self { pos: pos.into(), rules, exceptions, index: Column::from(&index[..]) })
    }

    fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.index.is_empty() && self.exceptions.is_empty()
    }

    fn knows(&self, word: &str) -> bool {
        self.is_base(word)
            || self.exceptions.first(word).is_some()
            || self.rules.iter().any(|(old, new)| {
                word.strip_suffix(&**old)
                    .is_some_and(|stem| !stem.is_empty() && self.is_base(&format!("{stem}{new}")))
            })
    }

    fn is_base(&self, form: &str) -> bool {
        table::place_of(&self.index, strings::id(form)).is_some()
    }

    /// The general method: rules that give known forms, exceptions before them.
    fn push(&self, word: &str, out: &mut String) {
        let mut lower = String::with_capacity(word.len());
        push_lower(word, &mut lower);
        let mut forms: Vec<String> = Vec::new();
        let mut unknown: Option<String> = None;
        let mut form = String::new();
        for (old, new) in &self.rules {
            let Some(stem) = lower.strip_suffix(&**old) else { continue };
            form.clear();
            form.push_str(stem);
            form.push_str(new);
            if form.is_empty() {
                continue;
            }
            if self.is_base(&form) {
                forms.insert(0, form.clone());
            } else if !form.chars().all(is_letter) {
                forms.push(form.clone());
            } else if unknown.is_none() {
                unknown = Some(form.clone());
            }
        }
        // exceptions are put before the forms one by one, each only if it is not among them: the last new one is first
        let new = |form: &&str| !forms.iter().any(|f| f == form);
        let exception = self.exceptions.all(&lower).filter(new).last();
        let known = exception.or(forms.first().map(String::as_str));
        out.push_str(known.or(unknown.as_deref()).unwrap_or(word));
    }

    /// The first form of the rules that is known or no word; else the first of any.
    fn by_rules(&self, lower: &str) -> Option<String> {
        let mut unknown = None;
        for (old, new) in &self.rules {
            let Some(stem) = lower.strip_suffix(&**old) else { continue };
            let form = format!("{stem}{new}");
            if form.is_empty() {
                continue;
            }
            if self.is_base(&form) || !form.chars().all(is_letter) {
                return Some(form);
            }
            unknown.get_or_insert(form);
        }
        unknown
    }
}

pub(crate) fn push_lower(word: &str, out: &mut String) {
    if word.is_ascii() {
        let start = out.len();
        out.push_str(word);
        if let Some(new) = out.get_mut(start..) {
            new.make_ascii_lowercase();
        }
    } else {
        out.push_str(&word.to_lowercase());
    }
}

/// Whether morphology says that an English word is its own lemma.
fn is_english_base(pos: &str, features: &str) -> bool {
    let [number, form, tense, degree] =
        morph::values(features, ["Number", "VerbForm", "Tense", "Degree"]);
    pos == "NOUN" && number == Some("Sing")
        || pos == "VERB" && form == Some("Fin") && tense == Some("Pres") && number.is_none()
        || form == Some("Inf")
        || form == Some("None")
        || degree == Some("Pos")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paradigm() -> Paradigm {
        let mut index = [strings::id("city"), strings::id("bus")];
        index.sort_unstable();
        let rule = |old: &str, new: &str| (old.into(), new.into());
        Paradigm {
            pos: "noun".into(),
            rules: vec![rule("s", ""), rule("ies", "y"), rule("ses", "s")],
            exceptions: Table::from_pairs([("mice", vec!["mouse"])]),
            index: Column::from(&index[..]),
        }
    }

    #[test]
    fn rules_prefer_known_forms() {
        let check = |word: &str, expected: &str| {
            let mut out = String::new();
            paradigm().push(word, &mut out);
            assert_eq!(out, expected);
        };
        check("Cities", "city");
        check("buses", "bus");
        check("mice", "mouse");
        check("drones", "drone");
        check("sheep", "sheep");
    }
}
