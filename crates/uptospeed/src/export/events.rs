//! What happened, as the program itself sees it: every event with its evidence, also what is only background, planned or denied.

use reading::{CasualtyKind, Party, Reading};
use store::Revision;

use super::{Cell, Kind, Table, instant, joined, sentence, statements::word, toll};

/// One row an event.
pub(crate) fn events() -> Table {
    use Kind::{Integer, Number, Text, Truth};
    Table {
        columns: &[
            ("article", Integer),
            ("event", Integer),
            ("url", Text),
            ("outlet", Text),
            ("language", Text),
            ("published", Text),
            ("type", Text),
            ("kind", Text),
            ("mode", Text),
            ("contexts", Text),
            ("cameo", Text),
            ("realis", Text),
            ("background", Truth),
            ("actors", Text),
            ("actor_countries", Text),
            ("actor_sectors", Text),
            ("recipients", Text),
            ("recipient_countries", Text),
            ("recipient_sectors", Text),
            ("time", Text),
            ("time_inferred", Truth),
            ("place", Text),
            ("country", Text),
            ("latitude", Number),
            ("longitude", Number),
            ("geonames", Integer),
            ("place_inferred", Truth),
            ("killed", Integer),
            ("injured", Integer),
            ("missing", Integer),
            ("kidnapped", Integer),
            ("arrested", Integer),
            ("displaced", Integer),
            ("claimed_by", Text),
            ("trigger", Text),
            ("sentence", Text),
        ],
        rows: event_rows,
    }
}

fn event_rows(revision: &Revision, reading: &Reading) -> Vec<Vec<Cell>> {
    let text = revision.article.text.as_str();
    reading
        .events
        .iter()
        .map(|e| {
            let place = e.place.as_ref();
            let claimed = e.speaker.and_then(|id| reading.speakers.iter().find(|s| s.id == id));
            let mut row = vec![
                revision.article_id.into(),
                e.id.into(),
                revision.article.url.as_deref().into(),
                revision.outlet.as_str().into(),
                revision.article.language.as_deref().into(),
                instant(revision.at),
                e.kind_plover.as_deref().into(),
                e.kind_other.as_deref().into(),
                e.mode.as_deref().into(),
                joined(e.contexts.iter().map(String::as_str)),
                e.cameo.as_deref().into(),
                word(&e.realis).into(),
                e.background.into(),
            ];
            row.extend(parties(&e.actors));
            row.extend(parties(&e.recipients));
            row.extend([
                e.time.as_ref().map(|t| t.value.as_str()).into(),
                e.time.as_ref().map(|t| t.inferred).into(),
                place.map(|p| p.place.name.as_str()).into(),
                place.and_then(|p| p.place.country.as_deref()).into(),
                place.and_then(|p| p.place.latitude).into(),
                place.and_then(|p| p.place.longitude).into(),
                place.and_then(|p| p.place.geonames).into(),
                place.map(|p| p.inferred).into(),
            ]);
            row.extend(
                [
                    CasualtyKind::Killed,
                    CasualtyKind::Injured,
                    CasualtyKind::Missing,
                    CasualtyKind::Kidnapped,
                    CasualtyKind::Arrested,
                    CasualtyKind::Displaced,
                ]
                .map(|kind| toll(e, kind).into()),
            );
            row.extend([
                claimed.map(|s| s.name.as_str()).into(),
                e.trigger.of(text).into(),
                sentence(revision, reading, e.sentence).into(),
            ]);
            row
        })
        .collect()
}

/// Names, countries and sectors, each joined in the same order.
pub(super) fn parties(parties: &[Party]) -> [Cell; 3] {
    [
        joined(parties.iter().map(|p| p.name.as_str())),
        joined(parties.iter().filter_map(|p| p.country.as_deref())),
        joined(parties.iter().filter_map(|p| p.sector.as_deref())),
    ]
}
