//! The title of an article: what the page says in four places, and which of them is believed.

use super::dom::{Dom, NodeId, Tag};
use super::hint::Hints;
use super::meta::{Facts, letters};
use crate::date;

/// A headline has few parts; what has more is a part of the page that was never closed.
const HEADLINE_NODES_MAX: usize = 60;
const HEADLINE_BYTES_MAX: usize = 600;

/// Finds the title, and the element that shows it.
pub(super) fn find(dom: &Dom<'_>, hints: &[Hints], sites: &[String], facts: &mut Facts) {
    let named = facts.head.meta(&[
        "headline",
        "og:title",
        "twitter:title",
        "dc.title",
        "sailthru.title",
        "title",
    ]);
    let named = named.map(|t| without_site(t, sites));
    let linked = facts.linked.headline.as_deref();
    let linked = linked.map(|t| without_site(t, sites));
    let tab = facts.head.title.as_deref().map(|t| without_site(t, sites));
    let known: Vec<String> =
        [&named, &linked, &tab].into_iter().flatten().map(|t| letters(t)).collect();
    let best = largest(dom, hints, &known, sites);
    let card = facts.head.meta(&["og:title", "twitter:title"]).map(|t| without_site(t, sites));
    let for_readers = best.as_ref().zip(card).and_then(|(b, card)| for_readers(dom, &b.1, &card));
    let named = for_readers.as_ref().map(|(_, text)| text.clone()).or(named);
    let best = for_readers.or(best);
    facts.headline = best.as_ref().map(|(id, _)| *id);
    let shown = best.map(|(_, text)| text);
    facts.shown.clone_from(&shown);
    // the tab's name often carries a site's name that nothing else tells: the headline at its start is the title
    let tab = match (&shown, tab) {
        (Some(shown), Some(tab)) if tab.starts_with(shown.as_str()) => Some(shown.clone()),
        (_, tab) => tab,
    };
    let long = |title: &Option<String>| title.clone().filter(|t| t.chars().count() > 3);
    facts.title =
        choose(&Said { linked: long(&linked), shown: long(&shown), named: long(&named), tab });
}

/// The headline that is shown: the `<h1>` most like the names that the page gives itself, or an `<h2>` that is more so.
fn largest(
    dom: &Dom<'_>,
    hints: &[Hints],
    known: &[String],
    sites: &[String],
) -> Option<(NodeId, String)> {
    let mut best: Option<(u32, NodeId, String)> = None;
    for (id, level) in headings(dom) {
        let text = dom.spaced_text(id);
        if text.chars().count() < 8 || text.len() > HEADLINE_BYTES_MAX {
            continue;
        }
        let own = letters(&text);
        let alike = known.iter().map(|k| alike(k, &own)).max().unwrap_or(0);
        // A masthead may be an <h1> too.
        if alike < 100 && sites.iter().any(|site| letters(site) == own) {
            continue;
        }
        let hinted = hints.get(id as usize).is_some_and(|h| h.has(Hints::HEADLINE));
        let score = alike * 4 + u32::from(level == 1) * 60 + u32::from(hinted) * 20;
        if (alike > 50 || level == 1) && best.as_ref().is_none_or(|(s, ..)| score > *s) {
            best = Some((score, id, text));
        }
    }
    best.map(|(_, id, text)| (id, text))
}

/// The large headings of a page.
fn headings<'d>(dom: &'d Dom<'_>) -> impl Iterator<Item = (NodeId, u8)> + 'd {
    (0..dom.len()).filter_map(|id| {
        let level = dom.tag(id).heading().filter(|l| *l <= 2)?;
        (dom.below(id).len() <= HEADLINE_NODES_MAX).then_some((id, level))
    })
}

