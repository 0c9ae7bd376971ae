//! Search: words and a few filters over everything that was read.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use store::Search;

use crate::chart::escape;
use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows, link, words};

/// Articles on a page of results.
pub(crate) const HITS_MAX: u32 = 30;

/// Characters of a query that are read.
pub(crate) const QUERY_CHARS_MAX: usize = 300;

/// Pages that can be turned.
const PAGES_MAX: u32 = 100;

/// Characters shown around the first word found.
const AROUND: usize = 90;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) page: u32,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Found {
    frame: Frame,
    q: String,
    hits: Vec<Row>,
    doubts: Vec<String>,
    next: Option<String>,
}

struct Row {
    id: i64,
    title: String,
    lang: String,
    outlet: String,
    time: String,
    excerpt: String,
    story: Option<String>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    from_rows(move || {
        let (search, doubts) = parse(&asked.q, &site.zone);
        let now = (site.now)();
        let skip = asked.page.min(PAGES_MAX) * HITS_MAX;
        let found = if empty(&search) {
            Vec::new()
        } else {
            site.store.search(&search, HITS_MAX + 1, skip)?
        };
        let more = found.len() > HITS_MAX as usize && asked.page < PAGES_MAX;
        let ids: Vec<_> = found.iter().map(|h| h.article).take(HITS_MAX as usize).collect();
        let texts = site.store.texts(&ids)?;
        let hits = found.into_iter().take(HITS_MAX as usize).map(|h| {
            let text = texts.get(&h.article);
            Row {
                id: h.article.0,
                title: if h.title.is_empty() { "(no headline)".to_owned() } else { h.title },
                lang: text.map(|t| t.language.clone()).unwrap_or_default(),
                outlet: h.outlet,
                time: words::time(h.at, now, &site.zone),
                excerpt: text.map(|t| excerpt(&t.text, &search.words)).unwrap_or_default(),
                story: h.story.map(|s| s.to_string()),
            }
        });
        html(&Found {
            frame: Frame::new(&site, "search"),
            hits: hits.collect(),
            doubts,
            next: more
                .then(|| format!("/search?q={}&page={}", link::encode(&asked.q), asked.page + 1)),
            q: asked.q.clone(),
        })
    })
    .await
}

/// Whether nothing is asked for.
pub(crate) fn empty(search: &Search) -> bool {
    search.words.iter().all(|w| !w.chars().any(char::is_alphanumeric))
        && [&search.from, &search.who, &search.place, &search.kind].iter().all(|f| f.is_empty())
        && search.since.is_none()
}

/// Reads a query: words, "phrases" and `from: who: place: type: since:`. What it cannot read it says and leaves out.
pub(crate) fn parse(query: &str, zone: &TimeZone) -> (Search, Vec<String>) {
    let mut search = Search::default();
    let mut doubts = Vec::new();
    let query: String = query.chars().take(QUERY_CHARS_MAX).collect();
    for (key, value) in pieces(&query) {
        match key.as_str() {
            "from" => search.from = value,
            "who" => search.who = value,
            "place" => search.place = value,
            "type" => search.kind = value,
            "since" => match since(&value, zone) {
                Some(at) => search.since = Some(at),
                None => doubts.push(format!("since:{value} is no date; write since:2026-11-05")),
            },
            _ => search.words.push(value),
        }
    }
    (search, doubts)
}

/// Splits at spaces outside quotation marks, and takes the filter's name off.
fn pieces(query: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let (mut key, mut value, mut quoted) = (String::new(), String::new(), false);
    for c in query.chars().chain([' ']) {
        match c {
            '"' | '“' | '”' | '„' => quoted = !quoted,
            ':' if !quoted
                && key.is_empty()
                && ["from", "who", "place", "type", "since"].contains(&value.as_str()) =>
            {
                key = std::mem::take(&mut value);
            }
            c if c.is_whitespace() && !quoted => {
                if !value.is_empty() {
                    out.push((std::mem::take(&mut key), std::mem::take(&mut value)));
                }
                key.clear();
            }
            c => value.push(c),
        }
    }
    // A quotation mark that nobody closed.
    if !value.trim().is_empty() {
        out.push((key, value.trim().to_owned()));
    }
    out
}

fn since(value: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = value.parse::<Timestamp>() {
        return Some(at);
    }
    let day: Date = value.parse().ok()?;
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

/// The text around the first word found, the word marked; everything escaped.
fn excerpt(text: &str, words: &[String]) -> String {
    let chars: Vec<char> = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let lower = |c: &char| c.to_lowercase().next().unwrap_or(*c);
    let folded: Vec<char> = chars.iter().map(lower).collect();
    let found = words.iter().find_map(|word| {
        let word: Vec<char> = word.chars().map(|c| lower(&c)).collect();
        if word.is_empty() {
            return None;
        }
        let begins = |n: usize| n == 0 || folded.get(n - 1).is_some_and(|c| !c.is_alphanumeric());
        let at =
            folded.windows(word.len()).enumerate().position(|(n, w)| w == word && begins(n))?;
        Some((at, word.len()))
    });
    let (at, len) = found.unwrap_or((0, 0));
    let from = at.saturating_sub(AROUND);
    let to = (at + len + AROUND).min(chars.len());
    let cut = |a: usize, b: usize| {
        escape(&chars.get(a..b).map(|c| c.iter().collect::<String>()).unwrap_or_default())
    };
    let mark = if len > 0 { format!("<b>{}</b>", cut(at, at + len)) } else { String::new() };
    format!(
        "{}{}{mark}{}{}",
        if from > 0 { "… " } else { "" },
        cut(from, at),
        cut(at + len, to),
        if to < chars.len() { " …" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_words_and_filters() {
        let check = |query: &str, expected: (&[&str], &str, &str)| {
            let (search, _) = parse(query, &TimeZone::UTC);
            assert_eq!(search.words, expected.0, "{query}");
            assert_eq!((search.from.as_str(), search.who.as_str()), (expected.1, expected.2));
        };
        check("train from:Interpont", (&["train"], "Interpont", ""));
        check("\"light rail\" who:\"Jörn Wiebold\"", (&["light rail"], "", "Jörn Wiebold"));
        check("time: 10:30 who:", (&["time:", "10:30"], "", ""));
        check("\"open", (&["open"], "", ""));
        let (search, doubts) = parse("since:yesterday since:2026-10-14", &TimeZone::UTC);
        assert_eq!((doubts.len(), search.since.is_some(), empty(&search)), (1, true, false));
        assert!(empty(&parse("\" * -", &TimeZone::UTC).0));
    }

    #[test]
    fn an_excerpt_is_escaped_and_marked() {
        let shown = excerpt("<i>Ann</i> met Überlingen & more", &["überling".to_owned()]);
        assert_eq!(shown, "&lt;i&gt;Ann&lt;/i&gt; met <b>Überling</b>en &amp; more");
    }
}
