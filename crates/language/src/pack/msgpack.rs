//! A reader of msgpack that borrows from its input and allocates no more than the input is long.
//!
//! # Source
//!
//! The MessagePack specification, <https://github.com/msgpack/msgpack/blob/master/spec.md>.

/// A value; texts and bytes are views of the input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Nil,
    Bool(bool),
    /// Also holds unsigned 64-bit numbers, which is why it is wider.
    Int(i128),
    Float(f64),
    Str(&'a str),
    Bytes(&'a [u8]),
    Array(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
}

/// How deep values may lie in each other.
const DEPTH_MAX: usize = 32;

impl<'a> Value<'a> {
    /// Reads one value; what follows it is ignored.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong at which byte.
    pub(crate) fn read(input: &'a [u8]) -> Result<Self, String> {
        Reader { input, at: 0 }.value(DEPTH_MAX)
    }

    pub(crate) fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Str(s) => Some(s),
            Self::Bytes(b) => std::str::from_utf8(b).ok(),
            _ => None,
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Str(s) => Some(s.as_bytes()),
            Self::Bytes(b) => Some(b),
            _ => None,
        }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(n) => u64::try_from(*n).ok(),
            _ => None,
        }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(n) => i64::try_from(*n).ok(),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Value<'a>]> {
        match self {
            Self::Array(a) => Some(a),
            _ => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&[(Value<'a>, Value<'a>)]> {
        match self {
            Self::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The value under a name, in a map.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.as_map()?.iter().find(|(k, _)| k.as_str() == Some(name)).map(|(_, v)| v)
    }

    /// The value under a number, in a map.
    pub(crate) fn get_number(&self, number: u64) -> Option<&Value<'a>> {
        self.as_map()?.iter().find(|(k, _)| k.as_u64() == Some(number)).map(|(_, v)| v)
    }
}

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(len);
        let taken = end.and_then(|end| self.input.get(self.at..end));
        let taken = taken.ok_or_else(|| format!("ends early, at byte {}", self.input.len()))?;
        self.at += len;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, String> {
        Ok(self.take(bytes)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    fn length(&mut self, bytes: usize) -> Result<usize, String> {
        let n = self.number(bytes)?;
        usize::try_from(n).map_err(|_too_long| format!("a length of {n} at byte {}", self.at))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, String> {
        if depth == 0 {
            return Err(format!(
                "values lie over {DEPTH_MAX} deep in each other at byte {}",
                self.at
            ));
        }
        let tag = *self.take(1)?.first().unwrap_or(&0xc1);
        let low = usize::from(tag & 0x0f);
        Ok(match tag {
            0x00..=0x7f => Value::Int(i128::from(tag)),
            0xe0..=0xff => Value::Int(i128::from(tag.cast_signed())),
            0x80..=0x8f => self.map(low, depth)?,
            0x90..=0x9f => self.array(low, depth)?,
            0xa0..=0xbf => self.text(usize::from(tag & 0x1f))?,
            0xc0 => Value::Nil,
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xc4..=0xc6 => {
                let len = self.length(1 << (tag - 0xc4))?;
                Value::Bytes(self.take(len)?)
            }
            0xca => Value::Float(f64::from(f32::from_bits(self.number(4)? as u32))),
            0xcb => Value::Float(f64::from_bits(self.number(8)?)),
            0xcc..=0xcf => Value::Int(i128::from(self.number(1 << (tag - 0xcc))?)),
            0xd0 => Value::Int(i128::from((self.number(1)? as u8).cast_signed())),
            0xd1 => Value::Int(i128::from((self.number(2)? as u16).cast_signed())),
            0xd2 => Value::Int(i128::from((self.number(4)? as u32).cast_signed())),
            0xd3 => Value::Int(i128::from(self.number(8)?.cast_signed())),
            0xd9..=0xdb => {
                let len = self.length(1 << (tag - 0xd9))?;
                self.text(len)?
            }
            0xdc | 0xdd => {
                let len = self.length(if tag == 0xdc { 2 } else { 4 })?;
                self.array(len, depth)?
            }
            0xde | 0xdf => {
                let len = self.length(if tag == 0xde { 2 } else { 4 })?;
                self.map(len, depth)?
            }
            _ => {
                return Err(format!("an unknown kind of value ({tag:#x}) at byte {}", self.at - 1));
            }
        })
    }

    fn text(&mut self, len: usize) -> Result<Value<'a>, String> {
        let bytes = self.take(len)?;
        // old writers put bytes where a text is meant
        Ok(std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Str))
    }

    fn array(&mut self, len: usize, depth: usize) -> Result<Value<'a>, String> {
        self.check_count(len)?;
        (0..len).map(|_| self.value(depth - 1)).collect::<Result<_, _>>().map(Value::Array)
    }

    fn map(&mut self, len: usize, depth: usize) -> Result<Value<'a>, String> {
        self.check_count(len)?;
        let pair = |_| Ok((self.value(depth - 1)?, self.value(depth - 1)?));
        (0..len).map(pair).collect::<Result<_, _>>().map(Value::Map)
    }

    /// Every value takes a byte at least, so that a count beyond the rest of the input is false.
    fn check_count(&self, count: usize) -> Result<(), String> {
        let rest = self.input.len().saturating_sub(self.at);
        if count > rest {
            return Err(format!("{count} values are announced where {rest} bytes are left"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: Result<Value<'_>, &str>) {
        assert_eq!(Value::read(input), expected.map_err(str::to_owned));
    }

    #[test]
    fn values_are_read_and_false_lengths_refused() {
        check(b"\x2a", Ok(Value::Int(42)));
        check(b"\xff", Ok(Value::Int(-1)));
        check(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", Ok(Value::Int(u64::MAX.into())));
        check(b"\xa2hi", Ok(Value::Str("hi")));
        check(b"\xa1\xff", Ok(Value::Bytes(b"\xff")));
        check(b"\x81\xa1a\xc4\x01b", Ok(Value::Map(vec![(Value::Str("a"), Value::Bytes(b"b"))])));
        check(b"\xca\x3f\x80\x00\x00", Ok(Value::Float(1.0)));
        check(b"\xdb\xff\xff\xff\xff", Err("ends early, at byte 5"));
        check(
            b"\xdd\xff\xff\xff\xff\x01",
            Err("4294967295 values are announced where 1 bytes are left"),
        );
        check(b"\xc1", Err("an unknown kind of value (0xc1) at byte 0"));
        check(&[0x91; 100], Err("values lie over 32 deep in each other at byte 32"));
    }
}
