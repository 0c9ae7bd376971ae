//! An article that comes as one JSON object, as the contract has it.

use serde_json::Value;

use crate::page::{self, PageHint};
use crate::{Article, Moment, plain};

/// Makes an article of one line of JSON as the contract has it.
///
/// # Errors
///
/// What is wrong with the line, for a person.
pub fn article(line: &Value) -> Result<Article, String> {
    let text = |name: &str| -> Result<Option<String>, String> {
        match line.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(s)) => Ok(Some(s.clone())),
            Some(_) => Err(format!("\"{name}\" is no text")),
        }
    };
    let published = match text("published")? {
        Some(at) => Some(Moment::rfc3339(&at).ok_or_else(|| {
            format!("\"published\": \"{at}\" is not a time like 2026-11-05T17:05:00+01:00")
        })?),
        None => None,
    };
    let (url, outlet) = (text("url")?, text("outlet")?);
    let mut article = if let Some(words) = text("text")? {
        plain::article(words)
    } else if let Some(html) = text("html")? {
        // A JSON string is Unicode, whatever the page inside says of its charset.
        let content_type = Some("text/html; charset=utf-8".to_owned());
        let hint = PageHint { url: url.clone(), content_type, outlet: outlet.clone() };
        page::read(html.as_bytes(), &hint).article
    } else if let Some(title) = text("title")? {
        plain::article(title)
    } else {
        return Err("has neither \"text\" nor \"html\"".to_owned());
    };
    article.id = line.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    article.url = url.or(article.url);
    article.outlet = outlet.or(article.outlet);
    article.published = published.or(article.published);
    article.language = text("language")?.or(article.language);
    article.title = text("title")?.or(article.title);
    Ok(article)
}
