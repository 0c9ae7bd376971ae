//! How many people were killed, injured, missing, kidnapped, arrested or displaced, as the outlet states it.
//!
//! The bound is the outlet's word, never ours: "at least 14" is not "14". What may happen, what was planned and what is
//! denied is no figure.
//!
//! # Known misses
//!
//! Numbers that have to be computed ("all but two of the 19"); people without a noun or a number (names in a list).

mod among;
mod group;
mod lexicon;
mod named;

use std::sync::LazyLock;

use article::{BlockKind, Span};
use group::{Group, Quantity};
use language::Lang;
use lexicon::{Class, Lexicon};
use rustc_hash::FxHashSet;

use crate::{
    Casualty, CasualtyKind, Qualifier, TimeExpression,
    words::{Kind, Sentence, Words},
};

/// A figure and the words that say it.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) casualty: Casualty,
    /// Place in [`Words::sentences`].
    pub(crate) sentence: usize,
    /// First word of the word that says what befell them.
    pub(crate) trigger: usize,
    pub(crate) trigger_end: usize,
    /// Words of the counted people.
    pub(crate) group: (usize, usize),
    /// The people stand behind the trigger: somebody or something did it to them.
    pub(crate) active: bool,
    /// "rose from 11 to 14": the number that this one replaces.
    pub(crate) replaces: Option<u64>,
    /// The last word of the name, where one named person is meant.
    name: Option<usize>,
}

/// Finds the figures of a text in order. Figures told twice are given twice, but a person named twice once.
///
/// `places` are the spans of places, in order: their names are nobody's.
pub(crate) fn read(words: &Words<'_>, times: &[TimeExpression], places: &[Span]) -> Vec<Figure> {
    let lexicon = Lexicon::of(words.lang);
    let surnames = named::surnames(words);
    let mut out = Vec::new();
    for (index, sentence) in words.sentences.iter().enumerate() {
        if sentence.block != BlockKind::Promotion {
            let mut reader = Reader::new(words, lexicon, times, index, *sentence);
            (reader.places, reader.surnames) = (places, &surnames);
            reader.read(&mut out);
        }
    }
    let mut seen: FxHashSet<(CasualtyKind, &str)> = FxHashSet::default();
    out.retain(|f| {
        let Some(last) = f.name else { return true };
        let again = seen.contains(&(f.casualty.kind, words.lower(last)));
        let name = (f.group.0..=last)
            .filter(|k| words.capital(*k))
            .map(|k| (f.casualty.kind, words.lower(k)));
        seen.extend(name);
        !again
    });
    out
}

/// Whether a noun counts people (`Some(true)`), never does (`Some(false)`), or cannot be told.
pub(crate) fn counts_people(lang: Lang, noun: &str) -> Option<bool> {
    Lexicon::of(lang).counts_people(noun)
}

/// Whether a word that says what befell people begins here.
pub(crate) fn is_trigger(words: &Words<'_>, i: usize) -> bool {
    Lexicon::of(words.lang).is_trigger(words, i)
}

#[derive(Clone, Copy, Debug)]
struct Trigger {
    start: usize,
    end: usize,
    class: Class,
    /// `None`: casualties, killed and injured alike.
    kind: Option<CasualtyKind>,
}

struct Reader<'w, 'a> {
    words: &'w Words<'a>,
    lexicon: &'static Lexicon,
    index: usize,
    sentence: Sentence,
    groups: Vec<Group>,
    triggers: Vec<Trigger>,
    found: Vec<Figure>,
    /// Spans of places, in order.
    places: &'w [Span],
    surnames: &'w FxHashSet<&'w str>,
}

/// English nouns that mean several people and do not say so by their ending.
fn is_plural_without_s(noun: &str) -> bool {
    matches!(
        noun,
        "people"
            | "men"
            | "women"
            | "children"
            | "police"
            | "personnel"
            | "crew"
            | "forces"
            | "staff"
            | "general"
    )
}

/// "Sie kam um zwei Uhr", "kamen um die Ecke": nobody perished.
fn is_hour(words: &Words<'_>, start: usize, end: usize) -> bool {
    words.lang == Lang::DE
        && matches!(words.lower(start), "kam" | "kamen")
        && words.lower(start + 1) == "um"
        && (crate::number::at(words, end).is_some()
            || matches!(
                words.lower(end),
                "halb" | "viertel" | "kurz" | "die" | "den" | "das" | "mitternacht"
            ))
}

static NOBODY: LazyLock<FxHashSet<&'static str>> = LazyLock::new(FxHashSet::default);

impl<'w, 'a> Reader<'w, 'a> {
    fn new(
        words: &'w Words<'a>,
        lexicon: &'static Lexicon,
        times: &[TimeExpression],
        index: usize,
        sentence: Sentence,
    ) -> Self {
        let mut triggers = Vec::new();
        let mut i = sentence.start;
        while i < sentence.end {
            let mut here = lexicon.triggers(words, i);
            here.retain(|(end, _)| !is_hour(words, i, *end));
            let next = here.first().map_or(i + 1, |t| t.0);
            if next <= sentence.end {
                triggers.extend(here.iter().map(|(end, (class, kind))| Trigger {
                    start: i,
                    end: *end,
                    class: *class,
                    kind: *kind,
                }));
            }
            i = next;
        }
        let groups = if triggers.is_empty() {
            Vec::new()
        } else {
            group::find(words, lexicon, times, sentence.start, sentence.end)
        };
        let (found, places, surnames) = (Vec::new(), &[][..], &*NOBODY);
        Self { words, lexicon, index, sentence, groups, triggers, found, places, surnames }
    }

    fn read(mut self, out: &mut Vec<Figure>) {
        for at in 0..self.triggers.len() {
            let Some(trigger) = self.triggers.get(at).copied() else { continue };
            self.trigger(trigger, at);
        }
        self.parts();
        self.among();
        self.take_included();
        self.lives();
        self.captives();
        self.led_away();
        self.found.sort_by_key(|f| (f.casualty.span.start, f.casualty.span.end, f.casualty.kind));
        out.append(&mut self.found);
    }

