//! Structures that fool a reader of pages: classes that say nothing, parts that stand apart, and what stands at both ends.

use article::BlockKind;
use article::page::{self, PageHint};

const SENTENCES: [&str; 6] = [
    "The ferry to the islands was stopped on Monday after its engine failed for the third time this month, the port authority said.",
    "About forty passengers spent the night in the gymnasium of the school, where volunteers brought them soup and blankets.",
    "The harbour master said that a spare part had been ordered in the winter and had never arrived from the works.",
    "A second boat will sail from Wednesday, but it carries no lorries, so that the shops expect empty shelves by Friday.",
    "The mayor asked the government for help and called the state of the fleet a disgrace for the whole coast.",
    "The ministry answered in the evening that it would send an engineer and pay for the hotel of the passengers.",
];

fn paragraphs(range: std::ops::Range<usize>) -> String {
    SENTENCES.get(range).unwrap_or_default().iter().map(|s| format!("<p>{s}</p>")).collect()
}

/// The text of the article without promotion and captions, one block a line.
fn body(html: &str) -> Vec<String> {
    let html = format!(
        "<html><head><title>The ferry stopped</title></head><body><main><h1>The ferry stopped</h1>{html}</main></body></html>"
    );
    let article = page::read(html.as_bytes(), &PageHint::default()).article;
    let kept = |kind: BlockKind| !matches!(kind, BlockKind::Promotion | BlockKind::Caption);
    article
        .blocks
        .iter()
        .filter(|b| kept(b.kind))
        .map(|b| b.span.of(&article.text).to_owned())
        .collect()
}

/// All six paragraphs are the article, and nothing else is.
fn check(html: &str) {
    assert_eq!(body(html), SENTENCES, "{html}");
}

#[test]
fn a_class_around_every_paragraph_says_nothing() {
    for class in ["box", "media-caption", "share-area", "tags", "teaser related"] {
        let boxes: String = (0..6)
            .map(|i| format!("<div class='{class}'>{}</div>", paragraphs(i..i + 1)))
            .collect();
        check(&boxes);
    }
    // around one paragraph of many it says what it says
    let html = format!(
        "{}<figure><figcaption>The harbour on Monday evening. Photo: Ben Ito</figcaption></figure>{}",
        paragraphs(0..3),
        paragraphs(3..6)
    );
    check(&html);
}

#[test]
fn parts_of_a_text_that_stand_apart_belong_together() {
    let links: String = (0..5)
        .map(|i| format!("<li><a href=/{i}>A teaser of another article, number {i}</a></li>"))
        .collect();
    check(&format!(
        "<section>{}</section><div class=related><ul>{links}</ul></div><section>{}</section>",
        paragraphs(0..4),
        paragraphs(4..6)
    ));
}

#[test]
fn a_sentence_in_a_heading_is_text() {
    let html = format!("<h2>{}</h2>{}", SENTENCES[0], paragraphs(1..6));
    check(&html);
}

#[test]
fn what_stands_before_the_first_and_after_the_last_word_of_news_goes() {
    for (before, after) in [
        ("<p>5 May 2026 - 11:28</p>", ""),
        ("<p>Lesezeit: 2 Minuten</p>", ""),
        ("", "<p>Other topics of the week:</p>"),
        ("", "<p>More on the coast: https://gazette.example/coast and https://gazette.example/sea</p>"),
        (
            "",
            "<p>The islands have a new school, and its first pupils came by boat on a windy morning in…</p>
             <p>A goat stopped the final of the cup for the second year, and its owner was asked to leave the…</p>",
        ),
    ] {
        check(&format!("<div class=text>{before}{}{after}</div>", paragraphs(0..6)));
    }
}