/// The headline that readers see where the largest heading has other words, for search engines (it often ends the trail
/// "Home > Politics > …"): a heading that leads nowhere and says what the card for other sites says, without its kicker.
fn for_readers(dom: &Dom<'_>, largest: &str, card: &str) -> Option<(NodeId, String)> {
    let wanted = letters(card);
    if wanted.is_empty() || letters(largest) == wanted {
        return None;
    }
    headings(dom).find_map(|(id, _)| {
        if dom.below(id).any(|i| dom.tag(i) == Tag::A) {
            return None;
        }
        let last = last_part(dom, id);
        let own = last.as_deref().filter(|last| {
            letters(last) == wanted
                || letters(&dom.text(id)) == wanted && kicker(card, last).is_some()
        });
        match own {
            Some(last) => Some((id, last.to_owned())),
            None => Some((id, dom.spaced_text(id))).filter(|(_, text)| letters(text) == wanted),
        }
    })
}

/// The text of a heading's last element, where another stands before it.
fn last_part(dom: &Dom<'_>, heading: NodeId) -> Option<String> {
    let below = dom.below(heading);
    let mut parts = Vec::new();
    let mut at = below.start;
    while at < below.end {
        let node = dom.node(at)?;
        if node.tag != Tag::Text {
            parts.push(dom.text(at));
        }
        at = node.end.max(at + 1);
    }
    parts.retain(|part| !part.is_empty());
    if parts.len() < 2 { None } else { parts.pop() }
}

/// What a page calls its article, in four places.
struct Said {
    /// In its structured data.
    linked: Option<String>,
    /// In its largest heading.
    shown: Option<String>,
    /// In its card for other sites.
    named: Option<String>,
    /// On the browser's tab.
    tab: Option<String>,
}

/// Chooses the title. Outlets keep the headline proper in the structured data; where they tell search engines something else
/// there (the tab has the same words) and readers and other sites agree, it is the readers'. Without structured data it is
/// what is shown, without a kicker that another place leaves out.
fn choose(said: &Said) -> Option<String> {
    let Said { linked, shown, named, tab } = said;
    let same = |a: &Option<String>, b: &Option<String>| {
        a.as_deref().zip(b.as_deref()).is_some_and(|(a, b)| letters(a) == letters(b))
    };
    if let Some(linked) = linked {
        let for_machines = tab.as_deref().is_some_and(|tab| letters(tab) == letters(linked))
            || shown.as_deref().is_some_and(|shown| kicker(linked, shown).is_some());
        return Some(match shown {
            Some(shown) if same(&said.shown, named) && for_machines => shown.clone(),
            _ => linked.clone(),
        });
    }
    if let (Some(shown), Some(named)) = (shown, named) {
        if kicker(shown, named).is_some() {
            return Some(named.clone());
        }
        if let Some(end) = shared_end(named, shown) {
            return Some(end.to_owned());
        }
    }
    shown.clone().or_else(|| named.clone()).or_else(|| tab.clone())
}

/// Marks between a kicker ("Storm in Karsk") and its headline.
const KICKER_MARKS: [&str; 5] = [": ", " | ", " / ", " - ", " – "];

/// The kicker before a headline, where the title is both of them.
fn kicker<'t>(title: &'t str, headline: &str) -> Option<&'t str> {
    const HEADLINE_CHARS_MIN: usize = 12;
    if headline.chars().count() < HEADLINE_CHARS_MIN {
        return None;
    }
    let front = title.strip_suffix(headline)?;
    KICKER_MARKS.iter().find_map(|mark| front.strip_suffix(mark)).filter(|k| !k.is_empty())
}

/// The headline of two titles that give it different kickers, neither of which is a part of the other.
fn shared_end<'t>(one: &'t str, other: &str) -> Option<&'t str> {
    let ends = KICKER_MARKS.iter().filter_map(|mark| one.split_once(mark));
    ends.map(|(_, end)| end).find(|end| {
        let kickers = kicker(one, end).zip(kicker(other, end));
        // What is longer than the rest is no kicker.
        let short = |kicker: &str| kicker.chars().count() < end.chars().count();
        kickers.is_some_and(|(one, other)| {
            short(one) && short(other) && !one.ends_with(other) && !other.ends_with(one)
        })
    })
}

