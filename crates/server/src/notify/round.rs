//! What there is to tell as of one round.

use super::burning::Burning;
use milepost_model::Timestamp;
use milepost_registry::Registry;

/// The burns of a round, and the registry whose SLOs they are of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round<'r> {
    pub(super) registry: &'r Registry,
    pub(super) burning: &'r [Burning<'r>],
    pub(super) now: Timestamp,
}
