//! Words of a text as hashed stems, and how much each of them says.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// A word's key: its stem and, for words, its language.
pub(crate) type Key = u32;

/// Hashes bytes with FNV-1a, folded to 32 bits.
///
/// # Source
///
/// Fowler, Noll, Vo: the FNV non-cryptographic hash algorithm, draft-eastlake-fnv; folding as its section 3 proposes.
pub(crate) fn hash(parts: &[&str]) -> Key {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ 0xff).wrapping_mul(0x0100_0000_01b3);
    }
    ((hash >> 32) ^ hash) as u32
}

/// A word of a text, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// The byte where it starts.
    pub start: usize,
}

/// The words of a text: runs of letters and digits; in scripts without spaces pairs of characters.
///
/// "1,000", "2.8" and "12:30" are one word each; a possessive is cut off.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let mut out = Vec::with_capacity(text.len() / 6);
    let mut start: Option<usize> = None;
    let mut chars = text.char_indices().peekable();
    let mut last_spaceless: Option<(usize, usize)> = None;
    while let Some((at, c)) = chars.next() {
        if is_spaceless(c) {
            close(text, &mut start, at, &mut out);
            let end = at + c.len_utf8();
            if let Some((from, to)) = last_spaceless
                && to == at
                && let Some(pair) = text.get(from..end)
            {
                out.push(Word { text: pair, start: from });
            }
            last_spaceless = Some((at, end));
            continue;
        }
        if c.is_alphanumeric() || is_mark(c) {
            start.get_or_insert(at);
            continue;
        }
        // a separator inside a number keeps it together
        if let Some(from) = start
            && matches!(c, '.' | ',' | '\u{a0}' | '\u{202f}' | ':')
            && text
                .get(from..at)
                .is_some_and(|w| w.bytes().last().is_some_and(|b| b.is_ascii_digit()))
            && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit())
        {
            continue;
        }
        close(text, &mut start, at, &mut out);
    }
    close(text, &mut start, text.len(), &mut out);
    out
}

/// Ends the word that is open, if any.
fn close<'a>(text: &'a str, start: &mut Option<usize>, end: usize, out: &mut Vec<Word<'a>>) {
    if let Some(from) = start.take()
        && let Some(word) = text.get(from..end)
    {
        out.push(Word { text: word, start: from });
    }
}

/// Scripts that put no space between words.
fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{0e00}'..='\u{0e7f}' | '\u{20000}'..='\u{2ffff}')
}

/// Combining marks belong to the letter before.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{064b}'..='\u{065f}' | '\u{0900}'..='\u{0903}' | '\u{093a}'..='\u{094f}')
}

/// A word in lower case without diacritics and without its inflection.
///
/// Light on purpose: two forms of one word should meet, two words should not; what is left over costs little, as the words of
/// a text are many.
pub(crate) fn stem(word: &str, lang: &str) -> String {
    let lower = fold(word);
    let endings: &[&str] = match lang {
        "en" => &["ingly", "edly", "ings", "ing", "ied", "ies", "ed", "es", "s", "ly"],
        "de" => &["ungen", "ern", "em", "en", "er", "es", "e", "n", "s"],
        "fr" => &["ements", "ement", "ees", "ee", "es", "er", "ez", "e", "s", "x"],
        "es" | "pt" | "it" => &[
            "mente", "aciones", "acion", "ados", "adas", "ado", "ada", "os", "as", "es", "is", "o",
            "a", "e", "i", "s",
        ],
        "ru" | "uk" => &[
            "иями", "ями", "ами", "иях", "ого", "его", "ому", "ему", "ыми", "ими", "ешь", "ишь",
            "ала", "ало", "али", "ила", "ило", "или", "ться", "тся", "ость", "ости", "ях", "ах",
            "ов", "ев", "ей", "ой", "ый", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ую", "юю",
            "их", "ых", "ым", "им", "ом", "ем", "ам", "ям", "ию", "ия", "ии", "ют", "ут", "ат",
            "ят", "ит", "ет", "ть", "ла", "ло", "ли", "л", "а", "я", "о", "е", "ы", "и", "у", "ю",
            "ь", "й",
        ],
        "pl" => &[
            "owego", "owej", "owych", "ami", "ach", "ego", "emu", "ych", "ich", "ymi", "imi", "ow",
            "om", "em", "ie", "ej", "ym", "im", "y", "i", "a", "e", "u", "o",
        ],
        "tr" => &[
            "lerinin", "larinin", "lerini", "larini", "lerinde", "larinda", "lerin", "larin",
            "leri", "lari", "inin", "nin", "nun", "inda", "inde", "dan", "den", "tan", "ten",
            "ler", "lar", "da", "de", "ta", "te", "in", "un", "ni", "nu", "si", "su", "yi", "ya",
            "ye", "i", "u", "a", "e",
        ],
        "ar" => &["ات", "ون", "ين", "ها", "هم", "ية", "ة", "ي", "ه"],
        _ => &[],
    };
    let lower = if lang == "ar" { strip_arabic_article(&lower).to_owned() } else { lower };
    let letters = lower.chars().count();
    for ending in endings {
        if let Some(rest) = lower.strip_suffix(ending)
            && letters - ending.chars().count() >= if letters > 5 { 4 } else { 3 }
        {
            if lang == "en" {
                if *ending == "es" && !rest.ends_with(['s', 'x', 'z', 'h']) {
                    continue;
                }
                // "stopped" and "stop", "hurries" and "hurry", "fires" and "fire"
                let mut rest = rest.to_owned();
                if matches!(*ending, "ies" | "ied") {
                    rest.push('y');
                } else if matches!(*ending, "ing" | "ed" | "ings") {
                    let mut last = rest.chars().rev();
                    if let (Some(a), Some(b)) = (last.next(), last.next())
                        && a == b
                        && !matches!(a, 'l' | 's' | 'e' | 'o')
                    {
                        rest.pop();
                    }
                }
                if rest.chars().count() > 3 && rest.ends_with('e') {
                    rest.pop();
                }
                return rest;
            }
            return rest.to_owned();
        }
    }
    let mut lower = lower;
    if lang == "en" && letters > 3 && lower.ends_with('e') {
        lower.pop();
    }
    lower
}

