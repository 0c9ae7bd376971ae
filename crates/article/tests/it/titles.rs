//! The headline of a page: what readers see, without kickers, mastheads and words for search engines.

use article::page::{self, PageHint};

const FOR_MACHINES: &str = "Tram accident Karsk: cause, driver, all facts";
const HEADLINE: &str = "What the driver of line nine saw";

/// The title of a page with this card for other sites, structured data or none, and headings.
fn check(card: &str, linked: &str, headings: &str, wanted: &str) {
    let text = "<p>The tram of line nine left the rails in Karsk on Monday, and its driver told the inspectors what she had seen.</p>";
    let linked = if linked.is_empty() {
        String::new()
    } else {
        format!(
            r#"<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{linked}"}}</script>"#
        )
    };
    let html = format!(
        r#"<html><head><title>{FOR_MACHINES} | Karsk Courier</title><meta property="og:site_name" content="Karsk Courier">
        <meta property="og:title" content="{card}">{linked}</head><body>{headings}{}</body></html>"#,
        text.repeat(4)
    );
    let article = page::read(html.as_bytes(), &PageHint::default()).article;
    assert_eq!(article.title.as_deref(), Some(wanted), "{html}");
}

#[test]
fn the_heading_that_the_card_repeats_is_the_headline() {
    let trail =
        format!("<nav><a href='/'>Home</a> <a href='/c'>City</a> <h1>{FOR_MACHINES}</h1></nav>");
    let in_parts = format!("<h2><span>Accident in Karsk</span> <span>{HEADLINE}</span></h2>");
    let shown = format!("{trail}<article>{in_parts}");
    // The card has the headline, or both parts.
    check(HEADLINE, FOR_MACHINES, &shown, HEADLINE);
    check(&format!("Accident in Karsk: {HEADLINE}"), FOR_MACHINES, &shown, HEADLINE);
    check(HEADLINE, FOR_MACHINES, &format!("{trail}<h2>{HEADLINE}</h2>"), HEADLINE);
    check(HEADLINE, "", &format!("{trail}<h2>{HEADLINE}</h2>"), HEADLINE);
}

#[test]
fn a_heading_that_leads_elsewhere_or_says_something_else_is_none() {
    let heading = format!("<h1>{FOR_MACHINES}</h1>");
    // A teaser of the same words is a link.
    let teaser = format!("{heading}<h2><a href='/x'>{HEADLINE}</a></h2>");
    check(HEADLINE, FOR_MACHINES, &teaser, FOR_MACHINES);
    // The card says what no heading says: it was written for other sites.
    let other = format!("{heading}<h2>Nobody was hurt on Monday</h2>");
    check(HEADLINE, FOR_MACHINES, &other, FOR_MACHINES);
}

#[test]
fn a_masthead_is_no_headline() {
    let masthead = "<h1><a href='/'>Karsk Courier</a></h1>";
    check(HEADLINE, "", &format!("{masthead}<h2>{HEADLINE}</h2>"), HEADLINE);
    check(HEADLINE, "", masthead, HEADLINE);
}
