//! Stories, one row each.

use ::stories::Story;

use super::{Cell, Columns, Kind, instant, joined};

const COLUMNS: Columns = &[
    ("story", Kind::Integer),
    ("merged_into", Kind::Integer),
    ("title", Kind::Text),
    ("language", Kind::Text),
    ("first", Kind::Text),
    ("last", Kind::Text),
    ("articles", Kind::Integer),
    ("independent_texts", Kind::Integer),
    ("outlets", Kind::Text),
    ("languages", Kind::Text),
    ("figures", Kind::Text),
    ("places", Kind::Text),
    ("members", Kind::Text),
];

/// The columns, and what makes a row.
pub(crate) fn stories() -> (Columns, fn(&Story) -> Vec<Cell>) {
    (COLUMNS, row)
}

fn row(story: &Story) -> Vec<Cell> {
    let mut outlets: Vec<&str> = Vec::new();
    for member in &story.members {
        if !outlets.contains(&member.outlet.as_str()) {
            outlets.push(&member.outlet);
        }
    }
    let members: Vec<String> = story.members.iter().map(|m| m.article.0.to_string()).collect();
    vec![
        Cell::Integer(story.id.0),
        story.merged_into.map_or(Cell::Empty, |id| Cell::Integer(id.0)),
        story.title.as_str().into(),
        story.title_language.as_str().into(),
        instant(story.first),
        instant(story.last),
        Cell::Integer(story.members.len() as i64),
        story.independent_texts.into(),
        joined(outlets),
        joined(story.languages.iter().map(String::as_str)),
        story.figure_line(story.last).into(),
        joined(story.places.iter().map(|p| p.name.as_str())),
        joined(members.iter().map(String::as_str)),
    ]
}
