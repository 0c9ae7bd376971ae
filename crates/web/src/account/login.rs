//! In and out: the form, the one-time link, the way out.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{ConnectInfo, Extension, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use store::{Invitation, Person, Proof, ProofKind, Role, Scope};

use super::{Access, Via, Visitor, password, safe_target};
use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows};

/// The longest name of a browser that is kept, characters.
const BROWSER_CHARS_MAX: usize = 120;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    frame: Frame,
    /// Somebody has an account.
    known: bool,
    to: String,
    name: String,
    wrong: &'static str,
    /// What people call the identity provider; empty: there is none.
    provider: String,
    /// The address at which the login there begins.
    way: String,
}

impl Login {
    fn new(site: &Site, known: bool, to: &str, name: &str, wrong: &'static str) -> Self {
        let to = safe_target(to);
        Self {
            frame: Frame::new(site, "login"),
            known,
            to: to.to_owned(),
            name: name.to_owned(),
            wrong,
            provider: provider_name(site),
            way: format!("/login/oidc?to={}", crate::link::encode(to)),
        }
    }
}

/// What people call the identity provider.
pub(super) fn provider_name(site: &Site) -> String {
    super::provider(site).map(|p| p.settings.name.clone()).unwrap_or_default()
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct To {
    #[serde(default)]
    to: String,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    to: String,
}

/// The form.
pub(crate) async fn ask(
    State(site): State<Site>,
    Query(to): Query<To>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let known = !site.store.people()?.is_empty();
        html(&Login::new(&site, known, &to.to, "", ""))
    })
    .await
}

/// Takes a name and a password; what is wrong is not said more exactly than "not both right".
pub(crate) async fn log_in(
    State(site): State<Site>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Result<Response, Trouble> {
    let Access::Accounts(desk) = site.access.clone() else {
        return Ok(to_page("/", None));
    };
    from_rows(move || {
        let again = |status: StatusCode, wrong: &'static str| -> Result<Response, Trouble> {
            let page = Login::new(&site, true, &asked.to, &asked.name, wrong);
            Ok((status, html(&page)?).into_response())
        };
        let now = (site.now)();
        if !desk.tries.take(&asked.name, peer.map(|p| p.0.0), now) {
            let wrong = "Too many tries. Wait a quarter of an hour.";
            let mut answer = again(StatusCode::TOO_MANY_REQUESTS, wrong)?;
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, header::HeaderValue::from_static("900"));
            return Ok(answer);
        }
        let Some(person) = super::by_password(&site, &desk, &asked.name, &asked.password)? else {
            return again(StatusCode::FORBIDDEN, "Name and password are not both right.");
        };
        let secret = begin(&site, &person, &headers)?;
        Ok(to_page(safe_target(&asked.to), Some(super::cookie(&site, &secret))))
    })
    .await
}

/// Begins a session under a new id and gives its secret; the one that the browser had before ends.
///
/// # Errors
///
/// Those of the store; [`store::Error::Panicked`] where the system has no randomness to give.
pub(super) fn begin(site: &Site, person: &Person, headers: &HeaderMap) -> store::Result<String> {
    let now = (site.now)();
    if let Some(old) = super::cookie_secret(site, headers)
        && let Some((owner, proof)) = site.store.proven(old, now)?
    {
        site.store.remove_proof(owner.id, proof.id)?;
    }
    let secret = super::new_secret().ok_or(store::Error::Panicked)?;
    let browser = headers.get(header::USER_AGENT).and_then(|h| h.to_str().ok()).unwrap_or("");
    let proof = Proof {
        id: 0,
        person: person.id,
        kind: ProofKind::Session,
        name: browser.chars().filter(|c| !c.is_control()).take(BROWSER_CHARS_MAX).collect(),
        scope: Scope::All,
        made_at: now,
        expires_at: super::after(now, 24 * super::SESSION_DAYS),
    };
    site.store.add_proof(&secret, &proof, now)?;
    tracing::info!(person = ?person.name, "logged in");
    Ok(secret)
}

/// See the other page; `to` is one of ours.
pub(crate) fn to_page(to: &str, cookie: Option<String>) -> Response {
    let mut answer = (StatusCode::SEE_OTHER, [(header::CACHE_CONTROL, "no-store")]).into_response();
    for (name, value) in [(header::LOCATION, Some(to.to_owned())), (header::SET_COOKIE, cookie)] {
        if let Some(value) = value.and_then(|v| header::HeaderValue::from_str(&v).ok()) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// Ends the session, here and in the rows.
pub(crate) async fn log_out(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        if let (Via::Session(proof), Some(person)) = (&visitor.via, &visitor.person) {
            site.store.remove_proof(person.id, proof.id)?;
        }
        Ok(to_page("/login", Some(super::cookie(&site, ""))))
    })
    .await
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    frame: Frame,
    token: String,
    role: &'static str,
    name: String,
    /// It is for an account that exists, whose name stays.
    again: bool,
    wrong: &'static str,
    provider: String,
}

impl Setup {
    fn new(site: &Site, token: &str, given: &Invitation, name: &str, wrong: &'static str) -> Self {
        let known = given.person.as_ref();
        Self {
            frame: Frame::new(site, "login"),
            token: crate::link::encode(token),
            role: if known.is_some() {
                "Your account stays as it is."
            } else {
                role_words(given.role)
            },
            name: known.map_or(name, |person| &person.name).to_owned(),
            again: known.is_some(),
            wrong,
            provider: provider_name(site),
        }
    }
}

fn no_link() -> Trouble {
    Trouble::Missing(
        "This link is used or too old",
        "A link works once, for a day. Whoever runs the program gets another: uptospeed account link.",
    )
}

fn role_words(role: Role) -> &'static str {
    match role {
        Role::Reader => "You will be able to read.",
        Role::Editor => "You will be able to read, to say who is told what, and to mend stories.",
        Role::Admin => "You will be able to do everything, and to ask others in.",
    }
}

/// What a one-time link shows; looking at it does not use it up.
pub(crate) async fn asked_in(
    State(site): State<Site>,
    Path(token): Path<String>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        if token.len() > super::SECRET_BYTES_MAX {
            return Err(no_link());
        }
        let given = site.store.asked_in(&token, (site.now)())?.ok_or_else(no_link)?;
        html(&Setup::new(&site, &token, &given, "", ""))
    })
    .await
}

/// Makes the account that the link gives, or sets the password of the one that it is for. Role and account are the link's: no
/// field of the form says them.
pub(crate) async fn come_in(
    State(site): State<Site>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let now = (site.now)();
        if token.len() > super::SECRET_BYTES_MAX {
            return Err(no_link());
        }
        let given = site.store.asked_in(&token, now)?.ok_or_else(no_link)?;
        let wrong = if given.person.is_some() || password::name_is_good(&asked.name) {
            password::wrong(&asked.password)
        } else {
            Some("A name has 1 to 40 letters, digits, spaces, and . - _ @")
        };
        let mut wrong = wrong.unwrap_or("");
        if wrong.is_empty() {
            let hash =
                password::hash(&asked.password).ok_or(Trouble::Store(store::Error::Panicked))?;
            if let Some(person) = site.store.come_in(&token, &asked.name, &hash, now)? {
                let secret = begin(&site, &person, &headers)?;
                return Ok(to_page("/", Some(super::cookie(&site, &secret))));
            }
            wrong = "This name is taken.";
        }
        let page = Setup::new(&site, &token, &given, &asked.name, wrong);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
    })
    .await
}