    fn lower(&self, i: usize) -> &str {
        if i < self.sentence.end { self.words.lower(i) } else { "" }
    }

    fn before(&self, i: usize) -> &str {
        if i > self.sentence.start { self.words.lower(i - 1) } else { "" }
    }

    fn group_starting(&self, at: usize) -> Option<usize> {
        self.groups.iter().position(|g| g.start == at)
    }

    fn trigger(&mut self, t: Trigger, at: usize) {
        if t.class.toll && self.toll(t) {
            return;
        }
        if self.unreal(t) || self.is_found(t) {
            return;
        }
        if t.class.noun && self.counted(t) {
            return;
        }
        if t.class.of && self.of(t) {
            return;
        }
        if t.class.act {
            let groups = self.behind(t.end, 0);
            if self.push_behind(t, &groups) || self.named_behind(t) {
                return;
            }
        }
        let english = self.words.lang == Lang::EN;
        if t.class.part {
            let (aux, passive) = self.aux(t.start);
            let perfect = english && matches!(self.before(aux), "has" | "have" | "had" | "having")
                || matches!(self.before(t.start), "has" | "have" | "had");
            if !passive || perfect && self.before(t.start) != "been" {
                let groups = self.behind(t.end, 0);
                if !groups.is_empty() && self.push_behind(t, &groups) {
                    return;
                }
                if english && !passive && (self.push_behind(t, &[]) || self.named_behind(t)) {
                    return;
                }
            }
            let groups = self.ahead(t.start, at, 0);
            if !groups.is_empty() {
                self.push_ahead(t, &groups);
                return;
            }
            if passive && (self.take_ahead(t, aux) || self.named_ahead(t, aux)) {
                return;
            }
        }
        if t.class.die || t.class.state {
            let either = !english;
            if either && t.class.die {
                let groups = self.behind(t.end, 0);
                if !groups.is_empty() {
                    self.push_all(t, &groups, false);
                    return;
                }
            }
            // "left 14 people dead": the people stand between
            let groups = self.ahead(t.start, at, 0);
            if !groups.is_empty() {
                self.push_ahead(t, &groups);
                return;
            }
            if english && t.class.die && t.kind == Some(CasualtyKind::Killed) {
                let (aux, _) = self.aux(t.start);
                let _found = self.take_ahead(t, aux) || self.named_ahead(t, aux);
            }
        }
        if !english && (t.class.part || t.class.die) {
            let groups = self.behind(t.end, 6);
            self.push_all(t, &groups, false);
        }
    }

    /// Whether what the trigger says did not happen: modal, plan, threat, denial, condition.
    fn unreal(&self, t: Trigger) -> bool {
        let words = self.words;
        let mut k = t.start;
        let mut steps = 0;
        while k > self.sentence.start && steps < 9 {
            k -= 1;
            steps += 1;
            let word = words.lower(k);
            if matches!(word, "," | ";" | ":" | "(" | ")" | "\"" | "“")
                && words.kind(k) == Some(Kind::Mark)
            {
                if word == "," {
                    break;
                }
                continue;
            }
            let near = steps <= 4;
            let hit = match words.lang {
                Lang::EN => {
                    matches!(
                        word,
                        "could"
                            | "would"
                            | "might"
                            | "may"
                            | "should"
                            | "if"
                            | "unless"
                            | "whether"
                            | "threatened"
                            | "threatening"
                            | "planned"
                            | "plan"
                            | "plans"
                            | "plotting"
                            | "failed"
                            | "denied"
                            | "denies"
                            | "accused"
                            | "attempted"
                            | "tried"
                            | "trying"
                            | "vowed"
                            | "warrants"
                            | "warrant"
                            | "risk"
                            | "avoid"
                            | "prevent"
                            | "fear"
                            | "fears"
                    ) && !(word == "may" && steps > 5)
                        && !(matches!(word, "accused") && (t.class.part || t.class.of))
                        || near
                            && matches!(
                                word,
                                "not" | "n't" | "'t" | "never" | "without" | "can" | "will"
                            )
                            && !matches!(words.lower(k + 1), "one" | "only" | "a")
                        || (steps == 1
                            && word == "to"
                            && t.class.act
                            && !matches!(self.before(k), "continued" | "managed"))
                }
                Lang::DE => {
                    matches!(
                        word,
                        "könnten"
                            | "könnte"
                            | "würden"
                            | "würde"
                            | "wollte"
                            | "wollten"
                            | "drohte"
                            | "drohten"
                            | "falls"
                            | "wenn"
                            | "hätte"
                            | "hätten"
                            | "sollte"
                            | "sollten"
                    ) || near && matches!(word, "nicht" | "ohne")
                }
                Lang::FR => {
                    matches!(
                        word,
                        "pourrait" | "pourraient" | "si" | "menace" | "menacé" | "risque"
                    ) || near
                        && matches!(word, "ne" | "n'" | "pas" | "sans")
                        && !matches!(self.lower(k + 1), "moins")
                }
                Lang::RU => {
                    matches!(
                        word,
                        "мог"
                            | "могли"
                            | "могут"
                            | "может"
                            | "бы"
                            | "если"
                            | "угрожал"
                            | "угрожали"
                    ) || near
                        && matches!(word, "не" | "без")
                        && !matches!(words.lower(k + 1), "менее" | "более")
                }
                Lang::ES => {
                    matches!(word, "podría" | "podrían" | "si" | "amenazó" | "amenaza")
                        || near
                            && matches!(word, "no" | "sin")
                            && !matches!(words.lower(k + 1), "menos")
                }
                _ => false,
            };
            if hit {
                // "no one was hurt" states a zero, "could not be found" is still missing
                return true;
            }
            if self.lexicon.is_trigger(words, k) && steps > 2 {
                break;
            }
        }
        // a sentence that is one condition: "If the dam were to fail, ..."
        matches!(words.lower(self.sentence.start), "if" | "falls" | "wenn" | "si" | "если")
            && !words.shouting
            || matches!((self.lower(t.end), words.lang), ("off", Lang::EN))
    }

