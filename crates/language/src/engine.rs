//! One language's pipeline: from text to tokens, tags, tree, lemmas and entities.

use std::fmt;
use std::sync::Arc;

use crate::Lang;
use rayon::prelude::*;

use crate::chunks::{Tree, noun_chunks};
use crate::classifier::Classifier;
use crate::doc::{Columns, Doc, Linguistics, NO_NAME, Name, Names, Range};
use crate::kernels::Level;
use crate::lemma::{EditTrees, Lemmatizer, push_lower};
use crate::ruler::{Ruler, Target};
use crate::tok2vec::{Features, Tok2Vec, Vectors};
use crate::tokenizer::{RawToken, Tokenizer};
use crate::transition::{Scorer, ner, parser, tree};

mod compiled;
mod join;
mod load;

/// A loaded pipeline.
///
/// Texts are given as spaCy gets them, whole: see [`Engine::parse`]. It may be used from many threads at once.
pub struct Engine {
    pub(crate) name: String,
    pub(crate) lang: Lang,
    level: Level,
    tokenizer: Tokenizer,
    shared: Option<Tok2Vec>,
    steps: Vec<Step>,
    names: Arc<Names>,
    left_out: Vec<String>,
}

/// A component, in the order of the pipeline.
#[derive(Debug)]
enum Step {
    Tagger { net: Net, classifier: Classifier, tags: Vec<Name> },
    Morphologizer { net: Net, classifier: Classifier, pos: Vec<Name>, morph: Vec<Name> },
    Senter { net: Net, classifier: Classifier, starts: u32 },
    Parser { net: Net, scorer: Scorer, labels: Vec<Name>, root: Name },
    Ner { net: Net, scorer: Scorer, labels: Vec<Name> },
    Ruler(Ruler),
    Lemmatizer { lemmatizer: Lemmatizer, overwrite: bool },
    Trees { net: Net, classifier: Classifier, trees: EditTrees, overwrite: bool },
}

/// Where a component's vectors come from: its own network, or the one that all share.
type Net = Option<Box<Tok2Vec>>;

/// One text on its way through the components.
#[derive(Debug)]
struct Work<'a> {
    text: &'a str,
    tokens: Vec<RawToken>,
    features: Vec<Features>,
    is_space: Vec<bool>,
    tag: Vec<Name>,
    pos: Vec<Name>,
    morph: Vec<Name>,
    dep: Vec<Name>,
    lemma: Vec<Name>,
    heads: Vec<u32>,
    starts: Vec<bool>,
    entities: Vec<(Range, Name)>,
    lemma_text: String,
    lemma_end: Vec<u32>,
}

/// Tokens that go through the networks at once: enough to keep the kernels busy, few enough to stay in the processor's cache.
const BATCH_TOKENS_MAX: usize = 512;

impl Engine {
    /// The pack's name and version.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The language that it reads.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Components of the pack that are not run, each with the reason.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Whether the pack's word lists know a lower-case word as an ordinary one; `None` where it has no such lists.
    pub fn knows(&self, word: &str) -> Option<bool> {
        self.steps.iter().find_map(|step| match step {
            Step::Lemmatizer { lemmatizer, .. } => lemmatizer.knows(word),
            _ => None,
        })
    }

    /// Switches to faster arithmetic for the largest layers (16-bit numbers), or back; tells whether this processor has it
    /// (AVX-512 VNNI). An engine starts with exact arithmetic.
    ///
    /// Nearly all labels stay the same: `docs/language.md` says how many.
    pub fn set_fast(&mut self, on: bool) -> bool {
        let level = self.level;
        let mut done = true;
        for step in &mut self.steps {
            if let Step::Parser { scorer, .. } | Step::Ner { scorer, .. } = step {
                done &= scorer.set_short(level, on);
            }
        }
        let own = self.steps.iter_mut().filter_map(Step::net_mut);
        for net in self.shared.iter_mut().chain(own) {
            done &= net.set_short(level, on);
        }
        done
    }

    /// Reads one text exactly as spaCy does: white space makes tokens, line breaks do not end sentences.
    ///
    /// # Limits
    ///
    /// Texts below 4 GiB.
    pub fn parse(&self, text: &str) -> Doc {
        self.parse_all(&[text]).pop().unwrap_or_default()
    }

