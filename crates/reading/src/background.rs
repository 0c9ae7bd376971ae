//! What an article recalls rather than reports: sentences that speak of older events.
//!
//! A sentence is background where every time it names lies well before the article, or where it says so ("two years
//! ago", "in 2019", "the 2015 attack"); a time near the publication in the same sentence keeps it news.

use jiff::civil::Date;

use article::BlockKind;

use crate::{TimeExpression, TimeKind, time, words::Words};

/// Older than this is recalled, not reported.
///
/// # Units
///
/// Days.
const RECALLED_DAYS_MIN: i32 = 45;

/// How a time stands to the day of publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// Well before.
    Old,
    /// About then.
    Recent,
    /// Still to come.
    Ahead,
    /// Cannot be told.
    Unknown,
}

/// The age of a time expression.
pub(crate) fn age(expression: &TimeExpression, now: Option<Date>) -> Age {
    let (Some(now), Some(value)) = (now, expression.value.as_deref()) else { return Age::Unknown };
    if !matches!(expression.kind, TimeKind::Date | TimeKind::Time) {
        return Age::Unknown;
    }
    match value {
        "PRESENT_REF" => return Age::Recent,
        "PAST_REF" | "FUTURE_REF" => return Age::Unknown,
        _ => {}
    }
    let Some((first, last)) = time::range(value) else {
        // a decade
        return match value.parse::<i16>() {
            Ok(decade) if value.len() == 3 && (decade + 1) * 10 <= now.year() => Age::Old,
            _ => Age::Unknown,
        };
    };
    let days = |date: Date| now.until(date).map_or(0, |s| s.get_days());
    if days(last) < -RECALLED_DAYS_MIN {
        Age::Old
    } else if days(first) > 1 {
        Age::Ahead
    } else {
        Age::Recent
    }
}

/// The sentences that recall, by their place in [`Words::sentences`].
pub(crate) fn find(words: &Words<'_>, times: &[TimeExpression], now: Option<Date>) -> Vec<bool> {
    words
        .sentences
        .iter()
        .map(|sentence| {
            if sentence.block == BlockKind::Promotion {
                return false;
            }
            let span = words.span(sentence.start, sentence.end);
            let from = times.partition_point(|t| t.span.end <= span.start);
            let (mut old, mut recent) = (false, false);
            for expression in
                times.get(from..).unwrap_or(&[]).iter().take_while(|t| t.span.start < span.end)
            {
                match age(expression, now) {
                    // "since 2014", "for the first time since 1991" measure, they do not recall
                    Age::Old if !measures(words, expression) => old = true,
                    Age::Recent | Age::Ahead => recent = true,
                    _ => {}
                }
            }
            old && !recent
        })
        .collect()
}

fn measures(words: &Words<'_>, expression: &TimeExpression) -> bool {
    let at = words.at(expression.span.start);
    at > 0 && matches!(words.lower(at - 1), "since" | "seit" | "depuis" | "desde" | "с")
}

#[cfg(test)]
mod tests {
    use language::Lang;

    use super::*;
    use article::Moment;

    fn check(text: &str, expected: bool) {
        let words = Words::of_text(text, Lang::EN);
        let published = Moment::rfc3339("2017-04-04T06:00:00Z");
        let times = time::read(&words, published);
        assert_eq!(find(&words, &times, published.map(Moment::day)), [expected], "{text:?}");
    }

    #[test]
    fn what_lies_well_before_is_recalled() {
        check("In 2009 a similar explosion killed 17 people.", true);
        check("He called him after the September 11, 2001 attacks.", true);
        check("On Monday an explosion hit the city.", false);
        check("It was the worst attack since 2010.", false);
        check("Unlike in 2009, the dam held on Monday.", false);
    }
}
