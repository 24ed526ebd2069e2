//! What time it is, for everything that counts, and how old something is: the one place where the system's clocks are read.

use milepost_model::{DurationNs, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The system's clocks. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock {
    began: Instant,
    began_at: Timestamp,
    set: Arc<Set>,
}

/// What was done to a clock, for trying what becomes of it.
#[derive(Debug, Default)]
struct Set {
    ahead_nanos: AtomicI64,
    passed_nanos: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { began: Instant::now(), began_at: system(), set: Arc::default() }
    }
}

impl Clock {
    /// What time it is.
    pub fn now(&self) -> Timestamp {
        let now = system().plus(self.passed()).nanos();
        Timestamp::from_nanos(now.saturating_add(self.set.ahead_nanos.load(Relaxed)))
    }

    /// What time it would be if nobody had set the clock since this one was begun: ages are told by it, for it goes forward, and never jumps.
    pub fn steady(&self) -> Timestamp {
        let elapsed = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.began_at.plus(DurationNs::from_nanos(elapsed)).plus(self.passed())
    }

    /// Sets it so far ahead of the system's, or behind it where that is negative: for trying what becomes of a clock that is set.
    pub fn set_ahead(&self, nanos: i64) {
        self.set.ahead_nanos.store(nanos, Relaxed);
    }

    /// Lets time pass: for trying what becomes with it.
    pub fn pass(&self, time: DurationNs) {
        self.set.passed_nanos.fetch_add(time.nanos(), Relaxed);
    }

    fn passed(&self) -> DurationNs {
        DurationNs::from_nanos(self.set.passed_nanos.load(Relaxed))
    }
}

fn system() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
