//! Matrix: a message by PUT under a transaction id, which makes it exactly one; an edit replaces it.
//!
//! # Source
//!
//! Matrix client-server API v1.11, sections 9.6.2 (sending events, transaction identifiers) and 11.27 (`m.replace`).

use serde_json::{Value, json};
use store::Claimed;

use super::{by_status, json_request, render};
use crate::card::{Card, marker};
use crate::outbox::Outcome;
use crate::settings::Settings;
use crate::wire::{Method, Request, Response};

pub(super) fn request(row: &Claimed, card: &Card, settings: &Settings) -> Option<Request> {
    let room = row.destination.address.as_str();
    // The access token is the destination's secret; the room's own server is asked unless another is named.
    let token = settings.secrets.first()?;
    let host = match &settings.homeserver {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("https://{}", room.split_once(':')?.1),
    };
    let html = render(row, card, settings);
    let formatted = html
        .html()
        .replace("<s>", "<del>")
        .replace("</s>", "</del>")
        .replace(" expandable", "")
        .replace('\n', "<br>");
    let mut content = json!({
        "msgtype": "m.text", "body": html.plain(), "format": "org.matrix.custom.html", "formatted_body": formatted,
    });
    let relation = match (&row.edits, &row.answers) {
        (Some(event), _) => {
            let new = content.clone();
            set(&mut content, "m.new_content", new);
            Some(json!({ "rel_type": "m.replace", "event_id": event }))
        }
        (None, Some(event)) => Some(json!({ "m.in_reply_to": { "event_id": event } })),
        (None, None) => None,
    };
    if let Some(relation) = relation {
        set(&mut content, "m.relates_to", relation);
    }
    let transaction = format!("{}-{}", marker(row.destination.id, &row.what, row.step), row.step);
    let url = format!(
        "{host}/_matrix/client/v3/rooms/{}/send/m.room.message/{transaction}",
        escape(room)
    );
    Some(json_request(
        url,
        &content,
        vec![("authorization".to_owned(), format!("Bearer {token}"))],
        Method::Put,
    ))
}

fn set(content: &mut Value, key: &str, value: Value) {
    if let Some(object) = content.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            // Writing to a string cannot fail.
            let _infallible = write!(out, "%{byte:02X}");
        }
        out
    })
}

pub(super) fn read(row: &Claimed, response: &Response) -> Outcome {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if response.status == 429 {
        let after = body
            .get("retry_after_ms")
            .and_then(Value::as_u64)
            .map(std::time::Duration::from_millis);
        let after = after.or(response.retry_after).unwrap_or(std::time::Duration::from_secs(30));
        return Outcome::Wait { after, everywhere: false };
    }
    match (response.status, body.get("event_id").and_then(Value::as_str)) {
        // An edit is an event of its own; what is edited the next time stays the first one.
        (200, Some(event)) => {
            Outcome::Delivered { message: row.edits.clone().unwrap_or_else(|| event.to_owned()) }
        }
        (200, None) => {
            Outcome::Ambiguous { why: "the homeserver answered without an event id".to_owned() }
        }
        _ => by_status(row, response, String::new()),
    }
}
