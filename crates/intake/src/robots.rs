//! robots.txt: what a host asks crawlers to leave alone.
//!
//! # Source
//!
//! RFC 9309 (Robots Exclusion Protocol): groups that name the same agent are merged (2.2.1), the longest rule wins and
//! `Allow` wins a draw (2.2.2), `*` and `$` (2.2.3), a file that is not there allows everything (2.3.1.3), one that cannot be
//! had forbids everything (2.3.1.4), 500 KiB are read (2.5). `Crawl-delay` is no part of it and is kept where it is given.

use std::time::Duration;

/// Bytes of a file that are read.
pub const BYTES_MAX: usize = 500 << 10;

/// Rules of one agent that are kept.
const RULES_MAX: usize = 10_000;

/// A pause longer than this is read as this: at one request in ten minutes nothing is read any more.
const DELAY_MAX: Duration = Duration::from_mins(10);

/// What a file says to one agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
    /// The pause between two requests that it asks for.
    pub crawl_delay: Option<Duration>,
    /// Sitemaps that it names, for everybody.
    pub sitemaps: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    pattern: Vec<u8>,
}

impl Robots {
    /// Forbids everything: for a host whose file cannot be had.
    pub fn closed() -> Self {
        Self { rules: vec![Rule { allow: false, pattern: b"/".to_vec() }], ..Self::default() }
    }

    /// Reads a file for an agent by its product word ("uptospeed"), any case.
    pub fn read(bytes: &[u8], agent: &str) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = bytes.get(..bytes.len().min(BYTES_MAX)).unwrap_or_default();
        let mut ours = Robots::default();
        let mut everybodys = Robots::default();
        let mut named = false;
        let mut sitemaps = Vec::new();
        // The group that is being read: is it ours, is it everybody's, and has it a rule yet.
        let (mut is_ours, mut is_everybodys, mut has_rule) = (false, false, true);
        for line in text.split(|b| matches!(b, b'\n' | b'\r')) {
            let line = line.split(|b| *b == b'#').next().unwrap_or_default().trim_ascii();
            let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
            let (key, value) = line.split_at(colon);
            let key = key.trim_ascii().to_ascii_lowercase();
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            match key.as_slice() {
                b"user-agent" => {
                    if has_rule {
                        (is_ours, is_everybodys, has_rule) = (false, false, false);
                    }
                    let word: Vec<u8> = value
                        .iter()
                        .copied()
                        .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
                        .collect();
                    if value.first() == Some(&b'*') {
                        is_everybodys = true;
                    } else if word.eq_ignore_ascii_case(agent.as_bytes()) {
                        is_ours = true;
                        named = true;
                    }
                }
                b"allow" | b"disallow" => {
                    has_rule = true;
                    let allow = key == b"allow";
                    for (group, wanted) in [(&mut ours, is_ours), (&mut everybodys, is_everybodys)]
                    {
                        // An empty rule says nothing.
                        if wanted && !value.is_empty() && group.rules.len() < RULES_MAX {
                            group.rules.push(Rule { allow, pattern: normal(value) });
                        }
                    }
                }
                b"crawl-delay" => {
                    has_rule = true;
                    let delay = std::str::from_utf8(value).ok().and_then(|v| v.parse::<f64>().ok());
                    let delay = delay.filter(|d| d.is_finite() && *d >= 0.0);
                    let delay =
                        delay.map(|d| Duration::from_secs_f64(d.min(DELAY_MAX.as_secs_f64())));
                    for (group, wanted) in [(&mut ours, is_ours), (&mut everybodys, is_everybodys)]
                    {
                        if wanted {
                            group.crawl_delay = delay.or(group.crawl_delay);
                        }
                    }
                }
                b"sitemap" => {
                    if let Ok(url) = std::str::from_utf8(value)
                        && sitemaps.len() < 100
                    {
                        sitemaps.push(url.to_owned());
                    }
                }
                // Other lines neither end a group nor belong to it.
                _ => {}
            }
        }
        Self { sitemaps, ..if named { ours } else { everybodys } }
    }

    /// Whether a page may be asked for: its path with the query, as it stands in the address.
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = normal(path.as_bytes());
        let mut best: Option<&Rule> = None;
        for rule in self.rules.iter().filter(|rule| matches(&rule.pattern, &path)) {
            let longer = best.is_none_or(|best| {
                rule.pattern.len() > best.pattern.len()
                    || (rule.pattern.len() == best.pattern.len() && rule.allow)
            });
            if longer {
                best = Some(rule);
            }
        }
        best.is_none_or(|rule| rule.allow)
    }
}

/// The form in which a path and a rule are compared (RFC 9309 section 2.2.2): octets beyond ASCII escaped, escapes in capital
/// letters, and those of unreserved characters undone.
fn normal(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let digits =
            after.get(..2).and_then(|d| std::str::from_utf8(d).ok()).filter(|d| d.is_ascii());
        let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok()).filter(|_| first == b'%');
        if let Some(byte) = byte {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                out.push(byte);
            } else {
                escape(&mut out, byte);
            }
            rest = after.get(2..).unwrap_or_default();
        } else {
            if first.is_ascii() {
                out.push(first);
            } else {
                escape(&mut out, first);
            }
            rest = after;
        }
    }
    out
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(format!("%{byte:02X}").as_bytes());
}

