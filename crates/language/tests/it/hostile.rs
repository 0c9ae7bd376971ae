//! Damaged and hostile packs give errors that name the file; nothing panics, nothing runs wild.
#![expect(clippy::disallowed_methods, reason = "tests damage packs on this machine")]

use std::path::{Path, PathBuf};

use language::{Encoder, Engine, Engines};

use super::packs::{EN, M3};

/// A copy of a pack's folder that is removed when it is dropped.
struct Copy(PathBuf);

impl Copy {
    fn of(folder: &Path, name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("uptospeed-{name}-{}", std::process::id()));
        copy(folder, &place);
        Self(place)
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
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else if name != "compiled.bin" && name != "strings.json" {
            std::fs::copy(&path, to.join(name)).expect("it can be copied");
        }
    }
}

/// Damages a file, loads, expects an error that names it, and puts the file back.
fn check(pack: &Copy, file: &str, damage: impl Fn(Vec<u8>) -> Option<Vec<u8>>, code: &str) {
    let path = pack.0.join(file);
    let whole = std::fs::read(&path).expect("the file is there");
    match damage(whole.clone()) {
        Some(damaged) => std::fs::write(&path, damaged).expect("it can be written"),
        None => std::fs::remove_file(&path).expect("it can be removed"),
    }
    let error = Engine::read(&pack.0).expect_err("a damaged pack is refused");
    std::fs::write(&path, whole).expect("it can be written");
    assert_eq!(error.code(), code, "{error}");
    let text = error.to_string();
    let name = Path::new(file).file_name().and_then(|n| n.to_str()).expect("a name");
    assert!(text.contains(name) && text.contains(';'), "{text}");
}

#[test]
fn damaged_files_are_named() {
    let pack = Copy::of(&EN.folder(), "damaged");
    let half = |whole: Vec<u8>| Some(whole[..whole.len() / 2].to_vec());
    for file in ["config.cfg", "tokenizer", "tok2vec/model"] {
        check(&pack, file, |_| None, "language.pack-missing");
        check(&pack, file, |_| Some(Vec::new()), "language.pack-broken");
    }
    for file in ["tokenizer", "tok2vec/model", "tagger/cfg", "parser/moves"] {
        check(&pack, file, half, "language.pack-broken");
    }
    // a length that is not there, and values that lie too deep in each other
    check(
        &pack,
        "tok2vec/model",
        |_| Some(b"\xdd\xff\xff\xff\xff".to_vec()),
        "language.pack-broken",
    );
    check(&pack, "tok2vec/model", |_| Some(vec![0x91; 1 << 16]), "language.pack-broken");
    let replaced = |from: &'static str, to: &'static str| {
        move |whole: Vec<u8>| Some(String::from_utf8_lossy(&whole).replace(from, to).into_bytes())
    };
    let unknown = "language.pack-unsupported";
    check(
        &pack,
        "config.cfg",
        replaced("factory = \"tagger\"", "factory = \"entity_linker\""),
        unknown,
    );
    check(
        &pack,
        "config.cfg",
        replaced("spacy.Tagger.v2", "spacy-transformers.Tagger.v1"),
        unknown,
    );
    // noise in the weights gives other answers, not a panic
    let file = pack.0.join("tok2vec/model");
    let mut noisy = std::fs::read(&file).expect("the file is there");
    let middle = noisy.len() / 2;
    for byte in noisy.iter_mut().skip(middle).take(4000) {
        *byte = byte.wrapping_mul(31).wrapping_add(7);
    }
    std::fs::write(&file, noisy).expect("it can be written");
    let engine = Engine::read(&pack.0).expect("the sizes are right");
    assert!(!engine.parse("At least 14 people weren't hurt, Mr. Hale said.").is_empty());
}

#[test]
fn a_damaged_encoder_is_named() {
    let folder = std::env::temp_dir().join(format!("uptospeed-m3-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it can be made");
    let pack = Copy(folder);
    let error = Encoder::load(&pack.0).expect_err("there are no files");
    assert_eq!(error.code(), "language.pack-missing");
    let model = std::fs::read(M3.folder().join("sp.model")).expect("the file is there");
    for damaged in
        [&model[..1000], &model[..model.len() - 5], b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x01"]
    {
        std::fs::write(pack.0.join("sp.model"), damaged).expect("it can be written");
        let error = Encoder::load(&pack.0).expect_err("it is damaged");
        assert!(error.to_string().contains("sp.model"), "{error}");
    }
    std::fs::write(pack.0.join("sp.model"), &model).expect("it can be written");
    std::fs::write(pack.0.join("weights.npz"), b"PK\x05\x06 and no more of it is there")
        .expect("it can be written");
    let error = Encoder::load(&pack.0).expect_err("it is damaged");
    assert!(error.to_string().contains("weights.npz"), "{error}");
}

#[test]
fn a_damaged_pack_does_not_stop_the_others() {
    let place = std::env::temp_dir().join(format!("uptospeed-engines-{}", std::process::id()));
    let broken = place.join("xx-1.0").join("xx");
    std::fs::create_dir_all(&broken).expect("it can be made");
    std::fs::write(broken.join("config.cfg"), "[nlp]\nlang = \"xx\"\n").expect("it can be written");
    let pack = Copy(place);
    copy(&EN.folder(), &pack.0.join("en-3.8.0"));
    let engines = Engines::load(&pack.0);
    assert_eq!((engines.engines().len(), engines.problems().len()), (1, 1));
    // the second time from the compiled file; when that is cut, from the originals again or with an error, never wrongly
    let compiled = pack.0.join("en-3.8.0").join("compiled.bin");
    let whole = std::fs::read(&compiled).expect("it was written");
    assert_eq!(Engines::load(&pack.0).engines().len(), 1);
    for part in 1..8 {
        std::fs::write(&compiled, &whole[..whole.len() * part / 8]).expect("it can be written");
        for engine in Engines::load(&pack.0).engines() {
            let _any = engine.parse("It still reads.");
        }
    }
}
