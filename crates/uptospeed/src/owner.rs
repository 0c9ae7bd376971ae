//! What this process has charge of: everything, where the store is a file; on a server the shards for which it holds a lease.
//!
//! One thread keeps the leases alive and takes shards that nobody has. The stages ask for their [`Charge`] at every turn; what they
//! remember is bound to its epoch and made anew from the rows under another one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use store::{Lease, Shard, Store};
use tracing::{debug, info, warn};

use crate::clock::Clock;
use crate::pipeline::{MakeCourier, MakeIntake};
use crate::roles::{Role, Roles};

/// How long a lease lasts, by the server's clock, after its owner was heard of last.
pub(crate) const LEASE: Duration = Duration::from_secs(10);

/// Heartbeats while a lease lasts: two may be missed.
const BEATS_A_LEASE: u32 = 3;

/// How often is looked for a shard that nobody has.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long before the end of its lease the courier sends nothing more, as a share of the lease: what left the process in time has
/// left the machine before somebody else takes over.
const MARGIN_SHARE: u32 = 5;

/// A shard that this process has charge of.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    /// The store by which its owner writes: fenced, where somebody else may take over.
    pub(crate) store: Arc<Store>,
    /// Another number after each take-over.
    pub(crate) epoch: i64,
    held: Option<Arc<Held>>,
}

#[derive(Debug)]
struct Held {
    lease: Lease,
    length: Duration,
    /// Until when nobody else can have taken the shard.
    until: Mutex<Instant>,
    /// A write was refused: somebody has.
    is_lost: AtomicBool,
}

impl Charge {
    /// Whether nobody else can have taken the shard yet, and not for a moment to come.
    pub(crate) fn is_sure(&self) -> bool {
        self.held.as_ref().is_none_or(|held| {
            !held.is_lost.load(Ordering::Relaxed)
                && Instant::now() + held.length / MARGIN_SHARE < *locked(&held.until)
        })
    }

    /// Takes note of a write that was refused.
    pub(crate) fn hear(&self, error: &store::Error) {
        if let (store::Error::Fenced, Some(held)) = (error, &self.held) {
            held.is_lost.store(true, Ordering::Relaxed);
        }
    }
}

/// What this process has charge of.
#[derive(Debug)]
pub(crate) struct Owner {
    store: Arc<Store>,
    roles: Roles,
    /// How this process is called in the rows, and how long its leases last; `None`: nobody else is there.
    leases: Option<(String, Duration)>,
    charges: Mutex<BTreeMap<Shard, Charge>>,
    stopped: AtomicBool,
}

impl Owner {
    /// The only process there is.
    pub(crate) fn of_everything(store: Arc<Store>) -> Arc<Self> {
        let charge = |shard| (shard, Charge { store: store.clone(), epoch: 0, held: None });
        let charges = [Shard::Intake, Shard::Stories, Shard::Deliver].map(charge);
        Arc::new(Self {
            roles: Roles::all(),
            leases: None,
            charges: Mutex::new(BTreeMap::from(charges)),
            stopped: AtomicBool::new(false),
            store,
        })
    }

