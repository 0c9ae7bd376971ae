//! An engine to and from its compiled form.

use std::sync::Arc;

use super::{Engine, Net, Step};
use crate::Lang;
use crate::classifier::Classifier;
use crate::doc::{Name, NamesBuilder};
use crate::kernels::Level;
use crate::lemma::{EditTrees, Lemmatizer};
use crate::pack::{Error, Reader, Writer};
use crate::ruler::Ruler;
use crate::tok2vec::Tok2Vec;
use crate::tokenizer::Tokenizer;
use crate::transition::Scorer;

impl Engine {
    pub(super) fn save(&self, to: &mut Writer) {
        let kinds: Vec<&str> = self.steps.iter().map(Step::kind).collect();
        to.value(&(&self.name, self.lang.as_str(), &self.left_out, kinds, self.shared.is_some()));
        to.value(&self.names.all());
        self.tokenizer.save(to);
        if let Some(shared) = &self.shared {
            shared.save(to);
        }
        for step in &self.steps {
            step.save(to);
        }
    }

    pub(super) fn open(from: &mut Reader) -> Result<Self, Error> {
        let (name, lang, left_out, kinds, has_shared): (
            String,
            String,
            Vec<String>,
            Vec<String>,
            bool,
        ) = from.value()?;
        let lang = Lang::parse(&lang).ok_or_else(|| from.broken("names no language"))?;
        let mut names = NamesBuilder::default();
        for name in from.value::<Vec<Box<str>>>()? {
            names.add(&name);
        }
        let tokenizer = Tokenizer::open(from)?;
        let shared = if has_shared { Some(Tok2Vec::open(from)?) } else { None };
        let mut steps = Vec::new();
        for kind in kinds {
            steps.push(Step::open(&kind, from, &mut names)?);
        }
        let names = Arc::new(names.finish());
        Ok(Self { name, lang, level: Level::detect(), tokenizer, shared, steps, names, left_out })
    }
}

impl Step {
    fn kind(&self) -> &'static str {
        match self {
            Self::Tagger { .. } => "tagger",
            Self::Morphologizer { .. } => "morphologizer",
            Self::Senter { .. } => "senter",
            Self::Parser { .. } => "parser",
            Self::Ner { .. } => "ner",
            Self::Ruler(_) => "ruler",
            Self::Lemmatizer { .. } => "lemmatizer",
            Self::Trees { .. } => "trees",
        }
    }

    fn save(&self, to: &mut Writer) {
        to.value(&self.net().is_some());
        if let Some(net) = self.net() {
            net.save(to);
        }
        match self {
            Self::Tagger { classifier, tags, .. } => {
                classifier.save(to);
                to.value(tags);
            }
            Self::Morphologizer { classifier, pos, morph, .. } => {
                classifier.save(to);
                to.value(&(pos, morph));
            }
            Self::Senter { classifier, starts, .. } => {
                classifier.save(to);
                to.value(starts);
            }
            Self::Parser { scorer, labels, root, .. } => {
                scorer.save(to);
                to.value(&(labels, root));
            }
            Self::Ner { scorer, labels, .. } => {
                scorer.save(to);
                to.value(labels);
            }
            Self::Ruler(ruler) => ruler.save(to),
            Self::Lemmatizer { lemmatizer, overwrite } => {
                to.value(overwrite);
                lemmatizer.save(to);
            }
            Self::Trees { classifier, trees, overwrite, .. } => {
                to.value(overwrite);
                classifier.save(to);
                trees.save(to);
            }
        }
    }

    fn open(kind: &str, from: &mut Reader, names: &mut NamesBuilder) -> Result<Self, Error> {
        let net: Net = if from.value()? { Some(Box::new(Tok2Vec::open(from)?)) } else { None };
        Ok(match kind {
            "tagger" => {
                Self::Tagger { net, classifier: Classifier::open(from)?, tags: from.value()? }
            }
            "morphologizer" => {
                let classifier = Classifier::open(from)?;
                let (pos, morph): (Vec<Name>, Vec<Name>) = from.value()?;
                Self::Morphologizer { net, classifier, pos, morph }
            }
            "senter" => {
                Self::Senter { net, classifier: Classifier::open(from)?, starts: from.value()? }
            }
            "parser" => {
                let scorer = Scorer::open(from)?;
                let (labels, root) = from.value()?;
                Self::Parser { net, scorer, labels, root }
            }
            "ner" => Self::Ner { net, scorer: Scorer::open(from)?, labels: from.value()? },
            "ruler" => Self::Ruler(Ruler::open(from, names)?),
            "lemmatizer" => {
                Self::Lemmatizer { overwrite: from.value()?, lemmatizer: Lemmatizer::open(from)? }
            }
            "trees" => Self::Trees {
                net,
                overwrite: from.value()?,
                classifier: Classifier::open(from)?,
                trees: EditTrees::open(from)?,
            },
            _ => return Err(from.broken("names an unknown component")),
        })
    }
}
