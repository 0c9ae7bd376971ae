//! Copies: the same text under another headline, cut, with paragraphs added, or lightly edited.

use serde::{Deserialize, Serialize};

use crate::lookup::ENTRY_BYTES;
use crate::terms::{self, Key, Word};

/// Words in a shingle.
const SHINGLE_WORDS: usize = 5;
/// Shingles kept of a text; of longer texts a sample by hash: a share of seven tenths is then known to one in thirty.
const SHINGLES_MAX: usize = 256;
/// Shingles kept of a text that no longer stands for its story; [`Shingles::anchors`] stay what they are.
const THIN_MAX: usize = 128;
/// Share of the shorter text's shingles that the other one must have.
const CONTAINMENT_MIN: f32 = 0.72;
/// The same between two articles of one outlet, where furniture of the site repeats: share of the longer text's shingles.
const SAME_OUTLET_MIN: f32 = 0.9;
/// Texts with fewer shingles are copies only when nearly all is equal.
const SHORT: usize = 24;

/// Of a text with fewer shingles all are anchors, else those whose hash ends in so many zero bits.
const SMALL: usize = 64;
const ANCHOR_BITS: u32 = 4;

/// A text's runs of five words, hashed, and what must be equal in a copy.
///
/// # Source
///
/// Broder, On the resemblance and containment of documents, 1997: shingles, containment, and samples by hash modulo a power
/// of two, which estimate both without bias.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shingles {
    /// Sorted, each once; of those whose hash ends in `sampled` zero bits.
    hashes: Box<[Key]>,
    sampled: u32,
    /// Numbers and names by the words around them: where the words are the same, the number must be.
    fixed: Box<[(Key, Key)]>,
}

impl Shingles {
    /// Cuts a text into shingles.
    pub(crate) fn new(text: &str, words: &[Word<'_>], lang: &str) -> Self {
        let folded: Vec<String> = words.iter().map(|w| terms::fold(w.text)).collect();
        let keys: Vec<Key> = folded.iter().map(|w| terms::hash(&[w])).collect();
        let mut hashes: Vec<Key> = if keys.len() < SHINGLE_WORDS {
            vec![mix(&keys)]
        } else {
            keys.windows(SHINGLE_WORDS).map(mix).collect()
        };
        if keys.is_empty() {
            hashes.clear();
        }
        hashes.sort_unstable();
        hashes.dedup();
        let mut sampled = 0;
        while hashes.len() > SHINGLES_MAX {
            sampled += 1;
            hashes.retain(|h| h.trailing_zeros() >= sampled);
        }
        let fixed = fixed(text, words, &folded, &keys, lang).into_boxed_slice();
        Self { hashes: hashes.into_boxed_slice(), sampled, fixed }
    }

    /// Fewer of the shingles, as far as the text is looked up by the same ones.
    pub(crate) fn thin(&self) -> Self {
        let mut thin = self.clone();
        while thin.hashes.len() > THIN_MAX && thin.sampled < ANCHOR_BITS {
            let kept = |h: &Key| h.trailing_zeros() > thin.sampled;
            let hashes: Box<[Key]> = thin.hashes.iter().copied().filter(kept).collect();
            if hashes.len() < SMALL {
                break;
            }
            (thin.hashes, thin.sampled) = (hashes, thin.sampled + 1);
        }
        thin
    }

    /// What they take in memory beside themselves, bytes; each anchor with the entry that leads from it.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.hashes)
            + size_of_val(&*self.fixed)
            + self.anchors().count() * ENTRY_BYTES
    }

    /// Shingles to look copies up by: the same few in every text that has them.
    pub(crate) fn anchors(&self) -> impl Iterator<Item = Key> + '_ {
        // one in sixteen; short texts give what they have
        let small = self.hashes.len() < SMALL;
        let bits = if small { self.sampled } else { self.sampled.max(ANCHOR_BITS) };
        self.hashes.iter().copied().filter(move |h| h.trailing_zeros() >= bits).take(if small {
            SMALL
        } else {
            32
        })
    }

    /// How many shingles there are.
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// The shares of each text's shingles that the other one has.
    fn shares(&self, other: &Self) -> (f32, f32) {
        let bits = self.sampled.max(other.sampled);
        let keep = |h: &&Key| h.trailing_zeros() >= bits || bits == 0;
        let mut theirs = other.hashes.iter().filter(keep).peekable();
        let (mut shared, mut own) = (0_u32, 0_u32);
        for hash in self.hashes.iter().filter(keep) {
            own += 1;
            while theirs.next_if(|h| *h < hash).is_some() {}
            if theirs.next_if_eq(&hash).is_some() {
                shared += 1;
            }
        }
        let their_count = other.hashes.iter().filter(keep).count();
        (shared as f32 / own.max(1) as f32, shared as f32 / their_count.max(1) as f32)
    }

    /// Whether a number or a name differs between the same words.
    fn contradicts(&self, other: &Self) -> bool {
        let mut theirs = other.fixed.iter().peekable();
        for (around, value) in &self.fixed {
            while theirs.next_if(|(a, _)| a < around).is_some() {}
            if let Some((_, their)) = theirs.next_if(|(a, _)| a == around)
                && their != value
            {
                return true;
            }
        }
        false
    }
}

