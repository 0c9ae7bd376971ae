//! Reads a follow as a person writes it.

use std::fmt;
use std::sync::OnceLock;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use regex::{Regex, RegexBuilder};
use stories::UpdateKind;

use super::words::{fold, need};
use super::{Follow, Target, Topic, Where};

/// What "only big news" means, as an update's importance.
pub(super) const BIG_NEWS: f32 = 0.6;

/// How long a sentence may be, characters.
const SENTENCE_CHARS_MAX: usize = 500;

/// How large a compiled expression may be, bytes.
const PATTERN_BYTES_MAX: usize = 1 << 18;

/// How many alternatives a follow may name.
const TOPICS_MAX: usize = 32;

/// Why a sentence is no follow: what was not understood and how it could be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowError(String);

impl fmt::Display for FollowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FollowError {}

fn error<T>(text: String) -> Result<T, FollowError> {
    Err(FollowError(text))
}

/// Reads a follow.
///
/// # Limits
///
/// 500 characters, 32 alternatives, a regular expression of 256 KiB when compiled.
///
/// # Errors
///
/// A sentence that says which part was not understood and how it could be said.
///
/// # Example
///
/// ```
/// let follow = delivery::follow::parse("about metro in Russia, at least 2 outlets, to @channel, digest at 8:00, quiet 22-7")?;
/// assert_eq!(follow.outlets_min, 2);
/// assert_eq!(follow.places[0].country.as_deref(), Some("RUS"));
/// assert!(delivery::follow::parse("everything to @channel").is_ok());
/// # Ok::<(), delivery::follow::FollowError>(())
/// ```
pub fn parse(sentence: &str) -> Result<Follow, FollowError> {
    let sentence = sentence.trim().trim_end_matches(['.', '!']);
    if sentence.is_empty() {
        return error(
            "say what to follow, for example: about fires in Germany, at least 2 outlets"
                .to_owned(),
        );
    }
    if sentence.chars().count() > SENTENCE_CHARS_MAX {
        return error(format!("a follow may have {SENTENCE_CHARS_MAX} characters; make two of it"));
    }
    let mut follow = Follow::default();
    // An expression may contain commas and "to": it is taken out first.
    let mut rest = sentence.to_owned();
    if let Some(found) = forms().matching.captures(sentence)
        && let (Some(all), Some(inner)) = (found.get(0), found.get(1))
    {
        let built = RegexBuilder::new(inner.as_str())
            .case_insensitive(true)
            .size_limit(PATTERN_BYTES_MAX)
            .build();
        match built {
            Ok(regex) => follow.pattern = Some(regex),
            Err(_) => {
                return error(format!(
                    "/{}/ is no regular expression, or too large a one",
                    inner.as_str()
                ));
            }
        }
        rest.replace_range(all.range(), "");
    }
    take_target(&mut rest, &mut follow)?;
    let mut said = follow.pattern.is_some();
    for clause in rest.split([',', ';']).map(str::trim).filter(|c| !c.is_empty()) {
        said |= read_clause(clause, &mut follow)?;
    }
    if !said {
        return error(format!(
            "\"{sentence}\" does not say what to follow; begin with \"everything\" or \"about …\", for example: about fires in Germany"
        ));
    }
    if follow.about.len() + follow.without.len() + follow.places.len() > TOPICS_MAX {
        return error(format!("a follow may name {TOPICS_MAX} topics and places; make two of it"));
    }
    Ok(follow)
}

