//! The live stories: where an arriving article belongs, and what it brings.

mod memory;
mod quiet;

pub use quiet::{Rows, StoryRows};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use self::quiet::Quiet;
use crate::cluster::{self, Candidate, CopyIndex, Kept};
use crate::features::{Features, Raw};
use crate::novelty::{self, Anchor, Anchored, Happened};
use crate::profile::{Index, Profile};
use crate::said::SaidKeys;
use crate::sparse::Frequencies;
use crate::terms::Key;
use crate::{
    Arrival, Arriving, ArticleId, LedgerStatement, Member, Story, StoryId, account, repair,
};

/// What the operator may set.
#[derive(Clone, Debug)]
pub struct Options {
    /// The reader's languages in the order of preference; a story's title moves at most once to a better one.
    pub languages: Vec<String>,
    /// Stories kept in memory in full; past it the one that has been quiet longest is forgotten, or left to the rows
    /// ([`Shelf::over`]).
    pub stories_max: u32,
    /// A story that has been quiet for so many days is no longer joined.
    pub quiet_days_max: u32,
    /// What stories and articles may take in memory, bytes, about; past it those that have been quiet longest are forgotten, or
    /// left to the rows ([`Shelf::over`]).
    pub bytes_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            languages: vec!["en".into()],
            stories_max: 50_000,
            quiet_days_max: 400,
            bytes_max: 1 << 30,
        }
    }
}

/// An article's features, ready for [`Shelf::arrive_prepared`]; made on any thread by [`prepare`], or by another process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared {
    raw: Raw,
    happened: Vec<Happened>,
}

/// Reads what the shelf needs of an article; the costly half of an arrival, without the shelf.
pub fn prepare(arriving: &Arriving<'_>) -> Prepared {
    Prepared {
        raw: Raw::new(arriving),
        happened: novelty::happened(arriving.article, arriving.reading),
    }
}

/// What is kept of a story beside what is shown.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub profile: Profile,
    pub anchor: Anchor,
    /// What the statements of the ledger are compared by, in its order; those of a story read back are not all there until
    /// [`Live::read_said`].
    pub said: Vec<SaidKeys>,
    /// What has happened in it, by [`crate::terms::developments`].
    pub happened: FxHashSet<u16>,
    /// What it was counted for in the shelf's weight.
    weight: u64,
    /// When it was asked for last, and under which of these times it stands in the order of [`Quiet`]; 0: in none.
    touched: u64,
    queued: u64,
}

impl Live {
    /// Reads what statements are compared by, where that was not needed yet: most stories are read back only to be looked at.
    pub(crate) fn read_said(&mut self, ledger: &[LedgerStatement]) {
        let known = self.said.len();
        self.said.extend(ledger.iter().skip(known).map(SaidKeys::of));
    }
}

/// The row of an article; `F` are its features, owned or borrowed.
#[derive(Serialize, Deserialize)]
struct Row<F> {
    features: F,
    anchored: Anchored,
    copy: bool,
    /// Rows of before have none.
    #[serde(default)]
    happened: Vec<u16>,
}

/// The live stories, in memory; a cache of rows.
#[derive(Debug, Default)]
pub struct Shelf {
    options: Options,
    pub(crate) stories: BTreeMap<StoryId, Story>,
    pub(crate) live: FxHashMap<StoryId, Live>,
    pub(crate) articles: FxHashMap<ArticleId, Kept>,
    frequencies: Frequencies,
    index: Index,
    copies: CopyIndex,
    /// The stories of articles that are not held, as the stories' own rows name them: of quiet stories, and during a restart.
    homes: FxHashMap<ArticleId, StoryId>,
    /// What is left to the rows, and where they are.
    quiet: Quiet,
    /// Live stories by their last article, to forget the quietest.
    ages: BTreeSet<(i64, StoryId)>,
    /// What all of it takes in memory, about; bytes.
    weight: u64,
}

impl Shelf {
    /// An empty shelf.
    pub fn new(options: Options) -> Self {
        let frequencies = Frequencies::within(options.bytes_max / memory::FREQUENCIES_SHARE);
        Self { options, frequencies, ..Self::default() }
    }

    /// Puts a kept story back after a restart.
    pub fn restore_story(&mut self, story: Story) {
        if story.merged_into.is_some() {
            self.stories.insert(story.id, story);
            return;
        }
        self.homes.extend(story.members.iter().map(|m| (m.article, story.id)));
        if self.quiet.has_rows() {
            self.restore_quiet(&story);
        } else {
            self.hold(story);
        }
    }

