//! Why a text is not an annotation, for messages and for counters.

use super::{Annotation, VERSION};

/// A field of the wire form, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireField {
    /// The product.
    Product,
    /// The objective, or `-`.
    Objective,
    /// The step.
    Step,
    /// The traffic class.
    Class,
    /// The criticality, or `-`.
    Criticality,
    /// The cohort, or `-`.
    Cohort,
    /// The interaction id, or `-`.
    Interaction,
}

impl WireField {
    /// The field's name, and what it must look like.
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Product => ("product", "a name"),
            Self::Objective => ("objective", "a name or `-`"),
            Self::Step => ("step", "a name"),
            Self::Class => ("class", "a name"),
            Self::Criticality => ("criticality", "`critical`, `important`, `none` or `-`"),
            Self::Cohort => ("cohort", "a number from 0 to 127 or `-`"),
            Self::Interaction => ("interaction id", "1 to 36 letters, digits, `_` and `-`, or `-` alone"),
        }
    }
}

/// Why a text is not an annotation. Carries no text, so refusing hostile input costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WireError {
    /// More bytes than the wire form may have.
    #[error("an annotation has at most {} bytes", Annotation::MAX_BYTES)]
    TooLong,
    /// Bytes that are not UTF-8.
    #[error("an annotation is ASCII text")]
    NotText,
    /// The text does not begin with a version number.
    #[error("an annotation begins with its version, `{VERSION}.`")]
    NoVersion,
    /// A version that this code does not know; callers ignore and count it.
    #[error("an annotation of another version than `{VERSION}` cannot be read")]
    UnknownVersion,
    /// The text ends before this field.
    #[error("an annotation has eight fields; this one ends before its `{}`", .0.describe().0)]
    Missing(WireField),
    /// The field does not hold what it may hold.
    #[error("the `{}` of an annotation is {}", .0.describe().0, .0.describe().1)]
    Invalid(WireField),
}

impl WireError {
    /// All reasons, for counters that exist before the first error.
    pub const REASONS: [&str; 6] =
        ["too_long", "not_text", "no_version", "unknown_version", "missing_field", "invalid_field"];

    /// The reason to count this under, one of [`WireError::REASONS`].
    pub fn reason(self) -> &'static str {
        let index = match self {
            Self::TooLong => 0,
            Self::NotText => 1,
            Self::NoVersion => 2,
            Self::UnknownVersion => 3,
            Self::Missing(_) => 4,
            Self::Invalid(_) => 5,
        };
        Self::REASONS[index]
    }
}
