//! Toponyms and what they mean: found by name, told apart by the company they keep.
//!
//! Found first, resolved later: [`find`] takes every name that may be a place, `resolve` chooses one meaning for all
//! mentions of a name together. A name that stands where places stand ("in Karsk") and is in no gazetteer is kept
//! without coordinates.

mod resolve;

use article::BlockKind;
use language::Lang;

use crate::{
    Entity, Gazetteer, Habits, Place, PlaceRole, TimeExpression,
    gazetteer::{self, Candidate, Form, PlaceKind, normal},
    words::{Kind, Words},
};

/// A name in the text that may be a place.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The normal form of the name: mentions of one key mean one place.
    pub(crate) key: String,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) role: PlaceRole,
    /// "X, Y": the mention that follows behind a comma and may hold this one.
    pub(crate) within: Option<usize>,
}

/// Finds and resolves the places of a text, in order.
pub(crate) fn read(
    words: &Words<'_>,
    entities: &[Entity],
    tagged: bool,
    times: &[TimeExpression],
    pack: Option<&Gazetteer>,
    habits: Option<&Habits>,
) -> Vec<Place> {
    let mentions = find(words, entities, tagged, times, pack);
    let chosen = resolve::resolve(&mentions, habits);
    mentions
        .iter()
        .zip(chosen)
        .map(|(mention, chosen)| {
            let span = words.span(mention.start, mention.end);
            match chosen.and_then(|c| mention.candidates.get(c)) {
                Some(c) => Place {
                    span,
                    name: c.name.to_string(),
                    latitude: Some(round(c.latitude)),
                    longitude: Some(round(c.longitude)),
                    country: c.country_text(),
                    geonames: c.id,
                    role: mention.role,
                },
                None => Place {
                    span,
                    name: span.of(words.text).to_owned(),
                    latitude: None,
                    longitude: None,
                    country: None,
                    geonames: None,
                    role: mention.role,
                },
            }
        })
        .collect()
}

/// Five decimals, as GeoNames has them: a metre.
fn round(degrees: f32) -> f64 {
    (f64::from(degrees) * 1e5).round() / 1e5
}

fn find(
    words: &Words<'_>,
    entities: &[Entity],
    tagged: bool,
    times: &[TimeExpression],
    pack: Option<&Gazetteer>,
) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::new();
    let mut time = 0;
    for sentence in &words.sentences {
        if sentence.block == BlockKind::Promotion {
            continue;
        }
        let mut i = sentence.start;
        while i < sentence.end {
            let Some(word) = words.get(i) else { break };
            while times.get(time).is_some_and(|t| t.span.end <= word.span.start) {
                time += 1;
            }
            if word.kind != Kind::Letters
                || times.get(time).is_some_and(|t| t.span.overlaps(word.span))
            {
                i += 1;
                continue;
            }
            let found = name_at(words, i, sentence.end, pack)
                .filter(|m| fits(words, m, entities, tagged, sentence.start));
            match found {
                Some(mention) => {
                    i = mention.end;
                    out.push(mention);
                }
                None => {
                    if let Some(mention) =
                        unknown_at(words, i, sentence.start, sentence.end, entities, tagged)
                    {
                        i = mention.end;
                        out.push(mention);
                    } else {
                        i += 1;
                    }
                }
            }
        }
    }
    for k in 0..out.len().saturating_sub(1) {
        let (Some(a), Some(b)) = (out.get(k), out.get(k + 1)) else { break };
        let comma = words.raw(a.end) == "," && b.start == a.end + 1;
        let bracket = words.raw(a.end) == "(" && b.start == a.end + 1;
        let (a_is, b_is) = (a.candidates.is_empty(), b.candidates.is_empty());
        if (comma || bracket)
            && !a_is
            && !b_is
            && let Some(a) = out.get_mut(k)
        {
            a.within = Some(k + 1);
        }
    }
    out
}

