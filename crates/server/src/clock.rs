//! What time it is, for everything that counts: the one place where the system's clock is read.

use milepost_model::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's clock. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_nanos: Arc<AtomicI64>,
}

impl Clock {
    /// What time it is.
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let nanos = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        Timestamp::from_nanos(nanos.saturating_add(self.ahead_nanos.load(Relaxed)))
    }

    /// Sets it so far ahead of the system's, or behind it where that is negative: for trying what becomes of a clock that is set.
    pub fn set_ahead(&self, nanos: i64) {
        self.ahead_nanos.store(nanos, Relaxed);
    }
}
