//! What the shelf keeps of an article: everything that its place among the stories is decided by.

use article::{Article, BlockKind};
use language::Lang;
use reading::{CasualtyKind, Realis};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::duplicate::Shingles;
use crate::sparse::{Frequencies, Sparse};
use crate::terms::{self, Commonness, Key};
use crate::{Arriving, names};

/// Words of an article's text that are looked at.
const WORDS_MAX: usize = 800;
/// Words kept as they are written.
const SPELLED_MAX: usize = 48;
/// Terms kept of an article.
const TERMS_MAX: usize = 160;
/// Terms kept of each of the smaller fields.
const FIELD_MAX: usize = 48;
/// Articles among the prior's 400 that are taken to have a word of the lists of common words, and any other word.
const PRIOR_COMMON: f32 = 60.0;
const PRIOR_TELLING: f32 = 1.0;

/// The features of one article.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Features {
    /// The headline as printed.
    pub headline: String,
    /// Language, as its subtag.
    pub lang: String,
    /// The outlet's name, hashed.
    pub outlet: Key,
    /// Seconds since 1970.
    pub at: i64,
    /// Words of the text.
    pub words: u32,
    /// Terms of the headline.
    pub title: Sparse,
    /// Terms of headline and text, with pairs of words.
    pub all: Sparse,
    /// Names across languages.
    pub names: Sparse,
    /// Numbers.
    pub numbers: Sparse,
    /// Ideas across languages.
    pub concepts: Sparse,
    /// Places and countries across languages.
    pub places: Sparse,
    /// What happened, as reported (background left out).
    pub happenings: Vec<Happening>,
    /// Numbers of killed, injured …, hashed; sorted, each once.
    pub tolls: Vec<Key>,
    /// For copies.
    pub shingles: Shingles,
    /// The sentence vector.
    pub vector: Option<Quantised>,
}

impl Features {
    /// What is kept of an article that no longer stands for its story: what copies are known by, and its headline.
    pub(crate) fn slim(&self) -> Self {
        Self {
            headline: self.headline.clone(),
            lang: self.lang.clone(),
            outlet: self.outlet,
            at: self.at,
            words: self.words,
            happenings: self.happenings.iter().filter(|h| h.toll).cloned().collect(),
            tolls: self.tolls.clone(),
            shingles: self.shingles.thin(),
            ..Self::default()
        }
    }

    /// What they take in memory, about; bytes.
    pub(crate) fn weight(&self) -> usize {
        let fields =
            [&self.title, &self.all, &self.names, &self.numbers, &self.concepts, &self.places];
        let sparse = fields.into_iter().map(Sparse::bytes).sum::<usize>();
        let texts = self.headline.capacity() + self.lang.capacity() + self.tolls.capacity() * 4;
        let happenings = self.happenings.capacity() * size_of::<Happening>();
        let vector = self.vector.as_ref().map_or(0, Quantised::bytes);
        size_of::<Self>() + sparse + texts + happenings + vector + self.shingles.bytes()
    }

    /// The keys that the frequencies count.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        [&self.all, &self.names, &self.concepts, &self.places]
            .into_iter()
            .flat_map(Sparse::terms)
            .map(|(key, _)| *key)
    }
}

/// An event for the comparison of articles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happening {
    /// Its type.
    pub kind: Key,
    /// First and last day it may have been on, since 1970: a day, a month or a year.
    pub days: Option<(i32, i32)>,
    /// Its place.
    pub place: Option<Key>,
    /// Its place as a name in a text.
    pub name: Option<Key>,
    /// The country of its place.
    pub country: Option<Key>,
    /// It is the article's first event with a toll, the one that the article is about.
    pub toll: bool,
}

/// A sentence vector in eight bits a dimension.
///
/// # Units
///
/// A component is `values[i] * scale`; the vector so given has length one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quantised {
    values: Vec<i8>,
    scale: f32,
}

