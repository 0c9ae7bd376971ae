//! A thousand feeds on loopback, each with new articles all the time: how many articles a second reach the store, at what cost.
//!
//! ```text
//! thousand [SECONDS]            intake alone, in this process
//! thousand [SECONDS] PROGRAM    `PROGRAM run` as its owner runs it, without packs, in real time with its usual settings
//! ```
//!
//! Each feed is a host of its own (127.0.0.1, 127.0.0.2, …) with a robots.txt, asked at most once a second. Together they
//! publish 300 articles a second, and stand there with 60,000 when the run begins. The figures are those of the asking process;
//! the web is served by another one (this program again). CPU time is what counts on a machine that others use too.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints, and stops where it cannot go on"
)]
#![expect(clippy::disallowed_methods, reason = "a bench in real time looks at the machine's clock")]

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use intake::{Intake, Settings, commit_poll};
use jiff::Timestamp;
use net::{Allow, Door, Policy};
use store::Store;
use testkit::fakeweb::{Crowd, FakeWeb, FakeWebConfig};
use tokio::task::JoinSet;

const CROWD: Crowd = Crowd { outlets: 1000, per_hour: 1080, window: 60 };

/// Where figures are printed again.
const EVERY: Duration = Duration::from_secs(10);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == "serve") {
        return serve();
    }
    let seconds: u64 = args.first().and_then(|n| n.parse().ok()).unwrap_or(120);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut web, port) = start_web();
    let file = folder.path().join("store.db");
    let store = Arc::new(Store::open(&file).expect("a store"));
    for (n, path) in CROWD.feeds().enumerate() {
        let host = format!("127.0.{}.{}", n / 250, n % 250 + 1);
        let url = format!("http://{host}:{port}{path}");
        store.add_listing(&url, None, Timestamp::now()).expect("a listing");
    }
    match args.get(1) {
        Some(program) => run_program(program, seconds, folder.path(), &store),
        None => {
            let watched = Arc::clone(&store);
            let watching = std::thread::spawn(move || watch(std::process::id(), seconds, &watched));
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime.expect("a runtime").block_on(take_in(&store, seconds));
            watching.join().expect("no panic");
        }
    }
    web.kill().expect("the web ends");
    drop(web.wait());
}

/// Serves the thousand until it is killed.
fn serve() {
    let config = FakeWebConfig { crowd: Some(CROWD), everywhere: true, ..FakeWebConfig::default() };
    let web = FakeWeb::start(config).expect("a web");
    println!("{}", web.address().port());
    loop {
        web.set_now(Timestamp::now());
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn start_web() -> (Child, u16) {
    let mut web = Command::new(std::env::current_exe().expect("this program"))
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the web");
    let mut line = String::new();
    let out = web.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("its port");
    let port = line.trim().parse().expect("a port");
    (web, port)
}

fn run_program(program: &str, seconds: u64, folder: &Path, store: &Store) {
    let config = folder.join("uptospeed.toml");
    let text = format!(
        "[store]\nfile = {:?}\n[intake]\nallow_private = [\"127.0.0.0/8\"]\n[log]\nlevel = \"warn\"\n",
        store.path().display().to_string()
    );
    std::fs::write(&config, text).expect("a configuration");
    let mut running = Command::new(program)
        .args(["run", "--no-install", "--no-web", "--config"])
        .arg(&config)
        .env("UPTOSPEED_PACKS", folder.join("packs"))
        .spawn()
        .expect("the program");
    watch(running.id(), seconds, store);
    running.kill().expect("it ends");
    drop(running.wait());
}

/// Figures of a process, from the machine; and what is in the store.
fn figures(process: u32, began: Instant, store: &Store) -> String {
    let read =
        |name: &str| std::fs::read_to_string(format!("/proc/{process}/{name}")).unwrap_or_default();
    let status = read("status");
    let mib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    // Fields 14 and 15 after the name in brackets: time in the program and in the kernel, in hundredths of a second.
    let stat = read("stat");
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|f| f.parse::<u32>().ok()).unwrap_or(0);
    let cpu = f64::from(ticks(11) + ticks(12)) / 100.0;
    let articles = store.article_count().unwrap_or(0);
    let (unread, untold) = store.revisions_waiting().unwrap_or_default();
    let wall = began.elapsed().as_secs_f64();
    format!(
        "{wall:5.0} s  {articles:7} articles  {:5.0} articles/s  {cpu:6.1} s CPU  {:5.2} ms CPU/article  {:4} MiB (peak {})  {unread} unread, {untold} untold",
        f64::from(articles) / wall.max(0.001),
        cpu * 1000.0 / f64::from(articles.max(1)),
        mib("VmRSS"),
        mib("VmHWM"),
    )
}

/// Prints figures until the time is over.
fn watch(process: u32, seconds: u64, store: &Store) {
    let began = Instant::now();
    let mut first = None;
    let mut rate = 0.0;
    while began.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(EVERY.min(Duration::from_secs(seconds).saturating_sub(began.elapsed())));
        println!("{}", figures(process, began, store));
        let now = (store.article_count().unwrap_or(0), began.elapsed().as_secs_f64());
        let (articles, at) = *first.get_or_insert(now);
        rate = f64::from(now.0.saturating_sub(articles)) / (now.1 - at).max(0.001);
    }
    println!("sustained, without the first {} s: {rate:.0} articles/s", EVERY.as_secs());
}

