//! Delivery against the strict fakes.

mod hand;
mod telegram;
