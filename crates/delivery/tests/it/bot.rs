//! A reader's first minutes with the bot, played through against the fake.

use std::fmt::Write as _;
use std::time::Duration;

use delivery::{Access, BotReport};
use testkit::fakebot::{FakeBot, FakeBotConfig, Faults};

use crate::hand::{Hand, hour};

const MIRA: i64 = 501;

struct Play {
    hand: Hand,
    shown: usize,
    script: String,
}

impl Play {
    fn new(hand: Hand) -> Self {
        Self { hand, shown: 0, script: String::new() }
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
                let _infallible =
                    writeln!(self.script, "Bot:   {}", message.html.replace('\n', "\n       "));
                for row in &message.buttons {
                    let row: Vec<String> =
                        row.iter().map(|(label, _)| format!("[{label}]")).collect();
                    let _infallible = writeln!(self.script, "       {}", row.join("  "));
                }
                self.script.push('\n');
            }
        }
        self.hand.later(1);
        report
    }

    async fn say(&mut self, text: &str) {
        self.hand.line.with(|c| c.say(MIRA, "Mira", text));
        self.shown += 1;
        let _infallible = writeln!(self.script, "Mira:  {text}\n");
        self.turn().await;
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
        let fields = serde_json::json!({ "text": text, "reply_to_message": { "message_id": to } });
        self.hand.line.with(|c| c.hear(MIRA, "Mira", fields));
        self.shown += 1;
        let _infallible = writeln!(self.script, "Mira:  {text}   (as an answer to a message)\n");
        self.turn().await;
    }
}

#[tokio::test]
async fn the_first_five_minutes_read_well() {
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to @ruhrdesk");
    hand.toll("Ruhrpegel", 3, false);
    hand.toll("Meridian Wire", 7, false);
    hand.now = hour(12, 0);
    let mut play = Play::new(hand);
    play.say("/start").await;
    let link = play.hand.courier().invite("uptospeed_bot", play.hand.now).unwrap().unwrap();
    let token = link.rsplit_once('=').unwrap().1.to_owned();
    play.say(&format!("/start {token}")).await;
    play.script = play.script.replace(&token, "TOKEN");
    play.say("fires in germany, at least two outlets").await;
    play.press("Only with dead or injured").await;
    play.press("Follow").await;
    play.say("/quiet 22-7").await;
    play.hand.toll("Ruhrpegel", 9, true);
    play.turn().await;
    play.hand.later(60);
    play.hand.toll("Ruhrpegel", 14, true);
    play.turn().await;
    let reply = play
        .hand
        .line
        .with(|c| c.messages(MIRA))
        .into_iter()
        .rfind(|m| m.reply_to.is_some())
        .unwrap();
    play.answer("/why", reply.id).await;
    play.press("Mute this story").await;
    play.say("/undo").await;
    play.say("/list").await;
    play.say("asdf").await;
    play.say("about fires, quiet at night").await;
    play.say("/export").await;
    play.say("/stop").await;
    play.say(&format!("/start {token}")).await;
    play.script = play.script.replace(&token, "TOKEN");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/first_five_minutes.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &play.script).unwrap();
    }
    assert_eq!(play.script, std::fs::read_to_string(&path).unwrap_or_default());
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
async fn an_opml_file_is_taken_and_a_stranger_is_not() {
    let hand = Hand::new(Faults::none());
    let courier = hand.courier();
    let opml = r#"<opml><body><outline xmlUrl="https://a.example/feed?x=1&amp;y=2"/><outline xmlUrl='https://b.example/rss'/><outline xmlUrl="javascript:1"/></body></opml>"#;
    hand.line.with(|c| {
        c.keep_file("f1", opml.as_bytes().to_vec());
        c.hear(MIRA, "Mira", serde_json::json!({ "document": { "file_id": "f1" } }));
    });
    let stranger = courier.poll_bot(Access::Invited, Duration::ZERO, hand.now).await.unwrap();
    assert_eq!(stranger.feeds, Vec::<String>::new());
    // Over a socket, as the file comes by another address than the methods.
    let bot = FakeBot::start(FakeBotConfig {
        chats: vec![testkit::fakebot::ChatConfig::private(MIRA, "Mira")],
        ..FakeBotConfig::default()
    })
    .await
    .unwrap();
    bot.with(|c| {
        c.keep_file("f1", opml.as_bytes().to_vec());
        c.hear(MIRA, "Mira", serde_json::json!({ "document": { "file_id": "f1" } }));
    });
    let mut settings = hand.settings();
    if let Some(telegram) = &mut settings.telegram {
        telegram.api_url = bot.base_url().to_owned();
        telegram.token = delivery::Secret::new(&bot.token());
    }
    let door = net::Door::new(net::Policy::default().with_loopback());
    hand.store.set_meta("telegram.offset", "0").unwrap();
    let courier = delivery::Courier::new(hand.store.clone(), std::sync::Arc::new(door), settings);
    let report = courier.poll_bot(Access::Everybody, Duration::ZERO, hand.now).await.unwrap();
    assert_eq!(report.feeds, ["https://a.example/feed?x=1&y=2", "https://b.example/rss"]);
}

#[tokio::test]
async fn two_programs_with_one_token_are_told() {
    let hand = Hand::new(Faults::none());
    hand.line.with(|c| c.handle("setWebhook", &serde_json::json!({ "url": "https://x.example/" })));
    let report = hand.courier().poll_bot(Access::Invited, Duration::ZERO, hand.now).await.unwrap();
    assert_eq!(
        report.trouble.as_deref(),
        Some("another program listens with this token; stop it, only one may")
    );
}
