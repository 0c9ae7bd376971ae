//! How the fake misbehaves: as planned for one call, or by chance with a seed.

/// A misbehaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, "Too Many Requests: retry after N".
    TooMany {
        /// Seconds to wait; until then the chat answers the same.
        retry_after: u64,
    },
    /// It is done, and the answer never arrives.
    CutAfter,
    /// Nothing is done, and no answer arrives.
    CutBefore,
    /// A server behind answers with an error, the thing done or not.
    ServerError {
        /// 500, 502, 504.
        status: u16,
        /// Whether it was done.
        done: bool,
    },
    /// The bot is thrown out of the chat.
    Kick,
    /// The group becomes a supergroup.
    Migrate,
    /// It is done and answered, slowly.
    Slow {
        /// How slowly, milliseconds.
        millis: u64,
    },
}

/// How often things go wrong by chance, per 10,000 calls that change something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// See [`Fault::TooMany`].
    pub too_many: u32,
    /// The longest wait that is asked for, seconds.
    pub wait_secs_max: u64,
    /// See [`Fault::CutAfter`].
    pub cut_after: u32,
    /// See [`Fault::CutBefore`].
    pub cut_before: u32,
    /// See [`Fault::ServerError`]; half of them are done.
    pub server_error: u32,
    /// See [`Fault::Kick`].
    pub kick: u32,
    /// See [`Fault::Migrate`].
    pub migrate: u32,
}

/// A plan of misbehaviour.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// For the N-th call (from 1) of a method; an empty name is any method that changes something.
    planned: Vec<(String, u64, Fault)>,
    counts: Vec<(String, u64)>,
    rates: Rates,
    chance: Chance,
}

impl Faults {
    /// It behaves.
    pub fn none() -> Self {
        Self::default()
    }

    /// Misbehaves at the `nth` call (from 1) of a method; an empty name is any method that changes something.
    #[must_use]
    pub fn at(mut self, method: &str, nth: u64, fault: Fault) -> Self {
        self.planned.push((method.to_owned(), nth, fault));
        self
    }

    /// Misbehaves by chance.
    #[must_use]
    pub fn by_chance(mut self, seed: u64, rates: Rates) -> Self {
        self.chance = Chance(seed | 1);
        self.rates = rates;
        self
    }

    /// Behaves from now on.
    pub fn stop(&mut self) {
        *self = Self { counts: std::mem::take(&mut self.counts), ..Self::default() };
    }

    pub(super) fn next(&mut self, method: &str) -> Option<Fault> {
        let of_method = self.count(method);
        let of_all = self.count("");
        let planned = self.planned.iter().position(|(name, nth, _)| {
            (name == method && *nth == of_method) || (name.is_empty() && *nth == of_all)
        });
        if let Some(at) = planned {
            return Some(self.planned.remove(at).2);
        }
        if self.rates == Rates::default() {
            return None;
        }
        let draw = u32::try_from(self.chance.bits() % 10_000).unwrap_or(0);
        let Rates { too_many, cut_after, cut_before, server_error, kick, migrate, .. } = self.rates;
        let mut below = 0;
        let mut hit = |rate: u32| {
            below += rate;
            draw < below
        };
        if hit(too_many) {
            return Some(Fault::TooMany {
                retry_after: 1 + self.chance.bits() % self.rates.wait_secs_max.max(1),
            });
        }
        if hit(cut_after) {
            return Some(Fault::CutAfter);
        }
        if hit(cut_before) {
            return Some(Fault::CutBefore);
        }
        if hit(server_error) {
            let draw = self.chance.bits();
            return Some(Fault::ServerError {
                status: [500, 502, 504][(draw % 3) as usize],
                done: draw & 64 == 0,
            });
        }
        if hit(kick) {
            return Some(Fault::Kick);
        }
        hit(migrate).then_some(Fault::Migrate)
    }

    fn count(&mut self, name: &str) -> u64 {
        if let Some((_, count)) = self.counts.iter_mut().find(|(n, _)| n == name) {
            *count += 1;
            return *count;
        }
        self.counts.push((name.to_owned(), 1));
        1
    }
}

/// Chance from a seed that is not 0: a xorshift64* generator, as faults need no better one.
///
/// # Source
///
/// Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016, section 3.
#[derive(Clone, Debug, Default)]
pub struct Chance(pub u64);

impl Chance {
    /// The next 48 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        self.bits() % n.max(1)
    }

    /// Whether something of this rate happens.
    pub fn hits(&mut self, per_10_000: u64) -> bool {
        self.below(10_000) < per_10_000
    }
}
