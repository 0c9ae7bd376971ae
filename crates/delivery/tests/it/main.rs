//! Delivery against the strict fakes.
