//! The fake web over a real socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use testkit::day::{Day, Listing};
use testkit::fakeweb::{FakeWeb, FakeWebConfig, Fault, FaultKind};

/// Status, headers in lower case, body as it came (after chunks are joined).
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(crate) fn ask(web: &FakeWeb, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(web.address()).unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nHost: x\r\nUser-Agent: test\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    // A connection that the web cuts may end in an error: what came is kept.
    let _cut = stream.read_to_end(&mut all);
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(all.len());
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head, body: all.get(end + 4..).unwrap_or_default().to_vec() }
}

fn day() -> Day {
    Day::bundled().unwrap()
}

fn started(day: &Day) -> FakeWeb {
    FakeWeb::start(FakeWebConfig::day(day)).unwrap()
}

#[test]
fn an_item_is_there_once_the_clock_is_past_it() {
    let day = day();
    let web = started(&day);
    let article = day.article("ra-01").unwrap();
    let path = format!("/{}{}", article.outlet, article.path);
    assert_eq!(ask(&web, &path, "").status, 404);
    web.set_now(article.versions[0].at.at);
    let first = ask(&web, &path, "");
    assert_eq!(first.status, 200);
    assert!(first.text().contains("zahlreiche Verletzte"));
    web.set_now(article.versions[1].at.at);
    let second = ask(&web, &path, "");
    assert!(second.text().contains("mindestens zehn Menschen"));
    assert_ne!(first.header("etag"), second.header("etag"));
}

#[test]
fn every_article_is_listed_and_its_page_carries_its_text() {
    let day = day();
    let web = started(&day);
    web.set_now(day.end);
    for (outlet, url) in web.feeds() {
        let path = url.strip_prefix(web.base_url()).unwrap();
        let feed = ask(&web, path, "");
        assert_eq!(feed.status, 200, "{url}");
        let sitemap = ask(&web, &format!("/{}/sitemap.xml", outlet.id), "").text();
        for article in day.articles.iter().filter(|article| article.outlet == outlet.id) {
            let page_url = web.article_url(article);
            assert!(feed.text().contains(&page_url), "{url} lacks {}", article.id);
            assert!(sitemap.contains(&page_url));
            let page = ask(&web, page_url.strip_prefix(web.base_url()).unwrap(), "").text();
            let last = article.versions.last().unwrap();
            for line in last.blocks.iter().flat_map(testkit::day::Block::lines) {
                let line = line.replace('&', "&amp;").replace('"', "&quot;");
                assert!(page.contains(&line), "{}: {line}", article.id);
            }
        }
        match outlet.listing {
            Listing::JsonFeed => {
                let feed: serde_json::Value = serde_json::from_slice(&feed.body).unwrap();
                assert!(feed["items"].as_array().is_some_and(|items| !items.is_empty()));
            }
            Listing::Sitemap => assert!(feed.text().contains("<news:publication_date>")),
            Listing::Rss => assert!(feed.text().contains("<pubDate>Wed, 14 Oct 2026")),
            Listing::Atom => assert!(feed.text().contains("<updated>2026-10-14T")),
        }
    }
}

