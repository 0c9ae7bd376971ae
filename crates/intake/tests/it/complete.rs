//! An outlet that publishes in bursts, whose feed is short and which is down at times: every article in the end, and gaps
//! reported as they were.

use std::collections::HashSet;

use store::{GapState, ListingKind};

use crate::site::{Answer, Site, atom, date, number, page};
use crate::{T0, World, at};

/// Times of publication: quiet hours with one an hour, and two bursts of thirty within ten minutes.
fn published() -> Vec<i64> {
    let mut times: Vec<i64> = (0..48).map(|hour| T0 + hour * 3600).collect();
    for burst in [T0 + 10 * 3600 + 300, T0 + 30 * 3600 + 300] {
        times.extend((0..30).map(|n| burst + n * 20));
    }
    times.sort_unstable();
    times
}

/// What helps to fill a gap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Help {
    Sitemap,
    Pages,
    Nothing,
}

async fn outlet(times: Vec<i64>, help: Help) -> Site {
    Site::start(move |asked| {
        // Down from hour 20 to 23.
        if (T0 + 20 * 3600..T0 + 23 * 3600).contains(&asked.at) {
            return Answer { status: 503, ..Answer::default() };
        }
        let base = format!("http://{}", asked.headers.get("host").cloned().unwrap_or_default());
        let mut out: Vec<(usize, i64)> = times.iter().copied().enumerate().filter(|(_, t)| *t <= asked.at).collect();
        out.reverse();
        // The feed shows the last ten.
        let window = |page: usize| out.iter().copied().skip(10 * (page - 1)).take(10).collect::<Vec<_>>();
        if let Some(n) = number(&asked.path) {
            return Answer::new(200, "text/html", page(n, 0));
        }
        if asked.path.starts_with("/feed") {
            let n: usize = asked.path.split("page=").nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
            let next = match help {
                Help::Pages => format!("<link rel=\"next\" href=\"{base}/feed?page={}\"/>", n + 1),
                _ => String::new(),
            };
            return Answer::new(200, "application/atom+xml", atom(&base, &window(n), &next));
        }
        match (asked.path.as_str(), help) {
            ("/robots.txt", Help::Sitemap) => {
                Answer::new(200, "text/plain", format!("User-agent: *\nDisallow: /private\nSitemap: {base}/sitemap.xml\n"))
            }
            ("/sitemap.xml", Help::Sitemap) => {
                let urls: String = out
                    .iter()
                    .map(|(n, t)| format!("<url><loc>{base}/news/bridge-{n}.html</loc><lastmod>{}</lastmod></url>", date(*t)))
                    .collect();
                let body = format!(
                    "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>"
                );
                Answer::new(200, "application/xml", body)
            }
            _ => Answer::new(404, "text/plain", "no"),
        }
    })
    .await
}

/// Runs two days in steps of a minute; returns how many of the articles are there.
async fn run(world: &World, site: &Site, times: &[i64]) -> usize {
    let last = times.last().copied().unwrap_or(T0) + 4 * 3600;
    let mut now = T0;
    while now < last {
        site.set_now(now);
        let before = site.asked().len();
        world.intake.round(at(now)).await.expect("a round");
        // Where nothing is to be done, time passes faster.
        now += if site.asked().len() == before { 240 } else { 30 };
    }
    world.store.article_count().expect("a count") as usize
}

#[tokio::test]
async fn a_burst_beyond_the_feed_is_recovered_from_the_sitemap() {
    let times = published();
    let site = outlet(times.clone(), Help::Sitemap).await;
    let world = World::new(&site.url("/feed"), T0);
    let there = run(&world, &site, &times).await;
    assert_eq!(there, times.len(), "every article in the end");
    let listing = world.listing();
    let gaps = world.store.gaps(Some(listing.id)).unwrap();
    assert!(gaps.iter().all(|gap| gap.state == GapState::Filled), "{gaps:?}");
    // The two bursts, thirty articles each against a feed of ten, are seen as what they were.
    let found: Vec<u32> = gaps.iter().rev().map(|gap| gap.found).collect();
    assert!(found.len() >= 2 && found.iter().sum::<u32>() >= 20, "{found:?}");
    assert!(gaps.iter().all(|gap| gap.found == gap.recovered), "{gaps:?}");
    let words = intake::completeness(&listing, &gaps);
    assert!(words[0].starts_with("complete since "), "{words:?}");
    assert!(words.iter().any(|line| line.contains("recovered from the sitemap")), "{words:?}");
}

