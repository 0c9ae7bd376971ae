//! What every page has: head, date, navigation; and the answers that are no page.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use jiff::fmt::strtime;

use crate::Site;

/// The frame of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    pub(crate) here: &'static str,
    pub(crate) day: String,
    pub(crate) time: String,
    pub(crate) iso: String,
    pub(crate) zone: String,
    pub(crate) zone_short: String,
    pub(crate) live: bool,
    pub(crate) replay: bool,
}

impl Frame {
    pub(crate) fn new(site: &Site, here: &'static str) -> Self {
        let now = (site.now)().to_zoned(site.zone.clone());
        let show = |form: &str| strtime::format(form, &now).unwrap_or_default();
        let replay = site.preview.is_some();
        Self {
            here,
            day: show("%A %-d %B %Y"),
            time: show("%H:%M"),
            iso: now.timestamp().to_string(),
            zone: format!("{}, UTC{}", site.zone.iana_name().unwrap_or("UTC"), show("%:z")),
            zone_short: show("%Z"),
            live: matches!(here, "now" | "story" | "deliveries" | "sources"),
            replay,
        }
    }

    pub(crate) fn live_kind(&self) -> &'static str {
        match self.here {
            "deliveries" | "sources" => "operator",
            _ if self.replay => "replay",
            _ => "reader",
        }
    }
}

/// Renders a page.
pub(crate) fn html(page: &impl Template) -> Result<Response, crate::Trouble> {
    let body = page.render()?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Html(body)).into_response())
}

/// Renders a page that says what is wrong with what was asked, with that status, or that nothing is.
pub(crate) fn html_or(
    page: &impl Template,
    wrong: &str,
    status: StatusCode,
) -> Result<Response, crate::Trouble> {
    let status = if wrong.is_empty() { StatusCode::OK } else { status };
    Ok((status, html(page)?).into_response())
}

#[derive(Template)]
#[template(path = "missing.html")]
struct Missing {
    frame: Frame,
    what: &'static str,
    help: &'static str,
}

/// A page for what is not there.
pub(crate) fn missing(what: &'static str, help: &'static str) -> Response {
    let page = Missing { frame: Frame::default(), what, help };
    match page.render() {
        Ok(body) => (StatusCode::NOT_FOUND, Html(body)).into_response(),
        Err(_) => (StatusCode::NOT_FOUND, "not here\n").into_response(),
    }
}

pub(crate) async fn nowhere() -> Response {
    missing("There is no such page", "Stories are at /s/NAME, articles at /a/NUMBER.")
}

/// Refuses a foreign `Host`: a page on loopback must not be read through a name that somebody else points at it (DNS rebinding).
pub(crate) async fn own_host(State(site): State<Site>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let own =
        site.base_url.split("://").nth(1).unwrap_or("").split(['/', ':']).next().unwrap_or("");
    let numeric = name.parse::<std::net::IpAddr>().is_ok() || name.starts_with('[');
    if host.is_empty() || numeric || name == "localhost" || name == own {
        return next.run(request).await;
    }
    (
        StatusCode::MISDIRECTED_REQUEST,
        "This page is not served under that name; set web.url to it.\n",
    )
        .into_response()
}
