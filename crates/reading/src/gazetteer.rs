//! Names of places and what they name: our own small table always, the compiled pack where the caller has one.

mod compile;
pub(crate) mod normal;
mod own;

pub use compile::{PlaceSources, compile};
pub use own::country_of;

use std::{collections::BTreeMap, fmt, sync::Arc};

use language::Lang;

use crate::Place;

/// The compiled places pack, over bytes that the caller mapped or read.
///
/// # Limits
///
/// The pack is below 4 GiB; a name is at most 96 bytes after normalising.
#[derive(Clone)]
pub struct Gazetteer {
    names: fst::Map<Part>,
    records: Part,
    postings: Part,
    texts: Part,
}

/// A part of the shared bytes.
#[derive(Clone)]
struct Part {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    range: std::ops::Range<usize>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref().as_ref().get(self.range.clone()).unwrap_or(&[])
    }
}

impl fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gazetteer").field("names", &self.names.len()).finish_non_exhaustive()
    }
}

/// Why bytes are no compiled places pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GazetteerError {
    /// The first bytes are not those of a places pack of this version; compile it again.
    Form,
    /// A part of the pack points outside of it.
    Broken(&'static str),
    /// A source that the pack is compiled from is not what it should be.
    Source(String),
}

impl fmt::Display for GazetteerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str("not a compiled places pack of this version"),
            Self::Broken(what) => write!(f, "the compiled places pack is damaged at its {what}"),
            Self::Source(what) => write!(f, "cannot compile the places pack: {what}"),
        }
    }
}

impl std::error::Error for GazetteerError {}

/// First bytes of a compiled pack; the last figure is the version of the form.
pub(crate) const MAGIC: &[u8; 8] = b"UTSPLAC3";

impl Gazetteer {
    /// Opens a compiled pack without copying it.
    ///
    /// # Errors
    ///
    /// Bytes that are no pack of this version, or a damaged one.
    #[expect(clippy::needless_pass_by_value, reason = "it keeps them: each part holds the bytes")]
    pub fn new(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self, GazetteerError> {
        let all = bytes.as_ref().as_ref();
        if !all.starts_with(MAGIC) {
            return Err(GazetteerError::Form);
        }
        let part = |n: usize, what: &'static str| {
            let number = |k: usize| u32_at(all, MAGIC.len() + 4 * k).map(|v| v as usize);
            let (Some(at), Some(len)) = (number(2 * n), number(2 * n + 1)) else {
                return Err(GazetteerError::Broken("header"));
            };
            match at.checked_add(len) {
                Some(end) if end <= all.len() => Ok(Part { bytes: bytes.clone(), range: at..end }),
                _ => Err(GazetteerError::Broken(what)),
            }
        };
        let names = fst::Map::new(part(1, "names")?)
            .map_err(|_not_a_map| GazetteerError::Broken("names"))?;
        Ok(Self {
            names,
            records: part(0, "records")?,
            postings: part(2, "postings")?,
            texts: part(3, "texts")?,
        })
    }

    /// How many names it knows.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The state or province that holds a place, by their GeoNames ids.
    pub(crate) fn division_of(&self, id: u32) -> Option<u32> {
        let records = self.records.as_ref();
        let count = records.len() / compile::RECORD_BYTES;
        let id_of = |k: usize| u32_at(records, k * compile::RECORD_BYTES).unwrap_or(0);
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low.midpoint(high);
            if id_of(middle) < id { low = middle + 1 } else { high = middle }
        }
        // a town and a division may share an id
        (low..count)
            .take_while(|k| id_of(*k) == id)
            .find_map(|k| u32_at(records, k * compile::RECORD_BYTES + 16))
            .filter(|d| *d != 0)
    }

    fn find(&self, key: &str, out: &mut Vec<Candidate>) {
        let Some(value) = self.names.get(key) else { return };
        let (first, count) = ((value >> 8) as usize, (value & 0xff) as usize);
        for k in first..first + count {
            let Some(posting) = u32_at(self.postings.as_ref(), 4 * k) else { break };
            let form = match posting >> 24 {
                0 => Form::Name,
                1 => Form::Alternate,
                2 => Form::Short,
                _ => Form::Adjective,
            };
            if let Some(candidate) = self.candidate((posting & 0x00ff_ffff) as usize, form) {
                // our own table knows the places of world rank in more languages; the pack knows what holds them
                if let Some(own) = out.iter_mut().find(|o| o.id.is_some() && o.id == candidate.id) {
                    own.division1 = candidate.division1;
                    own.division2 = candidate.division2;
                    own.population = own.population.max(candidate.population);
                    own.form = own.form.min(candidate.form);
                    continue;
                }
                out.push(candidate);
            }
        }
    }

    fn candidate(&self, record: usize, form: Form) -> Option<Candidate> {
        let at = record.checked_mul(compile::RECORD_BYTES)?;
        let bytes = self.records.as_ref().get(at..at + compile::RECORD_BYTES)?;
        let number = |k: usize| u32_at(bytes, 4 * k);
        let degrees = |k: usize| number(k).map(|v| v.cast_signed() as f32 / 1e5);
        let (name_at, name_len) = (number(6)? as usize, number(7)? as usize);
        let name = self.texts.as_ref().get(name_at..name_at.checked_add(name_len)?)?;
        Some(Candidate {
            name: std::str::from_utf8(name).unwrap_or("").into(),
            id: number(0),
            latitude: degrees(1)?,
            longitude: degrees(2)?,
            population: number(3)?,
            division1: number(4)?,
            division2: number(5)?,
            kind: match bytes.get(32)? {
                1 => PlaceKind::Division1,
                2 => PlaceKind::Division2,
                _ => PlaceKind::City,
            },
            capital: *bytes.get(33)? == 1,
            country: <[u8; 3]>::try_from(bytes.get(34..37)?).ok()?,
            form,
        })
    }

    /// Whether a longer name goes on behind `first`.
    fn begins(&self, first: &str) -> bool {
        let map = self.names.as_fst();
        let mut node = map.root();
        for byte in first.bytes().chain(std::iter::once(b' ')) {
            let Some(step) = node.find_input(byte) else { return false };
            node = map.node(node.transition(step).addr);
        }
        true
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at.checked_add(4)?)
        .and_then(|b| <[u8; 4]>::try_from(b).ok())
        .map(u32::from_le_bytes)
}

