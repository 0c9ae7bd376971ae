//! Which stories stand on Now, and in which order. Kept between askings: only stories that changed are read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use stories::{Correction, Story, Update};

use crate::filter::{Choice, Filter, Marks};
use crate::{Site, Trouble, words};

/// Stories on the page.
pub(crate) const ROWS_MAX: usize = 40;

/// Stories that are ranked; the newest.
const STORIES_MAX: u32 = 20_000;

/// Hours after which a story is no longer on the page.
const HOURS: i64 = 48;

/// Hours in which a story's weight halves.
const HALF_LIFE_HOURS: f64 = 6.0;

/// Corrections on the page, and so the most that are kept of one story.
const CORRECTIONS_MAX: usize = 6;

/// Stories that are kept in full: those of the last askings, each with filters of its own.
const SHOWN_MAX: usize = 10 * ROWS_MAX;

/// Lines under the first story; the others have one.
const LINES_MAX: usize = 3;

/// The stories of the last hours, each as short as the order needs it, and in full those that are shown.
#[derive(Debug, Default)]
pub(crate) struct Rank(Mutex<Ranked>);

#[derive(Debug, Default)]
struct Ranked {
    /// The version up to which changes were read; 0: nothing was read yet.
    seen: i64,
    since: Timestamp,
    briefs: BTreeMap<i64, Brief>,
    shown: BTreeMap<i64, Arc<Shown>>,
}

#[derive(Debug)]
struct Brief {
    version: i64,
    marks: Marks,
    told: f64,
    corrections: Vec<Correction>,
}

/// A story that is shown, with the newest of its lines.
#[derive(Debug)]
pub(crate) struct Shown {
    version: i64,
    pub(crate) story: Story,
    pub(crate) lines: Vec<Update>,
}

/// What Now shows.
#[derive(Debug)]
pub(crate) struct Top {
    /// Stories of the last hours.
    pub(crate) count: usize,
    /// Those of them that the filter takes.
    pub(crate) taken: usize,
    /// What the filter can be.
    pub(crate) countries: Vec<Choice>,
    pub(crate) languages: Vec<Choice>,
    /// Where it takes nothing: the nearest that takes something, and how much.
    pub(crate) wider: Option<(Filter, usize)>,
    /// The first of them, in order.
    pub(crate) rows: Vec<Arc<Shown>>,
    /// What was corrected last, newest first.
    pub(crate) corrections: Vec<Correction>,
}

impl Rank {
    /// The order as the rows now give it.
    pub(crate) fn top(&self, site: &Site, filter: &Filter, now: Timestamp) -> Result<Top, Trouble> {
        let mut ranked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ranked.catch_up(site, now)?;
        let taken = ranked.briefs.iter().filter(|(_, b)| filter.takes(&b.marks, now));
        let mut order: Vec<(f64, i64, i64)> =
            taken.map(|(id, b)| (weight(b, now), *id, b.version)).collect();
        let taken = order.len();
        let before =
            |a: &(f64, i64, i64), b: &(f64, i64, i64)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if order.len() > ROWS_MAX {
            order.select_nth_unstable_by(ROWS_MAX, before);
            order.truncate(ROWS_MAX);
        }
        order.sort_by(before);
        let mut rows = Vec::with_capacity(order.len());
        for (_, id, version) in order {
            rows.push(ranked.shown(site, id, version)?);
        }
        if ranked.shown.len() > SHOWN_MAX {
            ranked.shown.clear();
        }
        ranked.shown.extend(rows.iter().map(|s| (s.story.id.0, s.clone())));
        let mut corrections: Vec<Correction> =
            ranked.briefs.values().flat_map(|b| b.corrections.iter().cloned()).collect();
        corrections.sort_by_key(|c| std::cmp::Reverse(c.at));
        corrections.truncate(CORRECTIONS_MAX);
        let marks = || ranked.briefs.values().map(|b| &b.marks);
        Ok(Top {
            count: ranked.briefs.len(),
            taken,
            countries: filter.countries(marks()),
            languages: filter.languages(marks()),
            wider: if taken == 0 { nearest(filter, &marks, now) } else { None },
            rows,
            corrections,
        })
    }
}

