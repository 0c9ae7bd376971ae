//! What holds for any text: no panic, spans inside the text and on character boundaries, a cost linear in the text.

use std::time::Instant;

use article::Span;
use proptest::prelude::*;
use reading::Reading;

use crate::statements::read;

/// Checks every span of the statements.
fn check(text: &str, reading: &Reading) {
    let inside = |span: &Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        start <= end
            && end <= text.len()
            && text.is_char_boundary(start)
            && text.is_char_boundary(end)
    };
    for statement in &reading.statements {
        let media = statement.medium.iter().map(|m| &m.span);
        let all = statement.content.iter().chain(&statement.cue).chain(&statement.source);
        assert!(
            all.chain(&statement.addressee).chain(media).all(inside),
            "{statement:?} in {text:?}"
        );
        assert!(statement.content.iter().any(|s| !s.is_empty()), "{statement:?} in {text:?}");
        let known = statement.speaker.is_none_or(|id| reading.speakers.iter().any(|s| s.id == id));
        assert!(known, "{statement:?} in {text:?}");
    }
    for speaker in &reading.speakers {
        assert!(!speaker.name.trim().is_empty(), "{speaker:?} in {text:?}");
    }
}

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
    fn no_text_panics_and_all_spans_hold(pieces in prop::collection::vec(piece(), 0..60), glued: bool, lang in 0_usize..7) {
        let text = pieces.join(if glued { "" } else { " " });
        let lang = ["en", "de", "fr", "es", "ru", "it", "ja"].get(lang).copied().unwrap_or("en");
        check(&text, &read(&text, lang));
    }
}

#[test]
fn marks_without_end_cost_no_more_than_their_length() {
    let unit = [
        "\"",
        "“",
        "”",
        "'",
        "’ ",
        "«",
        "« ",
        "—",
        "— ",
        "„x ",
        "“a",
        "\"a ",
        "(",
        ",",
        ", ",
        "said ",
        "and said ",
        "according to ",
        "said, ",
        "A ",
        "Ann ",
        "— a, ",
        "\n\"",
        "\n— ",
        ". ",
        "wie sagte ",
        ", dass ",
        "that ",
        "“a” said ",
    ];
    for lang in ["en", "de"] {
        for unit in unit {
            let seconds = |bytes: usize| {
                let text = unit.repeat(bytes / unit.len());
                let start = Instant::now();
                check(&text, &read(&text, lang));
                start.elapsed().as_secs_f64()
            };
            let (small, large) = (seconds(12_000), seconds(48_000));
            // four times the text may take eight times as long on a busy machine, never sixteen times
            assert!(
                large < 10.0 * small.max(0.05),
                "{unit:?} in {lang}: {small:.3} s, then {large:.3} s"
            );
        }
    }
}
