//! Mentions of one event made one: in a sentence first, then over the article.

use article::Span;

use super::{Draft, What};
use crate::{EventPlace, EventTime, Party, Realis, time};

/// How much a mode says; the greater one names the event.
fn rank(mode: Option<&str>) -> u8 {
    match mode {
        None => 0,
        Some("targeted" | "demo") => 1,
        Some("firearms" | "beat" | "primitive") => 2,
        Some("explosives" | "strike" | "obstruct") => 4,
        Some("aerial") => 5,
        Some("drone") => 6,
        Some("unconventional" | "riot" | "vandalize") => 7,
        Some("suicide-attack" | "hunger" | "boycott") => 8,
        Some(_) => 3,
    }
}

/// Whether two modes may be one event.
fn modes_agree(what: What, a: Option<&str>, b: Option<&str>, near: bool) -> bool {
    let alone = |m: Option<&str>| {
        matches!(m, Some("abduct" | "sexual" | "destroy" | "crowd-control" | "torture"))
    };
    if a == b || a.is_none() && !alone(b) || b.is_none() && !alone(a) {
        return true;
    }
    if alone(a) || alone(b) {
        return false;
    }
    match what {
        // in one sentence the words describe one thing from several sides
        What::Plover("ASSAULT") => {
            near || a == Some("targeted")
                || b == Some("targeted")
                || matches!(
                    (a, b),
                    (Some("suicide-attack"), Some("explosives"))
                        | (Some("explosives"), Some("suicide-attack"))
                )
        }
        What::Plover("PROTEST") => near || matches!((a, b), (Some("demo"), _) | (_, Some("demo"))),
        _ => false,
    }
}

/// Makes one of the drafts of a sentence (those from `from` on) that tell one event.
pub(super) fn in_sentence(drafts: &mut Vec<Draft>, from: usize) {
    join_where(drafts, from, |a, b| {
        a.what == b.what
            && a.realis == b.realis
            && a.background == b.background
            && modes_agree(a.what, a.mode, b.mode, true)
            && !apart_in_time(a, b)
            && territory(a) == territory(b)
    });
}

/// Joins to every draft from `from` on the later ones that are one with it.
fn join_where(drafts: &mut Vec<Draft>, from: usize, are_one: impl Fn(&Draft, &Draft) -> bool) {
    let mut k = from;
    while k < drafts.len() {
        let mut other = k + 1;
        while other < drafts.len() {
            if drafts.get(k).zip(drafts.get(other)).is_some_and(|(a, b)| are_one(a, b)) {
                let b = drafts.remove(other);
                if let Some(a) = drafts.get_mut(k) {
                    join(a, b);
                }
            } else {
                other += 1;
            }
        }
        k += 1;
    }
}

/// A taking of territory stays apart from other fighting.
fn territory(d: &Draft) -> bool {
    d.cameo == Some("192")
}

fn apart_in_time(a: &Draft, b: &Draft) -> bool {
    let (Some(x), Some(y)) = (&a.time, &b.time) else { return false };
    if x.value == y.value || x.inferred || y.inferred {
        return false;
    }
    let (Some(x), Some(y)) = (time::range(&x.value), time::range(&y.value)) else { return false };
    x.1 < y.0 || y.1 < x.0
}

fn apart_in_place(a: Option<&EventPlace>, b: Option<&EventPlace>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let (p, q) = (&a.place, &b.place);
    if p.geonames.is_some() && p.geonames == q.geonames || p.name == q.name {
        return false;
    }
    match (p.latitude, p.longitude, q.latitude, q.longitude) {
        (Some(lat), Some(lon), Some(lat2), Some(lon2)) => {
            // degrees are enough to tell two towns apart; a country and its town are near each other by their country
            let far = (lat - lat2).abs() > 1.5 || (lon - lon2).abs() > 2.5;
            let held = p.country == q.country && (super::is_country(p) || super::is_country(q));
            far && !held
        }
        (None, _, None, _) => true,
        _ => false,
    }
}