fn strip_arabic_article(word: &str) -> &str {
    let short = word.strip_prefix('و').filter(|w| w.chars().count() > 3).unwrap_or(word);
    let short = short
        .strip_prefix("لل")
        .or_else(|| short.strip_prefix("بال"))
        .or_else(|| short.strip_prefix("ال"))
        .unwrap_or(short);
    if short.chars().count() >= 3 { short } else { word }
}

/// Lower case without diacritics that a hurried newsroom leaves out; ё is е.
pub(crate) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        for c in c.to_lowercase() {
            match c {
                'a'..='z' | '0'..='9' => out.push(c),
                'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => out.push('a'),
                'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => out.push('e'),
                'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => out.push('i'),
                'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => out.push('o'),
                'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => out.push('u'),
                'ý' | 'ÿ' => out.push('y'),
                'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => out.push('c'),
                'ñ' | 'ń' | 'ň' | 'ņ' => out.push('n'),
                'ś' | 'š' | 'ş' | 'ș' => out.push('s'),
                'ź' | 'ż' | 'ž' => out.push('z'),
                'ł' | 'ľ' | 'ļ' => out.push('l'),
                'ř' => out.push('r'),
                'ğ' | 'ģ' => out.push('g'),
                'ť' | 'ţ' | 'ț' => out.push('t'),
                'ď' | 'đ' => out.push('d'),
                'ß' => out.push_str("ss"),
                'œ' => out.push_str("oe"),
                'æ' => out.push_str("ae"),
                'ё' => out.push('е'),
                '\u{0300}'..='\u{036f}' | '\u{064b}'..='\u{0655}' => {}
                c => out.push(c),
            }
        }
    }
    out
}

/// How much a word says by itself, before any article has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commonness {
    /// Function words: nothing.
    Empty,
    /// Words of every news article: little.
    Common,
    /// All others.
    Telling,
}

/// The word lists of one language, by stem.
#[derive(Debug, Default)]
struct Lists {
    empty: FxHashSet<Key>,
    common: FxHashSet<Key>,
}

macro_rules! common_words {
    ($($lang:literal),*) => { [$(($lang, include_str!(concat!("../data/", $lang, "/common.txt")))),*] };
}

static LISTS: LazyLock<FxHashMap<&'static str, Lists>> = LazyLock::new(|| {
    let files = common_words!("en", "de", "fr", "ru", "es", "it", "pt", "pl", "tr", "ar", "uk");
    let mut out = FxHashMap::default();
    for (lang, file) in files {
        let mut lists = Lists::default();
        let (first, second) = file.split_once("\n--\n").unwrap_or((file, ""));
        lists.empty.extend(first.split_whitespace().map(|w| hash(&[lang, &fold(w)])));
        lists.common.extend(second.split_whitespace().map(|w| hash(&[lang, &stem(w, lang)])));
        out.insert(lang, lists);
    }
    out
});

