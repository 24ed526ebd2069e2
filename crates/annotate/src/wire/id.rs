//! The parts of the wire form that the product model does not know: cohort and interaction id.

use super::{NONE, WireError, WireField};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Longest interaction id: a UUID with its hyphens.
const MAX_INTERACTION_BYTES: usize = 36;
/// Highest cohort: enough of them to shed load in steps of less than 1 %.
const MAX_COHORT: u8 = 127;

/// A part of the users, 0 to 127: a hash of user or session, so that shedding treats one user alike on every hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cohort(u8);

impl Cohort {
    /// The cohort of a number, if there is one.
    pub fn new(number: u8) -> Option<Self> {
        (number <= MAX_COHORT).then_some(Self(number))
    }

    /// The number, 0 to 127.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Cohort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Cohort {
    type Err = WireError;
    fn from_str(text: &str) -> Result<Self, WireError> {
        // One text per cohort: neither `+7` nor `007`, which the standard parser takes.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        let number = text.parse().ok().filter(|_| plain);
        number.and_then(Self::new).ok_or(WireError::Invalid(WireField::Cohort))
    }
}

/// The id of one interaction: 1 to 36 letters, digits, `_` and `-`, but not `-` alone, which stands for none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InteractionId(Arc<str>);

impl InteractionId {
    /// Reads an id.
    pub fn new(text: &str) -> Result<Self, WireError> {
        if Self::check(text) { Ok(Self(Arc::from(text))) } else { Err(WireError::Invalid(WireField::Interaction)) }
    }

    /// Whether `text` would be an id, without making one.
    pub fn check(text: &str) -> bool {
        (1..=MAX_INTERACTION_BYTES).contains(&text.len())
            && text != NONE
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InteractionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for InteractionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
