//! Articles for the tests: read as the program reads them, without packs.

use article::{Article, Block, BlockKind, Span};
use jiff::Timestamp;
use language::Lang;
use reading::Reading;
use stories::{Arrival, Arriving, ArticleId, Shelf};
use testkit::day::{self, Day, Version};

/// A version of an article, read.
pub(crate) struct Told {
    pub id: ArticleId,
    pub name: String,
    pub outlet: String,
    pub at: Timestamp,
    pub article: Article,
    pub reading: Reading,
}

impl Told {
    /// Reads an article.
    pub(crate) fn new(id: i64, outlet: &str, lang: &str, at: Timestamp, article: Article) -> Self {
        let doc = language::segment(&article.text, Lang::parse(lang).unwrap_or_default());
        let reading = reading::read(&article, &doc, reading::Knowledge::default());
        Self {
            id: ArticleId(id),
            name: id.to_string(),
            outlet: outlet.to_owned(),
            at,
            article,
            reading,
        }
    }

    /// A plain article.
    pub(crate) fn plain(id: i64, outlet: &str, second: i64, title: &str, text: &str) -> Self {
        let at = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        let published = article::date::parse(&at.to_string());
        let article = Article {
            title: Some(title.to_owned()),
            published,
            ..article::plain::article(text.to_owned())
        };
        Self::new(id, outlet, "en", at, article)
    }

    /// Lets it arrive when it is published.
    pub(crate) fn arrive(&self, shelf: &mut Shelf) -> Arrival {
        self.arrive_at(shelf, self.at)
    }

    /// Lets it arrive at a time.
    pub(crate) fn arrive_at(&self, shelf: &mut Shelf, now: Timestamp) -> Arrival {
        let arriving = Arriving {
            id: self.id,
            outlet: &self.outlet,
            article: &self.article,
            reading: &self.reading,
            at: self.at,
            vector: None,
        };
        shelf.arrive(arriving, now)
    }
}

/// All versions of a day in the order of their publication; a later version has the id of the first.
pub(crate) fn versions(day: &Day) -> Vec<Told> {
    let mut out = Vec::new();
    for (article, place, version) in day.versions() {
        let number = day.articles.iter().position(|a| a.id == article.id).unwrap_or(0);
        let outlet = day.outlet(&article.outlet);
        let lang = outlet.map_or("en", |o| o.language.as_str());
        let made = made(article, version, lang);
        let mut told = Told::new(
            number as i64 + 1,
            outlet.map_or("", |o| o.name.as_str()),
            lang,
            version.at.at,
            made,
        );
        told.name = day::version_id(article, place);
        out.push(told);
    }
    out
}

/// The article that a page of the day is read into.
fn made(article: &day::Article, version: &Version, lang: &str) -> Article {
    let text = version.text();
    let mut blocks = Vec::new();
    let mut at = 0;
    for block in &version.blocks {
        let kind = match block {
            day::Block::Heading(_) => BlockKind::Heading,
            day::Block::Quote(_) => BlockKind::Quote,
            day::Block::List(_) => BlockKind::List,
            day::Block::Promotion(_) => BlockKind::Promotion,
            day::Block::Paragraph(_) if blocks.is_empty() => BlockKind::Lead,
            day::Block::Paragraph(_) => BlockKind::Paragraph,
        };
        for line in block.lines() {
            blocks.push(Block { span: Span::new(at, at + line.len()), kind, at: None });
            at += line.len() + 1;
        }
    }
    let first = article.versions.first().map_or(version.at, |v| v.at);
    Article {
        title: Some(version.title.clone()),
        standfirst: version.standfirst.clone(),
        correction: version.correction.clone(),
        language: Some(lang.to_owned()),
        published: article::date::parse(&first.rfc3339()),
        modified: article::date::parse(&version.at.rfc3339()),
        text,
        blocks,
        ..Article::default()
    }
}
