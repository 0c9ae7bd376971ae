//! Addresses of pages: what goes into a path or a query is percent-encoded here and nowhere else.

/// Encodes a text for one segment of a path or one value of a query.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                out.push('%');
                for half in [byte >> 4, byte & 15] {
                    out.push(
                        char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase(),
                    );
                }
            }
        }
    }
    out
}

/// The page of somebody who says something.
pub(crate) fn who(name: &str) -> String {
    format!("/who/{}", encode(name))
}

/// The page of a place.
pub(crate) fn place(name: &str) -> String {
    format!("/place/{}", encode(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_segment() {
        let check = |text: &str, expected: &str| assert_eq!(encode(text), expected);
        check("Jörn Wiebold", "J%C3%B6rn%20Wiebold");
        check("a/../b?c#d&e", "a%2F..%2Fb%3Fc%23d%26e");
    }
}
