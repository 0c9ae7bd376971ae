//! Any bytes as the headers of an answer: see `net::fuzz_headers` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| net::fuzz_headers(bytes));
