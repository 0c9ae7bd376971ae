//! What the fake holds: chats, messages, updates; and what tests ask of it.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::{Call, Entity, FakeBotConfig, Faults};

/// Updates kept for the bot, at most; the real server keeps them for 24 h.
const UPDATES_MAX: usize = 10_000;

/// Calls kept for the transcript, at most.
const TRANSCRIPT_MAX: usize = 200_000;

/// The user id of the bot.
pub(super) const BOT_ID: i64 = 7_000_001;

/// What a chat is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChatKind {
    /// With one person.
    Private,
    /// A small group; it can become a supergroup.
    Group,
    /// A large group, with topics where it is a forum.
    Supergroup,
    /// A channel.
    #[default]
    Channel,
}

impl ChatKind {
    /// The word of the Bot API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Supergroup => "supergroup",
            Self::Channel => "channel",
        }
    }
}

/// A chat that the fake knows.
#[derive(Clone, Debug, Default)]
pub struct ChatConfig {
    /// Its number: positive for a person, negative for a group, from -100… for channels and supergroups.
    pub id: i64,
    /// What it is.
    pub kind: ChatKind,
    /// Its name.
    pub title: String,
    /// Its public name, without `@`.
    pub username: Option<String>,
    /// Topics that exist besides General.
    pub topics: Vec<i64>,
    /// The group where posts of this channel are discussed.
    pub discussion: Option<i64>,
    /// Why the bot may not write there, as the server says it: `Forbidden: bot was blocked by the user`.
    pub closed: Option<String>,
    /// Messages cannot be forwarded from there.
    pub is_protected: bool,
    /// People who administer it, by number.
    pub owners: Vec<i64>,
}

impl ChatConfig {
    /// A channel with a public name.
    pub fn channel(id: i64, username: &str, title: &str) -> Self {
        Self { id, title: title.to_owned(), username: Some(username.to_owned()), ..Self::default() }
    }

    /// A person.
    pub fn private(id: i64, name: &str) -> Self {
        Self { id, kind: ChatKind::Private, title: name.to_owned(), ..Self::default() }
    }
}

/// A message as a reader sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldMessage {
    /// Its number in the chat.
    pub id: i64,
    /// Its text without form.
    pub text: String,
    /// Its text as it was sent: Telegram's HTML, escaped where it was sent as plain text.
    pub html: String,
    /// Its entities.
    pub entities: Vec<Entity>,
    /// When it was sent, seconds since 1970.
    pub date: i64,
    /// When it was last edited.
    pub edited: Option<i64>,
    /// How often it was edited.
    pub edits: u32,
    /// The message that it answers.
    pub reply_to: Option<i64>,
    /// The topic.
    pub thread: Option<i64>,
    /// It made no sound.
    pub silent: bool,
    /// Where it was forwarded from: chat and number.
    pub forwarded_from: Option<(i64, i64)>,
    /// Its buttons: label and data, row by row.
    pub buttons: Vec<Vec<(String, String)>>,
    /// A Rich Message.
    pub is_rich: bool,
    /// Who wrote it; empty for the bot.
    pub from: String,
}

/// What the fake does about a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Answers.
    Answer {
        /// The status.
        status: u16,
        /// The body.
        body: Value,
        /// The header `Retry-After`, seconds.
        retry_after: Option<u64>,
    },
    /// Answers slowly.
    Slow {
        /// How slowly, milliseconds.
        millis: u64,
        /// The status.
        status: u16,
        /// The body.
        body: Value,
    },
    /// Breaks the connection.
    Cut,
    /// Answers with a page of some server in between.
    Garbage {
        /// The status.
        status: u16,
    },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Chat {
    pub(super) config: ChatConfig,
    pub(super) messages: BTreeMap<i64, HeldMessage>,
    pub(super) last_id: i64,
    pub(super) migrated_to: Option<i64>,
    /// Until when it answers 429, seconds since 1970.
    pub(super) wait_until: i64,
}

/// The fake without a socket.
#[derive(Debug)]
pub struct Chats {
    token: String,
    pub(super) username: String,
    pub(super) by_id: BTreeMap<i64, Chat>,
    pub(super) faults: Faults,
    pub(super) now: i64,
    version: u64,
    transcript: Vec<Call>,
    keeps_transcript: bool,
    pub(super) updates: VecDeque<(i64, Value)>,
    next_update: i64,
    pub(super) webhook: Option<String>,
    poll: u64,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) knows_rich: bool,
}

impl Chats {
    /// The fake as it begins.
    pub fn new(config: FakeBotConfig) -> Self {
        let or =
            |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
        let chats = config
            .chats
            .into_iter()
            .map(|c| (c.id, Chat { config: c, ..Chat::default() }))
            .collect();
        Self {
            token: or(config.token, "7000001:FAKE-token-of-the-fake-bot"),
            username: or(config.username, "uptospeed_bot"),
            by_id: chats,
            faults: config.faults,
            now: config.now_secs,
            version: 0,
            transcript: Vec::new(),
            keeps_transcript: true,
            updates: VecDeque::new(),
            next_update: 1,
            webhook: None,
            poll: 0,
            files: BTreeMap::new(),
            knows_rich: false,
        }
    }

