//! What there is to tell as of one round.

use super::burning::Burning;
use milepost_model::Timestamp;

/// The burns of a round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round<'r> {
    pub(super) burning: &'r [Burning],
    pub(super) now: Timestamp,
}
