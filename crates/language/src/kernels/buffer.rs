//! Room for intermediate numbers, used again and again.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use super::ALIGNMENT;

/// Rooms that a thread keeps: as many as a batch needs at once.
const KEPT_MAX: usize = 16;

/// Numbers in one room that is kept; larger ones are given back to the system.
const KEPT_LEN_MAX: usize = 1 << 21;

thread_local! {
    static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A slice of numbers, from a cache line on, whose room goes back to its thread when it is dropped.
///
/// Fresh memory costs more than the arithmetic of a short text: the system has to find and clear it page by page.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    room: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// Room for `len` numbers, which are whatever was there before.
    pub(crate) fn new(len: usize) -> Self {
        let needed = len + ALIGNMENT / size_of::<f32>();
        let kept = FREE.with_borrow_mut(|free| {
            let fits = free.iter().enumerate().filter(|(_, room)| room.len() >= needed);
            let best = fits.min_by_key(|(_, room)| room.len()).map(|(i, _)| i);
            // where none fits, the smallest makes room for a larger one
            let any = best.or_else(|| {
                let is_full = free.len() == KEPT_MAX;
                let by_len = free.iter().enumerate().filter(|_| is_full);
                by_len.min_by_key(|(_, room)| room.len()).map(|(i, _)| i)
            });
            any.map(|i| free.swap_remove(i))
        });
        let mut room = kept.unwrap_or_default();
        if room.len() < needed {
            room = vec![0.0; needed];
        }
        let start = room.as_ptr().align_offset(ALIGNMENT).min(needed - len);
        Self { room, start, len }
    }

    /// Room for `len` numbers that are zero.
    pub(crate) fn zeroed(len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.fill(0.0);
        buffer
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.room.get(self.start..self.start + self.len).unwrap_or(&[])
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.room.get_mut(self.start..self.start + self.len).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let room = std::mem::take(&mut self.room);
        if room.is_empty() || room.len() > KEPT_LEN_MAX {
            return;
        }
        // a thread that is ending has no list any more; the room is then simply freed
        let _gone = FREE.try_with(|free| {
            if let Ok(mut free) = free.try_borrow_mut()
                && free.len() < KEPT_MAX
            {
                free.push(room);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_used_again() {
        let first = Buffer::zeroed(100).as_ptr();
        let mut second = Buffer::new(60);
        assert_eq!((second.as_ptr(), second.len()), (first, 60));
        second.fill(7.0);
        drop(second);
        assert!(Buffer::zeroed(80).iter().all(|x| *x == 0.0));
    }
}
