//! A page cut into blocks: runs of text that a reader sees as one piece, with all that can be said of each.

use super::dom::{Dom, NodeId, ROOT, Tag};
use super::hint::Hints;
use super::meta;
use crate::markup::{decode, push_folded};
use crate::plain::ends_sentence;

/// The most blocks of one page.
const BLOCKS_MAX: usize = 20_000;

/// The longest text under a picture that nothing else says to be its caption.
const CAPTION_CHARS_MAX: u32 = 160;

/// A piece of text and where it stands.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a feature of its own")]
pub(super) struct Piece {
    pub(super) text: String,
    /// The nearest block element.
    pub(super) node: NodeId,
    /// The element around it.
    pub(super) parent: NodeId,
    /// The node of its first text.
    pub(super) first: NodeId,
    pub(super) tag: Tag,
    /// Characters, those inside links, those in bold type.
    pub(super) chars: u32,
    pub(super) link_chars: u32,
    pub(super) bold_chars: u32,
    pub(super) emphasis_chars: u32,
    /// Hints of the element and the two around it.
    pub(super) near: Hints,
    /// Hints of all elements around it that hold under half of the page.
    pub(super) far: Hints,
    pub(super) heading: Option<u8>,
    pub(super) list: bool,
    pub(super) table: bool,
    pub(super) quote: bool,
    pub(super) caption: bool,
    pub(super) article: bool,
    pub(super) footer: bool,
    pub(super) hidden: bool,
}

impl Piece {
    /// Whether it looks like running text whatever stands around it.
    pub(super) fn is_running_text(&self) -> bool {
        self.chars >= 80 && self.link_chars * 3 < self.chars && ends_sentence(&self.text)
    }
}

/// An element that is open during the walk.
#[derive(Clone, Copy)]
struct Open {
    end: NodeId,
    id: NodeId,
    tag: Tag,
    block: bool,
    hints: Hints,
    far: Hints,
    flags: Flags,
}

#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is open during the walk, inherited one by one"
)]
struct Flags {
    link: bool,
    bold: bool,
    emphasis: bool,
    list: bool,
    table: bool,
    quote: bool,
    article: bool,
    footer: bool,
    figure: bool,
    hidden: bool,
}

/// How many bytes of text stand before each node.
pub(super) fn text_before(dom: &Dom<'_>) -> Vec<u32> {
    let mut out = Vec::with_capacity(dom.len() as usize + 1);
    let mut sum = 0u32;
    for node in &dom.nodes {
        out.push(sum);
        if node.tag == Tag::Text && !node.raw {
            sum = sum.saturating_add(node.text.trim().len() as u32);
        }
    }
    out.push(sum);
    out
}

