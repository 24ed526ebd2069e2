//! One attribute (`KeyValue` with its `AnyValue`) as the field plan wants it.
//!
//! The value of a key that nothing wants is not looked at.

use milepost_annotate::{FieldPlan, Value, Wanted};

use super::wire::{Cursor, Malformed, bytes_key, fixed64_key, varint_key};

/// `KeyValue`.
const KEY: u32 = bytes_key(1);
const VALUE: u32 = bytes_key(2);

/// `AnyValue`.
const STRING: u32 = bytes_key(1);
const BOOL: u32 = varint_key(2);
const INT: u32 = varint_key(3);
const DOUBLE: u32 = fixed64_key(4);
const ARRAY: u32 = bytes_key(5);
const KEY_VALUES: u32 = bytes_key(6);
const BYTES: u32 = bytes_key(7);
const STRING_INDEX: u32 = varint_key(8);

/// `ArrayValue`.
const ARRAY_VALUES: u32 = bytes_key(1);

/// Where the attribute goes and its value; `None` when nothing wants it or its value is none that slots hold.
#[inline]
pub(super) fn read<'a>(bytes: &'a [u8], plan: &FieldPlan) -> Result<Option<(Wanted, Value<'a>)>, Malformed> {
    let (mut key, mut value, mut value_count) = (&[][..], &[][..], 0u32);
    let mut cursor = Cursor::new(bytes);
    while let Some(field) = cursor.key()? {
        match field {
            KEY => key = cursor.bytes()?,
            VALUE => {
                value = cursor.bytes()?;
                value_count += 1;
            }
            _ => cursor.skip(field)?,
        }
    }
    let Some(wanted) = plan.attribute(key) else { return Ok(None) };
    let value = if value_count < 2 { read_any(value)? } else { read_repeated(bytes)? };
    Ok(value.is_present().then_some((wanted, value)))
}

/// The parts of a message that is there more than once are merged.
#[cold]
fn read_repeated(key_value: &[u8]) -> Result<Value<'_>, Malformed> {
    let mut any = Any::Nothing;
    let mut cursor = Cursor::new(key_value);
    while let Some(field) = cursor.key()? {
        if field == VALUE {
            any.merge(cursor.bytes()?)?;
        } else {
            cursor.skip(field)?;
        }
    }
    any.value()
}

#[inline]
fn read_any(bytes: &[u8]) -> Result<Value<'_>, Malformed> {
    let mut any = Any::Nothing;
    any.merge(bytes)?;
    any.value()
}

/// What an `AnyValue` holds so far: of its alternatives the last one counts.
#[derive(Clone, Copy)]
enum Any<'a> {
    Nothing,
    Text(&'a [u8]),
    Plain(Value<'a>),
    /// The first text in an array, if there is one.
    Array(Option<&'a [u8]>),
}

impl<'a> Any<'a> {
    #[inline]
    fn merge(&mut self, bytes: &'a [u8]) -> Result<(), Malformed> {
        let mut cursor = Cursor::new(bytes);
        while let Some(field) = cursor.key()? {
            *self = match field {
                STRING => Self::Text(cursor.bytes()?),
                BOOL => Self::Plain(Value::Bool(cursor.varint()? != 0)),
                INT => Self::Plain(Value::Int(cursor.varint()? as i64)),
                DOUBLE => Self::Plain(Value::Double(f64::from_bits(cursor.fixed64()?))),
                ARRAY => {
                    let array = cursor.bytes()?;
                    match *self {
                        Self::Array(Some(first)) => Self::Array(Some(first)),
                        _ => Self::Array(first_text(array)?),
                    }
                }
                KEY_VALUES | BYTES | STRING_INDEX => {
                    cursor.skip(field)?;
                    Self::Nothing
                }
                _ => {
                    cursor.skip(field)?;
                    continue;
                }
            };
        }
        Ok(())
    }

    #[inline]
    fn value(self) -> Result<Value<'a>, Malformed> {
        match self {
            Self::Nothing | Self::Array(None) => Ok(Value::Missing),
            Self::Plain(value) => Ok(value),
            Self::Text(text) | Self::Array(Some(text)) => {
                std::str::from_utf8(text).map(Value::Text).map_err(|_| Malformed)
            }
        }
    }
}

/// The first element of an array that is text: request headers come as arrays.
fn first_text(array: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut cursor = Cursor::new(array);
    while let Some(field) = cursor.key()? {
        if field == ARRAY_VALUES {
            if let Some(text) = text_alone(cursor.bytes()?)? {
                return Ok(Some(text));
            }
        } else {
            cursor.skip(field)?;
        }
    }
    Ok(None)
}

/// The text of an `AnyValue` that holds text. An array inside an array is not entered, so nesting costs nothing.
fn text_alone(any: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut text = None;
    let mut cursor = Cursor::new(any);
    while let Some(field) = cursor.key()? {
        match field {
            STRING => text = Some(cursor.bytes()?),
            BOOL | INT | DOUBLE | ARRAY | KEY_VALUES | BYTES | STRING_INDEX => {
                cursor.skip(field)?;
                text = None;
            }
            _ => cursor.skip(field)?,
        }
    }
    Ok(text)
}
