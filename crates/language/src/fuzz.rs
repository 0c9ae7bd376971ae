//! The bodies of the fuzz targets, also run by a plain test over saved inputs, so that every old find is tried again.

use std::path::Path;
use std::sync::OnceLock;

use crate::doc::NamesBuilder;
use crate::encoder::fuzz_file;
use crate::lemma::{Backoff, EditTrees, Lemmatizer, Mode};
use crate::lexeme::Norms;
use crate::pack::{config::Config, model::Model, msgpack::Value};
use crate::ruler::Ruler;
use crate::tok2vec::{Tok2Vec, WordVectors};
use crate::tokenizer::Tokenizer;
use crate::transition::read_moves;
use crate::{Lang, identify, segment};

/// Reads bytes as each kind of file that a pack has; every one must give an error or a value.
pub fn pack_file(bytes: &[u8]) {
    let file = Path::new("fuzzed");
    let _value = Value::read(bytes);
    if let Ok(model) = Model::read(file, bytes) {
        let _network = Tok2Vec::from_model(&model, None);
    }
    if let Ok(tokenizer) = Tokenizer::read(file, bytes, Norms::default()) {
        let _tokens = tokenizer.tokens("Mr. Hale's ferry (the \"Aurora\") sank at 9 a.m.");
    }
    let _moves = read_moves(file, bytes);
    let _ruler = Ruler::read(file, bytes, &mut NamesBuilder::default());
    for mode in [Mode::English, Mode::French, Mode::Plain, Mode::Lookup] {
        if let Ok(lemmatizer) = Lemmatizer::read(file, bytes, mode) {
            lemmatizer.push("ferries", "NOUN", "Number=Plur", &mut String::new());
        }
    }
    let _vectors = WordVectors::read(file, bytes.to_vec(), file, bytes);
    let words = ["ge".to_owned(), "t".to_owned()];
    if let Ok(trees) = EditTrees::read(file, bytes, &words, vec![0], Backoff::Lower, 2) {
        trees.push(trees.choose("getan", &[1.0]), "getan", &mut String::new());
    }
    let _config = Config::parse(file, &String::from_utf8_lossy(bytes));
    fuzz_file(file, bytes);
}

/// Cuts a text as the tokenizer of a pack does; tokens and the blanks after them must spell the text.
fn spelled(text: &str) {
    static TOKENIZER: OnceLock<Option<Tokenizer>> = OnceLock::new();
    let tokenizer = TOKENIZER.get_or_init(|| {
        let bytes = include_bytes!("../tests/data/small/tokenizer");
        Tokenizer::read(Path::new("tokenizer"), bytes, Norms::default()).ok()
    });
    let Some(tokenizer) = tokenizer else { return };
    let mut at = 0;
    for token in tokenizer.tokens(text) {
        assert!(token.start as usize == at && token.start < token.end, "a token out of place");
        at = token.end as usize;
        assert!(text.is_char_boundary(at), "a token inside a character");
        if token.space_after {
            assert!(text.get(at..).is_some_and(|rest| rest.starts_with(' ')), "no blank follows");
            at += 1;
        }
    }
    assert_eq!(at, text.len(), "the tokens end before the text");
}

/// Cuts a text in every language that has rules of its own; tokens must lie in order on character boundaries.
///
/// # Panics
///
/// Where they do not.
pub fn text(text: &str) {
    spelled(text);
    let _lang = identify(text, None);
    for tag in ["en", "de", "fr", "es", "ru", "pl", "zh", "ja", "th", "ar", "hi"] {
        let doc = segment(text, Lang::parse(tag).unwrap_or_default());
        let mut at = 0;
        for token in doc.tokens() {
            assert!(at <= token.start && token.start < token.end, "tokens out of order");
            assert!(text.get(token.start..token.end).is_some(), "a token inside a character");
            at = token.end;
        }
        let covered: usize = doc.sentences().iter().map(|s| s.len()).sum();
        assert_eq!(covered, doc.len(), "sentences do not cover the tokens");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn odd_files_are_survived() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x93\x90\x90\x90",
            b"\x83\xa5nodes\x90\xa5attrs\x90\xa6params\x90",
            b"\x82\xaaexceptions\x81\xa1a\x91\x81\x41\xa1b\xadprefix_search\xa1(",
            b"\x81\xa5moves\xa9{\"0\":{}}x",
            b"\x91\x83\xa5attrs\x80\xa8patterns\x91\x91\x81\xa5LOWER\x81\xa5REGEX\xa1(\xa5index\x00",
            b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0",
            b"\x0a\x02\x0a\x00\x1a\x06\x12\x04\xff\xff\xff\xff",
        ];
        for bytes in inputs {
            super::pack_file(bytes);
        }
    }

    #[test]
    fn odd_texts_are_survived() {
        for text in [
            "",
            ".",
            "…”.\u{301}",
            "a.\u{200b}B.",
            "「。」と",
            "\u{feff}x\u{2028}y",
            "U.S.A.).\"'",
            "1. 2. 3.",
            " \u{1c} a  b\n\n\u{3000}c ",
            "(www.example.com/a?b=(c)):) $5-10'll 'n' 5km. a.m.-p.m.…",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}x\u{301}\u{301}'s",
        ] {
            super::text(text);
        }
    }
}
