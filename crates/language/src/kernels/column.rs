//! Columns of numbers that start on a cache line, owned or lying in a mapped file.
#![expect(unsafe_code, reason = "views numbers in a mapped pack")]

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use memmap2::Mmap;

/// Bytes of a cache line, on which every column starts.
pub(crate) const ALIGNMENT: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; ALIGNMENT]);

/// Numbers of which any bits are a value.
///
/// # Safety
///
/// Only types without padding, of which every bit pattern is valid, and whose alignment is at most [`ALIGNMENT`].
pub(crate) unsafe trait Plain: Copy + Default + 'static {
    /// The number's bytes in the order in which files hold them.
    fn little_endian(self) -> impl AsRef<[u8]>;
}

// SAFETY: plain numbers
unsafe impl Plain for f32 {
    fn little_endian(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}
// SAFETY: plain numbers
unsafe impl Plain for u8 {
    fn little_endian(self) -> impl AsRef<[u8]> {
        [self]
    }
}
// SAFETY: plain numbers
unsafe impl Plain for u32 {
    fn little_endian(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}
// SAFETY: plain numbers
unsafe impl Plain for u64 {
    fn little_endian(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}
// SAFETY: plain numbers
unsafe impl Plain for i16 {
    fn little_endian(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}

/// A slice of numbers whose first one starts a cache line.
pub(crate) struct Column<T> {
    store: Store,
    len: usize,
    kind: std::marker::PhantomData<T>,
}

/// Weights.
pub(crate) type Floats = Column<f32>;

enum Store {
    Owned(Box<[Line]>),
    Mapped { map: Arc<Mmap>, start: usize },
}

impl<T: Plain> Column<T> {
    /// Numbers given one by one.
    pub(crate) fn from_fn(len: usize, mut number: impl FnMut(usize) -> T) -> Self {
        let lines = (len * size_of::<T>()).div_ceil(ALIGNMENT);
        let mut column = Self {
            store: Store::Owned(vec![Line([0; ALIGNMENT]); lines].into_boxed_slice()),
            len,
            kind: std::marker::PhantomData,
        };
        if let Store::Owned(lines) = &mut column.store {
            // SAFETY: there are at least `len` numbers in the lines, which are aligned for T, and any bits are a T
            let numbers =
                unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast::<T>(), len) };
            for (i, to) in numbers.iter_mut().enumerate() {
                *to = number(i);
            }
        }
        column
    }

    /// A view of bytes `start..end` of a mapped file; `None` where they do not lie in it on a cache line, are no whole
    /// numbers, or where this machine does not keep numbers as the file does (little-endian).
    pub(crate) fn mapped(map: &Arc<Mmap>, start: usize, end: usize) -> Option<Self> {
        let bytes = end.checked_sub(start)?;
        let fits = end <= map.len()
            && start.is_multiple_of(ALIGNMENT)
            && bytes.is_multiple_of(size_of::<T>())
            && cfg!(target_endian = "little");
        fits.then(|| Self {
            store: Store::Mapped { map: Arc::clone(map), start },
            len: bytes / size_of::<T>(),
            kind: std::marker::PhantomData,
        })
    }
}

impl<T: Plain> Column<T> {
    /// Tells the system that these numbers will hardly be read: where they lie in a file it need not keep them in memory.
    pub(crate) fn put_aside(&self) {
        #[cfg(unix)]
        if let Store::Mapped { map, start } = &self.store {
            // only whole pages, as their edges may belong to other columns
            let first = start.next_multiple_of(PAGE);
            let end = (start + self.len * size_of::<T>()) / PAGE * PAGE;
            if first < end {
                // SAFETY: the map is read only, so that a page that is asked for again is read from the file again
                let _only_advice = unsafe {
                    map.unchecked_advise_range(
                        memmap2::UncheckedAdvice::DontNeed,
                        first,
                        end - first,
                    )
                };
            }
        }
    }
}

/// Bytes of a page of memory; where they are larger, the system refuses the advice.
#[cfg(unix)]
const PAGE: usize = 4096;

impl<T: Plain> From<&[T]> for Column<T> {
    fn from(numbers: &[T]) -> Self {
        Self::from_fn(numbers.len(), |i| numbers.get(i).copied().unwrap_or_default())
    }
}

impl<T: Plain> Default for Column<T> {
    fn default() -> Self {
        Self::from_fn(0, |_| T::default())
    }
}

impl<T: Plain> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let first = match &self.store {
            Store::Owned(lines) => lines.as_ptr().cast::<T>(),
            // SAFETY: `mapped` checked that the numbers lie in the map
            Store::Mapped { map, start } => unsafe { map.as_ptr().add(*start) }.cast::<T>(),
        };
        // SAFETY: owned: there are at least `len` numbers in the lines; mapped: checked, the map starts on a page and `start`
        // is a multiple of 64; any bits are a T, and the file is mapped for reading
        unsafe { std::slice::from_raw_parts(first, self.len) }
    }
}

impl<T> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({})", self.len)
    }
}
