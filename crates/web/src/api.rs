//! The same rows for programs: JSON, with an entity tag on every answer, and outgoing feeds.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use stories::{ArticleId, Story, StoryId, Update};

use crate::{Site, Trouble, from_rows, now, search};

/// Things in one answer, unless fewer are asked for.
const LIMIT_MAX: u32 = 200;

/// Things in one answer where the asker does not say.
const LIMIT: u32 = 50;

/// Things that can be passed over.
const SKIP_MAX: u32 = 10_000;

/// Lines of a story in the feed of all.
const LINES_MAX: usize = 5;

/// How far back an answer goes where the asker does not say.
const HOURS: i64 = 48;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Page {
    limit: Option<u32>,
    #[serde(default)]
    skip: u32,
    since: Option<String>,
    #[serde(default)]
    q: String,
}

impl Page {
    /// How many things are asked for, and how many are passed over.
    ///
    /// # Errors
    ///
    /// More than the description allows.
    fn window(&self) -> Result<(u32, u32), Trouble> {
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Trouble::Asked("limit is a number from 1 to 200"));
        }
        if self.skip > SKIP_MAX {
            return Err(Trouble::Asked("skip is a number from 0 to 10000; narrow since instead"));
        }
        Ok((limit, self.skip))
    }

    /// # Errors
    ///
    /// A `since` that is no time.
    fn since(&self, now: Timestamp) -> Result<Timestamp, Trouble> {
        match &self.since {
            Some(text) => text
                .parse()
                .ok()
                .ok_or(Trouble::Asked("since is no time; write 2026-11-05T06:00:00Z")),
            None => Ok(now
                .checked_sub(SignedDuration::from_hours(HOURS))
                .unwrap_or(Timestamp::UNIX_EPOCH)),
        }
    }
}

pub(crate) async fn stories(
    State(site): State<Site>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let (limit, skip) = page.window()?;
        let all = site.store.stories_since(page.since((site.now)())?, skip + limit + 1)?;
        let rest: Vec<&Story> =
            all.iter().filter(|s| s.merged_into.is_none()).skip(skip as usize).collect();
        let shown: Vec<Value> = rest.iter().take(limit as usize).map(|s| brief(s, &site)).collect();
        let next = (rest.len() > shown.len()).then(|| skip + limit);
        Ok(tagged(
            &headers,
            "application/json",
            json!({"stories": shown, "next_skip": next}).to_string(),
        ))
    })
    .await
}

pub(crate) async fn story(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let story = find(&site, &id)?;
        let updates: Vec<Value> =
            site.store.updates(story.id)?.iter().map(|u| update(u, &site)).collect();
        let mut out = brief(&story, &site);
        out["figures"] = story
            .figures
            .iter()
            .map(|f| {
                json!({"kind": f.kind, "outlet": f.outlet, "at": f.at, "min": f.min, "max": f.max, "best": f.best,
                       "qualifier": f.qualifier, "withdrawn": f.withdrawn, "article": f.article.0,
                       "url": address(&site, &format!("/a/{}#s{}", f.article.0, f.sentence.start))})
            })
            .collect();
        out["statements"] = story
            .statements
            .iter()
            .map(|s| {
                json!({"speaker": s.speaker, "description": s.description, "text": s.text, "language": s.language, "kind": s.kind,
                       "outlets": s.outlets, "at": s.at, "article": s.article.0,
                       "url": address(&site, &format!("/a/{}#q{}", s.article.0, s.span.start))})
            })
            .collect();
        out["corrections"] = story
            .corrections
            .iter()
            .map(|c| {
                json!({"outlet": c.outlet, "at": c.at, "before": c.before, "after": c.after, "noted": c.noted, "article": c.article.0})
            })
            .collect();
        out["places"] = json!(story.places);
        out["articles"] = json!(story.members);
        out["updates"] = Value::Array(updates);
        Ok(tagged(&headers, "application/json", out.to_string()))
    })
    .await
}

pub(crate) async fn updates(
    State(site): State<Site>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let (limit, skip) = page.window()?;
        let all = site.store.updates_since(page.since((site.now)())?)?;
        let shown: Vec<Value> =
            all.iter().skip(skip as usize).take(limit as usize).map(|u| update(u, &site)).collect();
        let end = skip as usize + shown.len();
        let next = (end < all.len()).then_some(end);
        Ok(tagged(
            &headers,
            "application/json",
            json!({"updates": shown, "next_skip": next}).to_string(),
        ))
    })
    .await
}

pub(crate) async fn article(
    State(site): State<Site>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let Some((revision, reading)) = site.store.article(ArticleId(id))? else {
            return Err(Trouble::NoRow);
        };
        let a = &revision.article;
        let story = site.store.story_of(ArticleId(id))?.map(|(s, _)| s);
        let speakers: Vec<Value> = reading
            .iter()
            .flat_map(|r| &r.speakers)
            .map(|s| json!({"name": s.name, "description": s.description}))
            .collect();
        let out = json!({"id": id, "outlet": revision.outlet, "published": revision.at, "title": a.title, "language": a.language,
                         "authors": a.authors, "url": a.canonical.clone().or_else(|| a.url.clone()), "text": a.text,
                         "correction": a.correction, "story": story, "speakers": speakers});
        Ok(tagged(&headers, "application/json", out.to_string()))
    })
    .await
}

