//! `uptospeed doctor`: what is wrong, in words, and what to do.

use std::process::ExitCode;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::packs::{PACKS, State};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Ask nobody on the network
    #[arg(long)]
    offline: bool,
}

/// Free space under which the operator is warned, in bytes.
const FREE_MIN: u64 = 512 << 20;

/// How far the clock may be off before it is worth a word.
const CLOCK_OFF: i64 = 90;

struct Findings {
    look: usize,
    broken: usize,
}

impl Findings {
    #[expect(clippy::unused_self, reason = "beside its two siblings that count")]
    fn ok(&self, what: &str, words: &str) -> Result<()> {
        super::say(&format!("  ok      {what:<12}{words}"))
    }

    fn look(&mut self, what: &str, words: &str, help: &str) -> Result<()> {
        self.look += 1;
        super::say(&format!("  look    {what:<12}{words}"))?;
        super::say(&format!("                      {help}"))
    }

    fn broken(&mut self, what: &str, words: &str, help: &str) -> Result<()> {
        self.broken += 1;
        super::say(&format!("  broken  {what:<12}{words}"))?;
        super::say(&format!("                      {help}"))
    }
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let mut found = Findings { look: 0, broken: 0 };
    let now = Clock::System.now();
    let config = &context.config;
    match &config.file {
        Some(file) => found.ok("settings", &format!("{} is good", file.display()))?,
        None => found.look(
            "settings",
            "no uptospeed.toml here: defaults are used",
            "uptospeed init writes one",
        )?,
    }
    disk(context, &mut found)?;
    match context.store() {
        Ok(store) => {
            match store.check() {
                Ok(()) => {
                    let articles = store.article_count().unwrap_or(0);
                    let size = if store.is_server() {
                        String::new()
                    } else {
                        let bytes = std::fs::metadata(&config.store).map_or(0, |m| m.len());
                        format!(", {} MB", bytes / 1_000_000)
                    };
                    found.ok(
                        "store",
                        &format!("{}{size}, {articles} articles, no damage", store.place()),
                    )?;
                }
                Err(error) => found.broken(
                    "store",
                    &store::chain(&error),
                    "stop the program and put the last backup in its place",
                )?,
            }
            shards(&store, &mut found)?;
            listings(&store, now, &mut found)?;
            outbox(&store, now, &mut found)?;
            telegram(context, &store, args.offline, now, &mut found)?;
        }
        Err(error) => found.broken(
            "store",
            &format!("{error:#}").replace('\n', " "),
            "nothing can be kept until this is mended",
        )?,
    }
    for pack in &PACKS {
        match pack.state(&context.packs) {
            State::Installed => found.ok("packs", &format!("{} {}", pack.name, pack.version))?,
            State::Missing => found.look(
                "packs",
                &format!("{} is not installed: {}", pack.name, pack.about),
                &format!("uptospeed packs install {}", pack.name),
            )?,
        }
    }
    super::say("")?;
    super::say(&match (found.look, found.broken) {
        (0, 0) => "  All is well.".to_owned(),
        (look, 0) => format!(
            "  {look} thing{} to look at, nothing broken.",
            if look == 1 { "" } else { "s" }
        ),
        (look, broken) => format!("  {broken} broken, {look} to look at."),
    })?;
    Ok(ExitCode::from(u8::from(found.broken > 0)))
}

/// Which machine has charge of what, where there may be several.
fn shards(store: &store::Store, found: &mut Findings) -> Result<()> {
    for row in store.shards().unwrap_or_default() {
        if row.left.is_negative() || row.left.is_zero() {
            found.look(
                "shards",
                &format!("nobody has charge of {}; the last was {}", row.id, row.owner),
                "start `uptospeed run` on a machine with that role",
            )?;
        } else {
            found.ok("shards", &format!("{}: {}", row.id, row.owner))?;
        }
    }
    Ok(())
}

/// Free space where the store lies.
fn disk(context: &super::Context, found: &mut Findings) -> Result<()> {
    if context.config.store.to_str().is_some_and(store::is_url) {
        // The server's disk is not seen from here.
        return Ok(());
    }
    let folder = context
        .config
        .store
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .map_or_else(|| ".".into(), std::path::Path::to_owned);
    // `df` is on every system that has a shell; without it the check is left out.
    let out = std::process::Command::new("df").arg("-Pk").arg(&folder).output();
    let free = out.ok().and_then(|out| {
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        text.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()
    });
    match free.map(|kib| kib << 10) {
        Some(free) if free < FREE_MIN => found.broken(
            "disk",
            &format!("only {} MB are free where the store lies", free / 1_000_000),
            "free some space: on a full disk nothing is lost, but nothing goes on either",
        ),
        Some(free) => found.ok("disk", &format!("{} GB free", free / 1_000_000_000)),
        None => Ok(()),
    }
}

