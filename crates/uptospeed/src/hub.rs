//! WebSub, the wiring: where hubs call us, and the clock that renews what was asked of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use intake::websub::{self, Reply};
use store::{Shard, Store};
use tokio::sync::watch;
use tracing::{debug, warn};

use crate::clock::Clock;
use crate::owner::Owner;

/// The largest thing that a hub may send, bytes: as large as a listing may be.
const BYTES_MAX: usize = 10 << 20;

/// How often it is looked whether a hub is to be asked.
const LOOK_EVERY: Duration = Duration::from_mins(1);

#[derive(Clone)]
struct Hub {
    store: Arc<Store>,
    clock: Clock,
}

/// The address that hubs call: a GET to ask whether we meant it, a POST with what is new. What they must know to be heard is in
/// the address and in the signature, not in a session.
pub(crate) fn routes(store: Arc<Store>, clock: Clock) -> Router {
    Router::new()
        .route("/websub/{listing}/{token}", get(verify).post(receive))
        .layer(DefaultBodyLimit::max(BYTES_MAX))
        .with_state(Hub { store, clock })
}

async fn verify(
    State(hub): State<Hub>,
    Path((listing, token)): Path<(i64, String)>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    answer(move || websub::verify(&hub.store, listing, &token, &query, hub.clock.now())).await
}

async fn receive(
    State(hub): State<Hub>,
    Path((listing, token)): Path<(i64, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let (signature, media) = (header("x-hub-signature"), header("content-type"));
    answer(move || {
        let (signature, media) = (signature.as_deref(), media.as_deref());
        websub::receive(&hub.store, listing, &token, signature, media, &body, hub.clock.now())
    })
    .await
}

/// Runs off the async threads: a feed is read and rows are written. After a failure the hub comes again, as it should.
async fn answer(work: impl FnOnce() -> store::Result<Reply> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(reply)) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::NOT_FOUND);
            (status, reply.body).into_response()
        }
        Ok(Err(error)) => {
            warn!(%error, "what a hub sent could not be kept; it is polled instead");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_panic) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The address at which hubs reach us; `None` where only this machine or its network would.
pub(crate) fn reachable(base: &str) -> Option<String> {
    let url = url::Url::parse(base).ok()?;
    let open = match url.host()? {
        url::Host::Domain(name) => {
            let (_, last) = name.rsplit_once('.')?;
            !matches!(last, "local" | "localhost" | "internal")
        }
        url::Host::Ipv4(ip) => net::refusal(ip.into()).is_none(),
        url::Host::Ipv6(ip) => net::refusal(ip.into()).is_none(),
    };
    open.then(|| base.trim_end_matches('/').to_owned())
}

/// Asks hubs for subscriptions and renews them, until `stop` says so.
pub(crate) async fn keep(
    intake: intake::Intake,
    owner: Arc<Owner>,
    base: String,
    clock: Clock,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        // Of several processes one asks: that which polls.
        let asked = match owner.charge(Shard::Intake) {
            Some(_) => intake.subscribe(Some(&base), clock.now()).await,
            None => Ok(0),
        };
        match asked {
            Ok(0) => {}
            Ok(asked) => debug!(asked, "hubs were asked to tell us of news"),
            Err(error) => {
                warn!(%error, "hubs could not be asked; listings are polled all the same");
            }
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::routing::post;
    use hmac::Mac as _;

    use super::*;

    const FEED: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour Gazette</title>
        <link rel="hub" href="/hub"/><link rel="self" href="/feed"/>
        <entry><title>NEWS</title><link href="/news/NEWS"/></entry></feed>"#;

    async fn serve(router: Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(web::serve(listener, router, std::future::pending()));
        base
    }

    #[tokio::test]
    async fn what_a_hub_tells_is_fetched_without_a_poll() {
        // A site that is its own hub, and keeps what it was asked.
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        let site = Router::new().route("/feed", get(|| async { FEED })).route(
            "/hub",
            post(move |form: String| async move {
                kept.lock().unwrap().push(form);
                StatusCode::ACCEPTED
            }),
        );
        let site = serve(site).await;
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join("store.db")).unwrap());
        let clock = Clock::System;
        store.add_listing(&format!("{site}/feed"), None, clock.now()).unwrap();
        let ours = serve(routes(store.clone(), clock.clone())).await;

        let door = net::Door::new(net::Policy::default().with_loopback());
        let settings = intake::Settings::default();
        let intake =
            intake::Intake::new(door.clone(), store.clone(), settings, clock.now()).unwrap();
        let listing = store.listings().unwrap().remove(0);
        let polled = intake.poll(&listing, clock.now()).await.unwrap();
        intake::commit_poll(&store, &listing, &polled, clock.now()).unwrap();
        let (stop, stopped) = watch::channel(false);
        let owner = Owner::of_everything(store.clone());
        let keeping = tokio::spawn(keep(intake, owner, ours.clone(), clock, stopped));
        while asked.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.send_replace(true);
        keeping.await.unwrap();

        let form = asked.lock().unwrap().remove(0);
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).unwrap().1.clone();
        let callback = field("hub.callback");
        assert!(callback.starts_with(&ours), "{callback}");

        let topic: String =
            url::form_urlencoded::byte_serialize(field("hub.topic").as_bytes()).collect();
        let query = format!(
            "hub.mode=subscribe&hub.topic={topic}&hub.challenge=a%20b&hub.lease_seconds=86400"
        );
        let get = |url: String| door.get(net::Request::new(&url));
        let reply = get(format!("{callback}?{query}")).await.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, b"a b".as_slice()));
        assert_eq!(get(format!("{callback}0?{query}")).await.unwrap().status, 404);
        assert_eq!(get(format!("{ours}/websub/x/y?{query}")).await.unwrap().status, 400);

        let news = FEED.replace("NEWS", "a-bridge");
        let mut mac =
            hmac::Hmac::<sha2::Sha256>::new_from_slice(field("hub.secret").as_bytes()).unwrap();
        mac.update(news.as_bytes());
        let signed: String =
            mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        let before = store.items_waiting().unwrap().0;
        for (signature, new) in [("sha256=00".to_owned(), 0), (format!("sha256={signed}"), 1)] {
            let headers =
                [("x-hub-signature", signature.as_str()), ("content-type", "application/atom+xml")];
            let reply = door.post(&callback, &headers, news.clone().into_bytes()).await.unwrap();
            assert_eq!((reply.status, store.items_waiting().unwrap().0), (200, before + new));
        }
        let gone = door.post(&format!("{callback}0"), &[], b"x".to_vec()).await.unwrap();
        assert_eq!(gone.status, 410);
    }

    #[test]
    fn hubs_are_asked_only_where_they_can_call_back() {
        for (base, expected) in [
            ("https://news.example.org/", Some("https://news.example.org")),
            ("http://127.0.0.1:7878", None),
            ("http://localhost:7878", None),
            ("http://box.local", None),
            ("http://192.168.1.4", None),
            ("http://[::1]:7878", None),
            ("https://93.184.215.14/up", Some("https://93.184.215.14/up")),
            ("", None),
        ] {
            assert_eq!(reachable(base).as_deref(), expected, "{base}");
        }
    }
}
