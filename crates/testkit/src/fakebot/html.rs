//! Entities, parsed as strictly as the real server parses them.

/// A formatted stretch of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// `bold`, `text_link` …
    pub kind: &'static str,
    /// First UTF-16 unit.
    pub offset: usize,
    /// UTF-16 units.
    pub length: usize,
    /// The address of a link.
    pub url: Option<String>,
}

struct Open {
    tag: String,
    kind: Option<&'static str>,
    offset: usize,
    url: Option<String>,
    order: usize,
}

/// Takes the entities out of Telegram's HTML.
///
/// # Errors
///
/// What the real server says after "can't parse entities: ".
pub fn parse_html(html: &str) -> Result<(String, Vec<Entity>), String> {
    let mut text = String::new();
    let mut units = 0;
    let mut open: Vec<Open> = Vec::new();
    let mut entities: Vec<(usize, Entity)> = Vec::new();
    let mut order = 0;
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        let at = html.len() - rest.len();
        if c == '&' {
            if let Some((decoded, length)) = decode(rest) {
                text.push(decoded);
                units += decoded.len_utf16();
                rest = rest.get(length..).unwrap_or("");
                continue;
            }
        } else if c == '<' {
            let end =
                rest.find('>').ok_or_else(|| format!("Unclosed start tag at byte offset {at}"))?;
            let inner = rest.get(1..end).unwrap_or("");
            rest = rest.get(end + 1..).unwrap_or("");
            if let Some(name) = inner.strip_prefix('/') {
                let name = name.trim().to_lowercase();
                let Some(top) = open.pop() else {
                    return Err(format!("Unexpected end tag at byte offset {at}"));
                };
                if !name.is_empty() && name != top.tag {
                    return Err(format!(
                        "Unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{name}>\"",
                        top.tag
                    ));
                }
                if let Some(kind) = top.kind
                    && units > top.offset
                {
                    entities.push((
                        top.order,
                        Entity {
                            kind,
                            offset: top.offset,
                            length: units - top.offset,
                            url: top.url,
                        },
                    ));
                }
                continue;
            }
            let (name, attributes) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
            let name = name.to_lowercase();
            let attributes = read_attributes(attributes, at)?;
            let value =
                |wanted: &str| attributes.iter().find(|(n, _)| n == wanted).map(|(_, v)| v.clone());
            let (kind, url) = match name.as_str() {
                "b" | "strong" => (Some("bold"), None),
                "i" | "em" => (Some("italic"), None),
                "u" | "ins" => (Some("underline"), None),
                "s" | "strike" | "del" => (Some("strikethrough"), None),
                "tg-spoiler" => (Some("spoiler"), None),
                "span" if value("class").as_deref() == Some("tg-spoiler") => {
                    (Some("spoiler"), None)
                }
                "span" => {
                    return Err(format!(
                        "Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}"
                    ));
                }
                "a" => {
                    match value("href").filter(|u| u.starts_with("http") || u.starts_with("tg:")) {
                        Some(url) => (Some("text_link"), Some(url)),
                        None => (None, None),
                    }
                }
                "code" => (Some("code"), None),
                "pre" => (Some("pre"), None),
                "blockquote" if value("expandable").is_some() => {
                    (Some("expandable_blockquote"), None)
                }
                "blockquote" => (Some("blockquote"), None),
                _ => return Err(format!("Unsupported start tag \"{name}\" at byte offset {at}")),
            };
            order += 1;
            open.push(Open { tag: name, kind, offset: units, url, order });
            continue;
        }
        text.push(c);
        units += c.len_utf16();
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    if let Some(left) = open.pop() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", left.tag));
    }
    entities.sort_by_key(|(order, e)| (e.offset, *order));
    Ok((text, entities.into_iter().map(|(_, e)| e).collect()))
}

/// The four named references and the numeric ones; anything else stays as it is written.
fn decode(text: &str) -> Option<(char, usize)> {
    for (name, c) in [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')] {
        if text.starts_with(name) {
            return Some((c, name.len()));
        }
    }
    let digits = text.strip_prefix("&#")?;
    let end = digits.find(';').filter(|end| (1..=8).contains(end))?;
    let number = digits.get(..end)?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    Some((char::from_u32(code).filter(|c| *c != '\0')?, end + 3))
}

fn read_attributes(text: &str, at: usize) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or("").to_lowercase();
        rest = rest.get(end..).unwrap_or("").trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            out.push((name, String::new()));
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else {
            let end = value.find(char::is_whitespace).unwrap_or(value.len());
            out.push((name, decode_all(value.get(..end).unwrap_or(""))));
            rest = value.get(end..).unwrap_or("").trim_start();
            continue;
        };
        let inner = value.get(1..).unwrap_or("");
        let end =
            inner.find(quote).ok_or_else(|| format!("Unclosed start tag at byte offset {at}"))?;
        out.push((name, decode_all(inner.get(..end).unwrap_or(""))));
        rest = inner.get(end + 1..).unwrap_or("").trim_start();
    }
    Ok(out)
}

fn decode_all(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (decoded, length) = decode(rest).unwrap_or((c, c.len_utf8()));
        out.push(decoded);
        rest = rest.get(length..).unwrap_or("");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        let read = match parse_html(html) {
            Ok((text, entities)) => entities.iter().fold(text, |text, e| {
                format!(
                    "{text} [{} {}+{}{}]",
                    e.kind,
                    e.offset,
                    e.length,
                    e.url.as_deref().map_or(String::new(), |u| format!(" {u}"))
                )
            }),
            Err(error) => format!("? {error}"),
        };
        assert_eq!(read, expected, "{html}");
    }

    #[test]
    fn html_is_parsed_as_the_server_does() {
        for (html, expected) in [
            ("plain", "plain"),
            ("<b>a</b> &lt;&amp;&#33;&#x41;", "a <&!A [bold 0+1]"),
            ("🙂<i>б</i>", "🙂б [italic 2+1]"),
            (
                "<a href=\"https://e.org/?a=1&amp;b\">x</a>",
                "x [text_link 0+1 https://e.org/?a=1&b]",
            ),
            ("<blockquote expandable>q</blockquote>", "q [expandable_blockquote 0+1]"),
            ("<b><s>x</s></b>", "x [bold 0+1] [strikethrough 0+1]"),
            ("a &nbsp; b & c > d", "a &nbsp; b & c > d"),
            ("<b></b>x", "x"),
            ("a < b", "? Unclosed start tag at byte offset 2"),
            ("<p>x</p>", "? Unsupported start tag \"p\" at byte offset 0"),
            ("<b>x", "? Can't find end tag corresponding to start tag \"b\""),
            ("<b>x</i>", "? Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
            ("x</b>", "? Unexpected end tag at byte offset 1"),
        ] {
            check(html, expected);
        }
    }
}
