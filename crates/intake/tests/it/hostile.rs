//! Feeds and pages that mean harm or do not know better, taken in by the whole of intake.

use std::time::{Duration, Instant};

use crate::site::{Answer, Site, atom, number, page};
use crate::{T0, World, at};

/// Polls a feed with this body and fetches what it lists, for some simulated hours.
async fn take(media: &'static str, body: impl Into<Vec<u8>>) -> (World, Site) {
    let body = body.into();
    let site = Site::start(move |asked| match asked.path.as_str() {
        "/feed" => Answer::new(200, media, body.clone()),
        "/robots.txt" => Answer::new(404, "text/plain", ""),
        path => Answer::new(200, "text/html", page(number(path).unwrap_or(0), 0)),
    })
    .await;
    let world = World::new(&site.url("/feed"), T0);
    run(&world, &site, 12).await;
    (world, site)
}

async fn run(world: &World, site: &Site, rounds: i64) {
    for n in 0..rounds {
        let now = T0 + n * 600;
        site.set_now(now);
        world.intake.round(at(now)).await.expect("a round");
    }
}

fn item(link: &str, extra: &str) -> String {
    format!("<item><title>A title of some length here</title><link>{link}</link>{extra}</item>")
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Paper</title>{items}</channel></rss>"
    )
}

#[tokio::test]
async fn entities_are_neither_expanded_nor_asked_for() {
    let laughs: String = (1..12)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let body = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY l0 \"ha\">{laughs}<!ENTITY out SYSTEM \"file:///etc/passwd\"><!ENTITY % p SYSTEM \"/secret.dtd\"> %p;]>
<rss version=\"2.0\"><channel><title>&l11;&out;</title>{}</channel></rss>",
        item("/news/bridge-1.html", "<description>&l11; &out;</description>")
    );
    let began = Instant::now();
    let (world, site) = take("application/rss+xml", body).await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(!site.asked().iter().any(|a| a.path.contains("dtd") || a.path.contains("passwd")));
    let listing = world.listing();
    assert!(listing.outlet.is_none_or(|name| name.len() < 300 && !name.contains("root:")));
    assert_eq!(world.store.article_count().unwrap(), 1, "its item is read all the same");
}

#[tokio::test]
async fn charsets_that_are_wrong_or_missing_do_not_lose_items() {
    let russian: Vec<u8> = {
        // "Мост" in windows-1251, with a header that says so and an XML line that lies.
        let mut body = b"<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>\xcc\xee\xf1\xf2</title>".to_vec();
        body.extend_from_slice(item("/news/bridge-1.html", "").as_bytes());
        body.extend_from_slice(b"</channel></rss>");
        body
    };
    for media in [
        "application/rss+xml; charset=windows-1251",
        "application/rss+xml",
        "text/xml; charset=no-such-thing",
        "image/png",
    ] {
        let (world, _) = take(media, russian.clone()).await;
        assert_eq!(world.store.article_count().unwrap(), 1, "{media}");
    }
}

#[tokio::test]
async fn pages_of_a_million_tags_hold_up_nothing() {
    let deep = "<div>".repeat(1_000_000);
    let attributes: String = format!("<p {}>text</p>", "a=b ".repeat(1_000_000));
    let nul = "\0".repeat(1 << 20);
    let line = "x".repeat(9 << 20);
    for (name, body) in [("deep", deep), ("attributes", attributes), ("nul", nul), ("line", line)] {
        let site = Site::start(move |asked| match asked.path.as_str() {
            "/feed" => Answer::new(200, "application/atom+xml", atom("", &[(1, T0), (2, T0)], "")),
            "/news/bridge-1.html" => Answer::new(
                200,
                "text/html",
                format!("<html><body><article>{body}</article></body></html>"),
            ),
            "/news/bridge-2.html" => Answer::new(200, "text/html", page(2, 0)),
            _ => Answer::new(404, "text/plain", ""),
        })
        .await;
        let world = World::new(&site.url("/feed"), T0);
        let began = Instant::now();
        run(&world, &site, 4).await;
        // Time on the wall of a busy machine, without optimisation: what is shown is that it ends. `article` holds the time.
        assert!(began.elapsed() < Duration::from_secs(240), "{name}: {:?}", began.elapsed());
        // The bad page is told in the feed's words or as far as it can be read; the good one is there in any case.
        let urls: Vec<String> = (1..=2)
            .filter_map(|id| world.store.article(stories::ArticleId(id)).unwrap())
            .filter_map(|(revision, _)| revision.article.url)
            .collect();
        assert!(urls.iter().any(|url| url.ends_with("bridge-2.html")), "{name}: {urls:?}");
    }
}

