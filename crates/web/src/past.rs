//! What was: the history of a story, and a day.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use stories::StoryId;

use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows, now, words};

/// Updates of a day that are read.
const UPDATES_MAX: u32 = 5_000;

/// Deliveries of a story that are shown.
const DELIVERIES_MAX: u32 = 500;

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    frame: Frame,
    id: String,
    title: String,
    lang: String,
    rows: Vec<Step>,
    sent: Vec<Sent>,
}

struct Step {
    revision: u32,
    time: String,
    kind: &'static str,
    class: &'static str,
    text: String,
    lang: String,
    outlet: String,
    href: String,
}

struct Sent {
    time: String,
    destination: String,
    action: &'static str,
    state: &'static str,
    step: u32,
    message: String,
}

pub(crate) async fn history(
    State(site): State<Site>,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let gone = || Trouble::Missing("There is no such story", "It may never have been one.");
    let id: StoryId = id.parse().map_err(|()| gone())?;
    from_rows(move || {
        let story = site.store.story(id)?.ok_or_else(gone)?;
        let now = (site.now)();
        let time = |at| words::time(at, now, &site.zone);
        let rows = site.store.updates(story.id)?.into_iter().map(|u| {
            let (kind, class) = words::update(u.kind);
            let href = now::href(&u);
            let time = time(u.at);
            Step {
                revision: u.revision,
                time,
                kind,
                class,
                text: u.text,
                lang: u.language,
                outlet: u.outlet,
                href,
            }
        });
        let rows = rows.collect();
        let sent = site.store.deliveries_of(story.id, DELIVERIES_MAX)?.into_iter().map(|d| Sent {
            time: time(d.done_at.unwrap_or(d.created_at)),
            action: if d.edited { "edit" } else { d.action.as_str() },
            state: crate::operator::state_words(d.state).0,
            destination: d.destination,
            step: d.step,
            message: d.message.unwrap_or_default(),
        });
        html(&History {
            frame: Frame::new(&site, "story"),
            id: story.id.to_string(),
            title: story.title.clone(),
            lang: story.title_language.clone(),
            rows,
            sent: sent.collect(),
        })
    })
    .await
}

#[derive(Template)]
#[template(path = "day.html")]
struct Day {
    frame: Frame,
    title: String,
    before: String,
    after: Option<String>,
    rows: Vec<Line>,
}

struct Line {
    id: String,
    time: String,
    title: String,
    lang: String,
    chips: Vec<words::Chip>,
    text: String,
    text_lang: String,
    outlet: String,
    href: String,
    lines: usize,
}

/// Today's page, under its lasting address.
pub(crate) async fn today(State(site): State<Site>) -> Response {
    Redirect::to(&format!("/day/{}", (site.now)().to_zoned(site.zone.clone()).date()))
        .into_response()
}

pub(crate) async fn day(
    State(site): State<Site>,
    Path(date): Path<String>,
) -> Result<Response, Trouble> {
    let gone = || Trouble::Missing("There is no such day", "Days are written /day/2026-11-05.");
    let date: Date = date.parse().ok().ok_or_else(gone)?;
    from_rows(move || {
        let midnight = |d: Date| d.to_zoned(site.zone.clone()).ok().ok_or_else(gone);
        let next = date.checked_add(1.day()).ok().ok_or_else(gone)?;
        let before = date.checked_sub(1.day()).ok().ok_or_else(gone)?;
        let (start, end): (Zoned, Zoned) = (midnight(date)?, midnight(next)?);
        let updates =
            site.store.updates_between(start.timestamp(), end.timestamp(), UPDATES_MAX)?;
        let today = (site.now)();
        // One line a story: its most important news of the day, the first of equals.
        let mut best: Vec<(&stories::Update, usize)> = Vec::new();
        for u in updates.iter().filter(|u| !u.text.is_empty()) {
            match best.iter_mut().find(|(b, _)| b.story == u.story) {
                Some((b, lines)) => {
                    *lines += 1;
                    if u.importance > b.importance {
                        *b = u;
                    }
                }
                None => best.push((u, 1)),
            }
        }
        best.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.at.cmp(&b.0.at)));
        let mut rows = Vec::new();
        for (u, lines) in best {
            let Some(story) = site.store.story(u.story)? else { continue };
            let at = end.timestamp().min(today);
            rows.push(Line {
                id: story.id.to_string(),
                time: words::time(u.at, u.at, &site.zone),
                title: story.title.clone(),
                lang: story.title_language.clone(),
                chips: words::chips(&story, at),
                text: u.text.clone(),
                text_lang: u.language.clone(),
                outlet: u.outlet.clone(),
                href: now::href(u),
                lines,
            });
        }
        let past = end.timestamp() <= today;
        html(&Day {
            frame: Frame::new(&site, "day"),
            title: jiff::fmt::strtime::format("%A %-d %B %Y", date).unwrap_or_default(),
            before: before.to_string(),
            after: past.then(|| next.to_string()),
            rows,
        })
    })
    .await
}
