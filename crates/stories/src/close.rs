//! A closer look at two articles than an arrival has time for: by the vectors of their headlines, their texts and, in two
//! languages, their words; and by the days that they name.

use language::Lang;
use reading::Knowledge;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Arriving;
use crate::features::headline_and_text;
use crate::similarity;
use crate::terms::{self, Commonness};

/// Gives a sentence vector of unit length for each text; `None` where no encoder is installed.
pub type Encode<'e> = &'e dyn Fn(&[&str]) -> Option<Vec<Vec<f32>>>;

/// How many numbers describe a pair.
const WIDTH: usize = 10;
/// Characters of a text of which one vector is made.
const WHOLE_CHARS_MAX: usize = 1500;
/// Characters of a text in which the days it is about are looked for, and words to be compared one by one.
const HEAD_CHARS_MAX: usize = 600;
const WORDS_CHARS_MAX: usize = 1200;
/// Words compared one by one.
const WORDS_MAX: usize = 60;
/// Cosine of two words' vectors from which on they count as translations, a little at first.
const ALIKE_MIN: f32 = 0.65;
/// The certainty of the first decision counts up to here, in log odds.
const ODDS_MAX: f32 = 7.0;

/// What is looked at of one article.
#[derive(Debug)]
pub(crate) struct Look {
    lead: Vec<f32>,
    headline: Vec<f32>,
    whole: Vec<f32>,
    /// Telling words with their weights and vectors.
    words: Vec<(f32, Vec<f32>)>,
    /// Telling words as spelled, in lower case without diacritics.
    spelled: FxHashSet<String>,
    /// Days of the year that the headline names, and that headline and beginning name.
    days: [FxHashSet<String>; 2],
}

impl Look {
    /// Looks at an article; `None` without vectors. Its words are encoded where `by_words` asks for it.
    pub(crate) fn new(arriving: &Arriving<'_>, by_words: bool, encode: Encode<'_>) -> Option<Self> {
        let lead = arriving.vector?.to_vec();
        let (headline, text) = headline_and_text(arriving.article);
        let whole: String =
            format!("{headline} {text}").split_whitespace().collect::<Vec<_>>().join(" ");
        let whole = head(&whole, WHOLE_CHARS_MAX);
        let lang = arriving.reading.language.as_str();
        let (words, spelled) = telling(&headline, &text, lang);
        let mut texts = vec![headline.as_str(), whole];
        if by_words {
            texts.extend(words.iter().map(|(word, _)| *word));
        }
        let mut vectors = encode(&texts)?.into_iter();
        let (title, whole) = (vectors.next()?, vectors.next()?);
        let words = words.iter().map(|(_, weight)| *weight).zip(vectors).collect();
        let days = days(&headline, &text, lang);
        Some(Self { lead, headline: title, whole, words, spelled, days })
    }
}

/// Describes a pair by the first decision's score and what a closer look adds.
pub(crate) fn describe(a: &Look, b: &Look, score: f32) -> [f32; WIDTH] {
    let odds = (score.max(f32::EPSILON) / (1.0 - score).max(f32::EPSILON)).ln();
    let differ = |a: &FxHashSet<String>, b: &FxHashSet<String>| {
        !a.is_empty() && !b.is_empty() && a.is_disjoint(b)
    };
    let flag = |b: bool| if b { 1.0 } else { 0.0 };
    [
        1.0,
        odds.clamp(-ODDS_MAX, ODDS_MAX),
        cosine(&a.lead, &b.lead),
        cosine(&a.headline, &b.headline),
        cosine(&a.whole, &b.whole),
        cosine(&a.lead, &b.whole).max(cosine(&a.whole, &b.lead)),
        flag(differ(&a.days[1], &b.days[1])),
        flag(differ(&a.days[0], &b.days[0])),
        f32::midpoint(translated(&a.words, &b.words), translated(&b.words, &a.words)),
        (a.spelled.intersection(&b.spelled).count() as f32).ln_1p(),
    ]
}

