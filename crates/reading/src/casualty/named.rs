//! People without a number: "Senator Ana Example", "his driver", "the priest", alone and in lists.

use language::Lang;
use rustc_hash::FxHashSet;

use super::{Reader, Trigger, group::Quantity, is_and};
use crate::{
    CasualtyKind, Qualifier,
    cue::{self, kind},
    words::{Kind, Words},
};

/// Most words of one person with titles and descriptions.
const WORDS_MAX: usize = 12;

/// What stands for people at some place of a sentence: a counted group, a name, "the driver".
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quantity: Quantity,
    /// Its place among the groups, where it is counted.
    pub(super) group: Option<usize>,
    /// The last word of a person's name.
    pub(super) name: Option<usize>,
}

/// The last names of persons that the text names in full, in lower case.
pub(super) fn surnames<'w>(words: &'w Words<'_>) -> FxHashSet<&'w str> {
    let mut out = FxHashSet::default();
    if words.lang != Lang::EN {
        return out;
    }
    let lexicon = cue::Lexicon::of(words.lang);
    let kinds = |i: usize| lexicon.get(words.lower(i)).map_or(0, |e| e.kinds);
    let mut i = 0;
    while i < words.len() {
        let mut end = i;
        while words.capital(end)
            && words.kind(end) == Some(Kind::Letters)
            && (end == i || !words.breaks_before(end))
        {
            end += 1;
        }
        if end > i + 1
            && (i..end).any(|k| kinds(k) & (kind::NAME | kind::TITLE) != 0)
            && kinds(end - 1) == 0
        {
            out.insert(words.lower(end - 1));
        }
        i = end.max(i + 1);
    }
    out
}

impl Reader<'_, '_> {
    /// Everything in the sentence that stands for people, in order.
    pub(super) fn people(&self) -> Vec<Person> {
        let mut out = Vec::new();
        let mut k = self.sentence.start;
        while k < self.sentence.end {
            let counted = self.group_starting(k).and_then(|place| {
                let group = self.groups.get(place)?;
                let people = group.people == Some(true)
                    || group.people.is_none() && !group.article && !group.bare;
                people.then_some(Person {
                    start: group.start,
                    end: group.end,
                    quantity: group.quantity,
                    group: Some(place),
                    name: None,
                })
            });
            let item = counted.or_else(|| self.person_at(k));
            k = item.map_or(k + 1, |item| item.end.max(k + 1));
            out.extend(item);
        }
        out
    }

