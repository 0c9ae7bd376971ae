//! The edges of a body: what the model let through that stands before the first and after the last word of news.

use rustc_hash::FxHashMap;

use super::authors;
use super::block::Piece;
use super::body::{self, Judged};
use super::meta::{Facts, letters};
use crate::plain::ends_sentence;
use crate::promotion::{self, Promotion};
use crate::{BlockKind, Moment};

/// How far from the end credits and notes on the authors are looked for, in blocks.
const TAIL_BLOCKS: usize = 5;

/// A longer text beside a picture is a paragraph.
const CAPTION_CHARS_MAX: u32 = 300;

/// A block of the article and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) piece: usize,
    pub(super) kind: BlockKind,
}

/// Says what each chosen block is, and leaves out headings that head nothing.
pub(super) fn kinds(
    pieces: &[Piece],
    judged: &Judged,
    chosen: &[usize],
    facts: &mut Facts,
) -> Vec<Choice> {
    let mut out: Vec<Choice> = chosen
        .iter()
        .enumerate()
        .filter_map(|(i, piece)| {
            let near_end = i + TAIL_BLOCKS >= chosen.len();
            let kind = kind(pieces.get(*piece)?, judged.promotion.get(*piece).copied(), near_end);
            Some(Choice { piece: *piece, kind })
        })
        .collect();
    if facts.authors_are_outlet {
        let names = byline(pieces, &out);
        if !names.is_empty() {
            facts.authors = names;
        }
    }
    let facts = &*facts;
    tail(pieces, facts, &mut out);
    // before the first paragraph stand kickers, names and the headline again; after the last one teasers' headings
    let text_of = |c: &Choice| pieces.get(c.piece).map_or("", |p| p.text.as_str());
    let is_text = |c: &Choice| c.kind.is_news();
    let first = out.iter().position(is_text).unwrap_or(0);
    let last = out.iter().rposition(is_text).unwrap_or(0);
    let names: Vec<String> = facts.authors.iter().map(|a| letters(a)).collect();
    let mut place = 0;
    out.retain(|choice| {
        let i = place;
        place += 1;
        let heading = choice.kind == BlockKind::Heading;
        let is_name = (i < first + 3 || i + 3 > last)
            && names.contains(&letters(authors::without_by(text_of(choice))));
        !(is_name || (heading && (i < first || i > last)))
    });
    cut_head(pieces, facts, &mut out);
    cut_ends(pieces, &mut out);
    let lead = out.iter_mut().find(|c| c.kind == BlockKind::Paragraph);
    if let Some(lead) = lead {
        lead.kind = BlockKind::Lead;
    }
    out
}

/// Cuts what announces a list of links after the text, and the cut texts of teasers.
fn cut_ends(pieces: &[Piece], out: &mut Vec<Choice>) {
    const ANNOUNCEMENT_CHARS_MAX: u32 = 60;
    let is_cut = |c: &Choice| {
        pieces.get(c.piece).is_some_and(|p| p.text.ends_with('…') || p.text.ends_with("..."))
    };
    let teasers = out.iter().rev().take_while(|c| is_cut(c)).count();
    // one text that breaks off may be behind a wall; several are teasers
    if teasers >= 2 && teasers < out.len() {
        out.truncate(out.len() - teasers);
    }
    let announces = |c: &Choice| {
        let piece = pieces.get(c.piece);
        piece.is_some_and(|p| p.chars <= ANNOUNCEMENT_CHARS_MAX && p.text.ends_with([':', '：']))
    };
    while out.len() > 2 && out.last().is_some_and(announces) {
        out.pop();
    }
}

/// Cuts what stands over the text and is none: the headline again, the trail that leads to the page, the hour, the line of labels.
fn cut_head(pieces: &[Piece], facts: &Facts, out: &mut Vec<Choice>) {
    const HEAD_BLOCKS: usize = 2;
    if out.len() <= HEAD_BLOCKS {
        return;
    }
    let titles = [&facts.title, &facts.shown].map(|t| t.as_deref().map(letters));
    let is_over = |c: &Choice| {
        let text = pieces.get(c.piece).map_or("", |p| p.text.as_str());
        titles.contains(&Some(letters(text))) || is_trail(text) || is_hour(text) || is_labels(text)
    };
    let head: Vec<bool> = out.iter().take(HEAD_BLOCKS).map(is_over).collect();
    let mut head = head.into_iter();
    out.retain(|_| !head.next().unwrap_or(false));
}

/// "5 May 2026, 10:30": a place before the day makes it a dateline, which has no hour.
fn is_hour(text: &str) -> bool {
    text.contains(':') && !ends_sentence(text) && body::is_date_line(text)
}

/// "5/5/2026 - By: Ada Novak - Section: Harbour": several things, two of them with a label.
fn is_labels(text: &str) -> bool {
    const CHARS_MAX: usize = 200;
    const LABELS_MIN: usize = 2;
    let labels = |mark: &str| {
        let parts: Vec<&str> = text.split(mark).collect();
        parts.len() > LABELS_MIN && parts.iter().filter(|p| p.contains(": ")).count() >= LABELS_MIN
    };
    !ends_sentence(text)
        && text.chars().count() <= CHARS_MAX
        && [" - ", " – ", " | ", " · ", " • "].into_iter().any(labels)
}

/// "Home » City » Bridge closed": the way from the front page.
fn is_trail(text: &str) -> bool {
    const PARTS_MIN: usize = 3;
    const PART_CHARS_MAX: usize = 100;
    [" » ", " › ", " > ", " / "].iter().any(|mark| {
        text.split(mark).count() >= PARTS_MIN
            && text.split(mark).all(|part| part.chars().count() <= PART_CHARS_MAX)
    })
}