    /// Walks back over auxiliaries and adverbs: where they begin, and whether they make a passive.
    fn aux(&self, start: usize) -> (usize, bool) {
        let mut k = start;
        let mut passive = false;
        while k > self.sentence.start {
            let word = self.words.lower(k - 1);
            let (aux, be) = match self.words.lang {
                Lang::EN => (
                    matches!(
                        word,
                        "was"
                            | "were"
                            | "is"
                            | "are"
                            | "been"
                            | "being"
                            | "be"
                            | "have"
                            | "has"
                            | "had"
                            | "also"
                            | "reportedly"
                            | "confirmed"
                            | "feared"
                            | "believed"
                            | "still"
                            | "later"
                            | "then"
                            | "now"
                            | "both"
                            | "all"
                            | "officially"
                            | "presumed"
                            | "critically"
                            | "seriously"
                            | "slightly"
                            | "fatally"
                            | "recently"
                            | "instantly"
                            | "allegedly"
                            | "got"
                            | "get"
                            | "subsequently"
                            | "only"
                            | "badly"
                            | "severely"
                            | "lightly"
                            | "gravely"
                            | "themselves"
                            | "reported"
                            | "listed"
                            | "found"
                            | "left"
                            | "to"
                            | "as"
                            | "already"
                            | "mistakenly"
                            | "nearby"
                            | "who"
                            | "remain"
                            | "remained"
                            | "declared"
                            | "pronounced"
                            | "least"
                            | "either"
                            | "slumped"
                            | "brutally"
                    ),
                    matches!(
                        word,
                        "was" | "were" | "is" | "are" | "been" | "being" | "be" | "got" | "get"
                    ),
                ),
                Lang::DE => (
                    matches!(
                        word,
                        "wurden"
                            | "wurde"
                            | "worden"
                            | "sind"
                            | "ist"
                            | "waren"
                            | "war"
                            | "werden"
                            | "kamen"
                            | "kam"
                            | "dabei"
                            | "zudem"
                            | "schwer"
                            | "leicht"
                            | "lebensgefährlich"
                            | "teils"
                            | "teilweise"
                            | "seien"
                            | "sei"
                            | "sein"
                            | "auch"
                            | "haben"
                            | "hat"
                            | "bereits"
                            | "noch"
                            | "gelten"
                            | "als"
                            | "hatten"
                    ),
                    matches!(
                        word,
                        "wurden"
                            | "wurde"
                            | "worden"
                            | "sind"
                            | "ist"
                            | "waren"
                            | "war"
                            | "werden"
                            | "seien"
                            | "sei"
                    ),
                ),
                Lang::FR => (
                    matches!(
                        word,
                        "ont"
                            | "a"
                            | "été"
                            | "sont"
                            | "est"
                            | "étaient"
                            | "était"
                            | "avaient"
                            | "avait"
                            | "grièvement"
                            | "légèrement"
                            | "également"
                            | "gravement"
                            | "aussi"
                            | "être"
                            | "ayant"
                            | "toujours"
                            | "encore"
                            | "portés"
                    ),
                    matches!(word, "été" | "sont" | "est" | "étaient" | "était"),
                ),
                Lang::RU => (
                    matches!(
                        word,
                        "были"
                            | "был"
                            | "была"
                            | "было"
                            | "также"
                            | "тяжело"
                            | "еще"
                            | "уже"
                            | "легко"
                            | "серьезно"
                            | "числятся"
                            | "оказались"
                            | "считаются"
                    ),
                    true,
                ),
                Lang::ES => (
                    matches!(
                        word,
                        "fueron"
                            | "fue"
                            | "han"
                            | "ha"
                            | "sido"
                            | "resultaron"
                            | "resultó"
                            | "están"
                            | "son"
                            | "gravemente"
                            | "también"
                            | "levemente"
                            | "había"
                            | "habían"
                            | "siguen"
                            | "permanecen"
                    ),
                    matches!(
                        word,
                        "fueron" | "fue" | "sido" | "resultaron" | "resultó" | "están" | "son"
                    ),
                ),
                _ => (false, false),
            };
            if !aux {
                break;
            }
            passive |= be;
            k -= 1;
        }
        (k, passive)
    }

    /// The people before a trigger: "14 people were", "A policeman and two civilians were".
    fn ahead(&self, start: usize, at: usize, depth: usize) -> Vec<usize> {
        if depth > 4 {
            return Vec::new();
        }
        let (mut end, _) = self.aux(start);
        // "abducted and shot dead": the same people as the trigger before
        let joint = end.saturating_sub(1);
        if matches!(
            self.before(end),
            "and" | "or" | "und" | "oder" | "et" | "ou" | "и" | "или" | "y" | "o" | ","
        ) && let Some(place) = self
            .triggers
            .iter()
            .take(at)
            .rposition(|t| t.end == joint && (t.class.part || t.class.state || t.class.die))
            && let Some(t) = self.triggers.get(place)
        {
            let behind = self.behind(t.end, 0);
            if behind.is_empty() {
                return self.ahead(t.start, place, depth + 1);
            }
        }
        if matches!(self.before(end), "that" | "which") && end > self.sentence.start {
            end -= 1;
        }
        let candidates =
            self.groups.iter().enumerate().rev().filter(|(_, g)| {
                g.end <= end && (!g.part || g.end == end) && g.people != Some(false)
            });
        for (place, group) in candidates {
            let gap = group.end..end;
            // "bei der Kollision zweier Züge": a genitive is nobody's subject; "no train …" denies no dead
            let genitive = matches!(self.words.lower(group.start), "zweier" | "dreier");
            let no_things =
                group.quantity.qualifier == Qualifier::None && group.people != Some(true);
            if genitive || no_things && !gap.is_empty() {
                continue;
            }
            if gap.is_empty()
                || (!group.bare && self.may_skip(gap.clone(), at))
                || (group.bare && gap.len() == 1 && self.words.lower(group.end) == "people")
            {
                if group.article && group.people.is_none() && !gap.is_empty() {
                    continue;
                }
                return self.with_joined_before(place, at);
            }
            if group.people == Some(true) {
                break;
            }
        }
        Vec::new()
    }

