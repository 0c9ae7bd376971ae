//! Telegram's Bot API: requests as it wants them, answers as it means them, reading back.
//!
//! # Source
//!
//! `product.md` 3.1 to 3.3 (telegram-bot-api 10.0, the documentation of the Bot API, grammY's and RSStT's experience). What could
//! only be seen with a real token is marked there; reading back is proven against `testkit::fakebot` only.

#[cfg(test)]
mod errors;
mod probe;
pub(crate) mod rich;
mod rights;

use std::time::Duration;

use serde_json::{Value, json};
use store::{Action, Claimed};

use crate::card::{Card, Form, marker};
use crate::html::{Html, MESSAGE_UNITS_MAX, clip};
use crate::outbox::Outcome;
use crate::settings::Settings;
use crate::wire::{ANSWER_MAX, Method, Request, Response, Secret, WireError};

pub(crate) use probe::{Reach, echo, read_back};
pub(crate) use rights::ask;
pub use rights::{rights, who_am_i};

/// How fast a chat is written to. Never trusted: what Telegram answers counts.
///
/// # Source
///
/// Bot FAQ: about one message a second in a chat, 20 a minute in a group, 30 a second over all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two messages to a person.
    pub person: Duration,
    /// Between two messages to a group or channel.
    pub group: Duration,
    /// Messages a second over all chats.
    pub everywhere: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { person: Duration::from_secs(1), group: Duration::from_secs(3), everywhere: 25 }
    }
}

impl Pace {
    /// As fast as it goes, for the fake.
    pub fn unlimited() -> Self {
        Self { person: Duration::ZERO, group: Duration::ZERO, everywhere: u32::MAX }
    }
}

/// How the bot reaches Telegram.
#[derive(Clone, Debug)]
pub struct Telegram {
    /// `https://api.telegram.org`, or a server of one's own.
    pub api_url: String,
    /// The bot's token; never printed.
    pub token: Secret,
    /// A silent chat of the operator's where messages are forwarded to be read back; `None`: what is in doubt is held.
    pub log_chat: Option<String>,
    /// How fast chats are written to.
    pub pace: Pace,
}

impl Telegram {
    /// Telegram's own servers with this token.
    pub fn new(token: &str) -> Self {
        Self {
            api_url: "https://api.telegram.org".to_owned(),
            token: Secret::new(token),
            log_chat: None,
            pace: Pace::default(),
        }
    }

    /// A call of a method.
    pub fn call(&self, method: &str, params: &Value) -> Request {
        Request {
            method: Method::Post,
            url: format!(
                "{}/bot{}/{method}",
                self.api_url.trim_end_matches('/'),
                self.token.reveal()
            ),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: params.to_string().into_bytes(),
            deadline: ANSWER_MAX,
        }
    }
}

/// How a card is sent once more after a refusal that surely sent nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fallback {
    /// As HTML: it would not have a rich message.
    pub(crate) html: bool,
    /// Without entities: they could not be parsed.
    pub(crate) plain: bool,
    /// Without the topic: it is gone.
    pub(crate) general: bool,
}

/// What was heard, or how to ask again at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Outcome(Outcome),
    Again(Fallback),
}

/// The request for a row.
pub(crate) fn request(bot: &Telegram, row: &Claimed, card: &Card, fallback: Fallback) -> Request {
    let settings = Settings::read(&row.destination.settings);
    let zone = settings.schedule().zone();
    let name = marker(row.destination.id, &row.what, row.step);
    let html = card.render(&Form { zone: &zone, marker: &name });
    let is_rich = rich::wanted(row, &html, &name, fallback);
    let mut params = json!({ "chat_id": chat_id(&row.destination.address) });
    if is_rich {
        set(&mut params, "rich_message", rich::message(&html));
    } else {
        set(&mut params, "link_preview_options", json!({ "is_disabled": true }));
        let text = if fallback.plain { plain(&html) } else { html.html().to_owned() };
        set(&mut params, "text", json!(text));
        if !fallback.plain {
            set(&mut params, "parse_mode", json!("HTML"));
        }
    }
    if !card.buttons.is_empty() {
        let rows: Vec<Vec<Value>> = card
            .buttons
            .iter()
            .map(|row| {
                row.iter().map(|b| json!({ "text": b.label, "callback_data": b.data })).collect()
            })
            .collect();
        set(&mut params, "reply_markup", json!({ "inline_keyboard": rows }));
    }
    if let Some(message) = &row.edits {
        set(&mut params, "message_id", message_id(message));
        return bot.call("editMessageText", &params);
    }
    if let Ok(topic) = row.destination.topic.parse::<i64>()
        && topic > 1
        && !fallback.general
    {
        set(&mut params, "message_thread_id", json!(topic));
    }
    if let (Action::Reply, Some(message)) = (row.action, &row.answers) {
        let to = json!({ "message_id": message_id(message), "allow_sending_without_reply": true });
        set(&mut params, "reply_parameters", to);
    }
    bot.call(if is_rich { "sendRichMessage" } else { "sendMessage" }, &params)
}

