//! One suite that every destination passes: delivered, put off, in doubt, closed; nothing lost, nothing doubled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use delivery::wire::{Answer, Request, Response, Wire, WireError};
use delivery::{Courier, CourierSettings, Mail, Secret, Security, Settings};
use jiff::SignedDuration;
use store::DeliveryState;
use testkit::fakebot::{Chance, Faults};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::hand::Hand;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    NotSent,
    CutAfter,
    CutBefore,
    TooMany,
    Broken { done: bool },
    Gone,
}

/// A receiver of HTTP requests that folds what carries the same key, as the real ones do.
#[derive(Clone, Default)]
struct Receiver {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// By key (a number where the request has none): how often it came.
    got: BTreeMap<String, u32>,
    last: Option<Request>,
    trouble: Vec<(u32, Trouble)>,
    asked: u32,
}

impl Receiver {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire for Receiver {
    fn send(&self, request: Request) -> Answer<'_> {
        let mut inner = self.lock();
        inner.asked += 1;
        let asked = inner.asked;
        let trouble = inner.trouble.iter().find(|(nth, _)| *nth == asked).map(|(_, t)| *t);
        let header =
            request.headers.iter().find(|(n, _)| n == "webhook-id").map(|(_, v)| v.clone());
        let transaction = request
            .url
            .contains("/send/m.room.message/")
            .then(|| request.url.rsplit('/').next().unwrap().to_owned());
        let key = header.or(transaction).unwrap_or_else(|| format!("{asked}"));
        let done =
            matches!(trouble, None | Some(Trouble::CutAfter | Trouble::Broken { done: true }));
        if done {
            *inner.got.entry(key.clone()).or_default() += 1;
        }
        inner.last = Some(request);
        let answer = |status, body: String| {
            Ok(Response { status, retry_after: None, body: body.into_bytes() })
        };
        let out = match trouble {
            None => answer(200, format!("{{\"event_id\":\"${key}\",\"id\":\"{key}\"}}")),
            Some(Trouble::NotSent) => Err(WireError::NotSent("connection refused".to_owned())),
            Some(Trouble::CutAfter | Trouble::CutBefore) => {
                Err(WireError::MaybeSent("the connection broke".to_owned()))
            }
            Some(Trouble::TooMany) => Ok(Response {
                status: 429,
                retry_after: Some(Duration::from_secs(90)),
                body: Vec::new(),
            }),
            Some(Trouble::Broken { .. }) => answer(502, "Bad Gateway".to_owned()),
            Some(Trouble::Gone) => answer(410, String::new()),
        };
        Box::pin(std::future::ready(out))
    }
}

fn courier(
    hand: &Hand,
    wire: Arc<dyn Wire>,
    mail: Option<Mail>,
    folders: Option<std::path::PathBuf>,
) -> Courier {
    let settings = CourierSettings {
        mail,
        folders,
        base_url: Some("https://news.example".to_owned()),
        ..CourierSettings::default()
    };
    Courier::new(hand.store.clone(), wire, settings)
}

async fn run_out(hand: &mut Hand, courier: &Courier) {
    for _ in 0..60 {
        let report = courier.run_once(hand.now).await.unwrap();
        match report.next_at {
            Some(at) => hand.now = at.max(hand.now + SignedDuration::from_secs(1)),
            None => break,
        }
    }
}

/// Three stories to one destination, with trouble at the second request.
async fn check(target: &str, trouble: Option<Trouble>, expected: &str) {
    let mut hand = Hand::new(Faults::none());
    let receiver = Receiver::default();
    receiver.lock().trouble = trouble.into_iter().map(|t| (2, t)).collect();
    hand.follow(&format!("everything to {target}"));
    let to = hand.store.destinations().unwrap().remove(0);
    if to.kind == "matrix" {
        let settings =
            Settings { secrets: vec!["syt_token".to_owned()], ..Settings::read(&to.settings) };
        hand.store.set_destination_settings(to.id, &settings.write()).unwrap();
    }
    let courier = courier(&hand, Arc::new(receiver.clone()), None, None);
    for number in 1..=3 {
        hand.story = stories::Story {
            id: stories::StoryId(1_000 + number),
            ..Hand::new(Faults::none()).story
        };
        hand.toll("Ruhrpegel", 3, false);
        run_out(&mut hand, &courier).await;
    }
    let states: Vec<&str> =
        hand.store.deliveries(10).unwrap().iter().rev().map(|r| r.state.as_str()).collect();
    let seen = format!("{}: {} there", states.join(" "), receiver.lock().got.len());
    assert_eq!(seen, expected, "{target} {trouble:?}");
}

