//! A thousand feeds on loopback, each with new articles all the time, taken into a store: how many articles a second, and how
//! much memory. `cargo run --release -p intake --example thousand -- [SECONDS]`
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints, and stops where it cannot go on"
)]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use intake::{Intake, Settings, commit_fetch, commit_poll};
use jiff::Timestamp;
use net::{Door, Policy};
use store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const FEEDS: usize = 1000;

/// New articles of a feed in a simulated hour.
const PER_HOUR: i64 = 6;

const T0: i64 = 1_793_858_400;

/// Simulated seconds for one real one: a thousand feeds with six articles an hour are then 500 articles a second, more than is
/// asked for.
const SPEED: i64 = 300;

fn page(feed: usize, n: i64) -> String {
    let body: String = (0..8)
        .map(|p| {
            format!("<p>In ward {feed} the council heard report {n} on road {p}: {} crowns were spent, said the clerk, and the work goes on until the {}th week of the year, weather allowing.</p>", n * 13 + p, n % 52 + 1)
        })
        .collect::<Vec<_>>()
        .join("\n");
    let furniture = "<li><a href=\"/section\">Section</a></li>".repeat(60);
    format!(
        "<!doctype html><html lang=\"en\"><head><title>Ward {feed}, report {n}</title></head><body><nav><ul>{furniture}</ul></nav><article><h1>Ward {feed}, report {n}</h1>{body}</article></body></html>"
    )
}

fn feed(feed: usize, now: i64) -> String {
    let newest = (now - T0) * PER_HOUR / 3600;
    let items: String = (newest - 15..=newest)
        .rev()
        .map(|n| {
            let at = Timestamp::from_second(T0 + n * 3600 / PER_HOUR).expect("a time");
            format!("<entry><id>{feed}:{n}</id><title>Ward {feed}, report {n}</title><link href=\"/f{feed}/a{n}\"/><updated>{at}</updated></entry>")
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Ward {feed}</title>{items}</feed>"
    )
}

async fn serve(clock: Arc<std::sync::atomic::AtomicI64>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let clock = Arc::clone(&clock);
            tokio::spawn(async move {
                let mut buffer = vec![0; 8192];
                let mut have = 0;
                while let Ok(n) = stream.read(buffer.get_mut(have..).unwrap_or_default()).await {
                    have += n;
                    if n == 0 || have == buffer.len() {
                        return;
                    }
                    let head = String::from_utf8_lossy(buffer.get(..have).unwrap_or_default())
                        .into_owned();
                    if !head.contains("\r\n\r\n") {
                        continue;
                    }
                    have = 0;
                    let path = head.split(' ').nth(1).unwrap_or_default();
                    let mut parts = path.trim_start_matches("/f").split("/a");
                    let number = parts.next().and_then(|n| n.parse().ok());
                    let article = parts.next().and_then(|n| n.parse().ok());
                    let now = clock.load(std::sync::atomic::Ordering::SeqCst);
                    let (media, body) = match (number, article) {
                        (Some(f), Some(n)) => ("text/html", page(f, n)),
                        (Some(f), None) => ("application/atom+xml", feed(f, now)),
                        _ => ("text/plain", String::new()),
                    };
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    if stream.write_all((head + &body).as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

/// The most memory that this process ever held, KiB; the server is in it.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[tokio::main]
async fn main() {
    let seconds: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(60);
    let clock = Arc::new(std::sync::atomic::AtomicI64::new(T0));
    let port = serve(Arc::clone(&clock)).await;
    let folder = std::env::temp_dir().join(format!("thousand-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let store = Arc::new(Store::open(&folder.join("store.db")).expect("a store"));
    let start = Timestamp::from_second(T0).expect("a time");
    for n in 0..FEEDS {
        store
            .add_listing(&format!("http://127.0.0.1:{port}/f{n}"), None, start)
            .expect("a listing");
    }
    let settings = Settings {
        host_delay: Duration::ZERO,
        host_under_way_max: 64,
        looks: Vec::new(),
        obey_robots: false,
        backlog: Duration::from_hours(1),
        ..Settings::default()
    };
    let door = Door::new(Policy { requests_max: 64, ..Policy::default().with_loopback() });
    let intake = Intake::new(door, Arc::clone(&store), settings, start).expect("an intake");
    let began = Instant::now();
    let (mut polls, mut articles) = (0_u64, 0_u64);
    let (mut polling, mut fetching): (HashSet<i64>, HashSet<i64>) =
        (HashSet::new(), HashSet::new());
    let mut tasks = JoinSet::new();
    while began.elapsed() < Duration::from_secs(seconds) {
        let secs = T0 + i64::try_from(began.elapsed().as_millis()).unwrap_or(0) * SPEED / 1000;
        clock.store(secs, std::sync::atomic::Ordering::SeqCst);
        let now = Timestamp::from_second(secs).expect("a time");
        let room = 16_usize.saturating_sub(polling.len());
        for (listing, ticket) in
            intake.due_listings(now, room, |id| polling.contains(&id)).expect("listings")
        {
            polling.insert(listing.id);
            let (intake, store) = (intake.clone(), Arc::clone(&store));
            tasks.spawn(async move {
                let result = intake.poll(&listing, now).await.expect("the store");
                drop(ticket);
                let id = listing.id;
                tokio::task::spawn_blocking(move || commit_poll(&store, &listing, &result, now))
                    .await
                    .expect("no panic")
                    .expect("the store");
                (true, id, false)
            });
        }
        let room = 32_usize.saturating_sub(fetching.len());
        for (item, ticket) in
            intake.due_items(now, room, |id| fetching.contains(&id)).expect("items")
        {
            fetching.insert(item.id);
            let (intake, store) = (intake.clone(), Arc::clone(&store));
            tasks.spawn(async move {
                let result = intake.fetch(&item, now).await.expect("the store");
                drop(ticket);
                let id = item.id;
                let revision =
                    tokio::task::spawn_blocking(move || commit_fetch(&store, &item, &result, now))
                        .await
                        .expect("no panic")
                        .expect("the store");
                (false, id, revision.is_some())
            });
        }
        let Some(done) = tasks.join_next().await else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let mut done = Some(done);
        while let Some(result) = done {
            let (is_poll, id, is_new) = result.expect("no panic");
            if is_poll {
                polling.remove(&id);
                polls += 1;
            } else {
                fetching.remove(&id);
                articles += u64::from(is_new);
            }
            done = tasks.try_join_next();
        }
    }
    let spent = began.elapsed().as_secs_f64();
    println!(
        "{FEEDS} feeds, {spent:.0} s: {polls} polls, {articles} articles, {:.0} articles/s, peak {} MiB (server included)",
        articles as f64 / spent,
        peak_kib() / 1024
    );
    drop(std::fs::remove_dir_all(folder));
}
