//! Which blocks are the article.
//!
//! Two passes of one small linear model over general features (`weights.rs`): the first looks at a block alone, the second
//! at its neighbours and its container too. Then the subtree with the most text in it is the body, and what the model
//! doubts in it is left out.

use rustc_hash::{FxHashMap, FxHashSet};

use super::block::Piece;
use super::dom::{Dom, NodeId, ROOT, Tag};
use super::hint::Hints;
use super::meta::{Facts, letters};
use super::weights::{CONTEXT, FIRST, SECOND};
use crate::plain::ends_sentence;
use crate::promotion::{self, Promotion};

/// The features of one block by itself.
pub(super) const LOCAL: usize = 46;

/// What is known of every block before choosing.
#[derive(Debug)]
pub(super) struct Judged {
    /// How likely each block is to be the article's, 0 to 1.
    pub(super) chance: Vec<f32>,
    /// Features of both passes, for measuring and training.
    pub(super) features: Vec<Vec<f32>>,
    pub(super) promotion: Vec<Promotion>,
}

/// Words of a text as hashes of three neighbours.
fn triples(text: &str, out: &mut FxHashSet<u64>) {
    let mut window = [0u64; 3];
    for (i, word) in words(text).enumerate() {
        window = [window[1], window[2], word];
        if i >= 2 {
            out.insert(mix(window));
        }
    }
}

/// The same as a list without repetition.
pub(super) fn triple_list(text: &str) -> Vec<u64> {
    let mut set = FxHashSet::default();
    triples(text, &mut set);
    let mut list: Vec<u64> = set.into_iter().collect();
    list.sort_unstable();
    list
}

fn words(text: &str) -> impl Iterator<Item = u64> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(|word| {
        word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, b| {
            (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
        })
    })
}

fn mix(window: [u64; 3]) -> u64 {
    window.iter().fold(0, |hash, w| hash.rotate_left(21).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ w)
}

/// Which share of a text's triples stands in a set.
fn share(text: &str, set: &FxHashSet<u64>) -> f32 {
    let mut own = FxHashSet::default();
    triples(text, &mut own);
    if own.is_empty() {
        return 0.0;
    }
    own.iter().filter(|t| set.contains(t)).count() as f32 / own.len() as f32
}

/// How much of each block a gold text holds; short blocks are right where a line of the gold equals them.
pub(super) fn shares(pieces: &[Piece], gold: &str) -> Vec<f32> {
    let mut set = FxHashSet::default();
    triples(gold, &mut set);
    let lines: FxHashSet<String> = gold.lines().map(letters).collect();
    pieces
        .iter()
        .map(|p| {
            if words(&p.text).count() < 6 {
                if lines.contains(&letters(&p.text)) { 1.0 } else { 0.0 }
            } else {
                share(&p.text, &set)
            }
        })
        .collect()
}

/// Judges every block.
pub(super) fn judge(dom: &Dom<'_>, pieces: &[Piece], facts: &Facts) -> Judged {
    let promotion: Vec<Promotion> = pieces.iter().map(|p| promotion::judge(&p.text)).collect();
    let evidence = Evidence::new(pieces, facts);
    let mut features: Vec<Vec<f32>> = pieces
        .iter()
        .zip(&promotion)
        .map(|(piece, promotion)| local(piece, *promotion, &evidence))
        .collect();
    let first: Vec<f32> = features.iter().map(|f| sigmoid(dot(f, &FIRST))).collect();
    let context = context(dom, pieces, &first);
    let mut chance = Vec::with_capacity(pieces.len());
    for (feature, around) in features.iter_mut().zip(context) {
        chance.push(sigmoid(dot(feature, &SECOND) + dot(&around, &CONTEXT)));
        feature.extend(around);
    }
    Judged { chance, features, promotion }
}

