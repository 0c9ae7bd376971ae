//! A strict fake of Telegram's Bot API on 127.0.0.1.
//!
//! It answers with the errors of the real server, counts messages chat by chat, parses entities as strictly, and misbehaves as
//! told: [`Faults`]. It keeps everything in memory and shows it: [`FakeBot::chat`], [`FakeBot::transcript`]. It serves `uptospeed
//! try` and every test of delivery. [`Chats`] is the same without a socket, for simulations in virtual time.
//!
//! # Source
//!
//! `product.md` 3.1 and 3.5: the error table of tdlib/telegram-bot-api, the documentation of the Bot API.

mod chats;
mod faults;
mod html;
mod methods;

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use chats::{ChatConfig, ChatKind, Chats, HeldMessage, Turn};
pub use faults::{Chance, Fault, Faults, Rates};
pub use html::{Entity, parse_html};

/// The largest request body that is read, bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The longest `getUpdates` wait, seconds.
const POLL_SECS_MAX: u64 = 50;

/// How the fake begins.
#[derive(Clone, Debug, Default)]
pub struct FakeBotConfig {
    /// The token that it accepts; empty: one of its own.
    pub token: String,
    /// The bot's name, without `@`; empty: `uptospeed_bot`.
    pub username: String,
    /// Chats that it knows.
    pub chats: Vec<ChatConfig>,
    /// How it misbehaves.
    pub faults: Faults,
    /// The first message's date, seconds since 1970; [`FakeBot::set_now`] moves it.
    pub now_secs: i64,
    /// Where it listens; `None`: on 127.0.0.1.
    pub listen: Option<Ipv4Addr>,
}

/// What was asked for and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The method.
    pub method: String,
    /// Its parameters.
    pub params: Value,
    /// The answer's status; 0: no answer was given.
    pub status: u16,
    /// The answer.
    pub answer: Value,
    /// Whether it had its effect.
    pub done: bool,
}

/// A strict fake of Telegram's Bot API; dropping it stops it.
#[derive(Debug)]
pub struct FakeBot {
    shared: Arc<Shared>,
    base_url: String,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    chats: Mutex<Chats>,
    changed: watch::Sender<u64>,
}

impl Shared {
    fn chats(&self) -> MutexGuard<'_, Chats> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        let version = self.chats().version();
        self.changed.send_if_modified(|v| std::mem::replace(v, version) != version);
    }
}

impl FakeBot {
    /// Starts it on a port of the system's choice.
    ///
    /// # Errors
    ///
    /// Those of opening a port.
    pub async fn start(config: FakeBotConfig) -> io::Result<Self> {
        let listener =
            tokio::net::TcpListener::bind((config.listen.unwrap_or(Ipv4Addr::LOCALHOST), 0))
                .await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let (changed, _) = watch::channel(0);
        let shared = Arc::new(Shared { chats: Mutex::new(Chats::new(config)), changed });
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let serving = tokio::spawn(async move {
            // It ends when it is dropped; what a broken connection says is its client's affair.
            drop(axum::serve(listener, app).await);
        });
        Ok(Self { shared, base_url, serving })
    }

    /// Where it listens: what `telegram.api_url` is set to.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The token that it accepts.
    pub fn token(&self) -> String {
        self.shared.chats().token().to_owned()
    }

    /// Sets its clock, from which messages have their dates.
    pub fn set_now(&self, secs: i64) {
        self.shared.chats().set_now(secs);
    }

    /// Runs something on its chats: what a test or the demo needs beyond the rest.
    pub fn with<T>(&self, run: impl FnOnce(&mut Chats) -> T) -> T {
        let out = run(&mut self.shared.chats());
        self.shared.tell();
        out
    }

    /// Everything that was asked for, in order.
    pub fn transcript(&self) -> Vec<Call> {
        self.shared.chats().transcript().to_vec()
    }

    /// The messages of a chat as they stand, in order.
    pub fn chat(&self, id: i64) -> Vec<HeldMessage> {
        self.shared.chats().messages(id)
    }

    /// Markers that stand in more than one message of a chat: doubled sends.
    pub fn doubled(&self) -> Vec<String> {
        self.shared.chats().doubled()
    }

