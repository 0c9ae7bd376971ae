//! Who asks: nobody, somebody with a session, a program with a token, somebody for whom a proxy speaks.
//!
//! # Source
//!
//! OWASP Password Storage Cheat Sheet (argon2id, 19 MiB, 2 rounds); OWASP Session Management (new id at login and logout, only
//! hashes kept); the advisories in `product.md` 5.2, each a test in `tests/it/accounts.rs`.

mod invite;
mod login;
mod oidc;
mod password;
mod settings;
mod tries;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use oidc::Provider;
use store::{Person, Proof, ProofKind, Role, Scope};
use tries::{Sure, Tries};

use crate::Site;

pub use invite::{ask_by_email, invitation, new_way_in};
pub(crate) use login::{ask, asked_in, come_in, log_in, log_out, to_page};
pub use oidc::Oidc;
pub(crate) use oidc::{back, start};
pub(crate) use settings::{act, page as settings};

/// Who may look at the page.
#[derive(Clone, Debug, Default)]
pub enum Access {
    /// Who reaches the page reads it, and the machine itself operates it: for `try`.
    #[default]
    Open,
    /// Who has an account.
    Accounts(Arc<Desk>),
}

/// Where accounts are looked at: what is configured, and who tried how often.
#[derive(Debug, Default)]
pub struct Desk {
    /// Everybody who reaches the page may read; only more than reading wants an account.
    pub(crate) public: bool,
    /// A proxy that says who asks.
    pub(crate) proxy: Option<Proxy>,
    /// An identity provider that knows people.
    pub(crate) oidc: Option<Arc<Provider>>,
    tries: Tries,
    sure: Sure,
}

impl Desk {
    /// A desk at which nobody has tried yet.
    pub fn new(public: bool, proxy: Option<Proxy>) -> Self {
        Self { public, proxy, ..Self::default() }
    }

    /// Lets in those whom an identity provider knows and somebody has asked in.
    #[must_use]
    pub fn with_oidc(mut self, oidc: Oidc) -> Self {
        self.oidc = Some(Arc::new(Provider::new(oidc)));
        self
    }
}

/// A proxy that is believed: it has logged the person in already.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The header in which it says the name, such as `Remote-User`.
    pub header: String,
    /// Its addresses: from others the header means nothing.
    pub peers: Vec<IpAddr>,
}

/// Who asks, as the guard found out.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Somebody with an account.
    pub(crate) person: Option<Person>,
    /// How that was proven.
    pub(crate) via: Via,
}

#[derive(Clone, Debug)]
pub(crate) enum Via {
    /// It was not.
    Nothing,
    /// By a cookie.
    Session(Proof),
    /// By a program's token.
    Token(Proof),
    /// A proxy says so.
    Proxy,
}

impl Visitor {
    pub(crate) const NOBODY: Self = Self { person: None, via: Via::Nothing };

    /// Whether the visitor has at least that role, within what the proof reaches.
    pub(crate) fn is(&self, least: Role) -> bool {
        let reaches = match &self.via {
            Via::Nothing => return false,
            Via::Session(_) | Via::Proxy => true,
            Via::Token(proof) => match proof.scope {
                Scope::All => true,
                Scope::Read => least == Role::Reader,
                Scope::Metrics => false,
            },
        };
        reaches && self.person.as_ref().is_some_and(|p| p.role >= least)
    }

    /// Whether the figures may be read: an admin, or a token made for it.
    pub(crate) fn measures(&self) -> bool {
        matches!(&self.via, Via::Token(proof) if proof.scope == Scope::Metrics)
            || self.is(Role::Admin)
    }

    /// Who changed something, for the log.
    pub(crate) fn name(&self) -> &str {
        self.person.as_ref().map_or("this machine", |p| &p.name)
    }
}

/// The identity provider, where one is set up.
fn provider(site: &Site) -> Option<&Arc<Provider>> {
    match &site.access {
        Access::Accounts(desk) => desk.oidc.as_ref(),
        Access::Open => None,
    }
}

/// The cookie's name. A browser takes a `__Host-` cookie over https only, from this host alone and for all of it.
fn cookie_name(site: &Site) -> &'static str {
    if site.base_url.starts_with("https://") { "__Host-uptospeed" } else { "uptospeed" }
}

/// The session cookie's line; an empty secret takes it away.
fn cookie(site: &Site, secret: &str) -> String {
    cookie_line(cookie_name(site), secret, SESSION_DAYS * 86_400)
}

/// A cookie's line; an empty text takes it away. `Lax`: it comes along when another host sends the browser here.
fn cookie_line(name: &str, text: &str, secs: i64) -> String {
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let age = if text.is_empty() { 0 } else { secs };
    format!("{name}={text}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// Days a session lasts.
pub(crate) const SESSION_DAYS: i64 = 30;

/// The longest secret that is looked up, bytes.
const SECRET_BYTES_MAX: usize = 128;

/// The secret of the cookie that came.
fn cookie_secret<'h>(site: &Site, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie_named(headers, cookie_name(site))
}

/// What the cookie of that name holds.
fn cookie_named<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, text)| text)
}

