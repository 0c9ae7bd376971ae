//! What an operator may set about intake.

use std::time::Duration;

/// How eagerly the world is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// A listing is not polled more often.
    pub poll_min: Duration,
    /// A listing is polled at least so often, unless its host asks for less.
    pub poll_max: Duration,
    /// What a host asks for (`Retry-After`, `max-age`) is kept up to this; some ask for a century.
    pub wait_max: Duration,
    /// Between two requests to one host.
    pub host_delay: Duration,
    /// Requests to one host at a time.
    pub host_under_way_max: u32,
    /// Requests begun in one round, all hosts together: what piled up while the program was down is worked off evenly.
    pub starts_per_round: u32,
    /// Requests under way at a time, all hosts together.
    pub under_way_max: u32,
    /// Whether robots.txt is asked before pages are. Feeds that an operator named are polled as any feed reader does.
    pub obey_robots: bool,
    /// How old an article may be that a new listing shows: older ones are noted and not fetched.
    pub backlog: Duration,
    /// When an article is looked at again after it was fetched, each counted from the look before.
    pub looks: Vec<Duration>,
    /// Varies the jitter between installations.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            poll_min: Duration::from_mins(3),
            poll_max: Duration::from_hours(6),
            wait_max: Duration::from_hours(24),
            host_delay: Duration::from_secs(1),
            host_under_way_max: 1,
            starts_per_round: 64,
            under_way_max: 32,
            obey_robots: true,
            backlog: Duration::from_hours(72),
            looks: [1, 5, 18].map(Duration::from_hours).to_vec(),
            seed: 0,
        }
    }
}