    /// Those of the given markers that stand in no message: lost sends.
    pub fn lost<'a>(&self, expected: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        self.shared.chats().lost(expected)
    }

    /// A number that every change raises: cheap to ask, for a page that shows the chat live.
    pub fn version(&self) -> u64 {
        *self.shared.changed.borrow()
    }

    /// Follows [`FakeBot::version`] without asking.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// A person writes to the bot.
    pub fn say(&self, chat: i64, name: &str, text: &str) {
        self.with(|chats| chats.say(chat, name, text));
    }

    /// A person presses a button.
    pub fn press(&self, chat: i64, message: i64, data: &str) {
        self.with(|chats| chats.press(chat, message, data));
    }
}

impl Drop for FakeBot {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or("").to_owned();
    let is_form = request
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("application/x-www-form-urlencoded"));
    let body = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await.unwrap_or_default();
    if let Some(file) = path.strip_prefix("/file/") {
        return serve_file(&shared, file);
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/'))
    else {
        return respond(
            404,
            &json!({ "ok": false, "error_code": 404, "description": "Not Found" }),
            None,
        );
    };
    if token != shared.chats().token() {
        return respond(
            401,
            &json!({ "ok": false, "error_code": 401, "description": "Unauthorized" }),
            None,
        );
    }
    let params = read_params(&query, &body, is_form);
    if method.eq_ignore_ascii_case("getUpdates") {
        return get_updates(&shared, &params).await;
    }
    let turn = shared.chats().handle(method, &params);
    shared.tell();
    match turn {
        Turn::Answer { status, body, retry_after } => respond(status, &body, retry_after),
        Turn::Slow { millis, status, body } => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            respond(status, &body, None)
        }
        // The head goes out and the body breaks: whoever asked cannot tell what happened.
        Turn::Cut => {
            let broken = futures_util::stream::once(async {
                Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            Response::new(Body::from_stream(broken))
        }
        Turn::Garbage { status } => {
            let mut response =
                Response::new(Body::from("<html><body><h1>Bad Gateway</h1></body></html>"));
            *response.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            response
        }
    }
}

fn serve_file(shared: &Shared, path: &str) -> Response<Body> {
    let chats = shared.chats();
    let found = path
        .strip_prefix("bot")
        .and_then(|p| p.split_once('/'))
        .filter(|(token, _)| *token == chats.token());
    match found.and_then(|(_, name)| chats.file(name)) {
        Some(bytes) => Response::new(Body::from(bytes)),
        None => respond(
            404,
            &json!({ "ok": false, "error_code": 404, "description": "Not Found" }),
            None,
        ),
    }
}

/// Waits for updates as long as asked; a second waiter sends the first one away.
async fn get_updates(shared: &Shared, params: &Value) -> Response<Body> {
    let secs =
        params.get("timeout").and_then(number).unwrap_or(0).clamp(0, POLL_SECS_MAX.cast_signed());
    let ends = tokio::time::Instant::now() + Duration::from_secs(secs.unsigned_abs());
    let mut changes = shared.changed.subscribe();
    let mine = shared.chats().begin_poll();
    loop {
        let turn = shared.chats().poll(params, mine);
        let is_empty = matches!(&turn, Turn::Answer { status: 200, body, .. } if body["result"].as_array().is_some_and(Vec::is_empty));
        if !is_empty || tokio::time::Instant::now() >= ends {
            let Turn::Answer { status, body, retry_after } = turn else {
                return respond(500, &Value::Null, None);
            };
            return respond(status, &body, retry_after);
        }
        // A change, or a second: a later poll must not wait for a change to send this one away.
        let wait = Duration::from_millis(200)
            .min(ends.saturating_duration_since(tokio::time::Instant::now()));
        drop(tokio::time::timeout(wait, changes.changed()).await);
    }
}

fn respond(status: u16, body: &Value, retry_after: Option<u64>) -> Response<Body> {
    let mut response =
        Response::builder().status(status).header("content-type", "application/json");
    if let Some(secs) = retry_after {
        response = response.header("retry-after", secs);
    }
    response.body(Body::from(body.to_string())).unwrap_or_default()
}

fn read_params(query: &str, body: &[u8], is_form: bool) -> Value {
    let mut out = serde_json::Map::new();
    let mut take = |text: &str| {
        for pair in text.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            out.insert(unescape(name), Value::String(unescape(value)));
        }
    };
    take(query);
    if is_form {
        take(&String::from_utf8_lossy(body));
    } else if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
        out.extend(object);
    }
    Value::Object(out)
}

fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
                if let (Some(high), Some(low)) = (digit(), digit()) {
                    out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A number, written as one or as text.
pub(crate) fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
