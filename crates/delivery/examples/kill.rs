//! Real kills: a courier process is killed with SIGKILL at any moment, again and again: `kill [--kills N]`.
//!
//! The parent holds the fake bot and makes the promises; the child sends them over HTTP from a store on the disk. At the end
//! nothing may be lost and nothing doubled. The clock is virtual (each life begins 200 s later), the kills are real.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery::card::{Card, Line, marker};
use delivery::{Courier, CourierSettings, Pace, Secret, Settings, Telegram};
use jiff::{SignedDuration, Timestamp};
use store::{Action, NewDelivery, Store};
use testkit::fakebot::{ChatConfig, FakeBot, FakeBotConfig};

const LOG: i64 = 99;
const CHANNELS: i64 = 3;
/// Virtual seconds between two lives: longer than a send in doubt rests.
const LIFE_SECS: i64 = 200;
const BEGINNING: i64 = 1_793_836_800;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[expect(clippy::print_stdout, reason = "a program for people")]
fn main() -> Outcome {
    let args: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let [_, word, db, url, token, now] = args.as_slice()
        && word == "child"
    {
        return runtime.block_on(child(db, url, token, now.parse()?));
    }
    let kills: u32 = match args.iter().position(|a| a == "--kills") {
        Some(at) => args.get(at + 1).ok_or("how many?")?.parse()?,
        None => 1_000,
    };
    let started = Instant::now();
    let (promised, killed, doubled, lost) = runtime.block_on(parent(kills))?;
    println!(
        "{killed} kills in {:.1} s: {promised} promised, lost {}, doubled {}",
        started.elapsed().as_secs_f64(),
        lost.len(),
        doubled.len()
    );
    if lost.is_empty() && doubled.is_empty() {
        Ok(())
    } else {
        Err(format!("lost {lost:?}, doubled {doubled:?}").into())
    }
}

async fn child(db: &str, url: &str, token: &str, now: i64) -> Outcome {
    let store = Arc::new(Store::open(std::path::Path::new(db))?);
    let settings = CourierSettings {
        telegram: Some(Telegram {
            api_url: url.to_owned(),
            token: Secret::new(token),
            log_chat: Some(LOG.to_string()),
            pace: Pace::unlimited(),
        }),
        flood_max: u32::MAX,
        ..CourierSettings::default()
    };
    let door = net::Door::new(net::Policy::default().with_loopback());
    let courier = Courier::new(store, Arc::new(door), settings);
    let mut now = Timestamp::from_second(now)?;
    courier.recover(now)?;
    loop {
        let report = courier.run_once(now).await?;
        match report.next_at {
            Some(at) => now = at.max(now + SignedDuration::from_secs(1)),
            None => return Ok(()),
        }
    }
}

type Found = (usize, u32, Vec<String>, Vec<String>);

async fn parent(kills: u32) -> Result<Found, Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("uptospeed-kill-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let db = folder.join("news.db");
    let store = Store::open(&db)?;
    let mut chats = vec![ChatConfig::private(LOG, "log")];
    let mut destinations = Vec::new();
    for n in 0..CHANNELS {
        chats.push(ChatConfig::channel(-1_001_000_000_000 - n, &format!("channel_{n}"), "Channel"));
        destinations.push(store.ensure_destination("telegram", &format!("@channel_{n}"), "")?.id);
    }
    let bot = FakeBot::start(FakeBotConfig { chats, ..FakeBotConfig::default() }).await?;
    let exe = std::env::current_exe()?;
    let mut now = BEGINNING;
    let spawn = |now: i64| {
        Command::new(&exe)
            .args(["child", &db.to_string_lossy(), bot.base_url(), &bot.token(), &now.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    let mut markers = Vec::new();
    let mut number = 0_u64;
    let mut promise = |now: i64, count: u64| -> Outcome {
        for _ in 0..count {
            number += 1;
            let destination = *destinations.get((number % 3) as usize).ok_or("no channel")?;
            let what = format!("story:{}", stories::StoryId(number.cast_signed()));
            markers.push(marker(destination, &what, 1));
            let card = Card {
                title: format!("Story {number}"),
                lines: vec![Line::default()],
                url: Some(format!("https://news.example/s/{number}")),
                ..Card::default()
            };
            let at = Timestamp::from_second(now)?;
            store.enqueue(&[NewDelivery {
                destination,
                what,
                step: 1,
                action: Action::Post,
                content_key: card.content_key(&Settings::default().schedule().zone()),
                card: Arc::from(card.write()),
                due_at: at,
                created_at: at,
                follow: None,
            }])?;
        }
        Ok(())
    };
    // The first message of a chat leaves a number to look from; a person would be asked about that one.
    promise(now, 3)?;
    tokio::task::block_in_place(|| spawn(now)?.wait())?;
    let mut killed = 0;
    let mut chance = 0x2545_F491_4F6C_DD1D_u64;
    while killed < kills {
        now += LIFE_SECS;
        bot.set_now(now);
        promise(now, 6)?;
        let mut life = spawn(now)?;
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        tokio::time::sleep(Duration::from_micros(2_000 + chance % 60_000)).await;
        if life.try_wait()?.is_none() {
            life.kill()?;
            killed += 1;
        }
        tokio::task::block_in_place(|| life.wait())?;
    }
    for _ in 0..5 {
        now += LIFE_SECS;
        tokio::task::block_in_place(|| spawn(now)?.wait())?;
    }
    let lost = bot.lost(markers.iter().map(String::as_str));
    let found = (markers.len(), killed, bot.doubled(), lost);
    std::fs::remove_dir_all(&folder)?;
    Ok(found)
}
