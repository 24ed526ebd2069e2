//! Who is told of burns, as settings say it.

use super::address::Address;
use std::path::PathBuf;

/// Everybody who is told.
#[derive(Clone, Debug, Default)]
pub struct Receivers {
    /// Alertmanagers, each by what stands before `/api/v2/alerts`.
    pub alertmanagers: Vec<Address>,
    /// A file of authorities whose certificates are believed beside those of the system, in PEM.
    pub ca_file: Option<PathBuf>,
}

impl Receivers {
    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.alertmanagers.is_empty()
    }
}
