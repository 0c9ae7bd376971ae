//! Any bytes as url: see `article::probe::url` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| article::probe::url(bytes));
