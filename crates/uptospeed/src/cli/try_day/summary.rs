//! What the replay came to: for a person, for scripts, for CI.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::Store;
use stories::Story;
use testkit::day::Day;
use testkit::fakebot::FakeBot;

use crate::pipeline::{Counts, Pipeline};
use crate::problem::of_store;

/// Stories listed one by one.
const SHOWN: usize = 9;

pub(super) struct Summary {
    took: Duration,
    outlets: usize,
    languages: usize,
    expected: usize,
    articles: u32,
    counts: Counts,
    stories: Vec<Row>,
    updates: usize,
    sent: u64,
    edited: u64,
    replies: u64,
    /// Posts that stand in the channel more often than once.
    doubled: u64,
    /// Articles that did not come in, and deliveries that did not go out.
    lost: u64,
    scores: Scores,
}

struct Row {
    story: Story,
    outlets: usize,
    figures: String,
    edits: u32,
    replies: u32,
    posted: bool,
}

/// How the stories agree with the day's gold labels.
#[derive(Clone, Copy, Debug, Default)]
struct Scores {
    pair_precision: f64,
    pair_recall: f64,
    bcubed: f64,
    copy_precision: f64,
    copy_recall: f64,
}

impl Summary {
    pub(super) fn new(
        store: &Store,
        bot: &FakeBot,
        day: &Day,
        pipeline: &Pipeline,
        took: Duration,
    ) -> Result<Self> {
        let stories =
            store.stories_since(Timestamp::UNIX_EPOCH, u32::MAX).map_err(|e| of_store(&e))?;
        let stories: Vec<Story> = stories.into_iter().filter(|s| s.merged_into.is_none()).collect();
        let outbox = store.outbox_counts(Timestamp::UNIX_EPOCH).map_err(|e| of_store(&e))?;
        let updates = store.updates_since(Timestamp::UNIX_EPOCH).map_err(|e| of_store(&e))?.len();
        let articles = store.article_count().map_err(|e| of_store(&e))?;
        let held = bot.chat(super::CHANNEL_ID);
        let scores = scores(store, &stories, day)?;
        let mut rows = Vec::new();
        for story in stories {
            let deliveries = store.deliveries_of(story.id, 10_000).map_err(|e| of_store(&e))?;
            let post = deliveries
                .iter()
                .find(|d| d.action == store::Action::Post && d.message.is_some())
                .and_then(|d| d.message.clone());
            let shown = post.as_ref().and_then(|id| held.iter().find(|m| m.id.to_string() == *id));
            let mut names: Vec<&str> = story.members.iter().map(|m| m.outlet.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let replies = deliveries
                .iter()
                .filter(|d| {
                    d.action == store::Action::Reply && d.state == store::DeliveryState::Sent
                })
                .count() as u32;
            rows.push(Row {
                outlets: names.len(),
                figures: story.figure_line(story.last).unwrap_or_default(),
                edits: shown.map_or(0, |m| m.edits),
                posted: shown.is_some(),
                replies,
                story,
            });
        }
        rows.sort_by_key(|r| (std::cmp::Reverse(r.story.members.len()), r.story.id));
        let waiting = outbox.pending + outbox.uncertain + outbox.refused;
        let missing = day.articles.len().saturating_sub(articles as usize) as u64;
        Ok(Self {
            took,
            outlets: day.outlets.len(),
            languages: day
                .outlets
                .iter()
                .map(|o| o.language.as_str())
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            expected: day.articles.len(),
            articles,
            counts: pipeline.counts(),
            updates,
            // The store counts edits among what was sent; a message is what stands in the channel as one.
            sent: outbox.sent - outbox.edited,
            edited: outbox.edited,
            replies: outbox.replied,
            doubled: (held.len() as u64).saturating_sub(outbox.sent - outbox.edited),
            lost: waiting + missing,
            stories: rows,
            scores,
        })
    }

    /// Whether the day came out as it must for the program to be trusted with a real one.
    pub(super) fn good(&self) -> bool {
        self.doubled == 0 && self.lost == 0 && self.articles as usize == self.expected
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            let _ = writeln!(out, "{}", text.trim_end());
        };
        line(format!(
            "  One invented day: {} outlets, {} languages, replayed in {:.1} s",
            self.outlets,
            self.languages,
            self.took.as_secs_f64()
        ));
        line(String::new());
        for (what, number) in [
            ("articles", u64::from(self.articles)),
            ("copies folded", self.counts.copies),
            ("stories", self.stories.len() as u64),
            ("updates", self.updates as u64),
            ("messages sent", self.sent),
            ("edited", self.edited),
            ("doubled", self.doubled),
            ("lost", self.lost),
        ] {
            line(format!("  {what:<16}{number:>6}"));
        }
        line(String::new());
        for row in self.stories.iter().take(SHOWN) {
            let figures =
                if row.figures.is_empty() { String::new() } else { format!(": {}", row.figures) };
            line(format!("  {}{figures}", row.story.title));
            let post = match (row.posted, row.edits, row.replies) {
                (false, ..) => "no post: told by one outlet".to_owned(),
                (true, edits, 0) => format!("1 post, {edits} edits"),
                (true, edits, replies) => format!("1 post, {edits} edits, {replies} replies"),
            };
            line(format!(
                "      {} articles, {} independent texts, {} outlets, {}; {post}",
                row.story.members.len(),
                row.story.independent_texts,
                row.outlets,
                row.story.languages.join(" ")
            ));
        }
        if self.stories.len() > SHOWN {
            line(format!("  and {} more stories", self.stories.len() - SHOWN));
        }
        out
    }

