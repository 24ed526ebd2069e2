//! What time it is, for everything that counts, and how old something is: the one place where the system's clocks are read.
//!
//! A clock that is held stands at a time until it is moved: what was recorded can be played to a server as if it came now, and nobody waits for time to
//! pass. Patience with networks and disks is not told by it: those are real whatever the time is said to be.

use milepost_model::{DurationNs, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The system's clocks, or one that is held. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System {
        began: Instant,
        began_at: Timestamp,
        set: Arc<Set>,
    },
    /// Nanoseconds since 1970.
    Held(Arc<AtomicI64>),
}

/// What was done to a clock, for trying what becomes of it.
#[derive(Debug, Default)]
struct Set {
    ahead_nanos: AtomicI64,
    passed_nanos: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Kind::System { began: Instant::now(), began_at: system(), set: Arc::default() })
    }
}

impl Clock {
    /// A clock that stands at a time.
    pub fn held(at: Timestamp) -> Self {
        Self(Kind::Held(Arc::new(AtomicI64::new(at.nanos()))))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System { set, .. } => {
                let now = system().plus(set.passed()).nanos();
                Timestamp::from_nanos(now.saturating_add(set.ahead_nanos.load(Relaxed)))
            }
            Kind::Held(at) => Timestamp::from_nanos(at.load(Relaxed)),
        }
    }

    /// What time it would be if nobody had set the clock since this one was begun: ages are told by it, for it goes forward, and never jumps. Of a clock
    /// that is held it is the same time: that is never set back.
    pub fn steady(&self) -> Timestamp {
        match &self.0 {
            Kind::System { began, began_at, set } => {
                let elapsed = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
                began_at.plus(DurationNs::from_nanos(elapsed)).plus(set.passed())
            }
            Kind::Held(_) => self.now(),
        }
    }

    /// Whether it stands still until it is moved.
    pub fn is_held(&self) -> bool {
        matches!(self.0, Kind::Held(_))
    }

    /// Moves a clock that is held to a later time; an earlier one changes nothing, and neither does any of a clock that goes by itself.
    pub fn move_to(&self, time: Timestamp) {
        if let Kind::Held(at) = &self.0 {
            at.fetch_max(time.nanos(), Relaxed);
        }
    }

    /// Sets it so far ahead of the system's, or behind it where that is negative: for trying what becomes of a clock that is set.
    pub fn set_ahead(&self, nanos: i64) {
        if let Kind::System { set, .. } = &self.0 {
            set.ahead_nanos.store(nanos, Relaxed);
        }
    }

    /// Lets time pass: for trying what becomes with it.
    pub fn pass(&self, time: DurationNs) {
        match &self.0 {
            Kind::System { set, .. } => {
                set.passed_nanos.fetch_add(time.nanos(), Relaxed);
            }
            Kind::Held(_) => self.move_to(self.now().plus(time)),
        }
    }
}

impl Set {
    fn passed(&self) -> DurationNs {
        DurationNs::from_nanos(self.passed_nanos.load(Relaxed))
    }
}

fn system() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_held_stands_until_it_is_moved_and_never_goes_back() {
        let noon = Timestamp::from_seconds(43_200);
        let clock = Clock::held(noon);
        let same = clock.clone();
        assert_eq!((clock.now(), clock.steady()), (noon, noon));
        clock.move_to(noon.plus(DurationNs::from_seconds(1)));
        clock.move_to(noon);
        clock.set_ahead(-5);
        assert_eq!((same.now().nanos(), same.steady().nanos()), (43_201_000_000_000, 43_201_000_000_000));
        same.pass(DurationNs::from_seconds(9));
        assert_eq!(clock.now(), Timestamp::from_seconds(43_210));
    }
}