    /// Holds a story, as yet without articles.
    fn hold(&mut self, story: Story) {
        let mut live = Live { profile: Profile::new(story.first.as_second()), ..Live::default() };
        if !self.quiet.has_rows() {
            // Here nothing is held only to be looked at, and all of it counts.
            live.read_said(&story.statements);
        }
        self.ages.insert((live.profile.times.1, story.id));
        self.live.insert(story.id, live);
        self.stories.insert(story.id, story);
    }

    /// Puts a kept article's features back after a restart, in the order of arrival, after its story.
    ///
    /// A row that cannot be read (written by a version that kept other things) is left out: its story is found by its others.
    pub fn restore_article(&mut self, id: ArticleId, story: StoryId, features: &[u8]) {
        // repairs move articles; the story's own row knows where they are
        let story = self.homes.get(&id).copied().unwrap_or_else(|| self.leads_to(story));
        let Ok(row) = rmp_serde::from_slice::<Row<Features>>(features) else { return };
        if self.quiet.stories.contains_key(&story) {
            self.restore_quiet_article(id, story, &row);
        } else if self.live.contains_key(&story) {
            self.homes.remove(&id);
            self.frequencies.count(row.features.keys());
            self.copies.insert(id, &row.features);
            let keys = self.hold_article(id, story, row);
            self.index.insert(&keys, story);
        }
    }

    /// Holds an article of a row, after those that arrived before it; gives the keys that newly stand for the story.
    fn hold_article(&mut self, id: ArticleId, story: StoryId, row: Row<Features>) -> Vec<Key> {
        if let Some(live) = self.live.get_mut(&story) {
            live.happened.extend(&row.happened);
            live.anchor.count(&row.anchored);
        }
        let beside = (row.anchored, row.happened.into());
        self.shelve(id, story, Arc::new(row.features), row.copy, beside)
    }

    /// Takes an article in: which story it belongs to and what in it is new.
    pub fn arrive(&mut self, arriving: Arriving<'_>, now: Timestamp) -> Arrival {
        let prepared = prepare(&arriving);
        self.arrive_prepared(arriving, prepared, now)
    }

    /// The same with features made beforehand.
    pub fn arrive_prepared(
        &mut self,
        arriving: Arriving<'_>,
        prepared: Prepared,
        now: Timestamp,
    ) -> Arrival {
        let at = sane_time(arriving.at, now);
        let arriving = Arriving { at, ..arriving };
        let (mut features, spelled) = prepared.raw.weigh(&self.frequencies);
        features.at = at.as_second();
        self.warm_homes(&[arriving.id]);
        if let Some(kept) = self.articles.get(&arriving.id) {
            let story = kept.story;
            return self.revise(&arriving, story, features, &prepared.happened, now);
        }
        let likely = self.copies.likely(&features);
        self.warm_homes(&likely);
        let copy_of = cluster::copied(&features, &likely, &self.articles);
        let found = match copy_of.and_then(|id| self.articles.get(&id)) {
            Some(kept) => Place::Copy(kept.story),
            None => self.place(&features),
        };
        let features = Arc::new(features);
        let mut arrival = Arrival { copy_of, ..Arrival::default() };
        match &found {
            Place::Copy(story) => {
                arrival.story = *story;
                arrival.why = vec!["same text".to_owned()];
            }
            Place::Joined(candidate, _) => {
                arrival.story = candidate.story;
                arrival.why = self.why(&features, &spelled, candidate);
            }
            Place::New(nearest) => {
                arrival.story = self.open(&arriving);
                arrival.opened = true;
                if let Some(candidate) = nearest {
                    arrival.why = vec![format!(
                        "nearest story {} at {:.2}",
                        candidate.story, candidate.probability
                    )];
                }
            }
        }
        let id = arrival.story;
        let (mut anchored, mut happened) = (Anchored::default(), Vec::new());
        if let (Some(story), Some(live)) = (self.stories.get_mut(&id), self.live.get_mut(&id)) {
            story.members.push(Member {
                article: arriving.id,
                outlet: arriving.outlet.to_owned(),
                language: features.lang.clone(),
                at,
                copy_of,
            });
            let opened = arrival.opened;
            let coming = account::Coming { happened: &prepared.happened, copy_of, opened };
            let languages = &self.options.languages;
            let taken = account::take(story, live, &arriving, &coming, now, languages);
            arrival.updates = taken.updates;
            (anchored, happened) = (taken.anchored, taken.happened);
        }
        let copy = copy_of.is_some();
        let row = Row { features: &*features, anchored, copy, happened };
        arrival.features = rmp_serde::to_vec(&row).unwrap_or_default();
        let happened = row.happened.into();
        self.keep(arriving.id, id, features, copy, (anchored, happened));
        if let Place::Joined(_, rivals) = &found {
            for rival in rivals {
                if let Some((kept, gone)) = self.merge(id, *rival) {
                    arrival.why.push(format!("merged story {} into {kept}", gone.id));
                    arrival.changed.push(gone);
                }
            }
            if let Some(parted) = self.part(self.leads_to(id)) {
                arrival.why.push(format!("parted story {} from {id}", parted.id));
                arrival.changed.push(parted);
            }
        }
        let id = self.articles.get(&arriving.id).map_or(id, |kept| self.leads_to(kept.story));
        arrival.story = id;
        arrival.changed.extend(self.stories.get(&id).cloned());
        self.touch(id);
        self.forget_quiet(now, id);
        arrival
    }

