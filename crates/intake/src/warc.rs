//! WARC files as web archives write them (Common Crawl's CC-NEWS above all): one page after the other, broken ones skipped.
//!
//! # Source
//!
//! ISO 28500:2017 and its open draft "WARC 1.1": section 4 (a version line, named fields, a block of `Content-Length` bytes),
//! section 6.3 (`response` records), annex D (each record a gzip member of its own, so that a reader may begin at any).

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use jiff::Timestamp;

/// Bytes of a record's block that are kept; a longer one is skipped.
pub const BLOCK_BYTES_MAX: u64 = 32 << 20;

/// Bytes of a record's header, and of the HTTP head in its block.
const HEAD_BYTES_MAX: usize = 256 << 10;

/// Bytes that are read at a time when the next good record is looked for.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// A page as an archive holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its address.
    pub url: String,
    /// When it was fetched.
    pub at: Option<Timestamp>,
    /// The status of the answer.
    pub status: u16,
    /// The answer's `Content-Type`.
    pub content_type: Option<String>,
    /// The answer's body, unpacked.
    pub body: Vec<u8>,
    /// Where its record, or its gzip member, begins in the file: a reader may begin there again.
    pub offset: u64,
}

/// A record that was skipped, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it begins in the file, as far as that is known.
    pub offset: u64,
    /// Why, for a person.
    pub why: String,
}

/// Reads the pages of a WARC file, packed or not. Records of other kinds (requests, metadata) are passed over in silence.
#[derive(Debug)]
pub struct Warc<R: BufRead> {
    source: Unpacked<R>,
    ended: bool,
}

impl<R: BufRead> Warc<R> {
    /// Begins with a reader that stands at `offset` of its file: 0, or the offset of a [`Record`].
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn new(inner: R, offset: u64) -> io::Result<Self> {
        let mut inner = Counted::new(inner, offset);
        let packed = inner.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let state = if packed { State::Between(inner) } else { State::Plain(inner) };
        Ok(Self {
            source: Unpacked {
                state,
                record_at: offset,
                buffer: Vec::new(),
                start: 0,
                failed: None,
            },
            ended: false,
        })
    }

    /// The next page, or the next record that had to be skipped; `None` at the end.
    fn read_next(&mut self) -> Option<Result<Record, Skipped>> {
        loop {
            let offset = self.source.offset();
            match self.record(offset) {
                Ok(Some(record)) => return Some(Ok(record)),
                Ok(None) if self.ended => return None,
                Ok(None) => {}
                Err(error) => {
                    let why = if error.kind() == io::ErrorKind::UnexpectedEof {
                        "the file breaks off in it".to_owned()
                    } else {
                        error.to_string()
                    };
                    // An error of the disk itself would come again for ever: the file ends there.
                    match self.source.skip_to_next(offset) {
                        Ok(true) => {}
                        Ok(false) | Err(_) => self.ended = true,
                    }
                    return Some(Err(Skipped { offset, why }));
                }
            }
        }
    }

    /// Reads one record; `None` for one that is no page, and at the end.
    fn record(&mut self, offset: u64) -> io::Result<Option<Record>> {
        let mut head = Vec::new();
        // Two empty lines end a record; some writers put more.
        loop {
            head.clear();
            if self.source.line(&mut head)? == 0 {
                self.ended = true;
                return Ok(None);
            }
            if !head.trim_ascii().is_empty() {
                break;
            }
        }
        if !head.starts_with(b"WARC/") {
            return Err(bad("no record begins here"));
        }
        let fields = self.source.head()?;
        let field = |name: &str| value(&fields, name);
        let length = field("content-length")
            .and_then(|v| v.parse::<u64>().ok())
            .ok_or_else(|| bad("it does not say how long it is"))?;
        let is_page = field("warc-type").is_some_and(|kind| kind.eq_ignore_ascii_case("response"));
        if !is_page || length > BLOCK_BYTES_MAX {
            self.source.pass(length)?;
            return if is_page { Err(bad("it is larger than 32 MiB")) } else { Ok(None) };
        }
        let mut block = Vec::new();
        self.source.take(length, &mut block)?;
        let url = field("warc-target-uri").unwrap_or_default();
        let url = url.trim_start_matches('<').trim_end_matches('>').to_owned();
        let at = field("warc-date").and_then(|v| v.parse().ok());
        let (status, headers, body) =
            split_http(&block).ok_or_else(|| bad("its block is no HTTP answer"))?;
        let body = unpack(&headers, body).map_err(|why| bad(&why))?;
        Ok(Some(Record {
            url,
            at,
            status,
            content_type: value(&headers, "content-type"),
            body,
            offset,
        }))
    }
}

