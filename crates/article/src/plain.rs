//! An article that comes as plain text: its blocks, without touching a character of it.

use crate::promotion::{self, Promotion};
use crate::{Article, Block, BlockKind, Span};

/// The longest sub-heading, in characters.
const HEADING_CHARS_MAX: usize = 90;
/// The most words of a sub-heading.
const HEADING_WORDS_MAX: usize = 12;

/// Makes an article of a plain text; `text` stays exactly as it is and the blocks are its lines.
pub fn article(text: String) -> Article {
    let mut lines: Vec<Span> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.len()).trim(&text);
        start += line.len();
        if !span.is_empty() {
            lines.push(span);
        }
    }
    let texts: Vec<&str> = lines.iter().map(|s| s.of(&text)).collect();
    let kinds = kinds(&texts);
    let correction = texts.iter().find(|t| promotion::is_correction(t)).map(|t| (*t).to_owned());
    let blocks =
        lines.into_iter().zip(kinds).map(|(span, kind)| Block { span, kind, at: None }).collect();
    Article { text, correction, blocks, ..Article::default() }
}

/// What each line of a text is.
pub(crate) fn kinds(lines: &[&str]) -> Vec<BlockKind> {
    let mut kinds: Vec<BlockKind> =
        lines.iter().enumerate().map(|(i, line)| kind(line, i, lines)).collect();
    // the first paragraph that tells something is the lead
    if let Some(lead) = kinds.iter_mut().find(|k| **k == BlockKind::Paragraph) {
        *lead = BlockKind::Lead;
    }
    kinds
}

fn kind(line: &str, i: usize, lines: &[&str]) -> BlockKind {
    let near_end = i + 3 >= lines.len();
    let alone = lines.len() == 1;
    if is_caption(line) && !alone {
        return BlockKind::Caption;
    }
    match promotion::judge(line) {
        Promotion::Yes if !alone => return BlockKind::Promotion,
        // a teaser begins like a sentence; inside the text it counts where it is short or ends in no full stop
        Promotion::Perhaps if !alone && (near_end || !ends_sentence(line)) => {
            return BlockKind::Promotion;
        }
        _ => {}
    }
    // notes on the article itself tell no news, and old figures in a correction least of all
    if !alone
        && (promotion::is_correction(line) || (near_end && i > 0 && promotion::is_credit(line)))
    {
        return BlockKind::Promotion;
    }
    if is_list_item(line) {
        return BlockKind::List;
    }
    if is_dateline(line) && lines.len() > 1 {
        return BlockKind::Dateline;
    }
    let before = i.checked_sub(1).and_then(|p| lines.get(p));
    let after = lines.get(i + 1);
    if is_heading(line)
        && after.is_some_and(|a| is_paragraph(a) || is_heading(a))
        && (before.is_some_and(|b| is_paragraph(b)) || i == 0)
        && lines.len() > 2
    {
        return BlockKind::Heading;
    }
    BlockKind::Paragraph
}

fn is_paragraph(line: &str) -> bool {
    line.chars().count() > HEADING_CHARS_MAX || ends_sentence(line)
}

/// Whether a line ends as sentences end, quotation marks and brackets aside.
pub(crate) fn ends_sentence(line: &str) -> bool {
    let closing = |c: char| {
        matches!(c, '"' | '”' | '“' | '\'' | '’' | '»' | '«' | ')' | ']' | '」' | '』')
            || c.is_whitespace()
    };
    let end = line.trim_end_matches(closing);
    end.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', ':', ';', '۔'])
}

/// A short line without an end mark, as sub-headings are.
fn is_heading(line: &str) -> bool {
    let words = line.split_whitespace().count();
    let question = line.ends_with('?') && !line.contains(['"', '“', '„', '«']);
    line.chars().count() <= HEADING_CHARS_MAX
        && words <= HEADING_WORDS_MAX
        && (!ends_sentence(line) || question)
        && !line.ends_with([',', '-', '–', '—'])
        && line.chars().any(char::is_alphabetic)
        && !line.contains("://")
        && !line.contains('@')
}

fn is_list_item(line: &str) -> bool {
    let mut chars = line.chars();
    let first = chars.next();
    if matches!(first, Some('•' | '·' | '▪' | '◦' | '●' | '■' | '►' | '➤' | '✔')) {
        return true;
    }
    matches!(first, Some('-' | '*' | '–' | '—')) && chars.next() == Some(' ') && first != Some('—')
        // a dash begins a line of direct speech in many languages
        && first != Some('–')
}

/// "Photo: …", "(Foto: …)", "© …".
fn is_caption(line: &str) -> bool {
    const STARTS: [&str; 16] = [
        "photo:",
        "photo by",
        "photograph:",
        "picture:",
        "image:",
        "foto:",
        "bild:",
        "photos:",
        "fotos:",
        "фото:",
        "image credit",
        "photo credit",
        "imagen:",
        "immagine:",
        "©",
        "file photo",
    ];
    let lower = line.trim_start_matches(['(', '[']).to_lowercase();
    line.chars().count() < 200 && STARTS.iter().any(|s| lower.starts_with(s))
}

/// "MOSCOW, April 3 —" or "Berlin (dpa) -" standing alone.
fn is_dateline(line: &str) -> bool {
    let Some(front) = line.strip_suffix(['—', '–', '-']) else { return false };
    let front = front.trim();
    let capital = front.chars().next().is_some_and(char::is_uppercase);
    capital && (2..=60).contains(&front.chars().count()) && !ends_sentence(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &[&str]) {
        let article = article(text.to_owned());
        let kinds: Vec<&str> = article.blocks.iter().map(|b| b.kind.as_str()).collect();
        assert_eq!(kinds, wanted, "{text}");
        assert_eq!(article.text, text);
    }

    #[test]
    fn the_lines_of_a_text_are_told_apart() {
        check(
            "The bridge over the Orla was closed on Monday, the port authority said.\n\
             Nobody was warned\n\
             Drivers waited for hours. \"I had no idea,\" said one of them.\n\n\
             Photo: Ada Novak / Harbour Gazette\n\
             • The bridge was built in 1931.\n\
             It will open again on Friday.\n\
             Never miss a ferry again — sign up to our Telegram channel!\n",
            &["lead", "heading", "paragraph", "caption", "list", "paragraph", "promotion"],
        );
        check("ORLASTAD, May 3 —\nThe bridge was closed on Monday.", &["dateline", "lead"]);
        check("One line only", &["lead"]);
        check("", &[]);
        check("\n\n  \n", &[]);
    }

    #[test]
    fn speech_with_a_dash_is_no_list() {
        check(
            "– Мост закрыт, – сказал министр журналистам в понедельник.\nОн не назвал причин закрытия.",
            &["lead", "paragraph"],
        );
    }
}
