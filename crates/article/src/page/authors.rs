//! Who wrote a page: persons, agencies and signs, told from the outlet's own name.

use super::dom::{Dom, NodeId, Tag};
use super::hint::Hints;
use super::meta::{Facts, ancestors, letters};
use crate::url;

/// Finds who wrote the article: the page's own data first, then what it shows near its headline.
pub(super) fn find(dom: &Dom<'_>, hints: &[Hints], page_url: Option<&str>, facts: &mut Facts) {
    const NAMES: [&str; 8] = [
        "author",
        "article:author",
        "byl",
        "parsely-author",
        "sailthru.author",
        "dc.creator",
        "dcterms.creator",
        "cxenseparse:author",
    ];
    let mut names: Vec<String> = facts.linked.authors.clone();
    if names.is_empty() {
        for name in NAMES {
            names = facts
                .head
                .all(name)
                .filter(|v| !v.contains("://") && !v.contains('@') && v.len() < 200)
                .map(str::to_owned)
                .collect();
            if !names.is_empty() {
                break;
            }
        }
    }
    let outlets = Outlets::new(facts, page_url);
    // beside persons the outlet's own name is left out, but for "Outlet and Agency" in one
    if names.len() > 1 && !names.iter().all(|n| outlets.holds(n)) {
        names.retain(|n| !outlets.holds(n));
    }
    let mut names: Vec<String> = names.iter().flat_map(|n| split_names(n)).collect();
    // an outlet as its own author says nothing where the page shows a person
    if names.iter().all(|n| outlets.holds(n)) {
        let persons = |shown: Vec<String>| -> Vec<String> {
            let shown = shown.iter().flat_map(|n| split_names(n));
            shown.filter(|n| !outlets.holds(n)).collect()
        };
        let mut shown = persons(shown_authors(dom, hints, facts.headline));
        if shown.is_empty() {
            shown = persons(byline(dom, hints, facts.headline).into_iter().collect());
        }
        if !shown.is_empty() {
            names = shown;
        }
    }
    facts.authors_are_outlet = names.iter().all(|n| outlets.holds(n));
    let mut out: Vec<String> = Vec::new();
    for name in names {
        // "All articles by Ada Novak" beside "Ada Novak" is a link's text
        if !out.iter().any(|o| o.eq_ignore_ascii_case(&name) || name.contains(o.as_str())) {
            out.push(name);
        }
    }
    facts.authors = out;
}

/// What the outlet calls itself, to tell it from persons.
struct Outlets {
    /// Letters only.
    names: Vec<String>,
}

impl Outlets {
    fn new(facts: &Facts, page_url: Option<&str>) -> Self {
        let host = page_url.and_then(url::host);
        let given: Vec<&str> = [&facts.outlet, &facts.linked.publisher, &facts.linked.site, &host]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let mut names: Vec<String> = given.iter().map(|n| letters(n)).collect();
        for name in given {
            // "dw.com" is called DW, "Legal Tribune Online" signs as LTO
            if let Some((first, _)) = name.split_once('.').filter(|_| !name.contains(' ')) {
                names.push(letters(first));
            } else {
                names.push(initials(name));
            }
        }
        names.retain(|n| n.chars().count() >= 2);
        Self { names }
    }

    fn holds(&self, name: &str) -> bool {
        const SHORT_BYTES: usize = 4;
        let first = letters(name.split_whitespace().next().unwrap_or(""));
        let (short, name) = (initials(name), letters(name));
        self.names.iter().any(|o| {
            if o.len() <= SHORT_BYTES {
                *o == name || *o == first || *o == short
            } else {
                name.contains(o.as_str())
                    || (o.contains(&name) && (name.len() > SHORT_BYTES || o.starts_with(&name)))
            }
        })
    }
}

/// "DW" of "Deutsche Welle".
fn initials(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    words.filter_map(|w| w.chars().next()).flat_map(char::to_lowercase).collect()
}

/// Persons that the page shows near its headline: rel=author, itemprop=author, classes named for it.
fn shown_authors(dom: &Dom<'_>, hints: &[Hints], headline: Option<NodeId>) -> Vec<String> {
    let from = headline.unwrap_or(0);
    let mut out = Vec::new();
    let mut id = 0;
    while id < dom.len() {
        let hint = hints.get(id as usize).copied().unwrap_or_default();
        let rel = dom.attribute(id, "rel").is_some_and(|r| r.eq_ignore_ascii_case("author"));
        if (rel || hint.has(Hints::AUTHOR)) && dom.below(id).len() < 30 {
            let inside = ancestors(dom, id).any(|a| {
                hints.get(a as usize).is_some_and(|h| {
                    h.has(Hints::RELATED)
                        || h.has(Hints::COMMENT)
                        || h.has(Hints::NAV)
                        || h.has(Hints::HIDDEN)
                })
            });
            let text = dom.text(id);
            let name = name_part(without_by(&text));
            let named = dom.attribute(id, "itemprop").is_some_and(|p| p == "author");
            let sign = name.len() <= if named { 24 } else { 10 }
                && !name.contains(' ')
                && name.chars().all(|c| c.is_alphabetic() || matches!(c, '/' | ';'));
            if !inside
                && (looks_like_names(name) || sign)
                && !is_service(name)
                && id.abs_diff(from) < 4000
            {
                out.push(name.to_owned());
                id = dom.below(id).end;
                continue;
            }
        }
        id += 1;
    }
    out.dedup();
    out.truncate(4);
    out
}

