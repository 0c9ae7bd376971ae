//! Events in the columns of the data sets that researchers already use. What a column cannot say stays empty; docs/export.md
//! says of each column what fills it. Only what an article reports as having happened is a row: no background, nothing planned,
//! denied or failed; an event without a PLOVER type is no row.
//!
//! # Source
//!
//! POLECAT codebook and PLOVER manual (Halterman et al. 2023); ACLED codebook (2024); GTD codebook (START 2021).

use reading::{CasualtyKind, Event, Party, Reading};
use store::Revision;

use super::{
    Cell, Kind, Table, day_of, events::parties, instant, is_reported, joined, sentence, toll,
};

/// POLECAT's columns.
pub(crate) fn polecat() -> Table {
    use Kind::{Integer, Number, Text};
    Table {
        columns: &[
            ("Event ID", Text),
            ("Event Date", Text),
            ("Event Type", Text),
            ("Event Mode", Text),
            ("Quad Code", Text),
            ("Contexts", Text),
            ("Actor Name", Text),
            ("Actor Country", Text),
            ("Primary Actor Sector", Text),
            ("Actor Sectors", Text),
            ("Recipient Name", Text),
            ("Recipient Country", Text),
            ("Primary Recipient Sector", Text),
            ("Recipient Sectors", Text),
            ("Placename", Text),
            ("Country", Text),
            ("Latitude", Number),
            ("Longitude", Number),
            ("GeoNames ID", Integer),
            ("Raw Placename", Text),
            ("Source", Text),
            ("Publication Date", Text),
            ("Language", Text),
            ("Event Text", Text),
            ("Version", Text),
        ],
        rows: |revision, reading| {
            let events = reading.events.iter().filter(|e| is_reported(e));
            events.filter_map(|e| polecat_row(revision, reading, e)).collect()
        },
    }
}

fn polecat_row(revision: &Revision, reading: &Reading, e: &Event) -> Option<Vec<Cell>> {
    let kind = e.kind_plover.as_deref()?;
    let place = e.place.as_ref().map(|p| &p.place);
    let mut row = vec![
        event_id(revision, e),
        day(e),
        kind.into(),
        e.mode.as_deref().into(),
        quad(kind).into(),
        joined(e.contexts.iter().map(String::as_str)),
    ];
    for group in [&e.actors, &e.recipients] {
        let [names, countries, sectors] = parties(group);
        row.extend([names, countries, primary(group).into(), sectors]);
    }
    row.extend([
        place.map(|p| p.name.as_str()).into(),
        place.and_then(|p| p.country.as_deref()).into(),
        place.and_then(|p| p.latitude).into(),
        place.and_then(|p| p.longitude).into(),
        place.and_then(|p| p.geonames).into(),
        place.map(|p| p.span.of(&revision.article.text)).into(),
        revision.outlet.as_str().into(),
        instant(revision.at),
        revision.article.language.as_deref().into(),
        sentence(revision, reading, e.sentence).into(),
        concat!("uptospeed ", env!("CARGO_PKG_VERSION")).into(),
    ]);
    Some(row)
}

/// ACLED's columns.
pub(crate) fn acled() -> Table {
    use Kind::{Integer, Number, Text};
    Table {
        columns: &[
            ("event_id_cnty", Text),
            ("event_date", Text),
            ("year", Integer),
            ("time_precision", Integer),
            ("disorder_type", Text),
            ("event_type", Text),
            ("sub_event_type", Text),
            ("actor1", Text),
            ("actor2", Text),
            ("civilian_targeting", Text),
            ("country", Text),
            ("location", Text),
            ("latitude", Number),
            ("longitude", Number),
            ("source", Text),
            ("notes", Text),
            ("fatalities", Integer),
            ("timestamp", Text),
        ],
        rows: |revision, reading| {
            let events = reading.events.iter().filter(|e| is_reported(e));
            events.filter_map(|e| acled_row(revision, reading, e)).collect()
        },
    }
}

