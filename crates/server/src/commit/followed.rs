//! How measured attempts go, where no trace rule needs whole traces: some are kept for that alone. Nothing of it is durable, and nothing is counted by it.

use crate::version::Version;
use milepost_facts::FactBatch;
use milepost_flow::{Course, TraceRules, Traces};
use milepost_model::Timestamp;
use milepost_slo::SliType;

/// Traces that are kept to see what slow attempts spend their time on.
#[derive(Debug)]
pub(crate) struct Followed {
    traces: Traces,
    courses: Vec<Course>,
}

impl Followed {
    /// None yet, with so much memory for them; `None` where trace rules keep all traces, or where nothing is ever slow.
    pub(crate) fn new(version: &Version, capacity_bytes: usize) -> Option<Self> {
        let registry = &version.setup.registry;
        let traces = Traces::new(TraceRules::new(registry, &version.setup.annotator));
        let is_wanted = registry.slos.iter().any(|slo| matches!(slo.indicator.sli, SliType::Latency(_)));
        let traces = traces.with_capacity_bytes(capacity_bytes).telling_courses();
        (is_wanted && traces.has_no_rules()).then(|| Self { traces, courses: Vec::new() })
    }

    /// Adds spans that arrived at a time.
    pub(crate) fn add(&mut self, batch: &FactBatch, arrived: Timestamp) {
        self.traces.set_clock(arrived);
        let courses = &mut self.courses;
        self.traces.add(batch, 0, &mut |trace| courses.extend(trace.courses));
    }

    /// Closes what was quiet long enough, and tells how attempts went that were closed since this was asked last, of each step a few.
    pub(crate) fn take_courses(&mut self, now: Timestamp) -> Vec<Course> {
        let courses = &mut self.courses;
        self.traces.advance(now, &mut |trace| courses.extend(trace.courses));
        self.traces.want_courses();
        std::mem::take(&mut self.courses)
    }
}