/// Whether the request for a row is one for a rich message.
pub(crate) fn is_rich(row: &Claimed, card: &Card, fallback: Fallback) -> bool {
    let name = marker(row.destination.id, &row.what, row.step);
    let zone = jiff::tz::TimeZone::UTC;
    rich::wanted(row, &card.render(&Form { zone: &zone, marker: &name }), &name, fallback)
}

fn set(params: &mut Value, key: &str, value: Value) {
    if let Some(object) = params.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// The text without its form, its addresses once at the end.
pub(crate) fn plain(html: &Html) -> String {
    let mut text = html.plain().to_owned();
    let mut left = MESSAGE_UNITS_MAX.saturating_sub(html.units() + 2);
    for link in html.links() {
        let units = crate::html::units(link) + 1;
        if units > left {
            break;
        }
        left -= units;
        text.push('\n');
        text.push_str(link);
    }
    text
}

/// A chat as the Bot API wants it: a number where it is one.
pub(crate) fn chat_id(address: &str) -> Value {
    address.parse::<i64>().map_or_else(|_| json!(address), |id| json!(id))
}

fn message_id(message: &str) -> Value {
    json!(rich::number(message).0)
}

/// The body of an answer, as far as it is one of the Bot API.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) ok: bool,
    pub(crate) result: Value,
    pub(crate) description: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) moved_to: Option<String>,
}

/// Reads an answer; `None` where it is none of the Bot API's (a proxy's page).
pub(crate) fn read_reply(response: &Response) -> Option<Reply> {
    let mut body: Value = serde_json::from_slice(&response.body).ok()?;
    let ok = body.get("ok")?.as_bool()?;
    let parameters = body.get("parameters").cloned().unwrap_or_default();
    let retry_after =
        parameters.get("retry_after").and_then(Value::as_u64).map(Duration::from_secs);
    Some(Reply {
        ok,
        result: body.get_mut("result").map(Value::take).unwrap_or_default(),
        description: clip(body.get("description").and_then(Value::as_str).unwrap_or(""), 300),
        retry_after: retry_after.or(response.retry_after),
        moved_to: parameters
            .get("migrate_to_chat_id")
            .and_then(Value::as_i64)
            .map(|id| id.to_string()),
    })
}

/// What an answer to a send or an edit means.
pub(crate) fn classify(
    row: &Claimed,
    answer: Result<Response, WireError>,
    fallback: Fallback,
    is_rich: bool,
    bot: &Telegram,
) -> Heard {
    Heard::Outcome(match answer {
        Err(WireError::NotSent(why)) => Outcome::NotSent { why: bot.token.scrub(&why) },
        Err(WireError::MaybeSent(why)) => Outcome::Ambiguous { why: bot.token.scrub(&why) },
        Ok(response) => match read_reply(&response) {
            Some(reply) if reply.ok => match reply.result.get("message_id").and_then(Value::as_i64)
            {
                Some(id) => Outcome::Delivered { message: rich::kept(id, is_rich) },
                None => match &row.edits {
                    Some(message) => Outcome::Delivered { message: message.clone() },
                    None => Outcome::Ambiguous {
                        why: "Telegram answered without a message number".to_owned(),
                    },
                },
            },
            Some(reply) if response.status < 500 => {
                return refusal(row, response.status, reply, fallback, is_rich);
            }
            // 5xx: the request may have been carried out before something behind it broke.
            _ if response.status >= 500 => {
                Outcome::Ambiguous { why: format!("Telegram answered {}", response.status) }
            }
            _ if response.status == 429 => {
                Outcome::Wait { after: wait(response.retry_after), everywhere: false }
            }
            _ => Outcome::Ambiguous {
                why: format!("the answer ({}) was none of Telegram's", response.status),
            },
        },
    })
}

/// A wait that was asked for; none named is a minute.
fn wait(after: Option<Duration>) -> Duration {
    after.unwrap_or(Duration::from_mins(1)).max(Duration::from_secs(1))
}