/// Cuts the page.
pub(super) fn cut(dom: &Dom<'_>, hints: &[Hints]) -> Vec<Piece> {
    let before = text_before(dom);
    let total = before.last().copied().unwrap_or(0).max(1);
    let share = |id: NodeId, end: NodeId| -> f32 {
        let from = before.get(id as usize).copied().unwrap_or(0);
        let to = before.get(end as usize).copied().unwrap_or(from);
        (to - from) as f32 / total as f32
    };
    let mut walk = Walk { dom, pieces: Vec::new(), piece: None };
    let mut open: Vec<Open> = vec![Open {
        end: dom.len(),
        id: ROOT,
        tag: Tag::Body,
        block: true,
        hints: Hints::default(),
        far: Hints::default(),
        flags: Flags::default(),
    }];
    let mut id = 1;
    let mut breaks = 0;
    let mut row_end = None;
    while id < dom.len() && walk.pieces.len() < BLOCKS_MAX {
        while let Some(top) = open.last().copied().filter(|o| o.end <= id && o.id != ROOT) {
            open.pop();
            if top.block {
                walk.flush();
            }
        }
        let Some(node) = dom.node(id) else { break };
        let Some(top) = open.last().copied() else { break };
        match node.tag {
            Tag::Text => {
                if !node.text.trim().is_empty() {
                    breaks = 0;
                }
                walk.text(id, node.text, node.raw, &open);
                id += 1;
                continue;
            }
            Tag::Br => {
                breaks += 1;
                if breaks >= 2 {
                    walk.flush();
                } else {
                    walk.text(id, " ", false, &open);
                }
                id += 1;
                continue;
            }
            Tag::Head
            | Tag::Script
            | Tag::Style
            | Tag::Noscript
            | Tag::Svg
            | Tag::Math
            | Tag::Select
            | Tag::Textarea
            | Tag::Iframe
            | Tag::Object
            | Tag::Video
            | Tag::Audio
            | Tag::Canvas
            | Tag::Picture
            | Tag::Button
            | Tag::Embed
            | Tag::Input => {
                id = node.end.max(id + 1);
                continue;
            }
            Tag::Form if is_filled_in(dom, id) => {
                id = node.end.max(id + 1);
                continue;
            }
            Tag::Template if dom.attribute(id, "shadowrootmode").is_none() => {
                id = node.end.max(id + 1);
                continue;
            }
            _ => {}
        }
        let own = hints.get(id as usize).copied().unwrap_or_default();
        let cell = matches!(node.tag, Tag::Td | Tag::Th) && row_end.is_some_and(|end| id < end);
        if node.tag == Tag::Tr {
            row_end = is_data_row(dom, id, &before).then_some(node.end);
        }
        if cell {
            walk.text(id, " ", false, &open);
        }
        let block = node.tag.is_block() && !cell;
        if block {
            walk.flush();
            breaks = 0;
        }
        let mut flags = top.flags;
        match node.tag {
            Tag::A => flags.link = dom.attribute(id, "href").is_some(),
            Tag::B | Tag::Strong => flags.bold = true,
            Tag::I | Tag::Em => flags.emphasis = true,
            Tag::Li => flags.list = true,
            Tag::Td | Tag::Th => flags.table = true,
            Tag::Blockquote | Tag::Q => flags.quote = true,
            Tag::Article | Tag::Main => {
                flags.article = true;
                flags.list = false;
            }
            Tag::Footer => flags.footer = true,
            Tag::Figure | Tag::Figcaption => flags.figure = true,
            _ => {}
        }
        let wide = share(id, node.end) >= 0.5;
        if own.has(Hints::HIDDEN) && !wide {
            flags.hidden = true;
        }
        let mut far = top.far;
        // what is said of half the page says nothing of its parts, but that it is the article
        let kept = if wide { Hints(own.0 & (Hints::BODY.0 | Hints::ARTICLE.0)) } else { own };
        far.add(kept);
        open.push(Open { end: node.end, id, tag: node.tag, block, hints: kept, far, flags });
        id += 1;
    }
    walk.flush();
    let mut pieces = walk.pieces;
    let told = !common_hints(&pieces).0;
    for piece in &mut pieces {
        piece.near.0 &= told;
        piece.far.0 &= told;
        piece.caption |= piece.near.has(Hints::CAPTION);
    }
    pieces
}

/// Hints that most of the page's running text carries: a class named "box" around every paragraph tells nothing of any.
fn common_hints(pieces: &[Piece]) -> Hints {
    const MAY_BE_COMMON: [Hints; 9] = [
        Hints::BOX,
        Hints::FACTS,
        Hints::CAPTION,
        Hints::META,
        Hints::SHARE,
        Hints::TAGS,
        Hints::EMBED,
        Hints::LEAD,
        Hints::RELATED,
    ];
    const CHARS_COUNTED_MAX: u32 = 400;
    let mut total = 0;
    let mut by_hint = [0; MAY_BE_COMMON.len()];
    for piece in pieces.iter().filter(|p| p.is_running_text()) {
        let chars = piece.chars.min(CHARS_COUNTED_MAX);
        total += chars;
        for (sum, hint) in by_hint.iter_mut().zip(MAY_BE_COMMON) {
            if piece.far.has(hint) || piece.near.has(hint) {
                *sum += chars;
            }
        }
    }
    let mut out = Hints::default();
    for (sum, hint) in by_hint.into_iter().zip(MAY_BE_COMMON) {
        if total > 0 && sum * 2 >= total {
            out.add(hint);
        }
    }
    out
}

