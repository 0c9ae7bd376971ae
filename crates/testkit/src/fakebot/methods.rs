//! The methods of the Bot API that delivery uses, with the errors of the real server.

use serde_json::{Value, json};

use super::chats::{BOT_ID, escape};
use super::{ChatKind, Chats, Fault, HeldMessage, Turn, number, parse_html};

/// The longest text, UTF-16 units after the entities are taken out.
const TEXT_UNITS_MAX: usize = 4096;

/// The longest rich message, characters.
const RICH_CHARS_MAX: usize = 32_768;

/// What a method says: its result, or status and description.
type Said = Result<Value, Refusal>;

struct Refusal {
    status: u16,
    description: String,
    parameters: Option<Value>,
}

fn bad<T>(description: &str) -> Result<T, Refusal> {
    refuse(400, &format!("Bad Request: {description}"))
}

fn refuse<T>(status: u16, description: &str) -> Result<T, Refusal> {
    Err(Refusal { status, description: description.to_owned(), parameters: None })
}

impl Chats {
    /// Does what a call asks for, or misbehaves as planned. `getUpdates` is answered with what is there.
    pub fn handle(&mut self, method: &str, params: &Value) -> Turn {
        let method = method.to_lowercase();
        if method == "getupdates" {
            let mine = self.begin_poll();
            return self.poll(params, mine);
        }
        let changes = matches!(
            method.as_str(),
            "sendmessage"
                | "sendrichmessage"
                | "editmessagetext"
                | "editmessagereplymarkup"
                | "deletemessage"
                | "forwardmessage"
        );
        let name = canonical(&method);
        let fault = if changes { self.faults.next(name) } else { None };
        let chat = params.get("chat_id").and_then(|v| self.find(v));
        if let Some(id) = chat
            && changes
            && let Some(left) =
                self.by_id.get(&id).map(|c| c.wait_until - self.now).filter(|left| *left > 0)
        {
            let turn = too_many(left.unsigned_abs());
            self.note(name, params, &turn, false);
            return turn;
        }
        let (turn, done) = match fault {
            None => (answer(self.run(&method, params)), true),
            Some(Fault::TooMany { retry_after }) => {
                if let Some(chat) = chat.and_then(|id| self.by_id.get_mut(&id)) {
                    chat.wait_until = self.now + retry_after.cast_signed();
                }
                (too_many(retry_after), false)
            }
            Some(Fault::CutBefore) => (Turn::Cut, false),
            Some(Fault::CutAfter) => {
                let done = self.run(&method, params).is_ok();
                (Turn::Cut, done)
            }
            Some(Fault::ServerError { status, done }) => {
                let done = done && self.run(&method, params).is_ok();
                (Turn::Garbage { status }, done)
            }
            Some(Fault::Kick) => {
                if let Some(chat) = chat.and_then(|id| self.by_id.get_mut(&id)) {
                    let place = chat.config.kind.as_str();
                    chat.config.closed = Some(match chat.config.kind {
                        ChatKind::Private => "Forbidden: bot was blocked by the user".to_owned(),
                        _ => format!("Forbidden: bot was kicked from the {place} chat"),
                    });
                }
                (answer(self.run(&method, params)), false)
            }
            Some(Fault::Migrate) => {
                if let Some(id) = chat {
                    self.migrate(id);
                }
                (answer(self.run(&method, params)), false)
            }
            Some(Fault::Slow { millis }) => match answer(self.run(&method, params)) {
                Turn::Answer { status, body, .. } => (Turn::Slow { millis, status, body }, true),
                other => (other, true),
            },
        };
        let done = done
            && matches!(
                &turn,
                Turn::Answer { status: 200, .. }
                    | Turn::Slow { status: 200, .. }
                    | Turn::Cut
                    | Turn::Garbage { .. }
            );
        self.note(name, params, &turn, done);
        if changes {
            self.changed();
        }
        turn
    }

