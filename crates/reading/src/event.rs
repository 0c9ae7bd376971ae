//! What happened: PLOVER's events with who, to whom, where, when, how many were hurt, and whether it happened at all.
//!
//! Refused rather than guessed: a word that only says that people died makes no attack; an explosion is one only in the
//! company of words that say so; what somebody demands, promises or warns of is no event beside the demand.
//!
//! # Source
//!
//! Types, modes and contexts: PLOVER (Open Event Data Alliance, manual of 2021). Codes: CAMEO (Schrodt 2012).

mod lexicon;
mod merge;
mod party;
mod realis;

use std::sync::LazyLock;

use article::Span;
use jiff::civil::Date;
use lexicon::{Hit, Lexicon, What};
use party::{Named, Parties};
use rustc_hash::FxHashMap;

use crate::{
    Casualty, CasualtyKind, Event, EventPlace, EventTime, Party, Place, PlaceRole, Realis,
    Statement, TimeExpression, TimeKind,
    background::{self, Age},
    casualty::Figure,
    gazetteer,
    words::{Sentence, Words},
};

/// What the steps before have found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) times: &'a [TimeExpression],
    pub(crate) places: &'a [Place],
    pub(crate) statements: &'a [Statement],
    /// Whether a sentence recalls, by its place in [`Words::sentences`].
    pub(crate) background: &'a [bool],
    pub(crate) now: Option<Date>,
}

/// An event in the making.
#[derive(Clone, Debug)]
struct Draft {
    what: What,
    mode: Option<&'static str>,
    cameo: Option<&'static str>,
    contexts: Vec<&'static str>,
    start: usize,
    end: usize,
    /// Place in [`Words::sentences`].
    sentence: usize,
    noun: bool,
    /// "another", "a second", "similar": not the one that was named before.
    fresh: bool,
    realis: Realis,
    background: bool,
    actors: Vec<Party>,
    recipients: Vec<Party>,
    time: Option<EventTime>,
    place: Option<EventPlace>,
    casualties: Vec<(Casualty, Option<u64>)>,
    mentions: Vec<Span>,
}

/// Reads the events of a text, in order, with the figures on them.
pub(crate) fn read(words: &Words<'_>, found: Found<'_>, figures: Vec<Figure>) -> Vec<Event> {
    let lexicon = Lexicon::of(words.lang);
    let places: Vec<(std::ops::Range<usize>, &Place)> =
        found.places.iter().map(|p| (words.range(p.span), p)).collect();
    let company = company(words);
    let mut parties = Parties::default();
    let mut drafts: Vec<Draft> = Vec::new();
    for (index, sentence) in words.sentences.iter().enumerate() {
        if !sentence.block.is_news() {
            continue;
        }
        let hurt = figures.iter().any(|f| f.sentence == index);
        let hits = hits(words, lexicon, sentence, found, &places, hurt);
        if hits.is_empty() {
            continue;
        }
        let mut named = parties.find(words, sentence, &places);
        let dateline = dateline_end(words, sentence);
        named.retain(|n| n.start >= dateline);
        let from = drafts.len();
        for hit in &hits {
            if let Some(draft) =
                draft(words, hit, &hits, index, sentence, &named, found, &places, company)
            {
                drafts.push(draft);
            }
        }
        share_parties(&mut drafts, from);
        merge::in_sentence(&mut drafts, from);
    }
    hang(words, &mut drafts, figures, found, &places);
    drafts.retain(|d| !is_empty_accident(d));
    merge::in_article(&mut drafts);
    infer(&mut drafts);
    drafts.sort_by_key(|d| d.start);
    drafts
        .into_iter()
        .enumerate()
        .map(|(n, d)| finish(words, d, n as u32 + 1, found.statements))
        .collect()
}

/// What the article as a whole speaks of, for words that need company.
#[derive(Clone, Copy, Debug)]
struct Company {
    attack: bool,
    industry: bool,
}

