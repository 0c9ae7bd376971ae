#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let lines = bytes.split(|b| *b == b'\n').filter_map(|line| {
        let colon = line.iter().position(|b| *b == b':')?;
        Some((&line[..colon], &line[colon + 1..]))
    });
    let _ = net::parse_headers(lines);
});