/// The longest name at the word `i` that the gazetteer knows.
fn name_at(words: &Words<'_>, i: usize, limit: usize, pack: Option<&Gazetteer>) -> Option<Mention> {
    let lang = words.lang;
    let capital = words.get(i).is_some_and(|w| w.capital);
    if !capital && (lang == Lang::EN || !lang.is_known()) {
        return None;
    }
    // the article of a name is no part of it ("The Hague" is, but its key has none)
    if matches!(words.lower(i), "the" | "der" | "die" | "das" | "le" | "les" | "los" | "las") {
        return None;
    }
    let mut key = String::new();
    normal::push_word(&mut key, words.lower(i));
    if key.is_empty() {
        return None;
    }
    let longer = gazetteer::begins(pack, &key);
    let mut best: Option<(usize, String, Vec<Candidate>)> = None;
    let mut end = i + 1;
    let mut parts = 1;
    loop {
        let stop = words.raw(end) == "." && words.glued(end);
        let mut candidates = gazetteer::find(pack, &key, lang);
        let mut after = end;
        if stop && parts <= 2 {
            let short = gazetteer::find(pack, &format!("{key}."), lang);
            if !short.is_empty() {
                candidates = short;
                after = end + 1;
            }
        }
        candidates.retain(|c| acceptable(words, i, end, c, &key));
        if !candidates.is_empty() {
            best = Some((after, key.clone(), candidates));
        }
        if !longer || parts >= 6 {
            break;
        }
        // "-" and the full stop of "St." join; a comma does not
        let mut next = end;
        if (words.raw(next) == "." && words.glued(next) && words.raw(next - 1).chars().count() <= 3)
            || (words.raw(next) == "-" && words.glued(next) && words.glued(next + 1))
        {
            next += 1;
        }
        if next >= limit || words.kind(next) != Some(Kind::Letters) || words.breaks_before(next) {
            break;
        }
        key.push(' ');
        normal::push_word(&mut key, words.lower(next));
        end = next + 1;
        parts += 1;
    }
    let (end, key, candidates) = best?;
    Some(Mention {
        start: i,
        end,
        key,
        role: role(words, i, end, &candidates),
        candidates,
        within: None,
    })
}

/// Whether the words are written as that name is.
fn acceptable(
    words: &Words<'_>,
    start: usize,
    end: usize,
    candidate: &Candidate,
    key: &str,
) -> bool {
    let first = words.get(start);
    let capital = first.is_some_and(|w| w.capital);
    if candidate.form == Form::Adjective {
        return capital || matches!(words.lang, Lang::DE | Lang::FR | Lang::RU | Lang::ES);
    }
    if !capital {
        return false;
    }
    // every word of a name of several has a capital, but for its small words
    let small = |w: &str| {
        matches!(
            w,
            "of" | "and"
                | "the"
                | "de"
                | "da"
                | "do"
                | "del"
                | "la"
                | "les"
                | "sur"
                | "am"
                | "an"
                | "der"
                | "upon"
                | "on"
                | "en"
                | "на"
                | "le"
                | "du"
                | "dos"
                | "das"
                | "al"
                | "el"
                | "und"
                | "y"
                | "et"
                | "arabes"
                | "unis"
                | "centrafricaine"
                | "démocratique"
        )
    };
    let written = (start..end).all(|k| {
        words.kind(k) != Some(Kind::Letters)
            || words.get(k).is_some_and(|w| w.capital)
            || small(words.lower(k))
            || !matches!(words.lang, Lang::EN)
    });
    if !written {
        return false;
    }
    // "US", not "us"
    if key.len() <= 3 && key.is_ascii() && end == start + 1 {
        let raw = words.raw(start);
        let initials =
            raw.contains('.') || (raw.chars().all(char::is_uppercase) && !words.shouting);
        return initials
            || (key.len() == 3
                && raw.chars().skip(1).all(char::is_lowercase)
                && candidate.kind != PlaceKind::Division1
                && (candidate.population > 200_000 || candidate.kind == PlaceKind::Country));
    }
    true
}

/// How the name is used, by the words around it.
fn role(words: &Words<'_>, start: usize, end: usize, candidates: &[Candidate]) -> PlaceRole {
    if candidates.first().is_some_and(|c| c.form == Form::Adjective) {
        return PlaceRole::Modifier;
    }
    let before = start.checked_sub(1).map_or("", |b| words.lower(b));
    let before =
        if matches!(before, "the" | "northern" | "southern" | "eastern" | "western" | "central") {
            start.checked_sub(2).map_or("", |b| words.lower(b))
        } else {
            before
        };
    if is_locative(words.lang, before) {
        return PlaceRole::Literal;
    }
    if words.raw(end) == "-" && words.glued(end) || (before == "-" && words.glued(start)) {
        return PlaceRole::Modifier;
    }
    if matches!(
        before,
        "with"
            | "between"
            | "against"
            | "by"
            | "toward"
            | "towards"
            | "mit"
            | "gegen"
            | "avec"
            | "contre"
            | "против"
            | "con"
            | "contra"
    ) {
        return PlaceRole::Metonymic;
    }
    let after = words.lower(end);
    if matches!(
        after,
        "said"
            | "says"
            | "has"
            | "had"
            | "have"
            | "will"
            | "would"
            | "and"
            | "is"
            | "was"
            | "accused"
            | "agreed"
            | "denied"
            | "wants"
            | "warned"
            | "announced"
            | "urged"
            | "called"
            | "signed"
            | "imposed"
    ) {
        return PlaceRole::Metonymic;
    }
    let noun = words.kind(end) == Some(Kind::Letters)
        && !words.capital(end)
        && !words.lower(end).starts_with('\'')
        && !matches!(
            after,
            "on" | "in"
                | "at"
                | "to"
                | "for"
                | "of"
                | "from"
                | "with"
                | "by"
                | "as"
                | "after"
                | "before"
                | "or"
                | "but"
                | "where"
                | "when"
                | "who"
                | "that"
                | "which"
                | "are"
                | "were"
                | "be"
                | "could"
                | "can"
                | "may"
                | "while"
                | "over"
                | "during"
                | "since"
                | "und"
                | "et"
                | "и"
                | "y"
        );
    if noun && words.lang == Lang::EN { PlaceRole::Modifier } else { PlaceRole::Literal }
}

