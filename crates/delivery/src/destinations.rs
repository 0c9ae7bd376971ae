//! Destinations besides Telegram: each says what it can do about doubt, how a card is asked of it and what its answer means.

mod apprise;
mod folder;
mod matrix;
mod ntfy;
mod webhook;

use store::Claimed;

use crate::card::{Card, Form, marker};
use crate::courier::{Courier, unanswered};
use crate::html::Html;
use crate::outbox::{Outcome, Traits};
use crate::settings::Settings;
use crate::wire::{Request, Response};

pub(crate) use webhook::new_secret;

/// What a kind of destination can do about doubt.
pub(crate) fn traits(kind: &str) -> Traits {
    match kind {
        "telegram" => Traits { reads_back: true, ..Traits::default() },
        // The delivery's own id goes with the request; who gets it twice folds it.
        "webhook" => Traits {
            is_idempotent: true,
            retries: &webhook::RETRY_SECS,
            gives_up: true,
            ..Traits::default()
        },
        "matrix" | "folder" | "feed" | "email" => {
            Traits { is_idempotent: true, ..Traits::default() }
        }
        _ => Traits::default(),
    }
}

/// Sends a row to a destination that is not Telegram.
pub(crate) async fn send(courier: &Courier, row: &Claimed, card: &Card) -> Outcome {
    let settings = Settings::read(&row.destination.settings);
    let over_http = |request: Option<Request>, read: fn(&Claimed, &Response) -> Outcome| async move {
        let Some(request) = request else {
            return Outcome::Refused {
                why: format!("\"{}\" is no address of this kind", row.destination.address),
            };
        };
        match courier.wire().send(request).await {
            Ok(response) => read(row, &response),
            Err(error) => unanswered(error),
        }
    };
    match row.destination.kind.as_str() {
        "webhook" => over_http(webhook::request(row, card, &settings), webhook::read).await,
        "ntfy" => over_http(ntfy::request(row, card, &settings), ntfy::read).await,
        "matrix" => over_http(matrix::request(row, card, &settings), matrix::read).await,
        "apprise" => over_http(apprise::request(row, card, &settings), apprise::read).await,
        "folder" => match &courier.settings().folders {
            Some(root) => folder::write(root, row, card, &settings),
            None => Outcome::Later {
                why: "no place for folders is set; write delivery.folders into the configuration"
                    .to_owned(),
            },
        },
        // An outgoing feed is read from the store when somebody asks for it: with the row it is delivered.
        "feed" => Outcome::Delivered { message: marker(row.destination.id, &row.what, row.step) },
        "email" => match &courier.settings().mail {
            Some(mail) => {
                mail.send(row, card, &settings, courier.settings().base_url.as_deref()).await
            }
            None => Outcome::Later {
                why: "no mail server is set; write delivery.mail into the configuration".to_owned(),
            },
        },
        other => Outcome::Refused {
            why: format!("this program knows no destination of the kind \"{other}\""),
        },
    }
}

/// A card rendered for a row.
pub(crate) fn render(row: &Claimed, card: &Card, settings: &Settings) -> Html {
    let zone = settings.schedule().zone();
    card.render(&Form { zone: &zone, marker: &marker(row.destination.id, &row.what, row.step) })
}

/// What a status means where no further word is known.
pub(crate) fn by_status(row: &Claimed, response: &Response, message: String) -> Outcome {
    let place = &row.destination.kind;
    match response.status {
        200..=299 => Outcome::Delivered { message },
        429 | 503 if response.retry_after.is_some() || response.status == 429 => Outcome::Wait {
            after: response.retry_after.unwrap_or(std::time::Duration::from_mins(1)),
            everywhere: false,
        },
        410 => Outcome::Closed { why: format!("the {place} answered 410: it wants nothing more") },
        401 | 403 => Outcome::Closed {
            why: format!("the {place} answered {}: it does not let us in", response.status),
        },
        404 => Outcome::Closed {
            why: format!("the {place} answered 404: there is nothing at this address"),
        },
        300..=399 => Outcome::Later {
            why: format!("the {place} answered {}: redirects are not followed", response.status),
        },
        400 | 413 | 415 | 422 => Outcome::Refused {
            why: format!("the {place} answered {}: it does not understand it", response.status),
        },
        500..=599 => {
            Outcome::Ambiguous { why: format!("the {place} answered {}", response.status) }
        }
        other => Outcome::Later { why: format!("the {place} answered {other}") },
    }
}

pub(crate) fn json_request(
    url: String,
    body: &serde_json::Value,
    headers: Vec<(String, String)>,
    method: crate::wire::Method,
) -> Request {
    let mut headers = headers;
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    Request {
        method,
        url,
        headers,
        body: body.to_string().into_bytes(),
        deadline: crate::wire::ANSWER_MAX,
    }
}
