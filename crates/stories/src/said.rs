//! What somebody says: read from an article, and known again when others print it, in other words or in another language.

use std::collections::BTreeSet;

use article::{Article, Span};
use jiff::Timestamp;
use language::Lang;
use reading::{Reading, SpeakerKind, StatementKind};
use rustc_hash::FxHashSet;

use crate::terms::{self, Commonness, Key};
use crate::{Arriving, LedgerStatement, Rendering, names, novelty};

/// A statement as an article prints it, with what it is compared by.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub speaker: String,
    pub description: Option<String>,
    pub text: String,
    pub kind: StatementKind,
    pub span: Span,
    /// It says enough to be news; less is only known again.
    pub tells: bool,
    pub keys: SaidKeys,
}

/// What stands between the pieces of a statement that its article cut.
const CUT: &str = " … ";

/// Renderings of a statement in other languages that are kept, at most.
const RENDERINGS_MAX: usize = 8;

/// Between two languages that share no word that could be compared, what somebody says so much later is something else, seconds.
const TRANSLATED_WITHIN_SECS: i64 = 24 * 3_600;

/// The same where one outlet prints a quotation and another reports it, seconds.
const REPORTED_WITHIN_SECS: i64 = 4 * 3_600;

/// What a statement is compared by.
#[derive(Clone, Debug, Default)]
pub(crate) struct SaidKeys {
    lang: String,
    /// When it was printed, seconds since 1970.
    at: i64,
    speaker: Vec<NameWord>,
    words: FxHashSet<Key>,
    across: FxHashSet<Key>,
    /// From two on, in digits and in words.
    numbers: BTreeSet<u64>,
    length: usize,
    /// Word for word.
    quoted: bool,
    /// Pieces that the article cut it into: each may be rendered by itself.
    pieces: usize,
    /// How it reads in other languages.
    renderings: Vec<SaidKeys>,
}

/// A word of a speaker's name or office.
#[derive(Clone, Debug)]
struct NameWord {
    keys: Vec<Key>,
    /// The sound it begins with, where it may be part of a name.
    initial: Option<char>,
}

impl NameWord {
    fn new(word: &str, lang: &str) -> Option<Self> {
        if word.chars().count() < 3 {
            return None;
        }
        let (folded, stem) = (terms::fold(word), terms::stem(word, lang));
        let concept = terms::concept(&stem, lang);
        let is_name = word.starts_with(char::is_uppercase)
            && concept.is_none()
            && terms::commonness(&folded, &stem, lang) == Commonness::Telling;
        let initial = if is_name { names::initial(word) } else { None };
        let exact = terms::hash(&["exact", &folded]);
        let keys = names::key(word, lang).into_iter().chain(concept).chain([exact]).collect();
        Some(Self { keys, initial })
    }

    fn is(&self, other: &Self) -> bool {
        self.keys.iter().any(|key| other.keys.contains(key))
    }
}

impl SaidKeys {
    /// Reads what a statement is compared by.
    pub(crate) fn new(speaker: &str, text: &str, lang: &str, at: Timestamp) -> Self {
        let mut out = Self { lang: lang.to_owned(), at: at.as_second(), ..Self::default() };
        out.pieces = text.split(CUT).map(sentences).sum();
        out.quoted = text.starts_with(['"', '„', '“', '«', '»', '‘', '‚', '”']);
        let text = if lang == "fr" { &with_colons(text) } else { text };
        let hours = clock_times(text, lang);
        if let Some(lang) = Lang::parse(lang) {
            let mut plain = text.to_owned();
            for time in &hours {
                plain = plain.replace(time, " ");
            }
            out.numbers.extend(reading::numbers(&plain, lang).into_iter().filter(|n| *n >= 2));
        }
        out.speaker
            .extend(terms::words(speaker).iter().filter_map(|w| NameWord::new(w.text, lang)));
        for word in terms::words(text) {
            out.length += 1;
            if hours.contains(&word.text) {
                // "um 6.50 Uhr" and "в 6:50" are one
                let key = terms::hash(&["time", &word.text.replace('.', ":")]);
                out.across.insert(key);
                out.words.insert(key);
                continue;
            }
            if let Some(value) = terms::number(word.text) {
                out.across.insert(terms::hash(&["number", &value.to_string()]));
                out.words.insert(terms::hash(&["number", &value.to_string()]));
                continue;
            }
            let folded = terms::fold(word.text);
            let stem = terms::stem(word.text, lang);
            if terms::commonness(&folded, &stem, lang) == Commonness::Empty {
                continue;
            }
            out.words.insert(terms::hash(&[lang, &stem]));
            if let Some(concept) = terms::concept(&stem, lang) {
                out.across.insert(concept);
            } else if word.text.chars().next().is_some_and(char::is_uppercase) && lang != "de" {
                out.across.extend(names::key(word.text, lang));
            }
        }
        out
    }