    /// Reads several texts; the networks take them together, which is faster for short ones.
    pub fn parse_all(&self, texts: &[&str]) -> Vec<Doc> {
        let mut docs = Vec::with_capacity(texts.len());
        let mut batch = Vec::new();
        let mut tokens = 0;
        for text in texts {
            let work = Work::new(text, self.tokenizer.tokens(text));
            if tokens > 0 && tokens + work.tokens.len() > BATCH_TOKENS_MAX {
                self.run(&mut batch);
                docs.extend(batch.drain(..).map(|work| self.finish(work)));
                tokens = 0;
            }
            tokens += work.tokens.len();
            batch.push(work);
        }
        self.run(&mut batch);
        docs.extend(batch.into_iter().map(|work| self.finish(work)));
        docs
    }

    /// Reads many texts as [`Engine::doc`] does, on all cores.
    pub fn docs(&self, texts: &[&str]) -> Vec<Doc> {
        texts.par_iter().map(|text| self.doc(text)).collect()
    }

    /// Reads a text paragraph by paragraph (line breaks end sentences), without tokens of white space.
    pub fn doc(&self, text: &str) -> Doc {
        let paragraphs = join::paragraphs(text);
        let texts: Vec<&str> = paragraphs.iter().filter_map(|p| text.get(p.clone())).collect();
        let docs = self.parse_all(&texts);
        join::join(text, self.lang, &self.names, &paragraphs, docs)
    }

