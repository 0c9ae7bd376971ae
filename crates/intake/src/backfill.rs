//! Fills gaps: from the listing's own further pages, else from the site's sitemaps.

use std::collections::HashSet;

use article::feed::{self, Entry, Feed, FeedHint};
use jiff::{SignedDuration, Timestamp};
use net::Request;
use store::{Filling, Gap, GapState, Listing};

use crate::Intake;
use crate::poll::{Polled, addressed, dated};
use crate::run::NEW_GAP;

/// Pages of a paged feed that are read for one gap.
const PAGES_MAX: usize = 20;

/// Sitemaps that are read for one gap.
const SITEMAPS_MAX: usize = 8;

/// Tries before a gap is given up: a site that was down when the gap was found is asked again with later polls.
const TRIES_MAX: u32 = 6;

/// How long before the last poll an article may be dated that first showed up after it.
const LATE_HOURS: i64 = 6;

/// What was found for a gap.
struct Search {
    entries: Vec<(String, Entry)>,
    /// The list that was read reaches back over the gap.
    reaches: bool,
    way: &'static str,
}

impl Intake {
    /// Tries to fill a listing's gap. `polled` is the good poll that this follows; `before` is what was listed before it.
    pub(crate) async fn fill(
        &self,
        listing: &Listing,
        gap: &Gap,
        polled: &Polled,
        now: Timestamp,
    ) -> store::Result<Filling> {
        // What was listed before the gap is known at the poll that found it; later only dates tell.
        let is_new = gap.id == NEW_GAP;
        let before: HashSet<[u8; 16]> =
            listing.chain.0.iter().copied().filter(|_| is_new).collect();
        let mut shown: HashSet<[u8; 16]> =
            polled.row.chain.iter().flat_map(|chain| chain.0.iter().copied()).collect();
        if !is_new {
            shown.extend(listing.chain.0.iter().copied());
        }
        let mut search = Search { entries: Vec::new(), reaches: false, way: "" };
        if let Some(page) = first_page(listing, polled) {
            self.read_pages(&page, gap, (&before, shown), now, &mut search).await;
        }
        if !search.reaches {
            self.read_sitemaps(listing, polled, gap, &before, now, &mut search).await?;
        }
        let state = if search.reaches {
            GapState::Filled
        } else if gap.tries + 1 >= TRIES_MAX {
            GapState::Lost
        } else {
            GapState::Open
        };
        let note = match state {
            GapState::Filled => None,
            GapState::Open => {
                Some("no further page and no sitemap reaches over it yet; tried again".to_owned())
            }
            GapState::Lost => Some("no further page and no sitemap reaches over it".to_owned()),
        };
        // What was found counts even where it cannot be proved to be all.
        let way = (!search.entries.is_empty() || search.reaches).then(|| search.way.to_owned());
        let retry = now
            .checked_add(SignedDuration::from_mins(15 << gap.tries.min(5)))
            .unwrap_or(Timestamp::MAX);
        Ok(Filling { gap: gap.id, entries: search.entries, state, way, note, retry })
    }

    /// Asks for a list that belongs to a gap, keeping the host's pace.
    async fn list(&self, url: &str) -> Option<(String, Feed)> {
        tokio::time::sleep(self.settings().host_delay).await;
        let response = self.door().get(Request::new(url)).await.ok().filter(|r| r.status == 200)?;
        let hint = FeedHint {
            url: Some(response.final_url.clone()),
            content_type: response.headers.content_type.clone(),
        };
        let body = response.body;
        let feed = tokio::task::spawn_blocking(move || feed::read(&body, &hint)).await.ok()?;
        (!feed.format.is_empty()).then_some((response.final_url, feed))
    }

