//! Google Reader's API, the part that phone apps use: here an item is a story, unread again when something new is in it.
//!
//! # Source
//!
//! The API was never specified; this follows what FreshRSS and Miniflux answer (ClientLogin, `edit-tag`, `stream/…`), so that apps
//! made for them read stories. Limits: 250 items an answer, 1,000 ids an answer, 500 items a change.

use std::collections::BTreeMap;

use axum::extract::{Extension, Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{Person, Seen, StoryLine};
use stories::{Story, StoryId, Update};

use crate::account::Visitor;
use crate::{Site, Trouble, from_rows};

/// Items with their text in one answer.
const ITEMS_MAX: usize = 250;

/// Ids in one answer.
const IDS_MAX: usize = 1_000;

/// Items that one request may mark.
const MARKED_MAX: usize = 500;

/// Lines of an item's text.
const LINES_MAX: usize = 8;

/// How far back a stream goes where the app does not say, days.
const DAYS: i64 = 30;

/// Stories looked through for a stream.
const LOOKED_MAX: u32 = 5_000;

const READ: &str = "user/-/state/com.google/read";
const STARRED: &str = "user/-/state/com.google/starred";
const READING: &str = "user/-/state/com.google/reading-list";
const STREAM: &str = "feed/stories";

/// Names and values in the order in which they came; names come more than once.
type Fields = Vec<(String, String)>;

fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

fn all<'f>(fields: &'f Fields, name: &'f str) -> impl Iterator<Item = &'f str> {
    fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
}

fn number(fields: &Fields, name: &str) -> Option<i64> {
    field(fields, name).parse().ok()
}

/// `user/12/state/…` is written `user/-/state/…` by some apps and with the number by others.
fn state(tag: &str) -> Option<&'static str> {
    let (user, rest) = tag.strip_prefix("user/")?.split_once('/')?;
    let known = user == "-" || user.chars().all(|c| c.is_ascii_digit());
    [READ, STARRED, READING].into_iter().find(|s| known && s.strip_prefix("user/-/") == Some(rest))
}

/// An item's number: decimal, or the long form with 16 hexadecimal digits.
fn item_id(text: &str) -> Option<StoryId> {
    match text.strip_prefix("tag:google.com,2005:reader/item/") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(|n| StoryId(n.cast_signed())),
        None => text.parse().ok().map(StoryId),
    }
}

/// The person whose marks these are.
fn person(visitor: &Visitor) -> Result<&Person, Trouble> {
    visitor.person.as_ref().ok_or(Trouble::Forbidden("Marks want an account."))
}

/// Whose API token the app uses from now on: it logs in with a name and a token, or with a name and the password.
pub(crate) async fn client_login(
    State(site): State<Site>,
    peer: Option<Extension<axum::extract::ConnectInfo<std::net::SocketAddr>>>,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let (name, secret) = (field(&fields, "Email"), field(&fields, "Passwd"));
        let peer = peer.map(|p| p.0.0);
        let Some(token) = crate::account::app_token(&site, name, secret, peer)? else {
            return Ok((StatusCode::UNAUTHORIZED, "Error=BadAuthentication\n").into_response());
        };
        let body = format!("SID={token}\nLSID=none\nAuth={token}\n");
        Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
    })
    .await
}

/// Apps ask for it before they change something; what proves who they are is their own token.
pub(crate) async fn token() -> &'static str {
    "uptospeed"
}

pub(crate) async fn user_info(Extension(visitor): Extension<Visitor>) -> Result<Response, Trouble> {
    let (id, name) = match &visitor.person {
        Some(person) => (person.id, person.name.as_str()),
        None => (0, "reader"),
    };
    let id = id.to_string();
    Ok(answer(&json!({"userId": id, "userName": name, "userProfileId": id, "userEmail": ""})))
}

pub(crate) async fn subscriptions(State(site): State<Site>) -> Response {
    answer(&json!({"subscriptions": [{
        "id": STREAM, "title": "Stories", "categories": [], "iconUrl": "",
        "url": crate::api::address(&site, "/feeds/all.atom"), "htmlUrl": crate::api::address(&site, "/")
    }]}))
}

pub(crate) async fn tags() -> Response {
    answer(&json!({"tags": [{"id": STARRED}, {"id": READING}]}))
}

pub(crate) async fn unread_count(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let fields = vec![("xt".to_owned(), READ.to_owned())];
        let unread = find(&site, &visitor, READING, &fields)?;
        let newest = unread.iter().map(|(s, _)| s.last.as_microsecond()).max().unwrap_or(0);
        let row = |id: &str| json!({"id": id, "count": unread.len(), "newestItemTimestampUsec": newest.to_string()});
        Ok(answer(&json!({"max": LOOKED_MAX, "unreadcounts": [row(STREAM), row(READING)]})))
    })
    .await
}

