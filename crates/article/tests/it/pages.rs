//! Pages written for these tests: what is the article's, and what is the page's.

use article::page::{self, Furniture, PageHint};
use article::{Article, BlockKind};

const PAGE: &str = r#"<!doctype html><html lang="en-GB"><head><title>Bridge closed over the Orla | Harbour Gazette</title>
<meta property="og:site_name" content="Harbour Gazette">
<meta property="og:title" content="Bridge closed over the Orla">
<meta name="description" content="Thousands of drivers waited on Monday after the port authority closed the bridge without warning.">
<link rel="canonical" href="/news/bridge">
<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","headline":"Bridge closed over the Orla",
"datePublished":"2026-05-04T09:30:00+02:00","dateModified":"2026-05-04T11:00:00+02:00","author":[{"@type":"Person","name":"Ada Novak"}],
"publisher":{"@type":"Organization","name":"Harbour Gazette"},"isAccessibleForFree":false,}</script></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>Bridge closed over the Orla</h1>
<div class="byline">By <a rel="author" href="/ada">Ada Novak</a></div>
<div class="article-body">
<p>The bridge over the Orla was closed on Monday after inspectors found cracks in two of its pillars, the port authority said.</p>
<p>Drivers waited for hours on both banks. “Nobody told us anything,” said one of them, who had come from the far side of the bay to work.</p>
<div class="related"><a href="/x">The ferry that never came back</a></div>
<h2>Nobody was warned</h2>
<p>The authority had known of the cracks since the winter, according to a report that the Gazette has seen, but kept the road open to lorries.</p>
<figure><img src="a.jpg"><figcaption>The bridge on Monday. Photo: Ben Ito</figcaption></figure>
<p>Repairs will take until the autumn, and a ferry will run every twenty minutes from Wednesday, the mayor told the council in the evening.</p>
<p>Never miss a ferry again: sign up to our newsletter and follow us on Telegram!</p>
<p>(Reporting by Ada Novak; editing by Ben Ito)</p>
</div></article>
<aside class="sidebar"><h3>Most read</h3><ul><li><a href="/1">A goat on the pitch stops the final</a></li></ul></aside>
<footer><p>© Harbour Gazette. All rights reserved. This text stands under every page of ours and is no news at all.</p></footer></body></html>"#;

fn read(html: &str) -> Article {
    let hint = PageHint {
        url: Some("https://gazette.example/news/bridge?utm_source=x".to_owned()),
        ..PageHint::default()
    };
    page::read(html.as_bytes(), &hint).article
}

fn of_kind(article: &Article, kind: BlockKind) -> Vec<&str> {
    article.blocks.iter().filter(|b| b.kind == kind).map(|b| b.span.of(&article.text)).collect()
}

#[test]
fn a_page_gives_its_article_and_what_it_says_of_itself() {
    let article = read(PAGE);
    assert_eq!(article.title.as_deref(), Some("Bridge closed over the Orla"));
    assert_eq!(article.outlet.as_deref(), Some("Harbour Gazette"));
    assert_eq!(article.authors, ["Ada Novak"]);
    assert_eq!(article.language.as_deref(), Some("en-GB"));
    assert_eq!(article.canonical.as_deref(), Some("https://gazette.example/news/bridge"));
    assert_eq!(
        article.published.map(|m| m.to_string()).as_deref(),
        Some("2026-05-04T09:30:00+02:00")
    );
    assert_eq!(
        article.modified.map(|m| m.to_string()).as_deref(),
        Some("2026-05-04T11:00:00+02:00")
    );
    assert!(article.paywalled);
    assert!(article.standfirst.as_deref().is_some_and(|s| s.starts_with("Thousands of drivers")));
}

#[test]
fn the_blocks_are_told_apart() {
    let article = read(PAGE);
    assert_eq!(of_kind(&article, BlockKind::Heading), ["Nobody was warned"]);
    assert_eq!(of_kind(&article, BlockKind::Lead).len(), 1);
    let paragraphs = of_kind(&article, BlockKind::Paragraph);
    assert_eq!(paragraphs.len(), 3, "{paragraphs:#?}");
    let promotion = of_kind(&article, BlockKind::Promotion).join(" ");
    assert!(promotion.contains("newsletter"), "{promotion}");
    for word in ["goat", "Sport", "All rights reserved", "ferry that never"] {
        let news = article.blocks.iter().filter(|b| b.kind.is_news());
        assert!(news.clone().all(|b| !b.span.of(&article.text).contains(word)), "{word}");
    }
}