pub(crate) async fn found(
    State(site): State<Site>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let (limit, skip) = page.window()?;
        if !(1..=search::QUERY_CHARS_MAX).contains(&page.q.chars().count()) {
            return Err(Trouble::Asked("q has 1 to 300 characters"));
        }
        let (asked, mut doubts) = search::parse(&page.q, &site.zone);
        let hits = if search::empty(&asked) {
            doubts.push("there is no word in q".to_owned());
            Vec::new()
        } else {
            site.store.search(&asked, limit + 1, skip)?
        };
        let shown: Vec<Value> = hits
            .iter()
            .take(limit as usize)
            .map(|h| {
                json!({"article": h.article.0, "outlet": h.outlet, "title": h.title, "published": h.at, "story": h.story,
                       "url": address(&site, &format!("/a/{}", h.article.0))})
            })
            .collect();
        let next = (hits.len() > shown.len()).then(|| skip + limit);
        Ok(tagged(&headers, "application/json", json!({"articles": shown, "doubts": doubts, "next_skip": next}).to_string()))
    })
    .await
}

/// The description of all this for programs.
pub(crate) async fn openapi(headers: HeaderMap) -> Response {
    tagged(&headers, "application/json", include_str!("../assets/openapi.json").to_owned())
}

/// `/feeds/all.atom`, `.rss` or `.json`: one entry a story, as it now stands.
pub(crate) async fn feed_all(
    State(site): State<Site>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let form = name.strip_prefix("all.").and_then(Form::of).ok_or_else(no_feed)?;
        let now = (site.now)();
        let since =
            now.checked_sub(SignedDuration::from_hours(HOURS)).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut stories = site.store.stories_since(since, LIMIT)?;
        stories.retain(|story| story.merged_into.is_none());
        let ids: Vec<StoryId> = stories.iter().map(|story| story.id).collect();
        let told = site.store.updates_told_of(&ids, LINES_MAX)?;
        let mut entries = Vec::new();
        for story in &stories {
            let lines = told.get(&story.id).map_or(&[][..], Vec::as_slice);
            let text: Vec<String> =
                lines.iter().map(|u| format!("{} ({})", u.text, u.outlet)).collect();
            let url = address(&site, &format!("/s/{}", story.id));
            let at = lines.first().map_or(story.last, |u| u.at);
            entries.push(Entry {
                id: url.clone(),
                url,
                title: story.title.clone(),
                text: text.join("\n"),
                at,
            });
        }
        let feed = Feed {
            title: "uptospeed".to_owned(),
            home: address(&site, "/"),
            own: address(&site, &format!("/feeds/{name}")),
            entries,
        };
        Ok(feed.answer(form, &headers))
    })
    .await
}

/// `/feeds/s/27k2.atom`, `.rss` or `.json`: one entry for everything that was new.
pub(crate) async fn feed_story(
    State(site): State<Site>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let (id, form) = name.split_once('.').ok_or_else(no_feed)?;
        let form = Form::of(form).ok_or_else(no_feed)?;
        let story = find(&site, id)?;
        let page = address(&site, &format!("/s/{}", story.id));
        let updates = site.store.updates(story.id)?;
        let entries =
            updates.iter().filter(|u| !u.text.is_empty()).take(LIMIT as usize).map(|u| Entry {
                id: format!("{page}/history#r{}", u.revision),
                url: address(&site, &now::href(u)),
                title: u.text.clone(),
                text: format!("{} ({})", u.text, u.outlet),
                at: u.at,
            });
        let feed = Feed {
            title: story.title.clone(),
            home: page.clone(),
            own: address(&site, &format!("/feeds/s/{name}")),
            entries: entries.collect(),
        };
        Ok(feed.answer(form, &headers))
    })
    .await
}

fn no_feed() -> Trouble {
    Trouble::Missing(
        "There is no such feed",
        "Feeds are /feeds/all.atom, .rss or .json, and /feeds/s/NAME.atom of a story.",
    )
}

fn find(site: &Site, id: &str) -> Result<Story, Trouble> {
    let id: StoryId = id.parse().map_err(|()| Trouble::NoRow)?;
    site.store.story(id)?.ok_or(Trouble::NoRow)
}

pub(crate) fn address(site: &Site, path: &str) -> String {
    format!("{}{path}", site.base_url.trim_end_matches('/'))
}

fn brief(story: &Story, site: &Site) -> Value {
    let now = (site.now)();
    let chips = crate::words::chips(story, now);
    let figures: Vec<String> = chips.iter().map(|c| format!("{} {}", c.number, c.word)).collect();
    json!({"id": story.id, "url": address(site, &format!("/s/{}", story.id)), "title": story.title, "title_language": story.title_language,
           "first": story.first, "last": story.last, "articles_count": story.members.len(), "independent_texts": story.independent_texts,
           "outlets": crate::words::outlets(story), "languages": story.languages, "figures_now": figures, "revision": story.revision})
}

