//! Taking an article into its story's ledgers, and the updates that follow.

mod pen;

use jiff::Timestamp;
use reading::{CasualtyKind, StatementKind};

use self::pen::Pen;

use crate::novelty::{self, Anchored, Happened};
use crate::said::{self, Said};
use crate::share::{self, Share};
use crate::shelf::Live;
use crate::{
    Arriving, ArticleId, Bounds, Evidence, Story, StoryPlace, Update, UpdateKind, line, terms,
};

/// What came of an article.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub updates: Vec<Update>,
    /// Of the event whose toll the article gave; a later revision moves nothing.
    pub anchored: Anchored,
    /// What happened by the article, told before or not.
    pub happened: Vec<u16>,
}

/// How an article comes to its story.
#[derive(Debug)]
pub(crate) struct Coming<'a> {
    /// What happened by it.
    pub happened: &'a [Happened],
    /// The article whose text it repeats.
    pub copy_of: Option<ArticleId>,
    /// The story begins with it.
    pub opened: bool,
}

/// Statements kept in one story's ledger.
const STATEMENTS_MAX: usize = 2_000;
/// Updates for statements that one article may cause; more is a transcript, and a reader follows the link.
const STATEMENT_UPDATES_MAX: usize = 8;

/// Takes a new article in.
pub(crate) fn take(
    story: &mut Story,
    live: &mut Live,
    arriving: &Arriving<'_>,
    coming: &Coming<'_>,
    now: Timestamp,
    languages: &[String],
) -> Taken {
    let Coming { happened: what, copy_of, opened } = *coming;
    let independent_before = independent_outlets(story, arriving);
    story.first = story.first.min(arriving.at);
    if copy_of.is_none() {
        story.independent_texts += 1;
    }
    let lang = arriving.reading.language.clone();
    if !lang.is_empty() && !story.languages.contains(&lang) {
        story.languages.push(lang);
    }
    retitle(story, arriving, copy_of, languages);
    count_places(story, arriving);
    let mut pen = Pen { story, arriving, now, updates: Vec::new() };
    if opened {
        let text = pen.story.title.clone();
        pen.write(UpdateKind::NewStory, text, headline_evidence(arriving), None, None, 0.4);
    }
    let shares = share::shares(pen.story, arriving);
    let anchored = figures(&mut pen, live, &shares);
    let counted = parts(&mut pen, live, &shares, copy_of.is_none() && !opened);
    renew_title(pen.story, arriving);
    let mut happened = events(&mut pen, live, what, copy_of.is_none() && !opened);
    happened.extend(counted);
    statements(&mut pen, live);
    if copy_of.is_none() && !opened && independent_before == 1 && is_second(pen.story) {
        let text = format!("Also told by {}", arriving.outlet);
        pen.write(UpdateKind::NewOutlet, text, headline_evidence(arriving), None, None, 0.2);
    }
    let updates = pen.updates;
    if !updates.is_empty() {
        story.last = story.last.max(arriving.at);
    }
    Taken { updates, anchored, happened }
}

/// How many other outlets have told the story in words of their own.
fn independent_outlets(story: &Story, arriving: &Arriving<'_>) -> usize {
    let mut outlets: Vec<&str> = story
        .members
        .iter()
        .filter(|m| m.copy_of.is_none() && m.outlet != arriving.outlet && m.article != arriving.id)
        .map(|m| m.outlet.as_str())
        .collect();
    outlets.sort_unstable();
    outlets.dedup();
    outlets.len()
}

/// Whether the last member is the first independent text of a second outlet.
fn is_second(story: &Story) -> bool {
    let Some((last, before)) = story.members.split_last() else { return false };
    before.iter().all(|m| m.copy_of.is_some() || m.outlet != last.outlet)
}

/// Takes a new revision of a known article in: what it says now against what it said.
pub(crate) fn revise(
    story: &mut Story,
    live: &mut Live,
    arriving: &Arriving<'_>,
    what: &[Happened],
    now: Timestamp,
) -> Taken {
    // the revision speaks when it was seen, not when the article was first published
    let at = arriving
        .article
        .modified
        .as_ref()
        .map_or(now, |m| m.at)
        .clamp(arriving.at, now.max(arriving.at));
    let arriving = Arriving { at, ..*arriving };
    let mut pen = Pen { story, arriving: &arriving, now, updates: Vec::new() };
    let (tolls, _) = novelty::tolls(
        arriving.article.title.as_deref().unwrap_or(""),
        arriving.reading,
        &live.anchor,
        arriving.at,
    );
    let noted = arriving.article.correction.is_some();
    for toll in &tolls {
        let old = pen
            .story
            .figures
            .iter()
            .enumerate()
            .rfind(|(_, f)| f.article == arriving.id && f.kind == toll.kind && !f.withdrawn)
            .map(|(i, f)| (i, Bounds::from(f)));
        match old {
            Some((_, before)) if novelty::same_bounds(&before, &toll.bounds) => {}
            Some((i, before)) if noted || lower(&toll.bounds, &before) => {
                if let Some(figure) = pen.story.figures.get_mut(i) {
                    figure.withdrawn = true;
                }
                pen.correct_figure(toll, before, noted);
            }
            _ => {
                pen.figure(toll);
            }
        }
    }
    let happened = events(&mut pen, live, what, true);
    statements(&mut pen, live);
    let updates = pen.updates;
    if !updates.is_empty() {
        story.last = story.last.max(at);
    }
    Taken { updates, happened, ..Taken::default() }
}