#[tokio::test]
async fn a_paged_feed_fills_its_own_gaps() {
    let times = published();
    let site = outlet(times.clone(), Help::Pages).await;
    let world = World::new(&site.url("/feed"), T0);
    assert_eq!(run(&world, &site, &times).await, times.len());
    let gaps = world.store.gaps(None).unwrap();
    assert!(!gaps.is_empty() && gaps.iter().all(|gap| gap.state == GapState::Filled), "{gaps:?}");
}

#[tokio::test]
async fn what_cannot_be_had_is_said() {
    let times = published();
    let site = outlet(times.clone(), Help::Nothing).await;
    let world = World::new(&site.url("/feed"), T0);
    let there = run(&world, &site, &times).await;
    assert!(there < times.len(), "the feed alone does not show everything: {there}");
    let listing = world.listing();
    let gaps = world.store.gaps(Some(listing.id)).unwrap();
    assert!(gaps.iter().any(|gap| gap.state == GapState::Lost), "{gaps:?}");
    let words = intake::completeness(&listing, &gaps);
    assert!(words.iter().any(|line| line.contains("nothing could be recovered")), "{words:?}");
}

#[tokio::test]
async fn a_page_without_a_feed_is_watched() {
    let site = Site::start(|asked| {
        let hours = usize::try_from((asked.at - T0) / 3600).unwrap_or(0);
        match number(&asked.path) {
            Some(n) => Answer::new(200, "text/html", page(n, 0)),
            None if asked.path == "/" => {
                let links: String = (0..=hours)
                    .rev()
                    .take(8)
                    .map(|n| format!("<a href=\"/news/bridge-{n}.html\">Council meets again on bridge {n}</a>"))
                    .collect();
                Answer::new(200, "text/html", format!("<html><body><a href=\"/about\">About us and our work</a>{links}</body></html>"))
            }
            None => Answer::new(404, "text/plain", "no"),
        }
    })
    .await;
    let world = World::new(&site.url("/"), T0);
    world.store.set_listing_kind(&site.url("/"), ListingKind::Page).unwrap();
    let mut now = T0;
    while now < T0 + 12 * 3600 {
        site.set_now(now);
        world.intake.round(at(now)).await.unwrap();
        now += 120;
    }
    let paths: HashSet<String> = site.asked().into_iter().map(|a| a.path).collect();
    assert_eq!(world.store.article_count().unwrap(), 12, "one an hour");
    assert!(!paths.contains("/about"), "furniture is not fetched");
}

#[tokio::test]
async fn a_changed_article_becomes_a_revision() {
    let site = Site::start(|asked| match number(&asked.path) {
        // The text changes after three hours; the feed does not say so.
        Some(n) => {
            let version = usize::from(asked.at > T0 + 3 * 3600);
            let tag = format!("\"v{version}\"");
            if asked.headers.get("if-none-match") == Some(&tag) {
                return Answer { status: 304, ..Answer::default() };
            }
            Answer::new(200, "text/html", page(n, version)).with("ETag", tag)
        }
        None if asked.path == "/feed" => {
            Answer::new(200, "application/atom+xml", atom("", &[(1, T0)], ""))
        }
        None => Answer::new(404, "text/plain", "no"),
    })
    .await;
    let world = World::new(&site.url("/feed"), T0);
    let mut now = T0;
    while now < T0 + 40 * 3600 {
        site.set_now(now);
        world.intake.round(at(now)).await.unwrap();
        now += 600;
    }
    let article = stories::ArticleId(1);
    let revisions = world.store.revisions(article).unwrap();
    assert_eq!(revisions.len(), 2, "one change, two revisions");
    assert_ne!(revisions[0].article.text, revisions[1].article.text);
    let looks: Vec<u16> =
        site.asked().iter().filter(|a| number(&a.path).is_some()).map(|a| a.status).collect();
    assert_eq!(
        looks,
        [200, 304, 200, 304],
        "first look, then after 1, 5 and 18 hours, each conditional"
    );
}

