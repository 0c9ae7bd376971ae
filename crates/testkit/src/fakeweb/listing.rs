//! Feeds, sitemaps and robots.txt of the fake web.

use jiff::Timestamp;
use serde_json::json;

use super::{Shared, page};
use crate::day::{Article, Content, Listing, Moment, Outlet, Version};

/// An article as it stands at a moment.
pub(super) struct Item<'a> {
    pub(super) article: &'a Article,
    pub(super) version: &'a Version,
    pub(super) published: Moment,
    pub(super) url: String,
}

/// Escapes text for XML and HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// Writing into a `String` does not fail.
macro_rules! put {
    ($out:expr, $($what:tt)*) => {
        { let _ok = std::fmt::Write::write_fmt(&mut $out, format_args!($($what)*)); }
    };
}
pub(super) use put;

/// The last path segment of an outlet's listing.
pub(super) fn file_name(outlet: &Outlet) -> &'static str {
    match outlet.listing {
        Listing::Rss | Listing::Atom => "feed.xml",
        Listing::JsonFeed => "feed.json",
        Listing::Sitemap => "news-sitemap.xml",
    }
}

/// An outlet's listing: content type and body.
pub(super) fn listing(
    web: &Shared,
    outlet: &Outlet,
    items: &[Item<'_>],
    now: Timestamp,
) -> (&'static str, String) {
    match outlet.listing {
        Listing::Rss => ("application/rss+xml; charset=utf-8", rss(web, outlet, items)),
        Listing::Atom => ("application/atom+xml; charset=utf-8", atom(web, outlet, items)),
        Listing::JsonFeed => ("application/feed+json", json_feed(web, outlet, items)),
        Listing::Sitemap => ("application/xml", news_sitemap(outlet, items, now)),
    }
}

/// # Source
///
/// RSS 2.0 (rssboard.org/rss-specification), content and dc modules.
fn rss(web: &Shared, outlet: &Outlet, items: &[Item<'_>]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n",
    );
    put!(out, "<title>{}</title>\n", escape(&outlet.name));
    put!(out, "<link>{}/{}/</link>\n", web.base, outlet.id);
    put!(
        out,
        "<atom:link href=\"{}\" rel=\"self\" type=\"application/rss+xml\"/>\n",
        web.listing_url(outlet)
    );
    put!(out, "<description>{}</description>\n", escape(&outlet.about));
    put!(out, "<language>{}</language>\n<ttl>5</ttl>\n", outlet.language);
    for item in items {
        put!(out, "<item>\n<title>{}</title>\n", escape(&item.version.title));
        put!(out, "<link>{}</link>\n", escape(&item.url));
        put!(out, "<guid isPermaLink=\"false\">{}:{}</guid>\n", outlet.id, item.article.id);
        put!(out, "<pubDate>{}</pubDate>\n", item.published.rfc2822());
        for author in &item.version.authors {
            put!(out, "<dc:creator>{}</dc:creator>\n", escape(author));
        }
        put!(out, "<category>{}</category>\n", escape(&item.article.section));
        // Twice: the description of an item is HTML.
        put!(out, "<description>{}</description>\n", escape(&escape(item.version.summary())));
        if outlet.content == Content::Full {
            let body = page::body(item.version).replace("]]>", "]]&gt;");
            put!(out, "<content:encoded><![CDATA[{body}]]></content:encoded>\n");
        }
        out.push_str("</item>\n");
    }
    out.push_str("</channel>\n</rss>\n");
    out
}

/// # Source
///
/// RFC 4287.
fn atom(web: &Shared, outlet: &Outlet, items: &[Item<'_>]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    put!(out, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n", outlet.language);
    put!(out, "<title>{}</title>\n", escape(&outlet.name));
    put!(out, "<subtitle>{}</subtitle>\n", escape(&outlet.about));
    put!(out, "<id>tag:{}.example,2026:feed</id>\n", outlet.id);
    put!(out, "<link rel=\"alternate\" href=\"{}/{}/\"/>\n", web.base, outlet.id);
    put!(out, "<link rel=\"self\" href=\"{}\"/>\n", web.listing_url(outlet));
    if let Some(last) = items.iter().map(|item| item.version.at).max_by_key(|at| at.at) {
        put!(out, "<updated>{}</updated>\n", last.rfc3339());
    }
    for item in items {
        put!(out, "<entry>\n<title>{}</title>\n", escape(&item.version.title));
        put!(out, "<id>tag:{}.example,2026:{}</id>\n", outlet.id, item.article.id);
        put!(out, "<link rel=\"alternate\" href=\"{}\"/>\n", escape(&item.url));
        put!(out, "<published>{}</published>\n", item.published.rfc3339());
        put!(out, "<updated>{}</updated>\n", item.version.at.rfc3339());
        for author in &item.version.authors {
            put!(out, "<author><name>{}</name></author>\n", escape(author));
        }
        put!(out, "<category term=\"{}\"/>\n", escape(&item.article.section));
        put!(out, "<summary>{}</summary>\n", escape(item.version.summary()));
        if outlet.content == Content::Full {
            let body = escape(&page::body(item.version));
            put!(out, "<content type=\"html\">{body}</content>\n");
        }
        out.push_str("</entry>\n");
    }
    out.push_str("</feed>\n");
    out
}

/// # Source
///
/// jsonfeed.org/version/1.1
fn json_feed(web: &Shared, outlet: &Outlet, items: &[Item<'_>]) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|item| {
            let mut entry = json!({
                "id": format!("{}:{}", outlet.id, item.article.id),
                "url": item.url,
                "title": item.version.title,
                "summary": item.version.summary(),
                "date_published": item.published.rfc3339(),
                "date_modified": item.version.at.rfc3339(),
                "authors": item.version.authors.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
                "tags": [item.article.section],
                "language": outlet.language,
            });
            let body = match outlet.content {
                Content::Full => ("content_html", page::body(item.version)),
                Content::Summary => ("content_text", item.version.summary().to_owned()),
            };
            if let Some(entry) = entry.as_object_mut() {
                entry.insert(body.0.to_owned(), body.1.into());
            }
            entry
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": format!("{}/{}/", web.base, outlet.id),
        "feed_url": web.listing_url(outlet),
        "description": outlet.about,
        "language": outlet.language,
        "items": items,
    });
    format!("{feed:#}\n")
}

/// Hours that a news sitemap reaches back.
///
/// # Source
///
/// developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap: articles of the last two days.
const NEWS_HOURS: i64 = 48;

fn news_sitemap(outlet: &Outlet, items: &[Item<'_>], now: Timestamp) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n",
    );
    let oldest = now.as_second() - NEWS_HOURS * 3600;
    for item in items.iter().filter(|item| item.published.at.as_second() >= oldest) {
        put!(out, "<url>\n<loc>{}</loc>\n", escape(&item.url));
        put!(out, "<lastmod>{}</lastmod>\n", item.version.at.rfc3339());
        put!(
            out,
            "<news:news>\n<news:publication><news:name>{}</news:name><news:language>{}</news:language></news:publication>\n",
            escape(&outlet.name),
            outlet.language
        );
        put!(
            out,
            "<news:publication_date>{}</news:publication_date>\n<news:title>{}</news:title>\n</news:news>\n</url>\n",
            item.published.rfc3339(),
            escape(&item.version.title)
        );
    }
    out.push_str("</urlset>\n");
    out
}

/// Every article so far.
///
/// # Source
///
/// sitemaps.org/protocol.html
pub(super) fn sitemap(items: &[Item<'_>]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for item in items {
        put!(
            out,
            "<url><loc>{}</loc><lastmod>{}</lastmod></url>\n",
            escape(&item.url),
            item.version.at.rfc3339()
        );
    }
    out.push_str("</urlset>\n");
    out
}

/// # Source
///
/// RFC 9309; the Sitemap lines: sitemaps.org/protocol.html#submit_robots
pub(super) fn robots(web: &Shared) -> String {
    let mut out = String::from("User-agent: *\n");
    for outlet in &web.outlets {
        put!(out, "Disallow: /{}/account/\n", outlet.id);
    }
    out.push('\n');
    for outlet in &web.outlets {
        put!(out, "Sitemap: {}/{}/sitemap.xml\n", web.base, outlet.id);
    }
    out
}
