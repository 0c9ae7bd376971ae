//! Strict fakes of the world and the tools of our tests.
//!
//! The fakes serve `uptospeed try` and are shipped code: they never panic. [`golden`] is for tests and panics on purpose.

pub mod day;
pub mod fakebot;
pub mod fakeoidc;
pub mod fakeweb;
pub mod figures;
pub mod golden;
pub mod novelty;
pub mod seed;
pub mod statements;
