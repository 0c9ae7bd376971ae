//! Which runs of words may name a place.

use article::BlockKind;
use language::Lang;

use rustc_hash::FxHashSet;

use super::{
    Class, Given, Lists, Mention,
    fits::{fits, is_clear},
    role, stands_in, word_before,
};
use crate::{
    PlaceRole,
    gazetteer::{self, Candidate, Form, PlaceKind, normal},
    words::{Kind, Words},
};

/// Most words of one name.
const NAME_WORDS_MAX: usize = 6;

/// Every name of the text that may be a place, in order.
pub(super) fn find(given: &Given<'_>) -> Vec<Mention> {
    let words = given.words;
    let mut out: Vec<Mention> = Vec::new();
    let mut doubted: Vec<(Mention, usize)> = Vec::new();
    let mut time = 0;
    for sentence in &words.sentences {
        if sentence.block == BlockKind::Promotion {
            continue;
        }
        let mut i = sentence.start;
        while i < sentence.end {
            let Some(word) = words.get(i) else { break };
            while given.times.get(time).is_some_and(|t| t.span.end <= word.span.start) {
                time += 1;
            }
            let in_time = given.times.get(time).is_some_and(|t| t.span.overlaps(word.span));
            if word.kind != Kind::Letters || in_time {
                i += 1;
                continue;
            }
            let known = name_at(given, i, sentence.end);
            let found = match known {
                Some(m) if fits(given, &m, sentence.start, &|_| false) => Some(m),
                known => {
                    doubted.extend(known.map(|m| (m, sentence.start)));
                    unknown_at(given, i, sentence.start, sentence.end)
                }
            };
            match found {
                Some(mention) => {
                    i = mention.end;
                    out.push(mention);
                }
                None => i += 1,
            }
        }
    }
    add_doubted(given, doubted, &mut out);
    link_containers(words, &mut out);
    out
}

/// A name that is a place where the text is clear is one where it is not: "Gainesville bids goodbye".
fn add_doubted(given: &Given<'_>, doubted: Vec<(Mention, usize)>, out: &mut Vec<Mention>) {
    let clear: FxHashSet<String> =
        out.iter().filter(|m| is_clear(given, m)).map(|m| m.key.clone()).collect();
    let before = out.len();
    for (mention, sentence) in doubted {
        let free = out.get(..before).is_some_and(|found| {
            let at = found.partition_point(|m| m.end <= mention.start);
            found.get(at).is_none_or(|m| m.start >= mention.end)
        });
        if free && fits(given, &mention, sentence, &|key| clear.contains(key)) {
            out.push(mention);
        }
    }
    if out.len() > before {
        out.sort_by_key(|m| m.start);
        // "New York" and "York" were both in doubt
        let mut end = 0;
        out.retain(|m| {
            m.start >= end && {
                end = m.end;
                true
            }
        });
    }
}

/// "X, Y" and "X (Y)": notes at X that Y may hold it.
fn link_containers(words: &Words<'_>, mentions: &mut [Mention]) {
    for k in 1..mentions.len() {
        let Some([a, b]) = mentions.get_mut(k - 1..=k) else { break };
        let joined = matches!(words.raw(a.end), "," | "(") && b.start == a.end + 1;
        if joined && !a.candidates.is_empty() && !b.candidates.is_empty() {
            a.within = Some(k);
        }
    }
}

