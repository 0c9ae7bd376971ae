//! What these tests have in hand: a store, a fake bot, a story that grows.

use std::sync::{Arc, Mutex, PoisonError};

use delivery::wire::{Answer, Request, Response, WireError};
use delivery::{
    ArticleNote, Courier, CourierSettings, Defaults, Matcher, Pace, Planning, Report, Secret,
    Stops, Telegram, Wire, plan,
};
use jiff::{SignedDuration, Timestamp};
use reading::{CasualtyKind, Qualifier, StatementKind};
use store::Store;
use stories::{
    Arrival, ArticleId, Bounds, Evidence, Figure, FigureChange, LedgerStatement, Member, Story,
    StoryId, StoryPlace, Update, UpdateKind,
};
use testkit::fakebot::{ChatConfig, ChatKind, Chats, FakeBotConfig, Faults, Turn};

pub(crate) const CHANNEL: i64 = -1_001_000_000_001;
pub(crate) const LOG: i64 = 42;

/// The fake without a socket: requests go straight to it.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) chats: Arc<Mutex<Chats>>,
}

impl Line {
    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut Chats) -> T) -> T {
        run(&mut self.chats.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wire for Line {
    fn send(&self, request: Request) -> Answer<'_> {
        Box::pin(async move {
            let method = request.url.rsplit('/').next().unwrap_or("");
            let params = serde_json::from_slice(&request.body).unwrap_or_default();
            match self.with(|chats| chats.handle(method, &params)) {
                Turn::Answer { status, body, .. } | Turn::Slow { status, body, .. } => {
                    Ok(Response { status, retry_after: None, body: body.to_string().into_bytes() })
                }
                Turn::Cut => Err(WireError::MaybeSent("the connection broke".to_owned())),
                Turn::Garbage { status } => {
                    Ok(Response { status, retry_after: None, body: b"<html>".to_vec() })
                }
            }
        })
    }
}

pub(crate) struct Hand {
    _folder: tempfile::TempDir,
    pub(crate) store: Arc<Store>,
    pub(crate) line: Line,
    pub(crate) now: Timestamp,
    pub(crate) story: Story,
    pub(crate) defaults: Defaults,
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it.
pub(crate) fn golden(name: &str, given: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value != "0") {
        std::fs::write(&path, given).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == given, "{name} differs:\n{given}");
}

/// Telegram's HTML as a reader sees it: bold between asterisks, quotations behind a bar, addresses left out.
pub(crate) fn as_seen(html: &str) -> String {
    let mut out = String::new();
    let mut in_quote = false;
    for (n, part) in html.split('<').enumerate() {
        let (tag, text) = if n == 0 { ("", part) } else { part.split_once('>').unwrap() };
        match tag.split(' ').next().unwrap() {
            "b" | "/b" => out.push('*'),
            "s" | "/s" => out.push('~'),
            "blockquote" => {
                in_quote = true;
                out.push_str("| ");
            }
            "/blockquote" => in_quote = false,
            _ => {}
        }
        out.push_str(&if in_quote { text.replace('\n', "\n| ") } else { text.to_owned() });
    }
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    plain.iter().fold(out, |text, (from, to)| text.replace(from, to))
}

/// 5 November 2026, this hour.
pub(crate) fn hour(hour: i64, minute: i64) -> Timestamp {
    Timestamp::from_second(1_793_836_800 + hour * 3600 + minute * 60).unwrap()
}

impl Hand {
    pub(crate) fn new(faults: Faults) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join("news.db")).unwrap());
        let chats = vec![
            ChatConfig {
                owners: vec![501],
                ..ChatConfig::channel(CHANNEL, "ruhrdesk", "Ruhr Desk")
            },
            ChatConfig::private(LOG, "log"),
            ChatConfig {
                id: -77,
                kind: ChatKind::Group,
                title: "Night desk".to_owned(),
                ..ChatConfig::default()
            },
            ChatConfig {
                id: -1_001_000_000_002,
                kind: ChatKind::Supergroup,
                title: "Newsroom".to_owned(),
                topics: vec![7],
                ..ChatConfig::default()
            },
            ChatConfig::private(501, "Mira"),
        ];
        let now = hour(6, 31);
        let config =
            FakeBotConfig { chats, faults, now_secs: now.as_second(), ..FakeBotConfig::default() };
        let line = Line { chats: Arc::new(Mutex::new(Chats::new(config))) };
        let story = Story {
            id: StoryId(154_321),
            title: "Warehouse fire in Duisburg kills night-shift workers".to_owned(),
            title_language: "en".to_owned(),
            first: now,
            last: now,
            places: vec![StoryPlace {
                name: "Duisburg".to_owned(),
                latitude: None,
                longitude: None,
                country: Some("DEU".to_owned()),
                articles: 1,
            }],
            ..Story::default()
        };
        Self { _folder: folder, store, line, now, story, defaults: Defaults::default() }
    }

    pub(crate) fn settings(&self) -> CourierSettings {
        let token = self.line.with(|c| c.token().to_owned());
        CourierSettings {
            telegram: Some(Telegram {
                api_url: "http://fake".to_owned(),
                token: Secret::new(&token),
                log_chat: Some(LOG.to_string()),
                pace: Pace::unlimited(),
            }),
            base_url: Some("https://news.example".to_owned()),
            defaults: self.defaults.clone(),
            ..CourierSettings::default()
        }
    }

    pub(crate) fn courier(&self) -> Courier {
        Courier::new(self.store.clone(), Arc::new(self.line.clone()), self.settings())
    }

    /// A courier that is killed at the N-th passing of a point.
    pub(crate) fn courier_that_stops(&self, point: &'static str, nth: u32) -> Courier {
        let passed = Mutex::new(0);
        let stops: Stops = Arc::new(move |at| {
            let mut passed = passed.lock().unwrap();
            *passed += u32::from(at == point);
            at == point && *passed == nth
        });
        Courier::new(
            self.store.clone(),
            Arc::new(self.line.clone()),
            CourierSettings { stops: Some(stops), ..self.settings() },
        )
    }

    pub(crate) async fn run(&self) -> Report {
        self.line.with(|c| c.set_now(self.now.as_second()));
        self.courier().run_once(self.now).await.unwrap()
    }

    /// Runs until nothing waits, the clock going forward to when something is due.
    pub(crate) async fn run_out(&mut self) -> Report {
        let mut all = Report::default();
        for _ in 0..200 {
            let report = self.run().await;
            all.add(&report);
            match report.next_at {
                Some(at) => self.now = at.max(self.now + SignedDuration::from_secs(1)),
                None => break,
            }
        }
        all
    }

    pub(crate) fn follow(&self, sentence: &str) -> i64 {
        delivery::add_follow(&self.store, sentence, None, self.now).unwrap().0
    }

    /// An outlet tells a toll; a named official may say it.
    pub(crate) fn toll(&mut self, outlet: &str, killed: u64, official: bool) {
        let article = self.article(outlet);
        let from = self
            .story
            .figures
            .iter()
            .rev()
            .find(|f| f.outlet == outlet)
            .map(|f| bounds(f.best.unwrap_or(0)));
        self.story.figures.push(Figure {
            kind: CasualtyKind::Killed,
            outlet: outlet.to_owned(),
            article,
            at: self.now,
            min: None,
            max: None,
            best: Some(killed),
            qualifier: Qualifier::Exactly,
            sentence: article::Span::new(100, 160),
            words: article::Span::new(100, 110),
            withdrawn: false,
        });
        if official {
            self.story.statements.push(LedgerStatement {
                speaker: "Jörg Harkort".to_owned(),
                description: Some("head of the fire service".to_owned()),
                text: format!("We have found {killed} dead."),
                language: "en".to_owned(),
                kind: StatementKind::Direct,
                first_outlet: outlet.to_owned(),
                article,
                span: article::Span::new(90, 170),
                at: self.now,
                outlets: vec![outlet.to_owned()],
                renderings: Vec::new(),
            });
        }
        let was = from.map(|f| format!(", was {}", f.best.unwrap_or(0))).unwrap_or_default();
        let change = FigureChange {
            kind: CasualtyKind::Killed,
            from,
            to: bounds(killed),
            outlet: outlet.to_owned(),
        };
        self.arrive(
            article,
            outlet,
            UpdateKind::FigureChanged,
            &format!("{killed} dead{was}"),
            Some(change),
        );
    }

    /// Another story begins: an outlet tells it without any figure.
    pub(crate) fn begin(&mut self, id: i64, title: &str, place: &str, country: &str, outlet: &str) {
        self.story = Story {
            id: StoryId(id),
            title: title.to_owned(),
            title_language: "en".to_owned(),
            first: self.now,
            last: self.now,
            places: vec![StoryPlace {
                name: place.to_owned(),
                latitude: None,
                longitude: None,
                country: Some(country.to_owned()),
                articles: 1,
            }],
            ..Story::default()
        };
        self.news(outlet, UpdateKind::NewStory, title);
    }

    /// An outlet tells something without a figure.
    pub(crate) fn news(&mut self, outlet: &str, kind: UpdateKind, text: &str) {
        let article = self.article(outlet);
        self.arrive(article, outlet, kind, text, None);
    }

    /// An outlet takes its last toll back.
    pub(crate) fn correct(&mut self, outlet: &str, killed: u64) {
        let article = self.article(outlet);
        let wrong = self.story.figures.iter_mut().rev().find(|f| f.outlet == outlet).unwrap();
        wrong.withdrawn = true;
        let before = wrong.best.unwrap_or(0);
        let right =
            Figure { best: Some(killed), withdrawn: false, article, at: self.now, ..wrong.clone() };
        self.story.figures.push(right);
        let change = FigureChange {
            kind: CasualtyKind::Killed,
            from: Some(bounds(before)),
            to: bounds(killed),
            outlet: outlet.to_owned(),
        };
        self.arrive(
            article,
            outlet,
            UpdateKind::Correction,
            &format!("Corrected: {before} → {killed} dead"),
            Some(change),
        );
    }

    fn article(&mut self, outlet: &str) -> ArticleId {
        let id = ArticleId(self.story.members.len() as i64 + 1 + self.story.id.0 * 1000);
        self.story.members.push(Member {
            article: id,
            outlet: outlet.to_owned(),
            language: "en".to_owned(),
            at: self.now,
            copy_of: None,
        });
        if self.story.languages.is_empty() {
            self.story.languages.push("en".to_owned());
        }
        self.story.independent_texts += 1;
        id
    }

    fn arrive(
        &mut self,
        article: ArticleId,
        outlet: &str,
        kind: UpdateKind,
        text: &str,
        figure: Option<FigureChange>,
    ) {
        let story = &mut self.story;
        let update = Update {
            story: story.id,
            revision: story.revision + 1,
            follows_revision: story.revision,
            at: self.now,
            article,
            outlet: outlet.to_owned(),
            kind,
            text: text.to_owned(),
            language: "en".to_owned(),
            evidence: vec![Evidence { article, span: article::Span::new(100, 160) }],
            figure,
            statement: None,
            importance: 0.7,
        };
        story.revision += 1;
        story.last = self.now;
        self.commit(vec![update]);
    }

    /// Plans a step and commits it as the pipeline does.
    pub(crate) fn commit(&self, updates: Vec<Update>) {
        let (follows, doubts) = Matcher::load(&self.store, &self.defaults).unwrap();
        assert!(doubts.is_empty(), "{doubts:?}");
        let told = self.store.told(self.story.id).unwrap();
        let articles = |id: ArticleId| {
            Some(ArticleNote {
                url: Some(format!("https://outlet.example/{}", id.0)),
                text: String::new(),
            })
        };
        let planning = Planning {
            story: &self.story,
            updates: &updates,
            told: &told,
            articles: &articles,
            base_url: Some("https://news.example"),
            now: self.now,
        };
        let deliveries = plan(&planning, &follows);
        let id = updates.first().map(|u| u.article).unwrap();
        let url = format!("https://outlet.example/{}-{}", id.0, self.story.revision);
        let page = article::Article {
            title: Some(self.story.title.clone()),
            text: url.clone(),
            url: Some(url.clone()),
            ..Default::default()
        };
        let revision = self.store.record_article(None, &url, &page, self.now).unwrap().unwrap();
        let waiting = self.store.unread(1_000).unwrap();
        let kept = waiting.iter().find(|r| r.id == revision).unwrap().article_id;
        let arrival = Arrival {
            story: self.story.id,
            updates,
            changed: vec![self.story.clone()],
            ..Arrival::default()
        };
        self.store.record_arrival(revision, kept, self.now, &arrival, &deliveries).unwrap();
    }

    pub(crate) fn later(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    /// The channel as its readers see it.
    pub(crate) fn channel(&self, id: i64) -> Vec<String> {
        self.line.with(|c| c.messages(id)).into_iter().map(|m| m.text).collect()
    }
}

fn bounds(number: u64) -> Bounds {
    Bounds { min: None, max: None, best: Some(number), qualifier: Qualifier::Exactly }
}