/// Intake alone: polls and fetches as the service's loop starts them.
async fn take_in(store: &Arc<Store>, seconds: u64) {
    let allow = Allow::parse("127.0.0.0/8").expect("a network");
    let door = Door::new(Policy { allow: vec![allow], ..Policy::default() });
    let settings = Settings::default();
    let room_max = settings.under_way_max as usize;
    let intake =
        Intake::new(door, Arc::clone(store), settings, Timestamp::now()).expect("an intake");
    let began = Instant::now();
    let (mut polling, mut fetching): (HashSet<i64>, HashSet<i64>) =
        (HashSet::new(), HashSet::new());
    let mut tasks = JoinSet::new();
    while began.elapsed() < Duration::from_secs(seconds) {
        let now = Timestamp::now();
        let room = 16_usize.saturating_sub(polling.len());
        for (listing, ticket) in
            intake.due_listings(now, room, |id| polling.contains(&id)).expect("listings")
        {
            polling.insert(listing.id);
            let (intake, store) = (intake.clone(), Arc::clone(store));
            tasks.spawn(async move {
                let result = intake.poll(&listing, now).await.expect("the store");
                drop(ticket);
                let id = listing.id;
                tokio::task::spawn_blocking(move || commit_poll(&store, &listing, &result, now))
                    .await
                    .expect("no panic")
                    .expect("the store");
                (true, id)
            });
        }
        let room = room_max.saturating_sub(fetching.len());
        for (item, ticket) in
            intake.due_items(now, room, |id| fetching.contains(&id)).expect("items")
        {
            fetching.insert(item.id);
            let intake = intake.clone();
            tasks.spawn(async move {
                let result = intake.fetch(&item, now).await.expect("the store");
                drop(ticket);
                let id = item.id;
                intake.commit(item, result, now).await.expect("the store");
                (false, id)
            });
        }
        let Ok(done) = tokio::time::timeout(Duration::from_millis(50), tasks.join_next()).await
        else {
            continue;
        };
        let Some(done) = done else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let mut done = Some(done);
        while let Some(result) = done {
            let (is_poll, id) = result.expect("no panic");
            if is_poll {
                polling.remove(&id)
            } else {
                fetching.remove(&id)
            };
            done = tasks.try_join_next();
        }
    }
    while let Some(result) = tasks.join_next().await {
        result.expect("no panic");
    }
}
