//! How a request leaves: over [`net::Door`], and in the simulation over a fake without a socket.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How long an answer may take. Reading back waits longer than that.
pub const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A secret that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret in.
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// The secret itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether somebody said this secret; an empty one is nobody's.
    pub fn is(&self, said: &str) -> bool {
        // Compared in whole, so that the time taken tells nothing of where they differ.
        !self.0.is_empty()
            && self.0.len() == said.len()
            && self.0.bytes().zip(said.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }

    /// A text without the secret, for errors and logs.
    pub fn scrub(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "***") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "HTTP's own words")]
pub enum Method {
    Get,
    Post,
    Put,
}

/// A request on its way. It does not print: its address may hold a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What.
    pub body: Vec<u8>,
    /// How long the answer may take.
    pub deadline: Duration,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// How long to wait, where the answer says so.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer. What it says never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireError {
    /// Not a byte of the request left this machine.
    NotSent(String),
    /// The host may have it.
    MaybeSent(String),
}

/// The answer that will come.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, WireError>> + Send + 'a>>;

/// What carries requests.
pub trait Wire: Send + Sync {
    /// Sends a request, once: nothing is tried again below this line.
    fn send(&self, request: Request) -> Answer<'_>;
}

impl Wire for net::Door {
    fn send(&self, request: Request) -> Answer<'_> {
        Box::pin(async move {
            let headers: Vec<(&str, &str)> =
                request.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let outgoing = net::Outgoing {
                method: match request.method {
                    Method::Get => net::Method::Get,
                    Method::Post => net::Method::Post,
                    Method::Put => net::Method::Put,
                },
                url: &request.url,
                headers: &headers,
                body: request.body,
                deadline: Some(request.deadline),
            };
            match net::Door::send(self, outgoing).await {
                Ok(response) => Ok(Response {
                    status: response.status,
                    retry_after: retry_after(&response.headers),
                    body: response.body,
                }),
                Err(error @ net::SendError::NotSent(_)) => {
                    Err(WireError::NotSent(error.to_string()))
                }
                Err(error @ net::SendError::MaybeSent(_)) => {
                    Err(WireError::MaybeSent(error.to_string()))
                }
            }
        })
    }
}

fn retry_after(headers: &net::Headers) -> Option<Duration> {
    match headers.retry_after {
        Some(net::RetryAfter::In(wait)) => Some(wait),
        // By a clock that the host did not show: an hour is asked again soon enough.
        Some(net::RetryAfter::At(_)) => Some(Duration::from_hours(1)),
        None => None,
    }
}
