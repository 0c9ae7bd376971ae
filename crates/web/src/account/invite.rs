//! Asking somebody in: one-time links, and addresses that an identity provider must have verified.

use jiff::Timestamp;
use store::{Person, Role};

use super::{after, new_secret};

/// How long a one-time link works, hours.
const LINK_HOURS: i64 = 24;

/// How long somebody who was asked in by address may take to come, hours: 30 days.
const GUEST_HOURS: i64 = 24 * 30;

/// The longest address (RFC 5321, section 4.5.3.1.3), bytes.
const EMAIL_BYTES_MAX: usize = 254;

/// Makes a one-time link by which somebody gets an account; it lasts a day.
///
/// # Errors
///
/// Those of the store; [`store::Error::Panicked`] where the system has no randomness to give.
pub fn invitation(
    store: &store::Store,
    base_url: &str,
    role: Role,
    now: Timestamp,
) -> store::Result<String> {
    link(base_url, now, |secret, until| store.ask_in(secret, role, until))
}

/// Makes a one-time link by which somebody who has an account gets a new password or another way to log in; it lasts a day.
///
/// # Errors
///
/// Those of the store; [`store::Error::Panicked`] where the system has no randomness to give.
pub fn new_way_in(
    store: &store::Store,
    base_url: &str,
    person: &Person,
    now: Timestamp,
) -> store::Result<String> {
    link(base_url, now, |secret, until| store.ask_again(secret, person, until))
}

/// Lets whoever comes from the identity provider with this verified address have an account, within a month. `false`: it is no
/// address.
///
/// # Errors
///
/// Those of the store.
pub fn ask_by_email(
    store: &store::Store,
    email: &str,
    role: Role,
    now: Timestamp,
) -> store::Result<bool> {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
    let parts = email.rsplit_once('@').filter(|(local, domain)| {
        let some = !local.is_empty() && !domain.is_empty();
        some && local.chars().chain(domain.chars()).all(plain)
    });
    if parts.is_none() || email.len() > EMAIL_BYTES_MAX {
        return Ok(false);
    }
    let expires_at = after(now, GUEST_HOURS);
    store.ask_guest(&store::Guest { email: email.to_owned(), role, expires_at })?;
    Ok(true)
}

/// The address of a new link, once it is kept.
fn link(
    base_url: &str,
    now: Timestamp,
    keep: impl FnOnce(&str, Timestamp) -> store::Result<()>,
) -> store::Result<String> {
    let secret = new_secret().ok_or(store::Error::Panicked)?;
    keep(&secret, after(now, LINK_HOURS))?;
    Ok(format!("{}/setup/{secret}", base_url.trim_end_matches('/')))
}