fn refusal(row: &Claimed, status: u16, reply: Reply, fallback: Fallback, is_rich: bool) -> Heard {
    let said = reply.description.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| said.contains(w));
    if let Some(to) = reply.moved_to {
        return Heard::Outcome(Outcome::Moved { to });
    }
    // An older server does not know the method, a newer one may not like the form: the same words go as HTML.
    if is_rich && row.edits.is_none() && matches!(status, 400 | 404) && !is_about_the_chat(&said) {
        return Heard::Again(Fallback { html: true, ..fallback });
    }
    Heard::Outcome(match status {
        429 => Outcome::Wait { after: wait(reply.retry_after), everywhere: false },
        400 if has(&["message is not modified"]) => {
            Outcome::Delivered { message: row.edits.clone().unwrap_or_default() }
        }
        400 | 404
            if is_rich
                && !is_about_the_chat(&said)
                && !has(&["message to edit", "can't be edited"]) =>
        {
            // With plain text it would be destroyed: it stays as it is, and what is new comes as replies.
            Outcome::PostGone {
                why: format!("Telegram will not edit this rich message: {}", reply.description),
            }
        }
        401 | 404 => Outcome::Unauthorised {
            why:
                "Telegram does not know this token; look it up at @BotFather and set telegram.token"
                    .to_owned(),
        },
        403 => Outcome::Closed { why: explain(&said, &reply.description) },
        _ if has(&["can't parse entities"]) && !fallback.plain => {
            return Heard::Again(Fallback { plain: true, ..fallback });
        }
        _ if has(&["message thread not found", "topic_deleted", "topic_closed"]) => {
            let may_go_general = Settings::read(&row.destination.settings).on_lost_topic
                == crate::settings::OnLostTopic::General;
            if may_go_general && !fallback.general {
                return Heard::Again(Fallback { general: true, ..fallback });
            }
            Outcome::TopicGone
        }
        _ if has(&[
            "chat not found",
            "not enough rights",
            "have no rights",
            "need administrator rights",
            "chat_write_forbidden",
            "user not found",
        ]) =>
        {
            Outcome::Closed { why: explain(&said, &reply.description) }
        }
        _ if row.edits.is_some()
            && has(&[
                "message to edit not found",
                "message can't be edited",
                "there is no text in the message to edit",
                "message_id_invalid",
            ]) =>
        {
            Outcome::PostGone { why: explain(&said, &reply.description) }
        }
        _ => Outcome::Refused { why: format!("Telegram will not have it: {}", reply.description) },
    })
}

/// Whether a refusal is about where a message goes and not about what it is.
fn is_about_the_chat(said: &str) -> bool {
    [
        "chat not found",
        "rights",
        "chat_write_forbidden",
        "user not found",
        "message thread",
        "topic_",
    ]
    .iter()
    .any(|words| said.contains(words))
}

/// What a refusal means and what to do, in words.
fn explain(said: &str, original: &str) -> String {
    let table = [
        (
            "bot was blocked",
            "the reader blocked the bot; it goes on when the reader starts it again",
        ),
        ("user is deactivated", "this account no longer exists"),
        (
            "bot was kicked",
            "the bot was removed; add it again, then: uptospeed outbox to NAME --again",
        ),
        (
            "bot is not a member",
            "the bot is not in this chat; add it as an administrator, then: uptospeed outbox to NAME --again",
        ),
        ("group chat was deleted", "the group was deleted"),
        (
            "chat not found",
            "Telegram knows no such chat, or the bot is not in it; add the bot as an administrator, then: uptospeed outbox to NAME --again",
        ),
        (
            "rights",
            "the bot may not write there; let it post messages (channel: administrator), then: uptospeed outbox to NAME --again",
        ),
        (
            "chat_write_forbidden",
            "the bot may not write there; let it post messages, then: uptospeed outbox to NAME --again",
        ),
        ("message to edit not found", "the post was deleted in the chat; it is not posted again"),
        ("can't be edited", "Telegram does not let this post be edited any more"),
        ("initiate conversation", "the reader has not started the bot yet; send them the link"),
    ];
    let found = table.iter().find(|(words, _)| said.contains(words));
    found.map_or_else(|| format!("Telegram says: {original}"), |(_, meaning)| (*meaning).to_owned())
}

/// How long a chat rests after a message.
pub(crate) fn rest(address: &str, pace: Pace) -> Duration {
    if address.parse::<i64>().is_ok_and(|id| id > 0) { pace.person } else { pace.group }
}
