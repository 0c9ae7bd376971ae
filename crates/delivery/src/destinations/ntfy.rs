//! ntfy: one POST of JSON to the server; the topic is the address.

use serde_json::json;
use store::{Action, Claimed};

use super::{by_status, json_request, render};
use crate::card::Card;
use crate::html::clip;
use crate::outbox::Outcome;
use crate::settings::Settings;
use crate::wire::{Method, Request, Response};

/// The public server, where the address names none.
const SERVER: &str = "https://ntfy.sh";

/// The longest message that a server takes without making a file of it, bytes.
const MESSAGE_BYTES_MAX: usize = 4_096;

pub(super) fn request(row: &Claimed, card: &Card, settings: &Settings) -> Option<Request> {
    let address = row.destination.address.as_str();
    let (server, topic) = match address.rsplit_once('/') {
        Some((server, topic)) if server.starts_with("http") => (server, topic),
        Some(_) => return None,
        None => (SERVER, address),
    };
    let is_topic = |t: &str| {
        !t.is_empty()
            && t.len() <= 64
            && t.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    };
    if !is_topic(topic) {
        return None;
    }
    let html = render(row, card, settings);
    let body = html.plain().split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    let mut units = MESSAGE_BYTES_MAX / 4;
    let mut message = clip_lines(body, units);
    while message.len() > MESSAGE_BYTES_MAX && units > 16 {
        units /= 2;
        message = clip_lines(body, units);
    }
    let headers =
        settings.secrets.first().map(|t| vec![("authorization".to_owned(), format!("Bearer {t}"))]);
    let json = json!({
        "topic": topic, "title": clip(&card.title, 200), "message": message, "click": card.url,
        "priority": if row.action == Action::Reply { 4 } else { 3 }, "tags": ["newspaper"],
    });
    Some(json_request(server.to_owned(), &json, headers.unwrap_or_default(), Method::Post))
}

fn clip_lines(text: &str, units: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if crate::html::units(&out) + crate::html::units(line) + 1 > units {
            break;
        }
        out.push_str(line);
        out.push('\n');
    }
    if out.trim().is_empty() { clip(text, units) } else { out.trim_end().to_owned() }
}

pub(super) fn read(row: &Claimed, response: &Response) -> Outcome {
    let id = serde_json::from_slice::<serde_json::Value>(&response.body)
        .ok()
        .and_then(|body| Some(body.get("id")?.as_str()?.to_owned()));
    by_status(row, response, id.unwrap_or_else(|| "sent".to_owned()))
}
