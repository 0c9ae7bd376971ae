//! Names of places and what they name: our own small table always, the compiled pack where the caller has one.

pub(crate) mod normal;
mod own;

use std::{collections::BTreeMap, fmt, sync::Arc};

use language::Lang;

/// The compiled places pack, over bytes that the caller mapped or read.
///
/// # Limits
///
/// The pack is below 4 GiB; a name is at most 96 bytes after normalising.
#[derive(Clone)]
pub struct Gazetteer {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
}

impl fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gazetteer").field("bytes", &self.bytes.as_ref().as_ref().len()).finish()
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
pub(crate) const MAGIC: &[u8; 8] = b"UTSPLAC1";

impl Gazetteer {
    /// Opens a compiled pack without copying it.
    ///
    /// # Errors
    ///
    /// Bytes that are no pack of this version, or a damaged one.
    pub fn new(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self, GazetteerError> {
        if !bytes.as_ref().as_ref().starts_with(MAGIC) {
            return Err(GazetteerError::Form);
        }
        Ok(Self { bytes })
    }
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

/// The name of a country by its code, as our table has it.
pub(crate) fn country(code: [u8; 3]) -> Option<&'static Candidate> {
    own::Own::get().country_record(code)
}

/// Finds what a normal name means, in our own table and in the pack.
pub(crate) fn find(pack: Option<&Gazetteer>, key: &str, lang: Lang) -> Vec<Candidate> {
    let mut out = Vec::new();
    own::Own::get().find(key, lang, &mut out);
    let _ = pack;
    out
}

/// Whether a name of several words may begin with this word.
pub(crate) fn begins(pack: Option<&Gazetteer>, first: &str) -> bool {
    let _ = pack;
    own::Own::get().begins(first)
}
