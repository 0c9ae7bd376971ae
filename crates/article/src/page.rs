//! A web page: its clean article.

mod block;
mod body;
mod dom;
mod hint;
mod linked;
mod meta;
mod weights;

use block::Piece;
use dom::Dom;

use crate::plain::ends_sentence;
use crate::{Article, Block, BlockKind, Doubt, Span, charset, promotion, url};

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
}

/// The most bytes of one page that are read.
const BYTES_MAX: usize = 16 << 20;

/// Reads a page: body as blocks, title, authors, dates, language, canonical address.
///
/// # Limits
///
/// 16 MiB, 400,000 nodes, 400 levels, 20,000 blocks; what is beyond is left out, with a doubt.
pub fn read(html: &[u8], hint: &PageHint) -> Page {
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
    let facts = meta::read(&dom, &hints, hint.url.as_deref());
    let pieces = block::cut(&dom, &hints);
    let judged = body::judge(&dom, &pieces, &facts);
    let chosen = body::choose(&dom, &pieces, &judged, facts.headline);
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
    fill(&mut article, &pieces, &judged, &chosen);
    article.standfirst = standfirst(&article, &facts);
    if article.text.is_empty() {
        doubts.push(doubt("page.no-body", "no text of an article was found in the page"));
    }
    Page { article, doubts }
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

/// The description that the page gives, where its text does not begin with it.
fn standfirst(article: &Article, facts: &meta::Facts) -> Option<String> {
    let given = facts.description.as_deref()?;
    let start: String = given.chars().take(40).collect();
    (given.chars().count() >= 40 && !article.text.contains(&start)).then(|| given.to_owned())
}

/// Writes the chosen blocks into the article.
fn fill(article: &mut Article, pieces: &[Piece], judged: &body::Judged, chosen: &[usize]) {
    let mut lead = true;
    for i in chosen {
        let Some(piece) = pieces.get(*i) else { continue };
        if !article.text.is_empty() {
            article.text.push('\n');
        }
        let start = article.text.len();
        article.text.push_str(&piece.text);
        let kind = if judged.promotion.get(*i) == Some(&promotion::Promotion::Yes) {
            BlockKind::Promotion
        } else if piece.caption {
            BlockKind::Caption
        } else if piece.heading.is_some() || is_bold_heading(piece) {
            BlockKind::Heading
        } else if piece.list {
            BlockKind::List
        } else if piece.quote {
            BlockKind::Quote
        } else if lead {
            lead = false;
            BlockKind::Lead
        } else {
            BlockKind::Paragraph
        };
        article.blocks.push(Block { span: Span::new(start, article.text.len()), kind, at: None });
    }
}

/// A short paragraph all in bold type without an end mark is a sub-heading.
fn is_bold_heading(piece: &Piece) -> bool {
    piece.bold_chars * 10 >= piece.chars * 9 && piece.chars < 120 && !ends_sentence(&piece.text)
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
