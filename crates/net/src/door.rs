//! The door itself: one client, its own redirect loop, every cap.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response as Answer};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::decode::{ACCEPT_ENCODING, Body};
use crate::names::CheckedNames;
use crate::{Error, Headers, Kind, Limits, Policy, SendError, guard, headers, tls};

/// Headers of one answer that are taken, lines.
const HEADER_LINES_MAX: usize = 200;

/// Connections kept open for the next request to a host, and for how long.
const IDLE_PER_HOST_MAX: usize = 2;
const IDLE_MAX: Duration = Duration::from_secs(30);

/// What a caller must not set: it belongs to the connection or to credentials that are not ours.
const RESERVED: [&str; 8] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "proxy-authorization",
    "cookie",
];

/// The one way out. Cheap to clone: clones share connections and the limit of requests under way.
#[derive(Clone, Debug)]
pub struct Door {
    policy: Arc<Policy>,
    /// `None` where the TLS library would not start; then every request says so.
    client: Option<Client>,
    under_way: Arc<Semaphore>,
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub url: String,
    /// Sent as `If-None-Match`, byte for byte.
    pub etag: Option<String>,
    /// Sent as `If-Modified-Since`, byte for byte.
    pub last_modified: Option<String>,
    /// Sent as `Accept`.
    pub accept: Option<String>,
    /// Other caps than the policy's.
    pub limits: Option<Limits>,
}

impl Request {
    /// A request without conditions.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), ..Self::default() }
    }
}

/// How something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "HTTP's own words")]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// Something to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// How.
    pub method: Method,
    /// Where to.
    pub url: &'a str,
    /// Names and values; `Host`, `Content-Length` and the like are refused.
    pub headers: &'a [(&'a str, &'a str)],
    /// What.
    pub body: Vec<u8>,
    /// Another deadline than the policy's.
    pub deadline: Option<Duration>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The address that answered.
    pub final_url: String,
    /// Where the address moved for good: the end of the 301 and 308 redirects that came first.
    pub permanent_url: Option<String>,
    /// What the answer says of itself.
    pub headers: Headers,
    /// Unpacked.
    pub body: Vec<u8>,
    /// Packed, as it came.
    pub wire_bytes: u64,
}