    /// A live story; an id that was merged away gives the story it went into.
    pub fn story(&self, id: StoryId) -> Option<&Story> {
        self.stories.get(&self.leads_to(id))
    }

    /// The live stories by id; those merged away are not among them.
    pub fn stories(&self) -> impl Iterator<Item = &Story> {
        self.stories.values().filter(|s| s.merged_into.is_none())
    }

    /// The stories that an article may belong to with the numbers that the decision weighs: for fitting the weights.
    #[doc(hidden)]
    pub fn trace(&mut self, arriving: &Arriving<'_>) -> Vec<(StoryId, Vec<f32>)> {
        let (features, _) = prepare(arriving).raw.weigh(&self.frequencies);
        self.candidates(&features, true)
            .into_iter()
            .map(|c| (c.story, c.description.to_vec()))
            .collect()
    }

    /// Where an id leads after merges.
    pub(crate) fn leads_to(&self, mut id: StoryId) -> StoryId {
        // merges never run in a circle; the bound is for rows that somebody else wrote
        for _ in 0..64 {
            match self.stories.get(&id).and_then(|s| s.merged_into) {
                Some(next) if next != id => id = next,
                _ => break,
            }
        }
        id
    }

    /// The stories that an article may belong to, as [`cluster::candidates`] has it.
    fn candidates(&mut self, features: &Features, all: bool) -> Vec<Candidate> {
        let found = self.index.candidates(features);
        self.warm(&found);
        // the one told last first
        let recent = self.ages.iter().rev().map(|(_, id)| *id);
        let recent: Vec<StoryId> = recent.take(cluster::recent_max(features)).collect();
        self.warm(&recent);
        cluster::candidates(features, found, &recent, &self.live, &self.articles, all)
    }

    /// The story that an article belongs to, by its features.
    fn place(&mut self, features: &Features) -> Place {
        let mut candidates = self.candidates(features, false).into_iter();
        match candidates.next() {
            Some(best) if best.probability >= cluster::JOIN_MIN => {
                let sure = best.probability >= repair::MERGE_ARTICLE_MIN;
                let fits = |c: &Candidate| sure && c.probability >= repair::MERGE_ARTICLE_MIN;
                let rivals = candidates.filter(fits).map(|c| c.story).take(2).collect();
                Place::Joined(best, rivals)
            }
            nearest => Place::New(nearest),
        }
    }

    /// Begins a story with an article; its id is the article's, so that no id is ever given out twice.
    fn open(&mut self, arriving: &Arriving<'_>) -> StoryId {
        let mut id = StoryId(arriving.id.0);
        // an id is only taken where a story was moved away from its first article
        while self.is_taken(id) {
            id = StoryId(id.0.wrapping_add(1 << 40));
        }
        let story = Story { id, first: arriving.at, last: arriving.at, ..Story::default() };
        self.stories.insert(id, story);
        self.live
            .insert(id, Live { profile: Profile::new(arriving.at.as_second()), ..Live::default() });
        self.ages.insert((arriving.at.as_second(), id));
        id
    }