/// Words behind which places stand.
pub(crate) fn is_locative(lang: Lang, word: &str) -> bool {
    match lang {
        Lang::DE => matches!(word, "in" | "bei" | "nahe" | "aus" | "nach" | "um" | "von"),
        Lang::FR => matches!(word, "à" | "en" | "au" | "aux" | "dans" | "près" | "de"),
        Lang::RU => matches!(
            word,
            "в" | "во" | "под" | "из" | "около" | "близ" | "городе" | "город" | "города"
        ),
        Lang::ES => matches!(word, "en" | "de" | "desde"),
        _ => matches!(
            word,
            "in" | "at"
                | "near"
                | "from"
                | "of"
                | "to"
                | "outside"
                | "around"
                | "into"
                | "across"
                | "through"
                | "throughout"
                | "inside"
                | "via"
                | "toward"
                | "towards"
        ),
    }
}

/// Whether a found name is a place here and no part of a person's or a paper's name.
fn fits(
    words: &Words<'_>,
    mention: &Mention,
    entities: &[Entity],
    tagged: bool,
    sentence: usize,
) -> bool {
    let span = words.span(mention.start, mention.end);
    let adjective = mention.candidates.first().is_some_and(|c| c.form == Form::Adjective);
    // "First" for First District is known to those who live there
    let local = |c: &Candidate| c.kind == PlaceKind::Division2 && c.form == Form::Short;
    let known = mention
        .candidates
        .iter()
        .any(|c| c.kind != PlaceKind::City && !local(c) || c.population >= 500_000 || c.capital);
    let next = words.raw(mention.end);
    let next_capital = words.get(mention.end).is_some_and(|w| w.capital && w.kind == Kind::Letters);
    // "Washington Post", "Georgia Tech"
    if !adjective
        && next_capital
        && matches!(
            next,
            "Times"
                | "Post"
                | "Tribune"
                | "Globe"
                | "Herald"
                | "Journal"
                | "Tech"
                | "Airlines"
                | "Airways"
                | "FC"
                | "United"
                | "Chronicle"
                | "Gazette"
                | "Mirror"
                | "Observer"
                | "Telegraph"
                | "Examiner"
                | "Inquirer"
                | "Bulls"
                | "Lakers"
                | "Cowboys"
                | "Yankees"
                | "Mets"
                | "Giants"
                | "Rangers"
                | "Stock"
                | "Sun"
        )
    {
        return false;
    }
    let at = entities.partition_point(|e| e.span.end <= span.start);
    if let Some(entity) = entities.get(at).filter(|e| e.span.overlaps(span)) {
        let label = entity.label.as_str();
        if matches!(
            label,
            "PERSON" | "WORK_OF_ART" | "PRODUCT" | "LAW" | "LANGUAGE" | "MONEY" | "DATE" | "TIME"
        ) && !adjective
        {
            // a country alone is no person, whatever the tagger says
            return known
                && entity.span == span
                && mention.candidates.iter().any(|c| c.kind == PlaceKind::Country);
        }
        // the tagger takes the World Trade Center for an organisation, and the White House is one
        let facility = mention.candidates.iter().any(|c| c.kind == PlaceKind::Facility);
        if label == "ORG"
            && !adjective
            && entity.span != span
            && !(facility && is_whole(words, mention, entity))
        {
            return false;
        }
    }
    // "Michael Jordan", "Denzel Washington": a name behind a name, but not at a sentence's beginning or behind a title
    if !adjective
        && mention.end == mention.start + 1
        && mention.start > sentence
        && words.lang == Lang::EN
        && !words.shouting
    {
        let before = mention.start - 1;
        let name_before = words.capital(before)
            && words.kind(before) == Some(Kind::Letters)
            && !words.get(before).is_some_and(|w| w.upper);
        let person = matches!(
            mention.key.as_str(),
            "jordan"
                | "london"
                | "washington"
                | "georgia"
                | "chad"
                | "israel"
                | "paris"
                | "sydney"
                | "austin"
                | "dallas"
                | "houston"
                | "lincoln"
                | "jackson"
                | "madison"
                | "chelsea"
                | "carolina"
                | "virginia"
                | "victoria"
                | "india"
                | "kent"
                | "york"
                | "cleveland"
                | "denver"
                | "phoenix"
                | "orlando"
                | "santiago"
                | "florence"
                | "milan"
                | "wellington"
                | "valencia"
                | "lima"
                | "nice"
        );
        if person && name_before && !is_title(words.lower(before)) {
            return false;
        }
    }
    // "Jordan Peele"
    if matches!(
        mention.key.as_str(),
        "jordan"
            | "chad"
            | "israel"
            | "paris"
            | "sydney"
            | "austin"
            | "dallas"
            | "georgia"
            | "virginia"
            | "chelsea"
    ) && next_capital
        && !words.get(mention.end).is_some_and(|w| w.upper)
        && words.kind(mention.end) == Some(Kind::Letters)
        && !words.breaks_before(mention.end)
        && !adjective
    {
        let before = mention.start.checked_sub(1).map_or("", |b| words.lower(b));
        if !is_locative(words.lang, before)
            && !matches!(next, "River" | "Valley" | "County" | "State")
        {
            return false;
        }
    }
    if known || adjective {
        return true;
    }
    // a small place needs its context: the tagger's word, or where it stands
    let label = entities.get(at).filter(|e| e.span.overlaps(span)).map(|e| e.label.as_str());
    if matches!(label, Some("GPE" | "LOC" | "FAC")) {
        return true;
    }
    let before = mention.start.checked_sub(1).map_or("", |b| words.lower(b));
    let placed = matches!(before, "in" | "near" | "outside" | "at" | "from") && !next_capital
        || !tagged && is_locative(words.lang, before);
    // "Springfield, Ohio"
    let held =
        words.raw(mention.end) == "," && words.get(mention.end + 1).is_some_and(|w| w.capital);
    // "SPRINGFIELD (AP) —"
    let dateline = mention.start == sentence
        && words.breaks_before(mention.start)
        && (matches!(words.raw(mention.end), "(" | "—" | "–")
            || words.raw(mention.end) == "-" && !words.glued(mention.end));
    let peopled = mention.candidates.iter().any(|c| c.population > 1500);
    dateline || (placed || held && label.is_some()) && peopled
}

