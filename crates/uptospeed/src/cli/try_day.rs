//! `uptospeed try`: a bundled day, replayed through the real pipeline.
//!
//! Eight invented outlets are served as real feeds and pages on loopback, a strict fake of Telegram's Bot API takes the
//! messages, and everything between is the program as it runs for real, on a clock that is replayed.

mod summary;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use store::Store;
use testkit::day::Day;
use testkit::fakebot::{ChatConfig, FakeBot, FakeBotConfig};
use testkit::fakeweb::{FakeWeb, FakeWebConfig};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::owner::Owner;
use crate::pipeline::{Parts, Pipeline, Settings};
use crate::problem::{Code, Problem, of_store};
use crate::reader;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run the day to its end, print a summary and stop
    #[arg(long)]
    once: bool,
    /// The summary as JSON
    #[arg(long)]
    json: bool,
    /// Seconds that the day takes on the page
    #[arg(long, default_value_t = 90, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Take in only so many articles
    #[arg(long, value_name = "N", hide = true)]
    articles: Option<usize>,
    /// Keep the store in this file instead of a folder that is removed
    #[arg(long, value_name = "FILE")]
    keep: Option<std::path::PathBuf>,
}

/// How far the replayed clock moves at a time.
const STEP: SignedDuration = SignedDuration::from_mins(5);

/// The channel of the replay.
const CHANNEL: &str = "rautenbrueck_desk";

/// Its name.
const CHANNEL_TITLE: &str = "Rautenbrück Desk";

/// Its number, as Telegram gives one.
const CHANNEL_ID: i64 = -1_001_000_000_001;

/// The chat into which uncertain messages are forwarded to be read back.
const PROBE_ID: i64 = -1_001_000_000_002;

