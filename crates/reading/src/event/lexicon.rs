//! The patterns that tell of events, from `data/LANG/events.txt`, and how they are found in a text.

use std::sync::LazyLock;

use language::Lang;
use rustc_hash::FxHashMap;

use crate::words::{Kind, Words};

/// PLOVER's type, or what happened where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// One of PLOVER's sixteen types.
    Plover(&'static str),
    /// accident, disaster, disease, crime, other.
    Other(&'static str),
    /// An explosion of a kind that its own words do not tell.
    Blast,
    /// Words that a shorter pattern would take for an event: "slammed into".
    Nothing,
}

/// What a pattern says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sense {
    pub(super) what: What,
    pub(super) mode: Option<&'static str>,
    pub(super) cameo: Option<&'static str>,
    /// What follows is its content: said, demanded, promised; no event of its own.
    pub(super) say: bool,
    /// A name of the event, not its telling.
    pub(super) noun: bool,
    /// It did not succeed.
    pub(super) failed: bool,
    /// The word alone says only that people died: an event needs more.
    pub(super) weak: bool,
}

/// A part of a pattern: any of the words, after a gap of at most so many.
#[derive(Debug)]
struct Item {
    gap: usize,
    words: Vec<String>,
}

#[derive(Debug)]
struct Pattern {
    rest: Vec<Item>,
    sense: Sense,
}

#[derive(Debug, Default)]
pub(super) struct Lexicon {
    firsts: FxHashMap<String, Vec<u32>>,
    patterns: Vec<Pattern>,
}

/// A pattern found in the text, as words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sense: Sense,
}

/// The regular forms of an English verb, with its last letter doubled where that is usual.
fn inflect(verb: &str, out: &mut Vec<String>) {
    out.push(verb.to_owned());
    let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|e| verb.ends_with(e));
    if let Some(stem) = verb.strip_suffix('e') {
        out.extend([format!("{verb}s"), format!("{verb}d"), format!("{stem}ing")]);
    } else if let Some(stem) = verb.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o', 'u']))
    {
        out.extend([format!("{stem}ies"), format!("{stem}ied"), format!("{verb}ing")]);
    } else {
        out.push(if sibilant { format!("{verb}es") } else { format!("{verb}s") });
        out.extend([format!("{verb}ed"), format!("{verb}ing")]);
        if let Some(last) = verb
            .chars()
            .last()
            .filter(|c| matches!(c, 'b' | 'd' | 'g' | 'l' | 'm' | 'n' | 'p' | 'r' | 't'))
        {
            out.extend([format!("{verb}{last}ed"), format!("{verb}{last}ing")]);
        }
    }
}

fn lexicon(source: &'static str) -> Lexicon {
    let mut out = Lexicon::default();
    for line in source.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let Some((pattern, sense)) = line.split_once(" = ") else { continue };
        let mut fields = sense.split(' ');
        let (Some(what), Some(mode), Some(cameo)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let flags: Vec<&str> = fields.collect();
        let given = |field: &'static str| (field != "-").then_some(field);
        let what = match what {
            "BLAST" => What::Blast,
            "nothing" => What::Nothing,
            plover if plover.chars().all(|c| c.is_ascii_uppercase()) => What::Plover(plover),
            other => What::Other(other),
        };
        let sense = Sense {
            what,
            mode: given(mode),
            cameo: given(cameo),
            say: flags.contains(&"say"),
            noun: flags.contains(&"noun"),
            failed: flags.contains(&"failed"),
            weak: flags.contains(&"weak"),
        };
        let mut items: Vec<Item> = Vec::new();
        let mut gap = 0;
        for part in pattern.split(' ') {
            if let Some(n) = part.strip_prefix('+').and_then(|n| n.parse().ok()) {
                gap = n;
                continue;
            }
            let mut words = Vec::new();
            for word in part.split('|') {
                match word.strip_prefix('~') {
                    Some(verb) => inflect(verb, &mut words),
                    None => words.push(word.to_owned()),
                }
            }
            items.push(Item { gap, words });
            gap = 0;
        }
        let index = out.patterns.len() as u32;
        let mut items = items.into_iter();
        let Some(first) = items.next() else { continue };
        for word in first.words {
            out.firsts.entry(word).or_default().push(index);
        }
        out.patterns.push(Pattern { rest: items.collect(), sense });
    }
    out
}