/// ACLED's disorder, event and sub-event type; `None` for what ACLED does not code.
fn acled_type(e: &Event) -> Option<(&'static str, &'static str, &'static str)> {
    const VIOLENCE: &str = "Political violence";
    const REMOTE: &str = "Explosions/Remote violence";
    Some(match (e.kind_plover.as_deref()?, e.mode.as_deref().unwrap_or("")) {
        ("PROTEST", "riot" | "vandalize") => {
            ("Political violence; Demonstrations", "Riots", "Violent demonstration")
        }
        ("PROTEST", "demo" | "") => ("Demonstrations", "Protests", "Peaceful protest"),
        ("PROTEST", "obstruct") => ("Demonstrations", "Protests", "Protest with intervention"),
        ("ASSAULT", "crowd-control") => {
            ("Demonstrations", "Protests", "Excessive force against protesters")
        }
        ("ASSAULT", "aerial" | "drone") => (VIOLENCE, REMOTE, "Air/drone strike"),
        ("ASSAULT", "heavy-weapons") => (VIOLENCE, REMOTE, "Shelling/artillery/missile attack"),
        ("ASSAULT", "suicide-attack") => (VIOLENCE, REMOTE, "Suicide bomb"),
        ("ASSAULT", "explosives") => (VIOLENCE, REMOTE, "Remote explosive/landmine/IED"),
        ("ASSAULT", "unconventional") => (VIOLENCE, REMOTE, "Chemical weapon"),
        ("ASSAULT", "abduct") => {
            (VIOLENCE, "Violence against civilians", "Abduction/forced disappearance")
        }
        ("ASSAULT", "sexual") => (VIOLENCE, "Violence against civilians", "Sexual violence"),
        ("ASSAULT", "firearms" | "primitive" | "targeted") => {
            (VIOLENCE, "Violence against civilians", "Attack")
        }
        ("COERCE", "arrest") => ("Strategic developments", "Strategic developments", "Arrests"),
        ("COERCE", "seize") => {
            ("Strategic developments", "Strategic developments", "Looting/property destruction")
        }
        ("AGREE" | "RETREAT", "ceasefire") => {
            ("Strategic developments", "Strategic developments", "Agreement")
        }
        _ => return None,
    })
}

fn acled_row(revision: &Revision, reading: &Reading, e: &Event) -> Option<Vec<Cell>> {
    let (disorder, kind, sub) = acled_type(e)?;
    let place = e.place.as_ref().map(|p| &p.place);
    let date = day_of(e);
    let civilians = e.recipients.iter().any(|p| p.sector.as_deref() == Some("CVL"));
    let first = |parties: &[Party]| Cell::from(parties.first().map(|p| p.name.as_str()));
    Some(vec![
        event_id(revision, e),
        day(e),
        date.map_or(Cell::Empty, |d| Cell::Integer(i64::from(d.year()))),
        date.map_or(Cell::Empty, |_| Cell::Integer(1)),
        disorder.into(),
        kind.into(),
        sub.into(),
        first(&e.actors),
        first(&e.recipients),
        if civilians { "Civilian targeting".into() } else { Cell::Empty },
        place.and_then(|p| p.country.as_deref()).into(),
        place.map(|p| p.name.as_str()).into(),
        place.and_then(|p| p.latitude).into(),
        place.and_then(|p| p.longitude).into(),
        revision.outlet.as_str().into(),
        sentence(revision, reading, e.sentence).into(),
        toll(e, CasualtyKind::Killed).into(),
        instant(revision.seen_at),
    ])
}

