//! A news web on loopback: feeds, sitemaps and pages of given outlets, under a clock that the caller sets.
//!
//! An item is there once the clock is past its publication, a later version once past its time. Feeds, sitemaps and pages
//! carry `ETag` and `Last-Modified` and answer 304. What was asked is kept ([`FakeWeb::requests`]), and a plan of faults
//! makes the web as bad as the real one.
//!
//! | path | what |
//! |---|---|
//! | `/robots.txt` | rules and all sitemaps |
//! | `/OUTLET/` | the front page: latest headlines, link to the feed |
//! | `/OUTLET/feed.xml`, `feed.json` | RSS 2.0 or Atom, JSON Feed: the last items |
//! | `/OUTLET/news-sitemap.xml` | where the outlet lists by sitemap only: the news extension |
//! | `/OUTLET/sitemap.xml` | every article so far, to fill a gap from |
//! | `/OUTLET/…` | the article of this path |
//! | `/crowd/N/…` | one of many outlets that are made up as they are asked for ([`Crowd`]) |
//! | anything else | a file of the folder, where there is one |

mod crowd;
mod fault;
mod listing;
mod page;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::day::{Article, Day, Outlet};

pub use crowd::Crowd;
pub use fault::{Fault, FaultKind};

/// Requests kept in the transcript; the oldest go first.
const REQUESTS_MAX: usize = 100_000;
/// Bytes of one file of the folder.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a [`FakeWeb`] serves.
#[derive(Clone, Debug, Default)]
pub struct FakeWebConfig {
    /// Who publishes.
    pub outlets: Vec<Outlet>,
    /// What they publish.
    pub articles: Vec<Article>,
    /// Seconds since 1970 as the web sees them; share it to drive it from elsewhere.
    pub clock: Arc<AtomicI64>,
    /// Items in a feed at most, for outlets that do not say.
    pub window: Option<u32>,
    /// A folder whose files are served where no outlet answers.
    pub folder: Option<PathBuf>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Many more outlets, for benches.
    pub crowd: Option<Crowd>,
    /// Listens on every address of the machine, so that each of 127.0.0.1, 127.0.0.2 and so on is a host of its own.
    pub everywhere: bool,
    /// Listens on this address of the machine; `None`: on 127.0.0.1.
    pub listen: Option<Ipv4Addr>,
}

impl FakeWebConfig {
    /// Serves a day, its clock at the day's start.
    pub fn day(day: &Day) -> FakeWebConfig {
        FakeWebConfig {
            outlets: day.outlets.clone(),
            articles: day.articles.clone(),
            clock: Arc::new(AtomicI64::new(day.start.as_second())),
            ..FakeWebConfig::default()
        }
    }

    /// Serves the files of a folder and nothing else.
    pub fn folder(folder: impl Into<PathBuf>) -> FakeWebConfig {
        FakeWebConfig { folder: Some(folder.into()), ..FakeWebConfig::default() }
    }
}

/// One line of the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The web's clock.
    pub at: Timestamp,
    /// `GET`, `HEAD` …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The `User-Agent`.
    pub user_agent: Option<String>,
    /// The `If-None-Match`.
    pub if_none_match: Option<String>,
    /// The `If-Modified-Since`.
    pub if_modified_since: Option<String>,
    /// What was answered.
    pub status: u16,
    /// Bytes of the body as far as they were known when the answer began.
    pub bytes: u64,
}

