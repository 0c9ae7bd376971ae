//! Delivery against the strict fakes.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bot;
mod destinations;
mod hand;
mod rich;
mod smtp;
mod telegram;
