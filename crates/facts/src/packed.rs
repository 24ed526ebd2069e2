//! Columns of numbers in few bytes: the least value, and what each has above it in as many bytes as the largest needs.
//!
//! Shared by everything that keeps columns of its own: encoded facts and the minute log.

use thiserror::Error;

/// Bytes that no encoder of this version wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not written by this version: {0}")]
pub struct NotPacked(pub &'static str);

const CUT: NotPacked = NotPacked("it ends too early");
const TOO_WIDE: NotPacked = NotPacked("a number is wider than 8 bytes");

/// Appends a column.
pub fn put_numbers(values: impl Iterator<Item = u64> + Clone, into: &mut Vec<u8>) {
    let least = values.clone().min().unwrap_or_default();
    let most = values.clone().max().unwrap_or_default();
    let width = 8 - (most - least).leading_zeros() as usize / 8;
    into.extend_from_slice(&least.to_le_bytes());
    into.push(width as u8);
    match width {
        0 => {}
        1 => into.extend(values.map(|value| (value - least) as u8)),
        _ => {
            for value in values {
                into.extend_from_slice(&(value - least).to_le_bytes()[..width]);
            }
        }
    }
}

/// Reads a column of so many values.
///
/// # Errors
/// It is cut, or no column.
pub fn take_numbers(cursor: &mut Cursor<'_>, rows: usize, mut each: impl FnMut(u64)) -> Result<(), NotPacked> {
    let mut least = [0; 8];
    least.copy_from_slice(cursor.take(8)?);
    let least = u64::from_le_bytes(least);
    let width = usize::from(cursor.byte()?);
    match width {
        0 => (0..rows).for_each(|_| each(least)),
        1..=8 => {
            for bytes in cursor.take(rows.checked_mul(width).ok_or(CUT)?)?.chunks_exact(width) {
                let mut value = [0; 8];
                value[..width].copy_from_slice(bytes);
                each(least.wrapping_add(u64::from_le_bytes(value)));
            }
        }
        _ => return Err(TOO_WIDE),
    }
    Ok(())
}

/// A column that stays where it is: its values one by one, in any order.
#[derive(Clone, Copy, Debug)]
pub struct Column<'b> {
    least: u64,
    width: usize,
    bytes: &'b [u8],
}

impl<'b> Column<'b> {
    /// The column of so many values that a cursor stands at.
    ///
    /// # Errors
    /// It is cut, or no column.
    pub fn take(cursor: &mut Cursor<'b>, rows: usize) -> Result<Self, NotPacked> {
        let mut least = [0; 8];
        least.copy_from_slice(cursor.take(8)?);
        let width = usize::from(cursor.byte()?);
        if width > 8 {
            return Err(TOO_WIDE);
        }
        let bytes = cursor.take(rows.checked_mul(width).ok_or(CUT)?)?;
        Ok(Self { least: u64::from_le_bytes(least), width, bytes })
    }

    /// The value of a row that there is.
    #[inline]
    pub fn get(&self, row: usize) -> u64 {
        let above = match self.width {
            0 => 0,
            1 => u64::from(self.bytes[row]),
            2 => u64::from(u16::from_le_bytes([self.bytes[2 * row], self.bytes[2 * row + 1]])),
            width => {
                let mut value = [0; 8];
                value[..width].copy_from_slice(&self.bytes[row * width..][..width]);
                u64::from_le_bytes(value)
            }
        };
        self.least.wrapping_add(above)
    }
}

/// Appends a number in groups of seven bits, the least first; the top bit says that more follow.
pub fn put_number(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'b>(pub &'b [u8]);

impl<'b> Cursor<'b> {
    /// Takes so many bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'b [u8], NotPacked> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// There is none.
    pub fn byte(&mut self) -> Result<u8, NotPacked> {
        Ok(self.take(1)?[0])
    }

    /// Takes a number that [`put_number`] wrote.
    ///
    /// # Errors
    /// It is cut, or larger than `most`.
    pub fn count(&mut self, most: u64) -> Result<usize, NotPacked> {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if value <= most { Ok(value as usize) } else { Err(NotPacked("a count is too large")) };
            }
        }
        Err(NotPacked("a count is too long"))
    }
}