/// Whether a figure is lower than another.
fn lower(a: &Bounds, b: &Bounds) -> bool {
    let number = |x: &Bounds| x.best.or(x.max).or(x.min);
    matches!((number(a), number(b)), (Some(a), Some(b)) if a < b)
}

/// Takes the article's figures of the story's own event in.
fn figures(pen: &mut Pen<'_>, live: &mut Live, shares: &[Share]) -> Anchored {
    let (tolls, anchored) = novelty::tolls(
        pen.arriving.article.title.as_deref().unwrap_or(""),
        pen.arriving.reading,
        &live.anchor,
        pen.arriving.at,
    );
    let noted = pen.arriving.article.correction.is_some();
    for toll in &tolls {
        let share = shares.iter().any(|share| share.words == toll.words);
        if share || !noted && novelty::is_step(pen.story, toll) {
            continue;
        }
        let own = pen
            .story
            .figures
            .iter()
            .enumerate()
            .filter(|(_, f)| {
                f.outlet == pen.arriving.outlet
                    && f.kind == toll.kind
                    && !f.withdrawn
                    && f.at <= pen.arriving.at
            })
            .max_by_key(|(_, f)| (f.at, f.article))
            .map(|(i, f)| (i, Bounds::from(f)));
        match own {
            // an outlet that says itself that it takes a higher figure back
            Some((i, before)) if noted && lower(&toll.bounds, &before) => {
                if let Some(figure) = pen.story.figures.get_mut(i) {
                    figure.withdrawn = true;
                }
                pen.correct_figure(toll, before, true);
            }
            _ => pen.figure(toll),
        }
    }
    live.anchor.count(&anchored);
    anchored
}

/// Takes in how many of those whom a toll counts come from one country. Gives what they are known again by.
fn parts(pen: &mut Pen<'_>, live: &mut Live, shares: &[Share], news: bool) -> Vec<u16> {
    for share in shares {
        if live.happened.insert(share.id) && news {
            pen.share(share);
        }
    }
    shares.iter().map(|share| share.id).collect()
}

/// Events told of one article; more is a chronicle, and a reader follows the link.
const EVENT_UPDATES_MAX: usize = 3;

/// Takes in what happened by the article; what no article of the story told before is news. Gives all of it.
fn events(pen: &mut Pen<'_>, live: &mut Live, what: &[Happened], news: bool) -> Vec<u16> {
    let (mut told, mut all): (Vec<article::Span>, Vec<u16>) = (Vec::new(), Vec::new());
    for happened in what {
        all.push(happened.idea);
        if !live.happened.insert(happened.idea) || !news {
            continue;
        }
        // A sentence that gives a new toll is told as a figure; bodies found or people rescued are the toll itself.
        let sentence = happened.sentence;
        let counts = terms::is_told_by_toll(happened.idea)
            && pen.story.figures.iter().any(|f| {
                f.article == pen.arriving.id
                    && f.sentence == sentence
                    && f.kind != CasualtyKind::Arrested
            });
        let figure = !terms::is_counted(happened.idea) && pen.has_told_figure(sentence);
        if !counts && !figure && !told.contains(&sentence) && told.len() < EVENT_UPDATES_MAX {
            pen.event(happened);
            told.push(happened.sentence);
        }
    }
    all
}

/// Takes the article's statements in.
fn statements(pen: &mut Pen<'_>, live: &mut Live) {
    let mut told: Vec<Passage> = Vec::new();
    let arriving = pen.arriving;
    live.read_said(&pen.story.statements);
    for said in said::statements(arriving.article, arriving.reading, arriving.at) {
        match said::find_same(&live.said, &said.keys) {
            Some(i) => {
                let known = pen.story.statements.get_mut(i).zip(live.said.get_mut(i));
                let Some((line, keys)) = known else { continue };
                said::keep_rendering(line, keys, &said.keys, &said.text);
                if !line.outlets.iter().any(|o| o == arriving.outlet) {
                    line.outlets.push(arriving.outlet.to_owned());
                }
            }
            None if pen.story.statements.len() < STATEMENTS_MAX => {
                pen.story.statements.push(said::ledger_line(&said, arriving));
                live.said.push(said.keys.clone());
                tell(pen, &said, &mut told);
            }
            None => {}
        }
    }
}

/// What one speaker says in one paragraph, told already.
struct Passage {
    speaker: String,
    paragraph: usize,
    /// Place among the updates.
    update: usize,
}

