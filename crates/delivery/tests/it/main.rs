//! Delivery against the strict fakes.

mod bot;
mod destinations;
mod hand;
mod telegram;
