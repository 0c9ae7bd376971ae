//! One page, asked once: read into an article, or the listing's own words where the page gives none.

use std::time::Duration;

use article::feed::Entry;
use article::page::{self, Furniture, PageHint};
use article::{Article, Moment};
use jiff::{SignedDuration, Timestamp};
use net::{Door, Request, Response};
use store::DueItem;

use crate::{Failure, Settings};

const ACCEPT: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// Tries before a page that fails is given up: 1, 4, 16, 64 minutes and so on, about a day and a half together.
const TRIES_MAX: u32 = 7;

/// Tries at a page that is not there: a listing may be a few minutes ahead of the pages.
const MISSING_TRIES_MAX: u32 = 3;

/// Tries while a host asks for patience: it is not the page's fault.
const BUSY_TRIES_MAX: u32 = 40;

/// A listing's text of so many characters is an article's, not a teaser.
const FULL_TEXT_CHARS_MIN: usize = 600;

/// What a fetch brought, before it is committed.
#[derive(Clone, Debug)]
pub enum FetchResult {
    /// An article.
    Article(Box<Fetched>),
    /// The page is as it was at the last look.
    Unchanged {
        /// When to look again.
        look: Option<Timestamp>,
    },
    /// Nothing yet.
    Later {
        /// Why.
        failure: Failure,
        /// When to try again.
        at: Timestamp,
    },
    /// Nothing, for good.
    Aside {
        /// Why.
        failure: Failure,
    },
}

/// An article with where it was read.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The address by which it is one article for ever.
    pub url: String,
    /// The article.
    pub article: Article,
    /// Validators of the page.
    pub etag: Option<String>,
    /// See `etag`.
    pub last_modified: Option<String>,
    /// Why it is the listing's text and not the page's.
    pub instead: Option<Failure>,
    /// What was odd about the page.
    pub doubts: Vec<article::Doubt>,
    /// When to look at the page again.
    pub look: Option<Timestamp>,
    /// What the pages of a host repeat, this one among them; `None` where it taught nothing.
    pub furniture: Option<(String, Furniture)>,
    /// It says what was kept at the look before, but for lines that its host is known to repeat by now.
    pub nothing_new: bool,
}

/// What is known of the repeated lines of a host.
pub(crate) type Known<'a> = &'a (dyn Fn(&str) -> Furniture + Sync);

/// Asks for an item's page and reads it, with the usual settings. Nothing is written; [`crate::commit_fetch`] does that.
pub async fn fetch(door: &Door, item: &DueItem, now: Timestamp) -> FetchResult {
    fetch_with(door, &Settings::default(), item, now).await
}

/// Asks for an item's page and reads it. Nothing is written; [`crate::commit_fetch`] does that.
pub async fn fetch_with(
    door: &Door,
    settings: &Settings,
    item: &DueItem,
    now: Timestamp,
) -> FetchResult {
    fetch_known(door, settings, item, &|_| Furniture::default(), now).await
}

/// Does what [`fetch_with`] does, leaving out what is known to be repeated by the pages of the host that answers.
pub(crate) async fn fetch_known(
    door: &Door,
    settings: &Settings,
    item: &DueItem,
    known: Known<'_>,
    now: Timestamp,
) -> FetchResult {
    let look = next_look(settings, item, now);
    match fetch_page(door, settings, item, known, now).await {
        FetchResult::Unchanged { .. } => FetchResult::Unchanged { look },
        FetchResult::Article(fetched) => {
            FetchResult::Article(Box::new(Fetched { look, ..*fetched }))
        }
        other => other,
    }
}