/// How likely a described pair tells of the same.
pub(crate) fn likely(description: &[f32; WIDTH], same_language: bool) -> f32 {
    similarity::probability(
        description,
        if same_language { &SAME_LANGUAGE } else { &CROSS_LANGUAGE },
    )
}

/// Learnt weights, for the threshold of the first decision.
///
/// # Source
///
/// Logistic regression over 720 pairs of one language and 112 of two, of the development halves of SemEval-2022 task 8,
/// tgcontest and nyan, each pair with equal weight; `docs/stories.md` has the figures with and without cross-validation. That
/// headlines of two days are of two events is drawn towards -3: too few pairs are of that kind to learn it from them.
const SAME_LANGUAGE: [f32; WIDTH] =
    [-2.279, 0.397, -1.088, 0.6, 1.538, 2.927, -1.194, -5.298, 0.0, 0.0];
/// The same for pairs of two languages.
const CROSS_LANGUAGE: [f32; WIDTH] = [-4.152, 0.0, 0.0, 0.0, 0.0, 4.265, 0.0, 0.0, 7.465, 0.52];

/// The cosine of two vectors of unit length.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The share of one side's words that has a translation on the other.
fn translated(words: &[(f32, Vec<f32>)], others: &[(f32, Vec<f32>)]) -> f32 {
    let mut sum = 0.0;
    for (weight, vector) in words {
        let best = others.iter().map(|(_, other)| cosine(vector, other)).fold(0.0, f32::max);
        sum += weight * ((best - ALIKE_MIN) / (1.0 - ALIKE_MIN)).max(0.0);
    }
    sum / words.iter().map(|(weight, _)| weight).sum::<f32>().max(1.0)
}

/// The beginning of a text, at most so many characters.
fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The telling words of headline and beginning: those that come most, with their weights, and all of them as spelled.
fn telling<'t>(
    headline: &'t str,
    text: &'t str,
    lang: &str,
) -> (Vec<(&'t str, f32)>, FxHashSet<String>) {
    let mut at: FxHashMap<String, usize> = FxHashMap::default();
    let mut found: Vec<(&str, f32)> = Vec::new();
    let words = terms::words(headline).into_iter();
    let words = words.chain(terms::words(head(text, WORDS_CHARS_MAX)));
    for (i, word) in words.map(|w| w.text).enumerate() {
        if word.chars().count() < 4 || word.bytes().any(|b| b.is_ascii_digit()) {
            continue;
        }
        let folded = terms::fold(word);
        if terms::commonness(&folded, &terms::stem(word, lang), lang) != Commonness::Telling {
            continue;
        }
        let count = if i < 25 { 2.0 } else { 1.0 };
        match at.get(&folded).and_then(|at| found.get_mut(*at)) {
            Some(known) => known.1 += count,
            None => {
                at.insert(folded, found.len());
                found.push((word, count));
            }
        }
    }
    // a stable sort: of words that come as often, the first
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(WORDS_MAX);
    for (_, weight) in &mut found {
        *weight = 1.0 + weight.ln();
    }
    (found, at.into_keys().collect())
}

/// Days of the year by month and day: those that the headline names, and those of headline and beginning.
fn days(headline: &str, text: &str, lang: &str) -> [FxHashSet<String>; 2] {
    let text = format!("{headline}\n{}", head(text, HEAD_CHARS_MAX));
    let doc = language::segment(&text, Lang::parse(lang).unwrap_or_default());
    // no date of publication: "Sunday" and "tomorrow" say nothing of which day it is
    let reading = reading::read(&article::plain::article(text), &doc, Knowledge::default());
    let mut out = [FxHashSet::default(), FxHashSet::default()];
    for time in &reading.times {
        let Some(day) = time.value.as_deref().and_then(day_of_year) else { continue };
        if time.span.end as usize <= headline.len() {
            out[0].insert(day.to_owned());
        }
        out[1].insert(day.to_owned());
    }
    out
}

/// Month and day of a TIMEX3 value that names a day, of a known year or not: `2020-11-08`, `XXXX-11-08`.
fn day_of_year(value: &str) -> Option<&str> {
    let day = value.get(4..10)?;
    let digits = |at: std::ops::Range<usize>| {
        day.get(at).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()))
    };
    (day.starts_with('-') && day.get(3..4) == Some("-") && digits(1..3) && digits(4..6))
        .then_some(day)
}