#[tokio::test]
async fn every_destination_passes() {
    let fine = "sent sent sent: 3 there";
    let keyed = ["https://hook.example/x", "matrix:!room:example.org"];
    let bare = ["ntfy:https://ntfy.example/fires", "apprise:https://apprise.example/notify/x"];
    for target in keyed.iter().chain(&bare) {
        check(target, None, fine).await;
        check(target, Some(Trouble::NotSent), fine).await;
        check(target, Some(Trouble::TooMany), fine).await;
        check(target, Some(Trouble::Gone), "sent pending pending: 1 there").await;
    }
    for target in keyed {
        // In doubt it is asked again under the same key: the receiver folds what it has.
        for trouble in [
            Trouble::CutAfter,
            Trouble::CutBefore,
            Trouble::Broken { done: true },
            Trouble::Broken { done: false },
        ] {
            check(target, Some(trouble), fine).await;
        }
    }
    for target in bare {
        // No key and nothing to read back: a person is asked.
        check(target, Some(Trouble::CutAfter), "sent held sent: 3 there").await;
        check(target, Some(Trouble::CutBefore), "sent held sent: 2 there").await;
    }
}

/// Sixty stories to one destination, by chance with trouble at one request in four and a kill at one step in nine.
async fn by_chance(target: &str, seed: u64) {
    let mut hand = Hand::new(Faults::none());
    let mut chance = Chance(seed);
    let troubles = [
        Trouble::NotSent,
        Trouble::CutAfter,
        Trouble::CutBefore,
        Trouble::TooMany,
        Trouble::Broken { done: true },
        Trouble::Broken { done: false },
    ];
    let receiver = Receiver::default();
    receiver.lock().trouble =
        (1..2_000).filter_map(|n| Some((n, *troubles.get(chance.below(24) as usize)?))).collect();
    hand.follow(&format!("everything to {target}"));
    let to = hand.store.destinations().unwrap().remove(0);
    let settings =
        Settings { secrets: vec!["syt_token".to_owned()], ..Settings::read(&to.settings) };
    hand.store.set_destination_settings(to.id, &settings.write()).unwrap();
    let calm = courier(&hand, Arc::new(receiver.clone()), None, None);
    let chance = Mutex::new(chance);
    let settings = CourierSettings {
        stops: Some(Arc::new(move |_| chance.lock().unwrap().below(9) == 0)),
        ..calm.settings().clone()
    };
    let killed = Courier::new(hand.store.clone(), Arc::new(receiver.clone()), settings);
    let first = hand.story.clone();
    let mut kills = 0;
    for number in 1..=60 {
        hand.story = stories::Story { id: stories::StoryId(1_000 + number), ..first.clone() };
        hand.toll("Ruhrpegel", 3, false);
        for _ in 0..200 {
            match killed.run_once(hand.now).await {
                Ok(report) => match report.next_at {
                    Some(at) => hand.now = at.max(hand.now + SignedDuration::from_secs(1)),
                    None => break,
                },
                Err(_) => {
                    kills += 1;
                    killed.recover(hand.now).unwrap();
                }
            }
        }
    }
    let rows = hand.store.deliveries(100).unwrap();
    let count = |state| rows.iter().filter(|row| row.state == state).count();
    let (sent, held) = (count(DeliveryState::Sent), count(DeliveryState::Held));
    let got = receiver.lock().got.len();
    let said =
        format!("{target}, seed {seed}: {sent} sent, {held} held, {got} there, {kills} kills");
    assert_eq!((rows.len(), sent + held), (60, 60), "{said}");
    assert!(kills > 20, "{said}");
    // A key makes one of two; without a key a person is asked, and nothing goes twice.
    if is_keyed(target) {
        assert_eq!((held, got), (0, 60), "{said}");
    } else {
        assert!(held > 0 && (sent..=60).contains(&got), "{said}");
    }
}

fn is_keyed(target: &str) -> bool {
    target.starts_with("https:") || target.starts_with("matrix:")
}

