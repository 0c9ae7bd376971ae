//! A WebSub subscription from the first request to the renewal, against a hub that keeps to the Recommendation and one that does
//! not.

use hmac::Mac as _;
use intake::websub::{receive, verify};
use store::SubscriptionState;

use crate::site::{Answer, Site, atom};
use crate::{T0, World, at};

const HOUR: i64 = 3600;

fn pairs(form: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

/// A site whose feed names its hub; the hub is the same host and answers with `status`.
async fn site(status: u16) -> Site {
    Site::start(move |asked| match asked.path.as_str() {
        "/feed" => {
            let base = format!("http://{}", asked.headers.get("host").cloned().unwrap_or_default());
            let links = format!(
                "<link rel=\"hub\" href=\"{base}/hub\"/><link rel=\"self\" href=\"{base}/topic\"/>"
            );
            Answer::new(200, "application/atom+xml", atom(&base, &[(1, T0)], &links))
        }
        "/hub" => Answer { status, ..Answer::default() },
        path if path.starts_with("/news/") => {
            Answer::new(200, "text/html", crate::site::page(1, 0))
        }
        _ => Answer::new(404, "text/plain", ""),
    })
    .await
}

#[tokio::test]
async fn a_subscription_lives() {
    let site = site(202).await;
    let world = World::new(&site.url("/feed"), T0);
    world.intake.round(at(T0)).await.unwrap();
    assert_eq!(
        world.intake.subscribe(None, at(T0)).await.unwrap(),
        0,
        "without an address nobody could call back"
    );
    assert_eq!(world.intake.subscribe(Some("https://reader.example/"), at(T0)).await.unwrap(), 1);
    let forms: Vec<_> = site.asked().into_iter().filter(|a| a.path == "/hub").collect();
    let form = pairs(&forms[0].headers["body"]);
    assert_eq!(field(&form, "hub.mode"), "subscribe");
    assert_eq!(field(&form, "hub.topic"), site.url("/topic"));
    let callback = field(&form, "hub.callback").to_owned();
    let secret = field(&form, "hub.secret").to_owned();
    let token =
        callback.strip_prefix("https://reader.example/websub/1/").expect("the callback").to_owned();
    assert!(!callback.contains(&secret) && secret.len() == 32);

    let store = &world.store;
    let ask = |token: &str, query: &[(&str, &str)], now| {
        let query: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        verify(store, 1, token, &query, at(now)).unwrap()
    };
    let topic = site.url("/topic");
    let good = [
        ("hub.mode", "subscribe"),
        ("hub.topic", &topic),
        ("hub.challenge", "abc"),
        ("hub.lease_seconds", "86400"),
    ];
    // Verification of intent: the challenge comes back only for what was asked.
    assert_eq!(ask("wrong", &good, T0).status, 404);
    assert_eq!(
        ask(
            &token,
            &[("hub.mode", "subscribe"), ("hub.topic", "https://other/"), ("hub.challenge", "x")],
            T0
        )
        .status,
        404
    );
    assert_eq!(
        ask(
            &token,
            &[("hub.mode", "unsubscribe"), ("hub.topic", &topic), ("hub.challenge", "x")],
            T0
        )
        .status,
        404
    );
    let reply = ask(&token, &good, T0);
    assert_eq!((reply.status, reply.body.as_str()), (200, "abc"));
    assert_eq!(store.subscription(1).unwrap().unwrap().state, SubscriptionState::Active);

    // Distribution: signed content becomes items; unsigned and forged content is dropped without a word.
    let sign = |body: &str| {
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        format!("sha256={hex}")
    };
    let body = atom(&site.url(""), &[(7, T0 + HOUR)], "");
    let media = Some("application/atom+xml");
    let waiting = |world: &World| world.store.items_waiting().unwrap().0;
    let before = waiting(&world);
    for signature in [None, Some("sha256=00"), Some(sign("other").as_str())] {
        let reply =
            receive(store, 1, &token, signature, media, body.as_bytes(), at(T0 + HOUR)).unwrap();
        assert_eq!((reply.status, waiting(&world)), (200, before), "{signature:?}");
    }
    assert_eq!(
        receive(store, 1, "wrong", Some(&sign(&body)), media, body.as_bytes(), at(T0 + HOUR))
            .unwrap()
            .status,
        410
    );
    assert_eq!(
        receive(store, 1, &token, Some(&sign(&body)), media, body.as_bytes(), at(T0 + HOUR))
            .unwrap()
            .status,
        200
    );
    assert_eq!(waiting(&world), before + 1);
    // The same again is no second item.
    receive(store, 1, &token, Some(&sign(&body)), media, body.as_bytes(), at(T0 + HOUR)).unwrap();
    assert_eq!(waiting(&world), before + 1);

    // The lease is renewed before it ends, with the same secret; not earlier.
    assert_eq!(
        world.intake.subscribe(Some("https://reader.example"), at(T0 + 18 * HOUR)).await.unwrap(),
        0
    );
    assert_eq!(
        world.intake.subscribe(Some("https://reader.example"), at(T0 + 20 * HOUR)).await.unwrap(),
        1
    );
    let again: Vec<_> = site.asked().into_iter().filter(|a| a.path == "/hub").collect();
    assert_eq!(field(&pairs(&again[1].headers["body"]), "hub.secret"), secret);
    // While it is renewed, what the hub sends still counts.
    assert_eq!(store.subscription(1).unwrap().unwrap().state, SubscriptionState::Active);

    // The hub refuses: polling goes on as ever, and it is asked again a day later.
    assert_eq!(
        ask(
            &token,
            &[("hub.mode", "denied"), ("hub.topic", &topic), ("hub.reason", "full")],
            T0 + 21 * HOUR
        )
        .status,
        200
    );
    let row = store.subscription(1).unwrap().unwrap();
    assert_eq!(
        (row.state, row.note.as_deref()),
        (SubscriptionState::Denied, Some("the hub refused: full"))
    );
    assert_eq!(
        world.intake.subscribe(Some("https://reader.example"), at(T0 + 44 * HOUR)).await.unwrap(),
        0
    );
    assert_eq!(
        world.intake.subscribe(Some("https://reader.example"), at(T0 + 46 * HOUR)).await.unwrap(),
        1
    );
}

#[tokio::test]
async fn a_hub_that_fails_costs_nothing() {
    let site = site(500).await;
    let world = World::new(&site.url("/feed"), T0);
    world.intake.round(at(T0)).await.unwrap();
    let base = Some("https://reader.example");
    assert_eq!(world.intake.subscribe(base, at(T0)).await.unwrap(), 1);
    let row = world.store.subscription(1).unwrap().unwrap();
    assert_eq!(row.note.as_deref(), Some("the hub answered 500"));
    for hour in 1..24 {
        assert_eq!(
            world.intake.subscribe(base, at(T0 + hour * HOUR)).await.unwrap(),
            0,
            "hour {hour}"
        );
    }
    assert_eq!(world.intake.subscribe(base, at(T0 + 25 * HOUR)).await.unwrap(), 1);
    // A lease that is absurd is not believed.
    let secret = world.store.subscription(1).unwrap().unwrap().secret;
    let forms: Vec<_> = site.asked().into_iter().filter(|a| a.path == "/hub").collect();
    let callback = field(&pairs(&forms[0].headers["body"]), "hub.callback").to_owned();
    let token = callback.rsplit('/').next().unwrap().to_owned();
    assert_ne!(token, secret);
    let query: Vec<(String, String)> = [
        ("hub.mode", "subscribe"),
        ("hub.topic", &site.url("/topic")),
        ("hub.challenge", "c"),
        ("hub.lease_seconds", "999999999999"),
    ]
    .iter()
    .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
    .collect();
    assert_eq!(verify(&world.store, 1, &token, &query, at(T0 + 26 * HOUR)).unwrap().status, 200);
    let lease = world.store.subscription(1).unwrap().unwrap().lease_at.unwrap().as_second();
    assert_eq!(lease, T0 + 26 * HOUR + 30 * 86_400);
}
