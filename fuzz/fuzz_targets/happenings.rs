//! Any text: times, places, events and figures in it, as it stands and in capitals, with spans inside the text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| reading::fuzz::happenings(text));
