//! The way to the provider and back. All that a login needs is in a cookie of the browser that began it; what the provider gets
//! of it are hashes. So nothing is kept here for people who never come back, and nobody else's answer fits this browser.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, Extension, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{Context, SHA256, digest};
use serde::{Deserialize, Serialize};
use store::{Person, Role, Subject, Ticket};

use super::token::{self, Claims, Expected, Fault};
use super::{Document, Provider, Refusal, is_within};
use crate::account::{
    Access, Desk, SECRET_BYTES_MAX, cookie_line, login, new_secret, password, safe_target,
};
use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows};

/// How long somebody has to log in at the provider.
pub(super) const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// How long ago somebody may have shown the provider who they are who shows it once more here.
const ANEW: SignedDuration = SignedDuration::from_mins(2);

/// The longest cookie and the longest code that are looked at, bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// The longest address to come back to that is kept in the cookie, bytes.
const TO_BYTES_MAX: usize = 1_000;

/// A login under way, as its browser keeps it.
#[derive(Debug, Serialize, Deserialize)]
struct Flow {
    begun: Timestamp,
    secret: String,
    to: String,
    link: Option<String>,
    again: bool,
}

/// What begins a login.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Begin {
    #[serde(default)]
    to: String,
    /// A one-time link's secret.
    link: Option<String>,
    /// Who is logged in shows once more who they are.
    #[serde(default)]
    again: bool,
}

/// The cookie's name; see [`super::super::cookie_name`].
fn cookie_name(site: &Site) -> &'static str {
    if site.base_url.starts_with("https://") { "__Host-uptospeed-login" } else { "uptospeed-login" }
}

/// The cookie's line; an empty text takes it away.
fn cookie(site: &Site, text: &str) -> String {
    cookie_line(cookie_name(site), text, LASTS.as_secs())
}

/// A hash of the whole cookie: `state`, `nonce` and the code's verifier are three of them.
fn derived(what: &str, cookie: &str) -> String {
    let mut hash = Context::new(&SHA256);
    for part in [what, "\0", cookie] {
        hash.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(hash.finish())
}

/// Whether two texts are the same, in a time that tells nothing about them.
fn is_same(a: &str, b: &str) -> bool {
    digest(&SHA256, a.as_bytes()).as_ref() == digest(&SHA256, b.as_bytes()).as_ref()
}

/// Where the provider sends people back to: from the settings, never from the request.
fn redirect_uri(site: &Site) -> String {
    crate::api::address(site, "/login/oidc/back")
}

/// The desk and its provider; without one these pages do not exist.
fn provider(site: &Site) -> Result<(Arc<Desk>, Arc<Provider>), Trouble> {
    let Access::Accounts(desk) = &site.access else { return Err(none()) };
    Ok((desk.clone(), desk.oidc.clone().ok_or_else(none)?))
}

fn none() -> Trouble {
    let help = "No identity provider is set up; log in with a password.";
    Trouble::Missing("There is no such page", help)
}

/// Sends the browser to the provider.
pub(crate) async fn start(
    State(site): State<Site>,
    Query(begin): Query<Begin>,
) -> Result<Response, Trouble> {
    let (_, provider) = provider(&site)?;
    let now = (site.now)();
    let document = match provider.document(now).await {
        Ok(document) => document,
        Err(refusal) => return refused(&site, &provider, &refusal),
    };
    let link = begin.link.filter(|link| link.len() <= SECRET_BYTES_MAX);
    let to = if begin.to.len() > TO_BYTES_MAX { "/" } else { safe_target(&begin.to) };
    let secret = new_secret().ok_or(Trouble::Store(store::Error::Panicked))?;
    let flow = Flow { begun: now, secret, to: to.to_owned(), link, again: begin.again };
    let cookie = serde_json::to_vec(&flow).map(|json| URL_SAFE_NO_PAD.encode(json));
    let cookie = cookie.unwrap_or_default();
    let challenge =
        URL_SAFE_NO_PAD.encode(digest(&SHA256, derived("verifier", &cookie).as_bytes()));
    let mut url = document.authorization_endpoint.clone();
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", &provider.settings.client_id),
        ("redirect_uri", &redirect_uri(&site)),
        ("scope", "openid email profile"),
        ("state", &derived("state", &cookie)),
        ("nonce", &derived("nonce", &cookie)),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    if begin.again {
        let age = ANEW.as_secs().to_string();
        url.query_pairs_mut().extend_pairs([("prompt", "login"), ("max_age", &age)]);
    }
    Ok(login::to_page(url.as_str(), Some(self::cookie(&site, &cookie))))
}

/// Takes the browser back from the provider, and lets in who may.
pub(crate) async fn back(
    State(site): State<Site>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    Query(said): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let (desk, provider) = provider(&site)?;
    let done = come_back(&site, &desk, &provider, peer.map(|p| p.0.0), &said, &headers).await;
    let mut answer = match done {
        Ok(answer) => answer,
        Err(refusal) => refused(&site, &provider, &refusal)?,
    };
    // Whatever came of it: this login is over.
    if let Ok(line) = HeaderValue::from_str(&cookie(&site, "")) {
        answer.headers_mut().append(header::SET_COOKIE, line);
    }
    Ok(answer)
}

async fn come_back(
    site: &Site,
    desk: &Arc<Desk>,
    provider: &Arc<Provider>,
    peer: Option<SocketAddr>,
    said: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let now = (site.now)();
    // A name that is said twice is not taken at all.
    let one = |name: &str| {
        let mut all = said.iter().filter(|(n, _)| n == name);
        let first = all.next().filter(|_| all.next().is_none());
        first.map(|(_, value)| value.as_str()).filter(|v| v.len() <= TEXT_BYTES_MAX)
    };
    let (cookie, flow) = begun(site, headers).ok_or(Refusal::NotBegun)?;
    if !one("state").is_some_and(|state| is_same(state, &derived("state", cookie))) {
        return Err(Refusal::NotBegun);
    }
    if !is_within(flow.begun, now, LASTS) {
        return Err(Refusal::TooOld);
    }
    let nonce = derived("nonce", cookie);
    if !desk.tries.take(&nonce, peer, now) {
        return Err(Refusal::TooMany);
    }
    if !provider.is_first(&nonce, now) {
        return Err(Refusal::Used);
    }
    let document = provider.document(now).await?;
    let issuer = &provider.settings.issuer;
    let named = match one("iss") {
        Some(said) => said == issuer,
        None => !document.authorization_response_iss_parameter_supported,
    };
    if !named {
        return Err(Refusal::Token(Fault::Issuer));
    }
    let Some(code) = one("code").filter(|_| one("error").is_none()) else {
        return Err(Refusal::Denied);
    };
    let verifier = derived("verifier", cookie);
    let token = provider.exchange(&document, code, &verifier, &redirect_uri(site)).await?;
    let expected = Expected {
        issuer,
        client_id: &provider.settings.client_id,
        nonce: &nonce,
        now,
        login_within: flow.again.then_some(ANEW),
    };
    let claims = believed(provider, &document, &token, expected).await?;
    let (site, desk, provider) = (site.clone(), desk.clone(), provider.clone());
    let headers = headers.clone();
    from_rows(move || Ok(let_in(&site, &desk, &provider, &flow, &claims, &headers)))
        .await
        .unwrap_or(Err(Refusal::Store))
}

/// The login that this browser began.
fn begun<'h>(site: &Site, headers: &'h HeaderMap) -> Option<(&'h str, Flow)> {
    let cookie = crate::account::cookie_named(headers, cookie_name(site))?;
    if cookie.len() > TEXT_BYTES_MAX {
        return None;
    }
    let flow = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()?;
    Some((cookie, flow))
}

