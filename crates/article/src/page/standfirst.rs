//! The standfirst: what stands between the headline and the text, and is told again by the text.

use rustc_hash::FxHashSet;

use super::block::Piece;
use super::body::Chosen;
use super::hint::Hints;
use super::meta::{Facts, letters};

/// Shorter texts are kickers.
const CHARS_MIN: u32 = 30;

/// Takes the standfirst out of the chosen blocks where it stands in the page's head, apart from the text, and the text says
/// everything that it says: every number and every name. Otherwise it stays a part of the text, so that no news is lost.
pub(super) fn take(pieces: &[Piece], chosen: &mut Chosen, facts: &Facts) -> Option<String> {
    let first = pieces.get(*chosen.pieces.first()?)?;
    let next = pieces.get(*chosen.pieces.get(1)?)?;
    let named = first.near.has(Hints::LEAD);
    let described = is_description(&first.text, facts);
    let apart = first.first < chosen.start && (named || described)
        || first.parent != next.parent && named && described;
    if !apart || first.chars < CHARS_MIN {
        return None;
    }
    let rest = chosen.pieces.iter().skip(1).filter_map(|i| pieces.get(*i));
    if !tells_all(rest.map(|piece| piece.text.as_str()), &first.text) {
        return None;
    }
    chosen.pieces.remove(0);
    Some(first.text.clone())
}

/// The description that the page gives, where its text does not begin with it.
pub(super) fn described(text: &str, facts: &Facts) -> Option<String> {
    let given = facts.description.as_deref()?;
    let start: String = given.chars().take(40).collect();
    (given.chars().count() >= 40 && !text.contains(&start)).then(|| given.to_owned())
}

/// Whether the page describes itself with these words.
fn is_description(text: &str, facts: &Facts) -> bool {
    let text = letters(text);
    [&facts.description, &facts.linked.description].into_iter().flatten().any(|given| {
        let given = letters(given);
        !given.is_empty() && (text.contains(&given) || given.contains(&text))
    })
}

/// Whether a text has every number and every name of another: the words with a digit or a capital letter, the first one too
/// ("Four hurt"). Scripts without capitals do not show their names, so nothing is known of them.
fn tells_all<'t>(text: impl Iterator<Item = &'t str>, short: &str) -> bool {
    if !short.contains(char::is_lowercase) && !short.contains(char::is_uppercase) {
        return false;
    }
    let known: FxHashSet<String> = text.flat_map(words).map(str::to_lowercase).collect();
    words(short)
        .filter(|word| word.starts_with(char::is_uppercase) || word.contains(char::is_numeric))
        .all(|word| known.contains(&word.to_lowercase()))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(short: &str, text: &str, wanted: bool) {
        assert_eq!(tells_all(std::iter::once(text), short), wanted, "{short} / {text}");
    }

    #[test]
    fn numbers_and_names_must_be_told_again() {
        let text = "The bridge at Karsk was closed after 14 bolts broke, said Lena Ostrow.";
        check("Fourteen bolts end an era in Karsk", text, false);
        check("The bolts end an era in Karsk", text, true);
        check("Orla waits for bolts", text, false);
        check("Said to be broken: 14 bolts", text, true);
        check("Said to be broken: 15 bolts", text, false);
        check("Bolts broke at Karsk and Orla", text, false);
        check("Ein Skandal, sagt LENA OSTROW", "Ostrow, Lena: ein Skandal", true);
        check("다리가 닫혔다", "카르스크의 다리가 화요일에 닫혔다", false);
    }
}