fn same_parties(a: &Draft, b: &Draft) -> bool {
    let countries = |d: &Draft| {
        let mut out: Vec<String> =
            d.actors.iter().chain(&d.recipients).filter_map(|p| p.country.clone()).collect();
        out.sort();
        out.dedup();
        out
    };
    let (x, y) = (countries(a), countries(b));
    !x.is_empty()
        && (x.iter().all(|c| y.contains(c)) || (!y.is_empty() && y.iter().all(|c| x.contains(c))))
}

/// Makes one of the drafts of the article that tell one event; the telling that says most names it.
pub(super) fn in_article(drafts: &mut Vec<Draft>) {
    join_where(drafts, 0, corefer);
}

fn corefer(a: &Draft, b: &Draft) -> bool {
    if a.what != b.what
        || a.realis != b.realis
        || a.realis != Realis::Actual
        || a.background != b.background
    {
        return false;
    }
    if b.fresh
        || apart_in_time(a, b)
        || apart_in_place(a.place.as_ref(), b.place.as_ref())
        || !modes_agree(a.what, a.mode, b.mode, false)
        || territory(a) != territory(b)
    {
        return false;
    }
    match a.what {
        What::Plover("ASSAULT" | "PROTEST") | What::Other(_) | What::Blast | What::Nothing => true,
        What::Plover("COERCE") => a.mode == b.mode,
        What::Plover(_) => a.mode == b.mode && same_parties(a, b),
    }
}

/// How much a telling says.
fn weight(d: &Draft) -> usize {
    2 * d.casualties.len()
        + 2 * usize::from(rank(d.mode) > 1)
        + 2 * usize::from(d.time.as_ref().is_some_and(|t| !t.inferred))
        + usize::from(d.place.is_some())
        + usize::from(!d.actors.is_empty())
        + usize::from(!d.noun && !super::is_hurtful(d.what))
}

/// Joins `b` into `a`.
fn join(a: &mut Draft, b: Draft) {
    let b_leads = weight(&b) > weight(a);
    let (words_a, words_b) =
        ((a.start, a.end, a.sentence, a.noun), (b.start, b.end, b.sentence, b.noun));
    if b_leads {
        (a.start, a.end, a.sentence, a.noun) = words_b;
        a.mentions_of(words_a);
    } else {
        a.mentions_of(words_b);
    }
    if rank(b.mode) > rank(a.mode) {
        a.mode = b.mode;
        a.cameo = b.cameo;
    }
    for context in b.contexts {
        if !a.contexts.contains(&context) && a.contexts.len() < 4 {
            a.contexts.push(context);
        }
    }
    fill(&mut a.actors, b.actors);
    fill(&mut a.recipients, b.recipients);
    if better_time(b.time.as_ref(), a.time.as_ref()) {
        a.time = b.time;
    }
    if a.place.is_none()
        || b.place.as_ref().is_some_and(|p| b_leads && !p.inferred && !super::is_country(&p.place))
        || (a.place.as_ref().is_some_and(|p| super::is_country(&p.place)) && b.place.is_some())
    {
        a.place = b.place.or(a.place.take());
    }
    a.casualties.extend(b.casualties);
    a.casualties.sort_by_key(|c| c.0.span.start);
    a.mentions.extend(b.mentions);
    a.mentions.sort_unstable();
    a.mentions.dedup();
}

fn better_time(new: Option<&EventTime>, old: Option<&EventTime>) -> bool {
    match (new, old) {
        (Some(_), None) => true,
        (Some(new), Some(old)) => {
            new.value.len() > old.value.len() && new.value.starts_with(&old.value)
        }
        _ => false,
    }
}

fn fill(into: &mut Vec<Party>, from: Vec<Party>) {
    if into.is_empty() {
        *into = from;
    }
}

impl Draft {
    /// Remembers other words for the event; spans are made when the words are at hand.
    fn mentions_of(&mut self, words: (usize, usize, usize, bool)) {
        // word indices stand in for bytes until `finish`
        self.mentions.push(Span { start: words.0 as u32, end: words.1 as u32 });
    }
}