/// What the token says; the keys are looked at once more where its own is not among them.
async fn believed(
    provider: &Provider,
    document: &Document,
    token: &str,
    expected: Expected<'_>,
) -> Result<Claims, Refusal> {
    let keys = provider.keys(document, expected.now, false).await?;
    let first = token::check(token, &keys, expected);
    if first != Err(Fault::Key) {
        return first.map_err(Refusal::Token);
    }
    let keys = provider.keys(document, expected.now, true).await?;
    token::check(token, &keys, expected).map_err(Refusal::Token)
}

/// Begins a session for whom the claims name, if they may come in.
fn let_in(
    site: &Site,
    desk: &Desk,
    provider: &Provider,
    flow: &Flow,
    claims: &Claims,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let now = (site.now)();
    let failed = |error: store::Error| {
        tracing::error!(%error, "a login could not be looked up");
        Refusal::Store
    };
    let issuer = provider.settings.issuer.clone();
    let subject = Subject { issuer, subject: claims.subject.clone() };
    let person = match site.store.bound(&subject).map_err(failed)? {
        Some(person) => person,
        None => newcomer(site, provider, flow, claims, &subject)
            .map_err(failed)?
            .ok_or(if flow.link.is_some() { Refusal::Link } else { Refusal::NotInvited })?,
    };
    let secret = login::begin(site, &person, headers).map_err(failed)?;
    if flow.again
        && let Some((_, proof)) = site.store.proven(&secret, now).map_err(failed)?
    {
        desk.sure.note(&proof, now);
    }
    let to = safe_target(&flow.to);
    Ok(login::to_page(to, Some(crate::account::cookie(site, &secret))))
}

