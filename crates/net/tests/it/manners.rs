//! What a well-behaved host gets to see, and what of its answer is kept.

use net::{Method, Outgoing, Request, SendError};

use crate::door;
use crate::server::{Server, answer, path};

#[tokio::test]
async fn validators_go_back_byte_for_byte() {
    let server = Server::start(|_| {
        answer(
            "200 OK",
            "ETag: W/\"x, y\"\r\nLast-Modified: some day\r\nContent-Type: text/html\r\n",
            b"hello",
        )
    })
    .await;
    let first = door().get(Request::new(&server.url("/feed"))).await.unwrap();
    assert_eq!((first.status, first.body.as_slice()), (200, &b"hello"[..]));
    let again = Request {
        etag: first.headers.etag,
        last_modified: first.headers.last_modified,
        ..Request::new(&server.url("/feed"))
    };
    door().get(again).await.unwrap();
    let requests = server.requests();
    let last = requests[1].to_ascii_lowercase();
    assert!(last.contains("if-none-match: w/\"x, y\"\r\n"), "{last}");
    assert!(last.contains("if-modified-since: some day\r\n"), "{last}");
    assert!(last.contains("user-agent: uptospeed/"), "{last}");
    assert!(!last.contains("cookie") && !last.contains("referer"), "{last}");
    assert!(!requests[0].to_ascii_lowercase().contains("if-none-match"));
}

#[tokio::test]
async fn redirects_are_followed_and_the_permanent_part_is_told() {
    let server = Server::start(|head| match path(head) {
        "/a" => answer("301 Moved Permanently", "Location: /b\r\n", b""),
        "/b" => answer("308 Permanent Redirect", "Location: c#top\r\n", b""),
        "/c" => answer("302 Found", "Location: /d\r\n", b""),
        "/d" => answer("301 Moved Permanently", "Location: /e\r\n", b""),
        _ => answer("200 OK", "", b"here"),
    })
    .await;
    let found = door().get(Request::new(&server.url("/a"))).await.unwrap();
    assert_eq!(found.final_url, server.url("/e"));
    assert_eq!(
        found.permanent_url,
        Some(server.url("/c")),
        "what comes after a passing redirect is not for good"
    );
}

#[tokio::test]
async fn a_304_has_no_body_and_is_an_answer() {
    let server = Server::start(|_| answer("304 Not Modified", "ETag: \"a\"\r\n", b"")).await;
    let request = Request { etag: Some("\"a\"".to_owned()), ..Request::new(&server.url("/")) };
    let found = door().get(request).await.unwrap();
    assert_eq!((found.status, found.body.len()), (304, 0));
}

#[tokio::test]
async fn a_post_tells_what_is_known_of_its_fate() {
    let server = Server::start(|head| match path(head) {
        "/ok" => answer("200 OK", "", b"{}"),
        "/moved" => answer("302 Found", "Location: /ok\r\n", b""),
        // The host took the request and says nothing.
        _ => Vec::new(),
    })
    .await;
    let door = door();
    let sent = door
        .post(&server.url("/ok"), &[("content-type", "application/json")], b"{\"a\":1}".to_vec())
        .await;
    assert_eq!(sent.unwrap().status, 200);
    assert_eq!(
        door.post(&server.url("/moved"), &[], Vec::new()).await.unwrap().status,
        302,
        "never followed"
    );
    let token = "bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
    let lost =
        door.post(&server.url(&format!("/{token}/send")), &[], b"x".to_vec()).await.unwrap_err();
    assert!(matches!(lost, SendError::MaybeSent(_)), "{lost}");
    for text in [lost.to_string(), format!("{lost:?}")] {
        assert!(!text.contains("AAHdq"), "the token is shown: {text}");
    }
    // Nobody listens where a listener has just gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused =
        door.post(&format!("http://{gone}/{token}/send"), &[], b"x".to_vec()).await.unwrap_err();
    assert!(matches!(refused, SendError::NotSent(_)), "{refused}");
    assert!(!refused.to_string().contains("AAHdq"), "{refused}");
    assert!(refused.to_string().contains("refused the connection"), "{refused}");
    for headers in [("Host", "x"), ("Content-Length", "5"), ("X-A", "b\r\nX-Evil: 1"), ("X A", "b")]
    {
        let out = Outgoing {
            method: Method::Put,
            url: &server.url("/ok"),
            headers: &[headers],
            body: vec![],
            deadline: None,
        };
        assert!(matches!(door.send(out).await, Err(SendError::NotSent(_))), "{headers:?}");
    }
}
