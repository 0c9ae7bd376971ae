//! The door against servers on loopback: manners, hostile hosts, closed places.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![expect(clippy::indexing_slicing, reason = "tests")]

mod closed;
mod hostile;
mod kept;
mod manners;
mod server;

use std::time::Duration;

use net::{Door, Limits, Policy};

/// A door with short limits that lets loopback through.
fn door() -> Door {
    Door::new(policy())
}

fn policy() -> Policy {
    let limits = Limits {
        deadline: Duration::from_secs(4),
        rate_grace: Duration::from_millis(400),
        connect_max: Duration::from_secs(2),
        ..Limits::default()
    };
    Policy { limits, ..Policy::default().with_loopback() }
}