    /// Whether what stands between people and their verb only describes them.
    fn may_skip(&self, gap: std::ops::Range<usize>, at: usize) -> bool {
        let words = self.words;
        if gap.len() > 22 {
            return false;
        }
        let first = words.lower(gap.start);
        let inside_trigger = self.triggers.iter().enumerate().any(|(k, t)| {
            k != at
                && t.start >= gap.start
                && t.end <= gap.end
                && (t.class.part || t.class.act || t.class.die || t.class.state)
                && !t.class.noun
        });
        if first == "," {
            // an apposition between two commas
            let closed = words.lower(gap.end - 1) == ",";
            return closed && gap.len() > 1 && !inside_trigger;
        }
        if matches!(first, "(") {
            return words.lower(gap.end - 1) == ")";
        }
        let describing = match words.lang {
            Lang::EN => matches!(
                first,
                "in" | "from"
                    | "of"
                    | "at"
                    | "near"
                    | "on"
                    | "with"
                    | "who"
                    | "that"
                    | "accused"
                    | "including"
                    | "aboard"
                    | "inside"
                    | "outside"
                    | "suspected"
                    | "aged"
                    | "whose"
                    | "they"
                    | "had"
                    | "later"
                    | "alone"
                    | "more"
                    | "among"
                    | "travelling"
                    | "traveling"
                    | "blamed"
                    | "was"
                    | "were"
                    | "following"
                    | "after"
                    | "during"
                    | "overnight"
                    | "across"
                    | "wednesday"
                    | "thursday"
                    | "friday"
                    | "saturday"
                    | "sunday"
                    | "monday"
                    | "tuesday"
            ),
            Lang::DE => matches!(
                first,
                "in" | "im"
                    | "bei"
                    | "beim"
                    | "aus"
                    | "am"
                    | "an"
                    | "von"
                    | "durch"
                    | "nach"
                    | "auf"
                    | "kamen"
                    | "kam"
                    | "wurden"
                    | "wurde"
                    | "sind"
                    | "ist"
                    | "war"
                    | "waren"
                    | "haben"
                    | "mit"
                    | "darunter"
                    | "der"
                    | "des"
                    | "ihr"
                    | "hätten"
                    | "verloren"
                    | "erlitten"
            ),
            Lang::FR => matches!(
                first,
                "dans"
                    | "à"
                    | "en"
                    | "de"
                    | "du"
                    | "des"
                    | "d'"
                    | "lors"
                    | "ont"
                    | "sur"
                    | "par"
                    | "dont"
                    | "qui"
            ),
            Lang::RU => matches!(
                first,
                "в" | "во"
                    | "на"
                    | "из"
                    | "при"
                    | "с"
                    | "были"
                    | "среди"
                    | "от"
                    | "включая"
                    | "после"
            ),
            Lang::ES => matches!(
                first,
                "en" | "de" | "del" | "por" | "a" | "con" | "que" | "fueron" | "tras" | "han"
            ),
            _ => false,
        };
        let clean = gap.clone().all(|k| {
            !matches!(words.raw(k), ";" | ":" | "." | "”" | "—" | "–")
                && (words.lang == Lang::DE || words.raw(k) != ",")
        });
        describing && clean && !inside_trigger
    }

    /// A group and those that are joined to it before it.
    fn with_joined_before(&self, place: usize, at: usize) -> Vec<usize> {
        let mut out = vec![place];
        let mut first = place;
        while let Some(before) = first.checked_sub(1) {
            let (Some(a), Some(b)) = (self.groups.get(before), self.groups.get(first)) else {
                break;
            };
            let between = a.end..b.start;
            let joined = between.len() == 1 && is_and(self.words.lower(between.start))
                || between.len() == 2
                    && self.words.lower(between.start) == ","
                    && is_and(self.words.lower(between.start + 1))
                || (between.len() == 1 && self.words.lower(between.start) == "," && out.len() > 1);
            let taken = self.triggers.iter().take(at).any(|t| t.start >= a.end && t.end <= b.start);
            if !joined
                || taken
                || a.people == Some(false)
                || a.bare
                || (a.article && a.people.is_none())
                || b.bare
            {
                break;
            }
            // "killed 8 people and 20 were injured": the first is the other verb's
            if self
                .triggers
                .iter()
                .take(at)
                .any(|t| t.end == a.start && (t.class.act || t.class.part))
            {
                break;
            }
            out.push(before);
            first = before;
        }
        // "X and nine others were arrested": a named person before the group
        out
    }