fn kind(piece: &Piece, promotion: Option<Promotion>, near_end: bool) -> BlockKind {
    let linked = piece.link_chars * 3 >= piece.chars;
    let promoted = match promotion {
        Some(Promotion::Yes) => true,
        Some(Promotion::Perhaps) => linked || near_end || !ends_sentence(&piece.text),
        _ => false,
    };
    if promoted || promotion::is_correction(&piece.text) {
        BlockKind::Promotion
    } else if piece.caption && piece.chars < CAPTION_CHARS_MAX {
        BlockKind::Caption
    } else if (piece.heading.is_some() && !piece.is_running_text()) || is_bold_heading(piece) {
        BlockKind::Heading
    } else if piece.list {
        BlockKind::List
    } else if piece.quote {
        BlockKind::Quote
    } else {
        BlockKind::Paragraph
    }
}

/// A short paragraph all in bold type without an end mark is a sub-heading.
fn is_bold_heading(piece: &Piece) -> bool {
    piece.bold_chars * 10 >= piece.chars * 9 && piece.chars < 120 && !ends_sentence(&piece.text)
}

/// Names alone on the first or the last line of an article that names nobody else.
fn byline(pieces: &[Piece], choices: &[Choice]) -> Vec<String> {
    let Some(last) = choices.len().checked_sub(1) else { return Vec::new() };
    [0, 1, last]
        .iter()
        .filter_map(|i| pieces.get(choices.get(*i)?.piece))
        .filter(|piece| !piece.list && piece.chars <= 60 && !ends_sentence(&piece.text))
        .map(|piece| authors::without_by(&piece.text).split('/').map(str::trim).collect())
        .find(|names: &Vec<&str>| names.iter().all(|n| is_name_alone(n)))
        .map(|names| names.into_iter().map(str::to_owned).collect())
        .unwrap_or_default()
}

fn is_name_alone(name: &str) -> bool {
    (2..=4).contains(&name.split_whitespace().count())
        && name.chars().count() <= 40
        && !name.contains(['_', '(', '"'])
        && name.ends_with(char::is_alphabetic)
        && name.split_whitespace().all(|w| w.chars().next().is_some_and(char::is_uppercase))
        && authors::looks_like_names(name)
}

/// Marks credits and what the outlet says about the authors at the end of the body.
fn tail(pieces: &[Piece], facts: &Facts, out: &mut [Choice]) {
    let count = out.len();
    let news = out.iter().filter(|c| c.kind.is_news()).count();
    let mut left = news;
    for choice in out.iter_mut().rev().take(TAIL_BLOCKS) {
        let Some(piece) = pieces.get(choice.piece) else { continue };
        if !choice.kind.is_news() && choice.kind != BlockKind::Heading {
            continue;
        }
        let about = left > 2 && about_author(piece, facts);
        let points_away = left > 2 && piece.chars < 200 && piece.text.contains("://");
        if promotion::is_credit(&piece.text) || about || points_away {
            choice.kind = BlockKind::Promotion;
            left = left.saturating_sub(1);
        } else if choice.kind.is_news() && piece.chars > 60 {
            break;
        }
    }
    // a credit may stand at the top too: "Source: agency"
    for choice in out.iter_mut().take(2) {
        let Some(piece) = pieces.get(choice.piece) else { continue };
        if count > 2
            && piece.chars < 60
            && promotion::is_credit(&piece.text)
            && choice.kind.is_news()
        {
            choice.kind = BlockKind::Promotion;
        }
    }
}

/// "Ada Novak is a senior researcher at …" under her own article.
fn about_author(piece: &Piece, facts: &Facts) -> bool {
    const START_CHARS: usize = 40;
    if piece.chars > 700 || piece.text.contains(['"', '“', '„', '«']) {
        return false;
    }
    let start: String = piece.text.chars().take(START_CHARS).collect();
    facts.authors.iter().any(|name| name.contains(' ') && start.contains(name.as_str()))
}

/// When each post of a live page was written, by the words that its structured data shares with the blocks.
pub(super) fn moments(pieces: &[Piece], choices: &[Choice], facts: &Facts) -> Vec<Option<Moment>> {
    let posts = &facts.linked.posts;
    let mut owner: FxHashMap<u64, usize> = FxHashMap::default();
    for (i, (headline, text, _)) in posts.iter().enumerate() {
        let text = crate::markup::plain(&crate::markup::decode(text));
        for triple in body::triple_list(headline).into_iter().chain(body::triple_list(&text)) {
            owner.entry(triple).or_insert(i);
        }
    }
    if owner.is_empty() {
        return vec![None; choices.len()];
    }
    choices
        .iter()
        .map(|choice| {
            let piece = pieces.get(choice.piece)?;
            let triples = body::triple_list(&piece.text);
            let mut votes: FxHashMap<usize, usize> = FxHashMap::default();
            for post in triples.iter().filter_map(|t| owner.get(t)) {
                *votes.entry(*post).or_default() += 1;
            }
            let best = posts
                .iter()
                .enumerate()
                .map(|(i, _)| (votes.get(&i).copied().unwrap_or(0), i))
                .max()?;
            (best.0 * 2 > triples.len() && best.0 > 0)
                .then(|| posts.get(best.1)?.2.map(|f| f.moment))
                .flatten()
        })
        .collect()
}
