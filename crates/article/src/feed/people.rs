//! Names and addresses in one string, as feeds write authors.

use super::Author;

/// Splits "Name (mail)", "mail (Name)", "Name <mail>" and bare forms of them.
pub(super) fn split(text: &str) -> Author {
    let text = text.trim();
    let Some((from, to)) = mail(text) else {
        return Author { name: clean(text), ..Author::default() };
    };
    let email = text.get(from..to).map(str::to_owned);
    let rest = format!("{}{}", text.get(..from).unwrap_or(""), text.get(to..).unwrap_or(""));
    let rest =
        rest.replace("()", "").replace("<>", "").replace("&lt;&gt;", "").replace("mailto:", "");
    let rest = rest.trim();
    let rest = rest.strip_prefix('(').unwrap_or(rest);
    let rest = rest.strip_suffix(')').unwrap_or(rest);
    Author { name: clean(rest), email, url: None }
}

fn clean(text: &str) -> Option<String> {
    let text = text.trim().trim_matches('"').trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

/// Where a mail address stands.
fn mail(text: &str) -> Option<(usize, usize)> {
    let at = text.find('@')?;
    let local = |c: char| c.is_ascii_alphanumeric() || "_.+-'!#$%&*/=?^`{|}~".contains(c);
    let domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let before = text.get(..at)?;
    let from = before.rfind(|c| !local(c)).map_or(0, |i| {
        i + before.get(i..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8)
    });
    let after = text.get(at + 1..)?;
    let mut to = at + 1 + after.find(|c| !domain(c)).unwrap_or(after.len());
    while text.get(..to).is_some_and(|t| t.ends_with('.')) {
        to -= 1;
    }
    let dotted = text.get(at + 1..to).is_some_and(|d| d.contains('.'));
    (from < at && dotted).then_some((from, to))
}

/// Cuts a list of names at ";" and, where every part looks like a name, at ",".
pub(super) fn list(text: &str) -> Vec<String> {
    let parts: Vec<&str> = if text.contains(';') {
        text.split(';').collect()
    } else {
        let parts: Vec<&str> = text.split(", ").collect();
        let named = parts.len() > 1
            && parts.iter().all(|p| (2..=4).contains(&p.split_whitespace().count()));
        if named { parts } else { vec![text] }
    };
    parts.iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        for (given, name, email) in [
            ("Ada Novak (ada@desk.example)", Some("Ada Novak"), Some("ada@desk.example")),
            ("ada+x@desk.example (Ada Novak)", Some("Ada Novak"), Some("ada+x@desk.example")),
            ("Ada Novak <ada@desk.example>", Some("Ada Novak"), Some("ada@desk.example")),
            ("ada@desk.example", None, Some("ada@desk.example")),
            ("Ada Novak", Some("Ada Novak"), None),
            ("@desk", Some("@desk"), None),
            ("é@ü", Some("é@ü"), None),
            ("", None, None),
        ] {
            let author = split(given);
            assert_eq!((author.name.as_deref(), author.email.as_deref()), (name, email), "{given}");
        }
        assert_eq!(list("Ada Novak, Ben Ito"), ["Ada Novak", "Ben Ito"]);
        assert_eq!(list("Novak, Ada"), ["Novak, Ada"]);
    }
}