#[test]
fn unchanged_is_304() {
    let day = day();
    let web = started(&day);
    web.set_now(day.end);
    let path = "/interpont/feed.xml";
    let first = ask(&web, path, "");
    let tag = first.header("etag").unwrap();
    let changed = first.header("last-modified").unwrap();
    assert_eq!(changed, "Wed, 14 Oct 2026 14:40:00 GMT");
    let check = |headers: &str, expected: u16| {
        let answer = ask(&web, path, headers);
        assert_eq!(
            (answer.status, answer.body.is_empty()),
            (expected, expected == 304),
            "{headers}"
        );
    };
    check(&format!("If-None-Match: {tag}\r\n"), 304);
    check(&format!("If-None-Match: W/{tag}, \"x\"\r\n"), 304);
    check("If-None-Match: \"x\"\r\n", 200);
    check(&format!("If-Modified-Since: {changed}\r\n"), 304);
    check("If-Modified-Since: Wed, 14 Oct 2026 14:39:59 GMT\r\n", 200);
    check(&format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {changed}\r\n"), 200);
    check("If-Modified-Since: yesterday\r\n", 200);
    let seen = web.requests();
    assert_eq!(seen.len(), 8);
    assert_eq!(seen[1].if_none_match.as_deref(), Some(tag));
    assert_eq!(seen[1].user_agent.as_deref(), Some("test"));
    assert_eq!((seen[0].bytes, seen[1].bytes), (first.body.len() as u64, 0));
}

#[test]
fn faults_come_as_planned() {
    let day = day();
    let web = started(&day);
    web.set_now(day.end);
    let path = "/interpont/feed.xml";
    let whole = ask(&web, path, "").body.len();
    let check = |kind: FaultKind, expected: u16| {
        web.clear_faults();
        web.add_fault(Fault::once("/interpont/*", kind));
        let answer = ask(&web, path, "");
        assert_eq!(answer.status, expected);
        assert_eq!(ask(&web, path, "").body.len(), whole, "only once");
        answer
    };
    check(FaultKind::Status(404), 404);
    check(FaultKind::Status(500), 500);
    let wait = check(FaultKind::TooManyRequests { retry_after_secs: 30 }, 429);
    assert_eq!(wait.header("retry-after"), Some("30"));
    let picture = check(FaultKind::NotHtml, 200);
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert_eq!(check(FaultKind::Broken, 200).body.len(), whole / 2);
    assert!(check(FaultKind::CutShort, 200).body.len() < whole);
    let to = "/elsewhere".to_owned();
    let moved = check(FaultKind::Redirect { to, permanent: true }, 301);
    assert_eq!(moved.header("location"), Some("/elsewhere"));
    assert_eq!(check(FaultKind::Huge { bytes: 3_000_001 }, 200).body.len(), 3_000_001);
    assert!(check(FaultKind::Empty, 200).body.is_empty());
    let before = Instant::now();
    check(FaultKind::Slow(Duration::from_millis(80)), 200);
    assert!(before.elapsed() >= Duration::from_millis(80));

    web.clear_faults();
    let kind = FaultKind::Status(503);
    web.add_fault(Fault { path: path.to_owned(), after: 1, times: Some(2), kind });
    let statuses: Vec<_> = (0..4).map(|_| ask(&web, path, "").status).collect();
    assert_eq!(statuses, [200, 503, 503, 200]);
}

#[test]
fn a_feed_has_a_window() {
    let day = day();
    let config = FakeWebConfig { window: Some(3), ..FakeWebConfig::day(&day) };
    let web = FakeWeb::start(config).unwrap();
    web.set_now(day.end);
    let feed = ask(&web, "/calder-courier/feed.xml", "").text();
    assert_eq!(feed.matches("<item>").count(), 3);
    assert!(feed.contains("calder-courier:cc-10"), "the newest");
    let all = ask(&web, "/calder-courier/sitemap.xml", "").text();
    assert_eq!(all.matches("<loc>").count(), 12);
}

#[test]
fn a_folder_is_served_and_nothing_beside_it() {
    let root = std::env::temp_dir().join(format!("fakeweb-{}", std::process::id()));
    let folder: PathBuf = root.join("public");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(root.join("secret.txt"), "secret").unwrap();
    std::fs::write(folder.join("feed.xml"), "<rss/>").unwrap();
    std::fs::write(folder.join("sub/index.html"), "<p>in").unwrap();
    let web = FakeWeb::start(FakeWebConfig::folder(&folder)).unwrap();
    let check = |path: &str, expected: (u16, &str)| {
        let answer = ask(&web, path, "");
        let body = if answer.status == 200 { answer.text() } else { String::new() };
        assert_eq!((answer.status, body.as_str()), expected, "{path}");
    };
    check("/feed.xml", (200, "<rss/>"));
    check("/sub/", (200, "<p>in"));
    check("/", (404, ""));
    check("/missing", (404, ""));
    check("/../secret.txt", (404, ""));
    check("/sub/../../secret.txt", (404, ""));
    check("/%2e%2e/secret.txt", (404, ""));
    let tag = ask(&web, "/feed.xml", "").header("etag").unwrap().to_owned();
    let again = ask(&web, "/feed.xml", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!(again.status, 304);
    drop(web);
    std::fs::remove_dir_all(&root).unwrap();
}

#[test]
fn dropping_stops_it() {
    let web = started(&day());
    let address = web.address();
    // A connection that is kept open must not hold it up.
    let _open = TcpStream::connect(address).unwrap();
    drop(web);
    assert!(TcpStream::connect(address).is_err());
}
