//! Small repairs after the fact: two stories that turn out to be one are merged, one that turns out to be two is parted.
//!
//! Both ask for more than the decision on arrival does, so that nothing goes back and forth: a reader has seen the ids.

use crate::features::Features;
use crate::said;
use crate::shelf::Live;
use crate::similarity::{self, Asking, View};
use crate::{ArticleId, Member, Story, StoryId};

/// Both stories must fit an article at least so well before they are compared with each other.
pub(crate) const MERGE_ARTICLE_MIN: f32 = 0.8;
/// So alike two stories must be to be merged.
const MERGE_MIN: f32 = 0.65;
/// And so alike their articles must be one by one, on average.
const MERGE_MEAN_MIN: f32 = 0.4;
/// The articles of one part of a story must be so alike on average, and those of two parts so unlike, for it to be parted.
const PART_WITHIN_MIN: f32 = 0.6;
const PART_ACROSS_MAX: f32 = 0.12;

/// Whether two stories tell of the same: as wholes, and their articles one by one on average.
pub(crate) fn are_one(
    a: &Live,
    b: &Live,
    a_articles: &[&Features],
    b_articles: &[&Features],
) -> bool {
    // the language that the two share, else across languages
    let shared = a.profile.languages().find(|l| b.profile.languages().any(|m| m == *l));
    let lang = shared.unwrap_or("");
    let (x, y) = (a.profile.view(lang).0, b.profile.view(lang).0);
    let weights = similarity::weights(shared.is_some());
    let description = similarity::describe(&Asking::new(x), &y, weights);
    // tolls of two places or days
    if description[11] > 0.0 || description[12] > 0.0 {
        return false;
    }
    let whole = similarity::probability(&description, weights);
    whole >= MERGE_MIN && mean(a_articles, b_articles) >= MERGE_MEAN_MIN
}

/// The mean probability over pairs of two groups of articles.
fn mean(a: &[&Features], b: &[&Features]) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0);
    for x in a {
        let asking = Asking::new(View::from(*x));
        for y in b.iter().filter(|y| !std::ptr::eq(*x, **y)) {
            sum += similarity::likely(&asking, &View::from(*y), x.lang == y.lang);
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 1.0 }
}

/// How alike articles are, each with each.
struct Table(Vec<Vec<f32>>);

impl Table {
    fn new(articles: &[(ArticleId, &Features)]) -> Self {
        let row = |(_, x): &(ArticleId, &Features)| {
            let asking = Asking::new(View::from(*x));
            let likely =
                |y: &Features| similarity::likely(&asking, &View::from(y), x.lang == y.lang);
            articles.iter().map(|(_, y)| likely(y)).collect()
        };
        Self(articles.iter().map(row).collect())
    }