#[cfg(test)]
mod tests {
    use article::Article;
    use jiff::Timestamp;
    use reading::Reading;

    use super::*;
    use crate::{ArticleId, Comparison, compare, compare_closely};

    /// Stands for an encoder: texts of the same words have the same direction.
    fn encode(texts: &[&str]) -> Vec<Vec<f32>> {
        let vector = |text: &&str| {
            let mut vector = vec![0.0_f32; 256];
            for word in terms::words(text) {
                let at = terms::hash(&[&terms::fold(word.text)]) as usize % vector.len();
                vector[at] += 1.0;
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1.0);
            vector.into_iter().map(|x| x / length).collect()
        };
        texts.iter().map(vector).collect()
    }

    /// Compares two articles of a headline and a text, at once and closely.
    fn compared(lang: &str, a: [&str; 2], b: [&str; 2]) -> (Comparison, Comparison) {
        let article = |[title, text]: [&str; 2]| Article {
            title: Some(title.into()),
            ..article::plain::article(text.into())
        };
        let articles = [article(a), article(b)];
        let reading = Reading { language: lang.into(), ..Reading::default() };
        let vectors = articles
            .each_ref()
            .map(|a| encode(&[&crate::vector_text(a)]).pop().unwrap_or_default());
        let arriving = |i: usize| Arriving {
            id: ArticleId(i as i64),
            outlet: "x",
            article: &articles[i],
            reading: &reading,
            at: Timestamp::UNIX_EPOCH,
            vector: Some(&vectors[i]),
        };
        let (a, b) = (arriving(0), arriving(1));
        (compare(&a, &b), compare_closely(&a, &b, &|texts| Some(encode(texts))))
    }

    fn check(value: &str, expected: Option<&str>) {
        assert_eq!(day_of_year(value), expected, "{value}");
    }

    #[test]
    fn a_day_of_the_year_is_known_without_its_year() {
        check("2020-11-08", Some("-11-08"));
        check("XXXX-11-08", Some("-11-08"));
        check("2020-11-08T10:00", Some("-11-08"));
        check("XXXX-11", None);
        check("XXXX-WXX-3", None);
        check("P1D", None);
        check("Ю-11-08é", None);
    }

    #[test]
    fn a_series_that_names_its_day_is_not_one_story() {
        let forecast = |day: &str| {
            format!(
                "Karsk expects light snow and wind from the sea on {day}. The harbour stays open."
            )
        };
        let (eighth, ninth) = (forecast("8 November"), forecast("19 November"));
        let title = |day: &str| format!("Weather in Karsk on {day}");
        let (a, b) = (title("8 November"), title("19 November"));
        let (_, same_day) = compared(
            "en",
            [&a, &eighth],
            [&a, "On 8 November light snow is expected in Karsk, and wind from the sea."],
        );
        let (first, another) = compared("en", [&a, &eighth], [&b, &ninth]);
        assert!(same_day.same, "{same_day:?}");
        assert!(first.same && !another.same, "{first:?} {another:?}");
    }

    #[test]
    fn without_an_encoder_nothing_is_looked_at() {
        let reading = Reading::default();
        let article = article::plain::article("Ferry aground off Karsk".into());
        let arriving = Arriving {
            id: ArticleId(1),
            outlet: "x",
            article: &article,
            reading: &reading,
            at: Timestamp::UNIX_EPOCH,
            vector: Some(&[1.0]),
        };
        assert!(Look::new(&arriving, true, &|_| None).is_none());
        assert_eq!(compare(&arriving, &arriving), compare_closely(&arriving, &arriving, &|_| None));
    }
}
