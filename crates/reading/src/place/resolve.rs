//! Which of several places a name means: countries first, then what the article and the outlet are about, then size.
//!
//! # Source
//!
//! The weights are those measured on LGL, GeoWebNews and GeoVirus with the rule of one sense per discourse (Gale et al.
//! 1992) and containment ("Portland, Maine"; Leidner 2007).

use rustc_hash::FxHashMap;

use super::Mention;
use crate::{
    Habits,
    gazetteer::{Candidate, Form, PlaceKind},
};

/// What a candidate is worth before the company is looked at.
fn prior(c: &Candidate) -> f64 {
    let kind = match c.kind {
        PlaceKind::Country => 6.0,
        PlaceKind::Region | PlaceKind::Facility | PlaceKind::Water => 5.0,
        PlaceKind::Division1 => 4.7,
        PlaceKind::Division2 => 1.0,
        PlaceKind::City => 0.0,
    };
    let people = if c.population > 0 { f64::from(c.population).log10() } else { 0.5 };
    let people = if c.kind == PlaceKind::Division1 { people.min(2.2) } else { people };
    let quality = match c.form {
        Form::Name => 0.0,
        Form::Alternate => -1.2,
        Form::Short => -0.6,
        Form::Adjective => -0.4,
    };
    kind + people + if c.capital { 2.0 } else { 0.0 } + quality
}

/// Chooses a candidate for each mention; all mentions of a name mean the same.
pub(super) fn resolve(mentions: &[Mention], habits: Option<&Habits>) -> Vec<Option<usize>> {
    // one decision a name
    let mut names: FxHashMap<&str, usize> = FxHashMap::default();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, mention) in mentions.iter().enumerate() {
        if mention.candidates.is_empty() {
            continue;
        }
        let group = *names.entry(mention.key.as_str()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(group) {
            group.push(place);
        }
    }
    let mut chosen: Vec<Option<usize>> = vec![None; mentions.len()];
    let mut countries: FxHashMap<[u8; 3], f64> = FxHashMap::default();
    let mut divisions: FxHashMap<u32, f64> = FxHashMap::default();
    let (habit_countries, habit_regions) = habit_weights(habits);
    for round in 0..3 {
        for group in &groups {
            let Some(first) = group.first().and_then(|g| mentions.get(*g)) else { continue };
            let mut best: Option<(usize, f64)> = None;
            for (place, c) in first.candidates.iter().enumerate() {
                let mut score = prior(c);
                // what the name is said to lie in, at any of its mentions
                for mention in group.iter().filter_map(|g| mentions.get(*g)) {
                    let Some(outer) = mention.within.and_then(|w| mentions.get(w)) else {
                        continue;
                    };
                    let holds = outer.candidates.iter().any(|o| match o.kind {
                        PlaceKind::Country => {
                            o.country == c.country && c.kind != PlaceKind::Country
                        }
                        PlaceKind::Division1 => {
                            o.division1 != 0
                                && o.division1 == c.division1
                                && c.kind != PlaceKind::Division1
                        }
                        PlaceKind::Division2 => {
                            c.division2 != 0
                                && o.division2 == c.division2
                                && c.kind == PlaceKind::City
                        }
                        _ => false,
                    });
                    if holds {
                        score += 8.0;
                        break;
                    }
                }
                if round > 0 {
                    score += 1.6 * countries.get(&c.country).copied().unwrap_or(0.0).min(1.0);
                    score += 2.4 * divisions.get(&c.division1).copied().unwrap_or(0.0).min(1.0);
                }
                score += 2.0 * habit_countries.get(&c.country).copied().unwrap_or(0.0);
                if c.division1 != 0 {
                    score += 3.5 * habit_regions.get(&c.division1).copied().unwrap_or(0.0);
                }
                if best.is_none_or(|(_, b)| score > b + 1e-9) {
                    best = Some((place, score));
                }
            }
            // "Paris, Texas" is no Paris that lies elsewhere: refused rather than guessed
            let refused = best.and_then(|b| first.candidates.get(b.0)).is_some_and(|c| {
                c.kind == PlaceKind::City
                    && group.iter().filter_map(|g| mentions.get(*g)?.within).any(|w| {
                        mentions.get(w).is_some_and(|outer| {
                            !outer.candidates.is_empty()
                                && outer.candidates.iter().all(|o| {
                                    o.kind == PlaceKind::Division1 && o.country != c.country
                                })
                        })
                    })
            });
            let best = if refused { None } else { best };
            for g in group {
                if let Some(slot) = chosen.get_mut(*g) {
                    *slot = best.map(|b| b.0);
                }
            }
        }
        // what the article is about, as chosen so far; a name counts for the others, not for itself, by being one of many
        countries.clear();
        divisions.clear();
        let mut total = 0.0;
        for group in &groups {
            let Some((mention, choice)) =
                group.first().and_then(|g| Some((mentions.get(*g)?, (*chosen.get(*g)?)?)))
            else {
                continue;
            };
            let Some(c) = mention.candidates.get(choice) else { continue };
            // sure names weigh more
            let sure = if mention.candidates.len() == 1
                || c.kind != PlaceKind::City
                || mention.within.is_some()
            {
                1.0
            } else {
                0.5
            };
            let weight = sure * (1.0 + (group.len() as f64).ln());
            total += weight;
            *countries.entry(c.country).or_default() += weight;
            if c.division1 != 0 {
                *divisions.entry(c.division1).or_default() += weight;
            }
        }
        if total > 0.0 {
            let scale = 2.0 / total;
            multiply(&mut countries, scale);
            multiply(&mut divisions, scale);
        }
    }
    chosen
}

/// Makes every share so many times as large.
#[expect(clippy::iter_over_hash_type, reason = "each share alone: their order does not matter")]
fn multiply<K>(shares: &mut FxHashMap<K, f64>, by: f64) {
    for share in shares.values_mut() {
        *share *= by;
    }
}

/// Shares of the outlet's other articles by country and region.
fn habit_weights(habits: Option<&Habits>) -> (FxHashMap<[u8; 3], f64>, FxHashMap<u32, f64>) {
    let Some(habits) = habits else { return Default::default() };
    let total: u32 = habits.countries.values().fold(0, |a, b| a.saturating_add(*b));
    let regional: u32 = habits.regions.values().fold(0, |a, b| a.saturating_add(*b));
    let countries = habits
        .countries
        .iter()
        .filter_map(|(k, n)| {
            Some((<[u8; 3]>::try_from(k.as_bytes()).ok()?, f64::from(*n) / f64::from(total.max(1))))
        })
        .collect();
    let regions = habits
        .regions
        .iter()
        .map(|(k, n)| (*k, f64::from(*n) / f64::from(regional.max(1))))
        .collect();
    (countries, regions)
}