    /// Reads the listing's further pages (RFC 5005, or WordPress's `paged`) until one shows something that was known.
    async fn read_pages(
        &self,
        first: &str,
        gap: &Gap,
        (before, mut seen): (&HashSet<[u8; 16]>, HashSet<[u8; 16]>),
        now: Timestamp,
        search: &mut Search,
    ) {
        let mut next = Some(first.to_owned());
        for page in 2..PAGES_MAX + 2 {
            let Some(url) = next.take() else { return };
            let Some((base, feed)) = self.list(&url).await else { return };
            next = feed.feed.next.as_deref().and_then(|to| article::url::join(Some(&base), to));
            if next.is_none() && first.contains("paged=2") {
                next = Some(first.replace("paged=2", &format!("paged={}", page + 1)));
            }
            let entries = addressed(feed.entries, &base);
            let fresh = entries.iter().filter(|(url, _)| seen.insert(store::url_key(url))).count();
            // A site that answers every page with the first one has no pages.
            if fresh == 0 {
                return;
            }
            search.way = "the feed's further pages";
            let reaches = |(url, entry): &(String, Entry)| {
                before.contains(&store::url_key(url))
                    || dated(entry, now).is_some_and(|at| at < gap.from_at)
            };
            search.reaches = entries.iter().any(reaches);
            search.entries.extend(entries.into_iter().filter(|entry| !reaches(entry)));
            if search.reaches {
                return;
            }
        }
    }

