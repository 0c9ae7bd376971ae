//! A page on loopback with a few rows, and the smallest HTTP client that can ask it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use article::{Article, Block, BlockKind, Span};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reading::{CasualtyKind, Qualifier, Reading, StatementKind};
use store::Store;
use stories::{
    Arrival, ArticleId, Correction, Evidence, Figure, LedgerStatement, Member, Story, StoryId,
    StoryPlace, Update, UpdateKind,
};
use tempfile::TempDir;
use web::{PreviewPost, Site};

/// What an outlet that means harm writes wherever it can.
pub(crate) const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

pub(crate) const NOW: &str = "2026-11-05T12:00:00Z";

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) story: StoryId,
    pub(crate) store: Arc<Store>,
    /// Seconds by which its clock is ahead of [`NOW`].
    pub(crate) ahead: Arc<AtomicI64>,
    _folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

/// Understands one sentence.
struct EchoFollows;

impl web::Follows for EchoFollows {
    fn preview(
        &self,
        sentence: &str,
        _now: Timestamp,
    ) -> Result<Result<web::Previewed, String>, store::Error> {
        Ok(if sentence.starts_with("about ") {
            let sentence = sentence.to_owned();
            Ok(web::Previewed { sentence, has_target: true, stories: Vec::new() })
        } else {
            Err(format!("not understood: {sentence}"))
        })
    }
    fn add(&self, sentence: &str, _now: Timestamp) -> Result<Result<i64, String>, store::Error> {
        Ok(if sentence.starts_with("about ") { Ok(1) } else { Err(EVIL.to_owned()) })
    }
}

struct OnePost;

impl web::Preview for OnePost {
    fn name(&self) -> String {
        format!("Desk {EVIL}")
    }
    fn version(&self) -> u64 {
        1
    }
    fn posts(&self) -> Vec<PreviewPost> {
        vec![PreviewPost {
            id: 1,
            html: format!(
                "<b>Post</b>\n<blockquote expandable>in full</blockquote>{EVIL}<iframe srcdoc=\"x\"></iframe><form formaction=x>"
            ),
            at: NOW.parse().unwrap(),
            edited: Some(NOW.parse().unwrap()),
            edits: 2,
            reply_to: None,
        }]
    }
}

/// Serves a store; `rows` fills it with two stories, `preview` shows a channel.
pub(crate) fn serve(rows: bool, preview: bool) -> Served {
    serve_with(rows, preview, None)
}

/// Serves a store, with somebody who takes what comes in.
pub(crate) fn serve_with(rows: bool, preview: bool, inbox: Option<Arc<dyn web::Inbox>>) -> Served {
    serve_to(web::Access::Open, rows, preview, inbox)
}

/// Serves a store with rows to whoever has an account.
pub(crate) fn serve_closed(public: bool, proxy: Option<web::Proxy>) -> Served {
    serve_to(web::Access::Accounts(Arc::new(web::Desk::new(public, proxy))), true, false, None)
}

/// Serves a store to whom the access lets in.
pub(crate) fn serve_to(
    access: web::Access,
    rows: bool,
    preview: bool,
    inbox: Option<Arc<dyn web::Inbox>>,
) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&folder.path().join("s.db")).unwrap());
    let now: Timestamp = NOW.parse().unwrap();
    if rows {
        fill(&store, now);
    }
    let preview: Option<Arc<dyn web::Preview>> =
        if preview { Some(Arc::new(OnePost)) } else { None };
    let ahead = Arc::new(AtomicI64::new(0));
    let site = Site {
        store: store.clone(),
        zone: TimeZone::UTC,
        languages: vec!["en".to_owned()],
        base_url: "http://127.0.0.1:7878".to_owned(),
        now: Arc::new({
            let ahead = ahead.clone();
            move || now + jiff::SignedDuration::from_secs(ahead.load(Ordering::Relaxed))
        }),
        access,
        follows: Some(Arc::new(EchoFollows)),
        land: rows.then(|| Arc::new(island())),
        preview,
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(web::serve(listener, web::router_with(site, inbox), std::future::pending()));
    Served { address, story: StoryId(3), store, ahead, _folder: folder, _runtime: runtime }
}

/// A square piece of land from 50° to 58° north, 8° to 0° west.
fn island() -> web::Land {
    let mut bytes = b"uts land 1\n\0".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(5_u32.to_le_bytes());
    for number in [-800_i16, 5000, -800, 5800, 0, 5800, 0, 5000, -800, 5000] {
        bytes.extend(number.to_le_bytes());
    }
    web::Land::from_bytes(&bytes).unwrap()
}

