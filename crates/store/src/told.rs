//! What the readers of stories were told so far: from the rows, and from what a transaction is about to write.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use stories::{Arrival, StoryId, Update};

use crate::sql::{Connection, Row, Value};
use crate::stories::Arrived;
use crate::{Error, NewDelivery, Result, Told, millis, timestamp};

/// Earlier updates of a story that planning is given.
const UPDATES_MAX: usize = 100;

/// What a story's readers were told, with what says whether a further reply is one.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) told: Told,
    /// Destination and step of each reply.
    replies: BTreeSet<(i64, u32)>,
}

/// What a story's post is called in the outbox.
pub fn post_name(story: StoryId) -> String {
    format!("story:{story}")
}

/// What a story's replies are called in the outbox.
pub fn reply_name(story: StoryId) -> String {
    format!("reply:{story}")
}

/// Reads what the readers of some stories were told so far.
pub(crate) fn load(conn: Connection<'_>, stories: &[StoryId]) -> Result<BTreeMap<StoryId, Known>> {
    let mut all: BTreeMap<StoryId, Known> =
        stories.iter().map(|story| (*story, Known::default())).collect();
    let ids: Vec<_> = all.keys().map(|story| [Value::Int(story.0)]).collect();
    let names: Vec<_> = all.keys().map(|id| (*id, post_name(*id), reply_name(*id))).collect();
    let posts: Vec<_> = names.iter().map(|(_, post, _)| [Value::Text(post)]).collect();
    let replies: Vec<_> = names.iter().map(|(.., reply)| [Value::Text(reply)]).collect();
    // Which story a row is about, it says by the name under which it was asked for.
    let story_of: BTreeMap<&str, StoryId> =
        names.iter().flat_map(|(id, post, reply)| [(&**post, *id), (&**reply, *id)]).collect();
    let story_of = |row: &Row<'_>| story_of.get(row.text(0)?).copied().ok_or(Error::Column("what"));
    let updates = format!(
        "SELECT body FROM story_update WHERE story = ?1 ORDER BY revision DESC LIMIT {UPDATES_MAX}"
    );
    conn.query_many(&updates, &ids, |r| {
        let update: Update =
            serde_json::from_str(r.text(0)?).map_err(|e| Error::Row("story_update", e))?;
        if let Some(known) = all.get_mut(&update.story) {
            known.told.updates.push(update);
        }
        Ok(())
    })?;
    let promised =
        "SELECT DISTINCT what, destination FROM delivery WHERE what = ?1 ORDER BY destination";
    conn.query_many(promised, &posts, |r| {
        if let Some(known) = all.get_mut(&story_of(r)?) {
            known.told.promised.push(r.get(1)?);
        }
        Ok(())
    })?;
    let posted = "SELECT what, destination, step FROM post WHERE what = ?1 ORDER BY destination";
    conn.query_many(posted, &posts, |r| {
        if let Some(known) = all.get_mut(&story_of(r)?) {
            known.told.posted.push(r.get(1)?);
            known.told.shown.push(r.get(2)?);
        }
        Ok(())
    })?;
    let replied = "SELECT d.what, d.destination, d.step, d.created_at, c.body FROM delivery d JOIN card c ON c.id = d.card
                   WHERE d.what = ?1 ORDER BY d.id";
    conn.query_many(replied, &replies, |r| {
        if let Some(known) = all.get_mut(&story_of(r)?) {
            known.reply(r.get(1)?, r.get(2)?, timestamp(r.get(3)?), r.text(4)?);
        }
        Ok(())
    })?;
    let muted = "SELECT story, destination FROM mute WHERE story = ?1 ORDER BY destination";
    conn.query_many(muted, &ids, |r| {
        if let Some(known) = all.get_mut(&StoryId(r.get(0)?)) {
            known.told.muted.push(r.get(1)?);
        }
        Ok(())
    })?;
    Ok(all)
}

impl Known {
    fn reply(&mut self, destination: i64, step: u32, at: jiff::Timestamp, card: &str) {
        if self.replies.insert((destination, step)) {
            self.told.replies.push((destination, at, card.to_owned()));
        }
    }

    /// Adds what an arrival is about to write of a story, as the rows will say it.
    fn add(&mut self, story: StoryId, arrival: &Arrival, deliveries: &[NewDelivery]) {
        let updates = &mut self.told.updates;
        for update in arrival.updates.iter().filter(|update| update.story == story) {
            let at = updates.partition_point(|known| known.revision > update.revision);
            // A row that is there stays as it is.
            if updates.get(at).is_none_or(|known| known.revision != update.revision) {
                updates.insert(at, update.clone());
                updates.truncate(UPDATES_MAX);
            }
        }
        let (post, reply) = (post_name(story), reply_name(story));
        for delivery in deliveries {
            if delivery.what == post
                && let Err(at) = self.told.promised.binary_search(&delivery.destination)
            {
                self.told.promised.insert(at, delivery.destination);
            }
            if delivery.what == reply {
                let at = timestamp(millis(delivery.created_at));
                self.reply(delivery.destination, delivery.step, at, &delivery.card);
            }
        }
    }
}

/// The transaction in which arrivals are told, as far as planning may look into it.
///
/// Their rows are written together when all are planned: until then what was planned is known here.
pub struct Telling<'a> {
    tx: Connection<'a>,
    all: &'a [Arrived<'a>],
    /// The outbox rows of those that are planned, in order.
    planned: Vec<Vec<NewDelivery>>,
    known: RefCell<BTreeMap<StoryId, Known>>,
}

impl std::fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telling")
    }
}

impl<'a> Telling<'a> {
    pub(crate) fn new(tx: Connection<'a>, all: &'a [Arrived<'a>]) -> Self {
        Self { tx, all, planned: Vec::with_capacity(all.len()), known: RefCell::default() }
    }

    /// What a story's readers were told so far: [`crate::Store::told`] with what this transaction writes.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn told(&self, story: StoryId) -> Result<Told> {
        let mut known = self.known.borrow_mut();
        if let Some(known) = known.get(&story) {
            return Ok(known.told.clone());
        }
        // Those that will be asked for next are read with it.
        let updates = self.all.iter().flat_map(|arrived| &arrived.arrival.updates);
        let mut stories: BTreeSet<StoryId> = updates.map(|update| update.story).collect();
        stories.insert(story);
        stories.retain(|story| !known.contains_key(story));
        for (story, mut read) in load(self.tx, &stories.into_iter().collect::<Vec<_>>())? {
            for (arrived, deliveries) in self.all.iter().zip(&self.planned) {
                read.add(story, arrived.arrival, deliveries);
            }
            known.insert(story, read);
        }
        Ok(known.get(&story).map(|known| known.told.clone()).unwrap_or_default())
    }

    /// Adds the outbox rows of the next arrival.
    pub(crate) fn plan(&mut self, arrival: &Arrival, deliveries: Vec<NewDelivery>) {
        for (story, known) in self.known.get_mut() {
            known.add(*story, arrival, &deliveries);
        }
        self.planned.push(deliveries);
    }

    /// All outbox rows, in order.
    pub(crate) fn into_planned(self) -> Vec<Vec<NewDelivery>> {
        self.planned
    }
}
