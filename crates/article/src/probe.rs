//! What must hold for any input at all: the bodies of the fuzz targets, run over saved inputs by a plain test too.
//!
//! Each function panics where a promise of the crate is broken; nothing else may panic.

use crate::{Article, feed, links, page, plain, url};

/// A listing of any bytes is read, written as JSON and read back the same.
pub fn feed(bytes: &[u8]) {
    let hint =
        feed::FeedHint { url: Some("https://outlet.example/feed".to_owned()), content_type: None };
    let read = feed::read(bytes, &hint);
    assert!(read.entries.len() <= 100_000, "more entries than the limit");
    if read.format.is_empty() {
        assert!(!read.doubts.is_empty(), "nothing was read and nothing is said of it");
    }
    for entry in &read.entries {
        for moment in [entry.published, entry.updated, entry.created].into_iter().flatten() {
            assert!(!moment.to_string().is_empty());
        }
    }
    let opml = feed::opml_write("list", &read.entries);
    let back = feed::read(opml.as_bytes(), &feed::FeedHint::default());
    assert_eq!(back.format, "opml", "our own list of feeds cannot be read");
}

/// A page of any bytes gives an article whose blocks make its text; a host's furniture never adds text.
pub fn page(bytes: &[u8]) {
    let hint = page::PageHint {
        url: Some("https://outlet.example/a".to_owned()),
        ..page::PageHint::default()
    };
    let read = page::read(bytes, &hint);
    blocks(&read.article);
    let joined: Vec<&str> =
        read.article.blocks.iter().map(|b| b.span.of(&read.article.text)).collect();
    assert_eq!(joined.join("\n"), read.article.text, "the blocks do not make the text");
    let mut furniture = page::Furniture::default();
    for _ in 0..8 {
        furniture.learn(&read);
    }
    let known = page::read_known(bytes, &hint, &furniture);
    assert!(known.article.text.is_empty(), "what every page repeats is no article");
    plain(bytes);
}

/// Any text keeps every character and its blocks lie inside, in order.
pub fn plain(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let article = plain::article(text.clone());
    assert_eq!(article.text, text);
    blocks(&article);
}

fn blocks(article: &Article) {
    let mut last = 0;
    for block in &article.blocks {
        assert!(block.span.start >= last, "blocks overlap");
        assert!(!block.span.of(&article.text).is_empty(), "a block is empty or cuts a character");
        last = block.span.end;
    }
}

/// A date that is read can be printed and read again as the same moment.
pub fn date(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for moment in [crate::date::parse(&text), crate::date::find(&text)].into_iter().flatten() {
        let printed = if moment.day_only { moment.day().to_string() } else { moment.to_string() };
        let back = crate::date::parse(&printed);
        // years before 0 and after 9999 print with a sign and are nobody's news
        if printed.len() >= 10 && printed.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            assert_eq!(back.map(|m| m.at), Some(moment.at), "{text:?} printed as {printed:?}");
        }
    }
}

/// The canonical form of an address is its own canonical form.
pub fn url(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(once) = url::canonical(&text) {
        assert_eq!(url::canonical(&once).as_deref(), Some(once.as_str()), "{text:?}");
    }
    if let Some(joined) = url::join(Some("https://outlet.example/a/b?c#d"), &text) {
        assert!(joined.starts_with("http"), "{joined:?} is no address of a page");
    }
    if url::host(&text).is_some_and(|h| h.starts_with("www.")) {
        // As it was understood: what is written may hold tabs and escapes.
        let whole = ::url::Url::parse(&text).ok();
        let host = whole.as_ref().and_then(::url::Url::host_str);
        assert!(host.is_some_and(|h| h.starts_with("www.www.")), "{text:?}");
    }
}

/// Every address that a page of any bytes leads to is one of the web.
pub fn links(bytes: &[u8]) {
    let read = links::read(bytes, "https://outlet.example/a/b");
    let feeds = read.feeds.iter().map(|(address, _)| address);
    for address in feeds.chain(read.anchors.iter().map(|(address, _)| address)) {
        assert!(address.starts_with("http"), "{address:?} is no address of the web");
    }
    let _ = links::articles(bytes, "https://outlet.example/");
}