/// Whether the entity is an article and the name: "the World Trade Center".
fn is_whole(words: &Words<'_>, mention: &Mention, entity: &Entity) -> bool {
    let span = words.span(mention.start, mention.end);
    mention
        .start
        .checked_sub(1)
        .is_some_and(|b| words.lower(b) == "the" && entity.span == words.span(b, mention.end))
}

fn is_title(word: &str) -> bool {
    matches!(
        word,
        "monday"
            | "tuesday"
            | "wednesday"
            | "thursday"
            | "friday"
            | "saturday"
            | "sunday"
            | "the"
            | "mayor"
            | "president"
            | "northern"
            | "southern"
            | "eastern"
            | "western"
            | "north"
            | "south"
            | "east"
            | "west"
            | "downtown"
            | "central"
            | "greater"
            | "in"
            | "and"
    )
}

/// A name that no gazetteer knows, where only a place can stand: "in Karsk".
fn unknown_at(
    words: &Words<'_>,
    i: usize,
    sentence: usize,
    limit: usize,
    entities: &[Entity],
    tagged: bool,
) -> Option<Mention> {
    if i <= sentence
        || !words.capital(i)
        || words.shouting
        || words.get(i).is_some_and(|w| w.upper && w.span.len() <= 4)
    {
        return None;
    }
    let span = words.span(i, i + 1);
    let at = entities.partition_point(|e| e.span.end <= span.start);
    if let Some(entity) = entities
        .get(at)
        .filter(|e| e.span.start == span.start && matches!(e.label.as_str(), "GPE" | "LOC" | "FAC"))
    {
        let end = words.range(entity.span).end.min(limit);
        let mut key = String::new();
        for k in i..end {
            if !key.is_empty() {
                key.push(' ');
            }
            normal::push_word(&mut key, words.lower(k));
        }
        return Some(Mention {
            start: i,
            end,
            key,
            candidates: Vec::new(),
            role: PlaceRole::Literal,
            within: None,
        });
    }
    if tagged {
        return None;
    }
    let before = words.lower(i - 1);
    let earlier = i.checked_sub(2).map_or("", |e| words.lower(e));
    let strong = match words.lang {
        Lang::DE => matches!(before, "in" | "nahe" | "bei"),
        Lang::FR => matches!(before, "à"),
        Lang::RU => matches!(before, "в" | "во" | "под" | "близ" | "городе" | "города"),
        Lang::ES => before == "en",
        _ => {
            matches!(before, "in" | "near" | "outside")
                || before == "of"
                    && matches!(
                        earlier,
                        "town"
                            | "city"
                            | "village"
                            | "port"
                            | "market"
                            | "centre"
                            | "center"
                            | "outskirts"
                            | "capital"
                            | "streets"
                            | "suburb"
                            | "province"
                            | "district"
                            | "region"
                            | "mayor"
                            | "island"
                            | "state"
                    )
        }
    };
    // German writes every noun with a capital: only a name that ends its phrase, and no noun with an article
    if !strong || words.lang == Lang::DE && is_german_noun(words.raw(i)) {
        return None;
    }
    let mut end = i + 1;
    while end < limit
        && end < i + 4
        && words.kind(end) == Some(Kind::Letters)
        && words.capital(end)
        && !words.breaks_before(end)
        && words.lang != Lang::DE
    {
        end += 1;
    }
    let mut key = String::new();
    for k in i..end {
        if !key.is_empty() {
            key.push(' ');
        }
        normal::push_word(&mut key, words.lower(k));
    }
    Some(Mention {
        start: i,
        end,
        key,
        candidates: Vec::new(),
        role: PlaceRole::Literal,
        within: None,
    })
}

