//! What a story's new step means for its readers: rows for the outbox, decided before anything is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::{Action, NewDelivery, Told, post_name, reply_name};
use stories::{ArticleId, Story, Update};

use crate::card::{Card, Composing, Toll, compose_post, compose_reply};
use crate::matcher::{Followed, Matcher};
use crate::schedule::Schedule;

/// Replies a day and story, at most: each makes a sound.
pub const REPLIES_A_DAY_MAX: usize = 2;

/// The day of that limit, hours.
const DAY_HOURS: i64 = 24;

/// What an article says of itself that planning may use.
#[derive(Clone, Debug, Default)]
pub struct ArticleNote {
    /// Where it is read at its outlet.
    pub url: Option<String>,
    /// Its headline and text, for follows about words; may be left empty.
    pub text: String,
}

/// A story's new step.
#[derive(Clone, Copy)]
pub struct Planning<'a> {
    /// The story as it stands now.
    pub story: &'a Story,
    /// What is new in it, in order.
    pub updates: &'a [Update],
    /// What its readers were told so far: `store.told(story.id)`.
    pub told: &'a Told,
    /// Looks an article up.
    pub articles: &'a dyn Fn(ArticleId) -> Option<ArticleNote>,
    /// Where our pages are, if readers can reach them.
    pub base_url: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

impl std::fmt::Debug for Planning<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Planning")
            .field("story", &self.story.id)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// Decides what a step means: one row for each destination, and a reply where the step earns a sound.
///
/// A destination that was promised the post gets every further step (they fold into edits), whether the step alone would match
/// its follow or not. Nothing new: no rows.
pub fn plan(planning: &Planning<'_>, follows: &Matcher) -> Vec<NewDelivery> {
    let Planning { story, updates, told, now, .. } = *planning;
    if updates.is_empty() || story.merged_into.is_some() {
        return Vec::new();
    }
    let mut articles: Vec<ArticleId> = updates.iter().map(|u| u.article).collect();
    articles.dedup();
    let notes: Vec<ArticleNote> =
        articles.iter().filter_map(|id| (planning.articles)(*id)).collect();
    let texts: Vec<&str> = notes.iter().map(|n| n.text.as_str()).collect();
    let mut by_destination: BTreeMap<i64, Option<&Followed>> = BTreeMap::new();
    for entry in follows.find(story, updates, &texts) {
        by_destination.entry(entry.destination).or_insert(Some(entry));
    }
    for destination in &told.promised {
        by_destination.entry(*destination).or_insert(None);
    }
    let url = |id: ArticleId| (planning.articles)(id).and_then(|note| note.url);
    let composing = Composing {
        story,
        updates,
        earlier: &told.updates,
        article_url: &url,
        base_url: planning.base_url,
        now,
    };
    let mut cards = Cards { composing, post: None, keys: BTreeMap::new() };
    let mut out = Vec::new();
    for (destination, entry) in by_destination {
        let Some(reader) = follows.reader(destination) else { continue };
        if told.muted.binary_search(&destination).is_ok() {
            continue;
        }
        let settings = reader.settings.schedule();
        // A promised destination keeps its own rhythm, also when this step alone matches none of its follows.
        let entry = entry.or_else(|| follows.first_of(destination));
        let schedule = entry.map_or_else(|| settings.clone(), |e| e.follow.schedule.or(&settings));
        let promised = told.promised.binary_search(&destination).is_ok();
        let post = told.posted.binary_search(&destination).ok();
        let posted = post.is_some();
        let shown = post.and_then(|at| told.shown.get(at)).copied();
        let row = |what: String, action, card: &Arc<str>, content_key, due_at| NewDelivery {
            destination,
            what,
            step: story.revision,
            action,
            card: card.clone(),
            content_key,
            due_at,
            created_at: now,
            follow: entry.map(|e| e.id),
        };
        let (card, key) = cards.post(&schedule);
        if let Some(slot) = schedule.digest_after(now) {
            out.push(row(post_name(story.id), Action::Item, &card, key, slot));
            continue;
        }
        let sound_at = schedule.sound_at(now);
        if keeps_posts(&reader.kind) || !promised || reader.settings.every_step {
            // An edit makes no sound and keeps what stands there true, also at night.
            let due_at = if posted && keeps_posts(&reader.kind) { now } else { sound_at };
            out.push(row(post_name(story.id), Action::Post, &card, key, due_at));
        }
        if promised
            && !reader.settings.every_step
            && makes_sound(&reader.kind)
            && let Some((card, key)) = reply(&composing, told, destination, shown, &schedule.zone())
        {
            out.push(row(reply_name(story.id), Action::Reply, &card, key, sound_at));
        }
    }
    out
}

/// Whether a message of this kind can be changed after it was sent.
pub(crate) fn keeps_posts(kind: &str) -> bool {
    matches!(kind, "telegram" | "matrix" | "folder" | "feed")
}

/// Whether a reply means something there: a folder and a feed are read when the reader likes.
fn makes_sound(kind: &str) -> bool {
    !matches!(kind, "folder" | "feed")
}

/// The post's card, written once for all destinations, with what it shows in each zone.
struct Cards<'a> {
    composing: Composing<'a>,
    post: Option<(Card, Arc<str>)>,
    keys: BTreeMap<Option<String>, [u8; 16]>,
}

impl Cards<'_> {
    fn post(&mut self, schedule: &Schedule) -> (Arc<str>, [u8; 16]) {
        let (card, json) = self.post.get_or_insert_with(|| {
            let card = compose_post(&self.composing);
            let json = Arc::from(card.write());
            (card, json)
        });
        let key = self
            .keys
            .entry(schedule.zone.clone())
            .or_insert_with(|| card.content_key(&schedule.zone()));
        (json.clone(), *key)
    }
}

fn reply(
    composing: &Composing<'_>,
    told: &Told,
    destination: i64,
    shown: Option<u32>,
    zone: &TimeZone,
) -> Option<(Arc<str>, [u8; 16])> {
    let mine: Vec<(Timestamp, Card)> = told
        .replies
        .iter()
        .filter(|(to, ..)| *to == destination)
        .filter_map(|(_, at, card)| Some((*at, Card::read(card).ok()?)))
        .collect();
    let day = SignedDuration::from_hours(DAY_HOURS);
    let today = mine.iter().filter(|(at, _)| composing.now.duration_since(*at) < day).count();
    if today >= REPLIES_A_DAY_MAX {
        return None;
    }
    let tolls: Vec<Toll> = mine.iter().filter_map(|(_, card)| card.toll).collect();
    let card = compose_reply(composing, tolls.last().copied(), &tolls, shown)?;
    let key = card.content_key(zone);
    Some((Arc::from(card.write()), key))
}
