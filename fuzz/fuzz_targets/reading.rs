//! Any text: who said what in it, with spans that lie inside the text on character boundaries.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| reading::fuzz::text(text));
