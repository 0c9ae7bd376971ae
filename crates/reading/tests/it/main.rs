//! One binary for all integration tests of the crate.

mod happenings;
mod properties;
mod statements;
