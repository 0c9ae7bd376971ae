//! An article: its text as the outlet published it, with what was read in it marked.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::fmt::Write;

use ::article::{Article, BlockKind, Span};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use reading::Reading;
use stories::ArticleId;

use crate::chart::escape;
use crate::frame::{Frame, html};
use crate::{Site, Trouble, from_rows, words};

#[derive(Template)]
#[template(path = "article.html")]
struct ArticlePage {
    frame: Frame,
    title: String,
    lang: String,
    outlet: String,
    time: String,
    authors: String,
    sentences: usize,
    url: Option<String>,
    story: Option<(String, String, String)>,
    correction: Option<String>,
    body: String,
    found: Vec<Found>,
    changes: Vec<Change>,
}

struct Found {
    what: String,
    href: String,
}

struct Change {
    what: &'static str,
    before: String,
    after: String,
}

pub(crate) async fn page(
    State(site): State<Site>,
    Path(id): Path<i64>,
) -> Result<Response, Trouble> {
    from_rows(move || make(&site, ArticleId(id))).await
}

fn make(site: &Site, id: ArticleId) -> Result<Response, Trouble> {
    let Some((revision, reading)) = site.store.article(id)? else {
        return Err(Trouble::Missing("There is no such article", "It may have been set aside."));
    };
    let now = (site.now)();
    let article = &revision.article;
    let reading = reading.unwrap_or_default();
    let story = match site.store.story_of(id)? {
        Some((story, _)) => {
            site.store.story(story)?.map(|s| (s.id.to_string(), s.title, s.title_language))
        }
        None => None,
    };
    let address = article.canonical.clone().or_else(|| article.url.clone());
    html(&ArticlePage {
        frame: Frame::new(site, "article"),
        title: article.title.clone().unwrap_or_else(|| "(no headline)".to_owned()),
        lang: article.language.clone().unwrap_or_default(),
        outlet: revision.outlet.clone(),
        time: words::time(revision.at, now, &site.zone),
        authors: article.authors.join(", "),
        sentences: reading.sentences.len(),
        // Only web addresses become links: an outlet may write anything into its markup.
        url: address.filter(|u| u.starts_with("https://") || u.starts_with("http://")),
        story,
        correction: article.correction.clone(),
        body: body(article, &reading),
        found: found(article, &reading),
        changes: changes(site, id)?,
    })
}

/// The text, block by block, sentence by sentence, mark by mark. Everything that comes from outside is escaped here.
fn body(article: &Article, reading: &Reading) -> String {
    let marks = marks(reading);
    let mut out = String::new();
    for block in &article.blocks {
        if block.span.is_empty() {
            continue;
        }
        let recalled = reading.background.iter().any(|n| {
            reading
                .sentences
                .get(*n as usize)
                .is_some_and(|s| block.span.contains(*s) && s.len() * 2 > block.span.len())
        });
        let (open, close) = match block.kind {
            BlockKind::Heading => ("<h2>", "</h2>\n"),
            BlockKind::Promotion => (
                "<aside class=\"promo\" aria-label=\"The outlet about itself\"><b>The outlet about itself, not part of the news:</b> ",
                "</aside>\n",
            ),
            BlockKind::Quote => ("<blockquote>", "</blockquote>\n"),
            BlockKind::Caption => ("<p class=\"small soft\">", "</p>\n"),
            _ if recalled => {
                ("<p class=\"bg\"><span class=\"tagline\">Background</span>", "</p>\n")
            }
            _ => ("<p>", "</p>\n"),
        };
        out.push_str(open);
        if block.kind.is_news() {
            let inside = reading.sentences.iter().filter(|s| block.span.contains(**s));
            let mut at = block.span.start;
            for sentence in inside {
                out.push_str(&escape(Span { start: at, end: sentence.start }.of(&article.text)));
                let _ = write!(out, "<span id=\"s{}\">", sentence.start);
                marked(&mut out, &article.text, *sentence, &marks);
                out.push_str("</span>");
                at = sentence.end;
            }
            out.push_str(&escape(Span { start: at, end: block.span.end }.of(&article.text)));
        } else {
            out.push_str(&escape(block.span.of(&article.text)));
        }
        out.push_str(close);
    }
    out
}

