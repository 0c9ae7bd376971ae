#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = article::links::articles(bytes, "https://news.example/");
});
