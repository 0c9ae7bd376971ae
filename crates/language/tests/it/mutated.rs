//! Files and texts with random damage: an error or a value, never a panic, never memory of the file's choice.
//!
//! The bodies are those of the fuzz targets. `UPTOSPEED_FUZZ_CASES=1000000 cargo test --release -p language mutated` runs as many cases
//! as wanted; each is found again by its number.
#![expect(clippy::disallowed_methods, reason = "tests read files and a setting")]

use std::path::Path;

use super::packs::data;

/// Cases without the setting: a second or two.
const CASES: u64 = 400;

/// Numbers without a pattern (xorshift).
struct Random(u64);

impl Random {
    fn new(case: u64) -> Self {
        Self(case.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }
}

fn cases() -> u64 {
    std::env::var("UPTOSPEED_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES)
}

/// The files of the small pipeline, short enough for many cases.
fn files() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/small");
    [
        "attribute_ruler/patterns",
        "config.cfg",
        "parser/model",
        "parser/moves",
        "tagger/model",
        "tok2vec/model",
        "tokenizer",
        "trainable_lemmatizer/trees",
        "vocab/key2row",
        "vocab/vectors",
    ]
    .map(|name| std::fs::read(folder.join(name)).expect("the file is there"))
    .to_vec()
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), random.below(256) as u8),
            // a length of msgpack that the file does not have
            2 => {
                for (to, byte) in bytes.iter_mut().skip(at).zip([0xdd, 0xff, 0xff, 0xff, 0xff]) {
                    *to = byte;
                }
            }
            // a part of the file somewhere else in it
            3 => {
                let len = random.below(64).min(bytes.len() - at);
                let part = bytes.get(at..at + len).unwrap_or(&[]).to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, part);
            }
            _ => {
                let byte = random.below(256) as u8;
                if let Some(to) = bytes.get_mut(at) {
                    *to = byte;
                }
            }
        }
    }
}

#[test]
fn mutated_files_are_survived() {
    let files = files();
    for case in 0..cases() {
        let mut random = Random::new(case);
        let mut bytes = files[random.below(files.len())].clone();
        damage(&mut bytes, &mut random);
        language::fuzz::pack_file(&bytes);
    }
}

#[test]
fn mutated_texts_are_survived() {
    const ODD: [char; 20] = [
        ' ', '\n', '\t', '\u{1c}', '\u{a0}', '\u{3000}', '\u{200b}', '\u{200d}', '\u{301}',
        '\u{feff}', '\u{202e}', '’', '“', '.', '-', '(', '。', 'ก', 'ß', '👩',
    ];
    let all = data("en.jsonl");
    let texts: Vec<&str> = all.iter().filter_map(|e| e["text"].as_str()).collect();
    for case in 0..cases() {
        let mut random = Random::new(case);
        let mut text: Vec<char> = texts[random.below(texts.len())].chars().collect();
        for _ in 0..=random.below(12) {
            let at = random.below(text.len());
            match random.below(3) {
                0 => text.insert(at, ODD[random.below(ODD.len())]),
                1 => text.insert(at, char::from_u32(random.below(0x11_0000) as u32).unwrap_or('x')),
                _ => drop(text.splice(at..(at + 1).min(text.len()), [])),
            }
        }
        language::fuzz::text(&text.into_iter().collect::<String>());
    }
}