async fn fetch_page(
    door: &Door,
    settings: &Settings,
    item: &DueItem,
    known: Known<'_>,
    now: Timestamp,
) -> FetchResult {
    let request = Request {
        url: item.url.clone(),
        etag: item.etag.clone(),
        last_modified: item.last_modified.clone(),
        accept: Some(ACCEPT.to_owned()),
        limits: None,
    };
    let response = match door.get(request).await {
        Ok(response) => response,
        Err(error) if error.is_lasting() => return without_page(item, Failure::Net(error)),
        Err(error) => return later(settings, item, Failure::Net(error), now),
    };
    match response.status {
        200 | 203 => {}
        304 if item.again => return FetchResult::Unchanged { look: None },
        404 | 410 => {
            let failure = Failure::of_status(&response, now);
            // An article that was taken down is not told from the listing's words.
            return if response.status == 410 || item.tries + 1 >= MISSING_TRIES_MAX {
                FetchResult::Aside { failure }
            } else {
                later(settings, item, failure, now)
            };
        }
        401 | 402 | 403 | 406 | 451 => {
            return without_page(item, Failure::of_status(&response, now));
        }
        _ => return later(settings, item, Failure::of_status(&response, now), now),
    }
    if is_wall(&item.url, &response) {
        return without_page(item, Failure::Wall { url: net::scrub(&response.final_url) });
    }
    if !may_be_html(&response) {
        return without_page(item, Failure::not_a("an article", &response));
    }
    let host = store::authority(&response.final_url);
    let furniture = known(&host);
    read(item, response, (host, furniture)).await
}

async fn read(
    item: &DueItem,
    response: Response,
    (host, furniture): (String, Furniture),
) -> FetchResult {
    let hint = PageHint {
        url: Some(response.final_url.clone()),
        content_type: response.headers.content_type.clone(),
        outlet: item.outlet.clone(),
    };
    let shown = Response {
        body: response.body.get(..512).unwrap_or(&response.body).to_vec(),
        ..response.clone()
    };
    let body = response.body;
    // Reading a page takes milliseconds: not on the threads that wait for the network. A panic is contained to the item.
    let reading = tokio::task::spawn_blocking(move || {
        let page = page::read_known(&body, &hint, &furniture);
        let mut furniture = furniture;
        furniture.learn(&page);
        (page, furniture)
    });
    let (page, furniture) = match reading.await {
        Ok(read) => read,
        Err(_panic) => {
            return without_page(item, Failure::not_a("an article that can be read", &shown));
        }
    };
    let mut article = page.article;
    if article.text.trim().is_empty() {
        return without_page(item, Failure::not_a("an article", &shown));
    }
    // A teaser before a paywall is worth less than the whole text in the feed.
    if (article.paywalled || article.truncated)
        && let Some(full) = from_entry(item)
        && full.text.chars().count() > article.text.chars().count().max(FULL_TEXT_CHARS_MIN)
    {
        article.text = full.text;
        article.blocks = full.blocks;
        article.truncated = false;
    }
    let url = lasting_url(&item.url, &response.final_url, article.canonical.as_deref());
    complete(&mut article, item, &url);
    FetchResult::Article(Box::new(Fetched {
        url,
        article,
        etag: response.headers.etag,
        last_modified: response.headers.last_modified,
        instead: None,
        doubts: page.doubts,
        look: None,
        furniture: Some((host, furniture)),
        nothing_new: false,
    }))
}

/// Tries again later, and less often each time; in the end the listing's own words have to do.
fn later(settings: &Settings, item: &DueItem, failure: Failure, now: Timestamp) -> FetchResult {
    let tries_max = if failure.is_busy() { BUSY_TRIES_MAX } else { TRIES_MAX };
    if item.tries + 1 >= tries_max {
        return without_page(item, failure);
    }
    let wait = Duration::from_secs(60 << (2 * item.tries.min(5)));
    let wait = wait.max(failure.retry_after().unwrap_or_default()).min(settings.wait_max);
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1));
    FetchResult::Later { failure, at: now.checked_add(wait).unwrap_or(Timestamp::MAX) }
}

