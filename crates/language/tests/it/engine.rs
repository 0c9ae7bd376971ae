//! The English and the French pipeline, field by field.

use language::{Doc, Engine, contract::parse_json};
use serde_json::{Value, json};

use super::packs::{EN, FR, Pack, data};

const FIELDS: [&str; 13] = [
    "text",
    "start",
    "end",
    "ws",
    "tag",
    "pos",
    "morph",
    "lemma",
    "head",
    "dep",
    "sent_start",
    "ent_iob",
    "ent_type",
];

fn load(pack: &Pack) -> Engine {
    Engine::load(&pack.folder()).expect("the pack loads")
}

/// Tokens and chunks as the data files have them.
fn rows(doc: &Doc) -> (Vec<Value>, Vec<Value>) {
    let json = parse_json(doc);
    let list = |name: &str| json.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let pick = |row: &Value, names: &[&str]| {
        names.iter().map(|n| row.get(*n).cloned().unwrap_or_default()).collect()
    };
    (
        list("tokens").iter().map(|t| pick(t, &FIELDS)).collect(),
        list("noun_chunks").iter().map(|c| pick(c, &["start", "end", "root"])).collect(),
    )
}

fn check(engine: &Engine, expected: &Value) {
    let text = expected["text"].as_str().expect("a text");
    let (tokens, chunks) = rows(&engine.parse(text));
    assert_eq!(json!(tokens), expected["tokens"], "{text}");
    assert_eq!(json!(chunks), expected["noun_chunks"], "{text}");
}

#[test]
fn english_is_read_as_spacy_reads_it() {
    let engine = load(&EN);
    for expected in &data("en.jsonl") {
        check(&engine, expected);
    }
}

#[test]
fn french_is_read_as_spacy_reads_it() {
    // the pack is not fetched (its licence asks more of who passes it on); where it is installed it must be exact
    if FR.installed().is_some() {
        let engine = load(&FR);
        for expected in &data("fr.jsonl") {
            check(&engine, expected);
        }
    }
}

#[test]
fn texts_do_not_see_each_other_in_a_batch() {
    let engine = load(&EN);
    let all = data("en.jsonl");
    let texts: Vec<&str> = all.iter().filter_map(|e| e["text"].as_str()).collect();
    for (doc, expected) in engine.parse_all(&texts).iter().zip(&all) {
        assert_eq!(json!(rows(doc).0), expected["tokens"]);
    }
}

#[test]
fn the_compiled_pack_reads_as_the_files_do() {
    let (compiled, plain) = (load(&EN), Engine::read(&EN.folder()).expect("the pack loads"));
    for expected in data("en.jsonl") {
        let text = expected["text"].as_str().expect("a text");
        assert_eq!(parse_json(&compiled.parse(text)), parse_json(&plain.parse(text)));
    }
}

#[test]
fn paragraphs_are_read_one_by_one_and_white_space_is_left_out() {
    let engine = load(&EN);
    let text = "FERRY CAPSIZES OFF WESTMARK\n\nAt least 14 people  were killed.\r\n “It was dark,” Ilse Brandt said. ";
    let doc = engine.doc(text);
    let sentences: Vec<&str> = doc.sentences().iter().map(|s| doc.text_of_range(*s)).collect();
    assert_eq!(
        sentences,
        [
            "FERRY CAPSIZES OFF WESTMARK",
            "At least 14 people  were killed.",
            "“It was dark,” Ilse Brandt said."
        ]
    );
    assert!((0..doc.len()).all(|i| !doc.is_space(i)));
    let said = (0..doc.len()).find(|i| doc.word(*i) == "said").expect("said");
    assert_eq!(
        (doc.lemma(said), doc.pos(said), doc.head(said)),
        (Some("say"), Some("VERB"), Some(said))
    );
    let subject = doc.children_by(said, "nsubj").next().expect("a subject");
    assert_eq!(doc.text_of_range(doc.subtree_range(subject)), "Ilse Brandt");
    assert_eq!(
        doc.entity_of(subject).map(|e| (doc.text_of_range(e.range), e.label)),
        Some(("Ilse Brandt", "PERSON"))
    );
    assert!(doc.noun_chunks().any(|c| doc.text_of_range(c.range) == "At least 14 people"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn tokens_and_blanks_are_the_text(text in "(\\PC|[ \n\t.,'’$%()\\-A-Za-z0-9]){0,60}") {
        use std::sync::OnceLock;
        static ENGINE: OnceLock<Engine> = OnceLock::new();
        let engine = ENGINE.get_or_init(|| load(&EN));
        let doc = engine.parse(&text);
        let mut rebuilt = String::new();
        for token in doc.tokens() {
            rebuilt.push_str(doc.text_of(token));
            if doc.has_space_after(token.i) {
                rebuilt.push(' ');
            }
        }
        proptest::prop_assert_eq!(&rebuilt, &text);
        let covered: usize = doc.sentences().iter().map(|s| s.len()).sum();
        proptest::prop_assert_eq!(covered, doc.len());
        let joined = engine.doc(&text);
        for token in joined.tokens() {
            proptest::prop_assert!(joined.head(token.i).is_some_and(|h| h < joined.len()));
            proptest::prop_assert!(!joined.text_of(token).trim().is_empty());
        }
    }
}