/// A German word that is a common noun by its ending.
fn is_german_noun(word: &str) -> bool {
    const SHORT: [&str; 27] = [
        "Haft", "Kraft", "Brand", "Gefahr", "Form", "Folge", "Frage", "Not", "Bezug", "Betrieb",
        "Flammen", "Zukunft", "Ruhe", "Panik", "Angst", "Höhe", "Empfang", "Polizei", "Nato",
        "Krieg", "Frieden", "Bedarf", "Beginn", "Ende", "Regen", "Tests", "Richtung",
    ];
    if SHORT.contains(&word) {
        return true;
    }
    [
        "ung", "heit", "keit", "schaft", "tion", "nen", "ern", "rn", "gen", "ten", "hen", "sen",
        "ben", "den", "fen", "len", "ren", "ken", "zug", "haus", "zeit", "licht", "los", "raum",
        "fall", "kraft", "nis", "tum", "ment", "tät",
    ]
    .iter()
    .any(|e| word.ends_with(e))
        && word.len() > 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    fn check(lang: Lang, text: &str, expected: &[(&str, &str)]) {
        let words = Words::of_text(text, lang);
        let times = time::read(&words, None);
        let got = read(&words, &[], false, &times, None, None);
        let got: Vec<(&str, String)> = got
            .iter()
            .map(|p| {
                (p.span.of(text), p.geonames.map_or_else(|| "-".to_owned(), |_| p.name.clone()))
            })
            .collect();
        let got: Vec<(&str, &str)> = got.iter().map(|(a, b)| (*a, b.as_str())).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn names_and_adjectives() {
        check(
            Lang::EN,
            "The US-Russian group met in St. Petersburg and in Karsk.",
            &[
                ("US", "United States"),
                ("Russian", "Russia"),
                ("St. Petersburg", "Saint Petersburg"),
                ("Karsk", "-"),
            ],
        );
        check(Lang::EN, "He told us that Michael Jordan was in Jordan.", &[("Jordan", "Jordan")]);
        check(
            Lang::EN,
            "It was on the World Trade Center in New York City and the Pentagon.",
            &[
                ("World Trade Center", "World Trade Center"),
                ("New York City", "New York City"),
                ("Pentagon", "Pentagon"),
            ],
        );
        check(
            Lang::DE,
            "Der russische Präsident sprach in Moskau über die USA.",
            &[("russische", "Russia"), ("Moskau", "Moscow"), ("USA", "United States")],
        );
        check(
            Lang::RU,
            "Российские военные вышли из Москвы в Германию.",
            &[("Российские", "Russia"), ("Москвы", "Moscow"), ("Германию", "Germany")],
        );
        check(
            Lang::FR,
            "Le président français est à Londres.",
            &[("français", "France"), ("Londres", "London")],
        );
    }
}
