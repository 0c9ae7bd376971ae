//! Times, numbers and names as a page prints them.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use reading::CasualtyKind;
use stories::{Bounds, Story, UpdateKind};

/// The hour; the day too where it is not today.
pub(crate) fn time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.date() == now.date() { "%H:%M" } else { "%-d %b %H:%M" };
    strtime::format(form, &at).unwrap_or_default()
}

/// A casualty's word behind a number.
pub(crate) fn kind(kind: CasualtyKind) -> &'static str {
    match kind {
        CasualtyKind::Killed => "dead",
        other => other.as_str(),
    }
}

/// What kind of news an update is, and the class that colours the word.
pub(crate) fn update(kind: UpdateKind) -> (&'static str, &'static str) {
    match kind {
        UpdateKind::NewStory => ("Story", "new"),
        UpdateKind::NewEvent => ("Event", "new"),
        UpdateKind::FigureChanged => ("Figure", "new"),
        UpdateKind::NewStatement => ("Statement", ""),
        UpdateKind::Correction => ("Correction", "fix"),
        UpdateKind::NewOutlet => ("Outlet", ""),
    }
}

/// How something was said.
pub(crate) fn statement(kind: reading::StatementKind) -> &'static str {
    match kind {
        reading::StatementKind::Direct => "quoted",
        reading::StatementKind::Indirect => "reported",
        reading::StatementKind::Mixed => "quoted in part",
    }
}

/// A chip under a headline.
pub(crate) struct Chip {
    pub(crate) number: String,
    pub(crate) word: &'static str,
}

/// The story's ranges, one chip a kind.
pub(crate) fn chips(story: &Story, now: Timestamp) -> Vec<Chip> {
    use CasualtyKind::{Arrested, Displaced, Injured, Kidnapped, Killed, Missing};
    [Killed, Injured, Missing, Kidnapped, Arrested, Displaced]
        .into_iter()
        .filter_map(|k| {
            let range = story.range(k, now)?;
            let words = stories::range_words(k, &range);
            let number = words.strip_suffix(kind(k)).unwrap_or(&words).trim().to_owned();
            Some(Chip { number, word: kind(k) })
        })
        .collect()
}

/// A number as its outlet has it.
pub(crate) fn number(bounds: &Bounds) -> String {
    use reading::Qualifier as Q;
    let show = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let best = show(bounds.number());
    match bounds.qualifier {
        Q::Exactly => best,
        Q::AtLeast => format!("at least {}", show(bounds.min.or(bounds.best))),
        Q::AtMost => format!("up to {}", show(bounds.max.or(bounds.best))),
        Q::About => format!("about {best}"),
        Q::MoreThan => format!("more than {}", show(bounds.min.or(bounds.best))),
        Q::FewerThan => format!("fewer than {}", show(bounds.max.or(bounds.best))),
        Q::Between => format!("{}–{}", show(bounds.min), show(bounds.max)),
        Q::None => "0".to_owned(),
        word => word.as_str().to_owned(),
    }
}

/// "1 article", "2 articles".
pub(crate) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// "1 story", "2 stories".
pub(crate) fn stories(n: usize) -> String {
    if n == 1 { "1 story".to_owned() } else { format!("{n} stories") }
}

/// The outlets of a story in the order of first telling.
pub(crate) fn outlets(story: &Story) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for member in &story.members {
        if !names.contains(&member.outlet.as_str()) {
            names.push(&member.outlet);
        }
    }
    names
}