    /// Makes a supergroup of a small group; other chats stay what they are.
    pub fn migrate(&mut self, id: i64) {
        let Some(chat) = self
            .by_id
            .get_mut(&id)
            .filter(|c| c.config.kind == ChatKind::Group && c.migrated_to.is_none())
        else {
            return;
        };
        let new = -1_000_000_000_000 - id.abs();
        chat.migrated_to = Some(new);
        let mut config = chat.config.clone();
        config.id = new;
        config.kind = ChatKind::Supergroup;
        self.set_chat(config);
    }

    fn find(&self, value: &Value) -> Option<i64> {
        if let Some(id) = number(value) {
            return self.by_id.contains_key(&id).then_some(id);
        }
        let name = value.as_str()?.strip_prefix('@')?;
        self.by_id
            .iter()
            .find(|(_, c)| {
                c.config.username.as_deref().is_some_and(|u| u.eq_ignore_ascii_case(name))
            })
            .map(|(id, _)| *id)
    }

    fn run(&mut self, method: &str, params: &Value) -> Said {
        match method {
            "getme" => Ok(json!({
                "id": BOT_ID, "is_bot": true, "first_name": "Up to speed", "username": self.username,
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
            })),
            "sendmessage" => self.send(params),
            "sendrichmessage" if self.knows_rich => self.send(params),
            "editmessagetext" => self.edit(params, true),
            "editmessagereplymarkup" => self.edit(params, false),
            "deletemessage" => self.delete(params),
            "forwardmessage" => self.forward(params),
            "getchat" => {
                let chat = self.open_chat(params.get("chat_id"), false)?;
                let mut out = self.chat_json(chat);
                if let (Some(out), Some(linked)) =
                    (out.as_object_mut(), self.by_id.get(&chat).and_then(|c| c.config.discussion))
                {
                    out.insert("linked_chat_id".to_owned(), json!(linked));
                }
                Ok(out)
            }
            "getchatmember" => {
                let chat = self.open_chat(params.get("chat_id"), false)?;
                let user = params.get("user_id").and_then(number).unwrap_or(BOT_ID);
                if user != BOT_ID {
                    let is_owner =
                        self.by_id.get(&chat).is_some_and(|c| c.config.owners.contains(&user));
                    let status = if is_owner { "creator" } else { "left" };
                    return Ok(
                        json!({ "status": status, "user": { "id": user, "is_bot": false } }),
                    );
                }
                let status = match self.by_id.get(&chat) {
                    Some(c) if c.config.closed.is_some() => "left",
                    Some(c) if c.config.kind == ChatKind::Private => "member",
                    _ => "administrator",
                };
                Ok(json!({
                    "status": status, "user": { "id": BOT_ID, "is_bot": true, "first_name": "Up to speed" },
                    "can_post_messages": status == "administrator", "can_edit_messages": status == "administrator",
                    "can_delete_messages": status == "administrator",
                }))
            }
            "getfile" => {
                let id = params.get("file_id").and_then(Value::as_str).unwrap_or("");
                match self.files.get(id) {
                    Some(bytes) => {
                        Ok(json!({ "file_id": id, "file_size": bytes.len(), "file_path": id }))
                    }
                    None => bad("invalid file_id"),
                }
            }
            "answercallbackquery" | "setmycommands" | "deletemycommands" => Ok(json!(true)),
            "setwebhook" => {
                let url = params.get("url").and_then(Value::as_str).unwrap_or("");
                if !url.is_empty() && !url.starts_with("https://") {
                    return bad("bad webhook: An HTTPS URL must be provided for webhook");
                }
                self.webhook = (!url.is_empty()).then(|| url.to_owned());
                Ok(json!(true))
            }
            "deletewebhook" => {
                self.webhook = None;
                Ok(json!(true))
            }
            _ => refuse(404, "Not Found: method not found"),
        }
    }

