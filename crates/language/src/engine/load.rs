//! An engine from the folder of a spaCy pipeline.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Engine, Net, Step};
use crate::Lang;
use crate::classifier::Classifier;
use crate::doc::{Name, NamesBuilder};
use crate::kernels::Level;
use crate::lemma::{Backoff, EditTrees, Lemmatizer, Mode};
use crate::lexeme::Norms;
use crate::morph;
use crate::pack::{
    Error, Reader, Writer, config::Config, mark_of, model::Model, msgpack::Value, read_file,
    read_file_if_there,
};
use crate::ruler::Ruler;
use crate::tok2vec::{Tok2Vec, WordVectors};
use crate::tokenizer::Tokenizer;
use crate::transition::{Move, Scorer, ner, parser, read_moves};

impl Engine {
    /// Loads the pipeline that lies in a folder (the one with `config.cfg`); the first time, it writes the compiled form there,
    /// which later calls map into memory.
    ///
    /// # Errors
    ///
    /// A file is missing, damaged, or asks for something that is not known here; the error names it.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let file = folder.join(COMPILED);
        let mark = mark_of(&files_below(folder, 3)) ^ FORMAT;
        if let Some(mut reader) = Reader::open(&file, mark)? {
            return Self::open(&mut reader);
        }
        let engine = Self::read(folder)?;
        let mut writer = Writer::default();
        engine.save(&mut writer);
        if writer.save(&file, mark).is_ok()
            && let Some(mut reader) = Reader::open(&file, mark)?
        {
            return Self::open(&mut reader);
        }
        // the folder cannot be written: the next start is slow, too
        Ok(engine)
    }

    /// Reads the original files of a pipeline, without a compiled form.
    ///
    /// # Errors
    ///
    /// As [`Engine::load`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let file = folder.join("config.cfg");
        let text = String::from_utf8_lossy(&read_file(&file)?).into_owned();
        let config = Config::parse(&file, &text);
        let lang = config.str("nlp", "lang").and_then(Lang::parse);
        let lang = lang.ok_or_else(|| Error::broken(&file, "section [nlp] names no language"))?;
        let mut loader = Loader {
            folder,
            config,
            lang,
            names: NamesBuilder::default(),
            shared: None,
            left_out: Vec::new(),
        };
        loader.names.add("");
        let tokenizer = loader.tokenizer()?;
        let steps = loader.steps()?;
        Ok(Self {
            name: loader.name(),
            lang,
            level: Level::detect(),
            tokenizer,
            shared: loader.shared,
            steps,
            names: Arc::new(loader.names.finish()),
            left_out: loader.left_out,
        })
    }
}

/// The compiled form of a pack, beside its files.
const COMPILED: &str = "compiled.bin";

/// Changes whenever an engine's sections or their order change.
const FORMAT: u64 = 4;

/// The files of a pack, by name, but for what was made from them.
fn files_below(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            if depth > 0 {
                files.extend(files_below(&path, depth - 1));
            }
        } else if !name.starts_with("compiled.") {
            files.push(path);
        }
    }
    files
}

struct Loader<'a> {
    folder: &'a Path,
    config: Config,
    lang: Lang,
    names: NamesBuilder,
    shared: Option<Tok2Vec>,
    left_out: Vec<String>,
}

