//! Killed with -9, again and again: every article once, every message once.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use store::Store;
use testkit::day::Day;
use testkit::fakebot::{ChatConfig, FakeBot, FakeBotConfig};
use testkit::fakeweb::{FakeWeb, FakeWebConfig};

use crate::{program, store_of};

const CHANNEL: i64 = -1_001_000_000_001;
const LOG: i64 = -1_001_000_000_002;

#[expect(clippy::disallowed_methods, reason = "the program under test runs on the machine's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Publishes the first `most` articles of the day as a folder of pages and one feed, dated now.
fn publish(folder: &Path, day: &Day, most: usize) {
    let mut feed = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Folder Post</title>",
    );
    for (n, article) in day.articles.iter().take(most).enumerate() {
        let version = article.versions.first().unwrap();
        let at = now().checked_sub(SignedDuration::from_mins(200 - n as i64)).unwrap();
        let outlet = &day.outlet(&article.outlet).unwrap();
        let mut page = format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title><meta property=\"og:site_name\" content=\"{}\">\
             <meta property=\"article:published_time\" content=\"{at}\"></head><body><article><h1>{}</h1>",
            outlet.language, version.title, outlet.name, version.title
        );
        for paragraph in version.text().lines() {
            write!(page, "<p>{paragraph}</p>").unwrap();
        }
        page.push_str("</article></body></html>");
        let name = format!("{}.html", article.id);
        if !folder.join(&name).exists() {
            std::fs::write(folder.join(&name), page).unwrap();
        }
        write!(
            feed,
            "<item><title>{}</title><link>/{name}</link><guid>{name}</guid></item>",
            version.title
        )
        .unwrap();
    }
    feed.push_str("</channel></rss>");
    // A feed is replaced whole, as an outlet does it.
    std::fs::write(folder.join("feed.part"), feed).unwrap();
    std::fs::rename(folder.join("feed.part"), folder.join("feed.xml")).unwrap();
}

fn start(folder: &Path) -> Child {
    program(folder)
        .args(["run", "--no-web", "--no-install", "--take-over"])
        .stdout(Stdio::null())
        .stderr(
            std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap(),
        )
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "takes two minutes; .ci/run runs it"]
fn killed_ten_times_every_article_and_every_message_is_there_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bot = runtime.block_on(async {
        let chats = vec![
            ChatConfig::channel(CHANNEL, "folderpost", "Folder Post"),
            ChatConfig::channel(LOG, "folderlog", "Log"),
        ];
        FakeBot::start(FakeBotConfig {
            chats,
            now_secs: now().as_second(),
            ..FakeBotConfig::default()
        })
        .await
        .unwrap()
    });
    let served = tempfile::tempdir().unwrap();
    let web = FakeWeb::start(FakeWebConfig::folder(served.path())).unwrap();
    let home = tempfile::tempdir().unwrap();
    let host = |url: &str| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (place, section) = store_of(home.path());
    std::fs::write(
        home.path().join("uptospeed.toml"),
        format!(
            "{section}[telegram]\ntoken = \"{}\"\napi = \"{}\"\nprobe_chat = \"{LOG}\"\n[intake]\npoll_secs_min = 1\npoll_secs_max = 1\nhost_delay_millis = 0\n\
             allow_private = [\"{}\", \"{}\"]\n",
            bot.token(),
            bot.base_url(),
            host(bot.base_url()),
            host(web.base_url())
        ),
    )
    .unwrap();
    let day = Day::bundled().unwrap();
    publish(served.path(), &day, 4);
    let feed = format!("{}/feed.xml", web.base_url().trim_end_matches('/'));
    for args in [
        &["source", "add", "--unseen", &feed] as &[&str],
        &["follow", "add", "everything, to @folderpost"],
    ] {
        let out = program(home.path()).args(args).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    // Pauses of different lengths, so that the kills fall into different steps.
    for n in 0..10u64 {
        let mut child = start(home.path());
        publish(served.path(), &day, 4 + 7 * n as usize);
        std::thread::sleep(Duration::from_millis(700 + (n * 997) % 3100));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    publish(served.path(), &day, day.articles.len());
    let mut child = start(home.path());
    let store = Store::open(&place).unwrap();
    let deadline = Instant::now() + Duration::from_secs(240);
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let (unread, untold) = store.revisions_waiting().unwrap();
        let outbox = store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap();
        let articles = store.article_count().unwrap() as usize;
        if articles == day.articles.len()
            && unread + untold == 0
            && outbox.pending + outbox.uncertain == 0
        {
            break;
        }
        let log = std::fs::read_to_string(home.path().join("log")).unwrap_or_default();
        assert!(
            Instant::now() < deadline,
            "{articles} articles, {unread} unread, {untold} untold, {outbox:?}\n{log}"
        );
    }
    // A clean end, as systemd asks for one.
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(child.wait().unwrap().success());

    let stories = store.stories_since(Timestamp::UNIX_EPOCH, u32::MAX).unwrap();
    let live: Vec<_> = stories.iter().filter(|s| s.merged_into.is_none()).collect();
    let members: usize = live.iter().map(|s| s.members.len()).sum();
    assert_eq!(members, day.articles.len(), "every article in one story");
    let held = bot.chat(CHANNEL);
    let replies = held.iter().filter(|m| m.reply_to.is_some()).count();
    let outbox = store.outbox_counts(Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(outbox.refused, 0);
    assert_eq!(bot.doubled(), Vec::<String>::new());
    assert_eq!(held.len() - replies, live.len(), "one post for each story: {outbox:?}");
}
