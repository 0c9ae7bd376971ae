//! Reading back: did a message arrive whose answer never came?
//!
//! Messages of a channel or supergroup are numbered one by one. The numbers after the last one that we know are forwarded, silently,
//! to the operator's log chat and compared with what was to be sent; the copies are deleted again. The channel itself is only read.
//!
//! What is found is certain, however early somebody looks. What is not found may still be on its way.

use std::time::Duration;

use serde_json::{Value, json};
use store::Claimed;

use super::rich::{kept, number};
use super::{Telegram, chat_id, read_reply};
use crate::card::{Card, Form, marker};
use crate::html::Html;
use crate::outbox::Found;
use crate::settings::Settings;
use crate::wire::{Wire, WireError};

/// How far is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Where it stands if nobody else wrote there.
    Near,
    /// Until "it is not there" can be believed.
    Far,
}

impl Reach {
    /// Numbers in a row that do not exist before it is not there: deleted messages leave gaps.
    fn gap_max(self) -> u32 {
        match self {
            Self::Near => 3,
            Self::Far => 20,
        }
    }

    /// Numbers that are looked at, at most: others write in this chat too.
    fn look_max(self) -> i64 {
        match self {
            Self::Near => 10,
            Self::Far => 300,
        }
    }
}

/// Asks again after a look that failed for a passing reason.
const AGAIN: Duration = Duration::from_secs(30);

/// Looks for a row's message; for an edit, whether the message shows it.
pub(crate) async fn read_back(
    wire: &dyn Wire,
    bot: &Telegram,
    row: &Claimed,
    card: &Card,
    reach: Reach,
) -> Found {
    let never = |why: &str| Found::Never { why: why.to_owned() };
    let settings = Settings::read(&row.destination.settings);
    let Some(log) = settings.log_chat.as_deref().or(bot.log_chat.as_deref()) else {
        return never("no log chat is set, without one a channel cannot be read back");
    };
    let address = row.destination.address.as_str();
    // Only channels and supergroups count their own messages; they are called @name or -100…
    if !address.starts_with('@') && !address.starts_with("-100") {
        return never("private chats and small groups cannot be read back");
    }
    let zone = settings.schedule().zone();
    let name = marker(row.destination.id, &row.what, row.step);
    let sent = card.render(&Form { zone: &zone, marker: &name });
    let looked = Looked { wire, bot, log, address };
    if let Some(message) = &row.edits {
        return match looked.at(number(message).0).await {
            At::Message(there) if shows(&there, &sent) => Found::Here { message: message.clone() },
            At::Message(_) | At::Nothing => Found::Nowhere,
            At::Unknown(why) => why,
        };
    }
    let Some(mark) = row.mark else {
        return never("it was the first message there, so no number to look from is known");
    };
    let mut missing = 0;
    for id in mark + 1..=mark.saturating_add(reach.look_max()) {
        match looked.at(id).await {
            At::Message(there) => {
                missing = 0;
                if is_it(&there, &name, &sent) {
                    return Found::Here { message: kept(id, there.get("rich_message").is_some()) };
                }
            }
            At::Nothing => {
                missing += 1;
                if missing >= reach.gap_max() {
                    return Found::Nowhere;
                }
            }
            At::Unknown(why) => return why,
        }
    }
    never("too many other messages came after it")
}

/// What stands under a number.
enum At {
    Message(Value),
    Nothing,
    /// It could not be looked at.
    Unknown(Found),
}

/// A chat that is looked at by way of another one.
struct Looked<'a> {
    wire: &'a dyn Wire,
    bot: &'a Telegram,
    log: &'a str,
    address: &'a str,
}

impl Looked<'_> {
    async fn at(&self, id: i64) -> At {
        let params = json!({
            "chat_id": chat_id(self.log), "from_chat_id": chat_id(self.address), "message_id": id, "disable_notification": true,
        });
        let (status, reply) = match self.wire.send(self.bot.call("forwardMessage", &params)).await {
            Ok(response) if response.status == 429 => {
                let after = response.retry_after.or_else(|| read_reply(&response)?.retry_after);
                return At::Unknown(Found::NotNow {
                    why: "reading back was asked to wait".to_owned(),
                    after: after.unwrap_or(AGAIN),
                });
            }
            Ok(response) => match read_reply(&response) {
                Some(reply) => (response.status, reply),
                None => {
                    return At::Unknown(not_now(&format!("Telegram answered {}", response.status)));
                }
            },
            Err(WireError::NotSent(why) | WireError::MaybeSent(why)) => {
                return At::Unknown(not_now(&self.bot.token.scrub(&why)));
            }
        };
        if reply.ok {
            forget_copy(self.wire, self.bot, self.log, &reply.result).await;
            return At::Message(reply.result);
        }
        if status >= 500 {
            return At::Unknown(not_now(&reply.description));
        }
        if reply.description.to_lowercase().contains("message to forward not found") {
            return At::Nothing;
        }
        let why = format!("it could not be read back: {}", reply.description);
        At::Unknown(Found::Never { why })
    }
}

