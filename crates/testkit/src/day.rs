//! The bundled day: invented outlets and their articles, with what a careful reader would find in them.
//!
//! The files and their form are described in `fixtures/day/README.md`. They are built into the program; other folders of
//! the same form (`fixtures/evolving`) are read with [`Day::from_dir`].

mod parse;

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

include!(concat!(env!("OUT_DIR"), "/day_files.rs"));

/// Outlets and what they publish, over a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// When the replay starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The label of the story that runs through it.
    pub main: String,
    /// Who publishes, in the order of the file.
    pub outlets: Vec<Outlet>,
    /// All articles, by the time of their first version.
    pub articles: Vec<Article>,
}

/// An invented outlet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// Its folder, and its first path segment on the fake web.
    pub id: String,
    /// Its name as it writes it.
    pub name: String,
    /// BCP 47.
    pub language: String,
    /// ISO 3166-1 alpha-3.
    pub country: String,
    /// What lists its articles.
    pub listing: Listing,
    /// How much its feed tells.
    pub content: Content,
    /// What its article pages are like.
    pub page: PageStyle,
    /// One line about itself.
    pub about: String,
    /// Items in its feed at most; `None`: all.
    #[serde(default)]
    pub window: Option<u32>,
}

/// What lists an outlet's articles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listing {
    /// RSS 2.0.
    Rss,
    /// Atom (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    JsonFeed,
    /// A sitemap with the news extension.
    Sitemap,
}

/// How much a feed tells of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// The whole text.
    Full,
    /// The standfirst or the first paragraph.
    Summary,
}

/// Where an article page carries its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageStyle {
    /// A schema.org NewsArticle in JSON-LD.
    JsonLd,
    /// Open Graph and article meta tags.
    Meta,
    /// schema.org microdata on the visible elements.
    Microdata,
    /// Visible text and a time element, nothing else.
    Plain,
}

/// One article with all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its name in tests.
    pub id: String,
    /// [`Outlet::id`].
    pub outlet: String,
    /// Its path at the outlet, with the leading slash.
    pub path: String,
    /// The rubric.
    pub section: String,
    /// Gold: the story it tells.
    pub story: String,
    /// Gold: the article whose text it prints.
    pub copy_of: Option<String>,
    /// What was published under its address, oldest first; never empty.
    pub versions: Vec<Version>,
}

/// One state of an article's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Since when it stands there.
    pub at: Moment,
    /// The headline.
    pub title: String,
    /// The paragraph under the headline.
    pub standfirst: Option<String>,
    /// Names of the byline.
    pub authors: Vec<String>,
    /// The outlet's note on what it corrected.
    pub correction: Option<String>,
    /// The text.
    pub blocks: Vec<Block>,
    /// Gold: what it says of people hurt.
    pub figures: Vec<Figure>,
    /// Gold: what it adds to its story.
    pub new: Vec<NewFact>,
}

/// A time with the zone in which the outlet writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The outlet's distance from UTC.
    pub offset: Offset,
}

/// A part of an article's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(String),
    /// A sub-heading.
    Heading(String),
    /// A quotation set apart.
    Quote(String),
    /// The items of a list.
    List(Vec<String>),
    /// The outlet about itself; printed as an ordinary paragraph.
    Promotion(String),
}

/// Gold: a count of people hurt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// `killed`, `injured`, `missing`, `kidnapped`, `arrested` or `displaced`.
    pub kind: String,
    /// The contract's word: `exactly`, `at_least`, `about` …
    pub qualifier: String,
    /// The number, where there is one.
    pub number: Option<u32>,
    /// It may be read and need not be: people who were ill, one named victim.
    pub optional: bool,
    /// It is a part of another figure of the article.
    pub part: bool,
    /// It belongs to an older event that the article recalls.
    pub background: bool,
    /// The number that it replaces.
    pub was: Option<u32>,
    /// The passage of the text that says it.
    pub evidence: String,
}

/// Gold: something that no earlier article of the story tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewFact {
    /// What sort of thing.
    pub kind: NewKind,
    /// What, in our words: `killed exactly 11 was 10`, the speaker's name …
    pub what: String,
    /// It may be told and need not be.
    pub optional: bool,
    /// The passage of the text that says it.
    pub evidence: String,
}

/// What sort of thing is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NewKind {
    /// The story itself.
    Story,
    /// Something happened.
    Event,
    /// A number.
    Figure,
    /// Somebody said something.
    Statement,
    /// An outlet took back what it said.
    Correction,
}

/// What is wrong with a file of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for DayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.what)
    }
}

impl std::error::Error for DayError {}

impl Day {
    /// Returns the day that is built into the program.
    ///
    /// # Errors
    ///
    /// When a file of the day breaks its form: a fault of the build, which a test rules out.
    pub fn bundled() -> Result<Day, DayError> {
        Day::from_files(FILES.iter().copied())
    }