fn company(words: &Words<'_>) -> Company {
    let mut out = Company { attack: false, industry: false };
    for i in 0..words.len() {
        let word = words.lower(i);
        out.attack |= matches!(
            word,
            "bomb"
                | "bombs"
                | "bomber"
                | "bombing"
                | "terrorist"
                | "terrorists"
                | "terrorism"
                | "attack"
                | "attacks"
                | "attackers"
                | "militants"
                | "rebels"
                | "suicide"
                | "device"
                | "grenade"
                | "insurgents"
                | "assailants"
                | "ied"
                | "landmine"
                | "drone"
                | "missile"
                | "shelling"
        ) || matches!(
            word,
            "anschlag"
                | "terror"
                | "terroristen"
                | "bombe"
                | "sprengsatz"
                | "attentäter"
                | "attentat"
                | "attentats"
                | "attaque"
                | "terroriste"
                | "теракт"
                | "теракта"
                | "террористы"
                | "бомба"
                | "бомбы"
                | "устройство"
                | "устройства"
                | "atentado"
                | "bomba"
                | "terrorista"
                | "terroristas"
        );
        out.industry |= matches!(
            word,
            "gas"
                | "factory"
                | "plant"
                | "boiler"
                | "refinery"
                | "pipeline"
                | "warehouse"
                | "mine"
                | "chemical"
                | "fireworks"
                | "transformer"
                | "leak"
                | "depot"
                | "kitchen"
                | "cylinder"
                | "fuel"
        ) || matches!(
            word,
            "fabrik"
                | "werk"
                | "lager"
                | "lagerhalle"
                | "gasexplosion"
                | "gasleitung"
                | "chemiewerk"
                | "raffinerie"
                | "usine"
                | "gaz"
                | "entrepôt"
                | "завод"
                | "заводе"
                | "завода"
                | "газ"
                | "газа"
                | "склад"
                | "складе"
                | "шахте"
                | "шахта"
                | "fábrica"
                | "almacén"
                | "refinería"
        );
    }
    out
}

/// The patterns of a sentence that are events of their own.
fn hits(
    words: &Words<'_>,
    lexicon: &Lexicon,
    sentence: &Sentence,
    found: Found<'_>,
    places: &[(std::ops::Range<usize>, &Place)],
    hurt: bool,
) -> Vec<Hit> {
    let mut hits = lexicon.find(words, sentence.start, sentence.end);
    hits.retain(|h| {
        let span = words.span(h.start, h.start + 1);
        let time = found.times.get(found.times.partition_point(|t| t.span.end <= span.start));
        let place = places.get(places.partition_point(|p| p.0.end <= h.start));
        !time.is_some_and(|t| t.span.overlaps(span))
            && !place.is_some_and(|p| p.0.contains(&h.start))
            && !is_idiom(words, h)
    });
    // what is said governs what follows, up to the next clause
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    let mut governed: Option<usize> = None;
    for hit in hits {
        if governed.is_some_and(|until| hit.start < until) {
            continue;
        }
        if hit.sense.say {
            let until = (hit.end..sentence.end)
                .find(|k| {
                    matches!(
                        words.lower(*k),
                        "after"
                            | "when"
                            | "while"
                            | "following"
                            | "amid"
                            | "but"
                            | ";"
                            | "nachdem"
                            | "après"
                            | "после"
                            | "tras"
                    )
                })
                .unwrap_or(sentence.end);
            governed = Some(until);
        }
        kept.push(hit);
    }
    // "expelled them for taking part in protests", "met after the attack": the reason, not the news, unless it is dated
    let reason = |h: &Hit| {
        h.sense.noun
            && (h.start.saturating_sub(5)..h.start).any(|k| {
                matches!(
                    words.lower(k),
                    "following"
                        | "after"
                        | "despite"
                        | "amid"
                        | "over"
                        | "anticipation"
                        | "response"
                        | "related"
                        | "taking"
                )
            })
            && !found.times.iter().any(|t| {
                let range = words.range(t.span);
                range.end <= h.start && h.start - range.end <= 2
                    || range.start >= h.end && range.start - h.end <= 4
            })
    };
    if !hurt && let Some(first) = kept.iter().position(|h| !h.sense.noun && !h.sense.weak) {
        let first = kept.get(first).map_or(0, |h| h.start);
        kept.retain(|h| h.start <= first || !reason(h));
    }
    // a bomb that was found or defused is no second one that went off
    let undone = |h: &Hit| {
        h.sense.failed || (h.sense.what == What::Plover("COERCE") && h.sense.mode == Some("seize"))
    };
    if kept.iter().any(undone) {
        kept.retain(|h| {
            undone(h)
                || !(h.sense.noun && matches!(h.sense.mode, Some("explosives" | "heavy-weapons")))
        });
    }
    kept
}