/// Reads where news goes: `@channel`, `@channel/12` (a forum topic), `-1001234`, an `https://` address (a webhook), a mail
/// address, `ntfy:TOPIC`, `matrix:!room:server`, `apprise:URL`, `folder:PATH`, `feed:NAME`.
///
/// # Errors
///
/// A sentence that lists what could be meant.
pub fn parse_target(text: &str) -> Result<Target, FollowError> {
    let text = text.trim().trim_matches('"');
    let target = |kind: &str, address: &str, topic: &str| {
        Ok(Target { kind: kind.to_owned(), address: address.to_owned(), topic: topic.to_owned() })
    };
    if let Some((kind, address)) = text.split_once(':')
        && matches!(
            kind,
            "ntfy"
                | "matrix"
                | "apprise"
                | "folder"
                | "feed"
                | "telegram"
                | "webhook"
                | "email"
                | "mailto"
        )
        && !address.is_empty()
    {
        let kind = if kind == "mailto" { "email" } else { kind };
        return if kind == "telegram" { parse_target(address) } else { target(kind, address, "") };
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        return target("webhook", text, "");
    }
    let (chat, topic) = text.split_once('/').unwrap_or((text, ""));
    let is_name = |name: &str| {
        (4..=32).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let topic_is_good = topic.is_empty() || topic.parse::<u32>().is_ok_and(|t| t > 0);
    if topic_is_good
        && (chat.strip_prefix('@').is_some_and(is_name)
            || chat.parse::<i64>().is_ok_and(|id| id != 0))
    {
        // The General topic has the number 1 and must not be named: Telegram answers "message thread not found".
        return target("telegram", chat, if topic == "1" { "" } else { topic });
    }
    if let Some((name, host)) = text.split_once('@')
        && !name.is_empty()
        && host.contains('.')
        && !text.contains(char::is_whitespace)
        && !host.contains('@')
    {
        return target("email", text, "");
    }
    error(format!(
        "\"{text}\" is no place to send to; write @channel, @group/TOPIC, a chat's number, a mail address, https://… for a webhook, \
         or ntfy:, matrix:, apprise:, folder:, feed: with an address"
    ))
}

/// Takes "to WHERE" out of the sentence.
fn take_target(rest: &mut String, follow: &mut Follow) -> Result<(), FollowError> {
    let form = &forms().target;
    if let Some(found) = form.captures(&rest.clone())
        && let (Some(all), Some(name)) = (found.get(0), found.get(1))
    {
        follow.target = Some(parse_target(name.as_str())?);
        rest.replace_range(all.range(), ",");
    } else if let Some(found) = forms().to.captures(&rest.clone())
        && let (Some(all), Some(name)) = (found.get(0), found.get(1))
    {
        follow.target = Some(parse_target(name.as_str())?);
        rest.replace_range(all.range(), ",");
    }
    Ok(())
}

/// Reads one part between commas. Returns whether it says what to follow.
fn read_clause(clause: &str, follow: &mut Follow) -> Result<bool, FollowError> {
    let lower = fold(clause);
    if let Some(found) = forms().count.captures(&lower)
        && let (Some(number), Some(what)) = (found.get(1), found.get(2))
        && let Some(number) = read_number(number.as_str())
    {
        match what.as_str() {
            "outlet" | "outlets" => follow.outlets_min = u32::try_from(number).unwrap_or(u32::MAX),
            w if w.contains("text") => follow.texts_min = u32::try_from(number).unwrap_or(u32::MAX),
            "injured" | "hurt" => follow.injured_min = number,
            _ => follow.killed_min = number,
        }
        return Ok(matches!(
            what.as_str(),
            "dead" | "killed" | "death" | "deaths" | "injured" | "hurt"
        ));
    }
    match lower.as_str() {
        "everything" | "all" | "all news" | "all stories" | "every story" => return Ok(true),
        "only big news" | "big news" | "only important" | "only important news" | "important" => {
            follow.importance_min = BIG_NEWS;
            return Ok(true);
        }
        "with dead or injured" | "only with dead or injured" | "with casualties" => {
            follow.casualties = true;
            return Ok(true);
        }
        "with dead" | "only with dead" => {
            follow.killed_min = follow.killed_min.max(1);
            return Ok(true);
        }
        "with injured" => {
            follow.injured_min = follow.injured_min.max(1);
            return Ok(true);
        }
        "no quiet hours" => {
            follow.schedule.never_quiet = true;
            return Ok(false);
        }
        "even when nothing is new" | "also when nothing is new" => {
            follow.schedule.empty_digest = true;
            return Ok(false);
        }
        _ => {}
    }
    if let Some(rest) = after(&lower, &["digest at ", "digest ", "digests at "]) {
        for part in rest.split(" and ") {
            match read_time(part) {
                Some(time) => follow.schedule.digest_at.push(time),
                None => {
                    return error(format!(
                        "\"{clause}\": a digest needs an hour, for example: digest at 8:00 and 18:00"
                    ));
                }
            }
        }
        follow.schedule.digest_at.sort_unstable();
        follow.schedule.digest_at.dedup();
        return Ok(false);
    }
    if let Some(rest) = after(&lower, &["quiet hours ", "quiet from ", "quiet "]) {
        let mut ends = rest.split(['-', '–', '—']).flat_map(|p| p.split(" to ")).map(read_time);
        match (ends.next().flatten(), ends.next().flatten(), ends.next()) {
            (Some(from), Some(to), None) if from != to => follow.schedule.quiet = Some((from, to)),
            _ => {
                return error(format!(
                    "\"{clause}\": quiet hours need two hours, for example: quiet 22-7"
                ));
            }
        }
        return Ok(false);
    }
    if let Some(rest) = after(&lower, &["time zone ", "zone ", "timezone "]) {
        let name = clause.get(clause.len() - rest.len()..).unwrap_or(rest).trim();
        match TimeZone::get(name) {
            Ok(_) => follow.schedule.zone = Some(name.to_owned()),
            Err(_) => {
                return error(format!("\"{name}\" is no time zone; write it as Europe/Berlin"));
            }
        }
        return Ok(false);
    }
    if let Some(rest) = after(&lower, &["importance "]) {
        let number = rest.trim_end_matches("or more").trim().parse::<f32>().ok();
        match number.filter(|n| (0.0..=1.0).contains(n)) {
            Some(number) => follow.importance_min = number,
            None => {
                return error(format!(
                    "\"{clause}\": importance goes from 0 to 1, for example: importance 0.6 or more"
                ));
            }
        }
        return Ok(true);
    }
    if let Some(rest) = after(&lower, &["only "]) {
        for part in rest.split(" and ").flat_map(|p| p.split(" or ")) {
            match read_kind(part.trim()) {
                Some(kind) => follow.kinds.push(kind),
                None => {
                    return error(format!(
                        "\"{clause}\": after \"only\" I understand big news, new stories, new events, figures, statements, corrections"
                    ));
                }
            }
        }
        return Ok(true);
    }
    // What follows keeps the person's own spelling.
    if let Some(rest) = own(clause, &["everything ", "all news ", "all stories "]) {
        read_clause(rest, follow)?;
        return Ok(true);
    }
    if let Some(rest) = own(clause, &["not from ", "except from ", "without outlet "]) {
        follow.not_outlets.extend(alternatives(rest));
        return Ok(false);
    }
    if let Some(rest) = own(clause, &["from "]) {
        follow.outlets.extend(alternatives(rest));
        return Ok(true);
    }
    if let Some(rest) = own(clause, &["without ", "not about ", "but not "]) {
        follow.without.extend(alternatives(rest).iter().map(|a| topic(a)));
        return Ok(false);
    }
    if let Some(rest) = own(clause, &["said by ", "by ", "who said: "]) {
        follow.speakers.extend(alternatives(rest));
        return Ok(true);
    }
    if let Some(found) = forms().says.captures(clause)
        && let Some(name) = found.get(1)
    {
        follow.speakers.extend(alternatives(name.as_str()));
        return Ok(true);
    }
    if let Some(rest) = own(clause, &["told in ", "written in ", "language "]) {
        return match alternatives(rest)
            .iter()
            .map(|name| language_code(name))
            .collect::<Option<Vec<_>>>()
        {
            Some(codes) => {
                follow.languages.extend(codes);
                Ok(false)
            }
            None => error(format!(
                "\"{rest}\": I do not know this language; write it as English, or as en"
            )),
        };
    }
    if let Some(rest) = own(clause, &["in "]) {
        let names = alternatives(rest);
        match names.iter().map(|name| language_code(name)).collect::<Option<Vec<_>>>() {
            Some(codes) => follow.languages.extend(codes),
            None => follow.places.extend(names.iter().map(|name| place(name))),
        }
        return Ok(true);
    }
    let text = own(clause, &["about ", "follow ", "all about ", "news about "]).unwrap_or(clause);
    let (topics, places) = match forms().inside.find_iter(text).last() {
        Some(found) => (text.get(..found.start()).unwrap_or(text), text.get(found.end()..)),
        None => match own(text, &["in "]) {
            Some(places) => ("", Some(places)),
            None => (text, None),
        },
    };
    if !matches!(fold(topics).as_str(), "everything" | "all" | "all news" | "") {
        follow.about.extend(alternatives(topics).iter().map(|a| topic(a)));
    }
    follow.places.extend(places.iter().flat_map(|p| alternatives(p)).map(|name| place(&name)));
    Ok(true)
}

fn after<'a>(text: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|b| text.strip_prefix(b)).map(str::trim)
}

