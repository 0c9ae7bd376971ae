//! The pages of a person who says something, and of a place.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows, words};

/// Stories looked at.
const STORIES_MAX: u32 = 200;

/// Statements on a page.
const STATEMENTS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "named.html")]
struct Named {
    frame: Frame,
    name: String,
    about: Vec<String>,
    map: Option<String>,
    said: Vec<Said>,
    stories: Vec<Told>,
}

struct Said {
    at: jiff::Timestamp,
    time: String,
    text: String,
    lang: String,
    kind: &'static str,
    outlets: String,
    href: String,
    story: String,
    title: String,
    title_lang: String,
}

struct Told {
    id: String,
    title: String,
    lang: String,
    time: String,
    chips: Vec<words::Chip>,
}

pub(crate) async fn who(
    State(site): State<Site>,
    Path(name): Path<String>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let now = (site.now)();
        let mut said = Vec::new();
        let mut about: Vec<String> = Vec::new();
        let mut stories = Vec::new();
        for story in site.store.stories_with(&name, STORIES_MAX)? {
            let before = said.len();
            for s in story.statements.iter().filter(|s| s.speaker == name) {
                about.extend(
                    s.description
                        .iter()
                        .filter(|d| !about.contains(d))
                        .cloned()
                        .collect::<Vec<_>>(),
                );
                said.push(Said {
                    at: s.at,
                    time: words::time(s.at, now, &site.zone),
                    text: s.text.clone(),
                    lang: s.language.clone(),
                    kind: words::statement(s.kind),
                    outlets: s.outlets.join(", "),
                    href: format!("/a/{}#q{}", s.article.0, s.span.start),
                    story: story.id.to_string(),
                    title: story.title.clone(),
                    title_lang: story.title_language.clone(),
                });
            }
            if said.len() > before {
                stories.push(told(&site, &story, now));
            }
        }
        if said.is_empty() {
            return Err(Trouble::Missing(
                "Nobody of this name says anything here",
                "Names are written as outlets print them.",
            ));
        }
        said.sort_by_key(|s| std::cmp::Reverse(s.at));
        said.truncate(STATEMENTS_MAX);
        html(&Named { frame: Frame::new(&site, "who"), name, about, map: None, said, stories })
    })
    .await
}

pub(crate) async fn place(
    State(site): State<Site>,
    Path(name): Path<String>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let now = (site.now)();
        let mut about: Vec<String> = Vec::new();
        let mut stories = Vec::new();
        let mut places: Vec<stories::StoryPlace> = Vec::new();
        let mut found = site.store.stories_at(&name, STORIES_MAX)?;
        // Older ones, where the name is printed in an article.
        for story in site.store.stories_with(&name, STORIES_MAX)? {
            if !found.iter().any(|known| known.id == story.id) {
                found.push(story);
            }
        }
        found.sort_by_key(|story| std::cmp::Reverse(story.last));
        for story in found {
            let Some(place) = story.places.iter().find(|p| p.name == name) else { continue };
            if let (Some(latitude), Some(longitude)) = (place.latitude, place.longitude) {
                let point = format!(
                    "{} {latitude:.2}, {longitude:.2}",
                    place.country.clone().unwrap_or_default()
                );
                if !about.contains(&point) {
                    about.push(point);
                    places.push(place.clone());
                }
            }
            stories.push(told(&site, &story, now));
        }
        if stories.is_empty() {
            return Err(Trouble::Missing(
                "No story happens there",
                "Places are written as outlets print them.",
            ));
        }
        let map = crate::map::small(&site, &places);
        html(&Named {
            frame: Frame::new(&site, "place"),
            name,
            about,
            map,
            said: Vec::new(),
            stories,
        })
    })
    .await
}

fn told(site: &Site, story: &stories::Story, now: jiff::Timestamp) -> Told {
    Told {
        id: story.id.to_string(),
        title: story.title.clone(),
        lang: story.title_language.clone(),
        time: words::time(story.last, now, &site.zone),
        chips: words::chips(story, now),
    }
}
