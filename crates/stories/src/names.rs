//! Names across scripts and spellings: "Путин", "Putin" and "Poutine" have one key.

use crate::terms::{self, Commonness, Key, Word};

/// A name's consonants in a common alphabet, the same for the spellings of most languages; `None` where too little is left
/// to tell names apart.
///
/// Vowels go (but for the mark of a vowel at the start), because transliterations and case endings differ in them; hissing
/// sounds are one class, as `ch` is three sounds in English, French and German.
///
/// # Known misses
///
/// Exonyms (München, Munich: the gazetteer knows them); names of fewer than three consonants; Arabic and Chinese names.
pub(crate) fn skeleton(word: &str, lang: &str) -> Option<String> {
    let folded = terms::fold(word);
    let cyrillic =
        folded.chars().any(|c| ('а'..='я').contains(&c) || matches!(c, 'і' | 'ї' | 'є' | 'ґ'));
    let latin = if cyrillic { romanise(strip_case(&folded)) } else { folded };
    if !latin.bytes().all(|b| b.is_ascii_alphanumeric())
        || latin.bytes().any(|b| b.is_ascii_digit())
    {
        return None;
    }
    let latin = if cyrillic { latin } else { latin_sounds(&latin, lang) };
    let mut out = String::new();
    let mut consonants = 0;
    for (i, c) in latin.chars().enumerate() {
        let class = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'j' => {
                if i == 0 {
                    out.push('a');
                }
                continue;
            }
            'h' if i > 0 => continue,
            'c' | 'q' => 'k',
            'w' | 'f' => 'v',
            'z' => 's',
            c => c,
        };
        if !out.ends_with(class) {
            out.push(class);
            consonants += 1;
        }
    }
    (consonants >= 3 || (consonants == 2 && out.starts_with('a') && latin.len() >= 4))
        .then_some(out)
}

/// Cuts the case endings of Russian and Ukrainian names that hold a consonant; vowels go anyway.
fn strip_case(word: &str) -> &str {
    let letters = word.chars().count();
    for ending in [
        "ами", "ями", "ого", "ому", "ыми", "ими", "ом", "ем", "ым", "им", "ам", "ям", "ах", "ях",
        "ых", "их",
    ] {
        if let Some(rest) = word.strip_suffix(ending)
            && letters >= ending.chars().count() + 4
        {
            return rest;
        }
    }
    word
}

/// Cyrillic in Latin letters; hissing sounds as `S`.
fn romanise(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'б' => out.push('b'),
            'в' | 'ф' => out.push('v'),
            'г' | 'ґ' => out.push('g'),
            'д' => out.push('d'),
            'ж' | 'ш' | 'щ' | 'ч' => out.push('S'),
            'з' | 'с' => out.push('s'),
            'ц' => out.push_str("ts"),
            'к' => out.push('k'),
            'л' => out.push('l'),
            'м' => out.push('m'),
            'н' => out.push('n'),
            'п' => out.push('p'),
            'р' => out.push('r'),
            'т' => out.push('t'),
            'х' => out.push('h'),
            'ъ' | 'ь' => {}
            'а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' | 'й' | 'і' | 'ї' | 'є' =>
            {
                out.push('a');
            }
            c => out.push(c),
        }
    }
    out
}

