//! Any bytes as plain: see `article::probe::plain` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| article::probe::plain(bytes));