/// The article in the listing's own words, where it has any.
pub(crate) fn without_page(item: &DueItem, failure: Failure) -> FetchResult {
    match from_entry(item) {
        // A second look that fails changes nothing about the article that is known.
        _ if item.again => FetchResult::Unchanged { look: None },
        Some(mut article) => {
            complete(&mut article, item, &item.url);
            FetchResult::Article(Box::new(Fetched {
                url: item.url.clone(),
                article,
                etag: None,
                last_modified: None,
                instead: Some(failure),
                doubts: Vec::new(),
                look: None,
                furniture: None,
                nothing_new: false,
            }))
        }
        None => FetchResult::Aside { failure },
    }
}

/// Reads an entry's own text: all of it where the feed carries it, else the teaser, else the headline alone.
fn from_entry(item: &DueItem) -> Option<Article> {
    let Entry { title, summary, content, .. } = &item.entry;
    let html = [content, summary].into_iter().flatten().max_by_key(|text| text.len());
    let title = title.as_deref().map(text_of).filter(|t| !t.is_empty());
    let mut article = match html {
        Some(html) => {
            let document =
                format!("<!DOCTYPE html><html><body><article>{html}</article></body></html>");
            let hint = PageHint {
                url: Some(item.url.clone()),
                content_type: Some("text/html; charset=utf-8".to_owned()),
                outlet: item.outlet.clone(),
            };
            page::read(document.as_bytes(), &hint).article
        }
        None => Article::default(),
    };
    if article.text.trim().is_empty() {
        // What the page reader finds too short for an article is a teaser here.
        let text =
            html.map(|html| text_of(html)).filter(|t| !t.is_empty()).or_else(|| title.clone())?;
        let lead = article::Block {
            span: article::Span { start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) },
            kind: article::BlockKind::Lead,
            at: None,
        };
        article = Article { text, blocks: vec![lead], ..Article::default() };
    }
    article.title = title.or(article.title);
    article.truncated = article.text.chars().count() < FULL_TEXT_CHARS_MIN;
    Some(article)
}

