//! Intake against sites on loopback, in simulated time.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::format_collect, reason = "tests")]
#![expect(clippy::print_stdout, reason = "the table of requests is read in the test's output")]

mod archives;
mod complete;
mod hostile;
mod hub;
mod polite;
mod site;
mod tables;

use std::sync::Arc;
use std::time::Duration;

use intake::{Intake, Settings};
use jiff::Timestamp;
use net::{Door, Limits, Policy};
use store::{Listing, Store};

/// The day on which the tests begin, seconds.
const T0: i64 = 1_793_858_400;

/// A store with one listing, and an intake that polls it.
struct World {
    store: Arc<Store>,
    intake: Intake,
    folder: tempfile::TempDir,
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(secs).expect("a time")
}

fn settings() -> Settings {
    Settings { host_delay: Duration::ZERO, ..Settings::default() }
}

fn door() -> Door {
    let limits = Limits {
        deadline: Duration::from_secs(5),
        rate_grace: Duration::from_secs(1),
        ..Limits::default()
    };
    Door::new(Policy { limits, ..Policy::default().with_loopback() })
}

impl World {
    fn new(listing: &str, now: i64) -> Self {
        Self::with(settings(), &[listing], now)
    }

    fn with(settings: Settings, listings: &[&str], now: i64) -> Self {
        // In memory where there is such a place: these tests are about days of polling, not about the disk.
        let folder =
            tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let store = Arc::new(Store::open(&folder.path().join("store.db")).expect("a store"));
        for url in listings {
            store.add_listing(url, None, at(now)).expect("a listing");
        }
        let intake = Intake::new(door(), Arc::clone(&store), settings, at(now)).expect("an intake");
        Self { store, intake, folder }
    }

    /// The same store in a new process.
    fn restarted(self, settings: Settings, now: i64) -> Self {
        let Self { store, intake, folder } = self;
        drop((store, intake));
        let store = Arc::new(Store::open(&folder.path().join("store.db")).expect("the store"));
        let intake = Intake::new(door(), Arc::clone(&store), settings, at(now)).expect("an intake");
        Self { store, intake, folder }
    }

    fn listing(&self) -> Listing {
        self.store.listings().expect("listings").remove(0)
    }
}