/// Words that look like an event and are none: "heart attack", "stock market crash", "fight against corruption".
fn is_idiom(words: &Words<'_>, hit: &Hit) -> bool {
    let before = hit.start.checked_sub(1).map_or("", |b| words.lower(b));
    let word = words.lower(hit.start);
    let after = words.lower(hit.end);
    match word {
        "attack" | "attacks" => {
            matches!(before, "heart" | "panic" | "asthma" | "cyber" | "counter")
        }
        "crash" | "collapse" | "crashed" | "plunged" => {
            matches!(before, "market" | "stock" | "financial" | "price" | "currency")
                || matches!(after, "economic" | "course")
        }
        "fight" | "fighting" | "battle" | "battles" | "fought" => {
            matches!(after, "against" | "for" | "over" | "on" | "back" | "with")
                && matches!(
                    words.lower(hit.end + 1),
                    "terrorism"
                        | "terror"
                        | "corruption"
                        | "crime"
                        | "poverty"
                        | "disease"
                        | "cancer"
                        | "inflation"
                        | "covid"
                        | "climate"
                        | "drugs"
                        | "his"
                        | "her"
                        | "their"
                        | "racism"
                        | "hunger"
                        | "survival"
                        | "life"
                        | "freedom"
                        | "deportation"
                        | "extradition"
                        | "odds"
                        | "back"
                        | "my"
                        | "our"
                        | "your"
                        | "justice"
                        | "votes"
                        | "seats"
                )
                || is_nature(after)
                || matches!(after, "the" | "a" | "several" | "these")
                    && is_nature(words.lower(hit.end + 1))
                || matches!(
                    after,
                    "deportation"
                        | "extradition"
                        | "corruption"
                        | "crime"
                        | "terrorism"
                        | "cancer"
                        | "inflation"
                        | "poverty"
                )
                || matches!(before, "legal" | "court" | "title" | "political")
        }
        "fire" | "fires" | "blaze" => {
            matches!(
                before,
                "under"
                    | "cease"
                    | "return"
                    | "returned"
                    | "line"
                    | "rocket"
                    | "mortar"
                    | "artillery"
                    | "gun"
                    | "tank"
                    | "opened"
                    | "open"
                    | "exchanged"
                    | "of"
                    | "a"
            ) && !matches!(before, "a" | "of")
                || matches!(
                    after,
                    "department"
                        | "brigade"
                        | "crews"
                        | "service"
                        | "chief"
                        | "fighters"
                        | "tear"
                        | "rubber"
                        | "trucks"
                        | "engines"
                        | "engine"
                        | "truck"
                )
                || matches!(after, "at" | "on")
                    && (hit.start.saturating_sub(3)..hit.start).all(|k| {
                        !matches!(words.lower(k), "a" | "the" | "this" | "that" | "another" | "an")
                    })
        }
        "demand" | "demands" | "request" | "requests" | "appeal" | "appeals" | "call" | "calls" => {
            // what somebody demands has an article or an owner; the verb has a subject
            hit.sense.say
                && matches!(
                    before,
                    "the"
                        | "a"
                        | "an"
                        | "its"
                        | "their"
                        | "his"
                        | "her"
                        | "our"
                        | "my"
                        | "those"
                        | "such"
                        | "of"
                        | "for"
                        | "'s"
                        | "'"
                        | "all"
                        | "any"
                        | "many"
                        | "these"
                        | "main"
                        | "high"
                        | "new"
                        | "growing"
                        | "strong"
                        | "in"
                        | "on"
                        | "with"
                        | "meet"
                        | "despite"
                        | "wage"
                        | "phone"
                        | "emergency"
                )
        }
        "flood" | "floods" => {
            matches!(
                after,
                "plain" | "plains" | "defences" | "defenses" | "gates" | "insurance" | "of"
            )
        }
        "strike" | "strikes" => matches!(after, "partner" | "rate" | "price"),
        "storm" | "storms" => hit.sense.noun && matches!(after, "of" | "the"),
        "demonstrated" | "demonstrate" | "demonstrates" | "demonstrating" => {
            matches!(after, "that" | "how" | "the" | "its" | "his" | "their")
        }
        "rally" | "rallied" | "rallies" => {
            matches!(before, "market" | "stock" | "shares") || after == "driver"
        }
        "shot" | "shoot" => {
            matches!(before, "a" | "long" | "free" | "penalty") || matches!(after, "up" | "putter")
        }
        "dead" => matches!(after, "end" | "line" | "heat"),
        "outbreak" => {
            matches!(words.lower(hit.end), "of")
                && matches!(words.lower(hit.end + 1), "violence" | "fighting" | "war")
        }
        _ => false,
    }
}

/// What firefighters and doctors fight.
fn is_nature(word: &str) -> bool {
    matches!(
        word,
        "fire"
            | "fires"
            | "flames"
            | "blaze"
            | "blazes"
            | "wildfire"
            | "wildfires"
            | "flood"
            | "floods"
            | "virus"
            | "disease"
            | "epidemic"
            | "pandemic"
            | "outbreak"
            | "inferno"
            | "infection"
    )
}

