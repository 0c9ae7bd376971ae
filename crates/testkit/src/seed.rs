//! News that nobody wrote: any number of articles from one seed, for benches and simulations.
//!
//! The words are made of syllables, so that nothing is anybody's text; their frequencies, the sizes of stories and outlets,
//! the copies and the growing tolls are like those of real news. The same settings give the same articles, for ever.

use std::collections::VecDeque;

/// Settings of the generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyntheticConfig {
    /// What all chance comes from.
    pub seed: u64,
    /// How many outlets publish; their sizes follow Zipf's law.
    pub outlets: u32,
    /// Stories that are told at the same time.
    pub live_stories: u32,
    /// The share of articles that open a new story, in the place of an old one.
    pub new_share: f64,
    /// The share of articles that print another's text.
    pub copy_share: f64,
    /// Seconds from one article to the next, on average.
    pub gap_secs: f64,
    /// When the first is published, seconds since 1970.
    pub start_secs: i64,
}

impl Default for SyntheticConfig {
    fn default() -> SyntheticConfig {
        SyntheticConfig {
            seed: 1,
            outlets: 500,
            live_stories: 1000,
            new_share: 0.2,
            copy_share: 0.15,
            gap_secs: 5.0,
            start_secs: 1_792_000_000,
        }
    }
}

impl SyntheticConfig {
    /// A year of news in so many articles: fewer of them are further apart, and fewer stories are told at once.
    pub fn year(seed: u64, articles: u32) -> SyntheticConfig {
        const YEAR_SECS: f64 = 365.0 * 86_400.0;
        SyntheticConfig {
            seed,
            gap_secs: YEAR_SECS / f64::from(articles.max(1)),
            live_stories: (articles / 100).clamp(1, 1000),
            start_secs: 1_735_689_600,
            ..SyntheticConfig::default()
        }
    }
}

/// A generated article with its gold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticArticle {
    /// Its number, from 0.
    pub id: u64,
    /// The outlet's number, from 0; the largest first.
    pub outlet: u32,
    /// BCP 47; one language an outlet.
    pub language: &'static str,
    /// Seconds since 1970; never earlier than the article before.
    pub published_secs: i64,
    /// The headline.
    pub title: String,
    /// Paragraphs joined by line breaks.
    pub text: String,
    /// Gold: the story's number.
    pub story: u64,
    /// Gold: the article whose text it prints.
    pub copy_of: Option<u64>,
    /// Gold: the killed that it reports.
    pub killed: Option<u32>,
    /// Gold: that number is higher than any before in the story.
    pub killed_new: bool,
}

/// The endless stream of articles.
#[derive(Clone, Debug)]
pub struct Synthetic {
    config: SyntheticConfig,
    chance: Chance,
    /// Cumulative weights of the outlets.
    outlets: Vec<f64>,
    stories: Vec<Story>,
    next_story: u64,
    next_id: u64,
    copies: u64,
    now: f64,
}

/// Texts of a story that may be copied.
const ORIGINALS_KEPT: usize = 4;
/// Words that the whole language shares.
const COMMON_WORDS: u32 = 4000;

#[derive(Clone, Debug)]
struct Story {
    id: u64,
    /// Its own words, of all languages.
    topic: Vec<u32>,
    people: Vec<String>,
    place: String,
    killed: Option<u32>,
    told: Option<u32>,
    originals: VecDeque<Original>,
}

#[derive(Clone, Debug)]
struct Original {
    id: u64,
    language: usize,
    paragraphs: Vec<String>,
    killed: Option<u32>,
}

