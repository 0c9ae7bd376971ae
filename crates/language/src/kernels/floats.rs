//! Numbers that start on a cache line, owned or lying in a mapped file.
#![expect(unsafe_code, reason = "views numbers in a mapped pack")]

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use memmap2::Mmap;

use super::LANES;

#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// A slice of `f32` whose first number starts a cache line.
pub(crate) struct Floats {
    store: Store,
    len: usize,
}

enum Store {
    Owned(Box<[Line]>),
    Mapped { map: Arc<Mmap>, start: usize },
}

impl Floats {
    /// Numbers given one by one.
    pub(crate) fn from_fn(len: usize, mut number: impl FnMut(usize) -> f32) -> Self {
        let mut lines = vec![Line::default(); len.div_ceil(LANES)].into_boxed_slice();
        for (i, to) in lines.iter_mut().flat_map(|line| &mut line.0).take(len).enumerate() {
            *to = number(i);
        }
        Self { store: Store::Owned(lines), len }
    }

    /// A view of `len` numbers from byte `start` of a mapped file; `None` where they do not lie in it on a cache line, or
    /// where this machine does not keep numbers as the file does (little-endian).
    pub(crate) fn mapped(map: &Arc<Mmap>, start: usize, len: usize) -> Option<Self> {
        let end = len.checked_mul(4)?.checked_add(start)?;
        let fits = end <= map.len() && start.is_multiple_of(64) && cfg!(target_endian = "little");
        fits.then(|| Self { store: Store::Mapped { map: Arc::clone(map), start }, len })
    }
}

impl From<&[f32]> for Floats {
    fn from(numbers: &[f32]) -> Self {
        Self::from_fn(numbers.len(), |i| numbers.get(i).copied().unwrap_or(0.0))
    }
}

impl Deref for Floats {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        let first = match &self.store {
            Store::Owned(lines) => lines.as_ptr().cast::<f32>(),
            // SAFETY: `mapped` checked that start..start + 4 * len lies in the map
            Store::Mapped { map, start } => unsafe { map.as_ptr().add(*start) }.cast::<f32>(),
        };
        // SAFETY: owned: `Line` is 16 numbers without padding and there are at least `len` of them; mapped: see above, the
        // map starts on a page and `start` is a multiple of 64, any bits are an f32, and the file is mapped for reading
        unsafe { std::slice::from_raw_parts(first, self.len) }
    }
}

impl fmt::Debug for Floats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Floats({})", self.len)
    }
}
