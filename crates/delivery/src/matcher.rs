//! All follows at once: which of a million want a story with its updates.
//!
//! Every follow stands under one word (or one country) that a story must have for it: the one under which fewest others stand.
//! A story is looked up by the words that it has, and only the follows found so are asked.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use reading::{CasualtyKind, Qualifier};
use regex::Regex;
use stories::{Story, Update};

use crate::follow::{Follow, Need, Topic, Where, fold, stem, terms};
use crate::settings::{Defaults, Settings};

/// Words of an article's text that are looked at, at most.
const TEXT_WORDS_MAX: usize = 3_000;

/// A story with its updates, its words folded and looked up once for however many follows.
pub(crate) struct Haystack<'a> {
    pub(crate) story: &'a Story,
    pub(crate) updates: &'a [Update],
    texts: &'a [&'a str],
    /// Distinct stems.
    stems: HashSet<String>,
    /// Distinct folded words, sorted.
    words: Vec<String>,
    outlets: Vec<&'a str>,
    places: Vec<(String, Option<&'a str>)>,
    speakers: Vec<String>,
    whole: OnceCell<String>,
    pub(crate) killed: u64,
    pub(crate) injured: u64,
    pub(crate) importance: f32,
}

impl<'a> Haystack<'a> {
    /// Looks a story up once. `texts`: further texts of it (the new article's headline and text), where they are at hand.
    pub(crate) fn new(story: &'a Story, updates: &'a [Update], texts: &'a [&'a str]) -> Self {
        let mut words: BTreeSet<String> = terms(&story.title).into_iter().collect();
        let mut add = |text: &str| words.extend(terms(text));
        for update in updates {
            add(&update.text);
            if let Some(statement) = &update.statement {
                add(&statement.content);
                add(&statement.speaker);
                add(statement.description.as_deref().unwrap_or(""));
            }
        }
        for place in &story.places {
            add(&place.name);
        }
        for statement in &story.statements {
            add(&statement.speaker);
        }
        for text in texts {
            words.extend(terms(text).into_iter().take(TEXT_WORDS_MAX));
        }
        let stems = words.iter().map(|w| stem(w).to_owned()).collect();
        let outlets: BTreeSet<&str> = story.members.iter().map(|m| m.outlet.as_str()).collect();
        let most = |kind: CasualtyKind| {
            let figures = story.figures.iter().filter(|f| f.kind == kind && !f.withdrawn);
            figures.map(|f| f.high().unwrap_or_else(|| roughly(f.qualifier))).max().unwrap_or(0)
        };
        Self {
            story,
            updates,
            texts,
            stems,
            words: words.into_iter().collect(),
            outlets: outlets.into_iter().collect(),
            places: story.places.iter().map(|p| (fold(&p.name), p.country.as_deref())).collect(),
            speakers: story.statements.iter().map(|s| fold(&s.speaker)).collect(),
            whole: OnceCell::new(),
            killed: most(CasualtyKind::Killed),
            injured: most(CasualtyKind::Injured),
            importance: updates.iter().map(|u| u.importance).fold(0.0, f32::max),
        }
    }

    pub(crate) fn outlets(&self) -> &[&'a str] {
        &self.outlets
    }

    pub(crate) fn has_topic(&self, topic: &Topic) -> bool {
        !topic.needs.is_empty() && topic.needs.iter().all(|need| self.has(need))
    }

    fn has(&self, need: &Need) -> bool {
        need.stems.iter().any(|s| self.stems.contains(s))
            || need.prefixes.iter().any(|p| {
                let at = self.words.partition_point(|w| w.as_str() < p.as_str());
                self.words.get(at).is_some_and(|w| w.starts_with(p.as_str()))
            })
            || need.suffixes.iter().any(|s| self.words.iter().any(|w| w.ends_with(s.as_str())))
    }

    pub(crate) fn has_place(&self, place: &Where) -> bool {
        if let Some(code) = &place.country {
            return self.places.iter().any(|(_, country)| *country == Some(code));
        }
        let name = fold(&place.name);
        self.places.iter().any(|(p, _)| *p == name)
            || terms(&place.name).iter().all(|w| self.stems.contains(stem(w)))
    }

    pub(crate) fn has_language(&self, code: &str) -> bool {
        self.story.languages.iter().any(|l| l.split('-').next() == Some(code))
    }

    pub(crate) fn has_speaker(&self, name: &str) -> bool {
        let name = fold(name);
        self.speakers.iter().any(|s| s.contains(&name))
    }

    pub(crate) fn matches(&self, pattern: &Regex) -> bool {
        pattern.is_match(self.whole.get_or_init(|| {
            let mut whole = self.story.title.clone();
            for part in
                self.updates.iter().map(|u| u.text.as_str()).chain(self.texts.iter().copied())
            {
                whole.push('\n');
                whole.push_str(part);
            }
            whole
        }))
    }
}

