//! Our own table: countries with their adjectives and people, capitals and world cities, regions, waters and facilities
//! of world rank, from `data/places/*.txt`. It works without any pack.

use std::sync::LazyLock;

use language::Lang;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Candidate, Form, PlaceKind, normal};

/// For which languages a name holds; bits in the order of the columns.
type Langs = u8;
const ALL: Langs = 0xff;

pub(super) struct Own {
    records: Vec<Candidate>,
    names: FxHashMap<String, Vec<(u32, Form, Langs)>>,
    /// Stems: up to four more letters may follow.
    stems: FxHashMap<String, Vec<(u32, Form, Langs)>>,
    /// First words of names of several words.
    firsts: FxHashSet<String>,
    by_country: FxHashMap<[u8; 3], u32>,
}

static OWN: LazyLock<Own> = LazyLock::new(Own::build);

fn bit(lang: Lang) -> Langs {
    match lang {
        Lang::EN => 1,
        Lang::DE => 2,
        Lang::FR => 4,
        Lang::RU => 8,
        Lang::ES => 16,
        _ => 0,
    }
}

fn iso3(text: &str) -> [u8; 3] {
    <[u8; 3]>::try_from(text.as_bytes()).unwrap_or([0; 3])
}

/// The country that a word names or whose people it names, ISO 3166-1 alpha-3: "Germans", "россиян", "France".
pub fn country_of(word: &str, lang: Lang) -> Option<String> {
    let key = normal::name(word);
    let named = |key: &str| Own::get().country_named(key, lang, |_| true);
    named(&key).or_else(|| match lang {
        // "Österreicher", "Spanierinnen": the table has "österreichisch", "spanisch"
        Lang::DE => ["innen", "in", "ern", "er", "en", "e", "n"].iter().find_map(|end| {
            let stem = key.strip_suffix(end).filter(|stem| stem.chars().count() > 3)?;
            let stem = stem.strip_suffix("er").unwrap_or(stem);
            let short = stem.strip_suffix('i').unwrap_or(stem);
            named(&format!("{stem}isch")).or_else(|| named(&format!("{short}isch")))
        }),
        Lang::FR | Lang::ES | Lang::EN => named(key.strip_suffix('s')?),
        _ => None,
    })
}

