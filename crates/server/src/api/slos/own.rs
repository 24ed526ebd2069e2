//! The state of the registry's own SLOs.

use crate::evaluate::Standing;
use milepost_slo::{Doubt, MOST_ABANDONED, Method, Quality, SliType, Slo, SloState};

/// How an SLO is, and why it is not good.
pub(super) fn state(slo: &Slo, standing: Option<&Standing>, silence: Option<&str>) -> (&'static str, Option<String>) {
    let unknown = |reason: String| ("unknown", Some(reason));
    if slo.indicator.method != Method::Service {
        return unknown(format!("{} measurements are not read yet", slo.indicator.method.as_str()));
    }
    if let Some(silence) = silence {
        return unknown(silence.to_owned());
    }
    let Some(standing) = standing else {
        return unknown("its history is being read".to_owned());
    };
    let (counts, attempts) = (standing.budget.counts, standing.attempts.unwrap_or_default());
    let mut quality = Quality::unmeasured(slo.indicator.method);
    if slo.indicator.sli == SliType::Availability {
        quality.abandoned = attempts.bad();
    }
    match SloState::of(slo.target, counts, &quality) {
        SloState::Met => ("good", None),
        SloState::Missed => {
            ("bad", Some(format!("{} of {} are not good: more than {} allows", counts.bad(), counts.valid, slo.target)))
        }
        SloState::Unknown(Doubt::NoData) => {
            let is_latency = matches!(slo.indicator.sli, SliType::Latency(_)) && attempts.valid > 0;
            let reason =
                if is_latency { "no success with a duration" } else { "nothing to count in the window so far" };
            ("no-data", Some(reason.to_owned()))
        }
        SloState::Unknown(Doubt::Abandoned(_)) => unknown(format!(
            "{} of {} attempts were abandoned, more than {MOST_ABANDONED}",
            attempts.bad(),
            attempts.valid
        )),
        SloState::Unknown(doubt) => unknown(doubt.to_string()),
    }
}