/// GTD's columns; only attacks with the context of terrorism.
pub(crate) fn gtd() -> Table {
    use Kind::{Integer, Number, Text};
    Table {
        columns: &[
            ("eventid", Text),
            ("iyear", Integer),
            ("imonth", Integer),
            ("iday", Integer),
            ("country_txt", Text),
            ("city", Text),
            ("latitude", Number),
            ("longitude", Number),
            ("summary", Text),
            ("success", Integer),
            ("suicide", Integer),
            ("attacktype1_txt", Text),
            ("target1", Text),
            ("gname", Text),
            ("nkill", Integer),
            ("nwound", Integer),
            ("scite1", Text),
            ("dbsource", Text),
        ],
        rows: |revision, reading| {
            let failed = |e: &Event| e.realis == reading::Realis::Failed && !e.background;
            let attack = |e: &&Event| {
                (is_reported(e) || failed(e))
                    && e.kind_plover.as_deref() == Some("ASSAULT")
                    && e.contexts.iter().any(|c| c == "terrorism")
            };
            let events = reading.events.iter().filter(attack);
            events.map(|e| gtd_row(revision, reading, e)).collect()
        },
    }
}

fn gtd_row(revision: &Revision, reading: &Reading, e: &Event) -> Vec<Cell> {
    let place = e.place.as_ref().map(|p| &p.place);
    let date = day_of(e);
    let part = |of: fn(jiff::civil::Date) -> i16| {
        date.map_or(Cell::Integer(0), |d| Cell::Integer(i64::from(of(d))))
    };
    let mode = e.mode.as_deref().unwrap_or("");
    let attack = match mode {
        "explosives" | "suicide-attack" | "heavy-weapons" | "aerial" | "drone" => {
            "Bombing/Explosion"
        }
        "firearms" | "primitive" => "Armed Assault",
        "targeted" => "Assassination",
        "abduct" => "Hostage Taking (Kidnapping)",
        "destroy" => "Facility/Infrastructure Attack",
        "unconventional" => "Unarmed Assault",
        _ => "Unknown",
    };
    vec![
        event_id(revision, e),
        part(jiff::civil::Date::year),
        part(|d| i16::from(d.month())),
        part(|d| i16::from(d.day())),
        place.and_then(|p| p.country.as_deref()).into(),
        place.map(|p| p.name.as_str()).into(),
        place.and_then(|p| p.latitude).into(),
        place.and_then(|p| p.longitude).into(),
        sentence(revision, reading, e.sentence).into(),
        Cell::Integer(i64::from(e.realis == reading::Realis::Actual)),
        Cell::Integer(i64::from(mode == "suicide-attack")),
        attack.into(),
        e.recipients.first().map(|p| p.name.as_str()).into(),
        e.actors.first().map_or("Unknown", |p| p.name.as_str()).into(),
        toll(e, CasualtyKind::Killed).into(),
        toll(e, CasualtyKind::Injured).into(),
        revision.article.url.as_deref().unwrap_or(&revision.outlet).into(),
        "uptospeed".into(),
    ]
}

/// One id an event for ever: the article's and the event's number in it.
fn event_id(revision: &Revision, e: &Event) -> Cell {
    Cell::Text(format!("{}-{}", revision.article_id.0, e.id))
}

fn day(e: &Event) -> Cell {
    day_of(e).map_or(Cell::Empty, |d| Cell::Text(d.to_string()))
}

fn primary(parties: &[Party]) -> Option<&str> {
    parties.iter().find_map(|p| p.sector.as_deref())
}

/// PLOVER's quad class of a type.
fn quad(kind: &str) -> &'static str {
    match kind {
        "AGREE" | "CONSULT" | "SUPPORT" | "CONCEDE" => "VERBAL COOPERATION",
        "COOPERATE" | "AID" | "RETREAT" => "MATERIAL COOPERATION",
        "REQUEST" | "ACCUSE" | "REJECT" | "THREATEN" => "VERBAL CONFLICT",
        "PROTEST" | "SANCTION" | "MOBILIZE" | "COERCE" | "ASSAULT" => "MATERIAL CONFLICT",
        _ => "",
    }
}