/// The running web; dropping it stops it.
#[derive(Debug)]
pub struct FakeWeb {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the handlers share.
#[derive(Debug)]
struct Shared {
    outlets: Vec<Outlet>,
    articles: Vec<Article>,
    clock: Arc<AtomicI64>,
    window: Option<u32>,
    folder: Option<PathBuf>,
    base: String,
    faults: Mutex<Vec<fault::Planned>>,
    requests: Mutex<VecDeque<Request>>,
    crowd: Option<Crowd>,
}

/// A lock whose holder panicked still holds sound data here: every write is one push.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeWeb {
    /// Starts the web on 127.0.0.1, on a port that the system chooses, in a thread of its own.
    ///
    /// # Errors
    ///
    /// When no port or no thread is to be had.
    pub fn start(config: FakeWebConfig) -> io::Result<FakeWeb> {
        let named = config.listen.unwrap_or(Ipv4Addr::LOCALHOST);
        let at = if config.everywhere { Ipv4Addr::UNSPECIFIED } else { named };
        let listener = TcpListener::bind((at, 0))?;
        listener.set_nonblocking(true)?;
        let address = SocketAddr::from((named, listener.local_addr()?.port()));
        let shared = Arc::new(Shared {
            outlets: config.outlets,
            articles: config.articles,
            clock: config.clock,
            window: config.window,
            folder: config.folder.map(|folder| folder.canonicalize()).transpose()?,
            base: format!("http://{address}"),
            faults: Mutex::new(config.faults.into_iter().map(fault::Planned::new).collect()),
            requests: Mutex::new(VecDeque::new()),
            crowd: config.crowd,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, started) = std::sync::mpsc::channel();
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&shared));
        // The runtime lives and dies in its thread: inside another runtime it could not be dropped.
        let thread = std::thread::Builder::new().name("fakeweb".to_owned()).spawn(move || {
            let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = match built {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _nobody = ready.send(Err(error));
                    return;
                }
            };
            runtime.block_on(async move {
                let listener = match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => listener,
                    Err(error) => {
                        let _nobody = ready.send(Err(error));
                        return;
                    }
                };
                let _nobody = ready.send(Ok(()));
                // Not a graceful end: that would wait for connections that a client keeps open.
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        })?;
        started.recv().map_err(io::Error::other)??;
        Ok(FakeWeb { shared, address, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the clock.
    pub fn set_now(&self, now: Timestamp) {
        self.shared.clock.store(now.as_second(), Ordering::SeqCst);
    }

    /// Returns what the clock says.
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// Returns the clock itself.
    pub fn clock(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.shared.clock)
    }

    /// Returns the listing of every outlet: its id and the address of its feed or news sitemap.
    pub fn feeds(&self) -> Vec<(Outlet, String)> {
        let outlets = self.shared.outlets.iter();
        outlets.map(|outlet| (outlet.clone(), self.shared.listing_url(outlet))).collect()
    }

    /// Returns the address of an article's page.
    pub fn article_url(&self, article: &Article) -> String {
        self.shared.article_url(article)
    }

    /// Returns what was asked so far, oldest first.
    ///
    /// # Limits
    ///
    /// The last 100,000 requests.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).iter().cloned().collect()
    }

    /// Forgets what was asked.
    pub fn clear_requests(&self) {
        lock(&self.shared.requests).clear();
    }

    /// Adds a fault to the plan.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.shared.faults).push(fault::Planned::new(fault));
    }

    /// Takes back the whole plan.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }
}

impl Drop for FakeWeb {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself; then nobody listens, and nothing is lost.
            let _nobody = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Shared {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn listing_url(&self, outlet: &Outlet) -> String {
        format!("{}/{}/{}", self.base, outlet.id, listing::file_name(outlet))
    }

    fn article_url(&self, article: &Article) -> String {
        format!("{}/{}{}", self.base, article.outlet, article.path)
    }

    /// An outlet's articles that are published, newest first.
    fn visible(&self, outlet: &Outlet, now: Timestamp) -> Vec<listing::Item<'_>> {
        let mut items: Vec<_> = self
            .articles
            .iter()
            .filter(|article| article.outlet == outlet.id)
            .filter_map(|article| {
                let version = article.version_at(now)?;
                let published = article.published()?;
                Some(listing::Item { article, version, published, url: self.article_url(article) })
            })
            .collect();
        items.sort_by(|a, b| (b.published.at, &b.article.id).cmp(&(a.published.at, &a.article.id)));
        items
    }

    /// What stands at a path, before any fault.
    fn find(&self, path: &str, now: Timestamp) -> Option<Found> {
        if let Some(found) = self.crowd.and_then(|crowd| crowd.find(path, now)) {
            return Some(found);
        }
        if path == "/robots.txt" && !self.outlets.is_empty() {
            return Some(Found::text("text/plain; charset=utf-8", listing::robots(self), None));
        }
        let (first, rest) = path.strip_prefix('/')?.split_once('/').unwrap_or_default();
        let Some(outlet) = self.outlets.iter().find(|outlet| outlet.id == first) else {
            return self.file(path);
        };
        let items = self.visible(outlet, now);
        let changed = items.iter().map(|item| item.version.at.at).max();
        if rest.is_empty() {
            let body = page::front(self, outlet, &items);
            return Some(Found::text("text/html; charset=utf-8", body, changed));
        }
        if rest == "sitemap.xml" {
            let body = listing::sitemap(&items);
            return Some(Found::text("application/xml", body, changed));
        }
        if rest == listing::file_name(outlet) {
            let window = outlet.window.or(self.window).map_or(usize::MAX, |window| window as usize);
            let items = items.get(..window.min(items.len())).unwrap_or_default();
            let (kind, body) = listing::listing(self, outlet, items, now);
            return Some(Found::text(kind, body, changed));
        }
        let place =
            items.iter().position(|item| item.article.path.strip_prefix('/') == Some(rest))?;
        let item = items.get(place)?;
        let body = page::article(self, outlet, item, &items);
        Some(Found::text("text/html; charset=utf-8", body, Some(item.version.at.at)))
    }

