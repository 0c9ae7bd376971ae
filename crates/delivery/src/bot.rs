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

use crate::Result;
use crate::card::{Card, CardKind};
use crate::courier::Courier;
use crate::telegram::{Telegram, ask, chat_id, read_reply, rights};
use crate::wire::{Method, Request, Secret, WireError};

/// The largest file that is fetched, bytes.
const FILE_BYTES_MAX: usize = 2 << 20;

/// After how long the number of the last update says nothing any more, days.
const OFFSET_DAYS: i64 = 6;

/// What the bot listens to.
const UPDATES: [&str; 3] = ["message", "callback_query", "my_chat_member"];

/// What the bot understands, as Telegram's menu shows it.
const COMMANDS: [(&str, &str); 9] = [
    ("follow", "watch for something: /follow fires in Germany"),
    ("list", "what you follow"),
    ("mute", "no more of a story, as an answer to its message"),
    ("digest", "all at once at an hour: /digest 8:00"),
    ("quiet", "no sound at night: /quiet 22-7"),
    ("why", "why a message came, as an answer to it"),
    ("undo", "take the last thing back"),
    ("export", "what I keep of you"),
    ("stop", "delete everything and say goodbye"),
];

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
    /// Whether the reader and the bot may post where the sentence says "to …"; the reason where not.
    pub(crate) elsewhere: Option<std::result::Result<(), String>>,
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
        let offset = self.heard_up_to(now)?;
        let params = json!({
            "offset": offset, "timeout": wait.as_secs(),
            "allowed_updates": UPDATES,
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

    /// The number of the first update that was not handled yet.
    ///
    /// Telegram counts anew, from any number, when a bot has heard nothing for a week; and it keeps updates for a day. So a number
    /// that is six days old says nothing any more.
    ///
    /// # Source
    ///
    /// Bot API, `Update.update_id`: "If there are no new updates for at least a week, then identifier of the next update will be
    /// chosen randomly".
    fn heard_up_to(&self, now: Timestamp) -> Result<i64> {
        let heard = self.store().meta("telegram.heard_at")?;
        let is_old = heard
            .and_then(|at| at.parse::<Timestamp>().ok())
            .is_some_and(|at| now.duration_since(at).as_hours() >= 24 * OFFSET_DAYS);
        let offset = self.store().meta("telegram.offset")?.filter(|_| !is_old);
        Ok(offset.and_then(|o| o.parse().ok()).unwrap_or(0))
    }

    /// Tells Telegram how updates come (asked for, or called to this address with this secret) and what the bot understands.
    ///
    /// # Errors
    ///
    /// A sentence for a person, without the token.
    pub async fn open_bot(
        &self,
        webhook: Option<(&str, &Secret)>,
    ) -> std::result::Result<(), String> {
        let Some(bot) = &self.settings().telegram else { return Ok(()) };
        let (method, params) = match webhook {
            // One call at a time: turns are taken in their order.
            Some((url, secret)) => (
                "setWebhook",
                json!({
                    "url": url, "secret_token": secret.reveal(), "max_connections": 1, "allowed_updates": UPDATES,
                }),
            ),
            None => ("deleteWebhook", json!({})),
        };
        ask(self.wire(), bot, method, &params).await?;
        let commands: Vec<Value> = COMMANDS
            .iter()
            .map(|(command, words)| json!({ "command": command, "description": words }))
            .collect();
        ask(self.wire(), bot, "setMyCommands", &json!({ "commands": commands })).await?;
        Ok(())
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
        if id < self.heard_up_to(now)? {
            return Ok(());
        }
        report.turns += 1;
        self.take_echo(update, now)?;
        let told = self.take_membership(update)?;
        let Some(mut heard) = read(update) else {
            match told {
                Some((reader, words)) => {
                    let card = Card { notes: vec![words], ..Card::default() };
                    let answers = self.answers(id, reader, vec![card], now)?;
                    self.store().record_turn(
                        &reader.to_string(),
                        "",
                        None,
                        &answers,
                        id + 1,
                        now,
                    )?;
                }
                None => {
                    self.store().set_meta("telegram.offset", &(id + 1).to_string())?;
                    self.store().set_meta("telegram.heard_at", &now.to_string())?;
                }
            }
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
        if let Some(target) = talk::elsewhere(&heard) {
            heard.elsewhere = Some(self.may_follow_there(bot, &target, heard.chat).await);
        }
        let chat = heard.chat.to_string();
        let turn = talk::turn(self.store(), &heard, access, &self.settings().defaults, now)?;
        report.feeds.extend(turn.feeds);
        report.follows_changed |= turn.follows_changed;
        let answers = self.answers(id, heard.chat, turn.answers, now)?;
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

    /// The rows of the answers to an update.
    fn answers(
        &self,
        update: i64,
        chat: i64,
        cards: Vec<Card>,
        now: Timestamp,
    ) -> Result<Vec<NewDelivery>> {
        let to = self.store().ensure_destination("telegram", &chat.to_string(), "")?;
        let zone = self.settings().defaults.fill(&to.kind, &to.settings).schedule().zone();
        let rows = cards.into_iter().zip(0_u32..).map(|(card, step)| {
            let card = Card { kind: CardKind::Answer, ..card };
            NewDelivery {
                destination: to.id,
                what: format!("answer:{update}"),
                step,
                action: Action::Answer,
                content_key: card.content_key(&zone),
                card: Arc::from(card.write()),
                due_at: now,
                created_at: now,
                follow: None,
            }
        });
        Ok(rows.collect())
    }

    /// Whether a reader may let news go to a chat: the reader administers it, and the bot may post there.
    async fn may_follow_there(
        &self,
        bot: &Telegram,
        target: &crate::follow::Target,
        reader: i64,
    ) -> std::result::Result<(), String> {
        if target.kind != "telegram" {
            return Err("From here I send to chats of Telegram only; who runs me can add mail, webhooks and the rest.".to_owned());
        }
        rights(self.wire(), bot, &target.address).await.map_err(|why| {
            format!("I cannot write to {}: {why}. Add me there as an administrator who may post and edit messages, then send it again.", target.address)
        })?;
        let asked = json!({ "chat_id": chat_id(&target.address), "user_id": reader });
        let member = ask(self.wire(), bot, "getChatMember", &asked).await;
        let status = member.as_ref().ok().and_then(|m| m.get("status")?.as_str()).unwrap_or("");
        if matches!(status, "creator" | "administrator") {
            return Ok(());
        }
        Err(format!("Only an administrator of {} can let me post there.", target.address))
    }

    /// The bot was let in, thrown out, blocked: the destination goes on or is paused, its follows are kept. Gives whom to tell
    /// what, where a reader of ours did it.
    fn take_membership(&self, update: &Value) -> Result<Option<(i64, String)>> {
        let number = |at: &str| update.pointer(at).and_then(Value::as_i64);
        if let (Some(from), Some(to)) =
            (number("/message/chat/id"), number("/message/migrate_to_chat_id"))
        {
            self.store().move_chat("telegram", &from.to_string(), &to.to_string())?;
        }
        let Some(change) = update.get("my_chat_member") else { return Ok(None) };
        let word = |at: &str| change.pointer(at).and_then(Value::as_str);
        let status = word("/new_chat_member/status").unwrap_or("");
        let Some(id) = number("/my_chat_member/chat/id") else { return Ok(None) };
        let name = word("/chat/username").map(|n| format!("@{n}"));
        let is_out = matches!(status, "left" | "kicked");
        for to in self.store().destinations()? {
            if to.kind == "telegram"
                && (to.address == id.to_string() || Some(&to.address) == name.as_ref())
            {
                let why = is_out.then_some(
                    "the bot was removed or blocked; it goes on when it is let in again",
                );
                self.store().pause_destination(to.id, why)?;
            }
        }
        let Some(by) = number("/my_chat_member/from/id") else { return Ok(None) };
        if id > 0 || self.store().reader(&by.to_string())?.is_none() {
            return Ok(None);
        }
        let title = crate::html::clip(word("/chat/title").unwrap_or("that chat"), 80);
        let title = title.replace('*', "");
        let address = name.unwrap_or_else(|| id.to_string());
        let may_post =
            change.pointer("/new_chat_member/can_post_messages").and_then(Value::as_bool);
        let words = match (is_out, word("/chat/type"), may_post) {
            (true, ..) => format!(
                "I was removed from *{title}*. What was to go there is kept, and goes on when I am let in again."
            ),
            (_, Some("channel"), Some(false) | None) => format!(
                "I am in *{title}*, but I may not post there. Let me post and edit messages: the channel's settings, Administrators."
            ),
            _ => format!(
                "I am in *{title}* and may post there. Send me what to watch for it, for example: fires in Germany, to {address}"
            ),
        };
        Ok(Some((by, words)))
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
