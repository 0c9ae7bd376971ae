//! The headers that matter, typed. Whatever a host writes, nothing here fails.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::header::{HeaderMap, HeaderName};

/// A time to wait longer than this is read as this: some hosts ask for a century.
const WAIT_MAX: Duration = Duration::from_hours(366 * 24);

/// Validators and texts longer than this are not kept, bytes.
const VALUE_BYTES_MAX: usize = 1024;

/// Links read from one answer.
const LINKS_MAX: usize = 64;

/// What an answer says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// Byte for byte, with its quotes and `W/`: it is sent back exactly so.
    pub etag: Option<String>,
    /// Byte for byte.
    pub last_modified: Option<String>,
    /// With its parameters.
    pub content_type: Option<String>,
    /// When to come again, where the host says so.
    pub retry_after: Option<RetryAfter>,
    /// For how long the answer stays fresh: `Cache-Control: max-age`, else `Expires` less `Date`.
    pub fresh_for: Option<Duration>,
    /// The host's clock, seconds since 1970.
    pub date_secs: Option<i64>,
    /// WebSub hubs (`Link: <…>; rel=hub`).
    pub hubs: Vec<String>,
    /// The listing's own address (`rel=self`).
    pub self_link: Option<String>,
    /// `Location`, where it was not followed.
    pub location: Option<String>,
    /// The host set a cookie.
    pub sets_cookie: bool,
}

/// When to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After this time, by any clock.
    In(Duration),
    /// At this time, seconds since 1970, where the host did not say what its own clock shows.
    At(i64),
}

/// Reads headers from names and values as they stand in an archive or a test; a later value of one name does not win.
pub fn parse_headers<'a>(lines: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Headers {
    let mut map = HeaderMap::new();
    for (name, value) in lines.take(256) {
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), reqwest::header::HeaderValue::from_bytes(value))
        else {
            continue;
        };
        map.append(name, value);
    }
    read(&map)
}

/// Reads lines of any bytes as headers; the body of the fuzz target. Nothing that is kept is longer than its limit.
#[doc(hidden)]
pub fn fuzz_headers(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((line.get(..colon)?, line.get(colon + 1..)?))
    });
    let headers = parse_headers(lines);
    let Headers { etag, last_modified, content_type, location, .. } = &headers;
    for kept in [etag, last_modified, content_type, location].into_iter().flatten() {
        assert!(!kept.is_empty() && kept.len() <= VALUE_BYTES_MAX, "{} bytes", kept.len());
    }
    for sent_back in [etag, last_modified].into_iter().flatten() {
        let value = reqwest::header::HeaderValue::from_str(sent_back);
        assert!(value.is_ok(), "{sent_back:?} cannot be sent back");
    }
    assert!(headers.hubs.len() <= LINKS_MAX, "{} hubs", headers.hubs.len());
    assert!(headers.fresh_for.is_none_or(|wait| wait <= WAIT_MAX));
}

/// Reads an answer's headers.
pub(crate) fn read(map: &HeaderMap) -> Headers {
    let text = |name: &str| {
        map.get(name)
            .map(|v| String::from_utf8_lossy(v.as_bytes()).trim().to_owned())
            .filter(|v| !v.is_empty() && v.len() <= VALUE_BYTES_MAX)
    };
    // A validator that is not text could not be sent back byte for byte.
    let exact = |name: &str| {
        map.get(name)
            .and_then(|v| v.to_str().ok())
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty() && v.len() <= VALUE_BYTES_MAX)
    };
    let date_secs = text("date").and_then(|v| http_date(&v));
    let mut headers = Headers {
        etag: exact("etag"),
        last_modified: exact("last-modified"),
        content_type: text("content-type"),
        retry_after: text("retry-after").and_then(|v| retry_after(&v, date_secs)),
        fresh_for: fresh_for(map, date_secs),
        date_secs,
        hubs: Vec::new(),
        self_link: None,
        location: text("location"),
        sets_cookie: map.contains_key("set-cookie"),
    };
    let links =
        map.get_all("link").iter().flat_map(|v| links(&String::from_utf8_lossy(v.as_bytes())));
    for (target, rel) in links.take(LINKS_MAX) {
        for rel in rel.split_ascii_whitespace() {
            if rel.eq_ignore_ascii_case("hub") && !headers.hubs.contains(&target) {
                headers.hubs.push(target.clone());
            } else if rel.eq_ignore_ascii_case("self") && headers.self_link.is_none() {
                headers.self_link = Some(target.clone());
            }
        }
    }
    headers
}

fn http_date(text: &str) -> Option<i64> {
    // A time before 1970 is no time of an answer.
    let at = httpdate::parse_http_date(text).ok()?;
    i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// RFC 9110 section 10.2.3: seconds or a date.
fn retry_after(text: &str, date_secs: Option<i64>) -> Option<RetryAfter> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let secs = text.parse().unwrap_or(u64::MAX);
        return Some(RetryAfter::In(Duration::from_secs(secs).min(WAIT_MAX)));
    }
    let at = http_date(text)?;
    Some(match date_secs {
        Some(now) => RetryAfter::In(seconds(at.saturating_sub(now))),
        None => RetryAfter::At(at),
    })
}

