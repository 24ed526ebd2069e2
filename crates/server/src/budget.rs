//! The memory that requests may take together: bytes are reserved before they are read, and given back when the request was answered.
//!
//! Whoever waits for bytes gets them in the order of asking, and before anybody who does not wait.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A bound on the bytes of all requests in the server, shared by its receivers.
#[derive(Clone, Debug)]
pub struct Budget {
    units: Arc<Semaphore>,
    capacity_units: usize,
}

/// Bytes that one request may take; given back when it is dropped.
#[derive(Debug)]
pub struct Reservation {
    permit: OwnedSemaphorePermit,
}

/// Bytes are reserved in units of this size, so that a capacity fits a semaphore's count.
const UNIT_BYTES: usize = 1024;

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        let capacity_units = (bytes / UNIT_BYTES).clamp(1, u32::MAX as usize >> 1);
        Self { units: Arc::new(Semaphore::new(capacity_units)), capacity_units }
    }

    /// Reserves bytes; `None` when they are not left, for the caller to refuse its request.
    pub fn try_reserve(&self, bytes: usize) -> Option<Reservation> {
        let permit = Arc::clone(&self.units).try_acquire_many_owned(units(bytes)?).ok()?;
        Some(Reservation { permit })
    }

    /// Reserves bytes as soon as they are left.
    pub(crate) async fn reserve(&self, bytes: usize) -> Option<Reservation> {
        let permit = Arc::clone(&self.units).acquire_many_owned(units(bytes)?).await.ok()?;
        Some(Reservation { permit })
    }

    /// All bytes that it was made with.
    pub fn capacity(&self) -> usize {
        self.capacity_units * UNIT_BYTES
    }

    /// Bytes that are reserved.
    pub fn reserved(&self) -> usize {
        (self.capacity_units - self.units.available_permits()) * UNIT_BYTES
    }
}

impl Reservation {
    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.permit.num_permits() * UNIT_BYTES
    }

    /// Makes it hold at least so many bytes; whether they were left.
    #[must_use]
    pub fn try_grow(&mut self, bytes: usize) -> bool {
        let Some(more) = self.units_beyond(bytes) else { return false };
        match Arc::clone(self.permit.semaphore()).try_acquire_many_owned(more) {
            Ok(permit) => {
                self.permit.merge(permit);
                true
            }
            Err(_) => false,
        }
    }

    /// Makes it hold at least so many bytes, as soon as they are left; whether they can ever be.
    #[must_use]
    pub(crate) async fn grow(&mut self, bytes: usize) -> bool {
        let Some(more) = self.units_beyond(bytes) else { return false };
        match Arc::clone(self.permit.semaphore()).acquire_many_owned(more).await {
            Ok(permit) => {
                self.permit.merge(permit);
                true
            }
            Err(_) => false,
        }
    }

    /// Gives back what it holds beyond so many bytes.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let kept = units(bytes).map_or(usize::MAX, |units| units as usize);
        let spare = self.permit.num_permits().saturating_sub(kept);
        drop(self.permit.split(spare));
    }

    /// Units that it lacks for so many bytes; `None` where no budget has as many.
    fn units_beyond(&self, bytes: usize) -> Option<u32> {
        let held = u32::try_from(self.permit.num_permits()).ok()?;
        Some(units(bytes)?.saturating_sub(held))
    }
}

fn units(bytes: usize) -> Option<u32> {
    u32::try_from(bytes.div_ceil(UNIT_BYTES).max(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_not_left_until_it_is_given_back() {
        let budget = Budget::new(10 * UNIT_BYTES);
        let mut first = budget.try_reserve(4 * UNIT_BYTES + 1).unwrap();
        assert_eq!((first.bytes(), budget.reserved()), (5 * UNIT_BYTES, 5 * UNIT_BYTES));
        assert!(budget.try_reserve(6 * UNIT_BYTES).is_none());
        assert!(first.try_grow(10 * UNIT_BYTES));
        assert!(!first.try_grow(10 * UNIT_BYTES + 1));
        assert!(budget.try_reserve(1).is_none());
        first.shrink(2 * UNIT_BYTES - 1);
        assert_eq!((first.bytes(), budget.reserved()), (2 * UNIT_BYTES, 2 * UNIT_BYTES));
        first.shrink(3 * UNIT_BYTES);
        assert_eq!(first.bytes(), 2 * UNIT_BYTES);
        drop(first);
        assert_eq!(budget.reserved(), 0);
        assert!(budget.try_reserve(usize::MAX).is_none());
    }
}