fn update(u: &Update, site: &Site) -> Value {
    json!({"story": u.story, "revision": u.revision, "at": u.at, "kind": u.kind, "text": u.text, "language": u.language,
           "outlet": u.outlet, "article": u.article.0, "importance": u.importance, "url": address(site, &now::href(u))})
}

/// An answer with its entity tag; 304 where the asker has it.
pub(crate) fn tagged(headers: &HeaderMap, media_type: &'static str, body: String) -> Response {
    let tag = crate::tag::of(&body);
    if crate::tag::is_known(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    (
        [
            (header::CONTENT_TYPE, media_type.to_owned()),
            (header::ETAG, tag),
            (header::CACHE_CONTROL, "no-cache".to_owned()),
        ],
        body,
    )
        .into_response()
}

#[derive(Clone, Copy)]
enum Form {
    Atom,
    Rss,
    Json,
}

impl Form {
    fn of(name: &str) -> Option<Self> {
        match name {
            "atom" => Some(Self::Atom),
            "rss" => Some(Self::Rss),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

struct Entry {
    id: String,
    url: String,
    title: String,
    text: String,
    at: Timestamp,
}

struct Feed {
    title: String,
    home: String,
    own: String,
    entries: Vec<Entry>,
}

impl Feed {
    fn answer(&self, form: Form, headers: &HeaderMap) -> Response {
        match form {
            Form::Atom => tagged(headers, "application/atom+xml; charset=utf-8", self.atom()),
            Form::Rss => tagged(headers, "application/rss+xml; charset=utf-8", self.rss()),
            Form::Json => tagged(headers, "application/feed+json; charset=utf-8", self.json()),
        }
    }

    fn atom(&self) -> String {
        let updated = self.entries.iter().map(|e| e.at).max().unwrap_or(Timestamp::UNIX_EPOCH);
        let entries = self.entries.iter().map(|e| {
            format!(
                "<entry><id>{}</id><title>{}</title><link href=\"{}\"/><updated>{}</updated><author><name>uptospeed</name></author><content type=\"text\">{}</content></entry>\n",
                xml(&e.id), xml(&e.title), xml(&e.url), e.at, xml(&e.text)
            )
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{0}</id><title>{1}</title><link rel=\"self\" href=\"{0}\"/><link href=\"{2}\"/><updated>{updated}</updated>\n{3}</feed>\n",
            xml(&self.own),
            xml(&self.title),
            xml(&self.home),
            entries.collect::<String>()
        )
    }

    fn rss(&self) -> String {
        let entries = self.entries.iter().map(|e| {
            format!(
                "<item><guid isPermaLink=\"false\">{}</guid><title>{}</title><link>{}</link><pubDate>{}</pubDate><description>{}</description></item>\n",
                xml(&e.id), xml(&e.title), xml(&e.url),
                jiff::fmt::strtime::format("%a, %d %b %Y %H:%M:%S +0000", &e.at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default(),
                // A reader takes a description for HTML: what is plain is escaped for HTML, then for XML.
                xml(&xml(&e.text))
            )
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{0}</title><link>{1}</link><description>{0}</description>\n{2}</channel></rss>\n",
            xml(&self.title),
            xml(&self.home),
            entries.collect::<String>()
        )
    }

    fn json(&self) -> String {
        let items: Vec<Value> = self
            .entries
            .iter()
            .map(|e| json!({"id": e.id, "url": e.url, "title": e.title, "content_text": e.text, "date_modified": e.at}))
            .collect();
        json!({"version": "https://jsonfeed.org/version/1.1", "title": self.title, "home_page_url": self.home, "feed_url": self.own, "items": items})
            .to_string()
    }
}

/// Escapes for XML; characters that XML cannot hold are left out.
fn xml(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .filter(|c| !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
        .collect();
    crate::chart::escape(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_well_formed_whatever_a_headline_holds() {
        let entry = Entry {
            id: "http://x/1".into(),
            url: "http://x/1?a&b".into(),
            title: "<b>5 < 6 & \u{1}\"x\"".into(),
            text: "]]> </content>".into(),
            at: Timestamp::UNIX_EPOCH,
        };
        let feed = Feed {
            title: "T & T".into(),
            home: "http://x/".into(),
            own: "http://x/f".into(),
            entries: vec![entry],
        };
        for text in [feed.atom(), feed.rss()] {
            assert!(text.contains("&lt;b&gt;5 &lt; 6 &amp; &quot;x&quot;"), "{text}");
            assert_eq!(
                text.matches("</content>").count() + text.matches("</description>").count(),
                if text.contains("<rss") { 2 } else { 1 }
            );
            assert!(!text.contains('\u{1}'));
        }
        assert!(serde_json::from_str::<Value>(&feed.json()).is_ok());
    }
}
