//! Entity tags: how an answer is known again (RFC 9110, sections 8.8.3 and 13.1.2).

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::{HeaderMap, header};

/// The tag of a text. Weak: packing changes the bytes, never what they say.
pub(crate) fn of(text: &str) -> String {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    format!("W/\"{:016x}\"", hash.finish())
}

/// Whether the asker has it: `If-None-Match` names it or says `*`. Compared weakly, as that header is.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(',').map(str::trim))
        .any(|one| one == "*" || opaque(one) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_every_form() {
        let tag = of("a page");
        let strong = tag.strip_prefix("W/").unwrap();
        let check = |lines: &[&str], expected: bool| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::IF_NONE_MATCH, line.parse().unwrap());
            }
            assert_eq!(is_known(&headers, &tag), expected, "{lines:?}");
        };
        check(&[&tag], true);
        check(&[strong], true);
        check(&["*"], true);
        check(&[&format!("\"x\", {tag}")], true);
        check(&["\"x\"", strong], true);
        check(&["\"x\""], false);
        check(&[tag.trim_matches('"')], false);
        check(&[], false);
        assert_ne!(of("a page"), of("another"));
    }
}
