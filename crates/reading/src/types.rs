//! What a reading is made of. Names and meanings are those of the JSON contract; spans are bytes here.

use article::Span;
use serde::{Deserialize, Serialize};

/// What one article says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The language it was read in, BCP 47; empty where unknown.
    pub language: String,
    /// The sentences of the text, in order.
    pub sentences: Vec<Span>,
    /// Names of people, organisations and places, in order.
    pub entities: Vec<Entity>,
    /// TIMEX3 expressions, in order.
    pub times: Vec<TimeExpression>,
    /// Toponyms, in order.
    pub places: Vec<Place>,
    /// Who speaks: one registry per article.
    pub speakers: Vec<Speaker>,
    /// Who said what, in the order of the text.
    pub statements: Vec<Statement>,
    /// What happened, in the order of the text.
    pub events: Vec<Event>,
    /// Sentences (by index) that recall rather than report.
    pub background: Vec<u32>,
    /// What was odd, for `--explain` and the operator.
    pub doubts: Vec<article::Doubt>,
}

/// A named entity. Mentions of one thing share `id` within the article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Where the name stands.
    pub span: Span,
    /// OntoNotes label: `PERSON`, `ORG`, `GPE`, `LOC`, `NORP`, `FAC`, `EVENT` …
    pub label: String,
    /// The best name the text gives.
    pub name: String,
    /// One id a thing.
    pub id: u32,
}

/// A TIMEX3 expression with its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeExpression {
    /// Where it stands.
    pub span: Span,
    /// Its TIMEX3 type.
    pub kind: TimeKind,
    /// Its TIMEX3 value (`2017-04-03`, `P1D`, `PRESENT_REF`, `2017-W14`); `None` where it cannot be told.
    pub value: Option<String>,
    /// The value needs more than the text and the publication date say.
    pub inferred: bool,
}

/// TIMEX3 types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "TIMEX3's own names")]
pub enum TimeKind {
    Date,
    Time,
    Duration,
    Set,
}

/// A toponym.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Where the name stands.
    pub span: Span,
    /// The gazetteer's name.
    pub name: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// ISO 3166-1 alpha-3.
    pub country: Option<String>,
    /// GeoNames id.
    pub geonames: Option<u32>,
    /// How the name is used.
    pub role: PlaceRole,
}

/// How a toponym is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceRole {
    /// The place itself.
    #[default]
    Literal,
    /// A government or a people by the place's name.
    Metonymic,
    /// "Russian officials", "the Moscow metro".
    Modifier,
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speaker {
    /// One id a speaker within the article, from 1.
    pub id: u32,
    /// The best name the text gives: "Alexander Orlov", "many experts".
    pub name: String,
    /// What it is.
    pub kind: SpeakerKind,
    /// "director of the Institute of International Studies in Moscow".
    pub description: Option<String>,
    /// Other speakers with the same surname.
    pub conflicts_with: Vec<u32>,
}

/// What a speaker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum SpeakerKind {
    Person,
    Organization,
    Group,
    Anonymous,
    /// Figures, a study, a document: something that speaks for nobody in particular.
    Other,
}

/// Something said, written, thought or believed (PARC attribution: content, cue, source).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// What is said, with its quotation marks and a leading "that"; more than one span where the cue interrupts.
    pub content: Vec<Span>,
    /// "said"; the verb alone.
    pub cue: Vec<Span>,
    /// The whole noun phrase of the speaker with its description; empty for floating quotations.
    pub source: Vec<Span>,
    /// [`Speaker::id`]; `None` where the text does not say.
    pub speaker: Option<u32>,
    /// Direct, indirect or mixed.
    pub kind: StatementKind,
    /// Where it was said.
    pub medium: Option<Medium>,
    /// To whom.
    pub addressee: Option<Span>,
    /// "did not say whether".
    pub negated: bool,
    /// Index of the statement whose content holds this one.
    pub nested_in: Option<u32>,
}

