//! What comes in from outside to delivery: Telegram's calls, a reader's "no more letters", outgoing feeds of follows.
//!
//! These few addresses are the only ones that change something, and each wants a secret that nobody can guess instead of a
//! session: so no other page can cause a change. Where no [`Inbox`] is given, they do not exist.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows};

/// The largest call of Telegram's, bytes.
const CALL_BYTES_MAX: usize = 1 << 20;

/// The longest token or name in an address, bytes.
const NAME_BYTES_MAX: usize = 200;

/// What an inbox answers.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<bool, store::Error>> + Send + 'a>>;

/// Which kind of feed goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the formats' own names")]
pub enum FeedForm {
    Rss,
    Atom,
    Json,
}

/// An outgoing feed.
#[derive(Clone, Debug)]
pub struct OutFeed {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The feed.
    pub body: String,
}

/// Who takes what comes in.
pub trait Inbox: Send + Sync {
    /// Takes a call of Telegram's; `false`: its secret is not ours.
    fn telegram<'a>(&'a self, secret: &'a str, call: serde_json::Value) -> Answer<'a>;

    /// Stops letters to whom this token was sent and gives the address; `None`: the token is none of ours.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn unsubscribe(&self, token: &str) -> Result<Option<String>, store::Error>;

    /// The feed of follows "to feed:NAME"; `None`: there is none of that name.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn feed(&self, name: &str, form: FeedForm) -> Result<Option<OutFeed>, store::Error>;
}

/// The addresses of an inbox.
pub(crate) fn routes(inbox: Arc<dyn Inbox>) -> Router<Site> {
    Router::new()
        .route("/telegram", post(telegram).layer(DefaultBodyLimit::max(CALL_BYTES_MAX)))
        .route("/unsubscribe/{token}", get(ask).post(unsubscribe))
        .route("/feeds/to/{name}", get(feed))
        .layer(Extension(inbox))
}

async fn telegram(
    Extension(inbox): Extension<Arc<dyn Inbox>>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, Trouble> {
    let secret = headers
        .get("x-telegram-bot-api-secret-token")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let Ok(call) = serde_json::from_slice(&body) else {
        return Err(Trouble::Asked("this is no JSON"));
    };
    // An error answers 503: Telegram brings the update again.
    if inbox.telegram(secret, call).await? {
        return Ok("ok\n".into_response());
    }
    Ok((StatusCode::FORBIDDEN, "The secret is not ours.\n").into_response())
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe {
    frame: Frame,
    token: String,
    done: Option<String>,
}

fn no_token() -> Trouble {
    Trouble::Missing(
        "This link is not known here",
        "It may have been cut in the letter; answer the letter instead.",
    )
}

/// Shows a page and changes nothing: scanners of mail follow links.
async fn ask(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Trouble> {
    if token.len() > NAME_BYTES_MAX {
        return Err(no_token());
    }
    let token = crate::link::encode(&token);
    html(&Unsubscribe { frame: Frame::new(&site, ""), token, done: None })
}

/// RFC 8058: one POST without cookies, from the reader's mail program or from the button of the page.
async fn unsubscribe(
    State(site): State<Site>,
    Extension(inbox): Extension<Arc<dyn Inbox>>,
    Path(token): Path<String>,
) -> Result<Response, Trouble> {
    if token.len() > NAME_BYTES_MAX {
        return Err(no_token());
    }
    from_rows(move || {
        let address = inbox.unsubscribe(&token)?.ok_or_else(no_token)?;
        html(&Unsubscribe { frame: Frame::new(&site, ""), token, done: Some(address) })
    })
    .await
}

async fn feed(
    Extension(inbox): Extension<Arc<dyn Inbox>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let gone = || Trouble::Missing("There is no such feed", "Feeds are NAME.rss, .atom or .json.");
    let (name, form) = match name.rsplit_once('.') {
        Some((name, "rss")) => (name.to_owned(), FeedForm::Rss),
        Some((name, "atom")) => (name.to_owned(), FeedForm::Atom),
        Some((name, "json")) => (name.to_owned(), FeedForm::Json),
        _ => return Err(gone()),
    };
    if name.len() > NAME_BYTES_MAX {
        return Err(gone());
    }
    let feed = from_rows(move || inbox.feed(&name, form)?.ok_or_else(gone)).await?;
    Ok(crate::api::tagged(&headers, feed.content_type, feed.body))
}