/// Whether one text is a copy of the other, by how much of it is shared and by what must not differ.
pub(crate) fn is_copy(a: &Shingles, b: &Shingles, same_outlet: bool) -> bool {
    if a.hashes.is_empty() || b.hashes.is_empty() {
        return false;
    }
    let (of_a, of_b) = a.shares(b);
    let (most, least) = (of_a.max(of_b), of_a.min(of_b));
    let shorter = a.len().min(b.len());
    let enough = if same_outlet {
        least >= SAME_OUTLET_MIN
    } else if shorter < SHORT {
        // a teaser of three sentences is no copy of the article that has them
        most >= 0.9 && least >= 0.6
    } else {
        most >= CONTAINMENT_MIN && least >= 0.12
    };
    enough && !a.contradicts(b)
}

/// Numbers and names with the three words around them, each surrounding once.
fn fixed(
    text: &str,
    words: &[Word<'_>],
    folded: &[String],
    keys: &[Key],
    lang: &str,
) -> Vec<(Key, Key)> {
    let mut out = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let digit = word.text.bytes().any(|b| b.is_ascii_digit());
        let name = word.text.chars().next().is_some_and(char::is_uppercase)
            && lang != "de"
            && word.start > 0
            && !starts_sentence(text, word.start);
        let stated = folded.get(i).is_some_and(|w| is_number_word(w, lang));
        if !(digit || name || stated) || i < 2 {
            continue;
        }
        let (Some(before), Some(after)) = (keys.get(i - 2..i), keys.get(i + 1)) else { continue };
        out.push((mix(&[mix(before), *after]), keys.get(i).copied().unwrap_or(0)));
    }
    out.sort_unstable();
    // surroundings that occur twice say nothing
    let mut single = Vec::with_capacity(out.len());
    for (i, (around, value)) in out.iter().enumerate() {
        let twin = |j: Option<usize>| j.and_then(|j| out.get(j)).is_some_and(|(a, _)| a == around);
        if !twin(i.checked_sub(1)) && !twin(Some(i + 1)) {
            single.push((*around, *value));
        }
    }
    single
}

fn starts_sentence(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|t| {
        t.trim_end_matches([' ', '"', '“', '„', '«', '\'']).ends_with(['.', '!', '?', ':', '\n'])
    })
}

/// Whether a folded word is a number between two and twenty.
fn is_number_word(word: &str, lang: &str) -> bool {
    let list: &[&str] = match lang {
        "en" => &[
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ],
        "de" => &[
            "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn", "elf",
            "zwolf", "dreizehn", "vierzehn", "funfzehn", "sechzehn", "siebzehn", "achtzehn",
            "neunzehn", "zwanzig",
        ],
        "fr" => &[
            "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
            "douze", "treize", "quatorze", "quinze", "seize", "dix", "vingt",
        ],
        "ru" => &[
            "два",
            "две",
            "двое",
            "три",
            "трое",
            "четыре",
            "четверо",
            "пять",
            "пятеро",
            "шесть",
            "шестеро",
            "семь",
            "восемь",
            "девять",
            "десять",
            "одиннадцать",
            "двенадцать",
            "тринадцать",
            "четырнадцать",
            "пятнадцать",
            "двадцать",
        ],
        "es" => &[
            "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once",
            "doce", "trece", "catorce", "quince", "veinte",
        ],
        _ => &[],
    };
    list.contains(&word)
}

/// Hashes a run of keys into one.
fn mix(keys: &[Key]) -> Key {
    let mut hash: u64 = 0x9e37_79b9_7f4a_7c15;
    for key in keys {
        hash = (hash ^ u64::from(*key)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 32;
    }
    hash as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shingles(text: &str) -> Shingles {
        Shingles::new(text, &terms::words(text), "en")
    }

    const TEXT: &str = "Fire fighters in Karsk were called to the timber yard on Dock Road shortly before midnight, and found the \
        main hall burning from end to end. Three guards who had been asleep in the gate house were led out by a passing driver. \
        The yard stores planks for the shipyard across the river and had been inspected in the spring, the port office noted. \
        A crane stood bent over the quay on Tuesday morning while crews went on pumping water from two boats. Nobody could say \
        when the road would open again, and pupils of the nearby school were sent home.";

    fn check(changed: &str, expected: bool) {
        assert_eq!(is_copy(&shingles(TEXT), &shingles(changed), false), expected, "{changed}");
    }

    #[test]
    fn copies_are_found_through_cuts_additions_and_light_edits() {
        check(TEXT, true);
        check(TEXT.split_once(" A crane").map_or("", |(head, _)| head), true);
        check(
            &format!(
                "{TEXT} The council meets on Friday to discuss what the yard's owner has to pay for the work of the boats."
            ),
            true,
        );
        check(
            &TEXT.replace("shortly before", "just before").replace("The yard stores", "It stores"),
            true,
        );
    }

    #[test]
    fn a_changed_figure_or_place_is_no_copy() {
        check(&TEXT.replace("Three guards", "Seven guards"), false);
        check(&TEXT.replace("Dock Road", "Mill Road"), false);
        check(
            "Something else entirely happened far away from the river, where nobody had ever seen a crane or a boat at all.",
            false,
        );
    }
}
