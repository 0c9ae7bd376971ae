//! The rows: stories with figures, statements, places and updates, as the pipeline would have left them.

use std::collections::BTreeMap;

use article::{Article, Block, BlockKind, Span};
use jiff::Timestamp;
use reading::{CasualtyKind, Qualifier, Reading, StatementKind};
use store::Store;
use stories::{
    Arrival, ArticleId, Evidence, Figure, LedgerStatement, Member, Story, StoryId, StoryPlace,
    Update, UpdateKind,
};
use testkit::seed::{Chance, Synthetic, SyntheticArticle, SyntheticConfig};

/// The clock's start in all seeded runs.
pub(crate) const NOW: &str = "2026-11-05T12:00:00Z";

/// Hours that count as recent.
const HOURS: i64 = 48;

/// Outlets that publish.
const OUTLETS: u32 = 300;

/// Places where it happens.
const PLACES: u32 = 400;

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Stories of a year.
    pub(crate) stories: u32,
    /// Stories of the last 48 hours among them.
    pub(crate) recent: u32,
    /// Articles of the largest story.
    pub(crate) big: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { stories: 100_000, recent: 4_000, big: 500 }
    }
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) stories: usize,
    pub(crate) articles: usize,
    pub(crate) big: StoryId,
}

type Failed = Box<dyn std::error::Error>;

/// Fills an empty store.
pub(crate) fn fill(store: &Store, sizes: Sizes) -> Result<Told, Failed> {
    let now: Timestamp = NOW.parse()?;
    for n in 0..OUTLETS {
        store.add_listing(&format!("https://outlet{n}.example/feed"), Some(&outlet(n)), now)?;
    }
    let mut made = Made::default();
    let year = sizes.stories.saturating_sub(sizes.recent);
    let start = now.as_second() - HOURS * 3600;
    // Seven of ten articles of a year open a story; in the last days three of ten.
    stream(store, &mut made, year, 0.7, (start - 363 * 86_400, start), 1)?;
    stream(store, &mut made, sizes.recent, 0.3, (start, now.as_second()), 2)?;
    let big = made.open();
    let gap = 36.0 * 3600.0 / f64::from(sizes.big.max(1));
    let config = SyntheticConfig {
        seed: 3,
        outlets: 60,
        live_stories: 1,
        new_share: 0.0,
        gap_secs: gap,
        start_secs: now.as_second() - 36 * 3600,
        ..SyntheticConfig::default()
    };
    for article in Synthetic::new(config).take(sizes.big as usize) {
        made.add(store, big, &article)?;
    }
    let (stories, articles) = (made.stories.len(), made.articles as usize);
    made.write(store)?;
    Ok(Told { stories, articles, big })
}

fn stream(
    store: &Store,
    made: &mut Made,
    stories: u32,
    new_share: f64,
    (from, to): (i64, i64),
    seed: u64,
) -> Result<(), Failed> {
    let articles = f64::from(stories) / new_share;
    let config = SyntheticConfig {
        seed,
        outlets: OUTLETS,
        live_stories: 400,
        new_share,
        gap_secs: (to - from) as f64 / articles.max(1.0),
        start_secs: from,
        ..SyntheticConfig::default()
    };
    let mut ids: BTreeMap<u64, StoryId> = BTreeMap::new();
    for article in Synthetic::new(config) {
        if article.published_secs >= to || ids.len() >= stories as usize {
            break;
        }
        let id = *ids.entry(article.story).or_insert_with(|| made.open());
        made.add(store, id, &article)?;
    }
    Ok(())
}

/// Stories while they are made.
#[derive(Default)]
struct Made {
    stories: BTreeMap<i64, (Story, Vec<Update>, Vec<i64>)>,
    articles: i64,
    next: i64,
}

impl Made {
    fn open(&mut self) -> StoryId {
        self.next += 1;
        let id = StoryId(self.next);
        self.stories.insert(id.0, (Story { id, ..Story::default() }, Vec::new(), Vec::new()));
        id
    }

    fn add(&mut self, store: &Store, id: StoryId, a: &SyntheticArticle) -> Result<(), Failed> {
        let Some((story, updates, revisions)) = self.stories.get_mut(&id.0) else { return Ok(()) };
        self.articles += 1;
        let (revision, article) = record(store, a, self.articles)?;
        revisions.push(revision);
        updates.extend(tell(story, a, article));
        Ok(())
    }