fn listings(store: &store::Store, now: Timestamp, found: &mut Findings) -> Result<()> {
    let Ok(listings) = store.listings() else { return Ok(()) };
    if listings.is_empty() {
        return found.look("sources", "none yet", "uptospeed source add https://a-paper.example/");
    }
    let (mut good, mut unread) = (0, 0);
    for l in &listings {
        let name = l.outlet.as_deref().unwrap_or(&l.url);
        let silent =
            l.answered_at.is_some_and(|t| now.duration_since(t) > SignedDuration::from_hours(24));
        match &l.error {
            Some(error) if l.paused => {
                found.look(
                    "sources",
                    &format!("{name} is no longer polled: {error}"),
                    &format!("uptospeed source remove {}", l.url),
                )?;
            }
            Some(error) => {
                let next = jiff::fmt::strtime::format(
                    "%H:%M UTC",
                    &l.next_poll_at.to_zoned(jiff::tz::TimeZone::UTC),
                )
                .unwrap_or_default();
                found.look(
                    "sources",
                    &format!("{name} failed {} times: {error}", l.failures),
                    &format!("it is tried again at {next}"),
                )?;
            }
            None if silent => found.look(
                "sources",
                &format!("{name} has not been polled for a day"),
                "is `uptospeed run` running?",
            )?,
            None if l.answered_at.is_none() => unread += 1,
            None => good += 1,
        }
    }
    if unread > 0 {
        found.look(
            "sources",
            &format!("{unread} not yet polled"),
            "is `uptospeed run` running?",
        )?;
    }
    if good > 0 {
        found.ok("sources", &format!("{good} of {} answer", listings.len()))?;
    }
    let aside = store.set_aside(5).unwrap_or_default();
    for (what, why) in &aside {
        found.look("set aside", &format!("{what}: {why}"), "one article; the others went on")?;
    }
    Ok(())
}

fn outbox(store: &store::Store, now: Timestamp, found: &mut Findings) -> Result<()> {
    let since = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::UNIX_EPOCH);
    let Ok(counts) = store.outbox_counts(since) else { return Ok(()) };
    if counts.uncertain > 0 {
        found.look(
            "deliveries",
            &format!("{} not certain whether they arrived", counts.uncertain),
            "uptospeed outbox list",
        )?;
    }
    if counts.refused > 0 {
        found.look(
            "deliveries",
            &format!("{} refused by their destination in 24 hours", counts.refused),
            "uptospeed outbox list",
        )?;
    }
    found.ok(
        "deliveries",
        &format!(
            "{} sent and {} edited in 24 hours, {} wait",
            counts.sent, counts.edited, counts.pending
        ),
    )
}

fn telegram(
    context: &super::Context,
    store: &std::sync::Arc<store::Store>,
    offline: bool,
    now: Timestamp,
    found: &mut Findings,
) -> Result<()> {
    let config = &context.config;
    let follows = store.follows().unwrap_or_default();
    let wanted: Vec<_> = store
        .destinations()
        .unwrap_or_default()
        .into_iter()
        .filter(|d| d.kind == "telegram" && follows.iter().any(|f| f.destination == d.id))
        .collect();
    if !config.telegram_token.is_set() {
        return if wanted.is_empty() {
            found.look(
                "telegram",
                "no bot token: nothing is sent, the page works",
                "uptospeed init says how to get one",
            )
        } else {
            found.broken(
                "telegram",
                &format!("{} follows wait for a bot token", wanted.len()),
                "set UPTOSPEED_TELEGRAM_TOKEN; @BotFather gives it",
            )
        };
    }
    if offline {
        return found.ok("telegram", "a token is set (not asked: --offline)");
    }
    let door = config.door()?;
    let Some(telegram) = config.courier().telegram else { return Ok(()) };
    match super::run::block_on(delivery::who_am_i(&door, &telegram))? {
        Ok(name) => found.ok("telegram", &format!("the token is good: @{name}"))?,
        Err(error) => {
            return found.broken("telegram", &error, "ask @BotFather for /token and set it again");
        }
    }
    for destination in &wanted {
        if let Some(why) = &destination.paused {
            found.look(
                "telegram",
                &format!("{}: {why}", destination.name),
                "mend it there; what waits is sent then",
            )?;
        }
        match super::run::block_on(delivery::rights(&door, &telegram, &destination.address))? {
            Ok(words) => found.ok("telegram", &format!("{}: {words}", destination.name))?,
            Err(error) => found.broken(
                "telegram",
                &format!("{}: {error}", destination.name),
                "make the bot an administrator there who may post and edit messages",
            )?,
        }
    }
    // Telegram's own clock stands in the Date header: a wrong clock here makes every date wrong.
    if let Ok(Ok(answer)) = super::run::block_on(door.get(net::Request::new(&config.telegram_api)))
        && let Some(theirs) = answer.headers.date_secs
    {
        let off = now.as_second() - theirs;
        if off.abs() > CLOCK_OFF {
            found.broken(
                "clock",
                &format!(
                    "{} s {} Telegram's",
                    off.abs(),
                    if off > 0 { "ahead of" } else { "behind" }
                ),
                "let the machine keep its time by NTP",
            )?;
        } else {
            found.ok("clock", "agrees with Telegram's")?;
        }
    }
    Ok(())
}
