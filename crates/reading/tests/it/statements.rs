//! Golden files of who said what: a line a statement.

use std::fmt::Write as _;

use article::Span;
use language::Lang;
use reading::{Knowledge, MediumKind, Reading, Speaker, SpeakerKind, StatementKind};

/// Reads a text without a pack.
pub(crate) fn read(text: &str, lang: &str) -> Reading {
    let article = article::plain::article(text.to_owned());
    let doc = language::segment(text, Lang::parse(lang).unwrap_or(Lang::UNKNOWN));
    reading::read(&article, &doc, Knowledge::default())
}

#[test]
fn statements_are_as_the_golden_files_have_them() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/statements");
    testkit::golden::check_dir(dir, "statements", |case| {
        let reading = read(&case.text, case.header("language").unwrap_or("en"));
        print(&reading, &case.text)
    });
}

/// One statement a line: `type · cue · speaker (kind), description · medium · to whom · content`.
fn print(reading: &Reading, text: &str) -> String {
    let words = |spans: &[Span]| spans.iter().map(|s| s.of(text)).collect::<Vec<_>>().join(" … ");
    let mut out = String::new();
    for statement in &reading.statements {
        let kind = match statement.kind {
            StatementKind::Direct => "direct",
            StatementKind::Indirect => "indirect",
            StatementKind::Mixed => "mixed",
        };
        let negated = if statement.negated { " (negated)" } else { "" };
        let nested = statement.nested_in.map_or_else(String::new, |outer| format!(" (in {outer})"));
        let who = reading.speakers.iter().find(|s| Some(s.id) == statement.speaker);
        let who = who.map_or_else(|| "?".to_owned(), |who| speaker(who, reading));
        let _infallible =
            write!(out, "{kind}{negated}{nested} · {} · {who}", words(&statement.cue));
        if let Some(medium) = &statement.medium {
            let of = match medium.kind {
                MediumKind::Outlet => "outlet",
                MediumKind::Interview => "interview",
                MediumKind::Statement => "statement",
                MediumKind::Post => "post",
                MediumKind::Speech => "speech",
                MediumKind::Other => "other",
            };
            let _infallible = write!(out, " · {of} {}", medium.outlet.as_deref().unwrap_or("?"));
        }
        if let Some(addressee) = statement.addressee {
            let _infallible = write!(out, " · to {}", addressee.of(text));
        }
        let _infallible = writeln!(out, " · {}", words(&statement.content).replace('\n', " / "));
    }
    out
}

fn speaker(speaker: &Speaker, reading: &Reading) -> String {
    let kind = match speaker.kind {
        SpeakerKind::Person => "person",
        SpeakerKind::Organization => "organization",
        SpeakerKind::Group => "group",
        SpeakerKind::Anonymous => "anonymous",
        SpeakerKind::Other => "other",
    };
    let mut out = format!("{} ({kind})", speaker.name);
    if let Some(description) = &speaker.description {
        let _infallible = write!(out, ", {description}");
    }
    for other in reading.speakers.iter().filter(|s| speaker.conflicts_with.contains(&s.id)) {
        let _infallible = write!(out, " [not {}]", other.name);
    }
    out
}
