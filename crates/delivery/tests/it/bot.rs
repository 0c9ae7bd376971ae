//! A reader's first minutes with the bot, played through against the fake.

use std::fmt::Write as _;
use std::time::Duration;

use delivery::{Access, BotReport, Defaults};
use jiff::SignedDuration;
use serde_json::json;
use stories::UpdateKind;
use testkit::fakebot::{FakeBot, FakeBotConfig, Faults};

use crate::hand::{CHANNEL, Hand, golden, hour};

const MIRA: i64 = 501;

struct Play {
    hand: Hand,
    shown: usize,
    script: String,
}

impl Play {
    fn new(hand: Hand) -> Self {
        let shown = hand.line.with(|c| c.messages(MIRA)).len();
        Self { hand, shown, script: String::new() }
    }

    async fn turn(&mut self) -> BotReport {
        let courier = self.hand.courier();
        let report =
            courier.poll_bot(Access::Invited, Duration::ZERO, self.hand.now).await.unwrap();
        assert_eq!(report.trouble, None);
        self.hand.run_out().await;
        for message in self.hand.line.with(|c| c.messages(MIRA)).into_iter().skip(self.shown) {
            self.shown += 1;
            if message.from.is_empty() {
                let text = crate::hand::as_seen(&message.html).replace('\n', "\n       ");
                let _infallible = writeln!(self.script, "Bot:   {text}");
                for row in &message.buttons {
                    let row: Vec<String> =
                        row.iter().map(|(label, _)| format!("[{label}]")).collect();
                    let _infallible = writeln!(self.script, "       {}", row.join("  "));
                }
                self.script.push('\n');
            }
        }
        self.hand.now += SignedDuration::from_secs(20);
        report
    }

    /// What the reader sends, with these fields, and how the script shows it.
    async fn send(&mut self, shown: &str, fields: serde_json::Value) -> BotReport {
        self.hand.line.with(|c| c.hear(MIRA, "Mira", fields));
        self.shown += 1;
        let _infallible = writeln!(self.script, "Mira:  {shown}\n");
        self.turn().await
    }

    async fn say(&mut self, text: &str) {
        self.send(text, json!({ "text": text })).await;
    }

    async fn press(&mut self, label: &str) {
        let messages = self.hand.line.with(|c| c.messages(MIRA));
        let found = messages.iter().rev().find_map(|m| {
            let button = m.buttons.iter().flatten().find(|(l, _)| l == label)?;
            Some((m.id, button.1.clone()))
        });
        let (id, data) = found.unwrap();
        self.hand.line.with(|c| c.press(MIRA, id, &data));
        let _infallible = writeln!(self.script, "Mira:  [{label}]\n");
        self.turn().await;
    }

    async fn answer(&mut self, text: &str, to: i64) {
        let fields = json!({ "text": text, "reply_to_message": { "message_id": to } });
        self.send(&format!("{text}   (as an answer to that message)"), fields).await;
    }

    /// The last message of the bot in this chat with these words in it.
    fn message_with(&self, words: &str) -> i64 {
        let messages = self.hand.line.with(|c| c.messages(MIRA));
        messages.iter().rfind(|m| m.from.is_empty() && m.text.contains(words)).unwrap().id
    }
}

/// A week of invented news, and the hour at which the reader comes.
fn a_week() -> Hand {
    let mut hand = Hand::new(Faults::none());
    hand.defaults = Defaults { zone: Some("Europe/Berlin".to_owned()), ..Defaults::default() };
    hand.follow("everything to @ruhrdesk");
    let today = hand.story.clone();
    hand.now = hour(-3 * 24 + 14, 5);
    hand.begin(2_001, "Fire on barge at Mannheim, crew safe", "Mannheim", "DEU", "Rheinbote");
    hand.news("Meridian Wire", UpdateKind::NewOutlet, "");
    hand.now = hour(-2 * 24 + 9, 40);
    hand.begin(2_002, "Fire closes bakery in Halle", "Halle", "DEU", "Saaleblatt");
    hand.toll("Meridian Wire", 1, false);
    hand.now = hour(-24 + 18, 0);
    hand.begin(2_003, "Ferry fares rise on the Bosphorus", "Istanbul", "TUR", "Meridian Wire");
    hand.news("The Harbour Post", UpdateKind::NewOutlet, "");
    hand.story = today;
    hand.now = hour(6, 31);
    hand.toll("Ruhrpegel", 3, false);
    hand.now = hour(9, 10);
    hand.toll("Meridian Wire", 7, false);
    hand.now = hour(11, 0);
    hand
}

