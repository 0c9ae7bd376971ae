//! What is counted and remembered of people at the door, in memory: tries, and who has just shown once more who they are.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use store::Proof;

/// Tries of a name, and of an address, within a quarter of an hour.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<BTreeMap<String, (Timestamp, u32)>>);

/// How long tries are counted.
const TRIES_MINUTES: i64 = 15;

/// Wrong passwords for one name within that time.
const TRIES_NAME_MAX: u32 = 10;

/// Wrong passwords from one address within that time.
const TRIES_PEER_MAX: u32 = 50;

/// Names and addresses that are counted; when there are more, the oldest go.
const TRIES_KEYS_MAX: usize = 4_096;

impl Tries {
    fn keys(name: &str, peer: Option<SocketAddr>) -> [(String, u32); 2] {
        let peer = peer.map(|p| p.ip().to_canonical().to_string()).unwrap_or_default();
        [
            (format!("name {}", name.to_lowercase()), TRIES_NAME_MAX),
            (format!("peer {peer}"), TRIES_PEER_MAX),
        ]
    }

    /// Counts a try before its password is looked at; `false`: there were too many.
    pub(super) fn take(&self, name: &str, peer: Option<SocketAddr>, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = now
            .checked_sub(SignedDuration::from_mins(TRIES_MINUTES))
            .unwrap_or(Timestamp::UNIX_EPOCH);
        all.retain(|_, (first, _)| *first > fresh);
        make_room(&mut all, TRIES_KEYS_MAX, |(first, _)| *first);
        let mut allowed = true;
        for (key, most) in Self::keys(name, peer) {
            let (_, count) = all.entry(key).or_insert((now, 0));
            *count = count.saturating_add(1);
            allowed &= *count <= most;
        }
        allowed
    }

    /// The password was right: the name starts anew.
    pub(super) fn forget(&self, name: &str) {
        let [(key, _), _] = Self::keys(name, None);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

/// Makes room for one more: where there are so many, the oldest go.
pub(super) fn make_room<K: Ord + Clone, V>(
    all: &mut BTreeMap<K, V>,
    most: usize,
    at: impl Fn(&V) -> Timestamp,
) {
    while all.len() >= most {
        let Some(oldest) = all.iter().min_by_key(|(_, v)| at(v)).map(|(k, _)| k.clone()) else {
            break;
        };
        all.remove(&oldest);
    }
}

/// Sessions whose person has just shown once more who they are: what a password says for those who have none.
#[derive(Debug, Default)]
pub(super) struct Sure(Mutex<BTreeMap<(i64, i64, Timestamp), Timestamp>>);

/// How long that counts, minutes.
const SURE_MINUTES: i64 = 10;

/// Sessions that are remembered for it; when there are more, the oldest go.
const SURE_MAX: usize = 1_024;

impl Sure {
    pub(super) fn note(&self, proof: &Proof, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut all, SURE_MAX, |at| *at);
        all.insert((proof.person, proof.id, proof.made_at), now);
    }

    pub(super) fn is(&self, proof: &Proof, now: Timestamp) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.get(&(proof.person, proof.id, proof.made_at));
        at.is_some_and(|at| now.duration_since(*at) < SignedDuration::from_mins(SURE_MINUTES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_end_and_begin_again() {
        let tries = Tries::default();
        let peer = "192.0.2.1:9".parse().ok();
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        assert!((0..10).all(|_| tries.take("Ada", peer, at(100))));
        assert!(!tries.take("ada", peer, at(101)), "the eleventh, whatever the case");
        assert!(tries.take("Bea", peer, at(101)), "somebody else");
        assert!(tries.take("ada", peer, at(116)), "later");
        tries.forget("ADA");
        assert!((0..10).all(|_| tries.take("ada", peer, at(117))));
        for n in 0..10_000 {
            tries.take(&format!("n{n}"), None, at(118));
        }
        assert!(tries.0.lock().unwrap().len() <= TRIES_KEYS_MAX + 1, "memory is bounded");
    }
}
