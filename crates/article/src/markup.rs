//! Mark-up of any kind (HTML as it is met, XML as it should be) cut into tags and texts.
//!
//! It never fails: what is no tag is text. Memory is that of one tag's attributes. A tag that never ends is text, and
//! quotation marks that never close end at the `>`: one missing mark must not swallow a page.

use std::borrow::Cow;

use memchr::{memchr, memmem, memrchr};

/// What stands next in the mark-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<name …>`; its attributes are in [`Tokens::attributes`] until the next call.
    Start { name: &'a str, closed: bool },
    /// `</name>`.
    End { name: &'a str },
    /// Text with its entities not yet decoded.
    Text(&'a str),
    /// Text in which `&` means itself: CDATA, and the inside of `<script>` and `<style>`.
    Raw(&'a str),
    /// `<!…>` that is no comment, without its brackets.
    Declaration(&'a str),
    /// `<?…?>`, without its brackets.
    Instruction(&'a str),
}

/// Which language the mark-up is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `<script>` and its like hold raw text.
    Html,
    /// Everything is a tag.
    Xml,
}

/// The most attributes of one tag that are kept.
const ATTRIBUTES_MAX: usize = 64;
/// The furthest that the end of one tag is looked for, in bytes; data: images stand in attributes.
const TAG_BYTES_MAX: usize = 4 << 20;

/// A walk over mark-up.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    /// The element whose raw text comes next.
    raw: Option<&'a str>,
    /// No `>`, `-->` or `]]>` stands after this place: nothing is searched twice, so that the walk stays linear.
    no_comment_end: bool,
    no_cdata_end: bool,
    /// The last `>` of all: no tag begins after it.
    last_end: usize,
    /// Attributes of the last start tag: name and value as written.
    pub(crate) attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self {
            text,
            at: 0,
            dialect,
            raw: None,
            no_comment_end: false,
            no_cdata_end: false,
            last_end: memrchr(b'>', text.as_bytes()).unwrap_or(0),
            attributes: Vec::new(),
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn cut(&mut self, len: usize) -> &'a str {
        let piece = self.text.get(self.at..self.at + len).unwrap_or("");
        self.at += len;
        piece
    }

    /// The next token; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            let len = raw_end(self.rest(), name);
            if len > 0 {
                return Some(Token::Raw(self.cut(len)));
            }
        }
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            let bytes = rest.as_bytes();
            match memchr(b'<', bytes) {
                Some(0) => {}
                Some(len) => return Some(Token::Text(self.cut(len))),
                None => return Some(Token::Text(self.cut(rest.len()))),
            }
            match bytes.get(1) {
                Some(b'!') if bytes.starts_with(b"<!--") && !self.no_comment_end => {
                    // "<!-->" and "<!--->" are whole comments in HTML
                    let body = bytes.get(4..).unwrap_or_default();
                    let short = if self.dialect == Dialect::Xml {
                        None
                    } else if body.starts_with(b">") {
                        Some(5)
                    } else if body.starts_with(b"->") {
                        Some(6)
                    } else {
                        None
                    };
                    match short.or_else(|| memmem::find(body, b"-->").map(|end| end + 7)) {
                        Some(len) => self.at += len,
                        None => self.no_comment_end = true,
                    }
                }
                Some(b'!') if bytes.starts_with(b"<![CDATA[") && !self.no_cdata_end => {
                    match memmem::find(bytes, b"]]>") {
                        Some(end) => {
                            self.at += 9;
                            let inside = self.cut(end.saturating_sub(9));
                            self.at += 3;
                            return Some(Token::Raw(inside));
                        }
                        None => self.no_cdata_end = true,
                    }
                }
                Some(b'!') => {
                    let Some(end) = declaration_end(bytes) else {
                        return Some(Token::Text(self.cut(rest.len())));
                    };
                    let inside = rest.get(2..end).unwrap_or("");
                    self.at += end + 1;
                    return Some(Token::Declaration(inside));
                }
                Some(b'?') => {
                    let end = if self.dialect == Dialect::Xml {
                        memmem::find(bytes, b"?>").or_else(|| memchr(b'>', bytes))
                    } else {
                        memchr(b'>', bytes)
                    };
                    let Some(end) = end else {
                        return Some(Token::Text(self.cut(rest.len())));
                    };
                    let inside = rest.get(2..end).unwrap_or("");
                    let close = usize::from(bytes.get(end) == Some(&b'?'));
                    self.at += end + 1 + close;
                    return Some(Token::Instruction(inside));
                }
                Some(b'/') => {
                    let Some(end) =
                        memchr(b'>', bytes.get(..bytes.len().min(4096)).unwrap_or(bytes))
                    else {
                        return Some(Token::Text(self.cut(2)));
                    };
                    let inside = rest.get(2..end).unwrap_or("").trim();
                    let name = inside.split(is_space).next().unwrap_or("");
                    self.at += end + 1;
                    if !name.is_empty() {
                        return Some(Token::End { name });
                    }
                }
                Some(b) if b.is_ascii_alphabetic() || *b == b'_' || *b >= 0x80 => {
                    match self.start_tag(rest) {
                        Some(token) => return Some(token),
                        None => return Some(Token::Text(self.cut(1))),
                    }
                }
                _ => return Some(Token::Text(self.cut(1))),
            }
        }
    }

    /// Reads `<name a=b …>`; `None` where it never ends.
    fn start_tag(&mut self, rest: &'a str) -> Option<Token<'a>> {
        if self.at >= self.last_end {
            return None;
        }
        let bytes = rest.as_bytes();
        let bytes = bytes.get(..bytes.len().min(TAG_BYTES_MAX))?;
        let name_end = 1 + bytes
            .get(1..)?
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<'))?;
        let name = rest.get(1..name_end)?;
        self.attributes.clear();
        let mut at = name_end;
        let mut closed = false;
        loop {
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            match *bytes.get(at)? {
                b'>' => break,
                // a tag that begins inside a tag: the first one was never closed
                b'<' => {
                    at -= 1;
                    break;
                }
                b'/' => {
                    closed = bytes.get(at + 1) == Some(&b'>');
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let from = at;
            while !bytes.get(at)?.is_ascii_whitespace()
                && !matches!(bytes.get(at)?, b'>' | b'/' | b'<')
                && (*bytes.get(at)? != b'=' || at == from)
            {
                at += 1;
            }
            let key = rest.get(from..at).unwrap_or("");
            let mut look = at;
            while bytes.get(look)?.is_ascii_whitespace() {
                look += 1;
            }
            let mut value = "";
            if *bytes.get(look)? == b'=' {
                at = look + 1;
                while bytes.get(at)?.is_ascii_whitespace() {
                    at += 1;
                }
                if let quote @ (b'"' | b'\'') = *bytes.get(at)? {
                    let inside = bytes.get(at + 1..)?;
                    if let Some(len) = memchr(quote, inside) {
                        value = rest.get(at + 1..at + 1 + len).unwrap_or("");
                        at += len + 2;
                    } else {
                        let len = memchr(b'>', inside)?;
                        value = rest.get(at + 1..at + 1 + len).unwrap_or("");
                        at += len + 1;
                    }
                } else {
                    let from = at;
                    while !bytes.get(at)?.is_ascii_whitespace()
                        && !matches!(bytes.get(at)?, b'>' | b'<')
                    {
                        at += 1;
                    }
                    let mut to = at;
                    if *bytes.get(at)? == b'>' && at > from && bytes.get(at - 1) == Some(&b'/') {
                        closed = true;
                        to -= 1;
                    }
                    value = rest.get(from..to).unwrap_or("");
                }
            }
            if !key.is_empty() && self.attributes.len() < ATTRIBUTES_MAX {
                self.attributes.push((key, value));
            }
        }
        self.at += at + 1;
        if self.dialect == Dialect::Html && !closed && is_raw(name) {
            self.raw = Some(name);
        }
        Some(Token::Start { name, closed })
    }
}

/// Whether the element holds text and no tags.
fn is_raw(name: &str) -> bool {
    const RAW: [&str; 7] = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed"];
    RAW.iter().any(|raw| name.eq_ignore_ascii_case(raw))
}

/// Length of the raw text before `</name`; the whole rest where there is none.
fn raw_end(rest: &str, name: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut from = 0;
    while let Some(found) = memmem::find(bytes.get(from..).unwrap_or_default(), b"</") {
        let at = from + found;
        let tail = bytes.get(at + 2..).unwrap_or_default();
        if tail.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name.as_bytes()))
            && tail.get(name.len()).is_none_or(|b| !b.is_ascii_alphanumeric())
        {
            return at;
        }
        from = at + 2;
    }
    rest.len()
}

/// The `>` of a declaration, past an internal subset in square brackets.
fn declaration_end(bytes: &[u8]) -> Option<usize> {
    let plain = memchr(b'>', bytes)?;
    if !bytes.starts_with(b"<!DOCTYPE") {
        return Some(plain);
    }
    match memchr(b'[', bytes) {
        Some(open) if open < plain => {
            let close = memmem::find(bytes, b"]").filter(|c| *c > open);
            let close = close.and_then(|c| Some(c + memchr(b'>', bytes.get(c..)?)?));
            Some(close.unwrap_or(plain))
        }
        _ => Some(plain),
    }
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

/// Decodes character references: named, decimal, hexadecimal; what is unknown stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut at = Some(first);
    while let Some(amp) = at {
        out.push_str(rest.get(..amp).unwrap_or(""));
        rest = rest.get(amp..).unwrap_or("");
        let used = reference(rest, &mut out);
        if used == 0 {
            out.push('&');
            rest = rest.get(1..).unwrap_or("");
        } else {
            rest = rest.get(used..).unwrap_or("");
        }
        at = memchr(b'&', rest.as_bytes());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes the character that `rest` begins with a reference to; bytes used, 0 where it is none.
pub(crate) fn reference(rest: &str, out: &mut String) -> usize {
    let bytes = rest.as_bytes();
    if bytes.get(1) == Some(&b'#') {
        let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
        let from = if hex { 3 } else { 2 };
        let digits = bytes
            .iter()
            .skip(from)
            .take(8)
            .take_while(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() })
            .count();
        let number = rest
            .get(from..from + digits)
            .and_then(|d| u32::from_str_radix(d, if hex { 16 } else { 10 }).ok());
        let Some(number) = number else { return 0 };
        let used = from + digits;
        out.push(code_point(number));
        return used + usize::from(bytes.get(used) == Some(&b';'));
    }
    let len = bytes.iter().skip(1).take(33).take_while(|b| b.is_ascii_alphanumeric()).count();
    let with_semicolon = bytes.get(1 + len) == Some(&b';');
    if with_semicolon
        && let Some((a, b)) =
            rest.get(1..len + 2).and_then(|name| markup5ever::data::NAMED_ENTITIES.get(name))
        && *a != 0
    {
        push_pair(*a, *b, out);
        return len + 2;
    }
    if len == 0 {
        return 0;
    }
    // "&nbsp" and its like are known without the semicolon; not before "=" or a letter, where it is a query's parameter
    if let Some((a, b)) =
        rest.get(1..=len).and_then(|name| markup5ever::data::NAMED_ENTITIES.get(name))
        && *a != 0
        && bytes.get(1 + len) != Some(&b'=')
    {
        push_pair(*a, *b, out);
        return len + 1;
    }
    0
}

fn push_pair(a: u32, b: u32, out: &mut String) {
    out.extend(char::from_u32(a));
    if b != 0 {
        out.extend(char::from_u32(b));
    }
}

/// The character of a numeric reference; 128 to 159 mean Windows-1252, as every browser reads them.
fn code_point(number: u32) -> char {
    const WINDOWS: [u16; 32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013,
        0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ];
    let number = match number {
        0x80..=0x9F => u32::from(*WINDOWS.get((number - 0x80) as usize).unwrap_or(&0xFFFD)),
        0 => 0xFFFD,
        n => n,
    };
    char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Text without tags, entities decoded, white space folded: what a reader sees of a piece of HTML.
pub(crate) fn plain(html: &str) -> String {
    let mut tokens = Tokens::new(html, Dialect::Html);
    let mut out = String::with_capacity(html.len());
    let mut skip = false;
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => push_folded(&decode(text), &mut out),
            Token::Raw(text) if !skip => push_folded(text, &mut out),
            Token::Start { name, .. } => {
                skip = name.eq_ignore_ascii_case("script") || name.eq_ignore_ascii_case("style");
                if !is_inline(name) {
                    push_folded(" ", &mut out);
                }
            }
            Token::End { name } => {
                skip = false;
                if !is_inline(name) {
                    push_folded(" ", &mut out);
                }
            }
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 14] = [
        "a", "b", "i", "em", "strong", "span", "sup", "sub", "u", "font", "mark", "abbr", "cite",
        "q",
    ];
    INLINE.iter().any(|tag| name.eq_ignore_ascii_case(tag))
}

/// Appends text with every run of white space as one blank, none at the start.
pub(crate) fn push_folded(text: &str, out: &mut String) {
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !matches!(c, '\u{200B}' | '\u{FEFF}' | '\u{AD}' | '\u{2060}') {
            out.push(c);
        }
    }
}

/// White space folded and cut off at both ends.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_folded(text, &mut out);
    out.truncate(out.trim_end().len());
    out
}

