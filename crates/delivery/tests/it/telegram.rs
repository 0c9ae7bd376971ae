//! A story's post in a channel: sent once, edited, answered by rule, safe against kills and faults.

use store::DeliveryState;
use testkit::fakebot::{Fault, Faults, Rates};

use crate::hand::{CHANNEL, Hand, hour};

fn doubled_and_lost(hand: &Hand) -> (Vec<String>, usize) {
    let waiting = hand.store.deliveries(1_000).unwrap();
    let open = waiting
        .iter()
        .filter(|d| !matches!(d.state, DeliveryState::Sent | DeliveryState::Folded))
        .count();
    (hand.line.with(|c| c.doubled()), open)
}

#[tokio::test]
async fn a_story_is_one_post_that_is_edited() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("fires in Germany, to @ruhrdesk");
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    hand.now = hour(9, 10);
    hand.toll("Meridian Wire", 5, false);
    hand.toll("Ruhrpegel", 5, false);
    let report = hand.run_out().await;
    assert_eq!((report.sent, report.edited), (0, 1), "two steps make one edit");
    hand.now = hour(12, 41);
    hand.toll("Ruhrpegel", 9, true);
    let report = hand.run_out().await;
    assert_eq!((report.edited, report.replied), (1, 1));
    let shown = hand.channel(CHANNEL).join("\n----\n");
    let expected = "\
Warehouse fire in Duisburg kills night-shift workers
9 dead

12:41  9 dead, was 5 (Ruhrpegel)
09:10  5 dead, was 3 (Ruhrpegel and 1 more)
09:10  5 dead (Meridian Wire and 1 more)
06:31  3 dead (Ruhrpegel)

Jörg Harkort, head of the fire service:
“We have found 9 dead.”
2 outlets · en · updated 12:41 · the story
----
9 dead in Duisburg
Jörg Harkort, head of the fire service: “We have found 9 dead.” (Ruhrpegel)";
    assert_eq!(shown, expected);
    let messages = hand.line.with(|c| c.messages(CHANNEL));
    assert_eq!(messages[1].reply_to, Some(messages[0].id));
    assert_eq!(doubled_and_lost(&hand), (vec![], 0));
}

/// Everything that the channel's readers see, in the order in which they see it.
fn transcript(hand: &Hand) -> String {
    use std::fmt::Write as _;
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let mut out = String::new();
    let mut heads: std::collections::BTreeMap<i64, String> = std::collections::BTreeMap::new();
    for call in hand.line.with(|c| c.transcript().to_vec()) {
        let id = call.answer.pointer("/result/message_id").and_then(serde_json::Value::as_i64);
        let (Some(id), Some(html)) = (id, call.params["text"].as_str()) else { continue };
        let secs = call.answer.pointer("/result/edit_date").or(call.answer.pointer("/result/date"));
        let at = jiff::Timestamp::from_second(secs.unwrap().as_i64().unwrap()).unwrap();
        let at = at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string();
        let text = crate::hand::as_seen(html);
        let head: Vec<&str> = text.lines().take(2).collect();
        let head = head.join(" | ");
        match call.method.as_str() {
            "sendMessage" => {
                let to = call.params.pointer("/reply_parameters/message_id");
                let what = to.map_or_else(|| "new".to_owned(), |to| format!("a reply to {to}"));
                let _infallible =
                    writeln!(out, "== {at}  message {id}, {what}, makes a sound\n{text}\n");
            }
            "editMessageText" if heads.get(&id) == Some(&head) => {
                let news = text.lines().nth(3).unwrap_or("");
                let _infallible = writeln!(out, "   {at}  message {id} edited, new in it: {news}");
            }
            _ => {
                let _infallible = writeln!(out, "== {at}  message {id} edited: {head}");
            }
        }
        heads.insert(id, head);
    }
    for message in hand.line.with(|c| c.messages(CHANNEL)) {
        let text = crate::hand::as_seen(&message.html);
        let _infallible = writeln!(
            out,
            "\n== how message {} stands in the end, after {} edits\n{text}",
            message.id, message.edits
        );
    }
    out
}

