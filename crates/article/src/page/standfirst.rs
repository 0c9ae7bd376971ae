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
    let apart = first.first < chosen.start && first.chars >= CHARS_MIN;
    if !apart || !(first.near.has(Hints::LEAD) || is_description(&first.text, facts)) {
        return None;
    }
    let rest: Vec<&str> = chosen
        .pieces
        .iter()
        .skip(1)
        .filter_map(|i| pieces.get(*i))
        .filter(|piece| piece.first >= chosen.start)
        .map(|piece| piece.text.as_str())
        .collect();
    if rest.is_empty() || !tells_all(&rest, &first.text) {
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

/// Whether a text has every number and every name of another: the words with a digit or a capital letter.
fn tells_all(text: &[&str], short: &str) -> bool {
    let known: FxHashSet<String> =
        text.iter().flat_map(|part| words(part)).map(str::to_lowercase).collect();
    words(short)
        .enumerate()
        // The first word has a capital letter whatever it is.
        .filter(|(i, word)| {
            word.contains(char::is_numeric) || *i > 0 && word.starts_with(char::is_uppercase)
        })
        .all(|(_, word)| known.contains(&word.to_lowercase()))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
