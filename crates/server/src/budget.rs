//! The memory that requests may take together: bytes are reserved before they are read, and given back when the request was answered.

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
        let Some(wanted) = units(bytes).map(|units| units as usize) else { return false };
        let held = self.permit.num_permits();
        if wanted <= held {
            return true;
        }
        let Ok(more) = u32::try_from(wanted - held) else { return false };
        match Arc::clone(self.permit.semaphore()).try_acquire_many_owned(more) {
            Ok(permit) => {
                self.permit.merge(permit);
                true
            }
            Err(_) => false,
        }
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
        drop(first);
        assert_eq!(budget.reserved(), 0);
        assert!(budget.try_reserve(usize::MAX).is_none());
    }
}
