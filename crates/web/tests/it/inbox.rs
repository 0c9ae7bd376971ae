//! What comes in: only with its secret, and nothing changes by a link that a scanner follows.

use std::sync::{Arc, Mutex};

use web::{Answer, FeedForm, Inbox, OutFeed};

use crate::site::{Served, serve, serve_with};

#[derive(Default)]
struct Desk {
    calls: Mutex<Vec<serde_json::Value>>,
    stopped: Mutex<u32>,
}

impl Inbox for Desk {
    fn telegram<'a>(&'a self, secret: &'a str, call: serde_json::Value) -> Answer<'a> {
        let ours = secret == "s3cret";
        if ours {
            self.calls.lock().unwrap().push(call);
        }
        Box::pin(std::future::ready(Ok(ours)))
    }

    fn unsubscribe(&self, token: &str) -> Result<Option<String>, store::Error> {
        let ours = token == "7-abc";
        *self.stopped.lock().unwrap() += u32::from(ours);
        Ok(ours.then(|| "mira@reader.example".to_owned()))
    }

    fn feed(&self, name: &str, form: FeedForm) -> Result<Option<OutFeed>, store::Error> {
        let body = format!("{name} {form:?}");
        Ok((name == "fires").then_some(OutFeed { content_type: "application/rss+xml", body }))
    }
}

fn desk() -> (Arc<Desk>, Served) {
    let desk = Arc::new(Desk::default());
    let site = serve_with(false, false, Some(desk.clone()));
    (desk, site)
}

#[test]
fn letters_stop_by_a_post_and_not_by_a_link() {
    let (desk, site) = desk();
    let page = site.get("/unsubscribe/7-abc");
    assert_eq!((page.status, *desk.stopped.lock().unwrap()), (200, 0));
    assert!(
        page.body.contains("<form method=\"post\" action=\"/unsubscribe/7-abc\">"),
        "{}",
        page.body
    );
    let one_click = [("Content-Type", "application/x-www-form-urlencoded")];
    let done =
        site.ask_with("POST", "/unsubscribe/7-abc", &one_click, "List-Unsubscribe=One-Click");
    assert_eq!((done.status, *desk.stopped.lock().unwrap()), (200, 1));
    assert!(done.body.contains("mira@reader.example"));
    assert_eq!(site.ask_with("POST", "/unsubscribe/7-abd", &one_click, "x").status, 404);
    let long = format!("/unsubscribe/{}", "a".repeat(300));
    assert_eq!(site.get(&long).status, 404);
}

#[test]
fn telegram_is_let_in_by_its_secret() {
    let (desk, site) = desk();
    let call = "{\"update_id\":1}";
    let header = "X-Telegram-Bot-Api-Secret-Token";
    assert_eq!(site.ask_with("POST", "/telegram", &[], call).status, 403);
    assert_eq!(site.ask_with("POST", "/telegram", &[(header, "guess")], call).status, 403);
    assert_eq!(site.ask_with("POST", "/telegram", &[(header, "s3cret")], "no JSON").status, 400);
    assert_eq!(desk.calls.lock().unwrap().len(), 0);
    assert_eq!(site.ask_with("POST", "/telegram", &[(header, "s3cret")], call).status, 200);
    assert_eq!(desk.calls.lock().unwrap().len(), 1);
    let large = format!("{{\"x\":\"{}\"}}", "a".repeat(1 << 20));
    assert_eq!(site.ask_with("POST", "/telegram", &[(header, "s3cret")], &large).status, 413);
}

#[test]
fn a_follow_is_a_feed() {
    let (_desk, site) = desk();
    let feed = site.get("/feeds/to/fires.json");
    assert_eq!((feed.status, feed.body.as_str()), (200, "fires Json"));
    let tag = feed.header("etag").unwrap();
    assert_eq!(site.ask("GET", "/feeds/to/fires.json", &[("If-None-Match", tag)]).status, 304);
    for path in ["/feeds/to/other.rss", "/feeds/to/fires.exe", "/feeds/to/fires"] {
        assert_eq!(site.get(path).status, 404, "{path}");
    }
}

#[test]
fn without_an_inbox_there_is_nothing_to_find() {
    let site = serve(false, false);
    for path in ["/telegram", "/unsubscribe/7-abc", "/feeds/to/fires.rss"] {
        assert_eq!(site.get(path).status, 404, "{path}");
    }
}

#[test]
fn a_story_has_the_lines_that_messages_link_to() {
    let site = serve(true, false);
    let page = site.get(&format!("/s/{}", site.story));
    assert!(page.body.contains("<li id=\"u1\">"), "{}", page.body);
}