impl Door {
    /// Opens a door with a policy.
    pub fn new(policy: Policy) -> Self {
        let policy = Arc::new(policy);
        let client = build(&policy).ok();
        let under_way = Arc::new(Semaphore::new(policy.requests_max.max(1)));
        Self { policy, client, under_way }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Checks an address without asking it: scheme, credentials, port, a literal private address.
    ///
    /// # Errors
    ///
    /// What a request to it would fail with before any name is resolved.
    pub fn check(&self, url: &str) -> Result<(), Error> {
        self.checked(url).map(drop).map_err(|kind| Error::new(url, kind))
    }

    fn checked(&self, url: &str) -> Result<Url, Kind> {
        let url = Url::parse(url.trim()).map_err(|error| Kind::Scheme(error.to_string()))?;
        guard::check_url(&self.policy, &url)?;
        Ok(url)
    }

    /// Asks for something and follows redirects, each checked like the first address.
    ///
    /// # Limits
    ///
    /// Those of the policy or of the request: bytes, ratio, seconds, hops.
    ///
    /// # Errors
    ///
    /// Everything but an answer; a status of 404 or 500 is an answer.
    pub async fn get(&self, request: Request) -> Result<Response, Error> {
        let limits = request.limits.clone().unwrap_or_else(|| self.policy.limits.clone());
        let _permit = self.under_way.acquire().await;
        let deadline = Instant::now() + limits.deadline;
        let mut lines = HeaderMap::new();
        let mut put = |name: HeaderName, value: Option<&str>| {
            // A validator that is no header value was not sent by any host; it is left out.
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(v).ok()) {
                lines.insert(name, value);
            }
        };
        put(header::IF_NONE_MATCH, request.etag.as_deref());
        put(header::IF_MODIFIED_SINCE, request.last_modified.as_deref());
        put(header::ACCEPT, Some(request.accept.as_deref().unwrap_or("*/*")));
        put(header::ACCEPT_ENCODING, Some(ACCEPT_ENCODING));
        let fail = |url: &str, kind| Error::new(url, kind);
        let mut url = self.checked(&request.url).map_err(|kind| fail(&request.url, kind))?;
        let mut seen = vec![url.clone()];
        let mut permanent = true;
        let mut permanent_url = None;
        let mut cookies = false;
        loop {
            let answer = self
                .ask(reqwest::Method::GET, &url, lines.clone(), None, deadline, &limits)
                .await
                .map_err(|failure| fail(url.as_str(), failure.kind))?;
            let status = answer.status().as_u16();
            let headers =
                read_headers(&answer, &limits).map_err(|kind| fail(url.as_str(), kind))?;
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                let (body, wire_bytes) = read_body(answer, deadline, &limits)
                    .await
                    .map_err(|kind| fail(url.as_str(), kind))?;
                return Ok(Response {
                    status,
                    final_url: url.into(),
                    permanent_url,
                    headers,
                    body,
                    wire_bytes,
                });
            }
            cookies |= headers.sets_cookie;
            let mut next = headers
                .location
                .as_deref()
                .and_then(|to| url.join(to).ok())
                .ok_or_else(|| fail(url.as_str(), Kind::Location))?;
            // RFC 9110 section 10.2.2: the fragment of the old address holds where the new one has none; neither is sent.
            next.set_fragment(None);
            guard::check_url(&self.policy, &next).map_err(|kind| fail(next.as_str(), kind))?;
            if seen.contains(&next) {
                return Err(fail(&request.url, Kind::Circle { cookies }));
            }
            if seen.len() > usize::from(limits.redirects_max) {
                return Err(fail(&request.url, Kind::Redirects(limits.redirects_max)));
            }
            permanent &= matches!(status, 301 | 308);
            if permanent {
                permanent_url = Some(next.to_string());
            }
            seen.push(next.clone());
            url = next;
        }
    }

    /// Sends a POST. See [`Door::send`].
    ///
    /// # Errors
    ///
    /// [`SendError::NotSent`] or [`SendError::MaybeSent`].
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Response, SendError> {
        self.send(Outgoing { method: Method::Post, url, headers, body, deadline: None }).await
    }

    /// Sends something, once: no redirect is followed and nothing is tried again.
    ///
    /// # Errors
    ///
    /// [`SendError::NotSent`] where not a byte of the request left this machine, else [`SendError::MaybeSent`].
    pub async fn send(&self, out: Outgoing<'_>) -> Result<Response, SendError> {
        let limits = Limits {
            deadline: out.deadline.unwrap_or(self.policy.limits.deadline),
            ..self.policy.limits.clone()
        };
        let not_sent = |kind| SendError::NotSent(Error::new(out.url, kind));
        let maybe = |kind| SendError::MaybeSent(Error::new(out.url, kind));
        let url = self.checked(out.url).map_err(not_sent)?;
        let mut lines = HeaderMap::new();
        for (name, value) in out.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .ok()
                .filter(|name| !RESERVED.contains(&name.as_str()))
                .ok_or_else(|| {
                    not_sent(Kind::Broken(format!(
                        "the header {} is not ours to set",
                        name.escape_debug()
                    )))
                })?;
            let mut value = HeaderValue::from_str(value).ok().ok_or_else(|| {
                not_sent(Kind::Broken(format!("the value of {name} is no header value")))
            })?;
            value.set_sensitive(true);
            lines.append(name, value);
        }
        let _permit = self.under_way.acquire().await;
        let deadline = Instant::now() + limits.deadline;
        let method = match out.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let answer =
            self.ask(method, &url, lines, Some(out.body), deadline, &limits).await.map_err(
                |failure| {
                    if failure.reached { maybe(failure.kind) } else { not_sent(failure.kind) }
                },
            )?;
        let status = answer.status().as_u16();
        let headers = read_headers(&answer, &limits).map_err(maybe)?;
        let (body, wire_bytes) = read_body(answer, deadline, &limits).await.map_err(maybe)?;
        Ok(Response {
            status,
            final_url: url.into(),
            permanent_url: None,
            headers,
            body,
            wire_bytes,
        })
    }

    /// One exchange up to the answer's headers.
    async fn ask(
        &self,
        method: reqwest::Method,
        url: &Url,
        lines: HeaderMap,
        body: Option<Vec<u8>>,
        deadline: Instant,
        limits: &Limits,
    ) -> Result<Answer, Failure> {
        let Some(client) = &self.client else {
            return Err(Failure {
                kind: Kind::Tls("the TLS library did not start".to_owned()),
                reached: false,
            });
        };
        let mut request = client.request(method, url.clone()).headers(lines);
        if let Some(body) = body {
            request = request.body(body);
        }
        match timeout_at(deadline, request.send()).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Failure {
                reached: !error.is_connect() && !error.is_builder(),
                kind: explain(&error),
            }),
            // Where it hung is not known.
            Err(_) => Err(Failure { kind: Kind::Deadline(limits.deadline), reached: true }),
        }
    }
}

