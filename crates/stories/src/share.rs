//! Parts of a toll that are news of their own: how many of them come from one country.

use jiff::Timestamp;
use reading::{Casualty, Reading, Realis};

use crate::novelty::{bounds, sentence_of};
use crate::terms;
use crate::{Arriving, Bounds, Evidence, Story};

/// Some of those whom a toll counts, by their country.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub kind: reading::CasualtyKind,
    pub bounds: Bounds,
    /// The words that count them.
    pub words: article::Span,
    pub evidence: Evidence,
    /// What it is known again by: kind, country and number.
    pub id: u16,
}

/// Words of the counted people that may name their country.
const PEOPLE_WORDS_MAX: usize = 4;

/// The shares of an article: parts by its own words, and figures of one country that are lower than the whole.
pub(crate) fn shares(story: &Story, arriving: &Arriving<'_>) -> Vec<Share> {
    let Arriving { reading, at, .. } = *arriving;
    let mut out: Vec<Share> = Vec::new();
    for event in reading.events.iter().filter(|e| !e.background && e.realis == Realis::Actual) {
        for casualty in &event.casualties {
            let Some(number) = casualty.best.or(casualty.min).filter(|n| *n > 0) else { continue };
            let Some(country) = country(reading, casualty) else { continue };
            if !casualty.part && number >= whole(story, &event.casualties, casualty, at) {
                continue;
            }
            let kind = casualty.kind;
            let id = terms::counted(&[kind.as_str(), &country, &number.to_string()]);
            if out.iter().all(|share| share.id != id) {
                let span = sentence_of(reading, casualty.span);
                let evidence = Evidence { article: arriving.id, span };
                let words = casualty.span;
                out.push(Share { kind, bounds: bounds(casualty), words, evidence, id });
            }
        }
    }
    out
}

/// The country that the counted people come from, ISO 3166-1 alpha-3: by the nouns behind the number.
fn country(reading: &Reading, casualty: &Casualty) -> Option<String> {
    let lang = language::Lang::parse(&reading.language)?;
    let people = casualty.victims.as_deref()?;
    let words = terms::words(people);
    words.iter().take(PEOPLE_WORDS_MAX).find_map(|word| reading::country_of(word.text, lang))
}

/// The largest number of the kind that the event or the story gives.
fn whole(story: &Story, casualties: &[Casualty], of: &Casualty, at: Timestamp) -> u64 {
    let told = casualties.iter().filter(|c| c.kind == of.kind && c.span != of.span);
    let told = told.filter_map(|c| c.best.or(c.min)).max().unwrap_or(0);
    told.max(story.range(of.kind, at).map_or(0, |range| range.high))
}
