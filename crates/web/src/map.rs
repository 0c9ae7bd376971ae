//! The map: where the stories of some hours happen. The same places stand in the list beneath; without the pack only there.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use stories::StoryPlace;

use crate::chart::escape;
use crate::frame::Frame;
use crate::kept::{Kept, Shows};
use crate::land::{self, Land, View};
use crate::{Site, Trouble, link, words};

/// Spans that can be chosen, hours.
const SPANS: [u32; 4] = [6, 24, 48, 168];

/// The span where none is chosen, hours.
const SPAN: u32 = 48;

/// How far back the slider reaches, hours; and its step.
const BACK_MAX: u32 = 168;
const BACK_STEP: u32 = 6;

/// Stories looked at, those with the newest updates.
const STORIES_MAX: u32 = 3_000;

/// Places of one story that are shown.
const PLACES_OF_ONE: usize = 3;

/// Dots on the map, the largest.
const DOTS_MAX: usize = 120;

/// Places in the list.
const LIST_MAX: usize = 60;

/// Stories named under a place.
const NAMED_MAX: usize = 2;

/// Places marked on the small map of a story.
const MARKS_MAX: usize = 12;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    hours: Option<u32>,
    /// Hours from the end of the span until now.
    #[serde(default)]
    back: u32,
}

#[derive(Template)]
#[template(path = "map.html")]
struct MapPage {
    frame: Frame,
    map: Option<String>,
    until: String,
    back: u32,
    spans: Vec<(u32, String, bool)>,
    words: String,
    places: Vec<Row>,
    left: usize,
}

struct Row {
    name: String,
    href: String,
    facts: String,
    stories: Vec<(String, String, String)>,
}

/// A place with what happens there.
struct Spot {
    north: f64,
    east: f64,
    country: String,
    texts: u32,
    stories: Vec<(u32, String, String, String)>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    Extension(kept): Extension<Arc<Kept>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let hours = asked.hours.filter(|h| SPANS.contains(h)).unwrap_or(SPAN);
    let back = asked.back.min(BACK_MAX) / BACK_STEP * BACK_STEP;
    let key = format!("/map?{hours}&{back}");
    kept.answer(site, headers, key, Shows::News, move |site| make(site, hours, back)).await
}

fn make(site: &Site, hours: u32, back: u32) -> Result<String, Trouble> {
    let now = (site.now)();
    let before = |at: Timestamp, hours: u32| {
        at.checked_sub(SignedDuration::from_hours(i64::from(hours)))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    };
    let until = before(now, back);
    let from = before(until, hours);
    let spots = spots(site, from, until)?;
    let mut order: Vec<(&String, &Spot)> = spots.iter().collect();
    order.sort_by(|a, b| b.1.texts.cmp(&a.1.texts).then(a.0.cmp(b.0)));
    let count = |n: usize, one, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    let rows = order.iter().take(LIST_MAX).map(|(name, spot)| Row {
        name: (*name).clone(),
        href: link::place(name),
        facts: format!(
            "{}{}, {}",
            if spot.country.is_empty() { String::new() } else { format!("{} · ", spot.country) },
            words::count(spot.texts as usize, "independent text"),
            count(spot.stories.len(), "story", "stories")
        ),
        stories: spot
            .stories
            .iter()
            .take(NAMED_MAX)
            .map(|(_, id, title, lang)| (id.clone(), title.clone(), lang.clone()))
            .collect(),
    });
    let page = MapPage {
        frame: Frame::new(site, "map"),
        map: site.land.as_ref().map(|land| world(land, &order)),
        until: if back == 0 { "now".to_owned() } else { words::time(until, now, &site.zone) },
        back,
        spans: SPANS
            .into_iter()
            .map(|h| {
                (h, if h == 168 { "7 days".to_owned() } else { format!("{h} hours") }, h == hours)
            })
            .collect(),
        words: format!(
            "{} with something new from {} to {}.",
            count(spots.len(), "place", "places"),
            words::time(from, now, &site.zone),
            words::time(until, now, &site.zone)
        ),
        places: rows.collect(),
        left: order.len().saturating_sub(LIST_MAX),
    };
    Ok(page.render()?)
}

