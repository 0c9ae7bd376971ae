//! Any bytes as a sitemap: see `intake::fuzz::sitemap` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| intake::fuzz::sitemap(bytes));
