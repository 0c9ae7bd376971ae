//! Many articles at once, in the order in which they were published: what `uptospeed stories --jsonl` prints.

use std::collections::BTreeMap;

use article::Article;
use jiff::{SignedDuration, Timestamp};
use reading::Reading;
use serde_json::{Value, json};

use crate::contract::{Articles, update_json};
use crate::{Arriving, ArticleId, Options, Shelf};

/// One line of the input, read.
#[derive(Debug)]
pub struct Line {
    /// Its id, as given.
    pub id: String,
    /// The outlet's name; empty where it is not given.
    pub outlet: String,
    /// When it was published, where the line says.
    pub published: Option<Timestamp>,
    /// The article.
    pub article: Article,
    /// Its reading.
    pub reading: Reading,
    /// Its sentence vector, where there is an encoder.
    pub vector: Option<Vec<f32>>,
}

/// What is printed beside each article's decision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show {
    /// The updates that each article caused.
    pub updates: bool,
    /// What each decision rested on; for fitting its weights.
    #[doc(hidden)]
    pub trace: bool,
    /// A last line with the state after repairs.
    pub last: bool,
}

/// Lets articles arrive in the order of their publication (those without a time last, equals as they stand) and hands out a
/// JSON value for each line to print.
///
/// `clock` is the present: times after it are taken as wrong and their articles as published at the time before them.
pub fn stream(
    lines: &[Line],
    options: Options,
    show: Show,
    clock: Timestamp,
    mut print: impl FnMut(Value),
) {
    let latest = clock.saturating_add(SignedDuration::from_hours(1)).unwrap_or(clock);
    let sane =
        |line: &Line| line.published.filter(|at| at.as_second() >= 662_688_000 && *at <= latest);
    let mut order: Vec<(usize, &Line)> = lines.iter().enumerate().collect();
    order.sort_by_key(|(i, line)| (sane(line).unwrap_or(Timestamp::MAX), *i));
    let mut shelf = Shelf::new(options);
    // the same address (or, without one, the same id) again is a new revision of the article
    let mut known: BTreeMap<&str, ArticleId> = BTreeMap::new();
    let mut last_line: BTreeMap<ArticleId, &Line> = BTreeMap::new();
    let mut now = order.first().and_then(|(_, line)| sane(line)).unwrap_or(clock);
    for (_, line) in &order {
        let next = ArticleId(i64::try_from(known.len()).unwrap_or(0) + 1);
        let address = line.article.url.as_deref().filter(|url| !url.is_empty());
        let id = *known.entry(address.unwrap_or(&line.id)).or_insert(next);
        last_line.insert(id, line);
        now = sane(line).unwrap_or(now).max(now);
        let arriving = Arriving {
            id,
            outlet: &line.outlet,
            article: &line.article,
            reading: &line.reading,
            at: sane(line).unwrap_or(now),
            vector: line.vector.as_deref(),
        };
        if show.trace {
            print(json!({"trace": shelf.trace(&arriving)}));
        }
        let arrival = shelf.arrive(arriving, now);
        let name = |id: ArticleId| {
            last_line.get(&id).map_or_else(|| id.0.to_string(), |line| line.id.clone())
        };
        let mut said = json!({"id": line.id, "story": arrival.story});
        if let Some(copied) = arrival.copy_of
            && let Value::Object(fields) = &mut said
        {
            fields.insert("copy_of".into(), json!(name(copied)));
        }
        if !line.outlet.is_empty()
            && let Value::Object(fields) = &mut said
        {
            fields.insert("outlet".into(), json!(line.outlet));
        }
        print(said);
        if show.updates {
            let text = |id: ArticleId| last_line.get(&id).map(|line| line.article.text.as_str());
            let articles = Articles { id: &name, text: &text };
            for update in &arrival.updates {
                print(json!({"update": update_json(update, &articles)}));
            }
        }
    }
    if show.last {
        let stories: Vec<Value> = shelf
            .stories()
            .map(|story| {
                let members: Vec<&str> = story
                    .members
                    .iter()
                    .filter_map(|m| last_line.get(&m.article))
                    .map(|line| line.id.as_str())
                    .collect();
                json!({"id": story.id, "title": story.title, "members": members})
            })
            .collect();
        print(json!({"stories": stories}));
    }
}
