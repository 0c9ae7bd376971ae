//! Finds the feed of a site from any of its pages.

use std::fmt;

use article::feed::{self, FeedHint};
use article::links;
use article::page::{self, PageHint};
use net::{Door, Request, Response};

use crate::Failure;
use crate::robots::Robots;

/// Addresses that are tried for one site, all together.
const TRIES_MAX: usize = 16;

/// Where feeds are by custom.
const USUAL: [&str; 8] = [
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/news-sitemap.xml",
];

/// A listing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its address.
    pub url: String,
    /// What it calls its outlet.
    pub outlet: Option<String>,
    /// `rss20`, `atom10`, `sitemap` and so on.
    pub format: String,
    /// How many entries it has now.
    pub entries: usize,
}

/// Why no listing was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The page itself could not be had.
    Page(Failure),
    /// The page names none, and none is where they usually are.
    None {
        /// The page, scrubbed.
        url: String,
        /// How many addresses were tried.
        tried: usize,
    },
    /// The page, which was to be watched, shows no links that look like articles.
    NoLinks {
        /// The page, scrubbed.
        url: String,
    },
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(failure) => write!(f, "{failure}"),
            Self::None { url, tried } => write!(
                f,
                "{url} names no feed and no news sitemap, and none is at the usual places ({tried} addresses tried); look for an RSS link on the site, or watch the page itself"
            ),
            Self::NoLinks { url } => write!(
                f,
                "{url} shows no links that look like articles; a page that a script builds cannot be watched"
            ),
        }
    }
}

impl std::error::Error for NotFound {}

/// Finds a site's listing: the address itself where it is one, else the main feed that the page names, else one at a usual
/// place, else a news sitemap. Best first; a site's comments and its single sections are left out.
///
/// # Limits
///
/// 16 requests.
///
/// # Errors
///
/// [`NotFound`], in words for whoever typed the address.
pub async fn discover(door: &Door, address: &str) -> Result<Vec<Found>, NotFound> {
    let response = open(door, address).await?;
    if let Some(found) = listing(&response) {
        return Ok(vec![found]);
    }
    let page = response.final_url.clone();
    let links = links::read(&response.body, &page);
    let is_side = |url: &str, title: Option<&str>| {
        let text = format!("{} {}", url, title.unwrap_or_default()).to_lowercase();
        ["comment", "kommentar", "commentaire", "комментар", "podcast"]
            .iter()
            .any(|word| text.contains(word))
    };
    let mut candidates: Vec<String> = links
        .feeds
        .iter()
        .filter(|(url, title)| !is_side(url, title.as_deref()))
        .map(|(url, _)| url.clone())
        .collect();
    let is_feed_link = |url: &str| {
        let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        ["/rss", "/feed", "/atom", "rss.xml", "feed.xml", "atom.xml", ".rss", ".rdf"]
            .iter()
            .any(|part| path.contains(part))
    };
    candidates.extend(
        links
            .anchors
            .iter()
            .map(|(url, _)| url)
            .filter(|url| is_feed_link(url) && !is_side(url, None))
            .take(4)
            .cloned(),
    );
    candidates.extend(USUAL.iter().filter_map(|path| article::url::join(Some(&page), path)));
    let mut tried = 1;
    let mut seen = vec![page.clone()];
    let mut sitemap = None;
    for candidate in candidates {
        if tried >= TRIES_MAX {
            break;
        }
        if seen.contains(&candidate) {
            continue;
        }
        seen.push(candidate.clone());
        tried += 1;
        if let Ok(response) = door.get(Request::new(&candidate)).await
            && response.status == 200
            && let Some(found) = listing(&response)
        {
            if found.format.starts_with("sitemap") {
                sitemap.get_or_insert(found);
            } else {
                return Ok(vec![found]);
            }
        }
    }
    if sitemap.is_none() {
        sitemap = news_sitemap(door, &page, &mut tried).await;
    }
    sitemap.map(|found| vec![found]).ok_or(NotFound::None { url: net::scrub(&page), tried })
}

/// Looks at a page that is to be watched: which articles it links to.
///
/// # Errors
///
/// [`NotFound`], in words for whoever typed the address.
pub async fn watch(door: &Door, address: &str) -> Result<Found, NotFound> {
    let response = open(door, address).await?;
    let url = response.permanent_url.clone().unwrap_or_else(|| response.final_url.clone());
    let entries = links::articles(&response.body, &response.final_url).len();
    if entries == 0 {
        return Err(NotFound::NoLinks { url: net::scrub(&url) });
    }
    let hint = PageHint {
        url: Some(response.final_url.clone()),
        content_type: response.headers.content_type.clone(),
        outlet: None,
    };
    let outlet = page::read(&response.body, &hint).article.outlet;
    Ok(Found { url, outlet, format: "page".to_owned(), entries })
}

/// Asks for an address as a person types it.
async fn open(door: &Door, address: &str) -> Result<Response, NotFound> {
    let address = address.trim();
    let url =
        if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let response = match door.get(Request::new(&url)).await {
        // A host that does not speak TLS may still be read.
        Err(_) if !address.contains("://") => {
            door.get(Request::new(&format!("http://{address}"))).await
        }
        other => other,
    }
    .map_err(|error| NotFound::Page(Failure::Net(error)))?;
    if response.status != 200 {
        return Err(NotFound::Page(Failure::of_status(&response, jiff::Timestamp::UNIX_EPOCH)));
    }
    Ok(response)
}

/// The sitemap that a site's robots.txt names, one for news first.
async fn news_sitemap(door: &Door, page: &str, tried: &mut usize) -> Option<Found> {
    let robots = article::url::join(Some(page), "/robots.txt")?;
    *tried += 1;
    let response = door.get(Request::new(&robots)).await.ok().filter(|r| r.status == 200)?;
    let mut sitemaps = Robots::read(&response.body, "uptospeed").sitemaps;
    sitemaps.sort_by_key(|url| !url.to_ascii_lowercase().contains("news"));
    for url in sitemaps.into_iter().take(2) {
        *tried += 1;
        if let Ok(response) = door.get(Request::new(&url)).await
            && response.status == 200
            && let Some(found) = listing(&response)
        {
            return Some(found);
        }
    }
    None
}

/// The listing that an answer is, where it is one.
fn listing(response: &Response) -> Option<Found> {
    let hint = FeedHint {
        url: Some(response.final_url.clone()),
        content_type: response.headers.content_type.clone(),
    };
    let feed = feed::read(&response.body, &hint);
    if feed.format.is_empty() || feed.format == "opml" {
        return None;
    }
    let url = response.permanent_url.clone().unwrap_or_else(|| response.final_url.clone());
    let outlet = feed.feed.title.or_else(|| feed.entries.iter().find_map(|e| e.outlet.clone()));
    let outlet = outlet.map(|t| t.split_whitespace().collect::<Vec<_>>().join(" "));
    Some(Found { url, outlet, format: feed.format, entries: feed.entries.len() })
}
