//! Recording rules: the share of bad events by window, the terms of the SLO, and what is left of its budget.

use super::Exported;
use crate::number::{decimal, fraction, prometheus_duration};
use crate::yaml::Yaml;
use milepost_model::DurationNs;

/// The windows that Sloth records, which its dashboards offer.
const USUAL_MINUTES: [u64; 7] = [5, 30, 60, 120, 360, 1_440, 4_320];
/// The shortest of them, from which the current burn rate is taken.
pub(super) const SHORTEST: DurationNs = DurationNs::from_seconds(5 * 60);
const DAY_NANOS: u128 = 86_400 * 1_000_000_000;

impl Exported<'_> {
    /// The usual windows within the period, those of the tiers, and the period.
    pub(super) fn windows(&self) -> Vec<DurationNs> {
        let usual = USUAL_MINUTES.map(|minutes| DurationNs::from_seconds(60 * minutes));
        let of_tiers = self.tiers.iter().flat_map(|tier| [tier.long, tier.short]);
        let mut windows: Vec<_> = usual.into_iter().filter(|window| *window <= self.period).collect();
        windows.extend(of_tiers.chain([self.period]));
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// The share of bad events in a window. The denominator is dropped where it is 0, so that nothing is divided by it.
    pub(super) fn ratio(&self, window: DurationNs) -> Yaml {
        let range = prometheus_duration(window);
        let (bad, total) = (&self.counted.bad, &self.counted.total);
        let expr = format!("sum(rate({bad}[{range}]))\n/\n(sum(rate({total}[{range}])) > 0)");
        self.record(&Self::ratio_name(window), expr, [("sloth_window", range)])
    }

    /// What the SLO promises, and how fast its budget is spent just now.
    pub(super) fn terms(&self) -> Vec<Yaml> {
        let (target, matchers) = (self.slo.target, self.labels.matchers());
        let days = fraction((u128::from(self.period.nanos()), DAY_NANOS));
        let now = Self::ratio_name(SHORTEST);
        let info = [
            ("sloth_mode", "milepost-export".to_owned()),
            ("sloth_objective", target.to_string().trim_end_matches('%').to_owned()),
            ("sloth_spec", "milepost/v1".to_owned()),
            ("sloth_version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        vec![
            self.record("slo:objective:ratio", format!("vector({})", decimal(target.nanos().into())), []),
            self.record(
                "slo:error_budget:ratio",
                format!("vector({})", decimal(target.allowed_bad_nanos().into())),
                [],
            ),
            self.record("slo:time_period:days", format!("vector({days})"), []),
            self.record("slo:current_burn_rate:ratio", per_budget(&now, &matchers), []),
            self.record("sloth_slo_info", "vector(1)".to_owned(), info),
        ]
    }

    /// How fast the budget of the whole period was spent, and what is left of it.
    pub(super) fn of_period(&self) -> Vec<Yaml> {
        let matchers = self.labels.matchers();
        let burn_rate = per_budget(&Self::ratio_name(self.period), &matchers);
        let remaining = format!("1 - slo:period_burn_rate:ratio{{{matchers}}}");
        vec![
            self.record("slo:period_burn_rate:ratio", burn_rate, []),
            self.record("slo:period_error_budget_remaining:ratio", remaining, []),
        ]
    }

    fn record<const N: usize>(&self, name: &str, expr: String, labels: [(&str, String); N]) -> Yaml {
        Yaml::map([
            ("record", Some(Yaml::text(name))),
            ("expr", Some(Yaml::Text(expr))),
            ("labels", Some(self.labels.with(labels))),
        ])
    }
}

/// A recorded share of bad events, in error budgets.
fn per_budget(ratio: &str, matchers: &str) -> String {
    format!(
        "{ratio}{{{matchers}}}\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio{{{matchers}}}"
    )
}