    /// Takes a batch through all components.
    fn run(&self, batch: &mut [Work<'_>]) {
        let lens: Vec<usize> = batch.iter().map(|w| w.tokens.len()).collect();
        if lens.iter().all(|len| *len == 0) {
            return;
        }
        let vectors = |net: &Tok2Vec, batch: &[Work<'_>]| {
            let features: Vec<&[Features]> = batch.iter().map(|w| w.features.as_slice()).collect();
            net.run(self.level, &features)
        };
        let shared = self.shared.as_ref().map(|net| vectors(net, batch)).unwrap_or_default();
        for step in &self.steps {
            let own = step.net().map(|net| vectors(net, batch));
            self.run_step(step, own.as_ref().unwrap_or(&shared), &lens, batch);
        }
    }

    fn run_step(&self, step: &Step, vectors: &Vectors, lens: &[usize], batch: &mut [Work<'_>]) {
        let level = self.level;
        match step {
            Step::Tagger { classifier, tags, .. } => {
                let classes = classifier.classes(level, vectors, lens);
                for_tokens(batch, &classes, |work, i, class| {
                    put(&mut work.tag, i, tags.get(class));
                });
            }
            Step::Morphologizer { classifier, pos, morph, .. } => {
                let classes = classifier.classes(level, vectors, lens);
                for_tokens(batch, &classes, |work, i, class| {
                    put(&mut work.pos, i, pos.get(class));
                    put(&mut work.morph, i, morph.get(class));
                });
            }
            Step::Senter { classifier, starts, .. } => {
                let classes = classifier.classes(level, vectors, lens);
                for_tokens(batch, &classes, |work, i, class| {
                    put(&mut work.starts, i, Some(&(i == 0 || class as u32 == *starts)));
                });
            }
            Step::Parser { scorer, labels, root, .. } => {
                let mut known = scorer.precompute(level, vectors, lens);
                let mut first = 0;
                for work in batch {
                    let arcs = parser::parse(scorer, level, &mut known, first, work.tokens.len());
                    first += work.tokens.len() as u32;
                    self.set_tree(work, arcs, labels, *root);
                }
            }
            Step::Ner { scorer, labels, .. } => {
                let mut known = scorer.precompute(level, vectors, lens);
                let mut first = 0;
                for work in batch {
                    let (starts, is_space) = (&work.starts, &work.is_space);
                    let found = ner::recognise(scorer, level, &mut known, first, starts, is_space);
                    first += work.tokens.len() as u32;
                    let name = |class: u32| labels.get(class as usize).copied().unwrap_or(NO_NAME);
                    work.entities =
                        found.into_iter().map(|(range, class)| (range, name(class))).collect();
                }
            }
            Step::Ruler(ruler) => {
                for work in batch {
                    work.apply(ruler);
                }
            }
            Step::Lemmatizer { lemmatizer, overwrite } => {
                for work in batch {
                    work.lemmatise(lemmatizer, &self.names, *overwrite);
                }
            }
            Step::Trees { classifier, trees, overwrite, .. } => {
                let words = batch.iter().flat_map(|w| (0..w.tokens.len()).map(|i| w.word(i)));
                let (mut words, mut classes) = (words.collect::<Vec<_>>().into_iter(), Vec::new());
                classifier.for_scores(level, vectors, lens, |scores| {
                    classes.push(trees.choose(words.next().unwrap_or(""), scores));
                });
                let mut first = 0;
                for work in batch {
                    work.set_lemmas(&self.names, *overwrite, |work, i, out| {
                        let class = classes.get(first + i).copied().flatten();
                        trees.push(class, work.word(i), out);
                    });
                    first += work.tokens.len();
                }
            }
        }
    }

    fn set_tree(&self, work: &mut Work<'_>, arcs: parser::Arcs, labels: &[Name], root: Name) {
        work.heads = arcs.heads;
        let of_class = |class: &Option<u32>| match class {
            Some(class) => labels.get(*class as usize).copied().unwrap_or(NO_NAME),
            None => root,
        };
        work.dep = arcs.labels.iter().map(of_class).collect();
        self.names.deprojectivise(&mut work.heads, &mut work.dep, &work.is_space);
        work.starts = tree::edges(&work.heads).starts;
    }

    /// Makes the document out of the columns.
    fn finish(&self, mut work: Work<'_>) -> Doc {
        let len = work.tokens.len();
        // where no lemmatizer ran, or rules ran after it
        if work.lemma_end.len() != len || work.lemma.iter().any(|lemma| *lemma != NO_NAME) {
            work.set_lemmas(&self.names, false, |_, _, _| {});
        }
        let mut sentences = Vec::new();
        let mut first = 0;
        for i in 1..=len {
            if i == len || work.starts.get(i) == Some(&true) {
                sentences.push(Range { start: first, end: i as u32 });
                first = i as u32;
            }
        }
        let is_parsed = self.steps.iter().any(|s| matches!(s, Step::Parser { .. }));
        let noun_chunks = if is_parsed {
            let names = |column: &[Name]| column.iter().map(|n| self.names.get(*n)).collect();
            let tree = Tree {
                pos: names(&work.pos),
                dep: names(&work.dep),
                head: &work.heads,
                left_edge: tree::edges(&work.heads).left,
            };
            noun_chunks(self.lang.as_str(), &tree)
        } else {
            Vec::new()
        };
        let columns = Columns {
            tag: work.tag,
            pos: work.pos,
            morph: work.morph,
            dep: work.dep,
            head: work.heads,
            lemma_end: work.lemma_end,
            lemma_text: work.lemma_text,
            entities: work.entities,
            noun_chunks,
        };
        Doc {
            text: work.text.into(),
            lang: self.lang,
            starts: work.tokens.iter().map(|t| t.start).collect(),
            ends: work.tokens.iter().map(|t| t.end).collect(),
            sentences,
            linguistics: Some(Linguistics { names: Arc::clone(&self.names), columns }),
        }
    }
}

impl Step {
    fn net(&self) -> Option<&Tok2Vec> {
        match self {
            Self::Tagger { net, .. }
            | Self::Morphologizer { net, .. }
            | Self::Senter { net, .. }
            | Self::Parser { net, .. }
            | Self::Ner { net, .. }
            | Self::Trees { net, .. } => net.as_deref(),
            Self::Ruler(_) | Self::Lemmatizer { .. } => None,
        }
    }

    fn net_mut(&mut self) -> Option<&mut Tok2Vec> {
        match self {
            Self::Tagger { net, .. }
            | Self::Morphologizer { net, .. }
            | Self::Senter { net, .. }
            | Self::Parser { net, .. }
            | Self::Ner { net, .. }
            | Self::Trees { net, .. } => net.as_deref_mut(),
            Self::Ruler(_) | Self::Lemmatizer { .. } => None,
        }
    }
}

impl<'a> Work<'a> {
    fn new(text: &'a str, tokens: Vec<RawToken>) -> Self {
        let len = tokens.len();
        let none = vec![NO_NAME; len];
        let mut starts = vec![false; len];
        if let Some(first) = starts.first_mut() {
            *first = true;
        }
        Self {
            text,
            features: tokens
                .iter()
                .map(|t| Features { lexeme: t.lexeme, space_after: t.space_after })
                .collect(),
            is_space: tokens.iter().map(|t| t.lexeme.is_space).collect(),
            tag: none.clone(),
            pos: none.clone(),
            morph: none.clone(),
            dep: none.clone(),
            lemma: none,
            heads: (0..len as u32).collect(),
            starts,
            entities: Vec::new(),
            lemma_text: String::new(),
            lemma_end: Vec::new(),
            tokens,
        }
    }

    fn word(&self, i: usize) -> &'a str {
        self.tokens
            .get(i)
            .and_then(|t| self.text.get(t.start as usize..t.end as usize))
            .unwrap_or("")
    }

    fn apply(&mut self, ruler: &Ruler) {
        let words: Vec<&str> = (0..self.tokens.len()).map(|i| self.word(i)).collect();
        let (mut lowered, mut ends) = (String::with_capacity(self.text.len()), vec![0]);
        for word in &words {
            push_lower(word, &mut lowered);
            ends.push(lowered.len());
        }
        let word = |ends: &[usize; 2]| lowered.get(ends[0]..ends[1]).unwrap_or("");
        let lower: Vec<&str> = ends.array_windows().map(word).collect();
        let mut target = Target {
            lower: &lower,
            text: &words,
            is_space: &self.is_space,
            tag: &mut self.tag,
            pos: &mut self.pos,
            morph: &mut self.morph,
            dep: &mut self.dep,
            lemma: &mut self.lemma,
        };
        ruler.apply(&mut target);
    }

    fn lemmatise(&mut self, lemmatizer: &Lemmatizer, names: &Names, overwrite: bool) {
        self.set_lemmas(names, overwrite, |work, i, out| {
            let name = |column: &[Name]| names.get(column.get(i).copied().unwrap_or(NO_NAME));
            lemmatizer.push(work.word(i), name(&work.pos), name(&work.morph), out);
        });
    }

    /// Writes the lemmas down: what was set before stays, unless it is to be overwritten; `push` appends the others.
    fn set_lemmas(
        &mut self,
        names: &Names,
        overwrite: bool,
        mut push: impl FnMut(&Self, usize, &mut String),
    ) {
        let mut out = String::with_capacity(self.text.len());
        let mut ends = Vec::with_capacity(self.tokens.len());
        for i in 0..self.tokens.len() {
            let before = out.len();
            if !overwrite {
                out.push_str(self.lemma_before(names, i));
            }
            if out.len() == before {
                push(self, i, &mut out);
            }
            ends.push(out.len() as u32);
        }
        self.lemma_text = out;
        self.lemma_end = ends;
        self.lemma.fill(NO_NAME);
    }

    /// What the rules have set, else what a component has written down; empty where none did.
    fn lemma_before<'b>(&'b self, names: &'b Names, i: usize) -> &'b str {
        match self.lemma.get(i) {
            Some(lemma) if *lemma != NO_NAME => names.get(*lemma),
            _ => {
                let end = |i: usize| self.lemma_end.get(i).map_or(0, |end| *end as usize);
                let start = i.checked_sub(1).map_or(0, end);
                self.lemma_text.get(start..end(i)).unwrap_or("")
            }
        }
    }
}

/// Calls `f` with every token's class, over all texts.
fn for_tokens<'a>(
    batch: &mut [Work<'a>],
    classes: &[u32],
    f: impl Fn(&mut Work<'a>, usize, usize),
) {
    let mut classes = classes.iter();
    for work in batch {
        for i in 0..work.tokens.len() {
            if let Some(class) = classes.next() {
                f(work, i, *class as usize);
            }
        }
    }
}

fn put<T: Copy>(column: &mut [T], i: usize, value: Option<&T>) {
    if let (Some(to), Some(value)) = (column.get_mut(i), value) {
        *to = *value;
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({}, {:?})", self.name, self.level)
    }
}