/// How much a word says: `folded` as by [`fold`], `stem` as by [`stem`].
pub(crate) fn commonness(folded: &str, stem: &str, lang: &str) -> Commonness {
    let Some(lists) = LISTS.get(lang) else {
        return if folded.chars().count() < 3 { Commonness::Common } else { Commonness::Telling };
    };
    if lists.empty.contains(&hash(&[lang, folded])) || folded.chars().count() < 2 {
        Commonness::Empty
    } else if lists.common.contains(&hash(&[lang, stem])) {
        Commonness::Common
    } else {
        Commonness::Telling
    }
}

/// Ideas by the stems of the languages that have a list: the key is the same in each of them.
static CONCEPTS: LazyLock<FxHashMap<Key, Key>> = LazyLock::new(|| {
    let mut out = FxHashMap::default();
    for line in include_str!("../data/concepts.txt").lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let id = hash(&["concept", line]);
        for (lang, words) in ["en", "de", "fr", "ru", "es"].iter().zip(line.split('|')) {
            for word in words.split_whitespace() {
                out.entry(hash(&[lang, &stem(word, lang)])).or_insert(id);
            }
        }
    }
    out
});

/// The idea that a stem stands for, the same key in every language that the list holds.
pub(crate) fn concept(stem: &str, lang: &str) -> Option<Key> {
    CONCEPTS.get(&hash(&[lang, stem])).copied()
}

/// Things that happen in a story that runs, by the stems of one language: single words, and the first of several with the rest.
#[derive(Default)]
struct Developments {
    words: FxHashMap<Key, u16>,
    phrases: FxHashMap<Key, Vec<(Vec<Key>, u16)>>,
    /// Lines that count wherever they stand in an article.
    anywhere: FxHashSet<u16>,
    /// Lines that a toll of the same sentence tells already.
    of_people: FxHashSet<u16>,
    /// Lines that tell how many.
    tallies: FxHashSet<u16>,
}

static DEVELOPMENTS: LazyLock<FxHashMap<&'static str, Developments>> = LazyLock::new(|| {
    let mut out: FxHashMap<&'static str, Developments> = FxHashMap::default();
    let lines = include_str!("../data/developments.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    for (id, line) in (1_u16..).zip(lines) {
        let line = line.trim_start();
        let marks = line.len() - line.trim_start_matches(['+', '~', '%']).len();
        let (marks, line) = line.split_at_checked(marks).unwrap_or(("", line));
        for (lang, forms) in ["en", "de", "fr", "ru", "es"].into_iter().zip(line.split('|')) {
            let list = out.entry(lang).or_default();
            list.anywhere.extend(marks.contains(['+', '%']).then_some(id));
            list.of_people.extend(marks.contains('~').then_some(id));
            list.tallies.extend(marks.contains('%').then_some(id));
            for form in forms.split_whitespace() {
                let form = form.replace('_', " ");
                let mut stems = words(&form).into_iter().map(|w| hash(&[&stem(w.text, lang)]));
                let Some(first) = stems.next() else { continue };
                let rest: Vec<Key> = stems.collect();
                if rest.is_empty() {
                    list.words.entry(first).or_insert(id);
                } else {
                    list.phrases.entry(first).or_default().push((rest, id));
                }
            }
        }
    }
    out
});

/// Whether a line counts wherever it stands in an article, not at its head alone.
pub(crate) fn is_development_anywhere(id: u16) -> bool {
    DEVELOPMENTS.get("en").is_some_and(|list| list.anywhere.contains(&id))
}

/// Whether a toll of the same sentence tells what a line means: people found, rescued, brought to safety.
pub(crate) fn is_told_by_toll(id: u16) -> bool {
    DEVELOPMENTS.get("en").is_some_and(|list| list.of_people.contains(&id))
}

/// The first id of tallies; the ids of lines stay far below.
const TALLIES_FROM: u16 = 1024;

/// The things that are counted in a passage ("26 people are ill"), each with its number as one id: of every line of
/// `data/developments.txt` that tells how many, the number that stands beside its word.
pub(crate) fn tallies(text: &str, lang: &str) -> Vec<u16> {
    let (Some(list), Some(known)) = (DEVELOPMENTS.get(lang), language::Lang::parse(lang)) else {
        return Vec::new();
    };
    let words = words(text);
    let mut out = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let line = list.words.get(&hash(&[&stem(word.text, lang)]));
        let Some(line) = line.filter(|line| list.tallies.contains(line)) else { continue };
        let from = words.get(i.saturating_sub(TALLY_WORDS_MAX)).map_or(0, |w| w.start);
        let before = text.get(from..word.start).unwrap_or("");
        // what is counted stands in the same clause
        let before = before.rsplit([',', ';', ':', '(']).next().unwrap_or(before);
        let number = reading::numbers(before, known).last().copied().filter(|n| *n >= 2);
        let Some(number) = number else { continue };
        let id = counted(&["tally", &line.to_string(), &number.to_string()]);
        if !out.contains(&id) {
            out.push(id);
        }
    }
    out
}