    pub(super) fn json(&self) -> Value {
        let stories: Vec<Value> = self
            .stories
            .iter()
            .map(|r| {
                json!({"id": r.story.id, "title": r.story.title, "articles": r.story.members.len(),
                    "outlets": r.outlets, "independent_texts": r.story.independent_texts,
                    "languages": r.story.languages, "figures": r.figures, "posted": r.posted, "edits": r.edits,
                    "replies": r.replies})
            })
            .collect();
        let round = |x: f64| (x * 10_000.0).round() / 10_000.0;
        json!({"articles": self.articles, "expected": self.expected, "copies": self.counts.copies,
            "stories": self.stories.len(), "updates": self.updates, "sent": self.sent, "replies": self.replies,
            "edited": self.edited, "doubled": self.doubled, "lost": self.lost, "polls": self.counts.polls,
            "seconds": round(self.took.as_secs_f64()),
            "scores": {"pair_precision": round(self.scores.pair_precision), "pair_recall": round(self.scores.pair_recall),
                "bcubed": round(self.scores.bcubed), "copy_precision": round(self.scores.copy_precision),
                "copy_recall": round(self.scores.copy_recall)},
            "list": stories})
    }
}

/// Compares the stories with the day's labels, over pairs of articles and by BCubed (Bagga and Baldwin 1998).
fn scores(store: &Store, stories: &[Story], day: &Day) -> Result<Scores> {
    let mut placed: Vec<(&str, stories::StoryId)> = Vec::new();
    let mut by_article: BTreeMap<i64, &testkit::day::Article> = BTreeMap::new();
    let (mut copies_right, mut copies_given) = (0usize, 0usize);
    for story in stories {
        for member in &story.members {
            let Some((revision, _)) = store.article(member.article).map_err(|e| of_store(&e))?
            else {
                continue;
            };
            let url = revision.article.url.unwrap_or_default();
            let gold =
                day.articles.iter().find(|a| url.ends_with(&format!("{}{}", a.outlet, a.path)));
            if let Some(gold) = gold {
                placed.push((&gold.story, story.id));
                by_article.insert(member.article.0, gold);
            }
        }
    }
    for story in stories {
        for member in &story.members {
            if let (Some(of), Some(gold)) = (member.copy_of, by_article.get(&member.article.0)) {
                copies_given += 1;
                // Two copies of one text are copies of each other, whichever came first.
                let root =
                    |a: &testkit::day::Article| a.copy_of.clone().unwrap_or_else(|| a.id.clone());
                copies_right += usize::from(
                    by_article.get(&of.0).is_some_and(|other| root(gold) == root(other)),
                );
            }
        }
    }
    let copies_gold = day.articles.iter().filter(|a| a.copy_of.is_some()).count();
    let (mut both, mut together, mut wanted, mut bcubed_p, mut bcubed_r) =
        (0.0, 0.0, 0.0, 0.0, 0.0);
    for (i, (label, id)) in placed.iter().enumerate() {
        let same_label = placed.iter().filter(|(l, _)| l == label).count() as f64;
        let same_story = placed.iter().filter(|(_, s)| s == id).count() as f64;
        let same_both = placed.iter().filter(|(l, s)| l == label && s == id).count() as f64;
        bcubed_p += same_both / same_story;
        bcubed_r += same_both / same_label;
        for (other_label, other_id) in placed.iter().skip(i + 1) {
            wanted += f64::from(u8::from(label == other_label));
            together += f64::from(u8::from(id == other_id));
            both += f64::from(u8::from(label == other_label && id == other_id));
        }
    }
    let share = |a: f64, b: f64| if b == 0.0 { 1.0 } else { a / b };
    let (p, r) = (share(bcubed_p, placed.len() as f64), share(bcubed_r, placed.len() as f64));
    Ok(Scores {
        pair_precision: share(both, together),
        pair_recall: share(both, wanted),
        bcubed: share(2.0 * p * r, p + r),
        copy_precision: share(copies_right as f64, copies_given as f64),
        copy_recall: share(copies_right as f64, copies_gold as f64),
    })
}
