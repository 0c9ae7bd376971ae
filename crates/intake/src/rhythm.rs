//! When a listing is asked again: by its own rhythm, within what its host allows, never all at once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::Settings;

/// Entries whose dates tell the rhythm: the newest ones.
const SAMPLE: usize = 20;

/// Polls for one new entry. Two: on average half a gap late.
const POLLS_PER_ENTRY: i64 = 2;

/// A listing that shows nothing new is asked less often: after a silence of T, every T / 8.
const SILENCE_SHARE: i64 = 8;

/// Jitter as a share of the interval: up to a tenth later, never earlier.
const JITTER_SHARE: u64 = 10;

/// What is known of how often a listing brings something.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct History {
    /// The measured rhythm.
    pub rhythm_secs: Option<u32>,
    /// When something new last came.
    pub changed_at: Option<Timestamp>,
}

/// Measures how often entries come, from their dates: the mean time between the newest ones, seconds.
pub(crate) fn measure(dates: &[Timestamp], now: Timestamp) -> Option<u32> {
    let mut secs: Vec<i64> =
        dates.iter().map(|at| at.as_second()).filter(|at| *at <= now.as_second()).collect();
    secs.sort_unstable_by(|a, b| b.cmp(a));
    // Several entries of one second are one batch: the batch's rhythm counts.
    secs.dedup();
    secs.truncate(SAMPLE);
    let (newest, oldest) = (*secs.first()?, *secs.last()?);
    let gaps = i64::try_from(secs.len()).ok()? - 1;
    if gaps < 2 {
        return None;
    }
    u32::try_from((newest - oldest) / gaps).ok()
}

/// How many seconds until the next poll after a good answer, before jitter.
fn interval(settings: &Settings, history: History, now: Timestamp) -> i64 {
    let (least, most) = bounds(settings);
    let rhythm = history.rhythm_secs.map_or(i64::from(30 * 60), i64::from) / POLLS_PER_ENTRY;
    let silence =
        history.changed_at.map_or(0, |at| (now.as_second() - at.as_second()) / SILENCE_SHARE);
    rhythm.max(silence).clamp(least, most)
}

fn bounds(settings: &Settings) -> (i64, i64) {
    let least = secs(settings.poll_min).max(1);
    (least, secs(settings.poll_max).max(least))
}

/// When to ask again after a good answer. `fresh_for` is the host's word: it is not asked before that is over.
pub(crate) fn after_answer(
    settings: &Settings,
    listing: i64,
    history: History,
    fresh_for: Option<Duration>,
    now: Timestamp,
) -> Timestamp {
    let wanted = interval(settings, history, now);
    let fresh = fresh_for.map_or(0, |d| secs(d.min(settings.wait_max)));
    later(now, wanted.max(fresh), jitter(settings, listing, now, wanted))
}

/// When to ask again after a failure: twice as late each time, up to the longest interval; or when the host says.
pub(crate) fn after_failure(
    settings: &Settings,
    listing: i64,
    failures: u32,
    retry_after: Option<Duration>,
    now: Timestamp,
) -> Timestamp {
    let (least, most) = bounds(settings);
    let wanted = least
        .saturating_mul(1_i64.checked_shl(failures.min(20)).unwrap_or(i64::MAX))
        .clamp(least, most);
    let asked = retry_after.map_or(0, |d| secs(d.min(settings.wait_max)));
    later(now, wanted.max(asked), jitter(settings, listing, now, wanted))
}

fn later(now: Timestamp, secs: i64, jitter: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(secs.saturating_add(jitter)))
        .unwrap_or(Timestamp::MAX)
}

/// A tenth of the interval at most, the same for the same listing and time: listings that were added together drift apart.
fn jitter(settings: &Settings, listing: i64, now: Timestamp, interval: i64) -> i64 {
    let mut x = settings.seed ^ (listing as u64).rotate_left(32) ^ now.as_second() as u64;
    // SplitMix64's finaliser (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output.
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    i64::try_from(x % (interval.unsigned_abs() / JITTER_SHARE + 1)).unwrap_or(0)
}

pub(crate) fn secs(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + secs).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn minutes(from: Timestamp) -> i64 {
        (from.as_second() - at(0).as_second()) / 60
    }

    #[test]
    fn the_rhythm_is_the_listings_own() {
        let every = |step: i64, n: i64| (0..n).map(|i| at(-i * step)).collect::<Vec<_>>();
        for (dates, wanted) in [
            (every(600, 30), Some(600)),
            (every(86_400, 5), Some(86_400)),
            (every(600, 2), None),
            (vec![at(0); 30], None),
            (vec![], None),
            (vec![at(99_999), at(88_888), at(77_777)], None),
        ] {
            assert_eq!(measure(&dates, at(0)), wanted);
        }
    }

    #[test]
    fn polls_keep_within_bounds() {
        let settings = Settings::default();
        let ask = |rhythm: u32, silent_hours: i64, fresh: Option<u64>| {
            let history =
                History { rhythm_secs: Some(rhythm), changed_at: Some(at(-silent_hours * 3600)) };
            minutes(after_answer(&settings, 7, history, fresh.map(Duration::from_secs), at(0)))
        };
        for (rhythm, silent, fresh, least, most) in [
            (10, 0, None, 3, 3),
            (1800, 0, None, 15, 17),
            (1800, 24, None, 180, 198),
            (86_400 * 30, 0, None, 360, 396),
            (10, 0, Some(3600), 60, 61),
            (10, 0, Some(u64::MAX), 24 * 60, 24 * 60 + 1),
        ] {
            let found = ask(rhythm, silent, fresh);
            assert!((least..=most).contains(&found), "{rhythm} {silent} {fresh:?}: {found}");
        }
        let fail = |n, retry: Option<u64>| {
            minutes(after_failure(&settings, 7, n, retry.map(Duration::from_secs), at(0)))
        };
        assert!((3..=4).contains(&fail(0, None)));
        assert!((24..=27).contains(&fail(3, None)));
        assert!((360..=396).contains(&fail(400, None)));
        assert!((120..=121).contains(&fail(0, Some(7200))));
        assert!((1440..=1476).contains(&fail(9, Some(u64::MAX))));
    }
}
