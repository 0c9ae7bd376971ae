//! A story: what was new and when, who gave which figure, who said what, who told it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use stories::{ArticleId, Bounds, Figure, Member, Story, StoryId};

use crate::account::Visitor;
use crate::frame::Frame;
use crate::kept::{Kept, Shows};
use crate::words::{self, Chip};
use crate::{Site, Trouble, chart, from_rows};

/// Updates shown; the rest is in the history.
const UPDATES_MAX: usize = 40;

/// Speakers shown, those with the newest words; each has a page of their own.
const SPEAKERS_MAX: usize = 16;

/// Statements shown of one speaker, newest first.
const SAID_MAX: usize = 4;

/// Texts named; all articles are in the rows for programs.
const TELLERS_MAX: usize = 40;

/// Copies named under a text.
const COPIES_MAX: usize = 8;

/// Figures shown, newest first; all of them are in the rows for programs.
const FIGURES_MAX: usize = 24;

/// Updates shown unfolded.
const UPDATES_OPEN: usize = 10;

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage {
    frame: Frame,
    id: String,
    title: String,
    lang: String,
    chips: Vec<Chip>,
    facts: String,
    languages: Vec<String>,
    span: String,
    title_outlet: String,
    /// Updates that the reader has not seen; 0 where nobody knows.
    unseen: usize,
    updates: Vec<Told>,
    older: Vec<Told>,
    chart: Option<String>,
    figures: Vec<FigureRow>,
    figures_left: usize,
    corrections: Vec<Fix>,
    speakers: Vec<Speaking>,
    speakers_left: usize,
    places: Vec<(String, String, String)>,
    map: Option<String>,
    members: Vec<Teller>,
    members_left: usize,
}

struct Told {
    /// The story's counter: messages link to the line by it.
    step: u32,
    /// It came after the reader looked last.
    fresh: bool,
    time: String,
    kind: &'static str,
    class: &'static str,
    text: String,
    lang: String,
    outlet: String,
    href: String,
}

struct FigureRow {
    outlet: String,
    time: String,
    href: String,
    kind: &'static str,
    number: String,
    words: String,
    lang: String,
    withdrawn: bool,
}

struct Fix {
    outlet: String,
    time: String,
    before: String,
    after: String,
    noted: bool,
    href: String,
}

struct Speaking {
    name: String,
    href: String,
    about: String,
    said: Vec<Said>,
    left: usize,
}

struct Said {
    text: String,
    lang: String,
    kind: &'static str,
    outlet: String,
    time: String,
    others: usize,
    href: String,
}

struct Teller {
    id: i64,
    outlet: String,
    lang: String,
    time: String,
    title: String,
    copies: Vec<(i64, String)>,
    copies_left: usize,
}

pub(crate) async fn page(
    State(site): State<Site>,
    Extension(kept): Extension<Arc<Kept>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let gone = || {
        Trouble::Missing(
            "There is no such story",
            "It may never have been one: ids are never used again.",
        )
    };
    let id: StoryId = id.parse().map_err(|()| gone())?;
    let seen = look(&site, &visitor, id).await?;
    let make = move |site: &Site| {
        let story = site.store.story(id)?.ok_or_else(gone)?;
        // Merged away: the address of the story into which it went.
        if story.id != id {
            return Err(Trouble::Moved(format!("/s/{}", story.id)));
        }
        make(site, &story, seen)
    };
    let key = seen.map_or_else(|| format!("/s/{id}"), |seen| format!("/s/{id} after {seen}"));
    kept.answer(site, headers, key, Shows::Story(id), make).await
}

