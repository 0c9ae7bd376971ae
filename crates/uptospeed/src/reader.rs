//! Everything that understanding a text needs, loaded once: engines, gazetteer.

use std::path::Path;
use std::sync::Arc;

use article::Article;
use language::{Doc, Engines, Lang};
use reading::{CaseKnowledge, Gazetteer, Habits, Knowledge, Reading};

use crate::packs;

/// The version of the reader: a reading is kept under it, and a newer one reads again.
pub(crate) const MODEL: &str = concat!("rules-", env!("CARGO_PKG_VERSION"));

/// How much of a text is looked at to tell its language, in characters.
const IDENTIFY_CHARS: usize = 2_000;

/// Loaded packs and what is read with them. Shared between all threads.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) engines: Engines,
    gazetteer: Option<Gazetteer>,
}

impl Reader {
    /// Loads the packs of a folder; what is missing is done without. `fast`: in 16-bit numbers, where the processor has
    /// instructions for them.
    pub(crate) fn load(packs: &Path, fast: bool) -> Self {
        let mut engines = Engines::load(packs);
        if fast && !engines.set_fast(true) {
            tracing::warn!("reading.fast needs a processor with AVX-512 VNNI: reading exactly");
        }
        Self { engines, gazetteer: packs::gazetteer(packs) }
    }

    /// A reader that uses no pack.
    pub(crate) fn without_packs() -> Self {
        Self { engines: Engines::default(), gazetteer: None }
    }

    /// Tells the article's language, makes its document and reads it.
    pub(crate) fn read(&self, article: &mut Article, habits: Option<&Habits>) -> (Doc, Reading) {
        let lang = language_of(article);
        if article.language.is_none() && lang.is_known() {
            article.language = Some(lang.to_string());
        }
        let doc = self.document(article, lang);
        let knowledge = Knowledge { gazetteer: self.gazetteer.as_ref(), habits };
        let reading = reading::read(article, &doc, knowledge);
        (doc, reading)
    }

    /// The gazetteer, where its pack is installed.
    pub(crate) fn gazetteer(&self) -> Option<&Gazetteer> {
        self.gazetteer.as_ref()
    }

    /// The document alone, as the stories stage needs it: in the language that it was read in.
    pub(crate) fn doc(&self, article: &Article, reading: &Reading) -> Doc {
        let lang = Lang::parse(&reading.language).unwrap_or_else(|| language_of(article));
        self.document(article, lang)
    }

    /// The document of the text, or of its copy where the outlet shouts or wraps its lines.
    fn document(&self, article: &Article, lang: Lang) -> Doc {
        let is_common = |word: &str| self.engines.knows(lang, word);
        let knowledge = CaseKnowledge { gazetteer: self.gazetteer.as_ref(), is_common: &is_common };
        let copy = reading::copy_to_read(&article.text, lang, knowledge);
        self.engines.doc(copy.as_deref().unwrap_or(&article.text), lang)
    }

    /// The vector of headline and first lines, where the encoder is installed.
    pub(crate) fn vector(&self, article: &Article) -> Option<Vec<f32>> {
        let text = stories::vector_text(article);
        let mut vectors = self.engines.encode(&[&text])?;
        vectors.pop().map(|v| v.to_vec())
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

/// Whether two ways of saying where packs are lead to one reader.
pub(crate) fn shared(packs: Option<&Path>, fast: bool) -> Arc<Reader> {
    Arc::new(packs.map_or_else(Reader::without_packs, |packs| Reader::load(packs, fast)))
}
