//! Webhooks as Standard Webhooks has them: an id that stays over retries, a time, a signature.
//!
//! # Source
//!
//! Standard Webhooks 1.0.0, "Webhook metadata", "Signature scheme", "Deliverability and reliability".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;
use store::{Action, Claimed};

use super::{by_status, json_request, render};
use crate::card::{Card, marker};
use crate::outbox::Outcome;
use crate::settings::Settings;
use crate::wire::{Method, Request, Response};

/// Waits between attempts, seconds: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
pub(super) const RETRY_SECS: [i64; 10] =
    [1, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The largest body, bytes: receivers may refuse more.
const BODY_BYTES_MAX: usize = 20_000;

/// The call for a row.
pub(super) fn request(row: &Claimed, card: &Card, settings: &Settings) -> Option<Request> {
    if !row.destination.address.starts_with("http") {
        return None;
    }
    let html = render(row, card, settings);
    let kind = match row.action {
        Action::Digest => "digest",
        Action::Reply => "story.important",
        _ if card.step <= 1 => "story.new",
        _ => "story.updated",
    };
    let mut body = json!({
        "type": kind,
        "timestamp": row.created_at.to_string(),
        "data": {
            "story": card.story, "revision": card.step, "title": card.title, "language": card.language,
            "figures": card.figures, "lines": card.lines, "quotes": card.quotes, "outlets": card.outlets,
            "languages": card.languages, "url": card.url, "sections": card.sections,
            "text": html.plain(), "html": html.html(),
        },
    });
    // What makes it too large goes, the largest first; what is new stays.
    for part in ["html", "quotes", "sections", "text", "lines"] {
        if body.to_string().len() > BODY_BYTES_MAX
            && let Some(data) = body.get_mut("data").and_then(|d| d.as_object_mut())
        {
            data.remove(part);
        }
    }
    let text = body.to_string();
    let id = delivery_id(row);
    let seconds = row.claimed_at.as_second().to_string();
    let mut headers = vec![
        ("webhook-id".to_owned(), id.clone()),
        ("webhook-timestamp".to_owned(), seconds.clone()),
    ];
    let signatures: Vec<String> = settings
        .secrets
        .iter()
        .filter_map(|secret| sign(secret, &id, &seconds, text.as_bytes()))
        .collect();
    if !signatures.is_empty() {
        headers.push(("webhook-signature".to_owned(), signatures.join(" ")));
    }
    Some(json_request(row.destination.address.clone(), &body, headers, Method::Post))
}

fn delivery_id(row: &Claimed) -> String {
    format!("dl_{}_{}", marker(row.destination.id, &row.what, row.step), row.step)
}

/// What the receiver's answer means.
pub(super) fn read(row: &Claimed, response: &Response) -> Outcome {
    match by_status(row, response, delivery_id(row)) {
        // A receiver that was found once may be down or redeployed: everything but 410 is tried again, by the table.
        Outcome::Closed { why } | Outcome::Refused { why } if response.status != 410 => {
            Outcome::Later { why }
        }
        other => other,
    }
}

/// Signs a call: `v1,` and the base64 of HMAC-SHA256 over id, time and body; `None` where the secret is none of ours.
fn sign(secret: &str, id: &str, seconds: &str, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Makes a secret of 32 random bytes.
pub(crate) fn new_secret(random: &[u8; 32]) -> String {
    format!("whsec_{}", STANDARD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_the_standard_does() {
        // The example of the standard's own reference libraries.
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b"{\"test\": 2432232314}",
        );
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(sign("no secret", "a", "1", b""), None);
    }
}
