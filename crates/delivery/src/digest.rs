//! Digests: many waiting rows told in one message.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use store::{Action, Destination, Foldable, NewDelivery};

use crate::card::{Card, CardKind, Line, Section};
use crate::schedule::Schedule;

/// Stories of one digest message; more make a second message, so that none is left out.
const SECTIONS_MAX: usize = 15;

/// A digest, in as many messages as it needs, and the rows that it tells.
#[derive(Debug)]
pub(crate) struct Digest {
    pub(crate) deliveries: Vec<NewDelivery>,
    pub(crate) rows: Vec<i64>,
}

/// Makes one digest of waiting rows; `None` where there are none.
pub(crate) fn digest(
    to: &Destination,
    schedule: &Schedule,
    because: Action,
    rows: &[Foldable],
    base_url: Option<&str>,
    now: Timestamp,
) -> Option<Digest> {
    if rows.is_empty() {
        return None;
    }
    let zone = schedule.zone();
    let slot = schedule.digest_before(now).unwrap_or(now);
    let what = match because {
        Action::Item => format!("digest:{}", schedule.slot_name(slot)),
        // What has piled up is told at once, at no hour that anybody chose.
        _ => format!("digest:flood-{}", now.as_second()),
    };
    let since = rows.iter().map(|r| r.created_at).min().unwrap_or(now);
    let title = format!(
        "{}, since {}",
        now.to_zoned(zone.clone()).strftime("%A %-d %B"),
        crate::card::hour(since, &zone)
    );
    let sections = sections(rows);
    let deliveries = sections
        .chunks(SECTIONS_MAX)
        .enumerate()
        .map(|(part, sections)| {
            let card = Card {
                kind: CardKind::Digest,
                title: if part == 0 { title.clone() } else { format!("{title}, continued") },
                sections: sections.to_vec(),
                url: base_url.map(|base| format!("{}/", base.trim_end_matches('/'))),
                ..Card::default()
            };
            delivery(to, what.clone(), &card, schedule, now)
        })
        .collect();
    Some(Digest { deliveries, rows: rows.iter().map(|r| r.id).collect() })
}

/// A digest with nothing new, for a reader who asked for it.
pub(crate) fn empty(
    to: &Destination,
    schedule: &Schedule,
    slot: Timestamp,
    since: Timestamp,
    now: Timestamp,
) -> NewDelivery {
    let card = Card {
        kind: CardKind::Digest,
        title: format!("Nothing new since {}.", crate::card::hour(since, &schedule.zone())),
        ..Card::default()
    };
    delivery(to, format!("digest:{}", schedule.slot_name(slot)), &card, schedule, now)
}

fn delivery(
    to: &Destination,
    what: String,
    card: &Card,
    schedule: &Schedule,
    now: Timestamp,
) -> NewDelivery {
    NewDelivery {
        destination: to.id,
        what,
        step: 0,
        action: Action::Digest,
        content_key: card.content_key(&schedule.zone()),
        card: Arc::from(card.write()),
        due_at: now,
        created_at: now,
        follow: None,
    }
}

/// One section for each story, in the order in which they first came: its newest state and all its lines that are new.
fn sections(rows: &[Foldable]) -> Vec<Section> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_story: BTreeMap<&str, (Section, Vec<Line>)> = BTreeMap::new();
    for row in rows {
        let Ok(card) = Card::read(&row.card) else { continue };
        if !by_story.contains_key(row.what.as_str()) {
            order.push(&row.what);
        }
        let (section, lines) = by_story.entry(&row.what).or_default();
        let first = card.lines.into_iter().next();
        *section = Section {
            title: card.title,
            figures: card.figures,
            updates: section.updates + 1,
            url: card.url.or_else(|| section.url.take()),
            parts: Vec::new(),
        };
        lines.extend(first.filter(|line| !lines.iter().any(|l| l.text == line.text)));
    }
    order
        .into_iter()
        .filter_map(|what| {
            let (mut section, mut lines) = by_story.remove(what)?;
            lines.reverse();
            section.parts = lines;
            Some(section)
        })
        .collect()
}
