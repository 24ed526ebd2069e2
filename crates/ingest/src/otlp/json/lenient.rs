//! Pieces of JSON read so that a value of the wrong type is reported, not an error: an error would end the whole record.
//!
//! Only broken syntax is an error here. Knows no OTLP.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Something filled from a JSON object, key by key.
pub(super) trait Fields<'de> {
    /// Reads the value of `key` from `map`; must take exactly one value.
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Something filled from each object of a JSON array in turn.
pub(super) trait Elements<'de>: Fields<'de> {
    /// The element is over; makes ready for the next one.
    fn end(&mut self, shape: Shape);
}

/// What was found where an object or an array was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// What was expected.
    Expected,
    /// `null`, which stands for a missing field.
    Null,
    /// Anything else, now skipped.
    Other,
    /// The syntax broke inside it.
    Broken,
}

/// Skips the value of an unknown key.
pub(super) fn ignore<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// Expects an object and reads its fields into `T`.
pub(super) struct Object<'t, T>(pub(super) &'t mut T);

/// Expects an array of objects and reads each into `T`.
pub(super) struct List<'t, T>(pub(super) &'t mut T);

impl<'de, T: Fields<'de>> DeserializeSeed<'de> for Object<'_, T> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Elements<'de>> DeserializeSeed<'de> for List<'_, T> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The visits of everything that is neither an object nor an array.
macro_rules! scalars_are_other {
    () => {
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("any value")
        }

        fn visit_unit<E>(self) -> Result<Shape, E> {
            Ok(Shape::Null)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
            Ok(Shape::Other)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
            Ok(Shape::Other)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
            Ok(Shape::Other)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
            Ok(Shape::Other)
        }

        fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
            Ok(Shape::Other)
        }
    };
}

impl<'de, T: Fields<'de>> Visitor<'de> for Object<'_, T> {
    type Value = Shape;

    scalars_are_other!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            self.0.field(&key, &mut map)?;
        }
        Ok(Shape::Expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Shape, A::Error> {
        skip_seq(seq)
    }
}

impl<'de, T: Elements<'de>> Visitor<'de> for List<'_, T> {
    type Value = Shape;

    scalars_are_other!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        loop {
            match seq.next_element_seed(Object(&mut *self.0)) {
                Ok(Some(shape)) => self.0.end(shape),
                Ok(None) => return Ok(Shape::Expected),
                Err(error) => {
                    self.0.end(Shape::Broken);
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Shape, A::Error> {
        skip_map(map)
    }
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Shape, A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(Shape::Other)
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Shape, A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(Shape::Other)
}

/// A key, borrowed from the record unless it is written with escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Any value; text is borrowed from the record unless it is written with escapes.
#[derive(Debug)]
pub(super) enum Scalar<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    Text(Cow<'de, str>),
    /// An array or an object, now skipped.
    Nested,
}

impl Scalar<'_> {
    /// A whole number, as a number or as text: JSON writes those of 64 bits as text.
    pub(super) fn whole<N>(&self) -> Option<N>
    where
        N: TryFrom<u64> + TryFrom<i64> + std::str::FromStr,
    {
        match self {
            Self::Unsigned(number) => N::try_from(*number).ok(),
            Self::Signed(number) => N::try_from(*number).ok(),
            Self::Double(number) => whole_double(*number).and_then(|number| N::try_from(number).ok()),
            Self::Text(text) => text.parse().ok(),
            Self::Null | Self::Bool(_) | Self::Nested => None,
        }
    }

    /// A floating-point number, also as text: `NaN` and the infinities have no other form.
    pub(super) fn double(&self) -> Option<f64> {
        match self {
            Self::Unsigned(number) => Some(*number as f64),
            Self::Signed(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Null | Self::Bool(_) | Self::Nested => None,
        }
    }
}

/// The whole number that a double stands for: `1e9` is one.
fn whole_double(number: f64) -> Option<i64> {
    // From 2^63 on the number is beyond the type; below, the cast is exact.
    (number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_808.0).then_some(number as i64)
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Signed(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Unsigned(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Double(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Scalar<'de>, A::Error> {
        skip_seq(seq).map(|_| Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar<'de>, A::Error> {
        skip_map(map).map(|_| Scalar::Nested)
    }
}
