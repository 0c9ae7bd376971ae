//! Who may be asked now: few requests at a time to one host, with a pause between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::Settings;

/// Hosts that are remembered; those that are free are forgotten first.
const HOSTS_MAX: usize = 200_000;

/// Keeps the pace of every host. Clones keep the same one.
#[derive(Clone, Debug)]
pub struct Pace {
    settings: Arc<Settings>,
    hosts: Arc<Mutex<HashMap<String, Host>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Host {
    under_way: u32,
    /// Not asked before, milliseconds.
    next_at: i64,
    /// What the host's robots.txt asks for, milliseconds.
    crawl_delay: i64,
}

/// Leave to ask a host once; giving it back ends the request.
#[derive(Debug)]
pub struct Ticket {
    hosts: Arc<Mutex<HashMap<String, Host>>>,
    host: String,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get_mut(&self.host) {
            host.under_way = host.under_way.saturating_sub(1);
        }
    }
}

impl Pace {
    /// Starts with every host free.
    pub fn new(settings: Arc<Settings>) -> Self {
        Self { settings, hosts: Arc::default() }
    }

    /// Takes leave to ask a host now, or says `None`: not yet. The next leave comes a pause later.
    pub fn claim(&self, host: &str, now: Timestamp) -> Option<Ticket> {
        let now = now.as_millisecond();
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_MAX {
            hosts.retain(|_, host| host.under_way > 0 || host.next_at > now);
        }
        let delay = i64::try_from(self.settings.host_delay.as_millis()).unwrap_or(i64::MAX);
        let state = hosts.entry(host.to_owned()).or_default();
        if state.under_way >= self.settings.host_under_way_max.max(1) || state.next_at > now {
            return None;
        }
        state.under_way += 1;
        state.next_at = now.saturating_add(delay.max(state.crawl_delay));
        Some(Ticket { hosts: Arc::clone(&self.hosts), host: host.to_owned() })
    }

    /// Whether a host may be asked now.
    pub fn is_free(&self, host: &str, now: Timestamp) -> bool {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.get(host).is_none_or(|state| {
            state.under_way < self.settings.host_under_way_max.max(1)
                && state.next_at <= now.as_millisecond()
        })
    }

    /// Leaves a host alone until a time: it asked for that.
    pub fn hold(&self, host: &str, until: Timestamp) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let state = hosts.entry(host.to_owned()).or_default();
        state.next_at = state.next_at.max(until.as_millisecond());
    }

    /// Keeps at least this pause between two requests to a host.
    pub fn set_delay(&self, host: &str, delay: SignedDuration) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.entry(host.to_owned()).or_default().crawl_delay =
            i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_asked_one_at_a_time_with_a_pause() {
        let at = |ms: i64| Timestamp::from_millisecond(1_000_000 + ms).unwrap();
        let pace = Pace::new(Arc::new(Settings::default()));
        let first = pace.claim("a.example", at(0));
        assert!(first.is_some());
        assert!(pace.claim("b.example", at(0)).is_some(), "another host does not wait");
        assert!(pace.claim("a.example", at(5000)).is_none(), "one at a time");
        drop(first);
        assert!(pace.claim("a.example", at(999)).is_none(), "a pause of a second");
        assert!(pace.claim("a.example", at(1000)).is_some());
        pace.hold("a.example", at(60_000));
        assert!(pace.claim("a.example", at(59_999)).is_none(), "it asked for a minute");
        pace.set_delay("a.example", SignedDuration::from_secs(10));
        assert!(pace.claim("a.example", at(60_000)).is_some());
        assert!(
            pace.claim("a.example", at(69_999)).is_none(),
            "its robots.txt asks for ten seconds"
        );
        let asking = pace.claim("a.example", at(70_000));
        assert!(asking.is_some());
        assert!(!pace.is_free("a.example", at(80_000)), "it is being asked");
        drop(asking);
        assert!(pace.is_free("a.example", at(80_000)));
    }
}
