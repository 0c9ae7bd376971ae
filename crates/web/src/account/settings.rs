//! One's own settings, and for an admin who may come in.

use askama::Template;
use axum::extract::{Extension, Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use store::{Person, Proof, ProofKind, Role, Scope};

use super::{Access, Via, Visitor, login, password};
use crate::frame::{Frame, html_or};
use crate::{Site, Trouble, from_rows, words};

/// Tokens and sessions of one person.
const PROOFS_MAX: usize = 200;

/// The longest name of a token, characters.
const TOKEN_NAME_CHARS_MAX: usize = 60;

/// Days a token lasts.
const TOKEN_DAYS: i64 = 400;

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    frame: Frame,
    open: bool,
    name: String,
    role: &'static str,
    admin: bool,
    own: bool,
    wrong: &'static str,
    done: String,
    secret: String,
    languages: String,
    sessions: Vec<Row>,
    tokens: Vec<Row>,
    people: Vec<Somebody>,
    guests: Vec<Asked>,
    /// What people call the identity provider; empty: there is none.
    provider: String,
    /// Whoever has no password shows the provider who they are before something like this is changed.
    unsure: bool,
}

/// Somebody who was asked in by e-mail address and has not come yet.
struct Asked {
    email: String,
    role: &'static str,
    until: String,
}

struct Row {
    id: i64,
    name: String,
    what: &'static str,
    since: String,
    until: String,
    here: bool,
}

struct Somebody {
    id: i64,
    name: String,
    role: &'static str,
    since: String,
    here: bool,
    by: &'static str,
}

/// What an action came to, for the page after it.
#[derive(Default)]
struct Said {
    wrong: &'static str,
    done: String,
    secret: String,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Act {
    what: String,
    #[serde(default)]
    id: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    email: String,
}

pub(crate) async fn page(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Trouble> {
    from_rows(move || show(&site, &visitor, Said::default())).await
}

fn show(site: &Site, visitor: &Visitor, said: Said) -> Result<Response, Trouble> {
    if matches!(site.access, Access::Accounts(_)) && visitor.person.is_none() {
        return Ok(login::to_page("/login?to=/settings", None));
    }
    let now = (site.now)();
    let time = |at| words::time(at, now, &site.zone);
    let here = match &visitor.via {
        Via::Session(proof) => proof.id,
        _ => 0,
    };
    let row = |p: &Proof| Row {
        id: p.id,
        name: p.name.clone(),
        what: p.scope.as_str(),
        since: time(p.made_at),
        until: time(p.expires_at),
        here: p.id == here,
    };
    let admin = visitor.is(Role::Admin);
    let person = visitor.person.clone();
    let proofs = match &person {
        Some(person) => site.store.proofs(person.id)?,
        None => Vec::new(),
    };
    let of = |kind| proofs.iter().filter(|p| p.kind == kind).map(row).collect::<Vec<_>>();
    let people = if admin { site.store.people()? } else { Vec::new() };
    let people = people.iter().map(|p: &Person| Somebody {
        id: p.id,
        name: p.name.clone(),
        role: p.role.as_str(),
        since: time(p.added_at),
        here: person.as_ref().is_some_and(|own| own.id == p.id),
        by: match (p.password.is_some(), p.bound) {
            (true, true) => "password, provider",
            (true, false) => "password",
            (false, true) => "provider",
            (false, false) => "proxy",
        },
    });
    let guests = if admin { site.store.guests(now)? } else { Vec::new() };
    let guests = guests.into_iter().map(|g| Asked {
        until: time(g.expires_at),
        role: g.role.as_str(),
        email: g.email,
    });
    let own = person.as_ref().is_some_and(|p| p.password.is_some());
    let unsure = match (&site.access, &visitor.via) {
        (Access::Accounts(desk), Via::Session(proof)) => !own && !desk.sure.is(proof, now),
        _ => false,
    };
    let page = Settings {
        frame: Frame::new(site, "settings"),
        open: matches!(site.access, Access::Open),
        name: person.as_ref().map(|p| p.name.clone()).unwrap_or_default(),
        role: person.as_ref().map_or("", |p| p.role.as_str()),
        admin,
        own,
        wrong: said.wrong,
        done: said.done,
        secret: said.secret,
        languages: site.languages.join(", "),
        sessions: of(ProofKind::Session),
        tokens: of(ProofKind::Token),
        people: people.collect(),
        guests: guests.collect(),
        provider: login::provider_name(site),
        unsure,
    };
    html_or(&page, page.wrong, StatusCode::FORBIDDEN)
}

/// Does what a form of the page asks. What could hand the account to somebody else wants the password once more.
pub(crate) async fn act(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    Form(act): Form<Act>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let Some(person) = visitor.person.clone() else {
            return Ok(login::to_page("/settings", None));
        };
        if matches!(visitor.via, Via::Token(_)) {
            return Err(Trouble::Forbidden("A token changes no account; log in for that."));
        }
        if act.what == "end" {
            site.store.remove_proof(person.id, act.id)?;
            return Ok(login::to_page("/settings", None));
        }
        let Access::Accounts(desk) = &site.access else {
            return Ok(login::to_page("/settings", None));
        };
        let now = (site.now)();
        // A session that was left open is not enough; where a proxy logs in, it is the proxy's.
        let kept = person.password.as_deref();
        let again = match (&visitor.via, kept) {
            (Via::Proxy, None) => true,
            (Via::Session(proof), None) => desk.sure.is(proof, now),
            _ => {
                desk.tries.take(&person.name, None, now) && password::is_right(&act.password, kept)
            }
        };
        if !again {
            let wrong = if kept.is_none() {
                "Log in again first; nothing was changed."
            } else {
                "The password is not right; nothing was changed."
            };
            return show(&site, &visitor, Said { wrong, ..Said::default() });
        }
        desk.tries.forget(&person.name);
        match act.what.as_str() {
            "password" => return new_password(&site, &visitor, &person, &act.new),
            "token" => return new_token(&site, &visitor, &person, &act, now),
            _ => {}
        }
        if !visitor.is(Role::Admin) {
            return Err(Trouble::Forbidden("Only an admin says who may come in."));
        }
        let said = people(&site, &act, now)?;
        show(&site, &visitor, said)
    })
    .await
}

