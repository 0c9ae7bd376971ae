//! Every answer of the Bot API that a sender must handle, as a table.
//!
//! # Source
//!
//! `product.md` 3.1: the error table of tdlib/telegram-bot-api 10.0.

use serde_json::{Value, json};

use super::*;

/// What was heard, in a word or two.
fn words(heard: &Heard) -> String {
    match heard {
        Heard::Again(Fallback { plain: true, .. }) => "again, plain".to_owned(),
        Heard::Again(_) => "again, in General".to_owned(),
        Heard::Outcome(outcome) => match outcome {
            Outcome::Delivered { message } => format!("delivered {message}"),
            Outcome::Wait { after, everywhere } => {
                format!(
                    "wait {} s{}",
                    after.as_secs(),
                    if *everywhere { " everywhere" } else { "" }
                )
            }
            Outcome::Moved { to } => format!("moved to {to}"),
            Outcome::NotSent { .. } => "not sent".to_owned(),
            Outcome::Later { .. } => "later".to_owned(),
            Outcome::Refused { .. } => "refused".to_owned(),
            Outcome::Closed { .. } => "closed".to_owned(),
            Outcome::TopicGone => "topic gone".to_owned(),
            Outcome::PostGone { .. } => "post gone".to_owned(),
            Outcome::Unauthorised { .. } => "token wrong".to_owned(),
            Outcome::Ambiguous { .. } => "unknown".to_owned(),
        },
    }
}

fn row(edits: bool, settings: &str) -> Claimed {
    Claimed {
        id: 7,
        destination: store::Destination {
            id: 1,
            kind: "telegram".to_owned(),
            address: "-1001".to_owned(),
            topic: "1".to_owned(),
            settings: settings.to_owned(),
            ..store::Destination::default()
        },
        what: "story:27k2".to_owned(),
        step: 3,
        action: Action::Post,
        card: String::new(),
        content_key: [0; 16],
        tries: 0,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        claimed_at: jiff::Timestamp::UNIX_EPOCH,
        edits: edits.then(|| "41".to_owned()),
        answers: None,
        mark: Some(40),
    }
}

fn bot() -> Telegram {
    Telegram::new("12:secret")
}

fn check(edits: bool, status: u16, body: &Value, expected: &str) {
    let response = Response { status, retry_after: None, body: body.to_string().into_bytes() };
    let heard = classify(&row(edits, "{}"), Ok(response), Fallback::default(), false, &bot());
    assert_eq!(words(&heard), expected, "{status} {body}");
}

fn refused(description: &str) -> Value {
    json!({ "ok": false, "error_code": 400, "description": description })
}

#[test]
fn every_error_is_handled_as_written() {
    let (send, edit) = (false, true);
    for (edits, status, description, expected) in [
        (
            send,
            400,
            "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0",
            "again, plain",
        ),
        (edit, 400, "Bad Request: can't parse entities: Can't find end tag", "again, plain"),
        (send, 400, "Bad Request: message is too long", "refused"),
        (edit, 400, "Bad Request: MESSAGE_TOO_LONG", "refused"),
        (send, 400, "Bad Request: message text is empty", "refused"),
        (send, 400, "Bad Request: BUTTON_DATA_INVALID", "refused"),
        (send, 413, "Request Entity Too Large", "refused"),
        (
            edit,
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
            "delivered 41",
        ),
        (edit, 400, "Bad Request: message to edit not found", "post gone"),
        (edit, 400, "Bad Request: message can't be edited", "post gone"),
        (edit, 400, "Bad Request: there is no text in the message to edit", "post gone"),
        (edit, 400, "Bad Request: MESSAGE_ID_INVALID", "post gone"),
        (send, 400, "Bad Request: message thread not found", "topic gone"),
        (send, 400, "Bad Request: TOPIC_DELETED", "topic gone"),
        (send, 400, "Bad Request: TOPIC_CLOSED", "topic gone"),
        (send, 400, "Bad Request: chat not found", "closed"),
        (send, 400, "Bad Request: not enough rights to send text messages to the chat", "closed"),
        (send, 400, "Bad Request: need administrator rights in the channel chat", "closed"),
        (send, 400, "Bad Request: CHAT_WRITE_FORBIDDEN", "closed"),
        (send, 403, "Forbidden: bot was blocked by the user", "closed"),
        (send, 403, "Forbidden: user is deactivated", "closed"),
        (send, 403, "Forbidden: bot was kicked from the group chat", "closed"),
        (send, 403, "Forbidden: bot was kicked from the supergroup chat", "closed"),
        (send, 403, "Forbidden: bot was kicked from the channel chat", "closed"),
        (send, 403, "Forbidden: bot is not a member of the channel chat", "closed"),
        (send, 403, "Forbidden: the group chat was deleted", "closed"),
        (send, 403, "Forbidden: bot can't initiate conversation with a user", "closed"),
        (send, 401, "Unauthorized", "token wrong"),
        (send, 404, "Not Found", "token wrong"),
        (send, 500, "Internal Server Error", "unknown"),
        (send, 502, "Bad Gateway", "unknown"),
        (send, 504, "Gateway Timeout", "unknown"),
    ] {
        check(edits, status, &refused(description), expected);
    }
    let with = |parameters: Value| json!({ "ok": false, "description": "Bad Request: x", "parameters": parameters });
    check(send, 429, &with(json!({ "retry_after": 43_837 })), "wait 43837 s");
    check(send, 429, &with(json!({ "retry_after": 0 })), "wait 1 s");
    check(send, 429, &with(json!({})), "wait 60 s");
    check(send, 400, &with(json!({ "migrate_to_chat_id": -1_001_234 })), "moved to -1001234");
    let done = |result: Value| json!({ "ok": true, "result": result });
    check(send, 200, &done(json!({ "message_id": 77 })), "delivered 77");
    check(edit, 200, &done(json!(true)), "delivered 41");
    check(send, 200, &done(json!({})), "unknown");
    // A proxy's page, a captive portal, half an answer: nobody knows what happened behind it.
    check(send, 200, &json!("hello"), "unknown");
    check(send, 302, &json!([]), "unknown");
    check(send, 502, &json!(null), "unknown");
}