/// One article on two texts: a figure, a statement, a place, a correction; headline and names mean harm.
fn fill(store: &Store, now: Timestamp) {
    let text = "Four people died in Alden, the mayor said. \"We will rebuild,\" said Ida Moor.\nRead our other <b>pages</b>.";
    let end = text.find('\n').unwrap();
    let first = text.find(". ").unwrap() + 1;
    let block = |start, end, kind| Block { span: Span::new(start, end), kind, at: None };
    let article = Article {
        title: Some(format!("Bridge falls in Alden {EVIL}")),
        outlet: Some(format!("Ledger {EVIL}")),
        language: Some("en".into()),
        authors: vec![EVIL.to_owned()],
        url: Some("https://ledger.example/1".into()),
        canonical: Some("javascript:alert(1)".into()),
        correction: Some(format!("Earlier five. {EVIL}")),
        text: text.to_owned(),
        blocks: vec![
            block(0, end, BlockKind::Paragraph),
            block(end + 1, text.len(), BlockKind::Promotion),
        ],
        ..Article::default()
    };
    let revision =
        store.record_article(None, "https://ledger.example/1", &article, now).unwrap().unwrap();
    let reading = Reading {
        sentences: vec![Span::new(0, first), Span::new(first + 1, end)],
        speakers: vec![reading::Speaker {
            id: 0,
            name: "Ida Moor".into(),
            kind: reading::SpeakerKind::Person,
            description: None,
            conflicts_with: Vec::new(),
        }],
        ..Reading::default()
    };
    store.record_readings("test", &[(revision, reading)]).unwrap();
    let id = ArticleId(1);
    let story = Story {
        id: StoryId(3),
        title: format!("Bridge falls in Alden {EVIL}"),
        title_article: id,
        title_language: "en".into(),
        first: now,
        last: now,
        members: vec![Member {
            article: id,
            outlet: format!("Ledger {EVIL}"),
            language: "en".into(),
            at: now,
            copy_of: None,
        }],
        independent_texts: 1,
        languages: vec!["en".into()],
        figures: (0..3)
            .map(|n| Figure {
                kind: CasualtyKind::Killed,
                outlet: format!("Outlet {n} {EVIL}"),
                article: id,
                at: now,
                min: Some(4 + n),
                max: Some(4 + n),
                best: Some(4 + n),
                qualifier: Qualifier::Exactly,
                sentence: Span::new(0, first),
                words: Span::new(0, 16),
                withdrawn: false,
            })
            .collect(),
        statements: vec![LedgerStatement {
            speaker: "Ida Moor".into(),
            description: Some(EVIL.into()),
            text: format!("\"We will rebuild,\" {EVIL}"),
            language: "en".into(),
            kind: StatementKind::Direct,
            first_outlet: EVIL.into(),
            article: id,
            span: Span::new(first + 1, end),
            at: now,
            outlets: vec![EVIL.into()],
            renderings: Vec::new(),
        }],
        corrections: vec![Correction {
            outlet: EVIL.into(),
            article: id,
            at: now,
            before: EVIL.into(),
            after: "4".into(),
            noted: false,
            kind: None,
        }],
        places: vec![StoryPlace {
            name: "Alden".into(),
            latitude: Some(54.1),
            longitude: Some(-2.2),
            country: Some("GBR".into()),
            articles: 1,
        }],
        revision: 1,
        ..Story::default()
    };
    let update = Update {
        story: StoryId(3),
        revision: 1,
        follows_revision: 0,
        at: now,
        article: id,
        outlet: format!("Ledger {EVIL}"),
        kind: UpdateKind::FigureChanged,
        text: format!("4 dead {EVIL}"),
        language: "en".into(),
        evidence: vec![Evidence { article: id, span: Span::new(0, first) }],
        figure: None,
        statement: None,
        importance: 1.0,
    };
    let arrival = Arrival {
        story: StoryId(3),
        opened: true,
        updates: vec![update],
        changed: vec![story],
        ..Arrival::default()
    };
    store.record_arrival(revision, id, now, &arrival, &[]).unwrap();
}

/// One more update of the story.
pub(crate) fn tell_more(store: &Store) {
    let now: Timestamp = NOW.parse().unwrap();
    let mut story = store.story(StoryId(3)).unwrap().unwrap();
    story.revision += 1;
    let mut update = store.updates(StoryId(3)).unwrap().remove(0);
    update.follows_revision = update.revision;
    update.revision = story.revision;
    "5 dead".clone_into(&mut update.text);
    let arrival = Arrival {
        story: StoryId(3),
        updates: vec![update],
        changed: vec![story],
        ..Arrival::default()
    };
    store.record_arrival(1, ArticleId(1), now, &arrival, &[]).unwrap();
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|l| l.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim())
    }

    /// The cookies that it sets, as the browser sends them back.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.head
            .lines()
            .filter_map(|l| l.split_once(": "))
            .filter(|(n, _)| n.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|(_, v)| v.split(';').next())
            .collect()
    }
}

impl Served {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// Asks; a `Host` among the headers takes the place of the usual one.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask_with(method, path, headers, "")
    }

    /// Sends a form, as a page of ours does.
    pub(crate) fn form(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut all = vec![
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        all.extend(headers);
        self.ask_with("POST", path, &all, body)
    }

    /// Asks with a body.
    pub(crate) fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        ask_at(self.address, method, path, headers, body)
    }
}

/// Asks whoever listens there.
pub(crate) fn ask_at(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(n, _)| *n == "Host") {
        request.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    // A live stream never ends: its head is enough.
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(buffer.get(..n).unwrap());
        if bytes.windows(17).any(|w| w == b"text/event-stream") {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A path that the route's pattern matches and the rows have.
pub(crate) fn filled(pattern: &str, story: StoryId) -> String {
    let id = if pattern.starts_with("/a") { "1".to_owned() } else { story.to_string() };
    let id = if pattern == "/api/stories/{id}" { story.to_string() } else { id };
    let name = match pattern {
        "/who/{name}" => "Ida%20Moor".to_owned(),
        "/place/{name}" => "Alden".to_owned(),
        "/reader/api/0/stream/contents/{*stream}" => {
            return "/reader/api/0/stream/contents/user/-/state/com.google/reading-list".to_owned();
        }
        "/reader/api/0/stream/items/ids" => {
            return format!("{pattern}?s=feed/stories");
        }
        "/setup/{token}" => return "/setup/none".to_owned(),
        "/feeds/{name}" => "all.atom".to_owned(),
        _ => format!("{story}.json"),
    };
    let path =
        pattern.replace("{id}", &id).replace("{name}", &name).replace("{date}", "2026-11-05");
    if path == "/api/search" { "/api/search?q=bridge".to_owned() } else { path }
}
