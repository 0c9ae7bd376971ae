//! Every page answers, says what it should, and keeps to its budget.

use web::Policy;

use crate::site::{filled, serve};

/// Bytes of a page and its style sheet, unpacked.
const PAGE_BYTES_MAX: usize = 60 * 1024;

#[test]
fn every_page_answers_with_rows_and_without() {
    let full = serve(true, true);
    for (pattern, _) in web::policies() {
        let path = filled(pattern, full.story);
        let answer = full.get(&path);
        let expected = match pattern {
            "/day" => 303,
            "/logout"
            | "/accounts/ClientLogin"
            | "/reader/api/0/stream/items/contents"
            | "/reader/api/0/edit-tag"
            | "/reader/api/0/mark-all-as-read" => 405,
            "/setup/{token}" | "/login/oidc" | "/login/oidc/back" => 404,
            _ => 200,
        };
        assert_eq!(answer.status, expected, "{path}: {}", answer.body);
    }
    let empty = serve(false, false);
    for path in [
        "/",
        "/deliveries",
        "/sources",
        "/search",
        "/search?q=x",
        "/day/2026-11-05",
        "/feeds/all.rss",
        "/metrics",
        "/readyz",
    ] {
        assert_eq!(empty.get(path).status, 200, "{path}");
    }
    assert!(empty.get("/").body.contains("No stories yet"));
}

#[test]
fn what_is_not_there_is_a_404_in_words() {
    let site = serve(true, false);
    for path in [
        "/nowhere",
        "/s/aeio",
        "/s/2229",
        "/s/..%2F..%2Fetc",
        "/a/999",
        "/who/Nobody",
        "/place/Nowhere",
        "/day/2026-13-40",
        "/feeds/all.exe",
        "/feeds/s/2225",
        "/s/2229/history",
        "/api/stories/2229",
        "/api/articles/9",
    ] {
        let answer = site.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.is_empty(), "{path}");
    }
    for path in [
        "/a/x",
        "/a/99999999999999999999",
        "/api/stories?limit=x",
        "/api/stories?since=yesterday",
        "/api/stories?limit=201",
        "/api/updates?limit=0",
        "/api/search?q=bridge&skip=10001",
        "/api/search?q=",
    ] {
        assert_eq!(site.get(path).status, 400, "{path}");
    }
}

#[test]
fn a_line_leads_to_its_sentence() {
    let site = serve(true, false);
    let now = site.get("/").body;
    assert!(now.contains("href=\"/a/1#s0\""), "{now}");
    let article = site.get("/a/1").body;
    assert!(article.contains("<span id=\"s0\">"), "{article}");
    assert!(
        article.contains("class=\"promo\"") && article.contains("our other &lt;b&gt;"),
        "{article}"
    );
    assert!(!article.contains("href=\"javascript"), "{article}");
    let story = site.get(&format!("/s/{}", site.story)).body;
    for needed in ["<svg class=\"chart\"", "/who/Ida%20Moor", "/place/Alden", "lang=\"en\"", "4–6"]
    {
        assert!(story.contains(needed), "{needed} in {story}");
    }
}

#[test]
fn the_map_shows_where_and_says_it_in_words() {
    let site = serve(true, false);
    let map = site.get("/map").body;
    for needed in [
        "class=\"map world\"",
        "class=\"land\"",
        "class=\"dot\"",
        "href=\"/place/Alden\"",
        "1 independent text, 1 story",
    ] {
        assert!(map.contains(needed), "{needed} in {map}");
    }
    // The slider's positions are addresses: a week ago nothing had happened.
    let before = site.get("/map?hours=24&back=48").body;
    assert!(
        !before.contains("Alden") && before.contains("Nothing new that has a place"),
        "{before}"
    );
    for path in ["/map?hours=7&back=4000000000", "/map?back=13"] {
        assert_eq!(site.get(path).status, 200, "{path}");
    }
    for path in [format!("/s/{}", site.story), "/place/Alden".to_owned()] {
        assert!(site.get(&path).body.contains("class=\"map\""), "{path}");
    }
    // A place is found by its name whatever the articles call it.
    let story = site.store.story(site.story).unwrap().unwrap();
    let places = vec![stories::StoryPlace { name: "Ålden".into(), ..story.places[0].clone() }];
    let changed = vec![stories::Story { places, ..story }];
    let arrival = stories::Arrival { story: site.story, changed, ..stories::Arrival::default() };
    let now = crate::site::NOW.parse().unwrap();
    site.store.record_arrival(1, stories::ArticleId(1), now, &arrival, &[]).unwrap();
    assert_eq!(site.get("/place/%C3%85lden").status, 200);
    // Without the pack the list stands where the map would be.
    let empty = serve(false, false).get("/map").body;
    assert!(!empty.contains("<svg") && empty.contains("packs install map"), "{empty}");
}

