//! Text of the outlet about itself ("sign up to our channel"), in the languages of `data/promotion.txt`.
//!
//! It judges one line by its words alone; where the line stands in a page is another module's evidence. News about channels
//! and subscribers is news: an invitation counts only where a clause begins with it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;

/// The longest line that can be promotion, in characters.
const CHARS_MAX: usize = 320;
const START_CHARS_MAX: usize = 260;

#[derive(Debug, Default)]
struct Phrases {
    /// By their first word.
    start: FxHashMap<&'static str, Vec<&'static str>>,
    invite: FxHashMap<&'static str, Vec<&'static str>>,
    whole: Vec<&'static str>,
    object: Words,
    anywhere: Words,
    credit: Vec<&'static str>,
    correction: Vec<&'static str>,
}

/// Phrases that are looked for all at once: there are hundreds, and every line of every page is asked.
#[derive(Debug, Default)]
struct Words(Option<AhoCorasick>);

impl Words {
    fn new(phrases: &[&str]) -> Self {
        let all = AhoCorasick::new(phrases);
        debug_assert!(all.is_ok(), "the phrases of the data file fit");
        Self(all.ok())
    }

    /// Whether a phrase stands in the text, not inside a longer word on its left side.
    fn stand_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|all| {
            all.find_overlapping_iter(text).any(|found| is_word(text, found.start(), found.end()))
        })
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut out = Phrases::default();
    let (mut object, mut anywhere) = (Vec::new(), Vec::new());
    for line in include_str!("../data/promotion.txt").lines().filter(|l| !l.starts_with('#')) {
        let Some((kind, rest)) = line.split_once(' ') else { continue };
        for phrase in rest.split('|').map(str::trim).filter(|p| !p.is_empty()) {
            match kind {
                "start" => out.start.entry(first_word(phrase)).or_default().push(phrase),
                "invite" => out.invite.entry(first_word(phrase)).or_default().push(phrase),
                "whole" => out.whole.push(phrase),
                "object" => object.push(phrase),
                "anywhere" => anywhere.push(phrase),
                "credit" => out.credit.push(phrase),
                "correction" => out.correction.push(phrase),
                _ => {}
            }
        }
    }
    (out.object, out.anywhere) = (Words::new(&object), Words::new(&anywhere));
    out
});

/// How sure it is that a line is promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promotion {
    /// Nothing of the kind.
    No,
    /// It begins as teasers and invitations begin; a news paragraph may begin so too.
    Perhaps,
    /// It says what only an outlet says about itself.
    Yes,
}

/// Judges one line.
pub(crate) fn judge(line: &str) -> Promotion {
    let line = line.trim();
    let chars = line.chars().count();
    if !(2..=CHARS_MAX).contains(&chars) {
        return Promotion::No;
    }
    let lower = line.to_lowercase().replace('’', "'");
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric() && c != ']' && c != ')');
    if PHRASES.whole.contains(&bare) {
        return Promotion::Yes;
    }
    // what is said in quotation marks is somebody's word, not the outlet's
    let lower = after_short_quote(&lower);
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric() && c != ']' && c != ')');
    let quoted = lower.starts_with(QUOTES);
    if !quoted && PHRASES.anywhere.stand_in(lower) {
        return Promotion::Yes;
    }
    let object = || PHRASES.object.stand_in(lower);
    if !quoted && clauses(bare).any(|clause| starts(&PHRASES.invite, clause)) && object() {
        return Promotion::Yes;
    }
    if !quoted && chars <= START_CHARS_MAX && starts(&PHRASES.start, bare) {
        return Promotion::Perhaps;
    }
    Promotion::No
}

const QUOTES: [char; 6] = ['"', '“', '„', '«', '»', '\''];

/// What follows a name in quotation marks at the start of a line ("The Morning": our newsletter …).
fn after_short_quote(line: &str) -> &str {
    const NAME_CHARS_MAX: usize = 30;
    let Some(inside) = line.strip_prefix(QUOTES) else { return line };
    let close = inside
        .char_indices()
        .take(NAME_CHARS_MAX)
        .find(|(_, c)| matches!(c, '"' | '”' | '“' | '»' | '«'));
    match close {
        Some((at, c)) => {
            let rest = inside.get(at + c.len_utf8()..).unwrap_or("");
            // a comma after the name makes it speech
            if rest.starts_with(':') || rest.starts_with(' ') { rest } else { line }
        }
        None => line,
    }
}

