//! What stands over a text, between the headline and the first paragraph, and under its pictures.

use article::BlockKind;
use article::page::{self, PageHint};

const FIRST: &str = "The old lift bridge at Karsk was closed to lorries on Tuesday after 14 bolts were found broken, the road agency said.";
const STANDFIRST: &str =
    "The lorries of Karsk must go the long way round, for nobody knows how long";
const REST: [&str; 3] = [
    "Inspectors had warned of the bolts twice since the spring, according to letters that the council made public on the same day.",
    "Drivers must use the northern road, which is forty minutes longer and has no lights, until new bolts arrive from the works.",
    "The mayor, Lena Ostrow, called the delay a scandal and asked the ministry to pay for a ferry that can carry lorries.",
];

/// The kinds and texts of the blocks of a page with this head, and its standfirst.
fn read(
    description: &str,
    head: &str,
    over_text: &str,
) -> (Vec<(BlockKind, String)>, Option<String>) {
    let rest: String = REST.iter().map(|text| format!("<p>{text}</p>")).collect();
    let html = format!(
        "<html><head><title>Bridge at Karsk closed to lorries</title><meta name='description' content='{description}'></head>
        <body><main><header><h1>Bridge at Karsk closed to lorries</h1>{head}</header>
        <div class='story-body'>{over_text}<p>{FIRST}</p>{rest}</div></main></body></html>"
    );
    let article = page::read(html.as_bytes(), &PageHint::default()).article;
    let blocks = article.blocks.iter();
    let blocks = blocks.map(|b| (b.kind, b.span.of(&article.text).to_owned())).collect();
    (blocks, article.standfirst)
}

/// The news begins with the first paragraph and has all of the text, or begins with what stands over it.
fn check(head: &str, over_text: &str, begins: &str) {
    let (blocks, _) = read(STANDFIRST, head, over_text);
    let mut news = blocks.iter().filter(|(kind, _)| kind.is_news()).map(|(_, text)| text.as_str());
    let mut wanted = vec![FIRST];
    wanted.extend(REST);
    if begins != FIRST {
        wanted.insert(0, begins);
    }
    assert!(news.by_ref().eq(wanted), "{head}{over_text}: {blocks:#?}");
}

#[test]
fn a_standfirst_that_the_text_tells_again_stands_beside_it() {
    for (head, over_text) in [
        // In the page's head.
        (format!("<p class='standfirst'>{STANDFIRST}</p>"), String::new()),
        (format!("<h2>{STANDFIRST}</h2>"), String::new()),
        // In an element of its own over the paragraphs, named for it.
        (String::new(), format!("<div class='dek'><p>{STANDFIRST}</p></div>")),
    ] {
        let (blocks, standfirst) = read(STANDFIRST, &head, &over_text);
        assert_eq!(standfirst.as_deref(), Some(STANDFIRST), "{head}{over_text}: {blocks:#?}");
        check(&head, &over_text, FIRST);
    }
}

#[test]
fn a_standfirst_with_news_of_its_own_is_text() {
    for own in [
        "The bolts of the bridge at Karsk are broken, and 230 lorries wait in front of the bridge since the morning.",
        "The bolts of the bridge at Karsk are broken, and the engineer Tomas Brill has left his office over them.",
    ] {
        let (blocks, _) = read(own, &format!("<p class='standfirst'>{own}</p>"), "");
        assert!(blocks.iter().any(|(kind, text)| kind.is_news() && text == own), "{blocks:#?}");
    }
    // The first paragraph is no standfirst where the page describes itself with it.
    let (blocks, standfirst) = read(FIRST, "", "");
    assert_eq!(blocks.first().map(|(_, text)| text.as_str()), Some(FIRST));
    assert_eq!(standfirst, None);
}

#[test]
fn what_leads_to_a_page_and_labels_it_is_no_text() {
    check(
        "",
        "<p><a href='/'>Home</a> » <a href='/c'>City</a> » Bridge at Karsk closed to lorries</p>",
        FIRST,
    );
    check("", "<p>Home › City › Traffic</p>", FIRST);
    check("", "<p>Bridge at Karsk closed to lorries</p>", FIRST);
    check("", "<p>12/05/2026 - Written by: Ada Novak - Section: City - Topics: bridge</p>", FIRST);
    // A sentence is text, whatever marks it has.
    let wait = "Lorries waited on Tuesday on the quay of the old port – some of them had come from far away / across the border.";
    check("", &format!("<p>{wait}</p>"), wait);
}

#[test]
fn a_text_under_a_picture_is_its_caption() {
    let under = "<p><img src='a.jpg'><br><em>The lift bridge on Tuesday evening</em></p>";
    check("", under, FIRST);
    let named = "<div><img src='a.jpg'></div><p class='img-description'>The lift bridge on Tuesday. It was built in the year of the flood. | Ben Ito</p>";
    check("", named, FIRST);
    // A paragraph with a picture in it is text.
    let with = "A crane stood ready on the quay all day, but nobody had told its driver what he should lift.";
    check("", &format!("<p><img src='a.jpg'>{with}</p>"), with);
}

#[test]
fn what_is_filled_in_is_no_text_and_a_form_around_a_page_is_nothing() {
    let form = "<form><p>Our best reports, every morning before breakfast.</p><input type='email'><p>I would like to be written to about offers, events and updates from the Harbour Gazette.</p></form>";
    check(form, "", FIRST);
    let html = format!(
        "<body><form><main><h1>Bridge at Karsk closed to lorries</h1><p>{FIRST}</p>{}</main></form></body>",
        REST.map(|text| format!("<p>{text}</p>")).concat()
    );
    let article = page::read(html.as_bytes(), &PageHint::default()).article;
    assert_eq!(article.blocks.len(), 1 + REST.len(), "{}", article.text);
}