/// The id of something counted, by what makes it up; it never meets the id of a line.
pub(crate) fn counted(parts: &[&str]) -> u16 {
    let id = hash(parts) % u32::from(u16::MAX - TALLIES_FROM);
    TALLIES_FROM + u16::try_from(id).unwrap_or(0)
}

/// Whether an id is a number of something, not a line.
pub(crate) fn is_counted(id: u16) -> bool {
    id >= TALLIES_FROM
}

/// How many words before its word a number may stand that counts it.
const TALLY_WORDS_MAX: usize = 4;

/// The things that happen in a passage, by the lines of `data/developments.txt`; each once, in the order of the text.
pub(crate) fn developments(text: &str, lang: &str) -> Vec<u16> {
    let Some(list) = DEVELOPMENTS.get(lang) else { return Vec::new() };
    let stems: Vec<Key> = words(text).iter().map(|w| hash(&[&stem(w.text, lang)])).collect();
    let mut out = Vec::new();
    for (i, key) in stems.iter().enumerate() {
        let after = stems.get(i + 1..).unwrap_or(&[]);
        let phrase = list.phrases.get(key).into_iter().flatten();
        let phrase = phrase.filter(|(rest, _)| after.starts_with(rest)).map(|(_, id)| *id);
        for id in phrase.chain(list.words.get(key).copied()) {
            if !out.contains(&id) && !list.tallies.contains(&id) {
                out.push(id);
            }
        }
    }
    out
}

/// A number as written, made comparable: "1,000", "1 000" and "1.000" are 1000, "2,8" is 2.8. `None` for words.
pub(crate) fn number(word: &str) -> Option<f64> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || digits > 15 || word.contains(':') || word.chars().any(char::is_alphabetic) {
        return None;
    }
    let mut plain = String::with_capacity(word.len());
    let parts: Vec<&str> = word.split(['.', ',', '\u{a0}', '\u{202f}']).collect();
    let grouped = parts.len() > 1 && parts.iter().skip(1).all(|p| p.len() == 3);
    for (i, part) in parts.iter().enumerate() {
        if i > 0 && !grouped && i + 1 == parts.len() {
            plain.push('.');
        }
        plain.push_str(part);
    }
    plain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lang: &str, text: &str, expected: &[&str]) {
        let got: Vec<String> = words(text).iter().map(|w| stem(w.text, lang)).collect();
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn what_is_counted_is_one_in_every_language() {
        let tally = |lang: &str, text: &str| tallies(text, lang);
        let eleven = tally("de", "insgesamt sind elf Erkrankungen bestätigt");
        assert_eq!(eleven.len(), 1);
        assert_eq!(eleven, tally("en", "The soup made 11 ill on the first day"));
        assert_eq!(eleven, tally("ru", "Ещё 11 заболели после свадьбы"));
        assert_ne!(eleven, tally("fr", "dix-neuf malades dans trois pays"));
        assert!(tally("en", "A child fell ill after two days, nobody else").is_empty());
        assert!(eleven.iter().all(|id| is_counted(*id)));
        assert!(developments("The dam was closed", "en").iter().all(|id| !is_counted(*id)));
    }

    #[test]
    fn forms_of_a_word_meet() {
        check(
            "en",
            "Firefighters stopped the blazes, blazing",
            &["firefighter", "stop", "the", "blaz", "blaz"],
        );
        check("ru", "пожар пожаром пожаре Ёлка", &["пожар", "пожар", "пожар", "елк"]);
        check("de", "Verletzten Verletzte Übung", &["verletzt", "verletzt", "ubung"]);
        check("en", "1,000 and 2.8 at 12:30.", &["1,000", "and", "2.8", "at", "12:30"]);
        check("zh", "北京大学", &["北京", "京大", "大学"]);
    }

    #[test]
    fn numbers_are_compared_by_value() {
        for (word, value) in [
            ("1,000", Some(1000.0)),
            ("1.000", Some(1000.0)),
            ("2,8", Some(2.8)),
            ("14", Some(14.0)),
            ("12:30", None),
            ("word", None),
            ("9x", None),
        ] {
            assert_eq!(number(word), value, "{word}");
        }
        assert!(number("1\u{202f}250").unwrap() > 1249.0);
    }

    #[test]
    fn an_idea_has_one_key_in_every_language() {
        let fire = concept(&stem("fires", "en"), "en").unwrap();
        for (word, lang) in
            [("Brand", "de"), ("incendies", "fr"), ("пожара", "ru"), ("incendio", "es")]
        {
            assert_eq!(concept(&stem(word, lang), lang), Some(fire), "{word}");
        }
    }
}