    /// Takes a new revision of a known article in; it stays in its story.
    fn revise(
        &mut self,
        arriving: &Arriving<'_>,
        story: StoryId,
        features: Features,
        what: &[Happened],
        now: Timestamp,
    ) -> Arrival {
        let id = self.leads_to(story);
        let mut arrival =
            Arrival { story: id, why: vec!["new revision".to_owned()], ..Arrival::default() };
        let copy_of = self
            .stories
            .get(&id)
            .and_then(|s| s.members.iter().find(|m| m.article == arriving.id))
            .and_then(|m| m.copy_of);
        arrival.copy_of = copy_of;
        // what the versions before told stays told
        let known = self.articles.get(&arriving.id);
        let (anchored, mut happened) =
            known.map_or_else(Default::default, |k| (k.anchored, k.happened.to_vec()));
        if let (Some(story), Some(live)) = (self.stories.get_mut(&id), self.live.get_mut(&id)) {
            let taken = account::revise(story, live, arriving, what, now);
            arrival.updates = taken.updates;
            let new = taken.happened.into_iter().filter(|id| !happened.contains(id));
            let new: Vec<u16> = new.collect();
            happened.extend(new);
        }
        let row = Row { features, anchored, copy: copy_of.is_some(), happened };
        arrival.features = rmp_serde::to_vec(&row).unwrap_or_default();
        let features = Arc::new(row.features);
        let happened = row.happened.into();
        self.quiet.changed(id);
        let mut stands = false;
        if let Some(old) = self.take(arriving.id) {
            self.copies.remove(arriving.id, &old.features);
            stands = old.stands;
            // of others the terms are not kept: what they were counted for stays
            if stands {
                self.frequencies.forget(old.features.keys());
                self.frequencies.count(features.keys());
            }
        }
        self.copies.insert(arriving.id, &features);
        self.put(arriving.id, Kept { story: id, features, stands, anchored, happened });
        self.weigh(id);
        self.touch(id);
        arrival.changed.extend(self.stories.get(&id).cloned());
        arrival
    }

    /// The words that joined an article to a story, strongest first.
    fn why(
        &self,
        features: &Features,
        spelled: &[(Key, String)],
        candidate: &Candidate,
    ) -> Vec<String> {
        let Some(live) = self.live.get(&candidate.story) else { return Vec::new() };
        let (view, _) = live.profile.view(&features.lang);
        let mut shared: Vec<(f32, &str)> = spelled
            .iter()
            .map(|(key, word)| (features.all.weight(*key) * view.all.weight(*key), word.as_str()))
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        shared.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let mut out: Vec<String> =
            shared.into_iter().take(8).map(|(_, word)| word.to_owned()).collect();
        if !candidate.same_language {
            out.push("names, places and figures across languages".to_owned());
        }
        out.push(format!("probability {:.2}", candidate.probability));
        out
    }

    /// Merges two stories where they turn out to be one: the younger into the older. Gives the id that stays and the story that went.
    fn merge(&mut self, a: StoryId, b: StoryId) -> Option<(StoryId, Story)> {
        let (a, b) = (self.leads_to(a), self.leads_to(b));
        let (x, y) = (self.live.get(&a)?, self.live.get(&b)?);
        if a == b || !repair::are_one(x, y, &self.witnesses(x), &self.witnesses(y)) {
            return None;
        }
        let told_apart =
            |a, b| self.stories.get(&a).is_some_and(|s: &Story| s.by_hand.apart.contains(&b));
        if told_apart(a, b) || told_apart(b, a) {
            return None;
        }
        let age = |id: StoryId| self.stories.get(&id).map(|s| (s.first, s.id));
        let (stays, goes) = if age(a) <= age(b) { (a, b) } else { (b, a) };
        Some((stays, self.pour(goes, stays)?))
    }

    /// Puts all of one live story into another; gives the one that went.
    pub(crate) fn pour(&mut self, goes: StoryId, stays: StoryId) -> Option<Story> {
        let gone_live = self.let_go(goes)?;
        let mut gone = self.stories.remove(&goes)?;
        let moved: Vec<Member> = gone.members.clone();
        if let (Some(story), Some(live)) = (self.stories.get_mut(&stays), self.live.get_mut(&stays))
        {
            repair::pour(story, live, &mut gone, gone_live);
        }
        self.settle(&moved, stays);
        self.stories.insert(goes, gone.clone());
        self.quiet.changed(stays);
        Some(gone)
    }

