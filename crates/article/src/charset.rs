//! Bytes to text: byte order marks, declarations, headers, and what to do when they lie.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memmem;

use crate::Doubt;

/// How far from the start a declaration is looked for, in bytes.
const DECLARATION_BYTES_MAX: usize = 4096;

/// Decodes a document. The first encoding that fits without an error wins: byte order mark, header, declaration in the
/// document, UTF-8; else Windows-1252 where nothing was declared and the declared one with replacements where it was.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    doubts: &mut Vec<Doubt>,
) -> Cow<'a, str> {
    if let Some((encoding, len)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(len..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0;
    }
    if let Some(encoding) = wide(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let head = bytes.get(..bytes.len().min(DECLARATION_BYTES_MAX)).unwrap_or_default();
    let declared = declared(head);
    let header = content_type.and_then(|t| parameter(t.as_bytes(), b"charset")).and_then(label);
    for encoding in [header, declared, Some(UTF_8)].into_iter().flatten() {
        // a document whose declaration can be read byte by byte is not UTF-16, whatever it says
        let encoding = if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding };
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return text;
        }
    }
    doubts.push(Doubt {
        code: "text.charset".to_owned(),
        message:
            "the bytes fit neither the declared encoding nor UTF-8; unreadable ones were replaced"
                .to_owned(),
    });
    match header.or(declared) {
        Some(encoding) if encoding != UTF_8 && !encoding.is_single_byte() => {
            encoding.decode_without_bom_handling(bytes).0
        }
        Some(_) | None if mostly_utf8(bytes) => UTF_8.decode_without_bom_handling(bytes).0,
        _ => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// UTF-16 without a byte order mark: every other byte of the first tag is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes.get(..4)? {
        [0, b'<', 0, _] => Some(UTF_16BE),
        [b'<', 0, _, 0] => Some(UTF_16LE),
        _ => None,
    }
}

/// Most sequences beyond ASCII are UTF-8: a few broken bytes do not make another encoding.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches(char::REPLACEMENT_CHARACTER).count();
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    foreign > broken * 4
}

/// The encoding that an XML declaration or a `<meta>` names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let xml = head.trim_ascii_start().starts_with(b"<?xml");
    if xml
        && let Some(end) = memmem::find(head, b"?>")
        && let Some(found) = parameter(head.get(..end)?, b"encoding").and_then(label)
    {
        return Some(found);
    }
    let mut rest = head;
    while let Some(at) = memmem::find(rest, b"<meta").or_else(|| memmem::find(rest, b"<META")) {
        rest = rest.get(at + 5..)?;
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        if let Some(found) = parameter(rest.get(..end)?, b"charset").and_then(label) {
            return Some(found);
        }
    }
    None
}

/// The value of `name=value` with or without quotation marks.
fn parameter<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(name.len()).position(|w| w.eq_ignore_ascii_case(name))?;
    let rest = text.get(at + name.len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let end = rest.iter().position(|b| !(b.is_ascii_alphanumeric() || b"-_:.".contains(b)));
    rest.get(..end.unwrap_or(rest.len()))
}

fn label(name: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label(name).or_else(|| {
        // names that feeds use and the WHATWG table lacks
        let name = name.to_ascii_lowercase();
        match name.as_slice() {
            b"cp1252" | b"windows_1252" | b"iso_8859_1" => Some(WINDOWS_1252),
            b"utf_8" | b"utf8mb4" | b"unicode-1-1-utf8" => Some(UTF_8),
            b"cp949" | b"uhc" | b"euc_kr" | b"x-windows-949" => Some(encoding_rs::EUC_KR),
            b"cp936" | b"gb18030-2000" => Some(encoding_rs::GB18030),
            b"cp932" | b"windows-932" => Some(encoding_rs::SHIFT_JIS),
            b"cp950" | b"big5_hkscs" => Some(encoding_rs::BIG5),
            b"cp1251" => Some(encoding_rs::WINDOWS_1251),
            b"cp1250" => Some(encoding_rs::WINDOWS_1250),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, wanted: &str) {
        assert_eq!(decode(bytes, content_type, &mut Vec::new()), wanted);
    }

    #[test]
    fn the_encoding_that_fits_wins() {
        check("<a>é</a>".as_bytes(), None, "<a>é</a>");
        check(b"<a>\xe9</a>", None, "<a>é</a>");
        check(
            b"<?xml version='1.0' encoding='windows-1251'?><a>\xcf</a>",
            None,
            "<?xml version='1.0' encoding='windows-1251'?><a>П</a>",
        );
        check(
            b"<meta http-equiv=x content='text/html; charset=koi8-r'>\xf0",
            None,
            "<meta http-equiv=x content='text/html; charset=koi8-r'>П",
        );
        check(b"\xcf", Some("text/html; charset=windows-1251"), "П");
        check("é".as_bytes(), Some("text/html; charset=iso-8859-1"), "Ã©");
        check(b"\xff\xfe<\0a\0", None, "<a");
        check(b"\0<\0a", None, "<a");
        check(b"", None, "");
    }
}