#[tokio::test]
async fn chance_and_kills_neither_lose_nor_double() {
    for seed in 1..=2 {
        for target in [
            "https://hook.example/x",
            "matrix:!room:example.org",
            "ntfy:https://ntfy.example/fires",
        ] {
            by_chance(target, seed).await;
        }
    }
}

#[tokio::test]
async fn a_webhook_is_signed_and_tells_every_step() {
    let mut hand = Hand::new(Faults::none());
    let receiver = Receiver::default();
    hand.follow("everything to https://hook.example/x");
    let courier = courier(&hand, Arc::new(receiver.clone()), None, None);
    for toll in [3, 4, 5] {
        hand.toll("Ruhrpegel", toll, false);
    }
    run_out(&mut hand, &courier).await;
    assert_eq!(receiver.lock().got.len(), 3, "every step is a call of its own");
    let request = receiver.lock().last.clone().unwrap();
    let header = |name: &str| {
        request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap()
    };
    assert!(header("webhook-signature").starts_with("v1,"));
    assert_eq!(
        header("webhook-timestamp"),
        hand.store.deliveries(1).unwrap()[0].created_at.as_second().to_string()
    );
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], "story.updated");
    assert_eq!(body["data"]["figures"], "5 dead");
    assert!(request.body.len() < 20_000);
}

#[tokio::test]
async fn a_webhook_that_never_answers_is_given_up_by_the_table() {
    let mut hand = Hand::new(Faults::none());
    let receiver = Receiver::default();
    receiver.lock().trouble = (1..100).map(|n| (n, Trouble::Broken { done: false })).collect();
    hand.follow("everything to https://hook.example/x");
    let courier = courier(&hand, Arc::new(receiver.clone()), None, None);
    hand.toll("Ruhrpegel", 3, false);
    let began = hand.now;
    run_out(&mut hand, &courier).await;
    assert_eq!(receiver.lock().asked, 11, "at once and ten times more");
    let days = hand.now.duration_since(began).as_hours() / 24;
    assert!((3..=4).contains(&days), "over {days} days");
    let row = hand.store.deliveries(1).unwrap().remove(0);
    assert_eq!(row.state, DeliveryState::Refused);
    assert_eq!(row.error.as_deref(), Some("given up after 11 attempts: the webhook answered 502"));
}

#[tokio::test]
async fn a_folder_holds_one_file_for_a_story() {
    let mut hand = Hand::new(Faults::none());
    let place = tempfile::tempdir().unwrap();
    hand.follow("everything to folder:../../etc/fires");
    let courier =
        courier(&hand, Arc::new(Receiver::default()), None, Some(place.path().to_owned()));
    for toll in [3, 4] {
        hand.toll("Ruhrpegel", toll, false);
        run_out(&mut hand, &courier).await;
    }
    let folder = place.path().join("------etc-fires");
    let files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, [format!("{}.md", hand.story.id)]);
    let text = std::fs::read_to_string(folder.join(&files[0])).unwrap();
    assert!(text.starts_with("# Warehouse fire in Duisburg kills night-shift workers\n\n**4 dead**\n\n- 06:31 4 dead, was 3 ([Ruhrpegel](<"), "{text}");
}

#[tokio::test]
async fn feeds_go_out_in_three_forms() {
    use delivery::feeds::{FeedKind, feed};
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to feed:fires");
    let courier = courier(&hand, Arc::new(Receiver::default()), None, None);
    hand.story.title = "Fire & <smoke>".to_owned();
    for toll in [3, 4] {
        hand.toll("Ruhrpegel", toll, false);
        run_out(&mut hand, &courier).await;
    }
    let to = hand.store.destinations().unwrap().remove(0);
    let own = "https://news.example/feeds/1.xml";
    let rss = feed(&hand.store, to.id, FeedKind::Rss, own, &jiff::tz::TimeZone::UTC).unwrap();
    assert_eq!(rss.body.matches("<item>").count(), 1, "a story is one entry, at its last step");
    assert!(
        rss.body.contains(&format!("<guid isPermaLink=\"false\">story:{}:2</guid>", hand.story.id)),
        "{}",
        rss.body
    );
    assert!(rss.body.contains("<title>Fire &amp; &lt;smoke&gt; (4 dead)</title>"));
    assert_eq!(
        feed(&hand.store, to.id, FeedKind::Rss, own, &jiff::tz::TimeZone::UTC).unwrap().etag,
        rss.etag,
        "the same state has the same tag"
    );
    assert!(
        feed(&hand.store, to.id, FeedKind::Atom, own, &jiff::tz::TimeZone::UTC)
            .unwrap()
            .body
            .contains("<entry xml:lang=\"en\">")
    );
    let json: serde_json::Value = serde_json::from_str(
        &feed(&hand.store, to.id, FeedKind::Json, own, &jiff::tz::TimeZone::UTC).unwrap().body,
    )
    .unwrap();
    assert_eq!(json["items"][0]["title"], "Fire & <smoke> (4 dead)");
}

