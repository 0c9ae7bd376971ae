//! Any bytes as a page with links: see `article::probe::links` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| article::probe::links(bytes));