impl Ranked {
    /// Reads what changed since the last time.
    fn catch_up(&mut self, site: &Site, now: Timestamp) -> Result<(), Trouble> {
        let since =
            now.checked_sub(SignedDuration::from_hours(HOURS)).unwrap_or(Timestamp::UNIX_EPOCH);
        if since < self.since {
            *self = Self::default();
        }
        self.since = since;
        // Asked first: what changes while we read is read once more, never missed.
        let version = site.store.news_version()?;
        if version != self.seen {
            let found = site.store.stories_changed(self.seen, since, STORIES_MAX, |n, story| {
                (story.id.0, story.merged_into.is_none().then(|| Brief::of(n, &story)))
            })?;
            // More changes than one answer holds: the rest comes with the next asking.
            let whole = found.len() < STORIES_MAX as usize || self.seen == 0;
            for (id, brief) in found {
                match brief {
                    Some(brief) => {
                        self.seen = if whole { self.seen } else { self.seen.max(brief.version) };
                        self.briefs.insert(id, brief);
                    }
                    None => drop(self.briefs.remove(&id)),
                }
            }
            if whole {
                self.seen = version;
            }
        }
        self.briefs.retain(|_, b| b.marks.last >= since);
        let over = self.briefs.len().saturating_sub(STORIES_MAX as usize);
        if over > 0 {
            let mut ages: Vec<(Timestamp, i64)> =
                self.briefs.iter().map(|(id, b)| (b.marks.last, *id)).collect();
            ages.sort_unstable();
            for (_, id) in ages.into_iter().take(over) {
                self.briefs.remove(&id);
            }
        }
        Ok(())
    }

    /// A story in full, read only where it changed since it was last shown.
    fn shown(&self, site: &Site, id: i64, version: i64) -> Result<Arc<Shown>, Trouble> {
        if let Some(shown) = self.shown.get(&id).filter(|s| s.version == version) {
            return Ok(shown.clone());
        }
        let id = stories::StoryId(id);
        let story = site.store.story(id)?.unwrap_or_default();
        let lines = site.store.updates_told(id, LINES_MAX)?;
        Ok(Arc::new(Shown { version, story, lines }))
    }
}

impl Brief {
    fn of(version: i64, story: &Story) -> Self {
        let outlets = words::outlets(story).len() as f64;
        let told =
            f64::from(story.independent_texts) + outlets + 2.0 * story.languages.len() as f64;
        let corrections = story.corrections.iter().rev().take(CORRECTIONS_MAX).cloned().collect();
        let mut countries: Vec<String> =
            story.places.iter().filter_map(|p| p.country.clone()).collect();
        countries.sort_unstable();
        countries.dedup();
        // "pt-BR" is found under "pt".
        let base =
            |language: &String| language.split('-').next().unwrap_or(language).to_ascii_lowercase();
        let languages = story.languages.iter().map(base).collect();
        Self { version, marks: Marks { countries, languages, last: story.last }, told, corrections }
    }
}

/// Of the filters with one thing less, the one that takes fewest and not none; else the one that takes all.
fn nearest<'m, I: Iterator<Item = &'m Marks>>(
    filter: &Filter,
    marks: &impl Fn() -> I,
    now: Timestamp,
) -> Option<(Filter, usize)> {
    let count = |f: &Filter| marks().filter(|m| f.takes(m, now)).count();
    let wider = filter.wider().into_iter().map(|(_, f)| (count(&f), f));
    let found = wider.filter(|(n, _)| *n > 0).min();
    let all = || Some((marks().count(), Filter::default())).filter(|(n, _)| *n > 0);
    found.or_else(all).map(|(n, f)| (f, n))
}

/// How far up a story stands: independent texts, outlets and languages, halved every six hours since its last news.
fn weight(brief: &Brief, now: Timestamp) -> f64 {
    let hours = (now.as_second() - brief.marks.last.as_second()).max(0) as f64 / 3600.0;
    brief.told * (-hours / HALF_LIFE_HOURS * std::f64::consts::LN_2).exp()
}