/// What one outlet's other articles were about: how often each country and each of its regions was named.
///
/// Counts, not texts; `add` what a reading found, and hand it in with the outlet's next article.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Habits {
    /// By ISO 3166-1 alpha-3.
    pub countries: BTreeMap<String, u32>,
    /// By GeoNames id of the region (first-level division).
    pub regions: BTreeMap<u32, u32>,
}

impl Habits {
    /// Adds what a reading of the outlet's was about.
    pub fn add(&mut self, places: &[Place], pack: Option<&Gazetteer>) {
        self.change(places, pack, |n| *n = n.saturating_add(1));
    }

    /// Takes it out again: an article is never read by what itself was about.
    pub fn remove(&mut self, places: &[Place], pack: Option<&Gazetteer>) {
        self.change(places, pack, |n| *n = n.saturating_sub(1));
    }

    fn change(&mut self, places: &[Place], pack: Option<&Gazetteer>, by: impl Fn(&mut u32)) {
        // one vote an article for each place that it names
        let mut seen: Vec<u32> = Vec::new();
        for place in places {
            let Some(id) = place.geonames else { continue };
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            if let Some(country) = &place.country {
                by(self.countries.entry(country.clone()).or_default());
            }
            if let Some(division) = pack.and_then(|p| p.division_of(id)) {
                by(self.regions.entry(division).or_default());
            }
        }
    }
}

/// What a name names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    #[default]
    City,
    Country,
    Region,
    Water,
    Facility,
    /// A state or a province.
    Division1,
    /// A county or a district.
    Division2,
}

/// How a name names it; the order is the order of trust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    #[default]
    Name,
    Alternate,
    Short,
    Adjective,
}

/// A place that a name may mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) name: Box<str>,
    pub(crate) id: Option<u32>,
    pub(crate) kind: PlaceKind,
    /// ISO 3166-1 alpha-3; zeros where it lies in none.
    pub(crate) country: [u8; 3],
    /// GeoNames id of the state or province; 0 where not known.
    pub(crate) division1: u32,
    /// GeoNames id of the county or district.
    pub(crate) division2: u32,
    pub(crate) population: u32,
    pub(crate) latitude: f32,
    pub(crate) longitude: f32,
    pub(crate) capital: bool,
    pub(crate) form: Form,
}

impl Candidate {
    /// The country as the contract writes it.
    pub(crate) fn country_text(&self) -> Option<String> {
        if self.country == [0; 3] {
            return None;
        }
        std::str::from_utf8(&self.country).ok().map(str::to_owned)
    }
}

/// The English name of a country, by its ISO 3166-1 alpha-3 code.
pub fn country_name(code: &str) -> Option<&'static str> {
    Some(country(code.as_bytes().try_into().ok()?)?.name.as_ref())
}

/// The ISO 3166-1 alpha-3 code of a country, by a name of it in English, German, French, Russian or Spanish.
///
/// ```
/// assert_eq!(reading::country_code("the United States").as_deref(), Some("USA"));
/// assert_eq!(reading::country_code("Russian"), None);
/// ```
pub fn country_code(name: &str) -> Option<String> {
    let is_name = |form| form == Form::Name;
    own::Own::get().country_named(&normal::name(name), Lang::UNKNOWN, is_name)
}

/// The name of a country by its code, as our table has it.
pub(crate) fn country(code: [u8; 3]) -> Option<&'static Candidate> {
    own::Own::get().country_record(code)
}

/// Finds what a normal name means, in our own table and in the pack.
pub(crate) fn find(pack: Option<&Gazetteer>, key: &str, lang: Lang) -> Vec<Candidate> {
    let mut out = Vec::new();
    own::Own::get().find(key, lang, &mut out);
    if let Some(pack) = pack
        && !key.ends_with('.')
    {
        pack.find(key, &mut out);
    }
    out
}

/// Whether a name of several words may begin with this word.
pub(crate) fn begins(pack: Option<&Gazetteer>, first: &str) -> bool {
    own::Own::get().begins(first) || pack.is_some_and(|p| p.begins(first))
}
