//! What holds for any text: no panic, spans inside the text and on character boundaries.

use proptest::prelude::*;

use crate::statements::read;

/// Pieces that meet in news, so that random texts reach the rules.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "said",
        "says",
        "told",
        "according to",
        "who",
        "that",
        "adding",
        "Mr.",
        "Ann Lee",
        "the mayor",
        "CNN",
        "he",
        "“",
        "”",
        "\"",
        "'",
        "’",
        "‘",
        "„",
        "«",
        "»",
        "「",
        "」",
        "—",
        "-",
        ",",
        ".",
        "?",
        "!",
        ":",
        ";",
        "…",
        "(",
        ")",
        "\n",
        "\n\n",
        " ",
        "sagte",
        "dass",
        "sei",
        "teilte",
        "mit",
        "wie",
        "nach Angaben",
        "a déclaré",
        "a-t-il",
        "l'",
        "selon",
        "сообщил",
        "что",
        "по словам",
        "как",
        "dijo",
        "según",
        "in an interview with",
        "U.S.",
        "14",
        "and",
        "but",
        "while",
        "é",
        "🙂",
        "\u{301}",
        "İ",
        "ß",
        "ﬁ",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[a-zA-Z]{1,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_all_spans_hold(pieces in prop::collection::vec(piece(), 0..60), glued: bool, lang in 0..reading::fuzz::LANGS.len()) {
        let text = pieces.join(if glued { "" } else { " " });
        let lang = reading::fuzz::LANGS.get(lang).copied().unwrap_or("en");
        reading::fuzz::check(&text, &read(&text, lang));
        reading::fuzz::text(&text);
    }
}
