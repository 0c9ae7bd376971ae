//! Thirty simulated days against hosts of every behaviour: what was asked stays within what each allows. The program is
//! restarted in the middle.

use std::time::Duration;

use intake::Settings;

use crate::site::{Answer, Asked, Site, atom, date};
use crate::{T0, World, at};

const DAY: i64 = 86_400;

/// A host's behaviour and what it allows.
struct Behaviour {
    name: &'static str,
    answer: fn(&Asked) -> Answer,
    /// Fewest seconds between two polls.
    gap_secs_min: i64,
    /// Polls in thirty days.
    polls: std::ops::RangeInclusive<usize>,
    /// What else must hold of the polls, in order.
    check: fn(&[Asked]) -> bool,
}

fn feed(asked: &Asked, every_secs: i64) -> Answer {
    let newest = (asked.at - T0) / every_secs;
    let items: Vec<(usize, i64)> = (0..10)
        .map(|n| newest - n)
        .filter(|n| *n >= 0)
        .map(|n| (usize::try_from(n).unwrap_or(0), T0 + n * every_secs))
        .collect();
    Answer::new(200, "application/atom+xml", atom("", &items, ""))
}

/// A feed that knows validators: 304 where they fit.
fn conditional(asked: &Asked, every_secs: i64) -> Answer {
    let tag = format!("W/\"{}\"", (asked.at - T0) / every_secs);
    if asked.headers.get("if-none-match") == Some(&tag) {
        return Answer { status: 304, ..Answer::default() }.with("ETag", tag);
    }
    feed(asked, every_secs).with("ETag", tag)
}

fn day_of(asked: &Asked) -> i64 {
    (asked.at - T0) / DAY
}

fn any(_: &[Asked]) -> bool {
    true
}