/// Letters of a Latin spelling as the sounds that [`romanise`] writes.
fn latin_sounds(word: &str, lang: &str) -> String {
    let german = [
        ("tsch", "S"),
        ("sch", "S"),
        ("chs", "ks"),
        ("ch", "h"),
        ("ck", "k"),
        ("tz", "ts"),
        ("z", "ts"),
        ("ph", "f"),
        ("x", "ks"),
    ];
    let french =
        [("tch", "S"), ("ch", "S"), ("gn", "n"), ("ph", "f"), ("qu", "k"), ("j", "S"), ("x", "ks")];
    let polish = [
        ("szcz", "S"),
        ("sz", "S"),
        ("cz", "S"),
        ("rz", "S"),
        ("ch", "h"),
        ("w", "v"),
        ("c", "ts"),
    ];
    let others = [
        ("shch", "S"),
        ("sch", "S"),
        ("sh", "S"),
        ("tch", "S"),
        ("ch", "S"),
        ("zh", "S"),
        ("kh", "h"),
        ("ck", "k"),
        ("ph", "f"),
        ("qu", "k"),
        ("tz", "ts"),
        ("x", "ks"),
        ("j", "S"),
    ];
    let table: &[(&str, &str)] = match lang {
        "de" => &german,
        "fr" => &french,
        "pl" => &polish,
        _ => &others,
    };
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    'next: while let Some(c) = rest.chars().next() {
        for (from, to) in table {
            if let Some(after) = rest.strip_prefix(from) {
                out.push_str(to);
                rest = after;
                continue 'next;
            }
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    out
}

/// The class of the letter that a name's word begins with: letters that one sound is written with are one class.
pub(crate) fn initial(word: &str) -> Option<char> {
    let folded = terms::fold(word);
    let first = folded.chars().next()?;
    let latin = if first.is_ascii() { first } else { romanise(&folded).chars().next()? };
    Some(match latin.to_ascii_lowercase() {
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'j' => 'a',
        'c' | 'k' | 'q' | 's' | 'x' | 'z' => 'k',
        'f' | 'v' | 'w' => 'v',
        'g' | 'h' => 'g',
        other => other,
    })
}

/// The key of a name's word, for the index.
pub(crate) fn key(word: &str, lang: &str) -> Option<Key> {
    skeleton(word, lang).map(|s| terms::hash(&["name", &s]))
}

/// The keys of the names in a text: words written with a capital inside sentences.
///
/// In German, where every noun has one, only words that no list knows; headlines in title case give none.
pub(crate) fn names(text: &str, words: &[Word<'_>], lang: &str) -> Vec<Key> {
    let letters = |w: &Word<'_>| w.text.chars().next().is_some_and(char::is_alphabetic);
    let capital = |w: &Word<'_>| {
        w.text.chars().next().is_some_and(char::is_uppercase) && w.text.chars().count() > 2
    };
    let inner: Vec<bool> = (0..words.len())
        .map(|i| {
            let (Some(word), Some(before)) =
                (words.get(i), i.checked_sub(1).and_then(|i| words.get(i)))
            else {
                return false;
            };
            let between = text.get(before.start + before.text.len()..word.start).unwrap_or("");
            !between.contains(['.', '!', '?', ':', '\n', '«', '"', '“', '„'])
        })
        .collect();
    let long = |w: &Word<'_>| w.text.chars().count() > 3 && letters(w);
    let inner_long = words.iter().zip(&inner).filter(|(w, inner)| **inner && long(w)).count();
    let capitals =
        words.iter().zip(&inner).filter(|(w, inner)| **inner && long(w) && capital(w)).count();
    if lang != "de" && capitals * 10 > inner_long * 8 {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (i, (word, inner)) in words.iter().zip(inner).enumerate() {
        if !inner || !capital(word) {
            continue;
        }
        let before = i.checked_sub(1).and_then(|i| words.get(i)).map_or("", |w| w.text);
        if lang == "de" && (is_german_determiner(before) || has_noun_ending(word.text)) {
            continue;
        }
        let folded = terms::fold(word.text);
        let stem = terms::stem(word.text, lang);
        let known = terms::commonness(&folded, &stem, lang) != Commonness::Telling;
        if known || (lang == "de" && terms::concept(&stem, lang).is_some()) {
            continue;
        }
        out.extend(key(word.text, lang));
    }
    out
}

/// Words before a German noun that seldom stand before a name.
fn is_german_determiner(word: &str) -> bool {
    const WORDS: [&str; 38] = [
        "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer",
        "eines", "im", "am", "zum", "zur", "beim", "vom", "ins", "ans", "kein", "keine", "keinen",
        "seine", "seiner", "seinen", "ihre", "ihrer", "ihren", "diese", "dieser", "diesem",
        "diesen", "mehr", "viele", "alle", "jede", "mehrere",
    ];
    WORDS.contains(&word)
}

/// Endings that make German nouns of other words.
fn has_noun_ending(word: &str) -> bool {
    [
        "ung", "ungen", "heit", "keit", "schaft", "tion", "tionen", "ismus", "ment", "nis", "tät",
        "ling", "innen",
    ]
    .iter()
    .any(|ending| word.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_many_spellings_is_one_key() {
        for spellings in [
            [("Putin", "en"), ("Poutine", "fr"), ("Путиным", "ru")],
            [("Zelensky", "en"), ("Zelenski", "es"), ("Зеленского", "ru")],
            [("Shcherbakov", "en"), ("Schtscherbakow", "de"), ("Щербакова", "ru")],
            [("Charkiw", "de"), ("Kharkiv", "en"), ("Харьков", "ru")],
            [("Duisburg", "de"), ("Duisburg", "fr"), ("Дуйсбургом", "ru")],
        ] {
            let keys = spellings.map(|(w, l)| skeleton(w, l));
            assert!(
                keys[0].is_some() && keys.iter().all(|k| *k == keys[0]),
                "{spellings:?} {keys:?}"
            );
        }
        assert_eq!(skeleton("Rio", "en"), None);
        assert_eq!(skeleton("北京", "zh"), None);
    }

    #[test]
    fn names_are_words_with_a_capital_inside_sentences() {
        let text = "Yesterday Marta Kolb left Karsk. Nobody saw it.";
        let words = terms::words(text);
        assert_eq!(names(text, &words, "en").len(), 3);
    }
}
