//! When a destination is spoken to: digests and quiet hours, in its own time zone.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// When a destination is spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Hours of digests, sorted; empty: each story is told as it happens.
    pub digest_at: Vec<Time>,
    /// From when to when nothing makes a sound; over midnight where the first is later.
    pub quiet: Option<(Time, Time)>,
    /// Quiet hours of the destination do not count.
    pub never_quiet: bool,
    /// IANA name; `None`: the destination's, else UTC.
    pub zone: Option<String>,
    /// A digest with nothing new is sent too.
    pub empty_digest: bool,
}

impl Schedule {
    /// What the sentence says, and where it does not, what the destination's settings say.
    #[must_use]
    pub fn or(&self, settings: &Self) -> Self {
        Self {
            digest_at: if self.digest_at.is_empty() {
                settings.digest_at.clone()
            } else {
                self.digest_at.clone()
            },
            quiet: if self.never_quiet { None } else { self.quiet.or(settings.quiet) },
            never_quiet: self.never_quiet,
            zone: self.zone.clone().or_else(|| settings.zone.clone()),
            empty_digest: self.empty_digest || settings.empty_digest,
        }
    }

    /// The zone that its hours are in.
    pub fn zone(&self) -> TimeZone {
        self.zone.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
    }

    /// The next moment at which something may make a sound: now, or the end of the quiet hours that it is in.
    ///
    /// An hour that the clocks skip ends when they have moved; one that comes twice ends the first time.
    pub fn sound_at(&self, now: Timestamp) -> Timestamp {
        let Some((from, to)) = self.quiet else { return now };
        let zone = self.zone();
        let local = now.to_zoned(zone.clone());
        let (date, time) = (local.date(), local.time());
        let is_quiet =
            if from < to { from <= time && time < to } else { time >= from || time < to };
        if !is_quiet {
            return now;
        }
        let day = if time < to { date } else { next_day(date) };
        at(day, to, &zone).map_or(now, |end| end.max(now))
    }

    /// The next digest after now; `None` where there are none.
    pub fn digest_after(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = self.zone();
        let today = now.to_zoned(zone.clone()).date();
        // Two further days, so that a skipped hour cannot leave none.
        let days = [today, next_day(today), next_day(next_day(today))];
        days.into_iter()
            .flat_map(|day| self.digest_at.iter().map(move |time| (day, *time)))
            .filter_map(|(day, time)| at(day, time, &zone))
            .filter(|slot| *slot > now)
            .min()
    }

    /// The last digest at or before now; `None` where there are none.
    pub fn digest_before(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = self.zone();
        let today = now.to_zoned(zone.clone()).date();
        let yesterday = today.checked_sub(1.day()).unwrap_or(today);
        [today, yesterday]
            .into_iter()
            .flat_map(|day| self.digest_at.iter().map(move |time| (day, *time)))
            .filter_map(|(day, time)| at(day, time, &zone))
            .filter(|slot| *slot <= now)
            .max()
    }

    /// The name of the digest at this moment, unique for ever: the local day and hour, and the offset where an hour comes twice.
    pub fn slot_name(&self, slot: Timestamp) -> String {
        slot.to_zoned(self.zone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }
}

fn next_day(date: Date) -> Date {
    date.checked_add(1.day()).unwrap_or(date)
}

fn at(day: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().ok()
}

/// An hour as people say it: 22, 6:30.
pub(crate) fn hour(time: Time) -> String {
    if time.minute() == 0 { time.hour().to_string() } else { time.strftime("%-H:%M").to_string() }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.digest_at.is_empty() {
            let hours: Vec<String> =
                self.digest_at.iter().map(|t| t.strftime("%-H:%M").to_string()).collect();
            parts.push(format!("digest at {}", hours.join(" and ")));
        }
        if let Some((from, to)) = self.quiet {
            parts.push(format!("quiet {}-{}", hour(from), hour(to)));
        }
        if self.never_quiet {
            parts.push("no quiet hours".to_owned());
        }
        if let Some(zone) = &self.zone {
            parts.push(format!("zone {zone}"));
        }
        if self.empty_digest {
            parts.push("even when nothing is new".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(quiet: &str, zone: &str, now: &str, expected: &str) {
        let (from, to) = quiet.split_once('-').unwrap();
        let schedule = Schedule {
            quiet: Some((from.parse().unwrap(), to.parse().unwrap())),
            digest_at: vec![to.parse().unwrap()],
            zone: Some(zone.to_owned()),
            ..Schedule::default()
        };
        assert_eq!(
            schedule.sound_at(now.parse().unwrap()).to_string(),
            expected,
            "{quiet} {zone} {now}"
        );
    }

    #[test]
    fn quiet_hours_end_in_the_destinations_zone() {
        for (quiet, zone, now, expected) in [
            ("22:00-07:00", "UTC", "2026-11-05T21:59:59Z", "2026-11-05T21:59:59Z"),
            ("22:00-07:00", "UTC", "2026-11-05T22:00:00Z", "2026-11-06T07:00:00Z"),
            ("22:00-07:00", "UTC", "2026-11-06T06:59:00Z", "2026-11-06T07:00:00Z"),
            ("22:00-07:00", "UTC", "2026-11-06T07:00:00Z", "2026-11-06T07:00:00Z"),
            ("13:00-15:00", "UTC", "2026-11-06T14:00:00Z", "2026-11-06T15:00:00Z"),
            ("22:00-07:00", "Asia/Kolkata", "2026-11-05T17:00:00Z", "2026-11-06T01:30:00Z"),
            // Clocks go forward on 29 March 2026 in Berlin: 02:30 does not exist, the quiet hours end at 03:30.
            ("22:00-02:30", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"),
            // Clocks go back on 25 October 2026: 02:30 comes twice, the first one counts; in between the second is quiet again
            // until it is 02:30 once more, and that moment has passed.
            ("22:00-02:30", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z"),
            ("22:00-02:30", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:10:00Z"),
        ] {
            check(quiet, zone, now, expected);
        }
    }

    #[test]
    fn digests_come_once_a_day_also_when_clocks_change() {
        let schedule = |hour: &str| Schedule {
            digest_at: vec![hour.parse().unwrap()],
            zone: Some("Europe/Berlin".to_owned()),
            ..Schedule::default()
        };
        for (hour, from, days) in [
            ("08:00", "2026-03-27T12:00:00Z", 5),
            ("02:30", "2026-03-27T12:00:00Z", 5),
            ("02:30", "2026-10-23T12:00:00Z", 5),
        ] {
            let schedule = schedule(hour);
            let mut now: Timestamp = from.parse().unwrap();
            let mut names = Vec::new();
            for _ in 0..days {
                let slot = schedule.digest_after(now).unwrap();
                assert_eq!(schedule.digest_before(slot), Some(slot));
                assert!(slot > now && (slot - now).total(jiff::Unit::Hour).unwrap() <= 26.0);
                names.push(schedule.slot_name(slot));
                now = slot;
            }
            let mut unique: Vec<&str> = names.iter().map(|n| n.get(..10).unwrap()).collect();
            unique.dedup();
            assert_eq!(unique.len(), days, "one digest a day: {names:?}");
        }
    }
}