/// Keeps of the parties those who can be them: nobody causes a flood, and the police do not demonstrate.
fn fitting(
    words: &Words<'_>,
    hit: &Hit,
    what: What,
    (mut actors, mut recipients): (Vec<Party>, Vec<Party>),
) -> (Vec<Party>, Vec<Party>) {
    match what {
        What::Other("accident" | "disaster" | "disease") => (Vec::new(), Vec::new()),
        What::Plover("PROTEST") => {
            let state = |p: &Party| matches!(p.sector.as_deref(), Some("COP" | "MIL" | "JUD"));
            recipients.extend(actors.extract_if(.., |p| state(p)));
            let word = words.lower(hit.start);
            if actors.is_empty() && (word.ends_with("ers") || word.ends_with("ors")) {
                let span = words.span(hit.start, hit.start + 1);
                actors.push(Party {
                    span,
                    name: span.of(words.text).to_owned(),
                    country: None,
                    sector: Some("CVL".to_owned()),
                });
            }
            (actors, recipients)
        }
        _ => (actors, recipients),
    }
}

/// The word behind a dateline ("BELGRADE, Serbia — "): the place there is where the news was written, nobody who acts.
fn dateline_end(words: &Words<'_>, sentence: &Sentence) -> usize {
    if !words.breaks_before(sentence.start) {
        return sentence.start;
    }
    let end = (sentence.start..sentence.end.min(sentence.start + 14)).find(|k| {
        let dash = matches!(words.raw(*k), "—" | "–")
            || words.raw(*k) == "-" && !words.glued(*k) && !words.glued(*k + 1);
        dash && words.raw(sentence.start).chars().all(|c| !c.is_lowercase())
    });
    end.map_or(sentence.start, |k| k + 1)
}

/// A name of an event ("an offer") takes the parties, and where it has none the time, of the verb before it in its sentence.
fn share_parties(drafts: &mut [Draft], from: usize) {
    let countries = |d: &Draft| {
        d.actors.iter().any(|p| p.country.is_some())
            && d.recipients.iter().any(|p| p.country.is_some())
    };
    for k in from + 1..drafts.len() {
        let Some(before) = drafts.get(from..k).and_then(|d| d.iter().rev().find(|b| countries(b)))
        else {
            continue;
        };
        let (actors, recipients, time, background) = (
            before.actors.clone(),
            before.recipients.clone(),
            before.time.clone(),
            before.background,
        );
        let Some(d) = drafts.get_mut(k) else { break };
        if d.noun && !countries(d) && !is_hurtful(d.what) {
            (d.actors, d.recipients) = (actors, recipients);
            if d.time.is_none() {
                (d.time, d.background) = (time, background);
            }
        }
    }
}

