//! How spaCy numbers strings: a fixed table of symbols, else a hash.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// The number of a string.
pub(crate) fn id(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    // all symbols are written in letters, digits and underscores
    let may_be_symbol =
        text.len() <= 24 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let symbol = if may_be_symbol { symbols().get(text) } else { None };
    symbol.copied().unwrap_or_else(|| murmur_hash_64a(text.as_bytes(), 1))
}

/// Hashes bytes.
///
/// # Source
///
/// Austin Appleby, MurmurHash2, 64-bit version for 64-bit platforms (`MurmurHash64A`), public domain.
fn murmur_hash_64a(bytes: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const R: u32 = 47;
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(M);
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let mut k = u64::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        hash = (hash ^ k.wrapping_mul(M)).wrapping_mul(M);
    }
    if !tail.is_empty() {
        let word = tail.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash ^ word).wrapping_mul(M);
    }
    hash ^= hash >> R;
    hash = hash.wrapping_mul(M);
    hash ^ hash >> R
}

fn symbols() -> &'static FxHashMap<&'static str, u64> {
    static SYMBOLS: OnceLock<FxHashMap<&'static str, u64>> = OnceLock::new();
    SYMBOLS.get_or_init(|| {
        include_str!("../data/spacy/symbols.txt")
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(number, name)| Some((name, number.parse().ok()?)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: u64) {
        assert_eq!(id(text), expected, "{text}");
    }

    #[test]
    fn numbers_are_spacys() {
        // the values are in spaCy's documentation of the string store, and in its symbol table
        check("", 0);
        check("coffee", 3_197_928_453_018_144_401);
        check("X", 101);
        check("ORG", 383);
        check("det", 415);
        check("Über", murmur_hash_64a("Über".as_bytes(), 1));
    }
}