/// The rest of a clause after one of these beginnings, whatever the case they are written in.
fn own<'a>(clause: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|b| {
        let head = clause.get(..b.len())?;
        head.eq_ignore_ascii_case(b).then(|| clause.get(b.len()..).unwrap_or("").trim())
    })
}

fn alternatives(text: &str) -> Vec<String> {
    forms()
        .joint
        .split(text)
        .map(|part| part.trim().trim_start_matches("the ").to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

fn topic(words: &str) -> Topic {
    let mut needs = Vec::new();
    let mut literally = false;
    for part in words.split('"') {
        for word in part.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '*' && c != '#');
            if !word.is_empty()
                && !matches!(fold(word).as_str(), "the" | "a" | "an" | "of" | "news")
            {
                needs.push(need(word, literally));
            }
        }
        literally = !literally;
    }
    Topic { words: words.to_owned(), needs }
}

fn place(name: &str) -> Where {
    Where { name: name.to_owned(), country: reading::country_code(name) }
}

fn languages() -> impl Iterator<Item = Vec<&'static str>> {
    include_str!("../../data/languages.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().collect())
}

fn language_code(name: &str) -> Option<String> {
    let name = fold(name);
    languages()
        .find(|words| words.iter().any(|w| fold(w) == name))
        .and_then(|w| w.first().map(|c| (*c).to_owned()))
}