fn is_hurtful(what: What) -> bool {
    matches!(what, What::Plover("ASSAULT" | "PROTEST") | What::Other(_) | What::Blast)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one event needs its sentence and everything that was found in it"
)]
fn draft(
    words: &Words<'_>,
    hit: &Hit,
    hits: &[Hit],
    index: usize,
    sentence: &Sentence,
    named: &[Named],
    found: Found<'_>,
    places: &[(std::ops::Range<usize>, &Place)],
    company: Company,
) -> Option<Draft> {
    let mood = realis::mood(words, hit, sentence.start);
    let mut realis = mood.realis;
    let sense = hit.sense;
    let (mut what, mut mode) = (sense.what, sense.mode);
    let mut cameo = sense.cameo;
    let (actors, recipients) = fitting(words, hit, what, parties(words, hit, sentence, named));
    let armed =
        |p: &Party| matches!(p.sector.as_deref(), Some("MIL" | "REB" | "UAF" | "COP" | "CRM"));
    if what == What::Blast {
        what = if company.attack {
            What::Plover("ASSAULT")
        } else if company.industry {
            What::Other("accident")
        } else {
            What::Other("other")
        };
        if what != What::Plover("ASSAULT") {
            (mode, cameo) = (None, None);
        }
    }
    if sense.weak {
        let other = hits.iter().any(|h| !h.sense.weak && is_hurtful(h.sense.what));
        if other || !actors.iter().any(armed) {
            return None;
        }
    }
    // "will visit" is a promise, "would blockade" a threat, "will not meet" a refusal
    if let What::Plover(kind) = what
        && words.lang == language::Lang::EN
    {
        let friendly =
            matches!(kind, "AID" | "SUPPORT" | "CONSULT" | "COOPERATE" | "RETREAT" | "CONCEDE");
        let hostile = matches!(kind, "ASSAULT" | "COERCE" | "SANCTION" | "PROTEST" | "MOBILIZE");
        let said = (sentence.start..hit.start).any(|k| {
            matches!(words.lower(k), "said" | "says" | "announced" | "vowed" | "declared" | "say")
        });
        if friendly && mood.intent && realis == Realis::Future {
            (what, mode, cameo, realis) =
                (What::Plover("AGREE"), None, Some("030"), Realis::Actual);
        } else if friendly && realis == Realis::Negated && mood.intent {
            (what, mode, cameo, realis) =
                (What::Plover("REJECT"), None, Some("120"), Realis::Actual);
        } else if hostile && mood.intent && realis == Realis::Future && said && !sense.noun {
            (what, mode, cameo, realis) =
                (What::Plover("THREATEN"), None, Some("130"), Realis::Actual);
        }
    }
    let before = hit.start.checked_sub(1).map_or("", |b| words.lower(b));
    let earlier = hit.start.checked_sub(2).map_or("", |b| words.lower(b));
    let fresh = |w: &str| {
        matches!(
            w,
            "another"
                | "second"
                | "third"
                | "similar"
                | "separate"
                | "more"
                | "other"
                | "previous"
                | "earlier"
                | "unrelated"
                | "weiterer"
                | "weitere"
                | "autre"
                | "другой"
                | "otro"
                | "otra"
        )
    };
    let (time, own_age) = time_of(words, hit, sentence, found);
    let recalled = found.background.get(index).copied().unwrap_or(false);
    let background = match own_age {
        Some(Age::Old) => true,
        Some(Age::Recent | Age::Ahead) => false,
        _ => recalled,
    };
    Some(Draft {
        what,
        mode,
        cameo,
        contexts: contexts(words, sentence, company, what),
        start: hit.start,
        end: hit.end,
        sentence: index,
        noun: sense.noun,
        fresh: fresh(before) || fresh(earlier),
        realis,
        background,
        actors,
        recipients,
        time,
        place: place_of(hit, sentence, places),
        casualties: Vec::new(),
        mentions: Vec::new(),
    })
}

static CONTEXTS: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("../data/en/contexts.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once(' '))
        .collect()
});

fn contexts(
    words: &Words<'_>,
    sentence: &Sentence,
    company: Company,
    what: What,
) -> Vec<&'static str> {
    let mut out: Vec<&'static str> = Vec::new();
    for k in sentence.start..sentence.end {
        if let Some(context) = CONTEXTS.get(words.lower(k))
            && !out.contains(context)
        {
            out.push(context);
        }
    }
    if company.attack
        && what == What::Plover("ASSAULT")
        && !out.contains(&"terrorism")
        && (0..words.len()).any(|k| matches!(words.lower(k), "terrorist" | "terrorism" | "terror"))
    {
        out.push("terrorism");
    }
    out.truncate(4);
    out
}

/// The time that belongs to a hit and its age.
fn time_of(
    words: &Words<'_>,
    hit: &Hit,
    sentence: &Sentence,
    found: Found<'_>,
) -> (Option<EventTime>, Option<Age>) {
    let span = words.span(sentence.start, sentence.end);
    let from = found.times.partition_point(|t| t.span.end <= span.start);
    let mut best: Option<(&TimeExpression, usize)> = None;
    for expression in
        found.times.get(from..).unwrap_or(&[]).iter().take_while(|t| t.span.start < span.end)
    {
        if !matches!(expression.kind, TimeKind::Date | TimeKind::Time)
            || expression.value.as_deref().is_none_or(|v| v.ends_with("_REF"))
        {
            continue;
        }
        let range = words.range(expression.span);
        // "the third this month" counts, it does not date
        let wide = expression.value.as_deref().is_some_and(|v| v.len() < 8);
        let named = hit.sense.noun
            || hit.start.checked_sub(1).is_some_and(|b| {
                matches!(words.lower(b), "the" | "der" | "die" | "das" | "l'" | "la" | "le" | "el")
            });
        if wide
            && named
            && matches!(
                words.lower(range.start),
                "this"
                    | "diese"
                    | "diesem"
                    | "diesen"
                    | "ce"
                    | "cette"
                    | "este"
                    | "esta"
                    | "этом"
                    | "этот"
            )
        {
            continue;
        }
        let before = range.start.checked_sub(1).map_or("", |b| words.lower(b));
        if matches!(
            before,
            "since" | "until" | "by" | "seit" | "bis" | "depuis" | "desde" | "hasta"
        ) {
            continue;
        }
        let far = if range.end <= hit.start {
            // "the September 11, 2001 attacks": the time names the event
            if range.end == hit.start { 0 } else { hit.start - range.end + 1 }
        } else {
            range.start.saturating_sub(hit.end) + 1
        };
        // a name of an event has its time beside it; a verb may have it at the other end of the sentence
        if far <= if hit.sense.noun { 12 } else { 24 } && best.is_none_or(|b| far < b.1) {
            best = Some((expression, far));
        }
    }
    let Some((expression, _)) = best else { return (None, None) };
    let age = background::age(expression, found.now);
    let time = expression.value.clone().map(|value| EventTime {
        value,
        span: Some(expression.span),
        inferred: expression.inferred,
    });
    (time, Some(age))
}

