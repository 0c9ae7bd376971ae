//! What reads an article from its text alone: engines and gazetteer, loaded once, shared between threads.

use article::Article;
use language::{Doc, Engines, Lang};

use crate::{CaseKnowledge, Gazetteer, Habits, Knowledge, Reading, copy_to_read, read};

/// How much of a text is looked at to tell its language, in characters.
const IDENTIFY_CHARS: usize = 2_000;

/// Engines and gazetteer, and what is read with them.
#[derive(Debug, Default)]
pub struct Reader {
    /// The language engines.
    pub engines: Engines,
    gazetteer: Option<Gazetteer>,
}

impl Reader {
    /// A reader with what there is; what is missing is done without.
    pub fn new(engines: Engines, gazetteer: Option<Gazetteer>) -> Self {
        Self { engines, gazetteer }
    }

    /// Tells the article's language, makes its document and reads it.
    pub fn read(&self, article: &mut Article, habits: Option<&Habits>) -> (Doc, Reading) {
        let lang = language_of(article);
        if article.language.is_none() && lang.is_known() {
            article.language = Some(lang.to_string());
        }
        let doc = self.document(article, lang);
        let knowledge = Knowledge { gazetteer: self.gazetteer.as_ref(), habits };
        let reading = read(article, &doc, knowledge);
        (doc, reading)
    }

    /// The gazetteer, where its pack is installed.
    pub fn gazetteer(&self) -> Option<&Gazetteer> {
        self.gazetteer.as_ref()
    }

    /// The document of the text, or of its copy where the outlet shouts or wraps its lines.
    fn document(&self, article: &Article, lang: Lang) -> Doc {
        let is_common = |word: &str| self.engines.knows(lang, word);
        let knowledge = CaseKnowledge { gazetteer: self.gazetteer.as_ref(), is_common: &is_common };
        let copy = copy_to_read(&article.text, lang, knowledge);
        self.engines.doc(copy.as_deref().unwrap_or(&article.text), lang)
    }
}

/// The language of an article: what the outlet says is the prior, the text decides.
fn language_of(article: &Article) -> Lang {
    let prior = article.language.as_deref().and_then(Lang::parse);
    let mut sample = String::new();
    if let Some(title) = &article.title {
        sample.push_str(title);
        sample.push('\n');
    }
    sample.extend(article.text.chars().take(IDENTIFY_CHARS));
    language::identify(&sample, prior)
}