    /// Reads the site's sitemaps for what is dated in the gap.
    async fn read_sitemaps(
        &self,
        listing: &Listing,
        polled: &Polled,
        gap: &Gap,
        before: &HashSet<[u8; 16]>,
        now: Timestamp,
        search: &mut Search,
    ) -> store::Result<()> {
        let oldest = gap
            .from_at
            .checked_sub(SignedDuration::from_hours(LATE_HOURS))
            .unwrap_or(Timestamp::MIN);
        let section = section(&polled.row.entries);
        let mut queue = self.robots(&listing.url, now).await?.sitemaps;
        if queue.is_empty() {
            queue.extend(
                ["/news-sitemap.xml", "/sitemap.xml"]
                    .iter()
                    .filter_map(|p| article::url::join(Some(&listing.url), p)),
            );
        }
        // The news sitemap has the last two days and is short: first.
        queue.sort_by_key(|url| !url.to_ascii_lowercase().contains("news"));
        queue.reverse();
        let mut asked = HashSet::new();
        while let Some(url) = queue.pop() {
            if asked.len() >= SITEMAPS_MAX || !asked.insert(url.clone()) {
                continue;
            }
            let Some((base, feed)) = self.list(&url).await else { continue };
            if feed.format == "sitemap-index" {
                let mut parts: Vec<Entry> = feed.entries;
                parts.retain(|part| {
                    part.updated.or(part.published).is_none_or(|at| at.at >= oldest)
                });
                parts.sort_by_key(|part| part.updated.or(part.published).map(|at| at.at));
                let parts = parts.iter().rev().take(SITEMAPS_MAX).rev();
                queue.extend(
                    parts.filter_map(|part| article::url::join(Some(&base), part.link.as_deref()?)),
                );
                continue;
            }
            let site = article::url::host(&listing.url);
            let entries = addressed(feed.entries, &base);
            let dates: Vec<Timestamp> =
                entries.iter().filter_map(|(_, entry)| dated(entry, now)).collect();
            let known = entries.iter().any(|(url, _)| before.contains(&store::url_key(url)));
            let found: Vec<(String, Entry)> = entries
                .into_iter()
                .filter(|(url, entry)| {
                    let at = dated(entry, now);
                    at.is_some_and(|at| (oldest..=gap.to_at).contains(&at))
                        && article::url::host(url) == site
                        && section.as_deref().is_none_or(|section| url.contains(section))
                        && !before.contains(&store::url_key(url))
                })
                .collect();
            // It reaches over the gap where it has something from before it and something from within or after.
            let reaches = (known || dates.iter().any(|at| *at <= gap.from_at))
                && dates.iter().any(|at| *at >= gap.from_at);
            if !found.is_empty() || reaches {
                search.way = "the sitemap";
            }
            search.entries.extend(found);
            if reaches {
                search.reaches = true;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The listing's second page, where it says so or where its address is that of a WordPress feed, which always has pages.
fn first_page(listing: &Listing, polled: &Polled) -> Option<String> {
    if let Some(page) = &polled.next_page {
        return Some(page.clone());
    }
    let path = listing.url.split(['?', '#']).next()?.trim_end_matches('/');
    let is_wordpress = path.ends_with("/feed") && !listing.url.contains('?');
    is_wordpress.then(|| format!("{}?paged=2", listing.url))
}

/// The first part of the path where all entries share it: a section's feed is not filled with other sections' articles.
fn section(entries: &[(String, Entry)]) -> Option<String> {
    let part = |url: &str| {
        let url = url::Url::parse(url).ok()?;
        let first = url.path_segments()?.next()?.to_owned();
        let named = first.chars().any(char::is_alphabetic)
            && !first.contains('.')
            && url.path_segments()?.count() > 1;
        named.then_some(first)
    };
    let first = part(&entries.first()?.0)?;
    let shared =
        entries.len() >= 5 && entries.iter().all(|(url, _)| part(url).as_deref() == Some(&first));
    shared.then(|| format!("/{first}/"))
}

/// What is known of a listing's completeness, in words: "complete since …", and each gap.
pub fn completeness(listing: &Listing, gaps: &[Gap]) -> Vec<String> {
    let mut lines = Vec::new();
    let when = |at: Timestamp| at.strftime("%-d %b %Y %H:%M UTC").to_string();
    let open = gaps.iter().filter(|gap| gap.state == GapState::Open).map(|gap| gap.from_at).min();
    lines.push(match (listing.complete_since, open) {
        (None, _) => "not polled yet".to_owned(),
        (Some(since), None) => format!("complete since {}", when(since)),
        (Some(since), Some(open)) if open > since => {
            format!("complete since {}, but for what is said below", when(since))
        }
        (Some(_), Some(open)) => format!("not known to be complete since {}", when(open)),
    });
    for gap in gaps {
        let minutes = gap.to_at.duration_since(gap.from_at).as_mins();
        let length = if minutes < 120 {
            format!("{minutes} min")
        } else {
            format!("{} h", (minutes + 30) / 60)
        };
        let came = match (gap.state, gap.found) {
            (GapState::Filled, 0) => "nothing was missing".to_owned(),
            (GapState::Open, 0) => "being filled".to_owned(),
            (GapState::Lost, 0) => "nothing could be recovered".to_owned(),
            (state, found) => {
                let way = gap.way.as_deref().unwrap_or("elsewhere");
                let rest = match state {
                    GapState::Filled => "",
                    GapState::Open => "; there may be more",
                    GapState::Lost => "; there may have been more",
                };
                format!("{} of {found} recovered from {way}{rest}", gap.recovered)
            }
        };
        lines.push(format!("gap of about {length} before {}: {came}", when(gap.to_at)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sections_feed_has_a_section() {
        let check = |urls: &[&str]| {
            let entries: Vec<_> =
                urls.iter().map(|u| ((*u).to_owned(), Entry::default())).collect();
            section(&entries)
        };
        let sport: Vec<String> = (0..5).map(|n| format!("https://a.example/sport/{n}")).collect();
        let sport: Vec<&str> = sport.iter().map(String::as_str).collect();
        assert_eq!(check(&sport).as_deref(), Some("/sport/"));
        assert_eq!(check(&sport[..4]), None, "too few to tell");
        let years: Vec<String> = (0..5).map(|n| format!("https://a.example/2026/{n}")).collect();
        assert_eq!(
            check(&years.iter().map(String::as_str).collect::<Vec<_>>()),
            None,
            "a year is no section"
        );
        assert_eq!(check(&["https://a.example/x.html"; 5]), None);
    }
}
