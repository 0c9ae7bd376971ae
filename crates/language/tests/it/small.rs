//! A small pipeline made for these tests (`parity/make_packs.py`), of components that the published packs do not have: static
//! word vectors, edit trees before the attribute ruler, and a parser that shares a network of two layers.
#![expect(clippy::disallowed_methods, reason = "tests damage packs on this machine")]

use std::path::{Path, PathBuf};

use language::{Engine, contract::parse_json};
use serde_json::Value;

use super::packs::data;

/// A copy of the pipeline's folder that is removed when it is dropped.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let place =
            std::env::temp_dir().join(format!("uptospeed-small-{name}-{}", std::process::id()));
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/small"), &place);
        Self(place)
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = std::fs::read_to_string(&path).expect("the file is there");
        assert!(text.contains(from), "{file} has no {from}");
        std::fs::write(&path, text.replace(from, to)).expect("it can be written");
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("it can be made");
    for entry in std::fs::read_dir(from).expect("it can be read").filter_map(Result::ok) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, to).expect("it can be copied");
        }
    }
}

fn check(engine: &Engine) {
    for expected in &data("small.jsonl") {
        let text = expected["text"].as_str().expect("a text");
        let got = parse_json(&engine.parse(text));
        let (got, want) = (got["tokens"].as_array(), expected["tokens"].as_array());
        let (got, want) = (got.expect("tokens"), want.expect("tokens"));
        assert_eq!(got.len(), want.len(), "{text}");
        for (got, want) in got.iter().zip(want) {
            for (field, value) in want.as_object().expect("a token") {
                assert_eq!(got.get(field).unwrap_or(&Value::Null), value, "{field} in {text}");
            }
        }
    }
}

#[test]
fn word_vectors_and_edit_trees_are_spacys() {
    let pack = Copy::new("exact");
    check(&Engine::read(&pack.0).expect("the pack loads"));
    for compiled in [false, true] {
        assert_eq!(pack.0.join("compiled.bin").is_file(), compiled);
        check(&Engine::load(&pack.0).expect("the pack loads"));
    }
}

#[test]
fn fast_arithmetic_can_be_switched_on_and_off() {
    let pack = Copy::new("fast");
    let mut engine = Engine::read(&pack.0).expect("the pack loads");
    let is_there = engine.set_fast(true);
    let text = "The older ferries sank. The wettest children found a port.";
    assert_eq!(engine.parse(text).len(), 12);
    assert!(engine.set_fast(false) || !is_there);
    check(&engine);
}

#[test]
fn what_is_missing_or_not_known_is_named() {
    let refused = |name: &str, damage: &dyn Fn(&Copy), code: &str, word: &str| {
        let pack = Copy::new(name);
        damage(&pack);
        let error = Engine::read(&pack.0).expect_err("it is refused");
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    };
    let remove = |file: &'static str| {
        move |pack: &Copy| std::fs::remove_file(pack.0.join(file)).expect("it is there")
    };
    let unknown = "language.pack-unsupported";
    refused("no-words", &remove("vocab/vectors"), "language.pack-broken", "word vectors");
    refused("no-trees", &remove("trainable_lemmatizer/trees"), "language.pack-missing", "trees");
    refused("no-strings", &remove("vocab/strings.json"), "language.pack-missing", "strings.json");
    let config = |from: &'static str, to: &'static str| {
        move |pack: &Copy| pack.replace("config.cfg", from, to)
    };
    let component = config("factory = \"trainable_lemmatizer\"", "factory = \"transformer\"");
    refused("component", &component, unknown, "transformer");
    refused("backoff", &config("backoff = \"orth\"", "backoff = \"lang\""), unknown, "falls back");
    let floret = |pack: &Copy| pack.replace("vocab/vectors.cfg", "default", "floret");
    refused("floret", &floret, unknown, "floret");
    let no_tree = |pack: &Copy| pack.replace("trainable_lemmatizer/cfg", "\n    1,", "\n    1000,");
    refused("tree", &no_tree, "language.pack-broken", "tree");
}

#[test]
fn a_lemmatizer_of_a_languages_own_is_named_and_left_out() {
    let pack = Copy::new("own");
    pack.replace("config.cfg", "lang = \"xx\"", "lang = \"es\"");
    pack.replace(
        "config.cfg",
        "factory = \"trainable_lemmatizer\"",
        "factory = \"lemmatizer\"\nmode = \"rule\"",
    );
    let engine = Engine::read(&pack.0).expect("the rest runs");
    let [left_out] = engine.left_out() else { panic!("one component is left out") };
    assert!(left_out.contains("trainable_lemmatizer") && left_out.contains("es"), "{left_out}");
    assert_eq!(engine.parse("The ferries sank.").tag(1), Some("NOUN"));
}
