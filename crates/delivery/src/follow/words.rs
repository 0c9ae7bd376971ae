//! Words made comparable: folded, stemmed, looked up in the list of topics.

use std::sync::OnceLock;

use unicode_segmentation::UnicodeSegmentation;

use super::Need;

/// Lower case without the marks that people leave out: "Métro" and "metro", "Орёл" and "Орел" are one.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(unmark).collect()
}

fn unmark(c: char) -> char {
    match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ё' => 'е',
        '’' => '\'',
        other => other,
    }
}

/// The folded words of a text.
pub(crate) fn terms(text: &str) -> Vec<String> {
    fold(text).unicode_words().map(str::to_owned).collect()
}

/// What is left of a folded word without its ending: enough to find "fire" in "fires" and «пожар» in «пожаров».
///
/// # Known misses
///
/// Irregular forms ("mice"), vowels that change inside («огонь», «огня»).
pub(crate) fn stem(word: &str) -> &str {
    let letters = word.chars().count();
    if letters < 4 {
        return word;
    }
    let cyrillic = word.chars().any(|c| matches!(c, 'а'..='я' | 'і' | 'ї' | 'є' | 'ґ'));
    let endings: &[&str] = if cyrillic {
        &[
            "иями", "ями", "ами", "иях", "его", "ого", "ему", "ому", "ыми", "ими", "ией", "ах",
            "ях", "ам", "ям", "ом", "ем", "ов", "ев", "ей", "ий", "ый", "ой", "ая", "яя", "ое",
            "ее", "ые", "ие", "ия", "ии", "ию", "ую", "юю", "ых", "их", "а", "я", "о", "е", "и",
            "ы", "у", "ю", "ь", "й",
        ]
    } else {
        &["'s", "ies", "en", "es", "s", "e", "y"]
    };
    for ending in endings {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.chars().count() >= 3
        {
            // "houses" and "house" only meet when both lose all that they can.
            return if cyrillic { rest } else { stem(rest) };
        }
    }
    word
}

/// The topics, in the words of several languages.
fn topics() -> &'static [Need] {
    static TOPICS: OnceLock<Vec<Need>> = OnceLock::new();
    TOPICS.get_or_init(|| {
        let lines =
            include_str!("../../data/topics.txt").lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| {
                let mut need = Need::default();
                for word in line.split_whitespace() {
                    let folded = fold(word);
                    if let Some(beginning) = folded.strip_suffix('*') {
                        need.prefixes.push(beginning.to_owned());
                    } else if let Some(end) = folded.strip_prefix('*') {
                        need.suffixes.push(end.to_owned());
                    } else {
                        need.stems.push(stem(&folded).to_owned());
                    }
                }
                need
            })
            .collect()
    })
}

/// Whether a word names a topic of the list.
pub(crate) fn is_topic(word: &str) -> bool {
    let folded = fold(word);
    let stemmed = stem(&folded);
    topics().iter().any(|topic| names(topic, &folded, stemmed))
}

fn names(topic: &Need, folded: &str, stemmed: &str) -> bool {
    topic.stems.iter().any(|s| s == stemmed)
        || topic.prefixes.iter().any(|p| folded.starts_with(p.as_str()) || p == stemmed)
}

/// What has to be looked for when a person writes this word: the topic's words where it names one, else its own forms. A word in
/// quotation marks stands for itself.
pub(super) fn need(word: &str, literally: bool) -> Need {
    let folded = fold(word);
    if let Some(beginning) = folded.strip_suffix('*') {
        return Need { prefixes: vec![beginning.to_owned()], ..Need::default() };
    }
    let stemmed = stem(&folded).to_owned();
    if !literally && let Some(topic) = topics().iter().find(|t| names(t, &folded, &stemmed)) {
        return topic.clone();
    }
    Need { stems: vec![stemmed], ..Need::default() }
}

/// Whether a speaker's name or description says that it is an official or an authority.
pub(crate) fn is_official(text: &str) -> bool {
    static WORDS: OnceLock<(Vec<String>, Vec<String>)> = OnceLock::new();
    let (whole, beginnings) = WORDS.get_or_init(|| {
        let words =
            include_str!("../../data/officials.txt").lines().filter(|l| !l.starts_with('#'));
        let (begin, whole): (Vec<_>, Vec<_>) =
            words.flat_map(str::split_whitespace).map(fold).partition(|w| w.ends_with('*'));
        (whole, begin.into_iter().map(|w| w.trim_end_matches('*').to_owned()).collect())
    });
    let text = fold(text);
    text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).any(
        |word| {
            whole.iter().any(|w| w == word)
                || beginnings.iter().any(|b| word.starts_with(b.as_str()))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: &str) {
        assert_eq!(stem(&fold(word)), expected, "{word}");
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for (word, expected) in [
            ("fires", "fir"),
            ("Fire", "fir"),
            ("cities", "cit"),
            ("city", "cit"),
            ("Пожаров", "пожар"),
            ("пожар", "пожар"),
            ("Métro", "metro"),
            ("US", "us"),
            ("Brände", "brand"),
        ] {
            check(word, expected);
        }
    }

    #[test]
    fn officials_are_told_by_their_words() {
        for (text, expected) in [
            ("head of the fire service", true),
            ("Innenministerin des Landes", true),
            ("глава МЧС региона", true),
            ("préfète de la région", true),
            ("a neighbour", false),
            ("ein Anwohner", false),
            ("", false),
        ] {
            assert_eq!(is_official(text), expected, "{text}");
        }
    }
}
