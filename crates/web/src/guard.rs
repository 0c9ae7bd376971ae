//! Who may see what: every route is declared with its policy, and the router is made from nothing else.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use store::Role;

use crate::account::{self, Access, Via, Visitor};
use crate::{Site, Trouble};

/// Who may see a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everybody: the way in.
    Public,
    /// What every page is made with, the same for everybody: who asks is not looked at.
    File,
    /// Programs that log in by themselves: what they send proves who they are, and no cookie is looked at.
    Program,
    /// Who may read: what outlets printed, and what was read in it.
    Reader,
    /// Who says who is told what and mends stories.
    Editor,
    /// The machine itself, an admin, or a token made for it: figures.
    Metrics,
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

/// Whether an unsafe request was caused by a page of ours.
///
/// `Sec-Fetch-Site` where the browser says it, else `Origin` against `Host`; a browser that says neither is not believed.
fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, from)| from == host)
        }
        _ => false,
    }
}

/// Finds out who asks, and lets pass who may.
pub(crate) async fn admit(
    State((site, policy)): State<(Site, Policy)>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0);
    let local = is_local(peer, request.headers());
    let visitor = match &site.access {
        Access::Open => Visitor::NOBODY,
        Access::Accounts(_)
            if matches!(policy, Policy::File | Policy::Health | Policy::Program) =>
        {
            Visitor::NOBODY
        }
        Access::Accounts(desk) => {
            let (site, desk) = (site.clone(), desk.clone());
            let headers = request.headers().clone();
            let found = crate::from_rows(move || {
                account::who(&site, &desk, &headers, peer).map_err(Trouble::Store)
            });
            match found.await {
                Ok(visitor) => visitor,
                Err(trouble) => return trouble.into_response(),
            }
        }
    };
    let may = match (&site.access, policy) {
        (_, Policy::Public | Policy::File | Policy::Program | Policy::Health)
        | (Access::Open, Policy::Reader) => true,
        (Access::Open, Policy::Editor | Policy::Metrics) => local,
        (Access::Accounts(desk), Policy::Reader) => desk.public || visitor.is(Role::Reader),
        (Access::Accounts(_), Policy::Editor) => visitor.is(Role::Editor),
        (Access::Accounts(_), Policy::Metrics) => local || visitor.measures(),
    };
    if !may {
        return refusal(&site, &visitor, request.method(), request.uri());
    }
    // A browser brings its cookie along whoever causes the request; a program shows its token only when it means to.
    let safe = request.method().is_safe();
    let bearer = matches!(visitor.via, Via::Token(_));
    if !safe && !bearer && policy != Policy::Program && !is_ours(request.headers()) {
        let words = "This request did not come from a page of ours; nothing was changed.\n";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

/// Says why not, and what to do.
fn refusal(site: &Site, visitor: &Visitor, method: &Method, uri: &Uri) -> Response {
    if matches!(site.access, Access::Open) {
        let words = "The operator's pages are shown on the machine itself only; from elsewhere: ssh -L 7878:127.0.0.1:7878 HOST\n";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let path = uri.path();
    if visitor.person.is_some() {
        let words = "Your account may not do that; an admin can let it (Settings, People).\n";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let program = ["/api/", "/feeds/", "/reader/", "/metrics", "/live"];
    if method != Method::GET || program.iter().any(|start| path.starts_with(start)) {
        let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"uptospeed\", charset=\"UTF-8\"")];
        let words = "Log in at /login, or send a token of yours: Authorization: Bearer TOKEN\n";
        return (StatusCode::UNAUTHORIZED, ask, words).into_response();
    }
    let asked = uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let to = match asked {
        "/" => "/login".to_owned(),
        asked => format!("/login?to={}", crate::link::encode(account::safe_target(asked))),
    };
    account::to_page(&to, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(
                *name,
                header::HeaderValue::from_str(value)
                    .unwrap_or(header::HeaderValue::from_static("bad")),
            );
        }
        headers
    }

    #[test]
    fn only_this_machine_is_local() {
        let check = |peer: &str, host: &str, extra: Option<&'static str>, expected: bool| {
            let mut pairs = vec![("host", host)];
            pairs.extend(extra.map(|name| (name, "1.2.3.4")));
            assert_eq!(
                is_local(peer.parse().ok(), &headers(&pairs)),
                expected,
                "{peer} {host} {extra:?}"
            );
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

    #[test]
    fn a_change_comes_from_a_page_of_ours() {
        let check = |pairs: &[(&'static str, &str)], expected: bool| {
            assert_eq!(is_ours(&headers(pairs)), expected, "{pairs:?}");
        };
        let host = ("host", "news.example:7878");
        check(&[host, ("sec-fetch-site", "same-origin")], true);
        for other in ["cross-site", "same-site", "none", ""] {
            check(
                &[host, ("sec-fetch-site", other), ("origin", "http://news.example:7878")],
                false,
            );
        }
        check(&[host, ("origin", "http://news.example:7878")], true);
        check(&[host, ("origin", "http://evil.example")], false);
        check(&[host, ("origin", "http://news.example:7878.evil.example")], false);
        check(&[host, ("origin", "null")], false);
        check(&[host], false);
    }
}