fn new_password(
    site: &Site,
    visitor: &Visitor,
    person: &Person,
    new: &str,
) -> Result<Response, Trouble> {
    if let Some(wrong) = password::wrong(new) {
        return show(site, visitor, Said { wrong, ..Said::default() });
    }
    let hash = password::hash(new).ok_or(Trouble::Store(store::Error::Panicked))?;
    site.store.set_password(person.id, &hash)?;
    tracing::info!(person = ?person.name, "a password was changed; all sessions and tokens ended");
    Ok(login::to_page("/login", Some(super::cookie(site, ""))))
}

fn new_token(
    site: &Site,
    visitor: &Visitor,
    person: &Person,
    act: &Act,
    now: Timestamp,
) -> Result<Response, Trouble> {
    let name: String =
        act.name.chars().filter(|c| !c.is_control()).take(TOKEN_NAME_CHARS_MAX).collect();
    let Some(scope) = Scope::of(&act.scope) else {
        return Err(Trouble::Asked("scope is all, read or metrics"));
    };
    let name = if name.trim().is_empty() { "a program".to_owned() } else { name };
    let Some(secret) = make_token(site, person, name, scope, now)? else {
        let wrong = "There are 200 already; take some back first.";
        return show(site, visitor, Said { wrong, ..Said::default() });
    };
    let done = "This token is shown once; put it where the program reads it.".to_owned();
    show(site, visitor, Said { done, secret, ..Said::default() })
}

/// Makes a token; `None` where the person has too many already.
///
/// # Errors
///
/// Those of the store; [`store::Error::Panicked`] where the system has no randomness to give.
pub(super) fn make_token(
    site: &Site,
    person: &Person,
    name: String,
    scope: Scope,
    now: Timestamp,
) -> store::Result<Option<String>> {
    if site.store.proofs(person.id)?.len() >= PROOFS_MAX {
        return Ok(None);
    }
    let secret = super::new_secret().ok_or(store::Error::Panicked)?;
    let expires_at = super::after(now, 24 * TOKEN_DAYS);
    let (kind, made_at) = (ProofKind::Token, now);
    let proof = Proof { id: 0, person: person.id, kind, name, scope, made_at, expires_at };
    site.store.add_proof(&secret, &proof, now)?;
    Ok(Some(secret))
}

/// What an admin does with accounts.
fn people(site: &Site, act: &Act, now: Timestamp) -> Result<Said, Trouble> {
    let last = "That is the last admin; make another first.";
    let role = Role::of(&act.role);
    Ok(match (act.what.as_str(), role) {
        ("invite", Some(role)) => Said {
            secret: super::invitation(&site.store, &site.base_url, role, now)?,
            done: format!("Whoever opens this link within a day becomes {}.", role.as_str()),
            ..Said::default()
        },
        ("guest", Some(role)) => {
            let done = super::ask_by_email(&site.store, act.email.trim(), role, now)?;
            Said { wrong: if done { "" } else { "That is no e-mail address." }, ..Said::default() }
        }
        ("again", _) => {
            let Some(person) = site.store.people()?.into_iter().find(|p| p.id == act.id) else {
                return Err(Trouble::Asked("there is nobody of that number"));
            };
            let secret = super::new_way_in(&site.store, &site.base_url, &person, now)?;
            let done = format!("Whoever opens this link within a day is {}.", person.name);
            Said { done, secret, ..Said::default() }
        }
        ("unguest", _) => {
            site.store.remove_guest(&act.email)?;
            Said::default()
        }
        ("role", Some(role)) => {
            let done = site.store.set_role(act.id, role)?;
            Said { wrong: if done { "" } else { last }, ..Said::default() }
        }
        ("remove", _) => {
            let done = site.store.remove_person(act.id)?;
            Said { wrong: if done { "" } else { last }, ..Said::default() }
        }
        _ => return Err(Trouble::Asked("there is no such action")),
    })
}
