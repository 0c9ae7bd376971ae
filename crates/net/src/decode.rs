//! Packed bodies, unpacked as they come, within a number of bytes and a ratio.

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::{Kind, Limits};

/// What we say that we can unpack.
pub(crate) const ACCEPT_ENCODING: &str = "gzip, br, deflate";

/// Below this many unpacked bytes a high ratio is no sign of anything: a page of blanks packs well.
const RATIO_FREE_BYTES: u64 = 1 << 20;

/// The buffer of the brotli decoder, bytes.
const BROTLI_BUFFER_BYTES: usize = 16 << 10;

/// Unpacked bytes, at most so many.
struct Sink {
    body: Vec<u8>,
    bytes_max: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.body.len() as u64 + bytes.len() as u64 > self.bytes_max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Unpacker {
    Plain(Sink),
    Gzip(MultiGzDecoder<Sink>),
    /// The two bytes that tell zlib from bare deflate have not come yet.
    DeflateUnknown(Sink, Vec<u8>),
    Zlib(ZlibDecoder<Sink>),
    Deflate(DeflateDecoder<Sink>),
    Brotli(Box<DecompressorWriter<Sink>>),
}

/// A body on its way in.
pub(crate) struct Body {
    unpacker: Unpacker,
    wire_bytes: u64,
    limits: Limits,
    /// After a read past the end of the packed stream nothing more is written; hosts append rubbish.
    finished: bool,
}

impl Body {
    /// Starts a body of the given `Content-Encoding` (all its values joined by commas).
    ///
    /// One layer at most: two are a bomb's way to multiply, and no host needs them.
    pub(crate) fn new(encoding: &str, limits: &Limits) -> Result<Self, Kind> {
        let sink = Sink { body: Vec::new(), bytes_max: limits.body_bytes_max };
        let layers: Vec<String> = encoding
            .split(',')
            .map(|part| part.trim().to_ascii_lowercase())
            .filter(|part| {
                !part.is_empty() && part != "identity" && part != "none" && part != "utf-8"
            })
            .collect();
        let unpacker = match layers.as_slice() {
            [] => Unpacker::Plain(sink),
            [one] => match one.as_str() {
                "gzip" | "x-gzip" => Unpacker::Gzip(MultiGzDecoder::new(sink)),
                "deflate" => Unpacker::DeflateUnknown(sink, Vec::new()),
                "br" => {
                    Unpacker::Brotli(Box::new(DecompressorWriter::new(sink, BROTLI_BUFFER_BYTES)))
                }
                other => return Err(Kind::Encoding(format!("{} was not asked for", short(other)))),
            },
            many => return Err(Kind::Encoding(format!("{} layers of packing", many.len()))),
        };
        Ok(Self { unpacker, wire_bytes: 0, limits: limits.clone(), finished: false })
    }

    /// Bytes that came over the wire so far.
    pub(crate) fn wire_bytes(&self) -> u64 {
        self.wire_bytes
    }

