//! Product criticality: how important a part is to the product.

mod effective;

pub use effective::{CriticalitySource, EffectiveCriticality};

use std::fmt;
use std::str::FromStr;

/// How important a step, service or operation is; ordered, `Critical` highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criticality {
    /// Not a priority of the product: internal or unlaunched features.
    None,
    /// Adds value, or is used by core features that go on without it.
    Important,
    /// Core features cannot do without it.
    Critical,
}

impl Criticality {
    /// All levels, the highest first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Important, Self::None];

    /// The name in registry files, telemetry and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Important => "important",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Criticality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Criticality {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::None, Self::Important, Self::Critical].into_iter().find(|c| c.as_str() == text).ok_or(())
    }
}