/// Whether a pattern with `*` and a final `$` matches from the start of the path: linear in both for each star, no recursion.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, whole) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split(|b| *b == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let parts: Vec<&[u8]> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return !whole || rest.is_empty() };
    for part in middle {
        let Some(at) = find(rest, part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    if whole { rest.ends_with(last) } else { find(rest, last).is_some() }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, path: &str) -> bool {
        Robots::read(file.as_bytes(), "uptospeed").allows(path)
    }

    #[test]
    fn rules_of_rfc_9309() {
        for (file, path, wanted, why) in [
            ("", "/a", true, "an empty file allows everything"),
            ("User-agent: *\nDisallow: /", "/a", false, "everybody is everybody"),
            ("User-agent: *\nDisallow:", "/a", true, "an empty rule says nothing"),
            (
                "User-agent: *\nDisallow: /\n\nUser-agent: UpToSpeed\nAllow: /",
                "/a",
                true,
                "our own group alone counts",
            ),
            ("User-agent: uptospeed/1.0\nDisallow: /a", "/a", false, "the version does not matter"),
            ("User-agent: uptospeedbot\nDisallow: /a", "/a", true, "another word is another agent"),
            ("User-agent: other\nDisallow: /", "/a", true, "others' rules are not ours"),
            (
                "User-agent: other\nUser-agent: uptospeed\nDisallow: /a",
                "/a",
                false,
                "a group of two",
            ),
            (
                "User-agent: uptospeed\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: uptospeed\nDisallow: /b",
                "/b",
                false,
                "groups merge",
            ),
            ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true, "the longest rule wins"),
            ("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b/c", false, "whichever it is"),
            ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true, "Allow wins a draw"),
            ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", false, "star and end"),
            ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", true, "not at the end"),
            ("User-agent: *\nDisallow: /a*b*c", "/axxbyyc/d", false, "two stars"),
            ("User-agent: *\nDisallow: /a*b*c", "/acb", true, "out of order"),
            ("User-agent: *\nDisallow: /fish", "/Fish", true, "letters have their case"),
            (
                "User-agent: *\nDisallow: /%7Ejoe",
                "/~joe/x",
                false,
                "an escape of a plain letter is that letter",
            ),
            (
                "User-agent: *\nDisallow: /новости",
                "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1",
                false,
                "escaped or not",
            ),
            ("User-agent: *\nDisallow: /a%3cd", "/a%3Cd", false, "escapes have no case"),
            ("User-agent: *\nDisallow: /a%2fb", "/a/b", true, "an escaped slash is no slash"),
            ("\u{feff}User-agent: *\nDisallow: /", "/a", false, "a mark of byte order"),
            (
                "user-agent : *\r\ndisallow : /a # not this\r\n",
                "/a",
                false,
                "blanks, case, remarks, line ends",
            ),
            (
                "Disallow: /\nUser-agent: *\nAllow: /",
                "/a",
                true,
                "a rule without a group is nobody's",
            ),
            (
                "User-agent: *\nCrawl-delay: 5\nDisallow: /a",
                "/a",
                false,
                "other lines do not end a group",
            ),
            ("User-agent: *\nDisallow: /", "/robots.txt", true, "the file itself"),
            ("User-agent: *\nDisallow: /a?b=", "/a?b=1", false, "the query counts"),
            ("<html><body>User-agent: *", "/a", true, "a page is no file of rules"),
        ] {
            assert_eq!(check(file, path), wanted, "{why}");
        }
    }

    #[test]
    fn pauses_and_sitemaps() {
        let file = "Sitemap: https://a.example/s.xml\nUser-agent: *\nCrawl-delay: 2.5\nUser-agent: uptospeed\nCrawl-delay: 99999\nSitemap: https://a.example/n.xml";
        let ours = Robots::read(file.as_bytes(), "uptospeed");
        assert_eq!(ours.crawl_delay, Some(DELAY_MAX));
        assert_eq!(ours.sitemaps, ["https://a.example/s.xml", "https://a.example/n.xml"]);
        let others = Robots::read(file.as_bytes(), "other");
        assert_eq!(others.crawl_delay, Some(Duration::from_millis(2500)));
        for odd in ["-1", "soon", "NaN", "inf", "1e400"] {
            let file = format!("User-agent: *\nCrawl-delay: {odd}");
            assert_eq!(Robots::read(file.as_bytes(), "x").crawl_delay, None, "{odd}");
        }
        assert!(!Robots::closed().allows("/a"));
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let file = format!("User-agent: *\nDisallow: /{}$", "*a".repeat(2000));
        let path = format!("/{}", "a".repeat(1900));
        assert!(check(&file, &path));
    }
}
