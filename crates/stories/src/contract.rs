//! Stories and updates in the words of the JSON contract.

use article::{CharIndex, Span};
use reading::CasualtyKind;
use serde_json::{Value, json};

use crate::{ArticleId, Bounds, Figure, Story, StoryId, Update};

/// What the contract needs to know of articles that a story only names.
#[derive(Clone, Copy)]
pub struct Articles<'a> {
    /// The article's id as programs outside know it.
    pub id: &'a dyn Fn(ArticleId) -> String,
    /// The article's text, to count code points; where it is not at hand, offsets are left out.
    pub text: &'a dyn Fn(ArticleId) -> Option<&'a str>,
}

impl std::fmt::Debug for Articles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Articles")
    }
}

impl Articles<'_> {
    /// A span in code points, as the contract has it; `null` where the text is not at hand.
    fn span(&self, article: ArticleId, span: Span) -> Value {
        match (self.text)(article) {
            Some(text) => {
                let (start, end) = CharIndex::new(text).span(span);
                json!({"start": start, "end": end})
            }
            None => Value::Null,
        }
    }
}

/// A story as the contract prints it.
pub fn story_json(story: &Story, articles: &Articles<'_>) -> Value {
    let mut outlets: Vec<&str> = story.members.iter().map(|m| m.outlet.as_str()).collect();
    outlets.sort_unstable();
    outlets.dedup();
    let figures: Vec<Value> = story.figures.iter().map(|f| figure_json(f, articles)).collect();
    let statements: Vec<Value> = story
        .statements
        .iter()
        .map(|s| {
            json!({
                "speaker": s.speaker, "description": s.description, "text": s.text, "language": s.language,
                "type": s.kind, "first_outlet": s.first_outlet, "article": (articles.id)(s.article), "at": s.at.to_string(),
                "span": articles.span(s.article, s.span), "outlets": s.outlets.len(), "outlet_names": s.outlets,
            })
        })
        .collect();
    let corrections: Vec<Value> = story
        .corrections
        .iter()
        .map(|c| {
            json!({
                "outlet": c.outlet, "article": (articles.id)(c.article), "at": c.at.to_string(), "before": c.before,
                "after": c.after, "noted": c.noted, "kind": c.kind.map(CasualtyKind::as_str),
            })
        })
        .collect();
    json!({
        "id": story.id, "title": story.title, "title_article": (articles.id)(story.title_article),
        "title_language": story.title_language, "first": story.first.to_string(), "last": story.last.to_string(),
        "articles": story.members.len(), "outlets": outlets.len(), "independent_texts": story.independent_texts,
        "languages": story.languages, "figures": figures, "statements": statements, "corrections": corrections,
        "places": story.places, "revision": story.revision, "merged_into": story.merged_into.map(|id: StoryId| id.to_string()),
    })
}

/// A figure as the contract prints it.
fn figure_json(f: &Figure, articles: &Articles<'_>) -> Value {
    json!({
        "kind": f.kind.as_str(), "outlet": f.outlet, "article": (articles.id)(f.article), "at": f.at.to_string(),
        "min": f.min, "max": f.max, "best": f.best, "qualifier": f.qualifier.as_str(),
        "sentence": articles.span(f.article, f.sentence), "withdrawn": f.withdrawn,
    })
}

/// An update as the contract prints it.
pub fn update_json(update: &Update, articles: &Articles<'_>) -> Value {
    let bounds = |b: &Bounds| json!({"min": b.min, "max": b.max, "best": b.best, "qualifier": b.qualifier.as_str()});
    let evidence: Vec<Value> = update
        .evidence
        .iter()
        .map(|e| {
            let span = articles.span(e.article, e.span);
            json!({"article": (articles.id)(e.article), "start": span.get("start"), "end": span.get("end")})
        })
        .collect();
    json!({
        "story": update.story, "revision": update.revision, "at": update.at.to_string(),
        "article": (articles.id)(update.article), "outlet": update.outlet, "kind": update.kind, "text": update.text,
        "language": update.language, "evidence": evidence,
        "figure": update.figure.as_ref().map(|f| json!({
            "kind": f.kind.as_str(), "from": f.from.as_ref().map(bounds), "to": bounds(&f.to), "outlet": f.outlet,
        })),
        "statement": update.statement.as_ref().map(|s| json!({
            "speaker": s.speaker, "description": s.description, "content": s.content, "type": s.kind,
        })),
        "importance": (f64::from(update.importance) * 1000.0).round() / 1000.0,
        "follows_revision": update.follows_revision,
    })
}
