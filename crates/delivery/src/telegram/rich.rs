//! Rich Messages: the headline as a heading, quotations as blocks, where a destination asks for it.
//!
//! What is said is the same as in HTML, and any refusal falls back to that. A message stays for ever what it was sent as (an edit
//! with plain text would destroy a rich one), so that its number is kept with a word before it. Only what carries a marker is sent
//! so: without one it could not be read back.
//!
//! # Source
//!
//! Bot API 10.1 to 10.4: `sendRichMessage`, `editMessageText` with `rich_message`, `InputRichMessage` (`html`,
//! `skip_entity_detection`); line breaks of Rich HTML are `<br>`. How channels and old clients show it could not be tried without
//! a token: the switch is off unless somebody sets it.

use serde_json::{Value, json};
use store::Claimed;

use super::Fallback;
use crate::html::Html;
use crate::settings::Settings;

/// Before the number of a rich message.
const WORD: &str = "rich:";

/// How a folded quotation begins in Telegram's HTML.
const QUOTE: &str = "<blockquote expandable>";

/// A message's number and whether it is a rich one.
pub(crate) fn number(message: &str) -> (i64, bool) {
    let number = message.strip_prefix(WORD);
    (number.unwrap_or(message).parse().unwrap_or(0), number.is_some())
}

/// A message's number as it is kept.
pub(crate) fn kept(id: i64, is_rich: bool) -> String {
    if is_rich { format!("{WORD}{id}") } else { id.to_string() }
}

/// Whether a row's message is a rich one, or is to be sent as one.
pub(crate) fn wanted(row: &Claimed, html: &Html, name: &str, fallback: Fallback) -> bool {
    match &row.edits {
        Some(message) => number(message).1,
        None => {
            !fallback.html
                && !fallback.plain
                && html.links().iter().any(|url| url.ends_with(name))
                && Settings::read(&row.destination.settings).rich
        }
    }
}

/// The same text as a rich message.
///
/// # Limits
///
/// That of the text itself, 4,096 UTF-16 units: far below the 32,768 characters and 500 blocks of a rich message.
pub(crate) fn message(html: &Html) -> Value {
    json!({ "html": markup(html.html()), "skip_entity_detection": true })
}

/// Telegram's HTML as Rich HTML. What a text says is escaped in both, so that every tag is one of ours.
fn markup(html: &str) -> String {
    let (title, mut rest) = match html.strip_prefix("<b>").and_then(|html| html.split_once("</b>"))
    {
        Some((title, rest)) => (Some(title), rest),
        None => (None, html),
    };
    let mut out = String::new();
    if let Some(title) = title {
        out.push_str(&format!("<h3>{}</h3>", lines(title)));
    }
    while let Some((before, quote)) = rest.split_once(QUOTE) {
        let (quote, after) = quote.split_once("</blockquote>").unwrap_or((quote, ""));
        paragraph(&mut out, before);
        out.push_str(&format!("<blockquote>{}</blockquote>", lines(quote)));
        rest = after;
    }
    paragraph(&mut out, rest);
    out
}

fn paragraph(out: &mut String, html: &str) {
    if !html.trim().is_empty() {
        out.push_str(&format!("<p>{}</p>", lines(html.trim_matches('\n'))));
    }
}

fn lines(html: &str) -> String {
    html.replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_becomes_heading_paragraphs_and_quotations() {
        for (html, rich) in [
            ("", ""),
            ("<b>Fire</b>", "<h3>Fire</h3>"),
            (
                "<b>Fire &lt;b&gt;</b>\n<b>3 dead</b>\n\n06:31  a\nb\n\n<blockquote expandable>J. H.:\n“No.”</blockquote>\n1 outlet",
                "<h3>Fire &lt;b&gt;</h3><p><b>3 dead</b><br><br>06:31  a<br>b</p><blockquote>J. H.:<br>“No.”</blockquote><p>1 outlet</p>",
            ),
        ] {
            assert_eq!(markup(html), rich);
        }
        for (kept_as, found) in [("12", (12, false)), ("rich:12", (12, true)), ("x", (0, false))] {
            assert_eq!(number(kept_as), found);
        }
    }
}
