//! Moments as outlets print them, with the zone that they give.

mod wild;

use std::fmt;

use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use wild::Found;

/// A point in time that remembers the offset in which the outlet printed it.
///
/// In JSON it is RFC 3339: with the outlet's offset where one was given, else in UTC with `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// Seconds east of UTC, where the outlet said so.
    pub offset_secs: Option<i32>,
    /// The outlet gave a day and no hour; `at` is then noon UTC of that day.
    pub day_only: bool,
}

impl Moment {
    /// A moment in UTC.
    pub fn utc(at: Timestamp) -> Self {
        Self { at, offset_secs: None, day_only: false }
    }

    /// The calendar day in the outlet's own zone.
    pub fn day(self) -> jiff::civil::Date {
        self.offset().to_datetime(self.at).date()
    }

    /// The outlet's offset, else UTC.
    pub fn offset(self) -> Offset {
        self.offset_secs.and_then(|s| Offset::from_seconds(s).ok()).unwrap_or(Offset::UTC)
    }

    /// Reads RFC 3339 and a bare ISO date; [`parse`] reads what is met in the wild.
    pub fn rfc3339(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(day) = text.parse::<jiff::civil::Date>()
            && text.len() == 10
        {
            let at = Offset::UTC.to_timestamp(day.at(12, 0, 0, 0)).ok()?;
            return Some(Self { at, offset_secs: None, day_only: true });
        }
        let at: Timestamp = text.parse().ok()?;
        let offset_secs = offset_of(text);
        Some(Self { at, offset_secs, day_only: false })
    }
}

/// The offset at the end of an RFC 3339 time, in seconds; `None` for `Z`.
fn offset_of(text: &str) -> Option<i32> {
    let at = 11 + text.get(11..)?.find(['+', '-'])?;
    let sign = if text.get(at..)?.starts_with('+') { 1 } else { -1 };
    let digits: String = text.get(at + 1..)?.chars().filter(char::is_ascii_digit).collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Ok(0), str::parse).ok()?;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// Reads a date as outlets print it: RFC 3339, RFC 822/2822, ISO 8601 and what is met in the wild.
///
/// A time without a zone is taken as UTC, a day without a time as noon UTC ([`Moment::day_only`]). A date that can be read in
/// two ways (04/05/2026) gives `None`.
///
/// # Limits
///
/// Texts over 160 bytes are no dates.
pub fn parse(text: &str) -> Option<Moment> {
    parse_zoned(text).map(|found| found.moment)
}

/// Reads a date among other words ("Published on Thursday, 5 November 2026 at 17:05 by the desk").
pub fn find(text: &str) -> Option<Moment> {
    wild::read(text, wild::Care::Loose).map(|found| found.moment)
}

/// As [`find`], with whether the text said its zone.
pub(crate) fn find_zoned(text: &str) -> Option<Found> {
    wild::read(text, wild::Care::Loose)
}

/// As [`parse`], with whether the text said its zone.
pub(crate) fn parse_zoned(text: &str) -> Option<Found> {
    let text = text.trim();
    if let Some(moment) = Moment::rfc3339(text) {
        return Some(Found { moment, zoned: !moment.day_only });
    }
    wild::read(text, wild::Care::Strict)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset_secs {
            Some(s) if s != 0 => {
                write!(f, "{}", self.at.display_with_offset(self.offset()))
            }
            _ => write!(f, "{}", self.at),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.day_only { s.collect_str(&self.day()) } else { s.collect_str(self) }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::rfc3339(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{text:?} is not a time like 2026-11-05T17:05:00+01:00"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, wanted: Option<&str>) {
        let got =
            parse(given).map(|m| if m.day_only { m.day().to_string() } else { m.to_string() });
        assert_eq!(got.as_deref(), wanted, "{given}");
    }

    #[test]
    fn a_moment_keeps_the_outlets_zone() {
        check("2017-04-04T06:00:00Z", Some("2017-04-04T06:00:00Z"));
        check("2026-11-05T17:05:00+01:00", Some("2026-11-05T17:05:00+01:00"));
        check("2026-11-05T17:05:00.123+0100", Some("2026-11-05T17:05:00.123+01:00"));
        check("2026-11-05 17:05 +0100", Some("2026-11-05T17:05:00+01:00"));
        check("Thu, 05 Nov 2026 17:05:00 +0100", Some("2026-11-05T17:05:00+01:00"));
        check("Thu, 5 Nov 2026 17:05:00 CET", Some("2026-11-05T17:05:00+01:00"));
        check("Thu Nov  5 17:05:06 2026", Some("2026-11-05T17:05:06Z"));
        assert!(Moment::rfc3339("2026-11-05").is_some_and(|m| m.day_only));
    }

    #[test]
    fn printed_dates_of_many_languages_are_read() {
        check("November 5, 2026 5:05 PM EST", Some("2026-11-05T17:05:00-05:00"));
        check("Nov. 5, 2026, 12:05 a.m. ET", Some("2026-11-05T00:05:00-05:00"));
        check("Donnerstag, 5. November 2026, 17:05 Uhr", Some("2026-11-05T17:05:00Z"));
        check("05.11.2026 17.05 Uhr", Some("2026-11-05T17:05:00Z"));
        check("le 5 novembre 2026 à 17h05", Some("2026-11-05T17:05:00Z"));
        check("5 de noviembre de 2026", Some("2026-11-05"));
        check("5 ноября 2026 г. 17:05 МСК", Some("2026-11-05T17:05:00+03:00"));
        check("2026年11月5日 17:05", Some("2026-11-05T17:05:00Z"));
        check("2026년 11월 5일 오후 5:05", Some("2026-11-05T17:05:00+09:00"));
        check("1793898300", Some("2026-11-05T17:05:00Z"));
    }

    #[test]
    fn what_is_no_date_or_two_dates_is_none() {
        for given in [
            "",
            "yesterday",
            "04/05/2026",
            "Sun, 16 zzz 2012 11:47:32 GMT",
            "31.02.2026",
            "12",
            "17:05",
            "2013-01-28T09:00:00+00:xx",
            "2003-12-31T25:14:55Z",
            "99999999999999999999999",
            "1:2:3:4 5 May 2026",
            "\u{0}",
            "年月日",
            "+",
            "-:-",
            "²⁰²⁶-11-05",
        ] {
            check(given, None);
        }
        assert!(find("Published on 5 November 2026 at 17:05 by the desk").is_some());
    }
}