fn behaviours() -> Vec<Behaviour> {
    let usual = 180;
    vec![
        Behaviour {
            name: "busy feed with an ETag",
            answer: |a| conditional(a, 2400),
            gap_secs_min: usual,
            polls: 1800..=2160,
            // Every poll but the first carries the validator of the last 200, byte for byte.
            check: |polls| {
                polls
                    .iter()
                    .skip(1)
                    .all(|a| a.headers.get("if-none-match").is_some_and(|t| t.starts_with("W/\"")))
                    && polls.iter().filter(|a| a.status == 304).count() * 10 > polls.len()
            },
        },
        Behaviour {
            name: "quiet feed, one item a day",
            answer: |a| conditional(a, DAY),
            gap_secs_min: usual,
            polls: 100..=700,
            check: any,
        },
        Behaviour {
            name: "Last-Modified only",
            answer: |a| {
                let stamp = "Thu, 05 Nov 2026 06:00:00 GMT";
                if a.headers.get("if-modified-since").is_some_and(|v| v == stamp) {
                    return Answer { status: 304, ..Answer::default() };
                }
                feed(a, 40 * DAY).with("Last-Modified", stamp)
            },
            gap_secs_min: usual,
            polls: 100..=1500,
            check: |polls| polls.iter().skip(1).all(|a| a.status == 304),
        },
        Behaviour {
            name: "max-age of an hour",
            answer: |a| feed(a, 600).with("Cache-Control", "public, max-age=3600"),
            gap_secs_min: 3600,
            polls: 500..=720,
            check: any,
        },
        Behaviour {
            name: "max-age of a century",
            answer: |a| feed(a, 600).with("Cache-Control", "max-age=3153600000"),
            gap_secs_min: DAY,
            polls: 25..=30,
            check: any,
        },
        Behaviour {
            name: "429 with Retry-After on odd days",
            answer: |a| {
                if day_of(a) % 2 == 1 {
                    Answer { status: 429, ..Answer::default() }.with("Retry-After", "7200")
                } else {
                    conditional(a, 2400)
                }
            },
            gap_secs_min: usual,
            polls: 900..=1200,
            // After a 429 two hours pass.
            check: |polls| {
                polls.windows(2).all(|w| w[0].status != 429 || w[1].at - w[0].at >= 7200)
            },
        },
        Behaviour {
            name: "503 with a date",
            answer: |a| {
                let later = jiff::Timestamp::from_second(a.at + 5400).unwrap();
                let now = jiff::Timestamp::from_second(a.at).unwrap();
                let http = "%a, %d %b %Y %H:%M:%S GMT";
                Answer { status: 503, ..Answer::default() }
                    .with("Date", now.strftime(http).to_string())
                    .with("Retry-After", later.strftime(http).to_string())
            },
            gap_secs_min: 5400,
            polls: 100..=480,
            check: any,
        },
        Behaviour {
            name: "429 that asks for a century",
            answer: |_| {
                Answer { status: 429, ..Answer::default() }.with("Retry-After", "99999999999")
            },
            gap_secs_min: DAY,
            polls: 25..=30,
            check: any,
        },
        Behaviour {
            name: "always 500",
            answer: |_| Answer { status: 500, ..Answer::default() },
            gap_secs_min: usual,
            polls: 100..=135,
            check: any,
        },
        Behaviour {
            name: "404",
            answer: |_| Answer { status: 404, ..Answer::default() },
            gap_secs_min: usual,
            polls: 100..=135,
            check: any,
        },
        Behaviour {
            name: "410",
            answer: |_| Answer { status: 410, ..Answer::default() },
            gap_secs_min: usual,
            polls: 1..=1,
            check: any,
        },
        Behaviour {
            name: "moved for good (301)",
            answer: |a| {
                if a.path == "/new" {
                    conditional(a, 6000)
                } else {
                    Answer { status: 301, ..Answer::default() }.with("Location", "/new")
                }
            },
            gap_secs_min: 0,
            polls: 500..=1500,
            // The old address is asked once and never again.
            check: |polls| polls.iter().filter(|a| a.path != "/new").count() == 1,
        },
        Behaviour {
            name: "moved for good (308)",
            answer: |a| {
                if a.path == "/new" {
                    conditional(a, 6000)
                } else {
                    Answer { status: 308, ..Answer::default() }.with("Location", "/new")
                }
            },
            gap_secs_min: 0,
            polls: 500..=1500,
            check: |polls| polls.iter().filter(|a| a.path != "/new").count() == 1,
        },
        Behaviour {
            name: "moved for now (302)",
            answer: |a| {
                if a.path == "/new" {
                    conditional(a, 6000)
                } else {
                    Answer { status: 302, ..Answer::default() }.with("Location", "/new")
                }
            },
            gap_secs_min: 0,
            polls: 1000..=3000,
            // Each poll asks the old address first.
            check: |polls| polls.iter().filter(|a| a.path != "/new").count() * 2 == polls.len(),
        },
        Behaviour {
            name: "ETag that changes with every answer",
            answer: |a| feed(a, 40 * DAY).with("ETag", format!("\"{}\"", a.at)),
            gap_secs_min: usual,
            polls: 100..=1500,
            // The validator is replaced on every 200.
            check: |polls| {
                polls
                    .windows(2)
                    .all(|w| w[1].headers.get("if-none-match") == Some(&format!("\"{}\"", w[0].at)))
            },
        },
        Behaviour {
            name: "ETag that is dropped later",
            answer: |a| {
                if day_of(a) == 0 {
                    feed(a, 2400).with("ETag", "\"old\"")
                } else {
                    feed(a, 2400).with("X-Day", date(a.at))
                }
            },
            gap_secs_min: usual,
            polls: 1800..=2160,
            // A validator is not kept beyond the answer that gave it.
            check: |polls| {
                polls
                    .windows(2)
                    .all(|w| (day_of(&w[0]) == 0) == w[1].headers.contains_key("if-none-match"))
            },
        },
        Behaviour {
            name: "down for a week",
            answer: |a| {
                if (5..12).contains(&day_of(a)) { Answer::default() } else { conditional(a, 3600) }
            },
            gap_secs_min: usual,
            polls: 300..=2000,
            // It is asked less and less while it is down, and is back within hours of its return.
            check: |polls| {
                let down = polls.iter().filter(|a| (5..12).contains(&day_of(a))).count();
                let back = polls
                    .iter()
                    .find(|a| day_of(a) >= 12)
                    .map_or(i64::MAX, |a| a.at - (T0 + 12 * DAY));
                (20..=60).contains(&down) && back < 7 * 3600
            },
        },
        Behaviour {
            name: "an HTML page instead of a feed",
            answer: |_| {
                Answer::new(200, "text/html", "<!doctype html><html><body>We moved!</body></html>")
            },
            gap_secs_min: usual,
            polls: 100..=135,
            check: any,
        },
    ]
}

fn settings() -> Settings {
    // Pages are another test's matter: no item is old enough or young enough to be fetched here.
    Settings {
        host_delay: Duration::from_secs(1),
        backlog: Duration::ZERO,
        looks: Vec::new(),
        ..Settings::default()
    }
}

