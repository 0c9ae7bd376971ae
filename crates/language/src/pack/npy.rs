//! NumPy's file of one array.
//!
//! # Source
//!
//! NumPy, NEP 1 (the npy format), <https://numpy.org/neps/nep-0001-npy-format.html>.

/// An array: its type as NumPy writes it, its shape and its bytes.
pub(crate) struct Array {
    pub(crate) kind: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

/// Splits an npy file in its header, which is a Python dictionary, and its bytes.
pub(crate) fn read(mut file: Vec<u8>) -> Option<Array> {
    if !file.starts_with(b"\x93NUMPY\x01") {
        return None;
    }
    let header_len =
        usize::from(file.get(8..)?.first_chunk::<2>().map(|b| u16::from_le_bytes(*b))?);
    let header = std::str::from_utf8(file.get(10..10 + header_len)?).ok()?;
    let after = |key: &str| {
        header.split_once(key).map(|(_, rest)| rest.trim_start_matches([':', ' ', '\'']))
    };
    let kind = after("'descr'")?.split('\'').next()?.to_owned();
    if !after("'fortran_order'")?.starts_with("False") {
        return None;
    }
    let shape = after("'shape'")?.trim_start_matches('(').split(')').next()?;
    let shape: Option<Vec<usize>> =
        shape.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect();
    let shape = shape?;
    let size: usize = kind.get(2..)?.parse().ok()?;
    let len = shape.iter().try_fold(size, |len, n| len.checked_mul(*n))?;
    let bytes = file.split_off(10 + header_len);
    (bytes.len() == len).then_some(Array { kind, shape, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_and_nonsense_is_not() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend([0, 0, 128, 63, 0, 0, 0, 64]);
        assert!(read(file.clone()).is_some_and(|a| a.shape == [2] && a.kind == "<f4"));
        file.pop();
        assert!(read(file).is_none());
    }
}
