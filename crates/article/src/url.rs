//! Addresses: joined, cleaned and made comparable.

use ::url::Url;

/// Query parameters that only say where a reader came from.
const TRACKING: [&str; 12] = [
    "fbclid", "gclid", "yclid", "dclid", "msclkid", "igshid", "mc_cid", "mc_eid", "ref_src",
    "cmpid", "ncid", "_ga",
];

/// Resolves `link` against `base`; `None` where it is no http(s) address.
pub fn join(base: Option<&str>, link: &str) -> Option<String> {
    let link = link.trim();
    let url = match base.and_then(|b| Url::parse(b).ok()) {
        Some(base) => base.join(link).ok()?,
        None => Url::parse(link).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// Joins as [`join`] does, whatever the scheme; a path keeps the letters in which it was written.
pub(crate) fn join_any(base: &str, link: &str) -> Option<String> {
    let joined = Url::parse(base).ok()?.join(link).ok()?;
    Some(joined.into())
}

/// The form in which two addresses of one article are equal: no fragment, no tracking parameters, lower-case host.
pub fn canonical(link: &str) -> Option<String> {
    let mut url = Url::parse(link.trim()).ok()?;
    url.set_fragment(None);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| !key.starts_with("utm_") && !TRACKING.contains(&key.as_ref()))
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    if kept.is_empty() {
        url.set_query(None);
    } else if url.query().is_some_and(|q| q.split('&').count() != kept.len()) {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    Some(url.to_string())
}

/// The host of an address, without `www.`.
pub fn host(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracking_and_fragments_do_not_make_another_article() {
        for (given, wanted) in [
            ("https://News.example/a?utm_source=x&id=4#top", "https://news.example/a?id=4"),
            ("https://news.example/a?utm_source=x", "https://news.example/a"),
            ("https://news.example/a?id=4&p=%20x", "https://news.example/a?id=4&p=%20x"),
        ] {
            assert_eq!(canonical(given).as_deref(), Some(wanted));
        }
        assert_eq!(
            join(Some("https://a.example/x/"), "../b").as_deref(),
            Some("https://a.example/b")
        );
        assert_eq!(join(None, "javascript:alert(1)"), None);
    }
}
