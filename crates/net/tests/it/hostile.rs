//! Hosts that mean harm or do not know better: each is an error in words within its bounds, and nothing hangs.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use net::{Door, Kind, Limits, Policy, Request, Response};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::server::{Act, Server, answer, path};

/// Asks a server that does `acts` and says what came of it; never more than ten seconds.
async fn ask(acts: Vec<Act>) -> Result<Response, Kind> {
    let server = Server::start(move |_| acts.clone()).await;
    let began = Instant::now();
    let found = crate::door().get(Request::new(&server.url("/"))).await;
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    found.map_err(|error| error.kind().clone())
}

fn bytes(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

fn endless(text: &str) -> Act {
    Act::Repeat(text.as_bytes().to_vec(), u64::MAX)
}

const OK: &str = "HTTP/1.1 200 OK\r\n";

#[tokio::test]
async fn trickling_headers_meet_the_deadline() {
    let mut acts = vec![bytes(OK)];
    for n in 0..100 {
        acts.push(bytes(&format!("X-{n}: y\r\n")));
        acts.push(Act::Wait(Duration::from_millis(100)));
    }
    assert!(matches!(ask(acts).await, Err(Kind::Deadline(_))));
}

#[tokio::test]
async fn silence_meets_the_deadline() {
    assert!(matches!(ask(vec![Act::Hang]).await, Err(Kind::Deadline(_))));
}

#[tokio::test]
async fn a_trickling_body_is_too_slow_before_the_deadline() {
    let mut acts = vec![bytes(OK), bytes("Content-Length: 100000\r\n\r\n")];
    for _ in 0..100 {
        acts.push(bytes("a few bytes"));
        acts.push(Act::Wait(Duration::from_millis(100)));
    }
    assert!(matches!(ask(acts).await, Err(Kind::Slow { .. })));
    // One that stops altogether is found out as well.
    let acts = vec![bytes(OK), bytes("Content-Length: 100000\r\n\r\nbegin"), Act::Hang];
    assert!(matches!(ask(acts).await, Err(Kind::Slow { .. })));
    // A connection that is kept open without saying where the body ends, too.
    let acts = vec![bytes(OK), bytes("\r\n<html>the whole page</html>"), Act::Hang];
    assert!(matches!(ask(acts).await, Err(Kind::Slow { .. })));
}

#[tokio::test]
async fn endless_bodies_are_cut_off() {
    // 10 GB announced: refused unread. 10 GB not announced, whole or in chunks: refused at the cap.
    let announced = vec![bytes(OK), bytes("Content-Length: 10000000000\r\n\r\n"), endless("x")];
    let silent = vec![bytes(OK), bytes("\r\n"), endless(&"x".repeat(65_536))];
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    let chunked = vec![bytes(OK), bytes("Transfer-Encoding: chunked\r\n\r\n"), endless(&chunk)];
    for acts in [announced, silent, chunked] {
        assert_eq!(ask(acts).await, Err(Kind::TooLarge(10 << 20)));
    }
}

#[tokio::test]
async fn bombs_of_every_packing_are_refused() {
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; 64 << 20]).unwrap();
        encoder.finish().unwrap()
    };
    // 64 MiB of zeros in 102 bytes.
    let brotli = "cbffff3f002400e2b14072effff8ffff078004401c1680eefd1fffffff00900088c302d0bdffe3ffff1f001200715800baf77ffcffff034002200e0b40f7fe8fffff7f004800c46101e8defff1ffff0f000980382c00ddfb3ffeffff012001108705a07bff37";
    let brotli: Vec<u8> = (0..brotli.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(brotli.get(at..at + 2).unwrap(), 16).unwrap())
        .collect();
    for (encoding, body) in [
        ("gzip", &gzip),
        ("br", &brotli),
        ("zstd", &gzip),
        ("gzip, gzip", &gzip),
        ("br, br", &brotli),
    ] {
        let found = ask(answer("200 OK", &format!("Content-Encoding: {encoding}\r\n"), body)).await;
        let refused = matches!(found, Err(Kind::Bomb(_) | Kind::TooLarge(_) | Kind::Encoding(_)));
        assert!(refused, "{encoding}: {found:?}");
    }
    // A file that is packed, not a body that is: it stays packed.
    let found = ask(answer("200 OK", "Content-Type: application/zip\r\n", &gzip)).await.unwrap();
    assert_eq!(found.body.len(), gzip.len());
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    let one = vec![bytes(OK), bytes("X: "), endless(&"y".repeat(65_536))];
    let many = vec![bytes(OK), endless(&format!("X-A: {}\r\n", "y".repeat(1000)))];
    let lines = vec![bytes(OK), endless("A: b\r\n")];
    for acts in [one, many, lines] {
        let found = ask(acts).await;
        assert!(matches!(found, Err(Kind::HeadersTooLarge(_) | Kind::Broken(_))), "{found:?}");
    }
    let large = format!("X: {}\r\n", "y".repeat(100 << 10));
    assert_eq!(ask(answer("200 OK", &large, b"")).await, Err(Kind::HeadersTooLarge(64 << 10)));
}

