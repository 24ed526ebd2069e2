//! Traffic classes: who is on the other end of a request.

use crate::{Name, NameError};
use std::fmt;

/// The class of traffic that an event belongs to; users' SLOs count only [`TrafficClass::INTERACTIVE`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrafficClass(Name);

impl TrafficClass {
    /// People waiting for an answer: the default.
    pub const INTERACTIVE: &str = "interactive";

    /// The classes that every product has; a product may declare more.
    pub const BUILT_IN: [(&str, &str); 6] = [
        (Self::INTERACTIVE, "people waiting for an answer"),
        ("batch", "jobs that nobody waits for"),
        ("test", "tests and synthetic agents"),
        ("crawler", "search engines, archives and feed readers"),
        ("scanner", "probes for weaknesses, exploits and guessed addresses"),
        ("monitor", "health checks and uptime monitors"),
    ];

    /// Reads the name of a class.
    pub fn new(text: &str) -> Result<Self, NameError> {
        Name::new(text).map(Self)
    }

    /// Whether every product has this class.
    pub fn is_built_in(&self) -> bool {
        Self::BUILT_IN.iter().any(|(name, _)| *name == self.as_str())
    }

    /// The class's name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Default for TrafficClass {
    fn default() -> Self {
        Self(Name::new(Self::INTERACTIVE).expect("the built-in class is a name"))
    }
}

impl fmt::Display for TrafficClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