#[ignore = "thirty simulated days against eighteen hosts take minutes; run it with --ignored"]
#[tokio::test(flavor = "multi_thread")]
async fn thirty_days_within_what_each_host_allows() {
    let mut tasks = Vec::new();
    for behaviour in behaviours() {
        tasks.push(tokio::spawn(thirty_days(behaviour)));
    }
    let mut wrong = Vec::new();
    for task in tasks {
        wrong.extend(task.await.expect("a simulation"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs one host and says what is wrong.
async fn thirty_days(behaviour: Behaviour) -> Vec<String> {
    let answer = behaviour.answer;
    let site = Site::start(move |asked| match asked.path.as_str() {
        "/feed" | "/new" => answer(asked),
        _ => Answer::new(404, "text/plain", "no"),
    })
    .await;
    let mut world = World::with(settings(), &[&site.url("/feed")], T0);
    let mut now = T0;
    let mut restarted = false;
    while now < T0 + 30 * DAY {
        site.set_now(now);
        if !restarted && now > T0 + 15 * DAY {
            // The program ends and starts again; what it knew only in memory is gone.
            world = world.restarted(settings(), now);
            restarted = true;
        }
        world.intake.round(at(now)).await.expect("a round");
        // On to the next poll; other items are not the subject.
        let next = world.listing().next_poll_at.as_second();
        let paused = world.listing().paused;
        now = if paused { now + DAY } else { next.max(now + 1).min(now + DAY) };
    }
    let polls: Vec<Asked> =
        site.asked().into_iter().filter(|a| a.path == "/feed" || a.path == "/new").collect();
    let gap = polls.windows(2).map(|w| w[1].at - w[0].at).min().unwrap_or(i64::MAX);
    let mut wrong = Vec::new();
    let name = behaviour.name;
    if gap < behaviour.gap_secs_min {
        wrong.push(format!(
            "{name}: asked again after {gap} s, allowed are {}",
            behaviour.gap_secs_min
        ));
    }
    if !behaviour.polls.contains(&polls.len()) {
        wrong.push(format!("{name}: {} polls, expected {:?}", polls.len(), behaviour.polls));
    }
    if !(behaviour.check)(&polls) {
        wrong.push(format!("{name}: its own check failed ({} polls)", polls.len()));
    }
    let gap = if polls.len() > 1 { format!("{gap} s") } else { "-".to_owned() };
    println!("{name:<40} {:>5} requests in 30 days, shortest pause {gap:>7}", polls.len());
    wrong
}

#[tokio::test]
async fn robots_and_crawl_delay_are_kept_for_pages() {
    let site = Site::start(|asked| match asked.path.as_str() {
        "/robots.txt" => Answer::new(
            200,
            "text/plain",
            "User-agent: *\nDisallow: /news/bridge-1.html\nDisallow: /news/bridge-3\n\nUser-agent: uptospeed\nDisallow: /news/bridge-3\nCrawl-delay: 20\n",
        ),
        "/feed" => {
            let items: Vec<(usize, i64)> = (0..6).map(|n| (n, T0)).collect();
            Answer::new(200, "application/atom+xml", atom("", &items, ""))
        }
        path => Answer::new(200, "text/html", crate::site::page(crate::site::number(path).unwrap_or(0), 0)),
    })
    .await;
    let world = World::with(
        Settings { looks: Vec::new(), ..Settings::default() },
        &[&site.url("/feed")],
        T0,
    );
    for now in (T0..T0 + 600).step_by(1) {
        site.set_now(now);
        world.intake.round(at(now)).await.unwrap();
    }
    let pages: Vec<Asked> =
        site.asked().into_iter().filter(|a| a.path.starts_with("/news/")).collect();
    assert_eq!(pages.len(), 5, "all but the closed one");
    assert!(!pages.iter().any(|a| a.path == "/news/bridge-3.html"), "our own group closes it");
    assert!(
        pages.iter().any(|a| a.path == "/news/bridge-1.html"),
        "what is closed to others is not closed to us"
    );
    // The first two may go out before the file's delay is known to the pace; from then on it holds.
    assert!(pages.windows(2).skip(1).all(|w| w[1].at - w[0].at >= 20), "{pages:?}");
    assert_eq!(
        site.asked().iter().filter(|a| a.path == "/robots.txt").count(),
        1,
        "kept for a day"
    );
    assert_eq!(
        world.store.article_count().unwrap(),
        6,
        "the closed one is told in the feed's words"
    );
}

#[tokio::test]
async fn a_restart_after_a_week_makes_no_storm() {
    // Forty listings on one host, all overdue at once.
    let site = Site::start(|a| feed(a, DAY)).await;
    let urls: Vec<String> = (0..40).map(|n| site.url(&format!("/feed-{n}"))).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let settings = Settings { backlog: Duration::ZERO, looks: Vec::new(), ..Settings::default() };
    let world = World::with(settings.clone(), &urls, T0);
    let world = world.restarted(settings, T0 + 7 * DAY);
    for now in T0 + 7 * DAY..T0 + 7 * DAY + 120 {
        site.set_now(now);
        world.intake.round(at(now)).await.unwrap();
    }
    let asked: Vec<Asked> =
        site.asked().into_iter().filter(|a| a.path.starts_with("/feed-")).collect();
    assert_eq!(asked.len(), 40, "each once");
    assert!(asked.windows(2).all(|w| w[1].at > w[0].at), "one a second");
    let mut next: Vec<i64> =
        world.store.listings().unwrap().iter().map(|l| l.next_poll_at.as_second()).collect();
    next.sort_unstable();
    let spread = next.last().unwrap() - next.first().unwrap();
    assert!(spread > 60, "the next polls are spread over {spread} s");
}
