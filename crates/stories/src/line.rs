//! Lines of ours: figures, names and printed words, nothing else.

use reading::{CasualtyKind, Qualifier};

use crate::Bounds;

/// The longest printed passage in a line, in characters.
const PASSAGE_MAX: usize = 280;

/// The word for what befell people.
pub(crate) fn befell(kind: CasualtyKind) -> &'static str {
    match kind {
        CasualtyKind::Killed => "dead",
        CasualtyKind::Injured => "injured",
        CasualtyKind::Missing => "missing",
        CasualtyKind::Kidnapped => "kidnapped",
        CasualtyKind::Arrested => "arrested",
        CasualtyKind::Displaced => "displaced",
    }
}

/// A number with the outlet's word before it: `at least 11`, `about 40`, `12–14`, `dozens`.
pub(crate) fn number(bounds: &Bounds) -> String {
    let one = bounds.number();
    let digits = |n: Option<u64>| n.map_or_else(String::new, group);
    match bounds.qualifier {
        Qualifier::Exactly => digits(one),
        Qualifier::AtLeast => format!("at least {}", digits(bounds.min.or(one))),
        Qualifier::AtMost => format!("up to {}", digits(bounds.max.or(one))),
        Qualifier::About => format!("about {}", digits(one)),
        Qualifier::MoreThan => format!("more than {}", digits(bounds.min.or(one))),
        Qualifier::FewerThan => format!("fewer than {}", digits(bounds.max.or(one))),
        Qualifier::Between => format!("{}–{}", digits(bounds.min), digits(bounds.max)),
        Qualifier::Dozens => "dozens".into(),
        Qualifier::Hundreds => "hundreds".into(),
        Qualifier::Thousands => "thousands".into(),
        Qualifier::Several => "several".into(),
        Qualifier::None => "no".into(),
    }
}

/// A number with its thousands apart: `12,400`.
pub(crate) fn group(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `At least 11 dead`, and with an earlier figure `At least 11 dead, was 9`.
pub(crate) fn figure(kind: CasualtyKind, to: &Bounds, from: Option<&Bounds>) -> String {
    let now = format!("{} {}", number(to), befell(kind));
    let mut line = capital(&now);
    if let Some(from) = from {
        line.push_str(", was ");
        line.push_str(&number(from));
    }
    line
}

/// `2 injured: Among the injured are two Danes.`
pub(crate) fn share(kind: CasualtyKind, bounds: &Bounds, words: &str) -> String {
    format!("{}: {}", capital(&format!("{} {}", number(bounds), befell(kind))), passage(words))
}

/// `Corrected: 13 → 9 dead`.
pub(crate) fn corrected(kind: CasualtyKind, from: &Bounds, to: &Bounds) -> String {
    format!("Corrected: {} → {} {}", number(from), number(to), befell(kind))
}

/// `Katrin Löwe, prosecutor: “an inquiry into …”`.
pub(crate) fn statement(speaker: &str, description: Option<&str>, content: &str) -> String {
    match description.map(str::trim).filter(|d| !d.is_empty() && d.chars().count() <= 90) {
        Some(description) => format!("{speaker}, {description}: {}", passage(content)),
        None => format!("{speaker}: {}", passage(content)),
    }
}

/// A printed passage on one line; a long one ends with a sentence, and only where there is none within bounds in its middle.
pub(crate) fn passage(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= PASSAGE_MAX {
        return text;
    }
    let cut: String = text.chars().take(PASSAGE_MAX).collect();
    let sentence = cut
        .rfind(['.', '!', '?', '…'])
        .filter(|at| cut.get(..*at).is_some_and(|head| head.chars().count() > 60));
    let end = sentence.map_or_else(
        || cut.rfind(' ').unwrap_or(cut.len()),
        |at| at + cut.get(at..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8),
    );
    format!("{} […]", cut.get(..end).unwrap_or(&cut).trim_end())
}

/// The text with its first letter as a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(
        qualifier: Qualifier,
        min: Option<u64>,
        max: Option<u64>,
        best: Option<u64>,
    ) -> Bounds {
        Bounds { min, max, best, qualifier }
    }

    fn check(to: Bounds, from: Option<Bounds>, expected: &str) {
        assert_eq!(figure(CasualtyKind::Killed, &to, from.as_ref()), expected);
    }

    #[test]
    fn figures_stand_in_the_outlets_words() {
        let nine = bounds(Qualifier::Exactly, None, None, Some(9));
        let eleven = bounds(Qualifier::AtLeast, Some(11), None, Some(11));
        check(eleven, Some(nine), "At least 11 dead, was 9");
        check(nine, Some(eleven), "9 dead, was at least 11");
        check(bounds(Qualifier::Between, Some(12), Some(14), None), None, "12–14 dead");
        check(bounds(Qualifier::Dozens, None, None, None), None, "Dozens dead");
        check(bounds(Qualifier::Exactly, None, None, Some(12_400)), None, "12,400 dead");
        assert_eq!(
            corrected(
                CasualtyKind::Killed,
                &bounds(Qualifier::Exactly, None, None, Some(13)),
                &nine
            ),
            "Corrected: 13 → 9 dead"
        );
    }

    #[test]
    fn a_long_passage_ends_with_a_sentence() {
        let long =
            format!("{} The end is far away. {}", "word ".repeat(30).trim(), "more ".repeat(60));
        assert!(passage(&long).ends_with("away. […]"), "{}", passage(&long));
        assert_eq!(passage(" «a\n b» "), "«a b»");
    }
}
