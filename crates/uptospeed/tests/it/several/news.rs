//! News without end: events of an invented world, each told by three outlets over most of a minute, so that machines are lost
//! between the first article of a story and its last.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use testkit::seed::Chance;

/// Outlets, each with a feed of its own.
pub(super) const OUTLETS: usize = 3;

/// Articles of an event.
const ARTICLES: usize = 6;

/// From one event to the next.
const EVENT_EVERY: Duration = Duration::from_secs(6);

/// From one article of an event to the next.
const ARTICLE_EVERY: Duration = Duration::from_secs(8);

/// Items of a feed: more than are published while nobody polls.
const FEED_ITEMS: usize = 60;

const NAMES: [&str; OUTLETS] = ["Harbour Ledger", "Fen Courier", "Upland Mail"];

/// What is published, and what belongs together.
pub(super) struct News {
    folder: PathBuf,
    chance: Chance,
    began: Instant,
    /// Paragraphs and headline words of each event.
    events: Vec<Event>,
    feeds: [Vec<String>; OUTLETS],
    /// Gold: the event of each article's path.
    pub(super) gold: BTreeMap<String, usize>,
}

struct Event {
    opened: Duration,
    title: Vec<String>,
    paragraphs: Vec<String>,
    published: usize,
}

impl News {
    pub(super) fn new(folder: &Path) -> Self {
        for n in 0..OUTLETS {
            std::fs::create_dir_all(folder.join(format!("o{n}"))).unwrap();
        }
        let mut news = Self {
            folder: folder.to_owned(),
            chance: Chance(0x5EED),
            began: Instant::now(),
            events: Vec::new(),
            feeds: Default::default(),
            gold: BTreeMap::new(),
        };
        news.tick(true);
        (0..OUTLETS).for_each(|outlet| news.write_feed(outlet));
        news
    }

    /// Publishes what is due by now; a new event only where one may be opened.
    pub(super) fn tick(&mut self, may_open: bool) {
        let now = self.began.elapsed();
        let is_due = self.events.last().is_none_or(|last| now >= last.opened + EVENT_EVERY);
        if may_open && is_due {
            let title = (0..4).map(|_| self.word()).collect();
            let paragraphs = (0..10).map(|_| self.paragraph()).collect();
            self.events.push(Event { opened: now, title, paragraphs, published: 0 });
        }
        for n in 0..self.events.len() {
            while self.events[n].published < ARTICLES
                && now >= self.events[n].opened + ARTICLE_EVERY * self.events[n].published as u32
            {
                self.publish(n);
            }
        }
    }

    /// Whether every event was told to its end.
    pub(super) fn is_told(&self) -> bool {
        self.events.iter().all(|event| event.published == ARTICLES)
    }

    /// The next article of an event: what an agency wrote, as the outlet prints it, and a paragraph of the outlet's own. Whether that is
    /// one story is not the question here; whether it stays one while machines are lost is.
    fn publish(&mut self, n: usize) {
        let own = self.paragraph();
        let event = &mut self.events[n];
        let k = event.published;
        event.published += 1;
        let outlet = k % OUTLETS;
        let mut paragraphs = event.paragraphs.clone();
        paragraphs.push(own);
        let title = event.title.join(" ");
        let at = crate::thousand::now();
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><meta property=\"og:site_name\" content=\"{}\">\
             <meta property=\"article:published_time\" content=\"{at}\"></head><body><article><h1>{title}</h1>",
            NAMES[outlet]
        );
        for paragraph in paragraphs {
            write!(page, "<p>{paragraph}</p>").unwrap();
        }
        page.push_str("</article></body></html>");
        let path = format!("/o{outlet}/e{n}-{k}.html");
        std::fs::write(self.folder.join(path.trim_start_matches('/')), page).unwrap();
        let item =
            format!("<item><title>{title}</title><link>{path}</link><guid>{path}</guid></item>");
        self.feeds[outlet].insert(0, item);
        self.feeds[outlet].truncate(FEED_ITEMS);
        self.gold.insert(path, n);
        self.write_feed(outlet);
    }

    fn write_feed(&self, outlet: usize) {
        let feed = format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{}</title>{}</channel></rss>",
            NAMES[outlet],
            self.feeds[outlet].concat()
        );
        let folder = self.folder.join(format!("o{outlet}"));
        // A feed is replaced whole, as an outlet does it.
        std::fs::write(folder.join("feed.part"), feed).unwrap();
        std::fs::rename(folder.join("feed.part"), folder.join("feed.xml")).unwrap();
    }

    /// A sentence with English between its words, so that every article is of one language.
    fn paragraph(&mut self) -> String {
        const FORM: &str = "The _ of _ has _ with the _ and _ which was in _ before the _ from _ came to _ with _ and _.";
        let mut parts = FORM.split('_');
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            out.push_str(&self.word());
            out.push_str(part);
        }
        out
    }

    /// A word of nobody's language, so that two events share none.
    fn word(&mut self) -> String {
        const SYLLABLES: [&str; 20] = [
            "bar", "ket", "lon", "mur", "sib", "dra", "fel", "gon", "hin", "jas", "nem", "pol",
            "rud", "sig", "tam", "wex", "ost", "ulm", "var", "zek",
        ];
        let part = |chance: &mut Chance| *chance.one(&SYLLABLES).unwrap();
        let word: String = (0..4).map(|_| part(&mut self.chance)).collect();
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    }
}