#[tokio::test]
async fn fifty_articles_make_one_post_and_two_replies_a_day() {
    let mut hand = Hand::new(Faults::none());
    hand.defaults.zone = Some("Europe/Berlin".to_owned());
    hand.follow("everything to @ruhrdesk");
    hand.now = hour(5, 31);
    for n in 0..50_u64 {
        let outlet = ["Ruhrpegel", "Meridian Wire", "Le Fanal du Nord", "The Harbour Post"]
            [(n % 4) as usize];
        // Slowly upwards, every outlet a little behind or ahead of the others; the fire chief speaks now and then.
        let toll = 3 + n * 2 / 3 + [0, 2, 1, 3][(n % 4) as usize];
        match n {
            17 => hand.correct("Meridian Wire", 11),
            n if n % 5 == 4 => hand.news(
                outlet,
                stories::UpdateKind::NewStatement,
                &format!("The mayor asks people to stay away from the canal ({n})"),
            ),
            n => hand.toll(outlet, toll, n % 8 == 0),
        }
        hand.run_out().await;
        hand.later(if n == 29 { 960 } else { 17 });
    }
    let messages = hand.line.with(|c| c.messages(CHANNEL));
    let (posts, replies): (Vec<_>, Vec<_>) = messages.iter().partition(|m| m.reply_to.is_none());
    assert_eq!(posts.len(), 1);
    assert!(posts[0].edits >= 40, "{}", posts[0].edits);
    for reply in &replies {
        let day = replies.iter().filter(|r| (0..86_400).contains(&(r.date - reply.date))).count();
        assert!(day <= 2, "{day} replies within a day");
    }
    assert!(!replies.is_empty());
    crate::hand::golden("fifty_articles.txt", &transcript(&hand));
}

#[tokio::test]
async fn who_got_the_error_gets_the_correction() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    hand.follow("everything, to 501, digest at 18:00");
    hand.toll("Ruhrpegel", 9, false);
    hand.toll("Le Fanal du Nord", 13, false);
    hand.run().await;
    hand.later(10);
    // Comes after the error went out, and hears of the story only when it is right again.
    hand.follow("everything, at least 3 outlets, to -1001000000002");
    hand.correct("Le Fanal du Nord", 10);
    hand.run().await;
    hand.toll("Meridian Wire", 10, false);
    hand.run_out().await;
    let shown = hand.channel(CHANNEL);
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(shown[0].contains("Corrected: 13 10 dead (Le Fanal du Nord"), "{}", shown[0]);
    assert!(
        shown[0].starts_with("Warehouse fire in Duisburg kills night-shift workers\n9–10 dead")
    );
    assert!(shown[1].starts_with("Corrected: 10 dead, not 13\n"), "{}", shown[1]);
    let late = hand.channel(-1_001_000_000_002);
    assert_eq!(late.len(), 1, "who never saw the error gets no reply: {late:#?}");
    let digest = hand.channel(501).join("\n");
    assert!(digest.contains("Corrected: 13 10 dead"), "{digest}");

    // One figure among others that changes nothing of the range: the post says it, without a sound.
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    hand.toll("Ruhrpegel", 8, false);
    hand.toll("Meridian Wire", 11, false);
    hand.toll("Le Fanal du Nord", 13, false);
    hand.run_out().await;
    hand.later(10);
    hand.correct("Meridian Wire", 10);
    hand.run_out().await;
    let shown = hand.channel(CHANNEL);
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert!(shown[0].contains("Corrected: 11 10 dead (Meridian Wire)"), "{}", shown[0]);
}

#[tokio::test]
async fn a_correction_takes_back_what_a_reply_said() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    hand.toll("Ruhrpegel", 4, false);
    hand.run_out().await;
    hand.later(60);
    hand.toll("Ruhrpegel", 16, true);
    hand.run_out().await;
    hand.later(60);
    hand.correct("Ruhrpegel", 11);
    hand.run_out().await;
    let shown = hand.channel(CHANNEL);
    assert_eq!(shown.len(), 3);
    assert!(shown[0].contains("Corrected: 16 11 dead (Ruhrpegel)"), "{}", shown[0]);
    assert!(!shown[0].contains("16 dead, was"), "the wrong line went: {}", shown[0]);
    assert!(shown[2].starts_with("Corrected: 11 dead, not 16"), "{}", shown[2]);
}