impl Quantised {
    /// Quantises a vector of any length; `None` for one without direction.
    pub(crate) fn new(vector: &[f32]) -> Option<Self> {
        let top = vector.iter().fold(0.0_f32, |top, v| top.max(v.abs()));
        if !(top.is_finite() && top > 0.0) {
            return None;
        }
        let values: Vec<i8> = vector.iter().map(|v| (v / top * 127.0).round() as i8).collect();
        let length = values.iter().map(|v| f32::from(*v) * f32::from(*v)).sum::<f32>().sqrt();
        Some(Self { values, scale: 1.0 / length })
    }

    /// The cosine of two vectors; 0 where their dimensions differ.
    pub(crate) fn cosine(&self, other: &Self) -> f32 {
        if self.values.len() != other.values.len() {
            return 0.0;
        }
        let dot: i32 =
            self.values.iter().zip(&other.values).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        dot as f32 * self.scale * other.scale
    }

    /// What it takes in memory beside itself, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.values.len()
    }

    /// Adds the direction to a sum of directions.
    pub(crate) fn add_to(&self, sum: &mut Vec<f32>) {
        sum.resize(self.values.len().max(sum.len()), 0.0);
        for (to, from) in sum.iter_mut().zip(&self.values) {
            *to += f32::from(*from) * self.scale;
        }
    }
}

/// The text that a sentence vector should be made of: the headline and the beginning of the text, at most 320 characters.
///
/// Whoever hands over [`Arriving::vector`] encodes this, so that vectors of all articles are comparable.
pub fn vector_text(article: &Article) -> String {
    let title = article.title.as_deref().unwrap_or("").trim();
    let mut body = article.text.trim();
    if !title.is_empty()
        && let Some(rest) = body.strip_prefix(title)
    {
        body = rest.trim();
    }
    let joined: String = match (title.is_empty(), body.is_empty()) {
        (false, false) => title.chars().chain(". ".chars()).chain(body.chars()).take(320).collect(),
        (false, true) => title.chars().take(320).collect(),
        _ => body.chars().take(320).collect(),
    };
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The headline and the text of an article, the headline not twice, promotion and captions left out.
pub(crate) fn headline_and_text(article: &Article) -> (String, String) {
    let mut text = String::new();
    if article.blocks.is_empty() {
        text.push_str(&article.text);
    } else {
        for block in
            article.blocks.iter().filter(|b| b.kind.is_news() || b.kind == BlockKind::Heading)
        {
            text.push_str(block.span.of(&article.text));
            text.push('\n');
        }
    }
    let text = text.trim();
    let title = article.title.as_deref().unwrap_or("").trim();
    if !title.is_empty() {
        return (title.to_owned(), text.strip_prefix(title).unwrap_or(text).trim().to_owned());
    }
    // no headline: the first line where it is short, else the first words
    let first = text.lines().next().unwrap_or("");
    // some archives keep headline and text on one line, two spaces apart
    let first = first.split("  ").next().unwrap_or(first);
    if first.len() < text.len() && first.chars().count() <= 200 {
        return (first.to_owned(), text.get(first.len()..).unwrap_or("").trim().to_owned());
    }
    (text.chars().take(120).collect(), text.to_owned())
}

/// What a word is looked at for.
#[derive(Debug)]
struct Facts {
    stem: String,
    key: Key,
    commonness: Commonness,
    concept: Option<Key>,
}

/// The words of one article that were looked at: most come more than once.
#[derive(Debug)]
struct Known<'w> {
    lang: &'w str,
    words: FxHashMap<&'w str, Facts>,
}

impl<'w> Known<'w> {
    fn of(&mut self, word: &'w str) -> &Facts {
        let lang = self.lang;
        self.words.entry(word).or_insert_with(|| {
            let stem = terms::stem(word, lang);
            Facts {
                key: terms::hash(&[lang, &stem]),
                commonness: terms::commonness(&terms::fold(word), &stem, lang),
                concept: terms::concept(&stem, lang),
                stem,
            }
        })
    }
}

