//! Bytes in, clean articles out: feeds, sitemaps, OPML, pages, metadata, URLs, dates.
//!
//! Pure: no files, no network, no clock. Nothing a page or a feed contains is an error; what was odd is a doubt.
//! It does not know any human language's grammar and nothing about other articles.
//!
//! The main type is [`Article`].

mod charset;
pub mod date;
pub mod feed;
pub mod line;
pub mod links;
mod markup;
pub mod page;
pub mod plain;
#[doc(hidden)]
pub mod probe;
mod promotion;
mod span;
pub mod url;

pub use date::Moment;
pub use span::{CharIndex, Span};

use serde::{Deserialize, Serialize};

/// One news article, clean: what a reader would call the text, and what the outlet says about it.
///
/// `None` means that the page does not say. Spans everywhere are bytes of [`Article::text`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// The name that whoever handed the article over gives it.
    pub id: Option<String>,
    /// Where it was read.
    pub url: Option<String>,
    /// Who publishes it, as the outlet writes its own name.
    pub outlet: Option<String>,
    /// When it was first published.
    pub published: Option<Moment>,
    /// When it was last changed.
    pub modified: Option<Moment>,
    /// BCP 47.
    pub language: Option<String>,
    /// The headline.
    pub title: Option<String>,
    /// Persons and agencies of the byline.
    pub authors: Vec<String>,
    /// The blocks joined by one line break each, in reading order, without the title; or the very text that was given.
    pub text: String,
    /// The address that the outlet calls the article's own.
    pub canonical: Option<String>,
    /// The paragraph under the headline, where it is not part of the text.
    pub standfirst: Option<String>,
    /// The section or rubric.
    pub section: Option<String>,
    /// The outlet says that only subscribers read all of it.
    pub paywalled: bool,
    /// The text breaks off.
    pub truncated: bool,
    /// A page of dated posts that grows.
    pub live: bool,
    /// The outlet's own note that it corrected something.
    pub correction: Option<String>,
    /// The text's parts in order; they do not overlap.
    pub blocks: Vec<Block>,
}

/// A part of an article's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: BlockKind,
    /// When a post of a live page was written.
    pub at: Option<Moment>,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BlockKind {
    /// The first paragraph of the news.
    Lead,
    /// A paragraph.
    Paragraph,
    /// A sub-headline.
    Heading,
    /// A quotation set apart.
    Quote,
    /// An item of a list.
    List,
    /// Under a picture.
    Caption,
    /// "MOSCOW, April 3 —" standing alone.
    Dateline,
    /// The outlet about itself ("sign up to our channel"): kept, shown as such, never read as news.
    Promotion,
}

impl BlockKind {
    /// The word of the JSON contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Paragraph => "paragraph",
            Self::Heading => "heading",
            Self::Quote => "quote",
            Self::List => "list",
            Self::Caption => "caption",
            Self::Dateline => "dateline",
            Self::Promotion => "promotion",
        }
    }

    /// Whether the block is running text in which the outlet tells news.
    pub fn is_news(self) -> bool {
        matches!(self, Self::Lead | Self::Paragraph | Self::Quote | Self::List)
    }
}

/// Something that looked odd and was read as well as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// A stable word for programs: `feed.undefined-entity`, `page.no-body`.
    pub code: String,
    /// A sentence for people: what was odd and what was done.
    pub message: String,
}