/// Whether a line says who made the article: agencies, editors, rights, signs in brackets.
pub(crate) fn is_credit(line: &str) -> bool {
    const CREDIT_CHARS_MAX: usize = 260;
    const SIGN_CHARS_MAX: usize = 60;
    let line = line.trim();
    let chars = line.chars().count();
    if chars > CREDIT_CHARS_MAX {
        return false;
    }
    let closed = (line.starts_with('(') && line.ends_with(')'))
        || (line.starts_with('[') && line.ends_with(']'));
    // "(dpa/AFP)", "(ano)": no sentence stands in so short a bracket
    if closed && chars <= SIGN_CHARS_MAX && !line.contains(". ") {
        return true;
    }
    let lower = line.to_lowercase();
    let bare = lower.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©' && c != '(');
    let inner = bare.trim_start_matches(['(', '[']);
    PHRASES.credit.iter().any(|p| {
        [bare, inner].iter().any(|t| {
            t.strip_prefix(p).is_some_and(|rest| {
                !p.ends_with(char::is_alphanumeric) || !rest.starts_with(char::is_alphanumeric)
            })
        })
    }) && (chars < 120 || !inner.starts_with("aus dem"))
        || lower.ends_with("contributed to this report.")
        || lower.ends_with("contributed to this story.")
}

/// Whether a line is the outlet's own note that it corrected something.
pub(crate) fn is_correction(line: &str) -> bool {
    let lower =
        line.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'");
    PHRASES.correction.iter().any(|p| lower.starts_with(p))
}

/// The line, and what follows each mark that ends a clause.
fn clauses(line: &str) -> impl Iterator<Item = &str> {
    let after = line
        .char_indices()
        .filter(|(_, c)| matches!(c, '.' | '!' | '?' | ':' | '—' | '–' | '…' | '•' | '|' | ','))
        .map(|(i, c)| line.get(i + c.len_utf8()..).unwrap_or("").trim_start());
    std::iter::once(line).chain(after)
}

fn starts(phrases: &FxHashMap<&'static str, Vec<&'static str>>, text: &str) -> bool {
    let word = first_word(text);
    if let Some(list) = phrases.get(word)
        && list.iter().any(|p| {
            text.strip_prefix(p).is_some_and(|rest| {
                !rest.starts_with(char::is_alphanumeric)
                    || !p.ends_with(|c: char| c.is_alphanumeric() && c.is_ascii())
            })
        })
    {
        return true;
    }
    // scripts without blanks: the phrase may be the start of a longer run
    !word.is_ascii()
        && word.chars().next().is_some_and(|c| c as u32 > 0x2E80)
        && phrases.iter().any(|(first, list)| {
            word.starts_with(first) && list.iter().any(|p| text.starts_with(p))
        })
}

/// Whether what was found is no part of a longer word: on its left side, and where it is short on its right side too.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).unwrap_or("").chars().next_back();
    let wide = text.get(start..).unwrap_or("").chars().next().is_some_and(|c| c as u32 > 0x2E80);
    let after = text.get(end..).unwrap_or("").chars().next();
    (wide || !before.is_some_and(char::is_alphanumeric))
        && (end - start > 4 || !after.is_some_and(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, wanted: Promotion) {
        assert_eq!(judge(line), wanted, "{line}");
    }

    #[test]
    fn the_outlet_about_itself_is_told_from_news() {
        check("Stay with the Harbour Gazette: follow us on Telegram and WhatsApp.", Promotion::Yes);
        check("Never miss an edition – subscribe to our free newsletter!", Promotion::Yes);
        check("Abonnieren Sie unseren Newsletter und lesen Sie jeden Morgen mit.", Promotion::Yes);
        check("Подписывайтесь на наш канал, чтобы узнавать новости первыми!", Promotion::Yes);
        check("Suivez-nous sur WhatsApp et recevez nos alertes", Promotion::Yes);
        check("Síguenos en nuestro canal de WhatsApp", Promotion::Yes);
        check("Read more: the bridge that never opened", Promotion::Perhaps);
        check("Lesen Sie auch: Die Brücke, die nie öffnete", Promotion::Perhaps);
        check("Advertisement", Promotion::Yes);
        check(
            "\"Hafen am Morgen\": Unser Newsletter bringt Ihnen die Lage, hier geht's zur Anmeldung!",
            Promotion::Yes,
        );
    }

    #[test]
    fn news_about_channels_and_subscribers_is_news() {
        check("The minister wrote on Telegram that the strike had ended.", Promotion::No);
        check("Police asked residents to follow the news on local radio.", Promotion::No);
        check(
            "The company lost 40,000 subscribers in one quarter, its newsletter to investors says.",
            Promotion::No,
        );
        check("“Sign up and join our army,” the poster said.", Promotion::No);
        check("Министр сообщил в своём телеграм-канале, что мост открыт.", Promotion::No);
        check("No one is spared", Promotion::No);
        check("", Promotion::No);
        for line in [
            "(dpa/AFP)",
            "Reporting by Ada Novak; editing by Ben Ito",
            "© Harbour Gazette",
            "Quelle: dpa",
        ] {
            assert!(is_credit(line), "{line}");
        }
        for line in [
            "Sources said the bridge was closed.",
            "Photographs of the bridge were shown.",
            "(He left the room.) Then the meeting went on.",
        ] {
            assert!(!is_credit(line), "{line}");
        }
        assert!(is_correction("Correction: an earlier version gave the wrong year."));
        assert!(!is_correction("Corrections officers were called to the prison."));
    }
}