#[test]
fn search_finds_by_word_beginning_and_filter() {
    let site = serve(true, false);
    let check = |query: &str, expected: bool| {
        let answer = site.get(&format!("/search?q={query}"));
        assert_eq!(answer.status, 200, "{query}");
        assert_eq!(answer.body.contains("href=\"/a/1\""), expected, "{query}: {}", answer.body);
    };
    check("bridge", true);
    check("REBUI", true);
    check("rebuild%20bridge", true);
    check("%22will%20rebuild%22", true);
    check("%22rebuild%20will%22", false);
    check("bridge%20from:ledger", true);
    check("bridge%20from:gazette", false);
    check("who:moor", true);
    check("who:%25", false);
    check("since:2026-11-04", true);
    check("since:2026-11-06", false);
    check("AND%20%22%20NEAR(%20*", false);
    check("", false);
}

#[test]
fn a_new_revision_is_found_by_its_new_words_only() {
    let site = serve(true, false);
    let article = article::Article {
        title: Some("Viaduct".into()),
        outlet: Some("Ledger".into()),
        text: "Other words now.".into(),
        ..article::Article::default()
    };
    site.store
        .record_article(
            None,
            "https://ledger.example/1",
            &article,
            crate::site::NOW.parse().unwrap(),
        )
        .unwrap();
    assert!(site.get("/search?q=viaduct").body.contains("href=\"/a/1\""));
    assert!(!site.get("/search?q=rebuild").body.contains("href=\"/a/1\""));
}

#[test]
fn an_answer_that_the_asker_has_is_not_sent_again() {
    let site = serve(true, false);
    for path in ["/api/stories", "/feeds/all.atom"] {
        let first = site.get(path);
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(site.ask("GET", path, &[("If-None-Match", &tag)]).status, 304, "{path}");
        assert_eq!(site.ask("GET", path, &[("If-None-Match", "\"x\"")]).status, 200, "{path}");
    }
    let story: serde_json::Value =
        serde_json::from_str(&site.get(&format!("/api/stories/{}", site.story)).body).unwrap();
    assert_eq!(story["figures"].as_array().map(Vec::len), Some(3));
    assert_eq!(story["updates"][0]["url"], "http://127.0.0.1:7878/a/1#s0");
    let doc: serde_json::Value = serde_json::from_str(&site.get("/api/openapi.json").body).unwrap();
    let described = doc["paths"].as_object().unwrap();
    for (path, _) in
        web::policies().iter().filter(|(p, _)| p.starts_with("/api/") && *p != "/api/openapi.json")
    {
        assert!(described.contains_key(*path), "{path} is not in openapi.json");
    }
}

#[test]
fn a_page_keeps_to_its_budget_and_asks_nobody_else() {
    let site = serve(true, true);
    let style = site.get("/look.css").body.len();
    for (pattern, policy) in web::policies() {
        let answer = site.get(&filled(pattern, site.story));
        if policy == Policy::Health
            || !answer.header("content-type").is_some_and(|t| t.starts_with("text/html"))
        {
            continue;
        }
        assert!(
            answer.body.len() + style <= PAGE_BYTES_MAX,
            "{pattern}: {} + {style}",
            answer.body.len()
        );
        for part in answer.body.split('<') {
            let loads = ["script", "link rel=\"stylesheet\"", "img", "iframe", "object", "source"];
            if loads.iter().any(|l| part.starts_with(l)) {
                assert!(
                    ["\"/look.css\"", "\"/live.js\"", "\"/follow.js\""]
                        .iter()
                        .any(|own| part.contains(own)),
                    "{pattern}: <{part}"
                );
            }
            // What stands between quotation marks is a value; only names of attributes count.
            let names: String = part.split('"').step_by(2).collect();
            let tag = names.split('>').next().unwrap_or("");
            for inline in [" style=", " onclick=", " onerror=", " onload="] {
                assert!(!tag.contains(inline) || tag.starts_with('/'), "{pattern}: <{tag}");
            }
            if part.starts_with("script") {
                assert!(part.contains("></") || part.ends_with('>'), "inline script: <{part}");
            }
        }
    }
}

#[test]
fn now_is_narrowed_by_country_language_and_time() {
    let site = serve(true, false);
    let story = format!("href=\"/s/{}\"", site.story);
    let page = site.get("/?country=gbr&lang=en&since=6");
    assert!(page.status == 200 && page.body.contains(&story), "{}", page.body);
    // Each filter can be taken away alone; what is chosen stands in the form.
    for part in ["/?lang=en&#38;since=6", "/?country=GBR&#38;since=6", "/?country=GBR&#38;lang=en"]
    {
        assert!(page.body.contains(&format!("href=\"{part}\"")), "{part}: {}", page.body);
    }
    assert!(
        page.body.contains("<option value=\"GBR\" selected>United Kingdom (1)"),
        "{}",
        page.body
    );
    // Where nothing matches, the nearest page that shows something is a link.
    let none = site.get("/?country=FRA&lang=en");
    assert!(!none.body.contains(&story) && none.body.contains("No story matches: France"));
    assert!(none.body.contains("<a href=\"/?lang=en\">"), "{}", none.body);
    // What is no filter narrows nothing and is not repeated.
    let all = site.get("/");
    let odd = site.get("/?country=%3Cscript%3E&lang=..%2F&since=-1");
    assert_eq!(all.body, odd.body);
    assert!(!all.body.contains("Shown only") && all.body.contains("<details class=\"filters\""));
    assert_ne!(all.header("etag"), page.header("etag"), "kept apart");
}