/// Marks in order; where two would cross, the one that begins first is kept and the other left out.
fn marks(reading: &Reading) -> Vec<(Span, &'static str)> {
    let mut all: Vec<(Span, &'static str)> = Vec::new();
    for s in &reading.statements {
        all.extend(s.content.iter().map(|c| (*c, "st")));
        all.extend(s.source.iter().map(|c| (*c, "sp")));
    }
    for e in &reading.events {
        all.extend(e.casualties.iter().map(|c| (c.span, "fg")));
    }
    all.extend(reading.times.iter().map(|t| (t.span, "tm")));
    all.extend(reading.places.iter().map(|p| (p.span, "pl")));
    all.sort_by_key(|(s, _)| (s.start, std::cmp::Reverse(s.end)));
    all
}

/// One sentence with its marks, nested where they nest.
fn marked(out: &mut String, text: &str, sentence: Span, marks: &[(Span, &'static str)]) {
    let mut open: Vec<u32> = Vec::new();
    let mut at = sentence.start;
    let close_until = |out: &mut String, open: &mut Vec<u32>, at: &mut u32, until: u32| {
        while let Some(end) = open.last().copied().filter(|end| *end <= until) {
            out.push_str(&escape(Span { start: *at, end }.of(text)));
            out.push_str("</mark>");
            *at = end;
            open.pop();
        }
    };
    for (span, class) in marks {
        // A statement over several sentences is marked in each of them.
        let start = span.start.max(sentence.start);
        let end = span.end.min(sentence.end);
        if start >= end || start < at && open.is_empty() {
            continue;
        }
        close_until(out, &mut open, &mut at, start);
        if start < at || open.last().is_some_and(|outer| end > *outer) {
            continue;
        }
        out.push_str(&escape(Span { start: at, end: start }.of(text)));
        at = start;
        let id = if *class == "st" && span.start == start {
            format!(" id=\"q{start}\"")
        } else {
            String::new()
        };
        let _ = write!(out, "<mark class=\"{class}\"{id}>");
        open.push(end);
    }
    close_until(out, &mut open, &mut at, u32::MAX);
    out.push_str(&escape(Span { start: at, end: sentence.end }.of(text)));
}

fn found(article: &Article, reading: &Reading) -> Vec<Found> {
    let sentence = |span: Span| {
        let n = reading.sentences.partition_point(|s| s.end <= span.start);
        reading.sentences.get(n).map_or(span.start, |s| s.start)
    };
    let mut out = Vec::new();
    for event in reading.events.iter().filter(|e| !e.background) {
        for c in &event.casualties {
            let bounds =
                stories::Bounds { min: c.min, max: c.max, best: c.best, qualifier: c.qualifier };
            let what = format!("{} {}", words::number(&bounds), words::kind(c.kind));
            // The same figure again says nothing more; its first sentence is enough.
            if !out.iter().any(|f: &Found| f.what == what) {
                out.push(Found { what, href: format!("#s{}", sentence(c.span)) });
            }
        }
    }
    for speaker in &reading.speakers {
        let said =
            reading.statements.iter().filter(|s| s.speaker == Some(speaker.id)).collect::<Vec<_>>();
        if let Some(first) = said.first().and_then(|s| s.content.first()) {
            let about = speaker.description.as_ref().map(|d| format!(", {d}")).unwrap_or_default();
            out.push(Found {
                what: format!("{}{about}: {}", speaker.name, words::count(said.len(), "statement")),
                href: format!("#s{}", sentence(*first)),
            });
        }
    }
    if let Some(note) = &article.correction {
        out.push(Found { what: format!("Correction: {note}"), href: "#changes".to_owned() });
    }
    out
}

/// What changed between the last two revisions, line by line.
fn changes(site: &Site, id: ArticleId) -> Result<Vec<Change>, Trouble> {
    let revisions = site.store.revisions(id)?;
    let [.., old, new] = revisions.as_slice() else { return Ok(Vec::new()) };
    let lines = |a: &Article| -> Vec<String> {
        let title = a.title.clone().into_iter();
        title.chain(a.text.lines().map(|l| l.trim().to_owned())).filter(|l| !l.is_empty()).collect()
    };
    let (before, after) = (lines(&old.article), lines(&new.article));
    let gone: Vec<&String> = before.iter().filter(|l| !after.contains(l)).collect();
    let come: Vec<&String> = after.iter().filter(|l| !before.contains(l)).collect();
    let mut out = Vec::new();
    for n in 0..gone.len().max(come.len()).min(30) {
        let (a, b) = (gone.get(n), come.get(n));
        let what = match (a, b) {
            (Some(_), Some(_)) => "Changed",
            (Some(_), None) => "Removed",
            _ => "Added",
        };
        let text = |l: Option<&&String>| l.map(|l| (*l).clone()).unwrap_or_default();
        out.push(Change { what, before: text(a), after: text(b) });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_nest_never_cross_and_everything_is_escaped() {
        let text = "\"Four <b>died\", Ann & Bo said.";
        let sentence = Span::new(0, text.len());
        let marks = [
            (Span::new(0, 14), "st"),
            (Span::new(1, 13), "fg"),
            (Span::new(10, 20), "tm"),
            (Span::new(16, 24), "sp"),
        ];
        let mut out = String::new();
        marked(&mut out, text, sentence, &marks);
        assert_eq!(out.matches("<mark").count(), out.matches("</mark>").count(), "{out}");
        assert!(!out.contains("<b>") && out.contains("&amp;"), "{out}");
        let plain = out
            .split('<')
            .map(|p| p.split_once('>').map_or(p, |(_, rest)| rest))
            .collect::<String>();
        assert_eq!(plain, escape(text));
    }
}