/// The text of a piece of HTML, tags dropped and the five named references of XML replaced.
fn text_of(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    let out = out
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Fills what the page does not say with what the listing says.
fn complete(article: &mut Article, item: &DueItem, url: &str) {
    let entry = &item.entry;
    article.url = Some(url.to_owned());
    let title = || entry.title.as_deref().map(text_of).filter(|t| !t.is_empty());
    article.title = article.title.take().filter(|t| !t.trim().is_empty()).or_else(title);
    article.published = better(article.published, entry.published.or(entry.created));
    article.modified = article.modified.or(entry.updated);
    article.outlet =
        article.outlet.take().or_else(|| item.outlet.clone()).or_else(|| entry.outlet.clone());
    article.language = article
        .language
        .take()
        .or_else(|| entry.language.clone())
        .or_else(|| item.language.clone());
    if article.authors.is_empty() {
        article.authors = entry.authors.iter().filter_map(|a| a.name.clone()).collect();
    }
    article.section = article.section.take().or_else(|| entry.categories.first().cloned());
}

/// The page's date, unless it is a day only and the listing knows the hour.
fn better(page: Option<Moment>, listing: Option<Moment>) -> Option<Moment> {
    match (page, listing) {
        (Some(page), Some(listing)) if page.day_only && !listing.day_only => Some(listing),
        (page, listing) => page.or(listing),
    }
}

/// The address by which an article is one for ever: the outlet's own word where it can be believed, else where it was read.
///
/// Some sites name their front page, or one article, as every page's canonical address: believed is only an address on the
/// same site whose last part is also that of the page.
fn lasting_url(listed: &str, read_at: &str, canonical: Option<&str>) -> String {
    let last = |url: &str| {
        url::Url::parse(url).ok().and_then(|u| {
            let part =
                u.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
            (!part.is_empty()).then_some(part)
        })
    };
    let site = |url: &str| {
        let host = article::url::host(url).unwrap_or_default();
        ["amp.", "m.", "mobile."]
            .iter()
            .find_map(|p| host.strip_prefix(p))
            .unwrap_or(&host)
            .to_owned()
    };
    if let Some(canonical) = canonical
        && site(canonical) == site(read_at)
        && last(canonical).is_some()
        && (last(canonical) == last(read_at) || last(canonical) == last(listed))
    {
        return canonical.to_owned();
    }
    if site(read_at) == site(listed) || last(read_at) == last(listed) {
        return read_at.to_owned();
    }
    // A redirect to another site's address: a feed's counting host as a rule.
    if last(read_at).is_some() { read_at.to_owned() } else { listed.to_owned() }
}

/// Whether the answer asks for consent, a cookie or a log-in instead: it was led to a place that says so in its address.
fn is_wall(asked: &str, response: &Response) -> bool {
    let words = [
        "consent",
        "cookiewall",
        "cookie-wall",
        "privacy-gate",
        "login",
        "signin",
        "subscribe",
        "paywall",
    ];
    let path = |url: &str| {
        url::Url::parse(url)
            .map(|u| {
                format!("{}{}", u.host_str().unwrap_or_default(), u.path()).to_ascii_lowercase()
            })
            .unwrap_or_default()
    };
    let (asked, answered) = (path(asked), path(&response.final_url));
    asked != answered && words.iter().any(|word| answered.contains(word) && !asked.contains(word))
}

fn may_be_html(response: &Response) -> bool {
    let media = response.headers.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_text =
        media.is_empty() || ["html", "xml", "text/plain"].iter().any(|kind| media.contains(kind));
    let head = response.body.get(..response.body.len().min(1024)).unwrap_or_default();
    let binary = head.starts_with(b"%PDF")
        || head.starts_with(b"\x89PNG")
        || head.starts_with(b"PK\x03\x04");
    is_text && !binary
}

/// When to look at an article again.
fn next_look(settings: &Settings, item: &DueItem, now: Timestamp) -> Option<Timestamp> {
    let done = item.looks + u32::from(item.again);
    let wait = settings.looks.get(done as usize)?;
    now.checked_add(SignedDuration::try_from(*wait).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_keeps_one_address() {
        for (listed, read_at, canonical, wanted) in [
            ("https://a.example/x/1", "https://a.example/x/1", None, "https://a.example/x/1"),
            (
                "https://a.example/x/1?from=rss",
                "https://a.example/x/1?from=rss",
                Some("https://www.a.example/x/1"),
                "https://www.a.example/x/1",
            ),
            (
                "https://a.example/x/1",
                "https://a.example/x/1",
                Some("https://a.example/"),
                "https://a.example/x/1",
            ),
            (
                "https://a.example/x/1",
                "https://a.example/x/1",
                Some("https://a.example/x/2"),
                "https://a.example/x/1",
            ),
            (
                "https://a.example/x/1",
                "https://a.example/x/1",
                Some("https://b.example/x/1"),
                "https://a.example/x/1",
            ),
            (
                "https://amp.a.example/x/1",
                "https://amp.a.example/x/1",
                Some("https://a.example/x/1"),
                "https://a.example/x/1",
            ),
            ("https://count.example/r/77", "https://a.example/x/1", None, "https://a.example/x/1"),
            (
                "https://count.example/r/77",
                "https://a.example/",
                None,
                "https://count.example/r/77",
            ),
        ] {
            assert_eq!(lasting_url(listed, read_at, canonical), wanted, "{listed} {canonical:?}");
        }
    }

    #[test]
    fn walls_say_so_in_their_address() {
        for (asked, answered, wanted) in [
            ("https://a.example/x/1", "https://consent.a.example/collect?to=x", true),
            ("https://a.example/x/1", "https://a.example/login?next=/x/1", true),
            ("https://a.example/x/1", "https://a.example/x/1", false),
            ("https://a.example/x/age-of-consent", "https://www.a.example/x/age-of-consent", false),
        ] {
            let response = Response { final_url: answered.to_owned(), ..Response::default() };
            assert_eq!(is_wall(asked, &response), wanted, "{answered}");
        }
    }

    #[test]
    fn mark_up_is_dropped_from_teasers() {
        assert_eq!(text_of("<p>Eleven &amp; more<br/>dead</p>"), "Eleven & more dead");
    }
}
