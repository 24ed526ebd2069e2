//! Attribution over what a data directory has: what explains the failures of steps, and what the errors of operations did to them.
//!
//! For the API and for `milepost attribute`; bodies are made of counters, whoever counted. Decides nothing: what is told is scored by
//! `milepost_impact::attribution`.

mod explanation;
mod harm;
mod stored;

pub use explanation::{ExplanationBody, LiftRange, SliceBody, TallyBody};
pub use harm::{ErrorsBody, HarmBody, HurtStep};
pub use stored::{Attribution, facts_in};

/// Wilson interval of a ratio, at 95 %.
#[derive(Clone, Copy, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Interval)]
pub struct ShareRange {
    pub low: f64,
    pub high: f64,
}

fn range(part: u64, whole: u64) -> Option<ShareRange> {
    milepost_slo::wilson(part, whole).map(|interval| ShareRange { low: interval.low, high: interval.high })
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
