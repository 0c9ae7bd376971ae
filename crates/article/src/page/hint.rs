//! What the names of classes and ids say about an element, before a word of its text is read.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::dom::{Dom, NodeId, Tag};

/// A set of hints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints(pub(super) u32);

impl Hints {
    pub(super) const BODY: Self = Self(1);
    pub(super) const ARTICLE: Self = Self(1 << 1);
    pub(super) const LEAD: Self = Self(1 << 2);
    pub(super) const RELATED: Self = Self(1 << 3);
    pub(super) const SHARE: Self = Self(1 << 4);
    pub(super) const PROMO: Self = Self(1 << 5);
    pub(super) const COMMENT: Self = Self(1 << 6);
    pub(super) const META: Self = Self(1 << 7);
    pub(super) const NAV: Self = Self(1 << 8);
    pub(super) const AD: Self = Self(1 << 9);
    pub(super) const CAPTION: Self = Self(1 << 10);
    pub(super) const HIDDEN: Self = Self(1 << 11);
    pub(super) const SIDE: Self = Self(1 << 12);
    pub(super) const AUTHOR: Self = Self(1 << 13);
    pub(super) const TAGS: Self = Self(1 << 14);
    pub(super) const QUOTE: Self = Self(1 << 15);
    pub(super) const PAYWALL: Self = Self(1 << 16);
    pub(super) const HEADLINE: Self = Self(1 << 17);
    pub(super) const EMBED: Self = Self(1 << 18);
    pub(super) const LEGAL: Self = Self(1 << 19);
    pub(super) const DATE: Self = Self(1 << 20);
    pub(super) const BOX: Self = Self(1 << 21);
    pub(super) const FACTS: Self = Self(1 << 22);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    fn by_name(name: &str) -> Self {
        match name {
            "body" => Self::BODY,
            "article" => Self::ARTICLE,
            "lead" => Self::LEAD,
            "related" => Self::RELATED,
            "share" => Self::SHARE,
            "promo" => Self::PROMO,
            "comment" => Self::COMMENT,
            "meta" => Self::META,
            "nav" => Self::NAV,
            "ad" => Self::AD,
            "caption" => Self::CAPTION,
            "hidden" => Self::HIDDEN,
            "side" => Self::SIDE,
            "author" => Self::AUTHOR,
            "tags" => Self::TAGS,
            "quote" => Self::QUOTE,
            "paywall" => Self::PAYWALL,
            "headline" => Self::HEADLINE,
            "embed" => Self::EMBED,
            "legal" => Self::LEGAL,
            "date" => Self::DATE,
            "box" => Self::BOX,
            "facts" => Self::FACTS,
            _ => Self(0),
        }
    }
}

static WORDS: LazyLock<FxHashMap<&'static str, Hints>> = LazyLock::new(|| {
    let mut words: FxHashMap<&'static str, Hints> = FxHashMap::default();
    for line in include_str!("../../data/class-names.txt").lines().filter(|l| !l.starts_with('#')) {
        let mut parts = line.split_whitespace();
        let Some(name) = parts.next() else { continue };
        for word in parts {
            words.entry(word).or_default().add(Hints::by_name(name));
        }
    }
    words
});

/// Reads an element's own names: class, id, itemprop, role, data-component and data-testid.
pub(super) fn of(dom: &Dom<'_>, id: NodeId, tag: Tag) -> Hints {
    let mut out = Hints::default();
    for (key, value) in dom.attributes(id) {
        match *key {
            "class"
            | "id"
            | "data-component"
            | "data-testid"
            | "data-block"
            | "data-type"
            | "data-module"
            | "data-component-name"
            | "data-qa"
            | "data-name"
            | "data-role"
            | "data-gtm-name"
            | "data-block-name"
            | "data-tb-region"
            | "aria-label"
            | "name" => {
                names(value, &mut out);
            }
            "itemprop" => match value.to_ascii_lowercase().as_str() {
                "articlebody" => out.add(Hints::BODY),
                "author" => out.add(Hints::AUTHOR),
                "headline" => out.add(Hints::HEADLINE),
                "datepublished" | "datemodified" => out.add(Hints::DATE),
                "description" | "alternativeheadline" | "abstract" => out.add(Hints::LEAD),
                "comment" => out.add(Hints::COMMENT),
                "caption" => out.add(Hints::CAPTION),
                _ => {}
            },
            "role" => match *value {
                "navigation" | "menu" | "menubar" | "search" | "banner" | "contentinfo"
                | "tablist" | "toolbar" => out.add(Hints::NAV),
                "complementary" => out.add(Hints::SIDE),
                "dialog" | "alertdialog" => out.add(Hints::HIDDEN),
                _ => {}
            },
            "hidden" => out.add(Hints::HIDDEN),
            "aria-hidden" if *value == "true" => out.add(Hints::HIDDEN),
            "style" => {
                let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
                if value.contains("display:none") || value.contains("visibility:hidden") {
                    out.add(Hints::HIDDEN);
                }
            }
            _ => {}
        }
    }
    match tag {
        Tag::Nav | Tag::Menu | Tag::Search => out.add(Hints::NAV),
        Tag::Aside => out.add(Hints::SIDE),
        Tag::Figcaption | Tag::Caption => out.add(Hints::CAPTION),
        Tag::Dialog => out.add(Hints::HIDDEN),
        _ => {}
    }
    out
}

/// Looks up every word of a list of names, and every two neighbours: `article-body`, `articleBody`, `article__body`.
fn names(value: &str, out: &mut Hints) {
    const NAMES_BYTES_MAX: usize = 400;
    let mut last = String::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in value.chars().take(NAMES_BYTES_MAX).chain(std::iter::once(' ')) {
        let ends = !c.is_ascii_alphabetic() || (c.is_ascii_uppercase() && was_lower);
        if ends && !word.is_empty() {
            if let Some(hint) = WORDS.get(word.as_str()) {
                out.add(*hint);
            }
            last.push_str(&word);
            if last.len() > word.len()
                && let Some(hint) = WORDS.get(last.as_str())
            {
                out.add(*hint);
            }
            std::mem::swap(&mut last, &mut word);
            word.clear();
        }
        if c == ' ' {
            last.clear();
        }
        was_lower = c.is_ascii_lowercase();
        if c.is_ascii_alphabetic() {
            word.push(c.to_ascii_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_word_by_word_and_in_pairs() {
        for (given, wanted) in [
            ("c-article__body x", Hints::BODY),
            ("articleBody", Hints::BODY),
            ("Newsletter-SignUp", Hints::PROMO),
            ("nothing here", Hints(0)),
            ("é-ü", Hints(0)),
        ] {
            let mut out = Hints::default();
            names(given, &mut out);
            assert!(out.has(wanted) || (wanted.0 == 0 && out.0 == 0), "{given}: {out:?}");
        }
    }
}