    /// The people behind a trigger: "killing at least 14 people and a dog handler".
    fn behind(&self, end: usize, reach: usize) -> Vec<usize> {
        let words = self.words;
        let mut k = end;
        if is_and(self.lower(k))
            || matches!(self.lower(k), "or" | "oder" | "ou" | "или" | "o" | "/")
        {
            // "killed and wounded scores": the people of the next trigger
            let joined = |t: &&Trigger| t.start == k + 1 && (t.class.part || t.class.act);
            if let Some(next) = self.triggers.iter().find(joined) {
                return self.behind(next.end, 0);
            }
            // "arrested and beat six"
            if self.words.lang == Lang::EN
                && self.group_starting(k + 1).is_none()
                && words.kind(k + 1) == Some(Kind::Letters)
                && let Some(place) = self.group_starting(k + 2)
                && self.groups.get(place).is_some_and(|g| g.people == Some(true))
                && !self.lexicon.is_trigger(words, k + 1)
            {
                return self.with_joined_behind(place);
            }
            return Vec::new();
        }
        while matches!(
            self.lower(k),
            "seriously"
                | "slightly"
                | "critically"
                | "also"
                | "reportedly"
                | "instantly"
                | "dabei"
                | "schwer"
                | "leicht"
                | "grièvement"
                | "también"
                | "тяжело"
                | "также"
                | "сразу"
        ) {
            k += 1;
        }
        let mut place = self.group_starting(k);
        let mut step = 0;
        while place.is_none() && step < reach {
            step += 1;
            if matches!(words.raw(k + step - 1), "," | "." | ";" | ":")
                || is_and(words.lower(k + step - 1))
            {
                return Vec::new();
            }
            // "starben bei einem Angriff 17 Menschen": an article without a person is no count
            place = self.group_starting(k + step).filter(|p| {
                self.groups.get(*p).is_some_and(|g| !g.article || g.people == Some(true))
            });
        }
        let Some(place) = place else { return Vec::new() };
        let Some(group) = self.groups.get(place) else { return Vec::new() };
        if group.people == Some(false)
            || group.article
                && group.people != Some(true)
                && !(words.lang == Lang::EN
                    && group.quantity.best == Some(1)
                    && group.end > group.number_end
                    && words.capital(group.end - 1))
            || (group.part && matches!(self.before(group.start), "including"))
        {
            return Vec::new();
        }
        if group.bare && step > 0 {
            return Vec::new();
        }
        // "14 people killed 20 ... wounded": the group before a participle of its own is that one's
        if let Some(next) = self.triggers.iter().find(|t| t.start == group.end && t.start > end)
            && (next.class.part || next.class.state)
            && self.aux(next.start).0 == group.end
            && reach > 0
        {
            return Vec::new();
        }
        self.with_joined_behind(place)
    }

    fn with_joined_behind(&self, place: usize) -> Vec<usize> {
        let words = self.words;
        let mut out = vec![place];
        let mut last = place;
        while let (Some(a), Some(b)) = (self.groups.get(last), self.groups.get(last + 1)) {
            let between = a.end..b.start;
            let joined = match between.len() {
                1 => is_and(words.lower(between.start)) || words.lower(between.start) == ",",
                2 => words.lower(between.start) == "," && is_and(words.lower(between.start + 1)),
                _ => false,
            };
            // "and 20 were injured", "and 20 injured": the next verb's people
            let (mut k, mut own) = (b.end, false);
            while k < self.sentence.end && k < b.end + 4 {
                if self.triggers.iter().any(|t| t.start == k && (!t.class.toll || t.class.noun))
                    || matches!(
                        words.lower(k),
                        "were" | "was" | "have" | "has" | "wurden" | "ont" | "fueron" | "были"
                    )
                {
                    own = true;
                    break;
                }
                if !matches!(
                    words.lower(k),
                    "more"
                        | "others"
                        | "seriously"
                        | "slightly"
                        | "also"
                        | "critically"
                        | "wurden"
                        | "schwer"
                ) {
                    break;
                }
                k += 1;
            }
            if !joined || own || b.people != Some(true) || b.part {
                break;
            }
            out.push(last + 1);
            last += 1;
        }
        out
    }

    /// The people behind an act, counted ones first, then who else stands in their list; whether there were any.
    fn push_behind(&mut self, t: Trigger, groups: &[usize]) -> bool {
        self.push_all(t, groups, true);
        let first = groups.first().and_then(|g| self.groups.get(*g)).map(|g| g.start);
        let listed = self.words.lang == Lang::EN && self.take_behind(t, first.unwrap_or(t.end));
        !groups.is_empty() || listed
    }

    /// The counted people before a trigger, with who else stands in their list.
    fn push_ahead(&mut self, t: Trigger, groups: &[usize]) {
        self.push_all(t, groups, false);
        let last = groups.iter().filter_map(|g| self.groups.get(*g)).map(|g| g.end).max();
        if let Some(end) = last.filter(|_| self.words.lang == Lang::EN) {
            self.take_ahead(t, end);
        }
    }

    fn push_all(&mut self, t: Trigger, groups: &[usize], active: bool) {
        for (nth, place) in groups.iter().enumerate() {
            let Some(group) = self.groups.get(*place).copied() else { continue };
            // "34 of them" is a part only where the whole has a figure
            let part = group.part && nth == 0 && !self.found.is_empty();
            self.push(t, Some(group), (group.start, group.end), group.quantity, part, active);
        }
    }

    fn push(
        &mut self,
        t: Trigger,
        group: Option<Group>,
        people: (usize, usize),
        quantity: Quantity,
        part: bool,
        active: bool,
    ) {
        let kinds: &[CasualtyKind] = match &t.kind {
            Some(kind) => std::slice::from_ref(kind),
            None if quantity.qualifier == Qualifier::None => {
                &[CasualtyKind::Killed, CasualtyKind::Injured]
            }
            // "casualties" without more may be either: no figure
            None => return,
        };
        for kind in kinds {
            if self.found.iter().any(|f| f.casualty.kind == *kind && f.group.0 == people.0) {
                continue;
            }
            let words = self.words;
            let span = words.span(t.start.min(people.0), t.end.max(people.1));
            let victims = group.filter(|g| g.end > g.number_end && !g.bare).map(|g| {
                words.span(g.number_end, g.end).of(words.text).trim_start_matches("of ").to_owned()
            });
            self.found.push(Figure {
                casualty: Casualty {
                    kind: *kind,
                    span,
                    min: quantity.min,
                    max: quantity.max,
                    best: quantity.best,
                    qualifier: quantity.qualifier,
                    victims,
                    part,
                    supersedes: None,
                },
                sentence: self.index,
                trigger: t.start,
                trigger_end: t.end,
                group: people,
                active,
                replaces: None,
                name: None,
            });
        }
    }

