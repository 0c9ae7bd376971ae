//! NumPy's archives: a ZIP file of arrays.
//!
//! # Source
//!
//! PKWARE, APPNOTE.TXT (ZIP), section 4.3; NumPy, NEP 1 (the npy format), <https://numpy.org/neps/nep-0001-npy-format.html>.

use std::io::Read;
use std::path::Path;

use flate2::read::DeflateDecoder;

use crate::pack::{
    Error,
    npy::{self, Array},
};

/// Bytes of one array when unpacked; a hostile archive could ask for any.
const ARRAY_BYTES_MAX: u64 = 256 << 20;

/// The arrays of an archive by name, still packed.
pub(super) struct Npz<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    entries: Vec<(String, Entry)>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// 0 as it is, 8 deflated.
    method: u16,
    packed_bytes: usize,
    /// Where the entry's local header stands.
    header: usize,
}

impl<'a> Npz<'a> {
    /// Reads the directory at the archive's end.
    pub(super) fn read(file: &'a Path, bytes: &'a [u8]) -> Result<Self, Error> {
        let entries = directory(bytes)
            .ok_or_else(|| Error::broken(file, "is no archive, or is cut short"))?;
        Ok(Self { file, bytes, entries })
    }

    /// Unpacks one array.
    pub(super) fn array(&self, name: &str) -> Result<Array, Error> {
        let broken = |what: &str| Error::broken(self.file, format!("array {name} {what}"));
        let wanted = format!("{name}.npy");
        let entry = self
            .entries
            .iter()
            .find(|(n, _)| *n == wanted)
            .ok_or_else(|| broken("is not there"))?
            .1;
        let header = entry.header;
        let name_len = u16_at(self.bytes, header + 26).ok_or_else(|| broken("is cut short"))?;
        let extra_len = u16_at(self.bytes, header + 28).ok_or_else(|| broken("is cut short"))?;
        let start = header + 30 + usize::from(name_len) + usize::from(extra_len);
        let packed = self
            .bytes
            .get(start..start + entry.packed_bytes)
            .ok_or_else(|| broken("is cut short"))?;
        let mut unpacked = Vec::new();
        let read = match entry.method {
            0 => packed.take(ARRAY_BYTES_MAX).read_to_end(&mut unpacked),
            8 => DeflateDecoder::new(packed).take(ARRAY_BYTES_MAX).read_to_end(&mut unpacked),
            _ => return Err(broken("is packed in a way that is not known here")),
        };
        read.map_err(|_damaged| broken("cannot be unpacked"))?;
        npy::read(unpacked).ok_or_else(|| broken("is no array"))
    }

    /// An array of 32-bit floats.
    pub(super) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let array = self.array(name)?;
        if array.kind != "<f4" || array.shape != shape {
            return Err(Error::broken(
                self.file,
                format!("array {name} is not of 32-bit floats in the shape {shape:?}"),
            ));
        }
        Ok(array.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk::<2>().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk::<4>().map(|b| u32::from_le_bytes(*b) as usize)
}

fn directory(bytes: &[u8]) -> Option<Vec<(String, Entry)>> {
    // the end record is 22 bytes and a comment of at most 64 KiB
    let last = bytes.len().checked_sub(22)?;
    let end = (last.saturating_sub(0xffff)..=last)
        .rev()
        .find(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(b"PK\x05\x06")))?;
    let count = u16_at(bytes, end + 10)?;
    let mut at = u32_at(bytes, end + 16)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
            return None;
        }
        let name_len = usize::from(u16_at(bytes, at + 28)?);
        let name = bytes.get(at + 46..at + 46 + name_len)?;
        let entry = Entry {
            method: u16_at(bytes, at + 10)?,
            packed_bytes: u32_at(bytes, at + 20)?,
            header: u32_at(bytes, at + 42)?,
        };
        entries.push((String::from_utf8_lossy(name).into_owned(), entry));
        at += 46
            + name_len
            + usize::from(u16_at(bytes, at + 30)?)
            + usize::from(u16_at(bytes, at + 32)?);
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_no_archive() {
        assert!(directory(b"PK\x05\x06").is_none());
        assert!(directory(&[0; 100]).is_none());
    }
}
