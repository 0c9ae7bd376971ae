//! The page's own data about itself: JSON-LD, as broken as it comes.

use serde_json::{Map, Value};

use super::dom::{Dom, NodeId, Tag};
use crate::date::{self, Found};
use crate::markup;

/// The most bytes of one script, and scripts of one page.
const SCRIPT_BYTES_MAX: usize = 2 << 20;
const SCRIPTS_MAX: usize = 40;
/// The most objects that are looked at.
const OBJECTS_MAX: usize = 4000;

/// What the structured data says of the article.
#[derive(Clone, Debug, Default)]
pub(super) struct Linked {
    pub(super) headline: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<Found>,
    pub(super) modified: Option<Found>,
    pub(super) publisher: Option<String>,
    pub(super) body: Option<String>,
    pub(super) section: Option<String>,
    pub(super) language: Option<String>,
    pub(super) description: Option<String>,
    pub(super) address: Option<String>,
    pub(super) free: Option<bool>,
    pub(super) live: bool,
    /// How many words the whole article has, for subscribers.
    pub(super) words: Option<u64>,
    /// Posts of a live page: headline, text, time.
    pub(super) posts: Vec<(String, String, Option<Found>)>,
    /// The name of the site, from an object of its own.
    pub(super) site: Option<String>,
}

/// Reads every JSON-LD script of the page; the object most like an article wins.
pub(super) fn read(dom: &Dom<'_>) -> Linked {
    let mut values = Vec::new();
    for id in 0..dom.len() {
        if dom.tag(id) != Tag::Script || values.len() >= SCRIPTS_MAX {
            continue;
        }
        if let Some(value) = script(dom, id) {
            values.push(value);
        }
    }
    let mut objects = Vec::new();
    for value in &values {
        gather(value, &mut objects, 0);
    }
    let mut out = Linked::default();
    let best = objects.iter().enumerate().filter_map(|(i, o)| Some((rank(o)?, i))).max_by_key(
        // the first of equals: what follows is about other articles
        |(rank, i)| (*rank, std::cmp::Reverse(*i)),
    );
    if let Some((rank, i)) = best
        && let Some(object) = objects.get(i)
    {
        fill(object, &objects, rank, &mut out);
    }
    for object in &objects {
        let kind = kind_of(object);
        if out.site.is_none() && kind.iter().any(|k| k == "WebSite") {
            out.site = text(object, "name");
        }
        if out.publisher.is_none() && kind.iter().any(|k| k == "NewsMediaOrganization") {
            out.publisher = text(object, "name");
        }
        if out.free.is_none() {
            out.free = free(object);
        }
    }
    out
}

/// Parses one script, mending what often breaks it.
fn script(dom: &Dom<'_>, id: NodeId) -> Option<Value> {
    let source = dom.node(dom.below(id).next()?)?.text;
    if source.len() > SCRIPT_BYTES_MAX || !source.contains(['{', '[']) {
        return None;
    }
    if let Ok(value) = serde_json::from_str(source.trim()) {
        return Some(value);
    }
    let from = source.find(['{', '['])?;
    let to = source.rfind(['}', ']'])?;
    let source = source.get(from..=to)?;
    let mended = mend(source);
    if let Ok(value) = serde_json::from_str(&mended) {
        return Some(value);
    }
    if source.contains("&quot;") {
        return serde_json::from_str(&mend(&markup::decode(source))).ok();
    }
    // several objects after one another: the first
    serde_json::Deserializer::from_str(&mended).into_iter::<Value>().next()?.ok()
}

/// Line breaks inside strings, commas before brackets, unknown escapes.
fn mend(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut inside = false;
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        if inside {
            match c {
                '"' => inside = false,
                '\\' => {
                    let next = chars.peek().copied();
                    if matches!(next, Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) {
                        out.push('\\');
                        out.extend(chars.next());
                    }
                    continue;
                }
                c if c.is_control() => {
                    out.push(' ');
                    continue;
                }
                _ => {}
            }
        } else if c == '"' {
            inside = true;
        } else if c == ',' {
            let rest = chars.clone().find(|c| !c.is_whitespace());
            if matches!(rest, Some('}' | ']' | ',') | None) {
                continue;
            }
        } else if c.is_control() && !c.is_whitespace() {
            continue;
        }
        out.push(c);
    }
    out
}

fn gather<'v>(value: &'v Value, out: &mut Vec<&'v Map<String, Value>>, depth: usize) {
    if depth > 12 || out.len() >= OBJECTS_MAX {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|v| gather(v, out, depth + 1)),
        Value::Object(map) => {
            out.push(map);
            for (key, inner) in map {
                // lists of other articles and of comments are not about this one
                let other = matches!(
                    key.as_str(),
                    "itemListElement" | "comment" | "hasPart" | "review" | "isPartOf"
                );
                if (inner.is_object() || inner.is_array()) && !other {
                    gather(inner, out, depth + 1);
                }
            }
        }
        _ => {}
    }
}

fn kind_of(map: &Map<String, Value>) -> Vec<String> {
    let short = |t: &str| t.rsplit(['/', ':', '#']).next().unwrap_or(t).to_owned();
    match map.get("@type") {
        Some(Value::String(t)) => vec![short(t)],
        Some(Value::Array(types)) => types.iter().filter_map(|t| t.as_str().map(short)).collect(),
        _ => Vec::new(),
    }
}