    /// The chat, if the bot may act there.
    fn open_chat(&self, value: Option<&Value>, writes: bool) -> Result<i64, Refusal> {
        let Some(value) = value.filter(|v| !v.is_null()) else { return bad("chat_id is empty") };
        let Some(id) = self.find(value) else { return bad("chat not found") };
        let Some(chat) = self.by_id.get(&id) else { return bad("chat not found") };
        if let Some(to) = chat.migrated_to {
            return Err(Refusal {
                status: 400,
                description: "Bad Request: group chat was upgraded to a supergroup chat".to_owned(),
                parameters: Some(json!({ "migrate_to_chat_id": to })),
            });
        }
        match &chat.config.closed {
            Some(why) if writes => {
                refuse(if why.starts_with("Bad Request") { 400 } else { 403 }, why)
            }
            _ => Ok(id),
        }
    }

    fn read_text(
        params: &Value,
        is_edit: bool,
    ) -> Result<(String, String, Vec<super::Entity>), Refusal> {
        if let Some(rich) = params.get("rich_message") {
            return read_rich(rich);
        }
        let sent = params.get("text").and_then(Value::as_str).unwrap_or("");
        let mode = params.get("parse_mode").and_then(Value::as_str).unwrap_or("");
        let (text, entities, html) = match mode.to_lowercase().as_str() {
            "html" => match parse_html(sent) {
                Ok((text, entities)) => (text, entities, sent.to_owned()),
                Err(why) => return bad(&format!("can't parse entities: {why}")),
            },
            "" => (sent.to_owned(), Vec::new(), escape(sent)),
            _ => return bad("unsupported parse_mode"),
        };
        let trimmed = text.trim().to_owned();
        if trimmed.is_empty() {
            return bad("message text is empty");
        }
        if trimmed.encode_utf16().count() > TEXT_UNITS_MAX {
            return bad(if is_edit { "MESSAGE_TOO_LONG" } else { "message is too long" });
        }
        Ok((trimmed, html, entities))
    }

    fn send(&mut self, params: &Value) -> Said {
        let chat = self.open_chat(params.get("chat_id"), true)?;
        let (text, html, entities) = Self::read_text(params, false)?;
        let buttons = buttons(params)?;
        let thread = params.get("message_thread_id").and_then(number);
        if let Some(thread) = thread {
            let exists = self.by_id.get(&chat).is_some_and(|c| c.config.topics.contains(&thread));
            // The General topic must not be named either: Client.cpp says the same of 1.
            if !exists {
                return bad("message thread not found");
            }
        }
        let mut reply_to =
            params.get("reply_parameters").and_then(|r| r.get("message_id")).and_then(number);
        if let Some(id) = reply_to
            && !self.by_id.get(&chat).is_some_and(|c| c.messages.contains_key(&id))
        {
            let may_go_without = params
                .get("reply_parameters")
                .and_then(|r| r.get("allow_sending_without_reply"))
                .and_then(Value::as_bool);
            if may_go_without != Some(true) {
                return bad("message to be replied not found");
            }
            reply_to = None;
        }
        let Some(id) = self.next_message_id(chat) else { return bad("chat not found") };
        let message = HeldMessage {
            id,
            text,
            html,
            entities,
            date: self.now,
            edited: None,
            edits: 0,
            reply_to,
            thread,
            silent: params.get("disable_notification").and_then(Value::as_bool).unwrap_or(false),
            forwarded_from: None,
            buttons,
            is_rich: params.get("rich_message").is_some(),
            from: String::new(),
        };
        let out = self.message_json(chat, &message);
        self.echo(chat, &message);
        if let Some(held) = self.by_id.get_mut(&chat) {
            held.messages.insert(id, message);
        }
        Ok(out)
    }

    /// A channel's post appears in its discussion group, and the bot hears of it there.
    fn echo(&mut self, channel: i64, message: &HeldMessage) {
        let Some(group) = self.by_id.get(&channel).and_then(|c| c.config.discussion) else {
            return;
        };
        let Some(id) = self.next_message_id(group) else { return };
        let copy = HeldMessage {
            id,
            forwarded_from: Some((channel, message.id)),
            reply_to: None,
            thread: None,
            ..message.clone()
        };
        let mut update = self.message_json(group, &copy);
        if let Some(update) = update.as_object_mut() {
            update.insert("is_automatic_forward".to_owned(), json!(true));
            update.insert(
                "forward_origin".to_owned(),
                json!({ "type": "channel", "date": message.date, "chat": self.chat_json(channel), "message_id": message.id }),
            );
        }
        if let Some(held) = self.by_id.get_mut(&group) {
            held.messages.insert(id, copy);
        }
        self.push_update(json!({ "message": update }));
    }

