//! A compiled pack: one file of columns that is mapped into memory and used as it lies there.
//!
//! The file: a magic, the number of sections, each section's start and end, a mark of the files it was made from, then the
//! sections, each on a cache line. What makes a pack writes its sections in an order; what opens it reads them in that order.
#![expect(unsafe_code, reason = "maps a pack")]

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use memmap2::Mmap;
use serde::{Serialize, de::DeserializeOwned};

use super::Error;
use crate::kernels::{ALIGNMENT, Column, Packed, Plain};

/// Changes whenever the sections or their order change, so that old files are made anew.
const MAGIC: &[u8; 16] = b"uptospeed pack 1";

/// Sections of one file.
const SECTIONS_MAX: u64 = 4096;

/// Collects the sections of a compiled pack.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    sections: Vec<Vec<u8>>,
}

impl Writer {
    pub(crate) fn column<T: Plain>(&mut self, numbers: &[T]) {
        let mut bytes = Vec::with_capacity(size_of_val(numbers));
        for number in numbers {
            bytes.extend_from_slice(number.little_endian().as_ref());
        }
        self.sections.push(bytes);
    }

    /// Small things that are read into memory.
    pub(crate) fn value<T: Serialize>(&mut self, value: &T) {
        // what is written here are plain structs, tuples and lists, which JSON can always hold
        self.sections.push(serde_json::to_vec(value).unwrap_or_default());
    }

    pub(crate) fn packed(&mut self, matrix: &Packed) {
        self.value(&(matrix.inputs, matrix.outputs, matrix.panel_vectors));
        self.column(&matrix.panels);
        self.column(&matrix.bias);
    }

    /// Writes the file beside its place and moves it there, so that nobody reads half of it.
    pub(crate) fn save(&self, file: &Path, mark: u64) -> io::Result<()> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = self.sections.len();
        let mut head = MAGIC.to_vec();
        head.extend((count as u64).to_le_bytes());
        head.extend(mark.to_le_bytes());
        let mut at = (head.len() + count * 16).next_multiple_of(ALIGNMENT);
        let first = at;
        for section in &self.sections {
            head.extend((at as u64).to_le_bytes());
            head.extend(((at + section.len()) as u64).to_le_bytes());
            at = (at + section.len()).next_multiple_of(ALIGNMENT);
        }
        head.resize(first, 0);
        // another thread may be compiling the same pack
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = file.with_extension(format!("{}-{count}.part", std::process::id()));
        let mut out = io::BufWriter::new(File::create(&temporary)?);
        out.write_all(&head)?;
        for section in &self.sections {
            out.write_all(section)?;
            let padding = section.len().next_multiple_of(ALIGNMENT) - section.len();
            out.write_all(&[0; ALIGNMENT][..padding])?;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&temporary, file)
    }
}

/// Reads the sections of a compiled pack in order.
#[derive(Debug)]
pub(crate) struct Reader {
    file: PathBuf,
    map: Arc<Mmap>,
    sections: std::vec::IntoIter<(usize, usize)>,
}

impl Reader {
    /// Maps a file; `None` where it is not there or was made from other files than `mark` says.
    pub(crate) fn open(file: &Path, mark: u64) -> Result<Option<Self>, Error> {
        let opened = match File::open(file) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(file, error)),
        };
        // SAFETY: the file lies in the packs' folder, is written once and then only replaced by renaming, which leaves the
        // mapped one as it is; numbers are valid whatever their bits are, and texts are checked when they are read
        let map = unsafe { Mmap::map(&opened) }.map_err(|error| Error::io(file, error))?;
        let number = |at: usize| {
            let bytes = map.get(at..at + 8).and_then(|b| b.first_chunk::<8>());
            bytes.map(|b| u64::from_le_bytes(*b))
        };
        if !map.starts_with(MAGIC) || number(MAGIC.len() + 8) != Some(mark) {
            return Ok(None);
        }
        let count = number(MAGIC.len()).filter(|n| *n <= SECTIONS_MAX).unwrap_or(0) as usize;
        let mut sections = Vec::new();
        for i in 0..count {
            let at = MAGIC.len() + 16 + i * 16;
            let ends = number(at)
                .zip(number(at + 8))
                .filter(|(start, end)| start <= end && *end <= map.len() as u64);
            let (start, end) =
                ends.ok_or_else(|| Error::broken(file, "a section lies outside the file"))?;
            sections.push((start as usize, end as usize));
        }
        Ok(Some(Self { file: file.to_owned(), map: Arc::new(map), sections: sections.into_iter() }))
    }

    pub(crate) fn broken(&self, what: &str) -> Error {
        Error::broken(&self.file, what)
    }

    fn section(&mut self) -> Result<(usize, usize), Error> {
        self.sections.next().ok_or_else(|| Error::broken(&self.file, "has too few sections"))
    }

    pub(crate) fn column<T: Plain>(&mut self) -> Result<Column<T>, Error> {
        let (start, end) = self.section()?;
        Column::mapped(&self.map, start, end)
            .ok_or_else(|| self.broken("has a section of another kind"))
    }

    pub(crate) fn value<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let (start, end) = self.section()?;
        let bytes = self.map.get(start..end).unwrap_or(&[]);
        serde_json::from_slice(bytes)
            .map_err(|_other_kind| self.broken("has a section of another kind"))
    }

    pub(crate) fn packed(&mut self) -> Result<Packed, Error> {
        let (inputs, outputs, panel_vectors) = self.value()?;
        let matrix =
            Packed { inputs, outputs, panel_vectors, panels: self.column()?, bias: self.column()? };
        if matrix.is_sound() {
            Ok(matrix)
        } else {
            Err(self.broken("has a matrix of another size"))
        }
    }
}

/// Tells files apart by their sizes and times of change: a pack that was installed anew gets another mark.
pub(crate) fn mark_of(files: &[PathBuf]) -> u64 {
    let mut mark = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let metadata = std::fs::metadata(file).ok();
        let len = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        let changed = metadata.and_then(|m| m.modified().ok());
        let changed = changed.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        for number in [len, changed.map_or(0, |t| t.as_nanos() as u64)] {
            mark = (mark ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
        }
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_cut_is_refused() {
        let folder = std::env::temp_dir().join(format!("uptospeed-archive-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.bin");
        let mut writer = Writer::default();
        writer.column(&[1.0_f32, 2.0, 3.0]);
        writer.value(&vec!["a", "b"]);
        writer.column(&[7_u64]);
        writer.save(&file, 5).unwrap();
        let mut reader = Reader::open(&file, 5).unwrap().unwrap();
        assert_eq!(*reader.column::<f32>().unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(reader.value::<Vec<String>>().unwrap(), ["a", "b"]);
        assert_eq!(*reader.column::<u64>().unwrap(), [7]);
        assert!(reader.column::<u64>().is_err());
        assert!(Reader::open(&file, 6).unwrap().is_none());
        assert!(Reader::open(&folder.join("none"), 5).unwrap().is_none());
        let whole = std::fs::read(&file).unwrap();
        for len in 0..whole.len() - 1 {
            std::fs::write(&file, whole.get(..len).unwrap()).unwrap();
            if let Ok(Some(mut reader)) = Reader::open(&file, 5) {
                let all = reader.column::<f32>().is_ok()
                    && reader.value::<Vec<String>>().is_ok()
                    && reader.column::<u64>().is_ok();
                assert!(!all || len > whole.len() - 60, "{len} bytes of {}", whole.len());
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
