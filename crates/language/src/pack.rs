//! Packs: folders of spaCy v3 pipelines, and the one place of this crate that reads files.
#![expect(clippy::disallowed_methods, reason = "the one place of this crate that reads files")]

use std::fs::File;
use std::io::Read;
use std::path::Path;

mod archive;
pub(crate) mod config;
mod error;
pub(crate) mod model;
pub(crate) mod msgpack;
pub(crate) mod npy;

pub(crate) use archive::{Reader, Writer, mark_of};
pub use error::Error;

/// Bytes of one file of a pack.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Reads a file of a pack.
pub(crate) fn read_file(file: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|error| Error::io(file, error))?;
    let read = opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| Error::io(file, error))?;
    if read as u64 > FILE_BYTES_MAX {
        return Err(Error::broken(file, format!("is over {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// Reads a file that a pack need not have.
pub(crate) fn read_file_if_there(file: &Path) -> Result<Option<Vec<u8>>, Error> {
    if file.exists() { read_file(file).map(Some) } else { Ok(None) }
}