impl Loader<'_> {
    fn name(&self) -> String {
        let name = self.folder.file_name().map(|n| n.to_string_lossy().into_owned());
        name.unwrap_or_else(|| self.lang.to_string())
    }

    fn file(&self, component: &str, name: &str) -> PathBuf {
        self.folder.join(component).join(name)
    }

    fn tokenizer(&self) -> Result<Tokenizer, Error> {
        let mut norms = Norms::default();
        let file = self.file("vocab", "lookups.bin");
        if let Some(bytes) = read_file_if_there(&file)?.filter(|b| b.len() > 1) {
            let value = Value::read(&bytes).map_err(|what| Error::broken(&file, what))?;
            for (key, norm) in value.get("lexeme_norm").and_then(Value::as_map).unwrap_or(&[]) {
                if let (Some(key), Some(norm)) = (key.as_u64(), norm.as_str()) {
                    norms.insert(key, norm.into());
                }
            }
        }
        let file = self.folder.join("tokenizer");
        Tokenizer::read(&file, &read_file(&file)?, norms)
    }

    /// The network in a model file, with the static word vectors where it reads them.
    fn tok2vec(&self, model: &Model<'_>) -> Result<Tok2Vec, Error> {
        let reads_words = !model.layers(|n| n == "static_vectors").is_empty();
        let words = if reads_words { self.word_vectors()? } else { None };
        Tok2Vec::from_model(model, words.as_ref())
    }

    /// The static vectors of the pack's words, where it has any.
    fn word_vectors(&self) -> Result<Option<WordVectors>, Error> {
        let (vectors_file, rows_file) =
            (self.file("vocab", "vectors"), self.file("vocab", "key2row"));
        let Some(vectors) = read_file_if_there(&vectors_file)? else { return Ok(None) };
        let file = self.file("vocab", "vectors.cfg");
        if let Some(bytes) = read_file_if_there(&file)? {
            let cfg: Json = serde_json::from_slice(&bytes)
                .map_err(|_no_json| Error::broken(&file, "is no JSON"))?;
            let asks = |key: &str| cfg.get(key).and_then(Json::as_str);
            let (mode, attribute) = (asks("mode"), asks("attr"));
            if mode.is_some_and(|m| m != "default")
                || attribute.is_some_and(|a| !matches!(a, "ORTH" | "TEXT"))
            {
                let what = format!(
                    "word vectors of the kind {} by {} are not known here",
                    mode.unwrap_or("default"),
                    attribute.unwrap_or("ORTH")
                );
                return Err(Error::unsupported(&file, what));
            }
        }
        let rows = read_file_if_there(&rows_file)?.unwrap_or_default();
        if rows.is_empty() {
            return Ok(None);
        }
        WordVectors::read(&vectors_file, vectors, &rows_file, &rows).map(Some)
    }

    fn steps(&mut self) -> Result<Vec<Step>, Error> {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let pipeline = owned(self.config.names("nlp", "pipeline"));
        let disabled = owned(self.config.names("nlp", "disabled"));
        let mut steps = Vec::new();
        for name in pipeline.iter().filter(|name| !disabled.contains(name)) {
            let section = format!("components.{name}");
            let factory = self.config.str(&section, "factory").unwrap_or(name).to_owned();
            let step = match factory.as_str() {
                "tok2vec" => {
                    self.shared = Some(self.network(name)?);
                    None
                }
                "tagger" => Some(self.tagger(name)?),
                "morphologizer" => Some(self.morphologizer(name)?),
                "senter" => Some(self.senter(name)?),
                "parser" => Some(self.parser(name)?),
                "ner" => Some(self.ner(name)?),
                "attribute_ruler" => Some(self.ruler(name)?),
                "lemmatizer" => self.lemmatizer(name)?,
                "trainable_lemmatizer" => Some(self.trees(name)?),
                other => {
                    let what = format!("the component {name} ({other}) is not known here");
                    return Err(Error::unsupported(self.config.file(), what));
                }
            };
            steps.extend(step);
        }
        Ok(steps)
    }

    /// The network of a tok2vec component.
    fn network(&self, name: &str) -> Result<Tok2Vec, Error> {
        self.config.check_architecture(
            &format!("components.{name}.model"),
            &["Tok2Vec", "HashEmbedCNN"],
        )?;
        let file = self.file(name, "model");
        let bytes = read_file(&file)?;
        self.tok2vec(&Model::read(&file, &bytes)?)
    }

    /// A component's own network, where it has one; and the width of its vectors.
    fn net(&self, name: &str, model: &Model<'_>) -> Result<(Net, usize), Error> {
        let section = format!("components.{name}.model.tok2vec");
        self.config
            .check_architecture(&section, &["Tok2VecListener", "Tok2Vec", "HashEmbedCNN"])?;
        let listens = self
            .config
            .str(&section, "@architectures")
            .is_some_and(|a| a.contains("Tok2VecListener"));
        if !listens {
            let net = self.tok2vec(model)?;
            let width = net.width;
            return Ok((Some(Box::new(net)), width));
        }
        let shared = self.shared.as_ref().map(|net| net.width);
        let what = || {
            Error::broken(
                self.config.file(),
                format!("{name} listens to a network that does not come before it"),
            )
        };
        Ok((None, shared.ok_or_else(what)?))
    }

    /// A component's settings, which are JSON.
    fn settings(&self, name: &str) -> Result<(PathBuf, Json), Error> {
        let file = self.file(name, "cfg");
        let json = serde_json::from_slice(&read_file(&file)?);
        let json = json.map_err(|_no_json| Error::broken(&file, "is no JSON"))?;
        Ok((file, json))
    }

    fn tagger(&mut self, name: &str) -> Result<Step, Error> {
        let (file, cfg) = self.settings(name)?;
        let labels = cfg
            .get("labels")
            .and_then(Json::as_array)
            .ok_or_else(|| Error::broken(&file, "no labels"))?;
        let tags: Vec<Name> =
            labels.iter().map(|l| self.names.add(l.as_str().unwrap_or(""))).collect();
        let (net, classifier) = self.classifier(name, tags.len())?;
        Ok(Step::Tagger { net, classifier, tags })
    }

    fn classifier(&self, name: &str, classes: usize) -> Result<(Net, Classifier), Error> {
        self.config.check_architecture(&format!("components.{name}.model"), &["Tagger"])?;
        let file = self.file(name, "model");
        let bytes = read_file(&file)?;
        let model = Model::read(&file, &bytes)?;
        let (net, width) = self.net(name, &model)?;
        Ok((net, Classifier::from_model(&model, width, classes)?))
    }

    fn morphologizer(&mut self, name: &str) -> Result<Step, Error> {
        let (file, cfg) = self.settings(name)?;
        let broken = |what: &str| Error::broken(&file, what.to_owned());
        let of = |key: &str| cfg.get(key).and_then(Json::as_object);
        let morphs = of("labels_morph").ok_or_else(|| broken("no labels"))?;
        let parts = of("labels_pos").ok_or_else(|| broken("no parts of speech"))?;
        let (mut pos, mut morph) = (Vec::new(), Vec::new());
        for (label, features) in morphs {
            // the part of speech is a feature of the label as well
            pos.push(
                self.names.add(
                    morph::get(label, "POS").filter(|_| parts.contains_key(label)).unwrap_or(""),
                ),
            );
            morph.push(self.names.add(morph::normal(features.as_str().unwrap_or(""))));
        }
        let (net, classifier) = self.classifier(name, pos.len())?;
        Ok(Step::Morphologizer { net, classifier, pos, morph })
    }

    fn senter(&mut self, name: &str) -> Result<Step, Error> {
        // its two classes are I (inside) and S (start)
        let (net, classifier) = self.classifier(name, 2)?;
        Ok(Step::Senter { net, classifier, starts: 1 })
    }

    fn transition(&self, name: &str, features: usize) -> Result<(Net, Scorer), Error> {
        let section = format!("components.{name}.model");
        self.config.check_architecture(&section, &["TransitionBasedParser"])?;
        let moves_file = self.file(name, "moves");
        let moves: Vec<Move> = read_moves(&moves_file, &read_file(&moves_file)?)?;
        let file = self.file(name, "model");
        let bytes = read_file(&file)?;
        let model = Model::read(&file, &bytes)?;
        let (net, width) = self.net(name, &model)?;
        let has_upper = self.config.bool(&section, "use_upper").unwrap_or(true);
        let scorer = Scorer::from_model(&model, width, moves, has_upper)?;
        if scorer.feature_count() != features {
            return Err(model.unsupported(format!(
                "states of {} features are not known here",
                scorer.feature_count()
            )));
        }
        Ok((net, scorer))
    }

    fn parser(&mut self, name: &str) -> Result<Step, Error> {
        let (net, scorer) = self.transition(name, parser::FEATURES)?;
        let labels = scorer.moves.iter().map(|m| self.names.add(&m.label)).collect();
        // a lifted label's first part is a label, too
        for part in scorer.moves.iter().filter_map(|m| m.label.split_once("||")) {
            self.names.add(part.0);
            self.names.add(part.1);
        }
        Ok(Step::Parser { net, scorer, labels, root: self.names.add("ROOT") })
    }

    fn ner(&mut self, name: &str) -> Result<Step, Error> {
        let (net, scorer) = self.transition(name, ner::FEATURES)?;
        let labels = scorer.moves.iter().map(|m| self.names.add(&m.label)).collect();
        Ok(Step::Ner { net, scorer, labels })
    }

    fn ruler(&mut self, name: &str) -> Result<Step, Error> {
        let file = self.file(name, "patterns");
        Ok(Step::Ruler(Ruler::read(&file, &read_file(&file)?, &mut self.names)?))
    }

    /// The lemmatizer; one that runs by a language's own class that is not known here is left out.
    fn lemmatizer(&mut self, name: &str) -> Result<Option<Step>, Error> {
        /// Languages whose lemmatizer in spaCy is a class of its own.
        const OWN_CLASS: [&str; 13] =
            ["ca", "el", "en", "es", "fr", "ga", "ht", "it", "mk", "nl", "pl", "ru", "uk"];
        let section = format!("components.{name}");
        let mode = self.config.str(&section, "mode").unwrap_or("lookup");
        let mode = match (mode, self.lang.as_str()) {
            ("rule", "en") => Mode::English,
            ("rule", "fr") => Mode::French,
            ("rule", lang) if !OWN_CLASS.contains(&lang) => Mode::Plain,
            ("lookup", lang) if lang != "nl" => Mode::Lookup,
            (mode, lang) => {
                self.left_out.push(format!(
                    "{name}: the {mode} method of the language {lang} is not known here"
                ));
                return Ok(None);
            }
        };
        let overwrite = self.config.bool(&section, "overwrite").unwrap_or(false);
        let file = self.folder.join(name).join("lookups").join("lookups.bin");
        let lemmatizer = Lemmatizer::read(&file, &read_file(&file)?, mode)?;
        Ok(Some(Step::Lemmatizer { lemmatizer, overwrite }))
    }

    fn trees(&self, name: &str) -> Result<Step, Error> {
        let section = format!("components.{name}");
        let (cfg_file, cfg) = self.settings(name)?;
        let labels = cfg.get("labels").and_then(Json::as_array);
        let roots: Option<Vec<u32>> = labels
            .and_then(|l| l.iter().map(|n| n.as_u64().and_then(|n| n.try_into().ok())).collect());
        let roots = roots.ok_or_else(|| Error::broken(&cfg_file, "no labels"))?;
        let backoff = match self.config.get(&section, "backoff") {
            None => Some("orth"),
            Some(value) => value.as_str(),
        };
        let backoff = Backoff::named(backoff).ok_or_else(|| {
            let what = format!("{name} falls back on an attribute that is not known here");
            Error::unsupported(self.config.file(), what)
        })?;
        let tries = self.config.number(&section, "top_k").unwrap_or(1);
        let tries = usize::try_from(tries).unwrap_or(usize::MAX);
        let strings_file = self.file("vocab", "strings.json");
        let words: Vec<String> = serde_json::from_slice(&read_file(&strings_file)?)
            .map_err(|_no_json| Error::broken(&strings_file, "is no list of texts"))?;
        let file = self.file(name, "trees");
        let trees = EditTrees::read(&file, &read_file(&file)?, &words, roots, backoff, tries)?;
        let (net, classifier) = self.classifier(name, trees.classes())?;
        let overwrite = self.config.bool(&section, "overwrite").unwrap_or(false);
        Ok(Step::Trees { net, classifier, trees, overwrite })
    }
}