/// How something is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum StatementKind {
    Direct,
    Indirect,
    Mixed,
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Medium {
    /// "in an interview with Sputnik"; "Sputnik" after "told".
    pub span: Span,
    /// What it is.
    pub kind: MediumKind,
    /// The outlet that it was said to.
    pub outlet: Option<String>,
}

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum MediumKind {
    Outlet,
    Interview,
    Statement,
    Post,
    Speech,
    Other,
}

/// What happened. A toll always hangs on an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// From 1 within the article.
    pub id: u32,
    /// PLOVER's type (`ASSAULT`), or `None` where PLOVER has no class for it.
    pub kind_plover: Option<String>,
    /// Where the type is `None`: `accident`, `disaster`, `disease`, `crime`, `other`.
    pub kind_other: Option<String>,
    /// PLOVER's mode.
    pub mode: Option<String>,
    /// PLOVER's contexts.
    pub contexts: Vec<String>,
    /// The CAMEO code where the action determines it.
    pub cameo: Option<String>,
    /// The words that say it.
    pub trigger: Span,
    /// Further words of the article for the same event.
    pub mentions: Vec<Span>,
    /// Index into [`Reading::sentences`].
    pub sentence: u32,
    /// Who did it.
    pub actors: Vec<Party>,
    /// To whom.
    pub recipients: Vec<Party>,
    /// When.
    pub time: Option<EventTime>,
    /// Where.
    pub place: Option<EventPlace>,
    /// How many people.
    pub casualties: Vec<Casualty>,
    /// Whether it happened.
    pub realis: Realis,
    /// The article recalls it rather than reports it.
    pub background: bool,
    /// Who claims it, where the article does not say it in its own voice.
    pub speaker: Option<u32>,
}

/// Actor or recipient of an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// Where it stands.
    pub span: Span,
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-3.
    pub country: Option<String>,
    /// PLOVER's agent code.
    pub sector: Option<String>,
}

/// When an event happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventTime {
    /// TIMEX3 value.
    pub value: String,
    /// The words; `None` where inferred from elsewhere.
    pub span: Option<Span>,
    /// The sentence itself does not say it.
    pub inferred: bool,
}

/// Where an event happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPlace {
    /// The place, with its words.
    pub place: Place,
    /// The sentence itself does not say it.
    pub inferred: bool,
}

/// Whether an event happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Realis {
    #[default]
    Actual,
    Failed,
    Future,
    Hypothetical,
    Negated,
}

/// How many people were killed, injured … as the text has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Casualty {
    /// What befell them.
    pub kind: CasualtyKind,
    /// The words: "killing at least 14 people".
    pub span: Span,
    /// Lowest number the text allows.
    pub min: Option<u64>,
    /// Highest number the text allows.
    pub max: Option<u64>,
    /// The number itself.
    pub best: Option<u64>,
    /// The outlet's word, never ours.
    pub qualifier: Qualifier,
    /// "people", "passengers".
    pub victims: Option<String>,
    /// Contained in another figure of the same event.
    pub part: bool,
    /// Index (within the event) of the figure that this one replaces.
    pub supersedes: Option<u32>,
}

/// What befell people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum CasualtyKind {
    Killed,
    Injured,
    Missing,
    Kidnapped,
    Arrested,
    Displaced,
}

impl CasualtyKind {
    /// The word of the JSON contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Injured => "injured",
            Self::Missing => "missing",
            Self::Kidnapped => "kidnapped",
            Self::Arrested => "arrested",
            Self::Displaced => "displaced",
        }
    }
}

/// How exactly a number is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Qualifier {
    Exactly,
    AtLeast,
    AtMost,
    About,
    MoreThan,
    FewerThan,
    Between,
    Dozens,
    Hundreds,
    Thousands,
    Several,
    None,
}

impl Qualifier {
    /// The word of the JSON contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exactly => "exactly",
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
            Self::About => "about",
            Self::MoreThan => "more_than",
            Self::FewerThan => "fewer_than",
            Self::Between => "between",
            Self::Dozens => "dozens",
            Self::Hundreds => "hundreds",
            Self::Thousands => "thousands",
            Self::Several => "several",
            Self::None => "none",
        }
    }
}
