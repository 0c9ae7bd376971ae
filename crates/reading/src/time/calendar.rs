//! Arithmetic of days, weeks, months and years, and how TIMEX3 writes them.

use jiff::{Span, civil::Date};

use super::lexicon::Unit;

/// A day as TIMEX3 writes it.
pub(super) fn date_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

pub(super) fn add_days(date: Option<Date>, days: i32) -> Option<Date> {
    date?.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// The day of a value that names one.
pub(super) fn day_of(value: &str) -> Option<Date> {
    value.get(..10)?.parse().ok()
}

/// The nearest such weekday: before the day by default (the day itself counts), after it for what is to come.
pub(super) fn weekday(
    now: Option<Date>,
    day: i8,
    shift: Option<i32>,
    future: bool,
) -> Option<Date> {
    let today = i32::from(now?.weekday().to_monday_one_offset());
    let back = (today - i32::from(day)).rem_euclid(7);
    let days = match (shift, future) {
        (Some(s), _) if s < 0 => -(if back == 0 { 7 } else { back }),
        (Some(s), _) if s > 0 => 7 - back,
        (Some(_), _) | (None, true) => (7 - back) % 7,
        (None, false) => -back,
    };
    add_days(now, days)
}

/// The day of that month nearest to now: mostly behind us, ahead where the sentence speaks of what is to come.
pub(super) fn day_near(now: Option<Date>, month: i8, day: i8, future: bool) -> Option<Date> {
    let now = now?;
    let (low, high) = if future { (-35, 330) } else { (-325, 40) };
    let mut best: Option<Date> = None;
    for year in [now.year() - 1, now.year(), now.year() + 1] {
        let Ok(date) = Date::new(year, month, day) else { continue };
        let days = now.until(date).map_or(i32::MAX, |s| s.get_days());
        if days >= low
            && days <= high
            && best
                .is_none_or(|b| now.until(b).map_or(i32::MAX, |s| s.get_days()).abs() > days.abs())
        {
            best = Some(date);
        }
    }
    best.or_else(|| Date::new(now.year(), month, day).ok())
}

pub(super) fn month_near(now: Option<Date>, month: i8, future: bool) -> Option<String> {
    let now = now?;
    let months = i32::from(month) - i32::from(now.month());
    let year = i32::from(now.year())
        + if future && months < -1 {
            1
        } else if !future && months > 1 {
            -1
        } else {
            0
        };
    Some(format!("{year:04}-{month:02}"))
}

/// "last March", "next June", "this May".
pub(super) fn month_shifted(now: Option<Date>, month: i8, step: i32) -> Option<String> {
    let now = now?;
    let ahead = month > now.month();
    let year = i32::from(now.year())
        + match step {
            s if s < 0 => -i32::from(month >= now.month()),
            0 => 0,
            _ => i32::from(!ahead),
        };
    Some(format!("{year:04}-{month:02}"))
}

pub(super) fn season_near(
    now: Option<Date>,
    season: &str,
    step: i32,
    future: bool,
) -> Option<String> {
    let now = now?;
    let first = match season {
        "SP" => 3,
        "SU" => 6,
        "FA" => 9,
        _ => 12,
    };
    let year = i32::from(now.year())
        + match step {
            s if s < 0 => -i32::from(first + 2 >= now.month()),
            s if s > 0 => i32::from(first <= now.month()),
            _ => {
                if !future && first > now.month() + 2 {
                    -1
                } else {
                    i32::from(future && first + 2 < now.month())
                }
            }
        };
    Some(format!("{year:04}-{season}"))
}

/// "this week", "last year": the unit around the day, moved by `step`.
pub(super) fn unit_at(anchor: Option<Date>, unit: Unit, step: i32) -> Option<String> {
    let anchor = anchor?;
    match unit {
        Unit::Day => add_days(Some(anchor), step).map(date_text),
        Unit::Week | Unit::Weekend => {
            let week = add_days(Some(anchor), step.checked_mul(7)?)?.iso_week_date();
            let end = if unit == Unit::Weekend { "-WE" } else { "" };
            Some(format!("{:04}-W{:02}{end}", week.year(), week.week()))
        }
        Unit::Month => {
            let date =
                anchor.first_of_month().checked_add(Span::new().try_months(step).ok()?).ok()?;
            Some(format!("{:04}-{:02}", date.year(), date.month()))
        }
        Unit::Quarter => {
            let date = anchor
                .first_of_month()
                .checked_add(Span::new().try_months(step.checked_mul(3)?).ok()?)
                .ok()?;
            Some(format!("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1))
        }
        Unit::Year => Some(format!("{:04}", i32::from(anchor.year()).checked_add(step)?)),
        Unit::Decade => Some(format!("{:03}", i32::from(anchor.year()) / 10 + step)),
        Unit::Century => Some(format!("{:02}", i32::from(anchor.year()) / 100 + step)),
        Unit::Hour | Unit::Minute | Unit::Second => Some("PRESENT_REF".into()),
    }
}

/// The point so many halves of a unit from the anchor, as precise as the unit.
pub(super) fn moved(anchor: Option<Date>, unit: Unit, halves: i64) -> Option<String> {
    let anchor = anchor?;
    let whole = halves / 2;
    let span = Span::new();
    match unit {
        Unit::Day => Some(date_text(anchor.checked_add(span.try_days(whole).ok()?).ok()?)),
        Unit::Week => {
            let date = anchor.checked_add(span.try_weeks(whole).ok()?).ok()?;
            let week = date.iso_week_date();
            Some(format!("{:04}-W{:02}", week.year(), week.week()))
        }
        Unit::Month => {
            let date = anchor.checked_add(span.try_months(whole).ok()?).ok()?;
            Some(format!("{:04}-{:02}", date.year(), date.month()))
        }
        Unit::Quarter => {
            let date = anchor.checked_add(span.try_months(whole.checked_mul(3)?).ok()?).ok()?;
            Some(format!("{:04}-{:02}", date.year(), date.month()))
        }
        Unit::Year if halves % 2 == 0 => {
            Some(format!("{:04}", anchor.checked_add(span.try_years(whole).ok()?).ok()?.year()))
        }
        Unit::Year => {
            let date = anchor.checked_add(span.try_months(halves.checked_mul(6)?).ok()?).ok()?;
            Some(format!("{:04}-{:02}", date.year(), date.month()))
        }
        Unit::Decade => {
            let date = anchor.checked_add(span.try_years(halves.checked_mul(5)?).ok()?).ok()?;
            Some(format!("{:03}", date.year() / 10))
        }
        Unit::Century => {
            let date = anchor.checked_add(span.try_years(halves.checked_mul(50)?).ok()?).ok()?;
            Some(format!("{:02}", date.year() / 100))
        }
        Unit::Hour | Unit::Minute | Unit::Second => Some(date_text(anchor)),
        Unit::Weekend => None,
    }
}

/// A TIMEX3 duration of so many halves of a unit; `None` is an unknown number.
pub(super) fn duration(halves: Option<u64>, unit: Unit) -> String {
    let (mark, times) = match unit {
        Unit::Second => ("S", 1),
        Unit::Hour => ("H", 1),
        Unit::Day | Unit::Weekend => ("D", 1),
        Unit::Week => ("W", 1),
        Unit::Month | Unit::Minute => ("M", 1),
        Unit::Quarter => ("Q", 1),
        Unit::Year => ("Y", 1),
        Unit::Decade => ("Y", 10),
        Unit::Century => ("Y", 100),
    };
    let time = if matches!(unit, Unit::Second | Unit::Minute | Unit::Hour) { "T" } else { "" };
    match halves {
        None => format!("P{time}X{mark}"),
        Some(h) if h % 2 == 0 => format!("P{time}{}{mark}", (h / 2).saturating_mul(times)),
        Some(1) if unit == Unit::Hour => "PT30M".into(),
        Some(1) if unit == Unit::Year => "P6M".into(),
        Some(h) if times == 1 => format!("P{time}{}.5{mark}", h / 2),
        Some(h) => format!("P{}{mark}", h.saturating_mul(times) / 2),
    }
}

/// The days that a date value may mean.
pub(crate) struct Known {
    pub(crate) first: Date,
    pub(crate) last: Date,
}

impl Known {
    pub(crate) fn of(value: &str) -> Option<Self> {
        let day = value.get(..10).and_then(|d| d.parse::<Date>().ok());
        if let Some(day) = day {
            return Some(Self { first: day, last: day });
        }
        let year: i16 = value.get(..4)?.parse().ok()?;
        let rest = value.get(4..)?;
        let months = match rest {
            "" => (1, 12),
            "-Q1" => (1, 3),
            "-Q2" => (4, 6),
            "-Q3" => (7, 9),
            "-Q4" => (10, 12),
            "-SP" => (3, 5),
            "-SU" => (6, 8),
            "-FA" => (9, 11),
            "-WI" => (12, 12),
            week if week.starts_with("-W") => {
                let week: i8 = week.get(2..4)?.parse().ok()?;
                let first = jiff::civil::ISOWeekDate::new(year, week, jiff::civil::Weekday::Monday)
                    .ok()?
                    .date();
                return Some(Self { first, last: add_days(Some(first), 6)? });
            }
            month => {
                let month: i8 = month.strip_prefix('-')?.parse().ok()?;
                (month, month)
            }
        };
        Some(Self {
            first: Date::new(year, months.0, 1).ok()?,
            last: Date::new(year, months.1, 1).ok()?.last_of_month(),
        })
    }
}