/// The place of a hit: the nearest named place behind it, else before it; a town before its country.
fn place_of(
    hit: &Hit,
    sentence: &Sentence,
    places: &[(std::ops::Range<usize>, &Place)],
) -> Option<EventPlace> {
    let from = places.partition_point(|p| p.0.end <= sentence.start);
    let mut best: Option<(&Place, usize)> = None;
    for (range, place) in
        places.get(from..).unwrap_or(&[]).iter().take_while(|p| p.0.start < sentence.end)
    {
        if place.role != PlaceRole::Literal {
            continue;
        }
        let behind = range.start >= hit.end;
        let far =
            if behind { range.start - hit.end } else { hit.start.saturating_sub(range.end) + 12 };
        // a whole country only where nothing smaller is named
        let far = far + if is_country(place) { 60 } else { 0 };
        // what is said or agreed happens where its own words say so, not where somebody's office is
        if !is_hurtful(hit.sense.what)
            && hit.sense.what != What::Plover("COERCE")
            && (!behind || far > 70 || (far > 8 && far < 60))
        {
            continue;
        }
        if best.is_none_or(|b| far < b.1) {
            best = Some((place, far));
        }
    }
    best.map(|(place, _)| EventPlace { place: place.clone(), inferred: false })
}

fn is_country(place: &Place) -> bool {
    let code = place.country.as_deref().and_then(|c| <[u8; 3]>::try_from(c.as_bytes()).ok());
    match (code.and_then(gazetteer::country), place.geonames) {
        (Some(country), Some(id)) => country.id == Some(id),
        _ => place.country.is_none() && place.latitude.is_some(),
    }
}

/// Who acts and who is acted upon, by the order of the words.
fn parties(
    words: &Words<'_>,
    hit: &Hit,
    sentence: &Sentence,
    named: &[Named],
) -> (Vec<Party>, Vec<Party>) {
    let before: Vec<&Named> = named
        .iter()
        .filter(|n| n.end <= hit.start + 1 && (n.start < hit.start || n.end < hit.end))
        .collect();
    let after: Vec<&Named> =
        named.iter().filter(|n| n.start >= hit.start && n.end > hit.start + 1).collect();
    let governor = |n: &Named| {
        n.start.checked_sub(1).filter(|k| *k >= sentence.start).map_or("", |k| {
            if matches!(words.lower(k), "the" | "a" | "an" | "its" | "their") && k > sentence.start
            {
                words.lower(k - 1)
            } else {
                words.lower(k)
            }
        })
    };
    let oblique = |n: &&&Named| {
        matches!(
            governor(n),
            "of" | "in"
                | "at"
                | "near"
                | "on"
                | "to"
                | "from"
                | "with"
                | "for"
                | "against"
                | "by"
                | "between"
                | "after"
                | "into"
                | "over"
                | "across"
        )
    };
    let by = after.iter().position(|n| governor(n) == "by" && n.start < hit.end + 12);
    let passive = words.lang == language::Lang::EN
        && (hit.start.saturating_sub(3)..hit.end)
            .any(|k| matches!(words.lower(k), "was" | "were" | "been" | "being"));
    let joined = |list: &[&Named], at: usize| -> Vec<Party> {
        let mut out: Vec<Party> = list.get(at).map(|n| n.party(words)).into_iter().collect();
        // "Israel and Syria", "President A and President B"
        for pair in list.get(at..).unwrap_or(&[]).windows(2) {
            let (Some(a), Some(b)) = (pair.first(), pair.get(1)) else { break };
            if b.start == a.end + 1
                && matches!(words.lower(a.end), "and" | "," | "-" | "und" | "et" | "и" | "y")
            {
                out.push(b.party(words));
            } else {
                break;
            }
        }
        out
    };
    let joined_back = |list: &[&Named], at: usize| -> Vec<Party> {
        let mut first = at;
        while let (Some(a), Some(b)) =
            (first.checked_sub(1).and_then(|f| list.get(f)), list.get(first))
        {
            if b.start == a.end + 1
                && matches!(words.lower(a.end), "and" | "," | "-" | "und" | "et" | "и" | "y")
            {
                first -= 1;
            } else {
                break;
            }
        }
        joined(list, first)
    };
    // the nearest that no preposition governs; one with a country before one without ("X was among the leaders to call")
    let subject = before
        .iter()
        .rposition(|n| !oblique(&n) && n.country.is_some())
        .or_else(|| before.iter().rposition(|n| !oblique(&n)))
        .or(if before.is_empty() { None } else { Some(before.len() - 1) });
    if let (true, Some(by)) = (passive || hit.sense.noun, by) {
        let recipients = subject.map(|s| joined_back(&before, s)).unwrap_or_default();
        return (joined(&after, by), recipients);
    }
    if passive {
        return (Vec::new(), subject.map(|s| joined_back(&before, s)).unwrap_or_default());
    }
    let mut actors = subject.map(|s| joined_back(&before, s)).unwrap_or_default();
    let mut recipients = Vec::new();
    // "between X and Y", "with X", "against X", or the bare object
    if let Some(first) = after.iter().position(|n| {
        n.start < hit.end + 10 && !matches!(governor(n), "by" | "said" | "in" | "near")
    }) {
        recipients = joined(&after, first);
        if after.get(first).is_some_and(|n| governor(n) == "between") && actors.is_empty() {
            actors.clone_from(&recipients);
        }
    }
    (actors, recipients)
}