    /// Makes it a server that has Rich Messages, or one that has never heard of them.
    pub fn set_knows_rich(&mut self, knows: bool) {
        self.knows_rich = knows;
    }

    /// The token that it accepts.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sets its clock, seconds since 1970.
    pub fn set_now(&mut self, secs: i64) {
        self.now = secs;
    }

    /// Keeps no transcript, for simulations of a million calls.
    pub fn forget_calls(&mut self) {
        self.keeps_transcript = false;
        self.transcript = Vec::new();
    }

    /// A number that every change raises.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Adds a chat, or changes one that is there.
    pub fn set_chat(&mut self, config: ChatConfig) {
        let id = config.id;
        self.by_id.entry(id).or_default().config = config;
        self.changed();
    }

    /// Changes how it misbehaves.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Everything that was asked for, in order.
    pub fn transcript(&self) -> &[Call] {
        &self.transcript
    }

    /// The messages of a chat as they stand, in order; of a group that became a supergroup, those of the supergroup.
    pub fn messages(&self, id: i64) -> Vec<HeldMessage> {
        self.by_id.get(&id).map(|c| c.messages.values().cloned().collect()).unwrap_or_default()
    }

    /// How often somebody wrote in a chat: messages that stand there, and edits of them.
    pub fn writings(&self, id: i64) -> u64 {
        let count = |chat: &Chat| {
            chat.messages.values().map(|message| 1 + u64::from(message.edits)).sum::<u64>()
        };
        self.by_id.get(&id).map_or(0, count)
    }

    /// The chats, by number.
    pub fn chat_ids(&self) -> Vec<i64> {
        self.by_id.keys().copied().collect()
    }

    /// Where a group has moved to.
    pub fn migrated_to(&self, id: i64) -> Option<i64> {
        self.by_id.get(&id)?.migrated_to
    }

    /// Lets the bot write in a chat again.
    pub fn reopen(&mut self, id: i64) {
        if let Some(chat) = self.by_id.get_mut(&id) {
            chat.config.closed = None;
        }
        self.changed();
    }

    /// Markers (the part after `#m` of an address) by the messages that carry them, copies in other chats not counted.
    pub fn markers(&self) -> BTreeMap<String, Vec<(i64, i64)>> {
        let mut out: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for (chat, held) in &self.by_id {
            for message in held.messages.values().filter(|m| m.forwarded_from.is_none()) {
                let mut names: Vec<&str> = message
                    .entities
                    .iter()
                    .filter_map(|e| e.url.as_deref()?.rsplit_once("#m"))
                    .map(|(_, m)| m)
                    .collect();
                names.dedup();
                for name in names {
                    out.entry(format!("m{name}")).or_default().push((*chat, message.id));
                }
            }
        }
        out
    }

    /// Markers that stand in more than one message: doubled sends.
    pub fn doubled(&self) -> Vec<String> {
        self.markers().into_iter().filter(|(_, at)| at.len() > 1).map(|(name, _)| name).collect()
    }