#[tokio::test]
async fn the_first_five_minutes_read_well() {
    let mut hand = a_week();
    hand.run_out().await;
    let mut play = Play::new(hand);
    play.say("/start").await;
    let link = play.hand.courier().invite("uptospeed_bot", play.hand.now).unwrap().unwrap();
    let token = link.rsplit_once('=').unwrap().1.to_owned();
    play.say(&format!("/start {token}")).await;
    play.press("What do you keep about me?").await;
    play.press("Show me an example").await;
    play.say("/follow fires in Germany, at least two outlets").await;
    play.press("Only with dead or injured").await;
    play.press("Back").await;
    play.press("Follow").await;
    play.press("Digest at 8 instead").await;
    play.press("Undo").await;
    play.say("/quiet").await;
    play.say("/quiet 23-6:30").await;

    play.script.push_str("       (an hour later)\n\n");
    play.hand.later(60);
    play.hand.toll("Ruhrpegel", 9, true);
    play.turn().await;
    play.hand.later(60);
    play.hand.toll("Ruhrpegel", 14, true);
    play.turn().await;
    play.answer("/why", play.message_with("14 dead in Duisburg")).await;
    play.answer("/why", play.message_with("outlets · en")).await;
    play.answer("/mute", play.message_with("outlets · en")).await;
    play.say("/undo").await;
    play.say("/undo").await;

    let post = play.hand.line.with(|c| c.messages(CHANNEL)).into_iter().next_back().unwrap();
    let url = format!("https://news.example/s/{}", play.hand.story.id);
    let forwarded = json!({
        "text": post.text, "forward_origin": { "type": "channel" }, "entities": [{ "type": "text_link", "url": url }],
    });
    play.send("(forwards a post of @ruhrdesk)", forwarded).await;
    play.press("More like this").await;
    let forwarded = json!({ "text": "Strike halts trams in Lyon on Friday", "forward_origin": { "type": "channel" } });
    play.send(
        "(forwards a post of another channel: Strike halts trams in Lyon on Friday)",
        forwarded,
    )
    .await;
    play.press("Watch for it").await;
    let article = play.hand.story.members.last().unwrap().article;
    let there = format!("https://outlet.example/{}-{}", article.0, play.hand.story.revision);
    play.say(&there).await;
    play.say("https://elsewhere.example/never-read").await;

    play.hand.line.with(|c| c.admit(CHANNEL, MIRA, Some(true)));
    play.script.push_str("       (Mira makes the bot an administrator of her channel)\n\n");
    play.turn().await;
    play.say("ferries, to @ruhrdesk").await;
    play.press("Watch for it").await;
    play.say("ferries, to @somebody_else").await;
    play.say("ferries, to mira@reader.example").await;
    play.say("/list").await;
    play.press("Drop 2").await;
    play.say("about fires, quiet at night").await;
    play.say("asdf").await;
    play.say("/help").await;
    play.say("/export").await;
    play.hand.line.with(|c| c.admit(CHANNEL, MIRA, None));
    play.script.push_str("       (Mira removes the bot from her channel)\n\n");
    play.turn().await;
    play.say("/stop").await;
    play.say(&format!("/start {token}")).await;
    play.script = play.script.replace(&token, "TOKEN");
    golden("first_five_minutes.txt", &play.script);
}

#[tokio::test]
async fn a_turn_that_was_killed_happens_once() {
    let mut hand = Hand::new(Faults::none());
    let courier = hand.courier();
    hand.line.with(|c| c.say(MIRA, "Mira", "fires in Germany"));
    for _ in 0..3 {
        courier.poll_bot(Access::Everybody, Duration::ZERO, hand.now).await.unwrap();
        // The offset is lost with the answer to the next poll, not with the turn.
        hand.store.set_meta("telegram.offset", "1").unwrap();
    }
    hand.run_out().await;
    let answers =
        hand.line.with(|c| c.messages(MIRA)).into_iter().filter(|m| m.from.is_empty()).count();
    assert_eq!(answers, 1, "an update is answered once, however often it comes");
}