#[tokio::test]
async fn what_a_host_repeats_is_left_out_once_it_is_known() {
    let line = "This newspaper has walked the quays of three wards since the frost.";
    let site = Site::start(move |asked| match number(&asked.path) {
        Some(n) => {
            let body = page(n, 0).replace("</article>", &format!("<p>{line}</p></article>"));
            Answer::new(200, "text/html", body)
        }
        None if asked.path == "/feed" => {
            let hours = usize::try_from((asked.at - T0) / 3600).unwrap_or(0);
            let items: Vec<_> = (0..=hours).rev().map(|n| (n, T0 + n as i64 * 3600)).collect();
            Answer::new(200, "application/atom+xml", atom("", &items, ""))
        }
        None => Answer::new(404, "text/plain", "no"),
    })
    .await;
    let settings = intake::Settings { looks: Vec::new(), ..crate::settings() };
    let mut world = World::with(settings.clone(), &[&site.url("/feed")], T0);
    for hour in 0..8 {
        for minute in 0..6 {
            let now = T0 + hour * 3600 + minute * 600;
            site.set_now(now);
            world.intake.round(at(now)).await.unwrap();
        }
        // What was learnt is in the rows, not in the process.
        world = world.restarted(settings.clone(), T0 + hour * 3600 + 3500);
    }
    let with_line: Vec<bool> = (1..=8)
        .filter_map(|id| world.store.article(stories::ArticleId(id)).unwrap())
        .map(|(revision, _)| revision.article.text.contains(line))
        .collect();
    assert_eq!(with_line, [true, true, true, false, false, false, false, false]);
}

#[tokio::test]
async fn what_a_host_is_learnt_to_repeat_is_no_change_of_its_articles() {
    // A line of the house under every article: known from the third page on, gone from the articles read again after that.
    let line = "This newspaper has walked the quays of three wards since the frost.";
    let site = Site::start(move |asked| match number(&asked.path) {
        Some(n) => {
            let version = usize::from(n == 1 && asked.at > T0 + 12 * 3600);
            let body = page(n, version).replace("</article>", &format!("<p>{line}</p></article>"));
            // A tag that is new every time: no look is answered with 304.
            Answer::new(200, "text/html", body).with("ETag", format!("\"{}\"", asked.at))
        }
        None if asked.path == "/feed" => {
            let hours = usize::try_from((asked.at - T0) / 3600).unwrap_or(0).min(7);
            let items: Vec<_> = (0..=hours).rev().map(|n| (n, T0 + n as i64 * 3600)).collect();
            Answer::new(200, "application/atom+xml", atom("", &items, ""))
        }
        None => Answer::new(404, "text/plain", "no"),
    })
    .await;
    let world = World::new(&site.url("/feed"), T0);
    let mut now = T0;
    while now < T0 + 40 * 3600 {
        site.set_now(now);
        world.intake.round(at(now)).await.unwrap();
        now += 600;
    }
    let mut texts = Vec::new();
    for id in 1..=8 {
        let revisions = world.store.revisions(stories::ArticleId(id)).unwrap();
        texts.push(revisions.iter().map(|r| r.article.text.contains(line)).collect::<Vec<_>>());
    }
    // The second article's own words changed in the night; no other was changed by its outlet.
    let expected: [&[bool]; 8] =
        [&[true], &[true, false], &[true], &[false], &[false], &[false], &[false], &[false]];
    assert_eq!(texts, expected);
    let tags: Vec<_> = site
        .asked()
        .into_iter()
        .filter(|a| a.path == "/news/bridge-0.html")
        .map(|a| (a.at, a.headers.get("if-none-match").cloned()))
        .collect();
    assert_eq!(tags.len(), 4, "{tags:?}");
    for looks in tags.windows(2) {
        assert_eq!(looks[1].1, Some(format!("\"{}\"", looks[0].0)), "the newest tag goes back");
    }
}
