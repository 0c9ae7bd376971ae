//! The step chart of a story's dead (or injured) by outlet and time, as SVG; the table beneath holds the same data.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::fmt::Write;

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use reading::{CasualtyKind, Qualifier};
use stories::{Figure, Story};

const WIDTH: f64 = 840.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 30.0;
const RIGHT: f64 = 640.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 270.0;

/// Points that are drawn, the newest; the steps of the band hold all.
const POINTS_MAX: usize = 90;

/// Steps of the band; where there are more, every second is left out, and so on.
const STEPS_MAX: usize = 60;

/// Draws the figures of the first kind that has enough of them; `None` where a table says it as well.
pub(crate) fn chart(story: &Story, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let kind =
        [CasualtyKind::Killed, CasualtyKind::Injured, CasualtyKind::Missing].into_iter().find(
            |k| story.figures.iter().filter(|f| f.kind == *k && f.low().is_some()).count() >= 3,
        )?;
    let figures: Vec<&Figure> =
        story.figures.iter().filter(|f| f.kind == kind && f.low().is_some()).collect();
    let (first, last) = (figures.iter().map(|f| f.at).min()?, figures.iter().map(|f| f.at).max()?);
    let span = (last.as_second() - first.as_second()).max(3600) as f64;
    let most = figures.iter().filter_map(|f| f.high()).max()?.max(1) as f64;
    let step = nice_step(most);
    let top = (most / step).ceil() * step;
    let x = |at: Timestamp| {
        LEFT + 8.0 + (at.as_second() - first.as_second()) as f64 / span * (RIGHT - LEFT - 16.0)
    };
    let y = |n: f64| BOTTOM - n / top * (BOTTOM - TOP);
    let show =
        |at: Timestamp| strtime::format("%H:%M", &at.to_zoned(zone.clone())).unwrap_or_default();

    let word = crate::words::kind(kind);
    let mut out = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"group\" aria-labelledby=\"ct cd\"><title id=\"ct\">Number of {word} by outlet \
         and time</title><desc id=\"cd\">From {} to {}; the table below holds every figure.</desc>",
        show(first),
        show(last)
    );
    let mut n = 0.0;
    while n <= top + 0.01 {
        let class = if n == 0.0 { "axis" } else { "grid" };
        let at = y(n);
        let _ = write!(
            out,
            "<path class=\"{class}\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/><text x=\"24\" y=\"{:.1}\" text-anchor=\"end\">{n}</text>",
            at + 4.0
        );
        n += step;
    }
    for at in hours(first, span as i64, zone) {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"292\" text-anchor=\"middle\">{}</text>",
            x(at),
            show(at)
        );
    }
    out.push_str(&band(story, kind, &figures, now, &x, &y));
    for f in figures.iter().skip(figures.len().saturating_sub(POINTS_MAX)) {
        point(&mut out, f, word, &x, &y, &show(f.at));
    }
    labels(&mut out, story, kind, now, &y);
    out.push_str("</svg>");
    Some(out)
}

/// The band between the lowest and the highest figure over time: steps, never slopes.
fn band(
    story: &Story,
    kind: CasualtyKind,
    figures: &[&Figure],
    now: Timestamp,
    x: &impl Fn(Timestamp) -> f64,
    y: &impl Fn(f64) -> f64,
) -> String {
    let mut times: Vec<Timestamp> = figures.iter().map(|f| f.at).filter(|at| *at <= now).collect();
    times.sort();
    times.dedup();
    // The last step stays: it is what stands now.
    let every = times.len().div_ceil(STEPS_MAX).max(1);
    let last = times.len().saturating_sub(1);
    let times: Vec<Timestamp> = times
        .into_iter()
        .enumerate()
        .filter(|(n, _)| (last - n).is_multiple_of(every))
        .map(|(_, at)| at)
        .collect();
    let ranges: Vec<(f64, f64, f64)> = times
        .iter()
        .filter_map(|at| story.range(kind, *at).map(|r| (x(*at), r.low as f64, r.high as f64)))
        .collect();
    let Some((start, ..)) = ranges.first().copied() else { return String::new() };
    let mut path = String::new();
    for (n, (at, _, high)) in ranges.iter().enumerate() {
        let _ = if n == 0 {
            write!(path, "M{start:.1} {:.1}", y(*high))
        } else {
            write!(path, "H{at:.1}V{:.1}", y(*high))
        };
    }
    let _ = write!(path, "H{RIGHT}");
    for (at, low, _) in ranges.iter().rev() {
        let _ = write!(path, "V{:.1}H{at:.1}", y(*low));
    }
    format!("<path class=\"band\" d=\"{path}Z\"/>")
}

