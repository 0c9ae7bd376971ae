//! Private places stay closed whatever leads there: the SSRF suite.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use net::{Allow, Door, Kind, Names, Policy, Request};

use crate::server::{Server, answer};

fn with_names(answers: impl Fn(&str) -> Vec<&'static str> + Send + Sync + 'static) -> Policy {
    let names =
        move |name: &str| answers(name).iter().filter_map(|a| a.parse::<IpAddr>().ok()).collect();
    Policy { names: Names::Given(Arc::new(names)), ..crate::policy() }
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_asked() {
    for address in [
        "10.0.0.7",
        "169.254.169.254",
        "100.64.1.1",
        "::ffff:192.168.0.1",
        "fd00::1",
        "64:ff9b::a00:1",
        "0.0.0.0",
    ] {
        let policy = with_names(move |_| vec![address]);
        let error = Door::new(policy).get(Request::new("http://news.example/")).await.unwrap_err();
        assert!(matches!(error.kind(), Kind::Blocked { .. }), "{address}: {error}");
        assert!(error.is_lasting());
    }
    // One bad address among good ones spoils the name.
    let policy = with_names(|_| vec!["8.8.8.8", "10.0.0.7"]);
    let error = Door::new(policy).get(Request::new("http://news.example/")).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::Blocked { .. }), "{error}");
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_checked() {
    // A name that answers with a good address when it is checked and a private one when it is asked again (DNS rebinding):
    // there is no second question.
    let server = Server::start(|_| answer("200 OK", "", b"the right one")).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let policy = with_names(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => vec!["127.0.0.1"],
        _ => vec!["10.0.0.7"],
    });
    let policy = Policy { ports: vec![80, 443, server.address.port()], ..policy };
    let url = format!("http://news.example:{}/", server.address.port());
    let found = Door::new(policy).get(Request::new(&url)).await.unwrap();
    assert_eq!(found.body, b"the right one");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "the name was asked once");
}

#[tokio::test]
async fn redirects_are_checked_on_every_hop() {
    for to in [
        "http://10.0.0.7/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.7]/",
        "http://0xa000007/",
        "//10.0.0.7/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher://127.0.0.1/x",
        "data:text/html,x",
        "javascript:alert(1)",
        "http://user:pw@8.8.8.8/",
        "http://inner.example/",
        "http://8.8.8.8:6379/",
    ] {
        let server =
            Server::start(move |_| answer("302 Found", &format!("Location: {to}\r\n"), b"")).await;
        let policy = with_names(|_| vec!["10.0.0.7"]);
        let error = Door::new(policy).get(Request::new(&server.url("/"))).await.unwrap_err();
        let closed = matches!(
            error.kind(),
            Kind::Blocked { .. } | Kind::Scheme(_) | Kind::Credentials | Kind::Port(_)
        );
        assert!(closed, "{to}: {error}");
        assert_eq!(server.requests().len(), 1, "{to}");
    }
}

#[tokio::test]
async fn an_allowance_is_for_the_host_it_names() {
    let server = Server::start(|_| answer("200 OK", "", b"in house")).await;
    let port = server.address.port();
    let closed = Policy {
        names: Names::Given(Arc::new(|_| vec![[127, 0, 0, 1].into()])),
        ..Policy::default()
    };
    let policy =
        Policy { allow: vec![Allow::parse(&format!("wiki.intranet:{port}")).unwrap()], ..closed };
    let door = Door::new(policy);
    let found = door.get(Request::new(&format!("http://wiki.intranet:{port}/"))).await.unwrap();
    assert_eq!(found.body, b"in house");
    for url in [
        format!("http://other.intranet:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        "http://wiki.intranet:1/".to_owned(),
        "http://other.intranet/".to_owned(),
        "http://localhost/".to_owned(),
    ] {
        assert!(door.get(Request::new(&url)).await.is_err(), "{url}");
        assert!(door.post(&url, &[], Vec::new()).await.is_err(), "{url}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    // `Server` stands for the proxy; it must see nothing. The variable is read when a door is opened, if at all, so it is
    // set for a process of its own: this test's binary, asked for one test alone.
    let server = Server::start(|_| answer("200 OK", "", b"through the proxy")).await;
    if std::env::var_os("NET_TEST_PROXIED").is_some() {
        let error = crate::door().get(Request::new("http://news.invalid/")).await.unwrap_err();
        assert!(matches!(error.kind(), Kind::Name(_)), "{error}");
        return;
    }
    let proxy = server.url("");
    let binary = std::env::current_exe().unwrap();
    let status = tokio::task::spawn_blocking(move || {
        std::process::Command::new(binary)
            .args(["--exact", "closed::proxies_of_the_environment_are_not_used"])
            .env("NET_TEST_PROXIED", "1")
            .envs([
                ("http_proxy", &proxy),
                ("HTTP_PROXY", &proxy),
                ("ALL_PROXY", &proxy),
                ("https_proxy", &proxy),
            ])
            .output()
    });
    let output = status.await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(server.requests().is_empty());
}

#[test]
fn homographs_are_shown_as_what_they_are() {
    // The first letter is Cyrillic.
    assert_eq!(net::scrub("https://аpple.example/"), "https://xn--pple-43d.example/");
}
