//! The proof that nothing was missed: each poll has to reach back to what the one before had seen.
//!
//! A listing shows a window of what was published. Where two windows overlap, everything between was seen. Where they do
//! not, something may have come and gone unseen: a gap.

use jiff::Timestamp;
use store::Chain;

/// One entry of a poll.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// The key of its address.
    pub key: [u8; 16],
    /// Its date, where it has a believable one.
    pub at: Option<Timestamp>,
}

/// The share of neighbouring dated entries that must fall for a listing to count as newest first, in hundredths.
const ORDERED_PERCENT: usize = 80;

/// Whether what is listed now reaches back to what was listed before.
///
/// A listing in order of time proves it by an entry that is known and stands after (is older than) every new one: an entry
/// that an outlet pins to the top for weeks proves nothing. A listing in an editor's order has no such end, and any known
/// entry has to do.
///
/// `sorted`: the listing is one of those that stand in an order of time at all; a front page does not.
pub(crate) fn overlaps(before: &Chain, now: &[Link], sorted: bool) -> bool {
    if before.0.is_empty() || now.is_empty() {
        return true;
    }
    let known = |link: &Link| before.0.contains(&link.key);
    let Some(first_new) = now.iter().position(|link| !known(link)) else { return true };
    let last_new = now.iter().rposition(|link| !known(link)).unwrap_or(first_new);
    // What is pinned stands out of order and is known: the new ones tell how the listing is sorted.
    let new: Vec<Link> = now.iter().copied().filter(|link| !known(link)).collect();
    let order = order(&new).or_else(|| order(now)).filter(|_| sorted);
    match order.unwrap_or(Order::Other) {
        Order::NewestFirst => now.iter().skip(last_new).any(known),
        Order::OldestFirst => now.iter().take(first_new).any(known),
        Order::Other => now.iter().any(known),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    NewestFirst,
    OldestFirst,
    Other,
}

/// `None` where there are too few dates to tell.
fn order(links: &[Link]) -> Option<Order> {
    let dates: Vec<Timestamp> = links.iter().filter_map(|link| link.at).collect();
    if dates.is_empty() {
        // Feeds without dates stand newest first by custom.
        return Some(Order::NewestFirst);
    }
    if dates.len() < 3 {
        return None;
    }
    let pairs = dates.len() - 1;
    let falling = dates.windows(2).filter(|pair| pair.first() >= pair.get(1)).count();
    let rising = dates.windows(2).filter(|pair| pair.first() <= pair.get(1)).count();
    if falling * 100 >= pairs * ORDERED_PERCENT {
        Some(Order::NewestFirst)
    } else if rising * 100 >= pairs * ORDERED_PERCENT {
        Some(Order::OldestFirst)
    } else {
        Some(Order::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `"5 4 3"`: entries numbered by time, in the listing's order; a trailing `?` has no date.
    fn links(text: &str) -> Vec<Link> {
        text.split_ascii_whitespace()
            .map(|word| {
                let bare = word.trim_end_matches('?');
                let n: u8 = bare.parse().unwrap_or(0);
                let mut key = [0; 16];
                key.fill(n);
                let at = Timestamp::from_second(i64::from(n) * 600).ok().filter(|_| bare == word);
                Link { key, at }
            })
            .collect()
    }

    fn check(before: &str, now: &str) -> bool {
        overlaps(&Chain(links(before).iter().map(|link| link.key).collect()), &links(now), true)
    }

    #[test]
    fn polls_overlap_or_leave_a_gap() {
        for (before, now, wanted, why) in [
            ("", "3 2 1", true, "a first poll has nothing to reach back to"),
            ("3 2 1", "3 2 1", true, "nothing new"),
            ("3 2 1", "5 4 3", true, "the oldest is known"),
            ("3 2 1", "6 5 4", false, "3 may have had followers that came and went"),
            ("3 2 1", "", true, "an empty answer proves nothing, and asks for no back-fill either"),
            ("9 3 2", "9 12 11 10", false, "9 is pinned to the top"),
            ("3 2 1", "4 5 6", false, "oldest first and no known one"),
            ("3 2 1", "3 4 5", true, "oldest first, begins with a known one"),
            ("3? 2? 1?", "5? 4? 3?", true, "no dates, newest first by custom"),
            ("3? 2? 1?", "6? 5? 4?", false, "no dates, none known"),
            ("4 9 2 7 5", "8 4 1 9 6", true, "an editor's order: any known one"),
            ("4 9 2 7 5", "8 14 1 12 6", false, "an editor's order, none known"),
            ("3 2 1", "2 1", true, "an item was taken back"),
        ] {
            assert_eq!(check(before, now), wanted, "{why}: {before} -> {now}");
        }
    }
}