/// What went wrong, and whether the host may have seen the request.
struct Failure {
    kind: Kind,
    reached: bool,
}

#[expect(clippy::disallowed_methods, reason = "this is that door")]
fn build(policy: &Arc<Policy>) -> Result<Client, Box<dyn std::error::Error>> {
    let mut tls = tls::client_config(&policy.extra_roots_pem)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let header_bytes_max = u32::try_from(policy.limits.header_bytes_max).unwrap_or(u32::MAX);
    Ok(Client::builder()
        .user_agent(HeaderValue::from_str(&policy.user_agent)?)
        .tls_backend_preconfigured(tls)
        .dns_resolver(CheckedNames(Arc::clone(policy)))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(policy.limits.connect_max)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .pool_idle_timeout(IDLE_MAX)
        .http1_max_headers(HEADER_LINES_MAX)
        .http2_max_header_list_size(header_bytes_max)
        .build()?)
}

fn read_headers(answer: &Answer, limits: &Limits) -> Result<Headers, Kind> {
    let bytes: usize =
        answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > limits.header_bytes_max {
        return Err(Kind::HeadersTooLarge(limits.header_bytes_max));
    }
    Ok(headers::read(answer.headers()))
}

/// Reads a body within its caps.
async fn read_body(
    mut answer: Answer,
    deadline: Instant,
    limits: &Limits,
) -> Result<(Vec<u8>, u64), Kind> {
    let encoding: Vec<String> = answer
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
        .collect();
    let mut body = Body::new(&encoding.join(","), limits)?;
    if answer.content_length().is_some_and(|length| length > limits.wire_bytes_max) {
        return Err(Kind::TooLarge(limits.wire_bytes_max));
    }
    let begun = Instant::now();
    loop {
        let look_again = Instant::now() + limits.rate_grace.max(Duration::from_millis(10));
        match timeout_at(deadline.min(look_again), answer.chunk()).await {
            Ok(Ok(Some(chunk))) => body.push(&chunk)?,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(explain(&error)),
            Err(_) => {}
        }
        let (now, spent) = (Instant::now(), begun.elapsed());
        if now >= deadline {
            return Err(Kind::Deadline(limits.deadline));
        }
        let wanted = f64::from(limits.rate_bytes_min) * spent.as_secs_f64();
        if spent > limits.rate_grace && (body.wire_bytes() as f64) < wanted {
            return Err(Kind::Slow { bytes: body.wire_bytes(), secs: spent.as_secs() });
        }
    }
    let wire_bytes = body.wire_bytes();
    Ok((body.finish()?, wire_bytes))
}

/// Finds out what lies beneath the client's error. Its own text holds the address, secrets included, and is not used.
fn explain(error: &reqwest::Error) -> Kind {
    let mut found = Found::default();
    if let Some(cause) = error.source() {
        dig(cause, &mut found, 0);
    }
    if let Some(kind) = found.kind {
        return kind;
    }
    if error.is_connect() {
        let timed_out = error.is_timeout().then_some(io::ErrorKind::TimedOut);
        return Kind::Connect(timed_out.or(found.io).unwrap_or(io::ErrorKind::Other));
    }
    let last = found.last;
    if last.contains("message head is too large") || last.contains("header list") {
        return Kind::HeadersTooLarge(8192 + 4096 * 100);
    }
    // The lowest cause is hyper's or the system's: it knows no address.
    Kind::Broken(if last.is_empty() { "the connection broke".to_owned() } else { last })
}

/// What was found beneath an error.
#[derive(Default)]
struct Found {
    kind: Option<Kind>,
    io: Option<io::ErrorKind>,
    last: String,
}

/// Errors lie inside each other a few deep; more would be a ring.
const DEPTH_MAX: usize = 16;

fn dig(error: &(dyn std::error::Error + 'static), found: &mut Found, depth: usize) {
    if let Some(kind) = error.downcast_ref::<Kind>() {
        found.kind = Some(kind.clone());
    } else if let Some(error) = error.downcast_ref::<rustls::Error>() {
        found.kind = Some(Kind::Tls(tls::explain(error)));
    }
    if found.kind.is_some() || depth == DEPTH_MAX {
        return;
    }
    found.last = error.to_string();
    if let Some(error) = error.downcast_ref::<io::Error>() {
        found.io = Some(error.kind());
        // What an `io::Error` holds is not its source but stands in its place.
        if let Some(inner) = error.get_ref() {
            return dig(inner, found, depth + 1);
        }
    }
    if let Some(cause) = error.source() {
        dig(cause, found, depth + 1);
    }
}