/// The features of an article before frequencies weigh them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Raw {
    features: Features,
    title: Vec<(Key, f32, f32)>,
    all: Vec<(Key, f32, f32)>,
    names: Vec<(Key, f32, f32)>,
    numbers: Vec<(Key, f32, f32)>,
    concepts: Vec<(Key, f32, f32)>,
    places: Vec<(Key, f32, f32)>,
    /// Telling words of the headline and the beginning, to say why an article was joined.
    spelled: Vec<(Key, String)>,
}

impl Raw {
    /// Reads the features of an article that arrives.
    pub(crate) fn new(arriving: &Arriving<'_>) -> Self {
        let lang_tag = language_of(arriving);
        let lang = lang_tag.as_str();
        let (title, text) = headline_and_text(arriving.article);
        let title_words = terms::words(&title);
        let mut body_words = terms::words(&text);
        let all_words = body_words.len();
        let shingles = Shingles::new(
            if all_words >= 5 { &text } else { &title },
            if all_words >= 5 { &body_words } else { &title_words },
            lang,
        );
        body_words.truncate(WORDS_MAX);
        let mut raw = Self::default();
        let mut known = Known { lang, words: FxHashMap::default() };
        for (i, (word, in_title)) in title_words
            .iter()
            .map(|w| (w, true))
            .chain(body_words.iter().map(|w| (w, false)))
            .enumerate()
        {
            raw.word(word.text, &mut known, in_title, i);
        }
        raw.pairs(&title_words, &mut known, true);
        raw.pairs(body_words.get(..200.min(body_words.len())).unwrap_or(&[]), &mut known, false);
        for (words, text, weight) in [(&title_words, &title, 2.0), (&body_words, &text, 1.0)] {
            raw.names.extend(
                names::names(text, words, lang).into_iter().map(|key| (key, weight, PRIOR_TELLING)),
            );
        }
        raw.reading(arriving);
        for field in [
            &mut raw.title,
            &mut raw.all,
            &mut raw.names,
            &mut raw.numbers,
            &mut raw.concepts,
            &mut raw.places,
        ] {
            sum_equal(field);
        }
        raw.features.headline = crate::account::headline(arriving);
        lang.clone_into(&mut raw.features.lang);
        raw.features.outlet = terms::hash(&["outlet", arriving.outlet]);
        raw.features.at = arriving.at.as_second();
        raw.features.words = u32::try_from(all_words).unwrap_or(u32::MAX);
        raw.features.shingles = shingles;
        raw.features.vector = arriving.vector.and_then(Quantised::new);
        raw
    }

