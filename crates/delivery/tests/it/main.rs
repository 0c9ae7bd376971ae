//! Delivery against the strict fakes.

mod bot;
mod hand;
mod telegram;