static EN: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/en/events.txt")));
static DE: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/de/events.txt")));
static FR: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/fr/events.txt")));
static RU: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/ru/events.txt")));
static ES: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("../../data/es/events.txt")));
static NONE: LazyLock<Lexicon> = LazyLock::new(Lexicon::default);

impl Lexicon {
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::EN => &EN,
            Lang::DE => &DE,
            Lang::FR => &FR,
            Lang::RU => &RU,
            Lang::ES => &ES,
            _ => &NONE,
        }
    }

    /// The longest pattern that begins at the word `i`.
    fn at(&self, words: &Words<'_>, i: usize, limit: usize) -> Option<Hit> {
        let word = words.lower(i);
        let found = self.firsts.get(word).or_else(|| {
            // Russian and German inflect: a stem with a star stands for its forms
            if !matches!(words.lang, Lang::RU | Lang::DE) {
                return None;
            }
            let mut stem = word;
            for step in 0..6 {
                if step > 0 {
                    let (at, _) = stem.char_indices().next_back()?;
                    stem = stem.get(..at)?;
                }
                let mut key = String::with_capacity(stem.len() + 1);
                key.push_str(stem);
                key.push('*');
                if let Some(found) = self.firsts.get(&key) {
                    return Some(found);
                }
            }
            None
        })?;
        let mut best: Option<(usize, Hit)> = None;
        for index in found {
            let Some(pattern) = self.patterns.get(*index as usize) else { continue };
            if let Some(end) = matched(words, &pattern.rest, i + 1, limit)
                && best.as_ref().is_none_or(|(parts, _)| pattern.rest.len() >= *parts)
            {
                // more parts say more; of equals the later line of the file
                best = Some((pattern.rest.len(), Hit { start: i, end, sense: pattern.sense }));
            }
        }
        best.map(|b| b.1)
    }

    /// All patterns of a stretch, in order; a pattern inside another is its part.
    pub(super) fn find(&self, words: &Words<'_>, start: usize, end: usize) -> Vec<Hit> {
        let mut out: Vec<Hit> = Vec::new();
        for i in start..end {
            if words.kind(i) != Some(Kind::Letters) {
                continue;
            }
            if let Some(hit) = self.at(words, i, end) {
                let inside = out.iter().any(|o| {
                    o.start <= hit.start
                        && hit.end <= o.end
                        && (o.sense.what == hit.sense.what
                            || hit.sense.noun
                            || o.sense.say
                            || hit.start + 1 == hit.end && o.end == hit.end)
                });
                if !inside {
                    out.push(hit);
                }
            }
        }
        out.retain(|hit| hit.sense.what != What::Nothing);
        out
    }
}

fn matched(words: &Words<'_>, rest: &[Item], from: usize, limit: usize) -> Option<usize> {
    let Some((item, rest)) = rest.split_first() else { return Some(from) };
    for skip in 0..=item.gap {
        let at = from + skip;
        if at >= limit {
            return None;
        }
        let word = words.lower(at);
        if item.words.iter().any(|w| fits(w, word))
            && let Some(end) = matched(words, rest, at + 1, limit)
        {
            return Some(end);
        }
        // a gap does not cross into another sentence or quotation
        if matches!(word, ";" | ":" | "." | "\"" | "“" | "”") && words.kind(at) == Some(Kind::Mark)
        {
            return None;
        }
    }
    None
}

fn fits(wanted: &str, word: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(stem) => word.starts_with(stem) && word.len() <= stem.len() + 8,
        None => wanted == word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let words = Words::of_text(text, Lang::EN);
        let got = Lexicon::of(Lang::EN).find(&words, 0, words.len());
        let got: Vec<(&str, &str)> = got
            .iter()
            .map(|h| {
                let what = match h.sense.what {
                    What::Plover(t) | What::Other(t) => t,
                    What::Blast => "BLAST",
                    What::Nothing => "nothing",
                };
                (what, words.span(h.start, h.end).of(text))
            })
            .collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn the_longest_pattern_wins() {
        check("An explosion hit the centre.", &[("BLAST", "An explosion hit")]);
        check("They held two days of talks.", &[("CONSULT", "held two days of talks")]);
        check("The device was defused.", &[("ASSAULT", "device was defused")]);
        check("Police used tear gas.", &[("ASSAULT", "tear gas")]);
        check("Nothing of note.", &[]);
    }
}
