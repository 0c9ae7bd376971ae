//! Listings of every format, written for these tests.

use article::feed::{self, Feed, FeedHint};

fn read(text: &str) -> Feed {
    let hint = FeedHint {
        url: Some("https://gazette.example/feeds/all.xml".to_owned()),
        content_type: None,
    };
    feed::read(text.as_bytes(), &hint)
}

/// format | feed title | for each entry: id, link, title, published or updated
fn check(text: &str, wanted: &[&str]) {
    let feed = read(text);
    let mut got = vec![format!("{}|{}", feed.format, feed.feed.title.as_deref().unwrap_or("-"))];
    for entry in &feed.entries {
        let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let at =
            entry.published.or(entry.updated).map_or_else(|| "-".to_owned(), |m| m.to_string());
        got.push(format!("{}|{}|{}|{at}", or(&entry.id), or(&entry.link), or(&entry.title)));
    }
    assert_eq!(got, wanted, "{text}");
}

#[test]
fn rss_with_all_that_goes_wrong_in_it() {
    check(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Harbour &amp; Gazette</title>
         <item><title><![CDATA[The bridge & the ferry]]></title><link>/a/1?x=1&y=2</link><guid isPermaLink='false'>g1</guid>
         <pubDate>Thu, 5 Nov 2026 17:05:00 CET</pubDate></item>
         <item><title>No end tag &nbsp; here<guid>https://gazette.example/a/2</guid></item></channel>",
        &[
            "rss20|Harbour & Gazette",
            "g1|https://gazette.example/a/1?x=1&y=2|The bridge & the ferry|2026-11-05T17:05:00+01:00",
            "https://gazette.example/a/2|https://gazette.example/a/2|No end tag \u{a0} here|-",
        ],
    );
}

#[test]
fn atom_json_rdf_and_sitemaps() {
    check(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title type='html'>A &lt;b&gt;title&lt;/b&gt;</title>
         <entry><id>urn:1</id><link rel='enclosure' href='x.mp3'/><link href='b'/><title>One</title>
         <updated>2026-11-05T10:00:00Z</updated></entry></feed>",
        &["atom10|A <b>title</b>", "urn:1|https://gazette.example/feeds/b|One|2026-11-05T10:00:00Z"],
    );
    check(
        r#"{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": 7, "url": "/c", "title": "T", "date_published": "2026-11-05T10:00:00+02:00"}]}"#,
        &["json|J", "7|https://gazette.example/c|T|2026-11-05T10:00:00+02:00"],
    );
    check(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'
         xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>R</title></channel>
         <item rdf:about='https://gazette.example/d'><title>D</title><dc:date>2026-11-05</dc:date></item></rdf:RDF>",
        &["rss10|R", "https://gazette.example/d|https://gazette.example/d|D|2026-11-05T12:00:00Z"],
    );
    check(
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>
         <url><loc>https://gazette.example/e</loc><n:news><n:publication><n:name>Gazette</n:name></n:publication>
         <n:publication_date>2026-11-05T10:00+01:00</n:publication_date><n:title>E</n:title></n:news></url></urlset>",
        &["sitemap|-", "https://gazette.example/e|https://gazette.example/e|E|2026-11-05T10:00:00+01:00"],
    );
    check(
        "https://gazette.example/f\nhttps://gazette.example/g\n",
        &[
            "sitemap|-",
            "https://gazette.example/f|https://gazette.example/f|-|-",
            "https://gazette.example/g|https://gazette.example/g|-|-",
        ],
    );
}

#[test]
fn authors_outlets_and_enclosures_are_kept() {
    let feed = read(
        "<rss xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><atom:link rel='hub' href='https://hub.example/'/>
         <item><author>ada@gazette.example (Ada Novak)</author><source url='https://wire.example/rss'>Wire</source>
         <enclosure url='/a.jpg' type='image/jpeg' length='12'/><category>Harbour</category></item>
         <item><dc:creator>Ada Novak, Ben Ito</dc:creator></item></channel></rss>",
    );
    assert_eq!(feed.feed.hub.as_deref(), Some("https://hub.example/"));
    let first = feed.entries.first().cloned().unwrap_or_default();
    assert_eq!(first.outlet.as_deref(), Some("Wire"));
    assert_eq!(
        first.authors.first().and_then(|a| a.email.clone()).as_deref(),
        Some("ada@gazette.example")
    );
    assert_eq!(first.enclosures.first().and_then(|e| e.length), Some(12));
    assert_eq!(first.categories, ["Harbour"]);
    assert_eq!(feed.entries.get(1).map(|e| e.authors.len()), Some(2));
}

#[test]
fn what_is_no_listing_is_a_doubt() {
    for text in
        ["", "plain words", "<html><body>not found</body></html>", "{\"a\": 1}", "{", "<rss"]
    {
        let feed = read(text);
        assert_eq!(feed.format, "", "{text}");
        assert!(feed.doubts.iter().any(|d| d.code == "feed.unknown-format"), "{text}");
    }
}