    /// Reads what a line of the ledger is compared by.
    pub(crate) fn of(line: &LedgerStatement) -> Self {
        let read = |text: &str, lang: &str| Self::new(&line.speaker, text, lang, line.at);
        let renderings = line.renderings.iter().map(|r| read(&r.text, &r.language)).collect();
        Self { renderings, ..read(&line.text, &line.language) }
    }

    /// Whether two statements may have one speaker: a name is shared, and no two others speak against it.
    fn same_speaker(&self, other: &Self) -> bool {
        let shared = self.speaker.iter().any(|a| other.speaker.iter().any(|b| a.is(b)));
        let ours = || initials_alone(&self.speaker, &other.speaker);
        let mut theirs = initials_alone(&other.speaker, &self.speaker).peekable();
        let both = ours().next().is_some() && theirs.peek().is_some();
        let clash = both && !theirs.any(|c| ours().any(|own| own == c));
        shared && !clash
    }

    /// How it reads in a language, as far as it was printed in it.
    fn in_language(&self, lang: &str) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.renderings).filter(move |r| r.lang == lang)
    }

    /// Whether a sentence of a language may be a rendering that is not known yet.
    fn lacks(&self, lang: &str) -> bool {
        self.lang != lang && self.in_language(lang).count() < self.pieces
    }

    /// Words of a piece.
    fn piece(&self) -> usize {
        self.length / self.pieces.max(1)
    }

    /// Whether two statements of one language say the same in other words.
    fn same_words(&self, other: &Self) -> bool {
        let shared = share(&self.words, &other.words);
        let few = self.words.len().min(other.words.len());
        shared >= if self.same_speaker(other) { 0.5 } else { 0.75 } && (few >= 2 || shared >= 1.0)
    }

    /// How much speaks for two statements of different languages being one; `None`: they are not.
    fn same_abroad(&self, other: &Self) -> Option<f32> {
        let (ours, theirs) = (&self.numbers, &other.numbers);
        if !ours.is_subset(theirs) && !theirs.is_subset(ours) {
            return None;
        }
        let few = self.across.len().min(other.across.len());
        let shared = share(&self.across, &other.across);
        if !self.same_speaker(other) {
            // "the head of the fire brigade" here, his name there
            return (few >= 3 && shared >= 0.75).then_some(shared);
        }
        let ratio = |a: usize, b: usize| a.min(b) as f32 / a.max(b).max(1) as f32;
        let ratio = ratio(self.length, other.length).max(ratio(self.piece(), other.piece()));
        let as_quoted = self.quoted == other.quoted;
        let apart = (self.at - other.at).abs();
        let in_common = self.across.intersection(&other.across).count();
        // One idea in common is little, and two not much: what is said later with them may be something else.
        let shares_much = in_common >= 3 || in_common == 2 && apart <= TRANSLATED_WITHIN_SECS;
        let soon = in_common == 1 && apart <= TRANSLATED_WITHIN_SECS / 2;
        let by_ideas = match few {
            0 => false,
            // the one idea of a report: "the captain told the crew to go below"
            1 => soon && !as_quoted && ratio > 0.3,
            _ => (soon || shares_much) && shared >= 0.4 && ratio > 0.3,
        };
        // A quotation that one outlet reports in its own words is found at once or not at all.
        let within = if as_quoted { TRANSLATED_WITHIN_SECS } else { REPORTED_WITHIN_SECS };
        let may_be = by_ideas || few < 2 && ratio > 0.45 && apart <= within;
        may_be.then_some(shared + if as_quoted { ratio } else { 0.0 })
    }
}

