//! Who acts and on whom: countries, people, bodies and kinds of people as the text names them.

use std::sync::LazyLock;

use language::Lang;
use rustc_hash::FxHashMap;

use crate::{
    Party, Place, PlaceRole,
    words::{Kind, Sentence, Words},
};

/// A stretch of words that names somebody.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) country: Option<String>,
    pub(super) sector: Option<&'static str>,
}

struct Entry {
    rest: Vec<&'static str>,
    sector: &'static str,
    country: Option<&'static str>,
}

static PARTIES: LazyLock<FxHashMap<&'static str, Vec<Entry>>> = LazyLock::new(|| {
    let mut out: FxHashMap<&'static str, Vec<Entry>> = FxHashMap::default();
    for line in include_str!("../../data/en/parties.txt").lines().filter(|l| !l.starts_with('#')) {
        let mut fields = line.split(' ');
        let (Some(phrase), Some(sector), country) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let mut words = phrase.split(['_', '-']);
        let Some(first) = words.next() else { continue };
        out.entry(first).or_default().push(Entry { rest: words.collect(), sector, country });
    }
    out
});

/// The longest entry of the word list at `i`: its end, sector and country.
fn listed(
    words: &Words<'_>,
    i: usize,
    limit: usize,
) -> Option<(usize, &'static str, Option<&'static str>)> {
    // the list is English: "un" is an article elsewhere
    if words.lang != Lang::EN {
        return None;
    }
    let entries = PARTIES.get(words.lower(i))?;
    let mut best: Option<(usize, &'static str, Option<&'static str>)> = None;
    for entry in entries {
        let mut at = i + 1;
        let fits = entry.rest.iter().all(|part| {
            at += usize::from(words.raw(at) == "-");
            let ok = at < limit && words.lower(at) == *part;
            at += 1;
            ok
        });
        if fits && best.is_none_or(|b| at > b.0) {
            best = Some((at, entry.sector, entry.country));
        }
    }
    // a name with a country is a name only with its capital ("bush", "trump")
    best.filter(|b| b.2.is_none() || words.capital(i) || words.shouting)
}

/// Everyone whom the article names, sentence by sentence; a surname alone takes the country and sector of the full name.
#[derive(Debug, Default)]
pub(super) struct Parties {
    surnames: FxHashMap<String, (Option<String>, Option<&'static str>)>,
}

impl Parties {
    /// The parties of a sentence, in order.
    pub(super) fn find(
        &mut self,
        words: &Words<'_>,
        sentence: &Sentence,
        places: &[(std::ops::Range<usize>, &Place)],
    ) -> Vec<Named> {
        let mut out: Vec<Named> = Vec::new();
        let mut i = sentence.start;
        while i < sentence.end {
            let Some(named) = self.at(words, i, sentence.end, places) else {
                i += 1;
                continue;
            };
            i = named.end.max(i + 1);
            out.push(named);
        }
        out
    }

    fn at(
        &mut self,
        words: &Words<'_>,
        i: usize,
        limit: usize,
        places: &[(std::ops::Range<usize>, &Place)],
    ) -> Option<Named> {
        if words.kind(i) != Some(Kind::Letters) {
            return None;
        }
        let (mut country, mut sector): (Option<String>, Option<&'static str>) = (None, None);
        let mut at = i;
        let mut content = false;
        let mut name_from = None;
        while at < limit {
            if at > i && words.breaks_before(at) {
                break;
            }
            let place =
                places.get(places.partition_point(|p| p.0.end <= at)).filter(|p| p.0.start == at);
            // a town or a building where something happens is no party
            let place = place.filter(|p| p.1.role != PlaceRole::Literal || super::is_country(p.1));
            if let Some((range, place)) = place {
                // a second country begins another party: "US-Russian", "Israel and Syria"
                if country.is_some() && place.country.is_some() && place.country != country {
                    break;
                }
                if content && sector.is_some() && at > i {
                    break;
                }
                country = country.or_else(|| place.country.clone());
                content = true;
                at = range.end;
                continue;
            }
            if let Some((end, listed_sector, listed_country)) = listed(words, at, limit) {
                sector = Some(listed_sector);
                if country.is_none() {
                    country = listed_country.map(str::to_owned);
                }
                content = true;
                at = end;
                continue;
            }
            let word = words.lower(at);
            if words.kind(at) == Some(Kind::Letters)
                && words.capital(at)
                && (at > i || content || self.surnames.contains_key(word))
            {
                name_from.get_or_insert(at);
                if let Some((c, s)) = self.surnames.get(word) {
                    country = country.or_else(|| c.clone());
                    sector = sector.or(*s);
                    content = true;
                }
                at += 1;
                continue;
            }
            let inside = content
                && matches!(
                    word,
                    "foreign"
                        | "defence"
                        | "defense"
                        | "prime"
                        | "interior"
                        | "vice"
                        | "former"
                        | "senior"
                        | "outgoing"
                        | "riot"
                        | "security"
                        | "military"
                        | "ethnic"
                        | "state"
                        | "special"
                        | "armed"
                        | "finance"
                        | "top"
                        | "junior"
                        | "civilian"
                        | "intelligence"
                        | "opposition"
                        | "coalition"
                        | "border"
                        | "army"
                        | "government"
                        | "secret"
                        | "and"
                        | "-"
                        | "\""
                );
            // "defence minister": the adjectives count only where somebody follows
            if inside
                && !matches!(word, "and" | "\"")
                && at + 1 < limit
                && (word == "-"
                    || listed(words, at + 1, limit).is_some()
                    || matches!(words.lower(at + 1), "foreign" | "defence" | "prime" | "minister"))
            {
                at += 1;
                continue;
            }
            break;
        }
        if !content {
            return None;
        }
        if let Some(from) = name_from
            && at > from
            && (country.is_some() || sector.is_some())
        {
            let surname = words.lower(at - 1).to_owned();
            if surname.len() > 2 {
                self.surnames.entry(surname).or_insert((country.clone(), sector));
            }
        }
        Some(Named { start: i, end: at, country, sector })
    }
}

impl Named {
    /// The contract's party.
    pub(super) fn party(&self, words: &Words<'_>) -> Party {
        let span = words.span(self.start, self.end);
        Party {
            span,
            name: span.of(words.text).to_owned(),
            country: self.country.clone(),
            sector: self.sector.map(str::to_owned),
        }
    }
}