    /// Those of the given markers that stand in no message: lost sends.
    pub fn lost<'a>(&self, expected: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let there = self.markers();
        expected.into_iter().filter(|name| !there.contains_key(*name)).map(str::to_owned).collect()
    }

    /// A person writes to the bot.
    pub fn say(&mut self, chat: i64, name: &str, text: &str) {
        self.hear(chat, name, json!({ "text": text }));
    }

    /// A person sends a message with these fields to the bot: a forwarded post, a file.
    pub fn hear(&mut self, chat: i64, name: &str, fields: Value) {
        let Some(id) = self.next_message_id(chat) else { return };
        let text = fields.get("text").and_then(Value::as_str).unwrap_or("").to_owned();
        let now = self.now;
        let mut message = json!({
            "message_id": id, "date": now, "chat": self.chat_json(chat),
            "from": { "id": chat.abs(), "is_bot": false, "first_name": name },
        });
        if let (Some(message), Value::Object(fields)) = (message.as_object_mut(), fields) {
            message.extend(fields);
        }
        if let Some(held) = self.by_id.get_mut(&chat) {
            held.messages.insert(
                id,
                HeldMessage {
                    id,
                    html: escape(&text),
                    text,
                    entities: Vec::new(),
                    date: now,
                    edited: None,
                    edits: 0,
                    reply_to: None,
                    thread: None,
                    silent: false,
                    forwarded_from: None,
                    buttons: Vec::new(),
                    is_rich: false,
                    from: name.to_owned(),
                },
            );
        }
        self.push_update(json!({ "message": message }));
        self.changed();
    }

    /// A person lets the bot into a chat, to post there or only to look; or throws it out.
    pub fn admit(&mut self, chat: i64, by: i64, may_post: Option<bool>) {
        let Some(held) = self.by_id.get_mut(&chat) else { return };
        let place = held.config.kind.as_str();
        held.config.closed =
            may_post.is_none().then(|| format!("Forbidden: bot was kicked from the {place} chat"));
        let status = if may_post.is_some() { "administrator" } else { "kicked" };
        let name = self.by_id.get(&by).map(|c| c.config.title.clone()).unwrap_or_default();
        let change = json!({
            "chat": self.chat_json(chat), "date": self.now,
            "from": { "id": by, "is_bot": false, "first_name": name },
            "new_chat_member": { "status": status, "can_post_messages": may_post.unwrap_or(false) },
        });
        self.push_update(json!({ "my_chat_member": change }));
        self.changed();
    }

    /// A person presses a button of a message.
    pub fn press(&mut self, chat: i64, message: i64, data: &str) {
        let name = self.by_id.get(&chat).map(|c| c.config.title.clone()).unwrap_or_default();
        let query = json!({
            "id": format!("{chat}-{message}-{}", self.next_update),
            "from": { "id": chat.abs(), "is_bot": false, "first_name": name },
            "message": { "message_id": message, "date": self.now, "chat": self.chat_json(chat) },
            "data": data,
        });
        self.push_update(json!({ "callback_query": query }));
        self.changed();
    }

    /// Keeps a file that the bot can fetch.
    pub fn keep_file(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.insert(name.to_owned(), bytes);
    }

    pub(super) fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.files.get(name).cloned()
    }

    pub(super) fn push_update(&mut self, mut update: Value) {
        let id = self.next_update;
        self.next_update += 1;
        if let Some(update) = update.as_object_mut() {
            update.insert("update_id".to_owned(), json!(id));
        }
        self.updates.push_back((id, update));
        if self.updates.len() > UPDATES_MAX {
            self.updates.pop_front();
        }
    }

    pub(super) fn next_message_id(&mut self, chat: i64) -> Option<i64> {
        let chat = self.by_id.get_mut(&chat)?;
        chat.last_id += 1;
        Some(chat.last_id)
    }

    pub(super) fn chat_json(&self, id: i64) -> Value {
        let Some(chat) = self.by_id.get(&id) else { return json!({ "id": id }) };
        let mut out = json!({ "id": id, "type": chat.config.kind.as_str() });
        if let Some(out) = out.as_object_mut() {
            let title = if chat.config.kind == ChatKind::Private { "first_name" } else { "title" };
            out.insert(title.to_owned(), json!(chat.config.title));
            if let Some(username) = &chat.config.username {
                out.insert("username".to_owned(), json!(username));
            }
            if !chat.config.topics.is_empty() {
                out.insert("is_forum".to_owned(), json!(true));
            }
        }
        out
    }

    pub(super) fn changed(&mut self) {
        self.version += 1;
    }

    pub(super) fn note(&mut self, method: &str, params: &Value, turn: &Turn, done: bool) {
        if !self.keeps_transcript || self.transcript.len() >= TRANSCRIPT_MAX {
            return;
        }
        let (status, answer) = match turn {
            Turn::Answer { status, body, .. } | Turn::Slow { status, body, .. } => {
                (*status, body.clone())
            }
            Turn::Garbage { status } => (*status, Value::Null),
            Turn::Cut => (0, Value::Null),
        };
        self.transcript.push(Call {
            method: method.to_owned(),
            params: params.clone(),
            status,
            answer,
            done,
        });
    }

    /// Begins a wait for updates: it sends every earlier one away.
    pub(super) fn begin_poll(&mut self) -> u64 {
        self.poll += 1;
        self.poll
    }

    /// The updates that are there for the waiter who began as `mine`.
    pub(super) fn poll(&mut self, params: &Value, mine: u64) -> Turn {
        let conflict = |why: &str| Turn::Answer {
            status: 409,
            body: json!({ "ok": false, "error_code": 409, "description": format!("Conflict: {why}") }),
            retry_after: None,
        };
        if self.webhook.is_some() {
            return conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            );
        }
        if mine != self.poll {
            return conflict(
                "terminated by other getUpdates request; make sure that only one bot instance is running",
            );
        }
        let offset = params.get("offset").and_then(super::number).unwrap_or(0);
        while self.updates.front().is_some_and(|(id, _)| *id < offset) {
            self.updates.pop_front();
        }
        let limit = params.get("limit").and_then(super::number).unwrap_or(100).clamp(1, 100);
        let result: Vec<&Value> =
            self.updates.iter().take(limit.unsigned_abs() as usize).map(|(_, u)| u).collect();
        Turn::Answer {
            status: 200,
            body: json!({ "ok": true, "result": result }),
            retry_after: None,
        }
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
