//! Any bytes as an archive: see `intake::fuzz::warc` for what must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| intake::fuzz::warc(bytes));
