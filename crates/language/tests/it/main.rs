//! Integration tests of the language crate: the engines against what the originals print on texts written for these tests.
//!
//! Packs are looked for where the program has them and fetched once with pip. Where they cannot be had, the tests fail: a test
//! that did not run is no test.
#![expect(clippy::expect_used, reason = "tests say what they expect")]

mod encoder;
mod engine;
mod hostile;
mod mutated;
mod packs;
mod small;
