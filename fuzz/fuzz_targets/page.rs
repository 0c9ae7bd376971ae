//! Any bytes as page: see `article::probe::page` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| article::probe::page(bytes));
