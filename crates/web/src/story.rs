//! A story: what was new and when, who gave which figure, who said what, who told it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use stories::{Bounds, Member, Story, StoryId};

use crate::frame::{Frame, html};
use crate::words::{self, Chip};
use crate::{Site, Trouble, chart, from_rows};

/// Updates shown; the rest is in the history.
const UPDATES_MAX: usize = 60;

/// Figures shown, newest first; all of them are in the rows for programs.
const FIGURES_MAX: usize = 36;

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
    updates: Vec<Told>,
    older: Vec<Told>,
    chart: Option<String>,
    figures: Vec<FigureRow>,
    figures_left: usize,
    corrections: Vec<Fix>,
    speakers: Vec<Speaking>,
    places: Vec<(String, String, String)>,
    members: Vec<Teller>,
}

struct Told {
    /// The story's counter: messages link to the line by it.
    step: u32,
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
}

pub(crate) async fn page(
    State(site): State<Site>,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let gone = || {
        Trouble::Missing(
            "There is no such story",
            "It may never have been one: ids are never used again.",
        )
    };
    let id: StoryId = id.parse().map_err(|()| gone())?;
    from_rows(move || {
        let story = site.store.story(id)?.ok_or_else(gone)?;
        make(&site, &story)
    })
    .await
}

fn make(site: &Site, story: &Story) -> Result<Response, Trouble> {
    let now = (site.now)();
    let time = |at| words::time(at, now, &site.zone);
    let updates = site.store.updates(story.id)?;
    let texts = site.store.texts(&story.members.iter().map(|m| m.article).collect::<Vec<_>>())?;
    let told = updates.iter().filter(|u| !u.text.is_empty()).take(UPDATES_MAX).map(|u| {
        let (kind, class) = words::update(u.kind);
        Told {
            step: u.revision,
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
    let older = told.split_off(told.len().min(UPDATES_OPEN));
    let mut figures: Vec<FigureRow> = story
        .figures
        .iter()
        .map(|f| {
            let text = texts.get(&f.article);
            FigureRow {
                outlet: f.outlet.clone(),
                time: time(f.at),
                href: format!("/a/{}#s{}", f.article.0, f.sentence.start),
                kind: words::kind(f.kind),
                number: words::number(&Bounds::from(f)),
                words: text
                    .map_or("", |t| f.words.of(&t.text))
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
                lang: text.map(|t| t.language.clone()).unwrap_or_default(),
                withdrawn: f.withdrawn,
            }
        })
        .collect();
    figures.reverse();
    let figures_left = figures.split_off(figures.len().min(FIGURES_MAX)).len();
    let outlets = words::outlets(story).len();
    let title_outlet =
        story.members.iter().find(|m| m.article == story.title_article).map(|m| m.outlet.clone());
    html(&StoryPage {
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
        updates: told,
        older,
        chart: chart::chart(story, now, &site.zone),
        figures,
        figures_left,
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
        speakers: speakers(story, &time),
        places: places(story),
        members: members(story, &texts, &time),
    })
}

fn speakers(story: &Story, time: &impl Fn(jiff::Timestamp) -> String) -> Vec<Speaking> {
    let mut out: Vec<Speaking> = Vec::new();
    for s in &story.statements {
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
                one.said.push(said);
            }
            None => {
                out.push(Speaking {
                    name: s.speaker.clone(),
                    href: crate::link::who(&s.speaker),
                    about: s.description.clone().unwrap_or_default(),
                    said: vec![said],
                });
            }
        }
    }
    out
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

fn members(
    story: &Story,
    texts: &std::collections::BTreeMap<stories::ArticleId, store::ArticleText>,
    time: &impl Fn(jiff::Timestamp) -> String,
) -> Vec<Teller> {
    let root = |m: &Member| {
        m.copy_of.filter(|of| story.members.iter().any(|o| o.article == *of && o.copy_of.is_none()))
    };
    let mut out: Vec<Teller> = Vec::new();
    for m in story.members.iter().filter(|m| root(m).is_none()) {
        out.push(Teller {
            id: m.article.0,
            outlet: m.outlet.clone(),
            lang: m.language.clone(),
            time: time(m.at),
            title: texts
                .get(&m.article)
                .map(|t| t.title.clone())
                .filter(|t| !t.is_empty())
                .unwrap_or_else(|| "(no headline)".into()),
            copies: story
                .members
                .iter()
                .filter(|c| root(c) == Some(m.article))
                .map(|c| (c.article.0, c.outlet.clone()))
                .collect(),
        });
    }
    out
}