/// What one language gives.
struct Tongue {
    code: &'static str,
    syllables: [&'static str; 12],
    small: [&'static str; 10],
    killed: &'static str,
    says: &'static str,
    promotion: &'static str,
}

/// English twice: half of all outlets.
const TONGUES: [Tongue; 4] = [
    Tongue {
        code: "en",
        syllables: [
            "ta", "con", "ri", "ment", "so", "ber", "ly", "pre", "lan", "ing", "mor", "est",
        ],
        small: ["the", "of", "and", "in", "to", "a", "on", "for", "with", "was"],
        killed: "At least {n} people were killed in {p}, officials said.",
        says: "said {s}.",
        promotion: "Read more on our channel.",
    },
    Tongue {
        code: "de",
        syllables: [
            "ge", "ver", "lich", "stadt", "ung", "be", "rich", "ten", "haft", "mel", "or", "schu",
        ],
        small: ["der", "die", "und", "in", "den", "von", "zu", "mit", "das", "wurde"],
        killed: "Mindestens {n} Menschen kamen in {p} ums Leben, teilten die Behörden mit.",
        says: "sagte {s}.",
        promotion: "Mehr lesen Sie in unserem Kanal.",
    },
    Tongue {
        code: "fr",
        syllables: [
            "ré", "tion", "mai", "eur", "cou", "pré", "ment", "vil", "sa", "lon", "té", "ier",
        ],
        small: ["le", "la", "de", "et", "à", "les", "des", "dans", "une", "est"],
        killed: "Au moins {n} personnes ont été tuées à {p}, selon les autorités.",
        says: "a déclaré {s}.",
        promotion: "Suivez notre chaîne.",
    },
    Tongue {
        code: "ru",
        syllables: ["по", "ста", "ни", "ра", "го", "ред", "ко", "ли", "ва", "ме", "сти", "до"],
        small: ["в", "и", "на", "с", "что", "по", "из", "за", "не", "от"],
        killed: "Не менее {n} человек погибли в {p}, сообщили власти.",
        says: "сказал {s}.",
        promotion: "Читайте наш канал.",
    },
];

impl Synthetic {
    /// Starts the stream.
    ///
    /// # Limits
    ///
    /// At least one outlet and one story live, whatever the settings say.
    pub fn new(config: SyntheticConfig) -> Synthetic {
        let mut sum = 0.0;
        let outlets = (0..config.outlets.max(1)).map(|place| {
            sum += 1.0 / f64::from(place + 1);
            sum
        });
        let outlets = outlets.collect();
        let mut stream = Synthetic {
            config,
            chance: Chance(config.seed),
            outlets,
            stories: Vec::new(),
            next_story: 0,
            next_id: 0,
            copies: 0,
            now: config.start_secs as f64,
        };
        for _ in 0..config.live_stories.max(1) {
            let story = stream.open_story();
            stream.stories.push(story);
        }
        stream
    }

    fn open_story(&mut self) -> Story {
        let id = self.next_story;
        self.next_story += 1;
        let chance = &mut self.chance;
        let name =
            |chance: &mut Chance| capital(&word(&TONGUES[0], 40_000 + chance.below(400_000)));
        let killed = (chance.unit() < 0.4).then(|| 1 + chance.below(30));
        Story {
            id,
            topic: topic(chance),
            people: (0..6).map(|_| format!("{} {}", name(chance), name(chance))).collect(),
            place: name(chance),
            killed,
            told: None,
            originals: VecDeque::new(),
        }
    }

    fn article(&mut self) -> SyntheticArticle {
        self.now += -self.chance.unit().max(1e-9).ln() * self.config.gap_secs;
        let id = self.next_id;
        self.next_id += 1;
        let weight = self.chance.unit() * self.outlets.last().copied().unwrap_or(1.0);
        let outlet = self.outlets.partition_point(|sum| *sum < weight).min(self.outlets.len() - 1);
        // Ten outlets in a row hold the languages in their shares; half are English.
        let language = [0, 1, 0, 2, 0, 3, 0, 1, 0, 3].get(outlet % 10).copied().unwrap_or(0);
        let mut place = self.chance.below(self.stories.len() as u32) as usize;
        if self.chance.unit() < self.config.new_share {
            let story = self.open_story();
            if let Some(old) = self.stories.get_mut(place) {
                *old = story;
            }
        } else {
            // Most of what is published is about few stories.
            let better = self.chance.below(self.stories.len() as u32) as usize;
            place = place.min(better);
        }
        let published_secs = self.now as i64;
        // Held by counting, as not every story has a text to copy.
        let missing = (self.copies as f64) < self.config.copy_share * self.next_id as f64;
        let copied = missing && self.chance.unit() < 0.5;
        let chance = &mut self.chance;
        // The place is below their number, and there is always one.
        let story = &mut self.stories[place];
        let original = story.originals.iter().rev().find(|original| original.language == language);
        let tongue = &TONGUES[language];
        let title = title(chance, tongue, story);
        let (paragraphs, copy_of, killed) = if let Some(original) = original.filter(|_| copied) {
            self.copies += 1;
            (copy(chance, tongue, original), Some(original.id), original.killed)
        } else {
            let killed = toll(chance, story);
            let paragraphs = write(chance, tongue, story, killed);
            let kept = Original { id, language, paragraphs: paragraphs.clone(), killed };
            story.originals.push_back(kept);
            if story.originals.len() > ORIGINALS_KEPT {
                story.originals.pop_front();
            }
            (paragraphs, None, killed)
        };
        let killed_new = killed > story.told;
        story.told = story.told.max(killed);
        SyntheticArticle {
            id,
            outlet: outlet as u32,
            language: tongue.code,
            published_secs,
            title,
            text: paragraphs.join("\n"),
            story: story.id,
            copy_of,
            killed,
            killed_new,
        }
    }
}

impl Iterator for Synthetic {
    type Item = SyntheticArticle;

    fn next(&mut self) -> Option<SyntheticArticle> {
        Some(self.article())
    }
}

fn toll(chance: &mut Chance, story: &mut Story) -> Option<u32> {
    if let Some(killed) = &mut story.killed
        && chance.unit() < 0.25
    {
        *killed += 1 + chance.below(3);
    }
    story.killed
}

fn title(chance: &mut Chance, tongue: &Tongue, story: &Story) -> String {
    let mut title = format!("{}:", story.place);
    for _ in 0..7 {
        title.push(' ');
        title.push_str(&pick(chance, tongue, &story.topic, 0.6));
    }
    title
}

fn write(chance: &mut Chance, tongue: &Tongue, story: &Story, killed: Option<u32>) -> Vec<String> {
    let mut paragraphs = Vec::new();
    if let Some(killed) = killed {
        let lead = tongue.killed.replace("{n}", &killed.to_string());
        paragraphs.push(lead.replace("{p}", &story.place));
    }
    for _ in 0..4 + chance.below(6) {
        let mut paragraph = String::new();
        for _ in 0..=chance.below(3) {
            paragraph.push_str(&sentence(chance, tongue, story));
        }
        paragraphs.push(paragraph.trim_end().to_owned());
    }
    paragraphs
}

fn sentence(chance: &mut Chance, tongue: &Tongue, story: &Story) -> String {
    let mut words = Vec::new();
    for _ in 0..8 + chance.below(16) {
        words.push(match chance.unit() {
            draw if draw < 0.08 => chance.one(&story.people).cloned().unwrap_or_default(),
            draw if draw < 0.12 => story.place.clone(),
            _ => pick(chance, tongue, &story.topic, 0.3),
        });
    }
    let text = capital(&words.join(" "));
    if chance.unit() < 0.2 {
        let speaker = chance.one(&story.people).map_or("", String::as_str);
        return format!("“{text}”, {} ", tongue.says.replace("{s}", speaker));
    }
    format!("{text}. ")
}

/// The words that one story has for itself, by number.
pub(crate) fn topic(chance: &mut Chance) -> Vec<u32> {
    (0..40).map(|_| COMMON_WORDS + chance.below(30_000)).collect()
}

/// Words of the English of nobody, a share `own` of them from a topic's, the others as frequent as words are.
pub(crate) fn words(chance: &mut Chance, topic: &[u32], own: f64, count: u32) -> String {
    let [tongue, ..] = &TONGUES;
    let words: Vec<String> = (0..count).map(|_| pick(chance, tongue, topic, own)).collect();
    words.join(" ")
}

/// A word: of the topic with this chance, else of the language.
fn pick(chance: &mut Chance, tongue: &Tongue, topic: &[u32], own: f64) -> String {
    let draw = chance.unit();
    if draw < own {
        let topic = chance.one(topic).copied().unwrap_or_default();
        return word(tongue, topic);
    }
    if draw < own + 0.3 {
        return chance.one(&tongue.small).copied().unwrap_or_default().to_owned();
    }
    // Zipf: the rank is exponential in a uniform draw.
    let rank = f64::from(COMMON_WORDS).powf(chance.unit());
    word(tongue, rank as u32)
}

/// The headline changes, the tail is cut, a line of the outlet's own may come behind.
fn copy(chance: &mut Chance, tongue: &Tongue, original: &Original) -> Vec<String> {
    let cut = chance.below(3) as usize;
    let kept = original.paragraphs.len().saturating_sub(cut).max(3);
    let mut paragraphs: Vec<String> = original.paragraphs.iter().take(kept).cloned().collect();
    if chance.unit() < 0.3 {
        paragraphs.push(tongue.promotion.to_owned());
    }
    paragraphs
}

/// The word of this number: its digits to the base of the syllables.
fn word(tongue: &Tongue, number: u32) -> String {
    let base = tongue.syllables.len() as u32;
    let mut left = number + base;
    let mut out = String::new();
    while left > 0 {
        out.push_str(tongue.syllables.get((left % base) as usize).copied().unwrap_or_default());
        left /= base;
    }
    out
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A generator of pseudo-random numbers.
///
/// # Source
///
/// SplitMix64: Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014, figure 17.
#[derive(Clone, Copy, Debug)]
pub struct Chance(pub u64);

impl Chance {
    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Returns a number from 0 to 1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a number from 0 to `end`, `end` excluded; 0 when `end` is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u32
    }

    /// Returns one of them.
    pub fn one<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len() as u32) as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const ARTICLES: usize = 1500;

    fn made(seed: u64) -> Vec<SyntheticArticle> {
        let config = SyntheticConfig { seed, live_stories: 200, ..SyntheticConfig::default() };
        Synthetic::new(config).take(ARTICLES).collect()
    }

    /// A share of the articles, within two in a hundred.
    fn check(what: impl Fn(&SyntheticArticle) -> bool, expected: f64) {
        let share = made(7).iter().filter(|article| what(article)).count() as f64 / ARTICLES as f64;
        assert!((share - expected).abs() < 0.02, "{share} instead of {expected}");
    }

    #[test]
    fn the_same_seed_gives_the_same_news() {
        assert_eq!(made(3), made(3));
        assert_ne!(made(3).first(), made(4).first());
    }

    #[test]
    fn a_year_is_a_year_long() {
        let first = SyntheticConfig::year(1, 2000).start_secs;
        let last = Synthetic::new(SyntheticConfig::year(1, 2000))
            .nth(1999)
            .unwrap_or_else(|| panic!("it ends"));
        let days = (last.published_secs - first) / 86_400;
        assert!((340..390).contains(&days), "{days} days");
    }

    #[test]
    fn shares_are_as_set() {
        // Harmonic number of 500 outlets: 6.79.
        check(|article| article.outlet == 0, 1.0 / 6.79);
        check(|article| article.outlet == 9, 0.1 / 6.79);
    }

    #[test]
    fn copies_print_an_earlier_text() {
        let news = made(7);
        let copies: Vec<_> = news.iter().filter(|article| article.copy_of.is_some()).collect();
        check(|article| article.copy_of.is_some(), SyntheticConfig::default().copy_share);
        for copy in copies {
            let original = news.iter().find(|article| Some(article.id) == copy.copy_of);
            let Some(original) = original else { panic!("{:?} is not there", copy.copy_of) };
            assert_eq!((original.story, original.killed), (copy.story, copy.killed));
            let first = copy.text.lines().take(3).collect::<Vec<_>>();
            assert_eq!(original.text.lines().take(3).collect::<Vec<_>>(), first);
        }
    }

    #[test]
    fn tolls_only_grow_and_are_in_the_text() {
        let mut told: HashMap<u64, u32> = HashMap::new();
        let mut changes = 0;
        for article in made(7) {
            let Some(killed) = article.killed else { continue };
            assert!(article.text.contains(&killed.to_string()));
            let before = told.get(&article.story).copied();
            assert_eq!(article.killed_new, before.is_none_or(|before| killed > before));
            changes += usize::from(article.killed_new && before.is_some());
            told.insert(article.story, before.unwrap_or(0).max(killed));
        }
        assert!(changes > 40, "{changes}");
    }
}
