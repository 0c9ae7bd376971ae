//! Why a listing or a page brought nothing, in words for a person, and what follows from it.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use net::{Response, RetryAfter};

/// Why there is nothing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The network or the host's manners.
    Net(net::Error),
    /// A status that brings nothing.
    Status {
        /// Who answered, scrubbed.
        url: String,
        /// With what.
        status: u16,
        /// When to come again, where the host says so.
        retry_after: Option<Duration>,
    },
    /// An answer that is not what was asked for, and what it is.
    NotA {
        /// Who answered, scrubbed.
        url: String,
        /// What was wanted.
        wanted: &'static str,
        /// What came.
        found: String,
    },
    /// The host's robots.txt asks us to stay away.
    Robots {
        /// The page, scrubbed.
        url: String,
    },
    /// A page that asks for consent or a log-in instead of showing the article.
    Wall {
        /// Who asks, scrubbed.
        url: String,
    },
}

impl Failure {
    /// Names an answer's status. `now` tells how long a date in `Retry-After` is away.
    pub(crate) fn of_status(response: &Response, now: Timestamp) -> Self {
        let retry_after = response.headers.retry_after.map(|wait| match wait {
            RetryAfter::In(wait) => wait,
            RetryAfter::At(at) => {
                Duration::from_secs(u64::try_from(at.saturating_sub(now.as_second())).unwrap_or(0))
            }
        });
        Self::Status { url: net::scrub(&response.final_url), status: response.status, retry_after }
    }

    pub(crate) fn not_a(wanted: &'static str, response: &Response) -> Self {
        Self::NotA { url: net::scrub(&response.final_url), wanted, found: describe(response) }
    }

    /// A stable word for programs and docs/errors.md.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Net(error) => error.code(),
            Self::Status { status: 410, .. } => "intake.gone",
            Self::Status { status: 404, .. } => "intake.not-found",
            Self::Status { status: 401 | 402 | 403 | 451, .. } => "intake.forbidden",
            Self::Status { status: 429 | 503, .. } => "intake.busy",
            Self::Status { .. } => "intake.status",
            Self::NotA { .. } => "intake.not-a-feed",
            Self::Robots { .. } => "intake.robots",
            Self::Wall { .. } => "intake.wall",
        }
    }

    /// The host says that it is gone for good.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Status { status: 410, .. })
    }

    /// The host asks for patience.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Status { status: 429 | 503, .. })
    }

    /// When the host wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(error) => write!(f, "{error}"),
            Self::Status { url, status, retry_after } => {
                write!(f, "{url} answered {status} ({})", meaning(*status))?;
                match (status, retry_after) {
                    (429 | 503, Some(wait)) => write!(f, " and asks us to wait {}", spoken(*wait)),
                    _ => Ok(()),
                }
            }
            Self::NotA { url, wanted, found } => {
                write!(f, "{url} is not {wanted}: {found}")?;
                match *wanted {
                    "a feed or sitemap" => f.write_str(
                        "; give the site's address to `source add` and it looks for the feed",
                    ),
                    _ => Ok(()),
                }
            }
            Self::Robots { url } => write!(f, "{url} is closed to us by the site's robots.txt"),
            Self::Wall { url } => {
                write!(f, "{url} asks for consent or a log-in instead of showing the page")
            }
        }
    }
}

/// A status in words.
fn meaning(status: u16) -> &'static str {
    let class = match status / 100 {
        1 => "no final answer",
        2 => "no content that we read",
        3 => "a redirect that is not followed",
        4 => "it refuses the request",
        _ => "the site has an error",
    };
    match status {
        204 => "nothing there",
        304 => "not changed, though nothing was known",
        400 => "it did not understand the request",
        401 => "it asks for a log-in",
        402 => "it asks for payment",
        403 => "it does not let us in; it may block feed readers",
        404 => "not found",
        406 => "it does not offer a form that we read",
        408 => "it gave up waiting",
        410 => "gone for good",
        421 => "asked the wrong server",
        429 => "too many requests",
        451 => "closed for legal reasons",
        502 | 504 => "the site's server does not answer",
        503 => "the site is overloaded or in maintenance",
        520..=527 => "the site's network has an error",
        _ => class,
    }
}

fn spoken(wait: Duration) -> String {
    match wait.as_secs() {
        secs @ 0..=119 => format!("{secs} s"),
        secs @ 120..=7199 => format!("{} min", secs / 60),
        secs @ 7200..=172_799 => format!("{} hours", secs / 3600),
        secs => format!("{} days", secs / 86_400),
    }
}

/// What an answer is, as far as its first bytes and its type tell.
pub(crate) fn describe(response: &Response) -> String {
    let head = response.body.get(..response.body.len().min(2048)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let media = response.headers.content_type.as_deref().unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if response.body.is_empty() {
        "an empty answer".to_owned()
    } else if head.contains("<html") || head.contains("<!doctype html") {
        "an HTML page".to_owned()
    } else if head.contains("<opml") {
        "an OPML list of feeds (use `source import`)".to_owned()
    } else if head.starts_with("%pdf") {
        "a PDF".to_owned()
    } else if ["image/", "video/", "audio/"].iter().any(|kind| media.starts_with(kind)) {
        format!("a file of type {media}")
    } else if head.trim_start().starts_with(['{', '[']) {
        "JSON that is no JSON Feed".to_owned()
    } else if head.trim_start().starts_with('<') {
        "XML of another kind, or broken".to_owned()
    } else if media.is_empty() || media.len() > 60 {
        "something of no known type".to_owned()
    } else {
        format!("something of type {media}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_speak_to_a_person() {
        let response = |status, body: &str, media: &str| Response {
            status,
            final_url: "https://news.example/feed?token=abc".to_owned(),
            body: body.as_bytes().to_vec(),
            headers: net::Headers {
                content_type: Some(media.to_owned()),
                ..net::Headers::default()
            },
            ..Response::default()
        };
        let now = Timestamp::UNIX_EPOCH;
        for (failure, wanted) in [
            (
                Failure::of_status(&response(404, "", ""), now),
                "https://news.example/feed?token=*** answered 404 (not found)",
            ),
            (
                Failure::not_a(
                    "a feed or sitemap",
                    &response(200, "<!DOCTYPE html><html>", "text/html"),
                ),
                "https://news.example/feed?token=*** is not a feed or sitemap: an HTML page; give the site's address to `source add` and it looks for the feed",
            ),
            (
                Failure::not_a("an article", &response(200, "%PDF-1.7", "application/pdf")),
                "https://news.example/feed?token=*** is not an article: a PDF",
            ),
        ] {
            assert_eq!(failure.to_string(), wanted);
        }
        let mut busy = response(429, "", "");
        busy.headers.retry_after = Some(RetryAfter::At(7200));
        let busy = Failure::of_status(&busy, now);
        assert!(
            busy.to_string().ends_with("(too many requests) and asks us to wait 2 hours"),
            "{busy}"
        );
    }
}