/// "By Ada Novak" in a short element near the headline, whatever it is called.
fn byline(dom: &Dom<'_>, hints: &[Hints], headline: Option<NodeId>) -> Option<String> {
    const BEFORE: NodeId = 150;
    const AFTER: NodeId = 700;
    const TEXT_BYTES_MAX: usize = 90;
    let headline = headline?;
    let range = headline.saturating_sub(BEFORE)..headline.saturating_add(AFTER).min(dom.len());
    for id in range {
        if dom.tag(id) == Tag::Text || dom.below(id).len() > 12 {
            continue;
        }
        let text = dom.text(id);
        if text.len() > TEXT_BYTES_MAX || text.len() < 6 {
            continue;
        }
        let name = without_by(&text);
        let name = name_part(name.split(',').next().unwrap_or(name));
        let words = name.split_whitespace().count();
        let link = dom.tag(id) == Tag::A && dom.attribute(id, "rel") != Some("author");
        if name.len() < text.len()
            && !text.starts_with(name)
            && (2..=5).contains(&words)
            && looks_like_names(name)
            && !link
            && !hints.get(id as usize).is_some_and(|h| h.has(Hints::CAPTION))
        {
            return Some(name.to_owned());
        }
    }
    None
}

/// What stands before the date or the place that often follows a name: "Ada Novak am 21. April 2026".
fn name_part(text: &str) -> &str {
    const BEFORE_DATES: [&str; 9] = [" am", " on", " at", " le", " el", " den", " um", " -", " –"];
    let text = text.split(['|', '•', '·']).next().unwrap_or(text).trim();
    let Some(digit) = text.find(|c: char| c.is_ascii_digit()) else { return text };
    let text = text.get(..digit).unwrap_or("").trim();
    BEFORE_DATES.iter().find_map(|word| text.strip_suffix(word)).unwrap_or(text).trim()
}

/// Names of services and of controls stand beside names of persons.
fn is_service(text: &str) -> bool {
    const SERVICES: [&str; 22] = [
        "twitter",
        "facebook",
        "instagram",
        "whatsapp",
        "linkedin",
        "telegram",
        "youtube",
        "email",
        "e-mail",
        "mail",
        "rss",
        "bluesky",
        "mastodon",
        "threads",
        "follow",
        "share",
        "print",
        "xing",
        "pinterest",
        "author",
        "autor",
        "redaktion",
    ];
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric() && c != '-').any(|w| SERVICES.contains(&w))
}

/// One to six words, each written as names are; no figures, no addresses.
pub(super) fn looks_like_names(text: &str) -> bool {
    const SMALL: [&str; 24] = [
        "and", "und", "et", "y", "e", "og", "och", "en", "de", "von", "van", "der", "den", "da",
        "di", "del", "la", "le", "al", "bin", "dos", "du", "zu", "el",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=6).contains(&words.len())
        && text.len() < 90
        && !text.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | '?' | '!' | '|' | ':'))
        && words.iter().all(|w| {
            let first = w.chars().find(|c| c.is_alphabetic());
            SMALL.contains(w) || first.is_some_and(|c| !c.is_lowercase())
        })
}

/// "By", "Von", "Par" and their like before a name.
pub(super) fn without_by(text: &str) -> &str {
    const BY: [&str; 24] = [
        "by ",
        "written by ",
        "von ",
        "vom ",
        "par ",
        "por ",
        "di ",
        "de ",
        "da ",
        "door ",
        "av ",
        "af ",
        "przez ",
        "autor: ",
        "autor:",
        "autore: ",
        "author: ",
        "автор: ",
        "автор:",
        "text: ",
        "text:",
        "от ",
        "a cura di ",
        "story by ",
    ];
    let text = text.trim();
    let lower = text.to_lowercase();
    BY.iter()
        .filter(|by| lower.starts_with(**by))
        .map(|by| by.len())
        .max()
        .and_then(|len| text.get(len..))
        .map_or(text, str::trim)
}

/// Cuts "A and B", "A, B; C" into names.
fn split_names(text: &str) -> Vec<String> {
    let text = without_by(text);
    let mut parts = vec![text];
    for mark in [
        ";", " | ", " / ", ", ", " and ", " & ", " und ", " et ", " y ", " og ", " och ", " en ",
        " и ",
    ] {
        parts = parts.into_iter().flat_map(|p| p.split(mark)).collect();
    }
    parts
        .into_iter()
        .map(|p| {
            let name = without_by(p);
            // "Ada Novak (ano)": the sign in brackets says the same
            let name = match name.split_once(" (") {
                Some((front, sign)) if sign.ends_with(')') && sign.len() <= 12 => front,
                _ => name,
            };
            let name = name.strip_suffix(" 기자").unwrap_or(name);
            name.trim_matches([',', ' ', '-', '|']).to_owned()
        })
        .filter(|p| !p.is_empty() && p.chars().any(char::is_alphabetic))
        .collect()
}