/// How alike two titles are, of 100.
fn alike(a: &str, b: &str) -> u32 {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    if a == b {
        return 100;
    }
    if a.contains(b) || b.contains(a) {
        let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
        return 40 + (59 * short / long) as u32;
    }
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    (80 * common / a.chars().count().max(b.chars().count())) as u32
}

/// Cuts " | Outlet" off the end of a title (and "Outlet: " off its start).
pub(super) fn without_site(title: &str, sites: &[String]) -> String {
    let mut title = title.trim();
    let sites: Vec<String> = sites.iter().map(|s| letters(s)).filter(|s| s.len() > 2).collect();
    let is_site = |part: &str| {
        let part = letters(part);
        !part.is_empty()
            && sites.iter().any(|s| {
                *s == part
                    || (part.len() >= 4
                        && (s.contains(&part) || part.contains(s.as_str()))
                        && part.len() < s.len() * 2 + 8)
            })
    };
    for _ in 0..3 {
        let cut =
            [" | ", " - ", " – ", " — ", " · ", " • ", " :: ", " » ", " / ", " ‹ ", "|", " > "]
                .iter()
                .filter_map(|mark| Some((title.rfind(mark)?, mark.len())))
                .max();
        let Some((at, len)) = cut else { break };
        let (front, back) = (title.get(..at).unwrap_or(""), title.get(at + len..).unwrap_or(""));
        let is_date = back.len() < 30 && date::parse(back).is_some();
        if (is_site(back) || is_date) && front.chars().count() >= 5 {
            title = front.trim();
        } else {
            break;
        }
    }
    title.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_is_told_from_kickers_and_words_for_machines() {
        let some = |t: &str| Some(t.to_owned()).filter(|t| !t.is_empty());
        for (linked, shown, named, tab, wanted) in [
            // The outlet's own data before the card for others, and before the heading.
            (
                "Tram leaves the rails",
                "Karsk: tram leaves rails",
                "Tram chaos in Karsk",
                "",
                "Tram leaves the rails",
            ),
            // Words for search engines: the tab has them, readers and other sites get others.
            (
                "Tram accident Karsk: all facts",
                "What the driver saw",
                "What the driver saw",
                "Tram accident Karsk: all facts",
                "What the driver saw",
            ),
            (
                "Tram accident Karsk: all facts",
                "What the driver saw",
                "What she saw",
                "Tram accident Karsk: all facts",
                "Tram accident Karsk: all facts",
            ),
            (
                "Karsk - Tram leaves the rails",
                "Tram leaves the rails",
                "Tram leaves the rails",
                "Tram",
                "Tram leaves the rails",
            ),
            // Nothing in the data: what is shown, without its kicker.
            (
                "",
                "Night in Karsk - Tram leaves the rails",
                "Tram leaves the rails",
                "",
                "Tram leaves the rails",
            ),
            (
                "",
                "Night in Karsk - Tram leaves the rails",
                "City traffic: Tram leaves the rails",
                "",
                "Tram leaves the rails",
            ),
            (
                "",
                "Tram leaves the rails",
                "Karsk: Tram leaves the rails",
                "",
                "Tram leaves the rails",
            ),
            ("", "Karsk: rails", "Karsk: rails", "", "Karsk: rails"),
            (
                "",
                "Night in Karsk: Tram leaves the rails",
                "Night in Karsk: Tram leaves the rails",
                "",
                "Night in Karsk: Tram leaves the rails",
            ),
            ("", "", "", "The Courier", "The Courier"),
        ] {
            let said = Said {
                linked: some(linked),
                shown: some(shown),
                named: some(named),
                tab: some(tab),
            };
            assert_eq!(
                choose(&said).as_deref(),
                Some(wanted),
                "{linked} | {shown} | {named} | {tab}"
            );
        }
    }
}
