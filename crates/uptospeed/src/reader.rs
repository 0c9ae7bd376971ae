//! Everything that understanding a text needs, loaded once: engines, gazetteer.

use std::path::Path;
use std::sync::Arc;

use article::Article;
use language::Engines;

use crate::packs;

/// The version of the reader: a reading is kept under it, and a newer one reads again.
pub(crate) const MODEL: &str = concat!("rules-", env!("CARGO_PKG_VERSION"));

/// Loaded packs and what is read with them. Shared between all threads.
#[derive(Debug)]
pub(crate) struct Reader(reading::Reader);

impl std::ops::Deref for Reader {
    type Target = reading::Reader;

    fn deref(&self) -> &reading::Reader {
        &self.0
    }
}

impl Reader {
    /// Loads the packs of a folder; what is missing is done without. `fast`: in 16-bit numbers, where the processor has
    /// instructions for them.
    pub(crate) fn load(packs: &Path, fast: bool) -> Self {
        let mut engines = Engines::load(packs);
        if fast && !engines.set_fast(true) {
            tracing::warn!("reading.fast needs a processor with AVX-512 VNNI: reading exactly");
        }
        Self(reading::Reader::new(engines, packs::gazetteer(packs)))
    }

    /// A reader that uses no pack.
    pub(crate) fn without_packs() -> Self {
        Self(reading::Reader::default())
    }

    /// The vector of headline and first lines, where the encoder is installed.
    pub(crate) fn vector(&self, article: &Article) -> Option<Vec<f32>> {
        let text = stories::vector_text(article);
        self.vectors(&[&text])?.pop()
    }

    /// The vectors of texts, where the encoder is installed.
    pub(crate) fn vectors(&self, texts: &[&str]) -> Option<Vec<Vec<f32>>> {
        let vectors = self.engines.encode(texts)?;
        Some(vectors.into_iter().map(|v| v.to_vec()).collect())
    }
}

/// Whether two ways of saying where packs are lead to one reader.
pub(crate) fn shared(packs: Option<&Path>, fast: bool) -> Arc<Reader> {
    Arc::new(packs.map_or_else(Reader::without_packs, |packs| Reader::load(packs, fast)))
}
