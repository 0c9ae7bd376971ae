//! The bot: a reader says what to watch, sees what that would have been, and switches it on.
//!
//! Updates are taken by long polling; each is handled in one turn whose answers, state and offset are one transaction, so that a
//! turn happens once however often the program is killed. Answers go through the outbox like everything else.

mod talk;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Action, NewDelivery};
use tracing::warn;

pub(crate) use talk::preview;

use crate::card::{Card, CardKind};
use crate::courier::Courier;
use crate::telegram::{Telegram, read_reply};
use crate::wire::{Method, Request, WireError};
use crate::{Result, Settings};

/// The largest file that is fetched, bytes.
const FILE_BYTES_MAX: usize = 2 << 20;

/// Who may talk with the bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Those with a one-time link.
    #[default]
    Invited,
    /// Everybody.
    Everybody,
}

/// What a poll did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotReport {
    /// Turns that were taken.
    pub turns: u32,
    /// Feeds that a reader's OPML file names, for the caller to add: the bot adds no outlets itself.
    pub feeds: Vec<String>,
    /// Why nothing was heard, for a person.
    pub trouble: Option<String>,
    /// The follows changed: the caller loads its matcher again.
    pub follows_changed: bool,
}

/// What was heard from a person.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) chat: i64,
    pub(crate) name: String,
    pub(crate) text: String,
    /// A button's data.
    pub(crate) pressed: Option<String>,
    /// The message that this one answers, or whose button was pressed.
    pub(crate) about: Option<i64>,
    pub(crate) is_forwarded: bool,
    /// Addresses in a forwarded post.
    pub(crate) urls: Vec<String>,
    /// Feeds of an OPML file.
    pub(crate) feeds: Option<Vec<String>>,
}