    /// Takes the next bytes.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), Kind> {
        self.wire_bytes += chunk.len() as u64;
        if self.wire_bytes > self.limits.wire_bytes_max {
            return Err(Kind::TooLarge(self.limits.wire_bytes_max));
        }
        if self.finished {
            return Ok(());
        }
        // A small piece at a time, so that the ratio is looked at before much is unpacked.
        for piece in chunk.chunks(4 << 10) {
            self.write(piece)?;
            let unpacked = self.sink().body.len() as u64;
            if unpacked > RATIO_FREE_BYTES
                && unpacked / u64::from(self.limits.ratio_max.max(1)) > self.wire_bytes
            {
                return Err(Kind::Bomb(self.limits.ratio_max));
            }
        }
        Ok(())
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Kind> {
        if let Unpacker::DeflateUnknown(sink, head) = &mut self.unpacker {
            head.extend_from_slice(piece);
            let &[first, second, ..] = head.as_slice() else { return Ok(()) };
            let head = std::mem::take(head);
            let sink = std::mem::replace(sink, Sink { body: Vec::new(), bytes_max: 0 });
            // RFC 1950 section 2.2: method 8 and a checksum of the first two bytes. Some hosts send RFC 1951 bare.
            let is_zlib =
                first & 0x0f == 8 && (u32::from(first) * 256 + u32::from(second)) % 31 == 0;
            self.unpacker = if is_zlib {
                Unpacker::Zlib(ZlibDecoder::new(sink))
            } else {
                Unpacker::Deflate(DeflateDecoder::new(sink))
            };
            return self.write(&head);
        }
        let mut rest = piece;
        while !rest.is_empty() {
            let written = match &mut self.unpacker {
                Unpacker::Plain(sink) => sink.write(rest),
                Unpacker::Gzip(decoder) => decoder.write(rest),
                Unpacker::Zlib(decoder) => decoder.write(rest),
                Unpacker::Deflate(decoder) => decoder.write(rest),
                Unpacker::Brotli(decoder) => decoder.write(rest),
                Unpacker::DeflateUnknown(..) => Ok(rest.len()),
            };
            match written {
                Ok(0) => {
                    self.finished = true;
                    return Ok(());
                }
                Ok(n) => rest = rest.get(n..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.failed(&error),
            }
        }
        Ok(())
    }

    fn failed(&mut self, error: &io::Error) -> Result<(), Kind> {
        if error.kind() == io::ErrorKind::FileTooLarge {
            return Err(Kind::TooLarge(self.limits.body_bytes_max));
        }
        // Rubbish after the end of a good packed stream is common and harmless.
        if !self.sink().body.is_empty() && matches!(self.unpacker, Unpacker::Gzip(_)) {
            self.finished = true;
            return Ok(());
        }
        Err(Kind::Encoding("the packed bytes are broken".to_owned()))
    }

    fn sink(&self) -> &Sink {
        match &self.unpacker {
            Unpacker::Plain(sink) | Unpacker::DeflateUnknown(sink, _) => sink,
            Unpacker::Gzip(decoder) => decoder.get_ref(),
            Unpacker::Zlib(decoder) => decoder.get_ref(),
            Unpacker::Deflate(decoder) => decoder.get_ref(),
            Unpacker::Brotli(decoder) => decoder.get_ref(),
        }
    }

    /// Ends the body: what it unpacks to.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, Kind> {
        let flushed = match &mut self.unpacker {
            Unpacker::Plain(_) | Unpacker::DeflateUnknown(..) => Ok(()),
            Unpacker::Gzip(decoder) => decoder.flush(),
            Unpacker::Zlib(decoder) => decoder.flush(),
            Unpacker::Deflate(decoder) => decoder.flush(),
            Unpacker::Brotli(decoder) => decoder.flush(),
        };
        if let Err(error) = flushed {
            self.failed(&error)?;
        }
        Ok(match self.unpacker {
            Unpacker::Plain(sink) | Unpacker::DeflateUnknown(sink, _) => sink.body,
            Unpacker::Gzip(mut decoder) => std::mem::take(&mut decoder.get_mut().body),
            Unpacker::Zlib(mut decoder) => std::mem::take(&mut decoder.get_mut().body),
            Unpacker::Deflate(mut decoder) => std::mem::take(&mut decoder.get_mut().body),
            Unpacker::Brotli(mut decoder) => std::mem::take(&mut decoder.get_mut().body),
        })
    }
}

/// Unpacks a body that is here already: of an archive.
///
/// # Errors
///
/// What a body on the wire would be refused for.
pub fn unpack(encoding: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Kind> {
    let mut body = Body::new(encoding, limits)?;
    body.push(bytes)?;
    body.finish()
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    fn pack(encoding: &str, text: &[u8]) -> Vec<u8> {
        match encoding {
            "gzip" => {
                let mut e = GzEncoder::new(Vec::new(), Compression::best());
                e.write_all(text).unwrap();
                e.finish().unwrap()
            }
            "zlib" => {
                let mut e = ZlibEncoder::new(Vec::new(), Compression::best());
                e.write_all(text).unwrap();
                e.finish().unwrap()
            }
            "raw" => {
                let mut e = DeflateEncoder::new(Vec::new(), Compression::best());
                e.write_all(text).unwrap();
                e.finish().unwrap()
            }
            _ => text.to_vec(),
        }
    }

    fn check(header: &str, bytes: &[u8], pieces: usize) -> Result<Vec<u8>, Kind> {
        let mut body = Body::new(header, &Limits::default())?;
        for piece in bytes.chunks(pieces) {
            body.push(piece)?;
        }
        body.finish()
    }

    #[test]
    fn packed_bodies_unpack_whatever_the_pieces() {
        let text = "Eleven people were hurt when a tram left the rails. ".repeat(200).into_bytes();
        for (header, packing) in [
            ("", ""),
            ("identity", ""),
            ("gzip", "gzip"),
            ("X-GZIP", "gzip"),
            ("deflate", "zlib"),
            ("deflate", "raw"),
        ] {
            let packed = pack(packing, &text);
            for pieces in [1, 7, 100_000] {
                assert_eq!(
                    check(header, &packed, pieces).as_ref(),
                    Ok(&text),
                    "{header} {packing} {pieces}"
                );
            }
        }
        // "hello" in brotli, one uncompressed block, written by hand after RFC 7932 section 9.
        let brotli = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        assert_eq!(check("br", &brotli, 1), Ok(b"hello".to_vec()));
        let mut trailing = pack("gzip", &text);
        trailing.extend_from_slice(b"rubbish");
        assert_eq!(check("gzip", &trailing, 9), Ok(text));
    }

    #[test]
    fn bombs_and_foreign_encodings_are_refused() {
        let bomb = pack("gzip", &vec![0; 8 << 20]);
        assert_eq!(check("gzip", &bomb, 65_536), Err(Kind::Bomb(100)));
        let bomb = pack("raw", &vec![b' '; 8 << 20]);
        assert_eq!(check("deflate", &bomb, 65_536), Err(Kind::Bomb(100)));
        assert!(matches!(check("", &vec![b'x'; 11 << 20], 65_536), Err(Kind::TooLarge(_))));
        for header in ["gzip, gzip", "br, gzip", "zstd", "compress", "nonsense"] {
            assert!(matches!(check(header, b"x", 1), Err(Kind::Encoding(_))), "{header}");
        }
        assert!(matches!(check("gzip", b"this is no gzip", 4), Err(Kind::Encoding(_))));
    }
}
