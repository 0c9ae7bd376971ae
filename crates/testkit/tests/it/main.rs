//! What the bundled fixtures promise, and the fakes over real sockets.

mod day;
#[expect(clippy::unwrap_used, reason = "tests")]
mod fakeweb;
#[expect(clippy::unwrap_used, reason = "tests")]
mod read_back;