/// Hangs every figure on the event that it tells of; a figure without one makes one.
fn hang(
    words: &Words<'_>,
    drafts: &mut Vec<Draft>,
    figures: Vec<Figure>,
    found: Found<'_>,
    places: &[(std::ops::Range<usize>, &Place)],
) {
    for figure in figures {
        let fits = |d: &Draft| match figure.casualty.kind {
            CasualtyKind::Arrested => d.what == What::Plover("COERCE"),
            CasualtyKind::Kidnapped => {
                d.what == What::Plover("ASSAULT") && d.mode == Some("abduct")
            }
            _ => is_hurtful(d.what) && (d.mode != Some("abduct")),
        };
        let real = |d: &Draft| d.realis == Realis::Actual;
        let recalled = found.background.get(figure.sentence).copied().unwrap_or(false);
        let far = |d: &Draft| d.start.abs_diff(figure.trigger);
        // an attack or a disaster before a protest that it happened beside
        let rank = |d: &Draft| (usize::from(d.what == What::Plover("PROTEST")), far(d));
        let here = (0..drafts.len())
            .filter(|k| {
                drafts.get(*k).is_some_and(|d| d.sentence == figure.sentence && fits(d) && real(d))
            })
            .min_by_key(|k| drafts.get(*k).map(rank));
        let place = here.or_else(|| {
            // the last event of its kind before, else the first after: news begins with its figures
            let open = |d: &Draft| fits(d) && real(d) && d.background == recalled;
            (0..drafts.len())
                .rev()
                .find(|k| {
                    drafts.get(*k).is_some_and(|d| {
                        d.sentence < figure.sentence && figure.sentence - d.sentence <= 8 && open(d)
                    })
                })
                .or_else(|| {
                    (0..drafts.len()).find(|k| {
                        drafts.get(*k).is_some_and(|d| {
                            d.sentence > figure.sentence
                                && d.sentence - figure.sentence <= 4
                                && open(d)
                        })
                    })
                })
        });
        let replaces = figure.replaces;
        if let Some(draft) = place.and_then(|p| drafts.get_mut(p)) {
            draft.casualties.push((figure.casualty, replaces));
            continue;
        }
        let Some(sentence) = words.sentences.get(figure.sentence) else { continue };
        let (what, mode, cameo) = match figure.casualty.kind {
            CasualtyKind::Arrested => (What::Plover("COERCE"), Some("arrest"), Some("173")),
            CasualtyKind::Kidnapped => (What::Plover("ASSAULT"), Some("abduct"), Some("181")),
            _ => (What::Other("other"), None, None),
        };
        let sense = lexicon::Sense {
            what,
            mode,
            cameo,
            say: false,
            noun: false,
            failed: false,
            weak: false,
        };
        let hit = Hit { start: figure.trigger, end: figure.trigger_end, sense };
        let (time, age) = time_of(words, &hit, sentence, found);
        let draft = Draft {
            what,
            mode,
            cameo,
            contexts: Vec::new(),
            start: figure.trigger,
            end: figure.trigger_end,
            sentence: figure.sentence,
            noun: false,
            fresh: false,
            realis: Realis::Actual,
            background: match age {
                Some(Age::Old) => true,
                Some(Age::Recent | Age::Ahead) => false,
                _ => recalled,
            },
            actors: Vec::new(),
            recipients: Vec::new(),
            time,
            place: place_of(&hit, sentence, places),
            casualties: vec![(figure.casualty, replaces)],
            mentions: Vec::new(),
        };
        let at = drafts.partition_point(|d| d.start <= draft.start);
        drafts.insert(at, draft);
    }
}

