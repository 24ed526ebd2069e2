//! The protobuf wire format: keys, numbers and lengths out of a byte slice, without copying.
//!
//! Knows no OTLP. A key is the field's number and its wire type in one, as on the wire, so that a known field with
//! another wire type is an unknown field and skipped, as protobuf asks.

/// The bytes are not what the wire format allows at this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Groups within groups that are skipped; as deep as the generated decoders go.
const MAX_GROUP_DEPTH: u32 = 100;

/// The key of a varint field.
pub(super) const fn varint_key(number: u32) -> u32 {
    number << 3
}

/// The key of a field of eight bytes.
pub(super) const fn fixed64_key(number: u32) -> u32 {
    number << 3 | 1
}

/// The key of a field with a length: text, bytes or a message.
pub(super) const fn bytes_key(number: u32) -> u32 {
    number << 3 | 2
}

/// Visits the messages of one repeated field, skipping everything else. Visits those before a malformed place too.
pub(super) fn each<'a>(message: &'a [u8], number: u32, mut visit: impl FnMut(&'a [u8])) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(message);
    while let Some(key) = cursor.key()? {
        if key == bytes_key(number) {
            visit(cursor.bytes()?);
        } else {
            cursor.skip(key)?;
        }
    }
    Ok(())
}

/// Reads one message from its first byte to its last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field's key; `None` at the end of the message.
    #[inline]
    pub(super) fn key(&mut self) -> Result<Option<u32>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        // Field numbers begin at 1.
        if key < 8 { Err(Malformed) } else { Ok(Some(key)) }
    }

    /// A number of at most ten bytes; more bytes than needed are allowed, as in the generated decoders.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            [low, high, rest @ ..] if *high < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*low & 0x7f) | u64::from(*high) << 7)
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.rest = self.rest.get(index + 1..).ok_or(Malformed)?;
                // The tenth byte has room for one bit.
                return if index == 9 && *byte > 1 { Err(Malformed) } else { Ok(value) };
            }
        }
        Err(Malformed)
    }

    /// Eight bytes, little-endian.
    #[inline]
    pub(super) fn fixed64(&mut self) -> Result<u64, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// The bytes of a field with a length.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.varint()?;
        self.take(length)
    }

    /// Skips the value of the field whose key was just read.
    #[inline]
    pub(super) fn skip(&mut self, key: u32) -> Result<(), Malformed> {
        match key & 7 {
            0 => self.varint().map(drop),
            1 => self.take(8).map(drop),
            2 => self.bytes().map(drop),
            3 => self.skip_group(key, 0),
            5 => self.take(4).map(drop),
            _ => Err(Malformed),
        }
    }

    #[inline]
    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    #[cold]
    fn skip_group(&mut self, start: u32, depth: u32) -> Result<(), Malformed> {
        let end = start + 1;
        loop {
            match self.key()? {
                None => return Err(Malformed),
                Some(key) if key == end => return Ok(()),
                Some(key) if key & 7 == 3 && depth < MAX_GROUP_DEPTH => self.skip_group(key, depth + 1)?,
                Some(key) if key & 7 == 3 => return Err(Malformed),
                Some(key) => self.skip(key)?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_varint_of_ten_bytes_holds_64_bits_and_no_more() {
        let mut bytes = [0xff; 10];
        bytes[9] = 1;
        assert_eq!(Cursor::new(&bytes).varint(), Ok(u64::MAX));
        bytes[9] = 2;
        assert_eq!(Cursor::new(&bytes).varint(), Err(Malformed));
        assert_eq!(Cursor::new(&[0x80; 11]).varint(), Err(Malformed));
        assert_eq!(Cursor::new(&[0x80; 3]).varint(), Err(Malformed));
        assert_eq!(Cursor::new(&[0x81, 0x80, 0x00]).varint(), Ok(1));
    }

    #[test]
    fn a_length_beyond_the_end_is_malformed() {
        assert_eq!(Cursor::new(&[3, 1, 2]).bytes(), Err(Malformed));
        assert_eq!(Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).bytes(), Err(Malformed));
        assert_eq!(Cursor::new(&[2, 1, 2]).bytes(), Ok(&[1, 2][..]));
    }

    #[test]
    fn a_group_is_skipped_to_its_own_end() {
        // Group 1 { group 2 {} varint 3 }, then varint 4.
        let bytes = [0x0b, 0x13, 0x14, 0x18, 0x05, 0x0c, 0x20, 0x07];
        let mut cursor = Cursor::new(&bytes);
        let key = cursor.key().unwrap().unwrap();
        assert_eq!(cursor.skip(key), Ok(()));
        assert_eq!((cursor.key(), cursor.varint()), (Ok(Some(0x20)), Ok(7)));
        for bytes in [&[0x0b, 0x14][..], &[0x0b], &[0x0c], &[0x0b; 1_000_000]] {
            let mut cursor = Cursor::new(bytes);
            let key = cursor.key().unwrap().unwrap();
            assert_eq!(cursor.skip(key), Err(Malformed));
        }
    }

    #[test]
    fn field_zero_wide_keys_and_unknown_wire_types_are_malformed() {
        assert_eq!(Cursor::new(&[0x02]).key(), Err(Malformed));
        assert_eq!(Cursor::new(&[0x82, 0x80, 0x80, 0x80, 0x10]).key(), Err(Malformed));
        assert_eq!(Cursor::new(&[0]).skip(8 | 6), Err(Malformed));
        assert_eq!(Cursor::new(&[0]).skip(8 | 7), Err(Malformed));
    }
}
