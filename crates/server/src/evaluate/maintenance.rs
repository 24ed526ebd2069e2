//! The maintenances of a registry version: which SLOs each is about, which minutes it takes out, and whether it goes on.

use milepost_model::{Minute, Timestamp};
use milepost_registry::{Promised, Registry};
use milepost_slo::{Exclusions, Period};

/// When each maintenance is, for some time.
#[derive(Debug)]
pub(super) struct Calendar {
    /// By place in the registry.
    on: Vec<Exclusions>,
    /// By SLO, those that are about it.
    of_slo: Vec<Vec<usize>>,
    within: Period,
}

/// What comes again is laid out for so long; then everything is read anew.
const AHEAD_MINUTES: i64 = 60 * 24 * 60;
/// Windows read minutes up to the running one only; slices, the rest of theirs.
const SPARE_MINUTES: i64 = 2 * 24 * 60;

impl Calendar {
    /// Of some SLOs, which are known by their places from now on; from the first minute that any window looks at.
    pub(super) fn new<'r>(
        registry: &'r Registry,
        slos: impl Iterator<Item = Option<Promised<'r>>>,
        since: Minute,
        running: Minute,
    ) -> Self {
        let within = Period::new(since, Minute::new(running.number() + AHEAD_MINUTES));
        let all = &registry.maintenances;
        let on = all.iter().map(|of| Exclusions::of([&of.correction], within)).collect();
        let of_slo = |slo: Option<Promised<'_>>| {
            let about = slo.into_iter().flat_map(|slo| registry.maintenances_of(slo));
            about.filter_map(|about| all.iter().position(|of| std::ptr::eq(of, about))).collect()
        };
        Self { on, of_slo: slos.map(of_slo).collect(), within }
    }

    /// The minutes that are taken out of an SLO.
    pub(super) fn exclusions(&self, registry: &Registry, slo: usize) -> Exclusions {
        let excluded = self.of_slo[slo].iter().filter(|place| registry.maintenances[**place].is_excluded);
        Exclusions::new(excluded.flat_map(|place| self.on[*place].periods().iter().copied()))
    }

    /// The maintenances of an SLO that go on, by place.
    pub(super) fn on(&self, slo: usize, at: Timestamp) -> Vec<usize> {
        let minute = at.minute();
        self.of_slo[slo].iter().copied().filter(|place| self.on[*place].holds(minute)).collect()
    }

    /// Since when nobody is told of an SLO's burns.
    pub(super) fn silent_since(&self, registry: &Registry, slo: usize, at: Timestamp) -> Option<Timestamp> {
        let minute = at.minute();
        let silent = self.of_slo[slo].iter().filter(|place| registry.maintenances[**place].is_silent);
        // Those that follow one another are one silence.
        let all = Exclusions::new(silent.flat_map(|place| self.on[*place].periods().iter().copied()));
        all.periods().iter().find(|period| period.contains(minute)).map(|period| period.start.start())
    }

    /// Whether it is laid out for long enough.
    pub(super) fn reaches(&self, running: Minute) -> bool {
        self.on.is_empty() || running.number() + SPARE_MINUTES < self.within.end.number()
    }
}
