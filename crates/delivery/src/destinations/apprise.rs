//! Apprise: a POST to an apprise-api server, which knows the rest of the world's services.

use serde_json::json;
use store::Claimed;

use super::{by_status, json_request, render};
use crate::card::{Card, marker};
use crate::html::clip;
use crate::outbox::Outcome;
use crate::settings::Settings;
use crate::wire::{Method, Request, Response};

pub(super) fn request(row: &Claimed, card: &Card, settings: &Settings) -> Option<Request> {
    let url = row.destination.address.as_str();
    if !url.starts_with("http") {
        return None;
    }
    let html = render(row, card, settings);
    let body = html.plain().split_once('\n').map_or(html.plain(), |(_, rest)| rest).trim_start();
    let json =
        json!({ "title": clip(&card.title, 200), "body": body, "type": "info", "format": "text" });
    Some(json_request(url.to_owned(), &json, Vec::new(), Method::Post))
}

pub(super) fn read(row: &Claimed, response: &Response) -> Outcome {
    by_status(row, response, marker(row.destination.id, &row.what, row.step))
}