    /// Adds one word.
    fn word<'w>(&mut self, word: &'w str, known: &mut Known<'w>, in_title: bool, position: usize) {
        let weight = if in_title || position < 60 { 1.5 } else { 1.0 };
        if word.bytes().any(|b| b.is_ascii_digit()) {
            if let Some(value) = terms::number(word).filter(|v| *v >= 2.0) {
                let year = (1900.0..2100.0).contains(&value) && value.fract() == 0.0;
                let prior = if value <= 12.0 || year { PRIOR_COMMON } else { PRIOR_TELLING * 4.0 };
                let key = terms::hash(&["number", &value.to_string()]);
                self.numbers.push((key, weight, prior));
                self.all.push((key, weight, prior * 2.0));
            }
            return;
        }
        let facts = known.of(word);
        let prior = match facts.commonness {
            Commonness::Empty => return,
            Commonness::Common => PRIOR_COMMON,
            Commonness::Telling => PRIOR_TELLING,
        };
        if in_title {
            self.title.push((facts.key, 1.0, prior));
        }
        self.all.push((facts.key, if in_title { 2.0 } else { weight }, prior));
        if prior <= PRIOR_TELLING
            && self.spelled.len() < SPELLED_MAX
            && !self.spelled.iter().any(|(k, _)| *k == facts.key)
        {
            self.spelled.push((facts.key, word.to_owned()));
        }
        if let Some(concept) = facts.concept {
            self.concepts.push((concept, if in_title { 2.0 } else { weight }, PRIOR_TELLING * 8.0));
        }
    }

    /// Adds pairs of neighbouring telling words.
    fn pairs<'w>(&mut self, words: &[terms::Word<'w>], known: &mut Known<'w>, in_title: bool) {
        let lang = known.lang;
        let mut before = String::new();
        for word in words {
            let facts = known.of(word.text);
            if facts.commonness != Commonness::Telling
                || word.text.bytes().any(|b| b.is_ascii_digit())
            {
                before.clear();
                continue;
            }
            if !before.is_empty() {
                // rarer than its words, and not to drown them
                self.all.push((
                    terms::hash(&[lang, &before, &facts.stem]),
                    if in_title { 1.0 } else { 0.5 },
                    PRIOR_TELLING * 2.0,
                ));
            }
            before.clone_from(&facts.stem);
        }
    }

    /// Adds what the reading knows: places, events, tolls.
    fn reading(&mut self, arriving: &Arriving<'_>) {
        let reading = arriving.reading;
        for place in &reading.places {
            let (key, country) = place_keys(place, &reading.language);
            self.places.extend(key.map(|key| (key, 1.0, PRIOR_TELLING * 4.0)));
            self.places.extend(country.map(|key| (key, 0.5, PRIOR_TELLING * 30.0)));
        }
        let hurt =
            |c: &reading::Casualty| matches!(c.kind, CasualtyKind::Killed | CasualtyKind::Injured);
        let with_toll =
            |e: &&reading::Event| e.realis == Realis::Actual && e.casualties.iter().any(hurt);
        // who only recalls a toll (a trial, an anniversary) is about that older event
        let recalled = reading.events.iter().find(with_toll).filter(|e| e.background);
        let reported = reading.events.iter().any(|e| !e.background && with_toll(&e));
        let recalled = recalled.filter(|_| !reported);
        let actual = reading.events.iter().filter(|e| !e.background && e.realis == Realis::Actual);
        for event in actual.chain(recalled) {
            let kind = event.kind_plover.as_deref().or(event.kind_other.as_deref()).unwrap_or("");
            let (place, country) = event
                .place
                .as_ref()
                .map_or((None, None), |p| place_keys(&p.place, &reading.language));
            let toll = event.casualties.iter().any(hurt)
                && !self.features.happenings.iter().any(|h| h.toll);
            self.features.happenings.push(Happening {
                kind: terms::hash(&["event", kind]),
                days: event.time.as_ref().and_then(|t| days_of(&t.value)),
                place,
                name: event
                    .place
                    .as_ref()
                    .and_then(|p| place_name(&p.place.name, &reading.language)),
                country,
                toll,
            });
            for casualty in event.casualties.iter().filter(|c| !c.part && !event.background) {
                if let Some(number) =
                    casualty.best.or(casualty.min).or(casualty.max).filter(|n| *n > 0)
                {
                    let key = terms::hash(&["toll", casualty.kind.as_str(), &number.to_string()]);
                    self.numbers.push((key, 2.0, PRIOR_TELLING * 4.0));
                    self.features.tolls.push(key);
                }
            }
        }
        self.features.tolls.sort_unstable();
        self.features.tolls.dedup();
        self.features.happenings.truncate(24);
    }

    /// Weighs the terms by how rare they are among the articles seen so far.
    pub(crate) fn weigh(mut self, frequencies: &Frequencies) -> (Features, Vec<(Key, String)>) {
        let weigh = |field: &[(Key, f32, f32)], max| {
            // all at once: the table is larger than the caches, and one miss need not wait for the other
            let seen: Vec<u32> = field.iter().map(|(key, _, _)| frequencies.seen(*key)).collect();
            let terms = field.iter().zip(seen).map(|((key, count, prior), seen)| {
                (*key, (1.0 + count.max(0.1).ln()).max(0.1) * frequencies.idf(seen, *prior))
            });
            Sparse::unit(terms.collect(), max)
        };
        self.features.title = weigh(&self.title, FIELD_MAX);
        self.features.all = weigh(&self.all, TERMS_MAX);
        self.features.names = weigh(&self.names, FIELD_MAX);
        self.features.numbers = weigh(&self.numbers, FIELD_MAX);
        self.features.concepts = weigh(&self.concepts, FIELD_MAX);
        self.features.places = weigh(&self.places, FIELD_MAX);
        (self.features, self.spelled)
    }
}