#[tokio::test]
async fn after_a_silent_week_telegram_may_count_anew() {
    let mut hand = Hand::new(Faults::none());
    hand.line.with(|c| c.say(MIRA, "Mira", "fires in Germany"));
    let courier = hand.courier();
    courier.poll_bot(Access::Everybody, Duration::ZERO, hand.now).await.unwrap();
    hand.store.set_meta("telegram.offset", "900000").unwrap();
    hand.line.with(|c| c.say(MIRA, "Mira", "/list"));
    let heard = |now| courier.poll_bot(Access::Everybody, Duration::ZERO, now);
    assert_eq!(heard(hand.now).await.unwrap().turns, 0, "handled long ago");
    hand.line.with(|c| c.say(MIRA, "Mira", "/list"));
    hand.now += SignedDuration::from_hours(24 * 8);
    assert_eq!(heard(hand.now).await.unwrap().turns, 1, "a smaller number is new after a week");
}

/// An OPML file over a socket, as files come by another address than the methods.
async fn opml(opml: &str, access: Access) -> (Vec<String>, String) {
    let hand = Hand::new(Faults::none());
    let bot = FakeBot::start(FakeBotConfig {
        chats: vec![testkit::fakebot::ChatConfig::private(MIRA, "Mira")],
        ..FakeBotConfig::default()
    })
    .await
    .unwrap();
    bot.with(|c| {
        c.keep_file("f1", opml.as_bytes().to_vec());
        c.hear(MIRA, "Mira", json!({ "document": { "file_id": "f1" } }));
    });
    let mut settings = hand.settings();
    if let Some(telegram) = &mut settings.telegram {
        bot.base_url().clone_into(&mut telegram.api_url);
        telegram.token = delivery::Secret::new(&bot.token());
    }
    let door = net::Door::new(net::Policy::default().with_loopback());
    let courier = delivery::Courier::new(hand.store.clone(), std::sync::Arc::new(door), settings);
    let report = courier.poll_bot(access, Duration::ZERO, hand.now).await.unwrap();
    courier.run_once(hand.now).await.unwrap();
    let answer = bot.chat(MIRA).pop().unwrap().text;
    (report.feeds, answer)
}

#[tokio::test]
async fn an_opml_file_is_taken_and_a_strangers_is_not() {
    let file = r#"<opml><body><outline xmlUrl="https://a.example/feed?x=1&amp;y=2"/><outline xmlUrl='https://b.example/rss'/><outline xmlUrl="javascript:1"/></body></opml>"#;
    let (feeds, answer) = opml(file, Access::Everybody).await;
    assert_eq!(feeds, ["https://a.example/feed?x=1&y=2", "https://b.example/rss"]);
    assert!(answer.starts_with("Thank you: 2 feeds."), "{answer}");
    let (feeds, answer) = opml("a shopping list", Access::Everybody).await;
    assert_eq!(feeds, Vec::<String>::new());
    assert!(answer.starts_with("I found no feeds"), "{answer}");
    let (feeds, answer) = opml(file, Access::Invited).await;
    assert_eq!(feeds, Vec::<String>::new());
    assert!(answer.contains("ask for a new one"), "{answer}");
}

#[tokio::test]
async fn two_programs_with_one_token_are_told() {
    let hand = Hand::new(Faults::none());
    hand.line.with(|c| c.handle("setWebhook", &json!({ "url": "https://x.example/" })));
    let report = hand.courier().poll_bot(Access::Invited, Duration::ZERO, hand.now).await.unwrap();
    assert_eq!(
        report.trouble.as_deref(),
        Some("another program listens with this token; stop it, only one may")
    );
    // Opened for asking, the webhook of an earlier setting is taken down.
    hand.courier().open_bot(None).await.unwrap();
    let report = hand.courier().poll_bot(Access::Invited, Duration::ZERO, hand.now).await.unwrap();
    assert_eq!(report.trouble, None);
}

#[tokio::test]
async fn a_group_that_says_it_moved_is_followed() {
    let hand = Hand::new(Faults::none());
    hand.follow("everything to -77");
    hand.line
        .with(|c| c.hear(-77, "Mira", json!({ "migrate_to_chat_id": -1_000_000_000_077_i64 })));
    hand.courier().poll_bot(Access::Invited, Duration::ZERO, hand.now).await.unwrap();
    assert_eq!(hand.store.destinations().unwrap()[0].address, "-1000000000077");
}
