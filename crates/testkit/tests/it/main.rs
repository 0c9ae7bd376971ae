//! What the bundled fixtures promise, and the fakes over real sockets.

mod day;