#[tokio::test]
async fn an_equal_text_is_not_sent_again() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    hand.toll("Ruhrpegel", 4, false);
    hand.run_out().await;
    // A new step that the post does not show.
    let mut update = hand.store.updates(hand.story.id).unwrap().remove(0);
    hand.later(5);
    hand.story.revision += 1;
    update.revision = hand.story.revision;
    update.kind = stories::UpdateKind::NewOutlet;
    hand.commit(vec![update]);
    let report = hand.run_out().await;
    assert_eq!((report.sent, report.edited), (0, 0));
    let rows = hand.store.deliveries(10).unwrap();
    assert_eq!(rows[0].state, DeliveryState::Folded);
    assert_eq!(rows[0].error.as_deref(), Some("the post reads the same"));
}

/// What a fault in the way of the first, the second and the third message of a chat leaves behind.
async fn check(faults: Faults, expected: &str) {
    let mut hand = Hand::new(faults);
    hand.follow("everything to @ruhrdesk");
    for number in 1..=3 {
        // Three stories, so that there are three messages to lose.
        hand.story = stories::Story {
            id: stories::StoryId(1_000 + number),
            ..Hand::new(Faults::none()).story
        };
        hand.toll("Ruhrpegel", 3, false);
        hand.run_out().await;
        hand.later(10);
    }
    let rows = hand.store.deliveries(100).unwrap();
    let states: Vec<&str> = rows.iter().rev().map(|r| r.state.as_str()).collect();
    let there = hand.line.with(|c| c.messages(CHANNEL).len());
    let seen = format!(
        "{} / {there} there, {} doubled",
        states.join(" "),
        hand.line.with(|c| c.doubled().len())
    );
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn faults_neither_lose_nor_double() {
    let second = |fault: Fault| Faults::none().at("sendMessage", 2, fault);
    let fine = "sent sent sent / 3 there, 0 doubled";
    check(second(Fault::TooMany { retry_after: 43_837 }), fine).await;
    check(second(Fault::CutAfter), fine).await;
    check(second(Fault::CutBefore), fine).await;
    check(second(Fault::ServerError { status: 502, done: true }), fine).await;
    check(second(Fault::ServerError { status: 500, done: false }), fine).await;
    check(second(Fault::Slow { millis: 5 }), fine).await;
    // The first message of a chat leaves no number to look from: a person is asked.
    check(
        Faults::none().at("sendMessage", 1, Fault::CutAfter),
        "held sent sent / 3 there, 0 doubled",
    )
    .await;
    check(
        Faults::none().at("sendMessage", 1, Fault::CutBefore),
        "held sent sent / 2 there, 0 doubled",
    )
    .await;
    // Faults while reading back put it off, they decide nothing.
    let both = second(Fault::CutAfter)
        .at("forwardMessage", 1, Fault::CutAfter)
        .at("forwardMessage", 2, Fault::TooMany { retry_after: 90 })
        .at("forwardMessage", 3, Fault::ServerError { status: 502, done: false });
    check(both, fine).await;
    // Thrown out: the destination is paused and everything is kept.
    check(second(Fault::Kick), "sent pending pending / 1 there, 0 doubled").await;
}

#[tokio::test]
async fn what_a_person_says_arrived_is_not_posted_again() {
    let mut hand = Hand::new(Faults::none().at("sendMessage", 1, Fault::CutAfter));
    hand.follow("everything, to 501");
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    let held = hand.store.odd_deliveries(10).unwrap().remove(0);
    assert_eq!(held.state, DeliveryState::Held, "a private chat cannot be read back");
    assert!(hand.store.rule(held.id, store::Ruling::Arrived, hand.now).unwrap());
    hand.later(10);
    hand.toll("Ruhrpegel", 4, false);
    hand.run_out().await;
    assert_eq!(hand.channel(501).len(), 1, "the next step makes no second post");
    let last = hand.store.deliveries(1).unwrap().remove(0);
    assert_eq!(last.state, DeliveryState::Folded);
    assert!(last.error.unwrap().starts_with("it arrived, but its number is not known"));
}

#[tokio::test]
async fn a_destination_that_opens_again_gets_what_was_kept() {
    let mut hand = Hand::new(Faults::none().at("sendMessage", 1, Fault::Kick));
    hand.follow("everything to @ruhrdesk");
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    let to = hand.store.destinations().unwrap().remove(0);
    assert_eq!(
        to.paused.as_deref(),
        Some("the bot was removed; add it again, then: uptospeed outbox to NAME --again")
    );
    hand.line.with(|c| c.reopen(CHANNEL));
    hand.store.pause_destination(to.id, None).unwrap();
    hand.run_out().await;
    assert_eq!(hand.channel(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_is_followed() {
    let mut hand = Hand::new(Faults::none().at("sendMessage", 1, Fault::Migrate));
    hand.follow("everything to -77");
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    let to = hand.store.destinations().unwrap().remove(0);
    assert_eq!(to.address, "-1000000000077");
    assert_eq!(hand.channel(-1_000_000_000_077).len(), 1);
    hand.later(10);
    hand.toll("Ruhrpegel", 4, false);
    let report = hand.run_out().await;
    assert_eq!((report.sent, report.edited), (0, 1));
}

#[tokio::test]
async fn topics_are_named_and_a_lost_one_is_said() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to -1001000000002/7");
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    assert_eq!(hand.line.with(|c| c.messages(-1_001_000_000_002)[0].thread), Some(7));
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to -1001000000002/9");
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    let paused = hand.store.destinations().unwrap().remove(0).paused.unwrap();
    assert!(paused.starts_with("the topic was deleted"), "{paused}");
}

#[tokio::test]
async fn a_wrong_token_stops_the_bot_and_is_never_printed() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    hand.toll("Ruhrpegel", 3, false);
    let mut settings = hand.settings();
    if let Some(bot) = &mut settings.telegram {
        bot.api_url = "http://127.0.0.1:9".to_owned();
        bot.token = delivery::Secret::new("7:secret");
    }
    let door = net::Door::new(net::Policy::default().with_loopback());
    let courier = delivery::Courier::new(hand.store.clone(), std::sync::Arc::new(door), settings);
    let report = courier.run_once(hand.now).await.unwrap();
    assert_eq!(report.put_off, 1, "nothing listens: not sent, tried again");
    let rows = hand.store.deliveries(10).unwrap();
    let said = format!("{rows:?} {courier:?}");
    assert!(!said.contains("secret"), "{said}");
    hand.run_out().await;
    assert_eq!(hand.channel(CHANNEL).len(), 1);
}

#[tokio::test]
async fn over_a_real_socket_it_is_the_same() {
    let mut hand = Hand::new(Faults::none());
    let config = testkit::fakebot::FakeBotConfig {
        chats: vec![
            testkit::fakebot::ChatConfig::channel(CHANNEL, "ruhrdesk", "Ruhr Desk"),
            testkit::fakebot::ChatConfig::private(crate::hand::LOG, "log"),
        ],
        faults: Faults::none().at("sendMessage", 2, Fault::CutAfter).at(
            "editMessageText",
            1,
            Fault::TooMany { retry_after: 5 },
        ),
        ..Default::default()
    };
    let bot = testkit::fakebot::FakeBot::start(config).await.unwrap();
    let mut settings = hand.settings();
    if let Some(telegram) = &mut settings.telegram {
        telegram.api_url = bot.base_url().to_owned();
        telegram.token = delivery::Secret::new(&bot.token());
    }
    let door = net::Door::new(net::Policy::default().with_loopback());
    let courier = delivery::Courier::new(hand.store.clone(), std::sync::Arc::new(door), settings);
    hand.follow("everything to @ruhrdesk");
    for number in 1..=2 {
        hand.story = stories::Story {
            id: stories::StoryId(1_000 + number),
            ..Hand::new(Faults::none()).story
        };
        hand.toll("Ruhrpegel", 3, false);
        let report = courier.run_once(hand.now).await.unwrap();
        assert_eq!(report.found, number as u32 - 1, "read back over HTTP");
        hand.later(10);
    }
    let mut report = courier.run_once(hand.now).await.unwrap();
    hand.toll("Ruhrpegel", 4, false);
    while let Some(at) =
        report.next_at.or(Some(hand.now)).filter(|_| bot.chat(CHANNEL).iter().all(|m| m.edits == 0))
    {
        hand.now = at.max(hand.now + jiff::SignedDuration::from_secs(1));
        bot.set_now(hand.now.as_second());
        report = courier.run_once(hand.now).await.unwrap();
    }
    assert_eq!(bot.chat(CHANNEL).len(), 2);
    assert_eq!(bot.doubled(), Vec::<String>::new());
    assert!(bot.transcript().iter().any(|c| c.method == "editMessageText" && c.status == 429));
}

#[tokio::test]
async fn killed_at_any_point_nothing_is_lost_or_doubled() {
    for point in
        ["before claim", "claimed", "answered", "recorded", "looked", "read back", "before fold"]
    {
        for nth in 1..=4 {
            let mut hand = Hand::new(Faults::none().at("sendMessage", 3, Fault::CutAfter));
            hand.follow("everything to @ruhrdesk");
            hand.toll("Ruhrpegel", 2, false);
            hand.run_out().await;
            for number in 1..=3 {
                hand.story = stories::Story {
                    id: stories::StoryId(1_000 + number),
                    ..Hand::new(Faults::none()).story
                };
                hand.toll("Ruhrpegel", 3, false);
            }
            let killed = hand.courier_that_stops(point, nth);
            for _ in 0..6 {
                if killed.run_once(hand.now).await.is_err() {
                    break;
                }
                hand.later(2);
            }
            hand.courier().recover(hand.now).unwrap();
            hand.run_out().await;
            let there = hand.channel(CHANNEL).len();
            assert_eq!(
                (there, hand.line.with(|c| c.doubled())),
                (4, vec![]),
                "killed at {point}, {nth}"
            );
        }
    }
}

/// A row whose answer is lost, or whose courier is killed before it reads it: whether its chat goes on within a second.
async fn goes_on(method: &str, fault: Fault, is_killed: bool) -> bool {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    hand.line.with(|c| c.set_faults(Faults::none().at(method, 1, fault)));
    hand.later(10);
    if method == "sendMessage" {
        hand.begin(77, "Fire in a bakery in Duisburg", "Duisburg", "DEU", "Ruhrpegel");
    } else {
        hand.toll("Ruhrpegel", 4, false);
    }
    if is_killed {
        hand.courier_that_stops("answered", 1).run_once(hand.now).await.unwrap_err();
        hand.later(1);
        hand.courier().taking_over().run_once(hand.now).await.unwrap();
    } else {
        hand.run().await;
    }
    let at_once = hand.store.deliveries(1).unwrap().remove(0).state == DeliveryState::Sent;
    hand.run_out().await;
    assert_eq!(hand.store.deliveries(1).unwrap().remove(0).state, DeliveryState::Sent);
    assert_eq!(hand.line.with(|c| c.doubled()), Vec::<String>::new());
    let there = hand.channel(CHANNEL);
    assert_eq!(there.len(), if method == "sendMessage" { 2 } else { 1 }, "{there:?}");
    assert_eq!(there[0].contains("4 dead"), method != "sendMessage", "{there:?}");
    at_once
}

#[tokio::test]
async fn a_chat_waits_for_what_is_in_doubt_only_where_it_is_not_there() {
    for is_killed in [false, true] {
        for method in ["sendMessage", "editMessageText"] {
            assert!(goes_on(method, Fault::CutAfter, is_killed).await, "{method}: it is there");
            assert!(!goes_on(method, Fault::CutBefore, is_killed).await, "{method}: it may come");
        }
    }
}

#[tokio::test]
async fn digests_and_quiet_hours_wait_and_fold() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk, digest at 8:00 and 18:00, zone Europe/Berlin");
    for number in 1..=3 {
        hand.story = stories::Story {
            id: stories::StoryId(1_000 + number),
            title: format!("Story {number}"),
            ..Hand::new(Faults::none()).story
        };
        hand.toll("Ruhrpegel", 2, false);
        hand.toll("Ruhrpegel", 3, false);
    }
    let report = hand.run().await;
    assert_eq!(report.sent, 0);
    assert_eq!(report.next_at, Some(hour(7, 0)), "8:00 in Berlin is 7:00 UTC in November");
    hand.run_out().await;
    let shown = hand.channel(CHANNEL);
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert!(
        shown[0].starts_with(
            "Thursday 5 November, since 07:31\n\nStory 1: 3 dead. 3 dead, was 2 (Ruhrpegel)."
        ),
        "{}",
        shown[0]
    );
    // Late for 8:00: a message of its own at 18:00, nothing lost.
    hand.toll("Ruhrpegel", 4, false);
    hand.run_out().await;
    assert_eq!(hand.channel(CHANNEL).len(), 2);

    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk, quiet 22-7");
    hand.now = hour(23, 0);
    hand.toll("Ruhrpegel", 2, false);
    let report = hand.run().await;
    assert_eq!((report.sent, report.next_at), (0, Some(hour(31, 0))));
    hand.run_out().await;
    assert_eq!(hand.channel(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_flood_is_told_in_one_digest() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    for number in 1..=40 {
        hand.story = stories::Story {
            id: stories::StoryId(1_000 + number),
            title: format!("Story {number}"),
            ..Hand::new(Faults::none()).story
        };
        hand.toll("Ruhrpegel", 2, false);
    }
    hand.run_out().await;
    let shown = hand.channel(CHANNEL);
    assert_eq!(shown.len(), 3, "40 stories, 15 in a message");
    let all = shown.join("\n");
    assert!((1..=40).all(|n| all.contains(&format!("Story {n}: "))), "none is left out");
}

#[tokio::test]
async fn much_chance_neither_loses_nor_doubles() {
    for seed in 1..=5 {
        let rates = Rates {
            too_many: 300,
            wait_secs_max: 600,
            cut_after: 300,
            cut_before: 300,
            server_error: 200,
            ..Rates::default()
        };
        let mut hand = Hand::new(Faults::none());
        hand.follow("everything to @ruhrdesk");
        hand.toll("Ruhrpegel", 1, false);
        hand.run_out().await;
        hand.line.with(|c| c.set_faults(Faults::none().by_chance(seed, rates)));
        for number in 0..60 {
            if number % 3 == 0 {
                hand.story = stories::Story {
                    id: stories::StoryId(1_000 + number),
                    ..Hand::new(Faults::none()).story
                };
            }
            hand.toll("Ruhrpegel", 2 + u64::try_from(number).unwrap(), false);
            hand.later(3);
            hand.run().await;
        }
        hand.run_out().await;
        assert_eq!(doubled_and_lost(&hand), (vec![], 0), "seed {seed}");
        assert_eq!(hand.channel(CHANNEL).len(), 21, "seed {seed}");
    }
}

#[tokio::test]
async fn a_world_of_faults_is_survived_seed_by_seed() {
    let mut all = delivery::sim::SimReport::default();
    for seed in 5..=6 {
        let folder = tempfile::tempdir().unwrap();
        let report = delivery::sim::run(seed, 480, folder.path()).await.unwrap();
        assert!(report.is_good(), "{report}");
        all.add(&report);
    }
    let faults = [all.kills, all.slow, all.moves, all.uncertain, all.edited];
    assert!(faults.iter().all(|times| *times > 0), "these were worlds of faults: {all}");
}