/// The stories of a stream with how the person stands to each, newest news first.
fn find(
    site: &Site,
    visitor: &Visitor,
    stream: &str,
    fields: &Fields,
) -> Result<Vec<(StoryLine, Seen)>, Trouble> {
    let wanted = state(stream);
    if wanted.is_none() && stream != STREAM {
        return Err(Trouble::NoRow);
    }
    let now = (site.now)();
    let month = now.checked_sub(SignedDuration::from_hours(24 * DAYS));
    let since = number(fields, "ot").and_then(|s| Timestamp::from_second(s).ok());
    let since = since.or(month.ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let until = number(fields, "nt").and_then(|s| Timestamp::from_second(s).ok());
    let person = visitor.person.as_ref().map(|p| p.id);
    let mut stories = match (wanted, person) {
        (Some(STARRED), Some(person)) => {
            let mut kept = Vec::new();
            for id in site.store.starred(person, LOOKED_MAX)? {
                kept.extend(site.store.story(id)?.as_ref().map(short));
            }
            kept
        }
        (Some(STARRED), None) => Vec::new(),
        _ => site.store.story_lines(since, LOOKED_MAX)?,
    };
    stories.retain(|s| until.is_none_or(|until| s.last < until));
    let ids: Vec<StoryId> = stories.iter().map(|s| s.id).collect();
    let seen = match person {
        Some(person) => site.store.seen(person, &ids)?.into_iter().collect(),
        None => BTreeMap::new(),
    };
    let without = |tag: &str| all(fields, "xt").any(|t| state(t) == Some(tag));
    let only = |tag: &str| all(fields, "it").any(|t| state(t) == Some(tag)) || wanted == Some(tag);
    let mut out: Vec<(StoryLine, Seen)> = stories
        .into_iter()
        .map(|story| {
            let seen = seen.get(&story.id).copied().unwrap_or_default();
            (story, seen)
        })
        .filter(|(story, seen)| {
            let read = is_read(story.revision, *seen);
            !(without(READ) && read || without(STARRED) && seen.starred)
                && (!only(READ) || read)
                && (!only(STARRED) || seen.starred)
        })
        .collect();
    if field(fields, "r") == "o" {
        out.reverse();
    }
    Ok(out)
}

fn short(story: &Story) -> StoryLine {
    StoryLine { id: story.id, last: story.last, revision: story.revision }
}

/// Read, and nothing new came since.
fn is_read(revision: u32, seen: Seen) -> bool {
    seen.read > 0 && seen.read >= revision
}

/// One page of a stream, and where the next begins.
fn paged(
    found: Vec<(StoryLine, Seen)>,
    fields: &Fields,
    most: usize,
) -> (Vec<(StoryLine, Seen)>, Value) {
    let skip = field(fields, "c").parse::<usize>().unwrap_or(0).min(LOOKED_MAX as usize);
    let count = number(fields, "n").and_then(|n| usize::try_from(n).ok()).unwrap_or(20);
    let count = count.clamp(1, most);
    let more = found.len() > skip.saturating_add(count);
    let next = if more { json!((skip + count).to_string()) } else { Value::Null };
    (found.into_iter().skip(skip).take(count).collect(), next)
}

pub(crate) async fn contents(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    Path(stream): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let (page, next) = paged(find(&site, &visitor, &stream, &fields)?, &fields, ITEMS_MAX);
        let mut full = Vec::with_capacity(page.len());
        for (line, seen) in page {
            full.extend(site.store.story(line.id)?.map(|story| (story, seen)));
        }
        let mut out = json!({"direction": "ltr", "id": stream, "title": "Stories",
            "updated": (site.now)().as_second(), "items": items(&site, &full)?});
        if !next.is_null() {
            out["continuation"] = next;
        }
        Ok(answer(&out))
    })
    .await
}

pub(crate) async fn ids(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    Query(fields): Query<Fields>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let found = find(&site, &visitor, field(&fields, "s"), &fields)?;
        let (page, next) = paged(found, &fields, IDS_MAX);
        let refs = page.iter().map(|(s, _)| {
            json!({"id": s.id.0.to_string(), "directStreamIds": [STREAM], "timestampUsec": s.last.as_microsecond().to_string()})
        });
        let mut out = json!({"itemRefs": refs.collect::<Vec<_>>()});
        if !next.is_null() {
            out["continuation"] = next;
        }
        Ok(answer(&out))
    })
    .await
}

pub(crate) async fn contents_of(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let mut page = Vec::new();
        for id in all(&fields, "i").filter_map(item_id).take(ITEMS_MAX) {
            let Some(story) = site.store.story(id)? else { continue };
            let seen = match &visitor.person {
                Some(person) => site.store.seen(person.id, &[story.id])?.pop().map(|(_, s)| s),
                None => None,
            };
            page.push((story, seen.unwrap_or_default()));
        }
        let now = (site.now)().as_second();
        Ok(answer(&json!({"id": READING, "updated": now, "items": items(&site, &page)?})))
    })
    .await
}