/// Accidents and disasters named without more are no events of the article: "fire", "storm".
fn is_empty_accident(d: &Draft) -> bool {
    matches!(d.what, What::Other(_))
        && d.casualties.is_empty()
        && d.time.is_none()
        && d.place.is_none()
}

/// Fills in what an event's neighbours say: marked as inferred.
fn infer(drafts: &mut [Draft]) {
    for k in 0..drafts.len() {
        let Some(d) = drafts.get(k) else { break };
        let violent = is_hurtful(d.what) || d.what == What::Plover("COERCE");
        if !violent || (d.time.is_some() && d.place.is_some()) || d.realis == Realis::Hypothetical {
            continue;
        }
        let (sentence, background) = (d.sentence, d.background);
        let near = |o: &&Draft| {
            o.background == background
                && is_hurtful(o.what)
                && o.realis != Realis::Hypothetical
                && o.sentence.abs_diff(sentence) <= 3
        };
        let time = drafts.iter().filter(near).find_map(|o| o.time.clone());
        let place = drafts.iter().filter(near).find_map(|o| o.place.clone());
        let Some(d) = drafts.get_mut(k) else { break };
        if d.time.is_none() && d.realis != Realis::Future {
            d.time = time.map(|t| EventTime { span: None, inferred: true, ..t });
        }
        if d.place.is_none() {
            d.place = place.map(|p| EventPlace { inferred: true, ..p });
        }
        // the police of the place are its country's
        if let Some(country) = d.place.as_ref().and_then(|p| p.place.country.clone()) {
            for party in d.actors.iter_mut().chain(d.recipients.iter_mut()) {
                if party.country.is_none()
                    && matches!(party.sector.as_deref(), Some("COP" | "MIL" | "GOV" | "JUD"))
                {
                    party.country = Some(country.clone());
                }
            }
        }
    }
}

fn finish(words: &Words<'_>, d: Draft, id: u32, statements: &[Statement]) -> Event {
    let trigger = words.span(d.start, d.end);
    let (kind_plover, kind_other) = match d.what {
        What::Plover(kind) => (Some(kind.to_owned()), None),
        What::Other(kind) => (None, Some(kind.to_owned())),
        What::Blast | What::Nothing => (None, Some("other".to_owned())),
    };
    let mut casualties: Vec<Casualty> = Vec::with_capacity(d.casualties.len());
    for (casualty, replaces) in d.casualties {
        let mut casualty = casualty;
        casualty.supersedes = replaces
            .and_then(|old| {
                casualties.iter().position(|c| {
                    c.kind == casualty.kind
                        && !c.part
                        && (c.best == Some(old) || c.min == Some(old))
                })
            })
            .map(|p| p as u32);
        casualties.push(casualty);
    }
    // the innermost statement that holds the trigger
    let speaker = statements
        .iter()
        .filter(|s| !s.negated && s.content.iter().any(|c| c.contains(trigger)))
        .min_by_key(|s| s.content.iter().map(|c| c.len()).sum::<usize>())
        .and_then(|s| s.speaker);
    Event {
        id,
        kind_plover,
        kind_other,
        mode: d.mode.map(str::to_owned),
        contexts: d.contexts.into_iter().map(str::to_owned).collect(),
        cameo: d.cameo.map(str::to_owned),
        trigger,
        // words until here, bytes from here on
        mentions: d.mentions.iter().map(|m| words.span(m.start as usize, m.end as usize)).collect(),
        sentence: words.sentences.get(d.sentence).map_or(0, |s| s.index),
        actors: d.actors,
        recipients: d.recipients,
        time: d.time,
        place: d.place,
        casualties,
        realis: d.realis,
        background: d.background,
        speaker,
    }
}