    /// A person that begins at the word `k`.
    fn person_at(&self, k: usize) -> Option<Person> {
        let words = self.words;
        // the rest of a counted group is nobody's beginning
        if self.groups.iter().any(|g| g.end == k) {
            return None;
        }
        let lexicon = cue::Lexicon::of(words.lang);
        let kinds = |i: usize| lexicon.get(words.lower(i)).map_or(0, |e| e.kinds);
        let role = kind::TITLE | kind::ROLE;
        let (mut end, mut determined, mut titled) = (k, false, false);
        // the first and the last word of a name
        let mut name: Option<(usize, usize)> = None;
        let mut last = None;
        while end < self.sentence.end && end < k + WORDS_MAX {
            let word = words.lower(end);
            if words.kind(end) == Some(Kind::Mark) {
                let joins = words.raw(end) == "-" && words.glued(end) && words.glued(end + 1);
                let stop = words.raw(end) == "."
                    && words.glued(end)
                    && end > k
                    && (words.raw(end - 1).chars().count() == 1
                        || kinds(end - 1) & kind::TITLE != 0);
                if end == k || !(joins || stop) {
                    break;
                }
                end += 1;
                continue;
            }
            if words.kind(end) != Some(Kind::Letters) {
                break;
            }
            if word == "'s" && last.is_some() {
                // "the senator's driver"
                (determined, titled, name, last) = (true, false, None, None);
            } else if matches!(word, "the" | "his" | "her" | "their" | "its") {
                if end > k {
                    break;
                }
                determined = true;
            } else if words.capital(end)
                && (titled
                    || name.is_some()
                    || !self.in_place(end)
                    || kinds(end) & kind::NAME != 0
                        && !self.in_place(end + 1)
                        && words.capital(end + 1))
                && kinds(end) & (role | kind::GROUP) == 0
            {
                if kinds(end) & !(kind::NAME | kind::ORGANIZATION | kind::OUTLET) != 0
                    || self.lexicon.is_trigger(words, end)
                {
                    break;
                }
                name = Some((name.map_or(end, |n| n.0), end));
                last = Some(end);
            } else if name.is_some()
                && matches!(
                    word,
                    "de" | "del"
                        | "la"
                        | "las"
                        | "los"
                        | "van"
                        | "von"
                        | "der"
                        | "bin"
                        | "al"
                        | "y"
                )
                && (words.capital(end + 1)
                    || words.capital(end + 2)
                        && matches!(words.lower(end + 1), "la" | "las" | "los"))
            {
                // "Rosa de la Cruz"
            } else if name.is_some()
                || super::group::ends_phrase(words.lang, word)
                || self.lexicon.is_trigger(words, end)
            {
                break;
            } else {
                titled |= kinds(end) & role != 0 || self.lexicon.counts_people(word) == Some(true);
                last = Some(end);
            }
            end += 1;
        }
        let last = last?;
        let item = |quantity, name| Person { start: k, end: last + 1, quantity, group: None, name };
        let one = Quantity::new(Qualifier::Exactly, 1);
        if words.lower(last + 1) == "'s" {
            return None;
        }
        if let Some((first, last)) = name {
            let organization =
                (first..=last).any(|i| kinds(i) & (kind::ORGANIZATION | kind::OUTLET) != 0);
            let acronym = (first..=last).all(|i| words.get(i).is_some_and(|w| w.upper));
            let known = titled
                || kinds(first) & kind::NAME != 0
                || last > first && first > self.sentence.start
                || self.surnames.contains(words.lower(last));
            return (known && !organization && !acronym).then(|| item(one, Some(last)));
        }
        let noun = words.lower(last);
        if self.lexicon.counts_people(noun) != Some(true) && kinds(last) & (role | kind::GROUP) == 0
        {
            return None;
        }
        // a plural without a number says too little: "killed civilians"
        (determined && !is_plural(noun)).then(|| item(one, None))
    }

    fn in_place(&self, i: usize) -> bool {
        self.words.get(i).is_some_and(|w| {
            let at = self.places.partition_point(|p| p.end <= w.span.start);
            self.places.get(at).is_some_and(|p| p.overlaps(w.span))
        })
    }

    /// Takes the list of people that begins at the word `at`, behind a trigger.
    pub(super) fn take_behind(&mut self, t: Trigger, at: usize) -> bool {
        let items = self.people();
        let Some(first) = items.iter().position(|i| i.start == at) else { return false };
        let mut taken = Vec::new();
        for (nth, item) in items.iter().enumerate().skip(first) {
            if nth > first {
                let before = items.get(nth - 1).map_or(0, |i| i.end);
                let own_verb = self.has_own_verb(item.end);
                if !self.is_list_gap(before, item.start) || own_verb && !taken.is_empty() {
                    break;
                }
            }
            taken.push(*item);
        }
        self.take(t, &taken, true)
    }

    /// "40 people, including Senator Ana Example and her driver": each is a part of the figure before.
    pub(super) fn take_included(&mut self) {
        for k in self.sentence.start..self.sentence.end {
            if self.words.lang != Lang::EN || !matches!(self.words.lower(k), "including" | "among")
            {
                continue;
            }
            let whole = self.found.iter().filter(|f| {
                f.group.1 <= k
                    && !f.casualty.part
                    && f.casualty.best != Some(0)
                    && f.casualty.best != Some(1)
            });
            let Some(whole) = whole.max_by_key(|f| f.group.1) else { continue };
            let t = Trigger {
                start: whole.trigger,
                end: whole.trigger_end,
                class: super::Class::default(),
                kind: Some(whole.casualty.kind),
            };
            let before = self.found.len();
            self.take_behind(t, k + 1);
            let spans: Vec<_> = self
                .found
                .iter()
                .skip(before)
                .map(|f| self.words.span(f.group.0, f.group.1))
                .collect();
            for (figure, span) in self.found.iter_mut().skip(before).zip(spans) {
                figure.casualty.part = true;
                figure.casualty.span = span;
            }
        }
    }

