//! Dates as people and programs print them: figures, month names of many languages, zones.
//!
//! A date that can be read in two ways (04/05/2026) is no date: none is better than a wrong one.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, tz::Offset};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Moment;

/// The longest text that is tried, in bytes: a date is no essay.
const TEXT_BYTES_MAX: usize = 160;
const TOKENS_MAX: usize = 48;

static MONTHS: LazyLock<FxHashMap<&'static str, i8>> = LazyLock::new(|| {
    let mut months = FxHashMap::default();
    for line in include_str!("../../data/months.txt").lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(number) = words.next().and_then(|n| n.parse().ok()) else { continue };
        for word in words {
            months.entry(word.trim_end_matches('.')).or_insert(number);
        }
    }
    months
});

static WORDS: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../data/date-words.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
});

/// How much of the text has to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Every word is known.
    Strict,
    /// Other words may stand around the date; day, month and year have to be there.
    Loose,
}

/// A date read, and whether it said its zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) moment: Moment,
    pub(crate) zoned: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    Number { value: i64, digits: usize },
    Word(&'a str),
    Mark(char),
    Blank,
}

fn cut(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::with_capacity(16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if pieces.len() == TOKENS_MAX {
            return None;
        }
        let len = if c.is_ascii_digit() {
            let len = rest.bytes().take_while(u8::is_ascii_digit).count();
            pieces.push(Piece::Number { value: rest.get(..len)?.parse().ok()?, digits: len });
            len
        } else if is_letter(c) {
            let len = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
            pieces.push(Piece::Word(rest.get(..len)?));
            len
        } else if c.is_whitespace() {
            let len = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            pieces.push(Piece::Blank);
            len
        } else {
            pieces.push(Piece::Mark(c));
            c.len_utf8()
        };
        rest = rest.get(len..)?;
    }
    Some(pieces)
}

/// Letters and the marks inside words of Indian scripts.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '\'' || c == '\u{94d}' || c == '\u{93c}' || c == '\u{9cd}'
}

/// The parts that were found so far.
#[derive(Debug, Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: Option<i64>,
    minute: i64,
    second: i64,
    nanos: i32,
    afternoon: Option<bool>,
    zone_secs: Option<i32>,
    /// Figures that have no name yet: value, digits, the mark before.
    loose: Vec<(i64, usize, char)>,
    named_month: bool,
    month_first: bool,
}

/// Reads a printed date.
pub(super) fn read(text: &str, care: Care) -> Option<Found> {
    let text = text.trim();
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let lower = text.to_lowercase().replace("a.m", "am").replace("p.m", "pm");
    let lower = lower.trim_start_matches('-');
    if care == Care::Strict
        && let Some(found) = figures_only(text, lower)
    {
        return Some(found);
    }
    let pieces = cut(lower)?;
    let mut parts = Parts::default();
    let mut i = 0;
    while let Some(piece) = pieces.get(i) {
        i += match piece {
            Piece::Number { value, digits } => {
                number(&pieces, i, *value, *digits, &mut parts, care)?
            }
            Piece::Word(word) => self::word(&pieces, i, word, &mut parts, care)?,
            Piece::Mark('+' | '-' | '−') if parts.hour.is_some() && parts.zone_secs.is_none() => {
                match offset(&pieces, i) {
                    Some((secs, used)) => {
                        parts.zone_secs = Some(secs);
                        used
                    }
                    None if care == Care::Strict && adjacent_word(&pieces, i) => return None,
                    None => 1,
                }
            }
            _ => 1,
        };
    }
    settle(&mut parts)?;
    finish(&parts)
}