fn point(
    out: &mut String,
    f: &Figure,
    word: &str,
    x: &impl Fn(Timestamp) -> f64,
    y: &impl Fn(f64) -> f64,
    time: &str,
) {
    let (cx, low, high) =
        (x(f.at), y(f.low().unwrap_or(0) as f64), y(f.high().unwrap_or(0) as f64));
    let bounds = stories::Bounds::from(f);
    let label = escape(&format!(
        "{} {time}: {} {word}{}",
        f.outlet,
        crate::words::number(&bounds),
        if f.withdrawn { ", withdrawn" } else { "" }
    ));
    let _ = write!(
        out,
        "<a href=\"/a/{}#s{}\" tabindex=\"-1\" aria-label=\"{label}\">",
        f.article.0, f.sentence.start
    );
    if f.withdrawn {
        let _ = write!(
            out,
            "<path class=\"ln gone\" d=\"M{:.1} {:.1}l8 8m0-8l-8 8\"/>",
            cx - 4.0,
            low - 4.0
        );
    } else {
        match f.qualifier {
            Qualifier::AtLeast | Qualifier::MoreThan => {
                let _ = write!(
                    out,
                    "<path class=\"ln\" d=\"M{cx:.1} {low:.1}v-11m-3 4l3-4 3 4\"/><circle class=\"ho\" cx=\"{cx:.1}\" cy=\"{low:.1}\" r=\"3.5\"/>"
                );
            }
            Qualifier::Between => {
                let _ = write!(
                    out,
                    "<path class=\"ln\" d=\"M{cx:.1} {low:.1}V{high:.1}\"/><circle class=\"pt\" cx=\"{cx:.1}\" cy=\"{low:.1}\" r=\"3\"/><circle class=\"pt\" cx=\"{cx:.1}\" cy=\"{high:.1}\" r=\"3\"/>"
                );
            }
            _ => {
                let _ =
                    write!(out, "<circle class=\"pt\" cx=\"{cx:.1}\" cy=\"{low:.1}\" r=\"3.5\"/>");
            }
        }
    }
    out.push_str("</a>");
}

/// Names at the line's end, one line a number, so that none lies on another.
fn labels(
    out: &mut String,
    story: &Story,
    kind: CasualtyKind,
    now: Timestamp,
    y: &impl Fn(f64) -> f64,
) {
    let mut by_number: Vec<(u64, Vec<&str>)> = Vec::new();
    for f in story.last_figures(kind, now) {
        let Some(n) = f.best.or(f.min).or(f.max) else { continue };
        match by_number.iter_mut().find(|(m, _)| *m == n) {
            Some((_, names)) => names.push(&f.outlet),
            None => by_number.push((n, vec![&f.outlet])),
        }
    }
    by_number.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let mut last = f64::MIN;
    for (n, names) in by_number {
        let at = y(n as f64).max(last + 14.0);
        // What has no room stands in the table.
        if at > BOTTOM {
            break;
        }
        last = at;
        let more =
            if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
        let name = escape(names.first().unwrap_or(&""));
        let _ = write!(
            out,
            "<text class=\"lab\" x=\"{:.1}\" y=\"{:.1}\">{n} {name}{more}</text>",
            RIGHT + 6.0,
            at + 4.0
        );
    }
}

/// Whole hours of the reader's zone along the axis, at most seven.
fn hours(first: Timestamp, span_secs: i64, zone: &TimeZone) -> Vec<Timestamp> {
    let steps = [1, 2, 3, 6, 12, 24, 48, 168, 720, 8760];
    let step = steps.into_iter().find(|h| span_secs / (h * 3600) < 7).unwrap_or(87_600) * 3600;
    let offset = i64::from(zone.to_offset(first).seconds());
    let start = (first.as_second() + offset + step - 1).div_euclid(step) * step - offset;
    let end = first.as_second() + span_secs;
    (0..8)
        .map(|n| start + n * step)
        .take_while(|at| *at <= end)
        .filter_map(|at| Timestamp::from_second(at).ok())
        .collect()
}

fn nice_step(most: f64) -> f64 {
    let mut step = 1.0;
    loop {
        for k in [1.0, 2.0, 5.0] {
            if most / (step * k) <= 5.0 {
                return step * k;
            }
        }
        step *= 10.0;
    }
}

/// Escapes a text for HTML and SVG.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
