//! Files of a language pack: an error or a value, never a panic, never memory of the file's choice.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| language::fuzz::pack_file(bytes));