/// Tells what somebody says; what they say in one paragraph is one piece of news with all its sentences.
fn tell(pen: &mut Pen<'_>, said: &Said, told: &mut Vec<Passage>) {
    let paragraph = paragraph(pen.arriving, said.span);
    let evidence = pen.evidence(said.span);
    if let Some(passage) =
        told.iter().find(|p| p.speaker == said.speaker && p.paragraph == paragraph)
    {
        let update = pen.updates.get_mut(passage.update);
        if let Some(update) = update.filter(|u| !u.evidence.contains(&evidence)) {
            update.evidence.push(evidence);
        }
        return;
    }
    let confirms = said.kind == StatementKind::Indirect && pen.has_told(said.span);
    if said.tells && !confirms && told.len() < STATEMENT_UPDATES_MAX {
        let update = pen.updates.len();
        pen.statement(said);
        told.push(Passage { speaker: said.speaker.clone(), paragraph, update });
    }
}

/// The number of the line of the text that a span begins in.
fn paragraph(arriving: &Arriving<'_>, span: article::Span) -> usize {
    arriving
        .article
        .text
        .get(..span.start as usize)
        .map_or(0, |before| before.matches('\n').count())
}

/// The best existing headline: the first one, unless one in a language that the reader prefers comes; changes at most once.
fn retitle(
    story: &mut Story,
    arriving: &Arriving<'_>,
    copy_of: Option<ArticleId>,
    languages: &[String],
) {
    let title = headline(arriving);
    if title.is_empty() || story.by_hand.title {
        return;
    }
    let lang = &arriving.reading.language;
    let rank = |lang: &str| languages.iter().position(|l| l == lang).unwrap_or(usize::MAX);
    let first = story.title.is_empty();
    let changed_before = story
        .members
        .iter()
        .find(|m| !m.language.is_empty())
        .is_some_and(|m| m.article != story.title_article);
    if first || (!changed_before && copy_of.is_none() && rank(lang) < rank(&story.title_language)) {
        story.title = title;
        story.title_article = arriving.id;
        story.title_language.clone_from(lang);
    }
}

/// A headline that gives a toll which no outlet gives any more makes room for one that gives the standing one, in the
/// same language: "At least 10 dead" does not stand over 14.
fn renew_title(story: &mut Story, arriving: &Arriving<'_>) {
    if story.title_language != arriving.reading.language || story.by_hand.title {
        return;
    }
    let Some(lang) = language::Lang::parse(&story.title_language) else { return };
    let killed = CasualtyKind::Killed;
    let Some(range) = story.range(killed, arriving.at) else { return };
    let standing = |n: &u64| (range.low..=range.high).contains(n);
    let told = |n: &u64| story.figures.iter().any(|f| f.kind == killed && f.best == Some(*n));
    let now = reading::numbers(&story.title, lang);
    let outdated = now.iter().any(told) && !now.iter().any(standing);
    let title = headline(arriving);
    if outdated && reading::numbers(&title, lang).contains(&range.high) {
        story.title = title;
        story.title_article = arriving.id;
    }
}

/// The article's headline; where it has none, its first sentence.
pub(crate) fn headline(arriving: &Arriving<'_>) -> String {
    let title = arriving.article.title.as_deref().unwrap_or("").trim();
    if !title.is_empty() {
        return line::passage(title);
    }
    let first = arriving.reading.sentences.first().map_or("", |s| s.of(&arriving.article.text));
    let first = if first.trim().is_empty() {
        arriving.article.text.lines().find(|l| !l.trim().is_empty()).unwrap_or("")
    } else {
        first
    };
    line::passage(first)
}

/// The sentence that stands for the article as a whole: its first one.
fn headline_evidence(arriving: &Arriving<'_>) -> Vec<Evidence> {
    arriving
        .reading
        .sentences
        .first()
        .map(|span| Evidence { article: arriving.id, span: *span })
        .into_iter()
        .collect()
}

/// Counts the places of what the article reports.
fn count_places(story: &mut Story, arriving: &Arriving<'_>) {
    let mut seen: Vec<String> = Vec::new();
    for event in arriving.reading.events.iter().filter(|e| !e.background) {
        let Some(place) = event.place.as_ref().map(|p| &p.place) else { continue };
        if seen.contains(&place.name) {
            continue;
        }
        seen.push(place.name.clone());
        let same = |p: &StoryPlace| {
            p.name == place.name
                || matches!((p.latitude, p.longitude, place.latitude, place.longitude),
                    (Some(a), Some(b), Some(c), Some(d)) if (a - c).abs() < 0.02 && (b - d).abs() < 0.02)
        };
        if let Some(known) = story.places.iter_mut().find(|p| same(p)) {
            known.articles += 1;
        } else if story.places.len() < 40 {
            story.places.push(StoryPlace {
                name: place.name.clone(),
                latitude: place.latitude,
                longitude: place.longitude,
                country: place.country.clone(),
                articles: 1,
            });
        }
    }
    // stable: of equals the one told first stays first
    story.places.sort_by_key(|p| std::cmp::Reverse(p.articles));
}
