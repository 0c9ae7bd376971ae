//! What is looked at: pages, rendered on the server from the store's rows, complete without a script.
//!
//! It reads the store and never sends anything; deliveries are rows like all others. Every page carries a strict content
//! policy; what outlets wrote is escaped by the templates, Telegram's HTML goes through an allow-list.

mod account;
mod api;
mod article;
mod chart;
mod edit;
mod filter;
mod follow;
mod frame;
mod greader;
mod guard;
mod inbox;
mod kept;
mod land;
mod link;
mod live;
mod map;
mod named;
mod now;
mod operator;
mod past;
mod rank;
mod search;
mod story;
mod tag;
mod words;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::Store;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use account::{Access, Desk, Oidc, Proxy, ask_by_email, invitation, new_way_in};
pub use follow::{Follows, Previewed};
pub use guard::Policy;
pub use inbox::{Answer, FeedForm, Inbox, OutFeed};
pub use land::{Land, NoLand};

/// What the pages are made from.
#[derive(Clone)]
pub struct Site {
    /// The rows.
    pub store: Arc<Store>,
    /// The reader's time zone.
    pub zone: TimeZone,
    /// The reader's languages, most preferred first.
    pub languages: Vec<String>,
    /// How readers reach the page.
    pub base_url: String,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Who may look at it.
    pub access: Access,
    /// Who understands follows.
    pub follows: Option<Arc<dyn Follows>>,
    /// The outline of the world, where its pack is installed.
    pub land: Option<Arc<Land>>,
    /// In `try`: the channel as the fake Bot API holds it, shown beside the stories.
    pub preview: Option<Arc<dyn Preview>>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// A channel that can be looked at: what its readers see.
pub trait Preview: Send + Sync {
    /// The channel's name.
    fn name(&self) -> String;
    /// Rises with every change.
    fn version(&self) -> u64;
    /// The posts as they now stand, oldest first.
    fn posts(&self) -> Vec<PreviewPost>;
}

/// A post of a channel.
#[derive(Clone, Debug, Default)]
pub struct PreviewPost {
    /// Its number in the chat.
    pub id: i64,
    /// Telegram's HTML, as it was sent.
    pub html: String,
    /// When it was sent.
    pub at: Timestamp,
    /// When it was last edited.
    pub edited: Option<Timestamp>,
    /// How often it was edited.
    pub edits: u32,
    /// The post it answers.
    pub reply_to: Option<i64>,
}

/// Nothing but our own: no foreign request, no frame, no inline script or style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The largest form, bytes.
const FORM_BYTES_MAX: usize = 64 << 10;

/// Every page.
pub fn router(site: Site) -> Router {
    router_with(site, None)
}

/// Every page, and the few addresses of an inbox that change something for who has a secret.
pub fn router_with(site: Site, inbox: Option<Arc<dyn Inbox>>) -> Router {
    let fixed = |name: header::HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    let mut router = Router::new();
    for (path, policy, page) in routes() {
        let door = axum::middleware::from_fn_with_state((site.clone(), policy), guard::admit);
        router = router.route(path, page.layer(door));
    }
    if let Some(inbox) = inbox {
        router = router.merge(inbox::routes(inbox));
    }
    router
        .fallback(frame::nowhere)
        .layer(Extension(Arc::new(kept::Kept::default())))
        .layer(Extension(Arc::new(rank::Rank::default())))
        .layer(Extension(Arc::new(live::Live::default())))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(CompressionLayer::new().gzip(true))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(axum::middleware::from_fn_with_state(site.clone(), frame::own_host))
        .with_state(site)
}

/// Every route with its policy; besides those of an [`Inbox`] there is no other way into the router.
fn routes() -> Vec<(&'static str, Policy, MethodRouter<Site>)> {
    use Policy::{Editor, File, Health, Metrics, Program, Public, Reader};
    vec![
        ("/", Reader, get(now::page)),
        ("/s/{id}", Reader, get(story::page)),
        ("/s/{id}/edit", Editor, get(edit::page).post(edit::act)),
        ("/s/{id}/history", Reader, get(past::history)),
        ("/a/{id}", Reader, get(article::page)),
        ("/who/{name}", Reader, get(named::who)),
        ("/place/{name}", Reader, get(named::place)),
        ("/map", Reader, get(map::page)),
        ("/day", Reader, get(past::today)),
        ("/day/{date}", Reader, get(past::day)),
        ("/search", Reader, get(search::page)),
        ("/live", Reader, get(live::stream)),
        ("/api/stories", Reader, get(api::stories)),
        ("/api/stories/{id}", Reader, get(api::story)),
        ("/api/updates", Reader, get(api::updates)),
        ("/api/articles/{id}", Reader, get(api::article)),
        ("/api/search", Reader, get(api::found)),
        ("/api/openapi.json", Reader, get(api::openapi)),
        ("/feeds/{name}", Reader, get(api::feed_all)),
        ("/feeds/s/{name}", Reader, get(api::feed_story)),
        ("/accounts/ClientLogin", Program, post(greader::client_login)),
        ("/reader/api/0/token", Reader, get(greader::token)),
        ("/reader/api/0/user-info", Reader, get(greader::user_info)),
        ("/reader/api/0/subscription/list", Reader, get(greader::subscriptions)),
        ("/reader/api/0/tag/list", Reader, get(greader::tags)),
        ("/reader/api/0/unread-count", Reader, get(greader::unread_count)),
        ("/reader/api/0/stream/contents/{*stream}", Reader, get(greader::contents)),
        ("/reader/api/0/stream/items/ids", Reader, get(greader::ids)),
        ("/reader/api/0/stream/items/contents", Reader, post(greader::contents_of)),
        ("/reader/api/0/edit-tag", Reader, post(greader::edit_tag)),
        ("/reader/api/0/mark-all-as-read", Reader, post(greader::mark_all)),
        ("/look.css", File, get(look)),
        ("/live.js", File, get(script)),
        ("/login", Public, get(account::ask).post(account::log_in)),
        ("/login/oidc", Public, get(account::start)),
        ("/login/oidc/back", Public, get(account::back)),
        ("/logout", Public, post(account::log_out)),
        ("/setup/{token}", Public, get(account::asked_in).post(account::come_in)),
        ("/settings", Reader, get(account::settings).post(account::act)),
        ("/follow", Editor, get(follow::page).post(follow::act)),
        ("/follow.js", File, get(follow_script)),
        ("/deliveries", Editor, get(operator::deliveries)),
        ("/sources", Editor, get(operator::sources)),
        ("/metrics", Metrics, get(operator::metrics)),
        ("/healthz", Health, get(|| async { "ok\n" })),
        ("/readyz", Health, get(operator::ready)),
    ]
}

/// The paths of every route and who may see them.
pub fn policies() -> Vec<(&'static str, Policy)> {
    routes().into_iter().map(|(path, policy, _)| (path, policy)).collect()
}

async fn look() -> Response {
    asset("text/css; charset=utf-8", include_str!("../assets/look.css"))
}

async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../assets/live.js"))
}

