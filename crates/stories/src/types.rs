//! What stories are made of.

use std::fmt;
use std::str::FromStr;

use article::{Article, Span};
use jiff::Timestamp;
use reading::{CasualtyKind, Qualifier, Reading, StatementKind};
use serde::{Deserialize, Serialize};

/// An article, whatever its revisions.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ArticleId(pub i64);

/// A story. Never used again once given out; an id that was merged away leads to the story it went into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoryId(pub i64);

/// Digits of a story's public name: no vowels, so that no word comes out; no look-alikes.
const DIGITS: &[u8; 28] = b"23456789bcdfghjkmnpqrstvwxyz";

impl fmt::Display for StoryId {
    /// The public name, at least four characters: `27k2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.unsigned_abs();
        let mut name = [b'2'; 16];
        let mut at = name.len();
        while rest > 0 && at > 0 {
            at -= 1;
            if let (Some(slot), Some(digit)) = (name.get_mut(at), DIGITS.get((rest % 28) as usize))
            {
                *slot = *digit;
            }
            rest /= 28;
        }
        let shown = name.get(at.min(12)..).unwrap_or(&name);
        f.write_str(std::str::from_utf8(shown).unwrap_or("2222"))
    }
}

impl FromStr for StoryId {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        if name.is_empty() || name.len() > 12 {
            return Err(());
        }
        let mut id: i64 = 0;
        for byte in name.bytes() {
            let digit = DIGITS.iter().position(|d| *d == byte).ok_or(())?;
            id = id
                .checked_mul(28)
                .and_then(|id| id.checked_add(i64::try_from(digit).unwrap_or(0)))
                .ok_or(())?;
        }
        Ok(Self(id))
    }
}

impl Serialize for StoryId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StoryId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        name.parse().map_err(|()| serde::de::Error::custom(format!("{name:?} is no story id")))
    }
}

/// An article that arrives, read. The same [`ArticleId`] again is a new revision of the article.
#[derive(Clone, Copy, Debug)]
pub struct Arriving<'a> {
    /// Its id in the store.
    pub id: ArticleId,
    /// The outlet's name.
    pub outlet: &'a str,
    /// The article.
    pub article: &'a Article,
    /// Its reading.
    pub reading: &'a Reading,
    /// When it was published (or, where the outlet does not say or says nonsense, first seen).
    pub at: Timestamp,
    /// Its sentence vector, where the encoder is installed.
    pub vector: Option<&'a [f32]>,
}

/// What the arrival of an article did.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// The story it belongs to.
    pub story: StoryId,
    /// The story begins with it.
    pub opened: bool,
    /// The article whose text it repeats.
    pub copy_of: Option<ArticleId>,
    /// Why it was joined or not, for `why STORY ARTICLE`: words, strongest first.
    pub why: Vec<String>,
    /// What is new; empty where nothing is.
    pub updates: Vec<Update>,
    /// The stories that changed, as they now are (the article's own; more where one was merged or linked). Rows to keep.
    pub changed: Vec<Story>,
    /// What the shelf needs to know of this article after a restart: a row to keep, opaque to everybody else.
    pub features: Vec<u8>,
}

/// A story as it stands: everything that pages, cards and programs show of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// Its id.
    pub id: StoryId,
    /// Where this id leads now, when the story was merged away.
    pub merged_into: Option<StoryId>,
    /// The best existing headline.
    pub title: String,
    /// The article whose headline it is.
    pub title_article: ArticleId,
    /// Language of the headline, BCP 47.
    pub title_language: String,
    /// Its first article.
    pub first: Timestamp,
    /// Its last article that brought something new.
    pub last: Timestamp,
    /// Its articles in the order of arrival.
    pub members: Vec<Member>,
    /// Texts that are no copies of another.
    pub independent_texts: u32,
    /// Languages it is told in, in the order of first telling.
    pub languages: Vec<String>,
    /// Who gave which figure when, in the order of arrival.
    pub figures: Vec<Figure>,
    /// Who said what, in the order of arrival.
    pub statements: Vec<LedgerStatement>,
    /// What outlets corrected.
    pub corrections: Vec<Correction>,
    /// Where it happens: names with coordinates, most told first.
    pub places: Vec<StoryPlace>,
    /// The counter that every update raises by one.
    pub revision: u32,
    /// What a person set.
    #[serde(default, skip_serializing_if = "crate::ByHand::is_empty")]
    pub by_hand: crate::ByHand,
}

/// An article in a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The article.
    pub article: ArticleId,
    /// Its outlet.
    pub outlet: String,
    /// Its language.
    pub language: String,
    /// When it was published.
    pub at: Timestamp,
    /// The article whose text it repeats.
    pub copy_of: Option<ArticleId>,
}

