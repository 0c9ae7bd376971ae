//! Now: the stories by rank, and in a replay the channel beside them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use stories::{Story, Update};

use crate::filter::{self, Choice, Filter, Narrowed};
use crate::frame::Frame;
use crate::kept::{Kept, Shows};
use crate::rank::{Rank, Shown};
use crate::words::{self, Chip};
use crate::{Site, Trouble};

/// Outlets named in a row; the others are counted.
const OUTLETS_MAX: usize = 12;

#[derive(Template)]
#[template(path = "now.html")]
struct Now {
    frame: Frame,
    sentence: String,
    more: String,
    filter: Filters,
    rows: Vec<Row>,
    channel: Option<Channelled>,
    corrections: Vec<Corrected>,
    sources: String,
}

/// What is left out, and what could be.
struct Filters {
    here: String,
    words: String,
    countries: Vec<Choice>,
    languages: Vec<Choice>,
    spans: Vec<Choice>,
    narrowed: Vec<Narrowed>,
    /// The nearest page that shows something, where this one does not.
    wider: Option<(String, String)>,
}

struct Row {
    id: String,
    title: String,
    lang: String,
    chips: Vec<Chip>,
    spark: String,
    spark_label: String,
    lines: Vec<Line>,
    facts: String,
    languages: Vec<String>,
    outlets: String,
}

struct Line {
    time: String,
    text: String,
    lang: String,
    outlet: String,
    href: String,
}

struct Corrected {
    time: String,
    outlet: String,
    before: String,
    after: String,
    href: String,
}

/// The channel of a replay.
struct Channelled {
    name: String,
    words: String,
    /// Where something last changed: the post, what happened to it, its first line.
    last: Option<(i64, String, String)>,
    posts: Vec<Post>,
}

struct Post {
    id: i64,
    html: String,
    at: String,
    edited_now: bool,
    reply: Option<i64>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    Extension(kept): Extension<Arc<Kept>>,
    Extension(rank): Extension<Arc<Rank>>,
    Query(asked): Query<filter::Asked>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let filter = Filter::from(asked);
    let key = filter.address();
    kept.answer(site, headers, key, Shows::News, move |site| make(site, &rank, &filter)).await
}

fn make(site: &Site, rank: &Rank, filter: &Filter) -> Result<String, Trouble> {
    let now = (site.now)();
    let top = rank.top(site, filter, now)?;
    let listings = site.store.listings_now()?;
    let answering = listings.answering as usize;
    let read = listings
        .answered_at
        .map(|at| format!(", last at {}", words::time(at, now, &site.zone)))
        .unwrap_or_default();
    let corrections = top.corrections.into_iter().map(|c| Corrected {
        time: words::time(c.at, now, &site.zone),
        outlet: c.outlet,
        before: c.before,
        after: c.after,
        href: format!("/a/{}", c.article.0),
    });
    let page = Now {
        frame: Frame::new(site, "now"),
        sentence: format!(
            "{}{} from {} read{read}.",
            if filter.is_empty() { String::new() } else { format!("{} of ", top.taken) },
            words::stories(top.count),
            words::count(answering, "outlet")
        ),
        more: "Show what is new".to_owned(),
        filter: Filters {
            here: filter.address(),
            words: filter.words(),
            countries: top.countries,
            languages: top.languages,
            spans: filter.spans(),
            narrowed: filter.narrowed(),
            wider: top
                .wider
                .map(|(f, n)| (f.address(), format!("{}: {}", f.words(), words::stories(n)))),
        },
        rows: top.rows.iter().enumerate().map(|(n, s)| row(site, s, n == 0, now)).collect(),
        channel: site.preview.as_ref().map(|p| channelled(site, &**p, now)),
        corrections: corrections.collect(),
        sources: format!(
            "{answering} of {} answer{read}.",
            words::count(listings.all as usize, "outlet")
        ),
    };
    Ok(page.render()?)
}

fn row(site: &Site, shown: &Shown, lead: bool, now: Timestamp) -> Row {
    let story = &shown.story;
    let lines = shown.lines.iter().take(if lead { 3 } else { 1 });
    let outlets = words::outlets(story);
    let more = outlets.len().saturating_sub(OUTLETS_MAX);
    let (spark, spark_label) = spark(story, now, site);
    let facts = format!(
        "{}, {} · {}",
        words::count(story.members.len(), "article"),
        words::count(story.independent_texts as usize, "independent text"),
        words::count(outlets.len(), "outlet")
    );
    let mut names = outlets.into_iter().take(OUTLETS_MAX).collect::<Vec<_>>().join(", ");
    if more > 0 {
        names.push_str(&format!(" and {more} more"));
    }
    Row {
        id: story.id.to_string(),
        title: story.title.clone(),
        lang: story.title_language.clone(),
        chips: words::chips(story, now),
        spark,
        spark_label,
        lines: lines.map(|u| line(u, site, now)).collect(),
        facts,
        languages: story.languages.clone(),
        outlets: names,
    }
}

fn line(update: &Update, site: &Site, now: Timestamp) -> Line {
    Line {
        time: words::time(update.at, now, &site.zone),
        text: update.text.clone(),
        lang: update.language.clone(),
        outlet: update.outlet.clone(),
        href: href(update),
    }
}

