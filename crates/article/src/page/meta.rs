//! What a page says of itself in its head and around its headline: title, authors, dates, outlet, language, addresses.

use super::authors;
use super::dom::{Dom, NodeId, Tag};
use super::hint::{self, Hints};
use super::linked::{self, Linked};
use super::title;
use crate::date::{self, Found};
use crate::{markup, url};

/// `<meta>` and `<link>` of a page, names in lower case.
#[derive(Debug, Default)]
pub(super) struct Head {
    metas: Vec<(String, String)>,
    pub(super) canonical: Option<String>,
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
}

/// Everything that was found about the article besides its text.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) head: Head,
    pub(super) linked: Linked,
    pub(super) title: Option<String>,
    /// The headline as the page shows it.
    pub(super) shown: Option<String>,
    pub(super) authors: Vec<String>,
    /// Nobody is named, or only the outlet itself.
    pub(super) authors_are_outlet: bool,
    pub(super) published: Option<Found>,
    pub(super) modified: Option<Found>,
    pub(super) outlet: Option<String>,
    pub(super) section: Option<String>,
    pub(super) description: Option<String>,
    /// The element that shows the headline.
    pub(super) headline: Option<NodeId>,
}

impl Head {
    /// The first of the names that the page gives.
    pub(super) fn meta(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|name| self.metas.iter().find(|(k, v)| k == name && !v.is_empty()))
            .map(|(_, v)| v.as_str())
    }

    pub(super) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.metas.iter().filter(move |(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }
}

fn head(dom: &Dom<'_>) -> Head {
    const METAS_MAX: usize = 400;
    let mut out = Head::default();
    for id in 0..dom.len() {
        match dom.tag(id) {
            Tag::Meta if out.metas.len() < METAS_MAX => {
                let name = ["property", "name", "itemprop", "http-equiv"]
                    .iter()
                    .find_map(|k| dom.attribute(id, k));
                if let (Some(name), Some(content)) = (name, dom.attribute(id, "content")) {
                    let content = markup::fold(&markup::decode(content));
                    out.metas.push((name.trim().to_ascii_lowercase(), content));
                }
            }
            Tag::Link => {
                let canonical =
                    dom.attribute(id, "rel").is_some_and(|r| r.eq_ignore_ascii_case("canonical"));
                if canonical && out.canonical.is_none() {
                    out.canonical = dom
                        .attribute(id, "href")
                        .map(|h| markup::decode(h).trim().to_owned())
                        .filter(|h| !h.is_empty());
                }
            }
            Tag::Title if out.title.is_none() => {
                // an <svg> has titles too
                let in_svg = dom.tag(dom.parent(id)) == Tag::Svg;
                out.title = Some(dom.text(id)).filter(|t| !t.is_empty() && !in_svg);
            }
            _ => {}
        }
    }
    let lang = dom.attribute(0, "lang").or_else(|| dom.attribute(0, "xml:lang"));
    out.language = lang.map(|l| l.trim().replace('_', "-")).filter(|l| is_language(l));
    out
}

impl Facts {
    /// The language that the page says it is in.
    pub(super) fn language(&self) -> Option<String> {
        let named = self.head.meta(&["content-language", "dc.language", "og:locale", "language"]);
        [self.head.language.as_deref(), self.linked.language.as_deref(), named]
            .into_iter()
            .flatten()
            .map(|l| l.trim().replace('_', "-"))
            .find(|l| is_language(l))
    }
}

/// `de`, `pt-BR`, `zh-Hant-TW`.
pub(super) fn is_language(text: &str) -> bool {
    let first = text.split('-').next().unwrap_or("");
    matches!(first.len(), 2 | 3)
        && text.len() <= 20
        && text.split('-').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric()))
        && first.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Reads everything but the text.
pub(super) fn read(dom: &Dom<'_>, hints: &[Hints], page_url: Option<&str>) -> Facts {
    let head = head(dom);
    let linked = linked::read(dom);
    let mut facts = Facts { head, linked, ..Facts::default() };
    facts.outlet = facts
        .head
        .meta(&["og:site_name"])
        .map(str::to_owned)
        .or_else(|| facts.linked.publisher.clone())
        .or_else(|| facts.linked.site.clone())
        .or_else(|| {
            facts.head.meta(&["application-name", "apple-mobile-web-app-title"]).map(str::to_owned)
        });
    let site_names: Vec<String> = [
        facts.outlet.clone(),
        facts.linked.publisher.clone(),
        facts.linked.site.clone(),
        facts.head.meta(&["og:site_name"]).map(str::to_owned),
        page_url.and_then(url::host),
    ]
    .into_iter()
    .flatten()
    .collect();
    title::find(dom, hints, &site_names, &mut facts);
    facts.description = facts
        .head
        .meta(&["og:description", "description", "twitter:description"])
        .map(str::to_owned)
        .or_else(|| facts.linked.description.clone());
    facts.section = facts
        .linked
        .section
        .clone()
        .or_else(|| facts.head.meta(&["article:section", "section"]).map(str::to_owned));
    dates(dom, hints, &mut facts);
    authors::find(dom, hints, page_url, &mut facts);
    facts
}

