//! Who the bot is and what it may do somewhere: for the start and for the doctor.

use serde_json::{Value, json};

use crate::telegram::Telegram;
use crate::wire::{Wire, WireError};

/// Asks Telegram whose token it is; gives the bot's name without `@`.
///
/// # Errors
///
/// A sentence for a person, without the token.
pub async fn who_am_i(wire: &dyn Wire, telegram: &Telegram) -> Result<String, String> {
    let me = ask(wire, telegram, "getMe", &json!({})).await?;
    Ok(me.get("username").and_then(Value::as_str).unwrap_or("(no name)").to_owned())
}

/// Asks what the bot may do in a chat; gives it in words.
///
/// # Errors
///
/// A sentence for a person: what is missing there.
pub async fn rights(wire: &dyn Wire, telegram: &Telegram, chat: &str) -> Result<String, String> {
    let me = ask(wire, telegram, "getMe", &json!({})).await?;
    let chat_value = chat.parse::<i64>().map_or_else(|_| json!(chat), |id| json!(id));
    let about = ask(wire, telegram, "getChat", &json!({"chat_id": chat_value})).await?;
    let kind = about.get("type").and_then(Value::as_str).unwrap_or("chat").to_owned();
    if kind == "private" {
        return Ok("a private chat, may be written to".to_owned());
    }
    let asked = json!({"chat_id": chat_value, "user_id": me.get("id")});
    let member = ask(wire, telegram, "getChatMember", &asked).await?;
    let status = member.get("status").and_then(Value::as_str).unwrap_or("unknown");
    let may = |right: &str| member.get(right).and_then(Value::as_bool).unwrap_or(false);
    match (kind.as_str(), status) {
        (_, "creator") => Ok(format!("may post and edit in this {kind}")),
        ("channel", "administrator") if may("can_post_messages") && may("can_edit_messages") => {
            Ok("may post and edit in this channel".to_owned())
        }
        ("channel", "administrator") if may("can_post_messages") => {
            Ok("may post in this channel and edit its own posts".to_owned())
        }
        ("channel", _) => Err(format!("may not post in this channel (it is {status} there)")),
        (_, "administrator" | "member" | "restricted") => Ok(format!("may write in this {kind}")),
        (_, other) => Err(format!("may not write in this {kind} (it is {other} there)")),
    }
}

/// Asks Telegram something outside the outbox.
pub(crate) async fn ask(
    wire: &dyn Wire,
    telegram: &Telegram,
    method: &str,
    params: &Value,
) -> Result<Value, String> {
    let answer = match wire.send(telegram.call(method, params)).await {
        Ok(answer) => answer,
        Err(WireError::NotSent(why) | WireError::MaybeSent(why)) => {
            return Err(format!("Telegram cannot be reached: {}", telegram.token.scrub(&why)));
        }
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if body.get("ok").and_then(Value::as_bool) == Some(true) {
        return Ok(body.get("result").cloned().unwrap_or_default());
    }
    let words = body.get("description").and_then(Value::as_str).unwrap_or("no reason given");
    match answer.status {
        401 | 404 => Err(format!("Telegram refuses the bot token ({} {})", answer.status, words)),
        status => Err(format!("Telegram says {status}: {}", telegram.token.scrub(words))),
    }
}