    /// Reads a folder of the day's form: `outlets.toml` and `OUTLET/NN-slug.md`.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or a file breaks its form.
    pub fn from_dir(dir: impl AsRef<Path>) -> Result<Day, DayError> {
        let files = parse::files_below(dir.as_ref())?;
        Day::from_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Reads files of the day's form: names relative to its folder, and contents.
    ///
    /// # Errors
    ///
    /// When a file breaks its form.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Day, DayError> {
        parse::day(files)
    }

    /// Returns the outlet of this id.
    pub fn outlet(&self, id: &str) -> Option<&Outlet> {
        self.outlets.iter().find(|outlet| outlet.id == id)
    }

    /// Returns the article of this id.
    pub fn article(&self, id: &str) -> Option<&Article> {
        self.articles.iter().find(|article| article.id == id)
    }

    /// Returns every version with its article and its place among the versions, by time.
    pub fn versions(&self) -> Vec<(&Article, usize, &Version)> {
        let mut all: Vec<_> = self
            .articles
            .iter()
            .flat_map(|article| {
                article
                    .versions
                    .iter()
                    .enumerate()
                    .map(move |(place, version)| (article, place, version))
            })
            .collect();
        all.sort_by_key(|(article, place, version)| (version.at.at, article.id.clone(), *place));
        all
    }

    /// Returns the day as lines for `uptospeed stories --jsonl` and `read --jsonl`: one a version, by time.
    ///
    /// A later version has the id `ID@2` and the URL of the first. Gold stands beside under `gold`.
    pub fn jsonl(&self) -> String {
        let mut out = String::new();
        for (article, place, version) in self.versions() {
            let outlet = self.outlet(&article.outlet);
            let id = version_id(article, place);
            let line = serde_json::json!({
                "id": id,
                "url": format!("https://{}.example{}", article.outlet, article.path),
                "outlet": outlet.map(|outlet| outlet.name.as_str()),
                "published": version.at.rfc3339(),
                "language": outlet.map(|outlet| outlet.language.as_str()),
                "title": version.title,
                "text": version.text(),
                "gold": {
                    "story": article.story,
                    "copy_of": article.copy_of,
                    "figures": version.figures,
                    "new": version.new,
                },
            });
            out.push_str(&line.to_string());
            out.push('\n');
        }
        out
    }
}

/// Returns the name of a version: the article's own, and `ID@2` for the second.
pub fn version_id(article: &Article, place: usize) -> String {
    match place {
        0 => article.id.clone(),
        later => format!("{}@{}", article.id, later + 1),
    }
}

impl Article {
    /// Returns the version that stands on the page at `now`; `None` before publication.
    pub fn version_at(&self, now: Timestamp) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.at.at <= now)
    }

    /// Returns when it was first published.
    pub fn published(&self) -> Option<Moment> {
        self.versions.first().map(|version| version.at)
    }
}

impl Version {
    /// Returns the text as `article::Article` has it: the blocks joined by one line break each.
    pub fn text(&self) -> String {
        let blocks: Vec<&str> = self.blocks.iter().flat_map(Block::lines).collect();
        blocks.join("\n")
    }

    /// Returns the standfirst, or the first paragraph.
    pub fn summary(&self) -> &str {
        let first = self.blocks.iter().flat_map(Block::lines).next();
        self.standfirst.as_deref().or(first).unwrap_or_default()
    }
}

impl Block {
    /// Returns its lines as they are printed.
    pub fn lines(&self) -> Vec<&str> {
        match self {
            Block::Paragraph(text)
            | Block::Heading(text)
            | Block::Quote(text)
            | Block::Promotion(text) => vec![text],
            Block::List(items) => items.iter().map(String::as_str).collect(),
        }
    }
}

impl Moment {
    /// Reads RFC 3339 with a numeric zone or `Z`.
    pub fn parse(text: &str) -> Option<Moment> {
        let at: Timestamp = text.parse().ok()?;
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        Some(Moment { at, offset: pieces.to_numeric_offset().unwrap_or(Offset::UTC) })
    }

    /// Writes it in the outlet's zone, RFC 3339.
    pub fn rfc3339(self) -> String {
        if self.offset == Offset::UTC {
            return self.at.to_string();
        }
        self.at.display_with_offset(self.offset).to_string()
    }

    /// Writes it in the outlet's zone as feeds and mail do.
    ///
    /// # Source
    ///
    /// RFC 2822 section 3.3.
    pub fn rfc2822(self) -> String {
        let zoned = self.at.to_zoned(TimeZone::fixed(self.offset));
        jiff::fmt::rfc2822::to_string(&zoned).unwrap_or_else(|_| self.at.to_string())
    }

    /// Writes the day and the hour as a page prints them, in the outlet's zone.
    pub fn printed(self) -> String {
        let zoned = self.at.to_zoned(TimeZone::fixed(self.offset));
        zoned.strftime("%d.%m.%Y, %H:%M").to_string()
    }
}
