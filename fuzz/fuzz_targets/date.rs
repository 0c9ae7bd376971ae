//! Any bytes as date: see `article::probe::date` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| article::probe::date(bytes));