    fn write(self, store: &Store) -> Result<(), Failed> {
        for (story, updates, revisions) in self.stories.into_values() {
            let Some(last) = story.members.len().checked_sub(1) else { continue };
            let mut updates = updates;
            for (n, (member, revision)) in story.members.clone().iter().zip(revisions).enumerate() {
                let arrival = Arrival {
                    story: story.id,
                    copy_of: member.copy_of,
                    changed: if n == 0 || n == last { vec![story.clone()] } else { Vec::new() },
                    updates: if n == last { std::mem::take(&mut updates) } else { Vec::new() },
                    ..Arrival::default()
                };
                store.record_arrival(revision, member.article, member.at, &arrival, &[])?;
            }
        }
        Ok(())
    }
}

/// One more article of a story that is in the store: what a reader's page has to notice.
pub(crate) fn arrive(store: &Store, n: u64, now: Timestamp) -> Result<(), Failed> {
    let last = store.last_story_id()?;
    // Every tenth goes to the largest story, which is the last.
    let mut chance = Chance(n ^ 0x5eed);
    let back = if n.is_multiple_of(10) { 0 } else { 1 + i64::from(chance.below(2_000)) };
    let Some(mut story) = store.story(StoryId((last.0 - back).max(1)))? else { return Ok(()) };
    let config = SyntheticConfig {
        seed: n,
        outlets: OUTLETS,
        live_stories: 1,
        new_share: 0.0,
        start_secs: now.as_second(),
        gap_secs: 0.0,
        ..SyntheticConfig::default()
    };
    let Some(a) = Synthetic::new(config).next() else { return Ok(()) };
    let number = i64::from(store.article_count()?) + 1;
    let (revision, article) = record(store, &a, number)?;
    let updates = tell(&mut story, &a, article);
    let arrival = Arrival { story: story.id, changed: vec![story], updates, ..Arrival::default() };
    store.record_arrival(revision, article, now, &arrival, &[])?;
    Ok(())
}

fn outlet(n: u32) -> String {
    let first = ["Morning", "Harbour", "Valley", "North", "River", "Border", "City", "Coast"];
    let last = ["Ledger", "Courier", "Gazette", "Post", "Herald", "Wire", "Record"];
    let pick =
        |all: &[&'static str], n: u32| all.get(n as usize % all.len()).copied().unwrap_or("");
    let round = n / 56;
    let name = format!("{} {}", pick(&first, n), pick(&last, n / 8));
    if round == 0 { name } else { format!("{name} {}", round + 1) }
}

/// Writes an article with its reading; gives the revision and the article.
fn record(store: &Store, a: &SyntheticArticle, number: i64) -> Result<(i64, ArticleId), Failed> {
    let at = Timestamp::from_second(a.published_secs)?;
    let url = format!("https://outlet{}.example/{number}", a.outlet);
    let article = Article {
        title: Some(a.title.clone()),
        outlet: Some(outlet(a.outlet)),
        language: Some(a.language.to_owned()),
        url: Some(url.clone()),
        text: a.text.clone(),
        blocks: blocks(&a.text),
        ..Article::default()
    };
    let revision = store.record_article(None, &url, &article, at)?.ok_or("an article twice")?;
    // The rows are given out in order and nobody else writes here.
    let id = ArticleId(number);
    let reading = Reading {
        sentences: blocks(&a.text).iter().map(|b| b.span).collect(),
        ..Reading::default()
    };
    store.record_readings("seeded", &[(revision, reading)])?;
    Ok((revision, id))
}

fn blocks(text: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        out.push(Block {
            span: Span::new(start, start + line.len()),
            kind: BlockKind::Paragraph,
            at: None,
        });
        start += line.len() + 1;
    }
    out
}