impl<R: BufRead> Iterator for Warc<R> {
    type Item = Result<Record, Skipped>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended { None } else { self.read_next() }
    }
}

type Fields = Vec<(String, String)>;

fn value(fields: &Fields, name: &str) -> Option<String> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

/// Splits an HTTP answer into status, headers and body.
fn split_http(block: &[u8]) -> Option<(u16, Fields, &[u8])> {
    let (end, gap) = find(block, b"\r\n\r\n")
        .map(|at| (at, 4))
        .or_else(|| find(block, b"\n\n").map(|at| (at, 2)))?;
    let head = String::from_utf8_lossy(block.get(..end.min(HEAD_BYTES_MAX))?);
    let mut lines = head.lines();
    let status =
        lines.next()?.strip_prefix("HTTP/")?.split_ascii_whitespace().nth(1)?.parse().ok()?;
    let fields = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Some((status, fields, block.get(end + gap..)?))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).take(HEAD_BYTES_MAX).position(|window| window == part)
}

/// Undoes what the wire did to a body, where the archive kept it so. Many archives undo it and leave the headers as they were,
/// so the bytes decide.
fn unpack(headers: &Fields, body: &[u8]) -> Result<Vec<u8>, String> {
    let chunked = value(headers, "transfer-encoding")
        .is_some_and(|v| v.to_ascii_lowercase().contains("chunked"));
    let dechunked = if chunked { dechunk(body) } else { None };
    let body = dechunked.as_deref().unwrap_or(body);
    let encoding = value(headers, "content-encoding").unwrap_or_default().to_ascii_lowercase();
    let is_packed = match encoding.as_str() {
        "gzip" | "x-gzip" => body.starts_with(&[0x1f, 0x8b]),
        "deflate" => body.first().is_some_and(|b| b & 0x0f == 8),
        // Brotli has no mark: what is text is not packed.
        "br" => !body.trim_ascii_start().starts_with(b"<"),
        _ => false,
    };
    if is_packed {
        return net::unpack(&encoding, body, &net::Limits::default())
            .map_err(|kind| format!("its body {kind}"));
    }
    Ok(body.to_vec())
}

/// The body of a chunked answer (RFC 9112 section 7.1); `None` where it is not chunked.
fn dechunk(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    loop {
        let end = body.iter().take(100).position(|b| *b == b'\n')?;
        let line = std::str::from_utf8(body.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        body = body.get(end + 1..)?;
        if size == 0 {
            return Some(out);
        }
        let chunk = body.get(..size.min(body.len()))?;
        out.extend_from_slice(chunk);
        let rest = body.get(chunk.len()..)?;
        // What breaks off is kept as far as it goes.
        let Some(next) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) else {
            return Some(out);
        };
        body = next;
    }
}

/// How a gzip member begins: its mark and the only method there is (RFC 1952 section 2.3.1).
const MEMBER: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Bytes that are kept of a member, so that a torn one does not take the next ones with it.
const KEPT_BYTES_MAX: usize = 512 << 10;

/// A reader that knows where it is, and can go back to where its member began.
#[derive(Debug)]
struct Counted<R> {
    inner: R,
    at: u64,
    /// Bytes to be read again, from `back_at` on.
    back: Vec<u8>,
    back_at: usize,
    /// What was read since the member began; empty once that is too much.
    kept: Vec<u8>,
    kept_from: u64,
}

impl<R: BufRead> Counted<R> {
    fn new(inner: R, at: u64) -> Self {
        Self { inner, at, back: Vec::new(), back_at: 0, kept: Vec::new(), kept_from: at }
    }

    fn begin_member(&mut self) {
        self.kept.clear();
        self.kept_from = self.at;
    }