impl Courier {
    /// Makes a one-time link to the bot that ends after a week; `None` where the system has no random bytes.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn invite(&self, username: &str, now: Timestamp) -> Result<Option<String>> {
        let Some(random) = crate::random_bytes() else { return Ok(None) };
        let token = talk::token(&random);
        let week = crate::outbox::add(now, jiff::SignedDuration::from_hours(168));
        self.store().invite(&token, "owner", week)?;
        Ok(Some(format!("https://t.me/{username}?start={token}")))
    }

    /// Listens once, at most `wait` long, and takes the turns. The answers are sent by the next [`Courier::run_once`].
    ///
    /// # Errors
    ///
    /// Those of the store; what was heard then comes again.
    pub async fn poll_bot(
        &self,
        access: Access,
        wait: Duration,
        now: Timestamp,
    ) -> Result<BotReport> {
        let Some(bot) = self.settings().telegram.clone() else { return Ok(BotReport::default()) };
        let offset =
            self.store().meta("telegram.offset")?.and_then(|o| o.parse::<i64>().ok()).unwrap_or(0);
        let params = json!({
            "offset": offset, "timeout": wait.as_secs(),
            "allowed_updates": ["message", "callback_query", "my_chat_member"],
        });
        let mut request = bot.call("getUpdates", &params);
        request.deadline = wait + Duration::from_secs(10);
        let trouble = |why: String| Ok(BotReport { trouble: Some(why), ..BotReport::default() });
        let reply = match self.wire().send(request).await {
            Ok(response) => match (response.status, read_reply(&response)) {
                (_, Some(reply)) if reply.ok => reply,
                (401 | 404, _) => {
                    return trouble(
                        "Telegram does not know this token; look it up at @BotFather".to_owned(),
                    );
                }
                (409, _) => {
                    return trouble(
                        "another program listens with this token; stop it, only one may".to_owned(),
                    );
                }
                (status, _) => {
                    return trouble(format!("Telegram answered {status}; it is asked again"));
                }
            },
            Err(WireError::NotSent(why) | WireError::MaybeSent(why)) => {
                return trouble(bot.token.scrub(&why));
            }
        };
        let mut report = BotReport::default();
        for update in reply.result.as_array().into_iter().flatten() {
            self.take_update(&bot, update, access, now, &mut report).await?;
        }
        Ok(report)
    }

    /// Takes an update, from a poll or from a webhook whose secret the caller has checked.
    ///
    /// # Errors
    ///
    /// Those of the store; the update then comes again.
    pub async fn take_update(
        &self,
        bot: &Telegram,
        update: &Value,
        access: Access,
        now: Timestamp,
        report: &mut BotReport,
    ) -> Result<()> {
        let Some(id) = update.get("update_id").and_then(Value::as_i64) else { return Ok(()) };
        let handled =
            self.store().meta("telegram.offset")?.and_then(|o| o.parse::<i64>().ok()).unwrap_or(0);
        if id < handled {
            return Ok(());
        }
        report.turns += 1;
        self.take_echo(update, now)?;
        self.take_membership(update)?;
        let Some(mut heard) = read(update) else {
            self.store().set_meta("telegram.offset", &(id + 1).to_string())?;
            return Ok(());
        };
        if let Some(query) = update.get("callback_query").and_then(|q| q.get("id")) {
            // It only stops the button's clock; nothing depends on it.
            drop(
                self.wire()
                    .send(bot.call("answerCallbackQuery", &json!({ "callback_query_id": query })))
                    .await,
            );
        }
        if let Some(file) = update.pointer("/message/document/file_id").and_then(Value::as_str) {
            heard.feeds = Some(self.fetch_feeds(bot, file).await);
        }
        let chat = heard.chat.to_string();
        let turn = talk::turn(self.store(), &heard, access, now)?;
        report.feeds.extend(turn.feeds);
        report.follows_changed |= turn.follows_changed;
        let to = self.store().ensure_destination("telegram", &chat, "")?;
        let zone = Settings::read(&to.settings).schedule().zone();
        let answers: Vec<NewDelivery> = turn
            .answers
            .into_iter()
            .zip(0_u32..)
            .map(|(card, step)| {
                let card = Card { kind: CardKind::Answer, ..card };
                NewDelivery {
                    destination: to.id,
                    what: format!("answer:{id}"),
                    step,
                    action: Action::Answer,
                    content_key: card.content_key(&zone),
                    card: Arc::from(card.write()),
                    due_at: now,
                    created_at: now,
                    follow: None,
                }
            })
            .collect();
        self.store().record_turn(
            &chat,
            &heard.name,
            turn.state.as_deref(),
            &answers,
            id + 1,
            now,
        )?;
        Ok(())
    }

    /// The bot was let in, thrown out, blocked: the destination goes on or is paused, its follows are kept.
    fn take_membership(&self, update: &Value) -> Result<()> {
        let Some(change) = update.get("my_chat_member") else { return Ok(()) };
        let status =
            change.pointer("/new_chat_member/status").and_then(Value::as_str).unwrap_or("");
        let Some(id) = change.pointer("/chat/id").and_then(Value::as_i64) else { return Ok(()) };
        let name =
            change.pointer("/chat/username").and_then(Value::as_str).map(|n| format!("@{n}"));
        for to in self.store().destinations()? {
            if to.kind == "telegram"
                && (to.address == id.to_string() || Some(&to.address) == name.as_ref())
            {
                let why = matches!(status, "left" | "kicked").then_some(
                    "the bot was removed or blocked; it goes on when it is let in again",
                );
                self.store().pause_destination(to.id, why)?;
            }
        }
        Ok(())
    }

    /// The addresses of an OPML file's feeds; none where it cannot be fetched or is none.
    async fn fetch_feeds(&self, bot: &Telegram, file: &str) -> Vec<String> {
        let Ok(response) = self.wire().send(bot.call("getFile", &json!({ "file_id": file }))).await
        else {
            return Vec::new();
        };
        let path = read_reply(&response)
            .and_then(|r| Some(r.result.get("file_path")?.as_str()?.to_owned()));
        let Some(path) = path else { return Vec::new() };
        let request = Request {
            method: Method::Get,
            url: format!(
                "{}/file/bot{}/{path}",
                bot.api_url.trim_end_matches('/'),
                bot.token.reveal()
            ),
            headers: Vec::new(),
            body: Vec::new(),
            deadline: crate::wire::ANSWER_MAX,
        };
        match self.wire().send(request).await {
            Ok(response) if response.status == 200 && response.body.len() <= FILE_BYTES_MAX => {
                talk::feeds_of_opml(&String::from_utf8_lossy(&response.body))
            }
            Ok(response) => {
                warn!(
                    status = response.status,
                    bytes = response.body.len(),
                    "a reader's file was not read"
                );
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }
}

/// What a person said or pressed; `None` where an update is something else.
fn read(update: &Value) -> Option<Heard> {
    if let Some(query) = update.get("callback_query") {
        return Some(Heard {
            chat: query.pointer("/message/chat/id")?.as_i64().filter(|id| *id > 0)?,
            name: name_of(query),
            pressed: Some(query.get("data")?.as_str()?.to_owned()),
            about: query.pointer("/message/message_id").and_then(Value::as_i64),
            ..Heard::default()
        });
    }
    let message = update.get("message")?;
    // In groups the bot only listens to being let in and thrown out: who may change what a group follows is its owner.
    let chat = message.pointer("/chat/id")?.as_i64().filter(|id| *id > 0)?;
    let text = message
        .get("text")
        .or_else(|| message.get("caption"))
        .and_then(Value::as_str)
        .unwrap_or("");
    let entities = message.get("entities").and_then(Value::as_array);
    Some(Heard {
        chat,
        name: name_of(message),
        text: text.to_owned(),
        about: message.pointer("/reply_to_message/message_id").and_then(Value::as_i64),
        is_forwarded: message.get("forward_origin").is_some(),
        urls: entities
            .into_iter()
            .flatten()
            .filter_map(|e| Some(e.get("url")?.as_str()?.to_owned()))
            .collect(),
        ..Heard::default()
    })
}

fn name_of(message: &Value) -> String {
    crate::html::clip(
        message.pointer("/from/first_name").and_then(Value::as_str).unwrap_or("reader"),
        40,
    )
}