    fn edit(&mut self, params: &Value, text_too: bool) -> Said {
        let chat = self.open_chat(params.get("chat_id"), true)?;
        let id = params.get("message_id").and_then(number).unwrap_or(0);
        let Some(held) = self.by_id.get(&chat).and_then(|c| c.messages.get(&id)) else {
            return bad("message to edit not found");
        };
        if !held.from.is_empty() || held.forwarded_from.is_some() {
            return bad("message can't be edited");
        }
        let buttons = buttons(params)?;
        let mut new = HeldMessage { buttons, ..held.clone() };
        if text_too {
            (new.text, new.html, new.entities) = Self::read_text(params, true)?;
            // Plain text takes a rich message's form away, for ever.
            new.is_rich = params.get("rich_message").is_some();
        }
        if (&new.text, &new.entities, &new.buttons, new.is_rich)
            == (&held.text, &held.entities, &held.buttons, held.is_rich)
        {
            return bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
            );
        }
        new.edited = Some(self.now);
        new.edits += 1;
        let out = self.message_json(chat, &new);
        if let Some(held) = self.by_id.get_mut(&chat) {
            held.messages.insert(id, new);
        }
        Ok(out)
    }

    fn delete(&mut self, params: &Value) -> Said {
        let chat = self.open_chat(params.get("chat_id"), true)?;
        let id = params.get("message_id").and_then(number).unwrap_or(0);
        match self.by_id.get_mut(&chat).and_then(|c| c.messages.remove(&id)) {
            Some(_) => Ok(json!(true)),
            None => bad("message to delete not found"),
        }
    }

    fn forward(&mut self, params: &Value) -> Said {
        let to = self.open_chat(params.get("chat_id"), true)?;
        let from = self.open_chat(params.get("from_chat_id"), false)?;
        let id = params.get("message_id").and_then(number).unwrap_or(0);
        let Some(source) = self.by_id.get(&from) else { return bad("chat not found") };
        let Some(message) = source.messages.get(&id).cloned() else {
            return bad("message to forward not found");
        };
        if source.config.is_protected {
            return bad("message can't be forwarded");
        }
        let Some(new) = self.next_message_id(to) else { return bad("chat not found") };
        let copy = HeldMessage {
            id: new,
            forwarded_from: Some((from, id)),
            reply_to: None,
            thread: None,
            date: self.now,
            ..message
        };
        let mut out = self.message_json(to, &copy);
        if let Some(out) = out.as_object_mut() {
            out.insert(
                "forward_origin".to_owned(),
                json!({ "type": "channel", "date": copy.date, "chat": self.chat_json(from), "message_id": id }),
            );
        }
        if let Some(held) = self.by_id.get_mut(&to) {
            held.messages.insert(new, copy);
        }
        Ok(out)
    }

    fn message_json(&self, chat: i64, message: &HeldMessage) -> Value {
        let entities: Vec<Value> = message
            .entities
            .iter()
            .map(|e| match &e.url {
                Some(url) => {
                    json!({ "type": e.kind, "offset": e.offset, "length": e.length, "url": url })
                }
                None => json!({ "type": e.kind, "offset": e.offset, "length": e.length }),
            })
            .collect();
        let mut out = json!({
            "message_id": message.id, "date": message.date, "chat": self.chat_json(chat), "text": message.text, "entities": entities,
        });
        if let (true, Some(out)) = (message.is_rich, out.as_object_mut()) {
            // A rich message has no text: its words stand in blocks, links among them.
            out.remove("text");
            out.remove("entities");
            let texts: Vec<Value> = std::iter::once(json!(message.text))
                .chain(
                    message
                        .entities
                        .iter()
                        .filter_map(|e| e.url.as_ref())
                        .map(|url| json!({ "type": "url", "url": url })),
                )
                .collect();
            out.insert(
                "rich_message".to_owned(),
                json!({ "blocks": [{ "type": "paragraph", "text": texts }] }),
            );
        }
        if let (Some(out), Some(edited)) = (out.as_object_mut(), message.edited) {
            out.insert("edit_date".to_owned(), json!(edited));
        }
        out
    }
}