/// The token that came: `Bearer TOKEN`, `GoogleLogin auth=TOKEN`, or the password of `Basic` (feed readers know nothing else).
fn token(headers: &HeaderMap) -> Option<String> {
    let line = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (kind, rest) = line.split_once(' ')?;
    match kind.to_ascii_lowercase().as_str() {
        "bearer" => Some(rest.trim().to_owned()),
        "googlelogin" => rest.trim().strip_prefix("auth=").map(str::to_owned),
        "basic" => {
            let pair = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
            let pair = String::from_utf8(pair).ok()?;
            pair.split_once(':').map(|(_, secret)| secret.to_owned())
        }
        _ => None,
    }
}

/// Finds out who asks. Reads rows: not for the async threads.
pub(crate) fn who(
    site: &Site,
    desk: &Desk,
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
) -> store::Result<Visitor> {
    let now = (site.now)();
    let named = |secret: &str, kind: ProofKind| {
        if secret.is_empty() || secret.len() > SECRET_BYTES_MAX {
            return Ok(None);
        }
        let found = site.store.proven(secret, now)?;
        Ok::<_, store::Error>(found.filter(|(_, proof)| proof.kind == kind))
    };
    if let Some(token) = token(headers) {
        // Who shows a token is that or nobody: never the browser's owner beside it.
        return Ok(match named(&token, ProofKind::Token)? {
            Some((person, proof)) => Visitor { person: Some(person), via: Via::Token(proof) },
            None => Visitor::NOBODY,
        });
    }
    if let Some(name) = desk.proxy.as_ref().and_then(|proxy| vouched_name(proxy, headers, peer)) {
        let person = match site.store.person(&name)? {
            Some(person) => person,
            None => site.store.vouched(&name, Role::Reader, now)?,
        };
        return Ok(Visitor { person: Some(person), via: Via::Proxy });
    }
    if let Some(secret) = cookie_secret(site, headers)
        && let Some((person, proof)) = named(secret, ProofKind::Session)?
    {
        return Ok(Visitor { person: Some(person), via: Via::Session(proof) });
    }
    Ok(Visitor::NOBODY)
}

/// The name that a believed proxy says; `None` from everybody else.
fn vouched_name(proxy: &Proxy, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<String> {
    let peer = peer?.ip().to_canonical();
    if !proxy.peers.iter().any(|p| p.to_canonical() == peer) {
        return None;
    }
    let mut said = headers.get_all(proxy.header.as_str()).iter();
    let name = said.next()?.to_str().ok()?.trim();
    // Said twice: one of the two came from outside.
    (said.next().is_none() && password::name_is_good(name)).then(|| name.to_owned())
}

/// The person of that name where the password is right; it takes as long where there is nobody. The name's tries begin anew.
///
/// # Errors
///
/// Those of the store.
fn by_password(
    site: &Site,
    desk: &Desk,
    name: &str,
    password: &str,
) -> store::Result<Option<Person>> {
    let person = if password::name_is_good(name) { site.store.person(name)? } else { None };
    let kept = person.as_ref().and_then(|p| p.password.as_deref());
    if !password::is_right(password, kept) {
        return Ok(None);
    }
    desk.tries.forget(name);
    Ok(person)
}

/// A token for an app that logs in by name: the token that it brought, or a new one for the right password.
///
/// # Errors
///
/// Those of the store.
pub(crate) fn app_token(
    site: &Site,
    name: &str,
    secret: &str,
    peer: Option<SocketAddr>,
) -> store::Result<Option<String>> {
    let Access::Accounts(desk) = &site.access else { return Ok(Some("open".to_owned())) };
    let now = (site.now)();
    if !desk.tries.take(name, peer, now) || secret.len() > password::BYTES_MAX {
        return Ok(None);
    }
    if secret.len() <= SECRET_BYTES_MAX
        && let Some((owner, proof)) = site.store.proven(secret, now)?
        && proof.kind == ProofKind::Token
        && password::name_is_good(name)
        && owner.name.eq_ignore_ascii_case(name)
    {
        desk.tries.forget(name);
        return Ok(Some(secret.to_owned()));
    }
    match by_password(site, desk, name, secret)? {
        Some(person) => {
            let app = "an app that logged in".to_owned();
            settings::make_token(site, &person, app, Scope::Read, now)
        }
        None => Ok(None),
    }
}

/// A secret that nobody can guess: 256 bits of the system's randomness, as 43 letters.
pub(crate) fn new_secret() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// So many hours later.
fn after(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}

/// Where a page may lead on to: a path of ours, whatever a link says.
pub(crate) fn safe_target(asked: &str) -> &str {
    let ours = asked.starts_with('/')
        && !asked.starts_with("//")
        && asked.len() <= 2_000
        && !asked.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace());
    if ours { asked } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_stays_here() {
        let check = |asked: &str, expected: &str| assert_eq!(safe_target(asked), expected);
        check("/s/27k2?x=1#new", "/s/27k2?x=1#new");
        for bad in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/\tb", "x"]
        {
            check(bad, "/");
        }
    }
}