/// The article's language, as the reading or the outlet gives it.
fn language_of(arriving: &Arriving<'_>) -> Lang {
    Lang::parse(&arriving.reading.language)
        .or_else(|| arriving.article.language.as_deref().and_then(Lang::parse))
        .unwrap_or_default()
}

/// A place's key and its country's, the same in all languages where the gazetteer knows the place.
pub(crate) fn place_keys(place: &reading::Place, lang: &str) -> (Option<Key>, Option<Key>) {
    let country = place.country.as_deref().map(|c| terms::hash(&["country", c]));
    let key = match place.geonames {
        Some(id) => Some(terms::hash(&["geonames", &id.to_string()])),
        None => place_name(&place.name, lang),
    };
    (key, country)
}

/// The first word of a place's name that tells it from others, as [`names::key`] has it.
pub(crate) fn place_name(name: &str, lang: &str) -> Option<Key> {
    name.split_whitespace().find_map(|word| names::key(word, lang))
}

/// Days since 1970 of a TIMEX3 value that names a day.
pub(crate) fn day_of(value: &str) -> Option<i32> {
    let date: jiff::civil::Date = value.get(..10)?.parse().ok()?;
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    date.since(epoch).ok().map(|s| s.get_days())
}

/// First and last day, since 1970, of a TIMEX3 value that names a day, a month or a year.
fn days_of(value: &str) -> Option<(i32, i32)> {
    if let Some(day) = day_of(value) {
        return Some((day, day));
    }
    let mut parts = value.split('-');
    let year = parts.next().filter(|y| y.len() == 4)?;
    let month = parts.next();
    let (first, last) = match month {
        Some(month) if month.len() == 2 => (day_of(&format!("{year}-{month}-01"))?, 30),
        Some(_) => return None,
        None => (day_of(&format!("{year}-01-01"))?, 365),
    };
    Some((first, first + last))
}

/// Adds up equal terms; their prior is the same.
fn sum_equal(field: &mut Vec<(Key, f32, f32)>) {
    field.sort_unstable_by_key(|(key, _, _)| *key);
    field.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantised_vector_keeps_its_direction() {
        let a: Vec<f32> = (0..512).map(|i| ((i * 37 % 101) as f32 - 50.0) / 400.0).collect();
        let b: Vec<f32> =
            a.iter().enumerate().map(|(i, v)| if i % 3 == 0 { -v } else { *v }).collect();
        let exact = |x: &[f32], y: &[f32]| {
            let dot = |p: &[f32], q: &[f32]| p.iter().zip(q).map(|(a, b)| a * b).sum::<f32>();
            dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
        };
        let (qa, qb) =
            (Quantised::new(&a).unwrap_or_default(), Quantised::new(&b).unwrap_or_default());
        assert!((qa.cosine(&qb) - exact(&a, &b)).abs() < 0.005);
        assert_eq!(Quantised::new(&[0.0; 8]), None);
        assert_eq!(Quantised::new(&[f32::NAN; 8]), None);
    }

    #[test]
    fn the_headline_is_not_encoded_twice() {
        let article = Article {
            title: Some("Fire in Karsk".into()),
            text: "Fire in Karsk\nA fire broke out.".into(),
            ..Article::default()
        };
        assert_eq!(vector_text(&article), "Fire in Karsk. A fire broke out.");
    }

    #[test]
    fn a_day_is_read_from_a_timex_value() {
        assert_eq!(day_of("1970-01-02"), Some(1));
        assert_eq!(day_of("1970-01-02T10:00"), Some(1));
        assert_eq!(day_of("2017-W14"), None);
        assert_eq!(day_of("2017"), None);
        assert_eq!(days_of("1970-02"), Some((31, 61)));
        assert_eq!(days_of("1970"), Some((0, 365)));
        assert_eq!(days_of("XXXX-10-14"), None);
    }
}
