//! The way to the fake: lines that break, requests that arrive late.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use testkit::fakebot::{Chance, Chats, Turn};

use crate::wire::{ANSWER_MAX, Answer, Request, Response, Wire, WireError};

/// What a request lasts at most, seconds: longer than its answer is waited for, shorter than a doubt is left alone.
const LASTS_SECS_MAX: u64 = 59;

/// The fake as a wire: a request that finds its line broken never reaches it, one on a slow line reaches it when nobody waits
/// for its answer any more.
pub(super) struct FakeWire {
    chats: Mutex<Chats>,
    /// `None`: the line is good.
    chance: Mutex<Option<Chance>>,
    /// How many were made.
    pub(super) requests: AtomicU64,
    /// How many of them arrived late.
    pub(super) late: AtomicU64,
    slow: Mutex<Vec<SlowRequest>>,
    /// The true time, seconds since 1970.
    pub(super) now: Arc<AtomicU64>,
}

/// A request that is still on its way.
struct SlowRequest {
    /// When it gets there, seconds since 1970.
    at: u64,
    method: String,
    params: serde_json::Value,
}

impl FakeWire {
    pub(super) fn new(chats: Chats, chance: Chance, now: Timestamp) -> Self {
        Self {
            chats: Mutex::new(chats),
            chance: Mutex::new(Some(chance)),
            requests: AtomicU64::new(0),
            late: AtomicU64::new(0),
            slow: Mutex::default(),
            now: Arc::new(AtomicU64::new(now.as_second().unsigned_abs())),
        }
    }

    /// From here on nothing breaks and nothing is late.
    pub(super) fn mend(&self) {
        *self.chance() = None;
    }

    pub(super) fn chats(&self) -> MutexGuard<'_, Chats> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chance(&self) -> MutexGuard<'_, Option<Chance>> {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the line breaks, and how long the request lasts, seconds.
    fn fate(&self) -> (bool, u64) {
        let mut chance = self.chance();
        let Some(chance) = chance.as_mut() else { return (false, 0) };
        let breaks = chance.hits(200);
        (breaks, if chance.hits(200) { 1 + chance.below(LASTS_SECS_MAX) } else { 0 })
    }

    fn slow(&self) -> MutexGuard<'_, Vec<SlowRequest>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is that late now; what was on its way until then gets there, in order.
    pub(super) fn set_now(&self, now: Timestamp) {
        let now = now.as_second().unsigned_abs();
        self.now.store(now, Ordering::Relaxed);
        let mut slow = self.slow();
        slow.sort_by_key(|request| request.at);
        let there = slow.partition_point(|request| request.at <= now);
        let mut chats = self.chats();
        for request in slow.drain(..there) {
            chats.set_now(request.at.cast_signed());
            chats.handle(&request.method, &request.params);
        }
        chats.set_now(now.cast_signed());
    }

    fn answer(&self, request: &Request) -> Result<Response, WireError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let (breaks, lasts_secs) = self.fate();
        if breaks {
            return Err(WireError::NotSent("connection refused".to_owned()));
        }
        let method = request.url.rsplit('/').next().unwrap_or("");
        let params = serde_json::from_slice(&request.body).unwrap_or_default();
        if lasts_secs > ANSWER_MAX.as_secs() {
            let at = self.now.load(Ordering::Relaxed) + lasts_secs;
            self.late.fetch_add(1, Ordering::Relaxed);
            self.slow().push(SlowRequest { at, method: method.to_owned(), params });
            return Err(WireError::MaybeSent("no answer in time".to_owned()));
        }
        let page = |status, body| Ok(Response { status, retry_after: None, body });
        match self.chats().handle(method, &params) {
            Turn::Answer { status, body, .. } | Turn::Slow { status, body, .. } => {
                page(status, body.to_string().into_bytes())
            }
            Turn::Cut => Err(WireError::MaybeSent("the connection broke".to_owned())),
            Turn::Garbage { status } => page(status, b"<html>".to_vec()),
        }
    }
}

impl Wire for FakeWire {
    fn send(&self, request: Request) -> Answer<'_> {
        Box::pin(std::future::ready(self.answer(&request)))
    }
}