/// A strict enough SMTP server: takes letters, and breaks the line after (or before) it took the second.
async fn smtp(cut: Option<bool>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let letters: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = letters.clone();
    tokio::spawn(async move {
        let mut count = 0;
        while let Ok((socket, _)) = listener.accept().await {
            let (read, mut write) = socket.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 fake ESMTP\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let word = line.split(' ').next().unwrap_or("").to_uppercase();
                let answer = match word.as_str() {
                    "EHLO" => "250-fake\r\n250 8BITMIME\r\n",
                    "MAIL" | "RCPT" | "RSET" | "NOOP" => "250 ok\r\n",
                    "QUIT" => "221 bye\r\n",
                    "DATA" => {
                        write.write_all(b"354 go on\r\n").await.unwrap();
                        let mut letter = String::new();
                        while let Ok(Some(line)) = lines.next_line().await {
                            if line == "." {
                                break;
                            }
                            letter.push_str(&line);
                            letter.push('\n');
                        }
                        count += 1;
                        let cuts = cut.filter(|_| count == 2);
                        if cuts != Some(false) {
                            kept.lock().unwrap().push(letter);
                        }
                        if cuts.is_some() {
                            break;
                        }
                        "250 taken\r\n"
                    }
                    _ => "502 what?\r\n",
                };
                if write.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (port, letters)
}

fn message_id(letter: &str) -> &str {
    letter.lines().find_map(|l| l.strip_prefix("Message-ID: ")).unwrap()
}

#[tokio::test]
async fn letters_arrive_once_by_their_message_id() {
    for cut in [None, Some(true), Some(false)] {
        let (port, letters) = smtp(cut).await;
        let mail = Mail {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::None,
            login: None,
            from: "Up to speed <news@news.example>".to_owned(),
            secret: Secret::new("pepper"),
        };
        let mut hand = Hand::new(Faults::none());
        hand.follow("everything to mira@reader.example");
        let courier = courier(&hand, Arc::new(Receiver::default()), Some(mail.clone()), None);
        for number in 1..=3 {
            hand.story = stories::Story {
                id: stories::StoryId(1_000 + number),
                ..Hand::new(Faults::none()).story
            };
            hand.toll("Ruhrpegel", 3, false);
            run_out(&mut hand, &courier).await;
        }
        let letters = letters.lock().unwrap().clone();
        let mut ids: Vec<&str> = letters.iter().map(|l| message_id(l)).collect();
        assert_eq!(ids.len(), if cut == Some(true) { 4 } else { 3 }, "{cut:?}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3, "what came twice has the same Message-ID: {cut:?}");
        assert!(hand.store.deliveries(10).unwrap().iter().all(|r| r.state == DeliveryState::Sent));
        let letter = &letters[0];
        assert!(
            letter
                .contains("Subject: Warehouse fire in Duisburg kills night-shift workers: 3 dead"),
            "{letter}"
        );
        assert!(letter.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"));
        assert!(letter.contains("Content-Type: multipart/alternative"));
        let url = letter
            .lines()
            .find_map(|l| l.strip_prefix("List-Unsubscribe: <https://news.example/unsubscribe/"))
            .unwrap();
        let token = url.trim_end_matches('>');
        assert_eq!(
            mail.unsubscribe(&hand.store, &format!("{token}0")).unwrap(),
            None,
            "a guessed token does nothing"
        );
        assert_eq!(
            mail.unsubscribe(&hand.store, token).unwrap().as_deref(),
            Some("mira@reader.example")
        );
        assert_eq!(
            hand.store.destinations().unwrap()[0].paused.as_deref(),
            Some("the reader unsubscribed")
        );
    }
}