fn dot(features: &[f32], weights: &[f32]) -> f32 {
    features.iter().zip(weights).map(|(f, w)| f * w).sum()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// What the page as a whole says about its blocks.
struct Evidence {
    body: FxHashSet<u64>,
    has_body: bool,
    description: FxHashSet<u64>,
    /// The title and what the page shows in its place.
    titles: [String; 2],
    headline: Option<NodeId>,
    repeated: FxHashMap<u64, u32>,
    siblings: FxHashMap<NodeId, u32>,
    last_good: NodeId,
    /// First nodes of the blocks right under the headline that are long enough for a standfirst.
    opening: Vec<NodeId>,
}

impl Evidence {
    fn new(pieces: &[Piece], facts: &Facts) -> Self {
        let mut body = FxHashSet::default();
        if let Some(text) = &facts.linked.body {
            triples(&crate::markup::plain(&crate::markup::decode(text)), &mut body);
        }
        let has_body = body.len() > 60;
        let mut description = FxHashSet::default();
        for text in [&facts.description, &facts.linked.description].into_iter().flatten() {
            triples(text, &mut description);
        }
        let mut repeated = FxHashMap::default();
        let mut siblings = FxHashMap::default();
        let mut last_good = 0;
        for piece in pieces {
            *repeated.entry(text_hash(&piece.text)).or_insert(0) += 1;
            if piece.is_running_text() {
                *siblings.entry(piece.parent).or_insert(0) += 1;
                last_good = piece.first;
            }
        }
        Self {
            body,
            has_body,
            description,
            titles: [&facts.title, &facts.shown]
                .map(|title| title.as_deref().map(letters).unwrap_or_default()),
            headline: facts.headline,
            repeated,
            siblings,
            last_good,
            opening: opening(pieces, facts.headline),
        }
    }
}

/// The blocks right under the headline that may be its standfirst.
fn opening(pieces: &[Piece], headline: Option<NodeId>) -> Vec<NodeId> {
    const BLOCKS_AFTER: usize = 7;
    const CHARS_MIN: u32 = 50;
    let Some(headline) = headline else { return Vec::new() };
    let after = pieces.iter().filter(|p| p.first > headline).take(BLOCKS_AFTER);
    after
        .filter(|p| p.chars >= CHARS_MIN && p.link_chars * 3 < p.chars && !p.caption)
        .map(|p| p.first)
        .collect()
}

/// "Published on 5 May 2026, 10:30": a short line that is mostly a date.
pub(super) fn is_date_line(text: &str) -> bool {
    const CHARS_MAX: usize = 90;
    text.len() <= CHARS_MAX * 3
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.chars().count() <= CHARS_MAX
        && crate::date::find(text).is_some()
}

pub(super) fn text_hash(text: &str) -> u64 {
    words(text).fold(7, |hash, w| hash.rotate_left(13) ^ w)
}

fn local(piece: &Piece, promotion: Promotion, evidence: &Evidence) -> Vec<f32> {
    let mut f = Vec::with_capacity(LOCAL + CONTEXT.len());
    let flag = |b: bool| if b { 1.0 } else { 0.0 };
    let chars = piece.chars as f32;
    let density = piece.link_chars as f32 / chars.max(1.0);
    let words = piece.text.split_whitespace().count();
    let end = ends_sentence(&piece.text);
    let heading = piece.heading.is_some();
    f.push(1.0);
    f.push((chars + 1.0).ln() / 6.0);
    f.push(flag(piece.chars >= 80));
    f.push(flag(piece.chars >= 240));
    f.push(density);
    f.push(flag(density > 0.7));
    f.push(flag(end));
    f.push(flag(piece.tag == Tag::P));
    f.push(flag(heading && piece.heading != Some(1)));
    f.push(flag(piece.heading == Some(1)));
    f.push(flag(piece.list && !piece.far.has(Hints::BODY)));
    f.push(flag(piece.table));
    f.push(flag(piece.quote));
    f.push(flag(!heading && !matches!(piece.tag, Tag::P | Tag::Li | Tag::Td | Tag::Th)));
    f.push(flag(piece.far.has(Hints::BODY)));
    f.push(flag(piece.article));
    f.push(flag(piece.far.has(Hints::RELATED)));
    f.push(flag(piece.far.has(Hints::SHARE)));
    f.push(flag(piece.far.has(Hints::PROMO)));
    f.push(flag(piece.far.has(Hints::COMMENT)));
    f.push(flag(piece.near.has(Hints::META)));
    f.push(flag(piece.far.has(Hints::NAV) || piece.footer));
    f.push(flag(piece.near.has(Hints::AD)));
    f.push(flag(piece.hidden));
    f.push(flag(piece.far.has(Hints::SIDE)));
    f.push(flag(piece.far.has(Hints::AUTHOR)));
    f.push(flag(piece.far.has(Hints::TAGS)));
    f.push(flag(piece.far.has(Hints::LEGAL)));
    f.push(flag(piece.near.has(Hints::EMBED)));
    f.push(flag(piece.near.has(Hints::LEAD)));
    f.push(flag(piece.far.has(Hints::BOX) || piece.far.has(Hints::FACTS)));
    f.push(flag(piece.caption || piece.near.has(Hints::CAPTION)));
    let in_body = if evidence.has_body { share(&piece.text, &evidence.body) } else { 0.0 };
    f.push(flag(evidence.has_body && in_body > 0.7));
    f.push(flag(evidence.has_body && in_body < 0.3 && words >= 3));
    f.push(flag(
        !evidence.description.is_empty()
            && words > 5
            && share(&piece.text, &evidence.description) > 0.6,
    ));
    let before = evidence.headline.is_some_and(|h| piece.first < h);
    f.push(flag(before));
    let siblings = evidence.siblings.get(&piece.parent).copied().unwrap_or(0);
    f.push((siblings as f32 + 1.0).ln() / 3.0);
    f.push(flag(promotion == Promotion::Yes));
    f.push(flag(promotion == Promotion::Perhaps));
    let times = evidence.repeated.get(&text_hash(&piece.text)).copied().unwrap_or(1);
    f.push(flag(times > 1));
    let compacted = letters(&piece.text);
    f.push(flag(!compacted.is_empty() && evidence.titles.contains(&compacted)));
    f.push(flag(piece.first > evidence.last_good));
    f.push(flag(piece.bold_chars * 10 > piece.chars * 9 && !end));
    f.push(flag(words <= 4 && !end));
    f.push(flag(evidence.opening.contains(&piece.first)));
    f.push(flag(!end && is_date_line(&piece.text)));
    f
}

/// What stands around each block, by the first pass.
fn context(dom: &Dom<'_>, pieces: &[Piece], first: &[f32]) -> Vec<[f32; 8]> {
    let weight = |i: usize| -> f32 { pieces.get(i).map_or(0.0, |p| (p.chars as f32).min(400.0)) };
    // means over the container, and over the container's container
    let mut parents: FxHashMap<NodeId, (f32, f32)> = FxHashMap::default();
    let mut grand: FxHashMap<NodeId, (f32, f32)> = FxHashMap::default();
    for (i, piece) in pieces.iter().enumerate() {
        let chance = first.get(i).copied().unwrap_or(0.0);
        let w = weight(i);
        let parent = parents.entry(piece.parent).or_default();
        parent.0 += chance * w;
        parent.1 += w;
        let above = grand.entry(dom.parent(piece.parent)).or_default();
        above.0 += chance * w;
        above.1 += w;
    }
    let total: f32 = first.iter().enumerate().map(|(i, c)| c * weight(i)).sum::<f32>().max(1.0);
    let at = |i: Option<usize>| i.and_then(|i| first.get(i)).copied().unwrap_or(0.0);
    let mut seen = 0.0;
    (0..pieces.len())
        .map(|i| {
            let piece = pieces.get(i);
            let own = at(Some(i)) * weight(i);
            let rest = |(sum, w): (f32, f32)| {
                if w - weight(i) > 1.0 { (sum - own) / (w - weight(i)) } else { 0.3 }
            };
            let parent = piece.and_then(|p| parents.get(&p.parent)).copied().unwrap_or_default();
            let above =
                piece.and_then(|p| grand.get(&dom.parent(p.parent))).copied().unwrap_or_default();
            let before = seen / total;
            seen += own;
            let after = (total - seen) / total;
            let previous = (at(i.checked_sub(1)), at(i.checked_sub(2)));
            let next = (at(Some(i + 1)), at(Some(i + 2)));
            [
                previous.0,
                previous.1,
                next.0,
                next.1,
                rest(parent),
                rest(above),
                (parent.0 / total).min(1.0),
                if before < 0.005 {
                    -1.0
                } else if after < 0.005 {
                    1.0
                } else {
                    0.0
                },
            ]
        })
        .collect()
}

/// A line that is nothing but a link leads to another article.
fn is_teaser(piece: &Piece) -> bool {
    const TEASER_CHARS_MAX: u32 = 200;
    piece.link_chars * 10 >= piece.chars * 9
        && piece.chars <= TEASER_CHARS_MAX
        && !piece.list
        && !piece.table
        && !ends_sentence(&piece.text)
}

/// How far before the body a standfirst may stand where the headline is not known, in nodes.
const STANDFIRST_NODES_MAX: NodeId = 150;

/// The blocks that were chosen for the article.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Which ones, in reading order.
    pub(super) pieces: Vec<usize>,
    /// The first node of the element that holds the text; what stands before it is the page's head.
    pub(super) start: NodeId,
}

