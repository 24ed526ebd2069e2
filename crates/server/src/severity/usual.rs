//! What is usual of one step, where the thread that learns it and whoever shows it both reach it.

use milepost_impact::Baseline;
use std::sync::{Arc, Mutex, PoisonError};

/// The baseline of a step. It is learnt on one thread; others take a copy, and work on that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usual(Arc<Mutex<Baseline>>);

impl Usual {
    pub(super) fn of(baseline: Baseline) -> Self {
        Self(Arc::new(Mutex::new(baseline)))
    }

    /// As it is now.
    pub(crate) fn baseline(&self) -> Baseline {
        self.with(|baseline| baseline.clone())
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Baseline) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
