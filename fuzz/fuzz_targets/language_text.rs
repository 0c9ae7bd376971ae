//! Any text: identified, and cut into tokens and sentences that lie on character boundaries.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| language::fuzz::text(text));