/// How many sentences a passage has, at least one.
fn sentences(text: &str) -> usize {
    let inner = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    let ends = ['.', '!', '?', '…'];
    let next = |after: &str| {
        let mut rest = after.trim_start_matches(['»', '”', '"', '“']).chars();
        rest.next().is_some_and(char::is_whitespace) && rest.next().is_some_and(char::is_uppercase)
    };
    let after = |(at, end): (usize, &str)| inner.get(at + end.len()..).is_some_and(next);
    1 + inner.match_indices(ends).filter(|found| after(*found)).count()
}

/// The times of day that a passage gives in figures: "6:50", in German also "6.50 Uhr".
fn clock_times<'a>(text: &'a str, lang: &str) -> Vec<&'a str> {
    let words = terms::words(text);
    let is_time = |(i, word): &(usize, &terms::Word<'a>)| {
        let parts = |mark: char| word.text.split_once(mark);
        let hour = words.get(i + 1).is_some_and(|w| w.text == "Uhr") && lang == "de";
        let parts = parts(':').or_else(|| parts('.').filter(|_| hour));
        parts.is_some_and(|(h, m)| {
            h.parse::<u8>().is_ok_and(|h| h < 25)
                && m.len() == 2
                && m.parse::<u8>().is_ok_and(|m| m < 60)
        })
    };
    words.iter().enumerate().filter(is_time).map(|(_, word)| word.text).collect()
}

/// French times of day with a colon as the others write them: "6 h 50" is "6:50".
fn with_colons(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let blank = |i: usize| chars.get(i).is_some_and(|c| c.is_whitespace());
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while let Some(c) = chars.get(i) {
        let hour = i + usize::from(blank(i));
        let after = hour + 1 + usize::from(blank(hour + 1));
        let is_hour = i > 0
            && digit(i - 1)
            && chars.get(hour) == Some(&'h')
            && digit(after)
            && digit(after + 1);
        if is_hour {
            out.push(':');
            i = after;
        } else {
            out.push(*c);
            i += 1;
        }
    }
    out
}

/// How those words begin that may be names and that the other has not.
fn initials_alone<'w>(
    words: &'w [NameWord],
    other: &'w [NameWord],
) -> impl Iterator<Item = char> + 'w {
    let alone = words.iter().filter(move |a| !other.iter().any(|b| a.is(b)));
    alone.filter_map(|word| word.initial)
}

/// The part of the smaller set that the larger holds.
fn share(a: &FxHashSet<Key>, b: &FxHashSet<Key>) -> f32 {
    a.intersection(b).count() as f32 / a.len().min(b.len()).max(1) as f32
}

