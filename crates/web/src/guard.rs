//! Who may see what: every route is declared here with its policy, and the router is made from nothing else.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Who may see a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everybody who reaches the page: what outlets printed, and what was read in it.
    Reader,
    /// Only this machine itself, not through a proxy: what is sent to whom, what is read, what fails.
    Operator,
    /// Anything that watches over the program: says that it runs and no more.
    Health,
}

/// Headers that a proxy adds: a request that has one does not come from this machine.
const FORWARDED: [&str; 5] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Whether a request comes from this machine itself, without a proxy between.
pub(crate) fn is_local(peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("");
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    let own =
        name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    own && peer.is_none_or(|p| p.ip().to_canonical().is_loopback())
        && FORWARDED.iter().all(|name| !headers.contains_key(*name))
}

/// Lets only the operator pass.
pub(crate) async fn operator_only(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0);
    if is_local(peer, request.headers()) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "The operator's pages are shown on the machine itself only; from elsewhere: ssh -L 7878:127.0.0.1:7878 HOST\n",
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        let check = |peer: &str, host: &str, extra: Option<&'static str>, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::HOST,
                header::HeaderValue::from_str(host)
                    .unwrap_or(header::HeaderValue::from_static("bad")),
            );
            if let Some(name) = extra {
                headers.insert(name, header::HeaderValue::from_static("1.2.3.4"));
            }
            assert_eq!(is_local(peer.parse().ok(), &headers), expected, "{peer} {host} {extra:?}");
        };
        check("127.0.0.1:9", "127.0.0.1:7878", None, true);
        check("[::1]:9", "[::1]:7878", None, true);
        check("[::ffff:127.0.0.1]:9", "localhost:7878", None, true);
        check("192.168.1.9:9", "localhost:7878", None, false);
        check("127.0.0.1:9", "news.example", None, false);
        check("127.0.0.1:9", "127.0.0.1.evil.example", None, false);
        check("127.0.0.1:9", "localhost", Some("x-forwarded-for"), false);
        check("127.0.0.1:9", "localhost", Some("forwarded"), false);
    }
}
