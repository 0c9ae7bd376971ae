//! What the fake web prints, our own readers read: listings and pages give back the day.

use article::feed::FeedHint;
use article::page::PageHint;
use article::{BlockKind, feed, page};
use testkit::day::{Block, Day};
use testkit::fakeweb::{FakeWeb, FakeWebConfig};

use crate::fakeweb::ask;

fn ended() -> (Day, FakeWeb) {
    let day = Day::bundled().unwrap();
    let web = FakeWeb::start(FakeWebConfig::day(&day)).unwrap();
    web.set_now(day.end);
    (day, web)
}

#[test]
fn listings_name_every_article() {
    let (day, web) = ended();
    for (outlet, url) in web.feeds() {
        let answer = ask(&web, url.strip_prefix(web.base_url()).unwrap(), "");
        let content_type = answer.header("content-type").map(str::to_owned);
        let hint = FeedHint { url: Some(url.clone()), content_type };
        let listing = feed::read(&answer.body, &hint);
        assert!(listing.doubts.is_empty(), "{url}: {:?}", listing.doubts);
        let articles = day.articles.iter().filter(|article| article.outlet == outlet.id);
        for article in articles {
            let link = web.article_url(article);
            let entry = listing.entries.iter().find(|entry| entry.link.as_ref() == Some(&link));
            let Some(entry) = entry else { panic!("{url} lacks {link}") };
            let last = article.versions.last().unwrap();
            assert_eq!(entry.title.as_deref(), Some(last.title.as_str()));
            let published = entry.published.as_ref().map(|published| published.at);
            assert_eq!(published, article.published().map(|at| at.at), "{link}");
        }
    }
}

/// Any white space is one space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn pages_give_back_the_texts() {
    let (day, web) = ended();
    let mut wrong = Vec::new();
    for article in &day.articles {
        let url = web.article_url(article);
        let answer = ask(&web, url.strip_prefix(web.base_url()).unwrap(), "");
        let hint = PageHint { url: Some(url.clone()), ..PageHint::default() };
        let read = page::read(&answer.body, &hint).article;
        let last = article.versions.last().unwrap();
        let mut check = |what: &str, right: bool, given: &str| {
            if !right {
                wrong.push(format!("{}: {what}: {given}", article.id));
            }
        };
        // The standfirst and the outlet's note belong to the page: they may stand in the text or beside it.
        // What the outlet says of itself is read, and marked; it is no news.
        let news = read.blocks.iter().filter(|block| block.kind != BlockKind::Promotion);
        let news: Vec<_> = news.map(|block| block.span.of(&read.text)).collect();
        let told = last.blocks.iter().filter(|block| !matches!(block, Block::Promotion(_)));
        let told: Vec<_> = told.flat_map(Block::lines).collect();
        let (mut text, mut wanted) = (plain(&news.join("\n")), plain(&told.join("\n")));
        let beside = [&read.standfirst, &read.correction];
        for note in
            [&last.standfirst, &last.correction].into_iter().flatten().map(|note| plain(note))
        {
            let kept = beside
                .iter()
                .any(|own| own.as_deref().is_some_and(|own| plain(own).contains(&note)));
            check("beside the text", kept || text.contains(&note), &note);
            text = text.replace(&note, "");
            wanted = wanted.replace(&note, "");
        }
        let text = text.trim().trim_end_matches("Correction:").trim();
        check("text", text == wanted.trim(), text);
        let title = read.title.as_deref().map(plain).unwrap_or_default();
        check("title", title == plain(&last.title), &title);
        let (published, first) = (read.published.as_ref().map(|at| at.at), article.published());
        check("published", published == first.map(|at| at.at), &format!("{published:?}"));
        let promotes = matches!(last.blocks.last(), Some(Block::Promotion(_)));
        let seen = read.blocks.iter().any(|block| block.kind == BlockKind::Promotion);
        check("promotion", seen || !promotes, "");
        check("canonical", read.canonical.as_ref() == Some(&url), &format!("{:?}", read.canonical));
    }
    // A page reader is a judgement, not a decoder: nearly all pages, and which ones not.
    assert!(wrong.len() <= 5, "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