impl Own {
    pub(super) fn get() -> &'static Self {
        &OWN
    }

    fn build() -> Self {
        let mut own = Self {
            records: Vec::new(),
            names: FxHashMap::default(),
            stems: FxHashMap::default(),
            firsts: FxHashSet::default(),
            by_country: FxHashMap::default(),
        };
        for line in
            include_str!("../../data/places/countries.txt").lines().filter(|l| !l.starts_with('#'))
        {
            own.country(line);
        }
        for line in
            include_str!("../../data/places/cities.txt").lines().filter(|l| !l.starts_with('#'))
        {
            own.city(line);
        }
        for line in
            include_str!("../../data/places/regions.txt").lines().filter(|l| !l.starts_with('#'))
        {
            own.region(line);
        }
        own
    }

    fn country(&mut self, line: &'static str) -> Option<()> {
        let fields: Vec<&str> = line.split('|').collect();
        let country = iso3(fields.first()?);
        let name = fields.get(5)?.split(';').next()?;
        let record = self.records.len() as u32;
        self.records.push(Candidate {
            name: name.into(),
            id: fields.get(2)?.parse().ok(),
            kind: PlaceKind::Country,
            country,
            latitude: fields.get(3)?.parse().ok()?,
            longitude: fields.get(4)?.parse().ok()?,
            ..Candidate::default()
        });
        self.by_country.insert(country, record);
        for column in 0..5 {
            let langs = 1 << column;
            for name in fields.get(5 + 2 * column)?.split(';') {
                self.add(name, record, Form::Name, langs);
            }
            for name in fields.get(6 + 2 * column)?.split(';') {
                self.add(name, record, Form::Adjective, langs);
            }
        }
        Some(())
    }

    fn city(&mut self, line: &'static str) -> Option<()> {
        let fields: Vec<&str> = line.split('|').collect();
        let capital = *fields.first()? == "capital";
        let thousands: u32 = fields.get(6)?.parse().ok()?;
        let record = self.records.len() as u32;
        self.records.push(Candidate {
            name: (*fields.get(1)?).into(),
            id: fields.get(3)?.parse().ok(),
            kind: PlaceKind::City,
            country: iso3(fields.get(2)?),
            population: thousands.saturating_mul(1000),
            latitude: fields.get(4)?.parse().ok()?,
            longitude: fields.get(5)?.parse().ok()?,
            capital,
            ..Candidate::default()
        });
        self.add(fields.get(1)?, record, Form::Name, ALL);
        for name in fields.get(7)?.split(';') {
            self.add(name, record, Form::Name, ALL);
        }
        Some(())
    }

    fn region(&mut self, line: &'static str) -> Option<()> {
        let fields: Vec<&str> = line.split('|').collect();
        let kind = match *fields.first()? {
            "a1" => PlaceKind::Division1,
            "water" => PlaceKind::Water,
            "facility" => PlaceKind::Facility,
            _ => PlaceKind::Region,
        };
        let record = self.records.len() as u32;
        let id: Option<u32> = fields.get(3)?.parse().ok();
        self.records.push(Candidate {
            name: (*fields.get(1)?).into(),
            id,
            kind,
            country: iso3(fields.get(2)?),
            division1: if kind == PlaceKind::Division1 { id.unwrap_or(0) } else { 0 },
            latitude: fields.get(4)?.parse().ok()?,
            longitude: fields.get(5)?.parse().ok()?,
            ..Candidate::default()
        });
        self.add(fields.get(1)?, record, Form::Name, ALL);
        for name in fields.get(6)?.split(';') {
            self.add(name, record, Form::Name, ALL);
        }
        for name in fields.get(7).into_iter().flat_map(|adjectives| adjectives.split(';')) {
            self.add(name, record, Form::Adjective, ALL);
        }
        Some(())
    }

    fn add(&mut self, name: &str, record: u32, form: Form, langs: Langs) {
        if name.is_empty() {
            return;
        }
        let (table, key) = match name.strip_suffix('*') {
            Some(stem) => (&mut self.stems, normal::name(stem)),
            // "Ill." names Illinois, "Ill" does not
            None if name.ends_with('.')
                && !name.contains(' ')
                && name.matches('.').count() == 1 =>
            {
                (&mut self.names, format!("{}.", normal::name(name)))
            }
            None => (&mut self.names, normal::name(name)),
        };
        if key.contains('*') {
            return;
        }
        if let Some((first, _)) = key.split_once(' ') {
            self.firsts.insert(first.to_owned());
        }
        let entries = table.entry(key).or_default();
        if !entries.iter().any(|e| e.0 == record && e.1 == form && e.2 == langs) {
            entries.push((record, form, langs));
        }
    }

    /// Whether a longer name may begin with this word.
    pub(super) fn begins(&self, first: &str) -> bool {
        self.firsts.contains(first)
    }

    /// What a normal name names, in a language.
    pub(super) fn find(&self, key: &str, lang: Lang, out: &mut Vec<Candidate>) {
        let wanted = bit(lang);
        let wanted = if wanted == 0 { ALL } else { wanted };
        if let Some(entries) = self.names.get(key) {
            out.extend(
                entries.iter().filter(|e| e.2 & wanted != 0).filter_map(|e| self.record(e.0, e.1)),
            );
        }
        if key.ends_with('.') {
            return;
        }
        let mut stem = key;
        for step in 0..5 {
            if step > 0 {
                let Some((at, c)) = stem.char_indices().next_back() else { break };
                if c == ' ' {
                    break;
                }
                stem = stem.get(..at).unwrap_or("");
            }
            if stem.chars().count() < 3 {
                break;
            }
            if let Some(entries) = self.stems.get(stem) {
                out.extend(
                    entries
                        .iter()
                        .filter(|e| e.2 & wanted != 0)
                        .filter_map(|e| self.record(e.0, e.1)),
                );
                break;
            }
        }
    }

    fn record(&self, record: u32, form: Form) -> Option<Candidate> {
        self.records.get(record as usize).map(|r| Candidate { form, ..r.clone() })
    }

    /// The code of the first country that a normal name names in one of these forms.
    pub(super) fn country_named(
        &self,
        key: &str,
        lang: Lang,
        is: impl Fn(Form) -> bool,
    ) -> Option<String> {
        let mut found = Vec::new();
        self.find(key, lang, &mut found);
        found.iter().find(|c| c.kind == PlaceKind::Country && is(c.form))?.country_text()
    }

    pub(super) fn country_record(&self, country: [u8; 3]) -> Option<&Candidate> {
        self.by_country.get(&country).and_then(|r| self.records.get(*r as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_known_by_their_country() {
        let check = |lang, word, expected: Option<&str>| {
            assert_eq!(country_of(word, lang).as_deref(), expected, "{word}");
        };
        check(Lang::DE, "Österreicher", Some("AUT"));
        check(Lang::DE, "Spanierinnen", Some("ESP"));
        check(Lang::DE, "Deutsche", Some("DEU"));
        check(Lang::DE, "Arbeiter", None);
        check(Lang::FR, "Autrichiens", Some("AUT"));
        check(Lang::EN, "Danes", Some("DNK"));
        check(Lang::RU, "россиян", Some("RUS"));
        check(Lang::RU, "моряков", None);
    }
}