fn not_now(why: &str) -> Found {
    Found::NotNow { why: format!("reading back failed for now: {why}"), after: AGAIN }
}

async fn forget_copy(wire: &dyn Wire, bot: &Telegram, log: &str, copy: &Value) {
    if let Some(id) = copy.get("message_id").and_then(Value::as_i64) {
        let params = json!({ "chat_id": chat_id(log), "message_id": id });
        // A copy that stays in the log chat harms nobody.
        drop(wire.send(bot.call("deleteMessage", &params)).await);
    }
}

/// Whether a message is the one: by the marker in one of its addresses, else by its text.
fn is_it(message: &Value, name: &str, sent: &Html) -> bool {
    if sent.links().iter().any(|url| url.ends_with(name)) {
        return urls(message).iter().any(|url| url.ends_with(name));
    }
    message.get("text").and_then(Value::as_str).is_some_and(|t| t.trim() == sent.plain().trim())
}

/// Whether a message reads as this edit makes it read, words and addresses. Of a rich one that is not known.
fn shows(message: &Value, sent: &Html) -> bool {
    let mut there: Vec<&str> = Vec::new();
    for url in urls(message) {
        if !there.contains(&url) {
            there.push(url);
        }
    }
    message.get("text").and_then(Value::as_str).is_some_and(|t| t.trim() == sent.plain().trim())
        && there == sent.links()
}

/// The addresses in a message's entities, or in the blocks of a rich one.
fn urls(message: &Value) -> Vec<&str> {
    let entities = message.get("entities").and_then(Value::as_array);
    let mut out: Vec<&str> =
        entities.into_iter().flatten().filter_map(|e| e.get("url")?.as_str()).collect();
    if let Some(rich) = message.get("rich_message") {
        rich_urls(rich, 0, &mut out);
    }
    out
}

fn rich_urls<'a>(value: &'a Value, depth: usize, out: &mut Vec<&'a str>) {
    match value {
        // Telegram's own blocks are at most 16 deep, each with its texts.
        _ if depth > 64 => {}
        Value::Object(fields) => {
            out.extend(fields.get("url").and_then(Value::as_str));
            fields.values().for_each(|field| rich_urls(field, depth + 1, out));
        }
        Value::Array(parts) => parts.iter().for_each(|part| rich_urls(part, depth + 1, out)),
        _ => {}
    }
}

/// A channel's post as its discussion group echoes it to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Echo {
    /// The channel, by number and by name.
    pub(crate) chats: Vec<String>,
    /// The post's number in the channel.
    pub(crate) message: i64,
    /// The markers in its addresses.
    pub(crate) markers: Vec<String>,
    /// It is a rich message.
    pub(crate) is_rich: bool,
}

/// Reads an update of the discussion group: an automatic forward of a channel's post.
pub(crate) fn echo(update: &Value) -> Option<Echo> {
    let message = update
        .get("message")
        .filter(|m| m.get("is_automatic_forward").and_then(Value::as_bool) == Some(true))?;
    let origin = message.get("forward_origin").unwrap_or(&Value::Null);
    let chat = origin.get("chat").or_else(|| message.get("forward_from_chat"))?;
    let id =
        origin.get("message_id").or_else(|| message.get("forward_from_message_id"))?.as_i64()?;
    let mut chats = vec![chat.get("id")?.as_i64()?.to_string()];
    chats.extend(chat.get("username").and_then(Value::as_str).map(|name| format!("@{name}")));
    let markers = urls(message)
        .iter()
        .filter_map(|url| url.rsplit_once('#'))
        .map(|(_, m)| m.to_owned())
        .collect();
    let is_rich = message.get("rich_message").is_some();
    Some(Echo { chats, message: id, markers, is_rich })
}
