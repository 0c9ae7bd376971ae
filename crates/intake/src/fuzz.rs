//! What the fuzz targets run, so that plain tests run it too.

use std::io::Read as _;

use article::feed::{self, FeedHint};

use crate::robots::Robots;
use crate::warc::Warc;

/// Reads bytes as a robots.txt, for a path that the bytes end with.
pub fn robots(bytes: &[u8]) {
    let (file, path) = bytes.split_at(bytes.len() - bytes.len() / 4);
    let robots = Robots::read(file, "uptospeed");
    robots.allows(&String::from_utf8_lossy(path));
    let again = Robots::read(file, "uptospeed");
    assert_eq!(robots, again, "the same bytes say the same");
}

/// Reads bytes as a WARC file; every record lies inside it, and reading ends.
pub fn warc(bytes: &[u8]) {
    let Ok(warc) = Warc::new(bytes, 0) else { return };
    let mut last = 0;
    for (n, record) in warc.enumerate() {
        let offset = match record {
            Ok(record) => record.offset,
            Err(skipped) => skipped.offset,
        };
        assert!(offset <= bytes.len() as u64, "{offset} lies outside");
        assert!(offset >= last, "{offset} comes after {last}");
        assert!(n <= bytes.len() * 64, "it does not end");
        last = offset;
    }
}

/// Reads bytes as a sitemap, as they stand, packed, and as the entries of one: every entry names an address.
pub fn sitemap(bytes: &[u8]) {
    const OPEN: &[u8] = b"<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
        xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">";
    let hint =
        FeedHint { url: Some("https://a.example/sitemap.xml".to_owned()), content_type: None };
    let plain = feed::read(bytes, &hint);
    if plain.format.starts_with("sitemap") {
        assert!(plain.entries.iter().all(|entry| entry.link.is_some()), "an entry without address");
    }
    let mut packed = Vec::new();
    let mut packer = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
    if packer.read_to_end(&mut packed).is_ok() && !bytes.starts_with(b"\x1f\x8b") {
        let unpacked = feed::read(&packed, &hint);
        assert_eq!(unpacked.format, plain.format, "packing changes what it is");
        assert_eq!(unpacked.entries.len(), plain.entries.len(), "packing changes what is in it");
    }
    let inside = feed::read(&[OPEN, bytes].concat(), &hint);
    assert!(inside.entries.len() <= 100_000, "more entries than the limit");
    if inside.format.starts_with("sitemap") {
        assert!(
            inside.entries.iter().all(|entry| entry.link.is_some()),
            "an entry without address"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saved inputs, and each changed in some small ways.
    #[test]
    fn saved_inputs_are_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
        for (name, run) in [("robots", robots as fn(&[u8])), ("warc", warc), ("sitemap", sitemap)] {
            let files = std::fs::read_dir(folder.join(name)).unwrap().flatten();
            let mut inputs: Vec<Vec<u8>> =
                files.map(|file| std::fs::read(file.path()).unwrap()).collect();
            assert!(inputs.len() >= 3, "the saved inputs of {name} are gone");
            inputs.sort();
            let seeds: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
            storm(&seeds, run);
        }
    }

    /// Saved and made-up inputs, changed in four thousand small ways: the same each time.
    fn storm(seeds: &[&[u8]], run: fn(&[u8])) {
        let mut x = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            usize::try_from(x % (below.max(1) as u64)).unwrap_or(0)
        };
        for seed in seeds {
            run(seed);
            for _ in 0..4_000 / seeds.len() {
                let mut bytes = seed.to_vec();
                for _ in 0..=next(4) {
                    let at = next(bytes.len());
                    match next(4) {
                        0 if !bytes.is_empty() => bytes[at] = next(256) as u8,
                        1 => bytes.insert(at, b"\n:*$%/\r #\0\xff"[next(11)]),
                        2 if !bytes.is_empty() => drop(bytes.remove(at)),
                        _ => bytes.truncate(at),
                    }
                }
                run(&bytes);
            }
        }
    }

    #[test]
    fn robots_of_any_bytes_are_read() {
        let file = b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /a*b$\nAllow: /%7Ea\nCrawl-delay: 1.5\nUser-agent: uptospeed\nDisallow: /\xd0\xbd\nSitemap: x\n/a/b/c";
        storm(&[file, b"", b"User-agent", b":::::", b"user-agent:*\ndisallow:/%\n/%zz"], robots);
    }

    #[test]
    fn archives_of_any_bytes_are_read() {
        let block = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        let plain = format!(
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        )
        .repeat(3);
        let mut packed = Vec::new();
        for _ in 0..3 {
            let mut encoder =
                flate2::read::GzEncoder::new(plain.as_bytes(), flate2::Compression::fast());
            std::io::Read::read_to_end(&mut encoder, &mut packed).unwrap();
        }
        storm(
            &[
                plain.as_bytes(),
                &packed,
                b"",
                b"\x1f\x8b",
                b"WARC/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
            ],
            warc,
        );
    }
}
