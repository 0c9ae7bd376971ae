//! WebSub: a hub tells us when a listing has something new. Polling goes on as before, so that a hub that falls silent
//! costs nothing but time, and what is complete is still proved.
//!
//! The web server hands over what hubs send: a GET to [`verify`], a POST to [`receive`], both at
//! `…/websub/{listing}/{token}`.
//!
//! # Source
//!
//! W3C Recommendation "WebSub", 23 January 2018, sections 5 (subscribing), 5.3 (verification of intent), 7 (content
//! distribution) and 8 (authenticated distribution).

use std::hash::{BuildHasher, Hasher, RandomState};

use article::feed::{self, FeedHint};
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use store::{Store, Subscription, SubscriptionState};

use crate::Intake;
use crate::poll::{addressed, dated};

/// The lease that we ask for: ten days, which hubs commonly give.
const LEASE_SECS: i64 = 864_000;

/// A lease is renewed when so much of it is over, in hundredths.
const RENEW_PERCENT: i64 = 80;

/// A hub that does not confirm is asked again after this.
const UNCONFIRMED_HOURS: i64 = 6;

/// A hub that refuses, or does not answer, is asked again after this.
const REFUSED_HOURS: i64 = 24;

/// What to answer a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Reply {
    fn new(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned() }
    }
}

impl Intake {
    /// Asks hubs for the subscriptions that are due, and renews leases. `base` is the address under which the world reaches
    /// our web server (`https://news.example.org`); without one nobody could call back and nothing is asked.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn subscribe(&self, base: Option<&str>, now: Timestamp) -> store::Result<u32> {
        let Some(base) = base else { return Ok(0) };
        let mut asked = 0;
        for id in self.store().listings_to_subscribe(now, 16)? {
            let Some(listing) = self.store().listing(id)? else { continue };
            let Some((hub, topic)) = listing.hub else { continue };
            let known =
                self.store().subscription(id)?.filter(|row| row.hub == hub && row.topic == topic);
            let secret = known.as_ref().map_or_else(fresh_secret, |row| row.secret.clone());
            let callback = format!("{}/websub/{id}/{}", base.trim_end_matches('/'), token(&secret));
            let form: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("hub.mode", "subscribe")
                .append_pair("hub.topic", &topic)
                .append_pair("hub.callback", &callback)
                .append_pair("hub.lease_seconds", &LEASE_SECS.to_string())
                .append_pair("hub.secret", &secret)
                .finish();
            // The row first: a hub may verify before it answers.
            let mut row = Subscription {
                listing: id,
                hub: hub.clone(),
                topic,
                secret,
                // A renewal leaves an active subscription active until the hub says otherwise.
                state: known.as_ref().map_or(SubscriptionState::Asked, |row| row.state),
                lease_at: known.as_ref().and_then(|row| row.lease_at),
                ask_at: hours_later(now, UNCONFIRMED_HOURS),
                heard_at: known.as_ref().and_then(|row| row.heard_at),
                note: None,
            };
            self.store().record_subscription(&row)?;
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let note = match self.door().post(&hub, &headers, form.into_bytes()).await {
                Ok(answer) if (200..300).contains(&answer.status) => None,
                Ok(answer) => Some(format!("the hub answered {}", answer.status)),
                Err(error) => Some(error.to_string()),
            };
            asked += 1;
            if note.is_some() {
                // It may have verified meanwhile: only what is ours is changed.
                row = self.store().subscription(id)?.unwrap_or(row);
                row.note = note;
                row.ask_at = hours_later(now, REFUSED_HOURS);
                self.store().record_subscription(&row)?;
            }
        }
        Ok(asked)
    }
}

/// Answers a hub's GET: did we ask for this? `query` are the parameters as they came.
///
/// # Errors
///
/// Those of the store.
pub fn verify(
    store: &Store,
    listing: i64,
    address_token: &str,
    query: &[(String, String)],
    now: Timestamp,
) -> store::Result<Reply> {
    let value =
        |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let Some(mut row) =
        store.subscription(listing)?.filter(|row| same(&token(&row.secret), address_token))
    else {
        return Ok(Reply::new(404, "no such subscription"));
    };
    match value("hub.mode") {
        Some("denied") => {
            row.state = SubscriptionState::Denied;
            row.lease_at = None;
            row.ask_at = hours_later(now, REFUSED_HOURS);
            let reason: String =
                value("hub.reason").unwrap_or("no reason given").chars().take(200).collect();
            row.note = Some(format!("the hub refused: {reason}"));
            store.record_subscription(&row)?;
            Ok(Reply::new(200, ""))
        }
        Some("subscribe") if value("hub.topic") == Some(&row.topic) => {
            let Some(challenge) = value("hub.challenge").filter(|c| c.len() <= 4096) else {
                return Ok(Reply::new(404, "no challenge"));
            };
            let lease = value("hub.lease_seconds")
                .and_then(|v| v.parse::<i64>().ok())
                .unwrap_or(LEASE_SECS);
            // A lease of a minute would have us ask all day; one of a century would never be renewed.
            let lease = lease.clamp(3600, 30 * 86_400);
            row.state = SubscriptionState::Active;
            row.lease_at = now.checked_add(SignedDuration::from_secs(lease)).ok();
            let renew = SignedDuration::from_secs(lease / 100 * RENEW_PERCENT);
            row.ask_at = now.checked_add(renew).unwrap_or(Timestamp::MAX);
            row.note = None;
            store.record_subscription(&row)?;
            Ok(Reply::new(200, challenge))
        }
        // An unsubscription that we did not ask for, another topic, or no mode: section 5.3.1, answer 404.
        _ => Ok(Reply::new(404, "not asked for")),
    }
}

