//! What is looked at: pages, rendered on the server from the store's rows, complete without a script.
//!
//! It reads the store and never sends anything; deliveries are rows like all others.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::Store;

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

/// Every page.
pub fn router(site: Site) -> Router {
    Router::new().route("/healthz", axum::routing::get(|| async { "ok\n" })).with_state(site)
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
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}
