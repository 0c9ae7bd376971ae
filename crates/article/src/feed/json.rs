//! JSON Feed 1 and 1.1.

use serde_json::{Map, Value};

use super::sitemap::ENTRIES_MAX;
use super::{Author, Enclosure, Entry, Feed, FeedHint};
use crate::{Moment, date};

/// Reads a JSON Feed; leaves the format empty where the JSON is none.
pub(super) fn read(text: &str, hint: &FeedHint, feed: &mut Feed) {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            // a feed that breaks off still has the items before the break
            if let Some(Ok(value)) =
                serde_json::Deserializer::from_str(text).into_iter::<Value>().next()
            {
                value
            } else {
                feed.doubt("feed.broken-json", &format!("the JSON could not be read: {error}"));
                return;
            }
        }
    };
    let Some(top) = value.as_object() else { return };
    let items = top.get("items").and_then(Value::as_array);
    if items.is_none() && !top.contains_key("version") {
        return;
    }
    "json".clone_into(&mut feed.format);
    let base = hint.url.as_deref();
    let about = &mut feed.feed;
    about.title = string(top, "title");
    about.description = string(top, "description");
    about.link = string(top, "home_page_url").or_else(|| string(top, "feed_url"));
    about.self_link = string(top, "feed_url");
    about.id = string(top, "feed_url");
    about.next = string(top, "next_url");
    about.language = string(top, "language");
    about.info = string(top, "user_comment");
    about.authors = authors(top);
    about.hub = top
        .get("hubs")
        .and_then(Value::as_array)
        .and_then(|h| h.first())
        .and_then(|h| string(h.as_object()?, "url"));
    for item in items.into_iter().flatten().take(ENTRIES_MAX) {
        let Some(item) = item.as_object() else { continue };
        let published = moment(item, "date_published");
        let id = string(item, "id");
        let link = string(item, "url")
            .or_else(|| string(item, "external_url"))
            .or_else(|| id.clone().filter(|i| i.starts_with("http")));
        let link = match (base, link) {
            (Some(base), Some(link)) => crate::url::join(Some(base), &link).or(Some(link)),
            (_, link) => link,
        };
        let mut own = authors(item);
        if own.is_empty() {
            own.clone_from(&feed.feed.authors);
        }
        feed.entries.push(Entry {
            id: id.or_else(|| link.clone()),
            link,
            title: string(item, "title"),
            subtitle: None,
            summary: string(item, "summary"),
            content: string(item, "content_html").or_else(|| string(item, "content_text")),
            content_language: string(item, "language"),
            published,
            updated: moment(item, "date_modified"),
            created: None,
            authors: own,
            categories: item
                .get("tags")
                .and_then(Value::as_array)
                .map(|tags| tags.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect())
                .unwrap_or_default(),
            enclosures: item
                .get("attachments")
                .and_then(Value::as_array)
                .map(|a| a.iter().filter_map(|x| enclosure(x.as_object()?)).collect())
                .unwrap_or_default(),
            rights: None,
            language: string(item, "language").or_else(|| feed.feed.language.clone()),
            outlet: None,
        });
    }
}

fn enclosure(map: &Map<String, Value>) -> Option<Enclosure> {
    Some(Enclosure {
        url: Some(string(map, "url")?),
        media_type: string(map, "mime_type"),
        length: map.get("size_in_bytes").and_then(Value::as_u64),
    })
}

/// A string, or a number as its digits: ids are often numbers.
fn string(map: &Map<String, Value>, key: &str) -> Option<String> {
    match map.get(key)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn moment(map: &Map<String, Value>, key: &str) -> Option<Moment> {
    date::parse(&string(map, key)?)
}

fn authors(map: &Map<String, Value>) -> Vec<Author> {
    let one = map.get("author").into_iter();
    let many = map.get("authors").and_then(Value::as_array).into_iter().flatten();
    let mut out: Vec<Author> = Vec::new();
    for value in many.chain(one) {
        let author = match value {
            Value::String(name) => Author { name: Some(name.clone()), ..Author::default() },
            Value::Object(map) => {
                Author { name: string(map, "name"), email: None, url: string(map, "url") }
            }
            _ => continue,
        };
        if (author.name.is_some() || author.url.is_some()) && !out.contains(&author) {
            out.push(author);
        }
    }
    out
}