#[test]
fn what_every_page_of_a_host_repeats_is_learnt() {
    let short = "<p>Owned by its readers since 1893.</p>";
    let long = "<p>The Gazette has reported from the harbour for longer than anybody and is owned by its four hundred readers and crew.</p>";
    let page_of = |n: usize| {
        PAGE.replace("<h2>Nobody was warned</h2>", &format!("{short}{long}"))
            .replace("on Monday", &format!("on day {n}"))
            .replace("from Wednesday", &format!("from day {n}"))
            .replace("Nobody told us", &format!("{n} people told us"))
            .replace("since the winter", &format!("for {n} weeks"))
    };
    let hint = PageHint::default();
    let mut furniture = Furniture::default();
    for n in 1..11 {
        let read = page::read_known(page_of(n).as_bytes(), &hint, &furniture);
        assert_eq!(read.article.text.contains("since 1893"), n < 4, "page {n}");
        // what happened before stands in every report of a running story: a sentence must be met much more often
        assert_eq!(read.article.text.contains("four hundred"), n < 9, "page {n}");
        assert!(read.article.text.contains("inspectors found cracks"));
        furniture.learn(&read);
    }
}

#[test]
fn posts_of_a_live_page_are_dated() {
    let posts = [
        (
            "The first boats leave the old harbour with forty people on board, the harbour master says.",
            "2026-05-04T09:00:00Z",
        ),
        (
            "The storm has turned north and should pass the islands by midnight, forecasters say now.",
            "2026-05-04T10:00:00Z",
        ),
        (
            "All boats are back and nobody was hurt, the rescue service told reporters on the quay.",
            "2026-05-04T11:00:00Z",
        ),
    ];
    let linked: Vec<String> = posts
        .iter()
        .map(|(text, at)| {
            format!(r#"{{"@type":"BlogPosting","articleBody":"{text}","datePublished":"{at}"}}"#)
        })
        .collect();
    let shown: Vec<String> =
        posts.iter().map(|(text, _)| format!("<div class=\"post\"><p>{text}</p></div>")).collect();
    let article = read(&format!(
        r#"<html><head><script type="application/ld+json">{{"@type":"LiveBlogPosting","headline":"Storm over the islands","liveBlogUpdate":[{}]}}</script></head>
        <body><main><h1>Storm over the islands</h1><div class="article-body">{}</div></main></body></html>"#,
        linked.join(","),
        shown.concat()
    ));
    assert!(article.live);
    let times: Vec<String> =
        article.blocks.iter().filter_map(|b| b.at).map(|m| m.to_string()).collect();
    assert_eq!(times, posts.map(|(_, at)| at.to_owned()));
}

#[test]
fn a_correction_is_kept_beside_the_text_and_is_no_news() {
    let note = "Correction: an earlier version of this article said that nine pillars were cracked. It was two.";
    let article =
        read(&PAGE.replace("<p>Never miss", &format!("<p><em>{note}</em></p><p>Never miss")));
    assert_eq!(article.correction.as_deref(), Some(note));
    let news = article.blocks.iter().filter(|b| b.kind.is_news());
    assert!(news.clone().count() > 0);
    assert!(news.clone().all(|b| !b.span.of(&article.text).contains("nine pillars")));
    assert_eq!(read(PAGE).correction, None);
}

#[test]
fn a_text_behind_a_wall_is_told_from_a_whole_one() {
    // the page says that it is not free, but all of it is there
    let whole = read(PAGE);
    assert!(whole.paywalled && !whole.truncated);
    let cut = PAGE
        .find("<p>The authority had known")
        .and_then(|at| PAGE.get(..at))
        .map(|start| format!("{start}<p>The authority had known of the cracks since the winter, according to a report that the…</p></div></article></body></html>"));
    let cut = read(&cut.unwrap_or_default());
    assert!(cut.paywalled && cut.truncated, "{}", cut.text);
    // far fewer words than the structured data counts
    let counted =
        PAGE.replace("\"isAccessibleForFree\"", "\"wordCount\":900,\"isAccessibleForFree\"");
    assert!(read(&counted).truncated);
    let free = PAGE.replace("\"isAccessibleForFree\":false", "\"isAccessibleForFree\":true");
    assert!(!read(&free).paywalled && !read(&free).truncated);
}

#[test]
fn what_is_no_page_is_a_doubt() {
    for html in ["", "<html></html>", "\u{0}\u{0}", "<script>", "just words"] {
        let page = page::read(html.as_bytes(), &PageHint::default());
        assert!(page.article.text.len() <= html.len(), "{html}");
        assert!(!page.doubts.is_empty() || !page.article.text.is_empty(), "{html}");
    }
}