    /// Goes back to where the member began, where that is still known.
    fn go_back(&mut self) {
        if self.kept_from + self.kept.len() as u64 == self.at {
            let rest = self.back.split_off(self.back_at);
            self.back = std::mem::take(&mut self.kept);
            self.back.extend(rest);
            self.back_at = 0;
            self.at = self.kept_from;
        }
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let n = bytes.len().min(out.len());
        for (to, from) in out.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.consume(n);
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.back.get(self.back_at..) {
            Some(back) if !back.is_empty() => Ok(back),
            _ => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, n: usize) {
        let from_back = n.min(self.back.len() - self.back_at);
        if self.kept.len() + n <= KEPT_BYTES_MAX {
            let back = self.back.get(self.back_at..self.back_at + from_back);
            self.kept.extend_from_slice(back.unwrap_or_default());
            if n > from_back
                && let Ok(bytes) = self.inner.fill_buf()
            {
                self.kept.extend_from_slice(bytes.get(..n - from_back).unwrap_or_default());
            }
        }
        self.at += n as u64;
        self.back_at += from_back;
        self.inner.consume(n - from_back);
    }
}

#[derive(Debug)]
enum State<R: BufRead> {
    Plain(Counted<R>),
    /// Between two gzip members.
    Between(Counted<R>),
    Member(Box<GzDecoder<Counted<R>>>),
    /// Only while one state becomes the next.
    Moving,
}

/// The file's text, unpacked.
#[derive(Debug)]
struct Unpacked<R: BufRead> {
    state: State<R>,
    /// Where the member that is being read begins.
    record_at: u64,
    /// Unpacked and not yet taken: from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// What went wrong while it was only looked where the next record begins.
    failed: Option<io::Error>,
}

impl<R: BufRead> Unpacked<R> {
    /// Where the next record begins: its own first byte, or that of its gzip member.
    fn offset(&mut self) -> u64 {
        // The empty lines between two records belong to the one before.
        loop {
            match self.rest().first() {
                Some(b'\r' | b'\n') => self.start += 1,
                Some(_) => break,
                None => match self.fill() {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => {
                        self.failed = Some(error);
                        break;
                    }
                },
            }
        }
        match &self.state {
            State::Plain(inner) => inner.at.saturating_sub(self.rest().len() as u64),
            _ => self.record_at,
        }
    }

    /// Unpacks some more; 0 at the end of the file.
    fn fill(&mut self) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > 1 << 20 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let before = self.buffer.len();
        loop {
            match std::mem::replace(&mut self.state, State::Moving) {
                State::Plain(mut inner) => {
                    let result = inner.fill_buf().map(|bytes| {
                        self.buffer.extend_from_slice(bytes);
                        bytes.len()
                    });
                    if let Ok(n) = result {
                        inner.consume(n);
                    }
                    self.state = State::Plain(inner);
                    return result;
                }
                State::Between(mut inner) => {
                    let ends = inner.fill_buf().map(<[u8]>::is_empty);
                    if !matches!(ends, Ok(false)) {
                        self.state = State::Between(inner);
                        return ends.map(|_| 0);
                    }
                    self.record_at = inner.at;
                    inner.begin_member();
                    self.state = State::Member(Box::new(GzDecoder::new(inner)));
                }
                State::Member(mut decoder) => {
                    self.buffer.resize(before + (64 << 10), 0);
                    let read = decoder.read(self.buffer.get_mut(before..).unwrap_or_default());
                    self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
                    match read {
                        Ok(0) => self.state = State::Between(decoder.into_inner()),
                        read => {
                            self.state = State::Member(decoder);
                            return read;
                        }
                    }
                }
                State::Moving => return Ok(0),
            }
        }
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads a line with its end into `out`; returns its length, 0 at the end of the file.
    fn line(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        let mut looked = 0;
        loop {
            let rest = self.rest();
            if let Some(at) =
                rest.get(looked..).unwrap_or_default().iter().position(|b| *b == b'\n')
            {
                let end = looked + at + 1;
                out.extend_from_slice(rest.get(..end).unwrap_or_default());
                self.start += end;
                return Ok(end);
            }
            looked = rest.len();
            if looked as u64 > LINE_BYTES_MAX {
                return Err(bad("a line of it has no end"));
            }
            if self.fill()? == 0 {
                let rest = self.rest().to_vec();
                self.start = self.buffer.len();
                out.extend_from_slice(&rest);
                return Ok(rest.len());
            }
        }
    }

    /// Reads named fields up to an empty line.
    fn head(&mut self) -> io::Result<Fields> {
        let mut fields: Fields = Vec::new();
        let mut bytes = 0;
        loop {
            let mut line = Vec::new();
            let n = self.line(&mut line)?;
            bytes += n;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if bytes > HEAD_BYTES_MAX {
                return Err(bad("its header has no end"));
            }
            let text = String::from_utf8_lossy(&line);
            if text.trim().is_empty() {
                return Ok(fields);
            }
            if text.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(text.trim());
                }
            } else if let Some((key, value)) = text.split_once(':') {
                fields.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }

