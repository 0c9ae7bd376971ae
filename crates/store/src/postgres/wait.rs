//! Waiting for a server on a thread that may itself be one of an async runtime's: never by a runtime's own `block_on`.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::{Error, Result};

/// The one thread that carries bytes between all connections and their servers.
pub(super) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("postgres")
                .enable_all()
                .build()
                .ok()
        })
        .as_ref()
        .ok_or_else(|| Error::Away("no thread could be started for it".to_owned()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for an answer, at most so long; `None` where it did not come.
pub(super) fn block_on<F: Future>(future: F, most: Duration) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let deadline = Instant::now() + most;
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return Some(out);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        std::thread::park_timeout(left);
    }
}

/// Sets a future going without waiting for it: what it has to send is on its way afterwards.
pub(super) fn set_going<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match std::pin::Pin::new(future).poll(&mut context) {
        Poll::Ready(out) => Some(out),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_waited_for_and_its_lack_too() {
        let check = |answers_after_millis: u64, most_millis: u64, expected: Option<u64>| {
            let (send, receive) = tokio::sync::oneshot::channel();
            let thread = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(answers_after_millis));
                send.send(answers_after_millis).ok();
            });
            let got = block_on(receive, Duration::from_millis(most_millis));
            assert_eq!(got.map(std::result::Result::unwrap), expected);
            thread.join().unwrap();
        };
        check(0, 60_000, Some(0));
        check(20, 60_000, Some(20));
        check(200, 10, None);
        // On a thread of a runtime as well, where a runtime's own `block_on` panics.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { check(20, 60_000, Some(20)) });
    }
}
