//! All packs that are installed, and the one door to them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::pack::Error;
use crate::{DIMENSIONS, Doc, Encoder, Engine, Lang, segment};

/// The packs that are there: engines by language and the sentence encoder. It may be used from many threads at once.
#[derive(Debug, Default)]
pub struct Engines {
    by_lang: Vec<Engine>,
    encoder: Option<Encoder>,
    problems: Vec<Error>,
}

/// How deep in a pack's folder its pipeline may lie: `NAME-VERSION/PACKAGE/PACKAGE-VERSION/config.cfg`.
const DEPTH_MAX: usize = 3;

impl Engines {
    /// Loads every pack under a folder; a folder that is not there gives engines without packs.
    ///
    /// What cannot be loaded is left out and told by [`Engines::problems`]: a damaged pack must not stop the others. Of two
    /// packs for one language the one whose folder's name comes last is used.
    pub fn load(packs: &Path) -> Self {
        let mut all = Self::default();
        for folder in subfolders(packs) {
            if let Some(pipeline) = find_file(&folder, "config.cfg", DEPTH_MAX) {
                match Engine::load(&pipeline) {
                    Ok(engine) => {
                        all.by_lang.retain(|e| e.lang() != engine.lang());
                        all.by_lang.push(engine);
                    }
                    Err(problem) => all.problems.push(problem),
                }
            } else if let Some(weights) = find_file(&folder, "weights.npz", DEPTH_MAX) {
                match Encoder::load(&weights) {
                    Ok(encoder) => all.encoder = Some(encoder),
                    Err(problem) => all.problems.push(problem),
                }
            }
        }
        all
    }

    /// Switches all engines to faster arithmetic, or back; tells whether this processor has it. See [`Engine::set_fast`].
    pub fn set_fast(&mut self, on: bool) -> bool {
        let done: Vec<bool> = self.by_lang.iter_mut().map(|engine| engine.set_fast(on)).collect();
        done.into_iter().all(|done| done)
    }

    /// The engine for a language, where its pack is there.
    pub fn engine(&self, lang: Lang) -> Option<&Engine> {
        self.by_lang.iter().find(|e| e.lang() == lang)
    }

    /// Whether the language's pack knows a lower-case word as an ordinary one; `None` without such a pack.
    pub fn knows(&self, lang: Lang, word: &str) -> Option<bool> {
        self.engine(lang)?.knows(word)
    }

    /// All engines.
    pub fn engines(&self) -> &[Engine] {
        &self.by_lang
    }

    /// The sentence encoder, where its pack is there.
    pub fn encoder(&self) -> Option<&Encoder> {
        self.encoder.as_ref()
    }

    /// Why packs that are there could not be loaded.
    pub fn problems(&self) -> &[Error] {
        &self.problems
    }

    /// Reads a text paragraph by paragraph; without a pack for the language it is only segmented.
    ///
    /// Lines end sentences, and white space is in no token: the form for articles.
    pub fn doc(&self, text: &str, lang: Lang) -> Doc {
        self.engine(lang).map_or_else(|| segment(text, lang), |engine| engine.doc(text))
    }

    /// Reads many texts as [`Engines::doc`] does, on all cores; the answers are in the order of the texts.
    pub fn docs(&self, texts: &[(&str, Lang)]) -> Vec<Doc> {
        texts.par_iter().map(|(text, lang)| self.doc(text, *lang)).collect()
    }

    /// Reads a text exactly as the pack's original does; without a pack for the language it is only segmented.
    pub fn parse(&self, text: &str, lang: Lang) -> Doc {
        self.engine(lang).map_or_else(|| segment(text, lang), |engine| engine.parse(text))
    }

    /// Gives sentence vectors of unit length, one a text; `None` without the encoder's pack.
    pub fn encode(&self, texts: &[&str]) -> Option<Vec<[f32; DIMENSIONS]>> {
        self.encoder.as_ref().map(|encoder| encoder.encode(texts))
    }
}

/// The folder at or below `folder` that holds a pipeline's `config.cfg`, as [`Engines::load`] looks for it.
pub fn pipeline_in(folder: &Path) -> Option<PathBuf> {
    find_file(folder, "config.cfg", DEPTH_MAX)
}

/// The folders in a folder, by name; none where it cannot be read.
fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut folders: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

/// The nearest folder at or below `folder` that holds a file of that name.
fn find_file(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    if folder.join(name).is_file() {
        return Some(folder.to_owned());
    }
    let deeper = depth.checked_sub(1)?;
    subfolders(folder).iter().find_map(|f| find_file(f, name, deeper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_packs_texts_are_segmented() {
        let engines = Engines::load(Path::new("/nowhere"));
        assert!(engines.engines().is_empty() && engines.problems().is_empty());
        assert_eq!(engines.doc("One. Two.", Lang::EN).sentences().len(), 2);
        assert!(engines.doc("One. Two.", Lang::EN).linguistics().is_none());
    }
}