/// Where the sentence of an update stands.
pub(crate) fn href(update: &Update) -> String {
    match update.evidence.first() {
        Some(e) => format!("/a/{}#s{}", e.article.0, e.span.start),
        None => format!("/a/{}", update.article.0),
    }
}

/// Independent texts over time, as a stair.
fn spark(story: &Story, now: Timestamp, site: &Site) -> (String, String) {
    let times: Vec<i64> =
        story.members.iter().filter(|m| m.copy_of.is_none()).map(|m| m.at.as_second()).collect();
    let (Some(first), total) = (times.iter().min().copied(), times.len().max(1)) else {
        return (String::new(), String::new());
    };
    if total < 3 {
        return (String::new(), String::new());
    }
    let span = (now.as_second() - first).max(3600) as f64;
    let stair = (1..=12).map(|k| {
        let until = first as f64 + span * f64::from(k) / 12.0;
        let seen = times.iter().filter(|t| (**t as f64) <= until).count() as f64;
        format!("H{}V{:.1}", 8 * k - 4, 21.0 - 18.0 * seen / total as f64)
    });
    let path = format!("M0 21{}H96", stair.collect::<String>());
    let since = Timestamp::from_second(first)
        .map(|at| words::time(at, now, &site.zone))
        .unwrap_or_default();
    (path, format!("{} since {since}", words::count(times.len(), "independent text")))
}

fn channelled(site: &Site, preview: &dyn crate::Preview, now: Timestamp) -> Channelled {
    let posts = preview.posts();
    let edits: u32 = posts.iter().map(|p| p.edits).sum();
    let time = |at| words::time(at, now, &site.zone);
    let changed = |p: &crate::PreviewPost| p.edited.unwrap_or(p.at);
    let last = posts.iter().max_by_key(|p| (changed(p), p.id)).map(|p| {
        let what = if p.edited.is_some() { "edited" } else { "posted" };
        (p.id, format!("Last, {} {what}", time(changed(p))), first_line(&p.html))
    });
    // In the order of sending, so that nothing moves: new posts come below, edits happen in place.
    let shown = posts.iter().map(|p| Post {
        id: p.id,
        html: telegram(&p.html),
        at: match (p.edited, p.edits) {
            (Some(at), 0 | 1) => format!("{}, edited {}", time(p.at), time(at)),
            (Some(at), n) => format!("{}, edited {n} times, last {}", time(p.at), time(at)),
            (None, _) => time(p.at),
        },
        // Softly marked while the change is fresh by the replay's clock.
        edited_now: changed(p).as_second() >= now.as_second() - 600,
        reply: p.reply_to,
    });
    Channelled {
        name: preview.name(),
        words: format!(
            "a Telegram channel, as its readers see it: {}, {}",
            words::count(posts.len(), "message"),
            words::count(edits as usize, "edit")
        ),
        last,
        posts: shown.collect(),
    }
}

/// The first line of a post, without its tags.
fn first_line(html: &str) -> String {
    let line = html.lines().next().unwrap_or("");
    let mut out = String::new();
    let mut inside = false;
    for c in line.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    let plain = out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    plain.replace("&amp;", "&")
}

/// Telegram's HTML as a page may show it: its own few tags and nothing else; what Telegram folds is folded here too.
fn telegram(html: &str) -> String {
    let tags = ["b", "i", "s", "u", "a", "blockquote", "code"];
    let clean = ammonia::Builder::empty()
        .add_tags(tags)
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("blockquote", ["expandable"])
        .add_url_schemes(["http", "https"])
        .link_rel(Some("noreferrer nofollow"))
        .clean(html)
        .to_string();
    let mut out = String::with_capacity(clean.len() + 64);
    let mut rest = clean.as_str();
    while let Some((before, folded)) = rest.split_once("<blockquote expandable=\"\">") {
        let (inside, after) = folded.split_once("</blockquote>").unwrap_or((folded, ""));
        out.push_str(before.trim_end_matches('\n'));
        out.push_str("<details><summary>Said, in full</summary><blockquote>");
        out.push_str(inside);
        out.push_str("</blockquote></details>");
        rest = after.trim_start_matches('\n');
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_telegram_folds_is_folded() {
        let shown = telegram("<b>x</b>\n<blockquote expandable>\"a &amp; b\"</blockquote>\nend");
        assert_eq!(
            shown,
            "<b>x</b><details><summary>Said, in full</summary><blockquote>\"a &amp; b\"</blockquote></details>end"
        );
        assert_eq!(telegram("<blockquote>a</blockquote>"), "<blockquote>a</blockquote>");
        assert_eq!(first_line("<b>A &amp; B</b>\nmore"), "A & B");
    }

    #[test]
    fn a_post_shows_telegrams_tags_and_nothing_else() {
        let shown = telegram(
            "<b>x</b><script>alert(1)</script><a href=\"javascript:1\" onclick=\"x\">y</a><img src=x onerror=1><a href=\"https://a.example/\">z</a>",
        );
        assert!(shown.contains("<b>x</b>") && shown.contains("https://a.example/"), "{shown}");
        for bad in ["script", "onclick", "javascript", "img"] {
            assert!(!shown.contains(bad), "{shown}");
        }
    }
}
