//! Any bytes as feed: see `article::probe::feed` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| article::probe::feed(bytes));
