//! A web page: its clean article.

mod authors;
mod block;
mod body;
mod dom;
mod edges;
mod furniture;
mod hint;
mod linked;
mod meta;
mod standfirst;
mod title;
mod weights;

use block::Piece;
use dom::Dom;
use edges::Choice;

pub use furniture::Furniture;

use crate::plain::ends_sentence;
use crate::{Article, Block, Doubt, Moment, Span, charset, promotion, url};

/// What is known of a page besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct PageHint {
    /// Where it was fetched, after redirects.
    pub url: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The outlet, where the listing says so.
    pub outlet: Option<String>,
}

/// A page, read.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The article that it holds; its text is empty where it holds none.
    pub article: Article,
    /// What was odd.
    pub doubts: Vec<Doubt>,
    /// Every line of the page as a hash, for [`Furniture::learn`].
    pub lines: Vec<u64>,
}

/// The most bytes of one page that are read.
const BYTES_MAX: usize = 16 << 20;

/// Reads a page: body as blocks, title, authors, dates, language, canonical address.
///
/// # Limits
///
/// 16 MiB, 400,000 nodes, 400 levels, 20,000 blocks; what is beyond is left out, with a doubt.
pub fn read(html: &[u8], hint: &PageHint) -> Page {
    read_known(html, hint, &Furniture::default())
}

/// Reads a page as [`read`] does, leaving out what earlier pages of its host repeat.
pub fn read_known(html: &[u8], hint: &PageHint, furniture: &Furniture) -> Page {
    let mut doubts = Vec::new();
    let html = if html.len() > BYTES_MAX {
        doubts.push(doubt("page.too-large", "the page is over 16 MiB; only its start was read"));
        html.get(..BYTES_MAX).unwrap_or_default()
    } else {
        html
    };
    let text = charset::decode(html, hint.content_type.as_deref(), &mut doubts);
    let dom = Dom::new(&text);
    if dom.full {
        doubts.push(doubt("page.too-many-nodes", "only the first 400,000 nodes were read"));
    }
    let hints = meta::hints(&dom);
    let mut facts = meta::read(&dom, &hints, hint.url.as_deref());
    let pieces = block::cut(&dom, &hints);
    let mut judged = body::judge(&dom, &pieces, &facts);
    let mut lines: Vec<u64> = pieces.iter().map(|p| body::text_hash(&p.text)).collect();
    for ((chance, line), piece) in judged.chance.iter_mut().zip(&lines).zip(&pieces) {
        if furniture.holds(*line, &piece.text) {
            *chance = 0.0;
        }
    }
    lines.sort_unstable();
    lines.dedup();
    let mut chosen = body::choose(&dom, &pieces, &judged, facts.headline);
    let apart = standfirst::take(&pieces, &mut chosen, &facts);
    let choices = edges::kinds(&pieces, &judged, &chosen.pieces, &mut facts);
    let moments = edges::moments(&pieces, &choices, &facts);
    let mut article = Article {
        url: hint.url.clone(),
        outlet: hint.outlet.clone().or_else(|| facts.outlet.clone()),
        published: facts.published.map(|f| f.moment),
        modified: facts.modified.map(|f| f.moment),
        language: facts.language(),
        title: facts.title.clone(),
        authors: facts.authors.clone(),
        canonical: canonical(&facts, hint),
        section: facts.section.clone(),
        paywalled: facts.linked.free == Some(false),
        live: facts.linked.live,
        ..Article::default()
    };
    fill(&mut article, &pieces, &choices, &moments);
    article.standfirst = apart.or_else(|| standfirst::described(&article.text, &facts));
    article.correction = choices
        .iter()
        .filter_map(|c| pieces.get(c.piece))
        .find(|p| promotion::is_correction(&p.text))
        .map(|p| p.text.clone());
    article.truncated = is_truncated(&article, &facts);
    if article.text.is_empty() {
        doubts.push(doubt("page.no-body", "no text of an article was found in the page"));
    }
    Page { article, doubts, lines }
}

fn doubt(code: &str, message: &str) -> Doubt {
    Doubt { code: code.to_owned(), message: message.to_owned() }
}

fn canonical(facts: &meta::Facts, hint: &PageHint) -> Option<String> {
    let base = hint.url.as_deref();
    let named = facts.head.canonical.as_deref().or_else(|| facts.head.meta(&["og:url"]));
    named
        .or(facts.linked.address.as_deref())
        .and_then(|link| url::join(base, link))
        .or_else(|| base.and_then(url::canonical))
}

/// Whether the text breaks off: it is behind a wall and ends in the middle, or is far shorter than the page says.
fn is_truncated(article: &Article, facts: &meta::Facts) -> bool {
    let last =
        article.blocks.iter().rev().find(|b| b.kind.is_news()).map(|b| b.span.of(&article.text));
    let breaks_off =
        last.is_some_and(|l| !ends_sentence(l) || l.ends_with(['…']) || l.ends_with("..."));
    let words = article.text.split_whitespace().count() as u64;
    let short = facts.linked.words.is_some_and(|all| all > 100 && words * 2 < all);
    article.paywalled && (breaks_off || short)
}

/// Writes the chosen blocks into the article.
fn fill(article: &mut Article, pieces: &[Piece], choices: &[Choice], moments: &[Option<Moment>]) {
    for (i, choice) in choices.iter().enumerate() {
        let Some(piece) = pieces.get(choice.piece) else { continue };
        if !article.text.is_empty() {
            article.text.push('\n');
        }
        let start = article.text.len();
        article.text.push_str(&piece.text);
        article.blocks.push(Block {
            span: Span::new(start, article.text.len()),
            kind: choice.kind,
            at: moments.get(i).copied().flatten(),
        });
    }
    article.live |= article.blocks.iter().filter(|b| b.at.is_some()).count() > 2;
}

/// Features of every block with the gold's share of its words: what the model is trained on.
#[doc(hidden)]
pub fn training_rows(
    html: &[u8],
    hint: &PageHint,
    gold: &str,
) -> Vec<(f32, u32, Vec<f32>, String)> {
    let text = charset::decode(html, hint.content_type.as_deref(), &mut Vec::new());
    let dom = Dom::new(&text);
    let hints = meta::hints(&dom);
    let facts = meta::read(&dom, &hints, hint.url.as_deref());
    let pieces = block::cut(&dom, &hints);
    let judged = body::judge(&dom, &pieces, &facts);
    let shares = body::shares(&pieces, gold);
    pieces
        .into_iter()
        .zip(judged.features)
        .zip(shares)
        .map(|((piece, features), share)| (share, piece.chars, features, piece.text))
        .collect()
}
