//! Follows as sentences: what each brings, a preview on the past week before one is switched on.

use askama::Template;
use axum::extract::{Extension, Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use stories::Story;

use crate::account::{Visitor, to_page};
use crate::frame::{Frame, html_or};
use crate::{Site, Trouble, from_rows, words};

/// The longest sentence, bytes.
const SENTENCE_BYTES_MAX: usize = 2_000;

/// Stories of a preview on the page; all are counted.
const SHOWN_MAX: usize = 20;

/// What a sentence would have brought, as [`Follows`] reads it.
#[derive(Debug)]
pub struct Previewed {
    /// The sentence as it was understood.
    pub sentence: String,
    /// It says where to.
    pub has_target: bool,
    /// The stories of the past seven days, newest first.
    pub stories: Vec<Story>,
}

/// Who understands sentences.
pub trait Follows: Send + Sync {
    /// What a sentence would have brought in the past seven days; the inner error says what is wrong with it, for a person.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn preview(
        &self,
        sentence: &str,
        now: Timestamp,
    ) -> Result<Result<Previewed, String>, store::Error>;

    /// Switches a follow on; the inner error says what is wrong, for a person.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn add(&self, sentence: &str, now: Timestamp) -> Result<Result<i64, String>, store::Error>;
}

#[derive(Template)]
#[template(path = "follow.html")]
struct Page {
    frame: Frame,
    sentence: String,
    understood: String,
    has_target: bool,
    wrong: String,
    words: String,
    found: Vec<Found>,
    rows: Vec<Row>,
}

struct Found {
    id: String,
    title: String,
    lang: String,
    day: String,
    facts: String,
    chips: Vec<words::Chip>,
}

struct Row {
    id: i64,
    href: String,
    sentence: String,
    to: String,
    since: String,
    muted: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    sentence: String,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Act {
    what: String,
    #[serde(default)]
    id: i64,
    #[serde(default)]
    sentence: String,
}

pub(crate) async fn page(
    State(site): State<Site>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    from_rows(move || show(&site, &asked.sentence, String::new())).await
}

fn show(site: &Site, sentence: &str, mut wrong: String) -> Result<Response, Trouble> {
    let now = (site.now)();
    let mut page = Page {
        frame: Frame::new(site, "follow"),
        sentence: sentence.chars().filter(|c| !c.is_control()).collect(),
        understood: String::new(),
        has_target: false,
        wrong: String::new(),
        words: String::new(),
        found: Vec::new(),
        rows: rows(site, now)?,
    };
    if wrong.is_empty()
        && !sentence.trim().is_empty()
        && let Some(desk) = &site.follows
    {
        if sentence.len() > SENTENCE_BYTES_MAX {
            "A sentence has at most 2,000 bytes.".clone_into(&mut wrong);
        } else {
            match desk.preview(&page.sentence, now)? {
                Ok(found) => fill(&mut page, site, &found, now),
                Err(words) => wrong = words,
            }
        }
    }
    page.wrong = wrong;
    html_or(&page, &page.wrong, StatusCode::UNPROCESSABLE_ENTITY)
}

fn fill(page: &mut Page, site: &Site, found: &Previewed, now: Timestamp) {
    let updates: u32 = found.stories.iter().map(|s| s.revision).sum();
    page.words = format!(
        "In the past 7 days that was {} with {}.",
        words::stories(found.stories.len()),
        words::count(updates as usize, "update")
    );
    page.understood.clone_from(&found.sentence);
    page.has_target = found.has_target;
    page.found = found
        .stories
        .iter()
        .take(SHOWN_MAX)
        .map(|s| Found {
            id: s.id.to_string(),
            title: s.title.clone(),
            lang: s.title_language.clone(),
            day: words::time(s.last, now, &site.zone),
            facts: format!(
                "{} · {}",
                words::count(words::outlets(s).len(), "outlet"),
                words::count(s.members.len(), "article")
            ),
            chips: words::chips(s, now),
        })
        .collect();
}

fn rows(site: &Site, now: Timestamp) -> Result<Vec<Row>, Trouble> {
    let to = site.store.destinations()?;
    let name = |id| to.iter().find(|d| d.id == id).map(|d| d.name.clone()).unwrap_or_default();
    Ok(site
        .store
        .follows()?
        .into_iter()
        .map(|f| Row {
            id: f.id,
            href: format!("/follow?sentence={}", crate::link::encode(&f.sentence)),
            to: name(f.destination),
            since: words::time(f.added_at, now, &site.zone),
            sentence: f.sentence,
            muted: f.muted,
        })
        .collect())
}

/// Switches on, mutes, unmutes and removes.
pub(crate) async fn act(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    Form(act): Form<Act>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let done = match act.what.as_str() {
            "add" => {
                let Some(desk) = &site.follows else {
                    return Err(Trouble::Asked("nothing is followed here"));
                };
                if act.sentence.len() > SENTENCE_BYTES_MAX {
                    return show(&site, "", "A sentence has at most 2,000 bytes.".to_owned());
                }
                if let Err(wrong) = desk.add(&act.sentence, (site.now)())? {
                    return show(&site, &act.sentence, wrong);
                }
                true
            }
            "mute" | "unmute" => {
                site.store.mute_follow(act.id, act.what == "mute")?;
                true
            }
            "remove" => site.store.remove_follow(act.id)?,
            _ => return Err(Trouble::Asked("there is no such action")),
        };
        if done {
            tracing::info!(by = ?visitor.name(), what = ?act.what, follow = act.id, "a follow was changed on the page");
        }
        Ok(to_page("/follow", None))
    })
    .await
}