    /// The mean over pairs of two groups, which are places in the table; 0 without pairs.
    fn mean(&self, a: &[usize], b: &[usize]) -> f32 {
        let (mut sum, mut count) = (0.0, 0.0);
        for x in a {
            for y in b.iter().filter(|y| x != *y) {
                sum += self.0.get(*x).and_then(|row| row.get(*y)).copied().unwrap_or(0.0);
                count += 1.0;
            }
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }
}

/// Whether a story's articles fall into two parts: gives those of the later part.
///
/// Average-link over the few articles that stand for the story; asked for only now and then.
pub(crate) fn parts(articles: &[(ArticleId, &Features)]) -> Option<Vec<ArticleId>> {
    if articles.len() < 4 {
        return None;
    }
    let table = Table::new(articles);
    let mut groups: Vec<Vec<usize>> = (0..articles.len()).map(|n| vec![n]).collect();
    while groups.len() > 2 {
        let mut best = (0, 1, -1.0_f32);
        for (i, x) in groups.iter().enumerate() {
            for (j, y) in groups.iter().enumerate().skip(i + 1) {
                let near = table.mean(x, y);
                if near > best.2 {
                    best = (i, j, near);
                }
            }
        }
        let joined = groups.remove(best.1);
        if let Some(group) = groups.get_mut(best.0) {
            group.extend(joined);
        }
    }
    let [first, second] = groups.as_slice() else { return None };
    if first.len() < 2
        || second.len() < 2
        || table.mean(first, second) > PART_ACROSS_MAX
        || table.mean(first, first) < PART_WITHIN_MIN
        || table.mean(second, second) < PART_WITHIN_MIN
    {
        return None;
    }
    let of = |group: &[usize]| -> Vec<(ArticleId, &Features)> {
        group.iter().filter_map(|n| articles.get(*n).copied()).collect()
    };
    let (first, second) = (of(first), of(second));
    let earliest = |part: &[(ArticleId, &Features)]| part.iter().map(|(_, f)| f.at).min();
    let later = if earliest(&first) <= earliest(&second) { second } else { first };
    Some(later.into_iter().map(|(id, _)| id).collect())
}

/// Puts everything that `from` knows into `into`; `from` keeps only where it leads.
pub(crate) fn pour(into: &mut Story, into_live: &mut Live, from: &mut Story, mut from_live: Live) {
    into_live.read_said(&into.statements);
    from_live.read_said(&from.statements);
    into.first = into.first.min(from.first);
    into.last = into.last.max(from.last);
    into.members.append(&mut from.members);
    into.members.sort_by_key(|m| m.at);
    into.independent_texts += from.independent_texts;
    for language in from.languages.drain(..) {
        if !into.languages.contains(&language) {
            into.languages.push(language);
        }
    }
    into.figures.append(&mut from.figures);
    into.figures.sort_by_key(|f| f.at);
    into.corrections.append(&mut from.corrections);
    for (line, keys) in from.statements.drain(..).zip(from_live.said) {
        let known = said::find_same(&into_live.said, &keys);
        let known = known.and_then(|i| into.statements.get_mut(i).zip(into_live.said.get_mut(i)));
        if let Some((known, known_keys)) = known {
            said::keep_rendering(known, known_keys, &keys, &line.text);
            for outlet in line.outlets {
                if !known.outlets.contains(&outlet) {
                    known.outlets.push(outlet);
                }
            }
        } else {
            into.statements.push(line);
            into_live.said.push(keys);
        }
    }
    for place in from.places.drain(..) {
        match into.places.iter_mut().find(|p| p.name == place.name) {
            Some(known) => known.articles += place.articles,
            None => into.places.push(place),
        }
    }
    into.places.sort_by_key(|p| std::cmp::Reverse(p.articles));
    into.revision = into.revision.max(from.revision) + 1;
    from.merged_into = Some(into.id);
}

/// Moves the articles of a part, with the copies of their texts, into a story of their own.
pub(crate) fn move_out(
    from: &mut Story,
    from_live: &mut Live,
    part: &[ArticleId],
    id: StoryId,
) -> (Story, Live) {
    let belongs =
        |m: &Member| part.contains(&m.article) || m.copy_of.is_some_and(|c| part.contains(&c));
    let (moved, stay): (Vec<Member>, Vec<Member>) =
        std::mem::take(&mut from.members).into_iter().partition(belongs);
    from.members = stay;
    let gone = |article: ArticleId| moved.iter().any(|m| m.article == article);
    let mut story = Story { id, revision: 1, ..Story::default() };
    let mut live = Live::default();
    let figures = std::mem::take(&mut from.figures);
    (story.figures, from.figures) = figures.into_iter().partition(|f| gone(f.article));
    let corrections = std::mem::take(&mut from.corrections);
    (story.corrections, from.corrections) = corrections.into_iter().partition(|c| gone(c.article));
    from_live.read_said(&from.statements);
    let statements =
        std::mem::take(&mut from.statements).into_iter().zip(std::mem::take(&mut from_live.said));
    for (line, keys) in statements {
        let (lines, said) = if gone(line.article) {
            (&mut story.statements, &mut live.said)
        } else {
            (&mut from.statements, &mut from_live.said)
        };
        lines.push(line);
        said.push(keys);
    }
    for story in [&mut story, from] {
        if story.id == id {
            story.members.clone_from(&moved);
        }
        story.independent_texts =
            u32::try_from(story.members.iter().filter(|m| m.copy_of.is_none()).count())
                .unwrap_or(u32::MAX);
        story.languages.clear();
        for member in &story.members {
            if !member.language.is_empty() && !story.languages.contains(&member.language) {
                story.languages.push(member.language.clone());
            }
        }
        story.first = story.members.iter().map(|m| m.at).min().unwrap_or(story.first);
        story.last = story.members.iter().map(|m| m.at).max().unwrap_or(story.last);
    }
    from.revision += 1;
    (story, live)
}
