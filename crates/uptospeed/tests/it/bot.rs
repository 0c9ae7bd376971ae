//! The running program and its bot: a reader's first words, an OPML file, calls instead of questions, letters that stop.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::fakebot::{ChatConfig, FakeBot, FakeBotConfig};

use crate::{output, program, stderr, stdout};

const MIRA: i64 = 501;

/// The program while it runs; it ends with this.
struct Running {
    child: Child,
    _runtime: tokio::runtime::Runtime,
    bot: FakeBot,
    port: u16,
    home: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts the program with a fake bot and these further settings.
fn start(settings: &str, before: &[&[&str]]) -> Running {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let chats = vec![ChatConfig::private(MIRA, "Mira")];
    let config = FakeBotConfig { chats, ..FakeBotConfig::default() };
    let bot = runtime.block_on(FakeBot::start(config)).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let home = tempfile::tempdir().unwrap();
    let host = bot.base_url().trim_start_matches("http://");
    std::fs::write(
        home.path().join("uptospeed.toml"),
        format!(
            "[telegram]\ntoken = \"{}\"\napi = \"{}\"\n{settings}\n[intake]\nallow_private = [\"{host}\"]\n[web]\nbind = \"127.0.0.1:{port}\"\nurl = \"https://news.example\"\n",
            bot.token(),
            bot.base_url(),
        ),
    )
    .unwrap();
    for args in before {
        let out = output(home.path(), args);
        assert!(out.status.success(), "{args:?}: {}", stderr(&out));
    }
    let log = std::fs::File::create(home.path().join("log")).unwrap();
    let child = program(home.path())
        .args(["run", "--no-install"])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    Running { child, _runtime: runtime, bot, port, home }
}

impl Running {
    fn home(&self) -> &Path {
        self.home.path()
    }

    /// Waits until something is so.
    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            if began.elapsed() > Duration::from_secs(60) {
                let log = std::fs::read_to_string(self.home().join("log")).unwrap_or_default();
                panic!("{what}: not in a minute\n{:#?}\n{log}", self.bot.chat(MIRA));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the bot has said these words.
    fn hears(&self, words: &str) {
        self.until(words, || {
            self.bot.chat(MIRA).iter().any(|m| m.from.is_empty() && m.text.contains(words))
        });
    }

    fn http(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{head}\r\nHost: news.example\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        drop(stream.read_to_string(&mut answer));
        answer
    }
}

#[test]
fn a_reader_with_a_link_is_let_in_and_brings_feeds() {
    let running = start("", &[]);
    running.until("the bot listens", || {
        running.bot.transcript().iter().any(|c| c.method == "setMyCommands")
    });
    running.bot.say(MIRA, "Mira", "/start");
    running.hears("talks with those whom its owner sent a link");
    let link = stdout(&output(running.home(), &["follow", "invite"]));
    let token = link.trim().rsplit_once("?start=").unwrap().1.to_owned();
    running.bot.say(MIRA, "Mira", &format!("/start {token}"));
    running.hears("Hello Mira.");
    running.bot.say(MIRA, "Mira", "/follow fires in Germany");
    running.hears("I can still watch for it");
    let question = running.bot.chat(MIRA).pop().unwrap().id;
    running.bot.press(MIRA, question, "follow");
    running.hears("I am quiet from 22 to 7");
    assert!(
        stdout(&output(running.home(), &["follow", "list"])).contains("about fires in Germany")
    );
    running.bot.with(|c| {
        let opml = "<opml version=\"2.0\"><body><outline xmlUrl=\"https://a.example/feed.xml\"/></body></opml>";
        c.keep_file("f1", opml.as_bytes().to_vec());
        c.hear(MIRA, "Mira", json!({ "document": { "file_id": "f1" } }));
    });
    running.hears("Thank you: 1 feed.");
    running.until("the feed is a source", || {
        stdout(&output(running.home(), &["source", "list"])).contains("https://a.example/feed.xml")
    });
}

#[test]
fn telegram_may_call_instead_and_letters_stop_by_one_click() {
    let mail = "bot = \"everybody\"\nwebhook = true\n[mail]\nhost = \"127.0.0.1\"\nport = 9\nsecurity = \"none\"\nfrom = \"news@news.example\"";
    let running = start(
        mail,
        &[
            &["follow", "add", "everything, to mira@reader.example"],
            &["follow", "add", "everything, to feed:all"],
        ],
    );
    let call = || running.bot.transcript().into_iter().find(|c| c.method == "setWebhook");
    running.until("the webhook is set", || call().is_some());
    let params = call().unwrap().params;
    assert_eq!(params["url"], "https://news.example/telegram");
    let secret = params["secret_token"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 32);
    let update = json!({
        "update_id": 7, "message": { "message_id": 1, "date": 0, "text": "/start", "chat": { "id": MIRA, "type": "private" }, "from": { "first_name": "Mira" } },
    })
    .to_string();
    let head =
        |said: &str| format!("POST /telegram HTTP/1.1\r\nX-Telegram-Bot-Api-Secret-Token: {said}");
    assert!(running.http(&head("guess"), &update).starts_with("HTTP/1.1 403"));
    for _ in 0..2 {
        assert!(running.http(&head(&secret), &update).starts_with("HTTP/1.1 200"), "twice is once");
    }
    running.hears("Hello Mira.");
    assert_eq!(running.bot.chat(MIRA).len(), 1);

    let feed = running.http("GET /feeds/to/all.atom HTTP/1.1", "");
    assert!(feed.starts_with("HTTP/1.1 200") && feed.contains("<feed "), "{feed}");
    assert!(running.http("GET /feeds/to/other.atom HTTP/1.1", "").starts_with("HTTP/1.1 404"));

    let store = store::Store::open(&running.home().join("uptospeed.db")).unwrap();
    let to = store.destinations().unwrap().into_iter().find(|d| d.kind == "email").unwrap();
    let secret = store.meta("mail.secret").unwrap().unwrap();
    let key = store::key(&["unsubscribe", &secret, &to.id.to_string()]);
    let token = key.iter().fold(format!("{}-", to.id), |out, byte| format!("{out}{byte:02x}"));
    let page = running.http(&format!("GET /unsubscribe/{token} HTTP/1.1"), "");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert_eq!(
        store.destination(to.id).unwrap().unwrap().paused,
        None,
        "a link that is looked at changes nothing"
    );
    let done =
        running.http(&format!("POST /unsubscribe/{token} HTTP/1.1"), "List-Unsubscribe=One-Click");
    assert!(done.starts_with("HTTP/1.1 200") && done.contains("mira@reader.example"), "{done}");
    let paused = store.destination(to.id).unwrap().unwrap().paused;
    assert_eq!(paused.as_deref(), Some("the reader unsubscribed"));
    assert!(
        stdout(&output(running.home(), &["outbox", "to", "mira@reader.example"]))
            .contains("paused: the reader unsubscribed")
    );
    assert!(
        output(running.home(), &["outbox", "to", "mira@reader.example", "--again"])
            .status
            .success()
    );
    assert_eq!(store.destination(to.id).unwrap().unwrap().paused, None);
}