#[tokio::test]
async fn redirects_end() {
    let server = Server::start(|head| {
        let n: u64 = path(head).trim_start_matches('/').parse().unwrap_or(0);
        answer("302 Found", &format!("Location: /{}\r\n", n + 1), b"")
    })
    .await;
    let error = crate::door().get(Request::new(&server.url("/0"))).await.unwrap_err();
    assert_eq!(error.kind(), &Kind::Redirects(5));
    assert_eq!(server.requests().len(), 6, "the address and five hops");

    let circle = |cookie: &'static str| {
        Server::start(move |head| {
            let to = if path(head) == "/a" { "/b" } else { "/a" };
            answer("302 Found", &format!("Location: {to}\r\n{cookie}"), b"")
        })
    };
    let server = circle("").await;
    let error = crate::door().get(Request::new(&server.url("/a"))).await.unwrap_err();
    assert_eq!(error.kind(), &Kind::Circle { cookies: false });
    let server = circle("Set-Cookie: seen=1\r\n").await;
    let error = crate::door().get(Request::new(&server.url("/a"))).await.unwrap_err();
    assert_eq!(error.kind(), &Kind::Circle { cookies: true });
    assert!(error.to_string().contains("cookie"), "{error}");

    for headers in ["", "Location: http://[broken/\r\n", "Location: \r\n"] {
        let found = ask(answer("302 Found", headers, b"")).await;
        assert!(matches!(found, Err(Kind::Location | Kind::Circle { .. })), "{headers}: {found:?}");
    }
}

#[tokio::test]
async fn wrong_lengths_and_rubbish_are_broken_answers() {
    let short = vec![bytes(OK), bytes("Content-Length: 100\r\n\r\nonly this")];
    let chunks = vec![bytes(OK), bytes("Transfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk\r\n")];
    let cut = vec![bytes(OK), bytes("Transfer-Encoding: chunked\r\n\r\n5\r\nhel")];
    let both = vec![bytes(OK), bytes("Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello")];
    let text = vec![bytes("this is no HTTP at all\r\n\r\n")];
    let nothing = Vec::new();
    let binary = vec![Act::Send((0..=255).collect())];
    for acts in [short, chunks, cut, both, text, nothing, binary] {
        let found = ask(acts.clone()).await;
        assert!(matches!(found, Err(Kind::Broken(_) | Kind::Connect(_))), "{acts:?}: {found:?}");
    }
    // Longer than announced: the rest is not part of the answer.
    let long = vec![bytes(OK), bytes("Content-Length: 5\r\n\r\nhello and more")];
    assert_eq!(ask(long).await.unwrap().body, b"hello");
}

#[tokio::test]
async fn one_line_of_many_bytes_and_zero_bytes_are_only_bytes() {
    let body = vec![0_u8; 5 << 20];
    assert_eq!(ask(answer("200 OK", "", &body)).await.unwrap().body, body);
    let line = vec![b'x'; 100 << 20];
    assert_eq!(ask(answer("200 OK", "", &line)).await, Err(Kind::TooLarge(10 << 20)));
}

/// A server that speaks TLS with one of the test's certificates, on a thread of its own.
fn tls_server(certificate: &'static [u8]) -> std::net::SocketAddr {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(
        include_bytes!("data/server-key.der").as_slice(),
    ));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut head = [0; 4096];
            if stream.read(&mut head).is_ok() {
                let answer =
                    b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret";
                if stream.write_all(answer).is_ok() {
                    stream.conn.send_close_notify();
                    drop(stream.flush());
                }
            }
        }
    });
    address
}

async fn ask_tls(certificate: &'static [u8], name: &str, trusted: bool) -> Result<Vec<u8>, String> {
    let address = tls_server(certificate);
    let policy = Policy {
        names: net::Names::Given(Arc::new(|_| vec![[127, 0, 0, 1].into()])),
        ports: vec![address.port()],
        extra_roots_pem: if trusted {
            vec![include_bytes!("data/authority.pem").to_vec()]
        } else {
            Vec::new()
        },
        ..crate::policy()
    };
    let found =
        Door::new(policy).get(Request::new(&format!("https://{name}:{}/", address.port()))).await;
    found.map(|r| r.body).map_err(|error| error.to_string())
}

#[tokio::test]
async fn insecure_connections_are_named() {
    let good = include_bytes!("data/good.der");
    assert_eq!(ask_tls(good, "good.example", true).await, Ok(b"secret".to_vec()));
    for (certificate, name, trusted, wanted) in [
        (&good[..], "good.example", false, "nobody whom this machine trusts"),
        (&good[..], "other.example", true, "for another name"),
        (&include_bytes!("data/expired.der")[..], "good.example", true, "has expired"),
    ] {
        let error = ask_tls(certificate, name, trusted).await.unwrap_err();
        assert!(error.contains(wanted), "{error}");
    }
    // A host that speaks plain HTTP where TLS is asked for.
    let server = Server::start(|_| answer("400 Bad Request", "", b"")).await;
    let url = server.url("/").replace("http:", "https:");
    let error = crate::door().get(Request::new(&url)).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::Tls(_) | Kind::Connect(_) | Kind::Deadline(_)), "{error}");
}

#[tokio::test]
async fn slow_hosts_do_not_keep_others_waiting() {
    let slow = Server::start(|_| vec![Act::Hang]).await;
    let quick = Server::start(|_| answer("200 OK", "", b"quick")).await;
    let limits = Limits { deadline: Duration::from_secs(2), ..Limits::default() };
    let door = Door::new(Policy { limits, requests_max: 16, ..crate::policy() });
    let began = Instant::now();
    let stuck: Vec<_> = (0..12)
        .map(|_| {
            let (door, url) = (door.clone(), slow.url("/"));
            tokio::spawn(async move { door.get(Request::new(&url)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..20 {
        assert_eq!(door.get(Request::new(&quick.url("/"))).await.unwrap().status, 200);
    }
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "the quick host waited {:?}",
        began.elapsed()
    );
    for task in stuck {
        assert!(task.await.unwrap().is_err());
    }
}