/// A figure as one outlet gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What befell people.
    pub kind: CasualtyKind,
    /// Who says it.
    pub outlet: String,
    /// Where.
    pub article: ArticleId,
    /// When.
    pub at: Timestamp,
    /// Bounds and number as the contract defines them.
    pub min: Option<u64>,
    /// See `min`.
    pub max: Option<u64>,
    /// See `min`.
    pub best: Option<u64>,
    /// The outlet's word.
    pub qualifier: Qualifier,
    /// The sentence that says it.
    pub sentence: Span,
    /// The words themselves.
    pub words: Span,
    /// The outlet took it back: a later figure of the same outlet corrects it.
    pub withdrawn: bool,
}

impl Figure {
    /// The lowest number that the figure stands for, for ranges.
    pub fn low(&self) -> Option<u64> {
        self.min.or(self.best).or(self.max)
    }

    /// The highest number that the figure stands for, for ranges.
    pub fn high(&self) -> Option<u64> {
        self.max.or(self.best).or(self.min)
    }
}

/// Something said, as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerStatement {
    /// Who, by the best name.
    pub speaker: String,
    /// Who that is.
    pub description: Option<String>,
    /// What, as first printed.
    pub text: String,
    /// Language of `text`.
    pub language: String,
    /// Direct, indirect or mixed.
    pub kind: StatementKind,
    /// Who printed it first.
    pub first_outlet: String,
    /// The article of the first printing.
    pub article: ArticleId,
    /// Where it stands there.
    pub span: Span,
    /// When.
    pub at: Timestamp,
    /// All outlets that printed it, in order.
    pub outlets: Vec<String>,
    /// How it reads in other languages, as first printed in each; at most eight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renderings: Vec<Rendering>,
}

/// A statement in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendering {
    /// The language.
    pub language: String,
    /// What is said, in it.
    pub text: String,
}

/// Something an outlet corrected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// Who.
    pub outlet: String,
    /// Where.
    pub article: ArticleId,
    /// When it was seen.
    pub at: Timestamp,
    /// What it said before.
    pub before: String,
    /// What it says now.
    pub after: String,
    /// The outlet says so itself; else found by comparing versions.
    pub noted: bool,
    /// The figure's kind, where a figure was corrected.
    pub kind: Option<CasualtyKind>,
}

/// A place of a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryPlace {
    /// Its name.
    pub name: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// ISO 3166-1 alpha-3.
    pub country: Option<String>,
    /// In how many articles.
    pub articles: u32,
}

/// What is new in a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// The story.
    pub story: StoryId,
    /// The story's counter with this update.
    pub revision: u32,
    /// The counter before it.
    pub follows_revision: u32,
    /// When.
    pub at: Timestamp,
    /// The article that brings it.
    pub article: ArticleId,
    /// Its outlet.
    pub outlet: String,
    /// What kind of news.
    pub kind: UpdateKind,
    /// One line, built from figures, names and printed words only.
    pub text: String,
    /// Language of the printed words in `text`.
    pub language: String,
    /// The sentences that say it.
    pub evidence: Vec<Evidence>,
    /// The figure that changed.
    pub figure: Option<FigureChange>,
    /// The statement that is new.
    pub statement: Option<NewStatement>,
    /// 0 to 1.
    pub importance: f32,
}

/// What kind of news an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum UpdateKind {
    NewStory,
    NewEvent,
    FigureChanged,
    NewStatement,
    Correction,
    NewOutlet,
}

/// A sentence of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The article.
    pub article: ArticleId,
    /// The sentence, in bytes of that article's text.
    pub span: Span,
}

/// A figure's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureChange {
    /// What befell people.
    pub kind: CasualtyKind,
    /// What the outlet (or, on its first figure, the story) said before.
    pub from: Option<Bounds>,
    /// What it says now.
    pub to: Bounds,
    /// Who.
    pub outlet: String,
}

/// A number with its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Lowest.
    pub min: Option<u64>,
    /// Highest.
    pub max: Option<u64>,
    /// The number itself.
    pub best: Option<u64>,
    /// The outlet's word.
    pub qualifier: Qualifier,
}

impl Bounds {
    /// The number that stands for them where one is asked for: itself, else the lowest, else the highest.
    pub fn number(&self) -> Option<u64> {
        self.best.or(self.min).or(self.max)
    }
}

/// A statement that nobody had printed before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewStatement {
    /// Who.
    pub speaker: String,
    /// Who that is.
    pub description: Option<String>,
    /// What, as printed.
    pub content: String,
    /// Direct, indirect or mixed.
    pub kind: StatementKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_id_is_a_short_name_and_back() {
        for id in [0, 1, 27, 28, 614_655, 614_656, i64::MAX >> 10] {
            let name = StoryId(id).to_string();
            assert!(name.len() >= 4, "{name}");
            assert_eq!(name.parse(), Ok(StoryId(id)));
        }
        for bad in ["", "aeio", "27k2 ", "../../etc/passwd"] {
            assert_eq!(bad.parse::<StoryId>(), Err(()));
        }
    }
}
