//! Addresses as they may be shown: without what is secret in them.

use url::Url;

/// Query parameters whose values are nobody's business; a part of the name is enough.
const SECRET: [&str; 9] =
    ["token", "secret", "password", "passwd", "auth", "apikey", "api_key", "signature", "session"];

/// The address without passwords, bot tokens in the path and secrets in the query. What is no address is cut to its scheme.
pub fn scrub(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return url.split(':').next().unwrap_or_default().chars().take(40).collect::<String>()
            + ":***";
    };
    if !url.username().is_empty() || url.password().is_some() {
        let hidden = url.set_username("***").and_then(|()| url.set_password(None));
        debug_assert!(hidden.is_ok(), "an address with a name can carry another");
    }
    let path: Vec<String> = url
        .path()
        .split('/')
        .map(|part| if is_token(part) { "***".into() } else { part.into() })
        .collect();
    let path = path.join("/");
    if path != url.path() {
        url.set_path(&path);
    }
    if url.query().is_some() {
        let pairs: Vec<(String, String)> =
            url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        let is_secret = |key: &str| {
            let key = key.to_ascii_lowercase();
            key == "key" || key == "sig" || SECRET.iter().any(|word| key.contains(word))
        };
        if pairs.iter().any(|(key, _)| is_secret(key)) {
            let shown = pairs
                .iter()
                .map(|(k, v)| (k.as_str(), if is_secret(k) { "***" } else { v.as_str() }));
            url.query_pairs_mut().clear().extend_pairs(shown);
        }
    }
    url.to_string()
}

/// Whether a part of a path is a secret: a bot's token (`bot123456:AA…`) or a hook's (32 and more letters and digits mixed).
fn is_token(part: &str) -> bool {
    let bot = part.strip_prefix("bot").unwrap_or(part);
    if let Some((id, rest)) = bot.split_once(':') {
        return !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && rest.len() >= 20;
    }
    // Slugs of articles have hyphens between words; a token of a hook has digits, small and capital letters mixed.
    part.len() >= 32
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && part.bytes().any(|b| b.is_ascii_digit())
        && part.bytes().filter(u8::is_ascii_uppercase).count() >= 4
        && part.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (given, wanted) in [
            (
                "https://api.telegram.org/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage",
                "https://api.telegram.org/***/sendMessage",
            ),
            ("https://user:pass@news.example/feed", "https://***@news.example/feed"),
            (
                "https://news.example/feed?key=abc&page=2",
                "https://news.example/feed?key=***&page=2",
            ),
            (
                "https://news.example/feed?accessToken=abc",
                "https://news.example/feed?accessToken=***",
            ),
            (
                "https://hooks.example/v1/T0aZ9kQmW3xY7bN2cV5dF8gH1jK4lP6q",
                "https://hooks.example/v1/***",
            ),
            (
                "https://news.example/2017/04/at-least-11-dead-in-blast-on-underground-train",
                "https://news.example/2017/04/at-least-11-dead-in-blast-on-underground-train",
            ),
            ("https://news.example/?q=a%20b", "https://news.example/?q=a%20b"),
            ("no address", "no address:***"),
        ] {
            assert_eq!(scrub(given), wanted);
        }
    }
}
