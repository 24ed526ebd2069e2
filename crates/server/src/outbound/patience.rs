//! When what could not be told is tried again: after pauses that grow.

use std::time::{Duration, Instant};

/// The pause before the next attempt.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    pause: Duration,
    until: Option<Instant>,
}

/// The first pause.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
/// The longest one of its own making.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest one that a receiver can ask for: a page must not wait for whoever asks for a day.
const LONGEST_ASKED: Duration = Duration::from_secs(5 * 60);

impl Patience {
    /// Whether it is time for an attempt.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    /// Whether the last attempt failed.
    pub(crate) fn is_needed(&self) -> bool {
        self.until.is_some()
    }

    /// Notes an attempt that failed, and how long the receiver asks to wait.
    pub(crate) fn fail(&mut self, now: Instant, asked: Option<Duration>) {
        self.pause = (2 * self.pause).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        let pause = asked.unwrap_or_default().min(LONGEST_ASKED).max(self.pause);
        self.until = Some(now + pause);
    }

    /// Notes one that did not.
    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_are_what_the_receiver_asks_for_up_to_another() {
        let now = Instant::now();
        let mut patience = Patience::default();
        assert!(patience.is_over(now) && !patience.is_needed());
        let pauses: Vec<u64> = (0..6)
            .map(|_| {
                patience.fail(now, None);
                patience.until.unwrap().duration_since(now).as_secs()
            })
            .collect();
        assert_eq!(pauses, [2, 4, 8, 16, 30, 30]);
        assert!(!patience.is_over(now + Duration::from_secs(29)) && patience.is_over(now + LONGEST_PAUSE));
        patience.succeed();
        assert!(patience.is_over(now));
        patience.fail(now, Some(Duration::from_secs(60)));
        assert!(!patience.is_over(now + Duration::from_secs(59)));
        patience.fail(now, Some(Duration::MAX));
        assert!(patience.is_over(now + LONGEST_ASKED));
    }
}