/// Whether a form asks for an address or a consent; one around the whole page holds more than what is filled in.
fn is_filled_in(dom: &Dom<'_>, id: NodeId) -> bool {
    const NODES_MAX: usize = 80;
    let below = dom.below(id);
    below.len() <= NODES_MAX
        && below.into_iter().filter(|i| dom.tag(*i) == Tag::Input).any(|input| {
            let kind = dom.attribute(input, "type").unwrap_or_default();
            ["email", "password", "checkbox", "tel"].iter().any(|k| kind.eq_ignore_ascii_case(k))
        })
}

/// A row of figures and short names is read as one line; a row that lays out a page is not.
fn is_data_row(dom: &Dom<'_>, id: NodeId, before: &[u32]) -> bool {
    const ROW_BYTES_MAX: u32 = 240;
    const ROW_NODES_MAX: usize = 120;
    let range = dom.below(id);
    let at = |i: NodeId| before.get(i as usize).copied().unwrap_or(0);
    at(range.end) - at(range.start) <= ROW_BYTES_MAX
        && range.len() <= ROW_NODES_MAX
        && range
            .into_iter()
            .all(|i| matches!(dom.tag(i), Tag::Td | Tag::Th) || !dom.tag(i).is_block())
}

struct Walk<'d, 'a> {
    dom: &'d Dom<'a>,
    pieces: Vec<Piece>,
    piece: Option<Piece>,
}

impl Walk<'_, '_> {
    fn flush(&mut self) {
        let Some(mut piece) = self.piece.take() else { return };
        piece.text.truncate(piece.text.trim_end().len());
        if piece.text.chars().any(char::is_alphanumeric) {
            piece.chars = piece.text.chars().count() as u32;
            piece.caption |= !piece.list
                && !piece.table
                && piece.chars <= CAPTION_CHARS_MAX
                && !ends_sentence(&piece.text)
                && self.is_under_picture(&piece);
            self.pieces.push(piece);
        }
    }

    /// Whether a picture stands before the text in the same block: `<p><img><br><em>The bridge</em></p>`.
    fn is_under_picture(&self, piece: &Piece) -> bool {
        const NODES_MAX: NodeId = 8;
        let from = piece.node.max(piece.first.saturating_sub(NODES_MAX));
        let is_own = |picture: NodeId| {
            meta::ancestors(self.dom, picture).find(|a| self.dom.tag(*a).is_block())
                == Some(piece.node)
        };
        (from..piece.first).any(|i| self.dom.tag(i) == Tag::Img && is_own(i))
    }

    fn text(&mut self, id: NodeId, text: &str, raw: bool, open: &[Open]) {
        if raw {
            return;
        }
        if self.piece.is_none() {
            if text.trim().is_empty() {
                return;
            }
            self.piece = Some(self.begin(id, open));
        }
        let (Some(piece), Some(top)) = (self.piece.as_mut(), open.last()) else { return };
        let from = piece.text.len();
        push_folded(&decode(text), &mut piece.text);
        let added = piece.text.get(from..).map_or(0, |t| t.chars().count()) as u32;
        if top.flags.link {
            piece.link_chars += added;
        }
        if top.flags.bold {
            piece.bold_chars += added;
        }
        if top.flags.emphasis {
            piece.emphasis_chars += added;
        }
    }

    fn begin(&self, id: NodeId, open: &[Open]) -> Piece {
        let at = open.iter().rposition(|o| o.block).unwrap_or(0);
        let block = open.get(at).copied();
        let top = open.last().copied();
        let mut near = Hints::default();
        for around in open.iter().skip(at.saturating_sub(2)) {
            near.add(around.hints);
        }
        let flags = top.map(|t| t.flags).unwrap_or_default();
        let tag = block.map_or(Tag::Body, |b| b.tag);
        let node = block.map_or(ROOT, |b| b.id);
        let heading = open.iter().skip(at).find_map(|o| o.tag.heading());
        Piece {
            text: String::new(),
            node,
            parent: self.dom.parent(node),
            first: id,
            tag,
            chars: 0,
            link_chars: 0,
            bold_chars: 0,
            emphasis_chars: 0,
            near,
            far: top.map(|t| t.far).unwrap_or_default(),
            heading,
            list: flags.list,
            table: flags.table,
            quote: flags.quote,
            caption: flags.figure,
            article: flags.article,
            footer: flags.footer,
            hidden: flags.hidden,
        }
    }
}