/// Up to which counter the reader has seen the story, and keeps that this is now all of it. `None`: nobody with an account, or
/// nothing is new.
async fn look(site: &Site, visitor: &Visitor, id: StoryId) -> Result<Option<u32>, Trouble> {
    let Some(person) = visitor.person.as_ref().map(|p| p.id) else { return Ok(None) };
    let site = site.clone();
    from_rows(move || {
        let Some(revision) = site.store.story_revision(id)? else { return Ok(None) };
        let known = site.store.seen(person, &[id])?.pop();
        let mut seen = known.map(|(_, seen)| seen).unwrap_or_default();
        let before = seen.revision;
        if before >= revision {
            return Ok(None);
        }
        seen.revision = revision;
        site.store.set_seen(person, &[(id, seen)])?;
        // The first look has nothing to compare with.
        Ok((before > 0).then_some(before))
    })
    .await
}

fn make(site: &Site, story: &Story, seen: Option<u32>) -> Result<String, Trouble> {
    let now = (site.now)();
    let time = |at| words::time(at, now, &site.zone);
    let updates = site.store.updates_told(story.id, UPDATES_MAX)?;
    let told = updates.iter().map(|u| {
        let (kind, class) = words::update(u.kind);
        Told {
            step: u.revision,
            fresh: seen.is_some_and(|seen| u.revision > seen),
            time: time(u.at),
            kind,
            class,
            text: u.text.clone(),
            lang: u.language.clone(),
            outlet: u.outlet.clone(),
            href: crate::now::href(u),
        }
    });
    let mut told: Vec<Told> = told.collect();
    let unseen = told.iter().filter(|t| t.fresh).count();
    let older = told.split_off(told.len().min(UPDATES_OPEN));
    let shown: Vec<&Figure> = story.figures.iter().rev().take(FIGURES_MAX).collect();
    let mut wanted: Vec<ArticleId> = shown.iter().map(|f| f.article).collect();
    wanted.sort();
    wanted.dedup();
    let texts = site.store.texts(&wanted)?;
    let figures = shown.iter().map(|f| figure(f, texts.get(&f.article), &time)).collect();
    let (speakers, speakers_left) = speakers(story, &time);
    let (members, members_left) = members(site, story, &time)?;
    let outlets = words::outlets(story).len();
    let title_outlet =
        story.members.iter().find(|m| m.article == story.title_article).map(|m| m.outlet.clone());
    let page = StoryPage {
        frame: Frame::new(site, "story"),
        id: story.id.to_string(),
        title: story.title.clone(),
        lang: story.title_language.clone(),
        chips: words::chips(story, now),
        facts: format!(
            "{}, of which {} · {}",
            words::count(story.members.len(), "article"),
            words::count(story.independent_texts as usize, "independent text"),
            words::count(outlets, "outlet")
        ),
        languages: story.languages.clone(),
        span: format!("first {}, last {}", time(story.first), time(story.last)),
        title_outlet: title_outlet.unwrap_or_default(),
        unseen,
        updates: told,
        older,
        chart: chart::chart(story, now, &site.zone),
        figures,
        figures_left: story.figures.len().saturating_sub(FIGURES_MAX),
        corrections: story
            .corrections
            .iter()
            .rev()
            .map(|c| Fix {
                outlet: c.outlet.clone(),
                time: time(c.at),
                before: c.before.clone(),
                after: c.after.clone(),
                noted: c.noted,
                href: format!("/a/{}#changes", c.article.0),
            })
            .collect(),
        speakers,
        speakers_left,
        places: places(story),
        map: crate::map::small(site, &story.places),
        members,
        members_left,
    };
    Ok(page.render()?)
}

fn figure(
    f: &Figure,
    text: Option<&store::ArticleText>,
    time: &impl Fn(jiff::Timestamp) -> String,
) -> FigureRow {
    let words = text.map_or("", |t| f.words.of(&t.text));
    FigureRow {
        outlet: f.outlet.clone(),
        time: time(f.at),
        href: format!("/a/{}#s{}", f.article.0, f.sentence.start),
        kind: words::kind(f.kind),
        number: words::number(&Bounds::from(f)),
        words: words.split_whitespace().collect::<Vec<_>>().join(" "),
        lang: text.map(|t| t.language.clone()).unwrap_or_default(),
        withdrawn: f.withdrawn,
    }
}

