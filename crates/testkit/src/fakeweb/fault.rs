//! What goes wrong on the web, on purpose.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Response, StatusCode, header};
use futures_util::{StreamExt as _, stream};

use super::{respond, set};

/// Bytes of one chunk of a huge body.
const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of a body that is to be broken.
const BROKEN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Time for the first half of a cut body to leave.
const FLUSH_WAIT: Duration = Duration::from_millis(30);

/// Something that goes wrong with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path that it concerns; with `*` at the end every path that begins so.
    pub path: String,
    /// Requests to this path that go well before it.
    pub after: u32,
    /// Requests that it spoils; `None`: all that follow.
    pub times: Option<u32>,
    /// What goes wrong.
    pub kind: FaultKind,
}

impl Fault {
    /// Spoils every request to a path.
    pub fn always(path: impl Into<String>, kind: FaultKind) -> Fault {
        Fault { path: path.into(), after: 0, times: None, kind }
    }

    /// Spoils the next request to a path.
    pub fn once(path: impl Into<String>, kind: FaultKind) -> Fault {
        Fault { path: path.into(), after: 0, times: Some(1), kind }
    }
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An error page with this status: 404, 410, 500, 503 …
    Status(u16),
    /// 429 with `Retry-After`.
    TooManyRequests {
        /// Seconds to wait.
        retry_after_secs: u32,
    },
    /// The right answer, late.
    Slow(Duration),
    /// Status 200 and a picture instead of the page.
    NotHtml,
    /// The right headers, the body cut in its middle and its length to match: XML that never closes.
    Broken,
    /// The connection ends in the middle of the body.
    CutShort,
    /// A redirect.
    Redirect {
        /// Where to: a path or an address.
        to: String,
        /// 301 instead of 302.
        permanent: bool,
    },
    /// A body of this many bytes.
    Huge {
        /// Its length.
        bytes: u64,
    },
    /// Status 200 and nothing.
    Empty,
}

/// A fault and how often it was met.
#[derive(Debug)]
pub(super) struct Planned {
    fault: Fault,
    met: u32,
}

impl Planned {
    pub(super) fn new(fault: Fault) -> Planned {
        Planned { fault, met: 0 }
    }

    /// What goes wrong with this request, if anything.
    pub(super) fn take(&mut self, path: &str) -> Option<FaultKind> {
        let concerned = match self.fault.path.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == self.fault.path,
        };
        if !concerned {
            return None;
        }
        let place = self.met;
        self.met = self.met.saturating_add(1);
        let end = self.fault.times.map_or(u32::MAX, |times| self.fault.after.saturating_add(times));
        (self.fault.after..end).contains(&place).then(|| self.fault.kind.clone())
    }
}

/// Answers as the fault wants it; `right` gives the answer without it.
pub(super) async fn answer(
    kind: &FaultKind,
    right: impl FnOnce() -> Response<Body>,
) -> Response<Body> {
    match kind {
        FaultKind::Status(status) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let body = format!("<!doctype html><title>{status}</title><h1>{status}</h1>\n");
            respond(status, "text/html; charset=utf-8", body.into())
        }
        FaultKind::TooManyRequests { retry_after_secs } => {
            let mut response =
                respond(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too many requests\n".into());
            set(&mut response, header::RETRY_AFTER, &retry_after_secs.to_string());
            response
        }
        FaultKind::Slow(wait) => {
            tokio::time::sleep(*wait).await;
            right()
        }
        FaultKind::NotHtml => {
            let picture: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
            respond(StatusCode::OK, "image/png", Body::from(picture))
        }
        FaultKind::Broken => half(right(), false).await,
        FaultKind::CutShort => half(right(), true).await,
        FaultKind::Redirect { to, permanent } => {
            let status = if *permanent { StatusCode::MOVED_PERMANENTLY } else { StatusCode::FOUND };
            let mut response = respond(status, "text/html; charset=utf-8", Body::empty());
            set(&mut response, header::LOCATION, to);
            response
        }
        FaultKind::Huge { bytes } => {
            respond(StatusCode::OK, "text/html; charset=utf-8", huge(*bytes))
        }
        FaultKind::Empty => respond(StatusCode::OK, "text/html; charset=utf-8", Body::empty()),
    }
}

/// The first half of a body; `cut`: as if the whole were to come.
async fn half(response: Response<Body>, cut: bool) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, BROKEN_BYTES_MAX).await.unwrap_or_default();
    let first = whole.slice(..whole.len() / 2);
    parts.headers.remove(header::ETAG);
    let body = if cut {
        let broken = io::Error::new(io::ErrorKind::ConnectionAborted, "cut short on purpose");
        // The first half must be on its way before the end, or the client sees no answer at all.
        let end = stream::once(async {
            tokio::time::sleep(FLUSH_WAIT).await;
            Err(broken)
        });
        Body::from_stream(stream::iter([Ok(first)]).chain(end))
    } else {
        Body::from(first)
    };
    Response::from_parts(parts, body)
}

/// A body made while it is sent, so that a test of gigabytes takes no memory.
fn huge(bytes: u64) -> Body {
    let chunk = Bytes::from(b"<p>more and more and more</p>\n".repeat(CHUNK_BYTES / 30));
    let size = chunk.len() as u64;
    let chunks = (0..bytes.div_ceil(size)).map(move |place| {
        let left = bytes.saturating_sub(place * size).min(size);
        Ok::<_, Infallible>(chunk.slice(..usize::try_from(left).unwrap_or_default()))
    });
    Body::from_stream(stream::iter(chunks))
}