    /// One of several processes. Where it is the only one after all, it takes over `by_force` what another one may still hold.
    pub(crate) fn of_leases(
        store: Arc<Store>,
        roles: Roles,
        length: Duration,
        by_force: bool,
    ) -> Arc<Self> {
        let owner = Arc::new(Self {
            store,
            roles,
            leases: Some((name(), length)),
            charges: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        owner.look_after_all(by_force);
        let keeper = owner.clone();
        let kept = std::thread::Builder::new().name("leases".to_owned()).spawn(move || {
            while !keeper.stopped.load(Ordering::Relaxed) {
                std::thread::sleep(LOOK_EVERY.min(length / BEATS_A_LEASE / 2));
                keeper.look_after_all(false);
            }
        });
        if let Err(error) = kept {
            warn!(%error, "no thread could be started for the leases: they will end");
        }
        owner
    }

    /// A shard, where this process has charge of it.
    pub(crate) fn charge(&self, shard: Shard) -> Option<Charge> {
        let charge = locked(&self.charges).get(&shard).cloned()?;
        let is_lost = charge.held.as_ref().is_some_and(|held| held.is_lost.load(Ordering::Relaxed));
        (!is_lost).then_some(charge)
    }

    /// Whether it reads articles.
    pub(crate) fn reads(&self) -> bool {
        self.roles.has(Role::Read)
    }

    /// Whether others may read the same articles.
    pub(crate) fn is_one_of_several(&self) -> bool {
        self.leases.is_some()
    }

    /// Whether there is anything to do besides the page.
    pub(crate) fn has_work(&self) -> bool {
        self.reads() || !locked(&self.charges).is_empty()
    }

    /// Gives everything up, so that another process goes on at once.
    pub(crate) fn leave(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        for (_, charge) in std::mem::take(&mut *locked(&self.charges)) {
            if let Some(held) = charge.held
                && let Err(error) = self.store.leave_shard(&held.lease)
            {
                debug!(error = %store::chain(&error), "a shard was not given up; its lease ends by itself");
            }
        }
    }

    fn look_after_all(&self, by_force: bool) {
        for (role, shard) in [
            (Role::Intake, Shard::Intake),
            (Role::Stories, Shard::Stories),
            (Role::Deliver, Shard::Deliver),
        ] {
            if self.roles.has(role)
                && let Err(error) = self.look_after(shard, by_force)
            {
                debug!(shard = shard.as_str(), error = %store::chain(&error), "a lease is not looked after");
            }
        }
    }

    /// Keeps a shard alive, or takes it where nobody has it.
    fn look_after(&self, shard: Shard, by_force: bool) -> Result<(), store::Error> {
        let Some((name, length)) = &self.leases else { return Ok(()) };
        let held = locked(&self.charges).get(&shard).and_then(|charge| charge.held.clone());
        // Before the question goes out: the server counts from a later moment.
        let now = Instant::now();
        if let Some(held) = held {
            let is_lost = held.is_lost.load(Ordering::Relaxed);
            let left = locked(&held.until).saturating_duration_since(now);
            if !is_lost && left > length.saturating_sub(*length / BEATS_A_LEASE) {
                return Ok(());
            }
            if !is_lost && self.store.keep_shard(&held.lease, *length)? {
                *locked(&held.until) = now + *length;
                return Ok(());
            }
            locked(&self.charges).remove(&shard);
            warn!(
                shard = shard.as_str(),
                epoch = held.lease.epoch,
                "another process has taken over"
            );
            return Ok(());
        }
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Some(lease) = self.store.take_shard(shard, name, *length, by_force)? else {
            return Ok(());
        };
        info!(shard = shard.as_str(), epoch = lease.epoch, "this process has taken charge");
        let charge = Charge {
            store: Arc::new(self.store.fenced(&lease)),
            epoch: lease.epoch,
            held: Some(Arc::new(Held {
                lease,
                length: *length,
                until: Mutex::new(now + *length),
                is_lost: AtomicBool::new(false),
            })),
        };
        // Whoever stops meanwhile gives up what is there; a lease that comes behind that ends by itself.
        locked(&self.charges).insert(shard, charge);
        Ok(())
    }
}

/// How this process is called in the rows: for people, the epoch tells owners apart.
fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "a machine" } else { host.trim() };
    format!("{host}, process {}", std::process::id())
}

/// What makes the intake of whoever has charge of it.
pub(crate) fn intake(door: net::Door, settings: intake::Settings, clock: Clock) -> MakeIntake {
    Box::new(move |charge| {
        intake::Intake::new(door.clone(), charge.store.clone(), settings.clone(), clock.now())
    })
}

/// What makes the courier of whoever has charge of deliveries.
pub(crate) fn courier(
    wire: Arc<dyn delivery::Wire>,
    settings: delivery::CourierSettings,
) -> MakeCourier {
    Arc::new(move |charge| {
        let asked = charge.clone();
        let may_send: delivery::MaySend = Arc::new(move || asked.is_sure());
        let settings = delivery::CourierSettings { may_send: Some(may_send), ..settings.clone() };
        delivery::Courier::new(charge.store.clone(), wire.clone(), settings)
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