fn adjacent_word(pieces: &[Piece<'_>], i: usize) -> bool {
    matches!(pieces.get(i + 1), Some(Piece::Word(_)))
}

/// Forms without any separator: unix seconds and milliseconds, 20261105, 20261105T170500, 261105, 2026 and 2026-11.
fn figures_only(text: &str, lower: &str) -> Option<Found> {
    let civil = |y: i64, m: i64, d: i64| {
        Date::new(i16::try_from(y).ok()?, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()
    };
    if !lower.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    let dashes = lower.matches('-').count();
    let digits: String = lower.chars().filter(char::is_ascii_digit).collect();
    let n: i64 = digits.parse().ok()?;
    let century = |yy: i64| if yy < 70 { 2000 + yy } else { 1900 + yy };
    let day = match (dashes, digits.len(), text.starts_with('-')) {
        (0, 10, false) => {
            let at = Timestamp::from_second(n).ok()?;
            return Some(Found { moment: Moment::utc(at), zoned: true });
        }
        (0, 13, false) => {
            let at = Timestamp::from_millisecond(n).ok()?;
            return Some(Found { moment: Moment::utc(at), zoned: true });
        }
        (0, 14, false) => {
            let date = civil(n / 10_000_000_000, n / 100_000_000 % 100, n / 1_000_000 % 100)?;
            let part = |by: i64| i8::try_from(n / by % 100).ok();
            let time = Time::new(part(10_000)?, part(100)?, part(1)?, 0).ok()?;
            let at = Offset::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()?;
            return Some(Found { moment: Moment::utc(at), zoned: false });
        }
        (0, 8, false) => civil(n / 10_000, n / 100 % 100, n % 100)?,
        (0, 6, false) => civil(century(n / 10_000), n / 100 % 100, n % 100)?,
        (0, 5, false) if n % 1000 > 31 => civil(century(n / 1000), 1, 1)?
            .checked_add(jiff::Span::new().try_days(n % 1000 - 1).ok()?)
            .ok()?,
        (0 | 1, 4, true) => civil(century(n / 100), n % 100, 1)?,
        (0, 4, false) if (1900..2200).contains(&n) => civil(n, 1, 1)?,
        (1, 6, false) if lower.find('-') == Some(4) => civil(n / 100, n % 100, 1)?,
        _ => return None,
    };
    day_only(day)
}

fn day_only(day: Date) -> Option<Found> {
    let at = Offset::UTC.to_timestamp(day.at(12, 0, 0, 0)).ok()?;
    Some(Found { moment: Moment { at, offset_secs: None, day_only: true }, zoned: false })
}

/// A figure: a time when `:` follows, else a part of the day. Pieces used.
fn number(
    pieces: &[Piece<'_>],
    i: usize,
    value: i64,
    digits: usize,
    parts: &mut Parts,
    care: Care,
) -> Option<usize> {
    let clock = matches!(pieces.get(i + 1), Some(Piece::Mark(':')))
        || (digits <= 2
            && parts.hour.is_none()
            && matches!(pieces.get(i + 1), Some(Piece::Word("h" | "u")))
            && matches!(pieces.get(i + 2), Some(Piece::Number { digits: 2, .. })))
        || (digits <= 2
            && matches!(pieces.get(i + 1), Some(Piece::Mark('.')))
            && matches!(pieces.get(i + 2), Some(Piece::Number { digits: 2, .. }))
            && (matches!(
                (pieces.get(i + 3), pieces.get(i + 4)),
                (Some(Piece::Blank), Some(Piece::Word("uhr" | "am" | "pm" | "klo")))
            ) || matches!(
                (pieces.get(i.wrapping_sub(2)), pieces.get(i.wrapping_sub(1))),
                (Some(Piece::Word("kl" | "klo" | "klockan")), Some(Piece::Blank))
            )));
    if clock && let Some(Piece::Number { value: minute, .. }) = pieces.get(i + 2) {
        if parts.hour.is_some() {
            return if care == Care::Strict { None } else { Some(3) };
        }
        parts.hour = Some(value);
        parts.minute = *minute;
        let mut used = 3;
        if let (Some(Piece::Mark(':')), Some(Piece::Number { value: second, .. })) =
            (pieces.get(i + 3), pieces.get(i + 4))
        {
            parts.second = *second;
            used = 5;
            match (pieces.get(i + 5), pieces.get(i + 6)) {
                (Some(Piece::Mark('.' | ',')), Some(Piece::Number { value, digits }))
                    if *digits <= 9 =>
                {
                    let scale = 10_i64.checked_pow(u32::try_from(9 - digits).ok()?)?;
                    parts.nanos = i32::try_from(value * scale).ok()?;
                    used = 7;
                }
                (Some(Piece::Mark(':')), Some(Piece::Number { .. })) => return None,
                _ => {}
            }
        }
        return Some(used);
    }
    // "5 pm"
    if digits <= 2
        && parts.hour.is_none()
        && (matches!(pieces.get(i + 1), Some(Piece::Word("am" | "pm")))
            || matches!(
                (pieces.get(i + 1), pieces.get(i + 2)),
                (Some(Piece::Blank), Some(Piece::Word("am" | "pm" | "uhr")))
            ))
    {
        parts.hour = Some(value);
        return Some(1);
    }
    match pieces.get(i + 1) {
        Some(Piece::Word("年" | "년")) => parts.year = Some(value),
        Some(Piece::Word("月" | "월")) => parts.month = Some(value),
        Some(Piece::Word("日" | "일" | "号")) => parts.day = Some(value),
        Some(Piece::Word("時" | "时" | "시")) => parts.hour = Some(value),
        Some(Piece::Word("分" | "분")) => parts.minute = value,
        Some(Piece::Word("秒" | "초")) => parts.second = value,
        _ => {
            let mark = match i.checked_sub(1).and_then(|p| pieces.get(p)) {
                Some(Piece::Mark(c)) => *c,
                Some(Piece::Blank | Piece::Word(_)) | None => ' ',
                Some(Piece::Number { .. }) => return None,
            };
            parts.loose.push((value, digits, mark));
            return Some(1);
        }
    }
    if matches!(pieces.get(i + 1), Some(Piece::Word("년" | "월" | "일"))) {
        parts.zone_secs = Some(9 * 3600);
    }
    Some(2)
}

/// A word: month, zone, half of the day, or one that may stand in a date. Pieces used.
fn word(
    pieces: &[Piece<'_>],
    i: usize,
    word: &str,
    parts: &mut Parts,
    care: Care,
) -> Option<usize> {
    match word {
        "am" | "오전" | "上午" | "午前" | "πμ" => parts.afternoon = Some(false),
        "pm" | "오후" | "下午" | "午後" | "μμ" | "晚上" => parts.afternoon = Some(true),
        "z" if parts.hour.is_some() => parts.zone_secs = Some(0),
        _ => {
            if parts.hour.is_some()
                && parts.zone_secs.is_none()
                && let Some(secs) = zone(word)
            {
                parts.zone_secs = Some(secs);
                // "GMT+02:00" is two hours east; "UTC +3" as well
                if secs == 0
                    && let Some(Piece::Mark('+' | '-' | '−')) = pieces.get(i + 1)
                    && let Some((secs, used)) = offset(pieces, i + 1)
                {
                    parts.zone_secs = Some(secs);
                    return Some(1 + used);
                }
                return Some(1);
            }
            if let Some(month) = MONTHS.get(word).filter(|_| parts.month.is_none()) {
                // "mar" and "mer" of a weekday before a month: "mar. 5 mai"
                parts.month = Some(i64::from(*month));
                parts.named_month = true;
                parts.month_first = parts.loose.is_empty();
                return Some(1);
            }
            let first_with_comma =
                i == 0 && matches!(pieces.get(1), Some(Piece::Mark(',' | '.' | '，')));
            if care == Care::Strict && !first_with_comma && !WORDS.contains(word) && word != "etc" {
                return None;
            }
        }
    }
    if matches!(word, "오전" | "오후") {
        parts.zone_secs = Some(9 * 3600);
    }
    Some(1)
}

/// `+0100`, `-05:00`, `+3` at `i`: seconds east, pieces used.
fn offset(pieces: &[Piece<'_>], i: usize) -> Option<(i32, usize)> {
    let sign = if matches!(pieces.get(i), Some(Piece::Mark('+'))) { 1 } else { -1 };
    let Some(Piece::Number { value, digits }) = pieces.get(i + 1) else { return None };
    let (hours, minutes, used) = match (digits, pieces.get(i + 2), pieces.get(i + 3)) {
        (1 | 2, Some(Piece::Mark(':')), Some(Piece::Number { value: minutes, digits: 2 })) => {
            (*value, *minutes, 4)
        }
        (1 | 2, ..) => (*value, 0, 2),
        (3 | 4, ..) => (value / 100, value % 100, 2),
        _ => return None,
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    Some((sign * i32::try_from(hours * 3600 + minutes * 60).ok()?, used))
}

/// Abbreviations of zones as feeds use them, in seconds east of UTC.
fn zone(word: &str) -> Option<i32> {
    const HALF: i32 = 1800;
    Some(match word {
        "gmt" | "utc" | "ut" | "wet" | "z" => 0,
        "est" | "et" | "cdt" => -10 * HALF,
        "edt" | "ast" | "at" => -8 * HALF,
        "cst" | "ct" | "mdt" => -12 * HALF,
        "mst" | "mt" | "pdt" => -14 * HALF,
        "pst" | "pt" | "akdt" => -16 * HALF,
        "adt" | "brt" | "art" => -6 * HALF,
        "nst" => -7 * HALF,
        "ndt" => -5 * HALF,
        "akst" => -18 * HALF,
        "hst" => -20 * HALF,
        "cet" | "met" | "bst" | "west" | "mez" | "wat" => 2 * HALF,
        "cest" | "mest" | "eet" | "mesz" | "sast" | "cat" => 4 * HALF,
        "eest" | "msk" | "мск" | "trt" | "eat" => 6 * HALF,
        "gst" => 8 * HALF,
        "pkt" => 10 * HALF,
        "ist" => 11 * HALF,
        "ict" | "wib" => 14 * HALF,
        "hkt" | "sgt" | "awst" | "myt" | "wita" => 16 * HALF,
        "jst" | "kst" => 18 * HALF,
        "acst" => 19 * HALF,
        "aest" => 20 * HALF,
        "aedt" => 22 * HALF,
        "nzst" => 24 * HALF,
        "nzdt" => 26 * HALF,
        _ => return None,
    })
}

/// Gives the nameless figures their places.
fn settle(parts: &mut Parts) -> Option<()> {
    let loose = std::mem::take(&mut parts.loose);
    if parts.year.is_some() {
        return (parts.month.is_some() && parts.day.is_some()).then_some(());
    }
    if parts.named_month {
        let year = loose.iter().position(|(v, d, _)| *d == 4 && *v > 0).or_else(|| {
            // two figures of two digits: the day comes first
            (loose.len() == 2 && loose.iter().all(|(_, d, _)| *d <= 2)).then_some(1)
        })?;
        let day =
            (0..loose.len()).find(|i| *i != year && loose.get(*i).is_some_and(|l| l.1 <= 2))?;
        let (value, digits, _) = *loose.get(year)?;
        parts.year = Some(if digits <= 2 { two_digits(value) } else { value });
        parts.day = Some(loose.get(day)?.0);
        return Some(());
    }
    let [(a, a_digits, _), (b, b_digits, mark), (c, c_digits, mark2)] = *loose.get(..3)? else {
        return None;
    };
    if mark != mark2 || b_digits > 3 {
        return None;
    }
    let (year, month, day) = match (a_digits, c_digits, mark) {
        (4, 1 | 2, '-' | '/' | '.' | '‑') => (a, b, c),
        (1 | 2, 4, '.' | '-') => (c, b, a),
        (1 | 2, 4, '/') if a > 12 => (c, b, a),
        (1 | 2, 4, '/') if b > 12 || parts.afternoon.is_some() || a == b => (c, a, b),
        (2, 2, '-') => (two_digits(a), b, c),
        (1 | 2, 2, '.') => (two_digits(c), b, a),
        _ => return None,
    };
    (parts.year, parts.month, parts.day) = (Some(year), Some(month), Some(day));
    if loose.len() > 3 { None } else { Some(()) }
}

fn two_digits(year: i64) -> i64 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

fn finish(parts: &Parts) -> Option<Found> {
    let small = |n: i64| i8::try_from(n).ok();
    let date =
        Date::new(i16::try_from(parts.year?).ok()?, small(parts.month?)?, small(parts.day?)?)
            .ok()?;
    let Some(hour) = parts.hour else { return day_only(date) };
    let hour = match parts.afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    // a leap second is the second before
    let second = if parts.second == 60 { 59 } else { parts.second };
    let midnight = hour == 24 && parts.minute == 0;
    let time = Time::new(
        if midnight { 0 } else { small(hour)? },
        small(parts.minute)?,
        small(second)?,
        parts.nanos,
    )
    .ok()?;
    let date = if midnight { date.tomorrow().ok()? } else { date };
    let offset = Offset::from_seconds(parts.zone_secs.unwrap_or(0)).ok()?;
    let at = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
    let moment = Moment { at, offset_secs: parts.zone_secs.filter(|s| *s != 0), day_only: false };
    Some(Found { moment, zoned: parts.zone_secs.is_some() })
}