async fn follow_script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../assets/follow.js"))
}

fn asset(media_type: &'static str, body: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "max-age=600")], body)
        .into_response()
}

/// Serves until `stop` ends.
///
/// # Errors
///
/// The listener's.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

/// What a page that cannot be made answers: what happened, and that the rest works.
pub(crate) enum Trouble {
    /// There is no such thing.
    Missing(&'static str, &'static str),
    /// There is no such row; a program asks.
    NoRow,
    /// It is at another address now.
    Moved(String),
    /// What is asked cannot be read; a program asks.
    Asked(&'static str),
    /// Whoever asks may not.
    Forbidden(&'static str),
    /// The store failed.
    Store(store::Error),
    /// The template failed.
    Template(askama::Error),
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<askama::Error> for Trouble {
    fn from(error: askama::Error) -> Self {
        Self::Template(error)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::Missing(what, help) => frame::missing(what, help),
            Self::Moved(to) => axum::response::Redirect::temporary(&to).into_response(),
            Self::NoRow => {
                let body = axum::Json(serde_json::json!({"error": "there is no such row"}));
                (StatusCode::NOT_FOUND, body).into_response()
            }
            Self::Asked(what) => {
                let body = axum::Json(serde_json::json!({"error": what}));
                (StatusCode::BAD_REQUEST, body).into_response()
            }
            Self::Forbidden(words) => (StatusCode::FORBIDDEN, format!("{words}\n")).into_response(),
            Self::Store(error) => {
                tracing::error!(%error, "a page could not be made");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The store does not answer (E040). Try again in a moment; nothing is lost.\n",
                )
                    .into_response()
            }
            Self::Template(error) => {
                tracing::error!(%error, "a page could not be made");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "This page could not be made. The others work.\n",
                )
                    .into_response()
            }
        }
    }
}

/// Runs a page's reads off the async threads.
pub(crate) async fn from_rows<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(Trouble::Store(store::Error::Panicked)),
    }
}