    /// A file of the folder; never one outside of it.
    fn file(&self, path: &str) -> Option<Found> {
        let folder = self.folder.as_ref()?;
        let relative = Path::new(path.trim_start_matches('/'));
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let mut file = folder.join(relative).canonicalize().ok()?;
        if file.is_dir() {
            file = file.join("index.html").canonicalize().ok()?;
        }
        if !file.starts_with(folder) {
            return None;
        }
        let about = file.metadata().ok().filter(|about| about.len() <= FILE_BYTES_MAX)?;
        let changed = about.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
        let kind = match file.extension().and_then(|end| end.to_str()).unwrap_or_default() {
            "html" | "htm" => "text/html; charset=utf-8",
            "xml" | "rss" | "atom" => "application/xml",
            "json" => "application/json",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        };
        Some(Found { kind, body: std::fs::read(&file).ok()?, changed })
    }
}

/// A body that can be served.
struct Found {
    kind: &'static str,
    body: Vec<u8>,
    changed: Option<Timestamp>,
}

impl Found {
    fn text(kind: &'static str, body: String, changed: Option<Timestamp>) -> Found {
        Found { kind, body: body.into_bytes(), changed }
    }

    /// A strong tag of the bytes.
    ///
    /// # Source
    ///
    /// FNV-1a, 64 bits: draft-eastlake-fnv, section 4.
    fn tag(&self) -> String {
        let hash = self.body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("\"{hash:016x}\"")
    }

    /// Tells whether the client has it already.
    ///
    /// # Source
    ///
    /// RFC 9110 section 13.2.2: `If-Modified-Since` counts only without `If-None-Match`.
    fn known(&self, headers: &HeaderMap) -> bool {
        if let Some(tags) = text(headers, header::IF_NONE_MATCH) {
            let tag = self.tag();
            return tags
                .split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"))
                .any(|t| t == tag);
        }
        let since = text(headers, header::IF_MODIFIED_SINCE)
            .and_then(|since| jiff::fmt::rfc2822::parse(&since).ok())
            .map(|since| since.timestamp().as_second());
        since.zip(self.changed).is_some_and(|(since, changed)| changed.as_second() <= since)
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn answer(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response<Body> {
    let now = shared.now();
    let (request, _body) = request.into_parts();
    let path = request.uri.path().to_owned();
    let query = request.uri.path_and_query().map_or(path.clone(), ToString::to_string);
    let headers = &request.headers;
    let fault = lock(&shared.faults).iter_mut().find_map(|planned| planned.take(&path));
    let mut response = match &fault {
        Some(kind) => fault::answer(kind, || serve(&shared, &path, headers, now)).await,
        None => serve(&shared, &path, headers, now),
    };
    if request.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    } else if request.method != Method::GET {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        *response.body_mut() = Body::empty();
    }
    let bytes = axum::body::HttpBody::size_hint(response.body()).lower();
    let line = Request {
        at: now,
        method: request.method.to_string(),
        path: query,
        user_agent: text(headers, header::USER_AGENT),
        if_none_match: text(headers, header::IF_NONE_MATCH),
        if_modified_since: text(headers, header::IF_MODIFIED_SINCE),
        status: response.status().as_u16(),
        bytes,
    };
    let mut requests = lock(&shared.requests);
    if requests.len() >= REQUESTS_MAX {
        requests.pop_front();
    }
    requests.push_back(line);
    response
}

fn serve(shared: &Shared, path: &str, headers: &HeaderMap, now: Timestamp) -> Response<Body> {
    let Some(found) = shared.find(path, now) else {
        let body = "<!doctype html><title>404</title><h1>Not found</h1>\n";
        return respond(StatusCode::NOT_FOUND, "text/html; charset=utf-8", body.into());
    };
    let known = found.known(headers);
    let (tag, changed) = (found.tag(), found.changed);
    let mut response = if known {
        respond(StatusCode::NOT_MODIFIED, found.kind, Body::empty())
    } else {
        respond(StatusCode::OK, found.kind, found.body.into())
    };
    set(&mut response, header::ETAG, &tag);
    let changed = changed.and_then(|changed| {
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&changed).ok()
    });
    if let Some(changed) = changed {
        set(&mut response, header::LAST_MODIFIED, &changed);
    }
    response
}

/// An answer with a status, a type and a body.
fn respond(status: StatusCode, kind: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, kind);
    response
}

fn set(response: &mut Response<Body>, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
