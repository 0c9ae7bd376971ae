//! Any bytes as a robots.txt: see `intake::fuzz::robots` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| intake::fuzz::robots(bytes));