    /// "14 dead", "the six deaths", "no casualties", "14 Tote".
    fn counted(&mut self, t: Trigger) -> bool {
        if self.before(t.start) == "died" {
            return false;
        }
        let ok = |g: &Group| {
            let gap = t.start.saturating_sub(g.end);
            g.end <= t.start
                && g.people != Some(false)
                && !(g.article && t.class.noun && !t.class.part)
                && (gap == 0)
        };
        let Some(place) = self.groups.iter().rposition(ok) else {
            return false;
        };
        let Some(group) = self.groups.get(place).copied() else { return false };
        if !group.bare
            && group.people == Some(true)
            && !t.class.part
            && !t.class.state
            && group.quantity.qualifier != Qualifier::None
        {
            // "two soldiers deaths" is no count of deaths
            return false;
        }
        if group.end - group.number_end > 3 {
            return false;
        }
        self.push(t, Some(group), (group.start, t.end), group.quantity, group.part, false);
        // "14 morts et 50 blessés": each has its own number, found by its own trigger
        true
    }

    /// "the deaths of 14 people", "murder of 21 Christians", "гибель 14 человек".
    fn of(&mut self, t: Trigger) -> bool {
        let at = t.end + usize::from(matches!(self.lower(t.end), "of" | "de" | "d'" | "von"));
        if at == t.end && self.words.lang != Lang::RU {
            return false;
        }
        let Some(place) = self.group_starting(at) else {
            return self.words.lang == Lang::EN && self.take_behind(t, at);
        };
        let Some(group) = self.groups.get(place) else { return false };
        if group.people != Some(true)
            && (group.bare || group.people == Some(false) || group.article)
        {
            return false;
        }
        let groups = self.with_joined_behind(place);
        self.push_behind(t, &groups)
    }

    /// "the death toll rose from 11 to 14", "stood at 41", "has passed 60".
    fn toll(&mut self, t: Trigger) -> bool {
        let words = self.words;
        let limit = self.sentence.end.min(t.end + 28);
        let mut k = t.end;
        let mut best: Option<(usize, usize, Quantity, u8)> = None;
        let mut replaces = None;
        while k < limit {
            if matches!(words.raw(k), ";" | "(") {
                break;
            }
            // the next trigger has its own people
            if k > t.end + 1
                && self
                    .triggers
                    .iter()
                    .any(|o| o.start == k && o.start >= t.end && !o.class.noun && !o.class.state)
                && best.is_some()
            {
                break;
            }
            let Some((end, quantity, amount)) = group::quantity_at(words, self.lexicon, k, limit)
            else {
                k += 1;
                continue;
            };
            if matches!(
                amount,
                crate::number::Amount::Article
                    | crate::number::Amount::No
                    | crate::number::Amount::Nobody
            ) || (words.lower(k) == "from" && quantity.qualifier != Qualifier::Between)
            {
                k += 1;
                continue;
            }
            let before = k.checked_sub(1).map_or("", |b| words.lower(b));
            let rose = matches!(words.lower(k), "from" | "от")
                || matches!(before, "from" | "de" | "von" | "с");
            let quantity = if quantity.qualifier == Qualifier::Between && rose {
                // "rose from 11 to 14": the new figure only
                replaces = quantity.min;
                Quantity::new(Qualifier::Exactly, quantity.max.unwrap_or(0))
            } else if matches!(words.lower(k), "до" | "hasta" | "jusqu'")
                && quantity.qualifier == Qualifier::AtMost
            {
                // "rose to", not "up to"
                Quantity::new(Qualifier::Exactly, quantity.best.unwrap_or(0))
            } else {
                quantity
            };
            let noun = words.lower(end);
            // "Le bilan s'établit aussi à neuf blessés": what is counted is said behind the number
            let of_others = self
                .triggers
                .iter()
                .any(|o| o.start == end && (o.class.noun || o.class.state) && o.kind != t.kind);
            if of_others
                || self.lexicon.counts_people(noun) == Some(false)
                || words.raw(end) == "%"
                || self.in_time(k)
                || self.groups.iter().any(|g| g.start == k && g.people == Some(false))
            {
                k = end;
                continue;
            }
            let before = k.checked_sub(1).map_or("", |b| words.lower(b));
            if matches!(before, "from" | "von" | "с" | "de") {
                replaces = replaces.or(quantity.best);
            }
            let rank = match before {
                "from" | "by" | "von" | "um" | "de" | "с" | "на"
                    if !matches!(
                        (before, self.before(k - 1)),
                        ("de", "passe" | "bilan" | "nombre")
                    ) =>
                {
                    0
                }
                "to" | "at" | "of" | "reached" | "hit" | "passed" | "past" | "exceeded"
                | "topped" | "is" | "was" | "now" | "stands" | "auf" | "bei" | "à" | "до" | "a"
                | "en" | "put" => 2,
                _ => 1,
            };
            let rank = if rose && replaces.is_some() && replaces != quantity.best
                || matches!(words.lower(k), "from" | "от" | "до")
            {
                3
            } else {
                rank
            };
            if rank > 0 && best.as_ref().is_none_or(|b| rank > b.3) {
                best = Some((k, end, quantity, rank));
            }
            k = end.max(k + 1);
        }
        let Some((start, end, quantity, rank)) = best else { return false };
        // the verb may lie far off, but not in another clause; "rose to" is sure of its number
        if start > t.end + if rank >= 2 { 24 } else { 14 } {
            return false;
        }
        let count = self.found.len();
        self.push(t, None, (start, end), quantity, false, false);
        if let Some(figure) = self.found.get_mut(count) {
            figure.replaces = replaces.filter(|old| Some(*old) != quantity.best);
        }
        true
    }