/// How much like the article an object is.
fn rank(map: &Map<String, Value>) -> Option<u32> {
    let kind = kind_of(map).iter().map(|k| kind_rank(k)).max().unwrap_or(0);
    if kind == 0 {
        return None;
    }
    let has = |key: &str| u32::from(map.get(key).is_some_and(|v| !v.is_null()));
    Some(
        kind * 10
            + has("datePublished") * 4
            + has("headline") * 4
            + has("author")
            + has("articleBody") * 2,
    )
}

fn kind_rank(kind: &str) -> u32 {
    match kind {
        "LiveBlogPosting"
        | "NewsArticle"
        | "ReportageNewsArticle"
        | "AnalysisNewsArticle"
        | "OpinionNewsArticle"
        | "BackgroundNewsArticle"
        | "ReviewNewsArticle"
        | "AskPublicNewsArticle" => 3,
        "Article"
        | "BlogPosting"
        | "Report"
        | "AdvertiserContentArticle"
        | "ScholarlyArticle"
        | "TechArticle"
        | "SocialMediaPosting"
        | "DiscussionForumPosting"
        | "SatiricalArticle" => 2,
        "WebPage" | "ItemPage" | "VideoObject" | "Recipe" | "Review" | "CreativeWork"
        | "PodcastEpisode" => 1,
        _ => 0,
    }
}

fn fill(map: &Map<String, Value>, all: &[&Map<String, Value>], rank: u32, out: &mut Linked) {
    let article = rank >= 20;
    out.headline = text(map, "headline").or_else(|| if article { text(map, "name") } else { None });
    out.published = moment(map, "datePublished")
        .or_else(|| if article { moment(map, "dateCreated") } else { moment(map, "uploadDate") });
    out.modified = moment(map, "dateModified");
    out.description = text(map, "description");
    out.section = match map.get("articleSection") {
        Some(Value::Array(list)) => list.iter().find_map(|v| v.as_str()).map(clean),
        _ => text(map, "articleSection"),
    };
    out.language = match map.get("inLanguage") {
        Some(Value::Object(o)) => text(o, "alternateName").or_else(|| text(o, "name")),
        Some(Value::Array(a)) => a.iter().find_map(|v| v.as_str()).map(clean),
        _ => text(map, "inLanguage"),
    };
    out.free = free(map);
    out.address = match map.get("mainEntityOfPage") {
        Some(Value::Object(o)) => text(o, "@id"),
        _ => text(map, "mainEntityOfPage"),
    }
    .or_else(|| text(map, "url"));
    if article {
        out.body = map
            .get("articleBody")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .filter(|b| !b.is_empty());
    }
    out.publisher = map.get("publisher").and_then(|v| name_of(v, all, 0).into_iter().next());
    for key in ["author", "creator"] {
        if out.authors.is_empty()
            && let Some(value) = map.get(key)
        {
            out.authors = name_of(value, all, 0);
        }
    }
    out.words = match map.get("wordCount") {
        Some(Value::Number(n)) => n.as_u64(),
        Some(Value::String(t)) => t.trim().parse().ok(),
        _ => None,
    };
    out.live = kind_of(map).iter().any(|k| k == "LiveBlogPosting");
    if let Some(Value::Array(posts)) = map.get("liveBlogUpdate") {
        for post in posts.iter().take(1000) {
            let Some(post) = post.as_object() else { continue };
            let body = post.get("articleBody").and_then(Value::as_str).unwrap_or("");
            let at = moment(post, "datePublished");
            out.posts.push((text(post, "headline").unwrap_or_default(), body.to_owned(), at));
        }
    }
}

fn free(map: &Map<String, Value>) -> Option<bool> {
    match map.get("isAccessibleForFree")? {
        Value::Bool(free) => Some(*free),
        Value::String(text) => Some(text.to_ascii_lowercase().contains("true")),
        _ => None,
    }
}

/// Names of persons and organisations: text, object, list or reference.
fn name_of(value: &Value, all: &[&Map<String, Value>], depth: usize) -> Vec<String> {
    if depth > 3 {
        return Vec::new();
    }
    match value {
        Value::String(text) => {
            Some(clean(text)).filter(|t| !t.is_empty() && !t.contains("://")).into_iter().collect()
        }
        Value::Array(values) => {
            values.iter().take(40).flat_map(|v| name_of(v, all, depth + 1)).collect()
        }
        Value::Object(map) => {
            if let Some(name) = map.get("name") {
                return name_of(name, all, depth + 1);
            }
            let Some(id) = map.get("@id").and_then(Value::as_str) else { return Vec::new() };
            let target = all.iter().find(|o| {
                o.get("@id").and_then(Value::as_str) == Some(id) && o.contains_key("name")
            });
            target
                .and_then(|o| o.get("name"))
                .map(|n| name_of(n, all, depth + 1))
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    let value = match map.get(key)? {
        Value::String(text) => clean(text),
        Value::Array(list) => clean(list.first()?.as_str()?),
        _ => return None,
    };
    Some(value).filter(|v| !v.is_empty())
}

/// Entities are decoded (sites escape their JSON's texts for HTML too), tags left out.
fn clean(text: &str) -> String {
    let text = markup::decode(text);
    if text.contains('<') { markup::plain(&text) } else { markup::fold(&text) }
}

fn moment(map: &Map<String, Value>, key: &str) -> Option<Found> {
    let text = match map.get(key)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => list.first()?.as_str()?.to_owned(),
        _ => return None,
    };
    date::parse_zoned(&text)
}