#[tokio::test]
async fn new_ids_for_old_items_ask_for_nothing_again() {
    // The feed gives every item a new id, and its text a new order of tags, at every poll.
    let site = Site::start(|asked| match number(&asked.path) {
        Some(n) => Answer::new(200, "text/html", page(n, 0)),
        None if asked.path == "/feed" => {
            let items: String = (0..20)
                .map(|n| {
                    item(
                        &format!("/news/bridge-{n}.html"),
                        &format!("<guid isPermaLink=\"false\">{}-{n}</guid>", asked.at),
                    )
                })
                .collect();
            Answer::new(200, "application/rss+xml", rss(&items))
        }
        None => Answer::new(404, "text/plain", ""),
    })
    .await;
    let settings = intake::Settings { looks: Vec::new(), ..crate::settings() };
    let world = World::with(settings, &[&site.url("/feed")], T0);
    run(&world, &site, 60).await;
    let pages = site.asked().iter().filter(|a| number(&a.path).is_some()).count();
    assert_eq!((pages, world.store.article_count().unwrap()), (20, 20), "each page once");
}

#[tokio::test]
async fn placeholder_dates_do_not_hide_items() {
    let items: String = [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 00 Foo 0000 99:99:99 +9999",
        "",
    ]
    .iter()
    .enumerate()
    .map(|(n, date)| item(&format!("/news/bridge-{n}.html"), &format!("<pubDate>{date}</pubDate>")))
    .collect();
    let (world, _) = take("application/rss+xml", rss(&items)).await;
    assert_eq!(world.store.article_count().unwrap(), 4);
    let now = at(T0 + 86_400);
    for id in 1..=4 {
        let (revision, _) = world.store.article(stories::ArticleId(id)).unwrap().unwrap();
        assert!(revision.at <= now && revision.at >= at(T0 - 86_400), "{}", revision.at);
    }
}

#[tokio::test]
async fn links_to_closed_places_are_not_followed() {
    let items: String = [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/a",
        "http://[::ffff:10.0.0.1]/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://127.0.0.1/a",
        "http://user:pw@127.0.0.1/a",
        "/news/bridge-1.html",
    ]
    .iter()
    .map(|link| item(link, ""))
    .collect();
    let (world, site) = take("application/rss+xml", rss(&items)).await;
    let pages: Vec<String> = site
        .asked()
        .into_iter()
        .map(|a| a.path)
        .filter(|p| p != "/feed" && p != "/robots.txt")
        .collect();
    // At first, and once more an hour later.
    assert_eq!(pages, ["/news/bridge-1.html"; 2]);
    assert!(world.store.article_count().unwrap() >= 1);
}

#[tokio::test]
async fn what_is_no_feed_is_said_in_words() {
    for (status, media, body, wanted) in [
        (200, "text/html", "<!doctype html><html><body>Hello</body></html>", "an HTML page"),
        (200, "application/rss+xml", "", "an empty answer"),
        (200, "application/pdf", "%PDF-1.7", "a PDF"),
        (200, "application/json", "{\"error\": true}", "JSON that is no JSON Feed"),
        (404, "text/html", "", "answered 404 (not found)"),
        (410, "text/html", "", "answered 410 (gone for good)"),
        (403, "text/html", "", "answered 403 (it does not let us in; it may block feed readers)"),
        (304, "text/html", "", "answered 304 (not changed, though nothing was known)"),
    ] {
        let site = Site::start(move |_| Answer::new(status, media, body)).await;
        let world = World::new(&site.url("/feed"), T0);
        run(&world, &site, 1).await;
        let error = world.listing().error.unwrap_or_default();
        assert!(error.contains(wanted), "{error}");
        assert_eq!(world.listing().paused, status == 410);
    }
}