    fn in_time(&self, k: usize) -> bool {
        // groups were searched with the times left out: a figure that is in no group and stands alone may be a date
        self.words.kind(k) == Some(Kind::Figures)
            && self.words.raw(k).len() == 4
            && self.groups.iter().all(|g| g.start != k)
    }

    /// "killed Governor Example", "kidnapped activist Ana Example", "abducted him": one named person.
    fn named_behind(&mut self, t: Trigger) -> bool {
        if self.words.lang != Lang::EN
            || t.kind.is_none()
            || t.kind == Some(CasualtyKind::Displaced)
        {
            return false;
        }
        let words = self.words;
        let quantity = Quantity::new(Qualifier::Exactly, 1);
        if matches!(self.lower(t.end), "him" | "himself" | "her")
            && (words.kind(t.end + 1) != Some(Kind::Letters)
                || t.end + 1 >= self.sentence.end
                || matches!(
                    self.lower(t.end + 1),
                    "in" | "on"
                        | "and"
                        | "at"
                        | "when"
                        | "after"
                        | "for"
                        | "from"
                        | "with"
                        | "to"
                        | "by"
                ))
        {
            self.push(t, None, (t.end, t.end + 1), quantity, false, true);
            return true;
        }
        let mut k = t.end;
        let mut person = false;
        let mut singular = matches!(self.lower(k), "the" | "his" | "her" | "their" | "its");
        k += usize::from(singular);
        let first = k;
        let mut names = 0;
        while k < self.sentence.end && k < first + 8 {
            let word = words.lower(k);
            if words.kind(k) == Some(Kind::Mark) && words.raw(k) == "-" && words.glued(k) {
                k += 1;
                continue;
            }
            if words.kind(k) != Some(Kind::Letters)
                || matches!(
                    word,
                    "in" | "on"
                        | "at"
                        | "of"
                        | "and"
                        | "from"
                        | "after"
                        | "during"
                        | "with"
                        | "by"
                        | "who"
                        | "for"
                        | "near"
                        | "when"
                        | "while"
                        | "as"
                        | "was"
                        | "were"
                        | "over"
                        | "due"
                        | "to"
                        | "'s"
                        | "are"
                        | "is"
                        | "had"
                        | "has"
                        | "that"
                        | "the"
                        | "a"
                )
            {
                break;
            }
            if words.capital(k) {
                names += 1;
            } else if names > 0 && person {
                break;
            }
            if self.lexicon.counts_people(word) == Some(true) {
                if word.ends_with('s') && !word.ends_with("ss")
                    || matches!(
                        word,
                        "people"
                            | "men"
                            | "women"
                            | "children"
                            | "personnel"
                            | "police"
                            | "staff"
                            | "crew"
                            | "forces"
                    )
                {
                    return false;
                }
                person = true;
            }
            k += 1;
        }
        singular &= person;
        // a person noun with a name, the person noun with an article, or a name of two words
        if !((person && names >= 1)
            || singular
            || (names >= 2
                && k - first <= 4
                && names == k - first
                && t.kind != Some(CasualtyKind::Injured)))
            || k == first
        {
            return false;
        }
        if names > 0 && !person && (words.get(first).is_some_and(|w| w.upper)) {
            return false;
        }
        self.push(t, None, (t.end, k), quantity, false, true);
        true
    }

    /// "The child died", "Alex Example was killed": one person without a number.
    fn named_ahead(&mut self, t: Trigger, aux: usize) -> bool {
        if self.words.lang != Lang::EN
            || !matches!(
                t.kind,
                Some(
                    CasualtyKind::Killed
                        | CasualtyKind::Kidnapped
                        | CasualtyKind::Arrested
                        | CasualtyKind::Injured
                )
            )
        {
            return false;
        }
        let words = self.words;
        if aux <= self.sentence.start
            || (aux..t.start).any(|k| matches!(words.lower(k), "were" | "are" | "have"))
        {
            return false;
        }
        let last = aux - 1;
        let word = words.lower(last);
        let quantity = Quantity::new(Qualifier::Exactly, 1);
        if self.lexicon.counts_people(word) == Some(true)
            && !word.ends_with('s')
            && !is_plural_without_s(word)
        {
            let mut start = last;
            while start > self.sentence.start
                && last - start < 4
                && words.kind(start - 1) == Some(Kind::Letters)
                && !matches!(words.lower(start), "the" | "his" | "her" | "their")
            {
                start -= 1;
            }
            if matches!(words.lower(start), "the" | "his" | "her" | "their") {
                self.push(t, None, (start, last + 1), quantity, false, false);
                return true;
            }
        }
        let name = words.capital(last)
            && words.capital(last.saturating_sub(1))
            && last > self.sentence.start
            && words.kind(last) == Some(Kind::Letters)
            && !words.get(last).is_some_and(|w| w.upper);
        if name && t.kind != Some(CasualtyKind::Injured) {
            self.push(t, None, (last - 1, last + 1), quantity, false, false);
            return true;
        }
        false
    }

    /// "including two children", "three of them critical": parts of the figure before them.
    fn parts(&mut self) {
        for place in 0..self.groups.len() {
            let Some(group) = self.groups.get(place).copied() else { continue };
            if !group.part
                || self.found.iter().any(|f| f.group.0 == group.start)
                || group.people == Some(false)
            {
                continue;
            }
            let whole = self
                .found
                .iter()
                .filter(|f| {
                    f.casualty.span.start < self.words.span(group.start, group.end).start
                        && !f.casualty.part
                })
                .max_by_key(|f| f.casualty.span.end);
            let Some(whole) = whole else { continue };
            let (kind, start, end, active) =
                (whole.casualty.kind, whole.trigger, whole.trigger_end, whole.active);
            if whole.casualty.best == Some(0) {
                continue;
            }
            let t = Trigger { start, end, class: Class::default(), kind: Some(kind) };
            let before = self.found.len();
            self.push(t, Some(group), (group.start, group.end), group.quantity, true, active);
            // the part's own words, not the whole's
            let span = self.words.span(group.start, group.end);
            if let Some(figure) = self.found.get_mut(before) {
                figure.casualty.span = span;
            }
        }
    }

