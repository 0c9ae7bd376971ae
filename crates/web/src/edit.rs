//! Stories mended by hand: renamed, muted, merged, parted; each with its undo and its place in the log.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Extension, Form, Path, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use stories::{ArticleId, Edit, Story, StoryId};

use crate::account::{Visitor, to_page};
use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows, words};

/// Rows of the log on a page.
const LOG_MAX: u32 = 50;

/// Stories that are offered to merge into.
const LIKE_MAX: usize = 10;

/// Stories that are looked through for those.
const LOOKED_MAX: u32 = 500;

/// Hours within which they had news.
const HOURS: i64 = 72;

/// Articles that one form can part.
const ARTICLES_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "edit.html")]
struct Page {
    frame: Frame,
    id: String,
    title: String,
    lang: String,
    kept: bool,
    muted: bool,
    like: Vec<(String, String, String)>,
    articles: Vec<Row>,
    log: Vec<Logged>,
}

struct Row {
    id: i64,
    outlet: String,
    time: String,
    title: String,
    lang: String,
}

struct Logged {
    id: i64,
    time: String,
    person: String,
    what: String,
    state: &'static str,
    error: String,
    undo: bool,
}

fn gone() -> Trouble {
    Trouble::Missing("There is no such story", "It may never have been one.")
}

pub(crate) async fn page(
    State(site): State<Site>,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let id: StoryId = id.parse().map_err(|()| gone())?;
        let story = site.store.story(id)?.ok_or_else(gone)?;
        let now = (site.now)();
        let ids: Vec<ArticleId> =
            story.members.iter().filter(|m| m.copy_of.is_none()).map(|m| m.article).collect();
        let texts = site.store.texts(&ids)?;
        let articles = story.members.iter().filter(|m| m.copy_of.is_none()).map(|m| Row {
            id: m.article.0,
            outlet: m.outlet.clone(),
            time: words::time(m.at, now, &site.zone),
            title: texts.get(&m.article).map(|t| t.title.clone()).unwrap_or_default(),
            lang: m.language.clone(),
        });
        let log = site.store.edits_of(story.id, LOG_MAX)?;
        html(&Page {
            frame: Frame::new(&site, "edit"),
            id: story.id.to_string(),
            title: story.title.clone(),
            lang: story.title_language.clone(),
            kept: story.by_hand.title,
            muted: story.by_hand.muted,
            like: like(&site, &story, now)?,
            articles: articles.collect(),
            log: log.iter().map(|row| logged(row, &site, now)).collect(),
        })
    })
    .await
}

/// Stories with the most words of the headline and places in common: most often one of them is meant.
fn like(
    site: &Site,
    story: &Story,
    now: Timestamp,
) -> Result<Vec<(String, String, String)>, Trouble> {
    let since = now.checked_sub(SignedDuration::from_hours(HOURS)).unwrap_or(Timestamp::UNIX_EPOCH);
    let marks = |story: &Story| -> BTreeSet<String> {
        let title = story.title.split(|c: char| !c.is_alphanumeric());
        let title = title.filter(|w| w.chars().count() > 3).map(str::to_lowercase);
        title.chain(story.places.iter().take(5).map(|p| p.name.to_lowercase())).collect()
    };
    let own = marks(story);
    let all = site.store.stories_since(since, LOOKED_MAX)?;
    let mut near: Vec<(usize, &Story)> = all
        .iter()
        .filter(|s| s.id != story.id && s.merged_into.is_none())
        .map(|s| (marks(s).intersection(&own).count(), s))
        .filter(|(shared, _)| *shared > 0)
        .collect();
    near.sort_by_key(|(shared, s)| (std::cmp::Reverse(*shared), s.id));
    Ok(near
        .into_iter()
        .take(LIKE_MAX)
        .map(|(_, s)| (s.id.to_string(), s.title.clone(), s.title_language.clone()))
        .collect())
}

fn logged(row: &store::EditRow, site: &Site, now: Timestamp) -> Logged {
    let back = if row.undoes.is_some() { "took back: " } else { "" };
    let what = match &row.edit {
        Edit::Rename { title, .. } => format!("headline \u{201c}{title}\u{201d}"),
        Edit::Mute { muted: true } => "muted".to_owned(),
        Edit::Mute { muted: false } => "no longer muted".to_owned(),
        Edit::Merge { into } => format!("{} put into {into}", row.story),
        Edit::Split { articles, .. } => {
            format!("{} parted from {}", words::count(articles.len(), "article"), row.story)
        }
    };
    let state = match (&row.error, row.done_at, row.undone) {
        (Some(_), ..) => "could not be done",
        (None, Some(_), true) => "taken back",
        (None, Some(_), false) => "done",
        (None, None, _) => "asked for; done in a moment",
    };
    Logged {
        id: row.id,
        time: words::time(row.at, now, &site.zone),
        person: row.person.clone(),
        what: format!("{back}{what}"),
        state,
        error: row.error.clone().unwrap_or_default(),
        undo: row.done_at.is_some() && !row.undone && row.undoes.is_none(),
    }
}

/// Asks for what a form says; the owner of the stories does it between two articles.
pub(crate) async fn act(
    State(site): State<Site>,
    Path(id): Path<String>,
    Extension(visitor): Extension<Visitor>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let id: StoryId = id.parse().map_err(|()| gone())?;
        let story = site.store.story(id)?.ok_or_else(gone)?;
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v);
        let now = (site.now)();
        let (on, edit, undoes) = match field("what") {
            "rename" => {
                let title: String =
                    field("title").chars().take(stories::TITLE_CHARS_MAX + 1).collect();
                (story.id, Edit::Rename { title, keep: field("keep") != "no" }, None)
            }
            "mute" => (story.id, Edit::Mute { muted: true }, None),
            "unmute" => (story.id, Edit::Mute { muted: false }, None),
            "merge" => {
                let name = field("into").trim().rsplit('/').next().unwrap_or("");
                let into = name.parse().map_err(|()| gone())?;
                site.store.story(into)?.ok_or_else(gone)?;
                (story.id, Edit::Merge { into }, None)
            }
            "split" => {
                let chosen = fields.iter().filter(|(n, _)| n == "article");
                let articles = chosen.filter_map(|(_, v)| v.parse().ok().map(ArticleId));
                let articles = articles.take(ARTICLES_MAX).collect();
                (story.id, Edit::Split { articles, back: None }, None)
            }
            "undo" => {
                let row = field("id").parse().ok().map(|id| site.store.edit(id)).transpose()?;
                let Some(Some(row)) = row else { return Err(Trouble::NoRow) };
                let Some((on, edit)) = row.undo.filter(|_| !row.undone) else {
                    return Err(Trouble::Asked("there is nothing to take back"));
                };
                (on, edit, Some(row.id))
            }
            _ => return Err(Trouble::Asked("there is no such action")),
        };
        site.store.ask_edit(visitor.name(), on, &edit, undoes, now)?;
        Ok(to_page(&format!("/s/{}/edit", story.id), None))
    })
    .await
}