fn items(site: &Site, page: &[(Story, Seen)]) -> Result<Vec<Value>, Trouble> {
    let ids: Vec<StoryId> = page.iter().map(|(story, _)| story.id).collect();
    let told = site.store.updates_told_of(&ids, LINES_MAX)?;
    let lines = |story: &Story| told.get(&story.id).map_or(&[][..], Vec::as_slice);
    Ok(page.iter().map(|(story, seen)| item(site, story, lines(story), *seen)).collect())
}

fn item(site: &Site, story: &Story, lines: &[Update], seen: Seen) -> Value {
    let now = (site.now)();
    let mut text = String::new();
    let chips = crate::words::chips(story, now);
    let figures: Vec<String> = chips.iter().map(|c| format!("{} {}", c.number, c.word)).collect();
    if !figures.is_empty() {
        text.push_str(&format!("<p><b>{}</b></p>", crate::chart::escape(&figures.join(", "))));
    }
    text.push_str("<ul>");
    for line in lines {
        let href = crate::api::address(site, &crate::now::href(line));
        text.push_str(&format!(
            "<li>{} (<a href=\"{}\">{}</a>)</li>",
            crate::chart::escape(&line.text),
            crate::chart::escape(&href),
            crate::chart::escape(&line.outlet)
        ));
    }
    text.push_str("</ul>");
    let mut categories = vec![READING];
    categories.extend(is_read(story.revision, seen).then_some(READ));
    categories.extend(seen.starred.then_some(STARRED));
    let url = crate::api::address(site, &format!("/s/{}", story.id));
    json!({
        "id": format!("tag:google.com,2005:reader/item/{:016x}", story.id.0),
        "title": story.title, "published": story.first.as_second(), "updated": story.last.as_second(),
        "crawlTimeMsec": story.last.as_millisecond().to_string(),
        "timestampUsec": story.last.as_microsecond().to_string(),
        "author": crate::words::outlets(story).join(", "),
        "canonical": [{"href": url}], "alternate": [{"href": url, "type": "text/html"}],
        "categories": categories,
        "origin": {"streamId": STREAM, "title": "Stories", "htmlUrl": crate::api::address(site, "/")},
        "summary": {"direction": "ltr", "content": text},
    })
}

/// Marks stories as read or starred, or takes the mark away.
pub(crate) async fn edit_tag(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let ids: Vec<StoryId> = all(&fields, "i").filter_map(item_id).take(MARKED_MAX).collect();
        let add: Vec<_> = all(&fields, "a").filter_map(state).collect();
        let remove: Vec<_> = all(&fields, "r").filter_map(state).collect();
        let mut stories = Vec::with_capacity(ids.len());
        for id in ids {
            stories.extend(site.store.story(id)?.as_ref().map(short));
        }
        mark(&site, person(&visitor)?, &stories, &add, &remove)?;
        Ok("OK".into_response())
    })
    .await
}

fn mark(
    site: &Site,
    person: &Person,
    stories: &[StoryLine],
    add: &[&str],
    remove: &[&str],
) -> Result<(), Trouble> {
    let ids: Vec<StoryId> = stories.iter().map(|story| story.id).collect();
    let known: BTreeMap<StoryId, Seen> = site.store.seen(person.id, &ids)?.into_iter().collect();
    let mut rows = Vec::new();
    for story in stories {
        let mut seen = known.get(&story.id).copied().unwrap_or_default();
        if add.contains(&READ) {
            seen.read = story.revision.max(1);
        }
        if remove.contains(&READ) {
            seen.read = 0;
        }
        seen.starred = (seen.starred || add.contains(&STARRED)) && !remove.contains(&STARRED);
        rows.push((story.id, seen));
    }
    Ok(site.store.set_seen(person.id, &rows)?)
}

/// Marks everything as read that had its last news before a time.
pub(crate) async fn mark_all(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let before = number(&fields, "ts").map_or(i64::MAX, |micros| micros / 1_000_000);
        let unread = vec![("xt".to_owned(), READ.to_owned())];
        let found = find(&site, &visitor, field(&fields, "s"), &unread)?;
        let found: Vec<StoryLine> =
            found.into_iter().map(|(s, _)| s).filter(|s| s.last.as_second() <= before).collect();
        mark(&site, person(&visitor)?, &found, &[READ], &[])?;
        Ok("OK".into_response())
    })
    .await
}

fn answer(body: &Value) -> Response {
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (head, body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_states_are_read_in_every_form() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(item_id(text).map(|id| id.0), expected, "{text}");
        };
        check("17", Some(17));
        check("tag:google.com,2005:reader/item/0000000000000011", Some(17));
        check("tag:google.com,2005:reader/item/ffffffffffffffff", Some(-1));
        check("tag:google.com,2005:reader/item/", None);
        check("x", None);
        assert_eq!(state("user/-/state/com.google/read"), Some(READ));
        assert_eq!(state("user/12/state/com.google/starred"), Some(STARRED));
        assert_eq!(state("user/x/state/com.google/read"), None);
        assert_eq!(state("feed/stories"), None);
    }
}
