//! Moments as outlets print them, with the zone that they give.

use std::fmt;

use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    let tail = text.get(text.len().checked_sub(6)?..)?;
    let sign = match tail.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours: i32 = tail.get(1..3)?.parse().ok()?;
    let minutes: i32 = tail.get(4..6)?.parse().ok()?;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// Reads a date as outlets print it: RFC 3339, RFC 822/2822, ISO 8601 and what is met in the wild.
pub fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Some(moment) = Moment::rfc3339(text) {
        return Some(moment);
    }
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_zoned(text).ok()?;
    Some(Moment { at: zoned.timestamp(), offset_secs: Some(zoned.offset().seconds()), day_only: false })
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
            serde::de::Error::custom(format!("{text:?} is not a time like 2026-11-05T17:05:00+01:00"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_the_outlets_zone() {
        for (given, printed) in [
            ("2017-04-04T06:00:00Z", "2017-04-04T06:00:00Z"),
            ("2026-11-05T17:05:00+01:00", "2026-11-05T17:05:00+01:00"),
            ("Thu, 05 Nov 2026 17:05:00 +0100", "2026-11-05T17:05:00+01:00"),
        ] {
            assert_eq!(parse(given).map(|m| m.to_string()).as_deref(), Some(printed));
        }
        assert!(parse("yesterday").is_none());
        assert!(Moment::rfc3339("2026-11-05").is_some_and(|m| m.day_only));
    }
}