/// The English name of a language; its code where we have none.
pub(super) fn language_name(code: &str) -> &str {
    languages().find(|w| w.first() == Some(&code)).and_then(|w| w.get(1).copied()).unwrap_or(code)
}

fn read_kind(word: &str) -> Option<UpdateKind> {
    Some(match word {
        "new stories" | "stories" => UpdateKind::NewStory,
        "new events" | "events" => UpdateKind::NewEvent,
        "figures" | "new figures" => UpdateKind::FigureChanged,
        "statements" | "new statements" | "quotes" => UpdateKind::NewStatement,
        "corrections" => UpdateKind::Correction,
        "new outlets" => UpdateKind::NewOutlet,
        _ => return None,
    })
}

/// The words for a kind that [`parse`] reads back.
pub(super) fn kind_name(kind: UpdateKind) -> &'static str {
    match kind {
        UpdateKind::NewStory => "new stories",
        UpdateKind::NewEvent => "new events",
        UpdateKind::FigureChanged => "figures",
        UpdateKind::NewStatement => "statements",
        UpdateKind::Correction => "corrections",
        UpdateKind::NewOutlet => "new outlets",
    }
}

fn read_number(word: &str) -> Option<u64> {
    word.parse().ok().or_else(|| {
        include_str!("../../data/numbers.txt")
            .lines()
            .filter_map(|line| line.split_once(' '))
            .find(|(name, _)| *name == word)
            .and_then(|(_, number)| number.parse().ok())
    })
}

fn read_time(text: &str) -> Option<Time> {
    let text = text.trim().trim_start_matches("at ").trim_end_matches(" h").trim();
    let (text, add) = match text.strip_suffix("pm") {
        Some(rest) => (rest.trim(), 12),
        None => (text.strip_suffix("am").unwrap_or(text).trim(), 0),
    };
    let (hour, minute) = text.split_once([':', '.', 'h']).unwrap_or((text, "0"));
    let hour: i8 = hour.parse().ok()?;
    let hour = if add == 12 && hour < 12 { hour + 12 } else { hour };
    let hour = if hour == 24 { 0 } else { hour };
    Time::new(hour, if minute.is_empty() { 0 } else { minute.parse().ok()? }, 0, 0).ok()
}

/// The forms that sentences are read by, compiled once.
struct Forms {
    matching: Regex,
    target: Regex,
    to: Regex,
    count: Regex,
    says: Regex,
    inside: Regex,
    joint: Regex,
}