/// An account for somebody whom the provider names for the first time; `None`: nobody asked them in.
fn newcomer(
    site: &Site,
    provider: &Provider,
    flow: &Flow,
    claims: &Claims,
    subject: &Subject,
) -> store::Result<Option<Person>> {
    let (name, now) = (name_of(claims), (site.now)());
    if let Some(link) = &flow.link {
        return site.store.bind(subject, Ticket::Link(link), &name, now);
    }
    let Some(email) = &claims.email else { return Ok(None) };
    let invited = site.store.bind(subject, Ticket::Email(email), &name, now)?;
    if invited.is_some() || !provider.settings.welcomes(email) {
        return Ok(invited);
    }
    site.store.bind(subject, Ticket::Anybody(Role::Reader), &name, now)
}

/// What somebody is called here: as the provider says where that is a name, else as their address begins.
fn name_of(claims: &Claims) -> String {
    let local = claims.email.as_deref().and_then(|email| email.split('@').next());
    let said = [claims.name.as_deref(), local].into_iter().flatten().map(|name| {
        let letters = name.chars().filter(|c| password::is_in_name(*c)).take(NAME_CHARS_MAX);
        letters.collect::<String>().trim().to_owned()
    });
    said.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned())
}

/// The longest name that is taken over, characters: " 1000" still fits behind it.
const NAME_CHARS_MAX: usize = 34;

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused {
    frame: Frame,
    what: &'static str,
    help: String,
}

/// A refusal as a page: what happened, and what to do. What the provider says in its own words goes to the log only.
fn refused(site: &Site, provider: &Provider, refusal: &Refusal) -> Result<Response, Trouble> {
    let reason = match refusal {
        Refusal::Provider(why) => why.as_str(),
        Refusal::Token(fault) => fault.as_str(),
        _ => "",
    };
    let (status, what, help) = refusal.words(&provider.settings.name);
    tracing::warn!(what, %reason, "a login at the identity provider came to nothing");
    let page = Refused { frame: Frame::new(site, "login"), what, help };
    let mut answer = (status, html(&page)?).into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

impl Refusal {
    fn words(&self, name: &str) -> (StatusCode, &'static str, String) {
        let no = StatusCode::FORBIDDEN;
        let again = "Nothing was changed. Begin anew.".to_owned();
        match self {
            Self::NotBegun => (
                no,
                "This login was not begun in this browser",
                "Nothing was changed. If you did begin it here, cookies may be off, or you began another after it: begin anew."
                    .to_owned(),
            ),
            Self::TooOld => (no, "This login was begun more than ten minutes ago", again),
            Self::Used => (no, "This login is over already", again),
            Self::Code => (no, "This login is over already, or took too long", again),
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many tries",
                "Wait a quarter of an hour.".to_owned(),
            ),
            Self::Denied => (
                no,
                "You were not logged in there",
                format!("{name} did not say who you are: the login was broken off, or is not open to you."),
            ),
            Self::Provider(_) => (
                StatusCode::BAD_GATEWAY,
                "The login does not work at the moment",
                format!("{name} cannot be asked, or answers what it must not; the program's log says what. Try again in a moment, or log in with a password."),
            ),
            Self::Token(Fault::Login) => (
                no,
                "You were not asked for your password anew",
                format!("{name} must ask once more who you are before something like this is changed. Log out there and begin anew."),
            ),
            Self::Token(fault) => (
                no,
                "What was said about you does not hold",
                format!("{name} sent a statement that is not for this login ({}). Nothing was changed. Begin anew; if it happens again, tell whoever runs this program.", fault.as_str()),
            ),
            Self::NotInvited => (
                no,
                "You have no account here",
                format!("{name} knows you, but nobody asked you in here. An admin can: with a one-time link, or by your e-mail address if {name} has verified it."),
            ),
            Self::Link => (
                StatusCode::NOT_FOUND,
                "This link is used or too old",
                "A link works once, for a day. Whoever runs the program gets another: uptospeed account link.".to_owned(),
            ),
            Self::Store => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The store does not answer (E040)",
                "Try again in a moment; nothing is lost.".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_gets_is_three_hashes() {
        let all = ["state", "nonce", "verifier"].map(|what| derived(what, "cookie"));
        assert!(all.iter().all(|text| text.len() == 43), "RFC 7636: 43 to 128 letters: {all:?}");
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
        assert_ne!(derived("state", "cookie"), derived("state", "cookie2"));
        assert!(is_same("a", "a") && !is_same("a", "b") && !is_same("", "a"));
    }

    #[test]
    fn a_name_is_a_name() {
        let check = |name: Option<&str>, email: Option<&str>, expected: &str| {
            let (name, email) = (name.map(str::to_owned), email.map(str::to_owned));
            let got = name_of(&Claims { subject: String::new(), email, name });
            assert_eq!(got, expected);
            assert!(password::name_is_good(&got), "{got}");
        };
        check(Some("Ada Lind"), None, "Ada Lind");
        check(Some(" <b>Ada</b>\u{202e} "), None, "bAdab");
        check(Some("\n"), Some("ada.l@paper.example"), "ada.l");
        check(None, None, "somebody");
        check(Some(&"n".repeat(99)), None, &"n".repeat(34));
    }
}