    /// Takes the list of people that ends at the word `end`, before a trigger's auxiliaries.
    pub(super) fn take_ahead(&mut self, t: Trigger, end: usize) -> bool {
        let items = self.people();
        // "Justice X, who was shot to death"
        let end = end
            - usize::from(
                self.words.lower(end) == "who" && end > 0 && self.words.raw(end - 1) == ",",
            );
        let Some(mut nth) = items.iter().rposition(|i| i.end <= end) else { return false };
        // "the senator, a member of the opposition, was shot": the apposition is no other person
        if items.get(nth).is_some_and(|i| i.end < end) {
            let Some(head) = self.head_of_apposition(&items, end) else { return false };
            nth = head;
        }
        let mut first = nth;
        while let Some(before) = first.checked_sub(1) {
            let (Some(a), Some(b)) = (items.get(before), items.get(first)) else { break };
            let verb =
                self.triggers.iter().any(|o| o.end == a.start && (o.class.act || o.class.part));
            if verb || !self.is_list_gap(a.end, b.start) {
                break;
            }
            first = before;
        }
        let taken: Vec<Person> = items.get(first..=nth).unwrap_or(&[]).to_vec();
        self.take(t, &taken, false)
    }

    /// The item that an apposition between two commas before `end` describes.
    fn head_of_apposition(&self, items: &[Person], end: usize) -> Option<usize> {
        let words = self.words;
        let closing = end.checked_sub(1).filter(|c| matches!(words.raw(*c), "," | ")"))?;
        let head = items.iter().position(|i| {
            i.name.is_some()
                && i.end < closing
                && closing - i.end <= 28
                && matches!(words.raw(i.end), "," | "(")
        })?;
        let opening = items.get(head)?.end;
        (!self.triggers.iter().any(|t| t.start > opening && t.end <= closing)).then_some(head)
    }

    /// Whether only what joins a list stands between two people: a comma, "and", an age.
    fn is_list_gap(&self, from: usize, to: usize) -> bool {
        let words = self.words;
        to > from
            && to - from <= 4
            && (from..to).all(|k| {
                matches!(words.raw(k), "," | ";")
                    || is_and(words.lower(k))
                    || words.kind(k) == Some(Kind::Figures) && words.raw(k).len() <= 2
            })
            && (from..to).any(|k| matches!(words.raw(k), "," | ";") || is_and(words.lower(k)))
    }

    /// "and the driver was injured": the people have a verb of their own.
    fn has_own_verb(&self, end: usize) -> bool {
        let words = self.words;
        let at = end + usize::from(words.raw(end) == ",");
        matches!(
            words.lower(at),
            "was" | "were" | "is" | "are" | "has" | "have" | "had" | "who" | "died"
        ) || self
            .triggers
            .iter()
            .any(|t| t.start == at && (t.class.part || t.class.die || t.class.state))
    }

    /// Makes a figure of each; whether there was one.
    fn take(&mut self, t: Trigger, items: &[Person], active: bool) -> bool {
        let plain = t.kind.is_some_and(|k| k != CasualtyKind::Displaced);
        if items.is_empty() || !plain {
            return false;
        }
        for item in items {
            let group = item.group.and_then(|g| self.groups.get(g)).copied();
            let before = self.found.len();
            self.push(
                t,
                group,
                (item.start, item.end),
                item.quantity,
                group.is_some_and(|g| g.part),
                active,
            );
            if let Some(figure) = self.found.get_mut(before) {
                figure.name = item.name;
            }
        }
        true
    }
}

fn is_plural(noun: &str) -> bool {
    noun.ends_with('s') && !noun.ends_with("ss") && !noun.ends_with("us")
        || super::is_plural_without_s(noun)
        || noun.ends_with("men") && noun.len() > 4
}
