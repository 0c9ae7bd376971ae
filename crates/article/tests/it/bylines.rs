//! Who wrote it: persons, agencies, signs and roles, told from the outlet's own name.

use article::page::{self, PageHint};

const TEXT: &str = "<p>The bridge over the Orla was closed on Monday after inspectors found cracks in two of its pillars, the port authority said.</p>
<p>Repairs will take until the autumn, and a ferry will run every twenty minutes from Wednesday, the mayor told the council in the evening.</p>
<p>Drivers waited for hours on both banks and said that nobody had told them anything before they came to the barrier.</p>";

/// Reads a page of the Harbour Gazette with this in its head and this between the headline and the text.
fn check(head: &str, shown: &str, wanted: &[&str]) {
    let html = format!(
        "<html><head><meta property=og:site_name content='Harbour Tribune Online'>{head}</head><body><main>
        <h1>Bridge closed over the Orla</h1>{shown}<div class=article-body>{TEXT}</div></main></body></html>"
    );
    let hint = PageHint {
        url: Some("https://www.harbour-tribune.example/news/1".to_owned()),
        ..PageHint::default()
    };
    let article = page::read(html.as_bytes(), &hint).article;
    assert_eq!(article.authors, wanted, "{head} {shown}");
}

fn linked(author: &str) -> String {
    format!(
        "<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"headline\":\"Bridge closed over the Orla\",\"author\":{author}}}</script>"
    )
}

#[test]
fn persons_and_agencies_of_the_structured_data() {
    check(&linked(r#"{"@type":"Person","name":"Ada Novak"}"#), "", &["Ada Novak"]);
    check(&linked(r#"[{"name":"Ada Novak"},{"name":"Ben Ito"}]"#), "", &["Ada Novak", "Ben Ito"]);
    check(
        &linked(r#"["Ada Novak and Ben Ito","ANA/ZPA"]"#),
        "",
        &["Ada Novak", "Ben Ito", "ANA/ZPA"],
    );
    // the outlet beside persons is not an author, alone it is
    check(
        &linked(r#"[{"name":"Harbour Tribune Online"},{"name":"Ada Novak"}]"#),
        "",
        &["Ada Novak"],
    );
    check(&linked(r#"{"name":"Harbour Tribune Online"}"#), "", &["Harbour Tribune Online"]);
    // a link's text around a name that is there already
    check(&linked(r#"["Ada Novak","All articles by Ada Novak"]"#), "", &["Ada Novak"]);
}

#[test]
fn persons_that_the_page_shows_where_its_data_names_the_outlet() {
    let outlet = linked(r#"{"name":"Harbour Tribune Online"}"#);
    check(&outlet, "<p class=byline>By <a rel=author href=/ada>Ada Novak</a></p>", &["Ada Novak"]);
    // an outlet signs with its initials too
    let sign = linked(r#"{"name":"HTO"}"#);
    check(&sign, "<p>von <b>Ada Novak</b></p>", &["Ada Novak"]);
    // a date or a place stands behind the name
    check("", "<p class=article-author>VON <b>ADA NOVAK</b> am 21. April 2026</p>", &["ADA NOVAK"]);
    check("", "<p class=author>By Ada Novak, Harbour Tribune Online</p>", &["Ada Novak"]);
    check("", "<span itemprop=author>hto/nov;ito</span>", &["hto/nov", "ito"]);
    // names of services and of controls are no persons
    check("", "<div class=author><a href=/f>Facebook</a></div>", &[]);
}

#[test]
fn a_line_of_names_over_the_text_is_a_byline() {
    let outlet = linked(r#"{"name":"Harbour Tribune Online"}"#);
    let body = |line: &str| {
        format!("</div><div class=article-body><p><strong>{line}</strong></p>{TEXT}</div>")
    };
    check(&outlet, &body("Ada Novak"), &["Ada Novak"]);
    check(&outlet, &body("Ada Novak/Ben Ito"), &["Ada Novak", "Ben Ito"]);
    for line in ["Dear readers_of_ours,", "Nobody Was Warned.", "Part 2"] {
        check(&outlet, &body(line), &["Harbour Tribune Online"]);
    }
}