/// Who says what, who spoke last first, and how many more speakers there are.
fn speakers(story: &Story, time: &impl Fn(jiff::Timestamp) -> String) -> (Vec<Speaking>, usize) {
    let mut out: Vec<Speaking> = Vec::new();
    let mut others = BTreeSet::new();
    let newest = story.statements.iter().rev();
    for s in newest {
        let known = out.iter().any(|o| o.name == s.speaker);
        if !known && out.len() >= SPEAKERS_MAX {
            others.insert(s.speaker.as_str());
            continue;
        }
        let said = Said {
            text: s.text.clone(),
            lang: s.language.clone(),
            kind: words::statement(s.kind),
            outlet: s.first_outlet.clone(),
            time: time(s.at),
            others: s.outlets.len().saturating_sub(1),
            href: format!("/a/{}#q{}", s.article.0, s.span.start),
        };
        match out.iter_mut().find(|o| o.name == s.speaker) {
            Some(one) => {
                if one.about.is_empty() {
                    one.about = s.description.clone().unwrap_or_default();
                }
                if one.said.len() < SAID_MAX {
                    one.said.push(said);
                } else {
                    one.left += 1;
                }
            }
            None => {
                out.push(Speaking {
                    name: s.speaker.clone(),
                    href: crate::link::who(&s.speaker),
                    about: s.description.clone().unwrap_or_default(),
                    said: vec![said],
                    left: 0,
                });
            }
        }
    }
    (out, others.len())
}

fn places(story: &Story) -> Vec<(String, String, String)> {
    let facts = |p: &stories::StoryPlace| {
        let country = p.country.clone().unwrap_or_default();
        match (p.latitude, p.longitude) {
            (Some(latitude), Some(longitude)) => format!("{country} {latitude:.2}, {longitude:.2}"),
            _ => country,
        }
    };
    story
        .places
        .iter()
        .take(12)
        .map(|p| (p.name.clone(), facts(p), crate::link::place(&p.name)))
        .collect()
}

/// Independent texts with their copies, in the order of arrival, the newest of them, and how many there are before.
fn members(
    site: &Site,
    story: &Story,
    time: &impl Fn(jiff::Timestamp) -> String,
) -> Result<(Vec<Teller>, usize), Trouble> {
    let originals: BTreeSet<ArticleId> =
        story.members.iter().filter(|m| m.copy_of.is_none()).map(|m| m.article).collect();
    let root = |m: &Member| m.copy_of.filter(|of| originals.contains(of));
    let mut copies: BTreeMap<ArticleId, Vec<&Member>> = BTreeMap::new();
    for m in &story.members {
        if let Some(of) = root(m) {
            copies.entry(of).or_default().push(m);
        }
    }
    let texts: Vec<&Member> = story.members.iter().filter(|m| root(m).is_none()).collect();
    let left = texts.len().saturating_sub(TELLERS_MAX);
    let texts: Vec<&Member> = texts.into_iter().skip(left).collect();
    let mut titles = site.store.titles(&texts.iter().map(|m| m.article).collect::<Vec<_>>())?;
    let tellers = texts.into_iter().map(|m| {
        let twins = copies.get(&m.article).map_or(&[] as &[&Member], Vec::as_slice);
        Teller {
            id: m.article.0,
            outlet: m.outlet.clone(),
            lang: m.language.clone(),
            time: time(m.at),
            title: titles
                .remove(&m.article)
                .filter(|t| !t.is_empty())
                .unwrap_or_else(|| "(no headline)".into()),
            copies: twins
                .iter()
                .take(COPIES_MAX)
                .map(|c| (c.article.0, c.outlet.clone()))
                .collect(),
            copies_left: twins.len().saturating_sub(COPIES_MAX),
        }
    });
    Ok((tellers.collect(), left))
}