/// What the channel follows.
const FOLLOW: &str = "everything, at least 2 outlets, to @rautenbrueck_desk";

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    super::run::log(&Config { log: "warn".to_owned(), ..Config::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the async runtime")?.block_on(replay(context, args))
}

async fn replay(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let mut day = Day::bundled().map_err(|e| Problem::new(Code::Replay, e.to_string()))?;
    if let Some(most) = args.articles {
        day.articles.truncate(most);
    }
    let started = std::time::Instant::now();
    let folder = tempfile::tempdir().context("cannot make a folder for the replay")?;
    let file = args.keep.clone().unwrap_or_else(|| folder.path().join("try.db"));
    let store = Arc::new(Store::open(&file).map_err(|e| of_store(&e))?);

    let web =
        FakeWeb::start(FakeWebConfig::day(&day)).context("cannot serve the day on loopback")?;
    let clock = Clock::Replay(web.clock());
    let bot = Arc::new(
        FakeBot::start(bot_config(day.start)).await.context("cannot start the fake Bot API")?,
    );

    let address = context.config.web_bind.clone();
    let config = Config {
        telegram_token: crate::config::Secret::from(bot.token()),
        telegram_probe_chat: PROBE_ID.to_string(),
        telegram_api: bot.base_url().to_owned(),
        web_url: format!("http://{address}"),
        web_zone: "Europe/Berlin".to_owned(),
        ..Config::default()
    };
    let door = net::Door::new(net::Policy::default().with_loopback());
    prepare(&store, &web, &day, clock.now())?;

    // Without packs, also where some are installed: the replay comes out the same on every machine.
    let reader = reader::shared(None, false);
    // One machine serves all outlets of the replay: the pace between requests to one host would only be waited for. One
    // request at a time, since what is learnt of a host's furniture depends on the order of its pages.
    let manners = intake::Settings {
        host_delay: Duration::ZERO,
        host_under_way_max: 1,
        under_way_max: 1,
        poll_max: Duration::from_secs(20 * 60),
        ..intake::Settings::default()
    };
    let mut pipeline = Pipeline::new(Parts {
        store: store.clone(),
        owner: Owner::of_everything(store.clone()),
        intake: crate::owner::intake(door.clone(), manners, clock.clone()),
        reader,
        courier: crate::owner::courier(Arc::new(door), config.courier()),
        clock: clock.clone(),
        settings: Settings::of(&config),
    });

    if args.once {
        let bar = progress(&day, args.json);
        run_day(&mut pipeline, &store, &bot, &day, &bar, Duration::ZERO, None).await?;
        bar.finish_and_clear();
        let summary = summary::Summary::new(&store, &bot, &day, &pipeline, started.elapsed())?;
        if args.json {
            super::say(&summary.json().to_string())?;
        } else {
            super::say(summary.text().trim_end())?;
        }
        return Ok(ExitCode::from(u8::from(!summary.good())));
    }
    let listener = super::run::bind(&address).await?;
    let (stop, mut stopped) = watch::channel(false);
    tokio::spawn(super::run::on_signal(stop));
    let preview: Arc<dyn web::Preview> = Arc::new(ChannelPreview { bot: bot.clone() });
    let land = crate::packs::land(&context.packs);
    let app = web::router(config.web(store.clone(), clock.clone(), land, Some(preview))?);
    let mut page_stop = stopped.clone();
    let page = tokio::spawn(web::serve(listener, app, async move {
        drop(page_stop.changed().await);
    }));
    super::note(&format!(
        "One invented day of {} outlets in 4 languages, 06:00 to 18:00, in {} seconds. Nothing leaves this machine.\n  Look:  http://{address}\n  Stop:  Ctrl-C",
        day.outlets.len(),
        args.seconds
    ));
    what_packs_add(context);
    let bar = progress(&day, false);
    let steps = day.end.duration_since(day.start).as_secs() / STEP.as_secs() + 1;
    let pause = Duration::from_secs_f64(args.seconds as f64 / steps as f64);
    run_day(&mut pipeline, &store, &bot, &day, &bar, pause, Some(stopped.clone())).await?;
    bar.finish_and_clear();
    if !*stopped.borrow() {
        let summary = summary::Summary::new(&store, &bot, &day, &pipeline, started.elapsed())?;
        super::say(summary.text().trim_end())?;
        super::note(&format!(
            "\n  The day is over; http://{address} stays open.  Stop: Ctrl-C   Next: uptospeed init"
        ));
        // The replay's clock stands still; what a person changes on the page is done all the same.
        while !*stopped.borrow() {
            pipeline.run_until_idle().await.map_err(|e| of_store(&e))?;
            drop(tokio::time::timeout(EVENING, stopped.changed()).await);
        }
    }
    drop(tokio::time::timeout(Duration::from_secs(3), page).await);
    Ok(ExitCode::SUCCESS)
}

/// How often it is looked for something to do once the day is over.
const EVENING: Duration = Duration::from_millis(500);

/// A channel, and a silent chat for reading back.
fn bot_config(start: Timestamp) -> FakeBotConfig {
    FakeBotConfig {
        chats: vec![
            ChatConfig::channel(CHANNEL_ID, CHANNEL, CHANNEL_TITLE),
            ChatConfig::channel(PROBE_ID, "rautenbrueck_log", "Log"),
        ],
        now_secs: start.as_second(),
        ..FakeBotConfig::default()
    }
}

/// Says once what packs would add; the replay never fetches one.
fn what_packs_add(context: &super::Context) {
    let missing: Vec<String> = crate::packs::PACKS
        .iter()
        .filter(|p| p.state(&context.packs) == crate::packs::State::Missing)
        .map(|p| format!("{} ({})", p.name, p.about))
        .collect();
    if !missing.is_empty() {
        super::note(&format!(
            "  Without packs here; for real news they add: {}",
            missing.join("; ")
        ));
    }
}

/// The sources and the channel's follow.
fn prepare(store: &Store, web: &FakeWeb, _day: &Day, now: Timestamp) -> Result<()> {
    for (outlet, feed) in web.feeds() {
        store.add_listing(&feed, Some(&outlet.name), now).map_err(|e| of_store(&e))?;
    }
    let follow =
        delivery::follow::parse(FOLLOW).map_err(|e| Problem::new(Code::Follow, e.to_string()))?;
    let target = follow.target.context("the replay's follow has no destination")?;
    let destination = store
        .ensure_destination(&target.kind, &target.address, &target.topic)
        .map_err(|e| of_store(&e))?;
    store.add_follow(destination.id, FOLLOW, now).map_err(|e| of_store(&e))?;
    Ok(())
}

/// Moves the clock through the day; at each step everything that is due is done to its end.
async fn run_day(
    pipeline: &mut Pipeline,
    store: &Store,
    bot: &FakeBot,
    day: &Day,
    bar: &ProgressBar,
    pause: Duration,
    stop: Option<watch::Receiver<bool>>,
) -> Result<()> {
    let stopped = || stop.as_ref().is_some_and(|s| *s.borrow());
    let mut now = day.start;
    while now <= day.end && !stopped() {
        pipeline.clock().set(now);
        bot.set_now(now.as_second());
        pipeline.run_until_idle().await.map_err(|e| of_store(&e))?;
        bar.set_position(u64::from(store.article_count().map_err(|e| of_store(&e))?));
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        now = now.checked_add(STEP).unwrap_or(day.end);
    }
    // The evening: feeds are polled once more, and what waited for its chat's pace goes out.
    for _ in 0..24 {
        if stopped() {
            break;
        }
        now = now.checked_add(STEP).unwrap_or(day.end);
        pipeline.clock().set(now);
        bot.set_now(now.as_second());
        pipeline.run_until_idle().await.map_err(|e| of_store(&e))?;
        bar.set_position(u64::from(store.article_count().map_err(|e| of_store(&e))?));
    }
    Ok(())
}

fn progress(day: &Day, hidden: bool) -> ProgressBar {
    if hidden || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(day.articles.len() as u64);
    if let Ok(style) =
        ProgressStyle::with_template("  reading   [{bar:40}]  {pos}/{len} articles   {per_sec}")
    {
        bar.set_style(style.progress_chars("## "));
    }
    bar
}

/// The channel as the fake Bot API holds it.
struct ChannelPreview {
    bot: Arc<FakeBot>,
}

impl web::Preview for ChannelPreview {
    fn name(&self) -> String {
        CHANNEL_TITLE.to_owned()
    }

    fn version(&self) -> u64 {
        self.bot.version()
    }

    fn posts(&self) -> Vec<web::PreviewPost> {
        self.bot
            .chat(CHANNEL_ID)
            .into_iter()
            .map(|m| web::PreviewPost {
                id: m.id,
                html: m.html,
                at: Timestamp::from_second(m.date).unwrap_or_default(),
                edited: m.edited.and_then(|secs| Timestamp::from_second(secs).ok()),
                edits: m.edits,
                reply_to: m.reply_to,
            })
            .collect()
    }
}