/// The places of all stories with something new in that time.
fn spots(
    site: &Site,
    from: Timestamp,
    until: Timestamp,
) -> Result<BTreeMap<String, Spot>, Trouble> {
    let mut spots: BTreeMap<String, Spot> = BTreeMap::new();
    for mut story in site.store.places_between(from, until, STORIES_MAX)? {
        let most = story.places.first().map_or(0, |p| p.articles);
        story.places.retain(|p| p.articles * 2 >= most);
        for place in story.places.iter().take(PLACES_OF_ONE) {
            let (Some(north), Some(east)) = (place.latitude, place.longitude) else { continue };
            let spot = spots.entry(place.name.clone()).or_insert_with(|| Spot {
                north,
                east,
                country: place.country.clone().unwrap_or_default(),
                texts: 0,
                stories: Vec::new(),
            });
            spot.texts += story.independent_texts;
            let named = (story.title.clone(), story.title_language.clone());
            spot.stories.push((story.independent_texts, story.id.to_string(), named.0, named.1));
        }
    }
    for spot in spots.values_mut() {
        spot.stories.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    }
    Ok(spots)
}

/// The world with a dot for each place; the area of a dot is the number of its texts.
fn world(land: &Land, spots: &[(&String, &Spot)]) -> String {
    let mut out = format!(
        "<svg class=\"map world\" viewBox=\"0 0 {} {}\" role=\"group\" aria-labelledby=\"mt md\"><title id=\"mt\">Where the stories happen</title>\
         <desc id=\"md\">A dot for each place, larger where more independent texts tell of it; the list below holds the same places.</desc>\
         <path class=\"land\" d=\"{}\"/>",
        land::WORLD_WIDTH,
        land::WORLD_HEIGHT,
        land.world()
    );
    // The large ones first, so that no small one lies under them.
    for (name, spot) in spots.iter().take(DOTS_MAX) {
        let (x, y) = land::world_point(spot.north, spot.east);
        let radius = (30.0 + 22.0 * f64::from(spot.texts).sqrt()).min(220.0);
        let label =
            escape(&format!("{name}: {}", words::count(spot.texts as usize, "independent text")));
        let _ = write!(
            out,
            "<a href=\"{}\" tabindex=\"-1\" aria-label=\"{label}\"><circle class=\"dot\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{radius:.0}\"><title>{label}</title></circle></a>",
            escape(&link::place(name))
        );
    }
    out.push_str("</svg>");
    out
}

/// A small map of these places, with the land around them; `None` without the pack, or where they lie too far apart.
pub(crate) fn small(site: &Site, places: &[StoryPlace]) -> Option<String> {
    let land = site.land.as_ref()?;
    let sited: Vec<(&str, f64, f64)> = places
        .iter()
        .take(MARKS_MAX)
        .filter_map(|p| Some((p.name.as_str(), p.latitude?, p.longitude?)))
        .collect();
    // What is told of most decides the view; places out of it stay in the list.
    let points: Vec<(f64, f64)> = sited.iter().map(|(_, north, east)| (*north, *east)).collect();
    let view = (1..=points.len()).rev().find_map(|n| View::around(points.get(..n)?))?;
    let (width, height) = View::SIZE;
    let mut out = format!(
        "<svg class=\"map\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"lt\"><title id=\"lt\">Map of these places: {}</title><path class=\"land\" d=\"{}\"/>",
        escape(&sited.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")),
        land.part(&view)
    );
    let mut lines: Vec<(f64, f64)> = Vec::new();
    for (name, north, east) in sited {
        let (x, y) = view.point(north, east);
        if !(0.0..=width).contains(&x) || !(0.0..=height).contains(&y) {
            continue;
        }
        let _ = write!(out, "<circle class=\"dot\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"5\"/>");
        // A name that would lie on another is left to the list.
        if lines.iter().any(|(lx, ly)| (ly - y).abs() < 16.0 && (lx - x).abs() < 120.0) {
            continue;
        }
        lines.push((x, y));
        let (at, anchor) = if x > width * 0.7 { (x - 9.0, "end") } else { (x + 9.0, "start") };
        let _ = write!(
            out,
            "<text x=\"{at:.0}\" y=\"{:.0}\" text-anchor=\"{anchor}\">{}</text>",
            (y + 4.0).clamp(12.0, height - 4.0),
            escape(name)
        );
    }
    out.push_str("</svg>");
    Some(out)
}