/// Reads a rich message as far as delivery writes them: headings, paragraphs, quotations, line breaks, and Telegram's own tags.
fn read_rich(rich: &Value) -> Result<(String, String, Vec<super::Entity>), Refusal> {
    let Some(html) = rich.get("html").and_then(Value::as_str) else {
        return bad("rich message must be non-empty");
    };
    if html.contains('\n') || html.chars().count() > RICH_CHARS_MAX {
        return bad("RICH_MESSAGE_INVALID");
    }
    let mut flat = html.replace("<br>", "\n").replace("<p>", "").replace("</p>", "\n");
    flat = flat.replace("</blockquote>", "</blockquote>\n");
    for size in 1..=6 {
        flat = flat.replace(&format!("<h{size}>"), "<b>").replace(&format!("</h{size}>"), "</b>\n");
    }
    match parse_html(&flat) {
        Ok((text, _)) if text.trim().is_empty() => bad("rich message must be non-empty"),
        Ok((text, entities)) => Ok((text.trim().to_owned(), html.to_owned(), entities)),
        Err(why) => bad(&format!("can't parse rich message: {why}")),
    }
}

fn buttons(params: &Value) -> Result<Vec<Vec<(String, String)>>, Refusal> {
    let rows =
        params.get("reply_markup").and_then(|m| m.get("inline_keyboard")).and_then(Value::as_array);
    let mut out = Vec::new();
    for row in rows.into_iter().flatten() {
        let mut buttons = Vec::new();
        for button in row.as_array().into_iter().flatten() {
            let word =
                |name: &str| button.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
            let (label, data) = (word("text"), word("callback_data"));
            if label.is_empty() {
                return bad(
                    "can't parse inline keyboard button: Field \"text\" must be of type String",
                );
            }
            if data.is_empty() || data.len() > 64 {
                return bad("BUTTON_DATA_INVALID");
            }
            buttons.push((label, data));
        }
        out.push(buttons);
    }
    Ok(out)
}

fn answer(said: Said) -> Turn {
    match said {
        Ok(result) => Turn::Answer {
            status: 200,
            body: json!({ "ok": true, "result": result }),
            retry_after: None,
        },
        Err(refusal) => {
            let mut body = json!({ "ok": false, "error_code": refusal.status, "description": refusal.description });
            if let (Some(parameters), Some(body)) = (refusal.parameters, body.as_object_mut()) {
                body.insert("parameters".to_owned(), parameters);
            }
            Turn::Answer { status: refusal.status, body, retry_after: None }
        }
    }
}

fn too_many(retry_after: u64) -> Turn {
    Turn::Answer {
        status: 429,
        body: json!({
            "ok": false, "error_code": 429, "description": format!("Too Many Requests: retry after {retry_after}"),
            "parameters": { "retry_after": retry_after },
        }),
        retry_after: Some(retry_after),
    }
}

/// The method's name as the documentation writes it.
fn canonical(method: &str) -> &str {
    match method {
        "getme" => "getMe",
        "sendmessage" => "sendMessage",
        "sendrichmessage" => "sendRichMessage",
        "editmessagetext" => "editMessageText",
        "editmessagereplymarkup" => "editMessageReplyMarkup",
        "deletemessage" => "deleteMessage",
        "forwardmessage" => "forwardMessage",
        "getchat" => "getChat",
        "getchatmember" => "getChatMember",
        "getfile" => "getFile",
        "answercallbackquery" => "answerCallbackQuery",
        "setmycommands" => "setMyCommands",
        "setwebhook" => "setWebhook",
        "deletewebhook" => "deleteWebhook",
        other => other,
    }
}
