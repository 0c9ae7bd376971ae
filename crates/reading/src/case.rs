//! Texts in capitals or wrapped at a width, as old wires and some headlines are: written as a page would have them, byte
//! for byte as long, so that every span of the copy is one of the original.

mod shape;
mod wrap;

use language::Lang;
use shape::Shaper;

use crate::{
    Gazetteer,
    words::{Kind, Words},
};

/// A passage of fewer long words is too little to tell shouting by.
const PASSAGE_WORDS_MIN: usize = 8;

/// A text as a whole needs fewer: a headline may be all there is.
const TEXT_WORDS_MIN: usize = 4;

/// What is known besides the text when it is written in mixed case.
#[derive(Clone, Copy)]
pub struct CaseKnowledge<'a> {
    /// The compiled places pack; without it our own table.
    pub gazetteer: Option<&'a Gazetteer>,
    /// Whether a lower-case word is an ordinary one; `None` where nobody knows.
    pub is_common: &'a dyn Fn(&str) -> Option<bool>,
}

impl std::fmt::Debug for CaseKnowledge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseKnowledge").field("gazetteer", &self.gazetteer).finish_non_exhaustive()
    }
}

/// Gives the copy of a text that is easier to read: lines joined that were cut at a width, capitals in mixed case;
/// `None` where the text is as it should be. The copy has the same length in bytes.
pub fn copy_to_read(text: &str, lang: Lang, knowledge: CaseKnowledge<'_>) -> Option<String> {
    let joined = wrap::unwrap(text);
    recase(joined.as_deref().unwrap_or(text), lang, knowledge).or(joined)
}

/// Writes a text in capitals in mixed case, of the same length in bytes; `None` where it does not shout.
///
/// A text that shouts as a whole is written anew as a whole, else each line that does. A letter whose other case has
/// another length stays as it is.
///
/// # Known misses
///
/// A surname that is a common word ("WALKER SAID") and has no forename or title before it stays small.
fn recase(text: &str, lang: Lang, knowledge: CaseKnowledge<'_>) -> Option<String> {
    let passages = passages(text, lang);
    if passages.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for passage in passages {
        out.push_str(text.get(at..passage.start)?);
        let shouted = text.get(passage.clone())?;
        Shaper::new(Words::of_text(shouted, lang), knowledge).write(shouted, &mut out);
        at = passage.end;
    }
    out.push_str(text.get(at..)?);
    debug_assert_eq!(out.len(), text.len(), "spans of the copy are spans of the original");
    (out.len() == text.len()).then_some(out)
}

/// The stretches that shout, in order.
fn passages(text: &str, lang: Lang) -> Vec<std::ops::Range<usize>> {
    if !may_shout(text) {
        return Vec::new();
    }
    if shouts(text, lang, TEXT_WORDS_MIN, 80) {
        return std::iter::once(0..text.len()).collect();
    }
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        if shouts(line, lang, PASSAGE_WORDS_MIN, 95) {
            match out.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => out.push(range),
            }
        }
    }
    out
}

/// Whether some line has letters and hardly a small one: quick, for nearly every text has none.
fn may_shout(text: &str) -> bool {
    text.lines().any(|line| {
        let count = |wanted: fn(char) -> bool| line.chars().filter(|c| wanted(*c)).count();
        let capitals = count(char::is_uppercase);
        capitals > 16 && count(char::is_lowercase) * 5 < capitals
    })
}

fn shouts(text: &str, lang: Lang, words_min: usize, percent: usize) -> bool {
    let words = Words::of_text(text, lang);
    let (mut all, mut upper) = (0, 0);
    for word in (0..words.len()).filter_map(|i| words.get(i)) {
        if word.kind == Kind::Letters && word.span.len() > 3 {
            all += 1;
            upper += usize::from(word.upper);
        }
    }
    all >= words_min && upper * 100 >= all * percent
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pack would know of these texts.
    #[expect(clippy::unnecessary_wraps, reason = "the form that `CaseKnowledge` asks for")]
    fn is_common(word: &str) -> Option<bool> {
        const COMMON: &str = "police said a bomb killed two officers and the driver of bus in capital today president was \
            shot near her house by gunmen who fled car former judge higher court magistrate were wounded attack on national \
            liberation front army claimed text meeting ordinary line with small letters follows kills market hurts three \
            people man named union peasants";
        Some(COMMON.split_whitespace().any(|w| w == word))
    }

    fn check(text: &str, expected: Option<&str>) {
        let knowledge = CaseKnowledge { gazetteer: None, is_common: &is_common };
        assert_eq!(recase(text, Lang::EN, knowledge).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn names_get_capitals_and_the_rest_none() {
        check(
            "LIMA, 3 JAN 91 (EFE) -- [TEXT] POLICE SAID A BOMB KILLED TWO PERUVIAN OFFICERS TODAY.",
            Some(
                "Lima, 3 Jan 91 (EFE) -- [Text] Police said a bomb killed two Peruvian officers today.",
            ),
        );
        check(
            "MARTA OLIVARES DE TREJO, A MAGISTRATE, WAS SHOT. THE DRIVER FLED.",
            Some("Marta Olivares de Trejo, a magistrate, was shot. The driver fled."),
        );
        check(
            "THE NATIONAL LIBERATION ARMY [NLA] CLAIMED THE ATTACK. THE NLA SAID SO.",
            Some("The National Liberation Army [NLA] claimed the attack. The NLA said so."),
        );
        check(
            "PRESIDENT TARABOZ WAS IN THE U.S. CAPITAL.",
            Some("President Taraboz was in the U.S. capital."),
        );
    }

    #[test]
    fn only_what_shouts_is_written_anew() {
        check("Police said a bomb killed two.", None);
        check("The FBI and the CIA said NO.", None);
        check(
            "BOMB KILLS TWO OFFICERS IN THE CAPITAL MARKET AND HURTS THREE PEOPLE\nA line with small letters follows it here.",
            Some(
                "Bomb kills two officers in the capital market and hurts three people\nA line with small letters follows it here.",
            ),
        );
        // İ is one byte longer in lower case: it stays
        check(
            "POLICE SAID İZZET WAS SHOT NEAR THE HOUSE",
            Some("Police said İzzet was shot near the house"),
        );
    }

    proptest::proptest! {
        #[test]
        fn the_copy_differs_in_case_and_breaks_only(text in "([A-ZÄİŁ]{1,9}[ .\\n\\[\\]]){0,60}[\\PC\\n]{0,40}") {
            let knowledge = CaseKnowledge { gazetteer: None, is_common: &is_common };
            if let Some(copy) = copy_to_read(&text, Lang::EN, knowledge) {
                assert_eq!(copy.len(), text.len());
                assert_eq!(copy.to_lowercase().replace('\n', " "), text.to_lowercase().replace('\n', " "));
                assert!(text.char_indices().all(|(at, _)| copy.is_char_boundary(at)));
            }
        }
    }
}