    /// Parts a story in two where its articles fall into two; gives the new one. Looked at when it has grown to a power of two.
    fn part(&mut self, id: StoryId) -> Option<Story> {
        let live = self.live.get(&id)?;
        if self.stories.get(&id).is_some_and(|s| s.by_hand.whole) {
            return None;
        }
        if live.profile.texts < 4
            || !live.profile.texts.is_power_of_two()
            || live.profile.texts > 64
        {
            return None;
        }
        let articles: Vec<(ArticleId, &Features)> = live
            .profile
            .witnesses
            .iter()
            .filter_map(|id| Some((*id, &*self.articles.get(id)?.features)))
            .collect();
        let part = repair::parts(&articles)?;
        let new_id = part.iter().map(|a| StoryId(a.0)).find(|id| !self.is_taken(*id))?;
        self.move_apart(id, &part, new_id)?;
        self.stories.get(&new_id).cloned()
    }

    /// An id that no story has, for articles whose own are taken.
    pub(crate) fn free_id(&self, articles: &[ArticleId]) -> Option<StoryId> {
        let first = articles.first()?;
        (1..64).map(|n| StoryId(first.0.wrapping_add(n << 40))).find(|id| !self.is_taken(*id))
    }

    /// Moves articles of a live story into one of their own.
    pub(crate) fn move_apart(
        &mut self,
        id: StoryId,
        part: &[ArticleId],
        new_id: StoryId,
    ) -> Option<()> {
        let old = self.let_go(id)?;
        let mut old =
            Live { profile: Profile::new(old.profile.times.0), said: old.said, ..Live::default() };
        let from = self.stories.get_mut(&id)?;
        let (mut story, mut live) = repair::move_out(from, &mut old, part, new_id);
        live.profile = Profile::new(story.first.as_second());
        let (stay, moved) = (from.members.clone(), story.members.clone());
        for (story, members) in [(&mut *from, &stay), (&mut story, &moved)] {
            if !members.iter().any(|m| m.article == story.title_article)
                && let Some(first) = members.first()
            {
                story.title_article = first.article;
                story.title_language.clone_from(&first.language);
                story.title = self
                    .articles
                    .get(&first.article)
                    .map_or_else(String::new, |kept| kept.features.headline.clone());
            }
        }
        self.stories.insert(new_id, story);
        for (story, live, members) in [(id, old, stay), (new_id, live, moved)] {
            self.ages.insert((live.profile.times.1, story));
            self.live.insert(story, live);
            self.settle(&members, story);
            self.quiet.changed(story);
        }
        Some(())
    }

    /// Lets articles that are kept stand for a story that they were moved to.
    fn settle(&mut self, members: &[Member], story: StoryId) {
        for member in members {
            let Some(kept) = self.articles.get_mut(&member.article) else { continue };
            kept.story = story;
            let (features, anchored, stands) =
                (Arc::clone(&kept.features), kept.anchored, kept.stands);
            let happened = Arc::clone(&kept.happened);
            let Some(live) = self.live.get_mut(&story) else { continue };
            let before = live.profile.times.1;
            live.anchor.count(&anchored);
            live.happened.extend(happened.iter());
            let mut gone = None;
            if stands {
                let (keys, replaced) = live.profile.add(member.article, &features);
                self.index.insert(&keys, story);
                gone = replaced;
            } else if member.copy_of.is_none() {
                live.profile.count();
            }
            self.ages.remove(&(before, story));
            self.ages.insert((live.profile.times.1, story));
            if let Some(gone) = gone {
                self.slim(gone);
            }
        }
        self.weigh(story);
    }

    /// The features of the articles that stand for a story.
    fn witnesses(&self, live: &Live) -> Vec<&Features> {
        live.profile
            .witnesses
            .iter()
            .filter_map(|id| Some(&*self.articles.get(id)?.features))
            .collect()
    }
}

/// Where an article belongs.
enum Place {
    /// Its text is known.
    Copy(StoryId),
    /// A story tells of the same; others may, too.
    Joined(Candidate, Vec<StoryId>),
    /// None does; the nearest one, if any.
    New(Option<Candidate>),
}

/// A publication time that can be true: what lies in the future or before the web is taken as now.
fn sane_time(at: Timestamp, now: Timestamp) -> Timestamp {
    const FIRST: Timestamp = Timestamp::constant(662_688_000, 0); // 1991
    let latest = now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(now);
    if at < FIRST || at > latest { now } else { at }
}