/// The longest name at the word `i` that the gazetteer knows.
fn name_at(given: &Given<'_>, i: usize, limit: usize) -> Option<Mention> {
    let (words, pack) = (given.words, given.pack);
    let lang = words.lang;
    let capital = words.get(i).is_some_and(|w| w.capital);
    if !capital && (lang == Lang::EN || !lang.is_known()) {
        return None;
    }
    // the article of a name is no part of it, but of a foreign name: "The Hague" is found without, "Los Angeles" with
    let article = match lang {
        Lang::DE => matches!(words.lower(i), "der" | "die" | "das"),
        Lang::FR => matches!(words.lower(i), "le" | "la" | "les"),
        Lang::ES => matches!(words.lower(i), "el" | "la"),
        _ => words.lower(i) == "the",
    };
    if article {
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
        let shortened = after > end;
        candidates.retain(|c| is_written_as(words, i, end, c, &key, shortened));
        if !candidates.is_empty() {
            best = Some((after, key.clone(), candidates));
        }
        if !longer || parts >= NAME_WORDS_MAX {
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
        // "People's", "d'Ivoire": what an apostrophe joins is one word of the key
        let joined = words.glued(next)
            && (words.lower(next).starts_with('\'') || words.lower(end - 1).ends_with('\''));
        if !joined {
            key.push(' ');
        }
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

/// Whether the words are written as that name is; `shortened` where its full stop is part of it.
fn is_written_as(
    words: &Words<'_>,
    start: usize,
    end: usize,
    candidate: &Candidate,
    key: &str,
    shortened: bool,
) -> bool {
    let capital = words.get(start).is_some_and(|w| w.capital);
    if candidate.form == Form::Adjective {
        // "Americans" are people and no place
        let people = words.lang == Lang::EN && key.ends_with("ns");
        return capital && !people
            || matches!(words.lang, Lang::DE | Lang::FR | Lang::RU | Lang::ES);
    }
    if !capital {
        return false;
    }
    let lists = Lists::of(words.lang);
    let local =
        matches!(candidate.kind, PlaceKind::City | PlaceKind::Division1 | PlaceKind::Division2);
    if local
        && !candidate.capital
        && end == start + 1
        && lists.is(words.lower(start), Class::NoPlace)
    {
        // "Union, New Jersey"
        return words.raw(end) == "," && words.capital(end + 1);
    }
    // every word of a name of several has a capital, but for its small words
    let written = words.lang != Lang::EN
        || (start..end).all(|k| {
            words.kind(k) != Some(Kind::Letters)
                || words.capital(k)
                || is_small(words.lower(k))
                || words.lower(k).starts_with('\'')
                || words.lower(k).ends_with('\'')
                || words.shouting
        });
    written
        && (shortened || end > start + 1 || !is_initials_of_another(words, start, candidate, key))
}

/// Small words inside names of several: "Stratford upon Avon".
fn is_small(word: &str) -> bool {
    matches!(
        word,
        "of" | "and"
            | "the"
            | "upon"
            | "on"
            | "sur"
            | "de"
            | "da"
            | "do"
            | "del"
            | "dos"
            | "das"
            | "du"
            | "la"
            | "le"
            | "les"
            | "en"
            | "et"
            | "am"
            | "an"
            | "der"
            | "und"
            | "al"
            | "el"
            | "y"
            | "на"
    )
}

/// "us" is no country, "NGO" no village: few letters name a place only as it is written.
fn is_initials_of_another(words: &Words<'_>, at: usize, candidate: &Candidate, key: &str) -> bool {
    let raw = words.raw(at);
    let known = candidate.kind != PlaceKind::City && candidate.kind != PlaceKind::Division2;
    let upper = raw.chars().all(char::is_uppercase) && !words.shouting;
    if key.len() <= 3 && key.is_ascii() {
        let initials = raw.contains('.') || upper && known;
        let named = key.len() == 3
            && raw.chars().skip(1).all(char::is_lowercase)
            && candidate.kind != PlaceKind::Division1
            && (candidate.population > 200_000 || candidate.kind == PlaceKind::Country);
        return !(initials || named);
    }
    // "LIMA (AP) —" begins a dateline
    let dateline = matches!(words.raw(at + 1), "(" | "," | "—" | "–");
    upper && !known && raw.chars().count() <= 5 && !dateline
}

/// A name that no gazetteer knows, where only a place can stand: "in Karsk".
fn unknown_at(given: &Given<'_>, i: usize, sentence: usize, limit: usize) -> Option<Mention> {
    let words = given.words;
    if i <= sentence
        || !words.capital(i)
        || words.get(i).is_some_and(|w| w.upper && w.span.len() <= 4)
    {
        return None;
    }
    let end = match tagged_end(given, i, limit) {
        Some(end) => end,
        None if given.tagged => return None,
        None => untagged_end(words, i, limit)?,
    };
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

/// Where the place ends that the engine saw begin at `i`, behind a word that places stand behind.
fn tagged_end(given: &Given<'_>, i: usize, limit: usize) -> Option<usize> {
    let words = given.words;
    let lists = Lists::of(words.lang);
    let span = words.span(i, i + 1);
    let at = given.entities.partition_point(|e| e.span.end <= span.start);
    let entity = given.entities.get(at).filter(|e| e.span.overlaps(span))?;
    // "at the Barclays Center": the article may be part of the engine's name
    let start = words.range(entity.span).start;
    if start != i && !(start + 1 == i && words.lower(start) == "the") {
        return None;
    }
    let end = words.range(entity.span).end.min(limit);
    let before = if word_before(words, i) == "the" { i - 1 } else { i };
    let place = match entity.label.as_str() {
        "GPE" | "LOC" | "FAC" => lists.is(word_before(words, before), Class::Locative),
        "ORG" | "PERSON" => {
            end > i + 1
                && stands_in(words, before)
                && lists.is(words.lower(end - 1), Class::Facility)
        }
        _ => false,
    };
    place.then_some(end)
}

/// Where the name ends that stands where only a place can stand.
fn untagged_end(words: &Words<'_>, i: usize, limit: usize) -> Option<usize> {
    let lists = Lists::of(words.lang);
    let before = word_before(words, i);
    let earlier = i.checked_sub(2).map_or("", |e| words.lower(e));
    let of_settlement = before == "of" && lists.is(earlier, Class::Settlement);
    let strong = lists.is(before, Class::StandsIn) || of_settlement;
    // German writes every noun with a capital
    let lower = words.lower(i);
    let noun =
        words.lang == Lang::DE && (lists.is(lower, Class::NoPlace) || lists.ends_as_noun(lower));
    if !strong || noun {
        return None;
    }
    let mut end = i + 1;
    while end < limit.min(i + 4)
        && words.kind(end) == Some(Kind::Letters)
        && words.capital(end)
        && !words.breaks_before(end)
        && words.lang != Lang::DE
    {
        end += 1;
    }
    Some(end)
}
