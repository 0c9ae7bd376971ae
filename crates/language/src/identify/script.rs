//! Which script a text is written in.

use super::Lang;

/// An alphabet that several languages share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
}

/// The script of a text and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// One language writes in it.
    One(Lang),
    /// Chinese characters, with or without kana among them.
    Han { kana: bool },
    /// Several languages share it.
    Shared(Alphabet),
}

/// Scripts that one language (of those that publish news in it) owns, by range of characters.
const OWNED: &[(u32, u32, Lang)] = &[
    (0x0370, 0x03ff, Lang::of(b"el")),
    (0x1f00, 0x1fff, Lang::of(b"el")),
    (0x0530, 0x058f, Lang::of(b"hy")),
    (0x0590, 0x05ff, Lang::of(b"he")),
    (0x0980, 0x09ff, Lang::of(b"bn")),
    (0x0a00, 0x0a7f, Lang::of(b"pa")),
    (0x0a80, 0x0aff, Lang::of(b"gu")),
    (0x0b00, 0x0b7f, Lang::of(b"or")),
    (0x0b80, 0x0bff, Lang::of(b"ta")),
    (0x0c00, 0x0c7f, Lang::of(b"te")),
    (0x0c80, 0x0cff, Lang::of(b"kn")),
    (0x0d00, 0x0d7f, Lang::of(b"ml")),
    (0x0d80, 0x0dff, Lang::of(b"si")),
    (0x0e00, 0x0e7f, Lang::TH),
    (0x0e80, 0x0eff, Lang::of(b"lo")),
    (0x0f00, 0x0fff, Lang::of(b"bo")),
    (0x1000, 0x109f, Lang::of(b"my")),
    (0x10a0, 0x10ff, Lang::of(b"ka")),
    (0x1200, 0x137f, Lang::of(b"am")),
    (0x1780, 0x17ff, Lang::of(b"km")),
    (0x1100, 0x11ff, Lang::of(b"ko")),
    (0xac00, 0xd7af, Lang::of(b"ko")),
];

impl Script {
    /// The script of most letters, and how many letters there are in all; `None` where there is no letter.
    pub(super) fn of(text: &str) -> Option<(Self, usize)> {
        let mut shared = [0usize; 4];
        let mut owned = [0usize; OWNED.len()];
        let (mut han, mut kana, mut letters) = (0, 0, 0);
        for c in text.chars().filter(|c| c.is_alphabetic()) {
            letters += 1;
            match c as u32 {
                0..=0x024f | 0x1e00..=0x1eff => shared[0] += 1,
                0x0400..=0x052f => shared[1] += 1,
                0x0600..=0x077f | 0x08a0..=0x08ff | 0xfb50..=0xfdff | 0xfe70..=0xfeff => {
                    shared[2] += 1;
                }
                0x0900..=0x097f => shared[3] += 1,
                0x3040..=0x30ff | 0x31f0..=0x31ff => kana += 1,
                0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff => han += 1,
                x => {
                    if let Some(at) = OWNED.iter().position(|(a, b, _)| (*a..=*b).contains(&x))
                        && let Some(n) = owned.get_mut(at)
                    {
                        *n += 1;
                    }
                }
            }
        }
        // one character of Chinese says as much as two or three letters
        let mut best = ((han + kana) * 2, Self::Han { kana: kana * 20 > han });
        for (n, alphabet) in shared.into_iter().zip([
            Alphabet::Latin,
            Alphabet::Cyrillic,
            Alphabet::Arabic,
            Alphabet::Devanagari,
        ]) {
            if n > best.0 {
                best = (n, Self::Shared(alphabet));
            }
        }
        for (n, (_, _, lang)) in owned.into_iter().zip(OWNED) {
            // a syllable of Hangul, too, is more than a letter
            let n = if lang.as_str() == "ko" { n * 2 } else { n };
            if n > best.0 {
                best = (n, Self::One(*lang));
            }
        }
        (best.0 > 0).then_some((best.1, letters))
    }
}