#[test]
fn a_second_refusal_of_the_same_kind_is_final() {
    let hear = |settings: &str, fallback: Fallback, description: &str| {
        let body = refused(description).to_string().into_bytes();
        let response = Response { status: 400, retry_after: None, body };
        words(&classify(&row(false, settings), Ok(response), fallback, false, &bot()))
    };
    let plain = Fallback { plain: true, ..Fallback::default() };
    assert_eq!(hear("{}", plain, "Bad Request: can't parse entities: x"), "refused");
    let general = r#"{"on_lost_topic":"general"}"#;
    let lost = "Bad Request: message thread not found";
    assert_eq!(hear(general, Fallback::default(), lost), "again, in General");
    let in_general = Fallback { general: true, ..Fallback::default() };
    assert_eq!(hear(general, in_general, lost), "topic gone");
}

#[test]
fn a_wait_may_stand_in_the_header_alone() {
    let response = Response {
        status: 429,
        retry_after: Some(Duration::from_secs(90)),
        body: b"<html>Too Many Requests</html>".to_vec(),
    };
    let heard = classify(&row(false, "{}"), Ok(response), Fallback::default(), false, &bot());
    assert_eq!(words(&heard), "wait 90 s");
}

#[test]
fn a_broken_line_is_told_apart_and_holds_no_secret() {
    let url = "http://x/bot12:secret/sendMessage".to_owned();
    for (error, expected) in
        [(WireError::NotSent(url.clone()), "not sent"), (WireError::MaybeSent(url), "unknown")]
    {
        let heard = classify(&row(false, "{}"), Err(error), Fallback::default(), false, &bot());
        assert_eq!(words(&heard), expected);
        assert!(!format!("{heard:?}").contains("secret"), "{heard:?}");
    }
}

#[test]
fn requests_are_as_telegram_wants_them() {
    let card = Card {
        title: "A & B".to_owned(),
        url: Some("https://news.example/s/27k2".to_owned()),
        ..Card::default()
    };
    let body = |row: &Claimed, fallback: Fallback| -> Value {
        serde_json::from_slice(&request(&bot(), row, &card, fallback).body).unwrap_or_default()
    };
    let post = body(&row(false, "{}"), Fallback::default());
    assert_eq!(post.get("message_thread_id"), None, "General is no topic of its own");
    assert_eq!(post["parse_mode"], "HTML");
    assert_eq!(post["link_preview_options"], json!({ "is_disabled": true }));
    let mut other = row(false, "{}");
    other.destination.topic = "7".to_owned();
    assert_eq!(body(&other, Fallback::default())["message_thread_id"], 7);
    let general = Fallback { general: true, ..Fallback::default() };
    assert_eq!(body(&other, general).get("message_thread_id"), None);
    let plain = body(&other, Fallback { plain: true, ..Fallback::default() });
    assert_eq!(plain.get("parse_mode"), None);
    assert!(
        plain["text"].as_str().is_some_and(
            |t| t.starts_with("A & B") && t.contains("\nhttps://news.example/s/27k2#m")
        )
    );
    let reply =
        Claimed { action: Action::Reply, answers: Some("41".to_owned()), ..row(false, "{}") };
    assert_eq!(
        body(&reply, Fallback::default())["reply_parameters"],
        json!({ "message_id": 41, "allow_sending_without_reply": true })
    );
    let edit = request(&bot(), &row(true, "{}"), &card, Fallback::default());
    assert!(edit.url.ends_with("/editMessageText"));
}