fn forms() -> &'static Forms {
    static FORMS: OnceLock<Forms> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "the forms are literals, each run by this file's tests")]
    let form = |form: &str| Regex::new(form).expect("a form of this file");
    FORMS.get_or_init(|| Forms {
        matching: form("(?i),?\\s*matching\\s+/(.+)/"),
        target: form(
            r#"(?i)(?:^|[\s,])(?:send\s+)?to\s+((?:@|-\d|\d{5}|https?://|[\w.+-]+@[\w-]+\.|(?:ntfy|matrix|apprise|folder|feed|telegram|webhook|email|mailto):)(?:"[^"]*"|[^\s,;])*)"#,
        ),
        to: form(r"(?i),\s*to\s+([^,;]+)"),
        count: form(
            r"^(?:told by |with )?(?:at least |minimum )?(\w+)(?: or more)? (outlets?|independent texts?|texts?|dead|killed|deaths?|injured|hurt)(?: or more)?$",
        ),
        says: form(r"(?i)^what (.+) (?:says|say|said)$"),
        inside: form(r"(?i)\s+in\s+"),
        joint: form(r"(?i)\s+(?:or|and)\s+|\s*/\s*"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a sentence is read as, written back.
    fn check(sentence: &str, expected: &str) {
        let read = match parse(sentence) {
            Ok(follow) => follow.to_string(),
            Err(error) => format!("? {error}"),
        };
        assert_eq!(read, expected, "{sentence}");
        if !expected.starts_with('?') {
            assert_eq!(
                parse(&read).unwrap().to_string(),
                read,
                "what is written back reads the same"
            );
        }
    }

    #[test]
    fn sentences_are_read_and_written_back() {
        for (sentence, expected) in [
            (
                "about metro in Russia, at least 2 outlets, to @channel, digest at 8:00, quiet 22-7",
                "about metro in Russia, at least 2 outlets, to @channel, digest at 8:00, quiet 22-7",
            ),
            ("everything to @channel", "everything, to @channel"),
            ("everything", "everything"),
            (
                "fires in germany, at least two outlets",
                "about fires in germany, at least 2 outlets",
            ),
            (
                "fires and explosions in Germany, told by 2 outlets or more",
                "about fires or explosions in Germany, at least 2 outlets",
            ),
            (
                "in Ukraine or Poland, with dead or injured",
                "everything in Ukraine or Poland, with dead or injured",
            ),
            (
                "about ferries, at least 10 dead to -1001234567/7",
                "about ferries, at least 10 dead, to -1001234567/7",
            ),
            ("about trams, to 501", "about trams, to telegram:501"),
            ("About trams to @group_x/1", "about trams, to @group_x"),
            ("what Alexander Orlov says", "everything, said by Alexander Orlov"),
            (
                "everything from Ruhrpegel or kd, without football",
                "everything, without football, from Ruhrpegel or kd",
            ),
            ("told in German or fr, everything", "everything, told in german or french"),
            (
                "only corrections, to ops@example.org",
                "everything, only corrections, to ops@example.org",
            ),
            (
                "only big news to https://hooks.example.org/x?y=1",
                "everything, only big news, to https://hooks.example.org/x?y=1",
            ),
            (
                "matching /tram(way)?,? to \\d+/, to ntfy:trams",
                "everything, matching /tram(way)?,? to \\d+/, to ntfy:trams",
            ),
            (
                "about floods, digest at 8 and 18:30, quiet 22:30–7, zone Europe/Berlin, even when nothing is new",
                "about floods, digest at 8:00 and 18:30, quiet 22:30-7, zone Europe/Berlin, even when nothing is new",
            ),
            ("пожары в Казани to @kazan_news", "about пожары в Казани, to @kazan_news"),
        ] {
            check(sentence, expected);
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (sentence, expected) in [
            ("", "? say what to follow, for example: about fires in Germany, at least 2 outlets"),
            (
                "to @channel",
                "? \"to @channel\" does not say what to follow; begin with \"everything\" or \"about …\", for example: about fires in Germany",
            ),
            (
                "about fires, quiet at night",
                "? \"quiet at night\": quiet hours need two hours, for example: quiet 22-7",
            ),
            (
                "about fires, digest sometimes",
                "? \"digest sometimes\": a digest needs an hour, for example: digest at 8:00 and 18:00",
            ),
            (
                "about fires, zone Mars/Olympus",
                "? \"Mars/Olympus\" is no time zone; write it as Europe/Berlin",
            ),
            ("everything, matching /(/", "? /(/ is no regular expression, or too large a one"),
            (
                "about fires, importance 7",
                "? \"importance 7\": importance goes from 0 to 1, for example: importance 0.6 or more",
            ),
            (
                "about fires, to the moon",
                "? \"the moon\" is no place to send to; write @channel, @group/TOPIC, a chat's number, a mail address, https://… for a webhook, or ntfy:, matrix:, apprise:, folder:, feed: with an address",
            ),
        ] {
            check(sentence, expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_sentence_panics(sentence in "\\PC{0,80}") {
            let _read = parse(&sentence);
        }
    }
}