/// Chooses the blocks of the article, in reading order.
pub(super) fn choose(
    dom: &Dom<'_>,
    pieces: &[Piece],
    judged: &Judged,
    headline: Option<NodeId>,
) -> Chosen {
    let chance = |i: usize| judged.chance.get(i).copied().unwrap_or(0.0);
    // each block speaks for or against every element around it
    let mut scores: FxHashMap<NodeId, f32> = FxHashMap::default();
    for (i, piece) in pieces.iter().enumerate() {
        let value = (chance(i) - 0.4) * (piece.chars as f32).min(500.0);
        // furniture stands between the parts of an article too: it speaks more softly against than text speaks for
        let value = if value < 0.0 { value * 0.6 } else { value };
        let mut at = piece.node;
        loop {
            *scores.entry(at).or_default() += value;
            if at == ROOT {
                break;
            }
            at = dom.parent(at);
        }
    }
    let best = scores
        .iter()
        .filter(|(_, s)| **s > 0.0)
        .map(|(id, s)| (*s, *id))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let Some((_, container)) = best else { return Chosen::default() };
    let range = container..dom.below(container).end;
    let sure: Vec<bool> = pieces
        .iter()
        .enumerate()
        .map(|(i, piece)| {
            let inside = range.contains(&piece.first);
            // the standfirst often stands between the headline and the body
            let ahead = piece.first < range.start;
            let between = ahead && headline.is_some_and(|h| piece.first > h);
            let close = ahead && piece.first + STANDFIRST_NODES_MAX > range.start;
            (inside && chance(i) > 0.5)
                || (between && chance(i) > 0.6)
                || (close && chance(i) > 0.85 && piece.chars > 60)
        })
        .collect();
    let is_sure = |i: Option<usize>| i.and_then(|i| sure.get(i)).copied().unwrap_or(false);
    let chosen = (0..pieces.len()).filter(|i| {
        let Some(piece) = pieces.get(*i) else { return false };
        if is_teaser(piece) {
            return false;
        }
        // a heading between two paragraphs of the body belongs to it
        let heads = piece.heading.is_some_and(|l| l > 1)
            && chance(*i) > 0.2
            && range.contains(&piece.first)
            && is_sure(i.checked_sub(1))
            && is_sure(Some(i + 1));
        is_sure(Some(*i)) || heads
    });
    Chosen { pieces: chosen.collect(), start: range.start }
}
