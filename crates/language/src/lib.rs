//! Text in, [`Doc`] out: language, sentences, tokens; with a pack also tags, parse, entities and lemmas.
//!
//! Pure but for reading a model folder in `pack`. It knows nothing of what the text is about.
//!
//! ```
//! let doc = language::segment("Hello there. It works.", language::Lang::EN);
//! assert_eq!(doc.sentences().len(), 2);
//! assert_eq!(doc.text_of(doc.token(0)), "Hello");
//! ```

#[doc(hidden)]
pub mod bench;
mod chunks;
mod classifier;
pub mod contract;
mod doc;
mod encoder;
mod engine;
mod engines;
#[doc(hidden)]
pub mod fuzz;
pub mod identify;
mod kernels;
mod lemma;
mod lexeme;
mod morph;
pub mod pack;
mod ruler;
mod segment;
mod strings;
mod tok2vec;
mod tokenizer;
mod transition;

pub use doc::{Doc, Entity, Linguistics, Names, NounChunk, Range, Token};
pub use encoder::{DIMENSIONS, Encoder};
pub use engine::Engine;
pub use engines::{Engines, pipeline_in};
pub use identify::{Lang, identify};
pub use segment::segment;