/// Makes the relative addresses in a piece of HTML absolute; everything else stays as it is.
pub(crate) fn resolve(html: &str, base: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut tokens = Tokens::new(html, Dialect::Html);
    let mut from = 0;
    while let Some(token) = tokens.next() {
        if !matches!(token, Token::Start { .. }) {
            continue;
        }
        for (key, value) in &tokens.attributes {
            let is_link = ["href", "src", "cite", "poster", "longdesc", "action", "background"]
                .iter()
                .any(|k| key.eq_ignore_ascii_case(k));
            if !is_link || value.is_empty() || value.contains("://") || value.starts_with("data:") {
                continue;
            }
            let Some(joined) = crate::url::join_any(base, &decode(value)) else { continue };
            // the value is a slice of `html`: its place follows from the addresses
            let at = value.as_ptr() as usize - html.as_ptr() as usize;
            out.push_str(html.get(from..at).unwrap_or(""));
            out.push_str(&joined.replace('&', "&amp;").replace('"', "&quot;"));
            from = at + value.len();
        }
    }
    out.push_str(html.get(from..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, dialect: Dialect, wanted: &str) {
        let mut tokens = Tokens::new(given, dialect);
        let mut out = Vec::new();
        while let Some(token) = tokens.next() {
            out.push(match token {
                Token::Start { name, closed } => {
                    let attributes: Vec<String> =
                        tokens.attributes.iter().map(|(k, v)| format!(" {k}={v}")).collect();
                    format!("+{name}{}{}", attributes.concat(), if closed { "/" } else { "" })
                }
                Token::End { name } => format!("-{name}"),
                Token::Text(text) => format!("\"{text}\""),
                Token::Raw(text) => format!("[{text}]"),
                Token::Declaration(text) => format!("!{text}"),
                Token::Instruction(text) => format!("?{text}"),
            });
        }
        assert_eq!(out.join(" "), wanted, "{given}");
    }

    #[test]
    fn tags_and_texts_are_told_apart_however_broken() {
        check("<a href=x>t</a>", Dialect::Html, "+a href=x \"t\" -a");
        check("<a href='x y' b = \"c>d\" e/>", Dialect::Html, "+a href=x y b=c>d e=/");
        check("1 < 2 <3", Dialect::Html, "\"1 \" \"<\" \" 2 \" \"<\" \"3\"");
        check(
            "<script>if (a</b>c) {}</SCRIPT>x",
            Dialect::Html,
            "+script [if (a</b>c) {}] -SCRIPT \"x\"",
        );
        check("<!-- a <b> --><p>", Dialect::Html, "+p");
        check("<!-- never closed <p>x", Dialect::Html, "!-- never closed <p \"x\"");
        check("<![CDATA[a & <b>]]>c", Dialect::Xml, "[a & <b>] \"c\"");
        check("<?xml version='1.0'?><a/>", Dialect::Xml, "?xml version='1.0' +a/");
        check("<p title=\"never closed>x</p>", Dialect::Html, "+p title=never closed \"x\" -p");
        check("<img src=a/>", Dialect::Html, "+img src=a/");
        check("<div <p>x", Dialect::Html, "+div +p \"x\"");
        check("<", Dialect::Html, "\"<\"");
        check("<a", Dialect::Html, "\"<\" \"a\"");
    }

    #[test]
    fn references_are_decoded_and_unknown_ones_kept() {
        for (given, wanted) in [
            ("a &amp; b &#8212; &#x2014; &eacute;&nbsp;&copy 1", "a & b — — é\u{a0}© 1"),
            ("&unknown; & &; &#; &#xZ;", "&unknown; & &; &#; &#xZ;"),
            ("?a=1&copy=2", "?a=1&copy=2"),
            ("&#147;x&#148;", "“x”"),
        ] {
            assert_eq!(decode(given), wanted);
        }
        assert_eq!(plain("<p>One<br>two</p><p>a <b>b</b>c &lt;</p>"), "One two a bc <");
    }
}