/// The statements of an article that count as news: somebody by name or office says something of its own.
pub(crate) fn statements(article: &Article, reading: &Reading, at: Timestamp) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::new();
    let lang = reading.language.as_str();
    for statement in reading.statements.iter().filter(|s| s.nested_in.is_none()) {
        let Some(speaker) =
            statement.speaker.and_then(|id| reading.speakers.iter().find(|s| s.id == id))
        else {
            continue;
        };
        // a house is news where it is quoted word for word; "the police said" carries the report itself
        let counts = match speaker.kind {
            SpeakerKind::Person => true,
            SpeakerKind::Organization | SpeakerKind::Anonymous => {
                statement.kind != StatementKind::Indirect
            }
            _ => false,
        };
        if !counts {
            continue;
        }
        let Some(first) = statement.content.first() else { continue };
        let span = statement.content.iter().fold(*first, |all, part| all.cover(*part));
        if novelty::in_background(reading, span) && !is_said_now(reading, &statement.content) {
            continue;
        }
        let text: Vec<&str> = statement
            .content
            .iter()
            .map(|part| part.of(&article.text).trim())
            .filter(|t| !t.is_empty())
            .collect();
        let text = text.join(CUT);
        let keys = SaidKeys::new(&speaker.name, &text, lang, at);
        let enough = if statement.kind == StatementKind::Direct { 2 } else { 3 };
        if keys.words.len() < 2 {
            continue;
        }
        out.push(Said {
            speaker: speaker.name.clone(),
            description: speaker.description.clone(),
            text,
            kind: statement.kind,
            span,
            tells: keys.words.len() >= enough,
            keys,
        });
    }
    out
}

/// Whether a statement in a sentence that recalls is made now all the same: only what is said speaks of an older time.
fn is_said_now(reading: &Reading, content: &[Span]) -> bool {
    let Some(first) = content.first() else { return false };
    let sentence = novelty::sentence_of(reading, *first);
    let mut times = reading.times.iter().map(|t| t.span).filter(|t| t.overlaps(sentence));
    times.all(|time| content.iter().any(|part| part.overlaps(time)))
}

/// The place in a ledger of the statement that says the same.
///
/// Of what was printed in the same language already, that is compared: two sentences of one language are never both the
/// translation of a third.
pub(crate) fn find_same(keys: &[SaidKeys], said: &SaidKeys) -> Option<usize> {
    let at_home = |k: &SaidKeys| k.in_language(&said.lang).any(|k| k.same_words(said));
    keys.iter()
        .position(|k| k.same_speaker(said) && at_home(k))
        .or_else(|| keys.iter().position(at_home))
        .or_else(|| {
            let abroad = keys.iter().enumerate().filter(|(_, k)| k.lacks(&said.lang));
            let likely = abroad.filter_map(|(place, k)| Some((k.same_abroad(said)?, k.at, place)));
            likely.max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|found| found.2)
        })
}

/// Keeps how a known statement reads in another language, where that is the first printing in it.
pub(crate) fn keep_rendering(
    line: &mut LedgerStatement,
    keys: &mut SaidKeys,
    said: &SaidKeys,
    text: &str,
) {
    let is_known = keys.in_language(&said.lang).any(|k| k.same_words(said));
    if !is_known && keys.lacks(&said.lang) && keys.renderings.len() < RENDERINGS_MAX {
        line.renderings.push(Rendering { language: said.lang.clone(), text: text.to_owned() });
        keys.renderings.push(said.clone());
    }
}