/// Lets a story grow by an article; gives what is new in it.
fn tell(story: &mut Story, a: &SyntheticArticle, id: ArticleId) -> Vec<Update> {
    let at = Timestamp::from_second(a.published_secs).unwrap_or_default();
    let name = outlet(a.outlet);
    let opens = story.members.is_empty();
    if opens {
        story.title.clone_from(&a.title);
        story.title_article = id;
        a.language.clone_into(&mut story.title_language);
        story.first = at;
        story.places = vec![place(a.story.wrapping_mul(7) ^ a.id)];
    }
    story.last = at.max(story.last);
    let copy_of = a.copy_of.and(story.members.first().map(|m| m.article));
    story.members.push(Member {
        article: id,
        outlet: name.clone(),
        language: a.language.to_owned(),
        at,
        copy_of,
    });
    story.independent_texts += u32::from(copy_of.is_none());
    if !story.languages.iter().any(|l| l == a.language) {
        story.languages.push(a.language.to_owned());
    }
    if let Some(place) = story.places.first_mut() {
        place.articles += 1;
    }
    let first = a.text.lines().next().unwrap_or("");
    let sentence = Span::new(0, first.len());
    let mut out = Vec::new();
    let mut update = |story: &mut Story, kind, text: String| {
        story.revision += 1;
        out.push(Update {
            story: story.id,
            revision: story.revision,
            follows_revision: story.revision - 1,
            at,
            article: id,
            outlet: name.clone(),
            kind,
            text,
            language: a.language.to_owned(),
            evidence: vec![Evidence { article: id, span: sentence }],
            figure: None,
            statement: None,
            importance: 0.5,
        });
    };
    if opens {
        update(story, UpdateKind::NewStory, a.title.clone());
    }
    if let Some(n) = a.killed.map(u64::from) {
        story.figures.push(Figure {
            kind: CasualtyKind::Killed,
            outlet: name.clone(),
            article: id,
            at,
            min: Some(n),
            max: None,
            best: Some(n),
            qualifier: Qualifier::AtLeast,
            sentence,
            words: sentence,
            withdrawn: false,
        });
        if a.killed_new && !opens {
            update(story, UpdateKind::FigureChanged, format!("At least {n} dead"));
        }
    }
    if let Some((said, span, speaker)) = quote(&a.text).filter(|_| copy_of.is_none()) {
        update(story, UpdateKind::NewStatement, format!("{speaker}: {said}"));
        story.statements.push(LedgerStatement {
            speaker,
            description: None,
            text: said,
            language: a.language.to_owned(),
            kind: StatementKind::Direct,
            first_outlet: name.clone(),
            article: id,
            span,
            at,
            outlets: vec![name.clone()],
            renderings: Vec::new(),
        });
    }
    out
}

/// The first quotation of a text, where it stands, and who says it.
fn quote(text: &str) -> Option<(String, Span, String)> {
    let start = text.find('“')?;
    let end = start + text.get(start..)?.find("”, ")?;
    let said = text.get(start..end + "”".len())?.to_owned();
    let after = text.get(end + "”, ".len()..)?.split('.').next()?;
    let words: Vec<&str> = after.split_whitespace().collect();
    let speaker = words.get(words.len().checked_sub(2)?..)?.join(" ");
    Some((said, Span::new(start, end), speaker))
}

/// One of the places: a made-up name, somewhere where land is.
fn place(number: u64) -> StoryPlace {
    let number = number % u64::from(PLACES);
    let mut chance = Chance(number.wrapping_mul(0x9e37));
    // Middle and half size of a few parts of the world, degrees.
    let parts = [
        (48.0, 10.0, 8.0),
        (52.0, 45.0, 10.0),
        (25.0, 80.0, 8.0),
        (33.0, 108.0, 8.0),
        (40.0, -95.0, 10.0),
        (-12.0, -52.0, 10.0),
        (5.0, 20.0, 10.0),
        (-25.0, 134.0, 8.0),
    ];
    let (north, east, half) = chance.one(&parts).copied().unwrap_or((0.0, 0.0, 1.0));
    let (up, right) = (chance.unit() * 2.0 - 1.0, chance.unit() * 2.0 - 1.0);
    let syllables = ["al", "ber", "dor", "mi", "sun", "ka", "lo", "ven", "tar", "os"];
    let name: String = (0..3).filter_map(|_| chance.one(&syllables).copied()).collect();
    let mut letters = name.chars();
    let name =
        letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
    StoryPlace {
        name,
        latitude: Some(north + up * half),
        longitude: Some(east + right * half),
        country: None,
        articles: 0,
    }
}
