//! A phone app that speaks Google Reader's API, played through.

use serde_json::Value;
use store::Role;

use crate::accounts::{PASSWORD, comes_in};
use crate::site::{Served, serve, serve_closed};

fn login(site: &Served, body: &str) -> (u16, String) {
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = site.ask_with("POST", "/accounts/ClientLogin", &form, body);
    let token = answer.body.lines().find_map(|l| l.strip_prefix("Auth=")).unwrap_or("").to_owned();
    (answer.status, token)
}

#[test]
fn an_app_reads_marks_and_hears_of_news() {
    let site = serve_closed(false, None);
    comes_in(&site, "Rita", Role::Reader);
    assert_eq!(login(&site, "Email=Rita&Passwd=wrong").0, 401);
    let (status, token) = login(&site, &format!("Email=rita&Passwd={PASSWORD}"));
    assert_eq!(status, 200);
    assert_eq!(login(&site, &format!("Email=Rita&Passwd={token}")).1, token, "a token logs in too");
    assert_eq!(login(&site, &format!("Email=Ada&Passwd={token}")).0, 401, "its owner alone");
    let auth = format!("GoogleLogin auth={token}");
    let headers = [("Authorization", auth.as_str())];
    let get = |path: &str| -> Value {
        let answer = site.ask("GET", &format!("/reader/api/0/{path}"), &headers);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    };
    let post = |path: &str, body: &str| {
        let form = [headers[0], ("Content-Type", "application/x-www-form-urlencoded")];
        site.ask_with("POST", &format!("/reader/api/0/{path}"), &form, body)
    };
    assert_eq!(get("user-info")["userName"], "Rita");
    assert_eq!(get("subscription/list")["subscriptions"][0]["id"], "feed/stories");
    let list = get("stream/contents/user/-/state/com.google/reading-list?n=10");
    let item = list["items"][0].clone();
    let id = item["id"].as_str().unwrap();
    assert!(id.starts_with("tag:google.com,2005:reader/item/") && id.len() == 48, "{id}");
    let text = item["summary"]["content"].as_str().unwrap();
    assert!(text.contains("4 dead") && !text.contains("<script>"), "{text}");
    let unread = |tag: &str| {
        let path = format!("stream/items/ids?s=feed/stories&xt=user/-/state/com.google/{tag}&n=10");
        get(&path)["itemRefs"].as_array().unwrap().len()
    };
    assert_eq!(unread("read"), 1);
    let read = "a=user/-/state/com.google/read&a=user/-/state/com.google/starred";
    assert_eq!(post("edit-tag", &format!("i={id}&{read}")).body, "OK");
    assert_eq!(unread("read"), 0);
    let starred = get("stream/contents/user/-/state/com.google/starred");
    assert_eq!(starred["items"].as_array().unwrap().len(), 1);
    let one: Value =
        serde_json::from_str(&post("stream/items/contents", &format!("i={id}")).body).unwrap();
    assert_eq!(one["items"][0]["categories"].as_array().unwrap().len(), 3);
    post("edit-tag", &format!("i={id}&r=user/-/state/com.google/read"));
    assert_eq!(get("unread-count")["unreadcounts"][0]["count"], 1);
    assert_eq!(post("mark-all-as-read", "s=feed/stories").body, "OK");
    assert_eq!(get("unread-count")["unreadcounts"][0]["count"], 0);
    assert_eq!(site.ask("GET", "/reader/api/0/stream/contents/feed/other", &headers).status, 404);
}

#[test]
fn without_an_account_nothing_is_marked() {
    let site = serve(true, false);
    assert_eq!(site.get("/reader/api/0/stream/contents/feed/stories").status, 200);
    let form =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")];
    let answer = site.ask_with(
        "POST",
        "/reader/api/0/edit-tag",
        &form,
        "i=3&a=user/-/state/com.google/read",
    );
    assert_eq!(answer.status, 403);
}