/// What a word without a number stands for when a follow asks for at least so many.
fn roughly(qualifier: Qualifier) -> u64 {
    match qualifier {
        Qualifier::Several => 2,
        Qualifier::Dozens => 24,
        Qualifier::Hundreds => 200,
        Qualifier::Thousands => 2_000,
        _ => 0,
    }
}

/// A follow of a destination.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Its row.
    pub id: i64,
    /// What is followed.
    pub follow: Follow,
    /// The destination's row.
    pub destination: i64,
}

/// A destination as planning needs it.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Its kind.
    pub kind: String,
    /// Digest, quiet hours and so on.
    pub settings: Settings,
}

/// All follows, looked up by what a story has.
#[derive(Debug, Default)]
pub struct Matcher {
    followed: Vec<Followed>,
    readers: BTreeMap<i64, Reader>,
    by_stem: HashMap<String, Vec<u32>>,
    by_prefix: BTreeMap<String, Vec<u32>>,
    by_country: HashMap<String, Vec<u32>>,
    by_speaker: Vec<u32>,
    /// Those that stand under nothing: "everything", expressions, words by their ends.
    always: Vec<u32>,
    /// The first follow of each destination.
    first: HashMap<i64, u32>,
}

impl Matcher {
    /// Makes the index.
    pub fn new(followed: Vec<Followed>, readers: BTreeMap<i64, Reader>) -> Self {
        let mut matcher = Self { readers, ..Self::default() };
        for (number, entry) in followed.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            matcher.index(number, &entry.follow);
            matcher.first.entry(entry.destination).or_insert(number);
        }
        matcher.followed = followed;
        matcher
    }

    /// Reads all follows of a store, each destination with the operator's defaults filled in. A follow that no longer parses is
    /// left out and named.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn load(store: &store::Store, defaults: &Defaults) -> store::Result<(Self, Vec<String>)> {
        let readers = store
            .destinations()?
            .into_iter()
            .map(|d| (d.id, Reader { settings: defaults.fill(&d.kind, &d.settings), kind: d.kind }))
            .collect();
        let mut followed = Vec::new();
        let mut doubts = Vec::new();
        for row in store.follows()? {
            if row.muted {
                continue;
            }
            match crate::follow::parse(&row.sentence) {
                Ok(follow) => {
                    followed.push(Followed { id: row.id, follow, destination: row.destination });
                }
                Err(error) => doubts.push(format!("follow {}: {error}", row.id)),
            }
        }
        Ok((Self::new(followed, readers), doubts))
    }

    /// The follows, in the order they were given.
    pub fn followed(&self) -> &[Followed] {
        &self.followed
    }

    /// The first follow of a destination.
    pub fn first_of(&self, destination: i64) -> Option<&Followed> {
        self.followed.get(*self.first.get(&destination)? as usize)
    }

    /// A destination.
    pub fn reader(&self, destination: i64) -> Option<&Reader> {
        self.readers.get(&destination)
    }

    fn index(&mut self, number: u32, follow: &Follow) {
        if !follow.about.is_empty() && self.index_topics(number, follow) {
            return;
        }
        if !follow.places.is_empty() && follow.places.iter().all(|p| p.country.is_some()) {
            for place in &follow.places {
                self.by_country
                    .entry(place.country.clone().unwrap_or_default())
                    .or_default()
                    .push(number);
            }
        } else if follow.speakers.is_empty() {
            self.always.push(number);
        } else {
            self.by_speaker.push(number);
        }
    }

    /// Puts a follow under one need of each of its topics; `false` where one has none that can be looked up.
    fn index_topics(&mut self, number: u32, follow: &Follow) -> bool {
        let mut chosen: Vec<&Need> = Vec::new();
        for topic in &follow.about {
            let best = topic
                .needs
                .iter()
                .filter(|need| need.suffixes.is_empty())
                .min_by_key(|need| self.crowd(need));
            match best {
                Some(need) => chosen.push(need),
                None => return false,
            }
        }
        let mut stems: Vec<&String> = chosen.iter().flat_map(|n| &n.stems).collect();
        stems.sort_unstable();
        stems.dedup();
        for stem in stems {
            self.by_stem.entry(stem.clone()).or_default().push(number);
        }
        let mut prefixes: Vec<&String> = chosen.iter().flat_map(|n| &n.prefixes).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        for prefix in prefixes {
            self.by_prefix.entry(prefix.clone()).or_default().push(number);
        }
        true
    }

    fn crowd(&self, need: &Need) -> usize {
        need.stems.iter().map(|s| self.by_stem.get(s).map_or(0, Vec::len)).sum::<usize>()
            + need
                .prefixes
                .iter()
                .map(|p| 1 + self.by_prefix.get(p).map_or(0, Vec::len))
                .sum::<usize>()
    }

    /// The follows that want this story with these updates, in the order they were given.
    ///
    /// `texts`: further texts of the story (the new article's headline and text), where they are at hand.
    pub fn find(&self, story: &Story, updates: &[Update], texts: &[&str]) -> Vec<&Followed> {
        let hay = Haystack::new(story, updates, texts);
        let mut asked: Vec<u32> = self.always.clone();
        asked.extend(hay.stems.iter().filter_map(|stem| self.by_stem.get(stem)).flatten());
        if !self.by_prefix.is_empty() {
            for word in &hay.words {
                for (end, _) in word.char_indices().skip(1).map(|(i, c)| (i + c.len_utf8(), c)) {
                    let beginning = word.get(..end).unwrap_or(word);
                    asked.extend(self.by_prefix.get(beginning).into_iter().flatten());
                }
            }
        }
        let countries: BTreeSet<&str> = hay.places.iter().filter_map(|(_, c)| *c).collect();
        for country in countries {
            asked.extend(self.by_country.get(country).into_iter().flatten());
        }
        if !hay.speakers.is_empty() {
            asked.extend(&self.by_speaker);
        }
        asked.sort_unstable();
        asked.dedup();
        asked
            .into_iter()
            .filter_map(|number| self.followed.get(number as usize))
            .filter(|entry| entry.follow.wants(&hay))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::follow::parse;
    use crate::tests::fire_story;

    fn check(sentence: &str, expected: bool) {
        let (story, updates) = fire_story();
        let follow = parse(sentence).unwrap();
        let update = updates.last().unwrap();
        assert_eq!(crate::follow::matches(&follow, &story, update), expected, "{sentence}");
        let matcher =
            Matcher::new(vec![Followed { id: 1, follow, destination: 1 }], BTreeMap::new());
        let found = !matcher.find(&story, std::slice::from_ref(update), &[]).is_empty();
        assert_eq!(found, expected, "the index and the follow agree: {sentence}");
    }

    #[test]
    fn follows_find_the_stories_they_are_about() {
        for (sentence, expected) in [
            ("everything", true),
            ("about fires", true),
            ("fires in Germany, at least two outlets", true),
            ("fires in Germany, at least 9 outlets", false),
            ("fires in Russia", false),
            ("fires in Rheinhausen", true),
            ("floods or fires", true),
            ("about incendies", true),
            ("пожары в мире", false),
            ("about \"warehouse fire\"", true),
            ("about warehouse earthquake", false),
            ("fires, without warehouse", false),
            ("everything in Deutschland", true),
            ("at least 9 dead", true),
            ("at least 15 dead", false),
            ("with dead or injured", true),
            ("said by Harkort", true),
            ("said by Somebody Else", false),
            ("from Ruhrpegel", true),
            ("everything, not from Ruhrpegel", true),
            ("told in German, everything", true),
            ("told in Greek, everything", false),
            ("matching /night.shift/", true),
            ("matching /day.shift/", false),
            ("only corrections", false),
            ("only figures", true),
        ] {
            check(sentence, expected);
        }
    }
}