/// A statement as a line of the ledger.
pub(crate) fn ledger_line(said: &Said, arriving: &Arriving<'_>) -> LedgerStatement {
    LedgerStatement {
        speaker: said.speaker.clone(),
        description: said.description.clone(),
        text: said.text.clone(),
        language: arriving.reading.language.clone(),
        kind: said.kind,
        first_outlet: arriving.outlet.to_owned(),
        article: arriving.id,
        span: said.span,
        at: arriving.at,
        outlets: vec![arriving.outlet.to_owned()],
        renderings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read((lang, speaker, text): (&str, &str, &str)) -> SaidKeys {
        SaidKeys::new(speaker, text, lang, Timestamp::UNIX_EPOCH)
    }

    fn check(a: (&str, &str, &str), b: (&str, &str, &str), expected: bool) {
        let (x, y) = (read(a), read(b));
        assert_eq!(find_same(&[x], &y).is_some(), expected, "{a:?} {b:?}");
    }

    #[test]
    fn a_family_name_alone_makes_no_speaker() {
        let same = |a: &str, b: &str| read(("en", a, "")).same_speaker(&read(("en", b, "")));
        assert!(!same("Martin Kessler", "Sabine Kessler"));
        assert!(same("Mayor Kessler", "Martin Kessler"));
        assert!(same("Kessler", "Sabine Kessler"));
        assert!(read(("en", "Jörn Wiebold", "")).same_speaker(&read(("ru", "Йорн Вибольд", ""))));
    }

    #[test]
    fn hours_are_compared_as_hours() {
        let said =
            |lang: &str, text: &str| SaidKeys::new("Ada Brenn", text, lang, Timestamp::UNIX_EPOCH);
        let german = said("de", "Das Tor ist um 4.15 Uhr ausgefallen, 20 Minuten vor der Flut");
        let french = said("fr", "La porte est tombée en panne à 4 h 15, 20 minutes avant la crue");
        let russian = said("ru", "ворота отказали в 4:15, за 20 минут до паводка");
        for other in [&french, &russian] {
            assert_eq!(german.numbers, other.numbers);
            assert!(german.same_abroad(other).is_some());
        }
        assert!(
            german
                .same_abroad(&said("ru", "ворота отказали в 4:15, за 45 минут до паводка"))
                .is_none()
        );
    }

    #[test]
    fn two_sentences_of_one_language_are_not_both_a_translation() {
        let english = ("en", "Jörn Wiebold", "We could only find the second train by touch");
        let first = read(("de", "Jörn Wiebold", "Die zweite Bahn fanden wir nur tastend im Rauch"));
        let second = read(("de", "Jörn Wiebold", "Heute geht hier niemand von uns nach Hause"));
        let mut keys = vec![read(english)];
        assert_eq!(find_same(&keys, &first), Some(0));
        assert_eq!(find_same(&keys, &second), Some(0), "nothing to tell them apart by");
        let mut line = line();
        keep_rendering(&mut line, &mut keys[0], &first, "…");
        assert_eq!((find_same(&keys, &first), find_same(&keys, &second)), (Some(0), None));
        assert_eq!(line.renderings.len(), 1);
    }

    fn line() -> LedgerStatement {
        LedgerStatement {
            speaker: "Jörn Wiebold".to_owned(),
            description: None,
            text: String::new(),
            language: "en".to_owned(),
            kind: StatementKind::Direct,
            first_outlet: String::new(),
            article: crate::ArticleId(1),
            span: Span::new(0, 0),
            at: Timestamp::UNIX_EPOCH,
            outlets: Vec::new(),
            renderings: Vec::new(),
        }
    }

    #[test]
    fn the_same_statement_in_other_words_or_another_language_is_not_new() {
        let said =
            ("en", "Ada Brenn", "the signal had failed twice before the trains met in the tunnel");
        check(
            said,
            ("en", "Mayor Brenn", "before the trains met in the tunnel the signal failed twice"),
            true,
        );
        check(
            said,
            (
                "de",
                "Ada Brenn",
                "das Signal sei schon zweimal ausgefallen, bevor die Züge im Tunnel zusammenstießen",
            ),
            true,
        );
        check(
            said,
            ("ru", "Ада Бренн", "сигнал в тоннеле дважды отказал до того, как поезда столкнулись"),
            true,
        );
        check(
            said,
            ("en", "Ada Brenn", "schools will stay closed until the end of the week"),
            false,
        );
        check(
            said,
            (
                "de",
                "Ada Brenn",
                "die Schulen bleiben bis zum Ende der Woche geschlossen, und die Familien bekommen Hilfe vom Ministerium",
            ),
            false,
        );
        // wrong: another speaker says it, in other words; across languages words weigh more than the name today
        check(
            said,
            ("de", "Karl Ottweiler", "das Signal im Tunnel sei ausgefallen, bevor die Züge kamen"),
            true,
        );
    }
}