    /// Takes exactly `n` bytes.
    fn take(&mut self, n: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let mut left = n;
        while left > 0 {
            if self.rest().is_empty() && self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let part = self.rest();
            let part = part
                .get(..part.len().min(usize::try_from(left).unwrap_or(usize::MAX)))
                .unwrap_or_default();
            out.extend_from_slice(part);
            left -= part.len() as u64;
            self.start += part.len();
        }
        Ok(())
    }

    /// Passes over `n` bytes.
    fn pass(&mut self, n: u64) -> io::Result<()> {
        let mut left = n;
        while left > 0 {
            if self.rest().is_empty() && self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let part = (self.rest().len() as u64).min(left);
            left -= part;
            self.start += part as usize;
        }
        Ok(())
    }

    /// Goes to where the next record may begin, after a bad one at `offset`: the next gzip member, or the next version line.
    /// `false` at the end of the file.
    fn skip_to_next(&mut self, offset: u64) -> io::Result<bool> {
        self.failed = None;
        match std::mem::replace(&mut self.state, State::Moving) {
            State::Plain(inner) => {
                let here = inner.at.saturating_sub(self.rest().len() as u64);
                self.state = State::Plain(inner);
                if here > offset && self.rest().starts_with(b"WARC/1") {
                    return Ok(true);
                }
                loop {
                    // Not at a line's start perhaps: at least one line is passed over.
                    if let Some(at) = self.rest().windows(7).position(|w| w == b"\nWARC/1") {
                        self.start += at + 1;
                        return Ok(true);
                    }
                    self.start = self.buffer.len().saturating_sub(6).max(self.start);
                    let before = self.rest().len();
                    if self.fill()? == 0 && self.rest().len() == before {
                        self.start = self.buffer.len();
                        return Ok(false);
                    }
                }
            }
            State::Between(inner) => self.next_member(inner, offset),
            State::Member(decoder) => self.next_member(decoder.into_inner(), offset),
            State::Moving => Ok(false),
        }
    }