/// RFC 9111 section 4.2.1; `no-store` and `no-cache` say nothing about when to ask again.
fn fresh_for(map: &HeaderMap, date_secs: Option<i64>) -> Option<Duration> {
    for value in map.get_all("cache-control") {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        for part in value.split(',') {
            if let Some(secs) = part.trim().strip_prefix("max-age") {
                let secs = secs.trim_start().strip_prefix('=')?.trim().trim_matches('"');
                if secs.is_empty() || !secs.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                let age = map
                    .get("age")
                    .and_then(|v| v.to_str().ok()?.trim().parse::<u64>().ok())
                    .unwrap_or(0);
                let secs: u64 = secs.parse().unwrap_or(u64::MAX);
                return Some(Duration::from_secs(secs.saturating_sub(age)).min(WAIT_MAX));
            }
        }
    }
    let expires = http_date(map.get("expires")?.to_str().ok()?)?;
    Some(seconds(expires.saturating_sub(date_secs?)))
}

fn seconds(secs: i64) -> Duration {
    Duration::from_secs(u64::try_from(secs).unwrap_or(0)).min(WAIT_MAX)
}

/// The targets and relations of a `Link` header (RFC 8288 section 3), as far as they are well formed.
fn links(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        // The parameters end at a comma outside quotes.
        let mut quoted = false;
        let end = after
            .char_indices()
            .find(|&(_, c)| {
                quoted ^= c == '"';
                c == ',' && !quoted
            })
            .map_or(after.len(), |(at, _)| at);
        let (parameters, next) =
            (after.get(..end).unwrap_or_default(), after.get(end..).unwrap_or_default());
        for parameter in parameters.split(';') {
            if let Some((name, value)) = parameter.split_once('=')
                && name.trim().eq_ignore_ascii_case("rel")
                && target.len() <= VALUE_BYTES_MAX
            {
                out.push((target.trim().to_owned(), value.trim().trim_matches('"').to_owned()));
            }
        }
        if out.len() >= LINKS_MAX {
            break;
        }
        rest = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[(&str, &str)]) -> Headers {
        parse_headers(lines.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())))
    }

    #[test]
    fn saved_inputs_are_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/headers");
        let inputs: Vec<Vec<u8>> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect();
        assert!(inputs.len() >= 3, "the saved inputs are gone");
        for input in inputs {
            fuzz_headers(&input);
        }
    }

    #[test]
    fn freshness_and_waits() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (lines, fresh, wait) in [
            (vec![("cache-control", "public, max-age=300")], Some(300), None),
            (vec![("cache-control", "max-age=300"), ("age", "100")], Some(200), None),
            (
                vec![("cache-control", "max-age=99999999999999999999")],
                Some(WAIT_MAX.as_secs()),
                None,
            ),
            (vec![("cache-control", "max-age=-5")], None, None),
            (vec![("cache-control", "max-age")], None, None),
            (vec![date, ("expires", "Sun, 06 Nov 1994 08:59:37 GMT")], Some(600), None),
            (vec![date, ("expires", "Sun, 06 Nov 1994 08:39:37 GMT")], Some(0), None),
            (vec![("expires", "-1")], None, None),
            (vec![("retry-after", "120")], None, Some(120)),
            (vec![("retry-after", "99999999999999999999999")], None, Some(WAIT_MAX.as_secs())),
            (vec![("retry-after", "-3")], None, None),
            (vec![("retry-after", "soon")], None, None),
            (vec![date, ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")], None, Some(60)),
            (
                vec![date, ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")],
                None,
                Some(WAIT_MAX.as_secs()),
            ),
            (vec![date, ("retry-after", "Sun, 06 Nov 1994 08:40:37 GMT")], None, Some(0)),
        ] {
            let headers = check(&lines);
            assert_eq!(headers.fresh_for.map(|d| d.as_secs()), fresh, "{lines:?}");
            let found = headers.retry_after.map(|r| match r {
                RetryAfter::In(wait) => wait.as_secs(),
                RetryAfter::At(at) => at as u64,
            });
            assert_eq!(found, wait, "{lines:?}");
        }
        let without_date = check(&[("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")]);
        assert_eq!(without_date.retry_after, Some(RetryAfter::At(784_111_837)));
    }

    #[test]
    fn validators_stay_as_they_are() {
        let headers = check(&[("etag", " W/\"a,b\" "), ("last-modified", "yesterday, I think")]);
        assert_eq!(headers.etag.as_deref(), Some("W/\"a,b\""));
        assert_eq!(headers.last_modified.as_deref(), Some("yesterday, I think"));
        assert_eq!(check(&[("etag", "")]).etag, None);
        let long = "x".repeat(VALUE_BYTES_MAX + 1);
        assert_eq!(check(&[("etag", &long)]).etag, None);
    }

    #[test]
    fn links_name_hub_and_self() {
        let headers = check(&[
            (
                "link",
                "<https://hub.example/>; rel=\"hub\", <https://a.example/feed>; title=\"a, b\"; rel=self",
            ),
            ("link", "<https://hub2.example/>; rel=\"next HUB\", <broken; rel=hub"),
        ]);
        assert_eq!(headers.hubs, ["https://hub.example/", "https://hub2.example/"]);
        assert_eq!(headers.self_link.as_deref(), Some("https://a.example/feed"));
    }
}