    /// "claimed 14 lives", "forderte 14 Menschenleben", "унес 14 жизней".
    fn lives(&mut self) {
        for place in 0..self.groups.len() {
            let Some(group) = self.groups.get(place).copied() else { continue };
            let head = group.end.checked_sub(1).map_or("", |h| self.words.lower(h));
            let ok = matches!(
                head,
                "lives" | "life" | "menschenleben" | "vies" | "жизней" | "жизни" | "vidas"
            );
            let verb = group.start.checked_sub(1).map_or("", |v| self.words.lower(v));
            let claims = matches!(
                verb,
                "claimed"
                    | "claims"
                    | "claim"
                    | "claiming"
                    | "took"
                    | "cost"
                    | "taken"
                    | "forderte"
                    | "forderten"
                    | "gefordert"
                    | "kostete"
                    | "coûté"
                    | "fauché"
                    | "унес"
                    | "унесло"
                    | "унесла"
                    | "cobró"
                    | "cobrado"
                    | "costó"
            );
            if ok && claims && !verb.is_empty() {
                let t = Trigger {
                    start: group.start - 1,
                    end: group.start,
                    class: Class::default(),
                    kind: Some(CasualtyKind::Killed),
                };
                self.push(t, Some(group), (group.start, group.end), group.quantity, false, true);
            }
        }
    }
}

fn is_and(word: &str) -> bool {
    matches!(word, "and" | "und" | "et" | "и" | "y" | "e" | "&" | "sowie")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    fn check(lang: Lang, text: &str, expected: &[&str]) {
        let words = Words::of_text(text, lang);
        let times = time::read(&words, None);
        let got: Vec<String> = read(&words, &times, &[])
            .iter()
            .map(|f| {
                let c = &f.casualty;
                let number = c.best.map_or_else(
                    || c.min.map_or_else(String::new, |m| format!("{m}-{}", c.max.unwrap_or(0))),
                    |b| b.to_string(),
                );
                format!(
                    "{} {} {number}{}",
                    c.kind.as_str(),
                    c.qualifier.as_str(),
                    if c.part { " part" } else { "" }
                )
            })
            .collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn english() {
        let check = |text, expected: &[_]| check(Lang::EN, text, expected);
        check(
            "An explosion hit the centre, killing at least 14 people and injuring about 50 more.",
            &["killed at_least 14", "injured about 50"],
        );
        check(
            "The blast killed three, including two children.",
            &["killed exactly 3", "killed exactly 2 part"],
        );
        check("The death toll rose from 11 to 14.", &["killed exactly 14"]);
        check("Nobody was hurt.", &["injured none 0"]);
        check("The bomb could have killed 40 people.", &[]);
        check("Between 10 and 12 passengers were killed.", &["killed between 10-12"]);
        check(
            "A policeman and two civilians were killed.",
            &["killed exactly 1", "killed exactly 2"],
        );
        check("The quake killed 200 sheep.", &[]);
        check("Up to 30 people were feared dead.", &["killed at_most 30"]);
        check(
            "At least 11 were killed and 20 injured.",
            &["killed at_least 11", "injured exactly 20"],
        );
    }

    #[test]
    fn who_comes_at_two_is_not_dead() {
        check(Lang::DE, "Sie kam um zwei Uhr an, und 300 Fans kamen um die Ecke.", &[]);
        check(Lang::DE, "Zwei Menschen kamen um.", &["killed exactly 2"]);
    }

    #[test]
    fn an_age_is_no_number_of_people() {
        check(
            Lang::EN,
            "The death toll from the collision of two light-rail trains in the northern German city of Alden rose to 11 on Wednesday after a woman of 58 died of burns in hospital.",
            &["killed exactly 11", "killed exactly 1"],
        );
        check(
            Lang::DE,
            "Die Zahl der Toten stieg auf elf, als eine Frau von 58 starb.",
            &["killed exactly 11", "killed exactly 1"],
        );
        check(
            Lang::FR,
            "Deux personnes ont été retrouvées mortes dans une maison. Les victimes, un couple d’octogénaires, avaient refusé de partir. Le bilan s’établit aussi à neuf blessés, tous pompiers.",
            &["killed exactly 2", "injured exactly 9"],
        );
    }

    #[test]
    fn other_languages() {
        check(
            Lang::DE,
            "Bei der Explosion wurden mindestens 14 Menschen getötet und etwa 50 verletzt.",
            &["killed at_least 14", "injured about 50"],
        );
        check(
            Lang::DE,
            "Mindestens elf Menschen kamen bei dem Brand ums Leben.",
            &["killed at_least 11"],
        );
        check(Lang::DE, "Die Zahl der Toten stieg von elf auf 14.", &["killed exactly 14"]);
        check(
            Lang::FR,
            "Au moins 14 personnes ont été tuées et une cinquantaine blessées.",
            &["killed at_least 14", "injured about 50"],
        );
        check(
            Lang::FR,
            "L'explosion a fait 14 morts et 50 blessés.",
            &["killed exactly 14", "injured exactly 50"],
        );
        check(
            Lang::RU,
            "В результате взрыва погибли не менее 14 человек, около 50 получили ранения.",
            &["killed at_least 14", "injured about 50"],
        );
        check(Lang::RU, "Число погибших выросло до 14.", &["killed exactly 14"]);
        check(
            Lang::ES,
            "Al menos 14 personas murieron y unas 50 resultaron heridas.",
            &["killed at_least 14", "injured about 50"],
        );
    }
}