    fn next_member(&mut self, mut inner: Counted<R>, offset: u64) -> io::Result<bool> {
        self.buffer.clear();
        self.start = 0;
        // A torn member's decoder has read on into the members behind it.
        inner.go_back();
        if inner.at <= offset {
            // The very place where the bad one began does not count again.
            inner.consume(1);
        }
        let mut last = [0; 3];
        loop {
            let bytes = inner.fill_buf()?;
            if bytes.is_empty() {
                self.state = State::Between(inner);
                return Ok(false);
            }
            let mut found = None;
            for (at, byte) in bytes.iter().enumerate() {
                last = [last[1], last[2], *byte];
                if last == MEMBER {
                    found = Some(at + 1);
                    break;
                }
            }
            let n = found.unwrap_or(bytes.len());
            inner.begin_member();
            inner.consume(n);
            if found.is_some() {
                // Back to the mark: its bytes are the last three that were read, of this piece or of the one before.
                inner.kept = MEMBER.to_vec();
                inner.kept_from = inner.at - MEMBER.len() as u64;
                inner.go_back();
                self.record_at = inner.at;
                self.state = State::Between(inner);
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn record(kind: &str, url: &str, body: &str) -> Vec<u8> {
        let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}");
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-05T06:00:00Z\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        )
        .into_bytes()
    }

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The pages' last letters and a `!` for each record that was skipped.
    fn check(bytes: &[u8]) -> String {
        Warc::new(bytes, 0)
            .unwrap()
            .map(|r| match r {
                Ok(record) => record.url.chars().last().unwrap_or('?'),
                Err(_) => '!',
            })
            .collect()
    }

    fn three() -> [Vec<u8>; 3] {
        ["a", "b", "c"]
            .map(|n| record("response", &format!("https://news.example/{n}"), &format!("<p>{n}")))
    }

    #[test]
    fn pages_are_read_packed_or_not() {
        let [a, b, c] = three();
        let info = record("warcinfo", "", "software: test");
        let plain = [info.clone(), a.clone(), b.clone(), c.clone()].concat();
        assert_eq!(check(&plain), "abc");
        assert_eq!(
            check(&[pack(&info), pack(&a), pack(&b), pack(&c)].concat()),
            "abc",
            "a member each"
        );
        assert_eq!(check(&pack(&plain)), "abc", "one member for all");
        assert_eq!(check(b""), "");
        let first = Warc::new(plain.as_slice(), 0).unwrap().next().unwrap().unwrap();
        assert_eq!(
            (
                first.status,
                first.body.as_slice(),
                first.content_type.as_deref(),
                first.at.map(Timestamp::as_second)
            ),
            (200, &b"<p>a"[..], Some("text/html"), Some(1_793_858_400))
        );
    }

    #[test]
    fn reading_goes_on_where_it_stopped() {
        let [a, b, c] = three();
        for file in
            [[a.clone(), b.clone(), c.clone()].concat(), [pack(&a), pack(&b), pack(&c)].concat()]
        {
            let offsets: Vec<u64> =
                Warc::new(file.as_slice(), 0).unwrap().map(|r| r.unwrap().offset).collect();
            assert_eq!(offsets.len(), 3);
            for (n, offset) in offsets.into_iter().enumerate() {
                let rest = file.get(offset as usize..).unwrap();
                let urls: Vec<String> =
                    Warc::new(rest, offset).unwrap().map(|r| r.unwrap().url).collect();
                assert_eq!(urls.len(), 3 - n);
                assert!(urls.first().unwrap().ends_with(["a", "b", "c"][n]), "{urls:?}");
            }
        }
    }

    #[test]
    fn broken_records_are_skipped_and_the_rest_is_read() {
        let [a, b, c] = three();
        let mut torn = pack(&b);
        torn.truncate(torn.len() / 2);
        let mut flipped = pack(&b);
        let at = flipped.len() / 2;
        flipped[at] ^= 0xff;
        let no_length = b"WARC/1.0\r\nWARC-Type: response\r\n\r\n".to_vec();
        let no_http = record("response", "https://news.example/b", "x");
        let no_http = String::from_utf8(no_http)
            .unwrap()
            .replace("HTTP/1.1 200 OK", "HTTZ/1.1 200 OK")
            .into_bytes();
        for (file, wanted, why) in [
            ([pack(&a), torn, pack(&c)].concat(), "a!c", "a torn member"),
            ([pack(&a), flipped, pack(&c)].concat(), "a!c", "a flipped bit"),
            ([pack(&a), pack(&no_length), pack(&c)].concat(), "a!c", "no length, packed"),
            ([a.clone(), no_length.clone(), c.clone()].concat(), "a!c", "no length, plain"),
            ([a.clone(), no_http.clone(), c.clone()].concat(), "a!c", "no HTTP, plain"),
            ([pack(&a), pack(&no_http), pack(&c)].concat(), "a!c", "no HTTP, packed"),
            ([a.clone(), b"rubbish\n".to_vec(), c.clone()].concat(), "a!c", "rubbish between"),
            ([pack(&a), b"rubbish".to_vec(), pack(&c)].concat(), "a!c", "rubbish between members"),
            (
                [a.clone(), b.get(..b.len() / 2).unwrap().to_vec()].concat(),
                "a!",
                "the file breaks off",
            ),
            (b"no archive at all".to_vec(), "!", "another file"),
            (vec![0x1f, 0x8b, 0x08, 0xff, 0xff], "!", "a broken member alone"),
        ] {
            assert_eq!(check(&file), wanted, "{why}");
        }
    }

    #[test]
    fn bodies_are_unpacked_as_they_are() {
        let page = b"<html>news</html>";
        let packed = pack(page);
        let chunked = b"5\r\n<html\r\nc\r\n>news</html>\r\n0\r\n\r\n";
        for (headers, body, wanted) in [
            ("", &page[..], &page[..]),
            ("Transfer-Encoding: chunked", chunked, page),
            ("Transfer-Encoding: chunked", page, page),
            ("Content-Encoding: gzip", &packed, page),
            ("Content-Encoding: gzip", page, page),
            ("Content-Encoding: br", page, page),
        ] {
            let block = [
                format!("HTTP/1.1 200 OK\r\nServer: x\r\n{headers}").trim_end().as_bytes(),
                b"\r\n\r\n",
                body,
            ]
            .concat();
            let (_, fields, rest) = split_http(&block).unwrap();
            assert_eq!(unpack(&fields, rest).as_deref(), Ok(wanted), "{headers}");
        }
    }
}
