//! The bot in the running program: it is listened to, asked for or called, and what comes in over the page reaches delivery.

use std::sync::Arc;
use std::time::Duration;

use delivery::feeds::{FeedKind, feed};
use delivery::{Access, BotReport, Courier, Mail, Secret};
use store::{Shard, Store};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::config::{BotAccess, Config};
use crate::owner::Owner;
use crate::pipeline::MakeCourier;

/// How long Telegram may hold a question for something to come.
const LISTEN: Duration = Duration::from_secs(25);

/// How long after a failure Telegram is asked again; doubled with each further one.
const AGAIN: Duration = Duration::from_secs(2);

/// The longest such pause.
const AGAIN_MAX: Duration = Duration::from_mins(5);

/// How often is looked whether this process has charge of the bot by now.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What listens to the bot, while this process has charge of deliveries.
struct Ear {
    epoch: i64,
    courier: Courier,
    is_open: bool,
}

/// The bot and what else comes in.
pub(crate) struct Inbox {
    /// What answers the page's questions.
    courier: Arc<Courier>,
    /// The bot is listened to by whoever has charge of deliveries: Telegram tells each update to one.
    owner: Arc<Owner>,
    make: MakeCourier,
    clock: Clock,
    access: Option<Access>,
    /// Where Telegram calls, and the secret that it says; `None`: it is asked.
    webhook: Option<(String, Secret)>,
    base_url: String,
    /// One turn at a time: two calls at once could take the same update.
    turn: tokio::sync::Mutex<()>,
}

impl Inbox {
    /// What the configuration asks for.
    pub(crate) fn new(
        config: &Config,
        courier: Arc<Courier>,
        (owner, make): (Arc<Owner>, MakeCourier),
        clock: Clock,
    ) -> delivery::Result<Self> {
        let access = match config.telegram_bot {
            BotAccess::Off => None,
            BotAccess::Invited => Some(Access::Invited),
            BotAccess::Everybody => Some(Access::Everybody),
        };
        let webhook = if config.telegram_webhook {
            let url = format!("{}/telegram", config.web_url.trim_end_matches('/'));
            delivery::kept_secret(courier.store(), "telegram.webhook_secret")?
                .map(|secret| (url, secret))
        } else {
            None
        };
        let base_url = config.web_url.clone();
        let turn = tokio::sync::Mutex::new(());
        Ok(Self { courier, owner, make, clock, access, webhook, base_url, turn })
    }

    /// Listens until `stop`; does nothing where there is no bot, or it shall only send.
    pub(crate) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(access) = self.access.filter(|_| self.courier.settings().telegram.is_some())
        else {
            return;
        };
        let mut pause = AGAIN;
        let mut ear: Option<Ear> = None;
        let mut told = String::new();
        while !*stop.borrow() {
            ear = self.owner.charge(Shard::Deliver).map(|charge| match ear.take() {
                Some(ear) if ear.epoch == charge.epoch => ear,
                _ => Ear { epoch: charge.epoch, courier: (self.make)(&charge), is_open: false },
            });
            let hears = ear.as_mut().filter(|ear| !ear.is_open || self.webhook.is_none());
            let Some(ear) = hears else {
                // Another process listens; or Telegram calls.
                tokio::select! {
                    _ = stop.changed() => return,
                    () = tokio::time::sleep(LOOK_EVERY) => continue,
                }
            };
            let trouble = tokio::select! {
                biased;
                _ = stop.changed() => return,
                trouble = self.listen(access, ear) => trouble,
            };
            let Some(trouble) = trouble else {
                pause = AGAIN;
                told.clear();
                continue;
            };
            // Said once, not at every attempt.
            if trouble != told {
                warn!(why = %trouble, "the bot hears nothing now; it is tried again");
                told = trouble;
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(AGAIN_MAX);
        }
    }

    /// Opens the bot, or listens once; gives what is in the way.
    async fn listen(&self, access: Access, ear: &mut Ear) -> Option<String> {
        if !ear.is_open {
            let webhook = self.webhook.as_ref().map(|(url, secret)| (url.as_str(), secret));
            if let Err(why) = ear.courier.open_bot(webhook).await {
                return Some(why);
            }
            ear.is_open = true;
            let way = webhook.map_or("it asks", |_| "Telegram calls");
            info!(way, "the bot listens");
            if self.webhook.is_some() {
                return None;
            }
        }
        match ear.courier.poll_bot(access, LISTEN, self.clock.now()).await {
            Ok(report) => {
                self.take(&report);
                report.trouble
            }
            Err(error) => Some(store::chain(&error)),
        }
    }

    /// Takes in what the turns left for the program: feeds of a reader's OPML file.
    fn take(&self, report: &BotReport) {
        let mut added = 0;
        for url in &report.feeds {
            match self.courier.store().add_listing(url, None, self.clock.now()) {
                Ok(new) => added += u32::from(new),
                Err(error) => {
                    warn!(error = %store::chain(&error), "a reader's feeds were not added");
                    return;
                }
            }
        }
        if added > 0 {
            info!(feeds = added, "feeds of a reader's OPML file are read from now on");
        }
    }

    fn mail(&self) -> Option<&Mail> {
        self.courier.settings().mail.as_ref()
    }

    fn store(&self) -> &Arc<Store> {
        self.courier.store()
    }
}

impl web::Inbox for Inbox {
    fn telegram<'a>(&'a self, secret: &'a str, call: serde_json::Value) -> web::Answer<'a> {
        Box::pin(async move {
            let ours = self.webhook.as_ref().is_some_and(|(_, kept)| kept.is(secret));
            let (true, Some(access)) = (ours, self.access) else { return Ok(false) };
            let Some(bot) = self.courier.settings().telegram.clone() else { return Ok(false) };
            let _turn = self.turn.lock().await;
            let mut report = BotReport::default();
            let now = self.clock.now();
            match self.courier.take_update(&bot, &call, access, now, &mut report).await {
                Ok(()) => {
                    self.take(&report);
                    Ok(true)
                }
                Err(delivery::Error::Store(error)) => Err(error),
                Err(delivery::Error::Stopped(_)) => Ok(true),
            }
        })
    }

    fn unsubscribe(&self, token: &str) -> Result<Option<String>, store::Error> {
        match self.mail() {
            Some(mail) => mail.unsubscribe(self.store(), token),
            None => Ok(None),
        }
    }

    fn feed(&self, name: &str, form: web::FeedForm) -> Result<Option<web::OutFeed>, store::Error> {
        let kind = match form {
            web::FeedForm::Rss => FeedKind::Rss,
            web::FeedForm::Atom => FeedKind::Atom,
            web::FeedForm::Json => FeedKind::Json,
        };
        let ending = match form {
            web::FeedForm::Rss => "rss",
            web::FeedForm::Atom => "atom",
            web::FeedForm::Json => "json",
        };
        let all = self.store().destinations()?;
        let Some(to) = all.iter().find(|to| to.kind == "feed" && to.address == name) else {
            return Ok(None);
        };
        let own = format!("{}/feeds/to/{name}.{ending}", self.base_url.trim_end_matches('/'));
        let zone = self.courier.settings().defaults.fill(&to.kind, &to.settings).schedule().zone();
        let feed = feed(self.store(), to.id, kind, &own, &zone)?;
        Ok(Some(web::OutFeed { content_type: feed.content_type, body: feed.body }))
    }
}
