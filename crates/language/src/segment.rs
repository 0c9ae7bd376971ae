//! Tokens and sentences without a pack, for every language.
//!
//! Words are those of Unicode Annex 29, with a dictionary for the scripts that write no blanks between them (Chinese,
//! Japanese, Thai, Lao, Khmer, Burmese). Sentence ends are found by rules and lists of abbreviations, one line at a time.

use crate::{Doc, Lang, doc::Range};

mod abbreviations;
mod sentences;
mod words;

/// Cuts a text into words and sentences. Lines end sentences; white space is in no token.
///
/// # Limits
///
/// Texts up to 4 GiB (offsets are 32 bits wide); what lies behind is not cut.
///
/// # Source
///
/// Unicode Standard Annex 29, sections 4 and 5, <https://unicode.org/reports/tr29/>; we differ in keeping the full stop with
/// an abbreviation, and in taking elisions ("l'") and the English possessive off the word.
pub fn segment(text: &str, lang: Lang) -> Doc {
    let mut doc = Doc { text: text.into(), lang, ..Doc::default() };
    if u32::try_from(text.len()).is_err() {
        return doc;
    }
    let mut at = 0;
    for line in text.split_inclusive(is_line_end) {
        if !line.trim().is_empty() {
            segment_line(line, at, lang, &mut doc);
        }
        at += line.len();
    }
    doc
}

/// Whether a character ends a line, and with it a sentence.
pub(crate) fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn segment_line(line: &str, at: usize, lang: Lang, doc: &mut Doc) {
    let words = words::words(line, lang);
    let abbreviations = abbreviations::of(lang);
    let (words, ends) = sentences::cut(line, &words, lang, &abbreviations);
    let mut first = doc.starts.len() as u32;
    for (word, ends_sentence) in words.iter().zip(ends) {
        doc.starts.push((at + word.start) as u32);
        doc.ends.push((at + word.end) as u32);
        if ends_sentence {
            let end = doc.starts.len() as u32;
            doc.sentences.push(Range { start: first, end });
            first = end;
        }
    }
    let end = doc.starts.len() as u32;
    if end > first {
        doc.sentences.push(Range { start: first, end });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: the sentences with their tokens joined by blanks, one sentence a line.
    fn check(lang: &str, text: &str, expected: &str) {
        let doc = segment(text, Lang::parse(lang).unwrap_or_default());
        let lines: Vec<String> = doc
            .sentences()
            .iter()
            .map(|s| s.indices().map(|i| doc.word(i)).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(lines, expected.lines().collect::<Vec<_>>(), "{text}");
    }

    #[test]
    fn english() {
        let cases = [
            (
                "He lives in St. Petersburg. Mr. Orlov left.",
                "He lives in St. Petersburg .\nMr. Orlov left .",
            ),
            (
                "The U.S. Senate met Gen. J. P. Marlow. It voted 51-49.",
                "The U.S. Senate met Gen. J. P. Marlow .\nIt voted 51 - 49 .",
            ),
            (
                "They flew to the U.S. The talks failed.",
                "They flew to the U.S.\nThe talks failed .",
            ),
            (
                "“We will win.” She smiled. “Stop!” he said.",
                "“ We will win . ”\nShe smiled .\n“ Stop ! ” he said .",
            ),
            ("Trump's $3.5 bn plan, No. 7, failed.", "Trump 's $ 3.5 bn plan , No. 7 , failed ."),
            ("Is it over? No! See example.com.", "Is it over ?\nNo !\nSee example.com ."),
            ("HEADLINE WITHOUT STOP\nThe lead.\n\n", "HEADLINE WITHOUT STOP\nThe lead ."),
            ("At 9 a.m. on Jan. 5 it began.", "At 9 a.m. on Jan. 5 it began ."),
            (
                "It closed at 5 p.m. The shops stayed open.",
                "It closed at 5 p.m.\nThe shops stayed open .",
            ),
            (
                "He waited … and left... Then it rained.",
                "He waited … and left ...\nThen it rained .",
            ),
            ("(It was late.) Nobody came.", "( It was late . )\nNobody came ."),
        ];
        for (text, expected) in cases {
            check("en", text, expected);
        }
    }

    #[test]
    fn other_languages() {
        let cases = [
            (
                "de",
                "Am 3. April trafen sich z. B. Dr. Weber und Prof. A. Kern. Es ging um ca. 5 Mio. Euro.",
                "Am 3. April trafen sich z. B. Dr. Weber und Prof. A. Kern .\nEs ging um ca. 5 Mio. Euro .",
            ),
            (
                "fr",
                "M. Dupré et Mme. Lang ont parlé. L’homme s'est enfui d'abord.",
                "M. Dupré et Mme. Lang ont parlé .\nL’ homme s' est enfui d' abord .",
            ),
            (
                "ru",
                "Об этом сообщил А. С. Петров в 2017 г. Взрыв произошёл на ул. Садовой. «Стоп!» — крикнул он.",
                "Об этом сообщил А. С. Петров в 2017 г.\nВзрыв произошёл на ул. Садовой .\n« Стоп ! » — крикнул он .",
            ),
            (
                "es",
                "El Sr. Gil llegó. ¿Quién lo vio? Nadie.",
                "El Sr. Gil llegó .\n¿ Quién lo vio ?\nNadie .",
            ),
            (
                "zh",
                "北京下雨了。他说:“我不去。”大家笑了。",
                "北京 下雨 了 。\n他 说 : “ 我不 去 。 ”\n大家 笑了 。",
            ),
            (
                "ja",
                "東京で雨が降った。「行かない。」と彼は言った。",
                "東京 で 雨 が 降 った 。\n「 行 かな い 。 」 と 彼 は 言 った 。",
            ),
            ("hi", "वह आया। फिर चला गया।", "वह आया ।\nफिर चला गया ।"),
            ("ar", "هل جاء؟ نعم جاء.", "هل جاء ؟\nنعم جاء ."),
        ];
        for (lang, text, expected) in cases {
            check(lang, text, expected);
        }
        assert!(segment("ตำรวจกล่าวว่ามีผู้เสียชีวิตสองคน", Lang::TH).len() > 4);
    }

    proptest::proptest! {
        #[test]
        fn tokens_are_in_order_and_leave_out_white_space_only(
            text in "(\\PC|[ \n\t.!?\"”」A-Za-zа-я0-9。']){0,80}",
            lang in "(en|de|fr|ru|zh|ja|th|xx)",
        ) {
            let doc = segment(&text, Lang::parse(&lang).unwrap_or_default());
            let mut rebuilt = String::new();
            let mut at = 0;
            for token in doc.tokens() {
                let gap = text.get(at..token.start).expect("tokens are in order, on boundaries");
                proptest::prop_assert!(gap.chars().all(crate::doc::is_python_space), "{gap:?}");
                proptest::prop_assert!(token.start < token.end);
                rebuilt.push_str(gap);
                rebuilt.push_str(doc.text_of(token));
                at = token.end;
            }
            rebuilt.push_str(text.get(at..).expect("the last token ends on a boundary"));
            proptest::prop_assert_eq!(&rebuilt, &text);
            let mut next = 0;
            for s in doc.sentences() {
                proptest::prop_assert_eq!(s.start, next);
                proptest::prop_assert!(s.end > s.start);
                next = s.end;
            }
            proptest::prop_assert_eq!(next as usize, doc.len());
        }
    }
}