/// Letters and digits only, in lower case.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn dates(dom: &Dom<'_>, hints: &[Hints], facts: &mut Facts) {
    const PUBLISHED: [&str; 20] = [
        "article:published_time",
        "og:article:published_time",
        "datepublished",
        "article:published",
        "og:published_time",
        "sailthru.date",
        "parsely-pub-date",
        "cxenseparse:recs:publishtime",
        "cxenseparse:publishtime",
        "dc.date.issued",
        "dcterms.created",
        "dc.date.created",
        "pubdate",
        "publishdate",
        "publish-date",
        "article.published",
        "dc.date",
        "dcterms.date",
        "date",
        "rnews:datepublished",
    ];
    const MODIFIED: [&str; 8] = [
        "article:modified_time",
        "og:updated_time",
        "og:article:modified_time",
        "datemodified",
        "article:modified",
        "last-modified",
        "dcterms.modified",
        "lastmod",
    ];
    let mut found: Vec<Found> = Vec::new();
    found.extend(facts.linked.published);
    let listed = PUBLISHED.iter().filter_map(|n| facts.head.meta(&[n]));
    found.extend(listed.filter_map(date::parse_zoned));
    if found.is_empty() || found.iter().all(|f| f.moment.day_only || !f.zoned) {
        found.extend(shown_date(dom, hints, facts.headline));
    }
    // the first word counts, but a later one that says the same day with an hour or a zone says it better
    let first = found.first().copied();
    facts.published = first.map(|first| {
        let day = first.moment.day();
        let better = |f: &&Found| {
            let near = f.moment.day() == day
                || (!first.moment.day_only
                    && (f.moment.at.as_second() - first.moment.at.as_second()).abs() < 15 * 3600);
            near && (f.zoned && !first.zoned && !f.moment.day_only
                || !f.moment.day_only && first.moment.day_only)
        };
        found.iter().skip(1).find(better).copied().unwrap_or(first)
    });
    facts.modified = facts.linked.modified.or_else(|| {
        MODIFIED.iter().filter_map(|n| facts.head.meta(&[n])).find_map(date::parse_zoned)
    });
    // what is published after it was changed was published when it was changed, or the words were mixed up
    if facts.published.is_none() && facts.modified.is_some() {
        facts.published = facts.modified;
    }
}

/// Dates in `<time>` and in elements named for it, nearest after the headline first.
fn shown_date(dom: &Dom<'_>, hints: &[Hints], headline: Option<NodeId>) -> Vec<Found> {
    const TEXT_BYTES_MAX: usize = 120;
    let mut out: Vec<(u32, Found)> = Vec::new();
    for id in 0..dom.len() {
        let tag = dom.tag(id);
        let hint = hints.get(id as usize).copied().unwrap_or_default();
        if tag != Tag::Time && !hint.has(Hints::DATE) {
            continue;
        }
        if dom.below(id).len() > 40 {
            continue;
        }
        let mut read = dom
            .attribute(id, "datetime")
            .or_else(|| dom.attribute(id, "content"))
            .and_then(|d| date::parse_zoned(&markup::decode(d)));
        if read.is_none() {
            let text = dom.text(id);
            if text.len() <= TEXT_BYTES_MAX {
                read = date::find_zoned(&text);
            }
        }
        let Some(read) = read else { continue };
        let inside = ancestors(dom, id).any(|a| {
            hints.get(a as usize).is_some_and(|h| {
                h.has(Hints::RELATED)
                    || h.has(Hints::COMMENT)
                    || h.has(Hints::SIDE)
                    || h.has(Hints::NAV)
            })
        });
        let distance = match headline {
            Some(h) if id >= h => id - h,
            Some(h) => (h - id) * 4,
            None => id,
        };
        out.push((distance + if inside { 100_000 } else { 0 }, read));
    }
    if out.iter().all(|(d, _)| *d >= 100_000)
        && let Some(headline) = headline
    {
        out.extend(bare_date(dom, headline));
    }
    out.sort_by_key(|(distance, _)| *distance);
    out.into_iter().filter(|(d, _)| *d < 100_000).map(|(_, f)| f).take(3).collect()
}

/// A short text near the headline that is a date, whatever its element is called.
fn bare_date(dom: &Dom<'_>, headline: NodeId) -> Option<(u32, Found)> {
    const BEFORE: NodeId = 80;
    const AFTER: NodeId = 250;
    const TEXT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
    let after = headline..headline.saturating_add(AFTER).min(dom.len());
    let before = headline.saturating_sub(BEFORE)..headline;
    for id in after.chain(before.rev()) {
        let Some(node) = dom.node(id).filter(|n| n.tag == Tag::Text && !n.raw) else { continue };
        let text = node.text.trim();
        if TEXT_BYTES.contains(&text.len())
            && text.bytes().any(|b| b.is_ascii_digit())
            && let Some(found) = date::find_zoned(&markup::fold(&markup::decode(text)))
        {
            return Some((headline.abs_diff(id), found));
        }
    }
    None
}

pub(super) fn ancestors<'d>(dom: &'d Dom<'_>, id: NodeId) -> impl Iterator<Item = NodeId> + 'd {
    let mut at = id;
    std::iter::from_fn(move || {
        if at == 0 {
            return None;
        }
        at = dom.parent(at);
        Some(at)
    })
}

/// Hints of every element, in the order of the nodes.
pub(super) fn hints(dom: &Dom<'_>) -> Vec<Hints> {
    (0..dom.len())
        .map(|id| match dom.tag(id) {
            Tag::Text => Hints::default(),
            tag => hint::of(dom, id, tag),
        })
        .collect()
}