#[tokio::test]
async fn walls_and_missing_pages_leave_the_feeds_words() {
    let site = Site::start(|asked| match asked.path.as_str() {
        "/feed" => Answer::new(
            200,
            "application/atom+xml",
            atom("", &[(1, T0), (2, T0), (3, T0), (4, T0), (5, T0)], ""),
        ),
        "/news/bridge-1.html" => {
            Answer { status: 302, ..Answer::default() }.with("Location", "/consent?to=1")
        }
        "/news/bridge-2.html" => Answer { status: 302, ..Answer::default() }
            .with("Location", "/news/bridge-2.html")
            .with("Set-Cookie", "a=b"),
        "/news/bridge-3.html" => Answer::new(200, "application/pdf", "%PDF-1.7 and so on"),
        "/news/bridge-4.html" => Answer { status: 404, ..Answer::default() },
        "/news/bridge-5.html" => Answer { status: 410, ..Answer::default() },
        "/consent" | "/consent?to=1" => {
            Answer::new(200, "text/html", "<html><body><p>We value your privacy.</p></body></html>")
        }
        _ => Answer::new(404, "text/plain", ""),
    })
    .await;
    let world = World::new(&site.url("/feed"), T0);
    run(&world, &site, 400).await;
    let texts: Vec<String> = (1..=5)
        .filter_map(|id| world.store.article(stories::ArticleId(id)).unwrap())
        .map(|(revision, _)| revision.article.text)
        .collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts.iter().all(|text| text.starts_with("On bridge ")), "{texts:?}");
    let aside = world.store.set_aside(10).unwrap();
    assert_eq!(aside.len(), 2, "{aside:?}");
    assert!(aside.iter().all(|(_, why)| why.contains("answered 4")), "{aside:?}");
}

#[tokio::test]
async fn a_forged_wait_at_one_host_is_that_hosts_alone() {
    let busy = Site::start(|_| {
        Answer { status: 429, ..Answer::default() }.with("Retry-After", "999999999")
    })
    .await;
    let good = Site::start(|asked| match number(&asked.path) {
        Some(n) => Answer::new(200, "text/html", page(n, 0)),
        None if asked.path == "/feed" => {
            Answer::new(200, "application/atom+xml", atom("", &[(1, T0)], ""))
        }
        None => Answer::new(404, "text/plain", ""),
    })
    .await;
    let world = World::with(crate::settings(), &[&busy.url("/feed"), &good.url("/feed")], T0);
    for hour in 0..30 {
        let now = T0 + hour * 3600;
        busy.set_now(now);
        good.set_now(now);
        world.intake.round(at(now)).await.unwrap();
    }
    assert_eq!(busy.asked().len(), 2, "a day is the most that anybody's word counts for");
    assert_eq!(world.store.article_count().unwrap(), 1);
    assert!(good.asked().len() > 5);
}

#[tokio::test]
async fn hosts_that_are_left_alone_do_not_stand_in_the_way() {
    let world = World::new("http://feed.example/feed", T0);
    let entries: Vec<_> = (0..600)
        .map(|n| (format!("http://busy-{}.example/{n}", n % 300), article::feed::Entry::default()))
        .collect();
    world.store.record_push(1, &entries, at(T0)).unwrap();
    for n in 0..300 {
        world.store.hold_host(&format!("busy-{n}.example"), at(T0 + 86_400)).unwrap();
        let feed = format!("http://busy-{n}.example/feed");
        world.store.add_listing(&feed, None, at(T0)).unwrap();
    }
    let good = ("http://good.example/1".to_owned(), article::feed::Entry::default());
    world.store.record_push(1, &[good], at(T0 + 60)).unwrap();
    world.store.add_listing("http://good.example/feed", None, at(T0 + 60)).unwrap();
    // In a new process as well: who asked for patience is in the rows.
    let world = world.restarted(crate::settings(), T0 + 120);
    let items = world.intake.due_items(at(T0 + 120), 8, |_| false).unwrap();
    let urls: Vec<&str> = items.iter().map(|(item, _)| item.url.as_str()).collect();
    assert_eq!(urls, ["http://good.example/1"]);
    drop(items);
    let listings = world.intake.due_listings(at(T0 + 180), 8, |_| false).unwrap();
    let urls: Vec<&str> = listings.iter().map(|(listing, _)| listing.url.as_str()).collect();
    assert_eq!(urls, ["http://feed.example/feed", "http://good.example/feed"]);
}