/// Takes a hub's POST: what is new in a listing. A wrong signature is answered with 200 and its content dropped (section 8),
/// so that nobody learns which secrets are wrong.
///
/// # Errors
///
/// Those of the store.
pub fn receive(
    store: &Store,
    listing: i64,
    address_token: &str,
    signature: Option<&str>,
    content_type: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> store::Result<Reply> {
    let row = store.subscription(listing)?.filter(|row| same(&token(&row.secret), address_token));
    let (Some(mut row), Some(listing)) = (row, store.listing(listing)?) else {
        // 410: the hub ends the subscription (section 7).
        return Ok(Reply::new(410, "no such subscription"));
    };
    if !signature.is_some_and(|signature| is_signed(signature, row.secret.as_bytes(), body)) {
        row.note = Some("something came with a wrong signature and was dropped".to_owned());
        store.record_subscription(&row)?;
        return Ok(Reply::new(200, ""));
    }
    let hint =
        FeedHint { url: Some(listing.url.clone()), content_type: content_type.map(str::to_owned) };
    let feed = feed::read(body, &hint);
    row.heard_at = Some(now);
    row.note = None;
    store.record_subscription(&row)?;
    if feed.format.is_empty() {
        // A hub without content ("fat pings" off): the listing is asked itself.
        store.poll_listing_at(listing.id, now)?;
        return Ok(Reply::new(200, ""));
    }
    let entries = addressed(feed.entries, &listing.url);
    let old = now.checked_sub(SignedDuration::from_hours(30 * 24)).unwrap_or(Timestamp::MIN);
    let entries: Vec<_> = entries
        .into_iter()
        .filter(|(_, entry)| dated(entry, now).is_none_or(|at| at >= old))
        .collect();
    store.record_push(listing.id, &entries, now)?;
    Ok(Reply::new(200, ""))
}

/// Whether `X-Hub-Signature` ("method=hex") fits: sha1, sha256, sha384 or sha512, as section 8 lists them.
fn is_signed(signature: &str, secret: &[u8], body: &[u8]) -> bool {
    let Some((method, hex)) = signature.trim().split_once('=') else { return false };
    let Some(given) = unhex(hex) else { return false };
    match method.to_ascii_lowercase().as_str() {
        "sha1" => Hmac::<sha1::Sha1>::new_from_slice(secret)
            .is_ok_and(|m| m.chain_update(body).verify_slice(&given).is_ok()),
        "sha256" => Hmac::<sha2::Sha256>::new_from_slice(secret)
            .is_ok_and(|m| m.chain_update(body).verify_slice(&given).is_ok()),
        "sha384" => Hmac::<sha2::Sha384>::new_from_slice(secret)
            .is_ok_and(|m| m.chain_update(body).verify_slice(&given).is_ok()),
        "sha512" => Hmac::<sha2::Sha512>::new_from_slice(secret)
            .is_ok_and(|m| m.chain_update(body).verify_slice(&given).is_ok()),
        _ => false,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 256 {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
        })
        .collect()
}

/// The part of the callback's address that only the hub knows; it does not tell the secret.
fn token(secret: &str) -> String {
    hex(store::key(&["websub", secret]))
}

/// Compares without telling by the time it takes how much of it is right.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// A secret that nobody guesses: the standard library takes the keys of its hashers from the system's randomness.
fn fresh_secret() -> String {
    let part = || RandomState::new().build_hasher().finish().to_string();
    let parts = [part(), part(), part(), part()];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    hex(store::key(&parts))
}

fn hex(key: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(key))
}

fn hours_later(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_every_method_fit_or_not() {
        // HMAC test case 2 of RFC 2202 (sha1) and RFC 4231 (sha2).
        let (key, data) = (b"Jefe", b"what do ya want for nothing?");
        for (signature, wanted) in [
            ("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", true),
            ("SHA1=EFFCDF6AE5EB2FA2D27416D5F184DF9C259A7C79", true),
            ("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", true),
            (
                "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
                true,
            ),
            (
                "sha512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
                true,
            ),
            ("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c78", false),
            ("sha1=effc", false),
            ("md5=750c783e6ab0b503eaa86e310a5db738", false),
            ("sha1=zz", false),
            ("sha256", false),
            ("", false),
        ] {
            assert_eq!(is_signed(signature, key, data), wanted, "{signature}");
        }
        assert_ne!(fresh_secret(), fresh_secret());
    }
}
