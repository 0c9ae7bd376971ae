//! Pages are kept, and never older than the rows.

use stories::{Arrival, ArticleId, Story, StoryId};

use crate::site::{NOW, Served, serve};

/// One more article that gives a story another headline.
fn arrive(site: &Served, n: i64, title: &str, story: StoryId) {
    let now = NOW.parse().unwrap();
    let article = article::Article {
        title: Some(title.into()),
        outlet: Some("Gazette".into()),
        text: format!("{title}."),
        ..article::Article::default()
    };
    let url = format!("https://gazette.example/{n}");
    let revision = site.store.record_article(None, &url, &article, now).unwrap().unwrap();
    let mut changed = site.store.story(story).unwrap().unwrap_or_default();
    changed = Story { id: story, title: title.into(), first: now, last: now, ..changed };
    let arrival = Arrival { story, changed: vec![changed], ..Arrival::default() };
    site.store.record_arrival(revision, ArticleId(n), now, &arrival, &[]).unwrap();
}

#[test]
fn a_page_is_never_older_than_the_rows() {
    let site = serve(true, false);
    let story = format!("/s/{}", site.story);
    let check = |path: &str, needed: &str, expected: bool| {
        // Twice: as it is made, and as it is kept.
        for _ in 0..2 {
            assert_eq!(site.get(path).body.contains(needed), expected, "{needed} on {path}");
        }
    };
    check("/", "Viaduct in Alden", false);
    check(&story, "Viaduct in Alden", false);
    arrive(&site, 2, "Viaduct in Alden", site.story);
    check("/", "Viaduct in Alden", true);
    check(&story, "Viaduct in Alden", true);
    arrive(&site, 3, "Ferry in Moorham", StoryId(9));
    check("/", "Ferry in Moorham", true);
    check(&format!("/s/{}", StoryId(9)), "Ferry in Moorham", true);
    site.store.add_listing("https://gazette.example/feed", None, NOW.parse().unwrap()).unwrap();
    check("/", "0 of 1 outlet answer", true);
}

#[test]
fn a_kept_page_goes_out_packed_with_its_tag_to_who_asks_so() {
    let site = serve(true, false);
    let plain = site.get("/");
    let tag = plain.header("etag").unwrap().to_owned();
    assert!(plain.header("content-encoding").is_none() && plain.header("vary").is_some());
    let packed = site.ask("GET", "/", &[("Accept-Encoding", "gzip")]);
    assert_eq!(
        (packed.header("content-encoding"), packed.header("etag")),
        (Some("gzip"), Some(tag.as_str()))
    );
    assert_eq!(site.ask("GET", "/", &[("If-None-Match", &tag)]).status, 304);
    assert_eq!(plain.header("content-security-policy"), packed.header("content-security-policy"));
    arrive(&site, 2, "Viaduct in Alden", site.story);
    assert_eq!(site.ask("GET", "/", &[("If-None-Match", &tag)]).status, 200);
}

#[test]
fn a_story_that_was_merged_away_leads_to_the_other() {
    let site = serve(true, false);
    let now = NOW.parse().unwrap();
    let gone =
        Story { id: StoryId(8), merged_into: Some(site.story), last: now, ..Story::default() };
    let arrival = Arrival { story: site.story, changed: vec![gone], ..Arrival::default() };
    site.store.record_arrival(1, ArticleId(1), now, &arrival, &[]).unwrap();
    let answer = site.get(&format!("/s/{}", StoryId(8)));
    let to = format!("/s/{}", site.story);
    assert_eq!((answer.status, answer.header("location")), (307, Some(to.as_str())));
    assert!(!site.get("/").body.contains(&format!("href=\"/s/{}\"", StoryId(8))));
}

#[test]
fn an_open_page_hears_of_news_and_an_operators_of_every_row() {
    let site = serve(true, false);
    for path in ["/live", "/live?what=rows"] {
        let answer = site.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/event-stream"), "{path}");
    }
}
