//! The one place where the time comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// The clock that every stage is given.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    /// The machine's.
    System,
    /// The machine's and so many seconds more, for tests of what takes minutes.
    Ahead(u32),
    /// A replay's: seconds since 1970, set by whoever replays.
    Replay(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock, or one that is ahead of it.
    pub(crate) fn ahead(secs: u32) -> Self {
        if secs == 0 { Self::System } else { Self::Ahead(secs) }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Ahead(secs) => Timestamp::now()
                .checked_add(jiff::SignedDuration::from_secs(i64::from(*secs)))
                .unwrap_or(Timestamp::MAX),
            Self::Replay(secs) => Timestamp::from_second(secs.load(Ordering::Acquire))
                .unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Sets a replay's time; the machine's clock is not touched.
    pub(crate) fn set(&self, at: Timestamp) {
        if let Self::Replay(secs) = self {
            secs.store(at.as_second(), Ordering::Release);
        }
    }
}
